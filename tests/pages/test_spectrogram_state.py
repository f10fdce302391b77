"""State, recipe and address of the spectrogram page say the same, each way; without a page."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import pytest

from playground.errors import PlaygroundError, RecipeError
from playground.media.samples import PICTURES, SOUNDS
from playground.ops import OPS, PADDING_MODES, KernelRef
from playground.ops.parameters import Choice, Flag, Integer, Real
from playground.recipe.check import settings
from playground.recipe.model import Step
from playground.recipe.text import from_text, to_text
from playground.ui import presets
from playground.ui import steps as arranging
from playground.ui.address import SAMPLES, parse, to_params
from playground.ui.first import FIRST
from playground.ui.heard import transform_of
from playground.ui.presets import PRESETS
from playground.ui.spectrogram_controls import with_mask
from playground.ui.spectrogram_facts import finding
from playground.ui.spectrogram_state import AXES, MAPS, RANGE_LIMITS, SHOWS, SpectrogramState
from playground.ui.state import recipe_of, state_of

from .visiting import PICTURE_KERNELS

BASE = FIRST["spectrogram"]
UNCHANGED = replace(BASE, kernel=KernelRef(name="identity"))
DRAWN = BASE.with_source("picture-cup")


def text_of(state: SpectrogramState) -> str:
    return to_text(recipe_of(state, channels=1))


def same(state: SpectrogramState) -> SpectrogramState:
    """Assert that the state comes back from its recipe and from its address."""
    base = FIRST["spectrogram"].with_source(state.source)
    if state.scale == "magnitude":  # a floor that is not used is remembered, and in no link
        state = replace(state, floor=base.floor)
    recipe = recipe_of(state, channels=1)
    heard = {name: getattr(state, name) for name in ("axis", "colours", "range", "bands", "shows", "free")}
    assert state_of(recipe, replace(base, **heard)) == state
    assert from_text(to_text(recipe), state.medium_kind) == recipe
    params = to_params(state, channels=1)
    again = parse(params, "spectrogram")
    assert replace(again, free=False) == replace(state, free=False), params
    assert presets.of(again) == presets.of(state)
    assert to_params(again, channels=1) == params
    return again


# --- first sight ---------------------------------------------------------------------------------


def test_the_first_sight_has_an_empty_address():
    assert to_params(BASE) == {} and parse({}, "spectrogram") == BASE
    assert text_of(BASE) == "stft~box.size_1_9~istft"
    assert text_of(DRAWN) == "picture-spectrum~identity~griffin-lim"
    assert to_params(DRAWN) == {"source": "picture-cup"} and parse({"source": "picture-cup"}, "spectrogram") == DRAWN


@pytest.mark.parametrize("source", [*SAMPLES["spectrogram"], "own", "picture-own"])
def test_every_source_is_restored(source):
    state = same(BASE.with_source(source))
    assert state.is_picture == source.startswith("picture-")
    assert state.medium_kind == ("image" if state.is_picture else "audio")


def test_the_sources_are_all_sounds_and_all_pictures():
    assert list(SAMPLES["spectrogram"]) == [*SOUNDS, *(f"picture-{name}" for name in PICTURES)]


# --- presets -------------------------------------------------------------------------------------


def amounts(name: str) -> list[float]:
    preset = PRESETS[name]
    if not preset.amount:
        return [preset.default]
    steps = round((preset.high - preset.low) / preset.step)
    return [round(preset.low + n * preset.step, 9) for n in range(steps + 1)]


@pytest.mark.parametrize("name", PRESETS)
def test_every_amount_of_a_preset_is_read_back_from_its_link(name):
    for amount in amounts(name):
        state = presets.choose(replace(BASE, window=(("stride", (1, 2)),)), name, amount=amount)
        again = same(state)
        assert presets.of(again) == name, amount
        if PRESETS[name].amount:
            assert PRESETS[name].read(again) == pytest.approx(amount)
        assert again.setting("stride") == (1, 2)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_taken_for_no_other(name):
    state = presets.choose(BASE, name)
    fits = [other for other, preset in PRESETS.items() if preset.read(state) is not None]
    assert fits == [name] and presets.of(state) == name
    assert finding(state) == PRESETS[name].finding
    free = presets.choose(state, "any")
    assert presets.of(free) == "any" and free.separate is None and free.kernel.name != "identity"
    same(free)


@pytest.mark.parametrize("text", [
    "box.size_9", "box.size_3_5", "gaussian.size_9", "gaussian.sigma_2.size_9", "sharpen.normalise_yes", "shift",
    "shift.right_2", "box.flip-kernel_yes.size_1_9", "box.padding_full.size_1_9", "box.dilation_2.size_1_9",
    "conv2d.dilation_2.kernel_1x3_-1_0_1.padding_same.padding-mode_reflect", "identity.zero-mean_yes",
])  # fmt: skip
def test_what_a_preset_could_not_show_is_any_kernel(text):
    state = same(parse({"recipe": f"stft~{text}~istft"}, "spectrogram"))
    assert presets.of(state) == "any"
    finding(state)


@pytest.mark.parametrize("name", PICTURE_KERNELS)
def test_every_kernel_is_restored_with_and_without_the_word_any(name):
    for free, scale in itertools.product((False, True), ("magnitude", "decibels")):
        same(replace(BASE, kernel=KernelRef(name=name), free=free, scale=scale))


# --- the window ----------------------------------------------------------------------------------

WINDOWS = [
    {"stride": 2}, {"stride": (2, 1)}, {"stride": (1, Fraction(1, 2))}, {"stride": (Fraction(1, 4), 3)}, {"dilation": (3, 2)},
    {"flip_kernel": True}, {"padding": "valid"}, {"padding": "full"}, {"padding": 7}, {"padding": (1, 2, 3, 4)},
    {"padding_mode": "constant", "fill": 2.5}, *({"padding_mode": mode} for mode in PADDING_MODES),
]  # fmt: skip


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@pytest.mark.parametrize("kernel", [
    KernelRef(name="box"), KernelRef(name="identity"), KernelRef(numbers=((1.0, -2.0), (0.5, 3.0))), KernelRef(name="gabor"),
])  # fmt: skip
def test_every_window_is_restored_under_every_step(kernel, window):
    for scale, gain, mask in itertools.product(("magnitude", "decibels"), (1.0, 2.5), (None, (("low", 100.0),))):
        state = replace(BASE, kernel=kernel, scale=scale, gain=gain, mask=mask)
        for name, value in window.items():
            state = state.with_setting(name, value)
        same(state)


@pytest.mark.parametrize("name, size, margin, stride, mask, gain", [
    (name, size, margin, stride, mask, gain)
    for name in ("harmonic", "percussive")
    for size in (31, 5)
    for margin in (1.0, 2.5)
    for stride in (1, (1, 2), Fraction(1, 2))
    for mask in (None, (("region", "keep"),))
    for gain in (1.0, 0.5)
])  # fmt: skip
def test_a_separation_is_restored(name, size, margin, stride, mask, gain):
    values = {"kernel_size": size, "margin": margin}
    params = tuple(sorted((n, v) for n, v in values.items() if v != OPS[name].options[n].default))
    state = replace(UNCHANGED, separate=Step(name, params), mask=mask, gain=gain).with_setting("stride", stride)
    assert presets.of(same(state)) == (name if margin == 1 else "any")


# --- transform and way back ----------------------------------------------------------------------


def others(option: object) -> list[object]:
    """Values of an option that are not its default."""
    match option.type:
        case Choice(options=words):
            return [word for word in words if word != option.default]
        case Flag():
            return [not option.default]
        case Integer(low=low, high=high):
            return [value for value in (low, high) if value != option.default]
        case Real(low=low, high=high):
            return [value for value in (float(low), float(high)) if value != option.default]
    raise AssertionError(option)


TRANSFORM = [(name, value) for name, option in OPS["stft"].options.items() for value in others(option)]
DRAWING = [(name, value) for name, option in OPS["picture_spectrum"].options.items() for value in others(option)]
BACK = [
    (inverse, name, value)
    for inverse in ("istft", "griffin_lim")
    for name, option in OPS[inverse].options.items()
    for value in others(option)
]


@pytest.mark.parametrize("name, value", TRANSFORM, ids=str)
def test_every_setting_of_the_transform_is_restored(name, value):
    state = same(BASE.with_transform(name, value))
    assert state.transform(name) == value and state.begin == ((name, value),)
    assert state.with_transform(name, OPS["stft"].options[name].default) == BASE


@pytest.mark.parametrize("name, value", DRAWING, ids=str)
def test_every_setting_of_a_picture_is_restored(name, value):
    state = same(DRAWN.with_transform(name, value))
    assert state.transform(name) == value


@pytest.mark.parametrize("inverse, name, value", BACK, ids=str)
def test_every_setting_of_the_way_back_is_restored(inverse, name, value):
    state = same(BASE.with_inverse(inverse).with_inverse_setting(name, value))
    assert state.inverse_setting(name) == value and state.way_back == inverse
    if inverse == "griffin_lim":
        assert same(DRAWN.with_inverse_setting(name, value)).inverse_setting(name) == value


def test_the_resolved_transform_follows_its_length():
    given = transform_of(BASE.with_transform("n_fft", 1000))
    assert (given.n_fft, given.hop_length, given.win_length) == (1000, 250, 1000)
    given = transform_of(BASE.with_transform("n_fft", 2).with_transform("window", "bartlett"))
    assert (given.hop_length, given.window, given.center, given.padding_mode) == (1, "bartlett", True, "reflect")
    given = transform_of(DRAWN.with_transform("hop_length", 300))
    assert given.options() == {
        "n_fft": 2048, "hop_length": 300, "win_length": 2048, "window": "hann", "center": True, "padding_mode": "reflect",
    }  # fmt: skip


def test_the_other_way_back_keeps_what_both_know():
    state = BASE.with_inverse("griffin_lim").with_inverse_setting("negative", "flip").with_inverse_setting("seed", 9)
    state = state.with_inverse("istft")
    assert state.inverse_params == (("negative", "flip"),)
    assert state.with_inverse("griffin_lim").inverse_setting("seed") == 0


def test_a_picture_begins_as_it_is_and_a_sound_comes_back_with_what_both_know():
    state = BASE.with_transform("n_fft", 512).with_transform("window", "hamming").with_inverse_setting("negative", "flip")
    state = replace(state, sound_front=(Step("mono"),), front=(Step("harmonic"),), free=True, scale="decibels")
    drawn = state.with_source("picture-cat")
    assert drawn.begin == (("n_fft", 512),) and drawn.changes_nothing and not drawn.front and not drawn.free
    assert drawn.inverse_setting("negative") == "flip"
    same(replace(drawn, inverse=BASE.inverse))
    heard = drawn.with_transform("axis", "log").with_source("drums")
    assert heard.begin == (("n_fft", 512),) and heard.kernel.name == "identity"
    assert same(heard).way_back == "istft"


# --- the mask ------------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [
    {"region": "remove"}, {"region": "keep"}, {"low": 100.0}, {"high": 2000.0, "start": 0.5}, {"end": 1.25, "region": "keep"},
    {"low": 1.0, "high": 2.0, "start": 3.0, "end": 4.0},
])  # fmt: skip
def test_a_mask_is_restored(values):
    state = with_mask(BASE, **values)
    again = same(state)
    for name, value in values.items():
        assert dict(again.mask).get(name, OPS["mask"].options[name].default) == value
    assert with_mask(state, low=0.0, high=None, start=0.0, end=None, region="remove").mask == ()


def test_what_changes_nothing_is_only_the_identity():
    assert UNCHANGED.changes_nothing and DRAWN.changes_nothing
    for state in (
        BASE, with_mask(UNCHANGED), replace(UNCHANGED, gain=2.0), replace(UNCHANGED, front=(Step("box"),)),
        UNCHANGED.with_setting("stride", 2), replace(UNCHANGED, scale="decibels"),
        replace(UNCHANGED, separate=Step("harmonic")),
    ):  # fmt: skip
        assert not state.changes_nothing


# --- the display ---------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", AXES)
@pytest.mark.parametrize("colours", MAPS)
@pytest.mark.parametrize("shows", SHOWS)
@pytest.mark.parametrize("span", [None, (-90, -20), RANGE_LIMITS])
@pytest.mark.parametrize("bands", [(128, 0.0, None), (40, 0.0, None), (1, 12.5, 8000.0)])
def test_the_display_is_restored_and_no_part_of_the_recipe(axis, colours, shows, span, bands):
    state = same(replace(BASE, axis=axis, colours=colours, shows=shows, range=span, bands=bands))
    assert recipe_of(state, channels=1) == recipe_of(BASE, channels=1)
    assert "recipe" not in to_params(state)


# --- steps in front ------------------------------------------------------------------------------

OWN = {
    "a kernel": BASE,
    "decibels": replace(BASE, scale="decibels", floor=-60.0),
    "a separation": replace(UNCHANGED, separate=Step("harmonic")),
    "a separation and a stride": replace(UNCHANGED, separate=Step("percussive")).with_setting("stride", (1, 2)),
    "a gain": replace(BASE, gain=2.0),
    "a mask": with_mask(BASE, low=100.0),
    "all": with_mask(replace(BASE, scale="decibels", gain=3.0), region="keep"),
    "mono in front": replace(BASE, colour="mono", sound_front=(Step("echo"),)),
}


@pytest.mark.parametrize("state", OWN.values(), ids=OWN)
def test_the_output_as_input_says_the_same_sound_and_leads_back(state):
    same(state)
    used = arranging.add(state, channels=1)
    assert used.front == tuple(state.group()) and used.group() == [Step("identity")]
    same(used)
    back = arranging.remove(used, channels=1)
    assert back == state
    twice = arranging.add(replace(used, kernel=KernelRef(name="gaussian")), channels=1)
    same(twice)
    first, state = arranging.remove(twice, channels=1), twice
    assert first.front == used.front and first.kernel.name == "gaussian"
    for _ in range(8):
        state = arranging.remove(state, channels=1)
    assert not state.front


@pytest.mark.parametrize("steps", [
    "power~box~power.exponent_0.5", "mel~linear-frequency~sobel-x", "log-frequency~gaussian~linear-frequency",
    "decibels~gain.factor_0.5~amplitude", "channel", "box~box~box", "harmonic~percussive~box", "decibels~box~sharpen~amplitude",
    "conv2d.groups_2.kernel_2x1x1x1_1_2", "mask.low_100~box", "gain.factor_2~gain.factor_3", "", "gain.factor_2",
])  # fmt: skip
def test_whatever_stands_between_is_kept_in_its_order(steps):
    recipe = from_text("~".join(filter(None, ["stft", steps, "istft"])), "audio")
    state = state_of(recipe, BASE)
    made = recipe_of(state, channels=1)
    given = [step for step in recipe.steps if step.name not in ("stft", "istft")]
    kept = [step for step in made.steps if step.name not in ("stft", "istft")]
    assert [step for step in kept if step != Step("identity")] == given
    same(state)


def test_steps_on_the_sound_stay_in_front_of_the_transform():
    state = parse({"recipe": "echo~moving-average.stride_2~mono~stft~box~istft"}, "spectrogram")
    assert [step.name for step in state.sound_front] == ["echo", "moving_average"] and state.colour == "mono"
    assert text_of(state) == "echo~moving-average.stride_2~mono~stft~box~istft"
    same(state)


# --- what is no recipe of this page ----------------------------------------------------------------

WRONG = {
    "stft~box~istft~stft~box~istft": "this page shows one spectrogram",
    "stft~box~istft~echo": "this page shows one spectrogram",
    "stft~box~istft~mono": "this page shows one spectrogram",
    "stft~istft~stft": "this page shows one spectrogram",
}


@pytest.mark.parametrize("text, words", WRONG.items())
def test_a_recipe_of_more_than_one_spectrogram_is_refused(text, words):
    with pytest.raises(RecipeError, match=words):
        parse({"recipe": text}, "spectrogram")


@pytest.mark.parametrize("text, words", {
    "grey~picture-spectrum~box~griffin-lim": "this recipe has grey before it",
    "sobel-x": "this recipe has sobel_x before it",
    "picture-spectrum~box~istft": "a picture has no phase",
    "stft~box~istft": "is not for this medium",
    "picture-spectrum~picture-spectrum~griffin-lim": "is not for this medium",
}.items())  # fmt: skip
def test_a_picture_s_recipe_that_is_none_of_this_page_is_refused(text, words):
    with pytest.raises(RecipeError, match=words):
        parse({"source": "picture-cat", "recipe": text}, "spectrogram")


NUMBERS = ("", "_", "1_2_3_4", "a_b", "1e999_0", "nan_nan", "0x10_1", "--1_2", "1_2_", "-90_-20_", "9" * 500)


@pytest.mark.parametrize("name", ["range", "mel"])
@pytest.mark.parametrize("given", NUMBERS)
def test_numbers_that_are_none_are_refused_in_one_sentence(name, given):
    with pytest.raises(PlaygroundError) as caught:
        parse({name: given}, "spectrogram")
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 300


def test_numbers_are_taken_as_whole_where_they_are_counted():
    state = parse({"range": "-90.4_-20", "mel": "40.2_100.5_8000"}, "spectrogram")
    assert state.range == (-90, -20) and state.bands == (40, 100.5, 8000)
    assert all(math.isfinite(value) for value in state.bands)


def test_every_default_is_that_of_its_operation():
    values = settings(BASE.beginning, "audio")
    assert all(BASE.transform(name) == value for name, value in values.items())
    assert BASE.floor == OPS["decibels"].options["floor_db"].default
    assert BASE.bands == tuple(OPS["mel"].options[name].default for name in ("n_mels", "fmin", "fmax"))
