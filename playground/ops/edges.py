"""How strong is the edge at each place, whatever its direction?  The length of the gradient."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from playground.errors import N_, GeometryError
from playground.ops import edge_kernels, tensors
from playground.ops.conv import conv2d
from playground.ops.lazy import torch
from playground.ops.padding import PaddingMode
from playground.ops.registry import op

if TYPE_CHECKING:
    from torch import Tensor

Operator = Literal["sobel", "prewitt", "scharr", "difference"]
GRADIENTS: dict[str, tuple[Callable[[], Tensor], Callable[[], Tensor]]] = {
    "sobel": (edge_kernels.sobel_x, edge_kernels.sobel_y),
    "prewitt": (edge_kernels.prewitt_x, edge_kernels.prewitt_y),
    "scharr": (edge_kernels.scharr_x, edge_kernels.scharr_y),
    "difference": (edge_kernels.difference_x, edge_kernels.difference_y),
}
"""The derivatives along x and along y of each operator."""
TAPS = 18
"""Multiply-adds of two kernels of 3 x 3."""


def _price(shape: tuple[int, ...], output: tuple[int, ...], **_: object) -> tuple[int, int]:
    """The continued input, both derivatives, one of them with its flat places filled, and their length."""
    samples = math.prod(output)
    return 4 * 6 * samples, TAPS * samples


@op(media=("image", "spectrogram"), price=_price)
def edge_magnitude(x: Tensor, *, operator: Operator = "sobel", padding_mode: PaddingMode = "reflect") -> Tensor:
    """The square root of ``gx^2 + gy^2``, the derivatives along x and y by ``operator``'s two kernels.

    Shape: ``(..., H, W) -> (..., H, W)``, each channel alone.  Never negative; the kernels are not scaled, so
    that a slope of 1 per pixel gives 8 by Sobel, 6 by Prewitt, 32 by Scharr and 1 by differences.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError for an unknown operator.

    Source: Sobel & Feldman (1968), A 3x3 isotropic gradient operator for image processing.

    >>> import torch
    >>> steps = torch.tensor([[0., 0., 3.], [0., 0., 3.], [0., 0., 7.]])
    >>> edge_magnitude(steps, operator="difference", padding_mode="replicate")
    tensor([[0., 3., 0.],
            [0., 3., 4.],
            [0., 7., 0.]])
    """
    tensors.check(x, "x", at_least=2)
    gx, gy = (
        conv2d(x, kernel(), padding="same", padding_mode=padding_mode) for kernel in _derivatives(operator)
    )
    flat = (gx == 0) & (gy == 0)  # there a length has no slope; 0 is the one among all that could be said
    return torch.hypot(gx.masked_fill(flat, 1), gy).masked_fill(flat, 0)


def weight(operator: str) -> float:
    """What absolute taps add up to: no result is larger than this times the largest input.

    >>> weight("sobel") == 8 * 2**0.5
    True
    """
    return math.hypot(*(float(kernel().abs().sum()) for kernel in _derivatives(operator)))


def _derivatives(operator: str) -> tuple[Callable[[], Tensor], Callable[[], Tensor]]:
    if operator not in GRADIENTS:
        raise GeometryError(N_("operator={given!r} is not known; choose one of: {choices}"),
                            given=operator, choices=", ".join(sorted(GRADIENTS)))  # fmt: skip
    return GRADIENTS[operator]
