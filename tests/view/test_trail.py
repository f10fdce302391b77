"""Is a glimpse of a result small, whole and true, whatever its shape and its values?"""

from __future__ import annotations

import io

import cv2
import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from playground.view import colours, trail
from playground.view.trail import HEIGHT, SPAN_DB, WIDTH, drawn, glimpse, png

pytestmark = pytest.mark.filterwarnings("error")
both_themes = pytest.mark.parametrize("theme", ["light", "dark"])
SHAPES = {
    "image": [(1, 1, 1), (1, 3, 7), (2, 5, 5), (3, 300, 451), (4, 9, 8), (3, 5000, 1), (1, 1, 5000), (3, 2000, 30), (1, 96, 144)],
    "audio": [(1, 1), (2, 2), (1, 100), (1, 143), (2, 144), (1, 145), (5, 287), (1, 100_000)],
    "spectrogram": [(1, 1, 1), (1, 129, 5), (2, 9, 400), (1, 1, 300), (1, 1025, 1), (2, 97, 145), (1, 96, 144)],
}  # fmt: skip
CASES = [(kind, shape) for kind, shapes in SHAPES.items() for shape in shapes]
any_result = pytest.mark.parametrize("kind, shape", CASES, ids=str)


def values(*shape: int, low: float = 0.0, high: float = 1.0, seed: int = 0) -> torch.Tensor:
    return low + (high - low) * torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def opened(data: bytes) -> np.ndarray:
    return np.asarray(Pillow.open(io.BytesIO(data)).convert("RGB"))


def paper(theme: str) -> tuple[int, int, int]:
    return colours.rgb(colours.PAPER[theme])


def viridis(level: int) -> np.ndarray:
    return cv2.applyColorMap(np.array([[level]], np.uint8), cv2.COLORMAP_VIRIDIS)[0, 0, ::-1]


# --- whatever is given ---------------------------------------------------------------------------


@both_themes
@any_result
def test_every_glimpse_is_a_picture_of_one_width_and_never_taller_than_its_place(kind, shape, theme):
    for low, high in ((0.0, 1.0), (-2.0, 3.0), (-1.0, 0.0), (0.0, 0.0), (5.0, 5.0), (0.0, 1e-30), (-1e30, 1e30)):
        data = png(glimpse(values(*shape, low=low, high=high), kind), theme=theme)
        height, width, _ = opened(data).shape
        assert width == WIDTH and 1 <= height <= HEIGHT, (low, high)
        assert len(data) < 60_000


