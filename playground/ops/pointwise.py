"""What becomes of each value on its own?  No neighbours are asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from playground.errors import N_, GeometryError
from playground.ops import tensors
from playground.ops.registry import Integer, Real, op

if TYPE_CHECKING:
    from torch import Tensor

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
    return (REC_601[0] * red + REC_601[1] * green + REC_601[2] * blue).unsqueeze(-3)


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
