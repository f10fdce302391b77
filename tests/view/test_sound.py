"""Does a plot of a sound say what is in it?  Levels, envelopes, spectra, responses, and their charts."""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction

import numpy as np
import pytest
import scipy.signal
import torch

from playground.ops import KERNELS
from playground.ops.kernels import build
from playground.ops.registry import KernelRef
from playground.view import sound
from playground.view.colours import INPUT, NEGATIVE, OUTPUT, POSITIVE

THEMES = ("light", "dark")
RATE = 44_100
SOUND_KERNELS = [name for name, kernel in KERNELS.items() if "audio" in kernel.media]


def tone(frequency: float, *, amplitude: float = 1.0, seconds: float = 1.0, rate: int = RATE) -> torch.Tensor:
    """A sine.  Shape: ``(1, T)``, float32."""
    t = torch.arange(round(seconds * rate), dtype=torch.float64) / rate
    return (amplitude * torch.sin(2 * math.pi * frequency * t)).float()[None]


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


# --- levels --------------------------------------------------------------------------------------


@pytest.mark.parametrize("amplitude", [1.0, 0.5, 0.001, 3.0])
def test_a_sine_has_its_amplitude_as_peak_and_3_db_less_as_rms(amplitude):
    found = sound.levels(tone(441, amplitude=amplitude))
    assert found.peak == pytest.approx(amplitude, rel=1e-3)
    assert found.peak_db == pytest.approx(20 * math.log10(amplitude), abs=0.01)
    assert found.rms_db == pytest.approx(20 * math.log10(amplitude / math.sqrt(2)), abs=0.01)


def test_silence_is_minus_infinity_and_nothing_of_it_is_clipped():
    assert sound.levels(torch.zeros(2, 5)) == sound.Levels(0.0, -math.inf, -math.inf, 0.0)


@pytest.mark.parametrize("values, share", [
    ([0.5, 1.0, -1.0, 0.0], 0), ([1.5, -2.0, 0.0, 0.0], 0.5), ([1 + 1e-6, 0.0, 0.0, -1 - 1e-6], 0),
    ([-1.01, -1.01, 1.01, 0.0], 0.75), ([3.0], 1),
])  # fmt: skip
def test_the_clipped_share_counts_what_is_beyond_full_scale_by_more_than_rounding(values, share):
    assert sound.levels(torch.tensor([values])).clipped == share


def test_levels_take_all_channels_together():
    x = torch.stack([torch.full((100,), 0.1), torch.full((100,), -2.0)])
    found = sound.levels(x)
    assert (found.peak, found.clipped) == (2.0, 0.5)
    assert found.rms_db == pytest.approx(10 * math.log10((0.01 + 4) / 2), abs=1e-5)


def test_the_rms_of_a_long_quiet_sound_is_summed_exactly():
    assert sound.levels(torch.full((1, 2_000_000), 1e-4)).rms_db == pytest.approx(-80, abs=1e-5)


# --- envelope ------------------------------------------------------------------------------------


@pytest.mark.parametrize("place", [0, 1, 499_999, 777_777, 999_999])
@pytest.mark.parametrize("channel", [0, 1])
@pytest.mark.parametrize("height", [1.0, -1.0])
def test_a_single_click_in_a_million_samples_is_in_the_envelope(place, channel, height):
    x = torch.zeros(2, 10**6)
    x[channel, place] = height
    starts, low, high = sound.envelope(x)
    bin_ = int(np.searchsorted(starts, place, side="right")) - 1
    part = high if height > 0 else -low
    assert part[bin_] == 1 and np.count_nonzero(high) + np.count_nonzero(low) == 1
    assert len(starts) == sound.BINS


@pytest.mark.parametrize("length", [1, 2, 7, 899, 900])
def test_a_sound_of_at_most_as_many_samples_as_bins_is_drawn_exactly(length):
    x = noise(1, length)
    starts, low, high = sound.envelope(x)
    assert starts.tolist() == list(range(length))
    assert low.tolist() == high.tolist() == x[0].tolist()


@pytest.mark.parametrize("length, bins", [(901, 900), (1799, 900), (10_007, 64), (5, 3), (100, 1)])
def test_every_sample_lies_in_exactly_one_stretch(length, bins):
    x = noise(3, length)
    starts, low, high = sound.envelope(x, bins=bins)
    assert len(starts) == bins and starts[0] == 0
    parts = np.split(x.numpy(), starts[1:], axis=1)
    assert low.tolist() == [part.min() for part in parts]
    assert high.tolist() == [part.max() for part in parts]


# --- spectrum ------------------------------------------------------------------------------------


