"""What becomes of each pixel or sample on its own?  No neighbours are asked."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

from playground.errors import N_, GeometryError
from playground.ops import tensors
from playground.ops.conv import conv2d
from playground.ops.lazy import torch
from playground.ops.methods import memory
from playground.ops.parameters import Integer, Real
from playground.ops.registry import op

if TYPE_CHECKING:
    from torch import Tensor

MAX_VALUE = 1000
"""What links, pages, files and the command line may add or clip to; a direct call may ask for more."""
FLAT = 64
"""Rounding errors of the largest value: what differs by no more than these is one value."""
REC_601 = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in luma: ITU-R BT.601."""


@op(media=("image",), shape=lambda shape: (1, *shape[1:]))
def grey(x: Tensor) -> Tensor:
    """Brightness of a colour picture: 0.299 R + 0.587 G + 0.114 B; a grey one stays as it is.

    Shape: ``(..., 3, H, W) -> (..., 1, H, W)``; ``(..., 1, H, W)`` is returned unchanged.

    Source: ITU-R Recommendation BT.601.

    >>> import torch
    >>> grey(torch.tensor([1., 0., 0.]).reshape(3, 1, 1)).item()
    0.29899999499320984
    """
    tensors.check(x, "x", at_least=3)
    if x.shape[-3] == 1:
        return x
    if x.shape[-3] != 3:
        raise GeometryError(N_("grey needs 1 or 3 channels; this has {given}"), given=x.shape[-3])
    red, green, blue = x.unbind(-3)
    if x.device.type != "cpu" or torch.is_grad_enabled() and x.requires_grad:
        return (REC_601[0] * red).add(green, alpha=REC_601[1]).add(blue, alpha=REC_601[2]).unsqueeze(-3)
    y = memory.tensor(tuple(red.shape), x.dtype)
    return torch.mul(red, REC_601[0], out=y).add_(green, alpha=REC_601[1]).add_(blue, alpha=REC_601[2]).unsqueeze(-3)


@op(media=("image", "spectrogram"), shape=lambda shape, *, index=0: (1, *shape[1:]))
def channel(x: Tensor, *, index: Annotated[int, Integer(0, 31)] = 0) -> Tensor:
    """One channel alone: of a picture 0 is red, 1 green, 2 blue.

    Shape: ``(..., C, H, W) -> (..., 1, H, W)`` with ``0 <= index < C``.

    >>> import torch
    >>> channel(torch.arange(3.).reshape(3, 1, 1), index=2)
    tensor([[[2.]]])
    """
    tensors.check(x, "x", at_least=3)
    if not 0 <= index < x.shape[-3]:
        raise GeometryError(
            N_("channel {index} does not exist; this has {count}, counted from 0"),
            index=index,
            count=x.shape[-3],
        )
    return x.narrow(-3, index, 1)


@op()
def gain(x: Tensor, *, factor: Annotated[float, Real(-1000, 1000)] = 1.0) -> Tensor:
    """Every value times ``factor``; nothing is clipped.

    Shape: ``(...) -> (...)``.

    >>> import torch
    >>> gain(torch.tensor([0.25]), factor=4)
    tensor([1.])
    """
    tensors.check(x, "x")
    return x * factor


@op(media=("audio",), shape=lambda shape: (1, *shape[1:]))
def mono(x: Tensor) -> Tensor:
    """The mean of all channels of a sound.

    Shape: ``(..., C, T) -> (..., 1, T)``.

    >>> import torch
    >>> mono(torch.tensor([[0.5, 0.0], [0.0, 0.5]]))
    tensor([[0.2500, 0.2500]])
    """
    tensors.check(x, "x", at_least=2)
    return x.mean(dim=-2, keepdim=True)


@op()
def offset(x: Tensor, *, amount: Annotated[float, Real(-MAX_VALUE, MAX_VALUE)] = 0.0) -> Tensor:
    """Every value plus ``amount``; nothing is clipped.

    Shape: ``(...) -> (...)``.

    Errors: TypeError for other dtypes than float32 and float64.

    >>> import torch
    >>> offset(torch.tensor([0.25, 1.]), amount=0.5)
    tensor([0.7500, 1.5000])
    """
    tensors.check(x, "x")
    return x + amount


@op()
def absolute(x: Tensor) -> Tensor:
    """Every value without its sign.

    Shape: ``(...) -> (...)``.

    Errors: TypeError for other dtypes than float32 and float64.

    >>> import torch
    >>> absolute(torch.tensor([-2., 0.5]))
    tensor([2.0000, 0.5000])
    """
    tensors.check(x, "x")
    return x.abs()


@op()
def square(x: Tensor) -> Tensor:
    """Every value times itself.

    Shape: ``(...) -> (...)``.

    Errors: TypeError for other dtypes than float32 and float64.

    >>> import torch
    >>> square(torch.tensor([-3., 0.5]))
    tensor([9.0000, 0.2500])
    """
    tensors.check(x, "x")
    return x * x


