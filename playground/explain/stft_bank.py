"""Which convolution is a spectrogram?  A strided one, with windowed cosines and sines for kernels.

Bin ``f`` of frame ``m`` is ``sum_t x[m h + t] w[t] exp(-2 pi i f t / n)``.  That is two correlations at a
stride of ``h`` samples (the hop), with kernels of ``n`` taps (``n_fft``) under the window ``w``: the real
part with a cosine, the imaginary part with a negative sine.  The FFT finds all bins of a frame at once; the
numbers are the same.

Source: Smith, Spectral Audio Signal Processing (2011), "The Filter Bank Summation interpretation of the STFT".
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING

from playground.ops.conv import conv1d
from playground.ops.frames import frame_count, sizes, transform_price, window_of
from playground.ops.lazy import torch
from playground.ops.padding import PaddingMode, pad1d
from playground.ops.spectrum import stft

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 2**21
"""Numbers in a block of kernels, or of the samples that a block of frames reads: 16 MB of float64."""
MOST_TAPS = 5 * 10**6
"""Taps of all kernels that a comparison builds, within half a second; above it some bins stand for all."""
MOST_MULTIPLY_ADDS = 5 * 10**8
"""Multiply-adds of a comparison, within a tenth of a second; above it the excerpt is shorter."""
LONGEST = 1.0
"""Seconds of the excerpt that is compared."""
PARTS = 8
"""How many steps of the search for the loudest excerpt one excerpt has."""


@dataclass(frozen=True)
class Comparison:
    """Both ways to one spectrogram, on an excerpt of one channel: how far apart, and at what price.

    ``difference`` is the largest absolute difference divided by the largest magnitude; ``silent`` says that
    there is none.  The excerpt is ``samples`` long and begins at sample ``start`` of channel ``channel``.
    ``bins`` of ``bins_in_all`` are compared; ``convolution_milliseconds`` and ``convolution_multiply_adds``
    are those of the compared ones, with the building of their kernels in the time.  The FFT always finds all
    of them; its multiply-adds are the usual estimate.
    """

    difference: float
    silent: bool
    bins: int
    bins_in_all: int
    frames: int
    channel: int
    start: int
    samples: int
    fft_milliseconds: float
    convolution_milliseconds: float
    fft_multiply_adds: int
    convolution_multiply_adds: int


def pair(f: int, *, n_fft: int, win_length: int | None = None, window: str = "hann") -> Tensor:
    """The two kernels of bin ``f``: the windowed cosine, and the windowed negative sine.

    Shape: ``-> (2, n_fft)``, float64.

    >>> pair(1, n_fft=4, window="rectangular").round(decimals=9) + 0
    tensor([[ 1.,  0., -1.,  0.],
            [ 0., -1.,  0.,  1.]], dtype=torch.float64)
    """
    return _kernels([f], n_fft, win_length, window)[:, 0]


def bank(*, n_fft: int, win_length: int | None = None, window: str = "hann") -> Tensor:
    """The kernels of all bins: first every windowed cosine, then every windowed negative sine.

    Shape: ``-> (2 F, 1, n_fft)`` with ``F = n_fft // 2 + 1``, float64: what ``conv1d`` takes.

    >>> bank(n_fft=4, window="rectangular").round(decimals=9)[:, 0].int()
    tensor([[ 1,  1,  1,  1],
            [ 1,  0, -1,  0],
            [ 1, -1,  1, -1],
            [ 0,  0,  0,  0],
            [ 0, -1,  0,  1],
            [ 0,  0,  0,  0]], dtype=torch.int32)
    """
    return _kernels(range(n_fft // 2 + 1), n_fft, win_length, window).reshape(-1, 1, n_fft)


def by_convolution(
    x: Tensor,
    *,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str = "hann",
    center: bool = True,
    padding_mode: PaddingMode = "reflect",
    bins: Sequence[int] | None = None,
) -> Tensor:
    """The spectrogram of ``x`` by ``conv1d``: equal to ``ops.spectrum.stft`` but for rounding.

    Shape: ``(..., T) -> (..., F, frames)``, complex; ``F = n_fft // 2 + 1``, or as many as ``bins`` asks for.

    ``center`` continues the sound by ``n_fft // 2`` samples at both ends first, as ``padding_mode`` says.
    ``bins``: which ones, None for all.  Kernels and frames go through in blocks, so that beside the result
    and the continued sound some 100 MB are enough.

    Errors: GeometryError where the sound is shorter than one kernel.

    >>> x = torch.tensor([1., 0., -1., 0., 1., 0., -1., 0.])
    >>> by_convolution(x, n_fft=4, hop_length=4, window="rectangular", center=False).abs().round()
    tensor([[0., 0.],
            [2., 2.],
            [0., 0.]])
    """
    n_fft, hop_length, win_length = sizes(n_fft, hop_length=hop_length, win_length=win_length)
    frames = frame_count(x.shape[-1], n_fft=n_fft, hop_length=hop_length, center=center)
    flat = x.reshape(math.prod(x.shape[:-1]), 1, x.shape[-1])
    if center:
        flat = pad1d(flat, n_fft // 2, padding_mode=padding_mode)
    wanted = range(n_fft // 2 + 1) if bins is None else bins
    rows, columns = max(1, BLOCK // (2 * n_fft)), max(1, BLOCK // n_fft)
    y = flat.new_empty((flat.shape[0], len(wanted), frames), dtype=flat.dtype.to_complex())
    for first in range(0, len(wanted), rows):
        kernels = _kernels(wanted[first : first + rows], n_fft, win_length, window).to(flat.dtype)
        count = kernels.shape[1]
        for begin in range(0, frames, columns):
            read = flat[..., begin * hop_length : (begin + columns - 1) * hop_length + n_fft]
            parts = conv1d(read, kernels.reshape(-1, 1, n_fft), stride=hop_length)
            y[:, first : first + count, begin : begin + columns] = torch.complex(
                parts[:, :count], parts[:, count:]
            )
    return y.reshape((*x.shape[:-1], *y.shape[1:]))


def compare(
    x: Tensor,
    *,
    n_fft: int,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str = "hann",
    center: bool = True,
    padding_mode: PaddingMode = "reflect",
    sample_rate: float = 44100.0,
) -> Comparison:
    """Make the spectrogram of the loudest second both ways, and take the difference.

    Shape: ``x (C, T)``.

    What would take longer than a visitor waits is made smaller: fewer bins, evenly spread, and a shorter
    excerpt.

    Errors: GeometryError where the sound is shorter than one kernel and not continued.

    >>> x = torch.sin(torch.arange(5000) * 0.1)[None]
    >>> found = compare(x, n_fft=256, hop_length=64)
    >>> found.difference < 1e-6, found.bins, found.frames
    (True, 129, 79)
    """
    n_fft, hop_length, win_length = sizes(n_fft, hop_length=hop_length, win_length=win_length)
    settings = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length, "window": window,
                "center": center, "padding_mode": padding_mode}  # fmt: skip
    in_all = n_fft // 2 + 1
    some = spread(in_all, most=max(2, MOST_TAPS // (2 * n_fft)))
    taps = 2 * len(some) * n_fft
    frames = max(2, MOST_MULTIPLY_ADDS // taps)
    longest = (frames - 1) * hop_length + (0 if center else n_fft)
    samples = min(x.shape[-1], max(round(LONGEST * sample_rate), n_fft), longest)
    channel, start = loudest(x, samples)
    excerpt = x[channel : channel + 1, start : start + samples]
    # The first transform of a size also plans it: the quickest of three is its own time.
    theirs, fft = min((_timed(lambda: stft(excerpt, **settings)) for _ in range(3)), key=lambda run: run[1])
    ours, convolution = _timed(lambda: by_convolution(excerpt, bins=some, **settings))
    scale = float(theirs.abs().max())
    difference = float((ours - theirs[..., list(some), :]).abs().max())
    frames = ours.shape[-1]
    return Comparison(
        difference=difference / scale if scale else difference,
        silent=scale == 0,
        bins=len(some),
        bins_in_all=in_all,
        frames=frames,
        channel=channel,
        start=start,
        samples=samples,
        fft_milliseconds=fft,
        convolution_milliseconds=convolution,
        fft_multiply_adds=transform_price(frames * in_all, n_fft),
        convolution_multiply_adds=frames * taps,
    )


def spread(count: int, *, most: int) -> Sequence[int]:
    """All of ``count`` bins, or ``most`` of them evenly spread, with the first and the last.

    >>> list(spread(5, most=9)), list(spread(1025, most=5))
    ([0, 1, 2, 3, 4], [0, 256, 512, 768, 1024])
    """
    if count <= most:
        return range(count)
    return [i * (count - 1) // (most - 1) for i in range(most)]


def loudest(x: Tensor, samples: int) -> tuple[int, int]:
    """The channel and the first sample of the loudest stretch of ``samples``, to an eighth of its length.

    Shape: ``x (C, T)`` with ``samples <= T``.

    >>> loudest(torch.tensor([[0., 0., 0., 0., 0., 0.], [0., 0., 0., 1., 1., 0.]]), 2)
    (1, 3)
    """
    step = max(1, samples // PARTS)
    blocks = x.shape[-1] // step
    norms = torch.linalg.vector_norm(x[:, : blocks * step].reshape(x.shape[0], blocks, step), dim=-1)
    sums = torch.nn.functional.pad(norms.double().square().cumsum(-1), (1, 0))
    wide = min(blocks, samples // step)
    energy = sums[:, wide:] - sums[:, : blocks + 1 - wide]
    energy = energy[:, : (x.shape[-1] - samples) // step + 1]
    channel, block = divmod(int(energy.argmax()), energy.shape[-1])
    return channel, block * step


def _kernels(bins: Sequence[int], n: int, win_length: int | None, window: str) -> Tensor:
    """The kernels of some bins: ``-> (2, len(bins), n)``, cosines first.

    ``f t`` is reduced modulo n as integers: a sine of a large number would have lost the digits that count.
    """
    t = torch.arange(n)
    turn = 2 * math.pi / n * t.double()
    phase = (torch.tensor(list(bins))[:, None] * t).remainder_(n).flatten()
    y = torch.empty(2, len(bins), n, dtype=torch.float64)
    for part, wave in zip(y, (torch.cos(turn), -torch.sin(turn)), strict=True):
        torch.index_select(wave, 0, phase, out=part.view(-1))
    return y.mul_(window_of(window, n if win_length is None else win_length, n, torch.float64))


def _timed(make) -> tuple[Tensor, float]:
    begun = perf_counter()
    made = make()
    return made, 1000 * (perf_counter() - begun)
