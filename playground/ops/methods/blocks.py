"""A plane is filtered block by block: every core takes one after the other.

A block is as large as it may be without OpenCV dividing it among threads of its own: a block costs a tenth of a
millisecond beside its sums, and the caches of today's machines serve a row-wise filter on any size.  Where a method
makes something in between (a transform), its block fits the cache.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np

from playground.ops.geometry import Window
from playground.ops.methods.memory import empty
from playground.ops.methods.reading import check_finite, piece
from playground.ops.methods.sharing import cores, share

SAMPLES = 1 << 17
"""Samples that a block reads, about: half a megabyte in float32, and as much again for what it makes."""
LARGE = 1 << 20
"""Samples of a picture's block where there is less to make than to read, at a larger stride; half for a sound's."""
BORDERS = {
    "reflect": cv2.BORDER_REFLECT_101, "symmetric": cv2.BORDER_REFLECT, "replicate": cv2.BORDER_REPLICATE,
    "constant": cv2.BORDER_CONSTANT,
}  # fmt: skip
"""The borders that OpenCV's filters know; its constant is 0."""

OWN_THREADS = 1 << 20
"""Samples from which OpenCV's filters divide a picture among threads of their own.

Measured on two cores (AVX-512, OpenCV 5.0, 22 November 2026): a 3 x 3 sum takes 0.45 ns a sample in blocks shared by
two threads, 0.61 ns in one call on a whole picture.
"""
WAKING = 800_000
"""Nanoseconds of work that pay for waking a helper, which takes 0.1 ms and more where it has slept long."""

MANY = 64
"""Planes up to which it is remembered how they are divided."""

Filter = Callable[[np.ndarray, np.ndarray, tuple[int, int], int, int], None]
"""``(source, target, anchor, border, skip)``: a filter at stride 1; ``target`` begins at row ``skip`` of ``source``."""


Edge = tuple[int, int]
"""The tap of a row that stands at its sample, and how OpenCV continues the row."""
WITHIN: Edge = (0, cv2.BORDER_CONSTANT)
"""All samples are there: results are right from the first on, until the last tap meets the last sample."""


def whole(x: np.ndarray, windows: tuple[Window, ...], out: np.ndarray | None) -> np.ndarray:
    """The array that a method fills: ``out``, or a new one.

    Shape: ``x (planes, *size) -> (planes, *counts)``.  Its memory may have been lent before.

    >>> whole(np.zeros((2, 5)), (Window(0, 1, 1, 3, 3),), None).shape
    (2, 3)
    """
    return empty((len(x), *(w.count for w in windows)), x.dtype) if out is None else out


def planes(values: np.ndarray) -> list[np.ndarray]:
    """Every plane as a picture; a sound's is one row.  Views, not copies.

    Shape: ``(planes, *size) -> planes times (H, W)``.

    >>> [plane.shape for plane in planes(np.zeros((2, 5)))]
    [(1, 5), (1, 5)]
    """
    return list(values if values.ndim == 3 else values[:, None])


def both(windows: tuple[Window, ...]) -> tuple[Window, Window]:
    """The windows of a picture; a sound's only row is read as it is.

    >>> both((Window(0, 1, 1, 3, 9),))[0]
    Window(start=0, step=1, dilation=1, taps=1, count=1)
    """
    return windows if len(windows) == 2 else (Window(0, 1, 1, 1, 1), *windows)


def readable(values: np.ndarray) -> np.ndarray:
    """``values`` itself where OpenCV can read it: samples of a row one after the other.

    >>> readable(np.arange(6.).reshape(2, 3)[:, ::2]).strides
    (16, 8)
    """
    row = values.shape[1] * values.itemsize
    fits = values.strides[1] == values.itemsize and (values.shape[0] == 1 or values.strides[0] >= row)
    return values if fits else np.ascontiguousarray(values)


