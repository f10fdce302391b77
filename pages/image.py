"""The picture page: source, controls, run, show."""

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
    row_panel,
    session,
    share,
    show,
    show_picture,
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
state, wrong = address.arrive("image")
frame.begin(show.finding(state))
guard.bad_address(wrong)
source.note(state)
result = before = shown = None
stage, inspector, below = frame.layout()
with inspector:
    controls.kernel(state)
    controls.stride_and_border(state)
    source.row(state)
medium, name = source.medium(state)
channels, key = medium.values.shape[0], address.key(medium, state, medium.values.shape[0])
with stage:
    with guard.sentence():
        result = show_picture.computed(medium, state)
    if result is None:
        with guard.quiet():
            coach.row(state, medium)
    with guard.sentence():
        show_picture.stage(medium, name, state, result, key)
        before, shown = (side and side.shown for side in show_picture.sides(medium, state, result, key))
soon.first()
with inspector:
    chain.listed(state, channels=channels)
    controls.more(state)
    params = address.leave("image", session.now(), channels=channels)
    made = None if shown is None else slide.of_picture(state, before, result, shown)
    share.offer(state, params, name, result, medium=medium, shown=shown, slide=made)
    chain.row(state, channels=channels)
    if result is not None and result.convolution is not None:
        with guard.sentence():
            show.kernel(state, result.convolution)
with below:
    with guard.sentence():
        remarks_row.row(state, result, channels=channels)
        trail.row(state, result)
        equivalent.panel(state, medium, result)
    if result is not None and result.convolution is not None:
        with guard.sentence():
            show.half_stride(state, result.convolution)
            paint_map.table(result.convolution)
            show.output_size(result.convolution)
            size_solver.panel(state, result, channels=channels)
            torch_panel.panel(result, medium.digest)
            two_senses.of_picture(result.convolution)
            row_panel.panel(result)
    with guard.sentence():
        examples.row("image")
    frame.next_row(
        [*two_senses.door_to_sound(state, result), ("pages/home.py", _("Home"), ":material/home:", {})]
    )
