"""`allocator import`, as a clerk types it: what goes in once stays in once, in whatever form it comes."""

from __future__ import annotations

import datetime as dt
import json
import random
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from desk import CATALOGUE, Clerk

from data.case_digest import case_digest
from data.case_files import read_case
from models.days import noon_of
from models.ledger import open_ledger

RECEIPTS = (
    "number,day,partner,site,item,units,lot,expires,fund,unit_price,certificate,status\n"
    "R1,2026-02-10,S1,D1,MASK,500,A7,2030-03-01,county,1.2,Q-17,\n"
    "R1,2026-02-10,S1,D1,MASK,300,A8,2029-03-01,,1.3,Q-17,quarantine\n"
    "R2,2026-02-11,N1,D1,TENT,4,,,,,,\n"
)


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    desk.begin()
    return desk


def documents(tmp_path: Path) -> list[dict]:
    """Return the bodies of all documents."""
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    with ledger.engine.connect() as connection:
        bodies = [json.loads(row[0]) for row in connection.exec_driver_sql("SELECT body FROM document ORDER BY id")]
    ledger.engine.dispose()
    return bodies


def test_a_catalogue_is_taken_in_whatever_the_order_of_its_files_and_again_changes_nothing(clerk):
    again = clerk("import", *reversed(CATALOGUE))

    assert again.exit_code == 0
    assert again.stdout.splitlines() == [
        f"{name}: nothing new; everything in it is there already."
        for name in ("areas.csv", "items.csv", "sites.csv", "partners.csv")
    ]


def test_receipts_become_one_document_for_each_number_with_all_that_was_said(clerk, tmp_path):
    taken = clerk.take("receipts.csv", RECEIPTS)

    assert taken.stdout == "receipts.csv: receipts: 2 documents with 3 lines posted; 0 were there already.\n"
    assert clerk.held() == {"A7": 500, "Q:A8": 300}
    first, second = documents(tmp_path)
    assert (first["type"], first["site"], first["actor"]) == ("receive", "D1", "local")
    assert first["occurred_at"] == noon_of(dt.date(2026, 2, 10), ZoneInfo("Asia/Shanghai"))
    assert first["details"]["certificate"] == "Q-17"
    assert [line["unit_price"] for line in first["details"]["lines"]] == ["1.2", "1.3"]
    assert first["details"]["file"]["name"] == "receipts.csv"
    assert [(line["from"], line["to"], line["fund"]) for line in first["lines"]] == [
        ("SUPPLIER:S1", "D1", "county"),
        ("SUPPLIER:S1", "QUARANTINE:D1", ""),
    ]
    assert second["details"]["source"] == "donation"


def test_the_same_receipts_again_or_in_another_order_or_with_more_are_there_once(clerk):
    clerk.take("receipts.csv", RECEIPTS)
    header, *rows = RECEIPTS.splitlines(keepends=True)
    random.Random(1).shuffle(rows)

    again = clerk.take("receipts.csv", RECEIPTS)
    shuffled = clerk.take("receipts-2.csv", header + "".join(rows))
    longer = clerk.take("receipts-3.csv", RECEIPTS + "R3,2026-02-12,U1,D1,MASK,7,A7,2030-03-01,county,,,\n")

    assert "nothing new" in again.stdout
    assert "receipts: 2 documents were there already." in again.stdout
    assert "nothing new" in shuffled.stdout
    assert "receipts: 1 document with 1 line posted; 2 were there already." in longer.stdout
    assert clerk.held() == {"A7": 507, "Q:A8": 300}


def test_a_known_number_that_says_something_else_is_refused_until_the_other_is_reversed(clerk):
    clerk.take("receipts.csv", RECEIPTS)
    other = RECEIPTS.replace("R2,2026-02-11,N1,D1,TENT,4", "R2,2026-02-11,N1,D1,TENT,5")

    refused = clerk.take("receipts.csv", other + "R9,2026-02-12,U1,D1,MASK,7,,,,,,\n")

    assert refused.exit_code == 1
    assert "receipts.csv, row 4: document 2 of the ledger came from the same number" in refused.stderr
    assert "receipts.csv was not taken in; nothing of it was written." in refused.stderr
    assert clerk.held(item="TENT") == {"": 4}
    clerk.reverse(2)
    assert clerk.take("receipts.csv", other).exit_code == 0
    assert clerk.held(item="TENT") == {"": 5}
    assert "nothing new" in clerk.take("receipts.csv", other).stdout
    assert "nothing new" in clerk.take("receipts.csv", RECEIPTS).stdout


