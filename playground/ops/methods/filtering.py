"""OpenCV's filter2D, and a long row folded into a picture for it.

filter2D is made for pictures: on one row of 100 000 samples it takes three times as long as on sixteen rows
that hold the same samples.  The few results whose taps reach across a fold are computed again.
"""

from __future__ import annotations

import numpy as np

from playground.ops.lazy import cv2

FOLDED = 8192
"""Samples of a row after folding."""

A_RESULT = 0.35
"""Nanoseconds for a result, whatever its taps: reading the sample and writing the sum.  See ``price``."""
A_TAP = 0.042
"""The same for a tap that is not zero."""
A_ROUND = 0.75
"""The same for a result of every ``s``-th row, which lie apart, with the sum of this round and the one before."""
A_PICK = 0.6
"""The same for a result that is picked out of those of every row and column."""


def nanoseconds(rows: int, used: float, down: int, across: int) -> float:
    """What one kept result takes at the strides ``down`` and ``across``: ``used`` taps in ``rows`` rows.

    >>> nanoseconds(9, 81, 2, 2) < nanoseconds(9, 81, 1, 1) * 4
    True
    """
    return across * min(_all_rows(used, down), _by_rounds(rows, used, down)) + A_PICK * (across > 1)


def rounds(rows: int, used: float, down: int) -> int:
    """In how many rounds the rows are summed that are kept at stride ``down``; 1: all rows are.

    >>> rounds(3, 9, 2), rounds(9, 81, 2), rounds(9, 81, 20)
    (1, 2, 9)
    """
    return 1 if _all_rows(used, down) <= _by_rounds(rows, used, down) else min(rows, down)


def _all_rows(used: float, down: int) -> float:
    return down * (A_RESULT + A_TAP * used)


def _by_rounds(rows: int, used: float, down: int) -> float:
    return min(rows, down) * A_ROUND + A_TAP * used


def filter2d(
    source: np.ndarray, taps: np.ndarray, target: np.ndarray, *, anchor: tuple[int, int] = (0, 0), beyond: int
) -> None:
    """Correlate ``source`` with ``taps`` into ``target``, of the same shape.

    Shape: ``(H, W), (kh, kw), (H, W)``.  ``anchor`` is (column, row), ``beyond`` one of OpenCV's borders.

    >>> made = np.empty((1, 4))
    >>> filter2d(np.array([[1., 2., 4., 8.]]), np.array([[-1., 1.]]), made, beyond=cv2.BORDER_REPLICATE)
    >>> made
    array([[1., 2., 4., 0.]])
    """
    reach, rows = taps.shape[1] - 1, source.shape[1] // FOLDED
    if source.shape[0] > 1 or taps.shape[0] > 1 or rows < 4 or 8 * reach > FOLDED:
        cv2.filter2D(source, -1, taps, dst=target, anchor=anchor, borderType=beyond)
        return
    before, end = anchor[0], rows * FOLDED
    folded, made = (values[0, :end].reshape(rows, FOLDED) for values in (source, target))
    cv2.filter2D(folded, -1, taps, dst=made, anchor=anchor, borderType=beyond)
    if not reach:
        target[:, end:] = source[:, end:] * taps[0, 0]
        return
    across = cv2.filter2D(_around_folds(source, reach, rows), -1, taps, anchor=anchor, borderType=beyond)
    first = FOLDED - (reach - before)
    _every_row(target, first, reach, rows)[:] = across[:, before : before + reach]
    if end < source.shape[1]:
        rest = cv2.filter2D(source[:, end - reach :], -1, taps, anchor=anchor, borderType=beyond)
        target[:, end - (reach - before) :] = rest[:, before:]


def _around_folds(source: np.ndarray, reach: int, rows: int) -> np.ndarray:
    return _every_row(source, FOLDED - reach, 2 * reach, rows)


def _every_row(values: np.ndarray, first: int, count: int, rows: int) -> np.ndarray:
    """``count`` samples around the end of every row but the last; a view."""
    strides = (FOLDED * values.itemsize, values.itemsize)
    return np.lib.stride_tricks.as_strided(values[0, first:], (rows - 1, count), strides)
