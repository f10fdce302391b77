"""What holds for all tests."""

from __future__ import annotations

import gc

import pytest
from threadpoolctl import threadpool_limits

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


@pytest.fixture(scope="session", autouse=True)
def one_thread_of_blas():
    """There is a worker for every core; NumPy would wake all cores for each product of 10 000 numbers."""
    with threadpool_limits(1, "blas"):
        yield


@pytest.fixture(scope="module")
def one_thread():
    """Where tensors are small: torch's threads would wait for each other longer than they compute."""
    import torch  # by a worker, not by the process that only hands out the tests

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)
