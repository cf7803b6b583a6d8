"""A plan in a few lines: what was short, by tier and by item, who stands lowest, and why."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.sentence import Sentence, say
from allocator.words import tier_named, unit_named
from commands.session import Session

if TYPE_CHECKING:
    from allocator.case import Bools, Case, Floats, Indices
    from allocator.plan import Plan
    from allocator.policy import TierStep

__all__ = [
    "ItemShort",
    "TierResult",
    "WorstOff",
    "items_short",
    "labelled",
    "results_by_tier",
    "short_by_tier",
    "show_plan",
    "table",
    "text_width",
    "worst_off",
]

ITEMS_SHOWN = 8
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
    from allocator.summary import Standing

    return np.asarray(Standing(case, plan.pairs).totals["short_units"].sum(axis=1))


def items_short(case: Case, plan: Plan) -> list[ItemShort]:
    """Return the items of which something is lacking to the top of the ladder, the scarcest first."""
    from allocator.summary import Standing

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
    pairs = plan.pairs
    rung, fill = _positions(case, plan)
    short = np.flatnonzero(rung > 0)
    if not len(short):
        return None
    reached = short[~out_of_reach(plan)[short]]
    among = reached if len(reached) else short
    lowest = among[np.lexsort((among, fill[among], rung[among]))[0]]
    site, item = pairs.site[lowest], pairs.item[lowest]
    return WorstOff(
        site=case.sites.code[site],
        site_name=case.sites.name[site],
        site_name_zh=case.sites.name_zh[site],
        item=case.items.code[item],
        item_name=case.items.name[item],
        item_name_zh=case.items.name_zh[item],
        tier=case.policy.tier_names[pairs.tier[lowest]],
        rung=int(rung[lowest]),
        fill=float(fill[lowest]),
        cover=float(_covers(plan)[lowest]),
        durable=bool(case.items.durable[item]),
        reason=plan.reasons[pairs.reason[lowest]].sentence,
    )


def text_width(text: str) -> int:
    """Return how many columns of a terminal a text takes: a Chinese letter takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def table(rows: Sequence[Sequence[str]], *, left: int = 1) -> Iterator[str]:
    r"""Lay out rows in columns, the first `left` of them flush left, Chinese counted two wide.

    >>> print(*table([("item", "units"), ("口罩", "1,200")]), sep="\n")
    item  units
    口罩  1,200
    """
    widths = [max(text_width(cell) for cell in column) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = [
            cell + " " * (width - text_width(cell)) if n < left else " " * (width - text_width(cell)) + cell
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  ".join(cells).rstrip()


def show_plan(session: Session, case: Case, plan: Plan) -> None:
    """Print the plan's few lines on stdout."""
    word = session.word
    session.show(word(_headline(case, plan)))
    session.show()
    tiers = [_tier_row(result, lang=session.lang) for result in results_by_tier(case, plan)]
    for line in table([_tier_titles(word), *tiers]):
        session.show(line)
    short = items_short(case, plan)
    if short:
        session.show()
        rows = [_item_row(item, lang=session.lang) for item in short[:ITEMS_SHOWN]]
        for line in table([_item_titles(word), *rows], left=2):
            session.show(line)
    if len(short) > ITEMS_SHOWN:
        session.show(
            word(say("More items that are short: {count}; summary.json has all.", count=len(short) - ITEMS_SHOWN))
        )

    unreached = out_of_reach(plan)
    if unreached.any():
        sites, needs = len(np.unique(plan.pairs.site[unreached])), int(unreached.sum())
        session.show()
        session.show(
            word(say("Out of reach of any stock: needs {needs:,}, sites {sites:,}.", needs=needs, sites=sites))
        )
    price = _price_of_fairness(plan)
    if price is not None:
        session.show()
        session.show(word(price))


def _headline(case: Case, plan: Plan) -> Sentence:
    lines = plan.lines
    packs, items = int(lines.packs.sum()), len(np.unique(lines.item))
    sites, stops = len(np.unique(lines.site)), len(plan.stops)
    return say(
        "Plan for {date}: {packs} ({kg:,.0f} kg) of {items} to {sites} in {stops}.",
        date=case.policy.date.isoformat(),
        packs=say("1 pack") if packs == 1 else say("{count:,} packs", count=packs),
        kg=float(np.nansum(lines.kg)),
        items=say("1 item") if items == 1 else say("{count:,} items", count=items),
        sites=say("1 site") if sites == 1 else say("{count:,} sites", count=sites),
        stops=say("1 stop") if stops == 1 else say("{count:,} stops", count=stops),
    )


def _price_of_fairness(plan: Plan) -> Sentence | None:
    """Say what the rationing rule costs against sending as much as can be sent, to whoever is nearest."""
    price = plan.summary.get("price_of_fairness", {})
    sent, most = price.get("units_sent"), price.get("units_unfair_maximum")
    if sent is None or most is None:
        return None
    kg_km, least = price.get("kg_km"), price.get("kg_km_unfair_minimum")
    if kg_km is None or least is None:
        return say(
            "Fairness costs {units:,.0f} of {most:,.0f} units, compared with sending to anyone who takes them.",
            units=most - sent,
            most=most,
        )
    return say(
        "Fairness costs {units:,.0f} of {most:,.0f} units and about {extra:,.0f} of {kg_km:,.0f} kg·km, compared with "
        "sending to whoever is nearest.",
        units=most - sent,
        most=most,
        extra=kg_km - least,
        kg_km=kg_km,
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


def _tier_row(result: TierResult, *, lang: str) -> tuple[str, ...]:
    counts = (result.sites, result.pairs, result.met, result.partly, result.nothing)
    lowest = "-" if np.isnan(result.lowest_days) else f"{result.lowest_days:.2f}"
    return (tier_named(result.tier).worded(lang), *(f"{count:,}" for count in counts), lowest)


def _item_titles(word: Any) -> tuple[str, ...]:
    return (
        word(say("short item")),
        word(say("unit")),
        word(say("lacked")),
        word(say("sent")),
        word(say("still short")),
        word(say("sites short")),
    )


def labelled(code: str, name: str, name_zh: str, *, lang: str) -> str:
    """Return a code with its name in the reader's language, else in the other one.

    >>> labelled("I01", "mask", "口罩", lang="zh"), labelled("I01", "mask", "", lang="zh")
    ('I01 口罩', 'I01 mask')
    """
    named = (name_zh if lang == "zh" else name) or name or name_zh
    return f"{code} {named}".strip()


def _item_row(item: ItemShort, *, lang: str) -> tuple[str, ...]:
    numbers = (item.lacked_units, item.sent_units, item.short_units)
    label = labelled(item.item, item.name, item.name_zh, lang=lang)
    unit = unit_named(item.unit).worded(lang)
    return (label, unit, *(f"{number:,.0f}" for number in numbers), f"{item.short_pairs:,}")
