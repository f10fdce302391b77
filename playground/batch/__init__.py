"""What does a recipe make of many files?  One at a time, so that a thousand need no more memory than one.

A file that fails does not stop the others.  Nothing is overwritten unless asked for, and no input ever is.
``given`` reads what was named, ``formats`` writes what came out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from playground import engine, kernel_file
from playground.batch.formats import ENDINGS, encoded, fitting
from playground.batch.given import Recipes, load, read_bytes, read_recipe, reason
from playground.errors import N_, MediaError, Notice, PlaygroundError
from playground.media.save import file_stem
from playground.recipe.check import kind_after
from playground.recipe.model import Recipe
from playground.result import Result

__all__ = [
    "Event", "Failed", "Finished", "Started", "Working", "load", "open_folder", "read_bytes", "read_recipe",
    "run_files", "stems",
]  # fmt: skip


@dataclass(frozen=True)
class Started:
    """File ``number`` of ``count`` is being worked on."""

    path: Path
    number: int
    count: int


@dataclass(frozen=True)
class Working:
    """A step of the file under way has done ``done`` of ``of`` iterations."""

    path: Path
    done: int
    of: int


@dataclass(frozen=True)
class Finished:
    """A file is done: what was written, and what must not stay silent."""

    path: Path
    written: tuple[Path, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True)
class Failed:
    """A file cannot be used; the others go on."""

    path: Path
    error: PlaygroundError


Event = Started | Working | Finished | Failed


def run_files(
    recipes: Recipes,
    paths: Sequence[Path],
    folder: Path,
    *,
    formats: Sequence[str] = (),
    force: bool = False,
    kernels: Sequence[tuple[bytes, str]] = (),
    kind: str | None = None,
    rate: int | None = None,
    signed: str = "automatic",
) -> Iterator[Event]:
    """Run a recipe on files and write the results into ``folder``; tells as it goes.

    ``formats`` are names of ``formats.ENDINGS``, those that fit each result are written; none stands for PNG or WAV.
    ``kernels`` are files, bytes and name, for the kernels that the recipe does not hold.  ``kind`` and ``rate`` are
    those of arrays, as in ``load``; ``signed`` says how values below 0 look, as in ``view.pixels``.
    """
    paths = [Path(path) for path in paths]
    inputs = {identity for path in paths if (identity := _identity(path))}
    if kind is None and len(recipes.possible) == 1:
        (kind,) = recipes.possible
    for number, (path, stem) in enumerate(zip(paths, stems(paths, recipes.last), strict=True), start=1):
        yield Started(path, number, len(paths))
        try:
            medium = load(path, kind=kind, rate=rate)
            recipe = recipes.of(medium.kind)
            chosen = fitting(formats, _made(recipe, medium.kind))
            targets = [folder / f"{stem}.{ENDINGS[name]}" for name in chosen]
            _refuse_overwriting(targets, inputs, force=force)
            loaded = kernel_file.find(recipe, kernels, rate=getattr(medium, "rate", None))
            for stage in engine.stages(recipe, medium, kernels=loaded):
                if not isinstance(stage, Result):
                    yield Working(path, stage.iteration, stage.iterations)
            notices = [*medium.notices, *stage.notices]
            for name, target in zip(chosen, targets, strict=True):
                data, said = encoded(stage, name, signed=signed)
                notices += [one for one in said if one not in notices]
                _write(target, data, force=force)
                del data
        except PlaygroundError as error:
            yield Failed(path, error)
        except (MemoryError, RuntimeError) as cause:  # torch says it as a RuntimeError
            if not isinstance(cause, MemoryError) and "allocate memory" not in str(cause):
                raise
            yield Failed(path, MediaError(N_("there is not enough memory for this file; make it smaller")))
        else:
            yield Finished(path, tuple(targets), tuple(notices))
        medium = stage = loaded = None  # one file at a time


def stems(paths: Sequence[Path], last: str) -> list[str]:
    """The name of each result without its ending; equal ones are numbered in the order of the files.

    >>> stems([Path("a/x.png"), Path("b/x.png"), Path("b/X.png")], "sobel_x")
    ['x-sobel_x', 'x-sobel_x-2', 'X-sobel_x-3']
    """
    taken: set[str] = set()
    found = []
    for path in paths:
        plain = file_stem(path.name, otherwise="file") + (f"-{last}" if last else "")
        stem, number = plain, 1
        while stem.casefold() in taken:  # also where upper and lower case are one
            number += 1
            stem = f"{plain}-{number}"
        taken.add(stem.casefold())
        found.append(stem)
    return found


def open_folder(folder: Path) -> None:
    """Make the folder for the results where it is missing.

    Errors: MediaError where that is not possible or nothing can be written into it.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as cause:
        raise MediaError(N_("the folder {folder} cannot be made: {reason}"), folder=str(folder), reason=reason(cause)) from cause
    if not os.access(folder, os.W_OK | os.X_OK):
        raise MediaError(N_("nothing can be written into the folder {folder}; choose another"), folder=str(folder))


def _made(recipe: Recipe, kind: str) -> str:
    for step in recipe.steps:
        kind = kind_after(step.name, kind)
    return kind


def _refuse_overwriting(targets: Sequence[Path], inputs: set[tuple[int, int]], *, force: bool) -> None:
    for target in targets:
        if _identity(target) in inputs:
            raise MediaError(N_("{file} is one of the inputs, which are never overwritten; choose another folder"),
                             file=str(target))  # fmt: skip
        if not force and (target.exists() or target.is_symlink()):
            raise MediaError(N_("{file} is there already; --force replaces it"), file=str(target))


def _identity(path: Path) -> tuple[int, int] | None:
    """The file itself, by whatever name; None where there is none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return None
    return found.st_dev, found.st_ino


def _write(path: Path, data: bytes, *, force: bool) -> None:
    """Write a file whole or not at all."""
    try:
        with path.open("wb" if force else "xb") as file:
            try:
                file.write(data)
                file.flush()
            except BaseException:  # also where it is stopped by hand: half a file is worse than none
                path.unlink(missing_ok=True)
                raise
    except FileExistsError as cause:
        raise MediaError(N_("{file} is there already; --force replaces it"), file=str(path)) from cause
    except OSError as cause:
        raise MediaError(N_("{file} cannot be written: {reason}"), file=str(path), reason=reason(cause)) from cause
