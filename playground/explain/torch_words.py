"""What would PyTorch say?  Its own messages, word for word, with the numbers of a step filled in.

They are those of the call that one would write: ``F.pad`` first where the border is not zeros or not equal on both
sides, then ``F.conv1d``, ``F.conv_transpose2d``, ``F.max_pool2d`` ... on ``x[None]``.  An empty text says that there
is no such call, or that it would run.  torch's messages are not translated: one looks them up as they are.  (Of a
transposed convolution of which nothing is left, its float32 on a CPU may speak of a memory descriptor instead.)
"""

from __future__ import annotations

from fractions import Fraction

from playground.explain.trial import Trial, groups_of, laid
from playground.ops.geometry import Axis

NO_WINDOW = (
    "Calculated padded input size per channel: ({padded}). Kernel size: ({span}). "
    "Kernel size can't be greater than actual input size"
)
NOTHING_LEFT = (
    "Given input size per channel: ({size}). Calculated output size per channel: ({output}). "
    "Output size is too small"
)
NOTHING_POOLED = "Given input size: ({size}). Calculated output size: ({output}). Output size is too small"
NOTHING_POOLED_1D = "max_pool1d() Invalid computed output size: {output}"
POOL_PADDING = "pad should be at most half of effective kernel size, but got pad={pad}, kernel_size={size} and dilation=1"
POOL_PADDING_1D = "max_pool1d() padding should be at most half of kernel size, but got padding={pad} and kernel_size={size}"
OUTPUT_PADDING = (
    "output padding must be smaller than either stride or dilation, but got "
    "output_padding_height: {output_padding[0]} output_padding_width: {output_padding[1]} "
    "stride_height: {stride[0]} stride_width: {stride[1]} "
    "dilation_height: {dilation[0]} dilation_width: {dilation[1]}"
)
CHANNELS = (
    "Given groups={groups}, weight of size {kernel}, expected input{input} to have {expected} channels, "
    "but got {channels} channels instead"
)
CHANNELS_TRANSPOSED = (
    "Given transposed=1, weight of size {kernel}, expected input{input} to have {expected} channels, "
    "but got {channels} channels instead"
)
GROUPS = (
    "Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, "
    "but got weight of size [{kernel}] instead"
)
FEWER_THAN_GROUPS = (
    "Given groups={groups}, expected weight to be at least {groups} at dimension 0, "
    "but got weight of size {kernel} instead"
)
MIRROR = (
    "Argument #{argument}: Padding size should be less than the corresponding input dimension, "
    "but got: padding ({before}, {after}) at dimension {dimension} of input {input}"
)
WRAP = "Padding value causes wrapping around more than once."


def refusal(trial: Trial) -> str:
    """The message with which torch would refuse a step that has a kernel; "" where it would not.

    >>> from playground.explain.trial import attempt
    >>> from playground.ops.registry import KernelRef
    >>> step = KernelRef(name="pool2d", params=(("kernel_size", 4),))
    >>> refusal(attempt(step, kind="image", shape=(3, 3, 5)))
    'Given input size: (3x3x5). Calculated output size: (3x0x1). Output size is too small'
    """
    if trial.stage in ("settings", "kernel"):
        return ""
    if trial.pools:
        return _of_a_pooling(trial)
    if trial.transposes:
        return _of_stamping(trial)
    strides = trial.per_axis("stride")
    if all(Fraction(s).denominator == 1 for s in strides):
        return border(trial) or _of_channels(trial) or _of_windows(trial)
    zeros = trial.values["padding_mode"] == "constant" and trial.values["fill"] == 0
    if zeros and all(Fraction(s).numerator == 1 for s in strides):
        return _of_stamping(trial)
    return ""


def border(trial: Trial) -> str:
    """The message of ``F.pad`` where a step's border is longer than the input; "" where it is not.

    >>> from playground.explain.trial import attempt
    >>> from playground.ops.registry import KernelRef
    >>> border(attempt(KernelRef(name="box", params=(("size", 9),)), kind="image", shape=(1, 4, 8)))
    'Argument #6: Padding size should be less than the corresponding input dimension, but got: padding (4, 4) at dimension 2 of input [1, 1, 4, 8]'
    """
    mode = trial.values.get("padding_mode")
    if mode not in ("reflect", "circular"):
        return ""
    for i, axis in reversed(list(enumerate(_laid(trial)))):  # torch looks at the last axis first
        if mode == "circular" and max(axis.before, axis.after) > axis.length:
            return WRAP
        if mode == "reflect" and max(axis.before, axis.after) >= axis.length:
            return MIRROR.format(
                argument=4 + 2 * (trial.dimensions - 1 - i), before=axis.before, after=axis.after, dimension=i + 2,
                input=[1, *trial.shape],
            )  # fmt: skip
    return ""


