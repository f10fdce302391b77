"""Which bytes does a value become, and what is said of the values that no byte can show?"""

from __future__ import annotations

import itertools
import time
import warnings

import cv2
import numpy as np
import pytest
import torch

from playground import ops
from playground.media.samples import picture
from playground.view.pixels import (
    NARROWEST,
    NEGATIVE,
    PAPER,
    POSITIVE,
    SIGNED_MODES,
    WIDEST,
    choose_mode,
    preview,
    show,
    thumbnail,
    with_alpha,
)

THEMES = ("light", "dark")


def row(*values: float) -> torch.Tensor:
    return torch.tensor([[values]], dtype=torch.float32)


def decoded(data: bytes) -> np.ndarray:
    """The pixels of an encoded picture, red first."""
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels.ndim == 2:
        return pixels
    return cv2.cvtColor(pixels, cv2.COLOR_BGRA2RGBA if pixels.shape[2] == 4 else cv2.COLOR_BGR2RGB)


@pytest.fixture(autouse=True)
def no_warnings():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


# --- five answers for values that a screen cannot show -------------------------------------------

VALUES = row(-2, -1, -0.5, 0, 0.25, 0.5, 1, 1.5, 2)
BYTES = {
    "clamp": [0, 0, 0, 0, 64, 128, 255, 255, 255],
    "absolute": [255, 255, 128, 0, 64, 128, 255, 255, 255],
    "offset": [0, 0, 64, 128, 159, 191, 255, 255, 255],
    "stretch": [0, 64, 96, 128, 143, 159, 191, 223, 255],
    "two_colours": [
        (0, 114, 178), (127, 184, 216), (191, 220, 236), (255, 255, 255), (250, 235, 223), (244, 215, 191),
        (234, 174, 127), (224, 134, 64), (213, 94, 0),
    ],
}  # fmt: skip
ENDS = {"clamp": (0, 1), "absolute": (0, 1), "offset": (-1, 1), "stretch": (-2, 2), "two_colours": (-2, 2)}
BEYOND = {"clamp": 5 / 9, "absolute": 3 / 9, "offset": 3 / 9, "stretch": 0, "two_colours": 0}


def test_every_mode_is_here():
    assert set(BYTES) == set(SIGNED_MODES)


@pytest.mark.parametrize("mode", ["clamp", "absolute", "offset", "two_colours"])
def test_a_value_far_beyond_the_scale_is_at_its_end(mode):
    """Beyond what 32 bits hold after times 255, where the largest is known and where it is not."""
    values = torch.cat([torch.full((1, 1, 999), 0.5), row(1e9, -1e9, 3e38, -3e38)], dim=-1)
    high, low = {"two_colours": ((213, 94, 0), (0, 114, 178)), "absolute": (255, 255)}.get(mode, (255, 0))
    for span in [None, (-3e38, 3e38)]:
        found = show(values, mode=mode, scale=1.0, span=span).pixels[0, -4:].tolist()
        assert [tuple(f) if isinstance(f, list) else f for f in found] == [high, low, high, low]


@pytest.mark.parametrize("mode", SIGNED_MODES)
def test_every_value_becomes_this_byte(mode):
    shown = show(VALUES, mode=mode, scale=2.0)
    assert shown.pixels.dtype == np.uint8
    assert shown.pixels[0].tolist() == [list(b) if isinstance(b, tuple) else b for b in BYTES[mode]]
    assert (shown.low, shown.high) == ENDS[mode]
    assert shown.outside == pytest.approx(5 / 9), "what lies outside 0 to 1 does not depend on the mode"
    assert shown.beyond == pytest.approx(BEYOND[mode])
    assert shown.mode == mode and shown.flat is None


