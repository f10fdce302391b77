"""How long does a visitor wait, beside a page of Streamlit's that does next to nothing?  ``python -m tests.bench.pages``

A real server, a real Chromium: from a key or a click to the frame in which the picture is another one, and from
the address to the first words and the first result.  All pages take turns, a figure is the median.
"""

from __future__ import annotations

import io
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as Pillow
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from playground import engine
from playground.media.samples import picture, sound
from playground.recipe.text import from_text
from tests.browser.conftest import ARGUMENTS, DESK, serving

BARE, MENU = Path(__file__).with_name("bare.py"), Path(__file__).with_name("bare_menu.py")
TURNS, STARTS, COLD = 20, 11, 3
WINDOWS = ("512", "1024", "2048", "4096", "8192", "256")
PICTURE = """() => { const all = [...document.querySelectorAll('[data-testid="stImage"] img')];
  const seen = all[Math.min(1, all.length - 1)]; return seen?.complete ? seen.currentSrc : null; }"""
SPECTROGRAM = """() => {
  const find = root => [...root.querySelectorAll('*')].flatMap(e =>
    [...(e.tagName === 'CANVAS' && e.height > 100 ? [e] : []), ...(e.shadowRoot ? find(e.shadowRoot) : [])]);
  if (!window.seen?.length || !window.seen[0].isConnected) window.seen = find(document);
  return window.seen.map(c => {
    const column = c.getContext('2d').getImageData(Math.floor(0.4 * c.width), 0, 1, c.height).data;
    return column.reduce((sum, value) => (31 * sum + value) % 1000000007, 0); }).join(); }"""
WATCH = """probe => { const look = eval(probe), before = look(); let start; window.waited = null;
  for (const kind of ["keydown", "click"])  // what the driver does to get there is nobody's wait
    addEventListener(kind, event => { start ??= event.timeStamp; }, { capture: true, once: true });
  const later = () => setTimeout(() => { const now = look();  // frames asked for all the time would keep a core busy
    if (now === null || now === before) later();
    else requestAnimationFrame(() => { window.waited = performance.now() - start; }); }, 4);
  later(); }"""


@dataclass
class Case:
    """One page that waits for its next key; ``act`` presses it."""

    page: Page
    probe: str
    act: Callable[[Page, int], None]
    waited: list[float] = field(default_factory=list)

    def once(self, turn: int) -> None:
        self.page.bring_to_front()
        self.page.evaluate(WATCH, self.probe)
        self.act(self.page, turn)
        self.page.wait_for_function("() => window.waited !== null", timeout=30_000)
        self.waited.append(self.page.evaluate("() => window.waited"))
        self.page.wait_for_timeout(700)  # the rest of the page comes


def slide(selector: str) -> Callable[[Page, int], None]:
    """Always to the right: a value that was seen before might be remembered."""

    def act(page: Page, turn: int) -> None:
        page.locator(f"{selector} input[type=range]").first.focus()
        page.keyboard.press("ArrowRight")

    return act


def step_up(selector: str) -> Callable[[Page, int], None]:
    def act(page: Page, turn: int) -> None:
        page.locator(f"{selector} input").first.focus()
        page.keyboard.press("ArrowUp")

    return act


def press(selector: str, words: tuple[str, ...]) -> Callable[[Page, int], None]:
    """One after the other: more than are remembered."""

    def act(page: Page, turn: int) -> None:
        page.locator(selector).get_by_text(words[turn % len(words)], exact=True).click()

    return act


def photo(height: int, width: int, folder: Path) -> Path:
    """A JPEG as a camera makes it: the cat, enlarged, with a little noise."""
    rng, cat = np.random.default_rng(0), np.moveaxis(picture("cat").values.numpy(), 0, -1)
    values = cv2.resize(cat, (width, height), interpolation=cv2.INTER_CUBIC) + rng.normal(0, 0.01, (height, width, 1))
    values = (255 * values.clip(0, 1)).astype(np.uint8)
    path = folder / f"{height}x{width}.jpg"
    data = io.BytesIO()
    Pillow.fromarray(values).save(data, "JPEG", quality=90)
    path.write_bytes(data.getvalue())
    return path


