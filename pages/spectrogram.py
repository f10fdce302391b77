"""The spectrogram page: source, controls, run, show."""

from functools import partial

import streamlit as st

from playground.ui import (
    address,
    bank_panel,
    chain,
    coach,
    equivalent,
    examples,
    frame,
    guard,
    heard,
    menu,
    paint_map,
    remarks_row,
    share,
    show,
    show_sound,
    show_spectrogram,
    size_solver,
    soon,
    source,
    spectrogram_controls,
    spectrogram_facts,
    torch_panel,
    trail,
)
from playground.ui.words import _

menu.ensure()
state, wrong = address.arrive("spectrogram")
state = show_spectrogram.take_region(state)
medium, name = source.medium(state)
key, waits = address.key(medium, state, medium.values.shape[0]), heard.waits(state)
frame.begin(spectrogram_facts.finding(state))
guard.bad_address(wrong)
source.note(state)
before = result = None
stage, inspector, below = frame.layout(tall=True)
top = inspector.container()  # of the controls, which stand there also while iterations keep the result waiting
if waits:
    spectrogram_controls.main(state, top)
with stage:
    with st.container(), guard.sentence():  # a place of its own: the players below stay while iterations run
        before = heard.given(medium, state)
        result = heard.computed(medium, state, before)
    if result is None:
        with guard.quiet():
            coach.row(state, medium)
    if before is not None:
        with guard.sentence():
            players = st.container()
            show_spectrogram.canvas(name, before, result, key)
            with players:
                show_spectrogram.players(name, before, result, key)
        if result is not None:
            with guard.sentence():
                spectrogram_facts.facts(medium, state, before, result, key)
if not waits:
    spectrogram_controls.main(state, top)
soon.first()
with inspector:
    chain.listed(state, channels=medium.values.shape[0])
    spectrogram_controls.display(
        (*([] if before is None else [show_spectrogram.CANVAS]), share.FRAGMENT),
        recolour=partial(show_spectrogram.recolour, before),
        leave=partial(address.leave, "spectrogram", channels=medium.values.shape[0]),
    )
    rate = None if result is None else show_sound.file_rate(result.rate)
    slide_of = None if result is None else partial(show_spectrogram.for_slides, before=before, result=result, key=key)
    share.follow(name, result, medium=medium, rate=rate, slide_of=slide_of)
    chain.row(state, channels=medium.values.shape[0])
    if result is not None and result.convolution is not None and state.has_kernel:
        with guard.sentence():
            show.kernel(state, result.convolution)
with below:
    with guard.sentence():
        remarks_row.row(state, result, channels=medium.values.shape[0])
        trail.row(state, result)
        equivalent.panel(state, medium, result)
    if result is not None and result.convolution is not None and state.has_kernel:
        with guard.sentence():
            show.half_stride(state, result.convolution)
            paint_map.table(result.convolution)
            show.output_size(result.convolution)
            size_solver.panel(state, result, channels=medium.values.shape[0])
            torch_panel.panel(result, medium.digest)
    if result is not None and not state.is_picture:
        with guard.sentence():
            bank_panel.panel(before.values, **heard.transform_of(state).options(), rate=float(before.rate), key=before.key)
    examples.row("spectrogram")
    frame.next_row(
        [
            ("pages/audio.py", _("The sound alone"), ":material/graphic_eq:", {}),
            ("pages/image.py", _("The same kernels on a picture"), ":material/image:", {}),
            ("pages/home.py", _("Home"), ":material/home:", {}),
        ]
    )
