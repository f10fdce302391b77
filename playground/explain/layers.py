"""What does each step make, cost and see?  The table of layers, with receptive field and jump.

What a step reads is said here as the window that slides along each axis: a pooling's, an interpolation's, a
transform's.  The steps come worked out ahead, as ``engine.plan_ahead`` gives them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from playground.explain.receptive import Field, fresh
from playground.ops import edges, geometry
from playground.ops.arrange import flipped_axis
from playground.ops.frames import sizes as transform_sizes
from playground.ops.geometry import Axis
from playground.ops.resample import HALF_WIDTH

if TYPE_CHECKING:
    from torch import Tensor

WHOLE, VARIES = "whole", "varies"
"""What a field is that no number of samples says."""


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
    found, fields, spectrum = [], tuple(fresh(unit=unit) for unit in UNITS[kind]), None
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
            turned = len(sizes) + flipped_axis(values.get("direction", "horizontal"))
            return tuple(field.flipped(n) if dim == turned else field for dim, (field, n) in enumerate(zip(fields, sizes, strict=True)))
        case "edge_magnitude":
            along_x, along_y = (kernel().shape for kernel in edges.GRADIENTS[values["operator"]])
            spans = map(max, along_x, along_y)
            return _slid(fields, [geometry.settle(n, k, padding="same") for n, k in zip(sizes, spans, strict=True)])
        case "harmonic" | "percussive":
            return _slid(fields, [geometry.settle(n, values["kernel_size"], padding="same") for n in sizes])
        case "stft":
            return fresh(unit="bins"), fields[0].after(_frames_of(sizes[0], values))
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


def _slid(fields: Sequence[Field], axes: Sequence[Axis]) -> tuple[Field, ...]:
    return tuple(field.after(axis) for field, axis in zip(fields, axes, strict=True))


def _windows(sizes: Sequence[int], *, kernel_size: object, stride: object, padding: object, **_: object) -> list[Axis]:
    """The axes of a pooling."""
    dimensions = len(sizes)
    each = (
        geometry.per_axis(kernel_size, dimensions, "kernel_size"),
        geometry.per_axis(kernel_size if stride is None else stride, dimensions, "stride"),
        geometry.sides(padding, dimensions),
    )
    return [geometry.settle(n, k, stride=s, padding=p) for n, k, s, p in zip(sizes, *each, strict=True)]


def _between(length: int, scale: Fraction, interpolation: str) -> Axis:
    """An interpolation as the kernel that it is: a box, a triangle or a windowed sinc on the stuffed samples."""
    up, down = scale.numerator, scale.denominator
    match interpolation:
        case "nearest":
            before, after = up // 2, (up - 1) // 2
        case "linear":
            before = after = up - 1
        case _:
            before = after = 0 if scale == 1 else math.ceil(up * HALF_WIDTH / min(Fraction(1), scale)) - 1
    return Axis(length, before + after + 1, 1, up, down, before, after)


def _moved(length: int, start: int) -> Axis:
    return Axis(length, 1, 1, 1, 1, -start, 0)


def _frames_of(length: int, values: dict[str, object]) -> Axis:
    """What a frame reads of the sound: the samples under its window."""
    n_fft, hop, win, before = _transform(values["n_fft"], values["hop_length"], values["win_length"], values["center"])
    return Axis(length, win, 1, 1, hop, before, before)


def _sound_of(frames: int, spectrum: object) -> Axis:
    """What a sample of the inverse reads: every frame whose window lies over it."""
    n_fft, hop, win, before = _transform(spectrum.n_fft, spectrum.hop_length, spectrum.win_length, spectrum.center)
    return Axis(frames, win, 1, hop, 1, win - 1 - before, before)


def _transform(n_fft: int, hop_length: int | None, win_length: int | None, center: bool) -> tuple[int, int, int, int]:
    """Sizes, and how many samples before a frame's place its window begins (negative: after it)."""
    n_fft, hop, win = transform_sizes(n_fft, hop_length=hop_length, win_length=win_length)
    return n_fft, hop, win, (n_fft // 2 if center else 0) - (n_fft - win) // 2
