"""Many taps: overlap-save through the fast Fourier transform, in tiles that fit the cache.

OpenCV's transform of real numbers takes half the time of SciPy's, and lets every core work on a tile of
its own.  A tile of ``n`` samples makes ``n - span + 1`` results.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import cache

import numpy as np

from playground.ops.geometry import Window
from playground.ops.lazy import cv2
from playground.ops.methods.blocks import Edge, by_blocks, whole
from playground.ops.methods.direct import spread
from playground.ops.methods.division import SAMPLES, both, few
from playground.ops.methods.memory import Room

Compute = Callable[[np.ndarray, np.ndarray, Edge], None]
BACK = 1 | 2 | 32
"""OpenCV's flags for the way back: inverse, scaled, real; their numbers, as it is imported later."""
PICTURE = (5.2, 0.25, 1 << 18, 1.8)
"""Nanoseconds a sample of a tile takes on one core, those for every doubling of its samples, the samples from which it
leaves the cache, and how many times slower it is then.  Between a Xeon with AVX-512, 4.4 and 0.21, and an EPYC with AVX2,
which takes half as long again: OpenCV 5.0, November 2026."""
SOUND = (3.4, 0.25, 1 << 13, 1.5)
"""The same for a row alone, on the EPYC."""
PLANNED = 6.0
"""Nanoseconds for each sample of a row, however many rows are transformed at once: there and back, OpenCV plans anew."""
A_CALL = 350_000
"""Nanoseconds for the tiles and the kernel's transform, beside what every method takes."""
A_TILE = 40_000
"""Nanoseconds that a tile takes beside its samples."""


