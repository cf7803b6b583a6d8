"""Quantities in boxes, jin and tens of thousands: read through the catalogue, told, and never guessed."""

from __future__ import annotations

import json

import pytest
from desk import Clerk

ITEMS = (
    "item,name_zh,unit,pack_units,use\n"
    "MASK,医用口罩,只,50,consumable\nALC,酒精,ml,500,consumable\nSUIT,防护服,套,10,consumable\n"
    "GLOVE,手套,双,100,consumable\nN95,N95口罩（20只/盒）,只,20,consumable\n"
)
MEASURES = (
    "物资编码,单位,折合数量,折合单位\n"
    "MASK,箱,2000,只\nMASK,盒,50,只\nALC,瓶,500,毫升\nALC,箱,20,瓶\nALC,升,0.789,千克\n"
)


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    desk.begin(_measured)
    return desk


def _measured(desk: Clerk) -> None:
    for name, text in {"items.csv": ITEMS, "计量换算.csv": MEASURES}.items():
        taken = desk.take(name, text)
        assert taken.exit_code == 0, taken.stderr


@pytest.mark.parametrize(
    ("item", "written", "unit", "spec", "units"),
    [
        ("MASK", "40", "", "", 40),
        ("MASK", "１２０", "", "", 120),
        ("MASK", "40只", "", "", 40),
        ("MASK", "40", "个", "", 40),
        ("MASK", "3万", "", "", 30_000),
        ("MASK", "1.5万只", "", "", 15_000),
        ("MASK", "3万5千", "", "", 35_000),
        ("MASK", "2", "万只", "", 20_000),
        ("MASK", "3箱", "", "", 6_000),
        ("MASK", "3", "箱", "", 6_000),
        ("MASK", "1e3", "盒", "", 50_000),
        ("MASK", "2箱30只", "", "", 4_030),
        ("N95", "3盒", "", "", 60),
        ("N95", "3", "盒", "20只/盒", 60),
        ("SUIT", "3", "箱", "1箱=25套", 75),
        ("GLOVE", "30", "只", "", 15),
        ("GLOVE", "30", "双", "", 30),
        ("ALC", "2升", "", "", 2_000),
        ("ALC", "3箱", "", "", 30_000),
        ("ALC", "10斤", "", "", 6_337),
        ("ALC", "5公斤", "", "", 6_337),
        ("ALC", "2", "桶", "5L/桶", 10_000),
    ],
)
def test_what_was_written_comes_to_so_many_base_units(clerk, item, written, unit, spec, units):
    taken = clerk.take("counts.csv", f"点位编码,物资编码,数量,单位,规格\nP1,{item},{written},{unit},{spec}\n")

    assert taken.exit_code == 0, taken.stderr
    assert clerk.held("P1", item) == {"": units}


@pytest.mark.parametrize(
    ("item", "written", "unit", "spec", "says"),
    [
        ("MASK", "约40", "", "", '"约40" is not'),
        ("MASK", "500-1000", "", "", '"500-1000" is not'),
        ("MASK", "40左右", "", "", "nobody has said how many piece are in one 左右"),
        ("MASK", "-5", "箱", "", "-5 is less than 0"),
        ("MASK", "1,200", "箱", "", "If you mean 1200, write 1200"),
        ("MASK", "3万5", "", "", '"3万5" is not'),
        ("MASK", "3万", "万只", "", "speak of different units"),
        ("MASK", "3箱", "盒", "", '"3箱" and "盒" beside it speak of different units.'),
        ("MASK", "3", "箱", "1箱=1000只", "one 箱 would be 1000, 2000 piece"),
        ("SUIT", "3件", "", "", "nobody has said how many set are in one 件"),
        ("SUIT", "3", "箱", "", "Write set, or say it in a table measures: item SUIT, unit 箱, amount, of set."),
        ("GLOVE", "7", "只", "", "comes to 3.5 pair, which is not whole"),
        ("ALC", "7只", "", "", "nobody has said how many ml are in one 只"),
    ],
)
def test_what_cannot_be_known_is_refused_and_nothing_is_posted(clerk, item, written, unit, spec, says):
    cell = f'"{written}"'
    refused = clerk.take("counts.csv", f"点位编码,物资编码,数量,单位,规格\nP1,{item},{cell},{unit},{spec}\n")

    assert refused.exit_code == 2
    assert says in refused.stderr
    assert clerk.held("P1", item) == {}


def test_what_was_read_as_what_is_told_and_shown(clerk):
    text = "点位,物资,现存（箱）\nP1,MASK,3\nP2,MASK,4\nP1,ALC,1\n"

    tried = clerk.take("monday.csv", text, "--dry-run", "--json")
    taken = clerk.take("monday.csv", text)

    assert 'monday.csv: MASK: one 箱 is read as 2,000 piece; rows: 2, first "3" as 6000.' in taken.stderr
    assert 'monday.csv: ALC: one 箱 is read as 10,000 ml; rows: 1, first "1" as 10000.' in taken.stderr
    (read,) = json.loads(tried.stdout)["files"][0]["read"]
    assert read["units"][0] == {
        "item": "MASK", "unit": "箱", "one": "2000", "base": "只", "rows": 2, "found": "3", "became": "6000",
        "rounded": False,
    }  # fmt: skip
    assert [row["units"] for row in read["first_rows"]] == ["6000", "8000", "10000"]


def test_rounding_is_told(clerk):
    taken = clerk.take("monday.csv", "点位,物资,现存\nP1,ALC,10斤\n")

    assert 'one 斤 is read as 633.714 ml and rounded; rows: 1, first "10斤" as 6337.' in taken.stderr


def test_a_price_beside_boxes_may_be_of_either_and_is_refused(clerk):
    text = "number,partner,site,item,units,said_unit,unit_price\nR1,S1,D1,MASK,3,箱,1.2\nR2,S1,D1,MASK,3,只,1.2\n"

    refused = clerk.take("receipts.csv", text)

    assert refused.exit_code == 2
    assert refused.stderr.count("The price 1.2 stands in a row whose units are others") == 1


def test_measures_are_master_data_with_versions_that_the_audit_compares(clerk):
    again = clerk.take("measures.csv", MEASURES)
    changed = clerk.take("measures.csv", MEASURES.replace("2000", "1000"))
    twice = clerk.take("measures.csv", MEASURES + "MASK,箱,3,只\n")

    assert "nothing new" in again.stdout
    assert "measures: 0 new, 1 changed, 4 as they were." in changed.stdout
    assert twice.exit_code == 2
    assert clerk("audit", "check").exit_code == 0
