"""Which notes pass?  Low-pass, high-pass and band filters for sounds: windowed sincs, centred.

A sinc that is cut off passes exactly the frequencies below its cutoff; a finite one, faded out by a
``window``, blurs that edge over ``c sample_rate / taps`` Hz, with c = 0.9 (rectangular), 3.1 (hann),
3.3 (hamming), 5.5 (blackman) or 5.7 (kaiser), and what it should stop is left at about -21, -44, -53,
-74 or -90 dB.  Frequencies are in Hz, ``sample_rate`` in samples per second.  Each function returns
float64, ``(taps,)``, symmetric, so no frequency is delayed against another.

Sources: Oppenheim & Schafer (1975), Digital Signal Processing; Harris (1978), On the use of windows.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import numpy as np

from playground.errors import N_, GeometryError
from playground.ops import taps as made
from playground.ops.parameters import Integer, Real, shown
from playground.ops.registry import kernel

if TYPE_CHECKING:
    from torch import Tensor

Window = Literal["hamming", "hann", "blackman", "kaiser", "rectangular"]

KAISER_BETA = 8.6
"""The shape of the Kaiser window, for -90 dB: ``0.1102 (90 - 8.7)``, rounded down."""


@kernel(
    family="muffle",
    label=N_("Only low notes (low-pass)"),
    sentence=N_("Lets frequencies below the cutoff pass and stops those above it."),
    finding=N_("Low-pass: nothing above {cutoff:g} Hz"),
    signed=False,
    dimensions=(1,),
)
def low_pass(
    *,
    cutoff: Annotated[float, Real(20, 20000, 10, unit="Hz")] = 1000.0,
    taps: Annotated[int, Integer(3, 2047, step=2)] = 255,
    window: Window = "hamming",
    sample_rate: float = 44100,
) -> Tensor:
    """``sin(2 pi cutoff t) / (pi t)``, ``t`` in s from the middle, times the window, summing to 1.

    0 Hz passes unchanged, the cutoff at half its amplitude (-6 dB).
    Source: Oppenheim & Schafer (1975), Digital Signal Processing, on FIR design by windows.

    >>> (low_pass(cutoff=250, taps=5, sample_rate=1000) * 1000).round().long().tolist()
    [0, 204, 593, 204, 0]
    """
    low = _low("low_pass", "cutoff", cutoff, taps, window, sample_rate)
    return made.row(low)


@kernel(
    family="thin",
    label=N_("Only high notes (high-pass)"),
    sentence=N_("Lets frequencies above the cutoff pass and stops those below it."),
    finding=N_("High-pass: nothing below {cutoff:g} Hz"),
    signed=False,
    dimensions=(1,),
)
def high_pass(
    *,
    cutoff: Annotated[float, Real(20, 20000, 10, unit="Hz")] = 1000.0,
    taps: Annotated[int, Integer(3, 2047, step=2)] = 255,
    window: Window = "hamming",
    sample_rate: float = 44100,
) -> Tensor:
    """The identity minus a low-pass, divided by its gain at half the sample rate.

    0 Hz is gone exactly, half the sample rate passes unchanged.
    Source: Smith (1997), The Scientist and Engineer's Guide to DSP, on spectral inversion.

    >>> (high_pass(cutoff=250, taps=5, sample_rate=1000) * 1000).round().long().tolist()
    [0, -250, 500, -250, 0]
    """
    rest = _rest_of(_low("high_pass", "cutoff", cutoff, taps, window, sample_rate))
    signs = 1 - 2 * (np.arange(len(rest)) % 2)
    return made.row(rest / abs(math.fsum(rest * signs)))


@kernel(
    family="thin",
    label=N_("Only a middle range (band-pass)"),
    sentence=N_("Lets the frequencies between low and high pass, as a telephone does, and stops the others."),
    finding=N_("Band-pass: only {low:g} to {high:g} Hz"),
    signed=False,
    dimensions=(1,),
)
def band_pass(
    *,
    low: Annotated[float, Real(20, 20000, 10, unit="Hz")] = 300.0,
    high: Annotated[float, Real(20, 20000, 10, unit="Hz")] = 3400.0,
    taps: Annotated[int, Integer(3, 2047, step=2)] = 511,
    window: Window = "hamming",
    sample_rate: float = 44100,
) -> Tensor:
    """The low-pass at ``high`` minus the low-pass at ``low``: 0 Hz is gone exactly.

    It is not scaled: a band narrower than the window's blur passes weaker, never louder.
    Source: Oppenheim & Schafer (1975), Digital Signal Processing, on FIR design by windows.

    >>> (band_pass(low=100, high=250, taps=5, sample_rate=1000) * 1000).round().long().tolist()
    [-28, -33, 123, -33, -28]
    """
    return made.row(_band("band_pass", low, high, taps, window, sample_rate))


@kernel(
    family="thin",
    label=N_("All but a middle range (band-stop)"),
    sentence=N_("Stops the frequencies between low and high and lets the others pass."),
    finding=N_("Band-stop: {low:g} to {high:g} Hz are gone"),
    signed=False,
    dimensions=(1,),
)
def band_stop(
    *,
    low: Annotated[float, Real(20, 20000, 10, unit="Hz")] = 500.0,
    high: Annotated[float, Real(20, 20000, 10, unit="Hz")] = 2000.0,
    taps: Annotated[int, Integer(3, 2047, step=2)] = 511,
    window: Window = "hamming",
    sample_rate: float = 44100,
) -> Tensor:
    """The identity minus the band-pass between ``low`` and ``high``: 0 Hz passes unchanged.

    A band narrower than the window's blur is weakened but not gone; more taps make the blur narrower.
    Source: Smith (1997), The Scientist and Engineer's Guide to DSP, on spectral inversion.

    >>> (band_stop(low=100, high=250, taps=5, sample_rate=1000) * 1000).round().long().tolist()
    [28, 33, 877, 33, 28]
    """
    return made.row(_rest_of(_band("band_stop", low, high, taps, window, sample_rate)))


# --- what they are made of -----------------------------------------------------------------------


def _band(owner: str, low: float, high: float, size: int, window: str, rate: float) -> np.ndarray:
    """The low-pass at ``high`` minus that at ``low``."""
    lower, upper = made.above(owner, "low", low), made.above(owner, "high", high)
    if lower >= upper:
        raise GeometryError(
            N_("{owner}(low={low}, high={high}) holds no frequency; low must be below high"),
            owner=owner, low=f"{lower:g}", high=f"{upper:g}",
        )  # fmt: skip
    above = _low(owner, "high", upper, size, window, rate)
    return above - _low(owner, "low", lower, size, window, rate)


def _low(owner: str, name: str, cutoff: float, size: int, window: str, rate: float) -> np.ndarray:
    """A low-pass summing to 1, symmetric to the last bit."""
    cutoff = made.above(owner, name, cutoff)
    size = made.odd(owner, "taps", size, low=3)
    rate = made.above(owner, "sample_rate", rate)
    if cutoff >= rate / 2:
        raise GeometryError(
            N_("{owner}({name}={given}) is not below {nyquist} Hz, the highest frequency (Nyquist) of a sound "
               "with {rate} samples per second; choose {name} below {nyquist}"),
            owner=owner, name=name, given=f"{cutoff:g}", nyquist=f"{rate / 2:g}", rate=f"{rate:g}",
        )  # fmt: skip
    share = 2 * cutoff / rate  # of the highest frequency
    right = _faded(owner, size, window) * share * np.sinc(share * np.arange(size // 2 + 1))
    whole = np.concatenate([right[:0:-1], right])
    return whole / math.fsum(whole)


def _faded(owner: str, size: int, window: str) -> np.ndarray:
    """The right half of a symmetric window: 1 in the middle, then falling, ``size // 2 + 1`` values."""
    if window not in get_args(Window):
        raise GeometryError(
            N_("{owner}(window={given}) is not known; choose one of: {choices}"),
            owner=owner, given=shown(window), choices=", ".join(sorted(get_args(Window))),
        )  # fmt: skip
    if size < 5 and window in ("hann", "blackman"):
        raise GeometryError(
            N_("{owner}(taps={size}, window={window!r}) has one tap that is not zero; choose at least 5 taps, or "
               "another window"),
            owner=owner, size=size, window=window,
        )  # fmt: skip
    if window == "kaiser":
        return np.kaiser(size, KAISER_BETA)[size // 2 :]
    weights = {
        "rectangular": (1, 0, 0),
        "hann": (0.5, 0.5, 0),
        "hamming": (0.54, 0.46, 0),
        "blackman": (0.42, 0.5, 0.08),
    }
    angle = np.pi * np.arange(size // 2 + 1) / (size // 2)
    return sum(weight * np.cos(k * angle) for k, weight in enumerate(weights[window]))


def _rest_of(passed: np.ndarray) -> np.ndarray:
    """The identity minus a centred kernel: what it stops passes, and the other way round."""
    rest = -passed
    rest[len(rest) // 2] += 1
    return rest
