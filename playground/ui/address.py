"""Where does a page's state stand?  In the address bar: read when it changed, written once per run.

No widget writes the address by itself.  When it differs from what was written last (a link was
opened, Back or Forward pressed), the address wins; when the visitor comes from another page without
parameters, the page is as it was left.  Only what differs from the first sight is written.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import streamlit as st

from playground.errors import N_, PlaygroundError, RecipeError
from playground.media.samples import PICTURES, SOUNDS
from playground.media.types import Audio, Image
from playground.ops import OPS
from playground.ops.parameters import Integer, shown
from playground.recipe.check import check
from playground.recipe.model import Recipe
from playground.recipe.text import from_text, to_text
from playground.ui import made, presets, soon
from playground.ui.first import FIRST
from playground.ui.spectrogram_state import (
    AXES,
    MAPS,
    OWN_PICTURE,
    PICTURE,
    RANGE_LIMITS,
    SHOWS,
    SpectrogramState,
)
from playground.ui.state import PLAYS, Off, PageState, recipe_of, step_of
from playground.view.pixels import SIGNED_MODES

OWN = "own"
"""The source that stands for the visitor's own file, which is in no link."""
SAMPLES = {
    "image": PICTURES,
    "audio": SOUNDS,
    "spectrogram": SOUNDS | {PICTURE + name: sample for name, sample in PICTURES.items()},
}
"""What each page can be set to that is always there."""


def arrive(page: str) -> tuple[PageState, PlaygroundError | None]:
    """The state to draw, and what was wrong with the address; a bad address changes nothing."""
    params = st.query_params.to_dict()
    seen = st.session_state.get(f"{page}.address")
    elsewhere = st.session_state.get("page") != page
    st.session_state["page"] = page
    by_hand = soon.begin() and not elsewhere and seen is not None
    state = st.session_state.get(f"{page}.state", FIRST[page])
    error = None
    # What was done by hand on this page brings no other address: at most one that the page has left behind.
    if not by_hand and (seen is None or params != seen and not (elsewhere and not params)):
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
    chain, params = state.chain(channels), {}
    recipe = check(Recipe(tuple(map(step_of, chain))), state.medium_kind)
    off = [str(place) for place, step in enumerate(chain, start=1) if isinstance(step, Off)]
    if state.source != first.source:
        params["source"] = state.source
        if state.made:
            params["made"] = state.made
    if recipe != recipe_of(first.with_source(state.source)) or off:
        params["recipe"] = to_text(recipe)
    if off:
        params["off"] = "_".join(off)
    if state.back:
        params["edit"] = str(state.before_arranged(channels) + state.end(channels))
    if isinstance(state, SpectrogramState):
        return params | _display_to_params(state)
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
    if source not in (OWN, OWN_PICTURE) or source == OWN_PICTURE and kind != "spectrogram":
        source = _one_of("source", source, SAMPLES[kind])
    base = base.with_source(source)
    if params.get("made") and source in (OWN, OWN_PICTURE):
        base = replace(base, made=made.checked(params["made"]))
    if kind == "image":
        signed = _one_of("signed", params.get("signed", base.signed), ("automatic", *SIGNED_MODES))
        base = replace(base, signed=signed, same_size=params.get("size") != "true")
    elif isinstance(base, SpectrogramState):
        base = _display_of(params, base)
    else:
        base = replace(base, play=_one_of("play", params.get("play", base.play), PLAYS))
    text = params.get("recipe", "")
    if not text:
        return base
    steps = from_text(text, base.medium_kind).steps
    off = set(_places("off", params.get("off", ""), len(steps)))
    chain = tuple(Off(step) if place in off else step for place, step in enumerate(steps, start=1))
    edit = _places("edit", params.get("edit", ""), len(steps))
    state = base.read_chain(chain, edit[-1] if edit else None)
    recipe_of(state)  # also without what is switched off it must be one
    return state


def _places(name: str, given: str, count: int) -> list[int]:
    """Places of steps, from 1, joined by ``_``."""
    if not given:
        return []
    parts = given[:200].split("_")
    found = [int(part) for part in parts if part.isascii() and part.isdigit()]
    if len(found) != len(parts) or not all(1 <= place <= count for place in found):
        raise RecipeError(N_("{name}={given} is not understood; write places of steps, from 1 to {count}, joined by _"),
                          name=name, given=shown(given), count=count)  # fmt: skip
    return found


def _display_to_params(state: SpectrogramState) -> dict[str, str]:
    """What the address says of the display of a spectrogram."""
    first, params = FIRST["spectrogram"], {}
    if state.axis != first.axis:
        params["axis"] = state.axis
    if state.colours != first.colours:
        params["map"] = state.colours
    if state.range is not None:
        params["range"] = "_".join(f"{end:g}" for end in state.range)
    if state.bands != first.bands:
        params["mel"] = "_".join(f"{value:g}" for value in state.bands if value is not None)
    if state.shows != first.shows:
        params["show"] = state.shows
    if state.free and presets.of(replace(state, free=False)) != "any":
        params["kernel"] = "any"
    return params


def _display_of(params: dict[str, str], base: SpectrogramState) -> SpectrogramState:
    axis = _one_of("axis", params.get("axis", base.axis), AXES)
    colours = _one_of("map", params.get("map", base.colours), MAPS)
    shows = _one_of("show", params.get("show", base.shows), SHOWS)
    span = base.range
    if "range" in params:
        ends = _numbers("range", params["range"], (-90, -20), (2, 2))
        span = tuple(Integer(*RANGE_LIMITS).check(round(end), "range", name) for end, name in zip(ends, ("low", "high"), strict=True))
        if span[0] >= span[1]:
            raise RecipeError(N_("range={given} is empty; the first number is below the second, such as -90_-20"),
                              given=shown(params["range"]))  # fmt: skip
    bands = _numbers("mel", params.get("mel"), base.bands, (2, 3))
    options = OPS["mel"].options
    n_mels = options["n_mels"].check(round(bands[0]), "mel", "n_mels")
    fmin = options["fmin"].check(bands[1], "mel", "fmin")
    fmax = options["fmax"].check(bands[2] if len(bands) == 3 else None, "mel", "fmax")
    free = _one_of("kernel", params.get("kernel", "preset"), ("preset", "any")) == "any"
    return replace(
        base, axis=axis, colours=colours, shows=shows, range=span, bands=(n_mels, fmin, fmax), free=free
    )


def _numbers(name: str, given: str | None, otherwise: tuple, count: tuple[int, int]) -> tuple:
    """Numbers joined by ``_``, as many as ``count`` says from and to."""
    if given is None:
        return otherwise
    parts = given[:100].split("_")
    try:
        numbers = tuple(float(part) for part in parts)
    except ValueError:
        numbers = ()
    if not count[0] <= len(numbers) <= count[1] or not all(map(math.isfinite, numbers)):
        raise RecipeError(N_("{name}={given} is not understood; write numbers joined by _, such as {example}"),
                          name=name, given=shown(given), example="_".join(f"{n:g}" for n in otherwise if n is not None))  # fmt: skip
    return numbers


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
