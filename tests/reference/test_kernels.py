"""Do OpenCV, scikit-image, SciPy and NumPy have the same kernels?"""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from scipy import ndimage
from scipy.signal import windows
from skimage import data, filters
from skimage.filters import edges as skimage_edges
from skimage.filters import gabor_kernel

from playground.ops import kernels


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    return data.camera()[100:180, 150:250].astype(np.float64) / 255


@pytest.mark.parametrize("size, sigma", [(3, 0.8), (9, 1.0), (31, 4.0), (401, 50.0)])
def test_gaussian_is_opencvs(size, sigma):
    row = cv2.getGaussianKernel(size, sigma, cv2.CV_64F)
    np.testing.assert_allclose(kernels.gaussian(size=size, sigma=sigma), row @ row.T, rtol=1e-12, atol=0)


@pytest.mark.parametrize("size, sigma", [(2, 0.5), (10, 2.5), (32, 4.0)])
def test_gaussian_of_even_size_is_scipys_window(size, sigma):
    row = windows.gaussian(
        size, sigma
    )  # OpenCV 5.0 takes its two middle taps for x = 0 when the size is even
    np.testing.assert_allclose(
        kernels.gaussian(size=size, sigma=sigma), np.outer(row, row) / row.sum() ** 2, rtol=1e-12, atol=0
    )


@pytest.mark.parametrize("sigma", [0.7, 1.0, 3.0])
def test_gaussian_of_default_size_blurs_as_scipy(sigma, picture):
    found = ndimage.correlate(picture, kernels.gaussian(sigma=sigma).numpy(), mode="reflect")
    radius = math.ceil(4 * sigma)
    expected = ndimage.gaussian_filter(picture, sigma, mode="reflect", radius=radius)
    np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("size", [(3, 3), (4, 7)])
def test_box_blurs_as_opencv(size, picture):
    found = ndimage.correlate(picture, kernels.box(size=size).numpy(), mode="mirror")
    expected = cv2.blur(picture, size[::-1], borderType=cv2.BORDER_REFLECT_101)
    np.testing.assert_allclose(found, expected, atol=1e-13)


@pytest.mark.parametrize("size", [1, 2, 5, 20])
def test_binomial_is_a_power_of_a_polynomial(size):
    row = np.poly(-np.ones(size - 1)) if size > 1 else np.ones(1)
    np.testing.assert_allclose(kernels.binomial(size=size), np.outer(row, row) / 4 ** (size - 1), rtol=1e-12)


@pytest.mark.parametrize("order", range(1, 11))
def test_differences_are_numpys(order, picture):
    np.testing.assert_array_equal(kernels.difference_x(order=order)[0], np.poly(np.ones(order))[::-1])
    row = kernels.difference_x(order=order).numpy()[0]
    column = kernels.difference_y(order=order).numpy()[:, 0]
    across = np.stack([np.correlate(line, row, "valid") for line in picture])
    down = np.stack([np.correlate(line, column, "valid") for line in picture.T]).T
    np.testing.assert_allclose(across, np.diff(picture, order, axis=1), atol=1e-12)
    np.testing.assert_allclose(down, np.diff(picture, order, axis=0), atol=1e-12)


@pytest.mark.parametrize("name, size", [("sobel", 3), ("scharr", cv2.FILTER_SCHARR)])
def test_derivatives_are_opencvs(name, size):
    for axis, order in (("x", (1, 0)), ("y", (0, 1))):
        along_x, along_y = cv2.getDerivKernels(*order, size)
        found = getattr(kernels, f"{name}_{axis}")()
        np.testing.assert_array_equal(found, along_y @ along_x.T)


@pytest.mark.parametrize("name, scale", [("sobel", 4), ("prewitt", 3), ("scharr", 16)])
def test_derivatives_are_scikit_images_up_to_their_scale(name, scale, picture):
    # scikit-image convolves and divides by the sum of the smoothing weights
    for axis, suffix in (("x", "v"), ("y", "h")):
        found = ndimage.correlate(picture, getattr(kernels, f"{name}_{axis}")().numpy(), mode="reflect")
        expected = getattr(filters, f"{name}_{suffix}")(picture) * scale
        inner = (slice(1, -1), slice(1, -1))
        np.testing.assert_allclose(found[inner], expected[inner], atol=1e-12)
    weights = getattr(skimage_edges, f"H{name.upper()}_WEIGHTS") * scale
    np.testing.assert_allclose(getattr(kernels, f"{name}_y")(), weights[::-1], atol=1e-12)


@pytest.mark.parametrize("name", ["sobel", "prewitt"])
def test_derivatives_are_scipys(name, picture):
    for axis, letter in ((1, "x"), (0, "y")):
        found = ndimage.correlate(picture, getattr(kernels, f"{name}_{letter}")().numpy(), mode="reflect")
        np.testing.assert_allclose(
            found, getattr(ndimage, name)(picture, axis=axis, mode="reflect"), atol=1e-12
        )


