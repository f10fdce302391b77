"""How is text set into a picture?  In OpenCV's own fonts, which have × − → and Chinese, measured before it is drawn.

Bold text is in "sans" (Rubik), whose brackets stand too far apart for code; all other text is in "uni", whose
fractions are broken and whose quotes are as wide as Chinese characters: those are written otherwise.
"""

from __future__ import annotations

import re

import numpy as np

from playground.ops.lazy import cv2

_REGULAR, _BOLD = ("uni", 400), ("sans", 650)
_IN_REGULAR = str.maketrans({"½": "1/2", "¼": "1/4", "¾": "3/4", "…": "...", "“": '"', "”": '"', "‘": "'", "’": "'"})
MOST_CHARACTERS = 400
"""Of one text; what follows is not looked at."""
_WIDE = re.compile(r"[^\u2e80-\u9fff\uff00-\uffef\s]+\s*|[\u2e80-\u9fff\uff00-\uffef]\s*")
"""What stays together on a line: a word, or one Chinese character."""


class Lettering:
    """A font for one picture; colours are red, green and blue, places in pixels.

    >>> letters = Lettering()
    >>> letters.width("3 × 3", 20) < letters.width("300 × 451", 20)
    True
    """

    def __init__(self) -> None:
        self._fonts = {name: cv2.FontFace(name) for name, _weight in (_REGULAR, _BOLD)}

    def width(self, text: str, size: int, *, bold: bool = False) -> int:
        """Pixels from the beginning of a text to its end."""
        if not printable(text):
            return 0
        name, weight = _BOLD if bold else _REGULAR
        box = cv2.getTextSize((4096, 4096), _drawn(text, bold=bold), (0, size), self._fonts[name], size, weight)
        return int(box[0] + box[2])

    def write(
        self, sheet: np.ndarray, text: str, place: tuple[int, int], *,
        size: int, colour: tuple[int, int, int], bold: bool = False, align: float = 0.0,
    ) -> None:  # fmt: skip
        """Draw one line with its baseline at ``place`` (x, y), which is its left end, or its right with align 1."""
        x = place[0] - round(align * self.width(text, size, bold=bold)) if align else place[0]
        if not printable(text):
            return
        name, weight = _BOLD if bold else _REGULAR
        cv2.putText(sheet, _drawn(text, bold=bold), (x, place[1]), colour, self._fonts[name], size, weight)

    def lines(self, text: str, width: int, *, size: int, most: int, bold: bool = False) -> list[str]:
        """The text broken into at most ``most`` lines of ``width`` pixels; what is left over ends in an ellipsis."""
        words, lines = _WIDE.findall(printable(text)), []
        while words and len(lines) < most:
            taken = self._fitting(words, width, size, bold)
            if not taken:  # a word longer than a line is broken where the line ends
                words[:1] = self._broken(words[0], width, size, bold)
                taken = 1
            lines.append("".join(words[:taken]).rstrip())
            words = words[taken:]
        if words:
            lines[-1] = self.shortened(lines[-1] + " " + "".join(words), width, size=size, bold=bold)
        return lines

    def shortened(self, text: str, width: int, *, size: int, bold: bool = False) -> str:
        """The text, or as much of its beginning as fits with an ellipsis."""
        text = printable(text)
        if self.width(text, size, bold=bold) <= width:
            return text
        low, high = 0, len(text)
        while low < high:  # the longest beginning that fits, by halves
            middle = (low + high + 1) // 2
            fits = self.width(text[:middle].rstrip() + "…", size, bold=bold) <= width
            low, high = (middle, high) if fits else (low, middle - 1)
        return text[:low].rstrip() + "…"

    def _fitting(self, words: list[str], width: int, size: int, bold: bool) -> int:
        taken = 0
        while taken < len(words):
            line = "".join(words[: taken + 1]).rstrip()
            if self.width(line, size, bold=bold) > width:
                break
            taken += 1
        return taken

    def _broken(self, word: str, width: int, size: int, bold: bool) -> list[str]:
        count = max(1, len(word) * width // max(1, self.width(word, size, bold=bold)))
        while count > 1 and self.width(word[:count], size, bold=bold) > width:
            count -= 1
        return [word[:count], word[count:]] if word[count:] else [word]


def _drawn(text: str, *, bold: bool) -> str:
    """What OpenCV is given: half of a surrogate pair would end the whole program."""
    text = printable(text)
    return text if bold else text.translate(_IN_REGULAR)


def printable(text: str) -> str:
    """One line of characters that can be drawn, no longer than MOST_CHARACTERS.

    >>> printable("two\\nlines\\x00")
    'two lines'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text[:MOST_CHARACTERS]).split())
