"""Is what a remark says true of the computation itself, and gone after its changes?"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F

from playground import ops
from playground.engine import plan_ahead, run
from playground.engine.plan import Forecast
from playground.explain.remarks import remarks
from playground.explain.surprises import uneven
from playground.explain.trial import attempt
from playground.media.types import Image
from playground.ops import KernelRef
from playground.recipe.check import check, settings
from playground.recipe.model import Recipe, Step

RATE = Fraction(8000)
SIZES = [(9, 12), (10, 11), (7, 30)]
CONVOLUTIONS = [
    Step.of("box", size=size, stride=stride, padding=padding, dilation=dilation)
    for size, stride, padding, dilation in itertools.product(
        [1, 2, (3, 4)], [1, 2, 3, (1, 4), Fraction(1, 2), Fraction(2, 3), (2, Fraction(1, 3))],
        ["same", "valid", (3, 1)], [1, 2],
    )
]  # fmt: skip
POOLINGS = [
    Step.of("pool2d", kernel_size=size, stride=stride, padding=padding)
    for size, stride, padding in itertools.product([1, 2, (3, 4)], [None, 1, 3, (2, 5)], ["same", "valid"])
]


def plan(step, kind, shape) -> list[Forecast]:
    return plan_ahead(check(Recipe((step,)), kind), shape, kind, rate=RATE if kind == "audio" else None)


def found(step, *, kind="image", shape=(1, 9, 12)):
    return {remark.topic: remark for remark in remarks(step, kind=kind, shape=shape, rate=RATE)}


def reads(step, shape, *, dense=False):
    """Which pixels are read, by the gradient of the sum: a kernel of ones, or a mean; ``dense`` fills its holes."""
    x = torch.zeros(shape, dtype=torch.float64, requires_grad=True)
    values = settings(step, "image")
    if step.name == "pool2d":
        y = ops.pool2d(x, statistic="average", **{n: values[n] for n in ("kernel_size", "stride", "padding")})
    else:
        kernel = torch.ones(ops.geometry.per_axis(values["size"], 2, "size"), dtype=torch.float64)
        options = {name: values[name] for name in ("padding", "stride", "dilation")}
        if dense:
            sizes = [options["dilation"] * (k - 1) + 1 for k in kernel.shape]
            kernel, options = torch.ones(sizes, dtype=torch.float64), options | {"dilation": 1}
        y = ops.conv2d(x, kernel, padding_mode="constant", **options)
    y.sum().backward()
    return x.grad[0] > 0


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_what_is_said_to_be_in_no_window_is_read_by_none(size):
    for step in (*CONVOLUTIONS, *POOLINGS):
        if step.get("dilation", 1) > 1 and type(step.get("stride", 1)) is not int:
            continue
        read, notes = reads(step, (1, *size), dense=True), found(step, shape=(1, *size))
        unused = notes["unused"].counts if "unused" in notes else (0, 0)
        unread = notes["unread"].counts if "unread" in notes else (0, 0)
        for dim in (0, 1):
            line = read.any(dim=1 - dim)
            last = int(line.nonzero().max())
            if unread[dim] == 0:
                assert len(line) - 1 - last == unused[dim], (step, dim)
                assert bool(line[: last + 1].all()), (step, dim)


@pytest.mark.parametrize("down, d, k", list(itertools.product([1, 2, 3, 4, 6], [1, 2, 3, 4], [1, 2, 3, 4])))
def test_so_many_of_every_stride_are_unread(down, d, k):
    step = Step.of("box", size=(1, k), stride=(1, down), dilation=(1, d), padding="valid")
    read = reads(step, (1, 1, 90))[0]
    notes = found(step, shape=(1, 1, 90))
    claimed = notes["unread"].counts[1] if "unread" in notes else 0
    inside = read[24 : 24 + down]
    assert down - int(inside.sum()) == claimed


def flat(step, shape):
    """What a step makes of an even area of ones."""
    return run(Recipe((step,)), Image(torch.ones(shape), None, "ones", "", shape[1:])).output


@pytest.mark.parametrize("stride", [Fraction(1, 2), Fraction(1, 3), Fraction(2, 3), (Fraction(1, 2), 1), 1, 2], ids=str)
def test_an_even_area_comes_out_uneven_where_it_is_said(stride):
    kernels = [Step.of("box", size=n) for n in (1, 2, 3, 4, 6, (2, 3))]
    kernels += [Step.of("binomial", size=n) for n in (3, 4, 5)] + [Step("sobel_x"), Step("difference_x"), Step("laplacian_4")]
    for kernel, dilation in itertools.product(kernels, [1, 2]):
        step = Step.of(kernel.name, **dict(kernel.params), stride=stride, dilation=dilation)
        y = flat(step, (1, 24, 24))[0]
        middle = y[y.shape[0] // 3 : 2 * y.shape[0] // 3, y.shape[1] // 3 : 2 * y.shape[1] // 3]
        notes = found(step, shape=(1, 24, 24))
        kernel = attempt(step, kind="image", shape=(1, 24, 24)).kernel
        average = float(kernel.abs().sum()) / math.prod(s.denominator for s in ops.geometry.strides(stride, 2))
        assert ("uneven" in notes) == (float(middle.max() - middle.min()) > average / 512), step


def test_a_transposed_convolution_s_checkerboard_is_torch_s():
    for k, s in itertools.product([2, 3, 4, 5, 6], [2, 3]):
        kernel = torch.ones(k, k)
        y = F.conv_transpose2d(torch.ones(1, 1, 12, 12), kernel[None, None], stride=s)[0, 0, 8:20, 8:20]
        step = Step.of("conv_transpose2d", kernel=KernelRef(numbers=tuple((1.0,) * k for _ in range(k))), stride=s)
        notes = found(step, shape=(1, 12, 12))
        assert ("uneven" in notes) == (y.max() > y.min()) == (k % s != 0)
        for change in notes["uneven"].changes if notes else ():
            changed = Step(step.name, change.applied(step.params))
            assert not any(uneven(attempt(changed, kind="image", shape=(1, 12, 12))))


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("k, d", [(1, 1), (2, 1), (3, 1), (4, 1), (2, 3), (3, 2), (4, 3)])
def test_an_even_span_under_same_has_more_on_one_side(k, d, stride):
    for n in (9, 10, 11, 12):
        step = Step.of("moving_average", size=k, dilation=d, stride=stride)
        notes = found(step, kind="audio", shape=(1, n))
        places = range(0, n, stride)  # of the results; each reads from D // 2 before its place on
        reach = d * (k - 1)
        before, after = reach // 2, max(0, places[-1] - reach // 2 + reach - (n - 1))
        assert ("no middle" in notes) == (reach % 2 == 1 and before != after)
        for change in notes["no middle"].changes if notes.get("no middle") else ():
            changed = Step(step.name, change.applied(step.params))
            assert plan(changed, "audio", (1, n))[0].output_shape == change.output


@pytest.mark.parametrize("padding", [0, 1, 2, 3, 5, (0, 4), (4, 0, 1, 3), "full", "same"], ids=str)
@pytest.mark.parametrize("stride", [1, 2, Fraction(1, 2)], ids=str)
def test_results_that_see_only_padding_are_counted(padding, stride):
    step = Step.of("box", size=3, padding=padding, stride=stride, padding_mode="constant")
    kernel = torch.ones(3, 3)
    met = ops.conv2d(torch.ones(8, 9), kernel, padding=padding, stride=stride) > 0
    rows, columns = met.any(dim=1), met.any(dim=0)
    ends = tuple((int(line.nonzero().min()), len(line) - 1 - int(line.nonzero().max())) for line in (rows, columns))
    notes = found(step, shape=(1, 8, 9))
    if stride == Fraction(1, 2):  # a result between two samples, right beyond the last, is none of these
        ends = tuple(tuple(n if n > 1 else 0 for n in pair) for pair in ends)
    assert (notes["invented"].counts if "invented" in notes else ((0, 0), (0, 0))) == ends


@pytest.mark.parametrize("mode", ["reflect", "circular", "replicate", "symmetric", "constant"])
@pytest.mark.parametrize("padding", [3, 4, 5, (3, 4), (0, 4, 0, 0), (0, 0, 0, 7)], ids=str)
def test_where_torch_refuses_a_border_it_is_quoted_and_ours_runs(mode, padding):
    step = Step.of("sobel_x", padding=padding, padding_mode=mode)
    sides = ops.geometry.sides(padding, 2)
    try:
        if mode != "symmetric":
            F.pad(torch.zeros(1, 1, 4, 6), [n for side in reversed(sides) for n in side], mode=mode)
        message = ""
    except RuntimeError as error:
        message = str(error)
    notes = found(step, shape=(1, 4, 6))
    assert notes["torch refuses"].torch == message if message else "torch refuses" not in notes
    assert plan(step, "image", (1, 4, 6))


def test_every_change_runs_makes_what_it_says_and_the_surprise_is_gone():
    clicks, size = 0, (10, 11)
    for step in (*CONVOLUTIONS, *POOLINGS, *(Step.of("box", size=n, padding=7) for n in (3, 9, 19))):
        for remark in remarks(step, kind="image", shape=(1, *size)):
            assert str(remark.rule) and len(remark.changes) <= 3
            for change in remark.changes:
                steps = [Step(name, params) for name, params in change.before]
                steps.append(Step(step.name, change.applied(step.params)))
                ahead = plan_ahead(check(Recipe(tuple(steps)), "image"), (1, *size), "image")
                assert ahead[-1].output_shape == change.output
                left = remarks(steps[-1], kind="image", shape=ahead[-1].input_shape)
                assert remark.topic not in [other.topic for other in left], (step, change)
                clicks += 1
    assert clicks > 100


NEAREST = {
    "pad one more": (Step.of("box", padding="valid", stride=2), (1, 9, 12), "unused", [{"padding": (0, 0, 0, 1)}, {}]),
    "a pooling": (Step.of("pool2d", kernel_size=3), (1, 9, 11), "unused", [{"padding": (0, 0, 0, 1)}, {}]),
    "a smaller stride": (Step.of("box", size=2, stride=5), (1, 20, 20), "unread", [{"stride": 2}, {"size": 5}]),
    "a common factor": (Step.of("box", stride=4, dilation=2), (1, 40, 40), "unread", [{"stride": 3}]),
    "an even kernel": (Step.of("box", size=4), (1, 20, 20), "no middle", [{"size": 3}, {"size": 5}, {"padding": (2, 1, 2, 1)}]),
    "taps in twos": (Step.of("box", stride=Fraction(1, 2)), (1, 9, 9), "uneven", [{"size": 2}, {"stride": 1}, {"stride": 1}]),
    "too much padding": (Step.of("box", padding=5), (1, 9, 9), "invented", [{"padding": 2}, {"padding": "same"}, {"size": 6}]),
    "a long border": (Step.of("box", size=9), (1, 4, 9), "torch refuses", [{"padding": (3, 4)}, {"padding_mode": "replicate"}]),
}  # fmt: skip


@pytest.mark.parametrize("step, shape, topic, changes", NEAREST.values(), ids=NEAREST)
def test_the_nearest_settings_are_offered(step, shape, topic, changes):
    assert [dict(change.params) for change in found(step, shape=shape)[topic].changes] == changes


def test_a_sound_is_cropped_in_samples_and_interpolated():
    notes = found(Step.of("moving_average", size=4, padding="valid", stride=3), kind="audio", shape=(2, 30))
    assert notes["unused"].counts == (2,)
    assert [change.before for change in notes["unused"].changes] == [(), (("crop1d", (("length", 28),)),)]
    notes = found(Step.of("moving_average", size=3, stride=Fraction(1, 2)), kind="audio", shape=(2, 30))
    assert (("interpolate1d", (("scale", 2),)),) in [change.before for change in notes["uneven"].changes]
    assert notes["uneven"].counts == ((1, 2),)


SENTENCES = {
    "unused": (Step.of("box", padding="valid", stride=2), "the last 1 of 12 samples along an axis lie in no window: 12 − 3 leaves a remainder of 1 at stride 2"),
    "unread": (Step.of("box", size=2, stride=5), "3 of every 5 samples along an axis are read by no window: the stride is larger than the kernel of 2"),
    "uneven": (Step.of("conv2d", kernel=KernelRef(numbers=((1.0, 1.0, 1.0),)), stride=(1, Fraction(1, 2))), "an even area comes out uneven: neighbouring results are sums of 1 or 2 of the kernel's 3 taps, which add up to 1 to 2; 2 or 4 taps can be shared out evenly"),
    "no middle": (Step.of("box", size=4), 'a span of 4 samples has no middle: "same" adds 1 before and 2 after, and a result stands half a sample before the middle of what it reads'),
    "invented": (Step.of("box", padding=5), "3 results at the beginning of an axis and 3 at its end read only padding: the kernel spans 3 samples, and no more than 2 of padding meet the input"),
    "torch refuses": (Step.of("box", padding=9), "the border of 9 samples is longer than the input of 9 along an axis; it is continued again and again here, and PyTorch refuses more than 8"),
}  # fmt: skip


@pytest.mark.parametrize("topic", SENTENCES)
def test_a_remark_is_said_with_its_numbers(topic):
    step, sentence = SENTENCES[topic]
    assert str(found(step, shape=(1, 9, 12))[topic].rule) == sentence


@pytest.mark.parametrize(
    "step",
    [Step("sobel_x"), Step("gaussian"), Step.of("binomial", size=3, stride=Fraction(1, 2)), Step.of("pool2d"), Step.of("sobel_x", stride=2),
     Step.of("sobel_x", padding="full"), Step.of("sobel_x", padding="valid"), Step("grey"), Step.of("box", size=4, stride=Fraction(1, 2))],
)  # fmt: skip
def test_what_everybody_uses_is_not_remarked_upon(step):
    assert remarks(step, kind="image", shape=(3, 64, 64)) == []


def test_a_step_that_does_not_run_is_left_to_the_coach():
    assert remarks(Step.of("box", size=9, padding="valid"), kind="image", shape=(1, 4, 4)) == []
