"""Does a recipe compute what its operations compute by hand, and refuse what is too much before it begins?"""

from __future__ import annotations

import itertools
import math
import os
import re
import subprocess
import sys
import textwrap
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from playground import engine, ops
from playground.engine import running
from playground.errors import GeometryError, LimitError, RecipeError
from playground.media.samples import picture
from playground.media.types import Audio, Image
from playground.ops.kernels import build
from playground.ops.registry import KERNELS, OPS, KernelRef
from playground.recipe.model import Recipe, Step
from playground.recipe.text import from_text
from playground.view.pixels import show

HALF = Fraction(1, 2)
DIGEST = "0123456789abcdef"
PICTURE_KERNELS = [name for name, kernel in KERNELS.items() if "image" in kernel.media]
SOUND_KERNELS = [name for name, kernel in KERNELS.items() if "audio" in kernel.media]
SOUND_OPS = [name for name, operation in OPS.items() if "audio" in operation.media]
PICTURE_OPS = [name for name, operation in OPS.items() if "image" in operation.media]
ROOT = Path(__file__).resolve().parents[1]


def image(
    channels: int = 3, height: int = 9, width: int = 8, *, seed: int = 0, alpha: object = None
) -> Image:
    generator = torch.Generator().manual_seed(seed)
    values = torch.rand(channels, height, width, generator=generator)
    return Image(values, alpha, "test", f"{seed:016x}", (height, width))


def run(text: str, medium: Image | None = None, **options: object):
    return engine.run(from_text(text, "image"), medium or image(), **options)


def refused(kind: type[Exception], text: str, medium: Image | None = None, **options: object) -> str:
    with pytest.raises(kind) as error:
        run(text, medium, **options)
    return str(error.value)


# --- the same as by hand -------------------------------------------------------------------------

BY_HAND = {
    "grey": lambda x: ops.grey(x),
    "channel.index_2": lambda x: ops.channel(x, index=2),
    "gain.factor_-1.5": lambda x: ops.gain(x, factor=-1.5),
    "conv2d.kernel_2x2_1_-1_0.5_2": lambda x: ops.conv2d(x, torch.tensor([[1.0, -1.0], [0.5, 2.0]])),
    "conv2d.kernel_3_1_0_-1": lambda x: ops.conv2d(x, torch.tensor([[1.0, 0.0, -1.0]])),
    "conv2d.kernel_1x3x1x1_0.2_0.3_0.5": lambda x: ops.conv2d(x, torch.tensor([0.2, 0.3, 0.5]).reshape(1, 3, 1, 1)),
    "conv2d.groups_3.kernel_3x1x1x1_1_2_3": lambda x: ops.conv2d(
        x, torch.tensor([1.0, 2.0, 3.0]).reshape(3, 1, 1, 1), groups=3
    ),
    "conv2d.kernel_gaussian.kernel-sigma_0.5.padding_1_0_2_1.padding-mode_symmetric": lambda x: ops.conv2d(
        x, ops.kernels.gaussian(sigma=0.5), padding=(1, 0, 2, 1), padding_mode="symmetric"
    ),
    "conv2d.kernel_2x2_1_2_3_6.kernel-normalise_yes": lambda x: ops.conv2d(
        x, torch.tensor([[1.0, 2.0], [3.0, 6.0]], dtype=torch.float64) / 12
    ),
    "conv2d.kernel_1x3_3_0_0.kernel-zero-mean_yes": lambda x: ops.conv2d(x, torch.tensor([[2.0, -1.0, -1.0]])),
    "conv2d.fill_0.5.kernel_2x2_1_-1_0.5_2.padding_full": lambda x: ops.conv2d(
        x, torch.tensor([[1.0, -1.0], [0.5, 2.0]]), padding="full", fill=0.5
    ),
    "sobel-x.flip-kernel_yes.stride_1-2.dilation_2": lambda x: ops.conv2d(
        x, ops.kernels.sobel_x(), padding="same", padding_mode="reflect", flip_kernel=True, stride=HALF, dilation=2
    ),
    "box.size_2_3.stride_2_1-2": lambda x: ops.conv2d(
        x, ops.kernels.box(size=(2, 3)), padding="same", padding_mode="reflect", stride=(2, HALF)
    ),
    "pool2d": lambda x: ops.pool2d(x),
    "pool2d.count-include-pad_no.kernel-size_3_2.padding_1_0.statistic_average.stride_2_1": lambda x: ops.pool2d(
        x, statistic="average", kernel_size=(3, 2), stride=(2, 1), padding=(1, 0), count_include_pad=False
    ),
    "pool2d.kernel-size_3.padding_same.statistic_median": lambda x: ops.pool2d(
        x, statistic="median", kernel_size=3, padding="same"
    ),
    "offset.amount_-0.5~absolute": lambda x: (x - 0.5).abs(),
    "square": lambda x: x * x,
    "offset.amount_-0.5~relu": lambda x: torch.relu(x - 0.5),
    "clip.high_0.75.low_0.25": lambda x: x.clamp(0.25, 0.75),
    "normalise": lambda x: ops.normalise(x),
    "normalise.to_standard": lambda x: ops.normalise(x, to="standard"),
    "colour-matrix.kernel_2x3_0_0_1_0.5_-1_2": lambda x: ops.colour_matrix(
        x, torch.tensor([[0.0, 0.0, 1.0], [0.5, -1.0, 2.0]], dtype=torch.float64)
    ),
    "colour-matrix.kernel_3_1_1_2.kernel-normalise_yes": lambda x: ops.colour_matrix(
        x, torch.tensor([[0.25, 0.25, 0.5]], dtype=torch.float64)
    ),
    "edge-magnitude.operator_scharr.padding-mode_circular": lambda x: ops.edge_magnitude(
        x, operator="scharr", padding_mode="circular"
    ),
    "interpolate2d.scale_2_3-2": lambda x: ops.interpolate2d(x, scale=(2, Fraction(3, 2))),
    "interpolate2d.interpolation_sinc.scale_1-2": lambda x: ops.interpolate2d(
        x, scale=HALF, interpolation="sinc"
    ),
    "crop2d.height_3.left_2.top_1": lambda x: x[:, 1:4, 2:],
    "flip2d": lambda x: x.flip(-1),
    "flip2d.direction_vertical": lambda x: x.flip(-2),
    "noise.distribution_uniform.seed_3": lambda x: ops.noise(x, distribution="uniform", seed=3),
    "picture-spectrum.seconds_1": lambda x: ops.picture_spectrum(x, seconds=1.0),
    "grey~sobel-x~gain.factor_0.125": lambda x: 0.125
    * ops.conv2d(ops.grey(x), ops.kernels.sobel_x(), padding="same", padding_mode="reflect"),
}  # fmt: skip


