"""A chain of steps: every step is edited, moved, repeated, switched off and removed, and a link says all of it."""

from __future__ import annotations

import itertools

import pytest

from playground import engine
from playground.media import samples
from playground.ops import OPS
from playground.recipe.text import from_text, to_text
from playground.ui import operations, steps
from playground.ui.address import parse, to_params
from playground.ui.first import FIRST
from playground.ui.labels import STEP_WORDS
from playground.ui.state import Off, PageState, recipe_of, step_of

from . import hearing, seeing
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

CHAINS = {
    "image": [
        "gaussian.sigma_2~pool2d~grey~sobel-x~absolute",
        "channel.index_1~emboss~gain.factor_2~relu~clip.high_0.5",
        "box~box~box~box",
        "gain.factor_2~gain.factor_3~grey~grey~identity.stride_1-2~gain.factor_4",
    ],
    "audio": ["mono~echo~gain.factor_2~clip.high_0.5~pool1d", "moving-average.stride_2~interpolate1d~noise~flip1d"],
    "spectrogram": [
        "echo~mono~stft~harmonic~decibels~box~amplitude~gain.factor_2~mask.low_100~power~sharpen~griffin-lim",
        "stft~gain.factor_2~mel~linear-frequency~box.stride_1_2~flip2d~istft",
    ],
}
TEXTS = [(kind, text) for kind, texts in CHAINS.items() for text in texts]


def first(kind: str) -> PageState:
    return FIRST[kind]


def said(state: PageState) -> str:
    return to_text(recipe_of(state))


def states(kind: str, text: str) -> list[PageState]:
    """The chain with each of its rows in the controls."""
    state = first(kind).read(from_text(text, "audio" if kind != "image" else "image"))
    return [steps.edit(state, i, channels=3) for i in range(len(steps.rows(state, channels=3)))]


def same(one: PageState, other: PageState) -> None:
    """Both say the same chain and edit the same step of it."""
    assert one.chain(3) == other.chain(3)
    assert (one.group(3), one.front, one.skipped) == (other.group(3), other.front, other.skipped)


# --- laws, without a page ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, text", TEXTS)
def test_whichever_row_is_edited_the_recipe_stays_and_a_link_says_it(kind, text):
    for place, state in enumerate(states(kind, text)):
        assert said(state) == text
        assert steps.edited(state, channels=3) == place
        same(parse(to_params(state), kind), state)


@pytest.mark.parametrize("kind, text", TEXTS)
def test_rows_divide_the_chain(kind, text):
    for state in states(kind, text):
        rows = steps.rows(state, channels=3)
        assert [rows[0][0], *(end for _, end in rows)] == [*(start for start, _ in rows), len(state.arranged(3))]


@pytest.mark.parametrize("kind, text", TEXTS)
def test_what_is_moved_comes_back(kind, text):
    for state in states(kind, text):
        later = steps.move(state, 1, channels=3)
        whole = sorted(map(str, map(step_of, state.chain(3))))
        assert sorted(map(str, map(step_of, later.chain(3)))) == whole
        if len(steps.rows(later, channels=3)) == len(steps.rows(state, channels=3)) and later != state:
            assert said(steps.move(later, -1, channels=3)) == text


@pytest.mark.parametrize("kind, text", TEXTS)
def test_at_the_ends_nothing_moves(kind, text):
    each = states(kind, text)
    assert steps.move(each[0], -1, channels=3) == each[0] and steps.move(each[-1], 1, channels=3) == each[-1]


@pytest.mark.parametrize("kind, text", TEXTS)
def test_what_is_switched_off_does_not_run_and_is_not_lost(kind, text):
    for state in states(kind, text):
        off = steps.switch(state, channels=3)
        assert off.skipped and len(recipe_of(off).steps) < len(recipe_of(state).steps)
        assert tuple(map(step_of, off.chain(3))) == tuple(map(step_of, state.chain(3)))
        same(parse(to_params(off), kind), off)
        assert said(steps.switch(off, channels=3)) == text


@pytest.mark.parametrize("kind, text", TEXTS)
def test_what_is_repeated_stands_there_twice_and_is_removed_again(kind, text):
    for state in states(kind, text):
        twice = steps.repeat(state, channels=3)
        group = len(state.group(3))
        assert len(recipe_of(twice).steps) == len(recipe_of(state).steps) + group
        place = state.end(3)
        assert twice.arranged(3)[place - group : place] == twice.arranged(3)[place : place + group]
        if len(steps.rows(twice, channels=3)) == 1 + len(steps.rows(state, channels=3)):
            assert said(steps.remove(twice, channels=3)) == text


