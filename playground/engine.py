"""What does a recipe make of a picture or a sound?  The only place where recipe meets tensor.

Every step's shape, bytes and multiply-adds are worked out before anything is allocated; what
exceeds the limits is refused with the numbers.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from playground.errors import N_, LimitError, Notice, RecipeError, notice
from playground.media.limits import Limits, limits
from playground.ops import KERNELS, OPS, KernelRef, kernels
from playground.ops.conv import check_channels, conv1d, conv2d, forecast
from playground.ops.geometry import Axis
from playground.ops.lazy import torch
from playground.recipe.check import check, kernel_options, settings
from playground.recipe.model import Recipe, Step
from playground.result import Record, Result

if TYPE_CHECKING:
    from torch import Tensor

    from playground.media.types import Audio, Image

HEAVY = 10**9
"""Multiply-adds from which runs take turns, so that two visitors do not share the memory."""
ROUNDING = 1e-5
"""Of a step's scale: a result that stays below it everywhere is what float32 made of 0."""
_TURN = threading.Lock()


@dataclass(frozen=True, eq=False)
class Forecast:
    """One step before it runs: shapes, price, and for a convolution its kernel and sizes."""

    step: Step
    settings: dict[str, object]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    working_bytes: int
    multiply_adds: int
    method: str = ""
    axes: tuple[Axis, ...] = ()
    kernel: Tensor | None = None
    rate: Fraction | None = None


def run(recipe: Recipe, medium: Image | Audio, *, kernels: Mapping[str, Tensor] = {}) -> Result:
    """Run every step of ``recipe`` on ``medium``; ``kernels`` maps digests to loaded kernels.

    A picture's alpha is kept aside and put back where the size is unchanged; else the picture is
    first composited on white, and a notice says so.

    Errors: RecipeError for what is not possible, GeometryError where no window fits, LimitError for
    what is too much; nothing has been allocated then.  RecipeError, too, where the numbers outgrow float32.

    >>> from playground.media.samples import picture
    >>> run(Recipe((Step("grey"), Step("sobel_x"))), picture("cat")).output.shape
    torch.Size([1, 300, 451])
    """
    recipe = check(recipe, medium.kind)
    rate = None if medium.kind == "image" else Fraction(medium.rate)
    plan = plan_ahead(recipe, tuple(medium.values.shape), medium.kind, rate=rate, kernels=kernels)
    x, alpha, notices = _without_alpha(medium, plan)
    if sum(part.multiply_adds for part in plan) < HEAVY:
        return _run(recipe, plan, x, alpha, notices, medium.kind, rate)
    with _TURN:
        return _run(recipe, plan, x, alpha, notices, medium.kind, rate)


def plan_ahead(
    recipe: Recipe,
    shape: tuple[int, ...],
    kind: str,
    *,
    rate: Fraction | None = None,
    kernels: Mapping[str, Tensor] = {},
) -> list[Forecast]:
    """Every step's shape and price for an input of ``shape``; refuses what is too much.

    ``shape`` is ``(C, H, W)``, or ``(C, T)`` for a sound of ``rate`` samples a second.
    """
    allowed, found = limits(), []
    for number, step in enumerate(recipe.steps, start=1):
        ahead = _forecast(step, shape, kind, rate, kernels)
        _refuse_too_much(ahead, number, allowed)
        found.append(ahead)
        shape, rate = ahead.output_shape, ahead.rate
    if sum(ahead.multiply_adds for ahead in found) > allowed.run_multiply_adds:
        raise LimitError(
            N_("this recipe needs {given} multiply-adds in all; one run may have {limit}"),
            given=f"{sum(ahead.multiply_adds for ahead in found):.1e}", limit=f"{allowed.run_multiply_adds:.1e}",
        )  # fmt: skip
    return found