@pytest.mark.parametrize("text", BY_HAND)
def test_a_recipe_computes_what_its_operations_compute_by_hand(text):
    medium = image()
    result = run(text, medium)
    assert torch.equal(result.output, BY_HAND[text](medium.values))
    assert result.output.dtype == torch.float32


def test_every_operation_for_pictures_is_compared_by_hand():
    compared = {step.name for text in BY_HAND for step in from_text(text, "image").steps}
    assert set(PICTURE_OPS) <= compared, "a new operation needs a line above"


@pytest.mark.parametrize("name", PICTURE_KERNELS)
def test_a_kernel_s_name_runs_a_correlation_of_the_same_size_with_mirrored_borders(name):
    medium = image()
    expected = ops.conv2d(medium.values, build(KernelRef(name=name)), padding="same", padding_mode="reflect")
    result = engine.run(Recipe((Step(name),)), medium)
    assert torch.equal(result.output, expected)
    assert result.output.shape == medium.values.shape


@pytest.mark.parametrize("name", PICTURE_KERNELS)
def test_a_kernel_s_name_and_conv2d_with_that_kernel_are_the_same(name):
    medium = image()
    named = engine.run(Recipe((Step.of(name, stride=2),)), medium)
    step = Step.of("conv2d", kernel=KernelRef(name=name), padding="same", padding_mode="reflect", stride=2)
    assert torch.equal(engine.run(Recipe((step,)), medium).output, named.output)


@pytest.mark.parametrize("name", PICTURE_KERNELS)
@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_of_one_pixel_goes_through_every_kernel(name, channels):
    medium = image(channels, 1, 1)
    result = engine.run(Recipe((Step(name),)), medium)
    total = float(build(KernelRef(name=name)).sum())
    scale = result.records[0].scale
    assert torch.allclose(result.output, total * medium.values, rtol=0, atol=1e-5 * scale), (
        "its mirror image is itself"
    )
    for text in (
        ".stride_1-2",
        ".stride_3",
        ".padding-mode_circular",
        ".padding_full.padding-mode_constant",
        ".dilation_3",
    ):
        assert run(name.replace("_", "-") + text, medium).output.isfinite().all()


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_any_number_of_channels_goes_through_a_kernel_each_alone(channels):
    medium = image(channels)
    output = run("gaussian.sigma_0.5", medium).output
    alone = [
        run("gaussian.sigma_0.5", Image(plane[None], None, "", "", (9, 8))).output for plane in medium.values
    ]
    assert torch.allclose(output, torch.cat(alone), rtol=0, atol=1e-6)


def test_grey_of_two_or_four_channels_says_which_it_needs():
    assert refused(GeometryError, "grey", image(2)) == "grey needs 1 or 3 channels; this has 2"
    assert refused(GeometryError, "grey", image(4)) == "grey needs 1 or 3 channels; this has 4"
    assert (
        refused(GeometryError, "channel.index_4", image(4))
        == "channel 4 does not exist; this has 4, counted from 0"
    )
    assert torch.equal(run("channel.index_3", image(4)).output, image(4).values[3:])


def test_no_steps_leave_the_picture_as_it_is():
    medium = image(4)
    result = engine.run(Recipe(), medium)
    assert torch.equal(result.output, medium.values)
    assert result.records == () and result.convolution is None and result.milliseconds == 0
    assert result.scale == max(abs(result.minimum), abs(result.maximum))


def test_the_input_is_not_changed():
    medium = image()
    before = medium.values.clone()
    for text in BY_HAND:
        run(text, medium)
    assert torch.equal(medium.values, before)


def test_an_unchecked_recipe_is_checked_first():
    with pytest.raises(RecipeError, match="out of range"):
        engine.run(Recipe((Step.of("gaussian", size=True),)), image())
    said = Recipe((Step.of("sobel_x", stride=1, padding="same"),))
    assert engine.run(said, image()).recipe == Recipe((Step("sobel_x"),))


# --- the records ---------------------------------------------------------------------------------


