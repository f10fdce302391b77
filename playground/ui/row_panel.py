"""How does a row of the picture sound, before and after the kernel?  The same edges for the ear."""

from __future__ import annotations

import html
from fractions import Fraction
from typing import TYPE_CHECKING

import streamlit as st

from playground.errors import N_
from playground.media.save import player_bytes
from playground.ops.bands import note_name
from playground.ops.picture_sound import row_wave
from playground.result import Result
from playground.ui import frame, session, told
from playground.ui.show import live
from playground.ui.words import _
from playground.view import row as rows
from playground.view.tables import number

if TYPE_CHECKING:
    from torch import Tensor

RATE = 44_100
"""Pixels a second."""
SECONDS = 2.0
LOWEST = 20.0
"""Hz: slower than that, repeats are heard one by one, not as a tone."""


def panel(result: Result) -> None:
    """ "Hear a row", folded away; nothing of it is computed while it is closed."""
    key = f"{session.page()}_row_open"
    st.session_state[key] = session.get("row_open", False)
    opened = st.expander(
        _("Hear a row"), key=key, icon=":material/graphic_eq:", on_change=_keep, args=(key, "row_open")
    )
    if opened.open:
        with opened:
            _body(result)


def _body(result: Result) -> None:
    before, after = result.convolution_input, result.output
    down, along = result.convolution.axes
    row = _choose(before.shape[-2])
    other = rows.output_at(down, row)
    sound = rows.heard(
        row_wave(before, row=row, seconds=SECONDS, sample_rate=RATE),
        row_wave(after, row=other, seconds=SECONDS, sample_rate=RATE),
        scales=(float(before.abs().max()), result.scale),
    )
    with st.container(key="players"):
        left, right = st.columns(2, gap="small", wrap=False)
    with left:
        _player(_("Input, row {row}", row=row), sound.before)
    with right:
        _player(_("Output, row {row}", row=other), sound.after)
    facts = [_level(sound), *_pitches(sound, before.shape[-1], after.shape[-1])]
    if (place := rows.place_of(down, other)) != row:
        facts.insert(0, _("Row {other} of the output stands at row {place} of the input.", other=other,
                          place=number(float(place), digits=6)))  # fmt: skip
    live(html.escape(" ".join(facts)))
    values = [x[:, at].mean(0) for x, at in ((before, row), (after, other))]
    chart = rows.rows(*values, axis=along, theme=frame.theme(),
                      words=(_("Input"), _("Output"), _("column of the input")))  # fmt: skip
    st.altair_chart(chart, width="stretch", alt=_alt_text(row, other, *values))


def _choose(height: int) -> int:
    """The row that the visitor asked for, or the nearest that this picture has."""
    key = f"{session.page()}_row"
    st.session_state[key] = min(session.get("row", height // 2), height - 1)
    st.number_input(
        _("Row of the input: 0 is the top, {last} the bottom", last=height - 1), 0, height - 1, step=1,
        key=key, on_change=_keep, args=(key, "row"),
        help=_("Its pixels, from left to right, are the samples of a sound that begins again at the left edge,"
               " 44100 pixels a second for two seconds."),
    )  # fmt: skip
    return st.session_state[key]


def _keep(key: str, name: str) -> None:
    told.pressed()
    session.keep(name, st.session_state[key])


def _player(label: str, values: Tensor) -> None:
    st.caption(label)
    st.audio(player_bytes(values, RATE), format="audio/wav", alt=label)


def _level(sound: rows.Heard) -> str:
    if sound.before_flat and sound.after_flat:
        return _("Both rows are flat: silence.")
    gain = number(sound.gain)
    if sound.before_flat:
        return _("The input's row is flat: silence. The output's is × {gain}, so that it peaks at {peak}.",
                 gain=gain, peak=rows.PEAK)  # fmt: skip
    if sound.after_flat:
        return _("The output's row is flat: silence. The input's is × {gain}, so that it peaks at {peak}.",
                 gain=gain, peak=rows.PEAK)  # fmt: skip
    return _("Both × {gain}, so that the louder peaks at {peak}.", gain=gain, peak=rows.PEAK)


def _pitches(sound: rows.Heard, width: int, width_after: int) -> list[str]:
    """How often each row is repeated, and the note that is near; once where both are alike."""
    if sound.before_flat and sound.after_flat:
        return []
    if width == width_after:
        return [_pitch(N_("{width} pixels repeat {hz} times a second: {note}."), width)]
    found = []
    if not sound.before_flat:
        found.append(_pitch(N_("The input's {width} pixels repeat {hz} times a second: {note}."), width))
    if not sound.after_flat:
        found.append(
            _pitch(N_("The output's {width} pixels repeat {hz} times a second: {note}."), width_after)
        )
    return found


def _pitch(text: str, width: int) -> str:
    hz = Fraction(RATE, width)
    note = _("too slow for a tone") if hz < LOWEST else _("near {note}", note=note_name(float(hz)).split()[0])
    return _(text, width=width, hz=number(float(hz)), note=note)


def _alt_text(row: int, other: int, before: Tensor, after: Tensor) -> str:
    return _(
        "Values along row {row} of the input, {low} to {high}, and along row {other} of the output, {low_after} to"
        " {high_after}.",
        row=row, low=number(float(before.min())), high=number(float(before.max())), other=other,
        low_after=number(float(after.min())), high_after=number(float(after.max())),
    )  # fmt: skip
