"""How is a picture over the soft limit made smaller?  Each new pixel is the mean of the area it covers.

The mean keeps every value within the range of the old ones and, being a low-pass filter, keeps fine
patterns from turning into coarse ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from PIL import Image as Pillow

from ..errors import N_, Notice, notice

BAND_PIXELS = 2**20


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


def assemble(
    rows: Callable[[int, int], np.ndarray],
    size: tuple[int, int],
    new_size: tuple[int, int],
    *,
    has_alpha: bool = False,
) -> np.ndarray:
    """The planes of a picture, reduced to ``new_size`` where that is not ``size``, band by band.

    ``rows(top, bottom)`` gives float32 planes ``(C, bottom - top, W)``: a picture is never held whole both as
    levels and as numbers.  With ``has_alpha`` the last plane is alpha, and weighs the mean of the others.
    Shape: ``-> (C, *new_size)``.

    >>> assemble(lambda top, bottom: np.float32([[[0, 1], [2, 3]]])[:, top:bottom], (2, 2), (1, 1))
    array([[[1.5]]], dtype=float32)
    """
    (height, width), (new_height, new_width) = size, new_size
    step = max(1, BAND_PIXELS // width * new_height // height)
    planes = None
    for start in range(0, new_height, step):
        stop = min(new_height, start + step)
        top, bottom = start * height // new_height, -(-stop * height // new_height)
        band = rows(top, bottom)
        if size != new_size:
            box = (0, start * height / new_height - top, width, min(stop * height / new_height, bottom) - top)
            band = _mean(band, (new_width, stop - start), box, has_alpha)
        if planes is None:
            planes = np.empty((len(band), *new_size), np.float32)
        planes[:, start:stop] = band
    return planes


def _mean(
    band: np.ndarray, size: tuple[int, int], box: tuple[float, float, float, float], has_alpha: bool
) -> np.ndarray:
    if has_alpha:
        band = np.concatenate([band[:-1] * band[-1:], band[-1:]])
    means = np.stack([_resize(plane, size, box) for plane in band])
    if has_alpha:
        colours, alpha = means[:-1], means[-1:]
        np.divide(colours, alpha, out=colours, where=alpha > 0)
    return means


def _resize(plane: np.ndarray, size: tuple[int, int], box: tuple[float, float, float, float]) -> np.ndarray:
    picture = Pillow.fromarray(np.ascontiguousarray(plane, dtype=np.float32))
    return np.asarray(picture.resize(size, Pillow.Resampling.BOX, box=box))
