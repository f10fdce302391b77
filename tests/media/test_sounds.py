"""The sample sounds load, and have the level, the length and the spectrum that their names promise."""

from __future__ import annotations

import re

import numpy as np
import pytest
import torch

from playground.errors import MediaError
from playground.media.samples import ASSETS, RATE, SOUNDS, sound
from playground.media.types import Audio

LENGTHS = {
    "drums": (1, 4 * RATE),
    "music": (2, 10 * RATE),
    "speech": (1, 161_926),
    "sweep": (1, 6 * RATE),
    "sine": (1, 2 * RATE),
    "sine-third": (1, 2 * RATE),
    "impulse": (1, RATE),
    "square": (1, 2 * RATE),
    "noise": (1, 2 * RATE),
}
PEAKS = {"sine-third": 0.25, "square": 0.25, "impulse": 1.0}  # others: 0.5
LOUDNESS = {"drums": 0.0472, "music": 0.0916, "speech": 0.0608}  # root mean square, as rendered
NOISE_BEGINS = [0.1250954270, 0.3972137571, 0.2756856680]


def channel(name: str) -> np.ndarray:
    return sound(name).values[0].double().numpy()


def rms(values: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


def spectrum(values: np.ndarray) -> np.ndarray:
    """Amplitudes by frequency, in steps of rate / length."""
    return np.abs(np.fft.rfft(values)) / len(values) * 2


def test_the_drums_are_first():
    assert list(SOUNDS) == list(LENGTHS)


@pytest.mark.parametrize("name", SOUNDS)
def test_a_sample_loads(name):
    loaded, sample = sound(name), SOUNDS[name]
    assert re.fullmatch(r"[a-z0-9-]+", name) and sample.name == name and sample.label and sample.credit
    assert isinstance(loaded, Audio) and loaded.rate == RATE and loaded.notices == ()
    assert loaded.values.dtype == torch.float32 and loaded.values.shape == LENGTHS[name]
    assert loaded.values.abs().max() == pytest.approx(PEAKS.get(name, 0.5), abs=2e-5)
    assert sound(name).digest == loaded.digest and len(loaded.digest) == 16


def test_no_two_samples_are_the_same():
    assert len({sound(name).digest for name in SOUNDS}) == len(SOUNDS)


@pytest.mark.parametrize("name, level", LOUDNESS.items())
def test_a_recording_has_its_level_and_no_offset(name, level):
    values = sound(name).values.double().numpy()
    assert rms(values) == pytest.approx(level, abs=1e-4)
    assert np.abs(values.mean(axis=1)).max() < 2e-3 and np.abs(values).max() == 0.5
    assert np.abs(values[:, -1]).max() < 1e-3  # ends without a click


def test_every_drum_is_over_before_its_echo_after_a_quarter_second():
    """At each half second a hit, at each quarter after it nearly nothing: an echo of 250 ms stands alone."""
    drums = np.abs(channel("drums"))
    for hit in range(8):
        start = hit * RATE // 2
        struck = drums[start : start + RATE // 10].max()
        before_echo = drums[start + 2400 * RATE // 10_000 : start + RATE // 4].max()
        assert struck > 0.3 and before_echo < 0.25 * struck, hit
        assert drums[start + RATE // 4 : start + RATE // 2 - 200].max() < 0.25 * struck, hit


def test_the_drums_with_an_echo_stay_below_full_scale():
    drums, delay = channel("drums"), RATE // 4
    echoed = np.concatenate([drums, np.zeros(delay)]) + 0.6 * np.concatenate([np.zeros(delay), drums])
    assert 0.45 < np.abs(echoed).max() < 0.7


def test_the_prelude_begins_with_a_c_and_is_in_stereo():
    left, right = sound("music").values.double().numpy()
    assert not np.array_equal(left, right)
    first = spectrum(left[: RATE // 8] * np.hanning(RATE // 8))  # one sixteenth lasts 0.15 s
    assert np.argmax(first[20:60]) + 20 == pytest.approx(261.6 / 8, abs=1)  # steps of 8 Hz


def test_speech_has_pauses_and_a_voice():
    voice = channel("speech")
    frames = np.sqrt(np.mean(voice[: len(voice) // 441 * 441].reshape(-1, 441) ** 2, axis=1))
    assert (frames < 0.003).mean() > 0.05 and (frames > 0.05).mean() > 0.3
    loud = spectrum(voice)
    assert (loud[: int(4000 * len(voice) / RATE)] ** 2).sum() > 0.9 * (loud**2).sum()


def test_the_sine_is_one_line_of_one_half():
    lines = spectrum(channel("sine"))
    assert np.argmax(lines) == 880 and lines[880] == pytest.approx(0.5, abs=1e-7)
    assert np.delete(lines, 880).max() < 1e-8
    assert rms(channel("sine")) == pytest.approx(0.5 / np.sqrt(2), abs=1e-7)


def test_an_average_of_three_leaves_nothing_of_the_sine_at_a_third():
    values = sound("sine-third").values[0]
    assert values[:6].tolist() == [0, 0.25, -0.25] * 2
    assert (values[:-2] + values[1:-1] + values[2:]).abs().max() == 0
    third = np.float32(1) / np.float32(3)
    averaged = torch.nn.functional.conv1d(values[None, None], torch.full((1, 1, 3), float(third)))
    assert averaged.abs().max() == 0
    lines = spectrum(values.double().numpy())
    assert np.argmax(lines) == 2 * RATE // 3 and np.delete(lines, np.argmax(lines)).max() < 1e-12


@pytest.mark.parametrize("second", [0.5, 1, 2.5, 4, 5.5])
def test_the_sweep_rises_by_3330_hertz_a_second(second):
    values = channel("sweep")
    at, width = int(second * RATE), 2048
    lines = spectrum(values[at - width // 2 : at + width // 2] * np.hanning(width))
    assert np.argmax(lines) * RATE / width == pytest.approx(20 + 3330 * second, abs=120)


def test_the_sweep_holds_all_frequencies_and_begins_and_ends_softly():
    values = channel("sweep")
    lines = spectrum(values)[: 20_000 * 6]
    inner = lines[100 * 6 : 19_800 * 6]
    assert inner.max() < 1.5 * np.median(inner) and inner.min() > 0.6 * np.median(inner)
    assert np.abs(values[[0, 1, -2, -1]]).max() < 0.003 and rms(values) == pytest.approx(0.3535, abs=1e-3)


def test_the_click_is_one_sample_and_holds_all_frequencies_alike():
    values = channel("impulse")
    assert values.nonzero()[0].tolist() == [RATE // 4] and values.sum() == 1
    assert np.ptp(np.abs(np.fft.rfft(values))) < 1e-12


def test_the_square_wave_jumps_220_times_a_second_and_its_overtones_fold_back():
    values = channel("square")
    assert set(values) == {-0.25, 0.25} and abs(values.mean()) < 1e-3
    assert (np.diff(values) > 0).sum() in (439, 440)
    lines = spectrum(values)
    assert np.argmax(lines) == 440 and lines[440] == pytest.approx(0.25 * 4 / np.pi, rel=1e-3)
    assert lines[3 * 440] == pytest.approx(lines[440] / 3, rel=1e-2)
    assert lines[2 * (220 * 201 - 44_100)] > 1e-3  # overtone 201 at 44220 Hz comes back at 120 Hz


def test_noise_is_seeded_uniform_and_white():
    values = channel("noise")
    assert np.allclose(values[:3], NOISE_BEGINS, atol=1e-7)
    assert abs(values.mean()) < 0.003 and values.var() == pytest.approx(1 / 12, abs=1e-3)
    bands = (spectrum(values)[1:44_001] ** 2).reshape(11, -1).mean(axis=1)
    assert bands.max() < 1.1 * bands.min()


def test_the_sounds_are_small():
    assert sum(p.stat().st_size for p in (ASSETS / "sounds").iterdir()) < 2 * 2**20


@pytest.mark.parametrize("name", ["cat", "", "../drums", "{x}"])
def test_an_unknown_sample_is_refused_in_words(name):
    with pytest.raises(MediaError) as caught:
        sound(name)
    assert str(caught.value) == (
        f"no sample sound is called {name!r}; choose one of:"
        " drums, impulse, music, noise, sine, sine-third, speech, square, sweep"
    )
