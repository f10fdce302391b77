"""Every kind of sound file gives the samples that were written into it; what is none gets one sentence."""

from __future__ import annotations

import io
import os
import random
import struct
import subprocess
import sys
import threading
import time
import tracemalloc

import numpy as np
import pytest
import soundfile
import torch

from playground.errors import MediaError
from playground.media import mp3
from playground.media.audio_file import load_audio
from playground.media.image_file import load_image
from playground.media.limits import Limits
from playground.media.types import Audio, digest_of

from . import making, sounding
from .making import npy, npy_header
from .sounding import chunk, encode, extremes, fmt, riff, tone, wav
from .test_bad_files import ftyp

TEN_SECONDS = 10 * 96_000  # samples of the soft limit that some tests set


def load(data: bytes, name: str = "a file", **options) -> Audio:
    sound = load_audio(data, name, **options)
    assert isinstance(sound, Audio) and sound.kind == "audio"
    assert sound.values.dtype == torch.float32 and sound.values.ndim == 2 and sound.values.is_contiguous()
    assert type(sound.rate) is int and sound.channels == len(sound.values)
    return sound


def said(sound: Audio) -> list[str]:
    return [str(each) for each in sound.notices]


def answer(data: bytes, **options) -> str:
    begun = time.process_time()
    with pytest.raises(MediaError) as caught:
        load_audio(data, "x.wav", **options)
    assert time.process_time() - begun < 2
    sentence = str(caught.value)
    assert "\n" not in sentence and len(sentence) < 250
    return sentence


# --- exact ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_levels_of_a_wav_are_divided_by_the_lowest(bits):
    levels = extremes(bits)
    sound = load(wav(levels, bits))
    assert np.array_equal(sound.values.numpy(), (levels / 2.0 ** (bits - 1)).astype(np.float32))
    assert sound.values.min() == -1 and sound.rate == 44_100 and sound.notices == ()


