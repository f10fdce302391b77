"""How does a spectrogram stand on its page?  Two players, two panels in line with them, one fact line."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from playground import spectrum as spectra
from playground.errors import N_, PlaygroundError
from playground.media.types import Audio, Image
from playground.ops.bands import empty_filters_notice, mel_filters
from playground.ops.griffin_lim import inconsistency
from playground.ops.phase import signed
from playground.recipe.model import Recipe
from playground.recipe.text import to_text
from playground.result import Result
from playground.ui import cache, frame, guard, presets, progress, session, show_sound, slide
from playground.ui.components import spectrogram
from playground.ui.labels import stride_text
from playground.ui.show import finding as kernel_finding
from playground.ui.show import live, method, percent
from playground.ui.slide import Slide
from playground.ui.spectrogram_controls import STRIDE_EFFECTS, with_mask
from playground.ui.spectrogram_state import RANGE_LIMITS, SPAN_DB, SpectrogramState
from playground.ui.state import OTHER, recipe_of
from playground.ui.words import _, say
from playground.view import panels, sound
from playground.view.panels import Look, Transform
from playground.view.scene import Player, Region, Scene, pack
from playground.view.spectrogram import difference, lut

if TYPE_CHECKING:
    from torch import Tensor

CANVAS = "spectrogram_canvas"
DIFFERENCE_DB = 30
"""dB louder or softer at the ends of the colours of a difference."""
MOST_CHECKED = 20_000_000
"""Values of a magnitude up to which the sound's own spectrogram is compared with it."""


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


def finding(state: SpectrogramState) -> str:
    """The heading: what this setting shows, made from the state."""
    name = presets.of(state)
    stride = state.setting("stride")
    pair = stride if isinstance(stride, tuple) else (stride, stride)
    if state.is_picture and state.changes_nothing:
        return _("A picture, heard: its rows are frequencies, its columns moments")
    if name in ("any", OTHER):
        text = kernel_finding(state)
    elif name == "unchanged" and state.front and state.mask is None and pair == (1, 1):
        text = _("What the steps in front made of it")
    elif name == "unchanged" and state.mask is not None:
        kept = dict(state.mask).get("region") == "keep"
        text = _("Only a region of it is heard") if kept else _("Without a region of it")
    elif name == "unchanged" and pair != (1, 1):
        words = {2: N_("an octave lower"), Fraction(1, 2): N_("an octave higher")}
        if pair[0] == 1 and pair[1] > 1:
            text = _("Faster at the same pitch: stride {stride} in time", stride=stride_text(pair[1]))
        elif pair[0] == 1:
            text = _("Slower at the same pitch: stride {stride} in time", stride=stride_text(pair[1]))
        elif pair[1] == 1 and pair[0] in words:
            text = _("{octave}: stride {stride} in frequency", octave=_(words[pair[0]]), stride=stride_text(pair[0]))
            text = text[:1].upper() + text[1:]
        else:
            text = _("A stride of its own along each axis")
    else:
        text = _(presets.PRESETS[name].finding)
    if name != "unchanged" and state.mask is not None:
        kept = dict(state.mask).get("region") == "keep"
        text = _("{what}; one region kept", what=text) if kept else _("{what}; without one region", what=text)
    return _("A picture, heard: {what}", what=text[:1].lower() + text[1:]) if state.is_picture else text


# --- computing -----------------------------------------------------------------------------------


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


def computed(medium: Image | Audio, state: SpectrogramState, before: Heard) -> Result:
    """The engine's result; where it iterates, with a progress bar."""
    if before.result is not None and state.changes_nothing:
        return before.result
    recipe, watched = recipe_of(state), bool(state.front or state.back)
    focus = state.focus(medium.values.shape[0])
    if progress.iterates(recipe):
        return progress.run(medium, recipe, name="after", words=_("Griffin-Lim"), watched=watched, focus=focus)
    return cache.run(medium, recipe, watched=watched, focus=focus)


# --- the stage -----------------------------------------------------------------------------------


def players(name: str, before: Heard, result: Result | None, key: str) -> None:
    """Input and output at their true level, side by side."""
    with st.container(key="players"):
        left, right = st.columns(2, gap="small", wrap=False)
    with left:
        show_sound.player(_("Input"), before.values, before.rate, f"{before.key} {name}")
    if result is not None:
        with right:
            iterations = f" {result.iterations}" if result.iterations else ""
            show_sound.player(_("Output"), result.output, result.rate, f"{key}{iterations}")


