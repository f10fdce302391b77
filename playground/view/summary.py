"""How does a result fit on one slide?  Before, after, the kernel's numbers, what it shows, and a QR code of the link.

A picture of 1200 × 630 pixels, the size that chat programs and social networks show whole.  Everything in it is
given as plain data, texts already in the reader's language.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from playground.media.qr import MOST_BYTES, QUIET, qr_pixels, qr_size, qr_squares
from playground.media.save import png_bytes
from playground.ops.lazy import cv2
from playground.view import colours, weights
from playground.view.axes import ticks_time
from playground.view.lettering import Lettering
from playground.view.weights import Box

SIZE = (630, 1200)
"""Height and width."""
MARGIN = 44
COLUMN = 220
"""Width of the column at the right: the kernel, and the QR code in the corner."""
GAP = 42
LEAST_SQUARE = 2
"""Pixels of a square of the QR code, below which no camera reads it from a projector."""
INK = {"light": (23, 26, 31), "dark": (232, 236, 241)}
CODE = ("#0E1116", "#FFFFFF")
"""Dark squares on white in both themes: phones look for that."""


@dataclass(frozen=True, eq=False)
class Picture:
    """Pixels as they are shown: ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``, uint8.

    ``stretched`` fills its place in both directions, as a spectrogram does, whose axes have no common unit.
    """

    pixels: np.ndarray
    caption: str
    stretched: bool = False


@dataclass(frozen=True, eq=False)
class Wave:
    """Values of a sound ``(C, T)`` between two times in seconds."""

    values: np.ndarray
    caption: str
    start: float
    end: float


@dataclass(frozen=True, eq=False)
class Kernel:
    """Numbers ``(kh, kw)`` or ``(k,)``, or None for an operation without a kernel, and its caption."""

    numbers: np.ndarray | None
    caption: str


def summary_png(
    *,
    title: str,
    before: Picture | Wave,
    after: Picture | Wave,
    kernel: Kernel | None = None,
    facts: Sequence[str] = (),
    link: str = "",
    source: str = "Convolution playground",
    theme: str = "light",
) -> bytes:
    """A PNG of one result for a slide, in the light or the dark theme.

    ``title`` is the finding, ``facts`` up to three lines under the pictures, ``link`` the QR code's text; a link
    that is too long to be read from the corner gets no code (see ``link_fits``).

    >>> grey = Picture(np.full((30, 45), 128, np.uint8), "Input")
    >>> summary_png(title="Nothing changes", before=grey, after=grey)[1:4]
    b'PNG'
    """
    letters, ink = Lettering(), INK[theme]
    sheet = np.full((*SIZE, 3), colours.rgb(colours.PAPER[theme]), np.uint8)
    height, width = SIZE
    lines = letters.lines(title, width - 2 * MARGIN, size=42, most=1, bold=True)
    size, leading = 42, 50
    if lines and lines[0].endswith("…"):
        size, leading = 32, 40
        lines = letters.lines(title, width - 2 * MARGIN, size=size, most=2, bold=True)
    y = MARGIN + size - 8
    for line in lines:
        letters.write(sheet, line, (MARGIN, y), size=size, colour=ink, bold=True)
        y += leading
    top = y - leading + 28 if lines else MARGIN
    left = width - MARGIN - COLUMN
    code = _code(sheet, link, left, height - MARGIN)
    if kernel is not None:
        _kernel(sheet, letters, kernel, Box(left, top, COLUMN, code - 20 - top), theme)
    bottom = _facts(sheet, letters, facts, source, left - GAP - MARGIN, theme)
    _pair(sheet, letters, before, after, Box(MARGIN, top, left - GAP - MARGIN, bottom - top), theme)
    return png_bytes(sheet)


def link_fits(link: str) -> bool:
    """Whether a link is short enough for the QR code in the corner.

    >>> link_fits("https://example.org/image?recipe=sobel-x"), link_fits("https://example.org/" + "x" * 900)
    (True, False)
    """
    return 0 < len(link.encode("utf-8", "replace")) <= MOST_BYTES and qr_size(link) * LEAST_SQUARE <= COLUMN


# --- the parts -----------------------------------------------------------------------------------


def _code(sheet: np.ndarray, link: str, left: int, bottom: int) -> int:
    """The QR code in the corner, as many whole pixels a square as the column has; where it begins from above."""
    if not link_fits(link):
        return bottom
    pixels = qr_pixels(link, scale=max(LEAST_SQUARE, (COLUMN - 24) // len(qr_squares(link))), dark=CODE[0], light=CODE[1])
    side, right = len(pixels), left + COLUMN
    if tuple(sheet[0, 0]) == colours.rgb(CODE[1]):  # on white paper the squares stand at the margin, not their quiet zone
        quiet = QUIET * side // len(qr_squares(link))
        bottom, right = bottom + quiet, right + quiet
    sheet[bottom - side : bottom, right - side : right] = pixels
    return bottom - side


def _kernel(sheet: np.ndarray, letters: Lettering, kernel: Kernel, box: Box, theme: str) -> None:
    muted = colours.rgb(colours.INPUT[theme])
    lines = letters.lines(kernel.caption, box.width, size=19, most=2)
    for number, line in enumerate(lines):
        letters.write(sheet, line, (box.x, box.y + 17 + 25 * number), size=19, colour=muted)
    if kernel.numbers is not None:
        used = 28 + 25 * max(0, len(lines) - 1)
        room = Box(box.x, box.y + used, box.width, box.height - used)
        weights.draw(sheet, letters, np.asarray(kernel.numbers, float), room, theme=theme)


def _facts(
    sheet: np.ndarray, letters: Lettering, facts: Sequence[str], source: str, width: int, theme: str
) -> int:
    """The lines at the bottom, the last first; where they begin from above."""
    y, muted = SIZE[0] - MARGIN, colours.rgb(colours.INPUT[theme])
    letters.write(sheet, letters.shortened(source, width, size=18), (MARGIN, y), size=18, colour=muted)
    y -= 32
    wrapped = [line for fact in facts[:3] for line in letters.lines(fact, width, size=21, most=2)][:4]
    for line in reversed(wrapped):
        letters.write(sheet, line, (MARGIN, y), size=21, colour=INK[theme])
        y -= 29
    return y - 8


def _pair(
    sheet: np.ndarray, letters: Lettering, before: Picture | Wave, after: Picture | Wave, box: Box, theme: str
) -> None:
    """Side by side or one above the other, whichever shows them larger; sounds always on one axis of time."""
    half = (box.width - GAP) // 2
    beside = [Box(box.x, box.y, half, box.height), Box(box.x + half + GAP, box.y, half, box.height)]
    tall = (box.height - 16) // 2
    above = [Box(box.x, box.y, box.width, tall), Box(box.x, box.y + tall + 16, box.width, tall)]
    if isinstance(before, Wave) and isinstance(after, Wave):
        _waves(sheet, letters, before, after, above, theme)
        return
    stacked = _room(before, above[0]) + _room(after, above[1]) > _room(before, beside[0]) + _room(after, beside[1])
    places = above if stacked else beside
    if not stacked:  # close together where they are narrow, and an arrow half way down
        used = [_sizes(panel, place) for panel, place in zip((before, after), places, strict=True)]
        first = min(half, max(used[0][0], letters.width(before.caption, 19)))
        places[1] = places[1]._replace(x=box.x + first + GAP)
        _arrow(sheet, (box.x + first + GAP // 2, box.y + 28 + max(used[0][1], used[1][1]) // 2), theme)
    for panel, place, bold in zip((before, after), places, (False, True), strict=True):
        _caption(sheet, letters, panel.caption, place, theme, output=bold)
        inner = Box(place.x, place.y + 28, place.width, place.height - 28)
        if isinstance(panel, Wave):
            weights.wave(sheet, panel.values, inner, _end(panel), _colour(theme, output=bold))
        else:
            _picture(sheet, panel, inner, theme)


def _caption(sheet: np.ndarray, letters: Lettering, text: str, box: Box, theme: str, *, output: bool) -> None:
    letters.write(
        sheet, letters.shortened(text, box.width, size=19), (box.x, box.y + 17), size=19, colour=_colour(theme, output=output)
    )


def _colour(theme: str, *, output: bool) -> tuple[int, int, int]:
    return colours.rgb((colours.OUTPUT if output else colours.INPUT)[theme])


def _sizes(panel: Picture | Wave, box: Box) -> tuple[int, int]:
    """Width and height on the sheet, below a caption of 28 pixels."""
    width, height = box.width, box.height - 28
    if isinstance(panel, Wave) or panel.stretched:
        return width, height
    rows, columns = panel.pixels.shape[:2]
    factor = min(width / columns, height / rows)
    if factor >= 2 or 1 <= factor < 1.2:  # whole pixels, each as large as the other
        factor = int(factor)
    return max(1, round(columns * factor)), max(1, round(rows * factor))


def _room(panel: Picture | Wave, box: Box) -> int:
    width, height = _sizes(panel, box)
    return width * height


def _picture(sheet: np.ndarray, panel: Picture, box: Box, theme: str) -> None:
    width, height = _sizes(panel, Box(box.x, box.y, box.width, box.height + 28))
    pixels = panel.pixels if panel.pixels.ndim == 3 else panel.pixels[..., None].repeat(3, axis=-1)
    rows, columns = pixels.shape[:2]
    for axis, (have, want) in enumerate(((rows, height), (columns, width))):  # never smoothed when enlarged
        smaller = cv2.INTER_AREA if want < have else cv2.INTER_NEAREST
        to = (columns, want) if axis == 0 else (want, pixels.shape[0])
        pixels = cv2.resize(np.ascontiguousarray(pixels), to, interpolation=smaller)
    if pixels.shape[2] == 4:
        share = pixels[..., 3:] / 255
        pixels = np.rint(pixels[..., :3] * share + np.array(colours.rgb(colours.PAPER[theme])) * (1 - share)).astype(np.uint8)
    sheet[box.y : box.y + height, box.x : box.x + width] = pixels
    corner = (box.x + width, box.y + height)
    cv2.rectangle(sheet, (box.x - 1, box.y - 1), corner, colours.rgb(colours.INPUT[theme]), 1)


def _waves(
    sheet: np.ndarray, letters: Lettering, before: Wave, after: Wave, places: list[Box], theme: str
) -> None:
    start, end = min(before.start, after.start), max(before.end, after.end)
    loudest = max(_end(before), _end(after))
    muted, second = colours.rgb(colours.INPUT[theme]), places[0].width / max(end - start, 1e-9)
    for wave, place, output in zip((before, after), places, (False, True), strict=True):
        _caption(sheet, letters, wave.caption, place, theme, output=output)
        inner = Box(place.x, place.y + 28, place.width, place.height - 28 - 22)
        cv2.line(sheet, (inner.x, inner.middle), (inner.x + inner.width, inner.middle), muted, 1)
        first, last = (round((time - start) * second) for time in (wave.start, wave.end))
        part = Box(inner.x + first, inner.y, max(1, last - first), inner.height)
        weights.wave(sheet, wave.values, part, loudest, _colour(theme, output=output))
    floor = places[1].y + places[1].height
    ticks = ticks_time(start, end)
    for number, (share, text) in enumerate(ticks):
        x = places[0].x + round(share * (places[0].width - 1))
        cv2.line(sheet, (x, floor - 20), (x, floor - 15), muted, 1)
        unit = " s" if number == len(ticks) - 1 else ""
        align = 0.0 if share < 0.02 else 1.0 if share > 0.98 else 0.5
        letters.write(sheet, text + unit, (x, floor), size=15, colour=muted, align=align)


def _end(wave: Wave) -> float:
    """The largest finite size of a wave, at least a little."""
    return max(float(np.abs(np.nan_to_num(wave.values, posinf=0, neginf=0)).max(initial=0.0)), 1e-9)


def _arrow(sheet: np.ndarray, middle: tuple[int, int], theme: str) -> None:
    x, y = middle
    colour = colours.rgb(colours.INPUT[theme])
    cv2.line(sheet, (x - 11, y), (x + 10, y), colour, 2, cv2.LINE_AA)
    for side in (-7, 7):
        cv2.line(sheet, (x + 11, y), (x + 4, y + side), colour, 2, cv2.LINE_AA)
