"""Is the transposed convolution the adjoint?  <conv(x), y> = <x, conv_transpose(y)>, and no sample is lost."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
import torch

from playground import ops

MODES = ["constant", "reflect", "symmetric", "replicate", "circular"]
HALF = Fraction(1, 2)
CONV = {1: ops.conv1d, 2: ops.conv2d}
TRANSPOSE = {1: ops.conv_transpose1d, 2: ops.conv_transpose2d}


def noise(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed + 31 * sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64)


def inner(a, b):
    assert a.shape == b.shape, f"{tuple(a.shape)} beside {tuple(b.shape)}"
    return float((a * b).sum())


def agree(left, right, size):
    return math.isclose(left, right, rel_tol=0, abs_tol=1e-12 * size)


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_conv_transpose1d_with_the_remainder_is_the_adjoint_of_conv1d(k, stride):
    for n, padding, dilation, mixing in itertools.product([5, 6, 9], [0, 1, 2], [1, 2], [False, True]):
        gap = dilation * (k - 1)
        if n + 2 * padding < gap + 1:
            continue
        remainder = (n + 2 * padding - gap - 1) % stride
        x, kernel = noise(2, 4, n), noise(2, 2, k) if mixing else noise(k)
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": 2 if mixing else 1}
        forward = ops.conv1d(x, kernel, **options)
        y = noise(*forward.shape, seed=1)
        back = ops.conv_transpose1d(y, kernel, output_padding=remainder, **options)
        size = float(kernel.abs().sum() * x.abs().sum() * y.abs().max())
        assert agree(inner(forward, y), inner(x, back), size), (n, options)


@pytest.mark.parametrize("padding", [(0, 0), (1, 1), (2, 0), (1, 3)], ids=str)
@pytest.mark.parametrize("stride", [(1, 1), (2, 2), (1, 3), (2, 1)], ids=str)
def test_conv_transpose2d_with_the_remainder_is_the_adjoint_of_conv2d(padding, stride):
    """Paddings x odd and even pictures x odd and even kernels x one channel, channels alone, mixed."""
    pictures = itertools.product([7, 8], [7, 10])
    kernels = itertools.product([3, 4], [3, 2])
    for (height, width), k, (channels, out, groups), dilation in itertools.product(
        pictures, kernels, [(1, 1, 1), (3, None, 1), (3, 2, 1), (4, 2, 2)], [1, (2, 1)]
    ):
        x = noise(2, channels, height, width)
        kernel = noise(*k) if out is None else noise(out, channels // groups, *k)
        options = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}
        spans = [d * (k - 1) + 1 for d, k in zip((2, 1) if dilation == (2, 1) else (1, 1), k, strict=True)]
        remainders = tuple(
            (n + 2 * p - span) % s
            for n, p, span, s in zip((height, width), padding, spans, stride, strict=True)
        )
        forward = ops.conv2d(x, kernel, **options)
        y = noise(*forward.shape, seed=1)
        back = ops.conv_transpose2d(y, kernel, output_padding=remainders, **options)
        size = float(kernel.abs().sum() * x.abs().sum() * y.abs().max())
        assert agree(inner(forward, y), inner(x, back), size), (x.shape, kernel.shape, options)


def test_without_the_remainder_the_tail_is_lost():
    """What output_padding is for: stride 2 over 6 samples with 3 taps drops the last one."""
    y = ops.conv1d(noise(6), noise(3), stride=2)
    assert ops.conv_transpose1d(y, noise(3), stride=2).shape == (5,)
    assert ops.conv_transpose1d(y, noise(3), stride=2, output_padding=1).shape == (6,)


@pytest.mark.parametrize("stride", [2, 3, 4])
@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 7])
def test_same_at_one_over_s_flipped_is_the_adjoint_of_same_at_s(k, stride):
    for n, dilation in itertools.product([1, 2, 5], [1, 2]):
        x, y, kernel = noise(3, n * stride), noise(3, n, seed=1), noise(k)
        forward = ops.conv1d(x, kernel, padding="same", stride=stride, dilation=dilation)
        back = ops.conv1d(
            y, kernel, padding="same", stride=Fraction(1, stride), dilation=dilation, flip_kernel=True
        )
        size = float(kernel.abs().sum() * x.abs().sum() * y.abs().max())
        assert agree(inner(forward, y), inner(x, back), size), (n, dilation)
    x, y, kernel = noise(2, 3 * stride, 8), noise(2, 3, 4, seed=1), noise(k, 4)
    forward = ops.conv2d(x, kernel, padding="same", stride=(stride, 2))
    back = ops.conv2d(y, kernel, padding="same", stride=(Fraction(1, stride), HALF), flip_kernel=True)
    size = float(kernel.abs().sum() * x.abs().sum() * y.abs().max())
    assert agree(inner(forward, y), inner(x, back), size)


def matrix_of(function, *shape):
    """The linear part of ``function`` as a matrix, one impulse at a time (as a batch)."""
    count = math.prod(shape)
    impulses = torch.eye(count, dtype=torch.float64).reshape(count, 1, *shape)
    rest = function(torch.zeros(1, 1, *shape, dtype=torch.float64))
    return (function(impulses) - rest).reshape(count, -1).T


@pytest.mark.parametrize("stride", [1, 2, 3, HALF, Fraction(1, 3), Fraction(2, 3), Fraction(3, 2)], ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_the_gradient_of_conv1d_is_the_transposed_matrix(mode, stride):
    settings = itertools.product([1, 6], [1, 3, 4], ["same", "full", (3, 9)], [1, 2])
    for n, k, padding, dilation in settings:
        options = {"padding": padding, "padding_mode": mode, "stride": stride, "dilation": dilation}
        kernel = noise(k)

        def conv(x, kernel=kernel, options=options):
            return ops.conv1d(x, kernel, fill=0.5, **options)

        q = Fraction(stride).denominator
        if isinstance(padding, tuple) and (n - 1) * q + 1 + sum(padding) < dilation * (k - 1) + 1:
            continue
        matrix = matrix_of(conv, n)
        x = noise(1, 1, n).requires_grad_()
        y = conv(x)
        direction = noise(*y.shape, seed=1)
        (gradient,) = torch.autograd.grad(y, x, direction)
        expected = matrix.T @ direction.reshape(-1)
        assert torch.allclose(gradient.reshape(-1), expected, rtol=0, atol=1e-11), (n, k, options)


@pytest.mark.parametrize("stride", [1, 2, HALF, (2, HALF), (Fraction(3, 2), 3)], ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_the_gradient_of_conv2d_is_the_transposed_matrix(mode, stride):
    for shape, k, padding in itertools.product(
        [(3, 4), (1, 5)], [(3, 3), (2, 4)], ["same", "full", (1, 2), (4, 0, 0, 3)]
    ):
        kernel, options = noise(*k), {"padding": padding, "padding_mode": mode, "stride": stride}

        def conv(x, kernel=kernel, options=options):
            return ops.conv2d(x, kernel, **options)

        matrix = matrix_of(conv, *shape)
        x = noise(1, 1, *shape).requires_grad_()
        y = conv(x)
        direction = noise(*y.shape, seed=1)
        (gradient,) = torch.autograd.grad(y, x, direction)
        expected = matrix.T @ direction.reshape(-1)
        assert torch.allclose(gradient.reshape(-1), expected, rtol=0, atol=1e-11), (shape, k, options)


@pytest.mark.parametrize("axes", [1, 2])
def test_the_gradient_of_a_convolution_is_the_transposed_one_and_the_reverse(axes):
    for stride, padding in itertools.product([1, 2, 3], [0, 1]):
        x, kernel = noise(3, *[7, 8][:axes]).requires_grad_(), noise(2, 3, *[3, 2][:axes])
        y = CONV[axes](x, kernel, stride=stride, padding=padding)
        direction = noise(*y.shape, seed=1)
        (gradient,) = torch.autograd.grad(y, x, direction)
        remainders = tuple(
            (n + 2 * padding - k) % stride for n, k in zip(x.shape[1:], kernel.shape[2:], strict=True)
        )
        output_padding = remainders if axes == 2 else remainders[0]
        back = TRANSPOSE[axes](
            direction, kernel, stride=stride, padding=padding, output_padding=output_padding
        )
        assert torch.allclose(gradient, back, rtol=0, atol=1e-11), (stride, padding)
        z = noise(*y.shape, seed=2).requires_grad_()
        stamped = TRANSPOSE[axes](z, kernel, stride=stride, padding=padding, output_padding=output_padding)
        direction = noise(*stamped.shape, seed=3)
        (gradient,) = torch.autograd.grad(stamped, z, direction)
        forward = CONV[axes](direction, kernel, stride=stride, padding=padding)
        assert torch.allclose(gradient, forward, rtol=0, atol=1e-11), (stride, padding)


@pytest.mark.parametrize("stride", [1, 2])
def test_the_adjoint_holds_for_kernels_that_other_algorithms_compute(stride):
    for axes, n, kernel in [
        (2, (90, 101), noise(31, 31)),
        (2, (90, 101), noise(31, 1) * noise(1, 31)),
        (2, (90, 101), torch.ones(31, 31, dtype=torch.float64)),
        (1, (6000,), noise(2047)),
        (1, (6000,), torch.ones(2047, dtype=torch.float64)),
    ]:
        x = noise(2, *n)
        forward = CONV[axes](x, kernel, stride=stride)
        y = noise(*forward.shape, seed=1)
        remainders = tuple((i - k) % stride for i, k in zip(n, kernel.shape, strict=True))
        output_padding = remainders if axes == 2 else remainders[0]
        back = TRANSPOSE[axes](y, kernel, stride=stride, output_padding=output_padding)
        size = float(kernel.abs().sum() * x.abs().sum() * y.abs().max())
        assert agree(inner(forward, y), inner(x, back), size), kernel.shape
