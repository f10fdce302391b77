"""All taps alike: a running sum takes in one sample and lets go of another, however long the window is.

OpenCV's boxFilter keeps the sum in float64 and starts anew in every block.
"""

from __future__ import annotations

import numpy as np

from playground.ops.geometry import Axis, Window
from playground.ops.lazy import cv2
from playground.ops.methods.blocks import Edge, by_blocks, by_picking, in_place, readable, whole
from playground.ops.methods.division import both
from playground.ops.methods.memory import Room


def correlate(
    x: np.ndarray,
    kernel: np.ndarray,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Sum by ``cv2.boxFilter``, times the one tap; no dilation.  See ``methods``.

    Shape: as in ``methods``.

    >>> x, taps = np.array([[1., 2., 4., 8.]]), np.array([1., 1.])
    >>> correlate(x, taps, (Window(start=0, step=2, dilation=1, taps=2, count=2),), "constant", 0.0)
    array([[ 3., 12.]])
    """
    y, (vertical, horizontal) = whole(x, windows, out), both(windows)
    size = (horizontal.taps, vertical.taps)
    factor = kernel.item(0) * kernel.size

    room = Room()

    def apply(source: np.ndarray, target: np.ndarray, anchor: tuple[int, int], border: int, _: int) -> None:
        cv2.boxFilter(source, -1, size, dst=target, anchor=anchor, borderType=border)
        if factor != 1:
            np.multiply(target, source.dtype.type(factor), out=target)

    def compute(part: np.ndarray, target: np.ndarray, edge: Edge) -> None:
        made = room.take("sums", part.shape, part.dtype)
        apply(readable(part), made, (edge[0], 0), edge[1], 0)
        target[:] = made[:: vertical.step, :: horizontal.step][: target.shape[0], : target.shape[1]]

    settings = (windows, padding_mode, fill)
    stepped = max(vertical.step, horizontal.step) > 1
    if not (by_picking if stepped else in_place)(x, y, *settings, apply, checked=True):
        by_blocks(x, y, *settings, compute, apply=apply, checked=True)
    return y


def side_by_side(taps: tuple[int, ...], axes: tuple[Axis, ...]) -> bool:
    """Whether nothing stands between the ``taps`` along any of the ``axes``.

    >>> from playground.ops.geometry import settle
    >>> axes = settle(9, 3), settle(9, 3, dilation=2)
    >>> side_by_side((3, 1), axes), side_by_side((3, 3), axes)
    (True, False)
    """
    return all(axis.dilation == 1 or n == 1 for axis, n in zip(axes, taps, strict=True))
