"""Does a typed recipe mean what its link means, and is what cannot be read told in one sentence?"""

from __future__ import annotations

import math
import string
import tracemalloc
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.errors import RecipeError
from playground.ops.registry import COMMON_KERNEL_PARAMETERS, KERNELS, MAX_KERNEL_NUMBERS, OPS, KernelRef
from playground.recipe.call_form import MAX_LENGTH, from_call, is_call, to_call
from playground.recipe.check import check, options
from playground.recipe.model import Recipe, Step
from playground.recipe.text import from_text, to_text

from .drawn import KINDS, STEPS, nested, recipes, steadily, steps
from .strange import strange_texts

HALF = Fraction(1, 2)

# --- one recipe, two forms -----------------------------------------------------------------------


@pytest.mark.parametrize("kind, name", STEPS)
@given(data=st.data())
@settings(steadily, max_examples=6)
def test_every_step_comes_back_from_its_call_form(kind, name, data):
    step = data.draw(steps(kind, name))
    recipe = check(Recipe((step,)), kind)
    text = to_call(recipe)
    assert from_call(text, kind) == recipe == from_text(text, kind)
    assert to_call(from_call(text, kind)) == text
    assert from_call(to_call(Recipe((step,))), kind) == recipe, "a form that is not canonical means the same"


@given(data=st.data(), kind=st.sampled_from(KINDS))
@settings(steadily, max_examples=60)
def test_a_recipe_of_many_steps_is_the_same_in_both_forms(data, kind):
    recipe = check(data.draw(recipes(kind)), kind)
    assert from_text(to_call(recipe), kind) == recipe == from_text(to_text(recipe), kind)
    assert not is_call(to_text(recipe))


@pytest.mark.parametrize("kind, name", STEPS)
def test_a_single_name_is_the_same_text_in_both_forms(kind, name):
    if "kernel" not in options(name, kind):
        assert not is_call(name) and from_text(name, kind) == from_call(name, kind) == Recipe((Step(name),))


def test_the_words_of_the_form_are_no_names():
    assert not {"numbers", "digest", "none", "None", "yes", "no"} & {*OPS, *KERNELS}
    named = {key for kernel in KERNELS.values() for key in kernel.options} | {*COMMON_KERNEL_PARAMETERS}
    assert not {"name", "numbers", "digest"} & named
    assert all("name" not in options(name, kind) for kind, name in STEPS)


@pytest.mark.parametrize("shape", [(4096,), (64, 64), (4096, 1, 1, 1)], ids=str)
def test_as_many_numbers_as_a_recipe_may_hold_come_back(shape):
    drawn = [math.pi * 10.0 ** (-i % 600 - 300) for i in range(MAX_KERNEL_NUMBERS)]
    recipe = check(Recipe((Step.of("conv2d", kernel=KernelRef(numbers=nested(shape, drawn))),)), "image")
    assert from_text(to_call(recipe), "image") == recipe


# --- what is typed -------------------------------------------------------------------------------

