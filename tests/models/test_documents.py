"""Requests become documents: receipts, transfers, and stock that is not as it should be."""

from __future__ import annotations

import pytest
from office import FAR, Office, masks, moved, refusal, refusal_at_once

from models.database import reading
from models.documents_aside import adjust, give_back, quarantine, release, return_to, writeoff
from models.documents_confirm import Arrival, confirm
from models.documents_in import opening, receive
from models.documents_out import issue, transfer
from models.documents_read import SeenDocument, read_document
from models.entry import Refusal
from models.posting import NotEnoughStock
from models.requests import Row

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def office() -> Office:
    return Office()


# --- Receipts ---


def test_a_receipt_says_from_whom_by_which_paper_and_at_what_price(office):
    rows = [masks(500, "L7", expires=FAR, details={"unit_price": "1.2"})]
    seen = office.post(
        receive(office.head(), site="D1", partner="S1", rows=rows, reference="PO-7", certificate="GB 2626")
    )

    assert moved(seen) == [("SUPPLIER:S1", "D1", "L7", 500)]
    assert seen.details == {
        "source": "procurement",
        "partner": "S1",
        "reference": "PO-7",
        "certificate": "GB 2626",
        "lines": [{"item": "I1", "lot": "L7", "unit_price": "1.2"}],
    }


def test_packs_are_a_view_of_units(office):
    seen = office.post(receive(office.head(), site="D1", partner="N1", rows=[masks(3, "L", in_packs=True)]))

    assert seen.lines[0].units == 30
    assert seen.details["source"] == "donation"


def test_a_lot_that_is_known_keeps_its_expiry_where_none_is_said(office):
    office.receive(("L7", FAR, 5))
    office.receive(("L7", None, 5), day=1)

    assert office.held() == {("D1", "L7"): 10}
    office.receive(("L7", "2020-09-09", 1), day=1)
    with pytest.raises(Refusal, match=r"lots L7 of I1 with different expiry dates: .*2020-09-09.*2021-03-01"):
        office.receive(("L7", None, 5), day=1)


def test_what_comes_without_a_certificate_may_wait_in_quarantine_until_it_comes(office):
    office.receive(("L7", FAR, 50), into_quarantine=True)
    assert office.held() == {("QUARANTINE:D1", "L7"): 50}

    office.post(release(office.head(day=1, reason="certificate-came"), site="D1", rows=[masks(20)]))
    assert office.held() == {("QUARANTINE:D1", "L7"): 30, ("D1", "L7"): 20}


def test_every_item_that_is_not_known_is_named_at_once(office):
    rows = [Row(item="I8", quantity=1), masks(1), Row(item="I9", quantity=1)]

    assert refusal(office, receive(office.head(), site="D1", partner="S1", rows=rows)) == [
        "There is no item I8. Check the code, or import the item first.",
        "There is no item I9. Check the code, or import the item first.",
    ]
    nowhere = receive(office.head(), site="D9", partner="S9", rows=[rows[0]])
    assert [sentence.split(".")[0] for sentence in refusal(office, nowhere)] == [
        "There is no site D9",
        "There is no partner S9",
        "There is no item I8",
    ]


def test_what_was_there_at_the_beginning_is_an_opening_balance(office):
    seen = office.post(opening(office.head(), site="P1", rows=[masks(40)]))

    assert moved(seen) == [("OPENING", "P1", "", 40)]


# --- Transfers ---


@pytest.fixture
def sent(office) -> SeenDocument:
    """10 masks are under way from D1 to P1."""
    office.receive(("L", FAR, 10))
    return office.post(transfer(office.head(day=1), site="D1", to="P1", rows=[masks(10)]))


def test_what_was_sent_is_under_way_until_it_is_explained(office, sent):
    arrived = Arrival(item="I1", sound=6, damaged=3)
    seen = office.post(confirm(office.head(day=2, reason="wet"), shipment=sent.shipment, arrivals=[arrived]))

    under_way = f"IN_TRANSIT:{sent.shipment}"
    assert office.held() == {("P1", "L"): 6, ("DAMAGED", "L"): 3, (under_way, "L"): 1}
    assert seen.refers_to == sent.number
    assert office.notes(seen) == [
        (
            f"1 unit of I1 (lot L) of shipment {sent.shipment} is still under way. Confirm them when they arrive, or "
            f"explain them: allocator confirm {sent.shipment} I1 --lost 1 --reason lost-on-the-way"
        )
    ]
    lost = Arrival(item="I1", lost=1)
    assert "needs a reason" in refusal_at_once(lambda: confirm(office.head(), shipment=sent.shipment, arrivals=[lost]))
    explained = confirm(office.head(day=3, reason="lost-on-the-way"), shipment=sent.shipment, arrivals=[lost])
    assert office.notes(office.post(explained)) == []
    assert office.held() == {("P1", "L"): 6, ("DAMAGED", "L"): 3, ("LOST", "L"): 1}


