"""What would a user call instead?  The same correlation by torch, OpenCV, SciPy, NumPy and torchaudio.

A cell is dimension : shape x channels : taps per axis (odd) : stride : dilation : kind; reflecting borders, as
many results as ``ceil(n / stride)``.  Kinds: random (no structure), gaussian (separable), box (a bright input).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
import scipy.ndimage
import scipy.signal
import torch
import torch.nn.functional as F
import torchaudio.functional as AF

from playground import ops

Run = Callable[[], object]


@dataclass(frozen=True)
class Cell:
    size: tuple[int, ...]
    channels: int
    taps: int
    stride: Fraction
    dilation: int
    kind: str

    @property
    def up(self) -> int:
        return self.stride.denominator

    @property
    def down(self) -> int:
        return self.stride.numerator

    @property
    def half(self) -> int:
        """Samples that the kernel reaches to either side."""
        return self.dilation * (self.taps - 1) // 2

    @property
    def results(self) -> tuple[int, ...]:
        return tuple(-(-n * self.up // self.down) for n in self.size)


def parse(text: str) -> Cell:
    _, shape, taps, stride, dilation, kind = text.split(":")
    *size, channels = map(int, shape.split("x"))
    return Cell(tuple(size), channels, int(taps), Fraction(stride), int(dilation), kind)


def make(cell: Cell, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Input ``(C, *size)`` and kernel, float32."""
    rng, axes = np.random.default_rng(seed), len(cell.size)
    x = rng.random((cell.channels, *cell.size), dtype=np.float32) - np.float32(0.5)
    if cell.kind == "box":
        return x + np.float32(0.5), np.full((cell.taps,) * axes, 1 / cell.taps**axes, np.float32)
    kernel = rng.standard_normal((cell.taps,) * axes)
    if cell.kind == "gaussian":
        line = np.exp(-0.5 * ((np.arange(cell.taps) - cell.taps // 2) / (cell.taps / 6)) ** 2)
        kernel = np.outer(line, line) if axes == 2 else line
    return x, (kernel / np.abs(kernel).sum()).astype(np.float32)


def spread(kernel: np.ndarray, dilation: int) -> np.ndarray:
    out = np.zeros([dilation * (n - 1) + 1 for n in kernel.shape], kernel.dtype)
    out[tuple(slice(None, None, dilation) for _ in kernel.shape)] = kernel
    return out


# --- the contenders: None where one does not do such a cell -----------------------------------------


def ours(cell: Cell, x: np.ndarray, kernel: np.ndarray) -> Run:
    conv = ops.conv1d if len(cell.size) == 1 else ops.conv2d
    values, taps = torch.from_numpy(x), torch.from_numpy(kernel)
    stride = cell.stride if cell.up > 1 else cell.down
    return lambda: conv(values, taps, padding="same", padding_mode="reflect", stride=stride, dilation=cell.dilation)


def by_torch(cell: Cell, x: np.ndarray, kernel: np.ndarray) -> Run | None:
    axes = len(cell.size)
    if cell.taps > 4095:
        return None
    values, sides = torch.from_numpy(x)[None], [cell.half] * 2 * axes
    weight = torch.from_numpy(kernel)[None, None].repeat(cell.channels, *[1] * (1 + axes))
    if cell.up == 1:
        conv, options = (F.conv1d, F.conv2d)[axes - 1], {"stride": cell.down, "dilation": cell.dilation}
        return lambda: conv(F.pad(values, sides, mode="reflect"), weight, groups=cell.channels, **options)[0]
    conv, weight = (F.conv_transpose1d, F.conv_transpose2d)[axes - 1], weight.flip(tuple(range(2, 2 + axes)))
    first = cell.half * (1 + cell.up)
    crop = (slice(None), *(slice(first, first + n) for n in cell.results))
    return lambda: conv(F.pad(values, sides, mode="reflect"), weight, stride=cell.up, groups=cell.channels)[0][crop]


def by_opencv(cell: Cell, x: np.ndarray, kernel: np.ndarray) -> Run | None:
    picture = len(cell.size) == 2
    if cell.taps > 4095:
        return None
    image = np.ascontiguousarray(np.moveaxis(x, 0, -1)) if picture else x
    taps, border = spread(kernel, cell.dilation), cv2.BORDER_REFLECT_101
    taps = taps if picture else taps[None]
    every = slice(None, None, cell.down)
    keep = (every, every) if picture else (slice(None), every)
    if cell.up > 1:
        return _stuffed(cell, image, taps)
    if cell.kind != "random" and picture and cell.dilation == 1:
        line = np.ascontiguousarray(taps[cell.half] / math.sqrt(taps[cell.half, cell.half]))
        return lambda: cv2.sepFilter2D(image, -1, line, line, borderType=border)[keep]
    return lambda: cv2.filter2D(image, -1, taps, borderType=border)[keep]


def _stuffed(cell: Cell, image: np.ndarray, taps: np.ndarray) -> Run:
    half, up, picture = cell.half, cell.up, len(cell.size) == 2
    top, rise = (half, up) if picture else (0, 1)

    def run() -> np.ndarray:
        padded = cv2.copyMakeBorder(image, top, top, half, half, cv2.BORDER_REFLECT_101)
        wide = np.zeros((padded.shape[0] * rise, padded.shape[1] * up, *padded.shape[2:]), np.float32)
        wide[::rise, ::up] = padded
        out = cv2.filter2D(wide, -1, taps, borderType=cv2.BORDER_CONSTANT)
        return out[top * rise : len(out) - top * rise, half * up : out.shape[1] - half * up]

    return run


def by_overlap_add(cell: Cell, x: np.ndarray, kernel: np.ndarray) -> Run | None:
    if cell.up > 1:
        return None
    axes, half = tuple(range(1, x.ndim)), cell.half
    taps = np.flip(spread(kernel, cell.dilation))[None]
    keep = (slice(None), *[slice(None, None, cell.down)] * len(axes))

    def run() -> np.ndarray:
        padded = np.pad(x, [(0, 0)] + [(half, half)] * len(axes), mode="reflect")
        return scipy.signal.oaconvolve(padded, taps, mode="valid", axes=axes)[keep]

    return run


def by_ndimage(cell: Cell, x: np.ndarray, kernel: np.ndarray) -> Run | None:
    if cell.stride != 1 or cell.dilation != 1 or len(cell.size) != 2 or cell.kind == "random":
        return None
    line = kernel[cell.half] / math.sqrt(kernel[cell.half, cell.half])
    along = scipy.ndimage.correlate1d
    return lambda: along(along(x, line, axis=1, mode="mirror"), line, axis=2, mode="mirror")


def by_numpy(cell: Cell, x: np.ndarray, kernel: np.ndarray) -> Run | None:
    if len(cell.size) != 1 or cell.stride != 1 or cell.dilation != 1 or cell.taps > 63:
        return None
    return lambda: np.stack([np.correlate(np.pad(row, cell.half, mode="reflect"), kernel, "valid") for row in x])


def by_upfirdn(cell: Cell, x: np.ndarray, kernel: np.ndarray) -> Run | None:
    if len(cell.size) != 1 or cell.stride == 1 or cell.dilation != 1 or cell.taps > 1024:
        return None
    half, lead = cell.half, -(cell.taps - 1) % cell.down
    first = (lead + cell.taps - 1) // cell.down if cell.up == 1 else half * (1 + cell.up)

    def run() -> np.ndarray:
        padded = np.pad(np.pad(x, [(0, 0), (half, half)], mode="reflect"), [(0, 0), (lead, 0)])
        found = scipy.signal.upfirdn(kernel[::-1], padded, cell.up, cell.down, axis=-1)
        return found[:, first : first + cell.results[0]]

    return run


def by_torchaudio(cell: Cell, x: np.ndarray, kernel: np.ndarray) -> Run | None:
    if len(cell.size) != 1 or cell.stride != 1 or cell.dilation != 1 or cell.taps < 255:
        return None
    values, taps = torch.from_numpy(x)[None], torch.from_numpy(kernel).flip(-1)[None].repeat(cell.channels, 1)
    return lambda: AF.fftconvolve(F.pad(values, (cell.half, cell.half), mode="reflect")[0], taps, mode="valid")


CONTENDERS = {
    "ours": ours, "torch": by_torch, "OpenCV": by_opencv, "SciPy overlap-add": by_overlap_add, "SciPy ndimage": by_ndimage,
    "NumPy": by_numpy, "SciPy upfirdn": by_upfirdn, "torchaudio": by_torchaudio,
}  # fmt: skip


# --- the definition, at some places --------------------------------------------------------------------


def deviation(cell: Cell, x: np.ndarray, kernel: np.ndarray, found: object) -> float:
    """Largest difference from the sum in float64 at the corners and at random places, relative to its bound."""
    out = np.asarray(found)
    if out.ndim == 3 and len(cell.size) == 2 and out.shape[-1] == cell.channels and out.shape[0] != cell.channels:
        out = np.moveaxis(out, -1, 0)
    out = out.reshape((cell.channels, *cell.results))
    rng, last = np.random.default_rng(0), [n - 1 for n in cell.results]
    places = [*itertools.product(*((0, end) for end in last)), *(tuple(rng.integers(0, cell.results)) for _ in range(60))]
    worst = 0.0
    for place in places:
        window, taps = x.astype(np.float64) if x.size < 1000 else x, kernel.astype(np.float64)
        for axis, (at, n) in enumerate(zip(place, cell.size, strict=True), start=1):
            stuffed = int(at) * cell.down - cell.half + cell.dilation * np.arange(cell.taps)
            hits = np.flatnonzero(stuffed % cell.up == 0)
            index = np.abs(stuffed[hits] // cell.up) % max(1, 2 * (n - 1))
            window = np.take(window, np.where(index >= n, 2 * (n - 1) - index, index), axis=axis)
            taps = np.take(taps, hits, axis=axis - 1)
        exact = (window.astype(np.float64) * taps).reshape(cell.channels, -1).sum(1)
        worst = max(worst, float(np.abs(out[(slice(None), *place)] - exact).max()))
    return worst / float(np.abs(kernel).sum() * np.abs(x).max())