def kernel_of(
    step: Step, kind: str, *, rate: Fraction | None = None, loaded: Mapping[str, Tensor] = {}
) -> Tensor:
    """The kernel that a step runs, before any flip, float64.

    Shape: ``(kh, kw)`` or ``(k,)``, with two axes of channels in front where it mixes them.
    """
    ref = step.get("kernel")
    if not isinstance(ref, KernelRef):
        own = kernel_options(step.name)
        ref = KernelRef(name=step.name, params=tuple((n, v) for n, v in step.params if n in own))
    options = {} if rate is None else {"sample_rate": float(rate)}
    return kernels.build(ref, dimensions=1 if kind == "audio" else 2, loaded=loaded, **options)


def is_convolution(step: Step) -> bool:
    """Whether a step slides a kernel: a kernel's name, ``conv1d`` or ``conv2d``."""
    return step.name in KERNELS or step.name in ("conv1d", "conv2d")


def is_causal(step: Step) -> bool:
    """Whether a step's kernel begins at time 0: an echo, a hall, an own impulse response."""
    ref = step.get("kernel")
    if isinstance(ref, KernelRef):
        return ref.digest is not None or ref.name is not None and KERNELS[ref.name].causal
    return step.name in KERNELS and KERNELS[step.name].causal


def _forecast(
    step: Step, shape: tuple[int, ...], kind: str, rate: Fraction | None, loaded: Mapping[str, Tensor]
) -> Forecast:
    values = settings(step, kind)
    if not is_convolution(step):
        output = OPS[step.name].shape(shape, **values)
        samples = math.prod(output)
        return Forecast(step, values, shape, output, 4 * samples, samples, rate=rate)
    # Milliseconds and Hz are those of the signal that the kernel meets: at stride 1/s the stuffed one.
    stride = values["stride"] if kind == "audio" else 1
    met = None if rate is None else rate * Fraction(stride).denominator
    kernel = kernel_of(step, kind, rate=met, loaded=loaded)
    if not bool(kernel.to(torch.float32).isfinite().all()):
        raise RecipeError(
            N_("the kernel has numbers beyond {limit}, the largest of float32; use smaller ones"), limit="3.4e38"
        )
    values = {name: values[name] for name in OPS["conv1d"].options if name != "kernel" and name in values}
    dimensions = 1 if kind == "audio" else 2
    if _is_one_per_channel(step, kernel, dimensions):
        values["groups"] = kernel.shape[0]
        if shape[0] != kernel.shape[0]:
            raise RecipeError(
                N_("this kernel has {kernel} channels and the input {input}; load one with a single channel, or with"
                   " as many as the input"),
                kernel=kernel.shape[0], input=shape[0],
            )  # fmt: skip
    axes, plan = forecast(shape, kernel, dimensions=dimensions, **values)
    channels = check_channels(shape[0], kernel, dimensions, values.get("groups", 1))
    if rate is not None:
        rate = rate * axes[0].up / axes[0].down
    return Forecast(
        step, values, shape, (channels, *plan.output), plan.working_bytes, plan.multiply_adds, plan.method, axes,
        kernel, rate,
    )  # fmt: skip


def _is_one_per_channel(step: Step, kernel: Tensor, dimensions: int) -> bool:
    """Whether a loaded kernel brings one list of taps for each channel: ``(C, 1, *taps)``."""
    ref = step.get("kernel")
    loaded = isinstance(ref, KernelRef) and ref.digest is not None
    return loaded and kernel.ndim == dimensions + 2 and kernel.shape[1] == 1


def _anchor(ahead: Forecast) -> int:
    """The tap that stands at an output's own time: the first of an impulse response, else the middle.

    A flipped kernel has its first tap at the end of the window.
    """
    axis = ahead.axes[0]
    reach = axis.span - 1
    if is_causal(ahead.step):
        return reach if ahead.settings["flip_kernel"] else 0
    return reach // 2 if axis.up == 1 else reach - reach // 2


