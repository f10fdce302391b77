"""Is everything on the slide, true and readable, whatever the picture, the kernel, the title and the theme?"""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from playground.media.qr import MOST_BYTES
from playground.view import colours
from playground.view.lettering import MOST_CHARACTERS, Lettering, printable
from playground.view.summary import COLUMN, INK, MARGIN, SIZE, Kernel, Picture, Wave, link_fits, summary_png
from playground.view.tables import cell_colours
from playground.view.weights import Box, draw, wave

LINK = "https://convolution.example.org/image?source=bricks&recipe=gaussian.sigma_2.size_9~sobel-x.stride_1-2"
SOBEL = np.array([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
both_themes = pytest.mark.parametrize("theme", ["light", "dark"])


def picture(height: int, width: int, *, channels: int = 3, seed: int = 0) -> np.ndarray:
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def decoded(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)[..., ::-1]


def summary(
    before: np.ndarray | None = None, after: np.ndarray | None = None, *, numbers: np.ndarray | None = SOBEL,
    title: str = "Sobel x finds vertical edges", theme: str = "light", link: str = LINK, stretched: bool = False,
    facts: tuple[str, ...] = ("grey | sobel_x",),
) -> np.ndarray:  # fmt: skip
    before = picture(60, 90) if before is None else before
    after = before if after is None else after
    return decoded(
        summary_png(
            title=title, before=Picture(before, "Input", stretched), after=Picture(after, "Output", stretched),
            kernel=Kernel(numbers, "Kernel"), facts=facts, link=link, theme=theme,
        )
    )  # fmt: skip


def paper(theme: str) -> tuple[int, int, int]:
    return colours.rgb(colours.PAPER[theme])


def stands(sheet: np.ndarray, pixels: np.ndarray) -> int:
    """How many times enlarged these pixels, each of its own colour, stand on the sheet; 0 where they do not."""
    rows, columns = np.nonzero((sheet == pixels[0, 0]).all(-1))
    if not rows.size:
        return 0
    factor = columns.max() - columns.min() + 1
    whole = pixels.repeat(factor, 0).repeat(factor, 1)
    found = sheet[rows.min() : rows.min() + len(whole), columns.min() : columns.min() + whole.shape[1]]
    return factor if np.array_equal(found, whole) else 0


# --- the whole -----------------------------------------------------------------------------------


@both_themes
@pytest.mark.parametrize("shape", [(60, 90), (300, 451), (1, 1), (500, 20), (20, 500), (2000, 3000), (5, 5)], ids=str)
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_slide_is_1200_by_630_with_a_margin_of_paper(theme, shape, channels):
    sheet = summary(picture(*shape, channels=channels), theme=theme)
    assert sheet.shape == (*SIZE, 3)
    top, side = sheet[: MARGIN // 2], sheet[:, : MARGIN // 2]
    assert (top == paper(theme)).all() and (side == paper(theme)).all()
    assert (sheet[:, -MARGIN // 2 :] == paper(theme)).all() and (sheet[-MARGIN // 2 :] == paper(theme)).all()


@both_themes
@pytest.mark.parametrize("kind", ["image", "sound", "spectrogram"])
def test_the_code_in_the_corner_is_read_from_the_slide(theme, kind):
    if kind == "sound":
        tone = Wave(np.sin(np.arange(4000) / 9)[None], "Input", 0.0, 1.0)
        sheet = decoded(summary_png(title="Echo", before=tone, after=tone, link=LINK, theme=theme))
    else:
        sheet = summary(theme=theme, stretched=kind == "spectrogram")
    assert cv2.QRCodeDetector().detectAndDecode(np.ascontiguousarray(sheet[300:, 800:]))[0] == LINK
    twice = cv2.resize(sheet[300:, 800:], None, fx=1.6, fy=1.6, interpolation=cv2.INTER_CUBIC)
    assert cv2.QRCodeDetector().detectAndDecode(twice)[0] == LINK, "as a projector shows it"


def test_a_link_that_cannot_be_read_from_the_corner_gets_no_code():
    lengths = [length for length in range(50, 1200, 50) if link_fits("x" * length)]
    assert lengths == list(range(50, max(lengths) + 1, 50)) and 400 < max(lengths) < 1000
    assert not link_fits("") and not link_fits("x" * (MOST_BYTES + 1)) and not link_fits("x" * 100_000)
    corner = (slice(-MARGIN - 200, None), slice(-MARGIN - COLUMN, None))
    assert (summary(link="x" * 2000, theme="dark")[corner] == paper("dark")).all()
    assert (summary(link="", theme="light")[corner] == paper("light")).all()


@pytest.mark.parametrize("shape, factor", [((60, 90), 4), ((10, 12), 33), ((80, 30), 4), ((300, 400), 1)], ids=str)
def test_a_small_picture_is_enlarged_by_whole_pixels(shape, factor):
    before, after = picture(*shape, seed=1), picture(*shape, seed=2)
    sheet = summary(before, after)
    assert stands(sheet, before) == stands(sheet, after) == factor


def test_wide_pictures_stand_one_above_the_other_and_are_larger_so():
    colour = (200, 30, 90)
    sheet = summary(np.full((100, 1000, 3), colour, np.uint8))
    rows, columns = np.nonzero((sheet == colour).all(-1))
    assert columns.max() - columns.min() + 1 > 800
    assert (np.diff(np.unique(rows)) > 1).sum() == 1, "two bands"


def test_what_is_transparent_shows_the_paper():
    clear = np.zeros((30, 40, 4), np.uint8)
    sheet = summary(clear, theme="light", numbers=None, title="", facts=(), link="")
    assert (sheet == 0).all(-1).sum() == 0


@both_themes
def test_a_spectrogram_fills_its_place(theme):
    sheet = summary(np.full((1025, 90, 3), (68, 1, 84), np.uint8), theme=theme, stretched=True)
    rows, columns = np.nonzero((sheet == (68, 1, 84)).all(-1))
    assert columns.max() - columns.min() > 800 and rows.max() - rows.min() > 300


# --- the kernel ----------------------------------------------------------------------------------


@both_themes
@pytest.mark.parametrize("shape", [(3, 3), (1, 1), (5, 5), (7, 7), (1, 9), (9, 1), (29, 29), (255, 255), (255, 1), (3,), (9,), (10,), (441,), (44_100,), (3, 3, 3, 3)], ids=str)  # fmt: skip
def test_a_kernel_of_any_size_has_its_colours_and_stays_in_its_box(theme, shape):
    kernel = np.random.default_rng(0).standard_normal(shape)
    sheet = np.full((400, 400, 3), paper(theme), np.uint8)
    draw(sheet, Lettering(), kernel, Box(100, 100, COLUMN, 240), theme=theme)
    inside = np.zeros((400, 400), bool)
    inside[95:345, 95 : 105 + COLUMN] = True
    assert (sheet[~inside] == paper(theme)).all()
    assert (sheet[inside] != paper(theme)).any()


@both_themes
def test_cells_are_orange_for_positive_blue_for_negative_and_paper_for_zero(theme):
    sheet = np.full((300, 300, 3), 128, np.uint8)
    draw(sheet, Lettering(), SOBEL, Box(10, 10, 186, 186), theme=theme)
    for (i, j), value in np.ndenumerate(SOBEL):
        assert tuple(sheet[10 + 62 * i + 5, 10 + 62 * j + 5]) == cell_colours(value / 2, theme=theme)[0]
    assert cell_colours(1.0, theme=theme)[0] == colours.rgb(colours.POSITIVE[theme])


def test_long_kernels_are_stems_up_and_down_from_zero():
    kernel = np.zeros(44_100)
    kernel[[0, 22_050, 44_099]] = 1.0, -0.5, 0.5
    sheet = np.full((200, 240, 3), 255, np.uint8)
    draw(sheet, Lettering(), kernel, Box(10, 10, 220, 150), theme="light")
    orange = np.flatnonzero((sheet == colours.rgb(colours.POSITIVE["light"])).all(-1).any(0))
    blue = np.flatnonzero((sheet == colours.rgb(colours.NEGATIVE["light"])).all(-1).any(0))
    assert set(orange) <= {10, 11, 228, 229} and {10, 229} <= set(orange)
    assert set(blue) <= {119, 120, 121}
    up = (sheet[:, 10] == colours.rgb(colours.POSITIVE["light"])).all(-1).sum()
    down = (sheet[:, 120] == colours.rgb(colours.NEGATIVE["light"])).all(-1).sum()
    assert abs(up - 2 * down) <= 3, "to scale"


# --- waves ---------------------------------------------------------------------------------------


def test_a_wave_reaches_from_its_lowest_to_its_highest_value():
    values = np.zeros((1, 1000))
    values[0, 250], values[0, 750] = 1.0, -0.5
    sheet = np.zeros((101, 100, 3), np.uint8)
    wave(sheet, values, Box(0, 0, 100, 101), 1.0, (9, 9, 9))
    drawn = (sheet == 9).all(-1)
    assert drawn[50].all(), "silence is the middle line"
    assert np.flatnonzero(drawn[:, 25]).tolist() == list(range(0, 51))
    assert np.flatnonzero(drawn[:, 75]).tolist() == list(range(50, 76))


@pytest.mark.parametrize("frames", [0, 1, 7, 99, 100, 101, 1_000_000])
def test_a_wave_of_any_length_is_drawn_whole(frames):
    sheet = np.zeros((50, 100, 3), np.uint8)
    wave(sheet, np.ones((2, frames)), Box(0, 0, 100, 50), 1.0, (9, 9, 9))
    assert (sheet == 9).all(-1).any(0).sum() == (100 if frames else 0)


@both_themes
def test_two_sounds_share_their_scale_and_their_time(theme):
    loud = Wave(np.ones((1, 1000)), "Input", 0.0, 1.0)
    quiet = Wave(np.full((1, 2000), -0.5), "Output", 0.0, 2.0)
    sheet = decoded(summary_png(title="", before=loud, after=quiet, theme=theme))
    before = (sheet == colours.rgb(colours.INPUT[theme])).all(-1)
    after = (sheet == colours.rgb(colours.OUTPUT[theme])).all(-1)
    top = np.flatnonzero(before[:, 200])
    bottom = np.flatnonzero(after[:, 700])
    assert top.size and bottom.size and not before[top[0], 600:].any(), "half as long ends half way"
    middle = np.flatnonzero(before[:, 850])[:2]  # the lines of silence, beyond the end of the first
    assert abs((bottom[-1] - middle[1]) * 2 - (middle[0] - top[0])) <= 3, "half as loud is half as high"


def test_what_is_no_number_is_drawn_as_silence():
    broken = Wave(np.array([[np.nan, np.inf, -np.inf, 0.0]]), "Input", 0.0, 1.0)
    assert summary_png(title="", before=broken, after=broken)


# --- the words -----------------------------------------------------------------------------------

CHARACTERS = "×−→·…±°σλΣ≤≥½’“äöüßéçñøłДж卷积核"


@pytest.mark.parametrize("bold", [False, True])
@pytest.mark.parametrize("character", CHARACTERS)
def test_every_character_that_is_used_has_a_shape_of_its_own(character, bold):
    def drawn(text: str) -> bytes:
        sheet = np.full((60, 120, 3), 255, np.uint8)
        Lettering().write(sheet, text, (10, 40), size=30, colour=(0, 0, 0), bold=bold)
        return sheet.tobytes()

    blank = drawn(" ")
    assert drawn(character) != blank and drawn(character) != drawn("\ue000"), "not the box of a missing one"


@pytest.mark.parametrize("width", [150, 400, 1112])
@pytest.mark.parametrize("text", ["Sobel x finds vertical edges " * 9, "x" * 500, "卷积核" * 90, "a " * 150, "", "  \n "], ids=ascii)
@pytest.mark.parametrize("bold", [False, True])
def test_lines_are_no_wider_than_asked_and_say_when_something_is_left_out(width, text, bold):
    letters = Lettering()
    lines = letters.lines(text, width, size=32, most=2, bold=bold)
    assert len(lines) <= 2 and all(letters.width(line, 32, bold=bold) <= width for line in lines)
    whole = "".join(lines).replace(" ", "") == printable(text).replace(" ", "")
    assert whole != (bool(lines) and lines[-1].endswith("…"))


def test_a_title_that_is_long_is_set_in_two_smaller_lines():
    def title_rows(title: str) -> int:
        sheet = summary(title=title, theme="light")
        ink = np.abs(sheet[:125].astype(int) - INK["light"]).sum(-1) < 30
        return len(np.flatnonzero(np.diff(np.flatnonzero(ink.any(1))) > 3)) + 1

    assert title_rows("Sobel x finds vertices") == 1
    assert title_rows("Sobel x finds vertices " * 4) == title_rows("Sobel x finds vertices " * 40) == 2


@pytest.mark.parametrize("text", ["\0\ud800\u202e", "x" * 100_000, "a\nb\tc", "%s {0} \\n", "😀"], ids=ascii)
def test_no_text_breaks_the_slide(text):
    sheet = decoded(
        summary_png(
            title=text, before=Picture(picture(9, 9), text), after=Picture(picture(9, 9), text),
            kernel=Kernel(SOBEL, text), facts=[text] * 9, source=text,
        )
    )  # fmt: skip
    assert (sheet[:, -MARGIN // 2 :] == 255).all()
    assert len(printable(text)) <= MOST_CHARACTERS
