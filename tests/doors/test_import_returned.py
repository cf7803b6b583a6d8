"""What is wrong goes back in the workbook it came in; what is sound may be taken in meanwhile, and only once."""

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


HEADER = ["number", "day", "partner", "site", "item", "units"]
ROWS = [
    ["R1", "2026-02-10", "S1", "D1", "MASK", 500],
    ["R1", "2026-02-10", "S1", "D1", "TENT", "about 4"],
    ["R2", "2026-02-10", "S1", "D1", "MASK", 30],
    ["R3", "2026-02-10", "S1", "D9", "MASK", 20],
]
"""R1 has a row that cannot be read, R3 a site that nobody knows; R2 is sound."""
MENDED = [ROWS[0], [*ROWS[1][:5], 4], ROWS[2], [*ROWS[3][:3], "P1", "MASK", 20]]
WAITS = "Nothing is wrong in this row: it is, or may be, of one document with a row to be mended, and waits for it."


def workbook(name: str, rows: list[list], title: tuple[str, ...] = ()) -> str:
    book = openpyxl.Workbook()
    book.active.title = "receipts"
    for row in [*([list(title)] if title else []), HEADER, *rows]:
        book.active.append(row)
    book.save(name)
    return name


def cells(name: str) -> list[tuple]:
    return list(openpyxl.load_workbook(name).active.iter_rows(values_only=True))


def posted(clerk: Clerk) -> dict[str, int]:
    answer = json.loads(clerk("stock", "--json").stdout)
    return {f"{row['site']} {row['item']}": row["units"] for row in answer["rows"] if row["units"]}


def test_the_same_workbook_comes_back_with_its_bad_cells_marked_and_nothing_is_posted(clerk):
    refused = clerk("import", workbook("feb.xlsx", ROWS), "--errors", "back.xlsx")

    assert refused.exit_code == 2
    assert refused.stderr.splitlines()[-1] == "What is wrong is marked in back.xlsx. Mend it there and take that in."
    sheet = openpyxl.load_workbook("back.xlsx")["receipts"]
    assert [cell.coordinate for row in sheet for cell in row if cell.comment] == ["F3", "D5"]
    assert sheet["F3"].comment.text.startswith('"about 4" is not a number.')
    assert (sheet["F3"].fill.fgColor.rgb, sheet["F2"].fill.fgColor.rgb) == ("00FFC7CE", "00000000")
    assert [sheet.cell(row, 7).value is not None for row in (1, 2, 3, 4, 5)] == [True, False, True, False, True]
    assert sheet["G1"].value == "what to mend"
    assert posted(clerk) == {}


def test_the_workbook_that_came_back_is_taken_in_once_it_is_mended(clerk):
    clerk("import", workbook("feb.xlsx", ROWS), "--errors", "back.xlsx")
    book = openpyxl.load_workbook("back.xlsx")
    book.active["F3"], book.active["D5"] = 4, "P1"
    book.save("back.xlsx")

    taken = clerk("import", "back.xlsx")

    assert taken.exit_code == 0, taken.stderr
    assert posted(clerk) == {"D1 MASK": 530, "D1 TENT": 4, "P1 MASK": 20}


def test_marks_are_in_the_language_of_the_reader(clerk):
    clerk("import", workbook("feb.xlsx", ROWS), "--errors", "back.xlsx", lang="zh")

    sheet = openpyxl.load_workbook("back.xlsx").active
    assert sheet["G1"].value == "需要改的地方"
    assert "不是数字" in sheet["F3"].comment.text


def test_sound_documents_are_posted_and_the_others_come_back_whole(clerk):
    partly = clerk("import", workbook("feb.xlsx", ROWS), "--partial", "--errors", "rest.xlsx")

    assert partly.exit_code == 4
    assert "feb.xlsx: rows held back: 3 (sound, but in a document with a bad row: 1); all others" in partly.stderr
    assert partly.stderr.splitlines()[-1].startswith("Rows held back: 3; they are in rest.xlsx.")
    assert posted(clerk) == {"D1 MASK": 30}
    header, *rows = cells("rest.xlsx")
    assert header == (*HEADER, "what to mend")
    assert [row[:6] for row in rows] == [tuple(ROWS[0]), tuple(ROWS[1]), tuple(ROWS[3])]
    assert rows[0][6] == WAITS
    sheet = openpyxl.load_workbook("rest.xlsx").active
    assert [cell.coordinate for row in sheet for cell in row if cell.comment] == ["F3", "D4"]
    assert [sheet[at].fill.fgColor.rgb == "00FFC7CE" for at in ("A2", "F2", "G2", "F3", "G3")] == [False] * 3 + [
        True
    ] * 2


def test_a_sound_row_is_told_why_it_waits_in_chinese_too(clerk):
    partly = clerk("import", workbook("feb.xlsx", ROWS), "--partial", "--errors", "rest.xlsx", lang="zh")

    assert "暂扣 3 行（其中 1 行本身没有错，但所在单据有错行）" in partly.stderr
    assert "这一行没有错" in cells("rest.xlsx")[1][6]


