"""What is this file, whatever its name says?  Its first bytes are looked at, nothing is decoded.

A file's name is only a promise: a PNG called ``photo.jpg`` is a PNG.  What cannot be a picture is named, so
that the answer can say what to do about it (``REFUSALS``).
"""

from __future__ import annotations

from ..errors import N_

PICTURES = {
    "png": "PNG",
    "jpeg": "JPEG",
    "webp": "WebP",
    "bmp": "BMP",
    "gif": "GIF",
    "tiff": "TIFF",
    "npy": "NPY",
}

REFUSALS = {
    "heic": N_(
        "this is a HEIC photo, which cannot be read here; send it as JPEG"
        " (on an iPhone: Settings > Camera > Formats > Most Compatible)"
    ),
    "avif": N_("this is an AVIF picture, which cannot be read here; save it as PNG or JPEG and send that"),
    "jpeg 2000": N_(
        "this is a JPEG 2000 picture, which cannot be read here; save it as PNG or JPEG and send that"
    ),
    "jpeg xl": N_(
        "this is a JPEG XL picture, which cannot be read here; save it as PNG or JPEG and send that"
    ),
    "raw": N_("this is a camera raw file, not a finished picture; export it as JPEG or TIFF and send that"),
    "photoshop": N_(
        "this is a Photoshop file, which cannot be read here; export it as PNG or JPEG and send that"
    ),
    "icon": N_("this is an icon file, which cannot be read here; save it as PNG and send that"),
    "svg": N_("this is an SVG drawing, made of lines and not of pixels; export it as PNG and send that"),
    "html": N_("this is a web page, not a picture; open the picture itself, save it and send that file"),
    "pdf": N_("this is a PDF document, not a picture; export the page as PNG or JPEG and send that"),
    "postscript": N_(
        "this is a PostScript file, a program and not a picture; export it as PNG and send that"
    ),
    "video": N_("this is a video, not a picture; save one frame of it as PNG or JPEG and send that"),
    "audio": N_("this is a sound, not a picture; choose it on the sound page, or send a picture here"),
    "zip": N_("this is a packed archive, not a picture; unpack it and send one picture from it"),
    "text": N_("this is text, not a picture; send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file"),
    "unknown": N_("this is no kind of file known here; send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file"),
}

_BEGINNINGS = (
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"\x93NUMPY", "npy"),
    (b"IIRO", "raw"),  # Olympus
    (b"IIRS", "raw"),
    (b"MMOR", "raw"),
    (b"IIU\x00", "raw"),  # Panasonic
    (b"FUJIFILMCCD-RAW", "raw"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"II+\x00", "tiff"),  # BigTIFF
    (b"MM\x00+", "tiff"),
    (b"\x00\x00\x00\x0cjP  ", "jpeg 2000"),
    (b"\xff\x4f\xff\x51", "jpeg 2000"),
    (b"\x00\x00\x00\x0cJXL ", "jpeg xl"),
    (b"\xff\x0a", "jpeg xl"),
    (b"8BPS", "photoshop"),
    (b"\x00\x00\x01\x00", "icon"),
    (b"%PDF", "pdf"),
    (b"%!PS", "postscript"),
    (b"\xc5\xd0\xd3\xc6", "postscript"),
    (b"\x1a\x45\xdf\xa3", "video"),  # Matroska, WebM
    (b"\x00\x00\x01\xba", "video"),  # MPEG
    (b"\x00\x00\x01\xb3", "video"),
    (b"FLV\x01", "video"),
    (b"fLaC", "audio"),
    (b"OggS", "audio"),
    (b"ID3", "audio"),
    (b"\xff\xfb", "audio"),  # MP3 without a tag
    (b"\xff\xf3", "audio"),
    (b"\xff\xf2", "audio"),
    (b"\xff\xf1", "audio"),  # AAC
    (b"\xff\xf9", "audio"),
    (b"MThd", "audio"),
    (b"RF64", "audio"),
    (b"caff", "audio"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "zip"),
    (b"7z\xbc\xaf", "zip"),
    (b"Rar!", "zip"),
)
_RIFF = {b"WEBP": "webp", b"WAVE": "audio", b"AVI ": "video"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}  # sizes of the header that follows the first 14 bytes
_TEXT_SAMPLE = 4096


def kind_of(data: bytes) -> str:
    """The kind of file ``data`` is: a key of ``PICTURES`` or of ``REFUSALS``.

    >>> kind_of(b"GIF89a...")
    'gif'
    >>> kind_of(b"Dear diary, today I convolved.")
    'text'
    """
    for beginning, kind in _BEGINNINGS:
        if data.startswith(beginning):
            return "raw" if kind == "tiff" and data[8:10] == b"CR" else kind
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12], "unknown")
    if data[:4] == b"FORM" and data[8:12] in (b"AIFF", b"AIFC"):
        return "audio"
    if data[:2] == b"BM" and int.from_bytes(data[14:18], "little") in _BMP_HEADERS:
        return "bmp"
    if data[4:8] == b"ftyp":
        return _kind_of_boxes(data)
    return _kind_of_text(data[:_TEXT_SAMPLE])


def _kind_of_boxes(data: bytes) -> str:
    """ISO base media (ISO/IEC 14496-12): the first box lists the brands that the file follows."""
    length = min(int.from_bytes(data[:4], "big"), 256)
    brands = {data[at : at + 4] for at in (8, *range(16, length, 4))}
    if brands & {b"avif", b"avis"}:
        return "avif"
    if brands & _HEIC_BRANDS:
        return "heic"
    if b"crx " in brands:  # Canon CR3
        return "raw"
    return "audio" if data[8:11] in (b"M4A", b"M4B") else "video"


def _kind_of_text(sample: bytes) -> str:
    if sample.startswith((b"\xff\xfe", b"\xfe\xff")):  # UTF-16
        return "text"
    readable = sum(byte >= 32 or byte in b"\t\n\r\f" for byte in sample if byte < 127)
    try:
        sample.decode("utf-8")
        wide = sum(byte >= 128 for byte in sample)
    except UnicodeDecodeError as error:
        cut_at_end = error.start > len(sample) - 4 and len(sample) == _TEXT_SAMPLE
        wide = sum(byte >= 128 for byte in sample) if cut_at_end else 0
    if readable + wide < 0.95 * len(sample):
        return "unknown"
    start = sample[:1024].lower()
    if b"<svg" in sample.lower():
        return "svg"
    return "html" if b"<html" in start or b"<!doctype html" in start else "text"
