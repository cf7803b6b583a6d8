"""What keeps a pair from being sent a single pack, as facts of the case alone.

For every pair the nearest a pack comes to it: along the lanes to its site, by the stock at their
depots, by the loads the lanes and lorries take. No engine is asked, so the answer is the same
whichever engine sent nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Indices, Units
from allocator.need import Problem, depots_of, earmark_covers, least_pack_units, promised_cover, usable_rows
from allocator.shelf_life import days_needed

__all__ = ["Hindrance", "Hindrances", "hindrances_of"]

_HELD_BACK = (1, 3)  # quarantine, damaged
_NOISE = 1e-12


class Hindrance(IntEnum):
    """What stands between a pair and a pack; the later, the nearer a pack comes."""

    NO_LANE = 0
    SHUT = 1  # every lane is closed or too slow
    NO_STOCK = 2
    EXPIRED = 3
    HELD_BACK = 4  # quarantine or damage
    EARMARKED = 5
    SHELF = 6  # expires too soon to be sent
    RESERVE = 7
    PACK = 8  # less than one
    WEIGHT = 9
    ROOM = 10
    STOPS = 11
    DROP = 12  # lighter than a stop must be
    LIMITS = 13  # of several limits together
    CAP = 14
    NO_PROMISE = 15
    MET = 16


@dataclass(frozen=True, kw_only=True)
class Hindrances:
    """For each pair what hinders it, and the item it is about (its own, or what may replace it)."""

    kind: NDArray[np.int8]
    item: Indices


def hindrances_of(problem: Problem) -> Hindrances:
    """Return what keeps each pair from being sent anything."""
    nearest = _nearest(problem)
    pairs, subs = problem.pairs, problem.case.substitutes
    kind = nearest[pairs.site, pairs.item]
    item = pairs.item.copy()
    for wanted, by in zip(subs.item.tolist(), subs.by.tolist(), strict=True):
        rows = np.flatnonzero(pairs.item == wanted)
        nearer = rows[nearest[pairs.site[rows], by] > kind[rows]]
        kind[nearer] = nearest[pairs.site[nearer], by]
        item[nearer] = by
    for hindrance, hindered in _of_the_need(problem):
        kind[hindered] = hindrance
        item[hindered] = pairs.item[hindered]
    return Hindrances(kind=kind, item=item)


def _of_the_need(problem: Problem) -> Iterator[tuple[Hindrance, Bools]]:
    """Return the pairs that could be sent nothing wherever stock lay: capped, promised nothing, met."""
    case, pairs = problem.case, problem.pairs
    yield Hindrance.CAP, (pairs.cap >= 0) & (pairs.cap < least_pack_units(case)[pairs.item])
    tops = promised_cover(case, pairs.tier, pairs.item)
    yield Hindrance.NO_PROMISE, tops == 0
    yield Hindrance.MET, (tops > 0) & (pairs.daily_units * tops <= pairs.held * (1 + _NOISE))


def _nearest(problem: Problem) -> NDArray[np.int8]:
    """Return [site, item]: the furthest a pack of the item comes on any lane to the site."""
    case = problem.case
    nearest = np.full((len(case.sites), len(case.items)), Hindrance.NO_LANE, dtype=np.int8)
    life_of_site = np.unique(days_needed(case), return_inverse=True)[1]
    for part in _parts(problem):
        lanes = slice(*np.searchsorted(case.lanes.depot, [part.depot, part.depot + 1]))
        site = case.lanes.site[lanes]
        counts = case.lanes.open[lanes] & ~(case.lanes.hours[lanes] > float(case.policy.max_hours))
        found = np.where(counts[:, None], part.stock[life_of_site[site]], Hindrance.SHUT).astype(np.int8)
        if part.earmark:
            covered = earmark_covers(case, part.earmark, site)
            found[~covered] = np.minimum(found[~covered], Hindrance.EARMARKED)
        loads = _loads(problem, part.depot, case.lanes.max_kg[lanes])
        nearest[site] = np.maximum(nearest[site], np.where(found > Hindrance.PACK, loads, found))
    return nearest


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A part of a depot's stock, or what a site may give.

    `stock[life, item]`: what hinders each item there at the shelf, by the days of life that a site needs.
    """

    depot: int
    earmark: str
    stock: NDArray[np.int8]