@pytest.mark.parametrize("theme", THEMES)
def test_two_colours_go_from_the_paper_to_orange_and_blue(theme):
    shown = show(row(-3, 0, 3), mode="two_colours", scale=3.0, theme=theme)
    assert [tuple(pixel) for pixel in shown.pixels[0].tolist()] == [
        NEGATIVE[theme],
        PAPER[theme],
        POSITIVE[theme],
    ]


@pytest.mark.parametrize("theme", THEMES)
def test_the_colours_are_those_of_the_page(theme):
    expected = {"light": ("ffffff", "d55e00", "0072b2"), "dark": ("0e1116", "ff9f40", "4dabf7")}[theme]
    assert tuple(bytes(palette[theme]).hex() for palette in (PAPER, POSITIVE, NEGATIVE)) == expected


@pytest.mark.parametrize("theme", THEMES)
def test_opposite_values_are_equally_far_from_the_paper_and_every_step_leads_away_from_it(theme):
    shown = show(torch.linspace(-1, 1, 511)[None, None], mode="two_colours", scale=1.0, theme=theme)
    away = np.abs(shown.pixels[0].astype(int) - PAPER[theme])
    assert not away[255].any(), "zero is the paper"
    whole = {
        1: np.abs(np.subtract(POSITIVE[theme], PAPER[theme])),
        -1: np.abs(np.subtract(NEGATIVE[theme], PAPER[theme])),
    }
    for sign in (1, -1):
        half = away[255::sign]
        assert (np.diff(half, axis=0) >= 0).all()
        steps = (
            np.minimum(np.arange(256) / (0.98 * 255), 1)[:, None] * whole[sign]
        )  # its end is the percentile
        assert np.abs(half - steps).max() <= 1.5


def test_the_scale_of_two_colours_ends_at_the_98th_percentile_and_says_what_is_beyond():
    values = torch.arange(1000.0)[torch.randperm(1000, generator=torch.Generator().manual_seed(0))].reshape(
        1, 20, 50
    )
    signs = torch.where(torch.arange(1000).reshape(1, 20, 50) % 2 == 0, 1.0, -1.0)
    shown = show(values * signs, mode="two_colours", scale=1000.0)
    assert shown.high == -shown.low == pytest.approx(0.98 * 999)
    assert shown.beyond == pytest.approx(0.02)
    assert shown.outside == pytest.approx(float(((values * signs > 1) | (values * signs < 0)).float().mean()))


def test_a_large_picture_s_percentile_is_that_of_an_even_sample():
    values = torch.linspace(-1, 1, 4_000_000).reshape(1, 2000, 2000)
    started = time.perf_counter()
    shown = show(values, mode="two_colours", scale=1.0)
    assert shown.high == pytest.approx(0.98, abs=1e-4)
    assert shown.beyond == pytest.approx(0.02, abs=1e-4)
    assert time.perf_counter() - started < 5


def test_a_picture_that_is_nearly_everywhere_0_is_scaled_to_its_largest_value():
    values = torch.zeros(1, 100, 100)
    values[0, 50, 50], values[0, 2, 2] = 4.0, -1.0
    shown = show(values, mode="two_colours", scale=4.0)
    assert (shown.low, shown.high, shown.beyond) == (-4.0, 4.0, 0)
    assert tuple(shown.pixels[50, 50]) == POSITIVE["light"]
    assert tuple(shown.pixels[0, 0]) == PAPER["light"]


def test_rounding_is_not_stretched_into_a_picture_where_most_of_it_is_flat():
    """One edge in 128 columns: 99 percent of the values are what float32 made of 0."""
    y = ops.conv2d(
        picture("step").values, ops.kernels.directional_edge(angle=30), padding="same", padding_mode="reflect"
    )
    assert 0 < float(y[0, :, 100].abs().max()) < 1e-6, "rounding, not 0"
    shown = show(y, mode="two_colours", scale=1.0)
    assert shown.high == pytest.approx(0.866, abs=1e-3)
    assert {tuple(p) for p in shown.pixels[:, 100].tolist()} == {PAPER["light"]}