def test_a_record_says_how_each_step_ran():
    medium = image(3, 200, 300)
    result = run("gaussian.sigma_1~grey~sobel-x.stride_2~gain.factor_-2", medium)
    blur, grey, edge, gain = result.records
    assert [record.step.name for record in result.records] == ["gaussian", "grey", "sobel_x", "gain"]
    assert [record.input_shape for record in result.records] == [
        (3, 200, 300),
        (3, 200, 300),
        (1, 200, 300),
        (1, 100, 150),
    ]
    assert [record.output_shape for record in result.records] == [
        (3, 200, 300),
        (1, 200, 300),
        (1, 100, 150),
        (1, 100, 150),
    ]
    assert [record.method for record in result.records] == ["lines", "", "compiled", ""]
    assert all(record.multiply_adds > 0 and record.milliseconds >= 0 for record in result.records)
    assert blur.multiply_adds == 3 * 200 * 300 * (9 + 9), "a column and a row"
    assert grey.multiply_adds == 200 * 300 and gain.multiply_adds == 100 * 150
    assert [axis.output for axis in edge.axes] == [100, 150] and grey.axes == gain.axes == ()
    assert torch.equal(edge.kernel, ops.kernels.sobel_x()) and grey.kernel is None
    assert edge.settings == {
        "padding": "same", "padding_mode": "reflect", "fill": 0.0, "stride": 2, "dilation": 1, "flip_kernel": False,
    }  # fmt: skip
    assert grey.settings == {} and gain.settings == {"factor": -2.0}
    assert result.convolution is edge
    assert torch.equal(result.convolution_input, ops.grey(run("gaussian.sigma_1", medium).output))
    assert result.milliseconds == sum(record.milliseconds for record in result.records)
    assert (result.minimum, result.maximum) == (float(result.output.min()), float(result.output.max()))


METHODS = {
    "sobel-x": "compiled",
    "gaussian.sigma_2": "lines",
    "box.size_31": "running",
    "identity.size_9": "direct",
    "gaussian.sigma_12": "separable",
    "box.dilation_20.size_9": "lines",
    "conv2d.kernel_" + "x".join(["31", "31"]) + "".join(f"_{(i * i * i) % 37}" for i in range(961)): "fourier",
    "conv2d.kernel_1x3x1x1_1_2_3": "torch",
}


@pytest.mark.parametrize("text", METHODS)
def test_the_record_names_the_method_of_the_plan(text):
    result = run(text, image(3, 200, 300))
    assert result.records[0].method == METHODS[text]
    assert result.records[0].multiply_adds > 0


def test_the_scale_bounds_the_values():
    medium = image()
    largest = float(medium.values.max())
    for text, scale in {
        "sobel-x": 8 * largest,
        "gaussian": largest,
        "laplacian-8.stride_1-2": 16 * largest,
        "sobel-x~gain.factor_-3": 24 * largest,
        "gain.factor_-0.5": 0.5 * largest,
        "channel.index_1": float(medium.values[1].max()),
        "conv2d.fill_-5.kernel_1x2_1_-1.padding_1": 10,
    }.items():
        result = run(text, medium)
        assert result.scale == result.records[-1].scale == pytest.approx(scale, rel=1e-6), text
        assert max(abs(result.minimum), abs(result.maximum)) <= result.scale * (1 + 1e-6)


@pytest.mark.parametrize("text", ["sobel-x.fill_1000", "conv2d.fill_1000.kernel_sobel-x"])
def test_a_fill_that_no_window_meets_does_not_widen_the_scale(text):
    """Else a picture would be called flat for a setting that does nothing."""
    medium = image()
    assert run(text, medium).scale == pytest.approx(8 * float(medium.values.max()))


@pytest.mark.parametrize(
    "rest", ["", "~channel", "~grey", "~gaussian", "~gaussian~channel~sobel-x", "~gain.factor_0.001"]
)
def test_what_is_only_rounding_stays_rounding_through_later_steps(rest):
    """A sum of 0 that float32 makes 5e-9 of must not become the picture of the step after it."""
    medium = Image(torch.full((3, 40, 40), 0.7), None, "", "", (40, 40))
    result = run(f"gabor{rest}", medium)
    assert max(abs(result.minimum), abs(result.maximum)) < 1e-6 * result.scale
    shown = show(result.output[:1], mode="two_colours", scale=result.scale)
    assert shown.flat == 0 and (shown.pixels == 255).all()


@pytest.mark.parametrize(
    "first", ["gabor", "edge-magnitude", "colour-matrix.kernel_1x3_0.6_0.3_-0.9", "laplacian-8~gaussian.sigma_1"]
)
@pytest.mark.parametrize(
    "rest", ["normalise", "square", "square~square~normalise.to_standard", "absolute~pool2d", "edge-magnitude~normalise",
             "interpolate2d~relu", "flip2d~crop2d.top_3~normalise"]
)  # fmt: skip
def test_rounding_is_not_blown_up_into_a_picture(first, rest):
    medium = Image(torch.full((3, 40, 40), 0.7), None, "", "", (40, 40))
    result = run(f"{first}~{rest}", medium)
    shown = show(result.output[:1], mode="two_colours", scale=result.scale)
    assert shown.flat is not None and (shown.pixels == 255).all()


@pytest.mark.parametrize("text", ["sobel-x~square~normalise", "edge-magnitude", "colour-matrix.kernel_1x3_1_-1_0"])
def test_the_scale_of_a_step_bounds_its_values_and_leaves_them_visible(text):
    result = run(text)
    largest = max(abs(result.minimum), abs(result.maximum))
    assert largest <= result.scale * (1 + 1e-6) and largest > 1e-3 * result.scale


