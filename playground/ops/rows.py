"""Where does a row of a spectrogram stand?  Its frequency, its note, and how to read between rows."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from playground.errors import N_, GeometryError
from playground.ops import tensors
from playground.ops.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 1 << 20
"""Weights computed at once."""
A4 = 440.0
"""Hz, ISO 16."""
NOTES = ("C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B")


def bin_frequencies(*, sample_rate: float, n_fft: int) -> Tensor:
    """The centres of the transform's rows, in Hz, float64.

    Shape: ``-> (n_fft // 2 + 1,)``.

    >>> bin_frequencies(sample_rate=8000, n_fft=4)
    tensor([   0., 2000., 4000.], dtype=torch.float64)
    """
    if n_fft < 2 or sample_rate <= 0:
        raise GeometryError(
            N_("n_fft={n_fft} at sample_rate={rate} Hz has no frequencies; use at least 2, and a rate above 0"),
            n_fft=n_fft, rate=f"{sample_rate:g}",
        )  # fmt: skip
    return torch.arange(n_fft // 2 + 1, dtype=torch.float64) * (sample_rate / n_fft)


def transform_size(x: Tensor, *, n_fft: int | None = None) -> int:
    """The ``n_fft`` that a spectrogram's rows come from; None stands for the even one of as many rows.

    Shape: ``(..., F, T)``.  Errors: GeometryError where ``F`` is not ``n_fft // 2 + 1``.

    >>> transform_size(torch.zeros(1025, 3))
    2048
    """
    tensors.check(x, "x", at_least=2)
    rows = x.shape[-2]
    if n_fft is None:
        n_fft = 2 * (rows - 1)
    if n_fft < 2 or n_fft // 2 + 1 != rows:
        raise GeometryError(
            N_("the spectrogram has {rows} rows, and a transform with n_fft={n_fft} makes {expected}; this step needs the"
               " rows of the transform"),
            rows=rows, n_fft=n_fft, expected=n_fft // 2 + 1,
        )  # fmt: skip
    return n_fft


def triangles(at: Tensor, grid: Tensor, *, below: Tensor, above: Tensor) -> Tensor:
    """Weights of the points of ``grid`` in triangles with their peaks, 1, ``at`` and their feet around.

    Shape: ``(n,), (m,) -> (n, m)``, float64; ``below`` and ``above`` are ``(n,)``.

    >>> at = torch.tensor([1.0])
    >>> triangles(at, torch.arange(4.0), below=at - 1, above=at + 2)
    tensor([[0.0000, 1.0000, 0.5000, 0.0000]], dtype=torch.float64)
    """
    at, below, above, grid = (values.to(torch.float64) for values in (at, below, above, grid))
    weights = torch.empty(len(at), len(grid), dtype=torch.float64)
    rise, fall = ((gap.clamp(min=1e-9))[:, None] for gap in (at - below, above - at))
    block = max(1, BLOCK // len(grid))
    for start in range(0, len(at), block):
        rows = slice(start, start + block)
        rising = (grid - below[rows, None]) / rise[rows]
        falling = (above[rows, None] - grid) / fall[rows]
        torch.minimum(rising, falling, out=weights[rows])
    return weights.clamp_(min=0)


def note_name(hz: float) -> str:
    """The nearest note of the piano in equal temperament (A4 is 440 Hz) and how many cents above it.

    >>> note_name(440), note_name(441), note_name(277.18), note_name(0)
    ('A4', 'A4 +4 cents', 'C♯4', '')
    """
    if not 0 < hz < math.inf:
        return ""
    cents = round(1200 * math.log2(hz / A4)) + 900  # above C4
    semitones = (cents + 50) // 100
    rest = cents - 100 * semitones
    name = f"{NOTES[semitones % 12]}{4 + semitones // 12}".replace("-", "−")
    if rest == 0:
        return name
    return f"{name} {'+' if rest > 0 else '−'}{abs(rest)} {'cent' if abs(rest) == 1 else 'cents'}"
