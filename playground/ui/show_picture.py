"""How does a picture's result stand on the page?  Two pictures and one fact line."""

from __future__ import annotations

import html
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from playground.media.types import Image
from playground.recipe.model import Step
from playground.result import Result
from playground.ui import address, cache, frame, guard, session, soon, source, told
from playground.ui.labels import CHANNEL_FACTS
from playground.ui.show import finding, live, method, percent
from playground.ui.state import PageState, answers_edges, recipe_of
from playground.ui.words import _
from playground.view import pixels
from playground.view.tables import number

if TYPE_CHECKING:
    from torch import Tensor

ROUNDING = 1e-5
"""Of a result's scale: what is below is 0."""

FAINT = 0.2
"""Of white: what is nowhere lighter looks black beside its input."""

STAGE = "picture_stage"


@dataclass(frozen=True, eq=False)
class Side:
    """One of the two pictures: its values, their pixels, and those as they are sent."""

    values: Tensor
    shown: pixels.Shown
    sent: pixels.Preview


def computed(medium: Image, state: PageState) -> Result:
    """The engine's result, with what it went through where there is more than one step."""
    channels = medium.values.shape[0]
    watched, focus = bool(state.front or state.back), state.focus(channels)
    return cache.run(medium, recipe_of(state, channels=channels), watched=watched, focus=focus)


@st.fragment(key=STAGE)
def stage(medium: Image, name: str, state: PageState, result: Result | None, key: str) -> None:
    """Both pictures and their fact line; alone and ahead of the page where a control has asked for them."""
    soon.ahead(STAGE, _draw_changed)
    with guard.sentence():  # a fragment is run again without what stands around its call
        _draw(medium, name, state, result, key)


def _draw_changed() -> None:
    state = session.now()
    medium, name = source.medium(state)
    _draw(medium, name, state, computed(medium, state), address.key(medium, state, medium.values.shape[0]))


def _draw(medium: Image, name: str, state: PageState, result: Result | None, key: str) -> None:
    _input, output = before_after(medium, name, state, result, key)
    if result is not None:
        facts(medium, state, result, output)


def sides(medium: Image, state: PageState, result: Result | None, key: str) -> tuple[Side, Side | None]:
    """Input and output, at equal size or at one scale, ready to be drawn; without a result no output."""
    theme = frame.theme()
    source, source_key, source_alpha = medium.values, f"{medium.digest} {medium.name}", medium.alpha
    scale, edges = 1.0, False
    if state.front and result is not None and result.convolution_input is not None:
        source, source_alpha = result.convolution_input, None
        source_key = f"{key} before {len(state.front)}"
        scale = max(1.0, float(source.abs().max()))
        edges = float(source.min()) < 0
    input_mode = pixels.choose_mode("automatic", channels=source.shape[0], signed=edges)
    shown_input = cache.shown(
        source, key=f"{source_key} {input_mode}", mode=input_mode, scale=scale, theme=theme
    )
    output = None
    if result is not None:
        mode = pixels.choose_mode(
            state.signed, channels=result.output.shape[0], signed=_has_signs(state, result, edges)
        )
        span = (result.minimum, result.maximum)
        output = cache.shown(result.output, key=f"{key} {mode}", mode=mode, scale=result.scale, theme=theme, span=span)
    sheet = None
    if not state.same_size and output is not None:
        both = (shown_input.pixels.shape[:2], output.pixels.shape[:2])
        sheet = (max(size[0] for size in both), max(size[1] for size in both))
    before = Side(source, shown_input, _sent(shown_input, source_alpha, f"{source_key} {input_mode}", theme, sheet))
    if output is None:
        return before, None
    return before, Side(result.output, output, _sent(output, result.alpha, f"{key} {output.mode}", theme, sheet))


def before_after(
    medium: Image, name: str, state: PageState, result: Result | None, key: str
) -> tuple[pixels.Shown, pixels.Shown | None]:
    """Input and output side by side, as they are shown; no output is ``None``."""
    before, after = sides(medium, state, result, key)
    left, right = st.columns(2, wrap=False, gap="small")
    with left:
        size = _size_words(before)
        caption = _("Input of this step {size}", size=size) if state.front else _("Input {size}", size=size)
        _picture(before, caption, _("Input, {size}: {name}", size=size, name=name))
    if after is None:
        return before.shown, None
    with right:
        size = _size_words(after)
        caption = _("Output of all steps {size}", size=size) if state.back else _("Output {size}", size=size)
        _picture(after, caption, _alt_text(name, state, result, after.shown))
    return before.shown, after.shown


def _size_words(side: Side) -> str:
    return _("{height} × {width}", height=side.values.shape[-2], width=side.values.shape[-1])


