"""An emergency issue leaves before any plan; a second person countersigns it, and the database sees to that."""

from __future__ import annotations

import unicodedata

import pytest
import sqlalchemy as sa
from ledgers import at
from office import FAR, Office, masks, refusal, refusal_at_once
from tampering import KEY, audited, said, tamper

from models.countersign_tables import countersignature
from models.countersigning import countersign, not_countersigned
from models.database import reading, writing
from models.documents_confirm import confirm
from models.documents_out import emergency_issue
from models.documents_undo import reverse
from models.sealing import seal
from models.shipments import open_shipments
from models.versions import Stamp

BY_ANOTHER = "countersigned by a person who did not post it"


@pytest.fixture
def office(each_database) -> Office:
    """A depot with 50 masks; A has sent 20 of them to P1 before any plan."""
    office = Office()
    office.receive(("L", FAR, 50))
    office.post(sent_by_a(office))
    return office


def sent_by_a(office: Office, **said: object):
    head = office.head(**({"day": 1, "reason": "new-cases"} | said))
    return emergency_issue(head, site="D1", to="P1", rows=[masks(20)])


def waiting(office: Office) -> list[int]:
    with reading(office.ledger.engine) as connection:
        return [each.document for each in not_countersigned(connection)]


def signed(office: Office, who: str, number: int = 2) -> None:
    countersign(office.ledger, number, Stamp(who, at(101)))


def test_it_is_under_way_like_a_transfer_and_waits_for_a_second_person(office):
    with reading(office.ledger.engine) as connection:
        (shipment,) = open_shipments(connection, office.ledger.zone).values()
        (one,) = not_countersigned(connection)

    assert (shipment.to, one.document, one.units, one.reason) == ("P1", 2, 20, "new-cases")
    office.post(confirm(office.head(day=2), shipment=shipment.number, all_sound=True))
    assert office.held() == {("D1", "L"): 30, ("P1", "L"): 20}
    assert waiting(office) == [2]  # arrived, and still nobody else stands behind it
    signed(office, "B")
    assert waiting(office) == []


def test_a_reason_is_due(office):
    assert "is no reason for a document of type emergency issue. Give one of: new-cases" in refusal_at_once(
        lambda: sent_by_a(office, reason="")
    )
    assert "needs a note" in refusal_at_once(lambda: sent_by_a(office, reason="other"))


@pytest.mark.parametrize(
    ("who", "number", "said"),
    [
        ("A", 2, "A posted emergency issue 2 and cannot countersign it. Have another person do it."),
        ("B", 1, "Document 1 (receipt) needs no countersignature: only an emergency issue does."),
        ("B", 9, "There is no document 9. Check its number."),
    ],
)
def test_who_may_not_countersign_what_is_told_why(office, who, number, said):
    assert said in refusal_at_once(lambda: signed(office, who, number))
    assert waiting(office) == [2]


def test_it_is_countersigned_once(office):
    signed(office, "B")

    assert "was countersigned before, by B." in refusal_at_once(lambda: signed(office, "C"))


def test_what_was_reversed_waits_for_nobody(office):
    office.post(reverse(office.head(day=2, reason="never-happened"), number=2))

    assert waiting(office) == []
    assert "was reversed by document 3" in refusal_at_once(lambda: signed(office, "B"))


@pytest.mark.parametrize(("who", "number"), [("A", 2), ("B", 1), ("B", 9)])
def test_the_database_itself_refuses_a_countersignature_by_who_posted_or_of_anything_else(office, who, number):
    row = {"document": number, "actor": who, "recorded_at": at(101)}
    with pytest.raises(sa.exc.DBAPIError, match=BY_ANOTHER), writing(office.ledger.engine) as connection:
        connection.execute(sa.insert(countersignature), row)


def test_a_countersignature_is_a_fact(office):
    signed(office, "B")
    for statement in ("UPDATE countersignature SET actor = 'C'", "DELETE FROM countersignature"):
        with (
            pytest.raises(sa.exc.DBAPIError, match="the ledger is written once"),
            writing(office.ledger.engine) as connection,
        ):
            connection.exec_driver_sql(statement)


def test_too_few_are_refused_and_nothing_waits_more_than_before(office):
    assert (
        "D1 can give 30 of the 40 units"
        in refusal(office, emergency_issue(office.head(day=2, reason="ordered"), site="D1", to="P2", rows=[masks(40)]))[
            0
        ]
    )
    assert waiting(office) == [2]


def test_the_audit_says_which_wait_and_passes_what_was_countersigned(office):
    seal(office.ledger, key=KEY, at=at(101))
    before = audited(office.ledger, at=at(101))
    signed(office, "B")
    seal(office.ledger, key=KEY, at=at(102))
    after = audited(office.ledger, at=at(102))

    waits = "Emergency issue 2 is not countersigned yet: allocator approve 2"
    assert (said(before), said(after)) == (("", ""), ("", ""))
    assert (waits in map(str, before.open), waits in map(str, after.open)) == (True, False)


@pytest.mark.parametrize("note", ["e\u0301 ok", "\uf900 \u8c48"])
def test_a_note_that_is_not_composed_is_kept_composed_and_is_no_fault(office, note):
    countersign(office.ledger, 2, Stamp("B", at(101)), note=note)
    seal(office.ledger, key=KEY, at=at(102))
    with reading(office.ledger.engine) as connection:
        kept = connection.execute(sa.select(countersignature.c.note)).scalar()

    assert (kept, said(audited(office.ledger, at=at(102)))) == (unicodedata.normalize("NFC", note), ("", ""))
    tamper(office.ledger, f"UPDATE countersignature SET note = '{note}'")  # noqa: S608
    assert said(audited(office.ledger, at=at(102))) == ("", "")


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE countersignature SET actor = 'A'", ("approver", "was countersigned by its own author, A.")),
        ("UPDATE countersignature SET actor = 'C'", ("rows", "of document 2 is not what was sealed.")),
        ("DELETE FROM countersignature", ("rows", "of document 2 is not what was sealed.")),
        (
            "INSERT INTO countersignature (document, actor, recorded_at, note) VALUES (3, 'B', 0, '')",
            ("rows", "of document 3 is not what was sealed."),
        ),
    ],
)
def test_the_audit_finds_a_countersignature_that_was_altered(office, statement, found):
    office.post(sent_by_a(office))
    signed(office, "B")
    seal(office.ledger, key=KEY, at=at(102))
    tamper(office.ledger, statement)

    check, sentence = said(audited(office.ledger, at=at(102)))
    assert check == found[0]
    assert found[1] in sentence
