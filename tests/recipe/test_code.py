"""Is an exported program safe, complete and kind to its reader?  What it says, holds, imports and refuses."""

from __future__ import annotations

import ast
import io
import json
import re
import subprocess
import sys
import tokenize
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from PIL import Image as Pillow

from playground.engine import plan_ahead, run
from playground.engine.export import expected, export
from playground.errors import RecipeError
from playground.media.audio_file import load_audio
from playground.media.image_file import load_image
from playground.media.types import Audio, Image
from playground.ops import KERNELS, OPS, KernelRef
from playground.recipe import code, code_frame, code_tolerance
from playground.recipe.code import FLAVOURS, Expected, program
from playground.recipe.code_conv import NUMPY_MODES
from playground.recipe.code_draft import Draft, number
from playground.recipe.code_kernels import write_numbers
from playground.recipe.code_spectrum import WINDOWS
from playground.recipe.code_words import SENTENCES, WORDS
from playground.recipe.model import Recipe, Step
from playground.recipe.text import from_text
from tests.recipe.test_code_runs import programs as every_program

FACTS = Expected((1, 2, 2), "float32", 0.0, 1.0, 0.5, (0, 3), (0.0, 1.0), 1.0)
both = pytest.mark.parametrize("flavour", FLAVOURS)


def picture(*, channels: int = 3) -> Image:
    values = torch.rand(channels, 20, 24, generator=torch.Generator().manual_seed(1))
    return Image(values, None, "noise", "0" * 16, (20, 24))


def text_of(recipe: str, *, flavour: str = "torch", medium: Image | Audio | None = None) -> str:
    medium = medium or picture()
    return export(run(from_text(recipe, medium.kind), medium), medium, flavour=flavour)


@pytest.fixture(scope="module")
def programs() -> dict[str, str]:
    """Programs of every step, every option and some borders: a part of those that are run."""
    return {
        name: text
        for i, (name, text) in enumerate(every_program().items())
        if i % 14 < 2 or not name.startswith("conv")
    }


@pytest.fixture(scope="module")
def nodes(programs) -> dict[str, list[ast.AST]]:
    """All that these programs are made of."""
    return {name: [*ast.walk(ast.parse(text))] for name, text in programs.items()}


# --- nothing from outside ------------------------------------------------------------------------


def strings(found: list[ast.AST]) -> set[str]:
    return {node.value for node in found if isinstance(node, ast.Constant) and isinstance(node.value, str)}


def closed_set() -> set[str]:
    """Every string that a program may hold: those of the templates, filled in by their tables, and words."""
    texts = [source[flavour] for source in code.SOURCES.values() for flavour in source]
    texts += [code_frame.reading("image", rate=None, on_white=white) for white in (False, True)]
    texts += [
        code_frame.reading("audio", rate=8000, on_white=False),
        'def compute():\n    """The steps, in their order."""',
    ]
    for kind, unit, maximum in (("image", "", 1.0), ("image", "", 2.0), ("audio", "", 1.0), ("spectrogram", "magnitude", 1.0),
                                ("spectrogram", "decibels", 1.0)):  # fmt: skip
        facts = Expected((1, 1, 1), "float32", 0.0, maximum, 0.0, (), (), 1.0)
        texts.append(code_frame.writing(kind, facts, rate=8000, unit=unit))
    for flavour in FLAVOURS:
        for kind in ("image", "audio"):
            texts.append(code_frame.checking(FACTS, flavour, kind=kind)[1])
            texts += [code_frame.main(flavour, (1, 1), kind=kind, kernel_files=files) for files in (0, 1)]
            for files in (0, 1, 2):
                texts.append(code._opening(set(), flavour, kind, files))
    return (
        set().union(*(strings([*ast.walk(ast.parse(text))]) for text in texts))
        | WORDS
        | {*NUMPY_MODES.values()}
        | {*WINDOWS.values()}
    )


def test_every_string_of_a_program_belongs_to_a_closed_set(nodes):
    allowed = closed_set()
    for name, found in nodes.items():
        packed = {node.value.value for node in found[0].body if isinstance(node, ast.Assign)
                  and node.targets[0].id.startswith("KERNEL_")}  # fmt: skip
        assert all(re.fullmatch(r"[A-Za-z0-9+/=]+", letters) for letters in packed)
        assert strings(found) - packed <= allowed, name


