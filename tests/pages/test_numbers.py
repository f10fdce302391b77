"""Your own numbers: typed, pasted or set in the grid; each way shows what the other did."""

from __future__ import annotations

import pytest

from .visiting import (
    calm,
    change,
    click,
    control,
    go,
    has,
    heading,
    notes,
    recipe_text,
    sentence,
    tells_the_truth,
    visit,
)

SHARPER = ((0.0, -1.0, 0.0), (-1.0, 5.0, -1.0), (0.0, -1.0, 0.0))


@pytest.fixture
def own(at):
    """A visitor who has chosen to write a kernel."""
    return calm(change(at, "family", "own"))


@pytest.fixture(scope="module")
def writer():
    """One visitor who tries many texts in a row."""
    return calm(change(visit(), "family", "own"))


def kernel(at) -> tuple:
    """The numbers of the recipe in the address."""
    return tells_the_truth(calm(at)).convolution.kernel.numpy().tolist()


def edit_grid(at, cells: dict[int, dict[str, float]]):
    """Type into cells of the grid: {row: {column: number}}; all edits since it was drawn count."""
    version = at.session_state["image.grid"]["version"]
    at.session_state[f"image_grid_{version}"] = {"edited_rows": cells, "added_rows": [], "deleted_rows": []}
    return at.run()


def grid(at) -> list:
    return at.data_editor[0].value.to_numpy().tolist()


def test_it_begins_with_the_identity(own):
    assert control(own, "numbers_text").value == "0 0 0\n0 1 0\n0 0 0"
    assert kernel(own) == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert heading(own) == "Your own kernel at work"


TYPED = {
    "spaces": ("0 -1 0\n-1 5 -1\n0 -1 0", SHARPER),
    "commas": ("0,-1,0\n-1,5,-1\n0,-1,0\n", SHARPER),
    "tabs": ("0\t-1\t0\n-1\t5\t-1\n0\t-1\t0", SHARPER),
    "a Python list": ("[[0, -1, 0], [-1, 5, -1], [0, -1, 0]]", SHARPER),
    "an array of NumPy": ("np.array([[0., -1., 0.], [-1., 5., -1.], [0., -1., 0.]])", SHARPER),
    "fractions": ("1/4 1/2 1/4", ((0.25, 0.5, 0.25),)),
    "a column": ("1\n2\n-3", ((1.0,), (2.0,), (-3.0,))),
    "two rows of five": ("1 2 3 4 5\n0 0 0 0 -6", ((1.0, 2.0, 3.0, 4.0, 5.0), (0.0, 0.0, 0.0, 0.0, -6.0))),
    "one number": ("0.5", ((0.5,),)),
    "20 x 20, too large for the grid": ("\n".join([" ".join(["0.0025"] * 20)] * 20), ((0.0025,) * 20,) * 20),
    "64 x 64, as large as a link takes": ("\n".join([" ".join(["1"] * 64)] * 64), ((1.0,) * 64,) * 64),
}


@pytest.mark.parametrize("text, rows", TYPED.values(), ids=TYPED)
def test_a_typed_kernel_is_used_as_it_was_meant(writer, text, rows):
    change(writer, "numbers_text", text)
    assert kernel(writer) == [list(row) for row in rows]
    assert "conv2d.kernel_" in recipe_text(writer)
    large = max(len(rows), len(rows[0])) > 15
    assert bool(writer.data_editor) != large
    if not large:
        assert grid(writer) == [list(row) for row in rows]


def test_numbers_that_sum_to_zero_answer_edges(own):
    change(own, "numbers_text", "-1 1")
    assert heading(calm(own)) == "Your own kernel answers where values differ"
    assert recipe_text(own) == "grey~conv2d.kernel_1x2_-1_1.padding_same.padding-mode_reflect"
    assert "1 × 2, sum 0" in notes(own)


WRONG = {
    "a word": ("1 0 minus", "'minus' is not a number"),
    "nan": ("1 nan 1", "'nan' is not a finite number"),
    "infinity": ("1 inf", "'inf' is not a finite number"),
    "too large a number": ("1e999", "'1e999' is not a finite number"),
    "nothing": ("", "There is no kernel yet"),
    "only spaces": ("  \n ", "There is no kernel yet"),
    "rows of two lengths": ("1 0 1\n1 0", "make all rows equally long"),
    "decimal commas": ("0,5; 0,25", "write decimals with a point"),
    "a bracket open": ("[[1, 2], [3, 4]", "the brackets do not match"),
    "nested too deep": ("[[[1]]]", "nested more than two deep"),
    "a division by 0": ("1/0", "divides by 0"),
    "Python": ("__import__('os')", "is not a number"),
    "4000 x 4000": ("\n".join([" ".join(["1"] * 4000)] * 40), "this text is 319999 characters long"),
    "65 x 64 numbers": ("\n".join([" ".join(["1"] * 64)] * 65), "this kernel has 4160 numbers"),
}


