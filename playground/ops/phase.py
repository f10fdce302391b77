"""What does a magnitude sound like?  It needs a phase, and a meaning for values below 0.

A spectrogram's steps change its magnitude; the phase is kept aside, as the complex spectrogram it came from.
A filter on the magnitude can make it negative, which no magnitude is: ``negative`` says what then counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

from playground.errors import N_, GeometryError
from playground.ops import tensors
from playground.ops.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

Negative = Literal["silence", "absolute", "flip"]


def check_spectrogram(x: Tensor, phase: Tensor | None) -> None:
    """Refuse what is neither complex nor a magnitude with a complex ``phase`` of its shape.

    Shape: ``x (..., F, frames)``, ``phase`` alike or None.

    >>> import torch
    >>> check_spectrogram(torch.ones(3, 2), None)
    Traceback (most recent call last):
    ...
    playground.errors.GeometryError: a magnitude alone does not say a sound; give its phase, or use griffin_lim
    """
    if not (isinstance(x, torch.Tensor) and x.dtype in (torch.complex64, torch.complex128)):
        tensors.check(x, "x")
        if phase is None:
            raise GeometryError(N_("a magnitude alone does not say a sound; give its phase, or use griffin_lim"))
    elif phase is not None:
        raise TypeError("x is complex and has a phase of its own; use x.abs() with another phase")
    if x.ndim < 2 or 0 in x.shape[-2:]:
        raise GeometryError(
            N_("a spectrogram has rows and frames, at least one of each; this has the shape {shape}"),
            shape=tuple(x.shape),
        )
    if phase is not None:
        check_phase(x, phase)


def check_phase(x: Tensor, phase: Tensor) -> None:
    """Refuse a phase that is not complex or has another shape than the magnitude.

    Shape: both ``(..., F, frames)``.

    >>> import torch
    >>> check_phase(torch.ones(3, 2), torch.ones(3, 4, dtype=torch.complex64))
    Traceback (most recent call last):
    ...
    playground.errors.GeometryError: the phase has the shape (3, 4) and the magnitude (3, 2); they must be the same
    """
    if not isinstance(phase, torch.Tensor) or phase.dtype not in (torch.complex64, torch.complex128):
        given = phase.dtype if isinstance(phase, torch.Tensor) else type(phase).__name__
        raise TypeError(f"phase is {given}; expected a complex tensor: its angle is used")
    if phase.shape != x.shape:
        raise GeometryError(
            N_("the phase has the shape {phase} and the magnitude {x}; they must be the same"),
            phase=tuple(phase.shape), x=tuple(x.shape),
        )  # fmt: skip


def with_phase(magnitude: Tensor, phase: Tensor, *, negative: str = "silence") -> Tensor:
    """A complex spectrogram of a magnitude and the angle of a complex ``phase``.

    Shape: ``(..., F, T), (..., F, T) -> (..., F, T)``, complex.  ``negative`` as in ``istft``.

    >>> import torch
    >>> with_phase(torch.tensor([2., -3.]), torch.tensor([5j, 0]), negative="flip")
    tensor([ 0.+2.j, -3.+0.j])
    """
    magnitude = signed(magnitude, negative)
    unit = torch.sgn(phase.to(magnitude.dtype.to_complex()))
    return torch.where(unit == 0, 1, unit) * magnitude


def signed(magnitude: Tensor, negative: str) -> Tensor:
    """What is taken for a magnitude that may be negative: see ``istft``.

    Shape: ``(...) -> (...)``.

    >>> import torch
    >>> [signed(torch.tensor([-1.]), word).item() for word in ("silence", "absolute", "flip")]
    [0.0, 1.0, -1.0]
    """
    if negative not in get_args(Negative):
        raise GeometryError(N_("negative={given!r} is not known; choose one of: {choices}"),
                            given=negative, choices=", ".join(sorted(get_args(Negative))))  # fmt: skip
    if negative == "silence":
        return magnitude.clamp(min=0)
    return magnitude.abs() if negative == "absolute" else magnitude
