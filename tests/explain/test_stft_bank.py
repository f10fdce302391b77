"""Is a spectrogram the convolution that the page says it is?  Against the FFT, torch.stft, numpy and scipy."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy.signal
import torch

from playground.errors import GeometryError
from playground.explain import stft_bank
from playground.explain.stft_bank import bank, by_convolution, compare, loudest, pair, spread
from playground.ops import PADDING_MODES
from playground.ops.spectrum import stft

WINDOWS = ("hann", "hamming", "blackman", "bartlett", "rectangular")
SIZES = (2, 3, 16, 17, 64)
OF_SCIPY = {"rectangular": "boxcar"}


def noise(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


def apart(one: torch.Tensor, other: torch.Tensor) -> float:
    """The largest difference, as a share of the largest magnitude."""
    assert one.shape == other.shape and one.dtype == other.dtype
    return float((one - other).abs().max() / other.abs().max())


# --- the bank ------------------------------------------------------------------------------------


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("n_fft", SIZES)
def test_the_bank_holds_windowed_cosines_and_then_negative_sines(n_fft, window):
    found = bank(n_fft=n_fft, window=window)
    count = n_fft // 2 + 1
    assert found.shape == (2 * count, 1, n_fft) and found.dtype == torch.float64
    w = scipy.signal.get_window(OF_SCIPY.get(window, window), n_fft, fftbins=True)
    wave = w * np.exp(-2j * np.pi * np.outer(np.arange(count), np.arange(n_fft)) / n_fft)
    np.testing.assert_allclose(found[:count, 0], wave.real, atol=1e-12)
    np.testing.assert_allclose(found[count:, 0], wave.imag, atol=1e-12)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("n_fft, win_length", [(16, None), (17, 9), (64, 1)])
def test_a_pair_is_the_row_of_its_bin(n_fft, win_length, window):
    count = n_fft // 2 + 1
    all_of_them = bank(n_fft=n_fft, win_length=win_length, window=window)[:, 0]
    for f in range(count):
        both = pair(f, n_fft=n_fft, win_length=win_length, window=window)
        assert torch.equal(both, all_of_them[[f, count + f]])


@pytest.mark.parametrize("n_fft", SIZES)
def test_under_the_rectangular_window_the_kernels_are_orthogonal(n_fft):
    rows = bank(n_fft=n_fft, window="rectangular")[:, 0]
    products = rows @ rows.T
    count = n_fft // 2 + 1
    ends = [0, n_fft // 2] if n_fft % 2 == 0 else [0]  # a whole cosine, and no sine
    cosines = [n_fft if f in ends else n_fft / 2 for f in range(count)]
    sines = [0 if f in ends else n_fft / 2 for f in range(count)]
    np.testing.assert_allclose(products, np.diag(cosines + sines), atol=1e-12 * n_fft)


@pytest.mark.parametrize("n_fft, f", [(16, 3), (17, 5), (512, 100), (2048, 1), (2048, 1023)])
@pytest.mark.parametrize("window", WINDOWS)
def test_a_pair_answers_most_to_its_own_frequency(n_fft, f, window):
    cosine, negative_sine = pair(f, n_fft=n_fft, window=window).numpy()
    resolution = 32
    answer = np.abs(np.fft.fft(cosine - 1j * negative_sine, resolution * n_fft))
    assert answer.argmax() == resolution * f  # f / n_fft cycles a sample
    total = scipy.signal.get_window(OF_SCIPY.get(window, window), n_fft).sum()
    assert answer.max() == pytest.approx(total, rel=1e-12)


@pytest.mark.parametrize("n_fft, f", [(65536, 32767), (65535, 32767), (2**20, 2**19 - 1)])
def test_the_last_taps_of_a_long_kernel_keep_their_digits(n_fft, f):
    cosine, negative_sine = pair(f, n_fft=n_fft, window="rectangular")
    for t in (n_fft - 1, n_fft - 2, n_fft // 2 + 1, 12345):
        part = (f * t) % n_fft  # whole numbers: exact
        assert float(cosine[t]) == pytest.approx(math.cos(2 * math.pi * part / n_fft), abs=2e-15)
        assert float(negative_sine[t]) == pytest.approx(-math.sin(2 * math.pi * part / n_fft), abs=2e-15)


def test_the_argument_of_a_sine_is_not_left_large():
    """What the reduction is for: without it the phase of a long kernel is off in the twelfth digit."""
    n, f = 65536, 32767
    naive = torch.cos(2 * math.pi * f * torch.arange(n, dtype=torch.float64) / n)
    cosine = pair(f, n_fft=n, window="rectangular")[0]
    assert float((naive - cosine).abs().max()) > 1e-12


# --- the identity --------------------------------------------------------------------------------


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("hop_length", [1, 5, 16, 40])
@pytest.mark.parametrize("n_fft, win_length", [(2, None), (3, None), (16, None), (17, 10), (64, 33)])
def test_a_convolution_at_a_stride_is_the_spectrogram(n_fft, win_length, hop_length, window, center):
    x = noise(2, 150)
    settings = dict(n_fft=n_fft, hop_length=hop_length, win_length=win_length, window=window, center=center)
    assert apart(by_convolution(x, **settings), stft(x, **settings)) < 1e-12
    assert apart(by_convolution(x.float(), **settings), stft(x.float(), **settings)) < 1e-6


@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize("samples", [1, 7, 100])
@pytest.mark.parametrize("n_fft", [16, 17])
def test_both_continue_the_sound_alike_also_where_it_is_shorter_than_a_kernel(n_fft, samples, padding_mode):
    x = noise(samples)
    settings = dict(n_fft=n_fft, hop_length=4, padding_mode=padding_mode)
    assert apart(by_convolution(x, **settings), stft(x, **settings)) < 1e-12


@pytest.mark.parametrize("padding_mode", ["constant", "reflect", "replicate", "circular"])
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("n_fft, hop_length, win_length", [(64, 16, 64), (63, 20, 40), (128, 1, 100)])
def test_torch_agrees(n_fft, hop_length, win_length, center, padding_mode):
    x = noise(3, 300)
    theirs = torch.stft(
        x, n_fft, hop_length, win_length, torch.hann_window(win_length, dtype=torch.float64), center=center,
        pad_mode=padding_mode, return_complex=True,
    )  # fmt: skip
    ours = by_convolution(
        x, n_fft=n_fft, hop_length=hop_length, win_length=win_length, center=center, padding_mode=padding_mode
    )
    assert apart(ours, theirs) < 1e-12


def test_one_kernel_at_a_time_is_a_plain_convolution_of_scipy():
    x, n, hop, f = noise(400), 32, 8, 5
    cosine, negative_sine = pair(f, n_fft=n)
    parts = [scipy.signal.correlate(x.numpy(), k.numpy(), "valid")[::hop] for k in (cosine, negative_sine)]
    row = by_convolution(x, n_fft=n, hop_length=hop, center=False)[f]
    np.testing.assert_allclose(row, parts[0] + 1j * parts[1], atol=1e-12)


@pytest.mark.parametrize("shape", [(90,), (1, 90), (2, 3, 90)])
def test_leading_axes_pass_through(shape):
    x = noise(*shape)
    found = by_convolution(x, n_fft=8, hop_length=4)
    assert found.shape == (*shape[:-1], 5, 23)
    assert apart(found, stft(x, n_fft=8, hop_length=4)) < 1e-12


def test_the_defaults_are_those_of_the_spectrogram():
    x = noise(500)
    assert apart(by_convolution(x, n_fft=64), stft(x, n_fft=64)) < 1e-12


def test_single_bins_are_the_rows_of_the_whole():
    x, bins = noise(200), [0, 3, 7, 16]
    whole = by_convolution(x, n_fft=32, hop_length=8)
    assert apart(by_convolution(x, n_fft=32, hop_length=8, bins=bins), whole[bins]) < 1e-14


@pytest.mark.parametrize("block", [1, 100, 1000])
def test_blocks_of_kernels_and_frames_change_nothing(block, monkeypatch):
    x = noise(2, 300)
    whole = by_convolution(x, n_fft=32, hop_length=3)
    monkeypatch.setattr(stft_bank, "BLOCK", block)
    assert apart(by_convolution(x, n_fft=32, hop_length=3), whole) < 1e-14


def test_a_long_kernel_goes_through_in_blocks():
    x = noise(70_000, dtype=torch.float32)
    settings = dict(n_fft=32768, hop_length=16384)
    bins = [0, 1, 5000, 16383, 16384]
    assert apart(by_convolution(x, bins=bins, **settings), stft(x, **settings)[bins]) < 1e-6


def test_a_sound_shorter_than_a_kernel_is_refused_like_by_the_spectrogram():
    with pytest.raises(GeometryError) as ours:
        by_convolution(noise(10), n_fft=16, hop_length=4, center=False)
    with pytest.raises(GeometryError) as theirs:
        stft(noise(10), n_fft=16, hop_length=4, center=False)
    assert str(ours.value) == str(theirs.value)


# --- the comparison ------------------------------------------------------------------------------


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize(
    "n_fft, hop_length, win_length", [(256, 64, None), (2048, 512, 1000), (301, 400, 301)]
)
def test_on_a_second_of_sound_all_kernels_agree_to_six_digits(n_fft, hop_length, win_length, center):
    x = noise(2, 12_000, dtype=torch.float32)
    found = compare(
        x, n_fft=n_fft, hop_length=hop_length, win_length=win_length, center=center, sample_rate=8000
    )
    assert 0 < found.difference < 1e-6 and not found.silent
    assert found.samples == 8000 and found.bins == found.bins_in_all == n_fft // 2 + 1
    room = 8000 - n_fft * (not center) - n_fft % 2 * center
    assert found.frames == 1 + room // hop_length
    assert found.convolution_multiply_adds == 2 * found.bins * n_fft * found.frames
    assert found.fft_milliseconds > 0 and found.convolution_milliseconds > 0


def test_a_fourier_transform_of_a_frame_takes_fewer_steps():
    found = compare(noise(1, 44_100, dtype=torch.float32), n_fft=2048, hop_length=512)
    assert found.convolution_multiply_adds / found.fft_multiply_adds == pytest.approx(
        2050 / (2.5 * 11), rel=0.01
    )


@pytest.mark.parametrize("n_fft, hop_length, center", [
    (65536, 16384, True), (65536, 1, True), (65536, 1, False), (2048, 1, True), (2, 1, True), (16384, 30000, False),
])  # fmt: skip
def test_no_settings_make_a_visitor_wait(n_fft, hop_length, center):
    x = noise(1, 100_000, dtype=torch.float32)
    found = compare(x, n_fft=n_fft, hop_length=hop_length, center=center)
    assert 2 * found.bins * n_fft <= stft_bank.MOST_TAPS
    most = 2 * 2 * found.bins * n_fft + stft_bank.MOST_MULTIPLY_ADDS  # two frames are always compared
    assert found.convolution_multiply_adds <= most
    assert found.difference < 1e-6 and 1 <= found.bins <= found.bins_in_all


def test_silence_has_no_scale_and_no_difference():
    found = compare(torch.zeros(1, 5000), n_fft=256, hop_length=64)
    assert found.silent and found.difference == 0


def test_a_sound_too_short_is_refused_in_words():
    with pytest.raises(GeometryError, match="use center, or a smaller n_fft"):
        compare(noise(1, 100), n_fft=256, hop_length=64, center=False)


def test_a_short_sound_is_compared_whole():
    found = compare(noise(1, 100), n_fft=256, hop_length=64)
    assert (found.start, found.samples, found.channel) == (0, 100, 0)


@pytest.mark.parametrize("place", [0, 3000, 20_000, 39_000])
@pytest.mark.parametrize("channel", [0, 1])
def test_the_excerpt_holds_what_is_loud(place, channel):
    x = 0.01 * noise(2, 40_000)
    x[channel, place : place + 1000] = 1
    found, start = loudest(x, 8000)
    assert found == channel and 0 <= start <= 32_000
    assert start <= place and place + 1000 <= start + 8000


@pytest.mark.parametrize("length, samples", [(1, 1), (10, 10), (10, 3), (1000, 999), (17, 16)])
def test_an_excerpt_lies_within_the_sound(length, samples):
    for seed in range(5):
        channel, start = loudest(noise(2, length, seed=seed), samples)
        assert channel in (0, 1) and 0 <= start <= length - samples


@pytest.mark.parametrize("count, most", [(2, 2), (5, 2), (1025, 64), (1025, 1024), (9, 9), (9, 20)])
def test_bins_are_spread_from_the_first_to_the_last(count, most):
    found = list(spread(count, most=most))
    assert found[0] == 0 and found[-1] == count - 1 and len(set(found)) == len(found) == min(count, most)
    steps = np.diff(found)
    assert steps.max() - steps.min() <= 1
