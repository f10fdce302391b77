"""The loops of ``compiled``, as machine code: numba makes it when this module is first asked, and keeps it on disk.

Only ``compiled`` imports this: numba takes a quarter of a second to come, and its compiler a second or two, once per
machine.  Every function here is compiled, so none knows more than numbers and arrays of one dtype.

Addresses are unsigned: numba lets a negative index count from the end, and a loop that asks for it cannot be made of
vectors.  Sums that take turns between two scratch rows never read what they write, for the same reason.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numba import config, njit

SETTINGS = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "nsz"}}
"""Python's lock is let go; a product and a sum may be one instruction.  NaN and infinity stay what they are."""

COMPILED = not config.DISABLE_JIT
"""Whether these are machine code: a debugger may ask numba to leave them as they stand here."""

START, STEP, DILATION, TAPS, COUNT, FIRST_TAP, TAP_STEP, FIRST, PERIOD = range(9)
"""Columns of a table of phases: a ``geometry.Window``, the slice of its taps, that of its results."""
APART = 256
"""Numbers between scratch rows: a store holds up loads whose addresses end alike, as those of rows of 8 kilobytes do."""
DEEP = 16
"""Rows that are summed as one: few enough that their ends are still in the cache when those are made."""


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _add1(out, to, more, n, x, base, offsets, taps, k):
    a, a0 = taps[k], np.uintp(base + offsets[k])
    for j in range(n):
        i = np.uintp(j)
        out[to + i] = more[i] + a * x[a0 + i]


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _add2(out, to, more, n, x, base, offsets, taps, k):
    a, a0 = taps[k], np.uintp(base + offsets[k])
    b, b0 = taps[k + 1], np.uintp(base + offsets[k + 1])
    for j in range(n):
        i = np.uintp(j)
        out[to + i] = more[i] + a * x[a0 + i] + b * x[b0 + i]


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _add3(out, to, more, n, x, base, offsets, taps, k):
    a, a0 = taps[k], np.uintp(base + offsets[k])
    b, b0 = taps[k + 1], np.uintp(base + offsets[k + 1])
    c, c0 = taps[k + 2], np.uintp(base + offsets[k + 2])
    for j in range(n):
        i = np.uintp(j)
        out[to + i] = more[i] + a * x[a0 + i] + b * x[b0 + i] + c * x[c0 + i]


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _add5(out, to, more, n, x, base, offsets, taps, k):
    a, a0 = taps[k], np.uintp(base + offsets[k])
    b, b0 = taps[k + 1], np.uintp(base + offsets[k + 1])
    c, c0 = taps[k + 2], np.uintp(base + offsets[k + 2])
    d, d0 = taps[k + 3], np.uintp(base + offsets[k + 3])
    e, e0 = taps[k + 4], np.uintp(base + offsets[k + 4])
    for j in range(n):
        i = np.uintp(j)
        out[to + i] = more[i] + a * x[a0 + i] + b * x[b0 + i] + c * x[c0 + i] + d * x[d0 + i] + e * x[e0 + i]


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _add9(out, to, more, n, x, base, offsets, taps, k):
    a, a0 = taps[k], np.uintp(base + offsets[k])
    b, b0 = taps[k + 1], np.uintp(base + offsets[k + 1])
    c, c0 = taps[k + 2], np.uintp(base + offsets[k + 2])
    d, d0 = taps[k + 3], np.uintp(base + offsets[k + 3])
    e, e0 = taps[k + 4], np.uintp(base + offsets[k + 4])
    f, f0 = taps[k + 5], np.uintp(base + offsets[k + 5])
    g, g0 = taps[k + 6], np.uintp(base + offsets[k + 6])
    h, h0 = taps[k + 7], np.uintp(base + offsets[k + 7])
    p, p0 = taps[k + 8], np.uintp(base + offsets[k + 8])
    for j in range(n):
        i = np.uintp(j)
        out[to + i] = (
            more[i] + a * x[a0 + i] + b * x[b0 + i] + c * x[c0 + i] + d * x[d0 + i] + e * x[e0 + i]
            + f * x[f0 + i] + g * x[g0 + i] + h * x[h0 + i] + p * x[p0 + i]
        )  # fmt: skip


@njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **SETTINGS)
def _sum(out, to, constant, n, x, base, offsets, taps, used, passes, one, other):
    """``n`` neighbouring results: ``constant[0]`` and ``used`` taps, up to nine a pass; ``passes[k]`` for ``k`` left."""
    k, more, turn, zero = used - used, constant, False, np.uintp(0)  # a zero of that type, not a constant
    while True:
        some = passes[used - k]
        last = k + some == used
        made, place = (out, np.uintp(to)) if last else (other if turn else one, zero)
        if some == 9:
            _add9(made, place, more, n, x, base, offsets, taps, k)
        elif some == 5:
            _add5(made, place, more, n, x, base, offsets, taps, k)
        elif some == 3:
            _add3(made, place, more, n, x, base, offsets, taps, k)
        elif some == 2:
            _add2(made, place, more, n, x, base, offsets, taps, k)
        elif some == 1:
            _add1(made, place, more, n, x, base, offsets, taps, k)
        else:
            for j in range(n):
                made[place + np.uintp(j)] = more[np.uintp(j)]
        if last:
            return
        k, more, turn = k + some, made, not turn


