"""Is the quick definition the slow one?  The loops of the oracle judge it."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest

from tests.golden import oracle
from tests.reference import definition
from tests.reference.definition import MODES

RNG = np.random.default_rng(1)


@pytest.mark.parametrize("mode", MODES)
def test_pad_is_the_oracles(mode):
    for n, sides in itertools.product([1, 2, 3, 5], [(0, 0), (3, 1), (0, 7), (11, 13)]):
        x = RNG.normal(size=(2, n))
        expected = oracle.pad1d(x, sides, mode, 0.5)
        assert np.array_equal(definition.pad(x, [sides], mode, 0.5), expected), (n, sides)


@pytest.mark.parametrize("mode", MODES)
def test_correlate_is_the_oracles(mode):
    for n, k, sides, stride, dilation in itertools.product(
        [1, 4, 6], [1, 2, 3], [(0, 0), (4, 3)], [1, 3], [1, 2]
    ):
        x, w, bias = RNG.normal(size=(4, n)), RNG.normal(size=(2, 2, k)), RNG.normal(size=2)
        options = {"bias": bias, "padding": sides, "stride": stride, "dilation": dilation, "groups": 2}
        if n + sum(sides) < dilation * (k - 1) + 1:
            with pytest.raises(ValueError):
                definition.correlate(x, w, axes=1, padding_mode=mode, fill=2.0, **options)
            continue
        expected = oracle.correlate1d(x, w, mode=mode, value=2.0, **options)
        actual = definition.correlate(x, w, axes=1, padding_mode=mode, fill=2.0, **options)
        assert actual == pytest.approx(expected, abs=1e-13), (n, k, sides, stride, dilation)
    x, w = RNG.normal(size=(2, 4, 5)), RNG.normal(size=(4, 1, 3, 2))
    options = {"padding": (1, 2, 3, 0), "stride": (2, 1), "dilation": (1, 2), "groups": 2}
    expected = oracle.convolve2d(x, w, mode=mode, **options)
    actual = definition.correlate(x, w, axes=2, padding_mode=mode, flip_kernel=True, **options)
    assert actual == pytest.approx(expected, abs=1e-13)


@pytest.mark.parametrize("mode", ["constant", "reflect"])
def test_stride_below_one_is_the_oracles(mode):
    for n, k, sides, up in itertools.product([2, 5], [1, 2, 3], [(0, 0), (5, 3)], [2, 3]):
        x, w = RNG.normal(size=(2, n)), RNG.normal(size=(2, 2, k))
        expected = oracle.fractional_correlate1d(x, w, up, padding=sides, mode=mode)
        actual = definition.correlate(x, w, axes=1, padding=sides, padding_mode=mode, stride=Fraction(1, up))
        assert actual == pytest.approx(expected, abs=1e-13), (n, k, sides, up)
    x, w = RNG.normal(size=(1, 3, 4)), RNG.normal(size=(2, 1, 2, 3))
    expected = oracle.fractional_correlate2d(x, w, (2, 3), padding=(1, 2, 3, 0), mode=mode)
    strides = (Fraction(1, 2), Fraction(1, 3))
    actual = definition.correlate(x, w, axes=2, padding=(1, 2, 3, 0), padding_mode=mode, stride=strides)
    assert actual == pytest.approx(expected, abs=1e-13)


def test_transpose_is_the_oracles():
    for n, k, s, p, e, d in itertools.product([1, 4], [1, 3], [1, 2, 3], [0, 1], [0, 1], [1, 2]):
        x, w, bias = RNG.normal(size=(4, n)), RNG.normal(size=(4, 3, k)), RNG.normal(size=6)
        options = {"bias": bias, "stride": s, "padding": p, "output_padding": e, "dilation": d, "groups": 2}
        if (n - 1) * s - 2 * p + d * (k - 1) + e + 1 < 1:
            with pytest.raises(ValueError):
                definition.transpose(x, w, axes=1, **options)
            continue
        expected = oracle.conv_transpose1d(x, w, **options)
        assert definition.transpose(x, w, axes=1, **options) == pytest.approx(expected, abs=1e-13)
    x, w = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 1, 2, 3))
    options = {"stride": (2, 3), "padding": (1, 0), "output_padding": (0, 2), "dilation": (2, 1)}
    expected = oracle.conv_transpose2d(x, w, **options)
    assert definition.transpose(x, w, axes=2, **options) == pytest.approx(expected, abs=1e-13)
