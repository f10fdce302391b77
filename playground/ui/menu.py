"""Which pages are there, and in which order?  One list, for the menu and for the deep links."""

from __future__ import annotations

from contextvars import ContextVar

import streamlit as st

from playground.ui import garbage, waiting
from playground.ui.words import _

_from_app: ContextVar[bool] = ContextVar("from_app", default=False)


def pages() -> dict[str, list]:
    """The menu of this visitor, in the visitor's language."""
    return {
        "": [
            st.Page("pages/home.py", title=_("Home"), icon=":material/home:", default=True),
            st.Page("pages/image.py", title=_("Picture"), icon=":material/image:", url_path="image"),
            st.Page("pages/audio.py", title=_("Sound"), icon=":material/graphic_eq:", url_path="audio"),
            st.Page(
                "pages/spectrogram.py", title=_("Spectrogram"), icon=":material/gradient:", url_path="spectrogram"
            ),
        ]
    }


def run() -> None:
    """Draw the menu and run the page: all that app.py does."""
    waiting.asleep()
    garbage.skip()
    token = _from_app.set(True)
    try:
        # Every run draws the same frame; page titles come from the pages themselves.
        st.set_page_config(layout="wide", initial_sidebar_state="collapsed")
        st.navigation(pages(), position="top").run()
        garbage.aside()
    finally:
        _from_app.reset(token)


def ensure() -> None:
    """First line of every page file: come back through app.py when a deep link went around it.

    Because a folder ``pages/`` exists, the first request to a fresh server runs the page's file by
    Streamlit's old discovery, without menu and layout.  Calling ``st.navigation`` switches that off,
    and the rerun then goes the usual way.
    """
    if not _from_app.get():
        st.navigation(pages(), position="hidden")
        garbage.skip()
        st.rerun()
