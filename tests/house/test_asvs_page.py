"""The pages of security name files and tests that are there, and rows as the standard numbers them."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("asvs.md", "security.md")
NAMED = re.compile(r"`((?:[\w.-]+/)+[\w.-]+|requirements\.txt|pyproject\.toml)(?:::(\w+))?`")
ROW = re.compile(r"^\| (V\d[^|]*) \| [^|]+ \| (\w+|n/a) \| ", re.MULTILINE)


@functools.cache
def defined_in(path: Path) -> set[str]:
    """Return the tests that a file defines."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    return {node.name for node in body if isinstance(node, ast.FunctionDef)}


def missing_in(text: str) -> list[str]:
    """Return what a page names that is not there."""
    found = []
    for path, test in NAMED.findall(text):
        file = ROOT / path
        if not file.exists() or (test and test not in defined_in(file)):
            found.append(f"{path}::{test}" if test else path)
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_test_that_is_named_is_there(page):
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")

    assert len(NAMED.findall(text)) > 20
    assert missing_in(text) == []


def test_control_what_is_not_there_is_missed():
    assert missing_in("`web/nothing.py` `tests/web/test_guard.py::test_nobody`") == [
        "web/nothing.py",
        "tests/web/test_guard.py::test_nobody",
    ]


def test_every_row_has_a_number_of_the_standard_and_a_verdict():
    rows = ROW.findall((ROOT / "docs" / "asvs.md").read_text(encoding="utf-8"))

    assert len(rows) > 120
    assert {verdict for _, verdict in rows} <= {"met", "part", "not", "place", "n/a"}
    numbers = [number for row, _ in rows for number in re.findall(r"V\d+\.\d+\.\d+", row)]
    assert len(numbers) == len(set(numbers))
