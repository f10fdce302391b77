"""How often is each result painted?  At a stride of 1/s, where the stamps overlap unevenly: a small table."""

from __future__ import annotations

import streamlit as st

from playground.errors import N_
from playground.explain.paint import phase_counts
from playground.ops.lazy import torch
from playground.result import Record
from playground.ui import frame
from playground.ui.words import _
from playground.view.tables import MOST_NUMBERED, kernel_table

PERIODS = 2
"""How many are shown, so that it is seen to repeat; a long one is shown once."""
MOST_LISTED = 4
"""Different counts up to which all of them are said."""


def table(record: Record) -> None:
    """One or two periods of the counts, with a sentence; nothing where all are painted as often.

    The first row and column are those of the first result, as if the input went on beyond its border.
    """
    along = [phase_counts(axis) for axis in record.axes]
    if all(len(set(counts)) == 1 for counts in along):
        return
    counts = torch.tensor(along[0])
    for other in along[1:]:
        counts = counts[:, None] * torch.tensor(other)
    size = " × ".join(str(len(part)) for part in along)
    values = {"size": size, "counts": _said(sorted(set(counts.flatten().tolist())))}
    text = N_("Each result is painted by {counts} taps, in a pattern of {size} that repeats:") if counts.ndim == 2 else N_(
        "Each result is painted by {counts} taps, in a pattern that repeats after {size} samples:")  # fmt: skip
    frame.note(_(text, **values))
    rows = counts if counts.ndim == 2 else counts[None]
    repeats = [PERIODS if PERIODS * n <= MOST_NUMBERED and n > 1 else 1 for n in rows.shape]
    shown = rows.tile(repeats).double()
    shown = shown.flip(-2) if record.kind == "spectrogram" else shown  # as it lies on it: frequencies grow upwards
    label = _("How often each result is painted, {size} repeated", size=size)
    st.html(kernel_table(shown, theme=frame.theme(), label=label))


def _said(counts: list[int]) -> str:
    if len(counts) > MOST_LISTED:
        return _("{least} to {most}", least=counts[0], most=counts[-1])
    *most, last = map(str, counts)
    return _("{several} or {last}", several=", ".join(most), last=last)
