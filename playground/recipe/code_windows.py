"""How does a program pool windows, or read between samples?  torch's own pooling where it has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from types import MappingProxyType

from playground.ops import geometry
from playground.ops.geometry import Axis
from playground.recipe.code_conv import write_padding
from playground.recipe.code_draft import Draft, Planned, numbers, one_or_all

EMPTY = {"max": "-inf", "min": "inf", "average": "nan", "median": "nan"}
"""What stands in the padding where it is no value, by statistic."""


def _pool(draft: Draft, planned: Planned) -> None:
    axes, values = _axes(planned), planned.settings
    statistic, counted = values["statistic"], values["count_include_pad"] and values["statistic"] == "average"
    sides = [(axis.before, axis.after) for axis in axes]
    if draft.flavour == "torch" and statistic != "median" and all(before == after for before, after in sides):
        _write_torch_pool(draft, axes, statistic, counted)
        return
    if any(side != (0, 0) for side in sides):
        _write_border(draft, sides, EMPTY[statistic], counted)
    plain = draft.flavour == "torch" and (statistic in ("max", "min") or counted)
    if plain:
        _write_torch_pool(draft, [_bare(axis) for axis in axes], statistic, counted)
        return
    _write_windows(draft, axes)
    over = "(-2, -1)" if len(axes) == 2 else "-1"
    match statistic:
        case "max" | "min":
            draft.assign("x", f"windows.{statistic}(axis={over})")
        case "average":
            function = "mean" if counted or all(side == (0, 0) for side in sides) else "nanmean"
            draft.say(torch=f"x = windows.nanmean({over})", numpy=f"x = np.{function}(windows, axis={over})")
        case "median":
            draft.assign(
                "x", "medians(windows)" if len(axes) == 2 else "medians(windows[:, None, :, None])[:, 0]"
            )


def _axes(planned: Planned) -> list[Axis]:
    values = planned.settings
    dimensions = len(planned.input_shape) - 1
    sizes = geometry.per_axis(values["kernel_size"], dimensions, "kernel_size")
    steps = geometry.per_axis(sizes if values["stride"] is None else values["stride"], dimensions, "stride")
    sides = geometry.sides(values["padding"], dimensions)
    return [
        geometry.settle(n, k, stride=s, padding=p)
        for n, k, s, p in zip(planned.input_shape[1:], sizes, steps, sides, strict=True)
    ]


def _bare(axis: Axis) -> Axis:
    return Axis(axis.padded, axis.kernel_size, 1, 1, axis.down, 0, 0)


def _write_border(draft: Draft, sides: list[tuple[int, int]], empty: str, counted: bool) -> None:
    """Padding that is no value, or zeros where the average counts them."""
    if counted:
        write_padding(draft, sides, [1] * len(sides), padding_mode="constant")
        return
    flat = ", ".join(str(n) for side in reversed(sides) for n in side)
    pairs = ", ".join(str(side) for side in ((0, 0), *sides))
    value = {"-inf": "-math.inf", "inf": "math.inf", "nan": "math.nan"}[empty]
    draft.say(
        torch=f"x = F.pad(x, ({flat}), value={value})",
        numpy=f"x = np.pad(x, ({pairs}), constant_values={value})",
    )


def _write_torch_pool(draft: Draft, axes: list[Axis], statistic: str, counted: bool) -> None:
    dimensions = len(axes)
    options = [one_or_all([axis.kernel_size for axis in axes])]
    if any(axis.down != axis.kernel_size for axis in axes):
        options.append(f"stride={one_or_all([axis.down for axis in axes])}")
    if any(axis.before for axis in axes):
        options.append(f"padding={one_or_all([axis.before for axis in axes])}")
        options += ["count_include_pad=False"] if statistic == "average" and not counted else []
    match statistic:
        case "average":
            draft.call("x", f"F.avg_pool{dimensions}d", ["x", *options])
        case "max":
            draft.call("x", f"F.max_pool{dimensions}d", ["x", *options])
        case "min":
            draft.call("x", f"-F.max_pool{dimensions}d", ["-x", *options])


def _write_windows(draft: Draft, axes: list[Axis]) -> None:
    """An array with the windows on its last axes; nothing is copied."""
    unfolded = "".join(
        f".unfold({i}, {axis.kernel_size}, {axis.down})" for i, axis in enumerate(axes, start=1)
    )
    sizes = numbers([axis.kernel_size for axis in axes])
    where = numbers(range(1, len(axes) + 1))
    steps = ", ".join(f"::{axis.down}" for axis in axes)
    draft.say(
        torch=f"windows = x{unfolded}",
        numpy=f"windows = sliding_window_view(x, {sizes}, axis={where})[:, {steps}]",
    )


# --- between samples -----------------------------------------------------------------------------


def _interpolate(draft: Draft, planned: Planned) -> None:
    dimensions, kind = len(planned.input_shape) - 1, planned.settings["interpolation"]
    scales = [Fraction(s) for s in geometry.per_axis(planned.settings["scale"], dimensions, "scale")]
    for dim, scale in reversed(list(zip(range(-dimensions, 0), scales, strict=True))):
        up, down = scale.numerator, scale.denominator
        if scale == 1:
            continue
        match kind:
            case "nearest":
                draft.assign("x", f"nearest(x, {up}, {down}, {dim})")
            case "linear":
                draft.assign("x", f"on_straight_lines(x, {up}, {down}, {dim})")
            case "sinc":
                draft.assign("x", f"on_a_smooth_wave(x, {up}, {down}, {dim}, mirror={dimensions == 2})")
    if all(scale == 1 for scale in scales):
        draft.remark("As many samples as there are: nothing changes.")


EMITTERS: Mapping[str, Callable[[Draft, Planned], None]] = MappingProxyType(
    {"pool1d": _pool, "pool2d": _pool, "interpolate1d": _interpolate, "interpolate2d": _interpolate}
)
"""What writes each step that reads windows without a kernel."""
