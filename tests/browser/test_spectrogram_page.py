"""The spectrogram page as a visitor meets it: read, heard, marked, zoomed, stopped, saved, and opened from its link."""

from __future__ import annotations

import io
import re
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
import soundfile
from PIL import Image as Pillow
from playwright.sync_api import TimeoutError, expect

from playground import engine
from playground.media.audio_file import load_audio
from playground.media.samples import picture
from playground.recipe.text import from_text
from playground.view import pixels

from .conftest import PHONE, expect_heading, heading, serving, settled, unfold
from .test_component import SEEN, drawn, line, readout, spot
from .test_component import picture as pixels_of
from .test_picture_page import download, pick, query
from .test_sound_page import duration, played, wait_for_facts, wav

RATE, N_FFT = 16_000, 2048
BIN = RATE / N_FFT
LOW, HIGH = 440.0, 2000.0
T = np.arange(RATE) / RATE
TONES = np.concatenate([0.5 * np.sin(2 * np.pi * LOW * T), 0.25 * np.sin(2 * np.pi * HIGH * T)]).astype(np.float32)
"""440 Hz in the first second, 2000 Hz at half its amplitude in the second."""
SMOOTH = "Smoothing along time: attacks smear, tones stay"
UNCHANGED = "The spectrogram as it is: there and back again"
ATTACKS = "What rises in time: only the attacks are left"
CANVAS = re.compile("^Spectrograms of")
AUDIO = "document.querySelectorAll('.st-key-players audio')"


def level(sound: np.ndarray, hz: float, at: float) -> float:
    """dB of a tone around a moment: 0 is a sine at full scale, seen through a Hann window of the page's length."""
    window = np.hanning(N_FFT + 1)[:-1]
    start = round(at * RATE) - N_FFT // 2
    spectrum = 2 * np.abs(np.fft.rfft(sound[start : start + N_FFT] * window)) / window.sum()
    near = round(hz / BIN)
    return 20 * np.log10(max(spectrum[near - 1 : near + 2].max(), 1e-7))


def loudest(sound: np.ndarray, part: slice, rate: int = RATE) -> tuple[float, float]:
    """Hz of the loudest bin, and dB between it and all that is beyond the window's own width."""
    values = sound[part] * np.hanning(len(sound[part]))
    spectrum = np.abs(np.fft.rfft(values))
    top = int(spectrum.argmax())
    away = np.delete(spectrum, np.arange(max(0, top - 40), top + 41))
    return top * rate / len(values), 20 * np.log10(spectrum[top] / away.max())


def read_hz(text: str) -> float:
    return float(text.split(" Hz")[0])


def read_db(text: str, title: str) -> float:
    return float(re.search(rf"{title} (−?[\d.]+) dB", text)[1].replace("−", "-"))


def canvas(page):
    return page.get_by_role("group", name=CANVAS)


def open_page(visit, address: str, **options):
    page = visit(address, **options)
    drawn(page)
    return page


def with_tones(page, tmp_path: Path) -> None:
    page.get_by_role("button", name="Use mine").click()
    page.locator('.st-key-spectrogram_upload input[type="file"]').set_input_files(str(wav(tmp_path, TONES[:, None])))
    wait_for_facts(page, "2 s → 2 s at 16000 Hz")
    page.keyboard.press("Escape")
    page.wait_for_function(f"() => {SEEN}?.querySelector('.host').ariaLabel?.includes('mine.wav')")
    drawn(page)


def wait_for_bytes(page, before: np.ndarray) -> np.ndarray:
    """The output's samples once they are others."""
    for _ in range(60):
        settled(page)
        now = played(page, 1)[0]
        if now.shape != before.shape or not np.array_equal(now, before):
            return now
        page.wait_for_timeout(100)
    raise AssertionError("the output has not changed")


def stride_in_time(page, text: str) -> None:
    page.locator(".st-key-spectrogram_stride_1_first").get_by_role("radio", name=text, exact=True).click()


# --- read, heard, saved --------------------------------------------------------------------------


