"""Are the named kernels what they say, and is text from outside read or refused in words?"""

from __future__ import annotations

import math
import random
import subprocess
import sys
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.errors import GeometryError, RecipeError
from playground.ops import conv2d, kernels, taps
from playground.ops.kernels import build, format_kernel, parse_kernel, prepared, resolved
from playground.ops.parameters import Choice, Flag, Integer, Pair, Real
from playground.ops.registry import KERNELS, KernelRef

NAMES = [name for name, kernel in KERNELS.items() if 2 in kernel.dimensions]
BLURS = ["gaussian", "box", "binomial", "disc", "motion_blur"]
EDGES = [name for name in NAMES if KERNELS[name].family == "edges"]
ANGLES = [0, 22.5, 30, 45, 77, 90, 135, 180, 200, 270, 315, 359]


def total(kernel: torch.Tensor) -> float:
    return math.fsum(kernel.flatten().tolist())


def weight(kernel: torch.Tensor) -> float:
    return math.fsum(kernel.abs().flatten().tolist())


def ends(option) -> list:
    """Both ends of a parameter's range, and None where it may be left out."""
    match option.type:
        case Integer(low, high) | Real(low, high):
            found = [low, high]
        case Pair(item):
            found = [item.low, item.high, (item.low, item.high)]
        case Choice(options):
            found = list(options)
        case Flag():
            found = [False, True]
    return [*found, None] if option.optional else found


CORNERS = [(name, {key: value}) for name in NAMES for key, option in KERNELS[name].options.items() for value in ends(option)]  # fmt: skip


# --- the registry --------------------------------------------------------------------------------


def test_the_menus_have_their_order():
    families: dict[str, list[str]] = {}
    for name, kernel in KERNELS.items():
        if 2 in kernel.dimensions:
            families.setdefault(kernel.family, []).append(name)
    assert list(kernels.FAMILIES) == ["blur", "edges", "sharpen", "emboss", "own"]
    assert families["blur"] == BLURS
    assert families["edges"] == [
        "sobel_x", "sobel_y", "prewitt_x", "prewitt_y", "scharr_x", "scharr_y", "difference_x", "difference_y",
        "directional_edge", "laplacian_4", "laplacian_8", "laplacian_of_gaussian", "difference_of_gaussians",
        "gabor", "outline",
    ]  # fmt: skip
    assert families["sharpen"] == ["sharpen", "unsharp"]
    assert families["emboss"] == ["emboss"]
    assert families["own"] == ["identity", "shift"]


@pytest.mark.parametrize("name", NAMES)
def test_every_kernel_has_its_words(name):
    kernel = KERNELS[name]
    assert kernel.label and kernel.label[0].isupper() and kernel.label.endswith(")")
    assert kernel.sentence.endswith(".") and kernel.sentence.count(". ") == 0
    assert kernel.signed == (kernel.family == "edges")
    assert "Source: " in kernel.function.__doc__ and ">>>" in kernel.function.__doc__
    assert len(kernel.function.__doc__.splitlines()[0]) <= 100


@pytest.mark.parametrize("name, params", CORNERS + [(name, {}) for name in NAMES])
def test_the_finding_fits_a_phone_at_both_ends_of_every_parameter(name, params):
    assert len(KERNELS[name].finding.format(**resolved(name, params))) <= 45


@pytest.mark.parametrize("name", NAMES)
def test_every_kernel_builds_at_its_defaults(name):
    kernel = build(KernelRef(name=name))
    assert kernel.dtype == torch.float64 and kernel.ndim == 2 and max(kernel.shape) <= 29
    assert kernel.isfinite().all() and kernel.any()
    assert torch.equal(kernel, KERNELS[name].function())


@pytest.mark.parametrize("name, params", CORNERS)
def test_every_kernel_builds_at_both_ends_of_every_parameter(name, params):
    kernel = build(KernelRef(name=name, params=tuple(params.items())))
    assert kernel.isfinite().all() and kernel.any() and max(kernel.shape) <= 401
    expected = {"blur": 1, "edges": 0, "sharpen": 1, "emboss": 1, "own": 1}[KERNELS[name].family]
    assert total(kernel) == pytest.approx(expected, abs=1e-15 * max(1, weight(kernel)))


@pytest.mark.parametrize("name, params", CORNERS)
def test_resolved_values_build_the_same_kernel(name, params):
    values = resolved(name, params)
    assert set(values) == {*KERNELS[name].options, "normalise", "zero_mean"}
    assert None not in values.values()
    own = {key: value for key, value in values.items() if key in KERNELS[name].options}
    own = {key: value for key, value in own.items() if (key, value) != ("sigma", 0)}  # of a single tap
    assert torch.equal(KERNELS[name].function(**own), KERNELS[name].function(**params))


def test_importing_the_kernels_does_not_import_torch():
    code = "import sys, playground.ops.kernels as k; k.parse_kernel('1 0'); k.resolved('gabor'); print('torch' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout == "False\n"


# --- blurs ---------------------------------------------------------------------------------------

