"""Stock as it is shown: by site, item, expiry and lot, with the state each lot is in."""

from __future__ import annotations

import datetime as dt

import pytest
from ledgers import Book, at

from models.cuts import ALL, NOW, Asked, Cut
from models.database import reading
from models.entry import Line, LotKey, Mark
from models.stock import stock, totals

pytestmark = pytest.mark.usefixtures("each_database")

DAY = dt.date(2020, 2, 12)
FRESH, OLD, LAST_DAY = (
    LotKey("I1", "fresh", "2021-01-01"),
    LotKey("I1", "old", "2020-02-11"),
    LotKey("I1", "last day", "2020-02-12"),
)


def shown(book: Book, asked: Asked = ALL, cut: Cut = NOW, day: dt.date = DAY):
    with reading(book.ledger.engine) as connection:
        return stock(connection, day=day, asked=asked, cut=cut)


def end(day: int) -> int:
    return at(day + 0.4)


def states(book: Book, asked: Asked = ALL, cut: Cut = NOW):
    return {(row.site, row.lot, row.state): row.units for row in shown(book, asked, cut)}


def test_a_lot_is_usable_on_the_day_it_expires_and_expired_on_the_next():
    book = Book()
    for key in (FRESH, OLD, LAST_DAY):
        book.change(10, day=0, lot=key)

    assert states(book) == {
        ("D1", "fresh", "usable"): 10,
        ("D1", "last day", "usable"): 10,
        ("D1", "old", "expired"): 10,
    }


def test_what_is_set_aside_reserved_or_under_way_says_so():
    """100 came: 10 are in quarantine, 20 reserved, 30 on the way to P1, 40 are left."""
    book = Book()
    book.change(100, day=0, lot=FRESH)
    book.post("quarantine", Line("D1", "QUARANTINE:D1", FRESH, 10))
    book.post("reserve", Line("D1", "RESERVED:O1", FRESH, 20))
    book.post("transfer", Line("D1", "IN_TRANSIT:T1", FRESH, 30), shipment="T1", details={"to": "P1"})

    assert states(book) == {
        ("D1", "fresh", "usable"): 40,
        ("D1", "fresh", "quarantine"): 10,
        ("", "fresh", "reserved"): 20,
        ("P1", "fresh", "in_transit"): 30,
    }
    assert states(book, asked=Asked(place="P1")) == {("P1", "fresh", "in_transit"): 30}
    assert [total.units for total in totals(shown(book))] == [
        {"usable": 40, "quarantine": 10, "expired": 0, "recalled": 0, "reserved": 20, "in_transit": 30}
    ]


def test_a_recalled_lot_is_recalled_from_the_day_of_the_recall_until_it_is_cleared():
    book = Book()
    book.change(10, day=0, lot=FRESH)
    book.post("recall", day=1, marks=(Mark(FRESH, "recalled"),))
    book.post("recall", day=3, marks=(Mark(FRESH, "cleared"),))

    found = [states(book, cut=Cut(at=end(day))) for day in (0, 1, 3)]
    assert [next(iter(each))[2] for each in found] == ["usable", "recalled", "usable"]


def test_none_left_is_a_row_of_zero_and_never_counted_is_no_row():
    """P1 counted none of I1, and used up its I2; nobody ever spoke of I3."""
    book = Book()
    book.count({LotKey("I1", "a"): 0}, day=0, place="P1")
    book.change(5, day=0, lot=LotKey("I2", "b"), place="P1")
    book.change(-5, day=1, lot=LotKey("I2", "b"), place="P1")

    assert [(row.item, row.lot, row.units) for row in shown(book)] == [("I1", "", 0), ("I2", "", 0)]


def test_an_item_of_which_no_lot_was_ever_there_and_none_was_found_is_a_row_of_zero():
    """P1 looked for I1 as a whole on day 2, found none, and never had any: it counted, and nobody need ask."""
    book = Book()
    count = book.count({None: 0}, day=2, place="P1")

    assert [(row.site, row.item, row.units, row.state) for row in shown(book)] == [("P1", "I1", 0, "usable")]
    assert shown(book, Asked(place="P1", item="I1")) == shown(book)
    assert shown(book, Asked(place="P2")) == shown(book, Asked(item="I2")) == shown(book, Asked(lot_no="a")) == []
    assert shown(book, cut=Cut(at=end(1))) == []

    book.post("reverse", reverses=count.id, day=2)
    assert shown(book) == []
    assert [row.units for row in shown(book, cut=Cut(document=count.id))] == [0]


def test_the_day_before_the_correction_was_known():
    """10 came on day 0; on day 2 a receipt of 5 more on day 0 is found and posted.

    As it was on day 0, known now: 15. As it was on day 0, known on day 1: 10.
    """
    book = Book()
    known_on_day_1 = book.change(10, day=0, lot=FRESH).id
    book.change(5, day=0, lot=FRESH)

    assert [row.units for row in shown(book, cut=Cut(at=end(0)))] == [15]
    assert [row.units for row in shown(book, cut=Cut(at=end(0), document=known_on_day_1))] == [10]
