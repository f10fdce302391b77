"""Which kernel is meant, and what are its numbers?  The one door to named, typed and loaded kernels.

The kernels stand in ``blur_kernels``, ``edge_kernels``, ``outline_kernels`` and ``sharpen_kernels``, those
for sounds in ``sinc_kernels`` and ``sound_kernels``.  They are registered in ``registry.KERNELS`` in the
order of the menus; typed ones are read in ``kernel_text``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from playground.errors import N_, GeometryError, RecipeError

# Registered first, so that in a sound's menus the kernels shared with pictures come last.
from playground.ops.sinc_kernels import band_pass, band_stop, high_pass, low_pass
from playground.ops.sound_kernels import comb, difference, echo, moving_average, pre_emphasis, reverb

# isort: split
from playground.ops.blur_kernels import binomial, box, disc, gaussian, gaussian_values, motion_blur
from playground.ops.edge_kernels import (
    difference_x,
    difference_y,
    directional_edge,
    prewitt_x,
    prewitt_y,
    scharr_x,
    scharr_y,
    sobel_x,
    sobel_y,
)
from playground.ops.kernel_text import MAX_KERNEL_TEXT, format_kernel, parse_kernel
from playground.ops.lazy import torch
from playground.ops.outline_kernels import (
    difference_of_gaussians,
    difference_of_gaussians_values,
    gabor,
    gabor_values,
    laplacian_4,
    laplacian_8,
    laplacian_of_gaussian,
    laplacian_of_gaussian_values,
    outline,
)
from playground.ops.registry import KERNELS, OPS, KernelParameter, KernelRef, Option, find
from playground.ops.sharpen_kernels import emboss, identity, sharpen, shift, unsharp, unsharp_values

if TYPE_CHECKING:
    from torch import Tensor

__all__ = [
    "FAMILIES", "MAX_KERNEL_TEXT", "SOUND_FAMILIES", "build", "format_kernel", "parse_kernel", "prepared", "resolved",
    "step_options",
    "gaussian", "box", "binomial", "disc", "motion_blur",
    "sobel_x", "sobel_y", "prewitt_x", "prewitt_y", "scharr_x", "scharr_y", "difference_x", "difference_y",
    "directional_edge", "laplacian_4", "laplacian_8", "laplacian_of_gaussian", "difference_of_gaussians",
    "gabor", "outline",
    "sharpen", "unsharp", "emboss", "identity", "shift",
    "echo", "comb", "low_pass", "moving_average", "high_pass", "band_pass", "band_stop", "difference",
    "pre_emphasis", "reverb",
]  # fmt: skip

FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "blur": N_("Blur"),
        "edges": N_("Edges"),
        "sharpen": N_("Sharpen"),
        "emboss": N_("Emboss"),
        "own": N_("Your own"),
    }
)
"""The families of pictures' kernels and their words, in the order of the page."""

SOUND_FAMILIES: Mapping[str, str] = MappingProxyType(
    {
        "echo": N_("Echo"),
        "muffle": N_("Muffle"),
        "thin": N_("Thin"),
        "reverb": N_("Reverb"),
        "own": N_("Your own"),
    }
)
"""The families of sounds' kernels, likewise; of a kernel for both, ``Kernel.words`` says its family."""

FOLLOWING: Mapping[str, Callable[..., dict]] = MappingProxyType(
    {
        "gaussian": gaussian_values,
        "laplacian_of_gaussian": laplacian_of_gaussian_values,
        "difference_of_gaussians": difference_of_gaussians_values,
        "gabor": gabor_values,
        "unsharp": unsharp_values,
    }
)
"""Where a parameter may be None: what it is then."""

NOTHING_LOADED: Mapping[str, Tensor] = MappingProxyType({})


def build(
    ref: KernelRef,
    *,
    dimensions: int = 2,
    loaded: Mapping[str, Tensor] = NOTHING_LOADED,
    sample_rate: float | None = None,
) -> Tensor:
    """The numbers of a kernel, float64: ``dimensions`` is 2 for pictures, 1 for sounds.

    Shape: ``(kh, kw)`` or ``(k,)`` for every channel alone; ``(C_out, C_in/groups, kh, kw)`` or
    ``(C_out, C_in/groups, k)`` where numbers or a loaded kernel mix channels.  ``loaded`` maps digests to
    tensors.  ``sample_rate`` is the sound's where the kernel is used, for those in ms or Hz; without it
    44100 samples per second.

    >>> build(KernelRef(numbers=(1.0, 0.0, -1.0)))
    tensor([[ 1.,  0., -1.]], dtype=torch.float64)
    >>> build(KernelRef(name="box", params=(("size", (1, 2)),)))
    tensor([[0.5000, 0.5000]], dtype=torch.float64)
    >>> build(KernelRef(name="echo", params=(("delay", 2),)), dimensions=1, sample_rate=1000)
    tensor([1.0000, 0.0000, 0.6000], dtype=torch.float64)
    """
    ref = KernelParameter().check(ref, "build", "kernel")
    common = {name: value for name, value in ref.params if name in ("normalise", "zero_mean")}
    if ref.name is not None:
        numbers = _named(ref, dimensions, sample_rate)
    elif ref.digest is not None:
        if ref.digest not in loaded:
            raise RecipeError(
                N_("the kernel {digest} is not loaded; load the kernel file that this recipe was made with"),
                digest=ref.digest,
            )  # fmt: skip
        numbers = _fitted(loaded[ref.digest].to(torch.float64), dimensions)
    else:
        numbers = _fitted(torch.tensor(ref.numbers, dtype=torch.float64), dimensions)
    return prepared(numbers, **common)


