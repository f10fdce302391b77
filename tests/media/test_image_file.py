"""Every kind of picture file gives the numbers that were written into it, by an independent reading."""

from __future__ import annotations

import subprocess
import sys
import threading

import numpy as np
import pytest
import tifffile
from PIL import Image as Pillow
from PIL import ImageCms

from playground.media import reduce
from playground.media.image_file import load_image

from . import making
from .making import encode, exif, icc, levels, npy, png, stored

LOSSLESS = {"PNG": {}, "WEBP": {"lossless": True, "exact": True}, "BMP": {}, "TIFF": {}}


# remarks of Pillow, which the room silences, and pytest switches on again
pytestmark = pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning:PIL")


def load(data: bytes, name: str = "a file"):
    picture = load_image(data, name)
    assert picture.values.dtype.is_floating_point and picture.values.is_contiguous()
    return picture


def values(data: bytes) -> np.ndarray:
    return load(data).values.numpy()


def planes(pixels: np.ndarray, top: int = 255) -> np.ndarray:
    pixels = pixels[..., None] if pixels.ndim == 2 else pixels
    return (pixels.transpose(2, 0, 1) / np.float64(top)).astype(np.float32)


def said(data: bytes) -> list[str]:
    return [str(each) for each in load(data).notices]


@pytest.mark.parametrize("form", LOSSLESS)
@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3), (1, 1, 3), (1, 200, 3)], ids=str)
def test_eight_bit_levels_are_divided_by_255(form, shape):
    pixels = levels(*shape)
    expected = planes(pixels)
    if form == "WEBP" and len(shape) == 2:  # a WebP has no grey
        expected = expected.repeat(3, 0)
    picture = load(encode(pixels, form, **LOSSLESS[form]))
    assert np.array_equal(picture.values.numpy(), expected)
    assert picture.alpha is None and picture.notices == () and picture.original_size == shape[:2]


@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_alpha_is_kept_aside(form):
    pixels = levels(5, 7, 4)
    picture = load(encode(pixels, form, **LOSSLESS[form]))
    assert np.array_equal(picture.values.numpy(), planes(pixels[..., :3]))
    assert np.array_equal(picture.alpha.numpy(), planes(pixels[..., 3])[0])


def test_opaque_alpha_is_no_alpha():
    pixels = levels(5, 7, 4)
    pixels[..., 3] = 255
    picture = load(encode(pixels, "PNG"))
    assert picture.alpha is None and picture.values.shape == (3, 5, 7)


def test_grey_with_alpha_stays_grey():
    pixels = levels(5, 7, 2)
    picture = load(encode(Pillow.fromarray(pixels, "LA"), "PNG"))
    assert np.array_equal(picture.values.numpy(), planes(pixels[..., 0]))
    assert np.array_equal(picture.alpha.numpy(), planes(pixels[..., 1])[0])


@pytest.mark.parametrize("form", ["PNG", "TIFF", "BMP", "GIF"])
def test_one_bit_is_zero_or_one(form):
    pixels = levels(5, 19) > 127
    assert np.array_equal(values(encode(Pillow.fromarray(pixels), form))[0], pixels)


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("colours", [2, 4, 16, 256])
def test_a_palette_is_looked_up(form, colours):
    palette, index = levels(colours, 3), levels(6, 9, seed=1).astype(int) % colours
    picture = Pillow.fromarray(index.astype(np.uint8), "P")
    picture.putpalette(palette.tobytes())
    assert np.array_equal(values(encode(picture, form)), planes(palette[index]))


@pytest.mark.parametrize("form", ["PNG", "GIF"])
def test_a_palette_may_have_a_transparent_colour(form):
    palette, index = levels(4, 3), levels(6, 9, seed=1) % 4
    picture = Pillow.fromarray(index.astype(np.uint8), "P")
    picture.putpalette(palette.tobytes())
    loaded = load(encode(picture, form, transparency=2))
    assert np.array_equal(loaded.values.numpy(), planes(palette[index]))
    assert np.array_equal(loaded.alpha.numpy(), index != 2)