@pytest.mark.parametrize("text, words", WRONG.values(), ids=WRONG)
def test_a_text_that_is_no_kernel_is_answered_in_one_sentence_and_the_kernel_stays(writer, text, words):
    change(writer, "numbers_text", "1 2 3")
    change(writer, "numbers_text", text)
    assert words.lower() in sentence(writer).lower()
    assert control(writer, "numbers_text").value == text[:10_000]  # to be mended, not typed again
    assert "kernel_1x3_1_2_3" in recipe_text(writer)
    tells_the_truth(writer)
    change(writer, "numbers_text", "3 2 1")
    assert kernel(writer) == [[3, 2, 1]]


def test_an_edit_in_the_grid_is_used_and_the_text_follows(own):
    edit_grid(own, {0: {"0": -1.0}})
    assert kernel(own) == [[-1, 0, 0], [0, 1, 0], [0, 0, 0]]
    assert control(own, "numbers_text").value == "-1 0 0\n0 1 0\n0 0 0"
    edit_grid(own, {0: {"0": -1.0}, 2: {"1": 0.5}})
    assert kernel(own) == [[-1, 0, 0], [0, 1, 0], [0, 0.5, 0]]
    assert control(own, "numbers_text").value == "-1 0 0\n0 1 0\n0 0.5 0"


def test_the_grid_follows_the_text_and_can_be_edited_again(own):
    edit_grid(own, {0: {"0": 9.0}})
    change(own, "numbers_text", "1 2\n3 4")
    assert grid(own) == [[1, 2], [3, 4]]
    assert kernel(own) == [[1, 2], [3, 4]]  # the edit of the old grid is not made again
    edit_grid(own, {1: {"1": -4.0}})
    assert kernel(own) == [[1, 2], [3, -4]]


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")], ids=str)
def test_a_cell_without_a_number_counts_as_zero(own, value):
    edit_grid(own, {1: {"1": value}, 0: {"0": 2.0}})
    assert kernel(own) == [[2, 0, 0], [0, 0, 0], [0, 0, 0]]


def test_an_edit_in_the_grid_ends_the_complaint_about_the_text(own):
    change(own, "numbers_text", "1 x")
    sentence(own)
    edit_grid(own, {1: {"1": 3.0}})
    assert kernel(own) == [[0, 0, 0], [0, 3, 0], [0, 0, 0]]
    assert control(own, "numbers_text").value == "0 0 0\n0 3 0\n0 0 0"


def test_numbers_that_come_by_a_link_end_the_complaint_about_the_text(own):
    change(own, "numbers_text", "1 x")
    own.query_params = {"recipe": "conv2d.kernel_1x2_5_6"}
    own.run()
    assert kernel(own) == [[5, 6]]
    assert control(own, "numbers_text").value == "5 6"
    assert grid(own) == [[5, 6]]


def test_the_kernel_is_remembered_when_another_family_was_looked_at(own):
    change(own, "numbers_text", "1 2 3")
    edit_grid(own, {0: {"2": -3.0}})
    change(own, "family", "edges")
    assert heading(calm(own)) == "Sobel x finds vertical edges" and not has(own, "numbers_text")
    change(own, "family", "own")
    assert kernel(own) == [[1, 2, -3]]
    assert control(own, "numbers_text").value == "1 2 -3" and grid(own) == [[1, 2, -3]]
    change(own, "member_own", "identity")
    change(own, "member_own", "numbers")
    assert kernel(own) == [[1, 2, -3]]


def test_the_kernel_is_still_there_when_one_comes_back_from_home(own):
    edit_grid(own, {0: {"0": 7.0}})
    calm(go(own, "pages/home.py"))
    calm(go(own, "pages/image.py"))
    assert kernel(own) == [[7, 0, 0], [0, 1, 0], [0, 0, 0]] == grid(own)
    edit_grid(own, {0: {"1": -7.0}})
    assert kernel(own) == [[7, -7, 0], [0, 1, 0], [0, 0, 0]]


def test_reset_forgets_the_numbers(own):
    change(own, "numbers_text", "1 2 3")
    click(own, "reset")
    change(own, "family", "own")
    assert kernel(own) == [[0, 0, 0], [0, 1, 0], [0, 0, 0]]


def test_normalise_and_zero_mean_apply_to_ones_own_numbers(own):
    change(own, "numbers_text", "1 2 1")
    change(own, "numbers_normalise", True)
    assert kernel(own) == [[0.25, 0.5, 0.25]]
    change(own, "numbers_text", "1 -1")
    assert "cannot be normalised" in sentence(own)
    change(own, "numbers_normalise", False)
    change(own, "numbers_zero_mean", True)
    assert kernel(own) == [[1, -1]]
    assert ".kernel-zero-mean_yes" in recipe_text(own)


def test_a_row_of_numbers_from_a_link_is_a_row():
    at = calm(visit(recipe="conv2d.kernel_3_1_0_-1"))
    assert kernel(at) == [[1, 0, -1]]
    assert control(at, "numbers_text").value == "1 0 -1" and grid(at) == [[1, 0, -1]]


def test_the_grid_says_in_words_what_it_is(own):
    assert own.data_editor[0].proto.alt == "Kernel numbers as a grid; the text below holds the same"
