"""The picture page: source, controls, run, show."""

import streamlit as st

from playground.ui import address, cache, controls, examples, frame, guard, menu, share, show, source, torch_panel
from playground.ui.state import recipe_of
from playground.ui.words import _, say

menu.ensure()
state, wrong = address.arrive("image")
medium, name = source.picture(state)
channels = medium.values.shape[0]
frame.begin(show.finding(state))
if wrong is not None:
    st.error(_("This address cannot be shown: {reason}.", reason=say(wrong)), icon=":material/link_off:")
if source.is_missing(state):
    frame.note(_("This link was made with a picture that is not in it; here is the cat with the same settings."))
result = shown = None
stage, inspector, below = frame.layout()
with stage:
    with guard.sentence():
        result = cache.run(medium, recipe_of(state, channels=channels))
    with guard.sentence():
        shown = show.before_after(medium, name, state, result, address.key(medium, state, channels))
        if result is not None:
            show.facts(medium, state, result, shown)
with inspector:
    controls.kernel(state)
    controls.stride_and_border(state)
    source.controls_row(state)
    controls.more(state)
    params = address.leave("image", controls.now(), channels=channels)
    share.offer(params, name, result, shown)
    controls.chain(state, channels=channels)
    if result is not None and result.convolution is not None:
        with guard.sentence():
            show.kernel(state, result.convolution)
with below:
    if result is not None and result.convolution is not None:
        with guard.sentence():
            show.half_stride(state, result.convolution)
            show.output_size(result.convolution)
            torch_panel.panel(result, medium.digest)
    with guard.sentence():
        examples.row()
    frame.next_row([("pages/home.py", _("Home"), ":material/home:")])