def test_a_sound_of_two_tones_is_read_played_and_saved_as_the_engine_computes_it(server, visit, tmp_path):
    page = open_page(visit, f"{server}/spectrogram?recipe=stft~identity~istft&axis=linear")
    with_tones(page, tmp_path)
    # What the pointer reads on the bright rows: within a bin, and dB as numpy has them.
    for hz, at in ((LOW, 0.5), (HIGH, 1.5)):
        page.mouse.move(*spot(page, at / 2, hz / (RATE / 2)))
        said = readout(page)
        assert abs(read_hz(said) - hz) <= 2 * BIN, said  # the row under the pixel
        for title in ("Input", "Output"):
            assert read_db(said, title) == pytest.approx(level(TONES, hz, at), abs=0.1), said
        assert f"{at:.2f}"[:3] in said.split(" · ")[2]
    page.mouse.move(*spot(page, 0.25, 0.9))
    assert read_db(readout(page), "Input") < -70
    # A change, heard and seen: the playhead is in line in both pictures.
    pick(page, "What to do", "Smooth along time")
    expect_heading(page, SMOOTH)
    assert query(page) == {"source": "own", "made": "mine.wav_2s", "axis": "linear"}
    drawn(page)
    canvas(page).focus()
    page.keyboard.press("b")
    page.wait_for_function(f"{AUDIO}[1].currentTime > 0.4")
    page.keyboard.press("b")  # plays already: goes on
    page.wait_for_function(f"{AUDIO}[1].currentTime > 0.7")
    page.keyboard.press("Space")
    page.wait_for_function(f"{AUDIO}[1].paused && {AUDIO}[0].paused")
    readout(page)
    at = page.evaluate(f"{AUDIO}[1].currentTime")
    assert [line(page, panel) for panel in (0, 1)] == [pytest.approx(at / 2, abs=0.01)] * 2
    # What is saved is what the engine computes, and has the two tones at their levels and nothing else.
    data, rate = soundfile.read(io.BytesIO(download(page, "WAV, float: nothing clipped")), dtype="float32")
    path = tmp_path / "mine.wav"
    result = engine.run(from_text("stft~box.size_1_9~istft", "audio"), load_audio(path.read_bytes(), path.name))
    assert rate == RATE and np.array_equal(data, result.output[0].numpy())
    assert np.array_equal(np.load(io.BytesIO(download(page, "NPY: the values, nothing clipped"))), result.output.numpy())
    for hz, at, part in ((LOW, 0.4, slice(2000, 10_000)), (HIGH, 1.6, slice(22_000, 30_000))):
        assert level(data, hz, at) == pytest.approx(level(TONES, hz, at), abs=0.2)
        found, above = loudest(data, part)
        assert abs(found - hz) <= 2 and above > 50
    heard = played(page, 1)[0][:, 0]
    assert np.abs(heard - data).max() <= 1 / 32768


def test_a_marked_region_is_silenced_and_escape_brings_it_back(server, visit, tmp_path):
    page = open_page(visit, f"{server}/spectrogram?recipe=stft~identity~istft&axis=linear")
    with_tones(page, tmp_path)
    whole = played(page, 1)[0]
    page.get_by_role("button", name="Select region").click()
    page.mouse.move(*spot(page, 0.45, 0.4))  # 0.9 s, 3200 Hz
    page.mouse.down()
    page.mouse.move(*spot(page, 0.999, 0.15), steps=5)  # to the end, 1200 Hz
    page.mouse.up()
    expect_heading(page, "Without a region of it")
    written = dict(from_text(query(page)["recipe"], "audio").steps[-2].params)
    assert written["low"] == pytest.approx(1200, abs=40) and written["high"] == pytest.approx(3200, abs=40)
    assert written["start"] == pytest.approx(0.9, abs=0.01)
    assert "Mask: the marked region is silent, 1" in page.locator(".st-key-stage").inner_text()
    data, _ = soundfile.read(io.BytesIO(download(page, "WAV, float: nothing clipped")), dtype="float32")
    assert level(data, LOW, 0.5) == pytest.approx(level(TONES, LOW, 0.5), abs=0.05)
    assert level(data, HIGH, 1.5) < level(TONES, HIGH, 1.5) - 60
    drawn(page)
    page.mouse.move(*spot(page, 0.75, HIGH / (RATE / 2), 1))
    said = readout(page)
    assert read_db(said, "Output") < -70 < -20 < read_db(said, "Input")
    canvas(page).focus()
    page.keyboard.press("Escape")
    expect_heading(page, UNCHANGED)
    assert query(page)["recipe"] == "stft~identity~istft"
    assert np.array_equal(wait_for_bytes(page, np.empty(0)), whole)


# --- zoom and keys -------------------------------------------------------------------------------


