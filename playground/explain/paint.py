"""How often is each output sample painted?  Taps, or kernel weight, that meet a sample of the input.

At a stride of 1/s the kernel is stamped every ``s`` samples.  Where ``s`` does not divide the kernel's size, some
outputs lie under more stamps than their neighbours: the checkerboard of transposed convolutions (Odena et al.,
2016, doi:10.23915/distill.00003).  What a border mode invents beyond the input is not counted.
"""

from __future__ import annotations

import itertools
from math import gcd
from typing import TYPE_CHECKING

from playground.errors import N_, GeometryError
from playground.ops.geometry import Axis, phases
from playground.ops.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor


def paint_counts(axes: tuple[Axis, ...], *, kernel: Tensor | None = None) -> Tensor:
    """How many taps meet a sample at each output; with ``kernel``, the sum of those taps instead.

    Shape: ``-> (*outputs)``, int64; ``kernel (*taps)`` as it is laid on the input gives float64, and
    ``(C_out, C_in / groups, *taps)`` gives ``(C_out, *outputs)``: what an input of ones becomes.

    Errors: GeometryError for a kernel of other sizes than those of ``axes``.

    >>> from fractions import Fraction
    >>> from playground.ops.geometry import settle
    >>> paint_counts((settle(4, 3, stride=Fraction(1, 2), padding="full"),)).tolist()
    [1, 1, 2, 1, 2, 1, 2, 1, 1]
    """
    if kernel is None:
        counts = [_counts(axis) for axis in axes]
        found = counts[0]
        for other in counts[1:]:
            found = found[..., None] * other
        return found
    kernel = _of_size(axes, kernel)
    found = kernel.new_zeros(*kernel.shape[: -len(axes)], *(axis.output for axis in axes))
    for combination in itertools.product(*(phases(axis) for axis in axes)):
        ranges = [_range(axis, phase) for axis, phase in zip(axes, combination, strict=True)]
        sums = kernel[(..., *(phase.taps for phase in combination))]
        for dim, (first, end) in zip(range(-len(axes), 0), ranges, strict=True):
            sums = _between(sums, first, end, dim)
        found[(..., *(phase.output for phase in combination))] = sums
    return found


def phase_counts(axis: Axis) -> tuple[int, ...]:
    """How many taps meet a sample at each output of one period, far from the borders.

    >>> from fractions import Fraction
    >>> from playground.ops.geometry import settle
    >>> phase_counts(settle(9, 3, stride=Fraction(1, 2))), phase_counts(settle(9, 4, stride=Fraction(1, 2)))
    ((2, 1), (2, 2))
    """
    return tuple(len(range(axis.kernel_size)[taps]) for taps in _taps(axis))


def phase_weights(axes: tuple[Axis, ...], kernel: Tensor) -> Tensor:
    """The sum of the taps that meet a sample at each output of one period, far from the borders.

    Shape: ``kernel`` as in ``paint_counts``; ``-> (*periods)`` or ``(C_out, *periods)``, float64.

    Errors: GeometryError for a kernel of other sizes than those of ``axes``.

    >>> from fractions import Fraction
    >>> from playground.ops.geometry import settle
    >>> axes = (settle(9, 3, stride=Fraction(1, 2)),)
    >>> phase_weights(axes, torch.ones(3)).tolist(), phase_weights(axes, torch.tensor([0.5, 1.0, 0.5])).tolist()
    ([2.0, 1.0], [1.0, 1.0])
    """
    kernel = _of_size(axes, kernel)
    taps = [_taps(axis) for axis in axes]
    found = kernel.new_empty(*kernel.shape[: -len(axes)], *(len(part) for part in taps))
    for place in itertools.product(*(range(len(part)) for part in taps)):
        chosen = kernel[(..., *(part[i] for part, i in zip(taps, place, strict=True)))]
        found[(..., *place)] = chosen.sum(dim=tuple(range(-len(axes), 0)))
    return found


def _of_size(axes: tuple[Axis, ...], kernel: Tensor) -> Tensor:
    """The kernel in float64, its input channels summed: of an input of ones they are all alike."""
    sizes = tuple(axis.kernel_size for axis in axes)
    if kernel.ndim not in (len(axes), len(axes) + 2) or tuple(kernel.shape[-len(axes) :]) != sizes:
        raise GeometryError(
            N_("the kernel is {given}; these axes were settled for one of {expected}"),
            given=" × ".join(str(n) for n in kernel.shape), expected=" × ".join(str(n) for n in sizes),
        )  # fmt: skip
    kernel = kernel.to(torch.float64)
    return kernel.sum(dim=1) if kernel.ndim > len(axes) else kernel


def _taps(axis: Axis) -> list[slice]:
    """The taps that meet samples at each output of one period, in order; none where all fall between.

    An axis of one sample is long enough to show them all: no border is asked for.
    """
    period = axis.up // gcd(axis.up, axis.down)
    step = axis.up // gcd(axis.up, axis.dilation)
    found = []
    for output in range(period):
        begin = output * axis.down - axis.before
        hits = (i for i in range(min(step, axis.kernel_size)) if (begin + i * axis.dilation) % axis.up == 0)
        first = next(hits, axis.kernel_size)
        found.append(slice(first, axis.kernel_size, step))
    return found


def _range(axis: Axis, phase: object) -> tuple[Tensor, Tensor]:
    """The first tap of a phase inside the input and the one after the last, for each of its outputs.

    Tap ``i`` of output ``j`` reads sample ``start + j step + i dilation``, which is inside from 0 to ``n - 1``.
    """
    window = phase.window
    start = window.start + window.step * torch.arange(window.count)
    first = (-(start // window.dilation)).clamp(0, window.taps)  # ceil(-start / dilation)
    end = ((axis.length - 1 - start) // window.dilation + 1).clamp(0, window.taps)
    return first, torch.maximum(first, end)


def _counts(axis: Axis) -> Tensor:
    found = torch.zeros(axis.output, dtype=torch.int64)
    for phase in phases(axis):
        first, end = _range(axis, phase)
        found[phase.output] = end - first
    return found


def _between(x: Tensor, first: Tensor, end: Tensor, dim: int) -> Tensor:
    """Sums of ``x[first:end]`` along ``dim``, for every pair: differences of running sums."""
    before = torch.cat([x.narrow(dim, 0, 1) * 0, x.cumsum(dim)], dim=dim)
    return before.index_select(dim, end) - before.index_select(dim, first)
