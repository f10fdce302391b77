"""What came out, and how: the output and one record per step."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from playground.errors import Notice
from playground.ops.geometry import Axis
from playground.recipe.model import Recipe, Step
from playground.spectrum import Spectrum

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Record:
    """One step as it ran on a medium of ``kind``; ``seen`` is what was kept of its result, where somebody watched.

    ``rate`` is that of a sound's input, in samples a second.  ``method`` is the one that the plan chose, "" where there was no choice; ``axes`` are the sizes of
    a convolution; ``scale`` bounds the values: sum of absolute taps times the largest input.  ``passes`` and
    ``plain_taps`` are those of the plan: the taps that a result is summed of, and those of the plain sum.
    """

    step: Step
    input_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    milliseconds: float
    scale: float
    method: str = ""
    multiply_adds: int = 0
    axes: tuple[Axis, ...] = ()
    kernel: Tensor | None = None
    settings: dict[str, object] | None = None
    rate: Fraction | None = None
    kind: str = "image"
    seen: object = None
    passes: tuple[int, ...] = ()
    plain_taps: int = 0


@dataclass(frozen=True, eq=False)
class Result:
    """The output of a recipe, of ``kind``: ``(C, H, W)``, ``(C, T)`` or magnitudes ``(C, F, T)``.

    ``focus`` is the record of the step that the engine was told to look at, without that of the last one that
    slides a kernel; ``convolution`` is the same where it slides one, else None, and ``convolution_input`` is what
    that step was given.  A sound's ``rate`` is exact, in samples a second, and ``origin`` counts its samples
    before time 0 (negative where it begins later).

    Where the recipe went through a spectrogram, ``values`` is that before it became a sound again, as it
    was left by the last step, and ``spectrum`` what its rows and columns mean; ``remaining`` is how far the
    spectrogram of the sound is from it, relative, where an inverse has found that out.
    """

    recipe: Recipe
    output: Tensor
    records: tuple[Record, ...]
    minimum: float
    maximum: float
    alpha: Tensor | None = None
    notices: tuple[Notice, ...] = ()
    convolution: Record | None = None
    convolution_input: Tensor | None = None
    rate: Fraction | None = None
    origin: Fraction = Fraction(0)
    kind: str = "image"
    values: Tensor | None = None
    spectrum: Spectrum | None = None
    remaining: float | None = None
    iterations: int = 0
    focus: Record | None = None

    @property
    def scale(self) -> float:
        return self.records[-1].scale if self.records else max(abs(self.minimum), abs(self.maximum))

    @property
    def milliseconds(self) -> float:
        return sum(record.milliseconds for record in self.records)
