"""How does a sound look?  Levels, waveforms on one time axis and scale, spectra, and a kernel's response."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from playground.view.colours import INPUT, NEGATIVE, OUTPUT, POSITIVE
from playground.view.lazy import altair as alt
from playground.view.lazy import pandas as pd

if TYPE_CHECKING:
    from torch import Tensor

BINS = 900
"""Columns of a waveform: about one per pixel of the widest stage."""
SEGMENT = 4096
"""Samples of one segment of a spectrum: 10.8 Hz a bin at 44.1 kHz."""
RESPONSE_POINTS = 8192
"""Samples that a frequency response is computed on, at least; more for longer kernels."""
FLOOR_DB = -120.0
"""What stands for silence on a plot: 16 bits end at -96."""


@dataclass(frozen=True)
class Levels:
    """Peak and RMS in dB relative to full scale, and the share of samples beyond it."""

    peak: float
    peak_db: float
    rms_db: float
    clipped: float


def levels(values: Tensor) -> Levels:
    """Measure ``(C, T)``; silence is ``-inf`` dB.

    Shape: ``(C, T)``, full scale is 1.

    >>> import torch
    >>> levels(torch.tensor([[0.5, -0.5]])).peak_db
    -6.020599913279624
    """
    x = values.detach().numpy()
    peak = float(np.abs(x).max()) if x.size else 0.0
    rms = math.sqrt(float(np.mean(np.square(x, dtype=np.float64)))) if x.size else 0.0
    clipped = float(np.count_nonzero(np.abs(x) > 1 + 1e-5)) / max(1, x.size)
    return Levels(peak, decibels(peak), decibels(rms), clipped)


def decibels(amplitude: float) -> float:
    """20 log10 of an amplitude; 0 is ``-inf``.

    >>> decibels(0.1), decibels(0.0)
    (-20.0, -inf)
    """
    return 20 * math.log10(amplitude) if amplitude > 0 else -math.inf


def envelope(values: Tensor, *, bins: int = BINS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First sample, smallest and largest value of each of at most ``bins`` stretches.

    Shape: ``(C, T) -> (n,), (n,), (n,)`` with ``n = min(T, bins)``, all channels together: no sample is
    left out, so no click is.

    >>> import torch
    >>> [part.tolist() for part in envelope(torch.tensor([[0., 1., -1., 0.]]), bins=2)]
    [[0, 2], [0.0, -1.0], [1.0, 0.0]]
    """
    x = values.detach().numpy()
    count = x.shape[-1]
    starts = np.unique(np.linspace(0, count, min(count, bins), endpoint=False).astype(np.int64))
    low = np.minimum.reduceat(x.min(axis=0), starts)
    high = np.maximum.reduceat(x.max(axis=0), starts)
    return starts, low, high