@any_result
def test_a_glimpse_is_small_and_says_the_range_of_the_whole(kind, shape):
    x = values(*shape, low=-0.5)
    x.flatten()[x.numel() // 2] = 9.0
    kept = x.clone()
    seen = glimpse(x, kind)
    assert seen.kind == kind and (seen.minimum, seen.maximum) == (float(x.min()), float(x.max()))
    assert seen.values.size <= 3 * HEIGHT * WIDTH and seen.values.dtype == np.float32
    assert not np.shares_memory(seen.values, x.numpy()) or x.numel() <= 3 * HEIGHT * WIDTH
    assert torch.equal(x, kept)


@pytest.mark.parametrize("kind, shape", [case for case in CASES if case[0] != "image"], ids=str)
@pytest.mark.parametrize("place", [0.0, 0.5, 0.999])
def test_one_loud_value_is_never_left_out(kind, shape, place):
    for sign, end in ((1, 1), (-1, 0)):
        x = torch.zeros(shape)
        x.flatten()[int(place * x.numel())] = sign * 0.8
        assert glimpse(x, kind).values[end].flat[np.abs(glimpse(x, kind).values[end]).argmax()] == np.float32(sign * 0.8)
        if x.numel() > 1:
            assert np.unique(drawn(glimpse(x, kind), theme="light").reshape(-1, 3), axis=0).shape[0] == 2


# --- pictures ------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_a_small_picture_is_shown_pixel_by_pixel(channels):
    x = values(channels, 5, 7)
    expected = np.round(x.numpy()[:3] * 255).astype(np.uint8)
    pixels = drawn(glimpse(x, "image"), theme="light")
    assert np.array_equal(np.atleast_3d(pixels), np.moveaxis(expected, 0, -1))
    sheet, times = opened(png(glimpse(x, "image"), theme="light")), HEIGHT // 5
    assert np.array_equal(sheet[: 5 * times, : 7 * times], np.broadcast_to(np.atleast_3d(pixels), (5, 7, 3)).repeat(times, 0).repeat(times, 1))  # fmt: skip
    assert sheet.shape == (5 * times, WIDTH, 3) and (sheet[:, 7 * times :] == paper("light")).all()


@pytest.mark.parametrize(
    "shape, size",
    [((300, 451), (96, 144)), ((1000, 10), (96, 1)), ((96, 144), (96, 144)), ((10, 1440), (1, 144)), ((1, 1), (1, 1)),
     ((5000, 1), (96, 1)), ((1, 5000), (1, 144)), ((200, 200), (96, 96))],
)  # fmt: skip
def test_a_large_picture_keeps_its_form_and_its_mean(shape, size):
    x = values(3, *shape)
    seen = glimpse(x, "image")
    assert seen.values.shape == (3, *size)
    np.testing.assert_allclose(seen.values.mean(axis=(1, 2)), x.numpy().mean(axis=(1, 2)), atol=0.05)


@both_themes
def test_signed_values_of_one_channel_are_in_two_colours_around_the_paper(theme):
    x = torch.zeros(1, 30, 30)
    x[:, :10], x[:, 20:] = -1.0, 1.0
    pixels = drawn(glimpse(x, "image"), theme=theme)
    expected = (colours.NEGATIVE, colours.PAPER, colours.POSITIVE)
    assert [tuple(pixels[row, 15]) for row in (5, 15, 25)] == [colours.rgb(table[theme]) for table in expected]


@both_themes
def test_a_result_that_is_nowhere_above_0_is_signed_too(theme):
    x = torch.zeros(1, 30, 30)
    x[:, :15] = -0.25
    pixels = drawn(glimpse(x, "image"), theme=theme)
    assert tuple(pixels[5, 5]) == colours.rgb(colours.NEGATIVE[theme]) and tuple(pixels[25, 5]) == paper(theme)


def test_signed_colours_lie_around_middle_grey_and_what_is_beyond_1_is_white():
    x = torch.zeros(3, 4, 4)
    x[:, 0], x[:, 1] = -1.0, 1.0
    assert drawn(glimpse(x, "image"), theme="light")[:3, 0, 0].tolist() == [0, 255, 128]
    assert drawn(glimpse(torch.tensor([[[0.0, 0.5, 7.0]]]), "image"), theme="light").tolist() == [[0, 128, 255]]


def test_rounding_below_0_is_no_sign():
    x = values(1, 20, 20)
    x[0, 0, 0] = -1e-7
    assert drawn(glimpse(x, "image"), theme="light").ndim == 2


# --- sounds --------------------------------------------------------------------------------------


def columns(pixels: np.ndarray, theme: str) -> list[tuple[int, int]]:
    """First and last row of each column that is not paper."""
    ink = (pixels != paper(theme)).any(axis=-1)
    return [(int(np.nonzero(column)[0][0]), int(np.nonzero(column)[0][-1])) for column in ink.T]


@both_themes
@pytest.mark.parametrize("length", [1, 2, 100, 143, 144, 145, 5000])
def test_a_waveform_shows_all_of_a_sound_from_left_to_right(theme, length):
    x = torch.zeros(1, length)
    x[:, -1] = 1.0  # what comes last stands at the right edge
    pixels = drawn(glimpse(x, "audio"), theme=theme)
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    found = columns(pixels, theme)
    assert found[-1][0] == 0, "full scale is at the top"
    middle = (HEIGHT // 2 - 1, HEIGHT // 2)
    assert set(found[: WIDTH - -(-WIDTH // length)]) <= {middle}, "and silence a line in the middle"
    assert {tuple(colour) for colour in pixels.reshape(-1, 3)} == {paper(theme), colours.rgb(colours.OUTPUT[theme])}


@both_themes
@pytest.mark.parametrize("length", [1, 50, 9000])
def test_silence_is_a_line_in_the_middle(theme, length):
    found = columns(drawn(glimpse(torch.zeros(2, length), "audio"), theme=theme), theme)
    assert found == [(HEIGHT // 2 - 1, HEIGHT // 2)] * WIDTH


def test_a_quiet_sound_stays_small_and_one_beyond_full_scale_fits():
    quiet = columns(drawn(glimpse(values(1, 9000, low=-0.1, high=0.1), "audio"), theme="light"), "light")
    assert all(0.4 * HEIGHT < first <= last < 0.6 * HEIGHT for first, last in quiet)
    loud = columns(drawn(glimpse(values(1, 9000, low=-5, high=5), "audio"), theme="light"), "light")
    assert min(first for first, _ in loud) == 0 and max(last for _, last in loud) == HEIGHT - 1


# --- spectrograms --------------------------------------------------------------------------------


def test_low_notes_lie_below_and_later_moments_at_the_right():
    x = torch.full((1, 129, 60), 1e-9)
    x[0, 3, 50] = 1.0
    pixels = drawn(glimpse(x, "spectrogram"), theme="light")
    rows, places = np.nonzero((pixels == viridis(255)).all(-1))
    assert pixels.shape == (HEIGHT, WIDTH, 3)
    assert rows.min() > 0.95 * HEIGHT and 0.8 * WIDTH < places.min() <= places.max() < 0.87 * WIDTH


def test_the_colours_are_decibels_below_the_loudest():
    steps = torch.tensor([0.0, -SPAN_DB / 2, -SPAN_DB, -2 * SPAN_DB])
    x = (10 ** (steps / 20)).reshape(1, 1, 4)
    pixels = drawn(glimpse(7.0 * x, "spectrogram"), theme="dark")[0, :: WIDTH // 4]
    expected = np.stack([viridis(level) for level in (255, 128, 0, 0)]).astype(int)
    assert np.abs(pixels - expected).max() <= 2  # half way between two levels
    assert np.array_equal(drawn(glimpse(-7.0 * x, "spectrogram"), theme="dark")[0, :: WIDTH // 4], pixels), "without the sign"


def test_values_that_are_decibels_already_are_drawn_as_they_are():
    x = values(1, 40, 50, low=1e-3)
    level = 20 * torch.log10(x)
    expected = drawn(glimpse(x, "spectrogram"), theme="light").astype(int)
    found = drawn(glimpse(level, "spectrogram"), theme="light", decibels=True)
    assert np.abs(found - expected).max() <= 3
    assert png(glimpse(level, "spectrogram"), theme="light", decibels=True) != png(glimpse(level, "spectrogram"), theme="light")


def test_silence_is_dark_everywhere():
    assert (drawn(glimpse(torch.zeros(1, 129, 60), "spectrogram"), theme="light") == viridis(0)).all()


def test_the_louder_channel_is_seen():
    x = torch.zeros(2, 9, 9)
    x[1, 4, 4] = -1.0
    assert (drawn(glimpse(x, "spectrogram"), theme="light") == viridis(255)).all(-1).any()


def test_the_place_of_a_glimpse_has_the_form_of_a_photograph():
    assert trail.WIDTH / trail.HEIGHT == 1.5
