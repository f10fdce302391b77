"""The same correlation by different means.

Every module here has one function with one signature, for arrays of one dtype::

    correlate(x, kernel, windows, padding_mode, fill, out=None) -> y

``x`` is ``(planes, *size)``, ``kernel`` ``(*taps)``; each axis has a ``geometry.Window`` that says which input samples
it reads, and ``y`` is ``(planes, *counts)``.  Reading beyond the ends continues ``x`` by ``padding_mode``.
Only ``torch_native`` takes tensors and ``groups``: it mixes channels, has gradients, and is on any device.
A method is a speed, never a meaning.
"""

from __future__ import annotations

import importlib

NAMES = ("torch", "direct", "compiled", "lines", "separable", "running", "shifted", "toeplitz", "fourier")


def __getattr__(name: str) -> dict:
    """``METHODS``, every one of ``NAMES`` with its module: read when first asked for, as the pages are drawn before."""
    if name != "METHODS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found = {each: f"{__name__}.torch_native" if each == "torch" else f"{__name__}.{each}" for each in NAMES}
    globals()[name] = {each: importlib.import_module(module) for each, module in found.items()}
    return globals()[name]
