"""How does a result leave as a file?  PNG, WebP, JPEG of pixels as shown, WAV or FLAC of a sound, NPY or TIFF of values.

PNG, lossless WebP, NPY and TIFF hold exactly what they are given; a JPEG is small and off by a level or a few.

A sound is written at its own level.  Integers are ``round(x * 32768)``, or ``round(x * 8388608)`` of 24 bits,
halves to even, without dither; what is beyond -1 and 1 becomes -1 or 1, and NaN becomes 0.  Whoever offers the
file says how much was clipped.  libsndfile, given floats, would round all of them down.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import numpy as np
from PIL import Image as Pillow

from ..errors import N_, MediaError, Notice, notice
from . import tiff, wav

if TYPE_CHECKING:
    from torch import Tensor

MOST_STEM = 60
MOST_WAV_BYTES = 2**32 - 2**10  # its lengths are numbers of 32 bits
MOST_FLAC_CHANNELS, MOST_FLAC_RATE = 8, 655_350  # of the streamable subset (RFC 9639, section 7)
_DIGEST_BYTES = 16
_BLOCK = 2**18  # frames converted at once
MOST_SIDE = {"JPEG": 65_500, "WebP": 16_383}  # pixels: libjpeg's and the format's own
_JPEG_QUALITY, _WEBP_QUALITY = 95, 90
_WEBP_METHOD = {True: 1, False: 4}  # by lossless; 0 is fast, 6 small
_FAST = 1  # zlib level: about five times as fast as the default for a tenth more bytes
_RESERVED = {
    "con",
    "prn",
    "aux",
    "nul",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10)),
}  # Windows


def png_bytes(pixels: np.ndarray) -> bytes:
    """A PNG that decodes to exactly these pixels.

    Shape: ``(H, W)`` grey, ``(H, W, 3)`` colour or ``(H, W, 4)`` colour and transparency, uint8.

    >>> png_bytes(np.zeros((2, 3), np.uint8))[1:4]
    b'PNG'
    """
    if pixels.dtype != np.uint8:
        raise TypeError(f"pixels have dtype {pixels.dtype}; a PNG is written from uint8")
    file = io.BytesIO()
    Pillow.fromarray(np.ascontiguousarray(pixels)).save(file, "PNG", compress_level=_FAST)
    return file.getvalue()


def jpeg_bytes(pixels: np.ndarray, *, paper: tuple[int, int, int] = (255, 255, 255)) -> bytes:
    """A JPEG of quality 95 with every pixel's own colour (4:4:4); transparency is laid on ``paper``.

    Shape: ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``, uint8.

    >>> jpeg_bytes(np.zeros((2, 3), np.uint8))[:2].hex()
    'ffd8'
    """
    pixels = _fitting(pixels, "JPEG")
    if pixels.shape[2:] == (4,):
        share = pixels[..., 3:] / np.float32(255)
        pixels = np.rint(pixels[..., :3] * share + np.array(paper, np.float32) * (1 - share)).astype(np.uint8)
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(file, "JPEG", quality=_JPEG_QUALITY, subsampling="4:4:4")
    return file.getvalue()


def webp_bytes(pixels: np.ndarray, *, lossless: bool = True) -> bytes:
    """A WebP that decodes to exactly these pixels, or a far smaller one that looks like them.

    Shape: ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``, uint8; grey is written as colour, as the format has no grey.

    >>> webp_bytes(np.zeros((2, 3), np.uint8))[8:12]
    b'WEBP'
    """
    pixels = _fitting(pixels, "WebP")
    if pixels.ndim == 2:
        pixels = pixels[..., None].repeat(3, axis=-1)
    file = io.BytesIO()
    Pillow.fromarray(pixels).save(
        file, "WEBP", lossless=lossless, exact=True, method=_WEBP_METHOD[lossless],
        quality=0 if lossless else _WEBP_QUALITY,
    )  # fmt: skip
    return file.getvalue()


def _fitting(pixels: np.ndarray, form: str) -> np.ndarray:
    """The pixels as they lie in memory for Pillow, if the format has room for them."""
    if pixels.dtype != np.uint8:
        raise TypeError(f"pixels have dtype {pixels.dtype}; a {form} is written from uint8")
    height, width = pixels.shape[:2]
    if max(height, width) > MOST_SIDE[form]:
        raise MediaError(
            N_("a {form} picture has at most {limit:,} pixels a side; this one has {height:,} × {width:,}, so save it as PNG"),
            form=form, limit=MOST_SIDE[form], height=height, width=width,
        )  # fmt: skip
    return np.ascontiguousarray(pixels)


def npy_bytes(values: Tensor) -> bytes:
    """An NPY file of the values, float32, axes as they are: ``(C, H, W)`` or ``(C, T)``.

    >>> import torch
    >>> np.load(io.BytesIO(npy_bytes(torch.ones(1, 2, 2)))).shape
    (1, 2, 2)
    """
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(values.detach().cpu().numpy(), dtype=np.float32), allow_pickle=False)
    return file.getvalue()


def tiff_bytes(values: Tensor) -> bytes:
    """A TIFF file of the values, float32, all channels, nothing rounded: ``(C, H, W)``.

    >>> import torch
    >>> tiff_bytes(torch.zeros(1, 2, 2))[:4]
    b'II*\\x00'
    """
    channels, height, width = values.shape
    head = tiff.header(channels, height, width)
    return head + np.moveaxis(values.detach().cpu().numpy(), 0, -1).astype("<f4").tobytes()


def wav_bytes(values: Tensor, rate: int, *, subtype: Literal["PCM_16", "FLOAT"] = "PCM_16") -> bytes:
    """A WAV file: of 16 bits, which everything plays, or of float32, which keeps every number.

    Shape: ``(C, T)``; ``rate`` in whole Hz, see ``file_rate``.

    >>> import torch
    >>> wav_bytes(torch.tensor([[0.0, 0.5, -1.0, 2.0]]), 44100)[44:].hex(" ", 2)
    '0000 0040 0080 ff7f'
    """
    if subtype not in ("FLOAT", "PCM_16"):
        raise ValueError(f"subtype={subtype!r} is not known; choose one of: FLOAT, PCM_16")
    return _wav(values, rate, subtype, with_digest=False)


def player_bytes(values: Tensor, rate: int) -> bytes:
    """A 16-bit WAV for a player, with a digest of its samples in front of them.

    A web framework may tell large files apart by their length and some of their bytes only; the digest is
    among the first 64 of the file, so that two sounds of equal length always differ there.  Players skip it.

    >>> import torch
    >>> player_bytes(torch.zeros(1, 4), 44100)[36:44]
    b'dgst\\x10\\x00\\x00\\x00'
    """
    return _wav(values, rate, "PCM_16", with_digest=True)


def _wav(values: Tensor, rate: int, subtype: str, *, with_digest: bool) -> bytes:
    channels, frames = values.shape
    length = channels * frames * (2 if subtype == "PCM_16" else 4)
    if length > MOST_WAV_BYTES:
        raise MediaError(
            N_("this sound takes {given:,} bytes; a WAV file holds at most {limit:,}, so save it as FLAC"),
            given=length,
            limit=MOST_WAV_BYTES,
        )
    digest = hashlib.blake2b(digest_size=_DIGEST_BYTES)

    def header() -> bytes:
        extra = b"dgst" + _DIGEST_BYTES.to_bytes(4, "little") + digest.digest() if with_digest else b""
        return wav.header(channels, rate, subtype, length=length, extra=extra)

    file = io.BytesIO()
    file.write(header())
    for block in _blocks(values):
        levels = block.astype("<f4") if subtype == "FLOAT" else _integers(block, 16).astype("<i2")
        if with_digest:
            digest.update(levels.data)
        file.write(levels.data)
    if with_digest:
        file.seek(0)
        file.write(header())
    return file.getvalue()


def flac_bytes(values: Tensor, rate: int) -> bytes:
    """A FLAC file of 24 bits: half the size of a WAV, and no farther from the values than 6e-8.

    Shape: ``(C, T)``, C up to 8.

    >>> import torch
    >>> flac_bytes(torch.zeros(2, 100), 44100)[:4]
    b'fLaC'
    """
    import soundfile

    channels = values.shape[0]
    if channels > MOST_FLAC_CHANNELS or rate > MOST_FLAC_RATE or (rate >= 2**16 and rate % 10):
        raise MediaError(
            N_(
                "a FLAC file holds up to {most} channels, and rates up to 65,535 Hz or, in tens, 655,350 Hz;"
                " this sound has {channels} at {rate:,} Hz, so save it as WAV"
            ),
            most=MOST_FLAC_CHANNELS,
            channels=channels,
            rate=rate,
        )
    file = io.BytesIO()
    with soundfile.SoundFile(file, "w", rate, channels, "PCM_24", format="FLAC") as opened:
        for block in _blocks(values):
            opened.write(_integers(block, 24).astype(np.int32) << 8)
    return file.getvalue()


def file_rate(rate: Fraction | int) -> tuple[int, Notice | None]:
    """The whole number of Hz that a file carries for an exact rate, and by how much that is off.

    >>> file_rate(Fraction(44100, 2))
    (22050, None)
    >>> print(file_rate(Fraction(16000, 3))[1])
    its exact rate is 16000/3 Hz, and a file carries whole Hz: 5,333, which is off by -0.0063 %
    """
    written = max(1, round(rate))
    if written == rate:
        return written, None
    return written, notice(
        N_(
            "its exact rate is {exact} Hz, and a file carries whole Hz: {written:,}, which is off by {percent} %"
        ),
        exact=str(rate),
        written=written,
        percent=f"{float(written / Fraction(rate) - 1) * 100:+.2g}",
    )


def _blocks(values: Tensor) -> Iterator[np.ndarray]:
    """Blocks of frames: ``(C, T) -> (n, C)``, each a contiguous copy."""
    for at in range(0, values.shape[-1], _BLOCK):
        yield np.ascontiguousarray(values[:, at : at + _BLOCK].detach().cpu().numpy().T)


def _integers(block: np.ndarray, bits: int) -> np.ndarray:
    """The inverse of loading, which divides by ``2 ** (bits - 1)``: what was loaded is written as it was."""
    top = 2 ** (bits - 1)
    levels = np.rint(np.nan_to_num(block.astype(np.float64), posinf=1, neginf=-1) * top)
    return np.clip(levels, -top, top - 1)


def file_stem(name: str, *, otherwise: str = "picture") -> str:
    """A safe name for a download, without ending, from whatever a file was called.

    >>> file_stem("C:\\\\Photos\\\\my cat (1).final.jpg")
    'my-cat-1-final'
    >>> file_stem("../../etc/passwd"), file_stem("...")
    ('passwd', 'picture')
    """
    last = re.split(r"[/\\]", name[-4096:])[-1]
    stem, dot, ending = last.rpartition(".")
    if not dot or not 1 <= len(ending) <= 5 or not stem.strip("."):
        stem = last
    plain = unicodedata.normalize("NFC", stem)
    words = re.findall(r"\w+", "".join(c if c.isalnum() else "-" for c in plain))
    stem = "-".join(words)[:MOST_STEM].strip("-")
    return f"{stem}-" if stem.lower() in _RESERVED else stem or otherwise


MIME_TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "tiff": "image/tiff",
    "npy": "application/octet-stream",
    "wav": "audio/wav",
    "flac": "audio/flac",
    "json": "application/json",
}
"""What a browser is told of a file, by its ending."""


def file_name(name: str, ending: str, *, what: str = "", otherwise: str = "picture") -> str:
    """The name of a download: of what file, ``what`` was done to it, and the ending of its format.

    >>> file_name("C:\\\\Photos\\\\my cat (1).jpg", "tiff", what="sobel_x")
    'my-cat-1-sobel_x.tiff'
    >>> file_name("...", "wav", otherwise="sound")
    'sound.wav'
    """
    stem = file_stem(name, otherwise=otherwise)
    return f"{stem}-{what}.{ending}" if what else f"{stem}.{ending}"
