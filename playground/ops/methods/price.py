"""What does a method cost on this shape?  A model, not a table: nanoseconds of one core, and bytes.

Every method shares its work among the cores alike (a matrix product by torch's own threads), so one core's time tells
which is fastest.  Measured on 22, 23, 28 and 29 November 2026: Xeon with AVX-512, OpenCV 5.0, torch 2.11, float32; our
loops and OpenCV's transform also on an EPYC with AVX2, slower by half and more: a picture's price is between
both.  float64 takes about twice as long by every method.
"""

from __future__ import annotations

import itertools
import math
from functools import lru_cache
from typing import NamedTuple

from playground.ops.geometry import Axis, Window, phases
from playground.ops.methods import compiled, direct, filtering, fourier, lines, separable, toeplitz
from playground.ops.methods.division import SAMPLES, both, most_read
from playground.ops.methods.filtering import A_PICK, A_RESULT, A_TAP
from playground.ops.methods.sharing import cores

A_COPY = 0.15
"""A sample put elsewhere within the cache."""
A_RUNNING_SUM = 2.5
"""A result of boxFilter, however long its window."""
ALONG_A_ROW = 8.0
"""The same of a row alone, which leaves it nothing to do at once."""
A_SHIFTED_TAP = 1.5
"""A shifted copy added up, in memory."""
A_COPY_CALLED = 10_000
"""Calling for one such copy."""
AN_APART = 1.5
"""A result of one phase of a stride 1/s, put between those of the others."""
A_CALL = {"direct": 50_000, "separable": 150_000, "running": 50_000, "lines": 60_000}
"""What Python takes for one phase, and for one plane of it by OpenCV, beyond what our plain loops ask for."""
A_PART = 150_000
"""One of the parts in which a dilated sum is made that OpenCV would transform: ``d`` along each axis of dilation ``d``."""
A_ROW = 80.0
"""A row that an OpenCV filter makes, whatever its length."""
A_TRANSFORMED = 9.0
"""A result of a row of at most ``SHORT_ROW`` samples, four times as many as taps, which stand side by side, or of a picture
of at most ``SMALL_PICTURE``, that OpenCV's filter2D transforms; of others 8 to 65."""
SHORT_ROW, SMALL_PICTURE = 1 << 15, 1 << 14
A_TORCH_TAP = 0.15
"""A tap of torch's convolution without mixing, beside ``A_TORCH_RESULT``."""
A_TORCH_RESULT = 4.0
BLOCKS = 14
"""Blocks that a thread may hold, and as many for the caller: 12.7 were measured, of 9 x 9 taps at stride 1/2."""
LARGE_BLOCKS = 6
"""The same at a larger stride, where they are large: 2.5 were measured."""
APART = 1 << 23
"""Results of all phases, of which those of a line are computed before they are put between each other; at least those
of one plane."""
NEVER = math.inf


class Job(NamedTuple):
    """One correlation as a method sees it: the largest phase of a stride 1/s, how many there are, the kernel.

    ``used`` are the taps of one phase that are not zero, ``ranks`` how many columns times rows the kernel is
    the sum of (0: too many), ``even`` whether all taps are alike.  ``waiting`` are results of other phases that wait
    for those that go between them.  Of a sound, ``rounds`` are the results of a round of phases, its step, the
    samples that it reads, and the results at the ends.
    """

    windows: tuple[Window, Window]
    phases: int
    planes: int
    used: int
    ranks: int
    even: bool
    item_bytes: int
    waiting: int = 0
    rounds: tuple[int, int, int, int] | None = None

    @property
    def results(self) -> int:
        """Results of one plane and one phase."""
        return math.prod(window.count for window in self.windows)

    @property
    def steps(self) -> int:
        """Results at stride 1 for each one kept."""
        return math.prod(window.step for window in self.windows)

    @property
    def span(self) -> int:
        """Taps with the zeros of a dilation between them."""
        return math.prod((window.taps - 1) * window.dilation + 1 for window in self.windows)

    @property
    def read(self) -> int:
        """Samples of one plane that are read, from first to last."""
        return math.prod(window.last - window.start + 1 for window in self.windows)


@lru_cache(512)
def largest_phase(axes: tuple[Axis, ...]) -> tuple[tuple[Window, Window], int] | None:
    """The windows with the most taps, and how many phases there are; None where no tap meets a sample.

    >>> from playground.ops.geometry import settle
    >>> largest_phase((settle(5, 3, padding="same"),))
    ((Window(start=0, step=1, dilation=1, taps=1, count=1), Window(start=-1, step=1, dilation=1, taps=3, count=5)), 1)
    """
    split = [phases(axis) for axis in axes]
    if not all(split):
        return None
    windows = tuple(max((phase.window for phase in found), key=lambda window: window.taps) for found in split)
    return both(windows), math.prod(len(found) for found in split)


