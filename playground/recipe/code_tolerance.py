"""How near must a program come?  As near as float32 lets two ways of adding the same numbers agree.

Both are right: what differs is the order of additions, and a few steps make more of that than others.
"""

from __future__ import annotations

from collections.abc import Sequence

from playground.recipe.code_draft import Planned

TOLERANCE = 2e-5
"""Of the scale of the values: how far a program may be from the playground."""
FLOOR = -80.0
"""dB below full scale down to which magnitudes have digits enough."""
FEW_TURNS, DOUBLING = 8, 10
"""Iterations of Griffin-Lim that do no harm, and after which rounding may have doubled; as measured."""
MOST = 0.05
"""Beyond this a comparison would say nothing."""

AT_THE_ENDS = "At the ends hardly any window has weight, and rounding is divided by the little that there is."
SMALL_LEVELS = "At levels so low a magnitude is little but rounding, and its logarithm shows that."
SOUGHT = "Each turn of the search carries rounding on: the phases of weak values come out otherwise."
UNDONE = "Bands that overlap are undone with large weights of both signs, which magnify rounding."


def tolerance(plan: Sequence[Planned]) -> tuple[float, str]:
    """What a program may differ by, as a share of the scale, and why it is more than usual ("" where not).

    >>> tolerance(())
    (2e-05, '')
    """
    found = [(TOLERANCE, "")]
    for before, planned in zip([None, *plan], plan, strict=False):
        if planned.step.name in ("istft", "griffin_lim") and not before.spectrum.center:
            found.append((1e-3, AT_THE_ENDS))
        if planned.step.name == "griffin_lim" and planned.settings["iterations"] > FEW_TURNS:
            found.append((min(MOST, TOLERANCE * 2 ** (planned.settings["iterations"] / DOUBLING)), SOUGHT))
        if planned.step.name == "linear_frequency":
            found.append((1e-3, UNDONE))
    last = plan[-1].spectrum if plan else None
    if (
        last is not None
        and plan[-1].made == "spectrogram"
        and last.unit == "decibels"
        and last.floor_db < FLOOR
    ):
        found.append((min(MOST, TOLERANCE * 10 ** ((FLOOR - last.floor_db) / 20)), SMALL_LEVELS))
    return max(found)
