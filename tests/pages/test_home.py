"""The first page: one kernel on a picture and on a sound at once, and doors to the pages."""

from __future__ import annotations

import math
import re

import pytest
import torch

from playground import engine
from playground.media import samples
from playground.ops import KernelRef
from playground.recipe.model import Recipe, Step
from playground.ui.two_senses import HOME

from .hearing import is_right
from .visiting import ROOT, calm, go, heading, visit


@pytest.fixture
def home():
    return calm(visit("pages/home.py"))


def choose(at, name: str):
    at.segmented_control(key="home_kernel").set_value(name)
    return calm(at.run())


def taps_shown(at) -> list[float]:
    table = next(each.proto.body for each in at.main.get("html") if "cp-kernel" in each.proto.body)
    return [float(text) for text in re.findall(r'title="([^"]*)"', table)]


def test_the_kernels_of_the_first_page_are_a_blur_edges_and_sharpen():
    assert list(HOME) == ["blur", "edges", "sharpen"]
    blur, edges, sharpen = (HOME[name][0] for name in HOME)
    assert len(blur) == 31 and math.fsum(blur) == pytest.approx(1)
    assert (edges, sharpen) == ((-1, 0, 1), (-1, 3, -1))


def test_the_first_page_has_one_sentence_one_control_and_two_results(home):
    assert heading(home) == "One kernel, a picture and a sound"
    assert home.segmented_control(key="home_kernel").value == "edges"
    assert home.segmented_control(key="home_kernel").options == ["Blur", "Edges", "Sharpen"]
    assert len(home.get("image")) == 2 and len(home.get("audio")) == 2
    assert len(home.get("vega_lite_chart")) == 1


@pytest.mark.parametrize("name", HOME)
def test_the_same_numbers_run_along_the_picture_and_along_the_sound(home, name):
    if name != "edges":
        choose(home, name)
    taps, _, seen, heard = HOME[name]
    assert taps_shown(home) == list(taps)
    words = [each.value for each in home.markdown]
    assert seen in words and heard in words
    step = Step.of("conv2d", kernel=KernelRef(numbers=(taps,)), padding="same", padding_mode="reflect")
    front = (Step("grey"),) if abs(sum(taps)) < 1e-9 else ()
    y = engine.run(Recipe((*front, step)), samples.picture("cat")).output
    after = home.get("image")[1].proto.imgs[0].alt
    largest = max(float(y.max()), float(y.min()), key=abs)
    assert re.search(r"Largest value (\S+)", after).group(1).replace("−", "-") == f"{largest:.3g}"
    step = Step.of("conv1d", kernel=KernelRef(numbers=taps), padding="same")
    heard_result = engine.run(Recipe((step,)), samples.sound("drums")).output
    alt = home.get("vega_lite_chart")[0].proto.alt
    assert f"output 4.00 seconds, peak {heard_result.abs().max():.2f} at" in alt


def test_what_is_said_of_each_kernel_is_so():
    x = samples.sound("drums").values.double()
    f = torch.fft.rfftfreq(x.shape[-1], 1 / 44_100)
    low, high = (f > 20) & (f < 500), (f > 8000) & (f < 14_000)
    before = torch.fft.rfft(x[0]).abs().square()
    change = {}
    for name, (taps, *_) in HOME.items():
        step = Step.of("conv1d", kernel=KernelRef(numbers=taps), padding="same")
        y = engine.run(Recipe((step,)), samples.sound("drums")).output.double()
        after = torch.fft.rfft(y[0]).abs().square()
        change[name] = [10 * math.log10(after[part].sum() / before[part].sum()) for part in (low, high)]
    assert change["blur"][1] < -20 < -3 < change["blur"][0]  # high notes go
    assert change["edges"][0] < -15 and change["edges"][1] > 0  # low notes go
    assert change["sharpen"][1] > 6 and abs(change["sharpen"][0]) < 1  # high notes are louder


def test_the_doors_lead_to_pages_that_are_there(home):
    doors = {each.proto.label: each.proto.page for each in home.get("page_link")}
    assert doors == {"Try your picture": "image", "Try your sound": "audio"}
    for page in doors.values():
        assert (ROOT / "pages" / f"{page}.py").exists()
        at = calm(go(home, f"pages/{page}.py"))
    is_right(at)


def test_home_brings_no_parameter_along_and_is_as_it_was_chosen(home):
    choose(home, "blur")
    assert home.query_params == {}
    assert home.run() and taps_shown(home) == [1 / 31] * 31
