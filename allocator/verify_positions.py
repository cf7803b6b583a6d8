"""Where pairs stand on their ladders: quickly for all, exactly for the few that are compared.

A position is (first rung not completed, how far into it). `stands` decides the rung exactly and
the share as a double; `exact_position` gives the share as a fraction.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Floats, Units
from allocator.verify_facts import Facts, Ladder, Positions

__all__ = [
    "COMPLETE",
    "NEAR",
    "Position",
    "contenders",
    "exact_keys",
    "exact_position",
    "first_rung_done",
    "stands",
]

COMPLETE = 1_000_000  # the rung of a pair that has completed its ladder: above any ladder's length
NEAR = 1e-9  # positions nearer than this are compared as fractions

Position = tuple[int, Fraction]


def exact_position(ladder: Ladder, daily_micro: int, held_units: Fraction | int) -> Position:
    """Return the position of a pair that holds so much, exactly.

    >>> from allocator.policy import TierStep
    >>> ladder = Ladder((TierStep(1, Fraction(0), Fraction(1)), TierStep(3, Fraction(1), Fraction(2))))
    >>> exact_position(ladder, 10_000_000, 15)
    (3, Fraction(1, 2))
    """
    cover = Fraction(held_units) * MICRO / daily_micro
    for step in ladder.steps:
        if cover < step.top:
            return step.rung, (cover - step.base) / (step.top - step.base)
    return COMPLETE, Fraction(0)


def stands(facts: Facts, pairs: Positions, held_units: NDArray[Any]) -> Floats:
    """Return rung + share for pairs that hold so much (whole units, or fractions as objects)."""
    position = np.full(len(pairs), float(COMPLETE))
    ladder_of, daily = facts.ladder[pairs], facts.daily_micro[pairs]
    for number, ladder in enumerate(facts.ladders):
        here = np.flatnonzero(ladder_of == number)
        if len(here) and ladder.steps:
            position[here] = _on_ladder(ladder, daily[here], held_units[here])
    return position


def _on_ladder(ladder: Ladder, daily: Units, held: NDArray[Any]) -> Floats:
    done = _completed(ladder, daily, held)
    steps = ladder.steps
    rung = np.array([step.rung for step in steps] + [COMPLETE], dtype=np.float64)[done]
    base = np.array([float(step.base) for step in steps] + [0.0])[done]
    span = np.array([float(step.top - step.base) for step in steps] + [np.inf])[done]
    cover = held.astype(np.float64) * (MICRO / daily)
    return np.asarray(rung + np.clip((cover - base) / span, 0.0, 1.0 - 1e-12), dtype=np.float64)


def _completed(ladder: Ladder, daily: Units, held: NDArray[Any]) -> Positions:
    """Return how many steps of its ladder each pair has completed, exactly."""
    factor = max(max(step.top.numerator, step.top.denominator * MICRO) for step in ladder.steps)
    large = max(float(daily.max(initial=0)), float(np.abs(held.astype(np.float64)).max(initial=0.0)))
    if held.dtype == object or large * factor >= 2.0**62:
        daily, held = daily.astype(object), held.astype(object)
    done = np.zeros(len(daily), dtype=np.intp)
    for step in ladder.steps:
        done += np.asarray(held * (MICRO * step.top.denominator) >= daily * step.top.numerator, dtype=bool)
    return done


def first_rung_done(facts: Facts, pairs: Positions, position: Floats) -> NDArray[np.bool_]:
    """Return which pairs stand past the first rung that lifts their own tier."""
    first = np.array([ladder.steps[0].rung if ladder.steps else 0 for ladder in facts.ladders] + [0])
    return np.asarray(np.floor(position) > first[facts.ladder[pairs]], dtype=bool)


def exact_keys(facts: Facts, pairs: Positions, held_units: NDArray[Any]) -> Callable[[Positions], NDArray[Any]]:
    """Return a function that numbers pairs (by place in `pairs`) so that equal numbers are equal positions.

    Where 64 bits do not hold the reduced fraction, every pair has a number of its own: more pairs
    are then compared as fractions, and none wrongly taken for equal.
    """

    def numbers(at: Positions) -> NDArray[Any]:
        held, daily, ladder_of = held_units[at], facts.daily_micro[pairs[at]], facts.ladder[pairs[at]]
        if held.dtype == object:
            return np.arange(len(at))
        columns = [np.zeros(len(at), dtype=np.int64) for _ in range(3)]
        for number, ladder in enumerate(facts.ladders):
            here = np.flatnonzero(ladder_of == number)
            if len(here) and ladder.steps:
                parts = _reduced(ladder, daily[here], held[here])
                if parts is None:
                    return np.arange(len(at))
                for column, part in zip(columns, parts, strict=True):
                    column[here] = part
        return _numbered(columns)

    return numbers


def _reduced(ladder: Ladder, daily: Units, held: Units) -> tuple[Units, Units, Units] | None:
    """Return rung, numerator and denominator of each position in lowest terms, or None if too large."""
    whole = lcm(*(cover.denominator for step in ladder.steps for cover in (step.base, step.top)))
    large = max(float(daily.max()) * float(ladder.top) * whole, float(np.abs(held).max()) * MICRO * whole)
    if large >= 2.0**62:
        return None
    done = _completed(ladder, daily, held)
    steps = ladder.steps
    rung = np.array([step.rung for step in steps] + [COMPLETE], dtype=np.int64)[done]
    base = np.array([int(step.base * whole) for step in steps] + [0], dtype=np.int64)[done]
    span = np.array([int((step.top - step.base) * whole) for step in steps] + [0], dtype=np.int64)[done]
    above = np.where(span > 0, held * (MICRO * whole) - daily * base, 0)
    below = np.where(span > 0, daily * span, 1)
    common = np.gcd(above, below)
    return rung, above // common, below // common


def _numbered(columns: list[NDArray[Any]]) -> NDArray[Any]:
    number = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        _, place = np.unique(column, return_inverse=True)
        _, number = np.unique(number * (int(place.max(initial=0)) + 1) + place, return_inverse=True)
    return number


def contenders(
    first: Floats,
    second: Floats,
    exact: tuple[Callable[[Positions], NDArray[Any]], Callable[[Positions], NDArray[Any]]],
    offers: tuple[Positions, NDArray[Any]],
) -> dict[int, list[int]]:
    """Return for each source the few entries among which the least by (first, second) must be.

    `first` and `second` are doubles by entry; `exact` numbers entries by each, equal numbers for
    equal values. `offers`: (entry, source). Entries too near the least to tell apart are all
    kept, but of those with one exact `first` only the nearly least by `second`, and of those
    equal in both only one.
    """
    entry, source = offers
    least = np.full(int(source.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, source, first[entry])
    near = np.flatnonzero(first[entry] <= least[source] + NEAR)
    entry, source = entry[near], source[near]
    tie = _numbered([source, _spread(exact[0], entry)])
    least = np.full(int(tie.max(initial=-1)) + 1, np.inf)
    np.minimum.at(least, tie, second[entry])
    close = np.flatnonzero(second[entry] <= least[tie] + NEAR)
    entry, source, tie = entry[close], source[close], tie[close]
    _, kept = np.unique(_numbered([tie, _spread(exact[1], entry)]), return_index=True)
    found: dict[int, list[int]] = {}
    for s, e in zip(source[kept].tolist(), entry[kept].tolist(), strict=True):
        found.setdefault(s, []).append(e)
    return found


def _spread(exact: Callable[[Positions], NDArray[Any]], entry: Positions) -> NDArray[Any]:
    distinct, place = np.unique(entry, return_inverse=True)
    return exact(distinct)[place] if len(distinct) else place
