"""Which widget for which parameter type?  One each; the state holds the value, the widget shows it.

Every widget is told its value from the page's state before it is drawn and gives it back in its
callback, so that a link, the Back button, Reset and a click all end in the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar

import streamlit as st

from playground.ops.registry import Choice, Flag, Integer, Option, Pair, Real
from playground.ui import session
from playground.ui.labels import CHOICE_WORDS, PARAMETER_WORDS
from playground.ui.state import PageState, name_of
from playground.ui.words import _

Change = Callable[[PageState, object], PageState]


_alone: ContextVar[tuple[str, ...]] = ContextVar("alone", default=())


@contextmanager
def alone(*fragments: str) -> Iterator[None]:
    """The widgets drawn inside change these fragments of the page and nothing else of it."""
    token = _alone.set(fragments)
    try:
        yield
    finally:
        _alone.reset(token)


def bind(name: str, value: object, change: Change) -> dict:
    """The key and callback of a widget whose value is ``value`` and whose change is ``change``."""
    key = f"{session.page()}_{name}"
    st.session_state[key] = value
    return {"key": key, "on_change": _give_back, "args": (key, change, _alone.get())}


def _give_back(key: str, change: Change, fragments: tuple[str, ...]) -> None:
    session.put(change(session.now(), st.session_state.get(key)))
    if fragments and not session.get("control_error"):
        st.rerun(scope=list(fragments))


def choice(
    label: str,
    options: Sequence,
    name: str,
    *,
    now: object,
    words: Callable[[object], str],
    change: Change,
    help: str | None = None,
) -> None:
    """One of a list, with its words; the term stands beside the plain word in them."""
    st.selectbox(label, options, format_func=words, help=help, **bind(name, now, change))


def parameter(name: str, option: Option, state: PageState, following: dict[str, object]) -> None:
    """The widget of one kernel parameter, by its type."""

    def change(state: PageState, value: object) -> PageState:
        return state.with_parameter(name, value)

    key = f"{name_of(state.kernel)}_{name}"
    setting(_(PARAMETER_WORDS.get(name, name)), key, option, state.parameter(name), change, following.get(name))


def setting(
    label: str, key: str, option: Option, value: object, change: Change, following: object = None, *,
    help: str | None = None,
) -> None:  # fmt: skip
    """The widget of one value, by its type; ``following`` is what is used where none is given."""
    follows = None if not option.optional else _("{value:g} (follows)", value=following) if following is not None else ""
    match option.type:
        case Integer() as kind:
            st.number_input(
                label, min_value=kind.low, max_value=kind.high, step=kind.step, placeholder=follows, help=help,
                value=None if option.optional else "min", **bind(key, value, change),
            )  # fmt: skip
        case Real() as kind if not option.optional and (kind.high - kind.low) / kind.step <= 400:
            st.slider(
                _unit(label, kind.unit), float(kind.low), float(kind.high), step=float(kind.step), help=help,
                **bind(key, float(value), change),
            )  # fmt: skip
        case Real() as kind:
            st.number_input(
                _unit(label, kind.unit), min_value=float(kind.low), max_value=float(kind.high), step=float(kind.step),
                value=None if option.optional else "min", placeholder=follows, help=help, **bind(key, value, change),
            )  # fmt: skip
        case Pair(item=Integer() as kind):
            first, second = value if isinstance(value, tuple) else (value, value)
            columns = st.columns(2, wrap=False)
            for column, axis, word, part in zip(
                columns, (0, 1), (_("Height"), _("Width")), (first, second), strict=True
            ):
                with column:
                    _one_of_pair(word, axis, kind, key, part, value, change)
        case Choice() as kind:
            choice(label, kind.options, key, now=value, words=lambda word: _(CHOICE_WORDS.get(word, word)), change=change,
                   help=help)  # fmt: skip
        case Flag():
            st.toggle(label, help=help, **bind(key, value, change))


def _one_of_pair(word: str, axis: int, kind: Integer, key: str, part: int, whole: object, change: Change) -> None:
    def one(state: PageState, value: object) -> PageState:
        pair = list(whole) if isinstance(whole, tuple) else [whole, whole]
        pair[axis] = value
        return change(state, pair[0] if pair[0] == pair[1] else tuple(pair))

    st.number_input(word, min_value=kind.low, max_value=kind.high, step=1, **bind(f"{key}_{axis}", part, one))


def _unit(label: str, unit: str) -> str:
    if unit == "pixels" and session.page() == "audio":
        unit = "samples"
    return f"{label} ({_(unit)})" if unit else label