@pytest.mark.parametrize("kind, text", TEXTS)
def test_the_only_row_is_not_removed(kind, text):
    state = states(kind, text)[-1]
    for _ in range(12):
        state = steps.remove(state, channels=3)
    assert len(steps.rows(state, channels=3)) == 1
    assert steps.remove(state, channels=3) == state


@pytest.mark.parametrize("kind, text", TEXTS)
def test_the_engine_is_told_the_step_that_is_edited(kind, text):
    for state in states(kind, text):
        running = recipe_of(state).steps
        assert running[state.focus(3)] == state.edited_step(3)
        off = steps.switch(state, channels=3)
        assert off.focus(3) == len(recipe_of(off).steps)


def test_all_ways_to_switch_off_are_read_back():
    chain = from_text("gaussian~pool2d~grey~sobel-x~gain.factor_2", "image").steps
    for off in itertools.product((False, True), repeat=5):
        given = tuple(Off(step) if is_off else step for step, is_off in zip(chain, off, strict=True))
        for at in range(1, 6):
            state = PageState().read_chain(given, at)
            assert state.chain(3) == given
            same(parse(to_params(state)), state)


@pytest.mark.parametrize("params, words", [
    ({"recipe": "box~box", "edit": "3"}, "edit='3' is not understood; write places of steps, from 1 to 2, joined by _"),
    ({"recipe": "box~box", "off": "0"}, "off='0' is not understood; write places of steps, from 1 to 2, joined by _"),
    ({"recipe": "box~box", "off": "1_x"}, "off='1_x' is not understood; write places of steps, from 1 to 2, joined by _"),
    ({"recipe": "box~box", "off": "²"}, "off='²' is not understood; write places of steps, from 1 to 2, joined by _"),
])  # fmt: skip
def test_places_that_are_none_are_answered_in_one_sentence(params, words):
    at = visit(**params)
    assert sentence(at) == f"This address cannot be shown: {words}."


def test_the_ends_of_a_spectrogram_are_not_switched_off():
    at = visit("pages/spectrogram.py", source="impulse", recipe="stft~box~istft", off="1")
    assert sentence(at) == ("This address cannot be shown: the steps that make the spectrogram and the sound cannot be"
                            " switched off.")  # fmt: skip


# --- the engine ----------------------------------------------------------------------------------------


def test_the_result_keeps_the_record_and_the_input_of_the_step_that_is_looked_at():
    picture = samples.picture("counting")
    recipe = from_text("grey~box~absolute~sobel-x.stride_2~pool2d", "image")
    for place, step in enumerate(recipe.steps):
        result = engine.run(recipe, picture, focus=place)
        before = engine.run(from_text("~".join(to_text(recipe).split("~")[:place]), "image"), picture) if place else None
        assert result.convolution_input.equal(picture.values if before is None else before.output)
        assert result.focus.step == step
        assert (result.convolution is result.focus) == (step.name in ("box", "sobel_x"))
    last = engine.run(recipe, picture)
    assert last.convolution is last.focus and last.convolution.step.name == "sobel_x"
    assert engine.run(recipe, picture, focus=5).convolution is None


# --- the page ------------------------------------------------------------------------------------------


def control_of(at, key: str):
    return at.main.get_by_key(key)


def listed(at) -> list[str]:
    return control(at, "step").options


def test_a_chain_is_built_by_hand_and_rearranged():
    at = calm(visit(source="counting"))
    click(at, "step_add")
    change(at, "family", "other")
    assert heading(at) == "Pooling: one number for each window" and recipe_text(at) == "grey~sobel-x~pool2d"
    change(at, "operation", "absolute")
    click(at, "step_add")
    change(at, "family", "other")
    change(at, "operation", "pool2d")
    change(at, "pool2d_statistic", "average")
    change(at, "pool2d_kernel_size_0", 3)
    assert recipe_text(at) == "grey~sobel-x~absolute~pool2d.kernel-size_3_2.statistic_average"
    tells_the_truth(calm(at))
    change(at, "step", 0)
    assert at.query_params["edit"] == "2" and control(at, "member_edges").value == "sobel_x"
    assert notes(at).count("The result shown is that of the whole chain; the input is that of the chosen step.") == 1
    change(at, "member_edges", "sobel_y")
    assert recipe_text(at) == "grey~sobel-y~absolute~pool2d.kernel-size_3_2.statistic_average"
    tells_the_truth(calm(at))
    click(at, "step_later")
    assert recipe_text(at) == "absolute~grey~sobel-y~pool2d.kernel-size_3_2.statistic_average"
    tells_the_truth(calm(at))
    click(at, "step_repeat")
    click(at, "step_off")
    assert listed(at)[2] == "3. Horizontal edges (Sobel y) (grey), off" and at.query_params["off"] == "4_5"
    assert at.button(key="image_step_off").label == "Switch on"
    click(at, "step_remove")
    click(at, "step_earlier")
    assert recipe_text(at) == "grey~sobel-y~absolute~pool2d.kernel-size_3_2.statistic_average"
    assert "off" not in at.query_params
    tells_the_truth(calm(at))


