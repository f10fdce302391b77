"""Which program computes the same without us?  Plain torch, or NumPy and SciPy, as a good teacher writes it.

``python program.py INPUT [OUTPUT]`` reads a file, computes the steps, compares the result with numbers that
the playground computed, says that it agrees, and writes the output.  The recipe passes the gate first, and
nothing from outside enters the text: names of the registries, words of their choices, and numbers.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from types import MappingProxyType

from playground.errors import N_, RecipeError
from playground.ops.parameters import shown
from playground.recipe import code_bands, code_conv, code_points, code_spectrum, code_windows
from playground.recipe.check import check
from playground.recipe.code_draft import Draft, Flavour, Planned, numbers
from playground.recipe.code_frame import Expected, checking, main, reading, writing
from playground.recipe.code_functions import FUNCTIONS
from playground.recipe.code_sound_functions import SOUND_FUNCTIONS
from playground.recipe.code_tolerance import tolerance
from playground.recipe.code_words import heading
from playground.recipe.model import Recipe

__all__ = ["EMITTERS", "FLAVOURS", "Expected", "program"]

FLAVOURS: tuple[Flavour, ...] = ("torch", "numpy")

EMITTERS: Mapping[str, Callable[[Draft, Planned], None]] = MappingProxyType(
    {
        **code_conv.EMITTERS, **code_points.EMITTERS, **code_windows.EMITTERS, **code_spectrum.EMITTERS,
        **code_bands.EMITTERS,
    }
)  # fmt: skip
"""What writes each step, by the name of its operation or kernel; in both flavours."""

SOURCES = {**SOUND_FUNCTIONS, **FUNCTIONS}

STANDARD = {
    "argparse": "import argparse", "base64": "import base64", "math": "import math", "zlib": "import zlib",
    "Path": "from pathlib import Path",
}  # fmt: skip
OTHERS = {
    "np": "import numpy as np", "soundfile": "import soundfile", "torch": "import torch",
    "F": "import torch.nn.functional as F",
    "sliding_window_view": "from numpy.lib.stride_tricks import sliding_window_view",
    "Image": "from PIL import Image, ImageOps", "ndimage": "from scipy import ndimage", "signal": "from scipy import signal",
}  # fmt: skip
"""What a program imports for the names that it uses."""


def program(
    recipe: Recipe,
    plan: Sequence[Planned],
    expected: Expected,
    *,
    kind: str,
    medium_shape: tuple[int, ...],
    rate: Fraction | None = None,
    transparent: bool = False,
    flavour: Flavour = "torch",
) -> str:
    """The source of a program that computes ``recipe`` and compares its result with ``expected``.

    ``plan`` is what ``engine.plan_ahead`` says of the recipe on a medium of ``kind`` and ``medium_shape``, of
    ``rate`` samples a second; ``transparent`` is whether the picture has transparent pixels.  "torch" needs
    torch, "numpy" NumPy and SciPy; both Pillow for pictures and soundfile for sounds.

    Errors: RecipeError for what the gate refuses, a plan of another recipe and an unknown flavour.

    >>> facts = Expected((1, 2, 2), "float32", 0.0, 1.0, 0.5, (0,), (0.0,), 1.0)
    >>> compile(program(Recipe(), (), facts, kind="image", medium_shape=(1, 2, 2)), "program.py", "exec").co_name
    '<module>'
    """
    if flavour not in FLAVOURS:
        raise RecipeError(N_("flavour={given} is not known; choose one of: {choices}"),
                          given=shown(flavour), choices=", ".join(sorted(FLAVOURS)))  # fmt: skip
    if expected.dtype not in ("float32", "float64"):
        raise RecipeError(N_("dtype={given} is not known; choose one of: {choices}"),
                          given=shown(expected.dtype), choices="float32, float64")  # fmt: skip
    recipe = check(recipe, kind)
    if recipe.steps != tuple(planned.step for planned in plan):
        raise RecipeError(N_("the plan is one of another recipe; plan this one"))
    draft = _steps(plan, flavour, medium_shape)
    last = plan[-1] if plan else None
    made, spectrum = (last.made, last.spectrum) if last else (kind, None)
    out_rate = (last.rate if last else rate) if made == "audio" else None
    allowed, reason = tolerance(plan)
    constants, checks = checking(expected, flavour, kind=kind, tolerance=allowed, reason=reason)
    compute = _compute(draft, medium_shape, expected.shape)
    functions = _called(compute, flavour)
    read = reading(
        kind,
        rate=None if rate is None else int(rate),
        on_white=transparent and _changes_size(plan, medium_shape),
    )
    write = writing(
        made,
        expected,
        rate=None if out_rate is None else max(1, round(out_rate)),
        unit=spectrum.unit if spectrum else "",
    )
    begin = main(flavour, medium_shape, kind=kind, kernel_files=len(draft.files))
    names = set().union(*(_names(block) for block in (*functions, compute, read, checks, write, begin)))
    blocks = [*functions, compute, read, *draft.constants, f"{constants}\n\n{checks}", write, begin]
    text = "\n\n\n".join(block.strip("\n") for block in blocks)
    return f"{_opening(names, flavour, kind, len(draft.files))}\n\n{text}\n"


def _steps(plan: Sequence[Planned], flavour: Flavour, shape: tuple[int, ...]) -> Draft:
    inverses = {"istft", "griffin_lim"}
    draft = Draft(flavour, shape=shape)
    for i, planned in enumerate(plan):
        draft.original = any(
            later.step.name in inverses and later.settings.get("start", "original") == "original"
            for later in plan[i:]
        )
        if i:
            draft.add("")
        draft.remark(heading(planned.step, planned.kind, i + 1))
        EMITTERS[planned.step.name](draft, planned)
        draft.shape, draft.before = tuple(planned.output_shape), planned.spectrum
    return draft


def _compute(draft: Draft, before: tuple[int, ...], after: tuple[int, ...]) -> str:
    arguments = "x, kernels" if draft.files else "x"
    returned = "x" if draft.flavour == "torch" else "np.asarray(x, np.float32)"
    lines = [f"    {line}" if line else "" for line in [*draft.lines, f"return {returned}"]]
    text = "\n".join(lines).replace("\n\n\n", "\n\n")
    shapes = f"{numbers(before)} -> {numbers(after)}"
    return f'def compute({arguments}):\n    """The steps, in their order."""\n    # {shapes}\n{text}'


def _called(text: str, flavour: Flavour) -> list[str]:
    """The functions that the steps call, and those that these call, in the order of their tables."""
    found, used = set(), _names(text)
    while new := {name for name in used if name in SOURCES and flavour in SOURCES[name]} - found:
        found |= new
        used = frozenset().union(*(_names(SOURCES[name][flavour]) for name in new))
    return [SOURCES[name][flavour] for name in SOURCES if name in found]


@functools.lru_cache(maxsize=128)
def _names(text: str) -> frozenset[str]:
    """Every name that a piece of a program reads or calls."""
    return frozenset(node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name))


def _changes_size(plan: Sequence[Planned], shape: tuple[int, ...]) -> bool:
    """Whether transparent pixels are put on white first, as the engine does."""
    cut = any(
        planned.step.name == "crop2d" and planned.output_shape != planned.input_shape for planned in plan
    )
    return bool(plan) and (cut or tuple(plan[-1].output_shape[1:]) != tuple(shape[1:]))


NEEDS = {
    ("torch", "image"): "torch, NumPy and Pillow", ("numpy", "image"): "NumPy, SciPy and Pillow",
    ("torch", "audio"): "torch, NumPy and soundfile", ("numpy", "audio"): "NumPy, SciPy and soundfile",
}  # fmt: skip

OPENING = '''"""A recipe of the convolution playground as a program that stands alone.

    python program.py INPUT [OUTPUT]{option}

INPUT is {medium}, or its values as NPY.  Needs {needs}.
The result is compared with numbers that the playground computed.
"""

{imports}
'''


def _opening(names: set[str], flavour: Flavour, kind: str, files: int) -> str:
    used = [
        sorted((line for name, line in table.items() if name in names), key=_order)
        for table in (STANDARD, OTHERS)
    ]
    lines = "\n\n".join("\n".join(part) for part in used)
    if names >= {"ndimage", "signal"}:
        lines = lines.replace("ndimage\nfrom scipy import signal", "ndimage, signal")
    if "ImageOps" not in names:
        lines = lines.replace(", ImageOps", "")
    option = " --kernel KERNEL.npy" + " KERNEL.npy" * (files - 1) if files else ""
    return OPENING.format(
        option=option, medium="a sound" if kind == "audio" else "a picture", needs=NEEDS[flavour, kind],
        imports=lines,
    )  # fmt: skip


def _order(line: str) -> tuple[bool, str]:
    return line.startswith("from "), line.lower()