def _of_windows(trial: Trial) -> str:
    axes = _laid(trial)
    if all(axis.span <= axis.padded for axis in axes):
        return ""
    return NO_WINDOW.format(padded=_times([axis.padded for axis in axes]), span=_times([axis.span for axis in axes]))


def _of_channels(trial: Trial) -> str:
    if (mixing := _mixing(trial)) is None:
        return ""
    kernel, groups = mixing
    given = {"groups": groups, "kernel": [*kernel], "input": _input(trial), "channels": trial.shape[0]}
    if kernel[0] < groups:
        return FEWER_THAN_GROUPS.format(**given)
    if kernel[0] % groups:
        return GROUPS.format(**given)
    if _stamps(trial):
        return CHANNELS_TRANSPOSED.format(expected=kernel[0], **given) if kernel[0] != trial.shape[0] else ""
    if kernel[1] * groups != trial.shape[0]:
        return CHANNELS.format(expected=kernel[1] * groups, **given)
    return ""


def _input(trial: Trial) -> list[int]:
    """The shape that torch's convolution gets: continued already where ``F.pad`` did that."""
    axes = _laid(trial)
    if _stamps(trial) or trial.values["padding_mode"] == "constant" and trial.values["fill"] == 0 and all(
        axis.before == axis.after for axis in axes
    ):  # fmt: skip
        return [1, *trial.shape]
    return [1, trial.shape[0], *(axis.padded for axis in axes)]


def _stamps(trial: Trial) -> bool:
    return trial.transposes or any(Fraction(s).denominator > 1 for s in trial.per_axis("stride"))


def _mixing(trial: Trial) -> tuple[tuple[int, ...], int] | None:
    """Shape of the kernel and groups as torch has them; None where they cannot be written so.

    A kernel that takes every channel alone has as many groups as channels.  For a transposed convolution ours of
    a stride 1/s turns from ``(C_out, C_in / groups, ...)`` to ``(C_in, C_out / groups, ...)``.
    """
    shape, groups = tuple(trial.kernel.shape), groups_of(trial)
    if len(shape) == trial.dimensions:
        return (trial.shape[0], 1, *shape), trial.shape[0]
    if trial.transposes or not _stamps(trial):
        return shape, groups
    return ((shape[1] * groups, shape[0] // groups, *shape[2:]), groups) if shape[0] % groups == 0 else None


def _of_stamping(trial: Trial) -> str:
    """A transposed convolution's.  Ours pads ``D - padding`` before and ``output_padding`` more after."""
    axes = _laid(trial)
    extra = [axis.after - axis.before for axis in axes]
    if any(axis.before > axis.span - 1 for axis in axes) or min(extra) < 0:
        return ""
    if found := _of_channels(trial):
        return found
    flat = trial.dimensions == 1  # torch sees a sound as a picture one pixel high
    if any(more >= max(axis.up, axis.dilation) for more, axis in zip(extra, axes, strict=True)):
        return OUTPUT_PADDING.format(
            output_padding=[0] * flat + extra,
            stride=[1] * flat + [axis.up for axis in axes],
            dilation=[1] * flat + [axis.dilation for axis in axes],
        )
    outputs = [axis.output for axis in axes]
    if min(outputs) > 0:
        return ""
    return NOTHING_LEFT.format(size=_times([1] * flat + [*trial.shape[1:]]), output=_times([1] * flat + outputs))


def _of_a_pooling(trial: Trial) -> str:
    """``max_pool``'s; the smallest and the mean are refused alike, the middle does not exist there."""
    axes = _laid(trial)
    if trial.values["statistic"] == "median" or any(axis.before != axis.after for axis in axes):
        return ""
    for axis in axes:
        if axis.before > axis.kernel_size // 2:
            sentence = POOL_PADDING_1D if trial.dimensions == 1 else POOL_PADDING
            return sentence.format(pad=axis.before, size=axis.kernel_size)
    outputs = [axis.output for axis in axes]
    if min(outputs) > 0:
        return ""
    if trial.dimensions == 1:
        return NOTHING_POOLED_1D.format(output=outputs[0])
    made = (trial.shape[0], *outputs)
    return NOTHING_POOLED.format(size="x".join(map(str, trial.shape)), output="x".join(map(str, made)))


def _laid(trial: Trial) -> list[Axis]:
    return [laid(trial, i) for i in range(trial.dimensions)]


def _times(numbers: list[int]) -> str:
    return " x ".join(str(n) for n in numbers)
