"""Is a signal continued as numpy continues it?  Five modes, any amount, every form of the argument."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from playground import ops
from playground.errors import GeometryError
from tests.golden import oracle
from tests.reference.definition import MODES, pad

DTYPES = [torch.float32, torch.float64]
SIDES = [0, 1, 2, 3, 5, 11]


def ramp(*shape, dtype=torch.float64):
    """1, 2, 3, ... in this shape: every sample can be told from every other."""
    return torch.arange(1, 1 + int(np.prod(shape)), dtype=dtype).reshape(shape)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("mode", MODES)
def test_pad1d_is_numpys_pad_and_the_oracles(mode, dtype):
    for n, before, after in itertools.product([1, 2, 3, 4, 7], SIDES, SIDES):
        x = ramp(2, n, dtype=dtype)
        actual = ops.pad1d(x, (before, after), padding_mode=mode, fill=-2.5)
        what = (n, before, after)
        assert actual.dtype == dtype
        assert np.array_equal(actual.numpy(), pad(x.numpy(), [(before, after)], mode, -2.5)), what
        assert np.array_equal(actual.numpy(), oracle.pad1d(x.numpy(), (before, after), mode, -2.5)), what


@pytest.mark.parametrize("mode", MODES)
def test_pad2d_is_numpys_pad_and_the_oracles(mode):
    amounts = itertools.product([0, 2, 7], [0, 1], [0, 3], [0, 1, 9])
    shapes = [(1, 1), (1, 4), (3, 1), (2, 3)]
    for shape, (top, bottom, left, right) in itertools.product(shapes, amounts):
        x = ramp(2, *shape)
        actual = ops.pad2d(x, (top, bottom, left, right), padding_mode=mode, fill=0.75)
        what = (shape, top, bottom, left, right)
        assert np.array_equal(actual.numpy(), pad(x.numpy(), [(top, bottom), (left, right)], mode, 0.75)), (
            what
        )
        assert np.array_equal(
            actual.numpy(), oracle.pad2d(x.numpy(), (top, bottom, left, right), mode, 0.75)
        ), what


@pytest.mark.parametrize("mode, torch_mode", [("reflect",) * 2, ("replicate",) * 2, ("circular",) * 2])
def test_where_torch_can_pad_we_agree(mode, torch_mode):
    x = ramp(2, 3, 5, 6)
    for top, bottom, left, right in itertools.product([0, 4], [1, 3], [0, 2], [5]):
        expected = torch.nn.functional.pad(x, (left, right, top, bottom), mode=torch_mode)
        assert torch.equal(ops.pad2d(x, (top, bottom, left, right), padding_mode=mode), expected)
        expected = torch.nn.functional.pad(x[0], (left, right), mode=torch_mode)
        assert torch.equal(ops.pad1d(x[0], (left, right), padding_mode=mode), expected)


def test_the_modes_are_the_drawn_ones():
    x = torch.tensor([1.0, 2.0, 3.0, 4.0])
    drawn = {
        "constant": [9, 9, 9, 1, 2, 3, 4, 9, 9, 9],
        "reflect": [4, 3, 2, 1, 2, 3, 4, 3, 2, 1],
        "symmetric": [3, 2, 1, 1, 2, 3, 4, 4, 3, 2],
        "replicate": [1, 1, 1, 1, 2, 3, 4, 4, 4, 4],
        "circular": [2, 3, 4, 1, 2, 3, 4, 1, 2, 3],
    }
    for mode, expected in drawn.items():
        assert ops.pad1d(x, (3, 3), padding_mode=mode, fill=9.0).tolist() == expected, mode


@pytest.mark.parametrize("mode", ["reflect", "symmetric", "replicate", "circular"])
def test_a_single_sample_is_repeated_by_every_mode_but_constant(mode):
    assert ops.pad1d(torch.tensor([7.0]), (3, 2), padding_mode=mode).tolist() == [7.0] * 6
    assert ops.pad2d(torch.tensor([[7.0]]), (2, 1, 0, 3), padding_mode=mode).tolist() == [[7.0] * 4] * 4


@pytest.mark.parametrize("mode", MODES)
def test_leading_axes_pass_through(mode):
    for lead in [(), (2,), (3, 2), (2, 1, 3)]:
        x = ramp(*lead, 3, 4)
        expected = pad(x.numpy(), [(5, 1), (0, 6)], mode, 0.5)
        assert np.array_equal(ops.pad2d(x, (5, 1, 0, 6), padding_mode=mode, fill=0.5).numpy(), expected), lead
        x = ramp(*lead, 4)
        expected = pad(x.numpy(), [(5, 6)], mode, 0.5)
        assert np.array_equal(ops.pad1d(x, (5, 6), padding_mode=mode, fill=0.5).numpy(), expected), lead


@pytest.mark.parametrize("mode", MODES)
def test_one_number_pads_all_sides_and_a_pair_in_2d_is_vertical_horizontal(mode):
    x = ramp(2, 3, 4)
    assert torch.equal(ops.pad1d(x, 2, padding_mode=mode), ops.pad1d(x, (2, 2), padding_mode=mode))
    assert torch.equal(ops.pad2d(x, 2, padding_mode=mode), ops.pad2d(x, (2, 2, 2, 2), padding_mode=mode))
    assert torch.equal(ops.pad2d(x, (1, 3), padding_mode=mode), ops.pad2d(x, (1, 1, 3, 3), padding_mode=mode))


@pytest.mark.parametrize("mode", MODES)
def test_views_are_padded_as_their_copies_and_never_changed(mode):
    x = ramp(4, 6, 8)
    views = {
        "transposed": x.transpose(1, 2),
        "strided": x[:, ::2, ::3],
        "expanded": x[:1, :, :1].expand(3, 6, 5),
        "channels last": x[None].contiguous(memory_format=torch.channels_last)[0],
    }
    kept = x.clone()
    for name, view in views.items():
        expected = ops.pad2d(
            view.clone(memory_format=torch.contiguous_format), (7, 1, 2, 9), padding_mode=mode
        )
        assert torch.equal(ops.pad2d(view, (7, 1, 2, 9), padding_mode=mode), expected), name
        assert torch.equal(x, kept), name


@pytest.mark.parametrize("mode", MODES)
def test_a_nan_is_continued_as_any_other_value(mode):
    x = torch.tensor([1.0, torch.nan, 3.0])
    expected = pad(x.double().numpy(), [(4, 5)], mode)
    assert np.array_equal(ops.pad1d(x, (4, 5), padding_mode=mode).numpy(), expected, equal_nan=True)


@pytest.mark.parametrize("mode", MODES)
def test_the_gradient_counts_how_often_a_sample_is_used(mode):
    x = ramp(1, 3, 4).requires_grad_()
    assert torch.autograd.gradcheck(lambda x: ops.pad2d(x, (5, 2, 0, 9), padding_mode=mode, fill=2.0), x)
    assert torch.autograd.gradcheck(lambda x: ops.pad1d(x, (5, 9), padding_mode=mode, fill=2.0), x)


BAD_AMOUNTS = {
    "negative": (-1, GeometryError),
    "one side negative": ((0, -1), GeometryError),
    "three numbers": ((1, 1, 1), GeometryError),
    "a bool": (True, TypeError),
    "a bool inside": ((True, 1), TypeError),
    "a float": (1.0, TypeError),
    "a float inside": ((1, 0.5), TypeError),
}


@pytest.mark.parametrize("amount, error", BAD_AMOUNTS.values(), ids=BAD_AMOUNTS)
@pytest.mark.parametrize("dimensions", [1, 2])
def test_an_amount_without_meaning_is_refused(amount, error, dimensions):
    function = {1: ops.pad1d, 2: ops.pad2d}[dimensions]
    with pytest.raises(error):
        function(ramp(2, 5, 5), amount)


def test_four_amounts_are_too_many_for_one_axis():
    with pytest.raises(GeometryError):
        ops.pad1d(ramp(2, 5), (1, 1, 1, 1))


@pytest.mark.parametrize("function", [ops.pad1d, ops.pad2d], ids=["pad1d", "pad2d"])
def test_an_unknown_mode_is_answered_with_the_list(function):
    with pytest.raises(GeometryError) as caught:
        function(ramp(2, 5, 5), 1, padding_mode="mirror")
    for mode in MODES:
        assert mode in str(caught.value)
    assert "mirror" in str(caught.value)


@pytest.mark.parametrize("function", [ops.pad1d, ops.pad2d], ids=["pad1d", "pad2d"])
@pytest.mark.parametrize(
    "dtype", [torch.int64, torch.uint8, torch.bool, torch.float16, torch.bfloat16], ids=str
)
def test_other_number_types_are_refused_with_the_remedy(function, dtype):
    with pytest.raises(TypeError, match=r"\.float\(\)"):
        function(torch.ones(2, 5, 5).to(dtype), 1)


@pytest.mark.parametrize("function", [ops.pad1d, ops.pad2d], ids=["pad1d", "pad2d"])
def test_complex_numbers_and_arrays_are_refused(function):
    with pytest.raises(TypeError):
        function(torch.ones(2, 5, 5, dtype=torch.complex64), 1)
    with pytest.raises(TypeError, match="torch|[Tt]ensor"):
        function(np.ones((2, 5, 5)), 1)


@pytest.mark.parametrize("mode", MODES)
def test_nothing_cannot_be_continued(mode):
    with pytest.raises(GeometryError):
        ops.pad1d(torch.ones(2, 0), (1, 1), padding_mode=mode)
    with pytest.raises(GeometryError):
        ops.pad2d(torch.ones(2, 3, 0), (1, 1, 1, 1), padding_mode=mode)
    with pytest.raises(GeometryError):
        ops.pad2d(torch.ones(2, 0, 3), (1, 1, 1, 1), padding_mode=mode)
