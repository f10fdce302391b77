"""Who waits for whom?  A core that somebody keeps busy is missed by somebody else.

torch's threads wait for each other asleep.  Told nothing, they turn in circles until the last one arrives.  On a
server of few cores that one may be waiting for the very core which the others keep, with a browser or a second
visitor beside it: a short-time transform of 6 ms took 60 ms.  The engine's own loops, which take a core for half a
second, the first time on a machine for five, are fetched when the first page stands.  And while torch is imported
nobody is served: a browser that asks for what it draws the controls with gets it a second later.  Nor does a browser
show a new visitor's controls while more of the page comes: pictures close behind them hold them up.
"""

from __future__ import annotations

import os
import sys
import time

import streamlit as st

LOOPS_AFTER = 5
"""Seconds behind the first result."""
DRAWN = 0.3
"""Seconds in which a browser asks for what it draws a page's controls with, and has drawn them, mostly."""


def asleep() -> None:
    """Before torch and the engine are imported, which read this once; what somebody has set stays.

    >>> asleep()
    >>> os.environ["OMP_WAIT_POLICY"].lower() in ("passive", "active"), float(os.environ["PLAYGROUND_LOOPS_AFTER"]) >= 0
    (True, True)
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("PLAYGROUND_LOOPS_AFTER", str(LOOPS_AFTER))


def until_drawn(*, newcomer: bool = False) -> None:
    """Behind the controls, before anything is computed: the browser draws them first, where torch is still to come,
    or where they are the first that a ``newcomer`` sees.
    """
    end = time.monotonic() + DRAWN
    while time.monotonic() < end and (newcomer or "torch" not in sys.modules):
        time.sleep(DRAWN / 8)
        st.session_state.get("page")  # reading the state is where Streamlit lets a click end this run