def test_what_is_switched_off_does_not_count_on_the_page():
    at = calm(visit(source="counting", recipe="grey~sobel-x~pool2d", off="3"))
    assert facts(at).startswith("8 × 8 → 8 × 8 ·")
    click(at, "step_off")
    assert facts(at).startswith("8 × 8 → 4 × 4 ·") and "off" not in at.query_params


def test_one_step_looks_as_simple_as_ever(at):
    assert not any(has(at, f"step{what}") for what in ("", "_earlier", "_later", "_repeat", "_off", "_remove"))


def test_the_input_beside_the_result_is_that_of_the_step():
    at = calm(visit(source="counting", recipe="identity.stride_2~box~pool2d", edit="2"))
    captions = [each.proto.imgs[0].caption for each in at.get("image")[:2]]
    assert captions == ["Input of this step 4 × 4", "Output of all steps 2 × 2"]
    tells_the_truth(at)


def test_a_result_of_both_signs_behind_other_steps_is_shown_in_two_colours_by_its_values():
    at = calm(visit(recipe="grey~sobel-x~relu"))
    assert "two colours" not in facts(at)
    go(at, "pages/image.py", recipe="grey~sobel-x~relu", off="3")
    assert "two colours" in facts(calm(at))


@pytest.mark.parametrize("kind", ["image", "audio", "spectrogram"])
def test_every_step_without_a_kernel_is_chosen_and_set(kind):
    page, source = f"pages/{kind}.py", {"image": "cat", "audio": "square", "spectrogram": "square"}[kind]
    touched = {"image": change, "audio": hearing.turn, "spectrogram": seeing.turn}[kind]
    at = calm(visit(page, source=source))
    touched(at, "preset" if kind == "spectrogram" else "family", "other")
    names = operations.offered(kind)
    assert control_of(at, f"{kind}_operation").options == [STEP_WORDS[name] for name in names]
    for name in names:
        touched(at, "operation", name)
        calm(at)
        assert name.replace("_", "-") in at.query_params["recipe"]
        assert heading(at) == operations.SAID[name].finding
        for parameter, option in OPS[name].options.items():
            kind_of = type(option.type).__name__
            if kind_of == "KernelParameter":
                continue
            keys = [f"{name}_{parameter}_{axis}" for axis in (0, 1)] if kind_of == "Pair" else [f"{name}_{parameter}"]
            for key in keys:
                assert control_of(at, f"{kind}_{key}") is not None


@pytest.mark.parametrize("name, parameter, values", [
    ("pool2d", "statistic", ["max", "average", "min", "median"]), ("pool2d", "padding", ["valid", "same", "number"]),
    ("normalise", "to", ["range", "standard"]), ("edge_magnitude", "operator", ["sobel", "prewitt", "scharr", "difference"]),
    ("interpolate2d", "interpolation", ["nearest", "linear", "sinc"]), ("flip2d", "direction", ["horizontal", "vertical"]),
    ("noise", "distribution", ["normal", "uniform"]), ("pool2d", "count_include_pad", [False, True]),
    ("interpolate2d", "scale_0", [1, 3]), ("pool2d", "stride_1", [3, None]), ("pool2d", "kernel_size_0", [1, 4]),
    ("edge_magnitude", "padding_mode", ["constant", "symmetric", "replicate", "circular", "reflect"]),
])  # fmt: skip
def test_every_value_of_a_choice_is_computed(name, parameter, values):
    at = calm(visit(source="counting", recipe=name.replace("_", "-")))
    for value in values:
        change(at, f"{name}_{parameter}", value)
        tells_the_truth(calm(at))


def test_a_stride_that_follows_the_window_says_so_and_is_freed_again():
    at = calm(visit(source="counting", recipe="pool2d.kernel-size_2_4"))
    assert [control(at, f"pool2d_stride_{axis}").placeholder for axis in (0, 1)] == ["2 (follows)", "4 (follows)"]
    change(at, "pool2d_stride_0", 1)
    assert recipe_text(at) == "pool2d.kernel-size_2_4.stride_1_4"
    change(at, "pool2d_stride_1", None)
    assert recipe_text(at) == "pool2d.kernel-size_2_4"


