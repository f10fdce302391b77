"""Does a spectrogram show what was measured?  Rows, levels, colours, axes, and what the page is given of them."""

from __future__ import annotations

import itertools
import json
import math

import cv2
import librosa
import numpy as np
import pytest

from playground.errors import GeometryError
from playground.ops.bands import note_name
from playground.view import spectrogram
from playground.view.axes import AXES, back, hz_text, onto, seconds_text, ticks_db, ticks_hz, ticks_time
from playground.view.colours import NEGATIVE, PAPER, POSITIVE, rgb
from playground.view.scene import FINEST_SHARE, Panel, Player, Region, Scene, pack, unpack

RATE = 44_100
THEMES = ("light", "dark")
RNG = np.random.default_rng(5)
LAYOUTS = [
    (axis, n_fft, rows)
    for axis in ("linear", "log")
    for n_fft in (64, 2048, 16384)
    for rows in (1, 7, 120, 420)
]
PARTS = [(None, None), (100.0, 1000.0), (990.0, 1010.0), (5000.0, 22_050.0)]


# --- rows ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("low, high", PARTS)
@pytest.mark.parametrize("axis, n_fft, rows", LAYOUTS)
def test_a_tone_is_never_hidden(axis, n_fft, rows, low, high):
    n_bins = n_fft // 2 + 1
    found = spectrogram.rows_of(
        axis, n_bins=n_bins, n_fft=n_fft, sample_rate=RATE, rows=rows, low=low, high=high
    )
    hz = np.arange(n_bins) * RATE / n_fft
    shown = np.zeros(n_bins, bool)
    for start, stop in zip(found.starts, found.stops, strict=True):
        assert 0 <= start < stop <= n_bins
        shown[start:stop] = True
    assert shown[(hz >= found.low) & (hz <= found.high)].all()
    assert len(found.starts) == len(found.stops) == len(found.hz) == rows


@pytest.mark.parametrize("axis, n_fft, rows", LAYOUTS)
def test_a_row_shows_the_largest_of_its_bins(axis, n_fft, rows):
    n_bins = n_fft // 2 + 1
    found = spectrogram.rows_of(axis, n_bins=n_bins, n_fft=n_fft, sample_rate=RATE, rows=rows)
    magnitude = RNG.random((n_bins, 3)).astype(np.float32)
    expected = [magnitude[a:b].max(axis=0) for a, b in zip(found.starts, found.stops, strict=True)]
    assert np.array_equal(found.largest(magnitude), expected)


@pytest.mark.parametrize("axis", ["linear", "log"])
@pytest.mark.parametrize("low, high", [(200.0, 400.0), (1000.0, 1010.0)])
def test_rows_denser_than_bins_show_the_nearest_bin_and_say_its_frequency(axis, low, high):
    found = spectrogram.rows_of(axis, n_fft=2048, sample_rate=RATE, rows=300, low=low, high=high)
    ends = onto(axis, np.array([low, high]))
    centre = back(axis, ends[0] + (np.arange(300) + 0.5) / 300 * (ends[1] - ends[0]))
    step = RATE / 2048
    single = found.stops - found.starts == 1
    assert single.all()
    assert np.abs(found.starts - centre / step).max() <= 0.5 + (centre[1] - centre[0]) / step
    assert np.allclose(found.hz, found.starts * step)