@st.fragment(key=CANVAS)
def canvas(name: str, before: Heard, result: Result | None, key: str) -> None:
    """Both spectrograms under their waveforms, or their difference; zoomed and marked by the visitor."""
    state = session.now()  # of the display more than what the page was drawn with
    try:  # a fragment is run again without what stands around its call
        _draw(state, name, before, result, key)
        if notice := _mel_notice(state, transform_of(state), before.rate):
            frame.note(notice)
    except PlaygroundError as error:
        if result is not None:  # else it has been said why there is none
            guard.complain(error)


def _draw(state: SpectrogramState, name: str, before: Heard, result: Result | None, key: str) -> None:
    scene = _scene(state, before, result)
    session.keep("scene", scene)
    if spectrogram.region_of(CANVAS, scene) != session.get("region"):
        st.rerun()  # the page takes it, and draws everything for it
    window = spectrogram.view_of(CANVAS, scene)
    transform, look = transform_of(state), _look(state)
    pair = [_before(before, _("Input"), transform, look, scene, window, key=before.key)]
    low, high = state.range or _range(before, transform, look, scene)
    if result is not None:
        pair.append(_after(result, _("Output"), transform, look, scene, window, key=f"{key} {result.iterations}"))
    bar, table = _("dB of full scale"), lut(state.colours, theme=frame.theme())
    if state.shows == "difference" and len(pair) == 2:
        if pair[0].levels.shape == pair[1].levels.shape:
            was, now = (np.maximum(panel.levels, low) for panel in pair)  # what the colours do not show is no difference
            low, high, bar, table = -DIFFERENCE_DB, DIFFERENCE_DB, _("dB louder or softer"), lut("signed", theme=frame.theme())
            changed = difference(now, was)
            pair = [replace(pair[1], title=_("Output minus input"), levels=changed, signed=True, floor_db=None)]
        else:
            frame.note(_("A difference needs two pictures of one size; the stride has changed it. Both are shown."))
    origin = 0.0 if result is None else -float(result.origin / result.rate)
    payload = pack(
        pair, scene=scene, window=window, range_db=(low, high), table=table, theme=frame.theme(),
        players=(Player(), Player(origin)), selection=_selection(state, scene), bar=bar,
    )  # fmt: skip
    spectrogram.show(payload, key=CANVAS, label=_alt_text(state, name, before, result))


def for_slides(state: SpectrogramState, before: Heard, result: Result, key: str) -> Slide:
    """The picture for slides: both spectrograms as a whole, in their colours."""
    scene, transform, look = _scene(state, before, result), transform_of(state), _look(state)
    whole = scene.window(None)
    pair = (
        _before(before, _("Input"), transform, look, scene, whole, key=before.key),
        _after(result, _("Output"), transform, look, scene, whole, key=f"{key} {result.iterations}"),
    )
    rate, made = float(before.rate), result.output.shape[-1] / float(result.rate)
    facts = [
        f"{before.values.shape[-1] / rate:.4g} s → {made:.4g} s",
        _("window {window} ms, hop {hop} ms, {hz} Hz per bin", window=f"{1e3 * transform.win_length / rate:.3g}",
          hop=f"{1e3 * transform.hop_length / rate:.3g}", hz=f"{rate / transform.n_fft:.3g}"),
        method(result),
    ]  # fmt: skip
    range_db = state.range or _range(before, transform, look, scene)
    return slide.of_panels(
        finding(state), *pair, result, facts, range_db=range_db, table=lut(state.colours, theme=frame.theme())
    )


def take_region(state: SpectrogramState) -> SpectrogramState:
    """What was marked in the picture since, as the mask of the state."""
    scene = session.get("scene")
    if scene is None:
        return state
    region = spectrogram.region_of(CANVAS, scene)
    if region == session.get("region"):
        return state
    session.keep("region", region)
    if region is None:
        state = replace(state, mask=None)
    else:
        low, high = _rounded(region.low, 1), _rounded(region.high, 1)
        start, end = _rounded(max(0.0, region.start), 3), _rounded(region.end, 3)
        kept = dict(state.mask or ()).get("region", "remove")
        state = with_mask(state, region=kept, low=low, high=high, start=start, end=end)
    session.put(state)
    return session.now()


def _rounded(value: float, digits: int) -> float:
    return round(value, digits)