# --- shares, tolerance, flat pictures ------------------------------------------------------------


def test_the_shares_count_values():
    shown = show(row(-0.1, 0.5, 1.1, 0.2), mode="clamp", scale=1.1)
    assert shown.outside == shown.beyond == 0.5
    assert show(row(-0.1, 0.5, 1.1, 0.2), mode="absolute", scale=1.1).beyond == 0.25
    assert show(row(-1.1, 0.5, 1.1, 0.2), mode="offset", scale=1.1).beyond == 0.5
    assert show(row(0.0, 1.0), mode="clamp", scale=1.0).outside == 0


@pytest.mark.parametrize("scale", [1.0, 8.0])
def test_what_rounding_puts_outside_is_not_counted(scale):
    near, far = 0.5e-5 * scale, 2e-5 * scale
    assert show(row(-near, 0.5, 1 + near), mode="clamp", scale=scale).outside == 0
    assert show(row(-far, 0.5, 0.5, 1 + far), mode="clamp", scale=scale).outside == 0.5
    assert show(row(0, 1 + near), mode="absolute", scale=scale).beyond == 0
    assert show(row(0, -1 - near), mode="offset", scale=scale).beyond == 0
    assert show(row(0, -1 - far), mode="offset", scale=scale).beyond == 0.5


FLAT_BYTES = {"clamp": 64, "absolute": 64, "offset": 159, "stretch": 128, "two_colours": POSITIVE["light"]}


@pytest.mark.parametrize("mode", SIGNED_MODES)
def test_a_flat_picture_is_one_colour_and_says_its_value(mode):
    for rounding in (0.0, 4e-6):
        values = torch.full((1, 8, 8), 0.25)
        values[0, 3, 3] += rounding
        shown = show(values, mode=mode, scale=1.0)
        assert shown.flat == pytest.approx(0.25, abs=1e-6)
        assert np.unique(shown.pixels.reshape(64, -1), axis=0).tolist() == [
            list(np.atleast_1d(FLAT_BYTES[mode]))
        ]


@pytest.mark.parametrize("mode", SIGNED_MODES)
def test_what_is_0_but_for_rounding_is_shown_and_said_as_0(mode):
    noise = torch.rand(1, 8, 8, generator=torch.Generator().manual_seed(1)) * 1e-7 - 5e-8
    shown, zero = show(noise, mode=mode, scale=1.0), show(torch.zeros(1, 8, 8), mode=mode, scale=1.0)
    assert shown.flat == zero.flat == 0
    assert np.array_equal(shown.pixels, zero.pixels)
    assert shown.outside == shown.beyond == 0
    expected = {"offset": 128, "stretch": 128, "two_colours": list(PAPER["light"])}.get(mode, 0)
    assert zero.pixels[0, 0].tolist() == expected


def test_a_difference_just_above_rounding_is_a_picture():
    values = torch.full((1, 8, 8), 0.25)
    values[0, 3, 3] += 3e-5
    shown = show(values, mode="stretch", scale=1.0)
    assert shown.flat is None
    assert shown.pixels[3, 3] == 255 and shown.pixels[0, 0] == 0


@pytest.mark.parametrize("mode", SIGNED_MODES)
def test_a_single_pixel_is_a_picture_and_its_rounding_is_not(mode):
    assert show(row(0.25), mode=mode, scale=1.0).flat is None
    noise, zero = show(row(1e-8), mode=mode, scale=1.0), show(row(0.0), mode=mode, scale=1.0)
    assert np.array_equal(noise.pixels, zero.pixels)


def test_a_colour_that_is_everywhere_the_same_is_a_colour_and_not_grey():
    values = torch.tensor([1.0, 0.5, 0.0])[:, None, None].expand(3, 4, 4)
    shown = show(values, mode="clamp", scale=1.0)
    assert shown.flat is None and shown.pixels[2, 2].tolist() == [255, 128, 0]


