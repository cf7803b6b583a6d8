"""A day of the ledger adds up, item by item, whatever was posted, counted, reversed or recalled on it."""

from __future__ import annotations

import contextlib
import datetime as dt

import pytest
import sqlalchemy as sa
from drawn_ledgers import DAYS, draw_documents
from ledgers import a_ledger
from office import FAR, Office, masks

from models.database import reading
from models.day_report import DayItem, day_report
from models.documents_aside import adjust, return_to, writeoff
from models.documents_confirm import Arrival, confirm
from models.documents_count import count
from models.documents_in import opening
from models.documents_out import emergency_issue, issue, transfer
from models.documents_settle import settle
from models.documents_undo import recall, reverse
from models.entry import Refusal
from models.tables import document

pytestmark = pytest.mark.usefixtures("each_database")

DAY_0 = dt.date(2020, 2, 10)


def report(ledger, day: int, known: int | None = None) -> dict[str, DayItem]:
    with reading(ledger.engine) as connection:
        last = connection.execute(sa.select(sa.func.max(document.c.id))).scalar() or 0
        rows = day_report(
            connection, DAY_0 + dt.timedelta(days=day), known=last if known is None else known, zone=ledger.zone
        )
    return {row.item.code: row for row in rows}


def numbers(row: DayItem) -> dict[str, int]:
    """Return what is not 0 of an item's day."""
    said = {name: value for name, value in vars(row).items() if isinstance(value, int) and value}
    return said | {"closing": row.closing}


@pytest.mark.parametrize("seed", range(6))
def test_every_day_of_a_drawn_ledger_adds_up_and_begins_where_the_one_before_ended(seed):
    """Opening + received − used − written off + counted − given back = closing, also with back-dated documents."""
    ledger = a_ledger()
    numbers_drawn = list(draw_documents(ledger, seed, 40))
    office = Office(ledger)
    for number in numbers_drawn[::3]:
        with contextlib.suppress(Refusal):
            office.post(reverse(office.head(key=f"undo {number}", reason="entered-twice"), number=number))
    closing: dict[str, int] = {}
    for day in DAYS:
        rows = report(ledger, day)
        assert {code: row.unexplained for code, row in rows.items()} == dict.fromkeys(rows, 0)
        before = {code: row.opening for code, row in rows.items()}
        came = opened(ledger, day)
        for code, row in rows.items():
            assert before[code] - came.get(code, 0) == closing.get(code, 0)
            assert row.closing >= 0
        closing = {code: row.closing for code, row in rows.items()}


def opened(ledger, day: int) -> dict[str, int]:
    """Return the opening balances of a day, net, which count as there when it began."""
    query = sa.text(
        "SELECT i.code, SUM(CASE WHEN a.kind = 'OPENING' THEN m.units ELSE -m.units END) FROM move m "
        "JOIN location a ON a.id = m.from_location JOIN location b ON b.id = m.to_location "
        "JOIN lot l ON l.id = m.lot JOIN item i ON i.id = l.item "
        "WHERE 'OPENING' IN (a.kind, b.kind) AND m.at BETWEEN :first AND :last GROUP BY i.code"
    )
    first = int(dt.datetime(2020, 2, 10, tzinfo=dt.UTC).timestamp() * 1_000_000) + day * 86_400_000_000
    with reading(ledger.engine) as connection:
        rows = connection.execute(query, {"first": first, "last": first + 86_400_000_000 - 1})
        return {code: int(units) for code, units in rows}


