"""Does a link say what it said, for ever, and is every other text refused in one sentence?"""

from __future__ import annotations

import re
import string
import time
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.errors import RecipeError
from playground.ops.parameters import Pair
from playground.ops.registry import COMMON_KERNEL_PARAMETERS, KERNELS, MAX_KERNEL_NUMBERS, OPS, KernelRef
from playground.recipe.check import MAX_STEPS, check, options
from playground.recipe.link_form import from_link
from playground.recipe.model import Recipe, Step
from playground.recipe.text import MAX_LENGTH, from_text, to_text

from .drawn import KINDS, STEPS, nested, recipes, steadily, steps
from .strange import strange_texts

# --- every recipe there can be -------------------------------------------------------------------


def settings_in(part: str) -> list[str]:
    return re.split(r"\.(?=[a-z])", part)[1:]


@pytest.mark.parametrize("kind, name", STEPS)
@given(data=st.data())
@steadily
def test_every_step_comes_back_from_its_link_form_which_says_only_what_differs(kind, name, data):
    step = data.draw(steps(kind, name))
    recipe = check(Recipe((step,)), kind)
    text = to_text(recipe)
    assert from_text(text, kind) == recipe
    assert hash(from_text(text, kind)) == hash(recipe)
    assert re.fullmatch(r"[A-Za-z0-9._~-]+", text)
    assert to_text(from_text(text, kind)) == text
    assert check(recipe, kind) == recipe, "a checked recipe is in its one form already"
    reordered = Recipe((Step(name, tuple(reversed(step.params))),))
    assert check(reordered, kind) == recipe, "the order of the settings says nothing"
    assert from_text(to_text(Recipe((step,))), kind) == recipe, "a form that is not canonical means the same"
    assert_only_what_differs_is_written(recipe.steps[0], options(name, kind), text)


def assert_only_what_differs_is_written(step: Step, known: dict, text: str) -> None:
    ref = step.get("kernel")
    inner = ref.params if ref else ()
    assert len(settings_in(text)) == len(step.params) + len(inner)
    assert all(value != known[key].default for key, value in step.params)
    own = {**(KERNELS[ref.name].options if ref and ref.name else {}), **COMMON_KERNEL_PARAMETERS}
    assert all(value != own[key].default for key, value in inner)


@pytest.mark.parametrize("kind, name", STEPS)
def test_defaults_that_are_written_out_are_dropped(kind, name):
    known = options(name, kind)
    kernel = {"kernel": KernelRef(name="box")} if "kernel" in known else {}
    said = {key: option.default for key, option in known.items() if option.default is not None}
    spelled = to_text(Recipe((Step.of(name, **said, **kernel),)))
    assert len(settings_in(spelled)) == len(said) + len(kernel)
    assert from_text(spelled, kind) == Recipe((Step.of(name, **kernel),))


@given(data=st.data())
@steadily
def test_a_recipe_of_many_steps_comes_back(data):
    kind = data.draw(st.sampled_from(KINDS))
    recipe = check(data.draw(recipes(kind)), kind)
    assert from_text(to_text(recipe), kind) == recipe


def test_no_setting_of_a_kernel_is_called_like_one_of_the_window():
    for name in KERNELS:
        own = {*KERNELS[name].options, *COMMON_KERNEL_PARAMETERS}
        assert not own & {*OPS["conv2d"].options, *OPS["conv1d"].options}, name
    assert not {*KERNELS} & {*OPS}, "a step's name is one thing"


def test_every_name_survives_the_change_of_its_underscores():
    said = {*OPS, *KERNELS, *(key for kind, name in STEPS for key in options(name, kind))}
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in said)
    words = {
        w
        for kind, name in STEPS
        for o in options(name, kind).values()
        for w in getattr(o.type, "options", ())
    }
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", word) for word in words)


