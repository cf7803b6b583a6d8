"""The ladder as numbers: what a pair must hold at a fill of a rung, and where it stands."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Floats
from allocator.need import Problem
from allocator.policy import TierStep

__all__ = ["Ladder", "Position", "ladder_of"]

Position = tuple[int, Fraction]
"""(first rung not completed, how far into it); a complete ladder stands above every rung."""


@dataclass(frozen=True)
class Ladder:
    """`floor_units[r, p]` = u·base − h and `slope_units[r, p]` = u·(top − base) of rung r and pair p.

    slope 0 where the rung does not lift the pair. Requirement at fill θ: max(0, floor + θ·slope).
    """

    floor_units: Floats
    slope_units: Floats
    daily: tuple[Fraction, ...]
    held: tuple[int, ...]
    steps: tuple[tuple[TierStep, ...], ...]

    @property
    def rungs(self) -> int:
        """Number of rungs."""
        return len(self.floor_units)

    def lifts(self, rung: int) -> Bools:
        """Return which pairs the rung (from 0) lifts."""
        return np.asarray(self.slope_units[rung] > 0)

    def required_units(self, rung: int, fill: float, guarantee_units: Floats, held_fast: Bools) -> Floats:
        """Return every pair's requirement at a fill of a rung.

        frozen, or not in this rung: guarantee;  else max(guarantee, q(θ))
        """
        asked = np.maximum(guarantee_units, self.floor_units[rung] + fill * self.slope_units[rung])
        return np.where(held_fast | ~self.lifts(rung), guarantee_units, asked)

    def position(self, pair: int, units: Fraction) -> Position:
        """Return where a pair stands when it receives `units`, as exact numbers."""
        has = units + self.held[pair]
        for rung, base_units, top_units in self._stairs[pair]:
            if has < top_units:
                return rung, (has - base_units) / (top_units - base_units)
        return self.summit

    @cached_property
    def _stairs(self) -> tuple[tuple[tuple[int, Fraction, Fraction], ...], ...]:
        """For each pair: (rung, units at its base, units at its top), lowest first."""
        return tuple(
            tuple((step.rung, daily * step.base, daily * step.top) for step in steps)
            for daily, steps in zip(self.daily, self.steps, strict=True)
        )

    def on_first_rung(self, pair: int, position: Position) -> bool:
        """Return whether a pair has not completed the first rung of its own ladder."""
        return bool(self.steps[pair]) and position[0] <= self.steps[pair][0].rung

    @cached_property
    def summit(self) -> Position:
        """Return the position of pairs that completed every rung."""
        return self.rungs + 1, Fraction(0)

    def standing(self, units: Floats) -> tuple[NDArray[np.int8], Floats]:
        """Return (rung from 1, 0 = all completed; fill, 1 where complete) of fractional shares.

        A share within 1e-9 of a rung's top has completed it: the solver's last digit is not a shortage.
        """
        rung = np.zeros(len(units), dtype=np.int8)
        fill = np.ones(len(units))
        slack = 1e-9 * np.maximum(1.0, np.array([float(u) for u in self.daily]))
        for number in range(self.rungs, 0, -1):
            slope = self.slope_units[number - 1]
            missing = self.floor_units[number - 1] + slope - units
            short = (slope > 0) & (missing > slack)
            rung[short] = number
            fill[short] = np.maximum(0.0, 1.0 - missing[short] / slope[short])
        return rung, fill


def ladder_of(problem: Problem) -> Ladder:
    """Return the ladder of every pair of a problem."""
    policy, pairs = problem.case.policy, problem.pairs
    durable = problem.case.items.durable[pairs.item]
    by_kind = {
        (tier, lasts): policy.tier_steps(name, durable=lasts)
        for tier, name in enumerate(policy.tier_names)
        for lasts in (False, True)
    }
    steps = tuple(by_kind[int(t), bool(d)] for t, d in zip(pairs.tier, durable, strict=True))
    daily = tuple(Fraction(int(u), MICRO) for u in pairs.daily_micro)
    held = tuple(int(h) for h in pairs.held)
    shape = (len(policy.ladder), len(pairs))
    floor_units, slope_units = np.zeros(shape), np.zeros(shape)
    for (tier, lasts), rungs in by_kind.items():
        mine = (pairs.tier == tier) & (durable == lasts)
        for step in rungs:
            need = pairs.daily_micro[mine] / MICRO
            floor_units[step.rung - 1, mine] = need * float(step.base) - pairs.held[mine]
            slope_units[step.rung - 1, mine] = need * float(step.top - step.base)
    return Ladder(floor_units, slope_units, daily, held, steps)