def test_every_word_of_a_comment_is_our_own(programs):
    words = [kernel.words(kind).sentence for kernel in KERNELS.values() for kind in kernel.media]
    words += [option for found in (*OPS.values(), *KERNELS.values()) for option in found.options]
    words += [path.read_text() for path in Path(code.__file__).parent.glob("code*.py")]
    own = " ".join([*words, *SENTENCES.values(), *WORDS, *OPS, *KERNELS])
    known = {*re.findall(r"[A-Za-z_]+", own), "True", "False"}
    for name, text in programs.items():
        comments = [
            t.string
            for t in tokenize.generate_tokens(io.StringIO(text).readline)
            if t.type == tokenize.COMMENT
        ]
        assert {*re.findall(r"[A-Za-z_]{2,}", " ".join(comments))} <= known, name


class Sly(str):
    """A word that pretends to be another."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return hash("constant")


HOSTILE = {
    "a name that is a program": Step("sobel_x\nimport os"),
    "a name that ends a string": Step('sobel_x"""'),
    "a name with a private one": Step("__import__"),
    "a word that is a program": Step.of("sobel_x", padding_mode='reflect"); import os  #'),
    "a word that pretends": Step.of("sobel_x", padding_mode=Sly("x\nimport os")),
    "a number that is a text": Step.of("gain", factor="1); import os"),
    "a parameter that is a program": Step("gain", (("factor=1\nimport os", 1.0),)),
    "not a number": Step.of("gain", factor=float("nan")),
    "infinity": Step.of("gain", factor=float("inf")),
    "a kernel's name": Step.of("conv2d", kernel=KernelRef(name="box\nimport os")),
    "a kernel's parameter": Step.of(
        "conv2d", kernel=KernelRef(name="box", params=(("size", "3\nimport os"),))
    ),
    "a kernel's digest": Step.of("conv2d", kernel=KernelRef(digest="0123456789abcdef\nimport os")),
    "a kernel's number": Step.of("conv2d", kernel=KernelRef(numbers=(("import os",),))),
    "a stride": Step.of("sobel_x", stride="2\nimport os"),
    "a padding": Step.of("sobel_x", padding="same\nimport os"),
}


@both
@pytest.mark.parametrize("step", HOSTILE.values(), ids=HOSTILE)
def test_the_gate_refuses_what_is_no_setting(step, flavour):
    with pytest.raises(RecipeError):
        program(Recipe((step,)), (), FACTS, kind="image", medium_shape=(1, 2, 2), flavour=flavour)


def test_a_plan_of_another_recipe_is_refused():
    recipe = from_text("sobel-x", "image")
    plan = plan_ahead(from_text("sobel-y", "image"), (1, 9, 9), "image")
    with pytest.raises(RecipeError, match="the plan is one of another recipe; plan this one"):
        program(recipe, plan, FACTS, kind="image", medium_shape=(1, 9, 9))


def test_an_unknown_flavour_or_type_is_refused():
    with pytest.raises(RecipeError, match="flavour='jax' is not known; choose one of: numpy, torch"):
        program(Recipe(), (), FACTS, kind="image", medium_shape=(1, 2, 2), flavour="jax")
    facts = Expected((1,), "float32; import os", 0.0, 1.0, 0.5, (), (), 1.0)
    with pytest.raises(RecipeError, match="choose one of: float32, float64"):
        program(Recipe(), (), facts, kind="image", medium_shape=(1, 2, 2))


@pytest.mark.parametrize("value", ["x", "1; import os", None, (1,), [1.0]])
def test_only_numbers_are_written_as_numbers(value):
    with pytest.raises((TypeError, ValueError)):
        number(value)


# --- what it looks like --------------------------------------------------------------------------

ALLOWED = {
    "torch": {"argparse", "base64", "math", "zlib", "pathlib", "numpy", "torch", "soundfile", "PIL"},
    "numpy": {"argparse", "base64", "math", "zlib", "pathlib", "numpy", "scipy", "soundfile", "PIL"},
}


