"""`allocator statements`: what was said comes back as rows and questions; as needs once a person completed it."""

from __future__ import annotations

import csv
import json
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from desk import Clerk

from cli import root
from models.database import reading
from models.ledger import open_ledger
from models.tables import need

CATALOGUE = {
    "items.csv": "item,name,name_zh,unit,pack_units,use\nM1,surgical mask,医用外科口罩,piece,10,consumable\n"
    "R1,respirator,N95口罩,piece,10,consumable\nG1,gloves,医用手套,pair,1,consumable\n"
    "E1,goggles,护目镜,piece,1,consumable\nD1,disinfectant,84消毒液 1桶=25公斤,kg,1,consumable\n",
    "sites.csv": "site,name,name_zh,kind\nP1,Gate,东关卡口,checkpoint\nP2,Clinic,西河卫生室,clinic\n"
    "P3,Clinic,北山卫生室,clinic\n",
}
GROUP = """东关卡口：外科口罩还剩45个，需要500-1000
手套每天用20双

[西河卫生室] 急需N95 300只，护目镜越多越好
P3: 缺消毒液4桶
Clinic: need 20 goggles
大家辛苦了
"""


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    assert desk("init").exit_code == 0
    for name, text in CATALOGUE.items():
        assert desk.take(name, text).exit_code == 0
    (tmp_path / "group.txt").write_text(GROUP, encoding="utf-8")
    return desk


def said(clerk: Clerk, *words: str) -> list[dict[str, Any]]:
    told = clerk("statements", "--json", *words)
    assert told.exit_code == 0, told.output
    return json.loads(told.stdout)["rows"]


def test_each_thing_said_is_a_row_with_its_site_item_number_confidence_and_words(clerk):
    rows = said(clerk, "group.txt")

    assert [(r["site"], r["item"], r["meaning"], r["low_units"], r["high_units"], r["confidence"]) for r in rows] == [
        ("P1", "M1", "have", 45, 45, "high"),
        ("P1", "M1", "need", 500, 1000, "medium"),
        ("P1", "G1", "daily", 20, 20, "high"),
        ("P2", "R1", "need", 300, 300, "high"),
        ("P2", "E1", "need", None, None, "low"),
        ("P3", "D1", "need", 100, 100, "high"),
        (None, "E1", "need", 20, 20, "low"),
    ]
    assert (rows[5]["low"], rows[5]["unit"], rows[5]["words"]) == (4, "桶", "消毒液4桶")
    assert rows[4]["asks"] == ["no number was written"]
    assert rows[6]["asks"] == ['"Clinic" may be P2, P3']


def test_what_a_person_must_ask_is_said_in_both_languages(clerk):
    english, chinese = (clerk("statements", "group.txt", lang=lang).stdout for lang in ("en", "zh"))

    assert english.startswith("7 things were said: 4 for sure, 1 to be looked at, 2 for a person.\n")
    assert chinese.startswith("共读出 7 条：4 条有把握，1 条需过目，2 条需人工处理。\n")
    assert "没有写数字" in chinese


def test_the_workbook_is_not_taken_in_before_a_person_completed_it(clerk):
    clerk("statements", "group.txt", "--out", "needs.xlsx", "--day", "2026-02-10")
    refused = clerk("import", "needs.xlsx")

    assert refused.exit_code == 2
    assert "nothing of it was written" in refused.stderr
    assert needs(clerk) == []


def needs(clerk: Clerk) -> list[int]:
    """Return what the ledger says is used a day, in millionths."""
    ledger = open_ledger(clerk.url)
    with reading(ledger.engine) as connection:
        found = list(
            connection.execute(sa.select(need.c.daily_units_micro).order_by(need.c.daily_units_micro)).scalars()
        )
    ledger.engine.dispose()
    return found


