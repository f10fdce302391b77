"""Is the line on the page a call of torch, and does it compute what we compute?"""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F

from playground import ops
from playground.errors import LimitError
from playground.explain.torch_call import TorchCall, largest_difference, plan_call
from playground.ops.conv import settle

HALF, THIRD = Fraction(1, 2), Fraction(1, 3)
MODES = [
    ("constant", 0.0), ("constant", -0.123456789), ("reflect", 0.0), ("symmetric", 0.0), ("replicate", 0.0),
    ("circular", 0.0),
]  # fmt: skip
STRIDES = [1, 2, 3, HALF, THIRD, (2, HALF), Fraction(2, 3)]
PADDINGS = ["valid", "same", "full", 0, 1, (2, 3), (1, 0, 2, 4), (0, 0, 5, 0), 40]
DILATIONS = [1, 2, (1, 3)]
KERNELS = [(3, 3), (2, 4), (3, 1), (1, 1)]
CHANNELS = ["one", "each alone", "mixing", "to more", "in groups"]
OURS = "ops.conv2d(x, kernel, ...)"


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed + 31 * sum(shape)))


def channels_of(form: str) -> tuple[int, tuple[int, ...], int]:
    """Input channels, the kernel's two axes of channels (none where each is alone), and groups."""
    return {
        "one": (1, (), 1), "each alone": (3, (), 1), "mixing": (3, (3, 3), 1), "to more": (3, (2, 3), 1),
        "in groups": (4, (6, 2), 2),
    }[form]  # fmt: skip


def call_for(
    x: torch.Tensor, kernel: torch.Tensor, *, mode="constant", fill=0.0, flip=False, groups=1, **sizes
) -> TorchCall:
    dimensions = x.ndim - 1
    axes = settle(tuple(x.shape[1:]), tuple(kernel.shape[-dimensions:]), **sizes)
    return plan_call(
        axes, tuple(kernel.shape), x.shape[0], padding_mode=mode, fill=fill, flip_kernel=flip, groups=groups, ours=OURS
    )  # fmt: skip


def written(call: TorchCall, x: torch.Tensor, kernel: torch.Tensor) -> torch.Tensor:
    """What a reader gets who pastes the line."""
    space = {"torch": torch, "F": F, "x": x[None], "kernel": kernel}
    exec(f"y = {call.text()}", space)
    return space["y"][0]


def assert_agreement(x, kernel, *, mode, fill, flip, groups, case, **sizes) -> TorchCall:
    call = call_for(x, kernel, mode=mode, fill=fill, flip=flip, groups=groups, **sizes)
    conv = ops.conv1d if x.ndim == 2 else ops.conv2d
    y = conv(x, kernel, padding_mode=mode, fill=fill, flip_kernel=flip, groups=groups, **sizes)
    theirs = call.run(x, kernel)
    scale = float(kernel.abs().sum()) * max(float(x.abs().max()), abs(fill))
    assert theirs.shape == y.shape, case
    assert float((theirs - y).abs().max()) <= 1e-5 * scale, case
    if call.torch_can:
        assert torch.equal(written(call, x, kernel), theirs), (case, call.text())
    else:
        assert call.text() == OURS, case
        assert mode in ("reflect", "symmetric", "circular"), case
    return call


@pytest.mark.parametrize("stride", STRIDES, ids=str)
@pytest.mark.parametrize("mode, fill", MODES)
def test_the_call_and_its_line_compute_what_we_compute_in_two_dimensions(mode, fill, stride):
    found = set()
    # Five forms and two directions against nine paddings: each meets each.
    turn = itertools.cycle(itertools.product([False, True], CHANNELS))
    for dilation, taps, padding in itertools.product(DILATIONS, KERNELS, PADDINGS):
        flip, form = next(turn)
        channels, mixing, groups = channels_of(form)
        x, kernel = noise(channels, 11, 10), noise(*mixing, *taps, seed=1)
        sizes = {"stride": stride, "padding": padding, "dilation": dilation}
        case = (mode, fill, stride, dilation, flip, taps, padding, mixing)
        call = assert_agreement(x, kernel, mode=mode, fill=fill, flip=flip, groups=groups, case=case, **sizes)
        found.add(call.torch_can)
    assert found == ({True} if mode in ("constant", "replicate") else {True, False})


