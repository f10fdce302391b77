"""A changed control is seen in the pictures first, and in the rest of the page after them.

A page has some eighty elements, and a browser takes longer to draw them than an engine to compute.  So the stage of
a page is a fragment: a control asks for it alone, and it asks for the whole page when the browser has drawn it.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st

from playground.ui import garbage, guard, session, told
from playground.ui.first import FIRST

BREATH = 0.1
"""Seconds in which a browser has drawn it; what comes sooner is drawn with it, and takes as long as the page."""


def begin() -> bool:
    """A run of the whole page: its stage is not drawn yet.  Says whether something was done by hand."""
    by_hand = told.settle() or session.get("by_hand", False)
    session.drop("stage", "soon", "by_hand")
    return by_hand


def arriving() -> bool:
    """Whether this page has not been drawn for this visitor yet."""
    return not session.get("visited")


def newcomer() -> bool:
    """Whether this visitor has seen none of the pages with settings, whose controls a browser draws late at first."""
    return not any(st.session_state.get(f"{page}.visited") for page in FIRST)


def first() -> None:
    """Behind stage and controls: on the first visit the browser draws them before more comes.

    It fetches what each kind of element is drawn with, and shows some of them 0.3 seconds after their places.
    """
    if arriving():
        session.keep("visited", True)
        for _ in range(5):
            time.sleep(BREATH)
            session.get("visited")  # reading the state is where Streamlit lets a click end this run


def ask() -> None:
    """In the callback of a control: the stage first, where the page has one."""
    garbage.skip()
    if key := session.get("stage"):
        session.keep("soon", True)
        st.rerun(scope=[key])


def ahead(key: str, draw: Callable[[], None]) -> None:
    """First line of the stage, a fragment of this key: where a control asked for it, ``draw`` it and then the page.

    What cannot be drawn is left to the page, which says why.
    """
    by_hand, alone = told.settle(), session.get("soon", False)
    session.drop("soon")
    session.keep("by_hand", by_hand)
    session.keep("stage", key)
    if alone:
        with guard.ahead():
            draw()
        time.sleep(BREATH)  # the browser draws it
        st.rerun()