def _refuse_too_much(ahead: Forecast, number: int, allowed: Limits) -> None:
    if ahead.working_bytes > allowed.run_bytes:
        raise LimitError(
            N_("step {number} ({name}) would make {output} from {input} and needs {given} MB; this machine allows"
               " {limit} MB: use a larger stride, fewer steps or a smaller input"),
            number=number, name=ahead.step.name, output=_size(ahead.output_shape), input=_size(ahead.input_shape),
            given=f"{ahead.working_bytes / 1e6:,.0f}", limit=f"{allowed.run_bytes / 1e6:,.0f}",
        )  # fmt: skip
    if ahead.multiply_adds > allowed.run_multiply_adds:
        raise LimitError(
            N_("step {number} ({name}) would make {output} from {input} and needs {given} multiply-adds; one run may"
               " have {limit}: use a smaller kernel, a larger stride or a smaller input"),
            number=number, name=ahead.step.name, output=_size(ahead.output_shape), input=_size(ahead.input_shape),
            given=f"{ahead.multiply_adds:.1e}", limit=f"{allowed.run_multiply_adds:.1e}",
        )  # fmt: skip


def _size(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{n}" if n < 10**6 else f"{n:.1e}" for n in shape[1:])


def _without_alpha(medium: Image | Audio, plan: list[Forecast]) -> tuple[Tensor, Tensor | None, tuple[Notice, ...]]:
    x, alpha = medium.values, getattr(medium, "alpha", None)
    if alpha is None or not plan or plan[-1].output_shape[1:] == tuple(x.shape[1:]):
        return x, alpha, ()
    text = N_("the picture's transparency was put on white, because the size changes")
    return x * alpha + (1 - alpha), None, (notice(text),)


def _run(recipe, plan, x, alpha, notices, kind, rate) -> Result:
    records, convolution, convolution_input = [], None, None
    origin = Fraction(0)
    scale = _largest(x)
    for ahead in plan:
        before, largest = x, _largest(x)
        started = time.perf_counter()
        if ahead.kernel is None:
            x = OPS[ahead.step.name].function(x, **ahead.settings)
        else:
            x = (conv1d if kind == "audio" else conv2d)(x, ahead.kernel, **ahead.settings)
        milliseconds = 1e3 * (time.perf_counter() - started)
        if ahead.kernel is not None:
            scale = float(ahead.kernel.abs().sum()) * max(_not_rounding(largest, scale), _fill(ahead))
        elif ahead.step.name == "gain":
            scale = scale * abs(ahead.settings["factor"])
        else:  # what no convolution has touched has no rounding
            scale = _largest(x) if convolution is None else _not_rounding(_largest(x), scale)
        record = Record(
            ahead.step, ahead.input_shape, tuple(x.shape), milliseconds, scale, ahead.method, ahead.multiply_adds,
            ahead.axes, ahead.kernel, ahead.settings, rate,
        )  # fmt: skip
        records.append(record)
        if kind == "audio" and ahead.axes:
            axis = ahead.axes[0]
            origin = (origin * axis.up + axis.before - _anchor(ahead)) / axis.down
        rate = ahead.rate
        if ahead.kernel is not None:
            convolution, convolution_input = record, before
    minimum, maximum = (float(value) for value in torch.aminmax(x))
    if not math.isfinite(minimum + maximum):  # the gates let no NaN in: something has overflowed
        raise RecipeError(
            N_("this recipe makes numbers beyond {limit}, the largest of float32; use a smaller gain or smaller kernel"
               " numbers"),
            limit="3.4e38",
        )  # fmt: skip
    return Result(
        recipe, x, tuple(records), minimum, maximum, alpha, notices, convolution, convolution_input, rate, origin
    )


def _not_rounding(largest: float, scale: float) -> float:
    """The size of values, or their scale where they are its rounding: else that were the next step's picture."""
    return largest if largest > ROUNDING * scale else scale


def _fill(ahead: Forecast) -> float:
    """The size of the fill value where the window meets it, else 0."""
    meets = ahead.settings["padding_mode"] == "constant" and any(a.before or a.after for a in ahead.axes)
    return abs(ahead.settings["fill"]) if meets else 0.0


def _largest(x: Tensor) -> float:
    return float(torch.linalg.vector_norm(x, math.inf)) if x.numel() else 0.0
