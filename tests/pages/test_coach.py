"""A setting that cannot work is answered with its rule and with settings that do; a whole recipe can be typed."""

from __future__ import annotations

import pytest

from playground import engine
from playground.media import samples
from playground.recipe.call_form import to_call
from playground.recipe.text import from_text

from .visiting import calm, facts, sentence, visit

IMPOSSIBLE = {
    "image": {"source": "counting", "recipe": "box~gaussian.padding_valid.size_31"},
    "audio": {"source": "sine", "recipe": "identity.stride_4~gaussian.dilation_256.padding_valid.sigma_50~identity.stride_4"},
    "spectrogram": {"recipe": "stft.n-fft_64~box.padding_valid.size_101~istft"},
}
WINDOW = "Kernel spans 31 samples but the padded input has 8; add padding or shrink the kernel"


def offers(at) -> list:
    return [button for button in at.button if "_advice_" in (button.key or "")]


def medium_of(at, page: str):
    default = {"image": "cat", "audio": "drums", "spectrogram": "speech"}[page]
    name = at.query_params.get("source", default)
    return samples.picture(name) if page == "image" else samples.sound(name)


@pytest.mark.parametrize("page", IMPOSSIBLE)
def test_every_offered_setting_mends_what_cannot_work(page):
    at = visit(f"pages/{page}.py", **IMPOSSIBLE[page])
    assert sentence(at)
    keys = [button.key for button in offers(at)]
    assert 2 <= len(keys) <= 3 and len({button.label for button in offers(at)}) == len(keys)
    for key in keys:
        mended = visit(f"pages/{page}.py", **IMPOSSIBLE[page])
        mended.button(key=key).click()
        calm(mended.run())
        assert facts(mended) and not offers(mended)
        text = mended.query_params["recipe"]
        assert text != IMPOSSIBLE[page]["recipe"]
        kind = "image" if page == "image" else "audio"
        assert engine.run(from_text(text, kind), medium_of(mended, page)).output.numel()


def test_the_rule_stands_beside_what_torch_would_say():
    at = visit("pages/image.py", **IMPOSSIBLE["image"])
    assert sentence(at) == WINDOW
    said = [each.value for each in at.caption if each.value.startswith("PyTorch would say: ")]
    assert said == [
        "PyTorch would say: Calculated padded input size per channel: (8 x 8). Kernel size: (31 x 31). Kernel size can't"
        " be greater than actual input size"
    ]
    assert [button.label for button in offers(at)] == ["Set padding to 12", "Set size to 8", "Set padding to same"]


def test_where_everything_works_nothing_is_offered():
    for page in IMPOSSIBLE:
        assert not offers(calm(visit(f"pages/{page}.py")))


# --- typed ---------------------------------------------------------------------------------------

TYPED = {
    "image": ("gaussian(size=9, sigma=2) | sobel_x(stride=1/2)", "gaussian.sigma_2.size_9~sobel-x.stride_1-2"),
    "audio": ("echo(delay=100) | moving_average(size=5)", "echo.delay_100~moving-average.size_5"),
    "spectrogram": ("stft(n_fft=512) | box(size=(1, 5)) | istft", "stft.n-fft_512~box.size_1_5~istft"),
}


@pytest.mark.parametrize("page", TYPED)
def test_a_typed_recipe_is_shown_and_said_by_the_address(page):
    at = visit(f"pages/{page}.py")
    kind = "image" if page == "image" else "audio"
    calls, link = TYPED[page]
    at.text_input(key=f"{page}_recipe_text").set_value(calls)
    calm(at.run())
    recipe = from_text(link, kind)
    assert from_text(at.query_params["recipe"], kind) == recipe
    assert at.text_input(key=f"{page}_recipe_text").value == to_call(recipe)
    at.text_input(key=f"{page}_recipe_text").set_value("gain(2" if page != "spectrogram" else "stft | nothing")
    at.run()
    assert sentence(at) and from_text(at.query_params["recipe"], kind) == recipe, "what was there stays"
    assert at.text_input(key=f"{page}_recipe_text").value in ("gain(2", "stft | nothing"), "to be mended"
    at.text_input(key=f"{page}_recipe_text").set_value(link)
    calm(at.run())
    assert at.text_input(key=f"{page}_recipe_text").value == to_call(recipe)
