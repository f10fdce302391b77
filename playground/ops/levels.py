"""How loud is a value, and which values stay?  Decibels and back, powers, and a region set to nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

from playground.errors import N_, GeometryError
from playground.ops import tensors
from playground.ops.lazy import torch
from playground.ops.parameters import Real
from playground.ops.registry import op
from playground.ops.rows import bin_frequencies, transform_size
from playground.ops.spectrum import window_of

if TYPE_CHECKING:
    from torch import Tensor

ROUNDING = 64
"""Rounding errors of the floor: what is above it by no more than these is silence."""


def full_scale(window: str, win_length: int, n_fft: int) -> float:
    """The magnitude that a sine of amplitude 1 has at its bin, half the window's sum: 0 dB of full scale.

    >>> full_scale("rectangular", 512, 2048), full_scale("hann", 2048, 2048)
    (256.0, 512.0)
    """
    return float(window_of(window, win_length, n_fft, torch.float64).sum()) / 2


def _check_reference(reference: float) -> float:
    if not 0 < reference < math.inf:
        raise GeometryError(
            N_("reference={given} cannot be what 0 dB stands for; use a number above 0"),
            given=f"{reference:g}",
        )
    return float(reference)


@op(media=("spectrogram",))
def decibels(
    x: Tensor, *, floor_db: Annotated[float, Real(-200, 0, 5, unit="dB")] = -80.0, reference: float = 1.0
) -> Tensor:
    """Levels: 20 log10 of each magnitude over ``reference``, and nothing below ``floor_db``.

    Shape: ``(...) -> (...)``, in dB.  The sign of a value is lost; 0 is ``floor_db``.

    Errors: GeometryError for a ``reference`` that is not above 0.

    >>> decibels(torch.tensor([1.0, -10.0, 0.0]))
    tensor([  0.,  20., -80.])
    """
    tensors.check(x, "x")
    reference = _check_reference(reference)
    tiny = torch.finfo(x.dtype).tiny  # log10 of 0 would be -inf, and its slope NaN
    return (20 * torch.log10((x.abs() / reference).clamp(min=tiny))).clamp(min=floor_db)


@op(media=("spectrogram",))
def amplitude(x: Tensor, *, reference: float = 1.0, floor_db: float = -80.0) -> Tensor:
    """Magnitudes of levels in dB: the way back from ``decibels``.

    Shape: ``(...) -> (...)``.  ``floor_db``, but for rounding, and what is below becomes 0.

    Errors: GeometryError for a ``reference`` that is not above 0.

    >>> amplitude(torch.tensor([0.0, 20.0, -80.0]))
    tensor([ 1., 10.,  0.])
    """
    tensors.check(x, "x")
    loud = _check_reference(reference) * 10 ** (x / 20)
    slack = ROUNDING * torch.finfo(x.dtype).eps * abs(floor_db)  # a blurred silence is still one
    return torch.where(x <= floor_db + slack, 0.0, loud)


@op(media=("spectrogram",))
def power(x: Tensor, *, exponent: Annotated[float, Real(0.1, 4, 0.1)] = 2.0) -> Tensor:
    """Each magnitude to the power of ``exponent``, with the sign of the value.

    Shape: ``(...) -> (...)``.

    Errors: GeometryError for an ``exponent`` that is not above 0.

    >>> power(torch.tensor([3.0, -2.0]))
    tensor([ 9., -4.])
    """
    tensors.check(x, "x")
    if not 0 < exponent < math.inf:
        raise GeometryError(
            N_("exponent={given} has no inverse; use a number above 0"), given=f"{exponent:g}"
        )
    return x.abs().pow(exponent) * x.sign()


@op(media=("spectrogram",))
def mask(
    x: Tensor,
    *,
    region: Literal["remove", "keep"] = "remove",
    low: Annotated[float, Real(0, 384000, 10, unit="Hz")] = 0.0,
    high: Annotated[float | None, Real(0, 384000, 10, unit="Hz")] = None,
    start: Annotated[float, Real(0, 12000, 0.1, unit="s")] = 0.0,
    end: Annotated[float | None, Real(0, 12000, 0.1, unit="s")] = None,
    sample_rate: float = 44100.0,
    n_fft: int | None = None,
    hop_length: int | None = None,
    first_time: float = 0.0,
) -> Tensor:
    """Silence a rectangle of frequencies and times, or all that is outside it.

    A row belongs to it when its centre is from ``low`` to ``high`` Hz, both included, a column when its
    centre, ``first_time + t * hop_length / sample_rate``, is from ``start`` to ``end`` s.  ``high`` None is the highest
    frequency, ``end`` None the end, ``n_fft`` None ``2 (F - 1)`` and ``hop_length`` None ``n_fft // 4``.

    Shape: ``(..., F, T) -> (..., F, T)``.

    Errors: GeometryError for ends before their beginnings, and where ``F`` is not ``n_fft // 2 + 1``.

    >>> mask(torch.ones(3, 4), low=2000, start=0.2, sample_rate=8000, hop_length=800)
    tensor([[1., 1., 1., 1.],
            [1., 1., 0., 0.],
            [1., 1., 0., 0.]])
    """
    n_fft = transform_size(x, n_fft=n_fft)
    hop = max(1, n_fft // 4) if hop_length is None else hop_length
    _check_order("low", low, "high", high, "Hz")
    _check_order("start", start, "end", end, "s")
    rows = _within(bin_frequencies(sample_rate=sample_rate, n_fft=n_fft), low, high)
    seconds = torch.arange(x.shape[-1], dtype=torch.float64) * (hop / sample_rate) + first_time
    inside = (rows[:, None] & _within(seconds, start, end)).to(x.device)
    return torch.where(inside if region == "remove" else ~inside, 0.0, x)


def _within(places: Tensor, first: float, last: float | None) -> Tensor:
    """Which places lie between both, ends included whatever float64 makes of a product."""
    slack = 1e-9 * float(places[-1]) if len(places) else 0.0
    found = places >= first - slack
    return found if last is None else found & (places <= last + slack)


def _check_order(first: str, low: float, last: str, high: float | None, unit: str) -> None:
    if high is not None and high < low:
        raise GeometryError(
            N_("{first}={low} {unit} is after {last}={high} {unit} and nothing is between; exchange the two"),
            first=first, low=f"{low:g}", last=last, high=f"{high:g}", unit=unit,
        )  # fmt: skip
