"""How long is the output?  Integer arithmetic only: no tensors here.

Notation, per axis, after Dumoulin & Visin (2016, arXiv:1603.07285):
``n`` input samples, ``k`` kernel size, ``d`` dilation, ``s`` stride, ``D = d (k - 1)``.
A stride of ``1/s`` puts ``s - 1`` zeros between the samples first; a stride of ``p/q`` puts
``q - 1`` zeros between them and keeps every ``p``-th result.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import gcd
from typing import NamedTuple

from playground.errors import N_, GeometryError

PADDING_WORDS = ("valid", "same", "full")


class Axis(NamedTuple):
    """One axis of a correlation, settled.

    ``up - 1`` zeros go between the ``length`` input samples, ``before`` and ``after`` samples are
    added at the ends, and the window moves by ``down``.
    """

    length: int
    kernel_size: int
    dilation: int
    up: int
    down: int
    before: int
    after: int

    @property
    def span(self) -> int:
        """Samples from the first tap to the last, both included."""
        return self.dilation * (self.kernel_size - 1) + 1

    @property
    def stuffed(self) -> int:
        """Samples after the zeros went in."""
        return (self.length - 1) * self.up + 1

    @property
    def padded(self) -> int:
        """Samples that the window moves over."""
        return self.stuffed + self.before + self.after

    @property
    def output(self) -> int:
        """Positions of the window."""
        return (self.padded - self.span) // self.down + 1

    @property
    def remainder(self) -> int:
        """Padded samples at the end that no window reaches."""
        return (self.padded - self.span) % self.down


class Window(NamedTuple):
    """What one axis reads, in input samples: output ``j`` reads ``start + j step + i dilation``.

    ``taps`` is how many values one output reads, ``count`` how many outputs there are.
    """

    start: int
    step: int
    dilation: int
    taps: int
    count: int

    @property
    def last(self) -> int:
        """The last sample that is read."""
        return self.start + (self.count - 1) * self.step + (self.taps - 1) * self.dilation


@dataclass(frozen=True)
class Phase:
    """The outputs ``output`` of an axis, and the kernel taps ``taps`` that meet samples there."""

    window: Window
    taps: slice
    output: slice


def settle(
    length: int,
    kernel_size: int,
    *,
    stride: int | Fraction = 1,
    padding: str | tuple[int, int] = (0, 0),
    dilation: int = 1,
) -> Axis:
    """Work out one axis; ``padding`` is "valid", "same", "full" or (before, after).

    >>> settle(300, 3, padding="same").output
    300
    >>> settle(300, 3, stride=Fraction(1, 2), padding="same")
    Axis(length=300, kernel_size=3, dilation=1, up=2, down=1, before=1, after=2)
    """
    if length < 1:
        raise GeometryError(
            N_("the input has {length} samples along an axis; it needs at least 1"), length=length
        )
    if kernel_size < 1:
        raise GeometryError(
            N_("the kernel has {length} samples along an axis; it needs at least 1"), length=kernel_size
        )
    if dilation < 1:
        raise GeometryError(N_("dilation={given} has no meaning; it must be at least 1"), given=dilation)
    if stride <= 0:
        raise GeometryError(N_("stride={given} has no meaning; it must be above 0"), given=stride)
    stride = Fraction(stride)
    up, down, reach = stride.denominator, stride.numerator, dilation * (kernel_size - 1)
    if padding == "valid":
        before, after = 0, 0
    elif padding == "full":
        before, after = reach, reach
    elif padding == "same":  # ceil(n up / down) outputs
        before = reach // 2 if up == 1 else reach - reach // 2
        after = reach - before + up - 1
    else:
        before, after = padding
    if min(before, after) < 0:
        raise GeometryError(
            N_("padding={given} is negative; crop the input instead"), given=min(before, after)
        )
    axis = Axis(length, kernel_size, dilation, up, down, before, after)
    if axis.padded < axis.span:
        raise GeometryError(
            N_("kernel spans {span} samples but the padded input has {length}; add padding or shrink the kernel"),
            span=axis.span, length=axis.padded,
        )  # fmt: skip
    return axis


def output_size(
    length: int,
    kernel_size: int,
    *,
    stride: int | Fraction = 1,
    padding: str | tuple[int, int] = (0, 0),
    dilation: int = 1,
) -> int:
    """Number of positions of the window along one axis.

    >>> output_size(5, 3)                          # n - k + 1
    3
    >>> output_size(5, 3, stride=Fraction(1, 2))   # 5 samples spread over 9, then slide
    7
    """
    return settle(length, kernel_size, stride=stride, padding=padding, dilation=dilation).output


def settle_transposed(
    length: int,
    kernel_size: int,
    *,
    stride: int = 1,
    padding: int = 0,
    output_padding: int = 0,
    dilation: int = 1,
) -> Axis:
    """The axis of a transposed convolution, as the correlation at stride ``1/s`` that it is.

    torch's ``padding`` is what is cut from the full result, so the zeros around are ``D - padding``
    (negative where more is cut).

    >>> settle_transposed(16, 3, stride=2, padding=1).output     # (16 - 1) 2 - 2 + 3
    31
    """
    if min(stride, dilation) < 1:
        raise GeometryError(
            N_("stride={stride} and dilation={dilation}: both must be at least 1"),
            stride=stride,
            dilation=dilation,
        )
    if min(padding, output_padding) < 0:
        raise GeometryError(
            N_("padding={given} is negative; crop the input instead"), given=min(padding, output_padding)
        )
    if output_padding and output_padding >= max(stride, dilation):
        raise GeometryError(
            N_("output_padding={given} must be smaller than the stride ({stride}) or the dilation ({dilation})"),
            given=output_padding, stride=stride, dilation=dilation,
        )  # fmt: skip
    if min(length, kernel_size) < 1:
        raise GeometryError(
            N_("input {length} and kernel {size} along an axis: both need at least 1 sample"),
            length=length, size=kernel_size,
        )  # fmt: skip
    reach = dilation * (kernel_size - 1)
    axis = Axis(length, kernel_size, dilation, stride, 1, reach - padding, reach - padding + output_padding)
    if axis.output < 1:
        raise GeometryError(
            N_("padding={padding} cuts away the whole output of {full} samples; use at most {most}"),
            padding=padding, full=axis.output + 2 * padding, most=(axis.output + 2 * padding - 1) // 2,
        )  # fmt: skip
    return axis


def phases(axis: Axis) -> list[Phase]:
    """Split an axis into correlations at whole strides, one per place between two samples.

    The stuffed signal is zero except at multiples of ``up``, so output ``t``, whose window begins at
    ``u = t down - before``, meets a sample at tap ``i`` only where ``u + i d`` is such a multiple.
    That depends on ``u mod up`` alone: outputs ``t0, t0 + T, ...`` with ``T = up / gcd(up, down)``
    share their taps, every ``up / gcd(up, d)``-th one, and step by ``down / gcd(up, down)`` samples.

    >>> [(phase.taps, phase.output) for phase in phases(settle(4, 3, stride=Fraction(1, 2), padding=(1, 1)))]
    [(slice(1, 3, 2), slice(0, 7, 2)), (slice(0, 3, 2), slice(1, 7, 2))]
    """
    shared = gcd(axis.up, axis.down)
    period, step = axis.up // shared, axis.down // shared
    stride_of_taps = axis.up // gcd(axis.up, axis.dilation)
    found = []
    for first in range(min(period, axis.output)):
        begin = first * axis.down - axis.before
        hits = (
            i
            for i in range(min(stride_of_taps, axis.kernel_size))
            if (begin + i * axis.dilation) % axis.up == 0
        )
        tap = next(hits, None)
        if tap is None:  # between two samples and no tap falls on one: these outputs are 0
            continue
        taps = slice(tap, axis.kernel_size, stride_of_taps)
        window = Window(
            start=(begin + tap * axis.dilation) // axis.up,
            step=step,
            dilation=axis.dilation * stride_of_taps // axis.up,
            taps=len(range(axis.kernel_size)[taps]),
            count=len(range(first, axis.output, period)),
        )
        found.append(Phase(window, taps, slice(first, axis.output, period)))
    return found


def per_axis(value: object, dimensions: int, name: str) -> tuple:
    """One value for every axis: ``(vertical, horizontal)`` in two dimensions.

    >>> per_axis(2, 2, "dilation"), per_axis((2, 3), 2, "dilation")
    ((2, 2), (2, 3))
    """
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * dimensions
    if len(values) != dimensions:
        raise GeometryError(
            N_("{name} has {count} values; expected one, or one per axis ({axes})"),
            name=name, count=len(values), axes=dimensions,
        )  # fmt: skip
    return values


def whole(value: object, name: str) -> int:
    """``value`` as an int, or a TypeError: ``True`` and ``2.0`` are not sizes.

    >>> whole(2.0, "dilation")
    Traceback (most recent call last):
    ...
    TypeError: dilation=2.0 is a float; expected an int
    """
    if type(value) is not int:
        raise TypeError(f"{name}={value!r} is a {type(value).__name__}; expected an int")
    return value


def strides(value: object, dimensions: int) -> tuple[Fraction, ...]:
    """The stride of every axis as a Fraction.

    >>> strides((2, Fraction(1, 2)), 2)
    (Fraction(2, 1), Fraction(1, 2))
    """
    for part in (found := per_axis(value, dimensions, "stride")):
        if type(part) is float:
            near = (
                Fraction(part).limit_denominator(64) if part == part and abs(part) < 1e9 else Fraction(1, 2)
            )
            raise TypeError(
                f"stride={part!r} is a float; write Fraction({near.numerator}, {near.denominator})"
            )
        if type(part) not in (int, Fraction):
            raise TypeError(f"stride={part!r} is a {type(part).__name__}; expected an int or a Fraction")
    return tuple(Fraction(part) for part in found)


def sides(padding: object, dimensions: int) -> tuple:
    """The padding of every axis: a word, or (before, after).

    >>> sides("same", 2), sides((1, 2), 1), sides((1, 2), 2), sides((1, 2, 3, 4), 2)
    (('same', 'same'), ((1, 2),), ((1, 1), (2, 2)), ((1, 2), (3, 4)))
    """
    if isinstance(padding, str):
        if padding not in PADDING_WORDS:
            raise GeometryError(N_("padding={given!r} is not known; choose one of: {choices}"),
                                given=padding, choices=", ".join(sorted(PADDING_WORDS)))  # fmt: skip
        return (padding,) * dimensions
    if not isinstance(padding, (tuple, list)):
        return ((whole(padding, "padding"),) * 2,) * dimensions
    values = tuple(whole(part, "padding") for part in padding)
    if len(values) == 2 * dimensions:
        return tuple(zip(values[::2], values[1::2], strict=True))
    if len(values) == dimensions:
        return tuple((part, part) for part in values)
    raise GeometryError(
        N_("padding has {count} values; expected one, or {sides} (per side)"),
        count=len(values),
        sides=2 * dimensions,
    )
