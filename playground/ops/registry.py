"""What can a recipe say?  Every operation and kernel is registered once, with its limits.

The limits stand in the signature: ``Annotated[int, Integer(1, 64)]``.  The widget, the link, the
command line and the contract tests all read them from here.  Limits bind what comes from outside
(links, pages, files, command line); a direct call refuses only what has no meaning.

Two registries: ``OPS`` holds operations on a medium, ``KERNELS`` holds named kernels.  A kernel's
name as a step of a recipe runs ``conv1d`` or ``conv2d`` with it.
"""

from __future__ import annotations

import functools
import inspect
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType
from typing import Annotated, Any, Literal, get_args, get_origin

from playground.errors import N_, RecipeError
from playground.ops.parameters import Choice, Flag, Integer, Padding, Pair, Real, Stride, shown

HEX_DIGITS = re.compile("[0-9a-f]{16}")
MAX_KERNEL_NUMBERS = 4096
"""Numbers that a recipe itself may hold for one kernel; larger kernels are named by digest."""


# --- the values that are not plain numbers or words ----------------------------------------------


@dataclass(frozen=True)
class KernelRef:
    """Which kernel: one of ``name`` with ``params``, ``numbers`` as nested tuples, or ``digest``.

    >>> KernelRef(name="gaussian", params=(("size", 9),))
    KernelRef(name='gaussian', numbers=None, digest=None, params=(('size', 9),))
    """

    name: str | None = None
    numbers: tuple | None = None
    digest: str | None = None
    params: tuple[tuple[str, object], ...] = ()


@dataclass(frozen=True)
class KernelParameter:
    """A ``KernelRef``: a registered name with its parameters, numbers, or a digest.

    >>> KernelParameter().check(KernelRef(numbers=((1, 0, -1),)), "conv2d", "kernel").numbers
    ((1.0, 0.0, -1.0),)
    """

    def check(self, value: object, owner: str, name: str) -> KernelRef:
        if type(value) is not KernelRef:
            raise RecipeError(
                N_("{owner}({name}) needs a kernel: a name, numbers or a digest"),
                owner=owner, name=name,
            )  # fmt: skip
        if value.name is not None:
            kernel = find(KERNELS, value.name, what=N_("kernel"))
            return KernelRef(name=kernel.name, params=kernel.check(value.params))
        common = check_params(value.params, COMMON_KERNEL_PARAMETERS, owner)
        if value.digest is not None:
            if type(value.digest) is not str or not HEX_DIGITS.fullmatch(value.digest):
                raise RecipeError(N_("a kernel's digest has 16 hex digits; this is {given}"),
                                  given=shown(value.digest))  # fmt: skip
            return KernelRef(digest=value.digest, params=common)
        return KernelRef(numbers=_check_numbers(value.numbers), params=common)


Parameter = Integer | Real | Flag | Choice | Pair | Stride | Padding | KernelParameter


@dataclass(frozen=True)
class Option:
    """One parameter of an operation or kernel: its type, default, and whether None is allowed."""

    type: Parameter
    default: object
    optional: bool = False

    def check(self, value: object, owner: str, name: str) -> object:
        return None if value is None and self.optional else self.type.check(value, owner, name)


# --- the registries ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Op:
    """A registered operation: what a recipe's step of this name runs."""

    name: str
    function: Callable
    options: MappingProxyType[str, Option]
    media: tuple[str, ...]
    shape: Callable[..., tuple[int, ...]]
    makes: str | None = None
    price: Callable[..., tuple[int, int]] | None = None
    places: Callable[..., tuple[tuple[Fraction, Fraction], ...]] | None = None

    def check(self, params: tuple[tuple[str, object], ...]) -> tuple[tuple[str, object], ...]:
        """Return the checked parameters that differ from their defaults, sorted by name."""
        return check_params(params, self.options, self.name)

    @functools.cached_property
    def supplied(self) -> frozenset[str]:
        """Keyword options that are no recipe parameters: what the engine knows of the medium."""
        keywords = inspect.signature(self.function).parameters.values()
        return frozenset(p.name for p in keywords if p.kind is p.KEYWORD_ONLY) - set(self.options)


@dataclass(frozen=True)
class Words:
    """What a page says of a kernel: its family, its name in a list, one sentence, and the heading."""

    family: str
    label: str
    sentence: str
    finding: str


