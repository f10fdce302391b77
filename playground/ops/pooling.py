"""What is the largest, smallest, mean or middle value of each window?  Pooling, in one and two dimensions.

A window moves as a kernel does, by default by its own size, so that no value is read twice.  Padding is
never a value: the largest, smallest and middle are those of the samples that a window meets.  Only a mean
may count it, as zeros, which is what PyTorch does unless told otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from playground.errors import N_, GeometryError
from playground.ops import geometry, tensors
from playground.ops.lazy import torch
from playground.ops.padding import extend
from playground.ops.parameters import Integer, Padding, Pair, shown
from playground.ops.registry import op

if TYPE_CHECKING:
    from torch import Tensor

Statistic = Literal["max", "average", "min", "median"]
MAX_SIZE = 64
"""The largest window along an axis, in samples, that links, pages, files and the command line may ask for."""
BLOCK = 1 << 20
"""Values of windows laid side by side in memory at once."""
COMPARISONS = 8
"""What a value of a window costs until its middle is found, in multiply-adds."""


def _settle(
    size: tuple[int, ...], *, kernel_size: object = 2, stride: object = None, padding: object = 0, **_: object
) -> tuple[geometry.Axis, ...]:
    """The axes of a pool, or what does not fit; the last ``len(size)`` axes of a tensor."""
    dimensions = len(size)
    kernels = [geometry.whole(n, "kernel_size") for n in geometry.per_axis(kernel_size, dimensions, "kernel_size")]
    steps = [
        geometry.whole(n, "stride")
        for n in geometry.per_axis(kernels if stride is None else stride, dimensions, "stride")
    ]
    axes = tuple(
        geometry.settle(n, k, stride=s, padding=p)
        for n, k, s, p in zip(size, kernels, steps, geometry.sides(padding, dimensions), strict=True)
    )
    for axis in axes:
        if max(axis.before, axis.after) > axis.kernel_size // 2:
            raise GeometryError(
                N_("padding={padding} is more than half of kernel_size={size}, so that a window could lie outside;"
                   " use at most {most}"),
                padding=shown(max(axis.before, axis.after)), size=axis.kernel_size, most=axis.kernel_size // 2,
            )  # fmt: skip
    return axes


def _shape(dimensions: int) -> Callable[..., tuple[int, ...]]:
    return lambda shape, **options: (
        *shape[:-dimensions], *(axis.output for axis in _settle(shape[-dimensions:], **options))
    )  # fmt: skip


def _places(dimensions: int) -> Callable[..., tuple[tuple[Fraction, Fraction], ...]]:
    """A window's result stands at its middle, as that of a kernel does: of an even one before it."""
    return lambda shape, **options: tuple(
        (Fraction(axis.down), Fraction((axis.kernel_size - 1) // 2 - axis.before))
        for axis in _settle(shape[-dimensions:], **options)
    )


def _price(dimensions: int) -> Callable[..., tuple[int, int]]:
    def price(shape: tuple[int, ...], output: tuple[int, ...], *, statistic: str, **options: object) -> tuple[int, int]:
        axes = _settle(shape[-dimensions:], **options)
        samples, sizes = math.prod(output), [axis.kernel_size for axis in axes]
        padded = math.prod(shape[:-dimensions]) * math.prod(axis.padded for axis in axes)
        if statistic == "median":
            taps = math.prod(sizes)
            return 4 * (padded + 2 * samples) + 48 * max(BLOCK, taps), samples * taps * COMPARISONS
        return 4 * (3 * padded + samples), 2 * padded * sum(size.bit_length() for size in sizes)

    return price


@op(media=("audio",), shape=_shape(1), price=_price(1), places=_places(1))
def pool1d(
    x: Tensor,
    *,
    statistic: Statistic = "max",
    kernel_size: Annotated[int, Integer(1, MAX_SIZE)] = 2,
    stride: Annotated[int | None, Integer(1, MAX_SIZE)] = None,
    padding: Annotated[int | tuple | str, Padding(MAX_SIZE // 2, ("valid", "same"))] = 0,
    count_include_pad: bool = True,
) -> Tensor:
    """One value of each window of ``kernel_size`` samples: the largest, smallest, mean or middle one.

    Shape: ``(..., T) -> (..., T_out)`` with ``T_out = floor((T + before + after - kernel_size) / stride) + 1``.

    ``stride`` None is ``kernel_size``.  ``padding``: samples on both sides, (before, after), "valid" (none) or
    "same" (``ceil(T / stride)`` results), at most half of the kernel.  ``count_include_pad`` counts padding as
    zeros, in an average only.  The middle of an even number of values is the mean of two.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError where no window fits and for
    more padding than half of the kernel.

    Source: Zhang et al. (2023), Dive into Deep Learning, section 7.5.

    >>> import torch
    >>> pool1d(torch.tensor([1., 5., 2., 4.]))
    tensor([5., 4.])
    """
    tensors.check(x, "x", at_least=1)
    options = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    (axis,) = _settle(tuple(x.shape[-1:]), **options)
    flat = geometry.settle(1, 1)
    return _pooled(x.unsqueeze(-2), (flat, axis), statistic, count_include_pad).squeeze(-2)


@op(media=("image", "spectrogram"), shape=_shape(2), price=_price(2), places=_places(2))
def pool2d(
    x: Tensor,
    *,
    statistic: Statistic = "max",
    kernel_size: Annotated[int | tuple, Pair(Integer(1, MAX_SIZE))] = 2,
    stride: Annotated[int | tuple | None, Pair(Integer(1, MAX_SIZE))] = None,
    padding: Annotated[int | tuple | str, Padding(MAX_SIZE // 2, ("valid", "same"))] = 0,
    count_include_pad: bool = True,
) -> Tensor:
    """One value of each window of pixels: the largest, smallest, mean or middle one.

    Shape: ``(..., H, W) -> (..., H_out, W_out)``, each size as in ``pool1d``.

    ``kernel_size`` and ``stride``: one value, or (vertical, horizontal).  ``padding``: pixels on all sides,
    (vertical, horizontal), (top, bottom, left, right), "valid" or "same".  The rest as in ``pool1d``.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError where no window fits and for
    more padding than half of the kernel.

    Source: Zhang et al. (2023), Dive into Deep Learning, section 7.5.

    >>> import torch
    >>> pool2d(torch.arange(9.).reshape(3, 3), stride=1)
    tensor([[4., 5.],
            [7., 8.]])
    """
    tensors.check(x, "x", at_least=2)
    axes = _settle(tuple(x.shape[-2:]), kernel_size=kernel_size, stride=stride, padding=padding)
    return _pooled(x, axes, statistic, count_include_pad)


def _pooled(x: Tensor, axes: tuple[geometry.Axis, ...], statistic: str, count_include_pad: bool) -> Tensor:
    planes = x.reshape(math.prod(x.shape[:-2]), *x.shape[-2:])
    match statistic:
        case "max":
            y = _largest(planes, axes)
        case "min":
            y = -_largest(-planes, axes)
        case "average":
            y = _average(planes, axes, count_include_pad)
        case "median":
            y = _median(planes, axes)
        case _:
            raise GeometryError(N_("statistic={given!r} is not known; choose one of: {choices}"),
                                given=statistic, choices="average, max, median, min")  # fmt: skip
    return y.reshape(*x.shape[:-2], *y.shape[-2:])


def _kept(x: Tensor, axis: geometry.Axis, dim: int) -> Tensor:
    """Every ``stride``-th of the results at stride 1."""
    places = [slice(None)] * x.ndim
    places[dim] = slice(0, (axis.output - 1) * axis.down + 1, axis.down)
    return x[tuple(places)]


def _largest(x: Tensor, axes: tuple[geometry.Axis, ...]) -> Tensor:
    """Axis by axis; the largest of ``2 w`` neighbours is that of two windows of ``w``."""
    for dim, axis in zip((-2, -1), axes, strict=True):
        x = extend(x, axis.before, axis.after, dim=dim, padding_mode="constant", fill=-math.inf)
        width = 1
        while width < axis.kernel_size:
            step = min(width, axis.kernel_size - width)
            count = x.shape[dim] - step
            x = torch.maximum(x.narrow(dim, 0, count), x.narrow(dim, step, count))
            width += step
        x = _kept(x, axis, dim)
    return x


def _average(x: Tensor, axes: tuple[geometry.Axis, ...], count_include_pad: bool) -> Tensor:
    """Axis by axis: a mean of means, as all rows of a window have equally many values."""
    for dim, axis in zip((-2, -1), axes, strict=True):
        x = extend(x, axis.before, axis.after, dim=dim, padding_mode="constant")
        x = _kept(_sums(x, axis.kernel_size, dim), axis, dim)
        if count_include_pad:
            x = x / axis.kernel_size
        else:
            x = x / (_counts(axis)[:, None] if dim == -2 else _counts(axis)).to(x)
    return x


def _sums(x: Tensor, size: int, dim: int) -> Tensor:
    """The sum of each ``size`` neighbours: of sums of 1, 2, 4 ... those that ``size`` has in binary, side by side."""
    count, total, taken, width = x.shape[dim] - size + 1, None, 0, 1
    while True:
        if size & width:
            part = x.narrow(dim, taken, count)
            total, taken = part if total is None else total + part, taken + width
        if taken == size:
            return total
        x = x.narrow(dim, 0, x.shape[dim] - width) + x.narrow(dim, width, x.shape[dim] - width)
        width *= 2


def _counts(axis: geometry.Axis) -> Tensor:
    """How many samples each window meets along one axis."""
    first = torch.arange(axis.output) * axis.down - axis.before
    return (first + axis.kernel_size).clamp(max=axis.length) - first.clamp(min=0)


def _median(x: Tensor, axes: tuple[geometry.Axis, ...]) -> Tensor:
    """Block by block; padding is larger than every sample, and the middle is counted from the smallest."""
    for dim, axis in zip((-2, -1), axes, strict=True):
        x = extend(x, axis.before, axis.after, dim=dim, padding_mode="constant", fill=math.inf)
    rows, columns = axes
    windows = x.unfold(-2, rows.kernel_size, rows.down).unfold(-2, columns.kernel_size, columns.down)
    counts = _counts(rows)[:, None] * _counts(columns)
    taps = rows.kernel_size * columns.kernel_size
    wide = max(1, BLOCK // taps)
    high = max(1, wide // columns.output)
    found = [
        torch.cat([
            _middle(part[top : top + high, left : left + wide], counts[top : top + high, left : left + wide])
            for left in range(0, columns.output, wide)
        ], dim=1)
        for part in windows
        for top in range(0, rows.output, high)
    ]  # fmt: skip
    return torch.cat(found).reshape(len(x), rows.output, columns.output) if found else x.new_empty(0, *counts.shape)


def _middle(windows: Tensor, counts: Tensor) -> Tensor:
    """The median of the ``counts`` smallest values of each window.  Shape: ``(h, w, kh, kw) -> (h, w)``."""
    values = windows.flatten(-2)
    lower, upper = ((counts - 1) // 2)[..., None], (counts // 2)[..., None]
    places = torch.cat([lower, upper]).unique().tolist()
    if values.requires_grad or values.device.type != "cpu":
        ordered = values.sort(dim=-1).values
    else:  # only the places that are asked for get their value
        ordered = torch.from_numpy(np.partition(values.numpy(), places, axis=-1))
    pair = [ordered.gather(-1, place.to(values.device)) for place in (lower, upper)]
    middle = ((pair[0] + pair[1]) / 2)[..., 0]
    return torch.where(values.isnan().any(dim=-1), math.nan, middle)