def test_a_program_imports_what_it_needs_and_nothing_else(nodes):
    for name, found in nodes.items():
        imported: dict[str, str] = {}
        for node in found:
            if isinstance(node, ast.Import):
                imported |= {alias.asname or alias.name: alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                imported |= {alias.name: node.module for alias in node.names}
        roots = {source.split(".")[0] for source in imported.values()}
        assert roots <= ALLOWED[name.rsplit(", ")[-1]], name
        assert {*imported} <= {node.id for node in found if isinstance(node, ast.Name)}, name


def test_every_function_of_a_program_is_called(nodes):
    for name, found in nodes.items():
        defined = {node.name for node in found if isinstance(node, ast.FunctionDef)}
        assert defined <= {node.id for node in found if isinstance(node, ast.Name)}, name


def test_no_line_of_a_program_is_too_long(programs):
    for name, text in programs.items():
        assert max(len(line) for line in text.splitlines()) <= 100, name
        assert not re.search(r"[ \t]$|\n\n\n\n", text, re.MULTILINE), name
        assert text.endswith("main()\n"), name


def test_a_program_is_the_same_each_time():
    assert text_of("gaussian~noise~sobel-x") == text_of("gaussian~noise~sobel-x")


LINES = {
    "sobel-x.padding_valid": ["x = F.conv2d(x, kernel.expand(3, 1, 3, 3), groups=3)"],
    "sobel-x": ['x = F.pad(x, (1, 1, 1, 1), mode="reflect")', "x = F.conv2d(x, kernel.expand(3, 1, 3, 3), groups=3)"],
    "sobel-x.padding-mode_constant": ["x = F.conv2d(x, kernel.expand(3, 1, 3, 3), padding=1, groups=3)"],
    "sobel-x.padding-mode_symmetric": ["x = mirrored_with_edge(x, 1, 1, dim=-2)", "x = mirrored_with_edge(x, 1, 1, dim=-1)"],
    "sobel-x.padding_30": ["x = mirrored(x, 30, 30, dim=-2)"],
    "sobel-x.padding_30.padding-mode_circular": ["x = repeated(x, 30, 30, dim=-2)"],
    "sobel-x.stride_1-2": ["x = stuffed(x, 2, 2)"],
    "sobel-x.stride_2-3.padding_valid": ["x = stuffed(x, 3, 3)", "x = F.conv2d(x, kernel.expand(3, 1, 3, 3), stride=2, groups=3)"],
    "grey~sobel-x.stride_1-2.padding-mode_constant": [
        "kernel = kernel.flip(0, 1)",
        "x = F.conv_transpose2d(x, kernel.expand(1, 1, 3, 3), stride=2, padding=1, output_padding=1)",
    ],
    "grey~sobel-x.stride_1-2.padding-mode_constant.flip-kernel_yes": ["x = F.conv_transpose2d("],
    "box.size_21": ["kernel = torch.full((21, 21), 1 / 441)"],
    "gaussian.size_21": ["kernel = torch.outer(row, row)"],
    "conv2d.kernel_1x3_-1_0_1": ["kernel = torch.tensor([[-1.0, 0.0, 1.0]])"],
    "pool2d": ["x = F.max_pool2d(x, 2)"],
    "pool2d.statistic_min.kernel-size_3.stride_2.padding_1": ["x = -F.max_pool2d(-x, 3, stride=2, padding=1)"],
    "pool2d.statistic_average.padding_1.count-include-pad_no": ["x = F.avg_pool2d(x, 2, padding=1, count_include_pad=False)"],
}  # fmt: skip


@pytest.mark.parametrize("recipe", LINES)
def test_a_step_is_written_as_a_teacher_would(recipe):
    text = text_of(recipe)
    for line in LINES[recipe]:
        assert line in text


def test_helpers_stand_in_a_program_only_where_they_are_needed():
    assert "def mirrored" not in text_of("sobel-x") and "def stuffed" not in text_of("sobel-x")
    assert "import math" not in text_of("sobel-x")


@pytest.mark.parametrize(
    "shape", [(3,), (2, 3), (9, 9), (1, 40), (200,), (12, 11), (3, 1, 2), (8, 3, 5, 5), (2, 2, 1, 1)]
)
@both
def test_the_numbers_of_a_kernel_are_kept(shape, flavour):
    kernel = torch.randn(*shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    draft = Draft(flavour)
    write_numbers(draft, kernel)
    names = {"np": np, "torch": torch}
    sources = "\n".join([code.SOURCES["unpacked"][flavour], *draft.constants, *draft.lines])
    exec("import base64, zlib\n" + sources, names)
    found = np.asarray(names["kernel"], dtype=np.float64)
    assert found.shape == shape
    np.testing.assert_allclose(found, kernel.numpy(), rtol=1e-7)


@pytest.mark.parametrize("recipe", ["disc.radius_12", "reverb", "echo", "comb", "low-pass.taps_2047"])
def test_a_large_kernel_makes_no_large_program(recipe):
    medium = picture() if recipe.startswith("disc") else Audio(torch.ones(1, 3000), 44100, "ones", "3" * 16)
    assert len(text_of(recipe, medium=medium)) < 20_000


def test_a_wide_tolerance_gives_its_reason():
    sound = Audio(torch.rand(1, 6000) - 0.5, 8000, "noise", "4" * 16)
    text = text_of("stft.center_no.n-fft_256~istft", medium=sound)
    assert f"# {code_tolerance.AT_THE_ENDS}\nTOLERANCE = 0.001" in text
    text = text_of("stft~decibels.floor-db_-200", medium=sound)
    assert code_tolerance.SMALL_LEVELS in text
    assert "TOLERANCE = 2e-05" in text_of("stft~decibels", medium=sound)
    found = [code_tolerance.tolerance(plan_ahead(from_text(f"stft~griffin-lim.iterations_{n}", "audio"), (1, 9000), "audio",
                                                 rate=Fraction(8000)))[0] for n in (8, 32, 500)]  # fmt: skip
    assert found == sorted(found) and found[0] == 2e-5 and found[-1] == code_tolerance.MOST


# --- as a program of its own ---------------------------------------------------------------------


def started(folder: Path, text: str, *arguments: str) -> subprocess.CompletedProcess:
    (folder / "program.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-W", "error::DeprecationWarning:__main__", "program.py", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"OMP_NUM_THREADS": "1"})


def saved(folder: Path, name: str) -> Image:
    """A picture as a file of some kind, and as the loader reads it."""
    levels = np.random.RandomState(5).randint(0, 256, (18, 26, 4)).astype(np.uint8)
    file = folder / name
    match name:
        case "turned.jpg":
            exif = Pillow.Exif()
            exif[274] = 6
            Pillow.fromarray(levels[..., :3]).save(file, exif=exif)
        case "sixteen.png":
            Pillow.fromarray(levels[..., 0].astype(np.uint16) * 257 + 3).save(file)
        case "transparent.png":
            Pillow.fromarray(levels).save(file)
        case "grey and clear.png":
            Pillow.fromarray(levels[..., :2]).save(file)
        case "palette.gif":
            Pillow.fromarray(levels[..., :3]).convert("P").save(file)
        case "float.tiff":
            Pillow.fromarray(levels[..., 0].astype(np.float32) / 100).save(file)
        case "plain.npy":
            np.save(file, levels[..., 0].astype(np.float32) / 7)
    return load_image(file.read_bytes(), name)


PICTURES = [
    "turned.jpg",
    "sixteen.png",
    "transparent.png",
    "grey and clear.png",
    "palette.gif",
    "float.tiff",
    "plain.npy",
]


@pytest.mark.parametrize("name", PICTURES)
def test_a_picture_is_read_as_the_playground_reads_it(name, tmp_path):
    medium = saved(tmp_path, name)
    for recipe in ("sobel-x", "sobel-x.stride_2"):
        names: dict[str, object] = {"__name__": "program"}
        exec(compile(text_of(recipe, flavour="numpy", medium=medium), "program.py", "exec"), names)
        values = names["read"](tmp_path / name)
        if medium.alpha is None or recipe == "sobel-x":
            np.testing.assert_allclose(values, medium.values.numpy(), atol=1e-7)
        names["check"](names["compute"](values))


@both
def test_a_program_says_that_it_agrees_and_writes_the_picture(flavour, tmp_path):
    medium = saved(tmp_path, "turned.jpg")
    done = started(tmp_path, text_of("grey~sobel-x", flavour=flavour, medium=medium), "turned.jpg", "out.png")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(
        r"Agrees with the playground: \S+e-0[789] at most, at a scale of 7\.75\.\n", done.stdout
    )
    with Pillow.open(tmp_path / "out.png") as written:
        assert (written.mode, written.size) == ("L", (18, 26))
        assert written.getextrema() == (0, 255)


def test_a_program_of_a_sound_reads_a_kernel_and_writes_values_and_sound(tmp_path):
    samples = (np.random.RandomState(3).randint(-9000, 9000, (4000, 2)) / 32768).astype(np.float32)
    soundfile.write(tmp_path / "in.flac", samples, 8000)
    medium = load_audio((tmp_path / "in.flac").read_bytes(), "in.flac")
    kernels = {"0123456789abcdef": torch.linspace(1, 0, 300, dtype=torch.float64)}
    np.save(tmp_path / "kernel.npy", kernels["0123456789abcdef"].numpy().astype(np.float32))
    result = run(
        from_text("conv1d.kernel_digest_0123456789abcdef.padding_full.stride_1-2", "audio"),
        medium,
        kernels=kernels,
    )
    text = export(result, medium, kernels=kernels)
    assert "program.py INPUT [OUTPUT] --kernel KERNEL.npy" in text
    done = started(tmp_path, text, "in.flac", "out.wav", "--kernel", "kernel.npy")
    assert (done.returncode, done.stderr) == (0, "")
    written, rate = soundfile.read(tmp_path / "out.wav", dtype="float32")
    assert rate == 16000
    np.testing.assert_allclose(written.T, result.output.numpy(), atol=2e-5 * result.scale)
    assert started(tmp_path, text, "in.flac").returncode == 2


def test_a_spectrogram_is_written_with_low_notes_below(tmp_path):
    t = np.arange(4000) / 8000
    np.save(tmp_path / "in.npy", np.float32(0.5 * np.sin(2 * np.pi * 1000 * t))[None])
    medium = Audio(torch.from_numpy(np.load(tmp_path / "in.npy")), 8000, "tone", "5" * 16)
    done = started(tmp_path, text_of("stft.n-fft_256", flavour="numpy", medium=medium), "in.npy", "out.png")
    assert (done.returncode, done.stderr) == (0, "")
    with Pillow.open(tmp_path / "out.png") as written:
        levels = np.asarray(written)
    assert levels.shape[0] == 129 and levels[:, 10].argmax() == 128 - 32


@both
def test_other_values_and_another_shape_are_told_apart(flavour, tmp_path):
    medium = picture()
    text = text_of("sobel-x", flavour=flavour, medium=medium)
    other = medium.values.numpy().copy()
    other[:, :10] *= 0.9
    np.save(tmp_path / "other.npy", other)
    np.save(tmp_path / "smaller.npy", other[:, :10])
    wrong = started(tmp_path, text, "other.npy", "out.npy")
    assert (
        wrong.returncode == 1
        and "off the playground's result" in wrong.stderr
        and not (tmp_path / "out.npy").exists()
    )
    small = started(tmp_path, text, "smaller.npy")
    assert (
        small.returncode == 2
        and "the input has the shape (3, 10, 24); this program is for (3, 20, 24)" in small.stderr
    )


# --- the facts -----------------------------------------------------------------------------------


def test_the_facts_are_those_of_the_result():
    result = run(from_text("sobel-x", "image"), picture())
    facts = expected(result)
    y = result.output.numpy().ravel()
    assert facts.shape == (3, 20, 24) and facts.dtype == "float32" and facts.scale == result.scale
    assert (facts.minimum, facts.maximum) == (float(y.min()), float(y.max()))
    assert facts.values == tuple(y[list(facts.indices)].tolist()) and 50 < len(facts.indices) <= 64
    assert facts == expected(result)
    json.dumps(facts.indices)  # plain numbers
