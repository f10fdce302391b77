"""Would this step run, and if not, what stands in its way?  Tried without computing anything.

A step is judged in stages, in the order in which the gates and the engine do: its settings, its kernel, its sizes,
its channels, its price.  Of a step that fails the trial keeps what had been found until then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, Protocol

from playground.errors import N_, LimitError, PlaygroundError, RecipeError
from playground.media.limits import limits
from playground.ops import KERNELS, OPS, KernelRef, conv, geometry, kernels
from playground.ops.geometry import Axis
from playground.ops.parameters import Integer, Pair, shown
from playground.ops.registry import COMMON_KERNEL_PARAMETERS, KernelParameter, Option

if TYPE_CHECKING:
    from torch import Tensor

Stage = Literal["settings", "kernel", "sizes", "channels", "price", ""]
NOTHING_LOADED: Mapping[str, Tensor] = MappingProxyType({})
TRANSPOSED: Mapping[str, Option] = MappingProxyType(
    {
        "kernel": Option(KernelParameter(), None),
        "stride": Option(Pair(Integer(1, conv.MAX_STRIDE)), 1),
        "padding": Option(Pair(Integer(0, conv.MAX_PADDING)), 0),
        "output_padding": Option(Pair(Integer(0, conv.MAX_DILATION - 1)), 0),
        "dilation": Option(Pair(Integer(1, conv.MAX_DILATION)), 1),
        "groups": Option(Integer(1, 64), 1),
    }
)
"""What ``conv_transpose1d`` and ``conv_transpose2d`` take, with the limits of ``conv``."""
SLIDING = ("conv1d", "conv2d", "pool1d", "pool2d", "conv_transpose1d", "conv_transpose2d")
"""What is tried beside the kernels' own names."""
KERNEL_STAYS = {"stride", "padding", "padding_mode", "fill", "dilation", "output_padding", "groups", "flip_kernel"}
"""Parameters that leave a kernel as it is; of a sound's in ms or Hz the stride does not."""


class StepLike(Protocol):
    """A step: a name, and the parameters that differ from its defaults."""

    @property
    def name(self) -> str: ...
    @property
    def params(self) -> tuple[tuple[str, object], ...]: ...


@dataclass(frozen=True, eq=False)
class Trial:
    """A step as far as it could be worked out; ``stage`` is where it failed, "" where it would run.

    ``values`` has every parameter, ``failing`` the axes on which the sizes do not fit, ``axes`` all of them where
    they do.  ``shape`` is ``(C, *size)`` of the input, ``output`` that of the result.
    """

    name: str
    params: tuple[tuple[str, object], ...]
    kind: str
    shape: tuple[int, ...]
    rate: Fraction | None
    loaded: Mapping[str, Tensor]
    options: Mapping[str, Option]
    values: Mapping[str, object]
    kernel: Tensor | None = None
    axes: tuple[Axis, ...] = ()
    failing: tuple[int, ...] = ()
    output: tuple[int, ...] = ()
    stage: Stage = ""
    error: PlaygroundError | None = None

    @property
    def dimensions(self) -> int:
        return 1 if self.kind == "audio" else 2

    @property
    def pools(self) -> bool:
        return self.name in ("pool1d", "pool2d")

    @property
    def transposes(self) -> bool:
        return self.name in ("conv_transpose1d", "conv_transpose2d")

    @property
    def kernel_size(self) -> tuple[int, ...]:
        """Taps along each axis."""
        if self.pools:
            return geometry.per_axis(self.values["kernel_size"], self.dimensions, "kernel_size")
        return tuple(self.kernel.shape[-self.dimensions :])

    def per_axis(self, name: str) -> tuple:
        """A parameter's value on every axis."""
        value = self.values[name]
        if name == "stride" and self.pools and value is None:
            value = self.values["kernel_size"]
        return geometry.per_axis(value, self.dimensions, name)

    def having(self, *, shape: tuple[int, ...] = (), priced: bool = True, **values: object) -> Trial:
        """The same step with other values, or on an input of another shape; its price is left out if not asked for."""
        params = tuple(sorted((dict(self.params) | values).items()))
        stays = set(values) <= (KERNEL_STAYS - {"stride"} if self.kind == "audio" else KERNEL_STAYS)
        kernel = self.kernel if stays else None
        return _tried(self.name, params, self.kind, shape or self.shape, self.rate, self.loaded, kernel, priced)


