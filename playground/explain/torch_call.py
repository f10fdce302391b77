"""What would one write in PyTorch, and does PyTorch agree?

``plan_call`` says the call as data; ``TorchCall.text`` writes it in one line and ``TorchCall.run``
makes that very call.  Where torch lacks the border (symmetric, or a mirror longer than the input),
the line is ours and the check continues the input by ``numpy.pad`` first, then calls torch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from playground.errors import N_, LimitError
from playground.ops.geometry import Axis
from playground.ops.lazy import torch

if TYPE_CHECKING:
    from torch import Tensor

TOO_SLOW = 2 * 10**10
"""Multiply-adds beyond which torch's depthwise convolution takes longer than a visitor waits."""

NUMPY_MODES = {
    "constant": "constant", "reflect": "reflect", "symmetric": "symmetric", "replicate": "edge", "circular": "wrap",
}  # fmt: skip


@dataclass(frozen=True)
class TorchCall:
    """One call of ``torch.nn.functional`` on ``x`` ``(1, C, *size)``.

    ``extend`` continues the input first, (before, after) per axis; ``cut`` and ``step`` take what the
    ruling keeps of a transposed convolution.
    """

    dimensions: int
    transposed: bool
    extend: tuple[tuple[int, int], ...]
    padding_mode: str
    fill: float
    stride: tuple[int, ...]
    padding: tuple[int, ...]
    output_padding: tuple[int, ...]
    dilation: tuple[int, ...]
    flip: bool
    channels: int
    kernel_shape: tuple[int, ...]
    groups: int
    cut: tuple[tuple[int, int], ...] | None
    step: tuple[int, ...]
    torch_can: bool
    ours: str

    def text(self) -> str:
        """The call in one line; ``x`` is ``(1, C, *size)``, ``kernel`` as the page shows it."""
        if not self.torch_can:
            return self.ours
        sizes = ", ".join(str(n) for n in self.kernel_shape[-self.dimensions :])
        kernel = "kernel"
        if self.flip:
            axes = (0, 1)[: self.dimensions] if not self.mixing else tuple(range(-self.dimensions, 0))
            kernel += f".flip({', '.join(str(axis) for axis in axes)})"
        if not self.mixing:
            kernel += f".expand({self.channels}, 1, {sizes})"
        elif self.transposed and self.groups == 1:
            kernel += ".transpose(0, 1)"
        elif self.transposed:
            kernel += f".unflatten(0, ({self.groups}, -1)).transpose(1, 2).flatten(0, 1)"
        x = "x"
        if any(part != (0, 0) for part in self.extend):
            mode = (
                f", value={_exact(self.fill)}"
                if self.padding_mode == "constant"
                else f', mode="{self.padding_mode}"'
            )
            x = f"F.pad(x, {self._torch_sides()}{mode})"
        options = [
            f"{name}={_short(value)}"
            for name, value, default in (
                ("stride", self.stride, 1), ("padding", self.padding, 0),
                ("output_padding", self.output_padding, 0), ("dilation", self.dilation, 1),
            )
            if any(part != default for part in value)
        ]  # fmt: skip
        options += [f"groups={self.groups}"] if self.groups > 1 else []
        name = f"conv_transpose{self.dimensions}d" if self.transposed else f"conv{self.dimensions}d"
        line = f"F.{name}({', '.join([x, kernel, *options])})"
        if self.cut or any(step > 1 for step in self.step):
            line += f"[..., {', '.join(self._slice_texts())}]"
        return line

    @property
    def mixing(self) -> bool:
        return len(self.kernel_shape) > self.dimensions

    def run(self, x: Tensor, kernel: Tensor) -> Tensor:
        """Make the call on ``x`` ``(C, *size)`` and ``kernel``; numpy.pad stands in for a border torch lacks.

        Shape: ``-> (C_out, *outputs)``.
        """
        functional = torch.nn.functional
        kernel = kernel.to(x.dtype)
        if self.flip:
            kernel = kernel.flip(tuple(range(-self.dimensions, 0)))
        if not self.mixing:
            kernel = kernel.expand(self.channels, 1, *kernel.shape)
        elif self.transposed:  # torch wants (C_in, C_out / groups, ...) there
            kernel = kernel.unflatten(0, (self.groups, -1)).transpose(1, 2).flatten(0, 1)
        if any(part != (0, 0) for part in self.extend):
            if self.torch_can:
                mode = {"value": self.fill} if self.padding_mode == "constant" else {}
                x = functional.pad(x[None], self._torch_sides(), mode=self.padding_mode, **mode)[0]
            else:
                mode = {"constant_values": self.fill} if self.padding_mode == "constant" else {}
                padded = np.pad(
                    x.numpy(), [(0, 0), *self.extend], mode=NUMPY_MODES[self.padding_mode], **mode
                )
                x = torch.from_numpy(padded)
        name = f"conv_transpose{self.dimensions}d" if self.transposed else f"conv{self.dimensions}d"
        options = {
            "stride": self.stride,
            "padding": self.padding,
            "dilation": self.dilation,
            "groups": self.groups,
        }
        if self.transposed:
            options["output_padding"] = self.output_padding
        y = getattr(functional, name)(x[None], kernel, **options)[0]
        return y[(..., *self._slices(y.shape[-self.dimensions :]))] if self.transposed else y

    def _torch_sides(self) -> tuple[int, ...]:
        return tuple(n for part in reversed(self.extend) for n in part)

    def _slice_texts(self) -> list[str]:
        cuts = self.cut or ((None, None),) * self.dimensions
        return [
            ":".join("" if n is None else str(n) for n in (*cut, *([step] if step > 1 else [])))
            for cut, step in zip(cuts, self.step, strict=True)
        ]

    def _slices(self, sizes: tuple[int, ...]) -> tuple[slice, ...]:
        cuts = self.cut or tuple((0, size) for size in sizes)
        return tuple(slice(*cut, step) for cut, step in zip(cuts, self.step, strict=True))