def test_laplacian_is_scipys_and_opencvs(picture):
    found = ndimage.correlate(picture, kernels.laplacian_4().numpy(), mode="mirror")
    np.testing.assert_allclose(found, ndimage.laplace(picture, mode="mirror"), atol=1e-13)
    np.testing.assert_allclose(found, cv2.Laplacian(picture, cv2.CV_64F, ksize=1), atol=1e-13)


@pytest.mark.parametrize("sigma", [1.0, 1.4, 3.0, 8.0])
def test_laplacian_of_gaussian_is_scipys_up_to_the_balance_of_its_sum(sigma):
    kernel = kernels.laplacian_of_gaussian(sigma=sigma).numpy()
    dot = np.zeros_like(kernel)
    dot[len(dot) // 2, len(dot) // 2] = 1
    radius = len(dot) // 2
    expected = ndimage.gaussian_laplace(dot, sigma, mode="constant", radius=radius)
    np.testing.assert_allclose(kernel, expected, atol=2e-3 * np.abs(expected).max())


@pytest.mark.parametrize("sigma, ratio", [(1.0, 1.6), (3.0, 2.0)])
def test_difference_of_gaussians_is_scikit_images_with_the_sign_turned(sigma, ratio):
    kernel = kernels.difference_of_gaussians(sigma=sigma, ratio=ratio).numpy()
    dot = np.zeros_like(kernel)
    dot[len(dot) // 2, len(dot) // 2] = 1
    expected = -filters.difference_of_gaussians(dot, sigma, ratio * sigma, mode="constant")
    np.testing.assert_allclose(kernel, expected, atol=2e-4 * np.abs(expected).max())


@pytest.mark.parametrize("angle", [0, 30, 90, 200])
@pytest.mark.parametrize("phase", [0, 90])
@pytest.mark.parametrize("aspect", [0.5, 1.0])
def test_gabor_is_scikit_images_and_opencvs_up_to_scale_and_mean(angle, phase, aspect):
    wavelength, sigma, size = 8.0, 4.0, 41
    found = kernels.gabor(
        angle=angle, wavelength=wavelength, sigma=sigma, phase=phase, aspect=aspect, size=size
    ).numpy()
    theirs = gabor_kernel(
        1 / wavelength, theta=-math.radians(angle), sigma_x=sigma, sigma_y=sigma / aspect,
        n_stds=10, offset=math.radians(phase),
    ).real  # fmt: skip
    middle = len(theirs) // 2
    theirs = theirs[middle - 20 : middle + 21, theirs.shape[1] // 2 - 20 : theirs.shape[1] // 2 + 21]
    # OpenCV stores the kernel turned by 180 degrees, which turns the sign of the phase
    opencvs = cv2.getGaborKernel(
        (size, size), sigma, -math.radians(angle), wavelength, aspect, -math.radians(phase), cv2.CV_64F
    )
    for expected in (theirs, opencvs):
        alike = (found * expected).sum() / np.sqrt((found**2).sum() * (expected**2).sum())
        assert alike > 0.9999


def test_gabors_width_of_one_octave_is_scikit_images():
    theirs = gabor_kernel(1 / 10, bandwidth=1, n_stds=3)
    assert theirs.shape == kernels.gabor(wavelength=10).shape


@pytest.mark.parametrize("sigma, amount", [(1.0, 1.0), (2.0, 0.5)])
def test_unsharp_is_scikit_images(sigma, amount, picture):
    found = ndimage.correlate(picture, kernels.unsharp(amount=amount, sigma=sigma).numpy(), mode="reflect")
    expected = filters.unsharp_mask(picture, radius=sigma, amount=amount, preserve_range=True)
    np.testing.assert_allclose(found, expected, atol=1e-12)


@pytest.mark.parametrize("radius", [1, 4, 10])
def test_disc_lies_between_scikit_images_discs(radius):
    from skimage.morphology import disk

    covered = kernels.disc(radius=radius).numpy() * math.pi * radius**2
    assert covered.shape == disk(radius).shape
    strictly_inside = disk(radius, strict_radius=True).astype(bool)
    assert (covered[strictly_inside] > 0.1).all()
    assert covered.sum() == pytest.approx(math.pi * radius**2)


@pytest.mark.parametrize("angle", [20, 45, 110])
def test_motion_blur_is_an_antialiased_line(angle):
    kernel = kernels.motion_blur(length=31, angle=angle).numpy()
    size, fine = len(kernel), 21
    corners = np.array([[-15.5, -0.5], [15.5, -0.5], [15.5, 0.5], [-15.5, 0.5]])
    turn = math.radians(angle)
    turned = corners @ np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    canvas = np.zeros((size * fine, size * fine), np.uint8)
    points = np.round(((turned + size / 2) * fine - 0.5) * 256).astype(np.int32)
    cv2.fillConvexPoly(canvas, points, 1, shift=8)
    counted = canvas.reshape(size, fine, size, fine).mean(axis=(1, 3))
    np.testing.assert_allclose(kernel, counted / counted.sum(), atol=0.08 / 31)
