"""Rules that raise a tier by local facts: ten confirmed cases nearby, a cluster in the area.

A rule holds for a site when a fact of the site or of an area that contains it reaches a number; the
highest tier among the rules that hold wins, and a rule never lowers. Each raised site says why and since when.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from allocator.sentence import Sentence, say

__all__ = ["FACTS", "Fact", "Raised", "TierRule", "raised_tiers"]

FACTS = {
    "confirmed_cases": "confirmed cases",
    "suspected_cases": "suspected cases",
    "close_contacts": "close contacts in quarantine",
    "cluster": "a cluster of cases: 1",
}
"""What may be known of a place, and what it means."""


@dataclass(frozen=True)
class TierRule:
    """Sites at which a fact (such as `confirmed_cases`) is at least `at_least` belong to `tier`.

    `kinds`: only sites of these kinds; empty for all.
    """

    fact: str
    at_least: float
    tier: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fact:
    """Something counted at a site or in an area (a code that begins the codes of what lies in it)."""

    place: str
    fact: str
    value: float
    since: dt.date


@dataclass(frozen=True)
class Raised:
    """A site that belongs to a higher tier than its kind says, and why."""

    site: str
    tier: str
    sentence: Sentence


def raised_tiers(
    sites: Sequence[tuple[str, str, str, str]],
    *,
    facts: Iterable[Fact],
    rules: Sequence[TierRule],
    tiers: Sequence[str],
) -> list[Raised]:
    """Return the sites that the rules raise, in the order given.

    `sites`: (code, kind, area, tier as it stands); `tiers`: every tier, the first served first.

    >>> rules = [TierRule("confirmed_cases", 10, "frontline")]
    >>> facts = [Fact("421127103", "confirmed_cases", 12, dt.date(2020, 2, 9))]
    >>> sites = [("V1", "community", "421127103004", "low"), ("V2", "community", "421127104001", "low")]
    >>> raised = raised_tiers(sites, facts=facts, rules=rules, tiers=["frontline", "low"])
    >>> [(each.site, each.tier) for each in raised]
    [('V1', 'frontline')]

    Raises:
        ValueError: a rule names a tier that is not there.

    """
    rank = {tier: n for n, tier in enumerate(tiers)}
    unknown = sorted({rule.tier for rule in rules} - rank.keys())
    if unknown:
        raise ValueError(f"rules name tiers that are not there: {', '.join(unknown)}")
    facts = list(facts)
    held = [(rule, _held(rule, facts)) for rule in sorted(rules, key=lambda rule: rank[rule.tier])]
    held = [(rule, places) for rule, places in held if places]
    raised: list[Raised] = []
    for code, kind, area, tier in sites if held else ():
        for rule, places in held:
            if (rule.kinds and kind not in rule.kinds) or rank[rule.tier] >= rank.get(tier, len(rank)):
                continue
            near = [places[place] for place in (code, *_prefixes(area)) if place in places]
            if near:
                raised.append(Raised(code, rule.tier, _because(near, rule)))
                break
    return raised


def _held(rule: TierRule, facts: Sequence[Fact]) -> dict[str, Fact]:
    """Return by place the facts that reach a rule's number, the largest of each place."""
    reaching = [fact for fact in facts if fact.fact == rule.fact and fact.value >= rule.at_least and fact.place]
    return {fact.place: fact for fact in sorted(reaching, key=lambda each: (each.value, each.since))}


def _prefixes(area: str) -> Iterable[str]:
    return (area[:length] for length in range(1, len(area) + 1))


def _because(held: Sequence[Fact], rule: TierRule) -> Sentence:
    fact = max(held, key=lambda each: (each.value, each.since, each.place))
    return say(
        "Raised to {tier}: {fact} in {place} is {value} since {day} (the rule says {least} or more).",
        tier=rule.tier,
        fact=rule.fact,
        place=fact.place,
        value=f"{fact.value:g}",
        day=fact.since.isoformat(),
        least=f"{rule.at_least:g}",
    )
