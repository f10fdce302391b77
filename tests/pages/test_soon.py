"""A changed control is seen in the stage first, and the whole page follows."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from playground.ui import session, show_picture, show_sound, show_spectrogram, soon

from .visiting import calm, visit

STAGES = {"image": show_picture, "audio": show_sound, "spectrogram": show_spectrogram}


@pytest.mark.parametrize("page", STAGES)
def test_a_control_asks_for_the_stage_once_and_the_page_follows(page, monkeypatch):
    drawn, draw, put_aside = [], STAGES[page]._draw_changed, []
    monkeypatch.setattr(soon, "garbage", SimpleNamespace(skip=lambda: put_aside.append(len(drawn))))

    def drawing() -> None:
        drawn.append(session.now())
        draw()

    monkeypatch.setattr(STAGES[page], "_draw_changed", drawing)
    at = calm(visit(f"pages/{page}.py"))
    assert drawn == []  # a page that is opened is drawn as a whole
    before = at.session_state[f"{page}.state"]
    if page == "spectrogram":
        at.slider(key="spectrogram_amount_smooth_time").set_value(15)
    else:
        at.selectbox(key=f"{page}_padding_mode").set_value("replicate")
    calm(at.run())
    after = at.session_state[f"{page}.state"]
    assert drawn == [after] and after != before
    assert put_aside == [0]  # before the stage: Streamlit looks through the rest between the two
    assert "recipe" in at.query_params  # which the page writes, not the stage
    calm(at.run())
    assert len(drawn) == 1
