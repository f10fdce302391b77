"""How is an NPY file read without trusting its header?  Header, then limits, then length, then numbers.

An array may be ``(H, W)``, ``(C, H, W)`` with C up to 4, or ``(H, W, C)``.  Integers are divided by the
maximum of their type, True is 1, floats are taken as they are.
"""

from __future__ import annotations

import io
import math

import numpy as np

from ..errors import N_, MediaError, Notice, notice

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
    shape, fortran, dtype, start = read_header(data)
    if dtype.kind not in "biuf":
        raise MediaError(_NAMES.get(dtype.kind, _NAMES["V"]))
    channels_last = _judge_shape(shape, hard_pixels)
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
    notices = []
    if channels_last:
        stored = stored.transpose(2, 0, 1)
        notices.append(
            notice(N_("read as (H, W, C): its last axis, {channels}, is the channels"), channels=shape[-1])
        )
    return _as_float(stored.reshape(-1, *stored.shape[-2:])), notices


def _judge_shape(shape: tuple[int, ...], hard_pixels: int) -> bool:
    """Whether the channels are the last axis; a shape that no picture has is refused."""
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
    channels_last = len(shape) == 3 and shape[0] > MOST_CHANNELS
    height, width = shape[:2] if channels_last else shape[-2:]
    if height * width > hard_pixels:
        raise MediaError(
            N_(
                "this array announces the shape {shape};"
                " at most {limit:,} pixels are accepted, so save a part of it"
            ),
            shape=_in_short(shape),
            limit=hard_pixels,
        )
    return channels_last


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
