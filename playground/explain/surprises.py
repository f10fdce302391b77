"""What is surprising about a step that runs, and where?  Of each axis, from its geometry and its kernel."""

from __future__ import annotations

import math
from math import gcd
from typing import TYPE_CHECKING

from playground.explain.paint import phase_counts, phase_weights
from playground.explain.trial import Trial, groups_of
from playground.ops.geometry import Axis, phases

if TYPE_CHECKING:
    from torch import Tensor

VISIBLE = 1 / 512
"""Half a step of 8 bits: weights that differ by less of what they are on average (of magnitudes) look alike."""


def unused(trial: Trial) -> tuple[int, ...]:
    """How many samples at the end of each axis lie in no window; 0 where gaps are the reason.

    A window reaches from its first tap to its last, whatever a dilation leaves out.

    >>> from playground.explain.trial import attempt
    >>> from playground.ops import KernelRef
    >>> step = KernelRef(name="pool2d", params=(("kernel_size", 3),))
    >>> unused(attempt(step, kind="image", shape=(1, 9, 11)))
    (0, 2)
    """
    if trial.transposes:
        return (0,) * trial.dimensions
    gaps = unread(trial)
    last = [max((phase.window.last for phase in phases(axis)), default=axis.length - 1) for axis in trial.axes]
    return tuple(
        0 if gap else max(0, axis.length - 1 - end) for axis, gap, end in zip(trial.axes, gaps, last, strict=True)
    )


def unread(trial: Trial) -> tuple[int, ...]:
    """How many of every ``stride`` samples of each axis lie between the taps of all windows.

    Windows begin ``p`` apart, so tap ``i`` reads places ``i d`` modulo ``p``: ``p / gcd(p, d)`` different ones.

    >>> from playground.explain.trial import attempt
    >>> from playground.ops import KernelRef
    >>> step = KernelRef(name="sobel_x", params=(("dilation", (1, 2)), ("stride", 4)))
    >>> unread(attempt(step, kind="image", shape=(1, 90, 90)))
    (1, 2)
    """
    return tuple(
        axis.down - min(axis.kernel_size, axis.down // gcd(axis.down, axis.dilation)) if axis.output > 1 else 0
        for axis in trial.axes
    )


def uneven(trial: Trial) -> tuple[bool, ...]:
    """Along which axes an even area comes out visibly uneven at a stride of 1/s, far from borders.

    >>> from fractions import Fraction
    >>> from playground.explain.trial import attempt
    >>> from playground.ops import KernelRef
    >>> step = KernelRef(name="box", params=(("stride", Fraction(1, 2)),))
    >>> uneven(attempt(step, kind="image", shape=(1, 9, 9)))
    (True, True)
    """
    if trial.pools or all(axis.up == 1 for axis in trial.axes):
        return (False,) * trial.dimensions
    weights = phase_weights(trial.axes, as_laid(trial))
    magnitudes = float(phase_weights(trial.axes, as_laid(trial).abs()).mean())
    return tuple(
        float((weights.amax(dim) - weights.amin(dim)).max()) > VISIBLE * magnitudes for dim in range(-trial.dimensions, 0)
    )


def off_middle(trial: Trial) -> tuple[int, ...]:
    """Under "same", how many samples more a window of even span reaches after its place than before.

    >>> from playground.explain.trial import attempt
    >>> from playground.ops import KernelRef
    >>> off_middle(attempt(KernelRef(name="box", params=(("size", (3, 4)),)), kind="image", shape=(1, 9, 9)))
    (0, 1)
    """
    if trial.values.get("padding") != "same":
        return (0,) * trial.dimensions
    return tuple(
        int(axis.up == 1 and axis.span % 2 == 0 and axis.before != max(0, axis.after - axis.remainder))
        for axis in trial.axes
    )


def invented(trial: Trial) -> tuple[tuple[int, int], ...]:
    """How many results at the beginning and at the end of each axis read only padding.

    At a stride of 1/s they count from one whole sample of padding beyond the kernel's span on.

    >>> from playground.explain.trial import attempt
    >>> from playground.ops import KernelRef
    >>> step = KernelRef(name="sobel_x", params=(("padding", (2, 3)),))
    >>> invented(attempt(step, kind="image", shape=(1, 9, 9)))
    ((0, 0), (1, 1))
    """
    if trial.pools or trial.transposes:
        return ((0, 0),) * trial.dimensions
    return tuple(_beyond(axis) for axis in trial.axes)


def _beyond(axis: Axis) -> tuple[int, int]:
    reach = axis.span - 1
    before = max(0, -(-(axis.before - reach) // axis.down)) if axis.before - reach >= axis.up else 0
    after = max(0, axis.output - 1 - (axis.stuffed - 1 + axis.before) // axis.down)
    return min(before, axis.output), after if axis.after - reach >= axis.up else 0


def extremes(trial: Trial) -> tuple[float, float]:
    """The smallest and the largest sum of taps of a result, in the channel where they differ most.

    >>> from fractions import Fraction
    >>> from playground.explain.trial import attempt
    >>> from playground.ops import KernelRef
    >>> step = KernelRef(name="binomial", params=(("size", 4), ("stride", Fraction(1, 3))))
    >>> extremes(attempt(step, kind="image", shape=(1, 9, 9)))
    (0.0625, 0.140625)
    """
    weights = phase_weights(trial.axes, as_laid(trial)).flatten(-trial.dimensions).reshape(-1, _phases(trial))
    worst = int((weights.amax(dim=1) - weights.amin(dim=1)).argmax())
    return float(weights[worst].min()), float(weights[worst].max())


def _phases(trial: Trial) -> int:
    return math.prod(len(phase_counts(axis)) for axis in trial.axes)


def as_laid(trial: Trial) -> Tensor:
    """The kernel as it is laid on the stuffed input: flipped where it is, in the layout of ``conv``.

    Shape: ``-> (*taps)`` or ``(C_out, C_in / groups, *taps)``.

    >>> from fractions import Fraction
    >>> from playground.explain.trial import attempt
    >>> from playground.ops import KernelRef
    >>> step = KernelRef(name="echo", params=(("delay", 2.0),))                    # a sound's are flipped
    >>> as_laid(attempt(step, kind="audio", shape=(1, 9), rate=Fraction(1000))).tolist()
    [0.6, 0.0, 1.0]
    """
    kernel = trial.kernel
    if trial.transposes or trial.values["flip_kernel"]:
        kernel = kernel.flip(tuple(range(-trial.dimensions, 0)))
    if trial.transposes and kernel.ndim > trial.dimensions:
        kernel = kernel.unflatten(0, (groups_of(trial), -1)).transpose(1, 2).flatten(0, 1)
    return kernel
