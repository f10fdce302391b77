"""How fast is our STFT beside torch, librosa, SciPy and torchaudio, on three minutes of stereo?

Equality comes first; then all run in turn, so that a busy machine slows all alike.  ``python -m tests.bench.spectrum``
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import librosa
import numpy as np
import scipy.signal
import torch
import torchaudio

from playground.ops.spectrum import istft, stft

SECONDS, RATE, N_FFT, HOP = 180, 44100, 2048, 512
ROUNDS = 7
LIMIT = 1.2


def contenders(x: torch.Tensor) -> dict[str, Callable[[], object]]:
    """The same spectrogram by different hands."""
    values, window = x.numpy(), torch.hann_window(N_FFT)
    hann = scipy.signal.get_window("hann", N_FFT).astype(np.float32)
    short = scipy.signal.ShortTimeFFT(hann, HOP, RATE, phase_shift=None)
    last = 1 + x.shape[-1] // HOP

    def by_short_time_fft() -> np.ndarray:
        half = N_FFT // 2
        padded = np.pad(values, ((0, 0), (half, half)), mode="reflect")
        first = half // HOP  # slices are centred: the first that needs no samples before the padded sound
        return short.stft(padded, p0=first, p1=first + last)

    return {
        "ours": lambda: stft(x, n_fft=N_FFT, hop_length=HOP),
        "torch.stft": lambda: torch.stft(x, N_FFT, HOP, window=window, return_complex=True),
        "librosa.stft": lambda: librosa.stft(values, n_fft=N_FFT, hop_length=HOP, pad_mode="reflect"),
        "scipy ShortTimeFFT": by_short_time_fft,
        "torchaudio spectrogram": lambda: torchaudio.functional.spectrogram(
            x, 0, window, N_FFT, HOP, N_FFT, power=None, normalized=False
        ),
    }


def inverses(spectrum: torch.Tensor, samples: int) -> dict[str, Callable[[], object]]:
    """The same sound by different hands."""
    window, values = torch.hann_window(N_FFT), spectrum.numpy()
    return {
        "ours": lambda: istft(spectrum, length=samples),
        "torch.istft": lambda: torch.istft(spectrum, N_FFT, HOP, window=window, length=samples),
        "librosa.istft": lambda: librosa.istft(values, hop_length=HOP, length=samples),
    }


def compare(title: str, runs: dict[str, Callable[[], object]]) -> float:
    """Check that all agree, time them in turn, and return ours as a multiple of the fastest other."""
    expected = torch.as_tensor(runs["ours"]())
    for name, run in runs.items():
        found = torch.as_tensor(run())
        assert found.shape == expected.shape, (name, found.shape, expected.shape)
        off = float((found - expected).abs().max() / expected.abs().max())
        assert off < 1e-5, f"{name} is off by {off}"
    del expected, found
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(ROUNDS):
        for name, run in runs.items():
            start = time.perf_counter()
            run()
            times[name].append(time.perf_counter() - start)
    print(f"{title}: {torch.get_num_threads()} threads, median of {ROUNDS} rounds in turn")
    for name, found in times.items():
        ratio = statistics.median(a / b for a, b in zip(times["ours"], found, strict=True))
        print(f"  {name:24} {1000 * statistics.median(found):7.0f} ms   ours / this {ratio:5.2f}")
    fastest = min((name for name in runs if name != "ours"), key=lambda name: statistics.median(times[name]))
    return statistics.median(a / b for a, b in zip(times["ours"], times[fastest], strict=True))


def main() -> None:
    x = torch.rand(2, SECONDS * RATE, generator=torch.Generator().manual_seed(0)) * 2 - 1
    there = compare("stft", contenders(x))
    back = compare("istft", inverses(stft(x, n_fft=N_FFT, hop_length=HOP), x.shape[-1]))
    print(f"stft {there:.2f} of the fastest other (limit {LIMIT}), istft {back:.2f}")


if __name__ == "__main__":
    main()
