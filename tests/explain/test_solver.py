"""Does every setting make the size that was asked for, in torch too, and is none forgotten?"""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
import torch
import torch.nn.functional as F

from playground import ops
from playground.errors import GeometryError
from playground.explain.solver import COMMON, MOST_SIZES, Setting, as_step, solve, solve_axes

SIZES = [(128, 64), (64, 128), (32, 32), (32, 28), (9, 4), (5, 11), (1, 4), (4, 1), (1, 1), (2, 3), (30, 20), (20, 30), (100, 33)]  # fmt: skip
ALL = 10**6


def torch_call(setting: Setting, n: int) -> int | None:
    """The length that torch's layer of these options makes; None where it has no such call."""
    x, kernel = torch.zeros(1, 1, n), torch.zeros(1, 1, setting.kernel_size)
    options = {"padding": setting.torch_padding, "dilation": setting.dilation}
    if setting.torch_padding is None or setting.transposed and setting.stride.numerator > 1:
        return None
    if setting.transposed:
        options |= {"stride": setting.stride.denominator, "output_padding": setting.output_padding}
        return F.conv_transpose1d(x, kernel, **options).shape[-1]
    return F.conv1d(x, kernel, stride=int(setting.stride), **options).shape[-1]


@pytest.mark.parametrize("n, m", SIZES)
def test_every_setting_does_it_here_and_in_torch(n, m):
    found = solve(n, m, most=300)
    assert found
    for setting in found:
        assert setting.axis(n).output == m, setting
        made = torch_call(setting, n)
        assert made in (m, None), setting
        assert (made is None) == (setting.in_torch == "")
        x, kernel = torch.zeros(n), torch.zeros(setting.kernel_size)
        assert ops.conv1d(x, kernel, **as_step([setting])).shape == (m,), setting
        assert max(setting.padding) <= setting.axis(n).span - 1 + (setting.axis(n).up - 1 or setting.dilation)


@pytest.mark.parametrize("n, m", SIZES)
def test_no_setting_of_torch_is_forgotten(n, m):
    """All that torch can say with kernels to 6, strides to 16, padding up to the span, is tried."""
    found = solve(n, m, kernel_size=range(1, 7), dilation=(1, 2, 3), most=ALL)
    ours = {
        (s.kernel_size, s.stride, s.torch_padding, s.output_padding, s.dilation) for s in found if s.in_torch
    }
    theirs = set()
    for k, s, d in itertools.product(range(1, 7), range(1, 17), (1, 2, 3)):
        if k == 1 and d > 1:  # the same as d = 1
            continue
        reach = d * (k - 1)
        for p in range(reach + 1):
            if n + 2 * p > reach and (n + 2 * p - reach - 1) // s + 1 == m:
                theirs.add((k, Fraction(s), p, 0, d))
            for extra in range(max(s, d)) if s > 1 else ():
                if (n - 1) * s - 2 * p + reach + 1 + extra == m:
                    theirs.add((k, Fraction(1, s), p, extra, d))
    assert ours == theirs


@pytest.mark.parametrize("n, m", SIZES)
def test_a_word_says_the_same_as_the_numbers(n, m):
    for setting in solve(n, m, most=ALL):
        if setting.word:
            options = {"stride": setting.stride, "dilation": setting.dilation}
            assert ops.geometry.settle(n, setting.kernel_size, padding=setting.word, **options) == setting.axis(n)


@pytest.mark.parametrize(
    "n, m, first",
    [
        (128, 64, ["conv(kernel_size=3, stride=2, padding=1)", "conv(kernel_size=4, stride=2, padding=1)", "conv(kernel_size=2, stride=2)"]),
        (64, 128, ["conv_transpose(kernel_size=4, stride=2, padding=1)", "conv_transpose(kernel_size=2, stride=2)"]),
        (64, 127, ["conv_transpose(kernel_size=3, stride=2, padding=1)"]),
        (32, 32, ["conv(kernel_size=3, stride=1, padding=1)", "conv(kernel_size=1, stride=1)"]),
        (32, 28, ["conv(kernel_size=5, stride=1)"]),
        (224, 14, ["conv(kernel_size=16, stride=16)"]),
        (1, 4, ["conv(kernel_size=4, stride=1, padding=3)"]),
    ],
)  # fmt: skip
def test_the_nicest_come_first(n, m, first):
    assert [setting.in_torch for setting in solve(n, m)][: len(first)] == first


