"""What is asked every day reads what it asks for, however long history is, and tells what all of history tells."""

from __future__ import annotations

import datetime as dt
from collections import Counter

import pytest
import sqlalchemy as sa
from drawn_ledgers import DAYS, draw_documents
from ledgers import DAY_0, a_ledger, at

from data.ledger_case import policy_in_force
from data.taking import taken_case
from models.catalogue_activity import save_drivers
from models.countersigning import not_countersigned
from models.cuts import ALL, NOW, Cut, counted_whole, held
from models.database import reading, writing
from models.day_report import day_report
from models.open_notes import open_notes
from models.policies import DEFAULT_POLICY
from models.promised import kept_by_plan
from models.recalls import open_recalls
from models.shipments import open_shipments
from models.snapshot import held_columns
from models.stock import stock
from models.tables import balance, document, item, location, lot, move
from models.trace_account import account_of
from models.trace_asked import traced_site, traced_what
from models.trace_steps import sources_of
from models.used import at_hand_on, used_between
from models.versions import Stamp

DAY = DAY_0.date() + dt.timedelta(days=1)
CUT = Cut(at=at(1.4), document=30)

ASKED = {
    "emergency issues": lambda seen, _: not_countersigned(seen),
    "use of a day": lambda seen, zone: used_between(seen, DAY, DAY, zone),
    "what there was to use": lambda seen, zone: at_hand_on(seen, DAY, zone),
    "stock": lambda seen, _: stock(seen, day=DAY),
    "stock as of a day, as known then": lambda seen, _: stock(seen, day=DAY, cut=CUT),
    "the stock of a case": lambda seen, _: held_columns(seen, ("SITE",), CUT),
    "a day": lambda seen, zone: day_report(seen, DAY, known=30, zone=zone),
    "shipments under way": open_notes,
    "where they go": open_shipments,
    "what plans keep": lambda seen, _: kept_by_plan(seen),
    "a lot's way": lambda seen, _: traced_what(seen, "A"),
    "a document's way": lambda seen, _: traced_what(seen, "1"),
    "a document's way, as known then": lambda seen, _: traced_what(seen, "1", cut=CUT),
    "an item's way at a site": lambda seen, _: traced_site(seen, "P1", "I1"),
    "an item at a site": lambda seen, _: account_of(seen, "P1", "I1"),
    "open recalls": lambda seen, _: open_recalls(seen),
    "needs from recorded use": lambda seen, zone: taken_case(
        seen, policy_in_force(DEFAULT_POLICY, DAY), document=30, zone=zone
    ),
}


def all_of_history(seen: sa.Connection, ask) -> set[str]:
    """Return the steps by which SQLite answers a question that go through all documents, or all of their lines."""
    statements = []

    def note(_connection, _cursor, statement, values, _context, _many) -> None:
        statements.append((statement, values))

    sa.event.listen(seen, "before_cursor_execute", note)
    ask()
    sa.event.remove(seen, "before_cursor_execute", note)
    steps = {
        row[3]
        for statement, values in statements
        for row in seen.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
    }
    assert steps
    through_all = ("SCAN move", "SCAN document", "SEARCH move USING PRIMARY KEY (document<?)")
    # The few of a partial index are not all documents.
    return {step for step in steps if step.startswith(through_all) and not step.endswith("ix_document_emergency")}


@pytest.mark.parametrize("question", ASKED)
def test_no_daily_question_goes_through_all_of_history(question):
    """SQLite plans without counts of rows (the program never runs ANALYZE), so a small ledger shows the plan of any."""
    ledger = a_ledger()
    with writing(ledger.engine) as connection:
        staff = {"site": ["P1"], "driver": ["staff"], "value_micro": [5_000_000], "since": ["2020-01-01"]}
        save_drivers(connection, staff, Stamp("A", at(0)))
    assert max(draw_documents(ledger, 1, documents=40)) > CUT.document
    with reading(ledger.engine) as seen:
        assert all_of_history(seen, lambda: ASKED[question](seen, ledger.zone)) == set()


@pytest.mark.parametrize(
    "query",
    [
        sa.select(move.c.units)
        .join_from(balance, move, sa.and_(move.c.lot == balance.c.lot, move.c.to_location == balance.c.location))
        .where(balance.c.last_at > 0, move.c.at > 0, move.c.document <= 30),
        sa.select(document.c.body).where(sa.literal_column("document.type = 'emergency'", sa.Boolean)),
    ],
    ids=["lines of accounts", "emergency issues"],
)
def test_control_the_same_questions_as_they_come_to_mind_do(query):
    with reading(a_ledger().engine) as seen:
        assert all_of_history(seen, lambda: seen.execute(query).all()) != set()


