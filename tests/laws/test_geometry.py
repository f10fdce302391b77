"""Is an output as long as geometry says?  Integers drawn by hypothesis."""

from __future__ import annotations

from fractions import Fraction

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground import ops
from playground.errors import GeometryError
from playground.ops.geometry import output_size

LAW = settings(max_examples=150, deadline=None, derandomize=True, database=None)

sizes = st.integers(1, 12)
taps = st.integers(1, 6)
strides = st.one_of(
    st.integers(1, 5),
    st.builds(Fraction, st.just(1), st.integers(1, 5)),
    st.builds(Fraction, *[st.integers(1, 5)] * 2),
)
sides = st.tuples(st.integers(0, 9), st.integers(0, 9))
dilations = st.integers(1, 3)
modes = st.sampled_from(["constant", "reflect", "symmetric", "replicate", "circular"])


def length_of(n, k, stride, padding, dilation):
    """Count the windows one by one: no formula."""
    stride = Fraction(stride)
    stuffed = (n - 1) * stride.denominator + 1 + padding
    span = dilation * (k - 1) + 1
    return len(range(0, stuffed - span + 1, stride.numerator))


@LAW
@given(sizes, taps, strides, sides, dilations, modes)
def test_conv1d_has_output_size_samples(n, k, stride, padding, dilation, mode):
    options = {"stride": stride, "dilation": dilation}
    expected = length_of(n, k, stride, sum(padding), dilation)
    x, kernel = torch.ones(2, n), torch.ones(k)
    if expected == 0:
        with pytest.raises(GeometryError):
            ops.conv1d(x, kernel, padding=padding, padding_mode=mode, **options)
        with pytest.raises(GeometryError):
            output_size(n, k, padding=padding, **options)
        return
    assert output_size(n, k, padding=padding, **options) == expected
    assert ops.conv1d(x, kernel, padding=padding, padding_mode=mode, **options).shape == (2, expected)


@LAW
@given(sizes, sizes, taps, taps, strides, strides, sides, sides, dilations, modes)
def test_conv2d_has_output_size_samples_on_each_axis(h, w, kh, kw, sv, sh, pv, ph, dilation, mode):
    expected = (length_of(h, kh, sv, sum(pv), dilation), length_of(w, kw, sh, sum(ph), dilation))
    x, kernel = torch.ones(h, w), torch.ones(kh, kw)
    options = {"stride": (sv, sh), "dilation": dilation, "padding": (*pv, *ph), "padding_mode": mode}
    if 0 in expected:
        with pytest.raises(GeometryError):
            ops.conv2d(x, kernel, **options)
        return
    assert tuple(ops.conv2d(x, kernel, **options).shape) == expected
    assert output_size(h, kh, stride=sv, padding=pv, dilation=dilation) == expected[0]
    assert output_size(w, kw, stride=sh, padding=ph, dilation=dilation) == expected[1]


@LAW
@given(sizes, taps, strides, dilations, modes)
def test_the_words_have_their_lengths(n, k, stride, dilation, mode):
    p, q = Fraction(stride).numerator, Fraction(stride).denominator
    gap = dilation * (k - 1)
    x, kernel = torch.ones(n), torch.ones(k)
    options = {"stride": stride, "dilation": dilation, "padding_mode": mode}
    assert len(ops.conv1d(x, kernel, padding="same", **options)) == -(-n * q // p)
    assert len(ops.conv1d(x, kernel, padding="full", **options)) == ((n - 1) * q + gap) // p + 1
    if (n - 1) * q >= gap:
        assert len(ops.conv1d(x, kernel, padding="valid", **options)) == ((n - 1) * q - gap) // p + 1
    else:
        with pytest.raises(GeometryError):
            ops.conv1d(x, kernel, padding="valid", **options)


@LAW
@given(sizes, taps, st.integers(1, 5), st.integers(0, 4), st.integers(0, 4), dilations)
def test_conv_transpose1d_has_torchs_length(n, k, stride, padding, output_padding, dilation):
    expected = (n - 1) * stride - 2 * padding + dilation * (k - 1) + output_padding + 1
    options = {"stride": stride, "padding": padding, "output_padding": output_padding, "dilation": dilation}
    if expected < 1 or output_padding >= max(stride, dilation):
        with pytest.raises(GeometryError):
            ops.conv_transpose1d(torch.ones(n), torch.ones(k), **options)
        return
    assert len(ops.conv_transpose1d(torch.ones(n), torch.ones(k), **options)) == expected


@LAW
@given(sizes, taps, strides, sides, dilations)
def test_a_single_one_is_found_where_the_window_says(n, k, stride, padding, dilation):
    """The first tap alone reads sample ``i * stride - before`` of the stuffed signal: positions, not only sizes."""
    p, q = Fraction(stride).numerator, Fraction(stride).denominator
    count = length_of(n, k, stride, sum(padding), dilation)
    if count == 0:
        return
    kernel = torch.zeros(k)
    kernel[0] = 1.0
    out = ops.conv1d(torch.arange(1.0, n + 1), kernel, stride=stride, padding=padding, dilation=dilation)
    places = [i * p - padding[0] for i in range(count)]
    expected = [j // q + 1.0 if j % q == 0 and 0 <= j // q < n else 0.0 for j in places]
    assert out.tolist() == pytest.approx(expected, abs=1e-5 * n)
