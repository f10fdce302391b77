"""A kernel that is a column times a row: two passes of ``k`` taps instead of one of ``k * k``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.ops.geometry import Window
from playground.ops.lazy import torch
from playground.ops.methods import direct

if TYPE_CHECKING:
    from torch import Tensor

RANK_ONE = 1e-13
"""Second singular value, relative to the first, below which a kernel counts as separable."""


def correlate(
    x: Tensor, kernel: Tensor, windows: tuple[Window, ...], padding_mode: str, fill: float, groups: int
) -> Tensor:
    """Correlate along columns, then along rows.  See ``methods``.

    Shape: as in ``methods``, with two axes.

    A constant border other than 0 does not pass through the first sum as it is, so the second pass
    continues by what the first made of it: the fill times the column's sum.

    >>> import torch
    >>> x, taps = torch.tensor([[[[1., 2.], [4., 8.]]]]), torch.tensor([[1., 2.], [1., 2.]])
    >>> correlate(x, taps, (Window(0, 1, 1, 2, 1), Window(0, 1, 1, 2, 1)), "constant", 0.0, 1).round()
    tensor([[[[25.]]]])
    """
    found = factors(kernel)
    if found is None:  # one phase of a stride 1/s may be left with a single row
        return direct.correlate(x, kernel, windows, padding_mode, fill, groups)
    column, row = found
    vertical, horizontal = windows
    beside = Window(0, 1, 1, 1, x.shape[-1])
    y = direct.correlate(x, column[:, None], (vertical, beside), padding_mode, fill, groups)
    beside = Window(0, 1, 1, 1, vertical.count)
    fill = fill * float(column.sum())
    return direct.correlate(y, row[None, :], (beside, horizontal), padding_mode, fill, groups)


def factors(kernel: Tensor) -> tuple[Tensor, Tensor] | None:
    """Column and row whose product is ``kernel``, or None where there are none.

    Shape: ``(kh, kw) -> (kh,), (kw,)``.

    >>> import torch
    >>> factors(torch.tensor([[1., 2., 1.], [2., 4., 2.]], dtype=torch.float64))[1].shape
    torch.Size([3])
    >>> factors(torch.eye(3, dtype=torch.float64)) is None
    True
    """
    if kernel.ndim != 2 or min(kernel.shape) == 1 or not kernel.isfinite().all():
        return None
    u, s, vh = torch.linalg.svd(kernel.double(), full_matrices=False)
    if not s[0] > 0 or s[1] > RANK_ONE * s[0]:
        return None
    root = s[0].sqrt()
    return u[:, 0] * root, vh[0] * root
