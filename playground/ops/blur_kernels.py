"""Which kernels blur?  Weighted averages: no weight is negative and they sum to 1.

Range: a picture in [0, 1] stays in [0, 1], and a flat one keeps its value.  Lengths are in pixels,
angles in degrees, counter-clockwise from +x.  Each function returns float64, ``(kh, kw)``; the
Gaussian also serves sounds, as ``(k,)`` and with lengths in samples.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from playground.errors import N_, GeometryError
from playground.ops import taps
from playground.ops.parameters import Integer, Pair, Real, shown
from playground.ops.registry import Words, kernel

if TYPE_CHECKING:
    from torch import Tensor


def gaussian_values(*, size: int | None = None, sigma: float | None = None) -> dict:
    """What ``gaussian`` computes with when a value is left out.

    >>> gaussian_values(sigma=0.5)
    {'size': 5, 'sigma': 0.5}
    """
    return taps.size_and_sigma("gaussian", size, sigma)


@kernel(
    family="blur",
    label=N_("Soft (Gaussian)"),
    sentence=N_(
        "Averages each pixel with its neighbours, the near ones counting most: a bell of width sigma."
    ),
    finding=N_("Gaussian blurs: fine detail fades"),
    signed=False,
    dimensions=(1, 2),
    sound=Words(
        "muffle",
        N_("Soft (Gaussian)"),
        N_("Averages each sample with its neighbours, the near ones counting most: a bell of width sigma."),
        N_("Gaussian muffles: high notes fade"),
    ),
)
def gaussian(
    *,
    size: Annotated[int | None, Integer(1, 255)] = None,
    sigma: Annotated[float | None, Real(0.1, 50, unit="pixels")] = None,
    dimensions: int = 2,
) -> Tensor:
    """A bell: samples of ``exp(-(x^2 + y^2) / (2 sigma^2))``, summing to 1.

    With ``dimensions=1`` it is the row ``exp(-x^2 / (2 sigma^2))``, for sounds.  Without ``size`` it reaches four sigma, ``2*ceil(4 sigma) + 1``; without ``sigma`` it is
    ``(size - 1)/8``; without both sigma is 1.  Source: Koenderink (1984), The structure of images.

    >>> (gaussian(size=3, sigma=1.0) * 10000).round().long()
    tensor([[ 751, 1238,  751],
            [1238, 2042, 1238],
            [ 751, 1238,  751]])
    >>> (gaussian(size=3, sigma=1.0, dimensions=1) * 10000).round().long()
    tensor([2741, 4519, 2741])
    """
    values = gaussian_values(size=size, sigma=sigma)
    return taps.along(dimensions, taps.gaussian_taps(**values))


@kernel(
    family="blur",
    label=N_("Plain average (box)"),
    sentence=N_("Replaces each pixel by the plain average of a rectangle around it."),
    finding=N_("A box averages: every neighbour counts alike"),
    signed=False,
)
def box(*, size: Annotated[int | tuple, Pair(Integer(1, 255))] = 3) -> Tensor:
    """Equal weights on a rectangle: one size, or (vertical, horizontal).

    Source: McDonnell (1981), Box-filtering techniques.

    >>> (box(size=(2, 3)) * 6).long()
    tensor([[1, 1, 1],
            [1, 1, 1]])
    """
    pair = size if isinstance(size, tuple | list) else (size, size)
    if len(pair) != 2:
        raise GeometryError(
            N_("box(size={given}) has no meaning; give one size, or one vertical and one horizontal"),
            given=shown(size),
        )  # fmt: skip
    height, width = (taps.whole("box", "size", one) for one in pair)
    return taps.matrix([[1 / (height * width)] * width] * height)


@kernel(
    family="blur",
    label=N_("Soft in whole numbers (binomial)"),
    sentence=N_("Averages with the numbers of Pascal's triangle, the whole-number cousin of the Gaussian."),
    finding=N_("Binomial weights blur almost as a Gaussian"),
    signed=False,
)
def binomial(*, size: Annotated[int, Integer(1, 255)] = 5) -> Tensor:
    """A row of Pascal's triangle times itself, divided by its sum ``4^(size - 1)``.

    It is the average of two neighbours repeated ``size - 1`` times along each axis; its variance is
    ``(size - 1)/4``.  Source: Aubury & Luk (1996), Binomial filters.

    >>> (binomial(size=3) * 16).long()
    tensor([[1, 2, 1],
            [2, 4, 2],
            [1, 2, 1]])
    """
    n = taps.whole("binomial", "size", size) - 1
    row = [math.comb(n, i) / 2**n for i in range(n + 1)]
    return taps.outer(row, row)


@kernel(
    family="blur",
    label=N_("Out of focus (disc)"),
    sentence=N_("Spreads each point over a disc, as a lens does that is out of focus."),
    finding=N_("A disc blurs like a lens out of focus"),
    signed=False,
)
def disc(*, radius: Annotated[float, Real(0.5, 64, 0.5, unit="pixels")] = 4.0) -> Tensor:
    """The part of each pixel that a disc about the middle covers, divided by the disc's area.

    The area is exact: pixels cut by the rim are integrated in closed form (``_corner_area``).
    Source: the pillbox of Horn (1986), Robot Vision, on defocus.

    >>> (disc(radius=1.5) * 1000).round().long()
    tensor([[ 77, 137,  77],
            [137, 141, 137],
            [ 77, 137,  77]])
    """
    radius = taps.above("disc", "radius", radius)
    half = math.ceil(radius - 0.5)
    octant = {
        (i, j): _quadrant_pixel(i, j, radius) for i in range(half + 1) for j in range(i + 1)
    }  # mirrored below, so that the kernel is symmetric to the last bit
    around = [abs(i) for i in range(-half, half + 1)]
    return _averaging([[octant[max(i, j), min(i, j)] for j in around] for i in around])


def _quadrant_pixel(i: int, j: int, radius: float) -> float:
    """Area of the disc within the pixel centred at ``(i, j)``, both at least 0.

    A pixel on an axis is cut in half by it; the half in the quadrant counts twice.
    """
    left, bottom = max(i - 0.5, 0.0), max(j - 0.5, 0.0)
    right, top = i + 0.5, j + 0.5
    shares = (1 if i else 2) * (1 if j else 2)
    if math.hypot(right, top) <= radius:
        return 1.0
    if math.hypot(left, bottom) >= radius:
        return 0.0
    area = (
        _corner_area(right, top, radius)
        - _corner_area(left, top, radius)
        - _corner_area(right, bottom, radius)
        + _corner_area(left, bottom, radius)
    )
    return shares * max(area, 0.0)


def _corner_area(x: float, y: float, radius: float) -> float:
    """Area of the disc within ``[0, x] x [0, y]``.

    Up to ``a = sqrt(radius^2 - y^2)`` the rectangle's top lies inside the disc; from there on the
    rim is the top, and its integral is ``(t sqrt(radius^2 - t^2) + radius^2 asin(t/radius)) / 2``.
    """
    x, y = min(x, radius), min(y, radius)
    if math.hypot(x, y) <= radius:
        return x * y

    def under_rim(t: float) -> float:
        return (t * math.sqrt(radius**2 - t**2) + radius**2 * math.asin(t / radius)) / 2

    a = math.sqrt(radius**2 - y**2)
    return a * y + under_rim(x) - under_rim(a)


@kernel(
    family="blur",
    label=N_("Shaken camera (motion blur)"),
    sentence=N_("Smears each point along a straight line, as a camera does that moves during the exposure."),
    finding=N_("Motion blur along {angle:g} degrees"),
    signed=False,
)
def motion_blur(
    *,
    length: Annotated[int, Integer(1, 255)] = 15,
    angle: Annotated[float, Real(0, 360, 5, unit="degrees")] = 0.0,
) -> Tensor:
    """The part of each pixel that a line covers, ``length`` long and one pixel wide, turned by ``angle``.

    The areas are exact (the line, a rectangle, is clipped to each pixel) and divided by their sum.
    At 0 and 90 degrees an odd length fills ``length`` pixels evenly; an even one fills
    ``length - 1`` and half of one more at each end.  The kernel is the smallest odd square that holds
    the line.  Source: Sondhi (1972), Image restoration: the removal of spatially invariant degradations.

    >>> (motion_blur(length=2, angle=0) * 4).long()
    tensor([[0, 0, 0],
            [1, 2, 1],
            [0, 0, 0]])
    """
    length = taps.whole("motion_blur", "length", length)
    cosine, sine = taps.direction(taps.finite("motion_blur", "angle", angle) % 180.0)
    reach = (length * max(abs(cosine), abs(sine)) + min(abs(cosine), abs(sine))) / 2
    half = math.ceil(reach - 0.5 - 1e-9)
    along, across = (cosine * length / 2, -sine * length / 2), (sine / 2, cosine / 2)
    line = [
        (end * along[0] + side * across[0], end * along[1] + side * across[1])
        for end, side in ((-1, -1), (1, -1), (1, 1), (-1, 1))
    ]

    def weight(x: int, y: int) -> float:
        if abs(cosine * x - sine * y) > length / 2 + 0.75 or abs(sine * x + cosine * y) > 1.25:
            return 0.0  # the pixel's half diagonal is 0.71: it cannot touch the line
        return _covered(line, x, y)

    around = range(-half, half + 1)
    above = [[weight(x, y) for x in around] for y in range(-half, 0)]
    left = [weight(x, 0) for x in range(-half, 0)]
    below = [row[::-1] for row in above[::-1]]  # mirrored: symmetric to the last bit
    return _averaging([*above, [*left, weight(0, 0), *left[::-1]], *below])


def _covered(corners: list[tuple[float, float]], x: int, y: int) -> float:
    """Area of a convex polygon within the pixel centred at ``(x, y)``.

    The polygon is clipped by the pixel's four sides (Sutherland & Hodgman 1974) and measured by the
    shoelace formula.
    """
    corners = [(px - x, py - y) for px, py in corners]
    for axis, sign in ((0, 1), (0, -1), (1, 1), (1, -1)):
        kept = []
        for before, after in zip(corners[-1:] + corners[:-1], corners, strict=True):
            inside_before, inside_after = 0.5 - sign * before[axis], 0.5 - sign * after[axis]
            if (inside_before < 0) != (inside_after < 0):
                t = inside_before / (inside_before - inside_after)
                crossing = [before[i] + t * (after[i] - before[i]) for i in (0, 1)]
                crossing[axis] = sign * 0.5
                kept.append(tuple(crossing))
            if inside_after >= 0:
                kept.append(after)
        corners = kept
    following = corners[1:] + corners[:1]
    doubled = math.fsum(a[0] * b[1] - a[1] * b[0] for a, b in zip(corners, following, strict=True))
    return abs(doubled) / 2


def _averaging(rows: list[list[float]]) -> Tensor:
    """Divide by the sum of all numbers."""
    total = math.fsum(number for row in rows for number in row)
    return taps.matrix([[number / total for number in row] for row in rows])
