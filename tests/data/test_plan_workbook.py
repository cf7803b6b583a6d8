"""plan.xlsx as an office program reads it: what stands on each sheet, and how it prints."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hand_made_plan import days, decimals, hand_made_case, hand_made_plan, places, texts, whole

from allocator.case import Case
from allocator.need import needs_of
from allocator.plan import Lots, Plan, Substituted
from allocator.sentence import say
from allocator.summary import Standing, summarise
from data import pick_lists, workbook_shortfalls
from data.plan_workbook import write_workbook
from data.sheet_rows import number_cells, text_cells, write_columns
from data.workbook_looks import Looks, PlanBook
from data.workbook_out import open_book, write_cells


def _plan(case: Case, **changed: Any) -> Plan:
    plan = hand_made_plan(**changed)
    summary = summarise(case, plan.pairs, plan.lines, plan.stops, needs_of(case))
    return dataclasses.replace(plan, summary={"case_digest": "abc", "engine": "by hand", **summary})


def _written(tmp_path: Path, **changed: Any) -> Any:
    case = hand_made_case()
    write_workbook(_plan(case, **changed), case, tmp_path / "plan.xlsx")
    return openpyxl.load_workbook(tmp_path / "plan.xlsx")


def _rows(sheet: Any, first: int = 1) -> list[tuple[Any, ...]]:
    return [row for row in sheet.iter_rows(min_row=first, values_only=True)]  # noqa: C416 - a list is compared


def test_the_sheets_stand_in_the_order_in_which_they_are_needed(tmp_path: Path) -> None:
    assert _written(tmp_path).sheetnames == [
        "Summary 概要",
        "Pick 拣货 D1",
        "Shortfalls 缺口",
        "Reasons 原因",
        "About 说明",
    ]


def test_a_pick_list_names_every_stop_and_what_to_unload_there(tmp_path: Path) -> None:
    sheet = _written(tmp_path)["Pick 拣货 D1"]

    assert sheet["A1"].value == "Pick list 拣货单  D1 County depot 县仓库  2020-02-10"
    assert _rows(sheet, 5) == [
        (1, "S1 =1+1 卡口一  [421127100]", None, None, None, 1, "5 km", None, None, None, "Signature 签字:"),
        (None, "mask mask, surgical 医用外科口罩", 2, 20, "piece 个", 0.6, "L1", "2020-06-30", 20, "☐", None),
        (None, "thermo thermometer 体温计", 4, 4, "piece 个", 0.4, None, None, 4, "☐", None),
        (2, "S2 Clinic  [421127100]", None, None, None, 0.6, "7.5 km", None, None, None, "Signature 签字:"),
        (None, "mask mask, surgical 医用外科口罩", 2, 20, "piece 个", 0.6, "L2", "2020-12-31", 20, "☐", None),
        (3, "S3 School 小学", None, None, None, 0.3, "12 km", None, None, None, "Signature 签字:"),
        (None, "mask mask, surgical 医用外科口罩", 1, 10, "piece 个", 0.3, "L2", "2020-12-31", 10, "☐", None),
    ]


def test_a_pick_list_prints_on_a4_across_with_its_headings_on_every_page(tmp_path: Path) -> None:
    sheet = _written(tmp_path)["Pick 拣货 D1"]

    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$4:$4", "A5")
    # One page wide (which is what a file means that does not say it), as many high as it takes.
    assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
    assert sheet.oddFooter.right.text == "&P / &N"


def test_no_stop_stands_on_two_printed_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page with room for the title and two stops of one line: the first stop has two lines, so it fills the page."""
    monkeypatch.setattr(pick_lists, "_PRINTED_POINTS", (780, 148))
    sheet = _written(tmp_path)["Pick 拣货 D1"]

    # Excel names the last row of a page: S1 and its two lines are rows 5 to 7, S2 and S3 follow.
    assert [mark.id for mark in sheet.row_breaks.brk] == [7]
    assert [sheet.row_dimensions[row].height for row in (5, 6, 7, 8)] == [24, 15, 15, 24]


