"""Does a camera read the link?  By OpenCV's reader, as large as a projector shows it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from playground.errors import MediaError
from playground.media.qr import MOST_BYTES, QUIET, qr_pixels, qr_size, qr_squares

LINK = "https://convolution.example.org/image?source=bricks&recipe=gaussian.sigma_2.size_9~sobel-x.stride_1-2"
THEMES = {"light": ("#000000", "#FFFFFF"), "dark": ("#0E1116", "#FFFFFF"), "accent": ("#00524A", "#E8ECF1")}


def read(pixels: np.ndarray) -> str:
    """By the first of OpenCV's two ways of finding a code that finds it."""
    found = (reader().detectAndDecode(pixels)[0] for reader in (cv2.QRCodeDetector, cv2.QRCodeDetectorAruco))
    return next((text for text in found if text), "")


def long_link(length: int) -> str:
    return (LINK + "~conv2d.kernel_5x5_-1_0_1_2_0.5" * 100)[:length]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("length", [1, 20, 60, 101, 200, 400, 800])
@pytest.mark.parametrize("scale", [3, 6, 8, 12])
def test_a_code_is_read_in_either_theme(theme, length, scale):
    text = long_link(length)
    dark, light = THEMES[theme]
    assert read(qr_pixels(text, scale=scale, dark=dark, light=light)) == text


@pytest.mark.parametrize("length", [1500, MOST_BYTES])
def test_a_code_as_full_as_may_be_is_read_when_it_is_large(length):
    assert read(qr_pixels(long_link(length), scale=6)) == long_link(length)


@pytest.mark.parametrize("paper", [(255, 255, 255), (14, 17, 22)], ids=["light", "dark"])
def test_a_code_is_read_from_a_photographed_slide(paper):
    """Seen at an angle, blurred, with uneven light, in the middle of a page of the theme."""
    code = qr_pixels(LINK, scale=6)
    page = np.full((900, 1200, 3), paper, np.uint8)
    page[200 : 200 + len(code), 400 : 400 + len(code)] = code
    corners = np.float32([[0, 0], [1200, 0], [1200, 900], [0, 900]])
    seen = np.float32([[60, 20], [1120, 70], [1180, 860], [10, 880]])
    photo = cv2.warpPerspective(page, cv2.getPerspectiveTransform(corners, seen), (1200, 900), borderValue=paper)
    photo = cv2.GaussianBlur(photo, (0, 0), 1.2) * np.linspace(0.6, 1.0, 1200)[None, :, None]
    assert read(photo.astype(np.uint8)) == LINK


@pytest.mark.parametrize("text", ["卷积核", "https://example.org/?q=été", "x" * 300], ids=["Chinese", "accents", "long"])
def test_any_text_is_read(text):
    assert read(qr_pixels(text)) == text


def test_four_quiet_squares_stand_on_every_side():
    squares = qr_squares(LINK)
    assert squares.shape[0] == squares.shape[1] and QUIET == 4
    inside = squares[QUIET:-QUIET, QUIET:-QUIET]
    assert squares.sum() == inside.sum() and inside[0, 0] and inside[0, -1] and inside[-1, 0]


@pytest.mark.parametrize("scale", [1, 3, 8])
def test_every_square_is_as_many_pixels_of_the_two_colours(scale):
    pixels = qr_pixels(LINK, scale=scale, dark="#00524A", light="#E8ECF1")
    squares = qr_squares(LINK)
    assert pixels.dtype == np.uint8 and pixels.shape == (len(squares) * scale, len(squares) * scale, 3)
    assert np.array_equal((pixels == (0, 82, 74)).all(-1), squares.repeat(scale, 0).repeat(scale, 1))
    assert {tuple(colour) for colour in pixels.reshape(-1, 3).tolist()} == {(0, 82, 74), (232, 236, 241)}


@pytest.mark.parametrize("text, length", [("", 0), ("x" * 2332, 2332), ("é" * 1166, 2332), ("x" * 100_000, 100_000)],
                         ids=["nothing", "one too many", "accents", "a kernel of 4096 numbers"])  # fmt: skip
def test_a_link_that_is_too_long_is_refused_in_words(text, length):
    with pytest.raises(MediaError) as refused:
        qr_pixels(text)
    assert str(refused.value) == (
        f"a QR code holds 1 to 2331 bytes; this link has {length}, so copy it or save the recipe as a file"
    )


def test_light_squares_on_a_dark_ground_are_a_mistake():
    with pytest.raises(ValueError, match="^dark='#FFFFFF' is not darker than light='#000000'$"):
        qr_pixels(LINK, dark="#FFFFFF", light="#000000")


@pytest.mark.parametrize("length", [1, 14, 15, 62, 63, 106, 180, 181, 213, 214, 251, 666, 667, 1452, 2331])
def test_the_size_is_known_without_the_code(length):
    assert qr_size("x" * length) == len(qr_squares("x" * length))
    assert qr_size("ä" * (length // 2) + "x" * (length % 2)) == qr_size("x" * length)


def test_no_code_has_a_size_for_too_long_a_text():
    with pytest.raises(MediaError, match="a QR code holds 1 to 2331 bytes; this link has 2332"):
        qr_size("x" * 2332)
