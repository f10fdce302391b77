"""Are the kernels of sounds what they say, at every option and both ends, at any sample rate?"""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
import torch

from playground.errors import GeometryError, RecipeError
from playground.ops import conv1d, kernels
from playground.ops.kernels import build, resolved
from playground.ops.parameters import Choice, Integer, Real
from playground.ops.registry import KERNELS, KernelRef

NAMES = [name for name, kernel in KERNELS.items() if 1 in kernel.dimensions]
CAUSAL = ["echo", "comb", "pre_emphasis", "reverb"]
RATED = ["echo", "comb", "low_pass", "high_pass", "band_pass", "band_stop", "reverb"]
SINCS = ["low_pass", "high_pass", "band_pass", "band_stop"]
WINDOWS = ["hamming", "hann", "blackman", "kaiser", "rectangular"]


def total(kernel: torch.Tensor) -> float:
    return math.fsum(kernel.tolist())


def ends(option) -> list:
    """Both ends of a parameter's range, and None where it may be left out."""
    match option.type:
        case Integer(low, high) | Real(low, high):
            found = [low, high]
        case Choice(options):
            found = list(options)
    return [*found, None] if option.optional else found


CORNERS = [(name, {key: value}) for name in NAMES for key, option in KERNELS[name].options.items() for value in ends(option)]  # fmt: skip
IMPOSSIBLE = {("band_pass", "low", 20000), ("band_pass", "high", 20), ("band_stop", "low", 20000), ("band_stop", "high", 20)}  # fmt: skip
POSSIBLE = [
    (name, params) for name, params in CORNERS if (name, *next(iter(params.items()))) not in IMPOSSIBLE
]


# --- the registry --------------------------------------------------------------------------------


def test_the_menus_have_their_order():
    families: dict[str, list[str]] = {}
    for name in NAMES:
        families.setdefault(KERNELS[name].words("audio").family, []).append(name)
    assert list(kernels.SOUND_FAMILIES.items()) == [
        ("echo", "Echo"), ("muffle", "Muffle"), ("thin", "Thin"), ("reverb", "Reverb"), ("own", "Your own"),
    ]  # fmt: skip
    assert families == {
        "echo": ["echo", "comb"],
        "muffle": ["low_pass", "moving_average", "gaussian"],
        "thin": ["high_pass", "band_pass", "band_stop", "difference", "pre_emphasis"],
        "reverb": ["reverb"],
        "own": ["identity"],
    }


@pytest.mark.parametrize("name", NAMES)
def test_every_kernel_has_its_words(name):
    kernel, words = KERNELS[name], KERNELS[name].words("audio")
    assert words.label[0].isupper() and words.label.endswith(")")
    assert words.sentence.endswith(".") and words.sentence.count(". ") == 0
    assert "pixel" not in words.sentence and "picture" not in words.finding
    assert kernel.causal == (name in CAUSAL) and not kernel.signed
    assert kernel.dimensions == ((1, 2) if name in ("gaussian", "identity") else (1,))
    assert "Source: " in kernel.function.__doc__ and ">>>" in kernel.function.__doc__
    assert len(kernel.function.__doc__.splitlines()[0]) <= 100


@pytest.mark.parametrize("name, params", POSSIBLE + [(name, {}) for name in NAMES])
def test_the_finding_fits_a_phone_at_both_ends_of_every_parameter(name, params):
    finding = KERNELS[name].words("audio").finding
    assert len(finding.format(**resolved(name, params, dimensions=1, sample_rate=44100))) <= 45


@pytest.mark.parametrize("name", NAMES)
def test_the_sample_rate_and_the_dimensions_are_not_of_the_recipe(name):
    assert not {"sample_rate", "dimensions"} & {*KERNELS[name].options, *resolved(name)}


