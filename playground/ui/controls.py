"""What can be set beside the result?  The kernel, its window, and behind one click everything else.

The same code serves pictures and sounds, so that padding, stride, dilation and flip read and behave
alike on both.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction

import streamlit as st

from playground.errors import N_, PlaygroundError
from playground.ops import KERNELS, PADDING_MODES, KernelRef
from playground.ops.kernels import FAMILIES, SOUND_FAMILIES, resolved
from playground.recipe.check import kernel_options
from playground.ui import guard, numbers, operations, response, session
from playground.ui.first import FIRST
from playground.ui.labels import (
    COLOUR_WORDS,
    MIX_WORDS,
    MODE_WORDS,
    PADDING_WORDS,
    SIGNED_WORDS,
    SOUND_STRIDE_HELP,
    STRIDE_HELP,
    stride_text,
)
from playground.ui.state import COLOURS, MIXES, OTHER, PageState, choose_kernel, name_of
from playground.ui.widgets import STRIDES, Change, bind, choice, parameter
from playground.ui.words import _
from playground.view.pixels import SIGNED_MODES

FIRST_STRIDES = (Fraction(1, 2), 1, 2)


def kernel(state: PageState) -> None:
    """Family, member, and the first two parameters."""
    families = families_of(state.kind)
    if state.kind != "spectrogram":  # which has them in its list of what to do
        families = {**families, OTHER: N_("Other steps")}

    def of_family(state: PageState, family: object) -> PageState:
        if family is None:
            return state
        if family == OTHER:
            return operations.choose(state, session.memory().get(f"family {OTHER}", operations.first(state.kind)))
        name = session.memory().get(f"family {family}", _members(state.kind, family)[0])
        return choose_kernel(state, name, remembered=session.remembered())

    st.pills(
        _("Kernel"),
        list(families),
        format_func=lambda family: _(families[family]),
        required=True,
        help=_("A small table of numbers. Each result is: neighbours times these numbers, added up."),
        **bind("family", state.family, of_family),
    )
    if state.operation is not None:
        operations.controls(state)
        return
    chosen, members = name_of(state.kernel), _members(state.kind, state.family)
    if len(members) > 1:
        choice(
            _("What")
            if state.family == "own"
            else _("Which {family}", family=_(families[state.family]).lower()),
            members,
            f"member_{state.family}",
            now=chosen,
            words=lambda name: _member_words(state.kind, name),
            change=lambda state, name: choose_kernel(state, name, remembered=session.remembered()),
        )
    if chosen == "numbers":
        numbers.editor(state, state.kernel.numbers)
    elif chosen == "response":
        response.loader(state)
    if state.kernel.name is None:
        return
    options, following = KERNELS[chosen].options, _following(state.kernel)
    first = list(options)[:2]
    if not first:
        return
    columns = st.columns(2, wrap=False) if len(first) == 2 else [st.container()]
    for column, name in zip(columns, first, strict=True):
        with column:
            parameter(name, options[name], state, following)


def families_of(kind: str) -> Mapping[str, str]:
    """The families of kernels of a page and their words, in its order."""
    return SOUND_FAMILIES if kind == "audio" else FAMILIES


def _members(kind: str, family: str) -> list[str]:
    names = [
        n for n, kernel in KERNELS.items() if kind in kernel.media and kernel.words(kind).family == family
    ]
    own = ["numbers", "response"] if kind == "audio" else ["numbers"]
    return [*own, *names] if family == "own" else names


def _member_words(kind: str, name: str) -> str:
    if name == "numbers":
        return _("Your own numbers")
    if name == "response":
        return _("Your own room (impulse response)")
    return _(KERNELS[name].words(kind).label)


def _following(ref: KernelRef) -> dict[str, object]:
    try:
        return resolved(ref.name, ref.params)
    except PlaygroundError:
        return {name: option.default for name, option in KERNELS[ref.name].options.items()}


def stride_and_border(state: PageState) -> None:
    """The two controls that every convolution has; a step that slides no kernel has none of them."""
    if state.operation is not None:
        return
    left, right = st.columns(2, wrap=False)
    stride = state.setting("stride")
    options = list(FIRST_STRIDES)
    if not isinstance(stride, tuple) and stride not in options:
        options = sorted([*options, stride])
    with left:
        st.segmented_control(
            _("Stride"),
            options,
            format_func=stride_text,
            help=_(SOUND_STRIDE_HELP if state.kind == "audio" else STRIDE_HELP),
            required=not isinstance(stride, tuple),
            width="stretch",
            **bind("stride", None if isinstance(stride, tuple) else stride, _set_stride),
        )
    with right:
        border_mode(
            _("Border (padding mode)"), "padding_mode", state.setting("padding_mode"),
            lambda state, mode: state.with_setting("padding_mode", mode), heard=state.kind == "audio",
            fill=state.setting("fill"),
        )  # fmt: skip


def border_mode(
    label: str, name: str, now: str, change: Change, *, heard: bool = False, fill: float = 0.0
) -> None:
    """What is assumed beyond the edge; on a sound zeros are silence."""
    choice(
        label,
        list(PADDING_MODES),
        name,
        now=now,
        words=lambda mode: _mode_words(mode, heard, fill),
        change=change,
        help=_("What is assumed outside the edge, where there is nothing."),
    )


def _mode_words(mode: str, heard: bool, fill: float) -> str:
    if mode == "constant" and fill != 0:
        return _("Constant value {fill:g} (constant)", fill=fill)
    if mode == "constant" and heard:
        return _("Silence (constant)")
    return _(MODE_WORDS[mode])


def _set_stride(state: PageState, value: object) -> PageState:
    state = state if value is None else state.with_setting("stride", value)
    return replace(state, gain=1.0)


def more(state: PageState) -> None:
    """Everything else, behind one click; the label counts what differs from its default."""
    if state.operation is not None and state.kind == "audio":
        _say_what_was_refused()
        return
    changed = _changed(state)
    label = _("More settings") if not changed else _("More settings ({count} changed)", count=changed)
    with st.expander(label, key=f"{state.kind}_more"):
        if state.operation is None:
            _border_group(state)
            _window_group(state)
        if state.kind == "audio":
            _sound_group(state)
        else:
            _display_group(state)
    _say_what_was_refused()


def _say_what_was_refused() -> None:
    if error := session.get("control_error"):
        session.drop("control_error")
        guard.complain(error)


def _changed(state: PageState) -> int:
    first = FIRST[state.kind]
    if state.operation is not None:
        return sum(getattr(state, name) != getattr(first, name) for name in ("signed", "same_size"))
    count = sum(name in dict(state.window) for name in ("padding", "fill", "dilation", "flip_kernel"))
    stride = state.setting("stride")
    count += isinstance(stride, tuple) or stride not in FIRST_STRIDES
    hidden = [name for name in kernel_options(state.kernel.name) if name not in _first_level(state)]
    count += sum(name in dict(state.kernel.params) for name in hidden)
    return count + sum(
        getattr(state, name) != getattr(first, name) for name in ("colour", "signed", "same_size")
    )


def _first_level(state: PageState) -> list[str]:
    return list(KERNELS[state.kernel.name].options)[:2] if state.kernel.name else []


def title(text: str) -> None:
    """The heading of a group of settings."""
    st.markdown(f"**{text}**")


def _border_group(state: PageState) -> None:
    title(_("Border"))
    _padding(state)


def window(state: PageState) -> None:
    """Padding and what else there is of the window, without headings."""
    _padding(state)
    _window(state)


def _padding(state: PageState) -> None:
    padding = state.setting("padding")
    flat = state.kind != "audio"
    ones = (1, 1, 1, 1) if flat else (1, 1)
    kind = padding if isinstance(padding, str) else "sides" if isinstance(padding, tuple) else "number"

    def change(state: PageState, chosen: object) -> PageState:
        return state.with_setting("padding", {"number": 1, "sides": ones}.get(chosen, chosen))

    choice(
        _("Padding"),
        list(PADDING_WORDS),
        "padding",
        now=kind,
        words=lambda word: _(PADDING_WORDS[word]),
        change=change,
        help=_('How many invented values are added around. "Same" keeps the size.'),
    )
    most = state.window_options["padding"].type.high
    if kind == "number":
        st.number_input(
            _("Pixels on every side") if flat else _("Samples at both ends"), 0, most, step=1,
            **bind("padding_number", padding, lambda state, value: state.with_setting("padding", value)),
        )  # fmt: skip
    if kind == "sides":
        sides = _every_side(state)
        words = (_("Top"), _("Bottom"), _("Left"), _("Right")) if flat else (_("Before"), _("After"))
        for first in range(0, len(words), 2):
            for column, index in zip(st.columns(2, wrap=False), (first, first + 1), strict=True):
                with column:
                    st.number_input(
                        words[index], 0, most, step=1,
                        **bind(f"padding_{index}", sides[index], _one_side(index)),
                    )  # fmt: skip
    if state.setting("padding_mode") == "constant":
        st.number_input(
            _("Fill value"), -1000.0, 1000.0, step=0.1,
            help=_("The value outside the edge: 0 is black, 1 is white.") if flat
            else _("The value before and after the sound: 0 is silence."),
            **bind("fill", state.setting("fill"), lambda state, value: state.with_setting("fill", value)),
        )  # fmt: skip


def _every_side(state: PageState) -> tuple[int, ...]:
    """The padding of each side, also where it was said per axis."""
    sides = state.setting("padding")
    if state.kind == "audio":
        return sides[:2]  # a link may say more, which is refused but can be mended here
    return sides if len(sides) == 4 else (sides[0], sides[0], sides[1], sides[1])


def _one_side(index: int) -> Change:
    def change(state: PageState, value: object) -> PageState:
        sides = _every_side(state)
        return state.with_setting("padding", (*sides[:index], value, *sides[index + 1 :]))

    return change


def _window_group(state: PageState) -> None:
    title(_("Window"))
    _window(state)


def _window(state: PageState) -> None:
    flat = state.kind != "audio"
    stride, dilation = state.setting("stride"), state.setting("dilation")
    words = (_("Any stride"),)
    if state.kind == "spectrogram":
        words = (_("Any stride in frequency"), _("Any stride in time"))
    elif flat:
        words = (_("Stride, vertical"), _("Stride, horizontal"))
    for column, axis, word in zip(st.columns(len(words), wrap=False), range(2), words, strict=False):
        value = stride[axis] if isinstance(stride, tuple) else stride
        with column:
            choice(
                word,
                STRIDES if value in STRIDES else sorted([*STRIDES, value]),
                f"stride_{axis}",
                now=value,
                words=stride_text,
                change=one_axis("stride", axis) if flat else _set_stride,
            )
    limit = state.window_options["dilation"].type
    words = (_("Dilation, vertical"), _("Dilation, horizontal")) if flat else (_("Dilation"),)
    for column, axis, word in zip(st.columns(len(words), wrap=False), range(2), words, strict=False):
        value = dilation[axis] if isinstance(dilation, tuple) else dilation
        with column:
            st.number_input(
                word, 1, limit.item.high if flat else limit.high, step=1, help=_("Gaps between the neighbours used."),
                **bind(f"dilation_{axis}", value, one_axis("dilation", axis) if flat else _set_dilation),
            )  # fmt: skip
    st.toggle(
        _("Flip the kernel (convolution)"),
        help=_(
            "Off: correlation, as deep-learning libraries do. On: convolution, as signal processing does."
        ),
        **bind("flip", state.setting("flip_kernel"), lambda s, value: s.with_setting("flip_kernel", value)),
    )
    options = kernel_options(state.kernel.name)
    following = _following(state.kernel) if state.kernel.name else {}
    for name in options:
        if name not in _first_level(state):
            parameter(name, options[name], state, following)


def _set_dilation(state: PageState, value: object) -> PageState:
    return state.with_setting("dilation", value)


def one_axis(name: str, axis: int) -> Change:
    """The change of a setting along one axis; 0 is vertical."""
    def change(state: PageState, value: object) -> PageState:
        whole = state.setting(name)
        pair = list(whole) if isinstance(whole, tuple) else [whole, whole]
        pair[axis] = value
        state = state.with_setting(name, pair[0] if pair[0] == pair[1] else tuple(pair))
        return replace(state, gain=1.0) if name == "stride" else state

    return change


def _display_group(state: PageState) -> None:
    title(_("Display"))
    if state.operation is None:
        choice(
            _("Colour"),
            list(COLOURS),
            "colour",
            now=state.colour,
            words=lambda word: _(COLOUR_WORDS[word]),
            change=lambda state, colour: replace(state, colour=colour),
        )
    choice(
        _("Negative values"),
        ["automatic", *SIGNED_MODES],
        "signed",
        now=state.signed,
        words=lambda word: _(SIGNED_WORDS[word]),
        change=lambda state, signed: replace(state, signed=signed),
        help=_(
            "Pixels cannot be negative on screen; choose how they are shown. Saved values are not changed."
        ),
    )
    st.toggle(
        _("Same size on screen"),
        help=_("Off: input and output at one scale, so that a stride is seen as a size."),
        **bind("same_size", state.same_size, lambda state, value: replace(state, same_size=value)),
    )


def _sound_group(state: PageState) -> None:
    title(_("Channels"))
    choice(
        _("Channels"),
        list(MIXES),
        "colour",
        now=state.colour,
        words=lambda word: _(MIX_WORDS[word]),
        change=lambda state, mix: replace(state, colour=mix),
    )