def _named(ref: KernelRef, dimensions: int, sample_rate: float | None) -> Tensor:
    kernel = find(KERNELS, ref.name, what=N_("kernel"))
    if dimensions not in kernel.dimensions:
        raise RecipeError(
            N_("{name} is a kernel in {given}-D; this medium needs one in {expected}-D"),
            name=kernel.name, given=kernel.dimensions[0], expected=dimensions,
        )  # fmt: skip
    own = {name: value for name, value in ref.params if name in kernel.options}
    return kernel.function(**own, **_situation(kernel.function, dimensions, sample_rate))


def _situation(function: Callable, dimensions: int, sample_rate: float | None) -> dict[str, object]:
    """What a function takes of the medium beside the recipe's parameters."""
    known = {"dimensions": dimensions, "sample_rate": sample_rate}
    takes = inspect.signature(function).parameters
    return {name: value for name, value in known.items() if name in takes and value is not None}


def _fitted(numbers: Tensor, dimensions: int) -> Tensor:
    """Bring given numbers to ``dimensions`` axes, or two more where they mix channels."""
    if numbers.ndim in (dimensions, dimensions + 2):
        return numbers
    if dimensions == 2 and numbers.ndim == 1:
        return numbers[None, :]
    if dimensions == 1 and numbers.ndim == 2 and 1 in numbers.shape:
        return numbers.flatten()
    raise RecipeError(
        N_("this kernel is {shape}; this medium needs one in {dimensions}-D, or {mixing}-D to mix channels"),
        shape=" x ".join(str(length) for length in numbers.shape), dimensions=dimensions, mixing=dimensions + 2,
    )  # fmt: skip


def prepared(kernel: Tensor, *, normalise: bool = False, zero_mean: bool = False) -> Tensor:
    """Divide a kernel by its sum, or subtract its mean; float64.

    Shape: as given.  A kernel that mixes channels is prepared for each output channel alone.

    >>> prepared(torch.tensor([[1.0, 2.0, 1.0]]), normalise=True)
    tensor([[0.2500, 0.5000, 0.2500]], dtype=torch.float64)
    >>> prepared(torch.tensor([[0.0, 3.0, 0.0]]), zero_mean=True)
    tensor([[-1.,  2., -1.]], dtype=torch.float64)
    """
    kernel = kernel.to(torch.float64)
    if normalise and zero_mean:
        raise GeometryError(
            N_(
                "a kernel whose mean is 0 has the sum 0 and cannot be normalised; choose normalise or zero mean"
            )
        )
    if not normalise and not zero_mean:
        return kernel
    axes = tuple(range(1, kernel.ndim)) if kernel.ndim > 2 else tuple(range(kernel.ndim))
    if zero_mean:
        return kernel - kernel.mean(dim=axes, keepdim=True)
    total = kernel.sum(dim=axes, keepdim=True)
    vanishing = total.abs() <= NEARLY_ZERO * kernel.abs().sum(dim=axes, keepdim=True)
    if bool(vanishing.any()):
        raise GeometryError(
            N_("the kernel's numbers sum to {sum} and cannot be normalised; leave normalise off, or use a kernel "
               "whose sum is not 0"),
            sum=f"{float(total[vanishing][0]):.3g}",
        )  # fmt: skip
    return kernel / total


NEARLY_ZERO = 1e-6
"""A sum below this part of the sum of magnitudes is rounding, of numbers that were float32 once."""


def resolved(
    name: str,
    params: Mapping[str, object] | tuple[tuple[str, object], ...] = (),
    *,
    dimensions: int = 2,
    sample_rate: float | None = None,
) -> dict[str, object]:
    """Every parameter of a named kernel with the value that it takes, also those left out.

    ``dimensions`` and ``sample_rate`` as in ``build``, for values that follow from them.

    >>> resolved("gaussian", {"sigma": 2})
    {'size': 17, 'sigma': 2.0, 'normalise': False, 'zero_mean': False}
    """
    kernel = find(KERNELS, name, what=N_("kernel"))
    given = dict(kernel.check(tuple(params.items() if isinstance(params, Mapping) else params)))
    common = {flag: given.pop(flag, False) for flag in ("normalise", "zero_mean")}
    values = {option: given.get(option, kernel.options[option].default) for option in kernel.options}
    if name in FOLLOWING:
        following = FOLLOWING[name]
        values |= following(**values, **_situation(following, dimensions, sample_rate))
    return values | common


def step_options(kind: str, *, causal: bool = False) -> dict[str, Option]:
    """What a step of a kernel's name takes beside the kernel's own: a convolution's parameters.

    The defaults are those that a kernel's name means.  On a sound a ``causal`` kernel runs as a convolution and
    keeps its tail.

    >>> step_options("image")["padding"].default, step_options("audio", causal=True)["padding"].default
    ('same', 'full')
    """
    base = OPS["conv1d" if kind == "audio" else "conv2d"].options
    defaults: dict[str, object] = {"padding": "same", "padding_mode": "constant" if kind == "audio" else "reflect"}
    if kind == "audio" and causal:
        defaults = {"padding": "full", "padding_mode": "constant", "flip_kernel": True}
    return {
        name: Option(option.type, defaults.get(name, option.default), option.optional)
        for name, option in base.items()
        if name not in ("kernel", "groups")
    }
