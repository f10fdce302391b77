"""Steps in a row: the output as input, the gain after a stride of 1/s, and the way back."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
import torch

from playground.media import samples

from .visiting import (
    calm,
    change,
    click,
    control,
    facts,
    go,
    has,
    heading,
    notes,
    recipe_text,
    sentence,
    tells_the_truth,
    visit,
)

STRIDE_HALF = "grey~sobel-x.padding-mode_constant.stride_1-2"


def listed(at) -> list[str]:
    """The steps on the page, without their numbers; none where there is only one."""
    return [text.split(". ", 1)[1] for text in control(at, "step").options] if has(at, "step") else []


# --- the output as input -------------------------------------------------------------------------


def test_the_output_becomes_the_input_and_every_step_is_listed(at):
    change(at, "stride", 2)
    click(at, "step_add")
    assert recipe_text(at) == "grey~sobel-x.stride_2~identity"
    assert listed(at) == ["Vertical edges (Sobel x) (grey)", "Nothing yet (identity)"]
    assert heading(at) == "The identity changes nothing"
    tells_the_truth(calm(at))
    assert at.get("image")[0].proto.imgs[0].caption == "Input of this step 150 × 226"
    change(at, "family", "edges")
    change(at, "member_edges", "sobel_y")
    click(at, "step_add")
    assert listed(at) == ["Vertical edges (Sobel x) (grey)", "Horizontal edges (Sobel y)", "Nothing yet (identity)"]
    change(at, "family", "blur")
    assert recipe_text(at) == "grey~sobel-x.stride_2~sobel-y~gaussian.sigma_3"
    tells_the_truth(calm(at))


def test_a_step_in_front_is_taken_back_into_the_controls_one_by_one(at):
    change(at, "member_edges", "gabor")
    change(at, "gabor_angle", 30.0)
    click(at, "step_add")
    change(at, "family", "blur")
    change(at, "stride", 2)
    click(at, "step_add")
    change(at, "family", "emboss")
    assert recipe_text(at) == "grey~gabor.angle_30~gaussian.sigma_3.stride_2~emboss"
    click(at, "step_remove")
    assert recipe_text(at) == "grey~gabor.angle_30~gaussian.sigma_3.stride_2"
    assert control(at, "stride").value == 2 and control(at, "gaussian_sigma").value == 3
    tells_the_truth(calm(at))
    click(at, "step_remove")
    assert recipe_text(at) == "grey~gabor.angle_30"
    assert control(at, "gabor_angle").value == 30 and control(at, "colour").value == "automatic"
    assert listed(at) == [] and not has(at, "step_remove")
    tells_the_truth(calm(at))


def test_steps_without_a_control_are_taken_out_one_by_one():
    at = calm(visit(recipe="channel.index_1~gain.factor_2~emboss"))
    assert listed(at) == ["One channel", "Gain", "Relief lit from one side (emboss)"]
    change(at, "step", 1)
    click(at, "step_remove")
    assert recipe_text(at) == "channel.index_1~emboss" and not has(at, "step_remove")  # which belong together
    assert control(at, "colour").value == "green"
    tells_the_truth(calm(at))


def test_a_gain_in_front_goes_with_its_convolution():
    at = calm(visit(recipe="box.stride_1-2~gain.factor_4~emboss"))
    tells_the_truth(at)
    click(at, "step_remove")
    assert recipe_text(at) == "box.stride_1-2~gain.factor_4"
    assert control(at, "stride").value == Fraction(1, 2)
    tells_the_truth(calm(at))


def test_what_grows_beyond_the_machine_is_refused_in_one_sentence_and_undone(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_RUN_BYTES", "10000000")
    at = calm(visit(source="counting", recipe="~".join(["identity.stride_1-4"] * 3)))
    for _ in range(7):
        click(at, "step_add")
        control(at, "stride_0").set_value(Fraction(1, 4))
        change(at, "stride_1", Fraction(1, 4))
    assert recipe_text(at) == "~".join(["identity.stride_1-4"] * 10)
    assert re.fullmatch(
        r"Step 4 \(identity\) would make 2048 × 2048 from 512 × 512 and needs \d+ MB; this machine allows 10 MB:"
        " use a larger stride, fewer steps or a smaller (picture|input)",
        sentence(at),
    )
    assert at.get("image")[0].proto.imgs[0].caption.endswith("8 × 8")  # the input stays in sight
    for _ in range(6):
        click(at, "step_remove")
        sentence(at)
    click(at, "step_remove")
    tells_the_truth(calm(at))
    assert "→ 512 × 512 ·" in facts(at)


def test_no_more_steps_than_a_recipe_may_have(at):
    at = calm(visit(source="counting", recipe="~".join(["identity"] * 32)))
    click(at, "step_add")
    assert sentence(at) == "This recipe has 33 steps; it may have 32"
    assert recipe_text(at).count("~") == 31
    click(at, "step_remove")
    assert recipe_text(at).count("~") == 30
    tells_the_truth(calm(at))


# --- stride 1/s ----------------------------------------------------------------------------------

SHARES = {
    "stride_1-2": ("1/2", "a quarter", 4),
    "stride_1-3": ("1/3", "a ninth", 9),
    "stride_1-4": ("1/4", "a sixteenth", 16),
    "stride_1_1-2": ("1 · 1/2", "half", 2),
    "stride_1-3_2": ("1/3 · 2", "a third", 3),
    "stride_1-2_1-4": ("1/2 · 1/4", "1/8", 8),
}


@pytest.mark.parametrize("setting, words", SHARES.items(), ids=SHARES)
def test_a_stride_below_one_says_what_becomes_of_the_brightness_and_keeps_it_if_asked(setting, words):
    stride, weight, gain = words
    at = calm(visit(source="coins", recipe=f"box.size_12.{setting}"))
    assert f"Stride {stride}: on average each output pixel receives {weight} of the kernel's weight." in notes(at)
    dark = tells_the_truth(at).output
    assert at.button(key="image_gain").label == f"Keep brightness (× {gain})"
    click(at, "gain")
    assert recipe_text(at) == f"box.size_12.{setting}~gain.factor_{gain}"
    bright = tells_the_truth(calm(at)).output
    assert float(bright.mean()) == pytest.approx(float(samples.picture("coins").values.mean()), rel=0.02)
    assert bright.equal(dark * gain)
    assert at.button(key="image_gain_off").label == f"Undo the gain of {gain}"
    click(at, "gain_off")
    assert recipe_text(at) == f"box.size_12.{setting}" and has(at, "gain")


def test_an_uneven_weight_is_said_with_its_range():
    at = calm(visit(source="flat", recipe="box.stride_1-2"))
    note = "An even area comes out uneven: neighbouring results are sums of 1 or 2 of the kernel's 3 taps, which add up to"
    assert f"{note} 0.111 to 0.444; 2 or 4 taps can be shared out evenly." in notes(at)
    inner = tells_the_truth(at).output[0, 4:-4, 4:-4]
    assert sorted({round(float(value), 4) for value in inner.unique()}) == [0.0556, 0.1111, 0.2222]


def test_a_kernel_that_sums_to_0_has_no_brightness_to_keep():
    at = calm(visit(recipe="grey~sobel-x.stride_1-2"))
    assert not has(at, "gain")


def test_conv_transpose_is_said_to_differ_at_a_border_that_it_does_not_know():
    words = "padding=(1, 1), output_padding=(1, 1)."
    zeros = calm(visit(recipe="sharpen.padding-mode_constant.stride_1-2"))
    assert f"As ConvTranspose2d: {words}" in notes(zeros)
    mirror = calm(visit(recipe="sharpen.stride_1-2"))
    assert f"As ConvTranspose2d, which knows zeros only and so differs near the edge: {words}" in notes(mirror)


@pytest.mark.parametrize(
    "recipe, words",
    [
        ("identity", "The identity changes nothing"),
        ("identity.stride_2_1", "A stride of its own along each axis"),
        ("identity~gain.factor_2", "A gain of 2: every value times the same"),
        ("identity.padding_3", "Only the border changes"),
        ("identity.stride_4", "Stride 4 keeps every fourth pixel"),
    ],
)
def test_the_heading_of_the_identity_says_what_changes(recipe, words):
    assert heading(calm(visit(recipe=recipe))) == words


@pytest.mark.parametrize("key", ["stride", "stride_0"])
def test_another_stride_takes_the_gain_away(key):
    at = calm(visit(recipe="box.stride_1-2~gain.factor_4"))
    change(at, key, 2)
    assert recipe_text(at) in ("box.stride_2", "box.stride_2_1-2")
    tells_the_truth(calm(at))


def test_a_gain_from_a_link_is_never_hidden():
    at = calm(visit(recipe="box~gain.factor_0.5"))
    tells_the_truth(at)
    assert at.button(key="image_gain_off").label == "Undo the gain of 0.5"
    click(at, "gain_off")
    assert recipe_text(at) == "box"


def test_a_whole_stride_says_nothing_of_brightness(at):
    change(at, "stride", 2)
    assert not has(at, "gain") and not has(at, "gain_off")
    assert not any("weight" in note or "ConvTranspose2d" in note for note in notes(at))


@pytest.mark.parametrize("window", ["stride_1-2", "stride_1-3", "stride_1_1-2", "dilation_2.stride_1-2"])
@pytest.mark.parametrize("kernel", ["sobel-y", "conv2d.kernel_2x4_1_2_3_4_5_6_7_8"])
def test_the_arguments_of_conv_transpose_compute_the_same(kernel, window):
    at = visit(source="counting")
    for padding in ("same", "valid", "full", "0", "1", "2"):
        recipe = f"{kernel}.{window}.padding_{padding}.padding-mode_constant"
        calm(go(at, "pages/image.py", source="counting", recipe=recipe))
        result = tells_the_truth(at)
        said = [note for note in notes(at) if note.startswith("As ConvTranspose2d")]
        record = result.convolution
        legal = all(
            axis.before <= axis.span - 1 and 0 <= axis.after - axis.before < max(axis.up, axis.dilation)
            for axis in record.axes
        )
        assert len(said) == legal, recipe
        if not legal:
            continue
        numbers = re.fullmatch(r"As ConvTranspose2d: padding=\((.*)\), output_padding=\((.*)\)\.", said[0])
        cut, extra = (tuple(int(text) for text in group.split(", ")) for group in numbers.groups())
        expected = torch.nn.functional.conv_transpose2d(
            samples.picture("counting").values[None],
            record.kernel.float().flip(0, 1)[None, None],
            stride=tuple(axis.up for axis in record.axes),
            padding=cut,
            output_padding=extra,
            dilation=record.settings["dilation"],
        )[0]
        assert expected.shape == result.output.shape, recipe
        assert torch.allclose(expected, result.output, atol=1e-4), recipe


def test_what_torch_cannot_be_told_is_not_said():
    for recipe in ("box.padding_5.stride_1-2", "box.stride_2_1-2", "box.padding_0_2_0_2.stride_1-2"):
        at = calm(visit(source="counting", recipe=recipe))
        tells_the_truth(at)
        assert not any(note.startswith("As ConvTranspose2d") for note in notes(at)), recipe


def test_the_size_after_the_zeros_is_computed_in_the_open():
    at = calm(visit(recipe=STRIDE_HALF))
    table = next(each.proto.body for each in at.main.get("html") if "cp-sizes" in each.proto.body)
    assert "(300 − 1)·2 + 1 = 599 after the zeros; ⌊(599 + 1 + 2 − 3) / 1⌋ + 1 = 600" in table
