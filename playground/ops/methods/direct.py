"""OpenCV's filter2D block by block: the plain sum, of the taps that are not zero.

At a larger stride it sums only the rows that are kept: every ``s``-th row with every ``s``-th row of taps, ``s``
times; from four steps to the side on the same is done with the columns.
Where a dilation spreads the kernel so far that OpenCV would go through a Fourier transform, the samples
that meet each other are put side by side instead.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np

from playground.ops.geometry import Window
from playground.ops.methods.blocks import WITHIN, Edge, both, by_blocks, in_place, readable, whole
from playground.ops.methods.filtering import filter2d
from playground.ops.methods.sharing import Room

if TYPE_CHECKING:
    from torch import Tensor

TRANSFORMED = {4: 130, 8: 50}
"""Taps, zeros between them included, from which OpenCV transforms, by bytes of a number (its ``dft_filter_size``)."""

PICKED = 4
"""Step along a row from which picking samples out costs less than results that are not kept."""

NARROW = 8
"""Taps of a row up to which the same holds at every step."""


def correlate(
    x: Tensor,
    kernel: Tensor,
    windows: tuple[Window, ...],
    padding_mode: str,
    fill: float,
    groups: int,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Correlate by ``cv2.filter2D``; one kernel for every channel.  See ``methods``.

    Shape: as in ``methods``.

    >>> import torch
    >>> x, taps = torch.tensor([[[1., 2., 4., 8.]]]), torch.tensor([1., -1.])
    >>> correlate(x, taps, (Window(start=0, step=2, dilation=1, taps=2, count=2),), "constant", 0.0, 1)
    tensor([[[-1., -4.]]])
    """
    y = whole(x, windows, out)
    dense = kernel.to(x.dtype).numpy()
    dense = np.ascontiguousarray(dense if dense.ndim == 2 else dense[None])
    pair = both(windows)
    taps = spread(dense, pair)
    transformed = taps.size >= TRANSFORMED[taps.itemsize]
    # OpenCV leaves out taps that are 0; a transform reaches all samples of a block.
    checked = not dense.all() or dense.size >= TRANSFORMED[taps.itemsize]

    def apply(source: np.ndarray, target: np.ndarray, anchor: tuple[int, int], border: int) -> None:
        filter2d(source, taps, target, anchor=anchor, beyond=border)

    room = Room()

    def compute(part: np.ndarray, counts: tuple[int, int], edge: Edge) -> np.ndarray:
        return summed(part, dense, pair, counts, edge=edge, room=room)

    apart = transformed and taps.size > dense.size
    if apart or not in_place(x, y, windows, padding_mode, fill, apply, checked=checked):
        edged = not apart and pair[1].step < PICKED
        by_blocks(x, y, windows, padding_mode, fill, compute, edged=edged, checked=checked)
    return y


def summed(
    part: np.ndarray,
    kernel: np.ndarray,
    windows: tuple[Window, Window],
    counts: tuple[int, int],
    *,
    room: Room,
    edge: Edge = WITHIN,
    name: str = "sum",
) -> np.ndarray:
    """The first ``counts`` results on samples that begin where the first window begins, or at ``edge``.

    The result stands in ``room`` under ``name``, until the next one does.

    Shape: ``part (rows, columns)``, ``kernel (kh, kw)`` without the zeros of a dilation, ``-> counts``.

    >>> windows = both((Window(0, 2, 1, 3, 2),))
    >>> summed(np.array([[1., 2., 4., 8., 16.]]), np.array([[1., 0., 1.]]), windows, (1, 2), room=Room())
    array([[ 5., 20.]])
    """
    steps, dilations = [w.step for w in windows], [w.dilation for w in windows]
    taps = spread(kernel, windows)
    if taps.size >= TRANSFORMED[taps.itemsize] and taps.size > kernel.size:
        apart = tuple(d if s == 1 else 1 for s, d in zip(steps, dilations, strict=True))
        if max(apart) > 1:
            return _apart(part, kernel, windows, counts, apart, room, name)
    picked = edge is WITHIN and (steps[1] >= PICKED or taps.shape[1] > NARROW)
    across = steps[1] if picked else 1  # results to the side are computed and left out
    keep, total = steps[1] // across, None
    for first in itertools.product(range(min(steps[0], taps.shape[0])), range(min(across, taps.shape[1]))):
        every = (slice(first[0], None, steps[0]), slice(first[1], None, across))
        some = np.ascontiguousarray(taps[every])
        if not some.any():
            continue
        source = readable(part[every])
        made = room.take(name if total is None else f"{name} more", source.shape, source.dtype)
        filter2d(source, some, made, anchor=(edge[0], 0), beyond=edge[1])
        made = made[: counts[0], : (counts[1] - 1) * keep + 1]
        total = made if total is None else np.add(total, made, out=total)
    return np.zeros(counts, part.dtype) if total is None else total[:, ::keep]


def _apart(
    part: np.ndarray, kernel: np.ndarray, windows: tuple[Window, Window], counts: tuple[int, int],
    apart: tuple[int, int], room: Room, name: str,
) -> np.ndarray:  # fmt: skip
    """Dilated at stride 1: every ``d``-th sample meets only every ``d``-th, and makes every ``d``-th result."""
    out = room.take(f"{name} of parts", counts, part.dtype)
    near = tuple(
        Window(0, w.step, w.dilation // d, w.taps, w.count) for w, d in zip(windows, apart, strict=True)
    )
    for first in itertools.product(*(range(min(d, n)) for d, n in zip(apart, counts, strict=True))):
        every = tuple(slice(i, None, d) for i, d in zip(first, apart, strict=True))
        out[every] = summed(readable(part[every]), kernel, near, out[every].shape, room=room, name=f"{name} apart")
    return out


def spread(kernel: np.ndarray, windows: tuple[Window, ...]) -> np.ndarray:
    """Put ``dilation - 1`` zeros between the taps.

    >>> spread(np.array([1., 2.]), (Window(0, 1, 3, 2, 5),))
    array([1., 0., 0., 2.])
    """
    if all(window.dilation == 1 for window in windows):
        return np.ascontiguousarray(kernel)
    shape = [w.dilation * (n - 1) + 1 for w, n in zip(windows, kernel.shape, strict=True)]
    out = np.zeros(shape, kernel.dtype)
    out[tuple(slice(None, None, window.dilation) for window in windows)] = kernel
    return out