def test_all_of_a_shipment_arrives_once(office, sent):
    office.post(confirm(office.head(day=2), shipment=sent.shipment, all_sound=True))

    assert office.held() == {("P1", "L"): 10}
    assert refusal(office, confirm(office.head(day=2), shipment=sent.shipment, all_sound=True)) == [
        f"Nothing of shipment {sent.shipment} is under way any more: all of it is accounted for."
    ]


def test_no_more_arrives_than_was_sent(office, sent):
    draft = confirm(office.head(day=2), shipment=sent.shipment, arrivals=[Arrival(item="I1", sound=12)])

    assert refusal(office, draft) == [
        (
            f"Shipment {sent.shipment} has 10 units of I1 under way, so 12 cannot have arrived. Confirm 10; "
            "what is really there beyond them is told with --over 2."
        )
    ]
    assert "There is no shipment T-9." in refusal(office, confirm(office.head(), shipment="T-9", all_sound=True))[0]


def test_a_shipment_of_several_lots_is_confirmed_lot_by_lot_where_something_is_missing(office):
    office.receive(("A", FAR, 5), ("B", None, 5))
    number = office.post(transfer(office.head(day=1), site="D1", to="P1", rows=[masks(10)])).shipment
    short = confirm(office.head(day=2), shipment=number, arrivals=[Arrival(item="I1", sound=8)])

    assert refusal(office, short) == [
        f"Shipment {number} carries several lots of I1: A (2021-03-01): 5, B: 5. Say what arrived of each lot."
    ]
    by_lot = [Arrival(item="I1", lot_no="A", sound=5), Arrival(item="I1", lot_no="B", sound=2, held=1)]
    office.post(confirm(office.head(day=2), shipment=number, arrivals=by_lot))
    assert office.held() == {
        ("P1", "A"): 5,
        ("P1", "B"): 2,
        ("QUARANTINE:P1", "B"): 1,
        (f"IN_TRANSIT:{number}", "B"): 2,
    }


# --- Stock that is not as it should be ---


def test_where_stock_ends_follows_from_the_reason(office):
    office.receive(("L", FAR, 10))
    for reason, units in (("expired", 1), ("damaged", 2), ("stolen", 3)):
        office.post(writeoff(office.head(day=1, reason=reason), site="D1", rows=[masks(units)]))

    assert office.held() == {("D1", "L"): 4, ("DESTROYED", "L"): 1, ("DAMAGED", "L"): 2, ("LOST", "L"): 3}


def test_a_reason_from_the_list_is_due(office):
    office.receive(("L", FAR, 10))

    said = refusal_at_once(lambda: writeoff(office.head(), site="D1", rows=[masks(1)]))
    assert said.startswith('"" is no reason for a document of type write-off. Give one of: ')
    assert "expired" in said


def test_expired_stock_is_written_off_and_an_unsaid_lot_is_asked_for(office):
    office.receive(("old", "2020-01-31", 5), ("new", FAR, 5))

    assert refusal(office, writeoff(office.head(day=1, reason="expired"), site="D1", rows=[masks(5)])) == [
        (
            "D1 holds several lots of I1: old (2020-01-31): 5, new (2021-03-01): 5. Say which one is meant, with its "
            "lot number and, where that is not enough, its expiry."
        )
    ]
    office.post(writeoff(office.head(day=1, reason="expired"), site="D1", rows=[masks(None, "old")]))
    assert office.held() == {("D1", "new"): 5, ("DESTROYED", "old"): 5}


