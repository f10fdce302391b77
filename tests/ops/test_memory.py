"""Lent memory: given back when nothing refers to it, never before, and never too much of it."""

import gc
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
import torch

from playground import ops
from playground.machine import memory_bytes
from playground.ops.methods import memory

ROOT = Path(__file__).resolve().parents[2]
SIZE = 300_000


@pytest.fixture(autouse=True)
def nothing_waits():
    gc.collect()
    memory._waiting.clear()
    yield
    memory._waiting.clear()


def waiting() -> list[int]:
    return [buffer.nbytes for buffer in memory._waiting.values()]


def test_what_nobody_holds_is_lent_again():
    first = memory.empty((3, SIZE), "float32")
    place = first.ctypes.data
    assert waiting() == []
    del first
    assert waiting() == [12 * SIZE]
    assert memory.empty((3, SIZE), "float32").ctypes.data == place


@pytest.mark.parametrize(
    "refer",
    [
        lambda made: made[1:, ::2],
        np.asarray,
        lambda made: np.asarray(made)[1:].reshape(-1),
        torch.from_numpy,
        lambda made: torch.from_numpy(made)[0, 5:],
        lambda made: torch.from_numpy(made).numpy()[1:],
        memoryview,
    ],
)
def test_memory_that_a_view_shows_is_not_lent(refer):
    made = memory.empty((3, SIZE), "float32")
    made[:] = 7
    view = refer(made)
    del made
    gc.collect()
    assert waiting() == []
    assert np.asarray(view).ravel()[-1] == 7
    del view
    gc.collect()
    assert waiting() == [12 * SIZE]


def test_no_buffer_much_larger_than_asked_for_is_lent():
    memory.give_back(memory.borrow(4 * SIZE))
    assert memory.borrow(SIZE).nbytes == SIZE and memory.borrow(3 * SIZE).nbytes == 3 * SIZE
    assert waiting() == [4 * SIZE]
    assert memory.borrow(int(3.5 * SIZE)).nbytes == 4 * SIZE and waiting() == []


def test_the_oldest_go_where_too_much_would_wait(monkeypatch):
    monkeypatch.setattr(memory, "MOST", 5 * SIZE)
    for size in (SIZE, 2 * SIZE, 3 * SIZE):
        memory.give_back(memory.borrow(size))
    assert waiting() == [2 * SIZE, 3 * SIZE]
    memory.give_back(memory.borrow(6 * SIZE))
    assert waiting() == []


def test_a_small_machine_keeps_a_sixteenth(monkeypatch):
    assert memory.MOST <= 256e6
    monkeypatch.setattr(memory, "memory_bytes", lambda: 16 * SIZE)
    memory.give_back(memory.borrow(2 * SIZE))
    assert waiting() == [] and memory_bytes() > 2 * SIZE


def test_a_result_is_its_own_while_it_lives():
    kernel = torch.randn(3, 3, generator=torch.Generator().manual_seed(0))
    inputs = [torch.full((3, 200, 300), float(i)) for i in range(6)]
    made = [ops.conv2d(x, kernel, padding="same", padding_mode="reflect") for x in inputs]
    for x, y in zip(inputs, made, strict=True):
        again = ops.conv2d(x, kernel, padding="same", padding_mode="reflect")
        assert torch.equal(y, again) and y.data_ptr() != again.data_ptr()


def test_a_program_that_ends_with_a_result_in_hand_says_nothing():
    code = """
        import torch
        from playground import ops

        y = ops.conv2d(torch.rand(3, 900, 1200), torch.rand(5, 5), padding="same")
        z = [ops.conv2d(torch.rand(3, 900, 1200), torch.rand(5, 5), padding="same")]
        z.append(z)
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, cwd=ROOT)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
