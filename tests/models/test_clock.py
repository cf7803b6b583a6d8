"""A clock that was ahead: what it dated ends when it should, nobody is kept out, and it is told."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from ledgers import Book, a_ledger, at

from models.api_tokens import bearer_of, make_token, tokens_of
from models.database import reading, writing
from models.days import AHEAD, DAY
from models.jobs import LEASE_SECONDS, ask_job, claim_job
from models.passwords import set_password
from models.people import LOCAL, Person, add_person
from models.sessions import sessions_of
from models.sign_in import sign_in, signed_in_person
from models.tables import document
from models.versions import Stamp
from models.witness_alarms import alarms

YEAR = 365 * DAY
PASSWORD = "five masks and a thermometer"  # noqa: S105 - of nobody
NOW = at(100)


@pytest.fixture
def book() -> Book:
    """Ann administers and has a password."""
    book = Book(a_ledger())
    with writing(book.ledger.engine) as connection:
        add_person(connection, Person(id="ann", roles=(("administrator", ""),)), Stamp(LOCAL, 0))
        set_password(connection, "ann", PASSWORD, Stamp("ann", 0))
    return book


def test_a_session_of_a_clock_that_was_ahead_ends_once_the_clock_is_right(book):
    ledger = book.ledger
    ahead, right = (sign_in(ledger, "ann", PASSWORD, at=time) for time in (NOW + YEAR, NOW))

    assert signed_in_person(ledger, ahead, at=NOW + YEAR) is not None
    assert signed_in_person(ledger, ahead, at=NOW) is None
    assert signed_in_person(ledger, right, at=NOW - AHEAD) is not None, "clocks of two machines differ a little"
    with reading(ledger.engine) as connection:
        assert len(sessions_of(connection, "ann", at=NOW)) == 1


def test_a_token_of_a_clock_that_was_ahead_opens_nothing_before_it_was_made(book):
    with writing(book.ledger.engine) as connection:
        stamp = Stamp("ann", NOW + YEAR)
        token = make_token(connection, "ann", stamp, name="scales", scopes=["see-stock"], days=366)
        held = tokens_of(connection, "ann")[0]

    times = (NOW, NOW + YEAR - AHEAD, NOW + YEAR + 366 * DAY)
    assert [bearer_of(book.ledger, token, at=time) is not None for time in times] == [False, True, False]
    assert [held.holds(time) for time in times] == [False, True, False]


def test_who_failed_while_the_clock_was_ahead_waits_no_longer_than_others(book):
    for _ in range(5):
        with pytest.raises(Exception, match=r"password"):
            sign_in(book.ledger, "ann", "wrong" * 4, at=NOW + YEAR)

    with pytest.raises(Exception, match=r"Try again in 30 seconds"):
        sign_in(book.ledger, "ann", PASSWORD, at=NOW)


def test_a_job_whose_worker_died_while_the_clock_was_ahead_is_begun_again(book):
    engine = book.ledger.engine
    ask_job(engine, "allocate", actor="ann", at=NOW)
    first = claim_job(engine, ["allocate"], at=NOW + YEAR)
    second = claim_job(engine, ["allocate"], at=NOW)
    assert first is not None
    assert second is not None
    assert (second.id, second.tries) == (first.id, 2)
    assert claim_job(engine, ["allocate"], at=NOW + (LEASE_SECONDS - 1) * 1_000_000) is None


@pytest.mark.parametrize("years", [1, 10])
def test_what_was_recorded_while_the_clock_was_ahead_is_told_and_numbers_keep_the_order(book, years):
    book.change(10, day=0, recorded_at=NOW + years * YEAR)
    book.change(-4, day=1, recorded_at=NOW)
    with reading(book.ledger.engine) as connection:
        times = list(connection.execute(sa.select(document.c.recorded_at).order_by(document.c.id)).scalars())
        told, later = (alarms(connection, at=time) for time in (NOW, NOW + years * YEAR))

    assert times == [NOW + years * YEAR] * 2
    ahead = f"Document 2 says that it was recorded {years * 8760 + 1:,} hours from now"
    assert [str(each).partition(":")[0] for each in told] == [ahead]
    assert [each for each in later if "from now" in str(each)] == []
