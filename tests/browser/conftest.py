"""A real server process and a real Chromium.  Without Chromium these tests skip; with REQUIRE_BROWSER they fail."""

from __future__ import annotations

import functools
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).parent.parent.parent
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1440, "height": 900}


@contextmanager
def serving(script: Path | str = "app.py", *, env: dict[str, str] | None = None) -> Iterator[str]:
    """A new server process of a script on a free port, until the block ends; yields its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "streamlit", "run", str(script), "--server.headless=true", f"--server.port={port}",
        "--server.address=127.0.0.1", "--server.fileWatcherType=none",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=ROOT, env={**os.environ, **(env or {})}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        address = f"http://127.0.0.1:{port}"
        for _ in range(300):
            try:
                urllib.request.urlopen(f"{address}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.1)
        else:
            raise RuntimeError("the server did not start within 30 seconds")
        yield address
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """One server for the tests that do not need a new one."""
    with serving() as address:
        yield address


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail("REQUIRE_BROWSER is set, but no Chromium was found")
        pytest.skip("no Chromium was found on this machine, so the browser tests are skipped")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def profile(browser: Browser) -> Callable[[str, str], BrowserContext]:
    """A browser that has been at this server before: it has read and compiled Streamlit's scripts, half of what a visit takes.

    A new server has another port, so it is met by a browser that knows nothing.  What a page could leave behind for the
    next one is in no test's way: the app keeps nothing in the browser, and cookies are cleared.
    """

    @functools.cache
    def of(server: str, theme: str) -> BrowserContext:
        return browser.new_context(color_scheme=theme, accept_downloads=True)

    return of


@pytest.fixture
def visit(profile: Callable[[str, str], BrowserContext]) -> Iterator:
    """Open an address in a tab of its own: ``visit(url, viewport=..., theme=...)``."""
    pages = []

    def open_page(url: str, *, viewport: dict = DESK, theme: str = "light") -> Page:
        context = profile(urlsplit(url).netloc, theme)
        context.clear_cookies()
        page = context.new_page()
        pages.append(page)
        page.set_viewport_size(viewport)
        page.set_default_timeout(30_000)
        page.goto(url)
        settled(page)
        return page

    yield open_page
    for page in pages:
        page.close()


def settled(page: Page) -> None:
    """Wait until the script has run and the browser has drawn what it made."""
    page.wait_for_function(
        """() => {
          const pictures = [...document.querySelectorAll('.st-key-stage [data-testid="stImage"] img')];
          const players = document.querySelectorAll('audio');
          return document.querySelector('h1') && pictures.length + players.length >= 2 && pictures.every(i => i.complete)
            && document.querySelector('[data-testid="stApp"][data-test-script-state="notRunning"]');
        }"""
    )
    page.wait_for_timeout(200)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def unfold(page: Page, key: str) -> None:
    """Open the settings of this key and wait until they stand still: what unfolds is cut off, and scrolled, meanwhile."""
    page.locator(f".st-key-{key} summary").click()
    page.wait_for_function(
        """key => {
          const details = document.querySelector(`.st-key-${key} details`);
          return details.open && !details.getAnimations({ subtree: true }).length;
        }""",
        arg=key,
    )


def heading(page: Page) -> str:
    """The text of the page's one h1."""
    found = page.locator("h1")
    assert found.count() == 1, [found.nth(i).inner_text() for i in range(found.count())]
    return found.inner_text().strip()


def expect_heading(page: Page, text: str) -> None:
    """Wait for the heading that a change should bring."""
    page.wait_for_function(
        "text => document.querySelectorAll('h1').length === 1"
        " && document.querySelector('h1').innerText.trim() === text",
        arg=text,
    )
    settled(page)
