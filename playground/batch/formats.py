"""How does a result leave as a file?  In a format of its kind, and what that loses is said."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from playground.errors import N_, MediaError, Notice, notice
from playground.media.save import (
    file_rate,
    flac_bytes,
    jpeg_bytes,
    npy_bytes,
    png_bytes,
    tiff_bytes,
    wav_bytes,
    webp_bytes,
)
from playground.result import Record, Result
from playground.view import pixels, spectrogram

if TYPE_CHECKING:
    from torch import Tensor

ENDINGS = {
    "png": "png", "jpeg": "jpg", "webp": "webp", "tiff": "tiff", "npy": "npy",
    "wav": "wav", "float": "float.wav", "flac": "flac",
}  # fmt: skip
"""The formats by name, and how their files end.  "float" is a WAV that keeps every number."""
FORMATS = {
    "image": ("png", "jpeg", "webp", "tiff", "npy"),
    "spectrogram": ("png", "jpeg", "webp", "tiff", "npy"),
    "audio": ("wav", "float", "flac", "npy"),
}
"""What a result of each kind can be written as; the first is meant where nothing is said."""
VALUES = ("tiff", "npy", "float")
"""Formats that keep the values as they are."""
SIGNED = ("automatic", *pixels.SIGNED_MODES)
_NEARLY_ZERO = 1e-6
"""A sum below this part of the sum of magnitudes is 0 but for rounding."""
_SPAN_DB = 80.0
"""From the loudest of a spectrogram's magnitudes to black."""


def checked(names: Sequence[str]) -> tuple[str, ...]:
    """Names of formats, each once; also ``jpg``, ``tif`` and lists joined by commas.

    >>> checked(["png,npy", "JPG"])
    ('png', 'npy', 'jpeg')
    """
    words = [word.strip().lower() for name in names for word in name.split(",") if word.strip()]
    words = [{"jpg": "jpeg", "tif": "tiff"}.get(word, word) for word in words]
    for word in words:
        if word not in ENDINGS:
            raise MediaError(N_("format={given!r} is not known; choose of: {choices}"),
                             given=word[:40], choices=", ".join(ENDINGS))  # fmt: skip
    return tuple(dict.fromkeys(words))


def checked_mode(name: str) -> str:
    """One of SIGNED, ``-`` or ``_`` in it.

    >>> checked_mode("two-colours")
    'two_colours'
    """
    word = name.replace("-", "_")
    if word not in SIGNED:
        raise MediaError(N_("signed={given!r} is not known; choose one of: {choices}"),
                         given=name[:40], choices=", ".join(SIGNED))  # fmt: skip
    return word


def fitting(names: Sequence[str], kind: str) -> tuple[str, ...]:
    """The formats of ``names`` that a result of ``kind`` can have; without names its usual one.

    >>> fitting(("png", "wav"), "audio"), fitting((), "spectrogram")
    (('wav',), ('png',))
    """
    found = tuple(name for name in names if name in FORMATS[kind]) if names else FORMATS[kind][:1]
    if not found:
        raise MediaError(N_("a result of the kind {kind} cannot be written as {given}; choose of: {choices}"),
                         kind=kind, given=", ".join(names), choices=", ".join(FORMATS[kind]))  # fmt: skip
    return found


def encoded(result: Result, name: str, *, signed: str = "automatic") -> tuple[bytes, list[Notice]]:
    """The bytes of a result in the format ``name``, and what was done to the values for it.

    ``signed`` says how values below 0 look in a picture, one of SIGNED.
    """
    if name == "npy":
        return npy_bytes(result.output), _no_rate(result)
    if name == "tiff":
        return tiff_bytes(result.output), []
    if result.kind == "audio":
        return _sound(result, name)
    if result.kind == "spectrogram":
        shown, said = _levels(result.output, decibels=result.spectrum.unit == "decibels")
    else:
        shown, said = _picture(result, signed)
    write = {"png": png_bytes, "jpeg": jpeg_bytes, "webp": webp_bytes}[name]
    return write(shown), said


