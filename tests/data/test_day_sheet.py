"""The day report as it is printed and as a workbook, read back."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io

import openpyxl
import pytest
from pypdf import PdfReader

from allocator.sentence import Named, Sentence, say
from data.day_book import write_day_book
from data.day_sheet import DaySheet, OpenRow, Shortage, sheet_pdf
from models.day_report import DayItem

MASK = Named("MASK", "surgical mask", "医用外科口罩")
DAY = DayItem(
    item=MASK,
    unit="piece",
    opening=1_000,
    received=500,
    used=300,
    written_off=20,
    counted=-7,
    given_back=50,
    sent=400,
    at_depots=600,
    at_sites=400,
    unusable=23,
    under_way=100,
)
SHEET = DaySheet(
    ledger="Tianling county",
    day=dt.date(2020, 2, 10),
    known=1042,
    known_at="2020-02-10 21:30",
    items=[DAY],
    plan="P2020-02-10-1",
    plan_status=say("dispatched"),
    tiers=[Named("frontline", "frontline", "一线"), Named("community", "community", "社区")],
    shortages=[Shortage(item=MASK, unit="piece", units=1_200, by_tier=(0, 1_200), sites=9)],
    open=[
        OpenRow(
            matter=say("note not confirmed"),
            number="P2020-02-08-1-007",
            where=Sentence("{a} → {b}", {"a": "D1", "b": "#panic() $x$ *bold* ]"}),
            since=dt.date(2020, 2, 8),
            units=40,
            days=1,
        )
    ],
)


def pages(sheet: DaySheet, lang: str = "en") -> list[str]:
    reader = PdfReader(io.BytesIO(sheet_pdf(sheet, lang=lang)))
    return [" ".join(page.extract_text().split()) for page in reader.pages]


def test_the_sheet_says_the_sum_where_it_is_what_is_short_and_what_is_open():
    (page,) = pages(SHEET)

    for said in (
        "Day report of supplies 2020-02-10",
        "Tianling county",
        "2020-02-10 21:30, document 1042",
        "P2020-02-10-1 · dispatched",
        "MASK surgical mask piece 1,000 500 300 20 −7 50 1,123 600 400 23 100 400 1,200",
        "MASK surgical mask piece – 1,200 9",
        "note not confirmed P2020-02-08-1-007 D1 → #panic() $x$ *bold* ] 2020-02-08 40 1",
        "For every item: opening + received − used − written off ± counted − given back = closing",
        "Prepared by, date, time",
    ):
        assert said in page


@pytest.mark.parametrize(
    ("by_tier", "whole"),
    [((0.4, 0.4), (0, 1)), ((3.4, 4.4), (3, 5)), ((0.2, 0.2), (0, 0)), ((2.0, 0.0), (2, 0))],
)
def test_the_tiers_in_whole_units_add_up_to_what_the_plan_says_is_short(by_tier, whole):
    short = Shortage(item=MASK, unit="piece", units=sum(by_tier), by_tier=by_tier, sites=2)

    assert short.whole_by_tier == whole
    assert sum(short.whole_by_tier) == round(short.units)


def test_in_chinese_it_is_set_in_the_font_that_travels_with_the_program():
    reader = PdfReader(io.BytesIO(sheet_pdf(SHEET, lang="zh")))
    text = reader.pages[0].extract_text()

    for said in ("防疫物资日报", "医用外科口罩", "缺口", "一线", "到货未确认", "盖章"):
        assert said in text
    fonts = {str(font.get_object()["/BaseFont"]) for font in reader.pages[0]["/Resources"]["/Font"].values()}
    assert all("NotoSansCJK" in font for font in fonts)


@pytest.mark.parametrize(("items", "open_"), [(0, 0), (1, 0), (12, 25), (30, 25)])
def test_it_stays_one_page(items, open_):
    """The more there is on it, the smaller the letters."""
    rows = [dataclasses.replace(DAY, item=Named(f"I{n:02}", f"item {n}")) for n in range(items)]
    short = [Shortage(item=row.item, unit="piece", units=n + 5, by_tier=(n, 5), sites=3) for n, row in enumerate(rows)]

    assert len(pages(dataclasses.replace(SHEET, items=rows, shortages=short, open=SHEET.open * open_))) == 1


def test_a_very_long_day_stays_one_page_that_says_where_the_rest_is():
    """Ninety items, all of them short, and the twenty-five matters that are shown: the ones that moved most stay."""
    codes = [f"ITEM-{n:02}" for n in range(90)]
    rows = [dataclasses.replace(DAY, item=Named(code, "name"), sent=n) for n, code in enumerate(codes)]
    short = [dataclasses.replace(SHEET.shortages[0], item=Named(code, "name"), sites=n) for n, code in enumerate(codes)]
    (page,) = pages(dataclasses.replace(SHEET, items=rows, shortages=short, open=SHEET.open * 25))

    assert "… and 67 more: allocator report day --out FILE.xlsx" in page
    assert "… and 65 more: allocator report day --out FILE.xlsx" in page
    assert page.count("ITEM-89") == 2
    assert "ITEM-00" not in page


def test_a_sum_that_does_not_add_up_is_said():
    (page,) = pages(dataclasses.replace(SHEET, items=[dataclasses.replace(DAY, used=299)]))

    assert "This does not add up: MASK." in page
    assert "For every item:" not in page


def test_the_same_day_is_the_same_bytes():
    assert sheet_pdf(SHEET) == sheet_pdf(SHEET)


def test_in_the_workbook_the_sum_can_be_followed_cell_by_cell(tmp_path):
    """Closing stock is the sum of its row, and the last column compares it with where it is."""
    path = tmp_path / "day.xlsx"
    write_day_book(SHEET, path, lang="zh")
    formulas = openpyxl.load_workbook(path)["日报"]
    shown = openpyxl.load_workbook(path, data_only=True)["日报"]
    (row,) = (cell.row for cell in formulas["A"] if cell.value == "MASK 医用外科口罩" and cell.row < 9)
    headings = [cell.value for cell in formulas[row - 1]]
    said = dict(zip(headings, formulas[row], strict=True))
    values = dict(zip(headings, shown[row], strict=True))

    assert said["＝期末"].value == f"=C{row}+D{row}-E{row}-F{row}+G{row}-H{row}"
    assert said["核对"].value == f"=I{row}-SUM(J{row}:M{row})"
    assert (values["＝期末"].value, values["核对"].value, values["缺口"].value) == (1_123, 0, 1_200)
    assert formulas.page_setup.orientation == "landscape"
    assert formulas.sheet_properties.pageSetUpPr.fitToPage
