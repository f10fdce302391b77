"""What if values only change their places?  A part is cut out, or left and right change sides."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from playground.errors import N_, GeometryError
from playground.ops import geometry, tensors
from playground.ops.parameters import Integer, shown
from playground.ops.registry import op

if TYPE_CHECKING:
    from torch import Tensor

MAX_PIXELS = 1 << 16
MAX_SAMPLES = 10**9
"""What links, pages, files and the command line may ask for; a direct call may ask for more."""


def _part(count: int, start: int, length: int | None, first: str, size: str) -> tuple[int, int]:
    """Begin and length of a part of ``count`` samples; ``first`` and ``size`` are the options' names."""
    start = geometry.whole(start, first)
    if not 0 <= start < count:
        raise GeometryError(
            N_("{first}={given} is not inside; there are {count}, counted from 0"),
            first=first, given=shown(start), count=count,
        )  # fmt: skip
    length = count - start if length is None else geometry.whole(length, size)
    if not 1 <= length <= count - start:
        raise GeometryError(
            N_("{size}={given} from {first}={start} on does not fit into {count}; use 1 to {most}"),
            size=size, given=shown(length), first=first, start=start, count=count, most=count - start,
        )  # fmt: skip
    return start, length


def _crop1d_shape(shape: tuple[int, ...], *, start: int = 0, length: int | None = None) -> tuple[int, ...]:
    return (*shape[:-1], _part(shape[-1], start, length, "start", "length")[1])


def _crop2d_shape(
    shape: tuple[int, ...], *, top: int = 0, left: int = 0, height: int | None = None, width: int | None = None
) -> tuple[int, ...]:
    rows, columns = _part(shape[-2], top, height, "top", "height"), _part(shape[-1], left, width, "left", "width")
    return (*shape[:-2], rows[1], columns[1])


@op(
    media=("audio",),
    shape=_crop1d_shape,
    places=lambda shape, *, start=0, **_: ((Fraction(1), Fraction(start)),),
)
def crop1d(
    x: Tensor,
    *,
    start: Annotated[int, Integer(0, MAX_SAMPLES)] = 0,
    length: Annotated[int | None, Integer(1, MAX_SAMPLES)] = None,
) -> Tensor:
    """``length`` samples of a sound from sample ``start`` on, counted from 0; None is all that follow.

    Shape: ``(..., T) -> (..., length)``.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError for a part that is not inside.

    >>> import torch
    >>> crop1d(torch.arange(6.), start=2, length=3)
    tensor([2., 3., 4.])
    """
    tensors.check(x, "x", at_least=1)
    return x.narrow(-1, *_part(x.shape[-1], start, length, "start", "length"))


@op(
    media=("image", "spectrogram"),
    shape=_crop2d_shape,
    places=lambda shape, *, top=0, left=0, **_: ((Fraction(1), Fraction(top)), (Fraction(1), Fraction(left))),
)
def crop2d(
    x: Tensor,
    *,
    top: Annotated[int, Integer(0, MAX_PIXELS)] = 0,
    left: Annotated[int, Integer(0, MAX_PIXELS)] = 0,
    height: Annotated[int | None, Integer(1, MAX_PIXELS)] = None,
    width: Annotated[int | None, Integer(1, MAX_PIXELS)] = None,
) -> Tensor:
    """A rectangle of ``height`` rows and ``width`` columns from pixel (``top``, ``left``) on.

    Shape: ``(..., H, W) -> (..., height, width)``.  Counted in pixels from 0, in rows as they are stored: of a
    spectrogram row 0 is the lowest frequency.  None is all that follow.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError for a part that is not inside.

    >>> import torch
    >>> crop2d(torch.arange(9.).reshape(3, 3), top=1, width=2)
    tensor([[3., 4.],
            [6., 7.]])
    """
    tensors.check(x, "x", at_least=2)
    rows = _part(x.shape[-2], top, height, "top", "height")
    columns = _part(x.shape[-1], left, width, "left", "width")
    return x.narrow(-2, *rows).narrow(-1, *columns)


@op(media=("audio",))
def flip1d(x: Tensor) -> Tensor:
    """A sound played backwards: the last sample comes first.

    Shape: ``(..., T) -> (..., T)``.

    Errors: TypeError for other dtypes than float32 and float64.

    >>> import torch
    >>> flip1d(torch.tensor([1., 2., 4.]))
    tensor([4., 2., 1.])
    """
    tensors.check(x, "x", at_least=1)
    return x.flip(-1)


@op(media=("image", "spectrogram"))
def flip2d(x: Tensor, *, direction: Literal["horizontal", "vertical"] = "horizontal") -> Tensor:
    """Left and right exchanged, or top and bottom: the mirror image.

    Shape: ``(..., H, W) -> (..., H, W)``.  "horizontal" reverses each row, "vertical" the order of the rows.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError for an unknown direction.

    >>> import torch
    >>> flip2d(torch.tensor([[1., 2.], [3., 4.]]), direction="vertical")
    tensor([[3., 4.],
            [1., 2.]])
    """
    tensors.check(x, "x", at_least=2)
    return x.flip(flipped_axis(direction))


def flipped_axis(direction: str) -> int:
    """The axis that a flip reverses.

    >>> flipped_axis("horizontal"), flipped_axis("vertical")
    (-1, -2)
    """
    axes = {"horizontal": -1, "vertical": -2}
    if direction not in axes:
        raise GeometryError(N_("direction={given!r} is not known; choose one of: {choices}"),
                            given=direction, choices=", ".join(axes))  # fmt: skip
    return axes[direction]
