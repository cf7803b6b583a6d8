"""Counts, back-dated documents and reversals: numbers from other systems' tests and bug reports."""

from __future__ import annotations

import pytest
from ledgers import Book

from models import posting
from models.database import reading
from models.documents_read import read_document
from models.entry import Line, LotKey, Refusal
from models.posting import NegativeOnDay, NotEnoughStock
from models.tables import UNITS_MAX, UNITS_PER_LINE_MAX

pytestmark = pytest.mark.usefixtures("each_database")

MASKS = LotKey("I1")


@pytest.fixture
def three_steps() -> Book:
    """10 on day -1; 10 more on days 2 and 3."""
    book = Book()
    for day in (-1, 2, 3):
        book.change(10, day=day)
    return book


@pytest.mark.parametrize(("units", "expected"), [(15, [10, 25, 35, 45]), (-5, [10, 5, 15, 25])])
def test_a_back_dated_change_is_there_from_its_day_on(three_steps, units, expected):
    three_steps.change(units, day=0)

    assert three_steps.held(-1, 0, 2, 3) == expected


def test_a_back_dated_count_is_what_was_there_on_its_day(three_steps):
    three_steps.count({MASKS: 50}, day=0)

    assert three_steps.held(-1, 0, 2, 3) == [10, 50, 60, 70]


def test_what_was_counted_stays_counted():
    book = Book()
    book.change(20, day=0)
    book.count({MASKS: 10}, day=1)

    book.change(15, day=0.1)

    assert book.held(0, 1) == [35, 10]
    assert book.now() == 10


def test_no_day_between_falls_below_zero_although_the_end_does_not():
    book = Book()
    book.change(5, day=1)
    book.change(-5, day=2)
    book.change(2, day=4)

    with pytest.raises(NegativeOnDay, match=r"1 unit of I1 .* too few at 2020-02-13 12:00"):
        book.change(-1, day=3)
    assert book.held(1, 2, 3, 4) == [5, 0, 0, 2]


def test_control_without_the_look_at_the_days_between_one_of_them_falls_below_zero(monkeypatch):
    monkeypatch.setattr(posting, "refuse_if_earlier_day_short", lambda *_, **__: None)
    book = Book()
    book.change(5, day=1)
    book.change(-5, day=2)
    book.change(2, day=4)

    book.change(-1, day=3)

    assert book.held(1, 2, 3, 4) == [5, 0, -1, 1]


def test_at_one_instant_what_was_recorded_later_comes_later():
    """A count at noon says what was there at noon; what is recorded after it, for noon too, comes on top."""
    book = Book()
    book.change(10, day=0)
    book.change(-1, day=1)
    book.count({MASKS: 4}, day=1)
    book.change(3, day=1)

    assert book.now() == 7


def test_within_a_day_what_happened_earlier_comes_earlier_whenever_it_is_recorded():
    """4 were counted at noon; that 3 came in the morning is recorded afterwards, and what was counted stays."""
    book = Book()
    book.change(10, day=0)
    book.count({MASKS: 4}, day=1)
    book.change(3, day=0.9)
    assert book.now() == 4

    book.change(3, day=1.1)
    assert book.now() == 7


def test_a_balance_near_the_limit_is_refused_and_not_wrapped():
    book = Book()
    full = [Line("SUPPLIER:S1", "D1", MASKS, UNITS_PER_LINE_MAX)] * (UNITS_MAX // UNITS_PER_LINE_MAX)
    book.post("receive", *full)

    with pytest.raises(Refusal, match="cannot be held in one place"):
        book.change(10, day=1)
    assert book.now() == UNITS_MAX


@pytest.mark.parametrize(
    ("before", "moved"), [(10, [("COUNT_GAIN", "D1", 5)]), (20, [("D1", "COUNT_SHORT", 5)]), (15, [])]
)
def test_a_count_posts_the_difference(before, moved):
    book = Book()
    book.change(before, day=0)

    count = book.count({MASKS: 15}, day=1)

    assert book.now() == 15
    with reading(book.ledger.engine) as connection:
        lines = read_document(connection, count.id).lines
    assert [(line.from_location, line.to_location, line.units) for line in lines] == moved


def test_a_count_on_the_day_of_a_receipt_and_an_issue_is_the_last_word():
    book = Book()
    book.change(7000, day=0)
    book.change(-700, day=0)

    book.count({MASKS: 6200}, day=0)

    assert book.now() == 6200


def test_reversing_an_issue_before_a_count_leaves_what_was_counted():
    book = Book()
    book.change(50, day=-160)
    issue = book.change(-42, day=-140)
    book.count({MASKS: 1}, day=0)

    mirrored = Line("CONSUMED:D1", "D1", MASKS, 42)
    book.post("reverse", mirrored, day=-140, reverses=issue.id)

    assert book.held(-140, 0) == [50, 1]


def test_a_back_dated_count_that_would_leave_a_later_day_short_is_refused():
    book = Book()
    book.change(10, day=1)
    book.change(-8, day=10)

    with pytest.raises(NegativeOnDay, match=r"1 unit of I1 .* too few at 2020-02-20"):
        book.count({MASKS: 7}, day=1)


@pytest.mark.parametrize(("whole", "expected"), [(False, 45), (True, 15)])
def test_a_count_of_one_lot_says_nothing_of_others_unless_it_is_of_the_whole_item(whole, expected):
    first, second = LotKey("I1", "lot1"), LotKey("I1", "lot2")
    book = Book()
    book.change(30, day=0, lot=second)

    book.count({first: 30, None: 0} if whole else {first: 30}, day=1)
    book.change(15, day=2, lot=second)

    assert book.now(key=first) == 30
    assert book.now(key=second) == expected


def test_stock_that_comes_to_light_before_a_whole_count_was_not_there_when_counted():
    late = LotKey("I1", "late")
    book = Book()
    book.change(30, day=0)
    book.count({MASKS: 30, None: 0}, day=1)

    book.change(8, day=0, lot=late)

    assert book.held(0, 1, key=late) == [8, 0]


def test_reversing_a_count_gives_back_what_it_absorbed():
    book = Book()
    book.change(20, day=0)
    count = book.count({MASKS: 10}, day=1)
    book.change(15, day=0.1)

    book.post("reverse", Line("COUNT_SHORT", "D1", MASKS, 10), day=1, reverses=count.id)

    assert book.held(0, 1) == [35, 35]


def test_all_that_is_short_is_said_at_once():
    book = Book()
    book.change(5, day=0)
    book.change(3, day=0, lot=LotKey("I2"))

    with pytest.raises(NotEnoughStock) as refused:
        book.post("issue", Line("D1", "CONSUMED:D1", MASKS, 6), Line("D1", "CONSUMED:D1", LotKey("I2"), 4), day=1)
    first, second = (str(sentence) for sentence in refused.value.sentences)
    assert first.startswith("D1 holds 5 units of I1 (no lot number), so 6 cannot leave it. Take 5 or fewer")
    assert second.startswith("D1 holds 3 units of I2 (no lot number), so 4 cannot leave it. Take 3 or fewer")
