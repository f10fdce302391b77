"""What did each step make?  Small pictures of intermediate results, small enough to keep all of them.

Shape: a glimpse is taken of ``(C, H, W)``, ``(C, T)`` or magnitudes ``(C, F, T)``; its pixels are drawn later, in
the theme of the page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

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
    """A reduced result: ``values`` of a picture or spectrogram, or the smallest and largest of each stretch of a sound."""

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
        return Glimpse(kind, _largest(np.abs(y).max(axis=0)), minimum, maximum)
    factor = min(1.0, WIDTH / y.shape[2], HEIGHT / y.shape[1])
    size = (max(1, round(y.shape[2] * factor)), max(1, round(y.shape[1] * factor)))
    shrunk = [cv2.resize(np.ascontiguousarray(plane, np.float32), size, interpolation=cv2.INTER_AREA) for plane in y[:3]]
    return Glimpse(kind, np.stack(shrunk), minimum, maximum)


def _largest(y: np.ndarray) -> np.ndarray:
    """At most HEIGHT by WIDTH cells, each the largest value of its part."""
    for axis, most in ((0, HEIGHT), (1, WIDTH)):
        starts = np.unique(np.linspace(0, y.shape[axis], min(y.shape[axis], most), endpoint=False).astype(np.int64))
        y = np.maximum.reduceat(y, starts, axis=axis)
    return y


def drawn(seen: Glimpse, *, theme: str) -> np.ndarray:
    """The pixels of a glimpse: signed values in two colours, sounds as a waveform, magnitudes in dB.

    Shape: ``-> (h, w)`` or ``(h, w, 3)`` uint8.
    """
    if seen.kind == "audio":
        return _waveform(seen.values, theme)
    if seen.kind == "spectrogram":
        level = 20 * np.log10(np.maximum(seen.values, 1e-12))
        share = np.clip(1 + (level - level.max()) / SPAN_DB, 0, 1) if seen.values.max() > 0 else np.zeros_like(level)
        ramp = np.round(share[::-1] * 255).astype(np.uint8)
        return np.ascontiguousarray(cv2.applyColorMap(ramp, cv2.COLORMAP_VIRIDIS)[..., ::-1])
    import torch

    signed = seen.minimum < -1e-5 * max(abs(seen.maximum), 1e-30)
    mode = pixels.choose_mode("automatic", channels=len(seen.values), signed=signed)
    scale = max(abs(seen.minimum), abs(seen.maximum), 1e-30)
    return pixels.show(torch.from_numpy(seen.values), mode=mode, scale=scale, theme=theme).pixels


def _waveform(values: np.ndarray, theme: str) -> np.ndarray:
    paper, ink = (np.array(colours.rgb(palette[theme]), np.uint8) for palette in (colours.PAPER, colours.OUTPUT))
    scale = max(1.0, float(np.abs(values).max(initial=0)))
    rows = np.linspace(scale, -scale, HEIGHT)[:, None]
    line = scale / HEIGHT
    inside = (rows >= values[0] - line) & (rows <= values[1] + line)
    sheet = np.broadcast_to(paper, (*inside.shape, 3)).copy()
    sheet[inside] = ink
    return sheet.repeat(-(-WIDTH // sheet.shape[1]), axis=1)[:, :WIDTH] if sheet.shape[1] < WIDTH else sheet


def png(seen: Glimpse, *, theme: str) -> bytes:
    """A PNG of a glimpse; small pictures are enlarged pixel by pixel.

    >>> import torch
    >>> png(glimpse(torch.rand(1, 4, 4), "image"), theme="light")[1:4]
    b'PNG'
    """
    shown = drawn(seen, theme=theme)
    times = max(1, min(WIDTH // shown.shape[1], HEIGHT // shown.shape[0]))
    shown = shown.repeat(times, 0).repeat(times, 1)
    return pixels.encode_png(shown)