def attempt(
    step: StepLike, *, kind: str, shape: tuple[int, ...], rate: Fraction | None = None,
    kernels: Mapping[str, Tensor] = NOTHING_LOADED,
) -> Trial | None:  # fmt: skip
    """Try a convolution, a pooling or a transposed convolution; None for a step that is none of them.

    >>> from playground.ops.registry import KernelRef
    >>> step = KernelRef(name="sobel_x")                      # anything with a name and params
    >>> attempt(step, kind="image", shape=(3, 300, 451)).output
    (3, 300, 451)
    """
    known = step.name in KERNELS or step.name in SLIDING
    return _tried(step.name, step.params, kind, shape, rate, kernels, None, True) if known else None


def _tried(
    name: str, params: tuple[tuple[str, object], ...], kind: str, shape: tuple[int, ...], rate: Fraction | None,
    loaded: Mapping[str, Tensor], kernel: Tensor | None, priced: bool,
) -> Trial:  # fmt: skip
    options = _options(name, kind)
    values = {key: option.default for key, option in options.items()} | dict(params)
    trial = Trial(name, params, kind, shape, rate, loaded, options, values, kernel)
    stages = {"settings": _checked, "kernel": _built, "sizes": _sized, "channels": _mixed}
    stages |= {"price": _priced} if priced else {}
    for stage, judge in stages.items():
        try:
            trial = judge(trial)
        except PlaygroundError as error:
            return replace(trial, stage=stage, error=error)
        if trial.failing:
            return replace(trial, stage=stage)
    return trial


def _options(name: str, kind: str) -> Mapping[str, Option]:
    if name.startswith("conv_transpose"):
        return TRANSPOSED
    if name in OPS:
        return OPS[name].options
    kernel = KERNELS[name]
    return dict(kernel.options) | COMMON_KERNEL_PARAMETERS | kernels.step_options(kind, causal=kernel.causal)


def _checked(trial: Trial) -> Trial:
    known = OPS.get(trial.name) or KERNELS.get(trial.name)
    if known and trial.kind not in known.media:
        raise RecipeError(N_("{name} is not for this medium ({kind}); it is for: {media}"),
                          name=trial.name, kind=trial.kind, media=", ".join(known.media))  # fmt: skip
    for name, value in trial.params:
        if name not in trial.options:
            raise RecipeError(N_("{owner} has no parameter {given}; it has: {choices}"),
                              owner=trial.name, given=shown(name), choices=", ".join(trial.options))  # fmt: skip
        trial.options[name].check(value, trial.name, name)
    if "kernel" in trial.options and trial.values["kernel"] is None:
        raise RecipeError(N_("{owner} needs a kernel: a name, numbers or a digest"), owner=trial.name)
    return trial


def _built(trial: Trial) -> Trial:
    """The kernel; milliseconds and Hz are those of the signal that it meets, at stride 1/s the stuffed one."""
    if trial.pools or trial.kernel is not None:
        return trial
    ref = trial.values.get("kernel")
    if not isinstance(ref, KernelRef):
        own = (*KERNELS[trial.name].options, *COMMON_KERNEL_PARAMETERS)
        ref = KernelRef(name=trial.name, params=tuple((n, v) for n, v in trial.params if n in own))
    met = {}
    if trial.rate is not None and trial.kind == "audio":
        met = {"sample_rate": float(trial.rate * Fraction(trial.values["stride"]).denominator)}
    return replace(trial, kernel=kernels.build(ref, dimensions=trial.dimensions, loaded=trial.loaded, **met))


def _sized(trial: Trial) -> Trial:
    axes, failing, first = [], [], None
    for i in range(trial.dimensions):
        try:
            axes.append(settled(trial, i))
        except PlaygroundError as error:
            failing.append(i)
            first = first or error
    found = tuple(axes) if not failing else ()
    channels = trial.shape[0]
    output = (channels, *(axis.output for axis in found)) if found else ()
    return replace(trial, axes=found, failing=tuple(failing), output=output, error=first)


