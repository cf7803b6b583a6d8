"""The policy: as it stands and stood, in words; another one tried – who gains, who loses – and then put in force."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response
from starlette.datastructures import FormData

from allocator.sentence import Sentence, say
from allocator.words import tier_named
from data.policy_kept import differences, kept_policy
from data.policy_tables import rules_table, tried_tables, versions_table
from data.policy_typed import policy_typed
from data.policy_writing import ladder_rows
from models.database import reading, writing
from models.days import clock_of, day_of, now_micros
from models.entry import Refusal
from models.jobs import Job, ask_job, find_job
from models.plans import plans
from models.policies import CHANGED_SINCE, CHANGES, KeptPolicy, newest_policy, policies, replace_policy
from models.rights import reach_of
from models.versions import Stamp
from web.cut_asked import day_asked
from web.jobs_seen import state_word
from web.kept import names_kept
from web.pages import page
from web.policy_asked import CHOICES, FIELDS, Typed, fields_of, rule_rows, standing, typed_of, written
from web.saved_tables import saved_bytes, saved_tables
from web.sealer import then_seal
from web.visitors import Visitor, ledger_of, refuse_forged, visitor_with

__all__ = ["SEE", "policy_seen", "router"]

router = APIRouter(include_in_schema=False)

SEE = "see-plans"
KIND = "policy"
_LETTERS_MAX = 500
_FIELDS_MAX = 300
_MOST = 25
Text = Annotated[str, Form(max_length=_LETTERS_MAX)]


@router.get("/policy")
def show(request: Request, number: int = 0) -> Response:
    """Show the policy in force, or an earlier one."""
    visitor = visitor_with(request, SEE)
    return _shown(request, visitor, number)


@router.get("/policy.toml")
def give_file(request: Request, number: int = 0) -> Response:
    """Give the policy as its file."""
    visitor_with(request, SEE)
    _, one = policy_seen(request, number)
    answer = saved_bytes(one.toml.encode(), "policy", ".csv")
    answer.headers["content-disposition"] = 'attachment; filename="policy.toml"'
    answer.headers["content-type"] = "application/toml; charset=utf-8"
    return answer


@router.get("/policy{ending}")
def save(request: Request, ending: str, number: int = 0) -> Response:
    """Give its rules and, in a workbook, every version, as a file."""
    visitor = visitor_with(request, SEE)
    found, one = policy_seen(request, number)
    ledger = ledger_of(request)
    tables = [rules_table(kept_policy(one.toml)), versions_table(found, ledger.zone)]
    return saved_tables(
        request, visitor, "policy", ending, tables, title=say("Policy {number}", number=one.number),
        day=day_of(now_micros(), ledger.zone),
    )  # fmt: skip


async def _form(request: Request) -> FormData:
    """Read a form of as many fields as rungs and rules take."""
    return await request.form(max_fields=_FIELDS_MAX)


@router.post("/policy/try")
def try_another(request: Request, form: Annotated[FormData, Depends(_form)]) -> Response:
    """Check another policy, and let a worker find out who gains and who loses by it."""
    visitor = visitor_with(request, CHANGES)
    refuse_forged(request, str(form.get("form", "")))
    typed, ledger = typed_of(form), ledger_of(request)
    _, before = policy_seen(request, 0)
    try:
        _refuse_part(request, visitor)
        text = _read(request, typed, before)
        asked = {"toml": text, "number": before.number, "day": typed.day}
        job = ask_job(ledger.engine, KIND, actor=visitor.person.id, at=now_micros(), arguments=asked)
    except Refusal as refusal:
        return _shown(request, visitor, 0, typed=typed, wrong=refusal.sentences)
    return RedirectResponse(f"/policy/tried/{job}", status_code=303)


def _read(request: Request, typed: Typed, before: KeptPolicy) -> str:
    """Return the text of the policy that was typed.

    Raises:
        Refusal: with everything that is wrong in it, and in the day to try it on.

    """
    _, wrong = day_asked(typed.day)
    if wrong:
        raise Refusal(*wrong)
    with reading(ledger_of(request).engine) as connection:
        return policy_typed(connection, written(before.toml, typed), before)


@router.get("/policy/tried/{id_}")
def show_tried(request: Request, id_: int) -> Response:
    """Show who gains and who loses by another policy, and let it be put in force."""
    visitor = visitor_with(request, CHANGES)
    return _preview(request, _job(request, visitor, id_))


@router.get("/policy/tried/{id_}/who{ending}")
def save_tried(request: Request, id_: int, ending: str) -> Response:
    """Give who gains and who loses by another policy as a file."""
    visitor = visitor_with(request, CHANGES)
    job, ledger = _job(request, visitor, id_), ledger_of(request)
    if not job.result:
        raise HTTPException(status_code=404)
    with reading(ledger.engine) as connection:
        tables = tried_tables(job.result, names_kept(request, connection))
    day = dt.date.fromisoformat(str(job.result["day"]))
    facts = [(say("up to document"), int(job.result["document"])), (say("policy"), int(job.arguments["number"]))]
    title = say("Who gains and who loses by another policy")
    return saved_tables(request, visitor, "policy-tried", ending, tables, title=title, day=day, filters=facts)


@router.post("/policy/tried/{id_}/keep")
def keep(request: Request, id_: int, form: Text = "", reason: Text = "") -> Response:
    """Put the policy that was tried in force."""
    visitor = visitor_with(request, CHANGES)
    refuse_forged(request, form)
    job = _job(request, visitor, id_)
    try:
        _refuse_part(request, visitor)
        _refuse_untried(job)
        stamp, number = Stamp(visitor.person.id, now_micros()), int(job.arguments["number"])
        with writing(ledger_of(request).engine) as connection:
            replace_policy(connection, str(job.arguments["toml"]), stamp, number=number, reason=reason.strip())
    except Refusal as refusal:
        return _preview(request, job, wrong=refusal.sentences, reason=reason)
    return RedirectResponse("/policy", status_code=303, background=then_seal(request))


def _refuse_untried(job: Job) -> None:
    if job.live:
        raise Refusal(say("Wait until it is known who gains and who loses."))


def _refuse_part(request: Request, visitor: Visitor) -> None:
    """Refuse whoever changes the policy in some areas only, before they type it all."""
    if not _everywhere(request, visitor):
        raise Refusal(say("The policy is of every area. Have somebody change it whose role holds everywhere."))


def _everywhere(request: Request, visitor: Visitor) -> bool:
    with reading(ledger_of(request).engine) as connection:
        return visitor.may(CHANGES) and reach_of(connection, visitor.person, CHANGES).everywhere


def policy_seen(request: Request, number: int) -> tuple[list[KeptPolicy], KeptPolicy]:
    """Return every version, and the one of a number, 0 for the one in force.

    Raises:
        HTTPException: 404, there is none.

    """
    with reading(ledger_of(request).engine) as connection:
        found = policies(connection)
    one = next((each for each in reversed(found) if number in (0, each.number)), None)
    if one is None:
        raise HTTPException(status_code=404)
    return found, one


def _job(request: Request, visitor: Visitor, id_: int) -> Job:
    with reading(ledger_of(request).engine) as connection:
        found = find_job(connection, id_)
    if found is None or found.kind != KIND or found.actor != visitor.person.id:
        raise HTTPException(status_code=404)
    return found


def _shown(
    request: Request, visitor: Visitor, number: int, *, typed: Typed | None = None, wrong: tuple[Sentence, ...] = ()
) -> Response:
    found, one = policy_seen(request, number)
    zone, kept = ledger_of(request).zone, kept_policy(one.toml)
    before = next((each for each in found if each.number == one.number - 1), None)
    fields = fields_of(one.toml)
    return page(
        request,
        "policy.html",
        status=422 if wrong else 200,
        one=one,
        at=clock_of(one.recorded_at, zone),
        in_force=one.number == found[-1].number,
        rules=rule_rows(kept),
        ladder=_ladder(one),
        changes=[] if before is None else differences(kept_policy(before.toml), kept),
        versions=[(each, clock_of(each.recorded_at, zone)) for each in reversed(found)],
        may_change=one.number == found[-1].number and _everywhere(request, visitor),
        fields=FIELDS,
        choices=CHOICES,
        holds=standing(kept),
        meanings={key: (called, means) for key, called, means, _ in rule_rows(kept)},
        typed=fields if typed is None or typed.text is not None else typed,
        text=one.toml if typed is None or typed.text is None else typed.text,
        by_text=typed is not None and typed.text is not None,
        day=_day(request) if typed is None else typed.day,
        wrong=wrong,
    )


def _ladder(one: KeptPolicy) -> list[tuple[list[Any], str, str]]:
    """Return the rungs: their tiers by name, the cover they lift to."""
    rows = []
    for tiers, cover, share in ladder_rows(kept_policy(one.toml).policy):
        rows.append(([tier_named(each) for each in tiers.split(", ")], cover, share))
    return rows


def _day(request: Request) -> str:
    """Return the day that is offered to try a policy on: that of the last plan, else today."""
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        found = plans(connection)
    return found[0].date if found else day_of(now_micros(), ledger.zone).isoformat()


def _preview(request: Request, job: Job, *, wrong: tuple[Sentence, ...] = (), reason: str = "") -> Response:
    with reading(ledger_of(request).engine) as connection:
        names = names_kept(request, connection)
        in_force = newest_policy(connection)
        before = next((each for each in policies(connection) if each.number == job.arguments["number"]), None)
    toml = str(job.arguments["toml"])
    return page(
        request,
        "policy-tried.html",
        status=422 if wrong else 200,
        job=job,
        state=state_word(job),
        percent=round(100 * job.share),
        changes=[] if before is None else differences(kept_policy(before.toml), kept_policy(toml)),
        told=job.result or {},
        tiers=[(tier_named(each["tier"]), each) for each in (job.result or {}).get("tiers", ())],
        most=_MOST,
        sites=names[0],
        items=names[1],
        stale=in_force is None or in_force.number != job.arguments["number"],
        changed_since=CHANGED_SINCE,
        wrong=wrong,
        reason=reason,
    )
