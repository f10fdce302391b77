"""Does the README say what is true?  Its commands are the gate's, its Python runs, its files exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")


def code(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_the_gate_runs_the_test_command_of_the_readme():
    commands = [line for block in code("sh") for line in block.splitlines()]
    test = next(line for line in commands if line.endswith("-m pytest"))
    assert test in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


def test_each_command_begins_with_nothing_but_python():
    commands = [line for block in code("sh") for line in block.splitlines()]
    assert [line.split("&&")[0].strip() for line in commands] == ["python3 -m venv .venv"] * 2


def test_the_python_example_runs_and_says_what_it_prints():
    block = next(iter(code("python")))
    namespace: dict = {}
    exec(block, namespace)  # the README's own text
    shown = re.findall(r"^(tuple\(.*?\))  # (.*)$", block, re.MULTILINE)
    assert len(shown) == 6
    for expression, expected in shown:
        assert str(eval(expression, namespace)) == expected


def test_every_file_that_the_readme_names_is_there():
    for target in re.findall(r"\]\(([^)#:]+)\)", README):
        assert (ROOT / target).exists(), target
