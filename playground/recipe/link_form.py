"""How is the link form read and written?  Its grammar stands in the table of ``recipe.text``."""

from __future__ import annotations

import math
import re
from fractions import Fraction

from playground.errors import N_, RecipeError
from playground.ops.parameters import Choice, Flag, Integer, Padding, Pair, Real, Stride, shown
from playground.ops.registry import MAX_KERNEL_NUMBERS, KernelParameter, KernelRef, Parameter
from playground.recipe.check import MAX_STEPS, check, kernel_options, kind_after, options
from playground.recipe.model import Recipe, Step

MAX_LENGTH = 100_000
"""Characters: room for one kernel of 4096 numbers with all their digits."""

_SETTING = re.compile(r"\.(?=[a-z])")
_ALLOWED = re.compile(r"[A-Za-z0-9._~-]*\Z")
_WHOLE = re.compile(r"-?[0-9]{1,4000}\Z")  # Python itself reads up to 4300 digits
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?(e-?[0-9]{1,3})?\Z")


def to_link(recipe: Recipe) -> str:
    """Write a checked recipe in the link form.

    >>> to_link(Recipe((Step.of("gaussian", sigma=0.5), Step.of("sobel_x", stride=Fraction(1, 2)))))
    'gaussian.sigma_0.5~sobel-x.stride_1-2'
    """
    return "~".join(_write_step(step) for step in recipe.steps)


def from_link(text: str, kind: str) -> Recipe:
    """Read the link form, and it alone.

    >>> from_link("sobel-x.stride_1-2", "image").steps[0]
    Step(name='sobel_x', params=(('stride', Fraction(1, 2)),))
    """
    if len(text) > MAX_LENGTH:
        raise RecipeError(
            N_("this link is {length} characters long; a recipe has at most {limit}"),
            length=len(text), limit=MAX_LENGTH,
        )  # fmt: skip
    if not text:
        return Recipe()
    if not _ALLOWED.match(text):
        stray = next(character for character in text if not _ALLOWED.match(character))
        raise RecipeError(
            N_("a recipe has letters, digits and - . _ ~ only; this one has {given}"), given=shown(stray)
        )
    parts = text.split("~")
    if re.fullmatch(r"v[0-9]{1,4}", parts[0]):
        raise RecipeError(N_("this link is of grammar {given}, made by a newer version; this one reads version 1"),
                          given=parts[0])  # fmt: skip
    if len(parts) > MAX_STEPS:
        raise RecipeError(
            N_("this recipe has {count} steps; it may have {limit}"), count=len(parts), limit=MAX_STEPS
        )
    steps, made = [], kind
    for part in parts:
        steps.append(_read_step(part, made))
        made = kind_after(steps[-1].name, made)
    return check(Recipe(tuple(steps)), kind)


# --- writing -------------------------------------------------------------------------------------


def _write_step(step: Step) -> str:
    settings = []
    for name, value in step.params:
        if isinstance(value, KernelRef):
            settings.append(f"{name}_{_write_kernel(value)}")
            settings += [f"kernel-{_dashed(n)}_{_write(v)}" for n, v in value.params]
        else:
            settings.append(f"{_dashed(name)}_{_write(value)}")
    return ".".join([_dashed(step.name), *settings])


def _dashed(name: str) -> str:
    return name.replace("_", "-")


