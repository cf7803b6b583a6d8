"""`import --partial` takes in whole documents: no row of one that has, or may have, a row that is not sound."""

from __future__ import annotations

import json

import openpyxl
import pytest
from desk import Clerk


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    desk.begin()
    return desk


def table(header: str, *rows: str) -> str:
    return "".join(f"{line}\n" for line in (header, *rows))


def posted(clerk: Clerk) -> dict[str, int]:
    rows = json.loads(clerk("stock", "--json").stdout)["rows"]
    found: dict[str, int] = {}
    for row in rows:
        key = " ".join(text for text in (row["site"], row["item"], row["lot"] or "") if text)
        found[key] = found.get(key, 0) + row["units"]
    return {key: units for key, units in found.items() if units}


def taken(clerk: Clerk, name: str, text: str, *words: str) -> int:
    return clerk.take(name, text, *words).exit_code


RECEIPTS = "number,day,site,item,units,partner"


def test_a_document_that_came_mended_and_was_reversed_is_posted_anew_once(clerk):
    bad = table(RECEIPTS, "R1,2026-02-10,D1,MASK,10,S1", "R1,2026-02-10,D1,TENT,x,S1")
    mended = table(RECEIPTS, "R1,2026-02-10,D1,MASK,10,S1", "R1,2026-02-10,D1,TENT,20,S1")
    other = table(RECEIPTS, "R1,2026-02-10,D1,MASK,11,S1", "R1,2026-02-10,D1,TENT,20,S1")

    assert taken(clerk, "receipts.csv", bad, "--partial") == 4
    assert posted(clerk) == {}
    assert taken(clerk, "receipts.csv", mended) == 0
    assert clerk("reverse", "1", "--reason", "wrong-quantity").exit_code == 0
    assert taken(clerk, "receipts.csv", other) == 0
    assert posted(clerk) == {"D1 MASK": 11, "D1 TENT": 20}


def test_a_count_is_never_split_in_two(clerk):
    header = "site,item,units,day"
    assert taken(clerk, "receipts.csv", table(RECEIPTS, "R1,2026-02-10,P2,MASK,50,S1")) == 0

    bad = table(header, "P2,MASK,4,2026-02-11", "P2,MASK,x,2026-02-11", "P1,MASK,3,2026-02-11")
    assert taken(clerk, "counts.csv", bad, "--partial") == 4
    assert posted(clerk) == {"P1 MASK": 3, "P2 MASK": 50}
    twice = clerk.take("counts.csv", bad.replace(",x,", ",6,"))
    assert (twice.exit_code, "counted twice at P2" in twice.stderr) == (1, True)
    assert posted(clerk) == {"P1 MASK": 3, "P2 MASK": 50}


def test_a_count_that_comes_mended_leaves_what_moved_after_its_day(clerk):
    header = "number,day,site,item,units"
    stock = table(RECEIPTS, "R1,2026-02-10,D1,MASK,30,S1", "R1,2026-02-10,D1,TENT,20,S1")
    assert taken(clerk, "receipts.csv", stock) == 0
    bad = table(header, "C1,2026-02-11,D1,MASK,28", "C1,2026-02-11,D1,TENT,x")
    assert taken(clerk, "counts.csv", bad, "--partial") == 4
    assert taken(clerk, "issues.csv", table("number,day,site,item,units", "I1,2026-02-12,D1,TENT,5")) == 0

    assert taken(clerk, "counts.csv", bad.replace(",x", ",19")) == 0
    assert posted(clerk) == {"D1 MASK": 28, "D1 TENT": 14}


HEADER = "site,item,units,partner,day"


def test_a_row_whose_site_cannot_be_read_is_posted_at_one_site(clerk):
    rows = [
        "P1,MASK,10,S1,2026-02-10",
        "P2,MASK,10,S1,2026-02-10",
        "D1,MASK,7,N1,2026-02-10",
        "D1,MASK,8,S1,2026-02-09",
    ]

    assert taken(clerk, "receipts.csv", table(HEADER, *rows, "XX,MASK,33,S1,2026-02-10"), "--partial") == 4
    assert posted(clerk) == {"D1 MASK": 15}, "another source, another day: it cannot be of those documents"
    assert taken(clerk, "receipts.csv", table(HEADER, *rows, "P1,MASK,33,S1,2026-02-10")) == 0
    other = clerk.take("receipts.csv", table(HEADER, *rows, "P2,MASK,33,S1,2026-02-10"))
    assert (other.exit_code, "says something else" in other.stderr) == (1, True)
    assert posted(clerk) == {"D1 MASK": 15, "P1 MASK": 43, "P2 MASK": 10}


