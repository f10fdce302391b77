"""Which settings are worth a look?  Ready examples, each a link that sets the whole page."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from playground import engine
from playground.errors import N_
from playground.ui import cache, frame
from playground.ui.address import parse
from playground.ui.state import answers_edges, recipe_of
from playground.ui.words import _
from playground.view import pixels

THUMBNAIL = 220
WIDTH = 110
"""Pixels of a thumbnail, and on the page: three in a row on a phone, sharp at double density."""


@dataclass(frozen=True)
class Example:
    """A name, the address that shows it, and what it teaches at a glance."""

    name: str
    params: tuple[tuple[str, str], ...]
    teaches: str


PICTURES = (
    Example(N_("Neon cat"), (), N_("The sign says dark to light, or light to dark.")),
    Example(
        N_("Bricks lose their rows"), (("source", "bricks"),),
        N_("Horizontal mortar vanishes; with Sobel y only it is left."),
    ),
    Example(
        N_("Ghost rings"), (("source", "zone-plate"), ("recipe", "identity.stride_2")),
        N_("Every second pixel: rings that are not there. Blur first and they go."),
    ),
    Example(
        N_("Checkerboard"),
        (("source", "flat"), ("recipe", "box.padding-mode_constant.stride_1-2"), ("signed", "stretch")),
        N_("A 3 × 3 kernel at stride 1/2 paints unevenly; 4 × 4 is even."),
    ),
    Example(
        N_("Five borders"), (("source", "page"), ("recipe", "gaussian.padding-mode_constant.size_31")),
        N_("Change Border and watch the edges: each mode invents something else."),
    ),
    Example(
        N_("One white dot"), (("source", "impulse"), ("recipe", "emboss")),
        N_("The answer is the kernel, turned by half a turn under correlation."),
    ),
    Example(
        N_("Shaken camera"), (("source", "cup"), ("recipe", "motion-blur.angle_30.length_25")),
        N_("A blur can have a direction."),
    ),
)  # fmt: skip


SOUNDS = (
    Example(
        N_("The sweep that turns round"), (("source", "sweep"), ("recipe", "identity.stride_2")),
        N_("The tone rises to half of the new rate, then comes down again: aliasing."),
    ),
    Example(
        N_("The sweep that fades"), (("source", "sweep"), ("recipe", "low-pass.cutoff_9000~identity.stride_2")),
        N_("With the low-pass in front, what cannot be kept is gone before it can turn round."),
    ),
    Example(
        N_("A hall"), (("source", "speech"), ("recipe", "reverb")),
        N_("Convolution as a place; record your own voice for it."),
    ),
    Example(
        N_("Silent note"), (("source", "sine-third"), ("recipe", "moving-average.padding-mode_circular.size_3")),
        N_("A tone at a third of the rate, an average of three: exactly nothing."),
    ),
    Example(
        N_("Metal"), (("source", "music"), ("recipe", "identity.stride_1-2~gain.factor_2")),
        N_("Zeros between the samples mirror the spectrum: it rings like metal."),
    ),
    Example(
        N_("Metal, smoothed"), (("source", "music"), ("recipe", "identity.stride_1-2~low-pass.cutoff_20000~gain.factor_2")),
        N_("The same with a low-pass behind it: the mirror image is gone."),
    ),
    Example(
        N_("A click at the end"), (("source", "sine"), ("recipe", "gaussian.padding_full.padding-mode_circular.sigma_50")),
        N_("Change Border and hear what padding sounds like at both ends."),
    ),
)  # fmt: skip


SPECTROGRAMS = (
    Example(
        N_("Whisper"), (("recipe", "stft.n-fft_1024~box.size_31_1~istft"),),
        N_("Smoothed along frequency the voice loses its pitch and keeps its vowels."),
    ),
    Example(
        N_("Only the attacks"), (("source", "music"), ("recipe", "stft~conv2d.kernel_1x3_-1_0_1.padding_same.padding-mode_reflect~istft")),
        N_("An edge kernel along time leaves what begins."),
    ),
    Example(
        N_("Drums without drums"), (("source", "drums"), ("recipe", "stft~harmonic~istft")),
        N_("A median along time keeps what lasts; compare with Percussive."),
    ),
    Example(
        N_("Half the time, same pitch"), (("recipe", "stft~identity.stride_1_2~griffin-lim"),),
        N_("Stride 2 in time keeps every second column; Griffin-Lim finds phases that fit."),
    ),
    Example(
        N_("Bells"), (("source", "music"), ("recipe", "stft~shift.down_40.right_0~griffin-lim")),
        N_("All partials moved by equal Hz no longer belong together. A shift of rows is no transposition."),
    ),
    Example(
        N_("Window: time or frequency"), (("source", "drums"), ("recipe", "stft.n-fft_256~identity~istft")),
        N_("Switch the window length: hits are sharp in a short one, tones in a long one."),
    ),
    Example(
        N_("A picture, played"), (("source", "picture-page"),),
        N_("Rows are frequencies, columns are moments: hear a page of text from left to right."),
    ),
)  # fmt: skip
LISTS = {"audio": SOUNDS, "spectrogram": SPECTROGRAMS}
"""The examples of the pages that are heard."""


def row(kind: str) -> None:
    """The ready examples under "Try", each with its link; pictures with a thumbnail."""
    st.subheader(_("Try"), anchor=False)
    if kind != "image":
        with st.container(horizontal=True, gap="small"):
            for example in LISTS[kind]:
                st.page_link(f"pages/{kind}.py", label=_(example.name), icon=":material/play_circle:",
                             help=_(example.teaches), query_params=dict(example.params))  # fmt: skip
        return
    with st.container(horizontal=True, gap="small"):
        for number, example in enumerate(PICTURES):
            with st.container(key=f"try_{number}", width=WIDTH):
                data = _thumbnail(example.params, frame.theme())
                words = f"{_(example.name)}: {_(example.teaches)}"
                st.image(
                    data, width="stretch", output_format="PNG", alt=words
                )  # a number would shrink the file
                st.page_link("pages/image.py", label=_(example.name), query_params=dict(example.params))


@st.cache_data(max_entries=64, show_spinner=False)
def _thumbnail(params: tuple[tuple[str, str], ...], theme: str) -> bytes:
    state = parse(dict(params))
    medium = cache.sample(state.source)
    result = engine.run(recipe_of(state, channels=medium.values.shape[0]), medium)
    mode = pixels.choose_mode(
        state.signed, channels=result.output.shape[0], signed=answers_edges(state.kernel)
    )
    shown = pixels.show(result.output, mode=mode, scale=result.scale, theme=theme)
    return pixels.thumbnail(shown.pixels, THUMBNAIL)
