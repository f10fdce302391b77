"""The spectrogram page without a browser: arrive, touch a control, compare what stands there with the engine."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from media.sounding import encode
from torch import Tensor

from playground import engine
from playground.media import samples
from playground.media.audio_file import load_audio
from playground.media.types import Audio, Image
from playground.recipe.check import settings
from playground.recipe.model import Recipe
from playground.recipe.text import from_text
from playground.result import Result
from playground.ui import address, guard, presets
from playground.view.scene import unpack

from .hearing import decibels, level
from .visiting import calm, facts, go, notes, visit

PAGE = "pages/spectrogram.py"
FIRST_RECIPE = "stft~box.size_1_9~istft"
FIRST_OF_A_PICTURE = "picture-spectrum~identity~griffin-lim"
"""What the page shows of a sound, and of a picture, where the address says nothing."""
SHORT = "stft.n-fft_256"
"""A transform whose window is short beside ``MINE``."""
IN_NO_LINK = "Your own sound is not in the link; whoever opens it hears a voice with these settings."
SILENT_DB = -140.0
"""What stands for silence in a picture."""


def melody(channels: int = 1, samples_: int = 6000, *, rate: int = 8000) -> np.ndarray:
    """Three tones, two clicks and a little noise, within 0.5.  Shape: ``(C, T)``, float32."""
    t = np.arange(samples_) / rate
    x = sum(0.1 * np.sin(2 * np.pi * hz * t * rate / 8000) for hz in (437.5, 1000, 2600))
    x = x + 0.01 * np.random.default_rng(3).standard_normal((channels, samples_))
    for click in (samples_ // 3, samples_ // 2):
        x[:, click : click + 4] += 0.1
    return x.astype(np.float32)


def wav(values: np.ndarray, *, rate: int = 8000) -> bytes:
    return encode(values, "WAV", "FLOAT", rate=rate)


MINE = wav(melody())
"""A visitor's own sound: short, so that a page is drawn in a tenth of a second."""
MEDIUM = load_audio(MINE, "mine.wav")


# --- touching ------------------------------------------------------------------------------------


def see(**params: str):
    """A new visitor of the spectrogram page."""
    return visit(PAGE, **params)


def upload(at, data: bytes = MINE, name: str = "mine.wav", *, picture: bool = False):
    """Load a file of a sound, or of a picture."""
    key = "spectrogram_picture" if picture else "spectrogram_upload"
    at.file_uploader(key=key).set_value((name, data, "application/octet-stream"))
    return at.run()


def owner(data: bytes = MINE, name: str = "mine.wav"):
    """A new visitor who has loaded a sound of their own."""
    return calm(upload(see(recipe=f"{SHORT}~identity~istft"), data, name))


def link(at, recipe: str, **params: str):
    """Follow a link to the own sound with this recipe."""
    return go(at, PAGE, **{"source": "own", "recipe": recipe, **params})


def control(at, key: str):
    """The control ``spectrogram_<key>``."""
    return at.main.get_by_key(f"spectrogram_{key}")


def has(at, key: str) -> bool:
    """Whether there is a control ``spectrogram_<key>``."""
    try:
        control(at, key)
    except KeyError:
        return False
    return True


OF_THE_DISPLAY = ("axis", "n_mels", "fmin", "fmax", "colours", "follow", "range", "shows")


def turn(at, key: str, value: object):
    """Set the control ``spectrogram_<key>`` and let the page follow."""
    control(at, key).set_value(value)
    at.run()
    return at.run() if key in OF_THE_DISPLAY else at  # which changes a part of the page only: look at all of it


def press(at, key: str):
    """Press the button ``spectrogram_<key>``."""
    at.button(key=f"spectrogram_{key}").click()
    return at.run()


# --- reading -------------------------------------------------------------------------------------


def medium_of(at) -> Audio | Image:
    """The sample, or the own sound ``MINE``, that the address names."""
    source = at.query_params.get("source", "speech")
    if source == "own":
        return MEDIUM
    return samples.picture(source[8:]) if source.startswith("picture-") else samples.sound(source)


def recipe_text(at) -> str:
    """The recipe that the address names."""
    picture = at.query_params.get("source", "").startswith("picture-")
    return at.query_params.get("recipe", FIRST_OF_A_PICTURE if picture else FIRST_RECIPE)


def recipe(at, medium: Audio | Image | None = None) -> Recipe:
    return from_text(recipe_text(at), (medium or medium_of(at)).kind)


def computed(at, medium: Audio | Image | None = None) -> Result:
    """What the engine makes of the recipe in the address, without the page."""
    medium = medium or medium_of(at)
    return engine.run(recipe(at, medium), medium)


