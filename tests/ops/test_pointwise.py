"""Does every value become what the formula says, and nothing else?  And what is said of what cannot be?"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch

from playground import ops
from playground.errors import GeometryError
from playground.ops.registry import OPS

NUMPY = {
    "offset": (lambda x: ops.offset(x, amount=-0.75), lambda x: x - 0.75),
    "absolute": (ops.absolute, np.abs),
    "square": (ops.square, np.square),
    "relu": (ops.relu, lambda x: np.maximum(x, 0)),
    "clip": (lambda x: ops.clip(x, low=-0.5, high=0.25), lambda x: np.clip(x, -0.5, 0.25)),
    "range": (ops.normalise, lambda x: (x - x.min()) / (x.max() - x.min())),
    "standard": (lambda x: ops.normalise(x, to="standard"), lambda x: (x - x.mean()) / x.std()),
}


def noise(*shape, seed=0, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed + sum(shape)), dtype=dtype)


@pytest.mark.parametrize("name", NUMPY)
@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 2e-6), (torch.float64, 1e-13)])
def test_numpy_says_the_same(name, dtype, tolerance):
    ours, theirs = NUMPY[name]
    for shape in [(7,), (2, 9), (3, 5, 6), (2, 3, 4, 5)]:
        x = noise(*shape, dtype=dtype)
        y = ours(x)
        assert y.dtype == dtype and y.shape == x.shape
        np.testing.assert_allclose(y.numpy(), theirs(x.double().numpy()), atol=tolerance)


@pytest.mark.parametrize("name", ["relu", "absolute", "clip", "range", "standard"])
def test_twice_is_once(name):
    once = NUMPY[name][0](noise(3, 5, 6))
    assert torch.allclose(NUMPY[name][0](once), once, rtol=0, atol=1e-14)


@pytest.mark.parametrize("name", ["offset", "absolute", "square", "relu", "clip", "standard"])
def test_nan_stays_where_it_is_or_spreads_as_a_sum_would(name):
    x = noise(6)
    x[2] = math.nan
    found = NUMPY[name][0](x).isnan()
    assert bool(found[2]) and (bool(found.all()) if name == "standard" else int(found.sum()) == 1)


@pytest.mark.parametrize("to", ["range", "standard"])
@pytest.mark.parametrize("value", [0.0, 0.7, -3e6, 1e-30])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_what_is_flat_but_for_rounding_becomes_0(to, value, dtype):
    x = torch.full((3, 4, 5), value, dtype=dtype)
    assert not ops.normalise(x, to=to).any()
    x[0, 0, 0] *= 1 + 4 * torch.finfo(dtype).eps
    assert not ops.normalise(x, to=to).any()
    assert ops.normalise(x[:0], to=to).shape == (0, 4, 5)
    x[0, 0, 0] += max(abs(value), 1e-30)
    assert ops.normalise(x, to=to).any(), "twice as much in one place is no rounding"


def test_normalised_values_have_the_range_or_the_moments():
    x = 3 + 0.1 * noise(3, 40, 50, dtype=torch.float32)
    y = ops.normalise(x)
    assert (float(y.min()), float(y.max())) == (0, 1)
    y = ops.normalise(x, to="standard").double()
    assert abs(float(y.mean())) < 1e-5 and float(y.std(correction=0)) == pytest.approx(1, abs=1e-5)
    assert torch.allclose(ops.normalise(-7 * x.double() + 2), 1 - ops.normalise(x.double()))


@pytest.mark.parametrize("rows", [1, 2, 3, 5])
def test_a_colour_matrix_is_one_product_for_each_pixel(rows):
    x, matrix = noise(2, 3, 4, 5), noise(rows, 3)
    y = ops.colour_matrix(x, matrix)
    np.testing.assert_allclose(y.numpy(), np.einsum("oc,nchw->nohw", matrix, x), atol=1e-14)
    assert OPS["colour_matrix"].shape((3, 4, 5), kernel=matrix) == (rows, 4, 5)
    assert OPS["colour_matrix"].price((3, 4, 5), (rows, 4, 5), kernel=matrix) == (8 * rows * 20, rows * 60)


def test_matrices_one_after_the_other_are_their_product():
    x, first, second = noise(3, 4, 5), noise(4, 3), noise(2, 4)
    assert torch.allclose(ops.colour_matrix(ops.colour_matrix(x, first), second), ops.colour_matrix(x, second @ first))
    assert torch.equal(ops.colour_matrix(x, torch.eye(3, dtype=torch.float64)), x)
    luma = torch.tensor([[0.299, 0.587, 0.114]])
    assert torch.allclose(ops.colour_matrix(x.float(), luma), ops.grey(x.float()), atol=1e-6)


def test_a_matrix_that_does_not_fit_is_refused_in_words():
    x = noise(3, 4, 5)
    for matrix, sentence in {
        (3, 1): "the colour matrix is 3 x 1 and the picture has 3 channels; give rows of 3 numbers",
        (2, 4): "the colour matrix is 2 x 4 and the picture has 3 channels; give rows of 3 numbers",
        (3, 3, 1, 1): "the colour matrix has 4 axes; give a row for each channel that comes out, and in it a number for"
        " each that goes in",
    }.items():
        with pytest.raises(GeometryError) as error:
            ops.colour_matrix(x, noise(*matrix))
        assert str(error.value) == sentence
    assert ops.colour_matrix(x[:1], noise(3, 1)).shape == (3, 4, 5), "grey is tinted"


def test_what_has_no_meaning_is_refused_in_words():
    with pytest.raises(GeometryError) as error:
        ops.clip(noise(3), low=0.5, high=0.25)
    assert str(error.value) == "low=0.5 is above high=0.25, and nothing lies between; exchange the two"
    assert ops.clip(noise(3), low=0.5, high=0.5).tolist() == [0.5] * 3
    with pytest.raises(GeometryError, match="choose one of: range, standard"):
        ops.normalise(noise(3), to="peak")
    for function, x in itertools.product(
        [ops.offset, ops.absolute, ops.square, ops.relu, ops.clip, ops.normalise, ops.noise], [torch.arange(3), [1.0]]
    ):
        with pytest.raises(TypeError, match="x is"):
            function(x)
