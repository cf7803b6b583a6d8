"""Rules that raise a tier by local facts: ten confirmed cases nearby, a cluster in the area.

A rule holds for a site when a fact of the site or of an area that contains it reaches a number; the
highest tier among the rules that hold wins, and a rule never lowers. Each raised site says why and since when.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from allocator.activity_words import fact_named
from allocator.sentence import Sentence, say
from allocator.words import tier_named

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


@dataclass(frozen=True, kw_only=True)
class Fact:
    """Something known of a site or an area, from a day on, and how it is known.

    `covers`: what begins the codes of the areas in it; "" where that is the place's own code, as it is
    unless zeros fill the code up.
    """

    place: str
    fact: str
    value: float
    since: dt.date
    reason: str = ""
    said_by: str = ""
    covers: str = ""


@dataclass(frozen=True, kw_only=True)
class Raised:
    """A site that belongs to a higher tier than it did, and the fact because of which it does.

    `before`: its tier without the rule, "" for none; `at_least`: what the rule asks for.
    """

    site: str
    tier: str
    before: str
    fact: Fact
    at_least: float

    @property
    def sentence(self) -> Sentence:
        """Why, and since when."""
        fact = self.fact
        raised = say(
            "Raised to {tier}: {fact} {value} in {place} since {day}; the rule says {least} or more.",
            tier=tier_named(self.tier),
            fact=fact_named(fact.fact),
            place=fact.place,
            value=f"{fact.value:g}",
            day=fact.since.isoformat(),
            least=f"{self.at_least:g}",
        )
        return say("{raised} It is known by: {reason}.", raised=raised, reason=fact.reason) if fact.reason else raised


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
    >>> facts = [Fact(place="421127103", fact="confirmed_cases", value=12, since=dt.date(2020, 2, 9))]
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
                fact = max(near, key=lambda each: (each.value, each.since, each.place))
                raised.append(Raised(site=code, tier=rule.tier, before=tier, fact=fact, at_least=rule.at_least))
                break
    return raised


def _held(rule: TierRule, facts: Sequence[Fact]) -> dict[str, Fact]:
    """Return by what they cover the facts that reach a rule's number, the largest of each place."""
    reaching = [fact for fact in facts if fact.fact == rule.fact and fact.value >= rule.at_least and fact.place]
    return {fact.covers or fact.place: fact for fact in sorted(reaching, key=lambda each: (each.value, each.since))}


def _prefixes(area: str) -> Iterable[str]:
    return (area[:length] for length in range(1, len(area) + 1))
