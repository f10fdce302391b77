"""A kernel that is a sum of few columns times rows: passes of ``k`` taps instead of one of ``k * k``.

Two passes of filter2D, or of OpenCV's own sepFilter2D, whichever is faster for so many taps.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from playground.ops.geometry import Window
from playground.ops.lazy import cv2, torch
from playground.ops.methods import direct
from playground.ops.methods.blocks import Edge, by_blocks, by_picking, in_place, whole
from playground.ops.methods.memory import Room

if TYPE_CHECKING:
    from torch import Tensor

MOST_PRODUCTS = 4
"""Columns times rows that a kernel may be the sum of."""
SHORT = {4: 0, 8: 15}
"""Taps up to which OpenCV's own two passes, which keep few rows in between, beat two calls of filter2D, by bytes of a
number: only for float64, for float32 its filter2D is written with longer registers."""
SHORTER = {4: 0, 8: 7}
"""The same at a larger stride, where they sum results that are not kept."""
ONE = Window(0, 1, 1, 1, 1)
"""The window of a line across itself."""
LEFT_OVER = {4: 2e-7, 8: 1e-15}
"""What the products may leave of a kernel, relative to the sum of its magnitudes, by bytes of a sample."""


def correlate(
    x: np.ndarray,
    kernel: np.ndarray,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Correlate along columns, then along rows, and add the products up.  See ``methods``.

    Shape: as in ``methods``, with two axes.

    >>> x, taps = np.array([[[1., 2.], [4., 8.]]]), np.array([[1., 2.], [1., 2.]])
    >>> correlate(x, taps, (Window(0, 1, 1, 2, 1), Window(0, 1, 1, 2, 1)), "constant", 0.0)
    array([[[25.]]])
    """
    numbers = kernel.astype(np.float64)
    prepared = _prepared(numbers.tobytes(), numbers.shape, windows, x.dtype)
    if prepared is None:  # one phase of a stride 1/s may be left with a single row
        return direct.correlate(x, kernel, windows, padding_mode, fill, out=out)
    passes, lines, scaled, checked, stretched, longest = prepared
    y, (vertical, horizontal), room = whole(x, windows, out), windows, Room()

    def apply(source: np.ndarray, target: np.ndarray, anchor: tuple[int, int], border: int, skip: int) -> None:
        for number, (column, row) in enumerate(lines):
            made = room.take("column", source.shape, source.dtype)
            cv2.filter2D(source, -1, column, dst=made, anchor=(0, anchor[1]), borderType=border)
            made = made[skip : skip + len(target)]
            if number:
                more = room.take("sum", target.shape, source.dtype)
                cv2.filter2D(made, -1, row, dst=more, anchor=(anchor[0], 0), borderType=border)
                np.add(target, more, out=target)
            else:
                cv2.filter2D(made, -1, row, dst=target, anchor=(anchor[0], 0), borderType=border)

    def at_once(source: np.ndarray, target: np.ndarray, anchor: tuple[int, int], border: int, _: int) -> None:
        column, row = scaled
        cv2.sepFilter2D(source, -1, row, column, dst=target, anchor=anchor, borderType=border)

    short, settings = longest <= SHORT[x.itemsize], (windows, padding_mode, fill)
    straight = at_once if short else apply
    stepped = max(vertical.step, horizontal.step) > 1
    if not stretched:
        if not stepped and in_place(x, y, *settings, straight, wide=not short, checked=checked):
            return y
        if longest <= SHORTER[x.itemsize] and by_picking(x, y, *settings, at_once, checked=checked):
            return y
    columns = [direct.Sum(column, (vertical, ONE), room, name="column") for column, _ in passes]
    rows = [direct.Sum(row, (ONE, horizontal), room) for _, row in passes]

    def compute(part: np.ndarray, target: np.ndarray, edge: Edge) -> None:
        for number, (down, along) in enumerate(zip(columns, rows, strict=True)):
            made = down.of(part, (target.shape[0], part.shape[1]))
            if number:
                np.add(target, along.of(made, target.shape, edge), out=target)
            else:
                along(made, target, edge)

    by_blocks(x, y, *settings, compute, apply=None if stretched else apply, checked=checked)
    return y


class Prepared(NamedTuple):
    """Columns and rows as OpenCV takes them: the ``passes``, and the ``lines`` with the zeros of a dilation.

    ``scaled`` is the only product with the magnitude in its row.  ``checked`` refuses NaN and infinity, ``stretched``
    keeps OpenCV from a transform, ``longest`` are the taps of the longest line (infinite: several products).
    """

    passes: list[tuple[np.ndarray, np.ndarray]]
    lines: list[tuple[np.ndarray, np.ndarray]]
    scaled: tuple[np.ndarray, np.ndarray]
    checked: bool
    stretched: bool
    longest: float


