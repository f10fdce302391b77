"""Which settings give this size?  The question of "Why this size?" the other way round, folded away."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from playground.errors import N_
from playground.explain.change import shown_value
from playground.explain.step_solver import Fit, fits
from playground.ops import KernelRef
from playground.result import Record, Result
from playground.ui import edited, frame, session, told
from playground.ui.state import PageState
from playground.ui.words import _

if TYPE_CHECKING:
    from torch import Tensor

MOST = 6
"""Settings that are listed."""
MOST_TRIED = 12
LARGEST = 1_000_000_000
"""Samples that can be asked for."""
QUICK = {
    "half": N_("Half the size"),
    "double": N_("Double the size"),
    "keep": N_("Keep the size"),
}
QUICK_OF_SOUND = {
    "half": N_("Half the length"),
    "double": N_("Double the length"),
    "keep": N_("Keep the length"),
}


def panel(
    state: PageState, result: Result, *, channels: int = 3, kernels: Mapping[str, Tensor] = {}
) -> None:
    """The wanted size and the settings that make it; nothing is looked for while it is closed.

    ``channels`` are those of the medium, ``kernels`` the loaded ones by digest.
    """
    place, record = edited.record(state, result, channels=channels)
    if record is None or not record.axes:
        return
    key = f"{session.page()}_solver_open"
    st.session_state[key] = session.get("solver_open", False)
    label = _("Which settings give this size?") if len(record.axes) == 2 else _("Which settings give this length?")
    opened = st.expander(label, key=key, icon=":material/straighten:", on_change=_keep_open, args=(key,))
    if opened.open:
        with opened:
            _body(state, result, place, kernels)


def _body(state: PageState, result: Result, place: int, kernels: Mapping[str, Tensor]) -> None:
    record = result.records[place]
    given = record.input_shape[1:]
    wanted = _wanted(given, record.kind)
    offered = [
        fit for fit in _found(record, edited.key(result, place), wanted, kernels)
        if edited.would_run(_applied(state, fit), result, kernels=kernels)
    ][:MOST]  # fmt: skip
    sizes = {"given": _size(given), "wanted": _size(wanted)}
    if not offered:
        frame.note(_("No setting of this kernel makes {wanted} of {given}: strides go from 1/16 to 16, and padding no"
                     " further than the kernel reaches.", **sizes))  # fmt: skip
        return
    frame.note(_("From {given} to {wanted}, as PyTorch says it:", **sizes))
    for number, fit in enumerate(offered):
        used = _applied(state, fit) == state
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.markdown(f"`{_line(fit)}`", width="stretch")
            st.button(
                _("In use") if used else _("Apply"), key=f"{state.kind}_solver_{number}", disabled=used,
                on_click=_apply, args=(fit,), help=None if used else _("Set the step to this"),
            )  # fmt: skip


# --- what is wanted ------------------------------------------------------------------------------


def _wanted(given: tuple[int, ...], kind: str) -> tuple[int, ...]:
    """The size that the visitor asked for of this input; before that half of it."""
    page, held = session.page(), session.get("solver")
    wanted = held[1] if held is not None and held[0] == given else _quick("half", given)
    quick = QUICK if len(given) == 2 else QUICK_OF_SOUND
    with st.container(horizontal=True, gap="small"):
        for name, words in quick.items():
            st.button(_(words), key=f"{page}_solver_{name}", on_click=_ask, args=(given, _quick(name, given)))
    words = (_("Height wanted"), _("Width wanted")) if len(given) == 2 else (_("Samples wanted"),)
    words = (_("Frequencies wanted"), _("Times wanted")) if kind == "spectrogram" else words
    columns = st.columns(2, wrap=False) if len(given) == 2 else [st.container()]
    for column, word, axis in zip(columns, words, range(len(given)), strict=True):
        key = f"{page}_solver_wanted_{axis}"
        st.session_state[key] = wanted[axis]
        with column:
            st.number_input(word, 1, LARGEST, step=1, key=key, on_change=_ask_one, args=(given, wanted, axis, key))
    return wanted


def _quick(name: str, given: tuple[int, ...]) -> tuple[int, ...]:
    return tuple({"half": -(-n // 2), "double": 2 * n, "keep": n}[name] for n in given)


def _ask(given: tuple[int, ...], wanted: tuple[int, ...]) -> None:
    told.pressed()
    session.keep("solver", (given, wanted))


def _ask_one(given: tuple[int, ...], wanted: tuple[int, ...], axis: int, key: str) -> None:
    _ask(given, (*wanted[:axis], st.session_state[key], *wanted[axis + 1 :]))


def _keep_open(key: str) -> None:
    told.pressed()
    session.keep("solver_open", st.session_state[key])


# --- what makes it -------------------------------------------------------------------------------


@st.cache_resource(max_entries=32, show_spinner=False)
def _found(_record: Record, key: str, wanted: tuple[int, ...], _kernels: Mapping[str, Tensor]) -> list[Fit]:
    rate = _record.rate if _record.kind == "audio" else None
    return fits(_record.step, wanted, kind=_record.kind, shape=_record.input_shape, rate=rate, kernels=_kernels,
                most=MOST_TRIED)  # fmt: skip


def _applied(state: PageState, fit: Fit) -> PageState:
    """The state with these settings; a gain that kept the level at another stride goes with that stride."""
    if dict(fit.params)["stride"] != state.setting("stride"):
        state = replace(state, gain=1.0)
    for name, value in fit.params:
        if isinstance(value, KernelRef):
            state = state.with_kernel(value)
        elif name in state.window_options:
            state = state.with_setting(name, value)
        else:
            state = state.with_parameter(name, value)
    return state


def _apply(fit: Fit) -> None:
    told.pressed()
    session.put(_applied(session.now(), fit))


def _line(fit: Fit) -> str:
    """The setting in torch's words, or in ours where torch needs several calls."""
    if fit.in_torch:
        return fit.in_torch
    params = dict(fit.params)
    sizes = " × ".join(str(setting.kernel_size) for setting in fit.settings)
    return _("kernel {sizes}, stride {stride}, padding {padding}, dilation {dilation}", sizes=sizes,
             **{name: shown_value(params[name]) for name in ("stride", "padding", "dilation")})  # fmt: skip


def _size(sizes: tuple[int, ...]) -> str:
    return " × ".join(str(n) for n in sizes)
