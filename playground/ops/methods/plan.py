"""Which method takes this correlation, and what will it cost?"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from playground.errors import N_, GeometryError
from playground.ops.geometry import Axis, Phase, phases
from playground.ops.lazy import cv2, torch
from playground.ops.methods import METHODS, compiled, price, running, separable, shifted, toeplitz, torch_native
from playground.ops.methods.interleave import interleave
from playground.ops.methods.memory import empty
from playground.ops.methods.reading import NotFinite
from playground.ops.tensors import LARGEST_FLOAT32

if TYPE_CHECKING:
    from types import ModuleType

    from torch import Tensor

FOR_PICTURES = ("direct", "separable", "running", "fourier", "shifted")
FOR_SOUNDS = ("direct", "toeplitz", "running", "fourier", "shifted")
"""What "auto" chooses from, the first of those that cost alike; before them, where our loops are there, those of them."""
BY_LOOPS = ("compiled", "lines")
FEW = 64
"""Taps that are looked at one by one."""
LARGEST = {4: LARGEST_FLOAT32, 8: 1e308}
"""What the magnitudes of a kernel may add up to for a method that is not the plain sum, by bytes of a sample."""


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
    >>> plan.passes, plan.plain_taps
    ((9, 9), 81)
    """
    dimensions = len(axes)
    mixing = kernel.ndim > dimensions
    output = tuple(axis.output for axis in axes)
    planes = shape[0] * (kernel.shape[0] if mixing else shape[1])
    samples = planes * math.prod(output)
    taps = kernel[0].numel() if mixing else kernel.numel()
    density = math.prod(axis.up for axis in axes)  # of the taps, only every such one meets a sample
    apart = mixing or differentiable
    if apart:
        numbers, job = None, _plain(axes, planes, kernel.numel(), item_bytes, False, False).job
    else:
        numbers = _array(kernel)
        found = _taps(numbers)
        job, fastest = _priced(numbers, found, axes, planes, item_bytes, loops=method == "auto")
    if method not in ("auto", *METHODS):
        raise GeometryError(N_("method={given!r} is not known; choose one of: {choices}"),
                            given=method, choices=", ".join(["auto", *METHODS]))  # fmt: skip
    if method not in ("auto", "torch") and apart:
        raise GeometryError(N_("method={given!r} takes neither a mixing kernel nor a gradient; choose torch"),
                            given=method)  # fmt: skip
    if method in ("separable", "lines") and separable.products(numbers, item_bytes=item_bytes) is None:
        raise GeometryError(N_("this kernel is not a column times a row; choose another method"))
    if method == "running" and not (found.alike and running.side_by_side(numbers.shape, axes)):
        raise GeometryError(N_("the taps of this kernel are not all alike; choose another method"))
    if method == "toeplitz" and dimensions > 1:
        raise GeometryError(N_("method={given!r} takes sounds only; choose another method"), given=method)
    if method in BY_LOOPS and not compiled.fits(axes):
        raise GeometryError(N_("method={given!r} would need too large a table; choose another method"), given=method)
    if method == "toeplitz" and job and price.nanoseconds(method, job) == math.inf:
        raise GeometryError(N_("method={given!r} would need too large a matrix; choose another method"), given=method)
    if method == "auto":
        method = "torch" if apart else fastest
    plain = samples * taps // density
    work, passes = plain, (taps,)
    if method == "shifted":
        passes = (int(torch.count_nonzero(kernel)),)
        work = samples * max(1, passes[0] // density)
    elif method in ("separable", "lines"):
        passes = tuple(kernel.shape) * (job.ranks if job and job.ranks else 1)
        work = samples * sum(passes) * max(axis.down for axis in axes) // density
    elif method == "running":
        passes, work = (), 2 * dimensions * samples * math.prod(axis.down for axis in axes)
    elif method == "toeplitz":
        passes, work = (), samples * _multiplied(job.rounds) if job else 0
    elif method == "fourier":
        passes, work = (), int(price.nanoseconds(method, job) * 2) if job else 0
    working = item_bytes * (_read(shape, axes) + 2 * samples) if job is None else price.working_bytes(method, job)
    return Plan(method, output, work, plain, item_bytes * samples + working, passes, taps)


class Taps(NamedTuple):
    """How many taps are not zero, whether all are alike, and what their magnitudes add up to."""

    used: int
    alike: bool
    magnitudes: float


def _taps(numbers: np.ndarray) -> Taps:
    if numbers.size <= FEW:  # a list is asked sooner than NumPy
        values = numbers.ravel().tolist()
        first = values[0]
        alike = first == first and values.count(first) == len(values)
        return Taps(len(values) - values.count(0.0), alike, sum(map(abs, values)))
    first = numbers.item(0)
    alike = first == numbers.item(-1) and bool((numbers == first).all())
    return Taps(int(np.count_nonzero(numbers)), alike, cv2.norm(numbers, cv2.NORM_L1))


class Priced(NamedTuple):
    """The job of a kernel and what does it in the shortest time; of how many products the sum would be faster.

    No job where no tap meets a sample.
    """

    job: price.Job | None
    method: str
    most: int = 0


def _priced(
    numbers: np.ndarray, taps: Taps, axes: tuple[Axis, ...], planes: int, item_bytes: int, *, loops: bool
) -> tuple[price.Job | None, str]:
    even = taps.alike and taps.used > 0 and running.side_by_side(numbers.shape, axes)
    job, method, most = _plain(axes, planes, taps.used, item_bytes, even, loops)
    if most and not (most == 1 and separable.no_product(numbers, taps.magnitudes, item_bytes)):
        found = separable.products(numbers, item_bytes=item_bytes, most=most)
        if found:
            job = job._replace(ranks=len(found))
            method = _fastest(job, axes, loops)
    if method in BY_LOOPS and not compiled.ready():
        method = _fastest(job, axes, False)
    return job, method


@lru_cache(512)
def _plain(axes: tuple[Axis, ...], planes: int, used: int, item_bytes: int, even: bool, loops: bool) -> Priced:
    """What follows from a kernel's shape and how many taps it has, where it is no product."""
    found = price.largest_phase(axes)
    if found is None:
        return Priced(None, "direct")
    rounds = _rounds(axes[0]) if len(axes) == 1 else None
    used = -(-used // math.prod(axis.up for axis in axes))
    job = price.Job(*found, planes, used, 0, even, item_bytes, price.waiting(axes, planes), rounds)
    method = _fastest(job, axes, loops)
    if len(axes) == 1:
        return Priced(job, method)
    other = min(price.nanoseconds(name, job) for name in ("direct", "fourier", "compiled"))
    tried = (job._replace(ranks=ranks) for ranks in range(1, separable.MOST_PRODUCTS + 1))
    most = sum(min(price.nanoseconds(name, each) for name in ("lines", "separable")) < other for each in tried)
    return Priced(job, method, most)


def _rounds(axis: Axis) -> tuple[int, int, int, int]:
    """What a matrix product's price depends on; see ``price.Job``."""
    found = phases(axis)
    sizes = found[0].output.step, found[0].window.step, toeplitz.reach(found)[1]
    at_once = toeplitz.best(*sizes)
    at_ends = at_once + (axis.before + axis.after + axis.up * toeplitz.reads(*sizes, at_once)) // axis.down
    return *sizes, min(axis.output, at_ends)


def _multiplied(rounds: tuple[int, int, int, int]) -> int:
    """What a matrix product multiplies for a result, zeros included."""
    *sizes, _ = rounds
    return toeplitz.reads(*sizes, toeplitz.best(*sizes))


@lru_cache(512)
def _fastest(job: price.Job, axes: tuple[Axis, ...], loops: bool) -> str:
    samples = job.planes * math.prod(axis.length for axis in axes)
    far = job.planes * job.read > max(shifted.LARGE, shifted.FAR * (samples + job.planes * job.results))
    if far and job.span > 64 * job.used:  # read by index instead of continuing the input that far
        return "shifted"
    names = FOR_SOUNDS if len(axes) == 1 else FOR_PICTURES
    names = (*BY_LOOPS, *names) if loops and compiled.fits(axes) else names
    return min(names, key=lambda name: price.nanoseconds(name, job))


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
    """Correlate by the chosen method, phase by phase where a stride is 1/s.

    Shape: ``x (..., *size) -> (..., *outputs)`` for ``kernel (*taps)``, which takes every plane alone;
    ``(..., C, *size) -> (..., C_out, *outputs)`` for one that mixes channels.

    >>> from playground.ops.geometry import settle
    >>> x, kernel = torch.tensor([1., 2., 4.]), torch.tensor([1., 1.])
    >>> run(x, kernel, (settle(3, 2, padding="full"),), padding_mode="constant", fill=0.0)
    tensor([1., 3., 6., 4.])
    """
    shape = tuple(x.shape)
    lead, size = shape[: len(shape) - len(axes)], shape[len(shape) - len(axes) :]
    tracked = (x.requires_grad or kernel.requires_grad) and torch.is_grad_enabled()
    apart = tracked or not x.is_cpu
    if not apart and kernel.ndim == len(axes):
        planes, taps = math.prod(lead), _array(kernel)
        found, values = _taps(taps), _array(x).reshape((planes, *size))
        shape, item_bytes = (1, planes, *size), values.itemsize
        if method == "auto":  # what ``choose`` says, without the price, of samples that lie side by side
            _, method = _priced(taps, found, axes, planes, item_bytes, loops=compiled.takes(values))
        else:
            method = choose(shape, kernel, axes, item_bytes=item_bytes, method=method).method
        outputs = tuple(axis.output for axis in axes)
        if not planes:
            return x.new_zeros((*lead, *outputs))
        if method != "torch" and math.isfinite(fill) and found.magnitudes <= LARGEST[item_bytes]:
            y = empty((*lead, *outputs), values.dtype)
            made = np.asarray(y).reshape((planes, *outputs))
            try:
                _by_phases(METHODS[method], values, taps, axes, padding_mode, fill, made)
            except NotFinite:  # the plain sum neither spreads nor loses NaN and infinity
                pass
            else:
                return torch.from_numpy(y)
    elif method != "auto":
        choose((1, *shape), kernel, axes, differentiable=apart, method=method)
    batch, channels = (math.prod(lead[:-1]), lead[-1]) if lead else (1, 1)
    y = _by_torch(x.reshape((batch, channels, *size)), kernel.to(x.device), axes, padding_mode, fill, groups)
    return y.reshape((*lead[:-1], *y.shape[1 if lead else 2 :]))


def _array(values: Tensor) -> np.ndarray:
    try:
        return values.numpy()
    except (RuntimeError, TypeError):  # requires a gradient that nobody asks for, or is elsewhere
        return values.detach().cpu().resolve_neg().numpy()


def _by_phases(
    module: ModuleType, x: np.ndarray, kernel: np.ndarray, axes: tuple[Axis, ...], padding_mode: str, fill: float, y: np.ndarray
) -> None:
    """Fill ``y`` ``(planes, *outputs)`` from ``x`` ``(planes, *size)``."""
    if module is compiled:
        compiled.all_phases(x, kernel, axes, padding_mode, fill, y)
        return
    if all(axis.up == 1 for axis in axes):
        windows, _ = price.largest_phase(axes)
        module.correlate(x, kernel, windows[-len(axes) :], padding_mode, fill, out=y)
        return
    split = [phases(axis) for axis in axes]
    if module is toeplitz:
        toeplitz.all_phases(x, kernel, split[0], padding_mode, fill, y)
        return
    if not all(split):
        y[:] = 0
        return
    *down, across = split
    turns = across[0].output.step > 1
    together = price.together(axes, len(x)) if turns else len(x)
    for first in range(0, len(x), together):
        some, target = x[first : first + together], y[first : first + together]
        if not all(map(_complete, down, axes)):
            target[:] = 0
        for phases_down in itertools.product(*down):
            rows = target[(slice(None), *(phase.output for phase in phases_down))]
            parts = []
            for phase in across:
                taps = kernel[tuple(each.taps for each in (*phases_down, phase))]
                windows = tuple(each.window for each in (*phases_down, phase))
                made = module.correlate(some, taps, windows, padding_mode, fill, out=None if turns else rows)
                parts.append((phase.output, made))
            if turns:
                interleave(parts, rows)


def _by_torch(
    x: Tensor, kernel: Tensor, axes: tuple[Axis, ...], padding_mode: str, fill: float, groups: int
) -> Tensor:
    """The same for ``x`` ``(N, C, *size)``, with gradients."""
    if all(axis.up == 1 for axis in axes):
        windows, _ = price.largest_phase(axes)
        return torch_native.correlate(x, kernel, windows[-len(axes) :], padding_mode, fill, groups)
    split = [phases(axis) for axis in axes]
    channels = kernel.shape[0] if kernel.ndim > len(axes) else x.shape[1]
    y = x.new_zeros((x.shape[0], channels, *(axis.output for axis in axes)))
    if not all(split):  # no tap meets a sample anywhere: zeros, but still a function of both
        return y + (x.flatten()[:0].sum() + kernel.flatten()[:0].sum())
    for combination in itertools.product(*split):
        taps = kernel[(..., *(phase.taps for phase in combination))]
        windows = tuple(phase.window for phase in combination)
        where = (slice(None), slice(None), *(phase.output for phase in combination))
        y[where] = torch_native.correlate(x, taps, windows, padding_mode, fill, groups)
    return y


def _complete(found: list[Phase], axis: Axis) -> bool:
    """Whether every output belongs to a phase."""
    return sum(phase.window.count for phase in found) == axis.output
