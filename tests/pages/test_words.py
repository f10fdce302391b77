"""Another language is one file: every text that a page draws comes from it, none goes around it.

The test language puts each piece of text between ‹ and › and leaves the values bare, so that what
stands outside the marks has bypassed translation.
"""

from __future__ import annotations

import ast
import functools
import html
import io
import json
import re
import string
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po
from media.making import encode, levels, npy

from playground.errors import PlaygroundError
from playground.media.samples import PICTURES
from playground.ops import KERNELS, OPS
from playground.ops.kernels import FAMILIES
from playground.ops.parameters import Real
from playground.recipe.check import kernel_options
from playground.ui import examples, labels, presets, spectrogram_controls, words
from playground.view.pixels import SIGNED_MODES

from .visiting import PAGES, PICTURE_KERNELS, ROOT, change, click, facts, visit

LANGUAGE = "qx"
SOURCES = ("playground", "pages")


@functools.cache
def extracted() -> dict[str, list[str]]:
    """Every text marked for translation, and where it stands."""
    found: dict[str, list[str]] = {}
    for folder in SOURCES:
        for file, line, message, _comments, _context in extract_from_dir(
            ROOT / folder, [("**.py", "python")], keywords={"_": None, "N_": None}
        ):
            found.setdefault(message, []).append(f"{folder}/{file}:{line}")
    return found



def marked(text: str) -> str:
    """The text in the test language: each piece between two values is marked."""
    pieces = []
    for literal, name, form, conversion in string.Formatter().parse(text):
        pieces.append(f"‹{literal}›" if literal else "")
        if name is not None:
            pieces.append(
                "{" + name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "") + "}"
            )
    return "".join(pieces)


@functools.cache
def written() -> bytes:
    """The file of the test language."""
    catalog, file = Catalog(locale=None), io.BytesIO()
    for text in extracted():
        catalog.add(text, marked(text))
    write_po(file, catalog)
    return file.getvalue()


@pytest.fixture
def language_file(tmp_path, monkeypatch):
    """The test language is a file like any other."""
    (tmp_path / f"{LANGUAGE}.po").write_bytes(written())
    monkeypatch.setattr(words, "LOCALE", tmp_path)
    words.available.cache_clear()
    words.catalogue.cache_clear()
    yield {"locale": f"{LANGUAGE}-QX"}
    monkeypatch.undo()
    words.available.cache_clear()
    words.catalogue.cache_clear()


@pytest.fixture
def test_language(language_file, monkeypatch):
    """AppTest also asks for the words of an option outside of any visit, so all of them are translated."""
    monkeypatch.setattr(words, "language", lambda: LANGUAGE)
    return language_file


# --- what a page says ----------------------------------------------------------------------------

SAID = ("label", "help", "placeholder", "caption", "alt", "body", "text", "popover_label")


def texts(node) -> Iterator[tuple[str, str]]:
    """Everything that a page draws or reads aloud: (what it is, the text)."""
    for child in node.children.values():
        kind = child.type
        if kind in ("code", "style"):
            continue
        proto = getattr(child, "proto", None)
        if kind == "image":
            for picture in proto.imgs:
                yield f"{kind} caption", picture.caption
                yield f"{kind} alt", picture.alt
        elif kind == "html":
            if "<style>" in proto.body:
                continue
            for name in ("aria-label", "title"):
                for value in re.findall(rf'\b{name}="([^"]*)"', proto.body):
                    yield f"{kind} {name}", html.unescape(value)
            yield kind, html.unescape(re.sub(r"<[^>]*>", "\n", proto.body))
        elif kind == "vega_lite_chart":
            yield f"{kind} alt", proto.alt
            for title in titles(json.loads(proto.spec)):
                yield f"{kind} title", title
        elif proto is not None:
            for name in SAID:
                value = getattr(proto, name, "")
                if isinstance(value, str) and value:
                    yield f"{kind} {name}", value
            for option in getattr(proto, "options", ()):
                yield f"{kind} option", option if isinstance(option, str) else option.content
        if hasattr(child, "children"):
            label = getattr(child, "label", "")
            if isinstance(label, str) and label:
                yield f"{kind} label", label
            yield from texts(child)