@pytest.mark.parametrize("name, params", POSSIBLE + [(name, {}) for name in NAMES])
def test_every_kernel_builds_at_both_ends_of_every_parameter(name, params):
    if params.get("taps") == 3:
        params = params | {"window": "kaiser"}  # the others have their own test
    kernel = build(KernelRef(name=name, params=tuple(params.items())), dimensions=1, sample_rate=48000)
    assert kernel.dtype == torch.float64 and kernel.ndim == 1
    assert kernel.isfinite().all() and kernel.any()
    own = {"sample_rate": 48000} if name in RATED else {}
    own |= {"dimensions": 1} if name in ("gaussian", "identity") else {}
    assert torch.equal(kernel, KERNELS[name].function(**params, **own))


@pytest.mark.parametrize("name", SINCS)
@pytest.mark.parametrize("taps", [3, 5, 255, 2047])
@pytest.mark.parametrize("window", WINDOWS)
def test_every_window_of_every_length_gives_a_kernel_or_says_why_not(name, window, taps):
    function = KERNELS[name].function
    if taps == 3 and window in ("hann", "blackman"):
        with pytest.raises(GeometryError) as refusal:
            function(taps=taps, window=window)
        assert str(refusal.value) == (
            f"{name}(taps=3, window='{window}') has one tap that is not zero; choose at least 5 taps, or another window"
        )
        return
    kernel = function(taps=taps, window=window)
    assert len(kernel) == taps and kernel.isfinite().all() and kernel.any()
    assert torch.equal(kernel, kernel.flip(0)), "symmetric to the last bit"
    expected = {"low_pass": 1, "high_pass": 0, "band_pass": 0, "band_stop": 1}[name]
    assert abs(total(kernel) - expected) <= (
        1e-13 if taps == 3 else 1e-15
    )  # of 3 taps little is left to scale


def test_a_kernel_of_sounds_is_refused_for_a_picture_and_the_other_way_round():
    with pytest.raises(RecipeError, match="^echo is a kernel in 1-D; this medium needs one in 2-D$"):
        build(KernelRef(name="echo"))
    with pytest.raises(RecipeError, match="^sobel_x is a kernel in 2-D; this medium needs one in 1-D$"):
        build(KernelRef(name="sobel_x"), dimensions=1)


@pytest.mark.parametrize("name", ["gaussian", "identity"])
@pytest.mark.parametrize("size", [1, 3, 255])
def test_a_kernel_for_both_is_the_outer_product_of_its_row(name, size):
    row = KERNELS[name].function(size=size, dimensions=1)
    assert torch.equal(KERNELS[name].function(size=size), torch.outer(row, row))
    assert row.shape == (size,) and abs(total(row) - 1) <= 1e-15
    with pytest.raises(GeometryError, match="^dimensions=3 has no meaning for a kernel; "):
        KERNELS[name].function(dimensions=3)


@pytest.mark.parametrize("name", RATED)
def test_the_rate_reaches_the_kernel_and_is_44100_without(name):
    ref = KernelRef(name=name)
    usual, half = build(ref, dimensions=1), build(ref, dimensions=1, sample_rate=22050)
    assert torch.equal(usual, build(ref, dimensions=1, sample_rate=44100))
    assert torch.equal(half, build(ref, dimensions=1, sample_rate=Fraction(44100, 2)))
    if name in SINCS:
        assert len(half) == len(usual) and not torch.equal(half, usual)
    else:
        assert abs(len(usual) - 2 * len(half)) <= 8  # as long in time


# --- echoes --------------------------------------------------------------------------------------


def test_the_first_sight_is_two_spikes():
    kernel = build(KernelRef(name="echo"), dimensions=1, sample_rate=44100)
    assert len(kernel) == 11026 and kernel.nonzero().flatten().tolist() == [0, 11025]
    assert kernel[[0, -1]].tolist() == [1.0, 0.6]


def test_an_echo_comes_after():
    click = torch.tensor([0.0, 1.0, 0.0])
    kernel = kernels.echo(delay=2, gain=0.5, sample_rate=1000).float()
    assert conv1d(click, kernel, flip_kernel=True, padding="full").tolist() == [0, 1, 0, 0.5, 0]