@dataclass(frozen=True)
class Kernel:
    """A named kernel: a function of its parameters, its family and one sentence for the page.

    ``dimensions`` says for what it is: 2 for pictures, 1 for sounds.  A kernel for both takes
    ``dimensions`` as a keyword and has words of its own for sounds in ``sound``.  ``causal`` marks an
    impulse response that begins at time 0; the others are centred.
    """

    name: str
    function: Callable
    options: MappingProxyType[str, Option]
    dimensions: tuple[int, ...]
    family: str
    sentence: str
    label: str
    finding: str
    signed: bool
    sound: Words | None = None
    causal: bool = False

    @property
    def media(self) -> tuple[str, ...]:
        """The kinds of media that it can be used on."""
        return (("image", "spectrogram") if 2 in self.dimensions else ()) + (("audio",) if 1 in self.dimensions else ())

    def words(self, kind: str) -> Words:
        """What a page for media of ``kind`` says of it."""
        if kind == "audio" and self.sound is not None:
            return self.sound
        return Words(self.family, self.label, self.sentence, self.finding)

    def check(self, params: tuple[tuple[str, object], ...]) -> tuple[tuple[str, object], ...]:
        """Return the checked parameters that differ from their defaults, sorted by name."""
        return check_params(params, dict(self.options) | COMMON_KERNEL_PARAMETERS, self.name)


OPS: dict[str, Op] = {}
KERNELS: dict[str, Kernel] = {}

COMMON_KERNEL_PARAMETERS: dict[str, Option] = {
    "normalise": Option(Flag(), False),
    "zero_mean": Option(Flag(), False),
}
"""What every kernel takes beside its own parameters: see ``kernels.prepared``."""


def op(
    *,
    media: tuple[str, ...] = ("image", "audio", "spectrogram"),
    shape: Callable[..., tuple[int, ...]] = lambda shape, **_: shape,
    makes: str | None = None,
    price: Callable[..., tuple[int, int]] | None = None,
    places: Callable[..., tuple[tuple[Fraction, Fraction], ...]] | None = None,
) -> Callable:
    """Register a function ``(x, [kernel], *, options)`` as the operation of its name.

    ``shape(shape, **options)`` says the output's shape before anything is computed; ``price(shape,
    output, **options)`` the bytes at work and the multiply-adds, where they are more than the output's.
    ``makes`` is the kind of medium that comes out, where it is another than what goes in.
    ``places(shape, **options)`` says where a result's samples lie, where that is elsewhere: for each axis
    ``(scale, offset)``, so that sample ``i`` is at position ``scale i + offset`` of the input.

    >>> @op(media=("image",))
    ... def brighten(x, *, amount: Annotated[float, Real(0, 1)] = 0.5): ...
    >>> OPS.pop("brighten").options["amount"]
    Option(type=Real(low=0, high=1, step=0.1, unit=''), default=0.5, optional=False)
    """

    def register(function: Callable) -> Callable:
        name = function.__name__
        OPS[name] = Op(name, function, options_of(function), media, shape, makes, price, places)
        return function

    return register


def kernel(
    *,
    family: str,
    label: str,
    sentence: str,
    finding: str,
    signed: bool,
    dimensions: tuple[int, ...] = (2,),
    sound: Words | None = None,
    causal: bool = False,
) -> Callable:
    """Register a function ``(*, options) -> numbers`` as the kernel of its name.

    >>> @kernel(family="own", label="Corner", sentence="Answers corners.", finding="Corners", signed=True)
    ... def corner(*, size: Annotated[int, Integer(1, 9)] = 3): ...
    >>> KERNELS.pop("corner").check((("size", 5),))
    (('size', 5),)
    """

    def register(function: Callable) -> Callable:
        KERNELS[function.__name__] = Kernel(
            function.__name__, function, options_of(function), dimensions, family,
            sentence, label, finding, signed, sound, causal,
        )  # fmt: skip
        return function

    return register


def find(registry: dict[str, Any], name: str, *, what: str) -> Any:
    """Look ``name`` up, or say which names there are.

    >>> find({"box": 1, "sobel_x": 2}, "sobl", what="kernel")
    Traceback (most recent call last):
    ...
    playground.errors.RecipeError: kernel='sobl' is not known; choose one of: box, sobel_x
    """
    if type(name) is not str or name not in registry:
        raise RecipeError(N_("{what}={given} is not known; choose one of: {choices}"),
                          what=what, given=shown(name), choices=", ".join(sorted(registry)))  # fmt: skip
    return registry[name]