def by_blocks(
    x: np.ndarray,
    y: np.ndarray,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    compute: Callable[[np.ndarray, np.ndarray, Edge], None],
    *,
    size: tuple[int, int] | None = None,
    apply: Filter | None = None,
    checked: bool = False,
) -> None:
    """Fill ``y``, block by block, by ``compute(samples it reads, its results, its edge)``.

    Shape: ``x (planes, *size)``, ``y (planes, *counts)``.  ``size`` is that of a block of ``y``; ``checked``
    refuses NaN and infinity by ``NotFinite``.  ``apply`` is the same filter at stride 1: where its border is the
    padding, a block is given its rows as they are and ``compute`` continues them to the left and the right, and
    the few results at the ends are picked from ``apply``'s; else the samples are continued first.

    >>> x, y = np.array([[1., 2., 4.]]), np.zeros((1, 4))
    >>> def difference(part, made, edge):
    ...     np.subtract(part[:, 1:], part[:, :-1], out=made)
    >>> by_blocks(x, y, (Window(-1, 1, 1, 2, 4),), "constant", 0.0, difference)
    >>> y
    array([[ 1.,  1.,  2., -4.]])
    """
    pair, border = both(windows), _border(padding_mode, fill)
    if not len(x) or not min(window.count for window in pair):
        return
    continues = apply is not None and border is not None
    whole_rows, alone, jobs = _remembered(_blocks, x)(windows, x.shape, size, continues, cores())
    edge = (-pair[1].start, border) if whole_rows else WITHIN
    sources, targets = planes(x), planes(y)

    def work(job: _Block) -> None:
        source, target = sources[job.plane], targets[job.plane][job.made]
        part = piece(source, *job.reads, padding_mode, fill)
        if checked:
            check_finite(part)
        if job.picked is None:
            compute(part, target, edge)
            return
        made = np.empty(part.shape, part.dtype)
        apply(readable(part), made, (-pair[1].start, -pair[0].start), border, 0)
        made = made[job.picked]
        target[:] = made[: target.shape[0], : target.shape[1]]

    share(work, jobs, alone=alone)


def _remembered(division: Callable, x: np.ndarray) -> Callable:
    """Of many planes the division is large to keep, and little beside their sums."""
    return division if len(x) <= MANY else division.__wrapped__


class _Block(NamedTuple):
    """The results ``made`` of a plane, the samples it ``reads``, and which results to pick at an end."""

    plane: int
    made: tuple[slice, slice]
    reads: tuple[range, range]
    picked: tuple[slice, slice] | None


@lru_cache(128)
def _blocks(
    windows: tuple[Window, ...], shape: tuple[int, ...], size: tuple[int, int] | None, continues: bool, workers: int
) -> tuple[bool, bool, list[_Block]]:
    """Whether blocks have whole rows that the filter continues, whether one thread is enough, and the blocks."""
    pair = vertical, horizontal = both(windows)
    number, *lengths = shape if len(shape) == 3 else (shape[0], 1, shape[1])
    continues = continues and all(map(_near, pair, lengths))
    most = size or _size(vertical, horizontal, most=most_read(vertical, horizontal))
    whole_rows = continues and most[1] == horizontal.count
    split = [_parts(0, w.count, each) for w, each in zip(pair, most, strict=True)]
    along = 1 if vertical.count == vertical.taps == 1 else 0
    if size is None and (along == 0 or not whole_rows):  # the ends, which read beyond, are blocks of their own
        split[along] = _parts_inside_and_out(pair[along], lengths[along], most[along], number, workers)
    alone = _short(number * vertical.count * horizontal.count, vertical, horizontal)
    every = sorted(itertools.product(range(number), *split), key=lambda block: -block[1 + along][1])
    return whole_rows, alone, [_block(pair, lengths, continues, whole_rows, *block) for block in every]


