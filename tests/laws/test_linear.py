"""What holds for every convolution: linear, shift equivariant, commutative, associative, mean keeping."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import torch

from playground import ops

MODES = ["constant", "reflect", "symmetric", "replicate", "circular"]
HALF = Fraction(1, 2)
CONV = {1: ops.conv1d, 2: ops.conv2d}

both = pytest.mark.parametrize("axes", [1, 2])


def noise(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed + 31 * sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def same(a, b):
    return a.shape == b.shape and torch.allclose(a, b, rtol=0, atol=1e-11)


@both
@pytest.mark.parametrize("stride", [1, 2, HALF, Fraction(3, 2)], ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_linear_in_the_input_and_in_the_kernel(mode, stride, axes):
    for k, padding in itertools.product([1, 2, 3], ["same", "full", 2]):
        options = {"padding": padding, "padding_mode": mode, "stride": stride}
        a, b = noise(2, *[5, 6][:axes]), noise(2, *[5, 6][:axes], seed=1)
        f, g = noise(*[k, 3][:axes]), noise(*[k, 3][:axes], seed=1)
        conv = CONV[axes]
        mixed = conv(2.5 * a - b, f, **options)
        assert same(mixed, 2.5 * conv(a, f, **options) - conv(b, f, **options)), (k, padding)
        mixed = conv(a, 2.5 * f - g, **options)
        assert same(mixed, 2.5 * conv(a, f, **options) - conv(a, g, **options)), (k, padding)


def test_affine_in_the_input_with_a_fill_and_a_bias():
    x, kernel, bias = noise(3, 6), noise(2, 3, 4), noise(2)
    options = {"padding": "same", "fill": 0.7, "bias": bias}
    nothing = ops.conv1d(torch.zeros_like(x), kernel, **options)
    once = ops.conv1d(x, kernel, **options) - nothing
    assert same(ops.conv1d(-3 * x, kernel, **options), -3 * once + nothing)


@both
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_shift_equivariant_where_the_signal_is_circular(stride, axes):
    for k, dilation in itertools.product([1, 2, 3, 4, 9], [1, 2]):
        x, kernel = noise(2, *[6, 12][:axes]), noise(*[k, 3][:axes])
        options = {"padding": "same", "padding_mode": "circular", "dilation": dilation, "stride": stride}
        plain = CONV[axes](x, kernel, **options)
        for axis in range(-axes, 0):
            shifted = CONV[axes](x.roll(stride, axis), kernel, **options)
            assert same(shifted, plain.roll(1, axis)), (k, dilation, axis)


@pytest.mark.parametrize("up", [2, 3, 4])
def test_a_shift_by_one_is_a_shift_by_s_at_stride_one_over_s(up):
    for k in [1, 2, 3, 6]:
        x, kernel = noise(2, 7), noise(k)
        options = {"padding": "same", "padding_mode": "circular", "stride": Fraction(1, up)}
        shifted = ops.conv1d(x.roll(1, -1), kernel, **options)
        assert same(shifted, ops.conv1d(x, kernel, **options).roll(up, -1)), k


@both
def test_full_convolution_commutes(axes):
    for m, n in itertools.product([1, 2, 5, 8], [1, 3, 4]):
        f, g = noise(*[m, 4][:axes]), noise(*[n, 3][:axes], seed=1)
        options = {"padding": "full", "flip_kernel": True}
        assert same(CONV[axes](f, g, **options), CONV[axes](g, f, **options)), (m, n)


@both
def test_correlation_does_not_commute_but_turns_over(axes):
    f, g = noise(*[5, 4][:axes]), noise(*[3, 2][:axes], seed=1)
    turned = CONV[axes](g, f, padding="full").flip(list(range(-axes, 0)))
    assert same(CONV[axes](f, g, padding="full"), turned)
    assert not same(CONV[axes](f, g, padding="full"), CONV[axes](g, f, padding="full"))


@both
@pytest.mark.parametrize("flip", [False, True])
def test_flip_kernel_is_the_kernel_turned_over(flip, axes):
    for stride, padding in itertools.product([1, 2, HALF], ["same", "full", 1]):
        x, kernel = noise(3, *[6, 7][:axes]), noise(2, 3, *[4, 3][:axes])
        turned = kernel.flip(list(range(-axes, 0)))
        options = {"stride": stride, "padding": padding, "padding_mode": "symmetric"}
        left = CONV[axes](x, kernel, flip_kernel=flip, **options)
        assert same(left, CONV[axes](x, turned, flip_kernel=not flip, **options)), (stride, padding)


@both
@pytest.mark.parametrize("first_stride, second_stride", [(1, 1), (2, 1), (1, 2), (2, 3)])
def test_two_layers_are_one_kernel(first_stride, second_stride, axes):
    """The second kernel's taps lie ``first_stride`` apart in the composed one."""
    conv = CONV[axes]
    for k, m in itertools.product([1, 2, 3], [1, 2, 4]):
        first, second = noise(*[k, 2][:axes]), noise(*[m, 3][:axes], seed=1)
        apart = conv(second, torch.ones([1] * axes).double(), stride=Fraction(1, first_stride))
        composed = conv(first, apart, padding="full", flip_kernel=True)
        x = noise(2, *[25, 21][:axes])
        twice = conv(conv(x, first, stride=first_stride), second, stride=second_stride)
        once = conv(x, composed, stride=first_stride * second_stride)
        assert same(twice, once), (k, m)


