"""Where does the picture come from?  A sample, a file, or the camera.

A file is judged once, when it arrives; the decoded picture then stays in the session, so that
changing the page does not lose it, and a bad file leaves what was there before.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from playground.errors import N_, MediaError
from playground.media.image_file import load_image
from playground.media.limits import limits
from playground.media.samples import PICTURES
from playground.media.types import Image
from playground.ui import cache, controls, guard
from playground.ui.address import OWN
from playground.ui.state import PageState
from playground.ui.words import _, say


def picture(state: PageState) -> tuple[Image, str]:
    """The picture of the state and its name for people; a missing own one gives way to the cat."""
    own: Image | None = st.session_state.get("image.own")
    if state.source == OWN and own is not None:
        return own, own.name
    name = state.source if state.source in PICTURES else PageState.source
    return cache.sample(name), _(PICTURES[name].label)


def is_missing(state: PageState) -> bool:
    """Whether the state asks for a picture of the visitor's own that is not here."""
    return state.source == OWN and st.session_state.get("image.own") is None


def controls_row(state: PageState) -> None:
    """The two controls of the source: which picture, and "Use mine"."""
    left, right = st.columns(2, wrap=False, vertical_alignment="bottom")
    own: Image | None = st.session_state.get("image.own")
    options = [*PICTURES, *([OWN] if own is not None else [])]
    with left:
        controls.choice(
            _("Picture"),
            options,
            "source",
            now=state.source if state.source in options else PageState.source,
            words=lambda name: own.name if name == OWN else _(PICTURES[name].label),
            change=lambda state, name: replace(state, source=name),
        )
    with right, st.popover(_("Use mine"), icon=":material/upload:", width="stretch", key="image_use_mine"):
        upload, camera = st.tabs([_("File"), _("Camera")])
        with upload:
            megabytes = limits().file_bytes // 2**20
            file = st.file_uploader(
                _("A picture: PNG, JPEG, WebP, BMP, GIF, TIFF, or an array (NPY)"),
                key="image_upload",
                max_upload_size=megabytes,
            )
            st.caption(
                _("Up to {size} MB. Pictures over {pixels} megapixels are reduced. It stays in this session and is"
                  " not stored.", size=megabytes, pixels=limits().soft_pixels // 10**6)
            )  # fmt: skip
            _take(file, "upload")
        with camera:
            if st.toggle(_("Turn the camera on"), key="image_camera_on"):
                _take(st.camera_input(_("Take a picture"), key="image_camera", resolution="720p"), "camera")
    if error := st.session_state.get("image.upload_error"):
        st.error(guard.capital(say(error)), icon=":material/error:")


def _take(file: object, widget: str) -> None:
    """Judge a file that has just arrived; the rerun then shows it everywhere.

    Each widget keeps its file, so that each needs its own note of what was taken from it.
    """
    if file is None:
        if st.session_state.pop(f"image.taken.{widget}", None):  # taken out again
            st.session_state["image.upload_error"] = None
        return
    if st.session_state.get(f"image.taken.{widget}") == file.file_id:
        return
    st.session_state[f"image.taken.{widget}"] = file.file_id
    try:
        if file.size > limits().file_bytes:
            raise MediaError(
                N_("{name} has {size} MB; files up to {limit} MB are accepted"),
                name=file.name, size=file.size // 2**20, limit=limits().file_bytes // 2**20,
            )  # fmt: skip
        picture = load_image(file.getvalue(), file.name)
    except MediaError as error:
        st.session_state["image.upload_error"] = error
    else:
        st.session_state["image.own"] = picture
        st.session_state["image.upload_error"] = None
        controls.put(replace(controls.now(), source=OWN))
    st.rerun()
