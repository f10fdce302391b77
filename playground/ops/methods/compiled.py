"""The plain sum in loops of our own: every result is made once, of the samples that it reads, and written once.

OpenCV's filter makes all results of a stride and keeps some, knows nothing of what stands between the samples of a
stride 1/s, and continues each block at edges of its own.  Short kernels run at the speed of memory, so what is made
in vain costs more than the sums.  Here a table of phases says what each row and each column reads, at any stride, and
only the ends of a row are looked up sample by sample.

The loops are machine code that numba makes on this machine: ``ready`` has it made in the background and says
whether it is there.  Until then, and where numba is missing, "auto" does without.
"""

from __future__ import annotations

import atexit
import importlib
import itertools
import logging
import os
import threading
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from playground.machine import GIB, memory_bytes
from playground.ops.geometry import Axis, Phase, Window, phases
from playground.ops.methods.blocks import whole
from playground.ops.methods.sharing import cores, share
from playground.ops.padding import source_index

if TYPE_CHECKING:
    from types import ModuleType

AT_ONCE = 2048
"""Sums that are made at once where some are picked, or a row is divided: they fit the fastest cache."""
MOST_TAPS = 2048
"""Taps that are worth adding up in float32, in parts: other methods are faster with more.  Whoever asks for more gets
them in float64."""
MOST_PHASES = 1 << 12
"""Phases of a stride that are held in a table, those that no tap meets included."""
FARTHEST = 1 << 16
"""Samples beyond an edge that are looked up in a table."""
WAKING = 200_000
"""Nanoseconds of work that pay for waking a helper, who has one part to do."""
LONG, PARTS = 4_000_000, 4
"""The same for more parts for each core: who is done first takes more."""
STEP, TAPS, COUNT = 1, 3, 4
"""Columns of a table of phases, as ``loops`` has them."""
TOGETHER, WORTH_SHARING, LONGEST = 3, 16, 42
"""Rows that are summed together, if a result has so many taps or more and a row of the kernel no more than the last."""

DEEP, ENDS, FEW_ENDS, AT_HAND = 15, 128, 16, 1 << 15
"""Rows, and columns at an end of them, for which samples are looked up at once; fewer columns where these would be more
than the last."""

MEMORY = 2 * GIB
"""A machine with less keeps the 120 megabytes that the compiler takes for its pictures."""
PAUSE = "PLAYGROUND_LOOPS_AFTER"
"""The environment's word for the seconds before anything is made; else ``SHORT``.  An app with visitors sets it, so that
its first pages have the machine for themselves."""
SHORT = 0.1
"""A program that asks once has ended by then."""
PATIENCE = 1.5
"""Seconds that the second question waits; those that have been made once are fetched in less."""

A_SAMPLE = 0.1
"""Nanoseconds of one core for a sample that is read.  See ``price``."""
A_SUM = 0.15
"""The same for a sum, whatever its taps."""
A_TAP, A_SHARED = 0.035, 0.028
"""The same for a tap, and for one whose samples are read for several rows at once."""
A_LOOK = 0.5
"""The same for a sample that is looked up, as it is wanted for an end of a row."""
A_PICK, A_SECOND = 0.35, 0.12
"""The same for a result that is not written where it is made, and where they are every second sum or every second place."""
A_ROW, A_PART, ONE_OF_MANY = 150.0, 150.0, 60.0
"""The same for a row, for each phase of it, and where results lie as the samples do, so that many rows are one sum."""