def _has_signs(state: PageState, result: Result, before: bool) -> bool:
    """Whether the result is one of both signs by nature; behind other steps than a kernel, by its values."""
    if state.operation is not None or state.back or state.skipped:
        return result.minimum < -ROUNDING * result.scale
    return answers_edges(state.kernel) or before


def _sent(
    shown: pixels.Shown, alpha: Tensor | None, key: str, theme: str, sheet: tuple[int, int] | None
) -> pixels.Preview:
    whole = pixels.with_alpha(shown.pixels, alpha)
    return cache.preview(whole, f"{key} {theme} {alpha is not None}", theme, sheet)


def _picture(side: Side, caption: str, alt: str) -> None:
    st.image(side.sent.data, caption, width="stretch", output_format=side.sent.format, alt=alt)


def _alt_text(name: str, state: PageState, result: Result, shown: pixels.Shown) -> str:
    y = result.output.numpy()
    largest = y.argmax() if result.maximum >= -result.minimum else y.argmin()
    _channel, row, column = np.unravel_index(int(largest), y.shape)
    return _(
        "Output, {height} by {width}: {finding}, of {name}. Largest value {value} at row {row}, column {column};"
        " {share} percent within 0 to 1.",
        height=y.shape[-2], width=y.shape[-1], finding=finding(state), name=name,
        value=number(float(y[_channel, row, column])), row=int(row), column=int(column),
        share=round(100 * (1 - shown.outside)),
    )  # fmt: skip


# --- the fact line -------------------------------------------------------------------------------


def facts(medium: Image, state: PageState, result: Result, shown: pixels.Shown) -> None:
    """One line, always in the same order, in a polite live region."""
    parts = [f"{_size(result.records[0].input_shape if result.records else medium.values.shape)} → "
             f"{_size(result.output.shape)}"]  # fmt: skip
    if shown.flat is not None:
        parts.append(html.escape(_("flat: every value is {value}", value=number(shown.flat))))
    else:
        parts.append(
            html.escape(_("values {low} to {high}", low=number(result.minimum), high=number(result.maximum)))
        )
    parts += [_outside(shown), *_display(state, medium, result, shown)]
    parts.append(html.escape(method(result)))
    live(" · ".join(part for part in parts if part))
    if _nearly_black(result, shown):
        st.button(_("Make it visible (stretch)"), key="image_stretch", on_click=_stretch)
    frame.notices(medium, result)


def _nearly_black(result: Result, shown: pixels.Shown) -> bool:
    """Whether there is a picture, and nothing of it is light enough to be seen beside its input."""
    lightest = {"absolute": max(result.maximum, -result.minimum), "clamp": result.maximum}.get(shown.mode)
    return lightest is not None and shown.flat is None and lightest < FAINT


def _stretch() -> None:
    told.pressed()
    session.put(replace(session.now(), signed="stretch"))
    soon.ask()


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[-2]} × {shape[-1]}"


def _outside(shown: pixels.Shown) -> str:
    if not shown.outside:
        return ""
    words = html.escape(_("{share} outside 0 to 1", share=percent(shown.outside)))
    help = html.escape(_("A screen can only show 0 (black) to 1 (white)."), quote=True)
    return f'<abbr title="{help}">{words}</abbr>'


def _display(state: PageState, medium: Image, result: Result, shown: pixels.Shown) -> list[str]:
    """What the page did on its own or by choice to what is seen; each names its control."""
    parts = []
    added = state.operation is None and not state.skipped
    if added and state.colour == "automatic" and medium.values.shape[0] == 3 and state.group(3)[0] == Step("grey"):
        parts.append(_("grey, because it is an edge kernel"))
    elif added and state.colour in CHANNEL_FACTS:
        parts.append(_(CHANNEL_FACTS[state.colour]))
    if result.output.shape[0] == 2:
        parts.append(_("2 channels, shown as red and green"))
    elif result.output.shape[0] > 3:
        parts.append(_("{count} channels, the first three shown", count=result.output.shape[0]))
    match shown.mode:
        case "two_colours":
            parts.append(
                _(
                    "two colours at ±{end}, {share} beyond",
                    end=number(shown.high),
                    share=percent(shown.beyond),
                )
            )
        case "absolute":
            parts.append(_("shown without sign"))
        case "offset":
            parts.append(_("shown as 0.5 + value/2"))
        case "stretch":
            parts.append(_("stretched to black and white"))
        case "clamp" if shown.outside:
            parts.append(_("clamped on screen"))
    if _nearly_black(result, shown):
        parts.append(_("nearly black"))
    if state.gain != 1:
        parts.append(_("gain × {gain:g}", gain=state.gain))
    if result.alpha is not None:
        parts.append(_("transparency kept"))
    return [html.escape(part) for part in parts]
