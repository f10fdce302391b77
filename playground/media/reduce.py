"""How is a picture over the soft limit made smaller?  Each new pixel is the mean of the area it covers.

The mean keeps every value within the range of the old ones and, being a low-pass filter, keeps fine
patterns from turning into coarse ones.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image as Pillow

from ..errors import N_, Notice, notice


def reduced_size(size: tuple[int, int], pixels: int) -> tuple[int, int]:
    """The largest size of the same shape with at most ``pixels`` pixels; (height, width) both ways.

    >>> reduced_size((3000, 4000), 3_000_000)
    (1500, 2000)
    >>> reduced_size((1, 20000), 3_000_000)      # small enough already
    (1, 20000)
    """
    height, width = size
    if height * width <= pixels:
        return size
    scale = math.sqrt(pixels / (height * width))
    height, width = max(1, int(height * scale)), max(1, int(width * scale))
    return min(height, max(1, pixels // width)), min(width, max(1, pixels // height))


def reduction(before: tuple[int, int], after: tuple[int, int]) -> Notice:
    """Say by how much a picture was reduced.

    >>> str(reduction((3000, 4000), (1500, 2000)))
    'reduced from 4000 x 3000 to 2000 x 1500 pixels, each the mean of the area it covers'
    """
    return notice(
        N_(
            "reduced from {width} x {height} to {new_width} x {new_height} pixels,"
            " each the mean of the area it covers"
        ),
        width=before[1],
        height=before[0],
        new_width=after[1],
        new_height=after[0],
    )


def shrink(plane: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """One channel, uint16 or float32, reduced to ``size``.

    Shape: ``(H, W) -> size``.

    >>> shrink(np.float32([[0, 1], [2, 3]]), (1, 1))
    array([[1.5]], dtype=float32)
    """
    if plane.shape == size:
        return plane
    height, width = size
    return np.asarray(
        Pillow.fromarray(np.ascontiguousarray(plane)).resize((width, height), Pillow.Resampling.BOX)
    )