@pytest.mark.parametrize("shape", [(4096,), (1, 4096), (64, 64), (16, 16, 16), (8, 8, 8, 8)], ids=str)
def test_as_many_numbers_as_a_recipe_may_hold_come_back(shape):
    drawn = [round(i % 199 - 99 + (i % 10) / 10, 1) for i in range(MAX_KERNEL_NUMBERS)]
    recipe = check(Recipe((Step.of("conv2d", kernel=KernelRef(numbers=nested(shape, drawn))),)), "image")
    assert from_text(to_text(recipe), "image") == recipe


# --- grammar, version 1: these links are in the world, and mean this for ever ---------------------


def of(*steps: Step) -> Recipe:
    return Recipe(steps)


def conv(kernel: KernelRef, **params: object) -> Recipe:
    return of(Step.of("conv2d", kernel=kernel, **params))


HALF = Fraction(1, 2)
LINKS = {
    "": of(),
    "grey": of(Step("grey")),
    "sobel-x": of(Step("sobel_x")),
    "laplacian-4": of(Step("laplacian_4")),
    "grey~sobel-x": of(Step("grey"), Step("sobel_x")),
    "channel.index_2~gain.factor_-0.5": of(Step.of("channel", index=2), Step.of("gain", factor=-0.5)),
    "gaussian.sigma_2": of(Step.of("gaussian", sigma=2.0)),
    "gaussian.sigma_2~sobel-x": of(Step.of("gaussian", sigma=2.0), Step("sobel_x")),
    "gaussian.sigma_0.5~sobel-x.stride_1-2": of(
        Step.of("gaussian", sigma=0.5), Step.of("sobel_x", stride=HALF)
    ),
    "gaussian.sigma_2.size_9": of(Step.of("gaussian", sigma=2.0, size=9)),
    "gain.factor_1e-05": of(Step.of("gain", factor=1e-5)),
    "box.size_3_5": of(Step.of("box", size=(3, 5))),
    "motion-blur.angle_45.length_9": of(Step.of("motion_blur", angle=45.0, length=9)),
    "gabor.angle_30.wavelength_4.5": of(Step.of("gabor", angle=30.0, wavelength=4.5)),
    "sobel-x.padding-mode_circular": of(Step.of("sobel_x", padding_mode="circular")),
    "sobel-x.padding_valid": of(Step.of("sobel_x", padding="valid")),
    "sobel-x.padding_full": of(Step.of("sobel_x", padding="full")),
    "sobel-x.padding_0": of(Step.of("sobel_x", padding=0)),
    "sobel-x.padding_1_2": of(Step.of("sobel_x", padding=(1, 2))),
    "sobel-x.padding_1_1_0_0": of(Step.of("sobel_x", padding=(1, 1, 0, 0))),
    "sobel-x.fill_0.5.padding-mode_constant": of(Step.of("sobel_x", fill=0.5, padding_mode="constant")),
    "sobel-x.flip-kernel_yes": of(Step.of("sobel_x", flip_kernel=True)),
    "sobel-x.stride_2": of(Step.of("sobel_x", stride=2)),
    "sobel-x.stride_2-3": of(Step.of("sobel_x", stride=Fraction(2, 3))),
    "sobel-x.stride_2_1-2": of(Step.of("sobel_x", stride=(2, HALF))),
    "sobel-x.dilation_1_3": of(Step.of("sobel_x", dilation=(1, 3))),
    "box.normalise_yes": of(Step.of("box", normalise=True)),
    "box.zero-mean_yes": of(Step.of("box", zero_mean=True)),
    "conv2d.kernel_sobel-x": conv(KernelRef(name="sobel_x")),
    "conv2d.kernel_gaussian.kernel-sigma_2": conv(KernelRef(name="gaussian", params=(("sigma", 2.0),))),
    "conv2d.kernel_box.kernel-size_3_5.padding_same": conv(
        KernelRef(name="box", params=(("size", (3, 5)),)), padding="same"
    ),
    "conv2d.kernel_3_1_0_-1": conv(KernelRef(numbers=(1.0, 0.0, -1.0))),
    "conv2d.kernel_1x3_-1_0_1": conv(KernelRef(numbers=((-1.0, 0.0, 1.0),))),
    "conv2d.kernel_2x2_0.25_1e-07_-3.5_1e22": conv(KernelRef(numbers=((0.25, 1e-7), (-3.5, 1e22)))),
    "conv2d.kernel_1x1x1x2_1_2": conv(KernelRef(numbers=((((1.0, 2.0),),),))),
    "conv2d.groups_3.kernel_3x1x1x1_1_2_3": conv(
        KernelRef(numbers=((((1.0,),),), (((2.0,),),), (((3.0,),),))), groups=3
    ),
    "conv2d.kernel_1x2_1_1.kernel-normalise_yes": conv(
        KernelRef(numbers=((1.0, 1.0),), params=(("normalise", True),))
    ),
    "conv2d.kernel_digest_0123456789abcdef": conv(KernelRef(digest="0123456789abcdef")),
    "conv2d.kernel_digest_0123456789abcdef.kernel-zero-mean_yes": conv(
        KernelRef(digest="0123456789abcdef", params=(("zero_mean", True),))
    ),
}