def _kept(function: Callable) -> Callable:
    """Compiled once a machine, or once a process where nothing can be written."""
    try:
        return njit(cache=True, **SETTINGS)(function)
    except RuntimeError:  # numba finds no folder for it
        return njit(**SETTINGS)(function)


@_kept
def rows(x, y, apart, size, outputs, kernel, down, across, above, below, left, right, fill, passes, most, job):
    """Fill the results ``job`` of ``y``: rows of all planes from the first to the last, and rounds of their columns.

    Shape: ``x`` and ``y`` flat; ``apart`` are the samples from plane to plane and from row to row of ``x``, ``size``
    its (H, W), ``outputs`` that of ``y``; ``kernel (kh, kw)``; ``down`` and ``across`` tables of phases; ``above``,
    ``below``, ``left``, ``right`` say which sample stands beyond an edge, -1 for ``fill``; ``most`` sums are made at
    once.
    """
    first_row, last_row, first_round, last_round = job
    height, width = size
    room = np.empty(3 * (most + APART), y.dtype)
    one, other = room[:most], room[most + APART : 2 * most + APART]
    every = room[2 * (most + APART) : 3 * most + 2 * APART]
    constant = np.zeros(most, y.dtype)
    offsets, taps = np.empty(kernel.size, np.int64), np.empty(kernel.size, y.dtype)
    source = np.empty(kernel.shape[0], np.int64)
    used, listed = 0, -1
    flat = len(down) == 1 and len(across) == 1 and down[0, STEP] == 1 and across[0, STEP] == 1
    flat = flat and across[0, PERIOD] == 1 and apart[1] == width == outputs[1] and first_round == 0 and last_round == width
    wide = most if len(across) > 1 else last_round - first_round  # all phases while their results are in the cache
    row, deep = first_row, 1
    while row < last_row:
        plane, t = row // outputs[0], row % outputs[0]
        v = t % len(down)
        rows_read, beside = down[v, TAPS], down[v, DILATION]
        top = down[v, START] + t // len(down) * down[v, STEP]
        within = top >= 0 and top + (rows_read - 1) * beside < height
        for i in range(rows_read):
            r = top + i * beside
            if r < 0:
                r = above[len(above) + r]
            elif r >= height:
                r = below[r - height]
            source[i] = r
        deep = 1
        if flat and within:  # these rows are one: what a sum reads across their ends is made again
            deep = min(DEEP, last_row - row, outputs[0] - t, height - (rows_read - 1) * beside - top)
        for block in range(first_round, last_round, wide):
            for h in range(len(across)):
                first_tap, tap_step, columns_read = across[h, FIRST_TAP], across[h, TAP_STEP], across[h, TAPS]
                start, step, dilation = across[h, START], across[h, STEP], across[h, DILATION]
                key = v * len(across) + h
                if not within or listed != key:  # rows that are all there have the same taps at the same offsets
                    used, value = 0, fill - fill  # a zero of this type
                    for i in range(rows_read):
                        k = down[v, FIRST_TAP] + i * down[v, TAP_STEP]
                        at = i * beside * apart[1] if within else source[i] * apart[1]
                        for m in range(columns_read):
                            tap = kernel[k, first_tap + m * tap_step]
                            if source[i] < 0:
                                value += tap * fill
                            else:
                                offsets[used], taps[used] = at + m * dilation, tap
                                used += 1
                    if constant[0] != value:
                        constant[:] = value
                    listed = key if within else -1
                begin, end = min(block, across[h, COUNT]), min(block + wide, last_round, across[h, COUNT])
                low, high = begin, end
                if columns_read > 0:
                    low = min(max(begin, -(start // step)), end)
                    high = min(max(low, (width - 1 - (columns_read - 1) * dilation - start) // step + 1), end)
                period = across[h, PERIOD]
                to = row * outputs[1] + across[h, FIRST]
                straight = step == 1 and period == 1
                base = plane * apart[0] + start + (top * apart[1] if within else 0)
                each = (most - 1) // step + 1
                stop = high + (deep - 1) * width if low < high else high
                for c in range(low, stop, each):
                    count = min(each, stop - c)
                    made = y if straight else every
                    place = to + c if straight else 0
                    n = (count - 1) * step + 1
                    _sum(made, place, constant, n, x, base + c * step, offsets, taps, used, passes, one, other)
                    if not straight:
                        at, go = np.uintp(to + c * period), np.uintp(period)
                        for j in range(count):
                            y[at + np.uintp(j) * go] = every[np.uintp(j) * np.uintp(step)]
                for r in range(deep):
                    for e in range(begin, end - (high - low)):  # the ends, where samples are looked up
                        c = e if e < low else e + high - low
                        total = constant[0]
                        for i in range(rows_read):
                            if source[i] < 0:
                                continue
                            k = down[v, FIRST_TAP] + i * down[v, TAP_STEP]
                            line = plane * apart[0] + (source[i] + r) * apart[1]
                            for m in range(columns_read):
                                p = start + c * step + m * dilation
                                if p < 0:
                                    p = left[len(left) + p]
                                elif p >= width:
                                    p = right[p - width]
                                total += kernel[k, first_tap + m * tap_step] * (x[line + p] if p >= 0 else fill)
                        y[to + r * width + c * period] = total
        row += deep
