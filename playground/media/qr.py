"""How does a phone get a link from a projector?  As a QR code: dark squares, and four squares of quiet around them.

Model 2 of ISO/IEC 18004, error correction M: up to 15 percent of the code may be hidden or unclear.  A higher
level is taken where it needs no more squares.
"""

from __future__ import annotations

import numpy as np
import segno
from segno.consts import ERROR_LEVEL_M, SYMBOL_CAPACITY

from ..errors import N_, MediaError

MOST_BYTES = 2331
"""Of the largest code, version 40, at level M."""
QUIET = 4
"""Squares of light on every side, without which a camera does not find the code."""


def qr_pixels(text: str, *, scale: int = 8, dark: str = "#000000", light: str = "#FFFFFF") -> np.ndarray:
    """The QR code of a text, quiet zone included, ``scale`` pixels a square.

    Shape: ``-> (S, S, 3)`` uint8.  ``dark`` is the darker colour in both themes: many phones do not read a code whose
    squares are lighter than its ground.

    Errors: MediaError when the text is empty or has more bytes than a QR code holds.

    >>> qr_pixels("https://example.org/", scale=2).shape      # 25 squares and 2 × 4 of quiet
    (66, 66, 3)
    """
    if _lightness(dark) >= _lightness(light):
        raise ValueError(f"dark={dark!r} is not darker than light={light!r}")
    squares = qr_squares(text)
    table = np.array([_rgb(light), _rgb(dark)], np.uint8)
    return table[squares.astype(np.uint8)].repeat(scale, 0).repeat(scale, 1)


def qr_squares(text: str) -> np.ndarray:
    """The QR code of a text, quiet zone included, one value a square: True is dark.

    Shape: ``-> (S, S)`` bool.

    >>> qr_squares("https://example.org/").shape
    (33, 33)
    """
    data = text.encode("utf-8", "replace")
    length = len(data)
    if not 0 < length <= MOST_BYTES:
        raise MediaError(
            N_("a QR code holds 1 to {limit} bytes; this link has {length}, so copy it or save the recipe as a file"),
            limit=MOST_BYTES, length=length,
        )  # fmt: skip
    code = segno.make_qr(data.decode(), error="m", mode="byte", encoding="utf-8")
    return np.pad(np.array(code.matrix, bool), QUIET)


def qr_size(text: str) -> int:
    """Squares along a side of the QR code of a text, quiet zone included, without making the code.

    >>> qr_size("https://example.org/")
    33
    """
    bits = 8 * len(text.encode("utf-8", "replace"))
    for version, capacity in sorted(SYMBOL_CAPACITY.items()):
        header = 4 + (8 if version < 10 else 16)  # the mode, and how many bytes follow
        if version >= 1 and header + bits <= capacity[ERROR_LEVEL_M]:
            return 17 + 4 * version + 2 * QUIET
    raise MediaError(
        N_("a QR code holds 1 to {limit} bytes; this link has {length}, so copy it or save the recipe as a file"),
        limit=MOST_BYTES, length=bits // 8,
    )  # fmt: skip


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _lightness(colour: str) -> float:
    """Rec. 601, 0 to 255."""
    return float(np.dot(_rgb(colour), (0.299, 0.587, 0.114)))
