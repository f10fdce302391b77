"""What may surprise of a setting is said with what would avoid it; the counts of a checkerboard are those of the result."""

from __future__ import annotations

import re

import pytest
import torch

from playground import engine, ops
from playground.explain.remarks import remarks
from playground.media import samples
from playground.recipe.text import from_text

from .visiting import PAGES, calm, go, notes, plain, visit

SURPRISING = {
    "image": [
        ("counting", "box.padding_valid.stride_2", "unused"),
        ("counting", "grey~shift.down_0.right_1.stride_2", "unread"),
        ("counting", "box.stride_1-2~gain.factor_4", "uneven"),
        ("counting", "gaussian.size_4~relu", "no middle"),
        ("counting", "box.padding_4", "invented"),
        ("counting", "pool2d.kernel-size_3", "unused"),
        ("counting", "gaussian.size_31", "torch refuses"),
    ],
    "audio": [("impulse", "moving-average.padding_valid.stride_7", "unused"), ("impulse", "moving-average.size_3.stride_1-2", "uneven")],
    "spectrogram": [("impulse", "stft.n-fft_64~box.size_4~griffin-lim.iterations_1", "no middle")],
}  # fmt: skip
CASES = [(kind, *case) for kind, cases in SURPRISING.items() for case in cases]


def offers(at) -> list:
    return [button for button in at.button if "_remark_" in (button.key or "")]


def expected(kind: str, source: str, recipe: str) -> list:
    """The remarks of the package on the only step that has some."""
    medium = samples.picture(source) if kind == "image" else samples.sound(source)
    result = engine.run(from_text(recipe, medium.kind), medium)
    found = []
    for record in result.records:
        rate = record.rate if record.kind == "audio" else None
        found += remarks(record.step, kind=record.kind, shape=record.input_shape, rate=rate)
    return found


def said(at, remark) -> bool:
    return f"{str(remark.rule)[0].upper()}{str(remark.rule)[1:]}." in notes(at)


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_remarked_at_first_sight(page):
    assert not offers(calm(visit(page)))
    assert not any("along an axis" in note or "uneven" in note for note in notes(visit(page)))


@pytest.mark.parametrize("kind, source, recipe, topic", CASES)
def test_a_remark_is_a_sentence_and_each_change_makes_it_go(kind, source, recipe, topic):
    found = expected(kind, source, recipe)
    assert found[0].topic == topic
    at = calm(visit(f"pages/{kind}.py", source=source, recipe=recipe))
    if kind == "image" and len(from_text(recipe, "image").steps) > 1 and not said(at, found[0]):
        go(at, f"pages/{kind}.py", source=source, recipe=recipe, edit="1")
    assert sum(said(at, remark) for remark in found) == min(2, len(found))
    params = {name: value for name, value in at.query_params.items()}
    keys = [button.key for button in offers(at)]
    assert 1 <= len(keys) <= 6
    for key in (keys[0], keys[-1]):
        go(at, f"pages/{kind}.py", **params)
        which = int(re.search(r"_remark_(\d)_", key).group(1))
        at.button(key=key).click()
        calm(at.run())
        assert at.query_params != params
        assert not said(at, found[which])
        if "~gain" in recipe:
            text = at.query_params["recipe"]
            assert ("stride_1-2" in text) == ("~gain" in text), "it keeps the level at that stride"


def test_a_remark_is_on_the_step_in_the_controls_and_on_none_that_is_off():
    chain = {"source": "counting", "recipe": "box.padding_valid.stride_2~sobel-y"}
    assert not offers(calm(visit(**chain)))
    at = calm(visit(**chain, edit="1"))
    assert len(offers(at)) == 2
    assert not offers(calm(visit(**chain, edit="1", off="1")))


def test_what_is_said_is_not_said_twice():
    at = calm(visit(source="counting", recipe="box.stride_1-2"))
    assert len([note for note in notes(at) if "0.111" in note and "0.444" in note]) == 1
    at = calm(visit(source="counting", recipe="box.padding_valid.stride_3"))
    table = next(each.proto.body for each in at.main.get("html") if "cp-sizes" in each.proto.body)
    assert "never used" not in table and any("lie in no window" in note for note in notes(at))
    at = calm(visit(source="cat", recipe="box.size_5.stride_2"))
    table = next(each.proto.body for each in at.main.get("html") if "cp-sizes" in each.proto.body)
    assert "+ 1 = 150; 1 of the padding at the end never used" in plain(table)
    assert not any("lie in no window" in note for note in notes(at))


# --- how often each result is painted ------------------------------------------------------------


def painted(at) -> list[list[int]]:
    table = [each.proto.body for each in at.main.get("html") if "How often each result is painted" in each.proto.body]
    rows = re.findall(r"<tr>(.*?)</tr>", table[0]) if table else []
    return [[int(cell) for cell in re.findall(r"<td[^>]*>(\d+)</td>", row)] for row in rows]


@pytest.mark.parametrize("size, stride, sentence", [
    ("3", "1-2", "Each result is painted by 1, 2 or 4 taps, in a pattern of 2 × 2 that repeats:"),
    ("5", "1-3", "Each result is painted by 1, 2 or 4 taps, in a pattern of 3 × 3 that repeats:"),
    ("3_2", "1-2", "Each result is painted by 1 or 2 taps, in a pattern of 2 × 2 that repeats:"),
    ("7", "1-4", "Each result is painted by 1, 2 or 4 taps, in a pattern of 4 × 4 that repeats:"),
    ("9", "1-7", "Each result is painted by 1, 2 or 4 taps, in a pattern of 7 × 7 that repeats:"),
])  # fmt: skip
def test_the_map_counts_the_taps_that_made_each_result(size, stride, sentence):
    at = calm(visit(source="flat", recipe=f"box.size_{size}.stride_{stride}"))
    assert sentence in notes(at)
    result = engine.run(from_text(f"box.size_{size}.stride_{stride}", "image"), samples.picture("flat"))
    record = result.convolution
    # the number of taps under each result, far from the border, by a kernel of ones on a picture of ones
    ones = torch.ones_like(result.convolution_input)
    options = {name: record.settings[name] for name in ("stride", "padding")}
    counts = ops.conv2d(ones, torch.ones_like(record.kernel), **options)[0].round().long()
    rows = torch.tensor(painted(at))
    top, left = (10 * axis.up for axis in record.axes)  # whole periods
    assert torch.equal(counts[top : top + rows.shape[0], left : left + rows.shape[1]], rows)


def test_the_map_of_a_sound_is_a_row():
    at = calm(visit("pages/audio.py", source="impulse", recipe="moving-average.size_5.stride_1-2"))
    assert painted(at) in ([[3, 2, 3, 2]], [[2, 3, 2, 3]])
    assert "Each result is painted by 2 or 3 taps, in a pattern that repeats after 2 samples:" in notes(at)


@pytest.mark.parametrize("recipe", ["box", "box.stride_2", "box.size_4.stride_1-2", "pool2d"])
def test_where_all_are_painted_alike_there_is_no_map(recipe):
    assert not painted(calm(visit(source="flat", recipe=recipe)))
