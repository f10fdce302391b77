"""Does the table of layers say what each result sees?  Held against the formula, and against what changes."""

from __future__ import annotations

import json
import math
import random
from fractions import Fraction
from pathlib import Path

import pytest
import torch

from playground import engine
from playground.errors import GeometryError
from playground.explain.layers import table
from playground.explain.receptive import fresh
from playground.media.types import Audio, Image
from playground.ops import OPS, KernelRef, geometry
from playground.recipe.check import check
from playground.recipe.model import Recipe, Step
from playground.recipe.text import from_text

GOLDEN = json.loads((Path(__file__).parents[1] / "golden" / "golden.json").read_text(encoding="utf-8"))["cases"]
RATE = Fraction(8000)


def rows(text_or_recipe, shape, kind):
    recipe = from_text(text_or_recipe, kind) if isinstance(text_or_recipe, str) else text_or_recipe
    plan = engine.plan_ahead(recipe, shape, kind, rate=RATE if kind == "audio" else None)
    return table(plan, kind)


def last(text, shape, kind="image"):
    return rows(text, shape, kind)[-1]


# --- the formula ---------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_at_whole_strides_the_field_is_that_of_the_formula(seed):
    draw = random.Random(seed)
    field, size, jump = fresh(), 1, 1
    for _ in range(draw.randint(1, 12)):
        k, d, s = draw.randint(1, 9), draw.randint(1, 4), draw.randint(1, 3)
        field = field.after(geometry.settle(10**6, k, stride=s, dilation=d, padding=(draw.randint(0, 9), 3)))
        size, jump = size + d * (k - 1) * jump, jump * s
        assert (field.size, field.jump) == (size, jump)


@pytest.mark.parametrize("case", [c for c in GOLDEN if c["op"] == "receptive_field"], ids=lambda c: c["id"])
def test_the_field_is_that_of_the_golden_cases(case):
    field = fresh()
    for k, s, d in case["args"]["layers"]:
        field = field.after(geometry.settle(1000, k, stride=s, dilation=d))
    assert [field.size, field.jump] == case["expected"]


@pytest.mark.parametrize(
    ("text", "size", "jump"),
    [
        ("box.size_3~box.size_3", 5, 1),
        ("box.size_3.stride_2~box.size_3", 7, 2),
        ("box.size_3.dilation_2", 5, 1),
        ("pool2d~box.size_3", 6, 2),
        ("box.size_3~pool2d.kernel-size_3.stride_2~box.size_5", 5 + 4 * 2, 2),
        ("box.size_3.stride_1-2", 2, Fraction(1, 2)),  # 1 on a sample, 2 between two
        ("box.size_4.stride_1-2", 2, Fraction(1, 2)),
        ("box.size_3.stride_1-2~box.size_3", 3, Fraction(1, 2)),
        ("box.size_3.stride_1-2~box.size_1.stride_2", 1, 1),  # those between are dropped again
        ("interpolate2d~box.size_3", 3, Fraction(1, 2)),
        ("interpolate2d.interpolation_nearest.scale_3", 1, Fraction(1, 3)),
        ("edge-magnitude~edge-magnitude", 5, 1),
        ("edge-magnitude.operator_difference", 2, 1),
        ("grey~offset~relu~noise", 1, 1),
        ("flip2d~crop2d.top_3~box.size_3", 3, 1),
    ],
)
def test_a_field_that_can_be_counted_by_hand(text, size, jump):
    row = last(text, (3, 96, 96))
    assert [(field.size, field.jump) for field in row.fields] == [(size, jump)] * 2


def test_the_axes_have_fields_of_their_own():
    row = last("conv2d.kernel_1x3_1_1_1.stride_1_2~conv2d.kernel_2x2_1_1_1_1", (1, 64, 64))
    assert [(field.size, field.jump) for field in row.fields] == [(2, 1), (5, 2)]


# --- what changes --------------------------------------------------------------------------------


