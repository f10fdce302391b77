"""What can be changed with one click, and is the nearest value that works?

A step of ``trial`` that fails, or that surprises, is tried with other values of one parameter, nearest first:
what works is a ``Change``.  Numbers are as near as their difference, strides as near as they stand in
1/16 ... 1/2, 1, 2 ... 16; on several axes the differences add up.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType

from playground.errors import N_, Notice, notice
from playground.explain.trial import Trial
from playground.ops import KERNELS, KernelRef, kernels
from playground.ops.conv import MAX_STRIDE
from playground.ops.parameters import Integer, Pair, Real
from playground.ops.registry import Option

STRIDES = (*(Fraction(1, s) for s in range(MAX_STRIDE, 1, -1)), *range(1, MAX_STRIDE + 1))
"""Strides in their order, of which a page offers the next."""
NOTHING: Mapping[str, object] = MappingProxyType({})
LENGTHS = ("size", "taps", "length", "radius", "delay", "seconds", "sigma")
"""The parameters of named kernels that say how long they are; the first that a kernel has counts."""


@dataclass(frozen=True)
class Change:
    """One click: parameters that take new values, and steps ``(name, params)`` put before this one.

    ``output`` is the shape that then comes out.

    >>> Change(Notice("stride 2"), (("stride", 2),)).applied((("padding", 1),))
    (('padding', 1), ('stride', 2))
    """

    text: Notice
    params: tuple[tuple[str, object], ...] = ()
    output: tuple[int, ...] = ()
    before: tuple[tuple[str, tuple[tuple[str, object], ...]], ...] = ()

    def applied(self, params: tuple[tuple[str, object], ...]) -> tuple[tuple[str, object], ...]:
        """The step's parameters after the click, sorted."""
        return tuple(sorted((dict(params) | dict(self.params)).items()))


def runs(trial: Trial) -> bool:
    """Whether a step would run.

    >>> from playground.explain.trial import attempt
    >>> runs(attempt(KernelRef(name="sobel_x"), kind="image", shape=(3, 4, 5)))
    True
    """
    return not trial.stage


def change(
    trial: Trial, *, works: Callable[[Trial], bool] = runs, text: Notice | None = None, **values: object
) -> Change | None:
    """The click that gives a step these parameters; None where it then would not do.

    >>> from playground.explain.trial import attempt
    >>> trial = attempt(KernelRef(name="sobel_x"), kind="image", shape=(3, 4, 6))
    >>> str(change(trial, stride=2).text), change(trial, stride=2).output, change(trial, stride=0)
    ('set stride to 2', (3, 2, 3), None)
    """
    tried = trial.having(**values)
    if not runs(tried) or not works(tried):
        return None
    return Change(text or _said(values), tuple(sorted(values.items())), tried.output)


def _said(values: Mapping[str, object]) -> Notice:
    match list(values.items()):
        case [(name, value)]:
            return notice(N_("set {name} to {given}"), name=name, given=shown_value(value))
        case [(name, value), (other, its)]:
            return notice(N_("set {name} to {given} and {other} to {its}"), name=name, given=shown_value(value),
                          other=other, its=shown_value(its))  # fmt: skip
    settings = ", ".join(f"{name} = {shown_value(value)}" for name, value in values.items())
    return notice(N_("set {settings}"), settings=settings)


def of_values(trial: Trial, values: Mapping[str, object] | None) -> Change | None:
    """The click of ``change`` for values that were looked for, or None.

    >>> from playground.explain.trial import attempt
    >>> trial = attempt(KernelRef(name="sobel_x"), kind="image", shape=(3, 4, 6))
    >>> of_values(trial, {"stride": 2}).params, of_values(trial, None)
    ((('stride', 2),), None)
    """
    return None if values is None else change(trial, **values)


def put_before(
    trial: Trial, name: str, *, shape: tuple[int, ...], text: Notice, params: Mapping[str, object] = NOTHING,
    works: Callable[[Trial], bool] = runs, **values: object,
) -> Change | None:  # fmt: skip
    """The click that puts a step before this one, so that its input is ``shape``; None if it fails.

    >>> from playground.explain.trial import attempt
    >>> trial = attempt(KernelRef(name="sobel_x"), kind="image", shape=(3, 4, 6))
    >>> put_before(trial, "grey", shape=(1, 4, 6), text=Notice("brightness first")).output
    (1, 4, 6)
    """
    tried = trial.having(shape=shape, **values)
    if not runs(tried) or not works(tried):
        return None
    before = ((name, tuple(sorted(params.items()))),)
    return Change(text, tuple(sorted(values.items())), tried.output, before)


