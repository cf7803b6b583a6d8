"""What a little more would do, found by levelling once more with it.

Prices tell how much a little more would lift at once, and not how far that carries: a road or a
lorry may be full just behind. So an offer is tried before it is made, on the case itself with
that much more in it, its reserve and its whole packs.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from allocator.case import Bools, Case, Floats, Lanes, Stock
from allocator.catchment import Network, network_of
from allocator.leximin import covers_where
from allocator.need import Problem, needs_of, without_roads
from allocator.shares import FairShares

__all__ = ["Change", "WhatIf", "changed"]

_TRIES_MOST = 40
_PAIRS_MOST = 60_000  # pairs of all tries together: how much time is taken, the same on every machine


@dataclass(frozen=True, kw_only=True)
class Change:
    """So much more of one thing: units of an item, kg or m3 of a depot, its lorries, kg of a road.

    `what`: "units", "kg", "m3", "lorries" or "lane_kg". `depot`: where; `site`: the road's end.
    `earmark`: of the stock that grows, `lasts_days`: the days it has left, -1 for no end.
    """

    what: str
    depot: int
    amount: float
    item: int = -1
    earmark: str = ""
    lasts_days: int = -1
    site: int = -1


def changed(case: Case, change: Change) -> Case:
    """Return the case with that much more in it."""
    if change.what == "units":
        return replace(case, stock=_with_units(case, change))
    if change.what == "lane_kg":
        return replace(case, lanes=_with_lane_kg(case.lanes, change))
    depots, row = case.depots, case.depots.depot == change.depot
    if change.what == "m3":
        return replace(case, depots=replace(depots, max_m3=np.where(row, depots.max_m3 + change.amount, depots.max_m3)))
    if change.what == "lorries":
        vehicles = np.where(row, depots.vehicles + int(change.amount), depots.vehicles)
        return replace(case, depots=replace(depots, vehicles=vehicles))
    max_kg = np.where(row, depots.day_kg + change.amount, depots.max_kg)
    return replace(case, depots=replace(depots, max_kg=max_kg, vehicles=np.where(row, -1, depots.vehicles)))


def _with_units(case: Case, change: Change) -> Stock:
    stock = case.stock
    lasts = np.datetime64(case.policy.date, "D") + change.lasts_days if change.lasts_days >= 0 else np.datetime64("NaT")
    row = Stock(
        site=np.array([change.depot], dtype=np.int32),
        item=np.array([change.item], dtype=np.int32),
        units=np.array([int(change.amount)], dtype=np.int64),
        lot=np.array([""], dtype=object),
        expires=np.array([lasts], dtype="datetime64[D]"),
        status=np.zeros(1, dtype=np.int8),
        earmark=np.array([change.earmark], dtype=object),
    )
    names = ("site", "item", "units", "lot", "expires", "status", "earmark")
    return Stock(**{name: np.concatenate([getattr(stock, name), getattr(row, name)]) for name in names})


def _with_lane_kg(lanes: Lanes, change: Change) -> Lanes:
    row = (lanes.depot == change.depot) & (lanes.site == change.site)
    return replace(lanes, max_kg=np.where(row, lanes.max_kg + change.amount, lanes.max_kg))


class WhatIf:
    """Tries changes of one problem, each once, as long as there is time for it."""

    def __init__(self, problem: Problem, shares: FairShares) -> None:
        self.problem = problem
        index = problem.case.site_index
        self.closed = [(index[depot], index[site]) for depot, site, _ in shares.closed]
        self.tries_left = min(_TRIES_MOST, _PAIRS_MOST // max(1, len(problem.pairs)))
        self.covers: dict[Change, Floats | None] = {}
        self.fair_units = shares.fair_units

    def covers_after(self, change: Change) -> Floats | None:
        """Return the cover each pair's fair share would lift it to; None where there is no time left to try."""
        if change not in self.covers:
            self.covers[change] = self._tried(change) if self.tries_left > 0 else None
            self.tries_left -= 1
        return self.covers[change]

    def _tried(self, change: Change) -> Floats | None:
        problem = without_roads(needs_of(changed(self.problem.case, change)), self.closed)
        pairs = problem.pairs
        if len(pairs) != len(self.problem.pairs):
            return None
        network = network_of(problem)
        cover, class_of_pair = covers_where(network, _ways_of(network, change))
        known = class_of_pair >= 0
        lifted = np.where(known, cover[class_of_pair], 0.0) if len(cover) else np.zeros(len(pairs))
        share = np.maximum(pairs.daily_units * lifted - pairs.held, 0.0)
        share = np.where((pairs.cap >= 0) & known, np.minimum(share, pairs.cap), share)
        # What shares no limit with the change stands where it stood.
        share = np.where(np.isnan(lifted), self.fair_units, share)
        return np.asarray((pairs.held + share) / pairs.daily_units, dtype=np.float64)


def _ways_of(network: Network, change: Change) -> Bools:
    """Return the ways that a change touches: those of its depot, of stock only the ways of its item."""
    ways = network.ways
    touched = network.problem.sources.depot[ways.source] == change.depot
    return np.asarray(touched & (ways.by == change.item) if change.what == "units" else touched)
