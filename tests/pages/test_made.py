"""A link made with a file of one's own says which file that was; a recipe comes from a file, too."""

from __future__ import annotations

import numpy as np
import pytest
from media.making import encode, levels
from media.sounding import wav

from playground.errors import RecipeError
from playground.recipe.json_file import to_json
from playground.recipe.text import from_text
from playground.ui import made

from . import seeing
from .visiting import calm, control, go, notes, recipe_text, sentence, tells_the_truth, visit

PICTURE = encode(levels(5, 8, 3), "PNG")


def upload(at, data: bytes, name: str, *, kind: str = "image", widget: str = "upload"):
    at.file_uploader(key=f"{kind}_{widget}").set_value((name, data, "application/octet-stream"))
    return at.run()


def recipe_file(at, text: str, kind: str = "image"):
    return upload(at, text.encode(), "recipe.json", kind=kind, widget="recipe_file")


# --- what a link was made with -------------------------------------------------------------------------


def test_the_link_names_the_picture_and_its_size():
    at = upload(visit(recipe="emboss"), PICTURE, "my photo (1).png")
    assert calm(at).query_params == {"source": "own", "made": "my-photo-1-.png_8x5", "recipe": "emboss"}
    elsewhere = calm(visit(**at.query_params))
    assert notes(elsewhere)[0] == (
        "This link was made with my-photo-1-.png (8 × 5), which is not included: load yours with Use mine. Until then"
        " here is the cat with the same settings."
    )
    upload(elsewhere, PICTURE, "my photo (1).png")
    assert not notes(calm(elsewhere))[0].startswith("This link") and elsewhere.query_params == at.query_params


def test_a_link_of_another_file_is_shown_with_ones_own_and_says_so():
    at = upload(visit(recipe="emboss"), PICTURE, "mine.png")
    go(at, "pages/image.py", source="own", made="photo.jpg_1200x800", recipe="emboss")
    assert notes(calm(at))[0] == (
        "This link was made with photo.jpg (1200 × 800), which is not included; it is shown with your mine.png (8 × 5)."
    )
    assert at.query_params["made"] == "photo.jpg_1200x800"


def test_a_sound_says_its_seconds_and_a_spectrogram_of_either_what_it_is():
    data = wav(np.zeros((1, 4000)), 16, rate=8000)
    at = upload(visit("pages/audio.py"), data, "Stimme ä.wav", kind="audio")
    assert calm(at).query_params["made"] == "Stimme-.wav_0.5s"
    there = calm(visit("pages/audio.py", **at.query_params))
    assert notes(there)[0] == (
        "This link was made with Stimme-.wav (0.5 s), which is not included: load yours with Use mine. Until then here"
        " are the drums with the same settings."
    )
    go(at, "pages/spectrogram.py", source="own", recipe="stft.n-fft_256~box~istft")
    seeing.turn(at, "source", "impulse")
    assert "made" not in at.query_params
    seeing.turn(at, "source", "own")
    assert calm(at).query_params["made"] == "Stimme-.wav_0.5s"


@pytest.mark.parametrize("text", ["photo.jpg", "a_1x", "a b_1x1", "_1x1", "a_1x1_2", "x" * 61 + "_1x1", "a_1e9s", "ä_1x1", "a_１x1"])
def test_what_is_no_name_with_a_size_is_answered_in_one_sentence(text):
    with pytest.raises(RecipeError, match="is not understood; it is a file's name and its size, such as photo.jpg_1200x800"):
        made.checked(text)
    assert "is not understood; it is a file's name and its size" in sentence(visit(source="own", made=text))


def test_of_a_sample_nothing_is_said():
    assert calm(visit(source="bricks", made="photo.jpg_1200x800", recipe="emboss")).query_params["source"] == "bricks"


# --- a recipe from a file ------------------------------------------------------------------------------


def test_a_recipe_comes_back_from_its_file():
    text = "grey~gaussian.sigma_2~sobel-x.stride_1-2~absolute"
    at = recipe_file(calm(visit(source="counting")), to_json(from_text(text, "image"), "image"))
    assert recipe_text(calm(at)) == text
    tells_the_truth(at)
    control(at, "source").set_value("bricks")
    at.run()
    assert recipe_text(calm(at)) == text  # the file is taken once


@pytest.mark.parametrize("text, words", [
    ("{}", 'This file is not a recipe of the playground; one begins with "format": "convolution-playground-recipe"'),
    (to_json(from_text("echo", "audio"), "audio"), "This recipe is for sounds; this page shows pictures"),
])  # fmt: skip
def test_a_file_that_is_none_leaves_the_page_as_it_is(text, words):
    at = recipe_file(calm(visit(source="counting", recipe="emboss")), text)
    assert sentence(at) == words and recipe_text(at) == "emboss"
    control(at, "stride").set_value(2)
    at.run()
    assert recipe_text(calm(at)) == "emboss.stride_2"


def test_sounds_and_spectrograms_take_a_file_too():
    at = recipe_file(calm(visit("pages/audio.py", source="impulse")), to_json(from_text("comb", "audio"), "audio"), "audio")
    assert calm(at).query_params["recipe"] == "comb"
    recipe = "stft.n-fft_256~sharpen~istft"
    at = calm(visit("pages/spectrogram.py", source="impulse"))
    assert recipe_file(at, to_json(from_text(recipe, "audio"), "audio"), "spectrogram").query_params["recipe"] == recipe
    calm(at)
