"""Where does a frequency lie on an axis, and which round numbers stand there?  Linear, log and mel; seconds and dB too."""

from __future__ import annotations

import math

import numpy as np

AXES = ("linear", "log", "mel")


def onto(axis: str, hz: np.ndarray) -> np.ndarray:
    """Hz as a place on the axis: Hz, octaves above 1 Hz, or mel after Slaney (as librosa).

    >>> onto("log", np.array([440.0, 880.0])).round(3).tolist(), float(onto("mel", np.array(1000.0)))
    ([8.781, 9.781], 15.0)
    """
    if axis == "linear":
        return hz
    if axis == "log":
        return np.log2(hz)
    return np.where(hz < 1000, hz * 3 / 200, 15 + np.log(np.maximum(hz, 1000) / 1000) * 27 / math.log(6.4))


def back(axis: str, place: np.ndarray) -> np.ndarray:
    """Hz of a place on the axis, the inverse of ``onto``.

    >>> float(back("mel", np.array(7.5)))
    500.0
    """
    if axis == "linear":
        return place
    if axis == "log":
        return np.exp2(place)
    return np.where(place < 15, place * 200 / 3, 1000 * np.exp((place - 15) * math.log(6.4) / 27))


# --- ticks and texts -----------------------------------------------------------------------------

Tick = tuple[float, str]
"""A place, 0 at the beginning of the axis and 1 at its end, and what stands there."""


def ticks_time(start: float, end: float, *, beyond: float = 0.0, count: int = 7) -> list[Tick]:
    """Round seconds between two times, about ``count``; ``beyond`` continues by shares of the length.

    >>> ticks_time(0.0, 1.0)
    [(0.0, '0'), (0.2, '0.2'), (0.4, '0.4'), (0.6, '0.6'), (0.8, '0.8'), (1.0, '1.0')]
    """
    length = end - start
    step = _step(length / count)
    found = _multiples(start - beyond * length, end + beyond * length, step)
    return [(round((value - start) / length, 9), _plain(value, step)) for value in found]


def ticks_hz(axis: str, low: float, high: float, *, beyond: float = 0.0, count: int = 6) -> list[Tick]:
    """Round frequencies between two: equal steps on a linear axis, else 50, 100, 200, 500, 1k.

    >>> [text for _, text in ticks_hz("log", 40.0, 16000.0)]
    ['50', '100', '200', '500', '1k', '2k', '5k', '10k']
    """
    ends = onto(axis, np.array([low, high]))
    length = float(ends[1] - ends[0])
    reach = back(axis, np.maximum(ends + np.array([-beyond, beyond]) * length, 0.0))
    decades = [m * 10.0**power for power in range(0, 6) for m in (1, 2, 5)]
    if axis == "mel":
        decades = [0.0, *(value for value in decades if value >= 200)]
    values = [value for value in decades if reach[0] <= value <= reach[1] * (1 + 1e-9)]
    if axis == "linear" or sum(low <= value <= high for value in values) < 3:
        values = _multiples(max(0.0, float(reach[0])), float(reach[1]), _step((high - low) / count))
        values = [value for value in values if value > 0 or axis != "log"]
    at = (onto(axis, np.array(values)) - ends[0]) / length
    return [(round(float(place), 9), _kilo(value)) for place, value in zip(at, values, strict=True)]


def ticks_db(low: float, high: float) -> list[Tick]:
    """Round levels for the colour bar.

    >>> ticks_db(-80.0, 0.0)
    [(0.0, '−80'), (0.25, '−60'), (0.5, '−40'), (0.75, '−20'), (1.0, '0')]
    """
    step = _step((high - low) / 5)
    return [
        (round((value - low) / (high - low), 9), _plain(value, step)) for value in _multiples(low, high, step)
    ]


def hz_text(hz: float) -> str:
    """A frequency to read off: one decimal below 1 kHz.

    >>> hz_text(440.0), hz_text(12345.6)
    ('440.0', '12346')
    """
    return f"{hz:.1f}" if hz < 999.95 else f"{hz:.0f}"


def _step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20 ... (or 0.5, 0.2 ...) that is at least ``least``."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= least * (1 - 1e-9))


def _multiples(low: float, high: float, step: float) -> list[float]:
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def _plain(value: float, step: float) -> str:
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    text = f"{abs(value):.{decimals}f}"
    return "0" if float(text) == 0 else ("−" if value < 0 else "") + text


def _kilo(hz: float) -> str:
    return f"{hz / 1000:.6g}k" if hz >= 999.9995 else f"{hz:.6g}"


def seconds_text(value: float, decimals: int) -> str:
    """A time to read off.

    >>> seconds_text(-0.25, 3)
    '−0.250'
    """
    text = f"{abs(value):.{decimals}f}"
    return text if value >= 0 or float(text) == 0 else "−" + text
