"""How does a kernel look as a table?  HTML with its numbers: read by eyes and by screen readers."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from playground.view.pixels import NEGATIVE, PAPER, POSITIVE

if TYPE_CHECKING:
    from torch import Tensor

MOST_NUMBERED = 9
"""Rows or columns up to which each cell prints its number."""
MOST_CELLS = 41
"""Rows or columns up to which each number is a cell; a larger kernel shows its middle."""


def number(value: float, *, digits: int = 3) -> str:
    """A number for a cell: at most ``digits`` significant digits, with a real minus sign.

    >>> number(-0.07511), number(2.0), number(0.0)
    ('−0.0751', '2', '0')
    """
    text = f"{value:.{digits}g}"
    if "e" in text and abs(value) >= 1e-9:
        text = f"{value:.{digits}g}" if abs(value) >= 10**6 or abs(value) < 1e-4 else f"{value:.0f}"
    return (text if float(text) else "0").replace("-", "−")


def kernel_table(kernel: Tensor, *, theme: str, label: str) -> str:
    """An HTML table of a kernel, positive cells orange and negative ones blue.

    Shape: ``(kh, kw)``; one with ``(C_out, C_in, kh, kw)`` shows its first pair of channels.
    """
    while kernel.ndim > 2:
        kernel = kernel[0]
    height, width = kernel.shape
    top, left = max(0, height - MOST_CELLS) // 2, max(0, width - MOST_CELLS) // 2
    shown = kernel[top : top + MOST_CELLS, left : left + MOST_CELLS].tolist()
    end = float(kernel.abs().max()) or 1.0
    numbered = max(height, width) <= MOST_NUMBERED
    side = max(4, min(44 if width <= 6 else 36, 320 // max(len(shown[0]), len(shown))))
    rows = []
    for row in shown:
        cells = []
        for value in row:
            fill, ink = cell_colours(value / end, theme=theme)
            size = f"min-width:{side}px;height:{side}px;" if numbered else f"width:{side}px;height:{side}px;"
            style = f"{size}background:rgb{fill};color:{'#fff' if any(ink) else '#000'}"
            text = number(value)
            inside = text if numbered else ""
            cells.append(f'<td style="{style}" title="{value!r}">{inside}</td>')
        rows.append(f"<tr>{''.join(cells)}</tr>")
    kind = "cp-kernel" if numbered else "cp-kernel plain"
    spacing = "" if numbered else ' style="border-spacing:0"'
    table = f'<table class="{kind}"{spacing} aria-label="{html.escape(label)}"><tbody>{"".join(rows)}</tbody></table>'
    return f'<div class="cp-frame" tabindex="0" role="group" aria-label="{html.escape(label)}">{table}</div>'


def cell_colours(share: float, *, theme: str) -> tuple[tuple[int, int, int], tuple[int, int, int]]:
    """Red, green and blue of a cell by its share of the largest weight, and of the number in it.

    The number is black or white, whichever stands out more.

    >>> cell_colours(0.0, theme="light"), cell_colours(-1.0, theme="light")
    (((255, 255, 255), (0, 0, 0)), ((0, 114, 178), (255, 255, 255)))
    """
    fill = _colour(share, theme)
    return fill, (0, 0, 0) if _luminance(fill) > 0.18 else (255, 255, 255)


def _colour(share: float, theme: str) -> tuple[int, int, int]:
    paper, end = PAPER[theme], (POSITIVE if share > 0 else NEGATIVE)[theme]
    weight = min(1.0, abs(share))
    return tuple(round(p + weight * (e - p)) for p, e in zip(paper, end, strict=True))


def _luminance(colour: tuple[int, int, int]) -> float:
    """Relative luminance, WCAG 2.2; 0.18 is where black and white have equal contrast."""
    parts = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
