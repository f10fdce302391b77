"""A row of the picture, heard before and after the kernel, is the row that the page names."""

from __future__ import annotations

import io
import re

import numpy as np
import pytest
import soundfile
import torch

from playground.ops.picture_sound import row_wave
from playground.ui import row_panel
from playground.view.row import place_of

from .test_words import bare, language_file, test_language  # noqa: F401
from .visiting import bodies, calm, change, computed, control, go, has, tells_the_truth, visit

NEVER = "this was computed while the panel was closed"


@pytest.fixture
def played(monkeypatch) -> list[tuple[torch.Tensor, bytes]]:
    """What the players of the row were given: values and bytes."""
    found = []
    original = row_panel.player_bytes

    def record(values, rate):
        assert rate == row_panel.RATE
        data = original(values, rate)
        found.append((values, data))
        return data

    monkeypatch.setattr(row_panel, "player_bytes", record)
    return found


def opened(at, played: list | None = None):
    """The page with the panel unfolded, as a click on it does."""
    if played is not None:
        played.clear()
    at.session_state["image.row_open"] = True
    return calm(at.run())


def arrive(played: list | None = None, **params: str):
    return opened(visit(**params), played)


def labels(at) -> list[str]:
    return [each.proto.alt for each in at.get("audio")]


def said(at) -> str:
    """The live line of the panel."""
    return bodies(at, "cp-facts")[-1]


def rows_named(at) -> tuple[int, int]:
    """The rows of input and output that the players' labels name."""
    before, after = labels(at)
    return (
        int(re.fullmatch(r"Input, row (\d+)", before).group(1)),
        int(re.fullmatch(r"Output, row (\d+)", after).group(1)),
    )


def is_heard(at, played: list[tuple[torch.Tensor, bytes]]) -> float:
    """Assert that both players hold the rows that they name, with one gain; return it."""
    result = computed(at)
    pictures = (result.convolution_input, result.output)
    waves = [
        row_wave(x, row=row, seconds=2.0, sample_rate=44_100)
        for x, row in zip(pictures, rows_named(at), strict=True)
    ]
    gain = 0.5 / max(float(wave.abs().max()) for wave in waves)
    assert len(played) == 2
    for wave, (_, data) in zip(waves, played, strict=True):
        heard, rate = soundfile.read(io.BytesIO(data), dtype="float64")
        assert rate == 44_100 and heard.shape == (88_200,)
        np.testing.assert_allclose(heard, gain * wave[0].double().numpy(), atol=1.01 / 32768)
    assert f"Both × {gain:.3g}, so that the louder peaks at 0.5." in said(at)
    return gain


# --- closed and open -----------------------------------------------------------------------------


def test_nothing_of_the_row_is_computed_while_the_panel_is_closed(monkeypatch):
    def never(*args, **kwargs):
        raise AssertionError(NEVER)

    for name in ("row_wave", "player_bytes"):
        monkeypatch.setattr(row_panel, name, never)
    at = calm(visit())
    assert not labels(at) and not has(at, "row")
    assert [each.label for each in at.expander if each.label == "Hear a row"] == ["Hear a row"]


def test_the_middle_row_of_the_cat_is_heard_first(played):
    at = arrive(played)
    assert rows_named(at) == (150, 150) and control(at, "row").value == 150
    is_heard(at, played)
    assert "451 pixels repeat 97.8 times a second: near G2." in said(at)
    assert " stands at " not in said(at)


def test_both_players_and_the_chart_say_in_words_what_they_are():
    at = arrive()
    assert labels(at) == ["Input, row 150", "Output, row 150"]
    chart = [each.proto.alt for each in at.get("vega_lite_chart")][-1]
    result = computed(at)
    given, made = result.convolution_input[0, 150], result.output[0, 150]
    numbers = [float(text.replace("−", "-")) for text in re.findall(r"−?\d[\d.]*\d|−?\d", chart)]
    expected = [150, *map(float, (given.min(), given.max())), 150, *map(float, (made.min(), made.max()))]
    assert numbers == pytest.approx(expected, rel=5e-3)


# --- which row -----------------------------------------------------------------------------------


@pytest.mark.parametrize("row", [0, 77, 299])
@pytest.mark.parametrize("recipe", ["grey~sobel-x", "gaussian.size_9", "grey~sobel-x~gain.factor_3"])
def test_any_row_can_be_heard_in_grey_and_in_colour(recipe, row, played):
    at = arrive(recipe=recipe)
    played.clear()
    calm(change(at, "row", row))
    assert rows_named(at) == (row, row)
    is_heard(at, played)
    tells_the_truth(at)


