"""Is every operation differentiable in everything it is given?  Finite differences judge, in float64."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from torch.autograd import gradcheck

from playground import ops

MODES = ["constant", "reflect", "symmetric", "replicate", "circular"]
HALF = Fraction(1, 2)


def noise(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed + 31 * sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64).requires_grad_()


@pytest.mark.parametrize("stride", [1, 2, HALF, Fraction(3, 2)], ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_conv1d(mode, stride):
    for padding, flip in [("same", False), ("full", True), ((3, 1), False)]:
        options = {
            "padding": padding,
            "padding_mode": mode,
            "stride": stride,
            "fill": 0.5,
            "flip_kernel": flip,
        }

        def mixing(x, kernel, bias, options=options):
            return ops.conv1d(x, kernel, bias=bias, groups=2, **options)

        def plain(x, kernel, options=options):
            return ops.conv1d(x, kernel, dilation=2, **options)

        assert gradcheck(mixing, (noise(4, 4), noise(2, 2, 3), noise(2))), padding
        assert gradcheck(plain, (noise(2, 3), noise(2))), padding


@pytest.mark.parametrize("stride", [1, 2, HALF, (2, HALF)], ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_conv2d(mode, stride):
    for padding in ["same", (1, 0, 2, 3)]:
        options = {"padding": padding, "padding_mode": mode, "stride": stride}

        def mixing(x, kernel, bias, options=options):
            return ops.conv2d(x, kernel, bias=bias, **options)

        def plain(x, kernel, options=options):
            return ops.conv2d(x, kernel, dilation=(1, 2), flip_kernel=True, **options)

        assert gradcheck(mixing, (noise(2, 2, 3), noise(1, 2, 2, 3), noise(1))), padding
        assert gradcheck(plain, (noise(2, 3, 2), noise(3, 2))), padding


@pytest.mark.parametrize("stride", [1, 2, 3])
def test_conv_transpose(stride):
    options = {"stride": stride, "padding": 1, "output_padding": stride - 1}
    assert gradcheck(
        lambda x, k, b: ops.conv_transpose1d(x, k, bias=b, groups=2, **options),
        (noise(4, 3), noise(4, 2, 3), noise(4)),
    )
    assert gradcheck(lambda x, k: ops.conv_transpose1d(x, k, **options), (noise(2, 3), noise(3)))
    assert gradcheck(
        lambda x, k, b: ops.conv_transpose2d(x, k, bias=b, **options),
        (noise(2, 2, 3), noise(2, 1, 3, 2), noise(1)),
    )
    assert gradcheck(lambda x, k: ops.conv_transpose2d(x, k, **options), (noise(2, 3, 2), noise(2, 3)))


def test_kernels_that_are_separable_sparse_or_boxes():
    """A kernel's shortcut must not freeze the numbers it was found by."""
    outer = (noise(3, 1).detach() * noise(1, 4).detach()).requires_grad_()
    spikes = torch.zeros(9, dtype=torch.float64)
    spikes[0] = spikes[8] = 1.0
    box = torch.full((3, 3), 1 / 9, dtype=torch.float64, requires_grad=True)
    zero = torch.zeros(3, 3, dtype=torch.float64, requires_grad=True)
    for kernel in [outer, box, zero]:
        assert gradcheck(lambda x, k: ops.conv2d(x, k, padding="same"), (noise(2, 4, 5), kernel))
    assert gradcheck(lambda x, k: ops.conv1d(x, k, padding="full"), (noise(2, 4), spikes.requires_grad_()))


def test_a_float32_gradient_has_the_dtype_of_its_argument():
    for dtype in [torch.float32, torch.float64]:
        x, kernel = noise(2, 5, 6).detach().to(dtype), noise(3, 3).detach().to(dtype)
        x.requires_grad_(), kernel.requires_grad_()
        out = ops.conv2d(x, kernel, padding="same", padding_mode="reflect", stride=HALF)
        out.square().sum().backward()
        assert x.grad.dtype == kernel.grad.dtype == dtype
        assert x.grad.shape == x.shape and kernel.grad.shape == kernel.shape
