"""What do plain numbers, words and lists mean as a recipe?  By the type of the parameter they stand for.

The call form and the JSON file are read into these plain values; the gate ``recipe.check`` then judges them, so
that every form of a recipe has the same limits and the same sentences.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from playground.errors import N_, RecipeError
from playground.ops.parameters import Flag, Padding, Pair, Real, Stride, shown
from playground.ops.registry import KernelParameter, KernelRef, Option, Parameter
from playground.recipe.check import check, kernel_options, kind_after, options
from playground.recipe.model import Recipe, Step

KINDS = ("image", "audio", "spectrogram")
"""The media that a recipe can be for."""
YES_OR_NO = {word: said in ("yes", "true") for said in ("yes", "true", "no", "false") for word in (said, said.title())}
NOTHING = ("none", "None")
"""What stands for None where a parameter may be left open."""

_FRACTION = re.compile(r"\s*([+-]?[0-9]{1,40})\s*/\s*([0-9]{1,40})\s*\Z")


@dataclass(frozen=True)
class Said:
    """What was said of one step or kernel, settings in the order given; a kernel may have numbers or a digest.

    >>> Said("gaussian", (("size", 9),)).name
    'gaussian'
    """

    name: object = None
    settings: tuple[tuple[str, object], ...] = ()
    numbers: object = None
    digest: object = None


def recipe_of(steps: Iterable[Said], kind: str) -> Recipe:
    """The checked recipe of these steps for a medium of ``kind``, or one sentence.

    >>> recipe_of([Said("sobel_x", (("stride", "1/2"),))], "image")
    Recipe(steps=(Step(name='sobel_x', params=(('stride', Fraction(1, 2)),)),))
    """
    made, at = [], kind
    for said in steps:
        if type(said.name) is not str:
            raise RecipeError(N_("a step has a name, a word such as gaussian; this is {given}"), given=shown(said.name))
        known = options(said.name, at)
        made.append(Step(said.name, _params(said.settings, known, said.name)))
        at = kind_after(said.name, at)
    return check(Recipe(tuple(made)), kind)


def _params(
    settings: Iterable[tuple[str, object]], known: dict[str, Option], owner: str
) -> tuple[tuple[str, object], ...]:
    """What is not known stays as it is: the gate names it."""
    return tuple(
        (key, _meant(value, known[key], owner, key) if key in known else value) for key, value in settings
    )


def _meant(value: object, option: Option, owner: str, name: str) -> object:
    if option.optional and type(value) is str and value in NOTHING:
        return None
    if type(value) is Said and not isinstance(option.type, KernelParameter):
        raise RecipeError(N_("{owner}({name}=...) is not a kernel's place; give a number or a word"), owner=owner, name=name)
    return _of_type(value, option.type, owner, name)


def _of_type(value: object, kind: Parameter, owner: str, name: str) -> object:
    match kind:
        case Flag() if type(value) is str:
            return YES_OR_NO.get(value, value)
        case Real():
            return _number(value, owner, name)
        case Stride():
            return _fraction(value, owner, name)
        case Pair() if type(value) in (list, tuple):
            return tuple(_of_type(part, kind.item, owner, name) for part in value)
        case Pair():
            return _of_type(value, kind.item, owner, name)
        case Padding() if type(value) is list:
            return tuple(value)
        case KernelParameter():
            return _kernel(value, owner, name)
    return value


def _fraction(value: object, owner: str, name: str) -> object:
    """A Fraction of a text such as "1/2"; anything else as it is."""
    found = _FRACTION.match(value) if type(value) is str else None
    if not found:
        return value
    over, under = int(found[1]), int(found[2])
    if not under:
        raise RecipeError(N_("{owner}({name}={given}) divides by zero"), owner=owner, name=name, given=value)
    return Fraction(over, under)


def _number(value: object, owner: str, name: str) -> object:
    """The float of a fraction, so that 1/9 can be said wherever a number can; anything else as it is."""
    value = _fraction(value, owner, name)
    return value.numerator / value.denominator if type(value) is Fraction else value


def _kernel(value: object, owner: str, name: str) -> KernelRef:
    if type(value) is KernelRef:
        return value
    if type(value) is str:
        value = Said(value)
    elif type(value) in (list, tuple):
        value = Said(numbers=value)
    if type(value) is not Said:
        raise RecipeError(N_("{owner} needs a kernel: a name, numbers or a digest"), owner=owner)
    if sum(part is not None for part in (value.name, value.numbers, value.digest)) != 1:
        raise RecipeError(N_("a kernel is one of three: a name, numbers or a digest"))
    if value.name is not None and type(value.name) is not str:
        raise RecipeError(N_("a kernel's name is a word such as gaussian; this is {given}"), given=shown(value.name))
    numbers = None if value.numbers is None else _numbers(value.numbers, owner, name)
    params = _params(value.settings, kernel_options(value.name), value.name or owner)
    return KernelRef(value.name, numbers, value.digest, params)


def _numbers(value: object, owner: str, name: str, *, depth: int = 0) -> object:
    """Nested tuples, fractions as floats; deeper than a kernel may be, the gate says it."""
    if type(value) in (list, tuple):
        if depth > 4:
            raise RecipeError(N_("a kernel has at most {limit} dimensions"), limit=4)
        return tuple(_numbers(part, owner, name, depth=depth + 1) for part in value)
    return _number(value, owner, name)


# --- and back ------------------------------------------------------------------------------------


def short(number: float) -> int | float:
    """A number that is whole as an int where that is no longer to write.

    >>> short(2.0), short(0.5), short(1e22)
    (2, 0.5, 1e+22)
    """
    return int(number) if math.isfinite(number) and number == int(number) and abs(number) < 1e12 else number
