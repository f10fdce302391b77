"""What goes into the transform, and what comes back?  The sound before, the engine's result, the magnitudes it asked for."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from playground import spectrum as spectra
from playground.media.types import Audio, Image
from playground.ops.phase import signed
from playground.recipe.model import Recipe
from playground.recipe.text import to_text
from playground.result import Result
from playground.ui import cache, progress
from playground.ui.spectrogram_state import SpectrogramState
from playground.ui.state import recipe_of
from playground.ui.words import _
from playground.view.panels import Transform

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Heard:
    """The sound that goes into the transform, or that a picture makes: values, rate, and a name for the caches.

    ``result`` is that of the picture as it is.
    """

    values: Tensor
    rate: Fraction
    key: str
    result: Result | None = None


def transform_of(state: SpectrogramState) -> Transform:
    """The settings of the transform, resolved."""
    n_fft = state.transform("n_fft")
    hop = state.transform("hop_length") or max(1, n_fft // 4)
    if state.is_picture:
        return Transform(n_fft, hop, n_fft, "hann", True, "reflect")
    window = state.transform("win_length") or n_fft
    return Transform(
        n_fft, hop, window, state.transform("window"), state.transform("center"), state.transform("padding_mode")
    )


def given(medium: Image | Audio, state: SpectrogramState) -> Heard:
    """The sound before: as loaded, after the steps in front of the transform, or as the picture alone sounds."""
    base = f"{medium.digest} {medium.name}"
    steps = recipe_of(state).steps
    if state.is_picture:
        recipe = Recipe((steps[0], steps[-1]))
        result = progress.run(medium, recipe, name="before", words=_("The picture as it is"))
        return Heard(result.output, result.rate, f"{base} {to_text(recipe)} {result.iterations}", result)
    front = steps[: [step.name for step in steps].index("stft")]
    if not front:
        return Heard(medium.values, Fraction(medium.rate), base)
    result = cache.run(medium, Recipe(front))
    return Heard(result.output, result.rate, f"{base} {to_text(Recipe(front))}")


def waits(state: SpectrogramState) -> bool:
    """Whether the result takes iterations, so that everything else is better drawn first."""
    return progress.iterates(recipe_of(state))


def computed(medium: Image | Audio, state: SpectrogramState, before: Heard) -> Result:
    """The engine's result; where it iterates, with a progress bar."""
    if before.result is not None and state.changes_nothing:
        return before.result
    recipe, watched = recipe_of(state), bool(state.front or state.back)
    focus = state.focus(medium.values.shape[0])
    if progress.iterates(recipe):
        return progress.run(medium, recipe, name="after", words=_("Griffin-Lim"), watched=watched, focus=focus)
    return cache.run(medium, recipe, watched=watched, focus=focus)


def wanted(result: Result) -> Tensor:
    """The magnitudes that the sound was asked to have, each at the bin at which it is heard.

    Shape: ``-> (C, F, T)``.
    """
    settings = result.records[-1].settings
    return signed(spectra.placed(result.values, result.spectrum), settings["negative"]).abs()
