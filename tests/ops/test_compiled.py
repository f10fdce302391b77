"""The loops that are machine code: the definition at every stride, nothing read or written beside the arrays."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import textwrap
import threading
import types
from fractions import Fraction
from pathlib import Path

import numba
import numpy as np
import pytest
import torch

from playground import ops
from playground.errors import GeometryError
from playground.ops.geometry import settle
from playground.ops.methods import compiled, direct, lines, plan, separable

ROOT = Path(__file__).resolve().parents[2]
MODES = ["constant", "reflect", "symmetric", "replicate", "circular"]
STRIDES = [1, 2, 3, 5, Fraction(1, 2), Fraction(1, 3), Fraction(3, 2), Fraction(2, 5)]
CONV = {1: ops.conv1d, 2: ops.conv2d}
SIZES = [((1, 1), (3, 3)), ((7, 1), (2, 4)), ((20, 31), (5, 5)), ((33, 20), (1, 9)), ((12, 40), (7, 1)), ((9, 40), (11, 10)),
         ((1,), (3,)), ((9,), (4,)), ((300,), (31,)), ((120,), (1,)), ((77,), (2,))]  # fmt: skip


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng([seed, *shape]).standard_normal(shape))


def products(*taps: int, ranks: int = 1) -> torch.Tensor:
    """Columns times rows."""
    return noise(taps[0], ranks, seed=3) @ noise(ranks, taps[1], seed=4)


def off(x: torch.Tensor, kernel: torch.Tensor, method: str = "compiled", **settings) -> float:
    """How far the loops are from torch in float64, relative to what a sum can be."""
    found = CONV[kernel.ndim](x, kernel, method=method, **settings)
    expected = CONV[kernel.ndim](x.double(), kernel.double(), method="torch", **settings)
    assert found.shape == expected.shape and found.dtype == x.dtype and found.is_contiguous()
    scale = float(kernel.abs().sum()) * max(float(x.abs().max()), abs(settings.get("fill", 0.0)))
    return float((found - expected).abs().max()) / scale


@pytest.mark.parametrize("stride", STRIDES)
@pytest.mark.parametrize("mode", MODES)
def test_every_stride_and_border_is_the_definition(mode, stride, monkeypatch):
    """In sums so short and parts so many that they meet everywhere."""
    monkeypatch.setattr(compiled, "AT_ONCE", [7, 300][MODES.index(mode) % 2])
    monkeypatch.setattr(compiled, "WAKING", 0)
    compiled.parts.cache_clear()
    for number, (size, taps) in enumerate(SIZES):
        for padding in [(0, "same"), (3, "full"), (90, 0), ("same", 3), ("full", 90)][(number + MODES.index(mode)) % 5]:
            dilation = 1 + (number + len(str(padding))) % 3
            settings = {"padding": padding, "padding_mode": mode, "stride": stride, "dilation": dilation, "fill": 0.5 * (number % 2)}
            reach = max(dilation * (n - 1) + 1 for n in taps)
            if isinstance(padding, int) and min(size) + 2 * padding < reach:
                continue
            for kind, bound in ((torch.float32, 2e-6), (torch.float64, 1e-12)):
                x = noise(3, *size).to(kind)
                assert off(x, noise(*taps).to(kind), **settings) <= bound, (size, taps, settings)
                if len(taps) == 2 and min(taps) > 1:
                    kernel = products(*taps, ranks=1 + number % min(3, min(taps) - 1)).to(kind)
                    assert off(x, kernel, method="lines", **settings) <= bound, (size, taps, settings)
    compiled.parts.cache_clear()


WIDE = [((40, 30), (3, 3), {"padding": 300}), ((40, 30), (3, 5), {"padding": (20, 300), "dilation": (17, 130)}),
        ((70, 50), (3, 2), {"padding": "same", "dilation": (20, 7)}), ((40, 30), (3, 4), {"padding": 200, "stride": (1, 3)}),
        ((9, 7), (260, 260), {"padding": "same"}), ((50,), (3,), {"padding": 500, "stride": 2, "dilation": 200}),
        ((60, 300), (3, 3), {"padding": "same", "dilation": (20, 130)}), ((60, 300), (2, 2), {"padding": "same", "dilation": (16, 150)}),
        ((140, 60), (70, 70), {"padding": "same"}), ((9, 12), (5, 4), {"padding": 200, "stride": Fraction(1, 2)}),
        ((300, 150), (60, 2), {"padding": "same", "dilation": (5, 149)}), ((50,), (4,), {"padding": 400, "stride": 150}),
        ((20,), (3,), {"padding": 200, "stride": Fraction(1, 2)})]  # fmt: skip
"""Ends that are made in several parts; rows and columns of taps that are further apart than what is made at once."""


@pytest.mark.parametrize("number", range(len(WIDE)))
def test_wide_ends_are_the_definition(number):
    size, taps, settings = WIDE[number]
    for mode in ("constant", MODES[1 + number % 4]):
        for kind, bound in ((torch.float32, 2e-6), (torch.float64, 1e-12)):
            x, kernel = noise(2, *size).to(kind), noise(*taps).to(kind)
            assert off(x, kernel, padding_mode=mode, fill=2.0, **settings) <= bound, mode


def test_no_index_leaves_its_array(tmp_path):
    """The same grid with every index checked, by a compiler that is told to, and that finds nothing made before."""
    code = """
        import sys
        import torch
        from playground.ops.methods import compiled
        from playground import ops
        from tests.ops.test_compiled import CONTINUED, CONV, MODES, SIZES, STRIDES, WIDE, narrow, noise, products

        compiled.AT_ONCE, compiled.WAKING = 7, 0
        calls = 0
        for number, (size, taps) in enumerate(SIZES):
            for mode in MODES:
                for stride in STRIDES:
                    for padding in (0, "same", 90):
                        if padding or min(n - d for n, d in zip(size, taps)) >= 0:
                            x, kernel = noise(2, *size).float(), noise(*taps).float()
                            CONV[len(taps)](x, kernel, padding=padding, padding_mode=mode, stride=stride, method="compiled")
                            calls += 1
                            if min(taps) > 1 and len(taps) == 2 and (calls + number) % 3 == 0:
                                ops.conv2d(x, products(*taps, ranks=min(2, min(taps) - 1)).float(), padding=padding, padding_mode=mode, stride=stride, method="lines")
        for size, taps, settings in WIDE:
            for mode in ("constant", "circular"):
                CONV[len(taps)](noise(2, *size).float(), noise(*taps).float(), padding_mode=mode, method="compiled", **settings)
        for size, taps, settings in CONTINUED:
            settings = {"padding": "same", **settings}
            CONV[len(taps)](noise(2, *size).float(), noise(*taps).float(), padding_mode="reflect", method="compiled", **settings)
        for x, kernel, settings in narrow():
            ops.conv2d(x.float(), kernel.float(), padding_mode="circular", method="compiled", **settings)
            if min(kernel.shape) > 1:
                ops.conv2d(x.float(), products(*kernel.shape).float(), padding_mode="circular", method="lines", **settings)
        print(calls)
    """
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_BOUNDSCHECK": "1", "NUMBA_CACHE_DIR": str(tmp_path)}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 1000


@pytest.mark.parametrize("stride", [1, 2, Fraction(1, 2)])
@pytest.mark.parametrize("worst", [torch.inf, -torch.inf, torch.nan])
@pytest.mark.parametrize("method", ["compiled", "lines"])
@pytest.mark.parametrize("kernel", [[[1, 0, -1], [2, 0, -2], [1, 0, -1]], [[1, 2, 4], [2, 4, 8], [3, 6, 12]], [[1, 2, 4], [1, 3, 5], [2, 5, 9]]])
def test_nan_and_infinity_go_as_far_as_the_sum(method, kernel, worst, stride):
    """Also times a tap that is zero, at an edge, and no farther; also where two products would take one from the other."""
    kernel = torch.tensor(kernel).float()
    for row, column in [(0, 0), (5, 19), (11, 8)]:
        x = noise(2, 12, 20).float()
        x[1, row, column] = worst
        settings = {"padding": "same", "padding_mode": "reflect", "stride": stride}
        found, expected = (ops.conv2d(x, kernel, method=name, **settings) for name in (method, "torch"))
        assert torch.equal(found.isnan(), expected.isnan()) and torch.equal(found.isposinf(), expected.isposinf())
        assert found[0].isfinite().all()


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_sums_of_any_number_fill_their_places_and_no_other(kind):
    """Whole registers, those that overlap, and less than one; with the samples in order or apart."""
    from playground.ops.methods import loops

    sums = numba.njit(lambda *given: loops._sum(*given))
    lanes = loops.VECTOR // np.dtype(kind).itemsize
    rng = np.random.default_rng(2)
    for n in [*range(2 * lanes + 3), 5 * lanes + 1, 8 * lanes - 1, 8 * lanes, 8 * lanes + 1, 23 * lanes + 5]:
        for used, each in [(0, 128), (1, 128), (2, 128), (9, 9), (40, 128), (40, 9), (40, 20)]:
            x, taps = rng.standard_normal(n + 150).astype(kind), rng.standard_normal(used).astype(kind)
            offsets, at, to = rng.integers(-3, 140, used), 5, 7
            made = np.full(n + 2 * to, 99, kind)
            sums(made, to, kind(0.5), n, x, at, offsets, taps, used, each)
            expected = 0.5 + sum((tap * x[at + o : at + o + n].astype(float) for tap, o in zip(taps, offsets)), np.zeros(n))
            assert np.abs(made[to : to + n] - expected).max(initial=0) <= 40 * np.finfo(kind).eps * (1 + np.abs(taps).sum()), (n, used)
            assert (made[:to] == 99).all() and (made[to + n :] == 99).all(), (n, used)


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_rows_together_are_the_rows_alone(kind):
    """Bit by bit, and in their places alone; with as many rows as are made at once, more and fewer."""
    from playground.ops.methods import loops

    together = numba.njit(lambda *given: loops._sum_rows(*given))
    lanes, rng = loops.REGISTERS_EACH * loops.VECTOR // np.dtype(kind).itemsize, np.random.default_rng(5)
    for deep in (1, 2, 3, 4, 7):
        for high, columns, each in [(3, 5, 128), (3, 1, 128), (4, 4, 8), (9, 2, 128), (9, 2, 6), (8, 3, 9)]:
            for n in (lanes - 1, lanes, 2 * lanes + 3):
                wide, below = n + columns - 1, n + 4
                x, taps = rng.standard_normal((deep + high - 1, wide)).astype(kind), rng.standard_normal(high * columns).astype(kind)
                offsets = np.array([i * wide + m for i in range(high) for m in range(columns)])
                made = [np.full(deep * below + 3, 99, kind) for _ in range(2)]
                for out, asked in zip(made, (True, False), strict=True):
                    together(out, 3, below, deep, asked, kind(0.5), n, x.reshape(-1), 0, wide, offsets, taps, len(taps), each, columns)
                assert np.array_equal(*made), (deep, high, columns, n)
                places = made[0][3:].reshape(deep, below)
                expected = 0.5 + sum(tap * x[i : i + deep, m : m + n].astype(float)
                                     for tap, (i, m) in zip(taps, np.ndindex(high, columns), strict=True))  # fmt: skip
                assert np.abs(places[:, :n] - expected).max() <= 40 * np.finfo(kind).eps * (1 + np.abs(taps).sum())
                assert (places[:, n:] == 99).all() and (made[0][:3] == 99).all()


def test_sums_read_no_sample_beyond_their_last():
    """Each stands before memory that may not be read, and behind such: reading one more ends the program."""
    code = """
        import ctypes, mmap
        import numba
        import numpy as np
        from playground.ops.methods import loops

        sums, rows = numba.njit(lambda *given: loops._sum(*given)), numba.njit(lambda *given: loops._sum_rows(*given))
        page = mmap.PAGESIZE
        memory = mmap.mmap(-1, 3 * page)
        whole = np.frombuffer(memory, np.float32)
        protect, address = ctypes.CDLL(None).mprotect, whole.ctypes.data
        assert loops._sum is not loops._few
        for guarded in (address, address + 2 * page):
            assert protect(ctypes.c_void_p(guarded), ctypes.c_size_t(page), 0) == 0
        middle = whole[page // 4 : page // 2]
        taps = np.ones(3, np.float32)
        for n in range(1, len(middle) - 1):
            made = np.empty(n, np.float32)
            for first in (0, len(middle) - n - 2):
                sums(made, 0, np.float32(0), n, middle, first, np.arange(3), taps, 3, 3)
        for wide in range(34, 200):
            n, offsets = wide - 2, np.add.outer(wide * np.arange(3), np.arange(3)).reshape(-1)
            made = np.empty(3 * n, np.float32)
            for first in (0, len(middle) - 5 * wide):
                rows(made, 0, n, 3, True, np.float32(0), n, middle, first, wide, offsets, np.ones(9, np.float32), 9, 9, 3)
        print("read no other")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (done.returncode, done.stdout) == (0, "read no other\n"), done.stderr


@pytest.mark.parametrize("kernel, value, where", [
    (np.outer(np.ones(9), [1, -1, 1, -1, 1, -1, 1, -1, 0]), 1e38, slice(None)),  # what stands between overflows
    ([[1, 0], [0, 1e-8]], np.inf, (0, 20, 20)),  # nearly one product
    (np.outer(*(2 * [np.exp(-0.5 * np.arange(-15.0, 16) ** 2)])), np.inf, (0, 20, 20)),  # corners too small for float32
])  # fmt: skip
def test_a_product_is_the_plain_sum_where_numbers_end(kernel, value, where):
    x, kernel = torch.zeros(1, 60, 60), torch.from_numpy(np.array(kernel)).float()
    x[where] = float(value)
    found, expected = (ops.conv2d(x, kernel, padding="same", padding_mode="replicate", method=name) for name in ("lines", "torch"))
    assert torch.equal(found.isnan(), expected.isnan()) and torch.equal(found.isposinf(), expected.isposinf())
    same = expected.isfinite()
    assert torch.allclose(found[same], expected[same], rtol=1e-5, atol=1e-5)


def narrow() -> list[tuple]:
    """Pictures of few columns, whose results along a row may be one of a phase, and a stride for each axis."""
    return [
        (noise(2, height, width), noise(*taps), {"stride": (down, across), "padding": padding})
        for height, width in [(100, 1), (58, 1), (40, 2), (1, 3)]
        for taps in [(3, 1), (3, 3), (1, 2)]
        for down in (1, 2, Fraction(1, 2))
        for across in (1, Fraction(1, 2), Fraction(1, 3), Fraction(1, 7))
        for padding in (1, "full")
    ]


def test_a_picture_of_few_columns_is_the_definition(monkeypatch):
    """Its rows are summed as one where they lie as the samples do, and only there."""
    for most in (2048, 7):
        monkeypatch.setattr(compiled, "AT_ONCE", most)
        for x, kernel, settings in narrow():
            for kind, bound in ((torch.float32, 2e-6), (torch.float64, 1e-12)):
                given = x.to(kind), kernel.to(kind)
                assert off(*given, padding_mode="circular", **settings) <= bound, (x.shape, kernel.shape, settings)


CONTINUED = [((2000, 40), (3, 3), {}), ((300, 90), (7, 5), {}), ((130, 250), (5, 5), {"stride": 2}), ((90, 40), (9, 9), {"stride": (3, 1)}),
             ((40, 60), (2, 3), {"stride": Fraction(1, 2)}), ((70, 33), (3, 5), {"dilation": (9, 2)}), ((60, 40), (3, 3), {"padding": 40}),
             ((33, 70), (2, 2), {"stride": (Fraction(1, 5), 1), "padding": "full"}), ((200, 50), (40, 3), {}),
             ((40, 120), (4, 3), {"stride": (Fraction(3, 2), 2)}), ((500,), (31,), {}), ((5000,), (63,), {"stride": 2})]  # fmt: skip
"""Rows that are looked up with their ends, in one part and in several; some that no tap meets."""


@pytest.mark.parametrize("mode", MODES)
def test_rows_that_are_continued_as_a_whole_are_the_definition(mode, monkeypatch):
    from playground.ops.methods import loops

    monkeypatch.setattr(compiled, "WAKING", 0)  # also where a part begins in the middle
    compiled.parts.cache_clear()
    made = 0
    for number, (size, taps, settings) in enumerate(CONTINUED):
        settings = {"padding": "same", "padding_mode": mode, "fill": 0.5 * (number % 2), **settings}
        for kind, bound in ((torch.float32, 2e-6), (torch.float64, 1e-12)):
            assert off(noise(3, *size).to(kind), noise(*taps).to(kind), **settings) <= bound, (size, taps, settings)
        made += size[0] * size[-1] > loops.AT_HAND
    compiled.parts.cache_clear()
    assert made  # in several parts


def test_tables_that_would_be_too_large_are_refused_and_not_taken():
    x, kernel = noise(1, 10).float(), noise(3).float()
    for settings in ({"stride": Fraction(1, 200_003), "padding": 2}, {"padding": (0, 10**5)}, {"padding": (10**5, 0)}):
        with pytest.raises(GeometryError) as refused:
            ops.conv1d(x, kernel, **settings, method="compiled")
        assert str(refused.value) == "method='compiled' would need too large a table; choose another method"
        expected = ops.conv1d(x, kernel, **settings, method="torch")
        assert torch.allclose(ops.conv1d(x, kernel, **settings), expected, rtol=0, atol=1e-5)


@pytest.mark.parametrize("stride, summed", [(1, "float64"), (Fraction(1, 2), "float32")])
def test_only_sums_of_many_taps_are_made_in_float64(stride, summed, monkeypatch):
    """At stride 1/2 a result has a quarter of the taps."""
    taps = math.isqrt(compiled.MOST_TAPS) + 1
    seen = []
    monkeypatch.setattr(compiled, "functions", lambda: types.SimpleNamespace(rows=lambda x, *rest: seen.append(str(x.dtype))))
    ops.conv2d(noise(1, 40, 40).float(), noise(taps, taps).float(), stride=stride, padding="same", method="compiled")
    assert {*seen} == {summed}


@pytest.mark.parametrize("taps", [(11, 12), (16, 8), (13, 10), (45, 45), (3, 43), (7, 19), (1, 1500), (1500, 1), (40, 42)])
def test_many_taps_alike_are_summed_in_parts(taps):
    """Two thousand taps in one go would be off by a part in a million."""
    x, kernel = 1 + 0.1 * noise(1, 100, 100).float(), torch.ones(*taps)
    for settings in ({"padding": "same", "padding_mode": "circular"}, {"padding": "same", "fill": 1.0}, {"padding": 1500, "stride": 31}):
        assert off(x, kernel, **settings) <= 7e-7, settings


def test_rows_of_taps_are_in_parts_of_two_and_more():
    from playground.ops.methods import loops

    each = numba.njit(lambda *given: loops._each(*given))
    for columns in range(1, 140):
        for high in range(1, 60):
            found = each(high * columns, columns)
            assert 0 < found <= loops.PART + 3 * columns
            if high * columns > loops.PART and loops.TOGETHER * columns <= loops.PART:
                assert found % columns == 0 and found > columns and high * columns % found != columns


def test_samples_are_read_where_they_lie():
    """Crops, planes apart, one plane many times; a picture with its colours side by side is copied."""
    picture = noise(40, 50, 3)
    cases = [picture.permute(2, 0, 1), noise(3, 40, 50)[:, 5:-3, 7:-2], noise(6, 40, 50)[::2], noise(1, 40, 50).expand(3, -1, -1),
             noise(3, 40, 50).flip(1), noise(3, 50, 40).transpose(1, 2), noise(600).unfold(0, 200, 1)[None]]  # fmt: skip
    for x in cases:
        for stride in (1, 2, Fraction(1, 2)):
            assert off(x, noise(3, 5), padding="same", padding_mode="circular", stride=stride) <= 1e-12
    assert [compiled.takes(x.numpy()) for x in cases] == [False, True, True, True, True, False, True]


def test_phases_that_no_tap_meets_are_zero():
    made, x = np.full((1, 16), 9.0), np.arange(1.0, 7)[None]
    compiled.all_phases(x, np.ones(1), (settle(6, 1, stride=Fraction(1, 3)),), "constant", 0.0, made)
    assert made[0].tolist() == [1, 0, 0, 2, 0, 0, 3, 0, 0, 4, 0, 0, 5, 0, 0, 6]
    axis = settle(6, 1, stride=Fraction(3, 3 * 5 + 1), padding=(1, 0))
    expected = ops.conv1d(torch.from_numpy(x), torch.ones(1).double(), stride=Fraction(3, 16), padding=(1, 0), method="torch")
    made = np.full((1, axis.output), 9.0)
    compiled.all_phases(x, np.ones(1), (axis,), "constant", 0.0, made)
    assert made.tolist() == expected.tolist()


def test_what_the_price_knows_of_the_loops_is_what_they_do():
    from playground.ops.methods import loops

    assert (compiled.TOGETHER, compiled.WORTH_SHARING) == (loops.TOGETHER, loops.WORTH_SHARING)
    assert compiled.LONGEST == loops.PART // loops.TOGETHER
    looked_up = (loops.DEEP, loops.ENDS, loops.FEW_ENDS, loops.AT_HAND)
    assert (compiled.DEEP, compiled.ENDS, compiled.FEW_ENDS, compiled.AT_HAND) == looked_up
    assert (compiled.STEP, compiled.TAPS, compiled.COUNT) == (loops.STEP, loops.TAPS, loops.COUNT)


@pytest.mark.parametrize("rows, rounds", [(1, 100), (1, 1_000_000), (2, 50_000), (3, 1000), (900, 40)])
@pytest.mark.parametrize("workers", [1, 2, 8])
def test_every_result_is_in_one_part(rows, rounds, workers):
    jobs, alone = compiled.parts(rows, rounds, 20.0 * rounds, workers)
    seen = np.zeros((rows, rounds), int)
    for first, last, begin, end in jobs:
        seen[first:last, begin:end] += 1
    assert (seen == 1).all() and (alone or len(jobs) >= min(workers, rows * max(1, rounds // compiled.AT_ONCE)))


def test_auto_takes_the_loops_where_they_are_faster_and_there(monkeypatch):
    called = []
    monkeypatch.setattr(plan, "_by_phases", lambda module, *rest: called.append(module))
    x, kernel = torch.zeros(3, 400, 600), noise(3, 3).float()
    ops.conv2d(x, kernel, stride=2)
    ops.conv2d(x.double(), kernel.double(), stride=2)
    ops.conv2d(x, products(9, 9).float())
    ops.conv2d(torch.zeros(400, 600, 3).permute(2, 0, 1), kernel)  # a colour of a picture whose colours lie side by side
    monkeypatch.setattr(compiled, "ready", lambda: False)
    ops.conv2d(x, kernel, stride=2)
    ops.conv2d(x, products(9, 9).float())
    assert called == [compiled, direct, lines, direct, direct, separable]


def test_the_plan_names_the_loops_where_they_are_there(monkeypatch):
    axes = (settle(400, 3, padding="same", stride=2), settle(600, 3, padding="same", stride=2))
    found = [plan.choose((1, 3, 400, 600), noise(3, 3), axes)]
    monkeypatch.setattr(compiled, "ready", lambda: False)
    found += [plan.choose((1, 3, 400, 600), noise(3, 3), axes)]
    assert [each.method for each in found] == ["compiled", "direct"]
    assert len({(each.output, each.multiply_adds, each.direct_multiply_adds, each.passes) for each in found}) == 1


def test_once_they_are_there_no_call_waits_for_a_compiler():
    code = """
        import torch
        from fractions import Fraction
        from playground import ops
        from playground.ops.methods import compiled
        assert compiled.fetch()
        made = [each.signatures[:] for each in (compiled.functions().rows, compiled.functions().lines)]
        pair = torch.rand(9, 2) @ torch.rand(2, 9)
        for x in (torch.ones(3, 400, 600), torch.ones(3, 500, 700)[:, 3:-5, 9:-2], torch.ones(1, 90, 90).expand(3, -1, -1)):
            for stride in (1, 2, Fraction(1, 2)):
                for method in ("compiled", "lines"):
                    for fill in (0, 0.5):
                        ops.conv2d(x, pair, stride=stride, padding=5, fill=fill, method=method)
        ops.conv1d(torch.ones(2, 9000), torch.ones(5), padding="same", padding_mode="reflect", method="compiled")
        print([len(each) for each in made], [each.signatures for each in (compiled.functions().rows, compiled.functions().lines)] == made)
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (done.stdout, done.stderr) == ("[1, 1] True\n", "")


@pytest.mark.parametrize("numba", ["is missing", "does not work"])
def test_without_numba_the_same_results_come(numba):
    broken = "None" if numba == "is missing" else "types.ModuleType('numba')"
    code = f"""
        import sys, types
        sys.modules["numba"] = {broken}
        import torch
        from playground import ops
        from playground.ops.methods import compiled
        assert compiled.fetch() is False and compiled.ready() is False
        print(ops.conv2d(torch.ones(3, 400, 600), torch.ones(3, 3), stride=2).sum().item())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert float(done.stdout) == 3 * 199 * 299 * 9


def test_loops_that_are_not_compiled_are_not_taken():
    """A debugger's setting leaves them as Python, a thousand times slower."""
    code = """
        import torch
        from playground import ops
        from playground.ops.methods import compiled
        assert compiled.fetch() is False and compiled.ready() is False
        print(ops.conv2d(torch.ones(3, 400, 600), torch.ones(3, 3), stride=2).sum().item())
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NUMBA_DISABLE_JIT": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stderr, float(done.stdout)) == (0, "", 3 * 199 * 299 * 9)


def test_where_nothing_can_be_written_the_loops_are_made_for_this_process(monkeypatch):
    """numba says so when it is asked to keep what it makes."""
    from playground.ops.methods import loops

    asked = []

    def njit(**settings):
        asked.append(settings.get("cache", False))
        if asked[-1]:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: function

    monkeypatch.setattr(loops, "njit", njit)
    assert loops._kept(len) is len and asked == [True, False]


@pytest.mark.parametrize("pause", ["600", "soon"])
def test_a_short_program_ends_before_anything_is_made(pause):
    code = """
        import sys
        import torch
        from playground import ops
        from playground.ops.methods import compiled
        compiled.SHORT = 600
        ops.conv2d(torch.ones(3, 400, 600), torch.ones(3, 3), stride=2)
        assert compiled._begun and not compiled.ready() and "numba" not in sys.modules
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=300,
        env={**os.environ, "PYTHONPATH": str(ROOT), compiled.PAUSE: pause},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("numba", ["is there", "is missing"])
def test_the_second_question_waits_for_the_loops(numba):
    """While they are fetched they hold Python's lock: a small picture would take several times as long."""
    code = f"""
        import sys
        if {numba == "is missing"}:
            sys.modules["numba"] = None
        import torch
        from playground import ops
        from playground.ops.methods import compiled
        compiled.SHORT, compiled.PATIENCE = 600, 550
        x, kernel = torch.ones(3, 400, 600), torch.ones(3, 3)
        first = ops.conv2d(x, kernel, stride=2)
        assert compiled._begun and not compiled._made.is_set()
        second = ops.conv2d(x, kernel, stride=2)
        print(compiled._made.is_set(), bool((first == second).all()))
    """
    environment = {name: value for name, value in os.environ.items() if name != compiled.PAUSE}
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, timeout=300,
        env={**environment, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == (f"{numba == 'is there'} True\n", "")


def test_a_small_machine_keeps_its_memory(monkeypatch):
    monkeypatch.setattr(compiled, "memory_bytes", lambda: compiled.MEMORY - 1)
    monkeypatch.setattr(compiled, "_begun", [])
    monkeypatch.setattr(compiled, "_made", threading.Event())
    assert not compiled.ready() and not compiled.fetch() and not compiled._begun
