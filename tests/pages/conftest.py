"""Pages are drawn in this process, one visitor after the other."""

from __future__ import annotations

import logging

import pytest
import torch
from streamlit.components.v2.component_manager import BidiComponentManager
from streamlit.runtime.pages_manager import PagesManager

from playground.ui import soon, waiting

from .visiting import visit

BEGIN = PagesManager.__init__


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
    monkeypatch.setattr(waiting, "DRAWN", 0)


@pytest.fixture
def a_fresh_server(a_server_that_is_up, monkeypatch):
    """The first request may be a deep link: nothing has told Streamlit of the menu yet."""
    monkeypatch.setattr(PagesManager, "__init__", BEGIN)


@pytest.fixture(autouse=True)
def no_search_for_components(monkeypatch):
    """Every visitor would look through all installed packages, for longer than a page takes."""
    monkeypatch.setattr(BidiComponentManager, "discover_and_register_components", lambda *_, **__: None)


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
