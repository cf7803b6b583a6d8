"""`/api/v1/plans`: plans, their lines and why, for programs; overrides and steps, each once for its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from allocator.sentence import Named, Sentence
from data.plan_lines import PlanLine
from data.replanning import Payer
from data.texts import translator
from models.database import reading
from models.days import iso_of
from models.entry import Refusal
from models.plans import StoredPlan, plans
from models.table_parts import UNITS_PER_LINE_MAX
from web.api_once import answered_once
from web.api_parameters import Code, CodeInPath, Cursor, Key, Limit, example
from web.cursors import turned
from web.kept import names_kept
from web.pages import language_of
from web.plan_overriding import OverrideTyped, Tested, override_tried
from web.plan_seen import SEE, lines_seen, plan_seen
from web.plan_steps import STEPS, do_step
from web.plan_why import why_told
from web.problems import problem
from web.visitors import ledger_of, refuse_forged, visitor_with

__all__ = ["router"]

router = APIRouter(prefix="/api/v1", tags=["plans"])

StepName = Literal["review", "approve", "withdraw", "dispatch", "close"]
Word = Callable[[Sentence], str]


class PlanAnswer(BaseModel):
    """A plan and how it stands."""

    id: str
    date: str
    status: str
    drafted_by: str
    drafted_at: str
    document: int
    snapshot_digest: str


class PlansPage(BaseModel):
    """Plans, the latest first; `next`: the cursor of the next ones, null where these are the last."""

    plans: list[PlanAnswer]
    next: str | None


class LineAnswer(BaseModel):
    """What goes from a depot to a site of one item. `override_units`: null where nobody decided."""

    site: str
    site_name: str
    item: str
    item_name: str
    tier: str
    depot: str
    proposed_units: int
    override_units: int | None
    final_units: int
    cover_before: float | None
    cover_after: float | None
    reason: str
    actor: str
    note: str
    conflict: str


class LinesPage(BaseModel):
    """Lines of a plan; `count`: how many fit the filters; `next`: as of plans."""

    lines: list[LineAnswer]
    count: int
    next: str | None


class WhyAnswer(BaseModel):
    """Why a site got what it got of an item: `decided` by a person, `origin` of the need."""

    reason: str | None
    decided: list[str]
    origin: list[str]


class OverrideAsked(BaseModel):
    """What a site gets of an item, from all depots; `units`: null takes the override there is back."""

    model_config = example(site="CLI01", item="MASK", units=200, reason="ordered")

    site: str = Field(max_length=200)
    item: str = Field(max_length=200)
    units: int | None = Field(ge=0, le=UNITS_PER_LINE_MAX)
    reason: str = Field(default="", max_length=200)
    note: str = Field(default="", max_length=1000)


class Change(BaseModel):
    """A site that gets more or less of an item because of an override; cover in days of use, of durables a share."""

    site: str
    site_name: str
    item: str
    item_name: str
    units_before: float
    units_after: float
    cover_before: float
    cover_after: float


class OverrideAnswer(BaseModel):
    """What an override does: who gets less, the worst first, and who gets more. `kept`: false where it was tried."""

    kept: bool
    units: int
    proposed_units: int
    says: list[str]
    pay: list[Change]
    gain: list[Change]
    outside: int


class StepAsked(BaseModel):
    """A step. `partial`: approve what there is; `depot`: dispatch only its notes."""

    model_config = example(note="Looked through.")

    note: str = Field(default="", max_length=1000)
    partial: bool = False
    depot: str = Field(default="", max_length=200)


class StepAnswer(BaseModel):
    """How a plan stands after a step, and what there is to say of it."""

    plan: str
    status: str
    says: list[str]


@router.get("/plans", summary="The plans")
def list_plans(request: Request, limit: Limit = 100, cursor: Cursor = "") -> PlansPage:
    """Return plans, the latest first."""
    visitor_with(request, SEE)
    with reading(ledger_of(request).engine) as connection:
        found = plans(connection)
    part, following = turned(found, cursor, limit)
    return PlansPage.model_construct(plans=[_plan(request, each) for each in part], next=following)


@router.get("/plans/{name}", summary="One plan")
def show(request: Request, name: CodeInPath) -> PlanAnswer:
    """Return one plan."""
    return _plan(request, plan_seen(request, name).plan)


def _plan(request: Request, plan: StoredPlan) -> PlanAnswer:
    fields = ("id", "date", "status", "drafted_by", "document", "snapshot_digest")
    at = iso_of(plan.drafted_at, ledger_of(request).zone)
    return PlanAnswer.model_construct(**{name: getattr(plan, name) for name in fields}, drafted_at=at)


@router.get("/plans/{name}/lines", summary="Who gets what by a plan")
def lines(
    request: Request,
    name: CodeInPath,
    site: Code = "",
    item: Code = "",
    tier: Code = "",
    depot: Code = "",
    sort: Code = "",
    overridden: bool = False,  # noqa: FBT001, FBT002 - a parameter of the address
    limit: Limit = 200,
    cursor: Cursor = "",
) -> LinesPage:
    """Return lines within the reader's areas by site, item and depot, or by `sort` ("-final": downwards)."""
    seen = plan_seen(request, name)
    asked: dict[str, str | bool] = {"site": site, "item": item, "tier": tier, "depot": depot, "sort": sort}
    _, found = lines_seen(request, seen, **asked, overridden=overridden)
    part, following = turned(found, cursor, limit)
    lang = language_of(request)
    with reading(ledger_of(request).engine) as connection:
        names = names_kept(request, connection)
    return LinesPage.model_construct(
        lines=[_line(each, names, lang) for each in part],
        count=len(found),
        next=following,
    )