def _scene(state: SpectrogramState, before: Heard, result: Result | None) -> Scene:
    end, start = before.values.shape[-1] / float(before.rate), 0.0
    if result is not None:
        start = min(start, -float(result.origin / result.rate))
        end = max(end, float((result.output.shape[-1] - result.origin) / result.rate))
    transform = transform_of(state)
    end = max(end, start + transform.hop_length / float(before.rate))
    low, high = panels.ends(_look(state), transform, before.rate)
    return Scene(start, end, low, high, state.shown_axis, f"{before.key[:200]} {state.shown_axis} {start:.4f} {end:.4f} {low} {high}")


def _look(state: SpectrogramState) -> Look:
    return Look(state.shown_axis, state.bands)


def _range(before: Heard, transform: Transform, look: Look, scene: Scene) -> tuple[int, int]:
    """The colours' range that follows the sound: from its loudest level down, in steps of 5 dB."""
    whole = _before(before, _("Input"), transform, look, scene, scene.window(None), key=before.key)
    high = min(RANGE_LIMITS[1], max(RANGE_LIMITS[0] + SPAN_DB, 5 * math.ceil(float(whole.levels.max()) / 5)))
    return high - SPAN_DB, high


@st.cache_resource(max_entries=4, scope="session", show_spinner=False)
def _before(_heard: Heard, title: str, transform: Transform, look: Look, scene: Scene, window: Region, key: str):
    """The panel of a sound that ``key`` names."""
    return panels.of_sound(_heard.values, title=title, rate=_heard.rate, transform=transform, look=look, scene=scene,
                           window=window)  # fmt: skip


@st.cache_resource(max_entries=4, scope="session", show_spinner=False)
def _after(_result: Result, title: str, transform: Transform, look: Look, scene: Scene, window: Region, key: str):
    """The panel of the spectrogram that a result, which ``key`` names, was made of."""
    begin = -_result.spectrum.columns.origin
    return panels.of_magnitude(
        wanted(_result), _result.output, title=title, rate=_result.rate, begin=begin, origin=_result.origin,
        transform=transform, look=look, scene=scene, window=window,
    )  # fmt: skip


def wanted(result: Result) -> Tensor:
    """The magnitudes that the sound was asked to have, each at the bin at which it is heard.

    Shape: ``-> (C, F, T)``.
    """
    settings = result.records[-1].settings
    return signed(spectra.placed(result.values, result.spectrum), settings["negative"]).abs()


def _selection(state: SpectrogramState, scene: Scene) -> Region | None:
    if state.mask is None:
        return None
    mask = dict(state.mask)
    return Region(
        max(scene.start, mask.get("start", 0.0)), min(scene.end, mask.get("end", scene.end)),
        max(scene.low, mask.get("low", 0.0)), min(scene.high, mask.get("high", scene.high)),
    )  # fmt: skip


def _alt_text(state: SpectrogramState, name: str, before: Heard, result: Result | None) -> str:
    rate = float(before.rate)
    text = _("Spectrograms of {name}: input {before} seconds, 0 to {nyquist} Hz", name=name,
             before=f"{before.values.shape[-1] / rate:.2f}", nyquist=f"{rate / 2:g}")  # fmt: skip
    if result is None:
        return text
    after = f"{result.output.shape[-1] / float(result.rate):.2f}"
    return _("{text}; output {after} seconds: {finding}", text=text, after=after, finding=finding(state))


# --- the fact line -------------------------------------------------------------------------------


def facts(medium: Image | Audio, state: SpectrogramState, before: Heard, result: Result, key: str) -> None:
    """One line: lengths, the picture's size, what a window trades, levels, the way back, method and time."""
    transform, rate = transform_of(state), float(before.rate)
    milliseconds, hz = 1e3 * transform.win_length / rate, rate / transform.n_fft
    values, level, new = result.values, sound.levels(before.values), sound.levels(result.output)
    parts = [
        _("{before} s → {after} s at {rate} Hz", before=f"{before.values.shape[-1] / rate:.4g}",
          after=f"{result.output.shape[-1] / float(result.rate):.4g}", rate=show_sound.exact(result.rate)),
        _("{bins} × {frames} bins and frames", bins=values.shape[-2], frames=values.shape[-1]),
        _("window {window} ms, hop {hop} ms, {hz} Hz per bin", window=f"{milliseconds:.3g}",
          hop=f"{1e3 * transform.hop_length / rate:.3g}", hz=f"{hz:.3g}"),
        _("peak {before} → {after} dBFS", before=show_sound.decibels(level.peak_db), after=show_sound.decibels(new.peak_db)),
        _("RMS {before} → {after} dBFS", before=show_sound.decibels(level.rms_db), after=show_sound.decibels(new.rms_db)),
    ]  # fmt: skip
    below = float((result.values < -1e-5 * result.scale).float().mean())
    if below:
        words = {"silence": N_("{share} below 0, silent"), "absolute": N_("{share} below 0, sign dropped"),
                 "flip": N_("{share} below 0, phase turned")}  # fmt: skip
        parts.append(_(words[result.records[-1].settings["negative"]], share=percent(below)))
    if state.gain != 1:
        parts.append(_("gain × {gain:g}", gain=state.gain))
    if state.colour == "mono":
        parts.append(_("mixed to mono"))
    if before.values.shape[0] > 1:
        parts.append(_("the louder channel shown") if before.values.shape[0] == 2 else _("the loudest channel shown"))
    parts.append(method(result))
    live(" · ".join(html.escape(part) for part in parts))
    if new.clipped:
        show_sound.clipping(new)
    for text in remarks(state, result, key):
        frame.note(text)
    frame.notices(medium, result)