def spectrum(values: Tensor, *, rate: float, seconds: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    """Frequencies in Hz and the mean amplitude spectrum in dB: a full-scale sine shows -3 dB (its RMS).

    ``seconds`` continues a shorter sound by silence, so that two sounds are averaged over the same time
    and a sound that ends abruptly shows its click in both.

    Shape: ``(C, T) -> (f,), (f,)``.  Welch (1967), periodic Hann window, half overlap, channels averaged.
    """
    import scipy.signal  # most of a second, and no picture needs it

    x = values.detach().numpy()
    missing = round(seconds * rate) - x.shape[-1]
    x = np.pad(x, ((0, 0), (0, missing))) if missing > 0 else x
    segment = min(SEGMENT, x.shape[-1])
    f, power = scipy.signal.welch(
        x, fs=rate, window="hann", nperseg=segment, noverlap=segment // 2, scaling="spectrum", detrend=False
    )
    level = 10 * np.log10(np.maximum(power.mean(axis=0), 10 ** (FLOOR_DB / 10)))
    return f, level


def response(kernel: Tensor, *, flipped: bool = False) -> tuple[np.ndarray, np.ndarray]:
    """Frequency response of taps: cycles per sample from 0 to 0.5, and complex values.

    Shape: ``(k,) -> (f,), (f,)``.

    The impulse response of a correlation is the kernel reversed; of a convolution (``flipped``) the
    kernel as it is.  Agrees with ``scipy.signal.freqz`` at the same frequencies.

    >>> import torch
    >>> f, h = response(torch.tensor([0.5, 0.5]))
    >>> float(abs(h[0])), round(float(abs(h[-1])), 12)
    (1.0, 0.0)
    """
    taps = kernel.detach().double().numpy()
    taps = taps if flipped else taps[::-1]
    points = max(RESPONSE_POINTS, 1 << (len(taps) - 1).bit_length())
    return np.fft.rfftfreq(points), np.fft.rfft(taps, points)


# --- charts --------------------------------------------------------------------------------------


def waveforms(
    before: Tensor, after: Tensor | None, *, rate: Fraction, rate_after: Fraction, origin: Fraction, theme: str,
    words: tuple[str, str, str],
) -> alt.LayerChart:  # fmt: skip
    """Input above, output below, on one time axis and one amplitude scale.

    Shape: sounds ``(C, T)``.

    ``words`` are "Input", "Output" and "seconds" in the visitor's language; ``origin`` counts output
    samples before time 0.
    """
    shown = [(words[0], before, float(rate), 0.0, INPUT[theme])]
    if after is not None:
        shown.append((words[1], after, float(rate_after), float(origin / rate_after), OUTPUT[theme]))
    largest = max(float(values.abs().max()) if values.numel() else 0.0 for _, values, *_ in shown)
    scale = max(1.0, largest)
    gap, rows = 2.45 * scale, []  # every wave has its name above it: a loud one leaves no other place
    for row, (name, values, per_second, early, _colour) in enumerate(shown):
        starts, low, high = envelope(values)
        centre = gap * (len(shown) - 1 - row)
        line = 0.006 * scale  # a stretch of one value would have no height
        rows += [
            {"t": t / per_second - early, "low": a + centre - line, "high": b + centre + line, "which": name}
            for t, a, b in zip(starts.tolist(), low.tolist(), high.tolist(), strict=True)
        ]
    names, colours = [part[0] for part in shown], [part[4] for part in shown]
    tick = _round_half(scale)
    ticks = [gap * i + side * tick for i in range(len(shown)) for side in (-1, 0, 1)]
    label = f"format(datum.value - {gap} * floor((datum.value + {gap / 2}) / {gap}), '.3~g')"
    domain = [-1.02 * scale, gap * (len(shown) - 1) + 1.36 * scale]
    colour = alt.Color("which:N", legend=None, scale=alt.Scale(domain=names, range=colours))
    # On both layers, or Vega-Lite merges the axis with a default one and hides every second label.
    axis = alt.Axis(values=ticks, labelExpr=label, labelOverlap=False)
    waves = (
        alt.Chart(_table(rows))
        .mark_area()
        .encode(
            x=alt.X("t:Q", title=words[2], scale=alt.Scale(nice=False)),
            y=alt.Y("low:Q", title=None, scale=alt.Scale(domain=domain, nice=False), axis=axis),
            y2="high:Q",
            color=colour,
        )
    )  # fmt: skip
    first = min(row["t"] for row in rows) if rows else 0.0
    tags = [
        {"t": first, "at": gap * (len(shown) - 1 - i) + 1.2 * scale, "which": name}
        for i, name in enumerate(names)
    ]
    text = (
        alt.Chart(_table(tags))
        .mark_text(align="left", dx=4, fontSize=13, fontWeight=600)
        .encode(x="t:Q", y=alt.Y("at:Q", title=None, axis=axis), text="which:N", color=colour)
    )
    return (waves + text).properties(
        height=130 * len(shown), padding={"top": 4, "left": 4, "right": 4, "bottom": 4}
    )


def _round_half(scale: float) -> float:
    """The largest of 1, 2, 5, 10, 20, 50, ... and 0.5, 0.2, ... up to half of ``scale``."""
    power = 10 ** math.floor(math.log10(scale / 2))
    return max(round(times * power, 12) for times in (1, 2, 5) if times * power <= scale / 2 * (1 + 1e-9))


def frequencies(
    before: Tensor, after: Tensor, *, rate: Fraction, rate_after: Fraction, kernel: Tensor, kernel_rate: Fraction,
    flipped: bool, theme: str, words: tuple[str, str, str, str, str],
) -> alt.LayerChart:  # fmt: skip
    """Both spectra and the kernel's response over frequency in Hz, in dB.

    Shape: sounds ``(C, T)``, kernel ``(k,)``.

    ``words``: "Input", "Output", "Kernel's response", "Hz", "dB".  Log axis from 20 Hz.
    """
    f, h = response(kernel, flipped=flipped)
    seconds = max(before.shape[-1] / float(rate), after.shape[-1] / float(rate_after)) + SEGMENT / float(rate)
    curves = [
        (words[0], *spectrum(before, rate=float(rate), seconds=seconds)),
        (words[1], *spectrum(after, rate=float(rate_after), seconds=seconds)),
        (words[2], f * float(kernel_rate), 20 * np.log10(np.maximum(np.abs(h), 10 ** (FLOOR_DB / 20)))),
    ]
    rows = [
        {"f": round(x, 2), "db": round(y, 2), "which": name}
        for name, xs, ys in curves
        for x, y in _thinned(xs, ys)
    ]
    names = list(words[:3])
    colours = [INPUT[theme], OUTPUT[theme], OUTPUT[theme]]
    encoding = dict(
        x=alt.X("f:Q", title=words[3], scale=alt.Scale(type="log", domain=[20, float(max(rate, rate_after)) / 2], nice=False),
                axis=alt.Axis(values=[20, 50, 100, 200, 500, 1000, 2000, 5000, 10000, 20000, 50000], format="~s")),
        y=alt.Y("db:Q", title=words[4], scale=alt.Scale(domain=[FLOOR_DB, max(10.0, max(r["db"] for r in rows))], clamp=True)),
        color=alt.Color("which:N", title=None, scale=alt.Scale(domain=names, range=colours), legend=alt.Legend(orient="top")),
        strokeDash=alt.StrokeDash("which:N", title=None, scale=alt.Scale(domain=names, range=[[1, 0], [1, 0], [6, 3]])),
        strokeWidth=alt.StrokeWidth("which:N", title=None, scale=alt.Scale(domain=names, range=[1, 2, 1.5])),
    )  # fmt: skip
    return alt.layer(alt.Chart(_table(rows)).mark_line(clip=True).encode(**encoding)).properties(height=260)


def shared_response(
    kernel: Tensor, *, rate: Fraction, flipped: bool, theme: str, words: tuple[str, str]
) -> alt.Chart:
    """The response of taps for both senses: each tick says cycles per sample or pixel, and Hz.

    Shape: ``(k,)``.

    ``rate`` is the sound's; ``words`` are the titles of the two axes.
    """
    f, h = response(kernel, flipped=flipped)
    level = 20 * np.log10(np.maximum(np.abs(h), 10 ** (FLOOR_DB / 20)))
    step = max(1, len(f) // 450)
    starts = np.arange(0, len(f), step)
    low, high = np.minimum.reduceat(level, starts), np.maximum.reduceat(level, starts)
    rows = [
        {"f": x, "db": round(y, 2)}
        for x, a, b in zip(f[starts].tolist(), low.tolist(), high.tolist(), strict=True)
        for y in ((a, b) if a != b else (a,))
    ]
    label = f"[format(datum.value, '.1f'), format(datum.value * {float(rate)}, ',.0f') + ' Hz']"
    bottom = max(FLOOR_DB, min(row["db"] for row in rows) - 3)
    return (
        alt.Chart(_table(rows))
        .mark_line(color=OUTPUT[theme], strokeDash=[6, 3], clip=True)
        .encode(
            x=alt.X("f:Q", title=words[0], scale=alt.Scale(domain=[0, 0.5]),
                    axis=alt.Axis(values=[0, 0.1, 0.2, 0.3, 0.4, 0.5], labelExpr=label)),
            y=alt.Y("db:Q", title=words[1], scale=alt.Scale(domain=[bottom, max(6.0, max(row["db"] for row in rows) + 3)])),
        )
        .properties(height=200)
    )  # fmt: skip


def phase(kernel: Tensor, *, rate: Fraction, flipped: bool, theme: str, words: tuple[str, str]) -> alt.Chart:
    """The phase of the response in degrees over frequency.  ``words``: "Hz", "degrees".

    Shape: kernel ``(k,)``.
    """
    f, h = response(kernel, flipped=flipped)
    angle = np.degrees(np.angle(h))
    rows = [{"f": x, "angle": y} for x, y in _thinned(f * float(rate), angle)]
    return (
        alt.Chart(_table(rows))
        .mark_line(color=OUTPUT[theme], strokeDash=[6, 3])
        .encode(
            x=alt.X("f:Q", title=words[0]),
            y=alt.Y("angle:Q", title=words[1], scale=alt.Scale(domain=[-180, 180])),
        )
        .properties(height=160)
    )


def stems(kernel: Tensor, *, rate: Fraction, causal: bool, theme: str, word: str) -> alt.LayerChart:
    """The taps that are not zero, as stems over time in milliseconds, positive orange and negative blue.

    Shape: kernel ``(k,)``.

    A long kernel shows its largest taps; ``word`` is "milliseconds".
    """
    taps = kernel.detach().double().numpy()
    used = np.flatnonzero(taps)
    if len(used) > BINS:
        used = np.sort(used[np.argsort(-np.abs(taps[used]))[:BINS]])
    first = 0 if causal else (len(taps) - 1) // 2
    rows = [
        {
            "t": 1000 * (int(i) - first) / float(rate),
            "h": float(taps[i]),
            "zero": 0.0,
            "sign": "+" if taps[i] > 0 else "−",
        }
        for i in used
    ]
    base = alt.Chart(_table(rows)).encode(
        x=alt.X("t:Q", title=word),
        color=alt.Color("sign:N", legend=None, scale=alt.Scale(domain=["+", "−"], range=[POSITIVE[theme], NEGATIVE[theme]])),
    )  # fmt: skip
    lines = base.mark_rule().encode(y=alt.Y("h:Q", title=None), y2="zero:Q")
    heads = base.mark_circle(size=36 if len(rows) < 200 else 8).encode(y="h:Q")
    return (lines + heads).properties(height=160)


def _thinned(x: np.ndarray, y: np.ndarray, *, points: int = 450) -> list[tuple[float, float]]:
    """The smallest and the largest value of each stretch of a log-frequency grid: no peak or hole is lost."""
    keep = x > 0
    x, y = x[keep], y[keep]
    if len(x) <= 2 * points:
        return list(zip(x.tolist(), y.tolist(), strict=True))
    starts = np.unique(np.searchsorted(x, np.geomspace(x[0], x[-1], points)))
    starts = starts[starts < len(x)]
    low, high = np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts)
    return [(f, value) for f, a, b in zip(x[starts].tolist(), low.tolist(), high.tolist(), strict=True)
            for value in ((a, b) if a != b else (a,))]  # fmt: skip


def _table(rows: list[dict[str, object]]) -> pd.DataFrame:
    """The rows of a chart as a table: Altair checks a list row by row, which takes it most of a second."""
    return pd.DataFrame(rows)
