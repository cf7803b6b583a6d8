"""Where counts found something else than the books said, on both databases."""

from __future__ import annotations

import datetime as dt

import pytest
from ledgers import Book, a_ledger
from office import Office

from models.counted_off import counted_off
from models.documents_undo import reverse
from models.entry import LotKey
from models.snapshot import settled

pytestmark = pytest.mark.usefixtures("each_database")

MASKS = LotKey("I1")
FIRST = dt.date(2020, 2, 10)


@pytest.fixture
def book() -> Book:
    """P1 gets 100 at the end of the day before."""
    made = Book(a_ledger())
    made.change(100, day=-1, place="P1", lot=MASKS)
    return made


def off(book: Book, *, day: int = 5) -> dict[tuple[str, str], int]:
    with settled(book.ledger.engine) as (connection, last):
        return counted_off(connection, FIRST + dt.timedelta(days=day), document_up_to=last, zone=book.ledger.zone)


def test_a_count_that_finds_what_the_books_say_is_not_told(book):
    book.count({MASKS: 100}, day=1, place="P1")

    assert off(book) == {}


def test_what_is_missing_and_what_is_found_add_up(book):
    book.count({MASKS: 70}, day=1, place="P1")
    book.count({MASKS: 75}, day=2, place="P1")

    assert off(book) == {("P1", "I1"): 35}


def test_a_count_yet_to_come_and_one_long_ago_are_not_told(book):
    book.count({MASKS: 70}, day=3, place="P1")

    assert off(book, day=2) == {}
    assert off(book, day=3) == {("P1", "I1"): 30}
    assert off(book, day=17) == {("P1", "I1"): 30}
    assert off(book, day=18) == {}


def test_a_count_that_was_taken_back_is_not_told(book):
    posted = book.count({MASKS: 70}, day=1, place="P1")
    assert off(book) == {("P1", "I1"): 30}

    office = Office(book.ledger)
    office.post(reverse(office.head(key="undo", reason="never-happened"), number=posted.id))

    assert off(book) == {}
