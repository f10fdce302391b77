"""What has lived through a run is put aside, and everything is looked at once a minute."""

from __future__ import annotations

import gc

from playground.ui import garbage


def test_everything_is_looked_at_once_a_minute_and_then_put_aside(monkeypatch):
    looks, now = [], [1000.0]
    monkeypatch.setattr(garbage, "_looked", [-garbage.EVERY])
    monkeypatch.setattr(garbage.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(garbage.gc, "collect", lambda: looks.append(now[0]))
    try:
        for now[0] in (1000.0, 1030.0, 1059.9, 1060.0, 1100.0):
            garbage.aside()
        assert looks == [1000.0, 1060.0] and gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()


def test_before_a_run_that_was_none_all_is_put_aside_unseen(monkeypatch):
    monkeypatch.setattr(garbage.gc, "collect", lambda: 1 / 0)
    try:
        garbage.skip()
        assert gc.get_freeze_count() > 1000
    finally:
        gc.unfreeze()
