"""The sound page: every control, and beside it what the engine makes of the recipe in the address."""

from __future__ import annotations

import math
from fractions import Fraction
from urllib.parse import parse_qsl

import numpy as np
import pytest
import torch

from playground import engine
from playground.errors import PlaygroundError
from playground.media import samples
from playground.media.samples import SOUNDS
from playground.ops import PADDING_MODES
from playground.ops.kernels import SOUND_FAMILIES
from playground.ops.parameters import Choice
from playground.recipe.text import from_text
from playground.ui import examples, show_sound
from playground.ui.guard import capital
from playground.ui.labels import CHOICE_WORDS, PADDING_WORDS
from playground.ui.words import say
from playground.view import sound

from .hearing import (
    SOUND_KERNELS,
    computed,
    control,
    has,
    is_right,
    listen,
    press,
    recipe_text,
    tells_the_truth,
    turn,
)
from .test_controls import another
from .test_first_sight import controls_in_sight
from .visiting import calm, facts, go, heading, notes, sentence, visit

ECHO = "Echo: every sound comes back after 250 ms"


def right_or_refused(at) -> bool:
    """The page shows the recipe in the address, or says the sentence with which the engine refuses it."""
    try:
        computed(at)
    except PlaygroundError as error:
        assert sentence(at) == capital(say(error))
        return False
    is_right(at)
    return True


# --- first sight ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def first():
    """The first sight, to be looked at only."""
    return listen()


def test_the_first_sight_is_an_echo_of_the_drums_without_any_alarm(first):
    assert heading(calm(first)) == ECHO
    result = is_right(first)
    assert dict(first.query_params) == {} and not first.warning
    assert torch.count_nonzero(result.convolution.kernel) == 2
    assert result.convolution.kernel[[0, 11_025]].tolist() == [1, 0.6]
    assert facts(first).startswith("176400 samples, 4 s at 44100 Hz → 187425 samples, 4.25 s at 44100 Hz · ")
    assert " · tail kept · " in facts(first)
    assert result.output.abs().max() < 1 and result.origin == 0


def test_the_first_sight_has_two_players_and_says_in_words_what_is_drawn(first):
    players = [each.proto.alt for each in first.get("audio")]
    assert players == ["Input", "Output"]
    alt = first.get("vega_lite_chart")[0].proto.alt
    assert alt.startswith("Waveforms of Drums: input 4.00 seconds, peak 0.50; output 4.25 seconds, peak 0.")


def test_at_most_six_controls_are_in_sight_beside_the_families(first):
    assert controls_in_sight(first.main)[:7] == [
        "audio_family", "audio_member_echo", "audio_echo_delay", "audio_echo_gain", "audio_stride",
        "audio_padding_mode", "audio_source",
    ]  # fmt: skip
    rest = controls_in_sight(first.main)[7:]
    assert rest == ["audio_phase"]  # stands with its plot


@pytest.mark.parametrize("theme", ["dark"])
def test_the_other_theme_is_drawn_too(theme):
    at = calm(visit("pages/audio.py", context={"theme": theme}))
    assert heading(at) == ECHO and not at.warning


def test_phase_and_impulse_response_are_drawn_when_asked_for():
    at = listen(source="impulse", recipe="pre-emphasis")
    before = len(at.get("vega_lite_chart"))
    turn(at, "phase", True)
    is_right(at)
    alts = [each.proto.alt for each in at.get("vega_lite_chart")]
    assert len(alts) >= before + 2
    assert {"Phase of the kernel's response in degrees", "Impulse response of the kernel"} <= set(alts)


# --- kernels -------------------------------------------------------------------------------------


@pytest.mark.parametrize("family", SOUND_FAMILIES)
def test_every_member_of_a_family_shows_its_finding(family):
    at = listen(source="impulse")
    if control(at, "family").value != family:
        turn(at, "family", family)
    is_right(at)
    members = [name for name, kernel in SOUND_KERNELS.items() if kernel.words("audio").family == family]
    own = ["numbers", "response"] * (family == "own")
    if len(members) + len(own) > 1:
        assert len(control(at, f"member_{family}").options) == len(members) + len(own)
    for name in members:
        if name.replace("_", "-") != recipe_text(at).split(".")[0]:
            turn(at, f"member_{family}", name)
        is_right(at)
        assert recipe_text(at).split(".")[0] == name.replace("_", "-")


