"""Limits follow from the memory, and the environment has the last word."""

from __future__ import annotations

import pytest

from playground.errors import PlaygroundError
from playground.machine import _cgroup_limits
from playground.media.limits import VARIABLES, limits

GIB = 2**30


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    for variable in VARIABLES:
        monkeypatch.delenv(variable, raising=False)


@pytest.mark.parametrize(
    "memory, megapixels, minutes", [(GIB, 4, 5), (2 * GIB, 8, 10), (4 * GIB, 12, 20), (64 * GIB, 12, 20)]
)
def test_limits_follow_from_the_memory(monkeypatch, memory, megapixels, minutes):
    monkeypatch.setenv("PLAYGROUND_MEMORY_BYTES", str(memory))
    found = limits()
    assert found.memory_bytes == memory and found.run_bytes == memory // 4
    assert found.soft_pixels == megapixels * 10**6 and found.hard_pixels == 10 * found.soft_pixels
    assert found.soft_seconds == minutes * 60 and found.hard_seconds == 10 * found.soft_seconds
    assert found.file_bytes == min(memory // 16, 256 * 2**20)
    assert found.kernel_numbers == 2**20 and found.run_multiply_adds == 2 * 10**11


@pytest.mark.parametrize("variable, field", VARIABLES.items())
def test_the_environment_is_read_each_time(monkeypatch, variable, field):
    for given, expected in (("12345678", 12345678), ("2e11", 2 * 10**11)):
        monkeypatch.setenv(variable, given)
        assert getattr(limits(), field) == expected
    monkeypatch.setenv(variable, "")
    assert getattr(limits(), field) != 2 * 10**11 or field == "run_multiply_adds"


@pytest.mark.parametrize("given", ["many", "0", "-5", "nan", "inf", "1e99", "0.5", "²"])
def test_what_is_no_number_is_refused_in_words(monkeypatch, given):
    monkeypatch.setenv("PLAYGROUND_SOFT_PIXELS", given)
    with pytest.raises(PlaygroundError) as caught:
        limits()
    assert str(caught.value) == (
        f"PLAYGROUND_SOFT_PIXELS={given!r} is not a whole number above 0; write digits, such as 8000000"
    )


@pytest.mark.parametrize(
    "membership, file, folder",
    [
        ("0::/app/one\n", "memory.max", ""),
        ("4:memory:/app/one\n0::/\n", "memory.limit_in_bytes", "memory"),
        ("7:cpu,memory:/app/one\n", "memory.limit_in_bytes", "memory"),
    ],
)
def test_the_groups_above_bind_too(tmp_path, membership, file, folder):
    (tmp_path / "membership").write_text(membership)
    inner = tmp_path / "mount" / folder / "app" / "one"
    inner.mkdir(parents=True)
    (inner / file).write_text("max\n")
    (inner.parent / file).write_text("1000\n")
    (inner.parent.parent / file).write_text("2000\n")
    assert list(_cgroup_limits(tmp_path / "membership", tmp_path / "mount")) == [1000, 2000]


def test_where_there_are_no_groups_there_are_no_limits(tmp_path):
    assert list(_cgroup_limits(tmp_path / "none", tmp_path)) == []
    (tmp_path / "membership").write_text("0::/../../outside\nscrap\n")
    assert list(_cgroup_limits(tmp_path / "membership", tmp_path)) == []
