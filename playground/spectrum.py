"""What do the rows and columns of a spectrogram mean?  What stands beside its values, and how steps change it.

A sound's short-time Fourier transform is taken apart: steps change the magnitude, a picture of
``(C, F, T)``; the phase waits aside, as a picture's transparency does.  A step may move rows and columns
(a stride, a padding that is not "same"): ``rows`` and ``columns`` say where each came from, so that the
inverse puts every row at the frequency and every column at the time at which it will be heard.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from playground.errors import N_, RecipeError
from playground.ops.bands import log_filters, mel_filters
from playground.ops.geometry import Axis
from playground.ops.lazy import torch
from playground.ops.levels import full_scale

if TYPE_CHECKING:
    from torch import Tensor

TRANSFORM = ("n_fft", "hop_length", "win_length", "window", "center", "padding_mode")
"""What an inverse must know of the transform."""


@dataclass(frozen=True)
class Along:
    """Where index ``i`` of one axis came from: position ``scale * i + offset`` of the transform's own.

    >>> Along().after(Axis(9, kernel_size=3, dilation=1, up=1, down=2, before=1, after=1), anchor=1)
    Along(scale=Fraction(2, 1), offset=Fraction(0, 1))
    """

    scale: Fraction = Fraction(1)
    offset: Fraction = Fraction(0)

    def after(self, axis: Axis, *, anchor: int) -> Along:
        """The same after a convolution along this axis, whose tap ``anchor`` stands at an output's own place."""
        first = Fraction(anchor - axis.before, axis.up)
        return Along(self.scale * Fraction(axis.down, axis.up), self.scale * first + self.offset)

    @property
    def origin(self) -> Fraction:
        """Indices before position 0: negative where the axis begins later."""
        return -self.offset / self.scale

    def sources(self, count: int, *, most: int) -> Tensor:
        """The nearest own index, 0 to ``most - 1``, of each of ``count`` places from 0 on.

        Shape: ``-> (count,)``, int64.

        >>> Along(Fraction(2)).sources(4, most=6)
        tensor([0, 2, 4, 5])
        """
        exact = float(self.scale) * torch.arange(count, dtype=torch.float64)
        return exact.round().long().clamp(0, most - 1)


@dataclass(frozen=True)
class Spectrum:
    """What stands beside a spectrogram's values.

    The settings of its transform; ``rate`` of the sound in samples a second, its ``samples``, and the
    ``frames`` that the transform gave.  ``unit`` and ``exponent`` say what a value is, ``bands`` what a
    row is: a step of mel or log-frequency bands with its parameters, or None for the bins of the transform.
    """

    n_fft: int
    hop_length: int
    win_length: int
    window: str
    center: bool
    padding_mode: str
    rate: Fraction
    samples: int
    frames: int
    unit: str = "magnitude"
    exponent: float = 1.0
    floor_db: float = 0.0
    bands: tuple[str, tuple[tuple[str, object], ...]] | None = None
    rows: Along = Along()
    columns: Along = Along()
    has_phase: bool = True

    @property
    def bins(self) -> int:
        """Rows of the transform: frequencies 0 to half of the rate."""
        return self.n_fft // 2 + 1

    @property
    def is_moved(self) -> bool:
        """Whether rows or columns are no longer where the transform put them."""
        return self.rows != Along() or self.columns != Along()

    @property
    def first_time(self) -> float:
        """When the middle of the first column is heard, in seconds."""
        middle = 0 if self.center else Fraction(self.n_fft, 2)
        return float((middle - self.columns.origin * self.hop_length) / self.rate)

    def length(self, frames: int) -> int:
        """Samples of the sound that ``frames`` columns make."""
        return max(1, self.samples + (frames - self.frames) * self.hop_length)

    def supplied(self, frames: int, names: Collection[str]) -> dict[str, object]:
        """What operations may ask of it, by the ``names`` of their options."""
        found: dict[str, object] = {name: getattr(self, name) for name in TRANSFORM}
        found |= {
            "sample_rate": float(self.rate), "length": self.length(frames), "floor_db": self.floor_db,
            "first_time": self.first_time,
        }  # fmt: skip
        if "reference" in names:
            found["reference"] = full_scale(self.window, self.win_length, self.n_fft)
        if "filters" in names and self.bands is not None:
            make = mel_filters if self.bands[0] == "mel" else log_filters
            found["filters"] = make(**dict(self.bands[1]), sample_rate=float(self.rate), n_fft=self.n_fft)
        return {name: value for name, value in found.items() if name in names}


