"""The sound page as a visitor meets it: what the player gets, what the downloads hold, what a phone shows."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch

from playground import ops
from playground.ops import kernels

from .conftest import PHONE, expect_heading, heading, serving, settled
from .test_picture_page import download, expect_in_sight, facts, press, query, upload

RATE = 16_000
RNG = np.random.default_rng(3)
SOUND = (0.4 * RNG.standard_normal((RATE, 2)).clip(-1, 1)).astype(np.float32)


def wav(tmp_path: Path, values: np.ndarray = SOUND, *, rate: int = RATE, name: str = "mine.wav") -> Path:
    path = tmp_path / name
    soundfile.write(path, values, rate, subtype="FLOAT")
    return path


def played(page, index: int) -> tuple[np.ndarray, int]:
    """The samples and the rate that a player was given: (T, C)."""
    data = page.evaluate(
        """async index => {
          const ask = () => fetch(document.querySelectorAll('audio')[index].src);
          let answer = await ask();
          for (let i = 0; i < 50 && !answer.ok; i++) {  // this file has just given way to the next
            await new Promise(later => setTimeout(later, 100));
            answer = await ask();
          }
          const bytes = new Uint8Array(await answer.arrayBuffer());
          let text = ''; for (const byte of bytes) text += String.fromCharCode(byte);
          return btoa(text);
        }""",
        index,
    )
    return soundfile.read(io.BytesIO(base64.b64decode(data)), always_2d=True, dtype="float32")


def duration(page, index: int) -> float:
    """What the browser itself says of the length."""
    page.wait_for_function("i => document.querySelectorAll('audio')[i].readyState >= 1", arg=index)
    return page.evaluate("i => document.querySelectorAll('audio')[i].duration", index)


def wait_for_facts(page, text: str) -> None:
    page.wait_for_function(
        "text => { const e = document.querySelector('.cp-facts'); return e && e.innerText.includes(text) }", arg=text
    )
    settled(page)


def test_an_uploaded_sound_is_played_and_saved_as_ops_computes_it(server, visit, tmp_path):
    page = visit(f"{server}/audio")
    upload(page, wav(tmp_path))
    wait_for_facts(page, "16000 samples, 1 s at 16000 Hz → 20000 samples, 1.25 s at 16000 Hz")
    page.keyboard.press("Escape")
    x = torch.from_numpy(SOUND.T.copy())
    y = ops.conv1d(x, kernels.echo(delay=250.0, gain=0.6, sample_rate=RATE), padding="full", flip_kernel=True)
    assert y.shape == (2, 20_000)
    heard, rate = played(page, 1)
    assert rate == RATE and heard.shape == (20_000, 2)
    expected = np.clip(np.round(y.numpy() * 32768), -32768, 32767)
    assert np.array_equal(heard.T * 32768, expected)  # its true level: nothing is normalised
    assert duration(page, 0) == pytest.approx(1.0, abs=1e-3)
    assert duration(page, 1) == pytest.approx(1.25, abs=1e-3)
    assert np.array_equal(np.load(io.BytesIO(download(page, "NPY: the values, nothing clipped"))), y.numpy())
    exact, rate = soundfile.read(io.BytesIO(download(page, "WAV, float: nothing clipped")), dtype="float32")
    assert rate == RATE and np.array_equal(exact.T, y.numpy())
    for label in ("WAV, 16 bits: clipped beyond full scale", "FLAC: clipped beyond full scale"):
        saved, rate = soundfile.read(io.BytesIO(download(page, label)), dtype="int16" if "WAV" in label else "float64")
        assert rate == RATE
        saved = saved.T if "WAV" in label else saved.T * 32768
        assert np.abs(saved - expected).max() <= 1.001
    assert query(page) == {"source": "own", "made": "mine.wav_1s"}


def test_an_echo_comes_at_its_delay_and_nothing_before_the_sound(server, visit):
    page = visit(f"{server}/audio?source=impulse")
    before, rate = played(page, 0)
    after, _ = played(page, 1)
    at = int(np.abs(before[:, 0]).argmax())
    assert rate == 44_100 and at == round(0.25 * rate)
    sounding = np.flatnonzero(np.abs(after[:, 0]) > 1e-4)
    assert sounding.tolist() == [at, at + round(0.25 * rate)]
    assert after[at + round(0.25 * rate), 0] == pytest.approx(0.6 * before[at, 0], abs=1e-4)


def test_two_files_that_differ_only_in_the_middle_play_differently(server, visit, tmp_path):
    long = np.zeros((40 * RATE, 1), np.float32)
    long[:, 0] = 0.1 * np.sin(np.arange(len(long)) / 20)
    other = long.copy()
    other[10 * RATE : 11 * RATE] = 0
    page = visit(f"{server}/audio?recipe=identity")
    upload(page, wav(tmp_path, long, name="one.wav"))
    wait_for_facts(page, "640000 samples")
    one, _ = played(page, 1)
    page.locator('[class*="st-key-audio_upload"] input[type="file"]').set_input_files(str(wav(tmp_path, other, name="two.wav")))
    page.wait_for_url("**made=two.wav_40s**")
    settled(page)
    two, _ = played(page, 1)
    assert one.shape == two.shape
    assert np.abs(one[: 10 * RATE] - two[: 10 * RATE]).max() < 1e-4
    assert np.abs(two[10 * RATE : 11 * RATE]).max() < 1e-4 < np.abs(one[10 * RATE : 11 * RATE]).max()


def test_stride_2_is_heard_at_the_new_rate_or_the_old_one(server, visit):
    page = visit(f"{server}/audio?source=sine&recipe=identity.stride_2")
    whole = duration(page, 0)
    heard, rate = played(page, 1)
    assert rate == 22_050 and duration(page, 1) == pytest.approx(whole, abs=1e-2)
    press(page, "44100 Hz: 2 times as fast, higher")
    page.wait_for_function("() => location.search.includes('play=old-rate')")
    settled(page)
    again, rate = played(page, 1)
    assert rate == 44_100 and np.array_equal(again, heard)
    assert duration(page, 1) == pytest.approx(whole / 2, abs=1e-2)


def test_below_what_a_browser_plays_a_copy_is_heard_and_the_download_keeps_the_rate(server, visit, tmp_path):
    tone = (0.5 * np.sin(2 * np.pi * 300 * np.arange(8000) / 8000)).astype(np.float32)[:, None]
    page = visit(f"{server}/audio?recipe=identity.stride_4")
    upload(page, wav(tmp_path, tone, rate=8000))
    wait_for_facts(page, "2000 samples, 1 s at 2000 Hz")
    page.keyboard.press("Escape")
    assert "2000 Hz is beyond what a browser plays: you hear a copy at 6000 Hz; the download keeps the rate." in (
        page.locator(".st-key-stage").inner_text()
    )
    heard, rate = played(page, 1)
    assert rate == 6000 and len(heard) == 6000
    inner = slice(1000, 5000)
    level = np.abs(np.fft.rfft(heard[inner, 0] * np.hanning(4000)))
    assert abs(np.argmax(level) * 6000 / 4000 - 300) < 2
    _, rate = soundfile.read(io.BytesIO(download(page, "WAV, float: nothing clipped")))
    assert rate == 2000


def test_a_deep_link_to_a_sound_may_be_the_first_request(visit):
    with serving() as new:
        page = visit(f"{new}/audio?source=sweep&recipe=identity.stride_2")
        expect_heading(page, "Stride 2 keeps every second sample")
        assert all(word in page.locator("header").inner_text() for word in ("Home", "Picture", "Sound"))
        assert query(page) == {"source": "sweep", "recipe": "identity.stride_2"}


def test_on_a_phone_players_and_plot_come_first_and_nothing_overflows(server, visit):
    page = visit(f"{server}/audio", viewport=PHONE)
    for found in (page.locator("audio").nth(0), page.locator("audio").nth(1), page.locator(".st-key-image_family, .st-key-audio_family")):
        box = found.bounding_box()
        assert box["y"] + box["height"] <= PHONE["height"] and box["x"] + box["width"] <= PHONE["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_home_has_one_control_and_two_results(server, visit):
    page = visit(f"{server}/")
    assert page.title() == "One kernel, a picture and a sound · Convolution playground"
    stage, beside = page.locator(".st-key-stage").bounding_box(), page.locator(".st-key-heard").bounding_box()
    assert beside["x"] > stage["x"] + stage["width"] > 600
    edges, _ = played(page, 1)
    assert "Vertical edges stay, flat areas go." in page.inner_text("body")
    press(page, "Blur")
    page.wait_for_function("document.body.innerText.includes('Fine lines go, large shapes stay.')")
    settled(page)
    blurred, _ = played(page, 1)
    assert "High notes go: the sound is muffled." in page.inner_text("body")
    power = [np.abs(np.fft.rfft(part[:, 0])) ** 2 for part in (edges, blurred)]
    centre = [float((p * np.arange(len(p))).sum() / p.sum()) for p in power]
    assert centre[0] > 3 * centre[1]
    pane = "() => { const e = getComputedStyle(document.querySelector('.st-key-layout_sheet'), '::before'); return [e.content, e.order] }"
    assert page.evaluate(pane)[0] == "none"
    page.evaluate("document.querySelector('.st-key-stage').remove()")
    assert page.evaluate(pane) == ['""', "1"], "a grey pane below the control until there are results"
    for motion, moves in {"reduce": "none", "no-preference": "cp-wait"}.items():
        page.emulate_media(reduced_motion=motion)
        assert page.evaluate(pane.replace("[e.content, e.order]", "e.animationName")) == moves
    page.evaluate("document.querySelector('.st-key-layout_sheet').insertAdjacentHTML('beforeend', '<p data-testid=stAlert>No.</p>')")
    assert page.evaluate(pane)[0] == "none", "nobody waits where a sentence says why there are none"


def test_a_kernel_goes_from_the_picture_to_the_sound_and_back(server, visit):
    page = visit(f"{server}/image?recipe=box.size_3")
    page.get_by_role("link", name="Hear this kernel").click()
    expect_heading(page, "Your own kernel at work")
    assert query(page)["recipe"] == "conv1d.kernel_3_0.333333333_0.333333333_0.333333333.padding_same"
    page.get_by_role("link", name="See this kernel on a picture, along rows").click()
    page.wait_for_function("() => location.pathname.endsWith('/image')")
    settled(page)
    assert query(page)["recipe"].startswith("conv2d.kernel_1x3_0.333333333")
    assert heading(page) == "Your own kernel at work"


def test_a_bad_sound_is_answered_in_one_sentence_and_nothing_is_lost(server, visit, tmp_path):
    page = visit(f"{server}/audio?recipe=echo.delay_100")
    path = tmp_path / "voice.m4a"
    path.write_bytes(b"\x00\x00\x00\x20ftypM4A \x00\x00\x00\x00M4A mp42isom" + bytes(200))
    upload(page, path)
    page.wait_for_selector('[data-testid="stAlert"]')
    sentence = page.locator('[data-testid="stAlert"]')
    assert "M4A" in sentence.inner_text()
    expect_in_sight(page, sentence)
    assert heading(page) == "Echo: every sound comes back after 100 ms"
    assert "44100 Hz" in facts(page)
