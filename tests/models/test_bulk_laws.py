"""Documents taken in together are what they are one by one: the same lines, balances, counter-lines and refusals."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ledgers import a_ledger, at, kept_in

from allocator.sentence import say
from models.audit import audit
from models.book import NEVER
from models.database import reading
from models.documents import Draft
from models.entry import Counted, Entry, Line, LotKey, Refusal
from models.imports import Incoming, Paper, take_in
from models.ledger import Ledger
from models.tables import balance, document, location, lot, move
from models.versions import Stamp

LOTS = [LotKey("I1", "a"), LotKey("I1", "b", "2020-02-13"), LotKey("I2", "a"), LotKey("I9", "of no item")]
MOVES = [
    ("opening", "OPENING", "D1"),
    ("receive", "SUPPLIER:S1", "D1"),
    ("receive", "DONOR:N1", "P1"),
    ("receive", "SUPPLIER:S9", "D1"),
    ("issue", "D1", "CONSUMED:D1"),
    ("issue", "P1", "CONSUMED:P1"),
    ("quarantine", "D1", "QUARANTINE:D1"),
    ("writeoff", "P1", "LOST"),
    ("return", "D1", "SUPPLIER:S1"),
]
MOST_IN_ONE_LINE = 10**15

lots = st.sampled_from([*LOTS[:3] * 4, LOTS[3]])
units = st.one_of(st.integers(1, 9), st.sampled_from([0, MOST_IN_ONE_LINE]))
moved = st.tuples(st.sampled_from(MOVES), st.lists(st.tuples(lots, units), min_size=1, max_size=3))
counts = st.one_of(st.tuples(st.sampled_from(LOTS[:3]), st.integers(0, 9)), st.just((None, 0)))
found = st.lists(counts, min_size=1, max_size=2, unique_by=lambda row: row[0])
days = st.integers(0, 3)
drawn = st.lists(st.tuples(days, st.one_of(moved, moved, moved, found)), min_size=1, max_size=6)


def entry_of(number: int, day: int, content: object) -> Entry:
    """Return a document of a drawn move of lots, or of what was drawn to be counted at the depot."""
    head = {"key": f"k{number}", "actor": "A", "occurred_at": at(day)}
    if isinstance(content, list):
        rows = tuple(Counted("D1", "I1" if key is None else key.item, key, many) for key, many in content)
        return Entry(type="count", counted=rows, **head)  # type: ignore[arg-type]
    (type_, source, target), rows = content  # type: ignore[misc]
    lines = tuple(Line(source, target, key, many) for key, many in rows)
    return Entry(type=type_, lines=lines, **head)  # type: ignore[arg-type]


def begun() -> Ledger:
    """Make a ledger in which every lot lies somewhere: their order by number is that of the counter-lines."""
    ledger = a_ledger()
    lines = tuple(Line("OPENING", "P2", key, 1) for key in LOTS[:3])
    ledger.post(Entry(key="begun", type="opening", actor="A", occurred_at=at(-1), lines=lines), recorded_at=at(100))
    return ledger


def one_by_one(ledger: Ledger, entries: Sequence[Entry]) -> tuple[list[Entry], list[str]]:
    """Post documents one after the other; return those that were posted, and what was said of the others."""
    posted: list[Entry] = []
    said: list[str] = []
    for entry in entries:
        try:
            ledger.post(entry, recorded_at=at(100))
            posted.append(entry)
        except Refusal as refusal:
            said += [f"{entry.key}: {sentence}" for sentence in refusal.sentences]
    return posted, said


def together(ledger: Ledger, entries: Sequence[Entry]) -> list[str]:
    """Take documents in as one file; return what was said where it was refused."""
    papers = [
        Paper(
            Draft(entry, lambda _, entry: entry), say("{key}", key=entry.key), "k", len(entry.lines), not entry.counted
        )
        for entry in entries
    ]
    try:
        take_in(ledger, Incoming(papers=papers), Stamp("A", at(100)))
    except Refusal as refusal:
        return [str(sentence) for sentence in refusal.sentences]
    return []


def contents(ledger: Ledger) -> list[list[tuple[object, ...]]]:
    """Return documents, lines and balances by their codes."""
    source, target = location.alias(), location.alias()
    key = (lot.c.item, lot.c.lot_no, lot.c.expires)
    queries = (
        sa.select(document.c.id, document.c.idem_key, document.c.request_hash, document.c.body).order_by(document.c.id),
        sa.select(move.c.document, move.c.line, source.c.code, target.c.code, *key, move.c.units, move.c.at,
                  move.c.from_after, move.c.to_after, move.c.counters)
        .join_from(move, lot, lot.c.id == move.c.lot)
        .join(source, source.c.id == move.c.from_location)
        .join(target, target.c.id == move.c.to_location)
        .order_by(move.c.document, move.c.line),
        sa.select(location.c.code, *key, balance.c.sign, balance.c.units, balance.c.last_at)
        .join_from(balance, lot, lot.c.id == balance.c.lot)
        .join(location, location.c.id == balance.c.location)
        .where(balance.c.last_at != NEVER)
        .order_by(location.c.code, *key),
    )  # fmt: skip
    with reading(ledger.engine) as connection:
        return [[tuple(row) for row in connection.execute(query)] for query in queries]


@given(drawn=drawn)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_documents_taken_in_together_are_what_they_are_one_by_one(drawn):
    hold("sqlite", drawn)


@given(drawn=drawn)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_on_postgresql_too(drawn):
    hold("postgresql", drawn)


def hold(database: str, drawn: list[tuple[int, object]]) -> None:
    """Take drawn documents in one by one and together, and compare."""
    entries = [entry_of(number, day, content) for number, (day, content) in enumerate(drawn)]
    with kept_in(database):
        single = begun()
        posted, said = one_by_one(single, entries)
        bulk = begun()
        wrong = together(bulk, entries)

        # What can be said without looking at the stock is said first.
        assert sorted(wrong) == sorted(said)
        if said:
            assert contents(bulk) == contents(begun())
            bulk = begun()
            assert together(bulk, posted) == []
        assert contents(bulk) == contents(single)
        assert audit(bulk, at=at(100)).fault is None
