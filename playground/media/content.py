"""What is this file, whatever its name says?  Its first bytes are looked at, nothing is decoded.

A file's name is only a promise: a PNG called ``photo.jpg`` is a PNG.  What cannot be a picture is named, so
that the answer can say what to do about it (``NO_PICTURE``); the same for what cannot be a sound (``NO_SOUND``).
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
SOUNDS = {"wav": "WAV", "flac": "FLAC", "ogg": "OGG", "mp3": "MP3", "npy": "NPY"}

_SOUND_TAKEN = N_("this is a sound, not a picture; the Sound page takes it")
_SOUND_REFUSED = N_(
    "this is a sound, not a picture; save it as WAV or MP3 and the Sound page takes it, or send a picture here"
)
NO_PICTURE = {
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
    "wav": _SOUND_TAKEN,
    "flac": _SOUND_TAKEN,
    "ogg": _SOUND_TAKEN,
    "mp3": _SOUND_TAKEN,
    "m4a": _SOUND_REFUSED,
    "aac": _SOUND_REFUSED,
    "webm": _SOUND_REFUSED,
    "amr": _SOUND_REFUSED,
    "midi": _SOUND_REFUSED,
    "aiff": _SOUND_REFUSED,
    "other sound": _SOUND_REFUSED,
    "windows media": N_(
        "this is a Windows Media sound or video, not a picture;"
        " send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file"
    ),
    "zip": N_("this is a packed archive, not a picture; unpack it and send one picture from it"),
    "text": N_("this is text, not a picture; send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file"),
    "unknown": N_("this is no kind of file known here; send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file"),
}

_PICTURE_TAKEN = N_("this is a picture, not a sound; the Picture page takes it")
_PICTURE_REFUSED = N_("this is a picture, not a sound; send a WAV, FLAC, OGG, MP3 or NPY file")
NO_SOUND = {
    **dict.fromkeys(PICTURES.keys() - {"npy"}, _PICTURE_TAKEN),
    **dict.fromkeys(
        ("heic", "avif", "jpeg 2000", "jpeg xl", "raw", "photoshop", "icon", "svg"), _PICTURE_REFUSED
    ),
    "m4a": N_(
        "this is an M4A recording (AAC), which cannot be read here;"
        " record here with the microphone, or save it as WAV or MP3 and send that"
    ),
    "aac": N_("this is an AAC sound, which cannot be read here; save it as WAV or MP3 and send that"),
    "webm": N_(
        "this is a WebM recording, which cannot be read here;"
        " record here with the microphone, or save it as WAV or OGG and send that"
    ),
    "amr": N_(
        "this is an AMR recording of a phone, which cannot be read here;"
        " record here with the microphone, or save it as WAV or MP3 and send that"
    ),
    "windows media": N_(
        "this is a Windows Media file (WMA), which cannot be read here; save it as WAV or MP3 and send that"
    ),
    "midi": N_(
        "this is a MIDI file, made of notes and not of samples; play it into a WAV file and send that"
    ),
    "aiff": N_("this is an AIFF sound, which cannot be read here; save it as WAV or FLAC and send that"),
    "other sound": N_(
        "this is a sound of a kind that cannot be read here; save it as WAV or FLAC and send that"
    ),
    "video": N_("this is a video, not a sound; save its sound as WAV or MP3 and send that"),
    "html": N_("this is a web page, not a sound; open the sound itself, save it and send that file"),
    "pdf": N_("this is a PDF document, not a sound; send a WAV, FLAC, OGG, MP3 or NPY file"),
    "postscript": N_("this is a PostScript file, not a sound; send a WAV, FLAC, OGG, MP3 or NPY file"),
    "zip": N_("this is a packed archive, not a sound; unpack it and send one sound from it"),
    "text": N_("this is text, not a sound; send a WAV, FLAC, OGG, MP3 or NPY file"),
    "unknown": N_("this is no kind of file known here; send a WAV, FLAC, OGG, MP3 or NPY file"),
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
    (b"\x00\x00\x01\xba", "video"),  # MPEG
    (b"\x00\x00\x01\xb3", "video"),
    (b"FLV\x01", "video"),
    (b"fLaC", "flac"),
    *((bytes([0xFF, second]), "mp3") for second in (0xFB, 0xFA, 0xF3, 0xF2, 0xE3, 0xE2)),  # layer III, no tag
    (b"\xff\xf1", "aac"),
    (b"\xff\xf9", "aac"),
    (b"#!AMR", "amr"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "windows media"),
    (b"MThd", "midi"),
    (b"RF64", "wav"),
    (b"BW64", "other sound"),
    (b"RIFX", "other sound"),
    (b"riff\x2e\x91\xcf\x11", "other sound"),  # Wave64
    (b"caff", "other sound"),
    (b".snd", "other sound"),
    (b"wvpk", "other sound"),
    (b"PK\x03\x04", "zip"),
    (b"\x1f\x8b", "zip"),
    (b"7z\xbc\xaf", "zip"),
    (b"Rar!", "zip"),
)
_RIFF = {b"WEBP": "webp", b"WAVE": "wav", b"AVI ": "video", b"RMID": "midi"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_BMP_HEADERS = {12, 16, 40, 52, 56, 64, 108, 124}  # sizes of the header that follows the first 14 bytes
_TEXT_SAMPLE = 4096
_HEAD = 4096  # bytes in which a container names its tracks


def kind_of(data: bytes) -> str:
    """The kind of file ``data`` is: a key of ``PICTURES``, ``SOUNDS``, ``NO_PICTURE`` or ``NO_SOUND``.

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
        return "aiff"
    if data[:3] == b"ID3" and data[3:4] in (b"\x02", b"\x03", b"\x04"):
        return _kind_behind_tag(data)
    if data[:4] == b"OggS":
        return _kind_of_ogg(data[:_HEAD])
    if data[:4] == b"\x1a\x45\xdf\xa3":  # Matroska: WebM where its tracks are of Opus, Vorbis, VP8 ...
        head = data[:_HEAD]
        return "webm" if (b"A_OPUS" in head or b"A_VORBIS" in head) and b"V_" not in head else "video"
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
    if data[8:11] in (b"M4A", b"M4B"):
        return "m4a"
    handler = b"hdlr" + bytes(8)  # says what each track is for
    return "m4a" if handler + b"soun" in data and handler + b"vide" not in data else "video"


def _kind_behind_tag(data: bytes) -> str:
    """An ID3 tag stands before an MP3, and sometimes before another sound; 7 bits a byte say how long it is."""
    length = sum((byte & 127) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=False))
    behind = data[10 + length : 14 + length]
    if behind == b"fLaC":
        return "flac"
    return "aac" if behind[:2] in (b"\xff\xf1", b"\xff\xf9") else "mp3"


def _kind_of_ogg(head: bytes) -> str:
    """The first packet of each stream in an Ogg file (RFC 3533) begins with the name of its codec."""
    if b"\x80theora" in head:
        return "video"
    if len(head) < 64:  # too short to say
        return "ogg"
    return "ogg" if b"\x01vorbis" in head or b"OpusHead" in head else "other sound"


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
