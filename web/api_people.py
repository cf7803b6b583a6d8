"""`/api/v1/me`, `/api/v1/people`: who asks, and people with their roles; each change once for its key."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from models.database import reading
from models.people import Person
from models.people_seen import PersonSeen, people_seen
from models.rights import RIGHTS
from web.api_once import answered_once
from web.api_parameters import Code, CodeInPath, Cursor, Key, Limit, example
from web.cursors import cursor_of, start_of
from web.people_steps import CHANGE_PEOPLE, SEE_PEOPLE, StepSaid, added, person_seen, stepped
from web.visitors import ledger_of, refuse_forged, signed_in, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["people"])

Text = Annotated[str, Field(max_length=200)]
RoleName = Literal["administrator", "logistics", "reporter", "procurement", "auditor", "approver"]
StepName = Literal["give-role", "take-role", "disable", "enable", "end-sessions", "revoke-token"]


class RoleRead(BaseModel):
    """A role and where it holds: the code of an area, "" for everywhere."""

    role: str
    area: str


class MeRead(BaseModel):
    """Who asks: `rights` that the session or token is for."""

    id: str
    name: str
    name_zh: str
    roles: list[RoleRead]
    rights: list[str]


class PersonRead(BaseModel):
    """A person. `roles`: those within reach; `whole`: there are no others."""

    id: str
    name: str
    name_zh: str
    active: bool
    roles: list[RoleRead]
    whole: bool


class PeoplePage(BaseModel):
    """People by id, and what to ask for the next ones: null where these are the last."""

    people: list[PersonRead]
    next: str | None


class PersonAsked(BaseModel):
    """A person to add, with a first role. `area`: the code of one, "" for everywhere."""

    model_config = example(id="ben", role="reporter", area="421127", name="Ben", name_zh="本")

    id: Annotated[str, Field(min_length=1, max_length=200)]
    role: RoleName
    area: Text = ""
    name: Text = ""
    name_zh: Text = ""


class StepAsked(BaseModel):
    """What a step says: `role` and `area` where one is given or taken, `token` where one is revoked, by its name."""

    model_config = example(role="logistics", area="421127")

    role: Text = ""
    area: Text = ""
    token: Text = ""


@router.get("/me", summary="Who asks")
def me(request: Request) -> MeRead:
    """Return the person of the session or token, and its rights."""
    visitor = signed_in(request)
    person = visitor.person
    return MeRead.model_construct(
        id=person.id,
        name=person.name,
        name_zh=person.name_zh,
        roles=_roles(person),
        rights=[right for right in RIGHTS if visitor.may(right)],
    )


@router.get("/people", summary="People and their roles")
def people(request: Request, role: Code = "", area: Code = "", limit: Limit = 100, cursor: Cursor = "") -> PeoplePage:
    """Return people with a role within reach, by id; by `role` and `area` those who hold it there."""
    visitor, start = visitor_with(request, SEE_PEOPLE), start_of(cursor)
    with reading(ledger_of(request).engine) as connection:
        found = people_seen(connection, visitor.person, SEE_PEOPLE)
    if role or area:
        found = [each for each in found if any(role in ("", own) and area in ("", at) for own, at in each.person.roles)]
    return PeoplePage.model_construct(
        people=[_read(each) for each in found[start : start + limit]],
        next=cursor_of(start + limit) if start + limit < len(found) else None,
    )


@router.get("/people/{id_}", summary="One person")
def person(request: Request, id_: CodeInPath) -> PersonRead:
    """Return one person."""
    return _read(person_seen(request, visitor_with(request, SEE_PEOPLE), id_))


@router.post("/people", summary="Add a person", response_model=PersonRead)
def add(request: Request, asked: PersonAsked, key: Key) -> Response:
    """Add a person with a first role where the caller administers; they cannot sign in before a password is set."""
    visitor = visitor_with(request, CHANGE_PEOPLE)
    refuse_forged(request)

    def work() -> BaseModel:
        role = (asked.role, asked.area)
        added(request, visitor, Person(id=asked.id, name=asked.name, name_zh=asked.name_zh, roles=(role,)))
        return _read(person_seen(request, visitor, asked.id, CHANGE_PEOPLE))

    return answered_once(request, visitor.person.id, key, f"person {asked.model_dump_json()}", work)


@router.post("/people/{id_}/{step}", summary="Change a person's roles, disable, end sessions or a token",
             response_model=PersonRead)  # fmt: skip
def take_step(request: Request, id_: CodeInPath, step: StepName, asked: StepAsked, key: Key) -> Response:
    """Take a step with a person, with the refusals that the commands have; what is so already stays so."""
    visitor = visitor_with(request, CHANGE_PEOPLE)
    refuse_forged(request)
    before = person_seen(request, visitor, id_, CHANGE_PEOPLE)

    def work() -> BaseModel:
        stepped(request, visitor, id_, step, StepSaid(role=asked.role, area=asked.area, token=asked.token))
        with reading(ledger_of(request).engine) as connection:
            found = [each for each in people_seen(connection, visitor.person, CHANGE_PEOPLE) if each.person.id == id_]
        # Where the last role within reach was taken, the person is not there any more.
        return _read(found[0]) if found else _read(before).model_copy(update={"roles": []})

    return answered_once(request, visitor.person.id, key, f"{step} {id_} {asked.model_dump_json()}", work)


def _read(seen: PersonSeen) -> PersonRead:
    each = seen.person
    return PersonRead.model_construct(
        id=each.id, name=each.name, name_zh=each.name_zh, active=each.active, roles=_roles(each), whole=seen.whole
    )


def _roles(person: Person) -> list[RoleRead]:
    return [RoleRead.model_construct(role=role, area=area) for role, area in person.roles]
