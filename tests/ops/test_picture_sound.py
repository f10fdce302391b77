"""Does a picture sound where its rows stand, when its columns stand, and as loud as is said?"""

from __future__ import annotations

import math

import pytest
import torch

from playground.errors import GeometryError
from playground.ops import picture_sound
from playground.ops.griffin_lim import griffin_lim
from playground.ops.picture_sound import picture_spectrum, row_wave
from playground.ops.registry import OPS

pytestmark = pytest.mark.usefixtures("one_thread")
AXES = pytest.mark.parametrize("axis", ["linear", "log"])


def noise(*shape: int, dtype: torch.dtype = torch.float32) -> torch.Tensor:
    return torch.rand(*shape, dtype=dtype, generator=torch.Generator().manual_seed(0))


def heard(spectrum: torch.Tensor, *, n_fft: int = 2048, hop_length: int | None = None) -> torch.Tensor:
    """A sound with these magnitudes and a random phase in each bin."""
    angle = 2 * math.pi * noise(*spectrum.shape, dtype=spectrum.dtype)
    window = torch.hann_window(n_fft, dtype=spectrum.dtype)
    hop = hop_length or n_fft // 4
    return torch.istft(torch.polar(spectrum, angle).flatten(0, -3), n_fft, hop, window=window)


def db(sound: torch.Tensor) -> float:
    return 10 * math.log10(float(sound.double().square().mean()))


def loudest_hz(sound: torch.Tensor, sample_rate: int) -> float:
    spectrum = torch.fft.rfft(sound.double().flatten()).abs()
    # a tone of random phases is a narrow band of noise: its middle, not its highest line
    return (
        float((spectrum**2 @ torch.arange(len(spectrum), dtype=torch.float64)) / (spectrum**2).sum())
        * sample_rate
        / sound.numel()
    )


# --- where and when ------------------------------------------------------------------------------


@AXES
@pytest.mark.parametrize("row", [0, 7, 50, 88, 99])
@pytest.mark.parametrize("low, high, sample_rate, n_fft", [(500, 3500, 8000, 2048), (1000, 8000, 44100, 4097), (400, 20000, 96000, 16384)])  # fmt: skip
def test_a_bright_row_is_heard_at_its_frequency(low, high, sample_rate, n_fft, row, axis):
    x = torch.zeros(1, 100, 30)
    x[:, row] = 1
    options = {"low": low, "high": high, "sample_rate": sample_rate, "n_fft": n_fft, "axis": axis}
    spectrum = picture_spectrum(x, range_db=120, **options)
    share = row / 99
    hz = high - share * (high - low) if axis == "linear" else high * (low / high) ** share
    step = (high - low) / 99 if axis == "linear" else hz * ((high / low) ** (1 / 99) - 1)
    off = 0.5 * max(step, sample_rate / n_fft) + sample_rate / n_fft
    peak = spectrum[0].sum(dim=-1).argmax().item() * sample_rate / n_fft
    assert abs(peak - hz) <= off
    found = loudest_hz(heard(spectrum, n_fft=n_fft), sample_rate)
    assert abs(found - hz) <= off


@AXES
def test_every_row_and_every_column_is_heard(axis):
    """However many rows fall on one bin, and columns on one frame."""
    for place in range(0, 1000, 37):
        row, column = torch.zeros(2, 1, 1000, 1000)
        row[:, place], column[:, :, place] = 1, 1
        for x in (row, column):
            assert picture_spectrum(
                x, axis=axis, low=50, high=4000, n_fft=1024, seconds=1, sample_rate=16000
            ).any()


