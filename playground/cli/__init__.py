"""What can be asked of the playground in a terminal?  ``python -m playground run``, ``list`` and ``show``.

Results go to standard output, everything else to standard error.  Exit codes: 0, all done; 1, some files failed;
2, the recipe or the command is wrong; 130, stopped by hand.
"""

from __future__ import annotations

import argparse
import glob
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from playground.cli.bar import Bar, plain
from playground.errors import PlaygroundError

DONE, SOME_FAILED, WRONG, STOPPED = 0, 1, 2, 130

RECIPE_HELP = (
    "steps as a link holds them (gaussian.sigma_2~sobel-x), as calls (\"gaussian(sigma=2) | sobel_x\"),"
    " or a file of either (.txt) or of JSON (.json)"
)
KERNEL_HELP = "a file with a kernel that the recipe names by digest: WAV, FLAC, OGG, MP3 or NPY; may be given again"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; None stands for those of the process.

    >>> main(["list", "mono"])
    mono (audio): The mean of all channels of a sound.
    0
    """
    for stream in (sys.stdout, sys.stderr):  # a terminal that cannot show a sign shows its number
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        given = _parser().parse_args(arguments)
    except SystemExit as done:
        return int(done.code or 0)
    try:
        code = given.command(given)
        sys.stdout.flush()
        return code
    except PlaygroundError as error:
        sys.stderr.write(f"{plain(str(error))}\n")
        return WRONG
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        return STOPPED
    except BrokenPipeError:  # whoever read has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence."""

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG, f"{plain(message)}; {self.prog} --help says more\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser("python -m playground", description="Convolution on pictures and sounds.", allow_abbrev=False)
    commands = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    run = commands.add_parser("run", help="run a recipe on files", description="Run a recipe on pictures and sounds.",
                              allow_abbrev=False)  # fmt: skip
    run.set_defaults(command=_run)
    run.add_argument("recipe", metavar="RECIPE", help=RECIPE_HELP)
    run.add_argument("inputs", metavar="INPUT", nargs="+", help="pictures, sounds and arrays, told apart by their content")
    run.add_argument("-o", "--output", metavar="DIR", required=True, help="the folder for the results; made if it is missing")
    run.add_argument("--format", action="append", default=[], metavar="NAME",
                     help="png, jpeg, webp, tiff or npy of pictures (png); wav, float, flac or npy of sounds (wav);"
                          " several joined by commas")  # fmt: skip
    run.add_argument("--kernel", action="append", default=[], metavar="FILE", help=KERNEL_HELP)
    run.add_argument("--force", action="store_true", help="replace results that are there already")
    run.add_argument("--kind", choices=("image", "audio"), help="what an array (NPY) of two axes is")
    run.add_argument("--rate", type=int, metavar="HZ", help="the sample rate of an array that is a sound (44100)")
    run.add_argument("--signed", default="automatic", metavar="MODE",
                     help="how values below 0 look: automatic, two_colours, absolute, offset, stretch or clamp")  # fmt: skip
    run.add_argument("-v", "--verbose", action="store_true", help="say how far it is where there is no terminal, too")

    listing = commands.add_parser("list", help="say what there is: operations, kernels, limits", allow_abbrev=False,
                                  description="Say what a recipe can hold, and what this machine allows.")  # fmt: skip
    listing.set_defaults(command=_list)
    listing.add_argument("name", metavar="NAME", nargs="?", help="an operation or a kernel; without it all of them")

    show = commands.add_parser("show", help="say what a recipe would do", allow_abbrev=False,
                               description="Say what each step makes, costs and sees, without running it.")  # fmt: skip
    show.set_defaults(command=_show)
    show.add_argument("recipe", metavar="RECIPE", help=RECIPE_HELP)
    show.add_argument("--shape", metavar="SHAPE",
                      help="of the input: 3x480x640 (channels, rows, columns) or 2x44100@44100 (channels, samples, Hz)")  # fmt: skip
    show.add_argument("--kernel", action="append", default=[], metavar="FILE", help=KERNEL_HELP)
    return parser


def _run(given: argparse.Namespace) -> int:
    from playground import batch
    from playground.batch import formats

    recipes = batch.read_recipe(given.recipe)
    names, signed = formats.checked(given.format), formats.checked_mode(given.signed)
    kernels = [(batch.read_bytes(file), Path(file).name) for file in given.kernel]
    folder, failed = Path(given.output), False
    batch.open_folder(folder)
    events = batch.run_files(
        recipes, _files(given.inputs), folder, formats=names, force=given.force, kernels=kernels, kind=given.kind,
        rate=given.rate, signed=signed,
    )  # fmt: skip
    with Bar(sys.stderr, verbose=given.verbose) as bar:
        for event in events:
            match event:
                case batch.Started(path, number, count):
                    bar.begin(path.name, number, count)
                case batch.Working(_, done, of):
                    bar.advance(done, of)
                case batch.Finished(path, written, notices):
                    bar.say(*(f"{path}: {said}" for said in notices))
                    sys.stdout.write("".join(f"{plain(str(file))}\n" for file in written))
                    sys.stdout.flush()
                case batch.Failed(path, error):
                    bar.say(f"{path}: {error}")
                    failed = True
    return SOME_FAILED if failed else DONE


def _files(inputs: Sequence[str]) -> list[Path]:
    """The files named; a pattern that the shell left as it is (on Windows all do) stands for what it matches."""
    found: list[Path] = []
    for text in inputs:
        matched = [] if os.path.lexists(text) or "\0" in text else sorted(glob.glob(text))
        found += [Path(name) for name in matched or [text]]
    return found


def _list(given: argparse.Namespace) -> int:
    from playground.cli import listing

    sys.stdout.write(listing.everything() if given.name is None else listing.one(given.name))
    return DONE


def _show(given: argparse.Namespace) -> int:
    from playground import batch
    from playground.cli import layer_table

    kernels = [(batch.read_bytes(file), Path(file).name) for file in given.kernel]
    sys.stdout.write(layer_table.text(batch.read_recipe(given.recipe), given.shape, kernels=kernels))
    return DONE
