"""How does a sound's result stand on the page?  Two players at their true level, one plot, one fact line."""

from __future__ import annotations

import html
import math
from dataclasses import replace
from fractions import Fraction

import streamlit as st

from playground.media.save import player_bytes
from playground.media.types import Audio
from playground.ops.lazy import torch
from playground.ops.resample import resample
from playground.result import Record, Result
from playground.ui import address, cache, frame, guard, response, session, soon, source
from playground.ui.show import live, method, percent, response_for_both
from playground.ui.state import PLAYS, PageState, recipe_of
from playground.ui.widgets import bind
from playground.ui.words import _
from playground.view import sound

STAGE = "sound_stage"
SLOWEST, FASTEST = 3000, 384_000
"""Rates that a browser plays, in samples a second."""


def play_rate(state: PageState, medium: Audio, result: Result) -> Fraction:
    """The rate at which the result is heard and saved: its own, or the input's where that was chosen."""
    return Fraction(medium.rate) if state.play == "old_rate" else result.rate


def file_rate(rate: Fraction) -> int:
    """The whole number that a file can carry."""
    return max(1, round(rate))


def computed(medium: Audio, state: PageState) -> Result:
    """The engine's result of a state whose responses are at hand."""
    channels = medium.values.shape[0]
    recipe, watched = recipe_of(state, channels=channels), bool(state.front or state.back)
    return cache.run(medium, recipe, kernels=response.loaded(), watched=watched, focus=state.focus(channels))


@st.fragment(key=STAGE)
def stage(medium: Audio, name: str, state: PageState, result: Result | None, key: str) -> None:
    """What is heard, and its fact line; alone and ahead of the page where a control has asked for it."""
    soon.ahead(STAGE, _draw_changed)
    with guard.sentence():  # a fragment is run again without what stands around its call
        _draw(medium, name, state, result, key)


def _draw_changed() -> None:
    state = session.now()
    medium, name = source.medium(state)
    running = response.at_hand(state)
    key = address.key(medium, running, medium.values.shape[0])
    _draw(medium, name, state, computed(medium, running), key)


def _draw(medium: Audio, name: str, state: PageState, result: Result | None, key: str) -> None:
    before_after(medium, name, state, result, key)
    if result is not None:
        facts(medium, state, result)


def before_after(medium: Audio, name: str, state: PageState, result: Result | None, key: str) -> None:
    """Both players, the choice of the rate where there is one, and both waveforms on one axis."""
    theme = frame.theme()
    source, rate = medium.values, Fraction(medium.rate)
    if state.front and result is not None and result.convolution_input is not None:
        source, rate = result.convolution_input, result.focus.rate
    with st.container(key="players"):
        left, right = st.columns(2, gap="small", wrap=False)
    with left:
        player(_("Input"), source, rate, f"{medium.digest} {name} {f'{key} {len(state.front)}' if state.front else ''}")
    if result is None:
        return
    heard = play_rate(state, medium, result)
    with right:
        player(_("Output"), result.output, heard, f"{key} {heard}")
    if result.rate != medium.rate:
        _choose_rate(state, medium, result)
    chart = sound.waveforms(
        source, result.output, rate=rate, rate_after=result.rate, origin=result.origin, theme=theme,
        words=(_("Input"), _("Output"), _("seconds")),
    )  # fmt: skip
    st.altair_chart(chart, width="stretch", alt=_alt_text(name, source, rate, result))


def player(label: str, values: object, rate: Fraction, key: str) -> None:
    """A player of a sound at its own level; ``key`` names the values.  What is not the sound itself is said."""
    st.caption(label)
    data, note = _encoded(values, key, rate)
    st.audio(data, format="audio/wav", alt=label)
    if note:
        frame.note(note)


def _encoded(values: object, key: str, rate: Fraction) -> tuple[bytes, str]:
    """The bytes for the player; outside what a browser plays, of a resampled copy, which is said."""
    played = file_rate(rate)
    note = ""
    if played < SLOWEST or played > FASTEST:
        target = SLOWEST * math.ceil(SLOWEST / played) if played < SLOWEST else 48_000
        note = _("{rate} Hz is beyond what a browser plays: you hear a copy at {played} Hz; the download keeps the rate.",
                 rate=played, played=target)  # fmt: skip
        return _wav(values, f"{key} {played} {target}", played, target), note
    return _wav(values, f"{key} {played}", played, played), note


