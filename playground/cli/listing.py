"""What is there?  Operations and kernels as they are registered, with their limits, and those of this machine."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

from playground.errors import N_
from playground.media.limits import limits
from playground.ops.parameters import Choice, Flag, Integer, Padding, Pair, Real, Stride
from playground.ops.registry import (
    COMMON_KERNEL_PARAMETERS,
    KERNELS,
    OPS,
    Kernel,
    Op,
    Option,
    Parameter,
    find,
)
from playground.recipe.check import conv_options


def everything() -> str:
    """All operations and kernels, each with its parameters, and the limits."""
    parts = ["OPERATIONS\n", *(_operation(OPS[name]) for name in sorted(OPS)), "\nKERNELS\n", _AS_A_STEP]
    for family in dict.fromkeys(kernel.family for kernel in KERNELS.values()):
        parts += [_kernel(kernel) for name, kernel in sorted(KERNELS.items()) if kernel.family == family]
    return "".join([*parts, "\nLIMITS OF THIS MACHINE\n", _limits()])


def one(name: str) -> str:
    """An operation or a kernel, with ``-`` or ``_`` in its name.

    >>> one("gain").splitlines()[1]
    '    factor=1  a number from -1000 to 1000'
    """
    found = find({**KERNELS, **OPS}, name.replace("-", "_"), what=N_("name"))
    if isinstance(found, Op):
        return _operation(found)
    medium = "image" if "image" in found.media else "audio"
    return _kernel(found) + _options(dict(COMMON_KERNEL_PARAMETERS) | conv_options(medium, causal=found.causal))


_AS_A_STEP = (
    "as a step each of them is slid over the medium, and takes what conv2d or conv1d takes; see: list NAME\n"
)


def _operation(operation: Op) -> str:
    first = (inspect.getdoc(operation.function) or "").splitlines()[0].replace("``", "")
    return f"{operation.name} ({', '.join(operation.media)}): {first}\n{_options(operation.options)}"


def _kernel(kernel: Kernel) -> str:
    return f"{kernel.name} ({', '.join(kernel.media)}): {kernel.sentence}\n{_options(kernel.options)}"


def _options(options: Mapping[str, Option]) -> str:
    settings = {
        name if option.default is None and not option.optional else f"{name}={said(option.default)}": option
        for name, option in options.items()
    }
    width = max(map(len, settings), default=0)
    return "".join(
        f"    {setting:<{width}}  {_allowed(option.type)}{', or none' if option.optional else ''}\n"
        for setting, option in settings.items()
    )


def said(value: object) -> str:
    """A value as the call form has it.

    >>> from fractions import Fraction
    >>> said(True), said(Fraction(1, 2)), said(None), said((2, 1.0))
    ('yes', '1/2', 'none', '(2, 1)')
    """
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "none"
        case float():
            return f"{value:g}"
        case tuple():
            return f"({', '.join(map(said, value))})"
    return str(value)


def _allowed(kind: Parameter) -> str:
    match kind:
        case Integer(low, high, step):
            return f"a whole number from {low} to {high}" + (f" in steps of {step}" if step > 1 else "")
        case Real(low, high, _, unit):
            return f"a number from {low:g} to {high:g}{' ' if unit else ''}{unit}"
        case Flag():
            return "yes or no"
        case Choice(words):
            return f"one of: {', '.join(words)}"
        case Pair(item):
            return f"{_allowed(item)}; or one for each axis"
        case Stride(high):
            return f"from 1 to {high}, or a fraction such as 1/2, from 1/{high} on"
        case Padding(high, words):
            return f"{', '.join(words)}, or 0 to {high}; or one for each axis or side"
    return "a kernel: a name, a call, numbers, or a digest"


def _limits() -> str:
    found = limits()
    rows = {
        "memory": f"{found.memory_bytes / 1e6:,.0f} MB",
        "a file": f"{found.file_bytes / 1e6:,.0f} MB",
        "a picture": f"{found.hard_pixels / 1e6:g} megapixels, reduced to {found.soft_pixels / 1e6:g}",
        "a sound": f"{found.hard_seconds / 60:g} minutes of stereo at 48 kHz, cut to {found.soft_seconds / 60:g};"
        f" {found.channels} channels; {found.least_rate:,} to {found.most_rate:,} Hz",
        "a kernel file": f"{found.kernel_numbers:,} numbers",
        "a step": f"{found.run_bytes / 1e6:,.0f} MB at work",
        "a run": f"{found.run_multiply_adds:.1e} multiply-adds",
    }
    return "".join(f"    {name:<16} {text}\n" for name, text in rows.items())
