"""What need not be computed twice?  Results by digest and recipe, never by the pixels themselves.

Streamlit's hash of a large array looks at a sample of it only, so arrays are passed with a leading
underscore and named by a digest of the bytes that they came from.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from playground.media import samples
from playground.media.types import Audio, Image
from playground.recipe.model import Recipe, Step
from playground.recipe.text import to_text
from playground.view import pixels

if TYPE_CHECKING:
    from playground.result import Result


@st.cache_resource(max_entries=32, show_spinner=False)
def sample(name: str) -> Image:
    """A sample picture, loaded once for everybody; treat it as read-only."""
    return samples.picture(name)


@st.cache_resource(max_entries=16, show_spinner=False)
def sound(name: str) -> Audio:
    """A sample sound, loaded once for everybody; treat it as read-only."""
    return samples.sound(name)


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Let torch and OpenCV start once per process, so that the first time shown is the method's own."""
    from playground import engine  # behind the controls, as below

    engine.run(Recipe((Step("grey"), Step("sobel_x"), Step("gaussian"))), samples.picture("counting"))


@st.cache_resource(max_entries=4, scope="session", show_spinner=False)
def _run(
    _medium: Image | Audio, digest: str, text: str, watched: bool, focus: int | None, _recipe: Recipe, _kernels: dict
) -> Result:
    from playground import engine
    from playground.view.trail import glimpse

    warm_up()
    return engine.run(_recipe, _medium, kernels=_kernels, watch=glimpse if watched else None, focus=focus)


def run(
    medium: Image | Audio, recipe: Recipe, *, kernels: dict | None = None, watched: bool = False,
    focus: int | None = None,
) -> Result:  # fmt: skip
    """The engine's result, kept for this visitor's last few settings; treat it as read-only.

    ``watched`` keeps a glimpse of each step's result in its record, ``focus`` is the step to look at, as in
    ``engine.run``.
    """
    name = f"{medium.kind} {medium.digest} {medium.name}"
    return _run(medium, name, to_text(recipe), watched, focus, recipe, kernels or {})


@st.cache_resource(max_entries=4, scope="session", show_spinner=False)
def _shown(_values: object, key: str, mode: str, scale: float, theme: str, _span: tuple[float, float] | None) -> pixels.Shown:
    return pixels.show(_values, mode=mode, scale=scale, theme=theme, span=_span)


def shown(
    values: object, *, key: str, mode: str, scale: float, theme: str, span: tuple[float, float] | None = None
) -> pixels.Shown:
    """Displayable pixels of values that ``key`` names; ``span`` as in ``pixels.show``."""
    return _shown(values, key, mode, scale, theme, span)


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def preview(_pixels: np.ndarray, key: str, theme: str, frame: tuple[int, int] | None) -> pixels.Preview:
    """The encoded preview of pixels that ``key`` names."""
    return pixels.preview(_pixels, theme=theme, frame=frame)