def test_a_line_of_two_lots_has_a_row_for_each_and_its_packs_once(tmp_path: Path) -> None:
    lots = Lots(depot=places(0, 0), site=places(2, 2), item=places(0, 0), lot=texts("L1", "L2"), units=whole(15, 5))
    rows = [row for row in _rows(_written(tmp_path, lots=lots)["Pick 拣货 D1"], 5) if row[1] and row[8]]
    assert [(row[2], row[3], row[5], *row[6:9]) for row in rows] == [
        (2, 20, 0.6, "L1", "2020-06-30", 15),
        (None, None, None, "L2", "2020-12-31", 5),
    ]


def test_a_line_sent_instead_of_something_else_says_so(tmp_path: Path) -> None:
    sent = Substituted(
        depot=places(0, 0), site=places(3, 3), item=places(1, 1), by=places(0, 0), packs=whole(1, 2), units=whole(3, 7)
    )
    sheet = _written(tmp_path, substituted=sent)["Pick 拣货 D1"]
    said = [row[1] for row in _rows(sheet, 5) if "代替" in str(row[1])]
    assert said == ["mask mask, surgical 医用外科口罩  (3 instead of 代替 thermo)  (7 instead of 代替 thermo)"]


def test_lots_of_one_number_and_several_days_show_the_first(tmp_path: Path) -> None:
    case = hand_made_case(lots=("L1", "L1", ""))
    write_workbook(_plan(case), case, tmp_path / "plan.xlsx")
    rows = _rows(openpyxl.load_workbook(tmp_path / "plan.xlsx")["Pick 拣货 D1"], 5)
    assert rows[1][6:8] == ("L1", "2020-06-30…")


def test_a_full_sheet_goes_on_in_another_without_splitting_a_stop(tmp_path: Path) -> None:
    """Room for four rows under the headings: the first stop takes three, the second two, the third two."""
    case = hand_made_case()
    plan = _plan(case)
    with open_book(tmp_path / "plan.xlsx", date=case.policy.date, title="") as book:
        out = PlanBook(book, Looks(book), plan, case, Standing(case, plan.pairs), set())
        pick_lists.write_pick_lists(out, rows_max=8)
    sheets = openpyxl.load_workbook(tmp_path / "plan.xlsx")
    assert {sheet.title: [row[1].split()[0] for row in _rows(sheet, 5) if row[0]] for sheet in sheets} == {
        "Pick 拣货 D1": ["S1"],
        "Pick 拣货 D1 2": ["S2", "S3"],
    }


def test_shortfalls_name_the_worst_off_first_and_each_reason_stands_once_in_both_languages(tmp_path: Path) -> None:
    book = _written(tmp_path)
    rows, reasons = _rows(book["Shortfalls 缺口"], 4), _rows(book["Reasons 原因"], 4)

    assert [(row[0], row[8], row[9], row[11]) for row in rows] == [
        ("S1 =1+1 卡口一", 20, 18, 2),
        ("S3 School 小学", 10, 50, 2),
    ]
    assert rows[0][7] == "yes 是"
    assert rows[1][7] == "no 否"
    assert [row[12] for row in rows] == ["R1", "R3"]
    assert [row[:2] for row in reasons] == [("R1", 1), ("R3", 1)]
    assert reasons[0][2] == "mask from D1, D2 is all sent."
    assert reasons[0][3] != reasons[0][2]


def test_above_the_limit_shortfalls_are_added_up_by_area(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_shortfalls, "PAIRS_SHOWN_MAX", 3)
    rows = _rows(_written(tmp_path)["Shortfalls 缺口"], 4)
    assert [row[:6] for row in rows] == [
        (None, "mask mask, surgical 医用外科口罩", "piece 个", 1, 10, 50),
        ("421127100", "mask mask, surgical 医用外科口罩", "piece 个", 1, 22, 18),
    ]


def test_areas_are_cut_until_a_sheet_can_show_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_shortfalls, "_AREA_ROWS_MAX", 4)
    areas, of_site = workbook_shortfalls._areas(np.array(["421102", "421101", "4212", "42"], dtype=object), 1)
    assert [areas[n] for n in of_site] == ["421102", "421101", "4212", "42"]
    areas, of_site = workbook_shortfalls._areas(np.array(["421102", "421101", "4212", "42"], dtype=object), 2)
    assert [areas[n] for n in of_site] == ["421", "421", "421", "42"]


