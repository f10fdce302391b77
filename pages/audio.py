"""The sound page: source, controls, run, show."""

from fractions import Fraction

from playground import ui
from playground.ui.words import _

ui.menu.ensure()
state, wrong = ui.address.arrive("audio")
ui.frame.begin(ui.show.finding(state))
ui.guard.bad_address(wrong)
ui.source.note(state)
ui.session.keep("rate", ui.source.rate(state))
ui.response.note(state)
result = None
stage, inspector, below = ui.frame.layout()
with inspector:
    ui.controls.kernel(state)
    ui.controls.stride_and_border(state)
    ui.source.row(state)
ui.waiting.until_drawn(newcomer=ui.soon.newcomer())
medium, name = ui.source.medium(state)
channels, running = medium.values.shape[0], ui.response.at_hand(state)
key = ui.address.key(medium, running, channels)  # of what is heard
with stage:
    with ui.guard.sentence():
        result = ui.show_sound.computed(medium, running)
    if result is None:
        with ui.guard.quiet():
            ui.coach.row(running, medium, kernels=ui.response.loaded())
    with ui.guard.sentence():
        ui.show_sound.stage(medium, name, state, result, key)
ui.soon.first()
with inspector:
    ui.chain.listed(state, channels=channels)
    ui.controls.more(state)
    params = ui.address.leave("audio", ui.session.now(), channels=channels)
    rate = None if result is None else ui.show_sound.file_rate(ui.show_sound.play_rate(state, medium, result))
    made = None if result is None else ui.slide.of_sound(state, medium.values, Fraction(medium.rate), result)
    ui.share.offer(
        state, params, name, result, medium=medium, rate=rate, slide=made, kernels=ui.response.loaded()
    )
    ui.chain.row(state, channels=channels)
    if result is not None and result.convolution is not None:
        with ui.guard.sentence():
            ui.show.kernel(state, result.convolution)
with below:
    with ui.guard.sentence():
        ui.remarks_row.row(running, result, channels=channels, kernels=ui.response.loaded())
        ui.trail.row(state, result)
        ui.equivalent.panel(running, medium, result, kernels=ui.response.loaded())
    if result is not None and result.convolution is not None:
        with ui.guard.sentence():
            ui.show.half_stride(state, result.convolution)
            ui.paint_map.table(result.convolution)
            ui.show_sound.frequency(state, result, result.convolution, key)
            ui.show.output_size(result.convolution)
            ui.size_solver.panel(running, result, channels=channels, kernels=ui.response.loaded())
            ui.torch_panel.panel(result, medium.digest)
    ui.examples.row("audio")
    ui.frame.next_row(
        [*ui.two_senses.doors_to_picture(state, result), ("pages/spectrogram.py", _("As a spectrogram"), ":material/gradient:", {}),
         ("pages/home.py", _("Home"), ":material/home:", {})]
    )
