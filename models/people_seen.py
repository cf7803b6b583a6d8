"""People as far as somebody may see them: those with a role in one's areas, and of their roles those there."""

from __future__ import annotations

from dataclasses import dataclass, replace

import sqlalchemy as sa

from allocator.sentence import Named
from models.administering import Areas, areas_of
from models.people import Person, people
from models.rights import RIGHTS
from models.tables import area

__all__ = ["PersonSeen", "areas_named", "areas_with", "people_seen"]


@dataclass(frozen=True, kw_only=True)
class PersonSeen:
    """A person. `person`: with the roles within reach; `whole`: they have no others."""

    person: Person
    whole: bool


def areas_with(connection: sa.Connection, person: Person, right: str) -> Areas:
    """Return the areas in which a person has a right."""
    return areas_of(connection, person.roles, RIGHTS[right].roles)


def people_seen(connection: sa.Connection, asker: Person, right: str) -> list[PersonSeen]:
    """Return the people in whose areas somebody has a right, by id."""
    areas = areas_with(connection, asker, right)
    return [
        PersonSeen(
            person=replace(each, roles=tuple(role for role in each.roles if areas.holds(role[1]))),
            whole=areas.holds_all(each.roles),
        )
        for each in people(connection)
        if areas.touches(each.roles)
    ]


def areas_named(connection: sa.Connection, areas: Areas) -> list[Named]:
    """Return the areas of a ledger within some, by code."""
    rows = connection.execute(sa.select(area.c.code, area.c.name, area.c.name_zh).order_by(area.c.code))
    return [Named(*row) for row in rows if areas.holds(row.code)]
