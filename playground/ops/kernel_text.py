"""How does a kernel look as text?  Read what was typed or pasted, write what can be read again.

Bounded before any work, split into words by one pass, never executed and without recursion.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from playground.errors import N_, GeometryError, RecipeError
from playground.ops.parameters import shown
from playground.ops.registry import MAX_KERNEL_NUMBERS

MAX_KERNEL_TEXT = 200_000
"""Characters; 4096 numbers of 17 digits with their separators need less than half of it."""

DIGITS = r"(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?"  # one way to match: linear time
NUMBER = re.compile(rf"([+-]?{DIGITS})(?:/({DIGITS}))?")
NOT_FINITE = re.compile(r"[+-]?(?:nan|inf|infinity|∞)", re.IGNORECASE)
WORD = re.compile(r"[^\s,;\[\]]+")
WORD_OR_SIGN = re.compile(r"[,;\[\]]|[^\s,;\[\]]+")
ASSIGNED = re.compile(r"[A-Za-z_]\w*\s*=")
CALL = re.compile(r"(?:(?:np|numpy|torch|jnp)\.)?(?:array|asarray|matrix|tensor|Tensor)\(")
CALL_END = re.compile(r"(?:,\s*(?:dtype|device|requires_grad)\s*=\s*[\w.:'\"]+\s*)*,?\s*\)")
SAME_SIGN = str.maketrans({"−": "-", "–": "-", "﹣": "-", "－": "-", "⁄": "/", "\ufeff": " "})

Rows = tuple[tuple[float, ...], ...]


def parse_kernel(text: str) -> Rows:
    """Read a typed or pasted kernel: rows of numbers.

    One row per line, numbers separated by spaces, tabs, commas or semicolons; or lists in brackets as
    Python, JSON and NumPy write them, also inside ``array(...)`` or ``tensor(...)``; or one line with
    a semicolon between rows, as in ``1 0; 0 -1``.  Fractions such as 1/9 are numbers.

    >>> parse_kernel("1, 0, -1")
    ((1.0, 0.0, -1.0),)
    >>> parse_kernel("np.array([[1, 0], [0, -1]])")
    ((1.0, 0.0), (0.0, -1.0))
    >>> parse_kernel("0,5; 0,25")
    Traceback (most recent call last):
    ...
    playground.errors.RecipeError: '0,5; 0,25' separates numbers in two ways; write decimals with a point, as
    in 0.5, and separate numbers by commas or by spaces
    """
    if len(text) > MAX_KERNEL_TEXT:
        raise RecipeError(
            N_("this text is {length} characters long; a kernel's text has at most {limit}"),
            length=len(text), limit=MAX_KERNEL_TEXT,
        )  # fmt: skip
    text = text.translate(SAME_SIGN).strip()
    if not text:
        raise RecipeError(N_("there is no kernel yet; type one row of numbers per line, such as 1 0 -1"))
    text = _without_call(ASSIGNED.sub("", text, count=1) if ASSIGNED.match(text) else text)
    count = sum(1 for _ in WORD.finditer(text))
    if count > MAX_KERNEL_NUMBERS:
        raise RecipeError(
            N_("this kernel has {count} numbers; one that is typed or pasted has at most {limit}"),
            count=count, limit=MAX_KERNEL_NUMBERS,
        )  # fmt: skip
    rows = _bracketed(text) if "[" in text or "]" in text else list(_lines(text))
    if not count:
        raise RecipeError(
            N_("there is no number in this kernel; type one row of numbers per line, such as 1 0 -1")
        )
    numbers = tuple(tuple(_number(word) for word in row) for row in rows)
    for index, row in enumerate(numbers, start=1):
        if len(row) != len(numbers[0]):
            raise RecipeError(
                N_("row {index} has the length {given} but row 1 has the length {expected}; make all rows equally long"),
                index=index, given=len(row), expected=len(numbers[0]),
            )  # fmt: skip
    return numbers


def _without_call(text: str) -> str:
    """Take ``array(`` and its end off, and write round brackets as square ones."""
    text = text.strip().rstrip("; \t\r\n")
    call = CALL.match(text)
    if call:
        end = max(text.rfind("]"), text.rfind(")", 0, -1))
        if len(text) - end > 200 or not CALL_END.fullmatch(text[end + 1 :]):
            raise RecipeError(
                N_("{given} does not end as it began; paste it up to its last closing bracket"),
                given=shown(text[: call.end()]),
            )  # fmt: skip
        text = text[call.end() : end + 1]
    return text.replace("(", "[").replace(")", "]")


def _bracketed(text: str) -> list[list[str]]:
    """Rows of words from lists in brackets, at most two deep; a semicolon ends a row."""
    if text.count("[") != text.count("]"):
        raise _unmatched(text)
    rows: list[list[str]] = []
    depths: set[int] = set()
    row: list[str] | None = None  # the innermost open list, as long as it holds no lists itself
    depth = matrices = 0
    last = "["
    for word in WORD_OR_SIGN.findall(text):
        if word == "[":
            matrices += depth == 0
            depth += 1
            if row:
                raise _mixed()
            if depth > 2:
                raise RecipeError(N_("this kernel is nested more than two deep; a kernel is a list of rows"))
            row = []
        elif word == "]":
            if row is not None and (row or last != ";"):
                rows.append(row)
                depths.add(depth)
            row, depth = None, depth - 1
            if depth < 0:
                break
        elif word == ";" and row is not None:
            rows.append(row)
            depths.add(depth)
            row = []
        elif word in ",;":
            if last in ",;[":
                raise _missing()
        elif row is None:
            _number(word)  # a word that is no number is refused as such
            raise _mixed()
        else:
            row.append(word)
        last = word
    if depth < 0:
        raise _unmatched(text)
    if len(depths) != 1 or (depths == {2} and matrices > 1):
        raise _mixed()
    return rows


def _lines(text: str) -> Iterator[list[str]]:
    """Rows of words from lines without brackets, one kind of separator in each."""
    for line in text.splitlines():
        if not line.strip():
            continue
        if "," in line:
            fields = [field.split() for field in line.rstrip().removesuffix(",").split(",")]
            if ";" in line or any(len(field) > 1 for field in fields):
                raise RecipeError(
                    N_("{given} separates numbers in two ways; write decimals with a point, as in 0.5, "
                       "and separate numbers by commas or by spaces"),
                    given=shown(line.strip()),
                )  # fmt: skip
        elif ";" in line:
            fields = [field.split() for field in line.rstrip().removesuffix(";").split(";")]
        else:
            yield line.split()
            continue
        if not all(fields):
            raise _missing()
        if any(len(field) > 1 for field in fields):
            yield from fields  # 1 0; 0 -1
        else:
            yield [field[0] for field in fields]


def _number(word: str) -> float:
    parts = NUMBER.fullmatch(word)
    if parts is None:
        if NOT_FINITE.fullmatch(word):
            raise _not_finite(word)
        raise RecipeError(
            N_("{given} is not a number; write numbers such as -1, 0.5 or 1/9"), given=shown(word)
        )
    value = float(parts[1])
    if parts[2] is not None:
        below = float(parts[2])
        if below == 0:
            raise RecipeError(
                N_("{given} divides by 0; write numbers such as -1, 0.5 or 1/9"), given=shown(word)
            )
        value = value / below
    if not math.isfinite(value):
        raise _not_finite(word)
    return value + 0.0  # -0.0 becomes 0.0, as in a recipe


def _not_finite(word: str) -> RecipeError:
    return RecipeError(
        N_("{given} is not a finite number; a kernel is made of finite numbers"), given=shown(word)
    )


def _unmatched(text: str) -> RecipeError:
    return RecipeError(
        N_("the brackets do not match, {opened} open and {closed} close; each needs its partner"),
        opened=text.count("["), closed=text.count("]"),
    )  # fmt: skip


def _missing() -> RecipeError:
    return RecipeError(N_("a number is missing beside a comma or semicolon; write 0 where nothing should be"))


def _mixed() -> RecipeError:
    return RecipeError(
        N_("numbers stand beside lists; write every row as a list of its own, as in [[1, 0], [0, -1]]")
    )


def format_kernel(numbers: object) -> str:
    """Write a kernel as lines of numbers, which ``parse_kernel`` reads back exactly.

    ``numbers`` is a row, rows, or a tensor or array of them.

    >>> print(format_kernel(((1, 0, -1), (0.5, 0, -0.5))))
    1 0 -1
    0.5 0 -0.5
    """
    rows = numbers.tolist() if hasattr(numbers, "tolist") else numbers
    if isinstance(rows, int | float):
        rows = [rows]
    if not any(isinstance(row, tuple | list) for row in rows):
        rows = [rows]
    if any(isinstance(item, tuple | list) for row in rows for item in row):
        raise GeometryError(N_("a kernel that mixes channels cannot be written as rows of numbers"))
    return "\n".join(" ".join(_written(float(item)) for item in row) for row in rows)


def _written(value: float) -> str:
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