def test_a_row_whose_day_cannot_be_read_holds_back_its_site_alone(clerk):
    rows = ["P1,MASK,10,S1,2026-02-10", "P2,MASK,10,S1,2026-02-10", "P1,MASK,30,S1,2026-02-99"]

    assert taken(clerk, "receipts.csv", table(HEADER, *rows), "--partial") == 4
    assert posted(clerk) == {"P2 MASK": 10}


def test_a_row_whose_number_stands_with_another_day_holds_back_all_of_its_site(clerk):
    rows = ["R1,2026-02-10,P1,MASK,1,S1", "R1,2026-02-11,P1,MASK,2,S1", "R2,2026-02-10,P1,MASK,4,S1"]

    assert taken(clerk, "receipts.csv", table(RECEIPTS, *rows, "R1,2026-02-10,P2,MASK,8,S1"), "--partial") == 4
    assert posted(clerk) == {"P2 MASK": 8}


def test_a_mended_row_that_equals_another_is_posted_too(clerk):
    assert taken(clerk, "receipts.csv", table(RECEIPTS, "R1,2026-02-10,P1,MASK,100,S1")) == 0
    bad = table("site,item,units,day", "P1,MASK,10,2026-02-11", "P1,MASK,1O,2026-02-11")

    assert taken(clerk, "issues.csv", bad, "--partial", "--errors", "back.xlsx") == 4
    book = openpyxl.load_workbook("back.xlsx")
    assert book.active["C3"].value == "1O"
    book.active["C3"] = 10
    book.save("back.xlsx")
    for _ in range(2):
        assert clerk("import", "back.xlsx").exit_code == 0
        assert posted(clerk) == {"P1 MASK": 80}


def test_an_order_is_placed_whole_or_not_at_all(clerk):
    header = "order,supplier,item,units,arrives,status,site"
    rows = ["PO1,S1,MASK,10,2099-01-01,ordered,D1", "PO1,S1,TENT,x,2099-01-01,ordered,D1"]
    rows += ["PO2,S1,MASK,7,2099-01-01,ordered,D1"]

    def orders() -> list[tuple[str, str, int]]:
        said = json.loads(clerk("order", "list", "--json").stdout)["orders"]
        return sorted((each["order"], line["item"], line["units"]) for each in said for line in each["lines"])

    assert taken(clerk, "orders.csv", table(header, *rows), "--partial") == 4
    assert orders() == [("PO2", "MASK", 7)]
    for _ in range(2):
        assert taken(clerk, "orders.csv", table(header, *rows).replace(",x,", ",5,")) == 0
        assert orders() == [("PO1", "MASK", 10), ("PO1", "TENT", 5), ("PO2", "MASK", 7)]


def test_the_stock_of_a_site_is_opened_whole_or_not_at_all(clerk):
    header = "site,item,units,lot,day,number"
    rows = ["D1,MASK,10,A,2026-02-10,1", "D1,MASK,x,B,2026-02-11,2", "P1,MASK,5,,2026-02-10,"]

    assert taken(clerk, "opening.csv", table(header, *rows), "--partial") == 4
    assert posted(clerk) == {"P1 MASK": 5}
    lost = table(header, "D1,MASK,10,A,2026-02-10,1", "D9,TENT,1,,2026-02-10,")
    assert taken(clerk, "opening.csv", lost, "--partial") == 4
    assert posted(clerk) == {"P1 MASK": 5}, "where a site cannot be read, it may be any"


def test_a_row_with_too_few_cells_may_be_of_any_document(clerk):
    rows = ["R1,2026-02-10,D1,MASK,10,S1", "R1,2026-02-10", "R2,2026-02-10,P1,MASK,5,S1"]

    partly = clerk.take("receipts.csv", table(RECEIPTS, *rows), "--partial")
    assert "rows held back: 3 (sound, but in a document with a bad row: 2)" in partly.stderr
    assert posted(clerk) == {}


def test_a_bad_partner_holds_back_what_may_have_come_from_it(clerk):
    rows = ["D1,MASK,10,S1,2026-02-10", "D1,TENT,4,S9,2026-02-10", "P1,MASK,5,S1,2026-02-10"]

    assert taken(clerk, "receipts.csv", table(HEADER, *rows), "--partial") == 4
    assert posted(clerk) == {"P1 MASK": 5}


def test_what_the_ledger_refuses_of_a_long_document_holds_back_all_of_its_parts(clerk, monkeypatch):
    monkeypatch.setattr("data.import_documents.LINES_MAX", 2)
    assert taken(clerk, "receipts.csv", table(RECEIPTS, "R1,2026-02-10,P1,MASK,10,S1")) == 0
    rows = [f"I1,2026-02-11,P1,MASK,{units}" for units in (1, 2, 3, 900)]

    issues = table("number,day,site,item,units", *rows, "I2,2026-02-11,P1,MASK,4")
    assert taken(clerk, "issues.csv", issues, "--partial") == 4
    assert posted(clerk) == {"P1 MASK": 6}
