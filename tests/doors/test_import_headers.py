"""Workbooks as their senders write them: titles, merged cells, words of their own; what is read as what is shown."""

from __future__ import annotations

import json

import openpyxl
import pytest
from desk import Clerk

from data.import_columns import IMPORT_TABLES
from data.kinds_told import KINDS


def test_every_kind_that_is_read_can_be_named_and_is_listed():
    assert set(KINDS) == {*IMPORT_TABLES, "policy"}


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    desk = Clerk(tmp_path)
    desk.begin()
    return desk


def workbook(name: str, rows: list[list], merged: tuple[str, ...] = (), sheet: str = "Sheet1") -> str:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    for area in merged:
        book.active.merge_cells(area)
    book.save(name)
    return name


MESSY = [
    ["黄州区防疫物资盘点表"],
    ["填报时间：2020年2月10日"],
    [],
    ["序号", "点位", "物资", "盘点日期", "现存数量", "备注"],
    [1, "P1", "MASK", "2020-02-10", 40, ""],
    [2, None, "TENT", "2020-02-10", 2, "破损1顶"],
    ["合计", None, None, None, 42],
    ["填表人：张三", None, None, "审核：李四"],
]


def test_a_count_is_read_below_its_title_with_merged_sites_and_without_totals(clerk):
    name = workbook("2月10日上报.xlsx", MESSY, merged=("A1:F1", "B5:B6"))

    taken = clerk("import", name)

    assert taken.stdout.endswith("counts: 1 document with 2 lines posted; 0 were there already.\n")
    assert "Read as counts, by its headers and title." in taken.stderr
    assert "Totals and what stands below the table are not read: rows 7, 8." in taken.stderr
    assert (clerk.held("P1"), clerk.held("P1", "TENT")) == ({"": 40}, {"": 2})


def test_the_preview_shows_what_each_header_means_and_writes_nothing(clerk):
    name = workbook("2月10日上报.xlsx", MESSY, merged=("A1:F1", "B5:B6"))

    shown = clerk("import", name, "--dry-run")

    lines = shown.stdout.splitlines()
    assert lines[0] == "2月10日上报.xlsx, sheet Sheet1: counts; the header is row 4; rows below it: 2."
    assert [line.split() for line in lines[1:8]] == [
        ["header", "read", "as", "because", "it", "is"],
        ["点位", "site", "a", "known", "word"],
        ["物资", "item", "a", "known", "word"],
        ["盘点日期", "day", "a", "known", "word"],
        ["现存数量", "units", "a", "known", "word"],
        ["序号", "-", "not", "read"],
        ["备注", "-", "not", "read"],
    ]
    assert [line.split() for line in lines[8:11]] == [
        ["site", "item", "day", "units"],
        ["P1", "MASK", "2020-02-10", "40"],
        ["P1", "TENT", "2020-02-10", "2"],
    ]
    assert clerk.held("P1") == {}


def test_the_preview_is_there_as_json_too(clerk):
    name = workbook("2月10日上报.xlsx", MESSY, merged=("A1:F1", "B5:B6"))

    answer = json.loads(clerk("import", name, "--dry-run", "--json").stdout)

    (read,) = answer["files"][0]["read"]
    assert (read["kind"], read["guessed"], read["header_row"], read["rows"]) == ("counts", True, 4, 2)
    assert read["headers"][3] == {"header": "现存数量", "column": "units", "how": "word"}
    assert read["first_rows"][1] == {"site": "P1", "item": "TENT", "day": "2020-02-10", "units": "2"}


def test_a_header_of_two_rows_is_read_as_one(clerk):
    rows = [["点位编码", "物资编码", "实盘", None], [None, None, "数量", "批号"], ["P1", "MASK", 7, "A1"]]
    name = workbook("counts.xlsx", rows, merged=("A1:A2", "B1:B2", "C1:D1"))

    taken = clerk("import", name)

    assert taken.exit_code == 0, taken.stderr
    assert clerk.held("P1") == {"A1": 7}


def test_what_is_said_of_a_header_wins_over_words_and_dashes_leave_it_out(clerk):
    (clerk.folder / "counts.csv").write_text("哪里,物资,应有,现存\nP1,MASK,9,7\n", encoding="utf-8")

    refused = clerk("import", "counts.csv")
    taken = clerk("import", "counts.csv", "--map", "哪里=site", "--map", "现存=units", "--map", "应有=-")

    assert "The column site (点位编码) is missing." in refused.stderr
    assert taken.exit_code == 0, taken.stderr
    assert clerk.held("P1") == {"": 7}


def test_words_of_ones_own_are_a_file(clerk):
    (clerk.folder / "words.csv").write_text("table,column,word\ncounts,units,瞅见的\n,site,哪儿\n", encoding="utf-8")
    (clerk.folder / "monday.csv").write_text("哪儿,物资,瞅见的（只）\nP1,MASK,7\n", encoding="utf-8")

    taken = clerk("import", "monday.csv", "--words", "words.csv")

    assert taken.exit_code == 0, taken.stderr
    assert clerk.held("P1") == {"": 7}


@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (("--map", "units"), '"units" is no mapping. Write it as: --map "their header=our column"'),
        (("--map", "数=daily_unit"), 'No table has a column "daily_unit". Is daily_units meant?'),
        (("--words", "none.csv"), "none.csv cannot be opened: "),
        (("--words", "counts.csv"), "counts.csv is no list of words: counts.csv: the columns table, column and word"),
    ],
)
def test_a_mapping_that_is_none_is_refused_before_anything_is_read(clerk, said, answer):
    refused = clerk.take("counts.csv", "site,item,units\nP1,MASK,7\n", *said)

    assert refused.exit_code == 2
    assert answer in refused.stderr
    assert clerk.held("P1") == {}


def test_a_messy_row_with_a_stray_comma_is_refused_and_not_shifted(clerk):
    refused = clerk.take("monday.csv", "盘点表\n点位,物资,现存数量,批号\nP1,MASK,1,200,A1\n")

    assert refused.exit_code == 2
    assert "monday.csv, row 3: The row has 5 cells, the header has 4." in refused.stderr


def test_a_title_that_contradicts_the_headers_decides_nothing(clerk):
    refused = clerk.take("monday.csv", "入库单,,,\n点位,物资,盘点数,来源\nP1,MASK,1,S1\n")

    assert "By its headers this may be any of: receipts, counts." in refused.stderr


def test_the_preview_marks_what_it_could_not_read_and_shows_nothing_in_its_place(clerk):
    name = workbook("counts.xlsx", [["点位", "物资", "数量"], ["P1", "MASK", "约40"], ["P9", "MASK", 3]])

    shown = clerk("import", name, "--as", "counts", "--dry-run")

    assert [line.split() for line in shown.stdout.splitlines()[-2:]] == [
        ["P1", "MASK", "?", "约40"],
        ["?", "P9", "MASK", "3"],
    ]
