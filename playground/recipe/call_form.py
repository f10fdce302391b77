"""How is a recipe typed?  As calls: ``gaussian(size=9, sigma=2) | sobel_x(stride=1/2)``.

The forms stand in the table of ``recipe.text``.  One pass over bounded text, a word at a time; nothing is executed.
"""

from __future__ import annotations

import re
from fractions import Fraction

from playground.errors import N_, RecipeError
from playground.ops.parameters import shown
from playground.ops.registry import MAX_KERNEL_NUMBERS, KernelRef
from playground.recipe import plain
from playground.recipe.check import MAX_STEPS
from playground.recipe.model import Recipe

MAX_LENGTH = 200_000
"""Characters: room for one kernel of 4096 numbers with all their digits, brackets and spaces."""
MAX_DIGITS = 40
"""Of a whole number; no number that means anything here has more."""
MAX_DEPTH = 12
"""Brackets within brackets: four of a kernel's numbers, two of its calls, and some to spare."""

_MARKS = re.compile(r"[\s()|=\[\],\"'“”‘’]")
_TOKEN = re.compile(
    r"""(?P<number>[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
      | (?P<word>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<quoted>"[^"\n]*"|'[^'\n]*')
      | (?P<mark>[()|=\[\],/])""",
    re.VERBOSE,
)  # one way to match each: linear time
_SPACE = re.compile(r"\s*")
_AS_TYPED = str.maketrans({"−": "-", "–": "-", "“": '"', "”": '"', "‘": "'", "’": "'"})
"""What word processors and slides make of minus signs and quotes."""
_CLOSING = {"(": ")", "[": "]"}


def is_call(text: str) -> bool:
    """Whether a text is of this form: the link form has none of its marks.

    >>> is_call("gaussian(sigma=2) | sobel_x"), is_call("gaussian.sigma_2~sobel-x")
    (True, False)
    """
    return bool(_MARKS.search(text))


def from_call(text: str, kind: str) -> Recipe:
    """Read the call form for a medium of ``kind``; the result is checked.

    >>> from_call("gaussian(sigma=1/2) | sobel_x", "image").steps[0]
    Step(name='gaussian', params=(('sigma', 0.5),))
    """
    if len(text) > MAX_LENGTH:
        raise RecipeError(
            N_("this recipe is {length} characters long; it may have {limit}"), length=len(text), limit=MAX_LENGTH
        )  # fmt: skip
    reader = _Reader(text.translate(_AS_TYPED))
    steps = []
    while reader.kind != "end" or steps:
        if len(steps) == MAX_STEPS:
            raise RecipeError(N_("this recipe has more than {limit} steps"), limit=MAX_STEPS)
        steps.append(_step(reader))
        if reader.kind == "end":
            break
        if not reader.skip("|"):
            raise RecipeError(
                N_("after {step} comes | and the next step, or the end; this is {given}"),
                step=steps[-1].name, given=reader.given,
            )  # fmt: skip
    return plain.recipe_of(steps, kind)


# --- reading -------------------------------------------------------------------------------------


class _Reader:
    """The text, one token at a time: ``kind`` and ``text`` of the one under the eye."""

    def __init__(self, text: str) -> None:
        self._source, self._next = text, 0
        self.advance()

    def advance(self) -> None:
        """Go on to the next token."""
        start = _SPACE.match(self._source, self._next).end()
        if start == len(self._source):
            self.kind, self.text, self._next = "end", "", start
            return
        found = _TOKEN.match(self._source, start)
        if not found:
            raise RecipeError(
                N_("{given} has no place in a recipe such as gaussian(size=9, sigma=2) | sobel_x; it is character {place}"),
                given=shown(self._source[start]), place=start + 1,
            )  # fmt: skip
        self.kind, self.text, self._next = found.lastgroup, found.group(), found.end()

    def skip(self, mark: str) -> bool:
        """Go past ``mark`` if it is under the eye."""
        if self.kind != "mark" or self.text != mark:
            return False
        self.advance()
        return True

    @property
    def given(self) -> str:
        """What is under the eye, for a sentence."""
        return N_("the end") if self.kind == "end" else shown(self.text)


def _step(reader: _Reader) -> plain.Said:
    if reader.kind != "word":
        raise RecipeError(N_("a step begins with its name, such as gaussian; this is {given}"), given=reader.given)
    name = reader.text
    reader.advance()
    return plain.Said(name, _settings(reader, name, 1) if reader.skip("(") else ())


def _settings(reader: _Reader, owner: str, depth: int) -> tuple[tuple[str, object], ...]:
    """After the bracket: ``name=value`` joined by commas, up to the closing bracket."""
    found: dict[str, object] = {}
    while not reader.skip(")"):
        name = reader.text
        if reader.kind != "word":
            raise _not_a_setting(reader, owner)
        reader.advance()
        if not reader.skip("="):
            raise _not_a_setting(reader, owner)
        if name in found:
            raise RecipeError(N_("{owner} is given {name} twice; say it once"), owner=owner, name=shown(name))
        found[name] = _value(reader, owner, name, depth)
        _comma(reader, ")", owner, name)
    return tuple(found.items())


