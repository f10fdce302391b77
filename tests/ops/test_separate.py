"""Do tones and clicks come apart, and is nothing lost between the two?"""

from __future__ import annotations

import pytest
import torch

from playground.errors import GeometryError
from playground.ops import separate
from playground.ops.registry import OPS
from playground.ops.separate import harmonic, percussive

BOTH = pytest.mark.parametrize("operation", [harmonic, percussive])


def noise(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.rand(*shape, dtype=dtype, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize("kernel_size", [3, 17, 31, 201])
def test_a_level_line_is_a_tone_and_an_upright_one_a_click(kernel_size):
    tone, click = torch.zeros(2, 90, 80, dtype=torch.float64)
    tone[30], click[:, 50] = 1.0, 1.0
    x = tone + click
    crossing = torch.zeros(90, 80, dtype=torch.bool)
    crossing[30, 50] = True
    assert torch.equal(harmonic(x, kernel_size=kernel_size)[~crossing], tone[~crossing])
    assert torch.equal(percussive(x, kernel_size=kernel_size)[~crossing], click[~crossing])
    assert harmonic(x, kernel_size=kernel_size)[30, 50] == percussive(x, kernel_size=kernel_size)[30, 50] == 1


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-6), (torch.float64, 1e-14)])
@pytest.mark.parametrize("shape", [(40, 50), (2, 9, 70), (3, 2, 20, 5), (1, 1)])
@pytest.mark.parametrize("kernel_size", [3, 31])
def test_both_parts_together_are_the_whole(shape, kernel_size, dtype, tolerance):
    x = noise(*shape, dtype=dtype) - 0.3
    x[..., :3, :] = 0
    tones, clicks = harmonic(x, kernel_size=kernel_size), percussive(x, kernel_size=kernel_size)
    assert tones.dtype == clicks.dtype == dtype and tones.shape == clicks.shape == shape
    torch.testing.assert_close(tones + clicks, x, rtol=tolerance, atol=tolerance)
    assert (tones * x >= 0).all() and (clicks * x >= 0).all(), "signs are kept"


@pytest.mark.parametrize("margin", [1.5, 3.0, 10.0])
def test_a_margin_leaves_a_rest_that_grows_with_it(margin):
    x = noise(60, 60) + 0.01
    rest = x - harmonic(x, margin=margin) - percussive(x, margin=margin)
    less = x - harmonic(x, margin=margin - 0.5) - percussive(x, margin=margin - 0.5)
    assert (rest >= less - 1e-12).all() and rest.mean() > 0.1 * x.mean()


@pytest.mark.parametrize("scale", [1e-30, 1e30])
@BOTH
def test_the_share_does_not_depend_on_the_loudness(operation, scale):
    x = noise(30, 40, dtype=torch.float32)
    torch.testing.assert_close(operation(x * scale) / scale, operation(x), rtol=1e-5, atol=1e-6)


@BOTH
def test_turned_by_a_right_angle_one_is_the_other(operation):
    other = percussive if operation is harmonic else harmonic
    x = noise(30, 40)
    torch.testing.assert_close(operation(x, margin=2.0), other(x.T, margin=2.0).T, rtol=1e-14, atol=0)


@pytest.mark.parametrize("cached", [1, 100])
@pytest.mark.parametrize("block", [1, 333])
@BOTH
def test_blocks_do_not_show(operation, block, cached, monkeypatch):
    x = noise(2, 31, 23).transpose(-1, -2)
    whole = operation(x, kernel_size=9)
    monkeypatch.setattr(separate, "BLOCK", block)
    monkeypatch.setattr(separate, "CACHED", cached)
    assert torch.equal(operation(x, kernel_size=9), whole)
    assert torch.equal(operation(x[1].contiguous(), kernel_size=9), whole[1])


@pytest.mark.parametrize("shape", [(5, 0), (0, 5), (0, 4, 5), (2, 0, 0)])
@BOTH
def test_what_has_no_values_stays_so(operation, shape):
    assert operation(torch.zeros(shape)).shape == shape


@BOTH
def test_silence_stays_silence_and_the_input_as_it_was(operation):
    assert not operation(torch.zeros(9, 9)).any() and not operation(torch.zeros(9, 9), margin=2.0).any()
    x = noise(20, 20)
    before = x.clone()
    operation(x)
    assert torch.equal(x, before)


@BOTH
def test_a_price_is_known_beforehand(operation):
    registered = OPS[operation.__name__]
    shape = (2, 1025, 345)
    assert registered.shape(shape, kernel_size=31, margin=1.0, sample_rate=44100.0) == shape
    working, adds = registered.price(shape, shape, kernel_size=31, margin=1.0)
    assert working >= 4 * 4 * 1025 * 345 and adds > 2 * 1025 * 345


@pytest.mark.parametrize("kernel_size", [0, 4, -3])
@BOTH
def test_a_window_without_a_middle_is_refused_in_words(operation, kernel_size):
    with pytest.raises(GeometryError) as caught:
        operation(torch.ones(4, 4), kernel_size=kernel_size)
    assert str(caught.value) == f"kernel_size={kernel_size} has no middle; use an odd number from 1 on"


@pytest.mark.parametrize("margin", [0.5, float("nan")])
@BOTH
def test_a_margin_below_one_is_refused_in_words(operation, margin):
    with pytest.raises(GeometryError) as caught:
        operation(torch.ones(4, 4), margin=margin)
    assert str(caught.value) == f"margin={margin:g} would give parts of a value to both; use 1 or more"


@BOTH
def test_complex_values_are_refused_with_the_remedy(operation):
    with pytest.raises(TypeError, match=r"use x\.abs\(\)"):
        operation(torch.ones(3, 3, dtype=torch.complex64))
