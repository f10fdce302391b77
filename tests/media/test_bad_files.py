"""Whatever is sent, the answer is a picture or one sentence that says what would work."""

from __future__ import annotations

import random
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image as Pillow

from playground.errors import MediaError
from playground.media.image_file import load_image
from playground.media.types import Image

from . import making
from .making import black_png, chunk, encode, levels, npy, npy_header

pytestmark = [
    pytest.mark.filterwarnings(
        "ignore::UserWarning:PIL"
    ),  # the room silences them, pytest switches them on again
    pytest.mark.filterwarnings("ignore::UserWarning:numpy"),
]


def answer(data: bytes, name: str = "x.png") -> str:
    with pytest.raises(MediaError) as caught:
        load_image(data, name)
    sentence = str(caught.value)
    assert "\n" not in sentence and len(sentence) < 250
    return sentence


def ftyp(*brands: bytes) -> bytes:
    return (
        struct.pack(">I4s", 8 + 4 * (len(brands) + 1), b"ftyp") + brands[0] + bytes(4) + b"".join(brands[1:])
    )


def tiff(*fields: tuple[int, int, int, int]) -> bytes:
    entries = b"".join(struct.pack("<HHII", *each) for each in fields)
    return b"II*\0" + struct.pack("<IH", 8, len(fields)) + entries + bytes(4)


OTHER_KINDS = {
    "HEIC": (
        ftyp(b"heic", b"mif1", b"heic"),
        "this is a HEIC photo, which cannot be read here; send it as JPEG"
        " (on an iPhone: Settings > Camera > Formats > Most Compatible)",
    ),
    "AVIF": (
        encode(levels(8, 8, 3), "AVIF"),
        "this is an AVIF picture, which cannot be read here; save it as PNG or JPEG and send that",
    ),
    "AVIF as mif1": (
        ftyp(b"mif1", b"miaf", b"avif"),
        "this is an AVIF picture, which cannot be read here; save it as PNG or JPEG and send that",
    ),
    "JPEG 2000": (
        encode(levels(8, 8, 3), "JPEG2000"),
        "this is a JPEG 2000 picture, which cannot be read here; save it as PNG or JPEG and send that",
    ),
    "JPEG XL": (
        b"\xff\x0a\xfa\x1f",
        "this is a JPEG XL picture, which cannot be read here; save it as PNG or JPEG and send that",
    ),
    "Canon raw": (
        b"II*\0\x10\0\0\0CR\x02\0",
        "this is a camera raw file, not a finished picture; export it as JPEG or TIFF and send that",
    ),
    "DNG": (
        tiff((254, 4, 1, 1), (256, 3, 1, 4), (257, 3, 1, 4), (50706, 1, 4, 1)),
        "this is a camera raw file, not a finished picture; export it as JPEG or TIFF and send that",
    ),
    "Photoshop": (
        b"8BPS\0\1" + bytes(20),
        "this is a Photoshop file, which cannot be read here; export it as PNG or JPEG and send that",
    ),
    "icon": (
        encode(levels(16, 16, 3), "ICO"),
        "this is an icon file, which cannot be read here; save it as PNG and send that",
    ),
    "SVG": (
        b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>',
        "this is an SVG drawing, made of lines and not of pixels; export it as PNG and send that",
    ),
    "web page": (
        b"<!DOCTYPE html><html><body>cat</body></html>",
        "this is a web page, not a picture; open the picture itself, save it and send that file",
    ),
    "PDF": (
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3",
        "this is a PDF document, not a picture; export the page as PNG or JPEG and send that",
    ),
    "PostScript": (
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        "this is a PostScript file, a program and not a picture; export it as PNG and send that",
    ),
    "MP4": (
        ftyp(b"isom", b"iso2", b"mp41"),
        "this is a video, not a picture; save one frame of it as PNG or JPEG and send that",
    ),
    "WebM": (
        b"\x1a\x45\xdf\xa3" + bytes(20),
        "this is a video, not a picture; save one frame of it as PNG or JPEG and send that",
    ),
    "AVI": (
        b"RIFF\x10\0\0\0AVI LIST",
        "this is a video, not a picture; save one frame of it as PNG or JPEG and send that",
    ),
    "WAV": (
        b"RIFF\x24\0\0\0WAVEfmt ",
        "this is a sound, not a picture; the Sound page takes it",
    ),
    "MP3": (
        b"ID3\x04" + bytes(20),
        "this is a sound, not a picture; the Sound page takes it",
    ),
    "M4A": (
        ftyp(b"M4A ", b"isom"),
        "this is a sound, not a picture; save it as WAV or MP3 and the Sound page takes it, or send a picture here",
    ),
    "NPZ": (
        b"PK\x03\x04" + bytes(20),
        "this is a packed archive, not a picture; unpack it and send one picture from it",
    ),
    "text": (
        b"Dear cat,\nthis is no picture.\n",
        "this is text, not a picture; send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file",
    ),
    "text that begins like a BMP": (
        b"BM is a fine beginning for a sentence.",
        "this is text, not a picture; send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file",
    ),
    "Chinese text, cut within a letter": (
        ("a" + "卷积" * 4000).encode(),
        "this is text, not a picture; send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file",
    ),
    "UTF-16 text": (
        "a picture".encode("utf-16"),
        "this is text, not a picture; send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file",
    ),
    "unknown": (
        bytes(range(256)),
        "this is no kind of file known here; send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file",
    ),
    "QOI, which Pillow would read": (
        b"qoif\0\0\0\1\0\0\0\1\3\0" + bytes(20),
        "this is no kind of file known here; send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file",
    ),
    "empty": (b"", "this file is empty; was it still being copied when it was sent?"),
}


