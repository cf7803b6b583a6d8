"""A lot upstream and downstream, to the last site, with quantities that add up."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from drawn_ledgers import draw_documents
from ledgers import Book, a_ledger

from models.database import reading, writing
from models.entry import Line, LotKey
from models.tables import lot, move
from models.trace import lots_in, lots_numbered, trace
from models.trace_accounted import ends_of
from models.trace_steps import documents_of

pytestmark = pytest.mark.usefixtures("each_database")

SUITS = LotKey("I2", "S7", "2021-01-01")


def a_way() -> Book:
    """100 came on day 0; 30 went to P1 on day 1 and 25 arrived on day 2; P1 used 10 on day 3."""
    book = Book()
    book.change(100, day=0, lot=SUITS)
    book.post("transfer", Line("D1", "IN_TRANSIT:T1", SUITS, 30), day=1, shipment="T1", details={"to": "P1"})
    book.post("confirm", Line("IN_TRANSIT:T1", "P1", SUITS, 25), day=2, shipment="T1", site="P1", refers_to=2)
    book.change(-10, day=3, place="P1", lot=SUITS)
    return book


def traced(book: Book, lot_no: str, item: str | None = None):
    with reading(book.ledger.engine) as connection:
        return trace(connection, lots_numbered(connection, lot_no, item))


def test_a_lot_is_followed_from_its_source_to_where_it_is():
    (found,) = traced(a_way(), "S7")

    assert [(flow.depth, flow.from_place, flow.to_place, flow.units) for flow in found.flows] == [
        (0, "SUPPLIER:S1", "D1", 100),
        (1, "D1", "IN_TRANSIT:T1", 30),
        (2, "IN_TRANSIT:T1", "P1", 25),
        (3, "P1", "CONSUMED:P1", 10),
    ]
    assert found.held == {"D1": 70, "IN_TRANSIT:T1": 5, "P1": 15, "CONSUMED:P1": 10}
    assert (found.came_units, found.gap_units) == (100, 0)


def test_lots_of_one_number_are_several_and_an_item_tells_them_apart():
    book = a_way()
    book.change(8, day=0, lot=LotKey("I1", "S7"))

    assert [each.lot.item for each in traced(book, "S7")] == ["I1", "I2"]
    assert [each.lot.item for each in traced(book, "S7", "I2")] == ["I2"]


def test_a_shipment_and_a_document_lead_to_their_documents_and_lots():
    book = a_way()
    with reading(book.ledger.engine) as connection:
        by_shipment = documents_of(connection, shipment="T1")
        by_number = documents_of(connection, number=2)
        lots = lots_in(connection, [2])

        assert [(step.number, step.type, step.site, step.units) for step in by_shipment] == [
            (2, "transfer", "", 30),
            (3, "confirm", "P1", 25),
        ]
        assert by_number == by_shipment
        assert [each.lot for each in trace(connection, lots)] == [SUITS]
        assert documents_of(connection, number=99) == []


@pytest.mark.parametrize("seed", range(3))
def test_the_quantities_of_every_lot_add_up(seed):
    ledger = a_ledger()
    list(draw_documents(ledger, seed, documents=30))
    with reading(ledger.engine) as connection:
        found = trace(connection, connection.execute(sa.select(lot.c.id)).scalars().all())

    assert any(each.flows for each in found)
    for each in found:
        ends = sum(ends_of(each).values())
        assert (each.came_units, each.gap_units) == (ends, 0)


@pytest.mark.spoils_ledgers
def test_a_line_that_was_altered_leaves_a_gap():
    book = a_way()
    with writing(book.ledger.engine) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER never_update_move")
        else:
            connection.exec_driver_sql("ALTER TABLE move DISABLE TRIGGER ALL")
        connection.execute(sa.update(move).where(move.c.units == 25).values(units=24))

    # One unit less arrived than the balances say: at both ends of the line.
    assert [each.gap_units for each in traced(book, "S7")] == [2]
