"""A large piece of work while others record: a transaction of its own, and nothing of it where it is refused."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa
from servers import a_postgres_database

from benchmarks.ledger_laws import faults_of
from benchmarks.ledger_rush import rush, stocked, takes
from models.days import now_micros
from models.entry import Entry, Line, LotKey, Refusal
from models.ledger import Ledger
from models.tables import document

UNITS = 1_000
NEW = LotKey("I1", "never seen before")


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request, tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'ledger.sqlite'}" if request.param == "sqlite" else a_postgres_database()


def many(name: str, last: int) -> list[Entry]:
    """Return 300 documents that bring a lot nobody knew to the depot, and one that takes `last` units of it."""
    takes_it = Line("D1", "CONSUMED:D1", NEW, last)
    lines = [Line("OPENING", "D1", NEW, 1)] * 300 + [takes_it]
    types = ["opening"] * 300 + ["issue"]
    return [
        Entry(key=f"{name}-{number}", type=type_, actor="A", occurred_at=now_micros() + number, lines=(line,))
        for number, (type_, line) in enumerate(zip(types, lines, strict=True))
    ]


def counted(ledger: Ledger, beginning: str) -> int:
    """Return how many documents have a key that begins so."""
    query = sa.select(sa.func.count()).where(document.c.idem_key.startswith(beginning))
    with ledger.engine.connect() as connection:
        return connection.execute(query).scalar_one()


def test_what_is_refused_at_its_last_document_leaves_nothing_while_others_record(address):
    ledger, lots = stocked(address, lots=4, units=UNITS)
    refused: list[Refusal] = []

    def too_much() -> None:
        for turn in range(3):
            try:
                ledger.post_all(many(f"too-much-{turn}", last=301), recorded_at=now_micros())
            except Refusal as refusal:
                refused.append(refusal)

    beside = threading.Thread(target=too_much)
    beside.start()
    found = rush(ledger, takes(lots, 400, lots_each=2), writers=8)
    beside.join()
    ledger.post_all(many("enough", last=300), recorded_at=now_micros())

    assert [str(each).partition(", so")[0] for each in refused] == [
        "D1 holds 300 units of I1 (lot never seen before)"
    ] * 3
    assert (found.posted, found.errors) == (400, {})
    assert (counted(ledger, "too-much-"), counted(ledger, "enough-")) == (0, 301)
    assert faults_of(ledger.engine) == []
    ledger.engine.dispose()


def test_control_one_by_one_all_that_came_before_the_refusal_stays(address):
    ledger, _ = stocked(address, lots=1, units=1)

    *before, last = many("too-much", last=301)

    for entry in before:
        ledger.post(entry, recorded_at=now_micros())
    with pytest.raises(Refusal):
        ledger.post(last, recorded_at=now_micros())

    assert counted(ledger, "too-much-") == 300
    ledger.engine.dispose()


def test_small_work_that_shares_a_transaction_with_work_that_is_refused_is_done(address):
    """Here many wait at once; each is whole or not at all although they are written together."""
    ledger, lots = stocked(address, lots=2, units=100)
    entries = takes(lots, 300, lots_each=1)
    pairs = [(entry, replace(entry, key=f"{entry.key}-more")) for entry in entries]
    answers: list[bool] = []

    def work(own: list[tuple[Entry, Entry]]) -> None:
        for pair in own:
            try:
                ledger.post_all(pair, recorded_at=now_micros())
            except Refusal:
                answers.append(False)
            else:
                answers.append(True)

    threads = [threading.Thread(target=work, args=(pairs[n::6],)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(answers) == 100
    assert counted(ledger, "take-") == 200
    assert faults_of(ledger.engine) == []
    ledger.engine.dispose()
