"""What leaves the page is what the page shows: the link, the pixels, the values."""

from __future__ import annotations

import io
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
import torch
from media.making import encode, levels
from PIL import Image as Pillow

from playground import engine
from playground.media.image_file import load_image
from playground.recipe.text import from_text
from playground.ui import share
from playground.view import pixels

from .taking import Offer, catch
from .visiting import calm, change, click, control, sentence, tells_the_truth, visit


def link(at) -> str:
    return control(at, "share").code[0].value


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"source": "cup"},
        {
            "source": "page",
            "recipe": "gaussian.size_31~sobel-x.stride_2_1-2",
            "signed": "two-colours",
            "size": "true",
        },
    ],
    ids=lambda params: f"{len(params)} parameters",
)
def test_the_link_is_the_address(params):
    at = calm(visit(**params))
    parts = urlsplit(link(at))
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://example.org/image"
    assert dict(parse_qsl(parts.query)) == params == at.query_params


def test_the_link_follows_every_change(at):
    assert link(at) == "https://example.org/image"
    change(at, "stride", 2)
    assert link(at) == "https://example.org/image?recipe=grey~sobel-x.stride_2"
    click(at, "reset")
    assert link(at) == "https://example.org/image"


def test_an_address_in_the_bar_is_not_doubled_in_the_link():
    at = calm(visit(context={"url": "https://example.org/image?recipe=box"}, recipe="box"))
    assert link(at) == "https://example.org/image?recipe=box"


def test_without_a_result_there_is_a_link_and_nothing_to_save():
    at = visit(recipe="sobel-x.normalise_yes")
    sentence(at)
    assert link(at).endswith("?recipe=sobel-x.normalise_yes")
    assert not at.download_button


# --- files ---------------------------------------------------------------------------------------


@pytest.fixture
def offers(monkeypatch) -> dict[str, Offer]:
    """What the page offers to save, by the end of the button's key."""
    return catch(monkeypatch)


CASES = (
    {},
    {"recipe": "gaussian.sigma_2.stride_2"},
    {"recipe": "sobel-x"},
    {"recipe": "sharpen", "signed": "stretch"},
    {"recipe": "grey~sobel-x", "signed": "absolute"},
    {"source": "impulse", "recipe": "emboss.stride_1-2", "size": "true"},
)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("params", CASES, ids=str)
def test_the_png_holds_the_pixels_shown_and_the_npy_the_values(offers, params, theme):
    at = calm(visit(context={"theme": theme}, **params))
    result = tells_the_truth(at)
    height, width = result.output.shape[-2:]
    assert offers["png"].label == f"PNG: the pixels as shown, {height} × {width}"
    values = np.load(io.BytesIO(offers["npy"].content()), allow_pickle=False)
    assert values.dtype == np.float32 and np.array_equal(values, result.output.numpy())
    signed = any(step.name == "sobel_x" for step in result.recipe.steps)
    mode = pixels.choose_mode(
        params.get("signed", "automatic").replace("-", "_"), channels=result.output.shape[0], signed=signed
    )
    expected = pixels.show(result.output, mode=mode, scale=result.scale, theme=theme).pixels
    picture = np.asarray(Pillow.open(io.BytesIO(offers["png"].content())))
    assert picture.dtype == np.uint8 and np.array_equal(picture, expected)


def test_files_are_named_after_the_picture_and_the_last_step(offers):
    calm(visit(source="cup", recipe="grey~sobel-x~gaussian"))
    assert {offer.file_name: offer.mime for offer in offers.values()} == {
        "Cup-gaussian-slide.png": "image/png",
        "Cup-gaussian.png": "image/png",
        "Cup-gaussian.jpg": "image/jpeg",
        "Cup-gaussian.webp": "image/webp",
        "Cup-gaussian.tif": "image/tiff",
        "Cup-gaussian.npy": "application/octet-stream",
        "Cup-gaussian-torch.py": "text/x-python",
        "Cup-gaussian-numpy.py": "text/x-python",
        "Cup-gaussian-input.npy": "application/octet-stream",
        "Cup-gaussian.json": "application/json",
    }


def test_transparency_is_saved_and_a_hostile_name_is_not(offers):
    data = encode(levels(20, 30, 4), "PNG")
    at = visit(recipe="gaussian")
    at.file_uploader(key="image_upload").upload("../../etc/pass wd<b>.png", data).run()
    medium = load_image(data, "x.png")
    result = tells_the_truth(calm(at), medium)
    assert offers["png"].file_name == "pass-wd-b-gaussian.png"
    picture = np.asarray(Pillow.open(io.BytesIO(offers["png"].content())))
    assert picture.shape == (20, 30, 4)
    assert np.array_equal(picture[..., 3], np.round(medium.alpha.numpy() * 255))
    assert np.array_equal(np.load(io.BytesIO(offers["npy"].content())), result.output.numpy())


def test_values_are_saved_where_no_screen_could_show_them():
    medium = load_image(encode(levels(9, 9), "PNG"), "x.png")
    result = engine.run(from_text("box~gain.factor_1000", "image"), medium)
    saved = torch.from_numpy(np.load(io.BytesIO(share.npy_bytes(result.output))))
    assert saved.equal(result.output) and saved.max() > 100