LOSSLESS = [
    (form, subtype, channels)
    for form, subtypes, most in (
        ("WAV", ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"), 32),
        ("WAVEX", ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"), 32),
        ("RF64", ("PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"), 32),
        ("FLAC", ("PCM_S8", "PCM_16", "PCM_24"), 8),
    )
    for subtype in subtypes
    for channels in (1, 2, 6, 8, 32)
    if channels <= most
]


@pytest.mark.parametrize("frames", [1, 2, 12_345])
@pytest.mark.parametrize("form, subtype, channels", LOSSLESS)
def test_a_lossless_file_comes_back_as_soundfile_wrote_it(form, subtype, channels, frames):
    written = tone(frames, channels)
    sound = load(encode(written, form, subtype, rate=48_000))
    bits = {"PCM_U8": 8, "PCM_S8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}.get(subtype)
    if bits is None:
        assert np.array_equal(sound.values.numpy(), written)
    else:
        rounded = np.rint(written * (2.0 ** (bits - 1) - 1)) / 2.0 ** (bits - 1)
        assert np.abs(sound.values.numpy() - rounded).max() <= 2.0 ** (1 - bits) + 1e-9
    assert sound.rate == 48_000 and sound.channels == channels and sound.notices == ()
    assert sound.seconds == frames / 48_000


@pytest.mark.parametrize("bits, subtype", [(16, "PCM_16"), (24, "PCM_24")])
def test_a_flac_is_exact(bits, subtype):
    levels = np.random.default_rng(0).integers(-(2 ** (bits - 1)), 2 ** (bits - 1), (2, 5000))
    data = encode((levels << (32 - bits)).astype(np.int32), "FLAC", subtype)
    assert np.array_equal(load(data).values.numpy(), np.float32(levels / 2.0 ** (bits - 1)))


@pytest.mark.parametrize(
    "form, subtype, rate, worst",
    [
        ("OGG", "VORBIS", 44_100, 0.05),
        ("OGG", "OPUS", 48_000, 0.05),
        ("MP3", "MPEG_LAYER_III", 44_100, 0.05),
    ],
)
@pytest.mark.parametrize("channels", [1, 2])
def test_a_lossy_file_has_its_length_and_nearly_its_samples(form, subtype, rate, worst, channels):
    written = tone(100_000, channels, rate=rate)
    data = encode(written, form, subtype, rate=rate)
    sound = load(data)
    assert sound.values.shape == written.shape and sound.rate == rate and sound.notices == ()
    assert np.abs(sound.values.numpy() - written)[:, 5000:-5000].max() < worst
    independent, _ = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    assert np.array_equal(sound.values.numpy(), independent.T)


def test_floats_are_kept_outside_too():
    values = np.float32([[-3.5, 0, 1e-30, 2, 1e30]])
    assert np.array_equal(load(encode(values, "WAV", "FLOAT")).values.numpy(), values)


def test_a_sound_of_96_khz_with_six_channels_keeps_both():
    sound = load(encode(tone(96_000, 6), "WAV", "PCM_24", rate=96_000))
    assert (sound.rate, sound.channels, sound.seconds, sound.notices) == (96_000, 6, 1.0, ())


@pytest.mark.parametrize("rate", [1_000, 5_333, 44_101, 768_000])
def test_the_rate_is_the_files_own(rate):
    assert load(wav(extremes(16), 16, rate=rate), rate=22_050).rate == rate


@pytest.mark.parametrize("name", ["a.mp3", "a.png", "", "../a", "a\0b"])
def test_the_name_is_kept_and_not_believed(name):
    data = encode(tone(), "WAV", "PCM_16")
    sound = load(data, name)
    assert sound.name == name and sound.digest == digest_of(data)


def test_an_mp3_and_a_flac_may_follow_a_tag():
    tag = b"ID3\x04\0\0" + bytes([0, 0, 2, 0]) + bytes(256)
    for data in (encode(tone(), "MP3", "MPEG_LAYER_III"), encode(tone(), "FLAC", "PCM_16")):
        assert torch.equal(load(tag + data).values, load(data).values)


def test_an_mp3_of_varying_rate_is_read_to_its_end_without_its_first_frame():
    written = tone(200_000, 1)
    written[:, 100_000:] += np.float32(0.3 * np.random.default_rng(0).standard_normal(100_000))
    data = encode(written, "MP3", "MPEG_LAYER_III")
    assert b"Xing" in data[:100]
    bare = data[mp3.frame_length(data[:4]) :]
    independent, _ = soundfile.read(io.BytesIO(bare), dtype="float32")
    assert len(independent) != 200_000  # what libsndfile makes of it
    sound = load(bare)
    whole = load(data).values
    assert 200_000 <= sound.values.shape[1] < 204_000 and sound.notices == ()
    delay = int(np.argmax(np.correlate(sound.values[0, :60_000].numpy(), whole[0, :50_000].numpy(), "valid")))
    assert torch.allclose(sound.values[0, delay : delay + 190_000], whole[0, :190_000], atol=1e-5)
    tagged = load(bare + b"TAG" + bytes(125))
    assert tagged.notices == () and abs(tagged.values.shape[1] - sound.values.shape[1]) <= 1152


def test_chunks_around_the_samples_are_no_samples():
    levels = extremes(16)
    body = levels.T.astype("<i2").tobytes()
    listing = chunk(b"LIST", b"INFOISFT" + struct.pack("<I", 5) + b"odd!\0\0")
    data = riff(
        chunk(b"JUNK", bytes(27)), fmt(1, 2, 8000, 16), listing, chunk(b"data", body), listing, listing[:15]
    )
    sound = load(data)
    assert np.array_equal(sound.values.numpy(), np.float32(levels / 32768)) and sound.notices == ()


# --- arrays -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "dtype, top",
    [
        (np.int8, 127),
        (np.uint8, 255),
        (np.int16, 32767),
        (np.int32, 2**31 - 1),
        (np.float16, 1),
        (">f4", 1),
        (np.float64, 1),
        (bool, 1),
    ],
)
@pytest.mark.parametrize("shape", [(7,), (1, 7), (3, 7), (32, 7)], ids=str)
def test_an_array_is_read_as_channels(dtype, top, shape):
    numbers = np.arange(np.prod(shape)).reshape(shape).astype(dtype)
    sound = load(npy(numbers))
    expected = (numbers.astype(np.float64) / top).astype(np.float32).reshape(-1, 7)
    assert np.array_equal(sound.values.numpy(), expected) and sound.rate == 44_100


def test_the_rate_of_an_array_is_asked_and_part_of_its_digest():
    data = npy(np.zeros(1000, np.float32))
    assert load(data, rate=8000).seconds == 0.125
    assert (
        load(data).digest == load(data, rate=44_100).digest != load(data, rate=8000).digest != digest_of(data)
    )


def test_a_fortran_array_is_no_different():
    numbers = np.asfortranarray(tone(100, 3))
    assert np.array_equal(load(npy(numbers)).values.numpy(), numbers)


SHAPE = "this array has the shape {}; a sound is (T,) or (C, T), T samples in each of C channels, with C from 1 to 32"
BAD_ARRAYS = {
    "no axis": (npy(np.zeros(())), SHAPE.format("()")),
    "three axes": (npy(np.zeros((1, 2, 3))), SHAPE.format("(1, 2, 3)")),
    "no samples": (npy(np.zeros((2, 0))), SHAPE.format("(2, 0)")),
    "channels last": (npy(np.zeros((44_100, 2))), SHAPE.format("(44100, 2)")),
    "10^12 samples": (
        npy_header("'<f4'", "(2, 500000000000)"),
        "this array announces the shape (2, 500000000000); at most 9,600,000 samples are accepted,"
        " so save a part of it",
    ),
    "cut off": (
        npy(np.zeros(100, np.float32))[:-4],
        "this NPY file holds 396 bytes of numbers but its header announces 400; save the array again with numpy.save",
    ),
    "objects": (
        npy(np.array([{}], object), allow_pickle=True),
        "this array holds Python objects, which are never loaded; save numbers: numpy.save of a float array",
    ),
    "NaN": (
        npy(np.float32([0, np.nan, np.inf])),
        "1 of its 3 values are NaN and 1 are infinite, the first at (1,);"
        " replace them (numpy.nan_to_num) and send the file again",
    ),
}


@pytest.fixture
def at_most_ten_seconds(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_SOFT_SECONDS", "10")


@pytest.mark.parametrize("kind", BAD_ARRAYS)
def test_a_bad_array_is_refused_in_words(at_most_ten_seconds, kind):
    data, sentence = BAD_ARRAYS[kind]
    assert answer(data) == sentence


# --- other kinds ------------------------------------------------------------------------------------

HANDLER = b"hdlr" + bytes(8)
VIDEO = "this is a video, not a sound; save its sound as WAV or MP3 and send that"
M4A = (
    "this is an M4A recording (AAC), which cannot be read here;"
    " record here with the microphone, or save it as WAV or MP3 and send that"
)
RARE = "this is a sound of a kind that cannot be read here; save it as WAV or FLAC and send that"
PICTURE = "this is a picture, not a sound; the Picture page takes it"
DRAWN = "this is a picture, not a sound; send a WAV, FLAC, OGG, MP3 or NPY file"
OTHER_KINDS = {
    "empty": (b"", "this file is empty; was it still being copied when it was sent?"),
    "M4A": (ftyp(b"M4A ", b"isom"), M4A),
    "MP4 of sound": (ftyp(b"isom", b"mp42") + HANDLER + b"soun", M4A),
    "MP4 of pictures and sound": (ftyp(b"isom") + HANDLER + b"soun" + HANDLER + b"vide", VIDEO),
    "AAC": (b"\xff\xf1\x50\x80" + bytes(20), "this is an AAC sound, which cannot be read here; save it as WAV or MP3 and send that"),
    "AAC behind a tag": (
        b"ID3\x04" + bytes(6) + b"\xff\xf1\x50\x80",
        "this is an AAC sound, which cannot be read here; save it as WAV or MP3 and send that",
    ),
    "Opus in WebM": (
        b"\x1a\x45\xdf\xa3\x9fB\x86\x81\x01B\x82\x84webm" + b"\x86\x86A_OPUS",
        "this is a WebM recording, which cannot be read here;"
        " record here with the microphone, or save it as WAV or OGG and send that",
    ),
    "WebM": (b"\x1a\x45\xdf\xa3" + b"V_VP9 A_OPUS", VIDEO),
    "AVI": (b"RIFF\x10\0\0\0AVI LIST", VIDEO),
    "AMR": (
        b"#!AMR\n" + bytes(20),
        "this is an AMR recording of a phone, which cannot be read here;"
        " record here with the microphone, or save it as WAV or MP3 and send that",
    ),
    "WMA": (
        bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c"),
        "this is a Windows Media file (WMA), which cannot be read here; save it as WAV or MP3 and send that",
    ),
    "MIDI": (
        b"MThd\0\0\0\x06\0\0\0\1",
        "this is a MIDI file, made of notes and not of samples; play it into a WAV file and send that",
    ),
    "AIFF": (
        encode(tone(100), "AIFF", "PCM_16"),
        "this is an AIFF sound, which cannot be read here; save it as WAV or FLAC and send that",
    ),
    "CAF": (encode(tone(100), "CAF", "PCM_16"), RARE),
    "AU": (encode(tone(100), "AU", "PCM_16"), RARE),
    "Wave64": (encode(tone(100), "W64", "PCM_16"), RARE),
    "Speex": (b"OggS\0\2" + bytes(22) + b"Speex   " + bytes(72), RARE),
    "Theora": (b"OggS\0\2" + bytes(22) + b"\x80theora", VIDEO),
    "PNG": (making.encode(making.levels(8, 8), "PNG"), PICTURE),
    "JPEG": (making.encode(making.levels(8, 8), "JPEG"), PICTURE),
    "WebP": (making.encode(making.levels(8, 8, 3), "WEBP"), PICTURE),
    "HEIC": (ftyp(b"heic", b"mif1"), DRAWN),
    "SVG": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', DRAWN),
    "PDF": (b"%PDF-1.7\n", "this is a PDF document, not a sound; send a WAV, FLAC, OGG, MP3 or NPY file"),
    "web page": (
        b"<!DOCTYPE html><html></html>",
        "this is a web page, not a sound; open the sound itself, save it and send that file",
    ),
    "zip": (b"PK\x03\x04" + bytes(20), "this is a packed archive, not a sound; unpack it and send one sound from it"),
    "text": (b"Listen to this.", "this is text, not a sound; send a WAV, FLAC, OGG, MP3 or NPY file"),
    "text that begins like a tag": (b"ID3 tags are fun.", "this is text, not a sound; send a WAV, FLAC, OGG, MP3 or NPY file"),
    "scrap": (bytes(range(256)), "this is no kind of file known here; send a WAV, FLAC, OGG, MP3 or NPY file"),
    "A-law": (
        encode(tone(100), "WAV", "ALAW"),
        "this WAV file is packed as A-law; save it as plain WAV (16-bit) and send that",
    ),
    "ADPCM": (
        encode(tone(100), "WAV", "IMA_ADPCM"),
        "this WAV file is packed as IMA ADPCM; save it as plain WAV (16-bit) and send that",
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_what_is_no_sound_is_named(kind):
    data, sentence = OTHER_KINDS[kind]
    assert answer(data) == sentence


@pytest.mark.parametrize(
    "data",
    [
        encode(tone(), "WAV", "PCM_16"),
        encode(tone(), "RF64", "PCM_16"),
        encode(tone(), "FLAC", "PCM_16"),
        encode(tone(), "OGG", "VORBIS"),
        encode(tone(), "MP3", "MPEG_LAYER_III"),
    ],
)
def test_a_sound_sent_as_a_picture_is_sent_on(data):
    with pytest.raises(MediaError, match="^this is a sound, not a picture; the Sound page takes it$"):
        load_image(data, "x.png")


# --- damaged, cut off, lying ------------------------------------------------------------------------

WHOLE = {
    "WAV": encode(tone(), "WAV", "PCM_16"),
    "float WAV": encode(tone(), "WAV", "FLOAT"),
    "extensible WAV": encode(tone(2000, 4), "WAVEX", "PCM_24"),
    "RF64": encode(tone(), "RF64", "PCM_16"),
    "FLAC": encode(tone(), "FLAC", "PCM_16"),
    "OGG": encode(tone(), "OGG", "VORBIS"),
    "Opus": encode(tone(rate=48_000), "OGG", "OPUS", rate=48_000),
    "MP3": encode(tone(), "MP3", "MPEG_LAYER_III"),
    "NPY": npy(tone()),
}


def damaged(form: str) -> str:
    return (
        f"this {form} file is damaged, cut off or of a rare kind;"
        " copy it again, or open it elsewhere, save it as WAV and send that"
    )


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3"])
@pytest.mark.parametrize("length", [16, 40])
def test_a_beginning_alone_is_refused(form, length):
    assert answer(WHOLE[form][:length]) == damaged(form)


@pytest.mark.parametrize("form", ["WAV", "FLAC", "OGG", "MP3"])
def test_scrap_after_a_beginning_is_refused(form):
    start = {"WAV": 12, "FLAC": 4, "OGG": 70, "MP3": 2}[form]
    assert answer(WHOLE[form][:start] + random.Random(0).randbytes(9000)) == damaged(form)


@pytest.mark.parametrize("held", [1, 7, 19_999])
@pytest.mark.parametrize("kind", ["WAV", "float WAV", "RF64"])
def test_a_wav_that_is_cut_off_is_read_as_far_as_it_goes(kind, held):
    frame = 8 if kind == "float WAV" else 4
    whole = load(WHOLE[kind])
    missing = (20_000 - held) * frame - 1  # and a part of the next frame
    sound = load(WHOLE[kind][: len(WHOLE[kind]) - missing - 2 + 1])
    assert torch.equal(sound.values, whole.values[:, :held])
    assert said(sound) == [f"its header announces 20,000 samples but the file holds {held:,}; these are used"]


@pytest.mark.parametrize("announced", [0, 4, 2000, 39_990, 60_000, 2**31])
def test_a_wav_whose_header_lies_is_read_whole(announced):
    levels = np.random.default_rng(1).integers(-32768, 32768, (1, 20_000))
    sound = load(wav(levels, 16, announced=announced))
    assert np.array_equal(sound.values.numpy(), np.float32(levels / 32768))
    assert said(sound) == [
        f"its header announces {announced // 2:,} samples but the file holds 20,000; these are used"
    ]


def test_a_wav_that_begins_in_silence_and_was_never_closed_is_read_whole():
    levels = np.zeros((1, 20_000), int)
    levels[0, 15_000:] = 1000
    assert load(wav(levels, 16, announced=0)).values.count_nonzero() == 5000


def test_a_wav_from_a_pipe_leaves_its_length_open():
    sound = load(wav(extremes(16), 16, announced=2**32 - 1))
    assert sound.values.shape == (2, 8) and sound.notices == ()


@pytest.mark.parametrize("part", [0.3, 0.9])
@pytest.mark.parametrize(
    "form, subtype", [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III"), ("OGG", "OPUS")]
)
def test_a_packed_file_that_is_cut_off_is_read_as_far_as_it_goes(form, subtype, part):
    noise = np.random.default_rng(0).uniform(-0.3, 0.3, (2, 240_000)).astype(np.float32)
    data = encode(noise, form, subtype, rate=48_000)
    whole, sound = load(data), load(data[: int(len(data) * part)])
    held = sound.values.shape[1]
    assert 0.6 * part * 240_000 < held < 240_000
    assert torch.allclose(sound.values[:, : held - 3000], whole.values[:, : held - 3000], atol=1e-6)
    assert said(sound) == [
        f"this {form} file is damaged or cut off after {held / 48_000:.2f} seconds; these are used"
    ]


def with_length(flac: bytes, frames: int) -> bytes:
    """A FLAC with another number of samples in its header: 36 bits that end at byte 26 (RFC 9639, 8.2)."""
    data = bytearray(flac)
    number = int.from_bytes(data[18:26], "big") >> 36 << 36 | frames
    data[18:26] = number.to_bytes(8, "big")
    return bytes(data)


def test_a_flac_that_leaves_its_length_open_is_read_whole():
    sound = load(with_length(WHOLE["FLAC"], 0))
    assert torch.equal(sound.values, load(WHOLE["FLAC"]).values) and sound.notices == ()


def test_a_flac_that_announces_too_much_is_read_as_far_as_it_goes():
    sound = load(with_length(WHOLE["FLAC"], 50_000_000))
    assert torch.equal(sound.values, load(WHOLE["FLAC"]).values)
    assert said(sound) == ["this FLAC file is damaged or cut off after 0.45 seconds; these are used"]


@pytest.mark.parametrize("subtype", ["FLOAT", "DOUBLE"])
def test_nan_and_infinity_are_counted_and_refused(subtype):
    values = tone(44_100, 2)
    values[1, 4410] = np.nan
    values[0, 30_000] = -np.inf
    values[1, 40_000] = np.inf
    assert answer(encode(values, "WAV", subtype)) == (
        "1 of its 88,200 samples are NaN and 2 are infinite, the first at 0.100 seconds;"
        " export the sound again without them"
    )


def test_a_sound_of_no_samples_is_refused_and_one_of_one_is_read():
    none = "this sound holds no samples; was the recording stopped before it began?"
    assert answer(wav(np.zeros((1, 0), int), 16)) == none
    assert answer(encode(np.zeros((1, 0), np.float32), "RF64", "FLOAT")) == none
    assert load(wav(np.int16([[16384]]), 16)).values.tolist() == [[0.5]]
    assert load(encode(np.float32([[0.5]]), "FLAC", "PCM_16")).values.shape == (1, 1)
    assert load(npy(np.float32([0.5]))).values.tolist() == [[0.5]]


@pytest.mark.parametrize(
    "rate, shown", [(1, "1"), (0, "0"), (999, "999"), (768_001, "768,001"), (10**7, "10,000,000")]
)
def test_a_rate_that_no_recorder_has_is_refused(rate, shown):
    sentence = (
        f"this sound has a sample rate of {shown} Hz; 1,000 Hz to 768,000 Hz are accepted, so resample it"
    )
    assert answer(wav(extremes(16), 16, rate=rate)) == sentence
    assert answer(npy(np.zeros(9)), rate=rate) == sentence


def test_a_flac_of_one_hertz_is_refused():
    assert answer(encode(tone(100), "FLAC", "PCM_16", rate=1)) == (
        "this sound has a sample rate of 1 Hz; 1,000 Hz to 768,000 Hz are accepted, so resample it"
    )


def test_too_many_channels_are_refused():
    assert answer(wav(np.zeros((33, 5), int), 16)) == (
        "this sound has 33 channels; at most 32 are accepted, so save fewer of them"
    )


@pytest.mark.parametrize(
    "form",
    [
        fmt(1, 0, 44_100, 16, frame=2),
        fmt(1, 1, 44_100, 0),
        fmt(1, 2, 44_100, 16, frame=3),
        fmt(3, 1, 44_100, 16),
        fmt(0x7A21, 1, 44_100, 16),
        b"",
    ],
)
def test_a_wav_that_contradicts_itself_is_refused(form):
    assert answer(riff(form, chunk(b"data", bytes(400)))) == damaged("WAV")


def test_a_wav_of_a_million_chunks_is_refused_at_once():
    assert answer(riff(*[chunk(b"JUNK", b"")] * 10**6)) == damaged("WAV")


@pytest.mark.parametrize("kind", WHOLE)
def test_whatever_happens_to_a_file_the_answer_is_a_sound_or_a_sentence(kind):
    chance = random.Random(kind)
    for _ in range(300):
        data = bytearray(WHOLE[kind])
        head = chance.random() < 0.5  # half of the damage where the structure is
        for _ in range(chance.choice([1, 2, 8, 64])):
            at = chance.randrange(min(len(data), 200) if head else len(data))
            match chance.randrange(4):
                case 0:
                    data[at] = chance.randrange(256)
                case 1:
                    data[at : at + 4] = chance.choice([b"\xff\xff\xff\xff", bytes(4), b"\x7f\xff\xff\xff"])
                case 2:
                    del data[at : at + chance.randrange(1, 20)]
                case 3:
                    data[at:at] = chance.randbytes(chance.randrange(1, 20))
            if len(data) < 8:
                break
        try:
            sound = load(bytes(data))
        except MediaError as error:
            assert 20 < len(str(error)) < 250
        else:
            assert sound.values.isfinite().all() and sound.values.numel() > 0
            assert 1000 <= sound.rate <= 768_000 and sound.channels <= 32


@pytest.mark.parametrize(
    "error, sentence",
    [
        (MemoryError(), "this sound needs more memory than is free now; make it shorter, or try again later"),
        (RecursionError(), damaged("FLAC")),
        (soundfile.LibsndfileError(39), damaged("FLAC")),
    ],
)
def test_whatever_a_decoder_raises_becomes_a_sentence(monkeypatch, error, sentence):
    def fail(*_, **__):
        raise error

    monkeypatch.setattr(soundfile, "SoundFile", fail)
    assert answer(WHOLE["FLAC"]) == sentence


def test_threads_do_not_disturb_each_other():
    expected = {kind: load(data).values for kind, data in WHOLE.items()}
    wrong = []

    def work():
        for kind, data in WHOLE.items():
            if not torch.equal(load(data).values, expected[kind]):
                wrong.append(kind)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# --- too long ---------------------------------------------------------------------------------------


def silence(frames: int, channels: int = 1) -> bytes:
    """A FLAC of nothing: some 140 bytes a second."""
    file = io.BytesIO()
    block = np.zeros((2**18, channels), np.int16)
    with soundfile.SoundFile(file, "w", 44_100, channels, "PCM_16", format="FLAC") as opened:
        for at in range(0, frames, len(block)):
            opened.write(block[: frames - at])
    return file.getvalue()


@pytest.fixture(scope="module")
def twenty_minutes() -> bytes:
    return silence(20 * 60 * 44_100)


def test_a_long_sound_is_cut_and_says_by_how_much(at_most_ten_seconds):
    sound = load(encode(tone(25 * 48_000, 2), "WAV", "PCM_16", rate=48_000))
    assert sound.seconds == 10 and sound.values.shape == (2, 480_000)
    cut = "cut from {} to {} seconds: at most 960,000 samples of all channels are used here"
    assert said(sound) == [cut.format("25.00", "10.00")]
    for data in (npy(tone(25 * 48_000, 6)), encode(tone(25 * 48_000, 6), "FLAC", "PCM_16")):
        sound = load(data)
        assert sound.values.shape == (6, 160_000) and said(sound) == [cut.format("27.21", "3.63")]
    for form, subtype in (("OGG", "VORBIS"), ("MP3", "MPEG_LAYER_III")):
        sound = load(encode(tone(1_000_000, 1), form, subtype))
        assert sound.values.shape == (1, 960_000) and said(sound) == [cut.format("22.68", "21.77")]


def test_a_sound_of_exactly_the_limit_is_not_cut(at_most_ten_seconds):
    for frames, notices in ((TEN_SECONDS, 0), (TEN_SECONDS + 1, 1)):
        sound = load(wav(np.zeros((1, frames), int), 16))
        assert sound.values.shape == (1, TEN_SECONDS) and len(sound.notices) == notices


def test_a_long_flac_that_leaves_its_length_open_is_cut(at_most_ten_seconds):
    sound = load(with_length(silence(1_000_000), 0))
    assert said(sound) == ["cut after 21.77 seconds: at most 960,000 samples of all channels are used here"]


def test_a_sound_over_the_hard_limit_is_refused_from_its_header(at_most_ten_seconds):
    sentence = (
        "this sound announces 9,600,001 samples in each of 1 channels;"
        " at most 9,600,000 in all are accepted, so cut it"
    )
    assert answer(wav(np.zeros((1, 9_600_001), int), 8)) == sentence
    assert answer(with_length(WHOLE["FLAC"], 9_600_001)).endswith("so cut it")


def test_a_file_of_too_many_bytes_is_refused(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_FILE_BYTES", "1000")
    assert answer(bytes(1001)) == (
        "this file has 1,001 bytes; at most 1,000 are accepted, so cut the sound or save it as FLAC"
    )


def test_seconds_count_as_stereo_at_48_khz():
    bounds = Limits(memory_bytes=1, soft_pixels=1, soft_seconds=300)
    assert bounds.soft_samples == 300 * 2 * 48_000 and bounds.hard_samples == 10 * bounds.soft_samples


def measured(data: bytes, tmp_path, **environment: str) -> tuple[float, float, str]:
    """Megabytes that loading adds at its peak and seconds it takes, in a fresh process, and the answer."""
    (tmp_path / "file").write_bytes(data)
    code = (
        "import pathlib, re, sys, time, torch, soundfile\n"
        "from playground.media.audio_file import load_audio\n"
        "from playground.errors import MediaError\n"
        "data = pathlib.Path(sys.argv[1]).read_bytes()\n"
        "status = pathlib.Path('/proc/self/status')\n"
        "peak = lambda: int(re.search(r'VmHWM:\\s+(\\d+)', status.read_text())[1]) / 1024\n"
        "before, begun = peak(), time.process_time()\n"
        "try:\n"
        "    sound = load_audio(data, 'x')\n"
        "    answer = ' '.join([str(tuple(sound.values.shape)), *map(str, sound.notices)])\n"
        "except MediaError as error: answer = str(error)\n"
        "print(peak() - before, time.process_time() - begun, answer)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path / "file")],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | environment,
    )
    megabytes, seconds, words = done.stdout.strip().split(" ", 2)
    return float(megabytes), float(seconds), words


def test_twenty_minutes_of_silence_take_the_memory_of_what_is_kept(twenty_minutes, tmp_path):
    assert len(twenty_minutes) < 180_000
    megabytes, seconds, words = measured(twenty_minutes, tmp_path, PLAYGROUND_SOFT_SECONDS="300")
    assert words == (
        "(1, 28800000) cut from 1200.00 to 653.06 seconds: at most 28,800,000 samples of all channels are used here"
    )
    assert megabytes < 28.8 * 4 * 1.1 + 20 and seconds < 4


def test_an_announced_length_takes_no_memory(tmp_path):
    lying = with_length(WHOLE["FLAC"], 28_000_000)
    megabytes, seconds, words = measured(lying, tmp_path, PLAYGROUND_SOFT_SECONDS="600")
    assert megabytes < 30 and seconds < 2 and words.startswith("(2, 20000) ")


def test_a_wav_is_not_copied_before_it_is_read():
    data = wav(np.zeros((2, 2_000_000), np.int16), 16)
    load(data)
    tracemalloc.start()
    load(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16e6 + 4e6  # the values and some blocks


def test_loading_the_room_loads_neither_torch_nor_soundfile():
    code = (
        "import sys, playground.media.audio_file, playground.media.samples, playground.media.save\n"
        "print([name for name in ('torch', 'soundfile', 'scipy', 'streamlit') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_helpers_write_what_soundfile_reads():
    read, rate = soundfile.read(io.BytesIO(sounding.wav(extremes(24), 24)), dtype="int32")
    assert rate == 44_100 and np.array_equal(read.T >> 8, extremes(24))