def test_completed_it_comes_back_as_needs_with_what_was_said_for_sure(clerk):
    """Use a day was said of gloves, 300 respirators are asked for three days; a person fills in or deletes the rest."""
    told = clerk("statements", "group.txt", "--out", "needs.xlsx", "--for-days", "3", "--day", "2026-02-10")
    book = openpyxl.load_workbook("needs.xlsx")
    sheet = book.worksheets[0]
    heads = {cell.value.split("\n")[0]: cell.column for cell in sheet[1]}
    filled = [[cell.value for cell in row][1:5] for row in sheet.iter_rows(min_row=3)]
    texts = [sheet.cell(row, heads["said_need"]).value for row in range(3, 9)]
    asks = [sheet.cell(row, heads["to_ask"]).value for row in range(3, 9)]
    for row in (8, 6):
        sheet.delete_rows(row)
    sheet.cell(3, heads["daily_units"]).value = 150
    book.save("needs.xlsx")
    taken = clerk("import", "needs.xlsx")

    assert "6 rows, 3 of them complete" in told.stderr
    assert [row[2] for row in filled] == [None, 20, 100, None, 33.333333, None]
    assert filled[1][:2] == ["P1 Gate 东关卡口", "G1 gloves 医用手套"]
    assert texts == ["500–1,000", None, "300只", None, "4桶", "20"]
    assert "没有写数字" in asks[3]
    assert taken.exit_code == 0, taken.output
    assert taken.stdout == "needs.xlsx: needs: 4 new, 0 changed, 0 as they were.\n"
    assert needs(clerk) == [
        20_000_000,
        33_333_333,
        100_000_000,
        150_000_000,
    ]


def test_a_table_of_items_and_quantities_is_read_and_its_placeholders_are_none(clerk):
    (clerk.folder / "asked.csv").write_text(
        "hospital,item,quantity_requested\n西河卫生室,医用防护口罩 | N95口罩,1\n西河卫生室,医用外科口罩,2000\n"
        "北山卫生室,防冲击眼罩/护目镜,大量\n北山卫生室,乳胶手套,\n北山卫生室,乳胶手套,300双\n",
        encoding="utf-8",
    )
    rows = said(clerk, "asked.csv")

    assert [(row["site"], row["item"], row["low_units"], row["confidence"]) for row in rows] == [
        ("P2", "R1", None, "low"),
        ("P2", "M1", 2000, "high"),
        ("P3", "E1", None, "low"),
        ("P3", "G1", None, "low"),
        ("P3", "G1", 300, "high"),
    ]


def test_words_of_ones_own_win_and_are_checked_all_at_once(clerk):
    (clerk.folder / "own.csv").write_text("item,word\nM1,蓝片\nG1,胶皮\n", encoding="utf-8")
    (clerk.folder / "bad.csv").write_text("item,word\nM9,蓝片\nG1,\nG1,胶皮\nE1,胶皮\n", encoding="utf-8")
    (clerk.folder / "text.txt").write_text("需蓝片200个，胶皮10双", encoding="utf-8")
    own = said(clerk, "text.txt", "--site", "P1", "--lexicon", "own.csv")
    bad = clerk("statements", "text.txt", "--lexicon", "bad.csv")

    assert [(row["item"], row["low_units"]) for row in own] == [("M1", 200), ("G1", 10)]
    assert bad.exit_code == 2
    assert [line.split(":")[0] for line in bad.stderr.splitlines()] == [
        "bad.csv, row 2, column item",
        "bad.csv, row 3, column word",
        "bad.csv, row 5, column word",
    ]


def test_a_unit_that_nobody_explains_is_asked_for(clerk):
    (clerk.folder / "text.txt").write_text("需外科口罩3箱、护目镜5副、手套9只", encoding="utf-8")
    rows = said(clerk, "text.txt", "--site", "P1")

    assert [(row["low_units"], row["asks"]) for row in rows] == [
        (None, ["how many piece one 箱 has is not known"]),
        (5, []),
        (4.5, []),
    ]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("none.txt",), "none.txt: The file cannot be opened"),
        (("group.txt", "--site", "P9"), "There is no site P9. Is P3 meant?"),
        (("group.txt", "--out", "needs.doc"), "needs.doc is none of these: .xlsx, .csv, .parquet."),
        (("empty.txt",), "empty.txt: The file is empty."),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_remedy(clerk, words, says):
    (clerk.folder / "empty.txt").write_text(" \n", encoding="utf-8")
    refused = clerk("statements", *words)

    assert (refused.exit_code, says in refused.stderr) == (2, True), refused.output


