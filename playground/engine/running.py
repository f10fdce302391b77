"""What does a planned recipe make of a medium?  Step by step; what takes iterations says how far it is."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING

from playground import spectrum as spectra
from playground.engine.plan import Forecast, anchor, supplied
from playground.errors import N_, Notice, RecipeError, notice
from playground.ops import OPS, edges
from playground.ops.arrange import flipped_axis
from playground.ops.bands import empty_filters_notice
from playground.ops.conv import conv1d, conv2d
from playground.ops.griffin_lim import Iteration, griffin_lim_iterations
from playground.ops.lazy import torch
from playground.recipe.model import Recipe
from playground.result import Record, Result
from playground.spectrum import Spectrum

if TYPE_CHECKING:
    from torch import Tensor

HEAVY = 10**9
"""Multiply-adds from which runs take turns, so that two visitors do not share the memory."""
ROUNDING = 1e-5
"""Of a step's scale: a result that stays below it everywhere is what float32 made of 0."""
TURN = threading.Lock()
Watch = Callable[["Tensor", str], object]
"""What is shown each step's result and its kind, and keeps something of it."""


@dataclass(frozen=True, eq=False)
class Progress:
    """How far a recipe is: step ``step`` of ``steps`` has done ``iteration`` of ``iterations``.

    ``remaining`` is the relative error that the iterations bring down.  ``stop()`` is the result if one
    is content with this much; nothing is computed for it before it is called.
    """

    step: int
    steps: int
    iteration: int
    iterations: int
    remaining: float
    stop: Callable[[], Result]


@dataclass(frozen=True, eq=False)
class _State:
    """What the steps so far have made.

    ``summed`` says whether what should be 0 may be the rounding of a sum; ``largest`` is the largest magnitude of
    ``x`` where it is known.
    """

    x: Tensor
    scale: float
    rate: Fraction | None
    origin: Fraction = Fraction(0)
    records: tuple[Record, ...] = ()
    notices: tuple[Notice, ...] = ()
    convolution: Record | None = None
    convolution_input: Tensor | None = None
    phase: Tensor | None = None
    values: Tensor | None = None
    spectrum: Spectrum | None = None
    remaining: float | None = None
    iterations: int = 0
    summed: bool = False
    watch: Watch | None = None
    focus: int | None = None
    largest: float | None = None


def run_plan(
    recipe: Recipe, plan: Sequence[Forecast], x: Tensor, *, alpha: Tensor | None, notices: tuple[Notice, ...],
    rate: Fraction | None, kind: str, watch: Watch | None = None, focus: int | None = None, largest: float | None = None,
) -> Iterator[Progress | Result]:  # fmt: skip
    """Run the steps; yields a Progress after each iteration of a step that has some, and last the Result.

    Shape: ``x`` as the plan's input; ``largest`` is its largest magnitude where it is known.
    """
    heavy = sum(ahead.multiply_adds for ahead in plan) >= HEAVY
    largest = _largest(x) if largest is None else largest
    state = _State(x, largest, rate, notices=notices, watch=watch, focus=focus, largest=largest)

    def finish(state: _State, rest: Sequence[Forecast]) -> Result:
        for ahead in rest:
            state = _advance(state, ahead)
        return _result(recipe, state, alpha, plan[-1].made if plan else kind)

    for number, ahead in enumerate(plan):
        if ahead.step.name != "griffin_lim":
            state = _in_turn(heavy, lambda s=state, a=ahead: _advance(s, a))
            continue
        rest, started = plan[number + 1 :], time.perf_counter()
        given = _before_inverse(state, ahead)
        iterations = griffin_lim_iterations(given.x, phase=given.phase, **_options(given, ahead))
        while (done := _in_turn(heavy, partial(next, iterations, None))) is not None:
            so_far = partial(_found, given, ahead, done, 1e3 * (time.perf_counter() - started))
            stop = partial(lambda so_far, rest: finish(so_far(), rest), so_far, rest)
            yield Progress(number + 1, len(plan), done.number, ahead.settings["iterations"], done.error, stop)
        state = so_far()
    yield _in_turn(heavy, lambda: finish(state, ()))


def _in_turn(heavy: bool, work: Callable):
    """Do the work, alone where it is heavy; between two pieces of work others have their turn."""
    if not heavy:
        return work()
    with TURN:
        return work()


