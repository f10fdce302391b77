"""Does a spectrogram keep its laws, does the way back arrive, and does an overview hide nothing?"""

from __future__ import annotations

import importlib
import math
import re
import subprocess
import sys

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.errors import GeometryError
from playground.ops.frames import WINDOWS, frame_count, summed_squares, window_of
from playground.ops.griffin_lim import griffin_lim, griffin_lim_iterations, inconsistency
from playground.ops.overview import overview, pooled, stretches
from playground.ops.padding import PADDING_MODES, pad1d
from playground.ops.registry import OPS
from playground.ops.spectrum import check_inverse, istft, stft

pytestmark = pytest.mark.usefixtures("one_thread")
SIZES = [(2, 1), (3, 1), (4, 2), (5, 1), (5, 3), (16, 4), (16, 8), (64, 16), (64, 50), (255, 63), (256, 128)]
TOLERANCE = {torch.float32: 1e-5, torch.float64: 1e-12}


def noise(*shape: int, dtype: torch.dtype = torch.float64, seed: int = 0) -> torch.Tensor:
    return torch.randn(*shape, dtype=dtype, generator=torch.Generator().manual_seed(seed))


def refused(sentence: str):
    return pytest.raises(GeometryError, match=f"^{re.escape(sentence)}$")


def undoes(n_fft: int, hop: int, window: str, win: int | None = None) -> bool:
    try:
        check_inverse(n_fft=n_fft, hop_length=hop, win_length=win, window=window)
    except GeometryError:
        return False
    return True


# --- there ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("n_fft, hop", [*SIZES, (16, 16), (16, 40)])
@pytest.mark.parametrize("padding_mode", PADDING_MODES)
@pytest.mark.parametrize("samples", [1, 2, 33])
def test_it_is_the_sum_of_its_definition(n_fft, hop, padding_mode, samples):
    x, half = noise(2, samples), n_fft // 2
    continued = pad1d(x, (half, half), padding_mode=padding_mode)
    turns = (torch.arange(half + 1)[:, None] * torch.arange(n_fft) % n_fft).double() / n_fft
    waves = window_of("hann", n_fft, n_fft, torch.float64) * torch.exp(-2j * math.pi * turns)
    expected = torch.einsum("cti,fi->cft", continued.unfold(-1, n_fft, hop).to(waves), waves)
    found = stft(x, n_fft=n_fft, hop_length=hop, padding_mode=padding_mode)
    assert found.shape == expected.shape == (2, half + 1, frame_count(samples, n_fft=n_fft, hop_length=hop))
    assert (found - expected).abs().max() < 1e-12


@pytest.mark.parametrize("shape", [(50,), (1, 50), (2, 50), (3, 2, 50), (0, 2, 50), (300, 50)])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_leading_axes_and_the_type_pass_through(shape, dtype):
    x = noise(*shape, dtype=dtype)
    y = stft(x, n_fft=16)
    assert y.shape == (*shape[:-1], 9, 13) and y.dtype == dtype.to_complex()
    back = istft(y, length=50)
    assert back.shape == shape and back.dtype == dtype
    assert torch.allclose(back, x, atol=1e-5)
    assert overview(x, columns=4, n_fft=16).shape == (*shape[:-1], 9, 4)
    if shape[0] and len(shape) == 3:
        assert torch.allclose(y[1, 1], stft(x[1, 1], n_fft=16))
        assert torch.allclose(back[1, 1], istft(y[1, 1], length=50))


@pytest.mark.parametrize("window", WINDOWS)
def test_it_is_linear_and_has_a_gradient(window):
    x, other = noise(2, 300), noise(2, 300, seed=1)
    both = stft(2 * x - 3 * other, n_fft=64, window=window)
    assert torch.allclose(both, 2 * stft(x, n_fft=64, window=window) - 3 * stft(other, n_fft=64, window=window))
    x.requires_grad_()
    tracked = stft(x, n_fft=64, window=window)
    assert torch.equal(tracked, stft(x.detach(), n_fft=64, window=window))
    weights = noise(2, 304)[:, :304]
    sound = istft(tracked, window=window)
    (sound * weights[:, : sound.shape[-1]]).sum().backward()
    assert torch.allclose(x.grad[:, :288], weights[:, :288], atol=1e-9), "there and back is the identity"


