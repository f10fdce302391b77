"""Does librosa tell tones from clicks in the same way?"""

from __future__ import annotations

import librosa
import numpy as np
import pytest
import torch
from scipy import ndimage

from playground.ops import separate
from playground.ops.separate import harmonic, percussive


def magnitudes(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    """Noise with tones, clicks and a patch of silence."""
    x = torch.rand(*shape, dtype=dtype, generator=torch.Generator().manual_seed(0))
    x[..., ::7, :] += 2
    x[..., :, ::11] += 3
    x[..., : shape[-2] // 3, : shape[-1] // 3] = 0
    return x


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("margin", [1.0, 4.0])
@pytest.mark.parametrize("kernel_size", [3, 17, 31, 201])
@pytest.mark.parametrize("shape", [(101, 120), (2, 130, 101)])
def test_both_parts_are_librosas(shape, kernel_size, margin, dtype):
    x = magnitudes(*shape, dtype=dtype)
    tones, clicks = librosa.decompose.hpss(x.numpy(), kernel_size=kernel_size, margin=margin)
    tolerance = 1e-6 if dtype == torch.float32 else 1e-13
    found = harmonic(x, kernel_size=kernel_size, margin=margin)
    np.testing.assert_allclose(found, tones, rtol=tolerance, atol=tolerance)
    found = percussive(x, kernel_size=kernel_size, margin=margin)
    np.testing.assert_allclose(found, clicks, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("block", [1, 100, 1 << 20])
@pytest.mark.parametrize("size", [1, 3, 9, 51])
@pytest.mark.parametrize("shape", [(7, 40), (40, 7), (1, 1), (5, 2)])
def test_rows_laid_end_to_end_have_scipys_medians(shape, size, block, monkeypatch):
    monkeypatch.setattr(separate, "BLOCK", block)
    x = torch.randn(*shape, generator=torch.Generator().manual_seed(0))
    found = torch.empty(shape)
    separate._running_median(x, size, out=found)
    expected = ndimage.median_filter(
        np.pad(x.numpy(), ((0, 0), (size, size)), mode="symmetric"), size=(1, size)
    )
    np.testing.assert_array_equal(found, expected[:, size:-size])


@pytest.mark.parametrize("size", [3, 31, 201])
@pytest.mark.parametrize("length", [1, 2, 4, 5, 20, 21, 300])
def test_medians_follow_the_definition_however_short_the_row(length, size):
    """SciPy's filter of more than one axis does not: a window of 201 over 4 or 20 values reads what is not there."""
    x = torch.randn(3, length, generator=torch.Generator().manual_seed(0))
    found = torch.empty(3, length)
    separate._running_median(x, size, out=found)
    continued = np.pad(x.numpy(), ((0, 0), (size // 2, size // 2)), mode="symmetric")
    windows = np.lib.stride_tricks.sliding_window_view(continued, size, axis=-1)
    np.testing.assert_array_equal(found, np.median(windows, axis=-1))
