"""Where does the picture or the sound come from?  A sample, a file, the camera or the microphone.

A file is judged once, when it arrives; what was decoded then stays in the session, so that changing
the page does not lose it, and a bad file leaves what was there before.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from playground.errors import N_, MediaError
from playground.media.audio_file import load_audio
from playground.media.image_file import load_image
from playground.media.limits import limits
from playground.media.types import Audio, Image
from playground.ui import cache, guard, session
from playground.ui.address import OWN, SAMPLES
from playground.ui.state import FIRST, PageState
from playground.ui.widgets import choice
from playground.ui.words import _


def medium(state: PageState) -> tuple[Image | Audio, str]:
    """The picture or sound of the state and its name for people; a missing own one gives way to a sample."""
    own = session.get("own")
    if state.source == OWN and own is not None:
        return own, own.name
    samples = SAMPLES[state.kind]
    name = state.source if state.source in samples else FIRST[state.kind].source
    return (cache.sample if state.kind == "image" else cache.sound)(name), _(samples[name].label)


def is_missing(state: PageState) -> bool:
    """Whether the state asks for a file of the visitor's own that is not here."""
    return state.source == OWN and session.get("own") is None


def row(state: PageState) -> None:
    """The two controls of the source: which one, and "Use mine"."""
    left, right = st.columns(2, wrap=False, vertical_alignment="bottom")
    own, samples = session.get("own"), SAMPLES[state.kind]
    options = [*samples, *([OWN] if own is not None else [])]
    with left:
        choice(
            _("Picture") if state.kind == "image" else _("Sound"),
            options,
            "source",
            now=state.source if state.source in options else FIRST[state.kind].source,
            words=lambda name: own.name if name == OWN else _(samples[name].label),
            change=lambda state, name: replace(state, source=name),
        )
    with (
        right,
        st.popover(_("Use mine"), icon=":material/upload:", width="stretch", key=f"{state.kind}_use_mine"),
    ):
        _picture_tabs() if state.kind == "image" else _sound_tabs()
    if error := session.get("upload_error"):
        guard.complain(error)


def _picture_tabs() -> None:
    upload, camera = st.tabs([_("File"), _("Camera")])
    megabytes = limits().file_bytes // 2**20
    with upload:
        file = st.file_uploader(
            _("A picture: PNG, JPEG, WebP, BMP, GIF, TIFF, or an array (NPY)"),
            key="image_upload", max_upload_size=megabytes,
        )  # fmt: skip
        st.caption(
            _("Up to {size} MB. Pictures over {pixels} megapixels are reduced. It stays in this session and is"
              " not stored.", size=megabytes, pixels=limits().soft_pixels // 10**6)
        )  # fmt: skip
        _take(file, "upload")
    with camera:
        if st.toggle(_("Turn the camera on"), key="image_camera_on"):
            _take(st.camera_input(_("Take a picture"), key="image_camera", resolution="720p"), "camera")


def _sound_tabs() -> None:
    upload, microphone = st.tabs([_("File"), _("Microphone")])
    megabytes = limits().file_bytes // 2**20
    with upload:
        file = st.file_uploader(
            _("A sound: WAV, FLAC, OGG, MP3, or an array (NPY)"),
            key="audio_upload",
            max_upload_size=megabytes,
        )
        rate = st.number_input(
            _("Samples a second, for an array"), 1000, 768_000, value=44_100, step=50, key="audio_npy_rate",
            help=_("A sound file says its own rate; an NPY file does not."),
        )  # fmt: skip
        st.caption(
            _("Up to {size} MB. Sounds over {minutes} minutes are cut. It stays in this session and is not stored.",
              size=megabytes, minutes=limits().soft_seconds // 60)
        )  # fmt: skip
        _take(file, "upload", rate=rate)
    with microphone:
        _take(st.audio_input(_("Record"), sample_rate=48_000, key="audio_microphone"), "microphone")


def _take(file: object, widget: str, *, rate: int | None = None) -> None:
    """Judge a file that has just arrived; the rerun then shows it everywhere.

    Each widget keeps its file, so that each needs its own note of what was taken from it.
    """
    note = f"taken.{widget}"
    if file is None:
        if session.get(note):  # taken out again
            session.drop(note)
            session.keep("upload_error", None)
        return
    mark = (file.file_id, rate if file.name.lower().endswith(".npy") else None)
    if session.get(note) == mark:
        return
    session.keep(note, mark)
    try:
        if file.size > limits().file_bytes:
            raise MediaError(
                N_("{name} has {size} MB; files up to {limit} MB are accepted"),
                name=file.name, size=file.size // 2**20, limit=limits().file_bytes // 2**20,
            )  # fmt: skip
        if session.page() == "image":
            loaded = load_image(file.getvalue(), file.name)
        else:
            loaded = load_audio(file.getvalue(), file.name, rate=rate)
    except MediaError as error:
        session.keep("upload_error", error)
    else:
        session.keep("own", loaded)
        session.keep("upload_error", None)
        session.put(replace(session.now(), source=OWN))
    st.rerun()
