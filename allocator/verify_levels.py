"""Whether every step of the proof holds, and its freezes give the fair shares of pairs.csv.

For each step, with the prices y it names: a pair's price is the least it could pay for one unit,
over its ways. By weak duality, if Σ price × requirement = Σ y × limit, no plan lifts a pair that
freezes here without lowering another. All sums are whole numbers: prices are doubles, so whole
multiples of a power of two; covers are scaled by one common denominator.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Floats
from allocator.sentence import say
from allocator.verify_classes import Groups, Nodes, groups_of, nodes_of
from allocator.verify_facts import Facts
from allocator.verify_prices import Priced, Prices, lone_pairs
from allocator.verify_shapes import PlanRead, ReadStep, refuse

__all__ = ["FILL_TOLERANCE", "Climb", "check_levels"]

FILL_TOLERANCE = 1e-6


def check_levels(facts: Facts, plan: PlanRead) -> None:
    """Refuse a proof with a step that does not hold, or fair shares that it does not give."""
    nodes = nodes_of(facts, lone_pairs(facts, plan.proof.steps))
    groups = groups_of(facts, nodes)
    climb = Climb(facts, nodes, groups, plan.proof.steps)
    exact = plan.summary.get("exact", True) is not False
    before: tuple[int, float] = (1, 0.0)
    for number, step in enumerate(plan.proof.steps, start=1):
        if (step.rung, step.fill) < before or not 0 <= step.fill < 1 or step.rung > len(facts.case.policy.ladder):
            refuse(
                say(
                    "proof.json, step {step}: rung {rung}, fill {fill} is out of order or off the ladder.",
                    step=number,
                    rung=step.rung,
                    fill=step.fill,
                )
            )
        if step.gap != 0 and (exact or not step.gap > 0):
            refuse(
                say(
                    "proof.json, step {step}: a gap of {gap}, but the summary calls the plan exact.",
                    step=number,
                    gap=step.gap,
                )
            )
        climb.take(number, step)
        before = (step.rung, step.fill)
    _check_shares(facts, plan, groups, climb.covers())


@dataclass(frozen=True)
class _Scale:
    """One common denominator for every cover a proof speaks of."""

    denominator: int

    def whole(self, cover: Fraction) -> int:
        return cover.numerator * (self.denominator // cover.denominator)


class Climb:
    """The climb up the ladder as the steps tell it, group by group."""

    def __init__(self, facts: Facts, nodes: Nodes, groups: Groups, steps: tuple[ReadStep, ...]) -> None:
        self.facts, self.groups = facts, groups
        self.priced = Priced(facts, nodes)
        n_groups = len(groups.node)
        self.frozen = np.zeros(n_groups, dtype=bool)
        self.cover: list[Fraction] = [Fraction(0)] * n_groups
        self.requirement = np.zeros(n_groups, dtype=object)
        self.scale = _Scale(_common_denominator(facts, steps))
        self.daily = facts.daily_micro
        whole = float(self.daily.sum(dtype=np.float64)) + float(facts.held.sum(dtype=np.float64))
        self.sum_kind: Any = np.int64 if whole < 2.0**62 else object
        self.held = facts.held

    def take(self, number: int, step: ReadStep) -> None:
        """Freeze what the step's prices freeze, and check that they prove it."""
        prices = self.priced.of(number, step)
        freezing, rising = self._freeze(step, prices)
        if freezing != step.freezes or freezing < 1:
            refuse(
                say(
                    "proof.json, step {step}: says it freezes {said} pairs; its prices freeze {found}.",
                    step=number,
                    said=step.freezes,
                    found=freezing,
                )
            )
        if rising <= 0:
            refuse(
                say(
                    "proof.json, step {step}: no pair of rung {rung} has a price, so it proves nothing.",
                    step=number,
                    rung=step.rung,
                )
            )
        spent = sum(price * sum(self._group_needs(node)) for node, price in prices.of_node)
        limit = prices.limit * self.scale.denominator * MICRO
        allowed = 1 + Fraction(step.gap) * 10**6
        if abs(spent - limit) * 10**6 > rising * allowed:
            refuse(
                say(
                    "proof.json, step {step} (rung {rung}, fill {fill}): the prices do not balance, by {gap} of a "
                    "fill; requirements and limits must agree.",
                    step=number,
                    rung=step.rung,
                    fill=step.fill,
                    gap=float(Fraction(spent - limit, rising)),
                )
            )

    def covers(self) -> Floats:
        """Return the cover each group comes to stand at: where it froze, or its ladder's top."""
        top = [self.facts.ladders[ladder].top for ladder in self.groups.ladder]
        return np.array(
            [float(c if done else t) for c, t, done in zip(self.cover, top, self.frozen, strict=True)], dtype=np.float64
        )

    def _group_needs(self, node: int) -> list[int]:
        first = self.groups.first_of_node
        return self.requirement[first[node] : first[node + 1]].tolist()

    def _freeze(self, step: ReadStep, prices: Prices) -> tuple[int, int]:
        """Return how many pairs freeze, and Σ price·u·(top − base) over those the rung was lifting."""
        freezing, rising = 0, 0
        first = self.groups.first_of_node
        for node, price in prices.of_node:
            for group in range(first[node], first[node + 1]):
                if self.frozen[group]:
                    continue
                cover, span = self._cover_at(group, step)
                rising += price * self._stop(group, cover) * self.scale.whole(span)
                freezing += int(self.groups.start[group + 1] - self.groups.start[group])
        return freezing, rising

    def _cover_at(self, group: int, step: ReadStep) -> tuple[Fraction, Fraction]:
        """Return the cover a group stands at in a step, and how far the rung lifts it (0: not at all)."""
        cover = Fraction(0)
        for rung in self.facts.ladders[self.groups.ladder[group]].steps:
            if rung.rung == step.rung:
                span = rung.top - rung.base
                return rung.base + Fraction(step.fill) * span, span
            if rung.rung < step.rung:
                cover = rung.top
        return cover, Fraction(0)

    def _stop(self, group: int, cover: Fraction) -> int:
        """Fix a group's requirement Σ max(0, u·cover − h); return its Σ u in millionths.

        A pair whose holding equals its cover to the last bit of a double may count on either
        side: it requires less than 2**-52 of what it holds.
        """
        pairs = self.groups.order[self.groups.start[group] : self.groups.start[group + 1]]
        daily, held = self.daily[pairs], self.held[pairs]
        lacks = held * (MICRO / daily) < float(cover)
        lacking_daily = int(daily[lacks].sum(dtype=self.sum_kind))
        lacking_held = int(held[lacks].sum(dtype=self.sum_kind))
        whole = self.scale.whole(cover)
        self.requirement[group] = whole * lacking_daily - lacking_held * self.scale.denominator * MICRO
        self.frozen[group] = True
        self.cover[group] = cover
        return int(daily.sum(dtype=self.sum_kind))


