"""Is everything that does not run explained, in torch's own words too, and does every advice work and lie nearest?"""

from __future__ import annotations

import itertools
import random
from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F

from playground import ops
from playground.engine import plan_ahead
from playground.errors import PlaygroundError
from playground.explain.change import STRIDES, by_side
from playground.explain.coach import advise
from playground.explain.trial import attempt
from playground.media import limits
from playground.ops import KERNELS, OPS, KernelRef
from playground.recipe.check import check, settings
from playground.recipe.model import Recipe, Step

ONES = {n: KernelRef(numbers=tuple((1.0,) * n for _ in range(n))) for n in range(1, 10)}
ROW = {n: KernelRef(numbers=(1.0,) * n) for n in range(1, 10)}


def mixing(*shape):
    return KernelRef(numbers=_nested(torch.ones(shape).tolist()))


def _nested(numbers):
    return tuple(_nested(part) for part in numbers) if isinstance(numbers, list) else numbers


RATE = Fraction(8000)


def runs(step, kind, shape, rate=RATE):
    """What the engine says: the output's shape, or None."""
    try:
        recipe = check(Recipe((step,)), kind)
        return plan_ahead(recipe, shape, kind, rate=rate if kind == "audio" else None)[-1].output_shape
    except PlaygroundError:
        return None


def after(change, step, kind, shape, rate=RATE):
    """What the engine makes of a step after a click; None where it refuses."""
    steps = [Step(name, params) for name, params in change.before] + [Step(step.name, change.applied(step.params))]
    try:
        return plan_ahead(check(Recipe(tuple(steps)), kind), shape, kind, rate=rate if kind == "audio" else None)[-1].output_shape
    except PlaygroundError:
        return None


def callable_in_torch(trial):
    """Whether ``torch_message`` can write the call: no words that depend on sizes, no strides p/q or mixed ones."""
    strides = ops.geometry.strides(trial.per_axis("stride"), trial.dimensions)
    if any(s.denominator > 1 for s in strides):
        plain = trial.values["padding_mode"] == "constant" and all(s.numerator == 1 for s in strides)
        return plain and trial.kernel.ndim == trial.dimensions and trial.values["padding"] not in ("same", "full")
    return trial.values["padding"] not in ("same", "full")


def torch_message(step, kind, shape):
    """The message of the call that one would write in torch for a checked step; None where there is none."""
    values, dimensions = settings(step, kind), 1 if kind == "audio" else 2
    x = torch.zeros(1, *shape, dtype=torch.float64)  # oneDNN's float32 has words of its own
    try:
        if step.name.startswith("pool"):
            name = {"max": "max_pool", "average": "avg_pool"}[values["statistic"]]
            padding = 0 if values["padding"] == "valid" else values["padding"]
            getattr(F, f"{name}{dimensions}d")(x, values["kernel_size"], values["stride"], padding)
            return None
        kernel = attempt(step, kind=kind, shape=shape, rate=RATE).kernel
        groups = values.get("groups", 1)
        if kernel.ndim == dimensions:
            kernel, groups = kernel.expand(shape[0], 1, *kernel.shape), shape[0]
        options = {"dilation": values["dilation"], "groups": groups}
        sides = ops.geometry.sides(values["padding"], dimensions)
        sides = tuple((0, 0) if side == "valid" else side for side in sides)
        strides = ops.geometry.strides(values["stride"], dimensions)
        if any(s.denominator > 1 for s in strides):
            reach = [d * (k - 1) for d, k in zip(ops.geometry.per_axis(values["dilation"], dimensions, ""), kernel.shape[2:], strict=True)]
            cut = [r - side[0] for r, side in zip(reach, sides, strict=True)]
            F_name = getattr(F, f"conv_transpose{dimensions}d")
            F_name(x, kernel.flip(tuple(range(2, kernel.ndim))), stride=[s.denominator for s in strides], padding=cut, **options)
            return None
        mode = values["padding_mode"]
        if mode == "constant" and all(before == after for before, after in sides):
            options["padding"] = [before for before, _ in sides]
        else:
            x = F.pad(x, [n for side in reversed(sides) for n in side], mode=mode)
        getattr(F, f"conv{dimensions}d")(x, kernel, stride=[int(s) for s in strides], **options)
    except RuntimeError as error:
        return str(error)
    return None


