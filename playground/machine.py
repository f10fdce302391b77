"""How much memory may this process have?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

GIB = 2**30
UNKNOWN_MEMORY = 2 * GIB
"""Where the system does not say (Windows): the middle of the classes that limits know."""


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
