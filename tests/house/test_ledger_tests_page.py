"""The page of which test holds which promise of the ledger names tests that are there: read, and not run."""

from __future__ import annotations

import ast
import functools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "ledger-tests.md"
NAMED = re.compile(r"\[(?P<path>[\w/]+\.py)::(?P<name>\w+)\]\(\.\./tests/(?P<link>[\w/]+\.py)\)")


@functools.cache
def defined_in(path: Path) -> set[str]:
    """Return what a file of tests defines at its top: functions, and classes that are assigned."""
    found = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign):
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name for name in found if name.lower().startswith("test")}


def rows() -> list[list[str]]:
    """Return the cells of every row that has three: a promise, its tests, its control."""
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines if line.startswith("| ")]
    return [row for row in cells if len(row) == 3 and row[0] != "what the ledger promises"]


def test_every_test_that_is_named_is_there():
    named = list(NAMED.finditer(PAGE.read_text(encoding="utf-8")))

    assert len(named) > 100
    assert [each[0] for each in named if each["path"] != each["link"]] == []
    missing = [each[0] for each in named if each["name"] not in defined_in(ROOT / "tests" / each["path"])]
    assert missing == []


def test_every_promise_has_a_test_and_says_of_its_control_what_it_is():
    for promise, held_by, control in rows():
        assert NAMED.search(held_by), promise
        assert NAMED.search(control) or control == "·" or control.startswith("in the "), promise


@pytest.mark.parametrize("name", ["test_that_nobody_wrote", "helper"])
def test_control_a_test_that_is_not_there_is_missed(tmp_path, name):
    file = tmp_path / "test_some.py"
    file.write_text("def test_that_somebody_wrote(): ...\ndef helper(): ...\n", encoding="utf-8")

    assert name not in defined_in(file)
    assert defined_in(file) == {"test_that_somebody_wrote"}
