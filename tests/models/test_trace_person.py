"""What a person has to do with the ledger, in numbers that add up."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from drawn_ledgers import draw_documents
from office import FAR, Office, masks

from models.cuts import Cut
from models.database import reading, writing
from models.documents_confirm import Arrival, confirm
from models.documents_count import count
from models.documents_out import issue, transfer
from models.documents_undo import recall, reverse
from models.tables import document, person
from models.trace_person import SENT, PersonTrace, is_known, traced_person

pytestmark = pytest.mark.usefixtures("each_database")


@pytest.fixture
def office() -> Office:
    """Return an office in which A sent 40 of 100 to P1, B confirmed 35 as C reported, and B counted 2 too few."""
    made = Office()
    with writing(made.ledger.engine) as connection:
        connection.execute(person.insert(), [{"id": each, "active": 1} for each in "ABC"])
    made.receive(("L7", FAR, 100))
    sent = made.post(transfer(made.head(day=1), site="D1", to="P1", rows=[masks(40, "L7")]))
    came = Arrival(item="I1", sound=35, damaged=2)
    said = made.head(day=2, actor="B", reason="wet", reported_by="C", reported_how="telephone")
    made.post(confirm(said, shipment=sent.shipment, arrivals=[came]))
    made.post(count(made.head(day=3, actor="B", approver="A"), site="P1", rows=[masks(33, "L7")]))
    return made


def told(office: Office, who: str, cut: Cut | None = None) -> PersonTrace:
    with reading(office.ledger.engine) as connection:
        return traced_person(connection, who, cut or Cut())


def roles(found: PersonTrace) -> list[tuple[str, str, int, int]]:
    return [(each.role, each.type, each.documents, each.units) for each in found.acted]


def test_what_somebody_recorded_approved_and_reported_is_told(office):
    assert roles(told(office, "A")) == [("approved", "count", 1, 2), ("recorded", "receive", 1, 100),
                                        ("recorded", "transfer", 1, 40)]  # fmt: skip
    assert roles(told(office, "B")) == [("recorded", "confirm", 1, 37), ("recorded", "count", 1, 2)]
    assert roles(told(office, "C")) == [("reported", "confirm", 1, 37)]
    assert told(office, "B").moved == {"I1": {"confirmed": 37, "missing": 2}}


def test_what_was_sent_is_followed_and_what_nobody_accounts_for_is_told(office):
    found = told(office, "A")

    assert found.sent["I1"] == {
        "sent": 40, "arrived": 35, "set_aside": 0, "damaged": 2, "lost": 0, "sent_back": 0, "outstanding": 3
    }  # fmt: skip
    assert [(code, one.why, one.units) for code, one in found.open] == [("I1", "left_open", 3)]
    assert [(code, one.why, one.place, one.units) for code, one in told(office, "B").open] == [
        ("I1", "missing", "P1", 2)
    ]
    office.post(recall(office.head(day=4, reason="ordered"), lot_no="L7"))
    assert told(office, "A").sent["I1"]["set_aside"] == 3
    assert told(office, "A").open == ()


def test_what_was_taken_back_and_what_was_not_known_yet_counts_for_nothing(office):
    used = office.post(issue(office.head(day=3, actor="B"), site="D1", rows=[masks(9, "L7")]))
    assert told(office, "B").moved["I1"]["used"] == 9
    office.post(reverse(office.head(reason="never-happened"), number=used.number))

    assert "used" not in told(office, "B").moved["I1"]
    assert told(office, "A", Cut(document=2)).sent["I1"]["outstanding"] == 40
    assert told(office, "B", Cut(document=2)).documents == ()


def test_who_never_acted_and_is_no_person_is_not_known(office):
    with reading(office.ledger.engine) as connection:
        assert [is_known(connection, who) for who in ("A", "C", "X")] == [True, True, False]


@pytest.mark.parametrize("seed", range(3))
def test_what_everybody_sent_in_a_drawn_ledger_adds_up(seed):
    office = Office()
    list(draw_documents(office.ledger, seed, documents=40))
    with reading(office.ledger.engine) as connection:
        people = list(connection.execute(sa.select(document.c.actor).distinct()).scalars())
        found = [traced_person(connection, who) for who in people]

    assert any(each.sent for each in found)
    assert all(terms["sent"] == sum(terms[what] for what in SENT) for each in found for terms in each.sent.values())
    assert sum(len([d for d in each.documents if d.role == "recorded"]) for each in found) == 40
