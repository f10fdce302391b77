"""What does a recipe make of a picture or a sound?  The only place where recipe meets tensor.

``plan`` works out every step's shape, bytes and multiply-adds before anything is allocated; ``running``
computes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

from playground.engine.plan import Forecast, is_causal, is_convolution, kernel_of, plan_ahead
from playground.engine.running import Progress, Watch, run_plan
from playground.errors import N_, Notice, notice
from playground.ops import flip2d
from playground.recipe.check import check
from playground.recipe.model import Recipe
from playground.result import Result

if TYPE_CHECKING:
    from torch import Tensor

    from playground.media.types import Audio, Image

__all__ = ["Forecast", "Progress", "is_causal", "is_convolution", "kernel_of", "plan_ahead", "run", "stages"]


def run(
    recipe: Recipe, medium: Image | Audio, *, kernels: Mapping[str, Tensor] = {}, watch: Watch | None = None,
    focus: int | None = None,
) -> Result:  # fmt: skip
    """Run every step of ``recipe`` on ``medium``; ``kernels`` maps digests to loaded kernels.

    ``watch`` is given each step's result and its kind, and what it returns is kept as ``seen`` of the record.
    ``focus`` is the place of the step, from 0, whose record and input the result keeps as ``convolution`` and
    ``convolution_input``; without it, the last one that slides a kernel.

    A picture's alpha is kept aside and put back where the size is unchanged; else the picture is
    first composited on white, and a notice says so.

    Errors: RecipeError for what is not possible, GeometryError where no window fits, LimitError for
    what is too much; nothing has been allocated then.  RecipeError, too, where the numbers outgrow float32.

    >>> from playground.media.samples import picture
    >>> from playground.recipe.model import Step
    >>> run(Recipe((Step("grey"), Step("sobel_x"))), picture("cat")).output.shape
    torch.Size([1, 300, 451])
    """
    for last in stages(recipe, medium, kernels=kernels, watch=watch, focus=focus):
        result = last
    return result


def stages(
    recipe: Recipe, medium: Image | Audio, *, kernels: Mapping[str, Tensor] = {}, watch: Watch | None = None,
    focus: int | None = None,
) -> Iterator[Progress | Result]:  # fmt: skip
    """The same, told as it goes: a Progress after each iteration of a step that has some, then the Result.

    >>> from playground.media.samples import sound
    >>> from playground.recipe.text import from_text
    >>> recipe = from_text("stft~griffin-lim.iterations_2", "audio")
    >>> [type(stage).__name__ for stage in stages(recipe, sound("impulse"))]
    ['Progress', 'Progress', 'Result']
    """
    recipe = check(recipe, medium.kind)
    rate = None if medium.kind == "image" else Fraction(medium.rate)
    plan = plan_ahead(recipe, tuple(medium.values.shape), medium.kind, rate=rate, kernels=kernels)
    x, alpha, notices = _without_alpha(medium, plan)
    largest = medium.largest if x is medium.values else None
    return run_plan(recipe, plan, x, largest=largest, alpha=alpha, notices=notices, rate=rate, kind=medium.kind, watch=watch,
                    focus=focus)  # fmt: skip


def _without_alpha(
    medium: Image | Audio, plan: list[Forecast]
) -> tuple[Tensor, Tensor | None, tuple[Notice, ...]]:
    x, alpha = medium.values, getattr(medium, "alpha", None)
    if alpha is None or not plan:
        return x, alpha, ()
    cut = any(ahead.step.name == "crop2d" and ahead.output_shape != ahead.input_shape for ahead in plan)
    if not cut and plan[-1].output_shape[1:] == tuple(x.shape[1:]):
        for ahead in plan:
            alpha = flip2d(alpha, **ahead.settings) if ahead.step.name == "flip2d" else alpha
        return x, alpha, ()
    text = N_("the picture's transparency was put on white, because the size changes")
    return x * alpha + (1 - alpha), None, (notice(text),)