def _advance(state: _State, ahead: Forecast) -> _State:
    if state.focus is not None and len(state.records) == state.focus:
        state = replace(state, convolution_input=state.x)
    if ahead.kernel is not None:
        return _convolve(state, ahead)
    if ahead.kind == "spectrogram" and ahead.made == "audio":
        given = _before_inverse(state, ahead)
        started = time.perf_counter()
        sound = OPS[ahead.step.name].function(given.x, phase=given.phase, **_options(given, ahead))
        return _heard(given, ahead, sound, 1e3 * (time.perf_counter() - started), None, 0)
    if ahead.step.name in spectra.NEED_BINS:
        placed, spectrum = spectra.placed(state.x, state.spectrum), spectra.at_bins(state.spectrum)
        state = replace(state, x=placed, spectrum=spectrum, largest=None)
    started = time.perf_counter()
    x = OPS[ahead.step.name].function(state.x, **_options(state, ahead))
    phase, notices = state.phase, state.notices
    if ahead.step.name == "stft":
        x, phase = x.abs(), x
    elif ahead.step.name == "channel" and phase is not None:
        phase = phase.narrow(0, ahead.settings["index"], 1)
    elif ahead.step.name == "flip2d" and phase is not None and not state.spectrum.is_moved:
        phase = phase.flip(flipped_axis(**ahead.settings)).conj()  # as a sound has it whose spectrogram this is
    elif ahead.step.name == "mel":
        filters = ahead.spectrum.supplied(1, {"filters"})["filters"]
        found = empty_filters_notice(filters, sample_rate=float(ahead.spectrum.rate), n_fft=ahead.spectrum.n_fft,
                                     fmin=ahead.settings["fmin"], fmax=ahead.settings["fmax"])  # fmt: skip
        notices += () if found is None else (found,)
    milliseconds, largest = 1e3 * (time.perf_counter() - started), _largest(x)
    record, origin = _record(state, ahead, x, milliseconds, _scale(state, ahead, largest)), state.origin
    if ahead.places and ahead.kind == "audio":
        ((step, first),) = ahead.places
        origin = (origin - first) / step
    return replace(
        state, x=x, scale=record.scale, rate=ahead.rate, origin=origin, records=(*state.records, record), phase=phase,
        notices=notices, spectrum=ahead.spectrum or state.spectrum, summed=state.summed or _weight(ahead) is not None,
        largest=largest,
    )  # fmt: skip


def _options(state: _State, ahead: Forecast) -> dict[str, object]:
    return ahead.settings | supplied(OPS[ahead.step.name], state.spectrum if ahead.kind == "spectrogram" else None,
                                     tuple(state.x.shape))  # fmt: skip


def _convolve(state: _State, ahead: Forecast) -> _State:
    largest, started = _largest_of(state), time.perf_counter()
    x = (conv1d if ahead.kind == "audio" else conv2d)(state.x, ahead.kernel, **ahead.settings)
    milliseconds = 1e3 * (time.perf_counter() - started)
    scale = float(ahead.kernel.abs().sum()) * max(_not_rounding(largest, state.scale), _fill(ahead))
    record, origin = _record(state, ahead, x, milliseconds, scale), state.origin
    if ahead.kind == "audio":
        axis = ahead.axes[0]
        tap = anchor(ahead.step, axis, flipped=bool(ahead.settings["flip_kernel"]))
        origin = (origin * axis.up + axis.before - tap) / axis.down
    if state.focus is None or len(state.records) == state.focus:
        state = replace(state, convolution=record, convolution_input=state.x)
    return replace(
        state, x=x, scale=scale, rate=ahead.rate, origin=origin, records=(*state.records, record),
        spectrum=ahead.spectrum or state.spectrum, summed=True, largest=None,
    )  # fmt: skip


def _before_inverse(state: _State, ahead: Forecast) -> _State:
    """Every row at its bin, every value with a phase; what was done to the phase is said."""
    spectrum, notices = state.spectrum, list(state.notices)
    x = spectra.placed(state.x, spectrum)
    phase = state.phase
    if phase is not None:
        uses_it = ahead.step.name == "istft" or ahead.settings["start"] == "original"
        if uses_it and (spectrum.is_moved or phase.shape[0] != x.shape[0]):
            notices.append(notice(N_("the original phase was stretched: each value got that of the nearest bin and frame")))
        phase = spectra.stretched(phase, spectrum, tuple(x.shape)) if uses_it else None
    return replace(state, x=x, phase=phase, values=state.x, notices=tuple(notices), largest=None)


