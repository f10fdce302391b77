"""What was named on the command line?  A recipe as text or file, pictures and sounds by their content."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from playground.errors import N_, MediaError, Notice, RecipeError, notice
from playground.media.array_file import read_header
from playground.media.audio_file import DEFAULT_RATE, load_audio
from playground.media.content import PICTURES, SOUNDS, kind_of
from playground.media.image_file import load_image
from playground.media.limits import limits
from playground.media.types import Audio, Image
from playground.recipe import json_file
from playground.recipe.model import Recipe
from playground.recipe.text import from_text

KINDS = ("image", "audio")
"""What a file can hold."""
RECIPE_FILES = (".json", ".txt")
MOST_RECIPE_BYTES = 1 << 20


# --- the recipe ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Recipes:
    """One recipe as it is for each kind of medium that it is possible for; ``why_not`` has the other kinds."""

    possible: dict[str, Recipe]
    why_not: dict[str, RecipeError]

    def of(self, kind: str) -> Recipe:
        """The recipe for a medium of ``kind``, or why there is none."""
        if kind in self.why_not:
            raise self.why_not[kind]
        return self.possible[kind]

    @property
    def last(self) -> str:
        """The name of the last step; "" where there is none."""
        steps = next(iter(self.possible.values())).steps
        return steps[-1].name if steps else ""


def read_recipe(given: str) -> Recipes:
    """The recipe in a text, in either form, or in the file that ``given`` names by its ending.

    Errors: RecipeError where it is possible for no kind of file.

    >>> read_recipe("grey~sobel-x").possible.keys()
    dict_keys(['image'])
    >>> read_recipe("gaussian(sigma=2)").possible.keys()
    dict_keys(['image', 'audio'])
    """
    if given.lower().endswith(RECIPE_FILES):
        data = _recipe_bytes(Path(given))
        if given.lower().endswith(".json"):
            return _for_one_kind(*json_file.from_json(data))
        given = _decoded(data, given)
    possible, why_not = {}, {}
    for kind in KINDS:
        try:
            possible[kind] = from_text(given, kind)
        except RecipeError as error:
            why_not[kind] = error
    if not possible:  # a name that is not for this medium says less than what is wrong for the other one
        raise min(why_not.values(), key=lambda error: "media" in error.values)
    return Recipes(possible, why_not)


def _for_one_kind(recipe: Recipe, kind: str) -> Recipes:
    why_not = {
        other: RecipeError(N_("the recipe is for the medium {wanted}, as its file says; this is of the medium {given}"),
                           wanted=kind, given=other)
        for other in KINDS if other != kind
    }  # fmt: skip
    if kind not in KINDS:
        raise RecipeError(N_("the recipe is for the medium {wanted}, which no file holds; begin one for audio with stft"),
                          wanted=kind)  # fmt: skip
    return Recipes({kind: recipe}, why_not)


def _recipe_bytes(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_RECIPE_BYTES)
    except (OSError, ValueError) as cause:
        raise RecipeError(N_("the recipe {file} cannot be read: {reason}"),
                          file=path.name, reason=reason(cause)) from cause  # fmt: skip


def _decoded(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as cause:
        raise RecipeError(N_("the recipe {file} is not text in UTF-8"), file=Path(name).name) from cause


# --- one file ------------------------------------------------------------------------------------


def load(path: str | Path, *, kind: str | None = None, rate: int | None = None) -> Image | Audio:
    """The picture or sound in a file, by its content and not by its name.

    An array (NPY) of one axis is a sound and one of three a picture; one of two is of ``kind`` "image" or "audio",
    None standing for a picture, and so is what can be neither.  ``rate`` (Hz) is that of an array's sound.

    Errors: MediaError for what cannot be read or is too large.
    """
    data = read_bytes(path)
    name, content, axes = Path(path).name, kind_of(data), 0
    if content == "npy":
        axes = len(read_header(data)[0])
        kind = {1: "audio", 3: "image"}.get(axes, kind)
    elif content in SOUNDS or content in PICTURES:
        kind = "audio" if content in SOUNDS else "image"
    medium = load_audio(data, name, rate=rate) if kind == "audio" else load_image(data, name)
    said = _taken_for(medium.kind, axes, kind, rate) if content == "npy" else ()
    return replace(medium, notices=(*medium.notices, *said))


def _taken_for(found: str, axes: int, kind: str | None, rate: int | None) -> tuple[Notice, ...]:
    """What an array does not say and was taken for granted."""
    if found == "audio":
        text = N_("an array has no sample rate, taken as {rate} Hz; --rate says another")
        return () if rate else (notice(text, rate=DEFAULT_RATE),)
    if kind is None and axes == 2:
        return (notice(N_("an array of two axes, taken as a picture; --kind audio takes it as a sound")),)
    return ()


def read_bytes(path: str | Path) -> bytes:
    """The bytes of a file, if it is one and not larger than is accepted.

    Errors: MediaError that says why not.
    """
    path, most = Path(path), limits().file_bytes
    try:
        if path.is_dir():
            raise MediaError(N_("this is a folder; name the files in it, such as {example}"), example=f"{path.name}/*.png")
        if path.exists() and not path.is_file():
            raise MediaError(N_("this is not a file but a device or a pipe; name a file"))
        if (size := path.stat().st_size) > most:
            raise MediaError(N_("this file has {given:,} bytes; at most {limit:,} are accepted"), given=size, limit=most)
        return path.read_bytes()
    except (OSError, ValueError) as cause:  # ValueError: a name with a zero byte in it
        raise MediaError(N_("it cannot be read: {reason}"), reason=reason(cause)) from cause


def reason(cause: Exception) -> str:
    """What the system says is in the way, for the end of a sentence.

    >>> reason(FileNotFoundError(2, "No such file or directory"))
    'no such file or directory'
    """
    text = (cause.strerror if isinstance(cause, OSError) else None) or str(cause)
    return text[:1].lower() + text[1:]
