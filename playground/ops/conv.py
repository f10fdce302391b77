"""What does a window of neighbours add up to?  Correlation and convolution, in one and two dimensions.

``conv1d`` and ``conv2d`` correlate, as PyTorch's layers do: the kernel is laid on the signal as it
is written.  ``flip_kernel=True`` reverses it first, which is what signal processing calls
convolution.  A stride of ``Fraction(1, s)`` puts ``s - 1`` zeros between the samples and then
correlates: transposed convolution, seen from the side of its output.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from playground.errors import N_, GeometryError
from playground.ops import geometry, tensors
from playground.ops.lazy import plan
from playground.ops.padding import PaddingMode, check_mode
from playground.ops.parameters import Integer, Padding, Pair, Real, Stride
from playground.ops.registry import op

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from playground.ops.methods.plan import Plan

MAX_STRIDE = 16
MAX_PADDING = 4096
MAX_DILATION = 256
MAX_FILL = 1000
"""What links, pages, files and the command line may ask for; a direct call may ask for more."""


@op(media=("audio",))
def conv1d(
    x: Tensor,
    kernel: Tensor,
    *,
    bias: Tensor | None = None,
    padding: Annotated[int | tuple | str, Padding(MAX_PADDING)] = 0,
    padding_mode: PaddingMode = "constant",
    fill: Annotated[float, Real(-MAX_FILL, MAX_FILL)] = 0.0,
    stride: Annotated[int | Fraction, Stride(MAX_STRIDE)] = 1,
    dilation: Annotated[int, Integer(1, MAX_DILATION)] = 1,
    groups: Annotated[int, Integer(1, 64)] = 1,
    flip_kernel: bool = False,
    method: str = "auto",
) -> Tensor:
    """Correlate the last axis of ``x`` with ``kernel``.

    Shape: ``x (..., C, T)``, or ``(T,)`` for a ``(k,)`` kernel; ``kernel (k,)`` is applied to every
    channel alone, ``(C_out, C / groups, k)`` mixes channels as in torch; ``-> (..., C_out, T_out)``
    with ``T_out = floor((T + before + after - dilation (k - 1) - 1) / stride) + 1``.

    ``padding``: samples on both sides, (before, after), "valid" (none), "same" (``ceil(T / stride)``
    results) or "full" (every position that touches the signal).  ``fill`` is the value of the mode
    "constant".  ``stride``: an int or a ``Fraction``.  ``bias``: ``(C_out,)``, None adds nothing.
    ``method``: "auto" picks one of ``ops.methods.METHODS``.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError where no window fits.

    Source: Dumoulin & Visin (2016), A guide to convolution arithmetic, arXiv:1603.07285.

    >>> import torch
    >>> conv1d(torch.tensor([0., 2., 4., 10.]), torch.tensor([0.5, 1, 0.5]), padding=1, stride=Fraction(1, 2))
    tensor([ 0.,  1.,  2.,  3.,  4.,  7., 10.])
    """
    return _correlate(
        x, kernel, 1, bias, padding, padding_mode, fill, stride, dilation, groups, flip_kernel, method
    )  # fmt: skip


@op(media=("image", "spectrogram"))
def conv2d(
    x: Tensor,
    kernel: Tensor,
    *,
    bias: Tensor | None = None,
    padding: Annotated[int | tuple | str, Padding(MAX_PADDING)] = 0,
    padding_mode: PaddingMode = "constant",
    fill: Annotated[float, Real(-MAX_FILL, MAX_FILL)] = 0.0,
    stride: Annotated[int | Fraction | tuple, Pair(Stride(MAX_STRIDE))] = 1,
    dilation: Annotated[int | tuple, Pair(Integer(1, MAX_DILATION))] = 1,
    groups: Annotated[int, Integer(1, 64)] = 1,
    flip_kernel: bool = False,
    method: str = "auto",
) -> Tensor:
    """Correlate the last two axes of ``x`` with ``kernel``.

    Shape: ``x (..., C, H, W)``, or ``(H, W)`` for a ``(kh, kw)`` kernel; ``kernel (kh, kw)`` is
    applied to every channel alone, ``(C_out, C / groups, kh, kw)`` mixes channels as in torch;
    ``-> (..., C_out, H_out, W_out)``, each size as in ``conv1d``.

    ``padding``: pixels on all sides, (vertical, horizontal), (top, bottom, left, right), "valid",
    "same" or "full".  ``stride`` and ``dilation``: one value, or (vertical, horizontal).  The rest as
    in ``conv1d``.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError where no window fits.

    Source: Dumoulin & Visin (2016), A guide to convolution arithmetic, arXiv:1603.07285.

    >>> import torch
    >>> x, kernel = torch.arange(9.).reshape(3, 3), torch.tensor([[0., 1.], [2., 3.]])
    >>> conv2d(x, kernel)
    tensor([[19., 25.],
            [37., 43.]])
    """
    return _correlate(
        x, kernel, 2, bias, padding, padding_mode, fill, stride, dilation, groups, flip_kernel, method
    )  # fmt: skip


def settle(
    size: tuple[int, ...],
    kernel_size: tuple[int, ...],
    *,
    padding: object = 0,
    stride: object = 1,
    dilation: object = 1,
) -> tuple[geometry.Axis, ...]:
    """Work out every axis of a correlation, without any tensor.

    >>> [axis.output for axis in settle((300, 451), (3, 3), padding="same", stride=2)]
    [150, 226]
    """
    return _looked_up(_settled, size, kernel_size, settings=(padding, stride, dilation))


def _looked_up(kept: Callable, *about: object, settings: tuple) -> Any:
    """What ``kept`` says ``about`` these shapes at these ``settings``, of which each may be a tuple or a list."""
    pairs = ()
    for value in settings:
        if isinstance(value, (tuple, list)):
            settings = tuple(tuple(value) if isinstance(value, list) else value for value in settings)
            pairs = tuple(_types(value) for value in settings if isinstance(value, tuple))
            break
    try:
        return kept(*about, *settings, pairs)
    except TypeError:  # what cannot be hashed is refused by name
        return kept.__wrapped__(*about, *settings, ())


def _types(values: tuple) -> tuple:
    """What tells ``1`` from ``1.0`` and ``True``, which are equal and not all allowed."""
    return tuple(_types(v) if isinstance(v, (tuple, list)) else type(v) for v in values)


@lru_cache(512, typed=True)
def _settled(
    size: tuple[int, ...], kernel_size: tuple[int, ...], padding: object, stride: object, dilation: object, _: tuple
) -> tuple[geometry.Axis, ...]:
    dimensions = len(size)
    dilations = [
        geometry.whole(part, "dilation") for part in geometry.per_axis(dilation, dimensions, "dilation")
    ]
    return tuple(
        geometry.settle(n, k, stride=s, padding=p, dilation=d)
        for n, k, s, p, d in zip(
            size,
            kernel_size,
            geometry.strides(stride, dimensions),
            geometry.sides(padding, dimensions),
            dilations,
            strict=True,
        )
    )


def forecast(
    shape: tuple[int, ...],
    kernel: Tensor,
    *,
    dimensions: int,
    padding: object = 0,
    stride: object = 1,
    dilation: object = 1,
    item_bytes: int = 4,
    **_: object,
) -> tuple[tuple[geometry.Axis, ...], Plan]:
    """The sizes and the price of a correlation before it is computed.

    Shape: ``shape`` is ``(C, *size)``; ``kernel`` as in ``conv1d`` (``dimensions`` 1) or ``conv2d`` (2).

    >>> import torch
    >>> axes, plan = forecast((3, 300, 451), torch.ones(3, 3), dimensions=2, padding="same", stride=2)
    >>> [axis.output for axis in axes], plan.direct_multiply_adds == 3 * 150 * 226 * 9
    ([150, 226], True)
    """
    axes = settle(
        shape[-dimensions:], tuple(kernel.shape[-dimensions:]), padding=padding, stride=stride, dilation=dilation
    )
    return axes, plan.choose((1, *shape), kernel, axes, item_bytes=item_bytes)


def _correlate(
    x, kernel, dimensions, bias, padding, padding_mode, fill, stride, dilation, groups, flip_kernel, method
) -> Tensor:
    tensors.check_type(x, "x")
    tensors.check_type(kernel, "kernel")
    axes, channels_out = _looked_up(
        _fitted, x.shape, x.dtype, kernel.shape, kernel.dtype, dimensions, padding_mode, groups,
        settings=(padding, stride, dilation),
    )  # fmt: skip
    if type(fill) is not float or fill != 0.0:
        fill = tensors.scalar(fill, x.dtype, "fill")
    if flip_kernel:
        kernel = kernel.flip(tuple(range(-dimensions, 0)))
    y = plan.run(x, kernel, axes, padding_mode=padding_mode, fill=fill, groups=groups, method=method)
    return add_bias(y, bias, channels_out, dimensions)


@lru_cache(512, typed=True)
def _fitted(
    shape: tuple[int, ...], dtype: torch.dtype, kernel_shape: tuple[int, ...], kernel_dtype: torch.dtype, dimensions: int,
    padding_mode: str, groups: int, padding: object, stride: object, dilation: object, _: tuple,
) -> tuple[tuple[geometry.Axis, ...], int]:  # fmt: skip
    """All that follows from shapes and settings: the axes and the number of output channels.

    One question instead of ten, whose answers a busy machine would have to fetch from far memory.
    """
    tensors.check_dtype(dtype, len(shape), "x", at_least=dimensions)
    tensors.check_dtype(kernel_dtype, len(kernel_shape), "kernel")
    check_mode(padding_mode)
    if len(kernel_shape) not in (dimensions, dimensions + 2):
        raise GeometryError(
            N_("the kernel has {given} axes; expected {plain} (every channel alone) or {mixing} (mixing channels)"),
            given=len(kernel_shape), plain=dimensions, mixing=dimensions + 2,
        )  # fmt: skip
    axes = settle(
        tuple(shape[-dimensions:]), tuple(kernel_shape[-dimensions:]), padding=padding, stride=stride, dilation=dilation
    )
    bare = len(shape) == dimensions
    if bare and len(kernel_shape) != dimensions:
        raise GeometryError(N_("x has no channel axis, but the kernel mixes channels; use x[None]"))
    return axes, check_channels(1 if bare else shape[-dimensions - 1], kernel_shape, dimensions, groups)


def check_channels(channels: int, kernel_shape: tuple[int, ...], dimensions: int, groups: int) -> int:
    """Refuse channel counts that do not fit together; return the number of output channels.

    Shape: ``kernel_shape`` is that of a kernel as in ``conv1d`` (``dimensions`` 1) or ``conv2d`` (2).

    >>> check_channels(3, (3, 3), 2, 1), check_channels(3, (8, 3, 5, 5), 2, 1)
    (3, 8)
    """
    groups = geometry.whole(groups, "groups")
    if len(kernel_shape) == dimensions:
        if groups not in (1, channels):
            raise GeometryError(
                N_("groups={groups} has no meaning for a kernel that takes every channel alone; leave it at 1"),
                groups=groups,
            )  # fmt: skip
        return channels
    out, per_group = kernel_shape[:2]
    if groups < 1 or channels % groups or out % groups or per_group != channels // groups:
        raise GeometryError(
            N_("kernel for {out} output and {per_group} input channels per group does not fit {channels} input"
               " channels in {groups} groups"),
            out=out, per_group=per_group, channels=channels, groups=groups,
        )  # fmt: skip
    return out


def add_bias(y: Tensor, bias: Tensor | None, channels: int, dimensions: int) -> Tensor:
    """Add one number per output channel; None adds nothing.

    Shape: ``y (..., channels, *size)``, or ``(*size)`` for one channel; ``bias (channels,)``; ``-> y``'s.

    >>> import torch
    >>> add_bias(torch.zeros(2, 1), torch.tensor([1., 2.]), 2, 1)
    tensor([[1.],
            [2.]])
    """
    if bias is None:
        return y
    tensors.check(bias, "bias")
    if bias.shape != (channels,):
        raise GeometryError(N_("bias has shape {given}; expected one number for each of the {channels} channels"),
                            given=tuple(bias.shape), channels=channels)  # fmt: skip
    return (y + bias.to(dtype=y.dtype, device=y.device).reshape(-1, *[1] * dimensions)).reshape(y.shape)