@pytest.mark.parametrize("delay, rate, samples", [(1, 44100, 44), (2000, 44100, 88200), (2.6, 1000, 3), (10, Fraction(16000, 3), 53)])  # fmt: skip
def test_a_delay_is_the_nearest_whole_number_of_samples(delay, rate, samples):
    assert len(kernels.echo(delay=delay, sample_rate=rate)) == samples + 1
    assert len(kernels.comb(delay=delay, repeats=3, sample_rate=rate)) == 3 * samples + 1


def test_each_repeat_is_quieter_by_the_gain():
    kernel = kernels.comb(delay=5, gain=-0.5, repeats=3, sample_rate=1000)
    assert kernel[::5].tolist() == [1.0, -0.5, 0.25, -0.125] and kernel.count_nonzero() == 4
    assert torch.equal(kernels.comb(delay=7, gain=0.6, repeats=1), kernels.echo(delay=7, gain=0.6))
    assert kernels.comb(gain=0).nonzero().flatten().tolist() == [0]


# --- averages and differences --------------------------------------------------------------------


def test_a_moving_average_of_three_silences_a_third_of_the_rate():
    note = torch.sin(2 * math.pi * torch.arange(300, dtype=torch.float64) / 3)
    assert conv1d(note, kernels.moving_average(size=3)).abs().max() < 1e-13


@pytest.mark.parametrize("order", range(1, 11))
def test_a_rise_is_positive_and_straight_lines_vanish_from_order_two(order):
    steps = torch.arange(20, dtype=torch.float64) ** order
    found = conv1d(steps, kernels.difference(order=order))
    assert torch.allclose(found, torch.full_like(found, math.factorial(order)), rtol=1e-6)
    assert kernels.difference(order=order)[-1] == 1


def test_a_difference_lies_between_the_samples_that_the_page_shows_it_at():
    jump = torch.tensor([0.0, 0.0, 1.0, 1.0])
    assert conv1d(jump, kernels.difference().float(), padding="same").tolist() == [0, 1, 0, -1]


def test_pre_emphasis_looks_back():
    ramp = torch.tensor([1.0, 2.0, 4.0], dtype=torch.float64)
    found = conv1d(ramp, kernels.pre_emphasis(coefficient=0.5), flip_kernel=True, padding="full")
    assert found.tolist() == [1.0, 1.5, 3.0, -2.0]
    assert str(kernels.pre_emphasis(coefficient=0).tolist()) == "[1.0, 0.0]"


# --- the room ------------------------------------------------------------------------------------


def test_a_room_is_the_same_each_time_and_another_with_another_seed():
    first = kernels.reverb(seed=7)
    assert torch.equal(first, kernels.reverb(seed=7))
    assert not torch.equal(first, kernels.reverb(seed=8))
    assert first[1:4].tolist() == pytest.approx(FIRST_OF_SEED_7, rel=1e-12), "links sound alike for years"


FIRST_OF_SEED_7 = [0.012333250586545625, -0.003398896735332872, 0.0002393898964040514]


@pytest.mark.parametrize("seconds", [0.1, 1.5, 5])
@pytest.mark.parametrize("wet", [0, 0.5, 2])
def test_a_room_keeps_the_sound_and_adds_a_tail_of_the_energy_asked_for(seconds, wet):
    kernel = kernels.reverb(seconds=seconds, wet=wet)
    assert len(kernel) == round(seconds * 44100) + 1 and kernel[0] == 1
    assert float(kernel[1:].norm()) == pytest.approx(wet, abs=1e-12)


# --- what has no meaning -------------------------------------------------------------------------

