"""Does a recipe's file say what it said, for ever, and is every other file refused in one sentence?"""

from __future__ import annotations

import json
import math
import random
import string
import tracemalloc
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.errors import RecipeError
from playground.ops.registry import KERNELS, MAX_KERNEL_NUMBERS, OPS, KernelRef
from playground.recipe.check import check
from playground.recipe.json_file import FORMAT, MAX_DEPTH, MAX_LENGTH, WIDTH, from_json, to_json
from playground.recipe.model import Recipe, Step
from playground.recipe.text import from_text

from .drawn import KINDS, STEPS, nested, recipes, steadily, steps
from .strange import strange_texts

STEP_CHOICES = ", ".join(sorted(name for name, entry in {**OPS, **KERNELS}.items() if "image" in entry.media))


def file(*steps: object, **members: object) -> str:
    """A file of version 1, with other members where they are given."""
    return json.dumps({"format": FORMAT, "version": 1, "medium": "image", "steps": list(steps)} | members)


# --- there and back ------------------------------------------------------------------------------


@pytest.mark.parametrize("kind, name", STEPS)
@given(data=st.data())
@settings(steadily, max_examples=6)
def test_every_step_comes_back_from_its_file(kind, name, data):
    step = data.draw(steps(kind, name))
    recipe = check(Recipe((step,)), kind)
    text = to_json(recipe, kind)
    assert from_json(text) == (recipe, kind) == from_json(text.encode())
    assert json.loads(text)["steps"][0]["name"] == name
    assert from_json(to_json(Recipe((step,)), kind)) == (recipe, kind), "a form that is not canonical means the same"


@given(data=st.data(), kind=st.sampled_from(KINDS))
@settings(steadily, max_examples=60)
def test_a_recipe_of_many_steps_comes_back(data, kind):
    recipe = check(data.draw(recipes(kind)), kind)
    assert from_json(to_json(recipe, kind)) == (recipe, kind)


@pytest.mark.parametrize("shape", [(4096,), (64, 64), (4096, 1, 1, 1), (1, 1, 1, 4096)], ids=str)
def test_as_many_numbers_as_a_recipe_may_hold_come_back(shape):
    drawn = [math.pi * 10.0 ** (-i % 600 - 300) for i in range(MAX_KERNEL_NUMBERS)]
    recipe = check(Recipe((Step.of("conv2d", kernel=KernelRef(numbers=nested(shape, drawn))),)), "image")
    assert from_json(to_json(recipe, "image")) == (recipe, "image")


def test_a_file_is_laid_out_to_be_read():
    rows = tuple(tuple(float((i * j) % 7 - 3) for j in range(20)) for i in range(6))
    text = to_json(
        Recipe((Step.of("sobel_x", stride=Fraction(1, 2)), Step.of("conv2d", kernel=KernelRef(numbers=rows)))), "image"
    )
    assert all(len(line) <= WIDTH for line in text.splitlines())
    assert '    {"name": "sobel_x", "stride": "1/2"},' in text.splitlines()
    assert sum(line.strip().startswith("[-3, ") for line in text.splitlines()) == 6, "a row of the kernel a line"


# --- version 1: these files are in the world, and mean this for ever -------------------------------

