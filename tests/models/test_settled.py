"""A snapshot's document id tells its state again: nobody who has drawn a lower id may still be writing."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator

import pytest
from ledgers import Book, at, kept_in

from allocator.policy import Policy, Rung
from models import snapshot as module
from models import unfinished
from models.entry import Entry, Line, LotKey, Refusal
from models.posting import post_in
from models.snapshot import settled, snapshot

POLICY = Policy(
    date=dt.date(2020, 2, 12),
    tiers={"all": ("checkpoint",)},
    ladder=(Rung(tiers=("all",), cover_days=1, holding_share=1),),
)


@pytest.fixture
def lingering() -> Iterator[tuple[Book, Callable[[], None]]]:
    """Return a book on PostgreSQL with 1 unit at D1 and at P1, and what lets a writer commit.

    The writer has drawn document 3 (10 more to D1); another has posted document 4 (20 more to P1) meanwhile.
    """
    with kept_in("postgresql"):
        book = Book()
        book.change(1, day=0)
        book.change(1, day=0, place="P1", lot=LotKey("I2"))
        drawn, go_on = threading.Event(), threading.Event()

        def work(own, names):
            line = Line("SUPPLIER:S1", "D1", LotKey("I1"), 10)
            entry = Entry(key="slow", type="receive", actor="A", occurred_at=at(0), lines=(line,))
            posted = post_in(own, names, entry, recorded_at=at(100), zone=book.ledger.zone)
            drawn.set()
            go_on.wait(60)
            return posted

        writer = threading.Thread(target=book.ledger.write, args=(work,))
        writer.start()
        assert drawn.wait(60)
        book.change(20, day=0, place="P1", lot=LotKey("I2"))

        def commit() -> None:
            go_on.set()
            writer.join()

        yield book, commit
        commit()


def held(book: Book, document: int | None = None) -> tuple[int, dict[str, int]]:
    """Return the last settled document, and what each site holds up to it, or up to another."""
    with settled(book.ledger.engine) as (connection, last):
        case = snapshot(connection, POLICY, document=last if document is None else document, zone=book.ledger.zone)
        return last, dict(zip(case.sites.code[case.stock.site], case.stock.units.tolist(), strict=True))


def test_a_snapshot_waits_for_who_is_writing_and_holds_up_nobody(lingering):
    """It knows documents 3 and 4, not 5, which was posted while it waited; and tells the same again later."""
    book, commit = lingering
    taken = []
    taker = threading.Thread(target=lambda: taken.append(held(book)))
    taker.start()
    taker.join(0.3)
    waited = taker.is_alive()
    book.change(300, day=0, place="P1", lot=LotKey("I2"))
    commit()
    taker.join()

    assert waited
    assert taken == [(4, {"D1": 11, "P1": 21})]
    assert held(book, document=4) == (5, {"D1": 11, "P1": 21})


def test_without_waiting_the_same_document_would_tell_something_else_later(lingering, monkeypatch):
    """The positive control of the test above."""
    monkeypatch.setattr(module, "writers_finished", lambda _: True)
    book, commit = lingering
    before = held(book, document=4)
    commit()

    assert before == (4, {"D1": 1, "P1": 21})
    assert held(book, document=4) == (4, {"D1": 11, "P1": 21})


def test_who_writes_for_long_is_not_waited_for_without_end(lingering, monkeypatch):
    monkeypatch.setattr(unfinished, "WRITERS_WAIT_SECONDS", 0.05)
    book, _ = lingering

    with pytest.raises(Refusal, match="Somebody has been writing to the ledger"):
        held(book)
