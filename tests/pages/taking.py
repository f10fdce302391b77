"""What a page offers to take away, without a browser: each file's name, kind and bytes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

RUN = """
import json, runpy, sys
for sys.argv in json.loads(sys.argv[1]):
    runpy.run_path(sys.argv[0], run_name="__main__")
"""


@dataclass
class Offer:
    """What a download button was given."""

    label: str
    data: Callable[[], bytes]
    file_name: str
    mime: str

    def content(self) -> bytes:
        return self.data()

    def saved(self, folder: Path) -> Path:
        path = folder / self.file_name
        path.write_bytes(self.content())
        return path


def catch(monkeypatch) -> dict[str, Offer]:
    """What the page offers from now on, by the end of the button's key."""
    found: dict[str, Offer] = {}

    def button(label, data, file_name, mime, *, key, **_):
        found[key.partition("_")[2]] = Offer(label, data, file_name, mime)

    monkeypatch.setattr("playground.ui.share.st.download_button", button)
    return found


def run_programs(*commands: list[Path | str], folder: Path) -> list[str]:
    """What each program says in ``folder``: one Python for all, where nothing of the playground can be found."""
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", RUN, json.dumps([[str(part) for part in command] for command in commands])],
        cwd=folder, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    said = done.stdout.splitlines()
    assert len(said) == len(commands) and all(line.startswith("Agrees with the playground: ") for line in said), said
    return said
