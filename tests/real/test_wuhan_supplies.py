"""Published needs of Hubei hospitals (not in this repository): each placeholder is none, each quantity its item's."""

from __future__ import annotations

import csv
from collections import Counter
from functools import cache
from pathlib import Path

import pytest

from data.problems import ProblemList
from data.statement_files import SiteNames, read_statement_file
from data.statement_items import finder_of
from data.statement_rows import rows_of

FILE = Path(__file__).parents[3] / "shared/data/real/wuhan2020/hubei_hospital_supplies.csv"
pytestmark = pytest.mark.skipif(not FILE.exists(), reason="shared/data is not beside the clone")

TOTALS = {"SURGICAL_MASK": (27, 2_233_000), "RESPIRATOR": (33, 548_300), "SUIT": (34, 292_010), "GOGGLES": (28, 81_280)}
"""Lines and units of what was asked for, as the set's own description counts them."""


@cache
def rows():
    problems = ProblemList()
    nobody = SiteNames({})
    found = list(rows_of(read_statement_file(FILE, nobody, problems), finder_of({}, {}), nobody))
    assert not problems.problems
    return found


def test_every_placeholder_and_every_blank_is_none():
    with FILE.open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    none = {
        n for n, line in enumerate(lines, start=2) if line["note"] == "placeholder" or not line["quantity_requested"]
    }
    found = rows()
    numbered = {row.statement.row for row in found if row.said.low is not None}
    unnumbered = {row.statement.row for row in found if row.said.low is None}

    assert len(none) == 1809 + 22
    assert none & numbered == set()
    # What is no item of the words we know has no row at all.
    assert len(none & unnumbered) > 0.8 * len(none)


def test_the_quantities_add_up_to_the_known_totals():
    lines: Counter[str] = Counter()
    units: Counter[str] = Counter()
    for row in rows():
        if row.said.low is not None:
            lines[row.said.item] += 1
            units[row.said.item] += row.said.low

    assert {item: (lines[item], units[item]) for item in TOTALS} == TOTALS
