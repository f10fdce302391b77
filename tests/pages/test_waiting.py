"""torch is told how its threads wait before it is there, whichever page comes first."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CODE = """
    import os, sys
    from streamlit.testing.v1 import AppTest
    import importlib

    seen, find = [], importlib.machinery.PathFinder.find_spec
    def watch(name, *rest, **more):
        if name == "torch":
            seen.append(os.environ.get("OMP_WAIT_POLICY"))
        return find(name, *rest, **more)
    importlib.machinery.PathFinder.find_spec = watch
    at = AppTest.from_file("app.py", default_timeout=120)
    at.switch_page({page!r}) if {page!r} else None
    at.run()
    assert not at.exception and not at.error
    import torch
    print(seen)
"""


@pytest.mark.parametrize("page, given", [
    ("", None), ("pages/image.py", None), ("pages/audio.py", None), ("pages/spectrogram.py", None), ("", "active"),
])  # fmt: skip
def test_the_policy_is_set_before_torch_is_looked_for(page, given):
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    environment |= {"OMP_WAIT_POLICY": given} if given else {}
    code = textwrap.dedent(CODE).format(page=page)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str([given or "passive"])