FILES = {
    "nothing": ("image", "[]", ""),
    "names": ("image", '[{"name": "grey"}, {"name": "sobel_x"}]', "grey~sobel-x"),
    "numbers": ("image", '[{"name": "gaussian", "sigma": 2, "size": 9}]', "gaussian.sigma_2.size_9"),
    "a decimal": ("image", '[{"name": "gain", "factor": 0.5}]', "gain.factor_0.5"),
    "a number as a fraction": ("image", '[{"name": "gain", "factor": "1/4"}]', "gain.factor_0.25"),
    "a fraction": ("image", '[{"name": "sobel_x", "stride": "1/2"}]', "sobel-x.stride_1-2"),
    "by axis": ("image", '[{"name": "sobel_x", "stride": [2, "1/2"]}]', "sobel-x.stride_2_1-2"),
    "by side": ("image", '[{"name": "sobel_x", "padding": [1, 1, 0, 0]}]', "sobel-x.padding_1_1_0_0"),
    "words": ("image", '[{"name": "sobel_x", "padding": "valid", "padding_mode": "circular"}]',
              "sobel-x.padding_valid.padding-mode_circular"),
    "yes": ("image", '[{"name": "sobel_x", "flip_kernel": true}]', "sobel-x.flip-kernel_yes"),
    "a kernel by name": ("image", '[{"name": "conv2d", "kernel": {"name": "gaussian", "sigma": 2}, "stride": 2}]',
                         "conv2d.kernel_gaussian.kernel-sigma_2.stride_2"),
    "a kernel as a word": ("image", '[{"name": "conv2d", "kernel": "box"}]', "conv2d.kernel_box"),
    "a kernel of numbers": ("image", '[{"name": "conv2d", "kernel": {"numbers": [[1, 0, -1.5], [2, 0, "1/2"]], "normalise": true}}]',
                            "conv2d.kernel_2x3_1_0_-1.5_2_0_0.5.kernel-normalise_yes"),
    "a kernel of numbers alone": ("image", '[{"name": "conv2d", "kernel": [[1, 0, -1]]}]', "conv2d.kernel_1x3_1_0_-1"),
    "a kernel by digest": ("audio", '[{"name": "conv1d", "kernel": {"digest": "0123456789abcdef"}}]',
                           "conv1d.kernel_digest_0123456789abcdef"),
    "a sound": ("audio", '[{"name": "echo", "delay": 400}, {"name": "gain", "factor": -2}]', "echo.delay_400~gain.factor_-2"),
    "a spectrogram of a sound": ("audio", '[{"name": "stft", "n_fft": 1024, "hop_length": null}, {"name": "box", "size": [1, 9]}, {"name": "istft"}]',
                                 "stft.n-fft_1024~box.size_1_9~istft"),
    "a spectrogram": ("spectrogram", '[{"name": "sobel_x"}, {"name": "istft"}]', "sobel-x~istft"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_version_1_means_what_it_meant(name):
    kind, said, link = FILES[name]
    text = f'{{"format": "convolution-playground-recipe", "version": 1, "medium": "{kind}", "steps": {said}}}'
    assert from_json(text) == (from_text(link, kind), kind)


def test_what_is_written_is_pinned():
    recipe = from_text("gaussian.sigma_2~conv2d.kernel_2x2_1_0_-0.5_2.kernel-zero-mean_yes.stride_2_1-2", "image")
    assert to_json(recipe, "image") == """{
  "format": "convolution-playground-recipe",
  "version": 1,
  "medium": "image",
  "steps": [
    {"name": "gaussian", "sigma": 2},
    {
      "name": "conv2d",
      "kernel": {"numbers": [[1, 0], [-0.5, 2]], "zero_mean": true},
      "stride": [2, "1/2"]
    }
  ]
}
"""
    assert to_json(Recipe(), "audio").endswith('"medium": "audio",\n  "steps": []\n}\n')


def test_a_mark_of_byte_order_says_nothing():
    assert from_json("\ufeff" + file()) == from_json(b"\xef\xbb\xbf" + file().encode()) == (Recipe(), "image")


# --- what is refused, word by word ---------------------------------------------------------------

NOT_A_RECIPE = 'this file is not a recipe of the playground; one begins with "format": "convolution-playground-recipe"'
NOT_JSON = "this file is not JSON from line {}, column {} on; was it cut off or changed by hand?"
LIST = 'the steps are a list of objects, such as [{"name": "sobel_x"}]'
DEEP = "this file has brackets more than 9 deep; no recipe has"
CUT_OFF = file({"name": "gaussian", "sigma": 2})[:-2]
REFUSED = {
    "": NOT_JSON.format(1, 1),
    "sobel-x": NOT_JSON.format(1, 1),
    CUT_OFF: NOT_JSON.format(1, len(CUT_OFF) + 1),
    "{'format': 1}": NOT_JSON.format(1, 2),
    file() + "x": NOT_JSON.format(1, len(file()) + 1),
    '"a\nb"': NOT_JSON.format(1, 3),
    "[]": NOT_A_RECIPE,
    "null": NOT_A_RECIPE,
    "3": NOT_A_RECIPE,
    "{}": NOT_A_RECIPE,
    '{"steps": []}': NOT_A_RECIPE,
    file(format="recipe"): NOT_A_RECIPE,
    file(format=[FORMAT]): NOT_A_RECIPE,
    file(version=2): "this recipe is of version 2, made by a newer version; this one reads up to 1",
    file(version=0): "the recipe's version is a whole number such as 1; this is 0",
    file(version="1"): "the recipe's version is a whole number such as 1; this is '1'",
    file(version=True): "the recipe's version is a whole number such as 1; this is True",
    file(version=None): "the recipe's version is a whole number such as 1; this is nothing",
    file(medium="video"): "medium='video' is not known; choose one of: image, audio, spectrogram",
    file(medium=None): "medium=nothing is not known; choose one of: image, audio, spectrogram",
    file(medium=["image"]): "medium=['image'] is not known; choose one of: image, audio, spectrogram",
    file(title="x"): "the file has no member 'title'; it has: format, version, medium, steps",
    file(steps={"name": "sobel_x"}): LIST,
    file(steps=None): LIST,
    file("sobel_x"): LIST,
    file({}): "step 1 has no name",
    file({"name": "grey"}, {"op": "sobel_x"}): "step 2 has no name",
    file({"name": 3}): "a step has a name, a word such as gaussian; this is 3",
    file({"name": ["sobel_x"]}): "a step has a name, a word such as gaussian; this is ['sobel_x']",
    file({"name": None}): "a step has a name, a word such as gaussian; this is None",
    file({"name": "sobl"}): f"step 'sobl' is not known; choose one of: {STEP_CHOICES}",
    file({"name": "sobel-x"}): f"step 'sobel-x' is not known; choose one of: {STEP_CHOICES}",
    file({"name": "stft"}): "stft is not for this medium (image); it is for: audio",
    file({"name": "grey", "x": 1}): "grey has no parameter 'x'; it has: none",
    file({"name": "gaussian", "size": 9.5}): "gaussian(size=9.5) is out of range; expected a whole number from 1 to 255",
    file({"name": "gaussian", "size": "9"}): "gaussian(size='9') is out of range; expected a whole number from 1 to 255",
    file({"name": "gaussian", "size": True}): "gaussian(size=True) is out of range; expected a whole number from 1 to 255",
    file({"name": "gaussian", "sigma": {"a": 1}}): "gaussian(sigma=...) is not a kernel's place; give a number or a word",
    file({"name": "sobel_x", "stride": 0.5}): "sobel_x(stride=0.5) is out of range; expected 1 to 16, or 1/16 to 1/2",
    file({"name": "sobel_x", "stride": "1/0"}): "sobel_x(stride=1/0) divides by zero",
    file({"name": "sobel_x", "stride": "half"}): "sobel_x(stride='half') is out of range; expected 1 to 16, or 1/16 to 1/2",
    file({"name": "conv2d"}): "conv2d needs a kernel: a name, numbers or a digest",
    file({"name": "conv2d", "kernel": 3}): "conv2d needs a kernel: a name, numbers or a digest",
    file({"name": "conv2d", "kernel": {}}): "a kernel is one of three: a name, numbers or a digest",
    file({"name": "conv2d", "kernel": {"name": "box", "numbers": [1]}}): "a kernel is one of three: a name, numbers or a digest",
    file({"name": "conv2d", "kernel": {"name": ["box"]}}): "a kernel's name is a word such as gaussian; this is ['box']",
    file({"name": "conv2d", "kernel": {"digest": 3}}): "a kernel's digest has 16 hex digits; this is 3",
    file({"name": "conv2d", "kernel": {"numbers": []}}): "the kernel is empty; give at least one number",
    file({"name": "conv2d", "kernel": {"numbers": 3}}): "the kernel is empty; give at least one number",
    file({"name": "conv2d", "kernel": [[1, 2], [3]]}): "the rows of a kernel have equal length; this one has 1 beside 2",
    file({"name": "conv2d", "kernel": [[1, True]]}): "True is not a finite number; a kernel is made of numbers",
    file({"name": "conv2d", "kernel": [[1, None]]}): "None is not a finite number; a kernel is made of numbers",
    file({"name": "conv2d", "kernel": [[[[[1]]]]]}): "a kernel has at most 4 dimensions",
    file({"name": "conv2d", "kernel": [1] * 4097}): "this kernel has 4097 numbers; a recipe holds at most 4096",
    file(*[{"name": "grey"}] * 33): "this recipe has 33 steps; it may have 32",
    file({"name": "gain", "factor": math.nan}): "NaN is not a finite number; a recipe is made of finite ones",
    file({"name": "gain", "factor": -math.inf}): "-Infinity is not a finite number; a recipe is made of finite ones",
    file({"name": "gain", "factor": 1}).replace(": 1}", ": 1e999}"): "'1e999' is not a finite number; a recipe is made of"
    " finite ones",
    file({"name": "gain", "factor": 10**50}): f"'1{'0' * 36}… has more than 40 digits",
    file({"name": "gain"}).replace('"gain"', '"gain", "factor": 1, "factor": 2'): "this file says 'factor' twice in one"
    " place; say it once",
    file().replace("{", '{"version": 1, '): "this file says 'version' twice in one place; say it once",
    "[" * 10: DEEP,
    '{"a": ' * 10: DEEP,
}


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text)[1:60])
def test_a_file_that_is_wrong_is_refused_in_these_words(text):
    with pytest.raises(RecipeError) as refused:
        from_json(text)
    assert str(refused.value) == REFUSED[text]