ILLEGAL = {
    "no window, named": ("image", (3, 4, 9), Step.of("box", size=5, padding="valid")),
    "no window, one axis": ("image", (1, 2, 40), Step.of("sobel_x", padding=0, stride=2)),
    "no window, both axes": ("image", (3, 4, 5), Step.of("box", size=9, padding=(1, 0))),
    "no window, one per axis": ("image", (3, 4, 5), Step.of("box", size=(9, 2), padding="valid")),
    "no window, dilated": ("image", (3, 9, 9), Step.of("sobel_x", dilation=6, padding=1)),
    "no window, dilated on one axis": ("image", (3, 9, 9), Step.of("sobel_x", dilation=(1, 6), padding=1)),
    "no window, sides": ("image", (3, 5, 5), Step.of("box", size=8, padding=(0, 1, 1, 0), padding_mode="constant")),
    "no window, numbers": ("image", (2, 3, 3), Step.of("conv2d", kernel=ONES[5])),
    "no window, inner kernel": ("image", (2, 3, 3), Step.of("conv2d", kernel=KernelRef(name="gaussian", params=(("size", 7),)))),
    "no window, stride 1/2": ("image", (1, 2, 4), Step.of("conv2d", kernel=ONES[5], stride=Fraction(1, 2))),
    "no window, stride 1/2 per axis": ("image", (1, 2, 4), Step.of("conv2d", kernel=ONES[5], stride=(Fraction(1, 3), Fraction(1, 2)))),
    "no window, sound": ("audio", (2, 20), Step.of("moving_average", size=31, padding="valid")),
    "no window, sound of numbers": ("audio", (1, 4), Step.of("conv1d", kernel=ROW[5], dilation=2, padding=1)),
    "no window, spectrogram": ("spectrogram", (1, 3, 8), Step.of("gaussian", size=5, padding="valid")),
    "long border and no window": ("image", (1, 3, 3), Step.of("box", size=15, padding=4)),
    "pool, no window": ("image", (3, 3, 5), Step.of("pool2d", kernel_size=4)),
    "pool, no window on one axis": ("image", (3, 3, 5), Step.of("pool2d", kernel_size=(4, 2), statistic="average")),
    "pool, no window, stride": ("image", (1, 3, 3), Step.of("pool2d", kernel_size=(9, 2), stride=2, padding="valid")),
    "pool, no window, sound": ("audio", (1, 3), Step.of("pool1d", kernel_size=4)),
    "pool, no window, sound, stride": ("audio", (1, 3), Step.of("pool1d", kernel_size=9, stride=2)),
    "pool, padding": ("image", (3, 9, 9), Step.of("pool2d", padding=2)),
    "pool, padding on one axis": ("image", (3, 9, 9), Step.of("pool2d", kernel_size=(3, 2), padding=(1, 2), stride=1)),
    "pool, padding of the mean": ("image", (3, 9, 9), Step.of("pool2d", kernel_size=3, padding=2, statistic="average")),
    "pool, padding, sound": ("audio", (2, 9), Step.of("pool1d", padding=3)),
    "channels, colour kernel on grey": ("image", (1, 9, 9), Step.of("conv2d", kernel=mixing(8, 3, 5, 5))),
    "channels, two groups": ("image", (5, 9, 9), Step.of("conv2d", kernel=mixing(4, 2, 3, 3), groups=2)),
    "channels, too few groups": ("image", (3, 9, 9), Step.of("conv2d", kernel=mixing(6, 1, 3, 3))),
    "channels, odd groups": ("image", (4, 9, 9), Step.of("conv2d", kernel=mixing(3, 2, 3, 3), groups=2)),
    "channels, more groups than outputs": ("image", (4, 9, 9), Step.of("conv2d", kernel=mixing(1, 2, 3, 3), groups=2)),
    "channels, sound": ("audio", (2, 9), Step.of("conv1d", kernel=mixing(2, 1, 3))),
    "channels, one expected": ("image", (3, 9, 9), Step.of("conv2d", kernel=mixing(4, 1, 3, 3))),
}  # fmt: skip
illegal = pytest.mark.parametrize("kind, shape, step", ILLEGAL.values(), ids=ILLEGAL)


@illegal
def test_torch_s_message_is_torch_s(kind, shape, step):
    advice = advise(step, kind=kind, shape=shape)
    assert advice.torch == torch_message(step, kind, shape)


