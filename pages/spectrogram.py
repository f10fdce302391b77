"""The spectrogram page: source, controls, run, show."""

from functools import partial

import streamlit as st

from playground import ui
from playground.ui.words import _

ui.menu.ensure()
state, wrong = ui.address.arrive("spectrogram")
if not ui.soon.arriving():
    state = ui.show_spectrogram.take_region(state)
ui.frame.begin(ui.spectrogram_facts.finding(state))
ui.guard.bad_address(wrong)
ui.source.note(state)
before = result = None
stage, inspector, below = ui.frame.layout(tall=True)
top, more = inspector.container(), inspector.container()  # drawn ahead where a result is waited for, else behind it
iterates = ui.heard.waits(state)
early = iterates or ui.soon.arriving()
if early:
    ui.spectrogram_controls.main(state, top)
if iterates:
    ui.spectrogram_controls.more(state, more)
ui.waiting.until_drawn(newcomer=ui.soon.newcomer())
medium, name = ui.source.medium(state)
key = ui.address.key(medium, state, medium.values.shape[0])
with stage:
    with st.container(), ui.guard.sentence():  # a place of its own: the players below stay while iterations run
        before = ui.heard.given(medium, state)
        result = ui.heard.computed(medium, state, before)
    if result is None:
        with ui.guard.quiet():
            ui.coach.row(state, medium)
    if before is not None:
        with ui.guard.sentence():
            players = st.container()
            ui.show_spectrogram.canvas(name, before, result, key)
            with players:
                ui.show_spectrogram.players(name, before, result, key)
        if result is not None:
            with ui.guard.sentence():
                ui.spectrogram_facts.facts(medium, state, before, result, key)
if not early:
    ui.spectrogram_controls.main(state, top)
if not iterates:
    ui.spectrogram_controls.more(state, more)
ui.soon.first()
with inspector:
    ui.chain.listed(state, channels=medium.values.shape[0])
    ui.spectrogram_controls.display(
        (*([] if before is None else [ui.show_spectrogram.CANVAS]), ui.share.FRAGMENT),
        recolour=partial(ui.show_spectrogram.recolour, before),
        leave=partial(ui.address.leave, "spectrogram", channels=medium.values.shape[0]),
    )
    rate = None if result is None else ui.show_sound.file_rate(result.rate)
    slide_of = None if result is None else partial(ui.show_spectrogram.for_slides, before=before, result=result, key=key)
    ui.share.follow(name, result, medium=medium, rate=rate, slide_of=slide_of)
    ui.chain.row(state, channels=medium.values.shape[0])
    if result is not None and result.convolution is not None and state.has_kernel:
        with ui.guard.sentence():
            ui.show.kernel(state, result.convolution)
with below:
    with ui.guard.sentence():
        ui.remarks_row.row(state, result, channels=medium.values.shape[0])
        ui.trail.row(state, result)
        ui.equivalent.panel(state, medium, result)
    if result is not None and result.convolution is not None and state.has_kernel:
        with ui.guard.sentence():
            ui.show.half_stride(state, result.convolution)
            ui.paint_map.table(result.convolution)
            ui.show.output_size(result.convolution)
            ui.size_solver.panel(state, result, channels=medium.values.shape[0])
            ui.torch_panel.panel(result, medium.digest)
    if result is not None and not state.is_picture:
        with ui.guard.sentence():
            ui.bank_panel.panel(before.values, **ui.heard.transform_of(state).options(), rate=float(before.rate), key=before.key)
    ui.examples.row("spectrogram")
    ui.frame.next_row(
        [
            ("pages/audio.py", _("The sound alone"), ":material/graphic_eq:", {}),
            ("pages/image.py", _("The same kernels on a picture"), ":material/image:", {}),
            ("pages/home.py", _("Home"), ":material/home:", {}),
        ]
    )
