"""What if every value were a little off?  Noise that can be drawn again: the same seed, the same numbers.

The numbers come from the raw bits of NumPy's PCG64, whose stream NumPy's policy fixes (NEP 19), and from
formulas written here: neither NumPy's distributions nor torch's generators, which may change.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np

from playground.errors import N_, GeometryError
from playground.ops import geometry, tensors
from playground.ops.lazy import torch
from playground.ops.parameters import Integer, Real, shown
from playground.ops.registry import op

if TYPE_CHECKING:
    from torch import Tensor

BLOCK = 1 << 20
"""Numbers drawn in one go; even, as they come in pairs."""
WORK = 40
"""Multiply-adds that one number costs."""


def _price(shape: tuple[int, ...], output: tuple[int, ...], **_: object) -> tuple[int, int]:
    """The noise and the result, and a block of bits, of two uniform numbers and of what is made of them."""
    samples = math.prod(output)
    return 8 * samples + 48 * min(samples, BLOCK), WORK * samples


@op(price=_price)
def noise(
    x: Tensor,
    *,
    amount: Annotated[float, Real(0, 10, 0.01)] = 0.1,
    distribution: Literal["normal", "uniform"] = "normal",
    seed: Annotated[int, Integer(0, 9999)] = 0,
) -> Tensor:
    """Add a number of its own to every value; the same ``seed`` always adds the same ones.

    Shape: ``(...) -> (...)``.  "normal": of mean 0 and standard deviation ``amount``, by Box-Muller.
    "uniform": in ``[-amount, amount)``, of standard deviation ``amount / sqrt(3)``.  ``amount`` is in units of
    the values, and nothing is clipped.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError for an ``amount`` or ``seed``
    below 0.

    Source: O'Neill (2014), PCG: A family of simple fast space-efficient statistically good algorithms for
    random number generation; Box & Muller (1958), A note on the generation of random normal deviates.

    >>> import torch
    >>> noise(torch.zeros(4), amount=1, distribution="uniform")
    tensor([ 0.2739, -0.4604, -0.9181, -0.9669])
    """
    tensors.check(x, "x")
    if not 0 <= amount < math.inf:
        raise GeometryError(N_("amount={given} has no meaning; it must be at least 0"), given=f"{amount:g}")
    if geometry.whole(seed, "seed") < 0:
        raise GeometryError(N_("seed={given} has no meaning; it must be at least 0"), given=shown(seed))
    if distribution not in ("normal", "uniform"):
        raise GeometryError(N_("distribution={given!r} is not known; choose one of: {choices}"),
                            given=distribution, choices="normal, uniform")  # fmt: skip
    made, generator = torch.empty(x.numel(), dtype=x.dtype), np.random.PCG64(seed)
    for start in range(0, x.numel(), BLOCK):
        part = made[start : start + BLOCK]
        numbers = _numbers(generator, len(part), distribution)
        part.copy_(torch.from_numpy(amount * numbers))
    return x + made.reshape(x.shape).to(x.device)


def _numbers(generator: np.random.PCG64, count: int, distribution: str) -> np.ndarray:
    """``count`` numbers in float64: in [-1, 1), or of mean 0 and standard deviation 1.

    Uniform ones have 53 random bits.  Normal ones are the two coordinates of a point whose angle is
    uniform and whose squared distance is exponential; its logarithm is of a number above 0.
    """
    bits = generator.random_raw(count + count % 2) >> np.uint64(11)
    if distribution == "uniform":
        return bits[:count] * 2.0**-52 - 1
    distance = np.sqrt(-2 * np.log((bits[0::2] + np.uint64(1)) * 2.0**-53))
    angle = bits[1::2] * (2.0**-53 * 2 * math.pi)
    return np.stack([distance * np.cos(angle), distance * np.sin(angle)], axis=1).reshape(-1)[:count]
