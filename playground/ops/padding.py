"""What is assumed beyond the edge, where there is nothing?

Five modes, after numpy.pad; a mode continues the signal endlessly, so no amount is too long (torch
refuses a reflection longer than the signal).  Of the signal ``a b c d``::

    constant   f f f | a b c d | f f f     f is ``fill``
    reflect    d c b | a b c d | c b a     mirror, edge not repeated
    symmetric  c b a | a b c d | d c b     mirror, edge repeated
    replicate  a a a | a b c d | d d d     nearest edge value
    circular   b c d | a b c d | a b c     wrap around
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

from playground.errors import N_, GeometryError
from playground.ops import geometry, tensors
from playground.ops.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

PaddingMode = Literal["constant", "reflect", "symmetric", "replicate", "circular"]
PADDING_MODES: tuple[str, ...] = get_args(PaddingMode)


def pad1d(
    x: Tensor, padding: int | tuple[int, int], *, padding_mode: PaddingMode = "constant", fill: float = 0.0
) -> Tensor:
    """Continue ``x`` beyond both ends of its last axis.

    Shape: ``(..., T) -> (..., before + T + after)``.  ``padding`` is (before, after) or one number
    for both, in samples, at least 0.

    >>> import torch
    >>> pad1d(torch.tensor([1., 2., 3.]), (2, 1), padding_mode="reflect")
    tensor([3., 2., 1., 2., 3., 2.])
    """
    return _pad(x, padding, 1, padding_mode, fill)


def pad2d(
    x: Tensor,
    padding: int | tuple[int, int] | tuple[int, int, int, int],
    *,
    padding_mode: PaddingMode = "constant",
    fill: float = 0.0,
) -> Tensor:
    """Continue ``x`` beyond the four edges of its last two axes.

    Shape: ``(..., H, W) -> (..., top + H + bottom, left + W + right)``.  ``padding`` is one number,
    (vertical, horizontal) or (top, bottom, left, right), in pixels, at least 0.

    >>> import torch
    >>> pad2d(torch.tensor([[1., 2.], [3., 4.]]), (0, 0, 1, 1), padding_mode="symmetric")
    tensor([[1., 1., 2., 2.],
            [3., 3., 4., 4.]])
    """
    return _pad(x, padding, 2, padding_mode, fill)


def check_mode(padding_mode: str) -> None:
    """Refuse a mode that is none of the five, naming them.

    >>> check_mode("wrap")
    Traceback (most recent call last):
    ...
    playground.errors.GeometryError: padding_mode='wrap' is not known; choose one of: circular, constant,
    reflect, replicate, symmetric
    """
    if padding_mode not in PADDING_MODES:
        raise GeometryError(N_("padding_mode={given!r} is not known; choose one of: {choices}"),
                            given=padding_mode, choices=", ".join(sorted(PADDING_MODES)))  # fmt: skip


def extend(x: Tensor, before: int, after: int, *, dim: int, padding_mode: str, fill: float = 0.0) -> Tensor:
    """Continue one axis of ``x`` without questions asked; the caller has checked.

    Shape: ``(..., n, ...) -> (..., before + n + after, ...)`` along ``dim``.

    >>> extend(torch.tensor([1., 2., 3.]), 2, 1, dim=0, padding_mode="circular")
    tensor([2., 3., 1., 2., 3., 1.])
    """
    if before == after == 0:
        return x
    length = x.shape[dim]

    def part(first: int, count: int) -> Tensor:
        if padding_mode == "constant":
            shape = list(x.shape)
            shape[dim] = count
            return x.new_full(shape, fill)
        return taken(x, source_index(first, count, length, padding_mode), dim)

    return torch.cat([part(-before, before), x, part(length, after)], dim=dim)


def taken(x: Tensor, index: np.ndarray, dim: int) -> Tensor:
    """The samples of ``x`` at ``index``, along ``dim``.

    Shape: ``(..., n, ...)``, ``index (count,)`` ``-> (..., count, ...)``.

    >>> taken(torch.tensor([1., 2., 3.]), np.array([2, 0]), 0)
    tensor([3., 1.])
    """
    return x.index_select(dim, torch.from_numpy(index).to(x.device))


def source_index(first: int, count: int, length: int, padding_mode: str) -> np.ndarray:
    """Which sample of ``0 .. length - 1`` stands at positions ``first .. first + count - 1``.

    Shape: ``-> (count,)``, int64.  A single sample reflects into itself, as in numpy.pad.

    >>> source_index(-3, 9, 4, "reflect").tolist()
    [3, 2, 1, 0, 1, 2, 3, 2, 1]
    """
    i = np.arange(first, first + count, dtype=np.int64)
    if padding_mode == "replicate":
        return i.clip(0, length - 1)
    if padding_mode == "circular":
        return i % length
    if padding_mode == "symmetric":
        i %= 2 * length
        return np.minimum(i, 2 * length - 1 - i)
    if length == 1:
        return np.zeros_like(i)
    i %= 2 * (length - 1)
    return np.minimum(i, 2 * (length - 1) - i)


def _pad(x: Tensor, padding: object, dimensions: int, padding_mode: str, fill: float) -> Tensor:
    tensors.check(x, "x", at_least=dimensions)
    check_mode(padding_mode)
    fill = tensors.scalar(fill, x.dtype, "fill")
    if isinstance(padding, str):
        raise TypeError(f"padding={padding!r} needs a kernel; give the number of samples")
    for axis, (before, after) in enumerate(geometry.sides(padding, dimensions)):
        if min(before, after) < 0:
            raise GeometryError(
                N_("padding={given} is negative; crop the input instead"), given=min(before, after)
            )
        dim = axis - dimensions
        if x.shape[dim] == 0:
            raise GeometryError(
                N_("the input has {length} samples along an axis; it needs at least 1"), length=0
            )
        x = extend(x, before, after, dim=dim, padding_mode=padding_mode, fill=fill)
    return x
