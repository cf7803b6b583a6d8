"""People who act: by id, with roles in areas, active or not.

Where nobody is defined there is one local administrator. Versions tell ids and roles, never names:
a name can be corrected or erased without touching what is sealed.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.administering import ADMINISTRATOR, Areas, administered_by
from models.entry import Refusal
from models.sign_in_tables import api_token, web_session
from models.tables import area, grant, person
from models.versions import Stamp, record_versions

__all__ = [
    "LOCAL",
    "ROLES",
    "Person",
    "acting",
    "add_person",
    "disable_person",
    "give_role",
    "people",
    "person_of_rows",
    "person_with",
    "refuse_unknown_approver",
    "refuse_unless_administers",
    "take_role",
    "with_roles",
]

LOCAL = "local"
"""Who acts where no people are defined: one local administrator."""

ROLES = ("administrator", "logistics", "reporter", "procurement", "auditor", "approver")
"""What a person may be; `models.rights` says what each may do."""


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person. `roles`: (role, area code, "" for everywhere), sorted."""

    id: str
    name: str = ""
    name_zh: str = ""
    active: bool = True
    roles: tuple[tuple[str, str], ...] = ()

    def has(self, role: str) -> bool:
        """Say whether the person has a role, anywhere."""
        return any(own == role for own, _ in self.roles)


def people(connection: sa.Connection) -> list[Person]:
    """Return everybody, by id."""
    return _people(connection)


def person_with(connection: sa.Connection, id_: str) -> Person | None:
    """Return the person of an id, None where there is none."""
    found = _people(connection, id_)
    return found[0] if found else None


def _people(connection: sa.Connection, id_: str | None = None) -> list[Person]:
    """Return everybody, or who has an id."""
    query = with_roles() if id_ is None else with_roles().where(person.c.id == id_)
    rows = connection.execute(query)
    return [person_of_rows(list(own)) for _, own in itertools.groupby(rows, key=lambda row: row.id)]


