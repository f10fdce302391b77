"""How does a whole spectrogram look on a screen of fewer columns?  The maximum of each stretch of frames.

A spectrogram of some minutes has more frames than a screen has columns, and more numbers than should be kept.
Here each column is the largest magnitude of its stretch of the full grid of frames: none is left out, so no
click is.  The frames are made block by block and forgotten.
"""

from __future__ import annotations

import functools
import math
from bisect import bisect_right
from collections.abc import Callable
from typing import TYPE_CHECKING

from playground.errors import N_, GeometryError
from playground.ops import frames as grid
from playground.ops import geometry, tensors
from playground.ops.lazy import torch
from playground.ops.padding import PaddingMode, check_mode

if TYPE_CHECKING:
    from torch import Tensor


def overview(
    x: Tensor,
    *,
    columns: int,
    frames: tuple[int, int] | None = None,
    filters: Tensor | None = None,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: grid.Window = "hann",
    center: bool = True,
    padding_mode: PaddingMode = "reflect",
) -> Tensor:
    """The magnitude of a sound's ``stft``, in columns that hold the maximum of a stretch of frames.

    There are at most ``columns`` of them.

    Shape: ``(..., T) -> (..., F, min(columns, n))`` for ``n`` frames; ``filters (R, F)`` make ``R`` rows of each
    frame's magnitudes before the maximum is taken.

    ``frames`` (a, b): only frames ``a .. b - 1``; None means all.  The other options are those of ``stft``.

    Errors: TypeError for other dtypes, GeometryError where no window fits or frames are asked for that are not there.

    >>> import torch
    >>> click = torch.zeros(1000).index_fill(0, torch.tensor(333), 1.0)
    >>> overview(click, columns=4, n_fft=4, window="rectangular")
    tensor([[0., 1., 0., 0.],
            [0., 1., 0., 0.],
            [0., 1., 0., 0.]])
    """
    tensors.check(x, "x", at_least=1)
    check_mode(padding_mode)
    n_fft, hop, win = grid.sizes(n_fft, hop_length=hop_length, win_length=win_length)
    count = grid.frame_count(x.shape[-1], n_fft=n_fft, hop_length=hop, center=center)
    w = grid.window_of(window, win, n_fft, x.dtype).to(x.device)
    first = -(n_fft // 2) if center else 0

    def magnitude(rows: slice, a: int, b: int) -> Tensor:
        some = grid.frames(flat[rows], a, b, window=w, hop_length=hop, first=first, padding_mode=padding_mode)
        return torch.fft.rfft(some).abs()

    flat = x.detach().reshape(math.prod(x.shape[:-1]), x.shape[-1])
    found = _largest(magnitude, flat, (n_fft // 2 + 1, count), columns=columns, frames=frames, filters=filters)
    return found.reshape(*x.shape[:-1], *found.shape[1:])


def pooled(
    magnitude: Tensor, *, columns: int, frames: tuple[int, int] | None = None, filters: Tensor | None = None
) -> Tensor:
    """``overview`` of a magnitude at hand: the maximum of each stretch of its frames.

    Shape: ``(..., F, T) -> (..., F, min(columns, n))``; ``filters (R, F)`` make ``R`` rows.

    >>> import torch
    >>> pooled(torch.tensor([[1., 5., 2., 3., 4.]]), columns=2)
    tensor([[5., 4.]])
    """
    tensors.check(magnitude, "magnitude", at_least=2)
    flat = magnitude.detach().reshape(math.prod(magnitude.shape[:-2]), *magnitude.shape[-2:])

    def part(rows: slice, a: int, b: int) -> Tensor:
        return flat[rows, :, a:b].transpose(-1, -2)

    found = _largest(part, flat, flat.shape[1:], columns=columns, frames=frames, filters=filters)
    return found.reshape(*magnitude.shape[:-2], *found.shape[1:])


def stretches(n: int, columns: int) -> list[int]:
    """Where each of ``min(n, columns)`` stretches of ``n`` frames begins: equally long, to one frame.

    >>> stretches(10, 4), stretches(2, 4)
    ([0, 2, 5, 7], [0, 1])
    """
    if geometry.whole(columns, "columns") < 1:
        raise GeometryError(N_("{name}={given} has no meaning; it is at least {least}"),
                            name="columns", given=columns, least=1)  # fmt: skip
    columns = min(n, columns)
    return [i * n // columns for i in range(columns)]


def _checked(filters: Tensor | None, x: Tensor, bins: int) -> Tensor | None:
    if filters is None:
        return None
    tensors.check(filters, "filters")
    if filters.ndim != 2 or filters.shape[-1] != bins:
        raise GeometryError(
            N_("the filters have the shape {given}; expected (rows, {bins}), a weight for each of {bins} bins"),
            given=tuple(filters.shape), bins=bins,
        )  # fmt: skip
    return filters.to(x)


def _largest(
    part: Callable[[slice, int, int], Tensor],
    like: Tensor,
    size: tuple[int, int],
    *,
    columns: int,
    frames: tuple[int, int] | None,
    filters: Tensor | None,
) -> Tensor:
    """The maximum of each stretch, block by block.

    Shape: ``part`` gives ``(rows, frames, F)``, ``like`` has the rows, ``size`` is (F, T); ``-> (rows, F or R, n)``.
    """
    rows, (bins, count) = len(like), size
    filters = _checked(filters, like, bins)
    a, b = (0, count) if frames is None else (geometry.whole(end, "frames") for end in frames)
    if not 0 <= a < b <= count:
        raise GeometryError(N_("frames {a} to {b} are not there; there are {count}, from 0 on, the last not included"),
                            a=a, b=b, count=count)  # fmt: skip
    starts = [*(a + start for start in stretches(b - a, columns)), b]

    def rows_of(channels: slice, first: int, last: int) -> Tensor:
        magnitude = part(channels, first, last)
        return magnitude if filters is None else magnitude @ filters.T

    step = grid.block_frames(2 * bins)
    together = max(1, step // (b - a))  # many short rows go together
    done = [like.new_empty(0, len(starts) - 1, bins if filters is None else len(filters))]
    for row in range(0, rows, together):
        channels, found, i = slice(row, min(row + together, rows)), [], 0
        while i < len(starts) - 1:
            k = max(i + 1, bisect_right(starts, starts[i] + step) - 1)  # whole stretches up to a block, or one longer
            found.append(_maxima(functools.partial(rows_of, channels), starts[i : k + 1], step))
            i = k
        done.append(torch.cat(found, dim=1))
    return torch.cat(done).transpose(-1, -2)


def _maxima(part: Callable[[int, int], Tensor], starts: list[int], step: int) -> Tensor:
    """Of stretches ``starts[i] .. starts[i + 1] - 1``, equally long to one frame, the maximum of each.

    Shape: ``part (rows, frames, R)``, ``-> (rows, len(starts) - 1, R)``.
    """
    first, last = starts[0], starts[-1]
    if last - first > step:  # a single long one
        parts = (part(p, min(p + step, last)).amax(dim=1, keepdim=True) for p in range(first, last, step))
        return functools.reduce(torch.maximum, parts)
    block = part(first, last)
    at = torch.tensor(starts, device=block.device) - first
    shortest = int(at.diff().min())
    common = block[:, at[:-1, None] + torch.arange(shortest, device=block.device)].amax(dim=2)
    return torch.maximum(common, block[:, at[1:] - 1])  # a stretch that is one longer ends one later
