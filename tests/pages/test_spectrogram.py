"""The spectrogram page: every control, and beside it what the engine makes of the recipe in the address."""

from __future__ import annotations

import base64
import io
import json
import math
import re
from fractions import Fraction
from urllib.parse import parse_qsl

import numpy as np
import pytest
import soundfile
import streamlit as st
import torch
from streamlit.delta_generator import DeltaGenerator

from playground import engine
from playground.engine import Progress
from playground.explain import stft_bank
from playground.media import samples
from playground.media.samples import PICTURES, SOUNDS
from playground.ops import KERNELS, PADDING_MODES
from playground.ops.bands import mel_filters
from playground.ops.kernels import FAMILIES, resolved
from playground.recipe.text import from_text, to_text
from playground.ui import address, examples, progress, show_sound
from playground.ui.labels import CHOICE_WORDS, PADDING_WORDS
from playground.ui.presets import PRESETS
from playground.ui.spectrogram_controls import (
    AXIS_WORDS,
    MAP_WORDS,
    SCALE_WORDS,
    SHOW_WORDS,
    SIZES,
    STRIDE_EFFECTS,
)
from playground.view.spectrogram import lut

from .seeing import (
    MEDIUM,
    MINE,
    PAGE,
    SHORT,
    asked,
    begun,
    control,
    has,
    in_db,
    link,
    magnitudes,
    melody,
    owner,
    press,
    recipe_text,
    rows,
    said,
    see,
    setting,
    shows_the_levels,
    taper,
    tells_the_truth,
    turn,
    upload,
    wav,
)
from .taking import catch
from .test_first_sight import controls_in_sight
from .visiting import PICTURE_KERNELS, bodies, calm, facts, go, heading, notes, sentence

FIRST_HEADING = "Smoothing along time: attacks smear, tones stay"
BOX = f"{SHORT}~box.size_1_9~istft"
QUICK_PICTURE = "picture-spectrum.high_4000.n-fft_256.sample-rate_8000.seconds_0.5"


@pytest.fixture(scope="module")
def first():
    """The first sight, to be looked at only."""
    return see()


@pytest.fixture(scope="module")
def mine():
    """A visitor with a short sound of their own, who follows one link after the other."""
    return owner()


# --- first sight ---------------------------------------------------------------------------------


def test_the_first_sight_is_speech_smoothed_along_time_without_any_alarm(first):
    assert heading(calm(first)) == FIRST_HEADING
    result = tells_the_truth(first)
    assert dict(first.query_params) == {} and not first.warning
    assert (control(first, "preset").value, control(first, "amount_smooth_time").value) == ("smooth_time", 9)
    assert control(first, "source").value == "speech"
    assert torch.equal(result.convolution.kernel, torch.full((1, 9), 1 / 9, dtype=torch.float64))
    assert facts(first).startswith(
        "3.672 s → 3.672 s at 44100 Hz · 1025 × 317 bins and frames · window 46.4 ms, hop 11.6 ms, 21.5 Hz per bin · "
    )
    x = samples.sound("speech").values
    magnitude = torch.stft(
        torch.nn.functional.pad(x, (1024, 1024), mode="reflect"), 2048, 512, window=torch.hann_window(2048),
        center=False, return_complex=True,
    ).abs()  # fmt: skip
    mean = torch.nn.functional.pad(magnitude, (4, 4), mode="reflect").unfold(-1, 9, 1).mean(dim=-1)
    assert float((result.values - mean).abs().max()) < 1e-4 * float(mean.max())


def test_the_first_sight_draws_both_spectrograms_at_their_levels(first):
    header = shows_the_levels(first)
    assert [panel["title"] for panel in header["panels"]] == ["Input", "Output"]
    assert header["selection"] is None and header["view"] == [0, 1, 0, 1]
    loudest = in_db(magnitudes(samples.sound("speech").values, setting(first)), setting(first)).max()
    top = 5 * math.ceil(loudest / 5)
    assert header["range"] == [100 * (top - 70), 100 * top]
    assert header["bar"]["title"] == "dB of full scale"


def test_the_first_sight_says_in_words_what_is_heard_and_drawn(first):
    assert [each.proto.alt for each in first.get("audio")] == ["Input", "Output"]
    outer, _, _ = said(first)
    assert outer["label"] == (
        f"Spectrograms of Speech: input 3.67 seconds, 0 to 22050 Hz; output 3.67 seconds: {FIRST_HEADING}"
    )
    captions = [each.value for each in first.caption]
    assert PRESETS["smooth_time"].sentence in captions


def test_at_most_six_controls_are_in_sight(first):
    keys = controls_in_sight(first.main)
    assert keys[:6] == [
        "spectrogram_preset", "spectrogram_amount_smooth_time", "spectrogram_stride_1_first",
        "spectrogram_stride_0_first", "spectrogram_inverse", "spectrogram_source",
    ]  # fmt: skip
    assert keys[6:] == ["spectrogram_bin"]  # stands with its plot
    assert control(first, "more").label == "More settings"


def test_the_first_sight_looks_the_same_in_the_dark(first):
    from .visiting import visit

    dark = calm(visit(PAGE, context={"theme": "dark"}))
    assert heading(dark) == heading(first)
    assert [a.tolist() for a in said(dark)[2]] == [b.tolist() for b in said(first)[2]]


# --- presets -------------------------------------------------------------------------------------

AMOUNTS = {
    "smooth_time": {3: "box.size_1_3", 21: "box.size_1_21"},
    "smooth_frequency": {9: "box.size_9_1", 101: "box.size_101_1"},
    "blur": {2.0: "gaussian.sigma_2", 0.5: "gaussian.sigma_0.5"},
    "onsets": {
        1: "conv2d.kernel_1x3_-1_0_1.padding_same.padding-mode_reflect",
        4: "conv2d.dilation_1_4.kernel_1x3_-1_0_1.padding_same.padding-mode_reflect",
    },
    "tones": {
        2: "conv2d.dilation_2_1.kernel_3x1_-0.5_1_-0.5.padding_same.padding-mode_reflect",
        1: "conv2d.kernel_3x1_-0.5_1_-0.5.padding_same.padding-mode_reflect",
    },
    "sharpen": {1.0: "sharpen", 2.5: "sharpen.amount_2.5"},
    "harmonic": {31: "harmonic", 5: "harmonic.kernel-size_5"},
    "percussive": {31: "percussive", 7: "percussive.kernel-size_7"},
    "shift": {12: "shift.down_12.right_0", 0: "shift.right_0", -5: "shift.down_-5.right_0"},
    "unchanged": {None: "identity"},
}
"""What the recipe says between transform and inverse, by preset and amount; the default comes first."""


