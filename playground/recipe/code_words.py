"""What does a step do, in plain words?  One sentence for every operation: the comments of a program.

A kernel's sentence is the registry's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from playground.ops import KERNELS, OPS, KernelRef
from playground.ops.parameters import Choice, Padding
from playground.recipe.model import Step

SENTENCES: Mapping[str, str] = MappingProxyType(
    {
        "absolute": "Every value loses its sign.",
        "amplitude": "Levels in dB become magnitudes again.",
        "channel": "One channel alone is kept.",
        "clip": "What is below or above both limits becomes the nearer limit.",
        "colour_matrix": "The channels of each pixel are mixed: a convolution of 1 x 1.",
        "conv1d": "The kernel slides over the sound: at each place, products are summed.",
        "conv2d": "The kernel slides over the picture: at each place, products are summed.",
        "crop1d": "A part of the sound is cut out.",
        "crop2d": "A rectangle is cut out.",
        "decibels": "Magnitudes become levels in dB; 0 dB is a sine of amplitude 1.",
        "edge_magnitude": "The length of the gradient: how strong the edge is, whatever its direction.",
        "flip1d": "The sound is played backwards.",
        "flip2d": "The mirror image.",
        "gain": "Every value is multiplied by the factor.",
        "grey": "Brightness: 0.299 red + 0.587 green + 0.114 blue (ITU-R BT.601).",
        "griffin_lim": "Phases that fit these magnitudes are found by going there and back, again and again.",
        "harmonic": "What sounds on: the share of each value that its neighbours in time have more of.",
        "interpolate1d": "More samples or fewer; those at the old places keep their values.",
        "interpolate2d": "More rows and columns or fewer; those at the old places keep their values.",
        "istft": "Back to a sound: every frame is laid where it came from, and the sum divided by the windows.",
        "linear_frequency": "Bands become equal steps again: the smallest spectrogram that fits, by least squares.",
        "log_frequency": "Rows are read in equal steps of an octave, as the keys of a piano lie.",
        "mask": "A rectangle of frequencies and times is silenced, or all that is outside it.",
        "mel": "Rows are gathered into bands along the mel scale: equal steps for the ear.",
        "mono": "The mean of all channels.",
        "noise": "A number of its own is added to every value; the same seed always adds the same ones.",
        "normalise": "All values together are moved and scaled.",
        "offset": "The amount is added to every value.",
        "percussive": "What is over at once: the share of each value that its neighbours in frequency have more of.",
        "picture_spectrum": "The picture becomes a spectrogram: rows are frequencies, columns times, brightness is"
        " loudness.",
        "pool1d": "One value of each window of samples.",
        "pool2d": "One value of each window of pixels.",
        "power": "Every magnitude is raised to the exponent and keeps its sign.",
        "relu": "Values below 0 become 0.",
        "square": "Every value times itself.",
        "stft": "The short-time Fourier transform: which frequencies sound when.  Magnitudes go on.",
    }
)


def heading(step: Step, kind: str, position: int) -> str:
    """The comment above a step: its place, name, settings and sentence.

    >>> heading(Step.of("gain", factor=2.0), "image", 1)
    '1. gain(factor=2.0): Every value is multiplied by the factor.'
    """
    sentence = SENTENCES.get(step.name) or KERNELS[step.name].words(kind).sentence
    return f"{position}. {_called(step)}: {sentence}"


def _called(step: Step) -> str:
    """The step as a call, with what differs from its defaults."""
    settings = []
    for name, value in step.params:
        if isinstance(value, KernelRef):
            said = _kernel(value)
            if said:
                settings.append(f"{name}={said}")
        else:
            settings.append(f"{name}={_value(value)}")
    return f"{step.name}({', '.join(settings)})" if settings else step.name


def _kernel(ref: KernelRef) -> str:
    if ref.name is None:
        return ""
    settings = ", ".join(f"{name}={_value(value)}" for name, value in ref.params)
    return f"{ref.name}({settings})"


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_value(part) for part in value)})"
    if isinstance(value, str):
        return value if value in WORDS else ""
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    return repr(value) if type(value) in (bool, int, float) else ""


def _words() -> frozenset[str]:
    found: set[str] = set()
    for registered in (*OPS.values(), *KERNELS.values()):
        for option in registered.options.values():
            if isinstance(option.type, Choice):
                found |= set(option.type.options)
            if isinstance(option.type, Padding):
                found |= set(option.type.words)
    return frozenset(found)


WORDS = _words()
"""Every word that a setting may be."""