TYPED = {
    "gaussian(size=9, sigma=2) | sobel_x": "gaussian.sigma_2.size_9~sobel-x",
    "  gaussian ( size = 9 ,sigma=2 , )|sobel_x ( ) ": "gaussian.sigma_2.size_9~sobel-x",
    "grey\n| sobel_x\n| gain(factor=2)\n": "grey~sobel-x~gain.factor_2",
    "box(size=(1, 9))": "box.size_1_9",
    "box(size=[1, 9])": "box.size_1_9",
    "box(size=(9,))": "box.size_9",
    "box(size=(9))": "box.size_9",
    "sobel_x(stride=1/2)": "sobel-x.stride_1-2",
    "sobel_x(stride=2 / 4)": "sobel-x.stride_1-2",
    "sobel_x(stride='1/2')": "sobel-x.stride_1-2",
    "sobel_x(stride=(2, 1/2))": "sobel-x.stride_2_1-2",
    "sobel_x(stride=1/1)": "sobel-x",
    "sobel_x(padding_mode=circular)": "sobel-x.padding-mode_circular",
    "sobel_x(padding_mode='circular', padding=\"valid\")": "sobel-x.padding_valid.padding-mode_circular",
    "sobel_x(padding_mode=“circular”)": "sobel-x.padding-mode_circular",
    "sobel_x(padding=(1, 1, 0, 0))": "sobel-x.padding_1_1_0_0",
    "sobel_x(flip_kernel=yes)": "sobel-x.flip-kernel_yes",
    "sobel_x(flip_kernel=True)": "sobel-x.flip-kernel_yes",
    "sobel_x(flip_kernel=true)": "sobel-x.flip-kernel_yes",
    "sobel_x(flip_kernel='yes')": "sobel-x.flip-kernel_yes",
    "sobel_x(flip_kernel=no)": "sobel-x",
    "sobel_x(flip_kernel=False)": "sobel-x",
    "gain(factor=1/4)": "gain.factor_0.25",
    "gain(factor=-1/4)": "gain.factor_-0.25",
    "gain(factor=.5)": "gain.factor_0.5",
    "gain(factor=5.)": "gain.factor_5",
    "gain(factor=+5E-1)": "gain.factor_0.5",
    "gain(factor=−3)": "gain.factor_-3",
    "gain(factor=\u20133)": "gain.factor_-3",
    "conv2d(kernel=gaussian)": "conv2d.kernel_gaussian",
    "conv2d(kernel='gaussian')": "conv2d.kernel_gaussian",
    "conv2d(kernel=gaussian())": "conv2d.kernel_gaussian",
    "conv2d(kernel=gaussian(sigma=2), stride=2)": "conv2d.kernel_gaussian.kernel-sigma_2.stride_2",
    "conv2d(kernel=[[1,0,-1],[2,0,-2]])": "conv2d.kernel_2x3_1_0_-1_2_0_-2",
    "conv2d(kernel=((1,0,-1),(2,0,-2)))": "conv2d.kernel_2x3_1_0_-1_2_0_-2",
    "conv2d(kernel=[1, -1])": "conv2d.kernel_2_1_-1",
    "conv2d(kernel=[[1/2, 1/4], [1e3, 0]])": "conv2d.kernel_2x2_0.5_0.25_1000_0",
    "conv2d(kernel=numbers([[1, 1]], normalise=yes))": "conv2d.kernel_1x2_1_1.kernel-normalise_yes",
    "conv2d(kernel=digest('0123456789abcdef'))": "conv2d.kernel_digest_0123456789abcdef",
    "conv2d(kernel=digest(\"0123456789abcdef\", zero_mean=yes))": "conv2d.kernel_digest_0123456789abcdef.kernel-zero-mean_yes",
}  # fmt: skip


@pytest.mark.parametrize("text", TYPED)
def test_what_is_typed_means_what_its_link_means(text):
    assert from_text(text, "image") == from_text(TYPED[text], "image")
    assert to_text(from_text(text, "image")) == TYPED[text]


@pytest.mark.parametrize(
    "text, link",
    [
        ("stft(n_fft=1024, hop_length=none) | box(size=(1, 9)) | istft", "stft.n-fft_1024~box.size_1_9~istft"),
        ("stft(hop_length=None)", "stft"),
        ("conv1d(kernel=[1, 0, -1], stride=1/2, padding=(2, 0))", "conv1d.kernel_3_1_0_-1.padding_2_0.stride_1-2"),
        ("echo(delay=400) | gain(factor=1/2)", "echo.delay_400~gain.factor_0.5"),
    ],
)
def test_a_sound_s_recipe_is_typed_alike(text, link):
    assert from_text(text, "audio") == from_text(link, "audio")


def test_what_is_written_reads_like_what_one_would_type():
    numbers = KernelRef(numbers=((1.0, 0.0, -0.5),), params=(("normalise", True),))
    recipe = Recipe((
        Step.of("gaussian", size=9, sigma=2.0),
        Step.of("sobel_x", stride=(2, HALF), padding_mode="circular", flip_kernel=True),
        Step.of("conv2d", kernel=KernelRef(name="box", params=(("size", (3, 5)),)), padding="same"),
        Step.of("conv2d", kernel=numbers),
    ))  # fmt: skip
    assert to_call(recipe) == (
        "gaussian(sigma=2, size=9) | sobel_x(flip_kernel=yes, padding_mode=circular, stride=(2, 1/2))"
        " | conv2d(kernel=box(size=(3, 5)), padding=same) | conv2d(kernel=numbers([[1, 0, -0.5]], normalise=yes))"
    )


# --- what is refused, word by word ---------------------------------------------------------------