@illegal
def test_every_change_that_is_offered_runs_and_makes_what_it_says(kind, shape, step):
    advice = advise(step, kind=kind, shape=shape, rate=RATE)
    assert runs(step, kind, shape) is None
    assert 1 <= len(advice.changes) <= 3
    assert str(advice.rule) and all(str(change.text) for change in advice.changes)
    for change in advice.changes:
        assert after(change, step, kind, shape) == change.output, change


def distance(name, value, step, kind, shape):
    """How far a value is from the one there is: the differences of all axes or sides added up."""
    current = attempt(step, kind=kind, shape=shape)
    dimensions = current.dimensions
    if name == "padding":
        sides = [(0, 0) if side == "valid" else side for side in ops.geometry.sides(current.values["padding"], dimensions)]
        return sum(abs(a - b) for new, old in zip(ops.geometry.sides(value, dimensions), sides, strict=True) for a, b in zip(new, old, strict=True))
    there = current.kernel_size if name in ("size", "kernel_size") else current.per_axis(name)
    return sum(abs(a - b) for a, b in zip(ops.geometry.per_axis(value, dimensions, name), there, strict=True))


def alternatives(name, step, kind, shape):
    """All values of a parameter that are not far."""
    current = attempt(step, kind=kind, shape=shape)
    axes = range(current.dimensions)
    if name == "padding":
        sides = [(0, 0) if side == "valid" else side for side in ops.geometry.sides(current.values["padding"], len(axes))]
        for deltas in itertools.product(range(-4, 5), repeat=len(axes)):
            moved = [(max(0, a + d), max(0, b + d)) for (a, b), d in zip(sides, deltas, strict=True)]
            yield by_side(moved)
        return
    there = current.kernel_size if name in ("size", "kernel_size") else current.per_axis(name)
    each = [range(1, n + 5) for n in there]
    pairs = current.options[name].type.__class__.__name__ == "Pair"
    yield from itertools.product(*each) if pairs and len(axes) == 2 else each[0]


@illegal
def test_no_value_of_the_parameter_that_works_is_nearer(kind, shape, step):
    for change in advise(step, kind=kind, shape=shape).changes:
        if change.before or len(change.params) != 1 or change.params[0][0] not in ("padding", "size", "kernel_size", "dilation"):
            continue
        ((name, value),) = change.params
        if isinstance(value, str):
            continue
        found = distance(name, value, step, kind, shape)
        for other in alternatives(name, step, kind, shape):
            if distance(name, other, step, kind, shape) < found:
                tried = Step(step.name, tuple(sorted((dict(step.params) | {name: other}).items())))
                assert runs(tried, kind, shape) is None, (name, other, "is nearer than", value)


RULES = {
    "no window, dilated": "no window fits: the kernel spans 6·(3 − 1) + 1 = 13 samples along an axis and the padded input has 9 + 1 + 1 = 11",
    "no window, stride 1/2": "no window fits: the kernel spans 5 samples along an axis and the padded input has (2 − 1)·2 + 1 + 0 + 0 = 3",
    "pool, padding": "padding 2 is more than half of the window of 2: a window could lie wholly outside",
    "channels, colour kernel on grey": "the kernel takes 3 channels in 1 groups and the input has 1",
    "channels, odd groups": "3 channels cannot be shared out evenly among 2 groups",
}  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_the_rule_is_said_with_its_numbers(name):
    kind, shape, step = ILLEGAL[name]
    assert str(advise(step, kind=kind, shape=shape).rule) == RULES[name]


def test_the_axes_that_do_not_fit_are_named():
    for name, axes in [("no window, one axis", (0,)), ("no window, both axes", (0, 1)), ("no window, dilated on one axis", (1,))]:
        kind, shape, step = ILLEGAL[name]
        assert advise(step, kind=kind, shape=shape).axes == axes


# --- transposed convolutions ---------------------------------------------------------------------