def measured(recipe: Recipe, length: int) -> int:
    """Samples from the first to the last that one result of a sound depends on: each is changed, alone.

    Every channel of the sound has another sample changed; steps treat all channels alike.
    """
    generator = torch.Generator().manual_seed(7)
    x = torch.rand(length, generator=generator, dtype=torch.float64)
    changed = torch.vstack([x, x + 9 * torch.eye(length, dtype=torch.float64)])
    medium = Audio(changed, rate=int(RATE), name="sound", digest="")
    output = engine.run(recipe, medium).output
    touched = (output[1:] - output[0]).abs().reshape(length, -1, output.shape[-1]).amax(dim=1) > 1e-9
    size = 0
    for column in touched.T:
        places = column.nonzero().flatten()
        size = max(size, int(places[-1] - places[0]) + 1 if len(places) else 0)
    return size


STRIDES = [1, 1, 2, 3, Fraction(1, 2), Fraction(1, 3), Fraction(3, 2), Fraction(2, 3)]


def drawn_step(draw: random.Random) -> Step:
    match draw.choice(["conv1d", "conv1d", "conv1d", "pool1d", "interpolate1d", "crop1d", "flip1d"]):
        case "conv1d":
            taps = tuple(float(draw.randint(1, 9)) for _ in range(draw.randint(1, 6)))
            return Step.of("conv1d", kernel=KernelRef(numbers=taps), stride=draw.choice(STRIDES),
                           dilation=draw.randint(1, 4), padding=(draw.randint(0, 5), draw.randint(0, 5)))  # fmt: skip
        case "pool1d":
            size = draw.randint(1, 4)
            return Step.of("pool1d", kernel_size=size, stride=draw.randint(1, 3), padding=draw.randint(0, size // 2),
                           statistic=draw.choice(["max", "average"]))  # fmt: skip
        case "interpolate1d":
            return Step.of("interpolate1d", scale=draw.choice(STRIDES), interpolation=draw.choice(["nearest", "linear"]))
        case "crop1d":
            return Step.of("crop1d", start=draw.randint(0, 4))
    return Step("flip1d")


@pytest.mark.parametrize("seed", range(40))
def test_what_is_seen_is_what_changes_a_result(seed):
    draw = random.Random(seed)
    recipe = check(Recipe(tuple(drawn_step(draw) for _ in range(draw.randint(1, 4)))), "audio")
    length = 200
    (field,) = last(recipe, (1, length), "audio").fields
    assert field.size == measured(recipe, length), recipe


@pytest.mark.parametrize(
    "text",
    [
        "interpolate1d.interpolation_sinc",
        "interpolate1d.interpolation_sinc.scale_1-3",
        "interpolate1d.interpolation_sinc.scale_3-2~pool1d",
        "stft.n-fft_32.window_rectangular",
        "stft.n-fft_32.win-length_20.hop-length_5.window_rectangular~box.size_1_3",
        "stft.n-fft_32.window_rectangular.center_no~box.size_3_1~istft",
        "stft.n-fft_32.window_rectangular.hop-length_16~box.size_3~istft~gain.factor_2",
        "stft.n-fft_31.win-length_16.hop-length_4.window_hamming~box.size_3_1~istft",
    ],
)
def test_the_field_of_transforms_is_what_changes_a_result(text):
    recipe = from_text(text, "audio")
    length = 500
    field = last(recipe, (1, length), "audio").fields[-1]
    assert field.size == measured(recipe, length)
    assert field.unit == "samples"


@pytest.mark.parametrize("text", ["stft.n-fft_32~harmonic.kernel-size_5", "stft.n-fft_32~percussive.kernel-size_3~istft"])
def test_nothing_beyond_the_field_changes_a_result_of_medians(text):
    assert measured(from_text(text, "audio"), 300) <= last(text, (1, 300), "audio").fields[-1].size


@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize(
    "text",
    [
        "box.size_3_5.stride_2_1",
        "gaussian.size_5.stride_1-2~pool2d.kernel-size_3_2",
        "edge-magnitude.operator_difference~flip2d.direction_vertical~box.size_2_3.stride_2~interpolate2d.scale_3_1-2",
        "edge-magnitude.operator_prewitt~crop2d.top_3.left_1~interpolate2d.scale_3-2",
    ],
)
def test_what_is_seen_of_a_picture_is_what_changes_a_result(text, axis):
    """Every channel has another row, or column, changed."""
    length = 48
    x = torch.rand(length, length, generator=torch.Generator().manual_seed(3), dtype=torch.float64)
    change = 9 * torch.eye(length, dtype=torch.float64).unsqueeze(2 if axis == 0 else 1)
    medium = Image(torch.cat([x[None], x + change]), None, "picture", "", (length, length))
    output = engine.run(from_text(text, "image"), medium).output
    touched = ((output[1:] - output[0]).abs() > 1e-9).flatten(1).T
    places = torch.arange(length)
    seen = max(int(places[one].max() - places[one].min()) + 1 for one in touched if one.any())
    assert last(text, (1, length, length)).fields[axis].size == seen


# --- what no number says -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("normalise~box.size_3", "image", ["whole", "whole"]),
        ("normalise", "audio", ["whole"]),
        ("stft~griffin-lim", "audio", ["whole"]),
        ("stft~mel", "audio", ["varies", ""]),
        ("stft~log-frequency~linear-frequency~istft", "audio", [""]),
        ("picture-spectrum~griffin-lim", "image", ["whole"]),
    ],
)
def test_a_field_that_no_number_says_has_a_word(text, kind, words):
    row = last(text, (1, 64, 64) if kind == "image" else (1, 44100), kind)
    assert [field.word for field in row.fields] == words
    assert all((field.size is None) == bool(field.word) for field in row.fields)


