"""Home: one sentence, the cat with its edges, and the door to the picture page."""

import streamlit as st

from playground.ui import address, cache, frame, guard, menu, show
from playground.ui.state import PageState, recipe_of
from playground.ui.words import _

menu.ensure()
st.session_state["page"] = "home"
frame.begin(_("One kernel, slid over a picture"))
st.markdown(_("A kernel is a short list of numbers that slides along: each result is neighbours times these numbers,"
              " added up."))  # fmt: skip
state = PageState()
medium = cache.sample(state.source)
stage, inspector, below = frame.layout()
with guard.sentence():
    result = cache.run(medium, recipe_of(state))
    with stage:
        shown = show.before_after(medium, _("Cat"), state, result, address.key(medium, state, 3))
        show.facts(medium, state, result, shown)
    with inspector:
        show.kernel(state, result.convolution)
with below:
    st.page_link("pages/image.py", label=_("Try your picture"), icon=":material/arrow_forward:")
    frame.note(_("Every number on these pages is computed by a tested package."))