STAMPS = {
    "output padding": (2, (1, 4, 4), {"kernel": ONES[3], "stride": 2, "output_padding": 2}),
    "output padding, one axis": (2, (1, 4, 4), {"kernel": ONES[3], "stride": (2, 3), "output_padding": (2, 1)}),
    "output padding, dilated": (2, (1, 4, 4), {"kernel": ONES[3], "stride": 2, "dilation": 3, "output_padding": 5}),
    "output padding, sound": (1, (1, 4), {"kernel": ROW[3], "stride": 2, "output_padding": 2}),
    "all cut away": (2, (1, 2, 4), {"kernel": ONES[3], "stride": 2, "padding": 3}),
    "all cut away, sound": (1, (2, 2), {"kernel": ROW[9], "stride": 2, "padding": 8}),
    "channels": (2, (2, 4, 4), {"kernel": mixing(3, 2, 3, 3)}),
    "groups": (2, (3, 4, 4), {"kernel": mixing(3, 2, 3, 3), "groups": 2}),
}


def stamp(dimensions, shape, options):
    """What ``ops`` makes of a transposed convolution; None where it refuses."""
    options = dict(options)
    kernel = torch.tensor(options.pop("kernel").numbers)
    function = ops.conv_transpose1d if dimensions == 1 else ops.conv_transpose2d
    try:
        return tuple(function(torch.zeros(shape), kernel, **options).shape)
    except PlaygroundError:
        return None


@pytest.mark.parametrize("dimensions, shape, options", STAMPS.values(), ids=STAMPS)
def test_a_transposed_convolution_is_explained_as_torch_does_and_its_changes_work(dimensions, shape, options):
    step, kind = Step.of(f"conv_transpose{dimensions}d", **options), "audio" if dimensions == 1 else "image"
    advice = advise(step, kind=kind, shape=shape)
    kernel = torch.tensor(options["kernel"].numbers, dtype=torch.float64)
    groups = options.get("groups", 1)
    if kernel.ndim == dimensions:
        kernel, groups = kernel.expand(shape[0], 1, *kernel.shape), shape[0]
    theirs = {name: value for name, value in options.items() if name not in ("kernel", "groups")}
    with pytest.raises(RuntimeError) as error:
        getattr(F, f"conv_transpose{dimensions}d")(torch.zeros(1, *shape).double(), kernel, groups=groups, **theirs)
    assert advice.torch == str(error.value)
    assert stamp(dimensions, shape, options) is None and advice.changes
    for change in advice.changes:
        if change.before:
            continue
        changed = dict(change.applied(step.params))
        assert stamp(dimensions, shape, changed) == change.output, change
        for name, value in change.params:
            if len(change.params) > 1 or name not in ("padding", "output_padding", "stride", "dilation"):
                continue
            there = ops.geometry.per_axis(options.get(name, 0 if "padding" in name else 1), dimensions, name)
            far = sum(abs(a - b) for a, b in zip(ops.geometry.per_axis(value, dimensions, name), there, strict=True))
            for other in itertools.product(range(0, 9), repeat=dimensions):
                if sum(abs(a - b) for a, b in zip(other, there, strict=True)) < far:
                    near = options | {name: other if dimensions == 2 else other[0]}
                    assert stamp(dimensions, shape, near) is None, (name, other, "is nearer than", value)


# --- beyond the limits ---------------------------------------------------------------------------

OUTSIDE = {
    "size": ("image", Step.of("box", size=300), [{"size": 255}]),
    "parity": ("image", Step.of("identity", size=6), [{"size": 5}, {"size": 7}]),
    "stride": ("image", Step.of("sobel_x", stride=99), [{"stride": 16}]),
    "stride 0": ("image", Step.of("sobel_x", stride=0), [{"stride": Fraction(1, 16)}]),
    "a stride that is a float": ("image", Step.of("sobel_x", stride=0.5), [{"stride": Fraction(1, 2)}]),
    "stride of one axis": ("image", Step.of("sobel_x", stride=(2, Fraction(1, 40))), [{"stride": (2, Fraction(1, 16))}]),
    "negative padding": ("image", Step.of("sobel_x", padding=-1), [{"padding": 0}]),
    "dilation 0": ("image", Step.of("sobel_x", dilation=0), [{"dilation": 1}]),
    "a number in Hz": ("audio", Step.of("low_pass", cutoff=1.0), [{"cutoff": 20.0}]),
    "a window of 65": ("image", Step.of("pool2d", kernel_size=65), [{"kernel_size": 64}]),
    "two at once": ("image", Step.of("sobel_x", dilation=0, stride=17), [{"dilation": 1, "stride": 16}]),
    "a word": ("image", Step.of("sobel_x", padding="some"), []),
    "a medium": ("audio", Step("sobel_x"), []),
    "another medium": ("audio", Step("pool2d"), []),
    "a name": ("image", Step.of("sobel_x", paddings=1), []),
}


