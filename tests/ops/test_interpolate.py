"""Does sample 0 stay at 0, does every old sample keep its value, and is what lies between as it is said?"""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import torch

from playground import ops
from playground.errors import GeometryError
from playground.ops.registry import OPS

WAYS = ["nearest", "linear", "sinc"]
SCALES = [1, 2, 3, 7, Fraction(1, 2), Fraction(1, 3), Fraction(3, 2), Fraction(2, 3), Fraction(16, 15)]


def noise(*shape, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


@pytest.mark.parametrize("interpolation", WAYS)
@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_the_size_is_known_beforehand_and_the_dtype_kept(scale, interpolation):
    for n, dtype in [(1, torch.float32), (2, torch.float64), (13, torch.float32), (300, torch.float64)]:
        options = {"scale": scale, "interpolation": interpolation}
        y = ops.interpolate1d(noise(2, n, dtype=dtype), **options)
        assert y.shape == (2, math.ceil(n * scale)) == OPS["interpolate1d"].shape((2, n), **options)
        assert y.dtype == dtype and y.isfinite().all()
        bytes_, adds = OPS["interpolate1d"].price((2, n), tuple(y.shape), **options)
        assert bytes_ >= 4 * y.numel() and adds >= y.numel()


@pytest.mark.parametrize("interpolation", WAYS)
@pytest.mark.parametrize("scale", [1, 2, (3, 1), (Fraction(1, 2), 2), (1, Fraction(3, 2))], ids=str)
def test_two_axes_are_one_after_the_other(scale, interpolation):
    x = noise(2, 3, 9, 11)
    options = {"scale": scale, "interpolation": interpolation}
    y = ops.interpolate2d(x, **options)
    assert y.shape == (2, *OPS["interpolate2d"].shape((3, 9, 11), **options))
    assert OPS["interpolate2d"].price((3, 9, 11), tuple(y.shape[1:]), **options)[0] >= 4 * y[0].numel()
    vertical, horizontal = scale if isinstance(scale, tuple) else (scale, scale)
    rows = ops.interpolate2d(x, scale=(1, horizontal), interpolation=interpolation)
    turned = ops.interpolate2d(rows.mT, scale=(1, vertical), interpolation=interpolation).mT
    assert torch.allclose(y, turned, atol=1e-12)
    assert torch.allclose(y[1, 2], ops.interpolate2d(x[1, 2], **options), atol=1e-12)


@pytest.mark.parametrize("interpolation", ["nearest", "linear"])
@pytest.mark.parametrize("scale", [2, 3, 7])
def test_old_samples_keep_their_values_and_their_places(scale, interpolation):
    x = noise(2, 3, 9)
    assert torch.equal(ops.interpolate1d(x, scale=scale, interpolation=interpolation)[..., ::scale], x)
    y = ops.interpolate2d(x, scale=scale, interpolation=interpolation)
    assert torch.equal(y[..., ::scale, ::scale], x)


@pytest.mark.parametrize("interpolation", ["nearest", "linear"])
@pytest.mark.parametrize("scale", [2, 3, 4])
def test_fewer_samples_are_every_so_many_th(scale, interpolation):
    x = noise(2, 10)
    assert torch.equal(ops.interpolate1d(x, scale=Fraction(1, scale), interpolation=interpolation), x[:, ::scale])


@pytest.mark.parametrize("interpolation", WAYS)
@pytest.mark.parametrize("scale", SCALES, ids=str)
def test_a_constant_picture_stays_constant(scale, interpolation):
    y = ops.interpolate2d(torch.full((9, 12), 0.7, dtype=torch.float64), scale=scale, interpolation=interpolation)
    assert torch.allclose(y, torch.full_like(y, 0.7), atol=1e-12)


@pytest.mark.parametrize("interpolation", WAYS)
@pytest.mark.parametrize("scale", [2, Fraction(1, 2), Fraction(3, 2)], ids=str)
def test_it_is_linear_in_the_values(scale, interpolation):
    a, b = noise(2, 9, 8), noise(2, 9, 8).flip(-1)
    options = {"scale": scale, "interpolation": interpolation}
    mixed = ops.interpolate2d(2.5 * a - b, **options)
    assert torch.allclose(mixed, 2.5 * ops.interpolate2d(a, **options) - ops.interpolate2d(b, **options), atol=1e-11)


@pytest.mark.parametrize("scale", [2, 3, Fraction(3, 2)], ids=str)
def test_a_straight_line_stays_straight_up_to_its_last_sample(scale):
    y = ops.interpolate1d(torch.arange(10, dtype=torch.float64), scale=scale)
    expected = torch.minimum(torch.arange(len(y), dtype=torch.float64) / float(scale), torch.tensor(9.0).double())
    assert torch.allclose(y, expected, atol=1e-14)


def test_of_two_that_are_equally_near_the_earlier_one_is_taken():
    assert ops.interpolate1d(torch.arange(3.0), interpolation="nearest").tolist() == [0, 0, 1, 1, 2, 2]
    assert ops.interpolate1d(torch.arange(3.0), scale=4, interpolation="nearest").tolist() == [
        0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 2,
    ]  # fmt: skip


def test_fewer_pixels_fold_fine_stripes_back_except_by_sinc():
    columns = torch.arange(600, dtype=torch.float64)
    x = torch.cos(math.pi * 0.8 * columns).repeat(40, 1)  # a period of 2.5 pixels, of which half cannot be held
    for interpolation, expected in {"nearest": 1.0, "linear": 1.0, "sinc": 0.0}.items():
        y = ops.interpolate2d(x, scale=(1, Fraction(1, 2)), interpolation=interpolation)[:, 80:-80]
        assert float(y.abs().max()) == pytest.approx(expected, abs=1e-3), interpolation


def test_a_picture_is_no_darker_at_its_border_and_a_sound_ends_in_silence():
    ones = torch.ones(1, 200, dtype=torch.float64)
    assert torch.allclose(ops.interpolate2d(ones, interpolation="sinc"), torch.ones(2, 400).double(), atol=1e-12)
    assert float(ops.interpolate1d(ones, interpolation="sinc")[0, -1]) < 0.9


def test_what_has_no_meaning_is_refused_in_words():
    x = noise(2, 5)
    for scale in (0, Fraction(-1, 2)):
        with pytest.raises(GeometryError) as error:
            ops.interpolate1d(x, scale=scale)
        assert str(error.value) == f"scale={scale} has no meaning; it must be above 0"
    for scale in (0.5, True, "2"):
        with pytest.raises(TypeError, match="expected an int or a Fraction"):
            ops.interpolate1d(x, scale=scale)
    with pytest.raises(GeometryError, match="choose one of: linear, nearest, sinc"):
        ops.interpolate2d(x, interpolation="cubic")
    with pytest.raises(GeometryError, match="it needs at least 1"):
        ops.interpolate2d(x[:0])
    with pytest.raises(GeometryError, match="scale has 3 values"):
        ops.interpolate2d(x, scale=(1, 2, 3))
