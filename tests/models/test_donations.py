"""What a donor is told: what was received, and where it is; units of one lot are not told apart."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa
from office import FAR, Office, masks, refusal_at_once

from models.database import reading
from models.documents_aside import return_to, writeoff
from models.documents_confirm import Arrival, confirm
from models.documents_in import receive
from models.documents_out import issue, transfer
from models.documents_settle import settle
from models.documents_undo import reverse
from models.donations import Donation, donation, donation_number, donations_under
from models.tables import document


@pytest.fixture
def office(each_database) -> Office:
    """N1 gave D1 100 masks of lot G; 30 went to P1, which used 12, 20 are under way to P2, 5 were lost, 3 went back."""
    office = Office()
    given = [masks(100, "G", expires=FAR)]
    office.post(receive(office.head(), site="D1", partner="N1", rows=given, reference="gift letter 7"))
    first = office.post(transfer(office.head(day=1), site="D1", to="P1", rows=[masks(30, "G")]))
    office.post(confirm(office.head(day=2), shipment=first.shipment, all_sound=True))
    office.post(issue(office.head(day=3), site="P1", rows=[masks(12, "G")]))
    office.post(transfer(office.head(day=3), site="D1", to="P2", rows=[masks(20, "G")]))
    office.post(writeoff(office.head(day=3, reason="lost"), site="D1", rows=[masks(5, "G")]))
    office.post(return_to(office.head(day=3, reason="surplus"), site="D1", partner="N1", rows=[masks(3, "G")]))
    return office


def told(office: Office, number: int = 1) -> Donation:
    with reading(office.ledger.engine) as connection:
        return donation(connection, number)


def where(given: Donation) -> list[dict[str, int]]:
    return [{sort: units for sort, units in each.where.items() if units} for each in given.lots]


def test_every_unit_that_was_given_is_somewhere(office):
    given = told(office)

    assert where(given) == [{"used": 12, "at_sites": 18, "at_depots": 42, "under_way": 20, "lost": 5, "given_back": 3}]
    assert [(each.units, each.came_units, each.mixed) for each in given.lots] == [(100, 100, False)]
    assert [(each.site.code, each.used, each.held) for each in given.reached] == [("P1", 12, 18)]
    assert (given.donor.code, given.site.code, given.reference) == ("N1", "D1", "gift letter 7")


def test_the_hash_is_that_of_the_documents_text(office):
    with reading(office.ledger.engine) as connection:
        body = connection.execute(sa.select(document.c.body).where(document.c.id == 1)).scalar_one()

    assert told(office).digest == hashlib.sha256(body.encode()).hexdigest()


def test_a_lot_that_others_gave_too_is_told_as_a_whole_and_says_so(office):
    """Of 40 more of lot G from the supplier nobody can say which they are, so nobody is named as having the gift."""
    office.receive(("G", FAR, 40), day=1)
    given = told(office)

    assert [(each.units, each.came_units, each.mixed) for each in given.lots] == [(100, 140, True)]
    assert given.reached == ()


def test_a_receipt_entered_twice_and_reversed_leaves_no_trace(office):
    again = receive(office.head(day=0), site="D1", partner="N1", rows=[masks(100, "G", expires=FAR)])
    number = office.post(again).number
    office.post(reverse(office.head(reason="entered-twice"), number=number))

    assert where(told(office))[0]["given_back"] == 3
    assert "was reversed by document" in refusal_at_once(lambda: told(office, number))


def test_what_was_not_given_is_refused(office):
    office.receive(("L", FAR, 5))
    assert "(receipt) is no donation" in refusal_at_once(lambda: told(office, 8))
    assert "(transfer) is no donation" in refusal_at_once(lambda: told(office, 2))
    assert "There is no document 99." in refusal_at_once(lambda: told(office, 99))


def test_what_a_donor_gave_on_the_way_is_told_by_the_donors_code_once_it_is_explained():
    """Seven masks of lot L too many came to P1; three of them donor N1 gave on the way."""
    office = Office()
    office.receive(("L", FAR, 50))
    sent = office.post(transfer(office.head(day=1), site="D1", to="P1", rows=[masks(10)])).shipment
    more = [Arrival(item="I1", sound=10, over=7)]
    office.post(confirm(office.head(day=2, reason="wrong-loaded"), shipment=sent, arrivals=more))
    with reading(office.ledger.engine) as connection:
        assert "No donation is in the ledger" in refusal_at_once(lambda: donation_number(connection, "N1"))
    head = office.head(day=3, reason="given-on-the-way")
    explained = office.post(settle(head, shipment=sent, row=masks(3), partner="N1"))

    with reading(office.ledger.engine) as connection:
        assert donation_number(connection, "N1") == explained.number
    given = told(office, explained.number)
    assert (given.donor.code, given.site.code) == ("N1", "P1")
    assert [(each.units, each.came_units) for each in given.lots] == [(3, 57)]

    office.post(reverse(office.head(day=4, reason="wrong-quantity"), number=explained.number))
    with reading(office.ledger.engine) as connection:
        assert "No donation is in the ledger" in refusal_at_once(lambda: donation_number(connection, "N1"))


def test_what_a_supplier_gave_on_the_way_is_no_donation():
    office = Office()
    office.receive(("L", FAR, 50))
    sent = office.post(transfer(office.head(day=1), site="D1", to="P1", rows=[masks(10)])).shipment
    more = [Arrival(item="I1", sound=10, over=7)]
    office.post(confirm(office.head(day=2, reason="wrong-loaded"), shipment=sent, arrivals=more))
    head = office.head(day=3, reason="given-on-the-way")
    number = office.post(settle(head, shipment=sent, partner="S1")).number

    assert "is no donation" in refusal_at_once(lambda: told(office, number))


def test_a_donor_who_gave_twice_is_asked_for_the_document(office):
    more = receive(office.head(day=5), site="D1", partner="N1", rows=[masks(8, "H", expires=FAR)])
    number = office.post(more).number

    with reading(office.ledger.engine) as connection:
        assert refusal_at_once(lambda: donation_number(connection, "N1")) == (
            f"N1 gave several times: documents 1, {number}. Name one of them."
        )
        assert donation_number(connection, "gift letter 7") == 1


def test_a_receipt_that_does_not_say_what_it_is_is_a_donation_where_its_units_came_from_a_donor(each_database):
    from ledgers import Book

    from models.entry import Line, LotKey

    book = Book()
    book.post("receive", Line("DONOR:N1", "D1", LotKey("I1", "G", FAR), 9), day=0, site="D1")
    book.post("receive", Line("SUPPLIER:S1", "D1", LotKey("I1", "G", FAR), 9), day=0, site="D1")
    with reading(book.ledger.engine) as connection:
        assert donation_number(connection, "N1") == 1
        assert donation(connection, 1).donor.code == "N1"


def test_however_many_receipts_do_not_say_what_they_are_the_database_is_asked_as_often(each_database):
    from ledgers import Book

    from models.entry import Line, LotKey

    book, asked = Book(), []
    for receipts in (2, 9):
        for _ in range(receipts):
            book.post("receive", Line("DONOR:N1", "D1", LotKey("I1", "G", FAR), 9), day=0, site="D1")
        statements: list[str] = []
        with reading(book.ledger.engine) as connection:
            sa.event.listen(connection, "before_cursor_execute", lambda *said, to=statements: to.append(said[2]))
            given = donations_under(connection)
        asked.append((len(given), len(statements)))

    assert asked == [(2, 3), (11, 3)]
