"""Do SciPy and scikit-image find edges of the same strength?"""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import ndimage
from skimage import filters

from playground import ops

SCIPY_MODES = {"reflect": "mirror", "symmetric": "reflect", "replicate": "nearest", "circular": "wrap", "constant": "constant"}
SCALE = {"sobel": 8, "prewitt": 6, "scharr": 32}
"""skimage's kernels have absolute weights of 2, and it divides the length by the root of 2."""


def picture():
    return np.random.default_rng(0).random((20, 30))


@pytest.mark.parametrize("operator, kernel", [("sobel", ndimage.sobel), ("prewitt", ndimage.prewitt)])
@pytest.mark.parametrize("mode", SCIPY_MODES)
def test_scipy_finds_the_same_edges(operator, kernel, mode):
    x = picture()
    expected = np.hypot(*(kernel(x, axis=axis, mode=SCIPY_MODES[mode]) for axis in (0, 1)))
    ours = ops.edge_magnitude(torch.from_numpy(x), operator=operator, padding_mode=mode)
    np.testing.assert_allclose(ours.numpy(), expected, atol=1e-13)


@pytest.mark.parametrize("operator", SCALE)
def test_scikit_image_finds_the_same_edges_on_its_scale(operator):
    x = picture()
    theirs = getattr(filters, operator)(x, mode="reflect") * np.sqrt(2) * SCALE[operator] / 2
    ours = ops.edge_magnitude(torch.from_numpy(x), operator=operator, padding_mode="symmetric").numpy()
    np.testing.assert_allclose(ours, theirs, atol=1e-13)
    ours = ops.edge_magnitude(torch.from_numpy(x).float(), operator=operator, padding_mode="symmetric").numpy()
    np.testing.assert_allclose(ours, theirs, atol=2e-6 * theirs.max())


def test_numpy_finds_the_same_differences():
    x = picture()
    dx, dy = np.diff(x, axis=1)[:-1], np.diff(x, axis=0)[:, :-1]
    ours = ops.edge_magnitude(torch.from_numpy(x), operator="difference").numpy()[:-1, :-1]
    np.testing.assert_allclose(ours, np.hypot(dx, dy), atol=1e-14)
