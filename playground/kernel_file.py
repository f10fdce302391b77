"""How does a file become a kernel?  An impulse response at the sound's rate, or an array of numbers.

A recipe names such a kernel by a digest: of the bytes alone, and then its numbers are taken as they are; or of the
bytes, a rate and a scaling, as the Sound page does for an impulse response.  Both are found again here.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from playground.errors import N_, MediaError, Notice, notice
from playground.media.array_file import read_header, refuse_not_finite
from playground.media.audio_file import load_audio
from playground.media.content import kind_of
from playground.media.limits import limits
from playground.media.types import digest_of
from playground.ops.lazy import torch
from playground.ops.registry import KernelRef
from playground.ops.resample import resample
from playground.recipe.model import Recipe

if TYPE_CHECKING:
    from torch import Tensor

SCALES = ("energy", "peak", "none")
"""How an impulse response may be scaled: squares that sum to 1, a largest value of 1, as it is."""
RATES = (8_000, 11_025, 16_000, 22_050, 32_000, 44_100, 48_000, 88_200, 96_000, 192_000)
"""Rates, beside the sound's own, at which a link may have been made: Hz."""


def digests(recipe: Recipe) -> set[str]:
    """The digests of the kernels that a recipe does not hold itself.

    >>> from playground.recipe.model import Step
    >>> digests(Recipe((Step.of("conv1d", kernel=KernelRef(digest="0123456789abcdef")), Step("mono"))))
    {'0123456789abcdef'}
    """
    refs = (step.get("kernel") for step in recipe.steps)
    return {ref.digest for ref in refs if isinstance(ref, KernelRef) and ref.digest is not None}


def find(recipe: Recipe, files: Iterable[tuple[bytes, str]], *, rate: int | None = None) -> dict[str, Tensor]:
    """The kernels of a recipe among ``files``, bytes and name of each, for a sound of ``rate`` Hz.

    Errors: MediaError for a file that holds no kernel, and for a kernel that is in none of them.
    """
    wanted, found, given = digests(recipe), {}, []
    for data, name in files if wanted else ():
        given.append(digest_of(data))
        scale: dict[str, str | None] = {given[-1]: None} | {
            response_digest(data, rate=other, scale=scale): scale for other in {rate, *RATES} for scale in SCALES
        }
        for digest in wanted & scale.keys():
            found[digest] = read(data, name, rate=rate, scale=scale[digest])
    missing = sorted(wanted - found.keys())
    if missing and given:
        raise MediaError(
            N_("the recipe needs the kernel {missing}; the digest of what was given is {given}"),
            missing=missing[0], given=", ".join(given),
        )  # fmt: skip
    return found


def response_digest(data: bytes, *, rate: int | None, scale: str) -> str:
    """The digest of an impulse response for a sound of ``rate`` Hz, scaled as one of SCALES."""
    return digest_of(data + f" {rate} {scale}".encode())


def read(data: bytes, name: str, *, rate: int | None = None, scale: str | None = None) -> Tensor:
    """The kernel in a file: numbers as they are, or an impulse response at ``rate`` Hz.

    Shape: an NPY file's own, up to 4 axes; of a sound ``(k,)`` for one channel, ``(C, 1, k)`` for several; float64.
    ``scale`` None: an array is no sound, and a sound keeps its level.

    >>> file = io.BytesIO(); np.save(file, np.int16([[1, 0, -1]])); read(file.getvalue(), "edge.npy")
    tensor([[ 1.,  0., -1.]], dtype=torch.float64)
    """
    if scale is not None or kind_of(data) != "npy":
        sound = load_audio(data, name)
        return prepare(sound.values, source_rate=sound.rate, rate=rate or sound.rate, scale=scale or "none")[0]
    if len(data) > limits().file_bytes:
        raise MediaError(N_("this file has {given:,} bytes; at most {limit:,} are accepted"),
                         given=len(data), limit=limits().file_bytes)  # fmt: skip
    shape, _fortran, dtype, _start = read_header(data)
    count, most = math.prod(shape), limits().kernel_numbers
    if not 1 <= len(shape) <= 4 or not 1 <= count <= most or dtype.kind not in "biuf":
        raise MediaError(
            N_("a kernel is an array of up to 4 axes and {limit:,} real numbers; this one has the shape {given}"),
            limit=most, given=str(shape)[:60],
        )  # fmt: skip
    try:
        numbers = np.load(io.BytesIO(data), allow_pickle=False).astype(np.float64)
    except (ValueError, EOFError) as cause:
        raise MediaError(N_("this NPY file is cut off; save the array again with numpy.save")) from cause
    refuse_not_finite(numbers)
    return torch.from_numpy(np.ascontiguousarray(numbers))


def prepare(values: Tensor, *, source_rate: int, rate: int, scale: str) -> tuple[Tensor, list[Notice]]:
    """Resample and scale an impulse response.

    Shape: ``(C, T) -> (k,)`` for one channel, ``(C, 1, k)`` for several.  ``scale`` is one of SCALES.
    """
    notices = []
    if source_rate != rate:
        values = resample(values, source_rate=source_rate, target_rate=rate)
        notices.append(
            notice(
                N_("resampled from {before} to {after} Hz, the sound's rate"), before=source_rate, after=rate
            )
        )
    if values.shape[-1] > limits().kernel_numbers:
        raise MediaError(
            N_("this impulse response has {count} samples; at most {limit} are accepted, so send a shorter one"),
            count=values.shape[-1], limit=limits().kernel_numbers,
        )  # fmt: skip
    values = values.double()
    size = float(values.square().sum().sqrt()) if scale == "energy" else float(values.abs().max())
    if not size:
        raise MediaError(N_("this impulse response is silent; send one with a sound in it"))
    if scale == "energy":
        values = values / torch.sqrt(values.square().sum(dim=-1, keepdim=True).mean())
    elif scale == "peak":
        values = values / size
    return (values[0] if values.shape[0] == 1 else values[:, None]), notices
