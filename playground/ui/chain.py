"""What stands in front of this step, and how does one get back?"""

from __future__ import annotations

import streamlit as st

from playground.ops import KERNELS
from playground.recipe.model import Step
from playground.ui import recipe_text, session
from playground.ui.labels import STEP_WORDS
from playground.ui.state import PageState, undo, use_output
from playground.ui.words import _


def row(state: PageState, *, channels: int) -> None:
    """Use the output as input, undo it, and back to the first sight."""
    if state.front:
        words = " → ".join(words_of_step(step, state.kind) for step in state.front)
        st.caption(_("In front: {steps}", steps=words))
        st.button(_("Undo the last step in front"), key=f"{state.kind}_undo", on_click=lambda: session.put(undo(session.now())),
                  icon=":material/undo:", width="stretch")  # fmt: skip
    with st.expander(_("Recipe as text"), key=f"{state.kind}_recipe"):
        recipe_text.line(state, channels=channels)
    left, right = st.columns(2, wrap=False)
    with left:
        st.button(
            _("Output as input"), key=f"{state.kind}_use_output", icon=":material/input:", width="stretch",
            help=_("The next kernel works on this result; the steps so far are listed and can be undone."),
            on_click=lambda: session.put(use_output(session.now(), channels=channels)),
        )  # fmt: skip
    with right:
        st.button(_("Reset"), key=f"{state.kind}_reset", icon=":material/restart_alt:", width="stretch",
                  help=_("Back to the first sight. Your own file stays in the list."), on_click=session.reset)  # fmt: skip


def words_of_step(step: Step, kind: str) -> str:
    """A step in a line of steps: the words of its kernel or operation."""
    if step.name in KERNELS:
        return _(KERNELS[step.name].words(kind).label)
    return _(STEP_WORDS.get(step.name, step.name))
