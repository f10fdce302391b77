"""What stands beside every result?  The heading, the kernel, the sizes, the weight at stride 1/s."""

from __future__ import annotations

import html
import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import streamlit as st

from playground.errors import N_
from playground.explain import size as sizes
from playground.ops import KERNELS
from playground.ops.kernels import resolved
from playground.ops.lazy import torch
from playground.ui import frame, operations, session, told
from playground.ui.labels import METHOD_WORDS, ORDINALS, SHARES, stride_text
from playground.ui.state import FIRST_RESPONSE, PageState, answers_edges
from playground.ui.words import _
from playground.view.tables import kernel_table, number

if TYPE_CHECKING:
    from torch import Tensor

    from playground.result import Record, Result

MOST_IN_TABLE = 9
"""Taps of a sound's kernel up to which they stand in a table; more are drawn as stems."""


def finding(state: PageState) -> str:
    """The heading: what this setting shows, made from the state.

    >>> finding(PageState())
    'Sobel x finds vertical edges'
    """
    if state.skipped:
        return _("Switched off: {step}", step=finding(replace(state, skipped=False)))
    if state.operation is not None:
        return operations.finding(state)
    stride, heard = state.setting("stride"), state.kind != "image"
    if state.kernel.name == "identity" and isinstance(stride, tuple):
        return _("A stride of its own along each axis")
    if state.kernel.name == "identity" and stride == 1 and state.gain != 1:
        return _("A gain of {gain:g}: every value times the same", gain=state.gain)
    if state.kernel.name == "identity" and state.setting("padding") != "same" and stride == 1:
        return _("Only the border changes")
    if state.kernel.name == "identity" and not isinstance(stride, tuple) and stride != 1:
        if stride < 1:
            text = N_("Stride {stride} puts zeros between samples") if heard else N_(
                "Stride {stride} puts zeros between the pixels")  # fmt: skip
            return _(text, stride=stride_text(stride))
        if stride in ORDINALS:
            text = N_("Stride {stride} keeps every {ordinal} sample") if heard else N_(
                "Stride {stride} keeps every {ordinal} pixel")  # fmt: skip
            return _(text, stride=stride, ordinal=_(ORDINALS[stride]))
    if state.kernel.digest == FIRST_RESPONSE.digest:
        return _("Your own room: load its impulse response")
    if state.kernel.digest is not None:
        return _("Your sound in your own room")
    if state.kernel.name is None:
        if answers_edges(state.kernel):
            return _("Your own kernel answers where values differ")
        return _("Your own kernel at work")
    words = KERNELS[state.kernel.name].words(state.kind)
    return _(words.finding, **resolved(state.kernel.name, state.kernel.params))


def live(line: str) -> None:
    """A fact line in a polite live region: a change is heard without leaving the control.  HTML."""
    st.html(f'<p class="cp-facts" role="status" aria-live="polite">{line}</p>')


def method(result: Result) -> str:
    """The method and the time of a result, in words."""
    record = result.convolution
    milliseconds = (
        f"{result.milliseconds:.1f}" if result.milliseconds < 100 else f"{result.milliseconds:,.0f}"
    )
    if record is None:
        return _("{time} ms", time=milliseconds)
    words = METHOD_WORDS.get(record.method, record.method)
    if 0 < sum(record.passes) < record.plain_taps and record.method != "torch":
        return _(
            "{method}, {passes} taps instead of {taps}: {time} ms",
            method=_(words), passes=summed(record.passes), taps=record.plain_taps, time=milliseconds,
        )  # fmt: skip
    return _("{method}, {time} ms", method=_(words), time=milliseconds)


def summed(passes: tuple[int, ...]) -> str:
    """The taps of every pass, as a sum or a multiple.

    >>> summed((31, 31)), summed((9, 31)), summed((2,))
    ('2 × 31', '9 + 31', '2')
    """
    if len(passes) > 1 and len(set(passes)) == 1:
        return f"{len(passes)} × {passes[0]}"
    return " + ".join(f"{taps}" for taps in passes)


def percent(share: float) -> str:
    """A share in percent, never 0 for what is there.

    >>> percent(0.021), percent(0.001)
    ('2 %', '< 1 %')
    """
    return f"{100 * share:.0f} %" if share >= 0.01 else "< 1 %" if share > 0 else "0 %"


# --- stride 1/s ----------------------------------------------------------------------------------


def half_stride(state: PageState, record: Record) -> None:
    """What a stride of 1/s does to the level, with the gain that keeps it, and torch's arguments."""
    share, heard = math.prod(axis.up for axis in record.axes), state.kind != "image"
    kernel, dimensions = record.kernel, len(record.axes)
    while kernel.ndim > dimensions:
        kernel = kernel[0]
    kernel = kernel.flip(tuple(range(dimensions))) if record.settings["flip_kernel"] else kernel
    total = float(kernel.sum())
    if share > 1:
        _weight_note(state, share)
    if state.gain != 1:
        st.button(_("Undo the gain of {gain:g}", gain=state.gain), key=f"{state.kind}_gain_off", on_click=_keep,
                  args=(1.0,))  # fmt: skip
    elif share > 1 and abs(total) > 1e-6 * float(
        kernel.abs().sum()
    ):  # of a kernel that sums to 0 there is no level
        label = N_("Keep the level (× {gain})") if heard else N_("Keep brightness (× {gain})")
        st.button(_(label, gain=share), key=f"{state.kind}_gain", on_click=_keep, args=(float(share),))
    cuts = [axis.span - 1 - axis.before for axis in record.axes]
    extras = [axis.after - axis.before for axis in record.axes]
    if share > 1 and all(
        axis.down == 1 and cut >= 0 and 0 <= extra < max(axis.up, axis.dilation)
        for axis, cut, extra in zip(record.axes, cuts, extras, strict=True)
    ):  # what torch can be told
        text = N_("As ConvTranspose{dimensions}d: padding={padding}, output_padding={extra}.")
        if record.settings["padding_mode"] != "constant" or record.settings["fill"] != 0:
            text = N_("As ConvTranspose{dimensions}d, which knows zeros only and so differs near the edge:"
                      " padding={padding}, output_padding={extra}.")  # fmt: skip
        frame.note(_(text, dimensions=dimensions, padding=_tuple(cuts), extra=_tuple(extras)))