def _found(state: _State, ahead: Forecast, done: Iteration, milliseconds: float) -> _State:
    return _heard(state, ahead, done.sound(), milliseconds, done.error, done.number)


def _heard(
    state: _State, ahead: Forecast, sound: Tensor, milliseconds: float, remaining: float | None, iterations: int
) -> _State:
    """The state after a spectrogram became a sound."""
    largest = _largest(sound)
    record = _record(state, ahead, sound, milliseconds, max(state.scale, largest))
    origin = state.origin + state.spectrum.columns.origin * state.spectrum.hop_length
    return replace(
        state, x=sound, scale=largest, rate=ahead.rate, origin=origin, records=(*state.records, record), phase=None,
        remaining=remaining, iterations=iterations, largest=largest,
    )  # fmt: skip


def _record(state: _State, ahead: Forecast, x: Tensor, milliseconds: float, scale: float) -> Record:
    return Record(
        ahead.step, ahead.input_shape, tuple(x.shape), milliseconds, scale, ahead.method, ahead.multiply_adds,
        ahead.axes, ahead.kernel, ahead.settings, state.rate, ahead.kind,
        None if state.watch is None else state.watch(x, ahead.made), ahead.passes, ahead.plain_taps,
    )  # fmt: skip


def _scale(state: _State, ahead: Forecast, largest: float) -> float:
    if ahead.step.name == "gain":
        return state.scale * abs(ahead.settings["factor"])
    before = _largest_of(state)
    if (weight := _weight(ahead)) is not None:
        return weight * _not_rounding(before, state.scale)
    if not state.summed or ahead.kind != ahead.made:  # what no sum has touched has no rounding
        return largest
    if ahead.step.name in ("normalise", "square") and before:  # values keep their share of the scale
        return largest if before > ROUNDING * state.scale else state.scale * largest / before
    return _not_rounding(largest, state.scale)


def _weight(ahead: Forecast) -> float | None:
    """The absolute weights of one result's sum, of steps that are sums and no convolution."""
    match ahead.step.name:
        case "colour_matrix":
            return float(ahead.settings["kernel"].abs().sum(dim=1).max())
        case "edge_magnitude":
            return edges.weight(ahead.settings["operator"])
    return None


def _result(recipe: Recipe, state: _State, alpha: Tensor | None, kind: str) -> Result:
    minimum, maximum = (float(value) for value in torch.aminmax(state.x))
    if not math.isfinite(minimum + maximum):  # the gates let no NaN in: something has overflowed
        raise RecipeError(
            N_("this recipe makes numbers beyond {limit}, the largest of float32; use a smaller gain or smaller kernel"
               " numbers"),
            limit="3.4e38",
        )  # fmt: skip
    alpha = alpha if kind == "image" else None
    looked_at = state.convolution
    if state.focus is not None and state.focus < len(state.records):
        looked_at = state.records[state.focus]
    values = state.x if kind == "spectrogram" else state.values
    return Result(
        recipe, state.x, state.records, minimum, maximum, alpha, state.notices, state.convolution,
        state.convolution_input, state.rate, state.origin, kind, values, state.spectrum, state.remaining,
        state.iterations, looked_at,
    )  # fmt: skip


def _not_rounding(largest: float, scale: float) -> float:
    """The size of values, or their scale where they are its rounding: else that were the next step's picture."""
    return largest if largest > ROUNDING * scale else scale


def _fill(ahead: Forecast) -> float:
    """The size of the fill value where the window meets it, else 0."""
    meets = ahead.settings["padding_mode"] == "constant" and any(a.before or a.after for a in ahead.axes)
    return abs(ahead.settings["fill"]) if meets else 0.0


def _largest_of(state: _State) -> float:
    return _largest(state.x) if state.largest is None else state.largest


def _largest(x: Tensor) -> float:
    """The largest magnitude.

    Shape: any, real or complex.
    """
    if not x.numel():
        return 0.0
    if x.is_complex():
        return float(x.abs().amax())
    low, high = torch.aminmax(x)
    return max(-float(low), float(high))