@pytest.mark.parametrize("recipe, row, other", [
    ("grey~sobel-x.stride_2", 100, 50),
    ("grey~sobel-x.stride_2", 101, 50),
    ("grey~sobel-x.stride_3", 299, 99),
    ("grey~sobel-x.stride_1-2", 100, 200),
    ("grey~sobel-x.stride_2_1", 100, 50),
    ("grey~sobel-x.padding_valid", 100, 99),
    ("grey~sobel-x.padding_valid", 0, 0),
    ("box.padding_full.size_9", 100, 104),
])  # fmt: skip
def test_the_row_of_the_output_is_the_one_at_the_same_place(recipe, row, other, played):
    at = arrive(recipe=recipe)
    played.clear()
    calm(change(at, "row", row))
    assert rows_named(at) == (row, other)
    is_heard(at, played)
    place = place_of(computed(at).convolution.axes[0], other)
    assert (f"Row {other} of the output stands at row {place} of the input." in said(at)) == (place != row)


@pytest.mark.parametrize("stride, width, hz, note", [("2", 226, "195", "G3"), ("1-2", 902, "48.9", "G1")])
def test_a_row_of_another_width_has_another_pitch(stride, width, hz, note):
    line = said(arrive(recipe=f"grey~sobel-x.stride_{stride}"))
    assert "The input's 451 pixels repeat 97.8 times a second: near G2." in line
    assert f"The output's {width} pixels repeat {hz} times a second: near {note}." in line


def test_a_row_too_wide_for_a_tone_is_said():
    line = said(arrive(recipe="box.size_3.stride_1_1-16"))
    assert re.search(r"The output's 7216 pixels repeat 6\.11 times a second: too slow for a tone\.", line)


def test_a_row_beyond_the_next_picture_is_its_last(played):
    at = arrive()
    change(at, "row", 299)
    change(at, "source", "bricks")
    height = computed(at).convolution_input.shape[-2]
    assert rows_named(calm(at))[0] == control(at, "row").value == min(299, height - 1)
    change(at, "source", "counting")
    height = computed(at).convolution_input.shape[-2]
    assert height < 299
    assert rows_named(calm(at)) == (height - 1, height - 1)
    change(at, "source", "cat")
    assert rows_named(calm(at)) == (299, 299)  # what was asked for is remembered


def test_the_row_is_remembered_on_the_way_to_another_page_and_back():
    at = arrive()
    change(at, "row", 33)
    go(at, "pages/home.py")
    go(at, "pages/image.py")
    assert rows_named(calm(at)) == (33, 33)


def test_the_input_is_what_the_kernel_was_given(played):
    at = arrive(played, recipe="grey~gaussian.stride_2~sobel-x")
    height = computed(at).convolution_input.shape[-2]
    assert height == 150 and rows_named(at) == (75, 75)
    is_heard(at, played)


# --- silence -------------------------------------------------------------------------------------


@pytest.mark.parametrize("recipe, sentence", [
    ("grey~sobel-x", "Both rows are flat: silence."),
    ("grey~sobel-x.padding-mode_constant", "The input's row is flat: silence. The output's is × "),
])  # fmt: skip
def test_a_flat_row_is_silence_and_says_so(recipe, sentence, played):
    at = arrive(source="flat", recipe=recipe)
    played.clear()
    change(at, "row", 0)
    assert sentence in said(calm(at))
    assert float(played[0][0].abs().max()) == 0
    assert float(played[1][0].abs().max()) == (0.5 if "×" in sentence else 0)


def test_a_row_that_the_kernel_makes_flat_is_silence(played):
    at = arrive(played, source="gradient", recipe="grey~sobel-y")
    assert "The output's row is flat: silence. The input's is × " in said(at)
    assert float(played[1][0].abs().max()) == 0 and float(played[0][0].abs().max()) == 0.5


# --- another language ----------------------------------------------------------------------------


@pytest.mark.parametrize("recipe", ["grey~sobel-x", "grey~sobel-x.stride_2", "box.size_3.stride_1_1-16"])
@pytest.mark.parametrize("source", ["cat", "flat"])
def test_every_text_of_the_row_is_translated(source, recipe, test_language):  # noqa: F811
    at = opened(visit(context=test_language, source=source, recipe=recipe))
    assert bare(change(at, "row", 1), names=("F1", "G1", "G2", "G3")) == []
