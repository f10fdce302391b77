"""A visitor's tab without a browser: open a page, read what stands on it, touch a control."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from playground import engine
from playground.media import samples
from playground.ops import KERNELS
from playground.recipe.text import from_text
from playground.result import Result

ROOT = Path(__file__).parents[2]
PAGES = tuple(f"pages/{file.name}" for file in sorted((ROOT / "pages").glob("*.py")))
PICTURE_KERNELS = {name: kernel for name, kernel in KERNELS.items() if "image" in kernel.media}
FIRST_RECIPE = "grey~sobel-x"
"""What the picture page shows where the address says nothing."""
INPUTS = (
    "button_group",
    "selectbox",
    "number_input",
    "slider",
    "toggle",
    "text_area",
    "data_editor",
    "file_uploader",
    "camera_input",
    "radio",
    "checkbox",
)


def visit(page: str = "pages/image.py", *, context: dict | None = None, **params: str) -> AppTest:
    """A new visitor who arrives on a page by a link with these parameters."""
    at = AppTest.from_file(ROOT / "app.py", default_timeout=60)
    at.context = {"url": "https://example.org/image", "theme": "light", **(context or {})}
    return go(at, page, **params)


def go(at: AppTest, page: str, **params: str) -> AppTest:
    """Follow a link: another page, or another address of this one."""
    at.switch_page(page)
    at.query_params = dict(params)
    return at.run()


def calm(at: AppTest) -> AppTest:
    """A page without any complaint, and with one heading."""
    assert not at.exception, at.exception[0].value
    assert not at.error, [error.value for error in at.error]
    assert len(at.title) == 1
    return at


def sentence(at: AppTest) -> str:
    """The one complaint on a page that goes on otherwise."""
    assert not at.exception, at.exception[0].value
    assert len(at.error) == 1, [error.value for error in at.error]
    assert len(at.title) == 1
    text = at.error[0].value
    assert "\n" not in text and "Traceback" not in text and 10 < len(text) < 900  # room for the names of all steps
    assert "went wrong" not in text
    return text


# --- touching ----------------------------------------------------------------------------------------


def control(at: AppTest, key: str):
    """The control ``image_<key>``."""
    return at.main.get_by_key(f"image_{key}")


def change(at: AppTest, key: str, value: object) -> AppTest:
    """Set the control ``image_<key>`` and let the page follow."""
    control(at, key).set_value(value)
    return at.run()


def click(at: AppTest, key: str) -> AppTest:
    """Press the button ``image_<key>``."""
    at.button(key=f"image_{key}").click()
    return at.run()


def has(at: AppTest, key: str) -> bool:
    """Whether there is a control ``image_<key>``."""
    try:
        control(at, key)
    except KeyError:
        return False
    return True


# --- reading -----------------------------------------------------------------------------------------


def plain(body: str) -> str:
    """The text of a piece of HTML."""
    return html.unescape(re.sub(r"<[^>]*>", "", body))


def bodies(at: AppTest, kind: str) -> list[str]:
    """The texts of all paragraphs of one class."""
    return [plain(body) for body in raw(at, kind)]


def raw(at: AppTest, kind: str) -> list[str]:
    return [each.proto.body for each in at.main.get("html") if f'class="{kind}"' in each.proto.body]


def facts(at: AppTest) -> str:
    """The fact line."""
    return bodies(at, "cp-facts")[0]


def notes(at: AppTest) -> list[str]:
    """The plain remarks, top to bottom."""
    return bodies(at, "cp-note")


def heading(at: AppTest) -> str:
    return at.title[0].value


def recipe_text(at: AppTest) -> str:
    """The recipe that the address names."""
    return at.query_params.get("recipe", FIRST_RECIPE)


def number(text: str) -> float:
    return float(text.replace("−", "-"))


def computed(at: AppTest, medium=None) -> Result:
    """What the engine makes of the recipe in the address, without the page."""
    medium = medium or samples.picture(at.query_params.get("source", "cat"))
    return engine.run(from_text(recipe_text(at), "image"), medium)


def tells_the_truth(at: AppTest, medium=None) -> Result:
    """Assert that the fact line is about what the recipe in the address computes."""
    result, line = computed(at, medium), facts(at)
    first = result.records[0].input_shape
    sizes = f"{first[-2]} × {first[-1]} → {result.output.shape[-2]} × {result.output.shape[-1]}"
    assert line.startswith(f"{sizes} · "), line
    flat = re.search(r"every value is (\S+)", line)
    low, high = flat.groups() * 2 if flat else re.search(r"values (\S+) to (\S+)", line).groups()
    tolerance = 1.1e-5 * result.scale
    assert number(low) == pytest.approx(result.minimum, rel=0.006, abs=tolerance), line
    assert number(high) == pytest.approx(result.maximum, rel=0.006, abs=tolerance), line
    return result
