"""What would avoid a surprise?  Of each parameter that helps the nearest value, as in ``change``."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import islice

from playground.errors import N_, Notice, notice
from playground.explain import torch_words
from playground.explain.change import (
    STRIDES,
    Change,
    by_axis,
    by_side,
    change,
    length_of,
    put_before,
    values_of,
)
from playground.explain.surprises import invented, off_middle, uneven, unread, unused
from playground.explain.trial import Trial
from playground.ops.conv import MAX_DILATION
from playground.ops.parameters import Pair

Left = Callable[[Trial], Sequence]
"""Of each axis, whether (or how much of) a surprise is left there."""
Candidates = Callable[[object], Iterable]
"""Values to try instead of one, nearest first."""
MOST_TRIED = 24
"""Values of one parameter that are tried on an axis: a page is not to wait for a value far away."""
MOST_TAPS = 10**6
"""Taps of all kernels that are made for it; of a large one fewer values are tried."""


def for_unused(trial: Trial) -> Iterator[Change | None]:
    """More padding at the end, until one more window fits; or the samples cropped, openly."""
    counts = unused(trial)
    sides = [
        (axis.before, axis.after + (axis.down - axis.remainder if count else 0))
        for axis, count in zip(trial.axes, counts, strict=True)
    ]
    yield change(trial, works=_gone(unused), padding=by_side(sides))
    size = [n - count for n, count in zip(trial.shape[1:], counts, strict=True)]
    names = ("length",) if trial.kind == "audio" else ("height", "width")
    yield put_before(
        trial, f"crop{trial.dimensions}d", shape=(trial.shape[0], *size), works=_gone(unused), text=_cropped(size),
        params={name: n for name, n, count in zip(names, size, counts, strict=True) if count},
    )  # fmt: skip


def for_unread(trial: Trial) -> Iterator[Change | None]:
    """A smaller stride, a longer kernel, another dilation."""

    def smaller(stride: object) -> list:
        given = Fraction(stride)
        return [_plain(Fraction(p, given.denominator)) for p in range(given.numerator - 1, 0, -1)]

    yield _searched(trial, unread, _named("stride"), trial.per_axis("stride"), smaller)
    yield _length(trial, unread, lambda values, current: [v for v in values if v > current])
    if "dilation" in trial.options:
        yield _searched(trial, unread, _named("dilation"), trial.per_axis("dilation"), _other_dilations)


def for_uneven(trial: Trial) -> Iterator[Change | None]:
    """A kernel whose taps are shared out evenly; no zeros between the samples; another stride."""
    yield _length(trial, uneven, lambda values, current: sorted(values, key=lambda v: abs(v - current)))
    if not trial.transposes:
        ups = [axis.up for axis in trial.axes]
        size = [n * up for n, up in zip(trial.shape[1:], ups, strict=True)]
        yield put_before(
            trial, f"interpolate{trial.dimensions}d", shape=(trial.shape[0], *size), params={"scale": by_axis(ups)},
            text=notice(N_("interpolate first, then convolve at whole strides")), works=_gone(uneven),
            stride=by_axis([axis.down for axis in trial.axes]),
        )  # fmt: skip
    yield _searched(trial, uneven, _named("dilation"), trial.per_axis("dilation"), _other_dilations)
    near = _nearby_whole if trial.transposes else _nearby
    yield _searched(trial, uneven, _named("stride"), trial.per_axis("stride"), near)


def for_no_middle(trial: Trial) -> Iterator[Change | None]:
    """An odd kernel, one shorter or one longer; or the extra sample on the other side.

    A pooling keeps its window, as that is also its stride where none is said.
    """
    if not trial.pools:
        yield _length(trial, off_middle, lambda values, current: [v for v in reversed(values) if v < current])
        yield _length(trial, off_middle, lambda values, current: [v for v in values if v > current])
    sides = [
        (axis.after, axis.before) if off else (axis.before, axis.after)
        for axis, off in zip(trial.axes, off_middle(trial), strict=True)
    ]
    text = notice(N_("put the extra sample before instead of after"))
    yield change(trial, text=text, padding=by_side(sides))


def for_invented(trial: Trial) -> Iterator[Change | None]:
    """As much padding as meets the input on both sides; "same"; a kernel as long as the padding."""
    sides = [(min(a.before, a.span - 1), min(a.after, a.span - 1)) for a in trial.axes]
    yield change(trial, works=_gone(_all_invented), padding=by_side(sides))
    yield change(trial, works=_gone(_all_invented), padding="same")
    yield _length(trial, _all_invented, lambda values, current: [v for v in values if v > current])


def for_a_long_border(trial: Trial, most: Sequence[int]) -> Iterator[Change | None]:
    """As much border as torch takes, ``most`` along each axis; the edge repeated, of any length."""

    def fits(other: Trial) -> bool:
        return not torch_words.border(other)

    sides = [(min(axis.before, m), min(axis.after, m)) for axis, m in zip(trial.axes, most, strict=True)]
    yield change(trial, works=fits, padding=by_side(sides))
    yield change(trial, works=fits, padding_mode="replicate")


def _all_invented(trial: Trial) -> list[int]:
    return [before + after for before, after in invented(trial)]


def _gone(left: Left) -> Callable[[Trial], bool]:
    return lambda trial: not any(left(trial))


def _named(name: str) -> Callable[[object], dict[str, object]]:
    return lambda value: {name: value}


def _cropped(size: Sequence[int]) -> Notice:
    if len(size) == 1:
        return notice(N_("crop to {length} samples first"), length=size[0])
    return notice(N_("crop to {height} × {width} first"), height=size[0], width=size[1])


def _searched(
    trial: Trial, left: Left, made: Callable[[object], dict[str, object]], values: Sequence[object], candidates: Candidates
) -> Change | None:
    """On every axis where something is left the nearest value at which it is gone; None where there is none."""
    values = list(values)
    for i, there in enumerate(left(trial)):
        if not there:
            continue
        for value in islice(candidates(values[i]), _most_tried(trial)):
            tried = trial.having(priced=False, **made(by_axis([*values[:i], value, *values[i + 1 :]])))
            if not tried.stage and not left(tried)[i]:
                values[i] = value
                break
        else:
            return None
    return change(trial, works=_gone(left), **made(by_axis(values)))


def _length(trial: Trial, left: Left, order: Callable[[list, object], Iterable]) -> Change | None:
    """The nearest length of the kernel at which nothing is left, on each axis alone where it has one for each."""
    if (found := length_of(trial)) is None:
        return None
    made, option, current = found
    values = values_of(option)
    if isinstance(option.type, Pair):
        return _searched(trial, left, made, trial.kernel_size, lambda size: order(values, size))
    for value in islice(order(values, current), _most_tried(trial)):
        tried = trial.having(priced=False, **made(value))
        if not tried.stage and not any(left(tried)):
            return change(trial, works=_gone(left), **made(value))
    return None


def _most_tried(trial: Trial) -> int:
    taps = 1 if trial.kernel is None else trial.kernel.numel()
    return max(1, min(MOST_TRIED, MOST_TAPS // taps))


def _other_dilations(dilation: object) -> list[int]:
    return sorted(range(1, MAX_DILATION + 1), key=lambda other: (abs(other - dilation), other))


def _nearby(stride: object) -> list:
    """Other strides, those next to it in their order first; none for p/q, which is not among them."""
    if stride not in STRIDES:
        return []
    place = STRIDES.index(stride)
    near = sorted(range(len(STRIDES)), key=lambda i: (abs(i - place), -i))
    return [_plain(Fraction(STRIDES[i])) for i in near]


def _nearby_whole(stride: object) -> list[int]:
    return sorted(range(1, 17), key=lambda other: (abs(other - stride), other))


def _plain(stride: Fraction) -> int | Fraction:
    return stride.numerator if stride.denominator == 1 else stride