@lru_cache(32)
def _prepared(
    numbers: bytes, shape: tuple[int, ...], windows: tuple[Window, Window], kind: np.dtype
) -> Prepared | None:
    found = products(np.frombuffer(numbers).reshape(shape), item_bytes=kind.itemsize)
    if found is None:
        return None
    vertical, horizontal = windows
    passes = [(column.astype(kind)[:, None], row.astype(kind)[None]) for column, row in found]
    lines = [(direct.spread(column, (vertical, ONE)), direct.spread(row, (ONE, horizontal))) for column, row in passes]
    limit = direct.TRANSFORMED[kind.itemsize]
    long = [(line.size >= limit, window.step) for pair in lines for line, window in zip(pair, windows, strict=True)]
    # Zeros are left out; infinities of different products may cancel; OpenCV transforms a long line.
    checked = len(passes) > 1 or not all(line.all() and line.size < limit for pair in passes for line in pair)
    checked = checked or any(is_long and step > 1 for is_long, step in long)
    # OpenCV goes along the rows first: they carry the magnitude, or what stands between could overflow.
    magnitude = math.frexp(float(np.abs(lines[0][0]).max()))[1]
    scaled = np.ldexp(lines[0][0], -magnitude), np.ldexp(lines[0][1], magnitude)
    longest = max(line.size for line in lines[0]) if len(lines) == 1 else math.inf
    return Prepared(passes, lines, scaled, checked, any(is_long for is_long, _ in long), longest)


def products(
    kernel: np.ndarray, *, item_bytes: int = 8, most: int = MOST_PRODUCTS
) -> list[tuple[np.ndarray, np.ndarray]] | None:
    """Columns and rows whose products add up to ``kernel``, or None where ``most`` do not suffice.

    Shape: ``(kh, kw) -> [((kh,), (kw,)), ...]``, float64.  The largest number left picks the next column and
    row, as in Gaussian elimination with full pivoting, so that zeros stay zeros.

    >>> [(column.tolist(), row.tolist()) for column, row in products(np.array([[1., 0., -1.], [2., 0., -2.]]))]
    [([1.0, 2.0], [1.0, 0.0, -1.0])]
    >>> products(np.eye(5)) is None
    True
    """
    if kernel.ndim != 2 or min(kernel.shape) == 1:
        return None
    numbers = kernel.astype(np.float64)
    found = _products(numbers.tobytes(), numbers.shape, item_bytes, most)
    return list(found) if found else None


def no_product(kernel: np.ndarray, magnitudes: float, item_bytes: int) -> bool:
    """Whether four taps alone show that this is no column times a row; most kernels that are none do.

    In a product ``a d = b c``.  Changes that add up to no more than ``allowed`` move ``a d - b c`` by no more than
    ``allowed`` times the largest of the four, and ``allowed`` squared.  ``magnitudes`` is what all add up to.

    >>> no_product(np.eye(3), 3.0, 8), no_product(np.outer([1., 3.], [.1, .7]), 3.2, 8)
    (True, False)
    """
    if min(kernel.shape) == 1:
        return False
    (a, b), (c, d) = kernel[:2, :2].tolist()
    return abs(a * d - b * c) > 4 * magnitudes * LEFT_OVER[item_bytes] * magnitudes


@lru_cache(32)
def _products(
    numbers: bytes, shape: tuple[int, int], item_bytes: int, most: int
) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    rest = np.frombuffer(numbers).reshape(shape)
    left_over = _sum_of_magnitudes(rest)
    if left_over == 0 or not math.isfinite(left_over):
        return ()
    allowed, found = LEFT_OVER[item_bytes] * left_over, []
    while len(found) < min(most, *shape):
        top, left = divmod(int(np.abs(rest).argmax()), shape[1])
        column, row = rest[:, left].copy(), rest[top] / rest[top, left]
        found.append((column, row))
        rest = rest - column[:, None] * row
        if _sum_of_magnitudes(rest) <= allowed:
            return tuple(found)
    return ()


def _sum_of_magnitudes(numbers: np.ndarray) -> float:
    """Infinite where it is too large, without a warning."""
    return cv2.norm(numbers, cv2.NORM_L1)


def factors(kernel: Tensor) -> tuple[Tensor, Tensor] | None:
    """Column and row whose product is ``kernel``, or None where there are none.

    Shape: ``(kh, kw) -> (kh,), (kw,)``.

    >>> import torch
    >>> factors(torch.tensor([[1., 2., 1.], [2., 4., 2.]], dtype=torch.float64))[1].shape
    torch.Size([3])
    >>> factors(torch.eye(3, dtype=torch.float64)) is None
    True
    """
    found = products(kernel.detach().cpu().numpy(), most=1)
    if found is None:
        return None
    column, row = (torch.from_numpy(line) for line in found[0])
    root = (column.abs().max() / row.abs().max()).sqrt()
    return column / root, row * root