@pytest.mark.parametrize("name", [name for name, kernel in SOUND_KERNELS.items() if kernel.options])
def test_every_parameter_of_a_kernel_does_what_it_says(name):
    at = listen(source="impulse", recipe=name.replace("_", "-"))
    for option, spec in SOUND_KERNELS[name].options.items():
        key = f"{name}_{option}"
        value = control(at, key).value
        if isinstance(spec.type, Choice):
            assert control(at, key).options == [CHOICE_WORDS[word] for word in spec.type.options]
            others = [word for word in spec.type.options if word != spec.default]
        else:
            others = [another(spec.type, value)]
        for other in others:
            turn(at, key, other)
            assert control(at, key).value == other
            is_right(at)
            assert f".{option}_" in recipe_text(at)
        if spec.optional:  # emptied, it follows from the others again
            turn(at, key, None)
            is_right(at)
            assert f".{option}_" not in recipe_text(at)


@pytest.mark.parametrize("name", SOUND_KERNELS)
def test_every_kernel_is_normalised_or_made_zero_mean_or_says_why_not(name):
    at = listen(source="impulse", recipe=f"{name.replace('_', '-')}.normalise_yes")
    if right_or_refused(at):
        assert float(computed(at).convolution.kernel.sum()) == pytest.approx(1)
    control(at, f"{name}_normalise").set_value(False)
    turn(at, f"{name}_zero_mean", True)
    if right_or_refused(at):
        assert abs(float(computed(at).convolution.kernel.sum())) < 1e-9


def test_a_cut_off_above_half_of_the_rate_is_answered_in_one_sentence():
    at = listen(recipe="low-pass.cutoff_9000~identity.stride_4~high-pass.cutoff_8000")
    assert "is not below 5512.5 Hz, the highest frequency (Nyquist)" in sentence(at)
    turn(at, "high_pass_cutoff", 5000.0)
    is_right(at)


def test_a_family_comes_back_as_it_was_left():
    at = listen(source="impulse")
    turn(at, "echo_delay", 20.0)
    turn(at, "family", "reverb")
    turn(at, "family", "echo")
    assert recipe_text(at) == "echo.delay_20"
    is_right(at)


# --- padding -------------------------------------------------------------------------------------


def test_every_border_is_computed_as_chosen():
    at = listen(source="noise", recipe="gaussian.sigma_20")
    words = control(at, "padding_mode").options
    assert words[0] == "Silence (constant)" and len(words) == len(PADDING_MODES)
    levels = set()
    for mode in reversed(PADDING_MODES):
        if control(at, "padding_mode").value != mode:
            turn(at, "padding_mode", mode)
        result = is_right(at)
        levels.add(tuple(result.output[0, :50].tolist()))
        assert has(at, "fill") == (mode == "constant")
    assert len(levels) == len(PADDING_MODES)


def test_a_fill_value_stands_before_and_after_the_sound():
    at = listen(source="impulse", recipe="moving-average")
    turn(at, "fill", 0.5)
    assert is_right(at).output[0, 0] == pytest.approx(0.5 * 15 / 31)
    assert control(at, "padding_mode").options[0] == "Constant value 0.5 (constant)"


def test_every_amount_of_padding_gives_its_length():
    at = listen(source="impulse", recipe="moving-average")
    assert control(at, "padding").options == list(PADDING_WORDS.values())
    for word, length in (("valid", 44_070), ("full", 44_130), ("same", 44_100)):
        turn(at, "padding", word)
        assert is_right(at).output.shape[-1] == length
    turn(at, "padding", "number")
    turn(at, "padding_number", 100)
    assert is_right(at).output.shape[-1] == 44_270
    turn(at, "padding", "sides")
    turn(at, "padding_0", 45)  # before
    assert is_right(at).origin == 30
    turn(at, "padding_1", 10)  # after
    result = is_right(at)
    assert recipe_text(at) == "moving-average.padding_45_10"
    assert result.output.shape[-1] == 44_100 + 45 + 10 - 30
    assert int(result.output[0].nonzero()[0]) == 11_025 - 15 + 30  # one click becomes 31 samples around it


