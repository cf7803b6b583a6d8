"""What a site reports by telephone is entered by somebody else, and says so; nobody's name is hashed."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from office import FAR, Office, masks, refusal

from models.database import reading, writing
from models.documents_out import issue
from models.documents_undo import reverse
from models.posting import KeyUsedOtherwise
from models.tables import document, person
from models.trace_steps import documents_of


@pytest.fixture
def office(each_database) -> Office:
    """P1 with 50 masks; lin is a person of the ledger."""
    office = Office()
    office.receive(("L", FAR, 50), site="P1")
    with writing(office.ledger.engine) as connection:
        connection.execute(person.insert(), {"id": "lin", "name": "Lin Yue"})
    return office


def used(office: Office, units: int = 5, **said: object):
    return issue(office.head(day=1, **said), site="P1", rows=[masks(units)])


def body(office: Office, number: int) -> str:
    with reading(office.ledger.engine) as connection:
        return connection.execute(sa.select(document.c.body).where(document.c.id == number)).scalar_one()


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ({"reported_by": "lin", "reported_how": "telephone"}, {"person": "lin", "how": "telephone"}),
        ({"reported_by": "P1", "reported_how": "radio"}, {"site": "P1", "how": "radio"}),
        ({"reported_by": "duty-officer"}, {"function": "duty-officer"}),
        ({"reported_how": "paper"}, {"how": "paper"}),
    ],
)
def test_who_reported_and_how_is_in_the_text_that_is_hashed(office, said, kept):
    seen = office.post(used(office, **said))

    assert seen.details["reported"] == kept
    assert json.loads(body(office, seen.number))["details"]["reported"] == kept


def test_a_name_is_refused_with_what_to_do(office):
    """Words that are no id, no site and no function may be somebody's name, which could never be erased."""
    (said,) = refusal(office, used(office, reported_by="Lin Yue", reported_how="telephone"))

    assert said.startswith('"Lin Yue" is no person or site of this ledger, and no function.')
    assert "allocator user add" in said
    assert "duty-officer" in said


def test_a_document_that_nobody_reported_says_nothing_of_it(office):
    seen = office.post(used(office))

    assert "reported" not in body(office, seen.number)


def test_a_reversal_can_be_reported_too_and_the_trace_shows_both(office):
    office.post(used(office, reported_by="P1", reported_how="telephone"))
    office.post(reverse(office.head(reason="never-happened", reported_by="lin"), number=2))
    with reading(office.ledger.engine) as connection:
        steps = documents_of(connection, number=2)

    assert [(step.number, step.reported) for step in steps] == [
        (2, {"site": "P1", "how": "telephone"}),
        (3, {"person": "lin"}),
    ]


def test_a_retry_is_known_by_who_reported_too(office):
    said = {"key": "once", "reported_by": "P1", "reported_how": "telephone"}
    assert office.post(used(office, **said)).number == office.post(used(office, **said)).number
    with pytest.raises(KeyUsedOtherwise):
        office.post(used(office, **(said | {"reported_by": "lin"})))
