"""What is a tone and what is a click?  Medians along time and along frequency tell them apart.

In a spectrogram a tone is a level line and a click an upright one.  The median along time leaves lines
that are level, ``h``; the median along frequency those that are upright, ``p``.  Each value is then shared
between both as ``h^2 / (h^2 + (m p)^2)``, and the other way round: a margin ``m`` above 1 asks for more,
and what belongs to neither is in neither part.

Source: Fitzgerald (2010), Harmonic/percussive separation using median filtering; Driedger, Müller & Disch
(2014), Extending harmonic-percussive separation of audio signals (the margin).  Equal to
``librosa.decompose.hpss``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from playground.errors import N_, GeometryError
from playground.ops import tensors
from playground.ops.lazy import torch
from playground.ops.padding import pad1d
from playground.ops.parameters import Integer, Real
from playground.ops.registry import op

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 1 << 20
"""Values filtered in one go: 50 ms for which no other thread of Python can run."""
CACHED = 1 << 14
"""Values shared out in one go: all that is needed for them stays in the processor's cache."""
COMPARISONS = 12
"""What a value of a running median costs, in multiply-adds, for each doubling of the window."""


def _price(
    shape: tuple[int, ...], output: tuple[int, ...], *, kernel_size: int = 31, **_: object
) -> tuple[int, int]:
    """The result, magnitudes and both medians of one channel, and the blocks at work."""
    samples, channel = math.prod(output), math.prod(shape[-2:])
    block = max(BLOCK, max(shape[-2:]) + kernel_size)
    return 4 * samples + 12 * channel + 12 * block, 2 * samples * COMPARISONS * kernel_size.bit_length()


@op(media=("spectrogram",), price=_price)
def harmonic(
    x: Tensor,
    *,
    kernel_size: Annotated[int, Integer(3, 201, 2)] = 31,
    margin: Annotated[float, Real(1, 10, 0.5)] = 1.0,
) -> Tensor:
    """What sounds on: the share of each value that its neighbours in time have more of.

    Shape: ``(..., F, T) -> (..., F, T)``.  ``kernel_size`` frames and bins; signs are kept.

    Errors: GeometryError for a ``kernel_size`` that is not odd and above 0, and a ``margin`` below 1.

    >>> tone_and_click = torch.tensor([[0.0, 0.0, 5.0, 0.0], [2.0, 2.0, 2.0, 2.0], [0.0, 0.0, 5.0, 0.0]])
    >>> harmonic(tone_and_click, kernel_size=3)[1]
    tensor([2.0000, 2.0000, 0.2759, 2.0000])
    """
    return _separated(x, kernel_size, margin, upright=False)


@op(media=("spectrogram",), price=_price)
def percussive(
    x: Tensor,
    *,
    kernel_size: Annotated[int, Integer(3, 201, 2)] = 31,
    margin: Annotated[float, Real(1, 10, 0.5)] = 1.0,
) -> Tensor:
    """What is over at once: the share of each value that its neighbours in frequency have more of.

    Shape: ``(..., F, T) -> (..., F, T)``.  ``kernel_size`` frames and bins; signs are kept.

    Errors: GeometryError for a ``kernel_size`` that is not odd and above 0, and a ``margin`` below 1.

    >>> tone_and_click = torch.tensor([[0.0, 0.0, 5.0, 0.0], [2.0, 2.0, 2.0, 2.0], [0.0, 0.0, 5.0, 0.0]])
    >>> percussive(tone_and_click, kernel_size=3)[0]
    tensor([0., 0., 5., 0.])
    """
    return _separated(x, kernel_size, margin, upright=True)


def _separated(x: Tensor, kernel_size: int, margin: float, *, upright: bool) -> Tensor:
    """The part of one kind: a channel after the other, so that the medians of one are held at a time."""
    tensors.check(x, "x", at_least=2)
    if kernel_size < 1 or kernel_size % 2 == 0:
        raise GeometryError(
            N_("kernel_size={given} has no middle; use an odd number from 1 on"), given=kernel_size
        )
    if not margin >= 1:
        raise GeometryError(
            N_("margin={given} would give parts of a value to both; use 1 or more"), given=f"{margin:g}"
        )
    channels = x.reshape(math.prod(x.shape[:-2]), *x.shape[-2:])
    found = torch.empty(channels.shape, dtype=x.dtype, device=x.device)
    for channel, part in zip(channels, found, strict=True):
        magnitude = channel.detach().abs().contiguous()
        medians = torch.empty(2, *magnitude.shape, dtype=x.dtype, device=x.device)
        _running_median(magnitude, kernel_size, out=medians[0])
        _running_median(magnitude.T, kernel_size, out=medians[1].T)
        own, other = reversed(medians.unbind()) if upright else medians.unbind()
        block = max(1, CACHED // max(1, x.shape[-1]))
        for start in range(0, x.shape[-2], block):
            rows = slice(start, start + block)
            part[rows] = channel[rows] * _share(own[rows], other[rows], margin)
    return found.reshape(x.shape)


def _running_median(x: Tensor, kernel_size: int, *, out: Tensor) -> None:
    """The median of each value and its neighbours along the last axis, continued by its mirror image.

    SciPy has a fast running median for one long row only: rows are laid end to end, each with its own
    continuation, so that no window that is kept reads another row.
    """
    from scipy.ndimage import median_filter

    reach, length = kernel_size // 2, x.shape[-1]
    block = max(1, BLOCK // (length + 2 * reach))
    for start in range(0, len(x) if length else 0, block):
        padded = pad1d(x[start : start + block].cpu(), (reach, reach), padding_mode="symmetric")
        line = torch.from_numpy(median_filter(padded.flatten().numpy(), size=kernel_size))
        out[start : start + block] = line.reshape(padded.shape)[:, reach : reach + length]


def _share(own: Tensor, other: Tensor, margin: float) -> Tensor:
    """``own^2 / (own^2 + (margin other)^2)``; of two zeros each has half, and nothing where a margin is asked."""
    other = other * margin
    largest = torch.maximum(own, other)
    nothing = largest < torch.finfo(own.dtype).tiny
    largest = largest.masked_fill(nothing, 1)
    own, other = (own / largest).square(), (other / largest).square()
    return (own / (own + other)).masked_fill(nothing, 0.5 if margin == 1 else 0.0)
