"""Use from before the ledger: kept, added to, and joined with what the ledger records."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from ledgers import Book, a_ledger, at

from allocator.demand import DemandHistory
from data.ledger_case import policy_in_force
from models.catalogue_history import past_uses, save_history
from models.database import reading, writing
from models.planning_known import planning_known
from models.snapshot import settled, snapshot
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
