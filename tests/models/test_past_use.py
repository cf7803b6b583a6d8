"""Use from before the ledger: kept, added to, and joined with what the ledger records."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from ledgers import Book, a_ledger, at

from allocator.demand import DemandHistory
from data.ledger_case import policy_in_force
from models.catalogue_history import past_uses, save_history
from models.catalogue_reports import save_reports
from models.database import reading, writing
from models.planning_known import planning_known
from models.snapshot import settled, snapshot
from models.tables import item
from models.versions import Stamp

pytestmark = pytest.mark.usefixtures("each_database")

STAMP = Stamp("A", at(0))
POLICY = """date = 2020-01-01
[tiers]
frontline = ["checkpoint", "clinic"]
[[ladder]]
tiers = ["frontline"]
cover_days = 2
"""


@pytest.fixture
def book() -> Book:
    return Book(a_ledger())


def save(book: Book, first: str, units: str, *, days: int = 1, stockout: str | None = None) -> tuple[int, int, int]:
    columns = {
        "site": ["P1"],
        "item": ["I1"],
        "first_day": [first],
        "period_days": [days],
        "units": [units],
        "stockout": [stockout if stockout is not None else "," * units.count(",")],
    }
    with writing(book.ledger.engine) as connection:
        saved = save_history(connection, columns, STAMP)
    return saved.new, saved.changed, saved.same


def kept(book: Book) -> tuple[str, list[float]]:
    with reading(book.ledger.engine) as connection:
        (one,) = past_uses(connection)
    return one.first_day.isoformat(), np.nan_to_num(one.units, nan=-1).tolist()


def known(book: Book, day: str = "2020-02-13") -> DemandHistory:
    with settled(book.ledger.engine) as (connection, last):
        policy = policy_in_force(POLICY, dt.date.fromisoformat(day)).policy
        case = snapshot(connection, policy, document=last, zone=book.ledger.zone)
        return planning_known(connection, case, document=last, zone=book.ledger.zone).history


def test_the_same_again_changes_nothing_and_more_is_added(book):
    assert save(book, "2020-02-01", "5,,7") == (1, 0, 0)
    assert save(book, "2020-02-01", "5,,7") == (0, 0, 1)
    assert save(book, "2020-02-02", "6") == (0, 1, 0)
    assert save(book, "2020-02-05", "9,8") == (0, 1, 0)

    assert kept(book) == ("2020-02-01", [5, 6, 7, -1, 9, 8])


def test_months_are_added_to_months_whatever_their_days(book):
    """Three months that end with March 2019, then the one that ends with March 2021."""
    save(book, "2019-01-01", "1,2,3", days=30)
    save(book, "2021-03-02", "9", days=30)
    first, units = kept(book)

    assert units == [1, 2, 3, *[-1] * 23, 9]
    assert dt.date.fromisoformat(first) + dt.timedelta(days=27 * 30 - 1) == dt.date(2021, 3, 31)


def test_periods_of_another_length_take_the_place_of_all(book):
    save(book, "2020-02-01", "5,,7")
    save(book, "2020-01-06", "40,41", days=7)

    assert kept(book) == ("2020-01-06", [40, 41])


def test_where_the_ledger_records_nothing_yet_the_past_stands_as_it_was_kept(book):
    save(book, "2020-01-06", "40,,42,43,44,45", days=7)
    history = known(book)

    assert (history.period_days, str(history.first_day), str(history.last_day)) == (7, "2020-01-06", "2020-02-09")
    assert np.nan_to_num(history.units, nan=-1).tolist() == [[40, -1, 42, 43, 44]]


def test_what_the_ledger_records_comes_before_what_was_kept_elsewhere(book):
    save(book, "2020-02-08", "5,6,7,8", stockout=",,,0.5")
    book.change(100, day=0, place="P1")
    book.change(-30, day=0, place="P1")
    history = known(book)

    assert history.period_days == 1
    assert history.units[0, -5:].tolist() == [5, 6, 30, 8, pytest.approx(np.nan, nan_ok=True)]
    assert history.stockout[0, -5:].tolist() == [0, 0, 0, 0.5, 0]


def report(
    book: Book, month: str, used: int | None, *, closing: int | None = None, out_days: int | None = None
) -> None:
    """Save a monthly stock report of P1 and I1."""
    columns = {
        "site": ["P1"],
        "item": ["I1"],
        "month": [month],
        "distributed_units": [used],
        "closing_units": [closing],
        "stockout_days": [out_days],
    }
    with writing(book.ledger.engine) as connection:
        save_reports(connection, columns, STAMP)


def test_monthly_stock_reports_are_history_with_stock_outs_and_stock_at_the_end(book):
    """October to January; nobody reported in December, and of half of November there was none."""
    report(book, "2019-10", 310, closing=50)
    report(book, "2019-11", 90, closing=0, out_days=15)
    report(book, "2020-01", 200, closing=70)
    history = known(book)

    assert (history.period_days, str(history.last_day)) == (30, "2020-01-31")
    assert np.nan_to_num(history.units, nan=-1).tolist() == [[310, 90, -1, 200]]
    assert history.stockout.tolist() == [[0, 0.5, 0, 0]]
    assert np.nan_to_num(history.held, nan=-1).tolist() == [[50, 0, -1, 70]]


def test_a_month_that_is_not_over_is_not_known_yet(book):
    report(book, "2020-01", 200)
    report(book, "2020-02", 10)

    assert known(book).units.tolist() == [[200]]


def test_a_month_in_which_days_are_recorded_is_not_told_twice(book):
    """January's report speaks for its days; of February the ledger's own records do."""
    report(book, "2020-01", 300, closing=40)
    report(book, "2020-02", 999)
    book.change(100, day=0, place="P1")
    book.change(-30, day=0, place="P1")
    history = known(book, "2020-03-05")

    days = {str(np.datetime64(history.first_day) + n): history.units[0, n] for n in range(history.periods)}
    assert (days["2020-01-01"], days["2020-01-31"], days["2020-02-10"]) == (300 / 31, 300 / 31, 30)
    assert [day for day, units in days.items() if day >= "2020-02" and not np.isnan(units)] == ["2020-02-10"]
    assert history.held[0, list(days).index("2020-01-31")] == 40


def test_months_that_were_kept_come_before_reports_of_the_same_months(book):
    save(book, "2019-12-03", "50,60", days=30)
    report(book, "2020-01", 999, closing=5)
    report(book, "2019-11", 40)

    assert known(book).units.tolist() == [[40, 50, 60]]


def test_weeks_that_were_kept_silence_the_month_they_begin_in(book):
    save(book, "2020-01-06", "40,41,42,43", days=7)
    report(book, "2020-01", 999)
    report(book, "2019-12", 310)
    book.change(100, day=0, place="P1")
    book.change(-30, day=0, place="P1")
    history = known(book)

    days = {str(np.datetime64(history.first_day) + n): history.units[0, n] for n in range(history.periods)}
    assert days["2019-12-20"] == 10
    assert days["2020-01-07"] == pytest.approx(40 / 7)
    assert np.isnan(days["2020-01-03"])


def test_what_is_durable_is_not_used_up(book):
    with writing(book.ledger.engine) as connection:
        connection.execute(item.update().where(item.c.code == "I1").values(use="durable"))
    report(book, "2020-01", 200)

    assert len(known(book)) == 0
