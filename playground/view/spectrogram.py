"""Which bins does a row of a spectrogram show, at which level and in which colour?

A picture has at most ``ROWS`` by ``COLUMNS`` cells, row 0 is the lowest.  Its rows are equally high on the axis that
is shown: in Hz (linear), in octaves (log) or in mel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from playground.errors import N_, GeometryError
from playground.ops.lazy import cv2
from playground.view.axes import AXES, back, onto
from playground.view.colours import NEGATIVE, PAPER, POSITIVE, rgb

MAPS = ("viridis", "magma", "grey")
ROWS, COLUMNS = 420, 800
"""Cells of a picture at most: about one per pixel of a wide stage."""


# --- rows ----------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Rows:
    """The bins ``starts[i]`` to ``stops[i] - 1`` that row i shows, their middle ``hz``, and the ends of the axis in Hz.

    Shape: ``starts``, ``stops``, ``hz`` ``(rows,)``.
    """

    starts: np.ndarray
    stops: np.ndarray
    hz: np.ndarray
    low: float
    high: float

    def largest(self, magnitude: np.ndarray) -> np.ndarray:
        """The largest magnitude among the bins of each row.  Shape: ``(F, columns) -> (rows, columns)``."""
        magnitude = np.ascontiguousarray(magnitude)
        made = magnitude[self.starts]
        for row in np.flatnonzero(self.stops - self.starts > 1):  # few, as most rows are one bin
            magnitude[self.starts[row] : self.stops[row]].max(axis=0, out=made[row])
        return made


def rows_of(
    axis: str, *, n_bins: int = 1025, n_fft: int = 2048, sample_rate: float = 44100.0, rows: int = ROWS,
    low: float | None = None, high: float | None = None, n_mels: int = 128, fmin: float = 0.0, fmax: float | None = None,
) -> Rows:  # fmt: skip
    """Which bins of an STFT each row of a picture shows, from ``low`` to ``high`` Hz.

    The nearest bin where rows are denser than bins, all bins of the row where they are sparser: every bin between
    ``low`` and ``high`` is in a row, so that a tone is never hidden.  On the axis "mel" the bins are ``n_mels`` bands
    from ``fmin`` to ``fmax`` (magnitudes arrive filtered): no more rows than bands, and the ends those of whole bands.
    Without ``low`` and ``high`` everything is shown; a log axis begins at 20 Hz then, or at the first bin.

    >>> found = rows_of("linear", n_bins=5, n_fft=8, sample_rate=8.0, rows=2)
    >>> found.starts.tolist(), found.stops.tolist(), found.hz.tolist()
    ([0, 2], [2, 5], [0.5, 3.0])
    """
    if axis not in AXES:
        raise GeometryError(
            N_("axis={axis!r} is not known; choose one of: {names}"), axis=axis, names=", ".join(AXES)
        )
    if axis == "mel":
        return _bands(rows, low, high, n_mels, fmin, sample_rate / 2 if fmax is None else fmax)
    step = sample_rate / n_fft
    nyquist = (n_bins - 1) * step
    low = (max(20.0, step) if axis == "log" else 0.0) if low is None else low
    high = nyquist if high is None else high
    _check_ends(axis, low, high)
    edges = _edges(axis, low, high, rows)
    inside = np.ceil(edges / step - 1e-9).astype(np.int64)
    inside[-1] = math.floor(high / step + 1e-9) + 1
    inside = np.clip(inside, 0, n_bins)
    centre = onto(axis, np.array([low, high]))
    centre = centre[0] + (np.arange(rows) + 0.5) / rows * (centre[1] - centre[0])
    nearest = np.clip(np.round(back(axis, centre) / step).astype(np.int64), 0, n_bins - 1)
    dense = inside[1:] <= inside[:-1]
    starts = np.where(dense, nearest, inside[:-1])
    stops = np.where(dense, nearest + 1, inside[1:])
    return Rows(starts, stops, (starts + stops - 1) / 2 * step, float(low), float(high))


def _bands(rows: int, low: float | None, high: float | None, n_mels: int, fmin: float, fmax: float) -> Rows:
    """Rows of mel bands: band i is centred i + 1 equal steps above ``fmin``, and half a step high to either side."""
    _check_ends("mel", fmin, fmax)
    bottom, top = onto("mel", np.array([fmin, fmax]))
    step = (top - bottom) / (n_mels + 1)
    first, last = 0, n_mels
    if low is not None:
        first = math.floor((float(onto("mel", np.array(low))) - bottom) / step - 0.5 + 1e-6)
    if high is not None:
        last = math.ceil((float(onto("mel", np.array(high))) - bottom) / step - 0.5 - 1e-6)
    first = min(max(first, 0), n_mels - 1)
    last = min(max(last, first + 1), n_mels)
    edges = first + np.round(np.linspace(0, last - first, min(rows, last - first) + 1)).astype(np.int64)
    starts, stops = edges[:-1], edges[1:]
    at = back("mel", bottom + (np.array([first + 0.5, last + 0.5])) * step)
    return Rows(
        starts, stops, back("mel", bottom + ((starts + stops - 1) / 2 + 1) * step), float(at[0]), float(at[1])
    )


def _edges(axis: str, low: float, high: float, rows: int) -> np.ndarray:
    ends = onto(axis, np.array([low, high]))
    return back(axis, np.linspace(ends[0], ends[1], rows + 1))


def _check_ends(axis: str, low: float, high: float) -> None:
    if not low < high or low < 0 or axis == "log" and low == 0:
        raise GeometryError(
            N_("the axis from {low} to {high} Hz is empty or begins below what it can show; begin lower than it ends,"
               " and above 0 Hz on a log axis"), low=f"{low:g}", high=f"{high:g}")  # fmt: skip


# --- levels and colours --------------------------------------------------------------------------


def levels(magnitude: np.ndarray, *, reference: float, floor_db: float = -80.0) -> np.ndarray:
    """Levels in dB of ``reference``, never below the floor and never infinite: silence is the floor.

    Shape: any, float32.

    >>> levels(np.array([1.0, 0.1, 0.0]), reference=1.0).tolist()
    [0.0, -20.0, -80.0]
    """
    if not reference > 0:
        raise GeometryError(N_("reference={reference} is no level; it must be above 0"), reference=reference)
    return (20 * np.log10(np.maximum(np.abs(magnitude) / reference, 10 ** (floor_db / 20)))).astype(
        np.float32
    )


def difference(after_db: np.ndarray, before_db: np.ndarray) -> np.ndarray:
    """After minus before in dB: positive where it became louder.

    Shape: both ``(rows, columns)``, float32.

    >>> difference(np.array([-20.0, -80.0]), np.array([-26.0, -80.0])).tolist()
    [6.0, 0.0]
    """
    if after_db.shape != before_db.shape:
        raise GeometryError(
            N_("the pictures have {after} and {before} cells; a difference needs the same"),
            after=str(after_db.shape), before=str(before_db.shape),
        )  # fmt: skip
    return (after_db - before_db).astype(np.float32)


def lut(name: str, *, theme: str = "light") -> np.ndarray:
    """256 colours from the lowest to the highest level.  Shape: ``(256, 3)`` uint8, RGB.

    "signed" runs from negative over the paper, which both middle entries are, to positive.

    >>> lut("grey")[[0, 255]].tolist(), lut("signed", theme="light")[128].tolist()
    ([[0, 0, 0], [255, 255, 255]], [255, 255, 255])
    """
    if name == "signed":
        paper, plus, minus = (np.array(rgb(palette[theme]), float) for palette in (PAPER, POSITIVE, NEGATIVE))
        share = ((np.abs(np.arange(256) - 127.5) - 0.5) / 127)[:, None]
        end = np.where(np.arange(256)[:, None] < 128, minus, plus)
        return np.round(paper + share * (end - paper)).astype(np.uint8)
    if name not in MAPS:
        raise GeometryError(
            N_("map={name!r} is not known; choose one of: {names}"), name=name, names=", ".join(MAPS)
        )
    ramp = np.arange(256, dtype=np.uint8)[:, None]
    if name == "grey":
        return np.repeat(ramp, 3, axis=1)
    code = {"viridis": cv2.COLORMAP_VIRIDIS, "magma": cv2.COLORMAP_MAGMA}[name]
    return cv2.applyColorMap(ramp, code)[:, 0, ::-1].copy()


def colours(hundredths: np.ndarray, *, range_db: tuple[float, float], table: np.ndarray) -> np.ndarray:
    """The colour of each level, as the page draws it.

    Shape: ``(...,)`` int16 hundredths of dB ``-> (..., 3)`` uint8.

    >>> colours(np.array([-8000, -4000, 0]), range_db=(-80, 0), table=lut("grey")).tolist()
    [[0, 0, 0], [128, 128, 128], [255, 255, 255]]
    """
    low, high = (round(100 * end) for end in range_db)
    index = np.floor((hundredths.astype(np.float64) - low) * 255 / (high - low) + 0.5)
    return table[np.clip(index, 0, 255).astype(np.int64)]
