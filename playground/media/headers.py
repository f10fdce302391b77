"""What does a file say of itself, before anything is decoded?

Of a picture only what Pillow would find out too late or at too high a price: how large a WebP's canvas is (Pillow
allocates it on opening), how many frames there are (Pillow decodes each to count them), and lists so long
that reading them is an attack.  Whatever does not make sense here is left for the decoder to refuse.
"""

from __future__ import annotations

import struct

MOST_FRAMES = 1000  # counted; "at least" from there on
MOST_ENTRIES = 2**20  # numbers in one TIFF field: a strip for every row of a picture with a million rows
MOST_EXIF_BYTES = 2**20  # one JPEG segment holds 2**16

_TYPE_BYTES = {
    3: 2,
    4: 4,
    5: 8,
    8: 2,
    9: 4,
    10: 8,
    11: 4,
    12: 8,
    13: 4,
    16: 8,
    17: 8,
    18: 8,
}  # TIFF types that unpack
_WHOLE = {3: "H", 4: "I", 16: "Q"}
_SUBFILE, _DNG_VERSION = 254, 50706
_STRIPS, _TILES = (273, 279), (324, 325)  # tags of offsets and lengths


def webp_size(data: bytes) -> tuple[int, int] | None:
    """(height, width) of a WebP's canvas; None where its header does not say.

    >>> webp_size(b"RIFF....WEBPVP8X" + bytes(8) + bytes([9, 0, 0, 4, 0, 0]))
    (5, 10)
    """
    form, body = data[12:16], data[20:30]
    if len(body) < 10:
        return None
    if form == b"VP8X":
        return int.from_bytes(body[7:10], "little") + 1, int.from_bytes(body[4:7], "little") + 1
    if form == b"VP8L":
        bits = int.from_bytes(body[1:5], "little")
        return (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1
    if form == b"VP8 ":
        width, height = struct.unpack("<HH", body[6:10])
        return height & 0x3FFF, width & 0x3FFF
    return None


def png_pixels_only(data: bytes) -> bytes:
    """A PNG with nothing in it but its header, its transparent colour and its pixels.

    OpenCV allocates whatever length a chunk announces, 2 GB for a damaged one; here none is longer than the file.

    >>> png_pixels_only(b"\\x89PNG\\r\\n\\x1a\\n" + bytes(20))[-8:]
    b'IEND\\xaeB`\\x82'
    """
    kept, at = [data[:8]], 8
    while at + 12 <= len(data):
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        name = data[at + 4 : at + 8]
        if end > len(data) or name == b"IEND":
            break
        if name in (b"IHDR", b"tRNS", b"IDAT"):
            kept.append(data[at:end])
        at = end
    return b"".join([*kept, b"\0\0\0\0IEND\xaeB`\x82"])


def gif_frames(data: bytes) -> int:
    """How many frames a GIF holds, up to ``MOST_FRAMES``.

    >>> gif_frames(b"GIF89a" + bytes(7) + b";")
    0
    """
    at = 13 + _colour_table(data[10:11])
    frames = 0
    while frames < MOST_FRAMES and at < len(data):
        mark = data[at]
        if mark == 0x21:
            at += 2
        elif mark == 0x2C:
            frames += 1
            at += 11 + _colour_table(data[at + 9 : at + 10])
        else:
            break
        while at < len(data) and data[at]:  # blocks, each after its length, until an empty one
            at += 1 + data[at]
        at += 1
    return frames


def _colour_table(flags: bytes) -> int:
    return 3 << (flags[0] & 7) + 1 if flags and flags[0] & 128 else 0


def tiff_frames(data: bytes) -> int:
    """How many pages a TIFF holds, up to ``MOST_FRAMES``.

    >>> tiff_frames(b"II*" + bytes(1) + (8).to_bytes(4, "little") + bytes(6))
    1
    """
    seen: set[int] = set()
    at = _first_directory(data)
    while at and at not in seen and len(seen) < MOST_FRAMES:
        seen.add(at)
        at = _read_directory(data, at)[1]
    return len(seen)


def tiff_is_raw(data: bytes) -> bool:
    """Whether a TIFF's first picture is but the preview of a camera's raw data.

    >>> tiff_is_raw(b"II*" + bytes(1) + (8).to_bytes(4, "little") + bytes(6))
    False
    """
    fields = _read_directory(data, _first_directory(data))[0]
    preview = fields.get(_SUBFILE, (0, 0, 0))[2] & 1
    return _DNG_VERSION in fields or bool(preview)


def tiff_is_overlong(data: bytes) -> bool:
    """Whether a field of the first page lists more numbers than any picture needs.

    >>> tiff_is_overlong(b"II*" + bytes(1) + (8).to_bytes(4, "little") + bytes(6))
    False
    """
    fields = _read_directory(data, _first_directory(data))[0]
    return any(count > MOST_ENTRIES for kind, count, _ in fields.values() if kind in _TYPE_BYTES)


def _first_directory(data: bytes) -> int:
    order, big = ("<" if data[:2] == b"II" else ">"), b"+" in data[2:4]
    return _unpack(order + ("Q" if big else "I"), data, 8 if big else 4)[0]


def _read_directory(data: bytes, at: int) -> tuple[dict[int, tuple[int, int, int]], int]:
    """The fields of one page, ``{tag: (type, count, value)}``, and where the next page is (0: nowhere)."""
    order, big = ("<" if data[:2] == b"II" else ">"), b"+" in data[2:4]
    head, entry, link = ("Q", "HHQQ", "Q") if big else ("H", "HHII", "I")
    count = _unpack(order + head, data, at)[0]
    at += struct.calcsize(order + head)
    step = struct.calcsize(order + entry)
    fields = {}
    for index in range(min(count, 4096)):
        tag, kind, number, value = _unpack(order + entry, data, at + index * step)
        if kind == 3 and number == 1 and order == ">":  # a short stands at the left of its cell
            value >>= 48 if big else 16
        fields[tag] = (kind, number, value)
    return fields, _unpack(order + link, data, at + count * step)[0]


def _unpack(form: str, data: bytes, at: int) -> tuple[int, ...]:
    """``struct.unpack_from``, with zeros beyond the end of the data."""
    length = struct.calcsize(form)
    return struct.unpack(form, data[at : at + length].ljust(length, b"\0"))


def jpeg_exif_bytes(data: bytes) -> int:
    """Bytes of EXIF in a JPEG, over all its segments before the picture.

    >>> jpeg_exif_bytes(bytes.fromhex("ffd8 ffe1 0008 457869660000 ffda"))
    6
    """
    at, total = 2, 0
    while data[at : at + 1] == b"\xff":
        marker = data[at + 1] if at + 1 < len(data) else 0xDA
        if marker == 0xFF:  # fill byte
            at += 1
            continue
        if marker in (0xDA, 0xD9):
            break
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            total += length - 2
        at += 2 + max(length, 2)
    return total


def tiff_is_cut_off(data: bytes) -> bool:
    """Whether a TIFF's first page, a field of it or a strip of it lies beyond the end of the file.

    >>> tiff_is_cut_off(b"II*" + bytes(1) + (800).to_bytes(4, "little"))
    True
    """
    first = _first_directory(data)
    if first >= len(data):
        return True
    fields = _read_directory(data, first)[0]
    cell = 8 if b"+" in data[2:4] else 4
    for kind, count, value in fields.values():
        size = count * _TYPE_BYTES.get(kind, 1)
        if size > cell and value + size > len(data):
            return True
    for starts, lengths in (_STRIPS, _TILES):
        pairs = zip(_numbers(data, fields.get(starts)), _numbers(data, fields.get(lengths)), strict=False)
        if any(start + length > len(data) for start, length in pairs):
            return True
    return False


def _numbers(data: bytes, field: tuple[int, int, int] | None) -> tuple[int, ...]:
    """The whole numbers of a TIFF field; none where they are few enough to stand in the field itself."""
    kind, count, value = field or (0, 0, 0)
    if kind not in _WHOLE or count > MOST_ENTRIES:
        return ()
    if count == 1:
        return (value,)
    order = "<" if data[:2] == b"II" else ">"
    form = order + str(count) + _WHOLE[kind]
    return _unpack(form, data, value) if struct.calcsize(form) > 8 else ()


def ogg_is_cut_off(data: bytes) -> bool:
    """Whether the last page of an Ogg file is missing or incomplete (RFC 3533, section 6).

    >>> ogg_is_cut_off(b"OggS" + bytes([0, 4]) + bytes(20) + bytes([1, 3]) + b"abc")
    False
    """
    last = data.rfind(b"OggS")
    page = data[last : last + 27 + 255]
    if last < 0 or len(page) < 27 or not page[5] & 4:  # 4: the last page of its stream
        return True
    segments = page[26]
    return last + 27 + segments + sum(page[27 : 27 + segments]) > len(data)
