"""How does one's own room become a kernel?  An impulse response from a file, at the sound's rate.

The file is judged as any sound, resampled where its rate differs, and scaled as asked; the recipe
names the result by a digest of the bytes, the rate and the scaling, and a link says that it is not in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from playground.errors import PlaygroundError
from playground.kernel_file import SCALES, prepare, response_digest
from playground.media.limits import limits
from playground.ops import KernelRef
from playground.ops.lazy import torch
from playground.ui import frame, guard, session
from playground.ui.labels import SCALE_WORDS
from playground.ui.state import FIRST_RESPONSE, PageState
from playground.ui.words import _, say

if TYPE_CHECKING:
    from torch import Tensor


def loaded() -> dict[str, Tensor]:
    """Every response of this session by its digest, ``(k,)`` or ``(C, 1, k)``."""
    if "audio.responses" not in st.session_state:
        st.session_state["audio.responses"] = {FIRST_RESPONSE.digest: torch.ones(1, dtype=torch.float64)}
    return st.session_state["audio.responses"]


def at_hand(state: PageState) -> PageState:
    """The state to run: without a response that only somebody else's link, or a past visit, had loaded."""
    return state if state.kernel.digest is None or state.kernel.digest in loaded() else state.with_kernel(FIRST_RESPONSE)


def note(state: PageState) -> None:
    """What is heard where a link was made with a response that is not here."""
    if at_hand(state) is not state:
        frame.note(_("This link was made with an impulse response that is not in it: load yours below. Until then the sound"
                     " passes as it is."))  # fmt: skip


def loader(state: PageState) -> None:
    """The file, how it is scaled, and what was done to it."""
    file = st.file_uploader(_("An impulse response: WAV, FLAC, OGG, MP3"), key="audio_response_file",
                            max_upload_size=limits().file_bytes // 2**20)  # fmt: skip
    st.session_state.setdefault("audio_response_scale", session.get("response_scale", SCALES[0]))
    scale = st.selectbox(_("Scale"), SCALES, format_func=lambda word: _(SCALE_WORDS[word]), key="audio_response_scale",
                         help=_("Energy: the squares sum to 1, so that noise keeps its level."))  # fmt: skip
    session.keep("response_scale", scale)
    if file is not None:  # the widget forgets it where it is not drawn
        session.keep("response_given", (file.file_id, file.getvalue(), file.name))
    given, rate = session.get("response_given"), session.get("rate", 44100)
    if given is not None and session.get("response_taken") != (given[0], scale, rate):
        session.keep("response_taken", (given[0], scale, rate))
        session.keep("response_error", None)
        try:
            _take(state, *given[1:], scale=scale, rate=rate)
        except PlaygroundError as error:
            session.keep("response_error", error)
        st.rerun()
    if error := session.get("response_error"):
        guard.complain(error)
    elif state.kernel.digest is not None:
        for message in session.get("response_notices", ()):
            frame.note(guard.capital(say(message)))


def _take(state: PageState, data: bytes, name: str, *, scale: str, rate: int) -> None:
    from playground.media.audio_file import load_audio

    sound = load_audio(data, name)
    taps, notices = prepare(sound.values, source_rate=sound.rate, rate=rate, scale=scale)
    digest = response_digest(data, rate=rate, scale=scale)
    loaded()[digest] = taps
    session.keep("response_notices", (*sound.notices, *notices))
    session.put(state.with_kernel(KernelRef(digest=digest)))
