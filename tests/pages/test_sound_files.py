"""One's own sound and one's own room: every file is heard as it is, or refused in one sentence."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import soundfile
import streamlit
import torch
from media.making import encode as picture
from media.making import levels, npy
from media.sounding import encode, tone, wav

from playground.media import samples
from playground.media.audio_file import load_audio
from playground.media.types import digest_of
from playground.ops.resample import resample
from playground.ui import show_sound
from playground.ui.state import FIRST_RESPONSE

from .hearing import control, has, is_right, listen, press, recipe_text, tells_the_truth, turn
from .visiting import calm, facts, heading, notes, sentence

RATE = 44_100
MINE = encode(tone(4000), "WAV", "PCM_16")
IN_NO_LINK = "Your own sound is not in the link; whoever opens it hears the drums with these settings."


def upload(at, data: bytes, name: str = "mine.wav"):
    at.file_uploader(key="audio_upload").set_value((name, data, "application/octet-stream"))
    return at.run()


def record(at, data: bytes):
    at.audio_input(key="audio_microphone").set_value(("audio.wav", data, "audio/wav"))
    return at.run()


def shown(at, data: bytes, name: str = "mine.wav", **options: int):
    """Assert that the page is about what the recipe makes of this very file."""
    assert control(at, "source").value == "own" == at.query_params["source"]
    assert control(at, "source").options[-1] == name
    assert IN_NO_LINK in notes(at)
    return tells_the_truth(at, load_audio(data, name, **options))


# --- files that are no sounds --------------------------------------------------------------------

NOT_A_NUMBER = np.zeros((1, 100), np.float32)
NOT_A_NUMBER[0, 50] = np.nan
BAD = {
    "empty": (b"", "empty.wav", "this file is empty"),
    "a WAV cut off in its header": (MINE[:30], "cut.wav", ""),
    "a FLAC cut off": (encode(tone(), "FLAC", "PCM_16")[:60], "cut.flac", "FLAC"),
    "an MP3 cut off": (encode(tone(), "MP3", "MPEG_LAYER_III")[:40], "cut.mp3", ""),
    "text called WAV": (b"Dear drums,\nthis is no sound.\n", "letter.wav", "text"),
    "M4A": (struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"M4A ", 0, b"isom", b"M4A ") + bytes(99), "phone.m4a", "M4A"),
    "WebM": (b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm" + bytes(99), "phone.webm", "save its sound as WAV"),
    "NaN": (encode(NOT_A_NUMBER, "WAV", "FLOAT"), "nan.wav", "1 of its 100 samples are NaN"),
    "1 Hz": (wav(np.ones((1, 9), int), 16, rate=1), "slow.wav", "sample rate of 1 Hz"),
    "10 MHz": (wav(np.ones((1, 9), int), 16, rate=10**7), "fast.wav", "sample rate of 10,000,000 Hz"),
    "no samples": (wav(np.ones((1, 0), int), 16), "none.wav", "no samples"),
    "a picture": (picture(levels(20, 30, 3), "PNG"), "cat.png", "is a picture, not a sound"),
    "a three-dimensional array": (npy(np.zeros((2, 2, 2))), "three.npy", ""),
}  # fmt: skip


@pytest.fixture(scope="module")
def careful():
    """A visitor with settings and a sound of their own, who then tries bad files."""
    at = listen(recipe="moving-average.stride_2", play="old-rate")
    return calm(upload(at, MINE))


@pytest.mark.parametrize("data, name, words", BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_one_sentence_and_nothing_changes(careful, data, name, words):
    address, seen = dict(careful.query_params), heading(careful)
    upload(careful, data, name)
    assert words.lower() in sentence(careful).lower()
    assert not sentence(careful)[0].islower()
    assert careful.query_params == address and heading(careful) == seen
    upload(careful, MINE)  # a good one ends the complaint
    shown(careful, MINE)


def test_a_bad_file_as_the_first_one_leaves_the_drums():
    at = upload(listen(), b"Dear drums,\n", "letter.wav")
    sentence(at)
    assert at.query_params == {} and control(at, "source").options[-1] == "White noise"
    at.file_uploader(key="audio_upload").clear()
    is_right(at.run())


def test_a_file_of_more_bytes_than_allowed_is_refused(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_FILE_BYTES", str(2**20))
    at = upload(listen(source="impulse"), bytes(3 * 2**20), "big.wav")
    assert sentence(at) == "Big.wav has 3 MB; files up to 1 MB are accepted"


# --- files that are unusual ----------------------------------------------------------------------

QUIET = np.round(3000 * tone(2000)).astype(int)
GOOD = {
    "one sample": (wav(np.array([[1000]]), 16), "one.wav", "1 samples, 2.268e-05 s at 44100 Hz → 11026", ()),
    "8 bits": (wav(QUIET // 100, 8), "eight.wav", "2000 samples", ()),
    "24 bits": (encode(tone(2000), "WAV", "PCM_24"), "deep.wav", "2000 samples", ()),
    "96 kHz in six channels": (
        encode(tone(2000, 6), "WAV", "PCM_16", rate=96_000), "surround.wav", "2000 samples, 0.02083 s at 96000 Hz",
        ("Heard are the first two of 6 channels; files hold all.",),
    ),
    "a header that announces too much": (
        wav(QUIET, 16, announced=10**6), "lying.wav", "2000 samples",
        ("Its header announces 250,000 samples but the file holds 2,000; these are used",),
    ),
    "MP3": (encode(tone(9000), "MP3", "MPEG_LAYER_III"), "a.mp3", "", ()),
    "OGG": (encode(tone(9000), "OGG", "VORBIS"), "a.ogg", "9000 samples", ()),
    "FLAC called WAV": (encode(tone(2000), "FLAC", "PCM_16"), "flac.wav", "2000 samples", ()),
    "louder than full scale": (encode(5 * tone(2000), "WAV", "FLOAT"), "loud.wav", "2000 samples", ()),
}  # fmt: skip


@pytest.mark.parametrize("data, name, length, said", GOOD.values(), ids=GOOD)
def test_an_unusual_sound_is_shown_with_what_was_done_to_it(data, name, length, said):
    at = upload(listen(), data, name)
    shown(at, data, name)
    assert facts(at).startswith(length)
    for words in said:
        assert words in notes(at)
    turn(at, "family", "muffle")
    shown(at, data, name)


def test_an_array_is_heard_at_the_rate_that_was_asked():
    data = npy(tone(3000, 1)[0])
    at = upload(listen(), data, "array.npy")
    shown(at, data, "array.npy")
    turn(at, "npy_rate", 8000)
    shown(at, data, "array.npy", rate=8000)
    assert facts(at).startswith("3000 samples, 0.375 s at 8000 Hz → 5000 samples, 0.625 s at 8000 Hz")


def test_twenty_minutes_of_silence_are_shown_as_silence(tmp_path, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_SOFT_SECONDS", "1200")
    file = tmp_path / "silence.flac"
    soundfile.write(file, np.zeros(20 * 60 * 3000, np.int16), 3000)
    at = upload(listen(recipe="moving-average.size_3"), file.read_bytes(), "silence.flac")
    tells_the_truth(at, load_audio(file.read_bytes(), "silence.flac"))
    assert "3600000 samples, 1200 s at 3000 Hz" in facts(at) and "peak −∞ → −∞ dBFS" in facts(at)


def test_a_sound_over_the_soft_limit_is_cut_with_a_notice(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_SOFT_SECONDS", "1")
    data = encode(tone(70_000), "WAV", "PCM_16")
    at = upload(listen(), data)
    assert shown(at, data).records[0].input_shape == (2, 48_000)
    assert any(note.startswith("Cut from 1.59 to 1.09 seconds") for note in notes(at))


def test_below_what_a_browser_plays_a_copy_is_heard_and_said():
    data = encode(tone(8000, 1, rate=8000), "WAV", "PCM_16", rate=8000)
    at = upload(listen(recipe="identity.stride_4"), data)
    assert shown(at, data).rate == 2000
    assert ("2000 Hz is beyond what a browser plays: you hear a copy at 6000 Hz; the download keeps the rate."
            in notes(at))  # fmt: skip
    turn(at, "play", "old_rate")
    assert not [note for note in notes(at) if "beyond what a browser plays" in note]


def test_a_recording_is_shown_and_does_not_fight_with_a_file():
    file, voice = MINE, encode(tone(3000, 1, rate=48_000), "WAV", "PCM_16", rate=48_000)
    at = record(listen(), voice)
    shown(at, voice, "audio.wav")
    upload(at, file)
    shown(at, file)
    shown(at.run(), file)
    turn(at, "source", "impulse")
    is_right(at)
    turn(at, "source", "own")
    shown(at, file)


def test_an_own_sound_that_is_not_here_gives_way_to_the_drums_and_that_is_said():
    at = listen(source="own", recipe="comb")
    tells_the_truth(at, samples.sound("drums"))
    assert (
        "This link was made with a file that is not included: load yours with Use mine. Until then here are the drums"
        " with the same settings."
        in notes(at)
    )
    turn(at, "source", "impulse")
    is_right(at)


# --- an impulse response -------------------------------------------------------------------------


def room(length: int = 500, channels: int = 1, *, seed: int = 0) -> np.ndarray:
    """Decaying noise.  Shape: ``(C, T)``, float32."""
    noise = np.random.default_rng(seed).normal(size=(channels, length))
    return (0.2 * noise * np.exp(-np.arange(length) / (length / 5))).astype(np.float32)


def respond(at, data: bytes, name: str = "room.wav"):
    at.file_uploader(key="audio_response_file").set_value((name, data, "application/octet-stream"))
    return at.run()


def own_room(**params: str):
    """A visitor who has chosen "Your own room" and loaded nothing yet."""
    at = listen(**params)
    turn(at, "family", "own")
    return turn(at, "member_own", "response")


def wav_of(values: np.ndarray, *, rate: int = RATE) -> bytes:
    return encode(values, "WAV", "FLOAT", rate=rate)


def answers(at, data: bytes, taps: torch.Tensor, *, scale: str = "energy", rate: int = RATE, medium=None):
    """Assert that the page is about the convolution with ``taps``, which the address names by a digest."""
    digest = digest_of(data + f" {rate} {scale}".encode())
    assert recipe_text(at).startswith(f"conv1d.flip-kernel_yes.kernel_digest_{digest}.padding_full")
    assert heading(at) == "Your sound in your own room"
    assert "Your impulse response is not in the link; whoever opens it is asked to load it." in notes(at)
    assert " · tail kept · " in facts(at)
    return tells_the_truth(at, medium, {digest: taps})


def scaled(values: np.ndarray, scale: str = "energy") -> torch.Tensor:
    """What is asked of a response, by numpy, as the engine takes it."""
    x = values.astype(np.float64)
    size = {"energy": np.sqrt(np.mean(np.sum(x**2, axis=1))), "peak": np.abs(x).max(), "none": 1}[scale]
    taps = torch.from_numpy(x / size)
    return taps[0] if len(taps) == 1 else taps[:, None]


def test_ones_own_room_begins_as_the_identity_and_asks_for_a_file():
    at = own_room(source="square")
    assert heading(calm(at)) == "Your own room: load its impulse response"
    result = tells_the_truth(at, None, {FIRST_RESPONSE.digest: torch.ones(1, dtype=torch.float64)})
    assert result.output.equal(samples.sound("square").values)
    assert not [note for note in notes(at) if "asked to load it" in note]
    again = calm(listen(**dict(at.query_params)))  # nothing is missing from its link
    assert heading(again) == heading(at)


def test_a_response_is_scaled_as_asked_and_the_address_names_it():
    values = room()
    data, at = wav_of(values), own_room(source="square")
    answers(respond(at, data), data, scaled(values))
    assert control(at, "response_scale").options == ["Energy 1", "Peak 1", "As it is"]
    for scale in ("peak", "none", "energy"):
        turn(at, "response_scale", scale)
        answers(at, data, scaled(values, scale), scale=scale)


def test_energy_1_keeps_the_level_of_noise():
    at = respond(own_room(source="noise"), wav_of(room(2000, seed=1)))
    digest = recipe_text(at).split("digest_")[1].split(".")[0]
    taps = at.session_state["audio.responses"][digest]
    assert float(taps.square().sum()) == pytest.approx(1)


def test_a_response_of_another_rate_is_resampled_with_a_notice():
    values = room(300)
    data = wav_of(values, rate=22_050)
    at = respond(own_room(source="square"), data)
    taps = resample(torch.from_numpy(values), source_rate=22_050, target_rate=RATE).numpy()
    answers(at, data, scaled(taps))
    assert "Resampled from 22050 to 44100 Hz, the sound's rate" in notes(at)


def test_a_response_follows_the_sound_to_another_rate_also_after_another_kernel():
    values = room(300)
    data, slow = wav_of(values), encode(tone(3000, 1, rate=22_050), "WAV", "PCM_16", rate=22_050)
    at = respond(own_room(source="square"), data)
    turn(at, "response_scale", "peak")
    turn(at, "family", "echo")
    upload(at, slow)
    turn(at, "family", "own")
    taps = resample(torch.from_numpy(values), source_rate=RATE, target_rate=22_050).numpy()
    answers(at, data, scaled(taps, "peak"), scale="peak", rate=22_050, medium=load_audio(slow, "mine.wav"))
    assert control(at, "response_scale").value == "peak"


@pytest.mark.parametrize("channels", [1, 2])
def test_a_response_of_one_channel_serves_both_and_of_two_each_its_own(channels):
    values = room(300, channels)
    data, at = wav_of(values), own_room()
    upload(at, MINE)
    medium = load_audio(MINE, "mine.wav")
    result = answers(respond(at, data), data, scaled(values), medium=medium)
    taps = scaled(values).reshape(channels, -1).numpy()
    for channel in range(2):
        expected = np.convolve(medium.values[channel].double().numpy(), taps[channel % channels])
        np.testing.assert_allclose(result.output[channel], expected, atol=1e-5)


@pytest.mark.parametrize("length", [3, 12])
def test_a_short_response_of_two_channels_has_its_kernel_drawn(length):
    data, at = wav_of(room(length, 2)), own_room()
    upload(at, MINE)
    medium = load_audio(MINE, "mine.wav")
    answers(respond(at, data), data, scaled(room(length, 2)), medium=medium)


def test_a_response_of_three_channels_for_a_sound_of_two_is_refused_in_one_sentence():
    at = own_room()
    upload(at, MINE)
    respond(at, wav_of(room(300, 3)))
    assert sentence(at) == (
        "This kernel has 3 channels and the input 2; load one with a single channel, or with as many as the input"
    )
    turn(at, "family", "echo")
    shown(at, MINE)


@pytest.mark.parametrize("data, words", [
    (wav_of(np.zeros((1, 50), np.float32)), "This impulse response is silent; send one with a sound in it"),
    (b"", "This file is empty"), (b"Dear room,\n", "text"), (picture(levels(9, 9, 3), "PNG"), "is a picture"),
])  # fmt: skip
@pytest.mark.parametrize("scale", ["energy", "none"])
def test_a_bad_response_is_refused_in_one_sentence_and_the_one_before_stays(data, words, scale):
    values = room(50)
    good, at = wav_of(values), own_room(source="impulse")
    turn(at, "response_scale", scale)
    answers(respond(at, good), good, scaled(values, scale), scale=scale)
    address = dict(at.query_params)
    respond(at, data)
    assert words in sentence(at) and at.query_params == address
    answers(respond(at, good, "again.wav"), good, scaled(values, scale), scale=scale)


def test_a_response_of_too_many_samples_is_refused(monkeypatch):
    data = encode(np.ones((1, 2**20 + 1), np.float32) / 2, "FLAC", "PCM_16")
    at = respond(own_room(source="impulse"), data)
    assert "has 1048577 samples; at most 1048576 are accepted" in sentence(at)


def test_a_response_may_be_longer_than_the_sound():
    values, short = room(5000), wav(QUIET[:1, :100], 16)
    data, at = wav_of(values), own_room()
    upload(at, short)
    result = answers(respond(at, data), data, scaled(values), medium=load_audio(short, "mine.wav"))
    assert result.output.shape == (1, 5099)


def test_the_link_of_a_response_asks_a_new_visitor_to_load_it_and_then_shows_the_same(monkeypatch):
    heard = []
    encode = show_sound.player_bytes
    monkeypatch.setattr(show_sound, "player_bytes", lambda x, rate: heard.append(x.shape[-1]) or encode(x, rate))
    values = room()
    data, at = wav_of(values), own_room(source="square")
    output = answers(respond(at, data), data, scaled(values)).output
    streamlit.cache_resource.clear()  # AppTest takes all visitors for one
    streamlit.cache_data.clear()
    again = listen(**dict(at.query_params))
    missing = "This link was made with an impulse response that is not in it: load yours below. Until then the sound"
    assert f"{missing} passes as it is." in notes(calm(again))
    assert heading(again) == "Your sound in your own room" and has(again, "response_scale")
    heard.clear()
    respond(again, data)
    assert output.shape[-1] in heard, "the player must not keep the sound as it was without the response"
    assert again.query_params == at.query_params
    assert answers(again, data, scaled(values)).output.equal(output)
    other = listen(**dict(at.query_params))
    turn(other, "family", "thin")
    is_right(other)


def test_after_a_reset_ones_own_room_is_empty_again():
    values = room()
    data, at = wav_of(values), own_room(source="square")
    answers(respond(at, data), data, scaled(values))
    press(at, "reset")
    is_right(at)
    turn(at, "family", "own")
    turn(at, "member_own", "response")
    calm(at)
