"""People who act: by id, with roles in areas, active or not.

Where nobody is defined there is one local administrator. Versions tell ids and roles, never names:
a name can be corrected or erased without touching what is sealed.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.catalogue_rows import lock_catalogue
from models.entry import Refusal
from models.sign_in_tables import api_token
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
    "person_with",
    "refuse_unknown_approver",
    "refuse_unless_administrator",
    "take_role",
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
    granted, known = sa.select(grant), sa.select(person)
    if id_ is not None:
        granted, known = granted.where(grant.c.person == id_), known.where(person.c.id == id_)
    roles: dict[str, list[tuple[str, str]]] = {}
    for row in connection.execute(granted.order_by(grant.c.person, grant.c.role, grant.c.area)):
        roles.setdefault(row.person, []).append((row.role, row.area))
    return [
        Person(
            id=row.id,
            name=row.name,
            name_zh=row.name_zh,
            active=bool(row.active),
            roles=tuple(roles.get(row.id, ())),
        )
        for row in connection.execute(known.order_by(person.c.id))
    ]


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
    """Add a person. The first must be an administrator, so that there is somebody to add the others.

    Raises:
        Refusal: the id is taken or reserved; a role or an area that does not exist; the first is no
            administrator.

    """
    # Whoever approves as the local administrator holds this until it is done: nobody is added in between.
    lock_catalogue(connection)
    refuse_unless_administrator(connection, stamp.actor)
    known = {each.id for each in people(connection)}
    wrong = _wrong_roles(connection, new.roles)
    if new.id in known:
        wrong.append(say("{id} is somebody already. Choose another id.", id=new.id))
    if new.id == LOCAL or not new.id.strip() or new.id != new.id.strip():
        wrong.append(say('"{id}" cannot be the id of a person. Choose another id.', id=new.id))
    if not known and not new.has("administrator"):
        wrong.append(
            say("The first person must be an administrator, or nobody could add the others. Give --role administrator.")
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
        Refusal: no such person, role or area.

    """
    refuse_unless_administrator(connection, stamp.actor)
    held = _person(connection, id_)
    wrong = _wrong_roles(connection, [(role, place)])
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
        Refusal: no such person, or nobody would be left to administer.

    """
    refuse_unless_administrator(connection, stamp.actor)
    held = _person(connection, id_)
    if (role, place) not in held.roles:
        return False
    own = grant.c.person == id_, grant.c.role == role, grant.c.area == place
    connection.execute(sa.delete(grant).where(*own))
    _refuse_without_administrator(connection)
    _record(connection, id_, stamp)
    return True


def disable_person(connection: sa.Connection, id_: str, stamp: Stamp, *, active: bool = False) -> bool:
    """Let a person act no more, or again; false where that was so. What they did stays theirs.

    Raises:
        Refusal: no such person, or nobody would be left to administer.

    """
    refuse_unless_administrator(connection, stamp.actor)
    if _person(connection, id_).active == active:
        return False
    connection.execute(sa.update(person).where(person.c.id == id_).values(active=int(active)))
    if not active:
        # Whoever acts again later starts with new tokens: nobody knows where the old ones lie by then.
        connection.execute(sa.update(api_token).where(api_token.c.person == id_).values(revoked=1))
    _refuse_without_administrator(connection)
    _record(connection, id_, stamp)
    return True


def _person(connection: sa.Connection, id_: str) -> Person:
    found = person_with(connection, id_)
    if found is None:
        raise Refusal(say("There is no person {id}. `allocator user list` shows everybody.", id=id_))
    return found


def _wrong_roles(connection: sa.Connection, roles: Iterable[tuple[str, str]]) -> list[Sentence]:
    wrong: list[Sentence] = []
    for role, place in roles:
        if role not in ROLES:
            wrong.append(say('There is no role "{role}". Choose one of: {roles}.', role=role, roles=list(ROLES)))
        known = not place or connection.execute(sa.select(area.c.code).where(area.c.code == place)).first()
        if not known:
            wrong.append(say("There is no area {code}. Check the code, or import the area first.", code=place))
    return wrong


def refuse_unless_administrator(connection: sa.Connection, actor: str) -> None:
    """Refuse whoever may not change people; nobody changes them at once until the transaction ends.

    Raises:
        Refusal: people are defined, and the actor is no administrator.

    """
    lock_catalogue(connection)  # so that two administrators do not disable each other
    everybody = people(connection)
    if everybody and not any(each.id == actor and each.has("administrator") for each in everybody):
        raise Refusal(say("Only an administrator may add or change people, and {actor} is none.", actor=actor))


def _refuse_without_administrator(connection: sa.Connection) -> None:
    if not any(each.active and each.has("administrator") for each in people(connection)):
        raise Refusal(say("Nobody would be left to administer people. Make another person an administrator first."))


def _record(connection: sa.Connection, id_: str, stamp: Stamp) -> None:
    held = _person(connection, id_)
    roles = [{"role": role, "area": place} for role, place in held.roles]
    record_versions(connection, "person", [(id_, {"id": id_, "active": int(held.active), "roles": roles})], stamp)
