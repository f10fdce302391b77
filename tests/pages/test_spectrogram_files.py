"""Sounds and pictures of one's own on the spectrogram page, and everything that cannot be heard: one sentence each."""

from __future__ import annotations

import struct

import numpy as np
import pytest
from media.making import encode as picture
from media.making import levels, npy
from media.sounding import encode

from playground.media import samples
from playground.media.audio_file import load_audio
from playground.media.image_file import load_image
from playground.recipe.text import from_text
from playground.ui import address

from .seeing import (
    IN_NO_LINK,
    MEDIUM,
    MINE,
    PAGE,
    SHORT,
    control,
    link,
    melody,
    owner,
    press,
    recipe_text,
    said,
    see,
    shows_the_levels,
    tells_the_truth,
    turn,
    upload,
    wav,
)
from .visiting import calm, facts, go, heading, notes, plain, sentence

BOX = f"{SHORT}~box.size_1_9~istft"
DRAWING = picture(levels(20, 30, 3), "PNG")
QUICK_PICTURE = "picture-spectrum.high_4000.n-fft_256.sample-rate_8000.seconds_0.5"

MISSING = (
    "This link was made with a file that is not included: load yours with Use mine. Until then here is a voice with the"
    " same settings."
)



@pytest.fixture(scope="module")
def mine():
    """A visitor with a short sound of their own."""
    return owner()


def begin(at, recipe: str = BOX):
    """Back to the own sound ``MINE`` and this recipe, where the visitor has gone elsewhere."""
    if at.session_state["audio.own"].digest != MEDIUM.digest:
        upload(at)
    if at.error or dict(at.query_params) != {"source": "own", "recipe": recipe}:
        link(at, recipe)
    return at


def sight(at) -> str:
    """All texts and the payload of the page, in one piece."""
    bodies = [plain(each.proto.body) for each in at.main.get("html")]
    outer, header, _ = said(at)
    return " ".join([*bodies, *(each.value for each in at.caption), str(outer), str(header)])


def finite(at) -> None:
    """No infinity and no NaN is written anywhere or drawn."""
    text = sight(at).replace("−∞", "").lower()
    for word in (" nan", "nan ", "inf ", "-inf", ": nan", "infinity"):
        assert word not in text, word
    for panel in said(at)[2]:
        assert np.isfinite(panel).all() and panel.min() >= -140


# --- files that are none -------------------------------------------------------------------------

NOT_A_NUMBER = np.zeros((1, 100), np.float32)
NOT_A_NUMBER[0, 50] = np.nan
BAD = {
    "empty": (b"", "empty.wav", "this file is empty"),
    "a WAV cut off in its header": (MINE[:30], "cut.wav", ""),
    "text called WAV": (b"Dear voice,\nthis is no sound.\n", "letter.wav", "text"),
    "M4A": (struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"M4A ", 0, b"isom", b"M4A ") + bytes(99), "phone.m4a", "M4A"),
    "NaN": (encode(NOT_A_NUMBER, "WAV", "FLOAT"), "nan.wav", "1 of its 100 samples are NaN"),
    "a picture": (DRAWING, "cat.png", "is a picture, not a sound"),
    "a three-dimensional array": (npy(np.zeros((2, 2, 2))), "three.npy", ""),
}
BAD_PICTURES = {
    "empty": (b"", "empty.png", "this file is empty"),
    "a PNG cut off": (DRAWING[:50], "cut.png", ""),
    "a sound": (MINE, "mine.wav", ""),
    "text called PNG": (b"Dear cat,\n", "letter.png", ""),
}


@pytest.mark.parametrize("data, name, words", BAD.values(), ids=BAD)
def test_a_bad_sound_is_refused_in_one_sentence_and_nothing_changes(mine, data, name, words):
    link(mine, BOX)
    before, seen = dict(mine.query_params), heading(mine)
    upload(mine, data, name)
    assert words.lower() in sentence(mine).lower()
    assert mine.query_params == before and heading(mine) == seen
    assert mine.session_state["audio.own"].digest == MEDIUM.digest