def _block(
    pair: tuple[Window, Window], lengths: list[int], continues: bool, whole_rows: bool,
    plane: int, rows: tuple[int, int], columns: tuple[int, int],
) -> _Block:  # fmt: skip
    parts, reaches = (rows, columns), [(w.taps - 1) * w.dilation for w in pair]
    made = tuple(slice(first, first + count) for first, count in parts)
    reads = [
        range(w.start + first * w.step, w.start + (first + count - 1) * w.step + reach + 1)
        for w, reach, (first, count) in zip(pair, reaches, parts, strict=True)
    ]
    if whole_rows:
        reads[1] = range(lengths[1])
    if not continues or all(0 <= read.start and read.stop <= n for read, n in zip(reads, lengths, strict=True)):
        return _Block(plane, made, tuple(reads), None)
    near = tuple(
        range(max(0, min(read.start, n - 1 - reach)), min(n, max(read.stop, reach + 1)))
        for read, n, reach in zip(reads, lengths, reaches, strict=True)
    )
    picked = tuple(
        slice(first * w.step - read.start, None, w.step) for w, read, (first, _) in zip(pair, near, parts, strict=True)
    )
    return _Block(plane, made, near, picked)


def in_place(
    x: np.ndarray,
    y: np.ndarray,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    apply: Filter,
    *,
    wide: bool = False,
    checked: bool = False,
) -> bool:
    """Let ``apply`` write straight into ``y``, where the result has the size of ``x``; else say False.

    Shape: ``x`` and ``y`` ``(planes, *size)``.

    The filters continue the picture at its own edges.  Where two blocks meet, each continued itself by
    guesses; those few rows are computed again from what is really there.  A ``wide`` filter, one that makes
    something in between, is given the rows around a block instead.

    >>> x, y = np.zeros((1, 4)), np.zeros((1, 3))
    >>> in_place(x, y, (Window(-1, 2, 1, 3, 2),), "reflect", 0.0, print)
    False
    """
    border, layout = _border(padding_mode, fill), _remembered(_layout, x)(windows, x.shape, wide, cores())
    if border is None or layout is None:
        return False
    sources, targets = planes(x), planes(y)
    if not (_writable(targets[0]) and _writable(sources[0])):
        return False
    split, length, before, reach, anchor, around, alone, parts = layout
    done, done_lock = set(), threading.Lock()

    def cut(first: int, last: int) -> tuple[slice, ...]:
        return (*(slice(None),) * split, slice(first, last))

    def work(part: tuple[int, int, int]) -> None:
        plane, first, last = part
        low, high = (max(0, first - before), min(length, last + reach - before)) if around else (first, last)
        source = sources[plane][cut(low, high)]
        if checked:
            check_finite(source)
        apply(source, targets[plane][cut(first, last)], anchor, border, first - low)
        if around or not reach:
            return
        with done_lock:  # where both parts of a seam are done, the later one mends it
            seams = [seam for seam in (first, last) if (plane, seam) in done]
            done.update([(plane, first), (plane, last)])
        for seam in seams:
            mend(plane, seam)

    def mend(plane: int, seam: int) -> None:
        first, last = max(0, seam - reach), min(length, seam + reach)
        source = sources[plane][cut(first, last)]
        made = np.empty(source.shape, source.dtype)
        apply(source, made, anchor, border, 0)
        low, high = seam - (reach - before), seam + before
        targets[plane][cut(low, high)] = made[cut(low - first, high - first)]

    share(work, parts, alone=alone)
    return True