def begun(at, medium: Audio | Image | None = None) -> tuple[Tensor, Fraction]:
    """The sound that goes into the transform, or the one that a picture alone makes; and its rate."""
    medium = medium or medium_of(at)
    steps = recipe(at, medium).steps
    if medium.kind == "image":
        result = engine.run(Recipe((steps[0], steps[-1])), medium)
    else:
        front = steps[: [step.name for step in steps].index("stft")]
        if not front:
            return medium.values, Fraction(medium.rate)
        result = engine.run(Recipe(front), medium)
    return result.output, result.rate


@dataclass(frozen=True)
class Setting:
    """A transform, every default filled in."""

    n_fft: int
    hop: int
    win: int
    window: str
    center: bool
    border: str


def setting(at, medium: Audio | Image | None = None) -> Setting:
    medium = medium or medium_of(at)
    step = next(step for step in recipe(at, medium).steps if step.name in ("stft", "picture_spectrum"))
    values = settings(step, medium.kind)
    n_fft = values["n_fft"]
    return Setting(
        n_fft, values["hop_length"] or max(1, n_fft // 4), values.get("win_length") or n_fft,
        values.get("window", "hann"), values.get("center", True), values.get("padding_mode", "reflect"),
    )  # fmt: skip


WINDOWS = {
    "hann": torch.hann_window,
    "hamming": torch.hamming_window,
    "blackman": torch.blackman_window,
    "bartlett": torch.bartlett_window,
    "rectangular": lambda n, **_: torch.ones(n, dtype=torch.float64),
}
BORDERS = {"constant": "constant", "reflect": "reflect", "symmetric": "symmetric", "replicate": "edge", "circular": "wrap"}


def taper(given: Setting) -> np.ndarray:
    w = np.zeros(given.n_fft)
    begin = (given.n_fft - given.win) // 2
    w[begin : begin + given.win] = WINDOWS[given.window](given.win, dtype=torch.float64).numpy()
    return w


def magnitudes(x: Tensor, given: Setting) -> np.ndarray:
    """|STFT| by numpy's padding and torch.stft.  Shape: ``(C, T) -> (C, F, frames)``, float64."""
    values = x.double().numpy()
    if given.center:
        half = given.n_fft // 2
        values = np.pad(values, ((0, 0), (half, half)), mode=BORDERS[given.border])
    found = torch.stft(
        torch.from_numpy(np.ascontiguousarray(values)), given.n_fft, given.hop, given.n_fft,
        torch.from_numpy(taper(given)), center=False, return_complex=True,
    )  # fmt: skip
    return found.abs().numpy()


def in_db(magnitude: np.ndarray, given: Setting) -> np.ndarray:
    """dB of full scale, the loudest channel, silence at its floor.  Shape: ``(C, F, T) -> (F, T)``."""
    full_scale = taper(given).sum() / 2
    return 20 * np.log10(np.maximum(magnitude.max(axis=0) / full_scale, 10 ** (SILENT_DB / 20)))


def said(at) -> tuple[dict, dict, list[np.ndarray]]:
    """What the browser is given: the component's own header, the scene's, and the levels of its panels in dB."""
    data = at.get("bidi_component")[0].proto.bytes
    magic, size = struct.unpack_from("<4sI", data)
    assert magic == b"CPUI"
    header, levels = unpack(data[8 + size :])
    return json.loads(data[8 : 8 + size]), header, [each / 100 for each in levels]


def rows(levels: np.ndarray, given: Setting, rate: float, low: float, high: float, *, octaves: bool = False) -> np.ndarray:
    """The 420 rows of a picture: the loudest bin in each, or the nearest.  Shape: ``(F, T) -> (420, T)``."""
    onto, back = (np.log2, np.exp2) if octaves else (np.array, np.array)
    places = np.linspace(onto(low), onto(high), 2 * 420 + 1)
    edges, centres = back(places[::2]), back(places[1::2])
    hz = np.arange(len(levels)) * rate / given.n_fft
    found = []
    for below, above, centre in zip(edges[:-1], edges[1:], centres, strict=True):
        last = above == edges[-1]
        inside = (hz >= below - 1e-6) & ((hz <= above + 1e-6) if last else (hz < above - 1e-6))
        found.append(levels[inside].max(axis=0) if inside.any() else levels[np.abs(hz - centre).argmin()])
    return np.array(found)


def asked(result: Result) -> np.ndarray:
    """The magnitudes that the sound was to have: every row at its bin, and values below 0 as was chosen."""
    rule = result.records[-1].settings["negative"]
    values = result.values.double().numpy()
    values = np.abs(values) if rule != "silence" else np.maximum(values, 0)
    bins, begin = result.spectrum.bins, -round(result.spectrum.rows.origin)
    whole = np.zeros((values.shape[0], bins, values.shape[2]))
    for row in range(values.shape[1]):
        if 0 <= row + begin < bins:
            whole[:, row + begin] = values[:, row]
    return whole


# --- judging -------------------------------------------------------------------------------------


def restores(at) -> None:
    """Assert that the link of this page says all that is set on it."""
    params = dict(at.query_params)
    state = at.session_state["spectrogram.state"]
    again = address.parse(params, "spectrogram")
    unseen = {"free": False, "floor": -80.0 if state.scale == "magnitude" else state.floor}
    assert replace(again, free=False) == replace(state, **unseen), params
    assert presets.of(again) == presets.of(state) == control(at, "preset").value
    shared = next((each.value for each in at.code if each.value.startswith("https://")), "")
    assert ("?" in shared) == bool(params)


def tells_the_truth(at, medium: Audio | Image | None = None) -> Result:
    """Assert that the page is about what the recipe in the address computes."""
    calm(at)
    medium = medium or medium_of(at)
    result, line, given = computed(at, medium), facts(at), setting(at, medium)
    x, rate = begun(at, medium)
    per_second, made = float(rate), result.output.shape[-1]
    bins, frames = result.values.shape[-2:]
    beginning = (
        f"{x.shape[-1] / per_second:.4g} s → {made / float(result.rate):.4g} s at {result.rate} Hz · "
        f"{bins} × {frames} bins and frames · window {1e3 * given.win / per_second:.3g} ms, "
        f"hop {1e3 * given.hop / per_second:.3g} ms, {per_second / given.n_fft:.3g} Hz per bin · peak "
    )
    assert line.startswith(beginning), (line, beginning)
    db = r"(−∞|−?[\d.]+)"
    found = re.search(f"peak {db} → {db} dBFS · RMS {db} → {db} dBFS · ", line).groups()
    (peak, rms), (new_peak, new_rms) = decibels(x), decibels(result.output)
    assert [level(text) for text in found] == pytest.approx([peak, new_peak, rms, new_rms], abs=0.051), line
    _about_signs(result, line)
    channels = {1: None, 2: " · the louder channel shown"}.get(x.shape[0], " · the loudest channel shown")
    assert (" channel shown" in line) == (channels is not None) and (channels or "") in line
    steps = recipe(at, medium).steps
    gains = [step.get("factor", 1.0) for step in steps if step.name == "gain"]
    assert (" · gain × " in line) <= bool(gains)
    assert re.search(r"[\d.,]+ ms$", line) and "nan" not in line
    beyond = float(np.mean(np.abs(result.output.numpy()) > 1 + 1e-5))
    assert len(at.warning) == (beyond > 0)
    assert [each.proto.alt for each in at.get("audio")] == ["Input", "Output"]
    _about_the_phase(at, result, given)
    for notice in (*medium.notices, *result.notices):
        assert guard.capital(str(notice)) in notes(at)
    restores(at)
    return result


def _about_signs(result: Result, line: str) -> None:
    words = {"silence": "below 0, silent", "absolute": "below 0, sign dropped", "flip": "below 0, phase turned"}
    share = float(np.mean(result.values.numpy() < -1e-5 * result.scale))
    assert (" below 0, " in line) == (share > 0), line
    if share:
        text = f"{100 * share:.0f} %" if share >= 0.01 else "< 1 %"
        assert f" · {text} {words[result.records[-1].settings['negative']]} · " in line, line


def _about_the_phase(at, result: Result, given: Setting) -> None:
    remark = [note for note in notes(at) if note.startswith(("Original phase", "Griffin-Lim, "))]
    assert len(remark) == 1, remark
    percent = re.search(r"([\d.e+-]+) % away", remark[0])
    if result.recipe.steps[-1].name == "griffin_lim":
        count = result.recipe.steps[-1].get("iterations", 32)
        assert remark[0].startswith(f"Griffin-Lim, {count} iterations: ")
        away = result.remaining
    else:
        want = asked(result)
        size = np.sqrt((want**2).sum())
        away = np.sqrt(((magnitudes(result.output, given) - want) ** 2).sum()) / size if size else 0
        if percent is None:
            assert remark[0] == "Original phase: the sound's own spectrogram is this picture." and away < 1.01e-4
            return
    assert float(percent.group(1)) == pytest.approx(100 * away, rel=0.06), remark[0]


def shows_the_levels(at, medium: Audio | Image | None = None) -> dict:
    """Assert that both pictures show 20 log10 of the magnitudes over full scale, row by row of the automatic axis."""
    result, given = computed(at, medium), setting(at, medium)
    x, rate = begun(at, medium)
    _, header, panels = said(at)
    step, picture = float(rate) / given.n_fft, at.query_params.get("source", "").startswith("picture")
    octaves = (not picture and at.query_params.get("axis") != "linear") or "axis_log" in at.query_params.get("recipe", "")
    high, low = step * (given.n_fft // 2), max(20.0, step) if octaves else 0.0
    for found, magnitude in zip(panels, (magnitudes(x, given), asked(result)), strict=True):
        expected = rows(in_db(magnitude, given), given, float(rate), low, high, octaves=octaves)
        assert found.shape == expected.shape
        near = expected > -90  # what is softer is float32's rounding
        np.testing.assert_allclose(found[near], expected[near], atol=0.06)
        assert (found[~near] < -84).all() and found.min() >= SILENT_DB
    return header
