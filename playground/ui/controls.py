"""What can be set, and with which widget?  One widget per parameter type; the state holds the value.

Every widget is told its value from the page's state before it is drawn and gives it back in its
callback, so that a link, the Back button, Reset and a click all end in the same place.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import streamlit as st

from playground.errors import PlaygroundError
from playground.ops import KERNELS, PADDING_MODES, KernelRef
from playground.ops.kernels import FAMILIES, format_kernel, parse_kernel, resolved
from playground.ops.registry import Flag, Integer, Option, Pair, Real
from playground.recipe.check import conv_options, kernel_options
from playground.recipe.model import Step
from playground.ui import guard
from playground.ui.labels import (
    COLOUR_WORDS,
    MODE_WORDS,
    PADDING_WORDS,
    PARAMETER_WORDS,
    SIGNED_WORDS,
    STRIDE_HELP,
    stride_text,
)
from playground.ui.state import COLOURS, PageState, choose_kernel, recipe_of, undo, use_output
from playground.ui.words import _, say
from playground.view.pixels import SIGNED_MODES

STRIDES = (Fraction(1, 4), Fraction(1, 3), Fraction(1, 2), 1, 2, 3, 4)
FIRST_STRIDES = (Fraction(1, 2), 1, 2)
MOST_EDITED = 15
"""Rows or columns up to which "Your own" offers a grid; the text takes any size."""

Change = Callable[[PageState, object], PageState]


def now() -> PageState:
    """The state of the picture page."""
    return st.session_state["image.state"]


def put(state: PageState) -> None:
    """Change the state of the picture page, remembering its kernel for when it is chosen again.

    A state that no recipe can say changes nothing; ``more`` shows why, once.
    """
    try:
        recipe_of(state)
    except PlaygroundError as error:
        st.session_state["image.control_error"] = error
        return
    st.session_state["image.state"] = state
    memory = st.session_state.setdefault("image.memory", {})
    memory[state.kernel.name or "numbers"] = state.kernel
    memory[f"family {state.family}"] = state.kernel.name or "numbers"


def _give_back(key: str, change: Change) -> None:
    put(change(now(), st.session_state.get(key)))


def _bind(name: str, value: object, change: Change) -> dict:
    key = f"image_{name}"
    st.session_state[key] = value
    return {"key": key, "on_change": _give_back, "args": (key, change)}


# --- one widget per type -------------------------------------------------------------------------


def choice(
    label: str,
    options: Sequence,
    name: str,
    *,
    now: object,
    words: Callable[[object], str],
    change: Change,
    help: str | None = None,
) -> None:
    """One of a list, with its words; the term stands beside the plain word in them."""
    st.selectbox(label, options, format_func=words, help=help, **_bind(name, now, change))


def parameter(name: str, option: Option, state: PageState, following: dict[str, object]) -> None:
    """The widget of one kernel parameter, by its type."""
    label = _(PARAMETER_WORDS.get(name, name))
    value = state.parameter(name)
    key = f"{state.kernel.name or 'numbers'}_{name}"

    def change(state: PageState, value: object) -> PageState:
        return state.with_parameter(name, value)

    match option.type:
        case Integer() as kind:
            st.number_input(
                label, min_value=kind.low, max_value=kind.high, step=kind.step,
                value=None if option.optional else "min",
                placeholder=_("{value} (follows)", value=following.get(name)) if option.optional else None,
                **_bind(key, value, change),
            )  # fmt: skip
        case Real() as kind if not option.optional and (kind.high - kind.low) / kind.step <= 400:
            st.slider(
                _unit(label, kind.unit), float(kind.low), float(kind.high), step=float(kind.step),
                **_bind(key, float(value), change),
            )  # fmt: skip
        case Real() as kind:
            st.number_input(
                _unit(label, kind.unit), min_value=float(kind.low), max_value=float(kind.high), step=float(kind.step),
                value=None if option.optional else "min",
                placeholder=_("{value:g} (follows)", value=following[name]) if option.optional else None,
                **_bind(key, value, change),
            )  # fmt: skip
        case Pair(item=Integer() as kind):
            first, second = value if isinstance(value, tuple) else (value, value)
            columns = st.columns(2, wrap=False)
            for column, axis, word, part in zip(
                columns, (0, 1), (_("Height"), _("Width")), (first, second), strict=True
            ):
                with column:
                    _one_of_pair(word, axis, kind, name, key, part)
        case Flag():
            st.toggle(label, **_bind(key, value, change))


def _one_of_pair(word: str, axis: int, kind: Integer, name: str, key: str, value: int) -> None:
    def change(state: PageState, value: object) -> PageState:
        whole = state.parameter(name)
        pair = list(whole) if isinstance(whole, tuple) else [whole, whole]
        pair[axis] = value
        return state.with_parameter(name, pair[0] if pair[0] == pair[1] else tuple(pair))

    st.number_input(
        word, min_value=kind.low, max_value=kind.high, step=1, **_bind(f"{key}_{axis}", value, change)
    )


def _unit(label: str, unit: str) -> str:
    return f"{label} ({_(unit)})" if unit else label


# --- the inspector -------------------------------------------------------------------------------


def kernel(state: PageState) -> None:
    """Family, member, and the first two parameters."""
    memory = st.session_state.setdefault("image.memory", {})
    members = _members(state.family)

    def of_family(state: PageState, family: object) -> PageState:
        if family is None:
            return state
        name = memory.get(f"family {family}", _members(family)[0])
        return choose_kernel(state, name, remembered=memory)

    st.pills(
        _("Kernel"),
        list(FAMILIES),
        format_func=lambda family: _(FAMILIES[family]),
        required=True,
        help=_("A small table of numbers. Each result is: neighbours times these numbers, added up."),
        **_bind("family", state.family, of_family),
    )
    chosen = state.kernel.name or "numbers"
    if len(members) > 1:
        choice(
            _("Which {family}", family=_(FAMILIES[state.family]).lower())
            if state.family != "own"
            else _("What"),
            members,
            f"member_{state.family}",
            now=chosen,
            words=_member_words,
            change=lambda state, name: choose_kernel(state, name, remembered=memory),
        )
    if state.kernel.name is None:
        numbers(state)
        return
    options, following = KERNELS[chosen].options, _following(state.kernel)
    first = list(options)[:2]
    if not first:
        return
    columns = st.columns(2, wrap=False) if len(first) == 2 else [st.container()]
    for column, name in zip(columns, first, strict=True):
        with column:
            parameter(name, options[name], state, following)


def _members(family: str) -> list[str]:
    names = [name for name, kernel in KERNELS.items() if kernel.family == family]
    return ["numbers", *names] if family == "own" else names


def _member_words(name: str) -> str:
    return _("Your own numbers") if name == "numbers" else _(KERNELS[name].label)


def _following(ref: KernelRef) -> dict[str, object]:
    try:
        return resolved(ref.name, ref.params)
    except PlaygroundError:
        return {name: option.default for name, option in KERNELS[ref.name].options.items()}


def stride_and_border(state: PageState) -> None:
    """The two controls that every convolution has."""
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
            help=_(STRIDE_HELP),
            required=not isinstance(stride, tuple),
            width="stretch",
            **_bind("stride", None if isinstance(stride, tuple) else stride, _set_stride),
        )
    with right:
        choice(
            _("Border (padding mode)"),
            list(PADDING_MODES),
            "padding_mode",
            now=state.setting("padding_mode"),
            words=lambda mode: _mode_words(mode, state.setting("fill")),
            change=lambda state, mode: state.with_setting("padding_mode", mode),
            help=_("What is assumed outside the edge, where there is nothing."),
        )


def _mode_words(mode: str, fill: float) -> str:
    if mode == "constant" and fill != 0:
        return _("Constant value {fill:g} (constant)", fill=fill)
    return _(MODE_WORDS[mode])


def _set_stride(state: PageState, value: object) -> PageState:
    state = state if value is None else state.with_setting("stride", value)
    return replace(state, gain=1.0)


def more(state: PageState) -> None:
    """Everything else, behind one click; the label counts what differs from its default."""
    changed = _changed(state)
    label = _("More settings") if not changed else _("More settings ({count} changed)", count=changed)
    with st.expander(label, key="image_more"):
        _border_group(state)
        _window_group(state)
        _display_group(state)
    if error := st.session_state.pop("image.control_error", None):
        st.error(guard.capital(say(error)), icon=":material/error:")


def _changed(state: PageState) -> int:
    first = PageState()
    window = ["padding", "fill", "dilation", "flip_kernel"]
    count = sum(state.setting(name) != first.setting(name) for name in window)
    stride = state.setting("stride")
    count += isinstance(stride, tuple) or stride not in FIRST_STRIDES
    hidden = [name for name in kernel_options(state.kernel.name) if name not in _first_level(state)]
    count += sum(name in dict(state.kernel.params) for name in hidden)
    count += (state.colour != "automatic") + (state.signed != "automatic") + (not state.same_size)
    return count


def _first_level(state: PageState) -> list[str]:
    return list(KERNELS[state.kernel.name].options)[:2] if state.kernel.name else []


def _border_group(state: PageState) -> None:
    st.markdown(f"**{_('Border')}**")
    padding = state.setting("padding")
    words = {**PADDING_WORDS}
    kind = padding if isinstance(padding, str) else "sides" if isinstance(padding, tuple) else "number"

    def change(state: PageState, chosen: object) -> PageState:
        return state.with_setting("padding", {"number": 1, "sides": (1, 1, 1, 1)}.get(chosen, chosen))

    choice(
        _("Padding"),
        list(words),
        "padding",
        now=kind,
        words=lambda word: _(words[word]),
        change=change,
        help=_('How many invented values are added around. "Same" keeps the size.'),
    )
    most = conv_options("image")["padding"].type.high
    if kind == "number":
        st.number_input(
            _("Pixels on every side"), 0, most, step=1,
            **_bind("padding_number", padding, lambda state, value: state.with_setting("padding", value)),
        )  # fmt: skip
    if kind == "sides":
        sides = padding if len(padding) == 4 else (padding[0], padding[0], padding[1], padding[1])
        columns = st.columns(4, wrap=False)
        for index, word in enumerate((_("Top"), _("Bottom"), _("Left"), _("Right"))):
            with columns[index]:
                st.number_input(
                    word, 0, most, step=1, **_bind(f"padding_{index}", sides[index], _one_side(index))
                )
    if state.setting("padding_mode") == "constant":
        st.number_input(
            _("Fill value"), -1000.0, 1000.0, step=0.1,
            help=_("The value outside the edge: 0 is black, 1 is white."),
            **_bind("fill", state.setting("fill"), lambda state, value: state.with_setting("fill", value)),
        )  # fmt: skip


def _one_side(index: int) -> Change:
    def change(state: PageState, value: object) -> PageState:
        sides = state.setting("padding")
        sides = sides if len(sides) == 4 else (sides[0], sides[0], sides[1], sides[1])
        return state.with_setting("padding", (*sides[:index], value, *sides[index + 1 :]))

    return change


def _window_group(state: PageState) -> None:
    st.markdown(f"**{_('Window')}**")
    stride, dilation = state.setting("stride"), state.setting("dilation")
    columns = st.columns(2, wrap=False)
    for axis, word in enumerate((_("Stride, vertical"), _("Stride, horizontal"))):
        value = stride[axis] if isinstance(stride, tuple) else stride
        with columns[axis]:
            choice(
                word,
                STRIDES if value in STRIDES else sorted([*STRIDES, value]),
                f"stride_{axis}",
                now=value,
                words=stride_text,
                change=_one_axis("stride", axis),
            )
    columns = st.columns(2, wrap=False)
    most = conv_options("image")["dilation"].type.item.high
    for axis, word in enumerate((_("Dilation, vertical"), _("Dilation, horizontal"))):
        value = dilation[axis] if isinstance(dilation, tuple) else dilation
        with columns[axis]:
            st.number_input(
                word, 1, most, step=1, help=_("Gaps between the neighbours used."),
                **_bind(f"dilation_{axis}", value, _one_axis("dilation", axis)),
            )  # fmt: skip
    st.toggle(
        _("Flip the kernel (convolution)"),
        help=_(
            "Off: correlation, as deep-learning libraries do. On: convolution, as signal processing does."
        ),
        **_bind("flip", state.setting("flip_kernel"), lambda s, value: s.with_setting("flip_kernel", value)),
    )
    options = kernel_options(state.kernel.name)
    following = _following(state.kernel) if state.kernel.name else {}
    for name in options:
        if name not in _first_level(state):
            parameter(name, options[name], state, following)


def _one_axis(name: str, axis: int) -> Change:
    def change(state: PageState, value: object) -> PageState:
        whole = state.setting(name)
        pair = list(whole) if isinstance(whole, tuple) else [whole, whole]
        pair[axis] = value
        state = state.with_setting(name, pair[0] if pair[0] == pair[1] else tuple(pair))
        return replace(state, gain=1.0) if name == "stride" else state

    return change


def _display_group(state: PageState) -> None:
    st.markdown(f"**{_('Display')}**")
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
        **_bind("same_size", state.same_size, lambda state, value: replace(state, same_size=value)),
    )


# --- your own numbers ----------------------------------------------------------------------------


def numbers(state: PageState) -> None:
    """The grid, and the text beside it that takes any size; each shows what the other did."""
    rows = state.kernel.numbers
    if rows is None:  # a kernel from a file, which only its digest names
        return
    if rows and isinstance(rows[0], tuple) and isinstance(rows[0][0], tuple):
        st.caption(
            _("This kernel mixes channels; it came with the link and can be changed in its text there.")
        )
        return
    if rows and not isinstance(rows[0], tuple):
        rows = (rows,)
    if max(len(rows), len(rows[0])) <= MOST_EDITED:
        _grid(rows)
    wrong = st.session_state.get("image.numbers_error")
    if wrong and wrong["beside"] != state.kernel.numbers:  # other numbers have come since
        wrong = st.session_state["image.numbers_error"] = None
    st.session_state["image_numbers_text"] = wrong["typed"] if wrong else format_kernel(rows)
    st.text_area(
        _("Numbers, one row a line: type or paste"),
        key="image_numbers_text",
        height=110,
        on_change=_read_numbers,
        help=_("Separated by spaces, commas or tabs, or as a Python list; any size, up to 4096 numbers."),
    )
    if wrong:
        st.error(guard.capital(say(wrong["error"])), icon=":material/error:")


def _grid(rows: tuple[tuple[float, ...], ...]) -> None:
    # The editor keeps a list of changes to the table it was given, so it keeps that table for as
    # long as only its own changes arrive; numbers from elsewhere begin a new editor, and so does
    # coming back to it, as the list is forgotten where it is not drawn.
    given = st.session_state.get("image.grid")
    if given is None or given["now"] != rows or f"image_grid_{given['version']}" not in st.session_state:
        given = {"base": rows, "now": rows, "version": (given or {}).get("version", 0) + 1}
        st.session_state["image.grid"] = given
    table = pd.DataFrame(np.array(given["base"]), columns=[str(i) for i in range(len(rows[0]))])
    config = {name: st.column_config.NumberColumn(required=True, width="small") for name in table.columns}
    edited = st.data_editor(
        table, hide_index=True, column_config=config, key=f"image_grid_{given['version']}",
        alt=_("Kernel numbers as a grid; the text below holds the same"),
    )  # fmt: skip
    values = tuple(
        tuple(0.0 if value is None or not np.isfinite(value) else float(value) for value in row)
        for row in edited.to_numpy()
    )
    if values != rows:
        given["now"] = values
        put(replace(now(), kernel=replace(now().kernel, numbers=values)))
        st.rerun()


def _read_numbers() -> None:
    text = st.session_state["image_numbers_text"]
    try:
        rows = parse_kernel(text)
    except PlaygroundError as error:
        st.session_state["image.numbers_error"] = {
            "error": error, "typed": text[:10_000], "beside": now().kernel.numbers,
        }  # fmt: skip
        return
    st.session_state["image.numbers_error"] = None
    put(replace(now(), kernel=replace(now().kernel, numbers=rows)))


# --- steps in front, and the way back ------------------------------------------------------------


def chain(state: PageState, *, channels: int) -> None:
    """Use the output as input, undo it, and back to the first sight."""
    if state.front:
        words = " → ".join(words_of_step(step) for step in state.front)
        st.caption(_("In front: {steps}", steps=words))
        st.button(_("Undo the last step in front"), key="image_undo", on_click=lambda: put(undo(now())),
                  icon=":material/undo:", width="stretch")  # fmt: skip
    left, right = st.columns(2, wrap=False)
    with left:
        st.button(
            _("Output as input"), key="image_use_output", icon=":material/input:", width="stretch",
            help=_("The next kernel works on this result; the steps so far are listed and can be undone."),
            on_click=lambda: put(use_output(now(), channels=channels)),
        )  # fmt: skip
    with right:
        st.button(_("Reset"), key="image_reset", icon=":material/restart_alt:", width="stretch",
                  help=_("Back to the first sight. Your own picture stays in the list."), on_click=_reset)  # fmt: skip


def words_of_step(step: Step) -> str:
    """A step in a line of steps: its name and what differs from the defaults."""
    return step.name.replace("_", " ")


def _reset() -> None:
    for name in (
        "image.memory",
        "image.control_error",
        "image.numbers_error",
        "image.upload_error",
        "image.written",
    ):
        st.session_state.pop(name, None)
    st.session_state["image.state"] = PageState()
