"""Can an operation take this?  float32 and float64 tensors; the remedy for everything else."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from playground.errors import N_, GeometryError
from playground.ops.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

LARGEST_FLOAT32 = 3.4e38
"""A little less than the largest: up to here nothing is rounded to infinity."""


def check(x: Tensor, name: str, *, at_least: int = 0) -> None:
    """Refuse what is no float32 or float64 tensor, or has fewer than ``at_least`` axes.

    Shape: any of ``at_least`` axes.

    >>> import torch
    >>> check(torch.arange(3), "x")
    Traceback (most recent call last):
    ...
    TypeError: x is torch.int64; operations take float32 or float64: use x.float()
    """
    check_type(x, name)
    check_dtype(x.dtype, x.ndim, name, at_least=at_least)


def check_type(x: object, name: str) -> None:
    """Refuse what is no tensor.

    >>> check_type([1.0], "x")
    Traceback (most recent call last):
    ...
    TypeError: x is a list; expected a torch tensor: use torch.as_tensor(x)
    """
    if not isinstance(x, torch.Tensor):
        raise TypeError(
            f"{name} is a {type(x).__name__}; expected a torch tensor: use torch.as_tensor({name})"
        )


def check_dtype(dtype: torch.dtype, axes: int, name: str, *, at_least: int = 0) -> None:
    """Refuse the ``dtype`` and the number of ``axes`` that ``check`` refuses.

    >>> import torch
    >>> check_dtype(torch.float32, 1, "x", at_least=2)
    Traceback (most recent call last):
    ...
    playground.errors.GeometryError: x has 1 axes; expected at least 2
    """
    if dtype not in (torch.float32, torch.float64):
        remedy = f"{name}.abs()" if dtype.is_complex else f"{name}.float()"
        raise TypeError(f"{name} is {dtype}; operations take float32 or float64: use {remedy}")
    if axes < at_least:
        raise GeometryError(
            N_("{name} has {given} axes; expected at least {expected}"), name=name, given=axes, expected=at_least
        )


def scalar(value: float, dtype: object, name: str) -> float:
    """A number as ``dtype`` holds it; beyond the largest it is infinity.

    >>> import torch
    >>> scalar(0.5, torch.float32, "fill"), scalar(1e300, torch.float32, "fill")
    (0.5, inf)
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise TypeError(f"{name}={value!r} is a {type(value).__name__}; expected a number")
    if dtype is torch.float64 or value == 0:
        return float(value)
    if abs(value) < LARGEST_FLOAT32:
        return struct.unpack("f", struct.pack("f", value))[0]
    return float(torch.tensor(float(value), dtype=torch.float64).to(dtype))
