"""Where does the picture or the sound come from?  A sample, a file, the camera or the microphone.

A file is judged once, when it arrives; what was decoded then stays in the session, so that changing
the page does not lose it, and a bad file leaves what was there before.
"""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from playground.errors import N_, MediaError
from playground.media.audio_file import load_audio
from playground.media.limits import limits
from playground.media.samples import RATE
from playground.media.types import Audio, Image
from playground.ui import cache, frame, guard, made, session
from playground.ui.address import OWN, SAMPLES
from playground.ui.first import FIRST
from playground.ui.spectrogram_state import OWN_PICTURE, PICTURE
from playground.ui.state import PageState
from playground.ui.widgets import choice
from playground.ui.words import _


def own(kind: str) -> Image | Audio | None:
    """The visitor's own picture or sound, whichever page it was loaded on."""
    return st.session_state.get(f"{kind}.own")


def medium(state: PageState) -> tuple[Image | Audio, str]:
    """The picture or sound of the state and its name for people; a missing own one gives way to a sample."""
    mine = own(state.medium_kind)
    if state.source in (OWN, OWN_PICTURE) and mine is not None:
        return mine, mine.name
    samples = SAMPLES[state.kind]
    name = state.source
    if name not in samples:
        name = PICTURE + FIRST["image"].source if name == OWN_PICTURE else FIRST[state.kind].source
    load = cache.sample if state.medium_kind == "image" else cache.sound
    return load(name.removeprefix(PICTURE)), _(samples[name].label)


def rate(state: PageState) -> int:
    """The rate of the sound of the state, in Hz, before it is loaded."""
    mine = own("audio")
    return RATE if state.source != OWN or mine is None else mine.rate


def chosen(state: PageState, source: str) -> PageState:
    """The state with another source; of one's own, the link will say what it was."""
    state = state.with_source(source)
    mine = own(state.medium_kind)
    return replace(state, made=made.of(mine)) if source in (OWN, OWN_PICTURE) and mine is not None else state


_INSTEAD = {
    ("image", "image"): N_("here is the cat with the same settings"),
    ("audio", "audio"): N_("here are the drums with the same settings"),
    ("spectrogram", "audio"): N_("here is a voice with the same settings"),
    ("spectrogram", "image"): N_("here is the cat with the same settings"),
}  # fmt: skip


def note(state: PageState) -> None:
    """What is shown where a link was made with a file that is not here, or with another one than is."""
    if state.source not in (OWN, OWN_PICTURE):
        return
    mine = own(state.medium_kind)
    if mine is None and state.made:
        frame.note(_("This link was made with {file}, which is not included: load yours with Use mine. Until then {instead}.",
                     file=made.words(state.made), instead=_(_INSTEAD[state.kind, state.medium_kind])))  # fmt: skip
    elif mine is None:
        frame.note(_("This link was made with a file that is not included: load yours with Use mine. Until then {instead}.",
                     instead=_(_INSTEAD[state.kind, state.medium_kind])))  # fmt: skip
    elif state.made and state.made != made.of(mine):
        frame.note(_("This link was made with {file}, which is not included; it is shown with your {mine}.",
                     file=made.words(state.made), mine=made.words(made.of(mine))))  # fmt: skip


def row(state: PageState) -> None:
    """The two controls of the source: which one, and "Use mine".

    What was wrong with a file stands above where it was given: what "Use mine" has opened covers the controls around
    it, and is cut at its lower end on a low screen.
    """
    left, right = st.columns(2, wrap=False, vertical_alignment="bottom")
    names = [name for name in SAMPLES[state.kind] if not name.startswith(PICTURE)]
    pictures = [name for name in SAMPLES[state.kind] if name.startswith(PICTURE)]
    options = [*names, *([OWN] if own(state.kind if state.kind == "image" else "audio") is not None else [])]
    if state.kind == "spectrogram":
        options += [*pictures, *([OWN_PICTURE] if own("image") is not None else [])]
    words = {name: _words(state, name) for name in options}
    with left:
        choice(
            _("Picture") if state.kind == "image" else _("Sound") if state.kind == "audio" else _("Sound or picture"),
            options,
            "source",
            now=state.source if state.source in options else FIRST[state.kind].source,
            words=words.__getitem__,
            change=chosen,
        )
    with (
        right,
        st.popover(_("Use mine"), icon=":material/upload:", width="stretch", key=f"{state.kind}_use_mine"),
    ):
        sentence = st.empty()
        _tabs(state.kind)  # which judge the file
        if error := session.get("upload_error"):
            with sentence:
                guard.complain(error)


