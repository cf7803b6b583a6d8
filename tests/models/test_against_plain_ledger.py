"""Any documents in any order: the ledger accepts, refuses and holds what the plain one does.

`make laws` tries a thousand stories (LEDGER_CASES).
"""

from __future__ import annotations

import itertools
import os

import pytest
import sqlalchemy as sa
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from ledgers import a_ledger, at, kept_in
from plain_ledger import PlainLedger, Wrong

from models import posting
from models.audit import audit
from models.careful import held_at
from models.database import reading
from models.entry import Counted, Entry, Line, LotKey, Refusal
from models.tables import balance, item, location, lot, move

CASES = int(os.environ.get("LEDGER_CASES", "32"))
LOTS = [LotKey("I1", "a"), LotKey("I1", "b"), LotKey("I2", "c")]
PLACES = ["D1", "P1"]
MOVES = [
    ("opening", "OPENING", "D1"),
    ("receive", "SUPPLIER:S1", "D1"),
    ("receive", "DONOR:N1", "P1"),
    ("receive", "SUPPLIER:S1", "QUARANTINE:D1"),
    ("issue", "D1", "CONSUMED:D1"),
    ("issue", "P1", "CONSUMED:P1"),
    ("transfer", "D1", "IN_TRANSIT:T1"),
    ("confirm", "IN_TRANSIT:T1", "P1"),
    ("confirm", "IN_TRANSIT:T1", "DAMAGED"),
    ("writeoff", "P1", "LOST"),
    ("writeoff", "QUARANTINE:D1", "DESTROYED"),
    ("quarantine", "D1", "QUARANTINE:D1"),
    ("release", "QUARANTINE:D1", "D1"),
    ("recall", "IN_TRANSIT:T1", "QUARANTINE:D1"),
    ("return", "D1", "SUPPLIER:S1"),
    ("return", "CONSUMED:P1", "P1"),
    ("reserve", "D1", "RESERVED:O1"),
    ("unreserve", "RESERVED:O1", "D1"),
    ("dispatch", "RESERVED:O1", "IN_TRANSIT:T1"),
    ("adjust", "D1", "OUTSIDE"),
]
# Few days, few units: so that documents meet at one instant and at one another's edges.
days = st.integers(0, 4)
some_units = st.integers(1, 9)
some_moves = st.lists(st.tuples(st.sampled_from(MOVES), st.sampled_from(LOTS), some_units), min_size=1, max_size=3)


