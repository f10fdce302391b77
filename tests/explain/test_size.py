"""Does the formula on the page come out at the size that it explains?"""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest

from playground.explain.size import formula, stuffing
from playground.ops.geometry import settle, settle_transposed

STRIDES = [1, 2, 3, 7, Fraction(1, 2), Fraction(1, 3), Fraction(2, 3), Fraction(3, 2)]
PADDINGS = ["valid", "same", "full", (0, 0), (1, 1), (3, 0), (0, 4)]


def worked_out(text: str) -> tuple[int, int]:
    """Both sides of the equation, the left one computed as a reader would."""
    left, right = text.split(" = ")
    for sign, python in {"⌊": "math.floor(", "⌋": ")", "−": "-", "·": "*"}.items():
        left = left.replace(sign, python)
    return eval(left, {"math": math}), int(right)  # our own text, never input


@pytest.mark.parametrize("stride", STRIDES, ids=str)
def test_the_formula_is_true_with_its_numbers_filled_in(stride):
    for length, k, dilation, padding in itertools.product([8, 9, 300], [1, 2, 3], [1, 2, 3], PADDINGS):
        axis = settle(length, k, stride=stride, padding=padding, dilation=dilation)
        left, right = worked_out(formula(axis))
        assert left == right == axis.output, (length, k, dilation, padding)
        if axis.up > 1:
            left, right = worked_out(stuffing(axis))
            assert left == right == axis.stuffed
        else:
            assert stuffing(axis) == ""


@pytest.mark.parametrize(
    "length, k, options, text",
    [
        (300, 3, {}, "⌊(300 + 0 + 0 − 3) / 1⌋ + 1 = 298"),
        (300, 3, {"padding": "same"}, "⌊(300 + 1 + 1 − 3) / 1⌋ + 1 = 300"),
        (300, 4, {"padding": "same"}, "⌊(300 + 1 + 2 − 4) / 1⌋ + 1 = 300"),
        (451, 3, {"padding": (1, 1), "stride": 2}, "⌊(451 + 1 + 1 − 3) / 2⌋ + 1 = 226"),
        (300, 3, {"padding": "full"}, "⌊(300 + 2 + 2 − 3) / 1⌋ + 1 = 302"),
        (300, 3, {"dilation": 4}, "⌊(300 + 0 + 0 − (4·(3 − 1) + 1)) / 1⌋ + 1 = 292"),
        (300, 3, {"padding": "same", "stride": Fraction(1, 2)}, "⌊(599 + 1 + 2 − 3) / 1⌋ + 1 = 600"),
        (300, 3, {"padding": "same", "stride": Fraction(2, 3)}, "⌊(898 + 1 + 3 − 3) / 2⌋ + 1 = 450"),
        (1, 1, {}, "⌊(1 + 0 + 0 − 1) / 1⌋ + 1 = 1"),
    ],
)
def test_the_formula_reads_so(length, k, options, text):
    assert formula(settle(length, k, **options)) == text


def test_what_a_transposed_convolution_cuts_is_subtracted():
    axis = settle_transposed(5, 3, stride=2, padding=4)
    assert formula(axis) == "⌊(9 − 2 − 2 − 3) / 1⌋ + 1 = 3"
    assert worked_out(formula(axis)) == (3, 3)


def test_the_zeros_of_a_stride_below_1_are_counted_first():
    assert stuffing(settle(300, 3, stride=Fraction(1, 2))) == "(300 − 1)·2 + 1 = 599"
    assert stuffing(settle(300, 3, stride=Fraction(2, 3))) == "(300 − 1)·3 + 1 = 898"
    assert stuffing(settle(300, 3, stride=2)) == ""
