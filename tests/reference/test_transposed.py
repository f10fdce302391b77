"""Does every sample stamp the kernel where torch, the definition and the oracle's loops say?"""

from __future__ import annotations

import inspect
import itertools
import random
from fractions import Fraction

import numpy as np
import pytest
import scipy.signal
import torch
import torch.nn.functional as F

from playground import ops
from playground.errors import GeometryError, PlaygroundError
from tests.golden import oracle
from tests.reference.definition import (
    METHOD_TOLERANCE,
    TOLERANCE,
    assert_agrees,
    methods,
    scale_of_transpose,
    transpose,
)

TRANSPOSE = {1: ops.conv_transpose1d, 2: ops.conv_transpose2d}
TORCH = {1: F.conv_transpose1d, 2: F.conv_transpose2d}
DTYPES = [torch.float32, torch.float64]
METHODS = methods()
GROUPS = [(1, 1, 1), (3, 1, 1), (1, 3, 1), (3, 2, 1), (4, 2, 2), (4, 6, 2), (3, 3, 3), (3, 6, 3)]

both = pytest.mark.parametrize("axes", [1, 2])


def noise(*shape, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def numbers(x):
    return x.detach().resolve_neg().numpy()


def check(x, kernel, *, axes, method="auto", **options):
    """The product's answer is the definition's, or both say that nothing is left."""
    what = f"x {tuple(x.shape)} {x.dtype}, kernel {tuple(kernel.shape)}, {options}, method={method!r}"
    bias = options.get("bias")
    try:
        expected = transpose(numbers(x), numbers(kernel), axes=axes, **options)
    except ValueError:
        with pytest.raises(GeometryError):
            TRANSPOSE[axes](x, kernel, method=method, **options)
            pytest.fail(f"nothing is left, and yet there is a result: {what}")
        return
    actual = TRANSPOSE[axes](x, kernel, method=method, **options)
    assert actual.dtype == x.dtype, what
    assert actual.device == x.device, what
    scale = scale_of_transpose(
        numbers(x), numbers(kernel), axes=axes, groups=options.get("groups", 1), bias=bias
    )
    tolerance = TOLERANCE if method == "auto" else METHOD_TOLERANCE
    assert_agrees(actual, expected, tolerance[x.dtype] * scale, what)


def applies(function, method):
    """Call it; None where this single method says in a sentence that another one is for this case."""
    if method == "auto":
        return function()
    try:
        return function()
    except PlaygroundError as refusal:
        assert "method" in str(refusal), f"not a refusal of the method: {refusal}"
        return None


def legal_output_paddings(stride, dilation):
    """torch: smaller than the stride or than the dilation."""
    return range(max(stride, dilation))


@pytest.mark.parametrize("function", TRANSPOSE.values(), ids=["conv_transpose1d", "conv_transpose2d"])
def test_the_signature_is_the_designed_one(function):
    parameters = inspect.signature(function).parameters
    defaults = {name: p.default for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert list(parameters)[:2] == ["x", "kernel"]
    assert defaults == {
        "bias": None,
        "stride": 1,
        "padding": 0,
        "output_padding": 0,
        "dilation": 1,
        "groups": 1,
        "method": "auto",
    }


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("c_in, c_out, groups", GROUPS)
def test_conv_transpose1d_is_torchs(c_in, c_out, groups, dtype):
    for n, k, stride, padding, dilation in itertools.product([1, 5], [1, 2, 3, 4], [1, 2, 3], [0, 2], [1, 3]):
        for output_padding in legal_output_paddings(stride, dilation):
            length = (n - 1) * stride - 2 * padding + dilation * (k - 1) + output_padding + 1
            options = {"stride": stride, "padding": padding, "output_padding": output_padding}
            options |= {"dilation": dilation, "groups": groups}
            x, bias = noise(2, c_in, n, dtype=dtype), noise(c_out, dtype=dtype)
            w = noise(c_in, c_out // groups, k, dtype=dtype)
            if length < 1:
                with pytest.raises(GeometryError):
                    ops.conv_transpose1d(x, w, **options)
                continue
            expected = F.conv_transpose1d(x.double(), w.double(), bias.double(), **options).numpy()
            bound = TOLERANCE[dtype] * scale_of_transpose(x, w, axes=1, groups=groups, bias=bias)
            assert_agrees(ops.conv_transpose1d(x, w, bias=bias, **options), expected, bound, (n, k, options))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("c_in, c_out, groups", GROUPS)
def test_conv_transpose2d_is_torchs(c_in, c_out, groups, dtype):
    pick = random.Random(f"{c_in} {c_out} {groups}")
    for _ in range(60):
        stride = (pick.randint(1, 3), pick.randint(1, 3))
        dilation = (pick.randint(1, 2), pick.randint(1, 3))
        padding = (pick.randint(0, 1), pick.randint(0, 2))
        output_padding = tuple(
            pick.choice(legal_output_paddings(s, d)) for s, d in zip(stride, dilation, strict=True)
        )
        options = {"stride": stride, "padding": padding, "output_padding": output_padding}
        options |= {"dilation": dilation, "groups": groups}
        x, bias = noise(2, c_in, 3, 4, dtype=dtype), noise(c_out, dtype=dtype)
        w = noise(c_in, c_out // groups, pick.randint(1, 4), pick.randint(2, 3), dtype=dtype)
        lengths = [
            (n - 1) * s - 2 * p + d * (k - 1) + e + 1
            for n, s, p, d, k, e in zip(
                x.shape[2:], stride, padding, dilation, w.shape[2:], output_padding, strict=True
            )
        ]
        if min(lengths) < 1:
            continue
        expected = F.conv_transpose2d(x.double(), w.double(), bias.double(), **options).numpy()
        bound = TOLERANCE[dtype] * scale_of_transpose(x, w, axes=2, groups=groups, bias=bias)
        assert_agrees(ops.conv_transpose2d(x, w, bias=bias, **options), expected, bound, (w.shape, options))


@both
def test_a_plain_kernel_stamps_every_channel_alone(axes):
    for k, stride, bias in itertools.product([1, 2, 3], [1, 2], [None, noise(3)]):
        x, kernel = noise(2, 3, *[4, 5][:axes]), noise(*[k, 3][:axes])
        weight = kernel.expand(3, 1, *kernel.shape)
        expected = TORCH[axes](x, weight, bias, stride=stride, padding=0, groups=3).numpy()
        actual = TRANSPOSE[axes](x, kernel, bias=bias, stride=stride)
        assert_agrees(actual, expected, 1e-11, (k, stride))


def test_conv_transpose_is_the_oracles():
    for k, stride, padding, extra, dilation in itertools.product(
        [1, 2, 3], [1, 2, 3], [0, 1], [0, 1], [1, 2]
    ):
        if extra >= max(stride, dilation):
            continue
        x, w, bias = noise(4, 3), noise(4, 3, k), noise(6)
        options = {"stride": stride, "padding": padding, "output_padding": extra}
        options |= {"dilation": dilation, "groups": 2}
        expected = oracle.conv_transpose1d(x, w, bias, **options)
        bound = 1e-12 * scale_of_transpose(x, w, axes=1, groups=2, bias=bias)
        assert_agrees(ops.conv_transpose1d(x, w, bias=bias, **options), expected, bound, (k, options))
        options |= {"stride": (stride, 2), "padding": (0, padding), "output_padding": (extra, 1)}
        options |= {"dilation": (dilation, 1)}
        x, w = noise(4, 3, 2), noise(4, 3, 2, k)
        expected = oracle.conv_transpose2d(x, w, bias, **options)
        bound = 1e-12 * scale_of_transpose(x, w, axes=2, groups=2, bias=bias)
        assert_agrees(ops.conv_transpose2d(x, w, bias=bias, **options), expected, bound, (k, options))


@both
def test_scipys_full_convolution_is_stride_one(axes):
    x, kernel = noise(*[7, 6][:axes]), noise(*[4, 3][:axes])
    expected = scipy.signal.convolve(x, kernel, method="direct")
    assert_agrees(TRANSPOSE[axes](x, kernel), expected, 1e-12 * scale_of_transpose(x, kernel, axes=axes))


def test_a_padding_that_cuts_more_than_the_kernel_reaches():
    x, w = noise(1, 6), noise(1, 1, 3)
    check(x, w, axes=1, padding=2)
    check(x, w, axes=1, padding=3)
    check(x, w, axes=1, padding=3, stride=2, output_padding=1)
    check(x, w, axes=1, padding=4)  # nothing is left
    check(noise(1, 3, 6), noise(1, 1, 3, 3), axes=2, padding=(0, 3))


def test_output_padding_beyond_every_stamp_is_zero_plus_bias():
    x, w = noise(1, 3), noise(1, 2, 1)
    out = ops.conv_transpose1d(x, w, bias=torch.tensor([1.0, -2.0]).double(), stride=4, output_padding=3)
    assert out.shape == (2, 12)
    assert out[:, 9:].tolist() == [[1.0] * 3, [-2.0] * 3]


@both
@pytest.mark.parametrize("lead", [(), (3,), (2, 3), (2, 2, 3)], ids=str)
def test_leading_axes_pass_through(lead, axes):
    x = noise(*lead, *[5, 4][:axes])
    check(x, noise(*[3, 2][:axes]), axes=axes, stride=2, padding=1, output_padding=1)
    if lead:
        check(x, noise(3, 2, *[3, 2][:axes]), axes=axes, stride=2, bias=noise(2))


def test_pairs_are_vertical_then_horizontal():
    x, kernel = noise(3, 5), noise(2, 4)
    assert ops.conv_transpose2d(x, kernel, stride=(2, 1)).shape == (6, 8)
    assert ops.conv_transpose2d(x, kernel, padding=(0, 1)).shape == (4, 6)
    assert ops.conv_transpose2d(x, kernel, dilation=(3, 1)).shape == (6, 8)
    assert ops.conv_transpose2d(x, kernel, stride=(3, 2), output_padding=(2, 1)).shape == (10, 13)
    both_axes = ops.conv_transpose2d(x, kernel, stride=2, padding=1, output_padding=1, dilation=2)
    pairs = {"stride": (2, 2), "padding": (1, 1), "output_padding": (1, 1), "dilation": (2, 2)}
    assert torch.equal(both_axes, ops.conv_transpose2d(x, kernel, **pairs))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_method_means_the_same(method, dtype):
    pick = random.Random(11)
    computed = 0
    for number in range(80):
        axes = pick.choice([1, 2])
        mixing = pick.random() < 0.5
        taps = [pick.choice([1, 2, 3, 5]) for _ in range(axes)]
        x = noise(
            *pick.choice([(), (2,)]), 4, *[pick.choice([1, 4, 7]) for _ in taps], dtype=dtype, seed=number
        )
        kernel = noise(*((4, 2) if mixing else ()), *taps, dtype=dtype)
        options = {
            "stride": pick.choice([1, 2, 3]),
            "dilation": pick.choice([1, 2]),
            "padding": pick.choice([0, 1]),
        }
        options |= {
            "output_padding": pick.choice(legal_output_paddings(options["stride"], options["dilation"]))
        }
        options |= {"groups": 2 if mixing else 1}

        def run(x=x, kernel=kernel, axes=axes, options=options):
            check(x, kernel, axes=axes, method=method, **options)
            return True

        computed += applies(run, method) is not None
    if method == "auto":
        assert computed == 80


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_large_kernels_are_accurate(dtype):
    x = noise(3, 60, 70, dtype=dtype)
    line = torch.hann_window(33, periodic=False, dtype=torch.float64)[1:-1]
    for kernel in [noise(31, 31), torch.outer(line, line), torch.ones(31, 31) / 961]:
        for stride in [1, 2, (3, 1)]:
            check(x, kernel.to(dtype), axes=2, stride=stride, padding=15)
    check(x[:2], noise(2, 3, 21, 21, dtype=dtype), axes=2, stride=2, output_padding=1)
    sound = noise(2, 3000, dtype=dtype)
    for kernel in [
        noise(2047),
        torch.full((2047,), 1 / 2047),
        torch.zeros(11026).index_fill_(0, torch.tensor([0, 11025]), 1),
    ]:
        for stride in [1, 3]:
            check(sound, kernel.to(dtype), axes=1, stride=stride)
    check(sound[:, :500], noise(2, 2, 1023, dtype=dtype), axes=1, stride=2, padding=100)


@pytest.mark.parametrize("method", METHODS)
def test_views_are_read_as_their_copies_and_never_changed(method):
    x, kernel = noise(3, 8, 12), noise(3, 3)
    apart = torch.zeros(3, 16, 36, dtype=x.dtype)
    apart[:, ::2, ::3] = x
    views = {
        "transposed": x.transpose(1, 2).contiguous().transpose(1, 2),
        "strided": apart[:, ::2, ::3],
        "expanded": x[:1, :, :1].expand(3, 8, 12),
        "negated lazily": torch.complex(x, -x).conj().imag,
        "channels last": x.permute(1, 2, 0).contiguous().permute(2, 0, 1),
    }
    for (name, view), taps in itertools.product(views.items(), [kernel, kernel.T, kernel[:1].expand(3, 3)]):
        kept, kept_taps = view.clone(), taps.clone()

        def run(view=view, taps=taps):
            check(view, taps, axes=2, stride=2, method=method)
            check(view[0], taps[:, 0], axes=1, stride=1, padding=1, method=method)
            return True

        applies(run, method)
        assert torch.equal(view, kept) and torch.equal(taps, kept_taps), name


def test_a_nan_stamps_nan_and_nothing_else_is_touched():
    for x, kernel, stride in [
        (noise(1, 9, 8), noise(3, 3), 2),
        (noise(1, 9, 8), torch.zeros(3, 3, dtype=torch.float64), 2),
        (noise(1, 40, 50), torch.ones(31, 31, dtype=torch.float64), 1),
        (noise(1, 40, 50), noise(31, 1) * noise(1, 31), 3),
    ]:
        x[0, 4, 5] = torch.nan
        expected = transpose(x.numpy(), kernel.numpy(), axes=2, stride=stride)
        actual = ops.conv_transpose2d(x, kernel, stride=stride).numpy()
        assert np.array_equal(np.isnan(actual), np.isnan(expected)), (kernel.shape, stride)
        rest = ~np.isnan(expected)
        assert actual[rest] == pytest.approx(expected[rest], abs=1e-9)
    for kernel in [noise(2047), torch.ones(2047).double(), torch.eye(1, 2047).double()[0]]:
        x = noise(3000)
        x[1000] = torch.nan
        actual = torch.isnan(ops.conv_transpose1d(x, kernel))
        assert actual.nonzero().flatten().tolist() == list(range(1000, 1000 + 2047))


@both
@pytest.mark.parametrize("stride, dilation", [(1, 1), (2, 1), (1, 3), (2, 2), (3, 2)])
def test_an_output_padding_that_no_remainder_leaves_is_refused(axes, stride, dilation):
    """As torch: it must be smaller than the stride or than the dilation."""
    x, kernel = noise(2, *[4] * axes), noise(*[3] * axes)
    first_illegal = max(stride, dilation)
    TRANSPOSE[axes](x, kernel, stride=stride, dilation=dilation, output_padding=first_illegal - 1)
    for illegal in [first_illegal, first_illegal + 2, -1]:
        with pytest.raises(GeometryError):
            TRANSPOSE[axes](x, kernel, stride=stride, dilation=dilation, output_padding=illegal)
    if axes == 2:
        with pytest.raises(GeometryError):
            ops.conv_transpose2d(x, kernel, stride=(stride, 1), dilation=(dilation, 1), output_padding=(0, 1))


WRONG_TYPES = {
    "padding=True": {"padding": True},
    "padding=1.0": {"padding": 1.0},
    "stride=True": {"stride": True},
    "stride=2.0": {"stride": 2.0},
    "stride=0.5": {"stride": 0.5},
    "dilation=True": {"dilation": True},
    "output_padding=True": {"output_padding": True, "stride": 2},
    "groups=True": {"groups": True},
}


@both
@pytest.mark.parametrize("options", WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_a_bool_or_a_float_is_not_a_size(axes, options):
    with pytest.raises(TypeError) as caught:
        TRANSPOSE[axes](noise(2, *[4] * axes), noise(*[3] * axes), **options)
    assert next(iter(options)) in str(caught.value), f"does not say which argument: {caught.value}"


NO_MEANING = {
    "padding=-1": {"padding": -1},
    "padding=(0, 0, 1)": {"padding": (0, 0, 1)},
    "stride=0": {"stride": 0},
    "stride=-2": {"stride": -2},
    "dilation=0": {"dilation": 0},
    "groups=0": {"groups": 0},
    "nothing left": {"padding": 3},
}


@both
@pytest.mark.parametrize("options", NO_MEANING.values(), ids=NO_MEANING)
def test_a_setting_without_meaning_is_refused(axes, options):
    with pytest.raises(GeometryError):
        TRANSPOSE[axes](noise(2, *[4] * axes), noise(*[3] * axes), **options)
    with pytest.raises(GeometryError):
        TRANSPOSE[axes](noise(2, *[4] * axes), noise(2, 2, *[3] * axes), **options)


@both
def test_channels_that_do_not_fit_are_refused(axes):
    x, taps = noise(4, *[5] * axes), [3] * axes
    for kernel, options in [
        (noise(3, 2, *taps), {}),
        (noise(4, 2, *taps), {"groups": 3}),
        (noise(4, 2, *taps), {"bias": noise(3)}),
        (noise(4, 2, *taps), {"bias": noise(2), "groups": 2}),  # there are four outputs
        (noise(*taps), {"bias": noise(3)}),
        (noise(4, *taps), {}),
        (noise(*[0] * axes), {}),
    ]:
        with pytest.raises(GeometryError):
            TRANSPOSE[axes](x, kernel, **options)
            pytest.fail(f"accepted kernel {tuple(kernel.shape)}, {options}")
    with pytest.raises(GeometryError):
        TRANSPOSE[axes](noise(4, *[0] * axes), noise(*taps))
    with pytest.raises(GeometryError):
        TRANSPOSE[axes](x[0], noise(1, 1, *taps))


@both
@pytest.mark.parametrize("dtype", [torch.int64, torch.bool, torch.float16, torch.bfloat16], ids=str)
def test_other_number_types_are_refused_with_the_remedy(axes, dtype):
    with pytest.raises(TypeError, match=r"x\.float\(\)"):
        TRANSPOSE[axes](torch.ones(2, *[4] * axes).to(dtype), noise(*[3] * axes))
    with pytest.raises(TypeError, match=r"\.float\(\)"):
        TRANSPOSE[axes](noise(2, *[4] * axes), torch.ones([3] * axes).to(dtype))


@both
def test_complex_numbers_and_arrays_are_refused(axes):
    x, kernel = noise(2, *[4] * axes), noise(*[3] * axes)
    with pytest.raises(TypeError, match="complex"):
        TRANSPOSE[axes](x.to(torch.complex128), kernel)
    with pytest.raises(TypeError, match="torch|[Tt]ensor"):
        TRANSPOSE[axes](x.numpy(), kernel)
    with pytest.raises(TypeError, match="torch|[Tt]ensor"):
        TRANSPOSE[axes](x, kernel.numpy())


@both
def test_an_unknown_method_is_answered_with_the_list(axes):
    with pytest.raises(GeometryError) as caught:
        TRANSPOSE[axes](noise(2, *[4] * axes), noise(*[3] * axes), method="magic")
    assert "auto" in str(caught.value) and "magic" in str(caught.value)


@both
@pytest.mark.parametrize("stride", [2, 3, 4])
def test_flipped_stride_one_over_s_is_exactly_this_stamping(stride, axes):
    """The second half of the ruling on stride 1/s, from the other side."""
    for groups, c_in, c_out in [(1, 3, 2), (2, 4, 6)]:
        x = noise(2, c_in, *[5, 4][:axes])
        w = noise(c_in, c_out // groups, *[3, 4][:axes])
        grouped = w.reshape(groups, c_in // groups, *w.shape[1:]).transpose(1, 2)
        as_correlation = grouped.reshape(c_out, c_in // groups, *w.shape[2:])
        conv = {1: ops.conv1d, 2: ops.conv2d}[axes]
        options = {"stride": Fraction(1, stride), "padding": "full", "flip_kernel": True, "groups": groups}
        expected = TRANSPOSE[axes](x, w, stride=stride, groups=groups)
        assert torch.allclose(conv(x, as_correlation, **options), expected, rtol=0, atol=1e-11)
