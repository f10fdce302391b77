"""Where does a window of a spectrogram stand, and which samples does it read?

Frame ``t`` of a sound is the ``n_fft`` samples from ``first + t hop_length`` on, times a window: ``first`` is 0,
or ``-(n_fft // 2)`` where frames are centred on the samples ``t hop_length``.  All lengths are in samples.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal, get_args

from playground.errors import N_, GeometryError
from playground.ops import geometry
from playground.ops.lazy import torch
from playground.ops.padding import source_index, taken

if TYPE_CHECKING:
    from torch import Tensor

Window = Literal["hann", "hamming", "blackman", "bartlett", "rectangular"]
WINDOWS: tuple[str, ...] = get_args(Window)

BLOCK = 1 << 21
"""Numbers of one block of frames: few enough to stay near a processor, and so many that its cores seldom wait for
each other.  Measured from 2^18 to 2^24."""


# --- sizes ---------------------------------------------------------------------------------------


def sizes(n_fft: int, *, hop_length: int | None = None, win_length: int | None = None) -> tuple[int, int, int]:
    """The three lengths in samples, where None is a quarter of ``n_fft`` for the hop, else all of it.

    Errors: GeometryError for lengths below 1 (``n_fft`` below 2) and a window longer than ``n_fft``.

    >>> sizes(2048), sizes(3, win_length=2)
    ((2048, 512, 2048), (3, 1, 2))
    """
    n_fft = geometry.whole(n_fft, "n_fft")
    hop = max(1, n_fft // 4) if hop_length is None else geometry.whole(hop_length, "hop_length")
    win = n_fft if win_length is None else geometry.whole(win_length, "win_length")
    for name, value, least in (("n_fft", n_fft, 2), ("hop_length", hop, 1), ("win_length", win, 1)):
        if value < least:
            raise GeometryError(N_("{name}={given} has no meaning; it is at least {least}"),
                                name=name, given=value, least=least)  # fmt: skip
    if win > n_fft:
        raise GeometryError(
            N_("win_length={win} is longer than n_fft={n_fft}; use a win_length of at most {n_fft}"),
            win=win, n_fft=n_fft,
        )  # fmt: skip
    return n_fft, hop, win


def frame_count(samples: int, *, n_fft: int, hop_length: int, center: bool = True) -> int:
    """How many frames a sound of so many samples has.

    Errors: GeometryError for a sound without samples, and without ``center`` for one shorter than ``n_fft``.

    >>> frame_count(44100, n_fft=2048, hop_length=512), frame_count(44100, n_fft=2048, hop_length=512, center=False)
    (87, 83)
    """
    if samples < 1:
        raise GeometryError(N_("the sound has no samples; it needs at least 1"))
    room = samples + (2 * (n_fft // 2) if center else 0) - n_fft
    if room < 0:
        raise GeometryError(
            N_("the sound has {samples} samples and the window {n_fft}; use center, or a smaller n_fft"),
            samples=samples, n_fft=n_fft,
        )  # fmt: skip
    return 1 + room // hop_length


def sound_length(
    frames: int, *, n_fft: int, hop_length: int, center: bool | None = True, length: int | None = None
) -> int:
    """How many samples so many frames make; ``length`` where it is given.

    Errors: GeometryError where that is none: one frame, centred, is known from its middle on only with ``length``.

    >>> sound_length(87, n_fft=2048, hop_length=512), sound_length(87, n_fft=2048, hop_length=512, length=44100)
    (44032, 44100)
    """
    center = center is None or center
    if length is None:
        length = (frames - 1) * hop_length + n_fft - (2 * (n_fft // 2) if center else 0)
        if length < 1:
            raise GeometryError(
                N_("the spectrogram has {frames} frames, which make no whole sample; give length, or use center=False"),
                frames=frames,
            )  # fmt: skip
    elif geometry.whole(length, "length") < 1:
        raise GeometryError(N_("{name}={given} has no meaning; it is at least {least}"),
                            name="length", given=length, least=1)  # fmt: skip
    return length


# --- windows -------------------------------------------------------------------------------------


def window_of(window: str, win_length: int, n_fft: int, dtype: object) -> Tensor:
    """A periodic window of ``win_length`` samples in the middle of ``n_fft``, zeros around it.

    Shape: ``-> (n_fft,)``, of the ``dtype`` (a torch dtype); computed in float64.

    Source: Harris (1978), On the use of windows for harmonic analysis with the discrete Fourier transform.

    >>> import torch
    >>> window_of("hann", 4, 6, torch.float32)
    tensor([0.0000, 0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    n_fft, _, win_length = sizes(n_fft, win_length=win_length)
    if window not in WINDOWS:
        raise GeometryError(N_("window={given!r} is not known; choose one of: {choices}"),
                            given=window, choices=", ".join(sorted(WINDOWS)))  # fmt: skip
    make = torch.ones if window == "rectangular" else getattr(torch, f"{window}_window")
    left = (n_fft - win_length) // 2
    w = torch.nn.functional.pad(make(win_length, dtype=torch.float64), (left, n_fft - win_length - left))
    return w.to(dtype)


# --- frames --------------------------------------------------------------------------------------


def block_frames(n_fft: int) -> int:
    """How many frames are transformed at once.

    >>> block_frames(2048), block_frames(1 << 20)
    (1024, 2)
    """
    return max(1, BLOCK // n_fft)


def blocks(rows: int, count: int, n_fft: int) -> Iterator[tuple[slice, int, int]]:
    """Which rows, and which frames ``a .. b - 1`` of them, are transformed at once.

    In memory they are one piece.

    >>> list(blocks(1, 1600, 2048)), list(blocks(2, 60, 2048))
    ([(slice(0, 1, None), 0, 1024), (slice(0, 1, None), 1024, 1600)], [(slice(0, 2, None), 0, 60)])
    """
    step = block_frames(n_fft)
    together = max(1, step // count)  # many short rows go together
    for row in range(0, rows, together):
        for a in range(0, count, step):
            yield slice(row, min(row + together, rows)), a, min(a + step, count)


def frames(
    x: Tensor, a: int, b: int, *, window: Tensor, hop_length: int, first: int = 0, padding_mode: str = "reflect"
) -> Tensor:
    """Frames ``a .. b - 1`` of a sound, windowed; frame 0 begins at sample ``first``.

    Shape: ``(..., T) -> (..., b - a, n_fft)`` for a ``window (n_fft,)``.  Only what they read is continued.

    >>> import torch
    >>> frames(torch.tensor([1., 2., 3.]), 0, 2, window=torch.ones(3), hop_length=2, first=-1)
    tensor([[2., 1., 2.],
            [2., 3., 2.]])
    """
    n_fft, length = len(window), x.shape[-1]
    start, end = first + a * hop_length, first + (b - 1) * hop_length + n_fft
    piece = x[..., max(start, 0) : min(end, length)]
    if start < 0 or end > length:

        def beyond(position: int, count: int) -> Tensor:
            if padding_mode == "constant":
                return x.new_zeros(*x.shape[:-1], count)
            return taken(x, source_index(position, count, length, padding_mode), -1)

        piece = torch.cat([beyond(start, max(0, -start)), piece, beyond(length, max(0, end - length))], dim=-1)
    return piece.unfold(-1, n_fft, hop_length) * window


# --- laid over each other ------------------------------------------------------------------------


def rows_of_hop(squared: Tensor, hop_length: int) -> Tensor:
    """A window cut into rows of a hop, the last filled up with zeros.

    Shape: ``(n_fft,) -> (ceil(n_fft / hop_length), hop_length)``.

    >>> rows_of_hop(torch.ones(3), 2)
    tensor([[1., 1.],
            [1., 0.]])
    """
    return torch.nn.functional.pad(squared, (0, -len(squared) % hop_length)).reshape(-1, hop_length)


def overlap_add(y: Tensor, some: Tensor, *, a: int, hop_length: int) -> None:
    """Add frames ``a ..`` to ``y``, in place.

    Hop by hop of all frames, or frame by frame, whichever is less often.

    Shape: ``y (rows, samples)``, samples a multiple of ``hop_length``; ``some (rows, n, n_fft)``.

    >>> y = torch.zeros(1, 6)
    >>> overlap_add(y, torch.ones(1, 2, 3), a=0, hop_length=2)
    >>> y
    tensor([[1., 1., 2., 1., 1., 0.]])
    """
    count, n_fft = some.shape[-2:]
    if count < n_fft // hop_length:
        for t in range(count):
            start = (a + t) * hop_length
            y[:, start : start + n_fft] += some[:, t]
        return
    by_hop = y.unflatten(-1, (-1, hop_length))
    for row, start in enumerate(range(0, n_fft, hop_length)):
        piece = some[..., start : start + hop_length]
        by_hop[:, a + row : a + row + count, : piece.shape[-1]] += piece


def summed_squares(squared: Tensor, *, hop_length: int, count: int) -> Tensor:
    """The sum of the squared windows of ``count`` frames at every sample, in rows of a hop.

    Shape: ``(n_fft,) -> (count + ceil(n_fft / hop_length) - 1, hop_length)``.  Far from the ends all rows are alike.

    >>> summed_squares(torch.ones(3), hop_length=2, count=3)
    tensor([[1., 1.],
            [2., 1.],
            [2., 1.],
            [1., 0.]])
    """
    rows = rows_of_hop(squared, hop_length)
    if count < len(rows):
        y = squared.new_zeros(1, (count + len(rows) - 1) * hop_length)
        overlap_add(y, squared.expand(1, count, -1), a=0, hop_length=hop_length)
        return y.reshape(-1, hop_length)
    rising, falling = rows.cumsum(dim=0), rows.flip(0).cumsum(dim=0).flip(0)
    steady = rising[-1:].expand(count - len(rows) + 1, hop_length)
    return torch.cat([rising[:-1], steady, falling[1:]])


def transform_price(numbers: int, n_fft: int, *, transforms: float = 1.0) -> int:
    """Multiply-adds of Fourier transforms with ``numbers`` results in all: 2.5 n log2(n) for each frame.

    >>> transform_price(3, 4)                      # one frame of n_fft=4 has 3 rows
    20
    """
    return int(transforms * numbers / (n_fft // 2 + 1) * 2.5 * n_fft * math.log2(n_fft))
