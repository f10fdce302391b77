"""What do all pages share?  The style sheet, the one heading, the theme, the row that leads on."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from playground.media.types import Audio, Image
from playground.ui.guard import capital
from playground.ui.words import _, say
from playground.view.colours import OUTPUT, PAPER

if TYPE_CHECKING:
    from playground.result import Result

STYLE = """
<style>
[data-testid="stMainBlockContainer"] { padding-left: clamp(1rem, 3vw, 3rem); padding-right: clamp(1rem, 3vw, 3rem); }
[data-testid="stMainBlockContainer"] h1 { padding: 0 0 .6rem; line-height: 1.25; }
.cp-facts { font-size: .9rem; line-height: 1.45; margin: 0; font-variant-numeric: tabular-nums; }
.cp-facts abbr { text-decoration-style: dotted; cursor: help; }
.cp-note { font-size: .8125rem; opacity: .85; margin: 0; }
.cp-kernel { border-collapse: separate; border-spacing: 2px; font-variant-numeric: tabular-nums; }
.cp-kernel td { text-align: center; border-radius: 3px; padding: 0 .3em; font-size: .8125rem;
  border: 1px solid rgba(128,128,128,.35); }
.cp-kernel.plain td { border: 0; border-radius: 0; padding: 0; }
.cp-sizes { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; }
.cp-sizes th { text-align: left; padding: .1rem .8rem .1rem 0; font-weight: 600; vertical-align: top; }
.cp-sizes td { padding: .1rem 0; }
.cp-frame { overflow-x: auto; max-width: 100%; }
[data-testid="stStatusWidget"] button { display: none; }
[data-testid="stImage"] img { border-radius: 4px; }
[class*="_grid_"] [data-testid="stElementToolbar"] { display: none; }
.st-key-doors a { min-height: 48px; padding: .5rem 1rem; border: 1.5px solid ACCENT; border-radius: 8px; }
.st-key-players [data-testid="stVerticalBlock"] { gap: .25rem; }
[class*="st-key-try_"] a p { white-space: normal; line-height: 1.2; }
:is(.st-key-layout, .st-key-layout_tall, .st-key-layout_sheet):not(:has(.st-key-stage, [data-testid="stAlert"]))::before { content: ""; grid-area: 1 / 1 / 2 / 2; width: 100%; aspect-ratio: 5 / 2;
  border-radius: 8px; background: rgba(128,128,128,.2); }
.st-key-layout_tall:not(:has(.st-key-stage))::before { aspect-ratio: 3 / 2; }
.st-key-layout_sheet:not(:has(.st-key-stage))::before { order: 1; }
@keyframes cp-wait { 50% { opacity: .4; } }
@media (prefers-reduced-motion: no-preference) {
  :is(.st-key-layout, .st-key-layout_tall, .st-key-layout_sheet)::before { animation: cp-wait 1.6s ease-in-out infinite; }
}
@media (min-width: 641px) {
  :is(.st-key-layout, .st-key-layout_tall) { display: grid; gap: 1rem 1.5rem;
    grid-template-columns: minmax(0, 7fr) minmax(18.5rem, 3fr); grid-template-rows: auto 1fr; }
  :is(.st-key-layout, .st-key-layout_tall) > [data-testid="stLayoutWrapper"]:has(> .st-key-inspector) { grid-area: 1 / 2 / 3 / 3; }
  :is(.st-key-layout, .st-key-layout_tall) > [data-testid="stLayoutWrapper"]:has(> .st-key-below) { grid-area: 2 / 1 / 3 / 2; }
}
@media (min-width: 641px) { .st-key-layout_sheet:not(:has(.st-key-stage))::before { aspect-ratio: 4 / 1; } }
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] h1 { font-size: 1.35rem; }
  .st-key-layout > [data-testid="stLayoutWrapper"]:has(> .st-key-stage) { position: sticky; top: 3.25rem; z-index: 50;
    background: PAPER; padding-bottom: .25rem; }
  [data-testid="stVerticalBlock"] { gap: .6rem; }
  [data-testid="stButton"] button { min-height: 44px; }
  .st-key-doors > div, .st-key-doors a { width: 100%; justify-content: center; }
}
</style>
"""


def theme() -> str:
    """ "light" or "dark", as the visitor sees the page."""
    return "dark" if st.context.theme.type == "dark" else "light"


def begin(heading: str) -> None:
    """The style sheet and the page's only h1: the finding, also the title of the browser's tab."""
    st.html(STYLE.replace("PAPER", PAPER[theme()]).replace("ACCENT", OUTPUT[theme()]))
    st.set_page_config(page_title=_("{heading} · Convolution playground", heading=heading))
    st.title(heading, anchor=False)


def layout(*, tall: bool = False) -> tuple[DeltaGenerator, DeltaGenerator, DeltaGenerator]:
    """Stage, inspector and what lies below, in this order on a phone, where a ``tall`` stage scrolls away.

    On a wide screen the inspector stands at the right of both others: a grid in one place of the style sheet, which
    asks each place for its name, as a place is not there before something stands in it; until then it draws a grey
    pane where the stage will be.
    """
    with st.container(key="layout_tall" if tall else "layout"):
        return st.container(key="stage"), st.container(key="inspector"), st.container(key="below")


def sheet() -> DeltaGenerator:
    """Control and results below each other, with the same grey pane at the end until there are results, or a sentence."""
    return st.container(key="layout_sheet")


def home() -> None:
    """Note that the visitor is on a page without a state of its own."""
    st.session_state["page"] = "home"


def doors(links: list[tuple[str, str, str]]) -> None:
    """The large links of the first page: (page file, label, icon)."""
    with st.container(key="doors", horizontal=True):
        for page, label, icon in links:
            st.page_link(page, label=label, icon=icon)


def next_row(links: list[tuple[str, str, str, dict[str, str]]]) -> None:
    """Two or three doors at the end of a page: (page file, label, icon, parameters)."""
    st.subheader(_("Next"), anchor=False)
    with st.container(horizontal=True):
        for page, label, icon, params in links:
            st.page_link(page, label=label, icon=icon, query_params=params or None)


def notices(medium: Image | Audio, result: Result) -> None:
    """What was done on the visitor's behalf, when the file was read and when the recipe ran."""
    for message in (*medium.notices, *result.notices):
        note(capital(say(message)))


def note(text: str) -> None:
    """A plain caption that is not an alarm."""
    st.html(f'<p class="cp-note">{html.escape(text)}</p>')
