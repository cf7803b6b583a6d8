"""`allocator stock`, as it is typed and read."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from click.testing import CliRunner, Result
from ledgers import Book, a_ledger
from openpyxl import load_workbook

from cli import root
from models.entry import Line, LotKey


@pytest.fixture
def address(tmp_path):
    """Return the address of a ledger: D1 got 130 masks on 10 February, used 20 on the 12th; P2 counted none."""
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    book = Book(a_ledger(url))
    masks = LotKey("I1", "A1", "2020-06-30")
    book.change(130, day=0, lot=masks)
    book.change(-20, day=2, lot=masks)
    book.count({masks: 0}, day=1, place="P2")
    book.ledger.engine.dispose()
    return url


def stock(address: str, *words: str, lang: str = "en") -> Result:
    return CliRunner().invoke(root, ["--lang", lang, "--db", address, "stock", *words], prog_name="allocator")


def test_a_table_of_lots_and_one_of_items(address):
    assert stock(address).stdout.splitlines() == [
        "Stock as it is known now",
        "",
        "site  item  lot  expires     state    place  units  packs",
        "D1    I1    A1   2020-06-30  expired           110     11",
        "P2    I1                     usable              0      0",
        "",
        "item  unit   usable  set aside  reserved  in transit  all",
        "I1    piece       0        110         0           0  110",
    ]


def test_as_of_a_day_in_both_languages(address):
    english, chinese = stock(address, "--as-of", "2020-02-11"), stock(address, "--as-of", "2020-02-11", lang="zh")

    assert "D1    I1    A1   2020-06-30  usable           130     13" in english.stdout
    assert english.stdout.startswith("Stock at the end of 2020-02-11\n")
    assert "2020-02-11" in chinese.stdout.splitlines()[0]
    assert "可用" in chinese.stdout


def test_places_are_words_in_the_readers_language_and_a_time_is_shown_as_it_was_said(tmp_path):
    book = Book(a_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}"))
    masks = LotKey("I1")
    book.change(50, day=0)
    book.post("quarantine", Line("D1", "QUARANTINE:D1", masks, 10))
    book.post("transfer", Line("D1", "IN_TRANSIT:T1", masks, 15), shipment="T1", details={"to": "P1"})
    book.ledger.engine.dispose()
    english, chinese = (stock(str(book.ledger.engine.url), "--lot", "-", lang=lang).stdout for lang in ("en", "zh"))

    assert ("quarantine at D1" in english, "shipment T1" in english) == (True, True)
    assert ("D1 隔离区" in chinese, "运单 T1" in chinese) == (True, True)
    early = stock(str(book.ledger.engine.url), "--known-at", "2020-02-10T13:55").stdout
    assert early.startswith("Stock as it was known at 2020-02-10 13:55\n")


def test_one_json_document_with_rows_and_totals(address):
    """Known at a time before anything was recorded: nothing."""
    told = json.loads(stock(address, "--json", "--as-of", "2020-02-11", "--item", "I1").stdout)
    before = json.loads(stock(address, "--json", "--known-at", "2020-02-10").stdout)

    assert [(row["site"], row["lot"], row["state"], row["units"]) for row in told["rows"]] == [
        ("D1", "A1", "usable", 130),
        ("P2", "", "usable", 0),
    ]
    assert [(total["item"], total["all_units"]) for total in told["totals"]] == [("I1", 130)]
    assert (before["document"], before["rows"]) == (0, [])


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--site", "D11"), "There is no site D11. Is D1 meant?"),
        (("--item", "X"), "There is no item X."),
        (("--lot", "A2"), "There is no lot A2. Is A1 meant?"),
        (("--as-of", "yesterday"), '"yesterday" is not a day. Write it as 2020-02-10.'),
    ],
)
def test_what_is_not_there_is_refused_with_what_may_be_meant(address, words, says):
    result = stock(address, *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_what_is_shown_is_saved_with_where_it_comes_from(address, tmp_path):
    out = tmp_path / "stock.xlsx"
    told = stock(address, "--item", "I1", "--as-of", "2020-02-11", "--out", str(out), lang="zh")
    book = load_workbook(out)
    about = {row[0].value: row[1].value for row in book.worksheets[-1].iter_rows(min_row=3)}

    assert (told.exit_code, str(out) in told.stderr) == (0, True), told.output
    assert [[cell.value for cell in row][:9] for row in book.worksheets[0]] == [
        ["点位", "点位名称", "物资", "物资名称", "批号", "有效期", "状态", "位置", "数量"],
        ["D1", None, "I1", "item 1", "A1", dt.datetime.fromisoformat("2020-06-30"), "可用", None, 130],
        ["P2", None, "I1", "item 1", None, None, "可用", None, 0],
    ]
    assert (about["物资"], about["点位"]) == ("I1", "不限")
    assert about["截至单据"] == "3"


def test_a_csv_file_for_each_table_and_no_other_ending(address, tmp_path):
    stock(address, "--out", str(tmp_path / "stock.csv"))
    wrong = stock(address, "--out", str(tmp_path / "stock.doc"))

    assert (tmp_path / "stock-totals.csv").read_text("utf-8-sig").splitlines()[1] == "I1,item 1,piece,0,0,110,0,0,0,110"
    assert (wrong.exit_code, wrong.stderr) == (
        2,
        f"{tmp_path / 'stock.doc'} is none of these: .xlsx, .csv, .parquet. Name the file so.\n",
    )
