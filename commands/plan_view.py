"""A plan in a few lines: what was short, by tier and by item, who stands lowest, and why."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.sentence import Sentence, say
from allocator.words import tier_named, unit_named
from commands.session import Session

if TYPE_CHECKING:
    from allocator.case import Case
    from allocator.plan import Plan
    from allocator.plan_results import ItemShort, TierResult

__all__ = [
    "labelled",
    "show_plan",
    "table",
    "text_width",
]

ITEMS_SHOWN = 8


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
    from allocator.plan_results import items_short, out_of_reach, results_by_tier

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
