"""What does each step make, cost and see?  The table of layers, with receptive field and jump.

The receptive field of a step is how much of the recipe's input one of its results depends on: along each axis the
samples from the first to the last, the largest of all results far from the borders, zeros in a kernel counted.
The jump is how far apart two neighbouring results lie in the input.  After Dumoulin & Visin (2016,
arXiv:1603.07285), for kernel ``k``, dilation ``d`` and stride ``p / q``::

    field += d (k - 1) jump / q        jump *= p / q

At whole strides that is all.  At a stride of 1/s some results lie on samples and some between them, and read
different ones: what each reads is followed from step to step until the pattern repeats.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

import numpy as np

from playground.ops import edges, geometry
from playground.ops.geometry import Axis
from playground.ops.resample import HALF_WIDTH

if TYPE_CHECKING:
    from torch import Tensor

MOST_PATTERN = 1 << 24
"""Reads followed to find a pattern; beyond, the field is what the formula bounds it by."""
WHOLE, VARIES = "whole", "varies"
_NEVER = 1 << 60
"""Stands for the first sample read by a result that reads none."""


class Named(Protocol):
    """A step, of which the name is used."""

    @property
    def name(self) -> str: ...


class Planned(Protocol):
    """A step worked out ahead, as ``engine.plan_ahead`` gives it."""

    @property
    def step(self) -> Named: ...
    @property
    def settings(self) -> dict[str, object]: ...
    @property
    def input_shape(self) -> tuple[int, ...]: ...
    @property
    def output_shape(self) -> tuple[int, ...]: ...
    @property
    def axes(self) -> tuple[Axis, ...]: ...
    @property
    def kernel(self) -> Tensor | None: ...
    @property
    def multiply_adds(self) -> int: ...
    @property
    def working_bytes(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def spectrum(self) -> object: ...


# --- the receptive field of one axis -------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Field:
    """What a result depends on along one axis of the input, in ``unit``.

    Result ``i`` of a pattern reads samples ``first[i]`` to ``last[i]``, and ``i + len(first)`` the same
    ``len(first) jump`` further.  ``extent`` bounds the distance from one to the other.  ``word`` says what
    cannot be said in samples: "whole" or "varies".
    """

    unit: str = "pixels"
    jump: Fraction = Fraction(1)
    extent: Fraction = Fraction(0)
    first: np.ndarray | None = None
    last: np.ndarray | None = None
    word: str = ""

    @property
    def size(self) -> int | None:
        """Samples from the first to the last; None where ``word`` says it."""
        if self.word:
            return None
        if self.first is None or self.last is None:
            return math.floor(self.extent) + 1
        return max(0, int((self.last - self.first).max()) + 1)

    def after(self, axis: Axis) -> Field:
        """The field after a window slides along the axis.

        >>> field = fresh().after(Axis(length=9, kernel_size=3, dilation=1, up=1, down=2, before=1, after=1))
        >>> field = field.after(Axis(length=5, kernel_size=3, dilation=1, up=1, down=1, before=1, after=1))
        >>> field.size, field.jump                                    # 3 + 2 * 2
        (7, Fraction(2, 1))
        """
        wider = self.extent + (axis.span - 1) * self.jump / axis.up
        first = last = None
        if self.first is not None:
            first, last = _followed(self, axis)
        return replace(self, jump=self.jump * axis.down / axis.up, extent=wider, first=first, last=last)

    def flipped(self, length: int) -> Field:
        """The field after ``length`` results change order: that of the mirrored input."""
        if self.first is None:
            return self
        first, last = _at(self, length - 1 - np.arange(len(self.first)))
        return replace(self, first=np.where(last < first, _NEVER, -last), last=np.where(last < first, -_NEVER, -first))

    def said(self, word: str) -> Field:
        """The same, of a size that only ``word`` can say."""
        return replace(self, word=word, first=None, last=None)


def fresh(unit: str = "pixels") -> Field:
    """The field of the input itself: every sample is one.

    >>> fresh().size, fresh().jump
    (1, Fraction(1, 1))
    """
    return Field(unit, first=np.zeros(1, np.int64), last=np.zeros(1, np.int64))


def _at(field: Field, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last sample read by the results at ``places``, beyond the pattern too.  Shape: as ``places``."""
    period = len(field.first)
    turns, inside = np.divmod(places, period)
    first, last = field.first[inside], field.last[inside]
    further = turns * int(period * field.jump)
    none = last < first
    return np.where(none, first, first + further), np.where(none, last, last + further)


