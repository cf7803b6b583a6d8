"""docs/procurement.md shows what the code does: its worked answer is run, its formulas are the functions' own."""

from __future__ import annotations

import doctest
import inspect
import re
from pathlib import Path

from allocator import procurement_lp

PAGE = Path(__file__).parents[2] / "docs" / "procurement.md"


def test_the_worked_answer_is_what_the_code_gives():
    failures, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert tried > 15
    assert failures == 0


def test_every_constraint_of_the_code_is_on_the_page_and_no_other():
    (formulas,) = re.findall(r"^```\ncritical(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    on_page = {line.split()[0] for line in formulas.splitlines() if re.match(r"[a-z]+_", line)}
    makers = {
        name
        for name, function in inspect.getmembers(procurement_lp, inspect.isfunction)
        if function.__module__ == procurement_lp.__name__ and not name.startswith("_")
    }

    assert on_page == makers
