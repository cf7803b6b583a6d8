"""A document whose units went on is reversed last: the refusal names the documents that come first."""

from __future__ import annotations

import pytest
from office import FAR, Office, masks, refusal

from models.documents_aside import give_back
from models.documents_confirm import confirm
from models.documents_out import issue, transfer
from models.documents_undo import reverse

WHY = {"day": 4, "reason": "never-happened"}


@pytest.fixture
def office(each_database) -> Office:
    """Ten masks were used (2), six of them came back (3, 4); five went to P1 (5) and arrived (6)."""
    office = Office()
    office.receive(("L", FAR, 50))
    office.post(issue(office.head(day=1), site="D1", rows=[masks(10)]))
    for units in (2, 4):
        office.post(give_back(office.head(day=2, reason="unused"), site="D1", rows=[masks(units, "L")]))
    sent = office.post(transfer(office.head(day=2, key="sent"), site="D1", to="P1", rows=[masks(5)])).shipment
    office.post(confirm(office.head(day=3), shipment=sent, all_sound=True))
    return office


def test_an_issue_whose_goods_came_back_names_the_returns(office):
    assert " ".join(refusal(office, reverse(office.head(**WHY), number=2))) == (
        "Document 2 cannot be reversed: 6 units of I1 (lot L) have gone on from there (use at D1). Reverse first: "
        "document 4 (return), document 3 (return)."
    )


def test_a_shipment_that_arrived_names_its_receipt(office):
    said = " ".join(refusal(office, reverse(office.head(**WHY), number=5)))
    assert said.endswith("Reverse first: document 6 (receipt of a shipment).")


def test_in_that_order_everything_can_be_reversed(office):
    for number in (4, 3, 2, 6, 5):
        office.post(reverse(office.head(**WHY), number=number))

    assert office.held() == {("D1", "L"): 50}


def test_a_document_that_was_reversed_before_says_so(office):
    for number in (4, 3, 2):
        office.post(reverse(office.head(**WHY), number=number))

    assert "was reversed before" in refusal(office, reverse(office.head(**WHY), number=2))[0]
