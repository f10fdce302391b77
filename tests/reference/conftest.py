"""Small tensors in wide grids: threads would wait for each other longer than they compute."""

from __future__ import annotations

import pytest
import torch
from threadpoolctl import threadpool_limits


@pytest.fixture(scope="package", autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    with threadpool_limits(1, "blas"):  # NumPy's takes a second thread for every product of 10 000 numbers
        yield
    torch.set_num_threads(before)
