"""How is a whole recipe typed or pasted?  One line, in the form of calls or of a link."""

from __future__ import annotations

import streamlit as st

from playground.errors import PlaygroundError
from playground.recipe.call_form import to_call
from playground.recipe.text import from_text
from playground.ui import guard, session
from playground.ui.state import PageState, recipe_of, state_of
from playground.ui.words import _


def line(state: PageState, *, channels: int) -> None:
    """The recipe of the page as text; what is typed over it is shown, or answered in one sentence."""
    key = f"{state.kind}_recipe_text"
    st.session_state[key] = session.get("recipe_typed") or to_call(recipe_of(state, channels=channels))
    st.text_input(
        _("Recipe: type or paste"), key=key, on_change=_take, args=(key,),
        help=_("Steps in order, such as gaussian(sigma=2) | sobel_x(stride=1/2), or the recipe of a link."),
    )  # fmt: skip
    if error := session.get("recipe_error"):
        guard.complain(error)


def _take(key: str) -> None:
    state, typed = session.now(), st.session_state[key]
    session.drop("recipe_error", "recipe_typed")
    try:
        session.put(state_of(from_text(typed, state.medium_kind), state))
    except PlaygroundError as error:  # what was typed stays, to be mended
        session.keep("recipe_error", error)
        session.keep("recipe_typed", typed)
