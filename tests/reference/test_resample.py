"""Do notes keep their loudness at another rate, do those that cannot be kept vanish, and does SciPy agree?"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy.signal import resample_poly

from playground.ops import resample as module
from playground.ops.resample import resample

RATES = [(44100, 48000), (48000, 44100), (48000, 16000), (16000, 48000), (44100, 8000), (8000, 44100), (48000, 1000),
         (1000, 48000), (44100, Fraction(16000, 3)), (192000, 44100), (44100, 44101), (44101, 44100)]  # fmt: skip
SECONDS = 0.5


def note(hertz: float, rate: float, phase: float = 0.4) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(round(SECONDS * rate)) / float(rate) + phase)


def heard(hertz: float, source, target) -> tuple[np.ndarray, slice]:
    """A note brought from one rate to the other, and the part of it that does not see the ends."""
    y = resample(torch.tensor(note(hertz, source)), source_rate=source, target_rate=target).numpy()
    margin = int(60 * max(1, target / source)) + 1
    return y, slice(margin, len(y) - margin)


def loudness(y: np.ndarray) -> float:
    return 20 * np.log10(np.sqrt(2) * y.std() + 1e-30)


@pytest.mark.parametrize("source, target", RATES)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.7, 0.85, 0.899])
def test_notes_below_nine_tenths_of_the_top_stay_as_they_are(source, target, share):
    hertz = float(share * min(source, target) / 2)
    y, middle = heard(hertz, source, target)
    at = np.arange(len(y)) / float(target)
    expected = np.sin(2 * np.pi * hertz * at + 0.4)  # the same note, sampled at the other rate from time 0 on
    np.testing.assert_allclose(y[middle], expected[middle], atol=1.5e-4)
    fitted = np.linalg.lstsq(
        np.exp(2j * np.pi * hertz * np.outer(at[middle], [1, -1])), y[middle], rcond=None
    )[0]
    assert abs(20 * np.log10(2 * abs(fitted[0]))) < 0.001


BEYOND = [
    (source, target, share)
    for source, target in RATES
    for share in (1.0, 1.01, 1.1, 1.5, 1.9, 2.3, 3.7, 11.3, 40.1)
    if source > target and share * target < source  # a note that the source can hold
]


@pytest.mark.parametrize("source, target, share", BEYOND)
def test_notes_beyond_the_top_are_80_db_down(source, target, share):
    hertz = float(share * target / 2)
    y, middle = heard(hertz, source, target)
    assert loudness(y[middle]) < -85


@pytest.mark.parametrize("source, target", [pair for pair in RATES if pair[0] < pair[1]])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.89])
def test_mirror_images_are_80_db_down(source, target, share):
    hertz = float(share * source / 2)
    y, middle = heard(hertz, source, target)
    expected = np.sin(2 * np.pi * hertz * np.arange(len(y)) / float(target) + 0.4)
    assert loudness((y - expected)[middle]) < -80


@pytest.mark.parametrize("source, target", RATES)
def test_the_middle_of_the_blur_is_at_95_percent(source, target):
    y, middle = heard(float(0.95 * min(source, target) / 2), source, target)
    level = 20 * np.log10(np.sqrt(2 * np.mean(y[middle] ** 2)))
    assert level == pytest.approx(-6.02, abs=0.3)


@pytest.mark.parametrize(
    "source, target", [pair for pair in RATES if Fraction(pair[1], pair[0]).numerator < 2000]
)
def test_scipy_agrees_with_the_same_low_pass(source, target):
    ratio = Fraction(target) / Fraction(source)
    up, down, reach = ratio.numerator, ratio.denominator, module._reach(ratio)
    offset = np.arange(-reach * up, reach * up + 1) / up * float(min(1, ratio))
    window = np.i0(module.BETA * np.sqrt(np.clip(1 - (offset / module.HALF_WIDTH) ** 2, 0, None)))
    taps = np.sinc(0.95 * offset) * window * (np.abs(offset) < module.HALF_WIDTH)
    x = np.random.default_rng(0).standard_normal((2, 5000))
    expected = resample_poly(x, up, down, axis=-1, window=taps / taps.sum())
    found = resample(torch.tensor(x), source_rate=source, target_rate=target).numpy()
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, atol=2e-4)  # SciPy scales all phases alike, not each to 1


@pytest.mark.parametrize("source, target", [(44100, 48000), (48000, 44100), (48000, 16000), (16000, 48000)])
def test_scipy_agrees_with_its_own_low_pass_where_both_are_flat(source, target):
    ratio = Fraction(target, source)
    hertz = np.array([0.05, 0.21, 0.5, 0.8]) * min(source, target) / 2
    x = sum(note(one, source, phase=k) for k, one in enumerate(hertz)) / 4
    expected = resample_poly(x, ratio.numerator, ratio.denominator, window=("kaiser", 12.0))
    found = resample(torch.tensor(x), source_rate=source, target_rate=target).numpy()
    middle = slice(500, -500)
    np.testing.assert_allclose(found[middle], expected[middle], atol=0.02)
