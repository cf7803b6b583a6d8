"""Activity, local facts and fleets go into the ledger: kept by day, changed with a version, refused with a place."""

from __future__ import annotations

import json

import openpyxl
import pytest
import sqlalchemy as sa
from desk import Clerk

from models.database import reading
from models.ledger import open_ledger
from models.tables import driver, fleet, local_fact, version

DRIVERS = (
    "site,driver,value,from,to,said_by\n"
    "P1,staff,7,2026-02-01,,township\n"
    "P1,shifts,3,2026-02-01,,township\n"
    "P1,staff,9,2026-02-08,,township\n"
)
FACTS = "place,fact,value,since,reason,said_by\n421127,confirmed_cases,12,2026-02-09,bulletin 14,health bureau\n"
FLEETS = "site,item,held,working,counted_on,attrition\nP1,TENT,6,4,2026-02-09,0.05\n"


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    desk.begin()
    return desk


def kept(clerk: Clerk, table: sa.Table) -> list[tuple]:
    ledger = open_ledger(clerk.url)
    with reading(ledger.engine) as connection:
        rows = [tuple(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key))]
    ledger.engine.dispose()
    return rows


def test_a_driver_is_kept_for_every_day_it_changed_on(clerk):
    assert clerk.take("drivers.csv", DRIVERS).stdout == "drivers.csv: drivers: 3 new, 0 changed, 0 as they were.\n"

    assert [row[1:4] for row in kept(clerk, driver)] == [
        ("shifts", "2026-02-01", 3_000_000),
        ("staff", "2026-02-01", 7_000_000),
        ("staff", "2026-02-08", 9_000_000),
    ]
    assert "nothing new" in clerk.take("drivers.csv", DRIVERS).stdout


def test_a_correction_changes_the_row_and_leaves_a_sealed_version(clerk):
    clerk.take("drivers.csv", DRIVERS)
    told = clerk.take("drivers.csv", DRIVERS.replace("staff,9", "staff,8")).stdout

    assert told == "drivers.csv: drivers: 0 new, 1 changed, 2 as they were.\n"
    bodies = [json.loads(row.body) for row in kept_rows(clerk, version) if row.subject == "driver"]
    assert [(body["key"], body["row"]["value_micro"]) for body in bodies if "staff/2026-02-08" in body["key"]] == [
        ("P1/staff/2026-02-08", 9_000_000),
        ("P1/staff/2026-02-08", 8_000_000),
    ]
    assert clerk("audit", "check").exit_code == 0


def kept_rows(clerk: Clerk, table: sa.Table) -> list[sa.Row]:
    ledger = open_ledger(clerk.url)
    with reading(ledger.engine) as connection:
        rows = list(connection.execute(sa.select(table).order_by(*table.primary_key)))
    ledger.engine.dispose()
    return rows


def test_chinese_headers_and_words_say_the_same(clerk):
    clerk.take("drivers.csv", DRIVERS)
    rows = "P1,在岗人数,7,2026-02-01,township\nP1,每日班次,3,2026-02-01,township\n"
    chinese = "点位编码,活动指标,数值,起始日期,填报单位\n" + rows
    assert "nothing new" in clerk.take("驱动因素0209.csv", chinese).stdout

    clerk.take("facts.csv", FACTS)
    chinese = "地点编码,信息类别,数值,起始日期,依据\n421127,确诊病例,12,2026-02-09,bulletin 14\n"
    assert "nothing new" in clerk.take("疫情信息.csv", chinese).stdout
    assert kept(clerk, local_fact) == [
        ("421127", "confirmed_cases", "2026-02-09", 12_000_000, "bulletin 14", "health bureau")
    ]


def test_a_fleet_says_how_many_work(clerk):
    assert clerk.take("monday.csv", FLEETS, "--as", "fleets").exit_code == 0
    assert [row[2:6] for row in kept(clerk, fleet)] == [(6, 4, "2026-02-09", 50_000)]


def test_what_is_used_up_has_no_fleet(clerk):
    refused = clerk.take("fleets.csv", FLEETS.replace("TENT", "MASK"))

    assert refused.exit_code == 1
    assert "MASK is used up and not kept, so it has no fleet." in refused.stderr


def test_everything_wrong_in_the_three_tables_is_listed_at_once_with_its_place(clerk):
    clerk.write(
        drivers="site,driver,value,from,to\nP1,staf,7,,\nP9,staff,many,,\nP1,staff,7,2026-02-09,2026-02-01\n"
        "P2,shifts,3,2026-02-01,\nP2,shifts,4,2026-02-01,\n",
        facts="place,fact,value,since,reason\n421127,confirmed_cases,12,,\n999,cluster,1,2026-02-09,call\n",
        fleets="site,item,held,working,counted_on\nP1,TENT,4,6,2026-02-09\n",
    )
    refused = clerk("import", "drivers.csv", "facts.csv", "fleets.csv")

    assert refused.exit_code == 2
    for said in (
        'drivers.csv, row 2, column driver: "staf" is none of: staff,',
        'drivers.csv, row 3, column site: "P9" is not in sites.',
        'drivers.csv, row 3, column value: "many" is not a number',
        "drivers.csv, row 4, column to: It ends on 2026-02-01, before it begins on 2026-02-09.",
        "drivers.csv, row 6, column from: P2 + shifts + 2026-02-01 is here a second time",
        "facts.csv, row 2, column since: ",
        "facts.csv, row 2, column reason: ",
        'facts.csv, row 3, column place: "999" is neither a site nor an area',
        "fleets.csv, row 2, column working: 6 work of the 4 that are there.",
    ):
        assert said in refused.stderr
    assert kept(clerk, driver) == kept(clerk, local_fact) == kept(clerk, fleet) == []


def test_a_workbooks_policy_may_say_the_posture_and_whom_to_believe(clerk):
    book = openpyxl.Workbook()
    book.active.title = "规则"
    for row in (("规则项", "值"), ("态势", "contingency"), ("需求来源", "activity, report"), ("级别.a", "clinic")):
        book.active.append(row)
    ladder = book.create_sheet("阶梯")
    ladder.append(["级别", "覆盖天数"])
    ladder.append(["a", 1])
    book.save("policy.xlsx")

    assert clerk("import", "policy.xlsx").exit_code == 0
    shown = clerk("policy", "show").stdout
    assert 'posture = "contingency"' in shown
    assert "need_sources = ['activity', 'report']" in shown
    assert "nothing new" in clerk("import", "policy.xlsx").stdout
