"""How would a good teacher write this convolution?  ``F.conv2d`` and its kin; padding, stuffing, correlating.

In torch, borders that ``F.pad`` has are left to it, zeros to the convolution itself, and a stride of 1/s is a
transposed convolution where the border allows; else zeros are put between the samples in the open.  In NumPy
all of it is: pad, put zeros between, correlate, keep every ``s``-th.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from playground.ops import KERNELS
from playground.ops.edges import GRADIENTS
from playground.ops.geometry import settle
from playground.recipe.code_draft import Draft, Planned, number, numbers, one_or_all
from playground.recipe.code_kernels import write_kernel, write_numbers

MOST_TAPS = 1500
"""Up to so many, torch's float32 sums stay within 1e-5 of the scale; beyond, Fourier transforms are used."""
MOST_WORK = 2 * 10**10
"""Multiply-adds up to which one waits for a plain sum."""
NUMPY_MODES = {"reflect": "reflect", "symmetric": "symmetric", "replicate": "edge", "circular": "wrap"}
LONG = {"reflect": "mirrored", "symmetric": "mirrored_with_edge", "circular": "repeated"}
"""Functions of the program for borders that torch lacks."""

Sides = Sequence[tuple[int, int]]


def write_padding(
    draft: Draft,
    sides: Sides,
    lengths: Sequence[int],
    *,
    padding_mode: str,
    fill: float = 0.0,
    target: str = "x",
) -> None:
    """Append the lines that continue ``target`` by (before, after) along each of its last axes.

    >>> draft = Draft("torch")
    >>> write_padding(draft, [(1, 1), (2, 3)], [9, 9], padding_mode="reflect")
    >>> draft.lines
    ['x = F.pad(x, (2, 3, 1, 1), mode="reflect")']
    """
    if all(side == (0, 0) for side in sides):
        return
    if draft.flavour == "numpy":
        value = f", constant_values={number(fill)}" if fill else ""
        mode = value if padding_mode == "constant" else f', mode="{NUMPY_MODES[padding_mode]}"'
        pairs = ", ".join(numbers(side) for side in ((0, 0), *sides))
        draft.assign(target, f"np.pad({target}, ({pairs}){mode})")
    elif _torch_pads(sides, lengths, padding_mode):
        flat = numbers([n for side in reversed(sides) for n in side])
        value = f", value={number(fill)}" if fill else ""
        mode = value if padding_mode == "constant" else f', mode="{padding_mode}"'
        draft.assign(target, f"F.pad({target}, {flat}{mode})")
    else:
        for dim, (before, after) in zip(range(-len(sides), 0), sides, strict=True):
            if before or after:
                draft.assign(target, f"{LONG[padding_mode]}({target}, {before}, {after}, dim={dim})")


def _torch_pads(sides: Sides, lengths: Sequence[int], padding_mode: str) -> bool:
    longest = [(max(side), length) for side, length in zip(sides, lengths, strict=True)]
    match padding_mode:
        case "constant" | "replicate":
            return True
        case "reflect":
            return all(amount < length for amount, length in longest)
        case "circular":
            return all(amount <= length for amount, length in longest)
    return False


def _convolution(draft: Draft, planned: Planned) -> None:
    write_kernel(draft, planned)
    flip, leading = planned.settings["flip_kernel"], planned.kernel.ndim - len(planned.axes)
    sliding = draft.flavour == "numpy" or _by_fourier(planned)
    transposed = not sliding and _is_transposed(planned)
    if transposed:
        distance = one_or_all([axis.up for axis in planned.axes])
        draft.remark(
            f"A stride of 1/{distance}: every sample stamps the kernel onto the output, {distance} apart."
        )
    if transposed and not flip:
        draft.remark("Stamping turns the kernel round; turned round before, it looks as it was written.")
    elif flip and not transposed:
        draft.remark("Convolution: the kernel is turned round; as it is written, it would correlate.")
    if flip != transposed:
        _write_flip(draft, leading, len(planned.axes))
    if sliding:
        _write_sliding(draft, planned)
    elif transposed:
        _write_transposed(draft, planned)
    else:
        _write_torch(draft, planned)


