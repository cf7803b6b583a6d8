"""What depots have left in lots, against what sites will still take: the most that can be used before it ends.

A maximum flow, in whole units, of all items at once. For each lot that a depot has left an arc from the root; from a
lot to the room of the sites that it may go to, on its last day; from the room of a day to that of the day before,
for what ends later may be used sooner; from each room to the sink as much as sites take in those days. Sites that the
same depots reach are one room (catchments), so a nation is a small network.

A lot may go where an open road leads, through other depots too, where its earmark admits it, and where the policy
still lets it be sent: it keeps as long as sites of that kind ask (`shelf_life`).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import max_flow

from allocator.case import MICRO, Bools, Case, Indices, Table, Texts, Units
from allocator.need import depots_of, earmark_covers, open_lanes
from allocator.shelf_life import days_needed

__all__ = ["Leftover", "Room", "fitting_units"]

_DAYS = 1 << 17
"""More than the days of any lot."""


@dataclass(frozen=True, kw_only=True)
class Leftover(Table):
    """Lots that depots have left. `days`: on which they can be used, today among them."""

    depot: Indices
    earmark: Texts
    item: Indices
    units: Units
    days: Units


@dataclass(frozen=True, kw_only=True)
class Room(Table):
    """What sites take from depots: their use, a millionth of a unit a day, beyond what is covered already."""

    site: Indices
    item: Indices
    daily_micro: Units
    covered_units: Units

    def units_until(self, rows: NDArray[np.intp], days: Units) -> Units:
        """Return what these rows take within so many days, in whole units."""
        return np.maximum(0, self.daily_micro[rows] * days // MICRO - self.covered_units[rows])


@dataclass(frozen=True, kw_only=True)
class _Reach:
    """Which catchments the lots of a depot and earmark may go to.

    `source_of_lot`: by lot; `catchment`: of each site, −1 where no source reaches it; `asks_days`: of each catchment.
    `source`, `reached`: the pairs of a source and a catchment, sorted.
    """

    source_of_lot: Indices
    catchment: Indices
    asks_days: Units
    source: Indices
    reached: Indices


def fitting_units(case: Case, lots: Leftover, room: Room) -> Units:
    """Return by item (I) the most units of what depots have left that sites can use before it ends."""
    found = np.zeros(len(case.items), dtype=np.int64)
    if not len(lots) or not len(room):
        return found
    reach = _reach_of(case, lots, room.site)
    asked = np.unique(lots.item.astype(np.int64) * _DAYS + lots.days)
    first = np.searchsorted(asked, np.arange(len(case.items) + 1) * _DAYS)
    rows = np.flatnonzero((reach.catchment[room.site] >= 0) & (np.diff(first)[room.item] > 0))
    cells, cell = np.unique(
        reach.catchment[room.site[rows]].astype(np.int64) * len(case.items) + room.item[rows], return_inverse=True
    )
    if not len(cells):
        return found
    count = np.diff(first)[cells % len(case.items)]
    start = np.cumsum(count) - count
    capacity = _capacity(room, rows, asked, first, start[cell], int(count.sum()))
    later = np.ones(len(capacity), dtype=bool)
    later[start] = False
    lot, place = _ways(lots, reach, cells, len(case.items))
    last_day = np.searchsorted(asked, lots.item.astype(np.int64) * _DAYS + lots.days) - first[lots.item]
    node = start[place] + last_day[lot]
    np.add.at(found, lots.item, _flow(lots.units, lot, node, capacity, np.flatnonzero(later)))
    return found


def _capacity(
    room: Room, rows: NDArray[np.intp], asked: Units, first: NDArray[np.intp], start: Units, nodes: int
) -> Units:
    """Return what each room takes from the day before on, for the days on which some lot of the item ends."""
    items = room.item[rows]
    count = np.diff(first)[items]
    each = np.repeat(np.arange(len(rows)), count)
    step = np.arange(len(each)) - np.repeat(np.cumsum(count) - count, count)
    days = asked[first[items][each] + step] % _DAYS
    until = room.units_until(rows[each], days)
    before = np.where(step > 0, np.concatenate([[0], until[:-1]]), 0)
    capacity = np.zeros(nodes, dtype=np.int64)
    np.add.at(capacity, start[each] + step, until - before)
    return capacity


def _ways(lots: Leftover, reach: _Reach, cells: Units, n_items: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return (lot, position in `cells`) for each catchment in which a lot may be used."""
    first = np.searchsorted(reach.source, reach.source_of_lot, side="left")
    count = np.searchsorted(reach.source, reach.source_of_lot, side="right") - first
    lot = np.repeat(np.arange(len(lots)), count)
    catchment = reach.reached[np.arange(len(lot)) + np.repeat(first - (np.cumsum(count) - count), count)]
    key = catchment.astype(np.int64) * n_items + lots.item[lot]
    place = np.minimum(np.searchsorted(cells, key), len(cells) - 1)
    fit = np.flatnonzero((cells[place] == key) & (reach.asks_days[catchment] < lots.days[lot]))
    return lot[fit], place[fit]