def opened(browser: Browser, address: str) -> Page:
    page = browser.new_context(viewport=DESK).new_page()
    page.set_default_timeout(60_000)
    page.goto(address)
    page.wait_for_selector("h1")
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')
    return page


def with_photo(browser: Browser, address: str, path: Path, words: str) -> Page:
    page = opened(browser, address)
    page.get_by_role("button", name="Use mine").click()
    page.locator('[class*="_upload"] input[type="file"]').set_input_files(str(path))
    page.wait_for_function("words => document.body.innerText.includes(words)", arg=words)
    page.keyboard.press("Escape")
    return page


def with_more(page: Page) -> Page:
    page.get_by_text("More settings").first.click()
    page.wait_for_timeout(500)
    return page


def changes(browser: Browser, app: str, bare: str, folder: Path) -> Iterator[str]:
    yield "| change | key to pixels, ms | bare page, ms | ratio |"
    yield "|---|---|---|---|"
    pairs = []
    for megapixels, (height, width) in {"1": (1000, 1000), "12": (3000, 4000)}.items():
        path, words = photo(height, width, folder), f"{height} × {width}"
        pairs += [
            (f"{megapixels} megapixel, sobel-x (dilation)", megapixels, PICTURE, step_up(".st-key-image_dilation_0"),
             lambda p=path, w=words: with_more(with_photo(browser, f"{app}/image", p, w))),
            (f"{megapixels} megapixel, gaussian of 31 (sigma)", megapixels, PICTURE, step_up(".st-key-image_gaussian_sigma"),
             lambda p=path, w=words: with_photo(browser, f"{app}/image?recipe=gaussian.size_31.sigma_3", p, w)),
        ]  # fmt: skip
    for name, size, probe, act, begin in pairs:
        yield _row(name, *_waits(probe, act, begin(), opened(browser, f"{bare}/?megapixels={size}")))
    act = slide(".st-key-spectrogram_amount_smooth_time")
    page = with_more(opened(browser, f"{app}/spectrogram"))
    yield _row("spectrogram, amount", *_waits(SPECTROGRAM, act, page, opened(browser, bare)))
    act, page = press(".st-key-spectrogram_n_fft", WINDOWS), with_more(opened(browser, f"{app}/spectrogram"))
    ours, theirs = _waits(SPECTROGRAM, act, page, opened(browser, bare))
    yield _row("spectrogram, n_fft", ours, theirs)
    alone = transforms()
    share = f"{ours / (2 * theirs + alone):.2f}"
    yield f"| the same, beside two bare pages and the transforms alone, {alone:.0f} ms | {ours:.0f} | {2 * theirs + alone:.0f} | {share} |"


def transforms() -> float:
    """Milliseconds of the transforms that a new window length asks for, there and back, of the page's first sight."""
    medium, spent = sound("speech"), []
    for turn in range(TURNS):
        n_fft = int(WINDOWS[turn % len(WINDOWS)])
        recipe = from_text(f"stft.n-fft_{n_fft}.hop-length_{n_fft // 4}~box.size_1_9~istft", "audio")
        started = time.perf_counter()
        engine.run(recipe, medium)
        spent.append(1e3 * (time.perf_counter() - started))
    return statistics.median(spent)


def _row(name: str, ours: float, theirs: float) -> str:
    return f"| {name} | {ours:.0f} | {theirs:.0f} | {ours / theirs:.2f} |"


def _waits(probe: str, act: Callable[[Page, int], None], page: Page, bare: Page) -> tuple[float, float]:
    page.wait_for_timeout(2000)
    cases = Case(page, probe, act), Case(bare, PICTURE, slide(""))
    for turn in range(TURNS + 2):
        for case in cases:
            case.once(turn)
    ours, theirs = (statistics.median(case.waited[2:]) for case in cases)
    for case in cases:
        case.page.context.close()
    return ours, theirs


