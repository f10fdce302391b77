"""What does the visitor see while iterations run?  How far they are, and a button that stops them.

The session keeps the iterations themselves: stopping leaves them where they are, so that one can hear what has
been found so far, and go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import streamlit as st

from playground import engine
from playground.engine import Progress
from playground.errors import PlaygroundError
from playground.media.types import Audio, Image
from playground.recipe.model import Recipe
from playground.recipe.text import to_text
from playground.result import Result
from playground.ui import cache, session, told
from playground.ui.words import _
from playground.view.trail import glimpse

KEPT = 3
"""Results that a visitor can come back to without iterating again."""


@dataclass(eq=False)
class _Running:
    key: str
    stages: Iterator[Progress | Result]
    last: Progress | None = None
    stopped: bool = False
    so_far: tuple[int, Result] | None = None


def iterates(recipe: Recipe) -> bool:
    """Whether a recipe has a step that takes iterations."""
    return any(step.name == "griffin_lim" for step in recipe.steps)


def run(medium: Image | Audio, recipe: Recipe, *, name: str, words: str, watched: bool = False, focus: int | None = None) -> Result:
    """The result of a recipe with iterations, with their progress on the page; or what has been found when stopped.

    ``name`` tells two of them on one page apart, ``words`` say what is being looked for.
    """
    key = f"{medium.kind} {medium.digest} {medium.name} {watched} {focus} {to_text(recipe)}"
    done: dict[str, Result] = session.get("iterated") or {}
    if key in done:
        return done[key]
    running = session.get(f"iterating.{name}")
    if running is None or running.key != key:
        cache.warm_up()
        running = _Running(key, engine.stages(recipe, medium, watch=glimpse if watched else None, focus=focus))
        session.keep(f"iterating.{name}", running)
    if not running.stopped:
        try:
            result = _drive(running, name, words)
        except PlaygroundError:
            session.drop(f"iterating.{name}")  # begun anew, it says the same again
            raise
        session.keep("iterated", dict([*done.items(), (key, result)][-KEPT:]))
        session.drop(f"iterating.{name}")
        return result
    last = running.last
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(_("Stopped after {done} of {all} iterations.", done=last.iteration, all=last.iterations))
        st.button(_("Go on"), key=f"{session.page()}_go_on_{name}", icon=":material/play_arrow:", on_click=_stop,
                  args=(running, False))  # fmt: skip
    if running.so_far is None or running.so_far[0] != last.iteration:
        running.so_far = (last.iteration, last.stop())
    return running.so_far[1]


def _drive(running: _Running, name: str, words: str) -> Result:
    place = st.empty()
    bar = button = None
    for stage in running.stages:
        if isinstance(stage, Result):
            place.empty()
            return stage
        running.last = stage
        if button is None:
            box = place.container(horizontal=True, vertical_alignment="center")
            bar = box.empty()
            button = box.button(_("Stop"), key=f"{session.page()}_stop_{name}", icon=":material/stop:", on_click=_stop,
                                args=(running, True))  # fmt: skip
        text = _("{what}: {done} of {all}, {remaining} off", what=words, done=stage.iteration, all=stage.iterations,
                 remaining=f"{100 * stage.remaining:.3g} %")  # fmt: skip
        bar.progress(stage.iteration / stage.iterations, text)
    return running.last.stop()


def _stop(running: _Running, stopped: bool) -> None:
    told.pressed()
    running.stopped = stopped
