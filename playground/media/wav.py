"""How is a WAV file laid out?  Chunks of a name, a length and a body; ``fmt`` says how to read ``data``.

After Microsoft's "Multimedia Programming Interface and Data Specifications" (1991), WAVE_FORMAT_EXTENSIBLE
and, beyond 4 GB, RF64 (EBU Tech 3306).  Lengths in a header are hints: recorders that lose their power, and
programs that write into a pipe, leave them wrong.  The samples are where they are.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from ..errors import N_, MediaError

MOST_CHUNKS = 4096
PCM, FLOAT, EXTENSIBLE = 1, 3, 0xFFFE
_UNKNOWN = 0xFFFFFFFF  # a length that was not known when the header was written, or stands in the chunk ds64
_SUBTYPES = {
    (PCM, 1): "PCM_U8",
    (PCM, 2): "PCM_16",
    (PCM, 3): "PCM_24",
    (PCM, 4): "PCM_32",
    (FLOAT, 4): "FLOAT",
    (FLOAT, 8): "DOUBLE",
}
_PACKED = {  # by the number that Microsoft gave to the encoding (RFC 2361)
    0x02: "Microsoft ADPCM",
    0x06: "A-law",
    0x07: "mu-law",
    0x11: "IMA ADPCM",
    0x31: "GSM 6.10",
    0x40: "G.721 ADPCM",
    0x50: "MPEG",
    0x55: "MP3",
    0xFF: "AAC",
}
_USUAL = {b"LIST", b"bext", b"cue ", b"fact", b"iXML", b"id3 ", b"ID3 ", b"JUNK", b"PEAK", b"smpl", b"_PMX"}
_EXTENSIBLE_REST = bytes.fromhex(
    "000000001000800000aa00389b71"
)  # of a GUID, after the number of the encoding


@dataclass(frozen=True)
class Layout:
    """Where the samples are, and how to read them.

    ``subtype`` in the words of soundfile; ``start`` and ``end`` in bytes, of whole frames (one sample of
    every channel); ``announced`` is the number of frames by the header, or None where it leaves that open.
    """

    rate: int
    channels: int
    subtype: str
    start: int
    end: int
    announced: int | None

    @property
    def frames(self) -> int:
        return (self.end - self.start) // (self.channels * _bytes_per_sample(self.subtype))


def read_layout(data: bytes) -> Layout:
    """Find the samples in a WAV file, also where its header is wrong about how many there are.

    >>> read_layout(header(1, 44100, "PCM_16", length=4) + bytes(4))
    Layout(rate=44100, channels=1, subtype='PCM_16', start=44, end=48, announced=2)
    """
    kind, long_length, at = b"", None, 12
    for _ in range(MOST_CHUNKS):
        if at + 8 > len(data):
            break
        name, length = struct.unpack_from("<4sI", data, at)
        at += 8
        match name:
            case b"fmt ":
                kind = kind or data[at : at + min(length, 40)]
            case b"ds64" if at + 16 <= len(data):
                long_length = struct.unpack_from("<Q", data, at + 8)[0]
            case b"data":
                if length == _UNKNOWN and data[:4] == b"RF64":
                    length = long_length
                elif length == _UNKNOWN:
                    length = None
                return _layout_of(data, kind, at, length)
        at += length + length % 2
    raise ValueError("there is no chunk of samples")


def _layout_of(data: bytes, kind: bytes, start: int, length: int | None) -> Layout:
    encoding, channels, rate, _, frame, bits = struct.unpack_from("<HHIIHH", kind)
    if encoding == EXTENSIBLE and len(kind) >= 40:
        encoding = struct.unpack_from("<H", kind, 24)[0]
    if encoding in _PACKED:
        raise MediaError(
            N_("this WAV file is packed as {encoding}; save it as plain WAV (16-bit) and send that"),
            encoding=_PACKED[encoding],
        )
    width = (bits + 7) // 8
    if (encoding, width) not in _SUBTYPES or channels < 1 or frame != channels * width:
        raise ValueError("the chunk fmt contradicts itself")
    end = len(data)
    if length is not None and any(_is_chunk(data, start + length + padding) for padding in (length % 2, 0)):
        end = min(start + length, end)
    end -= (end - start) % frame
    announced = None if length is None else length // frame
    return Layout(rate, channels, _SUBTYPES[encoding, width], start, end, announced)


def _is_chunk(data: bytes, at: int) -> bool:
    """Whether something regular stands at ``at``: the end of the file, another chunk, or a little padding."""
    rest = data[at : at + 8]
    if len(rest) < 8 or not any(data[at : at + 4096]):
        return len(data) - at <= 4096
    name, length = struct.unpack("<4sI", rest)
    return name in _USUAL or all(32 <= letter < 127 for letter in name) and at + 8 + length <= len(data) + 1


def _bytes_per_sample(subtype: str) -> int:
    return next(width for (_, width), name in _SUBTYPES.items() if name == subtype)


def header(channels: int, rate: int, subtype: str, *, length: int, extra: bytes = b"") -> bytes:
    """Everything of a WAV file before its ``length`` bytes of samples; ``extra`` is chunks for between.

    >>> header(2, 44100, "PCM_16", length=400)[36:]
    b'data\\x90\\x01\\x00\\x00'
    """
    encoding, width = next(key for key, name in _SUBTYPES.items() if name == subtype)
    frame = channels * width
    numbers = (channels, rate, rate * frame % 2**32, frame, 8 * width)
    if channels > 2:  # which loudspeaker each channel is for: left open, 0
        extension = struct.pack("<HHIH", 22, 8 * width, 0, encoding) + _EXTENSIBLE_REST
        kind = struct.pack("<HHIIHH", EXTENSIBLE, *numbers) + extension
    else:
        kind = struct.pack("<HHIIHH", encoding, *numbers) + (b"\0\0" if encoding != PCM else b"")
    if encoding != PCM:
        extra = b"fact" + struct.pack("<II", 4, length // frame) + extra
    before = b"WAVEfmt " + struct.pack("<I", len(kind)) + kind + extra + b"data"
    riff = len(before) + 4 + length + length % 2
    return b"RIFF" + struct.pack("<I", riff) + before + struct.pack("<I", length)