@pytest.mark.parametrize("stride", [1, 2, HALF, Fraction(2, 3)], ids=str)
@pytest.mark.parametrize("mode, fill", MODES)
def test_the_call_and_its_line_compute_what_we_compute_in_one_dimension(mode, fill, stride):
    turn = itertools.cycle(itertools.product([False, True], CHANNELS))
    paddings = ["valid", "same", "full", 0, 1, (2, 3), 40]
    for dilation, taps, padding in itertools.product([1, 2, 5], [1, 2, 3, 4], paddings):
        flip, form = next(turn)
        channels, mixing, groups = channels_of(form)
        x, kernel = noise(channels, 17), noise(*mixing, taps, seed=1)
        case = (mode, fill, stride, dilation, flip, taps, padding, mixing)
        sizes = {"stride": stride, "padding": padding, "dilation": dilation}
        assert_agreement(x, kernel, mode=mode, fill=fill, flip=flip, groups=groups, case=case, **sizes)


@pytest.mark.parametrize("mode", ["reflect", "circular", "replicate", "symmetric"])
def test_a_single_pixel_is_continued_as_we_do(mode):
    x, kernel = noise(3, 1, 1), noise(3, 3, seed=1)
    for stride in (1, HALF):
        call = assert_agreement(
            x, kernel, mode=mode, fill=0.0, flip=False, groups=1, case=mode, stride=stride, padding="same"
        )
        assert call.torch_can == (mode in ("replicate", "circular"))


# --- what torch can --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mode, padding, possible",
    [
        ("constant", 1000, True), ("replicate", 1000, True),
        ("reflect", 5, True), ("reflect", 6, False), ("reflect", (6, 5), True), ("reflect", (7, 5), False),
        ("reflect", (0, 0, 5, 6), False), ("reflect", (0, 0, 5, 5), True), ("reflect", 0, True),
        ("circular", 6, True), ("circular", 7, False), ("circular", (7, 6), True), ("circular", (8, 6), False),
        ("symmetric", 1, False), ("symmetric", (0, 0, 0, 1), False), ("symmetric", 0, True),
        ("symmetric", "valid", True), ("symmetric", "same", False),
    ],
)  # fmt: skip
def test_torch_can_mirror_and_wrap_within_the_picture_and_not_repeat_the_edge_of_a_mirror(
    mode, padding, possible
):
    call = call_for(noise(1, 7, 6), noise(3, 3), mode=mode, padding=padding)
    assert call.torch_can is possible
    assert (call.text() == OURS) is not possible


@pytest.mark.parametrize(
    "mode, padding, possible",
    [
        ("reflect", 10, True), ("reflect", 11, True), ("reflect", 12, False),
        ("circular", 12, True), ("circular", 13, True), ("circular", 14, False), ("symmetric", 1, True),
        ("symmetric", 2, False), ("constant", 1000, True),
    ],
)  # fmt: skip
def test_at_stride_1_2_the_border_is_counted_in_input_pixels(mode, padding, possible):
    call = call_for(noise(1, 7, 6), noise(3, 3), mode=mode, padding=padding, stride=HALF)
    assert call.torch_can is possible


# --- the line ------------------------------------------------------------------------------------

