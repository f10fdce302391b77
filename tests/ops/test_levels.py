"""Are levels and magnitudes two words for one thing, and is exactly the chosen region silent?"""

from __future__ import annotations

import math

import pytest
import torch

from playground.errors import GeometryError
from playground.ops.levels import amplitude, decibels, full_scale, mask, power

DTYPES = [(torch.float32, 1e-5), (torch.float64, 1e-12)]


def noise(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(shape, dtype=dtype, generator=torch.Generator().manual_seed(0))


# --- decibels ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype, tolerance", DTYPES)
@pytest.mark.parametrize("reference", [1.0, 512.0, 1e-3])
@pytest.mark.parametrize("floor_db", [-200.0, -80.0, -20.0, 0.0])
@pytest.mark.parametrize("shape", [(), (0,), (5,), (2, 9, 4)])
def test_amplitude_is_the_inverse_of_decibels_above_the_floor(shape, floor_db, reference, dtype, tolerance):
    x = reference * noise(*shape, dtype=dtype)
    levels = decibels(x, floor_db=floor_db, reference=reference)
    back = amplitude(levels, floor_db=floor_db, reference=reference)
    assert levels.dtype == back.dtype == dtype and levels.shape == back.shape == x.shape
    assert (levels >= floor_db).all()
    heard = levels > floor_db
    torch.testing.assert_close(back, torch.where(heard, x.abs(), 0), rtol=tolerance, atol=0)


@pytest.mark.parametrize("dtype, tolerance", DTYPES)
def test_ten_times_the_magnitude_is_20_db_and_the_reference_is_0(dtype, tolerance):
    x = torch.tensor([512, 51.2, -5120, 0], dtype=dtype)
    expected = torch.tensor([0, -20, 20, -80], dtype=dtype)
    torch.testing.assert_close(decibels(x, reference=512), expected, rtol=tolerance, atol=20 * tolerance)


@pytest.mark.parametrize("floor_db", [-200.0, -61.3, 0.0])
def test_silence_is_the_floor_to_the_last_bit_and_the_floor_is_silence(floor_db):
    levels = decibels(torch.zeros(3), floor_db=floor_db)
    assert (levels == floor_db).all()
    assert not amplitude(levels, floor_db=floor_db).any()
    assert not amplitude(levels - 10, floor_db=floor_db).any()


def test_levels_have_a_slope_at_silence():
    x = torch.tensor([0.0, 1.0, -2.0], requires_grad=True)
    decibels(x).sum().backward()
    expected = 20 / math.log(10) * torch.tensor([0.0, 1.0, -0.5])
    torch.testing.assert_close(x.grad, expected)


@pytest.mark.parametrize("window, share", [("rectangular", 1), ("hann", 0.5), ("hamming", 0.54), ("blackman", 0.42), ("bartlett", 0.5)])  # fmt: skip
@pytest.mark.parametrize("win_length, n_fft", [(512, 512), (400, 512), (512, 513)])
def test_a_sine_of_full_scale_is_0_db(window, share, win_length, n_fft):
    expected = full_scale(window, win_length, n_fft)
    assert expected == pytest.approx(share * win_length / 2, rel=5e-3)
    from playground.ops.frames import window_of

    time = torch.arange(n_fft, dtype=torch.float64)
    sine = torch.sin(2 * math.pi * 40 / n_fft * time)
    found = torch.fft.rfft(sine * window_of(window, win_length, n_fft, torch.float64)).abs()
    assert found[40].item() == pytest.approx(expected, rel=5e-3)  # the mirror image leaks
    assert decibels(found, reference=expected).amax().item() == pytest.approx(0, abs=0.05)


# --- power ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype, tolerance", DTYPES)
@pytest.mark.parametrize("exponent", [0.1, 0.5, 1.0, 2.0, 4.0])
def test_a_power_keeps_the_sign_and_has_its_inverse(exponent, dtype, tolerance):
    x = noise(2, 7, 3, dtype=dtype)
    y = power(x, exponent=exponent)
    assert y.dtype == dtype and torch.equal(y.sign(), x.sign())
    torch.testing.assert_close(y.abs(), x.abs() ** exponent)
    torch.testing.assert_close(power(y, exponent=1 / exponent), x, rtol=30 * tolerance, atol=tolerance)


def test_squares_are_the_default_and_zero_stays_zero():
    assert power(torch.tensor([-3.0, 0.0, 0.5])).tolist() == [-9.0, 0.0, 0.25]


# --- mask ----------------------------------------------------------------------------------------

REGIONS = [{}, {"low": 500}, {"high": 1000.0}, {"low": 300, "high": 2000}, {"start": 0.1}, {"end": 0.2},
           {"low": 500, "high": 500, "start": 0.05, "end": 0.1}, {"low": 3e5}, {"start": 100.0}, {"high": 0.0, "end": 0.0}]  # fmt: skip


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("region", REGIONS)
@pytest.mark.parametrize(
    "sample_rate, n_fft, hop", [(8000, 128, 32), (8000, 129, None), (192000, 128, 500), (16000 / 3, 128, 1)]
)
def test_a_value_is_silent_when_its_centre_is_in_the_region(sample_rate, n_fft, hop, region, dtype):
    x = noise(2, 65, 40, dtype=dtype)
    options = {"sample_rate": sample_rate, "n_fft": n_fft, "hop_length": hop, **region}
    removed, kept = mask(x, **options), mask(x, region="keep", **options)
    assert torch.equal(removed + kept, x), "what one takes the other leaves"
    low, high = region.get("low", 0), region.get("high", math.inf)
    start, end = region.get("start", 0), region.get("end", math.inf)
    for row in range(65):
        for column in range(0, 40, 3):
            hz, seconds = row * sample_rate / n_fft, column * (hop or n_fft // 4) / sample_rate
            inside = low - 1e-6 <= hz <= high + 1e-6 and start - 1e-9 <= seconds <= end + 1e-9
            assert (removed[0, row, column] == 0) == inside
    assert removed.dtype == dtype


def test_both_ends_belong_to_the_region():
    x = torch.ones(129, 10)  # 31.25 Hz and 0.1 s apart
    y = mask(x, low=312.5, high=625, start=0.3, end=0.7, sample_rate=8000, hop_length=800)
    assert y.sum() == 129 * 10 - 11 * 5
    assert not y[10:21, 3:8].any()


@pytest.mark.parametrize("shape", [(9, 4), (0, 9, 4), (3, 2, 9, 4), (1, 9, 0)])
def test_leading_axes_pass_through(shape):
    assert mask(torch.ones(shape), low=1000).shape == shape


# --- what has no meaning -------------------------------------------------------------------------

X = torch.ones(9, 4)
REFUSED = {
    "reference 0": (lambda: decibels(X, reference=0.0), "reference=0 cannot be what 0 dB stands for; use a number above 0"),
    "reference nan": (lambda: amplitude(X, reference=math.nan), "reference=nan cannot be what 0 dB stands for; use a number above 0"),
    "no inverse": (lambda: power(X, exponent=0), "exponent=0 has no inverse; use a number above 0"),
    "frequencies": (lambda: mask(X, low=500, high=100.0), "low=500 Hz is after high=100 Hz and nothing is between; exchange the two"),
    "times": (lambda: mask(X, start=2.5, end=1), "start=2.5 s is after end=1 s and nothing is between; exchange the two"),
    "bands": (lambda: mask(X, n_fft=2048),
        "the spectrogram has 9 rows, and a transform with n_fft=2048 makes 1025; this step needs the rows of the transform"),
}  # fmt: skip


@pytest.mark.parametrize("call, sentence", REFUSED.values(), ids=REFUSED)
def test_what_has_no_meaning_is_refused_in_words(call, sentence):
    with pytest.raises(GeometryError) as caught:
        call()
    assert str(caught.value) == sentence


@pytest.mark.parametrize("operation", [decibels, amplitude, power, mask])
def test_complex_values_are_refused_with_the_remedy(operation):
    with pytest.raises(TypeError, match=r"use x\.abs\(\)"):
        operation(torch.ones(9, 4, dtype=torch.complex64))
