"""A few non-zero taps: the sum of as many shifted copies.

It computes only the outputs that are asked for, whatever the stride and dilation, and when the
kernel spans far more than the input it reads by index instead of continuing the input that far.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from playground.ops.geometry import Window
from playground.ops.lazy import torch
from playground.ops.methods.reading import check_finite, continued, read_size
from playground.ops.padding import source_index, taken

if TYPE_CHECKING:
    from torch import Tensor

FAR = 4
"""How many times the input a continued copy may have before samples are read by index instead."""
LARGE = 1_000_000
"""Samples that a continued copy may have in any case."""
LONG_SUM = 32
"""Terms from which the sum is kept in float64: rounding errors may all point one way."""


def correlate(
    x: np.ndarray,
    kernel: np.ndarray,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Add shifted copies of ``x``, one per non-zero tap.  See ``methods``.

    Shape: as in ``methods``.

    >>> x, taps = np.array([[1., 2., 4., 8.]]), np.array([1., -1.])
    >>> correlate(x, taps, (Window(start=0, step=2, dilation=1, taps=2, count=2),), "constant", 0.0)
    array([[-1., -4.]])
    """
    taps = np.argwhere(kernel).tolist()
    if len(taps) < kernel.size:
        check_finite(x)
    samples, counts = torch.from_numpy(x), [window.count for window in windows]
    y = torch.zeros((len(x), *counts), dtype=torch.float64 if len(taps) > LONG_SUM else samples.dtype)
    near = read_size(windows) <= max(LARGE, FAR * (math.prod(x.shape[1:]) + math.prod(counts)))
    if near:
        samples, windows = continued(samples, windows, padding_mode, fill)
    for tap in taps:
        part = _sliced(samples, windows, tap) if near else _gathered(samples, windows, tap, padding_mode, fill)
        y.add_(part, alpha=kernel.item(*tap))
    if out is None:
        return y.to(samples.dtype).numpy()
    torch.from_numpy(out).copy_(y)
    return out


def _sliced(x: Tensor, windows: tuple[Window, ...], tap: list[int]) -> Tensor:
    cut = tuple(
        slice(i * w.dilation, i * w.dilation + (w.count - 1) * w.step + 1, w.step)
        for w, i in zip(windows, tap, strict=True)
    )
    return x[(slice(None), *cut)]


def _gathered(
    x: Tensor, windows: tuple[Window, ...], tap: list[int], padding_mode: str, fill: float
) -> Tensor:
    for axis, (window, i) in enumerate(zip(windows, tap, strict=True)):
        dim, length = axis - len(windows), x.shape[axis - len(windows)]
        first = window.start + i * window.dilation
        wanted = first + window.step * torch.arange(window.count)
        if padding_mode == "constant":
            inside = (wanted >= 0) & (wanted < length)
            part = x.index_select(dim, wanted.clamp(0, length - 1))
            shape = [-1 if a == axis else 1 for a in range(len(windows))]
            x = torch.where(inside.reshape(shape), part, torch.full((), fill, dtype=x.dtype))
        else:
            every = source_index(first, 1 + window.step * (window.count - 1), length, padding_mode)
            x = taken(x, every[:: window.step], dim)
    return x
