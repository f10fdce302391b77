"""Why does this step not run, and which settings would?  The rule with its numbers, and the nearest that work.

Of every parameter that helps there is one change, the nearest value at which the step runs, the others kept: how
near is said in ``change``.  Padding grows on both sides alike.  Changes are tried before they are offered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TYPE_CHECKING

from playground.errors import N_, Notice, PlaygroundError, notice
from playground.explain import torch_words
from playground.explain.change import (
    STRIDES,
    Change,
    by_axis,
    by_side,
    change,
    nearest,
    of_values,
    put_before,
    smaller_kernels,
)
from playground.explain.fitting import of_sizes
from playground.explain.nearest_setting import inside, torch_refuses
from playground.explain.trial import NOTHING_LOADED, StepLike, Trial, attempt, groups_of, laid
from playground.ops import OPS, KernelRef

if TYPE_CHECKING:
    from torch import Tensor

MOST_CHANGES = 3
"""What a page offers at once."""

ONE_CHANNEL = {
    "mono": (N_("mix all channels to one first"), N_("mix all channels to one first, and set padding to same")),
    "grey": (N_("turn the picture grey first"), N_("turn the picture grey first, and set padding to same")),
    "channel": (N_("take the first channel alone first"), N_("take the first channel alone first, and set padding to same")),
}
"""Steps that make one channel of several, and what a page says of them, alone and with a padding."""
PLANE = (
    N_("use the kernel's first plane for every channel alone"),
    N_("use the kernel's first plane for every channel alone, and set padding to same"),
)  # fmt: skip


@dataclass(frozen=True)
class Advice:
    """Why a step does not run: the rule that it breaks, on which axes, and changes with which it runs.

    ``torch`` is PyTorch's own message for the same call, "" where it has none.
    """

    rule: Notice
    changes: tuple[Change, ...] = ()
    torch: str = ""
    axes: tuple[int, ...] = ()


def advise(
    step: StepLike, *, kind: str, shape: tuple[int, ...], rate: Fraction | None = None,
    kernels: Mapping[str, Tensor] = NOTHING_LOADED,
) -> Advice | None:  # fmt: skip
    """Explain a convolution, plain or transposed, or a pooling that does not run; None if it does.

    ``shape`` is ``(C, *size)`` of what goes in, at ``rate`` samples a second for a sound; ``kernels`` maps digests
    to loaded kernels.

    >>> step = KernelRef(name="box", params=(("padding", "valid"), ("size", 9)))      # a name and params
    >>> advice = advise(step, kind="image", shape=(3, 6, 12))
    >>> str(advice.rule)
    'no window fits: the kernel spans 9 samples along an axis and the padded input has 6'
    >>> [str(offered.text) for offered in advice.changes]
    ['set padding to (2, 0)', 'set size to (6, 9)', 'set padding to same']
    >>> advice.torch[:50]
    'Calculated padded input size per channel: (6 x 12)'
    """
    trial = attempt(step, kind=kind, shape=shape, rate=rate, kernels=kernels)
    return None if trial is None or not trial.stage else _advice(trial)


def _advice(trial: Trial) -> Advice:
    match trial.stage:
        case "settings":
            return Advice(said(trial.error), _some(_inside(trial)), torch_refuses(trial))
        case "kernel":
            return Advice(said(trial.error), _some(_without_flags(trial)))
        case "sizes":
            rule, changes = of_sizes(trial)
            changes = _some(changes) or _some(_channels_too(trial))
        case "channels":
            rule, changes = _of_channels(trial), _some(_fewer_channels(trial))
        case _:
            rule, changes = said(trial.error), _some(_cheaper(trial))
    return Advice(rule, changes, torch_words.refusal(trial), trial.failing)


def said(error: PlaygroundError) -> Notice:
    """An error's sentence, as a template and its values.

    >>> str(said(PlaygroundError(N_("stride is {given}"), given=0)))
    'stride is 0'
    """
    return notice(error.template, **error.values)


def _some(changes: Iterator[Change | None]) -> tuple[Change, ...]:
    return tuple(islice((found for found in changes if found is not None), MOST_CHANGES))


def _inside(trial: Trial) -> Iterator[Change | None]:
    """The nearest values inside their limits, and with them what else is needed then."""
    for values in inside(trial):
        brought = trial.having(**values)
        if not brought.stage:
            yield change(trial, **values)
        elif brought.stage != "settings":
            for further in _advice(brought).changes:
                yield change(trial, **(values | dict(further.params))) if not further.before else None


def _without_flags(trial: Trial) -> Iterator[Change | None]:
    for flag in ("normalise", "zero_mean"):
        if trial.values.get(flag):
            yield change(trial, **{flag: False})


def _of_channels(trial: Trial) -> Notice:
    channels, kernel, groups = trial.shape[0], trial.kernel, groups_of(trial)
    if kernel.ndim == trial.dimensions:
        return notice(N_("groups {groups} has no meaning for a kernel that takes each of {channels} channels alone"),
                      groups=groups, channels=channels)  # fmt: skip
    out, taken = kernel.shape[0], kernel.shape[1] * groups
    if trial.transposes:
        out, taken = kernel.shape[1] * groups, kernel.shape[0]
    if taken != channels:
        return notice(N_("the kernel takes {taken} channels in {groups} groups and the input has {channels}"),
                      taken=taken, groups=groups, channels=channels)  # fmt: skip
    shared = channels if channels % groups else out
    return notice(N_("{channels} channels cannot be shared out evenly among {groups} groups"),
                  channels=shared, groups=groups)  # fmt: skip


def _fewer_channels(trial: Trial, **also: object) -> Iterator[Change | None]:
    """Other groups, one channel made of all, or the kernel's first plane for every channel alone."""
    groups, channels = trial.values.get("groups", 1), trial.shape[0]
    if "groups" in trial.options:
        for other in sorted(range(1, 65), key=lambda g: (abs(g - groups), g)):
            if channels % other == 0 and (found := change(trial, groups=other, **also)):
                yield found
                break
    one = (1, *trial.shape[1:])
    for name, texts in ONE_CHANNEL.items():
        if channels > 1 and trial.kind in OPS[name].media and (name != "grey" or channels == 3):
            yield put_before(trial, name, shape=one, text=notice(texts[bool(also)]), **also)
    ref = trial.values.get("kernel")
    if isinstance(ref, KernelRef) and ref.numbers is not None and trial.kernel.ndim > trial.dimensions:
        also |= {"groups": 1} if "groups" in dict(trial.params) else {}
        plane = KernelRef(numbers=ref.numbers[0][0], params=ref.params)
        yield change(trial, text=notice(PLANE["padding" in also]), kernel=plane, **also)


