"""Step by step: a picture, the size, the range and the time of every result, where steps stand in front."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass

import numpy as np
import pytest
from media.making import encode, levels
from PIL import Image as Pillow

from playground import engine
from playground.ops import KERNELS
from playground.recipe.text import from_text
from playground.ui import trail as row
from playground.ui.labels import STEP_WORDS
from playground.view import colours, trail
from playground.view.tables import number as written

from . import seeing
from .test_take_away import PAGES, medium_of, owner
from .visiting import calm, change, click, go, notes, number, sentence, visit

CASES = {
    "picture": ("image", "counting", "grey~gaussian.sigma_1~sobel-x.stride_2~box"),
    "operations": ("image", "counting", "offset.amount_-0.5~absolute~pool2d~sharpen"),
    "sound": ("audio", "impulse", "gain.factor_0.5~echo~moving-average.stride_1-2"),
    "spectrogram": ("spectrogram", "impulse", "stft.n-fft_256~box.size_1_9~sharpen~istft"),
    "Griffin-Lim": ("spectrogram", "impulse", "stft.n-fft_256~box~sharpen~griffin-lim.iterations_2"),
    "decibels": ("spectrogram", "impulse", "stft.n-fft_256~decibels~box~amplitude~sharpen~istft"),
    "picture, heard": (
        "spectrogram", "picture-counting",
        "picture-spectrum.n-fft_256.seconds_0.5~box~sharpen~griffin-lim.iterations_2",
    ),
}  # fmt: skip


@dataclass
class Seen:
    """One glimpse on a page."""

    alt: str
    pixels: np.ndarray


@pytest.fixture
def seen(monkeypatch) -> list[Seen]:
    """The glimpses that the page draws."""
    found, show = [], row.st.image

    def image(data, *given, alt="", **options):
        if alt.startswith("Step "):
            found.append(Seen(alt, np.asarray(Pillow.open(io.BytesIO(data)).convert("RGB"))))
        return show(data, *given, alt=alt, **options)

    monkeypatch.setattr(row.st, "image", image)
    return found


def headings(at) -> list[str]:
    return [each.value for each in at.subheader]


def alts(at) -> list[str]:
    return [each.proto.imgs[0].alt for each in at.get("image") if each.proto.imgs[0].alt.startswith("Step ")]


def records(at, kind: str, medium=None):
    """What the engine says of every step of the recipe in the address, and each step's smallest and largest value."""
    medium = medium or medium_of(at, kind)
    recipe = from_text(at.query_params["recipe"], medium.kind)
    return engine.run(recipe, medium, watch=lambda x, _: (float(x.min()), float(x.max()))).records


def words_of(record) -> str:
    name = record.step.name
    return KERNELS[name].words(record.kind).label if name in KERNELS else STEP_WORDS[name]


def agrees(at, kind: str, medium=None) -> list[str]:
    """Assert that the row says what the engine says; returns the names of the steps."""
    found, ran = alts(calm(at)), records(at, kind, medium)
    assert headings(at).count("Step by step") == 1 and len(found) == len(ran)
    beside = [note for note in notes(at) if note.endswith(" ms") and " · " in note and " to " in note]
    for place, (alt, note, record) in enumerate(zip(found, beside, ran, strict=True), start=1):
        assert alt.startswith(f"Step {place}, {words_of(record)}: ")
        size = " × ".join(str(n) for n in record.output_shape[1:])
        low, high = (written(end) for end in record.seen)
        said = re.fullmatch(rf"Step {place}, (.+): {size}, values (\S+) to (\S+)", alt)
        for text, end in zip(said.groups()[1:], record.seen, strict=True):
            assert number(text) == pytest.approx(end, rel=0.006, abs=1e-5 * record.scale), alt
        if max(abs(end) for end in record.seen) < 1e4:
            assert said.groups()[1:] == (low, high)
        assert re.fullmatch(rf"{size} · {re.escape(said[2])} to {re.escape(said[3])} · \d[\d,]*(\.\d)? ms", note)
        assert said[1] in notes(at)
    return [record.step.name for record in ran]


