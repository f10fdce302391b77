"""Does every setting that is listed make the size, by the engine's plan and by the module of torch that is named?"""

from __future__ import annotations

import ast
import itertools
import re
from fractions import Fraction

import pytest
import torch

from playground.engine import plan_ahead
from playground.explain.step_solver import fits
from playground.ops import KERNELS, KernelRef
from playground.recipe.check import check
from playground.recipe.model import Recipe, Step

RATE = Fraction(8000)
SHAPES = {"image": (3, 40, 57), "audio": (1, 900), "spectrogram": (1, 33, 60)}
NAMED = [(kind, name) for kind in SHAPES for name, kernel in KERNELS.items() if kind in kernel.media and name != "reverb"]
OWN = KernelRef(numbers=((1.0, 2.0, 3.0, 4.0), (0.0, 1.0, 0.0, 1.0)))
TARGETS = {
    "half": lambda n: -(-n // 2), "double": lambda n: 2 * n, "keep": lambda n: n, "three quarters": lambda n: 3 * n // 4,
    "two less": lambda n: n - 2, "a third": lambda n: n // 3,
}  # fmt: skip


def made(step: Step, kind: str) -> tuple[int, ...]:
    recipe = check(Recipe((step,)), kind)
    rate = RATE if kind == "audio" else None
    return plan_ahead(recipe, SHAPES[kind], kind, rate=rate)[-1].output_shape[1:]


def judged(step: Step, kind: str, wanted: tuple[int, ...], *, most: int = 6) -> list:
    found = fits(step, wanted, kind=kind, shape=SHAPES[kind], rate=RATE if kind == "audio" else None, most=most)
    assert len(found) <= most and len({fit.settings for fit in found}) == len(found)
    for fit in found:
        changed = Step(step.name, tuple(sorted((dict(step.params) | dict(fit.params)).items())))
        assert made(changed, kind) == wanted, fit
        if fit.in_torch:
            assert by_torch(fit.in_torch, SHAPES[kind]) == wanted, fit
    return found


def by_torch(text: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The size that the module of torch of this text makes."""
    name, options = re.fullmatch(r"(\w+)\((.*)\)", text).groups()
    call = ast.parse(f"f({options})", mode="eval").body
    values = {each.arg: ast.literal_eval(each.value) for each in call.keywords}
    with torch.device("meta"):
        return tuple(getattr(torch.nn, name)(1, 1, **values)(torch.empty(1, 1, *shape[1:])).shape[2:])


@pytest.mark.parametrize("kind, name", NAMED)
def test_every_kernel_of_every_medium_makes_what_is_wanted(kind, name):
    for target in TARGETS.values():
        found = judged(Step(name), kind, tuple(target(n) for n in SHAPES[kind][1:]))
        assert found or target is TARGETS["three quarters"] or target is TARGETS["two less"] or target is TARGETS["a third"]


def test_one_s_own_numbers_stay_as_they_are():
    step = Step.of("conv2d", kernel=OWN)
    for target in TARGETS.values():
        for fit in judged(step, "image", tuple(target(n) for n in SHAPES["image"][1:])):
            assert [s.kernel_size for s in fit.settings] == [2, 4]
            assert {name for name, _ in fit.params} == {"stride", "padding", "dilation"}


@pytest.mark.parametrize("height, width", list(itertools.product([20, 40, 80], [29, 57, 114])))
def test_each_axis_may_want_something_else(height, width):
    assert judged(Step("box"), "image", (height, width))
    assert judged(Step.of("box", size=(3, 5)), "image", (height, width))


def test_the_kernel_as_it_is_comes_first():
    found = judged(Step.of("box", size=7), "image", (20, 29))
    assert [fit.settings[0].kernel_size for fit in found] == [7, 7, 3, 5, 9, 11]
    assert "size" not in dict(found[0].params) and dict(found[2].params)["size"] == 3


def test_what_settings_there_are_stay_unless_they_have_to_change():
    step = Step.of("gaussian", sigma=1.5, padding_mode="circular", stride=3)
    assert all({n for n, _ in fit.params} <= {"stride", "padding", "dilation", "size"} for fit in judged(step, "image", (40, 57)))


def test_a_kernel_in_milliseconds_grows_at_a_stride_below_one_and_is_asked_again():
    step = Step.of("echo", delay=20.0)
    found = judged(step, "audio", (1800,))
    assert found[0].settings[0].kernel_size == 321, "161 taps at 8 kHz, 321 at 16 kHz"
    assert judged(step, "audio", (900,))[0].settings[0].kernel_size == 161


@pytest.mark.parametrize("wanted", [(1, 5000), (700, 57), (3000, 3000)], ids=str)
def test_what_cannot_be_is_an_empty_list(wanted):
    assert judged(Step("sobel_x"), "image", wanted) == []


def test_other_steps_have_no_such_settings():
    assert fits(Step("pool2d"), (20, 29), kind="image", shape=SHAPES["image"]) == []
    assert fits(Step("grey"), (20, 29), kind="image", shape=SHAPES["image"]) == []