# --- stride, dilation ----------------------------------------------------------------------------


def test_every_stride_has_its_length_its_rate_and_its_remark():
    at = listen(source="impulse", recipe="identity")
    assert control(at, "stride").options == ["1/2", "1", "2"]
    assert control(at, "stride_0").options == ["1/4", "1/3", "1/2", "1", "2", "3", "4"]
    for text in ("1/4", "1/3", "1/2", "2", "3", "4", "1"):
        stride = Fraction(text)
        turn(at, "stride_0", int(stride) if stride >= 1 else stride)
        result = is_right(at)
        assert result.rate == 44_100 / stride
        assert result.output.shape[-1] == math.ceil(44_100 / stride)
        assert has(at, "play") == (stride != 1)
        folds = [note for note in notes(at) if "folds back" in note]
        images = [note for note in notes(at) if "mirror the spectrum" in note]
        assert (len(folds), len(images)) == (stride > 1, stride < 1)
        if stride > 1:
            assert f"keeps frequencies up to {float(22_050 / stride):g} Hz" in folds[0]
            word = {2: "second", 3: "third", 4: "fourth"}[stride]
            assert heading(at) == f"Stride {stride} keeps every {word} sample"
        if stride < 1:
            assert heading(at) == f"Stride {stride} puts zeros between samples"


def test_a_rate_that_is_no_whole_number_is_said_with_its_error():
    at = listen(source="impulse", recipe="identity.stride_3~identity.stride_4~identity.stride_3")
    result = tells_the_truth(at)
    assert result.rate == Fraction(1225)
    at = go(at, "pages/audio.py", source="impulse", recipe="identity.stride_4~identity.stride_2")
    assert tells_the_truth(at).rate == Fraction(11025, 2)
    assert "The exact rate is 11025/2 Hz; a file carries 5512, 0.0091 % off." in notes(at)


def test_an_echo_comes_back_after_its_delay_also_at_stride_one_half():
    at = listen(source="impulse", recipe="echo.stride_1-2")
    result = is_right(at)
    first, second = result.output[0].nonzero().flatten().tolist()
    assert float((second - first) / result.rate) == pytest.approx(0.25)


def test_dilation_puts_gaps_between_the_taps():
    at = listen(source="impulse", recipe="difference")
    turn(at, "dilation_0", 5)
    result = is_right(at)
    assert result.output[0].nonzero().flatten().tolist() == [11_025 - 3, 11_025 + 2]
    assert control(at, "more").label == "More settings (1 changed)"


# --- flip, channels ------------------------------------------------------------------------------


def test_as_correlation_the_echo_comes_before_the_sound_and_nothing_is_cut():
    at = listen()
    full = is_right(at).output
    turn(at, "flip", False)
    result = is_right(at)
    assert recipe_text(at) == "echo.flip-kernel_no"
    assert result.output.shape == full.shape and result.origin == 11_025
    assert "The result begins 0.25 s before time 0." in notes(at)
    assert "As correlation the echo comes before the sound: nothing is cut, the axis shows it." in notes(at)
    assert "tail kept" not in facts(at)
    x = samples.sound("drums").values
    torch.testing.assert_close(
        result.output[:, 11_025 : 11_025 + 100], x[:, :100] + 0.6 * x[:, 11_025:11_125]
    )
    turn(at, "flip", True)
    assert is_right(at).origin == 0 and dict(at.query_params) == {}


def test_mixing_to_mono_is_said_and_undone():
    at = listen(source="speech")
    turn(at, "colour", "mono")
    assert recipe_text(at) == "mono~echo" and tells_the_truth(at).output.shape[0] == 1
    assert " · mixed to mono · " in facts(at)
    turn(at, "colour", "as_is")
    assert dict(at.query_params) == {"source": "speech"} and "mixed" not in facts(at)


# --- playing, gain, clipping ---------------------------------------------------------------------


