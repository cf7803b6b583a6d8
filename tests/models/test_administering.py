"""Who administers some areas changes the people of those areas, and nobody and nothing beyond them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from ledgers import a_ledger, at

from data.texts import translator
from models.api_tokens import make_token, revoke_token
from models.catalogue_areas import save_areas
from models.database import reading, writing
from models.entry import Refusal
from models.ledger import Ledger
from models.passwords import set_password
from models.people import Person, add_person, disable_person, give_role, people, take_role
from models.people_seen import people_seen
from models.sessions import end_sessions_of
from models.tables import version
from models.versions import Stamp

pytestmark = pytest.mark.usefixtures("each_database")

PASSWORD = "five masks and a thermometer"  # noqa: S105 - of people who are nobody

PEOPLE = {
    "boss": [("administrator", "")],
    "chief": [("administrator", "")],
    "lin": [("administrator", "421127")],
    "ben": [("reporter", "421127001")],
    "both": [("reporter", "421127"), ("auditor", "430000")],
    "far": [("reporter", "430000")],
    "none": [],
}
"""lin administers county 421127, in which town 421127001 lies; 430000 is another county."""


@pytest.fixture
def ledger() -> Ledger:
    made = a_ledger()
    with writing(made.engine) as connection:
        areas = {"code": ["421127", "421127001", "430000"], "parent": [None, "421127", None]}
        save_areas(connection, areas, Stamp("local", at(0)))
        for id_, roles in PEOPLE.items():
            add_person(connection, Person(id=id_, roles=tuple(roles)), Stamp("boss" if id_ != "boss" else "local", 1))
    return made


def done(ledger: Ledger, work: Callable[[sa.Connection, Stamp], object], *, by: str = "lin") -> None:
    with writing(ledger.engine) as connection:
        work(connection, Stamp(by, at(1)))


def refused(ledger: Ledger, work: Callable[[sa.Connection, Stamp], object], *, by: str = "lin") -> str:
    """Return why, once it is sure that nothing was changed."""
    with reading(ledger.engine) as connection:
        before = people(connection), connection.execute(sa.select(sa.func.count()).select_from(version)).scalar()
    with pytest.raises(Refusal) as refusal:
        done(ledger, work, by=by)
    with reading(ledger.engine) as connection:
        after = people(connection), connection.execute(sa.select(sa.func.count()).select_from(version)).scalar()
    assert after == before
    return " ".join(translator("en")(each) for each in refusal.value.sentences)


CHANGES: dict[str, Callable[[sa.Connection, str, Stamp], object]] = {
    "give": lambda connection, id_, stamp: give_role(connection, id_, "logistics", "421127", stamp),
    "take": lambda connection, id_, stamp: take_role(connection, id_, "reporter", "421127", stamp),
    "disable": disable_person,
    "password": lambda connection, id_, stamp: set_password(connection, id_, PASSWORD, stamp),
    "token": lambda connection, id_, stamp: make_token(connection, id_, stamp, name="t", scopes=["report"], days=9),
    "revoke": lambda connection, id_, stamp: revoke_token(connection, id_, "t", stamp),
    "sessions": lambda connection, id_, stamp: end_sessions_of(connection, id_, actor=stamp.actor),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("id_", ["far", "boss", "chief", "none"])
def test_a_person_of_elsewhere_or_of_everywhere_is_not_there(ledger, change, id_):
    assert f"There is no person {id_}." in refused(ledger, lambda *now: CHANGES[change](now[0], id_, now[1]))


@pytest.mark.parametrize("change", ["disable", "password", "token", "revoke", "sessions"])
def test_what_concerns_all_of_a_person_of_two_areas_is_for_whoever_administers_everywhere(ledger, change):
    said = refused(ledger, lambda *now: CHANGES[change](now[0], "both", now[1]))

    assert "both has roles outside the areas that lin administers too." in said
    if change != "revoke":
        done(ledger, lambda *now: CHANGES[change](now[0], "both", now[1]), by="boss")


@pytest.mark.parametrize("change", ["give", "disable", "password", "token", "sessions"])
def test_people_of_one_s_own_area_and_of_what_lies_in_it_are_changed(ledger, change):
    done(ledger, lambda *now: CHANGES[change](now[0], "ben", now[1]))


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("430000", "There is no area 430000."),
        ("", "A role everywhere is given and taken by whoever administers everywhere."),
    ],
)
def test_roles_are_given_and_taken_only_where_one_administers(ledger, place, says):
    assert says in refused(ledger, lambda *now: give_role(now[0], "ben", "logistics", place, now[1]))
    assert says in refused(ledger, lambda *now: take_role(now[0], "both", "auditor", place, now[1]))
    new = Person(id="new", roles=(("reporter", "421127"), ("reporter", place)))
    assert says in refused(ledger, lambda *now: add_person(now[0], new, now[1]))
    assert says in refused(ledger, lambda *now: give_role(now[0], "lin", "administrator", place, now[1]))


def test_a_role_in_one_s_area_is_given_to_and_taken_from_whoever_has_others_elsewhere(ledger):
    done(ledger, lambda *now: give_role(now[0], "both", "logistics", "421127001", now[1]))
    done(ledger, lambda *now: take_role(now[0], "both", "reporter", "421127", now[1]))

    with reading(ledger.engine) as connection:
        both = next(each for each in people(connection) if each.id == "both")
    assert both.roles == (("auditor", "430000"), ("logistics", "421127001"))


def test_a_person_is_added_with_a_role_in_one_s_area(ledger):
    done(ledger, lambda *now: add_person(now[0], Person(id="new", roles=(("reporter", "421127001"),)), now[1]))

    assert "Say which role the person has" in refused(
        ledger, lambda *now: add_person(now[0], Person(id="other"), now[1])
    )


def test_one_s_own_password_and_tokens_are_one_s_own_wherever_one_s_roles_are(ledger):
    done(ledger, lambda *now: CHANGES["password"](now[0], "far", now[1]), by="far")
    done(ledger, lambda *now: CHANGES["token"](now[0], "far", now[1]), by="far")


def test_somebody_always_administers_everywhere(ledger):
    done(ledger, lambda *now: take_role(now[0], "chief", "administrator", "", now[1]), by="boss")

    says = "Nobody would be left to administer people everywhere."
    assert says in refused(ledger, lambda *now: take_role(now[0], "boss", "administrator", "", now[1]), by="boss")
    assert says in refused(ledger, lambda *now: disable_person(now[0], "boss", now[1]), by="boss")
    done(ledger, lambda *now: disable_person(now[0], "lin", now[1]), by="boss")


def test_whoever_is_disabled_changes_nobody(ledger):
    done(ledger, lambda *now: disable_person(now[0], "lin", now[1]), by="boss")

    assert "lin is none" in refused(ledger, lambda *now: CHANGES["give"](now[0], "ben", now[1]))


def test_one_sees_the_people_of_one_s_areas_and_of_their_roles_those_there(ledger):
    with reading(ledger.engine) as connection:
        lin = next(each for each in people(connection) if each.id == "lin")
        seen = {each.person.id: (each.person.roles, each.whole) for each in people_seen(connection, lin, "see-people")}

    assert seen == {
        "ben": ((("reporter", "421127001"),), True),
        "both": ((("reporter", "421127"),), False),
        "lin": ((("administrator", "421127"),), True),
    }


@pytest.mark.parametrize("id_", ["a/b", "a\nb", " a", "local", ""])
def test_what_cannot_stand_in_an_address_is_no_id(ledger, id_):
    said = refused(ledger, lambda *now: add_person(now[0], Person(id=id_, roles=(("auditor", ""),)), now[1]), by="boss")

    assert "cannot be the id of a person" in said
