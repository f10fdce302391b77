"""Memory that has been used comes sooner than fresh memory.

The system hands out fresh memory page by page, each filled with zeros at its first touch: a result of 60 MB takes
twice as long as its sums, and longer on a machine that borrows its own memory.  So what a call leaves, scratch
memory and a result that nobody holds any more, is lent to the next call of about that size.  It is memory that is
kept, never what stands in it.
"""

from __future__ import annotations

import itertools
import math
import threading
from typing import TYPE_CHECKING

import numpy as np

from playground.machine import memory_bytes
from playground.ops.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

SMALL = 1 << 16
"""Bytes below which nothing is kept: the C library does that as well."""
MOST = 256_000_000
"""Bytes that may wait to be lent, on a machine of any size; a sixteenth of a smaller one's memory."""


class Buffer(np.ndarray):
    """Bytes to be lent.

    Its own class, as a view of a view refers straight to the array whose memory it is, past those of its class:
    a view of ``Lent`` would not keep it alive.
    """


class Lent(np.ndarray):
    """An array whose buffer goes back when nothing refers to it any more."""

    def __del__(self) -> None:
        if type(self.base) is Buffer:
            give_back(self.base)


_waiting: dict[int, Buffer] = {}
"""By age.  No lock: a garbage collection, which may begin at any line, gives buffers back; single calls of a dict are
whole, and a list of its keys is made without anything that is collected."""
_number = itertools.count()


def empty(shape: tuple[int, ...], dtype: np.dtype | str) -> np.ndarray:
    """An array with whatever stands in it.

    Shape: ``-> shape``.

    >>> empty((2, 3), "float32").shape
    (2, 3)
    """
    dtype = np.dtype(dtype)
    size = math.prod(shape) * dtype.itemsize
    return np.empty(shape, dtype) if size < SMALL else Lent(shape, dtype, borrow(size))


def tensor(shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """The same as a tensor, float32 or float64.

    Shape: ``-> shape``.

    >>> import torch
    >>> tensor((2, 3), torch.float64).shape
    torch.Size([2, 3])
    """
    return torch.from_numpy(empty(shape, "float64" if dtype is torch.float64 else "float32"))


def borrow(size: int) -> Buffer:
    """A buffer of ``size`` bytes, or a few more: one that waits, or a fresh one.

    >>> borrow(100_000).nbytes >= 100_000
    True
    """
    for number in list(_waiting):
        buffer = _waiting.get(number)  # None: another thread was faster, here and below
        if buffer is not None and size <= buffer.nbytes <= size + size // 4:
            found = _waiting.pop(number, None)
            if found is not None:
                return found
    return np.empty(size, np.uint8).view(Buffer)


def give_back(buffer: Buffer) -> None:
    """Let ``buffer`` wait for the next call; the caller must not touch it again.

    The oldest go where too much would wait.

    >>> give_back(borrow(90_001))
    >>> 90_000 <= borrow(90_000).nbytes <= 112_500
    True
    """
    _waiting[next(_number)] = buffer
    most, kept = min(MOST, memory_bytes() // 16), 0
    for number in reversed(list(_waiting)):
        held = _waiting.get(number)
        kept += 0 if held is None else held.nbytes
        if kept > most:
            _waiting.pop(number, None)


class Room:
    """Scratch memory of one call: every thread takes its own, once, and uses it for block after block.

    >>> room = Room()
    >>> room.take("sum", (2, 3), "float32").shape, room.take("sum", (2, 3), "float32") is None
    ((2, 3), False)
    """

    def __init__(self) -> None:
        self.held: dict[tuple[int, str], Buffer] = {}

    def take(self, name: str, shape: tuple[int, int], dtype: np.dtype | str) -> np.ndarray:
        """A buffer of ``shape``, with whatever is in it; the same memory for the same name."""
        size = shape[0] * shape[1] * np.dtype(dtype).itemsize
        key = (threading.get_ident(), name)
        buffer = self.held.get(key)
        if buffer is None or buffer.nbytes < size:
            buffer = self.held[key] = borrow(size)
        return np.ndarray(shape, dtype, buffer)

    def __del__(self) -> None:
        for buffer in self.held.values():
            give_back(buffer)