@pytest.mark.parametrize("axis, n_fft, rows", LAYOUTS)
def test_the_hz_of_a_row_are_the_middle_of_its_bins_and_never_fall(axis, n_fft, rows):
    found = spectrogram.rows_of(axis, n_bins=n_fft // 2 + 1, n_fft=n_fft, sample_rate=RATE, rows=rows)
    assert np.allclose(found.hz, (found.starts + found.stops - 1) / 2 * RATE / n_fft)
    assert (np.diff(found.hz) >= 0).all()


@pytest.mark.parametrize("n_mels, fmin, fmax", [(128, 0.0, None), (40, 50.0, 8000.0), (1, 100.0, 200.0)])
def test_mel_rows_are_librosas_bands(n_mels, fmin, fmax):
    found = spectrogram.rows_of("mel", sample_rate=RATE, n_mels=n_mels, fmin=fmin, fmax=fmax)
    expected = librosa.mel_frequencies(n_mels + 2, fmin=fmin, fmax=fmax or RATE / 2)
    assert np.allclose(found.hz, expected[1:-1])
    assert found.starts.tolist() == list(range(n_mels)) and (found.stops == found.starts + 1).all()
    assert expected[0] < found.low < found.hz[0] and found.hz[-1] < found.high < expected[-1]


def test_more_mel_bands_than_rows_are_all_shown():
    found = spectrogram.rows_of("mel", sample_rate=RATE, n_mels=1000, rows=420)
    assert found.starts[0] == 0 and found.stops[-1] == 1000 and len(found.starts) == 420
    assert np.array_equal(found.starts[1:], found.stops[:-1])


def test_a_part_of_the_mel_axis_holds_whole_bands():
    every = spectrogram.rows_of("mel", sample_rate=RATE)
    part = spectrogram.rows_of("mel", sample_rate=RATE, low=500.0, high=2000.0)
    assert part.low <= 500 and part.high >= 2000
    assert set(part.starts) == {i for i, hz in enumerate(every.hz) if part.low < hz < part.high}


@pytest.mark.parametrize("axis", AXES)
def test_neighbouring_parts_share_no_gap(axis):
    """What is shown of [a, b] and of [b, c] together is what is shown of [a, c]."""
    ends = [
        spectrogram.rows_of(axis, rows=50, low=a, high=b) for a, b in itertools.pairwise((100, 1000, 5000))
    ]
    whole = spectrogram.rows_of(axis, rows=50, low=100, high=5000)
    assert ends[0].starts[0] == whole.starts[0] and ends[1].stops[-1] == whole.stops[-1]
    assert ends[1].starts[0] <= ends[0].stops[-1]


@pytest.mark.parametrize("options", [
    dict(axis="bark"), dict(axis="log", low=0.0), dict(axis="linear", low=50.0, high=50.0), dict(axis="mel", fmin=900.0, fmax=90.0),
    dict(axis="linear", low=-1.0), dict(axis="linear", low=math.nan),
])  # fmt: skip
def test_an_axis_that_cannot_be_is_refused_in_words(options):
    with pytest.raises(GeometryError):
        spectrogram.rows_of(**options)


# --- levels and colours --------------------------------------------------------------------------


def test_levels_are_twenty_log_ten_of_the_share_of_the_reference():
    magnitude = RNG.random((30, 20)).astype(np.float32)
    expected = 20 * np.log10(magnitude.astype(np.float64) / 512)
    found = spectrogram.levels(magnitude, reference=512, floor_db=-200)
    assert found.dtype == np.float32 and np.abs(found - expected).max() < 2e-5


@pytest.mark.parametrize("floor", [-120.0, -80.0, 0.0])
def test_silence_is_the_floor_and_nothing_is_infinite(floor):
    found = spectrogram.levels(np.array([0.0, 1e-38, 1e-9, 1e30]), reference=1.0, floor_db=floor)
    assert np.isfinite(found).all() and found.min() == np.float32(floor) == found[0]


def test_a_difference_of_silences_is_none_and_of_unlike_grids_refused():
    silent = np.full((2, 3), -80.0, np.float32)
    assert not spectrogram.difference(silent, silent).any()
    assert (spectrogram.difference(silent + 6, silent) == 6).all()
    with pytest.raises(GeometryError):
        spectrogram.difference(silent, silent[:1])


@pytest.mark.parametrize("name, ends", [
    ("viridis", [(68, 1, 84), (253, 231, 37)]), ("magma", [(0, 0, 4), (252, 253, 191)]), ("grey", [(0, 0, 0), (255, 255, 255)]),
])  # fmt: skip
def test_a_map_grows_lighter_from_end_to_end(name, ends):
    table = spectrogram.lut(name)
    assert table.shape == (256, 3) and table.dtype == np.uint8
    assert np.abs(table[[0, 255]].astype(int) - ends).max() <= 2  # the ends that the maps' authors published
    light = cv2.cvtColor(table[None].astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0, :, 0]
    assert (np.diff(light) > -0.5).all()


@pytest.mark.parametrize("theme", THEMES)
def test_no_difference_is_the_paper_and_the_ends_are_the_signs(theme):
    table = spectrogram.lut("signed", theme=theme).astype(int)
    assert tuple(table[127]) == tuple(table[128]) == rgb(PAPER[theme])
    assert tuple(table[0]) == rgb(NEGATIVE[theme]) and tuple(table[255]) == rgb(POSITIVE[theme])
    for half, end in ((table[128:], POSITIVE), (table[127::-1], NEGATIVE)):
        line = np.linspace(rgb(PAPER[theme]), rgb(end[theme]), 128)
        assert np.abs(half - line).max() <= 0.5 + 1e-9
    shown = spectrogram.colours(
        np.zeros(1, np.int16), range_db=(-40, 40), table=spectrogram.lut("signed", theme=theme)
    )
    assert tuple(shown[0]) == rgb(PAPER[theme])


def test_an_unknown_map_is_refused_with_the_names_of_those_there_are():
    with pytest.raises(GeometryError, match="viridis, magma, grey"):
        spectrogram.lut("jet")


# --- axes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("axis", AXES)
def test_a_place_on_an_axis_leads_back(axis):
    hz = np.geomspace(20, 20_000, 50)
    assert np.allclose(back(axis, onto(axis, hz)), hz)
    if axis == "mel":
        assert np.allclose(onto(axis, hz), librosa.hz_to_mel(hz))


def read(text: str) -> float:
    """The number that a tick says."""
    text = text.replace("−", "-")
    return 1000 * float(text[:-1]) if text.endswith("k") else float(text)


@pytest.mark.parametrize("low, high", [(20, 22_050), (50, 400), (1000, 1100), (8000, 16_000), (30, 60)])
@pytest.mark.parametrize("axis", AXES)
def test_a_tick_stands_where_its_frequency_lies(axis, low, high):
    ticks = ticks_hz(axis, low, high)
    bottom, top = onto(axis, np.array([low, high], float))
    for at, text in ticks:
        assert 0 <= at <= 1 + 1e-6
        assert at == pytest.approx(
            (float(onto(axis, np.array(read(text)))) - bottom) / (top - bottom), abs=1e-6
        )
    assert 3 <= len(ticks) <= 12 and len({text for _, text in ticks}) == len(ticks)


@pytest.mark.parametrize(
    "start, end", [(0, 1), (0, 3.67), (1.23, 1.29), (-0.25, 4), (0, 0.05), (100, 700), (59.9, 60.1)]
)
def test_a_tick_stands_where_its_second_lies(start, end):
    ticks = ticks_time(start, end)
    for at, text in ticks:
        assert at == pytest.approx((read(text) - start) / (end - start), abs=1e-6) and -1e-9 <= at <= 1 + 1e-9
    assert 3 <= len(ticks) <= 8 and len({text for _, text in ticks}) == len(ticks)
    steps = np.diff([read(text) for _, text in ticks])
    assert np.allclose(steps, steps[0])


@pytest.mark.parametrize("axis", AXES)
def test_ticks_go_on_beyond_the_view_at_the_same_places(axis):
    inside, more = ticks_hz(axis, 200, 4000), ticks_hz(axis, 200, 4000, beyond=1)
    assert set(inside) <= set(more) and min(more)[0] < 0 and max(more)[0] > 1
    assert set(ticks_time(2, 3)) < set(ticks_time(2, 3, beyond=1))


def test_texts_to_read_off():
    assert [text for _, text in ticks_db(-100, 0)] == ["−100", "−80", "−60", "−40", "−20", "0"]
    assert [hz_text(hz) for hz in (0, 21.53, 999.94, 999.96, 22_050)] == [
        "0.0",
        "21.5",
        "999.9",
        "1000",
        "22050",
    ]
    assert [seconds_text(value, 2) for value in (0, -0.001, -0.25, 1.005)] == [
        "0.00",
        "0.00",
        "−0.25",
        "1.00",
    ]


# --- the scene -----------------------------------------------------------------------------------

SCENE = Scene(-0.5, 3.5, 100.0, 10_000.0, axis="log", name="a sound")
EVERYTHING = Region(-0.5, 3.5, 100.0, 10_000.0)
HALF = {"t0": 0.5, "t1": 1, "f0": 0, "f1": 0.5, "scene": "a sound", "seq": 3}


@pytest.mark.parametrize("axis", AXES)
def test_a_region_that_is_reported_is_the_one_that_is_shown(axis):
    scene = Scene(0.0, 2.0, 50.0, 8000.0, axis=axis, name="x")
    region = scene.region({"t0": 0.1, "t1": 0.7, "f0": 0.2, "f1": 0.9, "scene": "x"})
    assert scene.fractions(region) == pytest.approx((0.1, 0.7, 0.2, 0.9))
    assert scene.fractions(scene.window(None)) == pytest.approx((0, 1, 0, 1))


def test_half_of_a_log_axis_is_half_of_its_octaves():
    assert SCENE.region(HALF) == Region(1.5, 3.5, 100.0, pytest.approx(1000.0))
    assert SCENE.window(HALF) == SCENE.region(HALF)
    assert SCENE.region(HALF | {"t1": 1 + 2**-52}) == SCENE.region(HALF)  # a browser's rounding


WRONG = {
    "nothing": None, "a text": "t0", "another scene": HALF | {"scene": "b"}, "backwards": HALF | {"t0": 1, "t1": 0.5},
    "a part missing": {"t0": 0.5, "scene": "a sound"}, "beyond": HALF | {"t1": 1.5}, "a text inside": HALF | {"f0": "0"},
    "not a number": HALF | {"t0": math.nan}, "a bool": HALF | {"f0": False}, "empty": HALF | {"f1": 0}, "null": HALF | {"t0": None},
}  # fmt: skip


@pytest.mark.parametrize("said", WRONG.values(), ids=WRONG)
def test_what_a_browser_says_without_meaning_is_nothing(said):
    assert SCENE.region(said) is None
    assert SCENE.window(said) == EVERYTHING


def test_a_view_finer_than_the_finest_is_everything():
    assert SCENE.window(HALF | {"f1": FINEST_SHARE}) != EVERYTHING
    assert SCENE.window(HALF | {"f1": FINEST_SHARE / 2}) == EVERYTHING
    assert SCENE.window(HALF | {"t1": 0.5001}) == EVERYTHING


# --- the payload ---------------------------------------------------------------------------------


def panel(**options) -> Panel:
    levels = RNG.uniform(-80, 0, (5, 8)).astype(np.float32)
    wave = (np.array([-0.5, -1, 0]), np.array([0.5, 1, 0]))
    hz, seconds = np.array([110.0, 220, 440, 880, 1760]), (np.arange(8) + 0.5) / 2 - 0.5
    return Panel(
        **(dict(title="Input", levels=levels, hz=hz, seconds=seconds, extent=EVERYTHING, wave=wave) | options)
    )


def packed(panels, **options) -> bytes:
    settings = dict(
        scene=SCENE, window=EVERYTHING, range_db=(-80, 0), table=spectrogram.lut("viridis"), theme="light"
    )
    return pack(panels, **(settings | options))


def test_levels_arrive_to_a_hundredth_of_a_decibel():
    panels = [panel(), panel(title="Output")]
    header, found = unpack(packed(panels))
    for sent, arrived, texts in zip(panels, found, header["panels"], strict=True):
        assert np.array_equal(arrived, np.round(sent.levels * np.float32(100)).astype(np.int16))
        assert texts["hz"] == ["110.0", "220.0", "440.0", "880.0", "1760"]
        assert texts["notes"] == [note_name(hz) for hz in sent.hz]
        assert texts["seconds"] == ["−0.25", "0.25", "0.75", "1.25", "1.75", "2.25", "2.75", "3.25"]
    assert [texts["title"] for texts in header["panels"]] == ["Input", "Output"]
    assert header["range"] == [-8000, 0] and header["scene"] == "a sound" and header["view"] == [0, 1, 0, 1]


@pytest.mark.parametrize("apart, second", [(0.5, "1.50"), (0.01, "1.01"), (0.004, "1.004"), (0.0003, "1.0003"), (1e-9, "1.00000")])
def test_columns_are_told_in_as_many_decimals_as_tell_them_apart(apart, second):
    """Each panel in its own: the output may have another rate."""
    header, _ = unpack(packed([panel(), panel(seconds=1 + apart * np.arange(8))]))
    assert header["panels"][0]["seconds"][1] == "0.25" and header["panels"][1]["seconds"][1] == second


def test_a_single_column_is_told_in_hundredths():
    header, _ = unpack(packed([panel(levels=np.zeros((5, 1), np.float32), seconds=np.array([0.125]))]))
    assert header["panels"][0]["seconds"] == ["0.12"]


def test_levels_beyond_what_can_be_sent_arrive_as_its_ends():
    _, (found,) = unpack(
        packed(
            [
                panel(
                    levels=np.array([[-400.0, 400.0], [400.0, -400.0], [0.0, 400.0]], np.float32),
                    hz=np.array([50.0, 60.0, 70.0]),
                    seconds=np.array([0.0, 1]),
                )
            ]
        )
    )
    assert found.tolist() == [[-32768, 32767], [32767, -32768], [0, 32767]]


def test_a_payload_is_named_by_all_that_it_holds():
    one = panel()
    digests = [
        unpack(packed([one], **options))[0]["digest"]
        for options in ({}, {}, {"range_db": (-60, 0)}, {"table": spectrogram.lut("magma")}, {"window": SCENE.region(HALF)},
                        {"selection": EVERYTHING}, {"players": [Player()]})
    ]  # fmt: skip
    assert digests[0] == digests[1] and len(set(digests)) == len(digests) - 1


def test_places_in_the_header_are_fractions_of_the_scene():
    window = SCENE.region(HALF)
    header, _ = unpack(
        packed([panel()], window=window, selection=window, players=[Player(), Player(-0.5, 2.0)])
    )
    assert header["view"] == pytest.approx([0.5, 1, 0, 0.5]) == header["selection"]
    assert header["players"] == [[0.125, 0.25], [0.0, 0.5]]
    assert (0.875, "3.0") in [(round(at, 6), text) for at, text in header["ticks"]["time"]]
    assert (0.25, "500") not in header["ticks"]["hz"]
    places = {text: at for at, text in header["ticks"]["hz"]}
    assert places["1k"] == pytest.approx(0.5) and places["200"] == pytest.approx(math.log10(2) / 2)


def test_the_header_is_json_that_every_browser_reads():
    payload = packed([panel(title='"<b>é−', floor_db=-80.0)])
    size = int.from_bytes(payload[4:8], "little")
    header = json.loads(payload[8 : 8 + size].decode("ascii"))
    assert header["panels"][0]["title"] == '"<b>é−' and header["panels"][0]["floor"] == -8000


@pytest.mark.parametrize("count", [0, 3])
def test_one_or_two_panels_are_shown(count):
    with pytest.raises(GeometryError, match=f"{count} panels"):
        packed([panel()] * count)


def test_other_bytes_hold_no_spectrogram():
    with pytest.raises(GeometryError, match="RIFF"):
        unpack(b"RIFF" + bytes(40))