def correlate(
    x: np.ndarray,
    kernel: np.ndarray,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Correlate by ``loops.rows``, made on the spot where they are not there yet.  See ``methods``.

    Shape: as in ``methods``.

    >>> x, taps = np.array([[1., 2., 4., 8.]]), np.array([1., -1.])
    >>> correlate(x, taps, (Window(start=0, step=2, dilation=1, taps=2, count=2),), "constant", 0.0)
    array([[-1., -4.]])
    """
    y = whole(x, windows, out)
    made = y if y.flags.c_contiguous else np.empty(y.shape, y.dtype)
    _fill(x, kernel, tables(windows, x.shape[1:], padding_mode), fill, made)
    if made is not y:
        y[:] = made
    return y


def all_phases(
    x: np.ndarray, kernel: np.ndarray, axes: tuple[Axis, ...], padding_mode: str, fill: float, y: np.ndarray
) -> None:
    """Fill ``y`` with the results of every phase of the ``axes``.

    Shape: ``x (planes, *size)``, ``kernel (*taps)``, ``y (planes, *outputs)``, side by side.

    >>> from playground.ops.geometry import Fraction, settle
    >>> made = np.empty((1, 5))
    >>> axis = settle(3, 3, stride=Fraction(1, 2), padding=(1, 1))
    >>> all_phases(np.array([[1., 2., 4.]]), np.array([.5, 1., .5]), (axis,), "constant", 0.0, made)
    >>> made
    array([[1. , 1.5, 2. , 3. , 4. ]])
    """
    _fill(x, kernel, _of_axes(axes, padding_mode), fill, y)


class Tables(NamedTuple):
    """The phases of both axes as ``loops`` reads them, which sample stands beyond each edge, and what follows from both.

    ``rounds`` are those of a row's phases, ``taps`` the most that meet one result, ``a_row`` the nanoseconds of one
    core for a row of results.
    """

    numbers: tuple[np.ndarray, ...]
    rounds: int
    taps: int
    a_row: float


def _fill(x: np.ndarray, kernel: np.ndarray, tables: Tables | None, fill: float, y: np.ndarray) -> None:
    if tables is None:
        y[:] = 0
        return
    if not y.size:
        return
    if tables.taps > MOST_TAPS and x.itemsize < 8:
        made = np.empty(y.shape, np.float64)
        _fill(x.astype(np.float64), kernel, tables, fill, made)
        y[:] = made
        return
    if x.ndim == 2:
        x, kernel, y = x[:, None], kernel[None], y[:, None]
    flat, apart = read_where_it_is(x)
    kernel = np.ascontiguousarray(kernel, x.dtype)
    settings = (flat, y.reshape(-1), apart, x.shape[1:], y.shape[1:], kernel, *tables.numbers, x.dtype.type(fill),
                AT_ONCE)  # fmt: skip
    fill_rows, rows = functions().rows, len(x) * y.shape[1]
    if rows * tables.a_row < WAKING:
        fill_rows(*settings, (0, rows, 0, tables.rounds))
        return
    jobs, alone = parts(rows, tables.rounds, tables.a_row, cores())
    share(lambda job: fill_rows(*settings, job), jobs, alone=alone)


def picking(step: int, phases_across: int) -> float:
    """Nanoseconds for putting a sum where it belongs: every ``step``-th, among so many phases.

    >>> picking(1, 1), picking(2, 1) < picking(3, 1)
    (0.0, True)
    """
    if step == phases_across == 1:
        return 0.0
    return A_SECOND if (step, phases_across) in ((2, 1), (1, 2)) else A_PICK


def a_tap(vertical: Window, horizontal: Window) -> float:
    """Nanoseconds for a tap of one of ``WORTH_SHARING`` and more.

    >>> a_tap(Window(0, 1, 1, 9, 50), Window(0, 1, 1, 9, 50)) < a_tap(Window(0, 2, 1, 9, 50), Window(0, 1, 1, 9, 50))
    True
    """
    shared = vertical.step == horizontal.step == vertical.dilation == 1 and vertical.taps >= TOGETHER and horizontal.taps <= LONGEST
    return A_SHARED if shared and vertical.taps * horizontal.taps >= WORTH_SHARING else A_TAP


def an_end(vertical: Window, horizontal: Window) -> float:
    """Nanoseconds of a row for what is looked up as its taps hang beyond both ends of it alike.

    >>> near, far = Window(-4, 1, 1, 9, 300), Window(-160, 1, 40, 9, 300)
    >>> an_end(near, near) < 100 < 10_000 < an_end(far, far)
    True
    """
    reach, hanging = (horizontal.taps - 1) * horizontal.dilation, -(2 * min(0, horizontal.start) // horizontal.step)
    rows = min(DEEP * vertical.taps, (vertical.taps - 1) * vertical.dilation + DEEP)
    hanging, each = min(hanging, horizontal.count), ENDS if rows * (ENDS + reach) <= AT_HAND else FEW_ENDS
    return A_LOOK * rows / DEEP * -(-hanging // each) * (min(hanging, each) * horizontal.step + reach)


def takes(x: np.ndarray) -> bool:
    """Whether the loops read ``x`` where it is: the samples of a row one after the other.

    Shape: ``(planes, *size)``.

    >>> takes(np.zeros((2, 5))), takes(np.zeros((2, 5))[:, ::2])
    (True, False)
    """
    item = x.itemsize
    return x.flags.c_contiguous or (
        x.strides[-1] == item and all(apart >= 0 and apart % item == 0 for apart in x.strides)
    )


def read_where_it_is(x: np.ndarray) -> tuple[np.ndarray, tuple[int, int]]:
    """All memory from the first sample to the last, and how far planes and rows are apart.

    In samples.  A copy, where the loops do not take ``x``.

    Shape: ``(planes, H, W) -> (samples,)``.

    >>> flat, apart = read_where_it_is(np.zeros((2, 5, 7))[:, 1:3, 1:4])
    >>> flat.shape, apart
    ((45,), (35, 7))
    """
    x = x if takes(x) else np.ascontiguousarray(x)
    if x.flags.c_contiguous:
        return x.reshape(-1), (x.shape[1] * x.shape[2], x.shape[2])
    apart = (x.strides[0] // x.itemsize, x.strides[1] // x.itemsize)
    extent = (x.shape[0] - 1) * apart[0] + (x.shape[1] - 1) * apart[1] + x.shape[2]
    return np.lib.stride_tricks.as_strided(x, (extent,), (x.itemsize,)), apart


@lru_cache(512)
def fits(axes: tuple[Axis, ...]) -> bool:
    """Whether the tables are of a size that is worth its memory.

    >>> from playground.ops.geometry import Fraction, settle
    >>> fits((settle(9, 3),)), fits((settle(10**6, 3, stride=Fraction(1, 200_003), padding="same"),))
    (True, False)
    """
    far = max(max(axis.before, axis.after) for axis in axes) > FARTHEST
    return not far and all(min(axis.up, axis.output) <= MOST_PHASES for axis in axes)


def ready() -> bool:
    """Whether the loops are there; the first question has them fetched, or made, in the background.

    The second waits for them, though not as long as the compiler takes, unless ``PAUSE`` is set: while they are fetched,
    Python's lock is hardly free, and each call takes longer than all of a small picture.

    >>> ready() in (True, False)
    True
    """
    if not _made.is_set() and not _begun:
        with _beginning:
            if not _begun and memory_bytes() >= MEMORY:
                thread = threading.Thread(target=_make, name="make loops", daemon=True)
                thread.start()
                _begun.append(thread)
                atexit.register(_end)
        return _made.is_set()
    if not _made.is_set() and not _hurry.is_set() and PAUSE not in os.environ:
        _hurry.set()
        _begun[0].join(PATIENCE)
    return _made.is_set()


def fetch() -> bool:
    """Wait until the loops are there; False where they cannot be.

    >>> fetch(), ready()
    (True, True)
    """
    if not ready() and _begun:
        _hurry.set()
        _begun[0].join()
    return _made.is_set()


_made, _hurry, _ending = threading.Event(), threading.Event(), threading.Event()
_beginning, _begun = threading.Lock(), []


def _make() -> None:
    """Have the loops for float32 made, by small jobs."""
    _hurry.wait(_pause())
    if _ending.is_set():
        return
    x, window = np.ones((1, 4, 4), np.float32), Window(-1, 1, 1, 3, 4)
    try:
        for method in (importlib.import_module(f"playground.ops.methods.{name}") for name in ("compiled", "lines")):
            method.correlate(x, np.ones((3, 3), np.float32), (window, window), "reflect", 0.0)
    except Exception:  # no numba, or none that works here: OpenCV's filter makes the same sums
        logging.getLogger(__name__).info("without loops of our own", exc_info=True)
    else:
        if functions().COMPILED:
            _made.set()


def _pause() -> float:
    try:
        return max(0.0, float(os.environ.get(PAUSE, SHORT)))
    except ValueError:
        return SHORT


def _end() -> None:
    """Begin no more, and wait: a thread that Python cuts off within the compiler takes the process with it."""
    _ending.set()
    _hurry.set()
    _begun[0].join()


@cache
def functions() -> ModuleType:
    return importlib.import_module("playground.ops.methods.loops")


@lru_cache(128)
def _of_axes(axes: tuple[Axis, ...], padding_mode: str) -> Tables | None:
    split = [phases(axis) for axis in axes]
    if not all(split):  # no tap meets a sample anywhere
        return None
    return _tables(split, [axis.length for axis in axes], [axis.output for axis in axes], padding_mode)


@lru_cache(128)
def tables(windows: tuple[Window, ...], size: tuple[int, ...], padding_mode: str) -> Tables:
    split = [[Phase(window, slice(0, window.taps, 1), slice(0, window.count, 1))] for window in windows]
    return _tables(split, size, [window.count for window in windows], padding_mode)


def _tables(
    split: list[list[Phase]], size: Sequence[int], outputs: Sequence[int], padding_mode: str
) -> Tables:
    if len(split) == 1:  # a sound is a picture of one row
        split, size, outputs = [[Phase(Window(0, 1, 1, 1, 1), slice(0, 1, 1), slice(0, 1, 1))], *split], (1, *size), (1, *outputs)
    down, across = (_every_phase(found, count) for found, count in zip(split, outputs, strict=True))
    beyond = []
    for found, length in zip(split, size, strict=True):
        before = max(0, -min(phase.window.start for phase in found))
        after = max(0, max(phase.window.last for phase in found) + 1 - length)
        for first, number in ((-before, before), (length, after)):
            edge = np.full(number, -1) if padding_mode == "constant" else source_index(first, number, length, padding_mode)
            beyond.append(edge)
    taps = int(down[:, TAPS].max() * across[:, TAPS].max())
    return Tables((down, across, *beyond), int(across[0, COUNT]), taps, _a_row(down, across, outputs[1]))


def _a_row(down: np.ndarray, across: np.ndarray, results: int) -> float:
    """Nanoseconds of one core for a row of ``results``."""
    step, phases_across = int(across[0, STEP]), len(across)
    picked = picking(step, phases_across)
    a_sum = A_SUM + A_TAP * float(down[:, TAPS].mean() * across[:, TAPS].mean())
    as_samples = not picked and len(down) == 1 and down[0, STEP] == 1
    return (ONE_OF_MANY if as_samples else A_ROW + A_PART * phases_across) + results * (step * (a_sum + A_SAMPLE) + picked)


def _every_phase(found: list[Phase], outputs: int) -> np.ndarray:
    """One row for every phase of a period; those that no tap meets have no taps, and their results are zero."""
    period = min(found[0].output.step, outputs)  # a single result has its place whatever comes after it
    rows = [(0, 1, 0, 0, len(range(first, outputs, period)), 0, 1, first, period) for first in range(period)]
    for window, taps, output in ((phase.window, phase.taps, phase.output) for phase in found):
        rows[output.start] = (window.start, window.step, window.dilation, window.taps, window.count, taps.start, taps.step,
                              output.start, period)  # fmt: skip
    return np.array(rows)


@lru_cache(128)
def parts(
    rows: int, rounds: int, a_row: float, workers: int
) -> tuple[list[tuple[int, int, int, int]], bool]:
    """Rows from the first to the last, and rounds of their columns; and whether to ask no helper.

    >>> parts(4, 100, 1e7, 2)
    ([(0, 1, 0, 100), (1, 2, 0, 100), (2, 3, 0, 100), (3, 4, 0, 100)], False)
    """
    alone = rows * a_row < WAKING or workers == 1
    most = 1 if alone else workers if rows * a_row < LONG else PARTS * workers
    if rows >= most:
        edges = [rows * part // most for part in range(most + 1)]
        return [(first, last, 0, rounds) for first, last in itertools.pairwise(edges)], alone
    pieces = min(-(-most // rows), max(1, rounds // AT_ONCE))
    edges = [rounds * piece // pieces for piece in range(pieces + 1)]
    return [(row, row + 1, *part) for row in range(rows) for part in itertools.pairwise(edges)], alone
