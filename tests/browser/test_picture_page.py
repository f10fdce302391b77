"""The picture page as a visitor meets it: a real upload, real downloads, links, Back, a phone."""

from __future__ import annotations

import io
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import numpy as np
import pytest
import torch
from PIL import Image as Pillow

from playground import ops
from playground.ops import kernels
from playground.view import pixels

from .conftest import DESK, PHONE, expect_heading, heading, serving, settled, unfold

RNG = np.random.default_rng(20)
COLOURS = RNG.integers(0, 256, (70, 90, 3), dtype=np.uint8)


def png(tmp_path: Path, array: np.ndarray = COLOURS, name: str = "mine.png") -> Path:
    path = tmp_path / name
    Pillow.fromarray(array).save(path)
    return path


def upload(page, path: Path) -> None:
    page.get_by_role("button", name="Use mine").click()
    page.locator('[class*="_upload"] input[type="file"]').set_input_files(str(path))


def expect_in_sight(page, found) -> None:
    """Nothing lies over it and nothing cuts it, on a screen and on a phone."""
    for viewport in (DESK, PHONE):
        page.set_viewport_size(viewport)
        page.wait_for_timeout(500)
        assert found.evaluate(
            """e => { const { x, y, width, height } = e.getBoundingClientRect();
              return [y + 3, y + height / 2, y + height - 3].every(at => e.contains(document.elementFromPoint(x + width / 2, at))); }"""
        ), viewport


def download(page, label: str) -> bytes:
    page.get_by_role("button", name="Save and share").click()
    settled(page)  # the link is written anew when it opens
    button = page.locator('[data-testid="stDownloadButton"]').filter(has_text=label)
    refused = button.get_by_test_id("stDownloadButtonError")
    saved = []

    def keep(download) -> None:
        saved.append(download)

    page.on("download", keep)
    button.get_by_role("button").click()
    for _ in range(300):
        if saved:
            break
        if refused.count():  # pressed while the popover was written anew: Streamlit says so, and a visitor presses again
            settled(page)
            button.get_by_role("button").click()
        page.wait_for_timeout(100)
    page.remove_listener("download", keep)
    assert len(saved) == 1, f"{label}: {len(saved)} files came in 30 seconds"
    data = Path(saved[0].path()).read_bytes()
    page.keyboard.press("Escape")
    return data


