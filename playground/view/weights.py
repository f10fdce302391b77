"""How is a kernel drawn into a picture?  Cells with their numbers, or stems where it is long; and a sound as a wave."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from playground.ops.lazy import cv2
from playground.view import colours
from playground.view.lettering import Lettering
from playground.view.tables import cell_colours, number

LARGEST_CELL, LEAST_NUMBERED = 62, 24
"""Pixels of a cell, and of the smallest that has its number in it."""
LARGEST_LETTER, LEAST_LETTER = 22, 11
SMALL = 0.05
"""The share of the largest weight below which one digit is enough."""
MOST_IN_A_ROW = 9
"""Numbers of a kernel of one dimension up to which they are cells; more are stems."""


class Box(NamedTuple):
    """A place on a sheet, in pixels from the left and from above."""

    x: int
    y: int
    width: int
    height: int

    @property
    def middle(self) -> int:
        """Half way down."""
        return self.y + self.height // 2


def draw(sheet: np.ndarray, letters: Lettering, kernel: np.ndarray, box: Box, *, theme: str) -> None:
    """Draw a kernel into a box: positive orange, negative blue, zero as the paper.

    Shape: ``(kh, kw)``, ``(k,)``, or with channels in front, of which the first is drawn; ``sheet (H, W, 3)`` uint8.
    """
    while kernel.ndim > 2:
        kernel = kernel[0]
    if kernel.ndim == 1 and len(kernel) > MOST_IN_A_ROW:
        _stems(sheet, kernel, Box(box.x, box.y, box.width, min(box.height, 150)), theme)
    else:
        _cells(sheet, letters, np.atleast_2d(kernel), box, theme)


def _cells(sheet: np.ndarray, letters: Lettering, kernel: np.ndarray, box: Box, theme: str) -> None:
    rows, columns = kernel.shape
    end = float(np.abs(kernel).max()) or 1.0
    side = min(box.width / columns, box.height / rows, LARGEST_CELL)
    if side >= 4:
        side = int(side)
    width, height = round(columns * side), round(rows * side)
    fills = np.array([[cell_colours(value / end, theme=theme)[0] for value in row] for row in kernel], np.uint8)
    room = (max(1, width), max(1, height))
    enlarged = cv2.INTER_NEAREST if side >= 1 else cv2.INTER_AREA
    sheet[box.y : box.y + room[1], box.x : box.x + room[0]] = cv2.resize(fills, room, interpolation=enlarged)
    grid = colours.rgb(colours.INPUT[theme])
    if side >= 12:
        for i in range(rows + 1):
            cv2.line(sheet, (box.x, box.y + i * side), (box.x + width, box.y + i * side), grid, 1)
        for j in range(columns + 1):
            cv2.line(sheet, (box.x + j * side, box.y), (box.x + j * side, box.y + height), grid, 1)
    else:
        cv2.rectangle(sheet, (box.x - 1, box.y - 1), (box.x + room[0], box.y + room[1]), grid, 1)
    texts, size = _texts(letters, kernel, side)
    for i, j in np.ndindex(kernel.shape) if texts else ():
        place = (box.x + j * side + side // 2 + 1, box.y + i * side + side // 2 + round(size * 0.36))
        _fill, ink = cell_colours(kernel[i, j] / end, theme=theme)
        letters.write(sheet, texts[i][j], place, size=size, colour=ink, align=0.5)


def _texts(letters: Lettering, kernel: np.ndarray, side: float) -> tuple[list[list[str]], int]:
    """The numbers, each with as many of three digits as fit its cell, and the size of their letters; none where none fit.

    All of them as 0.25 or all of them as .25; one digit alone only says a weight that is small beside the largest.
    """
    if side < LEAST_NUMBERED:
        return [], 0
    small = SMALL * float(np.abs(kernel).max())
    values = sorted({float(value) for value in kernel.flat})
    for size in range(LARGEST_LETTER, LEAST_LETTER - 1, -1):
        for zero in ("0.", "."):
            said = {v: _fitting(letters, v, side - 5, size, digits=1 if abs(v) < small else 2, zero=zero) for v in values}
            if all(said.values()):
                return [[said[float(value)] for value in row] for row in kernel], size
    return [], 0


def _fitting(letters: Lettering, value: float, room: float, size: int, *, digits: int, zero: str) -> str:
    """The number with three digits or fewer, down to ``digits``, that fits; nothing where none does."""
    for many in range(3, digits - 1, -1):
        text = number(value, digits=many)
        text = text.replace("0.", zero, 1) if abs(value) < 1 else text
        if letters.width(text, size) <= room:
            return text
    return ""


def _stems(sheet: np.ndarray, kernel: np.ndarray, box: Box, theme: str) -> None:
    """A stem for each number; where there are more than pixels, the farthest of each pixel, both ways."""
    end = float(np.abs(kernel).max()) or 1.0
    low, high = min(0.0, float(kernel.min())), max(0.0, float(kernel.max()))
    zero = box.y + round((box.height - 1) * high / ((high - low) or 1.0))
    up, down = max(1, zero - box.y), max(1, box.y + box.height - 1 - zero)
    step = box.width / len(kernel)
    for sign, room, palette in ((1, up, colours.POSITIVE), (-1, down, colours.NEGATIVE)):
        colour = colours.rgb(palette[theme])
        reach = max(0.0, high if sign > 0 else -low) or end
        sizes = np.maximum(kernel * sign, 0) / reach * room
        if len(kernel) <= box.width // 2:
            for i in np.flatnonzero(sizes >= 0.5):
                x = box.x + int((i + 0.5) * step)
                thick = 2 if step >= 4 else 1
                cv2.line(sheet, (x, zero), (x, zero - sign * round(float(sizes[i]))), colour, thick)
                if step >= 7:
                    cv2.circle(sheet, (x, zero - sign * round(float(sizes[i]))), 3, colour, -1, cv2.LINE_AA)
        else:
            for x, (first, last) in enumerate(_columns(len(kernel), box.width)):
                reached = round(float(sizes[first:last].max()))
                if reached:
                    cv2.line(sheet, (box.x + x, zero), (box.x + x, zero - sign * reached), colour, 1)
    cv2.line(sheet, (box.x, zero), (box.x + box.width - 1, zero), colours.rgb(colours.INPUT[theme]), 1)


def wave(sheet: np.ndarray, values: np.ndarray, box: Box, end: float, colour: tuple[int, int, int]) -> None:
    """Draw a sound into a box: each column from its lowest to its highest value.

    ``end`` is the value that reaches the edges.  Shape: ``(C, T)``, ``sheet (H, W, 3)`` uint8.
    """
    values = np.atleast_2d(np.nan_to_num(values, posinf=end, neginf=-end))
    if not values.shape[-1]:
        return
    low, high = values.min(axis=0), values.max(axis=0)
    half = (box.height - 1) / 2
    for x, (first, last) in enumerate(_columns(len(low), box.width)):
        ends = [box.y + half * (1 - value / end) for value in (high[first:last].max(), low[first:last].min())]
        top, bottom = (int(min(max(round(y), box.y), box.y + box.height - 1)) for y in ends)
        sheet[top : bottom + 1, box.x + x] = colour


def _columns(count: int, width: int) -> list[tuple[int, int]]:
    """Which samples stand in each column of pixels, each beginning with the last of the column before."""
    edges = np.arange(width + 1) * count / width
    return [(max(0, int(a) - 1) if a else 0, max(int(a) + 1, int(np.ceil(b)))) for a, b in zip(edges[:-1], edges[1:], strict=True)]