@pytest.mark.parametrize("n, m", SIZES)
def test_the_list_keeps_its_order(n, m):
    found = solve(n, m, most=ALL)
    ranks = [2 if s.dilation > 1 else int(s.stride.numerator > 1 < s.stride.denominator) for s in found]
    assert ranks == sorted(ranks)
    plain = [s for s, rank in zip(found, ranks, strict=True) if rank == 0]
    known = [(s.kernel_size, s.stride, s.torch_padding) in COMMON for s in plain]
    assert known == sorted(known, reverse=True)
    even = [s.padding[0] == s.padding[1] for s, common in zip(plain, known, strict=True) if not common]
    assert even == sorted(even, reverse=True)
    assert len(set(found)) == len(found)


def test_a_fraction_is_looked_for_where_whole_strides_do_not_do_it():
    assert {setting.stride for setting in solve(16000, 24000)} == {Fraction(2, 3)}
    assert solve(128, 96)[0].stride == Fraction(4, 3) and solve(128, 96)[0].in_torch == ""
    assert solve(10, 1000) == []


@pytest.mark.parametrize("sizes", [((128, 96), (64, 48)), ((96, 128), (96, 64)), ((20, 20), (41, 39)), ((7, 9), (7, 9))])
def test_two_axes_at_once(sizes):
    before, after = sizes
    found = solve_axes(before, after)
    assert 0 < len(found) <= 12
    alike = [len(set(both)) == 1 for both in found]
    assert alike == sorted(alike, reverse=True)
    for both in found:
        kernel = torch.zeros([setting.kernel_size for setting in both])
        assert ops.conv2d(torch.zeros(before), kernel, **as_step(both)).shape == after


def test_two_axes_in_one_call_of_torch():
    (both, *_) = solve_axes((128, 96), (64, 48))
    assert len(set(both)) == 1
    made = F.conv2d(torch.zeros(1, 1, 128, 96), torch.zeros(1, 1, 3, 3), stride=2, padding=both[0].torch_padding)
    assert both[0].kernel_size == 3 and made.shape[-2:] == (64, 48)
    (up, *_) = solve_axes((64, 48), (128, 96))
    made = F.conv_transpose2d(torch.zeros(1, 1, 64, 48), torch.zeros(1, 1, 4, 4), stride=2, padding=up[0].torch_padding)
    assert up[0].kernel_size == 4 and made.shape[-2:] == (128, 96)
    assert solve_axes((10, 10), (10, 1000)) == []


def test_the_list_is_as_long_as_asked_for_and_sizes_are_exact_beyond_all_floats():
    assert [len(solve(128, 64, most=most)) for most in (0, 1, 5)] == [0, 1, 5]
    assert solve(2 * 10**18, 10**18, most=1)[0].axis(2 * 10**18).output == 10**18


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ((0, 4, {}), "sizes from 0 to 4, kernels from 1 and dilations from 1: all must be at least 1"),
        ((4, 4, {"kernel_size": (0, 3)}), "sizes from 4 to 4, kernels from 0 and dilations from 1: all must be at least 1"),
        ((4, 4, {"kernel_size": range(1, 99)}), f"98 kernel sizes and 4 dilations up to 4 are too many to look through; give at most {MOST_SIZES} of each, dilations up to 16"),
        ((4, 4, {"dilation": (10**9,)}), "16 kernel sizes and 1 dilations up to 1000000000 are too many to look through; give at most 24 of each, dilations up to 16"),
    ],
)  # fmt: skip
def test_what_cannot_be_solved_is_refused_in_words(arguments, sentence):
    n, m, options = arguments
    with pytest.raises(GeometryError) as error:
        solve(n, m, **options)
    assert str(error.value) == sentence


def test_axes_are_given_in_pairs():
    with pytest.raises(GeometryError, match="2 sizes before and 1 after; give one for each axis"):
        solve_axes((4, 4), (2,))