def test_a_transparent_grey_and_a_transparent_colour_in_png():
    grey = np.uint8([[7, 9], [9, 200]])
    data = png(grey, colour_type=0, extra=making.chunk(b"tRNS", b"\0\x09"))
    assert load(data).alpha.tolist() == [[1, 0], [0, 1]]
    colour = np.uint8([[[1, 2, 3], [4, 5, 6]]])
    data = png(colour, colour_type=2, extra=making.chunk(b"tRNS", b"\0\x04\0\x05\0\x06"))
    assert load(data).alpha.tolist() == [[1, 0]]


# --- 16 bits and more -------------------------------------------------------------------------------


@pytest.mark.parametrize("colour_type, channels", [(0, 1), (2, 3), (4, 2), (6, 4)])
def test_sixteen_bit_png_is_exact(colour_type, channels):
    pixels = levels(5, 7, channels, dtype=np.uint16)
    picture = load(png(pixels, colour_type=colour_type))
    expected = planes(pixels, 65535)
    if channels in (2, 4):
        assert np.array_equal(picture.alpha.numpy(), expected[-1])
        expected = expected[:-1]
    assert np.array_equal(picture.values.numpy(), expected) and picture.notices == ()


def test_a_transparent_sixteen_bit_grey():
    pixels = np.uint16([[300, 301]])
    picture = load(png(pixels, colour_type=0, extra=making.chunk(b"tRNS", (301).to_bytes(2, "big"))))
    assert picture.alpha.tolist() == [[1, 0]]


def write_tiff(tmp_path, pixels, **options) -> bytes:
    tifffile.imwrite(tmp_path / "made.tif", pixels, **options)
    return (tmp_path / "made.tif").read_bytes()