def with_roles(*more: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """Return the query for people by id, a row for each role, to be read by `person_of_rows`. `more`: other columns."""
    columns = (person.c.id, person.c.name, person.c.name_zh, person.c.active, grant.c.role, grant.c.area)
    query = sa.select(*columns, *more).select_from(person).outerjoin(grant, grant.c.person == person.c.id)
    return query.order_by(person.c.id, grant.c.role, grant.c.area)


def person_of_rows(rows: Sequence[sa.Row[Any]]) -> Person:
    """Return the person of whom `with_roles` gave rows, of which there is at least one."""
    first = rows[0]
    roles = tuple((row.role, row.area) for row in rows if row.role is not None)
    return Person(id=first.id, name=first.name, name_zh=first.name_zh, active=bool(first.active), roles=roles)


def acting(connection: sa.Connection, asked: str) -> str:
    """Return the id of who acts. `asked`: the id that was given, "" where none was.

    Raises:
        Refusal: people are defined and this is none of them, or not active; or nobody is defined and
            somebody was named.

    """
    if asked:
        row = connection.execute(sa.select(person.c.active).where(person.c.id == asked)).first()
        if row is not None and row.active:
            return asked
        if row is not None:
            raise Refusal(say("{id} is disabled and cannot act. Name another person with --actor.", id=asked))
    someone = connection.execute(sa.select(person.c.id).limit(1)).first() is not None
    if not someone and asked in ("", LOCAL):
        return LOCAL
    if not someone:
        raise Refusal(
            say("No people are defined yet, so {id} is nobody. Add them with: allocator user add {id}", id=asked)
        )
    if asked:
        raise Refusal(say("There is no person {id}. Name one that `allocator user list` shows with --actor.", id=asked))
    raise Refusal(say("Say who is acting: --actor ID, or ALLOCATOR_ACTOR. `allocator user list` shows everybody."))


def refuse_unknown_approver(connection: sa.Connection, approver: str) -> None:
    """Refuse an approver who is nobody, or may act no more.

    Raises:
        Refusal: there is no such active person.

    """
    row = connection.execute(sa.select(person.c.active).where(person.c.id == approver)).first()
    if row is None or not row.active:
        raise Refusal(
            say(
                "{id} cannot approve: there is no active person of this id. "
                "Name one that `allocator user list` shows with --approver.",
                id=approver,
            )
        )


def add_person(connection: sa.Connection, new: Person, stamp: Stamp) -> None:
    """Add a person. The first must administer everywhere, so that there is somebody to add the others.

    Raises:
        Refusal: the id is taken or reserved; a role or an area that does not exist, or that the actor does not
            administer; the first is no administrator of everywhere.

    """
    # Whoever approves as the local administrator holds this until it is done: nobody is added in between.
    areas = administered_by(connection, stamp.actor)
    known = {each.id for each in people(connection)}
    wrong = _wrong_roles(connection, new.roles, areas)
    if not new.roles and areas.codes is not None:
        wrong.append(say("Say which role the person has in an area that you administer."))
    if new.id in known:
        wrong.append(say("{id} is somebody already. Choose another id.", id=new.id))
    if not _is_an_id(new.id):
        wrong.append(say('"{id}" cannot be the id of a person. Choose another id.', id=new.id))
    if not known and (ADMINISTRATOR, "") not in new.roles:
        wrong.append(
            say(
                "The first person must be an administrator everywhere, or nobody could add the others. "
                "Give --role administrator and no --area."
            )
        )
    if wrong:
        raise Refusal(*wrong)
    row = {"id": new.id, "name": new.name, "name_zh": new.name_zh, "active": 1}
    connection.execute(sa.insert(person), row)
    if new.roles:
        rows = [{"person": new.id, "role": role, "area": place} for role, place in new.roles]
        connection.execute(sa.insert(grant), rows)
    _record(connection, new.id, stamp)


def give_role(connection: sa.Connection, id_: str, role: str, place: str, stamp: Stamp) -> bool:
    """Give a role in an area, "" for everywhere; false where the person had it.

    Raises:
        Refusal: no such person, role or area where the actor administers.

    """
    areas = administered_by(connection, stamp.actor)
    held = _person(connection, id_, areas)
    wrong = _wrong_roles(connection, [(role, place)], areas)
    if wrong:
        raise Refusal(*wrong)
    if (role, place) in held.roles:
        return False
    connection.execute(sa.insert(grant), {"person": id_, "role": role, "area": place})
    _record(connection, id_, stamp)
    return True


def take_role(connection: sa.Connection, id_: str, role: str, place: str, stamp: Stamp) -> bool:
    """Take a role in an area away; false where the person did not have it.

    Raises:
        Refusal: no such person or area where the actor administers, or nobody would be left to administer everywhere.

    """
    areas = administered_by(connection, stamp.actor)
    held = _person(connection, id_, areas)
    if not areas.holds(place):
        raise Refusal(_no_area(place))
    if (role, place) not in held.roles:
        return False
    own = grant.c.person == id_, grant.c.role == role, grant.c.area == place
    connection.execute(sa.delete(grant).where(*own))
    _refuse_without_administrator(connection, held)
    _record(connection, id_, stamp)
    return True


def disable_person(connection: sa.Connection, id_: str, stamp: Stamp, *, active: bool = False) -> bool:
    """Let a person act no more, or again; false where that was so. What they did stays theirs.

    Raises:
        Refusal: no such person where the actor administers, one with roles elsewhere too, or nobody would be left to
            administer everywhere.

    """
    held = refuse_unless_administers(connection, stamp.actor, id_)
    if held.active == active:
        return False
    connection.execute(sa.update(person).where(person.c.id == id_).values(active=int(active)))
    if not active:
        # Whoever acts again later starts with new tokens: nobody knows where the old ones lie by then.
        connection.execute(sa.delete(web_session).where(web_session.c.person == id_))
        connection.execute(sa.update(api_token).where(api_token.c.person == id_).values(revoked=1))
    _refuse_without_administrator(connection, held)
    _record(connection, id_, stamp)
    return True


def refuse_unless_administers(connection: sa.Connection, actor: str, id_: str) -> Person:
    """Return a person all of whom somebody administers, and whom nobody else changes until the transaction ends.

    Raises:
        Refusal: the actor is no administrator; there is no such person in their areas; or the person has roles
            elsewhere too, and what concerns all of them is then for whoever administers everywhere.

    """
    areas = administered_by(connection, actor)
    found = _person(connection, id_, areas)
    if not areas.holds_all(found.roles):
        raise Refusal(
            say(
                "{id} has roles outside the areas that {actor} administers too. "
                "Have it done by somebody who administers everywhere.",
                id=id_,
                actor=actor,
            )
        )
    return found


def _person(connection: sa.Connection, id_: str, areas: Areas) -> Person:
    found = person_with(connection, id_)
    if found is None or not areas.touches(found.roles):
        raise Refusal(say("There is no person {id}. `allocator user list` shows everybody.", id=id_))
    return found


def _is_an_id(text: str) -> bool:
    """Say whether a text can be somebody's id: it stands in addresses of pages, between strokes."""
    return text != LOCAL and bool(text) and text == text.strip() and "/" not in text and text.isprintable()


def _wrong_roles(connection: sa.Connection, roles: Iterable[tuple[str, str]], areas: Areas) -> list[Sentence]:
    wrong: list[Sentence] = []
    for role, place in roles:
        if role not in ROLES:
            wrong.append(say('There is no role "{role}". Choose one of: {roles}.', role=role, roles=list(ROLES)))
        known = not place or connection.execute(sa.select(area.c.code).where(area.c.code == place)).first()
        if not known or not areas.holds(place):
            wrong.append(_no_area(place))
    return wrong


def _no_area(place: str) -> Sentence:
    """Say that an area is not there for whoever asks; everywhere is there for whoever administers everywhere."""
    if place:
        return say("There is no area {code}. Check the code, or import the area first.", code=place)
    return say(
        "A role everywhere is given and taken by whoever administers everywhere. Name an area that you administer."
    )


def _refuse_without_administrator(connection: sa.Connection, changed: Person) -> None:
    """Refuse where nobody would administer everywhere any more. `changed`: the person as they were."""
    if (ADMINISTRATOR, "") not in changed.roles:
        return
    if not any(each.active and (ADMINISTRATOR, "") in each.roles for each in people(connection)):
        raise Refusal(
            say("Nobody would be left to administer people everywhere. Make another person an administrator first.")
        )


def _record(connection: sa.Connection, id_: str, stamp: Stamp) -> None:
    held = _person(connection, id_, Areas(None))
    roles = [{"role": role, "area": place} for role, place in held.roles]
    record_versions(connection, "person", [(id_, {"id": id_, "active": int(held.active), "roles": roles})], stamp)
