"""What was changed by hand, and what is an echo?

A click may come while a page is still being drawn.  The browser then sends the value that a widget had before the
page gave it another, and Streamlit takes that for a change: a kernel that was left would come back.  By hand only
one thing changes at a time, so a value of before is believed only where nothing else has happened.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

LATE = 5.0
"""Seconds after which the browser holds what it was told."""


def tell(key: str, value: object) -> None:
    """Give a widget its value before it is drawn."""
    st.session_state[key] = value
    held = _held()
    now, before = held.get(key, (value, {}))
    if now != value:
        before = _late(before) | {now: time.monotonic()}
    held[key] = value, before


def take(key: str, act: Callable[[object], None]) -> bool:
    """In the callback of a widget: ``act`` on its value, at once or, where it may be an echo, when that is known.

    Says whether it was at once.
    """
    value = st.session_state.get(key)
    now, before = _held().get(key, (None, {}))
    if key in _held() and value == now:  # of a widget that is no longer drawn
        return False
    if value in _late(before):
        st.session_state.setdefault("told.doubtful", []).append((key, value, act))
        return False
    _held()[key] = value, {}
    pressed()
    act(value)
    return True


def pressed() -> None:
    """In the callback of a button: what else has changed is an echo, the address too."""
    st.session_state["told.pressed"] = True


def settle() -> bool:
    """A run begins: all that was done by hand is known.  Says whether anything was."""
    doubtful = st.session_state.pop("told.doubtful", ())
    if st.session_state.pop("told.pressed", False):
        return True
    for key, value, act in doubtful:
        _held()[key] = value, {}
        act(value)
    return bool(doubtful)


def _late(before: dict[object, float]) -> dict[object, float]:
    """The values that the browser may still hold, and when each was replaced."""
    return {value: when for value, when in before.items() if time.monotonic() - when < LATE}


def _held() -> dict[str, tuple[object, dict[object, float]]]:
    """Of every widget the value it was told last, and those before it."""
    return st.session_state.setdefault("told", {})
