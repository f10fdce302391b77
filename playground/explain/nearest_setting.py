"""Which value within the limits is nearest to one that lies outside?  Of every parameter that does."""

from __future__ import annotations

from fractions import Fraction

from playground.errors import PlaygroundError
from playground.explain.change import by_axis
from playground.explain.trial import Trial
from playground.ops.parameters import Integer, Padding, Pair, Real, Stride
from playground.ops.registry import Option

STRIDE_OF_NOTHING = "non-positive stride is not supported"
DILATION_OF_NOTHING = "dilation should be greater than zero, but got {given}"
NEGATIVE_PADDING = "negative padding is not supported"
"""What torch says of a convolution whose stride, dilation or padding has no meaning."""
LONGEST = 10**6
"""A fraction of larger numbers is rounded before a stride is looked for near it."""


def inside(trial: Trial) -> list[dict[str, object]]:
    """Values for all parameters outside their limits, nearest ones; none where one of them is no number.

    >>> from playground.explain.trial import attempt
    >>> from playground.ops.registry import KernelRef
    >>> inside(attempt(KernelRef(name="box", params=(("size", 300),)), kind="image", shape=(3, 300, 451)))
    [{'size': 255}]
    """
    outside = {name: value for name, value in trial.params if name in trial.options and not _fits(trial, name, value)}
    found = {name: near(value, trial.options[name]) for name, value in outside.items()}
    if not found or not all(found.values()):
        return []
    choices = [{name: values[0] for name, values in found.items()}]
    ((name, values), *more) = found.items()
    return choices if more else [{name: value} for value in values]


def near(value: object, option: Option) -> list[object]:
    """The values of a parameter nearest to ``value``: one, or the two between which it lies.

    >>> near(300, Option(Integer(1, 255), 3)), near(6, Option(Integer(3, 9, 2), 3))
    ([255], [5, 7])
    >>> near(0.5, Option(Stride(16), 1)), near((-1, 2), Option(Padding(9), 0))
    ([Fraction(1, 2)], [(0, 2)])
    """
    match option.type:
        case Pair(item) if isinstance(value, tuple) and len(value) in (1, 2):
            found = [near(part, Option(item, None)) for part in value]
            return [by_axis([part[0] for part in found])] if all(found) else []
        case Pair(item):
            return near(value, Option(item, None))
        case Padding(high) if isinstance(value, tuple) and len(value) in (1, 2, 4):
            found = [near(part, Option(Integer(0, high), 0)) for part in value]
            return [by_axis([part[0] for part in found])] if all(found) else []
        case Padding(high) if not isinstance(value, tuple):
            return near(value, Option(Integer(0, high), 0))
        case _ if (number := _number(value)) is None:
            return []
        case Integer(low, high, step):
            below = low + max(0, min(high - low, int(number - low))) // step * step
            return [below] if below == number or not low < number < high else sorted({below, min(high, below + step)})
        case Real(low, high):
            return [float(max(low, min(high, number)))]
        case Stride(high):
            strides = [Fraction(p, q) for p in range(1, high + 1) for q in range(1, high + 1)]
            found = min(strides, key=lambda s: (abs(s - number), s.denominator))
            return [found.numerator if found.denominator == 1 else found]
    return []


def _number(value: object) -> Fraction | None:
    """A finite number, exactly or nearly; None for everything else."""
    if type(value) not in (int, float, Fraction) or value != value or abs(value) > LONGEST**3:
        return None
    return Fraction(value) if type(value) is int else Fraction(value).limit_denominator(LONGEST)


def _fits(trial: Trial, name: str, value: object) -> bool:
    try:
        trial.options[name].check(value, trial.name, name)
    except PlaygroundError:
        return False
    return True


def torch_refuses(trial: Trial) -> str:
    """What torch says of a stride, padding or dilation that has no meaning; "" of one beyond our limits.

    >>> from playground.explain.trial import attempt
    >>> from playground.ops.registry import KernelRef
    >>> torch_refuses(attempt(KernelRef(name="box", params=(("stride", 0),)), kind="image", shape=(3, 300, 451)))
    'non-positive stride is not supported'
    """
    if trial.pools or trial.transposes:
        return ""
    stride, padding, dilation = (trial.values[name] for name in ("stride", "padding", "dilation"))
    if type(dilation) is int and dilation < 1:
        return DILATION_OF_NOTHING.format(given=[dilation] * trial.dimensions)
    if type(padding) is int and padding < 0:
        return NEGATIVE_PADDING
    return STRIDE_OF_NOTHING if type(stride) is int and stride < 1 else ""