@pytest.fixture
def played(monkeypatch):
    """What the players were given: values and rate."""
    given = []
    original = show_sound.player_bytes

    def record(values, rate):
        given.append((values, rate))
        return original(values, rate)

    monkeypatch.setattr(show_sound, "player_bytes", record)
    return given


def test_a_result_is_played_at_the_new_rate_or_at_the_old_one(played):
    at = listen(source="impulse", recipe="identity.stride_2")
    assert [rate for _, rate in played] == [44_100, 22_050]
    assert control(at, "play").options == ["22050 Hz: same pitch", "44100 Hz: 2 times as fast, higher"]
    turn(at, "play", "old_rate")
    result = tells_the_truth(at)
    assert at.query_params["play"] == "old-rate" and played[-1][1] == 44_100
    torch.testing.assert_close(played[-1][0], result.output, rtol=0, atol=0)
    again = listen(**dict(at.query_params))
    assert control(again, "play").value == "old_rate" and played[-1][1] == 44_100
    turn(at, "stride", 1)
    assert not has(at, "play") and played[-1][1] == 44_100
    turn(at, "stride", Fraction(1, 2))
    assert control(at, "play").options == ["88200 Hz: same pitch", "44100 Hz: 2 times as slow, lower"]
    turn(at, "play", "new_rate")
    assert "play" not in at.query_params and played[-1][1] == 88_200


def test_values_are_played_at_their_own_level(played):
    listen(source="sine", recipe="identity~gain.factor_0.01")
    assert played[0][0].abs().max() == pytest.approx(0.5, rel=1e-3)
    assert played[1][0].abs().max() == pytest.approx(0.005, rel=1e-3)


def test_the_gain_that_keeps_the_level_is_a_step_that_can_be_undone():
    at = listen(source="sine", recipe="moving-average.size_2.stride_1-2")
    note = "Stride 1/2: on average each output sample receives half of the kernel's weight."
    assert note in notes(at)
    assert at.button(key="audio_gain").label == "Keep the level (× 2)"
    quiet = is_right(at).output
    press(at, "gain")
    assert recipe_text(at) == "moving-average.size_2.stride_1-2~gain.factor_2"
    torch.testing.assert_close(is_right(at).output, 2 * quiet)
    press(at, "gain_off")
    assert recipe_text(at) == "moving-average.size_2.stride_1-2"
    is_right(at)


@pytest.mark.parametrize("factor, share", [(3, "54 %"), (2.01, "6 %"), (2.0001, "< 1 %"), (2, None)])
def test_what_is_beyond_full_scale_is_warned_of_with_its_share(factor, share):
    at = listen(source="sine", recipe=f"identity~gain.factor_{factor}")
    tells_the_truth(at)
    assert [warning.value.startswith(f"{share} of the samples") for warning in at.warning] == [True] * (
        share is not None
    )


# --- own numbers ---------------------------------------------------------------------------------


def test_ones_own_numbers_are_one_row_or_one_column():
    at = listen(source="impulse")
    turn(at, "family", "own")
    assert control(at, "numbers_text").value == "0 1 0"
    for text in ("1 0 -0.5", "1\n0\n-0.5", "[1, 0, -0.5]"):
        turn(at, "numbers_text", text)
        result = is_right(at)
        assert result.output[0, 11_024:11_027].tolist() == [-0.5, 0, 1]
        assert recipe_text(at) == "conv1d.kernel_3_1_0_-0.5.padding_same"


@pytest.mark.parametrize("text, words", [
    ("1 2\n3 4", "A sound's kernel is one row of numbers; this has 2 rows and 2 columns"),
    ("", None), ("one", None), ("nan", None), ("1 " * 5000, None),
])  # fmt: skip
def test_numbers_that_are_no_row_are_refused_and_the_kernel_stays(text, words):
    at = listen(source="impulse", recipe="conv1d.kernel_2_1_-1.padding_same")
    address = dict(at.query_params)
    turn(at, "numbers_text", text)
    assert words is None or sentence(at) == words
    sentence(at)
    assert at.query_params == address and heading(at) == "Your own kernel answers where values differ"
    turn(at, "numbers_text", "3")
    is_right(at)


