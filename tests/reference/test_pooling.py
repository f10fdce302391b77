"""Do torch, NumPy and SciPy pool alike?"""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
from scipy import ndimage

from playground import ops

SIZES = [1, 2, 3, 4, (1, 3), (2, 5), (5, 4)]
STRIDES = [None, 1, 2, (3, 1)]
TORCH_1D = {"max": torch.nn.functional.max_pool1d, "average": torch.nn.functional.avg_pool1d}
TORCH_2D = {"max": torch.nn.functional.max_pool2d, "average": torch.nn.functional.avg_pool2d}


def noise(*shape, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


def halves(size):
    """No padding, half of the kernel along one axis, and along both."""
    high, wide = size if isinstance(size, tuple) else (size, size)
    return {(0, 0), (high // 2, 0), (high // 2, wide // 2)}


def by_torch(pool, x, statistic, *options, **more):
    if statistic == "min":
        return -pool["max"](-x, *options)
    return pool[statistic](x, *options, **(more if statistic == "average" else {}))


@pytest.mark.parametrize("statistic", ["max", "average", "min"])
@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("stride", STRIDES, ids=str)
def test_torch_pools_pictures_alike(statistic, size, stride):
    x = noise(2, 3, 9, 8)
    for padding, counted in itertools.product(halves(size), [True, False]):
        theirs = by_torch(TORCH_2D, x, statistic, size, stride, padding, count_include_pad=counted)
        ours = ops.pool2d(
            x, statistic=statistic, kernel_size=size, stride=stride, padding=padding, count_include_pad=counted
        )
        assert ours.shape == theirs.shape
        assert torch.equal(ours, theirs) or statistic == "average"
        assert torch.allclose(ours, theirs, rtol=0, atol=1e-14), (padding, counted)


@pytest.mark.parametrize("statistic", ["max", "average", "min"])
@pytest.mark.parametrize("size", [1, 2, 3, 8, 13])
@pytest.mark.parametrize("stride", [None, 1, 2, 5])
def test_torch_pools_sounds_alike(statistic, size, stride):
    for n, padding, counted in itertools.product([13, 14, 64], {0, size // 2}, [True, False]):
        x = noise(2, n)
        theirs = by_torch(TORCH_1D, x, statistic, size, stride, padding, count_include_pad=counted)
        ours = ops.pool1d(
            x, statistic=statistic, kernel_size=size, stride=stride, padding=padding, count_include_pad=counted
        )
        assert ours.shape == theirs.shape and torch.allclose(ours, theirs, rtol=0, atol=1e-14), (n, padding)


@pytest.mark.parametrize("statistic, tolerance", [("max", 0), ("min", 0), ("average", 2e-6)])
def test_torch_pools_alike_in_float32(statistic, tolerance):
    x = noise(3, 90, 80, dtype=torch.float32)
    for size, stride in [(64, 1), (17, 3), (2, 2)]:
        theirs = by_torch(TORCH_2D, x.double(), statistic, size, stride)
        ours = ops.pool2d(x, statistic=statistic, kernel_size=size, stride=stride)
        assert ours.dtype == torch.float32 and float((ours - theirs).abs().max()) <= tolerance * float(x.abs().max())


NUMPY = {"max": np.max, "min": np.min, "average": np.mean, "median": np.median}


def windows_of(x, size, stride, sides):
    """What NumPy sees through each window: the samples, without padding."""
    (kh, kw), (sh, sw), (top, bottom, left, right) = size, stride, sides
    height, width = x.shape
    rows = range(-top, height + bottom - kh + 1, sh)
    columns = range(-left, width + right - kw + 1, sw)
    return [[x[max(0, r) : r + kh, max(0, c) : c + kw] for c in columns] for r in rows]


@pytest.mark.parametrize("statistic", NUMPY)
@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 3), (4, 4), (1, 4), (3, 2), (5, 4)], ids=str)
def test_numpy_finds_the_same_in_the_samples_of_each_window(statistic, size):
    x = noise(7, 9)
    top, left = size[0] // 2, size[1] // 2
    for stride, sides in itertools.product(
        [(1, 1), (2, 3), size], [(0, 0, 0, 0), (top, 0, 0, left), (top, top, left, left)]
    ):
        expected = [[NUMPY[statistic](w) for w in row] for row in windows_of(x.numpy(), size, stride, sides)]
        ours = ops.pool2d(
            x, statistic=statistic, kernel_size=size, stride=stride, padding=sides, count_include_pad=False
        )
        np.testing.assert_allclose(ours.numpy(), expected, rtol=0, atol=1e-14, err_msg=str((stride, sides)))


@pytest.mark.parametrize("size", [1, 2, 3, 6, 9])
def test_numpy_finds_the_same_median_of_sounds(size):
    x = noise(2, 20)
    for stride in (1, 2, size):
        expected = np.median(np.lib.stride_tricks.sliding_window_view(x.numpy(), size, axis=-1), axis=-1)[:, ::stride]
        np.testing.assert_array_equal(
            ops.pool1d(x, statistic="median", kernel_size=size, stride=stride).numpy(), expected
        )


@pytest.mark.parametrize("size", [3, 5, (3, 7)], ids=str)
def test_scipy_finds_the_same_running_extremes_and_medians(size):
    x = noise(20, 30).numpy()
    rows, columns = size if isinstance(size, tuple) else (size, size)
    inside = (slice(rows // 2, -(rows // 2)), slice(columns // 2, -(columns // 2)))
    for statistic, filtered in {
        "max": ndimage.maximum_filter, "min": ndimage.minimum_filter, "median": ndimage.median_filter,
    }.items():  # fmt: skip
        ours = ops.pool2d(torch.from_numpy(x), statistic=statistic, kernel_size=size, stride=1)
        np.testing.assert_array_equal(ours.numpy(), filtered(x, size=(rows, columns))[inside])


@pytest.mark.parametrize("size, stride", [(2, 2), (3, 1), ((2, 4), (3, 1))], ids=str)
def test_an_average_is_a_box_at_that_stride(size, stride):
    x = noise(2, 9, 11)
    for padding in (0, "same", 1):
        ours = ops.pool2d(x, statistic="average", kernel_size=size, stride=stride, padding=padding)
        assert torch.allclose(ours, ops.conv2d(x, ops.kernels.box(size=size), stride=stride, padding=padding), atol=1e-13)
