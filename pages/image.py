"""The picture page: source, controls, run, show."""

from playground.ui import (
    address,
    cache,
    chain,
    controls,
    examples,
    frame,
    guard,
    menu,
    row_panel,
    session,
    share,
    show,
    show_picture,
    source,
    torch_panel,
    two_senses,
)
from playground.ui.state import recipe_of
from playground.ui.words import _

menu.ensure()
state, wrong = address.arrive("image")
medium, name = source.medium(state)
channels = medium.values.shape[0]
frame.begin(show.finding(state))
guard.bad_address(wrong)
if source.is_missing(state):
    frame.note(
        _("This link was made with a picture that is not in it; here is the cat with the same settings.")
    )
result = shown = None
stage, inspector, below = frame.layout()
with stage:
    with guard.sentence():
        result = cache.run(medium, recipe_of(state, channels=channels))
    with guard.sentence():
        shown = show_picture.before_after(medium, name, state, result, address.key(medium, state, channels))
        if result is not None:
            show_picture.facts(medium, state, result, shown)
with inspector:
    controls.kernel(state)
    controls.stride_and_border(state)
    source.row(state)
    controls.more(state)
    params = address.leave("image", session.now(), channels=channels)
    share.offer(state, params, name, result, shown=shown)
    chain.row(state, channels=channels)
    if result is not None and result.convolution is not None:
        with guard.sentence():
            show.kernel(state, result.convolution)
with below:
    if result is not None and result.convolution is not None:
        with guard.sentence():
            show.half_stride(state, result.convolution)
            show.output_size(result.convolution)
            torch_panel.panel(result, medium.digest)
            two_senses.of_picture(result.convolution)
            row_panel.panel(result)
    with guard.sentence():
        examples.row("image")
    frame.next_row(
        [*two_senses.door_to_sound(state, result), ("pages/home.py", _("Home"), ":material/home:", {})]
    )
