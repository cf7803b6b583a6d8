"""Positions on the ladder, compared exactly.

The position of a pair holding x units is (first rung it has not completed, how far into it), as
one number rung − 1 + fill; a completed ladder stands at infinity. The *key* of a pair's next pack
is (position before, −position after): packs are dealt in the order of their keys, so the lowest
pair is served first, and among equals the one that the pack lifts highest.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Floats, Units
from allocator.need import Problem

__all__ = ["COMPLETE", "Approximate", "Ladder", "ladder_of", "rank_fractions"]


COMPLETE = 2**20  # a rung above any ladder
_CLOSE = 1e-12  # relative; nearer floats than this are compared as fractions


@dataclass(frozen=True)
class Ladder:
    """The ladder of one tier for one kind of use: rung numbers and their base and top covers."""

    rungs: tuple[int, ...]
    bases: tuple[Fraction, ...]
    tops: tuple[Fraction, ...]

    def cover_at(self, level: float) -> float:
        """Return the cover a pair of this ladder must reach to stand at a level (a position).

        >>> half = Ladder((1, 3), (Fraction(0), Fraction(1)), (Fraction(1), Fraction(5)))
        >>> half.cover_at(0.5), half.cover_at(1.7), half.cover_at(2.25)
        (0.5, 1.0, 2.0)
        """
        cover = 0.0
        for rung, base, top in zip(self.rungs, self.bases, self.tops, strict=True):
            share = min(1.0, level - (rung - 1))
            if share <= 0:
                break
            cover = float(base) + share * float(top - base)
        return cover

    def whole_position(self, held_units: int, daily_micro: int, bits: int) -> int:
        """Return the position × 2^bits, rounded down; whole numbers compare faster than fractions.

        With twice as many bits as the largest denominator has, different positions stay different.
        A completed ladder stands above every rung.

        >>> half = Ladder((1, 3), (Fraction(0), Fraction(1)), (Fraction(1), Fraction(5)))
        >>> [half.whole_position(units, 2_000_000, 4) / 2**4 for units in (1, 4)]
        [0.5, 2.25]
        """
        rungs, bases, tops, whole = self._steps
        held = held_units * MICRO * whole
        for rung, base, top in zip(rungs, bases, tops, strict=True):
            if held < daily_micro * top:
                return ((rung - 1) << bits) + ((held - daily_micro * base) << bits) // (daily_micro * (top - base))
        return COMPLETE << bits

    @cached_property
    def _steps(self) -> tuple[list[int], list[int], list[int], int]:
        rungs, bases, tops, whole = self.scaled()
        return rungs.tolist(), bases.tolist(), tops.tolist(), whole

    @lru_cache(maxsize=256)  # noqa: B019 - ladders are few and frozen
    def scaled(self) -> tuple[Units, Units, Units, int]:
        """Return rungs, bases and tops as whole numbers over one denominator."""
        whole = 1
        for value in (*self.bases, *self.tops):
            whole = np.lcm(whole, value.denominator)
        whole = int(whole)
        numbers = [[int(v * whole) for v in column] for column in (self.bases, self.tops)]
        return (
            np.array(self.rungs, dtype=np.int64),
            np.array(numbers[0], dtype=np.int64),
            np.array(numbers[1], dtype=np.int64),
            whole,
        )

    def positions(self, held_units: Units, daily_micro: Units) -> tuple[Units, Units, Units]:
        """Return exact positions of many pairs as rung − 1 and the fill's numerator and denominator.

        A completed ladder gives rung − 1 = the largest whole number and fill 0/1. The numbers are
        Python integers where 64 bits could overflow.
        """
        rungs, bases, tops, whole = self.scaled()
        biggest = float(held_units.max(initial=0)) * MICRO * whole
        if max(biggest, float(daily_micro.max(initial=1)) * float(tops.max(initial=1))) > 2.0**61:
            held_units, daily_micro = held_units.astype(object), daily_micro.astype(object)
        held = held_units * (MICRO * whole)
        step = np.zeros(len(held), dtype=np.intp)
        for top in tops:
            step += np.asarray(held >= daily_micro * top, dtype=bool)
        done = step >= len(rungs)
        at = np.minimum(step, max(0, len(rungs) - 1))
        if not len(rungs):
            zero = np.zeros(len(held), dtype=np.int64)
            return np.full(len(held), np.iinfo(np.int64).max), zero, zero + 1
        numerator = np.where(done, 0, held - daily_micro * bases[at])
        denominator = np.where(done, 1, daily_micro * (tops - bases)[at])
        return np.where(done, np.iinfo(np.int64).max, rungs[at] - 1), numerator, denominator


@dataclass(frozen=True)
class Approximate:
    """Positions in floating point, to find the few rows that exact fractions must compare.

    `base`, `top`, `rung`: by [ladder, step], with a last step that no cover completes.
    """

    base: Floats
    top: Floats
    rung: Floats

    @classmethod
    def of(cls, ladders: tuple[Ladder, ...]) -> Approximate:
        """Lay the ladders side by side."""
        steps = max((len(ladder.rungs) for ladder in ladders), default=0) + 1
        base, top, rung = (np.full((len(ladders), steps), fill) for fill in (0.0, np.inf, np.inf))
        for n, ladder in enumerate(ladders):
            count = len(ladder.rungs)
            base[n, :count] = [float(value) for value in ladder.bases]
            top[n, :count] = [float(value) for value in ladder.tops]
            rung[n, :count] = [number - 1 for number in ladder.rungs]
        return cls(base, top, rung)

    def positions(self, per_micro: Floats, ladder: NDArray[np.intp]) -> Floats:
        """Return positions of pairs holding so many units per millionth of a daily unit."""
        cover = per_micro * MICRO
        step = np.zeros(len(cover), dtype=np.intp)
        for n in range(self.top.shape[1] - 1):
            # A cover within rounding of a rung's top counts as reaching it; the exact look decides.
            tops = self.top[:, n] * (1 - 1e-14)
            step += cover >= (tops[0] if len(tops) == 1 else tops[ladder])
        if len(self.top) == 1:
            slope = 1.0 / (self.top[0] - self.base[0])
            return self.rung[0][step] + (cover - self.base[0][step]) * slope[step]
        base, top = self.base[ladder, step], self.top[ladder, step]
        return self.rung[ladder, step] + (cover - base) / (top - base)

    def position(self, per_micro: float, ladder: int) -> float:
        """Return the position of one such pair."""
        cover = per_micro * MICRO
        for base, top, rung in self._steps[ladder]:
            if cover < top * (1 - 1e-14):
                return rung + (cover - base) / (top - base)
        return np.inf

    @cached_property
    def _steps(self) -> list[list[tuple[float, float, float]]]:
        columns = (self.base.tolist(), self.top.tolist(), self.rung.tolist())
        return [list(zip(*of_one, strict=True))[:-1] for of_one in zip(*columns, strict=True)]


def ladder_of(problem: Problem, tier: int, *, durable: bool) -> Ladder:
    """Return the ladder of a tier (a position in `Policy.tier_names`)."""
    steps = problem.case.policy.tier_steps(problem.case.policy.tier_names[tier], durable=durable)
    return Ladder(tuple(s.rung for s in steps), tuple(s.base for s in steps), tuple(s.top for s in steps))


def rank_fractions(whole: Units, numerator: Units, denominator: Units) -> NDArray[np.int64]:
    """Return dense ranks of whole + numerator/denominator, compared exactly.

    Floating point sorts; neighbours too close to tell apart are compared as exact fractions.

    >>> rank_fractions(np.array([0, 0, 0]), np.array([1, 2, 1]), np.array([3, 6, 2])).tolist()
    [0, 0, 1]
    """
    if len(whole) == 0:
        return np.empty(0, dtype=np.int64)
    common = np.gcd(numerator, denominator)
    numerator, denominator = numerator // common, denominator // common
    near = numerator.astype(np.float64) / denominator.astype(np.float64)
    order = np.lexsort((denominator.astype(np.float64), near, whole))
    columns = [column[order] for column in (whole, numerator, denominator)]
    new = np.ones(len(order), dtype=bool)
    new[1:] = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    distinct = np.flatnonzero(new)
    place = _settle(near[order][distinct], *(column[distinct] for column in columns))
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = place[np.cumsum(new) - 1]
    return rank


def _settle(near: Floats, whole: Units, numerator: Units, denominator: Units) -> NDArray[np.int64]:
    """Return exact dense ranks of values that floating point has sorted, each value once."""
    close = (whole[1:] == whole[:-1]) & (np.diff(near) <= _CLOSE * np.abs(near[1:]))
    place = np.arange(len(near))
    ends = np.flatnonzero(np.concatenate([~close, [True]]))
    begins = np.concatenate([[0], ends[:-1] + 1])
    for low, high in zip(begins[ends > begins], ends[ends > begins] + 1, strict=True):
        exact = [Fraction(int(n), int(d)) for n, d in zip(numerator[low:high], denominator[low:high], strict=True)]
        by_value = {value: n for n, value in enumerate(sorted(set(exact)))}
        place[low:high] = [low + by_value[value] for value in exact]
    return np.unique(place, return_inverse=True)[1]


def as_floats(whole: Units, numerator: Units, denominator: Units) -> Floats:
    """Return positions as floats, for a first look."""
    return whole.astype(np.float64) + numerator.astype(np.float64) / denominator.astype(np.float64)
