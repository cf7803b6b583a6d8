"""What the page of a plan tells: how it stands, how everyone fares by it, what is short, who stands lowest."""

from __future__ import annotations

import math
from typing import Any

from fastapi import Request

from allocator.case import Case
from allocator.plan import Plan
from allocator.plan_results import (
    cover_by_tier,
    items_short,
    lowest_pairs,
    out_of_reach,
    results_by_tier,
    within,
)
from allocator.sentence import Named
from allocator.words import tier_named, unit_named
from data.kept_plan import kept_plan, read_kept
from models.database import reading
from models.days import clock_of
from models.plan_events import Event, events_of, step_word
from web.pages import language_of
from web.plan_seen import PlanSeen
from web.visitors import ledger_of

__all__ = ["event_rows", "plan_fares", "plan_within"]

_LOWEST = 10
_ITEMS = 20


def plan_within(request: Request, seen: PlanSeen) -> tuple[Case, Plan]:
    """Return a plan as it stands with its catalogue, as far as somebody may see it.

    Raises:
        Altered: its files were altered.

    """
    with kept_plan(ledger_of(request).engine, seen.plan.id) as kept:
        case, plan = read_kept(kept, language_of(request))
    return case, plan if seen.reach.everywhere else within(plan, case, seen.reach.sites)


def plan_fares(case: Case, plan: Plan) -> dict[str, Any]:
    """Return how everyone fares by a plan."""
    covers = {each.tier: each for each in cover_by_tier(case, plan)}
    lines = plan.lines
    return {
        "totals": {
            "packs": int(lines.packs.sum()),
            "items": len(set(lines.item.tolist())),
            "sites": len(set(lines.site.tolist())),
            "stops": len(plan.stops),
        },
        "tiers": [(each, tier_named(each.tier), covers[each.tier]) for each in results_by_tier(case, plan)],
        "short": [
            (each, Named(each.item, each.name, each.name_zh), unit_named(each.unit))
            for each in items_short(case, plan)[:_ITEMS]
        ],
        "lowest": [
            (
                each,
                Named(each.site, each.site_name, each.site_name_zh),
                Named(each.item, each.item_name, each.item_name_zh),
            )
            for each in lowest_pairs(case, plan, most=_LOWEST)
        ],
        "unreached": int(out_of_reach(plan).sum()),
        "notes": plan.notes,
        "is_known": lambda number: not math.isnan(number),
    }


def event_rows(request: Request, seen: PlanSeen) -> list[dict[str, Any]]:
    """Return the steps of a plan from its draft on."""
    ledger, plan = ledger_of(request), seen.plan
    with reading(ledger.engine) as connection:
        events = events_of(connection, plan.id)
    drafted = Event(event="drafted", actor=plan.drafted_by, recorded_at=plan.drafted_at)
    return [
        {"event": each, "at": clock_of(each.recorded_at, ledger.zone), "step": step_word(each.event)}
        for each in (drafted, *events)
    ]