LINES = {
    "F.conv2d(x, kernel.expand(1, 1, 3, 3))": ((1, ()), {}),
    "F.conv2d(x, kernel.expand(3, 1, 3, 3), padding=1, groups=3)": ((3, ()), {"padding": "same"}),
    "F.conv2d(x, kernel.expand(1, 1, 3, 3), stride=2, padding=1)": ((1, ()), {"padding": 1, "stride": 2}),
    "F.conv2d(x, kernel.expand(1, 1, 3, 3), stride=(2, 3), dilation=2)": ((1, ()), {"stride": (2, 3), "dilation": 2}),
    "F.conv2d(x, kernel.flip(0, 1).expand(1, 1, 3, 3))": ((1, ()), {"flip": True}),
    "F.conv2d(x, kernel)": ((3, (2, 3)), {}),
    "F.conv2d(x, kernel.flip(-2, -1), groups=3)": ((3, (3, 1)), {"flip": True, "groups": 3}),
    'F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), kernel.expand(1, 1, 3, 3))': (
        (1, ()), {"padding": "same", "mode": "reflect"}),
    "F.conv2d(F.pad(x, (3, 4, 1, 2), value=0), kernel.expand(1, 1, 3, 3))": ((1, ()), {"padding": (1, 2, 3, 4)}),
    "F.conv2d(F.pad(x, (1, 1, 1, 1), value=0.5), kernel.expand(1, 1, 3, 3))": ((1, ()), {"padding": 1, "fill": 0.5}),
    "F.conv2d(F.pad(x, (1, 1, 1, 1), value=0.123456789), kernel.expand(1, 1, 3, 3))": (
        (1, ()), {"padding": 1, "fill": 0.123456789}),
    "F.conv_transpose2d(x, kernel.flip(0, 1).expand(1, 1, 3, 3), stride=2, padding=1, output_padding=1)": (
        (1, ()), {"padding": "same", "stride": HALF}),
    "F.conv_transpose2d(x, kernel.expand(3, 1, 3, 3), stride=2, groups=3)": (
        (3, ()), {"padding": "full", "stride": HALF, "flip": True}),
    "F.conv_transpose2d(x, kernel.transpose(0, 1), stride=2)": (
        (3, (2, 3)), {"padding": "full", "stride": HALF, "flip": True}),
    "F.conv_transpose2d(x, kernel.flip(-2, -1).unflatten(0, (2, -1)).transpose(1, 2).flatten(0, 1), stride=2,"
    " padding=1, output_padding=1, groups=2)": ((4, (6, 2)), {"padding": "same", "stride": HALF, "groups": 2}),
    "F.conv_transpose2d(x, kernel.expand(1, 1, 3, 3), stride=3)[..., ::2, ::2]": (
        (1, ()), {"padding": "full", "stride": Fraction(2, 3), "flip": True}),
    "F.conv_transpose2d(x, kernel.expand(1, 1, 3, 3), stride=(1, 2))[..., ::2, :]": (
        (1, ()), {"padding": "full", "stride": (2, HALF), "flip": True}),
    "F.conv_transpose2d(F.pad(x, (1, 1, 1, 1), value=0), kernel.expand(1, 1, 3, 3), stride=2)[..., 1:18, 1:16]": (
        (1, ()), {"padding": 3, "stride": HALF, "flip": True}),
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_the_line_is_what_one_would_write_by_hand(line):
    (channels, mixing), options = LINES[line]
    x, kernel = noise(channels, 7, 6), noise(*mixing, 3, 3)
    call = call_for(x, kernel, **options)
    assert call.text() == line


# --- the check on the page -----------------------------------------------------------------------


def test_the_largest_difference_is_a_number_near_nothing():
    x, kernel = noise(3, 7, 6), noise(3, 3)
    call = call_for(x, kernel, padding=1)
    y = ops.conv2d(x, kernel, padding=1)
    assert 0 <= largest_difference(call, x, kernel, y) < 1e-5
    y = y.clone()
    y[1, 2, 3] += 0.25
    assert largest_difference(call, x, kernel, y) == pytest.approx(0.25, abs=1e-5)


def test_a_result_of_another_shape_is_a_bug_of_ours_and_no_small_difference():
    x, kernel = noise(1, 7, 6), noise(3, 3)
    with pytest.raises(AssertionError, match=r"torch gives \(1, 5, 4\), this gives \(1, 7, 6\)"):
        largest_difference(call_for(x, kernel), x, kernel, ops.conv2d(x, kernel, padding=1))


def test_what_would_keep_a_visitor_waiting_is_refused_before_it_is_begun():
    x, kernel = noise(1, 7, 6), noise(3, 3)
    large = torch.zeros(1).expand(1, 60_000, 60_000)
    with pytest.raises(LimitError) as refused:
        largest_difference(call_for(x, kernel), x, kernel, large)
    assert str(refused.value) == (
        "torch would need 3e+10 multiply-adds for this, too long to wait for; try a smaller kernel or picture"
    )


def test_neither_the_picture_nor_the_kernel_is_changed():
    for stride, mode in itertools.product([1, HALF], ["constant", "reflect", "symmetric"]):
        x, kernel = noise(3, 7, 6), noise(3, 3)
        before = x.clone(), kernel.clone()
        call_for(x, kernel, mode=mode, stride=stride, padding="same", flip=True).run(x, kernel)
        assert torch.equal(x, before[0]) and torch.equal(kernel, before[1])
