"""What does every input sample stamp onto the output?  Transposed convolution, as torch defines it.

Each sample adds ``sample * kernel`` to the output, ``stride`` apart.  That is the correlation at
stride ``1/s`` with the flipped kernel, and it is computed so; with ``output_padding`` for the
remainder that the stride drops it is the exact adjoint of ``conv`` with zero padding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from playground.errors import N_, GeometryError
from playground.ops import geometry, tensors
from playground.ops.conv import add_bias
from playground.ops.lazy import plan

if TYPE_CHECKING:
    from torch import Tensor


def conv_transpose1d(
    x: Tensor,
    kernel: Tensor,
    *,
    bias: Tensor | None = None,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
    groups: int = 1,
    method: str = "auto",
) -> Tensor:
    """Stamp ``kernel`` onto the output once for every sample of ``x``.

    Shape: ``x (..., C, T)``, or ``(T,)``; ``kernel (k,)`` for every channel alone or
    ``(C, C_out / groups, k)`` as torch; ``-> (..., C_out, T_out)`` with
    ``T_out = (T - 1) stride - 2 padding + dilation (k - 1) + output_padding + 1``.

    ``padding`` samples are *cut* from both ends; ``output_padding`` adds at the far end, and must be
    smaller than the stride or the dilation.  ``bias``: ``(C_out,)``, None adds nothing.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError for sizes that do not fit.

    Source: Dumoulin & Visin (2016), chapter 4, arXiv:1603.07285.

    >>> import torch
    >>> conv_transpose1d(torch.tensor([1., 2.]), torch.tensor([1., 2., 1.]), stride=2, padding=1)
    tensor([2., 3., 4.])
    """
    return _stamp(x, kernel, 1, bias, stride, padding, output_padding, dilation, groups, method)


def conv_transpose2d(
    x: Tensor,
    kernel: Tensor,
    *,
    bias: Tensor | None = None,
    stride: int | tuple[int, int] = 1,
    padding: int | tuple[int, int] = 0,
    output_padding: int | tuple[int, int] = 0,
    dilation: int | tuple[int, int] = 1,
    groups: int = 1,
    method: str = "auto",
) -> Tensor:
    """Stamp ``kernel`` onto the output once for every pixel of ``x``.

    Shape: ``x (..., C, H, W)``, or ``(H, W)``; ``kernel (kh, kw)`` for every channel alone or
    ``(C, C_out / groups, kh, kw)`` as torch; ``-> (..., C_out, H_out, W_out)``, each size as in
    ``conv_transpose1d``.  Options are one value, or (vertical, horizontal).

    Errors: TypeError for other dtypes than float32 and float64, GeometryError for sizes that do not fit.

    Source: Dumoulin & Visin (2016), chapter 4, arXiv:1603.07285.

    >>> import torch
    >>> x, kernel = torch.tensor([[1., 0.], [2., 3.]]), torch.tensor([[2., 3.], [4., 5.]])
    >>> conv_transpose2d(x, kernel, stride=2)
    tensor([[ 2.,  3.,  0.,  0.],
            [ 4.,  5.,  0.,  0.],
            [ 4.,  6.,  6.,  9.],
            [ 8., 10., 12., 15.]])
    """
    return _stamp(x, kernel, 2, bias, stride, padding, output_padding, dilation, groups, method)


def _stamp(x, kernel, dimensions, bias, stride, padding, output_padding, dilation, groups, method) -> Tensor:
    tensors.check(x, "x", at_least=dimensions)
    tensors.check(kernel, "kernel")
    if kernel.ndim not in (dimensions, dimensions + 2):
        raise GeometryError(
            N_("the kernel has {given} axes; expected {plain} (every channel alone) or {mixing} (mixing channels)"),
            given=kernel.ndim, plain=dimensions, mixing=dimensions + 2,
        )  # fmt: skip
    bare = x.ndim == dimensions
    if bare and kernel.ndim != dimensions:
        raise GeometryError(N_("x has no channel axis, but the kernel mixes channels; use x[None]"))
    options = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    per_axis = {
        name: [geometry.whole(part, name) for part in geometry.per_axis(value, dimensions, name)]
        for name, value in options.items()
    }
    size = tuple(x.shape[x.ndim - dimensions :])
    axes = tuple(
        geometry.settle_transposed(
            size[i], kernel.shape[i - dimensions], **{name: values[i] for name, values in per_axis.items()}
        )
        for i in range(dimensions)
    )
    channels = 1 if bare else x.shape[-dimensions - 1]
    kernel = kernel.flip(tuple(range(-dimensions, 0)))
    kernel, channels_out = _as_correlation(kernel, channels, dimensions, geometry.whole(groups, "groups"))
    y = plan.run(x, kernel, axes, padding_mode="constant", fill=0.0, groups=groups, method=method)
    return add_bias(y, bias, channels_out, dimensions)


def _as_correlation(kernel: Tensor, channels: int, dimensions: int, groups: int) -> tuple[Tensor, int]:
    """``(C, C_out / groups, ...)`` as the correlation's ``(C_out, C / groups, ...)``, group by group."""
    if kernel.ndim == dimensions:
        if groups not in (1, channels):
            raise GeometryError(
                N_("groups={groups} has no meaning for a kernel that takes every channel alone; leave it at 1"),
                groups=groups,
            )  # fmt: skip
        return kernel, channels
    given, per_group = kernel.shape[:2]
    if groups < 1 or given != channels or channels % groups or not per_group:
        raise GeometryError(
            N_("kernel for {given} input channels does not fit {channels} input channels in {groups} groups"),
            given=given, channels=channels, groups=groups,
        )  # fmt: skip
    kernel = kernel.reshape(groups, channels // groups, per_group, *kernel.shape[2:]).transpose(1, 2)
    return kernel.reshape(groups * per_group, channels // groups, *kernel.shape[3:]), groups * per_group
