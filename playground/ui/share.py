"""How does a result leave the page?  As a link, as what is shown or heard, as the values."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from playground.errors import N_
from playground.media.save import file_stem, flac_bytes, npy_bytes, png_bytes, wav_bytes
from playground.result import Result
from playground.ui import address, frame, session
from playground.ui.address import OWN
from playground.ui.spectrogram_state import OWN_PICTURE
from playground.ui.state import FIRST_RESPONSE, PageState
from playground.ui.words import _
from playground.view import pixels

FRAGMENT = "share"
"""The part of a page that says and offers its address."""
NOT_IN_THE_LINK = {
    ("image", "image"): N_("Your own picture is not in the link; whoever opens it sees the cat with these settings."),
    ("audio", "audio"): N_("Your own sound is not in the link; whoever opens it hears the drums with these settings."),
    ("spectrogram", "audio"): N_("Your own sound is not in the link; whoever opens it hears a voice with these settings."),
    ("spectrogram", "image"): N_("Your own picture is not in the link; whoever opens it hears the cat with these settings."),
}  # fmt: skip
"""What a link does not carry, by page and by what was loaded."""


@st.fragment(key=FRAGMENT)
def follow(name: str, result: Result | None, *, channels: int, rate: int | None) -> None:
    """The address of the page as it is now, and the popover with it: also where only the display has changed."""
    state = session.now()
    offer(state, address.leave(state.kind, state, channels=channels), name, result, rate=rate)


def offer(
    state: PageState,
    params: dict[str, str],
    name: str,
    result: Result | None,
    *,
    shown: pixels.Shown | None = None,
    rate: int | None = None,
) -> None:
    """The popover "Save and share"; without a result only the link.

    A picture is saved as ``shown``, a sound at ``rate``.
    """
    popover = st.popover(
        _("Save and share"), icon=":material/ios_share:", width="stretch", key=f"{state.kind}_share"
    )
    with popover:
        title = _("Link to this page")
        st.markdown(f"**{title}**")
        st.code(link(params), language=None, wrap_lines=True)
        if params.get("source") in (OWN, OWN_PICTURE):
            frame.note(_(NOT_IN_THE_LINK[state.kind, state.medium_kind]))
        if state.kernel.digest not in (None, FIRST_RESPONSE.digest):
            frame.note(_("Your impulse response is not in the link; whoever opens it is asked to load it."))
        if result is None:
            return
        stem = file_stem(name, otherwise="picture" if state.medium_kind == "image" else "sound")
        if state.kind == "spectrogram":
            stem += "-spectrogram"
        stem += f"-{result.convolution.step.name}" if result.convolution is not None else ""
        if shown is not None:
            size = _("{height} × {width}", height=shown.pixels.shape[0], width=shown.pixels.shape[1])
            _button("image_png", _("PNG: the pixels as shown, {size}", size=size), _png(shown.pixels, result),
                    f"{stem}.png", "image/png", ":material/image:")  # fmt: skip
        if rate is not None:
            for subtype, label, ending in (
                ("PCM_16", N_("WAV, 16 bits: clipped beyond full scale"), "wav"),
                ("FLOAT", N_("WAV, float: nothing clipped"), "float.wav"),
            ):
                _button(f"{state.kind}_{subtype.lower()}", _(label), _wav(result, rate, subtype), f"{stem}.{ending}", "audio/wav",
                        ":material/graphic_eq:")  # fmt: skip
            _button(f"{state.kind}_flac", _("FLAC: clipped beyond full scale"), lambda: flac_bytes(result.output, rate),
                    f"{stem}.flac", "audio/flac", ":material/graphic_eq:")  # fmt: skip
        _button(f"{state.kind}_npy", _("NPY: the values, nothing clipped"), lambda: npy_bytes(result.output),
                f"{stem}.npy", "application/octet-stream", ":material/data_array:")  # fmt: skip


def link(params: dict[str, str]) -> str:
    """The full address of this page with these parameters."""
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(params)}" if params else base


def _button(key: str, label: str, data: Callable[[], bytes], file_name: str, mime: str, icon: str) -> None:
    st.download_button(label, data, file_name, mime, key=key, on_click="ignore", width="stretch", icon=icon)


def _png(shown: np.ndarray, result: Result) -> Callable[[], bytes]:
    return lambda: png_bytes(pixels.with_alpha(shown, result.alpha))


def _wav(result: Result, rate: int, subtype: str) -> Callable[[], bytes]:
    return lambda: wav_bytes(result.output, rate, subtype=subtype)
