"""Pages are drawn in this process, one visitor after the other."""

from __future__ import annotations

import logging

import pytest
import torch

from .visiting import visit


@pytest.fixture
def at():
    """A visitor at the first sight of the picture page."""
    return visit()


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
