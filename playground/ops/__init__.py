"""Tensor in, tensor out: the operations, the named kernels, and what both may be asked for.

``padding`` what lies beyond the edge; ``conv`` and ``transposed`` the windows; ``pointwise`` each
value alone; ``spectrum`` and ``griffin_lim`` sounds as pictures and back, ``bands``, ``levels`` and ``separate`` what is
done to them; ``picture_sound`` pictures as sounds; ``kernels`` the numbers; ``geometry`` the sizes; ``registry`` the limits; ``methods``
the same sum by different means.
"""

from __future__ import annotations

from playground.ops import kernels
from playground.ops.bands import linear_frequency, log_frequency, mel
from playground.ops.conv import conv1d, conv2d
from playground.ops.griffin_lim import griffin_lim
from playground.ops.levels import amplitude, decibels, mask, power
from playground.ops.padding import PADDING_MODES, pad1d, pad2d
from playground.ops.picture_sound import picture_spectrum
from playground.ops.pointwise import channel, gain, grey, mono
from playground.ops.registry import KERNELS, OPS, KernelRef
from playground.ops.separate import harmonic, percussive
from playground.ops.spectrum import istft, stft
from playground.ops.transposed import conv_transpose1d, conv_transpose2d

__all__ = [
    "KERNELS", "OPS", "PADDING_MODES", "KernelRef", "amplitude", "channel", "conv1d", "conv2d", "conv_transpose1d",
    "conv_transpose2d", "decibels", "gain", "grey", "griffin_lim", "harmonic", "istft", "kernels", "linear_frequency",
    "log_frequency", "mask", "mel", "mono", "pad1d", "pad2d", "percussive", "picture_spectrum", "power", "stft",
]  # fmt: skip
