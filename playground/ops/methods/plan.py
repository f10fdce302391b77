"""Which method takes this correlation, and what will it cost?"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.errors import N_, GeometryError
from playground.ops.geometry import Axis, phases
from playground.ops.lazy import torch
from playground.ops.methods import METHODS, separable, shifted

if TYPE_CHECKING:
    from torch import Tensor

FEW_TAPS = 6
"""Non-zero taps up to which adding shifted copies beats a dense sum full of zeros."""
HOLES = 4
"""How many zeros there must be for every such tap."""
MANY_TAPS = 256
"""Taps from which a one-dimensional kernel goes through the Fourier transform."""
WORTH_TWO_PASSES = 25
"""Taps from which a column and a row are faster than one sum."""
SPREAD_TAPS = 225
"""Taps, zeros of the dilation included, up to which a dense sum is worth it."""


@dataclass(frozen=True)
class Plan:
    """A chosen method with its price; ``direct_multiply_adds`` is the price of the plain sum."""

    method: str
    output: tuple[int, ...]
    multiply_adds: int
    direct_multiply_adds: int
    working_bytes: int


def choose(
    shape: tuple[int, ...],
    kernel: Tensor,
    axes: tuple[Axis, ...],
    *,
    item_bytes: int = 4,
    differentiable: bool = False,
    method: str = "auto",
) -> Plan:
    """Pick a method for an input of ``shape``; nothing is computed yet.

    Shape: ``shape`` is ``(N, C, *size)``; ``kernel`` as in ``methods``.

    >>> from playground.ops.geometry import settle
    >>> axes = (settle(300, 9), settle(451, 9))
    >>> choose((1, 3, 300, 451), torch.ones(9, 9), axes).method
    'separable'
    """
    dimensions = len(axes)
    mixing = kernel.ndim > dimensions
    output = tuple(axis.output for axis in axes)
    planes = shape[0] * (kernel.shape[0] if mixing else shape[1])
    samples = planes * math.prod(output)
    taps = kernel[0].numel() if mixing else kernel.numel()
    used = taps if mixing else int(torch.count_nonzero(kernel))
    density = math.prod(axis.up for axis in axes)  # of the taps, only every such one meets a sample
    steps = math.prod(axis.down for axis in axes)
    direct = samples * taps // density
    read = shape[0] * shape[1] * math.prod(_longest_read(axis) for axis in axes)
    far = read > max(shifted.LARGE, shifted.FAR * (math.prod(shape) + samples))
    if method == "auto":
        if mixing or differentiable:
            method = "torch"
        elif far or used <= FEW_TAPS and taps > HOLES * used:
            method = "shifted"
        else:
            method = _dense(kernel, axes, taps, used)
    elif method not in METHODS:
        raise GeometryError(N_("method={given!r} is not known; choose one of: {choices}"),
                            given=method, choices=", ".join(["auto", *METHODS]))  # fmt: skip
    elif method != "torch" and (mixing or differentiable):
        raise GeometryError(N_("method={given!r} takes neither a mixing kernel nor a gradient; choose torch"),
                            given=method)  # fmt: skip
    elif method == "separable" and separable.factors(kernel) is None:
        raise GeometryError(N_("this kernel is not a column times a row; choose another method"))
    work = direct
    if method == "shifted":
        work = samples * max(1, used // density)
        read = 0 if far else read
    elif method == "separable":
        work = samples * sum(kernel.shape) * (steps if steps > 1 else 1) // density
    elif method == "fourier" or (method == "direct" and taps > 121):
        work = int(samples * steps * 10 * max(1.0, math.log2(max(2, taps))))
    elif method == "direct":
        work = direct * steps
    # Beside the result: the continued input, and one phase's result before it is put in its place.
    extra = 2 if method == "fourier" or method == "torch" and taps > 128 else 1
    return Plan(method, output, work, direct, item_bytes * (read * extra + samples + samples // density))


def run(
    x: Tensor,
    kernel: Tensor,
    axes: tuple[Axis, ...],
    *,
    padding_mode: str,
    fill: float,
    groups: int = 1,
    method: str = "auto",
) -> Tensor:
    """Correlate ``x`` ``(N, C, *size)`` by the chosen method, phase by phase where a stride is 1/s.

    Shape: ``-> (N, C_out, *outputs)``.

    >>> from playground.ops.geometry import settle
    >>> x, kernel = torch.tensor([[[1., 2., 4.]]]), torch.tensor([1., 1.])
    >>> run(x, kernel, (settle(3, 2, padding="full"),), padding_mode="constant", fill=0.0)
    tensor([[[1., 3., 6., 4.]]])
    """
    differentiable = torch.is_grad_enabled() and (x.requires_grad or kernel.requires_grad)
    apart = differentiable or x.device.type != "cpu"
    if not apart:
        x, kernel = x.detach().resolve_neg(), kernel.detach().resolve_neg()
    plan = choose(
        tuple(x.shape), kernel, axes, item_bytes=x.element_size(), differentiable=apart, method=method
    )
    name = plan.method
    finite = math.isfinite(fill) and math.isfinite(kernel.detach().sum()) and math.isfinite(x.detach().sum())
    if name != "torch" and not finite:
        # A transform spreads NaN and infinity, a skipped tap loses them; the plain sum does neither.
        name = "torch"
    return _by_phases(METHODS[name], x, kernel, axes, padding_mode, fill, groups)


def _by_phases(module, x, kernel, axes, padding_mode, fill, groups) -> Tensor:
    outputs = tuple(axis.output for axis in axes)
    channels = kernel.shape[0] if kernel.ndim > len(axes) else x.shape[1]
    split = [phases(axis) for axis in axes]
    if all(axis.up == 1 for axis in axes):
        return module.correlate(x, kernel, tuple(s[0].window for s in split), padding_mode, fill, groups)
    y = x.new_zeros((x.shape[0], channels, *outputs))
    if not all(split):  # no tap meets a sample anywhere: zeros, but still a function of both
        return y + (x.flatten()[:0].sum() + kernel.flatten()[:0].sum())
    for combination in itertools.product(*split):
        taps = kernel[(..., *(phase.taps for phase in combination))]
        windows = tuple(phase.window for phase in combination)
        where = (slice(None), slice(None), *(phase.output for phase in combination))
        y[where] = module.correlate(x, taps, windows, padding_mode, fill, groups)
    return y


def _dense(kernel: Tensor, axes: tuple[Axis, ...], taps: int, used: int) -> str:
    spread = math.prod(axis.span for axis in axes)
    if any(axis.dilation > 1 for axis in axes) and spread > SPREAD_TAPS:
        return "shifted" if used <= SPREAD_TAPS else "torch"
    if len(axes) == 1:
        return "fourier" if taps > MANY_TAPS else "direct"
    if taps >= WORTH_TWO_PASSES and separable.factors(kernel) is not None:
        return "separable"
    return "direct"


def _longest_read(axis: Axis) -> int:
    return max((p.window.last - p.window.start + 1 for p in phases(axis)), default=0)
