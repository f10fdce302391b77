"""Pages are drawn in this process, one visitor after the other."""

from __future__ import annotations

import logging

import pytest
import torch
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.runtime.pages_manager import PagesManager
from streamlit.runtime.scriptrunner.script_cache import ScriptCache
from streamlit.testing.v1 import app_test, local_script_runner

from playground.ui import soon

from .visiting import visit

BEGIN = PagesManager.__init__
SCRIPTS = ScriptCache()
OFTEN = local_script_runner.require_widgets_deltas


@pytest.fixture
def at():
    """A visitor at the first sight of the picture page."""
    return visit()


@pytest.fixture(autouse=True)
def a_server_that_is_up(monkeypatch):
    """AppTest takes every run for the first of a fresh server, where a page is drawn by way of a rerun.

    That is one case; usually the server knows the menu, and no click is lost on the way.
    """

    def begin(self, *args, **kwargs):
        PagesManager.uses_pages_directory = False
        BEGIN(self, *args, **kwargs)

    monkeypatch.setattr(PagesManager, "__init__", begin)


@pytest.fixture(autouse=True)
def no_pause_for_a_browser(monkeypatch):
    monkeypatch.setattr(soon, "BREATH", 0)


@pytest.fixture
def a_fresh_server(a_server_that_is_up, monkeypatch):
    """The first request may be a deep link: nothing has told Streamlit of the menu yet."""
    monkeypatch.setattr(PagesManager, "__init__", BEGIN)


@pytest.fixture(autouse=True)
def no_search_for_components(monkeypatch):
    """Every visitor would look through all installed packages, for longer than a page takes."""
    monkeypatch.setattr(BidiComponentManager, "discover_and_register_components", lambda *_, **__: None)


@pytest.fixture(autouse=True)
def scripts_are_compiled_once(monkeypatch):
    """As on a server, which has one cache for all visitors; AppTest has one for each run."""
    monkeypatch.setattr(app_test, "ScriptCache", lambda: SCRIPTS)


@pytest.fixture(autouse=True)
def wait_for_the_thread(monkeypatch):
    """AppTest looks every millisecond whether a run has ended, and takes Python's lock from the run for it."""

    def wait(runner, timeout):
        runner._script_thread.join(timeout)
        OFTEN(runner, 0.1)  # which also complains where the time was too short

    monkeypatch.setattr(local_script_runner, "require_widgets_deltas", wait)


@pytest.fixture(scope="package", autouse=True)
def one_thread():
    """Small pictures: torch's threads would wait for each other longer than they compute."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="package", autouse=True)
def no_remark_about_the_missing_server():
    logging.getLogger("streamlit.runtime.scriptrunner_utils.script_run_context").disabled = True