@pytest.mark.parametrize("bin_", [20, 93, 1000, 2000])
def test_a_full_scale_sine_shows_minus_3_db_at_its_frequency(bin_):
    frequency = bin_ * RATE / sound.SEGMENT
    f, level = sound.spectrum(tone(frequency), rate=RATE)
    assert f[level.argmax()] == pytest.approx(frequency)
    assert level.max() == pytest.approx(10 * math.log10(0.5), abs=0.01)
    assert level[(np.abs(f - frequency) > 3 * RATE / sound.SEGMENT) & (f > 0)].max() < -60


def test_white_noise_is_flat_and_its_power_is_all_there():
    x = 0.1 * noise(1, 2_000_000)
    f, level = sound.spectrum(x, rate=RATE)
    inner = level[5:-5]
    assert inner.max() - inner.min() < 2.5
    density = np.mean(10 ** (inner / 10)) / 1.5  # a Hann window is 1.5 bins wide
    assert density * sound.SEGMENT / 2 == pytest.approx(0.01, rel=0.01)


def test_frequencies_reach_from_0_to_half_of_the_rate():
    for rate in (1000.0, 16000 / 3, 44_100.0):
        f, level = sound.spectrum(noise(2, 10_000), rate=rate)
        assert (f[0], f[-1], len(f)) == (0, rate / 2, len(level))


@pytest.mark.parametrize("length", [1, 2, 3, 100, 4095, 4096, 4097])
def test_a_sound_shorter_than_a_segment_has_a_spectrum_of_numbers(length):
    f, level = sound.spectrum(noise(2, length), rate=RATE)
    assert len(f) == min(length, sound.SEGMENT) // 2 + 1
    assert np.isfinite(level).all()


def test_the_spectrum_of_silence_is_the_floor():
    np.testing.assert_allclose(sound.spectrum(torch.zeros(1, 9000), rate=RATE)[1], sound.FLOOR_DB, atol=1e-3)


def test_the_channels_of_a_spectrum_are_averaged_by_power():
    one = tone(100 * RATE / sound.SEGMENT)
    both = sound.spectrum(torch.cat([one, torch.zeros_like(one)]), rate=RATE)[1]
    assert both.max() == pytest.approx(sound.spectrum(one, rate=RATE)[1].max() - 10 * math.log10(2))


# --- response ------------------------------------------------------------------------------------


@pytest.mark.parametrize("flipped", [False, True])
@pytest.mark.parametrize("name", SOUND_KERNELS)
def test_the_response_of_every_sound_kernel_agrees_with_scipy(name, flipped):
    taps = build(KernelRef(name=name), dimensions=1, sample_rate=8000)
    f, h = sound.response(taps, flipped=flipped)
    assert len(f) > 4096 and (f[0], f[-1]) == (0, 0.5) and len(f) > len(taps) / 2
    some = np.linspace(0, len(f) - 1, 300).astype(int)
    b = taps.numpy() if flipped else taps.numpy()[::-1]
    _, expected = scipy.signal.freqz(b, worN=2 * math.pi * f[some])
    np.testing.assert_allclose(h[some], expected, atol=1e-9 * float(taps.abs().sum()), rtol=0)


@pytest.mark.parametrize("length", [1, 2, 8191, 8192, 8193, 50_000])
def test_a_response_uses_every_tap_however_many(length):
    taps = torch.zeros(length, dtype=torch.float64)
    taps[-1] = 2
    f, h = sound.response(taps, flipped=True)
    np.testing.assert_allclose(np.abs(h), 2, rtol=1e-12)
    assert 2 * (len(f) - 1) >= length


# --- charts --------------------------------------------------------------------------------------

WORDS = ("Input", "Output", "seconds")


def drawn(chart) -> dict:
    """The chart as checked Vega-Lite, its numbers in ``datasets``."""
    spec = chart.to_dict(validate=True)
    json.dumps(spec, allow_nan=False)
    return spec


def rows(spec: dict) -> list[dict]:
    """The rows of the largest table of a chart."""
    return max(spec["datasets"].values(), key=len)


def colours_of(spec: dict) -> set[str]:
    """Every colour that a chart names, also where it is no number."""
    text = json.dumps({part: value for part, value in spec.items() if part != "datasets"})
    named = {c for c in ("red", "green", "blue", "black", "orange", "steelblue", "white") if f'"{c}"' in text}
    return set(re.findall(r"#[0-9a-fA-F]{3,8}\b", text)) | named