def _channels_too(trial: Trial) -> Iterator[Change | None]:
    """What helps where neither the sizes nor the channels fit."""
    return iter(()) if trial.pools or trial.transposes else _fewer_channels(trial, padding="same")


def _cheaper(trial: Trial) -> Iterator[Change | None]:
    """A larger stride (of a transposed convolution a smaller one), a smaller kernel, less padding."""
    strides, made = trial.per_axis("stride"), _laid_by(max)
    further = [s for s in STRIDES if s > min(Fraction(s) for s in strides)]
    if trial.transposes:
        further, made = list(range(max(strides) - 1, 0, -1)), _laid_by(min)
    if trial.pools:
        further = [s for s in further if s >= 1]
    yield of_values(trial, nearest(trial, lambda s: {"stride": made(strides, s)}, further))
    if (found := smaller_kernels(trial)) is not None:
        yield of_values(trial, nearest(trial, *found))
    if not trial.transposes:
        axes = [laid(trial, i) for i in range(trial.dimensions)]
        most = max(max(axis.before, axis.after) for axis in axes)
        yield of_values(trial, nearest(
            trial,
            lambda p: {"padding": by_side([(min(axis.before, p), min(axis.after, p)) for axis in axes])},
            range(most - 1, -1, -1),
        ))  # fmt: skip


def _laid_by(choose: Callable) -> Callable[[tuple, object], object]:
    return lambda strides, other: by_axis([choose(s, other) for s in strides])
