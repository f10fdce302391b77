"""Every measurement of the correlation and of the pages, written to RESULTS.md beside this file.  ``python -m tests.bench.all [commit]``

It takes some minutes, on a machine that does nothing else.
"""

from __future__ import annotations

import datetime
import os
import platform
import sys
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
import scipy
import torch

from tests.bench import convolution, growth, memory, pages, visitors

PLACE = Path(__file__).with_name("RESULTS.md")
ROOT = Path(__file__).resolve().parents[2]


def commit() -> str:
    """The commit that is checked out, read from the repository's files."""
    folder = ROOT / ".git"
    if folder.is_file():  # a second working tree
        folder = (ROOT / folder.read_text().split(":", 1)[1].strip()).resolve()
    if not (folder / "HEAD").is_file():
        return "unknown"
    head = (folder / "HEAD").read_text().strip()
    if not head.startswith("ref: "):
        return head[:12]
    name, shared = head[5:], folder
    if (folder / "commondir").is_file():
        shared = (folder / (folder / "commondir").read_text().strip()).resolve()
    if (shared / name).is_file():
        return (shared / name).read_text().strip()[:12]
    packed = shared / "packed-refs"
    found = [line.split()[0] for line in packed.read_text().splitlines() if line.endswith(name)] if packed.is_file() else []
    return found[0][:12] if found else "unknown"


def machine() -> str:
    names = [line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {len(os.sched_getaffinity(0))} cores"


def main() -> None:
    given = sys.argv[1] if len(sys.argv) > 1 else commit()
    versions = f"torch {torch.__version__}, OpenCV {cv2.__version__}, SciPy {scipy.__version__}, NumPy {np.__version__}"
    with PLACE.open("w", encoding="utf-8") as page:

        def write(lines: Iterable[str]) -> None:
            for line in lines:
                print(line, flush=True)
                page.write(line + "\n")

        write([f"# Measured on {datetime.date.today()} at {given}", "", f"{machine()}; {versions}.", ""])
        write(["## Beside what a user would call instead", ""])
        write(convolution.lines(list(convolution.CELLS)))
        write(["", "## Growth", ""])
        write(growth.lines())
        write(["![milliseconds against size and taps](growth.svg)", "", "## Memory", ""])
        write(memory.lines())
        write(["", "## Two visitors at once", ""])
        write(visitors.lines())
        write(["", "## What a visitor waits for", ""])
        write(pages.lines())


if __name__ == "__main__":
    main()
