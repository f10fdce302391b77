"""Does the one kernel do what the several do, away from the border, and does SciPy stamp them alike?"""

from __future__ import annotations

import functools
import itertools

import numpy as np
import pytest
import torch
from scipy.signal import convolve

from playground import ops
from playground.errors import GeometryError
from playground.explain.compose import Layer, compose

CONV = {1: ops.conv1d, 2: ops.conv2d}
both = pytest.mark.parametrize("dimensions", [1, 2])


def noise(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed + 31 * sum(shape)), dtype=torch.float64)


def one_after_the_other(x, layers, dimensions):
    for layer in layers:
        options = {"dilation": layer.dilation, "flip_kernel": layer.flip_kernel, "groups": layer.groups}
        x = CONV[dimensions](x, layer.kernel, **options)
    return x


def check(layers, dimensions, *, channels=3):
    x = noise(2, channels, *[30, 31][:dimensions])
    expected = one_after_the_other(x, layers, dimensions)
    y = CONV[dimensions](x, compose(layers, dimensions=dimensions))
    assert y.shape == expected.shape
    assert torch.allclose(y, expected, rtol=0, atol=1e-11 * float(expected.abs().max()))


@both
@pytest.mark.parametrize("count", [0, 1, 2, 3, 5])
def test_kernels_for_every_channel_alone(count, dimensions):
    sizes = itertools.cycle([3, 1, 2, 5])
    check([Layer(noise(*[next(sizes), next(sizes)][:dimensions], seed=i)) for i in range(count)], dimensions)


@both
@pytest.mark.parametrize("flips", list(itertools.product([False, True], repeat=2)))
@pytest.mark.parametrize("dilations", [(1, 1), (2, 1), (1, 3), (2, 3)])
def test_flips_and_dilations_are_part_of_it(flips, dilations, dimensions):
    kernels = noise(*[3, 2][:dimensions]), noise(*[4, 3][:dimensions])
    check([Layer(k, d, f) for k, d, f in zip(kernels, dilations, flips, strict=True)], dimensions)
    if dimensions == 2:
        check([Layer(kernels[0], (1, dilations[0]), flips[0]), Layer(kernels[1])], 2)


@both
def test_channels_are_mixed_where_one_of_them_mixes(dimensions):
    size = [3, 2][:dimensions]
    plain, first, second = Layer(noise(*size)), Layer(noise(4, 3, *size)), Layer(noise(2, 4, *size), 2, True)
    for layers in ([first], [first, second], [plain, first], [first, plain], [plain, first, second, plain]):
        check(layers, dimensions)
        assert compose(layers, dimensions=dimensions).ndim == dimensions + 2


@both
def test_groups_are_zeros_between_the_others(dimensions):
    size = [3, 2][:dimensions]
    layers = [Layer(noise(4, 2, *size), groups=2), Layer(noise(8, 1, *size), groups=4), Layer(noise(3, 8, *size))]
    for count in (1, 2, 3):
        check(layers[:count], dimensions, channels=4)
    assert float((compose(layers[:1], dimensions=dimensions) == 0).double().mean()) == 0.5


@both
@pytest.mark.parametrize("count", [2, 3, 4])
def test_scipy_convolves_the_same_kernel(count, dimensions):
    kernels = [noise(*[2 + i, 5 - i][:dimensions], seed=i) for i in range(count)]
    expected = functools.reduce(convolve, (kernel.numpy() for kernel in kernels))
    np.testing.assert_allclose(compose([Layer(k) for k in kernels], dimensions=dimensions).numpy(), expected, atol=1e-13)


def test_the_order_of_kernels_for_every_channel_alone_says_nothing():
    layers = [Layer(noise(3, 2)), Layer(noise(1, 4), 2), Layer(noise(2, 2), flip_kernel=True)]
    found = [compose(list(order)) for order in itertools.permutations(layers)]
    assert all(torch.allclose(found[0], other, atol=1e-14) for other in found)


def test_known_kernels_are_made_of_smaller_ones():
    column, row = torch.tensor([[1.0], [2.0], [1.0]]), torch.tensor([[-1.0, 0.0, 1.0]])
    assert torch.equal(compose([Layer(column), Layer(row)]), ops.kernels.sobel_x())
    step = Layer(ops.kernels.difference_x())
    assert torch.equal(compose([step, step]), ops.kernels.difference_x(order=2))
    assert compose([]).tolist() == [[1.0]] and compose([], dimensions=1).tolist() == [1.0]


def test_at_a_border_two_steps_are_not_one():
    x, blur = noise(1, 12, 12), Layer(ops.kernels.box(size=3))
    twice = ops.conv2d(ops.conv2d(x, blur.kernel, padding="same"), blur.kernel, padding="same")
    once = ops.conv2d(x, compose([blur, blur]), padding="same")
    assert torch.allclose(twice[:, 2:-2, 2:-2], once[:, 2:-2, 2:-2], atol=1e-14)
    assert not torch.allclose(twice[:, 0], once[:, 0], atol=1e-3)


def test_kernels_that_do_not_fit_are_refused_in_words():
    for layers, dimensions, sentence in [
        ([Layer(noise(3))], 2, "the kernel has 1 axes; expected 2 (every channel alone) or 4 (mixing channels)"),
        ([Layer(noise(2, 3, 1)), Layer(noise(4, 3, 1))], 1, "a kernel for 3 input channels cannot follow one that makes 2"),
        ([Layer(noise(3, 2, 1), groups=2)], 1, "3 output channels do not fit into 2 groups"),
        ([Layer(noise(3), 0)], 1, "dilation=0 has no meaning; it must be at least 1"),
    ]:
        with pytest.raises(GeometryError) as error:
            compose(layers, dimensions=dimensions)
        assert str(error.value) == sentence