@lru_cache(128)
def _layout(windows: tuple[Window, ...], shape: tuple[int, ...], wide: bool, workers: int) -> tuple | None:
    """How ``in_place`` divides planes of this ``shape`` among ``workers``; None where sizes do not fit."""
    vertical, horizontal = both(windows)
    number, height, width = shape if len(shape) == 3 else (shape[0], 1, shape[1])
    alike = [w.step == 1 and _near(w, n) for w, n in ((vertical, height), (horizontal, width))]
    if not number or not all(alike):
        return None
    split = 0 if height > 1 else 1
    window, length = ((vertical, height), (horizontal, width))[split]
    before, reach = -window.start, (window.taps - 1) * window.dilation
    alone = _short(number * height * width, vertical, horizontal)
    most = max(1, (OWN_THREADS - 1) // max(1, height * width // length), 4 * reach)
    around = wide and split == 0
    seam = reach // 2 if around else 2 * reach
    each = -(-length // most) if alone else _each(number, length, most, workers, seam=seam, shortest=2 * reach)
    anchor = (-horizontal.start, -vertical.start)
    return split, length, before, reach, anchor, around, alone, _equal_parts(number, length, each)


def _short(results: int, vertical: Window, horizontal: Window) -> bool:
    """Whether a call is over before a helper could take part."""
    steps, taps = vertical.step * horizontal.step, vertical.taps * horizontal.taps
    return results < SAMPLES // 8 or results * (0.25 * steps + 0.042 * taps * horizontal.step) < WAKING


def _equal_parts(planes: int, length: int, each: int) -> list[tuple[int, int, int]]:
    """``planes`` in ``each`` parts: (plane, first, last)."""
    edges = [length * part // each for part in range(each + 1)]
    return [(plane, *part) for plane in range(planes) for part in itertools.pairwise(edges)]


def _each(planes: int, length: int, most: int, workers: int, *, seam: int = 0, shortest: int = 0) -> int:
    """Parts of a plane, at least so many that none is longer than ``most``: those that are done first.

    Every worker takes part after part, each has a ``seam`` of its own, and none is shorter than ``shortest``.
    """
    least = max(1, -(-length // most))
    largest = min(least + 2 * workers - 1, length // max(1, shortest))
    return min(
        range(least, max(least, largest) + 1),
        key=lambda each: -(-planes * each // workers) * (-(-length // each) + seam),
    )


def _near(window: Window, length: int) -> bool:
    """Whether results stand at samples, every ``step``-th, and read less than another ``length`` beyond the ends."""
    return (
        window.count == -(-length // window.step) and length > (window.taps - 1) * window.dilation >= -window.start >= 0
    )


def _border(padding_mode: str, fill: float) -> int | None:
    return BORDERS.get(padding_mode) if padding_mode != "constant" or fill == 0 else None


def _parts(first: int, last: int, most: int) -> list[tuple[int, int]]:
    """``first`` to ``last - 1`` in parts of ``most``: where each begins, and how many it has."""
    return [(begin, min(most, last - begin)) for begin in range(first, last, most)]


def _parts_inside_and_out(
    window: Window, length: int, most: int, planes: int, workers: int
) -> list[tuple[int, int]]:
    """The results of an axis in parts, of which those at the ends hold all that reads beyond the ``length`` samples."""
    reach = (window.taps - 1) * window.dilation
    low = min(window.count, max(0, -(window.start // window.step)))
    high = max(low, min(window.count, (length - 1 - reach - window.start) // window.step + 1))
    equal = -(-(high - low) // _each(planes, high - low, most, workers)) or 1
    return _parts(0, low, most) + _parts(low, high, equal) + _parts(high, window.count, most)


def most_read(vertical: Window, horizontal: Window) -> int:
    """Samples that a block reads, about; at a larger stride more, as it makes fewer.

    >>> row, every, second = Window(0, 1, 1, 1, 1), Window(0, 1, 1, 3, 9), Window(0, 2, 1, 3, 9)
    >>> [most_read(row, every), most_read(row, second) // SAMPLES, most_read(second, second) // SAMPLES]
    [131072, 4, 8]
    """
    if max(vertical.step, horizontal.step) == 1:
        return SAMPLES
    return LARGE // 2 if vertical.count == vertical.taps == 1 else LARGE


def _size(vertical: Window, horizontal: Window, *, most: int) -> tuple[int, int]:
    """A block's rows and columns: a few spans at least, all columns of a picture, equal shares."""
    if vertical.count == vertical.taps == 1:
        return 1, _share(horizontal, most // horizontal.step)
    row = max(1, horizontal.count * horizontal.step * vertical.step)
    return _share(vertical, most // row), horizontal.count


def _share(window: Window, most: int) -> int:
    most = max(most, 1, 4 * (window.taps - 1) * window.dilation // window.step)
    return -(-window.count // -(-window.count // most))


def _writable(values: np.ndarray) -> bool:
    return readable(values) is values