# --- the address ---------------------------------------------------------------------------------


@pytest.mark.parametrize("params", [
    {"source": "speech", "recipe": "mono~low-pass.cutoff_500~reverb.seconds_0.3.wet_1~gain.factor_0.5"},
    {"source": "impulse", "recipe": "comb.delay_5.flip-kernel_no.stride_2", "play": "old-rate"},
    {"source": "square", "recipe": "conv1d.dilation_2.kernel_3_1_-2_1.padding_5_9.padding-mode_circular.stride_1-2"},
    {"recipe": "identity.fill_0.25.padding_10"},
])  # fmt: skip
def test_opening_the_link_of_a_page_shows_the_same_page(params):
    at = listen(**params)
    result = tells_the_truth(at)
    assert at.query_params == params
    link = next(each.value for each in at.code if each.value.startswith("https://"))
    again = listen(**dict(parse_qsl(link.partition("?")[2])))
    assert again.query_params == params and heading(again) == heading(at)
    assert tells_the_truth(again).output.equal(result.output)


@pytest.mark.parametrize("params", [
    {"source": "../../etc/passwd"}, {"source": "cat"}, {"play": "loud"}, {"recipe": "sobel-x"}, {"recipe": "grey"},
    {"recipe": "<script>alert(1)</script>"}, {"recipe": "echo.delay_1e9"}, {"recipe": "echo.delay_nan"},
    {"recipe": "conv1d.kernel_2x2_1_2_3_4"}, {"recipe": "conv1d.kernel_digest_xyz"}, {"recipe": "echo" + "~echo" * 40},
    {"recipe": "low-pass.window_round"}, {"recipe": "echo.stride_0"},
    {"recipe": "x" * 70_000},
])  # fmt: skip
def test_a_hostile_address_is_answered_in_one_sentence_and_the_page_stays_usable(params):
    at = listen(**params)
    sentence(at)
    assert "<script>" not in "".join(each.proto.body for each in at.main.get("html"))
    turn(at, "source", "impulse")
    assert at.query_params["source"] == "impulse"
    turn(at, "family", "thin")
    is_right(at)


def test_four_paddings_of_a_sound_are_refused_and_can_be_mended_in_their_place():
    at = listen(source="impulse", recipe="echo.padding_1_2_3_4")
    assert sentence(at) == "Padding has 4 values; expected one, or 2 (per side)"
    turn(at, "padding_0", 12)
    assert recipe_text(at) == "echo.padding_12_2"
    is_right(at)


