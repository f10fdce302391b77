"""A chain of four steps, built by hand with a pointer, opens the same in another browser on another server."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image as Pillow
from playwright.sync_api import Page

from .conftest import DESK, PHONE, expect_heading, serving, settled
from .test_picture_page import download, pick, press


def pixels(page: Page) -> np.ndarray:
    """The output as it is downloaded."""
    return np.asarray(Pillow.open(io.BytesIO(download(page, "PNG: the pixels as shown"))))


def press_button(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()
    settled(page)


def build(page: Page) -> None:
    """Blur, Sobel, without the sign, pooling."""
    press(page, "Blur")
    expect_heading(page, "Gaussian blurs: fine detail fades")
    press_button(page, "Add a step")
    expect_heading(page, "The identity changes nothing")
    press(page, "Edges")
    expect_heading(page, "Sobel x finds vertical edges")
    press_button(page, "Add a step")
    expect_heading(page, "The identity changes nothing")
    press(page, "Other steps")
    expect_heading(page, "Pooling: one number for each window")
    pick(page, "Which step", "Without the sign (absolute)")
    expect_heading(page, "Only how far from zero: the sign is dropped")
    press_button(page, "Add a step")
    expect_heading(page, "The identity changes nothing")
    press(page, "Other steps")
    expect_heading(page, "Only how far from zero: the sign is dropped")  # as it was chosen last
    pick(page, "Which step", "Pooling")
    expect_heading(page, "Pooling: one number for each window")


def test_four_steps_by_hand_open_the_same_on_another_server(server, visit):
    page = visit(f"{server}/image")
    build(page)
    link = page.url
    assert "recipe=gaussian.sigma_3~grey~sobel-x~absolute~pool2d" in link
    here = pixels(page)
    assert here.shape[:2] == (150, 225)
    with serving() as fresh:
        elsewhere = visit(f"{fresh}{link.removeprefix(server)}")
        assert elsewhere.locator("h1").inner_text() == page.locator("h1").inner_text()
        assert np.array_equal(pixels(elsewhere), here)


def test_steps_are_chosen_moved_and_switched_off_by_keyboard_on_a_phone(server, visit):
    page = visit(f"{server}/image?recipe=gaussian.sigma_3~grey~sobel-x~pool2d", viewport=PHONE)
    steps = page.get_by_role("radiogroup", name="Steps, first to last")
    steps.get_by_role("radio").nth(2).wait_for()
    assert steps.get_by_role("radio").count() == 3
    steps.get_by_role("radio").nth(2).focus()
    page.keyboard.press("ArrowUp")
    expect_heading(page, "Sobel x finds vertical edges")
    assert "edit=3" in page.url
    page.get_by_role("button", name="Earlier").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**recipe=grey~sobel-x~gaussian.sigma_3~pool2d**")
    press_button(page, "Switch off")
    page.wait_for_url("**off=1_2**")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_recipe_is_typed_and_a_setting_that_cannot_be_is_mended_by_a_click(server, visit):
    page = visit(f"{server}/image?source=counting")
    page.get_by_text("Recipe as text").click()
    line = page.get_by_role("textbox", name="Recipe: type or paste")
    line.fill("box(size=3) | gaussian(size=11, padding=0)")
    line.press("Enter")
    complaint = page.get_by_role("alert").first
    complaint.wait_for()
    assert complaint.inner_text().split("\n")[-1] == "Kernel spans 11 samples but the padded input has 8; add padding or shrink the kernel"
    assert page.get_by_text("PyTorch would say:").count() == 1
    page.locator('[class*="st-key-image_advice_"] button').first.click()
    page.wait_for_url("**recipe=box~gaussian**")
    settled(page)
    assert page.get_by_role("alert").count() == 0


PRESS_AT_ONCE = """() => { new MutationObserver((_, watching) => {
  const button = document.querySelector('[class*="st-key-image_advice_"] button');
  if (button) { watching.disconnect(); button.click(); } }).observe(document.body, { childList: true, subtree: true }); }"""


def test_a_click_while_the_page_is_still_drawn_changes_nothing_else(server, visit):
    page = visit(f"{server}/image?source=counting")
    page.get_by_text("Recipe as text").click()
    line = page.get_by_role("textbox", name="Recipe: type or paste")
    line.fill("box(size=3) | gaussian(size=11, padding=0)")
    page.evaluate(PRESS_AT_ONCE)  # the controls of the kernel that was left are still there
    line.press("Enter")
    page.wait_for_url("**recipe=box~gaussian.padding_2.size_11")
    settled(page)
    assert page.url.endswith("recipe=box~gaussian.padding_2.size_11")


@pytest.mark.parametrize(
    "address",
    [
        "image?recipe=gabor~conv2d.kernel_3x3_0_0_0_0_1_0_0_0_0",
        "audio?recipe=echo~gaussian",
        "spectrogram?recipe=stft~box~gaussian~sobel-x~istft",
    ],
)
def test_the_list_of_steps_lies_on_the_first_screen_of_a_laptop(server, visit, address):
    page = visit(f"{server}/{address}")
    box = page.get_by_role("radiogroup", name="Steps, first to last").bounding_box()
    assert box["y"] + box["height"] <= DESK["height"], box
