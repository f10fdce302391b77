"""How does a spectrogram stand on its page?  Two players, and two panels in line with them that are looked into."""

from __future__ import annotations

import base64
import math
import time
from dataclasses import replace

import numpy as np
import streamlit as st

from playground.errors import PlaygroundError
from playground.result import Result
from playground.ui import address, frame, guard, heard, session, show_sound, slide, soon, source, told
from playground.ui.components import spectrogram
from playground.ui.heard import Heard, transform_of, wanted
from playground.ui.show import method
from playground.ui.slide import Slide
from playground.ui.spectrogram_controls import with_mask
from playground.ui.spectrogram_facts import finding, mel_notice
from playground.ui.spectrogram_state import MAPS, RANGE_LIMITS, SPAN_DB, SpectrogramState
from playground.ui.words import _
from playground.view import panels
from playground.view.panels import Look, Transform
from playground.view.scene import Player, Region, Scene, colouring, pack
from playground.view.spectrogram import difference, lut

CANVAS = "spectrogram_canvas"
DIFFERENCE_DB = 30
"""dB louder or softer at the ends of the colours of a difference."""


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
    soon.ahead(CANVAS, _draw_changed)
    state = session.now()  # of the display more than what the page was drawn with
    try:  # a fragment is run again without what stands around its call
        _draw(state, name, before, result, key)
        if notice := mel_notice(state, transform_of(state), before.rate):
            frame.note(notice)
    except PlaygroundError as error:
        if result is not None:  # else it has been said why there is none
            guard.complain(error)


def _draw_changed() -> None:
    """The panels of a state that the page has not been drawn for, unless iterations would keep them waiting."""
    state = session.now()
    medium, name = source.medium(state)
    if not heard.waits(state):
        before = heard.given(medium, state)
        result = heard.computed(medium, state, before)
        _draw(state, name, before, result, address.key(medium, state, medium.values.shape[0]))


def _draw(state: SpectrogramState, name: str, before: Heard, result: Result | None, key: str) -> None:
    scene = _scene(state, before, result)
    session.keep("scene", scene)
    if spectrogram.region_of(CANVAS, scene) != session.get("region"):
        st.rerun()  # the page takes it, and draws everything for it
    window = spectrogram.view_of(CANVAS, scene)
    transform, look = transform_of(state), _look(state)
    pair = [_before(before, _("Input"), transform, look, scene, window, key=before.key)]
    (low, high), table, stamp = _colours(state, before, scene)
    if result is not None:
        pair.append(_after(result, _("Output"), transform, look, scene, window, key=f"{key} {result.iterations}"))
    bar = _("dB of full scale")
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
        players=(Player(), Player(origin)), selection=_selection(state, scene), bar=bar, stamp=stamp,
    )  # fmt: skip
    label = _alt_text(state, name, before, result)
    spectrogram.show(payload, key=CANVAS, label=label, on_view=told.pressed, on_region=told.pressed)


def recolour(before: Heard | None) -> None:
    """Other colours for the levels that the browser holds: nothing else of the page is drawn for them."""
    state, scene = session.now(), session.get("scene")
    if before is not None and scene is not None and state.shows == "both":
        range_db, table, stamp = _colours(state, before, scene)
        tables = [base64.b64encode(lut(name, theme=frame.theme()).tobytes()).decode() for name in MAPS]
        spectrogram.recolour(
            colouring(range_db, table, bar=_("dB of full scale"), stamp=stamp), key=CANVAS, tables=tables,
            range_key="spectrogram_range", map_key="spectrogram_colours",
        )  # fmt: skip


def _colours(state: SpectrogramState, before: Heard, scene: Scene) -> tuple[tuple[int, int], np.ndarray, int]:
    """The colours' range in dB, their table, and when they became what they are, in milliseconds."""
    range_db, theme = state.range or _range(before, transform_of(state), _look(state), scene), frame.theme()
    kept, now = session.get("colours"), (range_db, state.colours, state.shows, theme)
    if kept is None or kept[0] != now:
        kept = (now, time.time_ns() // 1_000_000)
        session.keep("colours", kept)
    return range_db, lut(state.colours, theme=theme), kept[1]


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