def _common_denominator(facts: Facts, steps: tuple[ReadStep, ...]) -> int:
    covers = [cover for ladder in facts.ladders for step in ladder.steps for cover in (step.base, step.top)]
    of_covers = lcm(*(cover.denominator for cover in covers))
    # A double's denominator is a power of two, so the largest one holds them all.
    of_fills = max((step.fill.as_integer_ratio()[1] for step in steps), default=1)
    return of_covers * of_fills


def _check_shares(facts: Facts, plan: PlanRead, groups: Groups, covers: Floats) -> None:
    """fair_units, rung and fill are what the freezes leave every pair with."""
    pairs, held = plan.pairs, facts.held
    daily = facts.daily_micro / MICRO
    cover = np.append(covers, 0.0)[groups.of_pair]
    expected = np.maximum(0.0, daily * cover - held)
    slack = FILL_TOLERANCE * np.maximum(1.0, daily)
    wrong = ~(np.abs(pairs.fair_units - expected) <= slack)
    if bool(wrong.any()):
        pair = int(np.argmax(wrong))
        refuse(
            say(
                "pairs.csv, site {site}, item {item}: fair_units is {found}, but the proof leaves it {expected}.",
                **facts.pair_name(pair),
                found=float(pairs.fair_units[pair]),
                expected=float(expected[pair]),
            )
        )
    _check_positions(facts, plan, daily, slack)


def _check_positions(facts: Facts, plan: PlanRead, daily: Floats, slack: Floats) -> None:
    """(rung, fill) is where held + fair_units stands on the pair's ladder, within the tolerance."""
    pairs = plan.pairs
    stands = facts.held + pairs.fair_units
    right = np.zeros(len(pairs), dtype=bool)
    for number, ladder in enumerate(facts.ladders):
        here = facts.ladder == number
        done = here & (pairs.rung == 0)
        right |= done & (stands >= daily * float(ladder.top) - slack) & (pairs.fill == 1)
        for step in ladder.steps:
            at = here & (pairs.rung == step.rung)
            claimed = daily * (float(step.base) + pairs.fill * float(step.top - step.base))
            right |= at & (np.abs(claimed - stands) <= slack) & _in_unit(pairs.fill)
    if not bool(right.all()):
        pair = int(np.argmin(right))
        refuse(
            say(
                "pairs.csv, site {site}, item {item}: rung {rung}, fill {fill} is not where its fair_units put it.",
                **facts.pair_name(pair),
                rung=int(pairs.rung[pair]),
                fill=float(pairs.fill[pair]),
            )
        )


def _in_unit(fill: NDArray[Any]) -> Bools:
    return (fill >= 0) & (fill <= 1)
