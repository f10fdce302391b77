"""How does a row of a picture look and sound beside the row that the kernel made of it?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from playground.ops.geometry import Axis
from playground.ops.lazy import torch
from playground.view import sound
from playground.view.bank import outline
from playground.view.colours import INPUT, OUTPUT
from playground.view.lazy import altair as alt

if TYPE_CHECKING:
    from torch import Tensor

PEAK = 0.5
"""Where the louder of both rows peaks: 6 dB below full scale."""
FLAT = 1e-6
"""Of the values' scale: what swings less is a flat row and its rounding."""


@dataclass(frozen=True, eq=False)
class Heard:
    """Two sounds with one gain.  ``before`` and ``after`` are ``(1, N)``, zeros where the row is flat."""

    before: Tensor
    after: Tensor
    gain: float
    before_flat: bool
    after_flat: bool


def place_of(axis: Axis, j: int) -> Fraction:
    """Where output ``j`` of a correlation stands, counted in samples of its input.

    That of the tap in the middle of the window, so that with ``padding="same"`` output 0 stands at 0.

    >>> from playground.ops.geometry import settle
    >>> place_of(settle(300, 3, padding="same", stride=2), 60)
    Fraction(120, 1)
    >>> place_of(settle(300, 3), 0)
    Fraction(1, 1)
    """
    return Fraction(j * axis.down - axis.before + _middle(axis), axis.up)


def output_at(axis: Axis, i: int) -> int:
    """The output that stands nearest to input sample ``i``; of two, the first.

    >>> from playground.ops.geometry import settle
    >>> output_at(settle(300, 3, padding="same", stride=2), 121)
    60
    >>> output_at(settle(300, 3, padding="same", stride=Fraction(1, 2)), 120)
    240
    """
    exact = Fraction(i * axis.up + axis.before - _middle(axis), axis.down)
    nearest = -((-exact + Fraction(1, 2)) // 1)  # round half down
    return max(0, min(axis.output - 1, int(nearest)))


def heard(before: Tensor, after: Tensor, *, scales: tuple[float, float]) -> Heard:
    """Both sounds times one gain, the largest with which neither swings beyond ``PEAK``.

    Shape: ``before (1, N)``, ``after (1, N)``.

    ``scales`` are those of the values that the sounds were made of: what swings by less than a millionth of
    its scale is silence.

    >>> found = heard(torch.tensor([[1., -1.]]), torch.tensor([[2., -4.]]), scales=(1.0, 4.0))
    >>> found.gain, found.before.tolist(), found.after.tolist()
    (0.125, [[0.125, -0.125]], [[0.25, -0.5]])
    """
    peaks = [float(x.abs().max()) for x in (before, after)]
    flat = [peak <= FLAT * scale for peak, scale in zip(peaks, scales, strict=True)]
    loudest = max((peak for peak, still in zip(peaks, flat, strict=True) if not still), default=0.0)
    gain = PEAK / loudest if loudest else 1.0
    sounds = [
        torch.zeros_like(x) if still else gain * x for x, still in zip((before, after), flat, strict=True)
    ]
    return Heard(*sounds, gain, *flat)


def rows(
    before: Tensor, after: Tensor, *, axis: Axis, theme: str, words: tuple[str, str, str]
) -> alt.LayerChart:
    """Both rows' values over the input's columns: the input thin, the output thick.

    Shape: ``before (W,)``, ``after (W_out,)``; ``axis`` is that of the columns.

    ``words``: "Input", "Output", "column of the input".
    """
    names = list(words[:2])
    places = (lambda i: float(i), lambda i: float(place_of(axis, i)))
    table = [
        {"column": place(i), "h": float(line[i]), "which": name}
        for name, place, line in zip(
            names, places, (before.detach().numpy(), after.detach().numpy()), strict=True
        )
        for i in outline(line)
    ]
    lines = (
        alt.Chart(sound._table(table))
        .mark_line(clip=True)
        .encode(
            x=alt.X("column:Q", title=words[2], scale=alt.Scale(nice=False)),
            y=alt.Y("h:Q", title=None),
            color=alt.Color("which:N", title=None, scale=alt.Scale(domain=names, range=[INPUT[theme], OUTPUT[theme]]), legend=alt.Legend(orient="top", symbolType="stroke")),
            strokeWidth=alt.StrokeWidth("which:N", title=None, scale=alt.Scale(domain=names, range=[1, 2])),
        )
    )  # fmt: skip
    return alt.layer(lines).properties(height=240)


def _middle(axis: Axis) -> int:
    """The tap that stands at an output's own place; of two in the middle, the one that "same" takes."""
    reach = axis.span - 1
    return reach // 2 if axis.up == 1 else reach - reach // 2