def _line(line: PlanLine, names: tuple[dict[str, Named], dict[str, Named]], lang: str) -> LineAnswer:
    site, item = names[0].get(line.site), names[1].get(line.item)
    return LineAnswer.model_construct(
        **{**vars(line), "reason": translator(lang)(line.reason) if line.reason else ""},
        site_name=site.worded(lang) if site else "",
        item_name=item.worded(lang) if item else "",
    )


@router.get("/plans/{name}/why", summary="Why a site got what it got of an item")
def why(request: Request, name: CodeInPath, site: Code, item: Code) -> WhyAnswer:
    """Return the reason, what a person decided, and where the need comes from."""
    told, word = why_told(request, plan_seen(request, name), site, item), translator(language_of(request))
    return WhyAnswer(
        reason=told.answer, decided=[word(each) for each in told.decided], origin=[word(each) for each in told.origin]
    )


@router.post("/plans/{name}/overrides", summary="Override a line, or try to", response_model=OverrideAnswer)
def override(
    request: Request,
    name: CodeInPath,
    asked: OverrideAsked,
    key: Key,
    only_try: Annotated[bool, Query(alias="try")] = False,  # noqa: FBT002 - a parameter of the address
) -> Response:
    """Plan everyone else anew around what a site gets, and keep that; with `try=1` only say who pays."""
    seen = plan_seen(request, name, "plan")
    refuse_forged(request)
    cancel = asked.units is None
    units = "" if asked.units is None else str(asked.units)
    typed = OverrideTyped(
        site=asked.site, item=asked.item, units=units, reason=asked.reason, note=asked.note, cancel=cancel
    )
    word, lang = translator(language_of(request)), language_of(request)

    def work() -> BaseModel:
        return _tested(override_tried(request, seen, typed, keep=not only_try), word, lang, kept=not only_try)

    if only_try:
        # Nothing is changed, so nothing need be remembered.
        try:
            return JSONResponse(work().model_dump())
        except Refusal as refusal:
            return problem(request, 409, *refusal.sentences)
    return answered_once(request, seen.visitor.person.id, key, f"override {name} {asked.model_dump_json()}", work)


def _tested(tested: Tested, word: Word, lang: str, *, kept: bool) -> OverrideAnswer:
    return OverrideAnswer(
        kept=kept,
        units=tested.decision.units,
        proposed_units=tested.decision.proposed_units,
        says=[word(each) for each in tested.says],
        pay=[_change(each, lang) for each in tested.pay],
        gain=[_change(each, lang) for each in tested.gain],
        outside=tested.outside,
    )


def _change(payer: Payer, lang: str) -> Change:
    site, item = payer.site, payer.item
    return Change(
        site=site.code,
        site_name=Named(site.code, site.name, site.name_zh).worded(lang),
        item=item.code,
        item_name=item.worded(lang),
        units_before=payer.units_before,
        units_after=payer.units_after,
        cover_before=payer.cover_before,
        cover_after=payer.cover_after,
    )


@router.post(
    "/plans/{name}/{step}", summary="Review, approve, withdraw, dispatch or close a plan", response_model=StepAnswer
)
def take_step(request: Request, name: CodeInPath, step: StepName, asked: StepAsked, key: Key) -> Response:
    """Take a step with a plan, with the refusals that the commands have."""
    seen = plan_seen(request, name)
    refuse_forged(request)
    word = translator(language_of(request))

    def work() -> BaseModel:
        says = do_step(request, seen, step, note=asked.note, partial=asked.partial, depot=asked.depot)
        return StepAnswer(plan=name, status=STEPS[step].event, says=[word(each) for each in says])

    return answered_once(request, seen.visitor.person.id, key, f"{step} {name} {asked.model_dump_json()}", work)
