"""Who reported what somebody else writes down, and how: a township clerk enters what a village post says by telephone.

A document is hashed for good, so nobody's name goes into it: a reporter is a person of the ledger, by id; a
site, by code; or a function out of a list. Whoever is none of these is added as a person first, whose name can
be corrected or erased later.
"""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from allocator.sentence import say
from models.entry import Entry, Refusal
from models.report_words import FUNCTIONS
from models.tables import location, person

__all__ = ["reported_of", "with_reporter"]


def reported_of(who: str, how: str) -> dict[str, str]:
    """Return what was said of a report, as `with_reporter` takes it; nothing where nothing was said."""
    return {name: word for name, word in (("who", who), ("how", how)) if word}


def with_reporter(connection: sa.Connection, entry: Entry) -> Entry:
    """Return a document whose reporter is said as what they are: a person, a site or a function.

    Raises:
        Refusal: they are none that the ledger knows.

    """
    said = dict(entry.details.get("reported", {}))
    if "who" not in said:
        return entry
    who = said.pop("who")
    kind = _kind(connection, who)
    if kind is None:
        raise Refusal(
            say(
                '"{who}" is no person or site of this ledger, and no function. Names are not written into documents, '
                "where nobody could correct them: give the id of a person (`allocator user add` makes one), the code "
                "of a site, or one of: {functions}.",
                who=who,
                functions=list(FUNCTIONS),
            )
        )
    return replace(entry, details={**entry.details, "reported": {kind: who, **said}})


def _kind(connection: sa.Connection, who: str) -> str | None:
    if connection.execute(sa.select(person.c.id).where(person.c.id == who)).first():
        return "person"
    site = sa.select(location.c.id).where(location.c.code == who, location.c.kind == "SITE")
    if connection.execute(site).first():
        return "site"
    return "function" if who in FUNCTIONS else None