def test_a_channel_that_is_dark_as_it_came_is_no_rounding():
    values = torch.rand(3, 9, 8, generator=torch.Generator().manual_seed(0))
    values[2] *= 1e-7
    medium = Image(values, None, "", "", (9, 8))
    assert run("channel.index_2", medium).scale == float(values[2].max())
    assert run("channel.index_2~sobel-x", medium).scale == pytest.approx(8 * float(values[2].max()))


# --- transparency --------------------------------------------------------------------------------

ALPHA = torch.linspace(0, 1, 72).reshape(9, 8)


@pytest.mark.parametrize("text", ["", "sobel-x", "grey", "gain.factor_2", "box.stride_1-2~box.stride_2"])
def test_transparency_is_kept_aside_where_the_size_is_unchanged(text):
    medium = image(alpha=ALPHA)
    result = run(text, medium)
    assert result.output.shape[1:] == (9, 8)
    assert result.alpha is medium.alpha and result.notices == ()
    assert torch.equal(result.output, run(text, image()).output), "the colours are not mixed with it"


@pytest.mark.parametrize(
    "text", ["sobel-x.stride_2", "box.padding_valid", "box.padding_full", "grey~box.stride_1-2"]
)
def test_where_the_size_changes_the_picture_is_put_on_white_and_a_notice_says_so(text):
    medium = image(alpha=ALPHA)
    result = run(text, medium)
    assert result.alpha is None
    assert [str(notice) for notice in result.notices] == [
        "the picture's transparency was put on white, because the size changes"
    ]
    white = Image(medium.values * ALPHA + (1 - ALPHA), None, "", "", (9, 8))
    assert torch.equal(result.output, run(text, white).output)


@pytest.mark.parametrize("direction, axis", [("horizontal", -1), ("vertical", -2)])
def test_transparency_is_mirrored_with_the_picture(direction, axis):
    result = run(f"flip2d.direction_{direction}~sobel-x", image(alpha=ALPHA))
    assert torch.equal(result.alpha, ALPHA.flip(axis)) and result.notices == ()
    twice = run(f"flip2d.direction_{direction}~grey~flip2d.direction_{direction}", image(alpha=ALPHA))
    assert torch.equal(twice.alpha, ALPHA)


def test_a_part_that_is_brought_back_to_the_old_size_has_lost_its_transparency():
    result = run("crop2d.left_4~interpolate2d.scale_1_2", image(alpha=ALPHA))
    assert result.output.shape[1:] == (9, 8) and result.alpha is None and len(result.notices) == 1
    assert run("crop2d", image(alpha=ALPHA)).alpha is not None, "nothing is cut"


# --- kernels by digest ---------------------------------------------------------------------------


def test_a_kernel_is_found_by_its_digest():
    medium = image()
    kernel = torch.tensor([[0.25, -1.0, 3.0]])
    result = run(f"conv2d.kernel_digest_{DIGEST}", medium, kernels={DIGEST: kernel})
    assert torch.equal(result.output, ops.conv2d(medium.values, kernel))
    normalised = run(f"conv2d.kernel_digest_{DIGEST}.kernel-normalise_yes", medium, kernels={DIGEST: kernel})
    assert torch.allclose(normalised.output, ops.conv2d(medium.values, kernel / 2.25), atol=1e-6)
    mixing = torch.rand(2, 3, 3, 3, generator=torch.Generator().manual_seed(1))
    result = run(f"conv2d.kernel_digest_{DIGEST}.padding_same", medium, kernels={DIGEST: mixing})
    assert torch.equal(result.output, ops.conv2d(medium.values, mixing.double(), padding="same"))
    assert result.records[0].output_shape == (2, 9, 8)


def test_a_kernel_that_is_not_loaded_is_asked_for():
    text = f"grey~conv2d.kernel_digest_{DIGEST}"
    expected = f"the kernel {DIGEST} is not loaded; load the kernel file that this recipe was made with"
    assert refused(RecipeError, text) == expected
    assert refused(RecipeError, text, kernels={DIGEST[::-1]: torch.ones(3, 3)}) == expected


def test_a_loaded_kernel_that_does_not_fit_is_refused_with_its_shape():
    text = f"conv2d.kernel_digest_{DIGEST}"
    for shape, words in {(2, 2, 2): "2 x 2 x 2", (1, 1, 1, 1, 1): "1 x 1 x 1 x 1 x 1"}.items():
        assert refused(RecipeError, text, kernels={DIGEST: torch.ones(shape)}) == (
            f"this kernel is {words}; this medium needs one in 2-D, or 4-D to mix channels"
        )
    with pytest.raises(RecipeError, match="beyond 3.4e38"):
        run(text, kernels={DIGEST: torch.tensor([[1.0, math.nan]])})


def test_a_colour_matrix_is_found_by_its_digest_or_refused_in_words():
    matrix = torch.tensor([[0.0, 1.0, 0.0]])
    result = run(f"colour-matrix.kernel_digest_{DIGEST}", kernels={DIGEST: matrix})
    assert torch.equal(result.output, image().values[1:2])
    assert refused(RecipeError, f"colour-matrix.kernel_digest_{DIGEST}").startswith(f"the kernel {DIGEST} is not")
    assert refused(RecipeError, "colour-matrix.kernel_1x3_1e39_0_0") == BEYOND_KERNEL
    assert refused(GeometryError, "grey~colour-matrix.kernel_1x3_1_0_0") == (
        "the colour matrix is 1 x 3 and the picture has 1 channels; give rows of 1 numbers"
    )