def test_keys_reach_the_picture_read_it_and_zoom_to_its_exact_rows(server, visit):
    page = open_page(visit, f"{server}/spectrogram?axis=linear")
    page.locator("h1").click()
    for _ in range(30):
        page.keyboard.press("Tab")
        if page.evaluate(f"{SEEN}.activeElement?.className.includes('host') ?? false"):
            break
    else:
        raise AssertionError("Tab does not reach the picture")

    def ten_rows() -> tuple[float, float]:
        """Hz under the cursor, and the Hz between it and the row that is ten higher."""
        page.keyboard.press("Shift+ArrowDown")
        low = read_hz(readout(page))
        page.keyboard.press("Shift+ArrowUp")
        return low, read_hz(readout(page)) - low

    def until_finer(share: float) -> None:
        """Until Python's own rows are there: each is a bin."""
        for _ in range(100):
            low, now = ten_rows()
            if now == pytest.approx(coarse * share, abs=fine) and abs(low / fine - round(low / fine)) * fine < 0.6:
                return
            page.wait_for_timeout(100)
        raise AssertionError(readout(page))

    page.keyboard.press("ArrowRight")
    one = readout(page)
    page.keyboard.press("Shift+ArrowRight")
    assert readout(page) != one and "Input" in one and "Output" in one
    for _ in range(12):
        page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("ArrowUp")
    _, coarse = ten_rows()
    fine = 44_100 / N_FFT
    assert coarse > 20 * fine  # ten rows of more than two bins each
    for _ in range(3):
        page.keyboard.press("]")
    until_finer(1 / 8)
    page.keyboard.press("0")
    page.wait_for_timeout(300)
    settled(page)
    assert ten_rows()[1] == pytest.approx(coarse, abs=2 * fine)
    # The wheel, once the picture has the focus: with Shift along the frequency.
    page.mouse.move(*spot(page, 0.25, 0.01))
    page.keyboard.down("Shift")
    for _ in range(4):
        page.mouse.wheel(0, -175)
    page.keyboard.up("Shift")
    until_finer(float(np.exp(-2.1)))