def _flow(lot_units: Units, lot: NDArray[np.intp], node: Units, capacity: Units, later: NDArray[np.intp]) -> Units:
    """Return how many units of each lot are used at most. `later`: rooms that have one of the day before."""
    lots = len(lot_units)
    root, sink = lots + len(capacity), lots + len(capacity) + 1
    takes = np.flatnonzero(capacity)
    tail = [np.full(lots, root), lot, lots + later, lots + takes]
    head = [np.arange(lots), lots + node, lots + later - 1, np.full(len(takes), sink)]
    unlimited = np.full(len(lot) + len(later), int(lot_units.sum()))
    solver = max_flow.SimpleMaxFlow()
    solver.add_arcs_with_capacity(
        np.concatenate(tail).astype(np.int32),
        np.concatenate(head).astype(np.int32),
        np.concatenate([lot_units, unlimited, capacity[takes]]).astype(np.int64),
    )
    if solver.solve(root, sink) != solver.OPTIMAL:
        raise ArithmeticError("the flow of what expires has no optimum")
    return np.asarray(solver.flows(np.arange(lots, dtype=np.int32)), dtype=np.int64)


def _reach_of(case: Case, lots: Leftover, sites: Indices) -> _Reach:
    """Return where lots may go among some sites."""
    number: dict[tuple[int, str], int] = {}
    keys = zip(lots.depot.tolist(), lots.earmark.tolist(), strict=True)
    source_of_lot = np.array([number.setdefault(key, len(number)) for key in keys], dtype=np.int32)
    wanted = np.zeros(len(case.sites), dtype=bool)
    wanted[sites] = True
    roads = _Roads.of(case)
    ends = []
    for depot, earmark in number:
        found = roads.reached(depot)
        found = found[wanted[found]]
        ends.append(found[earmark_covers(case, earmark, found)] if earmark else found)
    site = np.concatenate(ends)
    source = np.repeat(np.arange(len(ends), dtype=np.int32), [len(each) for each in ends])
    order = np.argsort(site, kind="stable")
    return _in_catchments(site[order], source[order], source_of_lot, days_needed(case))


def _in_catchments(site: Indices, source: Indices, source_of_lot: Indices, needed: Units) -> _Reach:
    """Put sites together that the same sources reach and that ask for the same days. `site`: sorted."""
    begins = np.flatnonzero(np.diff(site, prepend=-1))
    number: dict[tuple[int, tuple[int, ...]], int] = {}
    catchment = np.full(len(needed), -1, dtype=np.int32)
    for begin, end in pairwise([*begins.tolist(), len(site)]):
        key = (int(needed[site[begin]]), tuple(source[begin:end].tolist()))
        catchment[site[begin]] = number.setdefault(key, len(number))
    pairs = sorted((each, n) for (_, sources), n in number.items() for each in sources)
    return _Reach(
        source_of_lot=source_of_lot,
        catchment=catchment,
        asks_days=np.array([days for days, _ in number], dtype=np.int64),
        source=np.array([each for each, _ in pairs], dtype=np.int32),
        reached=np.array([n for _, n in pairs], dtype=np.int32),
    )


@dataclass(frozen=True, kw_only=True)
class _Roads:
    """Open roads, sorted by where they leave from. `first`: where each place's begin, with one more for the end."""

    end: Indices
    first: NDArray[np.intp]
    at_depot: Bools

    @classmethod
    def of(cls, case: Case) -> _Roads:
        rows = np.flatnonzero(open_lanes(case))
        at_depot = np.zeros(len(case.sites), dtype=bool)
        at_depot[depots_of(case)] = True
        return cls(
            end=case.lanes.site[rows],
            first=np.searchsorted(case.lanes.depot[rows], np.arange(len(case.sites) + 1)),
            at_depot=at_depot,
        )

    def reached(self, depot: int) -> Indices:
        """Return the sites that a depot reaches, itself or through other depots."""
        known, waiting, ends = {depot}, [depot], []
        while waiting:
            each = waiting.pop()
            sites = self.end[self.first[each] : self.first[each + 1]]
            ends.append(sites)
            below = [at for at in sites[self.at_depot[sites]].tolist() if at not in known]
            known.update(below)
            waiting += below
        return np.unique(np.concatenate(ends))
