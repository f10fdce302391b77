"""What does a step that runs do that one might not expect?  With its numbers, and what would avoid it.

``topic`` names what it is:

=================  ===========================================================================================
"unused"           samples at the end that a stride leaves over
"unread"           samples between two windows: the stride is larger than the kernel, or shares a factor with
                   its dilation
"uneven"           at a stride of 1/s neighbouring results are sums of different weights: a checkerboard
"no middle"        under "same" a kernel of an even span has one sample more on one side
"invented"         results that read nothing but padding
"torch refuses"    a border longer than the input, which is continued here and refused by PyTorch
=================  ===========================================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import gcd
from typing import TYPE_CHECKING, Literal

from playground.errors import N_, Notice, notice
from playground.explain import remedies, torch_words
from playground.explain.change import Change
from playground.explain.paint import phase_counts
from playground.explain.surprises import extremes, invented, off_middle, uneven, unread, unused
from playground.explain.trial import NOTHING_LOADED, StepLike, Trial, attempt

if TYPE_CHECKING:
    from torch import Tensor

Topic = Literal["unused", "unread", "uneven", "no middle", "invented", "torch refuses"]
MOST_CHANGES = 3
"""What a page offers at once for a remark."""


@dataclass(frozen=True)
class Remark:
    """Something surprising: a sentence, what it counts on each axis, and changes after which it is not so.

    ``counts`` are samples ("unused"), samples of every stride ("unread"), taps of each phase ("uneven"), samples
    more after than before ("no middle"), results before and after ("invented"), or samples of border beyond what
    torch takes.  ``torch`` is its message where it refuses.
    """

    topic: Topic
    rule: Notice
    counts: tuple
    changes: tuple[Change, ...] = ()
    torch: str = ""


def remarks(
    step: StepLike, *, kind: str, shape: tuple[int, ...], rate: Fraction | None = None,
    kernels: Mapping[str, Tensor] = NOTHING_LOADED,
) -> list[Remark]:  # fmt: skip
    """Say what may surprise of a convolution, a pooling or a transposed convolution that runs.

    Arguments as in ``coach.advise``; a step that does not run is advised there, and there are no remarks.

    >>> from playground.ops import KernelRef
    >>> step = KernelRef(name="box", params=(("padding", "valid"), ("stride", 2)))       # a name and params
    >>> (found,) = remarks(step, kind="image", shape=(3, 9, 12))
    >>> found.topic, found.counts, [str(offered.text) for offered in found.changes]
    ('unused', (0, 1), ['set padding to (0, 0, 0, 1)', 'crop to 9 × 11 first'])
    """
    trial = attempt(step, kind=kind, shape=shape, rate=rate, kernels=kernels)
    if trial is None or trial.stage:
        return []
    return [found for topic in _TOPICS for found in topic(trial)]


def _offered(changes: Iterator[Change | None]) -> tuple[Change, ...]:
    return tuple(islice((found for found in changes if found is not None), MOST_CHANGES))


def _unused(trial: Trial) -> Iterator[Remark]:
    counts = unused(trial)
    if not any(counts):
        return
    axis, count = next((axis, count) for axis, count in zip(trial.axes, counts, strict=True) if count)
    rule = notice(
        N_("the last {count} of {length} samples along an axis lie in no window: {padded} − {span} leaves a remainder"
           " of {remainder} at stride {stride}"),
        count=count, length=axis.length, padded=axis.padded, span=axis.span, remainder=axis.remainder,
        stride=axis.down,
    )  # fmt: skip
    yield Remark("unused", rule, counts, _offered(remedies.for_unused(trial)))


def _unread(trial: Trial) -> Iterator[Remark]:
    counts = unread(trial)
    if not any(counts):
        return
    axis, count = next((axis, count) for axis, count in zip(trial.axes, counts, strict=True) if count)
    if axis.kernel_size < axis.down:
        rule = notice(
            N_("{count} of every {stride} samples along an axis are read by no window: the stride is larger than the"
               " kernel of {size}"),
            count=count, stride=axis.down, size=axis.kernel_size,
        )  # fmt: skip
    else:
        rule = notice(
            N_("{count} of every {stride} samples along an axis are read by no window: stride {stride} and dilation"
               " {dilation} have the factor {factor} in common"),
            count=count, stride=axis.down, dilation=axis.dilation, factor=gcd(axis.down, axis.dilation),
        )  # fmt: skip
    yield Remark("unread", rule, counts, _offered(remedies.for_unread(trial)))


def _uneven(trial: Trial) -> Iterator[Remark]:
    if not any(uneven(trial)):
        return
    counts = tuple(phase_counts(axis) for axis in trial.axes)
    least, most = extremes(trial)
    axis = next((a for a, taps in zip(trial.axes, counts, strict=True) if len(set(taps)) > 1), None)
    weights = {"least": f"{least:.3g}", "most": f"{most:.3g}"}
    if axis is None:
        text = N_("an even area comes out uneven: as many taps meet samples at every result, but they add up to {least}"
                  " to {most}")  # fmt: skip
        rule = notice(text, **weights)
    elif 0 in phase_counts(axis):
        text = N_("an even area comes out uneven: at {empty} of every {results} results along an axis no tap meets a"
                  " sample; the kernel has {size} taps, {dilation} apart, and the samples are {stride} apart")  # fmt: skip
        taps = phase_counts(axis)
        rule = notice(text, empty=taps.count(0), results=len(taps), size=axis.kernel_size, dilation=axis.dilation,
                      stride=axis.up)  # fmt: skip
    else:
        text = N_("an even area comes out uneven: neighbouring results are sums of {fewest} or {largest} of the kernel's {size}"
                  " taps, which add up to {least} to {most}; {below} or {above} taps can be shared out evenly")  # fmt: skip
        taps, below = phase_counts(axis), axis.kernel_size // axis.up * axis.up
        rule = notice(text, fewest=min(taps), largest=max(taps), size=axis.kernel_size, below=below,
                      above=below + axis.up, **weights)  # fmt: skip
    yield Remark("uneven", rule, counts, _offered(remedies.for_uneven(trial)))


def _no_middle(trial: Trial) -> Iterator[Remark]:
    counts = off_middle(trial)
    if not any(counts):
        return
    axis = next(axis for axis, count in zip(trial.axes, counts, strict=True) if count)
    rule = notice(
        N_("a span of {span} samples has no middle: \"same\" adds {before} before and {after} after, and a result stands"
           " half a sample before the middle of what it reads"),
        span=axis.span, before=axis.before, after=axis.after,
    )  # fmt: skip
    yield Remark("no middle", rule, counts, _offered(remedies.for_no_middle(trial)))


def _invented(trial: Trial) -> Iterator[Remark]:
    counts = invented(trial)
    if not any(sum(pair) for pair in counts):
        return
    axis, pair = next((axis, pair) for axis, pair in zip(trial.axes, counts, strict=True) if sum(pair))
    rule = notice(
        N_("{before} results at the beginning of an axis and {after} at its end read only padding: the kernel spans"
           " {span} samples, and no more than {most} of padding meet the input"),
        before=pair[0], after=pair[1], span=axis.span, most=axis.span - 1,
    )  # fmt: skip
    yield Remark("invented", rule, counts, _offered(remedies.for_invented(trial)))


def _torch_refuses(trial: Trial) -> Iterator[Remark]:
    whole = trial.kernel is not None and not trial.transposes and all(axis.up == 1 for axis in trial.axes)
    if not whole or not (message := torch_words.border(trial)):
        return
    one_less = int(trial.values["padding_mode"] == "reflect")
    most = [axis.length - one_less for axis in trial.axes]
    counts = tuple(max(0, max(a.before, a.after) - m) for a, m in zip(trial.axes, most, strict=True))
    axis, allowed = next((a, m) for a, m, count in zip(trial.axes, most, counts, strict=True) if count)
    rule = notice(
        N_("the border of {border} samples is longer than the input of {length} along an axis; it is continued again and"
           " again here, and PyTorch refuses more than {most}"),
        border=max(axis.before, axis.after), length=axis.length, most=allowed,
    )  # fmt: skip
    yield Remark("torch refuses", rule, counts, _offered(remedies.for_a_long_border(trial, most)), message)


_TOPICS = (_unused, _unread, _uneven, _no_middle, _invented, _torch_refuses)