def test_the_picture_has_its_new_colours_before_python_answers_and_they_are_pythons(server, visit):
    held, holding, released = [], False, []

    def between(browser) -> None:
        def answer(message) -> None:
            held.append(message) if holding else browser.send(message)

        browser.connect_to_server().on_message(answer)
        released.append(lambda: [browser.send(message) for message in held])

    page = visit(f"{server}/spectrogram?range=-90_-20")
    page.route_web_socket("**/_stcore/stream", between)
    page.reload()
    settled(page)
    drawn(page)
    unfold(page, "spectrogram_display")
    first = pixels_of(page)
    holding = True
    page.locator(".st-key-spectrogram_range input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(f"{TOLD}.range[0] === -8500")
    page.locator(".st-key-spectrogram_colours button").nth(1).click()
    page.wait_for_function(f"atob({TOLD}.lut).charCodeAt(767) !== 36")  # the end of viridis
    ahead = pixels_of(page)
    assert page.evaluate(f"{TOLD}.stamp % 1 !== 0") and not np.array_equal(first, ahead)
    holding = False
    released[-1]()
    page.wait_for_function(f"{TOLD}.stamp % 1 === 0 && {TOLD}.range[0] === -8500")
    settled(page)
    assert np.array_equal(pixels_of(page), ahead)
    assert query(page) == {"map": "magma", "range": "-85_-20"}
    page.get_by_role("button", name="Save and share").click()
    page.wait_for_function("document.querySelector('[data-testid=\"stPopoverBody\"] code')?.innerText.includes('range=-85_-20')")


TOLD = "document['playground-colours'].spectrogram_canvas"
"""The colours that the picture has."""


# --- another way back, another grid, another medium ------------------------------------------------


def test_griffin_lim_shows_how_far_it_is_stops_and_goes_on(server, visit, tmp_path):
    page = open_page(visit, f"{server}/spectrogram?source=sine&recipe=stft.hop-length_16.n-fft_512~identity~griffin-lim.iterations_1&axis=linear")
    with_tones(page, tmp_path)
    whole = played(page, 0)[0]
    page.evaluate(
        """() => {
          window.shares = [];
          new MutationObserver(() => {
            const bar = document.querySelector('[data-testid="stProgress"]');
            if (bar) window.shares.push(bar.innerText);
          }).observe(document.body, { subtree: true, childList: true, characterData: true });
        }"""
    )
    unfold(page, "spectrogram_more")
    page.get_by_role("spinbutton", name="Iterations").fill("500")
    page.keyboard.press("Enter")
    page.wait_for_function("window.shares.some(text => Number(text.match(/Griffin-Lim: (\\d+) of 500/)?.[1]) >= 3)")
    assert page.evaluate(f"[...{AUDIO}].length") == 2  # both can be heard meanwhile
    once, first = stop(page), played(page, 1)[0]
    assert once >= 3 and first.shape == whole.shape
    assert level(first[:, 0], HIGH, 1.5) > level(TONES, HIGH, 1.5) - 6
    page.evaluate("window.shares = []")
    page.get_by_role("button", name="Go on").click()
    page.wait_for_function("window.shares.length")
    assert int(re.search(r": (\d+) of 500", page.evaluate("window.shares[0]"))[1]) > once  # from there, not anew
    assert stop(page) > once
    assert not np.array_equal(wait_for_bytes(page, first), first)


def stop(page) -> int:
    """Stop the iterations; how many the page says it has done."""
    button, said = page.locator(".st-key-spectrogram_stop_after button"), re.compile(r"Stopped after \d+ of 500 iterations")
    button.click()
    try:
        page.get_by_text(said).wait_for(timeout=8000)
    except TimeoutError:  # pressed while a new run was putting the button in its place: a visitor presses again
        button.click()
        page.get_by_text(said).wait_for()
    settled(page)
    drawn(page)
    words = page.locator(".st-key-stage").inner_text()
    done = re.search(r"Stopped after (\d+) of 500 iterations", words)[1]
    assert f"Griffin-Lim, {done} iterations: the sound's own spectrogram is" in words
    assert page.locator('[data-testid="stProgress"]').count() == 0
    return int(done)


def test_stride_2_in_time_takes_half_as_long(server, visit):
    page = open_page(visit, f"{server}/spectrogram?source=sine&recipe=stft~identity~istft&axis=linear")
    whole = duration(page, 0)
    stride_in_time(page, "2")
    expect_heading(page, "Faster at the same pitch: stride 2 in time")
    page.wait_for_function(f"before => Math.abs({AUDIO}[1].duration - before / 2) < 0.03", arg=whole)
    assert duration(page, 0) == whole
    heard, rate = played(page, 1)
    before, _ = played(page, 0)
    hz = [loudest(part[len(part) // 4 : len(part) // 4 + 16_384, 0], slice(None), rate)[0] for part in (before, heard)]
    assert rate == 44_100 and abs(hz[0] - hz[1]) <= 44_100 / 512 / 2  # the pitch stays, as far as kept phases let it
    assert "half as long" in page.locator(".st-key-stage").inner_text()


def test_a_picture_is_heard(server, visit):
    begin = "picture-spectrum.n-fft_512.seconds_1"
    page = visit(f"{server}/spectrogram?source=picture-cat&recipe={begin}~identity~griffin-lim.iterations_8")
    expect_heading(page, "A picture, heard: its rows are frequencies, its columns moments")
    first, _ = played(page, 1)
    page.get_by_role("combobox", name="Sound or picture").click()
    page.keyboard.type("Text page")
    page.keyboard.press("Enter")
    heard = wait_for_bytes(page, first)
    assert query(page)["source"] == "picture-page"
    result = engine.run(from_text(f"{begin}~griffin-lim.iterations_8", "image"), picture("page"))
    assert heard.shape == (44_032, 1) and np.abs(heard.T - result.output.numpy()).max() <= 1 / 32768
    power = np.abs(np.fft.rfft(heard[:, 0])) ** 2
    hz = np.fft.rfftfreq(len(heard), 1 / 44_100)
    assert power.sum() > 0 and power[hz > 9000].sum() < 0.02 * power.sum()
    assert "A picture has no phase" in page.locator(".st-key-inspector").inner_text()


# --- a phone, the dark ---------------------------------------------------------------------------


def test_on_a_phone_every_control_is_reached_by_scrolling_and_nothing_overflows(server, visit):
    page = open_page(visit, f"{server}/spectrogram", viewport=PHONE)
    canvases = page.locator("canvas.over")
    assert canvases.count() == 2
    assert canvases.nth(0).bounding_box()["y"] < PHONE["height"] / 2
    controls = [
        page.get_by_role("combobox", name="What to do"),
        page.get_by_role("slider", name="Average over (frames)"),
        page.locator(".st-key-spectrogram_stride_1_first button").first,
        page.get_by_role("radio", name="Griffin-Lim", exact=True),
        page.get_by_role("combobox", name="Sound or picture"),
        page.get_by_role("button", name="Use mine"),
        page.locator(".st-key-spectrogram_more summary"),
        page.get_by_role("button", name="Save and share"),
        page.get_by_role("button", name="Reset"),
        page.get_by_role("link", name="Bells"),
    ]
    for control in controls:
        control.evaluate("e => e.scrollIntoView({ block: 'center' })")
        page.wait_for_timeout(50)
        box = control.bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= PHONE["width"], box
        on_top = control.evaluate(
            """e => {
              const { x, y, width, height } = e.getBoundingClientRect();
              const found = document.elementFromPoint(x + width / 2, y + height / 2);
              const label = e.closest('label') ?? e;
              return e.contains(found) || label.contains(found) || found.contains(e) && !found.querySelector('audio');
            }"""
        )
        assert on_top, control
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    stage = page.locator(".st-key-stage").bounding_box()
    assert stage["y"] + stage["height"] <= 0  # it has gone, and stands over nothing
    page.get_by_role("combobox", name="What to do").scroll_into_view_if_needed()
    pick(page, "What to do", "Onsets")
    expect_heading(page, ATTACKS)


def test_paper_and_ink_follow_the_theme_and_an_error_leaves_the_input(server, visit):
    page = open_page(visit, f"{server}/spectrogram?source=sine&show=difference&axis=linear", theme="dark")
    component = page.locator("[data-testid=stBidiComponentIsolated]")
    shot = np.asarray(Pillow.open(io.BytesIO(component.screenshot())).convert("RGB")).astype(int)
    place, whole = page.locator("canvas.over").first.bounding_box(), component.bounding_box()
    x, y = round(place["x"] - whole["x"]), round(place["y"] - whole["y"])
    paper = np.array(pixels.PAPER["dark"])
    assert np.abs(shot[y + 70, x + 200] - paper).max() <= 1  # no sound there before or after: zero is the paper
    labels = shot[y + 60 : y + 320, x : x + 40]
    assert np.abs(labels[0, 0] - paper).max() <= 1 and labels.mean(axis=-1).max() > 200
    page.goto(f"{server}/spectrogram?source=sine&recipe=stft.hop-length_4096~identity~istft")
    page.wait_for_selector('[data-testid="stAlert"]')
    drawn(page)
    assert "use a hop_length of at most" in page.locator('[data-testid="stAlert"]').inner_text()
    assert page.locator('[data-testid="stAlert"]').count() == 1 and heading(page) == UNCHANGED
    page.wait_for_selector(".st-key-stage audio")
    assert page.locator(".st-key-stage audio").count() == 1 and page.locator("canvas.base").count() == 1


# --- links ---------------------------------------------------------------------------------------


def test_a_copied_link_as_the_first_request_to_a_new_server_brings_the_same_sound(server, visit):
    recipe = "stft.n-fft_1024~conv2d.kernel_1x3_-1_0_1.padding_same.padding-mode_reflect~mask.high_4000.low_2000~istft"
    page = open_page(visit, f"{server}/spectrogram?source=drums&axis=log&recipe={recipe}")
    assert heading(page) == f"{ATTACKS}; without one region"
    heard, _ = played(page, 1)
    page.get_by_role("button", name="Save and share").click()
    link = page.locator('[data-testid="stPopoverBody"] code').inner_text().strip()
    assert link.startswith(f"{server}/spectrogram?")
    parts = urlsplit(link)
    wrong = []
    with serving() as new:
        other = open_page(visit, f"{new}{parts.path}?{parts.query}")
        other.on("console", lambda message: message.type == "error" and wrong.append(message.text))
        other.on("pageerror", lambda error: wrong.append(str(error)))
        assert heading(other) == f"{ATTACKS}; without one region"
        words = other.locator("header").inner_text()
        assert all(word in words for word in ("Home", "Picture", "Sound", "Spectrogram"))
        assert other.locator(".st-key-players audio").count() == 2
        assert other.locator("canvas.base").count() == 2
        again, rate = played(other, 1)
        assert rate == 44_100 and np.array_equal(again, heard)
        assert query(other) == query(page)
        canvas(other).focus()
        other.keyboard.press("+")
        other.wait_for_timeout(500)
        settled(other)
        assert other.locator('[data-testid="stException"]').count() == 0
        assert wrong == []


def test_the_slide_has_the_colours_that_were_chosen_last(server, visit):
    page = open_page(visit, f"{server}/spectrogram?source=impulse")
    unfold(page, "spectrogram_display")
    colours = {}
    for name in ("Magma", "Grey"):
        radio = page.locator(".st-key-spectrogram_colours").get_by_role("radio", name=name)
        radio.click()
        expect(radio).to_be_checked(timeout=30_000)
        page.wait_for_url(f"**map={name.lower()}**")
        sheet = np.asarray(Pillow.open(io.BytesIO(download(page, "For slides"))).convert("RGB")).astype(int)
        colours[name] = (np.ptp(sheet[200:500, 50:800], axis=-1) > 30).mean()
    assert colours["Magma"] > 0.01 > colours["Grey"] - 0.005, colours
