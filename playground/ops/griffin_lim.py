"""Which sound has this magnitude?  Phases are found by going there and back, again and again.

A magnitude that was changed belongs to no sound exactly.  Each iteration makes the sound of the estimate, takes
its transform, keeps the phases and puts the wished-for magnitude in; the distance, over all ``n_fft`` bins, never
grows.  ``momentum`` pushes each step on in the direction of the last: faster, and often lower, though no longer
always downwards.  Beyond its ends the sound is taken to be silent: only there (``padding_mode`` "constant", or no
``center``) is the inverse the nearest sound.

The error is the distance between the magnitude of the sound's transform and the one that was asked for, as a
share of the latter: 0 is exact, 0.1 is -20 dB.

Source: Griffin & Lim (1984), Signal estimation from modified short-time Fourier transform; Perraudin, Balazs &
Sondergaard (2013), A fast Griffin-Lim algorithm.  The iterations are librosa.griffinlim's.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Literal, get_args

from playground.errors import N_, GeometryError
from playground.ops import geometry, tensors
from playground.ops.frames import frame_count, sound_length, transform_price
from playground.ops.lazy import torch
from playground.ops.padding import check_mode
from playground.ops.parameters import Integer, Real
from playground.ops.phase import Negative, check_phase, signed, with_phase
from playground.ops.registry import op
from playground.ops.spectrum import istft, istft_settings, sound_shape, stft

if TYPE_CHECKING:
    from torch import Tensor

Start = Literal["random", "zero", "original"]


@dataclass(frozen=True, eq=False)
class Iteration:
    """Where the search stands after ``number`` iterations.

    ``estimate`` has the magnitude that was asked for and the phases found so far; ``sound()`` is its inverse
    transform, and ``error`` that sound's distance from the magnitude, as a share of it (0 for silence).
    """

    number: int
    error: float
    estimate: Tensor = field(repr=False)
    sound: Callable[[], Tensor] = field(repr=False)


def griffin_lim_iterations(
    x: Tensor,
    *,
    iterations: int = 32,
    momentum: float = 0.99,
    start: Start = "random",
    seed: int = 0,
    negative: Negative = "silence",
    phase: Tensor | None = None,
    n_fft: int | None = None,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str = "hann",
    center: bool | None = True,
    length: int | None = None,
    padding_mode: str = "constant",
) -> Iterator[Iteration]:
    """The iterations of ``griffin_lim``, one by one: stop whenever the sound is good enough.

    Shape: ``(..., F, frames)``; each estimate alike, each sound ``(..., samples)``.  Options as in ``griffin_lim``.

    Errors: those of ``griffin_lim``, at the call and not at the first iteration.

    >>> import torch
    >>> magnitude = stft(torch.sin(torch.arange(64.) ** 2 / 40), n_fft=16).abs()
    >>> [round(one.error, 2) for one in griffin_lim_iterations(magnitude, iterations=3, start="zero")]
    [0.59, 0.41, 0.31]
    """
    tensors.check(x, "x", at_least=2)
    check_mode(padding_mode)
    if geometry.whole(iterations, "iterations") < 1:
        raise GeometryError(N_("{name}={given} has no meaning; it is at least {least}"),
                            name="iterations", given=iterations, least=1)  # fmt: skip
    if not 0 <= momentum < math.inf:
        raise GeometryError(
            N_("momentum={given} has no meaning; it is at least 0, and below 1 to settle"), given=momentum
        )
    n_fft, hop, win = istft_settings(
        x.shape[-2], n_fft=n_fft, hop_length=hop_length, win_length=win_length, window=window
    )
    count, center = x.shape[-1], center is None or center
    there = {"n_fft": n_fft, "hop_length": hop, "win_length": win, "window": window, "center": center}
    samples = sound_length(count, n_fft=n_fft, hop_length=hop, center=center, length=length)
    whole = (center or samples >= n_fft) and frame_count(samples, n_fft=n_fft, hop_length=hop, center=center) == count
    if not whole:  # of another length than its frames have: searched at theirs, and cut or continued at the end
        sound_length(count, n_fft=n_fft, hop_length=hop, center=center)
    begin = [_beginning(x.detach(), start, phase, seed, negative)]
    magnitude = signed(x.detach(), negative).abs().transpose(-1, -2).contiguous().transpose(-1, -2)

    def back(spectrum: Tensor, *, length: int | None) -> Tensor:
        return istft(spectrum, length=length, **there)

    def again(sound: Tensor) -> Tensor:
        return stft(sound, padding_mode=padding_mode, **there)

    inner = functools.partial(back, length=samples if whole else None)
    outer = None if whole else functools.partial(back, length=samples)
    return _steps(begin, magnitude, iterations, momentum / (1 + momentum), inner, outer, again)


def _steps(
    begin: list[Tensor],
    magnitude: Tensor,
    iterations: int,
    push: float,
    back: Callable[[Tensor], Tensor],
    finish: Callable[[Tensor], Tensor] | None,
    again: Callable[[Tensor], Tensor],
) -> Iterator[Iteration]:
    scale = _norm(magnitude)
    rebuilt, before = again(back(begin.pop())), None  # nobody holds the beginning any longer
    for number in range(1, iterations + 1):
        estimate = torch.sgn(rebuilt) if before is None else torch.sub(rebuilt, before, alpha=push).sgn_()
        before = rebuilt
        torch.view_as_real(estimate).mul_(magnitude.unsqueeze(-1))  # as complex numbers it would be copied first
        sound = back(estimate)
        rebuilt = again(sound)
        error = _norm(rebuilt.abs().sub_(magnitude)) / scale if scale else 0.0
        yield Iteration(number, error, estimate, functools.partial(finish, estimate) if finish else _constant(sound))
        del estimate, sound


def _norm(values: Tensor) -> float:
    """The root of the sum of squares, in the order in memory of what ``stft`` makes: else it would be copied."""
    return float(torch.linalg.vector_norm(values.transpose(-1, -2)))


def _constant(sound: Tensor) -> Callable[[], Tensor]:
    return lambda: sound


def _beginning(x: Tensor, start: str, phase: Tensor | None, seed: int, negative: str) -> Tensor:
    """The first guess: the magnitude with noise of a seed for its phase, with 0, or with a given phase."""
    match start:
        case "original":
            if phase is None:
                raise GeometryError(
                    N_("start='original' needs the phase of the original; give it, or use start='random'")
                )
            check_phase(x, phase)
            return with_phase(x, phase, negative=negative)
        case "random":
            generator = torch.Generator().manual_seed(seed)
            turns = torch.rand(x.shape, dtype=x.dtype, generator=generator).to(x.device)
            return torch.polar(signed(x, negative), turns.mul_(2 * math.pi))
        case "zero":
            return signed(x, negative).to(x.dtype.to_complex())
    raise GeometryError(N_("start={given!r} is not known; choose one of: {choices}"),
                        given=start, choices=", ".join(sorted(get_args(Start))))  # fmt: skip


def _price(
    shape: tuple[int, ...],
    _output: tuple[int, ...],
    *,
    iterations: int = 32,
    n_fft: int | None = None,
    item_bytes: int = 4,
    **_: object,
) -> tuple[int, int]:
    numbers = math.prod(shape)
    work = transform_price(numbers, 2 * (shape[-2] - 1) if n_fft is None else n_fft, transforms=2 * iterations)
    return NUMBERS_AT_WORK * item_bytes * numbers, work


NUMBERS_AT_WORK = 12
"""Real numbers in memory for each of the magnitude's, as measured: 11.4 beside it."""


