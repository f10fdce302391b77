"""What is the same sound at another rate?  Convolution with a low-pass at a stride of p/q.

From ``source_rate`` to ``target_rate``, in samples per second, a sound is stuffed with ``q - 1`` zeros
between its samples, smoothed by a windowed sinc, and every ``p``-th sample is kept, where ``q / p``
is the ratio of the rates in lowest terms: ``conv1d`` at the stride ``Fraction(p, q)``, padding "same".
Most of the stuffed samples are zero and most results would be dropped; neither is computed here.  The
taps that meet samples are one of ``q`` phases of the kernel, and after ``p`` samples they repeat.

The low-pass, with N half of the lower rate: flat within 0.001 dB up to 0.9 N, -6 dB at 0.95 N, and from
N on more than 85 dB down, so that nothing folds back to be heard.  Beyond its ends a sound is silent.

Source: Crochiere & Rabiner (1983), Multirate Digital Signal Processing; Kaiser (1974), Nonrecursive
digital filter design using the I0-sinh window function.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from playground.errors import N_, GeometryError
from playground.ops import tensors
from playground.ops.conv import conv1d
from playground.ops.lazy import torch
from playground.ops.padding import pad1d
from playground.ops.parameters import shown

if TYPE_CHECKING:
    from torch import Tensor

ATTENUATION = 90.0
"""What the stop band loses, in dB, by Kaiser's formula."""
TRANSITION = 0.1
"""From pass band to stop band, as a part of half the lower rate."""
HALF_WIDTH = (ATTENUATION - 7.95) / (2.285 * math.pi * TRANSITION) / 2
"""Half of the low-pass, in samples at the lower rate: 57.1, by Kaiser's formula."""
BETA = 0.1102 * (ATTENUATION - 8.7)
"""The shape of the window, by Kaiser's formula."""

LARGE = 1 << 22
"""Numbers in one table of taps up to which it is made once, and not anew for each result."""
BLOCK = 1 << 20
"""Samples laid side by side in memory at once."""


def resample(x: Tensor, *, source_rate: int | Fraction, target_rate: int | Fraction) -> Tensor:
    """Bring a sound from one sample rate to another; time 0 stays time 0.

    Shape: ``(..., T) -> (..., ceil(T target_rate / source_rate))``.  Equal rates give ``x`` itself.

    Errors: TypeError for rates that are no int or Fraction, GeometryError for a rate of 0 or less and
    for a sound without samples.

    >>> resample(torch.zeros(2, 44100), source_rate=44100, target_rate=48000).shape
    torch.Size([2, 48000])
    """
    tensors.check(x, "x", at_least=1)
    ratio = _rate(target_rate, "target_rate") / _rate(source_rate, "source_rate")
    if ratio == 1:
        return x
    samples = x.shape[-1]
    if samples == 0:
        raise GeometryError(N_("the sound has no samples; it needs at least 1"))
    rows = x.reshape(math.prod(x.shape[:-1]), 1, samples)
    y = torch.cat(list(_results(rows, ratio)), dim=-1)[..., : math.ceil(samples * ratio)]
    return y.reshape((*x.shape[:-1], y.shape[-1]))


def _rate(value: object, name: str) -> Fraction:
    if type(value) not in (int, Fraction):
        raise TypeError(f"{name}={value!r} is a {type(value).__name__}; expected an int or a Fraction")
    if value <= 0:
        raise GeometryError(
            N_("{name}={given} has no meaning; a sample rate is above 0"), name=name, given=shown(value)
        )
    return Fraction(value)


# --- the low-pass --------------------------------------------------------------------------------


def _reach(ratio: Fraction) -> int:
    """Source samples that a result reads to each side.

    >>> _reach(Fraction(2)), _reach(Fraction(1, 2))
    (58, 115)
    """
    return math.ceil(HALF_WIDTH / min(1, ratio))


def _taps_at(place: Tensor, ratio: Fraction) -> Tensor:
    """The taps of results that lie ``place`` (0 to 1) of a source sample after one.

    Shape: ``(n,) -> (n, 2 reach + 1)``, float64.  Every row sums to 1, so that a constant stays constant.
    """
    reach, share = _reach(ratio), float(min(1, ratio))
    offset = torch.arange(-reach, reach + 1, dtype=torch.float64) - place[:, None]
    inside = (1 - (offset * share / HALF_WIDTH) ** 2).clamp(min=0)
    window = torch.special.i0(BETA * inside.sqrt()) * (inside > 0)
    taps = window * torch.sinc((1 - TRANSITION / 2) * share * offset)
    return taps / taps.sum(dim=1, keepdim=True)


# --- block by block ------------------------------------------------------------------------------


def _results(x: Tensor, ratio: Fraction) -> Iterator[Tensor]:
    """The resampled sound in pieces, computed by the table that fits.

    Shape: ``(N, 1, T) -> (N, 1, n)``, together at least ``ceil(T up / down)`` results.
    """
    up, down, taps = ratio.numerator, ratio.denominator, 2 * _reach(ratio) + 1
    periods = max(1, min(taps // down, LARGE // (2 * up * taps)))  # long strides waste less of what is read
    if periods * up * (periods * down + taps) > LARGE:
        return _one_by_one(x, ratio)
    return _by_period(x, ratio, periods)


def _by_period(x: Tensor, ratio: Fraction, periods: int) -> Iterator[Tensor]:
    """Compute ``periods up`` results from each stride of ``periods down`` samples, all by one ``conv1d``.

    Its kernel has an output channel for each result of a stride: their taps, moved to where they read.
    """
    up, down, reach = ratio.numerator, ratio.denominator, _reach(ratio)
    stride = periods * down
    result = torch.arange(periods * up)
    reads = (result * down // up)[:, None] + torch.arange(2 * reach + 1)
    kernel = torch.zeros(periods * up, 1, int(reads[-1, -1]) + 1, dtype=torch.float64)
    kernel[result[:, None], 0, reads] = _taps_at(torch.arange(up).double() / up, ratio)[result * down % up]
    strides = math.ceil(x.shape[-1] / stride)
    continued = pad1d(x, (reach, reach + strides * stride - x.shape[-1]))
    block = max(1, BLOCK // (kernel.shape[-1] * max(1, x.shape[0])))
    for start in range(0, strides, block):
        end = min(start + block, strides)
        read = continued[..., start * stride : end * stride + 2 * reach]
        yield conv1d(read, kernel, stride=stride).transpose(-1, -2).flatten(-2)[:, None]


def _one_by_one(x: Tensor, ratio: Fraction) -> Iterator[Tensor]:
    """Compute each result with taps of its own: from 44100 to 44101 they repeat only every second."""
    up, down, reach = ratio.numerator, ratio.denominator, _reach(ratio)
    windows = pad1d(x, (reach, reach)).unfold(-1, 2 * reach + 1, 1)
    results = math.ceil(x.shape[-1] * ratio)
    repeats = up < results and up * (2 * reach + 1) <= 2 * LARGE
    phases = _taps_at(torch.arange(up).double() / up, ratio) if repeats else None
    block = max(1, BLOCK // ((2 * reach + 1) * (1 + x.shape[0])))
    for start in range(0, results, block):
        place = torch.arange(start, min(start + block, results)) * down
        taps = phases[place % up] if repeats else _taps_at((place % up).double() / up, ratio)
        read = windows[..., (place // up).to(x.device), :].double()
        yield (read * taps.to(x.device)).sum(dim=-1).to(x.dtype)
