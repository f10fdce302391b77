"""Tensor in, tensor out: the operations, the named kernels, and what both may be asked for.

``padding`` what lies beyond the edge; ``conv`` and ``transposed`` the windows; ``pointwise`` each
value alone; ``kernels`` the numbers; ``geometry`` the sizes; ``registry`` the limits; ``methods``
the same sum by different means.
"""

from __future__ import annotations

from playground.ops import kernels
from playground.ops.conv import conv1d, conv2d
from playground.ops.padding import PADDING_MODES, pad1d, pad2d
from playground.ops.pointwise import channel, gain, grey, mono
from playground.ops.registry import KERNELS, OPS, KernelRef
from playground.ops.transposed import conv_transpose1d, conv_transpose2d

__all__ = [
    "KERNELS", "OPS", "PADDING_MODES", "KernelRef", "channel", "conv1d", "conv2d", "conv_transpose1d",
    "conv_transpose2d", "gain", "grey", "kernels", "mono", "pad1d", "pad2d",
]  # fmt: skip
