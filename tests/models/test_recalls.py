"""What is taken back: lots everywhere, documents line by line."""

from __future__ import annotations

import pytest
from ledgers import at
from office import FAR, Office, masks, refusal

from models.documents_aside import release
from models.documents_confirm import confirm
from models.documents_count import count
from models.documents_out import issue, transfer
from models.documents_undo import recall, reverse

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def office() -> Office:
    return Office()


# --- Recalls ---


def test_a_recall_quarantines_a_lot_wherever_it_is(office):
    office.receive(("L7", FAR, 100), ("L8", FAR, 5))
    office.receive(("L7", FAR, 20), site="P1")
    office.post(issue(office.head(day=1), site="P1", rows=[masks(4)]))
    number = office.post(transfer(office.head(day=1), site="D1", to="P2", rows=[masks(30, "L7")])).shipment
    seen = office.post(recall(office.head(day=2, reason="counterfeit"), lot_no="L7"))

    assert office.held() == {
        ("QUARANTINE:D1", "L7"): 70,
        ("QUARANTINE:P1", "L7"): 16,
        ("QUARANTINE:P2", "L7"): 30,
        ("CONSUMED:P1", "L7"): 4,
        ("D1", "L8"): 5,
    }
    assert office.notes(seen) == ["4 units of I1 (lot L7) had left before: use at P1. Ask for them back."]
    assert (
        "all of it is accounted for" in refusal(office, confirm(office.head(day=3), shipment=number, all_sound=True))[0]
    )


def test_recalled_stock_is_neither_issued_nor_released_until_the_recall_ends(office):
    office.receive(("L7", FAR, 10))
    office.post(recall(office.head(day=1, reason="ordered"), lot_no="L7"))
    office.receive(("L7", FAR, 3), day=2)

    assert refusal(office, issue(office.head(day=2), site="D1", rows=[masks(1)]))[1:] == [
        "Lot L7 of I1 (3 units) is passed over: it was recalled.",
        "Lot L7 of I1 (10 units) is passed over: it is in quarantine.",
    ]
    free = release(office.head(day=3, reason="inspected"), site="D1", rows=[masks(None, "L7")])
    assert "was recalled and stays in quarantine" in refusal(office, free)[0]
    office.post(recall(office.head(day=3, reason="by-mistake"), lot_no="L7", end=True))
    office.post(release(office.head(day=3, reason="inspected"), site="D1", rows=[masks(None, "L7")]))
    office.post(issue(office.head(day=3), site="D1", rows=[masks(13)]))


def test_reserved_stock_is_recalled_to_the_site_where_it_lies(office):
    from models.entry import Entry, Line, LotKey

    office.receive(("L7", FAR, 10))
    office.receive(("L7", FAR, 6), site="P1")
    key = LotKey("I1", "L7", FAR)
    lines = (Line("D1", "RESERVED:O1", key, 8), Line("P1", "RESERVED:O1", key, 6))
    entry = Entry(key="r", type="reserve", actor="A", occurred_at=at(1), lines=lines)
    office.ledger.post(entry, recorded_at=at(100))
    away = Entry(
        key="d",
        type="dispatch",
        actor="A",
        occurred_at=at(1),
        site="D1",
        shipment="T9",
        details={"to": "P2"},
        lines=(Line("RESERVED:O1", "IN_TRANSIT:T9", key, 3),),
    )
    office.ledger.post(away, recorded_at=at(100))

    office.post(recall(office.head(day=2, reason="ordered"), lot_no="L7"))

    assert office.held() == {("QUARANTINE:D1", "L7"): 2 + 5, ("QUARANTINE:P1", "L7"): 6, ("QUARANTINE:P2", "L7"): 3}


def test_a_recall_names_what_it_cannot_find_or_tell_apart(office):
    office.receive(("L7", FAR, 10))
    office.receive(("L7", FAR, 10), code="I2")

    head = office.head(day=1, reason="ordered")
    assert refusal(office, recall(head, lot_no="L9")) == ["There is no lot L9. Check its number."]
    assert refusal(office, recall(head, lot_no="L7")) == [
        "Several items have a lot L7: I1, I2. Say which one with --item."
    ]
    office.post(recall(head, lot_no="L7", code="I2"))
    again = recall(office.head(day=2, reason="ordered"), lot_no="L7", code="I2")
    assert refusal(office, again) == ["Lot L7 was recalled before, and all that is left of it is in quarantine."]


def test_reserved_stock_that_a_reversal_gave_back_is_recalled_again_to_where_it_lies(office):
    from models.entry import Entry, Line, LotKey

    office.receive(("L7", FAR, 10))
    line = Line("D1", "RESERVED:O1", LotKey("I1", "L7", FAR), 8)
    office.ledger.post(Entry(key="r", type="reserve", actor="A", occurred_at=at(1), lines=(line,)), recorded_at=at(100))
    recalled = office.post(recall(office.head(day=2, reason="ordered"), lot_no="L7"))
    office.post(reverse(office.head(reason="wrong-item"), number=recalled.number))

    office.post(recall(office.head(day=3, reason="ordered"), lot_no="L7"))

    assert office.held() == {("QUARANTINE:D1", "L7"): 10}


# --- Reversals ---


def test_a_reversal_takes_back_every_line_and_says_which_count_absorbed_it(office):
    office.receive(("L", FAR, 50))
    used = office.post(issue(office.head(day=1), site="D1", rows=[masks(42)]))
    found = office.post(count(office.head(day=5), site="D1", rows=[masks(1, "L")]))

    seen = office.post(reverse(office.head(day=9, reason="entered-twice"), number=used.number))

    assert (seen.occurred_at, seen.reverses, seen.site) == (at(1), used.number, "D1")
    assert office.held() == {("D1", "L"): 1, ("COUNT_SHORT", "L"): 49}
    assert office.notes(seen) == [
        (
            f"D1 was counted later, in document {found.number}, and what was found then stays: 42 units of I1 (lot L) "
            "are set off against that count."
        )
    ]
    again = reverse(office.head(reason="entered-twice"), number=used.number)
    assert refusal(office, again) == [
        f"Document {used.number} was reversed before, by document {seen.number}. Nothing is left to do."
    ]


def test_a_reversed_recall_is_no_recall(office):
    office.receive(("L7", FAR, 10))
    recalled = office.post(recall(office.head(day=1, reason="ordered"), lot_no="L7"))
    office.post(reverse(office.head(reason="wrong-item"), number=recalled.number))

    office.post(issue(office.head(day=1), site="D1", rows=[masks(10)]))