def test_each_kind_of_document_counts_where_an_official_looks_for_it():
    """Opening 100; the next day 50 come, 30 are used, 4 written off, 6 found missing, 5 go back, 20 are sent."""
    office = Office()
    office.post(opening(office.head(day=0), site="D1", rows=[masks(100, "L", expires=FAR)]))
    office.receive(("L", FAR, 50), day=1)
    office.post(issue(office.head(day=1.1), site="D1", rows=[masks(30, "L")]))
    office.post(writeoff(office.head(day=1.1, reason="lost"), site="D1", rows=[masks(4, "L")]))
    office.post(return_to(office.head(day=1.1, reason="surplus"), site="D1", partner="S1", rows=[masks(5, "L")]))
    office.post(count(office.head(day=1.2), site="D1", rows=[masks(105, "L")]))
    office.post(adjust(office.head(day=1.21, reason="given-outside"), site="D1", rows=[masks(2, "L")], more=False))
    sent = office.post(transfer(office.head(day=1.3), site="D1", to="P1", rows=[masks(20, "L")]))
    arrived = [Arrival(item="I1", sound=12, damaged=1)]
    office.post(confirm(office.head(day=1.4, reason="wet"), shipment=sent.shipment, arrivals=arrived))

    first, second = report(office.ledger, 0)["I1"], report(office.ledger, 1)["I1"]
    assert numbers(first) == {"opening": 100, "at_depots": 100, "closing": 100}
    assert numbers(second) == {
        "opening": 100,
        "received": 50,
        "used": 30,
        "written_off": 5,
        "counted": -6,
        "given_back": 7,
        "sent": 20,
        "at_depots": 83,
        "at_sites": 12,
        "under_way": 7,
        "closing": 102,
    }


def test_what_was_reversed_never_was():
    office = Office()
    office.receive(("L", FAR, 50), day=1)
    office.receive(("M", FAR, 9), day=1)
    used = office.post(issue(office.head(day=1), site="D1", rows=[masks(30, "L")]))
    sent = office.post(emergency_issue(office.head(day=1, reason="ordered"), site="D1", to="P1", rows=[masks(5, "M")]))
    for number in (used.number, sent.number, 2):
        office.post(reverse(office.head(reason="entered-twice"), number=number))

    assert numbers(report(office.ledger, 1)["I1"]) == {"received": 50, "at_depots": 50, "closing": 50}


def test_what_cannot_be_used_is_held_and_said_apart():
    """Of 60: 10 expired on the day before, 20 are recalled; what is kept by a plan is still at the depot."""
    office = Office()
    office.receive(("old", "2020-02-10", 10), ("fake", FAR, 20), ("good", FAR, 30), day=0)
    office.post(recall(office.head(day=1, reason="counterfeit"), lot_no="fake"))

    assert numbers(report(office.ledger, 0)["I1"]) == {"received": 60, "at_depots": 60, "closing": 60}
    assert numbers(report(office.ledger, 1)["I1"]) == {"opening": 60, "at_depots": 30, "unusable": 30, "closing": 60}


def test_a_report_can_be_made_again_as_it_was():
    """What is posted later, on that day too, changes nothing of what was known."""
    office = Office()
    office.receive(("L", FAR, 50), day=1)
    before = report(office.ledger, 1)
    office.post(issue(office.head(day=1.1), site="D1", rows=[masks(30, "L")]))

    assert report(office.ledger, 1, known=1) == before
    assert report(office.ledger, 1)["I1"].used == 30
    assert report(office.ledger, -3) == {}


def test_what_a_partner_gave_on_the_way_is_received_once_that_is_known():
    """Seven too many came on day 2; on day 3 three turn out to be a gift of N1 and two the supplier's."""
    office = Office()
    office.receive(("L", FAR, 50), day=1)
    sent = office.post(transfer(office.head(day=1), site="D1", to="P1", rows=[masks(10)])).shipment
    more = [Arrival(item="I1", sound=10, over=7)]
    office.post(confirm(office.head(day=2, reason="wrong-loaded"), shipment=sent, arrivals=more))
    head = office.head(day=3, reason="given-on-the-way")
    gift = office.post(settle(head, shipment=sent, row=masks(3), partner="N1")).number
    head = office.head(day=3, reason="given-on-the-way")
    office.post(settle(head, shipment=sent, row=masks(2), partner="S1"))

    found, given = report(office.ledger, 2)["I1"], report(office.ledger, 3)["I1"]
    assert (found.received, found.counted, found.closing, found.unexplained) == (0, 7, 57, 0)
    assert (given.received, given.counted, given.closing, given.unexplained) == (5, -5, 57, 0)

    office.post(reverse(office.head(day=3, reason="wrong-quantity"), number=gift))
    given = report(office.ledger, 3)["I1"]
    assert (given.received, given.counted, given.closing, given.unexplained) == (2, -2, 57, 0)
