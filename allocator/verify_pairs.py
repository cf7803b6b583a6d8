"""Whether pairs.csv lists exactly the pairs of the case, with their numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, micro
from allocator.sentence import Sentence, say
from allocator.verify_facts import Facts
from allocator.verify_shapes import PlanRead, ReadPairs, refuse

__all__ = ["check_pairs", "check_reasons"]

_COVER_REL = 1e-9  # covers are written with 12 digits


def check_pairs(facts: Facts, plan: PlanRead) -> None:
    """Refuse a plan whose pairs are not the case's, or stand there with other numbers."""
    pairs = plan.pairs
    _check_keys(facts, pairs)
    held = facts.held.astype(np.float64)
    _same(facts, "tier", pairs.tier, facts.tier)
    _same(facts, "daily_units", micro(pairs.daily_units), facts.daily_micro)
    _same(facts, "on_hand", pairs.on_hand, facts.on_hand)
    _same(facts, "in_transit", pairs.in_transit, facts.in_transit)
    daily = pairs.daily_units
    _close(facts, "cover_before", pairs.cover_before, held / daily)
    _close(facts, "cover_after", pairs.cover_after, (held + pairs.units) / daily)


def check_reasons(facts: Facts, plan: PlanRead) -> None:
    """Every pair has a reason, and reasons.csv says it."""
    known = plan.pairs.reason_known
    if not bool(known.all()):
        refuse(
            _at(
                facts,
                int(np.argmin(known)),
                say("pairs.csv, site {site}, item {item}: the reason is not in reasons.csv. Write one for every pair."),
            )
        )


def _check_keys(facts: Facts, pairs: ReadPairs) -> None:
    read = pairs.site.astype(np.int64) * max(1, len(facts.case.items)) + pairs.item
    if len(read) == len(facts.pair_key) and bool(np.all(read == facts.pair_key)):
        return
    n_items = max(1, len(facts.case.items))
    missing = np.setdiff1d(facts.pair_key, read)
    extra = np.setdiff1d(read, facts.pair_key)
    for keys, message in (
        (missing, say("pairs.csv has no row for site {site}, item {item}, which the case says is needed.")),
        (extra, say("pairs.csv has a row for site {site}, item {item}, which the case does not plan.")),
    ):
        if len(keys):
            site, item = divmod(int(keys[0]), n_items)
            codes = {"site": facts.case.sites.code[site], "item": facts.case.items.code[item]}
            refuse(say(message.message, **codes))
    refuse(say("pairs.csv: rows are doubled or not sorted by site and item. Sort them, one row for each pair."))


def _same(facts: Facts, column: str, read: NDArray[Any], expected: NDArray[Any]) -> None:
    _first(facts, column, read != expected, read, expected)


def _close(facts: Facts, column: str, read: NDArray[Any], expected: NDArray[Any]) -> None:
    # Written so that a missing number (nan) is refused too.
    wrong = ~(np.abs(read - expected) <= _COVER_REL * np.maximum(1.0, np.abs(expected)))
    _first(facts, column, wrong, read, expected)


def _first(facts: Facts, column: str, wrong: Bools, read: NDArray[Any], expected: NDArray[Any]) -> None:
    if not bool(wrong.any()):
        return
    pair = int(np.argmax(wrong))
    found, right = read[pair].item(), expected[pair].item()
    if column == "daily_units":
        found, right = found / 1e6, right / 1e6
    if column == "tier":
        names = facts.case.policy.tier_names
        found, right = (names[n] if n >= 0 else "" for n in (found, right))
    refuse(
        say(
            "pairs.csv, site {site}, item {item}: {column} is {found}, the case gives {expected}.",
            **facts.pair_name(pair),
            column=column,
            found=found,
            expected=right,
        )
    )


def _at(facts: Facts, pair: int, sentence: Sentence) -> Sentence:
    return Sentence(sentence.message, {**sentence.values, **facts.pair_name(pair)})
