"""What every test finds: the loops of ``ops.methods.compiled`` are there, so that the same call gives the same bits."""

from __future__ import annotations

import pytest

from playground.ops.methods import compiled


@pytest.fixture(scope="session", autouse=True)
def loops():
    assert compiled.fetch(), "numba is missing or does not work here"
