"""Do imports flow one way, does each library stay where it belongs, and is nothing from outside executed?

The tables below are the architecture; they change in the same commit as the tree.
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "playground"

LAYERS = [
    ["errors", "machine"],
    ["ops", "media"],
    ["recipe", "explain", "learn", "nets"],
    ["spectrum", "kernel_file"],
    ["result"],
    ["engine"],
    ["view", "lessons"],
    ["batch"],
    ["ui", "cli"],
]
"""Low to high.  An import goes to a lower layer or stays in its own folder."""

LAYER = {name: number for number, names in enumerate(LAYERS) for name in names}
ABOVE_ALL = ("__init__", "__main__")

ONLY_IN = {
    "streamlit": ["playground/ui/*", "pages/*", "app.py"],
    "pandas": ["playground/ui/*", "playground/view/sound.py"],
    "babel": ["playground/ui/words.py"],
    "altair": ["playground/view/*", "playground/ui/*"],
    "PIL": ["playground/media/*"],
    "soundfile": ["playground/media/*"],
    "segno": ["playground/media/qr.py"],
    "scipy": [
        "playground/ops/methods/*", "playground/ops/*kernels.py", "playground/ops/pooling.py",
        "playground/ops/spectrum.py", "playground/ops/resample.py", "playground/ops/separate.py", "playground/view/*",
    ],
    "cv2": [
        "playground/ops/methods/*", "playground/ops/*kernels.py", "playground/ops/pooling.py",
        "playground/ops/spectrum.py", "playground/ops/resample.py", "playground/view/*",
        # Pillow has no 16-bit colour PNG; OpenCV decodes it without losing a bit.
        "playground/media/image_file.py",
    ],
    "numba": ["playground/ops/methods/loops.py"],
    "librosa": [],
    "torchaudio": [],
}  # fmt: skip

MADE_LATER = "playground.ops.methods.loops"
"""The module that numba compiles: ``compiled`` imports it, by its name, when a result is worth it."""

HEAVY = ("torch", "torchaudio", "librosa", "sklearn", "numba", "altair", "pandas", "cv2")
"""What is imported when it is first used, and never by an import of ours."""

NO_NAMES = ("utils", "util", "helpers", "helper", "common", "base", "manager", "misc")
NEVER_IMPORTED = ("pickle", "cPickle", "dill", "cloudpickle", "joblib", "marshal", "shelve", "code", "imp")
NEVER_CALLED = ("print", "eval", "exec", "compile", "__import__", "input", "breakpoint")
EVAL_OF_OUR_OWN_SOURCE = ("playground/ops/registry.py", "options_of", "eval")
"""The annotations of registered functions are strings of this package's source; nothing else is evaluated."""


@dataclass(frozen=True)
class Module:
    path: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """``playground.ops.conv`` of playground/ops/conv.py; a package's own of its __init__."""
        return ".".join(Path(self.path).with_suffix("").parts).removesuffix(".__init__")

    @property
    def unit(self) -> str:
        """The folder or module right under playground/ that it belongs to."""
        parts = Path(self.path).with_suffix("").parts
        return parts[1] if len(parts) > 1 else parts[0]


