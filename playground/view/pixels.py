"""How does a result look on a screen, which shows 0 (black) to 1 (white) and nothing else?

Five answers for values beyond that range.  Each is a choice of the display: saved values are not
touched, and what the display did is said in numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from playground.ops.lazy import cv2
from playground.ops.methods.memory import empty
from playground.ops.methods.sharing import share
from playground.view import colours

if TYPE_CHECKING:
    from torch import Tensor

SIGNED_MODES = ("two_colours", "absolute", "offset", "stretch", "clamp")
PERCENTILE = 98
"""Of abs(y): the end of the two-colour scale.  With the full range an edge picture is nearly empty."""
TOLERANCE = 1e-5
"""Relative to a result's scale: what counts as outside a range, and as flat."""
PART = 200_000
"""Values that are mapped to pixels at once."""
SAMPLE = 120_000
"""Values from which the percentile is taken; a larger picture is sampled evenly."""

TAME = 1e6
"""How many times the end of the scale a value may be: OpenCV rounds to 32 bits before it clips."""

PAPER, POSITIVE, NEGATIVE = (
    {theme: colours.rgb(code) for theme, code in palette.items()}
    for palette in (colours.PAPER, colours.POSITIVE, colours.NEGATIVE)
)


@dataclass(frozen=True, eq=False)
class Shown:
    """Pixels and what was done to the values: ``low`` and ``high`` are shown as the ends of the scale.

    ``outside`` is the share of values outside 0 to 1, ``beyond`` the share outside the scale;
    ``flat`` is the one value of a picture without any difference, else None.
    """

    pixels: np.ndarray
    mode: str
    low: float
    high: float
    outside: float
    beyond: float
    flat: float | None


def choose_mode(mode: str, *, channels: int, signed: bool) -> str:
    """The display of "automatic": two colours for an edge kernel's result, else clamped.

    >>> choose_mode("automatic", channels=1, signed=True), choose_mode("automatic", channels=3, signed=True)
    ('two_colours', 'offset')
    """
    if mode == "automatic":
        mode = "two_colours" if signed else "clamp"
    return "offset" if mode == "two_colours" and channels != 1 else mode


def show(
    values: Tensor, *, mode: str, scale: float, theme: str = "light", span: tuple[float, float] | None = None
) -> Shown:
    """Map values to 8-bit pixels.

    Shape: ``(C, H, W) -> pixels (H, W)`` of one channel, else ``(H, W, 3)``, uint8: the first three
    channels, or two as red and green.  ``mode`` is one of SIGNED_MODES; two colours needs one channel.
    ``scale`` bounds the values: differences below 1e-5 of it are rounding, not picture.  ``span`` is the smallest
    and the largest value where they are known.

    >>> import torch
    >>> show(torch.tensor([[[-0.5, 0.0, 2.0]]]), mode="clamp", scale=2.0).pixels
    array([[  0,   0, 255]], dtype=uint8)
    """
    y = values.detach().cpu().numpy()
    tolerance = TOLERANCE * scale
    span = minimum, maximum = span or tuple(float(end) for end in values.aminmax())
    outside, largest = _share(y, -tolerance, 1 + tolerance, span), max(-minimum, maximum)
    flat = minimum if maximum - minimum <= tolerance and y.size > 1 else None
    if flat is not None:  # rounding must not be stretched into a picture
        flat = 0.0 if abs(flat) <= tolerance else flat
        y = np.full_like(y, flat)
        minimum = maximum = float(y.flat[0])
    if mode == "two_colours":
        end = _end_of_scale(y, tolerance)
        most = end * (1 + 1e-6)
        made = _two_colours(y[0], end, theme, tame=largest < TAME * end)
        return Shown(made, mode, -end, end, outside, _share(y, -most, most, span), flat)
    low, high, beyond, onto_unit = 0.0, 1.0, outside, _as_it_is
    if mode == "absolute":
        onto_unit = np.abs
        beyond = _share(y, -1 - tolerance, 1 + tolerance, span)
    elif mode == "offset":
        low, high, onto_unit = -1.0, 1.0, lambda part: 0.5 + part / 2
        beyond = _share(y, -1 - tolerance, 1 + tolerance, span)
    elif mode == "stretch":
        low, high, beyond = minimum, maximum, 0.0
        width = maximum - minimum
        onto_unit = (
            (lambda part: (part - minimum) / width) if width > 0 else (lambda part: np.full_like(part, 0.5))
        )
    return Shown(_bytes(y, onto_unit, tame=largest < TAME), mode, low, high, outside, beyond, flat)