@pytest.mark.parametrize("kind, step, changes", OUTSIDE.values(), ids=OUTSIDE)
def test_a_value_outside_its_limits_goes_to_the_nearest_inside(kind, step, changes):
    shape = (1, 90, 90) if kind == "image" else (1, 9000)
    advice = advise(step, kind=kind, shape=shape, rate=RATE)
    with pytest.raises(PlaygroundError) as error:
        check(Recipe((step,)), kind)
    assert str(error.value) == str(advice.rule)
    assert [dict(change.params) for change in advice.changes] == changes
    for change in advice.changes:
        assert after(change, step, kind, shape) == change.output


@pytest.mark.parametrize("options", [{"stride": 0}, {"dilation": 0}, {"padding": -1}], ids=str)
def test_torch_is_quoted_on_what_has_no_meaning(options):
    with pytest.raises(RuntimeError) as error:
        F.conv2d(torch.zeros(1, 1, 9, 9), torch.zeros(1, 1, 3, 3), **options)
    assert advise(Step.of("sobel_x", **options), kind="image", shape=(1, 9, 9)).torch == str(error.value)


# --- work ----------------------------------------------------------------------------------------


COSTLY = {
    "spread too far": (5e8, 1e9, (1, 4000, 4000), Step.of("sobel_x", stride=Fraction(1, 8)), "stride"),
    "one axis": (5e8, 1e9, (1, 4000, 4000), Step.of("sobel_x", stride=(1, Fraction(1, 16))), "stride"),
    "another axis each": (5e8, 1e9, (1, 4000, 4000), Step.of("sobel_x", stride=(Fraction(1, 6), Fraction(1, 3))), "stride"),
    "many taps": (1e9, 1e6, (1, 300, 300), Step.of("conv2d", kernel=KernelRef(name="disc", params=(("radius", 9.0),))), "kernel"),
    "a large disc": (1e9, 1e6, (1, 300, 300), Step.of("disc", radius=9.0), "radius"),
    "padding": (4e8, 1e10, (1, 4000, 4000), Step.of("sobel_x", padding=4000), "padding"),
    "a middle of many": (1e9, 2e8, (1, 300, 300), Step.of("pool2d", statistic="median", kernel_size=19, stride=1), "kernel_size"),
    "a long sum": (1e9, 1e5, (2, 9000), Step.of("moving_average", size=201, dilation=3), "size"),
}  # fmt: skip


@pytest.mark.parametrize("memory, adds, shape, step, name", COSTLY.values(), ids=COSTLY)
def test_what_is_too_much_goes_to_the_nearest_that_is_not(monkeypatch, memory, adds, shape, step, name):
    monkeypatch.setenv("PLAYGROUND_RUN_BYTES", str(int(memory)))
    monkeypatch.setenv("PLAYGROUND_RUN_MULTIPLY_ADDS", str(int(adds)))
    assert limits.limits().run_bytes == memory
    kind = "image" if len(shape) == 3 else "audio"
    advice = advise(step, kind=kind, shape=shape, rate=RATE)
    assert runs(step, kind, shape) is None
    assert any(word in str(advice.rule) for word in ("MB of memory", "multiply-adds"))
    assert name in [key for change in advice.changes for key, _ in change.params]
    for change in advice.changes:
        assert after(change, step, kind, shape) == change.output, change
        ((key, value),) = change.params
        for nearer in one_less(key, value, step, kind):
            tried = Step(step.name, tuple(sorted((dict(step.params) | {key: nearer}).items())))
            assert runs(tried, kind, shape) is None, (key, value)


def one_less(key, value, step, kind):
    """The values just short of the one that was found, towards the one there was."""
    match key:
        case "stride":
            old = [Fraction(s) for s in ops.geometry.per_axis(settings(step, kind)["stride"] or 1, 2, "")]
            found = min(Fraction(s) for s in ops.geometry.per_axis(value, 2, ""))
            between = [s for s in STRIDES if min(old) < s < found]
            return [tuple(max(s, Fraction(b)) for s in old) for b in between] if kind == "image" else between
        case "radius":
            return [value + 0.5]
        case "kernel":
            return [KernelRef(name="disc", params=(("radius", value.params[0][1] + 0.5),))]
    return [value + 1]


