"""Which frequencies sound when?  The short-time Fourier transform and its inverse.

A window of ``n_fft`` samples slides over the sound in steps of ``hop_length``; each place is a frame, and its
Fourier transform is a column of the spectrogram.  With ``x`` continued beyond its ends, ``w`` the window and
``h`` the hop, row ``f`` of frame ``t`` is::

    X[f, t] = sum over i of  x[t h + i - c] w[i] exp(-2 pi j f i / n_fft)        c = n_fft // 2, or 0

It is a correlation of the sound with ``F = n_fft // 2 + 1`` windowed waves at the stride ``h``.  Row 0 is the
lowest frequency; row ``f`` stands for ``f sample_rate / n_fft`` Hz.  With ``center`` (``c = n_fft // 2``) frame
``t`` is centred on sample ``t h``; without, it begins there.

Back again, every frame is laid where it came from, times the window, and the sum is divided by the sum of
the squared windows: the sound whose frames are nearest to the given ones in the least-squares sense.

Source: Allen & Rabiner (1977), A unified approach to short-time Fourier analysis and synthesis; Griffin & Lim
(1984), Signal estimation from modified short-time Fourier transform.  The words are librosa's.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Annotated

from playground.errors import N_, GeometryError
from playground.ops import tensors
from playground.ops.frames import (
    Window,
    block_frames,
    blocks,
    frame_count,
    frames,
    overlap_add,
    rows_of_hop,
    sizes,
    sound_length,
    summed_squares,
    transform_price,
    window_of,
)
from playground.ops.lazy import torch
from playground.ops.padding import PaddingMode, check_mode
from playground.ops.parameters import Integer
from playground.ops.phase import Negative, check_spectrogram, with_phase
from playground.ops.registry import op

if TYPE_CHECKING:
    from torch import Tensor

NOTHING = 1e-8
"""A sum of squared windows up to this share of its largest counts as none: float32 would hold only noise there."""


# --- can it be undone -------------------------------------------------------------------------------------


def check_inverse(
    *, n_fft: int, hop_length: int | None = None, win_length: int | None = None, window: str = "hann"
) -> None:
    """Refuse settings that leave samples in no window with weight: no inverse could know them.

    Errors: GeometryError with the longest hop, up to the given one, that leaves none out.

    >>> check_inverse(n_fft=512, hop_length=1024, win_length=512, window="rectangular")
    Traceback (most recent call last):
    ...
    playground.errors.GeometryError: hop_length=1024 leaves 512 of every 1024 samples outside every window of 512;
    no inverse can know them: use a hop_length of at most 512
    """
    n_fft, hop, win = sizes(n_fft, hop_length=hop_length, win_length=win_length)
    squared = window_of(window, win, n_fft, torch.float64).square()
    left_out = _left_out(squared, hop)
    if not left_out:
        return
    works = next(shorter for shorter in range(min(hop - 1, win), 0, -1) if not _left_out(squared, shorter))
    if hop > win:
        raise GeometryError(
            N_("hop_length={hop} leaves {count} of every {hop} samples outside every window of {win};"
               " no inverse can know them: use a hop_length of at most {works}"),
            hop=hop, count=hop - win, win=win, works=works,
        )  # fmt: skip
    raise GeometryError(
        N_("hop_length={hop} leaves {count} of every {hop} samples without weight in every {window} window of {win};"
           " no inverse can know them: use a hop_length of at most {works}"),
        hop=hop, count=left_out, window=window, win=win, works=works,
    )  # fmt: skip


def _left_out(squared: Tensor, hop: int) -> int:
    """Of ``hop`` neighbouring samples far from the ends, how many have no weight."""
    weight = rows_of_hop(squared, hop).sum(dim=0)
    return int((weight <= NOTHING * weight.max()).sum())


# --- there ---------------------------------------------------------------------------------------


def _stft_shape(
    shape: tuple[int, ...], *, n_fft: int = 2048, hop_length: int | None = None, win_length: int | None = None,
    center: bool = True, **_: object,
) -> tuple[int, ...]:  # fmt: skip
    n_fft, hop, _win = sizes(n_fft, hop_length=hop_length, win_length=win_length)
    frames = frame_count(shape[-1], n_fft=n_fft, hop_length=hop, center=center)
    return (*shape[:-1], n_fft // 2 + 1, frames)


def _stft_price(
    _shape: tuple[int, ...], output: tuple[int, ...], *, n_fft: int = 2048, item_bytes: int = 4, **_: object
) -> tuple[int, int]:
    numbers = math.prod(output)
    return 3 * item_bytes * numbers, transform_price(numbers, n_fft)


@op(media=("audio",), shape=_stft_shape, makes="spectrogram", price=_stft_price)
def stft(
    x: Tensor,
    *,
    n_fft: Annotated[int, Integer(2, 65536)] = 2048,
    hop_length: Annotated[int | None, Integer(1, 65536)] = None,
    win_length: Annotated[int | None, Integer(1, 65536)] = None,
    window: Window = "hann",
    center: bool = True,
    padding_mode: PaddingMode = "reflect",
) -> Tensor:
    """Short-time Fourier transform: the spectrum of every windowed stretch of a sound.

    Shape: ``(..., T) -> (..., F, frames)``, complex, with ``F = n_fft // 2 + 1`` and ``frames = T // hop_length + 1``
    with ``center`` (an odd ``n_fft``: of ``T - 1``), ``(T - n_fft) // hop_length + 1`` without.

    ``n_fft``, ``hop_length`` (None: a quarter of ``n_fft``) and ``win_length`` (None: ``n_fft``) are in samples; a
    shorter window stands in the middle of ``n_fft``.  ``center`` continues the sound by half of ``n_fft`` on both
    sides, by ``padding_mode``.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError where no window fits.

    Source: Allen & Rabiner (1977), A unified approach to short-time Fourier analysis and synthesis; the numbers
    are those of torch.stft and librosa.stft.

    >>> import torch
    >>> wave = torch.tensor([0., 1, 0, -1, 0, 1, 0, -1])     # a quarter of the sample rate: row 1 of 0, 1, 2
    >>> stft(wave, n_fft=4, hop_length=4).abs()
    tensor([[1., 0., 0.],
            [0., 1., 1.],
            [1., 0., 0.]])
    """
    tensors.check(x, "x", at_least=1)
    check_mode(padding_mode)
    n_fft, hop, win = sizes(n_fft, hop_length=hop_length, win_length=win_length)
    count = frame_count(x.shape[-1], n_fft=n_fft, hop_length=hop, center=center)
    w = window_of(window, win, n_fft, x.dtype).to(x.device)
    rows = x.reshape(math.prod(x.shape[:-1]), x.shape[-1])
    first = -(n_fft // 2) if center else 0
    buffer = None
    if not (x.requires_grad and torch.is_grad_enabled()):
        buffer = torch.empty(len(rows), count, n_fft // 2 + 1, dtype=x.dtype.to_complex(), device=x.device)
    done = []
    for channels, a, b in blocks(len(rows), count, n_fft):
        some = frames(rows[channels], a, b, window=w, hop_length=hop, first=first, padding_mode=padding_mode)
        done.append(torch.fft.rfft(some, out=None if buffer is None else buffer[channels, a:b]))
    if buffer is None:
        per_row = -(-count // block_frames(n_fft))
        joined = [torch.cat(done[i : i + per_row], dim=1) for i in range(0, len(done), per_row)]
        buffer = torch.cat(joined) if joined else x.new_empty(0, count, n_fft // 2 + 1, dtype=x.dtype.to_complex())
    return buffer.transpose(-1, -2).reshape(*x.shape[:-1], n_fft // 2 + 1, count)


# --- and back ------------------------------------------------------------------------------------


def istft_settings(
    rows: int, *, n_fft: int | None = None, hop_length: int | None = None, win_length: int | None = None,
    window: str = "hann",
) -> tuple[int, int, int]:  # fmt: skip
    """``n_fft``, hop and window length that a spectrogram of ``rows`` rows is undone with, once they can.

    >>> istft_settings(1025), istft_settings(1025, n_fft=2049, hop_length=100)
    ((2048, 512, 2048), (2049, 100, 2049))
    """
    n_fft, hop, win = sizes(2 * (rows - 1) if n_fft is None else n_fft, hop_length=hop_length, win_length=win_length)
    if rows != n_fft // 2 + 1:
        raise GeometryError(
            N_("the spectrogram has {rows} rows, but n_fft={n_fft} makes {expected}; use n_fft={even} or {odd}"),
            rows=rows, n_fft=n_fft, expected=n_fft // 2 + 1, even=2 * (rows - 1), odd=2 * rows - 1,
        )  # fmt: skip
    check_inverse(n_fft=n_fft, hop_length=hop, win_length=win, window=window)
    return n_fft, hop, win


def sound_shape(
    shape: tuple[int, ...], *, n_fft: int | None = None, hop_length: int | None = None, win_length: int | None = None,
    window: str = "hann", center: bool | None = True, length: int | None = None, **_: object,
) -> tuple[int, ...]:  # fmt: skip
    """The shape of the sound that a spectrogram makes: ``(..., F, frames)`` to ``(..., samples)``.

    >>> sound_shape((2, 1025, 87)), sound_shape((2, 1025, 87), length=44100)
    ((2, 44032), (2, 44100))
    """
    n_fft, hop, _win = istft_settings(
        shape[-2], n_fft=n_fft, hop_length=hop_length, win_length=win_length, window=window
    )
    return (*shape[:-2], sound_length(shape[-1], n_fft=n_fft, hop_length=hop, center=center, length=length))


def _istft_price(
    shape: tuple[int, ...], _output: tuple[int, ...], *, n_fft: int | None = None, item_bytes: int = 4, **_: object
) -> tuple[int, int]:
    numbers = math.prod(shape)
    return 3 * item_bytes * numbers, transform_price(numbers, 2 * (shape[-2] - 1) if n_fft is None else n_fft)


@op(media=("spectrogram",), shape=sound_shape, makes="audio", price=_istft_price)
def istft(
    x: Tensor,
    *,
    phase: Tensor | None = None,
    negative: Negative = "silence",
    n_fft: int | None = None,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str = "hann",
    center: bool | None = True,
    length: int | None = None,
) -> Tensor:
    """Inverse of ``stft``: frames laid over each other, divided by the sum of the squared windows.

    Shape: ``(..., F, frames) -> (..., samples)``: ``length`` samples where it is given; else with ``center``
    ``(frames - 1) hop_length`` (one more for an odd ``n_fft``), without ``(frames - 1) hop_length + n_fft``.

    ``x`` is complex, or a magnitude with ``phase``: a complex tensor of the same shape whose angle is used, 0 where
    it is 0.  ``negative`` says what a negative magnitude means: 0 ("silence"), its absolute value, or the opposite
    phase ("flip").  ``n_fft`` None: ``2 (F - 1)``; ``hop_length`` None: a quarter of it; ``center`` None: True.
    The settings are those of the ``stft``.

    Samples whose squared windows sum up to 1e-8 of the most or less are 0: those before the window has risen and
    after it has fallen, without ``center``, and those beyond the last frame.  Just inside, rounding is divided by
    the window: its error grows as 1 / sqrt(weight).

    Errors: TypeError for other dtypes, GeometryError for settings that leave samples out (see ``check_inverse``).

    Source: Griffin & Lim (1984), Signal estimation from modified short-time Fourier transform, equation 6.

    >>> import torch
    >>> istft(stft(torch.tensor([1., 2., 3., 4., 5.]), n_fft=8), length=5).round(decimals=4)
    tensor([1., 2., 3., 4., 5.])
    """
    check_spectrogram(x, phase)
    n_fft, hop, win = istft_settings(
        x.shape[-2], n_fft=n_fft, hop_length=hop_length, win_length=win_length, window=window
    )
    count = x.shape[-1]
    samples = sound_length(count, n_fft=n_fft, hop_length=hop, center=center, length=length)
    real = x.dtype.to_real()
    w = window_of(window, win, n_fft, torch.float64)
    flat = x.reshape(math.prod(x.shape[:-2]), *x.shape[-2:])
    angle = None if phase is None else phase.reshape(flat.shape)
    per_frame = -(-n_fft // hop)
    y = torch.zeros(len(flat), (count + per_frame - 1) * hop, dtype=real, device=x.device)
    for rows, a, b in blocks(len(flat), count, n_fft):
        part = flat[rows, :, a:b]
        if angle is not None:
            part = with_phase(part, angle[rows, :, a:b], negative=negative)
        some = torch.fft.irfft(part.transpose(-1, -2), n=n_fft) * w.to(real).to(x.device)
        overlap_add(y[rows], some, a=a, hop_length=hop)
    weight = summed_squares(w.square(), hop_length=hop, count=count)
    y = y.unflatten(-1, (-1, hop)) * _one_over(weight).to(real).to(x.device)
    start = 0 if center is False else n_fft // 2
    y = y.flatten(-2)[:, start : start + samples]
    return torch.nn.functional.pad(y, (0, samples - y.shape[-1])).reshape(*x.shape[:-2], samples)


def _one_over(weight: Tensor) -> Tensor:
    """``1 / weight``, and 0 where there is none."""
    some = weight > NOTHING * weight.max()
    return torch.where(some, weight, 1).reciprocal() * some
