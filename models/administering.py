"""Which areas somebody administers, and so which people they may change and which roles they may give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import say
from models.catalogue_rows import lock_catalogue
from models.entry import Refusal
from models.tables import area, grant, person

__all__ = ["ADMINISTRATOR", "Areas", "administered_by", "areas_below", "areas_of"]

ADMINISTRATOR = "administrator"
"""The role of whoever changes people."""


@dataclass(frozen=True)
class Areas:
    """Areas with all that lies in them. `codes`: None for everywhere.

    >>> county = Areas(frozenset({"421127", "421127001"}))
    >>> county.holds("421127001"), county.holds(""), Areas(None).holds("")
    (True, False, True)
    """

    codes: frozenset[str] | None

    def holds(self, place: str) -> bool:
        """Say whether a role in an area, "" for everywhere, is one of these areas."""
        return self.codes is None or place in self.codes

    def touches(self, roles: Iterable[tuple[str, str]]) -> bool:
        """Say whether somebody with these roles is there for whoever looks from these areas."""
        return self.codes is None or any(place in self.codes for _, place in roles)

    def holds_all(self, roles: Iterable[tuple[str, str]]) -> bool:
        """Say whether somebody has roles here and nowhere else. Who has none is of no area: of everywhere alone."""
        places = [place for _, place in roles]
        return self.codes is None or (bool(places) and self.codes.issuperset(places))


def areas_below(codes: Iterable[str]) -> sa.Select[str]:
    """Return the query for some areas and all that lie in them."""
    within = sa.select(area.c.code).where(area.c.code.in_(list(codes))).cte("within", recursive=True)
    within = within.union(sa.select(area.c.code).join(within, area.c.parent == within.c.code))
    return sa.select(within.c.code)


def areas_of(connection: sa.Connection, roles: Iterable[tuple[str, str]], which: Iterable[str]) -> Areas:
    """Return the areas in which somebody has one of some roles. `roles`: what they have; `which`: names of roles."""
    places = {place for role, place in roles if role in set(which)}
    if "" in places:
        return Areas(None)
    return Areas(frozenset(connection.execute(areas_below(places)).scalars()))


def administered_by(connection: sa.Connection, actor: str) -> Areas:
    """Return the areas whose people somebody may change; nobody else changes people until the transaction ends.

    Raises:
        Refusal: people are defined, and the actor is no administrator.

    """
    lock_catalogue(connection)  # so that two administrators do not disable each other
    if connection.execute(sa.select(person.c.id).limit(1)).first() is None:
        return Areas(None)
    own = sa.select(grant.c.role, grant.c.area).join(person, person.c.id == grant.c.person)
    own = own.where(person.c.id == actor, person.c.active == 1, grant.c.role == ADMINISTRATOR)
    roles = [(row.role, row.area) for row in connection.execute(own)]
    if not roles:
        raise Refusal(say("Only an administrator may add or change people, and {actor} is none.", actor=actor))
    return areas_of(connection, roles, (ADMINISTRATOR,))
