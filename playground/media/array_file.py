"""How is an NPY file read without trusting its header?  Header, then limits, then length, then numbers.

As a picture an array may be ``(H, W)``, ``(C, H, W)`` with C up to 4, or ``(H, W, C)``; as a sound ``(T,)`` or
``(C, T)``.  Integers are divided by the maximum of their type, True is 1, floats are taken as they are.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import numpy as np

from ..errors import N_, MediaError, Notice, notice
from .limits import Limits

MOST_CHANNELS = 4
_NAMES = {
    "O": N_(
        "this array holds Python objects, which are never loaded; save numbers: numpy.save of a float array"
    ),
    "V": N_("this array holds records with named fields; save one field of it as an array of numbers"),
    "c": N_("this array holds complex numbers; save its magnitude or its real part"),
    "M": N_("this array holds dates; save numbers: numpy.save of a float array"),
    "m": N_("this array holds time spans; save numbers: numpy.save of a float array"),
}
_NAMES["U"] = _NAMES["S"] = N_("this array holds text; save numbers: numpy.save of a float array")


def read_header(data: bytes) -> tuple[tuple[int, ...], bool, np.dtype, int]:
    """Shape, whether columns come first (Fortran), type, and where the numbers begin.

    >>> file = io.BytesIO(); np.save(file, np.zeros((2, 3), np.uint8)); read_header(file.getvalue())
    ((2, 3), False, dtype('uint8'), 128)
    """
    file = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(file)
        if version == (3, 0):  # differs from 2.0 only in the names of fields
            raise MediaError(_NAMES["V"])
        read = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}[
            version
        ]
        shape, fortran, dtype = read(file)
    except MediaError:
        raise
    except Exception as cause:  # a header is a Python literal: many kinds of error can come out of it
        raise MediaError(
            N_("the header of this NPY file is damaged or cut off; save the array again with numpy.save")
        ) from cause
    return shape, fortran, dtype, file.tell()


def read_array(data: bytes, hard_pixels: int) -> tuple[np.ndarray, list[Notice]]:
    """The numbers of an NPY file as planes.

    Shape: ``(H, W)``, ``(C, H, W)`` or ``(H, W, C)`` in the file ``-> (C, H, W)``, float32.

    >>> file = io.BytesIO(); np.save(file, np.uint8([[0, 51, 255]])); read_array(file.getvalue(), 100)
    (array([[[0. , 0.2, 1. ]]], dtype=float32), [])
    """
    stored = _read_stored(data, lambda shape: _judge_picture(shape, hard_pixels))
    notices = []
    if _has_channels_last(stored.shape):
        stored = stored.transpose(2, 0, 1)
        notices.append(
            notice(
                N_("read as (H, W, C): its last axis, {channels}, is the channels"), channels=stored.shape[0]
            )
        )
    return _as_float(stored.reshape(-1, *stored.shape[-2:])), notices


def read_samples(data: bytes, bounds: Limits) -> tuple[np.ndarray, int]:
    """The numbers of an NPY file as channels, at most the soft limit of them, and how long all are.

    Shape: ``(T,)`` or ``(C, T)`` in the file ``-> (C, T)``, float32.

    >>> file = io.BytesIO(); np.save(file, np.int16([0, 32767]))
    >>> read_samples(file.getvalue(), Limits(memory_bytes=2**30, soft_pixels=1))
    (array([[0., 1.]], dtype=float32), 2)
    """
    stored = _read_stored(data, lambda shape: _judge_sound(shape, bounds))
    stored = stored.reshape(-1, stored.shape[-1])
    kept = bounds.soft_samples // len(stored)
    return _as_float(stored[:, :kept]), stored.shape[1]


def _read_stored(data: bytes, judge: Callable[[tuple[int, ...]], None]) -> np.ndarray:
    """A view of the numbers, once ``judge`` lets their shape pass."""
    shape, fortran, dtype, start = read_header(data)
    if dtype.kind not in "biuf":
        raise MediaError(_NAMES.get(dtype.kind, _NAMES["V"]))
    judge(shape)
    expected, present = math.prod(shape) * dtype.itemsize, len(data) - start
    if present != expected:
        raise MediaError(
            N_(
                "this NPY file holds {present} bytes of numbers but its header announces {expected};"
                " save the array again with numpy.save"
            ),
            present=present,
            expected=expected,
        )
    stored = np.frombuffer(data, dtype, offset=start).reshape(shape, order="F" if fortran else "C")
    if dtype.kind == "f":
        refuse_not_finite(stored)
    return stored


def _has_channels_last(shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and shape[0] > MOST_CHANNELS


def _judge_picture(shape: tuple[int, ...], hard_pixels: int) -> None:
    """Refuse a shape that no picture has, and one of too many pixels."""
    if (
        len(shape) not in (2, 3)
        or min(shape) < 1
        or (len(shape) == 3 and min(shape[0], shape[2]) > MOST_CHANNELS)
    ):
        raise MediaError(
            N_(
                "this array has the shape {shape};"
                " a picture is (H, W), (C, H, W) or (H, W, C) with C from 1 to 4"
            ),
            shape=_in_short(shape),
        )
    height, width = shape[:2] if _has_channels_last(shape) else shape[-2:]
    if height * width > hard_pixels:
        raise MediaError(
            N_(
                "this array announces the shape {shape};"
                " at most {limit:,} pixels are accepted, so save a part of it"
            ),
            shape=_in_short(shape),
            limit=hard_pixels,
        )


def _judge_sound(shape: tuple[int, ...], bounds: Limits) -> None:
    """Refuse a shape that no sound has, and one of too many samples."""
    channels = shape[0] if len(shape) == 2 else 1
    if len(shape) not in (1, 2) or min(shape) < 1 or channels > bounds.channels:
        raise MediaError(
            N_(
                "this array has the shape {shape};"
                " a sound is (T,) or (C, T), T samples in each of C channels, with C from 1 to {limit}"
            ),
            shape=_in_short(shape),
            limit=bounds.channels,
        )
    if math.prod(shape) > bounds.hard_samples:
        raise MediaError(
            N_(
                "this array announces the shape {shape};"
                " at most {limit:,} samples are accepted, so save a part of it"
            ),
            shape=_in_short(shape),
            limit=bounds.hard_samples,
        )


def _in_short(shape: tuple[int, ...]) -> str:
    text = str(shape)
    return text if len(text) <= 60 else text[:57] + "..."


def _as_float(stored: np.ndarray) -> np.ndarray:
    if stored.dtype.kind == "b":
        return np.ascontiguousarray(stored, dtype=np.float32)
    if stored.dtype.kind in "iu":
        # 8 and 16 bits are exact in float32; wider ones are divided in float64 and rounded once
        exact = np.float32 if stored.dtype.itemsize <= 2 else np.float64
        divided = np.divide(stored, exact(np.iinfo(stored.dtype).max), dtype=exact)
        return np.ascontiguousarray(divided, dtype=np.float32)
    with np.errstate(over="ignore"):
        values = np.array(
            stored, dtype=np.float32, order="C"
        )  # a copy: ``stored`` is a view of the file's bytes
    if not np.isfinite(values).all():
        raise MediaError(
            N_("this array holds numbers beyond 3.4e38, the largest of float32; scale it and save it again")
        )
    return values


def refuse_not_finite(values: np.ndarray) -> None:
    """Refuse NaN and infinity, saying how many there are and where the first is.

    >>> refuse_not_finite(np.float32([0.5, 2.0]))
    """
    finite = np.isfinite(values)
    if finite.all():
        return
    missing = int(np.isnan(values).sum())
    raise MediaError(
        N_(
            "{nan} of its {count} values are NaN and {infinite} are infinite, the first at {position};"
            " replace them (numpy.nan_to_num) and send the file again"
        ),
        nan=missing,
        infinite=int(finite.size - finite.sum()) - missing,
        count=finite.size,
        position=tuple(int(i) for i in np.unravel_index(int(np.argmin(finite)), finite.shape)),
    )
