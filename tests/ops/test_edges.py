"""Is the strength of an edge the same in every direction that the kernels know, and never negative?"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from playground import ops
from playground.errors import GeometryError
from playground.ops.edges import GRADIENTS, weight
from playground.ops.registry import OPS

SLOPES = {"sobel": 8, "prewitt": 6, "scharr": 32, "difference": 1}
MODES = ["constant", "reflect", "symmetric", "replicate", "circular"]


def noise(*shape, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


@pytest.mark.parametrize("operator", GRADIENTS)
@pytest.mark.parametrize("mode", MODES)
def test_it_is_the_length_of_both_derivatives(operator, mode):
    x = noise(2, 3, 6, 7)
    gx, gy = (
        ops.conv2d(x, kernel(), padding="same", padding_mode=mode).numpy() for kernel in GRADIENTS[operator]
    )
    y = ops.edge_magnitude(x, operator=operator, padding_mode=mode)
    np.testing.assert_allclose(y.numpy(), np.hypot(gx, gy), rtol=1e-12)
    assert y.shape == x.shape == (2, *OPS["edge_magnitude"].shape((3, 6, 7), operator=operator))


@pytest.mark.parametrize("operator", GRADIENTS)
@pytest.mark.parametrize("angle", [0, 30, 45, 90, 200])
def test_a_slope_is_as_strong_in_every_direction(operator, angle):
    row, column = torch.meshgrid(torch.arange(9.0), torch.arange(9.0), indexing="ij")
    x = (row * math.sin(math.radians(angle)) + column * math.cos(math.radians(angle))).double()
    y = ops.edge_magnitude(x, operator=operator)[2:-2, 2:-2]
    assert torch.allclose(y, torch.full_like(y, SLOPES[operator]), atol=1e-5)


@pytest.mark.parametrize("operator", ["sobel", "prewitt", "scharr"])
def test_a_picture_turned_or_negative_has_its_edges_turned_and_as_strong(operator):
    x = noise(3, 6, 8)
    y = ops.edge_magnitude(x, operator=operator)
    for turned in (lambda x: x.mT, lambda x: x.flip(-1), lambda x: x.flip(-2), lambda x: -x):
        again = ops.edge_magnitude(turned(x), operator=operator)
        assert torch.allclose(again, turned(y).abs(), rtol=1e-12)
    assert torch.allclose(ops.edge_magnitude(2.5 * x + 1, operator=operator), 2.5 * y, rtol=1e-9)


@pytest.mark.parametrize("operator", GRADIENTS)
def test_the_weight_bounds_the_result(operator):
    x = noise(3, 40, 40).sign()
    assert float(ops.edge_magnitude(x, operator=operator).max()) <= weight(operator)


@pytest.mark.parametrize("operator", GRADIENTS)
def test_a_flat_place_has_strength_and_slope_0(operator):
    x = torch.zeros(5, 6, dtype=torch.float64, requires_grad=True)
    y = ops.edge_magnitude(x, operator=operator)
    y.sum().backward()
    assert not y.any() and not x.grad.any()
    x = torch.zeros(5, 5)
    x[2, 2] = math.nan
    assert ops.edge_magnitude(x, operator=operator)[2, 2].isnan() or operator != "difference"
    assert ops.edge_magnitude(x, operator=operator).isnan().any()


def test_one_pixel_has_no_edge_and_what_is_unknown_is_refused():
    assert ops.edge_magnitude(torch.ones(3, 1, 1)).flatten().tolist() == [0, 0, 0]
    with pytest.raises(GeometryError) as error:
        ops.edge_magnitude(torch.ones(3, 3), operator="canny")
    assert str(error.value) == "operator='canny' is not known; choose one of: difference, prewitt, scharr, sobel"
    with pytest.raises(GeometryError, match="padding_mode='wrap'"):
        ops.edge_magnitude(torch.ones(3, 3), padding_mode="wrap")