def test_a_jump_goes_on_after_the_whole():
    assert [field.jump for field in last("normalise~pool2d", (1, 64, 64)).fields] == [2, 2]


def test_a_pattern_too_long_to_follow_is_bounded():
    field = fresh()
    for _ in range(12):
        field = field.after(geometry.settle(10**6, 2, stride=Fraction(8, 7)))
    assert field.first is None
    assert field.size == math.floor(field.extent) + 1 > 3
    assert field.flipped(9).size == field.size


def test_results_that_read_nothing_have_a_field_of_none():
    assert fresh().after(geometry.settle(9, 1, stride=Fraction(1, 2), padding=(1, 0))).size == 1
    only_between = fresh().after(geometry.settle(9, 1, stride=Fraction(2, 2), padding=(0, 0)))
    assert only_between.size == 1
    stuffed = fresh().after(geometry.settle(9, 1, stride=Fraction(1, 2), padding=(1, 0)))
    assert stuffed.after(geometry.settle(18, 1, stride=2)).size == 0


# --- the table -----------------------------------------------------------------------------------

BEFORE = {"linear_frequency": "stft~mel", "amplitude": "stft~decibels"}
TAKES_A_KERNEL = {"conv1d": (1.0, 2.0), "conv2d": ((1.0, 2.0),), "colour_matrix": ((1.0, 0.0, 0.0),)}


@pytest.mark.parametrize("name", OPS)
def test_every_operation_has_its_row(name):
    media = OPS[name].media
    kind = media[0] if media[0] != "spectrogram" else "audio"
    before = from_text(BEFORE.get(name, "stft") if media[0] == "spectrogram" else "", kind).steps
    options = {"kernel": KernelRef(numbers=TAKES_A_KERNEL[name])} if name in TAKES_A_KERNEL else {}
    recipe = check(Recipe((*before, Step.of(name, **options))), kind)
    shape = (3, 96, 128) if kind == "image" else (2, 44100)
    row = rows(recipe, shape, kind)[-1]
    assert row.name == name and row.multiply_adds > 0 and row.memory_bytes > 0
    assert len(row.fields) == len(row.output_shape) - 1


def test_a_row_has_the_numbers_of_its_kernel():
    found = rows("grey~gaussian.size_5~conv2d.kernel_2x2_1_2_3_4~edge-magnitude~pool2d", (3, 64, 64), "image")
    assert [row.parameters for row in found] == [0, 25, 4, 18, 0]


def test_no_window_that_fits_is_still_an_error():
    with pytest.raises(GeometryError):
        rows("conv2d.kernel_1x3_1_1_1", (1, 1, 2), "image")
