"""The same correlation by different means.

Every module here has one function with one signature, for arrays of one dtype::

    correlate(x, kernel, windows, padding_mode, fill, out=None) -> y

``x`` is ``(planes, *size)``, ``kernel`` ``(*taps)``; each axis has a ``geometry.Window`` that says which input samples
it reads, and ``y`` is ``(planes, *counts)``.  Reading beyond the ends continues ``x`` by ``padding_mode``.
Only ``torch_native`` takes tensors and ``groups``: it mixes channels, has gradients, and is on any device.
A method is a speed, never a meaning.
"""

from __future__ import annotations

from playground.ops.methods import compiled, direct, fourier, lines, running, separable, shifted, toeplitz, torch_native

METHODS = {
    "torch": torch_native,
    "direct": direct,
    "compiled": compiled,
    "lines": lines,
    "separable": separable,
    "running": running,
    "shifted": shifted,
    "toeplitz": toeplitz,
    "fourier": fourier,
}
