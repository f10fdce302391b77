"""Do the charts of kernels and rows show the numbers that they are given, at their places?"""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction

import numpy as np
import pytest
import torch

from playground.explain.stft_bank import pair
from playground.ops.conv import conv1d
from playground.ops.geometry import settle
from playground.view import bank, row
from playground.view.colours import INPUT, NEGATIVE, OUTPUT, POSITIVE

THEMES = ("light", "dark")


def drawn(chart) -> dict:
    """The chart as checked Vega-Lite, its numbers in ``datasets``."""
    spec = chart.to_dict(validate=True)
    json.dumps(spec, allow_nan=False)
    return spec


def rows_of(spec: dict, name: str) -> list[dict]:
    (table,) = spec["datasets"].values()
    return [each for each in table if each["which"] == name]


def encoding(spec: dict) -> dict:
    return spec["layer"][0]["encoding"]


def colours_of(spec: dict) -> set[str]:
    text = json.dumps({part: value for part, value in spec.items() if part != "datasets"})
    return set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text))


# --- a pair of kernels ---------------------------------------------------------------------------


def kernels(f: int, n_fft: int, *, theme: str = "light", rate: float = 1000.0) -> dict:
    return drawn(
        bank.kernel_pair(pair(f, n_fft=n_fft), rate=rate, theme=theme, words=("Cosine", "Sine", "ms"))
    )


@pytest.mark.parametrize("n_fft", [2, 17, 256, 2048])
def test_every_tap_of_a_pair_is_drawn_at_its_millisecond(n_fft):
    spec, taps = kernels(1, n_fft), pair(1, n_fft=n_fft)
    for name, line in zip(("Cosine", "Sine"), taps, strict=True):
        found = rows_of(spec, name)
        assert [each["t"] for each in found] == pytest.approx([float(t) for t in range(n_fft)])
        assert [each["h"] for each in found] == pytest.approx(line.tolist())
    assert encoding(spec)["x"]["title"] == "ms"


@pytest.mark.parametrize("theme", THEMES)
def test_the_pair_is_told_apart_by_more_than_colour_and_uses_no_colour_of_values(theme):
    spec = kernels(3, 64, theme=theme)
    assert colours_of(spec) == {OUTPUT[theme], INPUT[theme]}
    assert not colours_of(spec) & {POSITIVE[theme], NEGATIVE[theme]}
    part = encoding(spec)
    assert part["color"]["scale"] == {"domain": ["Cosine", "Sine"], "range": [OUTPUT[theme], INPUT[theme]]}
    assert part["strokeDash"]["scale"]["range"] == [[1, 0], [6, 3]]


@pytest.mark.parametrize("f", [1, 700, 30_000])
def test_a_long_kernel_is_drawn_by_its_extremes_and_quickly(f):
    spec, taps = kernels(f, 65536), pair(f, n_fft=65536)
    for name, line in zip(("Cosine", "Sine"), taps, strict=True):
        heights = [each["h"] for each in rows_of(spec, name)]
        assert len(heights) <= bank.POINTS
        assert (min(heights), max(heights)) == (float(line.min()), float(line.max()))


def test_the_scale_of_a_pair_is_the_same_for_every_bin():
    assert (
        encoding(kernels(0, 64))["y"]["scale"]["domain"] == encoding(kernels(31, 64))["y"]["scale"]["domain"]
    )


@pytest.mark.parametrize("length, points", [(1, 4), (4, 4), (5, 4), (1000, 10), (999, 64), (3000, 2048)])
def test_an_outline_keeps_every_extreme_and_its_order(length, points):
    line = np.random.default_rng(length).normal(size=length)
    found = bank.outline(line, points=points)
    assert found == sorted(set(found)) and len(found) <= max(points, min(length, points))
    assert {int(line.argmin()), int(line.argmax())} <= set(found)
    if length <= points:
        assert found == list(range(length))


# --- where an output stands ----------------------------------------------------------------------

