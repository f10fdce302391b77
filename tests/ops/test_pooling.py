"""Is padding never a value, is every window inside, and is what does not fit refused in words?"""

from __future__ import annotations

import itertools
import math

import pytest
import torch

from playground import ops
from playground.errors import GeometryError
from playground.ops.registry import OPS

STATISTICS = ["max", "average", "min", "median"]


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed + sum(shape)), dtype=dtype)


def refused(function, x, **options):
    with pytest.raises(GeometryError) as error:
        function(x, **options)
    return str(error.value)


@pytest.mark.parametrize("statistic", STATISTICS)
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_shape_is_known_beforehand_and_the_dtype_kept(statistic, dtype):
    for size, stride, padding in itertools.product(
        [1, 2, 3, (2, 5)], [None, 1, 2, (3, 1)], [0, "same", "valid"]
    ):
        options = {"kernel_size": size, "stride": stride, "padding": padding, "statistic": statistic}
        y = ops.pool2d(noise(2, 3, 7, 9, dtype=dtype), **options)
        assert y.dtype == dtype and y.shape == (2, *OPS["pool2d"].shape((3, 7, 9), **options)), options
        bytes_, adds = OPS["pool2d"].price((3, 7, 9), tuple(y.shape[1:]), **options)
        assert bytes_ >= 4 * y[0].numel() and adds > 0


@pytest.mark.parametrize("statistic", STATISTICS)
def test_a_window_of_one_changes_nothing(statistic):
    x = noise(2, 5, 6)
    assert torch.equal(ops.pool2d(x, kernel_size=1, statistic=statistic), x)
    assert torch.equal(ops.pool1d(x, kernel_size=1, statistic=statistic), x)


@pytest.mark.parametrize("stride", [1, 2, 3, 5])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 7])
def test_same_keeps_every_stride_th_place(size, stride):
    for n in range(1, 12):
        assert ops.pool1d(noise(n), kernel_size=size, stride=stride, padding="same").shape == (-(-n // stride),)


@pytest.mark.parametrize("statistic", ["max", "min", "median"])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_padding_is_never_a_value(statistic, sign):
    x = sign * (1 + noise(2, 6, 7).abs())
    y = ops.pool2d(x, kernel_size=(4, 5), stride=1, padding=2, statistic=statistic)
    assert bool((y * sign >= 1).all())


def test_a_mean_counts_padding_as_zeros_unless_told_otherwise():
    ones = torch.ones(3, dtype=torch.float64)
    options = {"kernel_size": 3, "stride": 1, "padding": 1, "statistic": "average"}
    assert torch.allclose(ops.pool1d(ones, **options), torch.tensor([2 / 3, 1, 2 / 3], dtype=torch.float64))
    assert torch.equal(ops.pool1d(ones, **options, count_include_pad=False), ones)


def test_a_row_alone_and_leading_axes_are_the_same():
    x = noise(2, 3, 4, 6, 8)
    for statistic in STATISTICS:
        y = ops.pool2d(x, kernel_size=3, stride=2, padding=1, statistic=statistic)
        assert y.shape == (2, 3, 4, 3, 4)
        assert torch.equal(
            y[1, 2, 3], ops.pool2d(x[1, 2, 3], kernel_size=3, stride=2, padding=1, statistic=statistic)
        )
        assert ops.pool2d(x[:0], statistic=statistic).shape == (0, 3, 4, 3, 4)


@pytest.mark.parametrize("statistic", STATISTICS)
def test_nan_stays_in_the_windows_that_meet_it(statistic):
    x = noise(6, 6)
    x[2, 3] = math.nan
    y = ops.pool2d(x, statistic=statistic)
    assert y.isnan().nonzero().tolist() == [[1, 1]]


def test_the_median_of_a_large_picture_is_found_block_by_block():
    x = noise(3, 70, 333, dtype=torch.float32)
    whole = ops.pool2d(x, statistic="median", kernel_size=(33, 40), stride=(9, 4))
    for row, column in [(0, 0), (2, 31), (4, 73)]:
        part = x[:, 9 * row : 9 * row + 33, 4 * column : 4 * column + 40]
        values = part.flatten(1).sort(dim=-1).values
        assert torch.equal(whole[:, row, column], (values[:, 659] + values[:, 660]) / 2)


def test_the_input_is_not_changed():
    x = noise(5, 5)
    before = x.clone()
    for statistic in STATISTICS:
        ops.pool2d(x, statistic=statistic, kernel_size=3, padding=1)
    assert torch.equal(x, before)


def test_what_does_not_fit_is_refused_in_words():
    x = noise(5, 8)
    assert refused(ops.pool2d, x, kernel_size=6) == (
        "kernel spans 6 samples but the padded input has 5; add padding or shrink the kernel"
    )
    half = "padding=2 is more than half of kernel_size=3, so that a window could lie outside; use at most 1"
    assert refused(ops.pool2d, x, kernel_size=3, padding=2) == half
    assert refused(ops.pool2d, x, kernel_size=3, padding=(0, 0, 2, 0)) == half
    assert refused(ops.pool1d, x, kernel_size=3, padding="full") == half
    assert refused(ops.pool1d, x, statistic="mode") == (
        "statistic='mode' is not known; choose one of: average, max, median, min"
    )
    assert refused(ops.pool1d, x, padding=-1) == "padding=-1 is negative; crop the input instead"
    assert "kernel has 0 samples" in refused(ops.pool1d, x, kernel_size=0)
    assert "stride=0 has no meaning" in refused(ops.pool1d, x, stride=0)
    assert "it needs at least 1" in refused(ops.pool1d, x[:, :0])
    with pytest.raises(GeometryError, match="half of kernel_size"):
        OPS["pool2d"].shape((3, 9, 9), kernel_size=2, padding=2)
    for options in ({"kernel_size": 2.0}, {"stride": True}):
        with pytest.raises(TypeError, match="expected an int"):
            ops.pool1d(x, **options)
    with pytest.raises(TypeError, match="use x.float()"):
        ops.pool1d(torch.arange(4))
