"""What comes of runs in words: what each outcome is called, how it is read, who moves most, what has no price."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from allocator.sentence import Sentence, say
from allocator.words import tier_named
from scenarios.comparing import Comparison
from scenarios.running import Run

__all__ = ["MEASURES_SHOWN", "MEASURE_TITLES", "movers_of", "outcome_rows", "prices_said", "run_facts"]

MEASURES_SHOWN: tuple[tuple[str, Sentence, str], ...] = (
    ("worst_cover", say("least days of a consumable"), "days"),
    ("low_cover", say("days that 95 % of needs exceed"), "days"),
    ("sites_out", say("sites without a consumable"), "count"),
    ("unmet_share", say("promise unmet, all"), "share"),
    ("first_unmet_share", say("promise unmet, who comes first"), "share"),
    ("packs", say("packs"), "count"),
    ("stops", say("stops"), "count"),
    ("kg", say("kg sent"), "count"),
    ("kg_km", say("kg × km"), "count"),
    ("idle_units", say("units left at depots"), "count"),
    ("loads", say("vehicle loads"), "count"),
    ("sent_yuan", say("worth of what is sent, yuan"), "count"),
    ("buy_yuan", say("buying what is lacking, yuan"), "count"),
    ("money_yuan", say("money of the budgets, yuan"), "count"),
    ("unsold_items", say("items lacking that nobody sells"), "count"),
    ("expired_units", say("units that expire unused"), "count"),
    ("expired_yuan", say("worth of what expires unused, yuan"), "count"),
)
MEASURE_TITLES: dict[str, Sentence] = {name: title for name, title, _ in MEASURES_SHOWN}
"""What each outcome is called."""

_DECIMALS = {"days": "{:.2f}", "share": "{:.1%}", "count": "{:,.0f}"}
MOVERS = 5
"""How many that gain or lose most are named."""


def outcome_rows(runs: Sequence[Run]) -> Iterator[tuple[Sentence, list[str]]]:
    """Yield what each outcome is called, and what it is in each run as it is read."""
    for name, title, form in MEASURES_SHOWN:
        yield title, [_shown(getattr(run.outcomes, name), form) for run in runs]
    for tier in dict.fromkeys(tier for run in runs for tier in run.outcomes.by_tier):
        title = say("promise unmet, {tier}", tier=tier_named(tier))
        yield title, [_shown(run.outcomes.by_tier.get(tier, math.nan), "share") for run in runs]


def run_facts(run: Run) -> dict[str, Any]:
    """Return what comes of a run as plain JSON values."""
    numbers = {name: getattr(run.outcomes, name) for name, *_ in MEASURES_SHOWN}
    return {
        "scenario": run.scenario.name,
        **{name: None if isinstance(value, float) and math.isnan(value) else value for name, value in numbers.items()},
        "unmet_share_by_tier": dict(run.outcomes.by_tier),
        "nothing": None if run.nothing is None else str(run.nothing),
    }


def prices_said(runs: Sequence[Run]) -> Iterator[Sentence]:
    """Say of which items nobody says a price, for they are in no sum."""
    costs = [run.outcomes.costs for run in runs]
    if not any(each.any_price for each in costs):
        yield say("No offer of the day says a price (table offers), so nothing here says what it costs in yuan.")
        return
    for run, each in zip(runs, costs, strict=True):
        codes = run.case.items.code
        if run is runs[0]:
            sent = codes[np.isnan(each.sent_yuan) & (each.sent_units > 0)].tolist()
            if sent:
                yield say("Nobody sells these today, so no sum holds what they are worth: {items}", items=sent)
        unsold = codes[np.isnan(each.buy_yuan) & (each.buy_units > 0)].tolist()
        if unsold:
            yield say(
                "{scenario}: these are lacking and nobody sells them, so no sum holds what they cost: {items}",
                scenario=run.scenario.named,
                items=unsold,
            )
        unpriced = codes[np.isnan(each.expired_yuan) & (each.expired_units > 0)].tolist()
        if unpriced:
            yield say(
                "{scenario}: these expire and nobody sells them, so no sum holds what they are worth: {items}",
                scenario=run.scenario.named,
                items=unpriced,
            )


def movers_of(comparison: Comparison, number: int, *, most: int = MOVERS) -> tuple[list[tuple[str, str, float]], ...]:
    """Return the needs that lose most and gain most in a run: site, item, and the share of the promise."""
    gain = np.nan_to_num(comparison.gain[:, number])
    order = np.argsort(gain, kind="stable")
    worst = [row for row in order[:most].tolist() if gain[row] < 0]
    best = [row for row in order[::-1][:most].tolist() if gain[row] > 0]

    def told(rows: list[int]) -> list[tuple[str, str, float]]:
        return [(str(comparison.site[row]), str(comparison.item[row]), float(gain[row])) for row in rows]

    return told(worst), told(best)


def _shown(value: float, form: str) -> str:
    return "–" if math.isnan(value) else _DECIMALS[form].format(value)
