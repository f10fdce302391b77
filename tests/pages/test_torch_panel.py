"""The engineer's question: the call that stands on the page is the one that agrees."""

from __future__ import annotations

import re

import pytest
import torch

from playground.ops import PADDING_MODES

from .visiting import bodies, calm, change, click, recipe_text, tells_the_truth, visit


def answer(at) -> str | None:
    """What the check has said, if it stands on the page."""
    lines = bodies(at, "cp-facts")[1:]
    return lines[0] if lines else None


def call(at) -> str:
    return next(code.value for code in at.code if code.language == "python")


RECIPES = (
    *(f"gaussian.padding-mode_{mode}" for mode in PADDING_MODES),
    *(f"grey~sobel-x.stride_{stride}" for stride in ("2", "1-2", "1-3", "2_3", "2_1-2")),
    *(f"grey~scharr-y.padding_{padding}" for padding in ("valid", "full", "3", "1_2_3_4")),
    "grey~laplacian-4.dilation_2_3.flip-kernel_yes",
    "emboss.fill_0.3.padding-mode_constant",
    "emboss.flip-kernel_yes.padding-mode_constant.stride_1-2",
    "box.size_2_5.padding-mode_constant.padding_9.stride_1-2",
    "sobel-x~gain.factor_3",
    "gaussian~sobel-x.stride_2",
    "conv2d.kernel_1x3x1x1_1_1_1",
)


@pytest.mark.parametrize("recipe", RECIPES)
def test_pytorch_agrees_and_the_line_shown_computes_the_same(recipe):
    at = calm(visit(source="astronaut" if "x1x1" in recipe else "horse", recipe=recipe))
    assert answer(at) is None
    click(at, "check")
    result = tells_the_truth(calm(at))
    said = answer(at)
    difference, scale = re.search(
        r"[Ll]argest difference (\S+?),?(?: before the gain,)? where values may reach (\S+)\.$", said
    ).groups()
    assert ("before the gain" in said) == ("gain" in recipe)
    assert float(difference) < 1e-5 * max(1, float(scale))
    assert float(scale) == pytest.approx(result.convolution.scale, rel=0.01)
    x, record = result.convolution_input, result.convolution
    if "numpy.pad" in said:
        assert "symmetric" in recipe and call(at).startswith("ops.conv2d(x, kernel, padding='same'")
        return
    expected = eval(call(at), {"F": torch.nn.functional, "x": x[None], "kernel": record.kernel.float()})[0]
    ours = result.output / 3 if "gain" in recipe else result.output
    assert expected.shape == ours.shape
    assert torch.allclose(expected, ours, rtol=0, atol=1e-5 * max(1, record.scale))


def test_first_sight_agrees_to_five_digits(at):
    click(at, "check")
    assert float(re.search(r"difference (\S+),", answer(calm(at))).group(1)) < 1e-5


def test_a_border_that_pytorch_lacks_is_said(at):
    change(at, "padding_mode", "symmetric")
    click(at, "check")
    assert answer(calm(at)).startswith(
        "PyTorch lacks this border: numpy.pad, then PyTorch. Largest difference "
    )


@pytest.mark.parametrize(
    "key, value", [("stride", 2), ("source", "cup"), ("family", "blur"), ("colour", "red")]
)
def test_the_answer_goes_when_a_setting_changes(at, key, value):
    click(at, "check")
    assert answer(at)
    change(at, key, value)
    assert answer(calm(at)) is None


def test_the_answer_stays_while_only_the_display_changes(at):
    click(at, "check")
    said = answer(at)
    change(at, "signed", "clamp")
    assert answer(calm(at)) == said and recipe_text(at) == "grey~sobel-x"


def test_too_much_work_for_pytorch_is_refused_in_words():
    at = calm(visit(source="astronaut", recipe="gaussian.size_255"))
    click(at, "check")
    tells_the_truth(calm(at))
    assert re.fullmatch(
        r"Torch would need 5e\+10 multiply-adds for this, too long to wait for; try a smaller kernel or picture",
        answer(at),
    )
