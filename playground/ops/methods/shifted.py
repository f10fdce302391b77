"""A few non-zero taps: the sum of as many shifted copies.

It computes only the outputs that are asked for, whatever the stride and dilation, and when the
kernel spans far more than the input it reads by index instead of continuing the input that far.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from playground.ops.geometry import Window
from playground.ops.lazy import torch
from playground.ops.methods.reading import check_finite, continued, read_size
from playground.ops.padding import source_index

if TYPE_CHECKING:
    from torch import Tensor

FAR = 4
"""How many times the input a continued copy may have before samples are read by index instead."""
LARGE = 1_000_000
"""Samples that a continued copy may have in any case."""
LONG_SUM = 32
"""Terms from which the sum is kept in float64: rounding errors may all point one way."""


def correlate(
    x: Tensor,
    kernel: Tensor,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    groups: int,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Add shifted copies of ``x``, one per non-zero tap.  See ``methods``.

    Shape: as in ``methods``.

    >>> import torch
    >>> x, taps = torch.tensor([[[1., 2., 4., 8.]]]), torch.tensor([1., -1.])
    >>> correlate(x, taps, (Window(start=0, step=2, dilation=1, taps=2, count=2),), "constant", 0.0, 1)
    tensor([[[-1., -4.]]])
    """
    kernel = kernel.to(x.dtype)
    taps = kernel.nonzero().tolist()
    if len(taps) < kernel.numel():
        check_finite(x.numpy())
    exact = torch.float64 if len(taps) > LONG_SUM else x.dtype
    y = torch.zeros((*x.shape[:2], *(window.count for window in windows)), dtype=exact)
    near = read_size(windows) <= max(LARGE, FAR * (math.prod(x.shape[2:]) + math.prod(y.shape[2:])))
    if near:
        x, windows = continued(x, windows, padding_mode, fill)
    for tap in taps:
        part = _sliced(x, windows, tap) if near else _gathered(x, windows, tap, padding_mode, fill)
        y.add_(part, alpha=float(kernel[tuple(tap)]))
    return y.to(x.dtype) if out is None else out.copy_(y)


def _sliced(x: Tensor, windows: tuple[Window, ...], tap: list[int]) -> Tensor:
    cut = tuple(
        slice(i * w.dilation, i * w.dilation + (w.count - 1) * w.step + 1, w.step)
        for w, i in zip(windows, tap, strict=True)
    )
    return x[(slice(None), slice(None), *cut)]


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
            x = x.index_select(dim, every[:: window.step])
    return x
