"""A case with its planning tables becomes a ledger, and the ledger such a case again."""

from __future__ import annotations

import json

import numpy as np
import pytest
from desk import Clerk

from data.planning_files import read_planning


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.chdir(tmp_path)
    return Clerk(tmp_path)


def test_history_offers_orders_and_budgets_go_into_the_ledger_and_come_back(clerk):
    clerk("sample", "county", "--out", "county", "--sites", "30", "--items", "4")
    clerk("init")
    taken = clerk("import", "county")
    assert taken.exit_code == 0, taken.output
    again = clerk("import", "county")
    assert "nothing new" in again.output

    clerk("snapshot", "--out", "back", "--date", "2020-02-10")
    there, back = (read_planning(clerk.folder / name).planning for name in ("county", "back"))

    assert (back.history.sites, back.history.items) == (there.history.sites, there.history.items)
    assert back.history.first_day == there.history.first_day
    assert np.array_equal(back.history.units, there.history.units, equal_nan=True)
    assert np.array_equal(back.history.stockout, there.history.stockout)
    assert back.suppliers == there.suppliers
    assert back.offers == there.offers
    assert back.budgets == there.budgets
    assert [(o.order, o.supplier, o.item, o.units, o.arrives, o.status) for o in back.orders] == [
        (o.order, o.supplier, o.item, o.units, o.arrives, o.status) for o in there.orders
    ]
    assert clerk("audit", "check").exit_code == 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_workbook_of_it_goes_into_the_ledger_too(clerk, lang):
    clerk("sample", "county", "--out", "county.xlsx", "--sites", "12", "--items", "2", lang=lang)
    clerk("init")
    taken = clerk("import", "county.xlsx")

    assert taken.exit_code == 0, taken.output
    assert all(f"{kind}: " in taken.output for kind in ("history", "suppliers", "offers", "orders", "budgets"))


def test_what_was_used_in_the_ledger_is_history_in_its_snapshot(clerk):
    clerk("sample", "county", "--out", "county", "--sites", "12", "--items", "2")
    clerk("init")
    clerk("import", "county")
    site = next(line.split(",")[0] for line in (clerk.folder / "county" / "needs.csv").read_text().splitlines()[1:])
    (clerk.folder / "receipts.csv").write_text(f"partner,site,item,units,day\nJOINT,{site},MASK,100,2020-02-11\n")
    (clerk.folder / "issues.csv").write_text(f"site,item,units,day\n{site},MASK,7,2020-02-11\n")
    assert clerk("import", "receipts.csv", "issues.csv").exit_code == 0

    clerk("snapshot", "--out", "back", "--date", "2020-02-12")

    rows = (clerk.folder / "back" / "history.csv").read_text().splitlines()
    assert f"{site},MASK,2020-02-11,7," in rows


def test_a_planning_command_names_everything_that_is_wrong_with_its_tables(clerk):
    clerk("sample", "county", "--out", "county", "--sites", "12", "--items", "2")
    (clerk.folder / "county" / "offers.csv").write_text("supplier,item,price,lead_days\nJOINT,MASKS,cheap,5\n")
    (clerk.folder / "county" / "budgets.csv").write_text("bucket,amount\nB,-1\n")

    refused = clerk("forecast", "county", "--json")

    assert refused.exit_code == 2
    said = " ".join(json.loads(refused.stdout)["sentences"])
    assert '"MASKS" is not in items. If "MASK" is meant' in said
    assert '"cheap" is not a number' in said
    assert "budgets.csv, row 2, column amount" in said
