"""A method is a speed, never a meaning: every one against the definition, in float64, and nothing is left behind."""

from __future__ import annotations

import itertools
import math
import os
import queue
import subprocess
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest
import scipy.ndimage
import torch

from playground import ops
from playground.errors import GeometryError
from playground.ops.conv import forecast
from playground.ops.geometry import Window, settle
from playground.ops.methods import (
    METHODS,
    compiled,
    division,
    filtering,
    fourier,
    plan,
    price,
    reading,
    separable,
    sharing,
    toeplitz,
)
from playground.ops.methods.interleave import interleave

ROOT = Path(__file__).resolve().parents[2]
MODES = {"constant": "constant", "reflect": "reflect", "symmetric": "symmetric", "replicate": "edge", "circular": "wrap"}
CONV = {1: ops.conv1d, 2: ops.conv2d}
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


def noise(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng([seed, *shape]).standard_normal(shape))


def definition(x, kernel, *, padding, mode, fill, stride, dilation) -> np.ndarray:
    """Pad by NumPy, put zeros between, and add up tap by tap: float64, one loop over the taps."""
    x, kernel = x.double().numpy(), kernel.double().numpy()
    axes, stride = kernel.ndim, Fraction(stride)
    up, down = stride.denominator, stride.numerator
    sides = [(0, 0)] + [(padding, padding)] * axes
    if up == 1:
        options = {"constant_values": fill} if mode == "constant" else {}
        x = np.pad(x, sides, mode=MODES[mode], **options)
    else:  # only 0 and lengths that are multiples of ``up`` are asked for here
        far = -(-padding // up)
        options = {"constant_values": fill} if mode == "constant" else {}
        x = np.pad(x, [(0, 0)] + [(far, far + 1)] * axes, mode=MODES[mode], **options)
        wide = np.zeros((x.shape[0], *(n * up for n in x.shape[1:])))
        wide[(slice(None), *(slice(None, None, up),) * axes)] = x
        inside = (slice(far * up - padding, (n - far - 1) * up - up + 1 + padding) for n in x.shape[1:])
        x = wide[(slice(None), *inside)]
    spans = [dilation * (n - 1) + 1 for n in kernel.shape]
    counts = [(n - span) // down + 1 for n, span in zip(x.shape[1:], spans, strict=True)]
    out = np.zeros((x.shape[0], *counts))
    for tap in np.ndindex(*kernel.shape):
        cut = (slice(i * dilation, i * dilation + (c - 1) * down + 1, down) for i, c in zip(tap, counts, strict=True))
        out += kernel[tap] * x[(slice(None), *cut)]
    return out


def by_scipy(x, column, row, *, padding, mode, stride) -> np.ndarray:
    """A column times a row, by SciPy in float64, down and then along: a sum over 225 taps would take ten times as long."""
    top, bottom, left, right = padding
    x = np.pad(x.double().numpy(), [(0, 0), (top, bottom), (left, right)], mode=MODES[mode])
    for axis, taps in ((1, column), (2, row)):
        first, count = len(taps) // 2, x.shape[axis] - len(taps) + 1
        x = scipy.ndimage.correlate1d(x, taps.double().numpy(), axis, mode="constant")
        x = np.moveaxis(np.moveaxis(x, axis, 0)[first : first + count : stride], 0, axis)
    return x


def computed(method: str, x: torch.Tensor, kernel: torch.Tensor, **options) -> torch.Tensor | None:
    """The result, or None where a single method says that another one is for this case."""
    try:
        return CONV[kernel.ndim](x, kernel, method=method, **options)
    except GeometryError as refusal:
        assert method != "auto" and "method" in str(refusal)
        return None


KERNELS = {
    "dense": lambda *taps: noise(*taps),
    "one tap": lambda *taps: torch.zeros(taps).double().index_put_(tuple(torch.tensor([0]) for _ in taps), torch.ones(1).double()),
    "even": lambda *taps: torch.full(taps, 1 / math.prod(taps)).double(),
    "rank one": lambda *taps: noise(taps[0], 1) @ noise(1, taps[-1]) if len(taps) == 2 else noise(*taps),
    "rank two": lambda *taps: noise(taps[0], 2) @ noise(2, taps[-1]) if len(taps) == 2 else noise(*taps),
    "with zeros": lambda *taps: noise(*taps) * (noise(*taps, seed=1) > 0),
}  # fmt: skip
SIZES = [((1, 1), (3, 3)), ((7, 1), (2, 4)), ((20, 31), (5, 5)), ((33, 20), (1, 9)), ((40, 50), (12, 13)), ((1,), (3,)),
         ((9,), (4,)), ((300,), (31,)), ((700,), (150,))]  # fmt: skip


@lru_cache(1)
def defined(kind: str) -> list[tuple]:
    """Pictures and sounds, settings, and what they mean: once for all methods."""
    found = []
    for number, (size, taps) in enumerate(SIZES):
        kernel = KERNELS[kind](*taps)
        for variant, mode in enumerate(MODES):
            stride = [1, 2, 3, HALF, THIRD, Fraction(3, 2)][(number + variant) % 6]
            padding = [0, 1, max(taps) // 2, 2 * max(size)][(number + 2 * variant) % 4]
            dilation, fill = [1, 2, 7][(number * variant) % 3], [0.0, 0.5][variant % 2]
            x = noise([1, 2, 3, 5][variant % 4], *size)
            reach = max(dilation * (n - 1) + 1 for n in taps)
            up = Fraction(stride).denominator
            if min((n - 1) * up + 1 for n in size) + 2 * padding < reach:
                padding = reach
            if min(size) == 1 and mode == "reflect":
                mode = "symmetric"  # NumPy and we agree on one sample only there
            settings = {"padding": padding, "fill": fill, "stride": stride, "dilation": dilation}
            found.append((x, kernel, mode, settings, definition(x, kernel, mode=mode, **settings)))
    return found


@pytest.mark.parametrize("method", ["auto", *METHODS])
@pytest.mark.parametrize("kind", KERNELS)
def test_every_method_is_the_definition(method, kind):
    tried = 0
    for x, kernel, mode, settings, expected in defined(kind):
        for dtype, bound in [(torch.float32, 2e-6), (torch.float64, 1e-12)]:
            found = computed(method, x.to(dtype), kernel.to(dtype), padding_mode=mode, **settings)
            if found is None:
                continue
            scale = float(kernel.abs().sum()) * max(float(x.abs().max()), settings["fill"]) + 1e-300
            assert found.shape == expected.shape and found.dtype == dtype and found.is_contiguous()
            off = np.abs(found.double().numpy() - expected).max(initial=0) / scale
            assert off <= bound * (1 if method == "auto" else 5), (x.shape, kernel.shape, mode, settings, dtype, off)
            tried += 1
    assert tried or method in ("separable", "lines", "running"), "these take some kernels only"
    assert tried == 40 or method != "toeplitz", "every sound, by float32 and float64"


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("method", ["direct", "separable", "lines", "running"])
@pytest.mark.parametrize("stride", [1, 2])
def test_a_window_that_reads_to_one_side_only(method, side, stride):
    """All padding on one side, of a picture with fewer rows than several blocks would want."""
    x = noise(2, 130, 9000).float()
    column, row = noise(31, seed=2).float(), torch.tensor([1.0, 2, 4])
    if method == "running":
        column, row = torch.ones(31), torch.ones(3)
    kernel = torch.outer(column, row)
    padding = (30, 0, 2, 0) if side == 0 else (0, 30, 0, 2)
    for mode in ["reflect", "symmetric", "replicate", "constant"]:
        found = ops.conv2d(x, kernel, method=method, padding=padding, padding_mode=mode, stride=stride)
        expected = by_scipy(x, column, row, padding=padding, mode=mode, stride=stride)
        scale = float(kernel.abs().sum() * x.abs().max())
        assert found.shape == expected.shape and np.abs(found.numpy() - expected).max() <= 2e-6 * scale, mode


@pytest.mark.parametrize("taps, stride", [
    (2, 1), (5, 1), (separable.SHORT[8], 1), (separable.SHORT[8] + 1, 1), (2, 2), (5, 3), (separable.SHORTER[8], 2), (separable.SHORTER[8] + 1, 2),
])  # fmt: skip
@pytest.mark.parametrize("side", ["before", "same", "after"])
def test_a_product_meets_itself_where_blocks_meet(taps, stride, side):
    """OpenCV's own two passes, and two calls of filter2D from a few taps more: several blocks, both in float64."""
    x = noise(2, 700, 2000)
    column, row, gap = noise(taps), noise(taps, seed=2), taps - 1
    kernel = torch.outer(column, row)
    sides = {"before": (gap, 0), "same": (gap // 2, gap - gap // 2), "after": (0, gap)}[side] * 2
    for mode in ["reflect", "symmetric", "replicate", "constant"]:
        padding = "same" if side == "same" else sides
        found = ops.conv2d(x, kernel, padding=padding, padding_mode=mode, stride=stride, method="separable")
        expected = by_scipy(x, column, row, padding=sides, mode=mode, stride=stride)
        scale = float(kernel.abs().sum() * x.abs().max())
        assert found.shape == expected.shape and np.abs(found.numpy() - expected).max() <= 1e-12 * scale, mode


BIG = {
    "blocks of rows": ((3, 700, 500), (3, 3)), "many columns": ((1, 4, 150_000), (3, 5)), "tall": ((2, 3000, 70), (9, 5)),
    "two passes": ((1, 600, 500), (31, 31)), "tiles": ((1, 600, 500), (19, 17)), "a folded row": ((2, 290_001), (31,)),
    "two taps": ((1, 270_000), (2,)), "rows of a transform": ((2, 150_000), (600,)),
}  # fmt: skip


@pytest.mark.parametrize("name", BIG)
@pytest.mark.parametrize("stride", [1, 2, HALF])
def test_blocks_meet_without_a_seam(name, stride):
    """Larger than a block, in two settings: all values against torch in float64."""
    shape, taps = BIG[name]
    x = noise(*shape).float()
    line = [noise(n, seed=2).float() for n in taps]
    kernel = torch.outer(*line) if name == "two passes" else noise(*taps).float()
    for mode in ["reflect", "circular"]:
        found = CONV[len(taps)](x, kernel, padding="same", padding_mode=mode, stride=stride)
        expected = CONV[len(taps)](
            x.double(), kernel.double(), padding="same", padding_mode=mode, stride=stride, method="fourier"
        )
        scale = float(kernel.abs().sum() * x.abs().max())
        assert float((found - expected).abs().max()) <= 2e-6 * scale, mode


@pytest.mark.parametrize("method", ["auto", *METHODS])
@pytest.mark.parametrize("magnitude", [1e-30, 1.0, 1e30])
def test_what_float32_holds_stays(method, magnitude):
    for taps in [(5, 5), (20, 20), (9,), (300,)]:
        for kernel in [noise(*taps).float(), torch.ones(taps)]:
            for x in [torch.full((2, *(64,) * len(taps)), magnitude), torch.zeros(1, *(64,) * len(taps))]:
                x[0][(32,) * len(taps)] = magnitude
                settings = {"padding": max(taps), "stride": 1, "dilation": 1, "fill": 0.0}
                found = computed(method, x, kernel, padding_mode="replicate", **settings)
                if found is not None:
                    expected = definition(x, kernel, mode="replicate", **settings)
                    scale = float(kernel.double().abs().sum()) * magnitude
                    assert np.abs(found.double().numpy() - expected).max() <= 5e-6 * scale


# --- blocks, tiles, products ---------------------------------------------------------------------


@pytest.mark.parametrize("padding_mode", MODES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_piece_of_an_endless_plane_is_what_numpy_pads(padding_mode, dtype):
    """Inside, across an end or both, far beyond; of planes locked, with gaps, turned round, by columns, in each other."""
    ranges = [range(first, first + count) for first in (-9, -5, -2, -1, 0, 2, 4, 7) for count in (1, 3, 6, 12)]
    options = {"constant_values": 0.25} if padding_mode == "constant" else {}
    for height, width in ((1, 1), (1, 6), (4, 1), (5, 3)):
        values = np.random.default_rng(1).random((2 * height, 2 * width)).astype(dtype)
        locked = values[:height, :width].copy()
        locked.setflags(write=False)
        shared = np.lib.stride_tricks.sliding_window_view(values.ravel(), width)[:height]
        for plane in (locked, values[:height, width:], values[::-2, ::-1][:, :width], values[::2, ::2].T.copy().T, shared):
            padded = np.pad(plane, 20, mode=MODES[padding_mode], **options)
            for rows, columns in itertools.product(ranges, repeat=2):
                found = reading.piece(plane, rows, columns, padding_mode, 0.25)
                expected = padded[rows.start + 20 : rows.stop + 20, columns.start + 20 : columns.stop + 20]
                assert found.dtype == plane.dtype and np.array_equal(found, expected), (height, width, rows, columns)


@pytest.mark.parametrize("taps, anchor", [(1, 0), (2, 0), (2, 1), (31, 15), (31, 0), (31, 30)])
@pytest.mark.parametrize("length", [4 * filtering.FOLDED, 4 * filtering.FOLDED + 1, 70_000])
def test_a_folded_row_is_the_row(taps, anchor, length):
    source, kernel, made = noise(1, length).numpy(), noise(1, taps).numpy(), np.empty((1, length))
    filtering.filter2d(source, kernel, made, anchor=(anchor, 0), beyond=cv2.BORDER_REFLECT_101)
    padded = np.pad(source[0], (anchor, taps - 1 - anchor), mode="reflect")
    assert np.allclose(made[0], np.correlate(padded, kernel[0], "valid"), rtol=0, atol=1e-12)


@pytest.mark.parametrize("taps, stride, method", [(15, 2, "direct"), (15, 3, "direct"), (21, 2, "fourier"), (15, 1, "fourier")])
def test_rows_left_out_may_make_a_kernel_small_enough_for_the_plain_sum(taps, stride, method, monkeypatch):
    """OpenCV transforms 130 taps; of 15 rows at stride 2, 8 are summed at once.  Where our loops are not there."""
    monkeypatch.setattr(compiled, "ready", lambda: False)
    axes = (settle(1000, taps, stride=stride), settle(1500, taps, stride=stride))
    assert plan.choose((1, 3, 1000, 1500), noise(taps, taps), axes).method == method


@pytest.mark.parametrize("size, taps, method", [((64, 64), 31, "direct"), ((300, 300), 31, "fourier"), ((22_050,), 4095, "direct"), ((22_050,), 10_001, "fourier")])
def test_what_is_small_is_transformed_by_opencv(size, taps, method):
    axes = tuple(settle(n, taps, padding="same") for n in size)
    assert plan.choose((1, 3, *size), noise(*(taps,) * len(size)), axes).method == method


@pytest.mark.parametrize("rows, down", [(3, 2), (3, 3), (3, 20), (9, 2), (9, 20), (5, 2), (5, 3)])
def test_rows_left_out_and_results_left_out_are_the_same_sums(rows, down, monkeypatch):
    """At a larger stride: by rounds of every so many rows, and by all rows of which some are kept."""
    x, kernel = noise(3, 90, 100), noise(rows, 3)
    for mode in ["reflect", "circular"]:
        settings = {"padding": "same", "padding_mode": mode, "stride": (down, 2)}
        found = []
        for a_round in (0.0, 1e9):
            monkeypatch.setattr(filtering, "A_ROUND", a_round)
            assert (filtering.rounds(rows, 3 * rows, down) == 1) == (a_round > 0)
            found.append(ops.conv2d(x, kernel, **settings, method="direct"))
        expected = ops.conv2d(x, kernel, **settings, method="torch")
        assert all(float((each - expected).abs().max()) <= 1e-13 * float(kernel.abs().sum() * x.abs().max()) for each in found)


@pytest.mark.parametrize("width", [1, 5, 12, 1500])
@pytest.mark.parametrize("period", [2, 3, 7, 128, 129, 600])
def test_phases_take_turns(width, period):
    """In short and long lines, of pictures and sounds, also where a phase is missing or has one result less."""
    for shape in [(2, 5, width), (3, width)]:
        target = np.full((*shape[:-1], 2 * width + 1), 9.0)[..., :width] if len(shape) == 3 else np.full((3, 2, width), 9.0)[:, 0]
        values = noise(*shape).numpy()
        for missing in [None, 0, period - 1]:
            present = [first for first in range(period) if first != missing]
            interleave([(slice(first, width, period), values[..., first::period]) for first in present], target)
            expected = values.copy()
            if missing is not None:
                expected[..., missing::period] = 0
            assert np.array_equal(target, expected), (shape, missing)


@pytest.mark.parametrize("width, first, step", [(8, 0, 2), (9, 0, 2), (8, 1, 2), (9, 1, 2), (10, 2, 2), (10, 0, 3), (10, 0, 1)])
def test_samples_are_picked_wherever_they_lie(width, first, step):
    for kind in ("float32", "float64"):
        values = noise(5, width).numpy().astype(kind)
        values[2, first] = np.nan
        expected = values[:, first::step]
        target = np.zeros((5, 2 * expected.shape[1]), kind)[:, ::2]
        reading.pick(values[:, first:], step, target)
        assert np.array_equal(target, expected, equal_nan=True)


@pytest.mark.parametrize("read, taps", [(40, 3), (40, 40), (1000, 31), (441_000, 255), (100_000, 44_101)])
def test_a_tile_holds_the_kernel_and_no_more_than_needed(read, taps):
    window = Window(0, 1, 1, taps, read - taps + 1)
    (rows, columns), nanoseconds = fourier.best_tile((1, read), (1, taps))
    assert rows == 1 and taps <= columns <= max(64, 2 * read) and nanoseconds > 0
    assert fourier.tile((Window(0, 1, 1, 1, 1), window)) == (rows, columns)


def test_products_add_up_to_the_kernel_and_zeros_stay_zeros():
    for kernel in [noise(7, 1) * noise(1, 5), noise(9, 3) @ noise(3, 11), noise(6, 2) @ noise(2, 6)]:
        found = separable.products(kernel.numpy())
        assert np.allclose(sum(np.outer(*pair) for pair in found), kernel.numpy(), rtol=0, atol=1e-12)
    ((column, row),) = separable.products(np.array([[1.0, 0, -1], [2, 0, -2], [1, 0, -1]]))
    assert column.tolist() == [1, 2, 1] and row.tolist() == [1, 0, -1]
    assert separable.products(noise(9, 9).numpy()) is None and separable.products(np.zeros((3, 3))) is None


@pytest.mark.parametrize("item_bytes", [4, 8])
@pytest.mark.parametrize("size", [(2, 2), (3, 3), (2, 9), (31, 31)])
def test_four_taps_refuse_no_product(item_bytes, size):
    """Also where its numbers are rounded, and where they are changed by as much as is allowed, all in one place."""
    random, kind = np.random.default_rng(3), {4: np.float32, 8: np.float64}[item_bytes]
    accepted = refused = 0
    for number in range(300):
        kernel = np.outer(random.standard_normal(size[0]), random.standard_normal(size[1])) * 10.0 ** random.integers(-30, 30)
        if number % 2:
            kernel[1, 1] += 0.9 * separable.LEFT_OVER[item_bytes] * np.abs(kernel).sum()
        kernel = kernel.astype(kind)
        if separable._products(kernel.astype(float).tobytes(), size, item_bytes, 1):
            accepted += 1
            assert not separable.no_product(kernel, float(np.abs(kernel.astype(float)).sum()), item_bytes)
        other = random.standard_normal(size).astype(kind)
        refused += separable.no_product(other, float(np.abs(other).sum()), item_bytes)
    assert accepted >= 150 and refused > 150


@pytest.mark.parametrize("size", [(1,), (1, 1), (3, 3), (7, 9), (9, 9), (100,)])
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("value", [0.0, -0.0, 1.0, -1e30, np.nan, np.inf])
def test_few_and_many_taps_are_looked_at_alike(size, kind, value, monkeypatch):
    every = np.full(size, value, kind)
    one = np.random.default_rng(0).standard_normal(size).astype(kind)
    one[(-1,) * len(size)] = value
    for kernel in (every, one):
        found = []
        for few in (0, 10**6):
            monkeypatch.setattr(plan, "FEW", few)
            used, alike, magnitudes = plan._taps(kernel)
            found.append((used, alike, f"{magnitudes:.5g}"))
        assert found[0] == found[1] and found[0][1] == (kernel is every or kernel.size == 1) * (value == value)


def test_the_plan_knows_a_rounded_product_for_float32_only():
    kernel = torch.outer(noise(31), noise(31)).float()
    wide = [forecast((3, 300, 300), kernel, dimensions=2, item_bytes=size)[1].method for size in (4, 8)]
    assert wide == ["lines", "fourier"]


@pytest.mark.parametrize("taps, method", [(31, "compiled"), (45, "fourier")])
def test_the_plan_knows_what_a_transform_of_a_small_picture_costs(taps, method):
    found = forecast((2, 100, 139), noise(taps, taps).float(), dimensions=2, padding="same", stride=2)[1]
    assert found.method == method


@pytest.mark.parametrize(
    ("shape", "taps", "dilation", "item_bytes", "product", "method"),
    [
        ((3, 200, 300), (9, 9), 4, 4, False, "compiled"),
        ((3, 1000, 1500), (9, 9), 20, 4, False, "compiled"),
        ((3, 200, 300), (9, 9), 20, 8, False, "fourier"),  # not in the 400 parts of OpenCV's sum
        ((3, 200, 300), (9, 9), 40, 4, True, "lines"),  # not by loops for which every sample is looked up
        ((1, 273, 78), (45, 45), 2, 4, True, "lines"),  # not by OpenCV's columns, most of samples that are continued
        ((2, 24_181), (2047,), 2, 4, False, "fourier"),  # not by OpenCV's transform with all zeros
        ((2, 100_000), (1023,), 1, 4, False, "fourier"),
    ],
)
def test_the_plan_knows_what_a_dilation_costs(shape, taps, dilation, item_bytes, product, method):
    kernel = torch.outer(noise(taps[0]), noise(taps[1])) if product else noise(*taps)
    kernel = kernel if item_bytes == 8 else kernel.float()
    settings = {"padding": "same", "dilation": dilation, "item_bytes": item_bytes}
    assert forecast(shape, kernel, dimensions=len(taps), **settings)[1].method == method


@pytest.mark.parametrize("read", [300, 5_000, 50_000, 441_000])
def test_a_row_alone_is_transformed_by_powers_of_two(read):
    for taps in (31, 255, 1023):
        rows, columns = fourier.best_tile((1, read + taps - 1), (1, taps))[0]
        assert rows == 1 and columns & (columns - 1) == 0 and columns >= taps


# --- what is left behind -------------------------------------------------------------------------


def test_thread_settings_are_left_as_found():
    before = cv2.getNumThreads(), torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")
    for kernel in [noise(3, 3), noise(31, 31), torch.ones(31, 31), torch.outer(noise(31), noise(31))]:
        ops.conv2d(noise(3, 400, 400).float(), kernel.float(), padding="same")
    assert (cv2.getNumThreads(), torch.get_num_threads(), os.environ.get("OMP_NUM_THREADS")) == before


@pytest.mark.parametrize("taps", [(3, 3), (31, 31)])
def test_a_changed_input_or_kernel_is_computed_anew(taps):
    x, kernel = noise(1, 300, 300).float(), noise(*taps).float()
    first = ops.conv2d(x, kernel, padding="same")
    kept = first.clone()
    x.mul_(2)
    assert torch.allclose(ops.conv2d(x, kernel, padding="same"), 2 * kept, rtol=1e-4, atol=1e-4)
    kernel.mul_(2)
    assert torch.allclose(ops.conv2d(x, kernel, padding="same"), 4 * kept, rtol=1e-4, atol=1e-4)
    assert torch.equal(first, kept), "a result was changed by a later call"


def test_many_at_once_get_what_each_gets_alone():
    jobs = [(noise(2, 300, 310, seed=i).float(), noise(n, n).float()) for i, n in enumerate([3, 5, 15, 21] * 4)]
    alone = [ops.conv2d(*job, padding="same", padding_mode="reflect") for job in jobs]
    with ThreadPoolExecutor(5) as pool:
        together = list(pool.map(lambda job: ops.conv2d(*job, padding="same", padding_mode="reflect"), jobs))
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))


def test_an_error_in_a_block_reaches_the_caller():
    def work(job):
        if job == 7:
            raise ValueError("seven")

    with pytest.raises(ValueError, match="seven"):
        sharing.share(work, range(50))
    assert sharing._computing.threads == 0


@pytest.mark.parametrize("visitors", [1, 2])
def test_a_helper_leaves_while_more_compute_than_there_are_cores_and_is_asked_again(visitors, monkeypatch):
    asked, done, computing = queue.SimpleQueue(), [], sharing._Computing()
    monkeypatch.setattr(sharing, "_errands", lambda: asked)
    monkeypatch.setattr(sharing, "_computing", computing)
    monkeypatch.setattr(sharing, "cores", lambda: 2)

    def work(job):
        done.append(job)
        if job == 1:  # others come, and stay for one job
            computing.add(visitors, callers=visitors)
            asked.get(timeout=10).help()
            assert done == [1] and asked.empty()
        elif job == 2:
            assert asked.empty(), "nobody is asked for whom there is no core"
            computing.add(-visitors, callers=-visitors)
        elif job == 3:
            asked.get(timeout=10).help()
            assert done == [1, 2, 3, 4, 5] and asked.empty()

    sharing.share(work, [1, 2, 3, 4, 5])
    assert done == [1, 2, 3, 4, 5] and computing.threads == computing.callers == 0


@pytest.mark.parametrize("threads, callers, helpers, crowded", [
    (8, 2, 7, False),  # as many threads as cores
    (9, 2, 7, True), (9, 2, 4, True), (9, 2, 3, False),  # more than half of them, or less
    (9, 1, 7, False), (9, 3, 2, True), (9, 3, 1, False),
])  # fmt: skip
def test_eight_cores_are_divided_among_visitors(threads, callers, helpers, crowded, monkeypatch):
    computing = sharing._Computing()
    monkeypatch.setattr(sharing, "_computing", computing)
    monkeypatch.setattr(sharing, "cores", lambda: 8)
    errand = sharing._Errand(print, [1, 2])
    computing.add(threads, callers=callers)
    errand.helpers = helpers
    assert errand.crowded() == crowded


def test_a_call_that_has_ended_keeps_no_array_alive(monkeypatch):
    """Also where a helper has not taken the errand out of the queue yet, or never will."""
    asked = queue.SimpleQueue()
    monkeypatch.setattr(sharing, "_errands", lambda: asked)
    held = np.ones(10)
    errand = sharing._Errand(lambda job, held=held: held.sum(), [1, 2])
    alive = weakref.ref(held)
    del held
    errand.take_turns(errand.work)
    errand.end()
    assert alive() is None
    errand.help()  # a helper that comes late does nothing, and does not wait


def test_the_caller_waits_for_a_helper_that_is_at_work():
    begun, may_end, done = threading.Event(), threading.Event(), []

    def work(job):
        begun.set()
        assert may_end.wait(10)
        done.append(job)

    errand = sharing._Errand(work, [1])
    helper = threading.Thread(target=errand.help)
    helper.start()
    assert begun.wait(10)
    threading.Timer(0.05, may_end.set).start()
    errand.take_turns(work)
    errand.end()
    assert done == [1]
    helper.join()


@pytest.mark.parametrize("wrong", [True, 1.0, (1, True), (1, 1.0)])
def test_a_number_that_is_none_is_refused_also_behind_one_that_is_equal(wrong):
    """1, 1.0 and True are one key of a dict; sizes are remembered."""
    x, kernel = noise(1, 9, 9).float(), noise(3, 3).float()
    right = (1, 1) if isinstance(wrong, tuple) else 1
    for name in ["padding", "dilation"]:
        ops.conv2d(x, kernel, **{name: right})
        found = type(wrong[1] if isinstance(wrong, tuple) else wrong).__name__
        with pytest.raises(TypeError, match=f"is a {found}; expected an int"):
            ops.conv2d(x, kernel, **{name: wrong})
    with pytest.raises(TypeError, match=r"padding=\[1\] is a list; expected an int"):
        ops.conv2d(x, kernel, padding=([1], 1))


@pytest.mark.parametrize("stride", [1, 2, 7, HALF, THIRD, Fraction(3, 2), Fraction(2, 5)])
@pytest.mark.parametrize("taps", [1, 2, 31, 90, 260])
def test_products_meet_each_other_and_what_is_beyond_the_ends(taps, stride, monkeypatch):
    """Several products of several blocks each, and the ends, of which the padding is longer than the sound."""
    monkeypatch.setattr(toeplitz, "SAMPLES", 700)
    kernel = noise(taps)
    for length, padding in [(2001, taps // 2), (2002, (taps - 1, 0)), (2003, (0, taps - 1)), (5, 300), (64, (7, 290))]:
        for mode, dilation in zip(MODES, [1, 2, 1, 3, 1], strict=True):
            settings = {"padding": padding, "padding_mode": mode, "stride": stride, "dilation": dilation if length > 2000 else 1}
            x = noise(2, length)
            found = ops.conv1d(x, kernel, **settings, method="toeplitz")
            expected = ops.conv1d(x, kernel, **settings, method="torch")
            assert found.shape == expected.shape, (length, settings)
            assert float((found - expected).abs().max()) <= 1e-12 * float(kernel.abs().sum() * x.abs().max()), (length, settings)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("stride", [1, 2, HALF])
@pytest.mark.parametrize("place", [0, 150, 20_000, -1])
def test_infinity_times_a_zero_of_the_matrix_is_not_kept(stride, place):
    """At the ends, between them, and where no tap is: the plain sum decides."""
    for worst in (torch.inf, torch.nan):
        x, kernel = noise(2, 40_001).float(), noise(100).float()
        x[1, place], kernel[3] = worst, 0
        settings = {"padding": "same", "padding_mode": "reflect", "stride": stride}
        found, expected = (ops.conv1d(x, kernel, **settings, method=method) for method in ("toeplitz", "torch"))
        assert torch.equal(found.isnan(), expected.isnan()) and torch.equal(found.isinf(), expected.isinf())
        assert not found.isfinite().all() and found[0].isfinite().all()


def test_samples_that_do_not_lie_side_by_side_are_multiplied_as_well():
    sound, kernel = noise(40_000, 6), noise(40)
    for x in [sound.T, sound.T[::2], sound[:, 0].unfold(0, 30_000, 5)[:3], sound[:, :1].T.expand(3, -1), sound.T[:, 5::3],
              noise(3, 50_000)[:, 100:40_100], noise(50_000).unfold(0, 30_000, 5)[:3], noise(1, 30_000).expand(3, -1)]:
        for stride in (1, 2, HALF):
            found, expected = (ops.conv1d(x, kernel, stride=stride, padding="full", method=name) for name in ("toeplitz", "torch"))
            assert float((found - expected).abs().max()) <= 1e-11


@pytest.mark.parametrize("stride", [Fraction(1, 16), Fraction(44_100, 16_001), Fraction(160, 147), Fraction(1, 129), Fraction(7, 300), 1500])
@pytest.mark.parametrize("taps", [3, 40])
def test_a_sound_at_a_stride_that_nobody_asks_for(stride, taps):
    """Phases that no tap reaches, more phases than one merge takes, and matrices that would not fit anywhere."""
    x, kernel = noise(2, 30_000 // (1 if stride > 1 else 10)), noise(taps)
    expected = ops.conv1d(x, kernel, stride=stride, padding="same", padding_mode="symmetric", method="torch")
    for method in ("auto", "direct", "toeplitz"):
        found = computed(method, x, kernel, stride=stride, padding="same", padding_mode="symmetric")
        if found is not None:
            assert float((found - expected).abs().max()) <= 1e-12 * float(kernel.abs().sum() * x.abs().max())


def test_a_matrix_that_is_too_large_is_refused_before_it_is_made():
    for stride in (Fraction(10**9, 10**9 + 1), 10**6):
        assert ops.conv1d(noise(10), noise(3), stride=stride, padding="same").isfinite().all()
        with pytest.raises(GeometryError) as refused:
            ops.conv1d(noise(10), noise(3), stride=stride, padding="same", method="toeplitz")
        assert str(refused.value) == "method='toeplitz' would need too large a matrix; choose another method"


@pytest.mark.parametrize("stride", [1, 2, HALF])
def test_a_matrix_product_says_what_it_multiplies(stride, monkeypatch):
    """Zeros included, and but for the few results at the ends."""
    seen, multiply = [], toeplitz._multiply

    def counted(samples, begin, hop, band, made):
        seen.append(len(made) * band.numel())
        multiply(samples, begin, hop, band, made)

    monkeypatch.setattr(toeplitz, "_multiply", counted)
    ops.conv1d(noise(2, 300_000), noise(127), stride=stride, padding="same", method="toeplitz")
    axes = (settle(300_000, 127, stride=Fraction(stride), padding="same"),)
    said = plan.choose((1, 2, 300_000), noise(127), axes, method="toeplitz").multiply_adds
    assert 0.99 * said <= sum(seen) <= said


@pytest.mark.parametrize("stride", [HALF, THIRD, (2, HALF), Fraction(2, 3)])
def test_planes_that_wait_in_turns_are_all_there(stride, monkeypatch):
    monkeypatch.setattr(price, "APART", 5000)
    x, kernel = noise(7, 30, 40), noise(3, 4)
    for dilation in (1, 2):
        settings = {"stride": stride, "padding": "same", "padding_mode": "circular", "dilation": dilation}
        found, expected = (ops.conv2d(x, kernel, **settings, method=method) for method in ("direct", "torch"))
        assert float((found - expected).abs().max()) <= 1e-12


def test_what_waits_is_counted():
    """One phase of two is apart as well, and never more planes than wait at once; in float64, where nothing is in loops."""
    for shape, settings in [((3, 4000, 4000), {"stride": HALF, "dilation": 2}), ((3, 4000, 4000), {"stride": (1, HALF)})]:
        plan = forecast(shape, noise(3, 3), dimensions=2, padding="same", item_bytes=8, **settings)[1]
        plain = forecast(shape, noise(3, 3), dimensions=2, padding="same", item_bytes=8)[1]
        one_plane = 8 * 4000 * plan.output[1]
        assert one_plane <= plan.working_bytes - 8 * 3 * math.prod(plan.output) <= plain.working_bytes + one_plane


def test_a_nan_in_the_last_block_is_found():
    x = noise(1, 900, 700).float()
    x[0, -1, -1] = torch.nan
    for kernel in [torch.ones(31, 31), noise(15, 15).float(), noise(41, 41).float(), torch.tensor([[1.0, 0, -1]] * 3)]:
        found = ops.conv2d(x, kernel, padding="same")
        half = kernel.shape[0] // 2
        assert int(found.isnan().sum()) == (half + 1) ** 2 and found[0, : -half - 1].isfinite().all()


# --- memory --------------------------------------------------------------------------------------

CASES = {
    "3 x 3": ("compiled", "(3, 1500, 2000), noise(3, 3), {}"),
    "9 x 9": ("compiled", "(3, 1500, 2000), noise(9, 9), {}"),
    "stride 2": ("compiled", "(3, 1500, 2000), noise(9, 9), {'stride': 2}"),
    "stride 1/2": ("compiled", "(3, 750, 1000), noise(9, 9), {'stride': Fraction(1, 2)}"),
    "a sound": ("compiled", "(2, 4_000_000), noise(31), {}"),
    "two passes": ("lines", "(3, 1500, 2000), torch.outer(noise(31), noise(31)), {}"),
    "two passes at stride 2": ("lines", "(3, 1500, 2000), torch.outer(noise(31), noise(31)), {'stride': 2}"),
    "two passes at stride 1/2": ("lines", "(3, 750, 1000), torch.outer(noise(31), noise(31)), {'stride': Fraction(1, 2)}"),
    "two passes at stride 1/2 down": ("lines", "(3, 750, 2000), torch.outer(noise(15), noise(15)), {'stride': (Fraction(1, 2), 1)}"),
    "running sums": ("running", "(3, 1500, 2000), torch.ones(31, 31), {}"),
    "tiles": ("fourier", "(3, 1500, 2000), noise(31, 31), {}"),
    "a long kernel": ("fourier", "(2, 4_000_000), noise(2047), {}"),
    "a matrix product": ("toeplitz", "(2, 4_000_000), noise(127), {'stride': 2}"),
    "a matrix product between samples": ("toeplitz", "(2, 2_000_000), noise(301), {'stride': Fraction(2, 3)}"),
}
WITHOUT_LOOPS = {
    "filter": ("direct", "(3, 1500, 2000), noise(9, 9), {}"),
    "filter at stride 2": ("direct", "(3, 1500, 2000), noise(9, 9), {'stride': 2}"),
    "filter at stride 1/2": ("direct", "(3, 750, 1000), noise(9, 9), {'stride': Fraction(1, 2)}"),
    "filter at stride 1/2 of many planes": ("direct", "(24, 400, 500), noise(3, 3), {'stride': Fraction(1, 2)}"),
    "filter of a sound": ("direct", "(2, 4_000_000), noise(31), {}"),
    "two filters": ("separable", "(3, 1500, 2000), torch.outer(noise(31), noise(31)), {}"),
}


MEASURE = """
import os, sys, traceback
from fractions import Fraction
import torch
from playground import ops
from playground.ops.conv import forecast
from playground.ops.methods import compiled

def peak(name="VmHWM"):
    return next(int(line.split()[1]) * 1024 for line in open("/proc/self/status") if line.startswith(name))

def noise(*shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(0))

def measured(shape, kernel, options):
    conv = ops.conv1d if kernel.ndim == 1 else ops.conv2d
    settings = {"padding": "same", **options}
    conv(noise(1, *(64,) * kernel.ndim), kernel, padding=kernel.shape[0], padding_mode="reflect")
    x = noise(*shape)
    before, plan = peak("VmRSS"), forecast(shape, kernel, dimensions=kernel.ndim, **settings)[1]
    y = conv(x, kernel, padding_mode="reflect", **settings)
    return peak() - before, plan.working_bytes, max(x.nbytes, y.nbytes), plan.method

if "loops" in sys.argv:
    compiled.fetch()
for line in sys.stdin:
    if (child := os.fork()) == 0:  # which has computed nothing yet: its largest memory begins at what it was born with
        try:
            print(*eval(f"measured({line.strip()})"), flush=True)
        except BaseException:
            print(*traceback.format_exc().split(), flush=True)
        os._exit(0)
    os.waitpid(child, 0)
"""


@lru_cache
def grown(loops: str) -> dict[str, str]:
    """What each case took: one process has imported all there is, and each case is a child of it."""
    cases = CASES if loops else WITHOUT_LOOPS
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, loops], input="\n".join(case for _, case in cases.values()), capture_output=True,
        text=True, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT), compiled.PAUSE: "600"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(zip(cases, done.stdout.splitlines(), strict=True))


@pytest.mark.parametrize("name", [*CASES, *WITHOUT_LOOPS])
def test_a_call_holds_no_more_than_its_plan_says(name):
    """The largest resident memory of a new process, against the plan's bound and against 2.5 times the data."""
    found = grown("loops" if name in CASES else "")[name].split()
    assert found[3:] == [(CASES | WITHOUT_LOOPS)[name][0]], found
    taken, bound, largest = map(int, found[:3])
    slack = 24e6  # libraries that wake up, threads' stacks, pages of 2 MB
    assert taken <= bound + slack
    assert taken <= 2.5 * largest + 64e6


@pytest.mark.parametrize("taps", [3, 31, 129, 700])
@pytest.mark.parametrize("length", [100, 100_000, 5_000_000])
def test_the_bound_of_a_plan_is_that_of_a_few_blocks(taps, length):
    kernel = noise(taps)
    if taps <= length:
        plan = forecast((2, length), kernel, dimensions=1)[1]
        workers = sharing.cores() + 1
        result = 2 * 4 * plan.output[0]
        assert result <= plan.working_bytes <= result + workers * price.BLOCKS * 4 * (2 * division.SAMPLES + 6 * taps)


# --- rare inputs ---------------------------------------------------------------------------------


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("taps, stride", [(5, 1), (5, 2), (9, 1), (separable.SHORT[8], 1), (separable.SHORT[8] + 2, 1)])
@pytest.mark.parametrize("method", ["separable", "lines"])
@pytest.mark.parametrize("kind, large", [(torch.float32, 1e38), (torch.float64, 1e308)])
def test_what_stands_between_two_passes_does_not_overflow(method, taps, stride, kind, large):
    line = torch.linspace(0.5, 1, taps, dtype=torch.float64)
    kernel = torch.outer(line, line).div(line.sum() ** 2).to(kind)
    x = torch.full((1, 60, 60), large, dtype=kind)
    found = ops.conv2d(x, kernel, padding="same", padding_mode="replicate", stride=stride, method=method)
    assert float((found / large - 1).abs().max()) < 1e-5


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("method", ["auto", "direct", "separable", "lines"])
@pytest.mark.parametrize("taps, dilation", [((13, 21), (1, 20)), ((9, 3), (1, 31)), ((9, 3), (1, 20))])
def test_infinity_stays_where_it_is_also_in_a_dilated_kernel_at_a_larger_stride(method, taps, dilation):
    """So long with its zeros that OpenCV would transform it, which spreads an infinity to all of a block."""
    x, kernel = noise(1, 40, 150).float(), torch.full(taps, 0.3)
    x[0, 2, 70] = -torch.inf
    settings = {"padding": "same", "padding_mode": "replicate", "stride": (1, 3), "dilation": dilation}
    found, expected = (ops.conv2d(x, kernel, method=name, **settings) for name in (method, "torch"))
    assert torch.equal(found.isneginf(), expected.isneginf()) and not found.isnan().any()


@pytest.mark.filterwarnings("error")
def test_infinities_of_both_signs_warn_nobody():
    x = noise(1, 30, 31).float()
    x[0, 10], x[0, 11] = torch.inf, -torch.inf
    found, expected = (ops.conv2d(x, noise(3, 3).float(), stride=2, method=name) for name in ("direct", "torch"))
    assert torch.equal(found.isnan(), expected.isnan()) and found.isnan().any()
    ops.conv2d(noise(1, 30, 31), torch.full((9, 9), 1e308, dtype=torch.float64), padding="same")


@pytest.mark.parametrize("method", ["auto", *METHODS])
def test_no_planes_have_no_results(method):
    for shape, kernel in [((0, 9, 9), torch.ones(3, 3)), ((2, 0, 9, 9), torch.eye(3)), ((0, 9), torch.tensor([1.0, 0, 1]))]:
        found = computed(method, torch.zeros(shape), kernel, padding="same", stride=2)
        assert found is None or found.shape == (*shape[: -kernel.ndim], *(5,) * kernel.ndim)


@pytest.mark.parametrize("stride", [1, 2])
def test_samples_that_lie_in_memory_twice_are_read_as_they_are(stride):
    x = noise(600).float().unfold(0, 200, 1)[None]
    for kernel in [noise(3, 3).float(), torch.outer(noise(5), noise(5)).float(), torch.ones(5, 5)]:
        found = ops.conv2d(x, kernel, padding="same", padding_mode="reflect", stride=stride)
        expected = ops.conv2d(x.contiguous(), kernel, padding="same", padding_mode="reflect", stride=stride)
        assert torch.allclose(found, expected, rtol=0, atol=1e-5)


def test_how_many_planes_are_divided_is_not_kept():
    caches = division.layout, division.tiles, division.picks
    kept = [cache.cache_info().currsize for cache in caches]
    x, kernel = noise(division.MANY + 1, 20, 21).float(), noise(3, 3).float()
    for stride in (1, 2):
        found = ops.conv2d(x, kernel, padding="same", stride=stride)
        expected = ops.conv2d(x, kernel, padding="same", stride=stride, method="torch")
        assert torch.allclose(found, expected, rtol=0, atol=1e-5)
    assert kept == [cache.cache_info().currsize for cache in caches]


def test_opencvs_numbers_that_are_written_out_are_opencvs():
    names = {"reflect": "REFLECT_101", "symmetric": "REFLECT", "replicate": "REPLICATE", "constant": "CONSTANT"}
    assert {mode: getattr(cv2, f"BORDER_{name}") for mode, name in names.items()} == reading.BORDERS
    assert fourier.BACK == cv2.DFT_INVERSE | cv2.DFT_SCALE | cv2.DFT_REAL_OUTPUT