def test_the_values_are_not_touched():
    for mode in SIGNED_MODES:
        values = VALUES.clone()
        show(values, mode=mode, scale=2.0)
        assert torch.equal(values, VALUES)


# --- channels ------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 3)], ids=str)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
@pytest.mark.parametrize("mode", SIGNED_MODES)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_any_number_of_channels_can_be_shown(channels, mode, size, dtype):
    values = torch.randn(channels, *size, generator=torch.Generator().manual_seed(2), dtype=dtype)
    mode = choose_mode(mode, channels=channels, signed=True)
    shown = show(values, mode=mode, scale=3.0)
    coloured = channels > 1 or mode == "two_colours"
    assert shown.pixels.shape == (*size, 3) if coloured else size
    assert shown.pixels.dtype == np.uint8
    assert decoded(preview(shown.pixels).data).size
    assert decoded(thumbnail(shown.pixels, 8)).shape[:2] == (8, 8)
    alpha = torch.ones(*size)
    assert decoded(preview(with_alpha(shown.pixels, alpha)).data).shape[2] == 4


def test_two_channels_are_red_and_green():
    values = torch.tensor([1.0, 0.5])[:, None, None].expand(2, 4, 4) * torch.linspace(0, 1, 4)
    shown = show(values, mode="clamp", scale=1.0)
    assert shown.pixels[0].tolist() == [[0, 0, 0], [85, 42, 0], [170, 85, 0], [255, 128, 0]]
    offset = show(values, mode="offset", scale=1.0)
    assert (offset.pixels[..., 2] == 0).all(), "the third colour is none of the picture's, in any mode"


def test_of_four_channels_the_first_three_are_shown():
    values = torch.rand(4, 5, 6, generator=torch.Generator().manual_seed(3))
    expected = show(values[:3], mode="clamp", scale=1.0).pixels
    assert np.array_equal(show(values, mode="clamp", scale=1.0).pixels, expected)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_automatic_is_two_colours_for_what_has_both_signs_and_clamped_for_the_rest(channels):
    signed = "two_colours" if channels == 1 else "offset"
    assert choose_mode("automatic", channels=channels, signed=True) == signed
    assert choose_mode("automatic", channels=channels, signed=False) == "clamp"
    for mode in SIGNED_MODES:
        for answer in (True, False):
            chosen = choose_mode(mode, channels=channels, signed=answer)
            assert chosen == (signed if mode == "two_colours" else mode), "what was chosen is kept"


# --- previews ------------------------------------------------------------------------------------