@pytest.mark.parametrize("data", [b"\xff\xfe{\0", b"\x89PNG\r\n", "{}".encode("utf-16")], ids=["UTF-16", "PNG", "marked"])
def test_a_file_that_is_not_text_is_refused_in_words(data):
    with pytest.raises(RecipeError) as refused:
        from_json(data)
    assert str(refused.value) == "this file is not text in UTF-8, as a recipe is"


def test_a_file_that_is_too_long_is_not_even_looked_at():
    with pytest.raises(RecipeError) as refused:
        from_json(b"\xff" * (MAX_LENGTH + 1))
    assert str(refused.value) == f"this recipe is {MAX_LENGTH + 1} characters long; it may have {MAX_LENGTH}"


def test_brackets_within_texts_are_no_brackets():
    assert from_json(file().replace("{", "{ ")) == (Recipe(), "image")
    with pytest.raises(RecipeError) as refused:
        from_json(file({"name": '["[[[[[[[[[[[[['}))
    assert str(refused.value).startswith("step '[\"[[[[")


# --- what nobody writes by hand ------------------------------------------------------------------


def outcome(data: str | bytes) -> Recipe | str:
    """The recipe, or the sentence; any other exception is a bug and comes through."""
    try:
        recipe, kind = from_json(data)
    except RecipeError as refused:
        sentence = str(refused)
        assert 10 < len(sentence) < 250 + len(STEP_CHOICES), sentence
        assert sentence.isprintable() and "Error" not in sentence and "object at" not in sentence, sentence
        return sentence
    assert from_json(to_json(recipe, kind)) == (recipe, kind)
    return recipe


