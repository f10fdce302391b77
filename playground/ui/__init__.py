"""The screens' parts: the only place in the package that knows Streamlit.

A page names them as ``ui.share``, and each is imported where it is first named: title and controls are drawn before
what stands below them is read.
"""

from __future__ import annotations

import gc
import importlib
from types import ModuleType

gc.freeze()  # what Streamlit has brought stays: nobody should wait while it is looked through for the imports below


def __getattr__(name: str) -> ModuleType:
    module = f"{__name__}.{name}"
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
