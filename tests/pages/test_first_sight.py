"""What stands on a page before anything was touched?"""

from __future__ import annotations

import functools
import re

import numpy as np
import pytest

from playground.ui import examples

from .visiting import INPUTS, PAGES, bodies, calm, facts, go, heading, notes, raw, tells_the_truth, visit


def controls_in_sight(block) -> list[str]:
    """The keys of the controls that are neither folded away nor buttons."""
    keys = []
    for child in block.children.values():
        if child.type in ("expander", "popover"):
            continue
        if child.type in INPUTS:
            keys.append(child.key)
        elif hasattr(child, "children"):
            keys += controls_in_sight(child)
    return keys


@functools.cache
def first_sight(page: str, theme: str = "light"):
    """A page that is only looked at."""
    return visit(page, context={"theme": theme})


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_draws_without_complaint_and_with_one_heading(page, theme):
    at = calm(first_sight(page, theme))
    assert heading(at)
    assert not at.query_params


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.usefixtures("a_fresh_server")
def test_a_page_may_be_the_first_request_to_a_fresh_server(page):
    calm(visit(page))


@pytest.mark.usefixtures("a_fresh_server")
def test_a_link_may_be_the_first_request_to_a_fresh_server():
    at = calm(visit(source="bricks", recipe="gaussian.size_9"))
    assert at.query_params == {"source": "bricks", "recipe": "gaussian.size_9"}
    assert heading(at) == "Gaussian blurs: fine detail fades"
    tells_the_truth(at)


@pytest.mark.parametrize("page", PAGES)
def test_everything_to_see_or_hear_says_in_words_what_it_is(page):
    at = first_sight(page)
    said = [picture.proto.imgs[0].alt for picture in at.get("image")]
    said += [each.proto.alt for kind in ("audio", "vega_lite_chart") for each in at.get(kind)]
    assert len(said) >= 2
    assert all(len(text) >= 5 for text in said), said


def test_the_heading_is_the_finding_of_the_cat_under_sobel_x(at):
    assert heading(calm(at)) == "Sobel x finds vertical edges"


def test_the_fact_line_tells_size_range_display_and_method_in_this_order(at):
    result = tells_the_truth(at)
    assert re.fullmatch(
        r"300 × 451 → 300 × 451 · values −2\.05 to 1\.98 · 49 % outside 0 to 1 · "
        r"grey, because it is an edge kernel · two colours at ±0\.58\d?, 2 % beyond · \w+, [\d.,]+ ms",
        facts(at),
    )
    share = np.mean((result.output.numpy() < 0) | (result.output.numpy() > 1))
    assert round(100 * share) == 49


def test_the_fact_line_is_read_aloud_politely_and_explains_its_words(at):
    line = raw(at, "cp-facts")[0]
    assert 'role="status" aria-live="polite"' in line
    assert '<abbr title="A screen can only show 0 (black) to 1 (white).">49 % outside 0 to 1</abbr>' in line


def test_the_output_names_its_largest_value_and_where_it_is(at):
    y = tells_the_truth(at).output[0].numpy()
    row, column = np.unravel_index(np.abs(y).argmax(), y.shape)
    before, after = (picture.proto.imgs[0] for picture in at.get("image")[:2])
    assert (before.caption, after.caption) == ("Input 300 × 451", "Output 300 × 451")
    assert before.alt == "Input, 300 × 451: Cat"
    assert after.alt == (
        "Output, 300 by 451: Sobel x finds vertical edges, of Cat. Largest value −2.05"
        f" at row {row}, column {column}; 51 percent within 0 to 1."
    )


def test_at_most_six_controls_are_in_sight_beside_the_families(at):
    keys = controls_in_sight(at.main)
    assert keys[0] == "image_family"
    assert keys[1:] == ["image_member_edges", "image_stride", "image_padding_mode", "image_source"]


@pytest.mark.parametrize("recipe", ["gaussian.sigma_3", "gabor", "motion-blur", "box.size_3_9", "unsharp"])
def test_no_kernel_brings_more_than_six_controls_into_sight(recipe):
    at = calm(visit(recipe=recipe))
    rows = [key for key in controls_in_sight(at.main)[1:] if not key.endswith("_size_1")]  # a pair is one
    assert len(rows) <= 6, rows


def test_the_kernel_stands_on_the_page_as_a_table_of_numbers(at):
    table = next(each.proto.body for each in at.main.get("html") if "cp-kernel" in each.proto.body)
    assert [float(text) for text in re.findall(r'title="([^"]*)"', table)] == [-1, 0, 1, -2, 0, 2, -1, 0, 1]
    assert table.count("<tr>") == 3 and "−1</td>" in table
    assert 'aria-label="Kernel, 3 × 3"' in table
    assert notes(at)[:2] == [
        "3 × 3, sum 0",
        "Takes the difference from left to right, averaged over three rows.",
    ]


def test_the_size_is_computed_in_the_open(at):
    assert bodies(at, "cp-frame")[-1] == (
        "Height⌊(300 + 1 + 1 − 3) / 1⌋ + 1 = 300Width⌊(451 + 1 + 1 − 3) / 1⌋ + 1 = 451"
    )


@pytest.mark.parametrize("example", examples.PICTURES, ids=lambda example: example.name)
def test_a_ready_example_is_a_link_that_shows_what_it_promises(at, example):
    link = next(each.proto for each in at.get("page_link") if each.proto.label == example.name)
    assert link.page_script_hash and dict(example.params) == dict(
        part.split("=") for part in link.query_string.split("&") if part
    )
    tells_the_truth(calm(go(at, "pages/image.py", **dict(example.params))))
    assert at.query_params == dict(example.params)


def test_home_shows_one_kernel_on_the_cat_and_leads_to_the_pages():
    at = calm(visit("pages/home.py"))
    assert heading(at) == "One kernel, a picture and a sound"
    before, after = (picture.proto.imgs[0] for picture in at.get("image"))
    assert before.alt == "Input, 300 × 451: Cat"
    assert after.alt.startswith("Output, 300 by 451: ")
    assert "Try your picture" in [link.proto.label for link in at.get("page_link")]
    for kernel in ("blur", "sharpen"):
        at.segmented_control(key="home_kernel").set_value(kernel).run()
        calm(at)
        assert at.get("image")[1].proto.imgs[0].alt != after.alt
    calm(go(at, "pages/image.py"))


def test_pixels_reach_the_page_as_they_were_encoded(monkeypatch):
    def encoded_again(*_args, **_kwargs):
        raise AssertionError("Streamlit shrinks or converts this picture")

    monkeypatch.setattr("streamlit.elements.lib.image_utils._pil_to_bytes", encoded_again)
    calm(visit())