STEP_CHOICES = ", ".join(sorted(name for name, entry in {**OPS, **KERNELS}.items() if "image" in entry.media))
NO_PLACE = "{} has no place in a recipe such as gaussian(size=9, sigma=2) | sobel_x; it is character {}"
SETTINGS = "the settings in {}(...) are written like size=9, joined by commas; this is {}"
REFUSED = {
    "|": "a step begins with its name, such as gaussian; this is '|'",
    "| grey": "a step begins with its name, such as gaussian; this is '|'",
    "grey |": "a step begins with its name, such as gaussian; this is the end",
    "grey | | grey": "a step begins with its name, such as gaussian; this is '|'",
    "3 | grey": "a step begins with its name, such as gaussian; this is '3'",
    "grey grey": "after grey comes | and the next step, or the end; this is 'grey'",
    "|".join(["grey"] * 33): "this recipe has more than 32 steps",
    "conv2d(kernel=[" + "1," * 4097 + "])": "conv2d(kernel=...) has more than 4096 values",
    "grey, sobel_x": "after grey comes | and the next step, or the end; this is ','",
    "grey())": "after grey comes | and the next step, or the end; this is ')'",
    "sobel-x | grey": NO_PLACE.format("'-'", 6),
    "gaussian.sigma_2 ~ sobel-x": NO_PLACE.format("'.'", 9),
    "gaussian(sigma=2) ~ sobel_x": NO_PLACE.format("'~'", 19),
    "grey(); import": NO_PLACE.format("';'", 7),
    "sobel\N{NON-BREAKING HYPHEN}x()": NO_PLACE.format("'\N{NON-BREAKING HYPHEN}'", 6),
    "gaussian(sigma='2)": NO_PLACE.format('"\'"', 16),
    "gaussian(": SETTINGS.format("gaussian", "the end"),
    "gaussian(9)": SETTINGS.format("gaussian", "'9'"),
    "gaussian(sigma)": SETTINGS.format("gaussian", "')'"),
    "gaussian(sigma:2)": NO_PLACE.format("':'", 15),
    "gaussian(,)": SETTINGS.format("gaussian", "','"),
    "gaussian(sigma=)": "the value of gaussian(sigma=...) is missing; this is ')'",
    "gaussian(sigma=": "the value of gaussian(sigma=...) is missing; this is the end",
    "gaussian(sigma=2": "after the value of gaussian(sigma=...) comes a comma or ); this is the end",
    "gaussian(sigma=2 size=9)": "after the value of gaussian(sigma=...) comes a comma or ); this is 'size'",
    "gaussian(sigma=2*3)": NO_PLACE.format("'*'", 17),
    "gaussian(sigma=2, sigma=3)": "gaussian is given 'sigma' twice; say it once",
    "gaussian(sigma=1e999)": "gaussian(sigma='1e999') is not a number",
    "gaussian(sigma=nan)": "gaussian(sigma='nan') is out of range; expected a number from 0.1 to 50",
    "gaussian(size=" + "9" * 41 + ")": f"gaussian(size='{'9' * 37}…) has more than 40 digits",
    "gaussian(size=9.5)": "gaussian(size=9.5) is out of range; expected a whole number from 1 to 255",
    "gaussian(size=True)": "gaussian(size='True') is out of range; expected a whole number from 1 to 255",
    "gaussian(size=box(size=3))": "gaussian(size=...) is not a kernel's place; give a number or a word",
    "gaussian(name=3)": "gaussian has no parameter 'name'; it has: size, sigma, normalise, zero_mean, padding,"
    " padding_mode, fill, stride, dilation, flip_kernel",
    "sobl()": f"step 'sobl' is not known; choose one of: {STEP_CHOICES}",
    "__import__('os')": SETTINGS.format("__import__", "\"'os'\""),
    "sobel_x(stride=0.5)": "sobel_x(stride=0.5) is out of range; expected 1 to 16, or 1/16 to 1/2",
    "sobel_x(stride=1/0)": "sobel_x(stride=1/...) is a fraction such as 1/2; this is '0'",
    "sobel_x(stride=1/)": "sobel_x(stride=1/...) is a fraction such as 1/2; this is ')'",
    "sobel_x(stride='1/0')": "sobel_x(stride=1/0) divides by zero",
    "sobel_x(padding=(1, 2, 3))": "sobel_x(padding) has 3 values; expected one, two or four",
    "sobel_x(padding_mode=mirror)": "sobel_x(padding_mode='mirror') is not known; choose one of: circular, constant,"
    " reflect, replicate, symmetric",
    "sobel_x(flip_kernel=1)": "sobel_x(flip_kernel=1) is not known; choose one of: no, yes",
    "conv2d()": "conv2d needs a kernel: a name, numbers or a digest",
    "conv2d(kernel=3)": "conv2d needs a kernel: a name, numbers or a digest",
    "conv2d(kernel=[])": "the kernel is empty; give at least one number",
    "conv2d(kernel=[[1, 2], [3]])": "the rows of a kernel have equal length; this one has 1 beside 2",
    "conv2d(kernel=[[1, two]])": "'two' is not a finite number; a kernel is made of numbers",
    "conv2d(kernel=[[[[[1]]]]])": "a kernel has at most 4 dimensions",
    "conv2d(kernel=numbers())": "the value of kernel(numbers=...) is missing; this is ')'",
    "conv2d(kernel=digest('xyz'))": "a kernel's digest has 16 hex digits; this is 'xyz'",
    "conv2d(kernel=gaussian(sigm=2))": "gaussian has no parameter 'sigm'; it has: size, sigma, normalise, zero_mean",
    "stft()": "stft is not for this medium (image); it is for: audio",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text)[1:40])
