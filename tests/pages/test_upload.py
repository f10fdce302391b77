"""One's own picture: every file is shown as it is, with what was done to it, or refused in one sentence."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from media.making import PNG_START, chunk, encode, exif, levels, npy, npy_header, stored
from PIL import Image as Pillow

from playground.media.image_file import load_image

from .visiting import (
    calm,
    change,
    click,
    control,
    facts,
    go,
    heading,
    notes,
    sentence,
    tells_the_truth,
    visit,
)

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:PIL")  # of files that are bad on purpose

IN_NO_LINK = "Your own picture is not in the link; whoever opens it sees the cat with these settings."


def upload(at, data: bytes, name: str = "mine.png"):
    at.file_uploader(key="image_upload").set_value((name, data, "application/octet-stream"))
    return at.run()


def photograph(at, data: bytes):
    at.camera_input(key="image_camera").upload("shot.jpg", data)
    return at.run()


def shown(at, data: bytes, name: str = "mine.png"):
    """Assert that the page shows what the recipe makes of this very file."""
    assert control(at, "source").value == "own" == at.query_params["source"]
    assert control(at, "source").options[-1] == name
    assert IN_NO_LINK in notes(at)
    return tells_the_truth(calm(at), load_image(data, name))


def large_png(side: int) -> bytes:
    """A black PNG, 8 bits a pixel: a small file of many pixels."""
    squeeze = zlib.compressobj(1)
    rows = bytes((1 + side) * 100)
    data = b"".join(squeeze.compress(rows) for _ in range(side // 100)) + squeeze.flush()
    header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    return PNG_START + chunk(b"IHDR", header) + chunk(b"IDAT", data) + chunk(b"IEND", b"")


# --- files that are no pictures ------------------------------------------------------------------

COLOURS = levels(40, 60, 3)
BAD = {
    "empty": (b"", "empty.png", "this file is empty"),
    "a PNG cut off": (encode(COLOURS, "PNG")[:2000], "cut.png", "cut off before its end"),
    "a JPEG cut off": (encode(COLOURS, "JPEG")[:700], "cut.jpg", "cut off before its end"),
    "text called PNG": (b"Dear cat,\nthis is no picture.\n", "letter.png", "this is text, not a picture"),
    "a HEIC photo": (
        struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"heic", 0, b"mif1", b"heic") + bytes(100),
        "photo.heic",
        "this is a HEIC photo",
    ),
    "an array of text": (npy(np.array(["cat", "dog"])), "words.npy", "this array holds text"),
    "an array of objects": (
        npy(np.array([{"cat": 1}], dtype=object), allow_pickle=True),
        "objects.npy",
        "Python objects, which are never loaded",
    ),
    "an array that announces 10^12 numbers": (
        npy_header("'<f4'", "(1000000, 1000000)"),
        "huge.npy",
        "pixels are accepted, so save a part of it",
    ),
    "an array with NaN": (npy(np.float32([[0, np.nan], [1, 1]])), "nan.npy", "1 of its 4 values are NaN"),
    "an array with infinity": (npy(np.float32([[0, np.inf]])), "inf.npy", "1 are infinite"),
    "an array in four dimensions": (npy(np.zeros((2, 2, 2, 2))), "four.npy", "has the shape (2, 2, 2, 2)"),
    "an archive": (b"PK\x03\x04" + bytes(50), "photos.zip", "packed archive"),
    "markup": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "a.svg", "SVG drawing"),
    "noise": (bytes(levels(500, seed=3)), "noise.bin", "send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file"),
}


@pytest.fixture(scope="module")
def careful():
    """A visitor with settings and a picture of their own, who then tries bad files."""
    at = visit(recipe="emboss", signed="stretch")
    return calm(upload(at, encode(COLOURS, "PNG")))


@pytest.mark.parametrize("data, name, words", BAD.values(), ids=BAD)
def test_a_bad_file_is_refused_in_one_sentence_and_nothing_changes(careful, data, name, words):
    address, seen = dict(careful.query_params), heading(careful)
    upload(careful, data, name)
    assert words.lower() in sentence(careful).lower()
    assert not sentence(careful)[0].islower()
    assert careful.query_params == address and heading(careful) == seen
    tells_the_truth(careful, load_image(encode(COLOURS, "PNG"), "mine.png"))
    assert careful.session_state["image.own"].name == "mine.png"


def test_a_bad_file_as_the_first_one_leaves_the_sample(at):
    assert "is text, not a picture" in sentence(upload(at, b"Dear cat,\n", "letter.png"))
    assert at.query_params == {} and control(at, "source").options[-1] == "0 to 63"
    tells_the_truth(at)
    calm(upload(at, encode(COLOURS, "PNG")))  # a good one ends the complaint
    shown(at, encode(COLOURS, "PNG"))


def test_a_picture_of_more_pixels_than_allowed_is_refused_before_it_is_decoded(at, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_SOFT_PIXELS", "4000000")
    data = large_png(12_000)
    assert len(data) < 2_000_000
    assert "12000 x 12000 = 144,000,000 pixels" in sentence(upload(at, data))
    tells_the_truth(at)


def test_a_file_of_more_bytes_than_allowed_is_refused(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_FILE_BYTES", str(2**20))
    at = visit()
    assert (
        sentence(upload(at, bytes(3 * 2**20), "big.bmp")) == "Big.bmp has 3 MB; files up to 1 MB are accepted"
    )


def test_a_picture_over_the_soft_limit_is_reduced_with_a_notice(at, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_SOFT_PIXELS", "1000")
    data = encode(levels(40, 60, 3, seed=9), "PNG")
    upload(at, data)
    assert shown(at, data).records[0].input_shape[-2:] == (25, 38)
    assert "Reduced from 60 x 40 to 38 x 25 pixels, each the mean of the area it covers" in notes(at)


# --- files that are unusual ----------------------------------------------------------------------


def animated() -> bytes:
    frames = [Pillow.fromarray(levels(20, 30, seed=seed)) for seed in range(3)]
    return encode(frames[0], "GIF", save_all=True, append_images=frames[1:])


def clear(mode: str) -> bytes:
    alpha = levels(20, 30, 4)
    return encode(Pillow.fromarray(alpha).convert(mode), "PNG")


GOOD = {
    "one pixel": (encode(levels(1, 1, 3), "PNG"), "dot.png", "1 × 1 → 1 × 1", ()),
    "a strip of 20000 pixels": (
        encode(levels(1, 20_000, 3), "PNG"),
        "strip.png",
        "1 × 20000 → 1 × 20000",
        (),
    ),
    "a strip that stands": (encode(levels(20_000, 1), "PNG"), "strip.png", "20000 × 1 → 20000 × 1", ()),
    "16 bits of grey": (encode(levels(20, 30, dtype=np.uint16), "PNG"), "deep.png", "20 × 30", ()),
    "a palette": (encode(Pillow.fromarray(levels(20, 30, 3)).quantize(16), "PNG"), "p.png", "20 × 30", ()),
    "CMYK": (
        encode(Pillow.fromarray(levels(20, 30, 4), "CMYK"), "JPEG"),
        "print.jpg",
        "20 × 30",
        ("colours converted from CMYK to RGB",),
    ),
    "turned by the camera": (
        encode(stored(levels(20, 30, 3), 6), "JPEG", exif=exif(6)),
        "turned.jpg",
        "20 × 30 → 20 × 30",
        (),
    ),
    "an animation": (animated(), "moving.gif", "20 × 30", ("this file holds 3 pictures; the first is used",)),
    "a PNG called JPEG": (encode(COLOURS, "PNG"), "mine.jpg", "40 × 60", ()),
    "an array with channels last": (
        npy(levels(20, 30, 3)),
        "last.npy",
        "20 × 30",
        ("read as (H, W, C): its last axis, 3, is the channels",),
    ),
    "an array outside 0 to 1": (npy(np.float32([[-5, 0], [0.5, 20]])), "wide.npy", "2 × 2", ()),
    "a flat array": (npy(np.full((9, 9), 0.25, np.float32)), "flat.npy", "9 × 9", ()),
    "BMP": (encode(COLOURS, "BMP"), "a.bmp", "40 × 60", ()),
    "WebP": (encode(COLOURS, "WEBP", lossless=True), "a.webp", "40 × 60", ()),
    "TIFF": (encode(COLOURS, "TIFF"), "a.tif", "40 × 60", ()),
}


@pytest.mark.parametrize("data, name, size, said", GOOD.values(), ids=GOOD)
def test_an_unusual_picture_is_shown_with_what_was_done_to_it(at, data, name, size, said):
    upload(at, data, name)
    shown(at, data, name)
    assert facts(at).startswith(size)
    for words in said:
        assert any(words.lower() in note.lower() for note in notes(at))
    change(at, "family", "blur")
    shown(at, data, name)


@pytest.mark.parametrize("channels", [2, 4])
@pytest.mark.parametrize("recipe", ["grey~sobel-x", "gaussian.sigma_2", "sobel-y", "identity.stride_1-2"])
def test_an_array_of_unusual_channels_is_shown_and_said(channels, recipe):
    array = np.random.default_rng(0).normal(size=(channels, 20, 30)).astype(np.float32)
    at = upload(visit(recipe=recipe), npy(array), "channels.npy")
    medium = load_image(npy(array), "channels.npy")
    result = tells_the_truth(calm(at), medium)
    assert result.output.shape[0] == channels
    words = {2: "2 channels, shown as red and green", 4: "4 channels, the first three shown"}
    assert words[channels] in facts(at)
    change(at, "colour", "green")
    tells_the_truth(calm(at), medium)
    change(at, "colour", "grey")
    assert sentence(at) == f"Grey needs 1 or 3 channels; this has {channels}"


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_transparency_is_kept_where_the_size_is_and_else_put_on_white_with_a_notice(mode):
    data = clear(mode)
    at = upload(visit(recipe="gaussian.sigma_2"), data)
    assert shown(at, data).alpha is not None
    assert facts(at).find(" · transparency kept · ") > 0
    change(at, "stride", 2)
    assert shown(at, data).alpha is None
    assert "transparency" not in facts(at)
    assert "The picture's transparency was put on white, because the size changes" in notes(at)


def test_the_name_of_a_file_is_text_and_never_markup(at):
    name, data = '<img src=x onerror="alert(1)">.png', encode(COLOURS, "PNG")
    upload(at, data, name)
    shown(at, data, name)
    assert all("<img src=x" not in each.proto.body for each in at.get("html"))


# --- the picture and the session -----------------------------------------------------------------


def test_ones_own_picture_stays_when_a_sample_was_looked_at(at):
    data = encode(COLOURS, "PNG")
    shown(upload(at, data), data)
    change(at, "source", "cup")
    assert at.query_params == {"source": "cup"}
    change(at, "source", "own")
    shown(at, data)
    click(at, "reset")
    assert calm(at).query_params == {}
    change(at, "source", "own")
    shown(at, data)


def test_ones_own_picture_stays_when_one_comes_back_from_home(at):
    data = encode(COLOURS, "PNG")
    shown(upload(at, data), data)
    go(at, "pages/home.py")
    go(at, "pages/image.py")
    shown(at, data)


def test_a_second_picture_takes_the_place_of_the_first(at):
    first, second = encode(COLOURS, "PNG"), encode(levels(10, 20, 3, seed=5), "PNG")
    shown(upload(at, first, "one.png"), first, "one.png")
    shown(upload(at, second, "two.png"), second, "two.png")


def test_another_picture_of_the_same_name_is_not_taken_for_the_first(at):
    first, second = encode(COLOURS, "PNG"), encode(levels(40, 60, 3, seed=5), "PNG")
    shown(upload(at, first), first)
    shown(upload(at, second), second)


def test_taking_the_file_out_ends_the_complaint_and_keeps_the_picture(at):
    data = encode(COLOURS, "PNG")
    upload(at, data)
    sentence(upload(at, b"no picture"))
    at.file_uploader(key="image_upload").clear()
    at.run()
    shown(at, data)


def test_the_camera_is_off_until_it_is_asked_for_and_its_photo_is_shown(at):
    assert not at.get("camera_input")
    change(at, "camera_on", True)
    assert len(at.get("camera_input")) == 1
    data = encode(COLOURS, "JPEG")
    photograph(at, data)
    shown(at, data, "shot.jpg")


def test_a_file_and_a_photo_do_not_fight(at):
    file, photo = encode(COLOURS, "PNG"), encode(levels(30, 20, 3), "JPEG")
    shown(upload(at, file), file)
    change(at, "camera_on", True)
    photograph(at, photo)
    shown(at, photo, "shot.jpg")
    at.run()
    shown(at, photo, "shot.jpg")
    again = encode(levels(12, 12, 3), "PNG")
    shown(upload(at, again, "again.png"), again, "again.png")


def test_the_limits_stand_beside_the_uploader(at, monkeypatch):
    monkeypatch.setenv("PLAYGROUND_FILE_BYTES", str(64 * 2**20))
    monkeypatch.setenv("PLAYGROUND_SOFT_PIXELS", "8000000")
    at.run()
    assert [caption.value for caption in at.caption] == [
        "Up to 64 MB. Pictures over 8 megapixels are reduced. It stays in this session and is not stored."
    ]
    assert at.file_uploader(key="image_upload").proto.max_upload_size_mb == 64
