"""How does one type a kernel?  A grid, and beside it the text that takes any size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import streamlit as st

from playground.errors import N_, PlaygroundError, RecipeError
from playground.ops.kernels import format_kernel, parse_kernel
from playground.ui import guard, session, told
from playground.ui.state import PageState
from playground.ui.words import _
from playground.view.lazy import pandas as pd

MOST_EDITED = 15
"""Rows or columns up to which there is a grid."""


Rows = tuple[tuple[float, ...], ...]
Put = Callable[[PageState, Rows], PageState]


def _of_kernel(state: PageState, numbers: Rows) -> PageState:
    return replace(state, kernel=replace(state.kernel, numbers=numbers))


def editor(state: PageState, rows: Rows | None, put: Put = _of_kernel) -> None:
    """The grid, and the text beside it that takes any size; each shows what the other did.

    ``put`` gives the state with other numbers, by default with those in its kernel.
    """
    given = rows
    if rows is None:  # a kernel from a file, which only its digest names
        return
    if rows and isinstance(rows[0], tuple) and isinstance(rows[0][0], tuple):
        st.caption(
            _("This kernel mixes channels; it came with the link and can be changed in its text there.")
        )
        return
    if rows and not isinstance(rows[0], tuple):
        rows = (rows,)
    if max(len(rows), len(rows[0])) <= MOST_EDITED:
        _grid(rows, put)
    wrong = session.get("numbers_error")
    stale = wrong and (
        wrong["beside"] != given or wrong["arrivals"] != session.get("arrivals")
    )
    if stale:  # other numbers have come since, or another address
        wrong = None
        session.keep("numbers_error", None)
    key = f"{state.kind}_numbers_text"
    told.tell(key, wrong["typed"] if wrong else format_kernel(rows))
    st.text_area(
        _("Numbers: type or paste") if state.kind == "audio" else _("Numbers, one row a line: type or paste"),
        key=key,
        height=110,
        on_change=told.take,
        args=(key, partial(_read_numbers, beside=given, put=put)),
        help=_("Separated by spaces, commas or tabs, or as a Python list; any size, up to 4096 numbers."),
    )
    if wrong:
        guard.complain(wrong["error"])


def _grid(rows: Rows, put: Put) -> None:
    # The editor keeps a list of changes to the table it was given, so it keeps that table for as
    # long as only its own changes arrive; numbers from elsewhere begin a new editor, and so does
    # coming back to it, as the list is forgotten where it is not drawn.
    given = session.get("grid")
    page = session.page()
    if given is None or given["now"] != rows or f"{page}_grid_{given['version']}" not in st.session_state:
        given = {"base": rows, "now": rows, "version": (given or {}).get("version", 0) + 1}
        session.keep("grid", given)
    table = pd.DataFrame(np.array(given["base"]), columns=[str(i) for i in range(len(rows[0]))])
    config = {name: st.column_config.NumberColumn(required=True, width="small") for name in table.columns}
    edited = st.data_editor(
        table, hide_index=True, column_config=config, key=f"{page}_grid_{given['version']}",
        alt=_("Kernel numbers as a grid; the text below holds the same"),
    )  # fmt: skip
    values = tuple(
        tuple(0.0 if value is None or not np.isfinite(value) else float(value) for value in row)
        for row in edited.to_numpy()
    )
    if values != rows:
        given["now"] = values
        _use(values, put)
        st.rerun()


def _read_numbers(text: str, beside: tuple, put: Put) -> None:
    try:
        rows = parse_kernel(text)
        if session.page() == "audio" and min(len(rows), len(rows[0])) > 1:
            raise RecipeError(
                N_("a sound's kernel is one row of numbers; this has {rows} rows and {columns} columns"),
                rows=len(rows), columns=len(rows[0]),
            )  # fmt: skip
    except PlaygroundError as error:
        session.keep(
            "numbers_error",
            {"error": error, "typed": text[:10_000], "beside": beside, "arrivals": session.get("arrivals")},
        )
        return
    session.keep("numbers_error", None)
    _use(rows, put)


def _use(rows: Rows, put: Put) -> None:
    """Make these numbers the kernel; on a sound a row, or a column, is a list."""
    numbers = tuple(n for row in rows for n in row) if session.page() == "audio" else rows
    session.put(put(session.now(), numbers))
