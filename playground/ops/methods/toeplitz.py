"""A matrix product: neighbouring results of a sound at once, from all the samples that they read together.

``b`` results at stride ``s`` read ``K = (b - 1) s + span`` samples.  They are those samples times a matrix of ``K`` rows
and ``b`` columns, every column the taps, ``s`` rows below the one before (a Toeplitz matrix where ``s`` is 1).  The next
``b`` results read from ``b s`` samples further on, so the samples themselves, cut into rows of ``b s``, are the other
factor, and nothing is copied where they lie side by side.  Where ``K`` is more than such a row, the result is a sum of
several products.  At stride ``1/s`` the columns of the phases take turns, and nothing is put between anything later.

Most of the matrix is zeros, and still torch's product is the fastest sum of taps there is: it multiplies 70 billion times
a second on one core, it writes what is kept and nothing else, and its threads need not wait for Python's lock.
"""

from __future__ import annotations

import itertools
import math
from functools import lru_cache

import numpy as np

from playground.ops.geometry import Phase, Window
from playground.ops.lazy import torch
from playground.ops.methods.blocks import readable, whole
from playground.ops.methods.reading import NotFinite, piece

AT_ONCE = (16, 32, 64, 128)
"""Results that one row of the product makes, or as many more as fill the last round of phases."""
WIDEST = 128
"""Samples that are added up in a product: rounding errors that all point one way would grow with more."""
SAMPLES = 1 << 20
"""Samples that a product reads: large, as torch's threads are woken for each, and not so large that a sum of products
finds nothing in the cache."""
LARGEST = 1 << 18
"""Numbers of a matrix that is worth its memory."""
IN_STEP = 1.75
"""How much longer a product takes than on an idle machine: torch's threads wait for each other at the end of each, so
whoever else needs a core holds up all of them."""
A_CALL = 550_000
"""Nanoseconds of one core for a call, beside what every method takes.  See ``price``."""
A_PLANE = 10_000
"""The same for a plane, which has products of its own."""
A_RESULT = 0.3
"""The same for a result, whatever it reads."""
A_SAMPLE = 0.014
"""The same for a sample that is read."""
A_PRODUCT = 0.2
"""The same for a product that is added."""
AT_AN_END = 20.0, 0.15
"""The same for a result at an end, and for each of its taps."""


