"""Which kernels find edges of one direction?  Derivatives: their numbers sum to 0.

A flat picture gives 0.  Range: results have both signs; a picture in [0, 1] gives at most the sum of
the positive numbers.  Derivatives are oriented for correlation: ``_x`` is positive where it gets
brighter to the right, ``_y`` where it gets brighter downwards, as rows grow downwards.  Sizes are in
pixels, angles in degrees, counter-clockwise from +x.  Each function returns float64, ``(kh, kw)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from playground.errors import N_
from playground.ops import taps
from playground.ops.parameters import Integer, Real
from playground.ops.registry import kernel

if TYPE_CHECKING:
    from torch import Tensor


# --- first derivatives, 3 x 3: smooth along the edge, difference across it -----------------------


@kernel(
    family="edges",
    label=N_("Vertical edges (Sobel x)"),
    sentence=N_("Takes the difference from left to right, averaged over three rows."),
    finding=N_("Sobel x finds vertical edges"),
    signed=True,
)
def sobel_x() -> Tensor:
    """The derivative along x, smoothed by 1 2 1: 8 times the slope.

    Source: Sobel & Feldman (1968), A 3x3 isotropic gradient operator for image processing.

    >>> sobel_x().long()
    tensor([[-1,  0,  1],
            [-2,  0,  2],
            [-1,  0,  1]])
    """
    return taps.outer([1, 2, 1], [-1, 0, 1])


@kernel(
    family="edges",
    label=N_("Horizontal edges (Sobel y)"),
    sentence=N_("Takes the difference from top to bottom, averaged over three columns."),
    finding=N_("Sobel y finds horizontal edges"),
    signed=True,
)
def sobel_y() -> Tensor:
    """The derivative along y, smoothed by 1 2 1: 8 times the slope.

    Source: Sobel & Feldman (1968), A 3x3 isotropic gradient operator for image processing.

    >>> sobel_y().long()
    tensor([[-1, -2, -1],
            [ 0,  0,  0],
            [ 1,  2,  1]])
    """
    return taps.outer([-1, 0, 1], [1, 2, 1])


@kernel(
    family="edges",
    label=N_("Vertical edges, three rows alike (Prewitt x)"),
    sentence=N_("Takes the difference from left to right, three rows counting alike."),
    finding=N_("Prewitt x finds vertical edges"),
    signed=True,
)
def prewitt_x() -> Tensor:
    """The derivative along x, smoothed by 1 1 1: 6 times the slope.

    Source: Prewitt (1970), Object enhancement and extraction.

    >>> prewitt_x().long()
    tensor([[-1,  0,  1],
            [-1,  0,  1],
            [-1,  0,  1]])
    """
    return taps.outer([1, 1, 1], [-1, 0, 1])


@kernel(
    family="edges",
    label=N_("Horizontal edges, three columns alike (Prewitt y)"),
    sentence=N_("Takes the difference from top to bottom, three columns counting alike."),
    finding=N_("Prewitt y finds horizontal edges"),
    signed=True,
)
def prewitt_y() -> Tensor:
    """The derivative along y, smoothed by 1 1 1: 6 times the slope.

    Source: Prewitt (1970), Object enhancement and extraction.

    >>> prewitt_y().long()
    tensor([[-1, -1, -1],
            [ 0,  0,  0],
            [ 1,  1,  1]])
    """
    return taps.outer([-1, 0, 1], [1, 1, 1])


@kernel(
    family="edges",
    label=N_("Vertical edges, true to direction (Scharr x)"),
    sentence=N_("Takes the difference from left to right with weights that treat all directions most alike."),
    finding=N_("Scharr x finds vertical edges"),
    signed=True,
)
def scharr_x() -> Tensor:
    """The derivative along x, smoothed by 3 10 3: 32 times the slope.

    Source: Scharr (2000), Optimale Operatoren in der digitalen Bildverarbeitung.

    >>> scharr_x().long()
    tensor([[ -3,   0,   3],
            [-10,   0,  10],
            [ -3,   0,   3]])
    """
    return taps.outer([3, 10, 3], [-1, 0, 1])


@kernel(
    family="edges",
    label=N_("Horizontal edges, true to direction (Scharr y)"),
    sentence=N_("Takes the difference from top to bottom with weights that treat all directions most alike."),
    finding=N_("Scharr y finds horizontal edges"),
    signed=True,
)
def scharr_y() -> Tensor:
    """The derivative along y, smoothed by 3 10 3: 32 times the slope.

    Source: Scharr (2000), Optimale Operatoren in der digitalen Bildverarbeitung.

    >>> scharr_y().long()
    tensor([[ -3, -10,  -3],
            [  0,   0,   0],
            [  3,  10,   3]])
    """
    return taps.outer([-1, 0, 1], [3, 10, 3])


# --- differences without smoothing ---------------------------------------------------------------


@kernel(
    family="edges",
    label=N_("Change from left to right (difference in x)"),
    sentence=N_("Takes differences of neighbours along a row, as often as the order says."),
    finding=N_("Difference of order {order} along x"),
    signed=True,
)
def difference_x(*, order: Annotated[int, Integer(1, 10)] = 1) -> Tensor:
    """The derivative of the given order along x: ``order + 1`` taps, one row.

    Fewer taps cannot do it, and these are exact on polynomials of degree ``order``.
    Source: Boole (1860), A Treatise on the Calculus of Finite Differences.

    >>> difference_x(order=2).long()
    tensor([[ 1, -2,  1]])
    """
    return taps.matrix([taps.difference_taps("difference_x", order)])


@kernel(
    family="edges",
    label=N_("Change from top to bottom (difference in y)"),
    sentence=N_("Takes differences of neighbours along a column, as often as the order says."),
    finding=N_("Difference of order {order} along y"),
    signed=True,
)
def difference_y(*, order: Annotated[int, Integer(1, 10)] = 1) -> Tensor:
    """The derivative of the given order along y: ``order + 1`` taps, one column.

    Fewer taps cannot do it, and these are exact on polynomials of degree ``order``.
    Source: Boole (1860), A Treatise on the Calculus of Finite Differences.

    >>> difference_y(order=1).long()
    tensor([[-1],
            [ 1]])
    """
    return taps.matrix([[tap] for tap in taps.difference_taps("difference_y", order)])


@kernel(
    family="edges",
    label=N_("Edges across one direction (directional derivative)"),
    sentence=N_("Takes the slope along the given angle: edges across it answer, edges along it vanish."),
    finding=N_("Brightness change along {angle:g} degrees"),
    signed=True,
)
def directional_edge(*, angle: Annotated[float, Real(0, 360, 5, unit="degrees")] = 45.0) -> Tensor:
    """The slope along a direction, exact on planes: 2 x 2.

    With ``u = (cos, -sin)`` in (x, y downwards) it is ``u_x`` times the mean difference along x plus
    ``u_y`` times that along y.  Source: the least-squares plane through four pixels, Haralick (1980),
    Edge and region analysis for digital image data.

    >>> directional_edge(angle=0)
    tensor([[-0.5000,  0.5000],
            [-0.5000,  0.5000]], dtype=torch.float64)
    >>> directional_edge(angle=90)             # positive where it gets brighter upwards
    tensor([[ 0.5000,  0.5000],
            [-0.5000, -0.5000]], dtype=torch.float64)
    """
    cosine, sine = taps.direction(taps.finite("directional_edge", "angle", angle))
    x, y = cosine / 2, -sine / 2
    return taps.matrix([[-x - y, x - y], [-x + y, x + y]])