@cache
def modules() -> tuple[Module, ...]:
    """Every module of the app: the package, the pages and app.py; not the tests."""
    files = sorted([*PACKAGE.rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"])
    found = tuple(Module(file.relative_to(ROOT).as_posix(), ast.parse(file.read_bytes())) for file in files)
    assert len(found) > 40
    return found


def package() -> list[Module]:
    return [module for module in modules() if module.path.startswith("playground/")]


def imports(module: Module) -> Iterator[tuple[int, str]]:
    """Line and full name of everything imported, wherever it stands: in functions and for annotations too."""
    here = module.name.split(".")
    if not module.path.endswith("__init__.py"):
        here = here[:-1]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = here[: len(here) - node.level + 1] if node.level else []
            source = ".".join([*start, *([node.module] if node.module else [])])
            yield from ((node.lineno, f"{source}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in (
            "importlib.import_module",
            "import_module",
        ):
            (name, *_) = node.args
            if isinstance(name, ast.Constant):
                yield node.lineno, name.value


def calls(module: Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call with the function that it stands in."""

    def walk(node: ast.AST, inside: str) -> Iterator[tuple[str, ast.Call]]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Call):
                yield inside, child
            deeper = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else inside
            yield from walk(child, deeper)

    return walk(module.tree, "")


def body(module: Module) -> list[ast.stmt]:
    """The statements after the docstring."""
    return module.tree.body[1:] if ast.get_docstring(module.tree, clean=False) else module.tree.body


# --- layers --------------------------------------------------------------------------------------


def test_everything_in_the_package_has_its_layer():
    units = {module.unit for module in package()} - set(ABOVE_ALL)
    assert units <= set(LAYER), f"without a layer: {sorted(units - set(LAYER))}"


def test_imports_flow_one_way():
    upward = []
    for module in package():
        if module.unit in ABOVE_ALL:
            continue
        for line, name in imports(module):
            parts = name.split(".")
            if parts[0] != "playground":
                continue
            target = parts[1] if len(parts) > 1 else "__init__"
            if target != module.unit and LAYER.get(target, 99) >= LAYER[module.unit]:
                upward.append(f"{module.path}:{line} imports {name}")
    assert not upward, "\n".join(upward)


def test_the_package_imports_neither_pages_nor_tests():
    outside = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        for line, name in imports(module)
        if name.split(".")[0] in ("pages", "app", "tests")
    ]
    assert not outside, "\n".join(outside)


def test_the_reading_of_imports_sees_what_hides():
    """The test of the tests: functions, annotations and relative names are seen."""
    source = """
        from __future__ import annotations
        from typing import TYPE_CHECKING
        if TYPE_CHECKING:
            from playground.ui.menu import pages
        def late():
            import cv2.dnn
            from ..media import types
            from . import plan
            importlib.import_module("librosa")
    """
    module = Module("playground/ops/methods/late.py", ast.parse(textwrap.dedent(source)))
    assert {name for _, name in imports(module)} == {
        "__future__.annotations", "typing.TYPE_CHECKING", "playground.ui.menu.pages", "cv2.dnn",
        "playground.ops.media.types", "playground.ops.methods.plan", "librosa",
    }  # fmt: skip
    assert (module.name, module.unit) == ("playground.ops.methods.late", "ops")


# --- libraries -----------------------------------------------------------------------------------


@pytest.mark.parametrize("library", ONLY_IN)
def test_a_library_is_imported_only_where_it_belongs(library):
    strays = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        for line, name in imports(module)
        if name.removeprefix("playground.ops.lazy.").split(".")[0] == library
        and not any(fnmatch(module.path, place) for place in ONLY_IN[library])
    ]
    assert not strays, "\n".join(strays)


def test_heavy_libraries_are_imported_when_first_used():
    at_once = []
    for module in modules():
        for node in module.tree.body:
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                continue
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                continue
            part = Module(module.path, ast.Module([node], []))
            at_once += [
                f"{module.path}:{line} {name}"
                for line, name in imports(part)
                if (name.split(".")[0] in HEAVY or name == MADE_LATER) and module.name != MADE_LATER
            ]
    assert not at_once, "\n".join(at_once)


def test_a_fresh_interpreter_draws_a_menu_and_reads_a_link_without_torch():
    code = """
        import sys
        import playground.ops
        import playground.recipe.text
        import playground.engine
        import playground.ui.menu
        from playground.ops import KERNELS, OPS
        from playground.recipe.check import settings
        from playground.recipe.text import from_text, to_text

        assert len(OPS) >= 4 and len(KERNELS) >= 20
        text = "grey~gaussian.sigma_2~conv2d.kernel_1x3_-1_0_1.stride_1-2"
        recipe = from_text(text, "image")
        assert to_text(recipe) == text
        settings(recipe.steps[1], "image")
        print([name for name in ("torch", "torchaudio", "librosa", "sklearn", "numba") if name in sys.modules])
    """
    assert fresh(code) == "[]"


def test_no_module_of_ours_imports_torch_by_being_imported():
    names = [module.name for module in package() if module.unit != "__main__" and module.name != MADE_LATER]
    code = f"""
        import importlib, sys
        for name in {names!r}:
            importlib.import_module(name)
            heavy = [heavy for heavy in {HEAVY!r} if heavy in sys.modules]
            assert not heavy, (name, heavy)
        print("none")
    """
    assert fresh(code) == "none"


def fresh(code: str) -> str:
    """What a new interpreter prints."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


# --- names and openings --------------------------------------------------------------------------


def test_a_function_without_a_home_is_an_idea_without_a_name():
    homeless = [
        module.path for module in modules() if {*Path(module.path).with_suffix("").parts} & {*NO_NAMES}
    ]
    assert not homeless


@pytest.mark.parametrize("module", modules(), ids=lambda module: module.path)
def test_a_module_says_what_it_is_before_it_begins(module):
    if not module.tree.body:
        assert module.path.endswith("__init__.py"), "only a package may be empty"
        return
    docstring = ast.get_docstring(module.tree, clean=False)
    assert docstring, "a module's first line is what it says"
    first = docstring.splitlines()[0]
    assert first.strip() == first and len(first) <= 120 and first[-1] in ".?!:", first
    if module.path.startswith("playground/") and body(module):
        opening = body(module)[0]
        assert ast.unparse(opening) == "from __future__ import annotations", "the first statement of a module"


# --- nothing from outside is executed ------------------------------------------------------------


def test_nothing_is_printed_evaluated_or_executed():
    found = [
        (module.path, inside, ast.unparse(call.func))
        for module in modules()
        for inside, call in calls(module)
        if ast.unparse(call.func) in NEVER_CALLED
    ]
    assert found == [EVAL_OF_OUR_OWN_SOURCE]


def test_nothing_that_runs_what_it_reads_is_imported():
    found = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        for line, name in imports(module)
        if name.split(".")[0] in NEVER_IMPORTED
    ]
    assert not found, "\n".join(found)


def test_nothing_is_loaded_that_could_hold_a_program():
    found = []
    for module in modules():
        for _, call in calls(module):
            name = ast.unparse(call.func)
            options = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
            if name in ("torch.load", "torch.hub.load", "torch.jit.load", "os.system", "os.popen"):
                found.append(f"{module.path}:{call.lineno} {name}")
            if name in ("np.load", "numpy.load") and options.get("allow_pickle") != "False":
                found.append(f"{module.path}:{call.lineno} {name} without allow_pickle=False")
            if name.startswith("subprocess.") and options.get("shell", "False") != "False":
                found.append(f"{module.path}:{call.lineno} {name} through a shell")
    assert not found, "\n".join(found)


def test_no_error_is_swallowed_by_a_bare_except():
    bare = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert not bare


def test_no_condition_of_the_app_stands_in_an_assert():
    asserts = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Assert)
    ]
    assert not asserts, "python -O would leave it out"


ERRORS = ("PlaygroundError", "MediaError", "RecipeError", "GeometryError", "LimitError", "notice")


def test_every_message_is_a_template_marked_for_translation():
    unmarked = []
    for module in package():
        if module.path == "playground/errors.py":
            continue
        for inside, call in calls(module):
            if ast.unparse(call.func) not in ERRORS or not call.args:
                continue
            template = call.args[0]
            formatted = isinstance(template, ast.Call) and ast.unparse(template.func).endswith(".format")
            if formatted or isinstance(template, ast.JoinedStr | ast.Constant | ast.BinOp):
                unmarked.append(f"{module.path}:{call.lineno} in {inside}")
    assert not unmarked, "\n".join(unmarked)


def test_what_is_marked_for_translation_is_a_plain_text():
    """A reader of the source (and the tool that gathers texts) must see the whole sentence."""
    marked = [
        (f"{module.path}:{call.lineno}", call.args)
        for module in modules()
        for _, call in calls(module)
        if ast.unparse(call.func) in ("N_", "_") and call.args
    ]
    assert len(marked) > 100
    wrong = [
        place
        for place, (text, *more) in marked
        if more
        or isinstance(text, ast.JoinedStr | ast.BinOp)
        or isinstance(text, ast.Constant)
        and not text.value
    ]
    assert not wrong, "\n".join(wrong)
