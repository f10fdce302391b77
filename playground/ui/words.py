"""What does a text say in the visitor's language?  gettext's message files, read with Babel.

English needs no file.  Another language is one file, ``playground/locale/<lang>.po``; a text that
it lacks stays English.
"""

from __future__ import annotations

import functools
from pathlib import Path

import streamlit as st

from playground.errors import Notice, PlaygroundError

LOCALE = Path(__file__).parent.parent / "locale"


def _(text: str, /, **values: object) -> str:
    """The text in the visitor's language, with the values filled in.

    >>> _("{height} × {width}", height=300, width=451)
    '300 × 451'
    """
    text = catalogue(language()).get(text, text)
    return text.format(**values) if values else text


def say(message: PlaygroundError | Notice) -> str:
    """An error or a notice as a sentence in the visitor's language.

    >>> say(PlaygroundError("stride is {given}; it must be at least 1", given=0))
    'stride is 0; it must be at least 1'
    """
    text = catalogue(language()).get(message.template, message.template)
    return text.format(**message.values)


def language() -> str:
    """The two letters of the visitor's language, "en" where there is no file for it."""
    wanted = (st.context.locale or "en")[:2].lower()
    return wanted if wanted in available() else "en"


@functools.cache
def available() -> tuple[str, ...]:
    """The languages that there are files for, and English."""
    return ("en", *sorted(path.stem for path in LOCALE.glob("*.po")))


@functools.cache
def catalogue(lang: str) -> dict[str, str]:
    """The messages of one language; empty for English."""
    path = LOCALE / f"{lang}.po"
    if lang not in available() or not path.exists():
        return {}
    from babel.messages.pofile import read_po  # which brings the calendars of the world along

    with path.open("rb") as file:
        return {
            str(message.id): str(message.string) for message in read_po(file) if message.id and message.string
        }
