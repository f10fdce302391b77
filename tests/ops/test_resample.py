"""Does a sound keep its time, its shape and its type at another rate?"""

from __future__ import annotations

import math
import subprocess
import sys
from fractions import Fraction

import pytest
import torch

from playground.errors import GeometryError
from playground.ops import conv1d
from playground.ops import resample as module
from playground.ops.resample import resample

RATES = [(44100, 48000), (48000, 44100), (48000, 16000), (16000, 48000), (48000, 1000), (1000, 48000), (44100, 22050),
         (8000, 44100), (44100, Fraction(16000, 3)), (Fraction(44100, 4), 44100), (44100, 44101), (3, 2), (1000, 1)]  # fmt: skip


def noise(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("source, target", RATES)
@pytest.mark.parametrize("samples", [1, 2, 147, 1000])
def test_the_length_is_the_time_in_samples_rounded_up(samples, source, target):
    y = resample(noise(2, samples), source_rate=source, target_rate=target)
    assert y.shape == (2, math.ceil(samples * Fraction(target) / Fraction(source)))


@pytest.mark.parametrize("shape", [(50,), (1, 50), (2, 50), (3, 2, 50), (0, 2, 50)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("target", [3, 44101])
def test_leading_axes_and_the_type_pass_through(shape, dtype, target):
    x = noise(*shape, dtype=dtype)
    y = resample(x, source_rate=2 if target == 3 else 44100, target_rate=target)
    assert y.shape[:-1] == shape[:-1] and y.dtype == dtype
    if len(shape) == 3 and shape[0]:
        alone = resample(x[1, 1], source_rate=2 if target == 3 else 44100, target_rate=target)
        assert torch.allclose(y[1, 1], alone, atol=1e-6)


def test_the_same_rate_changes_nothing():
    x = noise(2, 100)
    assert resample(x, source_rate=44100, target_rate=44100) is x
    assert resample(x, source_rate=Fraction(48000, 3), target_rate=16000) is x
    assert torch.equal(
        resample(x, source_rate=6, target_rate=4), resample(x, source_rate=Fraction(3, 2), target_rate=1)
    )


def as_conv1d(x: torch.Tensor, ratio: Fraction) -> torch.Tensor:
    """The definition: one kernel between the samples, at the stride down / up, padding "same"."""
    up, reach = ratio.numerator, module._reach(ratio)
    kernel = torch.zeros(2 * reach * up + 1, dtype=torch.float64)
    taps = module._taps_at(torch.arange(up).double() / up, ratio)
    for phase in range(up):  # the sample i after meets tap (reach + i) up - phase
        for i in range(-reach, reach + 1):
            place = (reach + i) * up - phase
            assert place >= 0 or taps[phase, i + reach] == 0
            if place >= 0:
                kernel[place] = taps[phase, i + reach]
    assert torch.allclose(kernel, kernel.flip(0), atol=1e-15), "no time is lost"
    return conv1d(x, kernel, stride=1 / ratio, padding="same")


@pytest.mark.parametrize("ratio", [Fraction(*pair) for pair in [(2, 1), (1, 2), (3, 2), (2, 3), (160, 147), (147, 160), (1, 48), (7, 1), (5, 13)]])  # fmt: skip
@pytest.mark.parametrize("samples", [1, 100, 777])
def test_it_is_a_convolution_at_a_rational_stride(samples, ratio):
    x = noise(2, samples)
    found = resample(x, source_rate=ratio.denominator, target_rate=ratio.numerator)
    expected = as_conv1d(x, ratio)
    assert found.shape == expected.shape
    assert torch.allclose(found, expected, rtol=0, atol=1e-13)


@pytest.mark.parametrize("ratio", [Fraction(160, 147), Fraction(2, 1), Fraction(1, 48), Fraction(5, 13)])
def test_both_ways_of_computing_agree_block_by_block(ratio, monkeypatch):
    x = noise(3, 1, 2000)
    whole = module._by_period(x, ratio, 1)
    expected = torch.cat(list(whole), dim=-1)[..., : math.ceil(2000 * ratio)]
    monkeypatch.setattr(module, "BLOCK", 3000)
    for periods in (1, 2, 5):
        found = list(module._by_period(x, ratio, periods))
        assert len(found) > 1
        assert torch.allclose(torch.cat(found, dim=-1)[..., : expected.shape[-1]], expected, atol=1e-13)
    for large in (module.LARGE, 1):  # with one table of taps, and without
        monkeypatch.setattr(module, "LARGE", large)
        found = list(module._one_by_one(x, ratio))
        assert len(found) > 1
        assert torch.allclose(torch.cat(found, dim=-1), expected, atol=1e-13)


@pytest.mark.parametrize("source, target", [(48000, 16000), (16000, 48000), (44100, 48000), (44100, 44101)])
def test_a_symmetric_click_stays_where_it_is(source, target):
    x = torch.zeros(1, 8 * 147 + 1, dtype=torch.float64)
    x[0, 4 * 147] = 1
    y = resample(x, source_rate=source, target_rate=target)[0]
    at = torch.arange(len(y), dtype=torch.float64) / target
    centre = (y * at).sum() / y.sum()
    assert abs(centre - 4 * 147 / source) < 1e-3 / source


@pytest.mark.parametrize("source, target", RATES[:-1])
def test_a_constant_stays_constant_away_from_the_ends(source, target):
    reach = module._reach(Fraction(target) / Fraction(source))
    x = torch.full((4 * reach,), 0.25, dtype=torch.float64)
    y = resample(x, source_rate=source, target_rate=target)
    margin = math.ceil(reach * Fraction(target) / Fraction(source)) + 1
    assert torch.allclose(y[margin:-margin], torch.tensor(0.25).double(), rtol=0, atol=4e-15)  # thousands of taps, in a machine's order


def test_float32_is_as_exact_as_it_can_be():
    x = noise(2, 4000, dtype=torch.float32)
    for source, target in RATES:
        found = resample(x, source_rate=source, target_rate=target)
        expected = resample(x.double(), source_rate=source, target_rate=target)
        assert (found - expected).abs().max() < 2e-6 * x.abs().max()


def test_it_is_linear_and_has_a_gradient():
    x = noise(1, 300).requires_grad_()
    for source, target in [(2, 3), (3, 2), (44100, 44101)]:
        weights = noise(1, math.ceil(300 * target / source), seed=1)
        (resample(x, source_rate=source, target_rate=target) * weights).sum().backward()
        step = noise(1, 300, seed=2)
        expected = (resample(step, source_rate=source, target_rate=target) * weights).sum()
        assert float((x.grad * step).sum()) == pytest.approx(float(expected), rel=1e-9)
        x.grad = None


PEAK = """
import resource, torch
from playground.ops.resample import resample
torch.set_num_threads(1)
resample(torch.zeros(2, 100), source_rate=2, target_rate=3)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for source, target, samples in [(44100, 48000, 2_000_000), (48000, 1000, 2_000_000), (1000, 48000, 40_000),
                                (44100, 44101, 100_000), (1_000_003, 999_983, 5000), (1000, 768_000, 5000)]:
    assert resample(torch.zeros(2, samples), source_rate=source, target_rate=target).isfinite().all()
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="other systems count memory in other units")
def test_extreme_ratios_take_no_extreme_memory():
    """In MB: the sounds here are 16 MB, the largest table of taps 40, made through a few of its size."""
    found = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True)
    assert int(found.stdout) < 450


def test_what_has_no_meaning_is_refused():
    x = torch.zeros(2, 10)
    with pytest.raises(GeometryError, match="^source_rate=0 has no meaning; a sample rate is above 0$"):
        resample(x, source_rate=0, target_rate=1)
    with pytest.raises(GeometryError, match="^target_rate=-1/2 has no meaning; a sample rate is above 0$"):
        resample(x, source_rate=1, target_rate=Fraction(-1, 2))
    with pytest.raises(GeometryError, match="^the sound has no samples; it needs at least 1$"):
        resample(x[:, :0], source_rate=1, target_rate=2)
    with pytest.raises(TypeError, match="^target_rate=0.5 is a float; expected an int or a Fraction$"):
        resample(x, source_rate=1, target_rate=0.5)
    with pytest.raises(TypeError, match="^source_rate=True is a bool; expected an int or a Fraction$"):
        resample(x, source_rate=True, target_rate=2)
    with pytest.raises(TypeError, match="use x.float"):
        resample(torch.arange(10), source_rate=1, target_rate=2)
    with pytest.raises(GeometryError, match="x has 0 axes"):
        resample(torch.tensor(1.0), source_rate=1, target_rate=2)
