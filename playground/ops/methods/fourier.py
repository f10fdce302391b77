"""Many taps: overlap-add through the fast Fourier transform (SciPy's), block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import scipy.signal

from playground.ops.geometry import Window
from playground.ops.lazy import torch
from playground.ops.methods.direct import spread
from playground.ops.methods.reading import continued

if TYPE_CHECKING:
    from torch import Tensor


def correlate(
    x: Tensor, kernel: Tensor, windows: tuple[Window, ...], padding_mode: str, fill: float, groups: int
) -> Tensor:
    """Correlate by ``scipy.signal.oaconvolve`` with the kernel reversed.  See ``methods``.

    Shape: as in ``methods``.

    >>> import torch
    >>> x, taps = torch.tensor([[[1., 2., 4., 8.]]]), torch.tensor([1., -1.])
    >>> correlate(x, taps, (Window(start=0, step=2, dilation=1, taps=2, count=2),), "constant", 0.0, 1)
    tensor([[[-1., -4.]]])
    """
    x, windows = continued(x, windows, padding_mode, fill)
    axes = tuple(range(2, 2 + len(windows)))
    taps = np.flip(spread(kernel.to(x.dtype).numpy(), windows))
    y = scipy.signal.oaconvolve(x.numpy(), taps[None, None], mode="valid", axes=axes)
    keep = tuple(slice(0, (w.count - 1) * w.step + 1, w.step) for w in windows)
    return torch.from_numpy(np.ascontiguousarray(y[(slice(None), slice(None), *keep)]))
