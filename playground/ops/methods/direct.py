"""OpenCV's filter2D plane by plane: the fastest direct sum on pictures with few channels.

It correlates at stride 1; a larger stride keeps what it asks for.  From 11 x 11 taps on OpenCV
itself goes through a Fourier transform.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np

from playground.ops.geometry import Window
from playground.ops.lazy import torch
from playground.ops.methods.reading import continued

if TYPE_CHECKING:
    from torch import Tensor


def correlate(
    x: Tensor, kernel: Tensor, windows: tuple[Window, ...], padding_mode: str, fill: float, groups: int
) -> Tensor:
    """Correlate by ``cv2.filter2D``; one kernel for every channel.  See ``methods``.

    Shape: as in ``methods``.

    >>> import torch
    >>> x, taps = torch.tensor([[[1., 2., 4., 8.]]]), torch.tensor([1., -1.])
    >>> correlate(x, taps, (Window(start=0, step=2, dilation=1, taps=2, count=2),), "constant", 0.0, 1)
    tensor([[[-1., -4.]]])
    """
    x, windows = continued(x, windows, padding_mode, fill)
    counts = tuple(window.count for window in windows)
    y = x.new_empty((*x.shape[:2], *counts))
    taps = spread(kernel.to(x.dtype).numpy(), windows)
    if len(windows) == 1:
        taps = taps[None]
    keep = tuple(slice(0, (w.count - 1) * w.step + 1, w.step) for w in windows)
    for index in np.ndindex(*x.shape[:2]):
        plane = np.ascontiguousarray(x[index].numpy())
        plane = plane[None] if len(windows) == 1 else plane
        filtered = cv2.filter2D(plane, -1, taps, anchor=(0, 0), borderType=cv2.BORDER_CONSTANT)
        filtered = filtered[0] if len(windows) == 1 else filtered
        y[index] = torch.from_numpy(filtered[keep])
    return y


def spread(kernel: np.ndarray, windows: tuple[Window, ...]) -> np.ndarray:
    """Put ``dilation - 1`` zeros between the taps.

    >>> spread(np.array([1., 2.]), (Window(0, 1, 3, 2, 5),))
    array([1., 0., 0., 2.])
    """
    if all(window.dilation == 1 for window in windows):
        return np.ascontiguousarray(kernel)
    shape = [w.dilation * (n - 1) + 1 for w, n in zip(windows, kernel.shape, strict=True)]
    out = np.zeros(shape, kernel.dtype)
    out[tuple(slice(None, None, window.dilation) for window in windows)] = kernel
    return out