@pytest.mark.parametrize("hop, later", [(16, 3), (10, 5)])
def test_a_later_sound_has_later_frames(hop, later):
    x = noise(600)
    early = stft(x, n_fft=64, hop_length=hop, center=False)
    late = stft(torch.cat([noise(hop * later, seed=2), x]), n_fft=64, hop_length=hop, center=False)
    assert torch.allclose(late[:, later:], early, atol=1e-12)


@pytest.mark.parametrize("n_fft", [2, 3, 16, 255])
def test_the_energy_of_a_frame_is_that_of_its_bins(n_fft):
    x = noise(2, 700)
    y = stft(x, n_fft=n_fft, hop_length=n_fft, window="rectangular", center=False).abs().square()
    bins = 2 * y.sum(dim=-2) - y[:, 0] - (y[:, -1] if n_fft % 2 == 0 else 0)
    assert torch.allclose(bins / n_fft, x.unfold(-1, n_fft, n_fft).square().sum(dim=-1))


@pytest.mark.parametrize("row", [3, 5, 29])
def test_a_wave_shows_in_the_row_of_its_frequency(row):
    x = torch.cos(2 * math.pi * row / 64 * torch.arange(1000, dtype=torch.float64))
    y = stft(x, n_fft=64).abs()[:, 4:-4]
    assert (y.argmax(dim=0) == row).all()
    assert torch.allclose(y[row], window_of("hann", 64, 64, torch.float64).sum() / 2)


def test_blocks_make_no_difference(monkeypatch):
    x, filters = noise(3, 2000), noise(5, 33).abs()
    whole, wide, sound = stft(x, n_fft=64), overview(x, columns=20, n_fft=64, filters=filters), istft(stft(x, n_fft=64))
    for block in (64, 64 * 7, 64 * 200):
        monkeypatch.setattr(importlib.import_module("playground.ops.frames"), "BLOCK", block)
        assert torch.allclose(stft(x, n_fft=64), whole, rtol=0, atol=1e-13)
        assert torch.allclose(stft(x.clone().requires_grad_(), n_fft=64), whole, rtol=0, atol=1e-13)
        assert torch.allclose(overview(x, columns=20, n_fft=64, filters=filters), wide, rtol=0, atol=1e-12)
        assert torch.allclose(istft(whole), sound, rtol=0, atol=1e-13)


