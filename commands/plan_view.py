"""A plan in a few lines: what was short, by tier and by item, who stands lowest, and why."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.sentence import Sentence, say
from commands.session import Session

if TYPE_CHECKING:
    from allocator.case import Case, Floats
    from allocator.plan import Plan

__all__ = ["ItemShort", "TierResult", "WorstOff", "items_short", "results_by_tier", "show_plan", "table", "worst_off"]

ITEMS_SHOWN = 8


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
    item: str
    tier: str
    rung: int
    fill: float
    cover: float
    durable: bool
    reason: Sentence


def _tops(case: Case, plan: Plan) -> Floats:
    """Return the highest cover the ladder promises each pair (days, or share of the holding)."""
    durable = case.items.durable[plan.pairs.item]
    tops = np.zeros(len(plan.pairs))
    for position, tier in enumerate(case.policy.tier_names):
        for kind in (False, True):
            steps = case.policy.tier_steps(tier, durable=kind)
            if steps:
                tops[(plan.pairs.tier == position) & (durable == kind)] = float(steps[-1].top)
    return tops


def _covers(plan: Plan) -> Floats:
    """Return what each pair holds after delivery, in days of use (durables: shares of the holding)."""
    pairs = plan.pairs
    return (pairs.on_hand + pairs.in_transit + pairs.units) / pairs.daily_units


def results_by_tier(case: Case, plan: Plan) -> Iterator[TierResult]:
    """Return how each tier fares, in the policy's order; tiers without needs are left out."""
    pairs = plan.pairs
    covers, met = _covers(plan), pairs.rung == 0
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


def items_short(case: Case, plan: Plan) -> list[ItemShort]:
    """Return the items of which something is lacking to the top of the ladder, the scarcest first."""
    pairs, size = plan.pairs, len(case.items)
    lacked = np.maximum(0.0, pairs.daily_units * _tops(case, plan) - pairs.on_hand - pairs.in_transit)
    short = np.where(pairs.rung == 0, 0.0, np.maximum(0.0, lacked - pairs.units))

    def by_item(values: Any) -> Floats:
        return np.bincount(pairs.item, weights=values, minlength=size).astype(np.float64)

    lacked_by_item, sent_by_item, short_by_item = by_item(lacked), by_item(pairs.units), by_item(short)
    pairs_by_item = by_item(short > 0)
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


def worst_off(case: Case, plan: Plan) -> WorstOff | None:
    """Return the pair that stands lowest on the ladder, None where every promise is kept.

    Pairs that no packs can reach at all stand lower still, but they say nothing about sharing; they
    are named only where nobody else is short.
    """
    pairs = plan.pairs
    short = np.flatnonzero(pairs.rung > 0)
    if not len(short):
        return None
    reached = short[pairs.fair_units[short] > 0]
    among = reached if len(reached) else short
    lowest = among[np.lexsort((among, pairs.fill[among], pairs.rung[among]))[0]]
    return WorstOff(
        site=case.sites.code[pairs.site[lowest]],
        item=case.items.code[pairs.item[lowest]],
        tier=case.policy.tier_names[pairs.tier[lowest]],
        rung=int(pairs.rung[lowest]),
        fill=float(pairs.fill[lowest]),
        cover=float(_covers(plan)[lowest]),
        durable=bool(case.items.durable[pairs.item[lowest]]),
        reason=plan.reasons[pairs.reason[lowest]].sentence,
    )


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def table(rows: Sequence[Sequence[str]], *, left: int = 1) -> Iterator[str]:
    r"""Lay out rows in columns, the first `left` of them flush left, Chinese counted two wide.

    >>> print(*table([("item", "units"), ("口罩", "1,200")]), sep="\n")
    item  units
    口罩  1,200
    """
    widths = [max(_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell + " " * (width - _width(cell)) if n < left else " " * (width - _width(cell)) + cell
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def show_plan(session: Session, case: Case, plan: Plan) -> None:
    """Print the plan's few lines on stdout."""
    word = session.word
    session.show(word(_headline(case, plan)))
    session.show()
    for line in table([_tier_titles(word), *(_tier_row(result) for result in results_by_tier(case, plan))]):
        session.show(line)
    short = items_short(case, plan)
    if short:
        session.show()
        chinese = session.lang == "zh"
        rows = [_item_row(item, chinese=chinese) for item in short[:ITEMS_SHOWN]]
        for line in table([_item_titles(word), *rows]):
            session.show(line)
    if len(short) > ITEMS_SHOWN:
        session.show(word(say("{count} more items are short; summary.json has all.", count=len(short) - ITEMS_SHOWN)))


def _headline(case: Case, plan: Plan) -> Sentence:
    return say(
        "Plan for {date}: {packs} packs ({kg} kg) of {items} items go to {sites} sites in {stops} stops.",
        date=case.policy.date.isoformat(),
        packs=f"{int(plan.lines.packs.sum()):,}",
        kg=f"{float(np.nansum(plan.lines.kg)):,.0f}",
        items=len(np.unique(plan.lines.item)),
        sites=f"{len(np.unique(plan.lines.site)):,}",
        stops=f"{len(plan.stops):,}",
    )


def _tier_titles(word: Any) -> tuple[str, ...]:
    return (
        word(say("tier")),
        word(say("sites")),
        word(say("needs")),
        word(say("met")),
        word(say("partly")),
        word(say("sent nothing")),
        word(say("lowest cover, days")),
    )


def _tier_row(result: TierResult) -> tuple[str, ...]:
    counts = (result.sites, result.pairs, result.met, result.partly, result.nothing)
    lowest = "-" if np.isnan(result.lowest_days) else f"{result.lowest_days:.2f}"
    return (result.tier, *(f"{count:,}" for count in counts), lowest)


def _item_titles(word: Any) -> tuple[str, ...]:
    return (
        word(say("short item")),
        word(say("unit")),
        word(say("lacked")),
        word(say("sent")),
        word(say("still short")),
        word(say("sites short")),
    )


def _item_row(item: ItemShort, *, chinese: bool) -> tuple[str, ...]:
    name = (item.name_zh if chinese else item.name) or item.name or item.name_zh
    numbers = (item.lacked_units, item.sent_units, item.short_units)
    label = f"{item.item} {name}".strip()
    return (label, item.unit, *(f"{number:,.0f}" for number in numbers), f"{item.short_pairs:,}")