def _write_flip(draft: Draft, leading: int, dimensions: int) -> None:
    axes = range(-dimensions, 0) if leading else range(dimensions)
    plain = ", ".join(str(axis) for axis in axes)
    draft.say(
        torch=f"kernel = kernel.flip({plain})",
        numpy="kernel = np.flip(kernel)"
        if not leading
        else f"kernel = np.flip(kernel, {numbers(tuple(axes))})",
    )


def _mixes(planned: Planned) -> bool:
    """Whether channels are mixed, and not one kernel slid over each alone or each over its own."""
    kernel, channels = planned.kernel, planned.input_shape[0]
    own = kernel.ndim > len(planned.axes) and kernel.shape[1] == 1 and kernel.shape[0] == channels
    return kernel.ndim > len(planned.axes) and not (own and planned.settings.get("groups", 1) == channels)


def _by_fourier(planned: Planned) -> bool:
    taps = math.prod(axis.kernel_size for axis in planned.axes)
    work = taps * math.prod(axis.stuffed for axis in planned.axes) * planned.input_shape[0]
    return not _mixes(planned) and (taps > MOST_TAPS or work > MOST_WORK)


# --- torch's own ---------------------------------------------------------------------------------


def _write_torch(draft: Draft, planned: Planned) -> None:
    axes, mode, fill = planned.axes, planned.settings["padding_mode"], planned.settings["fill"]
    sides = [(axis.before, axis.after) for axis in axes]
    if any(axis.up > 1 for axis in axes):
        sides, mode, fill = _stuff(draft, planned), "constant", 0.0
    padding = (0,) * len(axes)
    if mode == "constant" and fill == 0 and all(before == after for before, after in sides):
        padding = tuple(before for before, _ in sides)
    else:
        write_padding(draft, sides, [axis.length for axis in axes], padding_mode=mode, fill=fill)
    options = _options(
        stride=[axis.down for axis in axes], padding=padding, dilation=[axis.dilation for axis in axes]
    )
    kernel, groups = _kernel_per_channel(planned)
    draft.call("x", f"F.conv{len(axes)}d", ["x", kernel, *options, *groups])


def _is_transposed(planned: Planned) -> bool:
    values, axes = planned.settings, planned.axes
    if not any(axis.up > 1 for axis in axes) or any(axis.down > 1 for axis in axes):
        return False
    zeros = values["padding_mode"] == "constant" and values["fill"] == 0
    plain = not _mixes(planned) or values.get("groups", 1) == 1
    return zeros and plain and all(
        axis.span - 1 >= axis.before and 0 <= axis.after - axis.before < max(axis.up, axis.dilation) for axis in axes
    )  # fmt: skip


def _write_transposed(draft: Draft, planned: Planned) -> None:
    axes = planned.axes
    kernel, groups = _kernel_per_channel(planned)
    if _mixes(planned):
        kernel = "kernel.transpose(0, 1)"
    options = _options(
        stride=[axis.up for axis in axes],
        padding=[axis.span - 1 - axis.before for axis in axes],
        output_padding=[axis.after - axis.before for axis in axes],
        dilation=[axis.dilation for axis in axes],
    )
    draft.call("x", f"F.conv_transpose{len(axes)}d", ["x", kernel, *options, *groups])


def _options(*, stride: Sequence[int], padding: Sequence[int], dilation: Sequence[int],
             output_padding: Sequence[int] = (0,)) -> list[str]:  # fmt: skip
    given = {
        "stride": (stride, 1),
        "padding": (padding, 0),
        "output_padding": (output_padding, 0),
        "dilation": (dilation, 1),
    }
    return [
        f"{name}={one_or_all(tuple(values))}"
        for name, (values, default) in given.items()
        if any(value != default for value in values)
    ]


def _kernel_per_channel(planned: Planned) -> tuple[str, list[str]]:
    """The kernel as torch wants it, and groups where every channel is taken alone."""
    channels, kernel = planned.input_shape[0], planned.kernel
    if kernel.ndim == len(planned.axes):
        sizes = ", ".join(str(n) for n in (channels, 1, *kernel.shape))
        return f"kernel.expand({sizes})", [f"groups={channels}"] if channels > 1 else []
    groups = planned.settings.get("groups", 1)
    return "kernel", [f"groups={groups}"] if groups > 1 else []