def _as_it_is(part: np.ndarray) -> np.ndarray:
    return part


def _by_parts(work: Callable[[slice], None], y: np.ndarray) -> None:
    """Do ``work`` on rows that fit the cache, on all cores: what takes several steps never leaves it.

    Shape: ``y (C, H, W)``.
    """
    rows = max(1, PART // max(1, y.shape[-1] * y.shape[0]))
    share(work, (slice(top, top + rows) for top in range(0, y.shape[1], rows)))


def _bytes(y: np.ndarray, onto_unit: Callable[[np.ndarray], np.ndarray], *, tame: bool) -> np.ndarray:
    pixels = empty(y.shape[1:] if len(y) == 1 else (*y.shape[1:], 3), np.uint8)

    def work(rows: slice) -> None:
        part = onto_unit(y[:3, rows])
        part = part if tame else np.clip(part, 0, 1)
        planes = [cv2.addWeighted(plane, 255, plane, 0, 0, dtype=cv2.CV_8U) for plane in part]  # rounds and clips
        if len(planes) == 1:
            pixels[rows] = planes[0]
        else:
            cv2.merge([*planes, np.zeros_like(planes[0])][:3], dst=pixels[rows])

    _by_parts(work, y)
    return pixels


def _end_of_scale(y: np.ndarray, tolerance: float) -> float:
    """The percentile, or the largest value where nearly all the picture is 0 but for rounding."""
    every = max(1, y.size // SAMPLE)
    while math.gcd(every, y.shape[-1]) > 1:  # samples of every column, whatever pattern there is
        every += 1
    size = np.abs(y.ravel()[::every])
    end = float(np.percentile(size, PERCENTILE))
    return end if end > tolerance else max(float(np.abs(y).max()), tolerance) or 1.0


def _two_colours(y: np.ndarray, end: float, theme: str, *, tame: bool) -> np.ndarray:
    """A straight line in RGB from the paper to each end, so that zero disappears into the page."""
    steps = np.linspace(0, 1, 256)[:, None]
    paper, plus, minus = (np.array(colours[theme], float) for colours in (PAPER, POSITIVE, NEGATIVE))
    table = np.concatenate([paper + steps[:0:-1] * (minus - paper), paper + steps * (plus - paper)])
    table = np.pad(np.round(table).astype(np.uint8), ((0, 0), (0, 1))).view(np.uint32).ravel()  # one number a colour
    pixels = empty((*y.shape, 3), np.uint8)

    def work(rows: slice) -> None:
        part = y[rows] if tame else np.clip(y[rows], -end, end)
        level = cv2.addWeighted(part, 255 / end, part, 0, 0, dtype=cv2.CV_32S)
        level += 255
        found = table.take(level, mode="clip").view(np.uint8)
        cv2.cvtColor(found.reshape(*level.shape, 4), cv2.COLOR_RGBA2RGB, dst=pixels[rows])

    _by_parts(work, y[None])
    return pixels


def _share(y: np.ndarray, low: float, high: float, span: tuple[float, float]) -> float:
    """The share of values outside ``low`` to ``high``; ``span`` is the smallest and the largest of all."""
    if not y.size or low <= span[0] and span[1] <= high:
        return 0.0
    found = []

    def work(rows: slice) -> None:
        parts = [np.ascontiguousarray(plane) for plane in y[:, rows]]
        found.append(sum(part.size - cv2.countNonZero(cv2.inRange(part, low, high)) for part in parts))

    _by_parts(work, y)
    return sum(found) / y.size


# --- for the page --------------------------------------------------------------------------------

WIDEST = 1100
"""Pixels of a preview along its longer side: two columns on a screen of double density."""
NARROWEST = 460
"""Smaller pictures are enlarged to about this, pixel by pixel, never smoothed."""


@dataclass(frozen=True)
class Preview:
    """An encoded picture for the page and what became of its size: 1 is untouched, 0.5 is halved."""

    data: bytes
    format: str
    factor: float


def preview(pixels: np.ndarray, *, theme: str = "light", frame: tuple[int, int] | None = None) -> Preview:
    """Encode for the screen: reduced by area above WIDEST, enlarged pixel by pixel when small.

    Shape: ``(H, W)``, ``(H, W, 3)`` or ``(H, W, 4)`` uint8.  ``frame`` ``(H, W)`` puts the picture on
    paper of that size, so that two pictures side by side keep their true scale.
    """
    height, width = pixels.shape[:2]
    sheet = (height, width) if frame is None else (max(frame[0], height), max(frame[1], width))
    factor = 1.0
    if max(sheet) > WIDEST:  # before the paper: under a tall and a wide picture it may be huge
        factor = WIDEST / max(sheet)
        height, width, *sheet = (max(1, round(n * factor)) for n in (height, width, *sheet))
        rows, columns = pixels.shape[:2]
        shared = math.gcd(rows, columns)
        whole = max((n for n in range(1, min(rows // height, columns // width) + 1) if shared % n == 0), default=1)
        if whole > 1:  # by a whole factor first, where there is one: a third of the time
            pixels = cv2.resize(pixels, (columns // whole, rows // whole), interpolation=cv2.INTER_AREA)
        pixels = cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA)
    if tuple(sheet) != (height, width):
        pixels = _on_paper(pixels, tuple(sheet), theme)
        height, width = pixels.shape[:2]
    if max(height, width) < NARROWEST:
        times = -(-NARROWEST // max(height, width))
        factor = float(times)
        pixels = pixels.repeat(times, 0).repeat(times, 1)
    height, width = pixels.shape[:2]
    if height > 2 * width:  # a strip is shown on paper, or the page would be as long as the strip
        pixels = _on_paper(pixels, (height, height // 2), theme)
    elif width > 4 * height:
        pixels = _on_paper(pixels, (width // 4, width), theme)
    # JPEG is fast, PNG exact: exact wherever the eye could count pixels or the colours carry the sign.
    if pixels.shape[0] * pixels.shape[1] <= 400_000 or pixels.ndim == 3 and pixels.shape[2] == 4:
        return Preview(_encode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 1]), "PNG", factor)
    options = [
        cv2.IMWRITE_JPEG_QUALITY,
        93,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR,
        cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444,
    ]
    return Preview(_encode(".jpg", pixels, options), "JPEG", factor)


def with_alpha(pixels: np.ndarray, alpha: Tensor | None) -> np.ndarray:
    """Put a picture's transparency back.

    Shape: ``(H, W[, 3])`` and ``(H, W)`` ``-> (H, W, 4)``; without alpha the pixels as they are.
    """
    if alpha is None:
        return pixels
    colour = pixels if pixels.ndim == 3 else np.repeat(pixels[..., None], 3, axis=-1)
    return np.dstack([colour, np.round(np.clip(alpha.numpy(), 0, 1) * 255).astype(np.uint8)])


def _on_paper(pixels: np.ndarray, frame: tuple[int, int], theme: str) -> np.ndarray:
    height, width = max(frame[0], pixels.shape[0]), max(frame[1], pixels.shape[1])
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, axis=-1)
    paper = np.array([*PAPER[theme], 0][: pixels.shape[2]], np.uint8)
    sheet = np.broadcast_to(paper, (height, width, pixels.shape[2])).copy()
    sheet[: pixels.shape[0], : pixels.shape[1]] = pixels
    return sheet


def _encode(kind: str, pixels: np.ndarray, options: list[int]) -> bytes:
    if pixels.ndim == 3:
        code = cv2.COLOR_RGBA2BGRA if pixels.shape[2] == 4 else cv2.COLOR_RGB2BGR
        pixels = cv2.cvtColor(np.ascontiguousarray(pixels), code)
    return cv2.imencode(kind, pixels, options)[1].tobytes()


def encode_png(pixels: np.ndarray) -> bytes:
    """A small PNG of pixels as they are.

    >>> encode_png(np.zeros((4, 8), np.uint8))[1:4]
    b'PNG'
    """
    return _encode(".png", pixels, [cv2.IMWRITE_PNG_COMPRESSION, 6])


def thumbnail(pixels: np.ndarray, side: int) -> bytes:
    """A square PNG of ``side`` pixels from the middle of a picture.

    >>> thumbnail(np.zeros((4, 8), np.uint8), 16)[1:4]
    b'PNG'
    """
    height, width = pixels.shape[:2]
    short = min(height, width)
    top, left = (height - short) // 2, (width - short) // 2
    pixels = np.ascontiguousarray(pixels[top : top + short, left : left + short])
    smaller = cv2.INTER_AREA if short > side else cv2.INTER_NEAREST
    return encode_png(cv2.resize(pixels, (side, side), interpolation=smaller))