def test_rows_without_a_number_are_one_document_for_site_day_and_source_and_never_two(clerk):
    rows = "day,partner,site,item,units\n2026-02-10,S1,D1,MASK,5\n2026-02-10,N1,D1,MASK,6\n2026-02-10,S1,P1,MASK,7\n"

    first, again = clerk.take("receipts.csv", rows), clerk.take("receipts.csv", rows)
    more = clerk.take("receipts.csv", rows + "2026-02-10,S1,D1,MASK,8\n")

    assert "3 documents with 3 lines posted" in first.stdout
    assert "3 documents were there already" in again.stdout
    assert more.exit_code == 1
    assert "receipts.csv, row 2: document 1 of the ledger came from the same number, or from the same" in more.stderr
    assert clerk.held() == {"": 11}


def test_a_file_without_days_may_be_taken_in_again_on_another_day(clerk, monkeypatch):
    rows = "partner,site,item,units\nS1,D1,MASK,5\n"
    clerk.take("receipts.csv", rows)
    from models import days

    tomorrow = days.now_micros() + days.DAY
    monkeypatch.setattr(days, "now_micros", lambda: tomorrow)

    assert "nothing new" in clerk.take("receipts.csv", rows).stdout
    assert clerk.held() == {"": 5}


def test_another_person_may_send_the_same_file(clerk):
    clerk.take("receipts.csv", RECEIPTS)
    clerk("user", "add", "ann", "--role", "administrator")
    clerk("user", "role", "ann", "logistics", "--actor", "ann")

    assert "nothing new" in clerk("import", "receipts.csv", "--actor", "ann").stdout
    assert "Say who is acting" in clerk("import", "receipts.csv").stderr


def test_opening_stock_is_there_from_the_beginning_of_its_day_and_only_once(clerk, tmp_path):
    opening = (
        "site,item,units,lot,expires,fund,status,day\n"
        "D1,MASK,500,A7,2030-03-01,county,usable,2026-02-10\n"
        "D1,MASK,30,A8,,,quarantine,2026-02-10\n"
        "P1,MASK,0,,,,,2026-02-10\n"
    )

    taken = clerk.take("期初库存.csv", opening)
    again = clerk.take("期初库存.csv", opening)
    more = clerk.take("opening.csv", "site,item,units,number\nD1,MASK,9,S2\nP2,MASK,9,S2\n")

    assert "opening: 2 documents with 3 lines posted" in taken.stdout
    assert "nothing new" in again.stdout
    assert more.exit_code == 1
    assert "opening.csv, row 2: D1 has opening stock of MASK already (document 1)." in more.stderr
    assert clerk.held() == {"A7": 500, "Q:A8": 30}
    assert documents(tmp_path)[1]["counted"] == [
        {"location": "P1", "item": "MASK", "lot": None, "units": 0, "at": documents(tmp_path)[0]["occurred_at"]}
    ]


def test_issues_take_the_lot_that_was_said_or_the_first_that_expires(clerk):
    clerk.take("receipts.csv", RECEIPTS + "R3,2026-02-11,S1,D1,MASK,50,B1,2028-01-01,,,,\n")

    taken = clerk.take("issues.csv", "day,site,item,units,lot\n2026-02-12,D1,MASK,60,\n2026-02-12,D1,MASK,5,A7\n")

    assert "issues: 1 document with 2 lines posted" in taken.stdout
    assert clerk.held() == {"A7": 485, "Q:A8": 300}


def test_all_that_the_stock_does_not_allow_is_said_at_once_and_nothing_is_kept(clerk):
    clerk.take("receipts.csv", RECEIPTS)
    before = clerk.held()

    refused = clerk.take(
        "issues.csv",
        "number,day,site,item,units,lot\n"
        "1,2026-02-12,D1,MASK,10,\n2,2026-02-12,P1,MASK,5,\n3,2026-02-12,D1,TENT,5,\n4,2026-02-09,D1,MASK,1,A7\n",
    )

    assert refused.exit_code == 1
    lines = refused.stderr.splitlines()
    assert "issues.csv, row 3: P1 has no units of MASK to give; 5 were asked for." in "\n".join(lines)
    assert "issues.csv, row 4: D1 can give 4 of the 5 units of TENT" in "\n".join(lines)
    assert "issues.csv, row 5:" in "\n".join(lines)
    assert lines[-1] == "issues.csv was not taken in; nothing of it was written."
    assert clerk.held() == before


