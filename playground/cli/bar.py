"""How far is it?  One line that a terminal draws over and over; elsewhere it is silent unless asked to speak."""

from __future__ import annotations

import shutil
from types import TracebackType
from typing import Self, TextIO

WIDTH = 24
"""Characters of the bar itself."""
PARTS = 10
"""Lines for one file at most, where lines cannot be drawn over."""


class Bar:
    """A bar over all files on ``stream``; a context, after which its line is empty."""

    def __init__(self, stream: TextIO, *, verbose: bool = False) -> None:
        self._stream, self._live, self._verbose = stream, stream.isatty(), verbose
        self._file, self._number, self._count, self._part, self._drawn = "", 0, 1, 0, 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._clear()

    def begin(self, file: str, number: int, count: int) -> None:
        """File ``number`` of ``count`` has its turn."""
        self._file, self._number, self._count, self._part = plain(file), number, count, 0
        self._show(0.0, f"{number}/{count} {self._file}")

    def advance(self, done: int, of: int) -> None:
        """So much of the file is done, where it can be told."""
        text = f"{self._number}/{self._count} {self._file}, {done} of {of} iterations"
        if self._live or done * PARTS // of > self._part:
            self._part = done * PARTS // of
            self._show(done / of, text)

    def say(self, *lines: str) -> None:
        """Lines that stay."""
        self._clear()
        self._stream.write("".join(f"{plain(line)}\n" for line in lines))
        self._stream.flush()

    def _show(self, share: float, text: str) -> None:
        if self._live:
            full = round(WIDTH * (self._number - 1 + share) / self._count)
            line = f"[{'#' * full}{'-' * (WIDTH - full)}] {text}"[: shutil.get_terminal_size().columns - 1]
            self._clear()
            self._stream.write(line)
            self._drawn = len(line)
        elif self._verbose:
            self._stream.write(f"{text}\n")
        self._stream.flush()

    def _clear(self) -> None:
        if self._drawn:
            self._stream.write(f"\r{' ' * self._drawn}\r")
            self._drawn = 0


def plain(text: str) -> str:
    """A text in one line that moves no cursor: names of files may hold anything.

    >>> plain("two\\nlines")
    'two\\\\nlines'
    """
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