def test_the_summary_says_what_was_short_and_what_was_used(tmp_path: Path) -> None:
    sheet = _written(tmp_path, notes=(say("{count} lanes are closed.", count=2),))["Summary 概要"]
    rows = _rows(sheet)
    texts_found = [str(row[0]) for row in rows]

    assert texts_found[1].startswith("9 packs leave in 3 stops.")
    assert any(text.startswith("2 of 4 needs stay below the top of the ladder") for text in texts_found)
    assert any(text.startswith("2 lanes are closed.") for text in texts_found)
    recovery = next(
        row for row in rows if row[0] == "recovery 复工复学" and row[1] == "mask mask, surgical 医用外科口罩"
    )
    assert recovery[2:10] == ("piece 个", 1, 1, 30, 0, 60, 10, 50)
    depot = next(row for row in rows if row[0] == "D1")
    # 55 masks less a tenth are 49 sendable, four packs; the plan by hand sends a fifth from the reserve.
    assert depot[:9] == ("D1", "County depot 县仓库", 3, 3, 9, 1.9, None, 0.003, 2)


def test_the_last_sheet_says_where_the_numbers_come_from(tmp_path: Path) -> None:
    rows = _rows(_written(tmp_path)["About 说明"])

    assert {("case_digest", "数据摘要", "abc"), ("engine", "引擎", "by hand")} <= {row[:3] for row in rows}
    assert ("pairs.csv", "fair_units") in {row[:2] for row in rows}
    assert ("reserve.mask", "储备", "0.1") in {row[:3] for row in rows}


def test_texts_that_look_like_formulas_stay_texts(tmp_path: Path) -> None:
    with open_book(tmp_path / "book.xlsx", date=hand_made_case().policy.date, title="") as book:
        look = book.add_format()
        sheet = book.add_worksheet("a")
        suspicious = ["=1+1", "+1", "-1", "@x", "http://x", "0012", "<&>", "_x0041_", " a ", "x" * 40_000, "\x01b", ""]
        write_cells(sheet, 0, suspicious)
        write_columns(sheet, 1, [text_cells([text], look) for text in suspicious])
    first, second = _rows(openpyxl.load_workbook(tmp_path / "book.xlsx")["a"])

    assert first[:6] == ("=1+1", "+1", "-1", "@x", "http://x", "0012")
    assert openpyxl.load_workbook(tmp_path / "book.xlsx")["a"]["A1"].data_type == "s"
    # Written in blocks or cell by cell, a text comes back alike; only what XML cannot hold is dropped.
    assert first[:10] == second[:10]
    assert len(second[9]) == 32_767
    assert second[10] == "b"


def test_rows_in_blocks_and_rows_by_cell_stand_in_order(tmp_path: Path) -> None:
    with open_book(tmp_path / "book.xlsx", date=hand_made_case().policy.date, title="") as book:
        sheet, look = book.add_worksheet("a"), book.add_format({"bold": True})
        write_cells(sheet, 0, ["head", "er"])
        end = write_columns(
            sheet, 1, [number_cells(decimals(1, 2.5, float("nan")), look), text_cells(["a", "b", ""], look)]
        )
        write_cells(sheet, end, ["foot", None])
    book = openpyxl.load_workbook(tmp_path / "book.xlsx")
    assert _rows(book["a"]) == [("head", "er"), (1, "a"), (2.5, "b"), (None, None), ("foot", None)]
    assert book["a"]["A2"].font.bold


def test_a_plan_of_a_case_without_lots_or_areas_still_prints(tmp_path: Path) -> None:
    case = hand_made_case(lots=("", "", ""))
    stock = dataclasses.replace(case.stock, expires=days("", "", "", ""))
    none = Lots(depot=places(), site=places(), item=places(), lot=texts(), units=whole())
    case = dataclasses.replace(case, stock=stock)
    write_workbook(_plan(case, lots=none), case, tmp_path / "plan.xlsx")
    rows = _rows(openpyxl.load_workbook(tmp_path / "plan.xlsx")["Pick 拣货 D1"], 5)
    assert rows[1][2:10] == (2, 20, "piece 个", 0.6, None, None, None, "☐")