# --- when it is there ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind, source, recipe", CASES.values(), ids=CASES)
def test_every_step_is_shown_with_its_size_and_range(kind, source, recipe, seen):
    at = visit(PAGES[kind], source=source, recipe=recipe)
    assert len(agrees(at, kind)) == recipe.count("~") + 1
    assert [each.alt for each in seen] == alts(at)
    for each in seen:
        height, width, _ = each.pixels.shape
        assert width == trail.WIDTH and 1 <= height <= trail.HEIGHT


ALONE = {
    "image": [None, "grey~sobel-x", "box.stride_2~gain.factor_4"],
    "audio": [None, "difference", "mono~echo"],
    "spectrogram": [None, "stft~decibels~box~amplitude~istft", "stft~harmonic~istft", "echo~stft~box~griffin-lim.iterations_2"],
}


@pytest.mark.parametrize("kind", ALONE)
def test_one_step_alone_has_no_row(kind, seen):
    at = visit(PAGES[kind], **({"source": "impulse"} if kind != "image" else {}))
    for recipe in ALONE[kind]:
        if recipe:
            go(at, PAGES[kind], **({"source": "impulse"} if kind != "image" else {}), recipe=recipe)
        calm(at)
        assert "Step by step" not in headings(at) and not seen and not alts(at), recipe
        assert not any(radio.key.endswith("_step") for radio in at.radio), recipe


def test_the_row_comes_and_goes_with_the_steps_in_front(at):
    assert "Step by step" not in headings(at)
    click(at, "step_add")
    assert agrees(at, "image") == ["grey", "sobel_x", "identity"]
    change(at, "family", "blur")
    assert agrees(at, "image") == ["grey", "sobel_x", "gaussian"]
    change(at, "stride", 2)
    agrees(at, "image")
    click(at, "step_add")
    assert len(agrees(at, "image")) == 4
    click(at, "step_remove")
    click(at, "step_remove")
    assert "Step by step" not in headings(calm(at)) and not alts(at)


def test_without_a_result_there_is_no_row():
    at = visit(recipe="gaussian~sobel-x.normalise_yes")
    sentence(at)
    assert "Step by step" not in headings(at) and not alts(at)


# --- what it shows -------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_glimpses_are_those_of_the_theme(theme, seen):
    calm(visit(context={"theme": theme}, source="step", recipe="gain.factor_-1~grey~sobel-x~identity"))
    paper, end = (colours.rgb(table[theme]) for table in (colours.PAPER, colours.NEGATIVE))
    assert len(seen) == 4
    for each in seen:
        line = each.pixels[trail.HEIGHT // 2]
        assert (line == paper).all(-1).any() and (line == end).all(-1).any()


def test_values_in_decibels_look_like_the_magnitudes_that_they_are_of(seen):
    calm(visit(PAGES["spectrogram"], source="speech", recipe="stft~decibels.floor-db_-200~identity~amplitude~sharpen~istft"))
    magnitudes, in_decibels, still, again = (each.pixels.astype(int) for each in seen[:4])
    assert np.array_equal(in_decibels, still)
    for each in (in_decibels, again):
        assert np.abs(each - magnitudes).mean() < 4


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (600, 20)], ids=str)
def test_a_strip_of_a_picture_does_not_stretch_the_page(size, seen):
    owner("image", "identity~box.size_3~box", encode(levels(*size), "PNG"), "strip.png")
    last = seen[-3:]
    assert last[0].alt.startswith(f"Step 1, Nothing yet (identity): {size[0]} × {size[1]}, values ")
    assert all(each.pixels.shape[0] <= trail.HEIGHT and each.pixels.shape[1] == trail.WIDTH for each in last)


def test_a_sound_of_one_sample_has_its_glimpses():
    at = owner("audio", "gain.factor_2~difference~identity", seeing.wav(np.float32([[0.5]])), "click.wav")
    assert alts(at)[0] == "Step 1, Gain: 1, values 1 to 1" and len(alts(at)) == 3
