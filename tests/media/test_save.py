"""What is saved is what was computed, under a name that no system trips over."""

from __future__ import annotations

import io
from fractions import Fraction

import cv2
import numpy as np
import pytest
import soundfile
import tifffile
import torch

from playground.errors import MediaError
from playground.media.audio_file import load_audio
from playground.media.image_file import load_image
from playground.media.save import (
    MIME_TYPES,
    MOST_STEM,
    file_name,
    file_rate,
    file_stem,
    flac_bytes,
    jpeg_bytes,
    npy_bytes,
    player_bytes,
    png_bytes,
    tiff_bytes,
    wav_bytes,
    webp_bytes,
)

from .making import levels
from .sounding import tone


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (5, 7, 3), (5, 7, 4), (1, 300, 3)], ids=str)
def test_a_png_holds_exactly_the_pixels(shape):
    pixels = levels(*shape)
    read = cv2.imdecode(np.frombuffer(png_bytes(pixels), np.uint8), cv2.IMREAD_UNCHANGED)
    order = {2: slice(None), 3: [2, 1, 0], 4: [2, 1, 0, 3]}[pixels.ndim if pixels.ndim == 2 else shape[2]]
    assert np.array_equal(read if pixels.ndim == 2 else read[..., order], pixels)


def test_a_view_is_saved_like_a_copy():
    pixels = levels(6, 8, 3)[::2, ::-1]
    assert png_bytes(pixels) == png_bytes(pixels.copy())


def test_a_png_of_floats_is_a_mistake():
    with pytest.raises(TypeError, match="pixels have dtype float64; a PNG is written from uint8"):
        png_bytes(np.zeros((2, 2)))


def seen(data: bytes) -> np.ndarray:
    """By OpenCV, in the order of our pixels."""
    read = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    return read if read.ndim == 2 else read[..., [2, 1, 0, 3][: read.shape[2]]]


