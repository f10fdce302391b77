"""Do the colours of the palette mean one thing each, and can all of them be seen?"""

from __future__ import annotations

import itertools
import re

import pytest

from playground.view import colours
from playground.view.colours import rgb

PALETTE = {name: table for name, table in vars(colours).items() if name.isupper()}
THEMES = ("light", "dark")


def luminance(colour: str) -> float:
    """Relative luminance after WCAG 2."""
    parts = [part / 255 for part in rgb(colour)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_every_role_has_a_colour_in_both_themes():
    assert set(PALETTE) == {"PAPER", "INPUT", "OUTPUT", "POSITIVE", "NEGATIVE"}
    for table in PALETTE.values():
        assert tuple(table) == THEMES
        assert all(re.fullmatch("#[0-9A-F]{6}", colour) for colour in table.values())


@pytest.mark.parametrize("theme", THEMES)
def test_no_two_roles_share_a_colour_and_each_stands_out_from_the_paper(theme):
    for one, other in itertools.combinations(PALETTE, 2):
        assert PALETTE[one][theme] != PALETTE[other][theme]
    for name in PALETTE.keys() - {"PAPER"}:
        assert contrast(PALETTE[name][theme], PALETTE["PAPER"][theme]) >= 3.8, name


@pytest.mark.parametrize("colour, parts", [("#000000", (0, 0, 0)), ("#FF8001", (255, 128, 1))])
def test_a_colour_is_read_as_red_green_blue(colour, parts):
    assert rgb(colour) == parts
