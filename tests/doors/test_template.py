"""`allocator template`: what it offers, and that it comes back filled in without a word more."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from desk import Clerk

from data.import_columns import IMPORT_TABLES
from data.kinds_told import TEMPLATES
from data.template_marks import EXAMPLE_MARK, LISTS_SHEET, MARK_SHEET
from models.ledger import open_ledger

NAMES = {
    "items.csv": "item,name,name_zh,unit,pack_units,use\nMASK,mask,口罩,piece,10,consumable\n"
    "007,gloves,手套,pair,1,consumable\n",
    "sites.csv": "site,name,name_zh,kind,area\nD1,Depot,县仓库,warehouse,421127\nP1,Gate,卡口一,checkpoint,421127\n"
    "P2,,,clinic,421128\n",
}


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    desk.begin(_named)
    return desk


def _named(desk: Clerk) -> None:
    for name, text in NAMES.items():
        assert desk.take(name, text).exit_code == 0


def made(clerk: Clerk, kind: str, *words: str) -> Any:
    told = clerk("template", kind, "--out", f"{kind}.xlsx", *words)
    assert told.exit_code == 0, told.output
    return openpyxl.load_workbook(f"{kind}.xlsx")


def filled(clerk: Clerk, kind: str, *rows: dict[str, Any]) -> str:
    """Fill a fresh template in, and return the name of its file."""
    book = made(clerk, kind)
    sheet = book.worksheets[0]
    places = {cell.value.split("\n")[0]: cell.column for cell in sheet[1]}
    for at, row in enumerate(rows, start=3):
        for name, value in row.items():
            cell = sheet.cell(at, places[name], value)
            assert not cell.protection.locked or sheet.column_dimensions[cell.column_letter].protection.locked is False
    book.save(f"{kind}.xlsx")
    return f"{kind}.xlsx"


def bodies(clerk: Clerk) -> list[dict[str, Any]]:
    ledger = open_ledger(clerk.url)
    with ledger.engine.connect() as connection:
        found = [json.loads(row[0]) for row in connection.exec_driver_sql("SELECT body FROM document ORDER BY id")]
    ledger.engine.dispose()
    return found


def listed(book: Any, name: str) -> list[str]:
    sheet = book[LISTS_SHEET]
    (at,) = [cell.column for cell in sheet[1] if cell.value == name]
    return [row[0].value for row in sheet.iter_rows(2, min_col=at, max_col=at) if row[0].value]


def test_headers_are_in_both_languages_and_lists_name_the_ledgers_own_codes(clerk):
    book = made(clerk, "counts")

    assert [cell.value for cell in book.worksheets[0][1]] == [
        *("example\n示例", "number\n单号", "day\n日期", "site\n点位编码", "item\n物资编码", "units\n数量"),
        *("lot\n批号", "expires\n有效期", "reported_by\n报告人", "by\n报告方式"),
    ]
    assert listed(book, "site") == ["D1 Depot 县仓库", "P1 Gate 卡口一", "P2"]
    assert listed(book, "item") == ["007 gloves 手套", "MASK mask 口罩", "TENT tent"]
    assert [book[name].sheet_state for name in (LISTS_SHEET, MARK_SHEET)] == ["hidden", "hidden"]


def test_a_filled_template_becomes_the_very_documents_without_any_option(clerk):
    day = dt.date(2026, 2, 10)
    head = {"number": "R7", "day": day, "partner": "S1", "site": "D1 Depot 县仓库"}
    more = {"lot": "A7", "expires": dt.date(2030, 3, 1), "unit_price": 1.2}
    taken = clerk(
        "import",
        filled(
            clerk,
            "receipts",
            head | more | {"item": "MASK mask 口罩", "units": 500, "certificate": "Q-17"},
            head | {"item": "007 gloves 手套", "units": 40, "status": "quarantine 隔离", "certificate": "Q-17"},
        ),
    )
    clerk(
        "import",
        filled(clerk, "counts", {"day": day, "site": "D1", "item": "007 gloves 手套", "units": 38, "lot": "-"}),
    )
    receipt, count = bodies(clerk)

    assert taken.stdout == "receipts.xlsx: receipts: 1 document with 2 lines posted; 0 were there already.\n"
    assert [(line["to"], line["item"], line["lot"], line["expires"], line["units"]) for line in receipt["lines"]] == [
        ("D1", "MASK", "A7", "2030-03-01", 500),
        ("QUARANTINE:D1", "007", "", "9999-12-31", 40),
    ]
    assert (count["type"], count["site"], count["counted"][0]["units"]) == ("count", "D1", 38)


def test_the_same_rows_as_csv_are_there_already(clerk):
    """A template is only another form of the table: what came by it is not taken in twice."""
    row = {"number": "R7", "day": dt.date(2026, 2, 10), "partner": "S1", "site": "D1 Depot 县仓库", "units": 500}
    clerk("import", filled(clerk, "receipts", row | {"item": "MASK mask 口罩"}))
    again = clerk.take("receipts.csv", "number,day,partner,site,item,units\nR7,2026-02-10,S1,D1,MASK,500\n")

    assert again.stdout.splitlines()[0] == "receipts.csv: nothing new; everything in it is there already."


MASTER = {
    "needs": {"site": "P1 Gate 卡口一", "item": "MASK mask 口罩", "daily_units": 120.5},
    "sites": {"site": "P9", "name": "new", "kind": "clinic 诊所", "area": "421127 county"},
    "items": {"item": "SUIT", "unit": "set 套", "pack_units": 20, "use": "consumable 消耗品"},
    "lanes": {"depot": "D1 Depot 县仓库", "site": "P1 Gate 卡口一", "open": "no 否", "km": 12.5},
    "drivers": {"site": "P1 Gate 卡口一", "driver": "vehicles 检查车辆", "value": 300, "from": dt.date(2026, 2, 10)},
}


@pytest.mark.parametrize("kind", MASTER)
def test_master_data_comes_back_too(clerk, kind):
    taken = clerk("import", filled(clerk, kind, MASTER[kind]))

    assert taken.exit_code == 0, taken.output
    assert taken.stdout == f"{kind}.xlsx: {kind}: 1 new, 0 changed, 0 as they were.\n"


@pytest.mark.parametrize("kind", TEMPLATES)
def test_every_kind_has_a_template_whose_example_would_pass_and_is_not_taken_in(clerk, kind):
    """The example is refused only for naming things this ledger lacks, and never for its form."""
    book = made(clerk, kind)
    sheet = book.worksheets[0]
    assert clerk("import", f"{kind}.xlsx").stderr.startswith(f"{kind}.xlsx, sheet {sheet.title}: Nothing is filled in")
    for column in range(2, sheet.max_column + 1):
        sheet.cell(3, column, sheet.cell(2, column).value)
    book.save(f"{kind}.xlsx")
    taken = clerk("import", f"{kind}.xlsx", "--dry-run")

    assert taken.exit_code in (0, 1), taken.output


def test_cells_not_to_be_typed_are_locked_and_checks_cover_the_rest(clerk):
    sheet = made(clerk, "receipts").worksheets[0]
    checks = {rule.promptTitle.split(" ")[0]: rule for rule in sheet.data_validations.dataValidation}

    assert sheet.protection.sheet
    assert all(cell.protection.locked for row in sheet["A1:P2"] for cell in row)
    assert not sheet.column_dimensions["C"].protection.locked
    assert list(checks) == [column.name for column in IMPORT_TABLES["receipts"].columns]
    assert (checks["day"].type, checks["day"].formula2, checks["units"].formula1) == ("date", "TODAY()", "1")
    assert (checks["status"].type, checks["status"].errorStyle, checks["site"].errorStyle) == (
        "list",
        "stop",
        "warning",
    )
    assert str(checks["lot"].sqref) == "H3:H1048576"


def test_only_sites_of_an_area_where_one_is_named(clerk):
    assert listed(made(clerk, "counts", "--area", "421128"), "site") == ["P2"]
    refused = clerk("template", "counts", "--out", "x.xlsx", "--area", "99")
    assert (refused.exit_code, Path("x.xlsx").exists()) == (2, False)
    assert refused.stderr == "No site lies in area 99. Check its code, or leave out --area.\n"


def test_many_codes_are_a_long_list(clerk):
    rows = "".join(f"V{n:05},Village {n},,clinic,421127\n" for n in range(3_000))
    clerk.take("sites.csv", "site,name,name_zh,kind,area\n" + rows)
    book = made(clerk, "needs")
    check = next(rule for rule in book.worksheets[0].data_validations.dataValidation if "site" in rule.promptTitle)

    assert len(listed(book, "site")) == 3_003
    assert check.formula1 == "_lists!$A$2:$A$3004"


def test_without_a_ledger_the_lists_are_empty_and_that_is_said(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'none.sqlite'}")
    clerk = Clerk(tmp_path)
    told = clerk("template", "counts", "--out", "counts.xlsx")

    assert (told.exit_code, (tmp_path / "none.sqlite").exists()) == (0, False)
    assert told.stderr == "There is no ledger yet, so the lists are empty: codes are typed by hand.\n"
    assert openpyxl.load_workbook("counts.xlsx").worksheets[0]["A2"].value == EXAMPLE_MARK


def test_a_code_that_reads_as_another_code_with_its_name_stands_alone_in_the_list(clerk):
    clerk.take("sites.csv", "site,name,kind\nA,B,clinic\nA B,,clinic\n")
    labels = listed(made(clerk, "counts"), "site")

    assert labels[:2] == ["A", "A B"]


def test_what_is_wrong_in_a_template_is_said_with_its_own_cell(clerk):
    refused = clerk(
        "import", filled(clerk, "counts", {"site": "P7 nowhere", "item": "MASK mask 口罩", "units": "many"})
    )

    assert refused.exit_code == 2
    assert "counts.xlsx, sheet counts 盘点, cell D3" in refused.stderr
    assert 'cell F3: "many"' in refused.stderr


def test_rows_filled_in_any_order_below_others_are_numbered_as_they_stand(clerk):
    rows = [{"site": "P1 Gate 卡口一", "item": "MASK mask 口罩", "units": n} for n in range(5)]
    rows.insert(3, {"site": "P1 Gate 卡口一", "item": "MASK mask 口罩", "units": -1})
    random.Random(1).shuffle(rows)
    at = 3 + next(n for n, row in enumerate(rows) if row["units"] == -1)

    assert f"cell F{at}: -1 is less than 0" in clerk("import", filled(clerk, "counts", *rows)).stderr
