"""Where does a page's state stand?  In the address bar: read when it changed, written once per run.

No widget writes the address by itself.  When it differs from what was written last (a link was
opened, Back or Forward pressed), the address wins; when the visitor comes from another page without
parameters, the page is as it was left.  Only what differs from the first sight is written.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from playground.errors import N_, PlaygroundError, RecipeError
from playground.media.samples import PICTURES, SOUNDS
from playground.media.types import Audio, Image
from playground.ops.registry import shown
from playground.recipe.text import from_text, to_text
from playground.ui.state import FIRST, PLAYS, PageState, recipe_of, state_of
from playground.view.pixels import SIGNED_MODES

OWN = "own"
"""The source that stands for the visitor's own file, which is in no link."""
SAMPLES = {"image": PICTURES, "audio": SOUNDS}


def arrive(page: str) -> tuple[PageState, PlaygroundError | None]:
    """The state to draw, and what was wrong with the address; a bad address changes nothing."""
    params = st.query_params.to_dict()
    seen = st.session_state.get(f"{page}.address")
    elsewhere = st.session_state.get("page") != page
    st.session_state["page"] = page
    state = st.session_state.get(f"{page}.state", FIRST[page])
    error = None
    if seen is None or params != seen and not (elsewhere and not params):
        try:
            state = parse(params, page)
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
    first = FIRST[state.kind]
    recipe = recipe_of(state, channels=channels)
    params = {}
    if state.source != first.source:
        params["source"] = state.source
    if recipe != recipe_of(first):
        params["recipe"] = to_text(recipe)
    if state.signed != first.signed:
        params["signed"] = state.signed.replace("_", "-")
    if state.same_size != first.same_size:
        params["size"] = "true"
    if state.play != first.play:
        params["play"] = state.play.replace("_", "-")
    return params


def parse(params: dict[str, str], kind: str = "image") -> PageState:
    """Read an address of the page for ``kind``, or say in one sentence what is wrong with it.

    >>> parse({"source": "bricks"}).source
    'bricks'
    """
    base = FIRST[kind]
    source = params.get("source", base.source)
    if source != OWN:
        _one_of("source", source, SAMPLES[kind])
    base = replace(base, source=source)
    if kind == "image":
        signed = _one_of("signed", params.get("signed", base.signed), ("automatic", *SIGNED_MODES))
        base = replace(base, signed=signed, same_size=params.get("size") != "true")
    else:
        base = replace(base, play=_one_of("play", params.get("play", base.play), PLAYS))
    text = params.get("recipe", "")
    return state_of(from_text(text, kind), base) if text else base


def _one_of(name: str, given: str, choices: Iterable[str]) -> str:
    """The value behind a word of the address, where ``-`` stands for ``_``."""
    words = {choice.replace("_", "-"): choice for choice in choices}
    word = given.replace("_", "-")
    if word not in words:
        raise RecipeError(N_("{name}={given} is not known; choose one of: {choices}"),
                          name=name, given=shown(given), choices=", ".join(words))  # fmt: skip
    return words[word]


def key(medium: Image | Audio, state: PageState, channels: int) -> str:
    """A name for the values that a state makes of a medium, for the caches."""
    return f"{medium.digest} {medium.name} {to_text(recipe_of(state, channels=channels))}"
