"""What became of a shipment, lot by lot: each unit somewhere once, also where documents were taken back."""

from __future__ import annotations

import pytest
from office import FAR, Office, masks

from models.database import reading
from models.documents_confirm import Arrival, confirm
from models.documents_out import transfer
from models.documents_settle import settle
from models.documents_undo import recall, reverse
from models.shipment_account import shipment_account


@pytest.fixture
def office(each_database) -> Office:
    """Of lot L 12 masks left D1 for P1."""
    office = Office()
    office.receive(("L", FAR, 50))
    office.sent = office.post(transfer(office.head(day=1, key="to P1"), site="D1", to="P1", rows=[masks(12)])).shipment
    return office


def account(office: Office, shipment: str = "") -> dict[str, int]:
    """Return what is told of the only lot: parts that are not nothing."""
    with reading(office.ledger.engine) as connection:
        lines = shipment_account(connection, shipment or office.sent, site="D1")
    parts = ("sent", "arrived", "set_aside", "damaged", "lost", "stayed", "went_back", "beyond", "under_way")
    return {name: getattr(line, name) for line in lines for name in parts if getattr(line, name)}


def arrived(office: Office, day: float = 2, **units: int) -> int:
    said = [Arrival(item="I1", **units)]
    head = office.head(day=day, reason="wrong-loaded")
    return office.post(confirm(head, shipment=office.sent, arrivals=said)).number


def test_what_nobody_confirmed_is_under_way(office):
    assert account(office) == {"sent": 12, "under_way": 12}


def test_every_end_of_a_unit_is_told(office):
    arrived(office, sound=3, held=1, damaged=2, lost=1, stayed=1, refused=2)

    assert account(office) == {
        "sent": 12, "arrived": 3, "set_aside": 1, "damaged": 2, "lost": 1, "stayed": 1, "went_back": 2, "under_way": 2,
    }  # fmt: skip


def test_what_came_beyond_has_arrived_too_and_its_explanation_changes_nothing(office):
    arrived(office, sound=12, over=4)
    told = {"sent": 12, "arrived": 16, "beyond": 4}
    assert account(office) == told

    office.post(settle(office.head(day=3, reason="loaded-too-many"), shipment=office.sent))
    assert account(office) == told


def test_a_receipt_that_is_taken_back_never_was(office):
    number = arrived(office, sound=10, lost=2)
    office.post(reverse(office.head(day=3, reason="wrong-quantity"), number=number))

    assert account(office) == {"sent": 12, "under_way": 12}


def test_of_a_shipment_that_is_taken_back_nothing_is_left(office):
    with reading(office.ledger.engine) as connection:
        number = connection.exec_driver_sql("SELECT max(id) FROM document").scalar_one()
    office.post(reverse(office.head(day=2, reason="never-happened"), number=number))

    assert account(office) == {}


def test_what_is_recalled_on_its_way_is_set_aside(office):
    office.post(recall(office.head(day=2, reason="counterfeit"), lot_no="L"))

    assert account(office) == {"sent": 12, "set_aside": 12}
