"""Which kernels find outlines, spots and stripes?  Second derivatives and waves: they sum to 0.

A flat picture gives 0.  Range: results have both signs; a picture in [0, 1] gives at most the sum of
the positive numbers.  Sizes are in pixels, angles in degrees, counter-clockwise from +x, rows growing
downwards.  Each function returns float64, ``(kh, kw)``.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from playground.errors import N_, GeometryError
from playground.ops import taps
from playground.ops.lazy import torch
from playground.ops.parameters import Integer, Real
from playground.ops.registry import kernel

if TYPE_CHECKING:
    from torch import Tensor


@kernel(
    family="edges",
    label=N_("Edges of all directions (Laplacian, 4 neighbours)"),
    sentence=N_("Compares each pixel with its four neighbours: the sum of the second derivatives."),
    finding=N_("Laplacian: edges of every direction"),
    signed=True,
)
def laplacian_4() -> Tensor:
    """The second derivatives along x and y, added: centre -4.

    Source: Rosenfeld & Kak (1976), Digital Picture Processing.

    >>> laplacian_4().long()
    tensor([[ 0,  1,  0],
            [ 1, -4,  1],
            [ 0,  1,  0]])
    """
    return taps.matrix([[0, 1, 0], [1, -4, 1], [0, 1, 0]])


@kernel(
    family="edges",
    label=N_("Edges of all directions (Laplacian, 8 neighbours)"),
    sentence=N_("Compares each pixel with its eight neighbours, so that diagonals count too."),
    finding=N_("Laplacian: edges, diagonals included"),
    signed=True,
)
def laplacian_8() -> Tensor:
    """The second derivatives along x, y and both diagonals, added: centre -8.

    Source: Gonzalez & Woods (1992), Digital Image Processing.

    >>> laplacian_8().long()
    tensor([[ 1,  1,  1],
            [ 1, -8,  1],
            [ 1,  1,  1]])
    """
    return taps.matrix([[1, 1, 1], [1, -8, 1], [1, 1, 1]])


def laplacian_of_gaussian_values(*, size: int | None = None, sigma: float | None = None) -> dict:
    """What ``laplacian_of_gaussian`` computes with when a value is left out.

    >>> laplacian_of_gaussian_values()
    {'size': 9, 'sigma': 1.0}
    """
    values = taps.size_and_sigma("laplacian_of_gaussian", size, sigma)
    taps.odd("laplacian_of_gaussian", "size", values["size"], low=3)
    return values


@kernel(
    family="edges",
    label=N_("Spots (Laplacian of Gaussian)"),
    sentence=N_(
        "Answers spots about as large as sigma: positive where a dark spot is, negative where a bright one."
    ),
    finding=N_("Laplacian of Gaussian finds spots"),
    signed=True,
)
def laplacian_of_gaussian(
    *,
    size: Annotated[int | None, Integer(3, 255, step=2)] = None,
    sigma: Annotated[float | None, Real(0.3, 50, unit="pixels")] = None,
) -> Tensor:
    """The Laplacian of a blurred picture in one kernel: ``(x^2 + y^2 - m)/sigma^4`` times a Gaussian.

    The textbook has ``m = 2 sigma^2``.  Samples of that do not sum to 0, so ``m`` is the mean of
    ``x^2 + y^2`` under the sampled Gaussian, which tends to the same.  ``size`` and ``sigma`` follow
    from each other as in ``gaussian``.  Source: Marr & Hildreth (1980), Theory of edge detection.

    >>> (laplacian_of_gaussian(size=5, sigma=0.5) * 100).round().long()
    tensor([[   0,    0,    1,    0,    0],
            [   0,   28,   76,   28,    0],
            [   1,   76, -426,   76,    1],
            [   0,   28,   76,   28,    0],
            [   0,    0,    1,    0,    0]])
    """
    values = laplacian_of_gaussian_values(size=size, sigma=sigma)
    size, sigma = values["size"], values["sigma"]
    row, squares = taps.gaussian_taps(size, sigma), taps.squared_positions(size)
    mean = 2 * math.fsum(tap * square for tap, square in zip(row, squares, strict=True))
    if mean == 0:
        raise _nothing_left("laplacian_of_gaussian", sigma)
    square = taps.matrix([squares])
    return _balanced((square + square.T - mean) / sigma**4 * taps.outer(row, row))


def difference_of_gaussians_values(
    *, sigma: float | None = None, ratio: float = 1.6, size: int | None = None
) -> dict:
    """What ``difference_of_gaussians`` computes with when a value is left out.

    >>> difference_of_gaussians_values(sigma=2.0)
    {'ratio': 1.6, 'size': 27, 'sigma': 2.0}
    """
    ratio = taps.above("difference_of_gaussians", "ratio", ratio, floor=1.0)
    values = taps.size_and_sigma("difference_of_gaussians", size, sigma, ratio=ratio)
    taps.odd("difference_of_gaussians", "size", values["size"], low=3)
    return {"ratio": ratio, **values}


@kernel(
    family="edges",
    label=N_("Spots (difference of Gaussians)"),
    sentence=N_("Takes a narrow blur from a wide one: what is left are details between the two widths."),
    finding=N_("Difference of Gaussians finds spots"),
    signed=True,
)
def difference_of_gaussians(
    *,
    sigma: Annotated[float | None, Real(0.3, 10, unit="pixels")] = None,
    ratio: Annotated[float, Real(1.1, 5)] = 1.6,
    size: Annotated[int | None, Integer(3, 255, step=2)] = None,
) -> Tensor:
    """A Gaussian of width ``ratio * sigma`` minus one of width ``sigma``.

    Without ``size`` it reaches four times the wider; without ``sigma`` it is
    ``(size - 1)/(8 ratio)``; without both sigma is 1.  At a ratio of 1.6 it resembles the Laplacian of
    Gaussian.  Source: Marr & Hildreth (1980), Theory of edge detection.

    >>> (difference_of_gaussians(size=5, sigma=0.5, ratio=1.6) * 1000).round().long()
    tensor([[   0,    5,   11,    5,    0],
            [   5,   41,   30,   41,    5],
            [  11,   30, -370,   30,   11],
            [   5,   41,   30,   41,    5],
            [   0,    5,   11,    5,    0]])
    """
    values = difference_of_gaussians_values(sigma=sigma, ratio=ratio, size=size)
    size, sigma = values["size"], values["sigma"]
    wide, narrow = taps.gaussian_taps(size, values["ratio"] * sigma), taps.gaussian_taps(size, sigma)
    if wide == narrow:
        raise _nothing_left("difference_of_gaussians", sigma)
    return _balanced(taps.outer(wide, wide) - taps.outer(narrow, narrow))


def _nothing_left(owner: str, sigma: float) -> GeometryError:
    return GeometryError(
        N_("{owner}(sigma={sigma}) is 0 at every pixel, as its bell fits into one; try a larger sigma"),
        owner=owner, sigma=f"{sigma:g}",
    )  # fmt: skip


def _balanced(kernel: Tensor) -> Tensor:
    """Give what rounding left of the sum to the middle, so that the sum is 0."""
    middle = kernel.shape[0] // 2
    spare = torch.zeros_like(kernel)
    spare[middle, middle] = math.fsum(kernel.flatten().tolist())
    return kernel - spare


# --- stripes and outlines ------------------------------------------------------------------------

OCTAVE = math.sqrt(math.log(2) / 2) / math.pi * 3
"""Sigma per wavelength of a Gabor filter one octave wide (Daugman 1985): 0.562."""


def gabor_values(
    *,
    angle: float = 0.0,
    wavelength: float = 8.0,
    sigma: float | None = None,
    phase: float = 0.0,
    aspect: float = 1.0,
    size: int | None = None,
) -> dict:
    """What ``gabor`` computes with when a value is left out.

    >>> gabor_values(sigma=4.0)["size"]
    25
    """
    angle, phase = taps.finite("gabor", "angle", angle), taps.finite("gabor", "phase", phase)
    wavelength, aspect = taps.above("gabor", "wavelength", wavelength), taps.above("gabor", "aspect", aspect)
    sigma = OCTAVE * wavelength if sigma is None else taps.above("gabor", "sigma", sigma)
    if size is None:
        size = 2 * math.ceil(3 * sigma / min(aspect, 1.0)) + 1
    return {
        "angle": angle, "wavelength": wavelength, "sigma": sigma,
        "phase": phase, "aspect": aspect, "size": taps.odd("gabor", "size", size, low=3),
    }  # fmt: skip


@kernel(
    family="edges",
    label=N_("Stripes of one direction (Gabor)"),
    sentence=N_(
        "Answers stripes of one width that repeat along the given angle, as cells of the eye's cortex do."
    ),
    finding=N_("Gabor finds stripes across {angle:g} degrees"),
    signed=True,
)
def gabor(
    *,
    angle: Annotated[float, Real(0, 360, 5, unit="degrees")] = 0.0,
    wavelength: Annotated[float, Real(3, 32, 0.5, unit="pixels")] = 8.0,
    sigma: Annotated[float | None, Real(0.5, 20, unit="pixels")] = None,
    phase: Annotated[float, Real(0, 360, 15, unit="degrees")] = 0.0,
    aspect: Annotated[float, Real(0.3, 2)] = 1.0,
    size: Annotated[int | None, Integer(3, 255, step=2)] = None,
) -> Tensor:
    """A wave along ``angle`` under a bell: ``(cos(2 pi u/wavelength + phase) - c)`` times a Gaussian.

    ``u`` runs along the angle and has width ``sigma``, ``v`` across it has width ``sigma/aspect``;
    angle 0 answers vertical stripes.  Without ``sigma`` the filter is one octave wide (0.562
    wavelengths); without ``size`` it reaches three times the larger width.  The mean is removed under
    the bell (``c``), so that the ends stay near 0; then the positive numbers are scaled to sum to 1
    and the negative ones to -1.  Source: Gabor (1946), Theory of communication; Daugman (1985),
    Uncertainty relation for resolution in space, spatial frequency, and orientation.

    >>> (gabor(wavelength=4, sigma=1, aspect=1, size=5) * 1000).round().long()
    tensor([[ -14,  -14,   54,  -14,  -14],
            [ -61,  -62,  244,  -62,  -61],
            [-100, -102,  403, -102, -100],
            [ -61,  -62,  244,  -62,  -61],
            [ -14,  -14,   54,  -14,  -14]])
    """
    values = gabor_values(
        angle=angle, wavelength=wavelength, sigma=sigma, phase=phase, aspect=aspect, size=size
    )
    size, sigma = values["size"], values["sigma"]
    cosine, sine = taps.direction(values["angle"])
    x = torch.arange(size, dtype=torch.float64)[None, :] - size // 2
    y = x.T
    u, v = cosine * x - sine * y, sine * x + cosine * y
    bell = _mirrored(torch.exp(-0.5 * (u**2 + (values["aspect"] * v) ** 2) / sigma**2), 1)
    turn = 2 * math.pi / values["wavelength"] * u
    even, uneven = _mirrored(bell * torch.cos(turn), 1), _mirrored(bell * torch.sin(turn), -1)
    even = even - bell * (even.sum() / bell.sum())
    shift_cosine, shift_sine = taps.direction(values["phase"])
    wave = _balanced(shift_cosine * even - shift_sine * uneven)
    weight = float(wave.abs().sum()) / 2
    if weight < 1e-9 * float(bell.sum()):
        raise GeometryError(
            N_("gabor(wavelength={wavelength}, phase={phase}) is 0 at every pixel; try a longer wavelength"),
            wavelength=f"{values['wavelength']:g}", phase=f"{values['phase']:g}",
        )  # fmt: skip
    return wave / weight


def _mirrored(kernel: Tensor, sign: int) -> Tensor:
    """Copy the first half onto the second, turned by 180 degrees: symmetric to the last bit."""
    numbers = kernel.flatten()
    half = numbers[: len(numbers) // 2]
    middle = numbers[len(half) : len(half) + 1]
    return torch.cat([half, middle, sign * half.flip(0)]).reshape(kernel.shape)


@kernel(
    family="edges",
    label=N_("Outlines (centre 8, ring -1)"),
    sentence=N_("Takes its eight neighbours from each pixel eightfold: flat areas vanish, outlines stay."),
    finding=N_("Outline: only what differs stays"),
    signed=True,
)
def outline() -> Tensor:
    """The Laplacian with centre -8, its sign turned: bright lines on bright sides.

    Source: Powell (2015), Image Kernels Explained Visually.

    >>> outline().long()
    tensor([[-1, -1, -1],
            [-1,  8, -1],
            [-1, -1, -1]])
    """
    return taps.matrix([[-1, -1, -1], [-1, 8, -1], [-1, -1, -1]])
