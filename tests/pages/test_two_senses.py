"""From one sense to the other: which taps a sound gets of a picture's kernel, and back."""

from __future__ import annotations

from urllib.parse import parse_qsl

import numpy as np
import pytest
import torch

from playground import engine
from playground.media import samples
from playground.ops import KERNELS, KernelRef
from playground.ops.kernels import build
from playground.recipe.text import from_text
from playground.ui import two_senses
from playground.ui.address import parse
from playground.ui.state import recipe_of
from playground.ui.two_senses import row_of

from .hearing import listen, tells_the_truth
from .visiting import calm, go, heading, visit
from .visiting import tells_the_truth as picture_tells_the_truth

PICTURE_KERNELS = [name for name, kernel in KERNELS.items() if "image" in kernel.media]


def row(name: str) -> list[float]:
    return row_of(build(KernelRef(name=name))).tolist()


# --- the row of a kernel -------------------------------------------------------------------------


def test_a_sobel_x_is_heard_as_a_difference_from_left_to_right():
    assert row("sobel_x") == pytest.approx([-4, 0, 4])
    assert row("prewitt_x") == pytest.approx([-3, 0, 3])


@pytest.mark.parametrize("name", ["box", "gaussian", "binomial"])
def test_a_blur_is_heard_as_its_row_which_sums_to_1(name):
    kernel = build(KernelRef(name=name))
    found = row_of(kernel)
    torch.testing.assert_close(found, kernel.sum(dim=0))
    assert float(found.sum()) == pytest.approx(1)


