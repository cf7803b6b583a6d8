"""Classes of sites that are visited alike, and the stops that must be added so that all packs arrive.

Sites of one catchment that are visited from the same depots are a class. Within a class packs may
come from any of its depots at no further stop, so whether the visits suffice is one small flow per
trade. Where they do not, the flow says which packs must come from one depot more; the sites that
lack most of them are given that stop.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from allocator.case import Bools, Units
from allocator.market import Market
from allocator.visit_prices import Options

__all__ = ["Classes", "Drawn", "classes_of"]

_FAR_STEPS = 10**5  # distances are compared to this part of the longest
_PART_STEPS = 10**6  # and the part of a stop that a pack takes to a millionth


@dataclass(frozen=True)
class Drawn:
    """Packs of one trade: `packs[n]` go from `source[n]`, in column `column[n]`, to class `number[n]`."""

    number: NDArray[np.intp]
    column: NDArray[np.intp]
    source: NDArray[np.intp]
    packs: Units
    agreed: Bools


@dataclass
class Classes:
    """`of_site`: each site's class. By class: its catchment and the columns it is visited from."""

    market: Market
    of_site: NDArray[np.intp]
    place: list[int]
    visits: list[frozenset[int]]
    _known: dict[tuple[int, frozenset[int]], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._known = {key: n for n, key in enumerate(zip(self.place, self.visits, strict=True))}
        self._columns = np.zeros((0, self.market.member.shape[1]), dtype=bool)
        self._first = np.searchsorted(self.market.place, np.arange(len(self.market.member) + 1))

    def add_stops(self) -> None:
        """Give sites the further stops without which the packs of some trade would not arrive."""
        trades = range(self.market.wanted.shape[1])
        beyond = [self._beyond(trade) for trade in trades]
        waiting = sorted((t for t in trades if beyond[t]), key=lambda t: (-sum(beyond[t].values()), t))
        for turn, trade in enumerate(waiting):
            # A stop added for one trade may bring what the next one lacks.
            here = self._beyond(trade) if turn else beyond[trade]
            classes, left = self.of_site.copy(), self.market.wanted[:, trade].copy()
            for road, packs in sorted(here.items()):
                lacking = np.array([some.get(road, 0) for some in beyond], dtype=np.int64)
                lacking[trade] = packs
                rows = self._rows(classes, road[0])
                self._visit(rows[left[rows] > 0], road[1], trade, lacking, left)

    def stops(self) -> int:
        """Return how many stops there are."""
        return int(self._sizes()[self.of_site].sum())

    def thinned(self, turn: int) -> Classes:
        """Return a copy in which about half the sites with several visits gave up one of them.

        Which, is drawn from the turn and the site's number: the same every time.
        """
        thin = Classes(self.market, self.of_site.copy(), list(self.place), list(self.visits))
        sizes = self._sizes()
        rows = np.flatnonzero(sizes[self.of_site] > 1)
        draw = _drawn_at_random(rows, turn)
        rows, draw = rows[draw & 1 == 1], draw[draw & 1 == 1] >> 1
        number = self.of_site[rows]
        gives = draw % sizes[number]
        for one, which in sorted(set(zip(number.tolist(), gives.tolist(), strict=True))):
            columns = sorted(self.visits[one])
            thin._move(rows[(number == one) & (gives == which)], self.visits[one] - {columns[which]})
        return thin

    def _sizes(self) -> NDArray[np.intp]:
        return np.array([len(columns) for columns in self.visits], dtype=np.intp)

    def _beyond(self, trade: int) -> dict[tuple[int, int], int]:
        """Return by (class, column) the packs of a trade that no agreed visit brings."""
        drawn, beyond = self.draw(trade), dict[tuple[int, int], int]()
        for n in np.flatnonzero(~drawn.agreed).tolist():
            road = int(drawn.number[n]), int(drawn.column[n])
            beyond[road] = beyond.get(road, 0) + int(drawn.packs[n])
        return beyond

    def _rows(self, classes: NDArray[np.intp], number: int) -> NDArray[np.intp]:
        begin, end = self._first[self.place[number]], self._first[self.place[number] + 1]
        return begin + np.flatnonzero(classes[begin:end] == number)

    def _visit(self, rows: NDArray[np.intp], column: int, trade: int, lacking: Units, left: Units) -> None:
        """Let a depot visit as few of these sites as can take what is lacking of the trade.

        `left`: packs of the trade that each site does not yet draw through an added stop. Sites
        that lack much of the other trades too come first.
        """
        packs = int(lacking[trade])
        some = np.minimum(self.market.wanted[rows], lacking)
        some[:, trade] = np.minimum(left[rows], packs)
        use = (some / np.maximum(1, lacking)).sum(axis=1)
        rows = rows[np.argsort(-use, kind="stable")]
        rows = rows[: int(np.searchsorted(np.cumsum(left[rows]), packs)) + 1]
        # Those that take least are let go again while the others suffice.
        rows = rows[np.argsort(left[rows], kind="stable")]
        over = int(left[rows].sum()) - packs
        rows = rows[int(np.searchsorted(np.cumsum(left[rows]), over, side="right")) :]
        left[rows[0]] -= packs - int(left[rows[1:]].sum())
        left[rows[1:]] = 0
        for number in np.unique(self.of_site[rows]).tolist():
            self._move(rows[self.of_site[rows] == number], self.visits[number] | {column})

    def _move(self, rows: NDArray[np.intp], visits: frozenset[int]) -> None:
        """Let these sites, all of one class, be visited from these columns."""
        if len(rows):
            self.of_site[rows] = self._numbered(self.place[int(self.of_site[rows[0]])], visits)

    def _numbered(self, place: int, visits: frozenset[int]) -> int:
        key = place, visits
        if key not in self._known:
            self._known[key] = len(self.place)
            self.place.append(key[0])
            self.visits.append(key[1])
        return self._known[key]

    def draw(self, trade: int, *, agreed_only: bool = False) -> Drawn:
        """Return who draws a trade's packs from where: the fewest packs beyond the agreed visits.

        `agreed_only`: none beyond them, and by the shortest roads.
        """
        market, n = self.market, len(self.place)
        wanted = market.wanted[:, trade]
        packs = np.rint(np.bincount(self.of_site, weights=wanted, minlength=n)).astype(np.int64)
        number = np.flatnonzero(packs)
        place = np.array(self.place, dtype=np.intp)[number]
        has = np.append(market.quota[:, trade] > 0, np.zeros(1, dtype=bool))[market.member[place]]
        agreed = self._agreed()[number]
        which, column, depth = np.nonzero(has & agreed[:, :, None] if agreed_only else has)
        source, fits = market.member[place[which], column, depth], agreed[which, column]
        if agreed_only:
            far = market.km[place[which], column] / max(float(market.km.max(initial=0.0)), 1e-9)
            cost = np.rint(far * _FAR_STEPS).astype(np.int64)
        else:
            squares = np.bincount(self.of_site, weights=wanted.astype(np.float64) ** 2, minlength=n)
            part = packs[number] / squares[number]  # of a stop, for a pack to a site that takes many
            cost = np.where(fits, 0, 1 + np.rint(part[which] * _PART_STEPS).astype(np.int64))
        flow = _flow(market, trade, packs[number], (which, source, cost))
        used = np.flatnonzero(flow)
        return Drawn(number[which][used], column[used], source[used], flow[used], fits[used])

    def _agreed(self) -> Bools:
        """Return by class and column whether its sites are visited from there."""
        known, wide = len(self._columns), self.market.member.shape[1]
        if known < len(self.visits):  # classes are added, never changed
            more = np.zeros((len(self.visits) - known, wide), dtype=bool)
            for number, columns in enumerate(self.visits[known:]):
                more[number, list(columns)] = True
            self._columns = np.concatenate([self._columns, more])
        return self._columns


def classes_of(market: Market, options: Options, choice: NDArray[np.intp]) -> Classes:
    """Put together the sites of a catchment that chose the same option."""
    key = market.place * len(options.columns) + choice
    present, of_site = np.unique(key, return_inverse=True)
    place, option = np.divmod(present, len(options.columns))
    visits = [frozenset(options.columns[n].tolist()) for n in option]
    return Classes(market, of_site, place.tolist(), visits)


def _drawn_at_random(rows: NDArray[np.intp], turn: int) -> NDArray[np.intp]:
    """Return a number below 2³² for each row and turn (Steele, Lea and Flood's SplitMix)."""
    x = (rows.astype(np.uint64) + np.uint64(turn << 32)) * np.uint64(0x9E3779B97F4A7C15)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return (x >> np.uint64(32)).astype(np.intp)


def _flow(market: Market, trade: int, need: Units, links: tuple[NDArray[np.intp], NDArray[np.intp], Units]) -> Units:
    """Return packs per link (class, source, cost) that meet every need at least cost."""
    which, source, cost = links
    quota, exact = market.quota[:, trade], market.exact[:, trade]
    givers = len(need) + np.arange(market.n_sources)
    sink = len(need) + market.n_sources
    must = np.where(exact, quota, 0)
    solver = min_cost_flow.SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([which, givers]).astype(np.int32),
        np.concatenate([len(need) + source, np.full(market.n_sources, sink)]).astype(np.int32),
        np.concatenate([need[which], quota - must]).astype(np.int64),
        np.concatenate([cost, np.zeros(market.n_sources, dtype=np.int64)]),
    )
    supply = np.concatenate([need, -must, [int(must.sum()) - int(need.sum())]])
    solver.set_nodes_supplies(np.arange(sink + 1, dtype=np.int32), supply.astype(np.int64))
    if solver.solve() != solver.OPTIMAL:
        raise ArithmeticError("whole packs that were dealt cannot be routed")
    return np.asarray(solver.flows(np.arange(len(which), dtype=np.int32)), dtype=np.int64)
