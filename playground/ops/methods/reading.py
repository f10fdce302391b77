"""How a method gets the samples that it reads: the input continued just as far as needed."""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING

import numpy as np

from playground.ops.geometry import Window
from playground.ops.lazy import cv2
from playground.ops.padding import extend, source_index

if TYPE_CHECKING:
    from torch import Tensor


BORDERS = {"reflect": 4, "symmetric": 2, "replicate": 1, "constant": 0}
"""The borders that OpenCV's filters know, by their numbers there, as it is imported later; their constant is 0."""
IN_FRONT = sys.byteorder == "little"
"""Whether the first of two numbers that are read as one is its lower half."""


class NotFinite(Exception):
    """A block holds NaN or infinity, and this method would spread or lose it; the plain sum does neither."""


def continued(
    x: Tensor, windows: tuple[Window, ...], padding_mode: str, fill: float
) -> tuple[Tensor, tuple[Window, ...]]:
    """Continue (or crop) the last axes of ``x`` to what ``windows`` read, each from 0 to ``last``.

    Shape: ``(..., *size) -> (..., *read)``; the windows returned begin at 0.

    >>> import torch
    >>> x, window = torch.tensor([1., 2., 3.]), Window(start=-1, step=1, dilation=1, taps=3, count=3)
    >>> continued(x, (window,), "replicate", 0.0)
    (tensor([1., 1., 2., 3., 3.]), (Window(start=0, step=1, dilation=1, taps=3, count=3),))
    """
    moved = []
    for window, dim in zip(windows, range(-len(windows), 0), strict=True):
        before, after = max(0, -window.start), max(0, window.last - x.shape[dim] + 1)
        x = extend(x, before, after, dim=dim, padding_mode=padding_mode, fill=fill)
        x = x.narrow(dim, max(window.start, 0), window.last - window.start + 1)
        moved.append(window._replace(start=0))
    return x, tuple(moved)


def read_size(windows: tuple[Window, ...]) -> int:
    """Number of samples of one channel that ``windows`` read, from first to last.

    >>> read_size((Window(start=-1, step=2, dilation=1, taps=3, count=3),))
    7
    """
    size = 1
    for window in windows:
        size *= window.last - window.start + 1
    return size


def piece(plane: np.ndarray, rows: range, columns: range, padding_mode: str, fill: float) -> np.ndarray:
    """The samples at ``rows`` and ``columns`` of an endless plane; a view where all are inside.

    Shape: ``(H, W) -> (len(rows), len(columns))``, float32 or float64.

    >>> piece(np.array([[1., 2., 3.]]), range(0, 1), range(-1, 5), "reflect", 0.0)
    array([[2., 1., 2., 3., 2., 1.]])
    """
    down, across = _inside(rows, plane.shape[0]), _inside(columns, plane.shape[1])
    inner = plane[down.start : down.stop, across.start : across.stop]
    beyond = (down.start - rows.start, rows.stop - down.stop, across.start - columns.start, columns.stop - across.stop)
    if not any(beyond):
        return inner
    far = {"reflect": 1, "symmetric": 0}.get(padding_mode)  # n samples are reflected into n - 1, or n, on each side
    near = far is None or max(beyond[:2]) <= len(down) - far and max(beyond[2:]) <= len(across) - far
    if near and padding_mode in BORDERS and down and across:  # a third of the time of the ways below
        return cv2.copyMakeBorder(inner, *beyond, BORDERS[padding_mode], value=(fill,) * 4)
    if across == columns:
        return _along(plane[:, across.start : across.stop], 0, rows, padding_mode, fill)
    return _along(_along(plane, 0, rows, padding_mode, fill), 1, columns, padding_mode, fill)


def _inside(wanted: range, length: int) -> range:
    """Those of ``wanted`` that are samples; where none is, an empty range at the nearer end."""
    low, high = min(max(wanted.start, 0), length), max(min(wanted.stop, length), 0)
    return range(min(low, high), high)


def _along(plane: np.ndarray, axis: int, wanted: range, padding_mode: str, fill: float) -> np.ndarray:
    length = plane.shape[axis]
    found = _inside(wanted, length)
    low, high = found.start, found.stop
    inside = (slice(low, high), slice(None)) if axis == 0 else (slice(None), slice(low, high))
    if len(wanted) == high - low:
        return plane[inside]
    shape = (len(wanted), plane.shape[1]) if axis == 0 else (plane.shape[0], len(wanted))
    out = np.empty(shape, plane.dtype)
    place = low - wanted.start if high > low else 0
    parts = [(0, place)] if place else []
    if place + high - low < len(wanted):
        parts.append((place + high - low, len(wanted)))
    across = (slice(None),) * axis
    out[(*across, slice(place, place + high - low))] = plane[inside]
    for first, last in parts:
        where = (*across, slice(first, last))
        if padding_mode == "constant":
            out[where] = fill
        else:
            index = source_index(wanted.start + first, last - first, length, padding_mode)
            out[where] = plane[(*across, index)]
    return out


def pick(values: np.ndarray, step: int, target: np.ndarray) -> None:
    """Copy every ``step``-th sample of each row, from the first on, to ``target``.

    Shape: ``values (H, W)``, ``target (H, count)``.  Of two float32 side by side, read as one integer, a cast keeps
    the first: half the time of a copy that leaps, where they lie as integers of that size do.

    >>> target = np.empty((1, 2), "float32")
    >>> pick(np.array([[1., 2., 3., 4.]], "float32"), 2, target), target.tolist()
    (None, [[1.0, 3.0]])
    """
    count = target.shape[1]
    if step == 2 and values.itemsize == 4 and values.shape[1] >= 2 * count and IN_FRONT:
        couples = values[:, : 2 * count].view(np.uint64)
        if couples.flags.aligned:
            np.copyto(target.view(np.uint32), couples, casting="unsafe")
            return
    np.copyto(target, values[:, : (count - 1) * step + 1 : step])


def check_finite(values: np.ndarray) -> None:
    """Raise ``NotFinite`` where a number is NaN or infinite.

    >>> check_finite(np.array([1.0, np.inf]))
    Traceback (most recent call last):
    ...
    playground.ops.methods.reading.NotFinite
    """
    if not (math.isfinite(values.min()) and math.isfinite(values.max())):
        raise NotFinite
