"""Whole stops moved to a depot with packs to spare: where a stop is saved, or the road is shorter.

A stop moves only from a depot whose trucks are not limited, so that nothing a site lacked comes
within anybody's reach: packs that could be reached through a chain of such moves were dealt before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Units, micro
from allocator.catchment import Network
from allocator.trades import Trade

__all__ = ["Loads", "reroute"]

_ROUNDS = 2
_ENTRIES_MAX = 200_000_000  # stops × trades; larger plans keep the stops they have
_UNLIMITED = np.iinfo(np.int64).max // 4


@dataclass(frozen=True)
class Loads:
    """Packs to load, by [source and site, trade]; once joined, sorted by (site, source)."""

    source: NDArray[np.intp]
    site: NDArray[np.intp]
    packs: Units


def reroute(network: Network, trades: list[Trade], loads: Loads) -> Loads:
    """Return the same packs per site and trade on as few or fewer stops, by no longer roads."""
    board = _Stops(network, trades, loads)
    if len(board.site) * len(trades) > _ENTRIES_MAX:
        return loads
    for _ in range(_ROUNDS):
        moved = [board.draw_to(source) for source in range(len(network.problem.sources))]
        if not any(moved):
            break
    return board.loads()


class _Stops:
    """Stops with their packs by trade, and what every source could still load."""

    def __init__(self, network: Network, trades: list[Trade], loads: Loads) -> None:
        problem = network.problem
        self.network, self.n_sources = network, len(problem.sources)
        self.site, self.source, self.packs = loads.site, loads.source, loads.packs
        self.by = np.array([trade.by for trade in trades], dtype=np.intp)
        self.depot = problem.sources.depot.astype(np.intp)
        items = problem.case.items
        self.pack_kg, self.pack_m3 = (micro(np.nan_to_num(x))[self.by] for x in (items.pack_kg, items.pack_m3))
        used = np.zeros_like(problem.packs)
        for number, by in enumerate(self.by):
            used[:, by] += _summed(loads.source, loads.packs[:, number], self.n_sources)
        self.spare = problem.packs - used
        self.kg_left = _left(network.kg_limit, self.depot, used @ micro(np.nan_to_num(items.pack_kg)))
        self.m3_left = _left(network.m3_limit, self.depot, used @ micro(np.nan_to_num(items.pack_m3)))
        tight = np.isfinite(network.kg_limit) | np.isfinite(network.m3_limit)
        lone = np.zeros(len(problem.case.sites), dtype=bool)
        lone[network.lane_site] = True
        self.may_move = ~tight[self.depot][self.source] & ~lone[self.site]
        self.counted = np.zeros(len(problem.case.sites), dtype=bool)
        depots = problem.case.depots
        self.counted[depots.depot[depots.max_stops >= 0]] = True

    def draw_to(self, source: int) -> bool:
        """Move to a source the stops that are better made from it, as many as it can load."""
        if not bool(np.any(self.spare[source][self.by] > 0)):
            return False
        here = self.depot[source]
        fits = np.all(self.packs <= self.spare[source][self.by], axis=1) & self.packs.any(axis=1)
        rows = np.flatnonzero(fits & self.may_move & (self.depot[self.source] != here))
        rows, km = self._with_road(rows, source)
        joins, gain = self._gain(rows, km, source)
        better = np.flatnonzero(joins | ((gain > 0) & ~self.counted[here]))
        rows = rows[better[np.lexsort((rows[better], -gain[better], ~joins[better]))]]
        rows = self._loadable(rows, source)
        if len(rows):
            self._move(rows, source)
        return bool(len(rows))

    def _with_road(self, rows: NDArray[np.intp], source: int) -> tuple[NDArray[np.intp], Floats]:
        """Return the stops whose site has a road to the source, and its length."""
        routes, lanes = self.network.problem.routes, self.network.problem.case.lanes
        mine = np.flatnonzero(routes.source == source)
        place = np.searchsorted(routes.site[mine], self.site[rows])
        found = place < len(mine)
        found[found] = routes.site[mine][place[found]] == self.site[rows[found]]
        return rows[found], np.nan_to_num(lanes.km[routes.lane[mine[place[found]]]])

    def _gain(self, rows: NDArray[np.intp], km: Floats, source: int) -> tuple[Bools, Floats]:
        """Tell which stops would join one that the depot makes anyway, and kg·km each would save."""
        here = self.depot[source]
        live = self.packs.any(axis=1)
        visited = np.zeros(len(self.network.problem.case.sites), dtype=bool)
        visited[self.site[live & (self.depot[self.source] == here)]] = True
        routes, lanes = self.network.problem.routes, self.network.problem.case.lanes
        key = routes.site.astype(np.int64) * self.n_sources + routes.source
        now = np.searchsorted(key, self.site[rows] * self.n_sources + self.source[rows])
        saved = np.nan_to_num(lanes.km[routes.lane[now]]) - km
        return visited[self.site[rows]], saved * (self.packs[rows] @ self.pack_kg)

    def _loadable(self, rows: NDArray[np.intp], source: int) -> NDArray[np.intp]:
        """Return the first of these stops that the source can load together."""
        here = self.depot[source]
        packs = self.packs[rows]
        per_item = np.zeros((len(rows), self.spare.shape[1]), dtype=np.int64)
        for trade, by in enumerate(self.by):
            per_item[:, by] += packs[:, trade]
        fits = np.all(np.cumsum(per_item, axis=0) <= self.spare[source], axis=1)
        fits &= np.cumsum(packs @ self.pack_kg) <= self.kg_left[here]
        fits &= np.cumsum(packs @ self.pack_m3) <= self.m3_left[here]
        return rows[: len(rows) if bool(fits.all()) else int(np.argmin(fits))]

    def _move(self, rows: NDArray[np.intp], source: int) -> None:
        here, packs = self.depot[source], self.packs[rows]
        for trade, by in enumerate(self.by):
            np.add.at(self.spare, (self.source[rows], by), packs[:, trade])
            self.spare[source, by] -= int(packs[:, trade].sum())
        self.kg_left[here] -= int((packs @ self.pack_kg).sum())
        self.m3_left[here] -= int((packs @ self.pack_m3).sum())
        key = self.site * self.n_sources + self.source
        target = self.site[rows] * self.n_sources + source
        place = np.searchsorted(key, target)
        there = place < len(key)
        there[there] = key[place[there]] == target[there]
        # Two stops of one site may join the same third.
        np.add.at(self.packs, place[there], packs[there])
        self.packs[rows] = 0
        if not bool(there.all()):
            self._insert(rows[~there], packs[~there], source)

    def _insert(self, rows: NDArray[np.intp], packs: Units, source: int) -> None:
        """Add stops at the source, keeping stops sorted by (site, source)."""
        tight = np.isfinite(self.network.kg_limit) | np.isfinite(self.network.m3_limit)
        sites, which = np.unique(self.site[rows], return_inverse=True)
        joined = np.zeros((len(sites), packs.shape[1]), dtype=np.int64)
        np.add.at(joined, which, packs)
        site = np.append(self.site, sites)
        of = np.append(self.source, np.full(len(sites), source))
        order = np.lexsort((of, site))
        free = not bool(tight[self.depot[source]])
        self.may_move = np.append(self.may_move, np.full(len(sites), free))[order]
        self.packs = np.concatenate([self.packs, joined])[order]
        self.site, self.source = site[order], of[order]

    def loads(self) -> Loads:
        """Return the loads as they stand."""
        live = np.flatnonzero(self.packs.any(axis=1))
        return Loads(self.source[live], self.site[live], self.packs[live])


def _summed(source: NDArray[np.intp], packs: Units, n_sources: int) -> Units:
    return np.rint(np.bincount(source, weights=packs, minlength=n_sources)).astype(np.int64)


def _left(limit: Floats, depot: NDArray[np.intp], used: Units) -> Units:
    """Return what each depot's limit leaves, in millionths."""
    finite = np.isfinite(limit)
    left = np.where(finite, micro(np.where(finite, limit, 0.0)), _UNLIMITED)
    np.subtract.at(left, depot, used)
    return left
