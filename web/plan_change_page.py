"""Change a plan from pages: override a line and see who pays first, take the next step, print the notes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Form, HTTPException, Request
from fastapi.responses import RedirectResponse, Response

from allocator.sentence import Named, Sentence
from data.kept_plan import kept_plan
from data.notes import notes_pdf
from data.plan_printing import printed_of, sheets_of
from models.database import reading
from models.entry import Refusal
from models.known_names import item_named
from models.plan_events import follows, status_word
from models.plan_overrides import standing
from models.reasons import REASONS
from web.pages import language_of, page
from web.plan_overriding import OverrideTyped, Tested, override_tried
from web.plan_seen import PlanSeen, plan_seen
from web.plan_steps import STEPS, do_step
from web.plans_page import shown
from web.sealer import then_seal
from web.visitors import ledger_of, refuse_forged

__all__ = ["router"]

router = APIRouter(include_in_schema=False)

_PLAN = "plan"
_LETTERS_MAX = 1024

Text = Annotated[str, Form(max_length=_LETTERS_MAX)]


@router.get("/plans/{name}/override")
def ask(request: Request, name: str, site: str = "", item: str = "") -> Response:
    """Ask what a site gets of an item."""
    seen = plan_seen(request, name, _PLAN)
    with reading(ledger_of(request).engine) as connection:
        stands = next((each for each in standing(connection, name) if (each.site, each.item) == (site, item)), None)
    typed = OverrideTyped(
        site=site,
        item=item,
        units="" if stands is None else str(stands.units),
        reason="" if stands is None else stands.reason,
        note="" if stands is None else stands.note,
    )
    return _asked(request, seen, typed, stands=stands is not None)


@router.post("/plans/{name}/override")
def override(
    request: Request,
    name: str,
    site: Text = "",
    item: Text = "",
    units: Text = "",
    reason: Text = "",
    note: Text = "",
    do: Text = "try",
    form: Text = "",
) -> Response:
    """Show who pays for an override, or keep it, or take one back."""
    seen = plan_seen(request, name, _PLAN)
    refuse_forged(request, form)
    typed = OverrideTyped(
        site=site.strip(), item=item.strip(), units=units, reason=reason, note=note, cancel=do == "cancel"
    )
    try:
        tried = override_tried(request, seen, typed, keep=do in ("keep", "cancel"))
    except Refusal as refusal:
        return _asked(request, seen, typed, wrong=refusal.sentences, stands=do == "cancel")
    if do == "try":
        return _asked(request, seen, typed, tried=tried)
    return RedirectResponse(f"/plans/{name}/lines", status_code=303, background=then_seal(request))


def _asked(
    request: Request,
    seen: PlanSeen,
    typed: OverrideTyped,
    *,
    wrong: Sequence[Sentence] = (),
    tried: Tested | None = None,
    stands: bool = False,
) -> Response:
    with reading(ledger_of(request).engine) as connection:
        named = item_named(connection, typed.item) if typed.item else Named("")
    return page(
        request,
        "plan-override.html",
        status=422 if wrong else 200,
        plan=seen.plan,
        status_said=status_word(seen.plan.status),
        open=follows(seen.plan, "overridden"),
        typed=typed,
        named=named,
        wrong=wrong,
        tried=tried,
        stands=stands,
        reasons=REASONS["override"],
    )


@router.get("/plans/{name}/notes.pdf")
def print_notes(request: Request, name: str) -> Response:
    """Give the pick lists and delivery notes of an approved plan, of whoever may see all of it."""
    seen = plan_seen(request, name)
    if not seen.reach.everywhere:
        raise HTTPException(status_code=404)
    ledger, lang = ledger_of(request), language_of(request)
    url = f"{request.url.scheme}://{request.headers.get('host', '')}"
    try:
        with kept_plan(ledger.engine, name) as kept:
            printed = printed_of(ledger.engine, kept, url=url)
    except Refusal as refusal:
        return shown(request, name, wrong=refusal.sentences)
    named = {"content-disposition": f'attachment; filename="{name}-notes.pdf"'}
    return Response(notes_pdf(sheets_of(printed), lang=lang, title=name), media_type="application/pdf", headers=named)


@router.post("/plans/{name}/{step}")
def take_step(request: Request, name: str, step: str, note: Text = "", partial: Text = "", form: Text = "") -> Response:
    """Review, approve, dispatch, close or withdraw a plan."""
    if step not in STEPS:
        raise HTTPException(status_code=404)
    seen = plan_seen(request, name)
    refuse_forged(request, form)
    try:
        says = do_step(request, seen, step, note=note, partial=bool(partial))
    except Refusal as refusal:
        return shown(request, name, wrong=refusal.sentences)
    # What was said is shown once, on the answer itself: the step is not done again where the page is loaded anew,
    # for it does not follow from how the plan stands then.
    answer = shown(request, name, done=tuple(says))
    answer.background = then_seal(request)
    return answer