@pytest.mark.parametrize("compression", [None, "zlib"])
@pytest.mark.parametrize("byteorder", ["<", ">"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_sixteen_bit_tiff_is_exact(tmp_path, channels, byteorder, compression):
    pixels = levels(5, 7, channels, dtype=np.uint16).squeeze()
    kind = {"photometric": "rgb"} if channels > 1 else {}
    kind |= {"extrasamples": ["unassalpha"]} if channels == 4 else {}
    picture = load(write_tiff(tmp_path, pixels, byteorder=byteorder, compression=compression, **kind))
    expected = planes(pixels, 65535)
    assert np.array_equal(picture.values.numpy(), expected[:3]) and picture.notices == ()
    if channels == 4:
        assert np.array_equal(picture.alpha.numpy(), expected[3])


@pytest.mark.parametrize(
    "dtype, top", [("int8", 127), ("int16", 32767), ("uint32", 2**32 - 1), ("int32", 2**31 - 1)]
)
def test_integer_tiffs_are_divided_by_the_maximum_of_their_type(tmp_path, dtype, top):
    pixels = levels(5, 7, dtype=np.dtype(dtype))
    assert np.array_equal(values(write_tiff(tmp_path, pixels)), planes(pixels, top))


def test_a_float_tiff_is_taken_as_it_is(tmp_path):
    pixels = np.random.default_rng(0).normal(0, 3, (5, 7)).astype(np.float32)
    assert np.array_equal(values(write_tiff(tmp_path, pixels))[0], pixels)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_white_may_be_zero(tmp_path, dtype):
    pixels, top = levels(5, 7, dtype=dtype), np.iinfo(dtype).max
    got = values(write_tiff(tmp_path, pixels, photometric="miniswhite"))
    assert np.allclose(got, planes(top - pixels, top), atol=1e-7)


def test_sixteen_bit_colour_in_a_rare_layout_is_read_as_eight_bit_and_says_so(tmp_path):
    pixels = levels(5, 7, 4, dtype=np.uint16)
    assert "its 16-bit values were read as 8-bit ones" in said(
        write_tiff(tmp_path, pixels, photometric="separated")
    )


# --- turned, animated, mislabelled ------------------------------------------------------------------


@pytest.mark.parametrize("turn", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF", "JPEG"])
def test_exif_turns_a_picture_upright(form, turn):
    blocks = levels(4, 6, 3)
    upright = blocks.repeat(8, 0).repeat(8, 1)  # JPEG keeps flat blocks
    options = LOSSLESS.get(form, {"quality": 100, "subsampling": 0})
    picture = load(encode(stored(upright, turn), form, exif=exif(turn), **options))
    assert picture.values.shape == (3, 32, 48) and picture.original_size == (32, 48)
    assert np.abs(picture.values.numpy() - planes(upright)).max() <= (3 / 255 if form == "JPEG" else 0)


@pytest.mark.parametrize("turn", range(1, 9))
def test_exif_turns_sixteen_bits_too(tmp_path, turn):
    tag = [(274, 3, 1, turn, True)]
    for upright in (levels(4, 6, 3, dtype=np.uint16), levels(4, 6, dtype=np.uint16)):
        expected = planes(upright, 65535)
        shown = "rgb" if upright.ndim == 3 else "minisblack"
        got = load(write_tiff(tmp_path, stored(upright, turn), photometric=shown, extratags=tag))
        assert np.array_equal(got.values.numpy(), expected) and got.original_size == (4, 6)
        extra = making.chunk(b"eXIf", exif(turn)[6:])
        got = load(png(stored(upright, turn), colour_type=2 if upright.ndim == 3 else 0, extra=extra))
        assert np.array_equal(got.values.numpy(), expected) and got.original_size == (4, 6)


def test_broken_exif_is_no_reason_to_refuse():
    pixels = levels(4, 6, 3)
    assert values(encode(pixels, "JPEG", exif=b"Exif\0\0II*\0" + b"\xff" * 40)).shape == (3, 4, 6)


@pytest.mark.parametrize("form", ["GIF", "PNG", "WEBP", "TIFF"])
def test_the_first_of_several_pictures_is_used_and_that_is_said(form):
    first, *others = [Pillow.fromarray(levels(6, 9, 3, seed=n)).quantize(16) for n in range(3)]
    options = {"lossless": True} if form == "WEBP" else {}
    data = encode(first, form, save_all=True, append_images=others, **options)
    assert said(data) == ["this file holds 3 pictures; the first is used"]
    assert np.array_equal(values(data), planes(np.asarray(first.convert("RGB"))))


def test_an_endless_animation_is_not_counted_to_its_end():
    start, frame = encode(np.zeros((1, 1), np.uint8), "GIF").split(b",", 1)
    data = start + (b"," + frame[:-1]) * 5000 + b";"
    assert said(data) == ["this file holds 1000 pictures or more; the first is used"]


@pytest.mark.parametrize("name", ["photo.jpg", "no ending", "", "../../x.svg", "\ud800.png"])
def test_the_name_is_kept_and_not_believed(name):
    pixels = levels(5, 7, 3)
    picture = load(encode(pixels, "PNG"), name)
    assert picture.name == name and np.array_equal(picture.values.numpy(), planes(pixels))


def test_equal_bytes_have_equal_digests():
    one, other = encode(levels(5, 7), "PNG"), encode(levels(5, 7, seed=1), "PNG")
    assert load(one).digest == load(one, "another name").digest != load(other).digest
    assert len(load(one).digest) == 16 and load(one) != load(one) and hash(load(one))
    assert load(one).kind == "image" and load(one).size == (5, 7)


# --- colour -----------------------------------------------------------------------------------------


def srgb_of_linear(linear: np.ndarray) -> np.ndarray:
    """IEC 61966-2-1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("form", ["PNG", "TIFF", "WEBP"])
def test_a_profile_is_applied(form):
    pixels = levels(16, 16, 3)
    data = encode(pixels, form, icc_profile=icc(b"RGB ", 1.0, name=b"Linear light"), **LOSSLESS[form])
    assert np.abs(values(data) - srgb_of_linear(planes(pixels))).max() < 1.5 / 255
    assert said(data) == ["colours converted from Linear light to sRGB"]


def test_a_profile_may_exchange_colours_and_leaves_alpha_alone():
    red, green, blue = making.SRGB_PRIMARIES
    pixels = levels(16, 16, 4)
    plain = icc(b"RGB ", 2.2, (red, green, blue))
    swapped = icc(b"RGB ", 2.2, (green, red, blue))
    one = load(encode(pixels[..., [1, 0, 2, 3]], "PNG", icc_profile=plain))
    two = load(encode(pixels, "PNG", icc_profile=swapped))
    assert np.abs(one.values.numpy() - two.values.numpy()).max() < 1.5 / 255
    assert np.array_equal(two.alpha.numpy(), planes(pixels[..., 3])[0])


def test_a_grey_profile_is_applied_and_grey_stays_grey():
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    expected = srgb_of_linear(planes(pixels))
    profile = icc(b"GRAY", 1.0)
    assert np.abs(values(encode(pixels, "PNG", icc_profile=profile)) - expected).max() < 1.5 / 255
    deep = encode(pixels.astype(np.uint16) * 257, "PNG", icc_profile=profile)
    assert np.abs(values(deep) - expected).max() < 1.5 / 255


def test_sixteen_bits_with_a_profile_are_converted_in_eight_bits_and_say_so(tmp_path):
    pixels = levels(16, 16, 3, dtype=np.uint16)
    profile = icc(b"RGB ", 1.0, name=b"Linear light")
    data = write_tiff(tmp_path, pixels, photometric="rgb", iccprofile=profile)
    assert (
        np.abs(values(data) - srgb_of_linear(planes(pixels, 65535))).max() < 20 / 255
    )  # dark levels are far apart
    assert said(data) == [
        "its 16-bit values were read as 8-bit ones",
        "colours converted from Linear light to sRGB",
    ]


def test_srgb_by_profile_leaves_every_number_as_it_is():
    pixels = levels(16, 16, 3)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    data = encode(pixels, "PNG", icc_profile=profile)
    assert np.array_equal(values(data), planes(pixels)) and said(data) == []


@pytest.mark.parametrize("profile", [b"scrap", icc(b"RGB ", 1.0)[:200], icc(b"GRAY", 1.0), bytes(9 * 2**20)])
def test_a_profile_that_cannot_be_used_is_left_out_and_that_is_said(profile):
    pixels = levels(5, 7, 3)
    data = encode(pixels, "TIFF", icc_profile=profile)
    assert np.array_equal(values(data), planes(pixels))
    assert said(data) == ["the colour profile in this file cannot be used; its numbers are taken as sRGB"]


@pytest.mark.parametrize("form", ["TIFF", "JPEG"])
def test_cmyk_becomes_srgb_and_that_is_said(form):
    inks = np.zeros((16, 16, 4), np.uint8)
    inks[:, :, 0], inks[:, :, 3] = 255, 51  # cyan, a fifth of black
    data = encode(Pillow.fromarray(inks, "CMYK"), form)
    assert np.allclose(values(data)[:, 8, 8], [0, 0.8, 0.8], atol=2 / 255)
    assert said(data) == [
        "colours converted from CMYK to RGB by the simple formula: the file brings no usable profile"
    ]


def test_lab_becomes_srgb_and_that_is_said():
    lab = np.zeros((4, 4, 3), np.uint8)
    lab[..., 0] = 255  # white
    data = encode(Pillow.frombytes("LAB", (4, 4), lab.tobytes()), "TIFF")
    assert np.allclose(values(data), 1, atol=2 / 255) and said(data) == [
        "colours converted from CIE L*a*b* to sRGB"
    ]


# --- arrays -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(5, 7), (1, 5, 7), (2, 5, 7), (3, 5, 7), (4, 5, 7)], ids=str)
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f4", "longdouble"])
def test_a_float_array_is_taken_as_it_is(dtype, shape):
    array = np.random.default_rng(0).normal(0, 3, shape).astype(dtype)
    assert np.array_equal(values(npy(array)), array.astype(np.float32).reshape(-1, 5, 7))


@pytest.mark.parametrize(
    "dtype", ["uint8", "int8", "uint16", "int16", ">u2", "uint32", "int32", "uint64", "int64"]
)
def test_an_integer_array_is_divided_by_the_maximum_of_its_type(dtype):
    array = levels(3, 5, 7, dtype=np.dtype(dtype).newbyteorder("=")).astype(dtype)
    assert np.array_equal(values(npy(array)), (array / np.float64(np.iinfo(dtype).max)).astype(np.float32))


def test_true_is_one():
    array = levels(5, 7) > 127
    assert np.array_equal(values(npy(array))[0], array)


def test_channels_may_be_last_and_that_is_said():
    array = levels(5, 7, 3)
    assert np.array_equal(values(npy(array)), planes(array))
    assert said(npy(array)) == ["read as (H, W, C): its last axis, 3, is the channels"]


def test_columns_may_be_first():
    array = np.asfortranarray(levels(3, 5, 7))
    assert np.array_equal(values(npy(array)), array / np.float32(255))


# --- limits -----------------------------------------------------------------------------------------


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_SOFT_PIXELS", "200")  # and so 2000 at most


MEAN = "each the mean of the area it covers"


@pytest.mark.parametrize("form", [*LOSSLESS, "NPY", "PNG 16", "GREY 16"])
def test_over_the_soft_limit_a_picture_becomes_means_and_says_by_how_much(small, form):
    blocks = levels(10, 20, 3)
    pixels = blocks.repeat(2, 0).repeat(2, 1)
    match form:
        case "NPY":
            data = npy(pixels.transpose(2, 0, 1))
        case "PNG 16":
            data = png(pixels.astype(np.uint16) * 257, colour_type=2)
        case "GREY 16":
            blocks = blocks[..., 0]
            data = png(pixels[..., 0].astype(np.uint16) * 257, colour_type=0)
        case _:
            data = encode(pixels, form, **LOSSLESS[form])
    picture = load(data)
    assert np.allclose(picture.values.numpy(), planes(blocks), atol=1e-6)
    assert picture.original_size == (20, 40)
    assert [str(each) for each in picture.notices] == [f"reduced from 40 x 20 to 20 x 10 pixels, {MEAN}"]


@pytest.mark.parametrize("turn", [1, 6])
def test_a_large_jpeg_is_decoded_small(small, turn):
    upright = levels(2, 4, 3).repeat(16, 0).repeat(16, 1)[:, :62]
    data = encode(stored(upright, turn), "JPEG", quality=95, subsampling=0, exif=exif(turn))
    assert said(data) == [f"reduced from 62 x 32 to 19 x 10 pixels, {MEAN}"]
    picture = load(data)
    assert picture.size == (10, 19) and picture.original_size == (32, 62)
    assert abs(picture.values.mean() - upright.mean() / 255) < 0.02


def test_a_transparent_picture_is_reduced_without_a_fringe(small):
    pixels = np.zeros((20, 40, 4), np.uint8)
    pixels[:, ::2] = 255  # white columns between transparent black ones
    picture = load(encode(pixels, "PNG"))
    assert picture.values.min() == 1 and np.allclose(picture.alpha, 0.5, atol=1 / 255)


@pytest.mark.parametrize("soft", ["200", "777", "1000000"])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_picture_is_the_same_read_whole_or_in_bands(monkeypatch, channels, soft):
    monkeypatch.setenv("PLAYGROUND_SOFT_PIXELS", soft)
    pixels = levels(35, 51, channels)
    for data in (
        encode(pixels.squeeze(), "PNG"),
        npy(pixels.transpose(2, 0, 1)),
        png(pixels.astype(np.uint16) * 257, colour_type={1: 0, 3: 2, 4: 6}[channels]),
    ):
        monkeypatch.setattr(reduce, "BAND_PIXELS", 2**20)
        whole = load(data)
        monkeypatch.setattr(reduce, "BAND_PIXELS", 64)
        bands = load(data)
        assert np.allclose(whole.values, bands.values, atol=1e-6) and whole.size == bands.size
        assert whole.alpha is None or np.allclose(whole.alpha, bands.alpha, atol=1e-6)


@pytest.mark.parametrize("shape", [(1, 1999), (1999, 1), (3, 600)])
def test_a_strip_is_reduced_to_the_limit_too(small, shape):
    height, width = load(encode(levels(*shape), "PNG")).size
    assert height * width <= 200 and min(height, width) >= 1


def test_a_strip_of_20000_pixels_is_taken():
    pixels = levels(1, 20000)
    assert np.array_equal(values(encode(pixels, "PNG")), planes(pixels))


# --- together ---------------------------------------------------------------------------------------


def test_many_threads_load_at_once():
    files = [
        encode(levels(40, 50, 3, seed=n), form) for n in range(6) for form in ("PNG", "TIFF", "GIF", "BMP")
    ]
    expected = [values(data) for data in files]
    wrong: list[int] = []

    def work() -> None:
        wrong.extend(n for n, data in enumerate(files) if not np.array_equal(values(data), expected[n]))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_importing_the_room_does_not_import_torch_or_opencv():
    code = (
        "import sys, playground.media.image_file, playground.media.samples, playground.media.save;"
        "sys.exit(', '.join({'torch', 'cv2', 'streamlit'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