def _parts(problem: Problem) -> Iterator[_Part]:
    case, sources = problem.case, problem.sources
    lives = np.unique(days_needed(case))
    packs: dict[tuple[int, str], Bools] = {}
    for row, key in enumerate(zip(sources.depot.tolist(), sources.earmark.tolist(), strict=True)):
        there = packs.setdefault(key, np.zeros((len(lives), len(case.items)), dtype=bool))
        there |= (lives <= sources.lasts_days[row])[:, None] & (problem.packs[row] > 0)
    nothing = np.zeros((len(lives), len(case.items)), dtype=bool)
    depots = set(depots_of(case).tolist())
    parts = {(depot, "") for depot in depots}
    stock = case.stock
    parts |= {(site, mark) for site, mark in zip(stock.site.tolist(), stock.earmark.tolist(), strict=True) if mark}
    for depot, earmark in sorted(part for part in parts if part[0] in depots):
        at_hand = np.array([_at_the_shelf(problem, depot, earmark, days) for days in lives.tolist()])
        some = packs.get((depot, earmark), nothing)
        yield _Part(depot=depot, earmark=earmark, stock=np.where(some, Hindrance.LIMITS, at_hand).astype(np.int8))
    for site in sources.depot[sources.giving].tolist():
        given = np.where(packs[site, ""], Hindrance.LIMITS, Hindrance.NO_STOCK).astype(np.int8)
        yield _Part(depot=site, earmark="", stock=given)


def _at_the_shelf(problem: Problem, depot: int, earmark: str, days: int) -> NDArray[np.int8]:
    """Return why no whole pack of each item may leave this part of a depot's stock for who needs so many days."""
    case = problem.case
    stock, policy = case.stock, case.policy
    here = (stock.site == depot) & (stock.earmark == earmark) & (stock.units > 0)
    usable = usable_rows(case)
    fresh = np.isnat(stock.expires) | (stock.expires >= np.datetime64(policy.date, "D") + days)

    def units(rows: Bools) -> Units:
        sums = np.bincount(stock.item[rows], weights=stock.units[rows], minlength=len(case.items))
        return np.rint(sums).astype(np.int64)

    sendable, pack = units(here & usable & fresh), case.items.pack_units
    return np.select(
        [
            units(here) == 0,
            (units(here & usable) == 0) & (units(here & np.isin(stock.status, _HELD_BACK)) == 0),
            units(here & usable) == 0,
            sendable == 0,
            sendable < pack,
        ],
        [Hindrance.NO_STOCK, Hindrance.EXPIRED, Hindrance.HELD_BACK, Hindrance.SHELF, Hindrance.PACK],
        default=Hindrance.RESERVE,
    ).astype(np.int8)


def _loads(problem: Problem, depot: int, lane_kg: Floats) -> NDArray[np.int8]:
    """Return [lane, item]: what keeps one pack that is there from being loaded."""
    case = problem.case
    kg, m3 = np.nan_to_num(case.items.pack_kg), np.nan_to_num(case.items.pack_m3)
    left = Hindrance.DROP if case.policy.min_drop_kg > 0 else Hindrance.LIMITS
    loads = np.full((len(lane_kg), len(kg)), left, dtype=np.int8)
    row = np.flatnonzero(case.depots.depot == depot)
    if len(row):
        depots, at = case.depots, int(row[0])
        if depots.max_stops[at] == 0:
            loads[:] = Hindrance.STOPS
        loads[:, m3 > depots.max_m3[at]] = Hindrance.ROOM
        loads[:, kg > depots.day_kg[at]] = Hindrance.WEIGHT
    loads[kg[None, :] > lane_kg[:, None]] = Hindrance.WEIGHT
    return loads