@pytest.mark.parametrize("width", [1, 2, 10, 100])
def test_a_column_is_heard_for_its_share_of_the_time(width):
    seconds, rate, hop = 2.0, 16000, 64
    for column in {0, width // 2, width - 1}:
        x = torch.zeros(1, 20, width)
        x[:, :, column] = 1
        energy = (
            picture_spectrum(x, seconds=seconds, sample_rate=rate, hop_length=hop, n_fft=256, high=7000)[0]
            .square()
            .sum(dim=0)
        )
        time = torch.arange(len(energy)) * hop / rate / seconds * width
        assert (energy[(time - column - 0.5).abs() < 0.45] > 0).all()
        if width > 1:
            assert not energy[(time - column - 0.5).abs() > 1.01].any()
            assert energy[(time >= column) & (time <= column + 1)].sum() >= 0.99 * energy.sum()


@AXES
def test_only_the_band_is_heard(axis):
    spectrum = picture_spectrum(torch.ones(3, 40, 40), axis=axis, low=1000, high=2000)
    hz = torch.arange(1025) * 44100 / 2048
    inside = (hz >= 1000) & (hz <= 2000)
    assert (spectrum[0, inside] > 0).all() and not spectrum[0, ~inside].any()


@pytest.mark.parametrize("n_fft, hop", [(256, None), (511, 100), (2048, 1024)])
@pytest.mark.parametrize("sample_rate", [8000, 44100, 96000])
@pytest.mark.parametrize("seconds", [0.5, 2.5])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(1, 9, 7), (3, 7, 9), (2, 3, 5, 5), (1, 1, 1)])
def test_the_shape_is_known_beforehand_and_the_type_is_kept(shape, dtype, seconds, sample_rate, n_fft, hop):
    options = {
        "seconds": seconds,
        "sample_rate": sample_rate,
        "n_fft": n_fft,
        "hop_length": hop,
        "high": 3000.0,
    }
    spectrum = picture_spectrum(noise(*shape, dtype=dtype), **options)
    frames = 1 + int(seconds * sample_rate) // (hop or n_fft // 4)
    assert spectrum.shape == (*shape[:-3], 1, n_fft // 2 + 1, frames) and spectrum.dtype == dtype
    registered = OPS["picture_spectrum"]
    given = {name: option.default for name, option in registered.options.items()} | options
    assert registered.shape(shape, **given) == spectrum.shape and registered.makes == "spectrogram"
    working, adds = registered.price(shape, tuple(spectrum.shape), **given)
    assert working >= 4 * spectrum.numel() and adds > 0
    if len(shape) == 4:
        torch.testing.assert_close(picture_spectrum(noise(*shape, dtype=dtype)[1], **options), spectrum[1])


def test_colour_is_heard_as_grey():
    x = noise(3, 20, 20)
    grey = (0.299 * x[0] + 0.587 * x[1] + 0.114 * x[2])[None]
    torch.testing.assert_close(picture_spectrum(x), picture_spectrum(grey))


def test_blocks_do_not_show(monkeypatch):
    x = noise(1, 40, 50, dtype=torch.float64)
    whole = picture_spectrum(x)
    monkeypatch.setattr(picture_sound, "BLOCK", 200)
    torch.testing.assert_close(picture_spectrum(x), whole, rtol=1e-12, atol=0)


# --- how loud ------------------------------------------------------------------------------------

PICTURES = {
    "noise": noise(1, 60, 80),
    "white": torch.ones(1, 30, 30),
    "slope": torch.linspace(0, 1, 50).expand(1, 40, 50),
    "half black": torch.cat([torch.zeros(1, 40, 30), noise(1, 40, 30)], dim=-1),
}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("options", [{}, {"axis": "log"}, {"n_fft": 1024, "hop_length": 512}, {"n_fft": 2047, "sample_rate": 22050},
                                     {"level_db": -3.0}, {"level_db": -60.0, "range_db": 20.0}], ids=str)  # fmt: skip
def test_the_sound_is_as_loud_as_is_said(name, options):
    spectrum = picture_spectrum(PICTURES[name], seconds=2.0, **options)
    n_fft = options.get("n_fft", 2048)
    hop = options.get("hop_length", n_fft // 4)
    level = options.get("level_db", -28.0)
    assert abs(db(griffin_lim(spectrum, iterations=8, n_fft=n_fft, hop_length=hop)) - level) < 1
    squared = torch.hann_window(n_fft).square()
    covered = torch.nn.functional.pad(squared, (0, -n_fft % hop)).reshape(-1, hop).sum(dim=0)
    softer = 10 * math.log10(float((1 / covered).mean() * squared.sum()) / n_fft)
    assert abs(db(heard(spectrum, n_fft=n_fft, hop_length=hop)) - (level + softer)) < 1
    if hop == n_fft // 4:
        assert softer == pytest.approx(-6, abs=0.1)


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("n_fft", [1024, 1025])
def test_magnitudes_of_a_real_sound_state_its_rms_by_parseval(name, n_fft):
    """Of a spectrogram that belongs to a sound there is nothing to estimate."""
    sound = heard(picture_spectrum(PICTURES[name], n_fft=n_fft), n_fft=n_fft).double()
    window = torch.hann_window(n_fft, dtype=torch.float64)
    magnitude = torch.stft(sound, n_fft, n_fft // 4, window=window, return_complex=True).abs()
    assert 20 * math.log10(float(picture_sound._rms(magnitude[None], n_fft))) == pytest.approx(
        db(sound), abs=0.1
    )


@pytest.mark.parametrize("range_db", [10.0, 60.0, 120.0])
def test_brightness_is_loudness_in_decibels(range_db):
    x = torch.tensor([[1.0], [0.75], [0.5], [0.0]], dtype=torch.float64).repeat_interleave(50, dim=0)[None]
    spectrum = picture_spectrum(x, low=100, high=20000, range_db=range_db)[0, :, 5]
    at = [spectrum[round(hz * 2048 / 44100)] for hz in (17600, 12500, 7500, 2500)]
    assert at[3] == 0, "black is silence"
    for value, found in zip((1.0, 0.75, 0.5), at, strict=False):
        assert 20 * math.log10(float(found / at[0])) == pytest.approx(range_db * (value - 1), abs=1e-6)


@pytest.mark.parametrize(
    "x", [torch.zeros(3, 5, 5), torch.full((1, 5, 5), -2.0)], ids=["black", "below black"]
)
def test_black_is_silence(x):
    spectrum = picture_spectrum(x)
    assert spectrum.shape == (1, 1025, 345) and not spectrum.any()


def test_brighter_than_white_is_not_clipped_and_overflows_nothing():
    x = noise(1, 20, 20)
    assert picture_spectrum(100 * x).isfinite().all()
    torch.testing.assert_close(
        picture_spectrum(10 * x, range_db=10), picture_spectrum(x, range_db=100), rtol=1e-3, atol=1e-6
    )


# --- what has no meaning -------------------------------------------------------------------------

X = torch.ones(1, 4, 4)
REFUSED = {
    "above Nyquist": (lambda: picture_spectrum(X, sample_rate=8000),
        "high=8000 Hz is above 4000 Hz, half the sample rate, where frequencies end; use at most that"),
    "upside down": (lambda: picture_spectrum(X, low=900.0, high=900.0),
        "the picture would lie between low=900 Hz and high=900 Hz; low must be above 0 and below high"),
    "from 0 Hz": (lambda: picture_spectrum(X, low=0.0),
        "the picture would lie between low=0 Hz and high=8000 Hz; low must be above 0 and below high"),
    "between bins": (lambda: picture_spectrum(X, low=100, high=150, n_fft=256),
        "no bin lies between low=100 Hz and high=150 Hz: with n_fft=256 they are 172 Hz apart; use a wider band or a"
        " larger n_fft"),
    "too short": (lambda: picture_spectrum(X, seconds=0.5, n_fft=16384, sample_rate=8000, high=3000),
        "the sound would have 4000 samples and a window has 16384; use seconds=2.1 or more, or a smaller n_fft"),
    "hop": (lambda: picture_spectrum(X, hop_length=4096),
        "hop_length=4096 leaves 2048 of every 4096 samples outside every window of 2048; no inverse can know them: use a"
        " hop_length of at most "),
    "channels": (lambda: picture_spectrum(torch.ones(2, 4, 4)), "grey needs 1 or 3 channels; this has 2"),
    "row": (lambda: row_wave(X, row=4), "row 4 does not exist; this has 4, counted from 0"),
    "time": (lambda: row_wave(X, row=0, seconds=0.0), "0 s at 44100 samples a second hold no sample; use a longer time"),
}  # fmt: skip


@pytest.mark.parametrize("call, sentence", REFUSED.values(), ids=REFUSED)
def test_what_has_no_meaning_is_refused_in_words(call, sentence):
    with pytest.raises(GeometryError) as caught:
        call()
    assert str(caught.value).startswith(sentence)


# --- one row -------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(1, 3, 50), (3, 3, 441), (2, 3, 3, 7), (1, 3, 1), (3, 3, 9000)])
@pytest.mark.parametrize("seconds, rate", [(0.1, 44100), (1.0, 8000)])
def test_a_row_repeats_with_its_width_and_has_no_mean(shape, dtype, seconds, rate):
    x = noise(*shape, dtype=dtype)
    wave = row_wave(x, row=1, seconds=seconds, sample_rate=rate)
    width = shape[-1]
    assert wave.shape == (*shape[:-3], 1, round(seconds * rate)) and wave.dtype == dtype
    assert torch.equal(wave[..., width:], wave[..., :-width] if width < wave.shape[-1] else wave[..., :0])
    mean = x[..., 1, :].mean(dim=-2, keepdim=True)
    expected = (mean - mean.mean(dim=-1, keepdim=True))[..., : wave.shape[-1]]
    torch.testing.assert_close(wave[..., :width], expected)


@pytest.mark.parametrize("width, rate", [(100, 44100), (63, 8000)])
def test_the_pitch_of_a_row_is_the_rate_over_its_width(width, rate):
    wave = row_wave(torch.linspace(0, 1, width).expand(1, 2, width), row=0, seconds=2, sample_rate=rate)
    spectrum = torch.fft.rfft(wave[0].double() * torch.hann_window(wave.shape[-1], dtype=torch.float64)).abs()
    assert spectrum.argmax().item() / 2 == pytest.approx(rate / width, abs=0.5)
