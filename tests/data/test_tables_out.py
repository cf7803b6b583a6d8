"""Tables that people save: dates are dates, absent is not zero, and no text is ever worked out as a formula."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from allocator.sentence import Named, say
from data.tables_out import AboutOut, ColumnOut, TableOut, rows_out, write_tables

MONDAY, TUESDAY, HALF_PAST_TWO = map(dt.datetime.fromisoformat, ("2020-02-10", "2020-02-11", "2020-02-10T14:30"))
COLUMNS = (
    ("site", say("site"), "text"),
    ("day", say("day"), "date"),
    ("units", say("units"), "whole"),
    ("cover", say("cover"), "decimal"),
    ("at", say("time"), "time"),
)
ROWS = [
    ("=HYPERLINK(1)", dt.date(2020, 2, 10), 1200, 2.5, HALF_PAST_TWO),
    (Named("P1", "Gate", "卡口"), "2020-02-11", None, Decimal("0.10"), None),
    ("-", None, 0, float("nan"), None),
]
ABOUT = AboutOut(title=say("Stock"), day=dt.date(2020, 2, 10), facts=[(say("site"), "P1"), (say("ledger"), say("all"))])


def written(tmp_path: Path, name: str, *, lang: str = "en", rows=ROWS) -> Path:
    path = tmp_path / name
    write_tables(path, [rows_out("stock", say("Stock"), COLUMNS, rows)], ABOUT, lang=lang)
    return path


def test_a_workbook_has_real_dates_and_numbers_a_frozen_header_and_an_about_sheet(tmp_path):
    book = load_workbook(written(tmp_path, "t.xlsx"))
    sheet, about = book.worksheets

    assert [[cell.value for cell in row] for row in sheet] == [
        ["site", "day", "units", "cover", "time"],
        ["=HYPERLINK(1)", MONDAY, 1200, 2.5, HALF_PAST_TWO],
        ["Gate", TUESDAY, None, 0.1, None],
        ["-", None, 0, None, None],
    ]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:E4")
    assert sheet["B2"].is_date
    assert [[cell.value for cell in row] for row in about.iter_rows(min_row=3)] == [
        ["site", "P1"],
        ["ledger", "all"],
        ["rows", "Stock: 3"],
    ]


def test_a_text_that_begins_as_a_formula_does_is_a_text_and_stays_one(tmp_path):
    sheet = load_workbook(written(tmp_path, "t.xlsx")).worksheets[0]

    assert (sheet["A2"].data_type, sheet["A2"].quotePrefix) == ("s", True)
    assert not sheet["A3"].quotePrefix


def test_a_csv_file_opens_in_excel_as_it_is(tmp_path):
    english, chinese = (written(tmp_path, f"{lang}.csv", lang=lang).read_bytes() for lang in ("en", "zh"))

    assert english.startswith(b"\xef\xbb\xbfsite,day,units,cover,at\n")
    assert chinese.startswith("\ufeff点位,日期,".encode())
    assert english.decode("utf-8-sig").splitlines()[1:] == [
        "'=HYPERLINK(1),2020-02-10,1200,2.5,2020-02-10 14:30",
        "Gate,2020-02-11,,0.10,",
        "-,,0,,",
    ]
    assert "卡口," in chinese.decode()


def test_parquet_keeps_the_types_and_where_it_comes_from(tmp_path):
    table = pq.read_table(written(tmp_path, "t.parquet", lang="zh"))

    assert [str(field.type) for field in table.schema] == ["string", "date32[day]", "int64", "double", "timestamp[ms]"]
    assert table.column("units").to_pylist() == [1200, None, 0]
    assert table.schema.metadata[b"site"] == b"P1"


@pytest.mark.parametrize("ending", [".xlsx", ".csv", ".parquet"])
def test_numpy_columns_are_written_as_they_are_and_so_is_a_table_without_rows(tmp_path, ending):
    for units in (np.array([1, 2, 3]), np.array([], dtype=np.int64)):
        columns = (
            ColumnOut(name="units", title=say("units"), holds="whole", values=units),
            ColumnOut(name="share", title=say("share"), holds="share", values=units / 4),
        )
        path = tmp_path / f"t{len(units)}{ending}"
        write_tables(path, [TableOut(name="t", title=say("Stock"), columns=columns)], ABOUT, lang="en")
        assert path.stat().st_size > 0


def test_sums_stand_below_as_formulas(tmp_path):
    path = tmp_path / "t.xlsx"
    table = rows_out("stock", say("Stock"), COLUMNS, ROWS, added_up=("units",))
    write_tables(path, [table], ABOUT, lang="en")

    assert load_workbook(path).worksheets[0]["C5"].value == "=SUM(C2:C4)"
    assert load_workbook(path, data_only=True).worksheets[0]["C5"].value == 1200


def test_the_same_tables_are_the_same_bytes(tmp_path):
    for ending in ("xlsx", "csv", "parquet"):
        first, second = (written(tmp_path, f"{n}.{ending}").read_bytes() for n in (1, 2))
        assert first == second


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), min_size=1, max_size=8))
def test_no_cell_of_a_csv_file_begins_as_a_formula_does(tmp_path_factory, texts):
    path = tmp_path_factory.mktemp("csv") / "t.csv"
    columns = tuple(ColumnOut(name=name, title=say("text"), values=texts) for name in ("first", "second"))
    write_tables(path, [TableOut(name="t", title=say("Stock"), columns=columns)], ABOUT, lang="en")
    with path.open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in list(csv.reader(file))[1:] for cell in row]

    assert not [cell for cell in cells if cell[:1] in tuple("=+-@\t\r") and len(cell) > 1]
    assert [cell.removeprefix("'") for cell in cells[::2]] == [text.removeprefix("'") for text in texts]
