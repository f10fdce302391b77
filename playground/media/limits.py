"""How much may one picture, one sound, one run ask of this machine?

Everything follows from ``m``, the memory this process can have: the smaller of the cgroup limit (version 1
or 2, as containers set it) and the RAM.  Over a soft limit a medium is reduced or cut with a notice; over a
hard limit it is refused in a sentence.  Environment variables change them (``VARIABLES``).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from ..errors import N_, PlaygroundError

GIB = 2**30
MEGAPIXEL = 10**6
HARD_OVER_SOFT = 10
MOST_FILE_BYTES = 256 * 2**20  # equals server.maxUploadSize
SAMPLES_PER_SECOND = 2 * 48_000  # what a second counts for: stereo at the rate of studios
UNKNOWN_MEMORY = 2 * GIB  # where the system does not say (Windows): the middle of the three classes below

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


@lru_cache(maxsize=1)
def memory_bytes() -> int:
    """Bytes of memory this process can have: the smaller of cgroup and RAM, read once.

    >>> memory_bytes() > 0
    True
    """
    return min([_ram(), *_cgroup_limits(Path("/proc/self/cgroup"), Path("/sys/fs/cgroup"))])


def _ram() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):
        return UNKNOWN_MEMORY


def _cgroup_limits(membership: Path, mount: Path) -> Iterator[int]:
    """Limits of this process's memory group and of every group above it.

    A line of ``membership`` is ``0::/path`` (version 2) or ``4:memory:/path`` (version 1).  In a container
    the path may be the host's and not exist here; then its upper part, or the mount itself, does.
    """
    try:
        lines = membership.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        number, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if number == "0" and not controllers:
            folder, file = mount, "memory.max"
        elif "memory" in controllers.split(","):
            folder, file = mount / "memory", "memory.limit_in_bytes"
        else:
            continue
        inner = folder / group.lstrip("/")
        for place in (inner, *inner.parents):
            try:
                text = (place / file).read_text().strip()
            except OSError:
                text = ""
            if text.isdecimal() and int(text) > 0:  # "max" says there is none
                yield int(text)
            if place == folder:
                break
