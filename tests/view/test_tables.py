"""Can a kernel's table be read: by a parser, by eyes in both themes, and as numbers?"""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
import torch

from playground.ops.kernels import build
from playground.ops.registry import KERNELS, KernelRef
from playground.view.pixels import NEGATIVE, PAPER, POSITIVE
from playground.view.tables import MOST_CELLS, MOST_NUMBERED, kernel_table, number

THEMES = ("light", "dark")
MINUS = "\N{MINUS SIGN}"
PICTURE_KERNELS = [name for name, kernel in KERNELS.items() if 2 in kernel.dimensions]


class Cells(HTMLParser):
    """Every cell's text and attributes; what is not closed as it was opened is an error."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.rows: list[list[tuple[str, dict]]] = []
        self.feed(text)
        self.close()
        assert not self.open, f"never closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        assert tag in ("div", "table", "tbody", "tr", "td")
        assert len(dict(attrs)) == len(attrs)
        self.open.append(tag)
        self.tags.append((tag, dict(attrs)))
        if tag == "tr":
            self.rows.append([])
        if tag == "td":
            self.rows[-1].append(("", dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        assert self.open[-1] == "td", f"text outside a cell: {data!r}"
        text, attributes = self.rows[-1].pop()
        self.rows[-1].append((text + data, attributes))


def cells_of(kernel: torch.Tensor, *, theme: str = "light", label: str = "Kernel") -> Cells:
    return Cells(kernel_table(kernel, theme=theme, label=label))


def colours(attributes: dict) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Background and ink of a cell."""
    style = attributes["style"]
    (ground,) = re.findall(r"background:rgb\((\d+), (\d+), (\d+)\)", style)
    (ink,) = re.findall(r";color:(#000|#fff)$", style)
    return tuple(map(int, ground)), (0, 0, 0) if ink == "#000" else (255, 255, 255)


def contrast(a: tuple[int, ...], b: tuple[int, ...]) -> float:
    """WCAG 2.2: (L1 + 0.05) / (L2 + 0.05)."""

    def luminance(colour: tuple[int, ...]) -> float:
        shares = [c / 255 for c in colour]
        linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


# --- numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value, text",
    [
        (0.0, "0"), (-0.0, "0"), (2.0, "2"), (-2.0, "−2"), (0.5, "0.5"), (-0.07511, "−0.0751"), (1 / 3, "0.333"),
        (0.1 + 0.2, "0.3"), (-426.0, "−426"), (1234.5, "1234"), (-99999.0, "−99999"), (999999.7, "1000000"),
        (1e6, "1e+06"), (-1.5e30, "−1.5e+30"), (0.00012345, "0.000123"), (1.5e-5, "1.5e−05"), (-1e-12, "−1e−12"),
        (255.0, "255"), (100.0, "100"),
    ],
)  # fmt: skip
def test_a_number_has_three_digits_and_a_real_minus_sign(value, text):
    assert number(value) == text
    assert "-" not in number(value)


def test_more_digits_are_given_on_demand():
    assert number(1 / 3, digits=6) == "0.333333"
    assert number(-2 / 3, digits=1) == "−0.7"


# --- the table -----------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", PICTURE_KERNELS)
def test_every_kernel_s_table_is_well_formed_and_holds_its_numbers(name, theme):
    kernel = build(KernelRef(name=name))
    found = cells_of(kernel, theme=theme)
    assert [[float(attributes["title"]) for _, attributes in row] for row in found.rows] == kernel.tolist()
    if max(kernel.shape) <= MOST_NUMBERED:
        assert [[text for text, _ in row] for row in found.rows] == [
            [number(v) for v in row] for row in kernel.tolist()
        ]
    else:
        assert all(text == "" for row in found.rows for text, _ in row)


def test_the_table_has_rows_and_columns_as_the_kernel():
    found = cells_of(torch.arange(6.0).reshape(2, 3) - 2)
    assert [[text for text, _ in row] for row in found.rows] == [
        [MINUS + "2", MINUS + "1", "0"],
        ["1", "2", "3"],
    ]


def test_the_label_is_read_aloud_and_can_hold_anything():
    label = "Kernel, 3 × 3 <b onclick=\"x\">&amp; 'more'"
    found = cells_of(torch.ones(3, 3), label=label)
    named = [attributes for tag, attributes in found.tags if "aria-label" in attributes]
    assert [attributes["aria-label"] for attributes in named] == [label, label]
    frame = found.tags[0][1]
    assert frame["tabindex"] == "0" and frame["role"] == "group", "a wide table is scrolled with the keyboard"


