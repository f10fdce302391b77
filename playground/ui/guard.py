"""What happens when something cannot be done?  One sentence stands there; the page goes on."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from playground.errors import PlaygroundError
from playground.ui.words import _, say

_LOG = logging.getLogger(__name__)


@contextmanager
def sentence() -> Iterator[None]:
    """Turn an error into one sentence on the page; what the user had set stays as it is.

    An error that is not ours to explain is written to the log with its traceback.
    """
    try:
        yield
    except PlaygroundError as error:
        complain(error)
    except MemoryError:
        st.error(_("There is not enough memory for this; try a smaller input or a larger stride."))
    except Exception:
        _LOG.exception("a page could not be drawn")
        st.error(_("Something went wrong here. Your settings are kept: change one, or reset to the default."))


@contextmanager
def ahead() -> Iterator[None]:
    """Prepare what will be drawn; what cannot be is said when it is drawn."""
    try:
        yield
    except Exception:
        _LOG.debug("not prepared", exc_info=True)


@contextmanager
def quiet() -> Iterator[None]:
    """Leave out what cannot be done beside a sentence that already stands there."""
    try:
        yield
    except PlaygroundError:
        pass


def bad_address(error: PlaygroundError | None) -> None:
    """Say what is wrong with the address; the page shows what it showed before."""
    if error is not None:
        text = _("This address cannot be shown: {reason}.", reason=say(error))
        st.error(unlinked(text), icon=":material/link_off:")


def complain(error: PlaygroundError) -> None:
    """One sentence where something could not be done."""
    st.error(unlinked(capital(say(error))), icon=":material/error:")


def unlinked(text: str) -> str:
    """The text without links: what a link or a file name brought is shown, and leads nowhere.

    >>> unlinked("[win](http://x)")
    '[win] (http:\u2060//x)'
    """
    return text.replace("](", "] (").replace("://", ":\u2060//")


def capital(text: str) -> str:
    """A sentence with its first letter in upper case, unless it begins with the name of a parameter.

    >>> capital("kernel spans 7 samples"), capital("hop_length=9 leaves gaps")
    ('Kernel spans 7 samples', 'hop_length=9 leaves gaps')
    """
    first = text.partition(" ")[0]
    if "_" in first or "=" in first:
        return text
    return text[:1].upper() + text[1:]
