"""Do bands gather what lies in them, do they say which gather nothing, and what is their way back?"""

from __future__ import annotations

import math

import pytest
import torch

from playground.errors import GeometryError
from playground.ops import bands, rows
from playground.ops.bands import (
    empty_filters,
    empty_filters_notice,
    linear_frequency,
    log_filters,
    log_frequency,
    mel,
    mel_filters,
    note_name,
)
from playground.ops.registry import OPS

pytestmark = pytest.mark.usefixtures("one_thread")
RATES = [8000.0, 16000.0, 44100.0, 192000.0, 16000 / 3]
SIZES = [255, 256, 2048, 2049]


def noise(*shape: int, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.rand(*shape, dtype=dtype, generator=torch.Generator().manual_seed(0))


# --- where rows stand ----------------------------------------------------------------------------


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize("n_fft", [2, 3, *SIZES])
def test_rows_stand_at_multiples_of_the_rate_over_n_fft(n_fft, sample_rate):
    hz = rows.bin_frequencies(sample_rate=sample_rate, n_fft=n_fft)
    assert hz.dtype == torch.float64 and hz[0] == 0
    assert torch.allclose(hz, torch.fft.rfftfreq(n_fft, 1 / sample_rate, dtype=torch.float64), rtol=1e-14)


@pytest.mark.parametrize("places", [[0.0, 1.5, 3.0], [2.25]])
def test_triangles_as_wide_as_the_grid_are_linear_interpolation(places):
    at, grid = torch.tensor(places, dtype=torch.float64), torch.arange(4, dtype=torch.float64)
    weights = rows.triangles(at, grid, below=at - 1, above=at + 1)
    assert torch.equal(weights.sum(dim=1), torch.ones(len(places), dtype=torch.float64))
    assert torch.allclose(weights @ grid, at)


def test_triangles_are_the_same_in_blocks(monkeypatch):
    at, grid = 5 * noise(30), torch.arange(7)
    whole = rows.triangles(at, grid, below=at - 2, above=at + 0.5)
    monkeypatch.setattr(rows, "BLOCK", 10)
    assert torch.equal(rows.triangles(at, grid, below=at - 2, above=at + 0.5), whole)


@pytest.mark.parametrize(
    "hz, name",
    [
        (440, "A4"), (440.5, "A4 +2 cents"), (261.6256, "C4"), (27.5, "A0"), (8.1758, "C−1"), (466.16, "A♯4"),
        (452, "A4 +47 cents"), (453.5, "A♯4 −48 cents"), (440 * 2 ** (1 / 1200), "A4 +1 cent"),
        (440 * 2 ** (-1 / 1200), "A4 −1 cent"), (22050, "F10 −23 cents"), (0, ""), (-1, ""), (math.inf, ""), (math.nan, ""),
    ],
)  # fmt: skip
def test_a_frequency_has_the_name_of_the_nearest_key(hz, name):
    assert note_name(hz) == name


@pytest.mark.parametrize("cents", range(-130, 131))
def test_a_name_says_the_frequency_within_half_a_cent(cents):
    note, _, rest = note_name(440 * 2 ** (cents / 1200)).partition(" ")
    keys = {"G♯4": -100, "A4": 0, "A♯4": 100}
    assert keys[note] + int(rest.split()[0].replace("−", "-") if rest else 0) == cents


# --- mel -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize("n_fft", SIZES)
@pytest.mark.parametrize(
    "n_mels, fmin, fmax", [(1, 0, None), (40, 0, None), (128, 50, 2000), (1024, 300, 2600)]
)
def test_mel_filters_are_triangles_of_area_one(n_mels, fmin, fmax, n_fft, sample_rate):
    filters = mel_filters(n_mels=n_mels, fmin=fmin, fmax=fmax, sample_rate=sample_rate, n_fft=n_fft)
    assert filters.shape == (n_mels, n_fft // 2 + 1) and filters.dtype == torch.float64
    assert filters.isfinite().all() and (filters >= 0).all()
    hz = rows.bin_frequencies(sample_rate=sample_rate, n_fft=n_fft)
    outside = (hz <= fmin) | (hz >= (fmax or sample_rate / 2))
    assert not filters[:, outside].any()
    wide = (filters > 0).sum(dim=1) >= 12  # a sum over few bins is no integral
    area = filters.sum(dim=1) * sample_rate / n_fft
    assert torch.allclose(area[wide], torch.ones(1, dtype=torch.float64), rtol=0.03)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("shape", [(129, 5), (1, 129, 5), (2, 129, 5), (3, 2, 129, 0), (0, 129, 5)])
@pytest.mark.parametrize("operation, bands", [(mel, 40), (log_frequency, 170)])
def test_leading_axes_and_the_type_pass_through(operation, bands, shape, dtype):
    options = {"n_mels": 40} if operation is mel else {"bins_per_octave": 24, "fmin": 31.25, "fmax": 4229.0}
    x = noise(*shape, dtype=dtype)
    y = operation(x, sample_rate=16000, **options)
    assert y.shape == (*shape[:-2], bands, shape[-1]) and y.dtype == dtype
    assert (
        OPS[operation.__name__].shape(shape, sample_rate=16000.0, n_fft=256, hop_length=64, **options)
        == y.shape
    )
    working, adds = OPS[operation.__name__].price(
        shape, tuple(y.shape), sample_rate=16000.0, n_fft=256, **options
    )
    assert working >= 4 * y.numel() and adds == y.numel() * 129
    x, y = (values if values.ndim > 2 else values[None] for values in (x, y))
    for channel, found in zip(x.flatten(0, -3), y.flatten(0, -3), strict=True):
        assert torch.allclose(operation(channel, sample_rate=16000, n_fft=256, **options), found)


def test_bands_of_odd_and_even_transforms_stand_at_the_same_frequencies():
    centres = []
    for n_fft in (4096, 4097):
        filters = mel_filters(n_mels=20, fmin=0, fmax=None, sample_rate=22050, n_fft=n_fft)
        hz = rows.bin_frequencies(sample_rate=22050, n_fft=n_fft)
        centres.append((filters * hz).sum(dim=1) / filters.sum(dim=1))
    assert torch.allclose(*centres, rtol=1e-3)


# --- bands that gather nothing -------------------------------------------------------------------


def test_full_filters_need_no_notice():
    options = {"fmin": 0, "fmax": None, "sample_rate": 44100, "n_fft": 2048}
    filters = mel_filters(n_mels=128, **options)
    assert empty_filters(filters) == [] and empty_filters_notice(filters, **options) is None


NARROW = [
    (44100, 512, 128, 0, None), (44100, 2048, 1024, 0, None), (192000, 2048, 128, 0, None), (8000, 256, 200, 0, None),
    (16000, 255, 100, 0, None), (44100, 1024, 512, 300, 8000), (22050, 65536, 1024, 0, 100), (8000, 16, 40, 0, None),
    (192000, 64, 256, 0, None), (16000 / 3, 129, 96, 20, None), (44100, 2048, 256, 900, 1100), (8000, 32768, 1024, 0, 30),
]  # fmt: skip


@pytest.mark.parametrize("sample_rate, n_fft, n_mels, fmin, fmax", NARROW)
def test_what_the_notice_proposes_fills_every_band(sample_rate, n_fft, n_mels, fmin, fmax):
    options = {"fmin": fmin, "fmax": fmax, "sample_rate": sample_rate, "n_fft": n_fft}
    filters = mel_filters(n_mels=n_mels, **options)
    empty = empty_filters(filters)
    assert empty == [row for row in range(n_mels) if not filters[row].any()] != []
    found = empty_filters_notice(filters, **options)
    assert str(found).startswith(f"{len(empty)} of {n_mels} bands (rows {empty[0]}")
    proposals = [pair.split("=") for pair in found.values.get("remedies", "").split(", ")]
    assert [name for name, _ in proposals] == sorted(
        (n for n, _ in proposals), key=("n_mels", "n_fft", "fmin").index
    )
    assert "n_mels" in dict(proposals)
    for name, value in proposals:
        changed = options | {"n_mels": n_mels} | {name: int(value)}
        assert empty_filters(mel_filters(**changed)) == [], (name, value)
    most = int(dict(proposals)["n_mels"])
    assert empty_filters(mel_filters(n_mels=most + 1, **options)) != []


def test_where_nothing_helps_the_notice_says_only_what_is():
    options = {"fmin": 0.1, "fmax": 0.2, "sample_rate": 44100, "n_fft": 65536}
    found = empty_filters_notice(mel_filters(n_mels=3, **options), **options)
    assert str(found) == "3 of 3 bands (rows 0–2, counted from 0) lie between two bins and stay 0"


@pytest.mark.parametrize(
    "numbers, text",
    [([0], "0"), ([0, 1, 2, 5], "0–2, 5"), ([1, 3, 5, 7, 9, 11], "1, 3, 5, 7, 9, …"), ([], "")],
)
def test_rows_are_listed_as_a_reader_writes_them(numbers, text):
    assert bands._ranges(numbers) == text


# --- octaves -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize("n_fft", SIZES)
@pytest.mark.parametrize(
    "bins_per_octave, fmin, fmax", [(1, 20, None), (24, 32.703, None), (96, 500, 2000), (12, 1.0, 2600)]
)
def test_every_row_of_octaves_is_an_average(bins_per_octave, fmin, fmax, n_fft, sample_rate):
    filters = log_filters(
        bins_per_octave=bins_per_octave, fmin=fmin, fmax=fmax, sample_rate=sample_rate, n_fft=n_fft
    )
    high = fmax or sample_rate / 2
    last = fmin * 2 ** ((len(filters) - 1) / bins_per_octave)
    assert last <= high * (1 + 1e-9) < last * 2 ** (1 / bins_per_octave) * (1 + 2e-9)
    assert (filters >= 0).all() and torch.allclose(
        filters.sum(dim=1), torch.ones(1, dtype=torch.float64), rtol=1e-12
    )


def test_rows_denser_than_bins_interpolate_linearly():
    filters = log_filters(bins_per_octave=96, fmin=100, fmax=400, sample_rate=8000, n_fft=256)
    centres = 100 * 2 ** (torch.arange(len(filters), dtype=torch.float64) / 96)
    hz = rows.bin_frequencies(sample_rate=8000, n_fft=256)
    assert ((filters > 0).sum(dim=1) <= 2).all()
    assert torch.allclose(filters @ hz, centres, rtol=1e-12)


def test_rows_sparser_than_bins_leave_no_bin_between_them_out():
    filters = log_filters(bins_per_octave=3, fmin=100, fmax=None, sample_rate=44100, n_fft=4096)
    hz = rows.bin_frequencies(sample_rate=44100, n_fft=4096)
    assert ((filters.sum(dim=0) > 0) | (hz < 100) | (hz > 21000)).all()
    assert ((filters > 0).sum(dim=1)[9:] > 2).all()


@pytest.mark.parametrize("semitones", [1, 5, 12])
def test_a_transposition_is_a_shift(semitones):
    hz = rows.bin_frequencies(sample_rate=44100, n_fft=8192)

    def found(centre: float) -> torch.Tensor:
        bump = torch.exp(-0.5 * ((hz.clamp(min=1) / centre).log2() * 12 / 2) ** 2)[:, None]
        return log_frequency(bump, bins_per_octave=12, fmin=100, fmax=12800)[:, 0]

    low, high = found(1000), found(1000 * 2 ** (semitones / 12))
    assert torch.allclose(high[semitones:], low[:-semitones], atol=0.01)


# --- and back ------------------------------------------------------------------------------------


def smooth(n: int) -> torch.Tensor:
    """Spectra without a zero that change slowly: flat, falling, a hump, and a hill with two tops."""
    f = torch.linspace(0, 1, n, dtype=torch.float64)
    hump = 0.2 + torch.exp(-(((f - 0.3) / 0.2) ** 2))
    return torch.stack(
        [torch.ones(n), 1 / (1 + 3 * f), hump, hump + 0.5 * torch.exp(-(((f - 0.7) / 0.1) ** 2))], dim=1
    )


@pytest.mark.parametrize("sample_rate", RATES)
@pytest.mark.parametrize("n_fft", [512, 2048, 2049])
@pytest.mark.parametrize("make", [
    lambda rate, n: mel_filters(n_mels=40, fmin=0, fmax=None, sample_rate=rate, n_fft=n),
    lambda rate, n: mel_filters(n_mels=128, fmin=0, fmax=None, sample_rate=rate, n_fft=n),
    lambda rate, n: log_filters(bins_per_octave=24, fmin=32.703, fmax=None, sample_rate=rate, n_fft=n),
    lambda rate, n: log_filters(bins_per_octave=3, fmin=200, fmax=2000, sample_rate=rate, n_fft=n),
], ids=["mel 40", "mel 128", "log 24", "log 3"])  # fmt: skip
def test_the_bands_of_the_way_back_are_the_bands(make, n_fft, sample_rate):
    filters = make(sample_rate, n_fft)
    wanted = filters @ smooth(n_fft // 2 + 1)
    back = linear_frequency(wanted, filters=filters)
    assert back.shape == (n_fft // 2 + 1, 4) and (back >= 0).all()
    assert torch.linalg.vector_norm(filters @ back - wanted) <= 1e-2 * torch.linalg.vector_norm(wanted)
    assert not back[(filters == 0).all(dim=0)].any(), "what no filter gathered stays silent"
    unclamped = torch.linalg.pinv(filters, rtol=1e-6) @ wanted
    if (unclamped >= 0).all():  # solvable without a negative value: then exactly
        assert torch.allclose(filters @ back, wanted, rtol=1e-7, atol=1e-9 * wanted.max())


@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (7, 7), (1, 4)])
@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.float64, 1e-10)])
def test_the_way_back_is_the_pseudo_inverse_without_its_negative_values(shape, dtype, tolerance):
    filters, x = noise(*shape), noise(2, shape[0], 3, dtype=dtype)
    found = linear_frequency(x, filters=filters)
    expected = (torch.linalg.pinv(filters) @ x.double()).clamp(min=0)
    assert found.dtype == dtype and torch.allclose(
        found.double(), expected, atol=tolerance * float(expected.max())
    )
    assert torch.equal(found, linear_frequency(x, filters=filters)), "the same each time"
    assert OPS["linear_frequency"].shape(tuple(x.shape), filters=filters, n_fft=2) == found.shape