# --- sounds --------------------------------------------------------------------------------------

RATE = 8000


def sound(channels: int = 2, length: int = 500, *, rate: int = RATE) -> Audio:
    values = torch.rand(channels, length, generator=torch.Generator().manual_seed(0)) * 2 - 1
    return Audio(values, rate, "test", "")


def click(at: int, length: int = 100) -> Audio:
    values = torch.zeros(1, length)
    values[0, at] = 1
    return Audio(values, RATE, "test", "")


def hear(text: str, medium: Audio | None = None):
    return engine.run(from_text(text, "audio"), medium or sound())


SOUNDS_BY_HAND = {
    "stft.n-fft_64": lambda x: ops.stft(x, n_fft=64).abs(),
    "mono": lambda x: x.mean(dim=0, keepdim=True),
    "gain.factor_-1.5": lambda x: -1.5 * x,
    "conv1d.kernel_3_1_0_-1": lambda x: ops.conv1d(x, torch.tensor([1.0, 0.0, -1.0])),
    "conv1d.dilation_3.kernel_2_1_-1.padding_4_0.stride_2": lambda x: ops.conv1d(
        x, torch.tensor([1.0, -1.0]), dilation=3, padding=(4, 0), stride=2
    ),
    "pool1d.kernel-size_3.padding_1_0.statistic_min": lambda x: ops.pool1d(
        x, kernel_size=3, padding=(1, 0), statistic="min"
    ),
    "offset.amount_0.5~square": lambda x: (x + 0.5) * (x + 0.5),
    "absolute": lambda x: x.abs(),
    "relu": lambda x: x.clamp(min=0),
    "clip.high_0.5.low_-0.5": lambda x: x.clamp(-0.5, 0.5),
    "normalise.to_standard": lambda x: ops.normalise(x, to="standard"),
    "interpolate1d.scale_3": lambda x: ops.interpolate1d(x, scale=3),
    "interpolate1d.interpolation_sinc.scale_2-3": lambda x: ops.interpolate1d(
        x, scale=Fraction(2, 3), interpolation="sinc"
    ),
    "crop1d.length_100.start_20": lambda x: x[:, 20:120],
    "flip1d": lambda x: x.flip(-1),
    "noise.amount_0.5.seed_7": lambda x: ops.noise(x, amount=0.5, seed=7),
    "conv1d.kernel_1x2x2_0.1_0.2_0.3_0.4": lambda x: ops.conv1d(x, torch.tensor([[[0.1, 0.2], [0.3, 0.4]]])),
}


@pytest.mark.parametrize("text", SOUNDS_BY_HAND)
def test_a_sound_s_recipe_computes_what_its_operations_compute_by_hand(text):
    medium = sound()
    assert torch.equal(hear(text, medium).output, SOUNDS_BY_HAND[text](medium.values))


def test_every_operation_for_sounds_is_compared_by_hand():
    compared = {step.name for text in SOUNDS_BY_HAND for step in from_text(text, "audio").steps}
    assert set(SOUND_OPS) <= compared, "a new operation needs a line above"


@pytest.mark.parametrize("name", SOUND_KERNELS)
def test_a_kernel_s_name_on_a_sound_keeps_the_tail_if_causal_and_the_length_if_centred(name):
    medium = sound()
    kernel = build(KernelRef(name=name), dimensions=1, sample_rate=RATE)
    result = engine.run(Recipe((Step(name),)), medium)
    if KERNELS[name].causal:
        expected = ops.conv1d(medium.values, kernel, padding="full", flip_kernel=True)
        assert result.output.shape == (2, 500 + len(kernel) - 1)
    else:
        expected = ops.conv1d(medium.values, kernel, padding="same")
        assert result.output.shape == (2, 500)
    assert torch.equal(result.output, expected)
    assert (result.rate, result.origin, result.alpha) == (RATE, 0, None)


@pytest.mark.parametrize("name", SOUND_KERNELS)
def test_a_sound_of_one_sample_goes_through_every_kernel(name):
    result = engine.run(Recipe((Step(name),)), sound(1, 1))
    assert result.output.isfinite().all() and result.records[0].multiply_adds > 0


@pytest.mark.parametrize(
    "text, rate, origin",
    [
        ("echo.delay_5.stride_2", 4000, 0), ("echo.delay_5.stride_1-2", 16000, 0), ("gaussian.stride_3", "8000/3", 0),
        ("gaussian.stride_1-3", 24000, 0), ("gaussian.stride_2-3", 12000, 0), ("conv1d.kernel_3_1_2_3", 8000, -1),
        ("echo.delay_5.flip-kernel_no", 8000, 40), ("conv1d.kernel_3_1_2_3.padding_full", 8000, 1),
        ("echo.delay_5.flip-kernel_no~gain~gaussian.stride_1-2", 16000, 80),
        ("echo.delay_5.flip-kernel_no~gaussian.stride_3", "8000/3", "40/3"),
        ("pool1d", 4000, 0), ("pool1d.kernel-size_3", "8000/3", "-1/3"), ("pool1d.kernel-size_3.padding_1", "8000/3", 0),
        ("pool1d.kernel-size_5.stride_1", 8000, -2), ("interpolate1d.scale_3-2", 12000, 0),
        ("interpolate1d.interpolation_sinc.scale_1-3", "8000/3", 0), ("crop1d.start_100", 8000, -100),
        ("crop1d.start_100~interpolate1d~pool1d.kernel-size_3", "16000/3", -67), ("flip1d", 8000, 0),
        ("echo.delay_5.flip-kernel_no~interpolate1d", 16000, 80),
    ],
)  # fmt: skip
def test_a_sound_s_rate_and_the_place_of_time_0_are_exact(text, rate, origin):
    result = hear(text)
    assert (result.rate, result.origin) == (Fraction(rate), Fraction(origin))


