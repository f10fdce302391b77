"""Sound files for the tests: written by soundfile, or byte by byte, from known samples."""

from __future__ import annotations

import io
import struct

import numpy as np
import soundfile


def tone(frames: int = 20_000, channels: int = 2, *, rate: int = 44_100) -> np.ndarray:
    """Tones of 200, 300 ... Hz, one for each channel.  Shape: ``(C, T)``, float32, within 0.4."""
    pitch = 200 + 100 * np.arange(channels)[:, None]
    return (0.4 * np.sin(2 * np.pi * pitch * np.arange(frames) / rate)).astype(np.float32)


def encode(values: np.ndarray, form: str, subtype: str, *, rate: int = 44_100) -> bytes:
    """``(C, T)`` as a file; integers as the levels that they are."""
    file = io.BytesIO()
    soundfile.write(file, values.T, rate, format=form, subtype=subtype)
    return file.getvalue()


def chunk(name: bytes, body: bytes, *, length: int | None = None) -> bytes:
    return name + struct.pack("<I", len(body) if length is None else length) + body + bytes(len(body) % 2)


def fmt(encoding: int, channels: int, rate: int, bits: int, *, frame: int | None = None) -> bytes:
    frame = channels * bits // 8 if frame is None else frame
    return chunk(b"fmt ", struct.pack("<HHIIHH", encoding, channels, rate, rate * frame % 2**32, frame, bits))


def riff(*chunks: bytes) -> bytes:
    body = b"WAVE" + b"".join(chunks)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def wav(samples: np.ndarray, bits: int, *, rate: int = 44_100, announced: int | None = None) -> bytes:
    """A plain WAV of integer levels ``(C, T)``; ``announced`` is what its header says of the bytes of samples."""
    if bits == 8:
        body = (samples.T + 128).astype(np.uint8).tobytes()
    elif bits == 24:
        body = np.ascontiguousarray(samples.T, "<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    else:
        body = samples.T.astype(f"<i{bits // 8}").tobytes()
    return riff(fmt(1, len(samples), rate, bits), chunk(b"data", body, length=announced))


def extremes(bits: int) -> np.ndarray:
    """Lowest, highest and some levels between, two channels of them."""
    top = 2 ** (bits - 1)
    one = np.array([-top, -top + 1, -1, 0, 1, top - 2, top - 1, top // 3])
    return np.stack([one, one[::-1]])
