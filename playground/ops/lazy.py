"""torch, OpenCV and the methods that need them, imported when they are first used.

``import torch`` takes two seconds, OpenCV is seventy megabytes to read, and a page must be drawn before that.
Python's own import lock makes the first use safe when two visitors arrive together.
"""

from __future__ import annotations

import importlib
from typing import Any


class LazyModule:
    """Stands for a module and imports it at the first attribute that is asked for.

    >>> LazyModule("math").floor(2.5)
    2
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        value = getattr(importlib.import_module(self._name), attribute)
        self.__dict__[attribute] = value  # found at once from now on
        return value


torch = LazyModule("torch")
cv2 = LazyModule("cv2")
plan = LazyModule("playground.ops.methods.plan")
