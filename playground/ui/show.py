"""How does a result stand on the page?  Two pictures, one fact line, the kernel, the sizes."""

from __future__ import annotations

import html
from dataclasses import replace

import numpy as np
import streamlit as st

from playground.explain import size as sizes
from playground.media.types import Image
from playground.ops import KERNELS
from playground.ops.kernels import resolved
from playground.result import Record, Result
from playground.ui import cache, controls, frame
from playground.ui.labels import ORDINALS, SHARES, stride_text
from playground.ui.state import PageState, answers_edges
from playground.ui.words import _, say
from playground.view import pixels
from playground.view.tables import kernel_table, number


def finding(state: PageState) -> str:
    """The heading: what this setting shows, made from the state.

    >>> finding(PageState())
    'Sobel x finds vertical edges'
    """
    stride = state.setting("stride")
    if state.kernel.name == "identity" and not isinstance(stride, tuple) and stride != 1:
        if stride < 1:
            return _("Stride {stride} puts zeros between the pixels", stride=stride_text(stride))
        if stride in ORDINALS:
            return _(
                "Stride {stride} keeps every {ordinal} pixel", stride=stride, ordinal=_(ORDINALS[stride])
            )
    if state.kernel.name is None:
        if answers_edges(state.kernel):
            return _("Your own kernel answers where values differ")
        return _("Your own kernel at work")
    return _(KERNELS[state.kernel.name].finding, **resolved(state.kernel.name, state.kernel.params))


# --- the stage -----------------------------------------------------------------------------------


def before_after(
    medium: Image, name: str, state: PageState, result: Result | None, key: str
) -> pixels.Shown | None:
    """Input and output side by side, at equal size or at one scale; ``None`` where there is no output."""
    theme = frame.theme()
    source, source_key, source_alpha = medium.values, f"{medium.digest} {medium.name}", medium.alpha
    scale, edges = 1.0, False
    if state.front and result is not None and result.convolution_input is not None:
        source, source_key, source_alpha = result.convolution_input, f"{key} front", None
        scale = max(1.0, float(source.abs().max()))
        edges = float(source.min()) < 0
    input_mode = pixels.choose_mode("automatic", channels=source.shape[0], signed=edges)
    shown_input = cache.shown(
        source, key=f"{source_key} {input_mode}", mode=input_mode, scale=scale, theme=theme
    )
    output = None
    if result is not None:
        mode = pixels.choose_mode(
            state.signed, channels=result.output.shape[0], signed=answers_edges(state.kernel) or edges
        )
        output = cache.shown(result.output, key=f"{key} {mode}", mode=mode, scale=result.scale, theme=theme)
    sheet = None
    if not state.same_size and output is not None:
        both = (shown_input.pixels.shape[:2], output.pixels.shape[:2])
        sheet = (max(size[0] for size in both), max(size[1] for size in both))
    left, right = st.columns(2, wrap=False, gap="small")
    size = _("{height} × {width}", height=source.shape[-2], width=source.shape[-1])
    with left:
        _picture(
            shown_input, source_alpha, f"{source_key} {input_mode}", theme, sheet,
            caption=_("Input {size}", size=size), alt=_("Input, {size}: {name}", size=size, name=name),
        )  # fmt: skip
    with right:
        if output is None:
            return None
        size = _("{height} × {width}", height=result.output.shape[-2], width=result.output.shape[-1])
        _picture(
            output, result.alpha, f"{key} {output.mode}", theme, sheet,
            caption=_("Output {size}", size=size), alt=_alt_text(name, state, result, output),
        )  # fmt: skip
    return output


def _picture(shown, alpha, key, theme, sheet, *, caption: str, alt: str) -> None:
    whole = pixels.with_alpha(shown.pixels, alpha)
    encoded = cache.preview(whole, f"{key} {theme} {alpha is not None}", theme, sheet)
    st.image(encoded.data, caption, width="stretch", output_format=encoded.format, alt=alt)


def _alt_text(name: str, state: PageState, result: Result, shown: pixels.Shown) -> str:
    y = result.output.numpy()
    _channel, row, column = np.unravel_index(int(np.abs(y).argmax()), y.shape)
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
    parts.append(html.escape(_method(result)))
    line = " · ".join(part for part in parts if part)
    st.html(f'<p class="cp-facts" role="status" aria-live="polite">{line}</p>')
    for message in (*medium.notices, *result.notices):
        frame.note(say(message))


def _size(shape: tuple[int, ...]) -> str:
    return f"{shape[-2]} × {shape[-1]}"


def _outside(shown: pixels.Shown) -> str:
    if not shown.outside:
        return ""
    words = html.escape(_("{share} outside 0 to 1", share=_percent(shown.outside)))
    help = html.escape(_("A screen can only show 0 (black) to 1 (white)."), quote=True)
    return f'<abbr title="{help}">{words}</abbr>'


