"""How is a chain of steps arranged?  Rows of steps that belong together: edit, add, move, repeat, switch off, remove.

A row is what the controls edit at a time: a kernel with the choice of channels before it and the gain
after it, or one other step.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain as joined

from playground.recipe.model import Step
from playground.ui.state import Chain, Off, PageState, step_of

Row = tuple[int, int]
"""Where the steps of a row begin and end among those that can be arranged."""


def rows(state: PageState, *, channels: int) -> list[Row]:
    """The rows of the chain, first to last.

    >>> rows(PageState(), channels=3)
    [(0, 2)]
    """
    steps, found = state.arranged(channels), []
    end = len(steps)
    while end:
        start = len(state.opened(steps, end).front)
        found.append((start, end))
        end = start
    return found[::-1]


def edited(state: PageState, *, channels: int) -> int:
    """The place of the row that is edited.

    >>> edited(PageState(), channels=3)
    0
    """
    last = state.end(channels) - 1
    return next(i for i, (start, end) in enumerate(rows(state, channels=channels)) if start <= last < end)


def edit(state: PageState, place: int, *, channels: int) -> PageState:
    """Another row in the controls."""
    return state.opened(state.arranged(channels), rows(state, channels=channels)[place][1])


def add(state: PageState, *, channels: int) -> PageState:
    """A new step behind the last one, the identity, in the controls."""
    return state.blank(state.arranged(channels))


def move(state: PageState, by: int, *, channels: int) -> PageState:
    """The edited row earlier (``by`` -1) or later (1); at the ends nothing changes."""
    parts, place = _parts(state, channels)
    if not 0 <= place + by < len(parts):
        return state
    parts[place], parts[place + by] = parts[place + by], parts[place]
    return _joined(state, parts, place + by, channels)


def repeat(state: PageState, *, channels: int) -> PageState:
    """The edited row once more, behind itself; the second one in the controls."""
    parts, place = _parts(state, channels)
    return _joined(state, [*parts[: place + 1], *parts[place:]], place + 1, channels)


def switch(state: PageState, *, channels: int) -> PageState:
    """The edited row off, or on again."""
    parts, place = _parts(state, channels)
    steps = [step_of(step) for step in parts[place]]
    parts[place] = tuple(steps) if isinstance(parts[place][0], Off) else tuple(map(Off, steps))
    return _joined(state, parts, place, channels)


def remove(state: PageState, *, channels: int) -> PageState:
    """The chain without the edited row; the row before it in the controls.  The only row stays."""
    parts, place = _parts(state, channels)
    if len(parts) == 1:
        return state
    return _joined(state, parts[:place] + parts[place + 1 :], max(0, place - 1), channels)


def mended(
    state: PageState, number: int, before: Sequence[Step], step: Step, *, channels: int
) -> PageState:
    """The chain with step ``number`` of those that run, from 0, changed to ``step`` and some put before it."""
    whole, at = state.chain(channels), state.before_arranged(channels) + state.end(channels)
    running = [i for i, each in enumerate(whole) if isinstance(each, Step)]
    place = running[number]
    changed = (*whole[:place], *before, step, *whole[place + 1 :])
    return state.read_chain(changed, at + len(before) if place < at else at)


def _parts(state: PageState, channels: int) -> tuple[list[Chain], int]:
    steps = state.arranged(channels)
    return [steps[start:end] for start, end in rows(state, channels=channels)], edited(state, channels=channels)


def _joined(state: PageState, parts: list[Chain], place: int, channels: int) -> PageState:
    end = sum(len(part) for part in parts[: place + 1])
    state = state.opened(tuple(joined.from_iterable(parts)), end)
    return edit(state, edited(state, channels=channels), channels=channels)  # neighbours may belong together now
