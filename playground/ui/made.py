"""What was a link made with, where that is a file of one's own?  Its name and its size, which fit into an address."""

from __future__ import annotations

import re

from playground.errors import N_, RecipeError
from playground.media.types import Audio, Image
from playground.ops.parameters import shown
from playground.ui.words import _

LONGEST_NAME = 60
_OTHER = re.compile(r"[^A-Za-z0-9.-]+")
_SAID = re.compile(rf"([A-Za-z0-9.-]{{1,{LONGEST_NAME}}})_(?:(\d{{1,6}})x(\d{{1,6}})|(\d{{1,5}}(?:\.\d{{1,2}})?)s)", re.ASCII)


def of(medium: Image | Audio) -> str:
    """A file of one's own as an address says it: of a picture width and height, of a sound its seconds.

    >>> from playground.media.samples import picture
    >>> of(picture("cat"))
    'cat.png_451x300'
    """
    last = re.split(r"[\\/]", medium.name)[-1]  # some browsers say the whole path, which is nobody's business
    name = _OTHER.sub("-", last)[-LONGEST_NAME:].strip("-") or "file"
    if medium.kind == "image":
        height, width = medium.original_size
        return f"{name}_{width}x{height}"
    return f"{name}_{medium.seconds:.2f}".rstrip("0").rstrip(".") + "s"


def checked(text: str) -> str:
    """What an address says of a file, or one sentence.

    >>> checked("photo.jpg_1200x800")
    'photo.jpg_1200x800'
    """
    if not _SAID.fullmatch(text):
        raise RecipeError(N_("made={given} is not understood; it is a file's name and its size, such as {example}"),
                          given=shown(text), example="photo.jpg_1200x800")  # fmt: skip
    return text


def words(text: str) -> str:
    """The same for people.

    >>> words("photo.jpg_1200x800"), words("voice.wav_2.5s")
    ('photo.jpg (1200 × 800)', 'voice.wav (2.5 s)')
    """
    name, width, height, seconds = _SAID.fullmatch(text).groups()
    if seconds:
        return _("{name} ({seconds} s)", name=name, seconds=seconds)
    return _("{name} ({width} × {height})", name=name, width=width, height=height)
