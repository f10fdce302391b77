"""OpenCV's filter2D block by block: the plain sum, of the taps that are not zero.

At a larger stride it sums only the rows that are kept, every ``s``-th row with every ``s``-th row of taps, ``s``
times, where that costs less than all rows; of a row it sums all results and keeps every ``s``-th.
Where a dilation spreads the kernel so far that OpenCV would go through a Fourier transform, the samples
that meet each other are put side by side instead.
"""

from __future__ import annotations

import itertools

import numpy as np

from playground.ops.geometry import Window
from playground.ops.methods.blocks import WITHIN, Edge, by_blocks, by_picking, in_place, readable, whole
from playground.ops.methods.division import both
from playground.ops.methods.filtering import filter2d, rounds
from playground.ops.methods.memory import Room

TRANSFORMED = {4: 130, 8: 50}
"""Taps, zeros between them included, from which OpenCV transforms, by bytes of a number (its ``dft_filter_size``)."""


def correlate(
    x: np.ndarray,
    kernel: np.ndarray,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Correlate by ``cv2.filter2D``; one kernel for every channel.  See ``methods``.

    Shape: as in ``methods``.

    >>> x, taps = np.array([[1., 2., 4., 8.]]), np.array([1., -1.])
    >>> correlate(x, taps, (Window(start=0, step=2, dilation=1, taps=2, count=2),), "constant", 0.0)
    array([[-1., -4.]])
    """
    y = whole(x, windows, out)
    dense = np.ascontiguousarray(kernel if kernel.ndim == 2 else kernel[None], x.dtype)
    pair = both(windows)
    taps = spread(dense, pair)
    transformed = taps.size >= TRANSFORMED[taps.itemsize]
    # OpenCV leaves out taps that are 0; a transform reaches all samples of a block.
    used, stepped = np.count_nonzero(dense), max(pair[0].step, pair[1].step) > 1
    checked = used < dense.size or dense.size >= TRANSFORMED[taps.itemsize]
    checked = checked or transformed and stepped  # where ``Sum`` keeps a dilation

    def apply(source: np.ndarray, target: np.ndarray, anchor: tuple[int, int], border: int, _: int) -> None:
        filter2d(source, taps, target, anchor=anchor, beyond=border)

    apart = transformed and taps.size > dense.size
    settings = (windows, padding_mode, fill, apply)
    if not apart:
        if not stepped and in_place(x, y, *settings, checked=checked):
            return y
        if rounds(len(taps), used, pair[0].step) == 1 and by_picking(x, y, *settings, checked=checked):
            return y
    compute, at_ends = Sum(dense, pair, Room()), None if apart else apply
    by_blocks(x, y, windows, padding_mode, fill, compute, apply=at_ends, checked=checked)
    return y


class Sum:
    """The sum of ``kernel`` at the steps of ``windows``, ready for block after block.

    Called with samples that begin where the first window begins, or at ``edge``, it fills ``target``.

    Shape: ``kernel (kh, kw)`` without the zeros of a dilation; ``part (rows, columns)``, ``target (*counts)``.

    >>> made = np.empty((1, 2))
    >>> Sum(np.array([[1., 0., 1.]]), both((Window(0, 2, 1, 3, 2),)), Room())(np.array([[1., 2., 4., 8., 16.]]), made)
    >>> made
    array([[ 5., 20.]])
    """

    def __init__(self, kernel: np.ndarray, windows: tuple[Window, Window], room: Room, *, name: str = "sum") -> None:
        self.room, self.names = room, (name, f"{name} more")
        steps, taps = [w.step for w in windows], spread(kernel, windows)
        self.apart: tuple[int, ...] = (1, 1)
        if taps.size >= TRANSFORMED[taps.itemsize] and taps.size > kernel.size:
            self.apart = tuple(w.dilation if w.step == 1 else 1 for w in windows)
        if max(self.apart) > 1:
            near = tuple(w._replace(dilation=w.dilation // d) for w, d in zip(windows, self.apart, strict=True))
            self.one_of_many = Sum(kernel, near, room, name=f"{name} apart")
            return
        every_row = rounds(len(taps), np.count_nonzero(taps), steps[0]) == 1
        self.rows, self.columns = steps if every_row else (1, steps[1])  # every such result is kept
        self.rounds = _rounds(taps, 1 if every_row else steps[0])

    def __call__(self, part: np.ndarray, target: np.ndarray, edge: Edge = WITHIN) -> None:
        made = self.of(part, target.shape, edge, target)
        if made is not target:
            target[:] = made

    def of(self, part: np.ndarray, counts: tuple[int, int], edge: Edge = WITHIN, into: np.ndarray | None = None) -> np.ndarray:
        """The ``counts`` results: ``into``, or a view of scratch memory that holds them until the next call."""
        if max(self.apart) > 1:
            return self._apart(part, counts, into)
        kept = slice(None, None, self.columns)
        total = None
        for number, (every, taps) in enumerate(self.rounds, 1):
            source = readable(part[every])
            made = self.room.take(self.names[number > 1], source.shape, source.dtype)
            filter2d(source, taps, made, anchor=(edge[0], 0), beyond=edge[1])
            made = made[: (counts[0] - 1) * self.rows + 1 : self.rows, : (counts[1] - 1) * self.columns + 1]
            if total is None:
                total = made
                continue
            with np.errstate(over="ignore", invalid="ignore"):  # infinity, and what infinities leave, are results
                if number == len(self.rounds) and into is not None:
                    return np.add(total[:, kept], made[:, kept], out=into)
                np.add(total, made, out=total)
        return np.zeros(counts, part.dtype) if total is None else total[:, kept]

    def _apart(self, part: np.ndarray, counts: tuple[int, int], into: np.ndarray | None) -> np.ndarray:
        """Dilated at stride 1: every ``d``-th sample meets only every ``d``-th, and makes every ``d``-th result."""
        into = self.room.take(f"{self.names[0]} of parts", counts, part.dtype) if into is None else into
        for first in itertools.product(*(range(min(d, n)) for d, n in zip(self.apart, counts, strict=True))):
            every = tuple(slice(i, None, d) for i, d in zip(first, self.apart, strict=True))
            self.one_of_many(readable(part[every]), into[every])
        return into


def _rounds(taps: np.ndarray, down: int) -> list[tuple[slice, np.ndarray]]:
    """Every ``down``-th row of the samples, with every ``down``-th of the taps."""
    found = [slice(first, None, down) for first in range(min(down, len(taps)))]
    return [(every, np.ascontiguousarray(taps[every])) for every in found if taps[every].any()]


def spread(kernel: np.ndarray, windows: tuple[Window, ...]) -> np.ndarray:
    """Put ``dilation - 1`` zeros between the taps.

    >>> spread(np.array([1., 2.]), (Window(0, 1, 3, 2, 5),))
    array([1., 0., 0., 2.])
    """
    if all(window.dilation == 1 for window in windows):
        return np.ascontiguousarray(kernel)
    shape = [w.dilation * (n - 1) + 1 for w, n in zip(windows, kernel.shape, strict=True)]
    out = np.zeros(shape, kernel.dtype)
    out[tuple(slice(None, None, window.dilation) for window in windows)] = kernel
    return out
