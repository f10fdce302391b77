"""The same correlation by different means.

Every module here has one function with one signature::

    correlate(x, kernel, windows, padding_mode, fill, groups, out=None) -> y

``x`` is ``(N, C, *size)``; ``kernel`` is ``(*taps)`` for every channel alone or
``(C_out, C_in / groups, *taps)``; each axis has a ``geometry.Window`` that says which input samples
it reads, and ``y`` is ``(N, C_out, *counts)``.  Reading beyond the ends continues ``x`` by
``padding_mode``.  A method is a speed, never a meaning.
"""

from __future__ import annotations

from playground.ops.methods import direct, fourier, running, separable, shifted, torch_native

METHODS = {
    "torch": torch_native,
    "direct": direct,
    "separable": separable,
    "running": running,
    "shifted": shifted,
    "fourier": fourier,
}
