"""Who may do what: one table that the pages, the API, commands, their documentation and their tests read.

A role is held in an area and all that lies in it, or everywhere. What lies outside is not refused: it is not there.
"""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.administering import areas_below
from models.entry import Refusal
from models.people import Person, people, person_with
from models.tables import location

__all__ = [
    "EVERYWHERE",
    "RIGHTS",
    "Reach",
    "Right",
    "may",
    "reach_of",
    "reach_of_actor",
    "refuse_without",
    "sites_within",
]


@dataclass(frozen=True)
class Right:
    """Something that may be done, and by which roles."""

    name: str
    says: Sentence
    roles: frozenset[str]


_ADMINISTRATOR, _APPROVER, _AUDITOR = "administrator", "approver", "auditor"
_LOGISTICS, _PROCUREMENT, _REPORTER = "logistics", "procurement", "reporter"
_OFFICE = (_ADMINISTRATOR, _APPROVER, _AUDITOR, _LOGISTICS, _PROCUREMENT)
_EVERYBODY = (*_OFFICE, _REPORTER)


def _right(name: str, says: Sentence, *roles: str) -> Right:
    return Right(name, says, frozenset(roles))


RIGHTS = {
    right.name: right
    for right in (
        # Reading.
        _right("see-stock", say("see what is where"), *_EVERYBODY),
        _right("see-shipments", say("see what is on its way"), *_EVERYBODY),
        _right("see-catalogue", say("see sites, items and roads"), *_EVERYBODY),
        _right("see-plans", say("see plans and the policy"), *_OFFICE),
        _right("see-shortfall", say("see forecasts, shortfalls and orders"), *_OFFICE),
        _right("see-records", say("trace documents, and see what proves them"), *_OFFICE),
        _right("see-findings", say("see findings"), _ADMINISTRATOR, _AUDITOR),
        _right("see-people", say("see people and their roles"), _ADMINISTRATOR, _AUDITOR),
        # Writing what happened.
        _right("report", say("report use, counts and receipts of a site"), _LOGISTICS, _REPORTER),
        _right("post-stock", say("post receipts, issues and corrections"), _LOGISTICS),
        _right("recall", say("recall a lot"), _LOGISTICS),
        # Deciding.
        _right("plan", say("allocate, change a plan and dispatch it"), _LOGISTICS),
        _right("approve", say("approve and countersign"), _APPROVER),
        _right("order", say("place and change orders"), _PROCUREMENT),
        _right("try-scenarios", say("run scenarios"), _LOGISTICS, _PROCUREMENT, _APPROVER),
        _right("decide-findings", say("decide on findings"), _ADMINISTRATOR, _AUDITOR),
        # Keeping the house.
        _right("change-catalogue", say("change sites, items and roads"), _ADMINISTRATOR, _LOGISTICS),
        _right("change-policy", say("change the policy"), _ADMINISTRATOR),
        _right("change-people", say("add people and give roles"), _ADMINISTRATOR),
        _right("keep-backups", say("write backups"), _ADMINISTRATOR),
        _right("name-witnesses", say("name and drop witnesses"), _ADMINISTRATOR, _AUDITOR),
    )
}
"""Every right by its name."""


@dataclass(frozen=True)
class Reach:
    """What a right reaches: everything, or some sites."""

    everywhere: bool
    sites: frozenset[str] = frozenset()

    def holds(self, site: str) -> bool:
        """Say whether a site is within reach."""
        return self.everywhere or site in self.sites


EVERYWHERE = Reach(everywhere=True)
"""Nothing is beyond."""


def may(person: Person, right: str) -> bool:
    """Say whether a person has a right anywhere.

    >>> may(Person(id="ann", roles=(("auditor", ""),)), "see-stock"), may(Person(id="bo"), "see-stock")
    (True, False)
    """
    return any(role in RIGHTS[right].roles for role, _ in person.roles)


def refuse_without(connection: sa.Connection, actor: str, right: str) -> None:
    """Refuse whoever has not got a right anywhere. Where nobody is defined, the local administrator has them all.

    Raises:
        Refusal: people are defined, and the actor has none of the right's roles.

    """
    everybody = people(connection)
    if everybody and not any(each.id == actor and may(each, right) for each in everybody):
        wanted = RIGHTS[right]
        raise Refusal(
            say(
                "{actor} may not {act}: that takes one of the roles {roles}. Have somebody do it who has one; "
                "`allocator user list` shows everybody.",
                actor=actor,
                act=wanted.says,
                roles=sorted(wanted.roles),
            )
        )


def reach_of_actor(connection: sa.Connection, actor: str, right: str) -> Reach:
    """Return where whoever acts has a right: everywhere for the local administrator where nobody is defined."""
    person = person_with(connection, actor)
    if person is not None:
        return reach_of(connection, person, right)
    return Reach(everywhere=not people(connection))


def reach_of(connection: sa.Connection, person: Person, right: str) -> Reach:
    """Return where a person has a right."""
    sites = sites_within(person, right)
    if sites is None:
        return Reach(everywhere=True)
    codes = sa.select(location.c.code).where(location.c.id.in_(sites))
    return Reach(everywhere=False, sites=frozenset(connection.execute(codes).scalars()))


def sites_within(person: Person, right: str) -> sa.Select[tuple[int]] | None:
    """Return the query for the ids of the sites where a person has a right; None where it is everywhere."""
    areas = {code for role, code in person.roles if role in RIGHTS[right].roles}
    if "" in areas:
        return None
    return sa.select(location.c.id).where(location.c.kind == "SITE", location.c.area.in_(areas_below(areas)))
