"""Who computes the blocks?  The caller and whichever helpers are idle: one pool for the whole process.

The pool has one thread less than there are cores, so a call alone uses them all, and two visitors at once
divide them instead of crowding them.  OpenCV and NumPy let go of Python's lock while they compute.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

import numpy as np

from playground.ops.lazy import torch


def share(work: Callable[[object], None], jobs: Iterable[object], *, alone: bool = False) -> None:
    """Call ``work`` once for every job, on this thread and on idle helpers; the first error is raised.

    Jobs are begun in their order, each by who is free.  ``alone`` asks no helper: waking one takes 50
    microseconds.

    >>> found = []
    >>> share(found.append, [1, 2, 3])
    >>> sorted(found)
    [1, 2, 3]
    """
    jobs = list(jobs)
    waiting, lock, failed, errand = iter(jobs), threading.Lock(), [], [work]

    def take_turns() -> None:
        do = errand[0] if errand else None
        while do is not None and not failed:
            with lock:
                job = next(waiting, jobs)  # the list itself says that no job is left
            if job is jobs:
                return
            try:
                do(job)
            except BaseException as error:  # noqa: BLE001 - handed to the caller's thread below
                failed.append(error)

    helpers = [_pool().submit(take_turns) for _ in range(0 if alone else min(cores(), len(jobs)) - 1)]
    take_turns()
    for helper in helpers:
        if not helper.cancel():
            helper.result()
    errand.clear()  # a helper that never began must not keep the arrays: their memory would not be used again
    if failed:
        raise failed[0]


class Room(threading.local):
    """Scratch memory of one call: every thread takes its own, once, and uses it for block after block.

    Fresh memory costs more than a small sum on it.

    >>> room = Room()
    >>> room.take("sum", (2, 3), "float32").shape, room.take("sum", (2, 3), "float32") is None
    ((2, 3), False)
    """

    def __init__(self) -> None:
        self.held: dict[str, np.ndarray] = {}

    def take(self, name: str, shape: tuple[int, int], dtype: object) -> np.ndarray:
        """A buffer of ``shape``, with whatever is in it; the same memory for the same name."""
        size = shape[0] * shape[1]
        buffer = self.held.get(name)
        if buffer is None or buffer.size < size:
            buffer = self.held[name] = np.empty(size, dtype)
        return buffer[:size].reshape(shape)


def cores() -> int:
    """Cores that a call may use: those of this process, and no more than torch was given.

    >>> 1 <= cores() <= os.cpu_count()
    True
    """
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(available, torch.get_num_threads()))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max(1, (os.cpu_count() or 2) - 1), thread_name_prefix="correlate")
