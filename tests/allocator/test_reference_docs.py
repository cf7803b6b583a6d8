"""docs/formulation.md shows what the code does: its worked answer is run, its formulas are the docstrings."""

from __future__ import annotations

import doctest
from pathlib import Path

from allocator.reference import formulation

PAGE = Path(__file__).parents[2] / "docs" / "formulation.md"


def test_the_worked_answer_is_what_the_engine_gives():
    failures, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert tried > 20
    assert failures == 0


def test_every_constraint_is_on_the_page():
    page = PAGE.read_text(encoding="utf-8")
    for name in ("supply_of_source", "kg_of_depot", "m3_of_depot", "kg_of_lane", "cap_of_pair", "requirement_of_pair"):
        assert name in page
        assert getattr(formulation, name).__doc__