OTHER_SPELLINGS = {
    "sobel_x": "sobel-x",
    "sobel-x.stride_1": "sobel-x",
    "sobel-x.stride_2_2": "sobel-x.stride_2",
    "sobel-x.stride_2-4": "sobel-x.stride_1-2",
    "sobel-x.stride_4-2": "sobel-x.stride_2",
    "sobel-x.padding_same.padding-mode_reflect.fill_0.dilation_1.flip-kernel_no": "sobel-x",
    "sobel-x.padding_1_1": "sobel-x.padding_1",
    "sobel-x.padding_1_1_1_1": "sobel-x.padding_1",
    "sobel-x.fill_-0": "sobel-x",
    "gaussian.size_9.sigma_2.0": "gaussian.sigma_2.size_9",
    "gaussian.sigma_0.2e1": "gaussian.sigma_2",
    "gaussian.sigma_002.500": "gaussian.sigma_2.5",
    "box.size_3": "box",
    "box.size_3_3": "box",
    "conv2d.kernel_box.kernel-size_5_5": "conv2d.kernel_box.kernel-size_5",
    "conv2d.padding_0.kernel_box.kernel-size_3": "conv2d.kernel_box",
    "conv2d.kernel-size_5.kernel_box": "conv2d.kernel_box.kernel-size_5",
    "conv2d.kernel_01x02_1.50_-0": "conv2d.kernel_1x2_1.5_0",
    "conv2d.kernel_box.padding-mode_constant": "conv2d.kernel_box",
}


@pytest.mark.parametrize("text", LINKS, ids=lambda text: text or "nothing")
def test_a_link_of_version_1_means_what_it_meant(text):
    assert from_text(text, "image") == LINKS[text]
    assert to_text(LINKS[text]) == text


@pytest.mark.parametrize("text", OTHER_SPELLINGS)
def test_two_links_that_say_the_same_are_the_same_recipe(text):
    canonical = OTHER_SPELLINGS[text]
    assert from_text(text, "image") == from_text(canonical, "image")
    assert to_text(from_text(text, "image")) == canonical


def test_every_form_of_the_grammar_is_pinned():
    """A type of parameter without a pinned link could change its form without a test that fails."""

    def forms(kind: object) -> set[type]:
        return {type(kind)} | (forms(kind.item) if isinstance(kind, Pair) else set())

    said = [step for recipe in LINKS.values() for step in recipe.steps]
    seen = {
        form
        for step in said
        for key, _ in step.params
        for form in forms(options(step.name, "image")[key].type)
    }
    every = {
        form for kind, name in STEPS for option in options(name, kind).values() for form in forms(option.type)
    }
    assert seen == every


