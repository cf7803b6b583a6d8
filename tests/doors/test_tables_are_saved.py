"""Every table that a command shows can be saved: a workbook with numbers and an About sheet, or CSV for Excel."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from case_ledger import ledger_of
from case_tables import case_of_tables
from desk import Clerk

SCENE = case_of_tables(
    items="item pack kg\nmask 10 1",
    sites="site kind\nGate clinic\nPost clinic\nDepot warehouse",
    needs="site item daily\nGate mask 10\nPost mask 25",
    stock="site item units\nDepot mask 50\nGate mask 0\nPost mask 0",
)
SHEET = "点位编码,物资编码,入库数量,来源单位,日期,备注\nDepot,mask,3千,S1,2020-02-10,急\n"


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    ledger_of(SCENE, f"sqlite:///{tmp_path / 'ledger.sqlite'}").engine.dispose()
    desk = Clerk(tmp_path)
    assert desk.take("partners.csv", "partner,kind\nS1,supplier\n").exit_code == 0
    desk.write(receipts=SHEET)
    return desk


def saved(clerk: Clerk, line: str) -> dict[str, list[dict[str, Any]]]:
    """Type a command with `--out book.xlsx`, and return the rows of each sheet; see that the last is About."""
    done = clerk(*line.split(), "--out", "book.xlsx")
    assert done.exit_code == 0, done.output
    *sheets, about = openpyxl.load_workbook("book.xlsx").worksheets
    assert about.title == "About"
    found = {}
    for sheet in sheets:
        assert sheet.freeze_panes, sheet.title
        header, *rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        found[sheet.title] = [dict(zip(header, row, strict=True)) for row in rows]
    return found


def test_the_needs_of_a_plan_are_saved_with_where_they_come_from(clerk):
    assert clerk("allocate", "--date", "2020-02-10", "--no-workbook").exit_code == 0

    needs = saved(clerk, "show P2020-02-10-1 --needs")["Needs"]

    assert [(row["site"], row["item"], row["units a day"], row["where from"]) for row in needs] == [
        ("Gate", "mask", 10, "reported by the site"),
        ("Post", "mask", 25, "reported by the site"),
    ]
    shown = clerk("show", "P2020-02-10-1", "--needs").stdout.splitlines()
    assert [line.split()[:3] for line in shown[1:]] == [["Gate", "mask", "10"], ["Post", "mask", "25"]]


def test_rules_their_versions_and_their_changes_are_saved(clerk):
    Path("policy.toml").write_text(clerk("policy", "show").stdout.replace("stale_days = 3", "stale_days = 5"))
    before = {row["rule"]: row["value"] for row in saved(clerk, "policy show")["Rules"]}
    assert clerk("policy", "set", "policy.toml").exit_code == 0

    assert (before["stale_days"], before["ladder 1: tiers"]) == ("3", "frontline")
    assert saved(clerk, "policy diff")["Changes"] == [{"rule": "stale_days", "before": "3", "after": "5"}]
    versions = saved(clerk, "policy show --all")["Policies"]
    assert [row["policy"] for row in versions] == [each + 1 for each in range(len(versions))]


def test_people_are_saved_a_row_for_each_role(clerk):
    clerk("user", "add", "ann", "--role", "administrator", "--name", "Ann", "--name-zh", "安")
    clerk("user", "role", "ann", "auditor", "--actor", "ann")

    rows = saved(clerk, "user list")["People"]

    assert [(row["id"], row["name"], row["role"], row["state"]) for row in rows] == [
        ("ann", "Ann", "administrator", "active"),
        ("ann", "Ann", "auditor", "active"),
    ]


def test_an_order_and_how_long_suppliers_took_are_saved(clerk):
    words = "order place mask 100 --supplier S1 --site Depot --arrives 2030-02-20 --number PO-1"
    placed = clerk(*words.split())
    assert placed.exit_code == 0, placed.output

    order = saved(clerk, "order show PO-1")

    assert [(row["item"], row["units ordered"], row["units to come"]) for row in order["Lines"]] == [("mask", 100, 100)]
    assert len(order["Steps"]) == 1
    assert [(row["supplier"], row["orders open"]) for row in saved(clerk, "order suppliers")["Suppliers"]] == [
        ("S1", 1)
    ]


def test_the_scenarios_there_are_are_saved(clerk):
    assert "holiday-return" in {row["scenario"] for row in saved(clerk, "scenario list")["Scenarios"]}


def test_what_an_import_reads_as_what_is_saved_in_full(clerk):
    read = saved(clerk, "import receipts.csv --dry-run")

    assert read["receipts"][0]["units"] == 3000
    assert read["receipts"][0]["row"] == 2
    assert read["receipts"][0]["day"].date().isoformat() == "2020-02-10"
    assert {row["header"]: row["read as"] for row in read["Headers"]} == {
        "点位编码": "site",
        "物资编码": "item",
        "入库数量": "units",
        "来源单位": "partner",
        "日期": "day",
        "备注": None,
    }
    assert [(row["item"], row["what was said"], row["base units in one"]) for row in read["Units of measure"]] == [
        ("mask", "千", 1000)
    ]


def test_a_cell_that_cannot_be_read_is_empty_and_what_stands_in_it_stands_at_the_end_of_its_row(clerk):
    clerk.write(receipts=SHEET.replace("3千", "约40") + "Depot,mask,200,S1,2020-02-10,\n")

    done = clerk("import", "receipts.csv", "--dry-run", "--out", "book.xlsx")

    assert done.exit_code == 2
    book = openpyxl.load_workbook("book.xlsx")
    header, *rows = book["receipts"].iter_rows(values_only=True)
    units, unread = header.index("units"), header.index("could not be read")
    assert [(row[units], row[unread]) for row in rows] == [(None, "units: 约40"), (200, None)]
    assert '"约40" is not a number' in book["Faults"]["B2"].value


def test_in_chinese_a_saved_csv_has_chinese_headers_and_a_mark_for_excel(clerk):
    assert clerk("policy", "show", "--out", "rules.csv", lang="zh").exit_code == 0

    content = Path("rules.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.decode("utf-8-sig").splitlines()[0] == "规则,数值"


@pytest.mark.parametrize("line", ["user list", "policy show", "policy diff", "scenario list", "order suppliers"])
def test_an_ending_that_says_no_form_is_refused_before_anything_is_done(clerk, line):
    done = clerk(*line.split(), "--out", "book.doc")

    assert (done.exit_code, done.stdout) == (2, "")
    assert ".xlsx" in done.stderr