def _not_a_setting(reader: _Reader, owner: str) -> RecipeError:
    return RecipeError(
        N_("the settings in {owner}(...) are written like size=9, joined by commas; this is {given}"),
        owner=owner, given=reader.given,
    )  # fmt: skip


def _comma(reader: _Reader, closing: str, owner: str, name: str) -> None:
    """A comma, unless the bracket closes here."""
    if reader.kind == "mark" and reader.text == closing:
        return
    if not reader.skip(","):
        raise RecipeError(
            N_("after the value of {owner}({name}=...) comes a comma or {closing}; this is {given}"),
            owner=owner, name=name, closing=closing, given=reader.given,
        )  # fmt: skip


def _value(reader: _Reader, owner: str, name: str, depth: int) -> object:
    kind, text = reader.kind, reader.text
    if depth > MAX_DEPTH:
        raise RecipeError(N_("{owner}({name}=...) has too many brackets within brackets"), owner=owner, name=name)
    if kind == "end" or kind == "mark" and text not in _CLOSING:
        raise RecipeError(
            N_("the value of {owner}({name}=...) is missing; this is {given}"),
            owner=owner, name=name, given=reader.given,
        )  # fmt: skip
    reader.advance()
    match kind:
        case "number":
            return _number(reader, text, owner, name)
        case "quoted":
            return text[1:-1]
        case "word":
            return _kernel(reader, text, depth) if reader.skip("(") else text
    parts, closing, comma = [], _CLOSING[text], False
    while not reader.skip(closing):
        if len(parts) == MAX_KERNEL_NUMBERS:
            raise RecipeError(N_("{owner}({name}=...) has more than {limit} values"),
                              owner=owner, name=name, limit=MAX_KERNEL_NUMBERS)  # fmt: skip
        parts.append(_value(reader, owner, name, depth + 1))
        comma = not (reader.kind == "mark" and reader.text == closing)
        _comma(reader, closing, owner, name)
    return parts[0] if text == "(" and len(parts) == 1 and not comma else parts


def _number(reader: _Reader, text: str, owner: str, name: str) -> int | float | Fraction:
    if sum(map(str.isdigit, text)) > MAX_DIGITS:
        raise RecipeError(N_("{owner}({name}={given}) has more than {limit} digits"),
                          owner=owner, name=name, given=shown(text), limit=MAX_DIGITS)  # fmt: skip
    if not text.lstrip("+-").isdigit():
        number = float(text)
        if number - number:  # infinity
            raise RecipeError(N_("{owner}({name}={given}) is not a number"), owner=owner, name=name, given=shown(text))
        return number
    if not reader.skip("/"):
        return int(text)
    under = reader.text
    if not under.isdigit() or not int(under[:MAX_DIGITS]) or len(under) > MAX_DIGITS:
        raise RecipeError(
            N_("{owner}({name}={given}/...) is a fraction such as 1/2; this is {under}"),
            owner=owner, name=name, given=text, under=reader.given,
        )  # fmt: skip
    reader.advance()
    return Fraction(int(text), int(under))


def _kernel(reader: _Reader, word: str, depth: int) -> plain.Said:
    """After the bracket of a kernel's name, or of ``numbers`` or ``digest`` with their one value first."""
    if word not in ("numbers", "digest"):
        return plain.Said(word, _settings(reader, word, depth + 1))
    made_of = _value(reader, "kernel", word, depth + 1)
    _comma(reader, ")", "kernel", word)
    settings = _settings(reader, word, depth + 1)
    return plain.Said(settings=settings, **{word: made_of})


# --- writing -------------------------------------------------------------------------------------


def to_call(recipe: Recipe) -> str:
    """Write a recipe in the call form.

    >>> from playground.recipe.model import Step
    >>> to_call(Recipe((Step.of("gaussian", sigma=0.5), Step.of("sobel_x", stride=Fraction(1, 2)))))
    'gaussian(sigma=0.5) | sobel_x(stride=1/2)'
    """
    return " | ".join(_call(step.name, step.params) for step in recipe.steps)


def _call(name: str, params: tuple[tuple[str, object], ...], *first: str) -> str:
    settings = [*first, *(f"{key}={_write(value)}" for key, value in params)]
    return f"{name}({', '.join(settings)})" if settings else name


def _write(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case None:
            return "none"
        case Fraction():
            return f"{value.numerator}/{value.denominator}"
        case float():
            return repr(plain.short(value))
        case tuple():
            return f"({', '.join(map(_write, value))})"
        case KernelRef():
            return _write_kernel(value)
    return str(value)


def _write_kernel(ref: KernelRef) -> str:
    if ref.name is not None:
        return _call(ref.name, ref.params)
    if ref.digest is not None:
        return _call("digest", ref.params, f'"{ref.digest}"')
    numbers = _rows(ref.numbers)
    return _call("numbers", ref.params, numbers) if ref.params else numbers


def _rows(numbers: object) -> str:
    return f"[{', '.join(map(_rows, numbers))}]" if isinstance(numbers, tuple) else _write(float(numbers))