def _no_rate(result: Result) -> list[Notice]:
    if result.kind != "audio" or result.rate is None:
        return []
    return [notice(N_("an array holds no sample rate; this sound's is {rate} Hz"), rate=str(result.rate))]


def _sound(result: Result, name: str) -> tuple[bytes, list[Notice]]:
    rate, off = file_rate(result.rate)
    said = [] if off is None else [off]
    beyond = float((result.output.abs() > 1).double().mean()) if max(-result.minimum, result.maximum) > 1 else 0.0
    if beyond and name not in VALUES:
        said.append(notice(N_("{share} % of the samples are beyond full scale, up to {peak}, and were clipped; the format float"
                              " keeps them"), share=_percent(beyond), peak=f"{max(-result.minimum, result.maximum):.3g}"))  # fmt: skip
    if name == "flac":
        return flac_bytes(result.output, rate), said
    return wav_bytes(result.output, rate, subtype="FLOAT" if name == "float" else "PCM_16"), said


# --- pictures ------------------------------------------------------------------------------------


def _picture(result: Result, signed: str) -> tuple[np.ndarray, list[Notice]]:
    """The pixels shown.  Shape: ``-> (H, W)``, ``(H, W, 3)`` or ``(H, W, 4)``, uint8."""
    mode = pixels.choose_mode(signed, channels=result.output.shape[0], signed=has_both_signs(result))
    shown = pixels.show(result.output, mode=mode, scale=result.scale)
    said = []
    if shown.mode == "two_colours":
        said.append(notice(N_("in two colours: orange above 0, blue below, full at ±{end}"), end=f"{shown.high:.3g}"))
    elif shown.mode != "clamp":
        said.append(notice(N_("shown as {mode}: black is {low}, white is {high}"),
                           mode=shown.mode, low=f"{shown.low:.3g}", high=f"{shown.high:.3g}"))  # fmt: skip
    if shown.beyond:
        said.append(notice(N_("the values run from {low} to {high}; {share} % are beyond what is shown and were clipped; the"
                              " format npy keeps them"), share=_percent(shown.beyond), low=f"{result.minimum:.3g}",
                           high=f"{result.maximum:.3g}"))  # fmt: skip
    return pixels.with_alpha(shown.pixels, result.alpha), said


def has_both_signs(result: Result) -> bool:
    """Whether values below 0 are an answer, as an edge kernel's are, and not an overshoot."""
    if result.minimum >= -pixels.TOLERANCE * result.scale:
        return False
    return any(_answers_edges(record) for record in result.records)


def _answers_edges(record: Record) -> bool:
    """A kernel whose taps sum to 0 answers differences; every registered edge kernel is one."""
    if record.kernel is None:
        return False
    weight = float(record.kernel.abs().sum())
    return weight > 0 and abs(float(record.kernel.sum())) <= _NEARLY_ZERO * weight


def _levels(magnitude: Tensor, *, decibels: bool) -> tuple[np.ndarray, list[Notice]]:
    """A spectrogram's levels, low frequencies below.  Shape: ``(C, F, T) -> (F, T, 3)``, uint8."""
    values = magnitude if decibels else magnitude.abs()
    values = values.amax(dim=0).numpy()[::-1]
    top, table = float(values.max()), spectrogram.lut("viridis")
    high = top if decibels else 0.0
    shown = np.empty((*values.shape, 3), np.uint8)
    for row, level in enumerate(values):  # row by row: a long sound has millions of values
        if not decibels:
            level = spectrogram.levels(level, reference=top if top > 0 else 1.0, floor_db=-_SPAN_DB)
        shown[row] = spectrogram.colours(100 * level, range_db=(high - _SPAN_DB, high), table=table)
    said = notice(N_("levels in colours, from {low} dB below the loudest to it; one column a frame, one row a bin or band"),
                  low=f"{_SPAN_DB:g}")  # fmt: skip
    return shown, [said]


def _percent(share: float) -> str:
    return f"{100 * share:.2g}" if share >= 1e-4 or not share else f"{10 ** math.floor(math.log10(100 * share)):g}"
