"""What does the session hold for the page that is open?  Its state, and what only this visit needs.

Every name is kept under the page's own, so that two pages never meet: ``image.state``,
``audio.memory`` and so on.
"""

from __future__ import annotations

import streamlit as st

from playground.errors import PlaygroundError
from playground.ops import KernelRef
from playground.recipe.check import check
from playground.recipe.model import Recipe
from playground.ui import told
from playground.ui.first import FIRST
from playground.ui.state import PageState, name_of, recipe_of, step_of


def page() -> str:
    """The page that is open: "image", "audio" or "home"."""
    return st.session_state.get("page", "home")


def get(name: str, default: object = None) -> object:
    return st.session_state.get(f"{page()}.{name}", default)


def keep(name: str, value: object) -> None:
    st.session_state[f"{page()}.{name}"] = value


def drop(*names: str) -> None:
    for name in names:
        st.session_state.pop(f"{page()}.{name}", None)


def now() -> PageState:
    """The state of the page that is open."""
    return get("state", FIRST[page()])


def memory() -> dict[str, object]:
    """Each kernel as it was last set, by its name, and each family's last member."""
    return st.session_state.setdefault(f"{page()}.memory", {})


def remembered() -> dict[str, KernelRef]:
    return {name: ref for name, ref in memory().items() if isinstance(ref, KernelRef)}


def put(state: PageState) -> None:
    """Change the state, remembering its kernel for when it is chosen again.

    A state that no recipe can say changes nothing; the page shows why, once.
    """
    try:
        recipe_of(state)
        check(Recipe(tuple(step_of(step) for step in state.chain(3))), state.medium_kind)
    except PlaygroundError as error:
        keep("control_error", error)
        return
    keep("state", state)
    drop("recipe_error", "recipe_typed")
    if state.operation is not None:
        memory()[f"step {state.operation.name}"] = state.operation
        memory()[f"family {state.family}"] = state.operation.name
        return
    memory()[name_of(state.kernel)] = state.kernel
    memory()[f"family {state.family}"] = name_of(state.kernel)


def reset() -> None:
    """Back to the first sight; the visitor's own file stays in the list."""
    told.pressed()
    drop("memory", "control_error", "numbers_error", "upload_error", "recipe_error", "recipe_typed", "written")
    keep("state", FIRST[page()])
