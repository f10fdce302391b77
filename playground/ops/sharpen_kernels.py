"""Which kernels sharpen, light a relief, move, or do nothing?  All of them sum to 1.

Range: a flat picture keeps its value; at edges results leave [0, 1], and operations never clip.
``amount`` has no unit; angles are in degrees, counter-clockwise from +x.  Each function returns
float64, ``(kh, kw)``; the identity also serves sounds, as ``(k,)``.
"""

from __future__ import annotations

from numbers import Integral
from typing import TYPE_CHECKING, Annotated

from playground.errors import N_, GeometryError
from playground.ops import taps
from playground.ops.blur_kernels import gaussian
from playground.ops.parameters import Integer, Real, shown
from playground.ops.registry import Words, kernel

if TYPE_CHECKING:
    from torch import Tensor


@kernel(
    family="sharpen",
    label=N_("Crisper (identity minus Laplacian)"),
    sentence=N_("Adds to each pixel what sets it apart from its four neighbours."),
    finding=N_("Sharpen: edges stand out"),
    signed=False,
)
def sharpen(*, amount: Annotated[float, Real(0, 10)] = 1.0) -> Tensor:
    """The identity minus ``amount`` times the Laplacian with centre -4.

    Source: Rosenfeld & Kak (1976), Digital Picture Processing.

    >>> sharpen().long()
    tensor([[ 0, -1,  0],
            [-1,  5, -1],
            [ 0, -1,  0]])
    """
    a = taps.finite("sharpen", "amount", amount)
    return taps.matrix([[0, -a, 0], [-a, 1 + 4 * a, -a], [0, -a, 0]]) + 0.0  # no -0.0 for amount 0


def unsharp_values(*, amount: float = 1.0, sigma: float | None = None, size: int | None = None) -> dict:
    """What ``unsharp`` computes with when a value is left out.

    >>> unsharp_values(amount=2.0, size=9)
    {'amount': 2.0, 'size': 9, 'sigma': 1.0}
    """
    values = taps.size_and_sigma("unsharp", size, sigma)
    taps.odd("unsharp", "size", values["size"])
    return {"amount": taps.finite("unsharp", "amount", amount), **values}


@kernel(
    family="sharpen",
    label=N_("Crisper at a chosen width (unsharp mask)"),
    sentence=N_("Adds to each pixel what a Gaussian blur of width sigma would take from it."),
    finding=N_("Unsharp mask: what a blur would lose is added"),
    signed=False,
)
def unsharp(
    *,
    amount: Annotated[float, Real(0, 10)] = 1.0,
    sigma: Annotated[float | None, Real(0.1, 50, unit="pixels")] = None,
    size: Annotated[int | None, Integer(1, 255, step=2)] = None,
) -> Tensor:
    """``(1 + amount)`` times the identity minus ``amount`` times a Gaussian.

    ``size`` and ``sigma`` follow from each other as in ``gaussian``.
    Source: Schreiber (1970), Wirephoto quality improvement by unsharp masking.

    >>> (unsharp(amount=1.0, size=3, sigma=1.0) * 10000).round().long()
    tensor([[ -751, -1238,  -751],
            [-1238, 17958, -1238],
            [ -751, -1238,  -751]])
    """
    values = unsharp_values(amount=amount, sigma=sigma, size=size)
    size, amount = values["size"], values["amount"]
    blurred = gaussian(size=size, sigma=values["sigma"] or None)
    return (1 + amount) * identity(size=size) - amount * blurred + 0.0


RING = ((135, 90, 45), (180, None, 0), (225, 270, 315))
"""Where the eight neighbours lie as seen from the middle, in degrees."""


@kernel(
    family="emboss",
    label=N_("Relief lit from one side (emboss)"),
    sentence=N_("Makes brightness look like a relief that is lit from the given angle."),
    finding=N_("Emboss: a relief lit from {angle:g} degrees"),
    signed=False,
)
def emboss(*, angle: Annotated[float, Real(0, 360, 5, unit="degrees")] = 135.0) -> Tensor:
    """A relief: the identity plus a slope from -2 towards the light to 2 away from it.

    A neighbour that lies ``d`` degrees (0 to 180) from the light weighs ``d/45 - 2``: -2 where the
    light is, 0 at right angles to it, 2 opposite.  So a turn by 45 degrees moves every number of the
    ring by one place, angles between interpolate linearly, opposite neighbours cancel and the sum is
    1.  Source: Powell (2015), Image Kernels Explained Visually, has the matrix at 135 degrees.

    >>> emboss(angle=135).long()
    tensor([[-2, -1,  0],
            [-1,  1,  1],
            [ 0,  1,  2]])
    >>> emboss(angle=90).long()
    tensor([[-1, -2, -1],
            [ 0,  1,  0],
            [ 1,  2,  1]])
    """
    light = taps.finite("emboss", "angle", angle)

    def weight(place: int | None) -> float:
        return 1.0 if place is None else abs((place - light + 180) % 360 - 180) / 45 - 2

    return taps.matrix([[weight(place) for place in row] for row in RING])


@kernel(
    family="own",
    label=N_("Nothing yet (identity)"),
    sentence=N_("Leaves every pixel as it is: the kernel to start your own from."),
    finding=N_("The identity changes nothing"),
    signed=False,
    dimensions=(1, 2),
    sound=Words(
        "own",
        N_("Nothing yet (identity)"),
        N_("Leaves every sample as it is: the kernel to start your own from."),
        N_("The identity changes nothing"),
    ),
)
def identity(*, size: Annotated[int, Integer(1, 255, step=2)] = 3, dimensions: int = 2) -> Tensor:
    """A single 1 in the middle: the unit impulse, a row of ``size`` with ``dimensions=1``.

    Source: the unit impulse of Oppenheim & Schafer (1975), Digital Signal Processing.

    >>> identity().long()
    tensor([[0, 0, 0],
            [0, 1, 0],
            [0, 0, 0]])
    >>> identity(size=5, dimensions=1).long()
    tensor([0, 0, 1, 0, 0])
    """
    size = taps.odd("identity", "size", size)
    return taps.along(dimensions, [float(i == size // 2) for i in range(size)])


@kernel(
    family="own",
    label=N_("Moved aside (shift)"),
    sentence=N_(
        "Moves the picture by whole pixels: a single 1, off the middle, reads each pixel from elsewhere."
    ),
    finding=N_("Shift: {down} down, {right} to the right"),
    signed=False,
)
def shift(
    *, down: Annotated[int, Integer(-64, 64)] = 0, right: Annotated[int, Integer(-64, 64)] = 8
) -> Tensor:
    """A single 1 off the middle: correlation moves the picture ``down`` rows and ``right`` columns.

    Negative numbers move it up and to the left.  The 1 stands on the side from which pixels come;
    convolution, which flips the kernel, moves the picture the other way.

    Source: the shifted unit impulse of Oppenheim & Schafer (1975), Digital Signal Processing.

    >>> shift(down=1, right=-1).long()
    tensor([[0, 0, 1],
            [0, 0, 0],
            [0, 0, 0]])
    """
    down, right = _pixels("down", down), _pixels("right", right)
    height, width = 2 * abs(down) + 1, 2 * abs(right) + 1
    rows = [float(i == abs(down) - down) for i in range(height)]
    columns = [float(j == abs(right) - right) for j in range(width)]
    return taps.outer(rows, columns)


def _pixels(name: str, value: int) -> int:
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise GeometryError(
            N_("shift({name}={given}) has no meaning; give a whole number of pixels"),
            name=name,
            given=shown(value),
        )
    return int(value)
