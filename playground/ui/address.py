"""Where does a page's state stand?  In the address bar: read when it changed, written once per run.

No widget writes the address by itself.  When it differs from what was written last (a link was
opened, Back or Forward pressed), the address wins; when the visitor comes from another page without
parameters, the page is as it was left.  Only what differs from the first sight is written.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from playground.errors import N_, PlaygroundError, RecipeError
from playground.media.samples import PICTURES
from playground.media.types import Image
from playground.ops.registry import shown
from playground.recipe.text import from_text, to_text
from playground.ui.state import PageState, recipe_of, state_of
from playground.view.pixels import SIGNED_MODES

OWN = "own"
"""The source that stands for the visitor's own picture, which is in no link."""


def arrive(page: str) -> tuple[PageState, PlaygroundError | None]:
    """The state to draw, and what was wrong with the address; a bad address changes nothing."""
    params = st.query_params.to_dict()
    seen = st.session_state.get(f"{page}.address")
    elsewhere = st.session_state.get("page") != page
    st.session_state["page"] = page
    state = st.session_state.get(f"{page}.state", PageState())
    error = None
    if seen is None or params != seen and not (elsewhere and not params):
        try:
            state = parse(params)
        except PlaygroundError as wrong:
            error = wrong
        if seen is not None:  # a link within the page brings its parameters but not the address bar
            st.query_params.from_dict(params)
        st.session_state[f"{page}.written"] = state
        st.session_state[f"{page}.address"] = params
        st.session_state[f"{page}.error"] = error
        st.session_state[f"{page}.arrivals"] = st.session_state.get(f"{page}.arrivals", 0) + 1
    if state != st.session_state.get(f"{page}.written"):  # a control was used since: the complaint is over
        st.session_state[f"{page}.error"] = None
    st.session_state[f"{page}.state"] = state
    return state, st.session_state.get(f"{page}.error")


def leave(page: str, state: PageState, *, channels: int) -> dict[str, str]:
    """Write the address when the state has changed since; return what a link to the state says."""
    params = to_params(state, channels=channels)
    if state != st.session_state.get(f"{page}.written") or st.query_params.to_dict() != st.session_state.get(
        f"{page}.address"
    ):
        if params != st.query_params.to_dict():
            st.query_params.from_dict(params)
        st.session_state[f"{page}.written"] = state
        st.session_state[f"{page}.address"] = params
        st.session_state[f"{page}.error"] = None
    return params


def to_params(state: PageState, *, channels: int = 3) -> dict[str, str]:
    """What the address says of a state: nothing at first sight.

    >>> to_params(PageState(source="bricks"))
    {'source': 'bricks'}
    """
    recipe, first = recipe_of(state, channels=channels), recipe_of(PageState())
    params = {}
    if state.source != PageState.source:
        params["source"] = state.source
    if recipe != first:
        params["recipe"] = to_text(recipe)
    if state.signed != PageState.signed:
        params["signed"] = state.signed.replace("_", "-")
    if state.same_size != PageState.same_size:
        params["size"] = "true"
    return params


def parse(params: dict[str, str]) -> PageState:
    """Read an address, or say in one sentence what is wrong with it.

    >>> parse({"source": "bricks"}).source
    'bricks'
    """
    base = PageState()
    source = params.get("source", base.source)
    if source != OWN and source not in PICTURES:
        raise RecipeError(N_("source={given} is not known; choose one of: {choices}"),
                          given=shown(source), choices=", ".join(PICTURES))  # fmt: skip
    signed = params.get("signed", base.signed).replace("-", "_")
    if signed != "automatic" and signed not in SIGNED_MODES:
        raise RecipeError(N_("signed={given} is not known; choose one of: {choices}"), given=shown(signed),
                          choices=", ".join(mode.replace("_", "-") for mode in SIGNED_MODES))  # fmt: skip
    base = replace(base, source=source, signed=signed, same_size=params.get("size") != "true")
    text = params.get("recipe", "")
    return state_of(from_text(text, "image"), base) if text else base


def key(medium: Image, state: PageState, channels: int) -> str:
    """A name for the values that a state makes of a picture, for the caches."""
    return f"{medium.digest} {medium.name} {to_text(recipe_of(state, channels=channels))}"
