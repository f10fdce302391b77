"""How much of the input does one result see along an axis?  The receptive field, and the jump.

The field counts samples from the first that a result depends on to the last: the largest of all results far from
the borders, zeros in a kernel counted.  The jump is how far apart two neighbouring results lie in the input.
After Dumoulin & Visin (2016, arXiv:1603.07285), for kernel ``k``, dilation ``d`` and stride ``p / q``::

    field += d (k - 1) jump / q        jump *= p / q

At whole strides that is all.  At a stride of 1/s some results lie on samples and some between them, and read
different ones: what each reads is followed from step to step, until the pattern repeats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from playground.ops.geometry import Axis

MOST_PATTERN = 1 << 22
"""Reads followed to find a pattern; beyond, the field is what the formula bounds it by."""
_NEVER = 1 << 60
"""Stands for the first sample read by a result that reads none."""


@dataclass(frozen=True, eq=False)
class Field:
    """What a result depends on along one axis of the input, in ``unit``.

    Result ``i`` of a pattern reads samples ``first[i]`` to ``last[i]``, and ``i + len(first)`` the same
    ``len(first) jump`` further.  ``extent`` bounds the distance from one to the other.  ``word`` says what
    cannot be said in samples: "whole" or "varies".
    """

    unit: str = "pixels"
    jump: Fraction = Fraction(1)
    extent: Fraction = Fraction(0)
    first: np.ndarray | None = None
    last: np.ndarray | None = None
    word: str = ""

    @property
    def size(self) -> int | None:
        """Samples from the first to the last; None where ``word`` says it."""
        if self.word:
            return None
        if self.first is None or self.last is None:
            return math.floor(self.extent) + 1
        return max(0, int((self.last - self.first).max()) + 1)

    def after(self, axis: Axis) -> Field:
        """The field after a window slides along the axis.

        >>> field = fresh().after(Axis(length=9, kernel_size=3, dilation=1, up=1, down=2, before=1, after=1))
        >>> field = field.after(Axis(length=5, kernel_size=3, dilation=1, up=1, down=1, before=1, after=1))
        >>> field.size, field.jump                                    # 3 + 2 * 2
        (7, Fraction(2, 1))
        """
        wider = self.extent + (axis.span - 1) * self.jump / axis.up
        first = last = None
        if self.first is not None:
            first, last = _followed(self, axis)
        return replace(self, jump=self.jump * axis.down / axis.up, extent=wider, first=first, last=last)

    def flipped(self, length: int) -> Field:
        """The field after ``length`` results change order: that of the mirrored input."""
        if self.first is None:
            return self
        first, last = _at(self, length - 1 - np.arange(len(self.first)))
        return replace(self, first=np.where(last < first, _NEVER, -last), last=np.where(last < first, -_NEVER, -first))

    def said(self, word: str) -> Field:
        """The same, of a size that only ``word`` can say."""
        return replace(self, word=word, first=None, last=None)


def fresh(*, unit: str = "pixels") -> Field:
    """The field of the input itself: every sample is one.

    >>> fresh().size, fresh().jump
    (1, Fraction(1, 1))
    """
    return Field(unit, first=np.zeros(1, np.int64), last=np.zeros(1, np.int64))


def _at(field: Field, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last sample read by the results at ``places``, beyond the pattern too.  Shape: as ``places``."""
    period = len(field.first)
    turns, inside = np.divmod(places, period)
    first, last = field.first[inside], field.last[inside]
    further = turns * int(period * field.jump)
    none = last < first
    return np.where(none, first, first + further), np.where(none, last, last + further)


def _followed(field: Field, axis: Axis) -> tuple[np.ndarray | None, np.ndarray | None]:
    """The pattern after a window: of results read that are alike but for their place, the outermost decide."""
    period, up = len(field.first), axis.up
    results = up * period // math.gcd(up * period, axis.down)
    each = up // math.gcd(up, axis.dilation)  # every so many taps meet a sample
    step = each * axis.dilation // up
    taps = -(-axis.kernel_size // each)
    different = min(taps, period // math.gcd(period, step))
    if results * different > MOST_PATTERN:
        return None, None
    begin = np.arange(results) * axis.down - axis.before
    tap = np.full(results, -1)
    for candidate in reversed(range(min(each, axis.kernel_size))):
        tap[(begin + candidate * axis.dilation) % up == 0] = candidate
    place = (begin + tap * axis.dilation) // up
    count = (axis.kernel_size - 1 - tap) // each + 1  # taps that meet a sample, of each result
    first, last = np.full(results, _NEVER), np.full(results, -_NEVER)
    for number in range(different):
        met = (tap >= 0) & (number < count)
        low, _ = _at(field, place + number * step)
        _, high = _at(field, place + (count - 1 - number) * step)
        first = np.where(met, np.minimum(first, low), first)
        last = np.where(met, np.maximum(last, high), last)
    return first, last
