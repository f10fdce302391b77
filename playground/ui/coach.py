"""What would work instead?  Where a recipe does not run: what PyTorch would say, and the nearest settings, one click each."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

import streamlit as st

from playground import engine
from playground.explain.coach import Advice, advise
from playground.media.types import Audio, Image
from playground.recipe.model import Recipe, Step
from playground.ui import guard, session, steps, told
from playground.ui.state import PageState, recipe_of
from playground.ui.words import _, say

if TYPE_CHECKING:
    from torch import Tensor


def row(state: PageState, medium: Image | Audio, *, kernels: Mapping[str, Tensor] = {}) -> None:
    """The advice on the first step that does not run; nothing where there is none."""
    running = recipe_of(state, channels=medium.values.shape[0]).steps
    found = _first(running, medium, kernels)
    if found is None:
        return
    place, advice = found
    if advice.torch:
        st.caption(guard.unlinked(_("PyTorch would say: {message}", message=advice.torch)))
    with st.container(horizontal=True, gap="small"):
        for number, change in enumerate(advice.changes):
            before = [Step(name, params) for name, params in change.before]
            mended = Step(running[place].name, change.applied(running[place].params))
            st.button(guard.capital(say(change.text)), key=f"{state.kind}_advice_{number}", icon=":material/build:",
                      on_click=_apply, args=(place, before, mended, medium.values.shape[0]))  # fmt: skip


def _first(
    running: tuple[Step, ...], medium: Image | Audio, kernels: Mapping[str, Tensor]
) -> tuple[int, Advice] | None:
    shape, kind = tuple(medium.values.shape), medium.kind
    rate = Fraction(medium.rate) if kind == "audio" else None
    given, first = {"rate": rate, "kernels": kernels}, (shape, kind)
    for place, step in enumerate(running):
        advice = advise(step, kind=kind, shape=shape, rate=rate, kernels=kernels)
        if advice is not None:
            return place, advice
        ahead = engine.plan_ahead(Recipe(running[: place + 1]), *first, **given)[-1]
        shape, kind, rate = ahead.output_shape, ahead.made, ahead.rate
    return None


def _apply(place: int, before: list[Step], mended: Step, channels: int) -> None:
    told.pressed()
    session.put(steps.mended(session.now(), place, before, mended, channels=channels))
