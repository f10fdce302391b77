"""Does conv1d, conv2d compute the sum that its settings mean?

Judges: the definition in numpy (itself judged by the oracle's loops), torch, SciPy.  The bound is what the
product promises: 1e-12 of scale in float64 and 2e-6 in float32 for ``method="auto"``, 1e-5 in float32 for each
single method; the scale is the sum of abs kernel times the largest abs input.
"""

from __future__ import annotations

import inspect
import itertools
import math
import random
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import numpy as np
import pytest
import scipy.ndimage
import scipy.signal
import torch
import torch.nn.functional as F

from playground import ops
from playground.errors import GeometryError, PlaygroundError
from tests.golden import oracle
from tests.reference.definition import (
    METHOD_TOLERANCE,
    MODES,
    TOLERANCE,
    assert_agrees,
    correlate,
    methods,
    pad,
    scale_of,
)

CONV = {1: ops.conv1d, 2: ops.conv2d}
DTYPES = [torch.float32, torch.float64]
METHODS = methods()
HALF = Fraction(1, 2)
STRIDES = [1, 2, 3, 4, HALF, Fraction(1, 3), Fraction(1, 4), Fraction(2, 3), Fraction(3, 2)]


def noise(*shape, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return torch.randn(*shape, generator=generator, dtype=torch.float64).to(dtype)


def picture(*shape, dtype=torch.float64, seed=0):
    """Values in [0, 1], as a loader gives them: far from zero mean."""
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return torch.rand(*shape, generator=generator, dtype=torch.float64).to(dtype)


def numbers(x):
    return x.detach().resolve_neg().numpy()


def check(x, kernel, *, axes, method="auto", **options):
    """The product's answer is the definition's, or both say that no window fits."""
    what = f"x {tuple(x.shape)} {x.dtype}, kernel {tuple(kernel.shape)}, {options}, method={method!r}"
    try:
        wanted = dict(options)
        if wanted.get("bias") is not None:
            wanted["bias"] = wanted["bias"].numpy()
        expected = correlate(numbers(x), numbers(kernel), axes=axes, **wanted)
    except ValueError:
        with pytest.raises(GeometryError):
            CONV[axes](x, kernel, method=method, **options)
            pytest.fail(f"no window fits, and yet there is a result: {what}")
        return
    actual = CONV[axes](x, kernel, method=method, **options)
    assert actual.dtype == x.dtype, what
    assert actual.device == x.device, what
    fill, bias = options.get("fill", 0.0), wanted.get("bias")
    scale = scale_of(numbers(x), numbers(kernel), axes=axes, fill=fill, bias=bias)
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


# --- the signature -------------------------------------------------------------------------------


@pytest.mark.parametrize("function", [ops.conv1d, ops.conv2d], ids=["conv1d", "conv2d"])
def test_the_signature_is_the_designed_one(function):
    parameters = inspect.signature(function).parameters
    defaults = {name: p.default for name, p in parameters.items() if p.kind is p.KEYWORD_ONLY}
    assert list(parameters)[:2] == ["x", "kernel"]
    assert defaults == {
        "bias": None,
        "padding": 0,
        "padding_mode": "constant",
        "fill": 0.0,
        "stride": 1,
        "dilation": 1,
        "groups": 1,
        "flip_kernel": False,
        "method": "auto",
    }
    assert not any(p.kind is p.VAR_KEYWORD for p in parameters.values())


# --- the definition, over grids ------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("k", [1, 2, 3, 4, 5])
def test_conv1d_is_its_definition(k, mode):
    lengths, paddings = [1, 2, 7], [0, 1, (2, 0), (0, 7), "valid", "same", "full"]
    grid = itertools.product(lengths, paddings, STRIDES, [1, 2, 3])
    for number, (n, padding, stride, dilation) in enumerate(grid):
        if (number + k) % 2 and dilation == 3:
            continue  # half of the widest dilations are enough
        fill = 1.5 if number % 3 else 0.0
        options = {"padding": padding, "padding_mode": mode, "fill": fill, "stride": stride}
        options |= {"dilation": dilation, "flip_kernel": number % 2 == 1}
        check(
            noise(2, n, dtype=DTYPES[number % 5 > 0]),
            noise(k, dtype=DTYPES[number % 5 > 0]),
            axes=1,
            **options,
        )


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("shape", [(1, 1), (3, 3), (2, 2), (1, 4), (5, 2), (4, 3)], ids=str)
def test_conv2d_is_its_definition(shape, mode):
    pick = random.Random(f"{shape} {mode}")
    for number in range(60):
        size = pick.choice([(1, 1), (1, 6), (5, 1), (4, 5), (7, 6)])
        stride = pick.choice([pick.choice(STRIDES), (pick.choice(STRIDES), pick.choice(STRIDES))])
        dilation = pick.choice([1, 2, 3, (1, 2), (3, 1)])
        padding = pick.choice([0, 2, (1, 3), (2, 0, 1, 9), "valid", "same", "same", "full", "full"])
        dtype = DTYPES[number % 4 > 0]
        check(
            noise(2, *size, dtype=dtype, seed=number),
            noise(*shape, dtype=dtype),
            axes=2,
            padding=padding,
            padding_mode=mode,
            fill=pick.choice([0.0, -2.5]),
            stride=stride,
            dilation=dilation,
            flip_kernel=pick.random() < 0.5,
        )


GROUPS = [(1, 1, 1), (3, 1, 1), (1, 3, 1), (3, 2, 1), (4, 2, 2), (4, 6, 2), (3, 3, 3), (3, 6, 3)]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("c_in, c_out, groups", GROUPS)
@pytest.mark.parametrize("axes", [1, 2])
def test_mixing_kernels_groups_and_bias(axes, c_in, c_out, groups, dtype):
    pick = random.Random(f"{axes} {c_in} {c_out} {groups}")
    for _ in range(25):
        spatial = [pick.choice([1, 4, 7, 9]) for _ in range(axes)]
        taps = [pick.choice([1, 2, 3, 5]) for _ in range(axes)]
        lead = pick.choice([(), (2,), (2, 3)])
        x = noise(*lead, c_in, *spatial, dtype=dtype)
        kernel = noise(c_out, c_in // groups, *taps, dtype=dtype)
        options = {
            "bias": pick.choice([None, noise(c_out, dtype=dtype, seed=3)]),
            "groups": groups,
            "padding": pick.choice([0, 1, (3, 2), "same", "full", "valid"]),
            "padding_mode": pick.choice(MODES),
            "fill": pick.choice([0.0, 0.5]),
            "stride": pick.choice(STRIDES),
            "dilation": pick.choice([1, 1, 2]),
            "flip_kernel": pick.random() < 0.5,
        }
        check(x, kernel, axes=axes, **options)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_every_method_means_the_same(method, dtype):
    """A method is a speed, never a meaning: the same settings through each of them."""
    pick = random.Random(7)
    computed = 0
    for number in range(150):
        axes = pick.choice([1, 2])
        spatial = [pick.choice([1, 4, 7, 12]) for _ in range(axes)]
        taps = [pick.choice([1, 2, 3, 5]) for _ in range(axes)]
        mixing = pick.random() < 0.4
        x = noise(*pick.choice([(), (2,)]), 4, *spatial, dtype=dtype, seed=number)
        rank_one = pick.random() < 0.5
        kernel = noise(*((2, 2) if mixing else ()), *taps, dtype=dtype)
        if rank_one and axes == 2 and not mixing:
            kernel = noise(taps[0], 1, dtype=dtype) * noise(1, taps[1], dtype=dtype, seed=4)
        if pick.random() < 0.15:
            kernel = torch.ones_like(kernel)
        options = {
            "padding": pick.choice([0, 2, "same", "full", "full", "same"]),
            "padding_mode": pick.choice(MODES),
            "fill": pick.choice([0.0, 0.5]),
            "stride": pick.choice([1, 1, 1, 2, 3, HALF, Fraction(2, 3), Fraction(3, 2)]),
            "dilation": pick.choice([1, 1, 2]),
            "groups": 2 if mixing else 1,
            "flip_kernel": pick.random() < 0.5,
        }

        def run(x=x, kernel=kernel, axes=axes, options=options):
            check(x, kernel, axes=axes, method=method, **options)
            return True

        computed += applies(run, method) is not None
    assert computed > 0, "this method refuses everything"
    if method == "auto":
        assert computed == 150


@pytest.mark.parametrize("method", METHODS)
def test_any_settings_any_kernel(method):
    """Drawn, seeded: dense, sparse, constant, rank one and zero kernels, at sizes around every threshold."""
    pick = random.Random(f"any {method}")
    computed = 0
    for number in range(250 if method == "auto" else 80):
        axes, dtype = pick.choice([1, 2]), pick.choice(DTYPES)
        spatial = [pick.choice([1, 2, 7, 33, 300 if axes == 1 else 45]) for _ in range(axes)]
        taps = [pick.choice([1, 3, 4, 11, 12, *([128, 257] if axes == 1 else [17])]) for _ in range(axes)]
        x = (picture(2, *spatial, seed=number) * pick.choice([1, -3, 1e3]) + pick.choice([0, 1])).to(dtype)
        kernel = {
            "dense": noise(*taps),
            "positive": noise(*taps).abs(),
            "sparse": noise(*taps) * (picture(*taps, seed=number) < 0.05),
            "constant": torch.full(taps, pick.uniform(-1, 1)).double(),
            "rank one": noise(taps[0], 1) * noise(1, taps[1], seed=9) if axes == 2 else noise(*taps),
            "zero": torch.zeros(taps).double(),
        }[pick.choice(["dense", "positive", "sparse", "constant", "rank one", "zero"])].to(dtype)
        several = tuple(pick.randint(0, 40) for _ in range(2 * axes))
        options = {
            "padding": pick.choice([0, 1, "same", "full", "valid", several]),
            "padding_mode": pick.choice(MODES),
            "fill": pick.choice([0.0, 2.5]),
            "stride": pick.choice(STRIDES) if axes == 1 else (pick.choice(STRIDES), pick.choice(STRIDES)),
            "dilation": pick.choice([1, 1, 2, 5]),
            "flip_kernel": pick.random() < 0.5,
        }
        before = x.clone(), kernel.clone()

        def run(x=x, kernel=kernel, axes=axes, options=options):
            check(x, kernel, axes=axes, method=method, **options)
            return True

        computed += applies(run, method) is not None
        assert torch.equal(x, before[0]) and torch.equal(kernel, before[1]), "an argument was changed"
    assert computed > 0


@pytest.mark.parametrize("method", METHODS)
def test_rounding_errors_that_all_point_one_way_stay_small(method):
    """Every product and every partial sum alike: nothing averages out, which random numbers would hide."""
    pick = random.Random(3)
    bound = (TOLERANCE if method == "auto" else METHOD_TOLERANCE)[torch.float32]
    for size, taps in [
        ((600,), (100,)),
        ((600,), (255,)),
        ((600,), (1000,)),
        ((20,), (200,)),  # kernels that reach far beyond the input
        ((100,), (2047,)),
        ((3, 3), (40, 40)),
        ((60, 2), (16, 31)),
        ((30, 40), (9, 9)),
        ((30, 40), (15, 15)),
        ((30, 200), (1, 127)),
    ]:
        for _ in range(3):
            kernel, x = torch.full(taps, pick.uniform(0.01, 1)), torch.full(size, pick.uniform(0.1, 1))
            options = {"padding": "same", "padding_mode": "replicate", "method": method}
            conv = CONV[len(size)]
            actual = applies(lambda conv=conv, x=x, k=kernel, o=options: conv(x, k, **o), method)
            if actual is not None:
                exact = float(kernel.double().sum()) * float(x.flatten()[0].double())
                expected = np.full(size, exact)
                assert_agrees(actual, expected, bound * exact, f"{size}, {taps}, method={method!r}")


@pytest.mark.parametrize("method", [name for name in METHODS if name not in ("auto", "separable", "lines", "running")])
def test_only_methods_for_some_kernels_and_for_sounds_refuse_a_plain_kernel(method):
    for x, kernel in [(noise(2, 7, 8), noise(3, 4)), (noise(2, 70, 80), noise(31, 17))]:
        if method != "toeplitz":
            assert ops.conv2d(x, kernel, method=method) is not None
        assert ops.conv1d(x, kernel[0], method=method, stride=HALF) is not None


@pytest.mark.parametrize("method, words", [
    ("separable", "this kernel is not a column times a row; choose another method"),
    ("lines", "this kernel is not a column times a row; choose another method"),
    ("running", "the taps of this kernel are not all alike; choose another method"),
    ("toeplitz", "method='toeplitz' takes sounds only; choose another method"),
])  # fmt: skip
def test_a_method_that_cannot_says_why(method, words):
    with pytest.raises(GeometryError) as refused:
        ops.conv2d(noise(2, 70, 80), noise(7, 7), method=method)
    assert str(refused.value) == words


def test_several_threads_do_not_disturb_each_other():
    pictures = [picture(3, 50, 60, seed=i, dtype=torch.float32) for i in range(6)]
    kernels = [noise(5, 5), noise(31, 31), noise(31, 1) * noise(1, 31)]
    jobs = [(x, kernel.float()) for x in pictures for kernel in kernels] * 4
    alone = [ops.conv2d(x, kernel, padding="same", padding_mode="reflect") for x, kernel in jobs]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda job: ops.conv2d(*job, padding="same", padding_mode="reflect"), jobs))
    assert all(torch.equal(a, b) for a, b in zip(alone, together, strict=True))


