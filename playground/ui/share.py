"""How does a result leave the page?  As a link, as what is shown or heard, as the values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from playground.engine.export import export
from playground.errors import N_
from playground.media.qr import qr_pixels
from playground.media.save import (
    MOST_SIDE,
    file_stem,
    flac_bytes,
    jpeg_bytes,
    npy_bytes,
    png_bytes,
    tiff_bytes,
    wav_bytes,
    webp_bytes,
)
from playground.ops import KernelRef
from playground.recipe.json_file import to_json
from playground.result import Result
from playground.ui import address, frame, guard, session
from playground.ui.address import OWN
from playground.ui.slide import Slide
from playground.ui.spectrogram_state import OWN_PICTURE
from playground.ui.state import FIRST_RESPONSE, PageState
from playground.ui.words import _
from playground.view import pixels
from playground.view.colours import PAPER, rgb
from playground.view.summary import link_fits

QR_WIDTH = 280
"""Pixels: as much as stands in the popover of a low window without being scrolled to."""
FRAGMENT = "share"
"""The part of a page that says and offers its address."""
if TYPE_CHECKING:
    from torch import Tensor

    from playground.media.types import Audio, Image

ENDINGS = {"jpeg": "jpg", "tiff": "tif"}
NOT_IN_THE_LINK = {
    ("image", "image"): N_("Your own picture is not in the link; whoever opens it sees the cat with these settings."),
    ("audio", "audio"): N_("Your own sound is not in the link; whoever opens it hears the drums with these settings."),
    ("spectrogram", "audio"): N_("Your own sound is not in the link; whoever opens it hears a voice with these settings."),
    ("spectrogram", "image"): N_("Your own picture is not in the link; whoever opens it hears the cat with these settings."),
}  # fmt: skip
"""What a link does not carry, by page and by what was loaded."""


@st.fragment(key=FRAGMENT)
def follow(
    name: str, result: Result | None, *, medium: Image | Audio, rate: int | None,
    slide_of: Callable[[PageState], Slide] | None = None,
) -> None:  # fmt: skip
    """The address of the page as it is now, and the popover with it: also where only the display has changed."""
    state, slide = session.now(), None
    with guard.quiet():  # what cannot be shown has been said where it would stand
        slide = None if slide_of is None else slide_of(state)
    params = address.leave(state.kind, state, channels=medium.values.shape[0])
    offer(state, params, name, result, medium=medium, rate=rate, slide=slide, on_open="rerun")


def offer(
    state: PageState,
    params: dict[str, str],
    name: str,
    result: Result | None,
    *,
    medium: Image | Audio,
    shown: pixels.Shown | None = None,
    rate: int | None = None,
    slide: Slide | None = None,
    kernels: Mapping[str, Tensor] = {},
    on_open: str = "ignore",
) -> None:
    """The popover "Save and share"; without a result only the link, of the moment of opening with ``on_open="rerun"``.

    A picture is saved as ``shown``, a sound at ``rate``; ``slide`` makes the page for slides, ``kernels`` are the
    loaded ones by their digest.
    """
    popover = st.popover(
        _("Save and share"), icon=":material/ios_share:", width="stretch", key=f"{state.kind}_share",
        on_change=on_open,
    )  # fmt: skip
    with popover:
        _link(state, link(params))
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
        if slide is not None:
            full = link(params)
            _button(f"{state.kind}_slide", _("For slides: one picture, 1200 × 630, with the QR code"), lambda: slide(full),
                    f"{stem}-slide.png", "image/png", ":material/slideshow:")  # fmt: skip
            if not link_fits(full):
                frame.note(_("This link is too long for the code on the slide."))
        if shown is not None:
            _pictures(stem, shown, result)
        if rate is not None:
            _sounds(state, stem, result, rate)
        _button(f"{state.kind}_npy", _("NPY: the values, nothing clipped"), lambda: npy_bytes(result.output),
                f"{stem}.npy", "application/octet-stream", ":material/data_array:")  # fmt: skip
        _programs(state, stem, medium, result, kernels)
        text = to_json(result.recipe, state.medium_kind)
        _button(f"{state.kind}_json", _("JSON: the recipe"), text.encode, f"{stem}.json", "application/json",
                ":material/list_alt:")  # fmt: skip


def _link(state: PageState, full: str) -> None:
    title = _("Link to this page")
    st.markdown(f"**{title}**")
    st.code(full, language=None, wrap_lines=True)
    if st.toggle(_("QR code, to be read from a projector"), key=f"{state.kind}_qr"):
        with guard.sentence():
            st.image(png_bytes(qr_pixels(full)), output_format="PNG", width=QR_WIDTH, alt=_("QR code of the link"))


def _programs(state: PageState, stem: str, medium: Image | Audio, result: Result, kernels: Mapping[str, Tensor]) -> None:
    """The same result by a program without us, and what it reads where a file alone does not say it."""
    for flavour, label in (
        ("torch", N_("Program: the same with PyTorch alone")),
        ("numpy", N_("Program: the same with NumPy and SciPy")),
    ):
        making = partial(export, result, medium, kernels=kernels, flavour=flavour)
        _button(f"{state.kind}_{flavour}", _(label), lambda making=making: making().encode(), f"{stem}-{flavour}.py",
                "text/x-python", ":material/code:")  # fmt: skip
    _button(f"{state.kind}_input", _("NPY: the input, as the program reads it best"), lambda: npy_bytes(_given(medium, result)),
            f"{stem}-input.npy", "application/octet-stream", ":material/data_array:")  # fmt: skip
    for number, digest in enumerate(_digests(result), start=1):
        which = "kernel" if number == 1 else f"kernel-{number}"
        _button(f"{state.kind}_{which}", _("NPY: the loaded kernel, for the program"),
                lambda digest=digest: npy_bytes(kernels[digest]), f"{stem}-{which}.npy", "application/octet-stream",
                ":material/data_array:")  # fmt: skip


def _given(medium: Image | Audio, result: Result) -> Tensor:
    """What the first step was given: where a picture's transparency is lost, it was put on white."""
    alpha = getattr(medium, "alpha", None)
    if alpha is None or result.alpha is not None:
        return medium.values
    return medium.values * alpha + (1 - alpha)


