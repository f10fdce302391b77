"""Which one convolution does what several in a row do?  Its numbers, what was measured, and one click."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from playground import engine
from playground.errors import PlaygroundError
from playground.media.types import Audio, Image
from playground.ops import KernelRef
from playground.ops.registry import MAX_KERNEL_NUMBERS
from playground.recipe.model import Recipe, Step
from playground.recipe.text import MAX_LENGTH, to_text
from playground.result import Record, Result
from playground.ui import frame, guard, session, told
from playground.ui.chain import words_of_step
from playground.ui.one_kernel import Comparison, compare
from playground.ui.show import MOST_IN_TABLE
from playground.ui.state import PageState, recipe_of
from playground.ui.words import _, say
from playground.view.tables import MOST_CELLS, kernel_table, number

if TYPE_CHECKING:
    from torch import Tensor

MOST_TAPS = 2**20
"""Of the one kernel: a larger one is not made."""
DIGITS = 9
"""Significant digits of its numbers in a recipe: more than float32 keeps."""
SAME = 1e-5
"""Of the largest possible value: differences up to it are rounding."""


def panel(
    state: PageState, medium: Image | Audio, result: Result | None, *, kernels: Mapping[str, Tensor] = {}
) -> None:
    """The one kernel, the comparison and the button, folded away; nothing where there are not several."""
    if result is None or (found := row_of(state, result, channels=medium.values.shape[0])) is None:
        return
    first, end = found
    key = f"{session.page()}_equivalent_open"
    st.session_state[key] = session.get("equivalent_open", False)
    opened = st.expander(
        _("{count} convolutions in a row are one", count=end - first), key=key, icon=":material/join_inner:",
        on_change=_keep_open, args=(key,),
    )  # fmt: skip
    if opened.open:
        with opened:
            _body(state, medium, result, first, end, kernels)


def row_of(state: PageState, result: Result, *, channels: int) -> tuple[int, int] | None:
    """From where to where steps slide a kernel at stride 1 with nothing between, also nothing off.

    Of several such rows the one with the edited step, else the first; None where there is none of two or more.
    """
    places = [i for i, step in enumerate(state.chain(channels)) if isinstance(step, Step)]
    if len(places) != len(result.records):
        return None
    found: list[tuple[int, int]] = []
    start = None
    for i, record in enumerate(result.records):
        slides = record.kernel is not None and all(axis.up == axis.down == 1 for axis in record.axes)
        joined = start is not None and places[i] == places[i - 1] + 1 and record.kind == result.records[i - 1].kind
        if slides and not joined:
            start = i
        elif not slides:
            start = None
        if slides and start < i:
            found = [row for row in found if row[0] != start] + [(start, i + 1)]
    focus = state.focus(channels)
    return next((row for row in found if row[0] <= focus < row[1]), found[0] if found else None)


# --- what is shown -------------------------------------------------------------------------------


def _body(
    state: PageState, medium: Image | Audio, result: Result, first: int, end: int, kernels: Mapping[str, Tensor]
) -> None:
    records = result.records[first:end]
    sizes = [_size(record.kernel.shape[-len(record.axes) :]) for record in records]
    taps = math.prod(1 + sum(record.axes[i].span - 1 for record in records) for i in range(len(records[0].axes)))
    frame.note(_about(records, sizes, first))
    if taps > MOST_TAPS:
        frame.note(_("It would have {taps} taps: too many to work out here.", taps=f"{taps:,}"))
        return
    name = f"{medium.digest} {medium.name} {to_text(Recipe(result.recipe.steps[:end]))} {first}"
    with st.spinner(_("Both are computing…")):
        found = _compared(medium, name, records, result.recipe.steps[:first], kernels)
    if found is None:
        frame.note(_("Computing it for comparison takes more than this machine allows."))
        return
    _kernel(found.kernel, records[0].kind)
    frame.note(_said(found, records[0]))
    _offer(state, medium.values.shape[0], first, end, found, records)


def _about(records: Sequence[Record], sizes: Sequence[str], first: int) -> str:
    one = _size(tuple(1 + sum(r.axes[i].span - 1 for r in records) for i in range(len(records[0].axes))))
    words = ", ".join(words_of_step(record.step, record.kind) for record in records)
    numbers = sum(record.kernel[(0,) * (record.kernel.ndim - len(record.axes))].numel() for record in records)
    return _("Steps {first} to {last} ({words}) together read {one} values, with {numbers} numbers; one kernel of {one} does"
             " it in one pass.", first=first + 1, last=first + len(records), words=words, one=one, numbers=numbers)  # fmt: skip


def _kernel(kernel: Tensor, kind: str) -> None:
    """The one kernel as a table, where it is small enough to be seen as one."""
    rows = kernel[None] if kernel.ndim == 1 else kernel
    if max(rows.shape[-2:]) > (MOST_IN_TABLE if kind == "audio" else MOST_CELLS) or kernel.ndim == 3:
        return
    shown = rows.flip(-2) if kind == "spectrogram" else rows  # as it lies on it: frequencies grow upwards
    label = _("The one kernel, {size}", size=_size(kernel.shape[-2:] if kernel.ndim > 1 else kernel.shape))
    st.html(kernel_table(shown, theme=frame.theme(), label=label))


def _said(found: Comparison, record: Record) -> str:
    """What was measured, away from the border and at it."""
    values = {"interior": _size(found.interior), "scale": number(found.scale)}
    parts = []
    if found.inside is None:
        parts.append(_("Every result reads values beyond the border."))
    elif found.at_the_border is None:
        parts.append(_("Largest difference {inside}, where values may reach {scale}: no result reads beyond the border.",
                       inside=_rounded(found.inside), **values))  # fmt: skip
    else:
        parts.append(_("Away from the border, in the {interior} results that read nothing beyond it: largest difference"
                       " {inside}, where values may reach {scale}.", inside=_rounded(found.inside), **values))  # fmt: skip
    if found.at_the_border is None:
        return " ".join(parts)
    border = _rounded(found.at_the_border)
    if found.at_the_border <= SAME * found.scale:
        parts.append(_("Nearer to the border it is {border}: the same, too.", border=border))
    else:
        parts.append(_("Nearer to the border it is up to {border}: each step continues its own input beyond the edge, the one"
                       " kernel only the first.", border=border))  # fmt: skip
    return " ".join(parts)


def _rounded(difference: float) -> str:
    return f"{difference:.1e}" if difference else "0"


# --- what takes its place ------------------------------------------------------------------------


def _offer(
    state: PageState, channels: int, first: int, end: int, found: Comparison, records: Sequence[Record]
) -> None:
    """The button, or why there is none."""
    if found.kernel.numel() > MAX_KERNEL_NUMBERS:
        frame.note(_("It has {count} numbers; a recipe holds at most {limit}, so it cannot take their place here.",
                     count=f"{found.kernel.numel():,}", limit=f"{MAX_KERNEL_NUMBERS:,}"))  # fmt: skip
        return
    step = _step(found, records[0])
    try:
        length = len(to_text(recipe_of(_replaced(state, first, end, step, channels), channels=channels)))
    except PlaygroundError as error:  # more padding than one step may have
        frame.note(f"{guard.capital(say(error))}.")
        return
    if length > MAX_LENGTH:
        frame.note(_("With its numbers the recipe would be too long for a link, so it cannot take their place here."))
        return
    if any(engine.is_causal(record.step) for record in records):
        frame.note(_("As numbers it is counted from its middle: the samples are the same, the time axis is not."))
    st.button(_("Use this one kernel"), key=f"{state.kind}_equivalent", icon=":material/join_inner:",
              on_click=_apply, args=(first, end, step, channels))  # fmt: skip


def _step(found: Comparison, record: Record) -> Step:
    """The one kernel as a step, with the border of the first."""
    name = f"conv{len(record.axes)}d"
    border = {name: record.settings[name] for name in ("padding_mode", "fill")}
    return Step.of(name, kernel=KernelRef(numbers=_numbers(found.kernel)), padding=found.padding, **border)


def _numbers(kernel: Tensor) -> tuple:
    return tuple(
        _numbers(part) if part.ndim else float(f"{float(part):.{DIGITS}g}") + 0.0 for part in kernel.unbind()
    )


def _replaced(state: PageState, first: int, end: int, step: Step, channels: int) -> PageState:
    whole = state.chain(channels)
    places = [i for i, each in enumerate(whole) if isinstance(each, Step)]
    start, stop = places[first], places[end - 1] + 1
    return state.read_chain((*whole[:start], step, *whole[stop:]), start + 1)


def _apply(first: int, end: int, step: Step, channels: int) -> None:
    told.pressed()
    session.put(_replaced(session.now(), first, end, step, channels))


def _keep_open(key: str) -> None:
    told.pressed()
    session.keep("equivalent_open", st.session_state[key])


# --- what is computed ----------------------------------------------------------------------------


@st.cache_resource(max_entries=4, scope="session", show_spinner=False)
def _compared(
    _medium: Image | Audio, name: str, _records: tuple[Record, ...], _before: tuple[Step, ...], _kernels: dict
) -> Comparison | None:
    x = engine.run(Recipe(_before), _medium, kernels=_kernels).output
    return compare(x, _records)


def _size(sizes: Sequence[int]) -> str:
    return " × ".join(str(n) for n in sizes)