def correlate(
    x: np.ndarray,
    kernel: np.ndarray,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    *,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Correlate by ``cv2.dft``, tile by tile.  See ``methods``.

    Shape: as in ``methods``.

    >>> x, taps = np.array([[1., 2., 4., 8.]]), np.array([1., -1.])
    >>> correlate(x, taps, (Window(start=0, step=2, dilation=1, taps=2, count=2),), "constant", 0.0).round()
    array([[-1., -4.]])
    """
    y, pair = whole(x, windows, out), both(windows)
    if not min(window.count for window in windows):
        return y
    taps = spread((kernel if kernel.ndim == 2 else kernel[None]).astype(x.dtype, copy=False), pair)
    size, steps = tile(pair), [window.step for window in pair]
    if len(windows) == 2:
        filtered = _picture(taps, pair, size)
        most = tuple((n - span) // step + 1 for n, span, step in zip(size, taps.shape, steps, strict=True))
    else:  # several rows at once, but enough blocks for all cores
        hop = size[1] - taps.shape[1] + 1
        rows = _together(size[1], -(-pair[1].count * steps[1] // hop), alone=few(len(x) * pair[1].count * steps[1]))
        filtered = _sound(taps, pair, size[1])
        most = (1, (rows * hop - 1) // steps[1] + 1)
    by_blocks(x, y, windows, padding_mode, fill, filtered, size=most, checked=True)
    return y


def _picture(taps: np.ndarray, windows: tuple[Window, Window], size: tuple[int, int]) -> Compute:
    spectrum, room = Spectrum(cv2.dft(_padded(taps, size))), Room()

    def filtered(part: np.ndarray, target: np.ndarray, _: Edge) -> None:
        values = _padded(part, size, room.take("tile", size, part.dtype))
        # nonzeroRows would save a quarter of the work and lose Intel's transform, which is three times as fast.
        cv2.dft(values, dst=values)
        spectrum.multiply(values)
        cv2.dft(values, dst=values, flags=BACK)
        target[:] = values[:: windows[0].step, :: windows[1].step][: target.shape[0], : target.shape[1]]

    return filtered


def _sound(taps: np.ndarray, windows: tuple[Window, Window], size: int) -> Compute:
    hop, step = size - taps.shape[1] + 1, windows[1].step
    spectrum = Spectrum(cv2.dft(_padded(taps, (1, size)), flags=cv2.DFT_ROWS))
    room = Room()

    def filtered(part: np.ndarray, target: np.ndarray, _: Edge) -> None:
        rows = -(-(part.shape[1] - taps.shape[1] + 1) // hop)
        length = (1, (rows - 1) * hop + size)
        part = _padded(part, length, room.take("part", length, part.dtype))
        strides = (hop * part.itemsize, part.itemsize)
        values = room.take("rows", (rows, size), part.dtype)
        values[:] = np.lib.stride_tricks.as_strided(part, (rows, size), strides)
        cv2.dft(values, dst=values, flags=cv2.DFT_ROWS)
        spectrum.multiply(values)
        cv2.dft(values, dst=values, flags=cv2.DFT_ROWS | BACK)
        target[:] = values[:, :hop].reshape(1, -1)[:, ::step][:, : target.shape[1]]

    return filtered


class Spectrum:
    """The kernel's transform, as OpenCV packs that of real numbers, ready to multiply those of the tiles.

    A row is ``Re 0, Re 1, Im 1, Re 2, Im 2, ..., Re n/2``.  Of a picture, the first and the last column are
    themselves packed so.  NumPy's complex product takes a ninth of the time of OpenCV's mulSpectrums.

    >>> values, taps = np.array([[1., 2., 4., 8.]]), np.array([[1., -1., 0., 0.]])
    >>> product = cv2.dft(values)
    >>> Spectrum(cv2.dft(taps)).multiply(product)
    >>> cv2.dft(product, flags=BACK)
    array([[-1., -2., -4.,  7.]])
    """

    def __init__(self, packed: np.ndarray) -> None:
        self.inner = _complex(packed).conj()
        self.ends = packed[:, [0, -1]].copy()
        self.columns = None
        if len(packed) > 1:
            ends = np.ascontiguousarray(self.ends.T)
            self.columns = (_complex(ends).conj(), ends[:, 0].copy(), ends[:, -1].copy())

    def multiply(self, values: np.ndarray) -> None:
        """Multiply ``values`` in place, by the conjugate: correlation, not convolution."""
        inner = _complex(values)
        if self.columns is None:
            for row in inner:  # NumPy takes three to ten times as long for all of them, as they are not side by side
                np.multiply(row, self.inner[0], out=row)
            values[:, 0] *= self.ends[:, 0]
            values[:, -1] *= self.ends[:, 1]
            return
        np.multiply(inner, self.inner, out=inner)
        ends = np.ascontiguousarray(values[:, [0, -1]].T)
        middle, first, last = self.columns
        _complex(ends)[:] *= middle
        ends[:, 0] *= first
        ends[:, -1] *= last
        values[:, [0, -1]] = ends.T


def _complex(packed: np.ndarray) -> np.ndarray:
    return packed[:, 1:-1].view(np.complex64 if packed.itemsize == 4 else np.complex128)


def _padded(values: np.ndarray, size: tuple[int, int], out: np.ndarray | None = None) -> np.ndarray:
    out = np.empty(size, values.dtype) if out is None else out
    rows, columns = values.shape
    out[:rows, :columns] = values
    out[:rows, columns:] = 0
    out[rows:] = 0
    return out


def tile(windows: tuple[Window, Window]) -> tuple[int, int]:
    """Rows and columns of the tile with which all results cost least.

    >>> tile((Window(0, 1, 1, 1, 1), Window(0, 1, 1, 255, 400_000)))
    (1, 2048)
    """
    reads = tuple(w.last - w.start + 1 for w in windows)
    spans = tuple((w.taps - 1) * w.dilation + 1 for w in windows)
    return best_tile(reads, spans)[0]


@cache
def best_tile(reads: tuple[int, int], spans: tuple[int, int]) -> tuple[tuple[int, int], float]:
    """The tile, and the nanoseconds that one core takes with it.

    >>> best_tile((1000, 1500), (31, 31))[0]
    (1024, 240)
    """
    a_row = reads[0] == spans[0] == 1
    candidates = [
        [1] if axis == 0 and a_row else [n for n in _fast(a_row) if span <= n <= max(64, 2 * read)]
        for axis, (read, span) in enumerate(zip(reads, spans, strict=True))
    ]
    return min(
        (((rows, columns), _price((rows, columns), reads, spans)) for rows, columns in itertools.product(*candidates)),
        key=lambda found: found[1],
    )


def _price(size: tuple[int, int], reads: tuple[int, int], spans: tuple[int, int]) -> float:
    tiles = math.prod(-(-(read - span + 1) // (n - span + 1)) for n, read, span in zip(size, reads, spans, strict=True))
    samples, a_row = math.prod(size), size[0] == 1
    fixed, doubling, cache_samples, beyond = SOUND if a_row else PICTURE
    slower = beyond if samples > cache_samples else 1
    a_block = A_TILE + (PLANNED * samples if a_row else 0)
    results = reads[1] - spans[1] + 1
    together = _together(samples, tiles, alone=few(results)) if a_row else 1
    return tiles * (samples * (fixed + doubling * math.log2(samples)) * slower + a_block / together)


def _together(size: int, tiles: int, *, alone: bool) -> int:
    """Rows of one block: several at once, but enough blocks for all cores, unless one does it ``alone``."""
    return max(1, min(SAMPLES // 2 // size, tiles if alone else -(-tiles // 4)))


@cache
def _fast(a_row: bool) -> tuple[int, ...]:
    """Sizes of few small factors, from 32 to 4 million; of a row alone powers of two, which take half as long."""
    found = {2**a * 3**b * 5**c for a in range(2, 23) for b in range(3) for c in range(2) if not a_row or b == c == 0}
    return tuple(sorted(n for n in found if 32 <= n <= 1 << 22))
