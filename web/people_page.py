"""People: who they are and what they may do where; added, given roles, disabled, their sessions and tokens ended."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Named, Sentence, say
from data.people_tables import ROLE_WORDS, people_tables
from models.api_tokens import tokens_of
from models.database import reading
from models.days import clock_of, day_of, iso_of, now_micros
from models.entry import Refusal
from models.passwords import has_password
from models.people import Person
from models.people_seen import PersonSeen, areas_named, areas_with, people_seen
from models.sessions import sessions_of
from web.pages import page
from web.people_steps import CHANGE_PEOPLE, SEE_PEOPLE, StepSaid, added, areas_of_changes, person_seen, stepped
from web.saved_tables import saved_tables
from web.sealer import then_seal
from web.visitors import Visitor, ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

ROWS = 100
AREAS_MAX = 60
"""Areas offered beside a field; the code of any other is typed."""

_LETTERS_MAX = 200
_STATES = {"active": say("active"), "disabled": say("disabled")}
_FILTERS = {"role": say("role"), "area": say("area"), "state": say("state"), "q": say("id or name")}

Text = Annotated[str, Form(max_length=_LETTERS_MAX)]
Typed = dict[str, str]


@router.get("/people")
def show(request: Request, role: str = "", area: str = "", state: str = "", q: str = "", start: int = 0) -> Response:
    """List people within reach."""
    visitor = visitor_with(request, SEE_PEOPLE)
    return _listed(request, visitor, _query(role=role, area=area, state=state, q=q), start=start)


@router.get("/people{ending}")
def save(request: Request, ending: str, role: str = "", area: str = "", state: str = "", q: str = "") -> Response:
    """Give them as a file, a row for each role."""
    visitor = visitor_with(request, SEE_PEOPLE)
    query, ledger = _query(role=role, area=area, state=state, q=q), ledger_of(request)
    found = [each.person for each in _found(request, visitor, query)]
    filters = [(title, query.get(name, say("not limited"))) for name, title in _FILTERS.items()]
    return saved_tables(
        request, visitor, "people", ending, people_tables(found), title=say("People"),
        day=day_of(now_micros(), ledger.zone), filters=filters,
    )  # fmt: skip


@router.post("/people")
def add(
    request: Request,
    form: Text = "",
    id: Text = "",  # noqa: A002 - the field's name
    name: Text = "",
    name_zh: Text = "",
    role: Text = "",
    area: Text = "",
) -> Response:
    """Add a person."""
    visitor = visitor_with(request, CHANGE_PEOPLE)
    refuse_forged(request, form)
    typed = {"id": id, "name": name, "name_zh": name_zh, "role": role, "area": area}
    new = Person(id=id.strip(), name=name.strip(), name_zh=name_zh.strip(), roles=((role, area.strip()),))
    try:
        added(request, visitor, new)
    except Refusal as refusal:
        return _listed(request, visitor, {}, wrong=refusal.sentences, typed=typed, status=422)
    return RedirectResponse(_address(new.id), status_code=303, background=then_seal(request))


@router.get("/people/{id_}")
def show_one(request: Request, id_: str) -> Response:
    """Show one person."""
    visitor = visitor_with(request, SEE_PEOPLE)
    return _one(request, visitor, person_seen(request, visitor, id_))


@router.post("/people/{id_}/{step}")
def take_step(
    request: Request, id_: str, step: str, form: Text = "", role: Text = "", area: Text = "", token: Text = ""
) -> Response:
    """Give or take a role, disable or enable, end sessions or a token."""
    visitor = visitor_with(request, CHANGE_PEOPLE)
    refuse_forged(request, form)
    try:
        stepped(request, visitor, id_, step, StepSaid(role=role, area=area.strip(), token=token))
    except Refusal as refusal:
        seen = person_seen(request, visitor, id_)
        typed = {"role": role, "area": area}
        return _one(request, visitor, seen, what=step, wrong=refusal.sentences, typed=typed, status=422)
    # The last of somebody's roles in one's areas may just have been taken: they are then not there any more.
    with reading(ledger_of(request).engine) as connection:
        there = any(each.person.id == id_ for each in people_seen(connection, visitor.person, SEE_PEOPLE))
    return RedirectResponse(_address(id_) if there else "/people", status_code=303, background=then_seal(request))


def _address(id_: str) -> str:
    return f"/people/{quote(id_, safe='')}"


def _query(**typed: str) -> Typed:
    return {name: value.strip()[:_LETTERS_MAX] for name, value in typed.items() if value.strip()}


def _found(request: Request, visitor: Visitor, query: Typed) -> list[PersonSeen]:
    with reading(ledger_of(request).engine) as connection:
        return [each for each in people_seen(connection, visitor.person, SEE_PEOPLE) if _fits(each.person, query)]


def _fits(person: Person, query: Typed) -> bool:
    wanted = query.get("q", "").casefold()
    names = (person.id, person.name, person.name_zh)
    if wanted and not any(wanted in name.casefold() for name in names):
        return False
    if query.get("state") in _STATES and person.active != (query["state"] == "active"):
        return False
    role, area = query.get("role"), query.get("area")
    if role is None and area is None:
        return True
    return any((role in (None, own)) and (area in (None, place)) for own, place in person.roles)


def _listed(
    request: Request,
    visitor: Visitor,
    query: Typed,
    *,
    start: int = 0,
    wrong: tuple[Sentence, ...] = (),
    typed: Typed | None = None,
    status: int = 200,
) -> Response:
    found = _found(request, visitor, query)
    start = min(max(start, 0), max(0, len(found) - 1)) // ROWS * ROWS
    return page(
        request,
        "people.html",
        status=status,
        rows=[(each, _named(each.person), _address(each.person.id)) for each in found[start : start + ROWS]],
        first=start + 1,
        last=min(start + ROWS, len(found)),
        count=len(found),
        states=_STATES,
        asked=query,
        query=urlencode(query),
        before=None if start == 0 else urlencode(query | {"start": start - ROWS}),
        after=None if start + ROWS >= len(found) else urlencode(query | {"start": start + ROWS}),
        wrong=wrong,
        typed=typed or {},
        **_choices(request, visitor),
    )


def _choices(request: Request, visitor: Visitor) -> dict[str, Any]:
    """Return the roles and areas to choose from, and what areas are called."""
    with reading(ledger_of(request).engine) as connection:
        changes = areas_of_changes(connection, visitor)
        offered = areas_named(connection, changes)[:AREAS_MAX] if visitor.may(CHANGE_PEOPLE) else []
        named = areas_named(connection, areas_with(connection, visitor.person, SEE_PEOPLE))
    return {
        "roles": ROLE_WORDS,
        "areas": offered,
        "anywhere": changes.codes is None,
        "area_names": {each.code: each for each in named if each.name or each.name_zh},
    }


def _one(
    request: Request,
    visitor: Visitor,
    seen: PersonSeen,
    *,
    what: str = "",
    wrong: tuple[Sentence, ...] = (),
    typed: Typed | None = None,
    status: int = 200,
) -> Response:
    ledger, now = ledger_of(request), now_micros()
    with reading(ledger.engine) as connection:
        changes = areas_of_changes(connection, visitor)
        whole = seen.whole and changes.holds_all(seen.person.roles)
        sessions = sessions_of(connection, seen.person.id, at=now) if whole else []
        tokens = [each for each in tokens_of(connection, seen.person.id) if each.holds(now)] if whole else []
        password = has_password(connection, seen.person.id)
    return page(
        request,
        "person.html",
        status=status,
        person=seen.person,
        name=_named(seen.person),
        address=_address(seen.person.id),
        changes=changes.touches(seen.person.roles),
        may_take=[changes.holds(place) for _, place in seen.person.roles],
        whole=whole,
        password=password,
        sessions=[(clock_of(each.made_at, ledger.zone), clock_of(each.seen_at, ledger.zone)) for each in sessions],
        tokens=[(each, iso_of(each.expires_at, ledger.zone)[:10]) for each in tokens],
        what=what,
        wrong=wrong,
        typed=typed or {},
        **_choices(request, visitor),
    )


def _named(person: Person) -> Named:
    return Named("", person.name, person.name_zh)
