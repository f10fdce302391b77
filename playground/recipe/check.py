"""Is this recipe possible?  The gate for links, files, pages and the command line.

Names are looked up, values compared with the limits in the signatures, and what equals a default is
dropped, so that two recipes that mean the same are equal.
"""

from __future__ import annotations

import functools

from playground.errors import N_, RecipeError
from playground.ops import KERNELS, OPS, kernels
from playground.ops.parameters import shown
from playground.ops.registry import COMMON_KERNEL_PARAMETERS, Option, check_params, find
from playground.recipe.model import Recipe, Step

MAX_STEPS = 32


def check(recipe: Recipe, kind: str) -> Recipe:
    """Return the recipe in its one canonical form for a medium of ``kind``, or say what is wrong.

    >>> check(Recipe((Step.of("sobel_x", stride=1, padding="same"),)), "image")
    Recipe(steps=(Step(name='sobel_x', params=()),))
    """
    if len(recipe.steps) > MAX_STEPS:
        raise RecipeError(
            N_("this recipe has {count} steps; it may have {limit}"), count=len(recipe.steps), limit=MAX_STEPS
        )
    steps = []
    for step in recipe.steps:
        steps.append(Step(step.name, _checked(step, kind)))
        kind = kind_after(step.name, kind)
    return Recipe(tuple(steps))


def kind_after(name: str, kind: str) -> str:
    """The kind of medium that a step makes of one of ``kind``.

    >>> kind_after("sobel_x", "image"), kind_after("stft", "audio")
    ('image', 'spectrogram')
    """
    return OPS[name].makes or kind if name in OPS else kind


def settings(step: Step, kind: str) -> dict[str, object]:
    """Every parameter of a checked step, defaults included.

    >>> settings(Step("sobel_x"), "image")["padding_mode"]
    'reflect'
    """
    return {name: option.default for name, option in options(step.name, kind).items()} | dict(step.params)


@functools.lru_cache(maxsize=256)
def options(name: str, kind: str) -> dict[str, Option]:
    """What a step of this name takes on a medium of this kind; a kernel's name takes conv's too.

    Treat the dict as read-only: it is shared.
    """
    if name in OPS:
        operation = OPS[name]
        if kind not in operation.media:
            raise RecipeError(
                N_("{name} is not for this medium ({kind}); it is for: {media}"),
                name=name, kind=kind, media=", ".join(operation.media),
            )  # fmt: skip
        return dict(operation.options)
    if name in KERNELS:
        kernel = KERNELS[name]
        if kind not in kernel.media:
            raise RecipeError(
                N_("{name} is not for this medium ({kind}); it is for: {media}"),
                name=name, kind=kind, media=", ".join(kernel.media),
            )  # fmt: skip
        return kernel_options(name) | conv_options(kind, causal=kernel.causal)
    choices = ", ".join(sorted(name for known in (OPS, KERNELS) for name, entry in known.items() if kind in entry.media))
    raise RecipeError(
        N_("step {given} is not known; choose one of: {choices}"), given=shown(name), choices=choices
    )


def kernel_options(name: str | None) -> dict[str, Option]:
    """The parameters of a named kernel, or of plain numbers where ``name`` is None."""
    own = {} if name is None else dict(find(KERNELS, name, what=N_("kernel")).options)
    return own | COMMON_KERNEL_PARAMETERS


def conv_options(kind: str, *, causal: bool = False) -> dict[str, Option]:
    """The parameters of a convolution, with the defaults that a kernel's name means.

    On a sound a ``causal`` kernel runs as a convolution and keeps its tail.
    """
    return kernels.step_options(kind, causal=causal)


def _checked(step: Step, kind: str) -> tuple[tuple[str, object], ...]:
    return check_params(step.params, options(step.name, kind), step.name)