OTHER_MEDIA = {
    ("audio", "conv1d.dilation_4.kernel_3_1_0_-1.padding_2_0.stride_1-2"): of(
        Step.of("conv1d", kernel=KernelRef(numbers=(1.0, 0.0, -1.0)), stride=HALF, dilation=4, padding=(2, 0))
    ),
    ("audio", "echo.delay_400"): of(Step.of("echo", delay=400.0)),
    ("audio", "reverb.seconds_0.5~gain.factor_2"): of(
        Step.of("reverb", seconds=0.5), Step.of("gain", factor=2.0)
    ),
    ("audio", "low-pass.cutoff_800"): of(Step.of("low_pass", cutoff=800.0)),
    ("audio", "identity.stride_2"): of(Step.of("identity", stride=2)),
    ("audio", "stft"): of(Step("stft")),
    ("audio", "stft.center_no.hop-length_256.n-fft_1024.window_rectangular"): of(
        Step.of("stft", center=False, hop_length=256, n_fft=1024, window="rectangular")
    ),
    ("audio", "stft~box.size_1_9~istft"): of(Step("stft"), Step.of("box", size=(1, 9)), Step("istft")),
    ("audio", "stft~sobel-x.stride_1-2_1~griffin-lim.iterations_2"): of(
        Step("stft"), Step.of("sobel_x", stride=(HALF, 1)), Step.of("griffin_lim", iterations=2)
    ),
    ("spectrogram", "conv2d.kernel_1x3_-1_0_1~istft"): of(
        Step.of("conv2d", kernel=KernelRef(numbers=((-1.0, 0.0, 1.0),))), Step("istft")
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind, text", OTHER_MEDIA, ids=lambda text: text)
def test_a_link_of_version_1_for_a_sound_means_what_it_meant(kind, text):
    recipe = OTHER_MEDIA[kind, text]
    assert from_text(text, kind) == recipe and to_text(recipe) == text


# --- what is refused, word by word ---------------------------------------------------------------

KERNEL_CHOICES = ", ".join(sorted(KERNELS))
STEP_CHOICES = ", ".join(sorted(name for name, entry in {**OPS, **KERNELS}.items() if "image" in entry.media))
CUT_OFF = "this link does not hold a recipe; was it cut off when it was copied?"
WINDOW = "normalise, zero_mean, padding, padding_mode, fill, stride, dilation, flip_kernel"
REFUSED = {
    # the frame
    "~": CUT_OFF,
    "sobel-x~": CUT_OFF,
    "~sobel-x": CUT_OFF,
    "grey~~sobel-x": CUT_OFF,
    ".": f"step '.' is not known; choose one of: {STEP_CHOICES}",
    "sobel-x.": f"step 'sobel_x.' is not known; choose one of: {STEP_CHOICES}",
    "sobel-x.stride": CUT_OFF,
    "sobel x": "after sobel comes | and the next step, or the end; this is 'x'",
    "sobel\N{NON-BREAKING HYPHEN}x": "a recipe has letters, digits and - . _ ~ only; this one has '\N{NON-BREAKING HYPHEN}'",
    "gaussian.size_\N{ARABIC-INDIC DIGIT NINE}": "a recipe has letters, digits and - . _ ~ only; this one has '٩'",
    "\ud800": r"a recipe has letters, digits and - . _ ~ only; this one has '\ud800'",
    "\0": r"a recipe has letters, digits and - . _ ~ only; this one has '\x00'",
    "%7E": "a recipe has letters, digits and - . _ ~ only; this one has '%'",
    # names
    "sobl": f"step 'sobl' is not known; choose one of: {STEP_CHOICES}",
    "Sobel-x": f"step 'Sobel_x' is not known; choose one of: {STEP_CHOICES}",
    "self_1": f"step 'self_1' is not known; choose one of: {STEP_CHOICES}",
    "--import": f"step '__import' is not known; choose one of: {STEP_CHOICES}",
    "gaussian.self_1": f"gaussian has no parameter 'self'; it has: size, sigma, {WINDOW}",
    "gaussian.name_1": f"gaussian has no parameter 'name'; it has: size, sigma, {WINDOW}",
    "gaussian.--class--_1": f"step 'gaussian.__class___1' is not known; choose one of: {STEP_CHOICES}",
    "gaussian.class_1": f"gaussian has no parameter 'class'; it has: size, sigma, {WINDOW}",
    "gaussian.kernel-sigma_2": f"gaussian has no parameter 'kernel_sigma'; it has: size, sigma, {WINDOW}",
    "sobel-x.bias_1": f"sobel_x has no parameter 'bias'; it has: {WINDOW}",
    "sobel-x.method_torch": f"sobel_x has no parameter 'method'; it has: {WINDOW}",
    "sobel-x.groups_2": f"sobel_x has no parameter 'groups'; it has: {WINDOW}",
    "grey.x_1": "grey has no parameter 'x'; it has: none",
    "conv1d.kernel_3_1_2_3": "conv1d is not for this medium (image); it is for: audio",
    # twice
    "gaussian.sigma_1.sigma_1": "gaussian is given 'sigma' twice; say it once",
    "sobel-x.padding-mode_reflect.padding-mode_circular": "sobel_x is given 'padding_mode' twice; say it once",
    "conv2d.kernel_box.kernel_box": "conv2d is given 'kernel' twice; say it once",
    "conv2d.kernel_box.kernel-size_3.kernel-size_3": "conv2d is given 'kernel_size' twice; say it once",
    # whole numbers
    "gaussian.size_": "gaussian(size='') is not a whole number",
    "gaussian.size_1e3": "gaussian(size='1e3') is not a whole number",
    "gaussian.size_3.5": "gaussian(size='3.5') is not a whole number",
    "gaussian.size_yes": "gaussian(size='yes') is not a whole number",
    "gaussian.size_True": "gaussian(size='True') is not a whole number",
    "gaussian.size_0": "gaussian(size=0) is out of range; expected a whole number from 1 to 255",
    "gaussian.size_256": "gaussian(size=256) is out of range; expected a whole number from 1 to 255",
    "identity.size_4": "identity(size=4) does not fit; the nearest that do are 3 and 5",
    "gaussian.size_" + "9" * 25: f"gaussian(size={'9' * 25}) is out of range; expected a whole number from 1 to 255",
    "gaussian.size_" + "9" * 4000: "gaussian(size=a number of over 30 digits) is out of range; expected a whole number"
    " from 1 to 255",
    "gaussian.size_" + "9" * 5000: f"gaussian(size='{'9' * 37}…) is not a whole number",
    "channel.index_-1": "channel(index=-1) is out of range; expected a whole number from 0 to 31",
    "sobel-x.dilation_0": "sobel_x(dilation=0) is out of range; expected a whole number from 1 to 256",
    "sobel-x.dilation_1_257": "sobel_x(dilation=257) is out of range; expected a whole number from 1 to 256",
    "sobel-x.dilation_1000000": "sobel_x(dilation=1000000) is out of range; expected a whole number from 1 to 256",
    "sobel-x.dilation_1_2_3": "sobel_x(dilation) has 3 values; expected one, or one per axis",
    "sobel-x.dilation_1-2": "sobel_x(dilation='1-2') is not a whole number",
    # numbers
    "gaussian.sigma_nan": "gaussian(sigma='nan') is not a number",
    "gaussian.sigma_inf": "gaussian(sigma='inf') is not a number",
    "gaussian.sigma_-inf": "gaussian(sigma='-inf') is not a number",
    "gaussian.sigma_1e999": "gaussian(sigma='1e999') is not a number",
    "gaussian.sigma_": "gaussian(sigma='') is not a number",
    "gaussian.sigma_.5": "gaussian(sigma='.5') is not a number",
    "gaussian.sigma_5.": "gaussian(sigma='5.') is not a number",
    "gaussian.sigma_0x10": "gaussian(sigma='0x10') is not a number",
    "gaussian.sigma_1-2": "gaussian(sigma='1-2') is not a number",
    "gaussian.sigma_0": "gaussian(sigma=0.0) is out of range; expected a number from 0.1 to 50",
    "gaussian.sigma_1e300": "gaussian(sigma=1e+300) is out of range; expected a number from 0.1 to 50",
    "gain.factor_-1000.5": "gain(factor=-1000.5) is out of range; expected a number from -1000 to 1000",
    # yes and no, words
    "sobel-x.flip-kernel_true": "sobel_x(flip_kernel='true') is not known; choose one of: no, yes",
    "sobel-x.flip-kernel_1": "sobel_x(flip_kernel='1') is not known; choose one of: no, yes",
    "sobel-x.padding-mode_mirror": "sobel_x(padding_mode='mirror') is not known; choose one of: circular, constant,"
    " reflect, replicate, symmetric",
    "sobel-x.padding_Same": "sobel_x(padding='Same') is not known; choose one of: full, same, valid",
    # strides
    "sobel-x.stride_": "sobel_x(stride='') is not a stride; write 2, or 1-2 for a half",
    "sobel-x.stride_0.5": "sobel_x(stride='0.5') is not a stride; write 2, or 1-2 for a half",
    "sobel-x.stride_1-0": "sobel_x(stride='1-0') is not a stride; write 2, or 1-2 for a half",
    "sobel-x.stride_1-2-3": "sobel_x(stride='1-2-3') is not a stride; write 2, or 1-2 for a half",
    "sobel-x.stride_0": "sobel_x(stride=0) is out of range; expected 1 to 16, or 1/16 to 1/2",
    "sobel-x.stride_17": "sobel_x(stride=17) is out of range; expected 1 to 16, or 1/16 to 1/2",
    "sobel-x.stride_1-17": "sobel_x(stride=1/17) is out of range; expected 1 to 16, or 1/16 to 1/2",
    "sobel-x.stride_0-2": "sobel_x(stride=0) is out of range; expected 1 to 16, or 1/16 to 1/2",
    "sobel-x.stride_-1": "sobel_x(stride=-1) is out of range; expected 1 to 16, or 1/16 to 1/2",
    "sobel-x.stride_1_2_3": "sobel_x(stride) has 3 values; expected one, or one per axis",
    # padding
    "sobel-x.padding_": "sobel_x(padding='') is not a whole number",
    "sobel-x.padding_-1": "sobel_x(padding=-1) is out of range; expected a whole number from 0 to 4096",
    "sobel-x.padding_4097": "sobel_x(padding=4097) is out of range; expected a whole number from 0 to 4096",
    "sobel-x.padding_1_2_3": "sobel_x(padding) has 3 values; expected one, two or four",
    "sobel-x.padding_1_2_3_4_5": "sobel_x(padding) has 5 values; expected one, two or four",
    # kernels
    "conv2d": "conv2d needs a kernel: a name, numbers or a digest",
    "conv2d.stride_2": "conv2d needs a kernel: a name, numbers or a digest",
    "conv2d.kernel-sigma_2": "conv2d needs a kernel: a name, numbers or a digest",
    "conv2d.kernel_": f"kernel='' is not known; choose one of: {KERNEL_CHOICES}",
    "conv2d.kernel_sobl": f"kernel='sobl' is not known; choose one of: {KERNEL_CHOICES}",
    "conv2d.kernel_1x1x1x1x1_1": f"kernel='1x1x1x1x1_1' is not known; choose one of: {KERNEL_CHOICES}",
    "conv2d.kernel_sobl.kernel-size_3": f"kernel='sobl' is not known; choose one of: {KERNEL_CHOICES}",
    "conv2d.kernel_gaussian.kernel-sigm_2": "gaussian has no parameter 'sigm'; it has: size, sigma, normalise, zero_mean",
    "conv2d.kernel_gaussian.kernel-_2": "gaussian has no parameter ''; it has: size, sigma, normalise, zero_mean",
    "conv2d.kernel_gaussian.kernel-sigma_x": "gaussian(sigma='x') is not a number",
    "conv2d.kernel_gaussian.kernel-sigma_99": "gaussian(sigma=99.0) is out of range; expected a number from 0.1 to 50",
    "conv2d.kernel_1_1.kernel-sigma_2": "kernel has no parameter 'sigma'; it has: normalise, zero_mean",
    "conv2d.kernel_0": "the kernel is empty; give at least one number",
    "conv2d.kernel_0x3_": "the kernel is empty; give at least one number",
    "conv2d.kernel_3_1_2": "the kernel says 3, which is 3 numbers, but 2 follow; was the link cut off?",
    "conv2d.kernel_2x2_1_2_3_4_5": "the kernel says 2x2, which is 4 numbers, but 5 follow; was the link cut off?",
    "conv2d.kernel_2x2": "the kernel says 2x2, which is 4 numbers, but 0 follow; was the link cut off?",
    "conv2d.kernel_2_1_": "conv2d(kernel='') is not a number",
    "conv2d.kernel_2_1_nan": "conv2d(kernel='nan') is not a number",
    "conv2d.kernel_2_1_1e999": "conv2d(kernel='1e999') is not a number",
    "conv2d.kernel_4097_1": "this kernel has 4097 numbers; a recipe holds at most 4096",
    "conv2d.kernel_999999x999999x999999x999999_1": "this kernel has 999996000005999996000001 numbers; a recipe holds"
    " at most 4096",
    "conv2d.kernel_digest": "a kernel's digest has 16 hex digits; this is ''",
    "conv2d.kernel_digest_0123456789ABCDEF": "a kernel's digest has 16 hex digits; this is '0123456789ABCDEF'",
    "conv2d.kernel_digest_0123456789abcde": "a kernel's digest has 16 hex digits; this is '0123456789abcde'",
}  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: ascii(text)[1:40])
def test_a_link_that_is_wrong_is_refused_in_these_words(text):
    with pytest.raises(RecipeError) as refused:
        from_text(text, "image")
    assert str(refused.value) == REFUSED[text]


def test_what_comes_from_a_link_is_cut_to_a_few_words_in_the_sentence():
    long = "a" * 30_000
    shown = "'" + "a" * 37 + "…"
    for text, sentence in {
        long: f"step {shown} is not known; choose one of: {STEP_CHOICES}",
        f"grey.{long}_1": f"grey has no parameter {shown}; it has: none",
        f"gain.factor_{long}": f"gain(factor={shown}) is not a number",
        f"conv2d.kernel_{long}": f"kernel={shown} is not known; choose one of: {KERNEL_CHOICES}",
        f"conv2d.kernel_digest_{long}": f"a kernel's digest has 16 hex digits; this is {shown}",
        f"conv2d.kernel-{long[:25_000]}_1.kernel-{long[:25_000]}_1": "conv2d is given 'kernel_"
        + "a" * 30
        + "… twice; say it once",
    }.items():
        with pytest.raises(RecipeError) as refused:
            from_text(text, "image")
        assert str(refused.value) == sentence


# --- what nobody writes by hand ------------------------------------------------------------------


def outcome(text: str, kind: str = "image") -> Recipe | str:
    """The recipe, or the sentence; any other exception is a bug and comes through."""
    try:
        recipe = from_text(text, kind)
    except RecipeError as refused:
        assert type(refused) is RecipeError
        sentence = str(refused)
        assert 10 < len(sentence) < 250 + len(STEP_CHOICES), sentence
        assert sentence.isprintable() and "Error" not in sentence and "Traceback" not in sentence, sentence
        return sentence
    assert from_text(to_text(recipe), kind) == recipe
    return recipe


HOSTILE = {
    "as long as it may be": "a" * MAX_LENGTH,
    "nothing but ends of steps": "~" * MAX_LENGTH,
    "one step too many": "~".join(["grey"] * (MAX_STEPS + 1)),
    "nothing but points": "." * MAX_LENGTH,
    "nothing but underscores": "_" * MAX_LENGTH,
    "nothing but minus signs": "-" * MAX_LENGTH,
    "a thousand settings": "gaussian" + ".sigma_1" * 7000,
    "a thousand unknown settings": "conv2d" + "".join(f".kernel-a{i}_1" for i in range(3000)),
    "a thousand strides": "sobel-x.stride" + "_1-2" * 14_000,
    "a thousand sides": "sobel-x.padding" + "_1" * 29_000,
    "a long exponent": "gain.factor_1e" + "9" * 50_000,
    "a long fraction": "sobel-x.stride_" + "1" * 25_000 + "-" + "1" * 25_000,
    "a fraction at Python's limit": "sobel-x.stride_" + "1" * 4000 + "-" + "7" * 3999,
    "a long decimal": "gain.factor_0." + "1" * 50_000,
    "a kernel of no size at all": "conv2d.kernel_" + "x" * 50_000,
    "a kernel of many sizes": "conv2d.kernel_" + "x".join(["1"] * 20_000) + "_1",
    "numbers without end": "conv2d.kernel_64x64" + "_1" * 29_000,
    "a surrogate": "sobel-x" + "\udfff" * 1000,
    "combining marks": "sobel-x" + "\u0301" * 10_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_link_is_refused_at_once(name):
    started = time.perf_counter()
    assert isinstance(outcome(HOSTILE[name]), str)
    assert time.perf_counter() - started < 1


def test_spaces_around_a_link_say_nothing():
    assert from_text("\n sobel-x\u00a0", "image") == from_text("sobel-x", "image")


def test_a_link_alone_is_no_call():
    with pytest.raises(RecipeError) as refused:
        from_link("sobel_x()", "image")
    assert str(refused.value) == "a recipe has letters, digits and - . _ ~ only; this one has '('"


def test_a_link_that_is_too_long_is_not_even_looked_at():
    with pytest.raises(RecipeError) as refused:
        from_text("\0" * (MAX_LENGTH + 1), "image")
    assert str(refused.value) == "this link is 100001 characters long; a recipe has at most 100000"


def test_a_recipe_may_have_32_steps():
    assert len(from_text("~".join(["grey"] * 32), "image").steps) == 32
    with pytest.raises(RecipeError) as refused:
        from_text("~".join(["grey"] * 33), "image")
    assert str(refused.value) == "this recipe has 33 steps; it may have 32"


TOKENS = [
    "~", ".", "_", "-", "__", "..", "~~", "x", "e", "0", "1", "-1", "1-2", "1-0", "0.5", "1e999", "1e-5", "nan", "inf",
    "yes", "no", "kernel", "kernel-", "kernel_", "digest_", "0123456789abcdef", "2x2_", "1x1x1x1x1_", "99999999999999",
    "self", "params", "size", "sigma", "stride", "padding", "padding-mode", "fill", "dilation", "flip-kernel", "groups",
    "same", "valid", "full", "reflect", "conv2d", "conv1d", "gaussian", "box", "sobel-x", "grey", "gain", "channel", "é",
]  # fmt: skip
CHARACTERS = string.ascii_lowercase + string.digits + "-._~" * 6 + "AZ %&=+/\n\0é٩\u202e\ud800😀"


def test_a_hundred_thousand_strange_texts_give_a_recipe_or_one_sentence():
    corpus = [*LINKS, *OTHER_SPELLINGS, *(text for text in REFUSED if len(text) < 200)]
    found = {Recipe: 0, str: 0}
    for text in strange_texts(100_000, corpus, TOKENS, CHARACTERS):
        found[type(outcome(text))] += 1
    assert found[Recipe] > 2_000 and found[str] > 50_000, "the strange texts test both ways"


@given(text=st.text(max_size=60), kind=st.sampled_from(KINDS))
@settings(max_examples=500, deadline=None, derandomize=True, database=None)
def test_any_text_at_all_gives_a_recipe_or_one_sentence(text, kind):
    outcome(text, kind)


def test_a_link_of_a_newer_grammar_is_told_from_a_broken_one():
    with pytest.raises(RecipeError) as caught:
        from_text("v2~sobel-x", "image")
    assert str(caught.value) == "this link is of grammar v2, made by a newer version; this one reads version 1"
