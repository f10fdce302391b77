"""How do a sound's spectrograms stand on the page?  Two panels or one that are looked into, zoomed, played and marked.

The browser's side is the files beside this one.  It shows texts and numbers that Python made, and says where in
the scene the visitor looks (``view``) and what was marked (``region``), as fractions.  Other colours come by ``recolour``,
without the levels, which the browser holds.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import streamlit as st

from playground.ui.words import _
from playground.view.scene import Region, Scene

HERE = Path(__file__).parent
WAVE_HEIGHT, PHONE_WAVE_HEIGHT, PHONE_PICTURE_HEIGHT = 48, 32, 120
"""Pixels of the strips above the pictures, and of a picture on a phone."""
MAGIC = b"CPUI"
SCRIPTS = ("fflate.js", "spectrogram.js")
"""One module in the browser, in this order.  The browser's own decompression is a promise, which waits for all that the page
draws meanwhile: half a second."""

_component = st.components.v2.component(
    "playground_spectrogram",
    html=(HERE / "spectrogram.html").read_text(encoding="utf-8"),
    css=(HERE / "spectrogram.css").read_text(encoding="utf-8"),
    js="\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
)
_colours = st.components.v2.component("playground_colours", js=(HERE / "colours.js").read_text(encoding="utf-8"))


def show(
    payload: bytes, *, key: str, label: str, height: int = 260, players: str = ".st-key-players audio",
    on_view: Callable[[], None] | None = None, on_region: Callable[[], None] | None = None,
) -> object:  # fmt: skip
    """Draw what ``view.scene.pack`` packed; the result has ``view`` and ``region`` as the browser says them.

    ``label`` is what a screen reader says of the whole; ``height`` is that of a picture on a wide page, in pixels;
    ``players`` selects the page's audio elements, the first plays the input and the second the output.
    ``view_of`` and ``region_of`` read the same before the component is drawn.
    """
    said = st.session_state.get(key) or {}
    head = {
        "key": key, "label": label, "players": players, "words": words(),
        "wave": [WAVE_HEIGHT, PHONE_WAVE_HEIGHT], "picture": [height, PHONE_PICTURE_HEIGHT],
        "seq": max(_count(said.get("view")), _count(said.get("region"))),
    }  # fmt: skip
    text = json.dumps(head, separators=(",", ":")).encode()
    return _component(
        key=key, data=struct.pack("<4sI", MAGIC, len(text)) + text + payload,
        on_view_change=on_view or _nothing, on_region_change=on_region or _nothing,
    )  # fmt: skip


def recolour(
    colours: dict[str, object], *, key: str, tables: Sequence[str] = (), range_key: str = "", map_key: str = ""
) -> None:
    """Give the picture ``key``, which stands on the page, what ``view.scene.colouring`` made.

    Before Python has heard of it, the picture follows the slider ``range_key``, in dB, and the buttons ``map_key``, the
    n-th of which stands for the n-th of ``tables``.
    """
    ahead = {"range": f".st-key-{range_key}" if range_key else "", "map": f".st-key-{map_key}" if map_key else "", "tables": tables}
    with st.container(key=f"{key}_colours", height=1, border=False):
        _colours(key=f"{key}_colour", data={"key": key, **colours, "ahead": ahead}, height=1)


def view_of(key: str, scene: Scene) -> Region:
    """The seconds and Hz that the visitor looks at: all of the scene at first, and when the scene is a new one."""
    return scene.window((st.session_state.get(key) or {}).get("view"))


def region_of(key: str, scene: Scene) -> Region | None:
    """The seconds and Hz that the visitor marked in this scene; None where nothing is."""
    return scene.region((st.session_state.get(key) or {}).get("region"))


def words() -> dict[str, str]:
    """Every text of the component; those in braces are filled with texts that came with the picture."""
    return {
        "look": _("Look"),
        "select": _("Select region"),
        "select_short": _("Region"),
        "reset_short": _("All"),
        "time": _("Time"),
        "frequency": _("Frequency"),
        "time-in": _("Zoom into time (+)"),
        "time-out": _("Zoom out of time (-)"),
        "frequency-in": _("Zoom into frequency (])"),
        "frequency-out": _("Zoom out of frequency ([)"),
        "reset": _("Show everything (0)"),
        "tools": _("What the pointer does, and zoom"),
        "seconds": _("seconds"),
        "hz": _("Hz"),
        "place": _("{hz} Hz · {seconds} s"),
        "place_note": _("{hz} Hz · {note} · {seconds} s"),
        "level": _("{level} {unit}"),
        "level_of": _("{title} {level}"),
        "or_less": _("{level} or less"),
        "nothing": _("Nothing here: the sound or its frequencies end before"),
        "corner": _("first corner set: move, and Enter sets the second"),
        "hint": _("Point to read. Click, then the wheel zooms time, with Shift frequency, with Ctrl both; drag moves,"
                  " double click plays from there."),
        "hint_touch": _("Touch to read. Two fingers zoom, one moves; tap twice to play from there."),
        "hint_select": _("Drag a rectangle: what is in it is silent; a button below keeps it alone instead. Escape removes it."),
        "keys": _("Keys: arrows read, with Shift ten cells; + − zoom time, [ ] frequency, 0 shows all; Space plays, Enter"
                  " goes there, A and B play input and output."),
    }  # fmt: skip


def _count(said: object) -> int:
    count = said.get("seq") if isinstance(said, Mapping) else None
    return count if type(count) is int else 0


def _nothing() -> None:
    """Streamlit wants a callback for each value that a component keeps."""