REFUSED = {
    "a cutoff beyond half the rate": (
        "low_pass", {"cutoff": 5000, "sample_rate": 8000},
        "low_pass(cutoff=5000) is not below 4000 Hz, the highest frequency (Nyquist) of a sound with 8000 samples"
        " per second; choose cutoff below 4000",
    ),
    "a cutoff at half the rate": (
        "high_pass", {"cutoff": 4000, "sample_rate": 8000},
        "high_pass(cutoff=4000) is not below 4000 Hz, the highest frequency (Nyquist) of a sound with 8000 samples"
        " per second; choose cutoff below 4000",
    ),
    "a band beyond half the rate": (
        "band_stop", {"low": 100, "high": 12000, "sample_rate": Fraction(44100, 2)},
        "band_stop(high=12000) is not below 11025 Hz, the highest frequency (Nyquist) of a sound with 22050 samples"
        " per second; choose high below 11025",
    ),
    "a band the wrong way round": (
        "band_pass", {"low": 3000, "high": 200}, "band_pass(low=3000, high=200) holds no frequency; low must be below high",
    ),
    "an empty band": (
        "band_stop", {"low": 200, "high": 200}, "band_stop(low=200, high=200) holds no frequency; low must be below high",
    ),
    "an even length": ("low_pass", {"taps": 4}, "low_pass(taps=4) has no middle; the nearest sizes that do are 3 and 5"),
    "a single tap": ("low_pass", {"taps": 1}, "low_pass(taps=1) has no meaning; give a whole number of at least 3"),
    "a window": (
        "low_pass", {"window": "bartlett"},
        "low_pass(window='bartlett') is not known; choose one of: blackman, hamming, hann, kaiser, rectangular",
    ),
    "no delay": ("echo", {"delay": 0}, "echo(delay=0) has no meaning; give a finite number above 0"),
    "a delay of less than a sample": (
        "comb", {"delay": 1, "sample_rate": 250},
        "comb(delay=1) is less than a sample at 250 samples per second; one sample is 4 ms",
    ),
    "a room of less than a sample": (
        "reverb", {"seconds": 0.1, "sample_rate": 2},
        "reverb(seconds=0.1) is less than a sample at 2 samples per second; one sample is 0.5 s",
    ),
    "no rate": ("echo", {"sample_rate": 0}, "echo(sample_rate=0) has no meaning; give a finite number above 0"),
    "a gain": ("echo", {"gain": math.nan}, "echo(gain=nan) has no meaning; give a finite number"),
    "no repeats": ("comb", {"repeats": 0}, "comb(repeats=0) has no meaning; give a whole number of at least 1"),
    "a seed": ("reverb", {"seed": -1}, "reverb(seed=-1) has no meaning; give a whole number of at least 0"),
    "a size": ("moving_average", {"size": 0}, "moving_average(size=0) has no meaning; give a whole number of at least 1"),
    "an order": ("difference", {"order": 0}, "difference(order=0) has no meaning; give a whole number of at least 1"),
    "a coefficient": (
        "pre_emphasis", {"coefficient": math.inf},
        "pre_emphasis(coefficient=inf) has no meaning; give a finite number",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name, params, sentence", REFUSED.values(), ids=REFUSED)
def test_what_has_no_meaning_is_refused_in_one_sentence(name, params, sentence):
    with pytest.raises(GeometryError) as refusal:
        KERNELS[name].function(**params)
    assert str(refusal.value) == sentence


LIMITS = [
    ("echo", "delay", 0.5), ("echo", "delay", 2001), ("echo", "gain", 1.1), ("comb", "repeats", 17), ("low_pass", "cutoff", 19),
    ("low_pass", "cutoff", 20001), ("low_pass", "taps", 1), ("low_pass", "taps", 4), ("low_pass", "taps", 2049),
    ("reverb", "seconds", 5.1), ("reverb", "seed", 10000), ("reverb", "wet", -0.1), ("pre_emphasis", "coefficient", 1.5),
    ("moving_average", "size", 2048), ("difference", "order", 11), ("high_pass", "window", "none"),
    ("echo", "sample_rate", 8000), ("gaussian", "dimensions", 1),
]  # fmt: skip


@pytest.mark.parametrize("name, option, value", LIMITS)
def test_a_recipe_stays_within_the_limits(name, option, value):
    with pytest.raises(RecipeError):
        build(KernelRef(name=name, params=((option, value),)), dimensions=1)
