"""Stock that is mended after some more documents is the stock that is asked anew."""

from __future__ import annotations

import datetime as dt

import pytest
from drawn_ledgers import draw_documents
from ledgers import a_ledger, at
from office import Office

from models.database import reading, writing
from models.people import LOCAL, Person, add_person
from models.stock import stock
from models.stock_since import stock_since
from models.until_recorded import mark_of
from models.versions import Stamp

DAY = dt.date(2020, 2, 12)


@pytest.mark.parametrize("seed", range(12))
def test_mended_or_asked_anew_it_is_the_same_whatever_was_posted(seed):
    ledger, mended = a_ledger(), 0
    with reading(ledger.engine) as connection:
        then, rows = mark_of(connection), stock(connection, day=DAY)
    for _ in draw_documents(ledger, seed, 60):
        with reading(ledger.engine) as connection:
            now, anew = mark_of(connection), stock(connection, day=DAY)
            found = stock_since(connection, rows, then, now, day=DAY)
        if found is not None:
            mended += 1
            assert found == anew
        then, rows = now, anew

    assert mended > 5


def test_what_lies_out_of_reach_is_not_put_in():
    office = Office()
    with reading(office.ledger.engine) as connection:
        then = mark_of(connection)
    office.receive(("L1", None, 10))
    office.receive(("L2", None, 5), site="P1")
    with reading(office.ledger.engine) as connection:
        found = stock_since(connection, [], then, mark_of(connection), day=DAY, holds="P1".__eq__)

    assert [(row.site, row.lot, row.units) for row in found or ()] == [("P1", "L2", 5)]


def test_after_a_change_of_master_data_it_is_asked_anew():
    office = Office()
    with reading(office.ledger.engine) as connection:
        then = mark_of(connection)
    with writing(office.ledger.engine) as connection:
        add_person(connection, Person(id="bo", roles=(("administrator", ""),)), Stamp(LOCAL, at(1)))
    with reading(office.ledger.engine) as connection:
        assert stock_since(connection, [], then, mark_of(connection), day=DAY) is None
