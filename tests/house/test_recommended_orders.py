"""What is recommended becomes orders, and what is on order is not recommended again: `procure` on a ledger."""

from __future__ import annotations

import json

import pytest
from desk import Clerk


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.chdir(tmp_path)
    clerk = Clerk(tmp_path)
    clerk.begin()
    clerk.take("lanes.csv", "depot,site\nD1,P1\n")
    clerk.take("needs.csv", "site,item,daily_units\nP1,MASK,100\n")
    clerk.take("suppliers.csv", "supplier,name\nS1,Mask Works\n")
    clerk.take("offers.csv", "supplier,item,price,lead_days,units_per_week,min_units\nS1,MASK,1.20,5,,500\n")
    return clerk


def recommended(clerk, *words: str):
    done = clerk("procure", "--weeks", "4", "--json", *words)
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)


def test_orders_placed_from_a_recommendation_are_on_the_way(clerk):
    """Three weeks can still be served; once that is on order, nothing more of it is recommended."""
    first = recommended(clerk, "--out", "purchases.csv")
    units = sum(each["units"] for each in first["orders"])
    assert units >= 3 * 700 * 0.8
    assert all(each["units"] >= 500 for each in first["orders"])

    placed = clerk("order", "place", "--from", "purchases.csv", "--by", "2099-01-01")
    assert placed.exit_code == 0, placed.output
    second = recommended(clerk)

    assert sum(each["units"] for each in second["orders"]) < 0.3 * units


def test_the_ledger_without_offers_says_what_is_missing(clerk, tmp_path, monkeypatch):
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'other.sqlite'}")
    other = Clerk(tmp_path)
    other.begin()
    done = other("procure")

    assert done.exit_code == 3
    assert "without offers there is nothing to order" in done.output


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("file", ["purchases.csv", "purchases.xlsx"])
def test_what_is_saved_in_either_language_and_form_can_be_ordered_from(clerk, lang, file):
    assert clerk("--lang", lang, "procure", "--weeks", "4", "--out", file).exit_code == 0
    placed = clerk("order", "place", "--from", file, "--by", "2099-01-01")

    assert placed.exit_code == 0, placed.output


def test_a_file_without_lines_is_refused(clerk, tmp_path):
    (tmp_path / "none.csv").write_text("supplier,item,units\n", encoding="utf-8")
    done = clerk("order", "place", "--from", str(tmp_path / "none.csv"))

    assert done.exit_code == 2
    assert "has a header but no rows" in done.output
