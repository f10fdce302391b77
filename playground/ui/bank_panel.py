"""What is a spectrogram to somebody who knows convolutions?  A bank of kernels at a stride, and the proof."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import streamlit as st

from playground.errors import N_, PlaygroundError
from playground.explain import stft_bank
from playground.ui import frame, guard, session, told
from playground.ui.show import live
from playground.ui.words import _, say
from playground.view import bank
from playground.view.tables import number

if TYPE_CHECKING:
    from torch import Tensor

PERIODS = 8
"""Periods in the kernel that is shown first: few enough to count."""


def panel(
    values: Tensor,
    *,
    n_fft: int,
    hop_length: int,
    win_length: int | None,
    window: str,
    center: bool,
    padding_mode: str,
    rate: float,
    key: str,
) -> None:
    """One pair of kernels to look at, and the button that compares all of them with the FFT.

    Shape: ``values (C, T)``, ``rate`` samples a second; ``key`` names the values, as a digest does.
    """
    settings = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length, "window": window,
                "center": center, "padding_mode": padding_mode}  # fmt: skip
    st.subheader(_("The same by convolution"), anchor=False)
    frame.note(
        _("A spectrogram is a convolution with stride {stride}: each of its {count} rows has two kernels of"
          " {taps} taps, a cosine and a negative sine under the window.",
          stride=hop_length, count=n_fft // 2 + 1, taps=n_fft)
    )  # fmt: skip
    f = _choose(n_fft)
    line = _about(f, n_fft, rate)
    frame.note(line)
    words = (_("Cosine: real part"), _("Negative sine: imaginary part"), _("milliseconds"))
    chart = _chart(f, n_fft, win_length, window, rate, frame.theme(), words)
    st.vega_lite_chart(chart, width="stretch", alt=_("The two kernels of one bin. {about}", about=line))
    known = f"{key} {rate} {settings}"
    if st.button(_("Compare with the FFT"), key=f"{session.page()}_compare", icon=":material/fact_check:"):
        session.keep("compared", (known, _compare(values, settings, rate)))
    compared = session.get("compared")
    if compared and compared[0] == known:
        live(html.escape(compared[1]))


@st.cache_data(max_entries=16, show_spinner=False)
def _chart(f: int, n_fft: int, win_length: int | None, window: str, rate: float, theme: str, words: tuple) -> dict:
    """The chart of one pair as it goes to the browser: making and checking it anew would take longer than the page."""
    pair = stft_bank.pair(f, n_fft=n_fft, win_length=win_length, window=window)
    return bank.kernel_pair(pair, rate=rate, theme=theme, words=words).to_dict()


def _choose(n_fft: int) -> int:
    """The bin that the visitor asked for, or the nearest that this size has."""
    last, key = n_fft // 2, f"{session.page()}_bin"
    st.session_state[key] = min(session.get("bin", PERIODS), last)
    st.number_input(
        _("Bin, 0 to {last}", last=last), 0, last, step=1, key=key,
        on_change=_keep, args=(key,),
        help=_("A bin is one row of the spectrogram; its number says how many periods fit into the kernel."),
    )  # fmt: skip
    return st.session_state[key]


def _about(f: int, n_fft: int, rate: float) -> str:
    """A bin's frequency and period in words."""
    if f == 0:
        return _("Bin 0: 0 Hz. The cosine is the window itself, the sine is zero.")
    hz = f * rate / n_fft
    values = {"bin": f, "hz": number(hz, digits=5), "period": number(1000 / hz), "count": f}
    if 2 * f == n_fft:
        return _("Bin {bin}: {hz} Hz, half of the sample rate. The cosine changes its sign with every tap, the"
                 " sine is zero.", **values)  # fmt: skip
    if f == 1:
        return _("Bin {bin}: {hz} Hz. One period lasts {period} ms: as long as the kernel.", **values)
    return _("Bin {bin}: {hz} Hz. One period lasts {period} ms: {count} of them in the kernel.", **values)


def _compare(values: Tensor, settings: dict[str, object], rate: float) -> str:
    try:
        with st.spinner(_("Both are computing…")):
            found = stft_bank.compare(values, sample_rate=rate, **settings)
    except PlaygroundError as error:
        return guard.capital(say(error))
    return " ".join([_difference(found, settings), _price(found), *_excerpt(found, values.shape, rate)])


def _difference(found: stft_bank.Comparison, settings: dict[str, object]) -> str:
    text = N_("{count} pairs of kernels of {taps} taps, stride {stride}, {frames} frames: largest difference"
              " {difference} of the largest magnitude.")  # fmt: skip
    if found.bins < found.bins_in_all:
        text = N_("{count} of {all} pairs of kernels of {taps} taps, stride {stride}, {frames} frames: largest"
                  " difference {difference} of the largest magnitude.")  # fmt: skip
    if found.silent:
        text = N_(
            "{count} pairs of kernels of {taps} taps, stride {stride}, {frames} frames: silence, both ways."
        )
    return _(
        text, count=found.bins, all=found.bins_in_all, taps=settings["n_fft"], stride=settings["hop_length"],
        frames=found.frames, difference=f"{found.difference:.1e}",
    )  # fmt: skip


def _excerpt(found: stft_bank.Comparison, shape: tuple[int, ...], rate: float) -> list[str]:
    """What was compared, where that is not all of the sound."""
    values = {
        "seconds": number(found.samples / rate),
        "start": number(found.start / rate),
        "channel": found.channel + 1,
    }
    if shape[0] > 1:
        return [
            _(
                "Compared is the loudest {seconds} s of channel {channel}, which begins at {start} s.",
                **values,
            )
        ]
    if found.samples < shape[-1]:
        return [_("Compared is the loudest {seconds} s, which begins at {start} s.", **values)]
    return []


def _price(found: stft_bank.Comparison) -> str:
    return _(
        "FFT {fft} ms, about {fft_adds} million multiply-adds; convolution {convolution} ms, {adds} million.",
        fft=_time(found.fft_milliseconds), convolution=_time(found.convolution_milliseconds),
        fft_adds=number(found.fft_multiply_adds / 1e6, digits=2), adds=number(found.convolution_multiply_adds / 1e6),
    )  # fmt: skip


def _time(milliseconds: float) -> str:
    return f"{milliseconds:.1f}" if milliseconds < 10 else f"{milliseconds:,.0f}"


def _keep(key: str) -> None:
    told.pressed()
    session.keep("bin", st.session_state[key])