def starts(browser: Browser) -> Iterator[str]:
    """From the address to the page's title and controls, and to the first result, in a browser that was there before.

    Beside three pages by Streamlit alone: one at the root of its server; the same behind a menu as this one, where
    Streamlit draws the menu and asks for its server at the page's address first, which costs a tenth of a second; and
    the menu, title and controls of the picture page, which is as soon as these can stand.  They come in any order, as
    whoever follows the heaviest page waits until the browser has put that away.
    """
    yield "| start | title and controls, ms | bare page, ms | ratio | first result, ms | behind the bare page by, ms |"
    yield "|---|---|---|---|---|---|"
    context, ours = browser.new_context(viewport=DESK), Start("app.py", "/image", _inspector)
    bare = {
        "": Start(str(BARE), "", _slider),
        ", bare page behind a menu": Start(str(MENU), "/bare", _slider),
        ", the same controls by Streamlit alone": Start(str(MENU), "/controls", _inspector),
    }
    pages, order = [ours, *bare.values()], random.Random(0)
    with tempfile.TemporaryDirectory() as folder:  # of compiled modules, as a process finds them behind its first
        compiled = {"PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": folder}
        for _ in range(COLD + 1):
            for page in order.sample(pages, len(pages)):
                with serving(page.script, env=compiled) as address:
                    page.cold.append(_visit(context, address, page))
        with ExitStack() as stack:
            servers = {script: stack.enter_context(serving(script, env=compiled)) for script in {page.script for page in pages}}
            for _ in range(STARTS + 1):
                for page in order.sample(pages, len(pages)):
                    page.warm.append(_visit(context, servers[page.script], page))
    for name, page in bare.items():
        yield _start(f"first visit to a process{name}", ours.cold, page.cold)
    for name, page in bare.items():
        yield _start(f"later visit{name}", ours.warm, page.warm)


@dataclass
class Start:
    """One page that is opened; ``controls`` says in the browser whether its title and controls stand."""

    script: str
    path: str
    controls: str
    cold: list[tuple[float, float]] = field(default_factory=list)
    warm: list[tuple[float, float]] = field(default_factory=list)


_inspector = """() => document.querySelector('h1') && document.querySelector('.st-key-inspector [data-testid="stButtonGroup"]')"""
_slider = "() => document.querySelector('h1') && document.querySelector('input[type=range]')"


def _visit(context: BrowserContext, server: str, start: Start) -> tuple[float, float]:
    """Milliseconds until title and controls stand, and until the picture does."""
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(f"{server}{start.path}", wait_until="commit")
    now = "() => performance.now()"
    page.wait_for_function(start.controls, polling="raf")
    first = page.evaluate(now)
    wanted = 2 if start.path == "/image" else 1
    page.wait_for_function(
        """count => { const all = [...document.querySelectorAll('[data-testid="stImage"] img')];
          return all.length >= count && all.every(i => i.complete); }""", arg=wanted, polling="raf",
    )  # fmt: skip
    result = page.evaluate(now)
    page.close()
    return first, result


def _start(name: str, ours: list[tuple[float, float]], theirs: list[tuple[float, float]]) -> str:
    """Without each one's first visit, before which the browser has not seen its scripts or styles."""
    (first, result), (bare_first, bare_result) = (
        [statistics.median(visit[what] for visit in visits[1:]) for what in (0, 1)] for visits in (ours, theirs)
    )
    return f"| {name} | {first:.0f} | {bare_first:.0f} | {first / bare_first:.2f} | {result:.0f} | {result - bare_result:.0f} |"


def lines() -> Iterator[str]:
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        with serving() as app, serving(BARE) as bare:
            yield from changes(browser, app, bare, folder)
        yield ""
        yield from starts(browser)
        browser.close()


def main() -> None:
    for line in lines():
        print(line, flush=True)


if __name__ == "__main__":
    main()