@op()
def relu(x: Tensor) -> Tensor:
    """Every value above 0 as it is, and 0 for the others.

    Shape: ``(...) -> (...)``.  The slope at 0 is 0, as in torch.

    Errors: TypeError for other dtypes than float32 and float64.

    Source: Nair & Hinton (2010), Rectified linear units improve restricted Boltzmann machines.

    >>> import torch
    >>> relu(torch.tensor([-2., 0.5]))
    tensor([0.0000, 0.5000])
    """
    tensors.check(x, "x")
    return torch.relu(x)


@op()
def clip(
    x: Tensor,
    *,
    low: Annotated[float, Real(-MAX_VALUE, MAX_VALUE)] = 0.0,
    high: Annotated[float, Real(-MAX_VALUE, MAX_VALUE)] = 1.0,
) -> Tensor:
    """Every value from ``low`` to ``high`` as it is, and the nearer of both for the others.

    Shape: ``(...) -> (...)``.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError where ``low`` is above ``high``.

    >>> import torch
    >>> clip(torch.tensor([-2., 0.5, 3.]))
    tensor([0.0000, 0.5000, 1.0000])
    """
    tensors.check(x, "x")
    if not low <= high:
        raise GeometryError(
            N_("low={low} is above high={high}, and nothing lies between; exchange the two"),
            low=f"{low:g}", high=f"{high:g}",
        )  # fmt: skip
    return x.clamp(min=low, max=high)


@op(price=lambda shape, output, **_: (8 * math.prod(output), 4 * math.prod(output)))
def normalise(x: Tensor, *, to: Literal["range", "standard"] = "range") -> Tensor:
    """Values moved and scaled: to 0 at the smallest and 1 at the largest, or to mean 0 and deviation 1.

    Shape: ``(...) -> (...)``, over all values together, so that channels keep their relation.  "standard" divides
    by the standard deviation (of all n values, not n - 1).  Values that are all one value, but for rounding,
    become 0.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError for another ``to``.

    >>> import torch
    >>> normalise(torch.tensor([2., 3., 6.])), normalise(torch.tensor([2., 6.]), to="standard")
    (tensor([0.0000, 0.2500, 1.0000]), tensor([-1.,  1.]))
    """
    tensors.check(x, "x")
    if to not in ("range", "standard"):
        raise GeometryError(N_("to={given!r} is not known; choose one of: {choices}"),
                            given=to, choices="range, standard")  # fmt: skip
    if x.numel() == 0:
        return x
    low, high = x.amin(), x.amax()
    rounding = FLAT * torch.finfo(x.dtype).eps * max(abs(low.item()), abs(high.item()))
    if high.item() - low.item() <= rounding:
        return torch.zeros_like(x)
    if to == "range":
        return (x - low) / (high - low)
    variance, mean = torch.var_mean(x, correction=0)
    return (x - mean) / variance.sqrt()


def _mixed_shape(shape: tuple[int, ...], *, kernel: Tensor) -> tuple[int, ...]:
    return (_check_matrix(shape[-3], kernel), *shape[-2:])


def _check_matrix(channels: int, kernel: Tensor) -> int:
    """How many channels the matrix makes of ``channels``."""
    if kernel.ndim != 2:
        raise GeometryError(
            N_("the colour matrix has {given} axes; give a row for each channel that comes out, and in it a number"
               " for each that goes in"),
            given=kernel.ndim,
        )  # fmt: skip
    rows, columns = kernel.shape
    if columns != channels or rows == 0:
        raise GeometryError(
            N_("the colour matrix is {rows} x {columns} and the picture has {channels} channels; give rows of"
               " {channels} numbers"),
            rows=rows, columns=columns, channels=channels,
        )  # fmt: skip
    return rows


@op(
    media=("image",),
    shape=_mixed_shape,
    price=lambda shape, output, *, kernel: (8 * math.prod(output), math.prod(output) * kernel.shape[1]),
)
def colour_matrix(x: Tensor, kernel: Tensor) -> Tensor:
    """Each pixel's channels mixed: a row of ``kernel`` says how much of each makes a new channel.

    Shape: ``x (..., C, H, W)``, ``kernel (C_out, C)`` ``-> (..., C_out, H, W)``: a 1 x 1 convolution.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError for a matrix that does not fit.

    Source: Lin, Chen & Yan (2013), Network in network (the 1 x 1 convolution).

    >>> import torch
    >>> red_and_blue = torch.tensor([[0., 0., 1.], [0., 1., 0.], [1., 0., 0.]])     # exchanged
    >>> colour_matrix(torch.tensor([0.1, 0.2, 0.3]).reshape(3, 1, 1), red_and_blue).flatten()
    tensor([0.3000, 0.2000, 0.1000])
    """
    tensors.check(x, "x", at_least=3)
    tensors.check(kernel, "kernel")
    _check_matrix(x.shape[-3], kernel)
    return conv2d(x, kernel[:, :, None, None])
