"""Where every unit is, told by replaying the lines; and what nobody can explain."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from drawn_ledgers import draw_documents
from ledgers import MASKS, Book, a_ledger

from models.database import reading, writing
from models.entry import Line
from models.tables import balance, move
from models.whereabouts import whereabouts

pytestmark = pytest.mark.usefixtures("each_database")


def told(ledger):
    with reading(ledger.engine) as connection:
        return whereabouts(connection)


def test_each_unit_that_came_is_somewhere():
    """100 came; 30 are under way, of which 20 arrived, 3 damaged, 1 lost; 5 were used; a count found 2 too few.

    6 are still under way although the receipt was posted: nobody has said what became of them.
    """
    book = Book()
    book.change(100, day=0)
    book.post("transfer", Line("D1", "IN_TRANSIT:T1", MASKS, 30), shipment="T1", details={"to": "P1"})
    arrived = (("P1", 20), ("DAMAGED", 3), ("LOST", 1))
    lines = (Line("IN_TRANSIT:T1", place, MASKS, units) for place, units in arrived)
    book.post("confirm", *lines, shipment="T1")
    book.change(-5, day=1, place="P1")
    book.count({MASKS: 13}, day=2, place="P1")
    found = told(book.ledger)

    assert {sort: units for sort, units in found.units.items() if units} == {
        "received": 100,
        "used": 5,
        "written_off": 4,
        "missing": 2,
        "held": 83,
        "in_transit": 6,
    }
    assert found.unexplained_units == 6


def test_what_is_under_way_and_not_yet_due_is_explained():
    book = Book()
    book.change(100, day=0)
    book.post("transfer", Line("D1", "IN_TRANSIT:T1", MASKS, 30), shipment="T1", details={"to": "P1"})

    assert told(book.ledger).unexplained_units == 0


@pytest.mark.parametrize("seed", range(3))
def test_what_came_equals_what_went_and_is_there(seed):
    ledger = a_ledger()
    list(draw_documents(ledger, seed, documents=30))
    found = told(ledger)
    came = found.units["received"] + found.units["found"]

    assert came > 0
    assert came == sum(units for sort, units in found.units.items() if sort not in ("received", "found"))


@pytest.mark.spoils_ledgers
@pytest.mark.parametrize(("table", "units"), [(balance, 2), (move, 3)])
def test_a_balance_or_a_line_that_was_altered_shows_its_units(table, units):
    book = Book()
    book.change(100, day=0)
    with writing(book.ledger.engine) as connection:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("DROP TRIGGER never_update_move")
        else:
            connection.exec_driver_sql("ALTER TABLE move DISABLE TRIGGER ALL")
        connection.execute(sa.update(table).where(table.c.units == 100).values(units=100 - units))

    # A line that is altered differs from the balances at both its ends.
    assert told(book.ledger).unexplained_units == {balance: 2, move: 6}[table]
