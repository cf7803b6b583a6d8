"""Change people from a page or a program: each step as the command does it, one transaction, all of it or nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import HTTPException, Request

from models.administering import Areas
from models.api_tokens import revoke_token
from models.database import reading, writing
from models.days import now_micros
from models.people import Person, add_person, disable_person, give_role, take_role
from models.people_seen import PersonSeen, areas_with, people_seen
from models.sessions import end_sessions_of
from models.versions import Stamp
from web.visitors import Visitor, ledger_of

__all__ = ["CHANGE_PEOPLE", "SEE_PEOPLE", "STEPS", "StepSaid", "added", "areas_of_changes", "person_seen", "stepped"]

SEE_PEOPLE, CHANGE_PEOPLE = "see-people", "change-people"


@dataclass(frozen=True, kw_only=True)
class StepSaid:
    """What a step says beside whose it is: a role and its area, or the name of a token."""

    role: str = ""
    area: str = ""
    token: str = ""


Step = Callable[[sa.Connection, str, StepSaid, Stamp], object]

STEPS: dict[str, Step] = {
    "give-role": lambda connection, id_, said, stamp: give_role(connection, id_, said.role, said.area, stamp),
    "take-role": lambda connection, id_, said, stamp: take_role(connection, id_, said.role, said.area, stamp),
    "disable": lambda connection, id_, _, stamp: disable_person(connection, id_, stamp),
    "enable": lambda connection, id_, _, stamp: disable_person(connection, id_, stamp, active=True),
    "end-sessions": lambda connection, id_, _, stamp: end_sessions_of(connection, id_, actor=stamp.actor),
    "revoke-token": lambda connection, id_, said, stamp: revoke_token(connection, id_, said.token, stamp),
}
"""What may be done with a person who is there, by its name in addresses."""


def person_seen(request: Request, visitor: Visitor, id_: str, right: str = SEE_PEOPLE) -> PersonSeen:
    """Return one person within reach.

    Raises:
        HTTPException: 404, there is none.

    """
    with reading(ledger_of(request).engine) as connection:
        for each in people_seen(connection, visitor.person, right):
            if each.person.id == id_:
                return each
    raise HTTPException(status_code=404)


def areas_of_changes(connection: sa.Connection, visitor: Visitor) -> Areas:
    """Return the areas whose people may be changed: none without the right, or with a token that is not for it."""
    return areas_with(connection, visitor.person, CHANGE_PEOPLE) if visitor.may(CHANGE_PEOPLE) else Areas(frozenset())


def added(request: Request, visitor: Visitor, new: Person) -> None:
    """Add a person.

    Raises:
        Refusal: with all that is wrong; nothing was changed.

    """
    with writing(ledger_of(request).engine) as connection:
        add_person(connection, new, Stamp(visitor.person.id, now_micros()))


def stepped(request: Request, visitor: Visitor, id_: str, step: str, said: StepSaid) -> None:
    """Take a step with a person.

    Raises:
        Refusal: with why; nothing was changed.
        HTTPException: 404, there is no such step.

    """
    if step not in STEPS:
        raise HTTPException(status_code=404)
    with writing(ledger_of(request).engine) as connection:
        STEPS[step](connection, id_, said, Stamp(visitor.person.id, now_micros()))
