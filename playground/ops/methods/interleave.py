"""The phases of a stride 1/s are computed where they lie together, and then put between each other."""

from __future__ import annotations

import numpy as np

from playground.ops.lazy import cv2
from playground.ops.methods.blocks import readable
from playground.ops.methods.division import LARGE
from playground.ops.methods.memory import Room
from playground.ops.methods.sharing import share

MERGED = 128
"""Pictures that OpenCV's merge takes at once (its CV_CN_MAX)."""
LONG_LINE = 4096
"""Bytes of a line that ``interleave`` writes past the cache."""


def interleave(parts: list[tuple[slice, np.ndarray]], target: np.ndarray) -> None:
    """Put every part where its slice of the last axis says, and zeros where none does.

    Shape: parts ``(..., counts)``, all slices with one step; ``target (..., outputs)``.

    OpenCV's merge goes past the cache, which takes half the time for much, and five times as long where short lines of
    ``target`` lie apart: those are merged elsewhere and copied.

    >>> target = np.empty((1, 5))
    >>> interleave([(slice(0, 5, 2), np.array([[1., 2., 3.]])), (slice(1, 5, 2), np.array([[7., 8.]]))], target)
    >>> target
    array([[1., 7., 2., 8., 3.]])
    """
    period = parts[0][0].step
    places = {where.start: part for where, part in parts}
    if period > MERGED:
        target[:] = 0
        for first, part in places.items():
            target[..., first::period] = part
        return
    common = target.shape[-1] // period
    for first in range(period):
        if common * period + first < target.shape[-1]:
            target[..., common * period + first] = places[first][..., common] if first in places else 0
    if not common:
        return
    lines = target[:, None] if target.ndim == 2 else target
    nothing = None if len(parts) == period else np.zeros((lines.shape[1], common), target.dtype)
    room, long = Room(), common * period * target.itemsize >= LONG_LINE

    def work(job: tuple[int, int, int]) -> None:
        plane, low, high = job
        columns = [
            readable(np.atleast_2d(places[first][plane])[low:high, :common]) if first in places else nothing[low:high]
            for first in range(period)
        ]
        made = lines[plane, low:high, : common * period]
        if long:
            row, item = made.strides
            shape, strides = (high - low, common, period), (row, period * item, item)
            cv2.merge(columns, np.lib.stride_tricks.as_strided(made, shape, strides))
            return
        merged = room.take("merged", made.shape, made.dtype)
        cv2.merge(columns, merged.reshape(high - low, common, period))
        np.copyto(made, merged)

    each = max(1, LARGE // (common * period))
    jobs = [
        (plane, low, min(low + each, lines.shape[1]))
        for plane in range(len(lines))
        for low in range(0, lines.shape[1], each)
    ]
    share(work, jobs, alone=target.size < LARGE)
