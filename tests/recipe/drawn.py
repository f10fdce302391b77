"""Every recipe there can be, drawn from the registries: a new operation or kernel is drawn too."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from playground.ops.parameters import Choice, Flag, Integer, Padding, Pair, Real, Stride
from playground.ops.registry import COMMON_KERNEL_PARAMETERS, KERNELS, OPS, KernelParameter, KernelRef
from playground.recipe.check import kind_after, options
from playground.recipe.model import Recipe, Step

KINDS = ("image", "audio", "spectrogram")
STEPS = [(kind, name) for kind in KINDS for name, entry in {**OPS, **KERNELS}.items() if kind in entry.media]
steadily = settings(
    max_examples=12, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
)  # fmt: skip
finite = st.floats(allow_nan=False, allow_infinity=False)


def whole(kind: Integer) -> st.SearchStrategy[int]:
    return st.integers(0, (kind.high - kind.low) // kind.step).map(lambda i: kind.low + i * kind.step)


def strides(kind: Stride) -> st.SearchStrategy[int | Fraction]:
    parts = st.integers(1, kind.high)
    return st.one_of(parts, st.builds(Fraction, parts, parts), st.builds(Fraction, st.just(1), parts))


def values_of(kind: object) -> st.SearchStrategy[object]:
    """Every value that a parameter of this type may have."""
    match kind:
        case Integer():
            return whole(kind)
        case Real(low, high):
            return st.one_of(st.floats(low, high), st.integers(math.ceil(low), math.floor(high)))
        case Flag():
            return st.booleans()
        case Choice(words):
            return st.sampled_from(words)
        case Stride():
            return strides(kind)
        case Pair(item):
            one = values_of(item)
            return st.one_of(one, st.tuples(one), st.tuples(one, one))
        case Padding(high, words):
            side = st.integers(0, high)
            sides = [st.tuples(*[side] * count) for count in (1, 2, 4)]
            return st.one_of(st.sampled_from(words), side, *sides)
        case KernelParameter():
            return kernels()
    raise AssertionError(f"no strategy for {kind}: a new type of parameter needs one, and a form in the link")


def chosen(known: dict) -> st.SearchStrategy[tuple]:
    """Some of these parameters, in any order."""
    values = {name: values_of(option.type) for name, option in known.items() if name != "kernel"}
    drawn = st.fixed_dictionaries({}, optional=values)
    return drawn.flatmap(lambda params: st.permutations(list(params.items()))).map(tuple)


def nested(shape: tuple[int, ...], numbers: list[float]) -> tuple:
    for size in reversed(shape[1:]):
        numbers = [tuple(numbers[i : i + size]) for i in range(0, len(numbers), size)]
    return tuple(numbers)


def numbers() -> st.SearchStrategy[tuple]:
    shapes = st.lists(st.integers(1, 3), min_size=1, max_size=4).map(tuple)
    return shapes.flatmap(
        lambda shape: st.lists(
            st.one_of(finite, st.integers(-9, 9)), min_size=(count := _product(shape)), max_size=count
        ).map(lambda drawn: nested(shape, drawn))
    )


def _product(shape: tuple[int, ...]) -> int:
    return shape[0] * _product(shape[1:]) if shape else 1


def kernels() -> st.SearchStrategy[KernelRef]:
    common = chosen(COMMON_KERNEL_PARAMETERS)
    named = st.sampled_from(list(KERNELS)).flatmap(
        lambda name: st.builds(
            KernelRef,
            name=st.just(name),
            params=chosen({**KERNELS[name].options, **COMMON_KERNEL_PARAMETERS}),
        )
    )
    digest = st.text("0123456789abcdef", min_size=16, max_size=16)
    return st.one_of(
        named,
        st.builds(KernelRef, numbers=numbers(), params=common),
        st.builds(KernelRef, digest=digest, params=common),
    )


def steps(kind: str, name: str) -> st.SearchStrategy[Step]:
    known = options(name, kind)
    params = chosen(known)
    if "kernel" in known:
        params = st.tuples(params, kernels()).map(lambda drawn: (*drawn[0], ("kernel", drawn[1])))
    return params.map(lambda params: Step(name, params))


@st.composite
def recipes(draw: st.DrawFn, kind: str, *, most: int = 6) -> Recipe:
    """Several steps for a medium of ``kind``, each for what the one before it made; not yet checked."""
    made = []
    for _ in range(draw(st.integers(0, most))):
        name = draw(st.sampled_from([name for of, name in STEPS if of == kind]))
        made.append(draw(steps(kind, name)))
        kind = kind_after(name, kind)
    return Recipe(tuple(made))