@pytest.mark.parametrize("question", ["shipments under way", "where they go", "what plans keep", "use of a day"])
def test_accounts_are_found_by_their_places(question):
    """Every shipment ever sent leaves a balance of 0: they are not all read to find the few of another kind."""
    ledger = a_ledger()
    list(draw_documents(ledger, 1, documents=5))
    statements = []
    with reading(ledger.engine) as seen:
        sa.event.listen(seen, "before_cursor_execute", lambda *said: statements.append(said[2:4]))
        ASKED[question](seen, ledger.zone)
        plans = [seen.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all() for text, values in statements[:1]]

    steps = {row[3] for plan in plans for row in plan}
    assert "SEARCH balance USING PRIMARY KEY (location=?)" in steps
    assert not any(step.startswith("SCAN balance") for step in steps)


def test_where_lots_came_from_is_found_by_their_lines():
    """Nearly all documents reverse nothing, so an index over what they reverse must not be where it begins."""
    ledger = a_ledger()
    list(draw_documents(ledger, 1, documents=5))
    statements = []
    with reading(ledger.engine) as seen:
        sa.event.listen(seen, "before_cursor_execute", lambda *said: statements.append(said[2:4]))
        sources_of(seen, [1, 2, 3], ["SUPPLIER:S1", "OPENING"])
        (plan,) = (seen.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", values).all() for text, values in statements[1:2])

    steps = [row[3] for row in plan]
    assert not any(step.startswith("SEARCH document USING INDEX") for step in steps)
    assert any(step.startswith("SEARCH move USING") and "lot=?" in step for step in steps)


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("seed", range(3))
def test_use_and_what_there_was_to_use_are_what_the_lines_say(seed):
    """Lot b expires on 12 February; nothing is recalled."""
    ledger = a_ledger()
    list(draw_documents(ledger, seed, documents=40))
    with reading(ledger.engine) as seen:
        codes = dict(seen.execute(sa.select(location.c.id, location.c.code)).all())
        lots = {row.id: row for row in seen.execute(sa.select(lot.c.id, item.c.code, lot.c.expires).join(item))}
        lines = seen.execute(sa.select(move)).all()
        for day in DAYS:
            date = DAY_0.date() + dt.timedelta(days=day)
            used, there = Counter(), Counter()
            for line in lines:
                own = lots[line.lot]
                for end, sign in ((line.to_location, 1), (line.from_location, -1)):
                    kind, _, site = codes[end].rpartition(":")
                    if kind == "CONSUMED" and at(day - 0.5) <= line.at < at(day + 0.5):
                        used[site, own.code] += sign * line.units
                    if kind == "" and site in ("D1", "P1", "P2") and line.at < at(day + 0.5):
                        there[site, own.code] += sign * line.units * (own.expires >= date.isoformat())

            there.update(used)
            assert some(used_between(seen, date, date, ledger.zone)) == some(used)
            assert some(at_hand_on(seen, date, ledger.zone)) == some(there)


def some(units) -> dict[tuple[str, str], int]:
    return {pair: number for pair, number in units.items() if number}


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize("seed", range(3))
def test_a_row_of_zero_stands_for_all_empty_accounts_of_an_item_at_a_site_and_for_no_others(seed):
    ledger = a_ledger()
    last = max(draw_documents(ledger, seed, documents=40))
    cuts = [NOW, Cut(document=last // 2), *(Cut(at=at(day + 0.4), document=last - 5) for day in DAYS)]
    with reading(ledger.engine) as seen:
        codes = dict(seen.execute(sa.select(location.c.id, location.c.code)).all())
        items = dict(seen.execute(sa.select(lot.c.id, item.c.code).join(item)).all())
        for cut in cuts:
            rows = stock(seen, day=DAY, cut=cut)
            accounts = held(seen, cut, kinds=("SITE",), asked=ALL)
            once = {(codes[place], items[lot_id]) for place, lot_id, _ in accounts}
            once |= {(row.site, row.item) for row in seen.execute(counted_whole(cut))}
            there = {(row.site, row.item) for row in rows if row.units and row.state != "in_transit"}

            assert sorted((row.site, row.item) for row in rows if not row.units) == sorted(once - there)
