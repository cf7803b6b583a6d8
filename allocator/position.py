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
from math import lcm

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Floats, Units
from allocator.need import Problem

__all__ = ["COMPLETE", "Approximate", "Ladder", "Ladders", "ladder_of", "rank_fractions"]


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
        rungs, bases, tops, whole = self.scaled
        held = held_units * MICRO * whole
        for rung, base, top in zip(rungs, bases, tops, strict=True):
            if held < daily_micro * top:
                return ((rung - 1) << bits) + ((held - daily_micro * base) << bits) // (daily_micro * (top - base))
        return COMPLETE << bits

    @cached_property
    def scaled(self) -> tuple[list[int], list[int], list[int], int]:
        """Return rungs, bases and tops as whole numbers over one denominator, and it."""
        whole = lcm(*(value.denominator for value in (*self.bases, *self.tops)))
        return list(self.rungs), [int(v * whole) for v in self.bases], [int(v * whole) for v in self.tops], whole


@dataclass(frozen=True)
class Ladders:
    """Several ladders side by side, in whole numbers over one denominator `whole`.

    `reached`: tops by [step, ladder]. `base`, `span`, `rung`: by ladder and step in one row, with a
    last step for those who completed theirs. A ladder of fewer rungs repeats its last top.
    """

    reached: Units
    base: Units
    span: Units
    rung: Units
    whole: int

    @classmethod
    @lru_cache(maxsize=256)
    def of(cls, ladders: tuple[Ladder, ...]) -> Ladders:
        """Lay the ladders side by side."""
        steps = max((len(ladder.rungs) for ladder in ladders), default=0)
        whole = lcm(*(value.denominator for ladder in ladders for value in (*ladder.bases, *ladder.tops)))
        reached = np.zeros((steps, len(ladders)), dtype=np.int64)
        base, span = (np.full((len(ladders), steps + 1), fill, dtype=np.int64) for fill in (0, 1))
        rung = np.full((len(ladders), steps + 1), np.iinfo(np.int64).max)
        for n, ladder in enumerate(ladders):
            count = len(ladder.rungs)
            bases, tops = (np.array([int(v * whole) for v in of], dtype=np.int64) for of in (ladder.bases, ladder.tops))
            reached[:count, n], reached[count:, n] = tops, tops[-1] if count else 0
            base[n, :count], span[n, :count] = bases, tops - bases
            rung[n, :count] = np.array(ladder.rungs, dtype=np.int64) - 1
        return cls(reached, base.ravel(), span.ravel(), rung.ravel(), whole)

    def positions(self, held: Units, daily_micro: Units, ladder: NDArray[np.intp]) -> tuple[Units, Units, Units]:
        """Return exact positions of many pairs as rung − 1 and the fill's numerator and denominator.

        A completed ladder gives rung − 1 = the largest whole number and fill 0/1. The numbers are
        Python integers where 64 bits could overflow.
        """
        held, daily_micro = self._roomy(held, daily_micro, most=0)
        held = held * (MICRO * self.whole)
        steps = len(self.reached)
        at = ladder * (steps + 1)
        last = at + steps
        for tops in self.reached:
            at += np.asarray(held >= daily_micro * tops.take(ladder), dtype=bool)
        done = at == last
        numerator = np.where(done, 0, held - daily_micro * self.base.take(at))
        return self.rung.take(at), numerator, np.where(done, 1, daily_micro * self.span.take(at))

    def most_packs(
        self, *, daily_micro: Units, held: Units, cap: Units | None, pack: int, ladder: NDArray[np.intp]
    ) -> Units:
        """Return how many packs each pair may receive: to its cap, and to its ladder's top, rounded up.

        `cap`: units, -1 where there is none; None where nobody has one.
        """
        size = pack * MICRO * self.whole
        daily_micro, held = self._roomy(held, daily_micro, most=size)[::-1]
        top = self.reached[-1] if len(self.reached) else np.zeros(1, dtype=np.int64)
        lacking = daily_micro * top.take(ladder, mode="clip")
        lacking -= held * (MICRO * self.whole)
        lacking += size - 1
        packs = np.maximum(0, lacking // size).astype(np.int64, copy=False)
        if cap is None:
            return packs
        return np.where(cap < 0, packs, np.minimum(packs, np.maximum(cap, 0) // pack))

    def _roomy(self, held: Units, daily_micro: Units, *, most: int) -> tuple[Units, Units]:
        """Return both, as Python integers where what is worked out from them could pass 64 bits."""
        biggest = float(held.max(initial=0)) * MICRO * self.whole + most
        if biggest + float(daily_micro.max(initial=1)) * float(self.reached.max(initial=1)) > 2.0**61:
            return held.astype(object), daily_micro.astype(object)
        return held, daily_micro


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
        reached, base, slope, rung = self._flat
        cover = per_micro * MICRO
        alone = len(self.top) == 1
        step = np.zeros(len(cover), dtype=np.intp) if alone else ladder * self.top.shape[1]
        for tops in reached:
            step += cover >= (tops[0] if alone else tops.take(ladder))
        cover -= base.take(step)
        cover *= slope.take(step)
        cover += rung.take(step)
        return cover

    @cached_property
    def _flat(self) -> tuple[list[Floats], Floats, Floats, Floats]:
        """Return by step the tops of all ladders, then base, slope and rung by ladder and step in one row."""
        # A cover within rounding of a rung's top counts as reaching it; the exact look decides.
        reached = list(np.ascontiguousarray((self.top[:, :-1] * (1 - 1e-14)).T))
        return reached, self.base.ravel(), 1.0 / (self.top - self.base).ravel(), self.rung.ravel()

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
    denominator = np.where(numerator == 0, 1, denominator)
    near = numerator.astype(np.float64) / denominator.astype(np.float64)
    order = np.lexsort((near, whole))
    near, whole, numerator, denominator = near[order], whole[order], numerator[order], denominator[order]
    close = (whole[1:] == whole[:-1]) & (np.diff(near) <= _CLOSE * np.abs(near[1:]))
    alike = (numerator[1:] == numerator[:-1]) & (denominator[1:] == denominator[:-1])
    heap = np.concatenate([[0], np.cumsum(~close)])
    unclear = np.flatnonzero(close & ~alike)
    if len(unclear):
        mixed = np.zeros(heap[-1] + 1, dtype=bool)
        mixed[heap[unclear]] = True
        rows = np.flatnonzero(mixed[heap])
        finer = np.zeros(len(heap), dtype=np.int64)
        finer[rows] = _rank_exactly(whole[rows], numerator[rows], denominator[rows])
        heap = np.unique(heap * (len(rows) + 1) + finer, return_inverse=True)[1]
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = heap
    return rank


def _rank_exactly(whole: Units, numerator: Units, denominator: Units) -> NDArray[np.int64]:
    """Return dense ranks of values that lie close together."""
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
