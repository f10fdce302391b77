"""How is a whole recipe typed or pasted?  One line, in the form of calls or of a link."""

from __future__ import annotations

import streamlit as st

from playground.errors import N_, PlaygroundError, RecipeError
from playground.recipe.call_form import to_call
from playground.recipe.json_file import from_json
from playground.recipe.text import from_text
from playground.ui import guard, session, told
from playground.ui.state import PageState, recipe_of, state_of
from playground.ui.words import _

MEDIA = {"image": N_("pictures"), "audio": N_("sounds")}


def line(state: PageState, *, channels: int) -> None:
    """The recipe of the page as text; what is typed over it is shown, or answered in one sentence."""
    key = f"{state.kind}_recipe_text"
    told.tell(key, session.get("recipe_typed") or to_call(recipe_of(state, channels=channels)))
    st.text_input(
        _("Recipe: type or paste"), key=key, on_change=told.take, args=(key, _take),
        help=_("Steps in order, such as gaussian(sigma=2) | sobel_x(stride=1/2), or the recipe of a link."),
    )  # fmt: skip
    file = st.file_uploader(
        _("Or a recipe as a file (JSON)"), type="json", key=f"{state.kind}_recipe_file", max_upload_size=1,
        help=_("As saved under Save and share."),
    )  # fmt: skip
    _take_file(file)
    if error := session.get("recipe_error"):
        guard.complain(error)


def _take_file(file: object) -> None:
    """The recipe of a file that has just arrived; one that cannot be read leaves the page as it is."""
    if file is None or session.get("recipe_file") == file.file_id:
        return
    session.keep("recipe_file", file.file_id)
    session.drop("recipe_error", "recipe_typed")
    state = session.now()
    try:
        recipe, kind = from_json(file.getvalue())
        if kind != state.medium_kind:
            raise RecipeError(N_("this recipe is for {given}; this page shows {here}"), given=MEDIA[kind], here=MEDIA[state.medium_kind])
        session.put(state_of(recipe, state))
    except PlaygroundError as error:
        session.keep("recipe_error", error)
    st.rerun()


def _take(typed: str) -> None:
    state = session.now()
    session.drop("recipe_error", "recipe_typed")
    try:
        session.put(state_of(from_text(typed, state.medium_kind), state))
    except PlaygroundError as error:  # what was typed stays, to be mended
        session.keep("recipe_error", error)
        session.keep("recipe_typed", typed)