STRIDES = (1, 2, 3, Fraction(1, 2), Fraction(1, 3), Fraction(2, 3))


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("padding", ["same", "valid", "full", (3, 0)])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("length, size", [(12, 3), (13, 5), (11, 1)])
def test_an_output_stands_where_a_spike_is_found_again(length, size, dilation, padding, stride):
    axis = settle(length, size, stride=stride, padding=padding, dilation=dilation)
    kernel = torch.zeros(size)
    kernel[size // 2] = 1  # the identity: an output shows the value of its own place
    y = conv1d(torch.arange(1.0, length + 1), kernel, stride=stride, padding=padding, dilation=dilation)
    for j in range(axis.output):
        place = row.place_of(axis, j)
        inside = place.denominator == 1 and 0 <= place < length
        assert float(y[j]) == (int(place) + 1 if inside else 0)


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("padding", ["same", "valid", "full"])
@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_the_output_at_a_row_is_the_nearest_of_all(size, padding, stride):
    axis = settle(20, size, stride=stride, padding=padding)
    for i in range(20):
        distances = [abs(row.place_of(axis, j) - i) for j in range(axis.output)]
        assert row.output_at(axis, i) == distances.index(min(distances))


# --- one gain for both ---------------------------------------------------------------------------


@pytest.mark.parametrize("peaks", [(1, 4), (4, 1), (0.01, 0.02), (0.5, 0.5)])
def test_both_rows_have_one_gain_and_the_louder_peaks_at_a_half(peaks):
    before, after = (peak * torch.tensor([[1.0, -0.3, -1.0]]) for peak in peaks)
    found = row.heard(before, after, scales=(1.0, 4.0))
    assert found.gain == pytest.approx(0.5 / max(peaks))
    assert max(float(found.before.abs().max()), float(found.after.abs().max())) == pytest.approx(0.5)
    torch.testing.assert_close(found.before / found.after, before / after)
    assert not found.before_flat and not found.after_flat


@pytest.mark.parametrize("left, right", [(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1e-8, 1.0), (1e-8, -3e-8)])
def test_the_rounding_of_a_flat_row_is_not_made_loud(left, right):
    found = row.heard(torch.tensor([[left, 0.0]]), torch.tensor([[right, 0.0]]), scales=(1.0, 1.0))
    assert (found.before_flat, found.after_flat) == (abs(left) < 1, abs(right) < 1)
    for x, flat in ((found.before, found.before_flat), (found.after, found.after_flat)):
        assert float(x.abs().max()) == (0 if flat else 0.5)
    assert math.isfinite(found.gain) and found.gain <= 1


# --- two rows ------------------------------------------------------------------------------------


def rows_drawn(before, after, axis, theme: str = "light") -> dict:
    return drawn(row.rows(before, after, axis=axis, theme=theme, words=("Input", "Output", "column")))


@pytest.mark.parametrize("stride", [1, 2, Fraction(1, 2)])
def test_both_rows_lie_over_the_columns_of_the_input(stride):
    axis = settle(40, 3, padding="same", stride=stride)
    before, after = torch.rand(40), torch.rand(axis.output)
    spec = rows_drawn(before, after, axis)
    above = rows_of(spec, "Input")
    assert [(each["column"], each["h"]) for each in above] == list(enumerate(before.tolist()))
    below = rows_of(spec, "Output")
    assert [each["column"] for each in below] == [float(j * stride) for j in range(axis.output)]
    assert [each["h"] for each in below] == after.tolist()


@pytest.mark.parametrize("theme", THEMES)
def test_the_input_is_thin_and_the_output_thick(theme):
    spec = rows_drawn(torch.rand(5), torch.rand(5), settle(5, 3, padding="same"), theme)
    part = encoding(spec)
    assert part["color"]["scale"] == {"domain": ["Input", "Output"], "range": [INPUT[theme], OUTPUT[theme]]}
    assert part["strokeWidth"]["scale"]["range"] == [1, 2]
    assert colours_of(spec) == {INPUT[theme], OUTPUT[theme]}


def test_a_wide_row_is_drawn_by_its_extremes():
    before = torch.zeros(20_000)
    before[12_345] = 7
    spec = rows_drawn(before, before, settle(20_000, 3, padding="same"))
    for name in ("Input", "Output"):
        found = rows_of(spec, name)
        assert len(found) <= bank.POINTS and max(each["h"] for each in found) == 7
