"""Which widget for which parameter type?  One each; the state holds the value, the widget shows it.

Every widget is told its value from the page's state before it is drawn and gives it back in its
callback, so that a link, the Back button, Reset and a click all end in the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from playground.ops.registry import Choice, Flag, Integer, Option, Pair, Real
from playground.ui import session
from playground.ui.labels import CHOICE_WORDS, PARAMETER_WORDS
from playground.ui.state import PageState, name_of
from playground.ui.words import _

Change = Callable[[PageState, object], PageState]


def bind(name: str, value: object, change: Change) -> dict:
    """The key and callback of a widget whose value is ``value`` and whose change is ``change``."""
    key = f"{session.page()}_{name}"
    st.session_state[key] = value
    return {"key": key, "on_change": _give_back, "args": (key, change)}


def _give_back(key: str, change: Change) -> None:
    session.put(change(session.now(), st.session_state.get(key)))


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
    label = _(PARAMETER_WORDS.get(name, name))
    value = state.parameter(name)
    key = f"{name_of(state.kernel)}_{name}"

    def change(state: PageState, value: object) -> PageState:
        return state.with_parameter(name, value)

    match option.type:
        case Integer() as kind:
            st.number_input(
                label, min_value=kind.low, max_value=kind.high, step=kind.step,
                value=None if option.optional else "min",
                placeholder=_("{value} (follows)", value=following.get(name)) if option.optional else None,
                **bind(key, value, change),
            )  # fmt: skip
        case Real() as kind if not option.optional and (kind.high - kind.low) / kind.step <= 400:
            st.slider(
                _unit(label, kind.unit), float(kind.low), float(kind.high), step=float(kind.step),
                **bind(key, float(value), change),
            )  # fmt: skip
        case Real() as kind:
            st.number_input(
                _unit(label, kind.unit), min_value=float(kind.low), max_value=float(kind.high), step=float(kind.step),
                value=None if option.optional else "min",
                placeholder=_("{value:g} (follows)", value=following[name]) if option.optional else None,
                **bind(key, value, change),
            )  # fmt: skip
        case Pair(item=Integer() as kind):
            first, second = value if isinstance(value, tuple) else (value, value)
            columns = st.columns(2, wrap=False)
            for column, axis, word, part in zip(
                columns, (0, 1), (_("Height"), _("Width")), (first, second), strict=True
            ):
                with column:
                    _one_of_pair(word, axis, kind, name, key, part)
        case Choice() as kind:
            choice(
                label,
                kind.options,
                key,
                now=value,
                words=lambda word: _(CHOICE_WORDS.get(word, word)),
                change=change,
            )
        case Flag():
            st.toggle(label, **bind(key, value, change))


def _one_of_pair(word: str, axis: int, kind: Integer, name: str, key: str, value: int) -> None:
    def change(state: PageState, value: object) -> PageState:
        whole = state.parameter(name)
        pair = list(whole) if isinstance(whole, tuple) else [whole, whole]
        pair[axis] = value
        return state.with_parameter(name, pair[0] if pair[0] == pair[1] else tuple(pair))

    st.number_input(
        word, min_value=kind.low, max_value=kind.high, step=1, **bind(f"{key}_{axis}", value, change)
    )


def _unit(label: str, unit: str) -> str:
    if unit == "pixels" and session.page() == "audio":
        unit = "samples"
    return f"{label} ({_(unit)})" if unit else label
