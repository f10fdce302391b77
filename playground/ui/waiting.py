"""How do torch's threads wait for each other?  Asleep: a core that they keep busy is missed by somebody else.

Told nothing, they turn in circles until the last one arrives.  On a server of few cores that one may be waiting for
the very core which the others keep, with a browser or a second visitor beside it: a short-time transform of 6 ms
took 60 ms.
"""

from __future__ import annotations

import os


def asleep() -> None:
    """Before torch is imported, which reads this once; what somebody has set stays.

    >>> asleep()
    >>> os.environ["OMP_WAIT_POLICY"].lower() in ("passive", "active")
    True
    """
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