def test_more_work_than_a_run_may_have_is_refused_with_its_numbers(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_RUN_MULTIPLY_ADDS", "1000000")
    at = listen(source="impulse", recipe="reverb.seconds_5")
    assert "multiply-adds" in sentence(at)
    monkeypatch.delenv("PLAYGROUND_RUN_MULTIPLY_ADDS")
    turn(at, "family", "muffle")
    is_right(at)


def test_reset_leads_back_to_the_first_sight():
    at = listen(source="square", recipe="mono~comb.stride_2~gain.factor_2", play="old-rate")
    press(at, "reset")
    assert heading(calm(at)) == ECHO and at.query_params == {}
    is_right(at)


def test_the_output_becomes_the_input_and_comes_back():
    at = listen(source="impulse", recipe="comb.delay_5")
    press(at, "step_add")
    assert recipe_text(at) == "comb.delay_5~identity"
    assert control(at, "step").options == ["1. Many repeats (comb filter)", "2. Nothing yet (identity)"]
    tells_the_truth(at)
    press(at, "step_remove")
    assert recipe_text(at) == "comb.delay_5"
    is_right(at)


def test_the_check_against_pytorch_agrees():
    at = listen(source="impulse", recipe="conv1d.dilation_3.kernel_3_1_-2_1.padding_full.stride_2")
    press(at, "check")
    line = next(each.proto.body for each in at.main.get("html") if "Largest difference" in each.proto.body)
    assert float(line.split("difference ")[1].split(",")[0]) < 1e-5
    is_right(at)


# --- sources and examples ------------------------------------------------------------------------


@pytest.mark.parametrize("name", SOUNDS)
def test_every_sample_sound_is_shown(name):
    at = listen(source=name)
    is_right(at)
    assert control(at, "source").options == [sample.label for sample in SOUNDS.values()]
    alt = at.get("vega_lite_chart")[0].proto.alt
    assert alt.startswith(f"Waveforms of {SOUNDS[name].label}: ")


@pytest.mark.parametrize("example", examples.SOUNDS, ids=lambda example: example.name)
def test_a_ready_example_is_a_link_that_shows_what_it_promises(first, example):
    link = next(each.proto for each in first.get("page_link") if each.proto.label == example.name)
    assert dict(parse_qsl(link.query_string)) == dict(example.params) and link.page_script_hash
    at = listen(**dict(example.params))
    tells_the_truth(at)
    assert at.query_params == dict(example.params) and not at.warning


def heard(name: str) -> engine.Result:
    """The result of a ready example."""
    params = dict(next(example.params for example in examples.SOUNDS if example.name == name))
    return engine.run(from_text(params["recipe"], "audio"), samples.sound(params["source"]))


def dominant(result) -> np.ndarray:
    """The loudest frequency of every tenth of a second, in Hz."""
    step = int(result.rate / 10)
    x = result.output[0].double().numpy()
    parts = x[: len(x) // step * step].reshape(-1, step) * np.hanning(step)
    return np.abs(np.fft.rfft(parts)).argmax(axis=1) * float(result.rate) / step


def test_the_sweep_at_stride_2_rises_to_half_of_its_rate_and_comes_down_again():
    result = heard("The sweep that turns round")
    pitch = dominant(result)
    top = int(pitch.argmax())
    assert pitch[top] == pytest.approx(11_025, abs=170) and 32 <= top <= 34
    assert (np.diff(pitch[1 : top - 1]) > 0).all() and (np.diff(pitch[top + 2 : -1]) < 0).all()
    assert pitch[-2] == pytest.approx(22_050 - 19_500, abs=300)


def test_the_sweep_that_fades_is_gone_at_its_end():
    x = heard("The sweep that fades").output[0].double()
    second = 22_050
    start, end = (part.square().mean().sqrt() for part in (x[second : 2 * second], x[-second:]))
    assert 20 * math.log10(end / start) < -60


def test_the_silent_note_is_silent():
    result = heard("Silent note")
    assert samples.sound("sine-third").values.abs().max() == 0.25
    assert result.output[:, 1:-1].abs().max() < 1e-6


def above(result, limit: float) -> float:
    """The power above ``limit`` Hz, in dB of all."""
    f, level = sound.spectrum(result.output, rate=float(result.rate))
    power = 10 ** (level / 10)
    return 10 * math.log10(power[f > limit].sum() / power.sum())


def test_metal_has_the_image_of_its_spectrum_and_smoothed_it_has_not():
    assert above(heard("Metal"), 22_050) == pytest.approx(-3, abs=0.1)  # half of the power is the image
    assert above(heard("Metal, smoothed"), 22_050) < -50
    before, after = (torch.as_tensor(r.output) for r in (heard("Metal"), heard("Metal, smoothed")))
    assert before.shape == after.shape


def test_a_hall_rings_on_after_the_speech_and_a_click_stands_at_the_end_of_a_sine():
    speech, hall = samples.sound("speech"), heard("A hall")
    assert hall.output.shape[-1] == speech.values.shape[-1] + round(1.5 * speech.rate)
    assert hall.output[:, speech.values.shape[-1] + 1000].abs().max() > 1e-6
    click = heard("A click at the end")
    assert click.origin > 0 and click.output.shape[-1] > samples.sound("sine").values.shape[-1]


@pytest.mark.parametrize("example", examples.PICTURES, ids=lambda example: example.name)
def test_a_ready_example_of_the_picture_page_parses_and_runs(example):
    params = dict(example.params)
    recipe = from_text(params.get("recipe", "grey~sobel-x"), "image")
    output = engine.run(recipe, samples.picture(params.get("source", "cat"))).output
    assert output.isfinite().all() and output.max() > output.min()