def _digests(result: Result) -> list[str]:
    """The loaded kernels that a program asks for, in its order."""
    refs = [step.get("kernel") for step in result.recipe.steps]
    return list(dict.fromkeys(ref.digest for ref in refs if isinstance(ref, KernelRef) and ref.digest is not None))


def _pictures(stem: str, shown: pixels.Shown, result: Result) -> None:
    size = _("{height} × {width}", height=shown.pixels.shape[0], width=shown.pixels.shape[1])
    whole = partial(pixels.with_alpha, shown.pixels, result.alpha)
    paper = rgb(PAPER[frame.theme()])
    files = (
        ("png", _("PNG: the pixels as shown, {size}", size=size), lambda: png_bytes(whole())),
        ("jpeg", _("JPEG: smaller, nearly as shown"), lambda: jpeg_bytes(whole(), paper=paper)),
        ("webp", _("WebP: the pixels as shown, small"), lambda: webp_bytes(whole())),
        ("tiff", _("TIFF: the values as floats, nothing clipped"), lambda: tiff_bytes(result.output)),
    )
    room = {name.lower(): side for name, side in MOST_SIDE.items()}
    for ending, label, data in files:
        if max(shown.pixels.shape) > room.get(ending, math.inf):
            continue
        _button(f"image_{ending}", label, data, f"{stem}.{ENDINGS.get(ending, ending)}", f"image/{ending}", ":material/image:")


def _sounds(state: PageState, stem: str, result: Result, rate: int) -> None:
    for subtype, label, ending in (
        ("PCM_16", N_("WAV, 16 bits: clipped beyond full scale"), "wav"),
        ("FLOAT", N_("WAV, float: nothing clipped"), "float.wav"),
    ):
        _button(f"{state.kind}_{subtype.lower()}", _(label), _wav(result, rate, subtype), f"{stem}.{ending}", "audio/wav",
                ":material/graphic_eq:")  # fmt: skip
    _button(f"{state.kind}_flac", _("FLAC: clipped beyond full scale"), lambda: flac_bytes(result.output, rate),
            f"{stem}.flac", "audio/flac", ":material/graphic_eq:")  # fmt: skip


def link(params: dict[str, str]) -> str:
    """The full address of this page with these parameters."""
    base = (st.context.url or "").split("?")[0]
    return f"{base}?{urlencode(params)}" if params else base


def _button(key: str, label: str, data: Callable[[], bytes], file_name: str, mime: str, icon: str) -> None:
    st.download_button(label, data, file_name, mime, key=key, on_click="ignore", width="stretch", icon=icon)


def _wav(result: Result, rate: int, subtype: str) -> Callable[[], bytes]:
    return lambda: wav_bytes(result.output, rate, subtype=subtype)
