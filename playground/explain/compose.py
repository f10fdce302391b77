"""Which one kernel does what several do one after the other?  Their full convolution.

Correlating with ``a`` and then with ``b``, every result is a sum over ``b`` of sums over ``a``: the taps of
the one kernel are those sums with ``1`` for every pixel, ``a`` stamped at each tap of ``b``.  The kernels grow
together to ``k1 + k2 - 1``.  Two kernels of 3 x 3 see 5 x 5 pixels with 18 numbers instead of 25; without
something between them that is no convolution (a ReLU, a pooling) they are never more than that one.

Exact where no window meets a border: continuing twice is not continuing once.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.errors import N_, GeometryError
from playground.ops import conv1d, conv2d, geometry
from playground.ops.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Layer:
    """One convolution of stride 1: its kernel and how it is laid on, as in ``ops.conv1d`` and ``ops.conv2d``."""

    kernel: Tensor
    dilation: int | tuple[int, ...] = 1
    flip_kernel: bool = False
    groups: int = 1


def compose(layers: Sequence[Layer], *, dimensions: int = 2) -> Tensor:
    """The kernel of one correlation that equals all ``layers``, the first of them applied first; float64.

    Shape: kernels ``(k,)`` or ``(kh, kw)`` for every channel alone, ``(C_out, C_in / groups, ...)`` where they
    mix channels; ``-> `` the same, mixing where one of them does, of ``1 + sum of dilation (k - 1)`` taps
    along each axis.  No layers are the kernel of one tap, 1.

    Errors: GeometryError for a kernel of other axes, and where channels do not fit together.

    >>> compose([Layer(torch.ones(2, 2)), Layer(torch.ones(2, 2))]).long()
    tensor([[1, 2, 1],
            [2, 4, 2],
            [1, 2, 1]])
    """
    identity = torch.ones((1,) * dimensions, dtype=torch.float64)
    laid = (_as_laid(layer, dimensions) for layer in layers)
    return functools.reduce(functools.partial(_after, dimensions), laid, identity)


def _as_laid(layer: Layer, dimensions: int) -> Tensor:
    """A layer's taps as a plain correlation has them: flipped, with zeros between, and mixing all channels."""
    kernel = layer.kernel.to(torch.float64)
    if kernel.ndim not in (dimensions, dimensions + 2):
        raise GeometryError(
            N_("the kernel has {given} axes; expected {plain} (every channel alone) or {mixing} (mixing channels)"),
            given=kernel.ndim, plain=dimensions, mixing=dimensions + 2,
        )  # fmt: skip
    axes = range(-dimensions, 0)
    if layer.flip_kernel:
        kernel = kernel.flip(tuple(axes))
    for dim, dilation in zip(axes, geometry.per_axis(layer.dilation, dimensions, "dilation"), strict=True):
        kernel = _spread(kernel, dilation, dim)
    return _ungrouped(kernel, layer.groups) if kernel.ndim > dimensions and layer.groups > 1 else kernel


def _spread(kernel: Tensor, dilation: int, dim: int) -> Tensor:
    """``dilation - 1`` zeros between the taps along one axis."""
    shape, places = list(kernel.shape), [slice(None)] * kernel.ndim
    shape[dim] = geometry.settle(1, kernel.shape[dim], padding="full", dilation=dilation).span
    places[dim] = slice(None, None, dilation)
    spread = kernel.new_zeros(shape)
    spread[tuple(places)] = kernel
    return spread


def _ungrouped(kernel: Tensor, groups: int) -> Tensor:
    """The same kernel for all input channels, 0 for those of other groups."""
    if kernel.shape[0] % groups:
        raise GeometryError(N_("{out} output channels do not fit into {groups} groups"),
                            out=kernel.shape[0], groups=groups)  # fmt: skip
    own = kernel.unflatten(0, (groups, -1))  # (groups, C_out / groups, C_in / groups, ...)
    whole = own.new_zeros(groups, own.shape[1], groups, *own.shape[2:])
    for group in range(groups):
        whole[group, :, group] = own[group]
    return whole.flatten(2, 3).flatten(0, 1)


def _after(dimensions: int, first: Tensor, second: Tensor) -> Tensor:
    """The kernel of ``first`` and then ``second``: stamped by a full convolution, summed over the channels between."""
    stamp = functools.partial(conv1d if dimensions == 1 else conv2d, padding="full", flip_kernel=True)
    if first.ndim == dimensions:  # the same taps for every channel: also for every pair of them
        return stamp(second, first)
    if second.ndim > dimensions and second.shape[1] != first.shape[0]:
        raise GeometryError(
            N_("a kernel for {given} input channels cannot follow one that makes {made}"),
            given=second.shape[1], made=first.shape[0],
        )  # fmt: skip
    mixed = stamp(first.transpose(0, 1), second)  # inputs are a batch, the channels between are mixed
    return mixed.transpose(0, 1)