def begun(values: dict[str, object], shape: tuple[int, ...], *, rate: Fraction, frames: int) -> Spectrum:
    """The spectrum that a step of ``stft`` begins, from its settings and the sound's shape ``(C, T)``.

    >>> values = {"n_fft": 512, "hop_length": None, "win_length": None, "window": "hann", "center": True}
    >>> begun(values, (1, 4096), rate=Fraction(8000), frames=33).hop_length
    128
    """
    n_fft = values["n_fft"]
    return Spectrum(
        n_fft, values["hop_length"] or max(1, n_fft // 4), values.get("win_length") or n_fft, values.get("window", "hann"),
        values.get("center", True), values.get("padding_mode", "constant"), rate, shape[-1], frames,
    )  # fmt: skip


def after(spectrum: Spectrum, name: str, values: dict[str, object]) -> Spectrum:
    """The spectrum after a step that is no convolution; refuses what has no meaning there.

    Errors: RecipeError that names the step to put in front.
    """
    match name:
        case "decibels":
            _need_magnitudes(spectrum, name)
            return replace(spectrum, unit="decibels", floor_db=values["floor_db"])
        case "amplitude":
            if spectrum.unit != "decibels":
                raise RecipeError(N_("amplitude turns decibels back; put decibels in front of it"))
            return replace(spectrum, unit="magnitude")
        case "power" | "square":
            _need_magnitudes(spectrum, name)
            return replace(spectrum, exponent=spectrum.exponent * values.get("exponent", 2))
        case "mel" | "log_frequency":
            _need_bins(spectrum, name)
            return replace(spectrum, bands=(name, tuple((n, v) for n, v in values.items())))
        case "linear_frequency":
            if spectrum.bands is None:
                raise RecipeError(N_("linear_frequency turns bands back into bins; put mel or log_frequency in front of it"))
            return replace(spectrum, bands=None)
        case "mask" | "harmonic" | "percussive":
            _need_magnitudes(spectrum, name)
            if name == "mask":
                _need_bins(spectrum, name)
    return spectrum


NEED_BINS = ("mask", "mel", "log_frequency")
"""Steps that ask a row for its frequency: before them every row is put at the bin at which it is heard."""


def at_bins(spectrum: Spectrum) -> Spectrum:
    """The spectrum once ``placed`` has put every row at its bin.

    >>> spectrum = begun({"n_fft": 512, "hop_length": None}, (1, 4096), rate=Fraction(8000), frames=33)
    >>> at_bins(replace(spectrum, rows=Along(Fraction(2), Fraction(-3)))).rows
    Along(scale=Fraction(2, 1), offset=Fraction(0, 1))
    """
    return replace(spectrum, rows=Along(spectrum.rows.scale))


def check_before_inverse(spectrum: Spectrum, name: str) -> None:
    """Refuse to make a sound of what are no magnitudes of frequency bins.

    Errors: RecipeError that names the step to put in front.
    """
    _need_magnitudes(spectrum, name)
    _need_bins(spectrum, name)
    if not math.isclose(spectrum.exponent, 1, rel_tol=1e-9):
        raise RecipeError(
            N_("{name} needs magnitudes; these are their power {exponent:g}: put power with exponent={inverse:g} in front"),
            name=name, exponent=spectrum.exponent, inverse=1 / spectrum.exponent,
        )  # fmt: skip
    if name == "istft" and not spectrum.has_phase:
        raise RecipeError(N_("a picture has no phase, so istft cannot be used; griffin_lim finds one"))


def _need_magnitudes(spectrum: Spectrum, name: str) -> None:
    if spectrum.unit != "magnitude":
        raise RecipeError(N_("{name} needs magnitudes; these are decibels: put amplitude in front of it"), name=name)


def _need_bins(spectrum: Spectrum, name: str) -> None:
    if spectrum.bands is not None:
        raise RecipeError(
            N_("{name} needs the bins of the transform; these are bands ({bands}): put linear_frequency in front of it"),
            name=name, bands=spectrum.bands[0],
        )  # fmt: skip


# --- before the inverse --------------------------------------------------------------------------


def placed(magnitude: Tensor, spectrum: Spectrum) -> Tensor:
    """Every row at the bin at which it will be heard: cut beyond the last, silent where there is none.

    Shape: ``(..., F', T) -> (..., n_fft // 2 + 1, T)``.
    """
    begin = -round(spectrum.rows.origin)
    rows, bins = magnitude.shape[-2], spectrum.bins
    if begin == 0 and rows == bins:
        return magnitude
    placed = magnitude.new_zeros(*magnitude.shape[:-2], bins, magnitude.shape[-1])
    first, last = max(0, begin), min(bins, begin + rows)
    if first < last:
        placed[..., first:last, :] = magnitude[..., first - begin : last - begin, :]
    return placed


def stretched(phase: Tensor, spectrum: Spectrum, shape: tuple[int, ...]) -> Tensor:
    """The transform whose phase each value gets: that of the nearest bin and frame it came from.

    Shape: ``(C0, F, T) -> (C, F, T')`` for magnitudes of ``shape`` (C, F, T').
    """
    if spectrum.is_moved or phase.shape[-1] != shape[-1]:
        bins = Along(spectrum.rows.scale).sources(shape[-2], most=phase.shape[-2])
        begin = spectrum.columns.offset / spectrum.columns.scale
        frames = torch.arange(shape[-1], dtype=torch.float64) + float(begin)
        frames = (float(spectrum.columns.scale) * frames).round().long().clamp(0, phase.shape[-1] - 1)
        phase = phase.index_select(-2, bins).index_select(-1, frames)
    if phase.shape[0] != shape[0]:  # a step mixed the channels
        phase = phase[torch.arange(shape[0]).clamp(max=phase.shape[0] - 1)]
    return phase
