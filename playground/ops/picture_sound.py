"""How does a picture sound?  Its rows are frequencies and its columns times; or one row is a wave.

As a spectrogram, black is silence and brightness is loudness: a value ``v`` above 0 sounds ``range_db``
``(1 - v)`` dB below white.  Loudness as a whole is set by Parseval's theorem: frames of a sound of power
``P``, under a window ``w``, have magnitudes with ``mean over frames of 2 sum(M^2) = n_fft sum(w^2) P``.  That
is what Griffin-Lim comes to within a decibel.  Phases that are merely random cancel where frames overlap:
they leave ``mean(1 / W) sum(w^2) / n_fft`` of that power, ``W`` being the sum of the squared windows at a
sample; at the hop ``n_fft / 4`` they are 6 dB softer.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

from playground.errors import N_, GeometryError
from playground.ops import tensors
from playground.ops.lazy import torch
from playground.ops.parameters import Integer, Real
from playground.ops.pointwise import grey
from playground.ops.registry import op
from playground.ops.rows import bin_frequencies, triangles
from playground.ops.spectrum import check_inverse, window_of

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 1 << 22
"""Weights held at once."""


def _frames(seconds: float, sample_rate: int, n_fft: int, hop_length: int | None) -> int:
    """Frames of a centred transform of so many seconds."""
    hop = max(1, n_fft // 4) if hop_length is None else hop_length
    return 1 + round(seconds * sample_rate) // max(1, hop)


def _shape(
    shape: tuple[int, ...], *, seconds: float = 4.0, sample_rate: int = 44100, n_fft: int = 2048,
    hop_length: int | None = None, **_: object,
) -> tuple[int, ...]:  # fmt: skip
    return (*shape[:-3], 1, n_fft // 2 + 1, _frames(seconds, sample_rate, n_fft, hop_length))


def _price(
    shape: tuple[int, ...], output: tuple[int, ...], *, low: float = 100.0, high: float = 8000.0,
    sample_rate: int = 44100, n_fft: int = 2048, **_: object,
) -> tuple[int, int]:  # fmt: skip
    """The result, the picture in grey, its rows as bins, two copies of these by frames, and weights."""
    height, width = shape[-2:]
    pictures = math.prod(shape[:-3])
    bins = max(
        0, min(n_fft // 2, math.floor(high * n_fft / sample_rate)) - math.floor(low * n_fft / sample_rate) + 1
    )
    held = height * width + bins * width + 3 * bins * output[-1]
    return 4 * math.prod(output) + 4 * pictures * held + 16 * BLOCK, pictures * bins * width * (
        height + output[-1]
    )


@op(media=("image",), shape=_shape, makes="spectrogram", price=_price)
def picture_spectrum(
    x: Tensor,
    *,
    seconds: Annotated[float, Real(0.5, 30, 0.5, unit="s")] = 4.0,
    axis: Literal["linear", "log"] = "linear",
    low: Annotated[float, Real(1, 48000, 10, unit="Hz")] = 100.0,
    high: Annotated[float, Real(1, 48000, 10, unit="Hz")] = 8000.0,
    level_db: Annotated[float, Real(-60, 0, 1, unit="dB")] = -28.0,
    range_db: Annotated[float, Real(10, 120, 5, unit="dB")] = 60.0,
    sample_rate: Annotated[int, Integer(8000, 96000)] = 44100,
    n_fft: Annotated[int, Integer(256, 16384)] = 2048,
    hop_length: Annotated[int | None, Integer(1, 16384)] = None,
) -> Tensor:
    """The magnitudes whose picture is ``x``: the top row sounds at ``high`` Hz, the bottom row at ``low``.

    Rows between stand at equal steps in Hz (``axis`` "linear") or of an octave ("log"); column ``c`` of
    ``W`` sounds from ``c / W`` to ``(c + 1) / W`` of the time.  Between them is interpolated, and averaged
    where they are denser than bins or frames.  Values below 0 are black; colour becomes Rec. 601 grey.
    ``hop_length`` None stands for ``n_fft // 4``, and the window for the inverse is Hann's.

    The sound that has these magnitudes has the RMS ``level_db``, relative to full scale 1; Griffin-Lim
    comes within 1 dB of it.

    Shape: ``(..., C, H, W) -> (..., 1, n_fft // 2 + 1, 1 + seconds * sample_rate // hop_length)``.

    Errors: GeometryError for ``high`` above half the sample rate, for ``low`` not below ``high``, for no
    bin between them, for a sound shorter than one window, and for a hop that the window does not cover.

    >>> spectrum = picture_spectrum(torch.eye(100)[None], low=1000, high=4000)
    >>> spectrum.shape, int(spectrum[0, :, 0].argmax()), int(spectrum[0, :, -1].argmax())
    (torch.Size([1, 1025, 345]), 185, 47)
    """
    tensors.check(x, "x", at_least=3)
    hop = max(1, n_fft // 4) if hop_length is None else hop_length
    _check_band(low, high, sample_rate)
    check_inverse(n_fft=n_fft, hop_length=hop, win_length=n_fft, window="hann")
    frames = _frames(seconds, sample_rate, n_fft, hop)
    _check_length(round(seconds * sample_rate), n_fft, sample_rate)
    brightness = grey(x)[..., 0, :, :]
    height, width = brightness.shape[-2:]

    hz = bin_frequencies(sample_rate=sample_rate, n_fft=n_fft)
    bins = ((hz >= low) & (hz <= high)).nonzero().flatten()
    if len(bins) == 0:
        raise GeometryError(
            N_("no bin lies between low={low} Hz and high={high} Hz: with n_fft={n_fft} they are {step} Hz apart; use a"
               " wider band or a larger n_fft"),
            low=f"{low:g}", high=f"{high:g}", n_fft=n_fft, step=f"{sample_rate / n_fft:.3g}",
        )  # fmt: skip
    share = (
        (high - hz[bins]) / (high - low)
        if axis == "linear"
        else (high / hz[bins]).log() / math.log(high / low)
    )
    samples = torch.arange(frames, dtype=torch.float64) * hop
    columns = samples / max(1, round(seconds * sample_rate)) * width - 0.5
    rows = _read(brightness.transpose(-1, -2), share * (height - 1)).transpose(-1, -2)
    loudness = _loudness(_read(rows, columns), range_db)

    spectrum = x.new_zeros(*x.shape[:-3], 1, n_fft // 2 + 1, frames)
    spectrum[..., 0, bins[0] : bins[-1] + 1, :] = loudness
    rms = _rms(spectrum, n_fft)
    return spectrum * torch.where(rms > 0, 10 ** (level_db / 20) / rms, 0.0)


def _check_band(low: float, high: float, sample_rate: int) -> None:
    if high > sample_rate / 2:
        raise GeometryError(
            N_("high={high} Hz is above {half} Hz, half the sample rate, where frequencies end; use at most that"),
            high=f"{high:g}", half=f"{sample_rate / 2:g}",
        )  # fmt: skip
    if not 0 < low < high:
        raise GeometryError(
            N_("the picture would lie between low={low} Hz and high={high} Hz; low must be above 0 and below high"),
            low=f"{low:g}", high=f"{high:g}",
        )  # fmt: skip


def _check_length(samples: int, n_fft: int, sample_rate: int) -> None:
    if samples < n_fft:
        raise GeometryError(
            N_("the sound would have {samples} samples and a window has {n_fft}; use seconds={seconds} or more, or a"
               " smaller n_fft"),
            samples=samples, n_fft=n_fft, seconds=math.ceil(10 * n_fft / sample_rate) / 10,
        )  # fmt: skip


def _read(x: Tensor, places: Tensor) -> Tensor:
    """The last axis read at ``places``, held at its ends: between points interpolated, or averaged as far as
    the neighbouring place where that is further than a point.  ``(..., N) -> (..., n)``.
    """
    steps = places.diff().abs() if len(places) > 1 else places.new_ones(1)
    before, after = (torch.cat(pair).clamp(min=1) for pair in ((steps[:1], steps), (steps, steps[-1:])))
    if len(places) > 1 and places[1] < places[0]:
        before, after = after, before  # as the grid runs
        lowest, highest = -1, 0
    else:
        lowest, highest = 0, -1
    grid = torch.arange(x.shape[-1], dtype=torch.float64)
    places = places.clamp(0, x.shape[-1] - 1)
    before[lowest] = before[lowest].clamp(
        min=float(places[lowest]) + 1
    )  # the outermost read what lies beyond them
    after[highest] = after[highest].clamp(min=x.shape[-1] - float(places[highest]))
    found = x.new_empty(*x.shape[:-1], len(places))
    block = max(1, BLOCK // x.shape[-1])
    for start in range(0, len(places), block):
        some = slice(start, start + block)
        at = places[some]
        weights = triangles(at, grid, below=at - before[some], above=at + after[some])
        weights = weights / weights.sum(dim=1, keepdim=True)
        found[..., some] = x @ weights.T.to(device=x.device, dtype=x.dtype)
    return found


def _loudness(brightness: Tensor, range_db: float) -> Tensor:
    """Amplitudes, 1 for the brightest: an overall factor is set later, and none can overflow."""
    brightest = brightness.amax(dim=(-2, -1), keepdim=True)
    return torch.where(brightness > 0, 10 ** (range_db / 20 * (brightness - brightest)), 0.0)


def _rms(spectrum: Tensor, n_fft: int) -> Tensor:
    """The RMS of the sound that has these magnitudes, by Parseval: ``(..., 1, F, T) -> (..., 1, 1, 1)``."""
    both_sides = torch.full((n_fft // 2 + 1, 1), 2.0, dtype=torch.float64)
    both_sides[0] = 1
    if n_fft % 2 == 0:
        both_sides[-1] = 1
    energy = (spectrum.double().square() * both_sides.to(spectrum.device)).sum(dim=-2, keepdim=True)
    squared = window_of("hann", n_fft, n_fft, torch.float64).square().sum()
    return (energy.mean(dim=-1, keepdim=True) / (n_fft * float(squared))).sqrt().to(spectrum.dtype)


def row_wave(x: Tensor, *, row: int, seconds: float = 2.0, sample_rate: int = 44100) -> Tensor:
    """One row of a picture as a wave, over and over: its channels averaged, its mean taken away.

    Shape: ``(..., C, H, W) -> (..., 1, seconds * sample_rate)``; ``W`` samples make one period, so its
    pitch is ``sample_rate / W`` Hz.  ``row`` counts from 0 at the top.

    Errors: GeometryError for a row that is not there and for a sound without samples.

    >>> row_wave(torch.tensor([[[1.0, 0.0, 0.5]]]), row=0, seconds=0.5, sample_rate=10)
    tensor([[ 0.5000, -0.5000,  0.0000,  0.5000, -0.5000]])
    """
    tensors.check(x, "x", at_least=3)
    height, width = x.shape[-2:]
    if not 0 <= row < height:
        raise GeometryError(
            N_("row {row} does not exist; this has {count}, counted from 0"), row=row, count=height
        )
    samples = round(seconds * sample_rate)
    if samples < 1:
        raise GeometryError(
            N_("{seconds} s at {rate} samples a second hold no sample; use a longer time"),
            seconds=f"{seconds:g}", rate=f"{sample_rate:g}",
        )  # fmt: skip
    period = x[..., row, :].mean(dim=-2, keepdim=True)
    period = period - period.mean(dim=-1, keepdim=True)
    repeated = period.repeat(*[1] * (period.ndim - 1), math.ceil(samples / width))
    return repeated[..., :samples]
