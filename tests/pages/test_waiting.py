"""torch is told how its threads wait before it is there, and a page has drawn its controls before that."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch  # noqa: F401 - where a page finds it

from playground.ui import waiting

from .visiting import calm, go, visit

ROOT = Path(__file__).resolve().parents[2]
CODE = """
    import os, sys
    from streamlit.testing.v1 import AppTest
    import importlib
    import streamlit as st
    from playground.ui import waiting

    seen, find = [], importlib.machinery.PathFinder.find_spec
    def watch(name, *rest, **more):
        if name == "torch":
            seen.append(os.environ.get("OMP_WAIT_POLICY"))
        return find(name, *rest, **more)
    controls, wait = [], waiting.until_drawn
    def until_drawn(**settings):
        assert not {{"torch", "cv2", "soundfile", "altair", "pandas"}} & {{*sys.modules}}
        controls.extend(name for name in {drawn!r} if name in st.session_state)
        wait(**settings)
    waiting.until_drawn = until_drawn
    importlib.machinery.PathFinder.find_spec = watch
    at = AppTest.from_file("app.py", default_timeout=120)
    at.switch_page({page!r}) if {page!r} else None
    at.run()
    assert not at.exception and not at.error
    import torch
    print(seen, controls)
"""


BOTH = ("family", "stride", "padding_mode", "source")


@pytest.mark.parametrize("page, given, drawn", [
    ("", None, ("home_kernel",)),
    ("pages/image.py", None, tuple(f"image_{name}" for name in BOTH)),
    ("pages/audio.py", "active", tuple(f"audio_{name}" for name in BOTH)),
    ("pages/spectrogram.py", None, tuple(f"spectrogram_{name}" for name in ("preset", "stride_1_first", "inverse", "source"))),
])  # fmt: skip
def test_the_policy_is_set_and_controls_are_drawn_before_torch_is_looked_for(page, given, drawn):
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    environment |= {"OMP_WAIT_POLICY": given} if given else {}
    code = textwrap.dedent(CODE).format(page=page, drawn=drawn)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{[given or 'passive']} {[*drawn]}"


@pytest.mark.parametrize("newcomer", [True, False])
def test_where_torch_is_there_only_a_newcomer_waits(newcomer, monkeypatch):
    slept = []
    monkeypatch.setattr(waiting, "DRAWN", 0.02)
    monkeypatch.setattr(waiting, "time", SimpleNamespace(sleep=slept.append, monotonic=time.monotonic))
    waiting.until_drawn(newcomer=newcomer)
    assert bool(slept) == newcomer and "torch" in sys.modules


@pytest.mark.parametrize("first, second", [("image", "audio"), ("audio", "spectrogram"), ("spectrogram", "image")])
def test_a_visitor_is_new_until_the_first_page_stands(first, second, monkeypatch):
    seen = []
    monkeypatch.setattr(waiting, "until_drawn", lambda *, newcomer=False: seen.append(newcomer))
    at = calm(visit("pages/home.py"))
    for page in (first, first, second):
        calm(go(at, f"pages/{page}.py"))
    assert seen == [False, True, False, False]  # at home nobody waits for what is there