def _write(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case str():
            return _dashed(value)
        case Fraction():
            return f"{value.numerator}-{value.denominator}"
        case float():
            return (
                repr(int(value))
                if value == int(value) and abs(value) < 1e12
                else repr(value).replace("+", "")
            )
        case tuple():
            return "_".join(_write(part) for part in value)
    return str(value)


def _write_kernel(ref: KernelRef) -> str:
    if ref.name is not None:
        return _dashed(ref.name)
    if ref.digest is not None:
        return f"digest_{ref.digest}"
    shape, probe, numbers = [], ref.numbers, [ref.numbers]
    while isinstance(probe, tuple):
        shape.append(str(len(probe)))
        probe, numbers = probe[0], [part for whole in numbers for part in whole]
    return "_".join(["x".join(shape), *(_write(float(number)) for number in numbers)])


# --- reading -------------------------------------------------------------------------------------


def _read_step(part: str, kind: str) -> Step:
    first, *settings = _SETTING.split(part)
    name = first.replace("-", "_")
    if not name:
        raise _broken()
    known = options(name, kind)
    values: dict[str, object] = {}
    nested: dict[str, str] = {}
    for setting in settings:
        key, separator, value = setting.partition("_")
        key = key.replace("-", "_")
        if not separator:
            raise _broken()
        if key in values or key in nested:
            raise RecipeError(N_("{owner} is given {name} twice; say it once"), owner=name, name=shown(key))
        if key not in known and "kernel" in known and key.startswith("kernel_"):
            nested[key] = value
        elif key not in known:
            raise RecipeError(
                N_("{owner} has no parameter {given}; it has: {choices}"),
                owner=name, given=shown(key), choices=", ".join(known) or "none",
            )  # fmt: skip
        else:
            values[key] = _read(value, known[key].type, name, key)
    if nested:
        values["kernel"] = _with_settings(values.get("kernel"), nested, name)
    return Step(name, tuple(sorted(values.items())))


def _with_settings(ref: object, nested: dict[str, str], owner: str) -> KernelRef:
    if not isinstance(ref, KernelRef):
        raise RecipeError(N_("{owner} needs a kernel: a name, numbers or a digest"), owner=owner)
    known = kernel_options(ref.name)
    params = []
    for key, value in nested.items():
        key = key.removeprefix("kernel_")
        if key not in known:
            raise RecipeError(
                N_("{owner} has no parameter {given}; it has: {choices}"),
                owner=ref.name or "kernel", given=shown(key), choices=", ".join(known),
            )  # fmt: skip
        params.append((key, _read(value, known[key].type, ref.name or owner, key)))
    return KernelRef(ref.name, ref.numbers, ref.digest, tuple(sorted(params)))


def _read(value: str, kind: Parameter, owner: str, name: str) -> object:
    match kind:
        case Integer():
            return _whole(value, owner, name)
        case Real():
            return _number(value, owner, name)
        case Flag():
            return {"yes": True, "no": False}.get(value, value)
        case Choice():
            return value.replace("-", "_")
        case Stride():
            over, separator, under = value.partition("-")
            if separator and _WHOLE.match(over) and _WHOLE.match(under) and int(under):
                return Fraction(int(over), int(under))
            if not _WHOLE.match(value):
                raise RecipeError(
                    N_("{owner}({name}={given}) is not a stride; write 2, or 1-2 for a half"),
                    owner=owner, name=name, given=shown(value),
                )  # fmt: skip
            return int(value)
        case Pair():
            parts = tuple(_read(part, kind.item, owner, name) for part in value.split("_", 4))
            return parts[0] if len(parts) == 1 else parts
        case Padding():
            if value[:1].isalpha():
                return value
            parts = tuple(_whole(part, owner, name) for part in value.split("_", 8))
            return parts[0] if len(parts) == 1 else parts
        case KernelParameter():
            return _read_kernel(value, owner)
    raise _broken()


def _whole(value: str, owner: str, name: str) -> int:
    if not _WHOLE.match(value):
        raise RecipeError(
            N_("{owner}({name}={given}) is not a whole number"), owner=owner, name=name, given=shown(value)
        )
    return int(value)


def _number(value: str, owner: str, name: str) -> float:
    number = float(value) if _NUMBER.match(value) else math.nan
    if not math.isfinite(number):
        raise RecipeError(
            N_("{owner}({name}={given}) is not a number"), owner=owner, name=name, given=shown(value)
        )
    return number


def _read_kernel(value: str, owner: str) -> KernelRef:
    head, _, rest = value.partition("_")
    if head == "digest":
        return KernelRef(digest=rest)
    if not re.match(r"[0-9]{1,6}(x[0-9]{1,6}){0,3}\Z", head):
        return KernelRef(name=value.replace("-", "_"))
    shape = [int(part) for part in head.split("x")]
    count = math.prod(shape)
    if count > MAX_KERNEL_NUMBERS:
        raise RecipeError(
            N_("this kernel has {count} numbers; a recipe holds at most {limit}"),
            count=count, limit=MAX_KERNEL_NUMBERS,
        )  # fmt: skip
    if not count:
        raise RecipeError(N_("the kernel is empty; give at least one number"))
    numbers = [_number(part, owner, "kernel") for part in rest.split("_")] if rest else []
    if len(numbers) != count:
        raise RecipeError(
            N_("the kernel says {shape}, which is {count} numbers, but {given} follow; was the link cut off?"),
            shape=head, count=count, given=len(numbers),
        )  # fmt: skip
    nested: list = numbers
    for size in reversed(shape[1:]):
        nested = [tuple(nested[i : i + size]) for i in range(0, len(nested), size)]
    return KernelRef(numbers=tuple(nested))


def _broken() -> RecipeError:
    return RecipeError(N_("this link does not hold a recipe; was it cut off when it was copied?"))
