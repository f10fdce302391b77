"""Do librosa and torchaudio have the same bands, and librosa the same names of notes?"""

from __future__ import annotations

import warnings

import librosa
import numpy as np
import pytest
import torch
import torchaudio.functional

from playground.ops.bands import empty_filters, mel, mel_filters, note_name
from playground.ops.levels import amplitude, decibels


@pytest.mark.filterwarnings("ignore:Empty filters")
@pytest.mark.parametrize("sample_rate", [8000, 11025, 16000, 44100, 192000, 16000 / 3])
@pytest.mark.parametrize("n_fft", [64, 255, 2047, 2048])
@pytest.mark.parametrize(
    "n_mels, fmin, fmax", [(1, 0, None), (40, 0, None), (128, 50.5, 2500), (512, 300, None)]
)
def test_mel_filters_are_librosas(n_mels, fmin, fmax, n_fft, sample_rate):
    found = mel_filters(n_mels=n_mels, fmin=fmin, fmax=fmax, sample_rate=sample_rate, n_fft=n_fft).numpy()
    expected = librosa.filters.mel(
        sr=sample_rate, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, dtype=np.float64
    )
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("sample_rate", [8000, 16000, 44100, 192000])
@pytest.mark.parametrize("n_fft", [512, 2048])
@pytest.mark.parametrize("n_mels, fmin, fmax", [(40, 0, None), (128, 50, 3500)])
def test_mel_filters_are_torchaudios_where_its_bins_are_at_their_places(
    n_mels, fmin, fmax, n_fft, sample_rate
):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of empty filters
        expected = torchaudio.functional.melscale_fbanks(
            n_fft // 2 + 1,
            fmin,
            fmax or sample_rate / 2,
            n_mels,
            sample_rate,
            norm="slaney",
            mel_scale="slaney",
        ).T
    found = mel_filters(n_mels=n_mels, fmin=fmin, fmax=fmax, sample_rate=sample_rate, n_fft=n_fft)
    torch.testing.assert_close(found.float(), expected, rtol=0, atol=2e-5 * float(found.max()))


@pytest.mark.parametrize(
    "n_mels, sample_rate, n_fft", [(128, 44100, 512), (1024, 44100, 2048), (40, 8000, 512)]
)
def test_filters_are_empty_where_librosa_warns(n_mels, sample_rate, n_fft):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        librosa.filters.mel(sr=sample_rate, n_fft=n_fft, n_mels=n_mels)
    filters = mel_filters(n_mels=n_mels, fmin=0, fmax=None, sample_rate=sample_rate, n_fft=n_fft)
    assert bool(empty_filters(filters)) == any("Empty filters" in str(each.message) for each in said)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_mel_is_librosas_melspectrogram(dtype):
    x = torch.rand(2, 513, 7, dtype=dtype, generator=torch.Generator().manual_seed(0))
    expected = librosa.feature.melspectrogram(S=x.numpy(), sr=22050, n_fft=1024, n_mels=64)
    found = mel(x, n_mels=64, sample_rate=22050, n_fft=1024)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-6)  # its filters are float32


@pytest.mark.parametrize("reference", [1.0, 512.0, 0.25])
def test_decibels_and_amplitudes_are_librosas(reference):
    x = torch.rand(3, 40, 9, dtype=torch.float64, generator=torch.Generator().manual_seed(0)) + 1e-3
    expected = librosa.amplitude_to_db(x.numpy(), ref=reference, top_db=None)
    found = decibels(x, reference=reference, floor_db=-200)
    np.testing.assert_allclose(found, expected, rtol=1e-12)
    back = amplitude(found, reference=reference, floor_db=-200)
    np.testing.assert_allclose(back, librosa.db_to_amplitude(expected, ref=reference), rtol=1e-12)


@pytest.mark.parametrize("hz", [16.4, 27.5, 100, 261.6, 440, 441, 1000, 4186, 7902.1, 15804])
def test_names_of_notes_are_librosas(hz):
    theirs = librosa.hz_to_note(hz, cents=True)  # "A4+0"
    note, _, rest = note_name(hz).partition(" ")
    cents = int(rest.split()[0].replace("−", "-")) if rest else 0
    assert f"{note}{cents:+d}" == theirs