def query(page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


def facts(page) -> str:
    return page.locator('.cp-facts[role="status"]').first.inner_text()


def press(page, name: str) -> None:
    """Press a pill or a segment by its words."""
    page.get_by_role("radio", name=name, exact=True).click()


def pick(page, label: str, option: str) -> None:
    """Choose an option of a select box by the words that a visitor reads."""
    page.get_by_role("combobox", name=label).click()
    page.get_by_role("option", name=option, exact=True).click()


def test_an_uploaded_picture_leaves_as_the_values_and_pixels_that_ops_computes(server, visit, tmp_path):
    page = visit(f"{server}/image")
    upload(page, png(tmp_path))
    page.wait_for_function("document.body.innerText.includes('70 × 90 → 70 × 90')")
    page.keyboard.press("Escape")
    x = torch.from_numpy(np.moveaxis(COLOURS, -1, 0).astype(np.float32) / 255)
    y = ops.conv2d(ops.grey(x), kernels.sobel_x(), padding="same", padding_mode="reflect")
    found = np.load(io.BytesIO(download(page, "NPY: the values, nothing clipped")))
    assert close(found, y)
    scale = 8 * float(ops.grey(x).max())
    shown = pixels.show(torch.from_numpy(found), mode="two_colours", scale=scale, theme="light").pixels
    data = download(page, "PNG: the pixels as shown, 70 × 90")
    assert np.array_equal(np.asarray(Pillow.open(io.BytesIO(data))), shown)
    # A blur needs no mapping at all: the PNG holds 255 times the values.
    press(page, "Blur")
    expect_heading(page, "Gaussian blurs: fine detail fades")
    y = ops.conv2d(x, kernels.gaussian(sigma=3), padding="same", padding_mode="reflect")
    found = np.load(io.BytesIO(download(page, "NPY: the values, nothing clipped")))
    assert close(found, y)
    data = download(page, "PNG: the pixels as shown, 70 × 90")
    expected = np.round(np.moveaxis(found, 0, -1) * 255).astype(np.uint8)
    assert np.array_equal(np.asarray(Pillow.open(io.BytesIO(data))), expected)


def close(found: np.ndarray, expected: torch.Tensor) -> bool:
    """Whether they differ by rounding alone: a server that has just begun computes without the engine's own loops."""
    return found.shape == tuple(expected.shape) and float(np.abs(found - expected.numpy()).max()) < 2e-6


def test_a_deep_link_may_be_the_first_request_to_a_new_server(visit):
    finding = "Sobel y finds horizontal edges"
    with serving() as new:
        page = visit(f"{new}/image?source=bricks&recipe=grey~sobel-y")
        expect_heading(page, finding)
        menu = page.locator('[data-testid="stTopNavLink"], [data-testid="stTopNavLinkContainer"] a')
        words = page.locator("header").inner_text()
        assert "Home" in words and "Picture" in words, words
        assert menu.count() == 0 or menu.count() >= 2
        assert page.locator('[data-testid="stSidebar"]').count() == 0 or not page.locator(
            '[data-testid="stSidebar"]'
        ).is_visible()
        assert page.title() == f"{finding} · Convolution playground"
        stage = page.locator(".st-key-stage").bounding_box()
        beside = page.locator(".st-key-inspector").bounding_box()
        assert beside["x"] > stage["x"] + stage["width"] > 600
        assert page.locator('[role="dialog"]').count() == 0
        assert query(page) == {"source": "bricks", "recipe": "grey~sobel-y"}


def test_change_back_forward_and_reload_hold(server, visit):
    page = visit(f"{server}/image")
    assert query(page) == {}
    press(page, "Sharpen")
    expect_heading(page, "Sharpen: edges stand out")
    assert query(page) == {"recipe": "sharpen"}
    press(page, "2")
    page.wait_for_function("document.body.innerText.includes('300 × 451 → 150 × 226')")
    settled(page)  # the address is written when the page is drawn
    assert query(page) == {"recipe": "sharpen.stride_2"}
    page.go_back()
    page.wait_for_function("document.body.innerText.includes('300 × 451 → 300 × 451')")
    expect_heading(page, "Sharpen: edges stand out")
    page.go_back()
    expect_heading(page, "Sobel x finds vertical edges")
    page.go_forward()
    expect_heading(page, "Sharpen: edges stand out")
    page.go_forward()
    page.wait_for_function("document.body.innerText.includes('300 × 451 → 150 × 226')")
    page.reload()
    settled(page)
    page.wait_for_function("document.body.innerText.includes('300 × 451 → 150 × 226')")
    settled(page)  # the address is written when the page is drawn
    assert query(page) == {"recipe": "sharpen.stride_2"}
    assert heading(page) == "Sharpen: edges stand out"


def test_on_a_phone_result_and_controls_lie_on_the_first_screen(server, visit):
    page = visit(f"{server}/image", viewport=PHONE)
    pictures = page.locator('.st-key-stage [data-testid="stImage"] img')
    assert pictures.count() == 2
    inside = {"heading": page.locator("h1"), "input": pictures.nth(0), "output": pictures.nth(1)}
    for name in ("Blur", "Edges", "Sharpen", "Emboss", "Your own"):
        inside[name] = page.get_by_role("radio", name=name, exact=True)
    inside |= {
        "member": page.get_by_role("combobox", name="Which edges"),
        "stride": page.locator(".st-key-image_stride"),
        "border": page.get_by_role("combobox", name="Border (padding mode)"),
        "source": page.get_by_role("combobox", name="Picture"),
        "use mine": page.get_by_role("button", name="Use mine"),
        "more": page.locator(".st-key-image_more summary"),
    }
    for name, found in inside.items():
        box = found.first.bounding_box()
        assert box and 0 <= box["y"] and box["y"] + box["height"] <= PHONE["height"], (name, box)
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"], (name, box)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_zero_is_the_paper_of_the_page_in_both_themes(server, visit, theme):
    page = visit(f"{server}/image?source=step", theme=theme)
    picture = page.locator('.st-key-stage [data-testid="stImage"] img').nth(1)
    paper, end = np.array(pixels.PAPER[theme]), np.array(pixels.POSITIVE[theme])
    for viewport in (DESK, PHONE):
        page.set_viewport_size(viewport)
        shot = np.asarray(Pillow.open(io.BytesIO(picture.screenshot())).convert("RGB")).astype(int)
        height, width = shot.shape[:2]
        assert np.abs(shot[height // 2, width // 8] - paper).max() <= 1
        assert np.abs(shot[height // 2, -width // 8] - paper).max() <= 1
        assert np.abs(shot[height // 2] - end).max(axis=-1).min() <= 3


def test_a_picture_is_never_smoothed_when_it_is_enlarged(server, visit):
    page = visit(f"{server}/image?source=counting&recipe=identity")
    picture = page.locator('.st-key-stage [data-testid="stImage"] img').nth(0)
    natural = picture.evaluate("img => [img.naturalWidth, img.naturalHeight]")
    assert natural[0] % 8 == 0 and natural[0] >= 440


def test_a_bad_file_is_answered_in_one_sentence_and_nothing_is_lost(server, visit, tmp_path):
    page = visit(f"{server}/image?recipe=sharpen.stride_2")
    path = tmp_path / "notes.png"
    path.write_text("this is no picture at all, only words " * 20)
    upload(page, path)
    page.wait_for_selector('[data-testid="stAlert"]')
    sentence = page.locator('[data-testid="stAlert"]')
    assert sentence.inner_text().strip().endswith(
        "This is text, not a picture; send a PNG, JPEG, WebP, GIF, BMP, TIFF or NPY file"
    )
    expect_in_sight(page, sentence)
    assert heading(page) == "Sharpen: edges stand out"
    assert query(page) == {"recipe": "sharpen.stride_2"}
    assert "300 × 451 → 150 × 226" in facts(page)
    assert page.locator('[data-testid="stException"]').count() == 0


def test_the_file_is_kept_when_the_page_changes(server, visit, tmp_path):
    page = visit(f"{server}/image")
    upload(page, png(tmp_path))
    page.wait_for_function("document.body.innerText.includes('70 × 90 → 70 × 90')")
    page.keyboard.press("Escape")
    page.locator("header").get_by_role("link", name="Home").click()
    expect_heading(page, "One kernel, a picture and a sound")
    page.locator("header").get_by_role("link", name="Picture").click()
    expect_heading(page, "Sobel x finds vertical edges")
    page.wait_for_function("document.body.innerText.includes('70 × 90 → 70 × 90')")


def test_check_against_pytorch_prints_the_call_and_the_difference(server, visit):
    page = visit(f"{server}/image")
    assert page.locator("code").first.inner_text() == (
        'F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), kernel.expand(1, 1, 3, 3))'
    )
    page.get_by_role("button", name="Check against PyTorch").click()
    page.wait_for_function("document.body.innerText.includes('Largest difference')")
    words = page.locator('.cp-facts[role="status"]').nth(1).inner_text()
    assert float(words.split("difference ")[1].split(",")[0]) < 1e-5


def test_typing_numbers_changes_the_result_and_the_link(server, visit):
    page = visit(f"{server}/image")
    press(page, "Your own")
    expect_heading(page, "Your own kernel at work")
    box = page.get_by_role("textbox", name="Numbers, one row a line: type or paste")
    box.fill("1, 0, -1\n2, 0, -2\n1, 0, -1")
    box.press("Control+Enter")
    expect_heading(page, "Your own kernel answers where values differ")
    assert query(page)["recipe"].startswith("grey~conv2d.kernel_3x3_1_0_-1_2_0_-2_1_0_-1")
    box.fill("one two")
    box.press("Control+Enter")
    page.wait_for_selector('[data-testid="stAlert"]')
    assert query(page)["recipe"].startswith("grey~conv2d.kernel_3x3_1_0_-1_2_0_-2_1_0_-1")


def test_nothing_lies_over_the_control_above_the_numbers(server, visit):
    page = visit(f"{server}/image?recipe=conv2d.kernel_3x3_0_0_0_0_1_0_0_0_0")
    grid = page.locator('[class*="st-key-image_grid_"]')
    above = page.locator(".st-key-image_member_own").get_by_role("combobox")
    for viewport in (DESK, PHONE):
        page.set_viewport_size(viewport)
        page.wait_for_timeout(300)
        grid.scroll_into_view_if_needed()
        grid.hover()
        page.wait_for_timeout(300)
        box = above.bounding_box()
        for share in (0.1, 0.75, 0.95):
            assert above.evaluate(
                """(e, [x, y]) => e.closest('.st-key-image_member_own').contains(document.elementFromPoint(x, y))""",
                [box["x"] + share * box["width"], box["y"] + box["height"] - 2],
            ), share


def test_everything_is_reached_by_keyboard(server, visit):
    page = visit(f"{server}/image")
    wanted = {
        "Edges", "Which edges", "Border (padding mode)", "Picture", "Use mine", "More settings", "Save and share",
        "Add a step", "Reset", "Check against PyTorch",
    }  # fmt: skip
    seen = set()
    page.locator("body").focus()
    for _ in range(90):
        page.keyboard.press("Tab")
        words = page.evaluate(
            "(() => { const e = document.activeElement;"
            " return (e.getAttribute('aria-label') || '') + ' | ' + (e.innerText || '') })()"
        )
        seen |= {name for name in wanted if name in words}
        if seen == wanted:
            return
    assert seen == wanted


def test_a_nearly_black_result_is_made_visible_where_it_stands(server, visit):
    page = visit(f"{server}/image?source=bricks&recipe=gain.factor_0.1")
    button, output = page.get_by_role("button", name="Make it visible"), page.locator('.st-key-stage img').nth(1)

    def lightest() -> int:
        return int(np.asarray(Pillow.open(io.BytesIO(output.screenshot())).convert("L"))[9:-9, 9:-9].max())

    assert lightest() < 60
    for viewport in (DESK, PHONE):
        page.set_viewport_size(viewport)
        page.wait_for_timeout(300)
        box, picture = button.bounding_box(), output.bounding_box()
        assert 0 < box["y"] - (picture["y"] + picture["height"]) < 150 and box["y"] + box["height"] < viewport["height"]
        assert box["height"] >= (44 if viewport is PHONE else 40)
    button.focus()
    page.keyboard.press("Enter")
    button.wait_for(state="detached")
    settled(page)
    assert lightest() > 200
    assert query(page) == {"source": "bricks", "recipe": "gain.factor_0.1", "signed": "stretch"}
    page.go_back()
    button.wait_for()
    settled(page)
    assert lightest() < 60


def test_a_ready_example_sets_the_whole_page_without_losing_the_session(server, visit):
    page = visit(f"{server}/image")
    page.get_by_role("link", name="Shaken camera").click()
    expect_heading(page, "Motion blur along 30 degrees")
    assert query(page) == {"source": "cup", "recipe": "motion-blur.angle_30.length_25"}
    page.get_by_role("link", name="Neon cat").click()
    expect_heading(page, "Sobel x finds vertical edges")


def test_controls_stand_at_the_right_before_there_is_a_result(server, visit):
    """A place is not there before something stands in it: on the first visit to a process, for two seconds."""
    page = visit(f"{server}/image")
    settled(page)
    inspector = page.locator(".st-key-inspector")
    before = inspector.bounding_box()
    page.evaluate("document.querySelector('.st-key-stage').parentElement.remove()")
    after = inspector.bounding_box()
    assert (after["x"], after["width"]) == (before["x"], before["width"]) and before["x"] > 900
    page.set_viewport_size(PHONE)
    assert inspector.evaluate("e => getComputedStyle(e.parentElement).position") != "sticky"


def test_beside_the_picture_no_control_is_cut_however_narrow_the_page(server, visit):
    page = visit(f"{server}/image?recipe=gabor~gaussian")
    unfold(page, "image_more")
    page.get_by_label("Stride, horizontal").wait_for()
    inspector = page.locator(".st-key-inspector")
    controls = inspector.locator("button, [data-baseweb=select], [data-testid=stNumberInputContainer]")
    assert controls.count() > 20
    for width in (1000, 768, 650):
        page.set_viewport_size({"width": width, "height": 900})
        page.wait_for_timeout(300)
        edge = inspector.bounding_box()
        assert edge["x"] > 200 and edge["x"] + edge["width"] <= width
        for control in controls.all():
            box = control.bounding_box()
            assert box is None or box["x"] + box["width"] <= edge["x"] + edge["width"] + 1, (width, control.inner_text())
