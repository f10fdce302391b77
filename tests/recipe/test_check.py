"""What does the gate let through?  Both ends of every parameter, and nothing beyond them."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from playground.errors import RecipeError
from playground.ops.parameters import Choice, Flag, Integer, Padding, Pair, Real, Stride
from playground.ops.registry import COMMON_KERNEL_PARAMETERS, KERNELS, OPS, KernelParameter, KernelRef
from playground.recipe.check import MAX_STEPS, check, conv_options, kernel_options, options, settings
from playground.recipe.model import Recipe, Step

KINDS = ("image", "audio", "spectrogram")
STEPS = [(kind, name) for kind in KINDS for name, entry in {**OPS, **KERNELS}.items() if kind in entry.media]
PARAMETERS = [(kind, name, key) for kind, name in STEPS for key in options(name, kind) if key != "kernel"]
HUGE = 10**400


def checked(kind: str, name: str, **params: object) -> Step:
    (step,) = check(Recipe((Step.of(name, **_with_kernel(kind, name, params)),)), kind).steps
    return step


def refusal(kind: str, name: str, **params: object) -> str:
    with pytest.raises(RecipeError) as refused:
        checked(kind, name, **params)
    return str(refused.value)


def _with_kernel(kind: str, name: str, params: dict) -> dict:
    needed = {"kernel": KernelRef(name="box")} if "kernel" in options(name, kind) else {}
    return needed | params


# --- what a kernel's name means on a medium ------------------------------------------------------


BORDERS = {"image": "reflect", "spectrogram": "reflect", "audio": "constant"}


def window(kind: str, **others: object) -> dict:
    return {
        "padding": "same", "padding_mode": BORDERS[kind], "fill": 0.0, "stride": 1, "dilation": 1,
        "flip_kernel": False,
    } | others  # fmt: skip


@pytest.mark.parametrize("kind, name", [(kind, name) for kind, name in STEPS if name in KERNELS])
def test_a_kernel_s_name_keeps_the_size_and_continues_by_the_medium_s_border(kind, name):
    if kind == "audio" and KERNELS[name].causal:
        expected = window(kind, padding="full", flip_kernel=True)
    else:
        expected = window(kind)
    own = {key: option.default for key, option in kernel_options(name).items()}
    assert settings(Step(name), kind) == own | expected
    assert own.items() >= {"normalise": False, "zero_mean": False}.items()


@pytest.mark.parametrize("kind", KINDS)
def test_the_window_has_the_medium_s_defaults_and_a_causal_kernel_its_own_on_sounds(kind):
    def defaults(**options: bool) -> dict:
        return {name: option.default for name, option in conv_options(kind, **options).items()}

    assert defaults() == defaults(causal=False) == window(kind)
    assert defaults(causal=True) == (
        window(kind, padding="full", flip_kernel=True) if kind == "audio" else window(kind)
    )


@pytest.mark.parametrize("kind, name", [("image", "conv2d"), ("spectrogram", "conv2d"), ("audio", "conv1d")])
def test_the_steps_conv1d_and_conv2d_keep_the_defaults_of_their_signature(kind, name):
    kernel = KernelRef(name="box")
    assert settings(Step.of(name, kernel=kernel), kind) == {
        "kernel": kernel, "padding": 0, "padding_mode": "constant", "fill": 0.0, "stride": 1, "dilation": 1,
        "groups": 1, "flip_kernel": False,
    }  # fmt: skip


def test_settings_are_the_defaults_with_what_was_said():
    step = checked("image", "gaussian", sigma=2, stride=2)
    assert step.params == (("sigma", 2.0), ("stride", 2))
    assert settings(step, "image")["sigma"] == 2.0
    assert settings(step, "image")["size"] is None
    assert step.get("stride") == 2 and step.get("size") is None and step.get("size", 7) == 7


# --- both ends of every parameter ----------------------------------------------------------------


def inside(kind: object) -> list:
    match kind:
        case Integer(low, high) | Real(low, high):
            return [low, high]
        case Flag():
            return [False, True]
        case Choice(words):
            return list(words)
        case Stride(high):
            return [1, high, Fraction(1, high), Fraction(high, high - 1), Fraction(high - 1, high)]
        case Pair(item):
            return [
                value for one in inside(item) for value in (one, (one, one), [one], (inside(item)[0], one))
            ]
        case Padding(high, words):
            return [*words, 0, high, (0,), (high, 0), (0, high, high, 0)]
    raise AssertionError(f"no ends for {kind}")


def outside(kind: object) -> list:
    strange = [
        None,
        "",
        "1",
        "Same",
        float("nan"),
        float("inf"),
        float("-inf"),
        b"1",
        {},
        {1},
        object,
        HUGE,
        -HUGE,
    ]
    match kind:
        case Integer(low, high, step):
            return [
                *strange,
                low - 1,
                high + 1,
                True,
                False,
                float(low),
                Fraction(low),
                (low,),
                *([low + 1] * (step > 1)),
            ]
        case Real(low, high):
            return [*strange, low - 1e-6, high + 1e-6, True, False, Fraction(1, 2), (low,), complex(low)]
        case Flag():
            return [*strange, 0, 1, "yes", "no", 1.0]
        case Choice():
            return [*strange, True, 0, ("same",)]
        case Stride(high):
            return [
                *strange,
                0,
                -1,
                high + 1,
                Fraction(1, high + 1),
                Fraction(-1, 2),
                Fraction(0),
                True,
                0.5,
                2.0,
            ]
        case Pair(item):
            ends = [value for value in outside(item) if type(value) is not tuple]
            return [
                *ends,
                *((value, inside(item)[0]) for value in ends),
                (),
                (inside(item)[0],) * 3,
                [[1, 1]],
            ]
        case Padding(high):
            return [
                *strange,
                -1,
                high + 1,
                True,
                1.0,
                (),
                (1, 2, 3),
                (1,) * 5,
                (0, -1),
                (0, high + 1),
                (True, 1),
                ["same"],
            ]
    raise AssertionError(f"no outside for {kind}")  # fmt: skip


@pytest.mark.parametrize("kind, name, key", PARAMETERS)
def test_both_ends_of_a_parameter_are_accepted_and_what_lies_beyond_is_refused(kind, name, key):
    option = options(name, kind)[key]
    for value in inside(option.type):
        step = checked(kind, name, **{key: value})
        assert checked(kind, name, **dict(step.params)) == step
        hash(step)
    for value in outside(option.type):
        if value is None and option.optional:
            assert key not in dict(checked(kind, name, **{key: value}).params)
            continue
        sentence = refusal(kind, name, **{key: value})
        assert sentence.startswith(f"{name}({key}"), sentence
        assert len(sentence) < 200 and "\n" not in sentence


@pytest.mark.parametrize("given_value, kept", [((2, 2), 2), ([2, 3], (2, 3)), ((2,), 2), (2, 2)])
def test_one_value_for_both_axes_is_one_value(given_value, kept):
    assert checked("image", "box", size=given_value) == Step.of("box", size=kept)
    assert checked("image", "box", stride=given_value) == Step.of("box", stride=kept)
    assert checked("image", "box", dilation=given_value) == Step.of("box", dilation=kept)


@pytest.mark.parametrize(
    "given_value, kept",
    [((2,), 2), ((2, 2), 2), ([2] * 4, 2), ([2, 3], (2, 3)), ([1, 1, 2, 2], (1, 1, 2, 2))],
)
def test_one_padding_for_all_sides_is_one_number(given_value, kept):
    assert checked("image", "box", padding=given_value) == Step.of("box", padding=kept)


def test_whole_numbers_become_numbers_and_fractions_become_whole():
    factor = checked("image", "gain", factor=2).get("factor")
    assert factor == 2 and type(factor) is float
    stride = checked("image", "box", stride=Fraction(4, 2)).get("stride")
    assert stride == 2 and type(stride) is int
    numbers = checked("image", "conv2d", kernel=KernelRef(numbers=[[1, 2], [3, -0.0]])).get("kernel").numbers
    assert numbers == ((1.0, 2.0), (3.0, 0.0))
    assert str(numbers[1][1]) == "0.0", "a zero with a sign would read differently in a link"


SENTENCES = {
    "a whole number": ({"size": 256}, "gaussian(size=256) is out of range; expected a whole number from 1 to 255"),
    "a bool for a size": ({"size": True}, "gaussian(size=True) is out of range; expected a whole number from 1 to 255"),
    "a float for a size": ({"size": 3.0}, "gaussian(size=3.0) is out of range; expected a whole number from 1 to 255"),
    "a word for a size": ({"size": "3"}, "gaussian(size='3') is out of range; expected a whole number from 1 to 255"),
    "a huge number": (
        {"size": HUGE},
        "gaussian(size=a number of over 30 digits) is out of range; expected a whole number from 1 to 255",
    ),
    "a number": ({"sigma": 0.05}, "gaussian(sigma=0.05) is out of range; expected a number from 0.1 to 50"),
    "not a number": ({"sigma": float("nan")}, "gaussian(sigma=nan) is out of range; expected a number from 0.1 to 50"),
    "infinity": ({"sigma": float("inf")}, "gaussian(sigma=inf) is out of range; expected a number from 0.1 to 50"),
    "a flag": ({"flip_kernel": 1}, "gaussian(flip_kernel=1) is not known; choose one of: no, yes"),
    "a word": (
        {"padding_mode": "wrap"},
        "gaussian(padding_mode='wrap') is not known; choose one of: circular, constant, reflect, replicate, symmetric",
    ),
    "a stride": ({"stride": 0.5}, "gaussian(stride=0.5) is out of range; expected 1 to 16, or 1/16 to 1/2"),
    "a stride of 1/17": (
        {"stride": (1, Fraction(1, 17))},
        "gaussian(stride=1/17) is out of range; expected 1 to 16, or 1/16 to 1/2",
    ),
    "three axes": ({"stride": (1, 2, 3)}, "gaussian(stride) has 3 values; expected one, or one per axis"),
    "three sides": ({"padding": (1, 2, 3)}, "gaussian(padding) has 3 values; expected one, two or four"),
    "a padding": ({"padding": -1}, "gaussian(padding=-1) is out of range; expected a whole number from 0 to 4096"),
    "a padding's word": ({"padding": "some"}, "gaussian(padding='some') is not known; choose one of: full, same, valid"),
    "a name": (
        {"sigmas": 1},
        "gaussian has no parameter 'sigmas'; it has: size, sigma, normalise, zero_mean, padding, padding_mode, fill,"
        " stride, dilation, flip_kernel",
    ),
}  # fmt: skip


@pytest.mark.parametrize("params, sentence", SENTENCES.values(), ids=SENTENCES)
def test_a_value_that_is_not_possible_is_refused_in_these_words(params, sentence):
    assert refusal("image", "gaussian", **params) == sentence


def test_a_size_without_a_middle_is_answered_with_its_neighbours():
    assert (
        refusal("image", "identity", size=4)
        == "identity(size=4) does not fit; the nearest that do are 3 and 5"
    )
    assert (
        refusal("image", "unsharp", size=254)
        == "unsharp(size=254) does not fit; the nearest that do are 253 and 255"
    )


def test_a_parameter_said_twice_is_refused_and_not_decided():
    twice = Recipe((Step("gaussian", (("sigma", 1.5), ("sigma", 2.0))),))
    with pytest.raises(RecipeError) as refused:
        check(twice, "image")
    assert str(refused.value) == "gaussian is given 'sigma' twice; say it once"


# --- kernels -------------------------------------------------------------------------------------

KERNEL_CHOICES = ", ".join(sorted(KERNELS))
BAD_KERNELS = {
    "nothing": (KernelRef(), "the kernel is empty; give at least one number"),
    "an empty row": (KernelRef(numbers=((),)), "the kernel is empty; give at least one number"),
    "no numbers": (KernelRef(numbers=()), "the kernel is empty; give at least one number"),
    "a bare number": (KernelRef(numbers=1.0), "the kernel is empty; give at least one number"),
    "ragged rows": (
        KernelRef(numbers=((1, 2), (3,))),
        "the rows of a kernel have equal length; this one has 1 beside 2",
    ),
    "a number beside rows": (
        KernelRef(numbers=((1, 2), 3)),
        "the rows of a kernel have equal length; this one has 1 beside 2",
    ),
    "rows beside a number": (
        KernelRef(numbers=(1, (2, 3))),
        "(2, 3) is not a finite number; a kernel is made of numbers",
    ),
    "NaN": (
        KernelRef(numbers=((1, float("nan")),)),
        "nan is not a finite number; a kernel is made of numbers",
    ),
    "infinity": (
        KernelRef(numbers=((1, float("inf")),)),
        "inf is not a finite number; a kernel is made of numbers",
    ),
    "a bool": (KernelRef(numbers=((1, True),)), "True is not a finite number; a kernel is made of numbers"),
    "a word": (KernelRef(numbers=(("1",),)), "'1' is not a finite number; a kernel is made of numbers"),
    "a number too large": (
        KernelRef(numbers=(HUGE,)),
        "a number of over 30 digits is not a finite number; a kernel is made of numbers",
    ),
    "five dimensions": (KernelRef(numbers=(((((1,),),),),)), "a kernel has at most 4 dimensions"),
    "too many": (
        KernelRef(numbers=((1.0,) * 4097,)),
        "this kernel has 4097 numbers; a recipe holds at most 4096",
    ),
    "an unknown name": (
        KernelRef(name="sobl"),
        f"kernel='sobl' is not known; choose one of: {KERNEL_CHOICES}",
    ),
    "a name that is none": (KernelRef(name=5), f"kernel=5 is not known; choose one of: {KERNEL_CHOICES}"),
    "a list for a name": (KernelRef(name=[]), f"kernel=[] is not known; choose one of: {KERNEL_CHOICES}"),
    "an operation's name": (
        KernelRef(name="grey"),
        f"kernel='grey' is not known; choose one of: {KERNEL_CHOICES}",
    ),
    "a short digest": (
        KernelRef(digest="0123"),
        "a kernel's digest has 16 hex digits; this is '0123'",
    ),
    "a digest with a line": (
        KernelRef(digest="0123456789abcde\n"),
        r"a kernel's digest has 16 hex digits; this is '0123456789abcde\n'",
    ),
    "a number for a digest": (KernelRef(digest=5), "a kernel's digest has 16 hex digits; this is 5"),
    "another kernel's parameter": (
        KernelRef(name="box", params=(("sigma", 1),)),
        "box has no parameter 'sigma'; it has: size, normalise, zero_mean",
    ),
    "a parameter of numbers": (
        KernelRef(numbers=(1,), params=(("size", 1),)),
        "conv2d has no parameter 'size'; it has: normalise, zero_mean",
    ),
    "a parameter out of range": (
        KernelRef(name="box", params=(("size", 0),)),
        "box(size=0) is out of range; expected a whole number from 1 to 255",
    ),
    "rows without a reference": (((1, 2),), "conv2d(kernel) needs a kernel: a name, numbers or a digest"),
    "a name without a reference": ("box", "conv2d(kernel) needs a kernel: a name, numbers or a digest"),
    "None": (None, "conv2d(kernel) needs a kernel: a name, numbers or a digest"),
}  # fmt: skip


@pytest.mark.parametrize("kernel, sentence", BAD_KERNELS.values(), ids=BAD_KERNELS)
def test_a_kernel_that_is_none_is_refused_in_these_words(kernel, sentence):
    assert refusal("image", "conv2d", kernel=kernel) == sentence


def test_a_convolution_without_a_kernel_is_refused():
    for name, kind in (("conv2d", "image"), ("conv1d", "audio")):
        with pytest.raises(RecipeError) as refused:
            check(Recipe((Step(name),)), kind)
        assert str(refused.value) == f"{name} needs a kernel: a name, numbers or a digest"


def test_a_kernel_s_defaults_are_dropped_like_any_other():
    said = KernelRef(name="box", params=(("zero_mean", False), ("size", (3, 3)), ("normalise", True)))
    kept = KernelRef(name="box", params=(("normalise", True),))
    assert checked("image", "conv2d", kernel=said).get("kernel") == kept


@pytest.mark.parametrize("shape", [(4096,), (64, 64), (1, 1, 64, 64)], ids=str)
def test_a_recipe_holds_4096_numbers(shape):
    numbers: object = 1.0
    for size in reversed(shape):
        numbers = (numbers,) * size
    assert checked("image", "conv2d", kernel=KernelRef(numbers=numbers)).get("kernel").numbers == numbers


# --- steps and media -----------------------------------------------------------------------------


def test_a_recipe_has_at_most_32_steps():
    assert MAX_STEPS == 32
    assert len(check(Recipe((Step("grey"),) * 32), "image").steps) == 32
    with pytest.raises(RecipeError) as refused:
        check(Recipe((Step("grey"),) * 33), "image")
    assert str(refused.value) == "this recipe has 33 steps; it may have 32"


def test_no_steps_are_a_recipe_too():
    assert check(Recipe(), "image") == Recipe() == Recipe(())


def test_a_step_s_name_that_is_unknown_is_answered_with_all_there_are_for_the_medium():
    choices = ", ".join(sorted(name for known in (OPS, KERNELS) for name in known if "image" in known[name].media))
    assert "mono" not in choices.split(", ") and "grey" in choices.split(", ")
    assert refusal_of_name("sobl") == f"step 'sobl' is not known; choose one of: {choices}"
    assert refusal_of_name("") == f"step '' is not known; choose one of: {choices}"


def refusal_of_name(name: str) -> str:
    with pytest.raises(RecipeError) as refused:
        check(Recipe((Step(name),)), "image")
    return str(refused.value)


@pytest.mark.parametrize(
    "kind, name, media",
    [
        ("image", "conv1d", "audio"),
        ("spectrogram", "conv1d", "audio"),
        ("audio", "conv2d", "image, spectrogram"),
        ("audio", "grey", "image"),
        ("spectrogram", "grey", "image"),
        ("audio", "sobel_x", "image, spectrogram"),
    ],
)
def test_a_step_for_another_medium_is_refused_with_the_media_it_is_for(kind, name, media):
    with pytest.raises(RecipeError) as refused:
        check(Recipe((Step.of(name, kernel=KernelRef(name="box")),)), kind)
    assert str(refused.value) == f"{name} is not for this medium ({kind}); it is for: {media}"


def test_every_step_is_offered_on_its_media_and_on_no_other():
    for name, entry in {**OPS, **KERNELS}.items():
        assert entry.media and set(entry.media) <= set(KINDS)
        for kind in set(KINDS) - set(entry.media):
            with pytest.raises(RecipeError) as refused:
                options(name, kind)
            media = ", ".join(entry.media)
            assert str(refused.value) == f"{name} is not for this medium ({kind}); it is for: {media}"


# --- whatever Python can hold --------------------------------------------------------------------

anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.binary(max_size=3),
        st.fractions(), st.sampled_from(["same", "valid", HUGE, "box", "yes"]),
        st.complex_numbers(), st.decimals(allow_nan=True),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.lists(inner, max_size=4).map(tuple), st.dictionaries(st.text(max_size=3), inner),
        st.builds(KernelRef, name=inner), st.builds(KernelRef, numbers=inner), st.builds(KernelRef, digest=inner),
        st.builds(KernelRef, numbers=st.just((1.0,)), params=st.tuples(st.tuples(st.just("normalise"), inner))),
    ),
    max_leaves=8,
)  # fmt: skip


@pytest.mark.parametrize("kind, name", [("image", "conv2d"), ("image", "gaussian"), ("image", "box"), ("audio", "conv1d"),
                                        ("image", "gain"), ("image", "channel"), ("image", "sobel_x")])  # fmt: skip
@given(data=st.data())
@hypothesis_settings(
    max_examples=60, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)
def test_any_value_at_all_is_checked_or_refused_in_one_sentence(kind, name, data):
    key = data.draw(st.sampled_from(list(options(name, kind))))
    try:
        step = checked(kind, name, **{key: data.draw(anything)})
    except RecipeError as refused:
        assert 10 < len(str(refused)) < 600
    else:
        assert checked(kind, name, **dict(step.params)) == step


def nested_deeply(depth: int) -> tuple:
    found: tuple = ()
    for _ in range(depth):
        found = (found,)
    return found


UNSHOWABLE = {
    "5000 digits": 10**5000,
    "a fraction of 5000 digits": Fraction(10**5000, 3),
    "a hundred thousand lists deep": nested_deeply(100_000),
    "a list with 5000 digits": [10**5000],
}  # what ``repr`` itself refuses


@pytest.mark.parametrize("value", UNSHOWABLE.values(), ids=UNSHOWABLE)
@pytest.mark.parametrize(
    "kind, name, key", [entry for entry in PARAMETERS if entry[1] in ("gaussian", "conv2d", "conv1d")]
)
def test_a_value_that_python_cannot_even_show_is_refused_in_one_sentence(kind, name, key, value):
    assert len(refusal(kind, name, **{key: value})) < 200


@pytest.mark.parametrize("value", UNSHOWABLE.values(), ids=UNSHOWABLE)
def test_a_kernel_that_python_cannot_even_show_is_refused_in_one_sentence(value):
    refs = [KernelRef(numbers=((1.0, value),)), KernelRef(digest=value), KernelRef(name=value),
            KernelRef(name="box", params=(("size", value),))]  # fmt: skip
    for ref in refs:
        assert len(refusal("image", "conv2d", kernel=ref)) < 200 + len(KERNEL_CHOICES)


def test_every_type_of_parameter_is_one_of_the_closed_list():
    known = {Integer, Real, Flag, Choice, Pair, Stride, Padding, KernelParameter}
    assert {type(option.type) for kind, name in STEPS for option in options(name, kind).values()} <= known
    assert {type(option.type) for option in COMMON_KERNEL_PARAMETERS.values()} <= known