def plan_call(
    axes: tuple[Axis, ...],
    kernel_shape: tuple[int, ...],
    channels: int,
    *,
    padding_mode: str,
    fill: float,
    flip_kernel: bool,
    groups: int,
    ours: str,
) -> TorchCall:
    """Say a correlation as a call of torch; ``ours`` is the line to show where torch has no equal.

    >>> from playground.ops.geometry import settle
    >>> axis = settle(300, 3, padding="same")
    >>> plan_call((axis, axis), (3, 3), 1, padding_mode="reflect", fill=0.0, flip_kernel=False, groups=1,
    ...           ours="").text()
    'F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), kernel.expand(1, 1, 3, 3))'
    """
    dimensions = len(axes)
    transposed = any(axis.up > 1 for axis in axes)
    zeros = padding_mode == "constant" and fill == 0
    nothing = ((0, 0),) * dimensions
    none, reach = (0,) * dimensions, tuple(axis.span - 1 for axis in axes)
    extend, padding, output_padding, cut = nothing, none, none, None
    if not transposed:
        extend = tuple((axis.before, axis.after) for axis in axes)
        if zeros and all(before == after for before, after in extend):
            padding, extend = tuple(axis.before for axis in axes), nothing
    else:
        padding = tuple(d - axis.before for d, axis in zip(reach, axes, strict=True))
        output_padding = tuple(axis.after - axis.before for axis in axes)
        if not zeros or not _legal_transposed(axes, padding, output_padding):
            extend = tuple((_beyond(a, a.before, zeros), _beyond(a, a.after, zeros)) for a in axes)
            padding, output_padding = none, none
            starts = [e[0] * a.up + d - a.before for e, d, a in zip(extend, reach, axes, strict=True)]
            widths = [a.padded - a.span + 1 for a in axes]
            cut = tuple((start, start + width) for start, width in zip(starts, widths, strict=True))
    mixing = len(kernel_shape) > dimensions
    return TorchCall(
        dimensions=dimensions,
        transposed=transposed,
        extend=extend,
        padding_mode=padding_mode,
        fill=fill,
        stride=tuple(axis.up if transposed else axis.down for axis in axes),
        padding=padding,
        output_padding=output_padding,
        dilation=tuple(axis.dilation for axis in axes),
        flip=flip_kernel != transposed,
        channels=channels,
        kernel_shape=kernel_shape,
        groups=groups if mixing else channels,
        cut=cut,
        step=tuple(axis.down if transposed else 1 for axis in axes),
        torch_can=_torch_pads(extend, axes, padding_mode),
        ours=ours,
    )


def largest_difference(call: TorchCall, x: Tensor, kernel: Tensor, y: Tensor) -> float:
    """Run ``call`` and compare: the largest absolute difference to ``y``.

    Shape: ``x (C, *size)``, ``y (C_out, *outputs)``.

    Errors: LimitError where torch would keep the visitor waiting.
    """
    work = y.numel() * kernel[..., :, :].numel() if call.dimensions == 2 else y.numel() * kernel.numel()
    if work > TOO_SLOW:
        raise LimitError(
            N_("torch would need {given} multiply-adds for this, too long to wait for; try a smaller kernel or picture"),
            given=f"{work:.0e}",
        )  # fmt: skip
    theirs = call.run(x, kernel)
    if theirs.shape != y.shape:
        raise AssertionError(f"torch gives {tuple(theirs.shape)}, this gives {tuple(y.shape)}")
    return float((theirs - y).abs().max())


def _beyond(axis: Axis, amount: int, zeros: bool) -> int:
    """Input samples that stand for ``amount`` stuffed ones at an end.

    All of them that the border invents; and one window beyond the input needs a sample to be stamped
    at all, so at least ``ceil((amount - D) / up)``: the window's zeros then come from there.
    """
    reach = axis.span - 1
    return max(0 if zeros else amount // axis.up, -((reach - amount) // axis.up))


def _legal_transposed(
    axes: tuple[Axis, ...], padding: tuple[int, ...], output_padding: tuple[int, ...]
) -> bool:
    return all(
        p >= 0 and 0 <= extra < max(axis.up, axis.dilation)
        for axis, p, extra in zip(axes, padding, output_padding, strict=True)
    )


def _torch_pads(extend: tuple[tuple[int, int], ...], axes: tuple[Axis, ...], padding_mode: str) -> bool:
    longest = [(max(part), axis.length) for part, axis in zip(extend, axes, strict=True)]
    match padding_mode:
        case "constant" | "replicate":
            return True
        case "reflect":
            return all(amount < length for amount, length in longest)
        case "circular":
            return all(amount <= length for amount, length in longest)
    return all(amount == 0 for amount, _ in longest)


def _exact(value: float) -> str:
    """A number that Python reads back as the same number, short where it can be."""
    return f"{value:g}" if float(f"{value:g}") == value else repr(value)


def _short(values: tuple[int, ...]) -> str:
    return str(values[0]) if len(set(values)) == 1 else str(values)