def options_of(function: Callable) -> MappingProxyType[str, Option]:
    """Read the recipe parameters from a signature.

    Only keyword options whose annotation is one of ``parameters``, a ``Literal`` or a ``bool``
    count, and a positional ``kernel``; the other annotations are never evaluated, so torch is not
    imported for them.

    >>> def blur(x: Tensor, *, bias: Tensor = None, sharp: bool = False, mode: Literal["a", "b"] = "a"): ...
    >>> dict(options_of(blur))["mode"]
    Option(type=Choice(options=('a', 'b')), default='a', optional=False)
    """
    options: dict[str, Option] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if name == "kernel" and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            options[name] = Option(KernelParameter(), None)
        elif parameter.kind is parameter.KEYWORD_ONLY:
            annotation = parameter.annotation
            if isinstance(annotation, str):
                if "Tensor" in annotation:
                    continue
                annotation = eval(annotation, function.__globals__)  # our own source, never input
            found = _type_of(annotation)
            if found is not None and name != "method":
                optional = "None" in str(annotation)
                options[name] = Option(found, parameter.default, optional)
    return MappingProxyType(options)


def _type_of(annotation: object) -> Parameter | None:
    if annotation is bool:
        return Flag()
    if get_origin(annotation) is Literal:
        return Choice(get_args(annotation))
    if get_origin(annotation) is Annotated:
        return get_args(annotation)[1]
    return None


def check_params(
    params: tuple[tuple[str, object], ...], options: dict[str, Option], owner: str
) -> tuple[tuple[str, object], ...]:
    """Check every value against its option; return those that differ from a default, sorted.

    >>> options = {"size": Option(Integer(1, 9), 3), "flat": Option(Flag(), False)}
    >>> check_params((("size", 5), ("flat", False)), options, "corner")
    (('size', 5),)
    """
    checked = {}
    for name, value in params:
        if name not in options:
            raise RecipeError(N_("{owner} has no parameter {given}; it has: {choices}"),
                              owner=owner, given=shown(name), choices=", ".join(options) or "none")  # fmt: skip
        if name in checked:
            raise RecipeError(N_("{owner} is given {name} twice; say it once"), owner=owner, name=shown(name))
        checked[name] = options[name].check(value, owner, name)
    missing = [name for name in options if name == "kernel" and name not in checked]
    if missing:
        raise RecipeError(N_("{owner} needs a kernel: a name, numbers or a digest"), owner=owner)
    return tuple(sorted((n, v) for n, v in checked.items() if n == "kernel" or v != options[n].default))


def _check_numbers(numbers: object) -> tuple:
    """Nested tuples of finite floats, rectangular, at most MAX_KERNEL_NUMBERS of them."""
    shape, probe = [], numbers
    while type(probe) in (tuple, list):
        shape.append(len(probe))
        if not probe:
            raise RecipeError(N_("the kernel is empty; give at least one number"))
        if len(shape) > 4:
            raise RecipeError(N_("a kernel has at most {limit} dimensions"), limit=4)
        probe = probe[0]
    count = math.prod(shape) if shape else 0
    if not shape:
        raise RecipeError(N_("the kernel is empty; give at least one number"))
    if count > MAX_KERNEL_NUMBERS:
        raise RecipeError(N_("this kernel has {count} numbers; a recipe holds at most {limit}"),
                          count=count, limit=MAX_KERNEL_NUMBERS)  # fmt: skip
    return _rectangular(numbers, shape)


def _rectangular(numbers: object, shape: list[int]) -> object:
    if not shape:
        if type(numbers) not in (int, float) or not abs(numbers) <= sys.float_info.max:
            raise RecipeError(N_("{given} is not a finite number; a kernel is made of numbers"),
                              given=shown(numbers))  # fmt: skip
        return float(numbers) + 0.0  # -0.0 becomes 0.0, which reads the same in a link
    if type(numbers) not in (tuple, list) or len(numbers) != shape[0]:
        given = len(numbers) if type(numbers) in (tuple, list) else 1
        raise RecipeError(N_("the rows of a kernel have equal length; this one has {given} beside {expected}"),
                          given=given, expected=shape[0])  # fmt: skip
    return tuple(_rectangular(part, shape[1:]) for part in numbers)
