"""Every option of every control: the page shows what the engine makes of the recipe in the address."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from playground.media.samples import PICTURES
from playground.ops import PADDING_MODES
from playground.ops.kernels import FAMILIES, resolved
from playground.ops.parameters import Flag, Integer, Pair, Real
from playground.recipe.text import from_text
from playground.ui.labels import MODE_WORDS, PADDING_WORDS
from playground.ui.state import COLOURS
from playground.view.pixels import SIGNED_MODES

from .visiting import (
    PICTURE_KERNELS,
    calm,
    change,
    click,
    control,
    facts,
    has,
    heading,
    notes,
    recipe_text,
    sentence,
    tells_the_truth,
    visit,
)


def more(at) -> str:
    """The label of the folded settings."""
    return control(at, "more").label


def shown_kernel(at) -> list[float]:
    table = next(each.proto.body for each in at.main.get("html") if "cp-kernel" in each.proto.body)
    return [float(text) for text in re.findall(r'title="([^"]*)"', table)]


def is_right(at) -> None:
    """Heading, fact line and kernel table belong to the recipe in the address."""
    result = tells_the_truth(calm(at))
    step, record = from_text(recipe_text(at), "image").steps[-1], result.convolution
    if step.name in PICTURE_KERNELS:
        kernel = PICTURE_KERNELS[step.name]
        own = [(name, value) for name, value in step.params if name in kernel.options]
        assert heading(at) in (kernel.finding.format(**resolved(step.name, own)), heading_of_stride(step))
    expected = record.kernel.flip(-2, -1) if record.settings["flip_kernel"] else record.kernel
    assert shown_kernel(at) == expected[:41, :41].flatten().tolist() or max(expected.shape) > 41


def heading_of_stride(step) -> str | None:
    stride = step.get("stride", 1)
    if step.name != "identity" or isinstance(stride, tuple) or stride == 1:
        return None
    if stride < 1:
        return f"Stride {stride} puts zeros between the pixels"
    return f"Stride {stride} keeps every { {2: 'second', 3: 'third', 4: 'fourth'}[stride] } pixel"


# --- kernels -------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", FAMILIES)
def test_every_member_of_a_family_shows_its_finding_and_is_normalised_or_says_why_not(family):
    at = calm(visit(source="noise"))
    if control(at, "family").value != family:
        change(at, "family", family)
    is_right(at)
    members = [name for name, kernel in PICTURE_KERNELS.items() if kernel.family == family]
    if has(at, f"member_{family}"):
        own = ["Your own numbers"] * (family == "own")
        assert control(at, f"member_{family}").options == own + [
            PICTURE_KERNELS[name].label for name in members
        ]
    for name in members:
        if name not in recipe_text(at).replace("-", "_"):
            change(at, f"member_{family}", name)
        is_right(at)
        assert recipe_text(at).split("~")[-1].split(".")[0] == name.replace("_", "-")
        assert PICTURE_KERNELS[name].sentence in notes(at)
        change(at, f"{name}_zero_mean", True)
        is_right(at)
        assert abs(sum(shown_kernel(at))) < 1e-9
        control(at, f"{name}_zero_mean").set_value(False)
        change(at, f"{name}_normalise", True)
        if PICTURE_KERNELS[name].signed:
            assert "cannot be normalised; leave normalise off" in sentence(at)
            assert at.get("image")[0].proto.imgs[0].alt.startswith("Input")
        else:
            is_right(at)
            assert sum(shown_kernel(at)) == pytest.approx(1)


def another(kind, value):
    """A value of a parameter that is not ``value``."""
    match kind:
        case Integer():
            now = value if value is not None else kind.low
            return now + kind.step if now + kind.step <= kind.high else now - kind.step
        case Real():
            return (
                kind.high / 2
                if value is None
                else kind.low
                if value == kind.high
                else min(value + 1, kind.high)
            )
        case Flag():
            return not value


@pytest.mark.parametrize("name", [name for name, kernel in PICTURE_KERNELS.items() if kernel.options])
def test_every_parameter_of_a_kernel_does_what_it_says(name):
    at = calm(visit(source="noise", recipe=name.replace("_", "-")))
    for option, spec in PICTURE_KERNELS[name].options.items():
        kind, keys = spec.type, [f"{name}_{option}"]
        if isinstance(kind, Pair):
            kind, keys = kind.item, [f"{name}_{option}_0", f"{name}_{option}_1"]
        for key in keys:
            value = another(kind, control(at, key).value)
            change(at, key, value)
            assert control(at, key).value == value
            is_right(at)
        assert f".{option}_" in recipe_text(at)
    for option, spec in PICTURE_KERNELS[name].options.items():
        if spec.optional:  # emptied, it follows from the others again
            change(at, f"{name}_{option}", None)
            is_right(at)
            assert f".{option}_" not in recipe_text(at)
            assert control(at, f"{name}_{option}").proto.placeholder.endswith(" (follows)")


def test_a_size_that_follows_says_what_it_is():
    at = calm(visit(recipe="gaussian.sigma_3"))
    assert control(at, "gaussian_size").value is None
    assert control(at, "gaussian_size").proto.placeholder == "25 (follows)"
    change(at, "gaussian_size", 9)
    change(at, "gaussian_sigma", None)
    assert control(at, "gaussian_sigma").proto.placeholder == "1 (follows)"
    is_right(at)


def test_normalise_and_zero_mean_together_are_refused_in_one_sentence(at):
    change(at, "sobel_x_normalise", True)
    change(at, "sobel_x_zero_mean", True)
    assert "choose normalise or zero mean" in sentence(at)
    change(at, "sobel_x_normalise", False)
    is_right(at)


def test_a_number_between_two_steps_is_refused_and_the_page_stays(at):
    change(at, "family", "own")
    change(at, "member_own", "identity")
    change(at, "identity_size", 4)
    assert sentence(at) == "identity(size=4) does not fit; the nearest that do are 3 and 5"
    assert control(at, "identity_size").value == 3
    change(at, "identity_size", 5)
    is_right(at)


def test_a_family_comes_back_as_it_was_left(at):
    change(at, "member_edges", "gabor")
    change(at, "gabor_angle", 30.0)
    change(at, "family", "blur")
    change(at, "gaussian_sigma", 5.0)
    change(at, "family", "edges")
    assert recipe_text(at) == "grey~gabor.angle_30"
    is_right(at)
    change(at, "family", "blur")
    assert control(at, "gaussian_sigma").value == 5.0
    is_right(at)


# --- stride, border, window ----------------------------------------------------------------------


def test_every_stride_in_sight_keeps_or_makes_what_it_says(at):
    assert control(at, "stride").options == ["1/2", "1", "2"]
    for stride, sizes in ((2, "150 × 226"), (Fraction(1, 2), "600 × 902"), (1, "300 × 451")):
        change(at, "stride", stride)
        is_right(at)
        assert f"→ {sizes} ·" in facts(at)


@pytest.mark.parametrize("axis", [0, 1])
def test_every_stride_of_one_axis_changes_that_axis_alone(axis):
    at = calm(visit(source="counting", recipe="box"))
    whole = ["1/4", "1/3", "1/2", "1", "2", "3", "4"]
    assert control(at, f"stride_{axis}").options == whole
    for text in whole:
        if control(at, f"stride_{axis}").value == Fraction(text):
            continue
        change(at, f"stride_{axis}", Fraction(text))
        is_right(at)
        sizes = [8, 8]
        sizes[axis] = -(-8 // Fraction(text))
        assert f"→ {sizes[0]} × {sizes[1]} ·" in facts(at)
        assert control(at, "stride").value == (1 if text == "1" else None)
    change(at, "stride_0", 3)
    change(at, "stride_1", 3)
    assert recipe_text(at) == "box.stride_3"
    assert control(at, "stride").options == ["1/2", "1", "2", "3"]
    is_right(at)


def test_the_heading_of_the_identity_tells_what_the_stride_does():
    at = calm(visit(recipe="identity"))
    for stride in (2, Fraction(1, 2)):
        change(at, "stride", stride)
        assert heading(at) == heading_of_stride(from_text(recipe_text(at), "image").steps[-1])
        is_right(at)


def test_every_border_is_computed_as_chosen():
    at = calm(visit(recipe="gaussian.size_31"))
    assert control(at, "padding_mode").options == list(MODE_WORDS.values())
    ranges = set()
    for mode in reversed(PADDING_MODES):
        change(at, "padding_mode", mode)
        is_right(at)
        ranges.add(re.search(r"values .*? ·", facts(at)).group())
    assert control(at, "padding_mode").value == "constant" and len(ranges) > 1


def test_a_fill_value_is_asked_for_at_a_constant_border_only(at):
    assert not has(at, "fill")
    change(at, "padding_mode", "constant")
    assert control(at, "fill").value == 0
    change(at, "fill", 2.5)
    is_right(at)
    assert recipe_text(at) == "grey~sobel-x.fill_2.5.padding-mode_constant"
    assert control(at, "padding_mode").options[0] == "Constant value 2.5 (constant)"


def test_every_amount_of_padding_gives_its_size(at):
    assert control(at, "padding").options == list(PADDING_WORDS.values())
    for word, sizes in (("valid", "298 × 449"), ("full", "302 × 453"), ("same", "300 × 451")):
        change(at, "padding", word)
        is_right(at)
        assert f"→ {sizes} ·" in facts(at)
    change(at, "padding", "number")
    change(at, "padding_number", 7)
    is_right(at)
    assert "→ 312 × 463 ·" in facts(at)
    change(at, "padding", "sides")
    for index in range(4):
        change(at, f"padding_{index}", 10 * index)
        is_right(at)
    assert recipe_text(at) == "grey~sobel-x.padding_0_10_20_30"
    assert "→ 308 × 499 ·" in facts(at)


def test_a_pair_of_paddings_from_a_link_is_shown_per_side():
    at = calm(visit(recipe="grey~sobel-x.padding_2_5"))
    is_right(at)
    assert [control(at, f"padding_{index}").value for index in range(4)] == [2, 2, 5, 5]
    change(at, "padding_1", 3)
    assert recipe_text(at) == "grey~sobel-x.padding_2_3_5_5"
    is_right(at)


def test_dilation_of_each_axis_spreads_the_window():
    at = calm(visit(source="counting", recipe="grey~sobel-x.padding_valid"))
    change(at, "dilation_0", 2)
    is_right(at)
    assert "8 × 8 → 4 × 6 ·" in facts(at)
    change(at, "dilation_1", 2)
    assert recipe_text(at) == "grey~sobel-x.dilation_2.padding_valid"
    is_right(at)


def test_a_window_that_fits_nowhere_is_answered_in_one_sentence():
    at = calm(visit(source="counting", recipe="grey~sobel-x.padding_valid"))
    change(at, "dilation_0", 9)
    assert sentence(at) == (
        "Kernel spans 19 samples but the padded input has 8; add padding or shrink the kernel"
    )
    assert at.query_params["recipe"] == "grey~sobel-x.dilation_9_1.padding_valid"
    change(at, "padding", "same")
    is_right(at)


def test_flipping_turns_the_kernel_and_says_convolution():
    at = calm(visit(recipe="emboss.angle_20"))
    before = shown_kernel(at)
    change(at, "flip", True)
    is_right(at)
    assert shown_kernel(at) == before[::-1]
    assert any(note.endswith("used flipped: convolution") for note in notes(at))


# --- display and source --------------------------------------------------------------------------


def test_every_colour_is_taken_from_the_picture_and_said():
    at = calm(visit(source="astronaut"))
    words = {
        "automatic": "grey, because it is an edge kernel",
        "grey": "grey",
        "red": "red channel",
        "green": "green channel",
        "blue": "blue channel",
    }
    for colour in reversed(COLOURS):
        change(at, "colour", colour)
        is_right(at)
        parts = facts(at).split(" · ")
        assert [word for word in words.values() if word in parts] == (
            [words[colour]] if colour in words else []
        )


def test_a_channel_that_the_picture_lacks_is_answered_in_one_sentence():
    at = calm(visit(source="bricks"))
    change(at, "colour", "green")
    assert sentence(at) == "Channel 1 does not exist; this has 1, counted from 0"
    change(at, "colour", "red")
    is_right(at)


def test_every_display_of_negative_values_says_what_it_does(at):
    words = {
        "two_colours": "two colours at ±",
        "absolute": "shown without sign",
        "offset": "shown as 0.5 + value/2",
        "stretch": "stretched to black and white",
        "clamp": "clamped on screen",
    }
    address = dict(at.query_params)
    for mode in (*SIGNED_MODES, "automatic"):
        change(at, "signed", mode)
        is_right(at)
        said = words["two_colours" if mode == "automatic" else mode]
        assert [word for word in words.values() if word in facts(at)] == [said]
        assert at.query_params.get("signed", "automatic") == mode.replace("_", "-")
        assert at.query_params.get("recipe") is None  # a display changes no value
    assert dict(at.query_params) == address


@pytest.mark.parametrize("signed", SIGNED_MODES)
def test_a_faint_result_is_made_visible_by_one_click(signed):
    address = {"source": "bricks", "recipe": "conv2d.kernel_1x1_0.1", "signed": signed.replace("_", "-")}
    at = calm(visit(**address))
    is_black = signed in ("absolute", "clamp")
    assert ("nearly black" in facts(at).split(" · ")) == has(at, "stretch") == is_black
    if is_black:
        click(at, "stretch")
        is_right(at)
        assert dict(at.query_params) == address | {"signed": "stretch"}
        assert control(at, "signed").value == "stretch" and not has(at, "stretch")
        assert "nearly black" not in facts(at) and "stretched to black and white" in facts(at)


@pytest.mark.parametrize(
    "recipe, is_black",
    [
        ("conv2d.kernel_1x1_0.22", True),
        ("conv2d.kernel_1x1_0.26", False),
        ("conv2d.kernel_1x1_0", False),  # nothing is there to be seen
        ("gain.factor_0.22", True),
    ],
)
def test_only_a_picture_that_is_dark_all_over_can_be_made_visible(recipe, is_black):
    at = calm(visit(source="bricks", recipe=recipe))
    assert has(at, "stretch") == is_black, facts(at)


def test_two_colours_of_three_channels_become_an_offset():
    at = calm(visit(recipe="sobel-x"))
    assert "shown as 0.5 + value/2" in facts(at)
    change(at, "signed", "two_colours")
    assert "shown as 0.5 + value/2" in facts(at)
    is_right(at)


def test_the_true_scale_puts_the_smaller_picture_on_a_larger_sheet():
    at = calm(visit(recipe="grey~sobel-x.stride_2"))
    change(at, "same_size", False)
    assert at.query_params["size"] == "true"
    is_right(at)
    change(at, "same_size", True)
    assert "size" not in at.query_params


def test_every_sample_picture_is_shown(at):
    assert control(at, "source").options == [sample.label for sample in PICTURES.values()]
    for name in reversed(PICTURES):
        change(at, "source", name)
        is_right(at)
        assert at.query_params == ({} if name == "cat" else {"source": name})
        assert at.get("image")[0].proto.imgs[0].alt.endswith(f": {PICTURES[name].label}")


# --- the count and the way back ------------------------------------------------------------------


def test_more_settings_counts_what_is_not_at_its_default(at):
    assert more(at) == "More settings"
    steps = [
        ("padding", "valid"),
        ("dilation_0", 2),
        ("flip", True),
        ("sobel_x_zero_mean", True),
        ("colour", "red"),
        ("signed", "clamp"),
        ("same_size", False),
        ("stride_0", 3),
    ]
    for count, (key, value) in enumerate(steps, start=1):
        change(at, key, value)
        is_right(at)
        assert more(at) == f"More settings ({count} changed)", key
    change(at, "padding_mode", "constant")  # in sight: not counted
    assert more(at) == "More settings (8 changed)"
    change(at, "fill", 0.5)
    assert more(at) == "More settings (9 changed)"
    change(at, "padding", "same")
    assert more(at) == "More settings (8 changed)"


def test_more_settings_does_not_count_what_is_in_sight(at):
    change(at, "stride", 2)
    change(at, "family", "blur")
    change(at, "gaussian_size", 9)
    change(at, "gaussian_sigma", 2.0)
    change(at, "padding_mode", "circular")
    change(at, "source", "cup")
    assert more(at) == "More settings"
    is_right(at)


def test_reset_brings_the_first_sight_back_and_clears_the_address(at):
    for key, value in (
        ("source", "cup"),
        ("stride", 2),
        ("colour", "red"),
        ("signed", "clamp"),
        ("same_size", False),
        ("member_edges", "gabor"),
        ("gabor_angle", 45.0),
    ):
        change(at, key, value)
    assert set(at.query_params) == {"source", "recipe", "signed", "size"}
    click(at, "reset")
    is_right(at)
    assert at.query_params == {}
    assert heading(at) == "Sobel x finds vertical edges" and more(at) == "More settings"
    change(at, "member_edges", "gabor")
    assert control(at, "gabor_angle").value == 0
