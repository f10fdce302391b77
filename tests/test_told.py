"""A change by hand, and what the browser sends of before."""

from __future__ import annotations

import pytest

from playground.ui import told


@pytest.fixture
def held(monkeypatch) -> dict:
    """The session of a visitor."""
    state = {}
    monkeypatch.setattr(told.st, "session_state", state)
    return state


@pytest.fixture
def taken() -> list:
    return []


def sends(held: dict, key: str, value: object, taken: list) -> bool:
    """The browser sends a value, and Streamlit calls back."""
    held[key] = value
    return told.take(key, lambda value: taken.append((key, value)))


def test_a_change_by_hand_is_taken_at_once(held, taken):
    told.tell("sigma", 2)
    assert held["sigma"] == 2
    assert sends(held, "sigma", 3, taken) and taken == [("sigma", 3)]
    assert sends(held, "sigma", 2, taken) and taken == [("sigma", 3), ("sigma", 2)]  # and back, however fast


def test_a_widget_that_nobody_told_is_believed(held, taken):
    assert sends(held, "sigma", 3, taken) and taken == [("sigma", 3)]


def test_what_the_browser_still_holds_is_no_change_beside_one(held, taken):
    told.tell("kernel", "sobel_x")
    told.tell("kernel", "gaussian")
    assert not sends(held, "kernel", "sobel_x", taken)
    assert sends(held, "stride", 2, taken)
    told.settle()
    assert taken == [("stride", 2)]


def test_nor_beside_a_button(held, taken):
    told.tell("kernel", "sobel_x")
    told.tell("kernel", "gaussian")
    told.pressed()
    sends(held, "kernel", "sobel_x", taken)
    told.settle()
    assert taken == []


def test_alone_it_was_changed_back_by_hand(held, taken):
    told.tell("kernel", "sobel_x")
    told.tell("kernel", "gaussian")
    sends(held, "kernel", "sobel_x", taken)
    told.settle()
    assert taken == [("kernel", "sobel_x")]
    told.settle()
    assert taken == [("kernel", "sobel_x")]


def test_after_a_while_the_browser_holds_what_it_was_told(held, taken, monkeypatch):
    told.tell("kernel", "sobel_x")
    told.tell("kernel", "gaussian")
    now = told.time.monotonic()
    monkeypatch.setattr(told.time, "monotonic", lambda: now + told.LATE)
    assert sends(held, "kernel", "sobel_x", taken)


def test_a_widget_that_is_no_longer_drawn_changes_nothing(held, taken):
    told.tell("normalise", False)
    assert not sends(held, "normalise", False, taken)
    told.settle()
    assert taken == []
