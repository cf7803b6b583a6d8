"""docs/shortfall.md shows what the code does: its worked answer is run."""

from __future__ import annotations

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "shortfall.md"


def test_the_worked_answer_is_what_the_code_gives():
    failures, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert tried > 25
    assert failures == 0
