"""Purchase plans as background jobs: what is asked, who may, and orders placed from one; for pages and programs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from fastapi import Request

from allocator.sentence import Sentence, say
from data.ordering import orders_due
from data.procurement_tables import RULE_WORDS
from models.database import reading
from models.days import day_of, now_micros
from models.entry import Refusal
from models.jobs import Job, ask_job, jobs_of
from models.orders import KnownOrder
from models.rights import reach_of
from web.jobs_seen import own_job
from web.orders_seen import SEE_ORDERS, placed_now
from web.visitors import Visitor, ledger_of

__all__ = ["KIND", "RULES", "WEEKS_MAX", "ask_purchase_plan", "orders_placed", "plan_seen", "plans_seen"]

KIND = "procure"
RULES = RULE_WORDS
WEEKS_MAX = 104


def ask_purchase_plan(
    request: Request,
    visitor: Visitor,
    *,
    day: dt.date | None,
    weeks: int,
    rule: str,
    months: tuple[float, float],
    critical: Sequence[str],
    money: str,
) -> int:
    """Let a purchase plan be worked out, and return the job's id.

    Raises:
        Refusal: it takes a role that holds everywhere; too many jobs wait.

    """
    ledger = ledger_of(request)
    with reading(ledger.engine) as connection:
        if not reach_of(connection, visitor.person, SEE_ORDERS).everywhere:
            raise Refusal(say("What to order is of all sites. Somebody whose role holds everywhere must have it done."))
    asked: dict[str, Any] = {"weeks": weeks, "rule": rule, "months": months, "critical": list(critical), "money": money}
    if day is not None:
        asked["day"] = day.isoformat()
    return ask_job(ledger.engine, KIND, actor=visitor.person.id, at=now_micros(), arguments=asked)


def plans_seen(request: Request, visitor: Visitor) -> list[Job]:
    """Return the purchase plans of whoever asks, the last first; none where they see some areas only by now."""
    with reading(ledger_of(request).engine) as connection:
        if not reach_of(connection, visitor.person, SEE_ORDERS).everywhere:
            return []
        return [each for each in jobs_of(connection, visitor.person.id) if each.kind == KIND]


def plan_seen(request: Request, id_: int, right: str = SEE_ORDERS) -> tuple[Visitor, Job]:
    """Return who asks and one of their purchase plans.

    Raises:
        SignInFirst: nobody has signed in.
        HTTPException: 404 where it is another's, or beyond what they see by now.

    """
    return own_job(request, id_, right, (KIND,))


def orders_placed(
    request: Request, visitor: Visitor, plan: Job, *, by: dt.date | None
) -> tuple[list[KnownOrder], list[Sentence]]:
    """Place the orders of a plan that are due by a day, today where none is said; return them and what is said.

    Raises:
        Refusal: none is due, or everything that is wrong with them; nothing was placed.

    """
    # What makes plans is loaded where one is made or placed, not by every page.
    from data.procure_job import to_order_of

    today = day_of(now_micros(), ledger_of(request).zone)
    due = orders_due(to_order_of(plan.result or {"orders": []}), day=today, by=by or today, status="ordered", note="")
    if not due.orders:
        raise Refusal(say("This plan orders nothing."))
    made, says = placed_now(request, visitor, due.orders, due.dated, typed=False, again=False)
    return made, [*due.said, *says]