def _followed(field: Field, axis: Axis) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The pattern after a window: of results read that are alike but for their place, the outermost decide."""
    period, up = len(field.first), axis.up
    results = up * period // math.gcd(up * period, axis.down)
    each = up // math.gcd(up, axis.dilation)  # every so many taps meet a sample
    step = each * axis.dilation // up
    taps = -(-axis.kernel_size // each)
    different = min(taps, period // math.gcd(period, step))
    if results * different > MOST_PATTERN:
        return None, None
    begin = np.arange(results) * axis.down - axis.before
    tap = np.full(results, -1)
    for candidate in reversed(range(min(each, axis.kernel_size))):
        tap[(begin + candidate * axis.dilation) % up == 0] = candidate
    place = (begin + tap * axis.dilation) // up
    count = (axis.kernel_size - 1 - tap) // each + 1  # taps that meet a sample, of each result
    first, last = np.full(results, _NEVER), np.full(results, -_NEVER)
    for number in range(different):
        met = (tap >= 0) & (number < count)
        low, _ = _at(field, place + number * step)
        _, high = _at(field, place + (count - 1 - number) * step)
        first = np.where(met, np.minimum(first, low), first)
        last = np.where(met, np.maximum(last, high), last)
    return first, last


# --- the table -----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Row:
    """One step of the table: what it makes, its kernel's numbers, its price, and what a result of it sees."""

    name: str
    output_shape: tuple[int, ...]
    parameters: int
    multiply_adds: int
    memory_bytes: int
    fields: tuple[Field, ...]


POINTWISE = (
    "absolute", "amplitude", "channel", "clip", "colour_matrix", "decibels", "gain", "grey", "mask", "mono", "noise",
    "offset", "power", "relu", "square",
)  # fmt: skip
"""Steps whose results each read one sample, where they stand."""
UNITS = {"image": ("pixels", "pixels"), "audio": ("samples",), "spectrogram": ("bins", "frames")}


def table(plan: Iterable[Planned], kind: str) -> list[Row]:
    """A row for each step of a plan that begins with a medium of ``kind``.

    After ``stft`` the first axis counts its bins, from 1 on, and the second one samples of the sound.
    """
    found, fields, spectrum = [], tuple(fresh(unit) for unit in UNITS[kind]), None
    for ahead in plan:
        fields = _after(ahead, fields, spectrum)
        spectrum = ahead.spectrum
        numbers = _numbers(ahead)
        found.append(
            Row(ahead.step.name, ahead.output_shape, numbers, ahead.multiply_adds, ahead.working_bytes, fields)
        )
    return found


def _numbers(ahead: Planned) -> int:
    if ahead.step.name == "edge_magnitude":
        return sum(kernel().numel() for kernel in edges.GRADIENTS[ahead.settings["operator"]])
    kernel = ahead.settings.get("kernel") if ahead.kernel is None else ahead.kernel
    return 0 if kernel is None else kernel.numel()


def _after(ahead: Planned, fields: tuple[Field, ...], spectrum: object) -> tuple[Field, ...]:
    """The fields after a step, by what it reads along each axis."""
    name, values = ahead.step.name, ahead.settings
    sizes = ahead.input_shape[-len(fields) :]
    match name:
        case _ if ahead.axes:
            return _slid(fields, ahead.axes)
        case _ if name in POINTWISE:
            return fields
        case "pool1d" | "pool2d":
            return _slid(fields, _windows(sizes, **values))
        case "interpolate1d" | "interpolate2d":
            scales = geometry.per_axis(values["scale"], len(sizes), "scale")
            return _slid(fields, [_between(n, Fraction(s), values["interpolation"]) for n, s in zip(sizes, scales, strict=True)])
        case "crop1d":
            return _slid(fields, [_moved(sizes[0], values["start"])])
        case "crop2d":
            return _slid(fields, [_moved(sizes[0], values["top"]), _moved(sizes[1], values["left"])])
        case "flip1d" | "flip2d":
            turned = edges_of_flip(values)
            return tuple(
                field.flipped(sizes[dim]) if dim == len(sizes) + turned else field for dim, field in enumerate(fields)
            )
        case "edge_magnitude":
            shapes = [kernel().shape for kernel in edges.GRADIENTS[values["operator"]]]
            return _slid(fields, [geometry.settle(n, max(k), padding="same") for n, k in zip(sizes, zip(*shapes), strict=True)])
        case "harmonic" | "percussive":
            return _slid(fields, [geometry.settle(n, values["kernel_size"], padding="same") for n in sizes])
        case "stft":
            return fresh("bins"), fields[0].after(_frames_of(sizes[0], values))
        case "istft" | "griffin_lim":
            time = fields[-1].after(_sound_of(sizes[-1], spectrum))
            return (time.said(WHOLE) if name == "griffin_lim" else time,)
        case "mel" | "log_frequency":
            return replace(fields[0].said(VARIES), jump=Fraction(0)), fields[1]
        case "linear_frequency":
            return replace(fields[0].said(WHOLE), jump=Fraction(1)), fields[1]
        case "normalise":
            return tuple(field.said(WHOLE) for field in fields)
        case "picture_spectrum":
            return tuple(replace(field.said(WHOLE), jump=Fraction(0)) for field in fields)
    raise KeyError(name)