def test_the_list_of_what_to_do_is_complete(mine):
    assert list(AMOUNTS) == list(PRESETS)
    link(mine, BOX)
    assert control(mine, "preset").options == [
        *(preset.label for preset in PRESETS.values()), "Any kernel", "Another step (gain, pooling …)",
    ]


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_and_its_amount_are_written_run_and_restored(mine, name):
    link(mine, BOX if name != "smooth_time" else f"{SHORT}~sharpen~istft")
    turn(mine, "preset", name)
    for number, (amount, step) in enumerate(AMOUNTS[name].items()):
        if number or name == "smooth_time":
            turn(mine, f"amount_{name}", amount)
        assert recipe_text(mine) == f"{SHORT}~{step}~istft"
        tells_the_truth(mine)
        assert heading(mine) == PRESETS[name].finding
        assert PRESETS[name].sentence in [each.value for each in mine.caption]
        assert control(mine, "preset").value == name
        assert has(mine, f"amount_{name}") == (amount is not None)
        if amount is not None:
            assert control(mine, f"amount_{name}").value == amount
    shows_the_levels(mine)


def test_a_preset_keeps_the_strides_and_drops_what_it_does_not_know(mine):
    link(mine, f"{SHORT}~box.dilation_3.flip-kernel_yes.padding_full.size_5.stride_2_1~istft")
    turn(mine, "preset", "sharpen")
    assert recipe_text(mine) == f"{SHORT}~sharpen.stride_2_1~istft"
    tells_the_truth(mine)


def test_an_amount_beyond_the_slider_is_kept_as_the_link_says(mine):
    link(mine, f"{SHORT}~box.size_1_201~istft")
    assert (control(mine, "preset").value, control(mine, "amount_smooth_time").value) == ("smooth_time", 201)
    tells_the_truth(mine)


def test_onsets_leave_clicks_and_are_said_to_be_below_0_where_sound_fades(mine):
    result = tells_the_truth(link(mine, f"{SHORT}~{AMOUNTS['onsets'][1]}~istft"))
    assert float((result.values < 0).float().mean()) > 0.3
    assert re.search(r" · \d+ % below 0, silent · ", facts(mine))


# --- any kernel ----------------------------------------------------------------------------------


def test_every_kernel_of_the_picture_page_restores_from_its_link_and_runs(mine):
    for name, kernel in PICTURE_KERNELS.items():
        assert "spectrogram" in kernel.media
        step = name.replace("_", "-")
        link(mine, f"{SHORT}~{step}~istft", kernel="any")
        result = tells_the_truth(mine)
        assert control(mine, "preset").value == "any", name
        words = kernel.words("spectrogram")
        assert control(mine, "family").value == words.family, name
        members = [n for n, other in PICTURE_KERNELS.items() if other.words("image").family == words.family]
        if len(members) > 1 or words.family == "own":
            assert control(mine, f"member_{words.family}").value == name
        assert heading(mine) == words.finding.format(**resolved(name, ()))
        assert result.convolution.step.name == name


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_is_chosen_as_on_the_picture_page(mine, family):
    link(mine, BOX)
    turn(mine, "preset", "any")
    assert mine.query_params["kernel"] == "any" and mine.query_params["recipe"] == BOX
    tells_the_truth(mine)
    if control(mine, "family").value != family:
        turn(mine, "family", family)
    tells_the_truth(mine)
    assert control(mine, "preset").value == "any"
    members = [name for name, kernel in PICTURE_KERNELS.items() if kernel.words("image").family == family]
    if family != "own":
        turn(mine, f"member_{family}", members[-1]) if len(members) > 1 else None
        assert recipe_text(mine).split("~")[1].split(".")[0] == members[-1 if len(members) > 1 else 0].replace("_", "-")
        tells_the_truth(mine)


def test_any_kernel_after_a_separation_begins_with_a_gaussian(mine):
    link(mine, f"{SHORT}~harmonic~istft")
    turn(mine, "preset", "any")
    assert recipe_text(mine) == f"{SHORT}~gaussian~istft"
    tells_the_truth(mine)
    turn(mine, "gaussian_sigma", 3.0)
    turn(mine, "gaussian_size", 5)
    assert recipe_text(mine) == f"{SHORT}~gaussian.sigma_3.size_5~istft"
    tells_the_truth(mine)
    turn(mine, "gaussian_normalise", True)
    tells_the_truth(mine)
    assert control(mine, "preset").value == "any"


