"""Do torch, librosa and SciPy find the same spectrograms, sounds and searches?"""

from __future__ import annotations

import warnings

import librosa
import numpy as np
import pytest
import scipy.signal
import torch

from playground.ops.frames import WINDOWS, window_of
from playground.ops.griffin_lim import griffin_lim
from playground.ops.spectrum import check_inverse, istft, stft

SCIPY = {"rectangular": "boxcar"}
NUMPY_MODES = {"constant": "constant", "reflect": "reflect", "symmetric": "symmetric", "replicate": "edge",
                 "circular": "wrap"}  # fmt: skip
TORCH_MODES = ["constant", "reflect", "replicate", "circular"]
SIZES = [(n, hop) for n in (2, 3, 4, 5, 16, 64, 255, 256, 2048) for hop in sorted({1, max(1, n // 4), n // 2, n, n + 3})
         if (n, hop) not in ((2048, 1),)]  # fmt: skip


def noise(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def by_librosa(x: torch.Tensor, *, window: str, center: bool, padding_mode: str, **sizes: int) -> np.ndarray:
    """librosa knows no circular border, and its mirror of the last frame errs for n_fft 2 and 4: NumPy's borders."""
    half = sizes["n_fft"] // 2 if center else 0
    values = np.pad(x.numpy(), [(0, 0)] * (x.ndim - 1) + [(half, half)], mode=NUMPY_MODES[padding_mode])
    return librosa.stft(values, window=SCIPY.get(window, window), center=False, **sizes)


def by_librosa_alone(x: torch.Tensor, **settings: object) -> np.ndarray:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # n_fft larger than the sound: here on purpose
        return librosa.stft(x.numpy(), pad_mode="reflect", **settings)


def close(found: object, expected: object, share: float = 1e-12) -> None:
    found, expected = np.asarray(found), np.asarray(expected)
    assert found.shape == expected.shape
    assert np.abs(found - expected).max(initial=0) <= share * max(1.0, np.abs(expected).max(initial=0))


@pytest.mark.parametrize("name", WINDOWS)
@pytest.mark.parametrize("win, n_fft", [(1, 1 + 1), (2, 2), (3, 4), (4, 7), (255, 256), (256, 511)])
def test_a_window_is_scipys_periodic_one_in_the_middle(name, win, n_fft):
    expected = librosa.util.pad_center(scipy.signal.get_window(SCIPY.get(name, name), win, fftbins=True), size=n_fft)
    close(window_of(name, win, n_fft, torch.float64), expected, 1e-15)
    assert window_of(name, win, n_fft, torch.float32).dtype == torch.float32


@pytest.mark.parametrize("n_fft, hop", SIZES)
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("samples", [1, 37, 700, 2500])
def test_torch_and_librosa_find_the_same_spectrogram(n_fft, hop, center, samples):
    if not center and samples < n_fft:
        return
    x = noise(2, samples)
    found = stft(x, n_fft=n_fft, hop_length=hop, center=center)
    close(found, by_librosa(x, n_fft=n_fft, hop_length=hop, window="hann", center=center, padding_mode="reflect"))
    if n_fft > 4 and samples > 1:
        close(found, by_librosa_alone(x, n_fft=n_fft, hop_length=hop, center=center))
    if not center or samples > n_fft // 2:  # torch mirrors no more than there is
        window = torch.hann_window(n_fft, dtype=torch.float64)
        close(found, torch.stft(x, n_fft, hop, window=window, center=center, return_complex=True))


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("padding_mode", NUMPY_MODES)
@pytest.mark.parametrize("n_fft, win, samples", [(16, 16, 100), (64, 33, 100), (255, 100, 300), (64, 64, 20), (2048, 2, 9)])
def test_every_window_and_border_is_librosas_and_torchs(window, padding_mode, n_fft, win, samples):
    x, hop = noise(3, samples), max(1, n_fft // 4)
    found = stft(x, n_fft=n_fft, win_length=win, window=window, padding_mode=padding_mode)
    sizes = {"n_fft": n_fft, "hop_length": hop, "win_length": win}
    close(found, by_librosa(x, window=window, center=True, padding_mode=padding_mode, **sizes))
    if padding_mode in TORCH_MODES and samples > n_fft // 2:
        w = window_of(window, win, win, torch.float64)
        close(found, torch.stft(x, n_fft, hop, win, window=w, pad_mode=padding_mode, return_complex=True))


@pytest.mark.parametrize("n_fft, hop", [(256, 64), (255, 50), (64, 64)])
def test_scipy_finds_the_same_spectrogram(n_fft, hop):
    x = noise(2, 1000)
    sft = scipy.signal.ShortTimeFFT(scipy.signal.get_window("hann", n_fft), hop, 1.0, phase_shift=None)
    middle = slice(sft.lower_border_end[1], sft.upper_border_begin(1000)[1])  # frames that see no border
    expected = sft.stft(x.numpy(), p0=middle.start, p1=middle.stop)
    close(stft(x, n_fft=n_fft, hop_length=hop)[..., middle], expected)


def test_float32_is_bit_for_bit_torchs():
    x = noise(2, 40000, dtype=torch.float32)
    window = window_of("hann", 2048, 2048, torch.float32)
    assert torch.equal(stft(x), torch.stft(x, 2048, 512, window=window, return_complex=True))
    close(stft(x), librosa.stft(x.numpy(), pad_mode="reflect"), 1e-6)


@pytest.mark.parametrize("n_fft, hop", [(2, 1), (4, 1), (5, 2), (16, 8), (64, 16), (255, 63), (256, 100), (256, 200)])
@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("length", [None, 333, 4000])
def test_torch_and_librosa_find_the_same_sound(n_fft, hop, center, length):
    frames = 1 + (1000 if center else 1000 - n_fft) // hop
    x = torch.complex(noise(2, n_fft // 2 + 1, frames), noise(2, n_fft // 2 + 1, frames, seed=1))  # of no sound at all
    sizes = {"n_fft": n_fft, "hop_length": hop}
    found = istft(x, center=center, length=length, window="hamming", **sizes)
    close(found, librosa.istft(x.numpy(), center=center, length=length, window="hamming", **sizes))
    window = window_of("hamming", n_fft, n_fft, torch.float64)
    close(found, torch_istft(x, n_fft, hop, window=window, center=center, length=length))


def torch_istft(*args: object, **options: object) -> torch.Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a length beyond the last frame: zeros
        return torch.istft(*args, **options)


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("win", [64, 40])
def test_torch_and_librosa_find_the_same_sound_by_every_window(window, win):
    x = torch.complex(noise(33, 30), noise(33, 30, seed=1))
    found = istft(x, window=window, win_length=win)
    close(found, librosa.istft(x.numpy(), hop_length=16, window=SCIPY.get(window, window), win_length=win))
    w = window_of(window, win, win, torch.float64)
    close(found, torch.istft(x, 64, 16, win, window=w))


@pytest.mark.parametrize("hop, window", [(32, "hann"), (48, "hann"), (60, "blackman"), (64, "hamming"), (64, "hann")])
def test_scipy_knows_which_settings_can_be_undone(hop, window):
    known = scipy.signal.check_NOLA(window, 64, 64 - hop, tol=1e-8)
    if known:
        check_inverse(n_fft=64, hop_length=hop, window=window)
    else:
        with pytest.raises(ValueError, match="no inverse can know them"):
            check_inverse(n_fft=64, hop_length=hop, window=window)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.99])
@pytest.mark.parametrize("iterations", [1, 2, 20])
@pytest.mark.parametrize("n_fft, hop, win, center, length", [
    (64, 16, 64, True, None), (64, 20, 50, True, None), (33, 8, 33, True, None), (64, 16, 64, False, None),
    (64, 16, 64, True, 325),
])  # fmt: skip
def test_librosas_griffin_lim_arrives_at_the_same_sound(momentum, iterations, n_fft, hop, win, center, length):
    x = noise(2, n_fft // 2 + 1, 21).abs()
    settings = {"n_fft": n_fft, "hop_length": hop, "win_length": win, "window": "hamming", "center": center,
                "length": length, "momentum": momentum}  # fmt: skip
    found = griffin_lim(x, iterations=iterations, start="zero", **settings)
    expected = librosa.griffinlim(x.numpy(), n_iter=iterations, init=None, **settings)
    close(found, expected, 1e-9)