@pytest.mark.parametrize("kind", OTHER_KINDS)
def test_what_is_no_picture_is_named(kind):
    data, sentence = OTHER_KINDS[kind]
    assert answer(data) == sentence


# --- cut off, damaged -------------------------------------------------------------------------------

WHOLE = {
    "PNG": encode(levels(60, 80, 3), "PNG"),
    "JPEG": encode(levels(60, 80, 3), "JPEG", quality=90),
    "WebP": encode(levels(60, 80, 3), "WEBP", lossless=True),
    "GIF": encode(Pillow.fromarray(levels(60, 80, 3)).quantize(64), "GIF"),
    "BMP": encode(levels(60, 80, 3), "BMP"),
    "TIFF": encode(levels(60, 80, 3), "TIFF", compression="tiff_lzw"),
    "plain TIFF": encode(levels(60, 80, 3), "TIFF"),
    "16-bit PNG": making.png(levels(60, 80, 3, dtype=np.uint16), colour_type=2),
    "palette PNG": encode(Pillow.fromarray(levels(60, 80, 3)).quantize(64), "PNG"),
    "progressive JPEG": encode(levels(60, 80, 3), "JPEG", progressive=True, exif=making.exif(6)),
    "lossy WebP": encode(levels(60, 80, 4), "WEBP", quality=50),
    "animated GIF": encode(
        Pillow.fromarray(levels(9, 9)),
        "GIF",
        save_all=True,
        append_images=[Pillow.fromarray(levels(9, 9, seed=1))],
    ),
    "PNG with a profile": encode(levels(60, 80, 3), "PNG", icc_profile=making.icc(b"RGB ", 1.0)),
    "CMYK JPEG": encode(Pillow.fromarray(levels(60, 80, 4), "CMYK"), "JPEG"),
    "16-bit TIFF": making.tiff16(levels(60, 80, 3, dtype=np.uint16)),
    "NPY": npy(levels(60, 80, 3)),
}