@st.cache_data(max_entries=6, scope="session", show_spinner=False)
def _wav(_values: object, key: str, rate: int, target: int) -> bytes:
    values = _values if rate == target else resample(_values, source_rate=rate, target_rate=target)
    return player_bytes(values[:2] if values.shape[0] > 2 else values, target)


def _choose_rate(state: PageState, medium: Audio, result: Result) -> None:
    ratio = Fraction(medium.rate) / result.rate
    faster = (
        _("{ratio} times as fast, higher", ratio=_plain(ratio))
        if ratio > 1
        else _("{ratio} times as slow, lower", ratio=_plain(1 / ratio))
    )
    words = {
        "new_rate": _("{rate} Hz: same pitch", rate=_plain(result.rate)),
        "old_rate": _("{rate} Hz: {faster}", rate=medium.rate, faster=faster),
    }
    st.segmented_control(
        _("Play at"), PLAYS, format_func=words.get, required=True,
        **bind("play", state.play, lambda state, play: replace(state, play=play)),
    )  # fmt: skip


def _plain(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"{float(value):.6g}"


def _alt_text(name: str, source: object, rate: Fraction, result: Result) -> str:
    before, after = sound.levels(source), sound.levels(result.output)
    at = int(torch.argmax(result.output.abs().amax(dim=0))) if result.output.numel() else 0
    return _(
        "Waveforms of {name}: input {before} seconds, peak {peak_before}; output {after} seconds, peak {peak_after} at"
        " {at} seconds.",
        name=name, before=f"{source.shape[-1] / float(rate):.2f}", peak_before=f"{before.peak:.2f}",
        after=f"{result.output.shape[-1] / float(result.rate):.2f}", peak_after=f"{after.peak:.2f}",
        at=f"{float((at - result.origin) / result.rate):.2f}",
    )  # fmt: skip


# --- the fact line -------------------------------------------------------------------------------


def facts(medium: Audio, state: PageState, result: Result) -> None:
    """One line: lengths and rates, levels, what was done, method and time."""
    before, after = sound.levels(medium.values), sound.levels(result.output)
    length = _("{samples} samples, {seconds} s at {rate} Hz", samples=medium.values.shape[-1],
               seconds=f"{medium.seconds:.4g}", rate=medium.rate)  # fmt: skip
    new = _("{samples} samples, {seconds} s at {rate} Hz", samples=result.output.shape[-1],
            seconds=f"{float(result.output.shape[-1] / result.rate):.4g}", rate=exact(result.rate))  # fmt: skip
    channels = result.output.shape[0]
    parts = [
        f"{length} → {new}",
        _("mono")
        if channels == 1
        else _("stereo")
        if channels == 2
        else _("{count} channels", count=channels),
        _("peak {before} → {after} dBFS", before=decibels(before.peak_db), after=decibels(after.peak_db)),
        _("RMS {before} → {after} dBFS", before=decibels(before.rms_db), after=decibels(after.rms_db)),
    ]
    if state.colour == "mono":
        parts.append(_("mixed to mono"))
    if state.causal and state.setting("padding") == "full" and state.setting("flip_kernel"):
        parts.append(_("tail kept"))
    if state.gain != 1:
        parts.append(_("gain × {gain:g}", gain=state.gain))
    parts += [_("not normalised"), method(result)]
    live(" · ".join(html.escape(part) for part in parts))
    if after.clipped:
        clipping(after)
    if result.rate.denominator != 1:
        error = abs(file_rate(result.rate) / float(result.rate) - 1)
        frame.note(_("The exact rate is {rate} Hz; a file carries {whole}, {error} off.", rate=str(result.rate),
                     whole=file_rate(result.rate), error=f"{100 * error:.2g} %"))  # fmt: skip
    for text in remarks(state, result):
        frame.note(text)
    frame.notices(medium, result)


def clipping(levels: sound.Levels) -> None:
    """Say how much is beyond what players and files hold."""
    st.warning(
        _("{share} of the samples are beyond full scale: players and 16-bit files clip them. The peak is {peak}.",
          share=percent(levels.clipped), peak=f"{levels.peak:.2f}"),
        icon=":material/volume_up:",
    )  # fmt: skip


def remarks(state: PageState, result: Result) -> list[str]:
    """What one hears at this setting and would not expect: aliasing, images, an echo in front."""
    found = []
    record = result.convolution
    if record is not None:
        axis = record.axes[0]
        if axis.down > axis.up:
            found.append(
                _("Stride {stride} keeps frequencies up to {nyquist} Hz; what is above folds back below it (aliasing) where"
                  " the kernel lets it through. A low-pass below {nyquist} Hz in front prevents it.",
                  stride=str(state.setting("stride")), nyquist=_plain(result.rate / 2))
            )  # fmt: skip
        elif axis.up > 1:
            found.append(
                _("Zeros between the samples mirror the spectrum at {nyquist} Hz (images) where the kernel lets them"
                  " through; a low-pass below it as the kernel removes them.", nyquist=_plain(record.rate / 2))
            )  # fmt: skip
    if result.output.shape[0] > 2:
        found.append(
            _("Heard are the first two of {count} channels; files hold all.", count=result.output.shape[0])
        )
    if result.origin > 0:
        found.append(
            _(
                "The result begins {seconds} s before time 0.",
                seconds=f"{float(result.origin / result.rate):.4g}",
            )
        )
    if state.causal and not state.setting("flip_kernel"):
        found.append(_("As correlation the echo comes before the sound: nothing is cut, the axis shows it."))
    return found


def decibels(value: float) -> str:
    """A level in dB as it is written; silence is minus infinity."""
    return "−∞" if math.isinf(value) else f"{value:.1f}".replace("-", "−")


def exact(rate: Fraction) -> str:
    """A rate as it is written, a fraction where it is one."""
    return str(rate) if rate.denominator == 1 else f"{rate.numerator}/{rate.denominator}"


# --- frequency -----------------------------------------------------------------------------------


@st.cache_resource(max_entries=4, scope="session", show_spinner=False)
def _spectra(_before, _after, *, key, rate, rate_after, _kernel, kernel_rate, flipped, theme, words):
    """The chart of ``view.sound.frequencies``, kept for the values that ``key`` names."""
    return sound.frequencies(
        _before, _after, rate=rate, rate_after=rate_after, kernel=_kernel, kernel_rate=kernel_rate, flipped=flipped,
        theme=theme, words=words,
    )  # fmt: skip


def frequency(state: PageState, result: Result, record: Record, key: str) -> None:
    """Both spectra and the kernel's response; its phase on demand."""
    st.subheader(_("Frequency"), anchor=False)
    taps = record.kernel.reshape(-1, record.kernel.shape[-1])[0]
    theme, flip = frame.theme(), bool(record.settings["flip_kernel"])
    rate = record.rate * record.axes[0].up
    chart = _spectra(
        result.convolution_input, result.output, rate=record.rate, rate_after=result.rate, _kernel=taps,
        kernel_rate=rate, flipped=flip, theme=theme,
        words=(_("Input"), _("Output"), _("Kernel's response"), _("Hz"), _("dB")), key=key,
    )  # fmt: skip
    st.altair_chart(
        chart, width="stretch", alt=_("Spectra of input and output, and the kernel's frequency response")
    )
    if st.toggle(_("Response for both senses, phase, impulse response"), key="audio_phase"):
        response_for_both(taps, rate=rate, flipped=flip)
        chart = sound.phase(taps, rate=rate, flipped=flip, theme=theme, words=(_("Hz"), _("degrees")))
        st.altair_chart(chart, width="stretch", alt=_("Phase of the kernel's response in degrees"))
        chart = sound.stems(taps, rate=rate, causal=state.causal, theme=theme, word=_("milliseconds"))
        st.altair_chart(chart, width="stretch", alt=_("Impulse response of the kernel"))
