"""When is garbage looked for?  Not between a key and its picture.

Streamlit looks through all objects after every run, and begins the next one when that is done: with torch's 300 000
it takes 0.15 seconds.  What has lived through a run is put aside when the next one is asked for, in no time, and looked
at again once a minute.
"""

from __future__ import annotations

import gc
import time

EVERY = 60.0
"""Seconds between two looks at everything."""

_looked = [-EVERY]


def aside() -> None:
    """At the end of a run."""
    now = time.monotonic()
    if now - _looked[0] >= EVERY:
        _looked[0] = now
        gc.unfreeze()
        gc.collect()
        gc.freeze()


def skip() -> None:
    """Before a run that is none, or asks for another: nobody should wait while Streamlit looks through what there is."""
    gc.freeze()
