"""What is a program while it is written?  Lines of its steps; functions and imports follow from what they use.

Nothing from outside gets in: a draft is given names of the registries, words of their choices, and numbers.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from playground.ops.geometry import Axis
from playground.recipe.model import Step

if TYPE_CHECKING:
    from torch import Tensor

Flavour = Literal["torch", "numpy"]
WIDTH = 96
"""Columns of a line of a step, before it is indented by four."""


class Along(Protocol):
    """Where the indices of one axis of a spectrogram came from, as in ``playground.spectrum``."""

    scale: Fraction
    offset: Fraction
    origin: Fraction


class Spectrum(Protocol):
    """What stands beside a spectrogram's values, as in ``playground.spectrum``."""

    n_fft: int
    hop_length: int
    win_length: int
    window: str
    center: bool
    padding_mode: str
    rate: Fraction
    unit: str
    floor_db: float
    bands: tuple[str, tuple[tuple[str, object], ...]] | None
    rows: Along
    columns: Along
    bins: int
    frames: int
    first_time: float
    is_moved: bool


class Planned(Protocol):
    """One step with its sizes and settings, worked out beforehand; ``engine.plan_ahead`` makes these."""

    step: Step
    settings: Mapping[str, object]
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    axes: tuple[Axis, ...]
    kernel: Tensor | None
    kind: str
    made: str
    rate: Fraction | None
    spectrum: Spectrum | None


@dataclass
class Draft:
    """A program in the making.

    ``shape`` and ``before`` are those of what the current step is given; ``original`` is whether a later step
    asks for the phase, of ``phase_channels``; ``files`` lists the digests of kernels that are read from files.
    """

    flavour: Flavour
    original: bool = False
    shape: tuple[int, ...] = ()
    before: Spectrum | None = None
    phase_channels: int = 0
    lines: list[str] = field(default_factory=list)
    constants: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    @property
    def library(self) -> str:
        """The name under which the program has its arrays."""
        return "torch" if self.flavour == "torch" else "np"

    def add(self, *lines: str) -> None:
        """Append lines that both flavours share."""
        self.lines += lines

    def say(self, *, torch: str, numpy: str) -> None:
        """Append the line of this flavour; an empty one says nothing."""
        if line := torch if self.flavour == "torch" else numpy:
            self.lines.append(line)

    def remark(self, text: str) -> None:
        """Append a comment, wrapped."""
        self.lines += textwrap.wrap(text, WIDTH, initial_indent="# ", subsequent_indent="# ")

    def call(self, target: str, function: str, arguments: Sequence[str]) -> None:
        """Append ``target = function(arguments)``, broken where it is too long."""
        line = f"{target} = {function}({', '.join(arguments)})"
        if len(line) <= WIDTH:
            self.lines.append(line)
        else:
            self.lines += [f"{target} = {function}(", *(f"    {part}," for part in arguments), ")"]

    def assign(self, target: str, expression: str) -> None:
        """Append ``target = expression``."""
        self.lines.append(f"{target} = {expression}")


def number(value: object) -> str:
    """An int, a float or a bool as the program writes it: no longer than float32 needs, never a name.

    >>> [number(v) for v in (3, 0.5, 1 / 3, 1e-9, -2.0, True)]
    ['3', '0.5', '0.33333334', '1e-09', '-2.0', 'True']
    """
    if type(value) in (bool, int):
        return repr(value)
    exact = repr(float(value))
    if len(exact) <= 9 or not math.isfinite(float(value)):
        return exact
    short = repr(float(str(np.float32(value))))
    return short if float(short) == float(value) or len(short) < len(exact) else exact


def exactly(value: object) -> str:
    """A float to its last bit, where float32 would lose something that matters.

    >>> exactly(Fraction(1, 3)), exactly(44100.0)
    ('0.3333333333333333', '44100.0')
    """
    return repr(float(value))


def numbers(values: Sequence[object]) -> str:
    """Numbers as a tuple of the program.

    >>> numbers((1, 2)), numbers((3,))
    ('(1, 2)', '(3,)')
    """
    return f"({', '.join(number(value) for value in values)}{',' if len(values) == 1 else ''})"


def one_or_all(values: Sequence[int]) -> str:
    """One number where all are alike, else a tuple.

    >>> one_or_all((2, 2)), one_or_all((2, 3))
    ('2', '(2, 3)')
    """
    return number(values[0]) if len(set(values)) == 1 else numbers(values)


def wrapped(texts: Sequence[str], *, indent: int, width: int = WIDTH) -> list[str]:
    """Texts with commas between them, as many on a line as fit.

    >>> wrapped(["1", "2", "3"], indent=4, width=10)
    ['    1, 2,', '    3,']
    """
    margin = " " * indent
    return textwrap.wrap(", ".join(texts) + ",", width, initial_indent=margin, subsequent_indent=margin,
                         break_long_words=False, break_on_hyphens=False)  # fmt: skip