def test_what_is_typed_is_read_too_and_without_a_ledger_words_stay_words(tmp_path, monkeypatch):
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'none.sqlite'}")
    told = CliRunner().invoke(root, ["--lang", "en", "statements", "-", "--json"], input="急需防护服20套")

    (row,) = json.loads(told.stdout)["rows"]
    assert (row["item"], row["low"], row["asks"]) == ("SUIT", 20, ["which site it is was not said"])


def test_what_a_name_was_said_to_mean_is_used_and_kept_for_its_sender(clerk):
    """Two clinics share a name, an old name is nobody's, and a word of theirs is no item's."""
    (clerk.folder / "calls.txt").write_text("Clinic: need 20 goggles\n老东门：蓝口罩每天用60个\n", encoding="utf-8")
    choices = ("--choose", "Clinic=P3", "--choose", "老东门=P1", "--choose", "蓝口罩=M1")

    before = said(clerk, "calls.txt")
    now = said(clerk, "calls.txt", "--sender", "north", *choices)
    later, others = said(clerk, "calls.txt", "--sender", "north"), said(clerk, "calls.txt", "--sender", "south")

    assert [row["site"] for row in before] == [None, None]
    assert [(row["site"], row["item"]) for row in now] == [("P3", "E1"), ("P1", "M1")]
    assert later == now
    assert others == before


def test_what_statements_teach_is_known_to_an_import_and_the_other_way_round(clerk):
    (clerk.folder / "calls.txt").write_text("Old gate: need 20 goggles\n后门：手套每天用20双\n", encoding="utf-8")
    said(clerk, "calls.txt", "--choose", "Old gate=P1")
    sheet = "点位,物资,现存数量\nOld  Gate,M1,40\n后门,M1,30\n"

    taken = clerk.take("counts.csv", sheet, "--choose", "后门=P2")

    assert taken.exit_code == 0, taken.output
    assert (clerk.held("P1", "M1"), clerk.held("P2", "M1")) == ({"": 40}, {"": 30})
    assert [row["site"] for row in said(clerk, "calls.txt")] == ["P1", "P2"]


def test_a_choice_of_nothing_is_refused_and_nothing_is_kept(clerk):
    done = clerk("statements", "group.txt", "--choose", "Clinic=P9")

    assert done.exit_code == 2
    assert "P9" in done.stderr
    assert said(clerk, "group.txt")[6]["site"] is None


def test_offers_are_flagged_and_never_corrected(clerk):
    (clerk.folder / "offers.csv").write_text(
        "捐赠方,物资,数量,所在地\n甲公司,N95口罩,300,\n乙,护目镜,-5,\n丙,医用手套,99999999,\n丁,蜡烛,3,\n",
        encoding="utf-8",
    )

    done = clerk("statements", "offers.csv", "--offers", "--json")

    offers = json.loads(done.stdout)["offers"]
    assert [(row["item"], row["units"], len(row["asks"])) for row in offers] == [
        ("R1", 300, 0),
        ("E1", None, 1),
        ("G1", None, 1),
        (None, 3, 1),
    ]


def test_a_table_without_quantities_is_no_table_of_offers(clerk):
    (clerk.folder / "offers.csv").write_text("物资\nN95口罩\n", encoding="utf-8")

    done = clerk("statements", "offers.csv", "--offers")

    assert done.exit_code == 2
    assert "quantity" in done.stderr


def test_the_rows_that_were_read_are_saved_as_they_are(clerk):
    done = clerk("statements", "group.txt", "--out", "rows.csv", "--day", "2026-02-10")

    assert done.exit_code == 0, done.output
    with (clerk.folder / "rows.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 7
    assert [rows[1][name] for name in ("row", "site", "item", "says", "low", "high")] == [
        *("1", "P1", "M1", "needs", "500", "1000")
    ]
