"""A snapshot's document id tells its state again: nobody who has drawn a lower id may still be writing."""

from __future__ import annotations

import threading
import time

import pytest
import sqlalchemy as sa
from ledgers import MASKS, Book, a_ledger
from servers import a_postgres_database

from models.entry import Entry, Line
from models.posting import post_in
from models.snapshot import settled

MINUTE = 60.0


@pytest.fixture
def ledger():
    made = a_ledger(a_postgres_database())
    yield made
    made.engine.dispose()


def waiting(connection) -> int:
    """Return how many wait for a lock on the documents."""
    query = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'document'::regclass"
    return connection.execute(sa.text(query)).scalar_one()


def until(condition) -> bool:
    """Wait for a condition, a minute at most."""
    end = time.monotonic() + MINUTE
    while not condition() and time.monotonic() < end:
        time.sleep(0.005)
    return condition()


def test_a_snapshot_waits_for_who_is_writing_and_holds_up_nobody_afterwards(ledger):
    """A writer has drawn id 1 and not committed; the snapshot waits, then knows document 1.

    While the snapshot is read, another document is posted: it is not in it.
    """
    entry = Entry(key="k", type="opening", actor="A", occurred_at=0, lines=(Line("OPENING", "D1", MASKS, 5),))
    drawn, may_commit, taken = threading.Event(), threading.Event(), []

    def write() -> None:
        def work(book, names):
            posted = post_in(book, names, entry, recorded_at=1, zone=ledger.zone)
            drawn.set()
            may_commit.wait(MINUTE)
            return posted

        ledger.write(work)

    def take() -> None:
        with settled(ledger.engine) as (connection, last):
            posted = Book(ledger).change(3, day=0)
            count = connection.execute(sa.text("SELECT count(*) FROM document")).scalar_one()
            taken.append((last, count, posted.id))

    writer, taker = threading.Thread(target=write), threading.Thread(target=take)
    writer.start()
    assert drawn.wait(MINUTE)
    taker.start()
    with ledger.engine.connect() as connection:
        assert until(lambda: waiting(connection) == 1)
        assert taken == []
    may_commit.set()
    writer.join(MINUTE)
    taker.join(MINUTE)

    assert taken == [(1, 1, 2)]
