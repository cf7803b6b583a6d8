"""Which plans somebody may see, which lines of them, and who may carry a whole plan on."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from fastapi import HTTPException, Request

from allocator.sentence import Sentence, say
from data.plan_lines import LinesAsked, PlanLine, asked_lines, plan_lines
from models.database import reading
from models.entry import Refusal
from models.plan_stamp import plan_stamp
from models.plans import StoredPlan, find_plan
from models.rights import Reach
from web.kept import kept_of, reach_kept
from web.pages import language_of
from web.visitors import Visitor, ledger_of, visitor_with

__all__ = ["SEE", "PlanSeen", "lines_seen", "plan_seen", "whole_plan"]

SEE = "see-plans"


@dataclass(frozen=True)
class PlanSeen:
    """A plan, who looks at it, and which sites of it they may see."""

    visitor: Visitor
    plan: StoredPlan
    reach: Reach


def plan_seen(request: Request, name: str, right: str = SEE) -> PlanSeen:
    """Return a plan for whoever asks.

    Raises:
        SignInFirst: nobody has signed in.
        HTTPException: 404 without the right, or where there is no such plan.

    """
    visitor = visitor_with(request, right)
    with reading(ledger_of(request).engine) as connection:
        try:
            plan = find_plan(connection, name)
        except Refusal:
            raise HTTPException(status_code=404) from None
        return PlanSeen(visitor, plan, reach_kept(request, visitor.person, right, connection))


def lines_seen(request: Request, seen: PlanSeen, **asked: str | bool) -> tuple[list[PlanLine], list[PlanLine]]:
    """Return the lines of a plan that may be seen, and those of them that are asked for (fields of `LinesAsked`)."""
    sites = None if seen.reach.everywhere else seen.reach.sites
    with reading(ledger_of(request).engine) as connection:
        lines = _lines(connection, request, seen.plan.id)
    own = lines if sites is None else asked_lines(lines, LinesAsked(sites=sites))
    return own, asked_lines(own, LinesAsked(**asked))  # type: ignore[arg-type]  # texts but for one flag


def _lines(connection: sa.Connection, request: Request, name: str) -> list[PlanLine]:
    lang = language_of(request)
    stamp = plan_stamp(connection, name)
    return kept_of(request).plan_lines.answer((name, lang), stamp, lambda: plan_lines(connection, name, lang))


def whole_plan(connection: sa.Connection, request: Request, seen: PlanSeen, right: str) -> Sentence | None:
    """Return why somebody may not carry a whole plan on; None where they may.

    A step is of all its lines, so a right of some areas is enough only where no line leaves them.
    """
    visitor = seen.visitor
    if not visitor.may(right):
        return say("This takes a role that you do not have.")
    reach = reach_kept(request, visitor.person, right, connection)
    if reach.everywhere or all(reach.holds(line.site) for line in _lines(connection, request, seen.plan.id)):
        return None
    return say("This plan also sends to sites outside your area. Somebody whose role holds there too must do this.")
