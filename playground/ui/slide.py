"""What does a visitor paste into slides?  One picture with before, after, kernel, numbers and the link as a QR code.

All texts are looked up while the page is drawn; the picture is made when it is asked for, in another thread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import partial

import numpy as np

from playground.result import Result
from playground.ui import frame
from playground.ui.chain import words_of_step
from playground.ui.show import finding, method
from playground.ui.state import PageState
from playground.ui.words import _
from playground.view import pixels
from playground.view.scene import Panel
from playground.view.spectrogram import colours
from playground.view.summary import Kernel, Picture, Wave, summary_png
from playground.view.tables import number

Slide = Callable[[str], bytes]
"""Makes the picture for a link."""


def of_picture(state: PageState, before: pixels.Shown, result: Result, after: pixels.Shown) -> Slide:
    """The slide of the picture page."""
    sides = [
        Picture(pixels.with_alpha(shown.pixels, alpha), caption)
        for shown, alpha, caption in ((before, None, _("Input")), (after, result.alpha, _("Output")))
    ]
    size = " → ".join(f"{shown.pixels.shape[0]} × {shown.pixels.shape[1]}" for shown in (before, after))
    values = _("values {low} to {high}", low=number(result.minimum), high=number(result.maximum))
    return _slide(finding(state), *sides, result, [*_steps(result), size, values, method(result)])


def of_sound(state: PageState, before: object, rate: Fraction, result: Result) -> Slide:
    """The slide of the sound page: both waveforms on one axis."""
    sides = [
        _wave(before, rate, Fraction(0), _("Input")),
        _wave(result.output, result.rate, result.origin, _("Output")),
    ]
    lengths = [f"{side.end - side.start:.4g} s" for side in sides]
    values = _("values {low} to {high}", low=number(result.minimum), high=number(result.maximum))
    return _slide(finding(state), *sides, result, [*_steps(result), " → ".join(lengths), values, method(result)])


def of_panels(
    title: str, before: Panel, after: Panel, result: Result, facts: Sequence[str], *, range_db: tuple[float, float],
    table: np.ndarray,
) -> Slide:  # fmt: skip
    """The slide of the spectrogram page: both pictures in their colours, the highest frequency above."""
    captions, kernel, theme, source = (_("Input"), _("Output")), _kernel(result), frame.theme(), _("Convolution playground")

    def make(link: str) -> bytes:
        drawn = [
            colours(np.round(panel.levels[::-1] * 100).astype(np.int16), range_db=range_db, table=table)
            for panel in (before, after)
        ]
        sides = [Picture(each, caption, stretched=True) for each, caption in zip(drawn, captions, strict=True)]
        return summary_png(title=title, before=sides[0], after=sides[1], kernel=kernel, facts=facts, link=link,
                           source=source, theme=theme)  # fmt: skip

    return make


def _steps(result: Result) -> list[str]:
    """All that was done, where it was more than a choice of channels and a kernel."""
    words = [words_of_step(record.step, record.kind) for record in result.records]
    return [" → ".join(words)] if len(words) > 2 else []


def _slide(title: str, before: object, after: object, result: Result, facts: Sequence[str]) -> Slide:
    making = partial(summary_png, title=title, before=before, after=after, kernel=_kernel(result), facts=list(facts),
                     source=_("Convolution playground"), theme=frame.theme())  # fmt: skip
    return lambda link: making(link=link)


def _wave(values: object, rate: Fraction, origin: Fraction, caption: str) -> Wave:
    start = -float(origin / rate)
    return Wave(values.detach().numpy(), caption, start, start + values.shape[-1] / float(rate))


def _kernel(result: Result) -> Kernel | None:
    record = result.convolution
    if record is None:
        return None
    taps, dimensions = record.kernel, len(record.axes)
    while taps.ndim > dimensions:
        taps = taps[0]
    size = " × ".join(str(n) for n in taps.shape)
    total = float(taps.sum())
    return Kernel(taps.numpy(), _("{size}, sum {total}", size=size, total=number(0.0 if abs(total) < 1e-9 else total)))