def test_a_count_says_what_was_found_and_a_blank_says_nothing(clerk):
    clerk.take("receipts.csv", RECEIPTS + "R3,2026-02-11,S1,P1,MASK,50,B1,,,,,\nR4,2026-02-11,S1,P2,MASK,9,,,,,,\n")

    counted = clerk.take(
        "counts.csv",
        "day,site,item,units,lot\n"
        "2026-02-12,D1,MASK,490,A7\n2026-02-12,D1,TENT,,\n2026-02-12,P1,MASK,48,\n2026-02-12,P2,MASK,0,\n",
    )

    assert "counts: 3 documents with 4 lines posted" in counted.stdout
    assert "counts.csv: 1 row is blank, so those items are not counted." in counted.stderr
    assert (clerk.held(), clerk.held(item="TENT")) == ({"A7": 490, "Q:A8": 300}, {"": 4})
    assert (clerk.held("P1"), clerk.held("P2")) == ({"B1": 48}, {})


def test_a_later_count_of_the_same_day_is_another_count(clerk):
    clerk.take("receipts.csv", RECEIPTS)
    first = "day,site,item,units,lot\n2026-02-12,D1,MASK,490,A7\n"

    clerk.take("counts.csv", first)
    clerk.take("counts.csv", first.replace("490", "480"))

    assert clerk.held()["A7"] == 480
    assert "nothing new" in clerk.take("counts.csv", first).stdout


def test_a_lot_number_without_a_date_is_the_lot_that_is_known(clerk):
    clerk.take("receipts.csv", RECEIPTS)

    clerk.take("receipts-2.csv", "number,day,partner,site,item,units,lot\nR8,2026-02-12,S1,D1,MASK,5,A8\n")

    assert clerk.held() == {"A7": 500, "A8": 5, "Q:A8": 300}
    answer = json.loads(clerk("stock", "--lot", "A8", "--json").stdout)
    assert {row["expires"] for row in answer["rows"]} == {"2029-03-01"}


def test_a_dash_is_stock_without_a_lot_number_in_every_kind_of_file(clerk):
    """What came in as `-` goes out as `-`, and lies with what came with no number at all."""
    clerk.take("opening.csv", "day,site,item,units,lot\n2026-02-09,D1,MASK,30,-\n")
    clerk.take("receipts.csv", "number,day,partner,site,item,units,lot\nR9,2026-02-10,S1,D1,MASK,5,-\n")
    clerk.take("receipts-2.csv", "number,day,partner,site,item,units,lot\nR8,2026-02-10,S1,D1,MASK,7,\n")

    assert clerk.held() == {"": 42}
    assert clerk.take("issues.csv", "day,site,item,units,lot\n2026-02-11,D1,MASK,2,-\n").exit_code == 0
    assert clerk.take("counts.csv", "day,site,item,units,lot\n2026-02-12,D1,MASK,39,-\n").exit_code == 0
    assert clerk.held() == {"": 39}


def test_a_dry_run_says_what_would_happen_and_writes_nothing(clerk, tmp_path):
    tried = clerk.take("receipts.csv", RECEIPTS, "--dry-run")

    assert "receipts: 2 documents with 3 lines posted" in tried.stdout
    assert "This was a dry run: nothing was written." in tried.stderr
    assert documents(tmp_path) == []


def test_one_bad_file_keeps_no_other_out(clerk):
    (clerk.folder / "counts.csv").write_text("site,item\nD1,MASK\n")

    both = clerk.take("receipts.csv", RECEIPTS, "counts.csv")

    assert both.exit_code == 2
    assert "counts.csv: The column units (数量) is missing." in both.stderr
    assert both.stderr.splitlines()[-1] == "counts.csv was not taken in; nothing of it was written."
    assert clerk.held() == {"A7": 500, "Q:A8": 300}