def titles(spec: object) -> Iterator[str]:
    """What a chart writes beside its axes and in its legend."""
    if isinstance(spec, dict):
        if isinstance(spec.get("title"), str):
            yield spec["title"]
        if spec.get("type") == "nominal":
            yield from (str(word) for word in spec.get("scale", {}).get("domain", ()))
    for part in spec.values() if isinstance(spec, dict) else spec if isinstance(spec, list) else ():
        yield from titles(part)


def outside_the_marks(text: str) -> str:
    """What is left when the marked pieces are taken out."""
    rest, depth = [], 0
    for letter in text:
        depth += letter == "‹"
        if not depth:
            rest.append(letter)
        depth -= letter == "›"
    assert depth == 0, text
    return "".join(rest)


ALLOWED = (
    r"\bx\b|×",  # between two numbers
    r":material/\w+:",
    r"\b\d[\d.]*e[-+−]?\d+\b",
    r"\b(PNG|NPY|MB|CC0|PyTorch|ConvTranspose2d)\b",
    r"'[^']*'",  # what was given, quoted
    r"\b[a-z_0-9]+(?=[(=])",  # names in code: step(parameter=value)
)

REMEDY = r"‹set ›[a-z_]+‹ to ›[a-z_0-9/(), .-]+"
"""A button that sets a parameter, by the names that both have in code."""
TORCH = r"(?<=‹PyTorch would say: ›).*"
"""What another library says in its own words."""