@both
def test_three_full_convolutions_associate(axes):
    f, g, h = (noise(*[n, 3][:axes], seed=n) for n in [6, 3, 4])
    options = {"padding": "full", "flip_kernel": True}
    conv = CONV[axes]
    left = conv(conv(f, g, **options), h, **options)
    assert same(left, conv(f, conv(g, h, **options), **options))


@both
@pytest.mark.parametrize("mode", ["reflect", "symmetric", "replicate", "circular"])
def test_a_kernel_of_sum_one_keeps_a_constant(mode, axes):
    for k, padding, stride in itertools.product([1, 2, 3, 9], ["same", "full", 3], [1, 2]):
        kernel = noise(*[k, 3][:axes]).abs()
        kernel = kernel / kernel.sum()
        x = torch.full([2, *[4, 5][:axes]], 0.3, dtype=torch.float64)
        out = CONV[axes](x, kernel, padding=padding, padding_mode=mode, stride=stride)
        assert torch.allclose(out, torch.full_like(out, 0.3), rtol=0, atol=1e-14), (k, padding, stride)
        out = CONV[axes](x, kernel, padding=padding, fill=0.3, stride=stride)
        assert torch.allclose(out, torch.full_like(out, 0.3), rtol=0, atol=1e-14), (k, padding, stride)


@both
def test_an_impulse_gives_the_kernel_turned_over_and_flipped_the_kernel(axes):
    impulse = torch.zeros([1] * axes, dtype=torch.float64) + 1
    kernel = noise(*[4, 3][:axes])
    turned = kernel.flip(list(range(-axes, 0)))
    assert torch.equal(CONV[axes](impulse, kernel, padding="full"), turned)
    assert torch.equal(CONV[axes](impulse, kernel, padding="full", flip_kernel=True), kernel)


@both
def test_the_sum_of_a_full_convolution_is_the_product_of_the_sums(axes):
    x, kernel = noise(*[6, 5][:axes]), noise(*[4, 3][:axes])
    out = CONV[axes](x, kernel, padding="full")
    assert float(out.sum()) == pytest.approx(float(x.sum() * kernel.sum()), abs=1e-11)


@both
@pytest.mark.parametrize("mode", MODES)
def test_channels_alone_are_each_channel_by_itself(mode, axes):
    for stride in [1, 2, HALF]:
        x, kernel = noise(3, *[5, 6][:axes]), noise(*[3, 2][:axes])
        options = {"padding": "same", "padding_mode": mode, "stride": stride}
        together = CONV[axes](x, kernel, **options)
        assert same(together, torch.stack([CONV[axes](channel, kernel, **options) for channel in x]))


@both
def test_a_batch_is_each_one_by_itself(axes):
    x, kernel, bias = noise(3, 2, *[5, 6][:axes]), noise(4, 2, *[3, 2][:axes]), noise(4)
    for stride in [1, 2, HALF]:
        options = {"padding": "same", "padding_mode": "reflect", "stride": stride, "bias": bias}
        together = CONV[axes](x, kernel, **options)
        assert same(together, torch.stack([CONV[axes](one, kernel, **options) for one in x]))


@pytest.mark.parametrize("stride", [1, 2, HALF], ids=str)
def test_a_picture_turned_is_the_result_turned(stride):
    x, kernel = noise(2, 6, 8), noise(3, 5)
    options = {"padding": "full", "padding_mode": "reflect", "stride": stride}
    plain = ops.conv2d(x, kernel, **options)
    assert same(ops.conv2d(x.mT, kernel.T, **options), plain.mT)


def test_a_picture_of_one_row_is_a_sound():
    for stride, mode in itertools.product([1, 2, HALF, Fraction(2, 3)], MODES):
        x, kernel = noise(3, 9), noise(4)
        options = {"padding_mode": mode, "fill": 0.5}
        line = ops.conv1d(x, kernel, padding="same", stride=stride, **options)
        picture = ops.conv2d(x[:, None], kernel[None], padding="same", stride=(1, stride), **options)
        assert same(picture[:, 0], line), (stride, mode)
