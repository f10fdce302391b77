"""What lies between two samples?  The nearest one, a straight line, or the smooth wave through all of them.

A stride of 1/2 leaves that open and puts a zero between two samples; here is what fills the gaps.  With
``scale`` times as many samples along an axis, result ``j`` of ``ceil(n scale)`` lies at ``j / scale`` of the
input's: sample 0 stays at 0, as at every stride, and 1/2 keeps every second place.  (PyTorch's
``interpolate`` counts pixels as areas instead and moves their middles, except with ``align_corners``.)
Beyond the last sample "nearest" and "linear" stay at its value.

"sinc" is the band-limited signal through the samples, by ``resample``; with fewer samples than before it
first takes out what they cannot hold, where the other two let it fold back.  Beyond its ends a sound is
silent; a picture continues by its mirror image.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Literal

from playground.errors import N_, GeometryError
from playground.ops import geometry, tensors
from playground.ops.lazy import torch
from playground.ops.padding import extend
from playground.ops.parameters import Pair, Stride, shown
from playground.ops.registry import op
from playground.ops.resample import HALF_WIDTH, resample

if TYPE_CHECKING:
    from torch import Tensor

Interpolation = Literal["nearest", "linear", "sinc"]
MAX_SCALE = 16
"""What links, pages, files and the command line may ask for; a direct call may ask for more."""


def _scales(scale: object, dimensions: int) -> tuple[Fraction, ...]:
    found = geometry.per_axis(scale, dimensions, "scale")
    for part in found:
        if type(part) not in (int, Fraction):
            raise TypeError(f"scale={part!r} is a {type(part).__name__}; expected an int or a Fraction such as 1/2")
        if part <= 0:
            raise GeometryError(N_("scale={given} has no meaning; it must be above 0"), given=shown(part))
    return tuple(Fraction(part) for part in found)


def _reach(scale: Fraction) -> int:
    """Samples that a result of "sinc" reads to each side."""
    return math.ceil(HALF_WIDTH / min(1, scale))


def _shape(dimensions: int) -> Callable[..., tuple[int, ...]]:
    return lambda shape, *, scale=2, **_: (
        *shape[:-dimensions],
        *(math.ceil(n * s) for n, s in zip(shape[-dimensions:], _scales(scale, dimensions), strict=True)),
    )


def _places(dimensions: int) -> Callable[..., tuple[tuple[Fraction, Fraction], ...]]:
    return lambda shape, *, scale=2, **_: tuple((1 / part, Fraction(0)) for part in _scales(scale, dimensions))


def _price(dimensions: int) -> Callable[..., tuple[int, int]]:
    def price(
        shape: tuple[int, ...], output: tuple[int, ...], *, scale: object, interpolation: str
    ) -> tuple[int, int]:
        between = list(shape)
        numbers, adds = 0, 0
        for dim, part in zip(range(-1, -dimensions - 1, -1), reversed(_scales(scale, dimensions)), strict=True):
            before, between[dim] = math.prod(between), output[dim]
            after, taps = math.prod(between), 2
            if interpolation == "sinc":
                taps = 4 * _reach(part)  # a block's kernel is up to twice as long as one result's taps
                before += before // shape[dim] * 2 * (_reach(part) + MAX_SCALE)
            numbers, adds = max(numbers, 3 * before + 4 * after), adds + after * taps
        return 4 * numbers, adds

    return price


@op(media=("audio",), shape=_shape(1), price=_price(1), places=_places(1))
def interpolate1d(
    x: Tensor,
    *,
    scale: Annotated[int | Fraction, Stride(MAX_SCALE)] = 2,
    interpolation: Interpolation = "linear",
) -> Tensor:
    """``scale`` times as many samples of a sound; those at the old places keep their values.

    Shape: ``(..., T) -> (..., ceil(T scale))``.  ``scale``: an int or a ``Fraction``; the sample rate grows by
    it.  "nearest" takes the earlier one of two that are equally near.  "sinc" keeps the values of what is
    below 0.9 of the highest frequency that both rates hold.

    Errors: TypeError for other dtypes than float32 and float64 and for a scale that is no int or Fraction,
    GeometryError for a scale of 0 or less and a sound without samples.

    Source: Crochiere & Rabiner (1983), Multirate Digital Signal Processing.

    >>> import torch
    >>> interpolate1d(torch.tensor([0., 2., 8.]))
    tensor([0., 1., 2., 5., 8., 8.])
    >>> interpolate1d(torch.tensor([0., 2., 8.]), scale=Fraction(1, 2))
    tensor([0., 8.])
    """
    tensors.check(x, "x", at_least=1)
    return _along(x, _scales(scale, 1)[0], interpolation, -1, mirrored=False)


@op(media=("image", "spectrogram"), shape=_shape(2), price=_price(2), places=_places(2))
def interpolate2d(
    x: Tensor,
    *,
    scale: Annotated[int | Fraction | tuple, Pair(Stride(MAX_SCALE))] = 2,
    interpolation: Interpolation = "linear",
) -> Tensor:
    """``scale`` times as many rows and columns; those at the old places keep their values.

    Shape: ``(..., H, W) -> (..., ceil(H scale), ceil(W scale))``.  ``scale``: an int or a ``Fraction``, or one for
    each axis (vertical, horizontal).  One axis after the other, each as in ``interpolate1d``.

    Errors: TypeError for other dtypes than float32 and float64 and for a scale that is no int or Fraction,
    GeometryError for a scale of 0 or less and a picture without pixels.

    Source: Crochiere & Rabiner (1983), Multirate Digital Signal Processing.

    >>> import torch
    >>> interpolate2d(torch.tensor([[0., 4.]]), scale=(1, 4))
    tensor([[0., 1., 2., 3., 4., 4., 4., 4.]])
    """
    tensors.check(x, "x", at_least=2)
    vertical, horizontal = _scales(scale, 2)
    x = _along(x, horizontal, interpolation, -1, mirrored=True)
    return _along(x, vertical, interpolation, -2, mirrored=True)


def _along(x: Tensor, scale: Fraction, interpolation: str, dim: int, *, mirrored: bool) -> Tensor:
    """One axis; ``mirrored`` says what "sinc" meets beyond its ends, silence or the mirror image."""
    if x.shape[dim] == 0:
        raise GeometryError(N_("the input has {length} samples along an axis; it needs at least 1"), length=0)
    match interpolation:
        case "nearest":
            return x.index_select(dim, _between(x, scale, dim, half=True)[0])
        case "linear":
            return _linear(x, scale, dim)
        case "sinc":
            return _sinc(x, scale, dim, mirrored=mirrored)
    raise GeometryError(N_("interpolation={given!r} is not known; choose one of: {choices}"),
                        given=interpolation, choices="linear, nearest, sinc")  # fmt: skip


def _between(x: Tensor, scale: Fraction, dim: int, *, half: bool) -> tuple[Tensor, Tensor]:
    """The sample at or before each result's place, and how far beyond it the place is, 0 to 1.

    ``half`` moves the places on by almost half a sample: what was nearest is then before.
    Shape: ``(results,)`` each, int64 and ``x``'s dtype.
    """
    up, down, last = scale.numerator, scale.denominator, x.shape[dim] - 1
    place = torch.arange(math.ceil(x.shape[dim] * scale)) * down  # in steps of 1 / up
    if half:
        place = (2 * place + up - 1) // 2
    return (place // up).clamp(max=last).to(x.device), (place % up).to(x) / up


def _linear(x: Tensor, scale: Fraction, dim: int) -> Tensor:
    before, part = _between(x, scale, dim, half=False)
    if scale.numerator == 1:  # every place is that of a sample
        return x.index_select(dim, before)
    after = (before + 1).clamp(max=x.shape[dim] - 1)
    first, second = x.index_select(dim, before), x.index_select(dim, after)
    return torch.lerp(first, second, part if dim == -1 else part[:, None])


def _sinc(x: Tensor, scale: Fraction, dim: int, *, mirrored: bool) -> Tensor:
    """``resample``; a continuation is a whole number of results long, and is cut off again."""
    if scale == 1:
        return x
    results, added = math.ceil(x.shape[dim] * scale), 0
    if mirrored:
        added = scale.denominator * math.ceil(_reach(scale) / scale.denominator)
        x = extend(x, added, added, dim=dim, padding_mode="reflect")
    y = resample(x.transpose(dim, -1), source_rate=1, target_rate=scale)
    return y.narrow(-1, int(added * scale), results).transpose(dim, -1)
