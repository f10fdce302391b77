"""Does every public function keep the same promises?  One test for each promise, over all of them.

A new operation, kernel or function is covered by being there.
"""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re
from collections.abc import Callable, Iterator

import pytest

import playground
from playground import ops
from playground.ops.parameters import Choice, Flag, Integer, Padding, Pair, Real, Stride
from playground.ops.registry import KERNELS, OPS, KernelParameter

PACKAGES = ("ops", "recipe", "engine", "media", "view", "explain")

SUBJECT_WITH_A_DEFAULT = {
    "playground.ops.kernels.resolved": "params",  # a kernel's parameters are what it is about, and may be none
}
"""Positional parameters that have a default all the same, and why."""

SAID_ONCE_FOR_ALL = r"``\(kh, kw\)``|``\(k,\)``|``\(taps,\)``"
"""What the docstring of a module of kernels says of the shape of each."""

FROM_THE_ENGINE = ("dimensions", "sample_rate")
"""What a kernel's function is told by the engine and never by a recipe."""

FOR_PYTHON_ONLY = ("bias", "method")
"""Options of operations that a recipe cannot say: a tensor, and a speed."""

FROM_THE_SPECTROGRAM = (
    "n_fft", "hop_length", "win_length", "window", "center", "length", "sample_rate", "reference", "floor_db",
    "filters", "phase", "first_time", "padding_mode",
)  # fmt: skip
"""What an operation is told by the engine of the spectrogram that it works on."""


def functions() -> Iterator[tuple[str, Callable]]:
    """Every public function with its full name: no underscore, in the module that defines it."""
    for info in pkgutil.walk_packages(playground.__path__, "playground."):
        if info.name.split(".")[1] not in PACKAGES:
            continue
        module = importlib.import_module(info.name)
        for name, value in vars(module).items():
            if inspect.isfunction(value) and value.__module__ == info.name and not name.startswith("_"):
                yield f"{info.name}.{name}", value


def methods() -> Iterator[tuple[str, Callable]]:
    """Every public method and property of every public class."""
    for info in pkgutil.walk_packages(playground.__path__, "playground."):
        if info.name.split(".")[1] not in PACKAGES:
            continue
        module = importlib.import_module(info.name)
        for owner in vars(module).values():
            if not inspect.isclass(owner) or owner.__module__ != info.name or owner.__name__.startswith("_"):
                continue
            for name, value in vars(owner).items():
                value = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
                if inspect.isfunction(value) and not name.startswith("_"):
                    yield f"{info.name}.{owner.__name__}.{name}", value


FUNCTIONS = dict(functions())
METHODS = dict(methods())
OF_OPS = [name for name in FUNCTIONS if name.startswith("playground.ops.")]
every_function = pytest.mark.parametrize("name", FUNCTIONS)


def parameters(function: Callable) -> list[inspect.Parameter]:
    return list(inspect.signature(function).parameters.values())


def annotations(function: Callable) -> list[str]:
    signature = inspect.signature(function)
    return [str(p.annotation) for p in signature.parameters.values()] + [str(signature.return_annotation)]


def first_line(function: Callable) -> str:
    return (function.__doc__ or "").splitlines()[0] if function.__doc__ else ""


def test_there_are_functions_to_inspect():
    assert len(FUNCTIONS) > 100
    assert {name.split(".")[1] for name in FUNCTIONS} == set(PACKAGES)


# --- signatures ----------------------------------------------------------------------------------


@every_function
def test_an_option_has_a_name_and_a_subject_has_no_default(name):
    found = [
        p.name
        for p in parameters(FUNCTIONS[name])
        if p.kind is not p.KEYWORD_ONLY and p.default is not p.empty
        if SUBJECT_WITH_A_DEFAULT.get(name) != p.name
    ]
    assert not found, f"{found}: keyword-only, or without a default"


@every_function
def test_every_parameter_and_result_is_annotated(name):
    function = FUNCTIONS[name]
    bare = [p.name for p in parameters(function) if p.annotation is p.empty]
    assert not bare
    assert inspect.signature(function).return_annotation is not inspect.Signature.empty


@pytest.mark.parametrize("name", METHODS)
def test_every_parameter_and_result_of_a_method_is_annotated(name):
    function = METHODS[name]
    bare = [p.name for p in parameters(function)[1:] if p.annotation is p.empty]
    assert not bare
    assert inspect.signature(function).return_annotation is not inspect.Signature.empty


