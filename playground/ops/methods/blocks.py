"""A plane is filtered block by block, as ``division`` says: every core takes one after the other."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np

from playground.ops.geometry import Window
from playground.ops.methods.division import Block, both, layout, picks, remembered, tiles
from playground.ops.methods.memory import Room, empty
from playground.ops.methods.reading import BORDERS, check_finite, pick, piece
from playground.ops.methods.sharing import cores, share

Filter = Callable[[np.ndarray, np.ndarray, tuple[int, int], int, int], None]
"""``(source, target, anchor, border, skip)``: a filter at stride 1; ``target`` begins at row ``skip`` of ``source``."""


Edge = tuple[int, int]
"""The tap of a row that stands at its sample, and how OpenCV continues the row."""
WITHIN: Edge = (0, BORDERS["constant"])
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
    division = remembered(tiles, len(x))(windows, x.shape, size, continues, cores())
    edge = (-pair[1].start, border) if division.whole_rows else WITHIN
    sources, targets, room = planes(x), planes(y), Room()

    def work(job: Block) -> None:
        source, target = sources[job.plane], targets[job.plane][job.made]
        part = piece(source, *job.reads, padding_mode, fill)
        if checked:
            check_finite(part)
        if job.picked is None:
            compute(part, target, edge)
        else:
            _pick(readable(part), target, pair, job.picked, border, apply, room)

    share(work, division.blocks, alone=division.alone)


def by_picking(
    x: np.ndarray,
    y: np.ndarray,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    apply: Filter,
    *,
    checked: bool = False,
) -> bool:
    """Pick ``y`` from ``apply``'s results at stride 1; say False where its border is not the padding.

    Shape: ``x (planes, *size)``, ``y (planes, *counts)``.

    >>> x, y = np.array([[1., 2., 4.]]), np.zeros((1, 2))
    >>> def twice(source, target, *_):
    ...     np.add(source, source, out=target)
    >>> by_picking(x, y, (Window(0, 2, 1, 1, 2),), "constant", 0.0, twice), y.tolist()
    (True, [[2.0, 8.0]])
    """
    border, division = _border(padding_mode, fill), remembered(picks, len(x))(windows, x.shape, cores())
    if border is None or division is None:
        return False
    sources, targets, pair, room = planes(x), planes(y), both(windows), Room()

    def work(job: Block) -> None:
        part = piece(sources[job.plane], *job.reads, padding_mode, fill)
        if checked:
            check_finite(part)
        _pick(readable(part), targets[job.plane][job.made], pair, job.picked, border, apply, room)

    share(work, division.blocks, alone=division.alone)
    return True


def _pick(
    part: np.ndarray, target: np.ndarray, pair: tuple[Window, Window], picked: tuple[slice, slice],
    border: int, apply: Filter, room: Room,
) -> None:  # fmt: skip
    made = room.take("picked", part.shape, part.dtype)
    apply(part, made, (-pair[1].start, -pair[0].start), border, 0)
    pick(made[picked[0], picked[1].start :][: len(target)], picked[1].step, target)


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
    border, found = _border(padding_mode, fill), remembered(layout, len(x))(windows, x.shape, wide, cores())
    if border is None or found is None:
        return False
    sources, targets = planes(x), planes(y)
    if not (_writable(targets[0]) and _writable(sources[0])):
        return False
    split, length, before, reach, around, alone, parts = found
    vertical, horizontal = both(windows)
    anchor = (-horizontal.start, -vertical.start)
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


def _border(padding_mode: str, fill: float) -> int | None:
    return BORDERS.get(padding_mode) if padding_mode != "constant" or fill == 0 else None


def _writable(values: np.ndarray) -> bool:
    return readable(values) is values
