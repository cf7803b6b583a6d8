"""Monthly stock reports of health sites (not in this repository): all taken in, breaks told exactly, gaps are gaps."""

from __future__ import annotations

import csv
import datetime as dt
from pathlib import Path

import numpy as np
import pytest
from desk import Clerk

from benchmarks.forecast_series import reported_months
from data.import_files import read_upload
from data.import_reading import Hand, incoming
from data.ledger_case import policy_in_force
from data.mending import mended
from data.problems import ProblemList
from data.stock_reports import months_missing
from models.database import reading
from models.days import now_micros
from models.import_known import ledger_known
from models.import_names import NamesKnown
from models.ledger import open_ledger
from models.planning_known import planning_known
from models.policies import DEFAULT_POLICY
from models.snapshot import settled
from models.snapshot_catalogue import catalogued

FOLDER = Path(__file__).parents[3] / "shared/data/real/cote_divoire"
pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason="shared/data is not beside the clone")
REPORTS = FOLDER / "stock_reports_2016_2018.csv"


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def clerk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ALLOCATOR_DB", f"sqlite:///{folder / 'ledger.sqlite'}")
        desk = Clerk(folder)
        desk.begin()
        codes = sorted({row["site_code"] for row in rows(REPORTS.name)})
        sites = "site,kind\n" + "".join(f"{code},clinic\n" for code in codes)
        items = sorted({row["product_code"] for row in rows(REPORTS.name)})
        products = "item,unit,pack_units,use\n" + "".join(f"{code},piece,1,consumable\n" for code in items)
        for name, text in {"sites.csv": sites, "items.csv": products}.items():
            assert desk.take(name, text).exit_code == 0
        yield desk


def key(row: dict[str, str]) -> tuple[str, str, str]:
    return row["site_code"], row["product_code"], f"{row['year']}-{int(row['month']):02d}"


def test_every_report_is_taken_in_once_and_each_break_is_told(clerk):
    problems = ProblemList()
    upload = read_upload(REPORTS, "reports", problems)
    ledger = open_ledger(clerk.url)
    with reading(ledger.engine) as connection:
        known = ledger_known(connection)
        upload = mended(upload, NamesKnown(connection), problems).upload
    hand = Hand(actor="local", now=now_micros(), zone=ledger.zone)
    found = incoming(upload, known, hand, problems)
    ledger.engine.dispose()
    reports = {key(row): row for row in rows(REPORTS.name)}
    due = set()
    for (site, item, month), row in reports.items():
        year, number = int(month[:4]), int(month[5:])
        before = reports.get((site, item, f"{year - (number == 1)}-{(number - 2) % 12 + 1:02d}"))
        if before and before["stock_end"] != row["stock_initial"]:
            due.add((site, item, month, int(row["stock_initial"]), int(before["stock_end"])))
    told = [notice.values for notice in problems.notices if notice.kind.code == "report-breaks"]

    assert problems.problems == ()
    assert len(found.catalogue["reports"]["site"]) == len(reports) == 29_579
    assert {tuple(each[name] for name in ("site", "item", "month", "opening", "before")) for each in told} == due
    assert len(told) == len(due) > 0
    assert not [notice for notice in problems.notices if notice.kind.code == "report-unbalanced"]


def test_gaps_are_gaps_and_the_same_file_again_changes_nothing(clerk):
    taken = clerk("import", str(REPORTS), "--as", "reports")
    again = clerk("import", str(REPORTS), "--as", "reports")

    assert "reports: 29579 new, 0 changed, 0 as they were." in taken.stdout
    assert "nothing new" in again.stdout
    keys = [key(row) for row in rows(REPORTS.name)]
    missing = months_missing(keys)
    assert len(missing) > 0
    assert not set(missing) & set(keys)


def test_the_reports_are_demand_history_with_stock_at_the_end_of_each_month(clerk):
    """As a reader of the file alone has it; a month without stock on some days says so, and no gap is filled."""
    assert clerk("import", str(REPORTS), "--as", "reports").exit_code == 0
    ledger = open_ledger(clerk.url)
    with settled(ledger.engine) as (connection, last):
        case = catalogued(connection, policy_in_force(DEFAULT_POLICY, dt.date(2019, 1, 1)).policy)
        history = planning_known(connection, case, document=last, zone=ledger.zone).history
    ledger.engine.dispose()
    due = reported_months(REPORTS, with_stock=True)
    days = {key(row): int(row["stock_stockout_days"]) for row in rows(REPORTS.name)}

    assert (history.sites, history.items, history.periods) == (due.sites, due.items, 36)
    assert (history.period_days, history.last_day) == (30, dt.date(2018, 12, 31))
    np.testing.assert_array_equal(history.units, due.units)
    np.testing.assert_array_equal(history.held, due.held)
    assert int((history.stockout > 0).sum()) == sum(value > 0 for value in days.values())
