"""Who computes the blocks?  The caller and whichever helpers are idle: the same few for the whole process.

There is one helper less than there are cores, so a call alone uses them all.  Visitors at once divide them: while more
threads compute than there are cores, a call that has more than its share lets helpers go, between two jobs, and asks
again when there is room.  OpenCV and NumPy let go of Python's lock while they compute.  A pool of concurrent.futures
takes 0.3 ms to be asked and to answer, as long as a small picture.
"""

from __future__ import annotations

import atexit
import os
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable
from functools import cache

from playground.ops.lazy import torch


def share(work: Callable[[object], None], jobs: Iterable[object], *, alone: bool = False) -> None:
    """Call ``work`` once for every job, on this thread and on idle helpers; the first error is raised.

    Jobs are begun in their order, each by who is free.  ``alone`` asks no helper: waking one takes a tenth of a
    millisecond.

    >>> found = []
    >>> share(found.append, [1, 2, 3])
    >>> sorted(found)
    [1, 2, 3]
    """
    jobs = list(jobs)
    if alone or min(cores(), len(jobs)) < 2:
        for job in jobs:
            work(job)
        return
    errand = _Errand(work, jobs)
    _computing.add(1, callers=1)
    try:
        errand.ask(min(errand.cores, len(jobs)) - 1)
        errand.take_turns(work)
    finally:
        _computing.add(-1, callers=-1)
        errand.end()
    errand.complain()


class _Computing:
    """How many threads compute, and how many of them are callers: of all errands."""

    def __init__(self) -> None:
        self.threads, self.callers, self.lock = 0, 0, threading.Lock()

    def add(self, threads: int, *, callers: int = 0) -> None:
        with self.lock:
            self.threads += threads
            self.callers += callers


_computing = _Computing()


class _Errand:
    """The jobs of one call, how many helpers were ``asked`` and have not come yet, and how many are at them."""

    def __init__(self, work: Callable[[object], None], jobs: list[object]) -> None:
        self.work: Callable[[object], None] | None = work
        self.jobs, self.cores = deque(jobs), cores()
        self.lock, self.helped = threading.Lock(), threading.Lock()
        self.asked, self.helpers, self.error = 0, 0, None

    def ask(self, helpers: int) -> None:
        """Ask so many more."""
        for _ in range(helpers):
            with self.lock:
                self.asked += 1
            _errands().put(self)

    def crowded(self) -> bool:
        """Whether there are more threads than cores, and more of them at this errand than an equal share."""
        return _computing.threads > self.cores and (1 + self.helpers) * _computing.callers > self.cores

    def take_turns(self, work: Callable[[object], None], *, helps: bool = False) -> None:
        """Do one job after the other until none is left; whoever ``helps`` leaves where it is crowded."""
        while self.error is None and not (helps and self.crowded()):
            with self.lock:
                if not self.jobs:
                    return
                job = self.jobs.popleft()
                free = min(self.cores - _computing.threads, len(self.jobs))
            if not helps:
                self.ask(free - self.asked)
            try:
                work(job)
            except BaseException as error:  # noqa: BLE001 - raised again on the caller's thread
                self.error = self.error or error

    def help(self) -> None:
        """What a helper does, if the caller has not ended yet."""
        with self.lock:
            work = self.work
            if work is None:
                return
            self.asked -= 1
            self.helpers += 1
            if self.helpers == 1:
                self.helped.acquire()
        _computing.add(1)
        self.take_turns(work, helps=True)
        _computing.add(-1)
        with self.lock:
            self.helpers -= 1
            if self.helpers == 0:
                self.helped.release()

    def end(self) -> None:
        """Let no helper begin any more, which would keep arrays alive, and wait for those that have."""
        with self.lock:
            self.work = None
        with self.helped:
            pass

    def complain(self) -> None:
        """Raise what a job raised."""
        if self.error is not None:
            raise self.error


def cores() -> int:
    """Cores that a call may use: those of this process, and no more than torch was given.

    >>> 1 <= cores() <= os.cpu_count()
    True
    """
    available = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(available, torch.get_num_threads()))


@cache
def _errands() -> queue.SimpleQueue[_Errand | None]:
    waiting: queue.SimpleQueue[_Errand | None] = queue.SimpleQueue()

    def help_until_the_end() -> None:
        while (errand := waiting.get()) is not None:
            errand.help()
            del errand  # or the arrays of a call would live until the next one

    helpers = [
        threading.Thread(target=help_until_the_end, name=f"correlate {number}", daemon=True)
        for number in range(max(1, (os.cpu_count() or 2) - 1))
    ]
    for helper in helpers:
        helper.start()

    def end() -> None:  # a thread that Python cuts off within OpenCV takes the process with it
        for _ in helpers:
            waiting.put(None)
        for helper in helpers:
            helper.join()

    atexit.register(end)
    return waiting