@pytest.mark.parametrize("stride", ["1", "1-2", "1-3"])
@pytest.mark.parametrize("flip", ["yes", "no"])
@pytest.mark.parametrize("padding", ["full", "same", "0_50", "50_3"])
def test_a_click_s_echo_comes_where_the_origin_says(stride, flip, padding):
    """Convolution puts the echo after the click, correlation before it; time 0 stays time 0."""
    result = hear(f"echo.delay_2.flip-kernel_{flip}.padding_{padding}.stride_{stride}", click(60))
    up = Fraction(stride.replace("-", "/")).denominator
    at = 60 * up + result.origin
    # The kernel meets the stuffed signal: 2 ms are 16 samples of the input, and up times as many of the result.
    later = at + (16 * up if flip == "yes" else -16 * up)
    found = {int(i): round(float(result.output[0, i]), 6) for i in result.output[0].nonzero()}
    inside = {i: value for i, value in {at: 1.0, later: 0.6}.items() if 0 <= i < result.output.shape[1]}
    assert found == inside


def test_a_centred_kernel_stays_around_the_click():
    result = hear("moving-average.size_5", click(60))
    assert result.output[0].nonzero().flatten().tolist() == [58, 59, 60, 61, 62]


def test_the_kernel_of_a_later_step_is_made_for_the_rate_there():
    result = hear("gaussian.stride_2~echo.delay_5")
    assert [record.rate for record in result.records] == [8000, 4000]
    assert len(result.records[1].kernel) == 21, "5 ms of 4000 samples a second"


# --- what does not fit ---------------------------------------------------------------------------


def test_a_kernel_larger_than_the_picture_needs_padding():
    sentence = "kernel spans 11 samples but the padded input has 9; add padding or shrink the kernel"
    assert refused(GeometryError, "box.padding_valid.size_11") == sentence
    assert refused(GeometryError, "box.padding_valid.size_1~box.dilation_5.padding_valid.size_3") == sentence
    sentence = "kernel spans 11 samples but the padded input has 10; add padding or shrink the kernel"
    assert refused(GeometryError, "box.padding_1.size_11") == sentence, "the width is 8"
    assert run("box.padding_2.size_11").output.shape == (3, 3, 2)
    assert run("box.size_11").output.shape == (3, 9, 8)


def test_a_mixing_kernel_for_other_channels_is_refused_before_anything_runs(monkeypatch):
    monkeypatch.setattr(engine, "run_plan", None)
    sentence = "kernel for 1 output and 3 input channels per group does not fit 1 input channels in 1 groups"
    assert refused(GeometryError, "grey~conv2d.kernel_1x3x1x1_1_2_3") == sentence
    sentence = "groups=2 has no meaning for a kernel that takes every channel alone; leave it at 1"
    assert refused(GeometryError, "conv2d.groups_2.kernel_box") == sentence


def test_a_kernel_whose_sum_is_0_cannot_be_normalised():
    assert refused(GeometryError, "sobel-x.normalise_yes") == (
        "the kernel's numbers sum to 0 and cannot be normalised; leave normalise off, or use a kernel whose sum is not 0"
    )


BEYOND_KERNEL = "the kernel has numbers beyond 3.4e38, the largest of float32; use smaller ones"
BEYOND_RECIPE = "this recipe makes numbers beyond 3.4e38, the largest of float32; use a smaller gain or smaller kernel numbers"
TOO_LARGE = {
    "conv2d.kernel_1x1_1e39": BEYOND_KERNEL,
    "conv2d.kernel_1x1_1e39.padding_same~grey": BEYOND_KERNEL,
    "conv2d.kernel_5x5" + "_1e308" * 25 + ".kernel-zero-mean_yes": BEYOND_KERNEL,
    "conv2d.kernel_4x4" + "_3e38" * 16: BEYOND_RECIPE,
    "conv2d.kernel_1x2_3e38_-3e38.padding_same~" + "~".join(["laplacian-8"] * 3): BEYOND_RECIPE,
    "~".join(["gain.factor_1000"] * 14): BEYOND_RECIPE,
    "~".join(["gain.factor_1000"] * 14 + ["gain.factor_0"]): BEYOND_RECIPE,
}  # fmt: skip


@pytest.mark.parametrize("text", TOO_LARGE, ids=lambda text: text[:40])
def test_numbers_that_float32_cannot_hold_are_refused_and_never_shown(text):
    assert refused(RecipeError, text) == TOO_LARGE[text]


def test_numbers_that_float32_can_hold_are_kept_however_large():
    result = run("gain.factor_1000~" * 12 + "grey")
    assert 1e35 < result.maximum < 1e37 and result.output.isfinite().all()


@pytest.mark.parametrize("text", ["box.dilation_1000000", "conv2d.dilation_1000000.kernel_box"])
def test_a_dilation_of_a_million_is_refused_in_the_link(text):
    owner = text.split(".")[0]
    assert refused(RecipeError, text) == (
        f"{owner}(dilation=1000000) is out of range; expected a whole number from 1 to 256"
    )
    with pytest.raises(RecipeError, match="out of range"):
        engine.run(Recipe((Step.of("box", dilation=10**6),)), image())


