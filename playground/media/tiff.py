"""How is a TIFF of floats laid out?  A header, one directory of tags, then the values: row by row, channels together.

After Adobe's "TIFF Revision 6.0" (1992): baseline, little-endian, one strip, uncompressed, SampleFormat 3 (IEEE
floats).  Three channels are red, green and blue; of any other number the first is grey and the rest are extra.
"""

from __future__ import annotations

import math
import struct

from ..errors import N_, MediaError

MOST_BYTES = 2**32 - 2**16
"""Its offsets are numbers of 32 bits; some room is left for the tags."""
_SHORT, _LONG = 3, 4
_PACKING = {_SHORT: "H", _LONG: "I"}


def header(channels: int, height: int, width: int) -> bytes:
    """Everything before the values of a float32 TIFF, ``channels * height * width * 4`` bytes to follow.

    >>> len(header(1, 300, 451)) % 16
    0
    """
    length = 4 * channels * height * width
    if length > MOST_BYTES:
        raise MediaError(
            N_("these values take {given:,} bytes; a TIFF file holds at most {limit:,}, so save them as NPY"),
            given=length, limit=MOST_BYTES,
        )  # fmt: skip
    colour = channels == 3
    tags = [
        (256, _LONG, [width]),
        (257, _LONG, [height]),
        (258, _SHORT, [32] * channels),  # bits
        (259, _SHORT, [1]),  # not compressed
        (262, _SHORT, [2 if colour else 1]),  # RGB, or grey where 0 is black
        (273, _LONG, [0]),  # where the values begin: known when the rest is laid out
        (277, _SHORT, [channels]),
        (278, _LONG, [height]),  # rows of a strip
        (279, _LONG, [length]),
        (284, _SHORT, [1]),  # the channels of a pixel together
        *([(338, _SHORT, [0] * (channels - 1))] if channels > 1 and not colour else []),  # extra, of no kind
        (339, _SHORT, [3] * channels),  # IEEE floats
    ]
    after = 8 + 2 + 12 * len(tags) + 4
    long = sum(_padded(kind, values) for _tag, kind, values in tags if _size(kind, values) > 4)
    start = -(-(after + long) // 16) * 16
    entries, lists = b"", b""
    for tag, kind, values in tags:
        packed = struct.pack(f"<{len(values)}{_PACKING[kind]}", *([start] if tag == 273 else values))
        if len(packed) > 4:
            place = struct.pack("<I", after + len(lists))
            lists += packed.ljust(_padded(kind, values), b"\0")
            packed = place
        entries += struct.pack("<HHI", tag, kind, len(values)) + packed.ljust(4, b"\0")
    head = b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0) + lists
    return head.ljust(start, b"\0")


def shape_of(data: bytes) -> tuple[int, int, int] | None:
    """Channels, height and width of a file that was written here; None for every other one.

    >>> shape_of(header(3, 2, 5) + bytes(4 * 3 * 2 * 5)), shape_of(b"II*" + bytes(300))
    ((3, 2, 5), None)
    """
    count = int.from_bytes(data[8:10], "little")
    found = {}
    for place in range(10, 10 + 12 * min(count, 12), 12):
        tag, kind = struct.unpack_from("<HH", data.ljust(place + 12, b"\0"), place)
        found[tag] = int.from_bytes(data[place + 8 : place + 8 + (2 if kind == _SHORT else 4)], "little")
    shape = (found.get(277, 0), found.get(257, 0), found.get(256, 0))
    if not all(shape) or 4 * math.prod(shape) > len(data):
        return None
    return shape if data.startswith(header(*shape)) else None


def _size(kind: int, values: list[int]) -> int:
    return len(values) * struct.calcsize(_PACKING[kind])


def _padded(kind: int, values: list[int]) -> int:
    """Offsets are even."""
    return _size(kind, values) + _size(kind, values) % 2
