"""Which program leaves with a result?  Its plan and its numbers, handed to ``recipe.code``."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from playground.engine.plan import plan_ahead
from playground.recipe.check import check
from playground.recipe.code import Expected, program
from playground.recipe.code_draft import Flavour
from playground.result import Result

if TYPE_CHECKING:
    from torch import Tensor

    from playground.media.types import Audio, Image

PLACES = 64
"""Values of a result that a program compares."""


def export(
    result: Result, medium: Image | Audio, *, kernels: Mapping[str, Tensor] = {}, flavour: Flavour = "torch"
) -> str:
    """The source of a program that computes ``result`` from ``medium``'s file and compares.

    ``kernels`` as in ``engine.run``: a program reads each that its recipe names by a digest from an NPY file.

    >>> from playground.engine import run
    >>> from playground.media.samples import picture
    >>> from playground.recipe.text import from_text
    >>> medium = picture("cat")
    >>> "F.conv2d" in export(run(from_text("sobel-x", "image"), medium), medium)
    True
    """
    recipe = check(result.recipe, medium.kind)
    rate = None if medium.kind == "image" else Fraction(medium.rate)
    shape = tuple(medium.values.shape)
    plan = plan_ahead(recipe, shape, medium.kind, rate=rate, kernels=kernels)
    return program(
        recipe, plan, expected(result), kind=medium.kind, medium_shape=shape, rate=rate,
        transparent=getattr(medium, "alpha", None) is not None, flavour=flavour,
    )  # fmt: skip


def expected(result: Result) -> Expected:
    """The numbers of a result that a program must find: its range, its mean and up to 64 of its values.

    >>> import torch
    >>> from playground.recipe.model import Recipe
    >>> expected(Result(Recipe(), torch.tensor([[0.0, 1.0]]), (), 0.0, 1.0)).values
    (0.0, 1.0)
    """
    y = np.ascontiguousarray(result.output.detach().cpu().numpy()).ravel()
    places = np.unique(np.random.RandomState(0).randint(0, y.size, PLACES))
    if y.size <= PLACES:
        places = np.arange(y.size)
    return Expected(
        shape=tuple(result.output.shape),
        dtype=str(y.dtype),
        minimum=float(y.min()),
        maximum=float(y.max()),
        mean=float(y.mean(dtype=np.float64)),
        indices=tuple(int(i) for i in places),
        values=tuple(float(v) for v in y[places]),
        scale=float(result.scale),
    )
