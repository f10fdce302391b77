"""Do SciPy's designs and the closed forms have the same frequency responses?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy.signal import firwin, freqz
from scipy.signal.windows import gaussian as scipy_gaussian

from playground.ops import kernels

RATES = [8000, 22050, 44100]
WINDOWS = ["hamming", "hann", "blackman", "kaiser", "rectangular"]
SCIPYS = {"kaiser": ("kaiser", 8.6), "rectangular": "boxcar"}
POINTS = 4096
OMEGA = np.linspace(0, np.pi, POINTS)


def response(kernel) -> np.ndarray:
    return freqz(np.asarray(kernel), worN=OMEGA)[1]


def magnitude(kernel) -> np.ndarray:
    return np.abs(response(kernel))


def scipys(taps, cutoff, window, rate) -> np.ndarray:
    return firwin(taps, cutoff, window=SCIPYS.get(window, window), fs=rate)


def spike(taps: int) -> np.ndarray:
    return np.eye(1, taps, taps // 2)[0]


# --- filters at frequencies ----------------------------------------------------------------------


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("taps", [5, 101, 255, 2047])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("cutoff", [20, 1000, 3900])
def test_low_pass_is_scipys(cutoff, window, taps, rate):
    kernel = kernels.low_pass(cutoff=cutoff, taps=taps, window=window, sample_rate=rate)
    expected = scipys(taps, cutoff, window, rate)
    np.testing.assert_allclose(kernel, expected, rtol=0, atol=1e-14 * np.abs(expected).sum())
    np.testing.assert_allclose(response(kernel), response(expected), atol=1e-12)
    assert abs(response(kernel)[0] - 1) < 1e-14


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("taps", [5, 255, 2047])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("cutoff", [20, 1000, 3900])
def test_high_pass_is_what_scipys_low_pass_stops(cutoff, window, taps, rate):
    found = magnitude(kernels.high_pass(cutoff=cutoff, taps=taps, window=window, sample_rate=rate))
    inverted = magnitude(spike(taps) - scipys(taps, cutoff, window, rate))
    np.testing.assert_allclose(found, inverted / inverted[-1], atol=1e-10)
    assert found[0] < 1e-13 and abs(found[-1] - 1) < 1e-12


@pytest.mark.parametrize("window", ["hamming", "blackman", "kaiser"])
def test_high_pass_and_bands_are_near_scipys_own(window):
    sampled = {"taps": 511, "window": window}
    shape = SCIPYS.get(window, window)
    for found, expected in [
        (kernels.high_pass(cutoff=2000, **sampled), firwin(511, 2000, window=shape, fs=44100, pass_zero=False)),
        (kernels.band_pass(low=1000, high=5000, **sampled), firwin(511, [1000, 5000], window=shape, fs=44100, pass_zero=False)),
        (kernels.band_stop(low=1000, high=5000, **sampled), firwin(511, [1000, 5000], window=shape, fs=44100)),
    ]:  # fmt: skip
        np.testing.assert_allclose(magnitude(found), magnitude(expected), atol=5e-3)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("taps", [3, 511, 2047])
@pytest.mark.parametrize("window", ["hamming", "kaiser", "rectangular"])
@pytest.mark.parametrize("low, high", [(20, 30), (300, 3400), (3000, 3990)])
def test_bands_are_differences_of_scipys_low_passes(low, high, window, taps, rate):
    band = scipys(taps, high, window, rate) - scipys(taps, low, window, rate)
    options = {"low": low, "high": high, "taps": taps, "window": window, "sample_rate": rate}
    passed, stopped = kernels.band_pass(**options), kernels.band_stop(**options)
    np.testing.assert_allclose(response(passed), response(band), atol=1e-12)
    np.testing.assert_allclose(response(stopped), response(spike(taps) - band), atol=1e-12)
    assert abs(response(passed)[0]) < 1e-13 and abs(response(stopped)[0] - 1) < 1e-13


@pytest.mark.parametrize("window, blur, stop", [("rectangular", 0.9, -20), ("hann", 3.1, -43), ("hamming", 3.3, -50),
                                                ("blackman", 5.5, -73), ("kaiser", 5.7, -86)])  # fmt: skip
def test_the_blur_and_the_stop_band_are_those_of_the_module(window, blur, stop):
    rate, taps = 44100, 511
    hertz = OMEGA / np.pi * rate / 2
    found = 20 * np.log10(magnitude(kernels.low_pass(cutoff=8000, taps=taps, window=window)) + 1e-12)
    half = blur * rate / taps / 2
    assert found[hertz > 8000 + half].max() < stop
    assert found[hertz < 8000 - half].min() > -1
    assert np.interp(8000, hertz, found) == pytest.approx(-6.02, abs=0.2)


# --- closed forms --------------------------------------------------------------------------------


@pytest.mark.parametrize("gain", [-1, -0.3, 0, 0.6, 1])
@pytest.mark.parametrize("delay, rate", [(1, 8000), (7.5, 22050), (20, 44100)])
def test_echo_and_comb_have_their_closed_forms(delay, rate, gain):
    d = round(delay * rate / 1000)
    echo = kernels.echo(delay=delay, gain=gain, sample_rate=rate)
    np.testing.assert_allclose(magnitude(echo) ** 2, 1 + gain**2 + 2 * gain * np.cos(OMEGA * d), atol=1e-11)
    for repeats in (1, 5, 16):
        comb = kernels.comb(delay=delay, gain=gain, repeats=repeats, sample_rate=rate)
        ratio = gain * np.exp(-1j * OMEGA * d)
        away = np.abs(1 - ratio) > 1e-3  # from 0 / 0 at the teeth of gain 1
        expected = (1 - ratio[away] ** (repeats + 1)) / (1 - ratio[away])
        np.testing.assert_allclose(response(comb)[away], expected, atol=1e-8)


@pytest.mark.parametrize("size", [1, 2, 3, 31, 2047])
def test_moving_average_has_its_closed_form(size):
    with np.errstate(invalid="ignore"):
        expected = np.abs(np.sin(size * OMEGA / 2) / (size * np.sin(OMEGA / 2)))
    expected[0] = 1
    np.testing.assert_allclose(magnitude(kernels.moving_average(size=size)), expected, atol=1e-11)


@pytest.mark.parametrize("size, sigma", [(3, 0.8), (31, 4.0), (401, 50.0), (10, 2.5)])
def test_gaussian_is_scipys_window(size, sigma):
    row = scipy_gaussian(size, sigma)
    np.testing.assert_allclose(
        kernels.gaussian(size=size, sigma=sigma, dimensions=1), row / row.sum(), rtol=1e-12
    )


def test_a_wide_gaussian_has_a_gaussian_response():
    found = magnitude(kernels.gaussian(size=255, sigma=15, dimensions=1))
    np.testing.assert_allclose(found, np.exp(-((15 * OMEGA) ** 2) / 2), atol=1e-9)


def test_the_identity_lets_everything_pass():
    np.testing.assert_allclose(magnitude(kernels.identity(size=255, dimensions=1)), 1, atol=1e-13)


@pytest.mark.parametrize("order", range(1, 11))
def test_difference_has_its_closed_form(order):
    expected = (2 * np.sin(OMEGA / 2)) ** order
    np.testing.assert_allclose(magnitude(kernels.difference(order=order)), expected, atol=1e-11)
    np.testing.assert_array_equal(kernels.difference(order=order), np.poly(np.ones(order))[::-1])


@pytest.mark.parametrize("coefficient", [0, 0.5, 0.97, 1])
def test_pre_emphasis_has_its_closed_form(coefficient):
    expected = 1 - coefficient * np.exp(-1j * OMEGA)
    np.testing.assert_allclose(response(kernels.pre_emphasis(coefficient=coefficient)), expected, atol=1e-14)


# --- the room ------------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [8000, 44100])
@pytest.mark.parametrize("seed", [0, 1, 9999])
@pytest.mark.parametrize("seconds", [0.1, 0.5, 1.5, 5.0])
def test_reverb_has_lost_60_db_after_its_time(seconds, seed, rate):
    """Schroeder (1965): what is still to come, in dB, falls as a line; here from -5 to -35 dB (T30).

    A tenth of a second at 8 kHz is 800 random numbers: its line is uncertain, and counted on average.
    """
    seeds = range(seed, seed + (64 if seconds * rate < 5000 else 1))
    found = [
        lost_at(seconds, kernels.reverb(seconds=seconds, seed=one, sample_rate=rate), rate) for one in seeds
    ]
    assert np.mean(found) == pytest.approx(60, abs=1)


def lost_at(seconds: float, kernel, rate: float) -> float:
    tail = np.asarray(kernel)[1:]
    still = np.cumsum(tail[::-1] ** 2)[::-1]
    decibel = 10 * np.log10(still / still[0])
    part = (decibel <= -5) & (decibel >= -35)
    slope = np.polyfit(np.arange(len(tail))[part] / rate, decibel[part], 1)[0]
    return -slope * seconds


@pytest.mark.parametrize("wet", [0.2, 1, 2])
def test_noise_in_a_room_is_louder_by_the_tail(wet):
    noise = np.random.default_rng(0).standard_normal(4 * 8000)
    kernel = kernels.reverb(seconds=0.5, wet=wet, sample_rate=8000).numpy()
    heard = np.convolve(noise, kernel)[4000:32000]
    assert heard.std() == pytest.approx(np.sqrt(1 + wet**2), rel=0.05)