# --- the loops of the oracle, directly -----------------------------------------------------------


@pytest.mark.parametrize("mode", MODES)
def test_conv1d_is_the_oracles(mode):
    x, w, bias = noise(4, 6), noise(6, 2, 3), noise(6)
    for sides, stride, dilation in itertools.product([(0, 0), (5, 2), (0, 9)], [1, 2, 3], [1, 2]):
        options = {"stride": stride, "dilation": dilation, "groups": 2}
        expected = oracle.correlate1d(x, w, bias, sides, mode, 0.5, **options)
        actual = ops.conv1d(x, w, bias=bias, padding=sides, padding_mode=mode, fill=0.5, **options)
        assert_agrees(actual, expected, 1e-12 * scale_of(x, w, axes=1, bias=bias), (sides, stride, dilation))


@pytest.mark.parametrize("mode", MODES)
def test_conv2d_is_the_oracles(mode):
    x, w, bias = noise(2, 4, 5), noise(4, 1, 3, 2), noise(4)
    for sides, stride, dilation in itertools.product(
        [(0, 0, 0, 0), (1, 6, 0, 3)], [(1, 1), (2, 3)], [(1, 1), (1, 2)]
    ):
        options = {"stride": stride, "dilation": dilation, "groups": 2}
        expected = oracle.convolve2d(x, w, bias=bias, padding=sides, mode=mode, value=0.5, **options)
        options |= {"padding": sides, "padding_mode": mode, "fill": 0.5, "flip_kernel": True}
        actual = ops.conv2d(x, w, bias=bias, **options)
        assert_agrees(actual, expected, 1e-12 * scale_of(x, w, axes=2, bias=bias), (sides, stride, dilation))


