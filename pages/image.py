"""The picture page: source, controls, run, show."""

from playground import ui
from playground.ui.words import _

ui.menu.ensure()
state, wrong = ui.address.arrive("image")
ui.frame.begin(ui.show.finding(state))
ui.guard.bad_address(wrong)
ui.source.note(state)
result = before = shown = None
stage, inspector, below = ui.frame.layout()
with inspector:
    ui.controls.kernel(state)
    ui.controls.stride_and_border(state)
    ui.source.row(state)
ui.waiting.until_drawn(newcomer=ui.soon.newcomer())
medium, name = ui.source.medium(state)
channels, key = medium.values.shape[0], ui.address.key(medium, state, medium.values.shape[0])
with stage:
    with ui.guard.sentence():
        result = ui.show_picture.computed(medium, state)
    if result is None:
        with ui.guard.quiet():
            ui.coach.row(state, medium)
    with ui.guard.sentence():
        ui.show_picture.stage(medium, name, state, result, key)
        before, shown = (side and side.shown for side in ui.show_picture.sides(medium, state, result, key))
ui.soon.first()
with inspector:
    ui.chain.listed(state, channels=channels)
    ui.controls.more(state)
    params = ui.address.leave("image", ui.session.now(), channels=channels)
    made = None if shown is None else ui.slide.of_picture(state, before, result, shown)
    ui.share.offer(state, params, name, result, medium=medium, shown=shown, slide=made)
    ui.chain.row(state, channels=channels)
    if result is not None and result.convolution is not None:
        with ui.guard.sentence():
            ui.show.kernel(state, result.convolution)
with below:
    with ui.guard.sentence():
        ui.remarks_row.row(state, result, channels=channels)
        ui.trail.row(state, result)
        ui.equivalent.panel(state, medium, result)
    if result is not None and result.convolution is not None:
        with ui.guard.sentence():
            ui.show.half_stride(state, result.convolution)
            ui.paint_map.table(result.convolution)
            ui.show.output_size(result.convolution)
            ui.size_solver.panel(state, result, channels=channels)
            ui.torch_panel.panel(result, medium.digest)
            ui.two_senses.of_picture(result.convolution)
            ui.row_panel.panel(result)
    with ui.guard.sentence():
        ui.examples.row("image")
    ui.frame.next_row(
        [*ui.two_senses.door_to_sound(state, result), ("pages/home.py", _("Home"), ":material/home:", {})]
    )
