"""What stride 1/s means: zeros in, then slide; the same numbers as torch's transposed convolution."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F

from playground import ops

both = pytest.mark.parametrize("axes", [1, 2])
CONV = {1: ops.conv1d, 2: ops.conv2d}
TORCH = {1: F.conv_transpose1d, 2: F.conv_transpose2d}
UPS = [2, 3, 4]


def noise(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed + 31 * sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def same(a, b):
    return a.shape == b.shape and torch.allclose(a, b, rtol=0, atol=1e-11)


def stamped(x, kernel, axes, **options):
    """torch's transposed convolution with one kernel for every channel."""
    channels = x.shape[-axes - 1]
    return TORCH[axes](x, kernel.expand(channels, 1, *kernel.shape), groups=channels, **options)


@both
@pytest.mark.parametrize("up", UPS)
def test_same_flipped_is_torchs_with_half_the_gap_and_the_output_padding(up, axes):
    for k, dilation in itertools.product([1, 2, 3, 4, 5], [1, 2, 3]):
        gap = dilation * (k - 1)
        x, kernel = noise(2, 3, *[5, 4][:axes]), noise(*[k] * axes)
        expected = stamped(
            x, kernel, axes, stride=up, padding=gap // 2, output_padding=up - 1 - gap % 2, dilation=dilation
        )
        options = {"stride": Fraction(1, up), "padding": "same", "dilation": dilation}
        assert same(CONV[axes](x, kernel, flip_kernel=True, **options), expected), (k, dilation)
        turned = kernel.flip(list(range(-axes, 0)))
        assert same(CONV[axes](x, turned, **options), expected), (k, dilation)


@both
@pytest.mark.parametrize("up", UPS)
def test_full_flipped_is_torchs_without_padding(up, axes):
    for k in [1, 2, 3, 4, 7]:
        x, kernel = noise(2, 3, *[5, 1][:axes]), noise(*[k] * axes)
        actual = CONV[axes](x, kernel, stride=Fraction(1, up), padding="full", flip_kernel=True)
        assert same(actual, stamped(x, kernel, axes, stride=up)), k


@both
@pytest.mark.parametrize("up", UPS)
def test_a_padding_of_p_is_torchs_padding_of_gap_minus_p(up, axes):
    for k, padding in itertools.product([1, 3, 4], [0, 1, 2, 3]):
        if padding > k - 1:
            continue
        x, kernel = noise(2, 3, *[5, 4][:axes]), noise(*[k] * axes)
        actual = CONV[axes](x, kernel, stride=Fraction(1, up), padding=padding, flip_kernel=True)
        assert same(actual, stamped(x, kernel, axes, stride=up, padding=k - 1 - padding)), (k, padding)


@both
@pytest.mark.parametrize("up", UPS)
def test_it_is_the_product_s_own_transposed_convolution_with_the_kernel_turned(up, axes):
    transposed = {1: ops.conv_transpose1d, 2: ops.conv_transpose2d}[axes]
    x, kernel = noise(3, *[5, 4][:axes]), noise(*[4, 3][:axes])
    turned = kernel.flip(list(range(-axes, 0)))
    actual = CONV[axes](x, kernel, stride=Fraction(1, up), padding="full")
    assert same(actual, transposed(x, turned, stride=up))


@pytest.mark.parametrize("up", UPS)
def test_a_sobel_keeps_its_sign(up):
    """A ramp that rises to the right has a positive derivative at every stride."""
    ramp = torch.arange(12.0).expand(9, 12)
    sobel_x = torch.tensor([[-1.0, 0, 1], [-2, 0, 2], [-1, 0, 1]])
    smooth = torch.ones(up, up)
    for stride in [1, 2]:
        assert ops.conv2d(ramp, sobel_x, stride=stride).min() > 0
    # zeros between the samples are a comb; smoothing first by a box of the comb's width fills it up
    wide = ops.conv2d(ramp, smooth, stride=Fraction(1, up), padding="valid")
    assert ops.conv2d(wide, sobel_x).min() >= 0
    combined = ops.conv2d(sobel_x, smooth, padding="full", flip_kernel=True)
    assert ops.conv2d(ramp, combined, stride=Fraction(1, up)).min() >= 0
    assert ops.conv2d(ramp, combined, stride=Fraction(1, up)).max() > 0


@pytest.mark.parametrize("p, q", [(2, 3), (3, 2), (5, 4), (3, 7)])
def test_a_rational_stride_is_one_over_q_then_every_p_th(p, q):
    modes = ["constant", "reflect", "symmetric", "replicate", "circular"]
    for mode, k, padding in itertools.product(modes, [1, 2, 3, 6], ["same", "full", "valid", (3, 5)]):
        if padding == "valid" and k == 6:
            k = 5
        x, kernel = noise(2, 6), noise(k)
        options = {"padding": padding, "padding_mode": mode, "fill": 0.5}
        dense = ops.conv1d(x, kernel, stride=Fraction(1, q), **options)
        assert same(ops.conv1d(x, kernel, stride=Fraction(p, q), **options), dense[:, ::p]), (
            mode,
            k,
            padding,
        )


@pytest.mark.parametrize("mode", ["constant", "reflect", "symmetric", "replicate", "circular"])
@pytest.mark.parametrize("up", UPS)
def test_the_input_is_continued_before_the_zeros_go_in(up, mode):
    """So a longer signal that already holds the continuation gives the same inner samples."""
    for k, n, before, after in itertools.product([1, 2, 3, 5], [1, 4], [0, 1, 7], [0, 2, 9]):
        x, kernel = noise(2, n), noise(k)
        if (n - 1) * up + 1 + before + after < k:
            continue
        reach = 12
        longer = ops.pad1d(x, (reach, reach), padding_mode=mode, fill=0.5)
        wide = ops.conv1d(longer, kernel, stride=Fraction(1, up))
        first = reach * up - before
        count = (n - 1) * up + 1 + before + after - (k - 1)
        options = {"padding": (before, after), "padding_mode": mode, "fill": 0.5}
        actual = ops.conv1d(x, kernel, stride=Fraction(1, up), **options)
        assert same(actual, wide[:, first : first + count]), (k, n, before, after)


def test_every_axis_has_its_own_stride():
    """Vertical and horizontal are separate: a separable kernel is two passes."""
    strides = [1, 2, 3, Fraction(1, 2), Fraction(1, 3), Fraction(2, 3), Fraction(3, 2)]
    for vertical, horizontal in itertools.product(strides, strides):
        for mode, padding in [("reflect", "same"), ("constant", "full"), ("circular", 2)]:
            x, column, row = noise(2, 5, 6), noise(3), noise(4)
            options = {"padding": padding, "padding_mode": mode}
            both_axes = ops.conv2d(x, column[:, None] * row[None], stride=(vertical, horizontal), **options)
            rows = ops.conv1d(x, row, stride=horizontal, **options)
            columns = ops.conv1d(rows.mT, column, stride=vertical, **options).mT
            assert same(both_axes, columns), (vertical, horizontal, mode, padding)