def mend_rest() -> str:
    book = openpyxl.load_workbook("rest.xlsx")
    book.active["F3"], book.active["D4"] = 4, "P1"
    book.save("rest.xlsx")
    return "rest.xlsx"


@pytest.mark.parametrize("first", ["the whole file mended", "only the rest"])
def test_what_was_posted_is_known_and_only_the_rest_is_posted_whichever_comes_and_again(clerk, first):
    clerk("import", workbook("feb.xlsx", ROWS), "--partial", "--errors", "rest.xlsx")
    files = [workbook("mended.xlsx", MENDED), mend_rest()]
    due = {"D1 MASK": 530, "D1 TENT": 4, "P1 MASK": 20}

    for name in files if first == "the whole file mended" else files[::-1]:
        taken = clerk("import", name)
        assert taken.exit_code == 0, taken.stderr
        assert posted(clerk) == due
    again = clerk("import", workbook("feb.xlsx", ROWS), "--partial")

    assert again.exit_code == 4
    assert posted(clerk) == due
    assert clerk("audit", "check").exit_code == 0


def test_a_document_that_was_posted_and_then_changed_is_refused_and_posts_nothing(clerk):
    clerk("import", workbook("feb.xlsx", ROWS), "--partial")
    changed = [*MENDED[:2], [*ROWS[2][:5], 600], MENDED[3]]

    refused = clerk("import", workbook("mended.xlsx", changed))

    assert refused.exit_code == 1
    assert "says something else. Give this one a number of its own; or, if the other is wrong" in refused.stderr
    assert posted(clerk) == {"D1 MASK": 30}


def test_what_the_ledger_refuses_is_held_back_with_its_reason(clerk):
    text = "number,day,site,item,units\nI1,2026-02-10,D1,MASK,5\nI2,2026-02-10,D1,MASK,900\n"
    clerk("import", workbook("feb.xlsx", [ROWS[0]]))

    partly = clerk.take("issues.csv", text, "--partial", "--errors", "rest.xlsx")

    assert partly.exit_code == 4
    assert posted(clerk) == {"D1 MASK": 495}
    (_, row) = cells("rest.xlsx")
    assert row[:5] == ("I2", "2026-02-10", "D1", "MASK", "900")
    assert "495" in row[5]


def test_counts_without_a_number_are_known_again_too(clerk):
    header = "day,site,item,units\n"
    bad = clerk.take(
        "counts.csv", header + "2026-02-10,P1,MASK,7\n2026-02-10,P1,TENT,x\n2026-02-10,P2,MASK,3\n", "--partial"
    )
    whole = header + "2026-02-10,P1,MASK,7\n2026-02-10,P1,TENT,2\n2026-02-10,P2,MASK,3\n"
    mended = clerk.take("counts.csv", whole)
    again = clerk.take("counts.csv", whole)

    assert (bad.exit_code, mended.exit_code) == (4, 0), mended.stderr
    assert "counts: 1 document with 2 lines posted; 1 were there already." in mended.stdout
    assert "nothing new" in again.stdout
    assert posted(clerk) == {"P1 MASK": 7, "P1 TENT": 2, "P2 MASK": 3}


def test_master_data_is_taken_in_by_rows_too(clerk):
    partly = clerk.take("sites.csv", "site,kind,lat\nP8,clinic,30\nP9,clinic,300\n", "--partial")

    assert partly.exit_code == 4
    assert "sites: 1 new, 0 changed, 0 as they were." in partly.stdout


def test_a_dry_run_of_the_sound_rows_writes_nothing(clerk):
    partly = clerk("import", workbook("feb.xlsx", ROWS), "--partial", "--dry-run")

    assert partly.exit_code == 4
    assert "receipts: 1 document with 1 line posted" in partly.stdout
    assert posted(clerk) == {}


def test_a_missing_column_is_no_fault_of_rows_and_the_file_is_refused(clerk):
    refused = clerk.take("receipts.csv", "site,item\nD1,MASK\n", "--partial", "--errors", "back.xlsx")

    assert refused.exit_code == 2
    assert "nothing of it was written" in refused.stderr


def test_a_text_that_a_spreadsheet_would_work_out_comes_back_as_a_text(clerk):
    text = 'number,day,partner,site,item,units\n=1+1,2026-02-10,S1,D1,MASK,"=cmd|x"\n'
    clerk.take("receipts.csv", text, "--errors", "back.xlsx")

    sheet = openpyxl.load_workbook("back.xlsx").active
    assert (sheet["A2"].data_type, sheet["F2"].data_type, sheet["F2"].value) == ("s", "s", "=cmd|x")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("a.csv", "b.csv", "--errors", "back.xlsx"), "--errors sends one file back."),
        (("a.csv", "--errors", "back.csv"), "back.csv is no .xlsx workbook."),
        (("a.xlsx", "--errors", "a.xlsx"), "a.xlsx is the file itself."),
        (("a.csv", "--errors", "none/back.xlsx"), "There is no folder "),
    ],
)
def test_a_place_that_cannot_be_written_to_is_refused_first(clerk, words, says):
    refused = clerk("import", *words)

    assert refused.exit_code == 2
    assert says in refused.stderr
