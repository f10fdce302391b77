"""Every setting that "Which settings give this size?" lists makes the page show exactly that size."""

from __future__ import annotations

import re

import pytest

from playground.recipe.text import from_text
from playground.ui import size_solver

from .test_words import bare, language_file, test_language  # noqa: F401
from .visiting import bodies, calm, go, notes, plain, visit

QUICK = ("half", "double", "keep")
RECIPES = {
    "image": ["sobel-x", "box.size_4", "gaussian.padding_full~sharpen.stride_2"],
    "audio": ["echo.delay_5", "moving-average"],
    "spectrogram": ["stft.n-fft_64~box~griffin-lim.iterations_1"],
}
SOURCES = {"image": "counting", "audio": "impulse", "spectrogram": "impulse"}
CASES = [(kind, recipe) for kind, recipes in RECIPES.items() for recipe in recipes]
SOME = [("image", "box.size_4"), ("audio", "moving-average")]
NONE = re.compile(r"No setting of this kernel makes (.*) of (.*): strides go from 1/16 to 16, and padding no further than"
                  r" the kernel reaches\.")  # fmt: skip


def arrive(kind: str, recipe: str):
    """The page with the panel unfolded, as a click on it does."""
    at = visit(f"pages/{kind}.py", source=SOURCES[kind], recipe=recipe)
    at.session_state[f"{kind}.solver_open"] = True
    return calm(at.run())


def press(at, key: str):
    at.button(key=key).click()
    return calm(at.run())


def listed(at, kind: str) -> list[str]:
    return [button.key for button in at.button if re.fullmatch(rf"{kind}_solver_\d", button.key or "")]


def from_and_to(at) -> tuple[str, str]:
    said = [note for note in notes(at) if note.endswith(", as PyTorch says it:")]
    return re.fullmatch(r"From (.*) to (.*), as PyTorch says it:", said[0]).groups()


def made(at) -> str:
    """The sizes that "Why this size?" computes in the open."""
    table = next(each.proto.body for each in at.main.get("html") if "cp-sizes" in each.proto.body)
    return " × ".join(re.findall(r"\+ 1 = (\d+)(?:;|$)", "\n".join(plain(row) for row in re.findall(r"<td>(.*?)</td>", table)), re.M))


@pytest.mark.parametrize("kind, recipe", CASES)
def test_every_listed_setting_makes_the_size_that_is_wanted(kind, recipe):
    at = arrive(kind, recipe)
    for turn, quick in enumerate(QUICK):
        press(at, f"{kind}_solver_{quick}")
        given, wanted = from_and_to(at)
        assert 1 <= len(listed(at, kind)) <= size_solver.MOST
        for number in (0, 2 * turn + 1):  # the list is another after each; the grid of all is that of step_solver
            key = listed(at, kind)[min(number, len(listed(at, kind)) - 1)]
            if not at.button(key=key).disabled:
                press(at, key)
            assert (made(at), from_and_to(at)) == (wanted, (given, wanted)), at.query_params
            assert at.button(key=listed(at, kind)[0]).label in ("Apply", "In use")


@pytest.mark.parametrize("kind, recipe", SOME)
def test_it_is_folded_away_at_first_and_looks_for_nothing(kind, recipe, monkeypatch):
    def never(*_, **__):
        raise AssertionError("looked for while the panel was closed")

    monkeypatch.setattr(size_solver, "fits", never)
    at = calm(visit(f"pages/{kind}.py", source=SOURCES[kind], recipe=recipe))
    words = {"image": "Which settings give this size?", "audio": "Which settings give this length?"}[kind]
    assert words in [each.label for each in at.expander]
    assert not listed(at, kind)


def test_the_kernel_stays_and_the_gain_that_kept_the_brightness_goes_with_its_stride():
    at = arrive("image", "box.size_5.stride_1-2~gain.factor_4")
    press(at, "image_solver_half")
    press(at, "image_solver_0")
    assert at.query_params["recipe"] == "box.size_5.stride_2"
    assert at.button(key="image_solver_0").label == "In use"


def test_a_size_is_typed_and_kept_until_the_input_is_another():
    at = arrive("image", "box")
    at.number_input(key="image_solver_wanted_0").set_value(2)
    calm(at.run())
    at.number_input(key="image_solver_wanted_1").set_value(9)
    calm(at.run())
    given, wanted = from_and_to(at)
    assert wanted == "2 × 9"
    press(at, "image_solver_0")
    assert made(at) == "2 × 9" and from_and_to(at) == (given, "2 × 9")
    go(at, "pages/image.py", source="coins", recipe="box")
    assert from_and_to(calm(at))[1] != "2 × 9"


@pytest.mark.parametrize("kind, recipe", SOME)
def test_an_impossible_size_is_one_sentence(kind, recipe):
    at = arrive(kind, recipe)
    at.number_input(key=f"{kind}_solver_wanted_0").set_value(999_999_937)
    calm(at.run())
    assert not listed(at, kind)
    assert len([note for note in notes(at) if NONE.fullmatch(note)]) == 1


@pytest.mark.parametrize("recipe", ["pool2d", "grey", "gain.factor_2"])
def test_a_step_without_a_kernel_has_no_such_question(recipe):
    at = calm(visit(source="counting", recipe=recipe))
    assert not any("Which settings" in each.label for each in at.expander)


def test_what_follows_the_step_still_runs():
    at = arrive("image", "box~gaussian.padding_valid.size_7")
    go(at, "pages/image.py", source="counting", recipe="box~gaussian.padding_valid.size_7", edit="1")
    press(calm(at), "image_solver_half")
    said = [note for note in notes(at) if NONE.fullmatch(note)]
    assert said or listed(at, "image")
    assert from_text(at.query_params["recipe"], "image") and bodies(at, "cp-facts")
