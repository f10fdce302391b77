"""How long is an MP3 file?  Nobody knows who has not counted its frames, unless the first one says so.

An MP3 file is a row of frames (ISO/IEC 11172-3), each with a header of 4 bytes.  Encoders put the number of
frames into a silent first one (``Xing`` where the bit rate varies, ``Info`` where it does not, ``VBRI``).
Without it decoders guess by the bit rate of the first frame, and libsndfile would stop there: two minutes of
a varying rate can end after twenty seconds.  ``with_length`` counts, and puts such a first frame in front.
"""

from __future__ import annotations

_RATES = {3: (44_100, 48_000, 32_000), 2: (22_050, 24_000, 16_000), 0: (11_025, 12_000, 8_000)}  # by version
_KILOBITS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)  # MPEG 1, layer III
_KILOBITS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)  # MPEG 2 and 2.5
_TAGS = (b"Xing", b"Info", b"VBRI")
_AFTER = (b"TAG", b"APETAGEX", b"LYRICSBEGIN")  # what regularly follows the last frame
_MPEG_1, _MONO = 3, 3
MOST_FRAMES = 2**20  # counted: more than seven hours


def frame_length(header: bytes) -> int:
    """Bytes of the frame that begins with these 4 bytes; 0 where none does.

    >>> frame_length(bytes([0xFF, 0xFB, 0x90, 0x64]))   # 128 kbit/s at 44100 Hz: 144 * 128000 // 44100
    417
    """
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:  # 11 bits of sync, layer III
        return 0
    version, speed, rate, padding = (
        header[1] >> 3 & 3,
        header[2] >> 4,
        header[2] >> 2 & 3,
        header[2] >> 1 & 1,
    )
    if version == 1 or rate == 3 or speed in (0, 15):
        return 0
    kilobits = (_KILOBITS_1 if version == _MPEG_1 else _KILOBITS_2)[speed]
    return (144_000 if version == _MPEG_1 else 72_000) * kilobits // _RATES[version][rate] + padding


def with_length(data: bytes) -> bytes:
    """The file with a first frame that says how many follow; as it is where none is needed.

    >>> with_length(b"no frames") == b"no frames"
    True
    """
    start = _first_frame(data)
    first = frame_length(data[start : start + 4])
    if not first or any(tag in data[start : start + first] for tag in _TAGS):
        return data
    count, at, lengths = 0, start, set()
    while count < MOST_FRAMES and (length := frame_length(data[at : at + 4])):
        lengths.add(length - (data[at + 2] >> 1 & 1))
        count, at = count + 1, at + length
    if len(lengths) == 1:  # the guess by the bit rate is right
        return data
    if at < len(data) and not data.startswith(_AFTER, at):  # damaged here: as many more as there can be
        count += (len(data) - at) // min(lengths)
    return _counting_frame(data[start : start + 4], count) + data[start:]


def _first_frame(data: bytes) -> int:
    if data[:3] != b"ID3":
        return 0
    return 10 + sum((byte & 127) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=False))


def _counting_frame(header: bytes, count: int) -> bytes:
    """A silent frame with the tag ``Xing``: 4 bytes of flags (1: the number of frames follows), the number."""
    version, mono = header[1] >> 3 & 3, header[3] >> 6 == _MONO
    side = {(True, False): 32, (True, True): 17, (False, False): 17, (False, True): 9}[
        version == _MPEG_1, mono
    ]
    header = bytes([0xFF, header[1] | 1, header[2] & 0x0D | 0x90, header[3]])  # no checksum, enough room
    frame = header + bytes(side) + b"Xing" + (1).to_bytes(4, "big") + count.to_bytes(4, "big")
    return frame.ljust(frame_length(header), b"\0")
