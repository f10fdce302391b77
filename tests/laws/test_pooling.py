"""What holds for every pool: its order, what it commutes with, and its slope."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch.autograd import gradcheck

from playground import ops

OPTIONS = [
    {"kernel_size": size, "stride": stride, "padding": padding, "count_include_pad": False}
    for size, stride, padding in itertools.product([1, 2, 3, (2, 5)], [None, 1, (2, 3)], [0, "same"])
]
every_way = pytest.mark.parametrize("options", OPTIONS, ids=str)


def noise(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed + 31 * sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


@every_way
def test_the_smallest_the_middle_the_mean_and_the_largest_stand_in_their_order(options):
    x = noise(2, 7, 9)
    low, middle, mean, high = (ops.pool2d(x, statistic=s, **options) for s in ("min", "median", "average", "max"))
    for between in (middle, mean):
        assert bool((low <= between + 1e-14).all()) and bool((between <= high + 1e-14).all())


@every_way
def test_what_keeps_the_order_commutes_with_the_largest(options):
    x = noise(2, 7, 9)
    for keeps in (torch.exp, ops.relu, lambda x: ops.offset(3 * x, amount=1), lambda x: ops.clip(x, low=-0.5)):
        assert torch.allclose(
            ops.pool2d(keeps(x), **options), keeps(ops.pool2d(x, **options)), rtol=0, atol=1e-13
        )


@every_way
@pytest.mark.parametrize("statistic", ["max", "min", "median", "average"])
def test_a_pool_moves_and_grows_with_its_values(options, statistic):
    x = noise(2, 7, 9)
    moved = ops.pool2d(2.5 * x - 1, statistic=statistic, **options)
    assert torch.allclose(moved, 2.5 * ops.pool2d(x, statistic=statistic, **options) - 1, rtol=0, atol=1e-13)


@every_way
def test_an_average_is_linear(options):
    a, b = noise(2, 7, 9), noise(2, 7, 9, seed=1)
    options = options | {"statistic": "average"}
    mixed = ops.pool2d(2 * a - 3 * b, **options)
    assert torch.allclose(mixed, 2 * ops.pool2d(a, **options) - 3 * ops.pool2d(b, **options), rtol=0, atol=1e-13)


@pytest.mark.parametrize("first, second", [(2, 3), (4, 5), (1, 7)])
def test_the_largest_of_the_largest_is_that_of_a_wider_window(first, second):
    x = noise(40)
    one = ops.pool1d(ops.pool1d(x, kernel_size=first, stride=1), kernel_size=second, stride=1)
    assert torch.equal(one, ops.pool1d(x, kernel_size=first + second - 1, stride=1))


def test_a_picture_of_one_row_is_a_sound():
    for statistic in ("max", "min", "median", "average"):
        x = noise(3, 20)
        row = ops.pool2d(x[:, None], statistic=statistic, kernel_size=(1, 4), stride=(1, 3), padding=(0, 2))
        assert torch.equal(row[:, 0], ops.pool1d(x, statistic=statistic, kernel_size=4, stride=3, padding=2))


DIFFERENTIABLE = {
    **{f"{s} pool": lambda x, s=s: ops.pool2d(x, statistic=s, kernel_size=(2, 3), stride=1, padding=1)
       for s in ("max", "min", "median", "average")},
    "mean without padding": lambda x: ops.pool2d(
        x, statistic="average", kernel_size=3, padding=1, count_include_pad=False
    ),
    "sound": lambda x: ops.pool1d(x, kernel_size=3, stride=2, padding=1),
    "offset": lambda x: ops.offset(x, amount=0.5),
    "absolute": ops.absolute,
    "square": ops.square,
    "relu": ops.relu,
    "clip": lambda x: ops.clip(x, low=-0.5, high=0.5),
    "range": ops.normalise,
    "standard": lambda x: ops.normalise(x, to="standard"),
    "edges": lambda x: ops.edge_magnitude(x, operator="scharr"),
    "nearest": lambda x: ops.interpolate2d(x, interpolation="nearest"),
    "linear": lambda x: ops.interpolate2d(x, scale=(2, 3)),
    "sinc": lambda x: ops.interpolate1d(x, interpolation="sinc"),
    "crop": lambda x: ops.crop2d(x, top=1, width=2),
    "flip": ops.flip2d,
    "noise": ops.noise,
}  # fmt: skip


@pytest.mark.parametrize("name", DIFFERENTIABLE)
def test_it_has_the_slope_of_finite_differences(name):
    assert gradcheck(DIFFERENTIABLE[name], noise(2, 3, 4).requires_grad_())


def test_a_colour_matrix_has_a_slope_in_both():
    assert gradcheck(ops.colour_matrix, (noise(3, 2, 4).requires_grad_(), noise(2, 3).requires_grad_()))
