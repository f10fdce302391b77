"""How nearly does one kernel do what several do one after the other?  Both are computed, and compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from playground.explain.change import by_side
from playground.explain.compose import Layer, compose
from playground.media.limits import limits
from playground.ops import conv1d, conv2d
from playground.ops.conv import forecast
from playground.ops.lazy import torch
from playground.result import Record

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Comparison:
    """The one kernel, and how far its result is from that of the several.

    ``inside`` is the largest difference where no window of any step reads an invented value, ``interior`` how many
    such results there are along each axis; ``at_the_border`` is that of all the others, None where there are none.
    """

    kernel: Tensor
    padding: object
    scale: float
    interior: tuple[int, ...]
    inside: float | None
    at_the_border: float | None


def compare(x: Tensor, records: Sequence[Record]) -> Comparison | None:
    """Compose the kernels and compute both ways on ``x``; None where the one is beyond the limits.

    Shape: ``x (C, T)`` or ``(C, H, W)``.
    """
    dimensions = len(records[0].axes)
    conv = conv1d if dimensions == 1 else conv2d
    kernel = compose(
        [Layer(r.kernel, r.settings["dilation"], r.settings["flip_kernel"], r.settings.get("groups", 1)) for r in records],
        dimensions=dimensions,
    )  # fmt: skip
    sides = [
        (sum(r.axes[i].before for r in records), sum(r.axes[i].after for r in records)) for i in range(dimensions)
    ]
    padding = _padding(sides, kernel.shape[-dimensions:])
    settings = {"padding": padding} | {name: records[0].settings[name] for name in ("padding_mode", "fill")}
    axes, plan = forecast(tuple(x.shape), kernel, dimensions=dimensions, **settings)
    if plan.working_bytes > limits().run_bytes or plan.multiply_adds > limits().run_multiply_adds:
        return None
    one, several = conv(x, kernel, **settings), x
    for record in records:
        several = conv(several, record.kernel, **record.settings)
    difference = (one - several).abs()
    spans = [slice(axis.before, max(axis.before, axis.length - axis.span + 1 + axis.before)) for axis in axes]
    border = torch.ones_like(difference, dtype=torch.bool)
    border[(..., *spans)] = False
    inner, outer = difference[~border], difference[border]
    return Comparison(
        kernel, padding, records[-1].scale, tuple(span.stop - span.start for span in spans),
        float(inner.max()) if inner.numel() else None, float(outer.max()) if outer.numel() else None,
    )  # fmt: skip


def _padding(sides: Sequence[tuple[int, int]], taps: Sequence[int]) -> object:
    """The padding of all steps together, as a word where one says the same.

    >>> _padding([(2, 2), (2, 2)], (5, 5)), _padding([(1, 1), (1, 1)], (5, 5)), _padding([(3, 0)], (4,))
    ('same', 1, (3, 0))
    """
    reaches = [k - 1 for k in taps]
    words = {
        "same": [(reach // 2, reach - reach // 2) for reach in reaches],
        "valid": [(0, 0) for _ in reaches],
        "full": [(reach, reach) for reach in reaches],
    }
    return next((word for word, said in words.items() if said == list(sides)), by_side(sides))