def noise(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


@pytest.mark.parametrize(
    "shape", [(1, 1), (8, 8), (65, 65), (200, 300), (100, 100, 3), (7, 11, 3), (64, 64, 4)], ids=str
)
def test_a_small_picture_is_enlarged_pixel_by_pixel_and_exact(shape):
    pixels = noise(*shape)
    made = preview(pixels)
    times = int(made.factor)
    assert made.format == "PNG" and made.factor == times
    assert NARROWEST <= times * max(shape[:2]) < 2 * NARROWEST + max(shape[:2])
    assert np.array_equal(decoded(made.data), pixels.repeat(times, 0).repeat(times, 1))


def test_the_cat_is_doubled():
    made = preview(show(picture("cat").values, mode="clamp", scale=1.0).pixels)
    assert made.factor == 2.0 and made.format == "JPEG"
    assert decoded(made.data).shape == (600, 902, 3)


@pytest.mark.parametrize("shape", [(460, 460), (300, 460), (460, 300, 3), (600, 600), (632, 632)], ids=str)
def test_a_picture_of_a_screen_s_size_is_left_as_it_is(shape):
    pixels = noise(*shape)
    made = preview(pixels)
    assert (made.format, made.factor) == ("PNG", 1.0)
    assert np.array_equal(decoded(made.data), pixels)


def test_a_large_opaque_picture_is_a_jpeg_that_no_eye_tells_apart():
    ramp = np.add.outer(np.arange(1000), np.arange(1000)) // 8 % 256
    made = preview(ramp.astype(np.uint8))
    assert (made.format, made.factor) == ("JPEG", 1.0)
    far = np.abs(decoded(made.data).astype(int) - ramp)
    assert np.percentile(far, 99) <= 8 and far.mean() < 2


def test_transparency_is_exact_at_every_size():
    blocks = noise(500, 500, 4).repeat(4, 0).repeat(4, 1)
    made = preview(blocks)
    assert made.format == "PNG" and made.factor == WIDEST / 2000
    assert decoded(made.data).shape == (1100, 1100, 4)
    pixels = noise(1100, 1000, 4)
    assert np.array_equal(decoded(preview(pixels).data), pixels)


def test_a_large_picture_is_reduced_by_area():
    blocks = noise(300, 1100, 4).repeat(2, 0).repeat(2, 1)
    made = preview(blocks)
    assert made.factor == 0.5
    assert np.array_equal(decoded(made.data), blocks[::2, ::2]), "the mean of four equal pixels is that pixel"
    checks = (np.indices((600, 2200)).sum(0) % 2 * 255).astype(np.uint8)
    made = preview(np.dstack([checks] * 3 + [np.full_like(checks, 255)]))
    assert set(np.unique(decoded(made.data)[..., :3]).tolist()) <= {127, 128}, "and not every second pixel"


STRIPS = [
    (1, 20_000),
    (20_000, 1),
    (1, 500),
    (500, 1),
    (2, 3000, 3),
    (3000, 2, 4),
    (1, 1_000_000),
    (1, 2),
    (3, 1),
]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("shape", STRIPS, ids=str)
def test_a_strip_stands_on_paper_and_the_page_stays_short(shape, theme):
    made = preview(np.full(shape, 200, np.uint8), theme=theme)
    pixels = decoded(made.data)
    height, width = pixels.shape[:2]
    assert max(height, width) <= WIDEST
    assert height <= 2 * width + 1 and width <= 4 * height + 4
    assert abs(int(pixels[0, 0].max()) - 200) <= 2, "the strip begins at the top left"
    if shape[0] > 2 * shape[1] or shape[1] > 4 * shape[0]:
        paper = (*PAPER[theme], 0) if pixels.shape[2] == 4 else PAPER[theme]
        assert np.abs(pixels[-1, -1].astype(int) - paper).max() <= 2


@pytest.mark.parametrize("theme", THEMES)
def test_two_pictures_on_one_frame_keep_their_true_scale(theme):
    large, small = noise(200, 300), noise(100, 150, seed=1)
    frame = (200, 300)
    first, second = preview(large, theme=theme, frame=frame), preview(small, theme=theme, frame=frame)
    assert first.factor == second.factor == 2.0
    pixels = decoded(second.data)
    assert pixels.shape == (400, 600, 3)
    assert np.array_equal(pixels[:200, :300, 0], small.repeat(2, 0).repeat(2, 1))
    assert (pixels[200:] == PAPER[theme]).all() and (pixels[:, 300:] == PAPER[theme]).all()
    assert np.array_equal(decoded(first.data), large.repeat(2, 0).repeat(2, 1)), "a full frame has no paper"


def test_a_frame_smaller_than_the_picture_cuts_nothing():
    pixels = noise(200, 300)
    assert np.array_equal(
        decoded(preview(pixels, frame=(10, 400)).data)[:400, :600, 0], pixels.repeat(2, 0).repeat(2, 1)
    )


def test_a_transparent_picture_s_frame_is_transparent():
    pixels = decoded(preview(noise(100, 100, 4), theme="dark", frame=(100, 200)).data)
    assert (pixels[:, 300:] == (*PAPER["dark"], 0)).all()


def test_a_frame_of_a_tall_and_a_wide_picture_is_never_made_in_full_size():
    """A link can ask for it: stride (1/16, 16), three times over, beside its input."""
    started = time.perf_counter()
    made = preview(np.full((1_000_000, 1), 200, np.uint8), frame=(1_000_000, 1_000_000))  # 3 TB as a sheet
    assert decoded(made.data).shape == (WIDEST, WIDEST, 3)
    assert made.factor == WIDEST / 1_000_000
    assert time.perf_counter() - started < 2


def test_both_pictures_of_a_large_frame_are_reduced_alike():
    frame = (1000, 2200)
    wide, tall = preview(noise(300, 2200), frame=frame), preview(noise(1000, 600), frame=frame)
    assert wide.factor == tall.factor == 0.5
    assert decoded(wide.data).shape == decoded(tall.data).shape == (500, 1100, 3)


# --- transparency, thumbnails --------------------------------------------------------------------


def test_transparency_is_put_back_beside_the_colours():
    grey, colour = noise(2, 3), noise(2, 3, 3)
    alpha = torch.tensor([[0.0, 0.5, 1.0], [0.25, -1.0, 2.0]])
    expected = [[0, 128, 255], [64, 0, 255]]
    for pixels in (grey, colour):
        whole = with_alpha(pixels, alpha)
        assert whole.shape == (2, 3, 4) and whole.dtype == np.uint8
        assert whole[..., 3].tolist() == expected
        assert np.array_equal(whole[..., :3], pixels if pixels.ndim == 3 else np.dstack([grey] * 3))
        assert with_alpha(pixels, None) is pixels


@pytest.mark.parametrize("shape", [(4, 8), (8, 4), (4, 8, 3), (4, 8, 4), (1, 1), (9, 2)], ids=str)
def test_a_small_thumbnail_is_the_middle_pixel_by_pixel(shape):
    pixels = noise(*shape)
    short = min(shape[:2])
    side = 4 * short
    top, left = (shape[0] - short) // 2, (shape[1] - short) // 2
    middle = pixels[top : top + short, left : left + short]
    assert np.array_equal(decoded(thumbnail(pixels, side)), middle.repeat(4, 0).repeat(4, 1))


def test_a_large_thumbnail_is_reduced_by_area():
    blocks = noise(16, 24, 3).repeat(4, 0).repeat(4, 1)
    assert np.array_equal(decoded(thumbnail(blocks, 16)), blocks[::4, 16:80:4])


def test_every_mode_and_theme_can_be_previewed_of_every_sample_of_signs():
    values = ops.conv2d(picture("counting").values, ops.kernels.sobel_x(), padding="same")
    for mode, theme in itertools.product(SIGNED_MODES, THEMES):
        shown = show(values, mode=mode, scale=8.0, theme=theme)
        made = preview(shown.pixels, theme=theme)
        times = int(made.factor)
        assert np.array_equal(decoded(made.data), shown.pixels.repeat(times, 0).repeat(times, 1))


def test_a_preview_reduced_in_two_goes_is_that_of_one_and_keeps_the_border():
    """3000 x 4000 share a factor of 2: the last row and column are still there."""
    pixels = np.full((3000, 4000, 3), 40, np.uint8)
    pixels[:, :2000:7] = 200
    pixels[-4:] = pixels[:, -4:] = 255
    found = decoded(preview(pixels).data).astype(int)
    expected = cv2.resize(pixels, (1100, 825), interpolation=cv2.INTER_AREA)
    coded = cv2.imdecode(cv2.imencode(".jpg", expected, [cv2.IMWRITE_JPEG_QUALITY, 93])[1], cv2.IMREAD_COLOR).astype(int)
    assert found.shape == coded.shape == (825, 1100, 3)
    assert np.abs(found.mean() - coded.mean()) < 0.5
    assert found[-1].mean() > 220 and found[:, -1].mean() > 220
