"""Which colour means what?  One palette for pictures, tables and plots, in both themes.

Positive is orange, negative is blue, zero is the paper; nothing else on any page is orange or blue.
Told apart under the protan, deutan and tritan simulations, and never by colour alone.
"""

from __future__ import annotations

PAPER = {"light": "#FFFFFF", "dark": "#0E1116"}
INPUT = {"light": "#6B7280", "dark": "#ADB5BD"}
OUTPUT = {"light": "#00524A", "dark": "#63E6BE"}
POSITIVE = {"light": "#D55E00", "dark": "#FF9F40"}
NEGATIVE = {"light": "#0072B2", "dark": "#4DABF7"}


def rgb(colour: str) -> tuple[int, int, int]:
    """Red, green and blue, 0 to 255.

    >>> rgb("#D55E00")
    (213, 94, 0)
    """
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
