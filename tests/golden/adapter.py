"""Golden cases, computed by the product: the words of the cases turned into ours.

The cases say ``mode``, ``value`` and ``up``; the product says ``padding_mode``, ``fill`` and a stride of
``Fraction(1, up)``.  All is computed in float64.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch

from playground import ops
from playground.explain.compose import Layer, compose
from playground.ops import kernels
from playground.ops.spectrum import stft

CASES = json.loads((Path(__file__).parent / "golden.json").read_text(encoding="utf-8"))["cases"]

NOT_YET_COVERED = {
    "P013-shape_ladder": "nets",
    "P014-shape_ladder": "nets",
    "P015-shape_ladder": "nets",
    "P016-shape_ladder": "nets",
    "P017-shape_ladder": "nets",
    "P022-correlation_matrix2d": "matrix",
    "P023-im2col2d": "matrix",
    "P038-batch_norm": "nets",
    "P045-correlate2d_cost": "cost",
    "P046-receptive_field": "nets",
    "P047-shape_ladder": "nets",
    "P048-shape_ladder": "nets",
    "P049-shape_ladder": "nets",
    "P065-correlation_matrix1d": "matrix",
}
"""Case id -> the part of the product that will compute it and does not exist yet."""

HOMES = {
    "matrix": ("playground/explain/matrix.py", "def "),
    "cost": ("playground/explain/cost.py", "def "),
    "nets": ("playground/nets/__init__.py", ""),
}
"""Where each of these parts will live, and a word of it: once it is there, its cases can be covered."""


def run_case(case: dict) -> np.ndarray | dict | list:
    """Compute one golden case; raises ``GeometryError`` for an error case.

    >>> run_case({"op": "pad1d", "input": [1, 2], "args": {"padding": [1, 0]}})
    array([0., 1., 2.])
    """
    if case["op"] not in OPERATIONS:
        raise NotImplementedError(case["op"])
    return OPERATIONS[case["op"]](case)


def _numbers(values: object) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


def _options(case: dict) -> dict:
    """Our words for the case's, lists as tuples."""
    renamed = {"mode": "padding_mode", "value": "fill"}
    options = {}
    for name, value in case.get("args", {}).items():
        value = tuple(value) if isinstance(value, list) else value
        if name == "up":
            ups = value if isinstance(value, tuple) else (value,)
            strides = tuple(Fraction(1, up) for up in ups)
            options["stride"] = strides if isinstance(value, tuple) else strides[0]
        else:
            options[renamed.get(name, name)] = value
    return options


def _pad(function):
    def call(case):
        options = _options(case)
        padding = options.pop("padding")
        return function(_numbers(case["input"]), padding, **options).numpy()

    return call


def _conv(function, **fixed):
    def call(case):
        x, kernel = _numbers(case["input"]), _numbers(case["kernel"])
        return function(x, kernel, **_options(case), **fixed).numpy()

    return call


def _pool(function):
    """The case's ``window`` is our ``kernel_size``, its ``kind`` our ``statistic``, its "avg" our "average"."""

    def call(case):
        options = _options(case)
        kind, size = options.pop("kind", "max"), options.pop("window")
        statistic = {"avg": "average"}.get(kind, kind)
        return function(_numbers(case["input"]), kernel_size=size, statistic=statistic, **options).numpy()

    return call


def _max_by_relu(case):
    a, b = _numbers(case["input"])
    return (b + ops.relu(a - b)).numpy()


def _compose(dimensions):
    def call(case):
        layers = [Layer(_numbers(case["input"])), Layer(_numbers(case["kernel"]))]
        return compose(layers, dimensions=dimensions).numpy()

    return call


def _difference(case):
    return np.asarray(kernels.difference_x(order=case["args"]["order"]), dtype=np.float64)[0]


def _directional(case):
    """The case's vector has y downwards; ours is an angle counter-clockwise from +x."""
    angle = math.degrees(math.atan2(-case["args"]["v_y"], case["args"]["v_x"]))
    return np.asarray(kernels.directional_edge(angle=angle), dtype=np.float64)


def _gaussian(case):
    return np.asarray(kernels.gaussian(**case["args"]), dtype=np.float64)


def _stft(case):
    """Complex numbers as their real and then their imaginary parts."""
    found = stft(_numbers(case["input"]), **case["args"])
    return torch.stack([found.real, found.imag]).numpy()


OPERATIONS = {
    "pad1d": _pad(ops.pad1d),
    "pad2d": _pad(ops.pad2d),
    "correlate1d": _conv(ops.conv1d),
    "correlate2d": _conv(ops.conv2d),
    "convolve1d": _conv(ops.conv1d, flip_kernel=True),
    "convolve2d": _conv(ops.conv2d, flip_kernel=True),
    "fractional_correlate1d": _conv(ops.conv1d),
    "fractional_correlate2d": _conv(ops.conv2d),
    "conv_transpose1d": _conv(ops.conv_transpose1d),
    "conv_transpose2d": _conv(ops.conv_transpose2d),
    "pool1d": _pool(ops.pool1d),
    "pool2d": _pool(ops.pool2d),
    "max_by_relu": _max_by_relu,
    "compose_kernels1d": _compose(1),
    "compose_kernels2d": _compose(2),
    "finite_difference_kernel": _difference,
    "directional_kernel2d": _directional,
    "gaussian_kernel2d": _gaussian,
    "stft": _stft,
}
