"""The same spectrogram by convolution: what the panel draws and says is what the package computes."""

from __future__ import annotations

import json
import re

import pytest
import torch
from streamlit.testing.v1 import AppTest

from playground.explain import stft_bank
from playground.ui import bank_panel

from .test_words import bare, language_file, test_language  # noqa: F401
from .visiting import bodies, notes, number

SETTINGS = dict(
    n_fft=256, hop_length=64, win_length=None, window="hann", center=True, padding_mode="reflect", rate=8000.0
)


def noise(channels: int = 1, samples: int = 4000) -> torch.Tensor:
    return torch.randn(channels, samples, generator=torch.Generator().manual_seed(0))


def page(values, settings, key):
    """A page with nothing but the panel."""
    import streamlit as st

    from playground.ui import bank_panel

    st.session_state["page"] = "audio"
    bank_panel.panel(values, key=key, **settings)


def look(values=None, key: str = "noise", **settings) -> AppTest:
    values = noise() if values is None else values
    at = AppTest.from_function(page, args=(values, {**SETTINGS, **settings}, key), default_timeout=30)
    at.context = {"theme": "light"}
    return quiet(at.run())


def quiet(at: AppTest) -> AppTest:
    assert not at.exception, at.exception[0].value
    assert not at.error
    return at


def choose(at: AppTest, f: int) -> AppTest:
    at.number_input(key="audio_bin").set_value(f)
    return quiet(at.run())


def compare(at: AppTest) -> str | None:
    at.button(key="audio_compare").click()
    return answer(quiet(at.run()))


def answer(at: AppTest) -> str | None:
    lines = bodies(at, "cp-facts")
    return lines[0] if lines else None


def drawn(at: AppTest) -> dict:
    (chart,) = at.get("vega_lite_chart")
    return {"alt": chart.proto.alt, "spec": json.loads(chart.proto.spec)}


def test_the_panel_says_in_one_sentence_what_a_spectrogram_is():
    at = look()
    assert [each.value for each in at.subheader] == ["The same by convolution"]
    assert notes(at)[0] == (
        "A spectrogram is a convolution with stride 64: each of its 129 rows has two kernels of 256 taps, a cosine"
        " and a negative sine under the window."
    )
    assert answer(at) is None


@pytest.mark.parametrize("f, sentence", [
    (0, "Bin 0: 0 Hz. The cosine is the window itself, the sine is zero."),
    (1, "Bin 1: 31.25 Hz. One period lasts 32 ms: as long as the kernel."),
    (8, "Bin 8: 250 Hz. One period lasts 4 ms: 8 of them in the kernel."),
    (127, "Bin 127: 3968.8 Hz. One period lasts 0.252 ms: 127 of them in the kernel."),
    (128, "Bin 128: 4000 Hz, half of the sample rate. The cosine changes its sign with every tap, the sine is zero."),
])  # fmt: skip
def test_a_bin_is_told_in_hz_and_milliseconds(f, sentence):
    at = choose(look(), f)
    assert notes(at)[1] == sentence
    assert drawn(at)["alt"] == f"The two kernels of one bin. {sentence}"


def test_the_chart_is_drawn_of_the_kernels_of_the_bin(monkeypatch):
    given = []
    original = bank_panel.bank.kernel_pair
    monkeypatch.setattr(
        bank_panel.bank, "kernel_pair", lambda pair, **rest: given.append(pair) or original(pair, **rest)
    )
    choose(look(win_length=100, window="blackman"), 17)
    assert torch.equal(given[-1], stft_bank.pair(17, n_fft=256, win_length=100, window="blackman"))


@pytest.mark.parametrize("n_fft, last", [(2, 1), (3, 1), (256, 128), (65536, 32768)])
def test_every_size_has_its_bins(n_fft, last):
    at = look(n_fft=n_fft)
    field = at.number_input(key="audio_bin")
    assert (field.min, field.max, field.value) == (0, last, min(8, last))
    choose(at, last)


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("settings", [
    {}, {"center": False, "hop_length": 100}, {"window": "rectangular", "padding_mode": "circular"}, {"n_fft": 255},
])  # fmt: skip
def test_the_comparison_is_that_of_the_package(settings, channels):
    x = noise(channels, 12_000)
    said = compare(look(x, **settings))
    given = {**SETTINGS, **settings}
    found = stft_bank.compare(x, sample_rate=given.pop("rate"), **given)
    pattern = (
        rf"{found.bins} pairs of kernels of {given['n_fft']} taps, stride {given['hop_length']}, {found.frames} frames:"
        r" largest difference (\S+) of the largest magnitude\. FFT [\d.,]+ ms, about \S+ million multiply-adds;"
        r" convolution [\d.,]+ ms, (\S+) million\. Compared is the loudest 1 s"
    )
    difference, adds = re.match(pattern, said).groups()
    assert float(difference) == pytest.approx(found.difference, rel=0.06) and found.difference < 1e-6
    assert number(adds) == pytest.approx(found.convolution_multiply_adds / 1e6, rel=0.005)
    start = f"{found.start / 8000:.3g}"
    where = (
        f" of channel {found.channel + 1}, which begins at {start} s."
        if channels > 1
        else f", which begins at {start} s."
    )
    assert said.endswith(f"Compared is the loudest 1 s{where}")


def test_a_short_sound_is_compared_whole_and_silence_is_said():
    assert "Compared" not in compare(look(noise(1, 3000)))
    assert "126 frames: silence, both ways. FFT " in compare(look(torch.zeros(1, 8000)))


def test_of_very_long_kernels_some_are_compared_and_that_is_said():
    assert re.match(r"38 of 32769 pairs of kernels of 65536 taps, stride 16384, ", compare(
        look(noise(1, 20_000), n_fft=65536, hop_length=16384)
    ))  # fmt: skip


def test_what_cannot_be_compared_is_said_in_one_sentence():
    said = compare(look(noise(1, 100), center=False))
    assert said == "The sound has 100 samples and the window 256; use center, or a smaller n_fft"


def test_the_answer_stays_with_its_sound_and_settings():
    at = look()
    said = compare(at)
    assert answer(choose(at, 3)) == said
    kept = at.session_state["audio.compared"]
    for values, key, changed in (
        (noise(), "noise", {"hop_length": 65}),
        (noise(), "another", {}),
        (noise(), "noise", {"window": "hamming"}),
    ):
        other = AppTest.from_function(page, args=(values, {**SETTINGS, **changed}, key), default_timeout=30)
        other.context = {"theme": "light"}
        other.session_state["audio.compared"] = kept
        assert answer(quiet(other.run())) is None


def test_the_bin_is_remembered_where_a_size_has_fewer():
    at = choose(look(), 100)
    assert at.session_state["audio.bin"] == 100


def test_every_text_of_the_panel_is_translated(test_language):  # noqa: F811
    at = AppTest.from_function(page, args=(noise(2, 12_000), SETTINGS, "noise"), default_timeout=30)
    at.context = {"theme": "light", **test_language}
    quiet(at.run())
    for f in (0, 1, 8, 128):
        assert bare(choose(at, f)) == []
    compare(at)
    assert bare(at) == []