def settled(trial: Trial, axis: int) -> Axis:
    """One axis of a step whose kernel is known, as it is asked for.

    Errors: GeometryError where no window fits, where a pooling is padded by more than half of its window, and
    for a transposed convolution that is cut away or extended too far.
    """
    n, k = trial.shape[axis + 1], trial.kernel_size[axis]
    if trial.transposes:
        names = ("stride", "padding", "output_padding", "dilation")
        return geometry.settle_transposed(n, k, **{name: trial.per_axis(name)[axis] for name in names})
    sides, stride = geometry.sides(trial.values["padding"], trial.dimensions)[axis], trial.per_axis("stride")[axis]
    if trial.pools:  # refuses more padding than half of the window, too
        OPS["pool1d"].shape((1, n), kernel_size=k, stride=stride, padding=sides)
        return geometry.settle(n, k, stride=stride, padding=sides)
    return geometry.settle(n, k, stride=stride, padding=sides, dilation=trial.per_axis("dilation")[axis])


def laid(trial: Trial, axis: int) -> Axis:
    """The same without a question: its output may be 0 or less.

    >>> from playground.ops.registry import KernelRef
    >>> step = KernelRef(name="box", params=(("size", 5), ("padding", "valid")))
    >>> laid(attempt(step, kind="image", shape=(1, 3, 8)), 0).output
    -1
    """
    n, k = trial.shape[axis + 1], trial.kernel_size[axis]
    stride = Fraction(trial.per_axis("stride")[axis])
    dilation = trial.per_axis("dilation")[axis] if "dilation" in trial.values else 1
    if trial.transposes:
        before = dilation * (k - 1) - trial.per_axis("padding")[axis]
        after = before + trial.per_axis("output_padding")[axis]
        return Axis(n, k, dilation, stride.numerator, 1, before, after)
    sides = geometry.sides(trial.values["padding"], trial.dimensions)[axis]
    if sides == "valid":
        sides = (0, 0)
    elif isinstance(sides, str):  # at the other words a window always fits
        axis = geometry.settle(n, k, stride=stride, padding=sides, dilation=dilation)
        sides = (axis.before, axis.after)
    return Axis(n, k, dilation, stride.denominator, stride.numerator, *sides)


def _mixed(trial: Trial) -> Trial:
    if trial.pools:
        return trial
    made = conv.check_channels(trial.shape[0], tuple(_as_correlation(trial).shape), trial.dimensions, groups_of(trial))
    return replace(trial, output=(made, *trial.output[1:]))


def _as_correlation(trial: Trial) -> Tensor:
    """The kernel in the layout of ``conv``; of a transposed convolution only the layout counts."""
    kernel, groups = trial.kernel, groups_of(trial)
    if not trial.transposes or kernel.ndim == trial.dimensions:
        return kernel
    fits = kernel.shape[0] == trial.shape[0] and kernel.shape[0] % groups == 0
    return kernel.new_empty(kernel.shape[1] * groups, kernel.shape[0] // groups if fits else 0, *kernel.shape[2:])


def groups_of(trial: Trial) -> int:
    """The groups that a step runs in; a loaded kernel of one row per channel has one for each."""
    ref = trial.values.get("kernel")
    loaded = isinstance(ref, KernelRef) and ref.digest is not None and not trial.transposes
    if loaded and trial.kernel.ndim == trial.dimensions + 2 and trial.kernel.shape[1] == 1:
        return trial.kernel.shape[0]
    return trial.values.get("groups", 1)


def _priced(trial: Trial) -> Trial:
    if trial.pools:
        needed, adds = OPS[trial.name].price(trial.shape, trial.output, **trial.values)
    else:
        plan = conv.plan.choose((1, *trial.shape), _as_correlation(trial), trial.axes)
        needed, adds = plan.working_bytes, plan.multiply_adds
    allowed = limits()
    if needed > allowed.run_bytes:
        raise LimitError(
            N_("a result of {output} needs {given} MB of memory; this machine allows {limit} MB"),
            output=" × ".join(str(n) for n in trial.output[1:]), given=f"{needed / 1e6:,.0f}",
            limit=f"{allowed.run_bytes / 1e6:,.0f}",
        )  # fmt: skip
    if adds > allowed.run_multiply_adds:
        raise LimitError(
            N_("a result of {output} needs {given} multiply-adds; one run may have {limit}"),
            output=" × ".join(str(n) for n in trial.output[1:]), given=f"{adds:.1e}",
            limit=f"{allowed.run_multiply_adds:.1e}",
        )  # fmt: skip
    return trial
