"""Do NumPy, SciPy and torch put the same values between the samples, where they mean the same places?"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy.interpolate import RegularGridInterpolator, interp1d
from scipy.signal import resample as by_fourier

from playground import ops
from playground.ops.resample import resample

SCALES = [1, 2, 3, 5, 16, Fraction(1, 2), Fraction(1, 5), Fraction(3, 2), Fraction(2, 3), Fraction(7, 16), Fraction(16, 7)]
torch_interpolate = torch.nn.functional.interpolate


def noise(*shape, dtype=torch.float64):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape)), dtype=dtype)


def places(n, scale):
    return np.array([float(j / Fraction(scale)) for j in range(math.ceil(n * scale))])


@pytest.mark.parametrize("scale", SCALES, ids=str)
@pytest.mark.parametrize("n", [1, 2, 3, 10, 101])
def test_numpy_draws_the_same_straight_lines(scale, n):
    x = noise(2, n)
    expected = [np.interp(places(n, scale), np.arange(n), row) for row in x.numpy()]
    np.testing.assert_allclose(ops.interpolate1d(x, scale=scale).numpy(), expected, atol=1e-14)
    np.testing.assert_allclose(ops.interpolate1d(x.float(), scale=scale).numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("scale", SCALES, ids=str)
@pytest.mark.parametrize("n", [2, 3, 10, 101])
def test_scipy_finds_the_same_nearest_sample(scale, n):
    x = noise(2, n)
    by_scipy = interp1d(np.arange(n), x.numpy(), kind="nearest", bounds_error=False, fill_value=(0, x.numpy()[:, -1]))
    expected = by_scipy(places(n, scale))
    np.testing.assert_array_equal(ops.interpolate1d(x, scale=scale, interpolation="nearest").numpy(), expected)


@pytest.mark.parametrize("method", ["nearest", "linear"])
@pytest.mark.parametrize("scale", [(2, 2), (3, 1), (Fraction(1, 2), 3), (Fraction(5, 2), Fraction(2, 3))], ids=str)
def test_scipy_finds_the_same_in_pictures(scale, method):
    x = noise(6, 9)
    at = np.meshgrid(*(np.minimum(places(n, s), n - 1) for n, s in zip((6, 9), scale, strict=True)), indexing="ij")
    expected = RegularGridInterpolator((np.arange(6), np.arange(9)), x.numpy(), method=method)(tuple(at))
    ours = ops.interpolate2d(x, scale=scale, interpolation=method).numpy()
    np.testing.assert_allclose(ours, expected, atol=1e-13)


@pytest.mark.parametrize("scale", [1, 2, 3, 8])
def test_torch_with_aligned_corners_draws_the_same_lines_up_to_the_last_sample(scale):
    x = noise(1, 3, 7, 9)
    size = [(n - 1) * scale + 1 for n in (7, 9)]
    theirs = torch_interpolate(x, size=size, mode="bilinear", align_corners=True)
    ours = ops.interpolate2d(x, scale=scale)
    assert torch.allclose(ours[..., : size[0], : size[1]], theirs, atol=1e-13)
    assert torch.equal(ours[..., size[0] :, 0], ours[..., size[0] - 1 : size[0], 0].expand(-1, -1, scale - 1))


def test_torch_takes_the_same_nearest_pixel_of_twice_and_of_every_so_many_th():
    x = noise(1, 3, 8, 12)
    for scale in (2, Fraction(1, 2), Fraction(1, 4)):
        theirs = torch_interpolate(x, scale_factor=float(scale), mode="nearest")
        assert torch.equal(ops.interpolate2d(x, scale=scale, interpolation="nearest"), theirs)
    thrice = ops.interpolate2d(x, scale=3, interpolation="nearest")
    assert not torch.equal(thrice, torch_interpolate(x, scale_factor=3, mode="nearest")), "its pixels are areas"


@pytest.mark.parametrize("scale", [2, Fraction(1, 2), Fraction(3, 2), Fraction(2, 3)], ids=str)
def test_a_sound_s_smooth_wave_is_that_of_resample(scale):
    x = noise(2, 400)
    ours = ops.interpolate1d(x, scale=scale, interpolation="sinc")
    assert torch.equal(ours, resample(x, source_rate=1, target_rate=Fraction(scale)))


@pytest.mark.parametrize("scale", [2, 3, Fraction(1, 2), Fraction(3, 2), Fraction(2, 3)], ids=str)
def test_scipy_s_fourier_series_agrees_on_waves_that_both_can_hold(scale):
    n = 240
    t = np.arange(n)[:, None] + np.arange(n)[None] * 2
    x = np.cos(2 * np.pi * 8 * t / n) + 0.5 * np.sin(2 * np.pi * 20 * t / n + 1)
    m = math.ceil(n * scale)
    expected = by_fourier(by_fourier(x, m, axis=0), m, axis=1)
    ours = ops.interpolate2d(torch.from_numpy(x), scale=scale, interpolation="sinc").numpy()
    margin = int(60 * scale) + 20  # beyond it a wave that goes on is not mirrored
    middle = slice(margin, -margin)
    np.testing.assert_allclose(ours[middle, middle], expected[middle, middle], atol=2e-3)
