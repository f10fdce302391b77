"""The sound page: source, controls, run, show."""

from fractions import Fraction

from playground.ui import (
    address,
    chain,
    coach,
    controls,
    equivalent,
    examples,
    frame,
    guard,
    menu,
    paint_map,
    remarks_row,
    response,
    session,
    share,
    show,
    show_sound,
    size_solver,
    slide,
    soon,
    source,
    torch_panel,
    trail,
    two_senses,
)
from playground.ui.words import _

menu.ensure()
state, wrong = address.arrive("audio")
frame.begin(show.finding(state))
guard.bad_address(wrong)
source.note(state)
medium, name = source.medium(state)
channels = medium.values.shape[0]
session.keep("rate", medium.rate)
response.note(state)
running = response.at_hand(state)
key = address.key(medium, running, channels)  # of what is heard: a response may be loaded later
result = None
stage, inspector, below = frame.layout()
with inspector:
    controls.kernel(state)
    controls.stride_and_border(state)
    source.row(state)
with stage:
    with guard.sentence():
        result = show_sound.computed(medium, running)
    if result is None:
        with guard.quiet():
            coach.row(running, medium, kernels=response.loaded())
    with guard.sentence():
        show_sound.stage(medium, name, state, result, key)
soon.first()
with inspector:
    chain.listed(state, channels=channels)
    controls.more(state)
    params = address.leave("audio", session.now(), channels=channels)
    rate = None if result is None else show_sound.file_rate(show_sound.play_rate(state, medium, result))
    made = None if result is None else slide.of_sound(state, medium.values, Fraction(medium.rate), result)
    share.offer(
        state, params, name, result, medium=medium, rate=rate, slide=made, kernels=response.loaded()
    )
    chain.row(state, channels=channels)
    if result is not None and result.convolution is not None:
        with guard.sentence():
            show.kernel(state, result.convolution)
with below:
    with guard.sentence():
        remarks_row.row(running, result, channels=channels, kernels=response.loaded())
        trail.row(state, result)
        equivalent.panel(running, medium, result, kernels=response.loaded())
    if result is not None and result.convolution is not None:
        with guard.sentence():
            show.half_stride(state, result.convolution)
            paint_map.table(result.convolution)
            show_sound.frequency(state, result, result.convolution, key)
            show.output_size(result.convolution)
            size_solver.panel(running, result, channels=channels, kernels=response.loaded())
            torch_panel.panel(result, medium.digest)
    examples.row("audio")
    frame.next_row(
        [*two_senses.doors_to_picture(state, result), ("pages/spectrogram.py", _("As a spectrogram"), ":material/gradient:", {}),
         ("pages/home.py", _("Home"), ":material/home:", {})]
    )
