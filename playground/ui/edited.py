"""Which record is that of the step in the controls, and would the chain run if that step were another?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from playground import engine
from playground.errors import PlaygroundError
from playground.recipe.model import Recipe
from playground.recipe.text import to_text
from playground.result import Record, Result
from playground.ui.state import PageState, recipe_of

if TYPE_CHECKING:
    from torch import Tensor


def record(state: PageState, result: Result | None, *, channels: int) -> tuple[int, Record | None]:
    """The place of the edited step among those that ran, and its record; None where it did not run."""
    place = state.focus(channels)
    if result is None or state.skipped or place >= len(result.records):
        return place, None
    found = result.records[place]
    return place, found if found.step.name == state.edited_step(channels).name else None


def key(result: Result, place: int) -> str:
    """A name for the step at a place and all that it meets, for the caches."""
    found = result.records[place]
    return f"{to_text(Recipe(result.recipe.steps[: place + 1]))} {found.kind} {found.input_shape} {found.rate}"


def would_run(state: PageState, result: Result, *, kernels: Mapping[str, Tensor] = {}) -> bool:
    """Whether the whole chain of a changed state would run; later steps have needs of their own."""
    first = result.records[0]
    try:
        recipe = recipe_of(state, channels=first.input_shape[0])
        engine.plan_ahead(recipe, first.input_shape, first.kind, rate=first.rate, kernels=kernels)
    except PlaygroundError:
        return False
    return True
