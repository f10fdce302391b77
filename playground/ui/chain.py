"""Which steps are there, and which one is edited?  A list to choose from, and what can be done with the chosen one."""

from __future__ import annotations

from functools import partial

import streamlit as st

from playground.ops import KERNELS
from playground.recipe.model import Step
from playground.ui import frame, recipe_text, session, steps, told
from playground.ui.labels import STEP_WORDS
from playground.ui.state import Off, PageState, slides, step_of
from playground.ui.widgets import bind
from playground.ui.words import _


def listed(state: PageState, *, channels: int) -> None:
    """The steps where there are several, ahead of what stands behind a click: on a laptop they lie on the first screen."""
    found = steps.rows(state, channels=channels)
    if len(found) > 1:
        _steps(state, found, channels)


def row(state: PageState, *, channels: int) -> None:
    """One more step, back to the first sight, and the recipe as text."""
    left, right = st.columns(2, wrap=False)
    with left:
        st.button(
            _("Add a step"), key=f"{state.kind}_step_add", icon=":material/add:", width="stretch",
            help=_("Another step works on this result. It begins as one that changes nothing."),
            on_click=_do, args=(partial(steps.add, channels=channels),),
        )  # fmt: skip
    with right:
        st.button(_("Reset"), key=f"{state.kind}_reset", icon=":material/restart_alt:", width="stretch",
                  help=_("Back to the first sight. Your own file stays in the list."), on_click=session.reset)  # fmt: skip
    with st.expander(_("Recipe as text"), key=f"{state.kind}_recipe"):
        recipe_text.line(state, channels=channels)


def _steps(state: PageState, listed: list[steps.Row], channels: int) -> None:
    place, last = steps.edited(state, channels=channels), len(listed) - 1
    chain = state.arranged(channels)
    labels = [words_of_row(chain[start:end], state.kind) for start, end in listed]
    st.radio(
        _("Steps, first to last"), range(len(listed)), format_func=lambda i: f"{i + 1}. {labels[i]}",
        help=_("The chosen step is the one that the controls change."),
        **bind("step", place, lambda state, chosen: steps.edit(state, chosen, channels=channels)),
    )  # fmt: skip
    on = _("Switch on") if state.skipped else _("Switch off")
    with st.container(horizontal=True, gap="small"):
        for name, label, icon, change, possible in (
            ("earlier", _("Earlier"), "arrow_upward", partial(steps.move, by=-1), place > 0),
            ("later", _("Later"), "arrow_downward", partial(steps.move, by=1), place < last),
            ("repeat", _("Duplicate"), "content_copy", steps.repeat, True),
            ("off", on, "visibility" if state.skipped else "visibility_off", steps.switch, True),
            ("remove", _("Remove"), "delete", steps.remove, True),
        ):
            st.button(label, key=f"{state.kind}_step_{name}", icon=f":material/{icon}:", disabled=not possible,
                      on_click=_do, args=(partial(change, channels=channels),))  # fmt: skip
    if state.back:
        frame.note(_("The result shown is that of the whole chain; the input is that of the chosen step."))


def _do(change) -> None:
    told.pressed()
    session.put(change(session.now()))


def words_of_row(row: tuple[Step | Off, ...], kind: str) -> str:
    """The steps of a row in a few words: the one that slides a kernel, with what else there is behind it."""
    off = isinstance(row[0], Off)
    parts = [step_of(step) for step in row]
    main = next((step for step in parts if slides(step)), parts[0])
    others = [words_of_step(step, kind).lower() for step in parts if step != main]
    words = words_of_step(main, kind)
    words = _("{step} ({others})", step=words, others=", ".join(others)) if others else words
    return _("{step}, off", step=words) if off else words


def words_of_step(step: Step, kind: str) -> str:
    """A step in a line of steps: the words of its kernel or operation."""
    if step.name in KERNELS:
        return _(KERNELS[step.name].words(kind).label)
    return _(STEP_WORDS.get(step.name, step.name))
