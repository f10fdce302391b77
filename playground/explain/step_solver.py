"""Which settings of this very step make that size?  Those of ``solver`` that its kernel can have, and each is tried.

The kernel that is there comes first; where a parameter says how long it is, other sizes follow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

from playground.explain.change import by_axis, length_of, values_of
from playground.explain.solver import KERNEL_SIZES, Setting, as_step, solve, solve_axes
from playground.explain.trial import NOTHING_LOADED, StepLike, Trial, attempt
from playground.ops.conv import MAX_STRIDE

if TYPE_CHECKING:
    from torch import Tensor

MOST_OF_THIS = 2
"""Settings with the kernel as it is that are listed before those with another size of it."""
MOST_LENGTHS = 24
"""Values of the parameter that says a kernel's length that are tried."""
MOST_PAIRED = 40
Sizes = tuple[int, ...]


@dataclass(frozen=True)
class Fit:
    """One answer: the parameters to set, and what they are on each axis.

    >>> half = Setting(3, Fraction(2), (1, 1))
    >>> Fit((("stride", 2),), (half, Setting(5, Fraction(2), (2, 2)))).in_torch
    'Conv2d(kernel_size=(3, 5), stride=2, padding=(1, 2))'
    """

    params: tuple[tuple[str, object], ...]
    settings: tuple[Setting, ...]

    @property
    def in_torch(self) -> str:
        """The module of torch that makes the same size; "" where it takes more than one."""
        if not all(setting.in_torch for setting in self.settings) or len({s.transposed for s in self.settings}) > 1:
            return ""
        up = self.settings[0].transposed
        rows = {
            "kernel_size": [s.kernel_size for s in self.settings],
            "stride": [s.stride.denominator if up else s.stride.numerator for s in self.settings],
            "padding": [s.torch_padding for s in self.settings],
            "output_padding": [s.output_padding for s in self.settings],
            "dilation": [s.dilation for s in self.settings],
        }
        left_out = {"padding": 0, "output_padding": 0, "dilation": 1}
        options = [f"{n}={by_axis(row)}" for n, row in rows.items() if set(row) != {left_out.get(n)}]
        return f"Conv{'Transpose' if up else ''}{len(self.settings)}d({', '.join(options)})"


def fits(
    step: StepLike, wanted: Sizes, *, kind: str, shape: tuple[int, ...], rate: Fraction | None = None,
    kernels: Mapping[str, Tensor] = NOTHING_LOADED, most: int = 6,
) -> list[Fit]:  # fmt: skip
    """At most ``most`` settings of a convolution that make ``wanted`` samples on each axis; maybe none.

    Arguments as in ``coach.advise``.  Every one has been tried: it is within the limits and makes that size.

    >>> from playground.ops import KernelRef
    >>> step = KernelRef(name="box")                                          # a name and params
    >>> [found.in_torch for found in fits(step, (64, 64), kind="image", shape=(3, 128, 128), most=2)]
    ['Conv2d(kernel_size=3, stride=2, padding=1)', 'Conv2d(kernel_size=3, stride=2, padding=3, dilation=3)']
    """
    trial = attempt(step, kind=kind, shape=shape, rate=rate, kernels=kernels)
    if trial is None or trial.pools or trial.kernel is None:
        return []
    found: dict[tuple[Setting, ...], Fit] = {}
    for params, settings in _offered(trial, wanted):
        values = params | as_step(settings)
        if settings not in found and _makes(trial, values, wanted):
            found[settings] = Fit(tuple(sorted(values.items())), settings)
        if len(found) == most:
            break
    return list(found.values())


def _makes(trial: Trial, values: Mapping[str, object], wanted: Sizes) -> bool:
    tried = trial.having(**values)
    return not tried.stage and tried.output[1:] == wanted


def _offered(trial: Trial, wanted: Sizes) -> Iterator[tuple[dict[str, object], tuple[Setting, ...]]]:
    """What to try: a few with the kernel as it is, then those with another length, then the rest of the former."""
    same = [({}, settings) for settings in _of_this(trial, wanted)]
    yield from same[:MOST_OF_THIS]
    lengths = _lengths(trial)
    if lengths:
        sizes = sorted({size for sizes in lengths for size in sizes})
        for settings in solve_axes(trial.shape[1:], wanted, kernel_size=sizes, most=2 * len(sizes)):
            if (params := lengths.get(tuple(s.kernel_size for s in settings))) is not None:
                yield params, settings
    yield from same[MOST_OF_THIS:]


def _of_this(trial: Trial, wanted: Sizes) -> list[tuple[Setting, ...]]:
    """With the kernel as it is.  A sound's in ms has more taps at a stride of 1/s, so that it is asked for its size."""
    found, kept = [], trial.kernel_size
    for stride in _strides(trial, wanted):
        sizes = kept if stride == 1 else trial.having(priced=False, stride=stride).kernel_size
        if stride == 1 or sizes != kept:
            found += [
                settings for settings in _of_size(trial.shape[1:], wanted, sizes)
                if sizes == kept or settings[0].stride.denominator == Fraction(stride).denominator
            ]  # fmt: skip
    return found


def _strides(trial: Trial, wanted: Sizes) -> list[int | Fraction]:
    """1, and on a sound the 1/s near the length that is wanted; first that which makes it exactly."""
    if trial.kind != "audio":
        return [1]
    times = Fraction(wanted[0], trial.shape[1])
    near = [n for n in range(int(times) - 1, int(times) + 2) if 2 <= n <= MAX_STRIDE]
    return sorted([1, *(Fraction(1, n) for n in near)], key=lambda stride: (1 / Fraction(stride) != times, -stride))


def _of_size(given: Sizes, wanted: Sizes, sizes: Sizes) -> list[tuple[Setting, ...]]:
    """Settings for a kernel of these sizes, nicest first."""
    if len(set(sizes)) == 1:
        return solve_axes(given, wanted, kernel_size=sizes[:1])
    first, second = (
        solve(n, m, kernel_size=(k,), most=MOST_PAIRED) for n, m, k in zip(given, wanted, sizes, strict=True)
    )
    pairs = []
    for alike in (_stride_dilation_word, _stride_dilation, _stride):
        for setting in first:
            pairs += [(setting, other) for other in islice((s for s in second if alike(s) == alike(setting)), 1)]
    return list(dict.fromkeys([*pairs, *zip(first, second, strict=False)]))


def _stride_dilation_word(setting: Setting) -> tuple:
    return setting.stride, setting.dilation, setting.word


def _stride_dilation(setting: Setting) -> tuple:
    return setting.stride, setting.dilation


def _stride(setting: Setting) -> Fraction:
    return setting.stride


def _lengths(trial: Trial) -> dict[Sizes, dict[str, object]]:
    """The small sizes that a parameter can give the kernel, the same on all axes, and what says them."""
    if (length := length_of(trial)) is None:
        return {}
    made, option, _ = length
    found: dict[Sizes, dict[str, object]] = {}
    for value in values_of(option)[:MOST_LENGTHS]:
        tried = trial.having(priced=False, **made(value))
        if tried.kernel is None:
            continue
        sizes = tried.kernel_size
        if max(sizes) > KERNEL_SIZES[-1]:
            break
        if len(set(sizes)) == 1 and sizes != trial.kernel_size:
            found.setdefault(sizes, made(value))
    return found
