"""Several convolutions in a row are offered as one: its numbers, the differences that are said, and what a click makes."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch
from scipy.signal import convolve

from playground import engine
from playground.media import samples
from playground.recipe.text import from_text, to_text
from playground.ui import equivalent

from .visiting import calm, change, go, notes, visit

SOURCES = {"image": "coins", "audio": "square", "spectrogram": "impulse"}
PAIRS = [
    ("image", "box.size_5~box.size_5", 2), ("image", "box.size_4~sobel-x~gaussian.sigma_1", 2),
    ("image", "emboss.padding-mode_constant~shift.down_1.right_2", 2), ("image", "box.padding-mode_circular~emboss.padding-mode_circular", 2),
    ("image", "box.padding_valid~sharpen.padding_valid", 2), ("image", "emboss.dilation_2.flip-kernel_yes~sharpen.padding_2", 2),
    ("audio", "moving-average.size_5~difference", 2), ("audio", "comb.delay_2~echo.delay_5", 2),
    ("spectrogram", "stft.n-fft_64~box~sharpen~griffin-lim.iterations_1", 2),
]  # fmt: skip
TITLE = re.compile(r"(\d+) convolutions in a row are one")


def arrive(kind: str, recipe: str, **params: str):
    """The page with the panel unfolded, as a click on it does."""
    at = visit(f"pages/{kind}.py", source=SOURCES[kind], recipe=recipe, **params)
    at.session_state[f"{kind}.equivalent_open"] = True
    return calm(at.run())


def titles(at) -> list[str]:
    return [each.label for each in at.expander if TITLE.fullmatch(each.label)]


def said(at) -> str:
    return next(note for note in notes(at) if "argest difference" in note or "Every result reads" in note)


def run(kind: str, recipe: str):
    medium = samples.picture(SOURCES[kind]) if kind == "image" else samples.sound(SOURCES[kind])
    return engine.run(from_text(recipe, medium.kind), medium)


def table(at) -> np.ndarray | None:
    found = [each.proto.body for each in at.main.get("html") if "The one kernel, " in each.proto.body]
    if not found:
        return None
    return np.array([[float(cell) for cell in re.findall(r'title="([^"]*)"', row)] for row in re.findall(r"<tr>(.*?)</tr>", found[0])])


@pytest.mark.parametrize("kind, recipe, count", PAIRS)
def test_the_differences_that_are_said_are_those_of_what_a_click_makes(kind, recipe, count):
    at = arrive(kind, recipe)
    assert len(titles(at)) == 1
    several = run(kind, recipe)
    line = said(at)
    at.button(key=f"{kind}_equivalent").click()
    calm(at.run())
    text = at.query_params["recipe"]
    assert ("conv1d.kernel_" if kind == "audio" else "conv2d.kernel_") in text and not titles(at)
    one = run(kind, text)
    assert one.output.shape == several.output.shape
    if kind == "spectrogram":
        one, several = one.values, several.values
    else:
        one, several = one.output, several.output
    difference = (one - several).abs()
    inside = re.search(r"the ([\d × ]+) results .*?: largest difference (\S+), where values may reach (\S+?)\.(?: |$)", line)
    scale = float(re.search(r"may reach (\S+?)[:.](?: |$)", line).group(1))
    if inside is None:
        assert line.endswith("no result reads beyond the border.") and float(difference.max()) <= 1e-5 * scale
        return
    sizes = [int(n) for n in inside.group(1).split(" × ")]
    found = run(kind, recipe).records
    row = [r for r in found if r.kernel is not None]
    before = [sum(r.axes[i].before for r in row) for i in range(len(sizes))]
    spans = tuple(slice(b, b + n) for b, n in zip(before, sizes, strict=True))
    assert sizes == [max(0, n - sum(r.axes[i].span - 1 for r in row)) for i, n in enumerate(row[0].input_shape[1:])]
    assert float(difference[(..., *spans)].max()) <= 1e-5 * scale and float(inside.group(2)) <= 1e-5 * scale
    border = difference.clone()
    border[(..., *spans)] = 0
    named = float(re.search(r"Nearer to the border it is (?:up to )?(\S+?):", line).group(1))
    assert float(border.max()) == pytest.approx(named, rel=0.06, abs=1e-5 * scale)
    assert ("the same, too" in line) == (named <= 1e-5 * scale)
    if "circular" in recipe:
        assert "the same, too" in line, "what wraps around has no border"


def test_the_table_is_the_full_convolution_by_scipy():
    at = arrive("image", "box.size_5~box.size_5")
    expected = convolve(np.full((5, 5), 0.04), np.full((5, 5), 0.04))
    np.testing.assert_allclose(table(at), expected, rtol=1e-12)
    assert ("Steps 1 to 2 (Plain average (box), Plain average (box)) together read 9 × 9 values, with 50 numbers; one kernel"
            " of 9 × 9 does it in one pass.") in notes(at)  # fmt: skip


def test_it_is_folded_away_at_first_and_computes_nothing(monkeypatch):
    def never(*_, **__):
        raise AssertionError("computed while the panel was closed")

    monkeypatch.setattr(equivalent, "compare", never)
    at = calm(visit(source="coins", recipe="box~box"))
    assert titles(at) == ["2 convolutions in a row are one"]
    assert all("largest difference" not in note for note in notes(at))


@pytest.mark.parametrize("recipe, params", [
    ("box", {}), ("box~relu~box", {}), ("box.stride_2~box", {}), ("box~box.stride_1-2", {}), ("grey~sobel-x", {}),
    ("box~gain.factor_2~box", {}), ("box~box", {"off": "2", "edit": "1"}), ("box~sharpen~box", {"off": "2", "edit": "1"}),
])  # fmt: skip
def test_where_something_stands_between_there_is_no_such_offer(recipe, params):
    assert not titles(calm(visit(source="counting", recipe=recipe, **params)))


def test_of_two_rows_it_is_the_one_with_the_edited_step():
    recipe = "box~sharpen~relu~box~emboss~gaussian.size_3"
    at = calm(visit(source="counting", recipe=recipe))
    assert titles(at) == ["3 convolutions in a row are one"]
    at = calm(go(at, "pages/image.py", source="counting", recipe=recipe, edit="1"))
    assert titles(at) == ["2 convolutions in a row are one"]
    change(at, "step", 2)
    assert titles(calm(at)) == ["2 convolutions in a row are one"], "the first, where the edited step is in none"


def test_what_is_behind_and_before_and_off_stays():
    recipe = "grey~box~sharpen~relu~emboss"
    at = arrive("image", recipe, edit="3", off="5")
    at.button(key="image_equivalent").click()
    calm(at.run())
    steps = from_text(at.query_params["recipe"], "image").steps
    assert [step.name for step in steps] == ["grey", "conv2d", "relu", "emboss"] and at.query_params["off"] == "4"


def test_a_kernel_of_too_many_numbers_is_not_offered_with_the_reason():
    at = arrive("image", "box.size_60~box.size_60")
    assert "It has 14,161 numbers; a recipe holds at most 4,096, so it cannot take their place here." in notes(at)
    assert "argest difference" in said(at) and table(at) is None
    assert not [button for button in at.button if button.key == "image_equivalent"]


def test_largest_that_is_offered_fits_into_a_link():
    at = arrive("image", "gaussian.sigma_4~gaussian.sigma_3.size_32")
    at.button(key="image_equivalent").click()
    calm(at.run())
    text = at.query_params["recipe"]
    assert len(text) < 100_000 and to_text(from_text(text, "image")) == text
    assert from_text(text, "image").steps[0].get("padding", 0) != 0


def test_a_causal_row_says_that_its_time_moves():
    at = arrive("audio", "comb.delay_2~echo.delay_5")
    assert "As numbers it is counted from its middle: the samples are the same, the time axis is not." in notes(at)
    at = arrive("audio", "moving-average.size_5~difference")
    assert not any("counted from its middle" in note for note in notes(at))


def test_every_result_at_the_border_is_said_so():
    at = visit(source="counting", recipe="box.size_7~box.size_7")
    at.session_state["image.equivalent_open"] = True
    calm(at.run())
    assert said(at).startswith("Every result reads values beyond the border. Nearer to the border ")


def test_channels_that_are_mixed_are_mixed_by_the_one():
    recipe = "box~conv2d.kernel_3x3x1x1_0_0_1_0_1_0_1_0_0~sharpen"
    at = visit(source="cat", recipe=recipe)
    at.session_state["image.equivalent_open"] = True
    calm(at.run())
    several = engine.run(from_text(recipe, "image"), samples.picture("cat")).output
    at.button(key="image_equivalent").click()
    calm(at.run())
    one = engine.run(from_text(at.query_params["recipe"], "image"), samples.picture("cat")).output
    assert torch.allclose(one[..., 2:-2, 2:-2], several[..., 2:-2, 2:-2], atol=1e-5)
    assert one.shape == several.shape
