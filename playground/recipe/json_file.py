"""How does a recipe look as a file?  JSON that a person can read and change.

Version 1::

    {
      "format": "convolution-playground-recipe",
      "version": 1,
      "medium": "image",
      "steps": [
        {"name": "gaussian", "sigma": 2},
        {"name": "sobel_x", "stride": "1/2", "flip_kernel": true},
        {"name": "conv2d", "kernel": {"numbers": [[1, 0, -1], [2, 0, -2]]}, "padding": [1, 0]}
      ]
    }

A kernel is an object too: ``{"name": "gaussian", "sigma": 2}``, ``{"numbers": [[1, 1]], "normalise": true}`` or
``{"digest": "0123456789abcdef"}``.  Fractions are texts, ``"1/2"``; lists are values by axis or side; null leaves
open what may be left open.  Only what differs from a default is written.  A later version says so; every version
that was ever written is read.
"""

from __future__ import annotations

import json
import math
import re
from fractions import Fraction

from playground.errors import N_, RecipeError
from playground.ops.parameters import shown
from playground.ops.registry import KernelRef
from playground.recipe import plain
from playground.recipe.model import Recipe

FORMAT = "convolution-playground-recipe"
VERSION = 1
MAX_LENGTH = 400_000
"""Characters: room for one kernel of 4096 numbers with all their digits, a line and its indent each."""
MAX_DEPTH = 9
"""File, steps, step, kernel, four of its numbers, and one to be told what is wrong by name."""
MAX_DIGITS = 40
"""Characters of a number; none that means anything here has more."""
WIDTH = 100
"""Characters of a line up to which a list or object stays on it."""

_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)  # a text that never ends ends the search
_MEMBERS = ("format", "version", "medium", "steps")


def to_json(recipe: Recipe, kind: str) -> str:
    """Write a checked recipe for a medium of ``kind`` as a file's text.

    >>> from playground.recipe.model import Step
    >>> print(to_json(Recipe((Step.of("sobel_x", stride=Fraction(1, 2)),)), "image"))
    {
      "format": "convolution-playground-recipe",
      "version": 1,
      "medium": "image",
      "steps": [
        {"name": "sobel_x", "stride": "1/2"}
      ]
    }
    <BLANKLINE>
    """
    steps = [_lines({"name": step.name} | _written(step.params), "    ") for step in recipe.steps]
    listed = "[\n    " + ",\n    ".join(steps) + "\n  ]" if steps else "[]"
    head = {"format": FORMAT, "version": VERSION, "medium": kind}
    members = [*(f'"{name}": {json.dumps(value)}' for name, value in head.items()), f'"steps": {listed}']
    return "{\n  " + ",\n  ".join(members) + "\n}\n"


def from_json(data: str | bytes) -> tuple[Recipe, str]:
    """Read a file: the checked recipe and the kind of medium that it is for, or one sentence.

    >>> from_json('{"format": "convolution-playground-recipe", "version": 1, "medium": "audio", "steps": []}')
    (Recipe(steps=()), 'audio')
    """
    if len(data) > MAX_LENGTH:
        raise RecipeError(
            N_("this recipe is {length} characters long; it may have {limit}"), length=len(data), limit=MAX_LENGTH
        )  # fmt: skip
    found = _parsed(_decoded(data))
    if type(found) is not _Object or found.get("format") != FORMAT:
        raise RecipeError(N_('this file is not a recipe of the playground; one begins with "format": "{format}"'),
                          format=FORMAT)  # fmt: skip
    version = found.get("version")
    if type(version) is not int or version < 1:
        raise RecipeError(N_("the recipe's version is a whole number such as 1; this is {given}"), given=_named(version))
    if version not in _READERS:
        raise RecipeError(N_("this recipe is of version {given}, made by a newer version; this one reads up to {known}"),
                          given=shown(version), known=VERSION)  # fmt: skip
    return _READERS[version](found)


# --- reading -------------------------------------------------------------------------------------


class _Object(dict):
    """An object whose names were told apart: no name twice."""


def _decoded(data: str | bytes) -> str:
    try:
        text = data.decode("utf-8") if isinstance(data, bytes) else data
    except UnicodeDecodeError as cause:
        raise RecipeError(N_("this file is not text in UTF-8, as a recipe is")) from cause
    return text.removeprefix("\ufeff")