BLUR_CASES = [
    ("gaussian", {}), ("gaussian", {"size": 4}), ("gaussian", {"size": 1}), ("gaussian", {"sigma": 0.1}),
    ("gaussian", {"size": 2, "sigma": 0.1}), ("gaussian", {"sigma": 50}), ("box", {"size": 7}), ("box", {"size": (3, 4)}),
    ("binomial", {"size": 1}), ("binomial", {"size": 6}), ("binomial", {"size": 255}),
    *[("disc", {"radius": radius}) for radius in (0.5, 0.6, 1, math.sqrt(0.5), 2.5, 7.3, 64)],
    *[("motion_blur", {"length": length, "angle": angle}) for length in (1, 2, 15, 40) for angle in ANGLES],
]  # fmt: skip


@pytest.mark.parametrize("name, params", BLUR_CASES)
def test_blurs_sum_to_one_are_nowhere_negative_and_symmetric_about_the_centre(name, params):
    kernel = KERNELS[name].function(**params)
    assert abs(total(kernel) - 1) <= 1e-15
    assert (kernel >= 0).all()
    assert torch.equal(kernel, kernel.flip(0, 1))


@pytest.mark.parametrize(
    "name, params", [case for case in BLUR_CASES if case[0] in ("gaussian", "binomial", "disc")]
)
def test_round_blurs_are_the_same_in_all_four_directions(name, params):
    kernel = KERNELS[name].function(**params)
    assert torch.equal(kernel, kernel.T) and torch.equal(kernel, kernel.flip(0))


