"""How a plan leaves everyone: by tier, by item, and who stands lowest, and why."""

from __future__ import annotations

import dataclasses
from collections.abc import Container, Iterator
from dataclasses import dataclass

import numpy as np

from allocator.case import Bools, Case, Floats, Indices
from allocator.plan import Plan
from allocator.policy import TierStep
from allocator.sentence import Sentence
from allocator.summary import Standing

__all__ = [
    "ItemShort",
    "TierCover",
    "TierResult",
    "WorstOff",
    "cover_by_tier",
    "items_short",
    "lowest_pairs",
    "out_of_reach",
    "results_by_tier",
    "short_by_tier",
    "within",
    "worst_off",
]

ROUNDING = 1e-9  # of a day of use
UNREACHED = ("no_road", "no_stock")  # codes of reasons.csv


@dataclass(frozen=True, kw_only=True)
class TierResult:
    """How one tier fares: its pairs (a site and an item it needs) by what became of them."""

    tier: str
    sites: int
    pairs: int
    met: int
    partly: int
    nothing: int
    lowest_cover: float
    lowest_days: float


@dataclass(frozen=True, kw_only=True)
class ItemShort:
    """How much of one item is lacking to the top of the ladder, in its units."""

    item: str
    name: str
    name_zh: str
    unit: str
    lacked_units: float
    sent_units: float
    short_units: float
    short_pairs: int


@dataclass(frozen=True, kw_only=True)
class WorstOff:
    """The pair that stands lowest on the ladder after the plan, and the reason it was given."""

    site: str
    site_name: str
    site_name_zh: str
    item: str
    item_name: str
    item_name_zh: str
    tier: str
    rung: int
    fill: float
    cover: float
    durable: bool
    reason: Sentence


def _ladders(case: Case, plan: Plan) -> Iterator[tuple[Bools, tuple[TierStep, ...]]]:
    """Return the rungs of each tier and kind of item, with the rows of the pairs they are for."""
    durable = case.items.durable[plan.pairs.item]
    for position, tier in enumerate(case.policy.tier_names):
        for kind in (False, True):
            rows = (plan.pairs.tier == position) & (durable == kind)
            yield rows, case.policy.tier_steps(tier, durable=kind)


def _positions(case: Case, plan: Plan) -> tuple[Indices, Floats]:
    """Return the first rung each pair has not completed with what is delivered, and how far it is in it."""
    covers = _covers(plan)
    rung, fill = np.zeros(len(covers), dtype=np.int32), np.ones(len(covers))
    for rows, steps in _ladders(case, plan):
        for step in reversed(steps):
            base, top = float(step.base), float(step.top)
            below = rows & (covers < top - ROUNDING)
            rung[below] = step.rung
            fill[below] = np.maximum(0.0, (covers[below] - base) / (top - base))
    return rung, fill


def _covers(plan: Plan) -> Floats:
    """Return what each pair holds after delivery, in days of use (durables: shares of the holding)."""
    pairs = plan.pairs
    return (pairs.on_hand + pairs.in_transit + pairs.units) / pairs.daily_units


def results_by_tier(case: Case, plan: Plan) -> Iterator[TierResult]:
    """Return how each tier fares, in the policy's order; tiers without needs are left out."""
    pairs = plan.pairs
    covers, met = _covers(plan), _positions(case, plan)[0] == 0
    got = pairs.units > 0
    durable = case.items.durable[pairs.item]
    for position, tier in enumerate(case.policy.tier_names):
        mine = pairs.tier == position
        if not mine.any():
            continue
        used_up = mine & ~durable
        yield TierResult(
            tier=tier,
            sites=len(np.unique(pairs.site[mine])),
            pairs=int(mine.sum()),
            met=int((mine & met).sum()),
            partly=int((mine & ~met & got).sum()),
            nothing=int((mine & ~met & ~got).sum()),
            lowest_cover=float(covers[mine].min()),
            lowest_days=float(covers[used_up].min()) if used_up.any() else float("nan"),
        )


def short_by_tier(case: Case, plan: Plan) -> Floats:
    """Return the units still lacking to the top of the ladder, shaped tier × item; summary.json has the same."""
    return np.asarray(Standing(case, plan.pairs).totals["short_units"].sum(axis=1))


