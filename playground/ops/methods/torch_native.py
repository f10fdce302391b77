"""torch's own convolution: any case, any device, with gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.ops.geometry import Window
from playground.ops.lazy import torch
from playground.ops.methods.reading import continued

if TYPE_CHECKING:
    from torch import Tensor

LONG_SUM = 128
"""Products in one sum from which float32 is summed in float64: beyond, rounding nears 2e-6."""


def correlate(
    x: Tensor,
    kernel: Tensor,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    groups: int,
) -> Tensor:
    """Correlate by ``torch.nn.functional.conv1d`` or ``conv2d``.

    Shape: ``x (N, C, *size)``; ``kernel (*taps)`` for every channel alone or ``(C_out, C / groups, *taps)``;
    one window per axis, as in ``methods``; ``-> (N, C_out, *counts)``.

    >>> import torch
    >>> x, taps = torch.tensor([[[1., 2., 4., 8.]]]), torch.tensor([1., -1.])
    >>> correlate(x, taps, (Window(start=0, step=2, dilation=1, taps=2, count=2),), "constant", 0.0, 1)
    tensor([[[-1., -4.]]])
    """
    dimensions = len(windows)
    x, windows = continued(x, windows, padding_mode, fill)
    if kernel.ndim == dimensions:
        groups = x.shape[1]
        kernel = kernel.expand(groups, 1, *kernel.shape)
    dtype = x.dtype
    if dtype == torch.float32 and kernel[0].numel() > LONG_SUM:
        x = x.double()
    conv = torch.nn.functional.conv1d if dimensions == 1 else torch.nn.functional.conv2d
    y = conv(
        x,
        kernel.to(x.dtype),
        stride=tuple(window.step for window in windows),
        dilation=tuple(window.dilation for window in windows),
        groups=groups,
    )
    return y.to(dtype)