# --- in the open ---------------------------------------------------------------------------------


def _stuff(draft: Draft, planned: Planned) -> list[tuple[int, int]]:
    """Continue the input, put zeros between its samples; returns the zeros still to be added at the ends."""
    axes, values = planned.axes, planned.settings
    zeros = values["padding_mode"] == "constant" and values["fill"] == 0
    own = [(0, 0) if zeros else (axis.before // axis.up, axis.after // axis.up) for axis in axes]
    write_padding(
        draft, own, [a.length for a in axes], padding_mode=values["padding_mode"], fill=values["fill"]
    )
    ups = ", ".join(str(axis.up) for axis in axes)
    between = "zeros between the samples, then correlate"
    draft.remark(
        f"A stride below 1: {between}"
        + (", and keep every few results." if any(a.down > 1 for a in axes) else ".")
    )
    draft.assign("x", f"stuffed(x, {ups})")
    return [
        (axis.before - done[0] * axis.up, axis.after - done[1] * axis.up)
        for axis, done in zip(axes, own, strict=True)
    ]


def _write_sliding(draft: Draft, planned: Planned) -> None:
    """Pad, put zeros between, correlate everywhere, keep every so many."""
    axes, values, kernel = planned.axes, planned.settings, planned.kernel
    if any(axis.up > 1 for axis in axes):
        write_padding(draft, _stuff(draft, planned), [a.stuffed for a in axes], padding_mode="constant")
    else:
        write_padding(
            draft, [(axis.before, axis.after) for axis in axes], [axis.length for axis in axes],
            padding_mode=values["padding_mode"], fill=values["fill"],
        )  # fmt: skip
    if any(axis.dilation > 1 for axis in axes):
        draft.remark("A dilation: zeros between the taps.")
        spread = ", ".join(str(axis.dilation) for axis in axes)
        draft.assign("kernel", f"stuffed(kernel, {spread})")
    if any(axis.down > 1 for axis in axes):
        kept = ", ".join(":" if axis.down == 1 else f"::{axis.down}" for axis in axes)
        kept = f"[..., {kept}]"
    else:
        kept = ""
    if _mixes(planned):
        draft.assign("x", f"mixed(x, kernel, groups={values.get('groups', 1)}){kept}")
        return
    if kernel.ndim > len(axes):
        draft.assign("kernel", "kernel[:, 0]")
    draft.assign("x", f"correlate(x, kernel){kept}")


def _edge_magnitude(draft: Draft, planned: Planned) -> None:
    along_x, along_y = (kernel() for kernel in GRADIENTS[planned.settings["operator"]])
    for name, kernel in (("along_x", along_x), ("along_y", along_y)):
        write_numbers(draft, kernel, target=name)
    shape, mode = planned.input_shape, planned.settings["padding_mode"]
    channels = shape[0]
    for name, kernel in (("along_x", along_x), ("along_y", along_y)):
        axes = [settle(n, k, padding="same") for n, k in zip(shape[1:], kernel.shape, strict=True)]
        target = f"d{name[-1]}"
        draft.assign(target, "x")
        write_padding(draft, [(a.before, a.after) for a in axes], shape[1:], padding_mode=mode, target=target)
        groups = [f"groups={channels}"] if channels > 1 else []
        sizes = ", ".join(str(n) for n in (channels, 1, *kernel.shape))
        if draft.flavour == "torch":
            draft.call(target, "F.conv2d", [target, f"{name}.expand({sizes})", *groups])
        else:
            draft.assign(target, f"correlate({target}, {name})")
    draft.say(torch="x = torch.hypot(dx, dy)", numpy="x = np.hypot(dx, dy)")


EMITTERS: Mapping[str, Callable[[Draft, Planned], None]] = MappingProxyType(
    {
        "conv1d": _convolution,
        "conv2d": _convolution,
        "edge_magnitude": _edge_magnitude,
        **dict.fromkeys(KERNELS, _convolution),
    }
)
"""What writes each step that slides a kernel."""