def test_ones_own_numbers_are_a_kernel_too(mine):
    link(mine, BOX)
    turn(mine, "preset", "any")
    turn(mine, "family", "own")
    turn(mine, "member_own", "numbers")
    turn(mine, "numbers_text", "0 1 0\n1 -4 1\n0 1 0")
    result = tells_the_truth(mine)
    assert result.convolution.kernel.tolist() == [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    assert heading(mine) == "Your own kernel answers where values differ"
    address_before = dict(mine.query_params)
    turn(mine, "numbers_text", "1 x")
    sentence(mine)
    assert mine.query_params == address_before


def test_the_kernel_is_drawn_as_it_lies_on_the_picture(mine):
    link(mine, f"{SHORT}~conv2d.kernel_2x2_1_2_3_4.padding_same~istft")
    tells_the_truth(mine)
    table = next(each.proto.body for each in mine.main.get("html") if "cp-kernel" in each.proto.body)
    assert [float(text) for text in re.findall(r'title="([^"]*)"', table)] == [3, 4, 1, 2]
    turn(mine, "flip", True)
    tells_the_truth(mine)
    table = next(each.proto.body for each in mine.main.get("html") if "cp-kernel" in each.proto.body)
    assert [float(text) for text in re.findall(r'title="([^"]*)"', table)] == [2, 1, 4, 3]


# --- strides -------------------------------------------------------------------------------------

HALF = Fraction(1, 2)
STRIDES = {
    (2, 1): ("1_2", "Faster at the same pitch: stride 2 in time"),
    (HALF, 1): ("1_1-2", "Slower at the same pitch: stride 1/2 in time"),
    (1, 2): ("2_1", "An octave lower: stride 2 in frequency"),
    (1, HALF): ("1-2_1", "An octave higher: stride 1/2 in frequency"),
    (2, 2): ("2", "A stride of its own along each axis"),
    (2, HALF): ("1-2_2", "A stride of its own along each axis"),
    (HALF, HALF): ("1-2", "A stride of its own along each axis"),
    (1, 1): (None, "The spectrogram as it is: there and back again"),
}
"""Stride in time and in frequency: how the recipe says it, and the heading."""


@pytest.mark.parametrize("pair, said_so", STRIDES.items(), ids=str)
def test_a_stride_along_either_axis_has_its_length_pitch_and_sentence(mine, pair, said_so):
    in_time, in_frequency = pair
    text, title = said_so
    link(mine, f"{SHORT}~identity.stride_4_4~istft" if pair == (1, 1) else f"{SHORT}~identity~istft")
    for axis, value in ((1, in_time), (0, in_frequency)):
        if control(mine, f"stride_{axis}_first").value != value:
            turn(mine, f"stride_{axis}_first", value)
    window = f".stride_{text}" if text else ""
    assert recipe_text(mine) == f"{SHORT}~identity{window}~griffin-lim", "a stride asks for a phase that fits"
    turn(mine, "inverse", "istft")
    assert recipe_text(mine) == f"{SHORT}~identity{window}~istft", "the original is still to be had"
    result = tells_the_truth(mine)
    assert heading(mine) == title
    said_of = {effect for key, effect in STRIDE_EFFECTS.items() if key in ((1, in_time), (0, in_frequency))}
    assert {note for note in notes(mine) if note.startswith("Stride ") and " in " in note.split(":")[0]} == said_of
    frames = 6000 // 64 + 1
    made = math.ceil(frames / in_time) if in_time >= 1 else frames * 2
    assert result.output.shape[-1] == 6000 + (made - frames) * 64
    assert result.rate == 8000
    assert (control(mine, "stride_0").value, control(mine, "stride_1").value) == (in_frequency, in_time)
    shows_the_levels(mine)


@pytest.mark.parametrize("stride, pitch", [("2_1", 500), ("1-2_1", 2000), ("1_2", 1000), ("1_1-2", 1000)])
def test_a_tone_of_1000_hz_is_heard_where_the_sentence_says(stride, pitch):
    t = np.arange(8000) / 8000
    at = upload(see(), wav((0.3 * np.sin(2 * np.pi * 1000 * t))[None].astype(np.float32)))
    link(at, f"{SHORT}~identity.stride_{stride}~griffin-lim.iterations_8")
    given = at.session_state["audio.own"]
    result = tells_the_truth(at, given)
    x = result.output[0].double().numpy()
    x = x[len(x) // 4 : -len(x) // 4]
    power = np.abs(np.fft.rfft(x * np.hanning(len(x)), 1 << 16))
    assert power.argmax() * 8000 / (1 << 16) == pytest.approx(pitch, abs=40)


def test_any_other_stride_is_among_the_settings(mine):
    link(mine, BOX)
    for key, value, text in (("stride_1", 3, "1_3"), ("stride_0", Fraction(1, 3), "1-3_3"), ("stride_1", 4, "1-3_4")):
        turn(mine, key, value)
        assert recipe_text(mine) == f"{SHORT}~box.size_1_9.stride_{text}~griffin-lim"
        tells_the_truth(mine)
    assert control(mine, "stride_1_first").options == ["1/2", "1", "2", "4"]
    assert control(mine, "stride_0_first").options == ["1/3", "1/2", "1", "2"]


def test_half_a_stride_offers_a_gain_that_keeps_the_level(mine):
    link(mine, f"{SHORT}~box.size_1_2.stride_1_1-2~istft")
    quiet = tells_the_truth(mine).values
    press(mine, "gain")
    assert recipe_text(mine) == f"{SHORT}~box.size_1_2.stride_1_1-2~gain.factor_2~istft"
    assert " · gain × 2 · " in facts(mine)
    assert torch.equal(tells_the_truth(mine).values, 2 * quiet)
    press(mine, "gain_off")
    assert recipe_text(mine) == f"{SHORT}~box.size_1_2.stride_1_1-2~istft"


# --- the phase -----------------------------------------------------------------------------------


def test_the_original_phase_of_an_unchanged_spectrogram_gives_the_sound_back(mine):
    for border in PADDING_MODES:
        text = "" if border == "reflect" else f".padding-mode_{border}"
        link(mine, f"{SHORT}{text}~identity~istft")
        result = tells_the_truth(mine)
        torch.testing.assert_close(result.output, MEDIUM.values, atol=1e-5, rtol=0)
        assert "Original phase: the sound's own spectrogram is this picture." in notes(mine), border


def test_both_phases_are_offered_and_griffin_lim_finds_one(mine):
    link(mine, BOX)
    assert control(mine, "inverse").options == ["Original phase", "Griffin-Lim"]
    assert any(note.endswith("Griffin-Lim looks for a closer one.") for note in notes(mine))
    turn(mine, "inverse", "griffin_lim")
    assert recipe_text(mine) == f"{SHORT}~box.size_1_9~griffin-lim"
    result = tells_the_truth(mine)
    assert result.iterations == 32 and 0 < result.remaining < 1
    turn(mine, "inverse", "istft")
    assert recipe_text(mine) == BOX
    tells_the_truth(mine)


def test_every_setting_of_griffin_lim_is_run_as_set(mine):
    link(mine, f"{SHORT}~sharpen~griffin-lim.iterations_4")
    heard = []
    for key, value, text in (
        ("iterations", 3, "iterations_3"), ("momentum", 0.0, "iterations_3.momentum_0"),
        ("seed", 5, "iterations_3.momentum_0.seed_5"),
        ("start", "zero", "iterations_3.momentum_0.seed_5.start_zero"),
        ("start", "original", "iterations_3.momentum_0.seed_5.start_original"),
        ("negative", "absolute", "iterations_3.momentum_0.negative_absolute.seed_5.start_original"),
    ):  # fmt: skip
        turn(mine, key, value)
        assert recipe_text(mine) == f"{SHORT}~sharpen~griffin-lim.{text}"
        heard.append(tells_the_truth(mine).output)
    assert all(not torch.equal(one, other) for one, other in zip(heard, heard[1:], strict=False))
    assert control(mine, "start").options == [CHOICE_WORDS[word] for word in ("random", "zero", "original")]
    turn(mine, "inverse", "istft")  # both know what below 0 means, the rest is forgotten
    assert recipe_text(mine) == f"{SHORT}~sharpen~istft.negative_absolute"
    for rule in ("flip", "silence"):
        turn(mine, "negative", rule)
        tells_the_truth(mine)
    assert control(mine, "negative").options == [CHOICE_WORDS[word] for word in ("silence", "absolute", "flip")]


# --- progress ------------------------------------------------------------------------------------

LONG = f"{SHORT}~sharpen~griffin-lim.iterations_12"


def stages(text: str = LONG):
    return engine.stages(from_text(text, "audio"), MEDIUM)


def levels_heard(at) -> str:
    return re.search(r"peak .*? dBFS · RMS .*? dBFS", facts(at)).group()


def test_iterations_are_shown_stopped_and_gone_on_with(mine, monkeypatch):
    link(mine, BOX)
    texts = []

    def stop_at_3(_bar, value, text):
        texts.append((value, text))
        if len(texts) == 3:  # as a click does: its callback, then a run that replaces this one
            progress._stop(st.session_state["spectrogram.iterating.after"], True)
            st.rerun()

    monkeypatch.setattr(DeltaGenerator, "progress", stop_at_3)
    link(mine, LONG, axis="linear")
    monkeypatch.undo()
    calm(mine)
    done = [stage for stage in stages() if isinstance(stage, Progress)]
    assert texts == [
        (n / 12, f"Griffin-Lim: {n} of 12, {100 * done[n - 1].remaining:.3g} % off") for n in (1, 2, 3)
    ]
    assert "Stopped after 3 of 12 iterations." in [each.value for each in mine.caption]
    so_far = next(stage for stage in stages() if stage.iteration == 3).stop()
    assert any(note.startswith("Griffin-Lim, 3 iterations: ") for note in notes(mine))
    shown = levels_heard(mine)
    peak = 20 * math.log10(float(so_far.output.abs().max()))
    assert f"→ {peak:.1f} dBFS · RMS".replace("-", "−") in shown
    _, _, panels = said(mine)
    given = setting(mine)
    expected = rows(in_db(asked(so_far), given), given, 8000, 0, 4000)
    near = expected > -90
    np.testing.assert_allclose(panels[1][near], expected[near], atol=0.06)
    assert levels_heard(mine.run()) == shown  # it stays stopped
    press(mine, "go_on_after")
    assert not [each for each in mine.caption if each.value.startswith("Stopped")]
    assert tells_the_truth(mine).iterations == 12


def test_a_finished_search_is_not_begun_again(mine, monkeypatch):
    link(mine, LONG)
    tells_the_truth(mine)
    link(mine, BOX)
    monkeypatch.setattr(progress, "_drive", lambda *_: pytest.fail("iterated again"))
    tells_the_truth(link(mine, LONG))


def test_another_setting_begins_a_search_of_its_own_and_leaves_a_stopped_one(mine):
    running = progress._Running("of another recipe", stages())
    running.last, running.stopped = next(running.stages), True
    mine.session_state["spectrogram.iterating.after"] = running
    link(mine, f"{SHORT}~sharpen~griffin-lim.iterations_2")
    assert tells_the_truth(mine).iterations == 2
    assert "spectrogram.iterating.after" not in mine.session_state


# --- the transform -------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES)
def test_every_window_length_is_computed_as_chosen(mine, size):
    link(mine, "stft.n-fft_300~box.size_1_9~istft")
    assert control(mine, "n_fft").options == [str(n) for n in sorted([*SIZES, 300])]
    turn(mine, "n_fft", size)
    text = "" if size == 2048 else f".n-fft_{size}"
    assert recipe_text(mine) == f"stft{text}~box.size_1_9~istft"
    tells_the_truth(mine)
    assert control(mine, "n_fft").options == [str(n) for n in SIZES]
    shows_the_levels(mine)


@pytest.mark.parametrize("key, value, text", [
    ("hop_length", 50, "hop-length_50.n-fft_256"),
    ("win_length", 200, "n-fft_256.win-length_200"),
    ("center", False, "center_no.n-fft_256"),
    *(("window", name, f"n-fft_256.window_{name}") for name in ("hamming", "blackman", "bartlett", "rectangular")),
    *(("stft_border", mode, f"n-fft_256.padding-mode_{mode}") for mode in PADDING_MODES if mode != "reflect"),
])  # fmt: skip
def test_every_setting_of_the_transform_is_computed_and_drawn(mine, key, value, text):
    link(mine, BOX)
    turn(mine, key, value)
    assert recipe_text(mine) == f"stft.{text}~box.size_1_9~istft"
    tells_the_truth(mine)
    shows_the_levels(mine)
    assert control(mine, "more").label == "More settings (2 changed)"
    turn(mine, key, {"window": "hann", "stft_border": "reflect", "center": True}.get(key))
    assert recipe_text(mine) == BOX


def test_the_words_of_the_transform_are_those_of_the_sound_page(mine):
    link(mine, BOX)
    assert control(mine, "window").options == [
        CHOICE_WORDS[name] for name in ("hann", "hamming", "blackman", "bartlett", "rectangular")
    ]
    assert control(mine, "stft_border").options[0] == "Silence (constant)"
    assert control(mine, "hop_length").proto.placeholder == "64 (follows)"
    assert control(mine, "win_length").proto.placeholder == "256 (follows)"


def test_a_hop_and_a_window_that_were_set_keep_their_share(mine):
    link(mine, "stft.hop-length_128.n-fft_256.win-length_200~box.size_1_9~istft")
    turn(mine, "n_fft", 512)
    assert recipe_text(mine) == "stft.hop-length_256.n-fft_512.win-length_400~box.size_1_9~istft"
    tells_the_truth(mine)


def test_channels_are_taken_as_they_are_or_mixed():
    at = owner(wav(melody(2)))
    medium = at.session_state["audio.own"]
    link(at, BOX)
    assert tells_the_truth(at, medium).output.shape[0] == 2
    assert " · the louder channel shown · " in facts(at)
    shows_the_levels(at, medium)
    turn(at, "mix", "mono")
    assert recipe_text(at) == f"mono~{BOX}"
    assert tells_the_truth(at, medium).output.shape[0] == 1
    assert " · mixed to mono · " in facts(at)
    turn(at, "mix", "as_is")
    assert recipe_text(at) == BOX


# --- the step ------------------------------------------------------------------------------------


def test_a_step_works_on_decibels_and_says_where_they_end(mine):
    link(mine, BOX)
    assert control(mine, "scale").options == list(SCALE_WORDS.values())
    turn(mine, "scale", "decibels")
    assert recipe_text(mine) == f"{SHORT}~decibels~box.size_1_9~amplitude~istft"
    result = tells_the_truth(mine)
    given = setting(mine)
    loud = np.maximum(20 * np.log10(np.maximum(magnitudes(MEDIUM.values, given), 1e-9) / (taper(given).sum() / 2)), -80)
    mean = torch.nn.functional.pad(torch.from_numpy(loud), (4, 4), mode="reflect").unfold(-1, 9, 1).mean(dim=-1).numpy()
    expected = np.where(mean <= -80 + 1e-4, 0, 10 ** (mean / 20) * taper(given).sum() / 2)
    np.testing.assert_allclose(result.values.numpy(), expected, atol=2e-3)
    shows_the_levels(mine)
    turn(mine, "floor", -40.0)
    assert recipe_text(mine) == f"{SHORT}~decibels.floor-db_-40~box.size_1_9~amplitude~istft"
    tells_the_truth(mine)
    turn(mine, "scale", "magnitude")
    assert not has(mine, "floor")
    tells_the_truth(mine)


def test_every_border_of_the_picture_is_computed_as_chosen(mine):
    link(mine, BOX)
    seen = []
    for mode in PADDING_MODES:
        if control(mine, "padding_mode").value != mode:
            turn(mine, "padding_mode", mode)
        seen.append(tells_the_truth(mine).values[0, :, 0])
        assert has(mine, "fill") == (mode == "constant")
    assert all(not torch.equal(one, other) for n, one in enumerate(seen) for other in seen[:n])
    link(mine, f"{SHORT}~box.padding-mode_constant~istft")
    turn(mine, "fill", 2.5)
    assert recipe_text(mine) == f"{SHORT}~box.fill_2.5.padding-mode_constant~istft"
    tells_the_truth(mine)


def test_every_amount_of_padding_has_its_size_and_its_place(mine):
    link(mine, BOX)
    assert control(mine, "padding").options == list(PADDING_WORDS.values())
    for word, frames in (("valid", 86), ("full", 102), ("same", 94)):
        turn(mine, "padding", word)
        result = tells_the_truth(mine)
        assert result.values.shape[-1] == frames and result.output.shape[-1] == 6000 + (frames - 94) * 64
        shows_the_levels(mine)
    turn(mine, "padding", "number")
    turn(mine, "padding_number", 2)
    assert recipe_text(mine) == f"{SHORT}~box.padding_2.size_1_9~istft"
    tells_the_truth(mine)
    turn(mine, "padding", "sides")
    for index, value in enumerate((0, 3, 4, 5)):
        turn(mine, f"padding_{index}", value)
    assert recipe_text(mine) == f"{SHORT}~box.padding_0_3_4_5.size_1_9~istft"
    assert tells_the_truth(mine).values.shape == (1, 132, 95)
    shows_the_levels(mine)


def test_dilation_along_either_axis_is_computed(mine):
    link(mine, f"{SHORT}~sharpen~istft")
    turn(mine, "dilation_0", 3)
    turn(mine, "dilation_1", 2)
    assert recipe_text(mine) == f"{SHORT}~sharpen.dilation_3_2~istft"
    tells_the_truth(mine)
    assert control(mine, "preset").value == "any"


def test_the_margin_of_a_separation_is_computed(mine):
    for name in ("harmonic", "percussive"):
        link(mine, f"{SHORT}~{name}~istft")
        assert not has(mine, "scale")
        turn(mine, "margin", 2.5)
        assert recipe_text(mine) == f"{SHORT}~{name}.margin_2.5~istft"
        tells_the_truth(mine)


def test_a_separation_and_a_stride_go_together(mine):
    link(mine, f"{SHORT}~harmonic.kernel-size_5~istft")
    turn(mine, "stride_1_first", 2)
    assert recipe_text(mine) == f"{SHORT}~harmonic.kernel-size_5~identity.stride_1_2~griffin-lim"
    tells_the_truth(mine)
    assert control(mine, "preset").value == "harmonic"


# --- a region of it ------------------------------------------------------------------------------


def test_a_region_is_removed_or_kept_within_its_edges(mine):
    link(mine, f"{SHORT}~identity~istft", axis="linear")
    assert control(mine, "region").options == ["None", "Remove", "Keep"]
    turn(mine, "region", "remove")
    assert recipe_text(mine) == f"{SHORT}~identity~mask~istft"
    assert not tells_the_truth(mine).output.any()  # without edges it is everything
    for key, value in (("low", 900.0), ("high", 1100.0), ("start", 0.2), ("end", 0.5)):
        turn(mine, f"mask_{key}", value)
    assert recipe_text(mine) == f"{SHORT}~identity~mask.end_0.5.high_1100.low_900.start_0.2~istft"
    assert heading(mine) == "Without a region of it"
    given = setting(mine)
    whole = magnitudes(MEDIUM.values, given)
    hz, seconds = np.arange(129) * 31.25, np.arange(94) * 64 / 8000
    inside = ((hz >= 900) & (hz <= 1100))[:, None] & ((seconds >= 0.2) & (seconds <= 0.5))
    np.testing.assert_allclose(tells_the_truth(mine).values.numpy(), np.where(inside, 0, whole), atol=1e-4)
    header = shows_the_levels(mine)
    end = 0.75
    assert header["selection"] == pytest.approx([0.2 / end, 0.5 / end, 900 / 4000, 1100 / 4000], abs=1e-6)
    turn(mine, "region", "keep")
    assert recipe_text(mine) == f"{SHORT}~identity~mask.end_0.5.high_1100.low_900.region_keep.start_0.2~istft"
    assert heading(mine) == "Only a region of it is heard"
    np.testing.assert_allclose(tells_the_truth(mine).values.numpy(), np.where(inside, whole, 0), atol=1e-4)
    turn(mine, "mask_end", None)
    turn(mine, "mask_high", None)
    tells_the_truth(mine)
    turn(mine, "region", "none")
    assert recipe_text(mine) == f"{SHORT}~identity~istft" and said(mine)[1]["selection"] is None


def mark(at, **said_by_the_browser):
    """What a drag over the picture sends."""
    scene = said(at)[1]["scene"]
    values = {name: value if value is None else {"seq": 1, "scene": scene, **value} for name, value in
              said_by_the_browser.items()}  # fmt: skip
    at.session_state["spectrogram_canvas"] = values
    return at.run()


def test_a_rectangle_drawn_in_the_browser_becomes_the_mask():
    at = owner()
    link(at, f"{SHORT}~identity~istft", axis="linear")
    region = {"t0": 0.2, "t1": 0.4, "f0": 0.25, "f1": 0.5}
    mark(at, region=region)
    assert recipe_text(at) == f"{SHORT}~identity~mask.end_0.3.high_2000.low_1000.start_0.15~istft"
    tells_the_truth(at)
    assert heading(at) == "Without a region of it"
    assert (control(at, "mask_low").value, control(at, "mask_end").value) == (1000, 0.3)
    header = shows_the_levels(at)
    assert header["selection"] == pytest.approx([0.2, 0.4, 0.25, 0.5])
    assert said(at)[0]["seq"] == 1
    assert at.button(key="spectrogram_other_region").label == "Keep only this region"
    press(at, "other_region")
    assert recipe_text(at) == f"{SHORT}~identity~mask.end_0.3.high_2000.low_1000.region_keep.start_0.15~istft"
    assert control(at, "region").value == "keep" and tells_the_truth(at)
    assert at.button(key="spectrogram_other_region").label == "Silence this region"
    mark(at, region={**region, "f1": 0.75, "seq": 2})  # another rectangle is kept as the first was
    assert recipe_text(at) == f"{SHORT}~identity~mask.end_0.3.high_3000.low_1000.region_keep.start_0.15~istft"
    tells_the_truth(at)
    press(at, "other_region")
    assert recipe_text(at) == f"{SHORT}~identity~mask.end_0.3.high_3000.low_1000.start_0.15~istft"
    mark(at, region=None)
    assert recipe_text(at) == f"{SHORT}~identity~istft" and not has(at, "other_region")
    tells_the_truth(at)


WRONG = ({"scene": "another"}, {"t0": "x"}, {"t0": 0.9}, {"f0": -1.0}, {"t1": math.nan}, {"t1": None})


def test_a_rectangle_without_a_meaning_is_no_mask(mine):
    link(mine, f"{SHORT}~identity~istft")
    for wrong in WRONG:
        mark(mine, region={"t0": 0.2, "t1": 0.4, "f0": 0.25, "f1": 0.5, **wrong})
        assert calm(mine) and recipe_text(mine) == f"{SHORT}~identity~istft", wrong
    tells_the_truth(mine)
    mark(mine)


def test_a_view_shows_a_part_at_its_levels(mine):
    link(mine, BOX, axis="linear")
    mark(mine, view={"t0": 0.25, "t1": 0.5, "f0": 0.0, "f1": 0.25})
    tells_the_truth(mine)
    _, header, (before, _) = said(mine)
    assert header["view"] == pytest.approx([0.25, 0.5, 0, 0.25])
    given = setting(mine)
    whole = in_db(magnitudes(MEDIUM.values, given), given)
    start, end = 0.75 * 0.25, 0.75 * 0.5
    frames = [t for t in range(94) if t * 64 / 8000 + 0.004 > start - 1e-9 and t * 64 / 8000 - 0.004 < end + 1e-9]
    expected = rows(whole[:, frames], given, 8000, 0, 1000)
    assert before.shape == expected.shape
    near = expected > -90
    np.testing.assert_allclose(before[near], expected[near], atol=0.06)
    assert recipe_text(mine) == BOX  # a look is no setting
    mark(mine, view={"t0": 0.25, "t1": 0.5, "f0": 0.0, "f1": 0.25, "scene": "another"})
    assert said(mine)[1]["view"] == [0, 1, 0, 1]
    mark(mine)


# --- the display ---------------------------------------------------------------------------------


def test_a_logarithmic_axis_shows_equal_steps_of_an_octave(mine):
    link(mine, BOX)
    assert control(mine, "axis").options == list(AXIS_WORDS.values())
    turn(mine, "axis", "log")
    assert mine.query_params["axis"] == "log" and recipe_text(mine) == BOX
    result, given = tells_the_truth(mine), setting(mine)
    for found, magnitude in zip(said(mine)[2], (magnitudes(MEDIUM.values, given), asked(result)), strict=True):
        expected = rows(in_db(magnitude, given), given, 8000, 31.25, 4000, octaves=True)
        near = expected > -90
        np.testing.assert_allclose(found[near], expected[near], atol=0.06)


def test_a_mel_axis_has_its_bands_and_their_settings(mine):
    link(mine, f"{SHORT}~box.size_1_9~istft", axis="mel", mel="20_100")
    assert [control(mine, key).value for key in ("n_mels", "fmin", "fmax")] == [20, 100, None]
    turn(mine, "n_mels", 16)
    turn(mine, "fmax", 3000.0)
    assert mine.query_params["mel"] == "16_100_3000"
    result, given = tells_the_truth(mine), setting(mine)
    filters = mel_filters(n_mels=16, fmin=100.0, fmax=3000.0, sample_rate=8000.0, n_fft=256).numpy()
    for found, magnitude in zip(said(mine)[2], (magnitudes(MEDIUM.values, given), asked(result)), strict=True):
        expected = in_db(filters @ magnitude, given)
        assert found.shape == expected.shape
        near = expected > -110
        np.testing.assert_allclose(found[near], expected[near], atol=0.06)
    turn(mine, "fmin", 0.0)
    turn(mine, "fmax", None)
    turn(mine, "n_mels", 200)
    assert mine.query_params["mel"] == "200_0"
    tells_the_truth(mine)
    empty = int((mel_filters(n_mels=200, fmin=0.0, fmax=None, sample_rate=8000.0, n_fft=256).sum(dim=1) == 0).sum())
    told = [note for note in notes(mine) if note.startswith(f"{empty} of 200 bands (rows ")]
    assert empty and len(told) == 1 and "any of these fills all bands: n_mels=" in told[0]
    turn(mine, "n_mels", 128)
    assert "mel" not in mine.query_params
    turn(mine, "axis", "automatic")
    assert not has(mine, "n_mels") and "axis" not in mine.query_params


def test_the_colours_and_their_range_are_as_chosen(mine):
    link(mine, BOX)
    assert control(mine, "colours").options == list(MAP_WORDS.values())
    tables = []
    for name in ("magma", "grey", "viridis"):
        turn(mine, "colours", name)
        assert mine.query_params.get("map") == (None if name == "viridis" else name)
        tells_the_truth(mine)
        assert control(mine, "colours").value == name
        tables.append(table_of(mine))
        assert np.array_equal(tables[-1], lut(name))
    turn(mine, "follow", False)
    assert mine.query_params["range"] == "-90_-20" and said(mine)[1]["range"] == [-9000, -2000]
    turn(mine, "range", (-60, 0))
    assert mine.query_params["range"] == "-60_0" and said(mine)[1]["range"] == [-6000, 0]
    tells_the_truth(mine)
    turn(mine, "range", (-60, -60))  # nothing is between
    assert mine.query_params["range"] == "-60_0"
    turn(mine, "follow", True)
    assert "range" not in mine.query_params and not has(mine, "range")
    loudest = in_db(magnitudes(MEDIUM.values, setting(mine)), setting(mine)).max()
    top = 5 * math.ceil(loudest / 5)
    assert said(mine)[1]["range"] == [100 * (top - 70), 100 * top]


def table_of(at) -> np.ndarray:
    """The colours that the picture was last told: with its levels, and without them."""
    with_levels, alone = said(at)[1], json.loads(at.get("bidi_component")[1].proto.json)
    assert all(with_levels[name] == alone[name] for name in ("lut", "range", "stamp"))
    assert [bytes_of(text) for text in alone["ahead"]["tables"]] == [lut(name).tobytes() for name in MAP_WORDS]
    return np.frombuffer(bytes_of(alone["lut"]), np.uint8).reshape(256, 3)


def bytes_of(text: str) -> bytes:
    return base64.b64decode(text)


def test_the_difference_is_output_minus_input_above_the_darkest_colour(mine):
    link(mine, BOX, axis="linear")
    low = said(mine)[1]["range"][0] / 100
    assert control(mine, "shows").options == list(SHOW_WORDS.values())
    turn(mine, "shows", "difference")
    assert mine.query_params["show"] == "difference"
    result, given = tells_the_truth(mine), setting(mine)
    _, header, (found,) = said(mine)
    before, after = (
        np.maximum(rows(in_db(m, given), given, 8000, 0, 4000), low)
        for m in (magnitudes(MEDIUM.values, given), asked(result))
    )
    np.testing.assert_allclose(found, after - before, atol=0.06)
    assert header["panels"][0]["title"] == "Output minus input" and header["panels"][0]["signed"]
    assert header["range"] == [-3000, 3000] and header["bar"]["title"] == "dB louder or softer"
    turn(mine, "stride_1_first", 2)
    calm(mine)
    assert len(said(mine)[2]) == 2
    assert (
        "A difference needs two pictures of one size; the stride has changed it. Both are shown." in notes(mine)
    )


# --- a picture as source -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn():
    return see(source="picture-counting", recipe=f"{QUICK_PICTURE}~identity~griffin-lim.iterations_2")


def test_a_picture_is_first_heard_as_it_is(first):
    at = see(recipe=f"{SHORT}~box~griffin-lim.iterations_1")
    turn(at, "source", "picture-counting")
    assert dict(at.query_params) == {"source": "picture-counting", "recipe": "picture-spectrum.n-fft_256~identity~griffin-lim.iterations_1"}
    at = see(source="picture-impulse")
    assert heading(at) == "A picture, heard: its rows are frequencies, its columns moments"
    result = tells_the_truth(at)
    x, rate = begun(at)
    assert torch.equal(result.output, x) and rate == 44_100
    assert not has(at, "inverse") and not has(at, "start") and not at.get("vega_lite_chart")
    assert "A picture has no phase: Griffin-Lim looks for one that fits." in [each.value for each in at.caption]


@pytest.mark.parametrize("key, value, text", [
    ("seconds", 1.0, "seconds_1"), ("axis", "log", "axis_log"), ("low", 200.0, "low_200"), ("high", 3000.0, "high_3000"),
    ("level_db", -30.0, "level-db_-30"), ("range_db", 40.0, "range-db_40"), ("sample_rate", 16_000, "sample-rate_16000"),
    ("n_fft", 512, "n-fft_512"), ("hop_length", 32, "hop-length_32"),
])  # fmt: skip
def test_every_setting_of_a_picture_is_heard(drawn, key, value, text):
    go(drawn, PAGE, source="picture-counting", recipe=f"{QUICK_PICTURE}~sharpen~griffin-lim.iterations_2")
    quiet = tells_the_truth(drawn).output
    turn(drawn, f"picture_{key}", value)
    assert text in recipe_text(drawn).split("~")[0].split(".", 1)[1]
    assert control(drawn, f"picture_{key}").value == value
    result = tells_the_truth(drawn)
    assert result.output.shape != quiet.shape or not torch.equal(result.output, quiet)
    assert heading(drawn) == "A picture, heard: a sharpened spectrogram: every ridge stands out"
    assert not has(drawn, "inverse")


def test_a_picture_is_convolved_at_its_strides_and_searched_with_progress(drawn):
    go(drawn, PAGE, source="picture-counting", recipe=f"{QUICK_PICTURE}~sobel-x.stride_1_2~griffin-lim.iterations_3.seed_2")
    assert tells_the_truth(drawn).iterations == 3
    assert control(drawn, "preset").value == "any" and control(drawn, "family").value == "edges"
    assert heading(drawn).startswith("A picture, heard: ")
    _, header, _ = said(drawn)
    assert [panel["title"] for panel in header["panels"]] == ["Input", "Output"]


@pytest.mark.parametrize("name", PICTURES)
def test_every_sample_picture_is_heard(drawn, name):
    go(drawn, PAGE, source=f"picture-{name}", recipe=f"{QUICK_PICTURE}~identity~griffin-lim.iterations_1")
    tells_the_truth(drawn)
    assert control(drawn, "source").value == f"picture-{name}"
    labels = [*(sample.label for sample in SOUNDS.values()), *(f"Picture: {sample.label}" for sample in PICTURES.values())]
    assert control(drawn, "source").options == labels


def test_from_a_picture_back_to_a_sound(drawn):
    go(drawn, PAGE, source="picture-flat", recipe=f"{QUICK_PICTURE}~sharpen~griffin-lim.iterations_1")
    turn(drawn, "source", "impulse")
    assert recipe_text(drawn) == "stft.n-fft_256~sharpen~istft" and not has(drawn, "iterations")
    tells_the_truth(drawn)


@pytest.mark.parametrize("name", SOUNDS)
def test_every_sample_sound_is_shown(mine, name):
    go(mine, PAGE, source=name, recipe="stft.n-fft_1024~sharpen~istft")
    tells_the_truth(mine)
    assert said(mine)[0]["label"].startswith(f"Spectrograms of {SOUNDS[name].label}: ")


# --- steps, reset, other pages -------------------------------------------------------------------


def test_the_output_becomes_the_input_and_comes_back(mine):
    link(mine, f"{SHORT}~sharpen~mask.high_500~griffin-lim.iterations_2")
    press(mine, "step_add")
    assert recipe_text(mine) == f"{SHORT}~sharpen~mask.high_500~identity~griffin-lim.iterations_2"
    assert control(mine, "step").options == [f"1. {KERNELS['sharpen'].label} (mask)", "2. Nothing yet (identity)"]
    assert heading(mine) == "What the steps in front made of it"
    tells_the_truth(mine)
    turn(mine, "preset", "harmonic")
    assert recipe_text(mine) == f"{SHORT}~sharpen~mask.high_500~harmonic~griffin-lim.iterations_2"
    tells_the_truth(mine)
    press(mine, "step_add")
    tells_the_truth(mine)
    press(mine, "step_remove")
    assert control(mine, "preset").value == "harmonic"
    tells_the_truth(mine)
    press(mine, "step_remove")
    assert recipe_text(mine) == f"{SHORT}~sharpen~mask.high_500~griffin-lim.iterations_2"
    assert not has(mine, "step_remove") and control(mine, "preset").value == "sharpen"
    tells_the_truth(mine)


def test_decibels_in_front_are_undone_as_one(mine):
    link(mine, f"{SHORT}~decibels~box~amplitude~istft")
    press(mine, "step_add")
    assert recipe_text(mine) == f"{SHORT}~decibels~box~amplitude~identity~istft"
    tells_the_truth(mine)
    press(mine, "step_remove")
    assert recipe_text(mine) == f"{SHORT}~decibels~box~amplitude~istft"
    assert control(mine, "scale").value == "decibels"
    tells_the_truth(mine)


def test_steps_on_the_sound_stand_in_front_of_the_transform(mine):
    link(mine, f"moving-average.stride_2~mono~{BOX}")
    result = tells_the_truth(mine)
    assert result.rate == 4000 and control(mine, "mix").value == "mono"
    shows_the_levels(mine)
    turn(mine, "preset", "sharpen")
    assert recipe_text(mine) == f"moving-average.stride_2~mono~{SHORT}~sharpen~istft"
    tells_the_truth(mine)


def test_reset_leads_back_to_the_first_sight():
    at = owner()
    link(at, f"{SHORT}~decibels~sharpen.stride_2~amplitude~griffin-lim.iterations_2", axis="mel", show="difference")
    press(at, "reset")
    assert heading(calm(at)) == FIRST_HEADING and at.query_params == {}
    assert "mine.wav" in control(at, "source").options
    tells_the_truth(at)


def test_each_page_keeps_its_source_and_own_files_serve_everywhere():
    at = go(see(), "pages/audio.py")
    at.file_uploader(key="audio_upload").set_value(("mine.wav", MINE, "audio/wav"))
    at.run()
    go(at, PAGE)
    assert control(at, "source").value == "speech" and "mine.wav" in control(at, "source").options
    turn(at, "source", "own")
    assert dict(at.query_params) == {"source": "own", "made": "mine.wav_0.75s"}
    tells_the_truth(at)
    turn(at, "source", "drums")
    go(at, "pages/audio.py")
    assert calm(at).query_params == {"source": "own", "made": "mine.wav_0.75s"}
    go(at, PAGE)
    assert calm(at).query_params == {"source": "drums"}
    go(at, "pages/image.py")
    assert "mine.wav" not in at.main.get_by_key("image_source").options


def test_back_and_forward_show_what_their_address_says(mine):
    link(mine, BOX)
    seen = [dict(mine.query_params)]
    for key, value in (("preset", "sharpen"), ("stride_1_first", 2), ("axis", "log"), ("preset", "any")):
        turn(mine, key, value)
        seen.append(dict(mine.query_params))
    for params in (*reversed(seen), *seen):
        mine.query_params = dict(params)
        mine.run()
        assert calm(mine).query_params == params
    tells_the_truth(mine)
    assert len({tuple(params.items()) for params in seen}) == 5


@pytest.mark.parametrize("params", [
    {"source": "impulse", "recipe": f"mono~{SHORT}~decibels.floor-db_-60~gaussian.stride_2_1~amplitude~gain.factor_2~mask.low_100~istft"},
    {"source": "square", "recipe": "stft.center_no.hop-length_100.n-fft_512~percussive.margin_2~identity.stride_1_2~griffin-lim.iterations_2",
     "axis": "mel", "map": "magma", "range": "-100_0", "mel": "40_50_8000", "show": "difference"},
    {"source": "picture-zone-plate", "recipe": f"{QUICK_PICTURE}~gabor.angle_30~griffin-lim.iterations_1", "axis": "log"},
    {"source": "impulse", "recipe": f"{SHORT}~sharpen~istft", "kernel": "any"},
])  # fmt: skip
def test_opening_the_link_of_a_page_shows_the_same_page(params):
    at = see(**params)
    tells_the_truth(at)
    assert at.query_params == params
    given = next(each.value for each in at.code if each.value.startswith("https://"))
    again = calm(see(**dict(parse_qsl(given.partition("?")[2]))))
    assert again.query_params == params and heading(again) == heading(at)
    assert [a.tolist() for a in said(again)[2]] == [b.tolist() for b in said(at)[2]]
    assert levels_heard(again) == levels_heard(at)


# --- examples, sizes, bank, sharing ----------------------------------------------------------------


@pytest.mark.parametrize("example", examples.SPECTROGRAMS, ids=lambda example: example.name)
def test_a_ready_example_is_a_link_that_shows_what_it_promises(first, mine, example):
    door = next(each.proto for each in first.get("page_link") if each.proto.label == example.name)
    assert dict(parse_qsl(door.query_string)) == dict(example.params) and door.page_script_hash
    params = dict(example.params)
    state = address.parse(params, "spectrogram")
    assert address.to_params(state, channels=1) == params
    if "griffin-lim" in params.get("recipe", "") or state.is_picture:  # run with fewer iterations
        text = to_text(state.recipe(1)).replace("griffin-lim", "griffin-lim.iterations_1")
        params["recipe"] = text
    go(mine, PAGE, **params)
    tells_the_truth(mine)
    assert mine.query_params == params


def test_the_size_is_computed_in_the_open(mine):
    link(mine, BOX)
    assert bodies(mine, "cp-frame")[-1] == (
        "Frequency⌊(129 + 0 + 0 − 1) / 1⌋ + 1 = 129Time⌊(94 + 4 + 4 − 9) / 1⌋ + 1 = 94"
    )


def test_the_check_against_pytorch_agrees(mine):
    link(mine, f"{SHORT}~sobel-x.dilation_2.stride_2_1~istft")
    press(mine, "check")
    line = next(each.proto.body for each in mine.main.get("html") if "Largest difference" in each.proto.body)
    assert float(line.split("difference ")[1].split(",")[0]) < 1e-5
    tells_the_truth(mine)


def test_the_same_spectrogram_by_convolution_is_compared(mine):
    link(mine, "stft.hop-length_50.n-fft_256.window_hamming~box.size_1_9~istft")
    assert any(note.startswith("A spectrogram is a convolution with stride 50: each of its 129 rows") for note in notes(mine))
    mine.number_input(key="spectrogram_bin").set_value(14)
    mine.run()
    assert "Bin 14: 437.5 Hz. One period lasts 2.29 ms: 14 of them in the kernel." in notes(mine)
    press(mine, "compare")
    found = stft_bank.compare(
        MEDIUM.values, n_fft=256, hop_length=50, win_length=256, window="hamming", center=True, padding_mode="reflect",
        sample_rate=8000.0,
    )  # fmt: skip
    answer = bodies(mine, "cp-facts")[-1]
    assert answer.startswith("129 pairs of kernels of 256 taps, stride 50, 121 frames: largest difference ")
    difference = float(re.search(r"difference (\S+) of", answer).group(1))
    assert difference == pytest.approx(found.difference, rel=0.06) and difference < 1e-5
    tells_the_truth(mine)


@pytest.fixture
def offers(monkeypatch):
    """What the page offers to save, by the end of the button's key."""
    return catch(monkeypatch)


def test_what_is_saved_is_what_the_engine_makes(mine, offers):
    link(mine, f"{SHORT}~sharpen~gain.factor_8~istft")
    result = tells_the_truth(mine)
    y = result.output.numpy()
    assert np.abs(y).max() > 1  # so that it is seen what clips
    assert [offer.file_name.removeprefix("mine-spectrogram-sharpen") for offer in offers.values()] == [
        "-slide.png", ".wav", ".float.wav", ".flac", ".npy", "-torch.py", "-numpy.py", "-input.npy", ".json",
    ]  # fmt: skip
    for ending, atol in (("pcm_16", 1.6e-5), ("float", 0), ("flac", 1.6e-5)):
        values, rate = soundfile.read(io.BytesIO(offers[ending].content()), dtype="float64", always_2d=True)
        assert rate == 8000
        expected = y if ending == "float" else np.clip(y, -1, 1 - 2**-15)
        np.testing.assert_allclose(values.T, expected, atol=2 * atol)
    values = np.load(io.BytesIO(offers["npy"].content()), allow_pickle=False)
    assert values.dtype == np.float32 and np.array_equal(values, y)


def test_the_players_are_given_the_sounds_at_their_own_level(mine, monkeypatch):
    given = []
    original = show_sound.player_bytes
    monkeypatch.setattr(show_sound, "player_bytes", lambda values, rate: given.append((values, rate)) or original(values, rate))
    link(mine, f"{SHORT}~sharpen.amount_0.3~gain.factor_0.1~istft")
    result = tells_the_truth(mine)
    assert given[-1][1] == 8000 and torch.equal(given[-1][0], result.output)


def test_without_a_result_there_is_a_link_and_nothing_to_save(mine):
    link(mine, f"{SHORT}~sobel-x.normalise_yes~istft")
    sentence(mine)
    assert not mine.download_button and [each for each in mine.code if "normalise_yes" in each.value]
    assert len(said(mine)[2]) == 1 and [each.proto.alt for each in mine.get("audio")] == ["Input"]
