"""What the operations mean, in numpy and float64: continue, put zeros in, slide, multiply, sum.

The loops of ``tests.golden.oracle`` judge this file (``test_definition.py``); this file judges the product,
because it is quick enough for wide grids.  Inserted zeros and the gaps of a dilated kernel are never read,
so a NaN poisons exactly the windows that contain it.
"""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import torch
from numpy.lib.stride_tricks import sliding_window_view

NUMPY_MODES = {
    "constant": "constant",
    "reflect": "reflect",
    "symmetric": "symmetric",
    "replicate": "edge",
    "circular": "wrap",
}
MODES = list(NUMPY_MODES)

TOLERANCE = {torch.float64: 1e-12, torch.float32: 2e-6}
"""What ``method="auto"`` promises, relative to the scale."""

METHOD_TOLERANCE = {torch.float64: 1e-12, torch.float32: 1e-5}
"""What each single method promises in float32; in float64 none has a reason to be worse."""

SUBSCRIPTS = {1: "...gcia,goca->...goi", 2: "...gcijab,gocab->...goij"}


def pad(x, sides, mode="constant", fill=0.0):
    """Continue the last ``len(sides)`` axes by ``(before, after)`` each."""
    widths = [(0, 0)] * (x.ndim - len(sides)) + list(sides)
    if mode == "constant":
        return np.pad(x, widths, constant_values=fill)
    return np.pad(x, widths, mode=NUMPY_MODES[mode])


def insert_zeros(x, factors):
    """Put ``factor - 1`` zeros between neighbours on each of the last axes."""
    sizes = [(n - 1) * q + 1 for n, q in zip(x.shape[x.ndim - len(factors) :], factors, strict=True)]
    out = np.zeros((*x.shape[: x.ndim - len(factors)], *sizes))
    out[(..., *(slice(None, None, q) for q in factors))] = x
    return out


def per_axis(value, axes):
    return tuple(value) if isinstance(value, tuple) else (value,) * axes


def sides_of(padding, strides, gaps):
    """``(before, after)`` per axis; ``gaps`` are D = d(k-1), ``strides`` are Fractions."""
    axes = len(strides)
    if isinstance(padding, str):
        return [_sides_of_word(padding, s, gap) for s, gap in zip(strides, gaps, strict=True)]
    if not isinstance(padding, tuple):
        return [(padding, padding)] * axes
    if axes == 1:
        return [padding]
    if len(padding) == 2:
        return [(side, side) for side in padding]
    return [padding[:2], padding[2:]]


