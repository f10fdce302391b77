"""How is a step set that slides no kernel?  Which one it is, its sentence, and a control for each parameter."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st

from playground.errors import N_
from playground.ops import OPS, KernelRef
from playground.ops.registry import KernelParameter
from playground.recipe.check import kind_after, settings
from playground.recipe.model import Step
from playground.ui import numbers, session
from playground.ui.labels import PARAMETER_WORDS, STEP_WORDS
from playground.ui.spectrogram_state import BEGINNINGS, INVERSES, SEPARATIONS
from playground.ui.state import PageState, differing
from playground.ui.widgets import choice, setting
from playground.ui.words import _

SEPIA = KernelRef(numbers=((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131)))
"""What "Colours mixed" begins with: the tones of an old print."""
FIRST_VALUES: dict[str, dict[str, object]] = {
    "colour_matrix": {"kernel": SEPIA},
    "gain": {"factor": 2.0},
    "offset": {"amount": 0.2},
}
"""Where the default changes nothing, what a step begins with instead."""
_ELSEWHERE = {"conv1d", "conv2d", "decibels", "amplitude", "mask", *BEGINNINGS, *INVERSES, *SEPARATIONS}
"""What has controls of its own."""
_NO_WAY_BACK = {"power", "square", "mel", "log_frequency", "linear_frequency"}
"""What leaves no magnitudes of bins: only with its inverse behind it a spectrogram becomes a sound again."""


@dataclass(frozen=True)
class Said:
    """The heading of a step, and one sentence under its name."""

    finding: str
    sentence: str


SAID = {
    "pool1d": Said(N_("Pooling: one number for each window"), N_("A window slides, and keeps one number of what it sees. It has no weights.")),
    "pool2d": Said(N_("Pooling: one number for each window"), N_("A window slides, and keeps one number of what it sees. It has no weights.")),
    "gain": Said(N_("Gain: every value times the same"), N_("Every value is multiplied by the factor; below 0 it is turned over.")),
    "offset": Said(N_("Offset: the same added to every value"), N_("On a picture this is brightness; on a sound a constant that is not heard.")),
    "absolute": Said(N_("Only how far from zero: the sign is dropped"), N_("Negative values become positive: after an edge kernel both directions look alike.")),
    "square": Said(N_("Squared: strong values grow, weak ones vanish"), N_("Every value times itself: energy instead of amplitude.")),
    "relu": Said(N_("ReLU: nothing below zero"), N_("Negative values become 0: the step between the layers of most networks.")),
    "clip": Said(N_("Clipped: nothing beyond the limits"), N_("Values below the lower limit become it, those above the upper one too.")),
    "normalise": Said(N_("Normalised: one scale for every input"), N_("All values are moved and stretched together; nothing else about them changes.")),
    "grey": Said(N_("Grey: how bright, without the colour"), N_("Red, green and blue weighed as the eye does.")),
    "mono": Said(N_("Mono: the mean of the channels"), N_("What is opposite in both channels vanishes.")),
    "channel": Said(N_("One channel, without the others"), N_("0 is the first: red on a picture, left on a sound.")),
    "colour_matrix": Said(N_("Colours mixed: a 1 × 1 convolution"), N_("Each new channel is a weighted sum of the old ones, at every pixel alone.")),
    "edge_magnitude": Said(N_("Edge strength: how steep, in any direction"), N_("The root of x² + y² of two edge kernels: no single kernel does this.")),
    "interpolate1d": Said(N_("Resampled: values put between the samples"), N_("Set it beside stride 1/2, which puts zeros there and lets the kernel fill them.")),
    "interpolate2d": Said(N_("Resampled: values put between the pixels"), N_("Set it beside stride 1/2, which puts zeros there and lets the kernel fill them.")),
    "crop1d": Said(N_("Cut out: a part of it"), N_("Where the part begins, and how many samples it has.")),
    "crop2d": Said(N_("Cut out: a part of it"), N_("Where the part begins, and how many rows and columns it has.")),
    "flip1d": Said(N_("Backwards"), N_("The last sample comes first.")),
    "flip2d": Said(N_("Mirrored"), N_("Left and right, or top and bottom, change places.")),
    "noise": Said(N_("Noise added: the same for the same seed"), N_("Something for a blur or a median to take away again.")),
    "power": Said(N_("A power of every magnitude"), N_("Above 1 loud values stand out, below 1 soft ones come up.")),
    "mel": Said(N_("Mel bands: as wide as the ear's"), N_("Bins are added up into bands that are narrow below and wide above.")),
    "log_frequency": Said(N_("Bands per octave"), N_("Each octave gets as many bands: a melody moves up and down without changing its shape.")),
    "linear_frequency": Said(N_("Bands back to bins"), N_("Undoes mel bands or bands per octave as far as they allow.")),
}  # fmt: skip
"""Of every step that is chosen here."""


def offered(kind: str) -> list[str]:
    """The steps that slide no kernel, for a page; those that leave its kind of medium.

    >>> offered("audio")[:3]
    ['pool1d', 'gain', 'offset']
    """
    left_out = _ELSEWHERE | (_NO_WAY_BACK if kind == "spectrogram" else set())
    return [
        name for name in SAID if kind in OPS[name].media and name not in left_out and kind_after(name, kind) == kind
    ]


def first(kind: str) -> str:
    """The one that is chosen first."""
    return offered(kind)[0]


def choose(state: PageState, name: str) -> PageState:
    """Another step that slides no kernel, as it was last set."""
    remembered = session.memory().get(f"step {name}")
    return replace(state, operation=remembered or Step.of(name, **FIRST_VALUES.get(name, {})))


def finding(state: PageState) -> str:
    """The heading of the step that is edited."""
    name = state.operation.name
    return _(SAID[name].finding) if name in SAID else _(STEP_WORDS.get(name, name))


def controls(state: PageState) -> None:
    """Which step, what it does, and its parameters."""
    step = state.operation
    names = offered(state.kind)
    choice(
        _("Which step"),
        names if step.name in names else [*names, step.name],  # a link may bring others
        "operation",
        now=step.name,
        words=lambda name: _(STEP_WORDS.get(name, name)),
        change=lambda state, name: choose(state, name),
    )
    if step.name in SAID:
        st.caption(_(SAID[step.name].sentence))
    options, values = OPS[step.name].options, settings(step, state.kind)
    for name, option in options.items():
        if isinstance(option.type, KernelParameter):
            numbers.editor(state, values[name].numbers, lambda state, rows: _with(state, "kernel", KernelRef(numbers=rows)))
            continue
        following = values.get("kernel_size") if name == "stride" else None
        setting(_(PARAMETER_WORDS.get(name, name)), f"{step.name}_{name}", option, values[name],
                lambda state, value, name=name: _with(state, name, value), following)  # fmt: skip


def _with(state: PageState, name: str, value: object) -> PageState:
    """One parameter of the step changed."""
    step, options = state.operation, OPS[state.operation.name].options
    changed = Step(step.name, differing(dict(step.params) | {name: value}, options))
    return replace(state, operation=changed)
