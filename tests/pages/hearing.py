"""The sound page without a browser: arrive, touch a control, compare what stands there with the engine."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pytest
from torch import Tensor

from playground import engine
from playground.media import samples
from playground.media.types import Audio
from playground.ops import KERNELS
from playground.ops.kernels import resolved
from playground.recipe.text import from_text
from playground.result import Result

from .visiting import calm, facts, heading, notes, number, visit

FIRST_RECIPE = "echo"
"""What the sound page shows where the address says nothing."""
SOUND_KERNELS = {name: kernel for name, kernel in KERNELS.items() if "audio" in kernel.media}


def listen(**params: str):
    """A new visitor of the sound page."""
    return visit("pages/audio.py", **params)


def control(at, key: str):
    """The control ``audio_<key>``."""
    return at.main.get_by_key(f"audio_{key}")


def has(at, key: str) -> bool:
    """Whether there is a control ``audio_<key>``."""
    try:
        control(at, key)
    except KeyError:
        return False
    return True


def turn(at, key: str, value: object):
    """Set the control ``audio_<key>`` and let the page follow."""
    control(at, key).set_value(value)
    return at.run()


def press(at, key: str):
    """Press the button ``audio_<key>``."""
    at.button(key=f"audio_{key}").click()
    return at.run()


def recipe_text(at) -> str:
    """The recipe that the address names."""
    return at.query_params.get("recipe", FIRST_RECIPE)


def medium_of(at) -> Audio:
    """The sample that the address names."""
    return samples.sound(at.query_params.get("source", "drums"))


def computed(at, medium: Audio | None = None, kernels: Mapping[str, Tensor] | None = None) -> Result:
    """What the engine makes of the recipe in the address, without the page."""
    return engine.run(from_text(recipe_text(at), "audio"), medium or medium_of(at), kernels=kernels or {})


def decibels(values: Tensor) -> tuple[float, float]:
    """Peak and RMS in dB of full scale, by numpy."""
    x = values.numpy().astype(np.float64)
    with np.errstate(divide="ignore"):
        return float(20 * np.log10(np.abs(x).max())), float(10 * np.log10(np.mean(x**2)))


def level(text: str) -> float:
    return -np.inf if text == "−∞" else number(text)


def tells_the_truth(at, medium: Audio | None = None, kernels: Mapping[str, Tensor] | None = None) -> Result:
    """Assert that the page is about what the recipe in the address computes."""
    calm(at)
    medium = medium or medium_of(at)
    result, line = computed(at, medium, kernels), facts(at)
    given, made = medium.values.shape[-1], result.output.shape[-1]
    count = result.output.shape[0]
    channels = {1: "mono", 2: "stereo"}.get(count, f"{count} channels")
    lengths = (
        f"{given} samples, {given / medium.rate:.4g} s at {medium.rate} Hz → "
        f"{made} samples, {made / float(result.rate):.4g} s at {result.rate} Hz · {channels} · peak "
    )
    assert line.startswith(lengths), line
    db = r"(−∞|−?[\d.]+)"
    found = re.search(f"peak {db} → {db} dBFS · RMS {db} → {db} dBFS", line).groups()
    (peak, rms), (new_peak, new_rms) = decibels(medium.values), decibels(result.output)
    assert [level(text) for text in found] == pytest.approx([peak, new_peak, rms, new_rms], abs=0.051), line
    assert " · not normalised · " in line and re.search(r" · [\w,:×+ ]*[\d.,]+ ms$", line)
    beyond = float(np.mean(np.abs(result.output.numpy()) > 1 + 1e-5))
    assert len(at.warning) == (beyond > 0)
    if beyond:
        share = f"{100 * beyond:.0f} %" if beyond >= 0.01 else "< 1 %"
        assert at.warning[0].value == (
            f"{share} of the samples are beyond full scale: players and 16-bit files clip them."
            f" The peak is {result.output.abs().max():.2f}."
        )
    early = [note for note in notes(at) if "before time 0" in note]
    expected = [f"The result begins {float(result.origin / result.rate):.4g} s before time 0."]
    assert early == (expected if result.origin > 0 else [])
    return result


def is_right(at, medium: Audio | None = None) -> Result:
    """Fact line, heading and the sentence of the kernel belong to the recipe in the address."""
    result = tells_the_truth(at, medium)
    step = [step for step in from_text(recipe_text(at), "audio").steps if step.name != "gain"][-1]
    if step.name in SOUND_KERNELS:
        kernel = SOUND_KERNELS[step.name].words("audio")
        own = [(name, value) for name, value in step.params if name in SOUND_KERNELS[step.name].options]
        if step.name != "identity" or step.get("stride", 1) == 1:
            assert heading(at) == kernel.finding.format(**resolved(step.name, own))
        assert kernel.sentence in notes(at)
    else:
        assert heading(at).startswith("Your own kernel ")
    taps = result.convolution.kernel
    used = int((taps != 0).sum())
    assert any(note.startswith(f"{taps.shape[-1]} taps, {used} not zero, sum ") for note in notes(at))
    return result
