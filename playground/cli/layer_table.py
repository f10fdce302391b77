"""What would a recipe do?  A table: what each step makes, costs and sees, worked out before anything runs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fractions import Fraction

from playground import engine, kernel_file
from playground.batch.given import Recipes
from playground.errors import N_, RecipeError
from playground.explain.layers import Row, table
from playground.explain.receptive import Field
from playground.ops.parameters import shown

USUAL = {"image": "3x480x640", "audio": "2x441000@44100"}
"""Shapes where none is given."""
HEAD = ("", "step", "output", "parameters", "multiply-adds", "memory", "sees", "jump")
LEGEND = (
    "\nparameters: numbers of the kernels.  multiply-adds, memory: of each step at work, by the method that would run."
    "\nsees: of the input, from the first to the last that one result depends on.  jump: from one result to the next,"
    "\nin the input.\n"
)
_SHAPE = re.compile(r"([0-9]{1,9})[x×]([0-9]{1,9})(?:[x×]([0-9]{1,9})|@([0-9]{1,9}))?\Z")


def text(recipes: Recipes, shape: str | None, *, kernels: Sequence[tuple[bytes, str]] = ()) -> str:
    """The table of a recipe for an input of ``shape``; without one, of a usual size.

    >>> from playground.batch import read_recipe
    >>> print(text(read_recipe("sobel-x.stride_2"), "1x9x9").splitlines()[2])
    1  sobel_x  1 × 5 × 5           9            225 ...
    """
    kind, size, rate = read_shape(USUAL[next(iter(recipes.possible))] if shape is None else shape)
    recipe = recipes.of(kind)
    loaded = kernel_file.find(recipe, kernels, rate=None if rate is None else int(rate))
    plan = engine.plan_ahead(recipe, size, kind, rate=rate, kernels=loaded)
    rows = table(plan, kind)
    lines = [HEAD, ("", "input", _size(size, rate), *[""] * 5)]
    lines += [
        (str(number), *_cells(row, ahead.rate if ahead.made == "audio" else None))
        for number, (row, ahead) in enumerate(zip(rows, plan, strict=True), start=1)
    ]
    lines.append((
        "", "in all", "", f"{sum(row.parameters for row in rows):,}", f"{sum(row.multiply_adds for row in rows):,}",
        f"{_bytes(max((row.memory_bytes for row in rows), default=0))} at most", "", "",
    ))  # fmt: skip
    return _aligned(lines) + LEGEND


def read_shape(given: str) -> tuple[str, tuple[int, ...], Fraction | None]:
    """Kind, shape and rate of an input: three numbers are a picture's, two a sound's.

    >>> read_shape("3x480x640"), read_shape("2x44100@8000")
    (('image', (3, 480, 640), None), ('audio', (2, 44100), Fraction(8000, 1)))
    """
    found = _SHAPE.match(given.strip().lower())
    if not found or not all(int(number) for number in found.groups() if number):
        raise RecipeError(
            N_("shape={given} is not a size; write 3x480x640 (channels, rows, columns) or 2x44100@44100 (channels,"
               " samples, Hz)"),
            given=shown(given),
        )  # fmt: skip
    channels, second, third, rate = (int(number) if number else None for number in found.groups())
    if third is not None:
        return "image", (channels, second, third), None
    return "audio", (channels, second), Fraction(rate or 44_100)


def _cells(row: Row, rate: Fraction | None) -> tuple[str, ...]:
    return (
        row.name, _size(row.output_shape, rate), f"{row.parameters:,}", f"{row.multiply_adds:,}", _bytes(row.memory_bytes),
        _sees(row.fields), " × ".join(str(field.jump) if field.jump else "-" for field in row.fields),
    )  # fmt: skip


def _sees(fields: Sequence[Field]) -> str:
    """The receptive field, each unit once.

    >>> _sees([Field("bins"), Field("samples", extent=Fraction(6))])
    '1 bin × 7 samples'
    """
    parts = []
    for field, following in zip(fields, [*fields[1:], None], strict=True):
        same = following is not None and following.unit == field.unit and bool(following.word) == bool(field.word)
        parts.append(field.word or (f"{field.size}" if same else f"{field.size} {field.unit if field.size != 1 else field.unit[:-1]}"))
    return " × ".join(dict.fromkeys(parts) if all(field.word for field in fields) else parts)


def _size(shape: tuple[int, ...], rate: Fraction | None) -> str:
    return " × ".join(map(str, shape)) + (f" @ {float(rate):g} Hz" if rate is not None else "")


def _bytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 10**5 else f"{count / 1e3:,.0f} kB"


def _aligned(lines: Sequence[Sequence[str]]) -> str:
    """Columns as wide as their longest cell; numbers end below each other."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    right = (3, 4, 5)
    return "".join(
        "  ".join(
            cell.rjust(width) if index in right else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip() + "\n"
        for line in lines
    )  # fmt: skip