def test_a_good_file_ends_the_complaint_about_a_bad_one(mine):
    upload(mine, b"letters", "letter.wav")
    sentence(mine)
    upload(mine)
    tells_the_truth(mine)


@pytest.mark.parametrize("data, name, words", BAD_PICTURES.values(), ids=BAD_PICTURES)
def test_a_bad_picture_is_refused_in_one_sentence_and_nothing_changes(mine, data, name, words):
    link(mine, BOX)
    before = dict(mine.query_params)
    upload(mine, data, name, picture=True)
    assert words.lower() in sentence(mine).lower()
    assert mine.query_params == before
    mine.file_uploader(key="spectrogram_picture").clear()
    tells_the_truth(mine.run())


def test_a_file_of_more_bytes_than_allowed_is_refused(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_FILE_BYTES", str(2**20))
    at = upload(see(source="impulse"), bytes(3 * 2**20), "big.wav")
    assert sentence(at) == "Big.wav has 3 MB; files up to 1 MB are accepted"


# --- one's own sound -----------------------------------------------------------------------------


def test_an_own_sound_is_named_and_said_not_to_be_in_the_link(mine):
    link(mine, BOX)
    tells_the_truth(mine)
    assert "mine.wav" in control(mine, "source").options and control(mine, "source").value == "own"
    assert IN_NO_LINK in notes(mine)
    assert said(mine)[0]["label"].startswith("Spectrograms of mine.wav: input 0.75 seconds, 0 to 4000 Hz; ")
    turn(mine, "source", "impulse")
    assert IN_NO_LINK not in notes(mine)
    tells_the_truth(mine)


def test_an_own_sound_that_is_not_here_gives_way_to_a_voice_and_that_is_said():
    at = see(source="own", recipe="stft~sharpen~istft")
    tells_the_truth(at, samples.sound("speech"))
    assert MISSING in notes(at)
    at = go(at, PAGE, source="picture-own", recipe=f"{QUICK_PICTURE}~identity~griffin-lim.iterations_1")
    tells_the_truth(at, samples.picture("cat"))
    assert MISSING.replace("a voice", "the cat") in notes(at)


def test_a_recording_is_shown(mine):
    voice = wav(melody(1, 4000, rate=48_000), rate=48_000)
    mine.audio_input(key="spectrogram_microphone").set_value(("audio.wav", voice, "audio/wav"))
    mine.run()
    tells_the_truth(mine, load_audio(voice, "audio.wav"))
    upload(mine, MINE, "again.wav")
    tells_the_truth(mine)


def test_an_array_is_heard_at_the_rate_that_was_asked():
    data = npy(melody(1, 3000)[0])
    at = upload(see(recipe=BOX), data, "array.npy")
    tells_the_truth(at, load_audio(data, "array.npy", rate=44_100))
    turn(at, "npy_rate", 8000)
    tells_the_truth(at, load_audio(data, "array.npy", rate=8000))
    assert facts(at).startswith("0.375 s → 0.375 s at 8000 Hz · ")


@pytest.mark.parametrize("rate, window", [(8000, "32 ms, hop 8 ms, 31.2 Hz"), (192_000, "1.33 ms, hop 0.333 ms, 750 Hz")])
def test_slow_and_fast_files_have_their_own_hz_and_milliseconds(rate, window):
    data = wav(melody(1, 9000, rate=rate), rate=rate)
    at = upload(see(recipe=BOX), data)
    medium = load_audio(data, "mine.wav")
    tells_the_truth(at, medium)
    assert f" · window {window} per bin · " in facts(at)
    shows_the_levels(at, medium)
    turn(at, "axis", "mel")
    tells_the_truth(at, medium)
    finite(at)


def test_a_name_is_text_and_leads_nowhere():
    at = upload(see(recipe=BOX), MINE, "<b>[win](http://x)</b>.wav")
    tells_the_truth(at)
    assert "<b>" not in "".join(each.proto.body for each in at.main.get("html"))
    press(at, "compare")
    calm(at)


# --- short and silent ----------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2, 255])
@pytest.mark.parametrize("recipe", [BOX, "stft~sharpen~istft", f"{SHORT}~harmonic~griffin-lim.iterations_2"])
def test_a_sound_shorter_than_a_window_is_shown_and_heard(mine, count, recipe):
    data = wav(melody(1, 6000)[:, 1000 : 1000 + count])
    upload(mine, data)
    link(mine, recipe)
    medium = load_audio(data, "mine.wav")
    result = tells_the_truth(mine, medium)
    assert result.output.shape[-1] == count
    finite(mine)
    for key, value in (("axis", "log"), ("axis", "mel")):
        turn(mine, key, value)
        tells_the_truth(mine, medium)
        finite(mine)


def test_one_sample_is_shown_at_every_stride(mine):
    data = wav(np.array([[0.25]], np.float32))
    medium = load_audio(data, "mine.wav")
    upload(mine, data)
    for stride in ("2", "1-2", "1_2", "1_1-4"):
        link(mine, f"{SHORT}~identity.stride_{stride}~istft")
        tells_the_truth(mine, medium)
        finite(mine)
    press(mine, "compare")
    calm(mine)


def test_without_a_centre_a_short_sound_has_no_window_and_that_is_said(mine):
    upload(mine, wav(melody(1, 200)))
    link(mine, "stft.center_no.n-fft_256~box~istft")
    assert sentence(mine) == "The sound has 200 samples and the window 256; use center, or a smaller n_fft"
    turn(mine, "center", True)
    tells_the_truth(mine, load_audio(wav(melody(1, 200)), "mine.wav"))


@pytest.mark.parametrize("inverse", ["istft", "griffin-lim.iterations_3"])
def test_silence_is_shown_as_silence(mine, inverse):
    data = wav(np.zeros((2, 3000), np.float32))
    medium = load_audio(data, "mine.wav")
    upload(mine, data)
    for step in ("box", "harmonic", "decibels~sharpen~amplitude", "sobel-x", "identity~mask.low_100"):
        link(mine, f"{SHORT}~{step}~{inverse}")
        assert not tells_the_truth(mine, medium).output.any()
        assert "peak −∞ → −∞ dBFS · RMS −∞ → −∞ dBFS" in facts(mine)
        finite(mine)
        for panel in said(mine)[2]:
            assert (panel == -140).all()
        low, high = said(mine)[1]["range"]
        assert low < high and low >= -14_000
    turn(mine, "shows", "difference")
    tells_the_truth(mine, medium)
    assert not said(mine)[2][0].any()
    turn(mine, "axis", "mel")
    finite(mine)
    press(mine, "compare")
    calm(mine)
    assert "silence, both ways" in sight(mine)


def test_a_silent_picture_is_heard_as_silence(mine):
    upload(mine, picture(np.zeros((9, 9, 3), np.uint8), "PNG"), "black.png", picture=True)
    go(mine, PAGE, source="picture-own", recipe=f"{QUICK_PICTURE}~box~griffin-lim.iterations_2")
    calm(mine)
    assert "peak −∞ → −∞ dBFS" in facts(mine)
    finite(mine)


def test_both_of_two_channels_that_would_cancel_are_seen(mine):
    one = melody()
    data = wav(np.concatenate([one, -one]))
    medium = load_audio(data, "mine.wav")
    upload(mine, data)
    link(mine, BOX)
    tells_the_truth(mine, medium)
    assert " · the louder channel shown · " in facts(mine)
    shows_the_levels(mine, medium)
    before = said(mine)[2][0]
    assert before.max() > -25
    turn(mine, "mix", "mono")
    assert not tells_the_truth(mine, medium).output.any()  # what mixing makes of it
    finite(mine)


def test_of_six_channels_the_loudest_is_shown(mine):
    data = encode(melody(6) * np.linspace(0.1, 1, 6, dtype=np.float32)[:, None], "WAV", "PCM_16", rate=8000)
    medium = load_audio(data, "mine.wav")
    upload(mine, data)
    link(mine, BOX)
    tells_the_truth(mine, medium)
    assert " · the loudest channel shown · " in facts(mine)
    shows_the_levels(mine, medium)


def test_what_is_beyond_full_scale_is_warned_of():
    data = wav(5 * melody())
    at = upload(see(recipe=f"{SHORT}~identity~istft"), data)
    tells_the_truth(at, load_audio(data, "mine.wav"))
    assert len(at.warning) == 1


# --- one's own picture ---------------------------------------------------------------------------


def test_an_own_picture_is_heard_and_shared_between_the_pages(mine):
    upload(mine, DRAWING, "drawing.png", picture=True)
    assert mine.query_params["source"] == "picture-own"
    go(mine, PAGE, source="picture-own", recipe=f"{QUICK_PICTURE}~sharpen~griffin-lim.iterations_2")
    tells_the_truth(mine, load_image(DRAWING, "drawing.png"))
    assert (
        "Your own picture is not in the link; whoever opens it hears the cat with these settings." in notes(mine)
    )
    assert control(mine, "source").options[-1] == "Picture: drawing.png"
    shows_the_levels(mine, load_image(DRAWING, "drawing.png"))
    go(mine, "pages/image.py")
    assert "drawing.png" in calm(mine).main.get_by_key("image_source").options
    go(mine, PAGE, source="own", recipe=BOX)
    calm(mine)


# --- what cannot be computed ---------------------------------------------------------------------

IMPOSSIBLE = {
    "a hop longer than the window": (
        "stft.hop-length_1024.n-fft_512~box~istft",
        "hop_length=1024 leaves 512 of every 1024 samples outside every window of 512; no inverse can know them: use a"
        " hop_length of at most 509",
    ),
    "a window that leaves samples without weight": (
        "stft.hop-length_256.n-fft_256~box~istft",
        "hop_length=256 leaves 1 of every 256 samples without weight in every hann window of 256; no inverse can know"
        " them: use a hop_length of at most 255",
    ),
    "the same for Griffin-Lim": (
        "stft.hop-length_1024.n-fft_512~box~griffin-lim",
        "hop_length=1024 leaves 512 of every 1024 samples outside every window of 512; no inverse can know them: use a"
        " hop_length of at most 509",
    ),
    "a window longer than n_fft": (
        "stft.n-fft_256.win-length_500~box~istft",
        "win_length=500 is longer than n_fft=256; use a win_length of at most 256",
    ),
    "edges that are exchanged": (
        f"{SHORT}~identity~mask.high_100.low_200~istft",
        "Low=200 Hz is after high=100 Hz and nothing is between; exchange the two",
    ),
    "decibels on their way to a sound": (
        f"{SHORT}~decibels~box~istft", "Istft needs magnitudes; these are decibels: put amplitude in front of it",
    ),
    "bands on their way to a sound": (
        f"{SHORT}~mel~box~istft",
        "Istft needs the bins of the transform; these are bands (mel): put linear_frequency in front of it",
    ),
    "powers on their way to a sound": (
        f"{SHORT}~power~box~istft", None,
    ),
    "a sum of 0 normalised": (f"{SHORT}~sobel-x.normalise_yes~istft", None),
    "no window fits": (f"{SHORT}~box.dilation_64.padding_valid.size_9~istft", None),
}  # fmt: skip


@pytest.mark.parametrize("recipe, words", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_computed_is_said_while_the_input_is_still_shown(mine, recipe, words):
    begin(mine, recipe)
    if words is not None:
        assert sentence(mine).lower() == words.lower()
    else:
        sentence(mine)
    assert [each.proto.alt for each in mine.get("audio")] == ["Input"]
    if "win_length" not in sentence(mine):  # which makes no picture either
        assert len(said(mine)[2]) == 1 and said(mine)[1]["panels"][0]["title"] == "Input"
        finite(mine)
    assert mine.query_params == {"source": "own", "recipe": recipe}


def test_reset_mends_what_cannot_be_computed(mine):
    begin(mine, f"{SHORT}~sobel-x.normalise_yes~istft")
    sentence(mine)
    press(mine, "reset")
    tells_the_truth(mine)


def test_a_hop_that_is_too_long_can_be_mended_in_its_place(mine):
    begin(mine)
    link(mine, "stft.hop-length_1024.n-fft_512~box.size_1_9~istft")
    sentence(mine)
    turn(mine, "hop_length", 128)
    tells_the_truth(mine)
    turn(mine, "hop_length", None)
    tells_the_truth(mine)
    turn(mine, "n_fft", 256)
    assert recipe_text(mine) == BOX


def test_a_mel_axis_beyond_half_of_the_rate_is_refused_in_words_and_mended(mine):
    begin(mine)
    link(mine, BOX, axis="mel", mel="40_0_8000")
    assert "8000 Hz is above 4000 Hz, half the sample rate" in sentence(mine)
    turn(mine, "fmax", 4000.0)
    tells_the_truth(mine)
    turn(mine, "fmin", 5000.0)
    sentence(mine)
    turn(mine, "axis", "linear")
    tells_the_truth(mine)


@pytest.mark.parametrize("settings, words", [
    ("high_5000", "high=5000 Hz is above 4000 Hz, half the sample rate, where frequencies end; use at most that"),
    ("low_3000.high_2000", "low=3000 Hz and high=2000 Hz; low must be above 0 and below high"),
    ("low_100.high_101", "no bin lies between low=100 Hz and high=101 Hz"),
    ("n-fft_8000", "the sound would have 4000 samples and a window has 8000"),
    ("hop-length_300", "hop_length=300 leaves"),
])  # fmt: skip
def test_a_picture_that_cannot_be_a_sound_is_refused_in_words(mine, settings, words):
    base = "picture-spectrum.n-fft_256.sample-rate_8000.seconds_0.5" if "n-fft" not in settings else (
        "picture-spectrum.sample-rate_8000.seconds_0.5")  # fmt: skip
    base += "" if "high" in settings else ".high_4000"
    go(mine, PAGE, source="picture-counting", recipe=f"{base}.{settings}~identity~griffin-lim.iterations_1")
    assert words.lower() in sentence(mine).lower()


def test_more_work_than_a_run_may_have_is_refused_with_its_numbers(mine, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_RUN_MULTIPLY_ADDS", "1000000")
    begin(mine)
    link(mine, f"{SHORT}~box.size_99~istft")
    assert "multiply-adds" in sentence(mine)
    monkeypatch.delenv("PLAYGROUND_RUN_MULTIPLY_ADDS")
    link(mine, BOX)
    tells_the_truth(mine)


# --- addresses -----------------------------------------------------------------------------------

HOSTILE = {
    "an unknown source": ({"source": "cat"}, "source='cat' is not known; choose one of: "),
    "a way out": ({"source": "../../etc/passwd"}, "source='../../etc/passwd' is not known"),
    "an unknown picture": ({"source": "picture-x"}, "source='picture-x' is not known"),
    "an unknown axis": ({"axis": "octave"}, "axis='octave' is not known; choose one of: automatic, linear, log, mel"),
    "unknown colours": ({"map": "jet"}, "map='jet' is not known; choose one of: viridis, magma, grey"),
    "an unknown show": ({"show": "none"}, "show='none' is not known; choose one of: both, difference"),
    "an unknown kernel word": ({"kernel": "gabor"}, "kernel='gabor' is not known; choose one of: preset, any"),
    "a range of words": ({"range": "low_high"}, "range='low_high' is not understood; write numbers joined by _, such as -90_-20"),
    "a range of one": ({"range": "-90"}, "range='-90' is not understood; write numbers joined by _, such as -90_-20"),
    "an empty range": ({"range": "-20_-20"}, "range='-20_-20' is empty; the first number is below the second, such as -90_-20"),
    "a range beyond": ({"range": "-900_0"}, "range(low=-900) is out of range; expected a whole number from -140 to 40"),
    "a range without end": ({"range": "-inf_0"}, "range='-inf_0' is not understood"),
    "no bands": ({"mel": "0_0"}, "mel(n_mels=0) is out of range; expected a whole number from 1 to 1024"),
    "bands of words": ({"mel": "many"}, "mel='many' is not understood; write numbers joined by _, such as 128_0"),
    "bands below 0": ({"mel": "10_-5"}, "mel(fmin=-5.0) is out of range; expected a number from 0 to 384000"),
    "an unknown step": ({"recipe": "stft~sobl~istft"}, "step 'sobl' is not known"),
    "markup": ({"recipe": "<script>alert(1)</script>"}, "'<' has no place in a recipe"),
    "a picture's step": ({"recipe": "grey"}, "grey is not for this medium (audio)"),
    "a sound's kernel on a spectrogram": ({"recipe": "stft~echo~istft"}, "echo is not for this medium (spectrogram)"),
    "two transforms": (
        {"recipe": "stft~box~istft~stft~box~istft"},
        "this page shows one spectrogram, from stft to istft or griffin_lim; this recipe has more before or after it",
    ),
    "a step after the sound": ({"recipe": "stft~box~istft~echo"}, "this page shows one spectrogram, from stft to istft or"),
    "an inverse at first": ({"recipe": "istft"}, "istft is not for this medium (audio)"),
    "a picture with a step before": (
        {"source": "picture-cat", "recipe": "grey~picture-spectrum~box~griffin-lim"},
        "this page makes a spectrogram of a picture first; this recipe has grey before it",
    ),
    "a picture with a phase": (
        {"source": "picture-cat", "recipe": "picture-spectrum~box~istft"},
        "a picture has no phase, so istft cannot be used; griffin_lim finds one",
    ),
    "a window of no length": ({"recipe": "stft.n-fft_0~box~istft"}, "stft(n_fft=0) is out of range"),
    "too much": ({"recipe": "x" * 110_000}, "this link is 110000 characters long"),
    "too many steps": ({"recipe": "stft" + "~box" * 40}, "this recipe has 41 steps; it may have 32"),
}  # fmt: skip


@pytest.mark.parametrize("params, words", HOSTILE.values(), ids=HOSTILE)
def test_a_bad_address_is_answered_in_one_sentence_and_changes_nothing(mine, params, words):
    if mine.session_state["spectrogram.state"] != address.parse({"source": "own", "recipe": BOX}, "spectrogram"):
        begin(mine)
    state = mine.session_state["spectrogram.state"]
    go(mine, PAGE, **params)
    text = sentence(mine)
    assert text.startswith(f"This address cannot be shown: {words}"), text
    assert mine.session_state["spectrogram.state"] == state
    assert "<script>" not in "".join(each.proto.body for each in mine.main.get("html"))


def test_after_a_bad_address_everything_can_still_be_set(mine):
    begin(mine)
    go(mine, PAGE, axis="octave")
    sentence(mine)
    turn(mine, "preset", "sharpen")
    assert mine.query_params == {"source": "own", "recipe": f"{SHORT}~sharpen~istft"}
    tells_the_truth(mine)


def test_a_bad_address_as_the_first_one_shows_the_first_sight():
    at = see(axis="octave")
    sentence(at)
    assert heading(at) == "Smoothing along time: attacks smear, tones stay"
    turn(at, "axis", "log")
    assert calm(at).query_params == {"axis": "log"}


@pytest.mark.parametrize("recipe", ["stft", "stft~box", "mono", "moving-average", "stft~gain.factor_2~istft", "stft~istft"])
def test_a_recipe_that_is_not_whole_is_completed(mine, recipe):
    begin(mine)
    link(mine, recipe)
    calm(mine)
    whole = address.to_params(mine.session_state["spectrogram.state"], channels=1)["recipe"]
    names = [step.name for step in from_text(whole, "audio").steps]
    assert names.count("stft") == 1 and names[-1] == "istft"
    turn(mine, "shows", "difference")
    assert recipe_text(mine) == whole
    tells_the_truth(mine)
