"""The engineer's question: which call is this in PyTorch, and does PyTorch agree?"""

from __future__ import annotations

import html

import streamlit as st

from playground.errors import PlaygroundError
from playground.explain.torch_call import TorchCall, largest_difference, plan_call
from playground.ops.conv import conv1d, conv2d
from playground.recipe.model import Recipe
from playground.recipe.text import to_text
from playground.result import Record, Result
from playground.ui import frame, guard, session
from playground.ui.show import live
from playground.ui.words import _, say


def call_of(record: Record) -> TorchCall:
    """The last convolution as a call of torch."""
    values = record.settings
    return plan_call(
        record.axes, tuple(record.kernel.shape), record.input_shape[0], padding_mode=values["padding_mode"],
        fill=values["fill"], flip_kernel=values["flip_kernel"], groups=values.get("groups", 1),
        ours=ours(record),
    )  # fmt: skip


def ours(record: Record) -> str:
    """The same call of ``playground.ops``, with what differs from the signature's defaults."""
    defaults = {"padding": 0, "padding_mode": "constant", "fill": 0.0, "stride": 1, "dilation": 1, "groups": 1,
                "flip_kernel": False}  # fmt: skip
    options = [
        f"{n}={record.settings[n]!r}"
        for n, value in defaults.items()
        if record.settings.get(n, value) != value
    ]
    return f"ops.conv{len(record.axes)}d({', '.join(['x', 'kernel', *options])})"


def panel(result: Result, digest: str) -> None:
    """The call in one copyable line, and the button that makes it."""
    record = result.convolution
    call = call_of(record)
    st.subheader(_("In PyTorch"), anchor=False)
    st.code(call.text(), language="python", wrap_lines=True)
    shape = ", ".join(str(n) for n in (1, *record.input_shape))
    if call.torch_can:
        frame.note(_("x is ({shape}), kernel as it stands before any flip.", shape=shape))
    else:
        frame.note(
            _("PyTorch has no such border; this is the call of our package: from playground import ops.")
        )
    key = f"{digest} {to_text(Recipe(result.recipe.steps))}"
    if st.button(_("Check against PyTorch"), key=f"{session.page()}_check", icon=":material/fact_check:"):
        session.keep("checked", (key, _check(call, result)))
    checked = session.get("checked")
    if checked and checked[0] == key:
        live(html.escape(checked[1]))


def _check(call: TorchCall, result: Result) -> str:
    record = result.convolution
    try:
        with st.spinner(_("PyTorch is computing…")):
            conv = conv1d if len(record.axes) == 1 else conv2d
            y = conv(result.convolution_input, record.kernel, **record.settings)
            difference = largest_difference(call, result.convolution_input, record.kernel, y)
    except PlaygroundError as error:
        return guard.capital(say(error))
    values = {"difference": f"{difference:.1e}", "scale": f"{record.scale:.3g}"}
    if call.torch_can and session.now().gain != 1:
        return _("Largest difference {difference} before the gain, where values may reach {scale}.", **values)
    if call.torch_can:
        return _("Largest difference {difference}, where values may reach {scale}.", **values)
    return _("PyTorch lacks this border: numpy.pad, then PyTorch. Largest difference {difference}, where values may"
             " reach {scale}.", **values)  # fmt: skip
