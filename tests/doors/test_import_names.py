"""Names where codes are due, and what is remembered of a sender: exactly one is read, several are asked about."""

from __future__ import annotations

import json

import pytest
from desk import Clerk

SITES = (
    "site,kind,area,name_zh\n"
    "E1,checkpoint,421127001,东门卡口\nE2,checkpoint,421127002,东门卡口\nC1,clinic,421127001,城关卫生院\n"
)
AREAS = "area,name_zh\n421127001,城关镇\n421127002,孔垄镇\n"
ITEMS = "item,name_zh,unit,pack_units,use\nN95,医用防护口罩,只,20,consumable\nSURG,医用外科口罩,只,50,consumable\n"


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    desk.begin(_named)
    return desk


def _named(desk: Clerk) -> None:
    for name, text in {"areas.csv": AREAS, "items.csv": ITEMS, "sites.csv": SITES}.items():
        assert desk.take(name, text).exit_code == 0


HEADER = "乡镇,点位名称,物资名称,现存数量\n"


def test_a_name_that_only_one_has_is_read_as_its_code_and_told(clerk):
    taken = clerk.take("monday.csv", HEADER + "城关镇,城关卫生院,医用 外科口罩,40\n")

    assert taken.exit_code == 0, taken.stderr
    assert 'monday.csv, column 点位名称: "城关卫生院" is read as C1; rows: 1.' in taken.stderr
    assert clerk.held("C1", "SURG") == {"": 40}


@pytest.mark.parametrize("area", ["孔垄镇", "421127002"])
def test_the_area_tells_sites_of_one_name_apart(clerk, area):
    taken = clerk.take("monday.csv", HEADER + f"{area},东门卡口,医用防护口罩,40\n")

    assert taken.exit_code == 0, taken.stderr
    assert clerk.held("E2", "N95") == {"": 40}


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (",东门卡口,医用防护口罩,40", 'Several are called "东门卡口": E1 (东门卡口, 421127001), E2'),
        (
            "421128,城关卫生院,医用防护口罩,40",
            'Nothing is called "城关卫生院"; like it are: C1 (城关',
        ),
        ("城关镇,城关卫生院,防护口罩,40", 'Nothing is called "防护口罩"; like it are: N95 (医用防护口罩)'),
        ("城关镇,城关卫生院,KN95口罩,40", "like it are: N95 (医用防护口罩)"),
        ("城关镇,城关卫生院,呼吸机,40", '"呼吸机" is not in items.'),
    ],
)
def test_a_name_that_several_have_or_none_is_refused_with_candidates(clerk, row, says):
    refused = clerk.take("monday.csv", HEADER + row + "\n")

    assert refused.exit_code == 2
    assert says in refused.stderr
    assert json.loads(clerk("stock", "--json").stdout)["rows"] == []


def test_a_choice_decides_and_is_remembered_of_its_sender_alone(clerk):
    text = HEADER + "城关镇,东门卡口,防护口罩,{}\n"

    chosen = clerk.take("monday.csv", text.format(40), "--sender", "城关镇", "--choose", "防护口罩=N95")
    later = clerk.take("tuesday.csv", text.format(30), "--sender", "城关镇", "--day", "2026-02-11")
    other = clerk.take("tuesday.csv", text.format(20), "--sender", "孔垄镇", "--day", "2026-02-11")

    assert (chosen.exit_code, later.exit_code, other.exit_code) == (0, 0, 2), chosen.stderr + later.stderr
    assert '"防护口罩" is read as N95; rows: 1.' in later.stderr
    assert clerk("audit", "check").exit_code == 0


def test_a_choice_may_hold_in_one_area_only(clerk):
    text = HEADER + ",东门卡口,医用防护口罩,1\n"

    assert clerk.take("monday.csv", text, "--choose", "东门卡口|孔垄镇=E2").exit_code == 2
    assert clerk.take("monday.csv", text, "--choose", "东门卡口=E2").exit_code == 0
    assert clerk.take("tuesday.csv", HEADER + ",东门卡口,医用防护口罩,5\n").exit_code == 0
    assert clerk.held("E2", "N95") == {"": 5}


def test_headers_are_remembered_of_their_sender_and_shown_and_changed(clerk):
    text = "哪里,何物,应有,尚存\nC1,N95,9,7\n"
    told = ("--map", "哪里=site", "--map", "何物=item", "--map", "尚存=units", "--map", "应有=-")

    first = clerk.take("monday.csv", text, "--as", "counts", "--sender", "城关镇", *told)
    unknown = clerk.take("tuesday.csv", text.replace(",7", ",8"))
    later = clerk.take("tuesday.csv", text.replace(",7", ",8"), "--sender", "城关镇")
    shown = clerk.take("wednesday.csv", text, "--sender", "城关镇", "--dry-run")
    changed = clerk.take("monday.csv", text, "--sender", "城关镇", "--map", "应有=units", "--map", "尚存=-")

    assert (first.exit_code, unknown.exit_code, later.exit_code) == (0, 2, 0), first.stderr + later.stderr
    assert [line.split() for line in shown.stdout.splitlines()[2:5]] == [
        ["哪里", "site", "as", "remembered", "of", "this", "sender"],
        ["何物", "item", "as", "remembered", "of", "this", "sender"],
        ["尚存", "units", "as", "remembered", "of", "this", "sender"],
    ]
    assert changed.exit_code == 0, changed.stderr
    assert clerk.held("C1", "N95") == {"": 9}
    assert clerk("audit", "check").exit_code == 0


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--choose", "口罩"), '"口罩" chooses nothing. Write it as: --choose "their name=our code"'),
        (("--choose", "口罩=N96"), "There is no item, site or partner N96; the nearest is N95."),
        (("--choose", "口罩=乙"), "There is no item, site or partner 乙, nor one like it."),
        (("--sender", "  "), "A sender is a short code or name of an office"),
    ],
)
def test_a_choice_that_is_none_is_refused(clerk, words, says):
    refused = clerk.take("monday.csv", HEADER, *words)

    assert refused.exit_code == 2
    assert says in refused.stderr
