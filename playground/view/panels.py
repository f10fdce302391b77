"""How does a sound become a panel: which frames and bins are seen, at which level, under which waveform?

Levels are in dB of full scale: 0 is a sine that reaches from -1 to 1.  Of several channels the loudest counts,
so that two that would cancel each other are both seen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from playground.ops.bands import mel_filters
from playground.ops.levels import full_scale
from playground.ops.overview import overview, pooled, stretches
from playground.view.scene import Panel, Region, Scene
from playground.view.sound import BINS, envelope
from playground.view.spectrogram import COLUMNS, Rows, levels, rows_of

if TYPE_CHECKING:
    from torch import Tensor

FLOOR_DB = -140.0
"""What stands for silence: 24 bits end at -144."""


@dataclass(frozen=True)
class Transform:
    """The settings of an STFT, resolved: lengths in samples."""

    n_fft: int
    hop_length: int
    win_length: int
    window: str
    center: bool
    padding_mode: str

    def options(self) -> dict[str, object]:
        """As options of ``ops.stft`` and its like."""
        return dict(vars(self))


@dataclass(frozen=True)
class Look:
    """How it is shown: the axis, and the mel bands ``(n_mels, fmin, fmax)``."""

    axis: str = "linear"
    bands: tuple[int, float, float | None] = (128, 0.0, None)

def ends(look: Look, transform: Transform, rate: Fraction) -> tuple[float, float]:
    """The ends of the frequency axis in Hz.

    >>> ends(Look(), Transform(2048, 512, 2048, "hann", True, "reflect"), Fraction(8000))
    (0.0, 4000.0)
    """
    found = _rows(look, transform, rate, None)
    return found.low, found.high


def of_sound(
    x: Tensor, *, title: str, rate: Fraction, transform: Transform, look: Look, scene: Scene, window: Region,
    columns: int = COLUMNS,
) -> Panel:  # fmt: skip
    """The panel of a sound: no frame of the part that is seen is left out.

    Shape: ``x (C, T)``.
    """
    count = 1 + (x.shape[-1] if transform.center else x.shape[-1] - transform.n_fft) // transform.hop_length
    first = 0.0 if transform.center else transform.n_fft / 2
    frames = _seen(window, count, first / float(rate), transform.hop_length / float(rate))
    magnitude = overview(
        x, columns=columns, frames=frames, filters=_filters(look, transform, rate), **transform.options()
    )
    return _panel(title, magnitude, frames, x, rate, Fraction(0), transform, look, scene, window)


def of_magnitude(
    magnitude: Tensor, x: Tensor, *, title: str, rate: Fraction, begin: Fraction, origin: Fraction, transform: Transform,
    look: Look, scene: Scene, window: Region, columns: int = COLUMNS,
) -> Panel:  # fmt: skip
    """The panel of a magnitude at hand, under the waveform of the sound that was made of it.

    Shape: ``magnitude (C, F, T)``, ``x (C, n)``.  ``begin`` is the place of the first column, in frames, ``origin``
    the samples of ``x`` before time 0.
    """
    first = 0.0 if transform.center else transform.n_fft / 2
    step = transform.hop_length / float(rate)
    frames = _seen(window, magnitude.shape[-1], first / float(rate) + float(begin) * step, step)
    columns_shown = pooled(magnitude, columns=columns, frames=frames, filters=_filters(look, transform, rate))
    return _panel(title, columns_shown, frames, x, rate, origin, transform, look, scene, window, begin=begin)


def _rows(look: Look, transform: Transform, rate: Fraction, window: Region | None) -> Rows:
    n_mels, fmin, fmax = look.bands
    low, high = (None, None) if window is None else (window.low, window.high)
    return rows_of(
        look.axis, n_bins=transform.n_fft // 2 + 1, n_fft=transform.n_fft, sample_rate=float(rate), low=low, high=high,
        n_mels=n_mels, fmin=fmin, fmax=fmax,
    )  # fmt: skip


def _filters(look: Look, transform: Transform, rate: Fraction) -> Tensor | None:
    if look.axis != "mel":
        return None
    n_mels, fmin, fmax = look.bands
    return mel_filters(n_mels=n_mels, fmin=fmin, fmax=fmax, sample_rate=float(rate), n_fft=transform.n_fft).float()


def _seen(window: Region, count: int, first: float, step: float) -> tuple[int, int]:
    """The frames whose stretch of time, a hop around their middle, meets the window; at least one."""
    start = math.floor((window.start - first) / step + 0.5)
    stop = math.ceil((window.end - first) / step + 0.5)
    start = min(max(0, start), count - 1)
    return start, min(max(start + 1, stop), count)


def _panel(
    title: str, magnitude: Tensor, frames: tuple[int, int], x: Tensor, rate: Fraction, origin: Fraction,
    transform: Transform, look: Look, scene: Scene, window: Region, *, begin: Fraction = Fraction(0),
) -> Panel:  # fmt: skip
    values = magnitude.detach().cpu().numpy()
    values = values.reshape(-1, *values.shape[-2:]).max(axis=0)
    rows = _rows(look, transform, rate, window)
    reference = full_scale(transform.window, transform.win_length, transform.n_fft)
    shown = levels(rows.largest(values), reference=reference, floor_db=FLOOR_DB)
    starts = np.append(stretches(frames[1] - frames[0], values.shape[-1]), frames[1] - frames[0])
    step = transform.hop_length / float(rate)
    offset = (0.0 if transform.center else transform.n_fft / 2 / float(rate)) + (float(begin) + frames[0] - 0.5) * step
    edges = offset + starts * step
    extent = Region(float(edges[0]), float(edges[-1]), rows.low, rows.high)
    seconds = (edges[:-1] + edges[1:]) / 2
    return Panel(title, shown, rows.hz, seconds, extent, _wave(x, rate, origin, extent), floor_db=FLOOR_DB)


def _wave(x: Tensor, rate: Fraction, origin: Fraction, extent: Region) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest sample of equal stretches of the extent; nothing where the sound is not."""
    edges = np.linspace(extent.start, extent.end, BINS + 1) * float(rate) + float(origin)
    first, last = math.floor(edges[0]), math.ceil(edges[-1])
    part = x[..., max(0, first) : max(1, last)]
    low, high = np.zeros(BINS, np.float32), np.zeros(BINS, np.float32)
    if part.shape[-1] == 0:
        return low, high
    starts, lowest, highest = envelope(part, bins=BINS)
    places = np.clip(((starts + max(0, first) - edges[0]) / (edges[-1] - edges[0]) * BINS).astype(int), 0, BINS - 1)
    if len(starts) < BINS:  # fewer samples than stretches: each is held until the next
        held = np.searchsorted(places, np.arange(BINS), side="right") - 1
        inside = (held >= 0) & (edges[:-1] < x.shape[-1])
        low[inside], high[inside] = lowest[held[inside]], highest[held[inside]]
        return low, high
    np.minimum.at(low, places, lowest)
    np.maximum.at(high, places, highest)
    return low, high
