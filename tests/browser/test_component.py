"""The spectrogram under a visitor's hand: what it reads out, shows, tells Python, and follows, in a page of its own."""

from __future__ import annotations

import base64
import io
import json
import zlib
from collections.abc import Iterator

import numpy as np
import pytest
import soundfile

from playground.ui.components import spectrogram as component
from playground.view import spectrogram
from playground.view.colours import PAPER, rgb
from playground.view.scene import Panel, Player, Region, Scene, pack, unpack

from .conftest import PHONE, serving

RATE, N_FFT, HOP, SECONDS = 16_000, 1024, 160, 4
TONES = (1000.0, 4000.0)  # Hz, of the first and the second half: bins 64 and 256
FRAMES = SECONDS * RATE // HOP
SCENE = Scene(0.0, float(SECONDS), 0.0, 8000.0, axis="linear", name="two tones")
KEY = "spectrogram"


# --- the page that is visited --------------------------------------------------------------------


def tones(*, gain: float = 1.0) -> np.ndarray:
    """1 kHz, then 4 kHz.  Shape: ``(T,)``."""
    t = np.arange(SECONDS * RATE) / RATE
    return gain * 0.5 * np.sin(2 * np.pi * np.where(t < SECONDS / 2, *TONES) * t)


def magnitude(sound: np.ndarray) -> np.ndarray:
    """Shape: ``(T,) -> (bins, FRAMES)``."""
    padded = np.pad(sound, N_FFT // 2)
    frames = np.stack([padded[i * HOP : i * HOP + N_FFT] for i in range(FRAMES)], axis=1)
    return np.abs(np.fft.rfft(frames * np.hanning(N_FFT)[:, None], axis=0))


def panels(window: Region) -> list[Panel]:
    """Input and output, 6 dB softer, of a part of the scene in at most 60 x 100 cells: larger than pixels."""
    rows = spectrogram.rows_of(
        "linear",
        n_bins=N_FFT // 2 + 1,
        n_fft=N_FFT,
        sample_rate=RATE,
        rows=60,
        low=window.low,
        high=window.high,
    )
    each = SECONDS / FRAMES
    first, last = int(window.start / each), min(FRAMES, -int(-window.end // each))
    edges = np.unique(np.linspace(first, last, 101).astype(int))
    extent = Region(edges[0] * each, edges[-1] * each, rows.low, rows.high)
    found = []
    for title, gain in (("Input", 1.0), ("Output", 0.5)):
        sound = tones(gain=gain)
        cells = np.maximum.reduceat(rows.largest(magnitude(sound)), edges[:-1], axis=1)[:, : len(edges) - 1]
        wave = sound.reshape(-1, HOP)[edges[0] : edges[-1]]
        found.append(
            Panel(title, spectrogram.levels(cells, reference=N_FFT / 4), rows.hz, (edges[:-1] + edges[1:]) / 2 * each, extent,
                  wave=(wave.min(axis=1), wave.max(axis=1)), floor_db=-80.0)
        )  # fmt: skip
    return found


def speck() -> list[Panel]:
    """More cells than pixels, all of them as soft as can be sent but one, further above them than an int16 can say."""
    levels = np.full((420, 1400), -327.68, np.float32)
    levels[123, 777] = 300
    extent = Region(0.0, float(SECONDS), 0.0, 8000.0)
    return [Panel("Speck", levels, np.arange(420) * 19.0, np.arange(1400) / 350, extent)]


def shorter(whole: list[Panel]) -> list[Panel]:
    """The output holds only the lower half of the frequencies and of the time."""
    one, other = whole
    extent = Region(0.0, SECONDS / 2, 0.0, 4000.0)
    return [
        one,
        Panel(other.title, other.levels[:30, :50], other.hz[:30], other.seconds[:50], extent, floor_db=-80.0),
    ]


def payload(
    window: Region, *, case: str = "", theme: str = "light", selection: Region | None = None
) -> bytes:
    """What the page shows, and what the tests expect of it."""
    shown, range_db, table = panels(window), (-80, 0), spectrogram.lut("viridis")
    if case == "speck":
        shown = speck()
    if case == "shorter":
        shown = shorter(shown)
    if case == "difference":
        change = spectrogram.difference(shown[1].levels, shown[0].levels)
        shown = [
            Panel("Output minus input", change, shown[0].hz, shown[0].seconds, shown[0].extent, signed=True)
        ]
        range_db, table = (-20, 20), spectrogram.lut("signed", theme=theme)
    return pack(shown, scene=SCENE, window=window, range_db=range_db, table=table, theme=theme,
                players=(Player(), Player()), selection=selection)  # fmt: skip


def page() -> None:
    """The script of the page."""
    import streamlit as st

    from playground.ui import frame
    from playground.ui.components import spectrogram as component

    st.set_page_config(layout="wide")
    st.title("Two tones", anchor=False)
    with st.container(key="players"):
        for side, gain in zip(st.columns(2), (1.0, 0.5), strict=True):
            file = io.BytesIO()
            soundfile.write(file, tones(gain=gain), RATE, format="WAV")
            side.audio(file.getvalue(), format="audio/wav")
    if not st.toggle("Without"):
        window, region = component.view_of(KEY, SCENE), component.region_of(KEY, SCENE)
        case = st.query_params.get("case", "")
        component.show(
            payload(window, case=case, theme=frame.theme(), selection=region),
            key=KEY,
            label="Both spectrograms",
        )
        st.session_state["runs"] = st.session_state.get("runs", 0) + 1
        with st.container(key="said"):
            st.text(
                json.dumps(
                    {
                        "view": vars(window),
                        "region": region and vars(region),
                        "runs": st.session_state["runs"],
                    }
                )
            )
    for _ in range(30):
        st.text("Something below, so that the page can scroll.")


@pytest.fixture(scope="module")
def own_server(tmp_path_factory) -> Iterator[str]:
    """A server of a script that holds this page alone."""
    script = tmp_path_factory.mktemp("page") / "own.py"
    script.write_text("from tests.browser.test_component import page\n\npage()\n")
    with serving(script) as address:
        yield address


@pytest.fixture
def shown(own_server, visit):
    """Open the page and wait until the pictures are drawn."""

    def open_page(case: str = "", **options):
        found = visit(f"{own_server}/?case={case}", **options)
        drawn(found)
        return found

    return open_page


# --- how the tests look at it --------------------------------------------------------------------

LEFT, RIGHT, GAP, WAVE, PICTURE = 46, 10, 4, 48, 260
SEEN = "document.querySelector('[data-testid=stBidiComponentIsolated]')?.shadowRoot"


def drawn(page) -> None:
    page.wait_for_function(f"() => {{ const c = {SEEN}?.querySelector('canvas.base'); return c && c.width > 300 && "
                           "c.getContext('2d').getImageData(c.width / 2, c.height / 2, 1, 1).data[3] === 255 }")  # fmt: skip


def spot(page, t: float, f: float, panel: int = 0) -> tuple[float, float]:
    """Where a place of the view lies on the screen: fractions in time and upwards."""
    box = page.locator("canvas.over").nth(panel).bounding_box()
    return box["x"] + LEFT + t * (box["width"] - LEFT - RIGHT), box["y"] + WAVE + GAP + (1 - f) * PICTURE


def picture(page, panel: int = 0) -> np.ndarray:
    """The pixels of a picture.  Shape: ``(height, width, 3)``, top row first."""
    found = page.evaluate(
        f"""panel => {{
          const canvas = {SEEN}.querySelectorAll('canvas.base')[panel];
          const image = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
          let text = ''; for (const byte of image.data) text += String.fromCharCode(byte);
          return [canvas.width, canvas.height, btoa(text)];
        }}""",
        panel,
    )

    pixels = np.frombuffer(base64.b64decode(found[2]), np.uint8).reshape(found[1], found[0], 4)[..., :3]
    return pixels[WAVE + GAP : WAVE + GAP + PICTURE, LEFT : found[0] - RIGHT]


def line(page, panel: int = 0) -> float | None:
    """Where the playhead crosses a waveform's strip, in fractions of the view; None where there is none."""
    return page.evaluate(
        f"""([panel, left, right]) => {{
          const canvas = {SEEN}.querySelectorAll('canvas.over')[panel];
          const row = canvas.getContext('2d').getImageData(0, 3, canvas.width, 1).data;
          const found = []; for (let x = 0; x < canvas.width; x++) if (row[4 * x + 3] > 0) found.push(x + 0.5);
          if (!found.length) return null;
          return ((found[0] + found.at(-1)) / 2 - left) / (canvas.width - left - right);
        }}""",
        [panel, LEFT, RIGHT],
    )


def readout(page) -> str:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.locator("output").inner_text()


def said(page) -> dict:
    """What Python knows of the visitor's view and region."""
    return json.loads(page.locator(".st-key-said").inner_text())


def wait_for_said(page, condition: str) -> dict:
    page.wait_for_function(f"""() => {{
      const element = document.querySelector('.st-key-said');
      const said = element && JSON.parse(element.innerText);
      return said && ({condition});
    }}""")
    return said(page)


def written(header: dict, levels: list[np.ndarray], row: int, column: int) -> str:
    """What the component says of a cell, from what Python sent."""
    first = header["panels"][0]
    place = f"{first['hz'][row]} Hz · {first['notes'][row]} · {first['seconds'][column]} s"
    for panel, cells in zip(header["panels"], levels, strict=True):
        hundredths = int(cells[row, column])
        tenths = (abs(hundredths) + 5) // 10
        text = ("−" if hundredths < 0 and tenths else "") + f"{tenths // 10}.{tenths % 10} dB"
        place += f" · {panel['title']} {text}" + (" or less" if hundredths <= panel["floor"] else "")
    return place


EVERYTHING = unpack(payload(SCENE.window(None)))


# --- reading -------------------------------------------------------------------------------------


def test_hz_note_seconds_and_decibels_under_the_pointer_are_pythons(shown):
    page = shown()
    header, levels = EVERYTHING
    rows, columns = levels[0].shape
    for column, hz in ((20, 1000.0), (80, 4000.0)):
        row = int(levels[0][:, column].argmax())
        assert abs(float(header["panels"][0]["hz"][row]) - hz) <= 8000 / rows
        for panel in (0, 1):
            page.mouse.move(*spot(page, (column + 0.5) / columns, (row + 0.5) / rows, panel))
            assert readout(page) == written(header, levels, row, column)
    page.mouse.move(*spot(page, 0.2, 0.9))
    assert "Input −80.0 dB or less" in readout(page)
    page.mouse.move(5, 5)
    assert readout(page) == ""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_colours_of_the_picture_are_those_of_the_table(shown, theme):
    page = shown(theme=theme)
    for panel, levels in enumerate(EVERYTHING[1]):
        pixels = picture(page, panel)
        expected = spectrogram.colours(levels, range_db=(-80, 0), table=spectrogram.lut("viridis"))
        y = ((np.arange(60) + 0.5) / 60 * PICTURE).astype(int)
        x = ((np.arange(100) + 0.5) / 100 * pixels.shape[1]).astype(int)
        assert np.array_equal(pixels[PICTURE - 1 - y][:, x], expected)
    ink = page.evaluate(f"getComputedStyle({SEEN}.querySelector('.root')).color")
    assert ink == {"light": "rgb(26, 29, 35)", "dark": "rgb(232, 234, 237)"}[theme]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_change_is_the_paper_and_a_change_has_its_sign(shown, theme):
    page = shown("difference", theme=theme)
    _, (levels,) = unpack(payload(SCENE.window(None), case="difference", theme=theme))
    box = page.locator("canvas.over").first.bounding_box()
    pixels = page.evaluate(
        f"""() => {{ const c = {SEEN}.querySelector('canvas.base');
          return [0.125, 0.9].map(f => [...c.getContext('2d').getImageData(c.width / 4, 20 + (1 - f) * {PICTURE}, 1, 1).data]); }}"""
    )
    row, column = int(0.125 * 60), int((box["width"] / 4 - LEFT) / (box["width"] - LEFT - RIGHT) * 100)
    expected = spectrogram.colours(
        levels[row, column], range_db=(-20, 20), table=spectrogram.lut("signed", theme=theme)
    )
    assert tuple(pixels[0][:3]) == tuple(expected) != rgb(PAPER[theme])
    assert tuple(pixels[1][:3]) == rgb(PAPER[theme])  # silence before and after
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20 + 0.875 * PICTURE)
    assert readout(page).endswith("−6.0 dB")


def test_one_loud_cell_among_more_cells_than_pixels_is_seen_and_read(shown):
    page = shown("speck", viewport={"width": 900, "height": 900})
    header, _ = unpack(payload(SCENE.window(None), case="speck"))
    width, height = page.evaluate(f"(c => [c.width, c.height])({SEEN}.querySelector('canvas.base'))")
    assert width - LEFT - RIGHT < 1400
    lit = page.evaluate(
        f"""() => {{ const c = {SEEN}.querySelector('canvas.base'), found = [];
          const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
          for (let i = 0; i < d.length; i += 4) if (d[i] === 253 && d[i + 1] === 231) found.push([i / 4 % c.width, Math.floor(i / 4 / c.width)]);
          return found; }}"""
    )
    assert len(lit) == 1
    box = page.locator("canvas.over").first.bounding_box()
    page.mouse.move(box["x"] + lit[0][0] + 0.5, box["y"] + lit[0][1] + 0.5)
    panel = header["panels"][0]
    assert (
        readout(page) == f"{panel['hz'][123]} Hz · {panel['notes'][123]} · {panel['seconds'][777]} s · 300.0 dB"
    )


def test_where_a_sound_or_its_frequencies_end_there_is_a_hatch_and_no_number(shown):
    page = shown("shorter")
    page.mouse.move(*spot(page, 0.75, 0.25, 1))
    assert readout(page) == "Nothing here: the sound or its frequencies end before"
    page.mouse.move(*spot(page, 0.25, 0.75, 0))
    assert "Input" in readout(page) and "Output" not in readout(page)
    pixels = picture(page, 1)
    height, width = pixels.shape[:2]
    for part in (pixels[: height // 2 - 1], pixels[:, width // 2 + 1 :]):
        assert {tuple(colour) for colour in part.reshape(-1, 3).tolist()} == {
            rgb(PAPER["light"]),
            rgb("#D7DAE0"),
        }
    levels = EVERYTHING[1][1][:30, :50]
    expected = spectrogram.colours(levels, range_db=(-80, 0), table=spectrogram.lut("viridis"))
    assert tuple(pixels[-2, 1]) == tuple(expected[0, 0]) and tuple(pixels[height // 2 + 6, 5]) == tuple(
        expected[28, 0]
    )


def test_the_arrow_keys_walk_from_cell_to_cell_and_are_spoken(shown):
    page = shown()
    header, levels = EVERYTHING
    host = page.get_by_role("group", name="Both spectrograms")
    host.focus()
    page.keyboard.press("ArrowRight")
    assert readout(page) == written(header, levels, 30, 50)
    for key, row, column in (
        ("ArrowRight", 30, 51),
        ("ArrowUp", 31, 51),
        ("Shift+ArrowLeft", 31, 41),
        ("Shift+ArrowDown", 21, 41),
    ):
        page.keyboard.press(key)
        assert readout(page) == written(header, levels, row, column)
    for _ in range(12):
        page.keyboard.press("Shift+ArrowLeft")
    assert readout(page) == written(header, levels, 21, 0)
    assert page.locator("output").get_attribute("aria-live") == "polite"
    assert "arrows read" in page.evaluate(
        f"{SEEN}.getElementById({SEEN}.querySelector('.host').getAttribute('aria-describedby')).textContent"
    )


# --- what is packed ------------------------------------------------------------------------------


@pytest.mark.parametrize(("level", "strategy"), [(0, 0), (1, 0), (6, 0), (9, 0), (1, zlib.Z_RLE)])
def test_what_zlib_packs_is_unpacked(browser, level, strategy):
    generator = np.random.default_rng(level)
    walk = np.cumsum(generator.normal(0, 60, 100_000)).astype("<i2").tobytes()
    script = (component.HERE / "fflate.js").read_text(encoding="utf-8") + "; return fflate.unzlibSync(bytes, { out: new Uint8Array(size) });"
    page = browser.new_page()
    for data in (b"", b"abcabcabcabc", bytes(100_000), generator.bytes(70_000), walk):
        packed = zlib.compressobj(level, strategy=strategy)
        found = page.evaluate(
            """([script, text, size]) => {
              const bytes = Uint8Array.from(atob(text), letter => letter.charCodeAt(0));
              return btoa([...new Function("bytes", "size", script)(bytes, size)].map(byte => String.fromCharCode(byte)).join(""));
            }""",
            [script, base64.b64encode(packed.compress(data) + packed.flush()).decode(), len(data)],
        )
        assert base64.b64decode(found) == data
    page.close()


# --- view and region -----------------------------------------------------------------------------


def test_zoom_and_drag_tell_python_the_view_and_bring_its_exact_cells(shown):
    page = shown()
    page.get_by_role("button", name="Zoom into time (+)").click()
    found = wait_for_said(page, "said.view.start > 0.9")
    assert found["view"] == {"start": 1.0, "end": 3.0, "low": 0.0, "high": 8000.0} and found["runs"] == 2
    header, levels = unpack(payload(Region(**found["view"])))
    page.get_by_role("group", name="Both spectrograms").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function(
        f"text => {SEEN}.querySelector('output').textContent === text", arg=written(header, levels, 30, 50)
    )
    page.mouse.move(*spot(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*spot(page, 0.75, 0.5), steps=4)
    page.mouse.up()
    view = wait_for_said(page, "said.runs === 3")["view"]
    assert (view["start"], view["end"]) == (pytest.approx(0.5, abs=0.01), pytest.approx(2.5, abs=0.01))
    # Faster than Python answers: no answer to an earlier step moves the view back.
    for key in "++]]-+[":
        page.keyboard.press(key)
    found = wait_for_said(page, "said.view.high < 7999 && said.view.end - said.view.start < 0.6")
    assert found["view"]["end"] - found["view"]["start"] == pytest.approx(0.5)
    assert found["view"]["high"] - found["view"]["low"] == pytest.approx(4000)
    page.wait_for_timeout(400)
    again = said(page)
    assert again == found
    page.keyboard.press("0")
    wait_for_said(page, "said.view.start === 0 && said.view.end === 4 && said.view.high === 8000")


def test_an_answer_to_an_earlier_view_does_not_move_the_view_back(shown):
    page = shown()
    held, holding = [], False

    def between(browser) -> None:
        def answer(message) -> None:
            held.append(message) if holding else browser.send(message)

        browser.connect_to_server().on_message(answer)
        released.append(lambda: [browser.send(message) for message in held])

    released = []
    page.route_web_socket("**/_stcore/stream", between)
    page.reload()
    drawn(page)
    holding = True
    page.get_by_role("button", name="Zoom into time (+)").click()
    for _ in range(200):
        if any(b'"runs": 2' in message for message in held):
            break  # Python has answered, and the browser does not know it
        page.wait_for_timeout(50)
    page.mouse.move(*spot(page, 0.5, 0.5))
    page.mouse.down()
    page.mouse.move(*spot(page, 0.75, 0.5), steps=4)
    holding = False
    released[-1]()
    wait_for_said(page, "said.view.start === 1")
    readout(page)
    page.mouse.up()
    view = wait_for_said(page, "said.view.start !== 1")["view"]
    assert view["start"] == pytest.approx(0.5, abs=0.01)


def test_the_wheel_scrolls_the_page_until_the_component_is_clicked(shown):
    page = shown()
    at = spot(page, 0.25, 0.5)
    top = "[...document.querySelectorAll('*')].reduce((most, e) => Math.max(most, e.scrollTop), 0)"
    page.mouse.move(*at)
    page.mouse.wheel(0, 100)
    page.wait_for_function(f"{top} > 50")
    assert said(page)["runs"] == 1
    page.mouse.wheel(0, -300)
    page.wait_for_function(f"{top} === 0")
    page.mouse.click(*at)
    for _ in range(3):
        page.mouse.wheel(0, -100)
    found = wait_for_said(page, "said.runs === 2")["view"]
    assert found["end"] - found["start"] == pytest.approx(4 * np.exp(-0.9), rel=1e-6)
    assert (1.0 - found["start"]) / (found["end"] - found["start"]) == pytest.approx(
        0.25, abs=2e-3
    )  # the pointer stays
    assert page.evaluate(top) == 0
    page.keyboard.down("Shift")
    page.mouse.wheel(0, -100)
    page.keyboard.up("Shift")
    assert wait_for_said(page, "said.runs === 3")["view"]["high"] < 7000


def test_a_rectangle_is_told_in_seconds_and_hz_and_escape_takes_it_back(shown):
    page = shown()
    page.get_by_role("button", name="Select region").click()

    def draw() -> None:
        page.mouse.move(*spot(page, 0.25, 0.75))
        page.mouse.down()
        page.mouse.move(*spot(page, 0.5, 0.125), steps=5)

    draw()
    page.keyboard.press("Escape")
    page.mouse.up()
    assert said(page)["region"] is None
    draw()
    page.mouse.up()
    found = wait_for_said(page, "said.region")
    region = found["region"]
    assert (region["start"], region["end"]) == (pytest.approx(1, abs=0.02), pytest.approx(2, abs=0.02))
    assert (region["low"], region["high"]) == (pytest.approx(1000, abs=40), pytest.approx(6000, abs=40))
    assert found["view"]["start"] == 0 and found["runs"] == 2
    page.keyboard.press("Escape")
    wait_for_said(page, "said.region === null && said.runs === 3")
    # The keyboard alone does it too: Enter at two cells, which are in it whole.
    page.keyboard.press("Escape")
    for key in ("ArrowRight", "Enter", "Shift+ArrowRight", "Shift+ArrowUp", "Enter"):
        page.keyboard.press(key)
    region = wait_for_said(page, "said.region")["region"]
    assert region == pytest.approx({"start": 2.0, "end": 61 * 0.04, "low": 4000.0, "high": 41 * 8000 / 60})


# --- the players ---------------------------------------------------------------------------------


def test_the_playhead_follows_the_players_and_they_follow_the_keys(shown):
    page = shown()
    assert line(page) is None
    page.wait_for_function("[...document.querySelectorAll('audio')].filter(a => a.readyState >= 1).length === 2")
    page.evaluate("document.querySelectorAll('audio')[1].dispatchEvent(new Event('seeking'))")  # as when it is loaded
    page.get_by_role("group", name="Both spectrograms").focus()
    page.keyboard.press("Space")
    times = "[...document.querySelectorAll('audio')].map(a => a.paused ? -1 : a.currentTime)"
    page.wait_for_function(f"{times}[0] > 0.3")
    before = line(page)
    page.wait_for_function(f"{times}[0] > 0.8")
    assert line(page, 0) > before > 0.05
    page.keyboard.press("b")  # the output goes on where the input was
    assert page.evaluate("document.querySelectorAll('audio')[1].currentTime") >= 0.8
    page.wait_for_function(f"{times}[1] > 0.8 && {times}[0] === -1")
    page.keyboard.press("Space")
    page.wait_for_function(f"{times}[1] === -1")
    readout(page)
    at = page.evaluate("document.querySelectorAll('audio')[1].currentTime")
    assert [line(page, panel) for panel in (0, 1)] == [pytest.approx(at / SECONDS, abs=0.01)] * 2
    # Enter goes to the cursor, a double click to the pointer: both players.
    page.mouse.dblclick(*spot(page, 0.75, 0.5))
    expected = [pytest.approx(3.02, abs=0.03)] * 2  # the middle of the cell
    page.wait_for_function(
        "[...document.querySelectorAll('audio')].every(a => !a.seeking && a.currentTime > 2.9)"
    )
    assert page.evaluate("[...document.querySelectorAll('audio')].map(a => a.currentTime)") == expected
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    page.wait_for_function(
        "[...document.querySelectorAll('audio')].every(a => !a.seeking && a.currentTime < 2.7)"
    )
    assert page.evaluate("document.querySelector('audio').currentTime") == pytest.approx(2.62, abs=0.03)


def test_players_that_the_page_makes_anew_are_followed_too(shown):
    page = shown()
    page.evaluate("document.querySelectorAll('audio').forEach(a => a.replaceWith(a.cloneNode(true)))")
    page.wait_for_function("document.querySelector('audio').readyState >= 1")
    page.evaluate("document.querySelector('audio').currentTime = 2")
    page.wait_for_function("!document.querySelector('audio').seeking")
    readout(page)
    assert line(page, 1) == pytest.approx(0.5, abs=0.01)


# --- place, and an end ---------------------------------------------------------------------------


def test_on_a_phone_panels_lie_below_each_other_and_a_thumb_hits_every_button(shown):
    page = shown(viewport=PHONE)
    boxes = [page.locator("canvas.over").nth(i).bounding_box() for i in (0, 1)]
    assert boxes[1]["y"] >= boxes[0]["y"] + boxes[0]["height"] and boxes[0]["x"] == boxes[1]["x"]
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    buttons = page.locator("[data-testid=stBidiComponentIsolated] button")
    sizes = [buttons.nth(i).bounding_box() for i in range(buttons.count())]
    assert len(sizes) == 7 and all(box["width"] >= 44 and box["height"] >= 44 for box in sizes)
    assert len({box["y"] for box in sizes}) == 1
    component = page.locator("[data-testid=stBidiComponentIsolated]")
    height = component.bounding_box()["height"]
    page.get_by_role("button", name="Zoom into time (+)").click()
    wait_for_said(page, "said.runs === 2")
    assert component.bounding_box()["height"] == height


@pytest.mark.parametrize("width", [390, 700, 850, 1440])
def test_no_line_above_the_picture_is_cut_and_nothing_jumps_when_another_comes(shown, width):
    page = shown(viewport={"width": width, "height": 844})
    line, picture = page.locator(".line"), page.locator("canvas.over").first
    at = picture.bounding_box()["y"]

    def hint() -> str:
        """What is seen of the hints, all of which lies above the picture, which has not moved."""
        sizes = line.evaluate("e => [e.scrollWidth - e.clientWidth, e.scrollHeight - e.clientHeight]")
        assert sizes == [0, 0] and picture.bounding_box()["y"] == at
        return line.evaluate(
            """e => [...e.querySelectorAll('.hint')].filter(h => h.checkVisibility({ opacityProperty: true,
              visibilityProperty: true })).map(h => h.innerText).join('|')"""
        )

    assert hint().startswith("Point to read.") and hint().endswith("double click plays from there.")
    picture.hover()
    assert "Output" in readout(page) and hint() == ""
    page.get_by_role("button", name="Select region").click()
    page.mouse.move(0, 0)
    assert readout(page) == "" and hint().startswith("Drag a rectangle:") and hint().endswith("Escape removes it.")


def listening(page) -> list[str]:
    """Which events of players are heard at the document."""
    session = page.context.new_cdp_session(page)
    document = session.send("Runtime.evaluate", {"expression": "document"})["result"]["objectId"]
    found = session.send("DOMDebugger.getEventListeners", {"objectId": document})["listeners"]
    return [
        one["type"] for one in found if one["type"] in ("play", "pause", "timeupdate", "seeking", "ended")
    ]


def test_nothing_is_reported_to_the_console_and_nothing_is_left_behind(shown):
    page = shown()
    wrong = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.reload()
    drawn(page)
    page.mouse.click(*spot(page, 0.3, 0.3))
    page.keyboard.press("+")
    wait_for_said(page, "said.view.start > 0.1")
    page.keyboard.press("Space")
    page.get_by_text("Without").click()
    page.wait_for_function("!document.querySelector('[data-testid=stBidiComponentIsolated]')")
    assert listening(page) == []
    page.get_by_text("Without").click()
    drawn(page)
    assert "timeupdate" in listening(page)
    assert wrong == []