def _sides_of_word(word, stride, gap):
    q = stride.denominator
    if word == "valid":
        return 0, 0
    if word == "full":
        return gap, gap
    return (gap // 2, gap - gap // 2) if q == 1 else (gap - gap // 2, gap // 2 + q - 1)


def correlate(
    x,
    w,
    *,
    axes,
    bias=None,
    padding=0,
    padding_mode="constant",
    fill=0.0,
    stride=1,
    dilation=1,
    groups=1,
    flip_kernel=False,
):
    """``conv1d`` (``axes=1``) or ``conv2d`` (``axes=2``); ValueError where no window fits."""
    x, w = np.asarray(x, dtype=np.float64), np.asarray(w, dtype=np.float64)
    bare = x.ndim == axes
    x = x[None] if bare else x
    if w.ndim == axes:
        groups = x.shape[-axes - 1]
        w = np.broadcast_to(w, (groups, 1, *w.shape))
    if flip_kernel:
        w = np.flip(w, tuple(range(-axes, 0)))
    strides = tuple(Fraction(s) for s in per_axis(stride, axes))
    dilations = per_axis(dilation, axes)
    gaps = [d * (k - 1) for d, k in zip(dilations, w.shape[-axes:], strict=True)]
    padded = continued(x, sides_of(padding, strides, gaps), padding_mode, fill, strides)
    spans = tuple(gap + 1 for gap in gaps)
    windows = sliding_window_view(padded, spans, axis=tuple(range(-axes, 0)))
    windows = windows[(..., *(slice(None, None, s.numerator) for s in strides), *(slice(None),) * axes)]
    windows = windows[(..., *(slice(None, None, d) for d in dilations))]
    lead, channels, sizes = x.shape[: -axes - 1], x.shape[-axes - 1], windows.shape[-axes:]
    windows = windows.reshape(*lead, groups, channels // groups, *windows.shape[-2 * axes : -axes], *sizes)
    taps = w.reshape(groups, w.shape[0] // groups, *w.shape[1:])
    out = np.einsum(SUBSCRIPTS[axes], windows, taps)
    out = out.reshape(*lead, w.shape[0], *out.shape[-axes:])
    if bias is not None:
        out = out + np.asarray(bias, dtype=np.float64).reshape(-1, *(1,) * axes)
    return out[0] if bare else out


def continued(x, sides, mode, fill, strides):
    """The input continued by the mode, with zeros put in, cut to ``sides`` around the samples."""
    factors = [s.denominator for s in strides]
    whole = [(b // q, a // q) for (b, a), q in zip(sides, factors, strict=True)]
    rest = [(b % q, a % q) for (b, a), q in zip(sides, factors, strict=True)]
    return pad(insert_zeros(pad(x, whole, mode, fill), factors), rest)


def transpose(x, w, *, axes, bias=None, stride=1, padding=0, output_padding=0, dilation=1, groups=1):
    """``conv_transpose1d`` or ``conv_transpose2d``: every sample stamps the kernel, then the ends are cut."""
    x, w = np.asarray(x, dtype=np.float64), np.asarray(w, dtype=np.float64)
    bare = x.ndim == axes
    x = x[None] if bare else x
    if w.ndim == axes:
        groups = x.shape[-axes - 1]
        w = np.broadcast_to(w, (groups, 1, *w.shape))
    lead, channels, sizes = x.shape[: -axes - 1], x.shape[-axes - 1], x.shape[-axes:]
    kernel_sizes = w.shape[2:]
    settings = [per_axis(value, axes) for value in (stride, padding, output_padding, dilation)]
    canvas_sizes = [
        (n - 1) * s + d * (k - 1) + 1 + e
        for n, k, s, e, d in zip(sizes, kernel_sizes, settings[0], settings[2], settings[3], strict=True)
    ]
    grouped = x.reshape(*lead, groups, channels // groups, *sizes)
    taps = w.reshape(groups, channels // groups, *w.shape[1:])
    canvas = np.zeros((*lead, groups, w.shape[1], *canvas_sizes))
    for position in np.ndindex(*kernel_sizes):
        window = tuple(
            slice(a * d, a * d + (n - 1) * s + 1, s)
            for a, d, n, s in zip(position, settings[3], sizes, settings[0], strict=True)
        )
        tap = taps[(..., *position)]
        canvas[(..., *window)] += np.einsum("...gcz,gco->...goz", _flat(grouped, axes), tap).reshape(
            *lead, groups, w.shape[1], *sizes
        )
    cut = tuple(slice(p, length - p) for p, length in zip(settings[1], canvas_sizes, strict=True))
    if any(length - 2 * p < 1 for p, length in zip(settings[1], canvas_sizes, strict=True)):
        raise ValueError("nothing is left")
    out = canvas[(..., *cut)]
    out = out.reshape(*lead, groups * w.shape[1], *out.shape[-axes:])
    if bias is not None:
        out = out + np.asarray(bias, dtype=np.float64).reshape(-1, *(1,) * axes)
    return out[0] if bare else out


def _flat(x, axes):
    return x.reshape(*x.shape[:-axes], math.prod(x.shape[-axes:]))


def scale_of(x, w, *, axes, fill=0.0, bias=None):
    """Sum of abs kernel of one output channel, times the largest abs input; a bias comes on top."""
    w = np.abs(np.asarray(w, dtype=np.float64))
    taps = w.sum() if w.ndim == axes else w.reshape(w.shape[0], -1).sum(1).max()
    return float(taps * max(np.abs(np.asarray(x)).max(), abs(fill)) + _largest(bias))


def scale_of_transpose(x, w, *, axes, groups=1, bias=None):
    """As ``scale_of``, for a kernel ``(C_in, C_out/groups, ...)``."""
    w = np.abs(np.asarray(w, dtype=np.float64))
    if w.ndim == axes:
        taps = w.sum()
    else:
        taps = w.reshape(groups, w.shape[0] // groups, w.shape[1], -1).sum((1, 3)).max()
    return float(taps * np.abs(np.asarray(x)).max() + _largest(bias))


def _largest(bias):
    return 0.0 if bias is None else np.abs(np.asarray(bias)).max()


def assert_agrees(actual, expected, bound, what=""):
    """Same shape, no NaN, and nowhere further off than ``bound``."""
    assert isinstance(actual, torch.Tensor), what
    assert tuple(actual.shape) == expected.shape, f"{tuple(actual.shape)} is not {expected.shape}: {what}"
    error = np.abs(actual.detach().numpy().astype(np.float64) - expected)
    worst = float(error.max())
    assert worst <= bound, (
        f"off by {worst:.3g} at {np.unravel_index(error.argmax(), error.shape)}, allowed {bound:.3g}: {what}"
    )


def methods():
    """Every name that ``method`` takes, "auto" first."""
    try:
        from playground.ops.methods import METHODS
    except ImportError:
        return ["auto"]
    return ["auto", *(name for name in METHODS if name != "auto")]
