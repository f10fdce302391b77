"""Which part of the planes does a thread take at a time?  Sizes only: no samples here.

A part is as large as it may be without OpenCV dividing it among threads of its own: a part costs a tenth of a
millisecond beside its sums, and the caches of today's machines serve a row-wise filter on any size.  Where a method
makes something in between (a transform), its block fits the cache.  What is found is remembered by shape.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

from playground.ops.geometry import Window
from playground.ops.methods.filtering import A_RESULT, A_TAP

SAMPLES = 1 << 17
"""Samples that a block reads, about: half a megabyte in float32, and as much again for what it makes."""
LARGE = 1 << 19
"""The same at a larger stride, where there is less to make than to read."""
OWN_THREADS = 1 << 20
"""Samples from which OpenCV's filters divide a picture among threads of their own.

Measured on two cores (AVX-512, OpenCV 5.0, 22 November 2026): a 3 x 3 sum takes 0.45 ns a sample in blocks shared by
two threads, 0.61 ns in one call on a whole picture.
"""
WAKING = 1_000_000
"""Nanoseconds of work that pay for waking a helper, whose caches are cold and who wakes late."""

A_TRANSFORM = 10.0
"""Nanoseconds for a sample that is transformed, there and back."""
MANY = 64
"""Planes up to which it is remembered how they are divided."""


def both(windows: tuple[Window, ...]) -> tuple[Window, Window]:
    """The windows of a picture; a sound's only row is read as it is.

    >>> both((Window(0, 1, 1, 3, 9),))[0]
    Window(start=0, step=1, dilation=1, taps=1, count=1)
    """
    return windows if len(windows) == 2 else (Window(0, 1, 1, 1, 1), *windows)


def remembered(division: Callable, planes: int) -> Callable:
    """``layout`` or ``tiles``: of many planes, what they say is large to keep, and little beside the sums.

    >>> remembered(layout, 3) is layout, remembered(layout, 1000) is layout
    (True, False)
    """
    return division if planes <= MANY else division.__wrapped__


class Layout(NamedTuple):
    """Planes that are divided along the axis ``split`` of ``length`` samples, ``parts`` of (plane, first, last).

    A result reads ``before`` samples in front of its own, ``reach`` in all; parts read what is ``around`` them, or are
    mended where they meet; ``alone`` asks no helper.
    """

    split: int
    length: int
    before: int
    reach: int
    around: bool
    alone: bool
    parts: list[tuple[int, int, int]]


@lru_cache(128)
def layout(windows: tuple[Window, ...], shape: tuple[int, ...], wide: bool, workers: int) -> Layout | None:
    """How ``in_place`` divides planes of this ``shape`` among ``workers``; None where sizes do not fit.

    >>> layout((Window(-1, 1, 1, 3, 9),), (2, 9), False, 2).parts
    [(0, 0, 9), (1, 0, 9)]
    """
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
    return Layout(split, length, before, reach, around, alone, _equal_parts(number, length, each))


def _short(results: int, vertical: Window, horizontal: Window, *, every: bool = False) -> bool:
    """Whether a call is over before a helper could take part; ``every`` row is summed, kept or not."""
    steps, taps = vertical.step * horizontal.step, vertical.taps * horizontal.taps
    sums = steps if every else horizontal.step
    return results < SAMPLES // 8 or results * (A_RESULT * steps + A_TAP * taps * sums) < WAKING


def few(transformed: int) -> bool:
    """Whether so many samples of a row alone are transformed before a helper could take part.

    Every block is a dozen calls of OpenCV and NumPy, and two threads wait for each other between them.

    >>> few(50_000), few(500_000)
    (True, False)
    """
    return transformed * A_TRANSFORM < 2 * WAKING


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


class Block(NamedTuple):
    """The results ``made`` of a plane, the samples it ``reads``, and which results to pick of those at stride 1."""

    plane: int
    made: tuple[slice, slice]
    reads: tuple[range, range]
    picked: tuple[slice, slice] | None


class Tiles(NamedTuple):
    """Planes in ``blocks``, which have ``whole_rows`` that the filter continues; ``alone`` asks no helper."""

    whole_rows: bool
    alone: bool
    blocks: list[Block]


@lru_cache(128)
def tiles(
    windows: tuple[Window, ...], shape: tuple[int, ...], size: tuple[int, int] | None, continues: bool, workers: int
) -> Tiles:
    """How ``by_blocks`` divides planes of this ``shape`` among ``workers``.

    >>> [block.made[1] for block in tiles((Window(-1, 2, 1, 3, 5),), (1, 9), None, True, 1).blocks]
    [slice(0, 5, None)]
    """
    pair, number, lengths, along = _planes(windows, shape)
    continues = continues and all(map(_near, pair, lengths))
    most = size or _size(*pair, most=most_read(*pair))
    whole_rows = continues and most[1] == pair[1].count
    split = [_parts(0, w.count, each) for w, each in zip(pair, most, strict=True)]
    if size is None and (along == 0 or not whole_rows):  # the ends, which read beyond, are blocks of their own
        split[along] = _parts_inside_and_out(pair[along], lengths[along], most[along], number, workers)
    every = sorted(itertools.product(range(number), *split), key=lambda block: -block[1 + along][1])
    blocks = [_block(pair, lengths, continues, whole_rows, False, *block) for block in every]
    results = number * pair[0].count * pair[1].count
    transforms = size is not None and along == 1
    alone = few(results * pair[1].step) if transforms else _short(results, *pair)
    return Tiles(whole_rows, alone, blocks)


@lru_cache(128)
def picks(windows: tuple[Window, ...], shape: tuple[int, ...], workers: int) -> Tiles | None:
    """How ``by_picking`` divides them; None where sizes do not fit.

    >>> picks((Window(-1, 2, 1, 3, 5),), (1, 9), 1).blocks[0].picked
    (slice(0, None, 1), slice(0, None, 2))
    """
    pair, number, lengths, along = _planes(windows, shape)
    if not number or not all(map(_near, pair, lengths)):
        return None
    most, split = _size(*pair, most=most_read(*pair)), [[(0, w.count)] for w in pair]
    count = pair[along].count
    split[along] = _parts(0, count, -(-count // _each(number, count, most[along], workers)))
    whole_rows = most[1] == pair[1].count
    every = itertools.product(range(number), *split)
    blocks = [_block(pair, lengths, True, whole_rows, True, *block) for block in every]
    return Tiles(whole_rows, _short(number * pair[0].count * pair[1].count, *pair, every=True), blocks)


def _planes(
    windows: tuple[Window, ...], shape: tuple[int, ...]
) -> tuple[tuple[Window, Window], int, tuple[int, int], int]:
    """Both windows, how many planes there are, their lengths, and the axis along which they are divided."""
    pair = both(windows)
    number, *lengths = shape if len(shape) == 3 else (shape[0], 1, shape[1])
    return pair, number, tuple(lengths), 1 if pair[0].count == pair[0].taps == 1 else 0


def _block(
    pair: tuple[Window, Window], lengths: tuple[int, int], continues: bool, whole_rows: bool, picks: bool,
    plane: int, rows: tuple[int, int], columns: tuple[int, int],
) -> Block:  # fmt: skip
    parts, reaches = (rows, columns), [(w.taps - 1) * w.dilation for w in pair]
    made = tuple(slice(first, first + count) for first, count in parts)
    reads = [
        range(w.start + first * w.step, w.start + (first + count - 1) * w.step + reach + 1)
        for w, reach, (first, count) in zip(pair, reaches, parts, strict=True)
    ]
    if whole_rows:
        reads[1] = range(lengths[1])
    inside = all(0 <= read.start and read.stop <= n for read, n in zip(reads, lengths, strict=True))
    if not continues or inside and not picks:
        return Block(plane, made, tuple(reads), None)
    near = tuple(
        range(max(0, min(read.start, n - 1 - reach)), min(n, max(read.stop, reach + 1)))
        for read, n, reach in zip(reads, lengths, reaches, strict=True)
    )
    picked = tuple(
        slice(first * w.step - read.start, None, w.step) for w, read, (first, _) in zip(pair, near, parts, strict=True)
    )
    return Block(plane, made, near, picked)


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
    [131072, 4, 4]
    """
    return SAMPLES if max(vertical.step, horizontal.step) == 1 else LARGE


def _size(vertical: Window, horizontal: Window, *, most: int) -> tuple[int, int]:
    """A block's rows and columns: a few spans at least, all columns of a picture, equal shares."""
    if vertical.count == vertical.taps == 1:
        return 1, _share(horizontal, most // horizontal.step)
    row = max(1, horizontal.count * horizontal.step * vertical.step)
    return _share(vertical, most // row), horizontal.count


def _share(window: Window, most: int) -> int:
    most = max(most, 1, 4 * (window.taps - 1) * window.dilation // window.step)
    return -(-window.count // -(-window.count // most))
