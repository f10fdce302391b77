"""Is sample ``i`` of a result where the operation says, at ``scale i + offset``?  A slope knows its places."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import torch

from playground import ops
from playground.ops.registry import OPS

SIZE = (40, 46)
CASES = [
    *(("pool", {"kernel_size": k, "stride": s, "padding": p, "statistic": statistic})
      for k, s, p, statistic in itertools.product([1, 3, 5], [None, 1, 2], [0, "same"], ["average", "median"])),
    *(("interpolate", {"scale": s}) for s in (1, 2, 3, Fraction(1, 2), Fraction(3, 2))),
    ("interpolate", {"scale": Fraction(1, 3), "interpolation": "nearest"}),
]  # fmt: skip


def check(name, dimensions, options, margin):
    """A slope along each axis, read where it is said to be; ``margin`` samples at the borders are not asked."""
    size = SIZE[-dimensions:]
    settings = {key: option.default for key, option in OPS[name].options.items()} | options
    for axis, (scale, offset) in enumerate(OPS[name].places((1, *size), **settings)):
        ramp = torch.arange(size[axis], dtype=torch.float64)
        x = (ramp[:, None] if axis == dimensions - 2 else ramp).expand(size)
        y = getattr(ops, name)(x, **options)
        expected = float(scale) * torch.arange(y.shape[axis], dtype=torch.float64) + float(offset)
        lines = y.transpose(axis, -1).reshape(-1, y.shape[axis])
        found = lines[len(lines) // 2]
        inside = (expected >= margin) & (expected <= size[axis] - 1 - margin)
        assert int(inside.sum()) >= 2
        assert torch.allclose(found[inside], expected[inside], rtol=0, atol=1e-9), (axis, found, expected)


@pytest.mark.parametrize("dimensions", [1, 2])
@pytest.mark.parametrize("name, options", CASES, ids=str)
def test_a_slope_is_read_where_it_is_said_to_be(name, options, dimensions):
    check(f"{name}{dimensions}d", dimensions, options, margin=10)


@pytest.mark.parametrize("start", [0, 1, 7])
def test_a_part_begins_where_it_is_cut(start):
    check("crop1d", 1, {"start": start}, margin=0)
    check("crop2d", 2, {"top": start, "left": 2 * start, "width": 5 + start}, margin=0)


def test_an_even_window_stands_at_the_sample_before_its_middle_as_a_kernel_does():
    for size in (2, 4):
        assert OPS["pool1d"].places((1, 40), kernel_size=size) == ((Fraction(size), Fraction(size // 2 - 1)),)