def _parsed(text: str) -> object:
    depth = 0
    for mark in _BRACKETS.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(mark.group(), 0)
        if depth > MAX_DEPTH:
            raise RecipeError(N_("this file has brackets more than {limit} deep; no recipe has"), limit=MAX_DEPTH)
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_constant=_no_number, parse_float=_real, parse_int=_whole
        )
    except json.JSONDecodeError as cause:
        raise RecipeError(
            N_("this file is not JSON from line {line}, column {column} on; was it cut off or changed by hand?"),
            line=cause.lineno, column=cause.colno,
        ) from cause  # fmt: skip
    except RecursionError as cause:  # kept although the depth is bounded: it is no ValueError
        raise RecipeError(N_("this file has brackets more than {limit} deep; no recipe has"), limit=MAX_DEPTH) from cause


def _object(pairs: list[tuple[str, object]]) -> _Object:
    found = _Object()
    for name, value in pairs:
        if name in found:
            raise RecipeError(N_("this file says {name} twice in one place; say it once"), name=shown(name))
        found[name] = value
    return found


def _no_number(word: str) -> float:
    raise RecipeError(N_("{given} is not a finite number; a recipe is made of finite ones"), given=word)


def _real(digits: str) -> float:
    number = float(_bounded(digits))
    return number if math.isfinite(number) else _no_number(shown(digits))


def _whole(digits: str) -> int:
    return int(_bounded(digits))


def _bounded(digits: str) -> str:
    if len(digits) > MAX_DIGITS:
        raise RecipeError(N_("{given} has more than {limit} digits"), given=shown(digits), limit=MAX_DIGITS)
    return digits


def _version_1(found: _Object) -> tuple[Recipe, str]:
    _only(found, _MEMBERS, N_("the file"))
    kind, steps = found.get("medium"), found.get("steps")
    if type(kind) is not str or kind not in plain.KINDS:
        raise RecipeError(N_("medium={given} is not known; choose one of: {choices}"),
                          given=_named(kind), choices=", ".join(plain.KINDS))  # fmt: skip
    if type(steps) is not list or not all(type(step) is _Object for step in steps):
        raise RecipeError(N_('the steps are a list of objects, such as [{example}]'), example='{"name": "sobel_x"}')
    said = []
    for step in steps:
        if "name" not in step:
            raise RecipeError(N_("step {number} has no name"), number=len(said) + 1)
        settings = tuple((key, _value(value)) for key, value in step.items() if key != "name")
        said.append(plain.Said(step["name"], settings))
    return plain.recipe_of(said, kind), kind


def _value(value: object) -> object:
    if type(value) is not _Object:
        return value
    made_of = {key: value[key] for key in ("name", "numbers", "digest") if key in value}
    settings = tuple((key, _value(part)) for key, part in value.items() if key not in made_of)
    return plain.Said(settings=settings, **made_of)


def _only(found: _Object, names: tuple[str, ...], owner: str) -> None:
    strange = [name for name in found if name not in names]
    if strange:
        raise RecipeError(N_("{owner} has no member {given}; it has: {choices}"),
                          owner=owner, given=shown(strange[0]), choices=", ".join(names))  # fmt: skip


def _named(value: object) -> str:
    return N_("nothing") if value is None else shown(value)


_READERS = {1: _version_1}
"""Every version that was ever written, and who reads it."""


# --- writing -------------------------------------------------------------------------------------


def _written(params: tuple[tuple[str, object], ...]) -> dict[str, object]:
    return {name: _plain(value) for name, value in params}


def _plain(value: object) -> object:
    match value:
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case float():
            return plain.short(value)
        case tuple():
            return [_plain(part) for part in value]
        case KernelRef():
            made_of = {"name": value.name, "numbers": value.numbers, "digest": value.digest}
            return {key: _plain(part) for key, part in made_of.items() if part is not None} | _written(value.params)
    return value


def _lines(value: object, indent: str) -> str:
    """JSON on one line where it fits, else an entry a line."""
    line = json.dumps(value, allow_nan=False)
    if len(indent) + len(line) <= WIDTH or not isinstance(value, dict | list):
        return line
    inner = indent + "  "
    if isinstance(value, dict):
        parts, (opening, closing) = [f"{json.dumps(key)}: {_lines(part, inner)}" for key, part in value.items()], "{}"
    else:
        parts, (opening, closing) = [_lines(part, inner) for part in value], "[]"
    return f"{opening}\n{inner}" + f",\n{inner}".join(parts) + f"\n{indent}{closing}"