def _words(state: PageState, name: str) -> str:
    if name == OWN_PICTURE:
        return _("Picture: {name}", name=own("image").name)
    if name == OWN:
        return own(state.kind if state.kind == "image" else "audio").name
    label = _(SAMPLES[state.kind][name].label)
    return _("Picture: {name}", name=label) if name.startswith(PICTURE) else label


def _tabs(page: str) -> None:
    """A file, and the camera or the microphone; a spectrogram can be made of either kind of file."""
    words = {"image": (_("File"), _("Camera")), "audio": (_("File"), _("Microphone")),
             "spectrogram": (_("Sound file"), _("Microphone"), _("Picture file"))}  # fmt: skip
    tabs = iter(st.tabs(words[page]))
    if page != "image":
        with next(tabs):
            _sound_file(page)
        with next(tabs):
            recorded = st.audio_input(_("Record"), sample_rate=48_000, key=f"{page}_microphone")
            _take(recorded, "microphone", "audio")
    if page != "audio":
        with next(tabs):
            _picture_file(page)
    if page == "image":
        with next(tabs):
            if st.toggle(_("Turn the camera on"), key="image_camera_on"):
                _take(st.camera_input(_("Take a picture"), key="image_camera", resolution="720p"), "camera", "image")


def _picture_file(page: str) -> None:
    megabytes = limits().file_bytes // 2**20
    name = "upload" if page == "image" else "picture"
    file = st.file_uploader(
        _("A picture: PNG, JPEG, WebP, BMP, GIF, TIFF, or an array (NPY)"),
        key=f"{page}_{name}", max_upload_size=megabytes,
    )  # fmt: skip
    st.caption(
        _("Up to {size} MB. Pictures over {pixels} megapixels are reduced. It stays in this session and is"
          " not stored.", size=megabytes, pixels=limits().soft_pixels // 10**6)
    )  # fmt: skip
    _take(file, name, "image")


def _sound_file(page: str) -> None:
    megabytes = limits().file_bytes // 2**20
    file = st.file_uploader(
        _("A sound: WAV, FLAC, OGG, MP3, or an array (NPY)"),
        key=f"{page}_upload",
        max_upload_size=megabytes,
    )
    rate = st.number_input(
        _("Samples a second, for an array"), 1000, 768_000, value=44_100, step=50, key=f"{page}_npy_rate",
        help=_("A sound file says its own rate; an NPY file does not."),
    )  # fmt: skip
    st.caption(
        _("Up to {size} MB. Sounds over {minutes} minutes are cut. It stays in this session and is not stored.",
          size=megabytes, minutes=limits().soft_seconds // 60)
    )  # fmt: skip
    _take(file, "upload", "audio", rate=rate)


def _take(file: object, widget: str, kind: str, *, rate: int | None = None) -> None:
    """Judge a file of a picture or a sound that has just arrived; the rerun then shows it everywhere.

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
        if kind == "image":
            from playground.media.image_file import load_image  # Pillow and its plugins

            loaded = load_image(file.getvalue(), file.name)
        else:
            loaded = load_audio(file.getvalue(), file.name, rate=rate)
    except MediaError as error:
        session.keep("upload_error", error)
    else:
        st.session_state[f"{kind}.own"] = loaded
        session.keep("upload_error", None)
        state = session.now()
        session.put(chosen(state, OWN_PICTURE if kind == "image" and state.kind == "spectrogram" else OWN))
    st.rerun()