def remarks(state: SpectrogramState, result: Result, key: str) -> list[str]:
    """What one hears at this setting: the strides, the phase, and how far the sound is from the picture."""
    found = []
    stride = state.setting("stride")
    pair = stride if isinstance(stride, tuple) else (stride, stride)
    found += [_(STRIDE_EFFECTS[axis, pair[axis]]) for axis in (1, 0) if (axis, pair[axis]) in STRIDE_EFFECTS]
    if state.mask is not None:
        found.append(_masked(dict(state.mask), float(result.rate)))
    remaining = result.remaining
    if remaining is None and result.values.numel() <= MOST_CHECKED:
        remaining = _inconsistency(result, f"{key} {result.iterations}")
    off = "" if remaining is None else f"{100 * remaining:.2g} %"
    if state.way_back == "griffin_lim":
        found.append(
            _("Griffin-Lim, {count} iterations: the sound's own spectrogram is {off} away from the picture. The phase was"
              " found, not kept.", count=result.iterations, off=off)
        )  # fmt: skip
    elif remaining is not None and remaining < 1e-4:
        found.append(_("Original phase: the sound's own spectrogram is this picture."))
    elif remaining is not None:
        found.append(
            _("Original phase: no sound has exactly this picture with it; the sound's own spectrogram is {off} away."
              " Griffin-Lim looks for a closer one.", off=off)
        )  # fmt: skip
    else:
        found.append(_("Original phase."))
    if state.way_back == "griffin_lim" and not state.is_picture and pair != (1, 1):
        found.append(_("A stride moves what the original phase belongs to, so that Griffin-Lim is used with it."))
    if state.way_back == "istft" and pair != (1, 1):
        found.append(_("The original phase belongs to the old grid: tones come out softer and off their pitch. Griffin-Lim"
                       " looks for a phase that fits the new one."))  # fmt: skip
    return found


def _masked(mask: dict[str, object], rate: float) -> str:
    """Which region is silent, or is all that is heard."""
    places = {"low": f"{mask.get('low', 0):.0f}", "high": f"{rate / 2 if mask.get('high') is None else mask['high']:.0f}",
              "start": f"{mask.get('start', 0):.3g}"}  # fmt: skip
    place = (
        _("{low} to {high} Hz, {start} to {end} s", end=f"{mask['end']:.3g}", **places)
        if mask.get("end") is not None
        else _("{low} to {high} Hz, from {start} s on", **places)
    )
    if mask.get("region") == "keep":
        return _("Mask: only the marked region is kept, {place}.", place=place)
    return _("Mask: the marked region is silent, {place}.", place=place)


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def _inconsistency(_result: Result, key: str) -> float:
    spectrum = _result.spectrum
    options = {name: getattr(spectrum, name) for name in spectra.TRANSFORM}
    found = inconsistency(wanted(_result), _result.output, **options)
    return found if math.isfinite(found) else 0.0


def _mel_notice(state: SpectrogramState, transform: Transform, rate: Fraction) -> str:
    """Which bands of the mel axis hold no bin, and what to change."""
    if state.axis != "mel":
        return ""
    n_mels, fmin, fmax = state.bands
    given = {"fmin": fmin, "fmax": fmax, "sample_rate": float(rate), "n_fft": transform.n_fft}
    try:
        notice = empty_filters_notice(mel_filters(n_mels=n_mels, **given), **given)
    except PlaygroundError:  # said where they are drawn
        return ""
    return "" if notice is None else say(notice)