@op(media=("spectrogram",), shape=sound_shape, makes="audio", price=_price)
def griffin_lim(
    x: Tensor,
    *,
    iterations: Annotated[int, Integer(1, 500)] = 32,
    momentum: Annotated[float, Real(0, 0.999, 0.01)] = 0.99,
    start: Start = "random",
    seed: Annotated[int, Integer(0, 9999)] = 0,
    negative: Negative = "silence",
    phase: Tensor | None = None,
    n_fft: int | None = None,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str = "hann",
    center: bool | None = True,
    length: int | None = None,
    padding_mode: str = "constant",
) -> Tensor:
    """A sound whose transform has nearly this magnitude, phases sought by going there and back.

    Shape: ``(..., F, frames) -> (..., samples)``, as ``istft``'s; so are the settings.

    ``start``: "random" phases of a ``seed``, "zero", or those of the "original", a complex ``phase`` of the same shape.
    ``momentum`` 0 is Griffin and Lim's own, whose error does not grow; 0.99 arrives sooner.  ``negative`` as in
    ``istft``; "flip" turns the phase of the start only.  ``padding_mode`` is what each iteration assumes beyond the
    ends; with that of the ``stft`` the original sound is a fixed point.

    Errors: TypeError for other dtypes than float32 and float64, GeometryError for settings that leave samples out.

    Source: Griffin & Lim (1984), Signal estimation from modified short-time Fourier transform; Perraudin, Balazs &
    Sondergaard (2013), A fast Griffin-Lim algorithm.

    >>> import torch
    >>> magnitude = stft(torch.sin(torch.arange(64.) ** 2 / 40), n_fft=16, padding_mode="constant").abs()
    >>> inconsistency(magnitude, griffin_lim(magnitude, start="zero")) < 0.1
    True
    """
    for one in griffin_lim_iterations(
        x, iterations=iterations, momentum=momentum, start=start, seed=seed, negative=negative, phase=phase,
        n_fft=n_fft, hop_length=hop_length, win_length=win_length, window=window, center=center, length=length,
        padding_mode=padding_mode,
    ):  # fmt: skip
        sound = one.sound
        del one  # or it would keep its estimate while the next is made
    return sound()


def inconsistency(
    magnitude: Tensor,
    sound: Tensor,
    *,
    n_fft: int | None = None,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: str = "hann",
    center: bool | None = True,
    padding_mode: str = "constant",
) -> float:
    """How far the magnitude of a sound's transform is from a given one, as a share of it; 0 for silence.

    Shape: ``magnitude (..., F, frames)``, ``sound (..., samples)``.  ``n_fft`` None: ``2 (F - 1)``.  Only the same
    ``padding_mode`` as of the ``stft`` that the magnitude comes from gives 0.

    Errors: GeometryError where the sound makes another shape than the magnitude's.

    >>> import torch
    >>> x = torch.sin(torch.arange(64.) ** 2 / 40)
    >>> inconsistency(stft(2 * x, n_fft=16).abs(), x, n_fft=16, padding_mode="reflect")
    0.5
    """
    tensors.check(magnitude, "magnitude", at_least=2)
    tensors.check(sound, "sound", at_least=1)
    found = stft(
        sound, n_fft=2 * (magnitude.shape[-2] - 1) if n_fft is None else n_fft, hop_length=hop_length,
        win_length=win_length, window=window, center=center is None or center, padding_mode=padding_mode,
    ).abs()  # fmt: skip
    if found.shape != magnitude.shape:
        raise GeometryError(
            N_("the sound makes a spectrogram of the shape {found}, but the magnitude has {given};"
               " use the settings of its stft"),
            found=tuple(found.shape), given=tuple(magnitude.shape),
        )  # fmt: skip
    scale = _norm(magnitude)
    return _norm(found.sub_(magnitude)) / scale if scale else 0.0