# --- what is too much ----------------------------------------------------------------------------


@pytest.fixture
def small_machine(monkeypatch):
    """256 MB, of which one run may have 64; a hundred million multiply-adds."""
    monkeypatch.setenv("PLAYGROUND_MEMORY_BYTES", str(256 * 10**6))
    monkeypatch.setenv("PLAYGROUND_RUN_MULTIPLY_ADDS", "1e8")


def test_a_step_that_needs_too_much_memory_is_refused_with_its_numbers(small_machine):
    # three planes of 4800 x 4800 results, 4 bytes each, and blocks for every core
    sentence = refused(LimitError, "box.size_1.stride_1-16", image(3, 300, 300))
    megabytes = int(re.search(r"needs (\d+) MB", sentence)[1])
    assert 3 * 4800**2 * 4 / 1e6 <= megabytes < 3 * 4800**2 * 4 / 1e6 + 30 * (1 + (os.cpu_count() or 1))
    assert sentence == (
        f"step 1 (box) would make 4800 × 4800 from 300 × 300 and needs {megabytes} MB; this machine allows 64 MB: use a"
        " larger stride, fewer steps or a smaller input"
    )


def test_the_memory_is_that_of_the_step_and_the_step_is_named(small_machine):
    sentence = refused(LimitError, "grey~box.stride_1-3~box.size_2.stride_1-16", image(3, 100, 100))
    assert sentence.startswith("step 3 (box) would make 4800 × 4800 from 300 × 300 and needs ")
    assert run("grey~box.stride_1-2~box.size_2.stride_1-4", image(3, 100, 100)).output.shape == (1, 800, 800)


def test_a_step_that_needs_too_many_multiply_adds_is_refused_with_its_numbers(small_machine):
    text = "conv2d.kernel_3x3x16x16" + "_1" * 2304
    sentence = refused(LimitError, text, image(3, 400, 400))
    assert sentence == (
        "step 1 (conv2d) would make 385 × 385 from 400 × 400 and needs 3.4e+08 multiply-adds; one run may have 1.0e+08:"
        " use a smaller kernel, a larger stride or a smaller input"
    )


def test_the_multiply_adds_of_all_steps_are_added_up(small_machine):
    one, medium = "gaussian.sigma_4", image(3, 400, 400)
    single = run(one, medium).records[0].multiply_adds
    assert single == 3 * 400 * 400 * (33 + 33)
    fit = 10**8 // single
    assert len(run("~".join([one] * fit), medium).records) == fit
    sentence = refused(LimitError, "~".join([one] * (fit + 1)), medium)
    total = f"{single * (fit + 1):.1e}"
    assert sentence == f"this recipe needs {total} multiply-adds in all; one run may have 1.0e+08"


@pytest.mark.parametrize("height, width", [(300, 451), (1, 1), (4000, 1)])
@pytest.mark.parametrize("stride", ["1-16", "1-16_16", "16_1-16", "1-4", "15-16"])
def test_thirty_two_steps_of_any_stride_are_run_or_refused_in_one_sentence(
    small_machine, stride, height, width
):
    recipe = from_text("~".join([f"box.size_1.stride_{stride}"] * 32), "image")
    try:
        plan = engine.plan_ahead(recipe, (1, height, width), "image")
    except LimitError as error:
        assert str(error).startswith("step ") and "would make" in str(error) and len(str(error)) < 250
    else:
        assert all(part.working_bytes <= 64e6 for part in plan)


def test_sizes_beyond_counting_are_said_in_powers_of_ten(small_machine):
    text = "~".join(["box.size_1.stride_1-16_16"] * 5)
    assert refused(LimitError, text, image(1, 300, 451)).startswith(
        "step 4 (box) would make 2.0e+07 × 1 from 1.2e+06 × 1 and needs "
    )


