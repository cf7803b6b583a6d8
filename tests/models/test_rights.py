"""Who may do what is asked of the roles that people hold; where there are none, the local administrator may all."""

from __future__ import annotations

import pytest
from ledgers import at
from office import Office, refusal_at_once

from models.database import reading, writing
from models.people import LOCAL, ROLES, Person, add_person
from models.rights import RIGHTS, Reach, reach_of_actor, refuse_without
from models.versions import Stamp


@pytest.fixture
def office(each_database) -> Office:
    return Office()


def asked(office: Office, who: str, right: str) -> None:
    with reading(office.ledger.engine) as connection:
        refuse_without(connection, who, right)


def test_where_nobody_is_defined_the_local_administrator_has_every_right(office):
    for right in RIGHTS:
        asked(office, LOCAL, right)


@pytest.mark.parametrize("role", ROLES)
def test_auditors_and_administrators_decide_on_findings_and_nobody_else(office, role):
    with writing(office.ledger.engine) as connection:
        add_person(connection, Person(id="ann", roles=(("administrator", ""),)), Stamp(LOCAL, at(1)))
        add_person(connection, Person(id="bo", roles=((role, ""),)), Stamp("ann", at(2)))

    if role in ("administrator", "auditor"):
        asked(office, "bo", "decide-findings")
    else:
        assert "bo may not decide on findings" in refusal_at_once(lambda: asked(office, "bo", "decide-findings"))
    assert f"{LOCAL} may not" in refusal_at_once(lambda: asked(office, LOCAL, "decide-findings"))


def test_who_is_nobody_reaches_nothing_once_people_are_defined(office):
    with reading(office.ledger.engine) as connection:
        assert reach_of_actor(connection, LOCAL, "post-stock").everywhere
    with writing(office.ledger.engine) as connection:
        add_person(connection, Person(id="ann", roles=(("administrator", ""),)), Stamp(LOCAL, at(1)))

    with reading(office.ledger.engine) as connection:
        assert reach_of_actor(connection, LOCAL, "post-stock") == Reach(everywhere=False)