def waiting(axes: tuple[Axis, ...], planes: int) -> int:
    """Results of phases that wait for those that go between them along the last axis.

    >>> from fractions import Fraction
    >>> from playground.ops.geometry import settle
    >>> waiting((settle(100, 3, stride=Fraction(1, 2)),), 2), waiting((settle(100, 3),), 2)
    (394, 0)
    """
    *down, across = [phases(axis) for axis in axes]
    if not across or across[0].output.step == 1:
        return 0
    line = max((math.prod(phase.window.count for phase in found) for found in itertools.product(*down)), default=0)
    return together(axes, planes) * line * axes[-1].output


def together(axes: tuple[Axis, ...], planes: int) -> int:
    """Planes whose results wait at once.

    >>> from playground.ops.geometry import settle
    >>> together((settle(3000, 3), settle(4000, 3)), 3)
    1
    """
    return min(planes, max(1, APART // math.prod(axis.output for axis in axes)))


@lru_cache(2048)
def nanoseconds(method: str, job: Job) -> float:
    """What one core takes for the whole correlation; infinite where a method cannot or should not.

    >>> row = (Window(0, 1, 1, 1, 1), Window(-1, 1, 1, 3, 1000))
    >>> nanoseconds("direct", Job(row, 1, 2, 3, 0, False, 4)) < nanoseconds("fourier", Job(row, 1, 2, 3, 0, False, 4))
    True
    """
    if method == "toeplitz":
        return _products(job)
    if method == "compiled":
        return job.planes * job.phases * _by_loops(job)
    if method == "lines":
        apart = AN_APART * job.results if job.phases > 1 else 0
        return job.phases * (A_CALL[method] + job.planes * (_by_lines(job) + apart))
    apart = AN_APART * job.results if job.phases > 1 else 0
    fixed = {"fourier": fourier.A_CALL * job.phases, "shifted": A_COPY_CALLED * job.used}.get(method, 0)
    return fixed + job.planes * job.phases * (A_CALL.get(method, 0) + _one(method, job) + apart)


def _products(job: Job) -> float:
    if job.rounds is None:
        return NEVER
    *sizes, at_ends = job.rounds
    window, (an_end, a_tap) = job.windows[1], toeplitz.AT_AN_END
    each = toeplitz.nanoseconds(*sizes, toeplitz.best(*sizes))
    ends = toeplitz.A_PLANE + at_ends * (an_end + a_tap * window.taps)
    return toeplitz.A_CALL + job.planes * (toeplitz.IN_STEP * window.count * sizes[0] * each + ends)


def _one(method: str, job: Job) -> float:
    """What one phase of one plane takes by OpenCV, or by what is not made of loops."""
    vertical, passes = job.windows[0], {"direct": 1, "separable": 2 * job.ranks, "running": 1}.get(method, 0)
    return A_ROW * passes * vertical.count * min(vertical.step, vertical.taps) + _samples(method, job)


def _samples(method: str, job: Job) -> float:
    """The same without what each row takes, however long it is."""
    (vertical, horizontal), results, limit = job.windows, job.results, direct.TRANSFORMED[job.item_bytes]
    if method == "direct":
        dense = vertical.taps * horizontal.taps
        apart = job.span >= limit and max(vertical.dilation, horizontal.dilation) > 1
        if apart and job.steps > 1:
            return NEVER
        in_rounds = -(-vertical.taps // vertical.step) * horizontal.taps < limit
        if dense >= limit and not (in_rounds and filtering.rounds(vertical.taps, job.used, vertical.step) > 1):
            if vertical.taps == vertical.count == 1:
                small = job.read <= SHORT_ROW and 4 * dense <= job.read and not apart
            else:
                small = job.read <= SMALL_PICTURE and job.steps == 1
            return results * job.steps * A_TRANSFORMED if small else NEVER
        parts = vertical.dilation * horizontal.dilation if apart else 0
        return parts * A_PART + results * (_summed(vertical, horizontal, job.used) + (2 * A_COPY if apart else 0))
    if method == "separable":
        if not job.ranks or max(vertical.taps, horizontal.taps) >= limit:
            return NEVER
        longest = max((window.taps - 1) * window.dilation + 1 for window in job.windows)
        if job.ranks == 1 and longest <= separable.SHORTER[job.item_bytes] and job.steps > 1:
            return results * (job.steps * (2 * A_RESULT + A_TAP * (vertical.taps + horizontal.taps)) + A_PICK)
        line = Window(0, 1, 1, 1, 1)
        read = horizontal.last - horizontal.start + 1  # a column for each sample that a row reads
        column = read / horizontal.count * _summed(vertical, line, vertical.taps)
        row = _summed(line, horizontal, horizontal.taps)
        parts = sum(w.dilation for w in job.windows if (w.taps - 1) * w.dilation + 1 >= limit and w.dilation > 1)
        return job.ranks * parts * A_PART + results * (job.ranks * (column + row) + (job.ranks - 1) * A_COPY)
    if method == "running":
        each = A_RUNNING_SUM if vertical.count > 1 else ALONG_A_ROW
        return results * job.steps * each if job.even else NEVER
    if method == "shifted":
        return results * A_SHIFTED_TAP * max(1, job.used) + 2 * job.read
    if method == "fourier":
        reads = tuple(window.last - window.start + 1 for window in job.windows)
        spans = tuple((window.taps - 1) * window.dilation + 1 for window in job.windows)
        return fourier.best_tile(reads, spans)[1]
    return results * (A_TORCH_RESULT + A_TORCH_TAP * vertical.taps * horizontal.taps) + 2 * job.read


def _by_loops(job: Job) -> float:
    """What one phase of one plane takes by ``compiled``: every sum of a row is made, and those of a stride are kept."""
    (vertical, horizontal), taps = job.windows, job.windows[0].taps * job.windows[1].taps
    if job.item_bytes > 4 or taps > compiled.MOST_TAPS:
        return NEVER
    a_sum = compiled.A_SUM + taps * (compiled.a_tap(vertical, horizontal) if job.phases == 1 else compiled.A_TAP)
    across = job.phases if job.rounds or math.isqrt(job.phases) ** 2 < job.phases else math.isqrt(job.phases)
    picked = compiled.picking(horizontal.step, across)  # as if the stride were the same on both axes
    read = compiled.A_SAMPLE * job.read / job.phases
    as_samples = vertical.step == 1 and not picked and 2 * horizontal.start == -(horizontal.taps - 1) * horizontal.dilation
    a_row = compiled.ONE_OF_MANY if as_samples else compiled.A_PART + compiled.A_ROW / across
    a_row += compiled.an_end(vertical, horizontal)
    return read + job.results * (horizontal.step * a_sum + picked) + vertical.count * a_row


def _by_lines(job: Job) -> float:
    (vertical, horizontal), most = job.windows, lines.MOST_TAPS
    if not job.ranks or job.item_bytes > 4 or max(vertical.taps, horizontal.taps * job.ranks) > most:
        return NEVER
    return vertical.count * lines.nanoseconds(job.windows, job.ranks, horizontal.last - horizontal.start + 1)


def _summed(vertical: Window, horizontal: Window, used: float) -> float:
    """What filter2D takes for a result of ``used`` taps."""
    return filtering.nanoseconds((vertical.taps - 1) * vertical.dilation + 1, used, vertical.step, horizontal.step)


def working_bytes(method: str, job: Job) -> int:
    """Bytes that a method holds at once beside its input and its result: a bound.

    >>> working_bytes("direct", Job((Window(0, 1, 1, 1, 1), Window(0, 1, 1, 3, 9)), 1, 1, 3, 0, False, 4)) < 1e6
    True
    """
    read = job.planes * job.read
    if method == "toeplitz" and job.rounds is not None:
        *sizes, at_ends = job.rounds
        at_once, (_, step, span) = toeplitz.best(*sizes), sizes
        near = job.planes * (5 * (at_ends * step + span) + 4 * at_ends)
        return job.item_bytes * (2 * toeplitz.reads(*sizes, at_once) * at_once + near)
    if method == "torch":
        return 4 * job.item_bytes * (read + job.planes * job.results)
    if method == "shifted":
        return job.item_bytes * (2 * (2 * read + 2 * job.planes * job.results) + job.waiting)
    block, held = min(job.read, _block(job)), BLOCKS if job.steps == 1 else LARGE_BLOCKS
    if method == "fourier":
        reads = tuple(window.last - window.start + 1 for window in job.windows)
        spans = tuple((window.taps - 1) * window.dilation + 1 for window in job.windows)
        size, _ = fourier.best_tile(reads, spans)
        block, held = max(math.prod(size), SAMPLES) if size[0] == 1 else math.prod(size), BLOCKS
    return job.item_bytes * (block * held * (cores() + 1) + job.waiting)


def _block(job: Job) -> int:
    vertical, horizontal = job.windows
    if vertical.count == vertical.taps == 1:
        return 2 * most_read(vertical, horizontal) + 6 * (horizontal.taps - 1) * horizontal.dilation
    reach, row = (vertical.taps - 1) * vertical.dilation, horizontal.last - horizontal.start + 1
    return row * (5 * reach + 2 * vertical.step) + 2 * most_read(vertical, horizontal)
