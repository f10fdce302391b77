"""Which widget for which parameter type?  One each; the state holds the value, the widget shows it.

Every widget is told its value from the page's state before it is drawn and gives it back in its
callback, so that a link, the Back button, Reset and a click all end in the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from fractions import Fraction

import streamlit as st

from playground.ops.parameters import Choice, Flag, Integer, Padding, Pair, Real, Stride
from playground.ops.registry import Option
from playground.ui import session, soon, told
from playground.ui.labels import CHOICE_WORDS, PADDING_WORDS, PARAMETER_WORDS, stride_text
from playground.ui.state import PageState, name_of
from playground.ui.words import _

Change = Callable[[PageState, object], PageState]
STRIDES = (Fraction(1, 4), Fraction(1, 3), Fraction(1, 2), 1, 2, 3, 4)
"""The strides to choose from; a link may say others."""


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
    told.tell(key, value)
    return {"key": key, "on_change": _give_back, "args": (key, change, _alone.get())}


def _give_back(key: str, change: Change, fragments: tuple[str, ...]) -> None:
    at_once = told.take(key, lambda value: session.put(change(session.now(), value)))
    if not at_once or session.get("control_error"):
        return
    if fragments:
        st.rerun(scope=list(fragments))
    soon.ask()


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
    alone = following is not None and not isinstance(following, tuple)
    follows = None if not option.optional else _("{value:g} (follows)", value=following) if alone else ""
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
        case Pair(item=(Integer() | Stride()) as kind):
            columns = st.columns(2, wrap=False)
            for column, axis, word in zip(columns, (0, 1), (_("Height"), _("Width")), strict=True):
                with column:
                    _one_of_pair(_("{what}, {axis}", what=label, axis=word.lower()), axis, kind, key, value, change,
                                 option.optional, following)  # fmt: skip
        case Stride():
            _stride(label, key, value, change, help)
        case Padding() as kind:
            _padding(label, key, kind, value, change)
        case Choice() as kind:
            what = key.rpartition("_")[2]  # one word may mean two things
            choice(label, kind.options, key, now=value, change=change, help=help,
                   words=lambda word: _(CHOICE_WORDS.get(f"{what} {word}", CHOICE_WORDS.get(word, word))))  # fmt: skip
        case Flag():
            st.toggle(label, help=help, **bind(key, value, change))


def _one_of_pair(
    label: str, axis: int, kind: Integer | Stride, key: str, whole: object, change: Change, optional: bool, following: object
) -> None:
    value, used = (part if isinstance(part, tuple) else (part, part) for part in (whole, following))

    def one(state: PageState, given: object) -> PageState:
        if given is None:  # one that follows frees the other
            return change(state, None)
        pair = [used[i] if value[i] is None else value[i] for i in (0, 1)]
        pair[axis] = given
        return change(state, pair[0] if pair[0] == pair[1] else tuple(pair))

    if isinstance(kind, Stride):
        _stride(label, f"{key}_{axis}", value[axis], one, None)
        return
    st.number_input(
        label, min_value=kind.low, max_value=kind.high, step=kind.step, value=None if optional else "min",
        placeholder=_("{value:g} (follows)", value=used[axis]) if used[axis] is not None else "",
        **bind(f"{key}_{axis}", value[axis], one),
    )  # fmt: skip


def _stride(label: str, key: str, value: object, change: Change, help: str | None) -> None:
    choice(label, STRIDES if value in STRIDES else sorted([*STRIDES, value]), key, now=value, words=stride_text,
           change=change, help=help)  # fmt: skip


def _padding(label: str, key: str, kind: Padding, value: object, change: Change) -> None:
    """A word, or a number for all sides; sides of their own come with a link and stay until another is chosen."""
    now = value if isinstance(value, str) else "sides" if isinstance(value, tuple) else "number"

    def chosen(state: PageState, word: object) -> PageState:
        return state if word == "sides" else change(state, 0 if word == "number" else word)

    words = [*kind.words, "number", *(["sides"] if now == "sides" else [])]
    choice(label, words, key, now=now, words=lambda word: _(PADDING_WORDS[word]), change=chosen)
    if now == "number":
        st.number_input(_("Padding on every side"), 0, kind.high, step=1, **bind(f"{key}_number", value, change))


def _unit(label: str, unit: str) -> str:
    if unit == "pixels" and session.page() == "audio":
        unit = "samples"
    return f"{label} ({_(unit)})" if unit else label