@every_function
def test_a_signature_names_what_it_takes(name):
    variable = [p.name for p in parameters(FUNCTIONS[name]) if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    assert all(p.startswith("_") or p in ("values",) for p in variable), "**kwargs hides what can be said"


@every_function
def test_the_same_thing_has_the_same_name(name):
    synonyms = {
        "ks": "kernel_size", "filter": "kernel", "weight": "kernel", "weights": "kernel", "border": "padding_mode",
        "mode_padding": "padding_mode", "sr": "sample_rate", "strides": "stride", "dilations": "dilation",
        "input": "x", "img": "x", "value": None,
    }  # fmt: skip
    wrong = {p.name: synonyms[p.name] for p in parameters(FUNCTIONS[name]) if synonyms.get(p.name)}
    assert not wrong, f"elsewhere it is called {wrong}"


# --- docstrings ----------------------------------------------------------------------------------


@every_function
def test_a_docstring_opens_with_one_sentence(name):
    line = first_line(FUNCTIONS[name])
    assert line, "what does it do?"
    assert len(line) <= 100, f"{len(line)} characters"
    assert line[0].isupper() or line[0] in "`(0123456789"


def takes_or_gives_a_tensor(function: Callable) -> bool:
    """Not where tensors only stand in a mapping, such as loaded kernels by digest."""
    return any(re.search(r"(?<!str, )\bTensor\b", text) for text in annotations(function))


WITH_TENSORS = [name for name, function in FUNCTIONS.items() if takes_or_gives_a_tensor(function)]


@pytest.mark.parametrize("name", WITH_TENSORS)
def test_where_there_are_tensors_their_shape_is_said(name):
    function = FUNCTIONS[name]
    registered = any(kernel.function is function for kernel in KERNELS.values())
    if registered and re.search(SAID_ONCE_FOR_ALL, inspect.getmodule(function).__doc__):
        return
    if name.startswith("playground.media.") and "values" in inspect.signature(function).parameters:
        return  # the values of a medium: said once for all in media/types.py
    assert "Shape: " in function.__doc__


@pytest.mark.parametrize("name", OF_OPS)
def test_every_function_of_ops_shows_an_example_that_is_run(name):
    function = FUNCTIONS[name]
    examples = doctest.DocTestParser().get_examples(function.__doc__)
    assert examples, "the example is the specification"
    assert any(example.want for example in examples), "an example without a result shows nothing"


# --- the public names ----------------------------------------------------------------------------


def test_the_names_of_ops_are_there_and_in_order():
    assert list(ops.__all__) == sorted(
        set(ops.__all__), key=lambda n: (not n.isupper(), not n[0].isupper(), n)
    )
    for name in ops.__all__:
        assert getattr(ops, name) is not None


@pytest.mark.parametrize("name", [n for n in ops.__all__ if inspect.isfunction(getattr(ops, n))])
def test_a_public_operation_takes_its_subject_first_and_says_what_can_go_wrong(name):
    function = getattr(ops, name)
    first = parameters(function)[0]
    assert first.name == "x" and first.kind is first.POSITIONAL_OR_KEYWORD
    assert str(inspect.signature(function).return_annotation) == "Tensor"
    assert "Shape: " in function.__doc__ and ">>>" in function.__doc__


def test_every_registered_operation_is_a_public_name():
    for name, operation in OPS.items():
        assert operation.name == name == operation.function.__name__
        assert getattr(ops, name) is operation.function and name in ops.__all__


def test_every_registered_kernel_can_be_called_by_its_name():
    for name, kernel in KERNELS.items():
        assert kernel.name == name == kernel.function.__name__
        assert getattr(ops.kernels, name) is kernel.function and name in ops.kernels.__all__


# --- the registries ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", OPS)
def test_every_option_of_an_operation_has_its_limits(name):
    options = {p.name for p in parameters(OPS[name].function) if p.kind is p.KEYWORD_ONLY}
    positional = {p.name for p in parameters(OPS[name].function) if p.kind is not p.KEYWORD_ONLY}
    assert positional <= {"x", "kernel"}
    assert set(OPS[name].options) == options - OPS[name].supplied | positional - {"x"}
    assert OPS[name].supplied <= {*FOR_PYTHON_ONLY, *FROM_THE_SPECTROGRAM}


@pytest.mark.parametrize("name", KERNELS)
def test_every_option_of_a_kernel_has_its_limits(name):
    found = parameters(KERNELS[name].function)
    assert all(p.kind is p.KEYWORD_ONLY and p.default is not p.empty for p in found)
    assert set(KERNELS[name].options) == {p.name for p in found} - {*FROM_THE_ENGINE}


def limits_make_sense(kind: object) -> bool:
    match kind:
        case Integer(low, high, step):
            return low < high and step >= 1 and (high - low) % step == 0
        case Real(low, high, step):
            return low < high and 0 < step < high - low
        case Choice(words):
            return len(set(words)) == len(words) > 1
        case Pair(item):
            return limits_make_sense(item)
        case Stride(high) | Padding(high):
            return high > 1
        case Flag() | KernelParameter():
            return True
    return False


@pytest.mark.parametrize("name", [*OPS, *KERNELS])
def test_every_default_lies_within_its_limits(name):
    for key, option in {**OPS, **KERNELS}[name].options.items():
        assert limits_make_sense(option.type), (key, option.type)
        assert option.optional == (option.default is None) or isinstance(option.type, KernelParameter), key
        if option.default is not None:
            kept = option.check(option.default, name, key)
            assert kept == option.default and type(kept) is type(option.default), key


@pytest.mark.parametrize("name", OPS)
def test_an_operation_knows_its_media_and_its_shape_beforehand(name):
    operation = OPS[name]
    assert operation.media and set(operation.media) <= {"image", "audio", "spectrogram"}
    assert callable(operation.shape)


@pytest.mark.parametrize("name", KERNELS)
def test_every_kernel_has_a_source_an_example_and_its_words(name):
    kernel = KERNELS[name]
    assert re.search(r"Source: \S", kernel.function.__doc__), "who says so?"
    assert ">>>" in kernel.function.__doc__
    for kind in kernel.media:
        words = kernel.words(kind)
        for text in (words.family, words.label, words.sentence, words.finding):
            assert text.strip() == text and text
    assert kernel.dimensions and set(kernel.dimensions) <= {1, 2}


@pytest.mark.parametrize("name", KERNELS)
def test_a_finding_is_filled_in_by_the_parameters(name):
    kernel = KERNELS[name]
    for kind in kernel.media:
        text = kernel.words(kind).finding.format(**ops.kernels.resolved(name))
        assert text and "{" not in text
