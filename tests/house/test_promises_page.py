"""The page of promises: each has a command that is there, and the figure of its last run."""

from __future__ import annotations

import re
from pathlib import Path

import click
import pytest

from cli import root

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "promises.md"
HEADER = ["promise", "on", "command", "last run"]
TARGETS = set(re.findall(r"^([a-z][\w-]*):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def rows(text: str) -> list[list[str]]:
    """Return the cells of every promise."""
    lines = [line.strip().strip("|") for line in text.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.split(" | ")] for line in lines]
    return [row for row in cells if row != HEADER]


def fault(row: list[str]) -> str | None:
    """Say what a promise lacks."""
    if len(row) != len(HEADER):
        return f"{len(row)} cells: {row}"
    promise, on, command, said = row
    typed = re.findall(r"`([^`]+)`", command)
    if on not in ("both", "SQLite", "PostgreSQL", "–"):
        return f"{promise}: on {on}?"
    if not typed or not all(is_there(each) for each in typed):
        return f"{promise}: no such command: {command}"
    pages = re.findall(r"\]\(([\w/.-]+\.md)\)", said)
    if not pages or not all((PAGE.parent / page).is_file() for page in pages):
        return f"{promise}: no page says more: {said}"
    return None if re.search(r"\d", said) or "same" in said else f"{promise}: no figure: {said}"


def is_there(typed: str) -> bool:
    """Say whether what can be typed is there: a target, a module, or a command of allocator."""
    words = typed.split()
    if words[0] == "make":
        return words[1] in TARGETS
    if words[:2] == ["python", "-m"]:
        return (ROOT / f"{words[2].replace('.', '/')}.py").is_file()
    if words[0] == "python":
        return words[1] == "check.py"
    found: click.Command | None = root
    context = click.Context(root)
    for word in words[1:] if words[0] == "allocator" else []:
        if not isinstance(found, click.Group):
            break
        found = found.get_command(context, word)
    return words[0] == "allocator" and found is not None


def test_every_promise_has_a_command_that_is_there_and_a_figure_with_its_page():
    promises = rows(PAGE.read_text(encoding="utf-8"))

    assert len(promises) > 15
    assert [found for row in promises if (found := fault(row))] == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("`make wishes`", "1 ([x](faults.md))"),
        ("`allocator wish`", "1 ([x](faults.md))"),
        ("`python -m benchmarks.wishes`", "1 ([x](faults.md))"),
        ("`make faults`", "it holds ([x](faults.md))"),
        ("`make faults`", "1 of 1"),
        ("by hand", "1 ([x](faults.md))"),
    ],
)
def test_control_a_promise_that_nothing_shows_is_named(command, said):
    assert fault(["Stock grows by itself", "both", command, said]) is not None
    assert fault(["Stock grows by itself", "both", "`make faults`", "1 ([x](faults.md))"]) is None