def test_ten_steps_of_stride_1_4_on_the_cat_are_refused_before_anything_is_allocated():
    """In a fresh process, as the peak of this one is not ours alone."""
    code = """
        import resource
        from playground import engine
        from playground.errors import LimitError
        from playground.media.samples import picture
        from playground.recipe.text import from_text

        cat = picture("cat")
        engine.run(from_text("box.stride_1-2", "image"), cat)  # torch is here, and has done this once
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for text in ("box.stride_1-4", "gaussian.stride_1-4", "identity.size_1.stride_1-4"):
            try:
                engine.run(from_text("~".join([text] * 10), "image"), cat)
            except LimitError as error:
                print(error)
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak)
    """
    environment = {**os.environ, "PLAYGROUND_MEMORY_BYTES": "2e9", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    *sentences, grown = done.stdout.splitlines()
    assert len(sentences) == 3
    for sentence in sentences:
        assert sentence.startswith("step 3 ") and "would make 19200 × 28864 from 4800 × 7216" in sentence
    megabytes = int(grown) / (2**20 if sys.platform == "darwin" else 2**10)  # of bytes there, kilobytes here
    assert megabytes < 20, "the first of ten results alone has 26 MB"


def test_the_plan_is_what_then_happens():
    medium = image(3, 31, 17)
    for stride, padding, name in itertools.product(
        ["1", "2", "1-2", "2-3", "3_1-2"], ["same", "full", "2_1"], ["box", "sobel-x"]
    ):
        recipe = from_text(f"{name}.padding_{padding}.stride_{stride}~grey~{name}", "image")
        plan = engine.plan_ahead(recipe, (3, 31, 17), "image")
        records = engine.run(recipe, medium).records
        assert [part.output_shape for part in plan] == [record.output_shape for record in records]
        assert [part.method for part in plan] == [record.method for record in records]
        assert [part.multiply_adds for part in plan] == [record.multiply_adds for record in records]
        assert all(part.working_bytes >= 4 * math.prod(part.output_shape) for part in plan)


def test_heavy_runs_take_turns(monkeypatch):
    monkeypatch.setattr(running, "HEAVY", 1)
    with running.TURN:
        assert engine.run(Recipe(), image()).records == (), "a light run does not wait"
    assert run("sobel-x").output.shape == (3, 9, 8)
    assert not running.TURN.locked()
    assert "beyond" in refused(RecipeError, "~".join(["gain.factor_1000"] * 14))
    assert not running.TURN.locked(), "an error gives the turn back"


@pytest.mark.parametrize(
    "step, slides",
    [
        (Step("sobel_x"), True),
        (Step.of("conv2d", kernel=KernelRef(name="box")), True),
        (Step("grey"), False),
        (Step("gain"), False),
    ],
)
def test_a_step_slides_a_kernel_or_it_does_not(step, slides):
    assert engine.is_convolution(step) is slides


def test_the_kernel_of_a_step_is_that_of_its_name_and_parameters():
    assert torch.equal(engine.kernel_of(Step.of("box", size=2, stride=3), "image"), ops.kernels.box(size=2))
    step = Step.of("conv2d", kernel=KernelRef(numbers=(1.0, 2.0)))
    assert engine.kernel_of(step, "image").tolist() == [[1.0, 2.0]]
    assert engine.kernel_of(step, "audio").tolist() == [1.0, 2.0]
    assert engine.kernel_of(step, "image").dtype == torch.float64


def test_the_first_sight_is_computed():
    result = run("grey~sobel-x", picture("cat"))
    assert result.output.shape == (1, 300, 451)
    assert result.minimum < -0.5 and result.maximum > 0.5


# --- somebody watches ----------------------------------------------------------------------------

WATCHED = {
    "image": ("grey~sobel-x.stride_2~absolute~gain.factor_2", ["image"] * 4),
    "audio": ("gain.factor_2~echo~conv1d.kernel_2_1_-1~flip1d", ["audio"] * 4),
    "spectrogram": ("mono~stft.n-fft_64~box~decibels~amplitude~istft~gain.factor_2",
                    ["audio", *["spectrogram"] * 4, "audio", "audio"]),
    "griffin_lim": ("stft.n-fft_64~griffin-lim.iterations_3~echo", ["spectrogram", "audio", "audio"]),
    "picture": ("gaussian~picture-spectrum.n-fft_256.seconds_0.5~griffin-lim.iterations_2", ["image", "spectrogram", "audio"]),
    "nothing": ("", []),
}  # fmt: skip


@pytest.mark.parametrize("text, kinds", WATCHED.values(), ids=WATCHED)
@pytest.mark.parametrize("staged", [False, True], ids=["run", "stages"])
def test_who_watches_sees_each_step_once_in_order_and_what_it_keeps_is_kept(text, kinds, staged):
    medium = image() if kinds[:1] == ["image"] or not kinds else sound()
    recipe, seen = from_text(text, medium.kind), []

    def watch(x: torch.Tensor, kind: str) -> int:
        seen.append((tuple(x.shape), kind, x))
        return len(seen)

    if staged:
        *told, result = engine.stages(recipe, medium, watch=watch)
        assert len(told) == sum(step.get("iterations", 0) for step in recipe.steps)
    else:
        result = engine.run(recipe, medium, watch=watch)
    assert [kind for _, kind, _ in seen] == kinds
    assert [shape for shape, _, _ in seen] == [record.output_shape for record in result.records]
    assert [record.seen for record in result.records] == list(range(1, len(kinds) + 1))
    assert not seen or seen[-1][2].equal(result.output), "the last that is shown is the result"
    unwatched = engine.run(recipe, medium)
    assert unwatched.output.equal(result.output), "and watching changes nothing"
    assert all(record.seen is None for record in unwatched.records)


def test_who_stops_the_iterations_has_seen_every_step_too():
    recipe = from_text("stft.n-fft_64~griffin-lim.iterations_9~gain.factor_2", "audio")
    for stage in engine.stages(recipe, sound(), watch=lambda x, kind: (kind, tuple(x.shape))):
        if stage.iteration == 2:
            break
    records = stage.stop().records
    assert [record.seen for record in records] == [("spectrogram", (2, 33, 32)), ("audio", (2, 500)), ("audio", (2, 500))]


@pytest.mark.parametrize("text", ["gain.factor_3~identity", "grey~sobel-x~absolute~box.size_3", "sobel-x~gaussian.size_5~gain.factor_0.5~sobel-x"])
def test_the_scale_that_is_carried_is_that_of_each_step_alone(text):
    """What a step's largest value is remembered as is what the next step, begun anew on its input, would find."""
    medium, recipe = picture("cat"), from_text(text, "image")
    for number, record in enumerate(engine.run(recipe, medium).records):
        before = engine.run(Recipe(recipe.steps[:number]), medium)
        if record.kernel is not None:
            largest = float(before.output.abs().max())
            assert record.scale == pytest.approx(float(record.kernel.abs().sum()) * largest, rel=1e-6)
