"""What will every step make, and what will it cost?  Worked out before anything is allocated.

What exceeds the limits is refused with the numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from playground import spectrum as spectra
from playground.errors import N_, LimitError, RecipeError
from playground.media.limits import Limits, limits
from playground.ops import KERNELS, OPS, KernelRef, kernels
from playground.ops.conv import check_channels, forecast
from playground.ops.geometry import Axis
from playground.ops.lazy import torch
from playground.ops.registry import Op
from playground.ops.spectrum import check_inverse
from playground.recipe.check import kernel_options, kind_after, settings
from playground.recipe.model import Recipe, Step
from playground.spectrum import Spectrum, begun

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Forecast:
    """One step before it runs: shapes, price, and for a convolution its kernel and sizes.

    ``kind`` is the kind of medium that goes in, ``made`` the one that comes out; ``rate`` and ``spectrum``
    are those of what comes out.  ``places`` are those of its samples, as in ``ops.registry.op``, where a step
    that is no convolution moves them.
    """

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
    kind: str = "image"
    made: str = "image"
    spectrum: Spectrum | None = None
    places: tuple[tuple[Fraction, Fraction], ...] = ()
    passes: tuple[int, ...] = ()
    plain_taps: int = 0


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
    allowed, found, spectrum = limits(), [], None
    for number, step in enumerate(recipe.steps, start=1):
        ahead = _forecast(step, shape, kind, rate, spectrum, kernels)
        _refuse_too_much(ahead, number, allowed)
        found.append(ahead)
        shape, kind, rate, spectrum = ahead.output_shape, ahead.made, ahead.rate, ahead.spectrum
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


def anchor(step: Step, axis: Axis, *, flipped: bool) -> int:
    """The tap that stands at an output's own place: the first of an impulse response, else the middle.

    A flipped kernel has its first tap at the end of the window.
    """
    reach = axis.span - 1
    if is_causal(step):
        return reach if flipped else 0
    return reach // 2 if axis.up == 1 else reach - reach // 2


def _forecast(
    step: Step, shape: tuple[int, ...], kind: str, rate: Fraction | None, spectrum: Spectrum | None,
    loaded: Mapping[str, Tensor],
) -> Forecast:  # fmt: skip
    if is_convolution(step):
        return _convolution(step, shape, kind, rate, spectrum, loaded)
    operation, values = OPS[step.name], settings(step, kind)
    if "kernel" in values:
        values["kernel"] = _finite(kernel_of(step, kind, rate=rate, loaded=loaded))
    made = kind_after(step.name, kind)
    if made == "audio" and kind == "spectrogram":
        spectra.check_before_inverse(spectrum, step.name)
        check_inverse(**{name: getattr(spectrum, name) for name in ("n_fft", "hop_length", "win_length", "window")})
        shape = (shape[0], spectrum.bins, shape[-1])
    elif step.name in spectra.NEED_BINS and spectrum.bands is None:
        shape, spectrum = (shape[0], spectrum.bins, shape[-1]), spectra.at_bins(spectrum)
    left = spectra.after(spectrum, step.name, values) if kind == made == "spectrogram" else None
    told = supplied(operation, spectrum, shape)
    output = operation.shape(shape, **values, **told)
    samples = math.prod(output)
    working, adds = 4 * samples, samples
    if operation.price is not None:
        working, adds = operation.price(shape, output, **values, **told)
    if made == "spectrogram" and kind != made:
        rate = Fraction(values["sample_rate"]) if kind == "image" else rate
        sound = shape if kind == "audio" else (1, (output[-1] - 1) * (values["hop_length"] or values["n_fft"] // 4))
        spectrum = replace(begun(values, sound, rate=rate, frames=output[-1]), has_phase=kind == "audio")
    else:
        spectrum = left
    places = () if operation.places is None else operation.places(shape, **values)
    if places and kind == "audio":
        rate = rate / places[0][0]
    elif places and spectrum is not None:
        rows, columns = (
            replace(along, scale=along.scale * scale, offset=along.scale * offset + along.offset)
            for along, (scale, offset) in zip((spectrum.rows, spectrum.columns), places, strict=True)
        )
        spectrum = replace(spectrum, rows=rows, columns=columns)
    return Forecast(
        step, values, shape, output, working, adds, rate=rate, kind=kind, made=made, spectrum=spectrum, places=places
    )


def supplied(operation: Op, spectrum: Spectrum | None, shape: tuple[int, ...]) -> dict[str, object]:
    """What the engine tells an operation of the spectrogram that it works on."""
    return {} if spectrum is None else spectrum.supplied(shape[-1], operation.supplied)


def _convolution(
    step: Step, shape: tuple[int, ...], kind: str, rate: Fraction | None, spectrum: Spectrum | None,
    loaded: Mapping[str, Tensor],
) -> Forecast:  # fmt: skip
    values = settings(step, kind)
    # Milliseconds and Hz are those of the signal that the kernel meets: at stride 1/s the stuffed one.
    heard = kind == "audio"
    met = rate * Fraction(values["stride"]).denominator if heard else None
    kernel = _finite(kernel_of(step, kind, rate=met, loaded=loaded))
    values = {name: values[name] for name in OPS["conv1d"].options if name != "kernel" and name in values}
    dimensions = 1 if heard else 2
    if _is_one_per_channel(step, kernel, dimensions):
        values["groups"] = kernel.shape[0]
        if shape[0] != kernel.shape[0]:
            raise RecipeError(
                N_("this kernel has {kernel} channels and the input {input}; load one with a single channel, or with"
                   " as many as the input"),
                kernel=kernel.shape[0], input=shape[0],
            )  # fmt: skip
    axes, plan = forecast(shape, kernel, dimensions=dimensions, **values)
    channels = check_channels(shape[0], tuple(kernel.shape), dimensions, values.get("groups", 1))
    if heard:
        rate = rate * axes[0].up / axes[0].down
    if spectrum is not None:
        flipped = bool(values["flip_kernel"])
        rows, columns = (
            along.after(axis, anchor=anchor(step, axis, flipped=flipped))
            for along, axis in zip((spectrum.rows, spectrum.columns), axes, strict=True)
        )
        spectrum = replace(spectrum, rows=rows, columns=columns)
    return Forecast(
        step, values, shape, (channels, *plan.output), plan.working_bytes, plan.multiply_adds, plan.method, axes,
        kernel, rate, kind, kind, spectrum, passes=plan.passes, plain_taps=plan.plain_taps,
    )  # fmt: skip


def _finite(kernel: Tensor) -> Tensor:
    if not bool(kernel.to(torch.float32).isfinite().all()):
        raise RecipeError(
            N_("the kernel has numbers beyond {limit}, the largest of float32; use smaller ones"), limit="3.4e38"
        )
    return kernel


def _is_one_per_channel(step: Step, kernel: Tensor, dimensions: int) -> bool:
    """Whether a loaded kernel brings one list of taps for each channel: ``(C, 1, *taps)``."""
    ref = step.get("kernel")
    loaded = isinstance(ref, KernelRef) and ref.digest is not None
    return loaded and kernel.ndim == dimensions + 2 and kernel.shape[1] == 1


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