def test_padding_of_a_pooling_by_number_and_from_a_link():
    at = calm(visit(source="counting", recipe="pool2d.kernel-size_3.padding_1_1_0_0"))
    assert control(at, "pool2d_padding").value == "sides"
    tells_the_truth(at)
    change(at, "pool2d_padding", "number")
    change(at, "pool2d_padding_number", 1)
    assert recipe_text(at) == "pool2d.kernel-size_3.padding_1"


def test_the_colours_are_mixed_by_numbers_of_ones_own():
    at = calm(visit())
    change(at, "family", "other")
    change(at, "operation", "colour_matrix")
    tells_the_truth(calm(at))
    change(at, "numbers_text", "0 0 1\n0 1 0\n1 0 0")
    assert recipe_text(at) == "colour-matrix.kernel_3x3_0_0_1_0_1_0_1_0_0"
    result = tells_the_truth(calm(at))
    assert result.output.equal(samples.picture("cat").values.flip(0))


def test_a_step_is_remembered_while_another_is_chosen():
    at = calm(visit())
    change(at, "family", "other")
    change(at, "operation", "gain")
    change(at, "gain_factor", 3.0)
    change(at, "operation", "relu")
    change(at, "family", "blur")
    change(at, "family", "other")
    assert control(at, "operation").value == "relu"
    change(at, "operation", "gain")
    assert recipe_text(at) == "gain.factor_3"


def test_a_sound_and_a_spectrogram_have_chains_too():
    at = calm(visit("pages/audio.py", source="square", recipe="moving-average.stride_2~clip.high_0.5~echo", edit="2"))
    hearing.tells_the_truth(at)
    assert control_of(at, "audio_step").options == ["1. Plain average (moving average)", "2. Clipped", "3. One repeat (echo)"]
    hearing.press(at, "step_off")
    assert calm(at).query_params["off"] == "2"
    at = calm(visit("pages/spectrogram.py", source="square", recipe="stft~box~relu~sharpen~istft", edit="3"))
    assert control_of(at, "spectrogram_operation").value == "relu"
    seeing.press(at, "step_later")
    assert at.query_params["recipe"] == "stft~box~sharpen~relu~istft"
    calm(at)




@pytest.mark.parametrize("kind, recipe, name, made", [
    ("audio", "stft~istft", "stft", "a sound"), ("audio", "stft~decibels", "stft", "a sound"),
    ("audio", "echo~stft~griffin-lim", "stft", "a sound"),
    ("image", "picture-spectrum~griffin-lim", "picture_spectrum", "a picture"),
    ("image", "grey~picture-spectrum~box~griffin-lim", "picture_spectrum", "a picture"),
])  # fmt: skip
def test_what_leaves_the_medium_of_a_page_is_sent_to_the_spectrogram_page(kind, recipe, name, made):
    says = f"{name} does not make {made} again; open this recipe on the spectrogram page"
    at = visit(f"pages/{kind}.py", recipe=recipe)
    assert sentence(at) == f"This address cannot be shown: {says}."
    first_sight = at.main.get_by_key(f"{kind}_reset")
    assert first_sight is not None
    at = calm(visit(f"pages/{kind}.py", source={"image": "counting", "audio": "impulse"}[kind], recipe="identity.stride_2"))
    at.main.get_by_key(f"{kind}_recipe_text").set_value(recipe)
    at.run()
    assert sentence(at).endswith("open this recipe on the spectrogram page")
    assert at.query_params["recipe"] == "identity.stride_2"


def test_edges_in_a_chain_are_those_of_one_step():
    at = calm(visit())
    change(at, "family", "blur")
    click(at, "step_add")
    change(at, "family", "edges")
    assert recipe_text(at) == "gaussian.sigma_3~grey~sobel-x" and "grey, because it is an edge kernel" in facts(at)
    click(at, "step_add")
    change(at, "family", "edges")
    assert recipe_text(at) == "gaussian.sigma_3~grey~sobel-x~sobel-x"  # it is grey already
    assert "grey, because" not in facts(at)
    tells_the_truth(calm(at))


def test_what_is_switched_off_is_no_headline():
    at = calm(visit(source="counting", recipe="sobel-x~pool2d~absolute", off="2", edit="2"))
    assert heading(at) == "Switched off: Pooling: one number for each window" and "grey, because" not in facts(at)


def test_what_is_switched_off_of_a_spectrogram_is_no_headline_either():
    at = calm(visit("pages/spectrogram.py", source="impulse", recipe="stft.n-fft_256~box~sharpen~istft", off="3", edit="3"))
    assert heading(at).startswith("Switched off: ")
    seeing.press(at, "step_off")
    assert not heading(calm(at)).startswith("Switched off")