def test_filters_of_equal_rows_and_of_zeros_have_a_way_back():
    filters = torch.tensor([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    back = linear_frequency(torch.tensor([[2.0], [2.0], [0.0]]), filters=filters)
    assert torch.allclose(back, torch.tensor([[1.0], [1.0], [0.0]]))


@pytest.mark.parametrize("n_mels, error", [(40, 0.25), (128, 0.2), (256, 0.15)])
def test_a_smooth_spectrum_comes_back_smooth_from_mel(n_mels, error):
    x = smooth(2049)
    options = {"sample_rate": 44100, "n_fft": 4096}
    filters = mel_filters(n_mels=n_mels, fmin=0, fmax=None, **options)
    back = linear_frequency(mel(x, n_mels=n_mels, **options), filters=filters)
    assert torch.linalg.vector_norm(back - x) <= error * torch.linalg.vector_norm(x)


# --- what has no meaning -------------------------------------------------------------------------

X = torch.ones(129, 2)
REFUSED = {
    "fmax above": (lambda: mel(X, fmax=5000, sample_rate=8000),
        "fmax=5000 Hz is above 4000 Hz, half the sample rate, where frequencies end; use at most that"),
    "fmin above fmax": (lambda: mel(X, fmin=900, fmax=800, sample_rate=8000),
        "the bands would go from fmin=900 Hz to 800 Hz; fmin must be at least 0 and below the upper end"),
    "fmin above all": (lambda: log_frequency(X, fmin=4000, sample_rate=8000),
        "the bands would go from fmin=4000 Hz to 4000 Hz; fmin must be at least 0 and below the upper end"),
    "no octave from 0": (lambda: log_frequency(X, fmin=0),
        "bins_per_octave=24 from fmin=0 Hz on has no rows; use at least 1, and an fmin above 0 Hz"),
    "no bands": (lambda: mel(X, n_mels=0), "n_mels=0 leaves nothing; use at least 1 band"),
    "other n_fft": (lambda: mel(X, n_fft=2048),
        "the spectrogram has 129 rows, and a transform with n_fft=2048 makes 1025; this step needs the rows of the transform"),
    "one row": (lambda: mel(X[:1]),
        "the spectrogram has 1 rows, and a transform with n_fft=0 makes 1; this step needs the rows of the transform"),
    "other filters": (lambda: linear_frequency(X, filters=torch.ones(3, 5)),
        "the spectrogram has 129 rows and there are 3 filters; give the filters that made its bands"),
    "no rate": (lambda: mel(X, sample_rate=0),
        "n_fft=256 at sample_rate=0 Hz has no frequencies; use at least 2, and a rate above 0"),
}  # fmt: skip


@pytest.mark.parametrize("call, sentence", REFUSED.values(), ids=REFUSED)
def test_what_has_no_meaning_is_refused_in_words(call, sentence):
    with pytest.raises(GeometryError) as caught:
        call()
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    "operation", [mel, log_frequency, lambda x: linear_frequency(x, filters=torch.ones(3, 3))]
)
def test_complex_values_are_refused_with_the_remedy(operation):
    with pytest.raises(TypeError, match=r"use x\.abs\(\)"):
        operation(torch.ones(3, 3, dtype=torch.complex64))
