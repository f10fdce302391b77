"""What did each step make?  Small pictures of intermediate results, small enough to keep all of them.

Shape: a glimpse is taken of ``(C, H, W)``, ``(C, T)`` or magnitudes ``(C, F, T)``; its pixels are drawn later, in
the theme of the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from playground.ops.lazy import cv2
from playground.view import colours, pixels
from playground.view.sound import envelope

if TYPE_CHECKING:
    from torch import Tensor

WIDTH, HEIGHT = 144, 96
"""Pixels of a glimpse."""
SPAN_DB = 70.0
"""dB from the loudest value of a spectrogram to black."""


@dataclass(frozen=True, eq=False)
class Glimpse:
    """A reduced result: ``values`` of a picture, or the smallest and largest of each part of a sound or spectrogram."""

    kind: str
    values: np.ndarray
    minimum: float
    maximum: float


def glimpse(x: Tensor, kind: str) -> Glimpse:
    """Reduce a result to what a small picture needs.

    Shape: ``(C, H, W)``, ``(C, T)`` or ``(C, F, T)``.

    >>> import torch
    >>> glimpse(torch.rand(3, 300, 400), "image").values.shape
    (3, 96, 128)
    """
    minimum, maximum = (float(value) for value in x.aminmax())
    if kind == "audio":
        _starts, low, high = envelope(x, bins=WIDTH)
        return Glimpse(kind, np.stack([low, high]), minimum, maximum)
    y = x.detach().numpy()
    if kind == "spectrogram":
        ends = (_parted(np.minimum, y.min(axis=0)), _parted(np.maximum, y.max(axis=0)))
        return Glimpse(kind, np.stack(ends), minimum, maximum)
    factor = min(1.0, WIDTH / y.shape[2], HEIGHT / y.shape[1])
    size = (max(1, round(y.shape[2] * factor)), max(1, round(y.shape[1] * factor)))
    shrunk = [cv2.resize(np.ascontiguousarray(plane, np.float32), size, interpolation=cv2.INTER_AREA) for plane in y[:3]]
    return Glimpse(kind, np.stack(shrunk), minimum, maximum)


def _parted(extreme: np.ufunc, y: np.ndarray) -> np.ndarray:
    """At most HEIGHT by WIDTH cells, each the extreme of its part."""
    for axis, most in ((0, HEIGHT), (1, WIDTH)):
        starts = np.unique(np.linspace(0, y.shape[axis], min(y.shape[axis], most), endpoint=False).astype(np.int64))
        y = extreme.reduceat(y, starts, axis=axis)
    return y


def drawn(seen: Glimpse, *, theme: str, decibels: bool = False) -> np.ndarray:
    """The pixels of a glimpse: signed values in two colours, sounds as a waveform, magnitudes in dB.

    ``decibels`` says that the values of a spectrogram are in dB already.

    Shape: ``-> (h, w)`` or ``(h, w, 3)`` uint8; a sound and a spectrogram fill ``(HEIGHT, WIDTH, 3)``.
    """
    if seen.kind == "audio":
        return _waveform(seen.values, theme)
    if seen.kind == "spectrogram":
        size = np.abs(seen.values).max(axis=0)
        level = seen.values[1] if decibels else 20 * np.log10(np.maximum(size, 1e-12))
        share = np.clip(1 + (level - level.max()) / SPAN_DB, 0, 1) if size.max() > 0 else np.zeros_like(level)
        ramp = np.round(share[::-1] * 255).astype(np.uint8)
        return _filling(np.ascontiguousarray(cv2.applyColorMap(ramp, cv2.COLORMAP_VIRIDIS)[..., ::-1]))
    import torch

    signed = seen.minimum < -1e-5 * max(abs(seen.maximum), 1e-30)
    mode = pixels.choose_mode("automatic", channels=len(seen.values), signed=signed)
    scale = max(abs(seen.minimum), abs(seen.maximum), 1e-30)
    return pixels.show(torch.from_numpy(seen.values), mode=mode, scale=scale, theme=theme).pixels


def _waveform(values: np.ndarray, theme: str) -> np.ndarray:
    paper, ink = (np.array(colours.rgb(palette[theme]), np.uint8) for palette in (colours.PAPER, colours.OUTPUT))
    scale = max(1.0, float(np.abs(values).max(initial=0)))
    rows = np.linspace(scale, -scale, HEIGHT)[:, None]
    line = scale / (HEIGHT - 2)  # wherever a value lies, a row is near enough
    inside = (rows >= values[0] - line) & (rows <= values[1] + line)
    sheet = np.broadcast_to(paper, (*inside.shape, 3)).copy()
    sheet[inside] = ink
    return _filling(sheet)


def _filling(cells: np.ndarray) -> np.ndarray:
    """HEIGHT by WIDTH pixels of fewer cells, all of which are there."""
    rows, columns = (np.arange(most) * n // most for n, most in zip(cells.shape, (HEIGHT, WIDTH), strict=False))
    return cells[rows][:, columns]


def png(seen: Glimpse, *, theme: str, decibels: bool = False) -> bytes:
    """A PNG of a glimpse, always WIDTH wide: small ones are enlarged by pixels, narrow ones on paper.

    ``decibels`` as in ``drawn``.

    >>> import torch
    >>> png(glimpse(torch.rand(1, 4, 4), "image"), theme="light")[1:4]
    b'PNG'
    """
    shown = drawn(seen, theme=theme, decibels=decibels)
    times = max(1, min(WIDTH // shown.shape[1], HEIGHT // shown.shape[0]))
    shown = shown.repeat(times, 0).repeat(times, 1)
    if shown.shape[1] < WIDTH:  # the page gives all the same width: a strip would be as long as the page
        sheet = np.full((shown.shape[0], WIDTH, 3), colours.rgb(colours.PAPER[theme]), np.uint8)
        sheet[:, : shown.shape[1]] = shown if shown.ndim == 3 else shown[..., None]
        shown = sheet
    return pixels.encode_png(shown)
