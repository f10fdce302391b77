"""Which padding, kernel, stride or dilation makes the sizes of a step fit together?"""

from __future__ import annotations

from collections.abc import Iterator

from playground.errors import N_, Notice, notice
from playground.explain.change import (
    Change,
    by_axis,
    by_side,
    change,
    length_of,
    nearest,
    of_values,
    smaller_kernels,
)
from playground.explain.trial import Trial, laid
from playground.ops.geometry import Axis
from playground.ops.parameters import Pair


def of_sizes(trial: Trial) -> tuple[Notice, Iterator[Change | None]]:
    """The rule that a step's sizes break, in numbers of the first such axis, and changes that help.

    >>> from playground.explain.trial import attempt
    >>> from playground.ops import KernelRef
    >>> step = KernelRef(name="pool2d", params=(("padding", 3),))             # a name and params
    >>> rule, changes = of_sizes(attempt(step, kind="image", shape=(3, 9, 9)))
    >>> str(rule)
    'padding 3 is more than half of the window of 2: a window could lie wholly outside'
    >>> [str(offered.text) for offered in changes]
    ['set padding to 1', 'set kernel_size to 6', 'set padding to same']
    """
    axis = laid(trial, trial.failing[0])
    if trial.transposes:
        return _of_stamping(trial, axis)
    if trial.pools and max(axis.before, axis.after) > axis.kernel_size // 2:
        rule = notice(
            N_("padding {padding} is more than half of the window of {size}: a window could lie wholly outside"),
            padding=max(axis.before, axis.after), size=axis.kernel_size,
        )  # fmt: skip
        return rule, _half_of_the_window(trial)
    return _no_window(axis), _fitting(trial)


def _no_window(axis: Axis) -> Notice:
    span, padded = f"{axis.span}", f"{axis.padded}"
    if axis.dilation > 1:
        span = f"{axis.dilation}·({axis.kernel_size} − 1) + 1 = {span}"
    if axis.up > 1 or axis.before or axis.after:
        length = f"{axis.length}" if axis.up == 1 else f"({axis.length} − 1)·{axis.up} + 1"
        padded = f"{length} + {axis.before} + {axis.after} = {padded}"
    return notice(
        N_("no window fits: the kernel spans {span} samples along an axis and the padded input has {padded}"),
        span=span, padded=padded,
    )  # fmt: skip


def _fitting(trial: Trial) -> Iterator[Change | None]:
    """Padding on both sides, a smaller kernel, a smaller dilation, and the word that always fits."""
    axes = [laid(trial, i) for i in range(trial.dimensions)]
    lacking = [max(0, axis.span - axis.padded) for axis in axes]
    sides = [
        (axis.before + (more + 1) // 2, axis.after + (more + 1) // 2)
        for axis, more in zip(axes, lacking, strict=True)
    ]
    yield change(trial, padding=by_side(sides))
    if found := length_of(trial):
        made, option, _ = found
        if isinstance(option.type, Pair):
            fitting = [
                min(k, max(1, (axis.padded - 1) // axis.dilation + 1))
                for k, axis in zip(trial.kernel_size, axes, strict=True)
            ]
            yield change(trial, **made(by_axis(fitting)))
        elif not trial.pools:
            yield of_values(trial, nearest(trial, *smaller_kernels(trial), priced=False))
        else:
            yield change(trial, kernel_size=axes[0].padded)
    if not trial.pools:
        dilations = [
            min(axis.dilation, (axis.padded - 1) // max(1, axis.kernel_size - 1)) for axis in axes
        ]
        yield change(trial, dilation=by_axis(dilations))
        yield change(trial, padding="same")


def _half_of_the_window(trial: Trial) -> Iterator[Change | None]:
    axes = [laid(trial, i) for i in range(trial.dimensions)]
    half = [axis.kernel_size // 2 for axis in axes]
    sides = [(min(a.before, most), min(a.after, most)) for a, most in zip(axes, half, strict=True)]
    yield change(trial, padding=by_side(sides))
    sizes = [max(a.kernel_size, 2 * max(a.before, a.after)) for a in axes]
    yield change(trial, kernel_size=by_axis(sizes))
    yield change(trial, padding="same")


def _of_stamping(trial: Trial, axis: Axis) -> tuple[Notice, Iterator[Change | None]]:
    extra, padding = axis.after - axis.before, axis.span - 1 - axis.before
    if extra >= max(axis.up, axis.dilation):
        rule = notice(
            N_("output_padding {given} must be smaller than the stride {stride} or the dilation {dilation}: beyond"
               " that no stamp reaches"),
            given=extra, stride=axis.up, dilation=axis.dilation,
        )  # fmt: skip
        return rule, _less_output_padding(trial)
    rule = notice(
        N_("padding {padding} cuts {cut} samples off a result of {full} along an axis, and nothing is left"),
        padding=padding, cut=2 * padding, full=axis.output + 2 * padding,
    )  # fmt: skip
    return rule, _less_cut(trial)


def _less_output_padding(trial: Trial) -> Iterator[Change | None]:
    extra, strides, dilations = (trial.per_axis(name) for name in ("output_padding", "stride", "dilation"))
    most = [max(s, d) - 1 for s, d in zip(strides, dilations, strict=True)]
    yield change(trial, output_padding=by_axis([min(e, m) for e, m in zip(extra, most, strict=True)]))
    reach = [e + 1 if e > m else None for e, m in zip(extra, most, strict=True)]
    yield change(trial, stride=by_axis([r or s for r, s in zip(reach, strides, strict=True)]))
    yield change(trial, dilation=by_axis([r or d for r, d in zip(reach, dilations, strict=True)]))


def _less_cut(trial: Trial) -> Iterator[Change | None]:
    axes = [laid(trial, i) for i in range(trial.dimensions)]
    paddings = [
        p if axis.output > 0 else (axis.output + 2 * p - 1) // 2
        for p, axis in zip(trial.per_axis("padding"), axes, strict=True)
    ]
    yield change(trial, padding=by_axis(paddings))
    strides = [
        axis.up if axis.output > 0 else axis.up + -(-(1 - axis.output) // max(1, axis.length - 1)) for axis in axes
    ]
    yield change(trial, stride=by_axis(strides))
    dilations = [
        a.dilation if a.output > 0 else a.dilation + -(-(1 - a.output) // max(1, a.kernel_size - 1)) for a in axes
    ]
    yield change(trial, dilation=by_axis(dilations))
