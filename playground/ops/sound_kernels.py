"""How does a sound come back, ring, or lose its slow part?  Impulse responses, sample by sample.

A sound's kernel is its answer to a single click: ``h[0..k-1]``, float64, ``(k,)``.  A causal one
begins at time 0 and runs as convolution, a centred one has time 0 in its middle and runs as
correlation.  Delays are in ms and durations in s; functions that take them need ``sample_rate``, in
samples per second.  The filters cut at frequencies stand in ``sinc_kernels``.

Range: no function clips.  A sound in [-1, 1] stays within the sum of the magnitudes of ``h``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np

from playground.errors import N_, GeometryError
from playground.ops import taps
from playground.ops.parameters import Integer, Real
from playground.ops.registry import kernel

if TYPE_CHECKING:
    from torch import Tensor


# --- echoes: copies that come later --------------------------------------------------------------


@kernel(
    family="echo",
    label=N_("One repeat (echo)"),
    sentence=N_("Adds one copy of the sound, later by the delay and as loud as the gain says."),
    finding=N_("Echo: every sound comes back after {delay:g} ms"),
    signed=False,
    dimensions=(1,),
    causal=True,
)
def echo(
    *,
    delay: Annotated[float, Real(1, 2000, 1, unit="ms")] = 250.0,
    gain: Annotated[float, Real(-1, 1, 0.05)] = 0.6,
    sample_rate: float = 44100,
) -> Tensor:
    """Two spikes: 1 at time 0 and ``gain`` after ``d = round(delay sample_rate / 1000)`` samples.

    ``d + 1`` taps; ``|H(f)|^2 = 1 + gain^2 + 2 gain cos(2 pi f d / sample_rate)``.
    Source: Schroeder (1962), Natural sounding artificial reverberation.

    >>> echo(delay=3, gain=0.5, sample_rate=1000).tolist()
    [1.0, 0.0, 0.0, 0.5]
    """
    d = _samples("echo", "delay", delay, sample_rate, per_second=1000, unit="ms")
    row = np.zeros(d + 1)
    row[0], row[d] = 1.0, taps.finite("echo", "gain", gain)
    return taps.row(row)


@kernel(
    family="echo",
    label=N_("Many repeats (comb filter)"),
    sentence=N_(
        "Adds copies at equal distances, each quieter than the last by the gain, so that the sound rings."
    ),
    finding=N_("Comb: {repeats} repeats, {delay:g} ms apart"),
    signed=False,
    dimensions=(1,),
    causal=True,
)
def comb(
    *,
    delay: Annotated[float, Real(1, 2000, 1, unit="ms")] = 10.0,
    gain: Annotated[float, Real(-1, 1, 0.05)] = 0.7,
    repeats: Annotated[int, Integer(1, 16)] = 8,
    sample_rate: float = 44100,
) -> Tensor:
    """``gain^j`` after ``j d`` samples for ``j = 0 .. repeats``, ``d = round(delay sample_rate / 1000)``.

    ``repeats d + 1`` taps; ``H(z) = (1 - (gain z^-d)^(repeats + 1)) / (1 - gain z^-d)``: the teeth are at
    multiples of ``sample_rate / d`` and grow sharper with more repeats.
    Source: Schroeder (1962), Natural sounding artificial reverberation.

    >>> comb(delay=2, gain=0.5, repeats=2, sample_rate=1000).tolist()
    [1.0, 0.0, 0.5, 0.0, 0.25]
    """
    d = _samples("comb", "delay", delay, sample_rate, per_second=1000, unit="ms")
    repeats = taps.whole("comb", "repeats", repeats)
    row = np.zeros(repeats * d + 1)
    row[::d] = taps.finite("comb", "gain", gain) ** np.arange(repeats + 1.0)
    return taps.row(row)


# --- averages and differences of neighbours ------------------------------------------------------


@kernel(
    family="muffle",
    label=N_("Plain average (moving average)"),
    sentence=N_("Replaces each sample by the plain average of those around it."),
    finding=N_("Moving average: {size} samples count alike"),
    signed=False,
    dimensions=(1,),
)
def moving_average(*, size: Annotated[int, Integer(1, 2047)] = 31) -> Tensor:
    """``size`` equal taps, centred, summing to 1.

    ``|H(f)| = |sin(size w / 2) / (size sin(w / 2))|`` with ``w = 2 pi f / sample_rate``: nothing is left
    at multiples of ``sample_rate / size``.
    Source: Oppenheim & Schafer (1975), Digital Signal Processing.

    >>> moving_average(size=4).tolist()
    [0.25, 0.25, 0.25, 0.25]
    """
    size = taps.whole("moving_average", "size", size)
    return taps.row([1 / size] * size)


@kernel(
    family="thin",
    label=N_("Change from sample to sample (difference)"),
    sentence=N_("Takes differences of neighbouring samples, as often as the order says."),
    finding=N_("Difference of order {order}: low notes go"),
    signed=False,
    dimensions=(1,),
)
def difference(*, order: Annotated[int, Integer(1, 10)] = 1) -> Tensor:
    """``[-1, 1]`` composed with itself ``order`` times: ``order + 1`` taps, the last positive.

    It is written for correlation, as the page runs centred kernels: ``y[t] = x[t + 1] - x[t]`` for
    order 1, so that a rise is positive.  Under convolution an odd order changes its sign.
    ``|H(f)| = (2 sin(pi f / sample_rate))^order``.
    Source: Boole (1860), A Treatise on the Calculus of Finite Differences.

    >>> difference(order=2).tolist()
    [1.0, -2.0, 1.0]
    """
    return taps.row(taps.difference_taps("difference", order))


@kernel(
    family="thin",
    label=N_("Brighter, as for speech (pre-emphasis)"),
    sentence=N_("Takes from each sample a part of the one before, so that high notes stand out."),
    finding=N_("Pre-emphasis: high notes stand out"),
    signed=False,
    dimensions=(1,),
    causal=True,
)
def pre_emphasis(*, coefficient: Annotated[float, Real(0, 1, 0.01)] = 0.97) -> Tensor:
    """``[1, -coefficient]``: ``y[t] = x[t] - coefficient x[t - 1]``.

    ``|H(f)|^2 = 1 + c^2 - 2 c cos(2 pi f / sample_rate)``: from ``1 - c`` at 0 Hz to ``1 + c`` at the top.
    Source: Rabiner & Schafer (1978), Digital Processing of Speech Signals.

    >>> pre_emphasis().tolist()
    [1.0, -0.97]
    """
    return taps.row([1.0, 0.0 - taps.finite("pre_emphasis", "coefficient", coefficient)])


# --- a room --------------------------------------------------------------------------------------


@kernel(
    family="reverb",
    label=N_("A room made of noise (reverb)"),
    sentence=N_(
        "Adds a tail of noise that dies away by 60 dB in the given time, as the echoes of a room do."
    ),
    finding=N_("Reverb: a room that rings for {seconds:g} s"),
    signed=False,
    dimensions=(1,),
    causal=True,
)
def reverb(
    *,
    seconds: Annotated[float, Real(0.1, 5, 0.1, unit="s")] = 1.5,
    wet: Annotated[float, Real(0, 2, 0.05)] = 0.5,
    seed: Annotated[int, Integer(0, 9999)] = 0,
    sample_rate: float = 44100,
) -> Tensor:
    """1 at time 0, then ``wet`` times decaying noise whose squares sum to 1.

    The noise is normal, of the given ``seed``, times ``10^(-3 t / seconds)``: 60 dB less at ``seconds``,
    where it ends, after ``round(seconds sample_rate) + 1`` taps.  The sound itself keeps its level; the
    tail of a noise-like sound has ``wet`` times its RMS, so 1 is as loud as the sound and the whole
    ``sqrt(1 + wet^2)`` times as loud.  A steady tone may meet a tail some 3 times stronger or weaker.
    The same seed at another rate is another noise with the same decay.
    Source: Moorer (1979), About this reverberation business.

    >>> h = reverb(seconds=0.5, wet=0.3, sample_rate=1000)
    >>> len(h), float(h[0]), round(float(h[1:].norm()), 12)
    (501, 1.0, 0.3)
    """
    length = _samples("reverb", "seconds", seconds, sample_rate, per_second=1, unit="s")
    wet = taps.finite("reverb", "wet", wet)
    noise = np.random.RandomState(taps.whole("reverb", "seed", seed, low=0))  # its numbers never change
    tail = noise.standard_normal(length) * 10 ** (-3 * np.arange(1, length + 1) / length)
    return taps.row(np.concatenate([[1.0], wet * tail / np.linalg.norm(tail)]))


def _samples(owner: str, name: str, value: float, rate: float, *, per_second: float, unit: str) -> int:
    """A duration in whole samples, the nearest; at least one.

    >>> _samples("echo", "delay", 250, 44100, per_second=1000, unit="ms")
    11025
    """
    value = taps.above(owner, name, value)
    rate = taps.above(owner, "sample_rate", rate)
    count = round(value * rate / per_second)
    if count < 1:
        raise GeometryError(
            N_("{owner}({name}={given}) is less than a sample at {rate} samples per second; one sample is "
               "{shortest} {unit}"),
            owner=owner, name=name, given=f"{value:g}", rate=f"{rate:g}",
            shortest=f"{per_second / rate:.3g}", unit=unit,
        )  # fmt: skip
    return count