def correlate(
    x: np.ndarray,
    kernel: np.ndarray,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Correlate by ``torch.addmm``, plane by plane; sounds only.  See ``methods``.

    Shape: as in ``methods``.

    >>> x, taps = np.array([[1., 2., 4., 8.]]), np.array([1., -1.])
    >>> correlate(x, taps, (Window(start=0, step=2, dilation=1, taps=2, count=2),), "constant", 0.0)
    array([[-1., -4.]])
    """
    y, (window,) = whole(x, windows, out), windows
    all_phases(x, kernel, [Phase(window, slice(None), slice(0, window.count, 1))], padding_mode, fill, y)
    return y


def all_phases(
    x: np.ndarray, kernel: np.ndarray, phases: list[Phase], padding_mode: str, fill: float, y: np.ndarray
) -> None:
    """Fill ``y`` with the results of all ``phases`` of one axis.

    Shape: ``x (planes, n)``, ``kernel (taps,)``, ``y (planes, outputs)``.

    >>> from playground.ops import geometry
    >>> made = np.empty((1, 5))
    >>> axis = geometry.settle(3, 3, stride=geometry.Fraction(1, 2), padding=(1, 1))
    >>> all_phases(np.array([[1., 2., 4.]]), np.array([.5, 1., .5]), geometry.phases(axis), "constant", 0.0, made)
    >>> made
    array([[1. , 1.5, 2. , 3. , 4. ]])
    """
    taps = kernel.astype(x.dtype, copy=False)
    if not phases or not y.size:
        y[:] = 0
        return
    period, step = phases[0].output.step, phases[0].window.step
    begin, span = reach(phases)
    at_once = best(period, step, span)
    rounds, hop = at_once // period, at_once // period * step
    skipped = max(0, *(-(phase.window.start // step) for phase in phases))  # rounds that read before the samples
    first, begin = skipped * period, begin + skipped * step
    read = reads(period, step, span, at_once)
    blocks = max(0, min((x.shape[1] - begin - read) // hop + 1, (y.shape[1] - first) // at_once))
    end = first + blocks * at_once
    if blocks:
        band, results = torch.from_numpy(matrix(taps, phases, rounds)), torch.from_numpy(y)
        for plane in range(len(x)):
            samples = torch.from_numpy(readable(x[plane : plane + 1])[0])
            _multiply(samples, begin, hop, band, results[plane, first:end].view(blocks, at_once))
    for low, high in ((0, min(first, y.shape[1])), (end, y.shape[1])) if blocks else ((0, y.shape[1]),):
        if low < high:
            _at_end(x, taps, phases, padding_mode, fill, y, low, high)


def reach(phases: list[Phase]) -> tuple[int, int]:
    """The first sample that a round of ``phases`` reads, and how many from there on.

    >>> reach([Phase(Window(-1, 1, 1, 2, 9), slice(0, 3, 2), slice(0, 18, 2))])
    (-1, 2)
    """
    begin = min(phase.window.start for phase in phases)
    ends = (phase.window.start + (phase.window.taps - 1) * phase.window.dilation for phase in phases)
    return begin, max(ends) + 1 - begin


def _multiply(samples: torch.Tensor, begin: int, hop: int, band: torch.Tensor, made: torch.Tensor) -> None:
    """Every row of ``made`` from the next ``hop`` samples, from ``begin`` on, and so many more as ``band`` has rows.

    Infinity times a zero of the matrix is NaN, in all results of a row.
    """
    edges = [*range(0, len(band), min(hop, WIDEST)), len(band)]
    each = max(1, SAMPLES // hop)
    for low in range(0, len(made), each):
        some = made[low : low + each]
        for first, last in itertools.pairwise(edges):
            rows = samples.as_strided((len(some), last - first), (hop, 1), begin + low * hop + first)
            some.addmm_(rows, band[first:last], beta=min(first, 1))
        if not math.isfinite(some.sum()):
            raise NotFinite


def _at_end(
    x: np.ndarray, taps: np.ndarray, phases: list[Phase], padding_mode: str, fill: float, y: np.ndarray, low: int, high: int
) -> None:
    """The results from ``low``, a multiple of the period, to ``high``, from samples that are continued; in float64."""
    y[:, low:high] = 0
    for phase in phases:
        window, (first, _, period) = phase.window, (phase.output.start, phase.output.stop, phase.output.step)
        number = low // period
        count = len(range(low + first, high, period))
        if not count:
            continue
        begin, used = window.start + number * window.step, taps[phase.taps]
        wanted = range(begin, begin + (count - 1) * window.step + (window.taps - 1) * window.dilation + 1)
        near = piece(x, range(len(x)), wanted, padding_mode, fill).astype("float64")
        row, item = near.strides
        strides = (row, window.step * item, window.dilation * item)
        with np.errstate(over="ignore", invalid="ignore"):
            every = np.lib.stride_tricks.as_strided(near, (len(x), count, window.taps), strides)
            y[:, low + first : high : period] = np.vecdot(every, used.astype("float64"))


def matrix(taps: np.ndarray, phases: list[Phase], rounds: int) -> np.ndarray:
    """The factor of neighbouring samples: a column of taps for each of their results.

    ``rounds`` times all ``phases``.

    Shape: ``taps (taps,)``; ``-> (reads, rounds period)``.

    >>> window = Window(start=0, step=1, dilation=1, taps=3, count=9)
    >>> matrix(np.array([1., 2., 3.]), [Phase(window, slice(None), slice(0, 9, 1))], 2).tolist()
    [[1.0, 0.0], [2.0, 1.0], [3.0, 2.0], [0.0, 3.0]]
    """
    period, step = phases[0].output.step, phases[0].window.step
    begin, span = reach(phases)
    made = np.zeros(((rounds - 1) * step + span, rounds * period), taps.dtype)
    row, item = made.strides
    for phase in phases:
        window = phase.window
        strides = (step * row + period * item, window.dilation * row)
        corner = made[window.start - begin :, phase.output.start :]
        np.lib.stride_tricks.as_strided(corner, (rounds, window.taps), strides)[:] = taps[phase.taps]
    return made


@lru_cache(512)
def best(period: int, step: int, span: int) -> int:
    """How many results to make at once.

    They are of ``period`` phases, which move by ``step`` samples together and read ``span``.

    >>> best(1, 2, 3), best(1, 1, 255), best(3, 1, 5)
    (16, 64, 18)
    """
    tried = (-(-at_once // period) * period for at_once in AT_ONCE)
    return min(tried, key=lambda at_once: nanoseconds(period, step, span, at_once))


def nanoseconds(period: int, step: int, span: int, at_once: int) -> float:
    """What one core takes for a result; infinite where the matrix would be too large.

    >>> nanoseconds(1, 2, 3, 16) < nanoseconds(1, 2, 31, 16), nanoseconds(1, 2000, 3, 16)
    (True, inf)
    """
    read, hop = reads(period, step, span, at_once), at_once // period * step
    if read * at_once > LARGEST:
        return math.inf
    return A_RESULT + A_SAMPLE * read + A_PRODUCT * -(-read // min(hop, WIDEST))


def reads(period: int, step: int, span: int, at_once: int) -> int:
    """Samples that are read for ``at_once`` results.

    >>> reads(1, 2, 3, 16), reads(2, 1, 3, 16)
    (33, 10)
    """
    return (at_once // period - 1) * step + span
