"""What no plan can beat: the fewest stops that could bring each site the packs it is to get.

Give every pack at every depot a price, and every kg and m3 of its lorries. A site that paid them
would choose the depots that make its stops plus packs cheapest; the sum over all sites, less what
everything there is costs, is a number of stops that no plan with these packs can go below,
whatever the prices (weak duality). Good prices are found by climbing on samples of the sites; the
bound itself adds up all of them. Roads, stocks and depots' limits count, lanes' limits do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from math import gcd

import numpy as np
from numpy.typing import NDArray

from allocator.catchment import day_limits
from allocator.need import Problem

__all__ = ["fewest_stops"]

_Floats = NDArray[np.float64]
_Places = NDArray[np.intp]
_NEVER = 2.0**40  # the price of what is not there
_STEPS, _SAMPLE, _ROWS = 3000, 2000, 50_000
_FIRST_STEP, _LAST_STEP = 4.0, 0.001
_SETS_MAX = 200


def fewest_stops(problem: Problem, wanted: NDArray[np.int64]) -> float:
    """Return a number of stops that no plan bringing `wanted` packs by [site, item] can go below."""
    site = np.flatnonzero(wanted.any(axis=1))
    if not len(site):
        return 0.0
    market = _market(problem, site, wanted[site])
    prices = _Prices(market)
    fall = (_LAST_STEP / _FIRST_STEP) ** (1 / _STEPS)
    parts = max(1, len(site) // _SAMPLE)
    stride = next(s for s in range(max(1, round(parts * 0.618)), 2 * parts + 2) if gcd(s, parts) == 1)
    for turn in range(_STEPS):
        prices.climb(np.arange(turn * stride % parts, len(site), parts), _FIRST_STEP * fall**turn)
    paid = sum(prices.paid(np.arange(at, min(len(site), at + _ROWS)))[0] for at in range(0, len(site), _ROWS))
    # A billionth for what is lost in adding up.
    return max(float(len(site)), (paid - prices.worth()) * (1 - 1e-9))


@dataclass(frozen=True)
class _Market:
    """Sites in the order of their catchments, and what limits what they may get.

    `columns`: depots by [catchment, column], `len(packs)` where there is none. `load`: kg and m3
    of a pack, by [which, item]; `room`: of each depot, by [which, depot], inf where unlimited.
    """

    wanted: _Floats
    place: _Places
    columns: _Places
    packs: _Floats
    load: _Floats
    room: _Floats


def _market(problem: Problem, site: _Places, wanted: NDArray[np.int64]) -> _Market:
    """Return the market; stock that only some sites may draw on counts for all of the depot's sites."""
    depots, depot_of = np.unique(problem.sources.depot, return_inverse=True)
    packs = np.zeros((len(depots), wanted.shape[1]))
    np.add.at(packs, depot_of, problem.packs)
    roads = np.zeros((len(problem.case.sites), len(depots)), dtype=bool)
    roads[problem.routes.site, depot_of[problem.routes.source]] = True
    kinds, place = np.unique(roads[site], axis=0, return_inverse=True)
    columns = np.full((len(kinds), int(kinds.sum(axis=1).max())), len(depots))
    at, depot = np.nonzero(kinds)
    columns[at, np.arange(len(at)) - np.searchsorted(at, at)] = depot
    order = np.argsort(place, kind="stable")
    items = problem.case.items
    return _Market(
        wanted=wanted[order].astype(np.float64),
        place=place[order],
        columns=columns,
        packs=packs,
        load=np.nan_to_num(np.stack([items.pack_kg, items.pack_m3])),
        room=np.stack([limit[depots] for limit in day_limits(problem)]),
    )


class _Prices:
    """Prices of packs by [depot, item] and of kg and m3 by [which, depot], in stops."""

    def __init__(self, market: _Market) -> None:
        self._market = market
        width = market.columns.shape[1]
        size = 3
        while size > 1 and sum(len(list(combinations(range(width), n))) for n in range(1, size + 1)) > _SETS_MAX:
            size -= 1
        sets = [some for n in range(1, size + 1) for some in combinations(range(width), n)]
        # Whoever is visited from more depots than these pays at least for one more, and the least prices of all.
        all_of_them = [tuple(range(width))] if width > size else []
        self._sets = [np.array(some) for some in sets + all_of_them]
        self._stops = np.array([len(some) for some in sets] + [float(size + 1)] * len(all_of_them))
        received = np.maximum(1, np.count_nonzero(market.wanted, axis=0))
        self._per_pack = received / np.maximum(1.0, market.wanted.sum(axis=0))
        self._per_load = 1 / np.maximum(1e-9, (market.wanted @ market.load.T).mean(axis=0))
        self._limited = np.isfinite(market.room)
        self._room = np.where(self._limited, market.room, 0.0)
        self._pack, self._load = np.zeros_like(market.packs), np.zeros_like(self._room)
        self._drift = [np.zeros_like(self._pack), np.zeros_like(self._load)]
        self._spread = [np.zeros_like(self._pack), np.zeros_like(self._load)]
        self._turn = 0

    def worth(self) -> float:
        """Return what everything there is costs."""
        return float((self._pack * self._market.packs).sum() + (self._load * self._room).sum())

    def paid(self, rows: _Places) -> tuple[float, _Floats]:
        """Return what these sites pay for stops and packs, and the packs they ask of [depot, item]."""
        market = self._market
        price = np.where(market.packs > 0, self._pack + self._load.T @ market.load, _NEVER)
        price = np.concatenate([price, np.full((1, price.shape[1]), _NEVER)])
        least, giver = self._cheapest(price)
        place, wanted = market.place[rows], market.wanted[rows]
        cost = self._stops + np.einsum("si,soi->so", wanted, least[place])
        choice = cost.argmin(axis=1)
        asked = np.zeros_like(price)
        np.add.at(asked, (giver[place, choice], np.arange(price.shape[1])), wanted)
        return float(cost[np.arange(len(rows)), choice].sum()), asked[:-1]

    def _cheapest(self, price: _Floats) -> tuple[_Floats, _Places]:
        """Return the least price and the depot that asks it, by [catchment, set of columns, item]."""
        least, giver = [], []
        for some in self._sets:
            depots = self._market.columns[:, some]
            best = price[depots].argmin(axis=1)
            giver.append(np.take_along_axis(depots, best, axis=1))
            least.append(price[giver[-1], np.arange(price.shape[1])])
        return np.stack(least, axis=1), np.stack(giver, axis=1)

    def climb(self, rows: _Places, step: float) -> None:
        """Raise prices of what these sites ask too much of, and lower the others, never below 0."""
        market, n = self._market, len(self._market.wanted)
        _, asked = self.paid(rows)
        share = len(rows) / n
        packs = (asked / share - market.packs) * self._per_pack
        loads = np.where(self._limited, market.load @ asked.T / share - self._room, 0.0) * self._per_load[:, None]
        self._turn += 1
        units = (self._per_pack, self._per_load[:, None])
        moved = []
        for number, (price, slope) in enumerate(zip((self._pack, self._load), (packs / n, loads / n), strict=True)):
            self._drift[number] += 0.1 * (slope - self._drift[number])
            self._spread[number] += 0.05 * (slope**2 - self._spread[number])
            drift = self._drift[number] / (1 - 0.9**self._turn)
            spread = np.sqrt(self._spread[number] / (1 - 0.95**self._turn)) + 1e-9
            moved.append(np.maximum(0.0, price + step * units[number] * drift / spread))
        self._pack, self._load = moved
