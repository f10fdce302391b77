"""How does a result leave as a file?  Exactly: PNG for the pixels shown, NPY for the values."""

from __future__ import annotations

import io
import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image as Pillow

if TYPE_CHECKING:
    from torch import Tensor

MOST_STEM = 60
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


def npy_bytes(values: Tensor) -> bytes:
    """An NPY file of the values, float32, axes as they are: ``(C, H, W)`` or ``(C, T)``.

    >>> import torch
    >>> np.load(io.BytesIO(npy_bytes(torch.ones(1, 2, 2)))).shape
    (1, 2, 2)
    """
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(values.detach().cpu().numpy(), dtype=np.float32), allow_pickle=False)
    return file.getvalue()


def file_stem(name: str) -> str:
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
    return f"{stem}-" if stem.lower() in _RESERVED else stem or "picture"