class AnyDocuments(RuleBasedStateMachine):
    """Posts the same documents to both ledgers."""

    database = "sqlite"

    @initialize()
    def begin(self) -> None:
        with kept_in(self.database):
            self.ledger = a_ledger()
        self.plain = PlainLedger()
        self.numbers = itertools.count(1)

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            assert audit(self.ledger, at=at(100)).fault is None
            self.ledger.engine.dispose()

    def post(self, type_: str, day: int, **content: object) -> None:
        number = next(self.numbers)
        entry = Entry(key=f"k{number}", type=type_, actor="A", occurred_at=at(day), **content)  # type: ignore[arg-type]
        try:
            posted = self.ledger.post(entry, recorded_at=at(100) + number)
        except Refusal:
            with pytest.raises(Wrong):
                self.plain.post(entry)
        else:
            self.plain.post(entry)
            assert posted.id == len(self.plain.documents)

    @rule(
        day=days,
        moves=st.lists(st.tuples(st.sampled_from(MOVES), st.sampled_from(LOTS), some_units), min_size=1, max_size=3),
    )
    def move(self, day, moves) -> None:
        type_ = moves[0][0][0]
        self.post(
            type_, day, lines=tuple(Line(*kind[1:], key, units) for kind, key, units in moves if kind[0] == type_)
        )

    @rule(day=days, place=st.sampled_from(PLACES), key=st.sampled_from(LOTS), units=st.integers(0, 15))
    def count_a_lot(self, day, place, key, units) -> None:
        self.post("count", day, counted=(Counted(place, key.item, key, units),))

    @rule(day=days, place=st.sampled_from(PLACES), units=st.integers(0, 15), named=st.booleans())
    def count_a_whole_item(self, day, place, units, named) -> None:
        rows = (Counted(place, "I1", LOTS[0], units),) if named else ()
        self.post("count", day, counted=(*rows, Counted(place, "I1", None, 0)))

    @rule(which=st.integers(0, 30))
    def reverse(self, which) -> None:
        left = [n for n, each in enumerate(self.plain.documents, 1) if n not in self.plain.undone and each.lines]
        if left:
            number = left[which % len(left)]
            entry = self.plain.documents[number - 1]
            mirrored = tuple(Line(line.to_location, line.from_location, line.lot, line.units) for line in entry.lines)
            self.post_reversal(number, entry, mirrored)

    @rule(which=st.integers(0, 30))
    def reverse_a_count(self, which) -> None:
        left = [n for n, each in enumerate(self.plain.documents, 1) if n not in self.plain.undone and each.counted]
        if left:
            number = left[which % len(left)]
            self.post_reversal(number, self.plain.documents[number - 1], self.differences(number))

    def post_reversal(self, number: int, entry: Entry, lines: tuple[Line, ...]) -> None:
        day = (entry.occurred_at - at(0)) // (at(1) - at(0))
        self.post("reverse", day, reverses=number, lines=lines)

    def differences(self, number: int) -> tuple[Line, ...]:
        """Return the mirrored lines of a count as they stand in the ledger."""
        from_place, to_place = location.alias(), location.alias()
        query = (
            sa.select(to_place.c.code, from_place.c.code, item.c.code, lot.c.lot_no, move.c.units)
            .join_from(move, from_place, from_place.c.id == move.c.from_location)
            .join(to_place, to_place.c.id == move.c.to_location)
            .join(lot, lot.c.id == move.c.lot)
            .join(item, item.c.id == lot.c.item)
            .where(move.c.document == number, move.c.counters.is_(None))
        )
        with reading(self.ledger.engine) as connection:
            return tuple(Line(a, b, LotKey(code, no), units) for a, b, code, no, units in connection.execute(query))

    @invariant()
    def both_hold_the_same(self) -> None:
        if not hasattr(self, "ledger"):
            return
        with reading(self.ledger.engine) as connection:
            places = dict(connection.execute(sa.select(location.c.code, location.c.id)).all())
            query = sa.select(item.c.code, lot.c.lot_no, lot.c.id).join(item, item.c.id == lot.c.item)
            lots = {LotKey(code, no): id_ for code, no, id_ in connection.execute(query)}
            stored = {(row.location, row.lot): row.units for row in connection.execute(sa.select(balance))}
            for account in self.plain.accounts():
                ids = (places[account[0]], lots[account[1]])
                story = self.plain.story(account)
                assert [held_at(connection, ids, moment) for moment, _ in story] == [units for _, units in story]
                assert stored.get(ids, 0) == self.plain.held(account, at(100))


class AnyDocumentsOnPostgres(AnyDocuments):
    """The same, where other statements do it."""

    database = "postgresql"


def nothing_of(*_: object, **__: object) -> list[object]:
    """Take the place of a rule of the ledger: add nothing, refuse nothing."""
    return []


@pytest.mark.parametrize("rule_", ["counter_shifts", "refuse_if_earlier_day_short"])
def test_control_a_ledger_that_forgets_a_rule_is_told_from_the_plain_one(rule_, monkeypatch):
    """Counts that move, days between that fall below zero: a few documents show each."""
    monkeypatch.setattr(posting, rule_, nothing_of)
    drawn = {"derandomize": True, "report_multiple_bugs": False, "phases": [Phase.generate]}
    asked = settings(max_examples=400, stateful_step_count=25, deadline=None, **drawn)

    with pytest.raises((AssertionError, Wrong)):
        run_state_machine_as_test(AnyDocuments, settings=asked)


TestAnyDocuments = AnyDocuments.TestCase
TestAnyDocuments.settings = settings(max_examples=CASES, stateful_step_count=25, deadline=None)
TestAnyDocumentsOnPostgres = AnyDocumentsOnPostgres.TestCase
TestAnyDocumentsOnPostgres.settings = settings(max_examples=CASES // 4, stateful_step_count=25, deadline=None)
