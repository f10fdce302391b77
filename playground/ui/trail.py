"""What did each step of a chain make?  A row of small pictures under the result, in the order of the steps."""

from __future__ import annotations

import streamlit as st

from playground.result import Record, Result
from playground.ui import frame
from playground.ui.chain import words_of_step
from playground.ui.state import PageState
from playground.ui.words import _
from playground.view import trail
from playground.view.tables import number


def row(state: PageState, result: Result | None) -> None:
    """Picture, size, range and time of every step; nothing where there is only the one that is edited."""
    if result is None or not (state.front or state.back):
        return
    st.subheader(_("Step by step"), anchor=False)
    with st.container(horizontal=True, gap="small"):
        decibels = False
        for place, record in enumerate(result.records, start=1):
            decibels = record.step.name == "decibels" or decibels and record.step.name != "amplitude"
            if record.seen is not None:
                with st.container(width=trail.WIDTH, gap="small"):
                    _glimpse(place, record, decibels=decibels)


def _glimpse(place: int, record: Record, *, decibels: bool) -> None:
    seen, words = record.seen, words_of_step(record.step, record.kind)
    size = " × ".join(str(n) for n in record.output_shape[1:])
    ends = {"low": number(seen.minimum), "high": number(seen.maximum)}
    st.image(
        trail.png(seen, theme=frame.theme(), decibels=decibels), output_format="PNG", width="stretch",
        alt=_("Step {place}, {words}: {size}, values {low} to {high}", place=place, words=words, size=size, **ends),
    )  # fmt: skip
    frame.note(words)
    milliseconds = f"{record.milliseconds:.1f}" if record.milliseconds < 100 else f"{record.milliseconds:,.0f}"
    frame.note(_("{size} · {low} to {high} · {time} ms", size=size, time=milliseconds, **ends))