def waves(before, after, *, theme="light", rate=Fraction(100), rate_after=None, origin=Fraction(0)) -> dict:
    return drawn(sound.waveforms(before, after, rate=rate, rate_after=rate_after or rate, origin=origin,
                                 theme=theme, words=WORDS))  # fmt: skip


def curves(before, after, *, kernel=None, theme="light", rate=Fraction(RATE), rate_after=None) -> dict:
    kernel = torch.tensor([0.25, 0.5, 0.25]) if kernel is None else kernel
    return drawn(sound.frequencies(
        before, after, rate=rate, rate_after=rate_after or rate, kernel=kernel, kernel_rate=rate, flipped=False,
        theme=theme, words=("Input", "Output", "Response", "Hz", "dB"),
    ))  # fmt: skip


@pytest.mark.parametrize("theme", THEMES)
def test_every_chart_has_the_colours_of_the_palette_only(theme):
    x, taps = noise(2, 3000), torch.tensor([1.0, -0.5, 0.25])
    assert colours_of(waves(x, x, theme=theme)) == {INPUT[theme], OUTPUT[theme]}
    assert colours_of(curves(x, x, theme=theme)) == {INPUT[theme], OUTPUT[theme]}
    chart = sound.phase(taps, rate=Fraction(RATE), flipped=True, theme=theme, words=("Hz", "degrees"))
    assert colours_of(drawn(chart)) == {OUTPUT[theme]}
    chart = sound.stems(taps, rate=Fraction(RATE), causal=True, theme=theme, word="milliseconds")
    assert colours_of(drawn(chart)) == {POSITIVE[theme], NEGATIVE[theme]}


def by_name(spec: dict, name: str) -> list[dict]:
    return [row for row in rows(spec) if row["which"] == name]


def test_both_waveforms_share_one_time_axis_and_one_scale():
    x, y = torch.tensor([[0.5, -0.25]]), torch.tensor([[3.0, -1.0, 0.0, 2.0]])
    spec = waves(x, y, rate=Fraction(2), rate_after=Fraction(4))
    assert {layer["encoding"]["x"]["field"] for layer in spec["layer"]} == {"t"}
    assert "resolve" not in spec
    above, below = by_name(spec, "Input"), by_name(spec, "Output")
    assert [row["t"] for row in above] == [0, 0.5] and [row["t"] for row in below] == [0, 0.25, 0.5, 0.75]
    thin, gap = 0.006 * 3, 2.45 * 3
    assert [row["high"] - thin - gap for row in above] == pytest.approx([0.5, -0.25])
    assert [row["low"] + thin for row in below] == pytest.approx([3, -1, 0, 2])
    low, high = spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    assert low < min(row["low"] for row in below) and high > max(row["high"] for row in above)


def test_a_quiet_sound_is_drawn_against_full_scale():
    spec = waves(torch.full((1, 5), 0.01), torch.full((1, 5), 0.02))
    assert spec["layer"][0]["encoding"]["y"]["scale"]["domain"] == pytest.approx([-1.02, 3.81])


def test_the_two_rows_never_touch():
    x = 5 * noise(1, 4000)
    spec = waves(x, -2 * x)
    assert min(row["low"] for row in by_name(spec, "Input")) > max(
        row["high"] for row in by_name(spec, "Output")
    )


@pytest.mark.parametrize("factor, tick", [(0.1, 0.5), (1.0, 0.5), (1.12, 0.5), (3.9, 1), (4.1, 2), (900.0, 200)])
def test_names_stand_above_the_loudest_wave_and_ticks_are_round(factor, tick):
    x = factor * torch.tensor([[1.0, -1.0] * 50])
    spec = waves(x, -x)
    low, high = spec["layer"][0]["encoding"]["y"]["scale"]["domain"]
    height = spec["height"] / (high - low)  # pixels of 1
    for name, above in [("Output", "Input"), ("Input", None)]:
        (at,) = [row["at"] for table in spec["datasets"].values() for row in table if "at" in row and row["which"] == name]
        room = min(row["low"] for row in by_name(spec, above)) if above else high
        assert (at - max(row["high"] for row in by_name(spec, name))) * height >= 7 and (room - at) * height >= 7, "13 px of text"
    values = spec["layer"][0]["encoding"]["y"]["axis"]["values"]
    assert values[:3] == pytest.approx([-tick, 0, tick]) and len(values) == 6


@pytest.mark.parametrize("origin", [Fraction(0), Fraction(3), Fraction(-5), Fraction(7, 2)])
def test_the_origin_moves_the_output_and_not_the_input(origin):
    x = noise(1, 20)
    spec = waves(x, x, rate=Fraction(10), rate_after=Fraction(5), origin=origin)
    assert by_name(spec, "Input")[0]["t"] == 0
    assert by_name(spec, "Output")[0]["t"] == pytest.approx(float(-origin / 5))