def test_a_call_that_is_wrong_is_refused_in_these_words(text):
    with pytest.raises(RecipeError) as refused:
        from_text(text, "image")
    assert str(refused.value) == REFUSED[text]


# --- what nobody writes by hand ------------------------------------------------------------------


def outcome(text: str, kind: str = "image") -> Recipe | str:
    """The recipe, or the sentence; any other exception is a bug and comes through."""
    try:
        recipe = from_call(text, kind)
    except RecipeError as refused:
        sentence = str(refused)
        assert 10 < len(sentence) < 250 + len(STEP_CHOICES), sentence
        assert sentence.isprintable() and "Error" not in sentence and "object at" not in sentence, sentence
        return sentence
    assert from_text(to_call(recipe), kind) == recipe
    return recipe


HOSTILE = {
    "as long as it may be": "a" * MAX_LENGTH,
    "nothing but spaces and a mark": " " * (MAX_LENGTH - 1) + ")",
    "steps without end": "grey|" * 40_000,
    "steps without end, all there": "|".join(["grey"] * 40_000),
    "brackets without end": "conv2d(kernel=" + "[" * 150_000,
    "round brackets without end": "conv2d(kernel=" + "(" * 150_000,
    "calls without end": "conv2d(kernel=" + "box(size=" * 20_000,
    "numbers without end": "conv2d(kernel=[" + "1," * 90_000 + "])",
    "quotes without end": "gaussian(" + "'" * 150_000,
    "quotes that open and never close": "gaussian(size=" + "\"'" * 90_000,
    "rows without end": "conv2d(kernel=[" + "[1]," * 45_000 + "])",
    "a thousand settings": "gaussian(" + ",".join(f"a{i}=1" for i in range(9_000)) + ")",
    "digits without end": "gaussian(size=" + "9" * 190_000 + ")",
    "a fraction without end": "sobel_x(stride=1/" + "9" * 190_000 + ")",
    "points without end": "gaussian(sigma=" + "1." * 90_000 + ")",
    "a point and zeros": "gaussian(sigma=0." + "0" * 190_000 + ")",
    "an exponent without end": "gaussian(sigma=1e" + "9" * 190_000 + ")",
    "surrogates": "sobel_x(" + "\udfff" * 1000,
    "wide digits": "gaussian(size=٩)",
    "too long": "(" * (MAX_LENGTH + 1),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_refused_at_once_and_without_much_memory(name):
    tracemalloc.start()
    assert isinstance(outcome(HOSTILE[name]), str)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60e6


TOKENS = [
    " | ", "|", "(", ")", "()", "[", "]", "[[", "]]", ",", ", ", "=", "/", " ", "'", '"', "-", "−", "1", "0", "-1", "1/2",
    "1/0", "0.5", "1e999", "1e-5", "nan", "9" * 50, "yes", "True", "none", "kernel", "numbers(", "digest(", "size=",
    "'0123456789abcdef'", "sigma=2", "stride=", "padding=(1, 2)", "padding_mode=", "fill", "dilation", "flip_kernel=yes",
    "same", "valid", "conv2d(kernel=", "gaussian(", "box", "sobel_x", "grey", "gain(factor=", "[[1, 0, -1]]", "é", "self",
]  # fmt: skip
CHARACTERS = string.ascii_lowercase + string.digits + "()[]|=, '\"/._-" * 5 + "AZ%&\n\0é٩\u202e\ud800😀"


def test_a_hundred_thousand_strange_texts_give_a_recipe_or_one_sentence():
    corpus = [*TYPED, *(text for text in REFUSED if len(text) < 200)]
    found = {Recipe: 0, str: 0}
    for text in strange_texts(100_000, corpus, TOKENS, CHARACTERS):
        found[type(outcome(text))] += 1
    assert found[Recipe] > 1_000 and found[str] > 50_000, "the strange texts test both ways"


@given(text=st.text(max_size=60), kind=st.sampled_from(KINDS))
@settings(max_examples=500, deadline=None, derandomize=True, database=None)
def test_any_text_at_all_gives_a_recipe_or_one_sentence(text, kind):
    outcome(text, kind)
