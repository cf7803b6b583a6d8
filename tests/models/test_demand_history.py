"""What sites used, day by day, as the ledger tells it: what was reported, what counts closed, what is a gap."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from ledgers import DAY_0, Book, a_ledger, at
from office import Office

from allocator.demand import DemandHistory
from data.ledger_case import policy_in_force
from models.database import writing
from models.demand_history import demand_history
from models.documents_undo import reverse
from models.entry import Line, LotKey
from models.snapshot import settled
from models.snapshot_catalogue import catalogued
from models.tables import item, lane, location

pytestmark = pytest.mark.usefixtures("each_database")

POLICY = """date = 2020-01-01
[tiers]
frontline = ["checkpoint", "clinic"]
[[ladder]]
tiers = ["frontline"]
cover_days = 2
"""
SECOND = LotKey("I2")


@pytest.fixture
def book() -> Book:
    """P1 gets 100 of two items at the end of day −1."""
    book = Book(a_ledger())
    for key in (LotKey("I1"), SECOND):
        book.change(100, day=-1, place="P1", lot=key)
    return book


def history(book: Book, *, days: int = 6, upto: int | None = None, window: int | None = None) -> DemandHistory:
    """Return the history of days 0 up to, not including, `days`."""
    with settled(book.ledger.engine) as (connection, last):
        policy = policy_in_force(POLICY, dt.date(2020, 2, 10) + dt.timedelta(days=days)).policy
        case = catalogued(connection, policy)
        return demand_history(
            connection, case, document=upto or last, zone=book.ledger.zone, window_days=window or days
        )


def use(book: Book, site: str = "P1", item: str = "I1", **asked: int) -> str:
    """Return the use of a pair, "." for a gap."""
    found = history(book, **asked)
    row = list(zip(found.sites, found.items, strict=True)).index((site, item))
    return " ".join("." if np.isnan(units) else f"{units:g}" for units in found.units[row])


def out(book: Book, site: str = "P1", item: str = "I1", **asked: int) -> str:
    found = history(book, **asked)
    row = list(zip(found.sites, found.items, strict=True)).index((site, item))
    return "".join(f"{share:g}" for share in found.stockout[row])


def test_a_day_without_a_report_is_a_gap_and_no_zero(book):
    book.change(-7, day=0, place="P1")
    book.change(-3, day=2, place="P1")

    assert use(book) == "7 . 3 . . ."


def test_who_reports_use_of_one_item_used_none_of_the_others(book):
    book.change(-7, day=0, place="P1")
    book.change(-4, day=3, place="P1", lot=SECOND)

    assert use(book, item="I2") == "0 . . 4 . ."
    assert use(book) == "7 . . 0 . ."


def test_what_is_given_back_was_not_used(book):
    book.change(-7, day=1, place="P1")
    book.post("return", Line("CONSUMED:P1", "P1", LotKey("I1"), 2), day=1)

    assert use(book) == ". 5 . . . ."


def test_use_that_was_reversed_was_never_reported(book):
    number = book.change(-7, day=1, place="P1").id
    Office(book.ledger).post(reverse(Office(book.ledger).head(key="undo", reason="never-happened"), number=number))

    assert use(book) == ". . . . . ."


def test_what_a_count_finds_missing_was_used_on_the_days_nobody_reported(book):
    """Of 100, 10 are reported as used; 78 are counted: 12 went on the three days without a report."""
    book.change(-10, day=1, place="P1")
    book.count({LotKey("I1"): 78, None: 0}, day=3, place="P1")

    assert use(book) == "4 10 4 4 . ."


def test_a_count_that_finds_everything_closes_its_gaps_with_zeros(book):
    book.count({LotKey("I1"): 100, None: 0}, day=2, place="P1")
    book.change(-5, day=4, place="P1")

    assert use(book) == "0 0 0 . 5 ."


def test_what_is_missing_although_every_day_was_reported_was_lost_and_not_used(book):
    for day in range(3):
        book.change(-10, day=day, place="P1")
    book.count({LotKey("I1"): 65, None: 0}, day=2, place="P1")

    assert use(book) == "10 10 10 . . ."


def test_a_count_reaches_back_to_the_count_before_it_and_no_further(book):
    book.count({LotKey("I1"): 100, None: 0}, day=1, place="P1")
    book.count({LotKey("I1"): 88, None: 0}, day=4, place="P1")

    assert use(book) == "0 0 4 4 4 ."


def test_what_was_used_before_a_count_but_recorded_after_it_is_use_and_not_missing(book):
    book.count({LotKey("I1"): 90, None: 0}, day=2, place="P1")
    assert use(book) == "3.33333 3.33333 3.33333 . . ."
    book.change(-10, day=1, place="P1")

    assert use(book) == "0 10 0 . . ."


def test_a_count_of_one_lot_says_nothing_of_the_item(book):
    book.count({LotKey("I1"): 60}, day=2, place="P1")

    assert use(book) == ". . . . . ."


def test_a_day_without_stock_at_both_its_ends_was_out(book):
    """Used up on day 1, so days 2 and 3 are out; what comes on day 4 can be used on it."""
    book.change(-40, day=0, place="P1")
    book.change(-60, day=1, place="P1")
    book.change(30, day=4, place="P1")

    assert out(book) == "001100"


def test_stock_that_has_expired_cannot_be_used(book):
    """The last usable day of the lot is day 2."""
    old = LotKey("I3", "L", "2020-02-12")
    book.change(10, day=-1, place="P1", lot=old)

    assert out(book, item="I3") == "000111"


def test_what_was_recorded_later_is_not_known_earlier(book):
    number = book.change(-7, day=0, place="P1").id
    book.change(-9, day=1, place="P1")

    assert use(book, upto=number) == "7 . . . . ."
    assert use(book) == "7 9 . . . ."


def test_before_a_site_had_any_of_an_item_nothing_is_known(book):
    book.change(20, day=2, place="P2")
    book.change(-5, day=3, place="P2")
    book.change(-1, day=0, place="P1")

    assert use(book, site="P2") == ". . . 5 . ."


def test_depots_that_only_hand_on_and_durables_are_no_series(book):
    with writing(book.ledger.engine) as connection:
        ids = dict(connection.execute(location.select().with_only_columns(location.c.code, location.c.id)).all())
        connection.execute(lane.insert(), [{"depot": ids["D1"], "site": ids["P1"]}])
        connection.execute(item.update().where(item.c.code == "I3").values(use="durable"))
    book.change(50, day=0)
    book.change(50, day=0, place="P1", lot=LotKey("I3"))

    assert list(zip(*(history(book).sites, history(book).items), strict=True)) == [("P1", "I1"), ("P1", "I2")]


def test_the_window_may_be_shorter_than_what_is_known(book):
    for day in range(6):
        book.change(-day - 1, day=day, place="P1")

    assert use(book, window=3) == "4 5 6"
    assert history(book, window=3).first_day == dt.date(2020, 2, 13)


def test_a_ledger_without_any_movement_has_no_history():
    found = history(Book(a_ledger()))

    assert len(found) == 0
    assert found.last_day == dt.date(2020, 2, 15)


@pytest.mark.parametrize(
    ("timezone", "first", "hours"),
    [
        ("Europe/Berlin", "2020-03-28", "24 23 24"),
        ("Europe/Berlin", "2020-10-24", "24 25 24"),
        ("Europe/Berlin", "2020-10-25", "25 24 24"),
        ("Europe/Berlin", "2020-10-23", "24 24 25"),
        ("America/Havana", "2020-11-01", "25 24 24"),
        ("Asia/Shanghai", "2020-10-24", "24 24 24"),
    ],
)
def test_where_clocks_change_each_hour_counts_for_its_own_day(timezone, first, hours):
    """One unit is used in each hour, half past, of three days and of the hours before and after them."""
    book = Book(a_ledger(timezone=timezone))
    begins = dt.datetime.combine(dt.date.fromisoformat(first), dt.time(), tzinfo=book.ledger.zone).astimezone(dt.UTC)
    in_days = (begins - DAY_0) / dt.timedelta(days=1)
    book.change(1000, day=in_days - 9, place="P1")
    for hour in range(-3, 76):
        book.change(-1, day=in_days + (hour + 0.5) / 24, place="P1", recorded_at=at(400) + hour)

    with settled(book.ledger.engine) as (connection, last):
        policy = policy_in_force(POLICY, dt.date.fromisoformat(first) + dt.timedelta(days=3)).policy
        found = demand_history(
            connection, catalogued(connection, policy), document=last, zone=book.ledger.zone, window_days=3
        )

    assert " ".join(f"{units:g}" for units in found.units[0]) == hours


def test_what_is_used_just_before_midnight_of_the_last_day_counts_for_it_in_winter_too():
    """From 180 days back, in summer, to the last day: it ends an hour later than as many times 24 hours."""
    book = Book(a_ledger(timezone="Europe/Berlin"))
    late = dt.datetime(2020, 11, 30, 23, 30, tzinfo=book.ledger.zone).astimezone(dt.UTC)
    in_days = (late - DAY_0) / dt.timedelta(days=1)
    book.change(100, day=in_days - 9, place="P1")
    book.change(-7, day=in_days, place="P1", recorded_at=at(400))
    book.count({LotKey("I1"): 91, None: 0}, day=in_days + 0.01, place="P1", recorded_at=at(401))

    with settled(book.ledger.engine) as (connection, last):
        case = catalogued(connection, policy_in_force(POLICY, dt.date(2020, 12, 1)).policy)
        found = demand_history(connection, case, document=last, zone=book.ledger.zone)

    assert (found.last_day, found.units[0][-1]) == (dt.date(2020, 11, 30), 7)