# --- everything ----------------------------------------------------------------------------------


def drawn(chance: random.Random):
    """A step of any kind with settings inside and just outside of what is possible, and an input."""
    kind = chance.choice(["image", "audio", "spectrogram"])
    dimensions = 1 if kind == "audio" else 2
    names = [name for name, kernel in KERNELS.items() if kind in kernel.media and name != "reverb"]
    name = chance.choice([*names, *[f"pool{dimensions}d", f"conv{dimensions}d"] * 8])
    shape = (chance.choice([1, 2, 3]), *(chance.choice([1, 2, 3, 5, 9, 30]) for _ in range(dimensions)))
    params = {}
    whole = {"padding": [0, 1, 2, 5, "valid", "same"], "stride": [1, 2, 3], "dilation": [1, 2, 5], "kernel_size": [1, 2, 3, 5, 70]}
    takes = set(whole) & (set(OPS[name].options) if name in OPS else {"padding", "stride", "dilation"})
    for key in sorted(takes):
        if chance.random() < 0.6:
            params[key] = chance.choice(whole[key])
    if "stride" in params and name not in ("pool1d", "pool2d") and chance.random() < 0.3:
        params["stride"] = chance.choice([Fraction(1, 2), Fraction(1, 3), Fraction(3, 2), 0, 17])
    if name in ("conv1d", "conv2d"):
        planes = chance.choice([(), (1, 1), (3, 3), (2, 1), (4, 2)])
        params["kernel"] = mixing(*planes, *(chance.choice([1, 2, 3, 4]) for _ in range(dimensions)))
        if planes and chance.random() < 0.5:
            params["groups"] = chance.choice([1, 2, 3])
    return Step.of(name, **params), kind, shape


@pytest.mark.parametrize("seed", range(6))
def test_what_runs_is_not_advised_and_what_is_advised_does_not_run(seed):
    chance, advised, compared = random.Random(seed), 0, 0
    for _ in range(120):
        step, kind, shape = drawn(chance)
        advice = advise(step, kind=kind, shape=shape, rate=RATE)
        made = runs(step, kind, shape)
        assert (advice is None) == (made is not None), (step, kind, shape)
        if advice is None:
            assert attempt(step, kind=kind, shape=shape, rate=RATE).output == made
            continue
        advised += 1
        for change in advice.changes:
            assert after(change, step, kind, shape) == change.output, (step, kind, shape, change)
        if (trial := attempt(step, kind=kind, shape=shape, rate=RATE)).stage in ("sizes", "channels"):
            assert advice.changes or trial.stage == "channels" and shape[0] == 1
            if callable_in_torch(trial):
                assert advice.torch == (torch_message(step, kind, shape) or ""), (step, kind, shape)
                compared += 1
    assert advised > 20 and compared > 10


def test_a_step_that_slides_nothing_is_not_advised():
    assert advise(Step("grey"), kind="image", shape=(2, 4, 4)) is None


@pytest.mark.parametrize("name", KERNELS)
def test_the_defaults_are_those_of_the_recipe(name):
    for kind in KERNELS[name].media:
        shape, rate = ((1, 9000), Fraction(44100)) if kind == "audio" else ((1, 90, 90), None)
        trial = attempt(Step(name), kind=kind, shape=shape, rate=rate)
        assert dict(trial.values) == settings(Step(name), kind) and not trial.stage


def test_a_kernel_that_is_not_loaded_is_said_and_one_that_is_is_used():
    step = Step.of("conv1d", kernel=KernelRef(digest="0123456789abcdef"))
    assert "is not loaded" in str(advise(step, kind="audio", shape=(1, 9)).rule)
    loaded = {"0123456789abcdef": torch.ones(2, 1, 30)}
    advice = advise(step, kind="audio", shape=(2, 9), kernels=loaded)
    assert [dict(change.params) for change in advice.changes] == [{"padding": 11}, {"padding": "same"}]
    assert advise(step, kind="audio", shape=(2, 30), kernels=loaded) is None


def test_a_sum_of_zero_is_not_divided_by():
    advice = advise(Step.of("sobel_x", normalise=True), kind="image", shape=(1, 9, 9))
    assert [dict(change.params) for change in advice.changes] == [{"normalise": False}]
