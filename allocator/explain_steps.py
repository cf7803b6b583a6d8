"""Reasons of pairs that a freeze stopped: what ran out, who shares it, what a little more would do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allocator.explain_groups import Kind, Outcomes, SiteGroups
from allocator.explain_offers import Group, Offers, Place, Rungs
from allocator.explain_prices import Blocked, Frozen, blocked_by, price_ways, prices_of_frozen
from allocator.explain_words import Names, joined, level, listed, shown
from allocator.need import Problem
from allocator.plan import Reason
from allocator.proof import Step
from allocator.sentence import Sentence, say
from allocator.what_if import WhatIf

__all__ = ["StepReasons"]


@dataclass(kw_only=True)
class _Crowd:
    """Pairs of one item that one freeze stopped: what blocks them, and how many rise by tier."""

    step: int
    item: int
    road: int  # the site whose own full road stops it, else -1
    blocked: Blocked
    pairs: dict[tuple[int, int], int] = field(default_factory=dict)  # (tier, kind) -> count


class StepReasons:
    """Words for the outcomes of kind `RAISED` and `NOTHING`, one reason for each."""

    def __init__(
        self,
        problem: Problem,
        groups: SiteGroups,
        steps: tuple[Step, ...],
        outcomes: Outcomes,
        outcome_of_pair: NDArray[np.intp],
        what_if: WhatIf,
    ) -> None:
        self.problem, self.steps, self.outcomes = problem, steps, outcomes
        self.outcome_of_pair = outcome_of_pair
        self.names = Names(problem)
        self.ladder = Rungs(problem)
        self.offers = Offers(problem, what_if)
        self.rows = np.flatnonzero(outcomes.kind >= Kind.RAISED)
        stopped = outcomes.take(self.rows)
        frozen = Frozen(step=stopped.step, group=stopped.group, item=stopped.item)
        ways = price_ways(problem, groups, steps, frozen)
        price = prices_of_frozen(ways, len(frozen))
        road = np.where(groups.lone[stopped.group], groups.site_of_group[stopped.group], -1)
        key, self.crowd_of = np.unique(np.stack([stopped.step, stopped.item, road]), axis=1, return_inverse=True)
        self.crowd_of = self.crowd_of.ravel()
        blocked = blocked_by(problem, ways, self.crowd_of)
        self.crowds = [
            _Crowd(step=int(s), item=int(i), road=int(r), blocked=blocked.get(n, Blocked()))
            for n, (s, i, r) in enumerate(key.T)
        ]
        self._count(stopped)
        self.gain = self._gains(stopped, price)

    def _count(self, stopped: Outcomes) -> None:
        for crowd, tier, kind, pairs in zip(
            self.crowd_of.tolist(), stopped.tier.tolist(), stopped.kind.tolist(), stopped.pairs.tolist(), strict=True
        ):
            counts = self.crowds[crowd].pairs
            counts[tier, kind] = counts.get((tier, kind), 0) + pairs

    def _gains(self, stopped: Outcomes, price: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return Σ price · slope of each step over the pairs that rise in it."""
        span = np.zeros(len(stopped))
        for n in np.flatnonzero(stopped.kind == Kind.RAISED):
            place = self.ladder.place(self.steps[stopped.step[n]], int(stopped.tier[n]), int(stopped.item[n]))
            span[n] = place.span
        return np.bincount(stopped.step, weights=price * span * stopped.daily_units, minlength=len(self.steps)).astype(
            float
        )

    def reasons(self) -> Mapping[int, Reason]:
        """Return the reason of each outcome these kinds have, by its position."""
        rows_of: dict[tuple[int, int, int], list[int]] = {}
        for n, row in enumerate(self.rows.tolist()):
            key = (int(self.crowd_of[n]), int(self.outcomes.tier[row]), int(self.outcomes.kind[row]))
            rows_of.setdefault(key, []).append(row)
        found: dict[int, Reason] = {}
        # What concerns most pairs is tried first, for there is not time to try everything.
        for key in sorted(rows_of, key=lambda key: (-self.crowds[key[0]].pairs[key[1], key[2]], key)):
            reason = self._reason(self.crowds[key[0]], key[1], Kind(key[2]), rows_of[key])
            found |= dict.fromkeys(rows_of[key], reason)
        return found

    def _reason(self, crowd: _Crowd, tier: int, kind: Kind, rows: list[int]) -> Reason:
        cause = self._cause(crowd)
        standing = self._standing(crowd, tier, kind)
        more = self._more(crowd, tier, kind, rows)
        sentence = (
            say("{cause}; {standing}.", cause=cause, standing=standing)
            if more is None
            else say("{cause}; {standing}; {more}.", cause=cause, standing=standing, more=more)
        )
        return Reason(_code(crowd), sentence)

    def _cause(self, crowd: _Crowd) -> Sentence:
        blocked, names = crowd.blocked, self.names
        clauses = []
        if blocked.supply:
            clauses.append(self._supply(crowd))
        if blocked.kg:
            clauses.append(self._load(crowd, sorted(blocked.kg), room=False))
        if blocked.m3:
            clauses.append(self._load(crowd, sorted(blocked.m3), room=True))
        if blocked.lane and crowd.road >= 0:
            depots = listed([names.site(depot) for depot in sorted(blocked.lane)])
            clauses.append(
                say(
                    "{site} gets all the weight its road from {depots} carries",
                    site=names.site(crowd.road),
                    depots=depots,
                )
            )
        return joined(clauses) if clauses else say("No more of {item} can be sent", item=names.item(crowd.item))

    def _supply(self, crowd: _Crowd) -> Sentence:
        names, items = self.names, sorted({by for _, by in crowd.blocked.supply})
        depots = listed(names.sources({source for source, _ in crowd.blocked.supply}, items))
        goods = listed([names.item(item) for item in sorted(items, key=lambda by: (by != crowd.item, by))])
        reserve = self.problem.case.policy.reserve_of(self.problem.case.items.code[crowd.item])
        if reserve > 0 and items == [crowd.item] and not self._all_giving(crowd):
            percent = shown(float(reserve * 100))
            return say(
                "All stock of {item} at {depots} is sent, but for the reserve of {percent}%",
                item=goods,
                depots=depots,
                percent=percent,
            )
        return say("All stock of {item} at {depots} is sent", item=goods, depots=depots)

    def _all_giving(self, crowd: _Crowd) -> bool:
        giving = self.problem.sources.giving
        return all(bool(giving[source]) for source, _ in crowd.blocked.supply)

    def _load(self, crowd: _Crowd, depots: list[int], *, room: bool) -> Sentence:
        where = listed([self.names.site(depot) for depot in depots])
        items = {
            other.item for other in self.crowds if other.step == crowd.step and self._loads(other, depots, room=room)
        }
        if len(items) > 1:
            if room:
                return say(
                    "{depots} can load no more volume today, of {count} items together", depots=where, count=len(items)
                )
            return say(
                "{depots} can load no more weight today, of {count} items together", depots=where, count=len(items)
            )
        if room:
            return say("{depots} can load no more volume today", depots=where)
        return say("{depots} can load no more weight today", depots=where)

    @staticmethod
    def _loads(crowd: _Crowd, depots: list[int], *, room: bool) -> bool:
        return bool(set(crowd.blocked.m3 if room else crowd.blocked.kg) & set(depots))

    def _who(self, crowd: _Crowd, tier: int, kind: Kind) -> tuple[Sentence, bool]:
        """Return the pairs' sites in words, and whether it is one."""
        if crowd.road >= 0:
            return say("it"), True
        count = crowd.pairs[tier, kind]
        one_depot = len(self.names.sources(crowd.blocked.sources)) <= 1
        reach = say("that only it reaches") if one_depot else say("that only they reach")
        name = self.names.tier(tier)
        if count == 1:
            return say("the one {tier} site {reach}", tier=name, reach=reach), True
        return say("the {count:,} {tier} sites {reach}", count=count, tier=name, reach=reach), False

    def _standing(self, crowd: _Crowd, tier: int, kind: Kind) -> Sentence:
        who, one = self._who(crowd, tier, kind)
        place = self.ladder.place(self.steps[crowd.step], tier, crowd.item)
        named = None if crowd.blocked.supply else self.names.item(crowd.item)
        at = level(place.cover, durable=place.durable, item=named)
        if kind == Kind.NOTHING:
            return self._nothing(crowd, place, (who, one, at))
        if place.span == 0:
            if one:
                return say("{who} keeps to the {level} promised first", who=who, level=at)
            return say("{who} keep to the {level} promised first", who=who, level=at)
        standing = (
            say("{who} now holds {level}", who=who, level=at)
            if one
            else say("{who} now each hold {level}", who=who, level=at)
        )
        others = self._others(crowd, tier)
        return (
            say("{standing}, sharing with {others}", standing=standing, others=listed(others)) if others else standing
        )

    def _nothing(self, crowd: _Crowd, place: Place, words: tuple[Sentence, bool, Sentence]) -> Sentence:
        who, one, at = words
        item = self.names.item(crowd.item)
        if shown(place.cover * (100 if place.durable else 1)) == 0:
            if crowd.blocked.supply:
                return say("nothing is left for {who}", who=who)
            return say("no {item} can be loaded for {who}", who=who, item=item)
        if crowd.road >= 0:
            return say(
                "of {item} it already holds at least the {level} that other items here are lifted to",
                item=item,
                level=level(place.cover, durable=place.durable),
            )
        verb = say("already holds at least") if one else say("already hold at least")
        if place.span == 0:
            return say("{who} {verb} the {level} promised first", who=who, verb=verb, level=at)
        return say("{who} {verb} the {level} that others are lifted to", who=who, verb=verb, level=at)

    def _others(self, crowd: _Crowd, tier: int) -> list[Sentence]:
        """Return the other tiers that rise with these pairs."""
        others = []
        for (other, kind), count in sorted(crowd.pairs.items()):
            if other == tier or kind != Kind.RAISED:
                continue
            if self.ladder.place(self.steps[crowd.step], other, crowd.item).span == 0:
                continue
            name = self.names.tier(other)
            if count == 1:
                others.append(say("one {tier} site", tier=name))
            else:
                others.append(say("{count:,} {tier} sites", count=count, tier=name))
        return others

    def _more(self, crowd: _Crowd, tier: int, kind: Kind, rows: list[int]) -> Sentence | None:
        """Return what a little more of what ran out would do, where the prices say."""
        step, place = self.steps[crowd.step], self.ladder.place(self.steps[crowd.step], tier, crowd.item)
        if kind == Kind.NOTHING or place.span == 0:
            first = self._first_in_line(crowd, tier)
            return say("anything more would first go to the {tiers} sites", tiers=listed(first)) if first else None
        if step.gap > 0 or self.gain[crowd.step] <= 0:
            return None
        _, one = self._who(crowd, tier, kind)
        rise = place.span / float(self.gain[crowd.step])  # of the cover, for each unit of price
        group = Group(pairs=lambda: np.isin(self.outcome_of_pair, rows), one=one, road=crowd.road)
        return self.offers.more(crowd.blocked, place, rise, group)

    def _first_in_line(self, crowd: _Crowd, tier: int) -> list[object]:
        step = self.steps[crowd.step]
        return [
            self.names.tier(other)
            for other, kind in sorted(crowd.pairs)
            if kind == Kind.RAISED and other != tier and self.ladder.place(step, other, crowd.item).span > 0
        ]


def _code(crowd: _Crowd) -> str:
    """Return what stopped the pairs, for machines; where several things did, the narrowest."""
    blocked = crowd.blocked
    if blocked.lane:
        return "lane_kg"
    if blocked.supply or not (blocked.kg or blocked.m3):
        return "supply"
    return "truck_kg" if blocked.kg else "truck_m3"
