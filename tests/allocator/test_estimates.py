"""Stale stock estimated forward: what was last known, less its use on the whole days since."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from case_tables import case_of_tables

from allocator.case import Case
from allocator.estimates import estimated_forward

TABLES = {
    "items": "item pack use\nmask 10 consumable\ntent 1 durable",
    "sites": "site kind\nGate clinic\nDepot warehouse",
    "needs": "site item daily\nGate mask 5\nGate tent 2",
    "stock": (
        "site item units lot expires\nDepot mask 90 - -\nGate mask 20 A 2020-03-01\nGate mask 30 B 2020-02-20\n"
        "Gate tent 2 - -"
    ),
    "lanes": "depot site\nDepot Gate",
}


def held(case: Case) -> dict[tuple[str, str, str], int]:
    stock = case.stock
    return {
        (case.sites.code[site], case.items.code[item], lot): int(units)
        for site, item, lot, units in zip(stock.site, stock.item, stock.lot, stock.units, strict=True)
    }


def estimated(last: str, stale_days: int = 3):
    """Return a case of 2020-02-10 whose sites reported last on a day, and its estimates as (books, estimate)."""
    case = case_of_tables(**TABLES)
    case = dataclasses.replace(case, policy=dataclasses.replace(case.policy, stale_days=stale_days))
    reported = np.full(len(case.sites), np.datetime64(last), dtype="datetime64[D]")
    case, found = estimated_forward(case, reported)
    return case, list(zip(found.book_units.tolist(), found.units.tolist(), strict=True))


@pytest.mark.parametrize(
    ("last", "expected"),
    [
        ("2020-02-07", []),  # three days ago is not stale
        ("2020-02-06", [(50, 35)]),  # used on the 7th, 8th and 9th
        ("2020-02-01", [(50, 10)]),
        ("2020-01-01", [(50, 0)]),  # never below nothing
        ("NaT", []),
    ],
)
def test_days_since_the_last_report_are_taken_as_used(last, expected):
    assert estimated(last)[1] == expected


def test_what_expires_first_is_taken_to_be_used_first_and_nothing_else_changes():
    """Of 40 masks used, 30 are of lot B, which expires first; a depot's masks and tents stay."""
    case, _ = estimated("2020-02-01")

    assert held(case) == {
        ("Depot", "mask", ""): 90,
        ("Gate", "mask", "A"): 10,
        ("Gate", "mask", "B"): 0,
        ("Gate", "tent", ""): 2,
    }
