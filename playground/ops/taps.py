"""What are named kernels made of?  Rows of numbers, Gaussian taps, exact directions, checked sizes.

Directions are angles in degrees, counter-clockwise from +x (to the right).  Rows grow downwards, so
the unit vector of an angle is ``(cos, -sin)`` in (x to the right, y downwards).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from numbers import Integral, Real
from typing import TYPE_CHECKING

from playground.errors import N_, GeometryError
from playground.ops.lazy import torch
from playground.ops.parameters import shown

if TYPE_CHECKING:
    from torch import Tensor


def matrix(rows: Sequence[Sequence[float]]) -> Tensor:
    """A float64 tensor of these rows.

    Shape: ``-> (kh, kw)``.

    >>> matrix([[1, -1]]).tolist()
    [[1.0, -1.0]]
    """
    return torch.tensor(rows, dtype=torch.float64)


def outer(vertical: Sequence[float], horizontal: Sequence[float]) -> Tensor:
    """The separable kernel of two rows of taps: every product of one by one.

    Shape: ``-> (kh, kw)``.

    >>> outer([1, 2, 1], [-1, 0, 1]).tolist()
    [[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]]
    """
    return torch.outer(
        torch.tensor(vertical, dtype=torch.float64), torch.tensor(horizontal, dtype=torch.float64)
    )


def row(numbers: Sequence[float]) -> Tensor:
    """A float64 tensor of one axis, as sounds' kernels are.

    Shape: ``-> (k,)``.

    >>> row([1, -1]).tolist()
    [1.0, -1.0]
    """
    return torch.as_tensor(numbers, dtype=torch.float64)


def along(dimensions: int, numbers: Sequence[float]) -> Tensor:
    """The row itself for a sound (1), its outer product with itself for a picture (2).

    Shape: ``-> (k,)`` or ``(k, k)``.

    >>> along(1, [1, 2]).tolist(), along(2, [1, 2]).tolist()
    ([1.0, 2.0], [[1.0, 2.0], [2.0, 4.0]])
    """
    if dimensions not in (1, 2):
        raise GeometryError(
            N_("dimensions={given} has no meaning for a kernel; give 2 for pictures or 1 for sounds"),
            given=shown(dimensions),
        )  # fmt: skip
    return row(numbers) if dimensions == 1 else outer(numbers, numbers)


def difference_taps(owner: str, order: int) -> list[int]:
    """``[-1, 1]`` composed with itself: binomials of alternating sign, the last positive.

    >>> difference_taps("difference", 3)
    [-1, 3, -3, 1]
    """
    order = whole(owner, "order", order)
    return [(-1) ** (order - i) * math.comb(order, i) for i in range(order + 1)]


def gaussian_taps(size: int, sigma: float) -> list[float]:
    """``size`` samples of a Gaussian about their middle, symmetric to the last bit, summing to 1.

    >>> [round(tap, 4) for tap in gaussian_taps(3, 1.0)]
    [0.2741, 0.4519, 0.2741]
    """
    if sigma == 0:
        sigma = 1.0  # only a single tap follows to sigma 0, and it is 1 whatever sigma is
    squares = squared_positions(size)
    nearest = squares[size // 2]  # 0, or 1/4 for an even size: taken off so that no sigma underflows
    taps = [math.exp(-0.5 * ((square - nearest) / sigma) / sigma) for square in squares]
    total = math.fsum(taps)
    return [tap / total for tap in taps]


def squared_positions(size: int) -> list[float]:
    """Squared distance of each tap from the middle.

    >>> squared_positions(4)
    [2.25, 0.25, 0.25, 2.25]
    """
    return [(i - (size - 1) / 2) ** 2 for i in range(size)]


def gaussian_size(sigma: float) -> int:
    """Taps that reach four standard deviations to both sides: ``2*ceil(4 sigma) + 1``.

    >>> gaussian_size(1.0), gaussian_size(50.0)
    (9, 401)
    """
    return 2 * math.ceil(4 * sigma) + 1


def size_and_sigma(owner: str, size: int | None, sigma: float | None, *, ratio: float = 1) -> dict:
    """The size that follows from sigma, sigma from the size, or sigma 1 where neither is given.

    ``ratio`` is how much wider than ``sigma`` the widest Gaussian of the kernel is.

    >>> size_and_sigma("gaussian", None, 2.0), size_and_sigma("gaussian", 9, None)
    ({'size': 17, 'sigma': 2.0}, {'size': 9, 'sigma': 1.0})
    """
    if size is not None:
        size = whole(owner, "size", size)
    if sigma is None:
        sigma = 1.0 if size is None else (size - 1) / 8 / ratio
    else:
        sigma = above(owner, "sigma", sigma)
    return {"size": gaussian_size(ratio * sigma) if size is None else size, "sigma": sigma}


def direction(angle: float) -> tuple[float, float]:
    """Cosine and sine of an angle in degrees, exact at every multiple of 45.

    >>> direction(90), direction(-180)
    ((0.0, 1.0), (-1.0, 0.0))
    """
    angle = angle % 360.0
    if angle % 45 == 0:
        half = math.sqrt(0.5)
        corners = (
            (1, 0),
            (half, half),
            (0, 1),
            (-half, half),
            (-1, 0),
            (-half, -half),
            (0, -1),
            (half, -half),
        )
        cosine, sine = corners[int(angle // 45) % 8]
        return float(cosine), float(sine)
    return math.cos(math.radians(angle)), math.sin(math.radians(angle))


# --- what has no meaning is refused --------------------------------------------------------------


def whole(owner: str, name: str, value: int, *, low: int = 1) -> int:
    """A size: a whole number of at least ``low``.

    >>> whole("box", "size", 0)
    Traceback (most recent call last):
    ...
    playground.errors.GeometryError: box(size=0) has no meaning; give a whole number of at least 1
    """
    if not isinstance(value, Integral) or isinstance(value, bool) or value < low:
        raise GeometryError(
            N_("{owner}({name}={given}) has no meaning; give a whole number of at least {low}"),
            owner=owner, name=name, given=shown(value), low=low,
        )  # fmt: skip
    return int(value)


def odd(owner: str, name: str, value: int, *, low: int = 1) -> int:
    """The size of a kernel that needs a middle.

    >>> odd("unsharp", "size", 4)
    Traceback (most recent call last):
    ...
    playground.errors.GeometryError: unsharp(size=4) has no middle; the nearest sizes that do are 3 and 5
    """
    value = whole(owner, name, value, low=low)
    if value % 2 == 0:
        raise GeometryError(
            N_("{owner}({name}={given}) has no middle; the nearest sizes that do are {below} and {above}"),
            owner=owner, name=name, given=value, below=value - 1, above=value + 1,
        )  # fmt: skip
    return value


def finite(owner: str, name: str, value: float) -> float:
    """A number that is neither infinite nor NaN.

    >>> finite("emboss", "angle", 45)
    45.0
    """
    if not isinstance(value, Real) or isinstance(value, bool) or not math.isfinite(value):
        raise GeometryError(
            N_("{owner}({name}={given}) has no meaning; give a finite number"),
            owner=owner, name=name, given=shown(value),
        )  # fmt: skip
    return float(value)


def above(owner: str, name: str, value: float, *, floor: float = 0.0) -> float:
    """A finite number above ``floor``: a width, a wavelength, a ratio.

    >>> above("gaussian", "sigma", 0)
    Traceback (most recent call last):
    ...
    playground.errors.GeometryError: gaussian(sigma=0) has no meaning; give a finite number above 0
    """
    if not isinstance(value, Real) or isinstance(value, bool) or not floor < value < math.inf:
        raise GeometryError(
            N_("{owner}({name}={given}) has no meaning; give a finite number above {floor}"),
            owner=owner, name=name, given=shown(value), floor=f"{floor:g}",
        )  # fmt: skip
    return float(value)
