"""What comes of a plan, in numbers that are compared between scenarios.

Cover is what a pair holds after delivery ÷ its daily use (durables: ÷ what it must hold); the promise is the top
of its ladder. Units of different items are never added up; shares of promises are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Case, Floats, Indices, Units
from allocator.need import needs_of, promised_cover, usable_rows
from allocator.plan import Plan
from scenarios.costing import Costs, Prices, costs_of, no_prices

__all__ = ["MEASURES", "Outcomes", "Standings", "outcomes_of"]

_NOISE = 1e-9
_LOW_SHARE = 0.05

MEASURES = (
    "worst_cover",
    "low_cover",
    "sites_out",
    "unmet_share",
    "first_unmet_share",
    "packs",
    "stops",
    "kg",
    "kg_km",
    "idle_units",
    "loads",
    "sent_yuan",
    "buy_yuan",
    "money_yuan",
    "unsold_items",
    "expired_units",
    "expired_yuan",
)
"""The numbers of `Outcomes`, in the order in which they are shown."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Standings:
    """How each pair of a site and an item that has a need stands after a plan; sorted by site, item.

    `lacking_units`: to the top of its promise, in whole units.
    """

    site: Indices
    item: Indices
    tier: NDArray[np.int8]
    cover: Floats
    unmet_share: Floats
    lacking_units: Units
    durable: Bools


@dataclass(frozen=True, kw_only=True)
class Outcomes:
    """The numbers of one run.

    `worst_cover`, `low_cover`: the least cover of a consumable in days, and that which one pair in twenty does not
    exceed; nan without consumables. `sites_out`: sites without one unit of a consumable they need. `unmet_share`:
    the share of its promise that a pair lacks, on average; `by_tier`: of each tier; `first_unmet_share`: of the
    tier the ladder lifts first. `kg_km`: kilograms × kilometres, roads whose length nobody said left out.
    `idle_units`: usable units of any item that stay where nobody needs them, the rest of the depots included.
    `loads`, `sent_yuan`, `buy_yuan`, `money_yuan` (of budgets), `unsold_items`: what it costs, nan where nobody said
    (`costs`: by item). `expired_units`, `expired_yuan`: what expires before it can be used once the plan is carried
    out, and its worth, nan where nobody sells any of it.
    """

    worst_cover: float
    low_cover: float
    sites_out: int
    unmet_share: float
    first_unmet_share: float
    by_tier: Mapping[str, float]
    packs: int
    stops: int
    kg: float
    kg_km: float
    idle_units: int
    loads: float
    sent_yuan: float
    buy_yuan: float
    money_yuan: float
    unsold_items: float
    expired_units: int
    expired_yuan: float
    standings: Standings
    costs: Costs


def outcomes_of(case: Case, plan: Plan | None, prices: Prices | None = None) -> Outcomes:
    """Return what comes of a plan of a case; of no plan, where nothing can be sent. Without prices nothing has one."""
    standings = _standings(case, plan)
    prices = prices or no_prices(case)
    costs = costs_of(case, plan, standings.item, standings.lacking_units, prices)
    consumable = ~standings.durable
    cover = np.sort(standings.cover[consumable])
    rank = max(0, int(np.ceil(_LOW_SHARE * len(cover))) - 1)
    out = np.unique(standings.site[consumable & (standings.cover <= _NOISE)])
    by_tier = {
        name: float(standings.unmet_share[standings.tier == tier].mean())
        for tier, name in enumerate(case.policy.tier_names)
        if bool((standings.tier == tier).any())
    }
    first = next((tier for rung in case.policy.ladder for tier in rung.tiers if tier in by_tier), "")
    return Outcomes(
        worst_cover=float(cover[0]) if len(cover) else np.nan,
        low_cover=float(cover[rank]) if len(cover) else np.nan,
        sites_out=len(out),
        unmet_share=float(standings.unmet_share.mean()) if len(standings.site) else 0.0,
        first_unmet_share=by_tier.get(first, 0.0),
        by_tier=by_tier,
        packs=0 if plan is None else int(plan.lines.packs.sum()),
        stops=0 if plan is None else len(plan.stops),
        kg=0.0 if plan is None else float(np.nansum(plan.lines.kg)),
        kg_km=0.0 if plan is None else _kg_km(case, plan),
        idle_units=_idle_units(case, plan),
        loads=costs.loads,
        sent_yuan=costs.sent,
        buy_yuan=costs.to_buy,
        money_yuan=prices.money,
        unsold_items=costs.unsold,
        expired_units=int(costs.expired_units.sum()),
        expired_yuan=costs.expired,
        standings=standings,
        costs=costs,
    )


def _standings(case: Case, plan: Plan | None) -> Standings:
    pairs = plan.pairs if plan is not None else needs_of(case).pairs
    sent = plan.pairs.units if plan is not None else np.zeros(len(pairs))
    cover = (pairs.on_hand + pairs.in_transit + sent) / pairs.daily_units
    promise = promised_cover(case, pairs.tier, pairs.item)
    lacks = np.maximum(0.0, promise - cover)
    unmet = np.divide(lacks, promise, out=np.zeros(len(lacks)), where=promise > 0)
    return Standings(
        site=pairs.site,
        item=pairs.item,
        tier=pairs.tier,
        cover=cover,
        unmet_share=np.where(unmet > _NOISE, unmet, 0.0),
        lacking_units=np.ceil(lacks * pairs.daily_units - _NOISE).astype(np.int64),
        durable=case.items.durable[pairs.item],
    )


def _kg_km(case: Case, plan: Plan) -> float:
    """Return kilograms × kilometres of a plan's lines."""
    size = len(case.sites)
    lanes = case.lanes
    road = lanes.depot.astype(np.int64) * size + lanes.site
    order = np.argsort(road, kind="stable")
    asked = plan.lines.depot.astype(np.int64) * size + plan.lines.site
    place = np.minimum(np.searchsorted(road[order], asked), max(0, len(road) - 1))
    km = np.where(road[order][place] == asked, lanes.km[order][place], np.nan) if len(road) else np.zeros(len(asked))
    return float(np.nansum(plan.lines.kg * km))


def _idle_units(case: Case, plan: Plan | None) -> int:
    """Return usable units that lie at depots after the plan."""
    depots = np.zeros(len(case.sites), dtype=bool)
    depots[case.lanes.depot] = True
    there = usable_rows(case) & depots[case.stock.site]
    held = int(case.stock.units[there].sum())
    return held - (0 if plan is None else int(plan.lines.units[depots[plan.lines.depot]].sum()))