def test_what_is_written_off_as_expired_before_its_date_is_said(office):
    """A loss hides well behind such a reason, so whoever reads the document reads this too."""
    office.receive(("new", FAR, 5), ("old", "2020-02-10", 5), ("undated", None, 5))
    not_yet = (
        "Lot new of I1 may be used until 2021-03-01, so it has not expired. If the date is right, reverse this "
        "document and give the true reason."
    )

    def said(lot_no: str, reason: str) -> list[str]:
        gone = writeoff(office.head(day=1, reason=reason), site="D1", rows=[masks(1, lot_no)])
        return office.notes(office.post(gone))

    assert said("new", "expired") == [not_yet]
    assert said("old", "expired") == said("undated", "expired") == said("new", "damaged") == []


def test_an_adjustment_goes_up_to_the_lot_that_is_there_and_down_by_its_reason(office):
    office.receive(("L", FAR, 10))
    office.post(adjust(office.head(day=1, reason="found"), site="D1", rows=[masks(2)], more=True))
    office.post(adjust(office.head(day=1, reason="given-outside"), site="D1", rows=[masks(3)], more=False))
    office.post(adjust(office.head(day=1, reason="miscounted"), site="D1", rows=[masks(4)], more=False))

    assert office.held() == {("D1", "L"): 5, ("OUTSIDE", "L"): 3, ("COUNT_SHORT", "L"): 4}


def test_quarantined_stock_is_not_issued_and_goes_back_to_who_sent_it(office):
    office.receive(("L", FAR, 10))
    office.post(quarantine(office.head(day=1, reason="suspected-fake"), site="D1", rows=[masks(None, "L")]))

    assert refusal(office, issue(office.head(day=1), site="D1", rows=[masks(1)]))[1] == (
        "Lot L of I1 (10 units) is passed over: it is in quarantine."
    )
    office.post(
        return_to(
            office.head(day=2, reason="substandard"), site="D1", partner="S1", rows=[masks(10)], from_quarantine=True
        )
    )
    assert office.held() == {}


def test_no_more_goes_back_than_came(office):
    office.receive(("L", FAR, 10))
    office.post(adjust(office.head(day=1, reason="found"), site="D1", rows=[masks(5)], more=True))

    draft = return_to(office.head(day=2, reason="surplus"), site="D1", partner="S1", rows=[masks(12)])
    assert refusal(office, draft) == [
        "Only 10 units of I1 (lot L) came from supplier S1, so 12 cannot go back. Return 10 or fewer."
    ]


def test_what_was_not_used_comes_back(office):
    office.receive(("L", FAR, 10))
    office.post(issue(office.head(day=1), site="D1", rows=[masks(8)]))
    office.post(give_back(office.head(day=2, reason="unused"), site="D1", rows=[masks(3)]))

    assert office.held() == {("D1", "L"): 5, ("CONSUMED:D1", "L"): 5}
    with pytest.raises(NotEnoughStock, match=r"Only 5 units of I1 \(lot L\) are booked as used at D1"):
        office.post(give_back(office.head(day=3, reason="unused"), site="D1", rows=[masks(6)]))


# --- Exceptions ---


def test_an_exception_stays_open_until_a_document_explains_it(office):
    office.receive(("L", FAR, 5), day=3)
    lost = {"site": "D1", "rows": [masks(2, "L")]}

    assert refusal(office, writeoff(office.head(day=1, reason="lost"), **lost)) == [
        (
            "D1 would have held 2 units of I1 (lot L) too few at 2020-02-11 12:00. Correct the date, the time or the "
            "quantity, or post what is missing before then first."
        )
    ]
    seen = office.post(writeoff(office.head(day=1, reason="lost", exception=True, note="paper of day 1"), **lost))
    assert office.notes(seen) == [
        (
            f"Document {seen.number} is an exception and stays open until it is explained: post what was missing with "
            f"--explains {seen.number}."
        )
    ]

    missing = receive(office.head(day=0, explains=seen.number), site="D1", partner="N1", rows=[masks(2, "L")])
    explained = office.post(missing)
    with reading(office.ledger.engine) as connection:
        assert not read_document(connection, seen.number).open_exception
    again = receive(office.head(day=0, explains=seen.number), site="D1", partner="N1", rows=[masks(2, "L")])
    assert refusal(office, again) == [f"Document {seen.number} was explained before, by document {explained.number}."]
    none = receive(office.head(day=0, explains=explained.number), site="D1", partner="N1", rows=[masks(2, "L")])
    assert refusal(office, none) == [
        f"Document {explained.number} was not posted as an exception, so it needs no explanation."
    ]
    assert office.held()["D1", "L"] == 5