@pytest.mark.parametrize("name", ["laplacian_4", "disc", "emboss"])
def test_a_kernel_without_a_row_factor_is_heard_by_its_middle_row(name):
    kernel = build(KernelRef(name=name))
    assert row_of(kernel).equal(kernel[kernel.shape[0] // 2])


@pytest.mark.parametrize("name", ["sobel_y", "prewitt_y", "scharr_y"])
def test_a_kernel_whose_column_sums_to_0_is_heard_by_its_middle_row(name):
    kernel = build(KernelRef(name=name))
    assert row_of(kernel).equal(kernel[1])


@pytest.mark.parametrize("seed", range(5))
def test_on_rows_that_are_all_alike_the_row_gives_what_the_picture_gives(seed):
    random = np.random.default_rng(seed)
    column, taps = random.normal(size=3), random.normal(size=5)
    kernel = torch.from_numpy(np.outer(column, taps))
    np.testing.assert_allclose(row_of(kernel), column.sum() * taps, atol=1e-9)


def test_the_order_and_the_sign_of_a_single_row_are_kept():
    assert row_of(torch.tensor([[3.0, -1.0, 2.0]])).tolist() == [3, -1, 2]
    assert row_of(-torch.ones(3, 3)).tolist() == pytest.approx([-3, -3, -3])


def test_of_a_kernel_that_mixes_channels_the_first_pair_is_heard():
    kernel = torch.arange(2 * 3 * 1 * 3.0).reshape(2, 3, 1, 3)
    assert row_of(kernel).tolist() == [0, 1, 2]


# --- doors ---------------------------------------------------------------------------------------


def doors_from_sound(recipe: str) -> list[dict[str, str]]:
    state = parse({"recipe": recipe, "source": "impulse"}, "audio")
    medium = samples.sound("impulse")
    found = two_senses.doors_to_picture(state, engine.run(recipe_of(state, channels=1), medium))
    assert all(page == "pages/image.py" for page, *_ in found)
    return [params for *_, params in found]


def door_from_picture(recipe: str) -> list[dict[str, str]]:
    state = parse({"recipe": recipe, "source": "counting"}, "image")
    result = engine.run(recipe_of(state, channels=1), samples.picture("counting"))
    return [params for *_, params in two_senses.door_to_sound(state, result)]


def kernel_of(params: dict[str, str], kind: str) -> torch.Tensor:
    """The kernel that a door brings, after running its recipe there."""
    medium = samples.picture("counting") if kind == "image" else samples.sound("impulse")
    result = engine.run(from_text(params["recipe"], kind), medium)
    assert result.output.shape[1:] == medium.values.shape[1:]
    return result.convolution.kernel


@pytest.mark.parametrize("name", PICTURE_KERNELS)
def test_the_door_of_every_picture_kernel_runs_on_a_sound(name):
    kernel = build(KernelRef(name=name))
    found = door_from_picture(name.replace("_", "-"))
    assert len(found) == bool(row_of(kernel).any())
    for params in found:
        torch.testing.assert_close(kernel_of(params, "audio"), row_of(kernel), rtol=1e-8, atol=1e-12)


@pytest.mark.parametrize("recipe, outer", [
    ("conv1d.kernel_3_-1_0_1", True), ("moving-average.size_64", True), ("moving-average.size_65", False),
    ("low-pass", False), ("pre-emphasis", True), ("difference.order_3", True),
])  # fmt: skip
def test_a_sound_kernel_is_seen_along_rows_and_up_to_64_taps_as_an_outer_product(recipe, outer):
    taps = engine.run(from_text(recipe, "audio"), samples.sound("impulse")).convolution.kernel
    found = doors_from_sound(recipe)
    assert len(found) == 1 + outer
    torch.testing.assert_close(kernel_of(found[0], "image"), taps[None], rtol=1e-8, atol=1e-12)
    if outer:
        torch.testing.assert_close(
            kernel_of(found[1], "image"), torch.outer(taps, taps), rtol=1e-8, atol=1e-12
        )


@pytest.mark.parametrize("recipe", ["echo", "reverb.seconds_0.1", "moving-average.size_2047~echo.delay_93",
                                    "conv1d.kernel_2_0_0.padding_same"])  # fmt: skip
def test_a_kernel_of_more_than_4096_numbers_or_of_zeros_has_no_door(recipe):
    assert doors_from_sound(recipe) == []


def test_without_a_result_there_is_no_door():
    state = parse({}, "audio")
    assert two_senses.doors_to_picture(state, None) == two_senses.door_to_sound(parse({}), None) == []


@pytest.mark.parametrize("flip", ["yes", "no"])
def test_a_kernel_that_was_flipped_is_flipped_on_the_other_page_too(flip):
    params = doors_from_sound(f"comb.delay_1.repeats_1.flip-kernel_{flip}")[0]
    step = from_text(params["recipe"], "image").steps[-1]
    assert step.get("flip_kernel", False) == (flip == "yes")
    params = door_from_picture(f"grey~sobel-x.flip-kernel_{flip}")[0]
    assert from_text(params["recipe"], "audio").steps[-1].get("flip_kernel", False) == (flip == "yes")


# --- by way of the pages -------------------------------------------------------------------------


def doors(at) -> dict[str, tuple[str, dict[str, str]]]:
    return {each.proto.label: (each.proto.page, dict(parse_qsl(each.proto.query_string)))
            for each in at.get("page_link")}  # fmt: skip


def test_one_goes_from_the_picture_to_the_sound_and_back():
    at = calm(visit(source="counting"))
    page, params = doors(at)["Hear this kernel"]
    assert page == "audio"
    go(at, "pages/audio.py", **params)
    assert heading(at) == "Your own kernel answers where values differ"
    assert tells_the_truth(at).convolution.kernel.tolist() == pytest.approx([-4, 0, 4])
    page, params = doors(at)["as outer product"]
    assert page == "image"
    go(at, "pages/image.py", **params)
    expected = torch.outer(*[torch.tensor([-4.0, 0, 4], dtype=torch.float64)] * 2)
    torch.testing.assert_close(picture_tells_the_truth(calm(at)).convolution.kernel, expected)


def test_an_echo_of_the_first_sight_is_too_long_for_a_picture_and_has_no_door():
    at = listen()
    assert not [label for label in doors(at) if "picture" in label or "outer" in label]
