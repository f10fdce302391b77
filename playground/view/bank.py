"""How does one bin of a spectrogram look as a kernel?  A cosine and a negative sine under the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from playground.view import sound
from playground.view.colours import INPUT, OUTPUT
from playground.view.lazy import altair as alt

if TYPE_CHECKING:
    from torch import Tensor

POINTS = 2048
"""Points up to which a line is drawn tap by tap; of more, the lowest and the highest of each stretch."""


def kernel_pair(pair: Tensor, *, rate: float, theme: str, words: tuple[str, str, str]) -> alt.LayerChart:
    """Both kernels over time: the real part's solid, the imaginary part's dashed.

    Shape: ``pair (2, n)``, as ``explain.stft_bank.pair`` gives it; ``rate`` in taps a second.

    ``words``: "Cosine: real part", "Negative sine: imaginary part", "milliseconds".
    """
    names = list(words[:2])
    rows = [
        {"t": 1000 * int(i) / rate, "h": float(line[i]), "which": name}
        for name, line in zip(names, pair.detach().numpy(), strict=True)
        for i in outline(line)
    ]
    legend = alt.Legend(orient="top", labelLimit=0, symbolType="stroke")
    lines = (
        alt.Chart(sound._table(rows))
        .mark_line()
        .encode(
            x=alt.X("t:Q", title=words[2], scale=alt.Scale(nice=False)),
            y=alt.Y("h:Q", title=None, scale=alt.Scale(domain=[-1.05, 1.05], nice=False), axis=alt.Axis(values=[-1, -0.5, 0, 0.5, 1])),
            color=alt.Color("which:N", title=None, scale=alt.Scale(domain=names, range=[OUTPUT[theme], INPUT[theme]]), legend=legend),
            strokeDash=alt.StrokeDash("which:N", title=None, scale=alt.Scale(domain=names, range=[[1, 0], [6, 3]])),
            strokeWidth=alt.StrokeWidth("which:N", title=None, scale=alt.Scale(domain=names, range=[2, 1.5])),
        )
    )  # fmt: skip
    return alt.layer(lines).properties(height=240)


def outline(line: np.ndarray, *, points: int = POINTS) -> list[int]:
    """Which samples to draw: all, or the lowest and the highest of each of ``points / 2`` stretches.

    Shape: ``(n,)``; the indices rise.

    >>> outline(np.array([0, 5, 1, 0, -3, 0]), points=4)
    [0, 1, 3, 4]
    """
    if len(line) <= points:
        return list(range(len(line)))
    starts = np.linspace(0, len(line), points // 2 + 1).astype(np.int64)
    found = set()
    for first, last in zip(starts[:-1].tolist(), starts[1:].tolist(), strict=True):
        stretch = line[first:last]
        found |= {first + int(stretch.argmin()), first + int(stretch.argmax())}
    return sorted(found)
