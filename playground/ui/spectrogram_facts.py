"""What is said of a spectrogram?  The heading, one line of facts, and what one hears at this setting."""

from __future__ import annotations

import html
import math
from dataclasses import replace
from fractions import Fraction

import streamlit as st

from playground import spectrum as spectra
from playground.errors import N_, PlaygroundError
from playground.media.types import Audio, Image
from playground.ops.bands import empty_filters_notice, mel_filters
from playground.ops.griffin_lim import inconsistency
from playground.result import Result
from playground.ui import frame, presets, session, show_sound, soon, told
from playground.ui.heard import Heard, transform_of, wanted
from playground.ui.labels import stride_text
from playground.ui.show import finding as kernel_finding
from playground.ui.show import live, method, percent
from playground.ui.spectrogram_controls import STRIDE_EFFECTS, with_mask
from playground.ui.spectrogram_state import SpectrogramState
from playground.ui.state import OTHER
from playground.ui.words import _, say
from playground.view import sound
from playground.view.panels import Transform

MOST_CHECKED = 20_000_000
"""Values of a magnitude up to which the sound's own spectrogram is compared with it."""


def finding(state: SpectrogramState) -> str:
    """The heading: what this setting shows, made from the state."""
    if state.skipped:
        return _("Switched off: {step}", step=finding(replace(state, skipped=False)))
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
    if state.mask is not None:
        _masked(dict(state.mask), float(result.rate))
    for text in remarks(state, result, key):
        frame.note(text)
    frame.notices(medium, result)


def remarks(state: SpectrogramState, result: Result, key: str) -> list[str]:
    """What one hears at this setting: the strides, the phase, and how far the sound is from the picture."""
    found = []
    stride = state.setting("stride")
    pair = stride if isinstance(stride, tuple) else (stride, stride)
    found += [_(STRIDE_EFFECTS[axis, pair[axis]]) for axis in (1, 0) if (axis, pair[axis]) in STRIDE_EFFECTS]
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


def _masked(mask: dict[str, object], rate: float) -> None:
    """Which region is silent, or is all that is heard, and the other of both by one click."""
    places = {"low": f"{mask.get('low', 0):.0f}", "high": f"{rate / 2 if mask.get('high') is None else mask['high']:.0f}",
              "start": f"{mask.get('start', 0):.3g}"}  # fmt: skip
    place = (
        _("{low} to {high} Hz, {start} to {end} s", end=f"{mask['end']:.3g}", **places)
        if mask.get("end") is not None
        else _("{low} to {high} Hz, from {start} s on", **places)
    )
    text, other, label = N_("Mask: the marked region is silent, {place}."), "keep", N_("Keep only this region")
    if mask.get("region") == "keep":
        text, other, label = N_("Mask: only the marked region is kept, {place}."), "remove", N_("Silence this region")
    frame.note(_(text, place=place))
    st.button(_(label), key="spectrogram_other_region", on_click=_mask_as, args=(other,))


def _mask_as(region: str) -> None:
    told.pressed()
    session.put(with_mask(session.now(), region=region))
    soon.ask()


@st.cache_data(max_entries=16, scope="session", show_spinner=False)
def _inconsistency(_result: Result, key: str) -> float:
    spectrum = _result.spectrum
    options = {name: getattr(spectrum, name) for name in spectra.TRANSFORM}
    found = inconsistency(wanted(_result), _result.output, **options)
    return found if math.isfinite(found) else 0.0


def mel_notice(state: SpectrogramState, transform: Transform, rate: Fraction) -> str:
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
