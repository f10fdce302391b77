"""Do we compute the numbers of the book?  Worked examples and a small grid, each with its expected result."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from playground.errors import GeometryError
from tests.golden import oracle
from tests.golden.adapter import CASES, HOMES, NOT_YET_COVERED, OPERATIONS, run_case

BY_ID = {case["id"]: case for case in CASES}
COVERED = {name: case for name, case in BY_ID.items() if case["op"] in OPERATIONS}


def is_error(case: dict) -> bool:
    return isinstance(case["expected"], dict) and "error" in case["expected"]


VALUES = {name: case for name, case in COVERED.items() if not is_error(case)}
ERRORS = {name: case for name, case in COVERED.items() if is_error(case)}


def scale_of(case: dict) -> float:
    """The sum of abs kernel times the largest abs input, the measure of every tolerance."""
    kernel = np.abs(np.asarray(case.get("kernel", 1.0), dtype=np.float64)).sum()
    return float(kernel * np.abs(np.asarray(case.get("input", 1.0), dtype=np.float64)).max())


@pytest.mark.parametrize("case", VALUES.values(), ids=VALUES)
def test_a_golden_case_has_its_expected_value(case):
    expected = case["expected"]
    if isinstance(expected, dict):  # complex numbers
        expected = [expected["re"], expected["im"]]
    expected = np.asarray(expected, dtype=np.float64)
    actual = np.asarray(run_case(case))
    assert actual.dtype == np.float64
    assert actual.shape == expected.shape
    error = float(np.abs(actual - expected).max())
    assert error <= max(case["tol"], 1e-12 * scale_of(case)), f"{case['note']}: off by {error}\n{actual}"


@pytest.mark.parametrize("case", ERRORS.values(), ids=ERRORS)
def test_a_golden_error_is_a_sentence_about_geometry(case):
    with pytest.raises(GeometryError):
        run_case(case)


def test_every_case_is_covered_or_stands_on_the_list():
    assert len(BY_ID) == len(CASES), "two cases share an id"
    assert not COVERED.keys() & NOT_YET_COVERED.keys()
    assert COVERED.keys() | NOT_YET_COVERED.keys() == BY_ID.keys()


@pytest.mark.parametrize("name", NOT_YET_COVERED)
def test_a_case_on_the_list_cannot_be_computed_yet(name):
    with pytest.raises(NotImplementedError):
        run_case(BY_ID[name])
    path, word = HOMES[NOT_YET_COVERED[name]]
    home = Path(__file__).parents[2] / path
    there = home.exists() and word in home.read_text(encoding="utf-8")
    assert not there, f"{path} is there now: cover {name} and take it off the list"


@pytest.mark.parametrize("case", CASES, ids=BY_ID)
def test_the_oracle_agrees_with_the_golden_cases(case):
    assert oracle.check_case(case)
