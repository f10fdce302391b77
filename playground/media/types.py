"""What is a loaded picture, a loaded sound?  A tensor of values, and what its file had to say beside them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal

from ..errors import Notice

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Image:
    """A picture as loaded: its values, and aside what is no value: transparency, notices, origin.

    ``values`` has shape ``(C, H, W)``, float32; C is 1 (grey) or 3 (red, green, blue), and up to 4 for an
    array.  Files of pictures give values in [0, 1]; arrays and float files are taken as they are.
    ``alpha`` has shape ``(H, W)`` in [0, 1], or is None where every pixel is opaque.
    ``digest`` names the bytes that were read: two pictures with one digest and one name are the same.
    ``original_size`` is (height, width) in the file, upright, before any reduction.
    Equality is identity, so that a picture can be hashed without looking at its values.
    """

    values: Tensor
    alpha: Tensor | None
    name: str
    digest: str
    original_size: tuple[int, int]
    notices: tuple[Notice, ...] = ()

    @property
    def kind(self) -> Literal["image"]:
        return "image"

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the values, in pixels."""
        return self.values.shape[-2], self.values.shape[-1]

    @cached_property
    def largest(self) -> float:
        """The largest magnitude of the values: read once, as every run asks for it."""
        return _largest(self.values)


@dataclass(frozen=True, eq=False)
class Audio:
    """A sound as loaded: its values, its rate, and aside what is no value: notices, origin.

    ``values`` has shape ``(C, T)``, float32.  Files of integers give values in [-1, 1): a level divided by
    the magnitude of the lowest, 32768 for 16 bits.  Floats, and arrays, are taken as they are, also outside.
    ``rate`` is the file's own, in Hz: samples a second, of each channel.
    ``digest`` names the bytes that were read, and the rate where it was asked.
    Equality is identity, so that a sound can be hashed without looking at its values.

    >>> import torch
    >>> Audio(torch.zeros(2, 22050), rate=44100, name="silence", digest=digest_of(b"")).seconds
    0.5
    """

    values: Tensor
    rate: int
    name: str
    digest: str
    notices: tuple[Notice, ...] = ()

    @property
    def kind(self) -> Literal["audio"]:
        return "audio"

    @property
    def channels(self) -> int:
        return self.values.shape[-2]

    @property
    def seconds(self) -> float:
        return self.values.shape[-1] / self.rate

    @cached_property
    def largest(self) -> float:
        """The largest magnitude of the values: read once, as every run asks for it."""
        return _largest(self.values)


def _largest(values: Tensor) -> float:
    low, high = values.aminmax() if values.numel() else (0.0, 0.0)
    return max(-float(low), float(high))


def digest_of(data: bytes) -> str:
    """16 hexadecimal digits that name ``data``: BLAKE2b of 8 bytes.

    >>> digest_of(b"")
    'e4a6a0577479b2b4'
    """
    return hashlib.blake2b(data, digest_size=8).hexdigest()