@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WebP", "GIF", "BMP", "TIFF", "plain TIFF", "16-bit PNG"])
def test_a_file_that_is_cut_off_is_refused(kind, part):
    data = WHOLE[kind]
    sentence = f"this {kind.split()[-1]} file is cut off before its end; copy or download it again"
    assert answer(data[: int(len(data) * part)]) == sentence


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WebP", "GIF", "BMP", "TIFF"])
def test_a_file_of_scrap_after_its_beginning_is_refused(kind):
    data = WHOLE[kind][:14] + bytes([40, 0, 0, 0]) + random.Random(0).randbytes(4000) + b"IEND\xff\xd9;"
    wanted = (
        "file is cut off before its end"
        if kind in ("BMP", "TIFF", "WebP")
        else "file is damaged or of a rare kind"
    )
    assert wanted in answer(data)


def test_a_damaged_png_is_refused():
    data = bytearray(WHOLE["PNG"])
    data[len(data) // 2] ^= 255
    sentence = "this PNG file is damaged or of a rare kind; open it elsewhere, save it as PNG and send that"
    assert answer(bytes(data)) == sentence


@pytest.mark.parametrize("kind", WHOLE)
def test_whatever_happens_to_a_file_the_answer_is_a_picture_or_a_sentence(kind):
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
            picture = load_image(bytes(data), "fuzz")
        except MediaError as error:
            assert 20 < len(str(error)) < 250
        else:
            assert isinstance(picture, Image) and picture.values.isfinite().all()
            assert picture.values.ndim == 3 and picture.values.numel() > 0
            assert picture.alpha is None or picture.alpha.shape == picture.values.shape[1:]


def test_recursion_and_memory_errors_become_sentences(monkeypatch):
    for error, sentence in (
        (
            MemoryError(),
            "this picture needs more memory than is free now; make it smaller, or try again later",
        ),
        (
            RecursionError(),
            "this PNG file is damaged or of a rare kind; open it elsewhere, save it as PNG and send that",
        ),
    ):
        monkeypatch.setattr(
            Pillow.Image, "convert", lambda *_, error=error, **__: (_ for _ in ()).throw(error)
        )
        assert answer(WHOLE["PNG"]) == sentence


# --- too large --------------------------------------------------------------------------------------


@pytest.fixture
def at_most_120_megapixels(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_SOFT_PIXELS", "12000000")


TOO_LARGE = "this picture has 12000 x 12000 = 144,000,000 pixels; at most 120,000,000 are accepted, so make it smaller"


def peak_megabytes(data: bytes, tmp_path) -> float:
    """Peak of resident memory that loading adds, in a fresh process."""
    (tmp_path / "file").write_bytes(data)
    code = (
        "import pathlib, sys, resource, torch, cv2\n"
        "from playground.media.image_file import load_image\n"
        "from playground.errors import MediaError\n"
        "data = pathlib.Path(sys.argv[1]).read_bytes()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: load_image(data, 'x')\n"
        "except MediaError: pass\n"
        "print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, str(tmp_path / "file")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return float(done.stdout)


def test_a_small_file_of_many_pixels_is_refused_from_its_header(at_most_120_megapixels, tmp_path):
    data = black_png(12000, 12000)
    assert len(data) < 140_000
    assert answer(data) == TOO_LARGE
    assert peak_megabytes(data, tmp_path) < 8


def announced(kind: str) -> bytes:
    """A file whose header announces 12000 x 12000 pixels, and which holds next to none."""
    side = 12000
    match kind:
        case "JPEG":
            data = bytearray(encode(levels(8, 8, 3), "JPEG"))
            at = data.index(b"\xff\xc0")
            data[at + 5 : at + 9] = struct.pack(">HH", side, side)
        case "GIF":
            data = bytearray(encode(levels(8, 8), "GIF"))
            data[6:10] = struct.pack("<HH", side, side)
        case "BMP":
            data = bytearray(encode(levels(8, 8), "BMP"))
            data[18:26] = struct.pack("<ii", side, side)
        case "WEBP":
            canvas = (side - 1).to_bytes(3, "little")
            data = b"RIFF\x20\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + canvas + canvas + bytes(20)
        case "TIFF":
            data = tiff(
                (256, 4, 1, side),
                (257, 4, 1, side),
                (258, 3, 1, 8),
                (262, 3, 1, 1),
                (273, 4, 1, 8),
                (279, 4, 1, 99),
            )
    return bytes(data)


@pytest.mark.parametrize("kind", ["JPEG", "GIF", "BMP", "WEBP", "TIFF"])
def test_every_format_is_judged_by_its_header(at_most_120_megapixels, kind, tmp_path):
    assert answer(announced(kind)) == TOO_LARGE
    assert peak_megabytes(announced(kind), tmp_path) < 8


def test_a_frame_larger_than_its_gif_is_refused(at_most_120_megapixels):
    data = bytearray(encode(levels(8, 8), "GIF"))
    at = data.index(b"," + bytes(4) + b"\x08\0\x08\0")
    data[at + 5 : at + 9] = struct.pack("<HH", 12000, 12000)
    assert answer(bytes(data)) == TOO_LARGE


def test_a_file_of_too_many_bytes_is_refused(monkeypatch):
    monkeypatch.setenv("PLAYGROUND_FILE_BYTES", "1000")
    assert answer(bytes(1001)) == (
        "this file has 1,001 bytes; at most 1,000 are accepted, so make the picture smaller"
    )


def test_a_tiff_field_of_a_million_numbers_is_not_unpacked(tmp_path):
    count = 6_000_000
    fields = (
        (256, 4, 1, 8),
        (257, 4, 1, 8),
        (258, 3, 1, 8),
        (262, 3, 1, 1),
        (273, 3, count, 86),
        (279, 4, 1, 64),
    )
    data = tiff(*fields) + bytes(2 * count)
    assert "TIFF file is damaged or of a rare kind" in answer(data)
    assert peak_megabytes(data, tmp_path) < 8


def test_a_text_chunk_that_unpacks_to_much_is_harmless(tmp_path):
    bomb = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(200_000_000)))
    profile = chunk(b"iCCP", b"bomb\0\0" + zlib.compress(bytes(200_000_000)))
    for extra in (bomb, profile):
        data = making.PNG_START + WHOLE["PNG"][8:33] + extra + WHOLE["PNG"][33:]
        assert peak_megabytes(data, tmp_path) < 30


def test_a_chunk_that_announces_two_gigabytes_is_harmless(tmp_path):
    data = WHOLE["16-bit PNG"][:-12] + b"\x7f\xff\xff\xffjunk" + bytes(8)
    assert peak_megabytes(data, tmp_path) < 30


def test_endless_exif_is_refused():
    segment = b"\xff\xe1" + struct.pack(">H", 65000) + b"Exif\0\0" + bytes(64992)
    assert "JPEG file is damaged or of a rare kind" in answer(b"\xff\xd8" + segment * 40 + WHOLE["JPEG"][2:])


# --- arrays -----------------------------------------------------------------------------------------

HEADER = "the header of this NPY file is damaged or cut off; save the array again with numpy.save"
SHAPE = "this array has the shape {}; a picture is (H, W), (C, H, W) or (H, W, C) with C from 1 to 4"
RECORDS = "this array holds records with named fields; save one field of it as an array of numbers"
BAD_ARRAYS = {
    "text": (npy(np.array([["a", "b"]])), "this array holds text; save numbers: numpy.save of a float array"),
    "bytes": (npy(np.array([[b"a"]])), "this array holds text; save numbers: numpy.save of a float array"),
    "objects": (
        npy(np.array([[{}]], object), allow_pickle=True),
        "this array holds Python objects, which are never loaded; save numbers: numpy.save of a float array",
    ),
    "complex": (
        npy(np.ones((2, 2), complex)),
        "this array holds complex numbers; save its magnitude or its real part",
    ),
    "dates": (
        npy(np.zeros((2, 2), "datetime64[s]")),
        "this array holds dates; save numbers: numpy.save of a float array",
    ),
    "time spans": (
        npy(np.zeros((2, 2), "timedelta64[s]")),
        "this array holds time spans; save numbers: numpy.save of a float array",
    ),
    "records": (npy(np.zeros((2, 2), [("x", "f4")])), RECORDS),
    "records with a Greek name": (npy(np.zeros((2, 2), [("λ", "f4")])), RECORDS),
    "arrays in arrays": (npy_header("('<f4', (2,))", "(2, 2)", bytes(32)), RECORDS),
    "NaN and infinity": (
        npy(np.float32([[0, 1], [np.nan, np.inf]])),
        "1 of its 4 values are NaN and 1 are infinite, the first at (1, 0);"
        " replace them (numpy.nan_to_num) and send the file again",
    ),
    "beyond float32": (
        npy(np.array([[1e300]])),
        "this array holds numbers beyond 3.4e38, the largest of float32; scale it and save it again",
    ),
    "one axis": (npy(np.zeros(5)), SHAPE.format("(5,)")),
    "no axis": (npy(np.zeros(())), SHAPE.format("()")),
    "four axes": (npy(np.zeros((1, 1, 2, 2))), SHAPE.format("(1, 1, 2, 2)")),
    "many channels": (npy(np.zeros((5, 6, 7))), SHAPE.format("(5, 6, 7)")),
    "no pixels": (npy(np.zeros((0, 5))), SHAPE.format("(0, 5)")),
    "negative": (npy_header("'<f4'", "(-2, -2)", bytes(16)), SHAPE.format("(-2, -2)")),
    "10^12 numbers": (
        npy_header("'<f4'", "(1000000, 1000000)"),
        "this array announces the shape (1000000, 1000000); at most 120,000,000 pixels are accepted,"
        " so save a part of it",
    ),
    "10^8000 numbers": (
        npy_header("'<f4'", f"({'9' * 4000}, {'9' * 4000})"),
        f"this array announces the shape ({'9' * 56}...; at most 120,000,000 pixels are accepted,"
        " so save a part of it",
    ),
    "cut off": (
        npy(np.zeros((10, 10), np.float32))[:-4],
        "this NPY file holds 396 bytes of numbers but its header announces 400; save the array again with numpy.save",
    ),
    "too long": (
        npy(np.zeros((10, 10), np.float32)) + b"more",
        "this NPY file holds 404 bytes of numbers but its header announces 400; save the array again with numpy.save",
    ),
    "cut in the header": (npy(np.zeros((10, 10)))[:40], HEADER),
    "only a beginning": (b"\x93NUMPY", HEADER),
    "unknown version": (b"\x93NUMPY\x09\x00" + bytes(200), HEADER),
    "nested header": (npy_header("'<f4'", "(" * 9000), HEADER),
    "program in the header": (npy_header("'<f4'", "(__import__('os').getpid(), 2)"), HEADER),
    "numbers of no size": (npy_header("'<f4'", "(2.5, 2)"), HEADER),
    "long header": (npy_header("'<f4'", "(2, 2)" + " " * 50_000), HEADER),
}


@pytest.mark.parametrize("kind", BAD_ARRAYS)
def test_a_bad_array_is_refused_in_words(at_most_120_megapixels, kind):
    data, sentence = BAD_ARRAYS[kind]
    assert answer(data) == sentence


def test_an_announced_array_is_not_allocated(tmp_path):
    assert peak_megabytes(BAD_ARRAYS["10^12 numbers"][0], tmp_path) < 4


def test_a_float_tiff_with_nan_is_refused():
    pixels = np.zeros((2, 3), np.float32)
    pixels[1, 2] = np.nan
    assert answer(encode(Pillow.fromarray(pixels), "TIFF")) == (
        "1 of its 6 values are NaN and 0 are infinite, the first at (1, 2);"
        " replace them (numpy.nan_to_num) and send the file again"
    )
