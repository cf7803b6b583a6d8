"""The case of each depot with the sites it serves itself, once what comes from above has come.

In it the depot holds what it may send: its own stock less its reserve, less what it sent down, with what it was sent.
So its reserve is 0, and the plan of the case can be made and proved like any other, by anybody.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case, Dates, Indices, Stock, Table, Texts, Units
from allocator.depot_tree import DepotTree
from allocator.need import Problem, usable_rows
from allocator.upper_levels import SentDown

__all__ = ["LotsDown", "Shelves", "level_cases", "lots_down"]

_NEVER = np.datetime64("9999-12-31", "D")


@dataclass(frozen=True, kw_only=True)
class LotsDown(Table):
    """Which lots go down: depots by position in the tree, whole units."""

    depot: Indices
    to: Indices
    item: Indices
    lot: Texts
    expires: Dates
    units: Units


@dataclass(frozen=True, kw_only=True, eq=False)
class Shelves:
    """What each depot may send once everything has come down, free of earmarks. `depot`: position in the tree."""

    depot: Indices
    item: Indices
    lot: Texts
    expires: Dates
    units: Units


_Row = tuple[str, Any, int]  # lot, expires, units


def lots_down(problem: Problem, tree: DepotTree, sent: SentDown) -> tuple[LotsDown, Shelves]:
    """Return which lots go down, first expiring first, and what then lies where."""
    shelves = _own_shelves(problem, tree)
    pack = problem.case.items.pack_units
    down: list[tuple[int, int, int, _Row]] = []
    order = np.lexsort((sent.item, sent.to, tree.depth[sent.depot]))
    for row in order.tolist():
        depot, to, item = int(sent.depot[row]), int(sent.to[row]), int(sent.item[row])
        taken = _taken(shelves.get((depot, item), []), int(sent.packs[row] * pack[item]))
        shelves[to, item] = sorted([*shelves.get((to, item), []), *taken], key=lambda each: (each[1], each[0]))
        down += [(depot, to, item, each) for each in taken]
    moved = LotsDown(
        depot=_whole(each[0] for each in down),
        to=_whole(each[1] for each in down),
        item=_whole(each[2] for each in down),
        lot=np.array([each[3][0] for each in down], dtype=object),
        expires=_days(each[3][1] for each in down),
        units=np.array([each[3][2] for each in down], dtype=np.int64),
    )
    left = [(depot, item, each) for (depot, item), rows in sorted(shelves.items()) for each in rows]
    return moved, Shelves(
        depot=_whole(each[0] for each in left),
        item=_whole(each[1] for each in left),
        lot=np.array([each[2][0] for each in left], dtype=object),
        expires=_days(each[2][1] for each in left),
        units=np.array([each[2][2] for each in left], dtype=np.int64),
    )


def _whole(values: Iterator[int]) -> Indices:
    return np.array(list(values), dtype=np.int32)


def _days(values: Iterator[Any]) -> Dates:
    days = np.array(list(values), dtype="datetime64[D]")
    return np.where(days == _NEVER, np.datetime64("NaT", "D"), days)


def _own_shelves(problem: Problem, tree: DepotTree) -> dict[tuple[int, int], list[_Row]]:
    """Return the lots of whole packs that each depot may send of its own, by depot and item."""
    case, sources = problem.case, problem.sources
    stock = case.stock
    number = np.full(len(case.sites), -1, dtype=np.int64)
    number[tree.depot] = np.arange(len(tree.depot))
    fresh = np.datetime64(case.policy.date, "D") + case.policy.shelf_days_min
    expires = np.where(np.isnat(stock.expires), _NEVER, stock.expires)
    fit = usable_rows(case) & (stock.earmark == "") & (number[stock.site] >= 0) & (expires >= fresh)
    left: dict[tuple[int, int], int] = {}
    for source in np.flatnonzero(~sources.giving & (sources.earmark == "")).tolist():
        for item in np.flatnonzero(problem.packs[source]).tolist():
            key = (int(number[sources.depot[source]]), item)
            left[key] = left.get(key, 0) + int(problem.packs[source, item] * case.items.pack_units[item])
    shelves: dict[tuple[int, int], list[_Row]] = {}
    for row in np.flatnonzero(fit)[np.argsort(expires[fit], kind="stable")].tolist():
        key = (int(number[stock.site[row]]), int(stock.item[row]))
        units = min(int(stock.units[row]), left.get(key, 0))
        if units:
            left[key] -= units
            shelves.setdefault(key, []).append((str(stock.lot[row]), expires[row], units))
    return shelves


def _taken(rows: list[_Row], units: int) -> list[_Row]:
    """Take units from the first lots; what is left stays in `rows`."""
    taken: list[_Row] = []
    while units:
        lot, expires, there = rows[0]
        part = min(units, there)
        taken.append((lot, expires, part))
        units -= part
        rows[:1] = [] if part == there else [(lot, expires, there - part)]
    return taken


def level_cases(case: Case, tree: DepotTree, shelves: Shelves) -> Iterator[tuple[int, Case]]:
    """Yield each depot that serves sites with a need, by its position in the tree, with its case."""
    served = tree.serves
    needing = np.zeros(len(tree.depot), dtype=bool)
    needing[served[case.needs.site][served[case.needs.site] >= 0]] = True
    policy = replace(case.policy, reserve_share=Fraction(0), reserve={})
    cut = _Cut(case, tree, shelves)
    for depot in np.flatnonzero(needing).tolist():
        yield depot, cut.of(depot, policy)


class _Cut:
    """Cuts a case into those of its depots, each table sorted by depot once."""

    def __init__(self, case: Case, tree: DepotTree, shelves: Shelves) -> None:
        self.case, self.tree, self.shelves = case, tree, shelves
        number = np.append(tree.serves, -1)
        at_depot = np.zeros(len(case.sites), dtype=bool)
        at_depot[tree.depot] = True
        stock = case.stock
        place = np.full(len(case.sites), -1, dtype=np.int32)
        place[tree.depot] = np.arange(len(tree.depot), dtype=np.int32)
        lane_of = np.where(number[case.lanes.site] == place[case.lanes.depot], number[case.lanes.site], -1)
        # Earmarked stock of a depot stays with it; the free part is what the shelves say.
        stock_of = np.where(
            at_depot[stock.site], np.where(stock.earmark != "", place[stock.site], -1), number[stock.site]
        )
        self.sites = _ByDepot(np.where(at_depot, place, tree.serves))
        self.needs = _ByDepot(number[case.needs.site])
        self.stock = _ByDepot(stock_of)
        self.in_transit = _ByDepot(number[case.in_transit.site])
        self.lanes = _ByDepot(lane_of)
        self.depots = _ByDepot(place[case.depots.depot])
        self.shelf = _ByDepot(shelves.depot)

    def of(self, depot: int, policy: Any) -> Case:
        case = self.case
        sites = self.sites(depot)
        new = np.full(len(case.sites), -1, dtype=np.int32)
        new[sites] = np.arange(len(sites), dtype=np.int32)
        return Case.canonical(
            items=case.items,
            sites=case.sites.take(sites),
            needs=_moved(case.needs.take(self.needs(depot)), new),
            stock=self._stock(depot, new),
            in_transit=_moved(case.in_transit.take(self.in_transit(depot)), new),
            lanes=_moved(case.lanes.take(self.lanes(depot)), new),
            depots=_moved(case.depots.take(self.depots(depot)), new),
            substitutes=case.substitutes,
            policy=policy,
        )

    def _stock(self, depot: int, new: Indices) -> Stock:
        own = _moved(self.case.stock.take(self.stock(depot)), new)
        rows = self.shelf(depot)
        shelf = Stock(
            site=np.full(len(rows), new[self.tree.depot[depot]], dtype=np.int32),
            item=self.shelves.item[rows],
            units=self.shelves.units[rows],
            lot=self.shelves.lot[rows],
            expires=self.shelves.expires[rows],
            status=np.zeros(len(rows), dtype=np.int8),
            earmark=np.full(len(rows), "", dtype=object),
        )
        return Stock(**{f.name: np.concatenate([getattr(own, f.name), getattr(shelf, f.name)]) for f in fields(Stock)})


class _ByDepot:
    """The rows of each depot, found by one sort."""

    def __init__(self, depot: NDArray[Any]) -> None:
        self.order = np.argsort(depot, kind="stable")
        self.sorted = depot[self.order]

    def __call__(self, depot: int) -> NDArray[np.intp]:
        low, high = np.searchsorted(self.sorted, [depot, depot + 1])
        return self.order[low:high]


def _moved(table: Any, new: Indices) -> Any:
    columns = {f.name: getattr(table, f.name) for f in fields(table)}
    return type(table)(
        **{name: new[column] if name in ("site", "depot") else column for name, column in columns.items()}
    )
