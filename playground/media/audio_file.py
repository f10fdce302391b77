"""How does a file of unknown origin become a sound?  It is judged at every step before the next one.

Bytes (how many), content (what kind, by its first bytes), header (rate, channels, samples), and only then the
samples, block by block into one tensor, up to the soft limit: what a header announces is a hint.  The file's
own rate and channels are kept.  Whatever a decoder raises becomes one sentence.

Integers of n bits are divided by 2^(n-1), as everywhere: -1 is reached and +1 is not.  A frame is one sample
of every channel.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from ..errors import N_, MediaError, Notice, notice
from . import headers, mp3
from .array_file import read_samples
from .content import NO_SOUND, SOUNDS, kind_of
from .limits import Limits, limits
from .types import Audio, digest_of
from .wav import read_layout

if TYPE_CHECKING:
    from soundfile import SoundFile

DEFAULT_RATE = 44_100  # Hz, of an array, which has none
_BLOCK = 2**18  # samples decoded at once, of all channels together
_ENDLESS = 2**48  # frames; libsndfile answers its largest number where a header leaves the length open
_SLACK = {"flac": 0, "ogg": 0, "mp3": 2 * 1152}  # frames by which an honest header may be wrong


class _Window:
    """Bytes as a file, not copied, in which a damaged header may ask for any place: libsndfile does not check."""

    def __init__(self, data: memoryview) -> None:
        self.data, self.at = data, 0

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> None:
        start = {os.SEEK_CUR: self.at, os.SEEK_END: len(self.data)}.get(whence, 0)
        self.at = min(max(start + offset, 0), len(self.data))

    def readinto(self, buffer) -> int:
        taken = self.data[self.at : self.at + len(buffer)]
        buffer[: len(taken)] = taken
        self.at += len(taken)
        return len(taken)


def load_audio(data: bytes, name: str, *, rate: int | None = None) -> Audio:
    """The sound in ``data``, the bytes of a file; ``name`` is kept and not believed.

    ``rate`` (Hz) is for NPY files, which have none of their own: None stands for 44100.  Any other file keeps
    its own.  An impulse response is a sound like any other.

    >>> import numpy as np, io
    >>> file = io.BytesIO(); np.save(file, np.int16([-32767, 0, 32767]))
    >>> load_audio(file.getvalue(), "three samples.npy", rate=8000).values
    tensor([[-1.,  0.,  1.]])
    """
    import torch

    bounds = limits()
    kind = _judge(data, bounds)
    digest = digest_of(data)
    with _in_words(kind):
        if kind == "npy":
            rate = DEFAULT_RATE if rate is None else rate
            values, notices = _load_array(data, rate, bounds)
            digest = digest_of(f"{digest} at {rate} Hz".encode())
        elif kind == "wav":
            values, rate, notices = _load_wav(data, bounds)
        else:
            values, rate, notices = _load_packed(data, kind, bounds)
        return Audio(torch.from_numpy(values), rate, name, digest, tuple(notices))


def _judge(data: bytes, bounds: Limits) -> str:
    """The kind of sound by size and content; everything else is refused."""
    if not data:
        raise MediaError(N_("this file is empty; was it still being copied when it was sent?"))
    if len(data) > bounds.file_bytes:
        raise MediaError(
            N_(
                "this file has {given:,} bytes; at most {limit:,} are accepted,"
                " so cut the sound or save it as FLAC"
            ),
            given=len(data),
            limit=bounds.file_bytes,
        )
    kind = kind_of(data)
    if kind in NO_SOUND:
        raise MediaError(NO_SOUND[kind])
    return kind


def _judge_header(rate: int, channels: int, frames: int | None, bounds: Limits) -> None:
    """Refuse what no machine here should hold, before a sample is read."""
    if not bounds.least_rate <= rate <= bounds.most_rate:
        raise MediaError(
            N_(
                "this sound has a sample rate of {rate:,} Hz;"
                " {least:,} Hz to {most:,} Hz are accepted, so resample it"
            ),
            rate=rate,
            least=bounds.least_rate,
            most=bounds.most_rate,
        )
    if channels > bounds.channels:
        raise MediaError(
            N_("this sound has {channels} channels; at most {limit} are accepted, so save fewer of them"),
            channels=channels,
            limit=bounds.channels,
        )
    if frames is not None and frames * channels > bounds.hard_samples:
        raise MediaError(
            N_(
                "this sound announces {frames:,} samples in each of {channels} channels;"
                " at most {limit:,} in all are accepted, so cut it"
            ),
            frames=frames,
            channels=channels,
            limit=bounds.hard_samples,
        )


@contextmanager
def _in_words(kind: str) -> Iterator[None]:
    """Whatever a decoder raises, as one sentence."""
    try:
        yield
    except MediaError:
        raise
    except MemoryError as cause:
        raise MediaError(
            N_("this sound needs more memory than is free now; make it shorter, or try again later")
        ) from cause
    except (
        Exception
    ) as cause:  # soundfile.LibsndfileError is a RuntimeError; struct.error, ValueError, OSError
        raise _damaged(kind) from cause


def _damaged(kind: str) -> MediaError:
    return MediaError(
        N_(
            "this {format} file is damaged, cut off or of a rare kind;"
            " copy it again, or open it elsewhere, save it as WAV and send that"
        ),
        format=SOUNDS[kind],
    )


def _load_array(data: bytes, rate: int, bounds: Limits) -> tuple[np.ndarray, list[Notice]]:
    _judge_header(rate, 1, None, bounds)
    values, frames = read_samples(data, bounds)
    return values, _cut(values, frames, rate, bounds)


# --- files of sound ---------------------------------------------------------------------------------


def _load_wav(data: bytes, bounds: Limits) -> tuple[np.ndarray, int, list[Notice]]:
    """A WAV file: where its samples are is found here, libsndfile only turns them into floats."""
    import soundfile

    layout = read_layout(data)
    held, announced, rate = layout.frames, layout.announced, layout.rate
    _judge_header(rate, layout.channels, held, bounds)
    if not held:
        raise _no_samples()
    window = _Window(memoryview(data)[layout.start : layout.end])
    form = {"channels": layout.channels, "subtype": layout.subtype, "endian": "LITTLE", "format": "RAW"}
    with soundfile.SoundFile(window, "r", samplerate=rate, **form) as opened:
        values, _ = _decode(opened, held, bounds)
    notices = []
    if announced not in (None, held):
        notices.append(
            notice(
                N_("its header announces {announced:,} samples but the file holds {held:,}; these are used"),
                announced=announced,
                held=held,
            )
        )
    return values, rate, notices + _cut(values, held, rate, bounds)


def _load_packed(data: bytes, kind: str, bounds: Limits) -> tuple[np.ndarray, int, list[Notice]]:
    """A FLAC, OGG or MP3 file, as far as it can be decoded."""
    import soundfile

    whole = mp3.with_length(data) if kind == "mp3" else data
    window = _Window(memoryview(whole))
    with soundfile.SoundFile(window, "r") as opened:
        if opened.format != SOUNDS[kind]:  # libsndfile may see another kind in the same bytes
            raise _damaged(kind)
        rate = opened.samplerate
        frames = opened.frames if opened.frames < _ENDLESS else None
        _judge_header(rate, opened.channels, frames, bounds)
        values, broken = _decode(opened, frames, bounds)
    held = values.shape[1]
    ends_early = (
        (kind == "ogg" and headers.ogg_is_cut_off(data))
        or (broken and window.tell() < len(whole))
        or (frames is not None and held < min(frames - _SLACK[kind], bounds.soft_samples // len(values)))
    )
    if not held:
        raise _damaged(kind) if broken or ends_early else _no_samples()
    notices = _cut(values, frames, rate, bounds)
    if ends_early and not notices:
        notices.append(
            notice(
                N_("this {format} file is damaged or cut off after {seconds:.2f} seconds; these are used"),
                format=SOUNDS[kind],
                seconds=held / rate,
            )
        )
    return values, rate, notices


def _decode(opened: SoundFile, frames: int | None, bounds: Limits) -> tuple[np.ndarray, bool]:
    """The samples, as many as the soft limit allows, and whether the decoder gave up.

    Shape: ``(C, T)``, float32.  The memory for what a header announces is only taken as it fills.
    """
    import soundfile

    channels = opened.channels
    most = bounds.soft_samples // channels
    expected = most if frames is None else min(frames, most)
    values = np.empty((channels, expected), np.float32)
    block = np.empty((_BLOCK // channels, channels), np.float32)
    at, broken, missing = 0, False, _Missing()
    while at < expected and not broken:
        wanted = block[: expected - at]
        wanted.fill(np.nan)  # a decoder that gives up within a block does not say how far it came
        try:
            held = len(opened.read(out=wanted))
        except soundfile.LibsndfileError:
            held, broken = int(np.argmax(np.isnan(np.append(wanted[:, -1], np.nan)))), True
        if not held:
            break
        missing.look_at(wanted[:held], at)
        values[:, at : at + held] = wanted[:held].T
        at += held
    missing.refuse(at * channels, opened.samplerate)
    return (values if at == expected else values[:, :at].copy()), broken


@dataclass
class _Missing:
    """How many samples are no numbers, and the frame of the first: counted block by block."""

    nan: int = 0
    infinite: int = 0
    first: int | None = None

    def look_at(self, block: np.ndarray, start: int) -> None:
        finite = np.isfinite(block)
        if finite.all():
            return
        nan = int(np.isnan(block).sum())
        self.nan += nan
        self.infinite += int(finite.size - finite.sum()) - nan
        if self.first is None:
            self.first = start + int(np.argmin(finite.all(axis=1)))

    def refuse(self, count: int, rate: int) -> None:
        if self.first is not None:
            raise MediaError(
                N_(
                    "{nan:,} of its {count:,} samples are NaN and {infinite:,} are infinite,"
                    " the first at {seconds:.3f} seconds; export the sound again without them"
                ),
                nan=self.nan,
                infinite=self.infinite,
                count=count,
                seconds=self.first / rate,
            )


def _no_samples() -> MediaError:
    return MediaError(N_("this sound holds no samples; was the recording stopped before it began?"))


def _cut(values: np.ndarray, frames: int | None, rate: int, bounds: Limits) -> list[Notice]:
    """What the soft limit took away, if anything; ``frames`` in the file, None where it does not say."""
    channels, held = values.shape
    if held < bounds.soft_samples // channels or held == frames:
        return []
    kept = {"after": held / rate, "limit": bounds.soft_samples}
    if frames is None or frames < held:
        template = N_(
            "cut after {after:.2f} seconds: at most {limit:,} samples of all channels are used here"
        )
        return [notice(template, **kept)]
    template = N_(
        "cut from {before:.2f} to {after:.2f} seconds: at most {limit:,} samples of all channels are used here"
    )
    return [notice(template, before=frames / rate, **kept)]
