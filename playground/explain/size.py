"""Why is the output this long?  The formula of ``ops.geometry`` with its numbers filled in."""

from __future__ import annotations

from playground.ops.geometry import Axis


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


def _signed(number: int) -> str:
    return f"− {-number}" if number < 0 else f"+ {number}"