@pytest.mark.parametrize("mode", ["constant", "reflect"])
@pytest.mark.parametrize("up", [2, 3, 4])
def test_a_stride_below_one_is_the_oracles(up, mode):
    for k, sides in itertools.product([1, 2, 3, 4], [(0, 0), (3, 4)]):
        x, w = noise(2, 4), noise(2, 2, k)
        expected = oracle.fractional_correlate1d(x, w, up, padding=sides, mode=mode)
        actual = ops.conv1d(x, w, padding=sides, padding_mode=mode, stride=Fraction(1, up))
        assert_agrees(actual, expected, 1e-12 * scale_of(x, w, axes=1), (k, sides))
    x, w = noise(2, 3, 4), noise(1, 2, 3, 2)
    expected = oracle.fractional_correlate2d(x, w, (up, 2), padding=(2, 0, 1, 5), mode=mode)
    strides = (Fraction(1, up), HALF)
    actual = ops.conv2d(x, w, padding=(2, 0, 1, 5), padding_mode=mode, stride=strides)
    assert_agrees(actual, expected, 1e-12 * scale_of(x, w, axes=2), "2-D")


# --- torch, where torch can do it ----------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("padding", [0, 1, 4, "same", "valid"])
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
def test_conv1d_is_torchs(padding, dtype):
    strides = [1] if padding == "same" else [1, 2, 3]
    for (c_in, c_out, groups), k, stride, dilation in itertools.product(
        GROUPS, [1, 2, 3, 4], strides, [1, 2]
    ):
        x, w, b = (
            noise(2, c_in, 9, dtype=dtype),
            noise(c_out, c_in // groups, k, dtype=dtype),
            noise(c_out, dtype=dtype),
        )
        options = {"bias": b, "padding": padding, "stride": stride, "dilation": dilation, "groups": groups}
        expected = F.conv1d(x.double(), w.double(), **(options | {"bias": b.double()})).numpy()
        scale = scale_of(x, w, axes=1, bias=b)
        assert_agrees(ops.conv1d(x, w, **options), expected, TOLERANCE[dtype] * scale, (w.shape, options))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("padding", [0, (1, 3), "same", "valid"], ids=str)
@pytest.mark.filterwarnings("ignore:Using padding='same' with even kernel:UserWarning")
def test_conv2d_is_torchs(padding, dtype):
    strides = [1] if padding == "same" else [1, (2, 3)]
    kernels = [(1, 1), (2, 3), (4, 4)]
    for (c_in, c_out, groups), k, stride, dilation in itertools.product(
        GROUPS, kernels, strides, [1, (2, 1)]
    ):
        x, b = noise(2, c_in, 8, 7, dtype=dtype), noise(c_out, dtype=dtype)
        w = noise(c_out, c_in // groups, *k, dtype=dtype)
        options = {"bias": b, "padding": padding, "stride": stride, "dilation": dilation, "groups": groups}
        expected = F.conv2d(x.double(), w.double(), **(options | {"bias": b.double()})).numpy()
        scale = scale_of(x, w, axes=2, bias=b)
        assert_agrees(ops.conv2d(x, w, **options), expected, TOLERANCE[dtype] * scale, (w.shape, options))


def test_a_plain_kernel_is_torchs_depthwise():
    x, kernel = noise(2, 3, 8, 9), noise(3, 4)
    expected = F.conv2d(x, kernel.expand(3, 1, 3, 4), groups=3, stride=2)
    assert torch.allclose(ops.conv2d(x, kernel, stride=2), expected, rtol=0, atol=1e-12)
    x, kernel = noise(2, 3, 9), noise(4)
    expected = F.conv1d(x, kernel.expand(3, 1, 4), groups=3, stride=2)
    assert torch.allclose(ops.conv1d(x, kernel, stride=2), expected, rtol=0, atol=1e-12)


# --- SciPy ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [1, 2, 3, 6, 15])
def test_scipy_correlates_and_convolves_as_we_do(k):
    for n in [1, 5, 12]:
        x, h = noise(n), noise(k)
        bound = 1e-12 * scale_of(x, h, axes=1)
        assert_agrees(ops.conv1d(x, h, padding="full"), scipy.signal.correlate(x, h, "full"), bound, n)
        expected = scipy.signal.convolve(x, h, "full", method="direct")
        assert_agrees(ops.conv1d(x, h, padding="full", flip_kernel=True), expected, bound, n)
        if n >= k:
            assert_agrees(ops.conv1d(x, h), scipy.signal.correlate(x, h, "valid"), bound, n)
            if k % 2:
                assert_agrees(
                    ops.conv1d(x, h, padding="same"), scipy.signal.correlate(x, h, "same"), bound, n
                )
    x, h = noise(7, 8), noise(k, 3)
    bound = 1e-12 * scale_of(x, h, axes=2)
    assert_agrees(ops.conv2d(x, h, padding="full"), scipy.signal.correlate2d(x, h, "full"), bound)
    expected = scipy.signal.convolve2d(x, h, "full")
    assert_agrees(ops.conv2d(x, h, padding="full", flip_kernel=True), expected, bound)


@pytest.mark.parametrize("up, down", [(1, 2), (1, 5), (2, 1), (3, 1), (2, 3), (3, 2), (5, 3), (3, 5)])
def test_scipy_resamples_as_a_rational_stride(up, down):
    for n, k in itertools.product([1, 4, 11], [1, 2, 5, 8]):
        x, h = noise(2, n), noise(k)
        expected = scipy.signal.upfirdn(h, x, up, down)
        actual = ops.conv1d(x, h, stride=Fraction(down, up), padding="full", flip_kernel=True)
        assert_agrees(actual, expected, 1e-12 * scale_of(x, h, axes=1), (n, k))


NDIMAGE = {
    "constant": "constant",
    "reflect": "mirror",
    "symmetric": "reflect",
    "replicate": "nearest",
    "circular": "grid-wrap",
}


@pytest.mark.parametrize("mode", MODES)
def test_same_is_scipys_ndimage_with_every_mode(mode):
    for size, k in itertools.product([(6, 7), (3, 9)], [(3, 3), (5, 3), (2, 2), (1, 4), (4, 5)]):
        x, kernel = noise(*size), noise(*k)
        origin = tuple(-1 if length % 2 == 0 else 0 for length in k)  # an odd gap has its odd sample after
        expected = scipy.ndimage.correlate(
            x.numpy(), kernel.numpy(), mode=NDIMAGE[mode], cval=0.5, origin=origin
        )
        actual = ops.conv2d(x, kernel, padding="same", padding_mode=mode, fill=0.5)
        assert_agrees(actual, expected, 1e-12 * scale_of(x, kernel, axes=2, fill=0.5), (size, k))


# --- sizes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stride", [1, 2, 3, 4])
def test_same_gives_ceil_of_n_over_s_and_every_s_th_sample(stride):
    for n, k, dilation in itertools.product(range(1, 9), range(1, 6), [1, 2]):
        x, kernel = noise(n), noise(k)
        dense = ops.conv1d(x, kernel, padding="same", padding_mode="reflect", dilation=dilation)
        thin = ops.conv1d(x, kernel, padding="same", padding_mode="reflect", dilation=dilation, stride=stride)
        assert thin.shape == (-(-n // stride),)
        assert torch.allclose(thin, dense[::stride], rtol=0, atol=1e-12), (n, k, dilation)


def test_same_of_an_even_kernel_has_its_odd_sample_after():
    x = torch.tensor([1.0, 2.0, 3.0])
    assert ops.conv1d(x, torch.tensor([1.0, 10.0]), padding="same").tolist() == [21.0, 32.0, 3.0]


def test_half_stride_by_hand():
    x = torch.tensor([1.0, 2.0])
    kernel = torch.tensor([1.0, 10.0, 100.0])
    assert ops.conv1d(x, kernel, stride=HALF).tolist() == [201.0]
    assert ops.conv1d(x, kernel, stride=HALF, padding="full").tolist() == [100.0, 10.0, 201.0, 20.0, 2.0]
    assert ops.conv1d(x, kernel, stride=HALF, padding="same").tolist() == [10.0, 201.0, 20.0, 2.0]
    assert ops.conv1d(x, kernel, stride=HALF, padding=1).tolist() == [10.0, 201.0, 20.0]
    # the input is continued first: stuffed and replicated it reads ... 1 0 1 0 2 0 2 ...
    assert ops.conv1d(x, kernel, stride=HALF, padding="same", padding_mode="replicate").tolist() == [
        10.0,
        201.0,
        20.0,
        202.0,
    ]
    # a fill is a value of the continued input too: ... 5 0 1 0 2 0 5 ...
    assert ops.conv1d(x, kernel, stride=HALF, padding=2, fill=5.0).tolist() == [
        105.0,
        10.0,
        201.0,
        20.0,
        502.0,
    ]


@pytest.mark.parametrize("stride", [s for s in STRIDES if Fraction(s) != 1], ids=str)
def test_the_lengths_of_a_rational_stride(stride):
    p, q = Fraction(stride).numerator, Fraction(stride).denominator
    for n, k, dilation in itertools.product([1, 2, 7], [1, 2, 3, 4], [1, 2]):
        x, kernel, gap = noise(n), noise(k), dilation * (k - 1)
        same = ops.conv1d(x, kernel, stride=stride, dilation=dilation, padding="same")
        full = ops.conv1d(x, kernel, stride=stride, dilation=dilation, padding="full")
        assert len(same) == -(-n * q // p), (n, k, dilation)
        assert len(full) == ((n - 1) * q + gap) // p + 1, (n, k, dilation)


# --- forms of the arguments ----------------------------------------------------------------------


def test_one_number_a_pair_and_four_sides():
    x, kernel = noise(3, 5, 6), noise(3, 3)
    whole = ops.conv2d(x, kernel, padding=(2, 2, 2, 2))
    assert torch.equal(ops.conv2d(x, kernel, padding=2), whole)
    assert torch.equal(ops.conv2d(x, kernel, padding=(2, 2)), whole)
    sides = ops.conv2d(x, kernel, padding=(1, 1, 3, 3), padding_mode="reflect")
    assert torch.equal(ops.conv2d(x, kernel, padding=(1, 3), padding_mode="reflect"), sides)
    assert torch.equal(ops.conv2d(x, kernel, padding="valid"), ops.conv2d(x, kernel))
    assert torch.equal(ops.conv2d(x, kernel, padding="full"), whole)
    x, kernel = noise(3, 6), noise(3)
    assert torch.equal(ops.conv1d(x, kernel, padding=2), ops.conv1d(x, kernel, padding=(2, 2)))


def test_a_whole_fraction_is_its_integer():
    x, kernel = noise(3, 5, 6), noise(2, 2)
    for padding in [1, "same", "full"]:
        options = {"padding": padding, "padding_mode": "circular"}
        assert torch.equal(
            ops.conv2d(x, kernel, stride=Fraction(2, 1), **options),
            ops.conv2d(x, kernel, stride=2, **options),
        )
        assert torch.equal(
            ops.conv2d(x, kernel, stride=Fraction(1), **options), ops.conv2d(x, kernel, stride=1, **options)
        )
        assert torch.equal(
            ops.conv2d(x, kernel, stride=(1, Fraction(4, 2)), **options),
            ops.conv2d(x, kernel, stride=(1, 2), **options),
        )


def test_pairs_are_vertical_then_horizontal():
    x, kernel = noise(7, 11), noise(2, 3)
    assert ops.conv2d(x, kernel, stride=(2, HALF)).shape == (3, 19)
    assert ops.conv2d(x, kernel, dilation=(3, 1)).shape == (4, 9)
    assert ops.conv2d(x, kernel, padding=(1, 0)).shape == (8, 9)


@pytest.mark.parametrize("stride", [1, 2, HALF, (2, HALF)], ids=str)
@pytest.mark.parametrize("lead", [(), (3,), (2, 3), (2, 2, 3)], ids=str)
def test_leading_axes_pass_through(lead, stride):
    x = noise(*lead, 6, 5)
    check(x, noise(3, 2), axes=2, stride=stride, padding="same", padding_mode="reflect")
    if not isinstance(stride, tuple):
        check(noise(*lead, 6), noise(3), axes=1, stride=stride, padding="same", padding_mode="reflect")
    if lead:
        check(x, noise(2, 3, 3, 2), axes=2, stride=stride, padding=1, bias=noise(2))
        if not isinstance(stride, tuple):
            check(noise(*lead, 6), noise(2, 3, 3), axes=1, stride=stride, padding=1, bias=noise(2))


def test_a_bias_of_a_plain_kernel_is_one_number_per_channel():
    check(noise(2, 3, 5, 6), noise(3, 3), axes=2, bias=noise(3), padding="same")
    check(noise(2, 3, 6), noise(3), axes=1, bias=noise(3), stride=HALF)


def views_of(x):
    """The same numbers under other strides in memory; ``x`` is (3, 8, 12)."""
    apart = torch.zeros(3, 16, 36, dtype=x.dtype)
    apart[:, ::2, ::3] = x
    shifted = torch.zeros(x.numel() + 1, dtype=x.dtype)
    shifted[1:] = x.reshape(-1)
    return {
        "contiguous": x.clone(),
        "transposed": x.transpose(1, 2).contiguous().transpose(1, 2),
        "strided": apart[:, ::2, ::3],
        "channels last": x.permute(1, 2, 0).contiguous().permute(2, 0, 1),
        "with an offset": shifted[1:].reshape(x.shape),
        "real part": torch.complex(x, -x).real,
        "negated lazily": torch.complex(x, -x).conj().imag,
        "a parameter": torch.nn.Parameter(x.clone(), requires_grad=False),
    }


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_views_are_read_as_their_copies_and_never_changed(dtype, method):
    x, kernel = noise(3, 8, 12, dtype=dtype), noise(3, 8, 12, dtype=dtype, seed=5)[:, :3, :3]
    settings = [
        {},
        {"padding": "same", "padding_mode": "reflect"},
        {"stride": 2, "padding": 1},
        {"stride": HALF},
        {"padding": "full", "flip_kernel": True},
    ]
    for (name, view), options in itertools.product(views_of(x).items(), settings):
        kept = view.detach().clone()

        def run(view=view, options=options):
            check(view.detach(), kernel[0], axes=2, method=method, **options)
            check(view[0].detach(), kernel[1, 0], axes=1, method=method, **options)
            return True

        applies(run, method)
        assert torch.equal(view.detach(), kept), name
    for name, taps in {
        "transposed": kernel[0].T,
        "strided": noise(9, 9, dtype=dtype)[::3, ::2],
        "expanded": kernel[0, :1].expand(3, 3),
        "one number": torch.full((), 0.25, dtype=dtype).expand(3, 3),
    }.items():
        kept = taps.clone()

        def run(taps=taps):
            check(x, taps, axes=2, method=method, padding="same")
            check(x, taps, axes=2, method=method, padding="same", flip_kernel=True, stride=2)
            check(x[0], taps[:, 0], axes=1, method=method)
            return True

        applies(run, method)
        assert torch.equal(taps, kept), name
    expanded = x[:1, :, :1].expand(3, 8, 12)
    applies(lambda: check(expanded, kernel[0], axes=2, method=method, padding=2) or True, method)


@pytest.mark.parametrize("method", METHODS)
def test_a_kernel_changed_in_place_is_seen_by_the_next_call(method):
    """Plans may be remembered, numbers not."""
    x = picture(3, 80, 90, dtype=torch.float32)
    kernel = torch.full((31, 31), 1 / 961)
    row = torch.full((301,), 1 / 301)

    def run():
        check(x, kernel, axes=2, method=method)
        check(x[0, :8].reshape(-1), row, axes=1, method=method)
        return True

    applies(run, method)
    kernel.copy_(noise(31, 31))
    row.copy_(noise(301))
    applies(run, method)
    kernel.copy_(noise(31, 1) * noise(1, 31))
    row.zero_()[150] = 1.0
    applies(run, method)


# --- large kernels: other algorithms, the same numbers -------------------------------------------


def large_kernels(size):
    offsets = torch.arange(size, dtype=torch.float64) - (size - 1) / 2
    line = torch.exp(-(offsets**2) / (2 * ((size - 1) / 8) ** 2))
    box = torch.full((size, size), 1 / size**2, dtype=torch.float64)
    almost_box = box.clone()
    almost_box[size // 3, 2] *= 1.001
    gaussian = torch.outer(line, line) / line.sum() ** 2
    framed = torch.zeros(size, size, dtype=torch.float64)
    framed[1:-1, 2:-1] = torch.outer(noise(size - 2), noise(size - 3, seed=2))
    return {
        "random": noise(size, size),
        "gaussian": gaussian,
        "box": box,
        "almost a box": almost_box,
        "almost separable, 1e-3": gaussian + 1e-3 * gaussian.max() * noise(size, size),
        "almost separable, 1e-6": gaussian + 1e-6 * gaussian.max() * noise(size, size),
        "almost separable, 1e-10": gaussian + 1e-10 * gaussian.max() * noise(size, size),
        "separable inside a frame of zeros": framed,
        "two spikes": torch.zeros(size, size, dtype=torch.float64).index_put_(
            (torch.tensor([0, size - 2]), torch.tensor([size - 1, 3])), torch.tensor([1.0, -0.6]).double()
        ),
        "zero": torch.zeros(size, size, dtype=torch.float64),
        "a difference of boxes": box - torch.nn.functional.pad(box[:-8, :-8], (4, 4, 4, 4)),
    }


def by_fourier(x, kernel):
    """The valid correlation in float64, by SciPy's FFT, with a few places checked by the plain sum."""
    x, kernel = x.double().numpy(), kernel.double().numpy()
    flipped = np.flip(kernel).reshape((1,) * (x.ndim - kernel.ndim) + kernel.shape)
    out = scipy.signal.fftconvolve(x, flipped, mode="valid", axes=tuple(range(-kernel.ndim, 0)))
    scale = max(np.abs(kernel).sum() * np.abs(x).max(), 1e-300)
    rng = np.random.default_rng(0)
    for _ in range(5):
        place = tuple(int(rng.integers(size)) for size in out.shape)
        lead, start = place[: x.ndim - kernel.ndim], place[x.ndim - kernel.ndim :]
        window = x[lead][tuple(slice(i, i + k) for i, k in zip(start, kernel.shape, strict=True))]
        assert abs(math.fsum((window * kernel).ravel()) - out[place]) <= 1e-14 * scale
    return out


def check_large(x, kernel, method, bound, **options):
    """Padding and stride are made by hand around SciPy's valid correlation."""
    axes = kernel.ndim
    padding, mode = options.get("padding", 0), options.get("padding_mode", "constant")
    padded = pad(x.double().numpy(), [(padding, padding)] * axes, mode)
    expected = by_fourier(torch.from_numpy(padded), kernel)
    expected = expected[(..., *(slice(None, None, options.get("stride", 1)),) * axes)]
    what = f"kernel {tuple(kernel.shape)}, {options}, method={method!r}, {x.dtype}"
    actual = applies(lambda: CONV[axes](x, kernel.to(x.dtype), method=method, **options), method)
    if actual is not None:
        assert actual.dtype == x.dtype
        assert_agrees(actual, expected, bound * scale_of(x, kernel, axes=axes) + 1e-300, what)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", large_kernels(31))
@pytest.mark.parametrize("size", [31, 63])
def test_large_pictures_are_accurate(size, name, dtype):
    kernel = large_kernels(size)[name].to(dtype)
    x = picture(3, 200, 300, dtype=dtype)
    check_large(x, kernel, "auto", TOLERANCE[dtype])
    if size == 31 and name in ("random", "gaussian", "box"):
        check_large(x, kernel, "auto", TOLERANCE[dtype], padding=40, padding_mode="reflect")
        check_large(x, kernel, "auto", TOLERANCE[dtype], padding=15, stride=2)
        check_large(x, kernel, "auto", TOLERANCE[dtype], stride=3, padding=9, padding_mode="circular")


@pytest.mark.parametrize("method", METHODS[1:])
@pytest.mark.parametrize(
    "name", ["random", "gaussian", "box", "two spikes", "almost separable, 1e-3", "zero"]
)
def test_large_pictures_by_each_single_method(name, method):
    for dtype, size in [(torch.float32, 63), (torch.float64, 31)]:
        kernel = large_kernels(size)[name].to(dtype)
        x = picture(2, 90, 110, dtype=dtype)
        check_large(x, kernel, method, METHOD_TOLERANCE[dtype])
        check_large(x, kernel, method, METHOD_TOLERANCE[dtype], stride=2, padding=30)


def long_kernels(taps):
    offsets = torch.linspace(-4, 4, taps, dtype=torch.float64)
    line = torch.exp(-(offsets**2) / 2)
    spikes = torch.zeros(taps, dtype=torch.float64)
    spikes[0], spikes[-1] = 1.0, 0.6
    reverb = noise(taps) * torch.exp(-torch.linspace(0, 7, taps, dtype=torch.float64))
    return {
        "random": noise(taps),
        "gaussian": line / line.sum(),
        "box": torch.full((taps,), 1 / taps, dtype=torch.float64),
        "two spikes": spikes,
        "reverb": reverb,
    }


def signals(dtype):
    loud_start = 0.001 * noise(20000)
    loud_start[:50] = 1.0
    return {
        "noise": noise(20000, dtype=dtype),
        "far from zero": (1000 + noise(20000)).to(dtype),
        "a loud start": loud_start.to(dtype),
    }


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@pytest.mark.parametrize("name", long_kernels(255))
@pytest.mark.parametrize("taps", [255, 2047, 8191])
def test_long_sounds_are_accurate(taps, name, dtype):
    kernel = long_kernels(taps)[name].to(dtype)
    for x in signals(dtype).values():
        check_large(x, kernel, "auto", TOLERANCE[dtype])
    x = torch.stack([x for x in signals(dtype).values()])
    check_large(x, kernel, "auto", TOLERANCE[dtype], padding=taps - 1)
    check_large(x[:1], kernel, "auto", TOLERANCE[dtype], padding=500, padding_mode="symmetric", stride=3)


@pytest.mark.parametrize("method", METHODS[1:])
@pytest.mark.parametrize("name", long_kernels(255))
def test_long_sounds_by_each_single_method(name, method):
    for dtype, taps, samples in [
        (torch.float32, 2047, 5000),
        (torch.float32, 8191, 9500),
        (torch.float64, 2047, 4000),
    ]:
        kernel = long_kernels(taps)[name].to(dtype)
        for x in list(signals(dtype).values())[: 3 if taps == 2047 and dtype == torch.float32 else 2]:
            check_large(x[:samples], kernel, method, METHOD_TOLERANCE[dtype])


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_an_echo_of_two_spikes_in_a_quarter_second(dtype, method):
    kernel = torch.zeros(11026, dtype=dtype)
    kernel[0], kernel[-1] = 1.0, 0.5
    x = noise(2, 30000 if method == "auto" else 2500, dtype=dtype)
    tail = torch.zeros(2, 11025, dtype=torch.float64)
    expected = torch.cat([x.double(), tail], 1) + 0.5 * torch.cat([tail, x.double()], 1)
    actual = applies(lambda: ops.conv1d(x, kernel, padding="full", flip_kernel=True, method=method), method)
    if actual is not None:
        tolerance = TOLERANCE if method == "auto" else METHOD_TOLERANCE
        assert_agrees(actual, expected.numpy(), tolerance[dtype] * scale_of(x, kernel, axes=1))


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_large_kernels_with_dilation_groups_and_rational_strides(dtype):
    x = picture(4, 70, 64, dtype=dtype)
    plain, mixing = noise(25, 23, dtype=dtype), noise(2, 2, 17, 19, dtype=dtype)
    for options in [
        {"dilation": 2},
        {"dilation": (1, 2), "stride": (2, 1), "padding": "same", "padding_mode": "replicate"},
        {"stride": HALF, "padding": "same", "padding_mode": "symmetric"},
        {"stride": (Fraction(3, 2), Fraction(2, 3)), "padding": "full", "flip_kernel": True},
    ]:
        check(x[:1], plain, axes=2, **options)
        check(x, mixing, axes=2, groups=2, bias=noise(2, dtype=dtype), **options)
    sound, taps = noise(2, 3000, dtype=dtype), noise(1021, dtype=dtype)
    for stride in [2, HALF, Fraction(1, 3), Fraction(3, 2), Fraction(147, 160)]:
        check(sound, taps, axes=1, stride=stride, padding="same", padding_mode="reflect")
    check(sound, noise(3, 2, 601, dtype=dtype), axes=1, padding="same", bias=noise(3, dtype=dtype))
    check(sound, noise(301, dtype=dtype), axes=1, padding="same", dilation=5)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_kernel_much_longer_than_the_input(mode, dtype):
    for n, taps, padding in [
        (1, 501, "same"),
        (1, 700, "full"),
        (2, 2047, "same"),
        (2, 700, (900, 400)),
        (100, 801, "same"),
        (100, 701, "full"),
    ]:
        check(noise(n, dtype=dtype), noise(taps, dtype=dtype), axes=1, padding=padding, padding_mode=mode)
    check(noise(3, 4, dtype=dtype), noise(40, 41, dtype=dtype), axes=2, padding="same", padding_mode=mode)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("magnitude", [1e34, 1e-30])
def test_magnitudes_that_float32_holds_stay(magnitude, method):
    """No intermediate of an algorithm may overflow or vanish where the sum itself does not."""
    x = (picture(1, 120, 150) * magnitude).float()
    kernel = large_kernels(31)["gaussian"].float()
    check_large(x, kernel, method, (TOLERANCE if method == "auto" else METHOD_TOLERANCE)[torch.float32])
    x = (noise(20000) * magnitude).float()
    kernel = long_kernels(2047)["reverb"].float() / 100
    check_large(x, kernel, method, (TOLERANCE if method == "auto" else METHOD_TOLERANCE)[torch.float32])


# --- what is not a number ------------------------------------------------------------------------


def check_poison(x, kernel, method, **options):
    """NaN exactly where the window holds one, and the right number everywhere else."""
    axes = kernel.ndim
    expected = correlate(x.numpy(), kernel.numpy(), axes=axes, **options)
    actual = applies(lambda: CONV[axes](x, kernel, method=method, **options), method)
    if actual is None:
        return
    what = f"kernel {tuple(kernel.shape)}, {options}, method={method!r}"
    actual = actual.double().numpy()
    assert actual.shape == expected.shape, what
    wrong = np.isnan(actual) != np.isnan(expected)
    assert not wrong.any(), (
        f"{int((np.isnan(actual) & wrong).sum())} outputs poisoned for nothing, "
        f"{int((~np.isnan(actual) & wrong).sum())} that should be NaN: {what}"
    )
    rest = ~np.isnan(expected)
    scale = scale_of(torch.nan_to_num(x), kernel, axes=axes)
    tolerance = (TOLERANCE if method == "auto" else METHOD_TOLERANCE)[x.dtype]
    assert np.abs(actual[rest] - expected[rest]).max(initial=0.0) <= tolerance * scale, what


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_a_nan_poisons_the_windows_that_hold_it_small_kernels(dtype, method):
    x = noise(2, 9, 11, dtype=dtype)
    x[0, 4, 5] = x[1, 0, 0] = torch.nan
    sparse = torch.tensor([[1.0, 0, 0], [0, 0, 0], [0, 0, -1]], dtype=dtype)
    kernels = [noise(3, 3, dtype=dtype), noise(2, 4, dtype=dtype), torch.ones(3, 3, dtype=dtype), sparse]
    settings = [
        {},
        {"padding": "same", "padding_mode": "reflect"},
        {"padding": "full", "stride": 2},
        {"stride": HALF, "padding": "full"},
        {"dilation": 2, "padding": 3},
        {"stride": Fraction(2, 3), "padding": "same", "padding_mode": "circular"},
    ]
    for kernel, options in itertools.product(kernels, settings):
        check_poison(x, kernel, method, **options)
        check_poison(x[0], kernel[0], method, **options)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", ["random", "gaussian", "box", "two spikes", "zero"])
def test_a_nan_poisons_the_windows_that_hold_it_large_kernels(name, method):
    x = picture(80, 90, dtype=torch.float32)
    x[5, 85] = torch.nan
    kernel = large_kernels(63)[name].float()
    check_poison(x, kernel, method)
    check_poison(x, kernel, method, padding=10, padding_mode="reflect", stride=3)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("name", long_kernels(255))
def test_a_nan_poisons_the_windows_that_hold_it_long_kernels(name, method):
    x = noise(6000, dtype=torch.float32)
    x[2500] = torch.nan
    kernel = long_kernels(2047)[name].float()
    check_poison(x, kernel, method)
    check_poison(x[:4000], kernel, method, padding="full", stride=7)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("value", [math.inf, -math.inf])
def test_an_infinity_stays_within_the_windows_that_hold_it(value, method):
    for x, kernel, place in [
        (noise(6000, dtype=torch.float32), long_kernels(2047)["box"].float(), (2500,)),
        (noise(6000, dtype=torch.float32), long_kernels(2047)["gaussian"].float(), (2500,)),
        (picture(80, 90, dtype=torch.float32), large_kernels(63)["gaussian"].float(), (5, 85)),
        (picture(80, 90, dtype=torch.float32), large_kernels(63)["box"].float(), (5, 85)),
        (picture(9, 9, dtype=torch.float32), torch.ones(3, 3), (4, 4)),
    ]:
        x[place] = value
        expected = correlate(x.numpy(), kernel.numpy(), axes=kernel.ndim)
        actual = applies(lambda x=x, k=kernel: CONV[k.ndim](x, k, method=method), method)
        if actual is None:
            continue
        actual = actual.numpy()
        rest = np.isfinite(expected)
        what = f"kernel {tuple(kernel.shape)}, method={method!r}"
        assert np.array_equal(np.isfinite(actual), rest), what
        assert np.array_equal(actual[~rest], expected[~rest].astype(np.float32)), what
        assert actual[rest] == pytest.approx(expected[rest], abs=1e-5 * float(kernel.abs().sum()) * 5), what


@pytest.mark.parametrize("method", METHODS)
def test_a_nan_or_infinity_under_any_settings(method):
    pick = random.Random(f"nan {method}")
    for number in range(120):
        axes = pick.choice([1, 2])
        x = picture(2, *[pick.choice([1, 2, 7, 33]) for _ in range(axes)], dtype=torch.float32, seed=number)
        x.view(-1)[pick.randrange(x.numel())] = pick.choice([math.nan, math.inf, -math.inf])
        taps = [pick.choice([1, 2, 3, 12, 257 if axes == 1 else 17]) for _ in range(axes)]
        kernel = pick.choice([noise(*taps), torch.ones(taps), noise(*taps) * (picture(*taps) < 0.3)]).float()
        options = {
            "padding": pick.choice([0, 1, "same", "full"]),
            "padding_mode": pick.choice(MODES),
            "stride": pick.choice([1, 1, 2, 3, HALF, Fraction(2, 3)]),
            "dilation": pick.choice([1, 1, 2]),
            "flip_kernel": pick.random() < 0.5,
        }
        try:
            with np.errstate(invalid="ignore"):
                expected = correlate(x.numpy(), kernel.numpy(), axes=axes, **options)
        except ValueError:
            continue
        actual = applies(lambda x=x, k=kernel, o=options: CONV[k.ndim](x, k, method=method, **o), method)
        if actual is not None:
            what = f"x {tuple(x.shape)}, kernel {taps}, {options}, method={method!r}"
            assert np.array_equal(np.isnan(actual.numpy()), np.isnan(expected)), what
            assert np.array_equal(np.isinf(actual.numpy()), np.isinf(expected)), what


@pytest.mark.parametrize("value", [math.nan, math.inf])
@pytest.mark.parametrize("method", METHODS)
def test_a_kernel_that_holds_no_number(method, value):
    for x, kernel in [
        (picture(2, 500, dtype=torch.float32), noise(301, dtype=torch.float32)),
        (picture(2, 9, 9, dtype=torch.float32), torch.ones(3, 3)),
        (picture(2, 60, 70, dtype=torch.float32), large_kernels(31)["gaussian"].float()),
    ]:
        kernel[2] = value
        for options in [{}, {"padding": 2, "padding_mode": "reflect"}, {"padding": 1, "stride": 2}]:
            with np.errstate(invalid="ignore"):
                expected = correlate(x.numpy(), kernel.numpy(), axes=kernel.ndim, **options)
            actual = applies(lambda x=x, k=kernel, o=options: CONV[k.ndim](x, k, method=method, **o), method)
            if actual is not None:
                what = f"kernel {tuple(kernel.shape)}, {options}, method={method!r}"
                assert np.array_equal(np.isnan(actual.numpy()), np.isnan(expected)), what
                assert np.array_equal(np.isinf(actual.numpy()), np.isinf(expected)), what


def test_a_nan_among_mixed_channels():
    x = picture(16, 20, 22, dtype=torch.float32)
    x[3, 7, 8] = torch.nan
    for shape, groups in [((8, 16, 3, 3), 1), ((4, 16, 5, 5), 1), ((16, 8, 3, 3), 2), ((16, 1, 3, 3), 16)]:
        kernel = noise(*shape, dtype=torch.float32)
        kernel[:, :, 0, 0] = 0
        expected = correlate(x.numpy(), kernel.numpy(), axes=2, groups=groups, padding=1)
        actual = ops.conv2d(x, kernel, groups=groups, padding=1).numpy()
        assert np.array_equal(np.isnan(actual), np.isnan(expected)), (shape, groups)


@pytest.mark.parametrize("fill", [math.nan, math.inf])
@pytest.mark.parametrize("method", METHODS)
def test_a_fill_that_is_no_number_stays_outside(method, fill):
    for x, kernel in [
        (noise(900, dtype=torch.float32), long_kernels(301)["gaussian"].float()),
        (picture(60, 70, dtype=torch.float32), large_kernels(31)["gaussian"].float()),
        (picture(9, 9, dtype=torch.float32), torch.ones(3, 3)),
    ]:
        options = {"padding": 2, "fill": fill}
        expected = correlate(x.numpy(), kernel.numpy(), axes=kernel.ndim, **options)
        actual = applies(lambda x=x, k=kernel, o=options: CONV[k.ndim](x, k, method=method, **o), method)
        if actual is not None:
            what = f"kernel {tuple(kernel.shape)}, method={method!r}"
            assert np.array_equal(np.isfinite(actual.numpy()), np.isfinite(expected)), what


# --- gradients are not lost to a fast method -----------------------------------------------------


@pytest.mark.parametrize("method", METHODS)
def test_a_gradient_survives_every_method(method):
    for shape in [(31, 31), (3, 3)]:
        x = picture(3, 60, 64).requires_grad_()
        kernel = (noise(shape[0], 1) * noise(1, shape[1])).requires_grad_()
        result = applies(lambda x=x, k=kernel: ops.conv2d(x, k, padding=2, method=method), method)
        if result is None:
            continue
        assert result.requires_grad
        expected = F.conv2d(x, kernel.expand(3, 1, *shape), groups=3, padding=2)
        weight = noise(*expected.shape)
        for ours, torchs in zip(
            torch.autograd.grad((result * weight).sum(), (x, kernel)),
            torch.autograd.grad((expected * weight).sum(), (x, kernel)),
            strict=True,
        ):
            assert torch.allclose(ours, torchs, rtol=0, atol=1e-9 * float(torchs.abs().max())), (
                shape,
                method,
            )


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("which", ["x", "kernel", "bias"])
def test_a_gradient_of_one_argument_alone_survives(which, method):
    tensors = {"x": noise(3, 8, 9), "kernel": noise(3, 3), "bias": noise(3)}
    tensors[which].requires_grad_()
    out = applies(
        lambda: ops.conv2d(tensors["x"], tensors["kernel"], bias=tensors["bias"], method=method), method
    )
    if out is not None:
        (gradient,) = torch.autograd.grad(out.sum(), tensors[which])
        expected = F.conv2d(tensors["x"], tensors["kernel"].expand(3, 1, 3, 3), tensors["bias"], groups=3)
        (torchs,) = torch.autograd.grad(expected.sum(), tensors[which])
        assert torch.allclose(gradient, torchs, rtol=0, atol=1e-11)


@pytest.mark.parametrize("method", METHODS)
def test_trained_parameters_are_read_without_a_graph(method):
    x, kernel = noise(3, 40, 41), torch.nn.Parameter(noise(7, 7))
    with torch.no_grad():
        out = applies(lambda: ops.conv2d(x, kernel, padding="same", method=method), method)
    if out is not None:
        assert not out.requires_grad
        assert torch.allclose(out, ops.conv2d(x, kernel.detach(), padding="same"), rtol=0, atol=1e-11)
    with torch.inference_mode():
        out = applies(lambda: ops.conv2d(x.clone(), kernel, padding="same", method=method), method)
    assert out is None or out.shape == x.shape


# --- what is refused, and how --------------------------------------------------------------------


def x_for(axes):
    return noise(4, *[5] * axes)


def kernel_for(axes):
    return noise(*[3] * axes)


both = pytest.mark.parametrize("axes", [1, 2])


@both
@pytest.mark.parametrize(
    "dtype", [torch.int64, torch.uint8, torch.bool, torch.float16, torch.bfloat16], ids=str
)
def test_other_number_types_are_refused_with_the_remedy(axes, dtype):
    with pytest.raises(TypeError, match=r"x\.float\(\)"):
        CONV[axes](torch.ones(x_for(axes).shape).to(dtype), kernel_for(axes))
    with pytest.raises(TypeError, match=r"\.float\(\)"):
        CONV[axes](x_for(axes), torch.ones(kernel_for(axes).shape).to(dtype))


@both
def test_complex_numbers_are_refused(axes):
    with pytest.raises(TypeError, match="complex"):
        CONV[axes](x_for(axes).to(torch.complex128), kernel_for(axes))
    with pytest.raises(TypeError, match="complex"):
        CONV[axes](x_for(axes), kernel_for(axes).to(torch.complex128))


@both
def test_arrays_and_lists_are_refused(axes):
    x, kernel = x_for(axes), kernel_for(axes)
    for wrong in [x.numpy(), x.tolist()]:
        with pytest.raises(TypeError, match="torch|[Tt]ensor"):
            CONV[axes](wrong, kernel)
    for wrong in [kernel.numpy(), kernel.tolist()]:
        with pytest.raises(TypeError, match="torch|[Tt]ensor"):
            CONV[axes](x, wrong)
    with pytest.raises(TypeError):
        CONV[axes](x, kernel, bias=np.ones(4))


@both
def test_a_stride_of_one_half_as_float_names_the_fraction(axes):
    with pytest.raises(TypeError, match=r"Fraction\(1, 2\)"):
        CONV[axes](x_for(axes), kernel_for(axes), stride=0.5)
    if axes == 2:
        with pytest.raises(TypeError, match=r"Fraction\(1, 2\)"):
            ops.conv2d(x_for(2), kernel_for(2), stride=(1, 0.5))


WRONG_TYPES = {
    "padding=True": {"padding": True},
    "padding=1.0": {"padding": 1.0},
    "padding=(1, True)": {"padding": (1, True)},
    "padding=None": {"padding": None},
    "stride=True": {"stride": True},
    "stride=2.0": {"stride": 2.0},
    "stride='1/2'": {"stride": "1/2"},
    "dilation=True": {"dilation": True},
    "dilation=1.0": {"dilation": 1.0},
    "dilation=1/2": {"dilation": HALF},
    "groups=True": {"groups": True},
    "groups=1.0": {"groups": 1.0},
}


@both
@pytest.mark.parametrize("options", WRONG_TYPES.values(), ids=WRONG_TYPES)
def test_a_bool_or_a_float_is_not_a_size(axes, options):
    with pytest.raises(TypeError) as caught:
        CONV[axes](x_for(axes), kernel_for(axes), **options)
    assert next(iter(options)) in str(caught.value), f"does not say which argument: {caught.value}"


NO_MEANING = {
    "padding=-1": {"padding": -1},
    "padding=(0, -1)": {"padding": (0, -1)},
    "padding of three": {"padding": (1, 1, 1)},
    "padding of none": {"padding": ()},
    "stride=0": {"stride": 0},
    "stride=-1": {"stride": -1},
    "stride=0/1": {"stride": Fraction(0)},
    "stride=-1/2": {"stride": Fraction(-1, 2)},
    "stride of three": {"stride": (1, 1, 1)},
    "dilation=0": {"dilation": 0},
    "dilation=-1": {"dilation": -1},
    "groups=0": {"groups": 0},
    "groups=-1": {"groups": -1},
}


@both
@pytest.mark.parametrize("options", NO_MEANING.values(), ids=NO_MEANING)
def test_a_setting_without_meaning_is_refused(axes, options):
    with pytest.raises(GeometryError):
        CONV[axes](x_for(axes), kernel_for(axes), **options)
    with pytest.raises(GeometryError):
        CONV[axes](x_for(axes), noise(4, 4, *[3] * axes), **options)


def test_one_side_below_zero_of_four_is_refused():
    with pytest.raises(GeometryError):
        ops.conv2d(x_for(2), kernel_for(2), padding=(5, 5, 5, -1))
    with pytest.raises(GeometryError):
        ops.conv1d(x_for(1), kernel_for(1), padding=(1, 1, 1, 1))


@both
def test_a_word_that_is_not_known_is_answered_with_the_list(axes):
    x, kernel = x_for(axes), kernel_for(axes)
    for options, choices in [
        ({"padding": "sane"}, ["valid", "same", "full"]),
        ({"padding_mode": "zeros"}, MODES),
        ({"method": "magic"}, METHODS),
    ]:
        with pytest.raises(GeometryError) as caught:
            CONV[axes](x, kernel, **options)
        sentence = str(caught.value)
        assert next(iter(options.values())) in sentence
        assert all(choice in sentence for choice in choices), sentence


@pytest.mark.parametrize("method", METHODS)
def test_where_no_window_fits_the_sentence_says_the_sizes(method):
    sentence = "kernel spans {} samples but the padded input has {}; add padding or shrink the kernel"
    cases = [
        (lambda: ops.conv1d(noise(2), noise(3), method=method), 3, 2),
        (lambda: ops.conv1d(noise(1, 3), noise(3), dilation=2, padding=(1, 0), method=method), 5, 4),
        (
            lambda: ops.conv1d(noise(2, 2), noise(1, 2, 9), padding=3, padding_mode="reflect", method=method),
            9,
            8,
        ),
        (lambda: ops.conv2d(noise(9, 2), noise(3, 3), method=method), 3, 2),
        (lambda: ops.conv2d(noise(2, 9), noise(3, 3), method=method), 3, 2),
        (
            lambda: ops.conv2d(noise(1, 6, 9), noise(1, 1, 4, 3), dilation=(3, 1), padding=1, method=method),
            10,
            8,
        ),
        (lambda: ops.conv1d(noise(3), noise(6), stride=HALF, method=method), 6, 5),
    ]
    for call, span, length in cases:
        with pytest.raises(GeometryError) as caught:
            call()
        assert str(caught.value) == sentence.format(span, length)


@both
def test_an_empty_input_or_kernel_is_refused(axes):
    empty = [0] + [5] * (axes - 1)
    for padding in [0, 3, "same", "full"]:
        with pytest.raises(GeometryError):
            CONV[axes](noise(2, *empty), kernel_for(axes), padding=padding)
        with pytest.raises(GeometryError):
            CONV[axes](x_for(axes), noise(*empty), padding=padding)
        with pytest.raises(GeometryError):
            CONV[axes](x_for(axes), noise(2, 4, *empty), padding=padding)
        with pytest.raises(GeometryError):
            CONV[axes](noise(2, *empty), kernel_for(axes), padding=padding, padding_mode="reflect")


@both
def test_channels_that_do_not_fit_are_refused(axes):
    x, taps = x_for(axes), [3] * axes
    for kernel, options in [
        (noise(2, 3, *taps), {}),  # three input channels for four
        (noise(2, 4, *taps), {"groups": 2}),  # should be two per group
        (noise(3, 2, *taps), {"groups": 2}),  # three outputs in two groups
        (noise(3, 1, *taps), {"groups": 3}),  # four inputs in three groups
        (noise(2, 4, *taps), {"bias": noise(3)}),
        (noise(2, 4, *taps), {"bias": noise(1, 2)}),
        (noise(*taps), {"bias": noise(3)}),
        (noise(4, *taps), {}),  # neither plain nor mixing
        (noise(1, 1, 1, *taps), {}),
        (torch.tensor(1.0, dtype=torch.float64), {}),
    ]:
        with pytest.raises(GeometryError):
            CONV[axes](x, kernel, **options)
            pytest.fail(f"accepted kernel {tuple(kernel.shape)}, {options}")
    with pytest.raises(GeometryError):
        CONV[axes](x_for(axes)[0], noise(1, 1, *taps))  # a bare signal has no channels to mix


def test_a_bare_line_is_not_a_picture():
    with pytest.raises(GeometryError):
        ops.conv2d(noise(5), noise(3, 3))
    with pytest.raises(GeometryError):
        ops.conv1d(torch.tensor(1.0), noise(1, dtype=torch.float32))


@pytest.mark.parametrize("wrong", [True, 1.0])
def test_what_equals_an_allowed_setting_is_refused_all_the_same(wrong):
    """Also behind a call that has been made with the number itself."""
    x, kernel = torch.ones(1, 5, 5), torch.ones(3, 3)
    for name in ("padding", "stride", "dilation", "groups"):
        for right, given in ((1, wrong), ((1, 1), (1, wrong)), ([1, 1], [1, wrong])):
            if name == "groups" and right != 1:
                continue
            assert ops.conv2d(x, kernel, **{name: right}).shape[0] == 1
            with pytest.raises(TypeError, match=f"^{name}={wrong!r} is a {type(wrong).__name__}"):
                ops.conv2d(x, kernel, **{name: given})


def test_a_kernel_of_another_kind_is_refused_behind_one_that_was_taken():
    x, kernel = torch.ones(1, 5, 5), torch.ones(3, 3)
    ops.conv2d(x, kernel)
    for wrong, sentence in (
        (kernel.int(), "kernel is torch.int32; operations take float32 or float64: use kernel.float()"),
        (kernel.to(torch.complex64), "kernel is torch.complex64; operations take float32 or float64: use kernel.abs()"),
        (kernel.numpy(), "kernel is a ndarray; expected a torch tensor: use torch.as_tensor(kernel)"),
    ):
        with pytest.raises(TypeError) as error:
            ops.conv2d(x, wrong)
        assert str(error.value) == sentence
    with pytest.raises(TypeError, match="^x is torch.float16;"):
        ops.conv2d(x.half(), kernel)
