"""One kernel, two senses: both at once on the first page, and the doors from one to the other.

A sound's taps run along the rows of a picture, or as an outer product along both axes; of a
picture's kernel the sound gets the row factor where it has one, else its middle row.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import streamlit as st

from playground.errors import N_
from playground.ops import KernelRef
from playground.ops.lazy import torch
from playground.ops.methods.separable import factors
from playground.ops.registry import MAX_KERNEL_NUMBERS
from playground.recipe.model import Recipe, Step
from playground.recipe.text import to_text
from playground.result import Record, Result
from playground.ui import address, cache, frame, show, show_picture, show_sound, waiting
from playground.ui.first import FIRST
from playground.ui.state import PageState, recipe_of
from playground.ui.words import _
from playground.view.tables import kernel_table

if TYPE_CHECKING:
    from torch import Tensor

HOME: dict[str, tuple[tuple[float, ...], str, str, str]] = {
    "blur": (
        (1 / 31,) * 31, N_("Blur"),
        N_("Fine lines go, large shapes stay."), N_("High notes go: the sound is muffled."),
    ),
    "edges": (
        (-1.0, 0.0, 1.0), N_("Edges"),
        N_("Vertical edges stay, flat areas go."), N_("Low notes go, attacks stay."),
    ),
    "sharpen": (
        (-1.0, 3.0, -1.0), N_("Sharpen"),
        N_("Edges stand out against both sides."), N_("High notes are louder: the sound is bright."),
    ),
}  # fmt: skip
"""The kernels of the first page: taps, name, what is seen, what is heard."""

Door = tuple[str, str, str, dict[str, str]]


def both() -> None:
    """One control, one kernel along the rows of the cat and along the drums, two results."""
    st.markdown(_("A kernel is a short list of numbers that slides along. Pick one: see it, hear it."))
    left, right = st.columns([3, 7], vertical_alignment="center")
    with left:
        chosen = st.segmented_control(
            _("Kernel"), list(HOME), default="edges", required=True, key="home_kernel",
            format_func=lambda name: _(HOME[name][1]), label_visibility="collapsed",
        )  # fmt: skip
    taps, _name, seen, heard = HOME[chosen]
    waiting.until_drawn()
    with right:
        numbers = torch.tensor([taps], dtype=torch.float64)
        size = f"1 × {len(taps)}"
        st.html(kernel_table(numbers, theme=frame.theme(), label=_("Kernel, {size}", size=size)))
    picture_state = PageState(kernel=KernelRef(numbers=(taps,)))
    sound_state = replace(FIRST["audio"], kernel=KernelRef(numbers=taps))
    medium, tone = cache.sample(picture_state.source), cache.sound(sound_state.source)
    result = cache.run(medium, recipe_of(picture_state))
    sounding = cache.run(tone, recipe_of(sound_state, channels=tone.values.shape[0]))
    stage, beside = st.columns([6, 5], gap="medium")
    with stage, st.container(key="stage"):
        show_picture.before_after(
            medium, _("Cat"), picture_state, result, address.key(medium, picture_state, 3)
        )
        st.markdown(_(seen))
    with beside, st.container(key="heard"):
        show_sound.before_after(tone, _("Drums"), sound_state, sounding, address.key(tone, sound_state, 2))
        st.markdown(_(heard))


def row_of(kernel: Tensor) -> Tensor:
    """The taps that a sound gets of a picture's kernel.

    Shape: ``(kh, kw) -> (kw,)``: the row factor of a separable kernel, scaled to the kernel's sum where
    the column has one, else the middle row.

    >>> import torch
    >>> row_of(torch.tensor([[1., 2., 1.], [2., 4., 2.], [1., 2., 1.]]) / 16)
    tensor([0.2500, 0.5000, 0.2500])
    """
    while kernel.ndim > 2:
        kernel = kernel[0]
    middle = kernel[kernel.shape[0] // 2]
    found = factors(kernel)
    if found is None:
        return middle
    column, row = (factor.to(kernel.dtype) for factor in found)
    total = column.sum()
    return row * total if abs(float(total)) > 1e-9 * float(column.abs().sum()) else middle


def of_picture(record: Record) -> None:
    """The response of the row that a sound would get of a picture's kernel."""
    st.subheader(_("Frequency"), anchor=False)
    show.response_for_both(
        row_of(record.kernel), rate=Fraction(44_100), flipped=bool(record.settings["flip_kernel"])
    )
    frame.note(
        _('Of the kernel\'s row, the one that "Hear this kernel" plays; Hz at 44100 samples a second.')
    )


def door_to_sound(state: PageState, result: Result | None) -> list[Door]:
    """ "Hear this kernel": the picture's kernel as a row of taps on the sound page."""
    if result is None or result.convolution is None:
        return []
    taps = row_of(result.convolution.kernel)
    recipe = _numbers("conv1d", _tidy(taps), state, padding_mode="constant")
    return (
        [("pages/audio.py", _("Hear this kernel"), ":material/graphic_eq:", {"recipe": recipe})]
        if recipe
        else []
    )


def doors_to_picture(state: PageState, result: Result | None) -> list[Door]:
    """ "See this kernel on a picture": along rows, and as an outer product where that is small enough."""
    if result is None or result.convolution is None:
        return []
    taps = _tidy(result.convolution.kernel.reshape(-1, result.convolution.kernel.shape[-1])[0])
    doors = [
        (_("See this kernel on a picture, along rows"), ":material/image:", (taps,)),
        (_("as outer product"), ":material/grid_on:", tuple(tuple(a * b for b in taps) for a in taps) if len(taps) <= 64 else ()),
    ]  # fmt: skip
    found = []
    for label, icon, numbers in doors:
        recipe = _numbers("conv2d", numbers, state, padding_mode="reflect")
        if recipe:
            found.append(("pages/image.py", label, icon, {"recipe": recipe}))
    return found


def _tidy(taps: Tensor) -> tuple[float, ...]:
    """Taps as numbers for a link: 9 significant digits, more than float32 keeps."""
    return tuple(float(f"{value:.9g}") + 0.0 for value in taps.tolist())


def _numbers(step: str, numbers: tuple, state: PageState, *, padding_mode: str) -> str | None:
    flat = numbers if numbers and not isinstance(numbers[0], tuple) else [n for row in numbers for n in row]
    if not flat or len(flat) > MAX_KERNEL_NUMBERS or not any(flat):
        return None
    settings = {"padding": "same", "padding_mode": padding_mode, "flip_kernel": state.setting("flip_kernel")}
    if padding_mode == "constant":
        del settings["padding_mode"]
    if not settings["flip_kernel"]:
        del settings["flip_kernel"]
    return to_text(Recipe((Step.of(step, kernel=KernelRef(numbers=numbers), **settings),)))
