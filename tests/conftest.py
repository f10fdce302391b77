"""What holds for all tests."""

from __future__ import annotations

import gc

import pytest

from playground.ops.methods import compiled


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """Twenty thousand tests are no garbage: nobody looks through them while they are made, nor later on."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def loops():
    """The engine's own loops are there from the first test on, so that the same call gives the same bits."""
    assert compiled.fetch(), "numba is missing or does not work here"