def smooth(height: int, width: int) -> np.ndarray:
    """Colours that change slowly, as in a photograph, and one sharp edge between red and blue."""
    y, x = np.mgrid[:height, :width] / max(height, width)
    pixels = np.stack([255 * x, 255 * y, 128 + 100 * np.sin(6 * x + 3 * y)], -1)
    pixels[height // 2 :, width // 2 :] = [220, 20, 30]
    pixels[height // 2 :, : width // 2] = [20, 30, 220]
    return pixels.astype(np.uint8)


@pytest.mark.parametrize("shape", [(1, 1), (5, 7), (5, 7, 3), (5, 7, 4), (1, 300, 3), (40, 30, 4)], ids=str)
def test_a_lossless_webp_holds_exactly_the_pixels(shape):
    pixels = levels(*shape)
    read = seen(webp_bytes(pixels))
    assert np.array_equal(read, pixels[..., None].repeat(3, -1) if pixels.ndim == 2 else pixels)


def test_what_lies_under_full_transparency_is_kept():
    pixels = levels(20, 20, 4)
    pixels[5:15, 5:15, 3] = 0
    assert np.array_equal(seen(webp_bytes(pixels)), pixels)


@pytest.mark.parametrize("grey", [False, True])
@pytest.mark.parametrize("write, most", [(jpeg_bytes, 1.0), (lambda p: webp_bytes(p, lossless=False), 4.0)], ids=["JPEG", "WebP"])
def test_a_lossy_file_looks_like_the_pixels(write, most, grey):
    pixels = smooth(120, 160)[..., 0] if grey else smooth(120, 160)
    read = seen(write(pixels))
    off = np.abs((read[..., 0] if grey and read.ndim == 3 else read).astype(int) - pixels)
    assert off.mean() < most and len(write(pixels)) < len(png_bytes(levels(*pixels.shape)))


def test_a_jpeg_keeps_the_colour_of_every_pixel():
    """With colours at half resolution (4:2:0) single red and blue columns become one purple."""
    pixels = np.zeros((32, 32, 3), np.uint8)
    pixels[:, ::2, 0] = pixels[:, 1::2, 2] = 255
    assert np.abs(seen(jpeg_bytes(pixels)).astype(int) - pixels).max() < 40


def test_a_jpeg_of_grey_is_grey_and_transparency_lies_on_the_paper():
    assert seen(jpeg_bytes(levels(8, 8))).shape == (8, 8)
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[:, :, 3] = np.arange(16) * 17
    assert np.abs(seen(jpeg_bytes(pixels))[8, :, 0].astype(int) - (255 - np.arange(16) * 17)).max() <= 4
    dark = seen(jpeg_bytes(pixels, paper=(14, 17, 22)))[8, 0]
    assert np.abs(dark.astype(int) - (14, 17, 22)).max() <= 4


@pytest.mark.parametrize("write", [jpeg_bytes, webp_bytes])
def test_a_view_is_written_like_a_copy(write):
    pixels = levels(6, 8, 3)[::2, ::-1]
    assert write(pixels) == write(pixels.copy())


@pytest.mark.parametrize("write, form", [(jpeg_bytes, "JPEG"), (webp_bytes, "WebP")])
def test_a_picture_of_floats_is_a_mistake(write, form):
    with pytest.raises(TypeError, match=f"pixels have dtype float64; a {form} is written from uint8"):
        write(np.zeros((2, 2)))


@pytest.mark.parametrize("write, form, most", [(jpeg_bytes, "JPEG", 65_500), (webp_bytes, "WebP", 16_383)])
def test_a_picture_that_is_too_long_for_its_format_is_refused_in_words(write, form, most):
    assert seen(write(np.full((1, most), 9, np.uint8))).shape[:2] == (1, most)
    with pytest.raises(MediaError) as caught:
        write(np.zeros((1, most + 1), np.uint8))
    assert str(caught.value) == (
        f"a {form} picture has at most {most:,} pixels a side; this one has 1 × {most + 1:,}, so save it as PNG"
    )


@pytest.mark.parametrize("channels", [1, 2, 3, 4, 5, 32])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_tiff_holds_every_number_of_every_channel(channels, dtype):
    values = torch.randn(channels, 5, 7, dtype=dtype, generator=torch.Generator().manual_seed(0)) * 1e3
    data = tiff_bytes(values.requires_grad_().transpose(1, 2))
    expected = values.detach().float().numpy().transpose(2, 1, 0)
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        (page,) = file.pages
        assert page.dtype == np.float32 and (page.imagelength, page.imagewidth) == (7, 5)
        assert page.photometric.name == ("RGB" if channels == 3 else "MINISBLACK")
        assert np.array_equal(page.asarray().reshape(7, 5, channels), expected)
    if channels in (1, 3, 4):
        assert np.array_equal(seen(data).reshape(7, 5, channels), expected)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("height, width", [(1, 1), (1, 300), (300, 1), (5, 7)])
def test_a_tiff_comes_back_as_it_was(channels, height, width):
    values = torch.randn(channels, height, width, generator=torch.Generator().manual_seed(0)) * 5
    assert torch.equal(load_image(tiff_bytes(values), "x.tiff").values, values)


def test_a_tiff_of_many_channels_is_no_picture():
    with pytest.raises(MediaError) as caught:
        load_image(tiff_bytes(torch.zeros(5, 2, 2)), "x.tiff")
    assert str(caught.value) == "this TIFF file has 5 channels; a picture has 1 to 4"


def test_a_tiff_keeps_what_is_no_number():
    values = torch.tensor([[[np.inf, -np.inf, np.nan, -0.0]]])
    read = tifffile.imread(io.BytesIO(tiff_bytes(values)))
    assert read.tobytes() == values.numpy().tobytes()


def test_a_tiff_of_more_than_four_gigabytes_is_refused_before_it_is_written():
    with pytest.raises(MediaError) as caught:
        tiff_bytes(torch.zeros(1, 1, 1).expand(1, 2**15, 2**15))
    assert str(caught.value) == (
        "these values take 4,294,967,296 bytes; a TIFF file holds at most 4,294,901,760, so save them as NPY"
    )


@pytest.mark.parametrize("ending", MIME_TYPES)
def test_a_file_is_called_after_what_it_was_made_of(ending):
    assert file_name("Meine Katze.JPG", ending, what="sobel_x") == f"Meine-Katze-sobel_x.{ending}"
    assert file_name("../..", ending, otherwise="sound") == f"sound.{ending}"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_an_npy_comes_back_as_it_was(dtype):
    values = torch.randn(3, 5, 7, dtype=dtype, generator=torch.Generator().manual_seed(0))
    data = npy_bytes(values.requires_grad_().transpose(1, 2))
    array = np.load(io.BytesIO(data), allow_pickle=False)
    assert array.dtype == np.float32 and array.shape == (3, 7, 5)
    assert torch.equal(load_image(data, "x.npy").values, values.detach().transpose(1, 2).float())


@pytest.mark.parametrize(
    "name, stem",
    [
        ("cat.png", "cat"),
        ("Meine Katze.JPG", "Meine-Katze"),
        ("/etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot"),
        (".htaccess", "htaccess"),
        ("卷积.png", "卷积"),
        ("e\u0301te\u0301.png", "été"),
        ('a"b;c\r\nSet-Cookie: x.png', "a-b-c-Set-Cookie-x"),
        ("con.png", "con-"),
        ("", "picture"),
        ("...", "picture"),
        ("\ud800.png", "picture"),
        ("x" * 10_000 + ".png", "x" * MOST_STEM),
        ("a.b.c.tiff", "a-b-c"),
        ("version 2.final-with-long-ending", "version-2-final-with-long-ending"),
    ],
)
def test_a_file_name_becomes_safe(name, stem):
    assert file_stem(name) == stem


def test_a_name_without_a_letter_gets_the_name_that_fits():
    assert file_stem("...", otherwise="sound") == "sound"


# --- sounds -----------------------------------------------------------------------------------------


def read(data: bytes, dtype: str) -> tuple[np.ndarray, int]:
    """By soundfile, ``(C, T)``."""
    values, rate = soundfile.read(io.BytesIO(data), dtype=dtype, always_2d=True)
    return values.T, rate


def random_values(channels: int, frames: int, dtype=torch.float32) -> torch.Tensor:
    return torch.rand(channels, frames, dtype=dtype, generator=torch.Generator().manual_seed(0)) * 2.4 - 1.2


@pytest.mark.parametrize("frames", [0, 1, 3, 300_001])
@pytest.mark.parametrize("channels", [1, 2, 3, 32])
@pytest.mark.parametrize("write", [wav_bytes, player_bytes])
def test_a_wav_of_16_bits_holds_each_value_times_32768_rounded_and_clipped(write, channels, frames):
    values = random_values(channels, frames)
    levels, rate = read(write(values, 22_050), "int16")
    assert rate == 22_050 and levels.shape == (channels, frames)
    assert np.array_equal(levels, np.clip(np.rint(values.double().numpy() * 32768), -32768, 32767))


@pytest.mark.parametrize("channels", [1, 2, 3, 32])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_wav_of_floats_holds_every_number(channels, dtype):
    values = random_values(channels, 5000, dtype).requires_grad_() * 1e3
    data = wav_bytes(values, 96_000, subtype="FLOAT")
    stored, rate = read(data, "float32")
    assert rate == 96_000 and np.array_equal(stored, values.detach().float().numpy())
    assert torch.equal(load_audio(data, "x").values, values.detach().float())
    assert soundfile.info(io.BytesIO(data)).subtype == "FLOAT"


@pytest.mark.parametrize("channels", [1, 2, 8])
@pytest.mark.parametrize("rate", [1_000, 44_100, 65_535, 96_000, 655_350])
def test_a_flac_holds_24_bits(channels, rate):
    values = random_values(channels, 5000)
    data = flac_bytes(values, rate)
    levels, read_rate = read(data, "int32")
    assert read_rate == rate and soundfile.info(io.BytesIO(data)).subtype == "PCM_24"
    assert np.array_equal(levels >> 8, np.clip(np.rint(values.double().numpy() * 8388608), -8388608, 8388607))


@pytest.mark.parametrize("channels, rate", [(9, 44_100), (2, 655_351), (2, 65_537)])
def test_what_no_flac_holds_is_refused_in_words(channels, rate):
    with pytest.raises(MediaError) as caught:
        flac_bytes(torch.zeros(channels, 10), rate)
    assert str(caught.value) == (
        "a FLAC file holds up to 8 channels, and rates up to 65,535 Hz or, in tens, 655,350 Hz;"
        f" this sound has {channels} at {rate:,} Hz, so save it as WAV"
    )


def test_a_wav_of_more_than_four_gigabytes_is_refused_before_it_is_written():
    with pytest.raises(MediaError) as caught:
        wav_bytes(torch.zeros(1, 1).expand(1, 2**31), 44_100)
    assert str(caught.value) == (
        "this sound takes 4,294,967,296 bytes; a WAV file holds at most 4,294,966,272, so save it as FLAC"
    )


def test_infinity_is_clipped_and_nan_is_silence():
    values = torch.tensor([[np.inf, -np.inf, np.nan, 0.5]])
    assert read(wav_bytes(values, 44_100), "int16")[0].tolist() == [[32767, -32768, 0, 16384]]


def test_the_level_is_true():
    """No normalisation: what is quiet stays quiet, and silence is silence."""
    quiet = torch.full((1, 1000), 0.01)
    assert read(player_bytes(quiet, 44_100), "int16")[0].max() == round(0.01 * 32768)
    assert not read(player_bytes(torch.zeros(2, 1000), 44_100), "int16")[0].any()


def test_two_sounds_differ_at_the_very_beginning_of_their_player_files():
    """Also where only a sample in the middle differs, in a file of more than 1 MiB."""
    one = torch.from_numpy(tone(60 * 44_100, 1))
    other = one.clone()
    other[0, 700_000] += 0.01
    first, second = player_bytes(one, 44_100), player_bytes(other, 44_100)
    assert len(first) == len(second) > 2**20
    assert first[:60] != second[:60] and first[:44] == second[:44]
    assert first[100:700_000] == second[100:700_000]
    assert first == player_bytes(one, 44_100)


def test_the_samples_of_a_player_file_are_those_of_the_download():
    values = torch.from_numpy(tone(1000, 2))
    plain, player = wav_bytes(values, 44_100), player_bytes(values, 44_100)
    assert player.endswith(plain[44:]) and len(player) == len(plain) + 24
    assert torch.equal(load_audio(player, "x").values, load_audio(plain, "x").values)
    assert load_audio(player, "x").notices == ()


def test_an_unknown_subtype_is_a_mistake():
    with pytest.raises(ValueError, match="^subtype='PCM_99' is not known; choose one of: FLOAT, PCM_16$"):
        wav_bytes(torch.zeros(1, 1), 44_100, subtype="PCM_99")


@pytest.mark.parametrize("writer", [wav_bytes, player_bytes, flac_bytes])
def test_a_sound_saved_and_loaded_again_is_off_by_at_most_one_level(writer):
    values = load_audio(wav_bytes(random_values(2, 5000).clamp(-1, 1), 44_100), "x").values
    again = load_audio(writer(values, 44_100), "x").values
    assert (again - values).abs().max() <= 1 / 32768 + 1e-7


@pytest.mark.parametrize(
    "rate, written, said",
    [
        (44_100, 44_100, None),
        (Fraction(22_050), 22_050, None),
        (Fraction(16_000, 3), 5_333, "its exact rate is 16000/3 Hz, and a file carries whole Hz: 5,333, which is off by -0.0063 %"),
        (Fraction(44_100, 8), 5_512, "its exact rate is 11025/2 Hz, and a file carries whole Hz: 5,512, which is off by -0.0091 %"),
        (Fraction(1, 3), 1, "its exact rate is 1/3 Hz, and a file carries whole Hz: 1, which is off by +2e+02 %"),
    ],
)  # fmt: skip
def test_a_file_carries_a_whole_rate_and_says_the_error(rate, written, said):
    number, remark = file_rate(rate)
    assert number == written and type(number) is int
    assert (None if remark is None else str(remark)) == said
