"""A kernel that is a sum of few columns times rows, in loops of our own: what stands between is a row in the cache.

Each row of results is made of one row for each product, the sums along the columns, continued beyond its ends as the
samples are; then all products are added up in one go.  See ``compiled`` for when the loops are there, ``separable`` for
the same by OpenCV.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from playground.ops.geometry import Window
from playground.ops.methods import compiled, direct, separable
from playground.ops.methods.blocks import whole
from playground.ops.methods.reading import NotFinite
from playground.ops.methods.sharing import cores, share

MOST_TAPS = 64
"""Taps of all rows, and of a column, that are worth adding up in float32: two sums one after the other make twice the
error."""
A_ROW = 170.0
"""Nanoseconds of one core for a row, whatever its length.  See ``price``."""
A_BEYOND = 2.0
"""The same for a sample beyond an end of a row, of one product."""


def correlate(
    x: np.ndarray,
    kernel: np.ndarray,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Correlate along columns, then along rows, by ``loops.lines``.  See ``methods``.

    Shape: as in ``methods``, with two axes.

    >>> x, taps = np.array([[[1., 2.], [4., 8.]]]), np.array([[1., 2.], [1., 2.]])
    >>> correlate(x, taps, (Window(0, 1, 1, 2, 1), Window(0, 1, 1, 2, 1)), "constant", 0.0)
    array([[[25.]]])
    """
    found = separable.products(kernel, item_bytes=x.itemsize)
    if found is None:  # one phase of a stride 1/s may be left with a single row, or with what was left of a product
        method = compiled if kernel.size <= compiled.MOST_TAPS else direct
        return method.correlate(x, kernel, windows, padding_mode, fill, out=out)
    y = whole(x, windows, out)
    if not y.size:
        return y
    made = y if compiled.takes(y) else np.empty(y.shape, y.dtype)
    columns, rows = (np.array([pair[which] for pair in found], x.dtype) for which in (0, 1))
    flat, apart = compiled.read_where_it_is(x)
    place, pitch = compiled.read_where_it_is(made)
    tables = compiled.tables(windows, x.shape[1:], padding_mode).numbers
    settings = (flat, place, apart, pitch, x.shape[1:], made.shape[1:], columns, rows, *tables, x.dtype.type(fill),
                compiled.AT_ONCE)  # fmt: skip
    each = nanoseconds(windows, len(found), x.shape[2])
    jobs, alone = compiled.parts(len(x) * made.shape[1], 0, each, cores())
    fill_rows = compiled.functions().lines

    def work(job: tuple[int, int, int, int]) -> None:
        if not fill_rows(*settings, job):  # or what stands between overflowed, or its zeros are not the kernel's
            raise NotFinite

    share(work, jobs, alone=alone)
    if made is not y:
        y[:] = made
    return y


@lru_cache(512)
def nanoseconds(windows: tuple[Window, Window], ranks: int, width: int) -> float:
    """What one core takes for a row of results, from ``width`` samples a row, in ``ranks`` products.

    >>> pair = Window(-4, 1, 1, 9, 1000), Window(-4, 1, 1, 9, 1000)
    >>> nanoseconds(pair, 1, 1000) < nanoseconds(pair, 2, 1000)
    True
    """
    vertical, horizontal = windows
    down = compiled.A_SUM + compiled.A_TAP * vertical.taps
    along = compiled.A_SUM + compiled.A_TAP * horizontal.taps * ranks
    picked = compiled.picking(horizontal.step, 1)
    read = compiled.A_SAMPLE * width * min(vertical.step, vertical.taps)
    ends = A_BEYOND * (horizontal.taps - 1) * horizontal.dilation * ranks
    return A_ROW + ends + read + width * ranks * down + horizontal.count * (horizontal.step * along + picked)
