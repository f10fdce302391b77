"""Why is the output this long?  The formula of ``ops.geometry`` with its numbers filled in."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from playground.ops.geometry import Axis, phases

if TYPE_CHECKING:
    from torch import Tensor


def formula(axis: Axis) -> str:
    """The output size of one axis, computed in the open.

    >>> from playground.ops.geometry import settle
    >>> formula(settle(300, 3, padding=(1, 1), stride=2))
    '⌊(300 + 1 + 1 − 3) / 2⌋ + 1 = 150'
    >>> formula(settle(8, 3, padding=(1, 0), dilation=2))
    '⌊(8 + 1 + 0 − (2·(3 − 1) + 1)) / 1⌋ + 1 = 5'
    """
    span = f"{axis.span}" if axis.dilation == 1 else f"({axis.dilation}·({axis.kernel_size} − 1) + 1)"
    padded = f"{axis.stuffed} {_signed(axis.before)} {_signed(axis.after)}"
    return f"⌊({padded} − {span}) / {axis.down}⌋ + 1 = {axis.output}"


def stuffing(axis: Axis) -> str:
    """How long the input is after the zeros of a stride 1/s went in; "" at whole strides.

    >>> from fractions import Fraction
    >>> from playground.ops.geometry import settle
    >>> stuffing(settle(300, 3, stride=Fraction(1, 2)))
    '(300 − 1)·2 + 1 = 599'
    """
    return "" if axis.up == 1 else f"({axis.length} − 1)·{axis.up} + 1 = {axis.stuffed}"


def weights(axes: tuple[Axis, ...], kernel: Tensor) -> tuple[float, float]:
    """Smallest and largest sum of the taps that one output receives, over all outputs at stride 1/s.

    Shape: ``kernel (*taps)``, as it is laid on the input (already flipped where it is).  The mean over the
    outputs is the kernel's sum divided by the product of all ``up``.

    >>> import torch
    >>> from fractions import Fraction
    >>> from playground.ops.geometry import settle
    >>> weights((settle(8, 3, stride=Fraction(1, 2), padding="same"),), torch.tensor([0.5, 1.0, 0.5]))
    (1.0, 1.0)
    """
    split = [phases(axis) for axis in axes]
    sums = [
        float(kernel[(..., *(phase.taps for phase in combination))].sum())
        for combination in itertools.product(*split)
    ]
    count = math.prod(min(axis.up // math.gcd(axis.up, axis.down), axis.output) for axis in axes)
    sums += [0.0] if len(sums) < count else []  # positions that no tap meets a sample at
    return min(sums), max(sums)


def _signed(number: int) -> str:
    return f"− {-number}" if number < 0 else f"+ {number}"