def test_a_workbook_with_chinese_headers_and_sheets_is_taken_in_whole(clerk):
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "入库"
    sheet.append(["单号", "日期", "来源单位", "点位编码", "物资编码", "数量", "批号", "有效期"])
    sheet.append(["R1", dt.date(2026, 2, 10), "S1", "D1", "MASK", 500, "A7", dt.date(2030, 3, 1)])
    sheet = book.create_sheet("点位")
    sheet.append(["点位编码", "类型", "中文名称"])
    sheet.append(["P9", "卡口", "北卡口"])
    book.save("day.xlsx")

    taken = clerk("import", "day.xlsx", lang="zh")

    assert taken.exit_code == 0, taken.stderr
    assert clerk.held() == {"A7": 500}
    assert "点位" in taken.stdout


def test_as_says_what_a_file_of_any_name_holds(clerk):
    assert clerk.take("monday.csv", RECEIPTS, "--as", "receipts").exit_code == 0
    book = openpyxl.Workbook()
    for row in csv_rows(RECEIPTS.replace("R1", "R5").replace("R2", "R6")):
        book.active.append(row)
    book.save("tuesday.xlsx")

    assert clerk("import", "tuesday.xlsx", "--as", "receipts").exit_code == 0
    assert clerk.held()["A7"] == 1000


def csv_rows(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def test_json_keeps_numbers_digit_for_digit_and_codes_as_they_are(clerk):
    feed = {
        "sites": [{"site": "0042", "kind": "clinic"}],
        "receipts": [
            {"number": 17, "day": "2026-02-10", "partner": "S1", "site": "0042", "item": "MASK", "units": 500},
            {
                "number": 17,
                "day": "2026-02-10",
                "partner": "S1",
                "site": "0042",
                "item": "TENT",
                "units": 2,
                "lot": None,
            },
        ],
    }

    taken = clerk.take("feed.json", json.dumps(feed))
    alone = clerk.take("receipts.json", json.dumps(feed["receipts"]))

    assert taken.exit_code == 0, taken.stderr
    assert "1 document with 2 lines posted" in taken.stdout
    assert "nothing new" in alone.stdout
    assert clerk.held("0042") == {"": 500}


def test_gb18030_is_read_and_said(clerk):
    taken = clerk.take("sites.csv", "点位编码,类型,中文名称\nP9,卡口,北卡口\n".encode("gb18030"))

    assert taken.exit_code == 0, taken.stderr
    assert "Read as GB18030" in taken.stderr


def test_a_case_taken_in_twice_is_there_once(clerk):
    clerk("sample", "county", "--out", "county", "--sites", "60", "--items", "5", "--quiet")

    taken, again = clerk("import", "county"), clerk("import", "county")

    assert taken.exit_code == 0, taken.stderr
    assert "county: nothing new; everything in it is there already." in again.stdout


@pytest.mark.parametrize(
    ("name", "form"), [("county", "case.xlsx"), ("earmarks", "case"), ("transfers", "case"), ("caps", "case")]
)
def test_a_case_makes_a_ledger_from_which_the_very_same_case_is_taken(tmp_path, monkeypatch, name, form):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    clerk = Clerk(tmp_path)
    clerk("init")
    clerk("sample", name, "--out", form, "--sites", "60", "--items", "5")

    taken = clerk("import", form)
    clerk("snapshot", "--out", "out", "--date", "2020-02-10")

    assert taken.exit_code == 0, taken.stderr
    assert case_digest(read_case(Path("out")).case) == case_digest(read_case(Path(form)).case)


def test_what_was_under_way_when_the_ledger_was_opened_can_be_confirmed(clerk):
    clerk.take("in_transit.csv", "site,item,units,arrives\nP1,MASK,40,2026-02-12\n", "--day", "2026-02-10")

    answer = json.loads(clerk("stock", "--item", "MASK", "--json").stdout)
    (row,) = answer["rows"]
    assert (row["site"], row["state"], row["units"]) == ("P1", "in_transit", 40)


def test_json_output_tells_what_was_done(clerk):
    told = json.loads(clerk.take("receipts.csv", RECEIPTS, "--json").stdout)

    assert told["schema"] == "allocator.import/1"
    assert told["files"][0]["documents"] == {"receipts": {"posted": 2, "lines": 3, "again": 0}}
    assert len(told["files"][0]["sha256"]) == 64
