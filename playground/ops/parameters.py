"""What may a parameter be?  The closed list of types, each with its limits.

They stand in the signature of an operation or kernel: ``Annotated[int, Integer(1, 64)]``.  ``check`` refuses what is
out of range by one sentence that names ``owner`` and parameter, and returns the value as a recipe writes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from playground.errors import N_, RecipeError


@dataclass(frozen=True)
class Integer:
    """A whole number in ``[low, high]``; ``step=2`` keeps its parity.

    >>> Integer(1, 64).check(65, "pool2d", "kernel_size")
    Traceback (most recent call last):
    ...
    playground.errors.RecipeError: pool2d(kernel_size=65) is out of range; expected a whole number from 1 to 64
    """

    low: int
    high: int
    step: int = 1

    def check(self, value: object, owner: str, name: str) -> int:
        if type(value) is not int or not self.low <= value <= self.high:
            raise RecipeError(
                N_("{owner}({name}={given}) is out of range; expected a whole number from {low} to {high}"),
                owner=owner, name=name, given=shown(value), low=self.low, high=self.high,
            )  # fmt: skip
        if (value - self.low) % self.step:
            raise RecipeError(
                N_("{owner}({name}={given}) does not fit; the nearest that do are {below} and {above}"),
                owner=owner, name=name, given=value,
                below=value - (value - self.low) % self.step,
                above=min(self.high, value + (self.low - value) % self.step),
            )  # fmt: skip
        return value


@dataclass(frozen=True)
class Real:
    """A finite number in ``[low, high]``, in ``unit``; ``step`` is the widget's, not a rule.

    >>> Real(0, 1).check(1, "gain", "factor")
    1.0
    """

    low: float
    high: float
    step: float = 0.1
    unit: str = ""

    def check(self, value: object, owner: str, name: str) -> float:
        if type(value) not in (int, float) or not self.low <= value <= self.high:
            raise RecipeError(
                N_("{owner}({name}={given}) is out of range; expected a number from {low} to {high}"),
                owner=owner, name=name, given=shown(value), low=f"{self.low:g}", high=f"{self.high:g}",
            )  # fmt: skip
        return float(value)


@dataclass(frozen=True)
class Flag:
    """Yes or no.

    >>> Flag().check(True, "conv2d", "flip_kernel")
    True
    """

    def check(self, value: object, owner: str, name: str) -> bool:
        if type(value) is not bool:
            raise RecipeError(
                N_("{owner}({name}={given}) is not known; choose one of: {choices}"),
                owner=owner, name=name, given=shown(value), choices="no, yes",
            )  # fmt: skip
        return value


@dataclass(frozen=True)
class Choice:
    """One word of a list.

    >>> Choice(("same", "valid")).check("valid", "conv2d", "padding")
    'valid'
    """

    options: tuple[str, ...]

    def check(self, value: object, owner: str, name: str) -> str:
        if type(value) is not str or value not in self.options:
            raise RecipeError(
                N_("{owner}({name}={given}) is not known; choose one of: {choices}"),
                owner=owner, name=name, given=shown(value), choices=", ".join(sorted(self.options)),
            )  # fmt: skip
        return value


@dataclass(frozen=True)
class Pair:
    """One value for all axes, or one per axis (vertical, horizontal).

    >>> Pair(Integer(1, 64)).check((2, 3), "conv2d", "dilation")
    (2, 3)
    """

    item: Integer | Real | Stride

    def check(self, value: object, owner: str, name: str) -> object:
        if type(value) in (tuple, list):
            if len(value) not in (1, 2):
                raise RecipeError(
                    N_("{owner}({name}) has {count} values; expected one, or one per axis"),
                    owner=owner, name=name, count=len(value),
                )  # fmt: skip
            items = tuple(self.item.check(part, owner, name) for part in value)
            return items[0] if len(set(items)) == 1 else items
        return self.item.check(value, owner, name)


@dataclass(frozen=True)
class Stride:
    """A whole number from 1 to ``high``, or a ``Fraction`` such as 1/2 (transposed convolution).

    >>> Stride(8).check(Fraction(1, 2), "conv2d", "stride")
    Fraction(1, 2)
    """

    high: int

    def check(self, value: object, owner: str, name: str) -> int | Fraction:
        given = Fraction(value) if type(value) in (int, Fraction) else None
        if given is None or given <= 0 or max(given.numerator, given.denominator) > self.high:
            raise RecipeError(
                N_("{owner}({name}={given}) is out of range; expected 1 to {high}, or 1/{high} to 1/2"),
                owner=owner, name=name, given=shown(value), high=self.high,
            )  # fmt: skip
        return given.numerator if given.denominator == 1 else given


@dataclass(frozen=True)
class Padding:
    """ "valid", "same", "full", one number, one per axis, or one per side, each up to ``high``.

    >>> Padding(1024).check((1, 2, 3, 4), "conv2d", "padding")
    (1, 2, 3, 4)
    """

    high: int
    words: tuple[str, ...] = ("valid", "same", "full")

    def check(self, value: object, owner: str, name: str) -> object:
        if type(value) is str:
            return Choice(self.words).check(value, owner, name)
        number = Integer(0, self.high)
        if type(value) in (tuple, list):
            if len(value) not in (1, 2, 4):
                raise RecipeError(
                    N_("{owner}({name}) has {count} values; expected one, two or four"),
                    owner=owner, name=name, count=len(value),
                )  # fmt: skip
            items = tuple(number.check(part, owner, name) for part in value)
            return items[0] if len(set(items)) == 1 else items
        return number.check(value, owner, name)


def shown(value: object) -> str:
    """A value from outside, short enough for a sentence.

    >>> shown("x" * 100)
    "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"
    """
    if type(value) is int and abs(value) >= 10**30:
        return "a number of over 30 digits"
    try:
        text = str(value) if type(value) is Fraction else repr(value)
    except (ValueError, RecursionError):  # over 4300 digits; nested a thousand deep
        return "a value too long to show"
    return text if len(text) <= 40 else text[:38] + "…"
