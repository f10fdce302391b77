"""How a method gets the samples that it reads: the input continued just as far as needed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from playground.ops.geometry import Window
from playground.ops.padding import extend

if TYPE_CHECKING:
    from torch import Tensor


def continued(
    x: Tensor, windows: tuple[Window, ...], padding_mode: str, fill: float
) -> tuple[Tensor, tuple[Window, ...]]:
    """Continue (or crop) the last axes of ``x`` to what ``windows`` read, each from 0 to ``last``.

    Shape: ``(..., *size) -> (..., *read)``; the windows returned begin at 0.

    >>> import torch
    >>> x, window = torch.tensor([1., 2., 3.]), Window(start=-1, step=1, dilation=1, taps=3, count=3)
    >>> continued(x, (window,), "replicate", 0.0)
    (tensor([1., 1., 2., 3., 3.]), (Window(start=0, step=1, dilation=1, taps=3, count=3),))
    """
    moved = []
    for window, dim in zip(windows, range(-len(windows), 0), strict=True):
        before, after = max(0, -window.start), max(0, window.last - x.shape[dim] + 1)
        x = extend(x, before, after, dim=dim, padding_mode=padding_mode, fill=fill)
        x = x.narrow(dim, max(window.start, 0), window.last - window.start + 1)
        moved.append(replace(window, start=0))
    return x, tuple(moved)


def read_size(windows: tuple[Window, ...]) -> int:
    """Number of samples of one channel that ``windows`` read, from first to last.

    >>> read_size((Window(start=-1, step=2, dilation=1, taps=3, count=3),))
    7
    """
    size = 1
    for window in windows:
        size *= window.last - window.start + 1
    return size