@pytest.mark.parametrize(
    "given, size, sigma",
    [({}, 9, 1), ({"sigma": 2}, 17, 2), ({"sigma": 0.3}, 5, 0.3), ({"size": 17}, 17, 2), ({"size": 5, "sigma": 3}, 5, 3),
     ({"sigma": 50}, 401, 50)],
)  # fmt: skip
def test_size_and_sigma_of_a_gaussian_follow_from_each_other(given, size, sigma):
    values = resolved("gaussian", given)
    assert (values["size"], values["sigma"]) == (size, sigma)
    kernel = kernels.gaussian(**given)
    assert kernel.shape == (size, size)
    assert kernel[0, 0] / kernel[size // 2, size // 2] == pytest.approx(
        math.exp(-((size // 2) ** 2) / sigma**2)
    )


def test_a_box_may_have_two_sizes_vertical_first():
    assert kernels.box(size=(2, 5)).shape == (2, 5)
    assert kernels.box(size=4).shape == (4, 4)


def test_a_binomial_is_the_average_of_two_repeated():
    row = torch.tensor([[1.0]], dtype=torch.float64)
    for size in range(1, 12):
        assert torch.equal(kernels.binomial(size=size).sum(0, keepdim=True), row)
        row = (torch.nn.functional.pad(row, (1, 0)) + torch.nn.functional.pad(row, (0, 1))) / 2


@pytest.mark.parametrize("radius", [0.5, 0.7, 1.0, 2.0, 3.7, 9.25])
def test_a_disc_covers_what_supersampling_counts(radius):
    kernel = kernels.disc(radius=radius)
    size, fine = kernel.shape[0], 101
    axis = (torch.arange(size * fine, dtype=torch.float64) + 0.5) / fine - size / 2
    inside = (axis[:, None] ** 2 + axis**2 <= radius**2).double()
    counted = inside.reshape(size, fine, size, fine).mean(dim=(1, 3))
    torch.testing.assert_close(kernel * math.pi * radius**2, counted, atol=5e-3, rtol=0)
    assert kernel.max() == pytest.approx(float(counted.max()) / (math.pi * radius**2), rel=5e-3)


@pytest.mark.parametrize("length", [1, 3, 8, 15, 16])
@pytest.mark.parametrize("angle", [0, 90, 180, 270, 360])
def test_straight_motion_is_one_row_or_column_of_equal_numbers(length, angle):
    kernel = kernels.motion_blur(length=length, angle=angle)
    size = length if length % 2 else length + 1
    row = [1 / length] * size
    if length % 2 == 0:
        row[0] = row[-1] = 0.5 / length
    expected = torch.zeros(size, size, dtype=torch.float64)
    expected[size // 2] = torch.tensor(row, dtype=torch.float64)
    assert torch.equal(kernel, expected if angle % 180 == 0 else expected.T)


@pytest.mark.parametrize("length", [9, 30, 255])
@pytest.mark.parametrize("angle", [a for a in ANGLES if a % 90])
def test_motion_blur_covers_a_line_of_its_length_that_rises_to_the_right(length, angle):
    kernel = kernels.motion_blur(length=length, angle=angle)
    half = kernel.shape[0] // 2
    assert kernel.shape == (2 * half + 1, 2 * half + 1)
    assert kernel[0].any() or kernel[:, 0].any(), "no wider than the line"
    x = torch.arange(-half, half + 1, dtype=torch.float64)[None, :]
    cosine, sine = taps.direction(angle)
    along, across = cosine * x - sine * x.T, sine * x + cosine * x.T  # rows grow downwards
    assert float((kernel * along**2).sum()) == pytest.approx(length**2 / 12, rel=0.01, abs=0.2)
    assert float((kernel * across**2).sum()) < 0.25


def test_motion_blur_turns_with_the_picture():
    for angle in (10, 45, 80):
        turned = torch.rot90(kernels.motion_blur(length=12, angle=angle))
        torch.testing.assert_close(
            kernels.motion_blur(length=12, angle=angle + 90), turned, atol=1e-15, rtol=0
        )


# --- edges ---------------------------------------------------------------------------------------

EDGE_CASES = [
    *[(name, {}) for name in EDGES],
    *[(name, {"order": order}) for name in ("difference_x", "difference_y") for order in (2, 3, 10)],
    *[("directional_edge", {"angle": angle}) for angle in ANGLES],
    *[("laplacian_of_gaussian", case) for case in ({"sigma": 0.3}, {"sigma": 1.4}, {"sigma": 50}, {"size": 3}, {"size": 11, "sigma": 5})],
    *[("difference_of_gaussians", case) for case in ({"sigma": 0.3}, {"ratio": 5}, {"ratio": 1.1}, {"sigma": 10, "ratio": 5}, {"size": 21})],
    *[("gabor", {"angle": angle, "phase": phase}) for angle in ANGLES for phase in (0, 30, 90, 180, 270)],
    ("gabor", {"wavelength": 3, "phase": 90}), ("gabor", {"size": 3, "wavelength": 32}),
]  # fmt: skip


@pytest.mark.parametrize("name, params", EDGE_CASES)
def test_edge_kernels_sum_to_zero(name, params):
    kernel = KERNELS[name].function(**params)
    assert abs(total(kernel)) <= 1e-15 * weight(kernel)
    assert (kernel < 0).any() and (kernel > 0).any()


@pytest.mark.parametrize(
    "x, y, smooth",
    [
        ("sobel_x", "sobel_y", [1, 2, 1]),
        ("prewitt_x", "prewitt_y", [1, 1, 1]),
        ("scharr_x", "scharr_y", [3, 10, 3]),
    ],
)
def test_derivatives_of_three_by_three_are_the_whole_numbers_of_the_books(x, y, smooth):
    kernel = KERNELS[x].function()
    assert kernel.tolist() == [[-number, 0, number] for number in smooth]
    assert torch.equal(KERNELS[y].function(), kernel.T)


@pytest.mark.parametrize("order", range(1, 11))
def test_a_difference_vanishes_below_its_order_and_gives_the_factorial_at_it(order):
    row = kernels.difference_x(order=order)
    assert row.shape == (1, order + 1)
    assert torch.equal(kernels.difference_y(order=order), row.T)
    for power in range(order + 1):
        moment = sum(int(tap) * t**power for t, tap in enumerate(row[0].tolist()))
        assert moment == (math.factorial(order) if power == order else 0)


def response(kernel: torch.Tensor, picture: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.conv2d(picture[None, None], kernel[None, None])[0, 0]


def plane(along_x: float, along_y: float, size: int = 12) -> torch.Tensor:
    steps = torch.arange(size, dtype=torch.float64)
    return along_x * steps[None, :] + along_y * steps[:, None]


def test_directional_edge_gives_the_slope_of_a_plane_exactly():
    angle = math.degrees(math.atan2(-4, 3))  # (3, 4) in (x, y downwards)
    found = response(kernels.directional_edge(angle=angle), plane(2, 5))
    torch.testing.assert_close(found, torch.full_like(found, 5.2), atol=1e-13, rtol=0)


@pytest.mark.parametrize("angle", ANGLES)
def test_directional_edge_is_zero_along_an_edge_and_positive_up_the_slope(angle):
    cosine, sine = taps.direction(angle)
    kernel = kernels.directional_edge(angle=angle)
    along = response(kernel, plane(sine, cosine))  # constant along (cos, -sin)
    assert along.abs().max() <= 1e-14
    up = response(kernel, plane(cosine, -sine))
    torch.testing.assert_close(up, torch.ones_like(up), atol=1e-14, rtol=0)
    torch.testing.assert_close(kernels.directional_edge(angle=angle + 180), -kernel, atol=1e-14, rtol=0)


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
def test_an_edge_parallel_to_the_direction_vanishes(angle):
    step = torch.zeros(10, 10, dtype=torch.float64)
    step[5:] = 1  # a horizontal edge, brighter below
    found = response(kernels.directional_edge(angle=angle), step if angle % 180 == 0 else step.T)
    assert not found.any()
    across = response(kernels.directional_edge(angle=angle), step.T if angle % 180 == 0 else step)
    assert across.sum() == (-9 if angle in (90, 180) else 9)


def test_laplacians_and_outline_are_as_ruled():
    assert kernels.laplacian_4().tolist() == [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    assert kernels.laplacian_8().tolist() == [[1, 1, 1], [1, -8, 1], [1, 1, 1]]
    assert torch.equal(kernels.outline(), -kernels.laplacian_8())


@pytest.mark.parametrize("name, params", [case for case in EDGE_CASES if "gaussian" in case[0]])
def test_spot_kernels_are_round_with_a_negative_centre(name, params):
    kernel = KERNELS[name].function(**params)
    middle = kernel.shape[0] // 2
    assert kernel[middle, middle] == kernel.min() < 0
    assert torch.equal(kernel, kernel.T) and torch.equal(kernel, kernel.flip(0))


def test_difference_of_gaussians_is_wide_minus_narrow():
    expected = kernels.gaussian(size=27, sigma=3.2) - kernels.gaussian(size=27, sigma=2)
    torch.testing.assert_close(
        kernels.difference_of_gaussians(sigma=2, ratio=1.6), expected, atol=1e-15, rtol=0
    )
    assert resolved("difference_of_gaussians", {"size": 33, "ratio": 2})["sigma"] == 2


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("phase", [0, 45, 90, 270])
def test_gabor_keeps_a_picture_within_minus_one_and_one(angle, phase):
    kernel = kernels.gabor(angle=angle, phase=phase)
    assert float(kernel.clamp(min=0).sum()) == pytest.approx(1, abs=1e-14)
    assert float(kernel.clamp(max=0).sum()) == pytest.approx(-1, abs=1e-14)
    if phase == 0:
        assert torch.equal(kernel, kernel.flip(0, 1))
    if phase % 180 == 90:
        assert torch.equal(kernel, -kernel.flip(0, 1))


@pytest.mark.parametrize("angle", [0, 30, 45, 90, 120, 300])
def test_gabor_answers_stripes_of_its_own_direction_and_wavelength_most(angle):
    kernel = kernels.gabor(angle=angle, wavelength=8)

    def answer(along: float, wavelength: float) -> float:
        cosine, sine = taps.direction(along)
        half = kernel.shape[0] // 2
        x = torch.arange(-half, half + 1, dtype=torch.float64)[None, :]
        return abs(float((kernel * torch.cos(2 * math.pi / wavelength * (cosine * x - sine * x.T))).sum()))

    own = answer(angle, 8)
    assert own > 0.4
    assert all(answer(angle + turn, 8) < 0.6 * own for turn in (45, 90, 135))
    assert all(answer(angle, wavelength) < 0.6 * own for wavelength in (3, 4, 20, 40))


def test_gabor_options_change_width_length_and_size():
    assert resolved("gabor", {"wavelength": 10})["sigma"] == pytest.approx(5.622, abs=1e-3)
    assert resolved("gabor", {"sigma": 4, "aspect": 0.5})["size"] == 49
    assert resolved("gabor", {"sigma": 4, "aspect": 2})["size"] == 25
    long = kernels.gabor(sigma=3, aspect=0.5, size=31)
    assert long[0, 15].abs() > 100 * long[15, 0].abs(), "aspect below 1 is long along the stripes"
    assert torch.allclose(kernels.gabor(phase=180), -kernels.gabor(), atol=1e-15)


# --- sharpen, emboss, own ------------------------------------------------------------------------


def test_sharpen_is_identity_minus_laplacian():
    assert kernels.sharpen().tolist() == [[0, -1, 0], [-1, 5, -1], [0, -1, 0]]
    for amount in (0, 0.5, 3):
        expected = kernels.identity() - amount * kernels.laplacian_4()
        assert torch.equal(kernels.sharpen(amount=amount), expected)
    assert format_kernel(kernels.sharpen(amount=0)) == "0 0 0\n0 1 0\n0 0 0"


@pytest.mark.parametrize("amount", [0, 0.5, 2])
@pytest.mark.parametrize("values", [{}, {"sigma": 2}, {"size": 5}, {"size": 5, "sigma": 0.8}, {"size": 1}])
def test_unsharp_is_identity_with_what_a_gaussian_takes(amount, values):
    blurred = kernels.gaussian(**values)
    expected = (1 + amount) * kernels.identity(size=blurred.shape[0]) - amount * blurred
    assert torch.equal(kernels.unsharp(amount=amount, **values), expected)


def test_emboss_turns_its_ring_by_one_place_per_45_degrees():
    assert kernels.emboss(angle=135).tolist() == [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]]
    places = [(1, 2), (0, 2), (0, 1), (0, 0), (1, 0), (2, 0), (2, 1), (2, 2)]  # 0, 45, ... 315 degrees
    for turn in range(8):
        ring = [float(kernels.emboss(angle=45 * turn)[place]) for place in places]
        assert ring[turn:] + ring[:turn] == [-2, -1, 0, 1, 2, 1, 0, -1]


@pytest.mark.parametrize("angle", [0, 10, 22.5, 100, 137, 359.5])
def test_emboss_changes_steadily_and_opposite_lights_cancel(angle):
    kernel = kernels.emboss(angle=angle)
    torch.testing.assert_close(kernel + kernels.emboss(angle=angle + 180), 2 * kernels.identity())
    assert (kernel - kernels.emboss(angle=angle + 0.1)).abs().max() == pytest.approx(0.1 / 45)
    torch.testing.assert_close(kernel, kernels.emboss(angle=angle - 360), atol=1e-12, rtol=0)


def test_the_identity_is_one_in_the_middle():
    assert kernels.identity().tolist() == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert kernels.identity(size=1).tolist() == [[1]]


@pytest.mark.parametrize("down", [-64, -3, -1, 0, 1, 2, 64])
@pytest.mark.parametrize("right", [-64, -2, 0, 1, 5, 64])
def test_a_shift_moves_the_picture_down_and_to_the_right(down, right):
    picture = torch.rand(2, 70, 90, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    kernel = kernels.shift(down=down, right=right)
    assert kernel.shape == (2 * abs(down) + 1, 2 * abs(right) + 1) and total(kernel) == 1 == kernel.max()
    around = conv2d(picture, kernel, padding="same", padding_mode="circular")
    assert torch.equal(around, picture.roll((down, right), dims=(1, 2)))
    black = conv2d(picture, kernel, padding="same")
    stays = black[:, max(0, down) : 70 + min(0, down), max(0, right) : 90 + min(0, right)]
    assert torch.equal(
        stays, picture[:, max(0, -down) : 70 + min(0, -down), max(0, -right) : 90 + min(0, -right)]
    )
    assert black.sum().item() == pytest.approx(stays.sum().item()), "nothing comes in from outside"
    back = conv2d(around, kernel, padding="same", padding_mode="circular", flip_kernel=True)
    assert torch.equal(back, picture), "convolution moves the other way"


# --- what has no meaning -------------------------------------------------------------------------

NO_MEANING = [
    ("box", {"size": 0}, "box(size=0) has no meaning; give a whole number of at least 1"),
    ("box", {"size": (3, -1)}, "box(size=-1) has no meaning; give a whole number of at least 1"),
    ("box", {"size": (3, 3, 3)}, "box(size=(3, 3, 3)) has no meaning; give one size, or one vertical and one horizontal"),
    ("box", {"size": True}, "box(size=True) has no meaning; give a whole number of at least 1"),
    ("gaussian", {"size": 2.5}, "gaussian(size=2.5) has no meaning; give a whole number of at least 1"),
    ("gaussian", {"sigma": 0}, "gaussian(sigma=0) has no meaning; give a finite number above 0"),
    ("gaussian", {"sigma": math.nan}, "gaussian(sigma=nan) has no meaning; give a finite number above 0"),
    ("gaussian", {"sigma": math.inf}, "gaussian(sigma=inf) has no meaning; give a finite number above 0"),
    ("binomial", {"size": 0}, "binomial(size=0) has no meaning; give a whole number of at least 1"),
    ("disc", {"radius": -1}, "disc(radius=-1) has no meaning; give a finite number above 0"),
    ("motion_blur", {"length": 0}, "motion_blur(length=0) has no meaning; give a whole number of at least 1"),
    ("motion_blur", {"angle": math.inf}, "motion_blur(angle=inf) has no meaning; give a finite number"),
    ("difference_x", {"order": 0}, "difference_x(order=0) has no meaning; give a whole number of at least 1"),
    ("difference_y", {"order": -1}, "difference_y(order=-1) has no meaning; give a whole number of at least 1"),
    ("directional_edge", {"angle": math.nan}, "directional_edge(angle=nan) has no meaning; give a finite number"),
    ("laplacian_of_gaussian", {"size": 1}, "laplacian_of_gaussian(size=1) has no meaning; give a whole number of at least 3"),
    ("laplacian_of_gaussian", {"size": 6}, "laplacian_of_gaussian(size=6) has no middle; the nearest sizes that do are 5 and 7"),
    ("laplacian_of_gaussian", {"sigma": 0.01}, "laplacian_of_gaussian(sigma=0.01) is 0 at every pixel, as its bell fits into one; try a larger sigma"),
    ("difference_of_gaussians", {"ratio": 1}, "difference_of_gaussians(ratio=1) has no meaning; give a finite number above 1"),
    ("difference_of_gaussians", {"size": 4}, "difference_of_gaussians(size=4) has no middle; the nearest sizes that do are 3 and 5"),
    ("difference_of_gaussians", {"sigma": 0.01}, "difference_of_gaussians(sigma=0.01) is 0 at every pixel, as its bell fits into one; try a larger sigma"),
    ("gabor", {"wavelength": 0}, "gabor(wavelength=0) has no meaning; give a finite number above 0"),
    ("gabor", {"aspect": 0}, "gabor(aspect=0) has no meaning; give a finite number above 0"),
    ("gabor", {"sigma": -1}, "gabor(sigma=-1) has no meaning; give a finite number above 0"),
    ("gabor", {"size": 8}, "gabor(size=8) has no middle; the nearest sizes that do are 7 and 9"),
    ("gabor", {"wavelength": 2, "phase": 90}, "gabor(wavelength=2, phase=90) is 0 at every pixel; try a longer wavelength"),
    ("sharpen", {"amount": math.nan}, "sharpen(amount=nan) has no meaning; give a finite number"),
    ("unsharp", {"size": 2}, "unsharp(size=2) has no middle; the nearest sizes that do are 1 and 3"),
    ("emboss", {"angle": "up"}, "emboss(angle='up') has no meaning; give a finite number"),
    ("identity", {"size": 4}, "identity(size=4) has no middle; the nearest sizes that do are 3 and 5"),
    ("shift", {"right": 0.5}, "shift(right=0.5) has no meaning; give a whole number of pixels"),
    ("shift", {"down": True}, "shift(down=True) has no meaning; give a whole number of pixels"),
]  # fmt: skip


@pytest.mark.parametrize("name, params, sentence", NO_MEANING)
def test_what_has_no_meaning_is_refused_in_words(name, params, sentence):
    with pytest.raises(GeometryError) as caught:
        KERNELS[name].function(**params)
    assert str(caught.value) == sentence


# --- build, prepared, resolved -------------------------------------------------------------------


def test_numbers_are_built_for_pictures_and_sounds():
    row, square = (1.0, 0.0, -1.0), ((1.0, 2.0), (3.0, 4.0))
    assert build(KernelRef(numbers=row)).shape == (1, 3)
    assert build(KernelRef(numbers=row), dimensions=1).shape == (3,)
    assert build(KernelRef(numbers=(row,)), dimensions=1).tolist() == list(row)
    assert build(KernelRef(numbers=((1.0,), (2.0,))), dimensions=1).tolist() == [1, 2]
    assert build(KernelRef(numbers=square)).tolist() == [list(part) for part in square]
    assert build(KernelRef(numbers=(((1.0, 2.0),),)), dimensions=1).shape == (1, 1, 2)
    assert build(KernelRef(numbers=((square,),))).shape == (1, 1, 2, 2)


def test_a_loaded_kernel_is_found_by_its_digest():
    loaded = {"0123456789abcdef": torch.tensor([1.0, 2.0, 1.0])}
    ref = KernelRef(digest="0123456789abcdef", params=(("normalise", True),))
    assert build(ref, loaded=loaded).tolist() == [[0.25, 0.5, 0.25]]
    assert build(ref, dimensions=1, loaded=loaded).dtype == torch.float64


def test_the_common_flags_prepare_any_kernel():
    mean = build(KernelRef(name="gaussian", params=(("size", 5), ("zero_mean", True))))
    torch.testing.assert_close(mean, kernels.gaussian(size=5) - 1 / 25, atol=1e-16, rtol=0)
    assert abs(total(mean)) < 1e-15
    scaled = build(KernelRef(numbers=((2.0, 2.0),), params=(("normalise", True),)))
    assert scaled.tolist() == [[0.5, 0.5]]


def test_a_kernel_that_mixes_channels_is_prepared_per_output_channel():
    kernel = torch.tensor([[[[1.0, 3.0]]], [[[2.0, 2.0]]]])
    assert prepared(kernel, normalise=True).sum(dim=(1, 2, 3)).tolist() == [1, 1]
    assert prepared(kernel, zero_mean=True).flatten().tolist() == [-1, 1, 0, 0]


BAD_BUILDS = {
    "name": (KernelRef(name="sobl"), 2, RecipeError, None),
    "parameter": (KernelRef(name="box", params=(("sigma", 1.0),)), 2, RecipeError,
                  "box has no parameter 'sigma'; it has: size, normalise, zero_mean"),
    "self": (KernelRef(name="box", params=(("self", 1),)), 2, RecipeError,
             "box has no parameter 'self'; it has: size, normalise, zero_mean"),
    "range": (KernelRef(name="gaussian", params=(("size", 256),)), 2, RecipeError,
              "gaussian(size=256) is out of range; expected a whole number from 1 to 255"),
    "even": (KernelRef(name="unsharp", params=(("size", 4),)), 2, RecipeError,
             "unsharp(size=4) does not fit; the nearest that do are 3 and 5"),
    "sound": (KernelRef(name="sobel_x"), 1, RecipeError, "sobel_x is a kernel in 2-D; this medium needs one in 1-D"),
    "digest": (KernelRef(digest="0123456789abcdef"), 2, RecipeError,
               "the kernel 0123456789abcdef is not loaded; load the kernel file that this recipe was made with"),
    "not a digest": (KernelRef(digest="x"), 2, RecipeError, "a kernel's digest has 16 hex digits; this is 'x'"),
    "square for a sound": (KernelRef(numbers=((1.0, 2.0), (3.0, 4.0))), 1, RecipeError,
                           "this kernel is 2 x 2; this medium needs one in 1-D, or 3-D to mix channels"),
    "three for a picture": (KernelRef(numbers=(((1.0,),),)), 2, RecipeError,
                            "this kernel is 1 x 1 x 1; this medium needs one in 2-D, or 4-D to mix channels"),
    "zero sum": (KernelRef(name="sobel_x", params=(("normalise", True),)), 2, GeometryError,
                 "the kernel's numbers sum to 0 and cannot be normalised; leave normalise off, "
                 "or use a kernel whose sum is not 0"),
    "both": (KernelRef(name="box", params=(("normalise", True), ("zero_mean", True))), 2, GeometryError,
             "a kernel whose mean is 0 has the sum 0 and cannot be normalised; choose normalise or zero mean"),
}  # fmt: skip


@pytest.mark.parametrize("ref, dimensions, kind, sentence", BAD_BUILDS.values(), ids=BAD_BUILDS)
def test_a_kernel_that_cannot_be_built_is_refused_in_words(ref, dimensions, kind, sentence):
    with pytest.raises(kind) as caught:
        build(ref, dimensions=dimensions)
    assert str(caught.value) == sentence or (
        sentence is None and "kernel='sobl' is not known" in str(caught.value)
    )


def test_a_sum_that_is_only_rounding_cannot_be_normalised():
    for name in ("laplacian_of_gaussian", "difference_of_gaussians", "gabor"):
        with pytest.raises(GeometryError):
            prepared(KERNELS[name].function().float(), normalise=True)


def test_resolved_names_what_follows_and_refuses_what_is_out_of_range():
    assert resolved("box", ()) == {"size": 3, "normalise": False, "zero_mean": False}
    assert resolved("unsharp", (("sigma", 2),))["size"] == 17
    assert resolved("sobel_x", {"zero_mean": True}) == {"normalise": False, "zero_mean": True}
    with pytest.raises(RecipeError):
        resolved("gaussian", {"sigma": 1000})


# --- typed and pasted kernels --------------------------------------------------------------------

GOOD = {
    "spaces": ("1 0\n0 -1", ((1, 0), (0, -1))),
    "one row": ("1 2 3", ((1, 2, 3),)),
    "one column": ("1\n2\n3", ((1,), (2,), (3,))),
    "one number": ("5", ((5,),)),
    "commas": ("1,0\n0,-1\n", ((1, 0), (0, -1))),
    "commas and spaces": ("1, 0, 2\n0, -1, 3", ((1, 0, 2), (0, -1, 3))),
    "trailing commas": ("1,0,\n0,-1,", ((1, 0), (0, -1))),
    "semicolons": ("1;0\n0;-1", ((1, 0), (0, -1))),
    "semicolon after rows": ("1 0; 0 -1;", ((1, 0), (0, -1))),
    "tabs": ("1\t0\r\n0\t-1\r\n", ((1, 0), (0, -1))),
    "blank lines": ("\n1 0\n\n0 1\n\n", ((1, 0), (0, 1))),
    "json": ("[[1, 0], [0, -1]]", ((1, 0), (0, -1))),
    "a flat list": ("[1, 0, -1]", ((1, 0, -1),)),
    "tuples": ("((1, 0), (0, -1),)", ((1, 0), (0, -1))),
    "a list per line": ("[1, 0]\n[0, -1]", ((1, 0), (0, -1))),
    "printed by numpy": ("[[ 1.  0.]\n [ 0. -1.]]", ((1, 0), (0, -1))),
    "repr of numpy": ("array([[ 1.,  0.],\n       [ 0., -1.]], dtype=float32)", ((1, 0), (0, -1))),
    "assigned": ("K = np.array([[1, 0]])", ((1, 0),)),
    "np.array of tuples": ("np.array((1, 2));", ((1, 2),)),
    "repr of torch": ("tensor([[1., 0.]], device='cuda:0', dtype=torch.float64)", ((1, 0),)),
    "matlab": ("[1 0; 0 -1]", ((1, 0), (0, -1))),
    "fractions": ("1/9 -1/4 .5/2", ((1 / 9, -0.25, 0.25),)),
    "typeset minus": ("−1 0 –1", ((-1, 0, -1),)),
    "typeset fraction": ("1⁄4", ((0.25,),)),
    "exponents": ("1e-3 +2E2 .5 3.", ((0.001, 200, 0.5, 3),)),
    "byte order mark": ("\ufeff1,2", ((1, 2),)),
    "no-break space": ("1\u00a02", ((1, 2),)),
    "minus zero": ("-0 1", ((0, 1),)),
}


@pytest.mark.parametrize("text, expected", GOOD.values(), ids=GOOD)
def test_a_kernel_is_read_as_it_is_typed_or_pasted(text, expected):
    found = parse_kernel(text)
    assert found == expected
    assert all(type(number) is float and str(number) != "-0.0" for row in found for number in row)


NOTHING = "there is no kernel yet; type one row of numbers per line, such as 1 0 -1"
NO_NUMBER = "there is no number in this kernel; type one row of numbers per line, such as 1 0 -1"
MISSING = "a number is missing beside a comma or semicolon; write 0 where nothing should be"
MIXED = "numbers stand beside lists; write every row as a list of its own, as in [[1, 0], [0, -1]]"
NESTED = "this kernel is nested more than two deep; a kernel is a list of rows"
TWO_WAYS = " separates numbers in two ways; write decimals with a point, as in 0.5, and separate numbers by commas or by spaces"  # fmt: skip
BAD = {
    "empty": ("", NOTHING),
    "blank": (" \n\t\u00a0", NOTHING),
    "no number": ("[]", NO_NUMBER),
    "no number in rows": ("[[], []]", NO_NUMBER),
    "too long": ("1 " * 100_001, "this text is 200002 characters long; a kernel's text has at most 200000"),
    "too many": ("1 " * 4097, "this kernel has 4097 numbers; one that is typed or pasted has at most 4096"),
    "too many in lists": ("[[" + "1," * 5000 + "1]]", "this kernel has 5001 numbers; one that is typed or pasted has at most 4096"),
    "words": ("1 0 one", "'one' is not a number; write numbers such as -1, 0.5 or 1/9"),
    "words only": ("hello world\nagain", "'hello' is not a number; write numbers such as -1, 0.5 or 1/9"),
    "a call": ("__import__('os').system('ls')", "'__import__' is not a number; write numbers such as -1, 0.5 or 1/9"),
    "json null": ("[[null]]", "'null' is not a number; write numbers such as -1, 0.5 or 1/9"),
    "underscore": ("1_000", "'1_000' is not a number; write numbers such as -1, 0.5 or 1/9"),
    "hex": ("0x10", "'0x10' is not a number; write numbers such as -1, 0.5 or 1/9"),
    "other digits": ("١ ٢", "'١' is not a number; write numbers such as -1, 0.5 or 1/9"),
    "a product": ("1/9 * 3", "'*' is not a number; write numbers such as -1, 0.5 or 1/9"),
    "two slashes": ("1/2/3", "'1/2/3' is not a number; write numbers such as -1, 0.5 or 1/9"),
    "long digits": ("1" * 150_000 + "x", "'1111111111111111111111111111111111111… is not a number; write numbers such as -1, 0.5 or 1/9"),
    "by zero": ("1/0", "'1/0' divides by 0; write numbers such as -1, 0.5 or 1/9"),
    "nan": ("1 NaN", "'NaN' is not a finite number; a kernel is made of finite numbers"),
    "infinity": ("-inf", "'-inf' is not a finite number; a kernel is made of finite numbers"),
    "overflow": ("1e999", "'1e999' is not a finite number; a kernel is made of finite numbers"),
    "overflow of a fraction": ("1e300/1e-300", "'1e300/1e-300' is not a finite number; a kernel is made of finite numbers"),
    "ragged": ("1 0\n1 0 1", "row 2 has the length 3 but row 1 has the length 2; make all rows equally long"),
    "ragged lists": ("[[1], [2], []]", "row 3 has the length 0 but row 1 has the length 1; make all rows equally long"),
    "ragged semicolons": ("1 2; 3", "row 2 has the length 1 but row 1 has the length 2; make all rows equally long"),
    "decimal commas": ("0,5 0,25", "'0,5 0,25'" + TWO_WAYS),
    "decimal commas in a csv": ("0,5;0,25", "'0,5;0,25'" + TWO_WAYS),
    "decimal commas with tabs": ("0,5\t0,25", "'0,5\\t0,25'" + TWO_WAYS),
    "nothing between commas": ("1,,2", MISSING),
    "nothing between commas in a list": ("[1,,2]", MISSING),
    "nothing before a comma": ("[,1]", MISSING),
    "nothing between semicolons": ("1;;2", MISSING),
    "commas only": (",,", MISSING),
    "three deep": ("[[[1]]]", NESTED),
    "hostile depth": ("[" * 100_000 + "]" * 100_000, NESTED),
    "hostile round depth": ("(" * 100_000 + ")" * 100_000, NESTED),
    "hostile and not closed": ("[" * 200_000, "the brackets do not match, 200000 open and 0 close; each needs its partner"),
    "not closed": ("[[1, 2], [3, 4]", "the brackets do not match, 3 open and 2 close; each needs its partner"),
    "not opened": ("1, 2]", "the brackets do not match, 0 open and 1 close; each needs its partner"),
    "wrong way round": ("]1[", "the brackets do not match, 1 open and 1 close; each needs its partner"),
    "closed twice": ("[1]]", "the brackets do not match, 1 open and 2 close; each needs its partner"),
    "beside a list": ("[[1], 2]", MIXED),
    "before a list": ("[2, [1]]", MIXED),
    "after the list": ("[1] 2", MIXED),
    "two kernels": ("[[1]] [[2]]", MIXED),
    "uneven depth": ("[[1]] [2]", MIXED),
    "array cut off": ("np.array([[1, 2], [3, 4]", "'np.array(' does not end as it began; paste it up to its last closing bracket"),
    "array with a call": ("array([[1]], dtype=f(1))", None),
}  # fmt: skip


@pytest.mark.parametrize("text, sentence", BAD.values(), ids=BAD)
def test_text_that_is_no_kernel_is_refused_in_words(text, sentence):
    with pytest.raises(RecipeError) as caught:
        parse_kernel(text)
    assert sentence is None or str(caught.value) == sentence


NUMBERS = st.floats(allow_nan=False, allow_infinity=False).map(lambda number: number + 0.0)
KERNEL_ROWS = st.integers(1, 6).flatmap(
    lambda width: st.lists(st.tuples(*[NUMBERS] * width), min_size=1, max_size=6).map(tuple)
)


@given(KERNEL_ROWS)
@settings(max_examples=300, deadline=None)
def test_a_kernel_written_as_text_reads_back_exactly(rows):
    assert parse_kernel(format_kernel(rows)) == rows
    assert parse_kernel(repr(rows)) == rows
    assert parse_kernel(format_kernel(torch.tensor(rows, dtype=torch.float64))) == rows


@pytest.mark.parametrize("name", NAMES)
def test_every_named_kernel_reads_back_exactly_from_its_text(name):
    kernel = KERNELS[name].function()
    assert torch.equal(torch.tensor(parse_kernel(format_kernel(kernel)), dtype=torch.float64), kernel)


def test_a_row_is_written_as_a_row_and_mixing_kernels_are_not_written():
    assert format_kernel((1, 0.1, -2.0)) == "1 0.1 -2"
    assert format_kernel(torch.tensor(3.0)) == "3"
    assert format_kernel(((1e20, 1 / 3),)) == "1e+20 0.3333333333333333"
    with pytest.raises(GeometryError, match="mixes channels"):
        format_kernel(torch.zeros(1, 1, 3, 3))


def test_two_thousand_damaged_texts_give_a_kernel_or_a_sentence():
    rng = random.Random(7)
    signs = "0123456789.,;-+/eE[]() \t\n" + "naifxarytesodp='_−½\x00\u2028😀"
    seeds = [text for text, _ in GOOD.values()]
    for trial in range(2000):
        if trial % 2:
            text = "".join(rng.choices(signs, k=rng.randint(0, 40)))
        else:
            letters = list(rng.choice(seeds))
            for _ in range(rng.randint(1, 4)):
                at = rng.randrange(len(letters) + 1)
                letters[at : at + rng.randint(0, 2)] = rng.choices(signs, k=rng.randint(0, 3))
            text = "".join(letters)
        try:
            rows = parse_kernel(text)
        except RecipeError as refusal:
            assert str(refusal)
        else:
            assert rows and rows[0] and all(len(a) == len(b) for a, b in pairwise(rows))
            assert all(type(number) is float and math.isfinite(number) for row in rows for number in row)


@given(st.text(max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_kernel_or_a_sentence(text):
    try:
        assert isinstance(parse_kernel(text), tuple)
    except RecipeError as refusal:
        assert str(refusal)
