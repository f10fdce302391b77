"""The sample pictures load, are what they say, and their origin is written down."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from playground.errors import MediaError
from playground.media.samples import ASSETS, PICTURES, picture

NOISE_BEGINS = torch.tensor([0.6250954270, 0.8972137571, 0.7756856680], dtype=torch.float64)
COMPUTED = {
    "impulse": (65, 65),
    "step": (128, 128),
    "checkerboard": (128, 128),
    "zone-plate": (256, 256),
    "flat": (64, 64),
    "gradient": (64, 129),
    "noise": (128, 128),
    "counting": (8, 8),
}


def test_there_are_at_least_twelve_and_the_cat_is_first():
    assert len(PICTURES) >= 12
    assert list(PICTURES)[:4] == ["cat", "bricks", "cup", "page"]


@pytest.mark.parametrize("name", PICTURES)
def test_a_sample_loads(name):
    loaded, sample = picture(name), PICTURES[name]
    assert re.fullmatch(r"[a-z0-9-]+", name) and sample.name == name and sample.label and sample.credit
    assert loaded.values.dtype == torch.float32 and loaded.values.shape[0] in (1, 3)
    assert 0 <= loaded.values.min() and loaded.values.max() <= 1
    assert loaded.alpha is None and loaded.notices == () and loaded.original_size == loaded.size
    assert max(loaded.size) <= 640
    assert picture(name).digest == loaded.digest and len(loaded.digest) == 16


def test_no_two_samples_are_the_same():
    assert len({picture(name).digest for name in PICTURES}) == len(PICTURES)


@pytest.mark.parametrize("name, shape", COMPUTED.items())
def test_a_computed_sample_has_its_size(name, shape):
    assert picture(name).values.shape == (1, *shape)


def test_the_cat_is_the_one_from_scikit_image():
    data = pytest.importorskip("skimage.data")
    assert np.array_equal(picture("cat").values.numpy(), data.chelsea().transpose(2, 0, 1) / np.float32(255))


def test_computed_samples_have_the_values_they_name():
    assert picture("impulse").values.sum() == 1 and picture("impulse").values[0, 32, 32] == 1
    assert picture("flat").values.unique().tolist() == [0.5]
    assert picture("step").values[0, 0].tolist() == [0] * 64 + [1] * 64
    assert picture("checkerboard").values[0, ::16, ::16].tolist()[0] == [0, 1] * 4
    assert picture("gradient").values[0, 0].diff().unique().tolist() == [1 / 128]
    assert np.array_equal(picture("counting").values.numpy().ravel(), np.float32(np.arange(64) / 63))


def test_noise_is_seeded_and_uniform():
    values = picture("noise").values.double()
    assert torch.allclose(values[0, 0, :3], NOISE_BEGINS, atol=1e-9)
    assert abs(values.mean() - 0.5) < 0.01 and abs(values.var() - 1 / 12) < 0.002


def test_the_zone_plate_aliases_at_stride_two():
    """Every second sample of the rings shows other rings at the sides: as bright a turn as in the middle."""
    row = picture("zone-plate").values[0, 128].double()
    assert (
        row[128] == 1 and row[:8].diff().abs().min() > 0.85
    )  # at the side nearly black, white, black, white
    assert row[0:8:2].diff().abs().max() < 0.1  # and every second sample of it hardly changes


def test_every_file_is_in_the_sources_and_every_source_is_a_file():
    files = {str(p.relative_to(ASSETS)) for p in ASSETS.rglob("*") if p.is_file()} - {"SOURCES.md"}
    table = re.findall(r"^\| ([^ |]+\.[a-z0-9]+) \|", (ASSETS / "SOURCES.md").read_text(), re.MULTILINE)
    assert len(table) == len(set(table)) and files == set(table)


def test_the_pictures_are_small():
    assert sum(p.stat().st_size for p in Path(ASSETS, "pictures").iterdir()) < 3 * 2**20
    assert sum(p.stat().st_size for p in ASSETS.rglob("*") if p.is_file()) < 10 * 2**20


@pytest.mark.parametrize("name", ["dog", "", "../cat", "{x}"])
def test_an_unknown_sample_is_refused_in_words(name):
    with pytest.raises(MediaError) as caught:
        picture(name)
    assert str(caught.value).startswith(
        f"no sample picture is called {name!r}; choose one of: astronaut, bricks,"
    )
