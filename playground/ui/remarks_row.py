"""What may surprise of a setting that runs?  One sentence each, and what would avoid it, one click each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from playground.errors import PlaygroundError
from playground.explain.change import Change
from playground.explain.remarks import Remark, remarks
from playground.recipe.model import Step
from playground.result import Record, Result
from playground.ui import edited, frame, guard, session, steps
from playground.ui.state import PageState
from playground.ui.words import say

if TYPE_CHECKING:
    from torch import Tensor

MOST = 2
"""Remarks at once: a page is calm."""


def row(
    state: PageState, result: Result | None, *, channels: int = 3, kernels: Mapping[str, Tensor] = {}
) -> None:
    """The remarks on the step that is edited; nothing where it does what one expects.

    ``channels`` are those of the medium, ``kernels`` the loaded ones by digest.
    """
    place, record = edited.record(state, result, channels=channels)
    if record is None:
        return
    for number, remark in enumerate(_found(record, edited.key(result, place), kernels)[:MOST]):
        with st.container(gap="small"):
            frame.note(f"{guard.capital(say(remark.rule))}.")
            offers = [change for change in remark.changes if _works(state, place, change, channels, result, kernels)]
            if offers:
                with st.container(horizontal=True, gap="small"):
                    for which, change in enumerate(offers):
                        st.button(
                            guard.capital(say(change.text)), key=f"{state.kind}_remark_{number}_{which}",
                            icon=":material/build:", on_click=_apply, args=(place, change, channels),
                        )  # fmt: skip


@st.cache_resource(max_entries=32, show_spinner=False)
def _found(_record: Record, key: str, _kernels: Mapping[str, Tensor]) -> list[Remark]:
    rate = _record.rate if _record.kind == "audio" else None
    return remarks(_record.step, kind=_record.kind, shape=_record.input_shape, rate=rate, kernels=_kernels)


def _changed(state: PageState, place: int, change: Change, channels: int) -> PageState:
    """The state after a click; a gain that kept the level at another stride goes with that stride."""
    step = state.recipe(channels).steps[place]
    before = [Step(name, params) for name, params in change.before]
    if "stride" in dict(change.params):
        state = replace(state, gain=1.0)
    return steps.mended(state, place, before, Step(step.name, change.applied(step.params)), channels=channels)


def _works(
    state: PageState, place: int, change: Change, channels: int, result: Result, kernels: Mapping[str, Tensor]
) -> bool:
    """Whether the page can show the changed chain, and the whole of it would run."""
    try:
        changed = _changed(state, place, change, channels)
    except PlaygroundError:
        return False
    return edited.would_run(changed, result, kernels=kernels)


def _apply(place: int, change: Change, channels: int) -> None:
    session.put(_changed(session.now(), place, change, channels))
