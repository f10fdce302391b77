"""Do the counts say what torch's transposed convolution makes of an input of ones?"""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F

from playground import ops
from playground.errors import GeometryError
from playground.explain.paint import paint_counts, phase_counts, phase_weights
from playground.ops.geometry import settle, settle_transposed

STRIDES = [1, 2, 3, Fraction(1, 2), Fraction(1, 3), Fraction(1, 4), Fraction(2, 3), Fraction(3, 2), Fraction(5, 3)]
PADDINGS = ["valid", "same", "full", (2, 1), (0, 7)]


def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=torch.float64)


def stamped(n, k, s, p, extra, d):
    """The axis, and what torch stamps; None where torch refuses."""
    try:
        axis = settle_transposed(n, k, stride=s, padding=p, output_padding=extra, dilation=d)
    except GeometryError:
        return None
    return axis, {"stride": s, "padding": p, "output_padding": extra, "dilation": d}


@pytest.mark.parametrize("d", [1, 2, 3])
@pytest.mark.parametrize("s", [1, 2, 3, 4])
def test_the_counts_are_torch_s_stamps_of_ones(s, d):
    seen = 0
    for n, k, p, extra in itertools.product([1, 2, 5], [1, 2, 3, 4, 6], [0, 1, 2, 5], [0, 1, 2]):
        if (found := stamped(n, k, s, p, extra, d)) is None:
            continue
        axis, options = found
        theirs = F.conv_transpose1d(torch.ones(1, 1, n), torch.ones(1, 1, k), **options)[0, 0]
        assert torch.equal(paint_counts((axis,)), theirs.long()), options
        kernel = noise(k)
        theirs = F.conv_transpose1d(torch.ones(1, 1, n).double(), kernel[None, None], **options)[0, 0]
        ours = paint_counts((axis,), kernel=kernel.flip(0))  # stamping correlates with the flipped kernel
        assert torch.allclose(ours, theirs, atol=1e-13), options
        seen += 1
    assert seen > 30


@pytest.mark.parametrize("s", [(2, 3), (3, 1), (2, 2)])
def test_in_two_dimensions_the_counts_are_products_and_the_weights_are_torch_s(s):
    for k, p, d in itertools.product([(3, 4), (4, 4), (2, 5)], [(0, 0), (1, 0)], [(1, 1), (1, 2)]):
        axes = tuple(settle_transposed(5, k[i], stride=s[i], padding=p[i], dilation=d[i]) for i in range(2))
        options = {"stride": s, "padding": p, "dilation": d}
        theirs = F.conv_transpose2d(torch.ones(1, 1, 5, 5), torch.ones(1, 1, *k), **options)[0, 0]
        assert torch.equal(paint_counts(axes), theirs.long())
        kernel = noise(*k)
        theirs = F.conv_transpose2d(torch.ones(1, 1, 5, 5).double(), kernel[None, None], **options)[0, 0]
        assert torch.allclose(paint_counts(axes, kernel=kernel.flip(0, 1)), theirs, atol=1e-13)


@pytest.mark.parametrize("stride", STRIDES, ids=str)
def test_the_weights_are_what_a_convolution_makes_of_ones(stride):
    for n, k, d, padding in itertools.product([2, 7, 12], [1, 2, 3, 5], [1, 2, 3], PADDINGS):
        try:
            axis = settle(n, k, stride=stride, dilation=d, padding=padding)
        except GeometryError:
            continue
        kernel = noise(k)
        made = ops.conv1d(torch.ones(n).double(), kernel, stride=stride, dilation=d, padding=padding)
        assert torch.allclose(paint_counts((axis,), kernel=kernel), made, atol=1e-13), (n, k, d, padding)
        made = ops.conv1d(torch.ones(n), torch.ones(k), stride=stride, dilation=d, padding=padding)
        assert torch.equal(paint_counts((axis,)), made.round().long())


def test_a_mixing_kernel_paints_every_output_channel():
    kernel, stride = noise(4, 3, 3, 2), (2, Fraction(1, 3))
    axes = (settle(6, 3, stride=stride[0]), settle(7, 2, stride=stride[1]))
    made = ops.conv2d(torch.ones(3, 6, 7).double(), kernel, stride=stride)
    assert torch.allclose(paint_counts(axes, kernel=kernel), made, atol=1e-13)
    assert phase_weights(axes, kernel).shape == (4, 1, 3)


@pytest.mark.parametrize("stride", STRIDES, ids=str)
def test_far_from_the_borders_the_phases_repeat(stride):
    for k, d, before in itertools.product([1, 2, 3, 4, 6], [1, 2, 3], [0, 1, 2]):
        axis = settle(60, k, stride=stride, dilation=d, padding=(before, 0))
        kernel, period = noise(k), len(phase_counts(axis))
        first = 5 * period
        assert tuple(paint_counts((axis,))[first : first + period].tolist()) == phase_counts(axis)
        inside = paint_counts((axis,), kernel=kernel)[first : first + period]
        assert torch.allclose(phase_weights((axis,), kernel), inside, atol=1e-13)


@pytest.mark.parametrize("s", [2, 3, 4, 5])
def test_taps_are_shared_out_evenly_where_the_stride_divides_the_kernel(s):
    for k in range(1, 21):
        axis = settle(9, k, stride=Fraction(1, s), padding="full")
        assert sum(phase_counts(axis)) == k
        assert (len(set(phase_counts(axis))) == 1) == (k % s == 0)


def test_a_kernel_of_another_size_is_refused_in_words():
    with pytest.raises(GeometryError, match="the kernel is 2 × 3; these axes were settled for one of 3 × 3"):
        paint_counts((settle(9, 3), settle(9, 3)), kernel=torch.ones(2, 3))