def _weight_note(state: PageState, share: int) -> None:
    """The mean; where it differs visibly from place to place, ``remarks_row`` says so."""
    weight = _(SHARES[share]) if share in SHARES else f"1/{share}"
    text = N_("Stride {stride}: on average each output sample receives {weight} of the kernel's weight.") if state.kind != "image" else N_(
        "Stride {stride}: on average each output pixel receives {weight} of the kernel's weight.")  # fmt: skip
    frame.note(_(text, stride=stride_text(state.setting("stride")), weight=weight))


def _tuple(values: list[int]) -> str:
    return str(values[0]) if len(values) == 1 else f"({', '.join(map(str, values))})"


def _keep(gain: float) -> None:
    told.pressed()
    session.put(replace(session.now(), gain=gain))


# --- kernel and sizes ----------------------------------------------------------------------------


def kernel(state: PageState, record: Record) -> None:
    """The numbers that slide, as the page laid them on the input."""
    numbers, flip = record.kernel, record.settings["flip_kernel"]
    st.subheader(_("Kernel"), anchor=False)
    size = " × ".join(str(n) for n in numbers.shape[-len(record.axes) :])
    total = float(numbers.sum())
    line = _("{size}, sum {total}", size=size, total=number(0.0 if abs(total) < 1e-9 else total))
    if state.kind == "audio":
        used = int(torch.count_nonzero(numbers))
        line = _("{size} taps, {used} not zero, sum {total}", size=size, used=used, total=number(total))
    if flip:
        line += " · " + _("used flipped: convolution")
    rows = numbers[None] if numbers.ndim == 1 else numbers
    if rows.shape[-1] <= MOST_IN_TABLE or state.kind != "audio":
        shown = rows.flip(-2, -1) if flip and state.kind != "audio" else rows
        shown = shown.flip(-2) if state.kind == "spectrogram" else shown  # as it lies on it: frequencies grow upwards
        st.html(kernel_table(shown, theme=frame.theme(), label=_("Kernel, {size}", size=size)))
    else:
        from playground.view import sound  # a chart's grammar, behind the controls

        line_of_taps = numbers.reshape(-1, numbers.shape[-1])[0]
        chart = sound.stems(line_of_taps, rate=record.rate * record.axes[0].up, causal=state.causal, theme=frame.theme(),
                            word=_("milliseconds"))  # fmt: skip
        st.altair_chart(chart, width="stretch", alt=_("Impulse response, {line}", line=line))
    frame.note(line)
    if state.kind == "spectrogram":
        frame.note(_("Drawn as it lies on the picture: higher frequencies above, later times at the right."))
    elif state.kernel.name:
        frame.note(_(KERNELS[state.kernel.name].words(state.kind).sentence))


def output_size(record: Record) -> None:
    """The formula of every size with its numbers, and what of the padding is never used."""
    st.subheader(_("Why this size?") if len(record.axes) == 2 else _("Why this length?"), anchor=False)
    rows, words = [], (_("Height"), _("Width")) if len(record.axes) == 2 else (_("Length"),)
    words = (_("Frequency"), _("Time")) if record.kind == "spectrogram" else words
    for axis, word in zip(record.axes, words, strict=True):
        text = sizes.formula(axis)
        if axis.up > 1:
            text = _("{stuffing} after the zeros; {formula}", stuffing=sizes.stuffing(axis), formula=text)
        if unused := min(axis.remainder, axis.after):  # what is lost of the input itself ``remarks_row`` says
            text += "; " + _("{count} of the padding at the end never used", count=unused)
        rows.append(f'<tr><th scope="row">{html.escape(word)}</th><td>{html.escape(text)}</td></tr>')
    st.html(f'<div class="cp-frame"><table class="cp-sizes"><tbody>{"".join(rows)}</tbody></table></div>')
    totals = [str(axis.before + axis.after) for axis in record.axes]
    total = " × ".join(totals) if len(set(totals)) > 1 else totals[0]
    frame.note(
        _("⌊(input + padding before + after − kernel span) / stride⌋ + 1, rounded down. Padding here is per side, as"
          " in PyTorch; d2l's p is the total of both sides ({total}).", total=total)
    )  # fmt: skip


def response_for_both(taps: Tensor, *, rate: Fraction, flipped: bool) -> None:
    """One frequency response for both senses, in cycles per sample, cycles per pixel and Hz.

    Shape: ``taps (k,)``.
    """
    words = (_("cycles per sample = cycles per pixel"), _("dB"))
    chart = _response(taps, taps.numpy().tobytes(), rate, flipped, frame.theme(), words)
    st.vega_lite_chart(
        chart, width="stretch", alt=_("Frequency response, in cycles per sample, cycles per pixel and Hz")
    )


@st.cache_data(max_entries=16, show_spinner=False)
def _response(
    _taps: Tensor, key: bytes, rate: Fraction, flipped: bool, theme: str, words: tuple[str, str]
) -> dict[str, object]:
    """The chart as what is sent: it is checked against the grammar of charts once, and not at every run."""
    from playground.view import sound  # as above

    return sound.shared_response(_taps, rate=rate, flipped=flipped, theme=theme, words=words).to_dict(validate=False)