def items_short(case: Case, plan: Plan) -> list[ItemShort]:
    """Return the items of which something is lacking to the top of the ladder, the scarcest first."""
    size = len(case.items)
    totals = Standing(case, plan.pairs).totals
    lacked_by_item, sent_by_item, pairs_by_item = (
        totals[name].sum(axis=(0, 1)) for name in ("lacked_units", "sent_units", "pairs_short")
    )
    short_by_item = short_by_tier(case, plan).sum(axis=0)
    share = np.divide(short_by_item, lacked_by_item, out=np.zeros(size), where=lacked_by_item > 0)
    return [
        ItemShort(
            item=case.items.code[n],
            name=case.items.name[n],
            name_zh=case.items.name_zh[n],
            unit=case.items.unit[n],
            lacked_units=float(lacked_by_item[n]),
            sent_units=float(sent_by_item[n]),
            short_units=float(short_by_item[n]),
            short_pairs=int(pairs_by_item[n]),
        )
        for n in np.lexsort((np.arange(size), -share))
        if short_by_item[n] > 0
    ]


def out_of_reach(plan: Plan) -> Bools:
    """Return which pairs no stock can reach: no open road, or none of the item at its end."""
    unreached = np.array([reason.code in UNREACHED for reason in plan.reasons], dtype=np.bool_)
    return unreached[plan.pairs.reason]


def worst_off(case: Case, plan: Plan) -> WorstOff | None:
    """Return the pair that stands lowest on the ladder, None where every promise is kept.

    Pairs out of reach of any stock stand lower still, but they say nothing about sharing: they are
    named only where nobody else is short.
    """
    return next(lowest_pairs(case, plan, most=1), None)


def lowest_pairs(case: Case, plan: Plan, *, most: int) -> Iterator[WorstOff]:
    """Return the pairs that stand lowest on the ladder, the lowest first; as `worst_off` chooses among them."""
    pairs = plan.pairs
    rung, fill = _positions(case, plan)
    short = np.flatnonzero(rung > 0)
    reached = short[~out_of_reach(plan)[short]]
    among = reached if len(reached) else short
    covers = _covers(plan)
    for lowest in among[np.lexsort((among, fill[among], rung[among]))[:most]]:
        site, item = pairs.site[lowest], pairs.item[lowest]
        yield WorstOff(
            site=case.sites.code[site],
            site_name=case.sites.name[site],
            site_name_zh=case.sites.name_zh[site],
            item=case.items.code[item],
            item_name=case.items.name[item],
            item_name_zh=case.items.name_zh[item],
            tier=case.policy.tier_names[pairs.tier[lowest]],
            rung=int(rung[lowest]),
            fill=float(fill[lowest]),
            cover=float(covers[lowest]),
            durable=bool(case.items.durable[item]),
            reason=plan.reasons[pairs.reason[lowest]].sentence,
        )


@dataclass(frozen=True, kw_only=True)
class TierCover:
    """Cover of a tier's needs that are used up, in days of use: the lowest and the middle one, before and after.

    nan where the tier has only needs of durables.
    """

    tier: str
    lowest_before: float
    lowest_after: float
    middle_before: float
    middle_after: float


def cover_by_tier(case: Case, plan: Plan) -> Iterator[TierCover]:
    """Return cover before and after the plan, by the same tiers as `results_by_tier`."""
    pairs = plan.pairs
    before, after = (pairs.on_hand + pairs.in_transit) / pairs.daily_units, _covers(plan)
    used_up = ~case.items.durable[pairs.item]
    for position, tier in enumerate(case.policy.tier_names):
        mine = pairs.tier == position
        if not mine.any():
            continue
        rows = mine & used_up
        numbers = [
            float(function(covers[rows])) if rows.any() else float("nan")
            for function in (np.min, np.median)
            for covers in (before, after)
        ]
        yield TierCover(
            tier=tier,
            lowest_before=numbers[0],
            lowest_after=numbers[1],
            middle_before=numbers[2],
            middle_after=numbers[3],
        )


def within(plan: Plan, case: Case, sites: Container[str]) -> Plan:
    """Return what of a plan is of some sites: the rest is not there for whoever reads it."""
    known = np.array([code in sites for code in case.sites.code.tolist()], dtype=np.bool_)
    return dataclasses.replace(
        plan,
        pairs=plan.pairs.take(np.flatnonzero(known[plan.pairs.site])),
        lines=plan.lines.take(np.flatnonzero(known[plan.lines.site])),
        stops=plan.stops.take(np.flatnonzero(known[plan.stops.site])),
    )