def bare(at, *, names: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """The texts with letters outside the marks, beside what may stand there in every language."""
    assert not at.exception
    found = []
    for kind, text in texts(at._tree):
        rest = outside_the_marks(re.sub(f"{REMEDY}|{TORCH}", "", text))
        for name in names:
            rest = rest.replace(name, "")
        for pattern in ALLOWED:
            rest = re.sub(pattern, "", rest)
        if re.search(r"[^\W\d_]", rest):
            found.append((kind, text))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_text_of_a_page_is_translated_at_first_sight(page, language_file):
    at = visit(page, context=language_file)
    assert at.title[0].value.startswith("‹")
    assert bare(at) == []


def test_two_visitors_read_their_own_languages(language_file):
    one, other = visit(context=language_file), visit(context={"locale": "en-GB"})
    assert one.title[0].value == "‹Sobel x finds vertical edges›"
    assert other.title[0].value == "Sobel x finds vertical edges"


def test_every_kernel_speaks_the_language(test_language):
    at = visit(context=test_language)
    for name in PICTURE_KERNELS:
        at.query_params = {"source": "counting", "recipe": name.replace("_", "-")}
        assert bare(at.run()) == [], name


def test_every_setting_speaks_the_language(test_language):
    at = visit(context=test_language, source="astronaut")
    for key, value in (
        *(("colour", colour) for colour in ("as_is", "red", "green", "blue", "grey", "automatic")),
        *(("signed", mode) for mode in SIGNED_MODES),
        ("same_size", False),
        ("padding", "number"),
        ("padding", "sides"),
        ("padding_mode", "constant"),
        ("fill", 0.5),
        ("flip", True),
        ("stride_0", 2),
        ("stride_1", 3),
        ("stride", 2),
        ("camera_on", True),
        ("qr", True),
    ):
        change(at, key, value)
        assert bare(at) == [], (key, value)


def test_strides_below_one_and_the_gain_speak_the_language(test_language):
    for text in ("1-2", "1-3", "1-4", "1_1-2", "1-3_1", "1-2_1-4"):
        at = visit(context=test_language, source="counting", recipe=f"box.stride_{text}")
        assert bare(at) == [], text
        click(at, "gain")
        assert bare(at) == [], text
    for stride in (2, 3, 4, Fraction(1, 2)):
        recipe = f"identity.stride_{str(stride).replace('/', '-')}"
        assert bare(visit(context=test_language, source="counting", recipe=recipe)) == []


def test_a_faint_result_speaks_the_language(test_language):
    at = visit(context=test_language, recipe="gain.factor_0.1")
    assert "‹nearly black›" in facts(at) and bare(at) == []
    click(at, "stretch")
    assert "‹stretched to black and white›" in facts(at) and bare(at) == []


def test_steps_in_front_and_the_check_speak_the_language(test_language):
    at = visit(
        context=test_language, source="noise", recipe="channel~gain.factor_2~grey~sobel-x~gaussian~box"
    )
    click(at, "check")
    assert bare(at) == []
    change(at, "padding_mode", "symmetric")
    click(at, "check")
    assert bare(at) == []


def test_ones_own_numbers_speak_the_language(test_language):
    at = visit(context=test_language)
    change(at, "family", "own")
    assert bare(at) == []
    change(at, "numbers_text", "1 -1")
    assert bare(at) == []
    for text in ("", "1 x", "nan", "1 2\n3", "[[1]", "0,5;1", "1 " * 5000):
        change(at, "numbers_text", text)
        assert len(at.error) == 1
        assert bare(at, names=(text.strip(),)) == [], text


def test_ones_own_picture_speaks_the_language(test_language):
    name = "my file.png"
    for data in (
        encode(levels(20, 30, 4), "PNG"),
        npy(levels(20, 30, 3)),
        npy(np.ones((2, 9, 9), np.float32)),
        npy(np.random.default_rng(0).random((4, 9, 9))),
        b"letters",
        b"",
        encode(levels(20, 30, 3), "PNG")[:500],
        npy(np.float32([[np.nan]])),
    ):
        at = visit(context=test_language, recipe="gaussian.stride_2")
        at.file_uploader(key="image_upload").upload(name, data).run()
        assert bare(at, names=(name,)) == []


def test_what_cannot_be_shown_is_said_in_the_language(test_language):
    for recipe in (
        "nonsense",
        "gaussian.sigma_1000",
        "identity.size_4",
        "sobel-x.normalise_yes",
        "conv2d.kernel_3x3_1",
        "conv2d.kernel_digest_0123456789abcdef",
        "box.stride_0",
        "channel.index_3~box",
        "~".join(["box.size_255.stride_1-4"] * 6),
        "gaussian.size_3.size_3",
        "identity.dilation_64.padding_valid.size_255",
    ):
        at = visit(context=test_language, recipe=recipe)
        assert len(at.error) == 1
        assert [text for kind, text in bare(at) if not kind.startswith("error")] == [], recipe
        rest = outside_the_marks(at.error[0].value.replace("‹", " ‹").replace("›", "› "))
        rest = re.sub(r"'[^']*'|\b\d+x\d+\b|\b[0-9a-f]{16}\b", "", rest)
        assert set(re.findall(r"[^\W\d]\w+", rest)) <= CODE_WORDS, recipe


CODE_WORDS = {
    *("kernel", "none", "MB"),
    *(
        word
        for registry in (KERNELS, OPS)
        for name, entry in registry.items()
        for word in (name, *entry.options)
    ),
}
"""The words of links and of code, which are the same in every language."""


# --- what the sources say ------------------------------------------------------------------------


def files() -> Iterator[tuple[str, ast.Module]]:
    for folder in SOURCES:
        for file in sorted((ROOT / folder).rglob("*.py")):
            yield f"{folder}/{file.relative_to(ROOT / folder)}", ast.parse(file.read_text())


def calls(tree: ast.Module, *names: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
            yield node


def is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def is_lookup(node: ast.expr) -> bool:
    """A text of a registry or of a table of labels, where N_ has marked it."""
    match node:
        case ast.Subscript():
            return True
        case ast.Attribute(attr=name):
            return name in ("finding", "label", "sentence", "name", "teaches", "family", "amount", "unit")
        case ast.Call(func=ast.Attribute(attr="get")):
            return True
        case ast.Name():
            return True
        case ast.IfExp():
            return is_lookup(node.body) and is_lookup(node.orelse)
    return False


def test_every_text_to_translate_is_found_by_the_extraction():
    missed = []  # a call within an f-string is
    for name, tree in files():
        for call in calls(tree, "_", "N_"):
            if call.args and is_text(call.args[0]) and call.args[0].value not in extracted():
                missed.append(f"{name}:{call.lineno} {ast.unparse(call)}")
    assert missed == []


def test_every_call_for_a_translation_has_a_text_or_looks_one_up():
    wrong = []
    for name, tree in files():
        for call in calls(tree, "N_"):
            if not (len(call.args) == 1 and is_text(call.args[0])):
                wrong.append(f"{name}:{call.lineno} {ast.unparse(call)}")
        for call in calls(tree, "_"):
            if not call.args or not (is_text(call.args[0]) or is_lookup(call.args[0])):
                wrong.append(f"{name}:{call.lineno} {ast.unparse(call)}")
    assert wrong == []


def test_every_text_that_is_looked_up_was_marked():
    tables = [
        table
        for module in (labels, spectrogram_controls)
        for name, table in vars(module).items()
        if name.isupper() and isinstance(table, dict)
    ]
    looked_up = [
        *FAMILIES.values(),
        *labels.UNITS,
        *(text for table in tables for text in table.values() if isinstance(text, str)),
        *(sample.label for sample in PICTURES.values()),
        *(
            text
            for each in examples.PICTURES + examples.SOUNDS + examples.SPECTROGRAMS
            for text in (each.name, each.teaches)
        ),
        *(
            text
            for preset in presets.PRESETS.values()
            for text in (preset.label, preset.finding, preset.sentence, preset.amount, preset.unit)
            if text
        ),
        *spectrogram_controls.STRIDE_EFFECTS.values(),
        *(
            text
            for kernel in KERNELS.values()
            for kind in kernel.media
            if kind in ("image", "audio")
            for text in (kernel.words(kind).label, kernel.words(kind).sentence, kernel.words(kind).finding)
        ),
    ]
    assert [text for text in looked_up if text not in extracted()] == []


def test_every_parameter_of_a_kernel_has_a_word_and_its_unit_is_marked():
    for name in KERNELS:
        for option, spec in kernel_options(name).items():
            assert option in labels.PARAMETER_WORDS, (name, option)
            if isinstance(spec.type, Real) and spec.type.unit:
                assert spec.type.unit in extracted() and spec.type.unit in labels.UNITS


def test_every_template_can_be_filled_in_the_test_language():
    for text, places in extracted().items():
        fields = [(name, form) for _, name, form, _ in string.Formatter().parse(text) if name is not None]
        assert all(name.isidentifier() for name, _ in fields), (text, places)
        translated = [
            (name, form) for _, name, form, _ in string.Formatter().parse(marked(text)) if name is not None
        ]
        assert translated == fields


def test_an_error_and_its_translation_are_filled_with_the_same_values(test_language):
    template = "stride={given} has no meaning; it must be above 0"
    assert template in extracted()
    error = PlaygroundError(template, given=-1)
    assert str(error) == "stride=-1 has no meaning; it must be above 0"
    assert words.say(error) == "‹stride=›-1‹ has no meaning; it must be above 0›"


def test_a_text_that_the_file_lacks_stays_english(language_file):
    (words.LOCALE / f"{LANGUAGE}.po").write_text('msgid "Reset"\nmsgstr "Zurück"\n', encoding="utf-8")
    words.catalogue.cache_clear()
    at = visit(context=language_file)
    assert at.button(key="image_reset").label == "Zurück"
    assert at.title[0].value == "Sobel x finds vertical edges"


@pytest.mark.parametrize("locale", [None, "", "tr-TR", "zh-Hant-TW", "../../etc/passwd", "q"])
def test_a_language_without_a_file_is_english(locale):
    at = visit(context={"locale": locale})
    assert at.title[0].value == "Sobel x finds vertical edges"
    assert not at.exception and not at.error
