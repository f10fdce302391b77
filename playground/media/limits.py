"""How much may one picture, one sound, one run ask of this machine?

Everything follows from ``m``, the memory this process can have: the smaller of the cgroup limit (version 1
or 2, as containers set it) and the RAM.  Over a soft limit a medium is reduced or cut with a notice; over a
hard limit it is refused in a sentence.  Environment variables change them (``VARIABLES``).
"""

from __future__ import annotations

import os
from dataclasses import dataclass

from ..errors import N_, PlaygroundError
from ..machine import GIB, memory_bytes

MEGAPIXEL = 10**6
HARD_OVER_SOFT = 10
MOST_FILE_BYTES = 256 * 2**20  # equals server.maxUploadSize
SAMPLES_PER_SECOND = 2 * 48_000  # what a second counts for: stereo at the rate of studios

VARIABLES = {
    "PLAYGROUND_MEMORY_BYTES": "memory_bytes",
    "PLAYGROUND_SOFT_PIXELS": "soft_pixels",
    "PLAYGROUND_SOFT_SECONDS": "soft_seconds",
    "PLAYGROUND_FILE_BYTES": "file_bytes",
    "PLAYGROUND_RUN_BYTES": "run_bytes",
    "PLAYGROUND_RUN_MULTIPLY_ADDS": "run_multiply_adds",
}


@dataclass(frozen=True)
class Limits:
    """What may be asked of this machine.

    A sound is judged by its samples, those of all channels together: ``soft_seconds`` of stereo at 48 kHz are
    twice as long in mono, and a sixth as long in six channels at 96 kHz.

    >>> Limits(memory_bytes=2**30, soft_pixels=4_000_000).hard_pixels
    40000000
    >>> Limits(memory_bytes=2**30, soft_pixels=4_000_000, soft_seconds=10).soft_samples
    960000
    """

    memory_bytes: int
    soft_pixels: int
    soft_seconds: int = 5 * 60  # of stereo at 48 kHz
    channels: int = 32
    least_rate: int = 1_000  # Hz
    most_rate: int = 768_000
    file_bytes: int = MOST_FILE_BYTES
    kernel_numbers: int = 2**20
    run_bytes: int = GIB
    run_multiply_adds: int = 2 * 10**11

    @property
    def hard_pixels(self) -> int:
        return HARD_OVER_SOFT * self.soft_pixels

    @property
    def hard_seconds(self) -> int:
        return HARD_OVER_SOFT * self.soft_seconds

    @property
    def soft_samples(self) -> int:
        """Samples of all channels together."""
        return SAMPLES_PER_SECOND * self.soft_seconds

    @property
    def hard_samples(self) -> int:
        return HARD_OVER_SOFT * self.soft_samples


def limits() -> Limits:
    """The limits as they are now: from the memory, then from the environment.

    >>> limits().hard_pixels == 10 * limits().soft_pixels
    True
    """
    given = {field: _number(variable) for variable, field in VARIABLES.items() if os.environ.get(variable)}
    memory = given.pop("memory_bytes", None) or memory_bytes()
    return Limits(**(_from_memory(memory) | given))


def _from_memory(memory: int) -> dict[str, int]:
    megapixels, minutes = (4, 5) if memory < 2 * GIB else (8, 10) if memory < 4 * GIB else (12, 20)
    return {
        "memory_bytes": memory,
        "soft_pixels": megapixels * MEGAPIXEL,
        "soft_seconds": minutes * 60,
        "file_bytes": min(memory // 16, MOST_FILE_BYTES),
        "run_bytes": memory // 4,
    }


def _number(variable: str) -> int:
    """A whole number above 0 from the environment; ``2e11`` is one too."""
    text = os.environ[variable]
    try:
        number = int(text) if text.strip().isdecimal() else int(float(text))
    except (ValueError, OverflowError):
        number = 0
    if not 0 < number < 2**62:
        raise PlaygroundError(
            N_("{variable}={given!r} is not a whole number above 0; write digits, such as 8000000"),
            variable=variable,
            given=text[:40],
        )
    return number