def nearest(
    trial: Trial, made: Callable[[object], dict[str, object]], candidates: Sequence[object],
    *, works: Callable[[Trial], bool] = runs, priced: bool = True,
) -> dict[str, object] | None:  # fmt: skip
    """The parameters of the first candidate that works; all after it work as well, or none does: None.

    ``priced`` says whether what it would cost counts.

    >>> from playground.explain.trial import attempt
    >>> step = KernelRef(name="box", params=(("padding", "valid"), ("size", 9)))
    >>> trial = attempt(step, kind="image", shape=(1, 5, 6))
    >>> nearest(trial, lambda size: {"size": size}, range(8, 0, -1))
    {'size': 5}
    """

    def found(value: object) -> bool:
        return works(trial.having(priced=priced, **made(value)))

    if not candidates or not found(candidates[-1]):
        return None
    return made(candidates[bisect_left(candidates, True, key=found)])


def smaller_kernels(trial: Trial) -> tuple[Callable[[object], dict[str, object]], Sequence[object]] | None:
    """Shorter kernels of the same name, longest first, and what says them; None where it has no length.

    >>> from playground.explain.trial import attempt
    >>> made, sizes = smaller_kernels(attempt(KernelRef(name="box"), kind="image", shape=(3, 9, 9)))
    >>> [made(size) for size in sizes]
    [{'size': 2}, {'size': 1}]
    """
    if (found := length_of(trial)) is None:
        return None
    made, option, current = found
    return made, [value for value in reversed(values_of(option)) if _largest(value) < _largest(current)]


def length_of(trial: Trial) -> tuple[Callable[[object], dict[str, object]], Option, object] | None:
    """What says a kernel's length: the parameters of a value, its limits, and the value it has.

    >>> from playground.explain.trial import attempt
    >>> made, option, current = length_of(attempt(KernelRef(name="gaussian"), kind="image", shape=(3, 9, 9)))
    >>> made(5), current
    ({'size': 5}, 9)
    """
    if trial.pools:
        return lambda value: {"kernel_size": value}, trial.options["kernel_size"], trial.values["kernel_size"]
    ref = trial.values.get("kernel")
    inner = isinstance(ref, KernelRef)
    name = ref.name if inner else trial.name
    if name is None:
        return None
    own = {**KERNELS[name].options}
    option = next((length for length in LENGTHS if length in own), None)
    if option is None:
        return None
    params = dict(ref.params if inner else [(key, value) for key, value in trial.params if key in own])
    rate = {} if trial.rate is None else {"sample_rate": float(trial.rate)}
    current = kernels.resolved(name, params, dimensions=trial.dimensions, **rate)[option]

    def made(value: object) -> dict[str, object]:
        if not inner:
            return {option: value}
        return {"kernel": KernelRef(name=name, params=tuple(sorted((params | {option: value}).items())))}

    return made, own[option], current


def values_of(option: Option) -> list[object]:
    """Every value of a parameter that counts, smallest first; of a real number those of its widget.

    >>> values_of(Option(Integer(3, 9, 2), 3)), values_of(Option(Real(0.5, 2, 0.5), 1.0))
    ([3, 5, 7, 9], [0.5, 1.0, 1.5, 2.0])
    """
    match option.type:
        case Pair(item):
            return values_of(Option(item, None))
        case Integer(low, high, step):
            return list(range(low, high + 1, step))
        case Real(low, high, step):
            return [round(low + i * step, 6) for i in range(math.floor((high - low) / step + 1e-9) + 1)]
    return []


def by_axis(values: Sequence[object]) -> object:
    """One value where all axes have the same, else one for each.

    >>> by_axis([2, 2]), by_axis([2, 1]), by_axis([3])
    (2, (2, 1), 3)
    """
    return values[0] if len(set(values)) == 1 else tuple(values)


def by_side(sides: Sequence[tuple[int, int]]) -> object:
    """Padding as a parameter: one number, one for each axis, or one for each side.

    >>> by_side([(1, 1), (1, 1)]), by_side([(1, 1), (2, 2)]), by_side([(0, 1), (0, 0)]), by_side([(0, 1)])
    (1, (1, 2), (0, 1, 0, 0), (0, 1))
    """
    if all(before == after for before, after in sides):
        return by_axis([before for before, _ in sides])
    return tuple(n for side in sides for n in side)


def shown_value(value: object) -> str:
    """A value as it is typed.

    >>> shown_value(Fraction(1, 2)), shown_value((1, Fraction(2, 3))), shown_value("same"), shown_value(False)
    ('1/2', '(1, 2/3)', 'same', 'no')
    """
    match value:
        case bool():
            return "yes" if value else "no"
        case tuple() if all(isinstance(part, int | Fraction) for part in value):
            return f"({', '.join(str(part) for part in value)})"
        case float():
            return f"{value:g}"
        case KernelRef():
            settings = ", ".join(f"{name}={shown_value(its)}" for name, its in value.params)
            return f"{value.name or 'numbers'}({settings})" if settings else value.name or "numbers"
    return str(value)


def _largest(value: object) -> object:
    return max(value) if isinstance(value, tuple) else value