def test_without_an_output_the_input_stands_alone():
    spec = waves(noise(1, 50), None)
    assert {row["which"] for row in rows(spec)} == {"Input"} and spec["height"] == 130


@pytest.mark.parametrize("length", [1, 2, 5])
@pytest.mark.parametrize("factor", [0.0, 1.0])
def test_silence_and_a_few_samples_can_be_drawn(length, factor):
    x = factor * torch.ones(1, length)
    spec = waves(x, x)
    assert len(by_name(spec, "Output")) == length
    assert all(row["high"] > row["low"] for row in rows(spec))  # also silence is a line
    spec = curves(x, x)
    assert all(math.isfinite(row["db"]) and row["f"] > 0 for row in rows(spec))


def test_no_chart_has_so_many_rows_that_a_page_waits_for_it():
    x = noise(2, 300_000)
    assert len(rows(waves(x, x))) == 2 * sound.BINS
    assert len(rows(curves(x, x, kernel=noise(100_000)))) <= 6 * 450
    chart = sound.stems(noise(100_000), rate=Fraction(RATE), causal=True, theme="light", word="ms")
    assert len(rows(drawn(chart))) == sound.BINS


def test_the_frequency_plot_tells_the_three_curves_apart_by_more_than_colour():
    spec = curves(tone(1000), tone(1000))["layer"][0]["encoding"]
    assert spec["color"]["scale"]["domain"] == ["Input", "Output", "Response"]
    assert spec["strokeDash"]["scale"]["range"] == [[1, 0], [1, 0], [6, 3]]
    assert len(set(spec["strokeWidth"]["scale"]["range"])) == 3


def test_the_frequency_plot_shows_a_tone_and_its_image_at_their_places():
    x = tone(1000 * RATE / sound.SEGMENT)
    stuffed = torch.zeros(1, 2 * x.shape[1])
    stuffed[:, ::2] = x
    spec = curves(x, stuffed, rate_after=Fraction(2 * RATE))
    domain = spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert domain == [20, RATE]
    peak = 1000 * RATE / sound.SEGMENT
    loud = [row["f"] for row in by_name(spec, "Output") if row["db"] > -10]
    places = (peak, RATE - peak)  # a row stands where its stretch begins, up to 2 % below
    near = [[place for place in places if 0.975 * place < f < 1.005 * place] for f in loud]
    assert all(near) and {place for found in near for place in found} == set(places)


def test_thinning_loses_no_peak_and_no_hole():
    x = np.arange(1, 20_000, dtype=float)
    y = np.zeros_like(x)
    y[12_345], y[15_000] = 7, -7
    found = sound._thinned(x, y)
    assert len(found) <= 900
    assert {7, -7} <= {value for _, value in found}
    assert [f for f, _ in found] == sorted(f for f, _ in found)


def stem_rows(taps, *, causal=True, rate=1000) -> list[dict]:
    chart = sound.stems(taps, rate=Fraction(rate), causal=causal, theme="dark", word="ms")
    return rows(drawn(chart))


def test_stems_stand_at_their_milliseconds_with_their_sign():
    found = stem_rows(torch.tensor([1.0, 0.0, 0.0, -0.5]))
    assert [(row["t"], row["h"], row["sign"]) for row in found] == [(0, 1, "+"), (3, -0.5, "−")]
    assert [row["t"] for row in stem_rows(torch.ones(3), causal=False)] == [-1, 0, 1]


def test_a_kernel_of_zeros_has_no_stems_and_a_chart():
    assert stem_rows(torch.zeros(5)) == []


def test_the_largest_taps_of_a_long_kernel_are_the_ones_that_are_drawn():
    taps = noise(5000)
    taps[4321] = 99
    found = stem_rows(taps)
    assert max(row["h"] for row in found) == 99
    least = min(abs(row["h"]) for row in found)
    assert (taps.abs() > least).sum() == sound.BINS - 1


def test_the_phase_of_a_delay_falls_and_is_shown_in_degrees():
    chart = sound.phase(
        torch.tensor([0.0, 1.0]), rate=Fraction(8192), flipped=True, theme="light", words=("Hz", "°")
    )
    found = rows(drawn(chart))
    quarter = [row["angle"] for row in found if abs(row["f"] - 2048) < 20]
    assert quarter and all(angle == pytest.approx(-90, abs=3) for angle in quarter)
    assert all(-180 <= row["angle"] <= 180 for row in found)