# --- and back ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("n_fft, hop", SIZES)
@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("center", [True, False])
def test_there_and_back_is_the_same_sound(dtype, n_fft, hop, window, center):
    if not undoes(n_fft, hop, window):
        return
    samples = 3 * n_fft + 1
    x = noise(2, samples, dtype=dtype)
    y = stft(x, n_fft=n_fft, hop_length=hop, window=window, center=center)
    back = istft(y, n_fft=n_fft, hop_length=hop, window=window, center=center, length=samples)
    squared = window_of(window, n_fft, n_fft, torch.float64).square()
    weight = summed_squares(squared, hop_length=hop, count=y.shape[-1]).flatten()[n_fft // 2 * center :]
    weight = torch.nn.functional.pad(weight, (0, samples))[:samples]
    known = weight > 1e-8 * weight.max()
    assert (back[:, ~known] == 0).all(), "what no window has seen is silent"
    allowed = TOLERANCE[dtype] * torch.sqrt(weight.max() / weight[known]).clamp(max=1e4)
    assert ((back - x)[:, known].abs() <= allowed).all()
    if center and hop <= n_fft // 4:
        assert known.all() and (back - x).abs().max() < TOLERANCE[dtype]


@settings(max_examples=60, deadline=None)
@given(
    n_fft=st.integers(2, 70), part=st.integers(1, 4), narrow=st.integers(0, 10), samples=st.integers(1, 400),
    window=st.sampled_from(WINDOWS), mode=st.sampled_from(PADDING_MODES), seed=st.integers(0, 99),
)  # fmt: skip
def test_there_and_back_is_the_same_sound_whatever_the_settings(n_fft, part, narrow, samples, window, mode, seed):
    win = max(1, n_fft - narrow)
    hop = max(1, win // (part + 3))
    sizes = {"n_fft": n_fft, "hop_length": hop, "win_length": win, "window": window}
    x = noise(samples, seed=seed)
    if undoes(n_fft, hop, window, win):
        back = istft(stft(x, **sizes, padding_mode=mode), **sizes, length=samples)
        assert (back - x).abs().max() < 1e-11


@pytest.mark.parametrize("length", [1, 100, 640, 1000])
def test_a_length_cuts_or_continues_with_silence(length):
    y = stft(noise(640), n_fft=64)
    whole = istft(y)
    found = istft(y, length=length)
    assert found.shape == (length,) and torch.equal(found[:600], whole[:length][:600])
    assert (found[640 + 32 :] == 0).all()
    assert OPS["istft"].shape((33, 41), length=length) == (length,)


NEGATIVE = {"silence": lambda m: m.clamp(min=0), "absolute": torch.abs, "flip": lambda m: m}


@pytest.mark.parametrize("negative", NEGATIVE)
def test_a_negative_magnitude_has_three_meanings(negative):
    phase, magnitude = stft(noise(2, 640), n_fft=64), noise(2, 33, 41, seed=3)
    phase[:, 4] = 0
    unit = torch.polar(torch.ones_like(magnitude), phase.angle())
    found = istft(magnitude, phase=phase, negative=negative)
    assert torch.allclose(found, istft(NEGATIVE[negative](magnitude) * unit), atol=1e-13)
    assert torch.allclose(istft(phase.abs(), phase=phase, negative=negative), istft(phase))


# --- what has no meaning -------------------------------------------------------------------------


def test_a_hop_that_leaves_samples_out_is_refused_in_words():
    with refused("hop_length=1024 leaves 512 of every 1024 samples outside every window of 512; no inverse can know them:"
                 " use a hop_length of at most 512"):  # fmt: skip
        check_inverse(n_fft=2048, hop_length=1024, win_length=512, window="rectangular")
    with refused("hop_length=16 leaves 1 of every 16 samples without weight in every hann window of 16; no inverse can know"
                 " them: use a hop_length of at most 15"):  # fmt: skip
        check_inverse(n_fft=16, hop_length=16, window="hann")
    with refused("hop_length=9 leaves 1 of every 9 samples outside every window of 8; no inverse can know them: use a"
                 " hop_length of at most 7"):  # fmt: skip
        istft(torch.ones(5, 3, dtype=torch.complex64), hop_length=9)
    check_inverse(n_fft=2048, hop_length=512, win_length=2048, window="hann")


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("n_fft, win", [(2, 2), (3, 2), (16, 16), (64, 20), (255, 255), (2048, 2048)])
def test_the_recommended_hop_is_the_longest_that_works(window, n_fft, win):
    for hop in (win - 1, win, win + 1, 2 * n_fft):
        if hop < 1 or undoes(n_fft, hop, window, win):
            continue
        with pytest.raises(GeometryError) as caught:
            check_inverse(n_fft=n_fft, hop_length=hop, win_length=win, window=window)
        works = int(str(caught.value).rsplit(" ", 1)[1])
        assert works < hop and undoes(n_fft, works, window, win)
        assert not undoes(n_fft, works + 1, window, win)


def test_what_has_no_meaning_is_refused():
    x, y = noise(2, 100), stft(noise(2, 100), n_fft=16)
    with refused("the sound has 100 samples and the window 2048; use center, or a smaller n_fft"):
        stft(x, center=False)
    with refused("the sound has 100 samples and the window 2048; use center, or a smaller n_fft"):
        OPS["stft"].shape((2, 100), center=False)
    with refused("win_length=17 is longer than n_fft=16; use a win_length of at most 16"):
        stft(x, n_fft=16, win_length=17)
    with refused("n_fft=1 has no meaning; it is at least 2"):
        stft(x, n_fft=1)
    with refused("hop_length=0 has no meaning; it is at least 1"):
        stft(x, hop_length=0)
    with refused("the sound has no samples; it needs at least 1"):
        stft(x[:, :0])
    with refused("window='kaiser' is not known; choose one of: bartlett, blackman, hamming, hann, rectangular"):
        stft(x, window="kaiser")
    with pytest.raises(GeometryError, match="padding_mode='wrap' is not known"):
        stft(x, padding_mode="wrap")
    with pytest.raises(TypeError, match="use x.float"):
        stft(torch.arange(10))
    with refused("the spectrogram has 9 rows, but n_fft=64 makes 33; use n_fft=16 or 17"):
        istft(y, n_fft=64)
    with refused("a magnitude alone does not say a sound; give its phase, or use griffin_lim"):
        istft(y.abs())
    with refused("the phase has the shape (2, 9, 25) and the magnitude (2, 9, 26); they must be the same"):
        istft(y.abs(), phase=y[..., 1:])
    with refused("negative='loud' is not known; choose one of: absolute, flip, silence"):
        istft(y.abs(), phase=y, negative="loud")
    with refused("the spectrogram has 1 frames, which make no whole sample; give length, or use center=False"):
        istft(y[..., :1])
    with refused("length=0 has no meaning; it is at least 1"):
        istft(y, length=0)
    with pytest.raises(TypeError, match="has a phase of its own"):
        istft(y, phase=y)
    with refused("start='original' needs the phase of the original; give it, or use start='random'"):
        griffin_lim_iterations(y.abs(), start="original")
    with refused("iterations=0 has no meaning; it is at least 1"):
        griffin_lim_iterations(y.abs(), iterations=0)
    with refused("momentum=-0.5 has no meaning; it is at least 0, and below 1 to settle"):
        griffin_lim(y.abs(), momentum=-0.5)
    with refused("frames 3 to 99 are not there; there are 26, from 0 on, the last not included"):
        overview(x, columns=5, n_fft=16, frames=(3, 99))
    with refused("the filters have the shape (4, 8); expected (rows, 9), a weight for each of 9 bins"):
        pooled(y.abs(), columns=5, filters=torch.ones(4, 8))
    with refused("columns=0 has no meaning; it is at least 1"):
        pooled(y.abs(), columns=0)
    with refused("the sound makes a spectrogram of the shape (2, 9, 23), but the magnitude has (2, 9, 26); use the settings"
                 " of its stft"):  # fmt: skip
        inconsistency(y.abs(), x[:, :90])


@pytest.mark.parametrize("name, shape, given", [
    ("stft", (2, 900), {}), ("stft", (2, 900), {"n_fft": 255, "hop_length": 7}),
    ("stft", (2, 900), {"n_fft": 64, "center": False}), ("istft", (2, 33, 9), {"hop_length": 8}),
    ("istft", (2, 33, 9), {"n_fft": 65, "hop_length": 8}), ("istft", (2, 33, 9), {"center": False}),
    ("griffin_lim", (1, 33, 9), {"iterations": 2}), ("griffin_lim", (1, 33, 9), {"iterations": 2, "length": 200}),
])  # fmt: skip
def test_shape_and_price_are_known_beforehand(name, shape, given):
    operation = OPS[name]
    x = noise(*shape).to(torch.complex128 if name == "istft" else torch.float64)
    assert operation.function(x, **given).shape == operation.shape(shape, sample_rate=8000, filters=None, **given)
    held, multiply_adds = operation.price(shape, operation.shape(shape, **given), sample_rate=8000, **given)
    assert held > 4 * math.prod(shape) and multiply_adds > 0 and type(held) is type(multiply_adds) is int
    assert operation.makes == ("spectrogram" if name == "stft" else "audio")


def test_the_settings_of_a_medium_are_no_recipe_parameters():
    assert OPS["istft"].supplied == {"phase", "n_fft", "hop_length", "win_length", "window", "center", "length"}
    assert OPS["griffin_lim"].supplied == OPS["istft"].supplied | {"padding_mode"}
    assert OPS["stft"].supplied == set()


# --- Griffin-Lim ---------------------------------------------------------------------------------


def full_distance(sound: torch.Tensor, magnitude: torch.Tensor, n_fft: int, **sizes: object) -> float:
    """Over all ``n_fft`` bins: those of the upper half are the lower half's again."""
    off = (stft(sound, n_fft=n_fft, padding_mode="constant", **sizes).abs() - magnitude).square().sum(dim=-1)
    twice = 2 * off.sum() - off[0] - (off[-1] if n_fft % 2 == 0 else 0)
    return float(twice.sqrt())


@pytest.mark.parametrize("n_fft, hop", [(4, 1), (5, 2), (16, 4), (64, 16), (64, 40), (255, 60)])
@pytest.mark.parametrize("start", ["random", "zero"])
@pytest.mark.parametrize("center", [True, False])
def test_without_momentum_the_error_never_grows(n_fft, hop, start, center):
    magnitude, sizes = noise(n_fft // 2 + 1, 12).abs(), {"n_fft": n_fft, "hop_length": hop, "center": center}
    found = list(griffin_lim_iterations(magnitude, iterations=15, momentum=0.0, start=start, **sizes))
    errors = [one.error for one in found]
    distances = [full_distance(one.sound(), magnitude, **sizes) for one in found]
    assert all(b <= a * (1 + 1e-12) for a, b in zip(distances, distances[1:], strict=False))
    if n_fft >= 16:  # in fewer rows the two that count once and not twice weigh more
        assert all(b <= a for a, b in zip(errors, errors[1:], strict=False)) and errors[-1] < errors[0]


def test_iterations_and_function_agree_and_the_error_is_the_sounds():
    x = stft(noise(2, 700), n_fft=64, padding_mode="constant").abs()
    for options in ({}, {"length": 700}, {"length": 400}, {"length": 900, "padding_mode": "reflect"}):
        found = list(griffin_lim_iterations(x, iterations=6, **options))
        assert [one.number for one in found] == [1, 2, 3, 4, 5, 6]
        for one in found:
            assert torch.allclose(one.estimate.abs(), x) and one.estimate.shape == x.shape
            mode = options.get("padding_mode", "constant")
            assert torch.allclose(one.sound(), istft(one.estimate, length=options.get("length")))
            error = inconsistency(x, istft(one.estimate, length=options["length"] if options.get("length") == 700 else None),
                                  padding_mode=mode)  # fmt: skip
            assert one.error == pytest.approx(error, rel=1e-9)
        assert torch.equal(griffin_lim(x, iterations=6, **options), found[-1].sound())


def test_the_original_phase_gives_the_original_back():
    x = noise(2, 640)
    y = stft(x, n_fft=64)
    found = list(griffin_lim_iterations(y.abs(), iterations=3, start="original", phase=y, padding_mode="reflect"))
    assert all(one.error < 1e-12 for one in found)
    assert (found[-1].sound() - x).abs().max() < 1e-12


def test_a_seed_is_a_sound():
    x = stft(noise(640), n_fft=64).abs()
    first, again, other = (griffin_lim(x, iterations=3, seed=seed) for seed in (1, 1, 2))
    assert torch.equal(first, again) and not torch.allclose(first, other)


def test_momentum_arrives_sooner():
    x = stft(noise(2000), n_fft=64, padding_mode="constant").abs()
    slow, fast = ([*griffin_lim_iterations(x, iterations=40, momentum=m)][-1].error for m in (0.0, 0.99))
    assert fast < 0.9 * slow


@pytest.mark.parametrize("negative", NEGATIVE)
def test_negative_magnitudes_are_sought_by_their_meaning(negative):
    x = noise(33, 20)
    aim = x.clamp(min=0) if negative == "silence" else x.abs()
    found = next(griffin_lim_iterations(x, iterations=1, negative=negative, start="zero"))
    assert torch.allclose(found.estimate.abs(), aim)
    same = next(griffin_lim_iterations(aim, iterations=1, start="original", phase=torch.complex(x, 0 * x)))
    assert (negative != "absolute") == torch.allclose(found.estimate, same.estimate)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_silence_stays_silence(dtype):
    x = torch.zeros(2, 500, dtype=dtype)
    y = stft(x, n_fft=64)
    assert (y == 0).all() and (istft(y) == 0).all()
    found = list(griffin_lim_iterations(y.abs(), iterations=3))
    assert all(one.error == 0 and (one.sound() == 0).all() for one in found)
    assert (overview(x, columns=3, n_fft=64) == 0).all() and inconsistency(y.abs(), x) == 0


# --- overview ------------------------------------------------------------------------------------


@pytest.mark.parametrize("columns", [1, 2, 7, 50, 126, 1000])
@pytest.mark.parametrize("frames", [None, (0, 1), (3, 90), (125, 126)])
@pytest.mark.parametrize("rows", [None, 5])
def test_an_overview_is_the_maximum_over_the_full_spectrogram(columns, frames, rows, monkeypatch):
    monkeypatch.setattr(importlib.import_module("playground.ops.frames"), "BLOCK", 64 * 20)
    x, filters = noise(2, 2000), None if rows is None else noise(rows, 33)
    full = stft(x, n_fft=64).abs()
    a, b = frames or (0, full.shape[-1])
    seen = full[..., a:b] if filters is None else filters @ full[..., a:b]
    ends = [*stretches(b - a, columns), b - a]
    expected = torch.stack([seen[..., i:j].amax(dim=-1) for i, j in zip(ends, ends[1:], strict=False)], dim=-1)
    found = overview(x, columns=columns, frames=frames, filters=filters, n_fft=64)
    assert found.shape == expected.shape == (2, rows or 33, min(columns, b - a))
    assert torch.allclose(found, expected, rtol=0, atol=1e-12)
    assert torch.allclose(pooled(full, columns=columns, frames=frames, filters=filters), expected, rtol=0, atol=1e-12)


@settings(max_examples=100, deadline=None)
@given(n=st.integers(1, 5000), columns=st.integers(1, 3000))
def test_stretches_cover_all_and_are_equally_long_to_one(n, columns):
    starts = [*stretches(n, columns), n]
    lengths = {b - a for a, b in zip(starts, starts[1:], strict=False)}
    assert starts[0] == 0 and len(starts) == min(n, columns) + 1
    assert min(lengths) >= 1 and max(lengths) - min(lengths) <= 1


@settings(max_examples=12, deadline=None)
@given(place=st.integers(0, 30 * 8000 - 1), columns=st.sampled_from([1, 300, 900]))
def test_a_click_anywhere_in_half_a_minute_shows_at_its_full_height(place, columns):
    x = torch.zeros(1, 30 * 8000).index_fill(-1, torch.tensor(place), 1.0)
    found = overview(x, columns=columns, n_fft=512)
    at = torch.arange(1 + x.shape[-1] // 128) * 128
    window = window_of("hann", 512, 512, torch.float32)
    offset = place - at + 256
    best = window[offset[(offset >= 0) & (offset < 512)]].max()
    assert float(found.max()) >= float(best) * (1 - 1e-6) > 0.85
    if 512 <= place < x.shape[-1] - 512:  # or its mirror image sounds with it
        assert (found.amax(dim=-1) >= best * (1 - 1e-6)).all(), "a click has all frequencies alike"


PEAK = """
import torch
from playground.ops.overview import overview

def status(name):
    return next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith(name)) * 1024

x = torch.rand(2, 180 * 44100)
overview(x[:, :44100 * 2], columns=900)           # plans, threads and libraries
before = status("VmHWM:")
found = overview(x, columns=900)
print(status("VmHWM:") - before - found.numel() * 4, x.numel() * 4)
"""


def test_an_overview_keeps_no_spectrogram():
    """Three minutes of stereo are 64 MB, their spectrogram 254 MB."""
    output = subprocess.run([sys.executable, "-c", PEAK], capture_output=True, text=True, check=True).stdout
    grown, waveform = map(int, output.split())
    assert grown <= 3 * waveform + (32 << 20), f"{grown / 2**20:.0f} MB for a sound of {waveform / 2**20:.0f}"


def test_the_threads_are_left_as_found():
    before = torch.get_num_threads()
    griffin_lim(stft(noise(500), n_fft=64).abs(), iterations=1)
    overview(noise(500), columns=3)
    assert torch.get_num_threads() == before