def _display(state: PageState, medium: Image, result: Result, shown: pixels.Shown) -> list[str]:
    """What the page did on its own or by choice to what is seen; each names its control."""
    parts = []
    if state.colour == "automatic" and answers_edges(state.kernel) and medium.values.shape[0] == 3:
        parts.append(_("grey, because it is an edge kernel"))
    elif state.colour in ("grey", "red", "green", "blue"):
        parts.append(_("grey") if state.colour == "grey" else _("{colour} channel", colour=_(state.colour)))
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
                    share=_percent(shown.beyond),
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
    if result.alpha is not None:
        parts.append(_("transparency kept"))
    return [html.escape(part) for part in parts]


def _method(result: Result) -> str:
    record = result.convolution
    milliseconds = (
        f"{result.milliseconds:.1f}" if result.milliseconds < 100 else f"{result.milliseconds:,.0f}"
    )
    if record is None:
        return _("{time} ms", time=milliseconds)
    return _("{method}, {time} ms", method=record.method, time=milliseconds)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "< 1 %" if share > 0 else "0 %"


# --- stride 1/s ----------------------------------------------------------------------------------


def half_stride(state: PageState, record: Record) -> None:
    """What a stride of 1/s does to the brightness, with the gain that keeps it, and torch's arguments."""
    ups = [axis.up for axis in record.axes]
    share = ups[0] * ups[1]
    if share > 1:
        weight = _(SHARES[share]) if share in SHARES else f"1/{share}"
        frame.note(_("Stride {stride}: each output pixel receives {weight} of the kernel's weight.",
                     stride=stride_text(state.setting("stride")), weight=weight))  # fmt: skip
    if state.gain != 1:
        st.button(
            _("Undo the gain of {gain:g}", gain=state.gain), key="image_gain_off", on_click=_keep, args=(1.0,)
        )
    elif share > 1:
        st.button(
            _("Keep brightness (× {gain})", gain=share),
            key="image_gain",
            on_click=_keep,
            args=(float(share),),
        )
    cuts = [axis.span - 1 - axis.before for axis in record.axes]
    extras = [axis.after - axis.before for axis in record.axes]
    if share > 1 and all(
        axis.down == 1 and cut >= 0 and 0 <= extra < max(axis.up, axis.dilation)
        for axis, cut, extra in zip(record.axes, cuts, extras, strict=True)
    ):  # what torch can be told
        padding, extra = ", ".join(map(str, cuts)), ", ".join(map(str, extras))
        frame.note(
            _("As ConvTranspose2d: padding=({padding}), output_padding=({extra}).", padding=padding, extra=extra)
        )


def _keep(gain: float) -> None:
    controls.put(replace(controls.now(), gain=gain))


# --- kernel and sizes ----------------------------------------------------------------------------


def kernel(state: PageState, record: Record) -> None:
    """The numbers that slide, as the page laid them on the picture."""
    numbers = record.kernel
    st.subheader(_("Kernel"), anchor=False)
    size = " × ".join(str(n) for n in numbers.shape[-2:])
    total = float(numbers.sum())
    line = _("{size}, sum {total}", size=size, total=number(0.0 if abs(total) < 1e-9 else total))
    if record.settings["flip_kernel"]:
        line += " · " + _("used flipped: convolution")
    flipped = numbers.flip(-2, -1) if record.settings["flip_kernel"] else numbers
    st.html(kernel_table(flipped, theme=frame.theme(), label=_("Kernel, {size}", size=size)))
    frame.note(line)
    if state.kernel.name:
        frame.note(_(KERNELS[state.kernel.name].sentence))


def output_size(record: Record) -> None:
    """The formula of both sizes with its numbers, and what is never used."""
    st.subheader(_("Why this size?"), anchor=False)
    rows = []
    for axis, word in zip(record.axes, (_("Height"), _("Width")), strict=True):
        text = sizes.formula(axis)
        if axis.up > 1:
            text = _("{stuffing} after the zeros; {formula}", stuffing=sizes.stuffing(axis), formula=text)
        if axis.remainder:
            text += "; " + _("{count} at the end never used", count=axis.remainder)
        rows.append(f'<tr><th scope="row">{html.escape(word)}</th><td>{html.escape(text)}</td></tr>')
    st.html(f'<div class="cp-frame"><table class="cp-sizes"><tbody>{"".join(rows)}</tbody></table></div>')
    axis = record.axes[0]
    frame.note(
        _("⌊(input + padding before + after − kernel span) / stride⌋ + 1, rounded down. Padding here is per side, as"
          " in PyTorch; d2l's p is the total of both sides ({total}).", total=axis.before + axis.after)
    )  # fmt: skip
