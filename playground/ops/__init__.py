"""Tensor in, tensor out: the operations, the named kernels, and what both may be asked for.

``padding`` what lies beyond the edge; ``conv`` and ``transposed`` the windows, ``pooling`` the largest or the
middle in each, ``edges`` the length of the gradient; ``pointwise`` each value alone, ``noise`` a little off;
``interpolate`` more samples or fewer, ``arrange`` the same ones elsewhere; ``spectrum`` and ``griffin_lim``
sounds as pictures and back, ``bands``, ``levels`` and ``separate`` what is done to them; ``picture_sound``
pictures as sounds; ``kernels`` the numbers; ``geometry`` the sizes; ``registry`` the limits; ``methods`` the same
sum by different means.
"""

from __future__ import annotations

from playground.ops import kernels
from playground.ops.arrange import crop1d, crop2d, flip1d, flip2d
from playground.ops.bands import linear_frequency, log_frequency, mel
from playground.ops.conv import conv1d, conv2d
from playground.ops.edges import edge_magnitude
from playground.ops.griffin_lim import griffin_lim
from playground.ops.interpolate import interpolate1d, interpolate2d
from playground.ops.levels import amplitude, decibels, mask, power
from playground.ops.noise import noise
from playground.ops.padding import PADDING_MODES, pad1d, pad2d
from playground.ops.picture_sound import picture_spectrum
from playground.ops.pointwise import (
    absolute,
    channel,
    clip,
    colour_matrix,
    gain,
    grey,
    mono,
    normalise,
    offset,
    relu,
    square,
)
from playground.ops.pooling import pool1d, pool2d
from playground.ops.registry import KERNELS, OPS, KernelRef
from playground.ops.separate import harmonic, percussive
from playground.ops.spectrum import istft, stft
from playground.ops.transposed import conv_transpose1d, conv_transpose2d

__all__ = [
    "KERNELS", "OPS", "PADDING_MODES", "KernelRef", "absolute", "amplitude", "channel", "clip", "colour_matrix",
    "conv1d", "conv2d", "conv_transpose1d", "conv_transpose2d", "crop1d", "crop2d", "decibels", "edge_magnitude",
    "flip1d", "flip2d", "gain", "grey", "griffin_lim", "harmonic", "interpolate1d", "interpolate2d", "istft",
    "kernels", "linear_frequency", "log_frequency", "mask", "mel", "mono", "noise", "normalise", "offset", "pad1d",
    "pad2d", "percussive", "picture_spectrum", "pool1d", "pool2d", "power", "relu", "square", "stft",
]  # fmt: skip