FULL = MAX_LENGTH - 200
HOSTILE = {
    "brackets without end": "[" * MAX_LENGTH,
    "objects without end": '{"a":' * (MAX_LENGTH // 5),
    "brackets that open and close": "[]" * (MAX_LENGTH // 2),
    "quotes without end": '"' * MAX_LENGTH,
    "a text without end": '"' + "a" * FULL,
    "backslashes without end": '"' + "\\" * FULL,
    "quotes behind backslashes": '"' + '\\"' * (FULL // 2),
    "spaces": " " * MAX_LENGTH,
    "nothing but commas": "[" + "," * FULL,
    "digits without end": file(version=1).replace("1", "1" * FULL),
    "a decimal without end": file({"name": "gain", "factor": 0.5}).replace("0.5", "0." + "1" * FULL),
    "an exponent without end": file({"name": "gain", "factor": 0.5}).replace("0.5", "1e" + "9" * FULL),
    "a long name": file({"name": "a" * FULL}),
    "a step too often": file(*[{"name": "grey"}] * 20_000),
    "empty steps": file(*[{}] * 90_000),
    "settings without end": file({"name": "grey"} | {f"a{i}": 1 for i in range(20_000)}),
    "numbers without end": file({"name": "conv2d", "kernel": [1] * 120_000}),
    "rows without end": file({"name": "conv2d", "kernel": [[1]] * 70_000}),
    "kernels in kernels": '{"kernel": ' * 8 + "1" + "}" * 8,
    "surrogates": file({"name": "\udfff" * 1000}),
    "escaped surrogates": file().replace("image", "\\ud800" * 1000),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_without_much_memory(name):
    assert len(HOSTILE[name]) <= MAX_LENGTH + 10
    tracemalloc.start()
    assert isinstance(outcome(HOSTILE[name]), str)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60e6


def test_no_recipe_is_as_deep_as_a_file_may_be():
    deepest = file({"name": "conv2d", "kernel": {"numbers": [[[[1]]]]}})
    assert isinstance(outcome(deepest), Recipe)
    assert MAX_DEPTH > max(deepest[:i].count("[") + deepest[:i].count("{") for i in range(deepest.index("1]")))


TOKENS = [
    "{", "}", "[", "]", ":", ",", '"', "\\", "null", "true", "false", "NaN", "Infinity", "-", "0", "1", "-1", "1.5", "1e999",
    "9" * 50, '"1/2"', '"1/0"', '"name"', '"name": ', '"kernel": ', '"numbers": ', '"digest": ', '"steps": ', '"version": 1',
    '"sobel_x"', '"gaussian"', '"sigma": 2', '"stride": ', '"padding": [1, 2]', '"flip_kernel": true', "[[1, 0, -1]]",
    '{"name": "grey"}', '"medium": "audio"', '"0123456789abcdef"', "é", "\ud800", " ", "\n",
]  # fmt: skip
CHARACTERS = string.ascii_lowercase + string.digits + '{}[]:,"\\/._-' * 5 + "AZ%&\n\0é٩\u202e\ud800😀"


def test_a_hundred_thousand_strange_files_give_a_recipe_or_one_sentence():
    whole = [f'{{"format": "{FORMAT}", "version": 1, "medium": "{kind}", "steps": {said}}}' for kind, said, _ in FILES.values()]
    corpus = [*whole, *(text for text in REFUSED if len(text) < 300)]
    steps_alone = [said for _kind, said, _ in FILES.values()]
    rng = random.Random(8)
    found = {Recipe: 0, str: 0}
    for i, text in enumerate(strange_texts(100_000, corpus, TOKENS, CHARACTERS)):
        if i % 4 == 1:  # changed within the steps, so that more of them are JSON still
            said = rng.choice(steps_alone)
            at = rng.randrange(len(said))
            text = whole[0].replace("[]", said[:at] + rng.choice(TOKENS) + said[at + rng.randint(0, 4) :])
        found[type(outcome(text))] += 1
    assert found[Recipe] > 500 and found[str] > 50_000, "the strange files test both ways"


@given(text=st.one_of(st.text(max_size=60), st.binary(max_size=60)))
@settings(max_examples=300, deadline=None, derandomize=True, database=None)
def test_any_data_at_all_gives_a_recipe_or_one_sentence(text):
    outcome(text)


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=9), st.sampled_from(["1/2", "box"])),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.sampled_from(["name", "numbers", "a"]), inner)),
    max_leaves=8,
)


@given(value=json_values, key=st.sampled_from(["size", "sigma", "stride", "padding", "padding_mode", "flip_kernel", "kernel"]),
       name=st.sampled_from(["gaussian", "conv2d"]))  # fmt: skip
@settings(max_examples=500, deadline=None, derandomize=True, database=None)
def test_any_value_in_any_place_gives_a_recipe_or_one_sentence(value, key, name):
    outcome(file({"name": name, key: value}))
    outcome(file({"name": "conv2d", "kernel": {"name": "gaussian", key: value}}))
    outcome(file(steps=value))
    outcome(file(medium=value))