@pytest.mark.parametrize("theme", THEMES)
def test_positive_is_orange_negative_is_blue_and_zero_is_the_paper(theme):
    (cells,) = cells_of(torch.tensor([[-3.0, 0.0, 3.0, 1.5]]), theme=theme).rows
    grounds = [colours(attributes)[0] for _, attributes in cells]
    assert grounds[:3] == [NEGATIVE[theme], PAPER[theme], POSITIVE[theme]]
    middle = [(p + e) / 2 for p, e in zip(PAPER[theme], POSITIVE[theme], strict=True)]
    assert all(abs(a - b) <= 0.5 for a, b in zip(grounds[3], middle, strict=True))


@pytest.mark.parametrize("theme", THEMES)
def test_the_ink_can_be_read_on_every_shade(theme):
    seen = set()
    for shades in torch.linspace(-1, 1, 1023).split(80):
        kernel = torch.cat([shades, torch.ones(81 - len(shades))]).reshape(9, 9)
        for row in cells_of(kernel, theme=theme).rows:
            for text, attributes in row:
                ground, ink = colours(attributes)
                assert text and contrast(ground, ink) >= 4.5, (ground, ink)
                seen.add(ground)
    assert len(seen) > 300


@pytest.mark.parametrize("theme", THEMES)
def test_a_kernel_of_zeros_is_a_table_too(theme):
    found = cells_of(torch.zeros(3, 3), theme=theme)
    assert {text for row in found.rows for text, _ in row} == {"0"}
    assert {colours(attributes)[0] for row in found.rows for _, attributes in row} == {PAPER[theme]}


@pytest.mark.parametrize("shape", [(1, 1), (1, 9), (9, 1), (9, 9)], ids=str)
def test_up_to_nine_cells_a_side_the_numbers_stand_in_them(shape):
    found = cells_of(torch.full(shape, -0.25))
    assert [[text for text, _ in row] for row in found.rows] == [["−0.25"] * shape[1]] * shape[0]


@pytest.mark.parametrize("shape", [(10, 1), (1, 10), (41, 41), (5, 30)], ids=str)
def test_larger_kernels_show_shades_and_say_the_number_on_hovering(shape):
    kernel = torch.arange(float(shape[0] * shape[1])).reshape(shape) - 5
    found = cells_of(kernel)
    assert all(text == "" for row in found.rows for text, _ in row)
    assert [[float(attributes["title"]) for _, attributes in row] for row in found.rows] == kernel.tolist()


@pytest.mark.parametrize(
    "shape, top, left, rows, columns",
    [
        ((43, 43), 1, 1, 41, 41), ((42, 42), 0, 0, 41, 41), ((401, 401), 180, 180, 41, 41), ((1, 401), 0, 180, 1, 41),
        ((401, 3), 180, 0, 41, 3), ((41, 100), 0, 29, 41, 41),
    ],
)  # fmt: skip
def test_of_a_very_large_kernel_the_middle_is_shown(shape, top, left, rows, columns):
    kernel = torch.arange(float(shape[0] * shape[1])).reshape(shape)
    found = cells_of(kernel)
    expected = kernel[top : top + rows, left : left + columns].tolist()
    assert [[float(attributes["title"]) for _, attributes in row] for row in found.rows] == expected
    assert max(rows, columns) <= MOST_CELLS
    darkest = colours(found.rows[-1][-1][1])[0]
    share = expected[-1][-1] / float(kernel.max())
    ideal = [p + share * (e - p) for p, e in zip(PAPER["light"], POSITIVE["light"], strict=True)]
    assert max(abs(a - b) for a, b in zip(darkest, ideal, strict=True)) <= 0.5, (
        "shades are shares of the whole kernel"
    )


def test_a_kernel_that_mixes_channels_shows_its_first_pair():
    kernel = torch.arange(2.0 * 3 * 2 * 2).reshape(2, 3, 2, 2)
    found = cells_of(kernel)
    assert [[text for text, _ in row] for row in found.rows] == [["0", "1"], ["2", "3"]]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_kernel_is_not_touched(dtype):
    kernel = torch.randn(5, 5, dtype=dtype)
    before = kernel.clone()
    cells_of(kernel)
    assert torch.equal(kernel, before)
