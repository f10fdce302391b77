"""What can be set beside a spectrogram?  What is done to it, the two strides, the way back; the rest behind one click."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from fractions import Fraction

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.errors import N_
from playground.ops import OPS
from playground.ui import controls, guard, operations, presets, session, source, told
from playground.ui.labels import CHOICE_WORDS, MIX_WORDS, STRIDE_HELP, stride_text
from playground.ui.presets import PRESETS
from playground.ui.spectrogram_state import (
    AXES,
    INVERSES,
    MAPS,
    RANGE_LIMITS,
    SCALES,
    SHOWS,
    SPAN_DB,
    SpectrogramState,
)
from playground.ui.state import MIXES, OTHER, PageState
from playground.ui.widgets import Change, alone, bind, choice, setting
from playground.ui.words import _

OTHERS = {"any": N_("Any kernel"), OTHER: N_("Another step (gain, pooling …)")}
"""What is no preset."""
DISPLAY = "display"
"""The fragment that holds the controls of the display."""
INVERSE_WORDS = {"istft": N_("Original phase"), "griffin_lim": N_("Griffin-Lim")}
SCALE_WORDS = {"magnitude": N_("Magnitudes (linear)"), "decibels": N_("Decibels")}
AXIS_WORDS = {"automatic": N_("Automatic (octaves; of a picture its rows)"), "linear": N_("Linear (Hz)"), "log": N_("Logarithmic (octaves)"), "mel": N_("Mel (as the ear)")}
MAP_WORDS = {"viridis": N_("Viridis"), "magma": N_("Magma"), "grey": N_("Grey")}
SHOW_WORDS = {"both": N_("Before and after"), "difference": N_("Their difference")}
SIZES = (256, 512, 1024, 2048, 4096, 8192)
"""Of the window, in samples."""
SETTING_WORDS = {
    "hop_length": N_("Hop (hop_length)"),
    "win_length": N_("Window within n_fft (win_length)"),
    "window": N_("Window"),
    "center": N_("Centre the first window on time 0"),
    "iterations": N_("Iterations"),
    "momentum": N_("Momentum"),
    "start": N_("Begin with"),
    "seed": N_("Seed"),
    "negative": N_("Negative magnitudes"),
    "seconds": N_("Length"),
    "axis": N_("Rows are spaced"),
    "low": N_("Lowest row"),
    "high": N_("Highest row"),
    "level_db": N_("Level (RMS)"),
    "range_db": N_("From black to white"),
    "sample_rate": N_("Sample rate (Hz)"),
    "margin": N_("Margin"),
}


def main(state: SpectrogramState, place: DeltaGenerator) -> None:
    """What is done to the spectrogram and how it becomes a sound; the source."""
    with place:
        step(state)
        strides(state)
        way_back(state)
        source.row(state)


def step(state: SpectrogramState) -> None:
    """What is done to the spectrogram: a preset and its amount, or any kernel of the picture page."""
    chosen = presets.of(state)
    choice(
        _("What to do"),
        [*PRESETS, *OTHERS],
        "preset",
        now=chosen,
        words=lambda name: _(OTHERS[name] if name in OTHERS else PRESETS[name].label),
        change=lambda state, name: presets.choose(state, name),
        help=_("A spectrogram is a picture: time runs to the right, frequency upwards. Convolve it as one and hear it."),
    )
    if chosen in OTHERS:
        controls.kernel(state) if chosen == "any" else operations.controls(state)
        return
    preset = PRESETS[chosen]
    if preset.amount:
        _amount(state, chosen)
    st.caption(_(preset.sentence))


def _amount(state: SpectrogramState, name: str) -> None:
    preset = PRESETS[name]
    value, label = preset.read(state), _(preset.amount)
    whole = float(preset.step).is_integer()
    number = int if whole else float
    low, high = min(preset.low, value), max(preset.high, value)  # a link may say more than the slider
    label = _("{amount} ({unit})", amount=label, unit=_(preset.unit)) if preset.unit else label
    st.slider(
        label, number(low), number(high), step=number(preset.step),
        **bind(f"amount_{name}", number(value), lambda state, value: presets.choose(state, name, amount=value)),
    )  # fmt: skip


def strides(state: SpectrogramState) -> None:
    """The stride along each axis; a step that slides no kernel has none."""
    if state.operation is not None:
        return
    stride = state.setting("stride")
    pair = stride if isinstance(stride, tuple) else (stride, stride)
    for column, axis, label in zip(
        st.columns(2, wrap=False), (1, 0), (_("Stride in time"), _("Stride in frequency")), strict=True
    ):
        options = list(controls.FIRST_STRIDES)
        options = options if pair[axis] in options else sorted([*options, pair[axis]])
        with column:
            st.segmented_control(
                label, options, format_func=stride_text, help=_(STRIDE_HELP), required=True, width="stretch",
                **bind(f"stride_{axis}_first", pair[axis], controls.one_axis("stride", axis)),
            )  # fmt: skip


def way_back(state: SpectrogramState) -> None:
    """Which phase the sound gets."""
    if state.is_picture:
        st.caption(_("A picture has no phase: Griffin-Lim looks for one that fits."))
        return
    st.segmented_control(
        _("Phase"), list(INVERSES), format_func=lambda name: _(INVERSE_WORDS[name]), required=True, width="stretch",
        help=_("The picture shows how loud, not when each wave begins. Use the phase of the original, or let Griffin-Lim"
               " look for one that fits the changed picture."),
        **bind("inverse", state.inverse, lambda state, name: state.with_inverse(name)),
    )  # fmt: skip


def more(state: SpectrogramState, place: DeltaGenerator) -> None:
    """Everything else, behind one click; the label counts what differs from its default."""
    count = _changed(state)
    label = _("More settings ({count} changed)", count=count) if count else _("More settings")
    with place:
        with st.expander(label, key="spectrogram_more"):
            (_picture if state.is_picture else _transform)(state)
            if state.operation is None:
                _kernel(state)
            _inverse(state)
            _mask(state)
        if error := session.get("control_error"):
            session.drop("control_error")
            guard.complain(error)


def _changed(state: SpectrogramState) -> int:
    first = SpectrogramState()
    count = len(state.begin) + len(state.inverse_params) + (state.mask is not None)
    count += sum(name not in ("stride", "dilation") for name, _value in state.window)
    return count + sum(getattr(state, name) != getattr(first, name) for name in ("scale", "colour"))


def _transform(state: SpectrogramState) -> None:
    controls.title(_("Transform (STFT)"))
    n_fft = state.transform("n_fft")
    sizes = SIZES if n_fft in SIZES else sorted([*SIZES, n_fft])
    st.segmented_control(
        _("Window length (n_fft)"), sizes, required=True, width="stretch", format_func=str,
        help=_("A long window tells close tones apart, a short one tells close moments apart; no window does both."),
        **bind("n_fft", n_fft, _set_size),
    )  # fmt: skip
    options = OPS["stft"].options
    following = {"hop_length": max(1, n_fft // 4), "win_length": n_fft}
    for name in ("hop_length", "win_length", "window", "center"):
        _setting(name, options[name], state.transform(name), _transformed(name), following.get(name))
    controls.border_mode(
        _("Border of the sound (padding mode)"), "stft_border", state.transform("padding_mode"),
        _transformed("padding_mode"), heard=True,
    )  # fmt: skip
    choice(_("Channels"), list(MIXES), "mix", now=state.colour, words=lambda word: _(MIX_WORDS[word]),
           change=lambda state, mix: replace(state, colour=mix))  # fmt: skip


def _set_size(state: SpectrogramState, n_fft: int) -> SpectrogramState:
    """Another window length; a hop or window that was set keeps its share of it."""
    before = state.transform("n_fft")
    for name in ("hop_length", "win_length"):
        if (value := state.transform(name)) is not None:
            state = state.with_transform(name, max(1, value * n_fft // before))
    return state.with_transform("n_fft", n_fft)


def _transformed(name: str) -> Change:
    return lambda state, value: state.with_transform(name, value)


def _setting(
    name: str, option: object, value: object, change: Change, following: object = None, *, prefix: str = ""
) -> None:
    setting(_(SETTING_WORDS.get(name, name)), f"{prefix}{name}", option, value, change, following)


def _picture(state: SpectrogramState) -> None:
    controls.title(_("From picture to spectrogram"))
    options = OPS["picture_spectrum"].options
    following = {"hop_length": max(1, state.transform("n_fft") // 4)}
    for name, option in options.items():
        _setting(name, option, state.transform(name), _transformed(name), following.get(name), prefix="picture_")


def _kernel(state: SpectrogramState) -> None:
    controls.title(_("The step"))
    if state.separate is None:
        choice(
            _("Works on"), list(SCALES), "scale", now=state.scale, words=lambda word: _(SCALE_WORDS[word]),
            change=lambda state, scale: replace(state, scale=scale),
            help=_("Magnitudes add up as energy does; decibels as the colours do. What is below the floor is silence."),
        )  # fmt: skip
        if state.scale == "decibels":
            _floor(state)
    else:
        margin = OPS[state.separate.name].options["margin"]
        _setting("margin", margin, state.separate.get("margin", margin.default), _set_margin)
    controls.border_mode(_("Border of the picture (padding mode)"), "padding_mode", state.setting("padding_mode"),
                         lambda state, mode: state.with_setting("padding_mode", mode), fill=state.setting("fill"))  # fmt: skip
    controls.window(state)


def _floor(state: SpectrogramState) -> None:
    option = OPS["decibels"].options["floor_db"]
    setting(_("Floor"), "floor", option, state.floor, lambda state, value: replace(state, floor=value))


def _set_margin(state: SpectrogramState, value: float) -> SpectrogramState:
    values = dict(state.separate.params) | {"margin": value}
    kept = tuple(sorted((n, v) for n, v in values.items() if v != OPS[state.separate.name].options[n].default))
    return replace(state, separate=replace(state.separate, params=kept))


def _inverse(state: SpectrogramState) -> None:
    controls.title(_("Back to a sound"))
    for name, option in OPS[state.way_back].options.items():
        if state.is_picture and name == "start":
            continue
        _setting(name, option, state.inverse_setting(name), lambda s, value, name=name: s.with_inverse_setting(name, value))


def _mask(state: SpectrogramState) -> None:
    controls.title(_("Mask"))
    options = OPS["mask"].options
    words = ["none", *options["region"].type.options]

    def region(state: PageState, word: str) -> PageState:
        if word == "none":
            return replace(state, mask=None)
        return with_mask(state, region=word)

    params = dict(state.mask or ())
    st.segmented_control(
        _("A region of it"), words, required=True, width="stretch",
        format_func=lambda word: _(CHOICE_WORDS.get(word, word)),
        help=_("Drag a rectangle over a spectrogram with Select, or write its edges here."),
        **bind("region", "none" if state.mask is None else params.get("region", options["region"].default), region),
    )  # fmt: skip
    if state.mask is None:
        return
    labels = {"low": _("From"), "high": _("Up to"), "start": _("From"), "end": _("Until")}
    for pair in (("low", "high"), ("start", "end")):
        for column, name in zip(st.columns(2, wrap=False), pair, strict=True):
            with column:
                setting(labels[name], f"mask_{name}", options[name], params.get(name, options[name].default),
                        lambda state, value, name=name: with_mask(state, **{name: value}))  # fmt: skip


def with_mask(state: SpectrogramState, **values: object) -> SpectrogramState:
    """The state with a mask, or with another edge of it."""
    options = OPS["mask"].options
    whole = dict(state.mask or ()) | values
    return replace(state, mask=tuple(sorted((n, v) for n, v in whole.items() if v != options[n].default)))


@st.fragment(key=DISPLAY)
def display(fragments: tuple[str, ...], *, recolour: Callable[[], None], leave: Callable[[PageState], object]) -> None:
    """How the pictures are shown; nothing is computed anew for it, and only ``fragments`` of the page follow.

    Not even they where only colours change: ``recolour`` gives them to the picture, ``leave`` writes the address.
    """
    told.settle()
    state, first = session.now(), SpectrogramState()
    count = sum(getattr(state, name) != getattr(first, name) for name in ("axis", "colours", "range", "bands", "shows"))
    label = _("Display ({count} changed)", count=count) if count else _("Display")
    with st.expander(label, key="spectrogram_display"), alone(DISPLAY, *fragments):
        _display(state)
        with guard.quiet():  # what cannot be shown has been said where the picture stands
            recolour()
    leave(state)


def _display(state: SpectrogramState) -> None:
    coloured = alone if state.shows == "both" else nullcontext  # a difference is one of what the colours show
    choice(_("Frequency axis"), list(AXES), "axis", now=state.axis, words=lambda word: _(AXIS_WORDS[word]),
           change=lambda state, axis: replace(state, axis=axis))  # fmt: skip
    if state.axis == "mel":
        for place, name in enumerate(("n_mels", "fmin", "fmax")):
            setting({"n_mels": _("Bands (n_mels)"), "fmin": _("From (fmin)"), "fmax": _("Up to (fmax)")}[name], name,
                    OPS["mel"].options[name], state.bands[place], _banded(place))  # fmt: skip
    with coloured():
        st.segmented_control(
            _("Colours"), list(MAPS), format_func=lambda word: _(MAP_WORDS[word]), required=True, width="stretch",
            **bind("colours", state.colours, lambda state, colours: replace(state, colours=colours)),
        )  # fmt: skip
    automatic = state.range is None
    st.toggle(_("Colours follow the sound"), help=_("From its loudest level down by {span} dB.", span=SPAN_DB),
              **bind("follow", automatic, _follow))  # fmt: skip
    if not automatic:
        with coloured():
            st.slider(
                _("Range of the colours (dB)"), *RANGE_LIMITS, step=5, help=_("0 dB is a sine at full scale."),
                **bind("range", state.range, _set_range),
            )  # fmt: skip
    choice(_("Shown"), list(SHOWS), "shows", now=state.shows, words=lambda word: _(SHOW_WORDS[word]),
           change=lambda state, shows: replace(state, shows=shows))  # fmt: skip


def _follow(state: SpectrogramState, automatic: bool) -> SpectrogramState:
    return replace(state, range=None if automatic else (-90, -20))


def _set_range(state: SpectrogramState, value: tuple[int, int]) -> SpectrogramState:
    low, high = value
    return state if low >= high else replace(state, range=(int(low), int(high)))


def _banded(place: int) -> Change:
    def change(state: SpectrogramState, value: object) -> SpectrogramState:
        bands = list(state.bands)
        bands[place] = value
        return replace(state, bands=tuple(bands))

    return change


STRIDE_EFFECTS = {
    (1, 2): N_("Stride 2 in time keeps every second column: the sound is half as long, its pitch stays."),
    (1, Fraction(1, 2)): N_("Stride 1/2 in time puts silent columns between: the sound is twice as long, its pitch stays,"
                            " and it flutters where the kernel does not fill the gaps."),
    (0, 2): N_("Stride 2 in frequency keeps every second row: every tone sounds an octave lower, the length stays."),
    (0, Fraction(1, 2)): N_("Stride 1/2 in frequency puts silent rows between: every tone sounds an octave higher, and what"
                            " would be beyond half of the sample rate is cut."),
}  # fmt: skip
"""What is heard, by axis and stride."""
