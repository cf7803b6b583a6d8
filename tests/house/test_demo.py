"""`allocator demo` of an installed wheel: a county lived through, with a ledger that can be asked afterwards."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import sysconfig
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from installed import DECOY, DECOYS, run

from cli import root

LEDGER = "sqlite:///demo/ledger.sqlite"


def allocator(*words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, *words], prog_name="allocator")


@pytest.fixture(scope="module")
def county(machine, tmp_path_factory):
    """Return what three days printed as JSON; the demo is in the folder of each test.

    It is typed at a wheel that was installed beside others' `models` and `data`; what follows asks from this clone.
    """
    folder = tmp_path_factory.mktemp("county")
    program = machine / ("Scripts" if os.name == "nt" else "bin") / "allocator"
    result = run(program, "--lang", "en", "demo", "--days", "3", "--json", cwd=folder)
    assert result.returncode == 0, result.stdout + result.stderr
    return folder, json.loads(result.stdout)


@pytest.fixture(autouse=True)
def in_its_folder(county, monkeypatch):
    monkeypatch.chdir(county[0])


def test_every_unit_is_somewhere_and_none_is_unexplained(county):
    told = county[1]
    where = told["where"]
    came = where.pop("received") + where.pop("found")

    assert came == sum(where.values()) > 100_000
    assert told["unexplained_units"] == 0
    assert min(where["used"], where["held"], where["in_transit"], where["written_off"], where["missing"]) > 0


def test_every_lot_adds_up_by_itself():
    """Received and found = used + written off + missing + held + set aside + in transit; added up here, in SQL."""
    came = ("SUPPLIER", "DONOR", "UPPER_LEVEL", "OPENING", "COUNT_GAIN")
    with sqlite3.connect("demo/ledger.sqlite") as connection:
        rows = connection.execute(
            "SELECT lot, kind, sum(units) FROM (SELECT lot, to_location AS place, units FROM move"
            " UNION ALL SELECT lot, from_location, -units FROM move) JOIN location ON location.id = place"
            " GROUP BY lot, kind"
        ).fetchall()
        balances = dict(connection.execute("SELECT lot, sum(abs(units)) FROM balance GROUP BY lot"))
    lots = {lot for lot, _, _ in rows}
    for lot in lots:
        received = -sum(units for each, kind, units in rows if each == lot and kind in came)
        where = sum(units for each, kind, units in rows if each == lot and kind not in came)
        assert (received, 2 * received) == (where, balances[lot])
    assert len(lots) > 50
    assert [units for _, kind, units in rows if kind == "RESERVED" and units] == []


def test_each_day_was_a_full_round(county):
    """Receipts, a plan that was overridden, notes, confirmations with differences, late ones, use, losses, counts."""
    days = county[1]["days"]

    assert [day["plan"] for day in days] == ["P2020-02-10-1", "P2020-02-11-1", "P2020-02-12-1"]
    for day in days:
        assert set(day["documents"]) == {"receive", "dispatch", "confirm", "issue", "count", "writeoff"}
        assert 0 < day["confirmed_with_differences"] < day["documents"]["confirm"] / 10
        assert (day["overridden"], day["late"] > 0) == (1, True)


def test_plans_went_through_their_life_and_are_closed_when_their_late_notes_came(county):
    plans = {
        each["id"]: each["status"] for each in json.loads(allocator("--db", LEDGER, "plans", "--json").stdout)["plans"]
    }
    with sqlite3.connect("demo/ledger.sqlite") as connection:
        events = connection.execute("SELECT event FROM plan_event WHERE plan = ? ORDER BY id", ("P2020-02-10-1",))
        life = [event for (event,) in events]

    assert life[:4] == ["overridden", "reviewed", "approved", "dispatched"]
    assert list(plans.values()).count("closed") == sum(day["plans_closed"] for day in county[1]["days"])
    assert plans["P2020-02-12-1"] == "dispatched"  # its late notes are still out
    assert Path("demo/notes.pdf").read_bytes().startswith(b"%PDF")


def test_a_recalled_lot_stays_behind_and_is_destroyed_on_the_next_day(county):
    (lot,) = [day["recalled"] for day in county[1]["days"] if day["recalled"]]
    rows = json.loads(allocator("--db", LEDGER, "stock", "--json").stdout)["rows"]

    assert [row for row in rows if row["lot"] == lot and row["units"]] == []
    assert allocator("--db", LEDGER, "audit", "trace", lot).exit_code == 0


def test_the_ledger_holds_and_so_do_its_plans():
    for words in (("audit", "check"), ("verify", "P2020-02-10-1"), ("verify", "P2020-02-12-1")):
        result = allocator("--db", LEDGER, *words)
        assert result.exit_code == 0, result.output
    assert allocator("verify", "demo/case", "demo/plan").exit_code == 0


def test_a_ledger_that_is_in_use_is_refused_and_left_as_it_is(county):
    before = Path("demo/ledger.sqlite").read_bytes()
    result = allocator("--db", LEDGER, "demo", "--out", "other")

    assert (result.exit_code, "This ledger is in use." in result.stderr) == (1, True)
    assert Path("demo/ledger.sqlite").read_bytes() == before
    assert not Path("other").exists()


def told_in(name: str) -> list[dict[str, str]]:
    """Return the rows of a file beside the last plan."""
    with Path("demo/plan", name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_checkpoints_and_isolation_sites_count_what_they_do_and_the_others_report(county):
    sources, told = told_in("sources.csv"), county[1]["need_sources"]

    assert {row["site"][:3] for row in sources if row["source"] == "activity"} == {"CHK", "ISO"}
    assert told["activity"] == sum(row["source"] == "activity" for row in sources) > 100
    assert told["report"] > 2_000


def test_traffic_is_what_was_counted_on_the_day_and_the_use_of_the_days_before_teaches():
    by_pair = {(row["site"], row["item"]): row for row in told_in("sources.csv")}

    assert by_pair["CHK01", "ALCOHOL"]["since"] == "2020-02-12"
    assert by_pair["CHK01", "MASK"]["since"] == "2020-02-04"
    assert {row["use_days"] for row in by_pair.values() if row["source"] == "activity"} == {"0", "1", "2"}


def test_the_communities_of_one_town_come_first_since_its_cases_were_confirmed(county):
    raised = county[1]["need_sources"]["raised"]

    assert {(each["tier"], each["before"]) for each in raised} == {("frontline", "community")}
    assert {each["site"][:3] for each in raised} <= {"RES", "VIL"}
    assert "since 2020-02-07; the rule says 10 or more. It is known by: county bulletin 14." in raised[0]["why"]


def test_thermometers_that_do_not_work_are_damaged_stock():
    with Path("demo/case/stock.csv").open(encoding="utf-8") as file:
        damaged = {(row["site"][:3], row["item"]) for row in csv.DictReader(file) if row["status"] == "damaged"}

    assert damaged == {("CHK", "THERMO")}


def test_it_ran_from_the_wheel_and_left_others_packages_as_they_were(machine):
    site = Path(sysconfig.get_path("purelib", vars={"base": str(machine), "platbase": str(machine)}))

    assert {(site / name / "__init__.py").read_text() for name in DECOYS} == {DECOY}
    assert (site / "allocator" / "_app" / "models" / "migrations" / "baseline_sqlite.sql").exists()
    assert not (site / "commands").exists()
