"""What the page of a plan tells: how it stands, how everyone fares by it, what is short, who stands lowest."""

from __future__ import annotations

import math
from dataclasses import dataclass
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
from allocator.sentence import Named, say
from allocator.words import tier_named, unit_named
from data.kept_plan import kept_plan, read_kept
from data.pictures_lanes import Place, Stop, lanes_picture
from data.texts import translator
from models.database import reading
from models.days import clock_of
from models.plan_events import Event, events_of, step_word
from models.plan_stamp import plan_stamp
from web.kept import kept_of
from web.pages import language_of
from web.plan_seen import PlanSeen
from web.visitors import ledger_of

__all__ = ["Fares", "event_rows", "fares_kept", "plan_within"]

_LOWEST = 10
_ITEMS = 20


@dataclass(frozen=True, kw_only=True)
class Fares:
    """How everyone fares by a plan as far as somebody may see it: `told` to the page's template, and its map.

    `map_svg`: "" where its sites have no coordinates.
    """

    told: dict[str, Any]
    map_svg: str


def fares_kept(request: Request, seen: PlanSeen) -> Fares:
    """Return how everyone fares by a plan as it stands, as far as somebody may see it.

    It is worked out once for whoever sees the same of it, until the plan changes.

    Raises:
        Altered: its files were altered.

    """
    ledger, name, lang, reach = ledger_of(request), seen.plan.id, language_of(request), seen.reach

    def work() -> Fares:
        case, plan = plan_within(request, seen)
        return Fares(told=_fares(case, plan), map_svg=_drawn(name, lang, case, plan))

    with reading(ledger.engine) as connection:
        stamp = plan_stamp(connection, name)
    return kept_of(request).plan_fares.answer((name, lang, reach), stamp, work)


def plan_within(request: Request, seen: PlanSeen) -> tuple[Case, Plan]:
    """Return a plan as it stands with its catalogue, as far as somebody may see it.

    Raises:
        Altered: its files were altered.

    """
    with kept_plan(ledger_of(request).engine, seen.plan.id) as kept:
        case, plan = read_kept(kept, language_of(request))
    return case, plan if seen.reach.everywhere else within(plan, case, seen.reach.sites)


def _drawn(name: str, lang: str, case: Case, plan: Plan) -> str:
    """Return the map of a plan, "" where its sites have no coordinates."""
    sites, stops, word = case.sites, plan.stops, translator(lang)
    places = {
        code: Place(lat=lat, lon=lon, label=Named(code, given, given_zh).worded(lang), depot=kind == "warehouse")
        for code, given, given_zh, kind, lat, lon in zip(
            sites.code, sites.name, sites.name_zh, sites.kind, sites.lat.tolist(), sites.lon.tolist(), strict=True
        )
        if lat == lat and lon == lon  # noqa: PLR0124 - unknown coordinates are nan
    }
    rows = zip(stops.depot.tolist(), stops.site.tolist(), stops.kg.tolist(), strict=True)
    drives = [Stop(depot=sites.code[depot], site=sites.code[site], kg=kg) for depot, site, kg in rows]
    picture = lanes_picture(places, drives, title=word(say("Stops of plan {plan}", plan=name)), lang=lang, word=word)
    return picture.svg() if picture else ""


def _fares(case: Case, plan: Plan) -> dict[str, Any]:
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
