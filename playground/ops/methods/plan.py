"""Which method takes this correlation, and what will it cost?"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from playground.errors import N_, GeometryError
from playground.ops.geometry import Axis, Phase, phases
from playground.ops.lazy import torch
from playground.ops.methods import METHODS, price, running, separable, shifted
from playground.ops.methods.memory import empty
from playground.ops.methods.reading import NotFinite

if TYPE_CHECKING:
    from types import ModuleType

    from torch import Tensor


@dataclass(frozen=True)
class Plan:
    """A chosen method with its price; ``direct_multiply_adds`` is the price of the plain sum.

    ``passes`` are the taps that one result is summed of, pass by pass, ``plain_taps`` those of the plain sum;
    no passes where a method does not sum taps.
    """

    method: str
    output: tuple[int, ...]
    multiply_adds: int
    direct_multiply_adds: int
    working_bytes: int
    passes: tuple[int, ...] = ()
    plain_taps: int = 0


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
    >>> plan = choose((1, 3, 300, 451), torch.outer(torch.arange(9.), torch.arange(9.)), axes)
    >>> plan.method, plan.passes, plan.plain_taps
    ('separable', (9, 9), 81)
    """
    dimensions = len(axes)
    mixing = kernel.ndim > dimensions
    output = tuple(axis.output for axis in axes)
    planes = shape[0] * (kernel.shape[0] if mixing else shape[1])
    samples = planes * math.prod(output)
    taps = kernel[0].numel() if mixing else kernel.numel()
    density = math.prod(axis.up for axis in axes)  # of the taps, only every such one meets a sample
    apart = mixing or differentiable
    job = _job(shape, kernel, axes, planes, item_bytes, apart)
    if method not in ("auto", *METHODS):
        raise GeometryError(N_("method={given!r} is not known; choose one of: {choices}"),
                            given=method, choices=", ".join(["auto", *METHODS]))  # fmt: skip
    if method not in ("auto", "torch") and apart:
        raise GeometryError(N_("method={given!r} takes neither a mixing kernel nor a gradient; choose torch"),
                            given=method)  # fmt: skip
    if method == "separable" and separable.products(kernel, item_bytes=item_bytes) is None:
        raise GeometryError(N_("this kernel is not a column times a row; choose another method"))
    if method == "running" and not running.is_even(kernel, tuple(axis.dilation for axis in axes)):
        raise GeometryError(N_("the taps of this kernel are not all alike; choose another method"))
    if method == "auto":
        method = "torch" if apart else _auto(job, shape)
    plain = samples * taps // density
    work, passes = plain, (taps,)
    if method == "shifted":
        passes = (int(torch.count_nonzero(kernel)),)
        work = samples * max(1, passes[0] // density)
    elif method == "separable":
        passes = tuple(kernel.shape) * (job.ranks if job and job.ranks else 1)
        work = samples * sum(passes) * max(axis.down for axis in axes) // density
    elif method == "running":
        passes, work = (), 2 * dimensions * samples * math.prod(axis.down for axis in axes)
    elif method == "fourier":
        passes, work = (), int(price.nanoseconds(method, job) * 2) if job else 0
    working = item_bytes * (_read(shape, axes) + 2 * samples) if job is None else price.working_bytes(method, job)
    return Plan(method, output, work, plain, item_bytes * samples + working, passes, taps)


def _job(
    shape: tuple[int, ...], kernel: Tensor, axes: tuple[Axis, ...], planes: int, item_bytes: int, apart: bool
) -> price.Job | None:
    if apart:
        return _plain_job(axes, planes, kernel.numel(), item_bytes, False)[0]
    numbers = kernel.detach().cpu().numpy()
    used = int(np.count_nonzero(numbers))
    dilations = tuple(axis.dilation for axis in axes)
    even = used == numbers.size and running.is_even(kernel, dilations)
    job, worth = _plain_job(axes, planes, used, item_bytes, even)
    if not worth:
        return job
    return replace(job, ranks=len(separable.products(kernel, item_bytes=item_bytes) or ()))


@lru_cache(512)
def _plain_job(
    axes: tuple[Axis, ...], planes: int, used: int, item_bytes: int, even: bool
) -> tuple[price.Job | None, bool]:
    """The job of a kernel that is no product, and whether it is worth a look if it is one."""
    found = price.largest_phase(axes)
    if found is None:
        return None, False
    job = price.Job(*found, planes, -(-used // math.prod(axis.up for axis in axes)), 0, even, item_bytes)
    if len(axes) == 1:
        return job, False
    return job, price.nanoseconds("separable", replace(job, ranks=1)) < price.nanoseconds("direct", job)


@lru_cache(512)
def _auto(job: price.Job | None, shape: tuple[int, ...]) -> str:
    if job is None:
        return "direct"
    far = job.planes * job.read > max(shifted.LARGE, shifted.FAR * (math.prod(shape) + job.planes * job.results))
    if far and job.span > 64 * job.used:  # read by index instead of continuing the input that far
        return "shifted"
    return min(("direct", "separable", "running", "fourier", "shifted"), key=lambda name: price.nanoseconds(name, job))


def _read(shape: tuple[int, ...], axes: tuple[Axis, ...]) -> int:
    longest = (max((p.window.last - p.window.start + 1 for p in phases(axis)), default=0) for axis in axes)
    return shape[0] * shape[1] * math.prod(longest)


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
    shape, item_bytes = tuple(x.shape), x.element_size()
    if method == "auto" and not apart and kernel.ndim == len(axes):  # what ``choose`` says, without the price
        method = _auto(_job(shape, kernel, axes, shape[0] * shape[1], item_bytes, apart), shape)
    else:
        method = choose(shape, kernel, axes, item_bytes=item_bytes, differentiable=apart, method=method).method
    settings = (x, kernel, axes, padding_mode, fill, groups)
    if method != "torch" and math.isfinite(fill) and _is_finite(kernel):
        try:
            return _by_phases(METHODS[method], *settings)
        except NotFinite:  # the plain sum neither spreads nor loses NaN and infinity
            pass
    return _by_phases(METHODS["torch"], *settings)


def _is_finite(kernel: Tensor) -> bool:
    with np.errstate(over="ignore", invalid="ignore"):
        return math.isfinite(kernel.detach().cpu().numpy().sum())


def _by_phases(
    module: ModuleType, x: Tensor, kernel: Tensor, axes: tuple[Axis, ...], padding_mode: str, fill: float, groups: int
) -> Tensor:
    if all(axis.up == 1 for axis in axes):
        windows, _ = price.largest_phase(axes)
        return module.correlate(x, kernel, windows[-len(axes) :], padding_mode, fill, groups)
    split = [phases(axis) for axis in axes]
    channels = kernel.shape[0] if kernel.ndim > len(axes) else x.shape[1]
    shape = (x.shape[0], channels, *(axis.output for axis in axes))
    native = module is METHODS["torch"]
    if native or not all(_complete(found, axis) for found, axis in zip(split, axes, strict=True)):
        y = x.new_zeros(shape)
    else:
        y = torch.from_numpy(empty(shape, x.numpy().dtype))
    if not all(split):  # no tap meets a sample anywhere: zeros, but still a function of both
        return y + (x.flatten()[:0].sum() + kernel.flatten()[:0].sum())
    for combination in itertools.product(*split):
        taps = kernel[(..., *(phase.taps for phase in combination))]
        windows = tuple(phase.window for phase in combination)
        where = (slice(None), slice(None), *(phase.output for phase in combination))
        if native:
            y[where] = module.correlate(x, taps, windows, padding_mode, fill, groups)
        else:
            module.correlate(x, taps, windows, padding_mode, fill, groups, out=y[where])
    return y


def _complete(found: list[Phase], axis: Axis) -> bool:
    """Whether every output belongs to a phase."""
    return sum(phase.window.count for phase in found) == axis.output
