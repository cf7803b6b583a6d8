"""The market for visits: what sites are to receive, what sources give, who can be visited from where.

Every pair's packs are settled when visits are chosen; which depot they come from is free as long
as every source gives no more than it has, and a source that shares a truck, a lane or a substitute
gives exactly what it was dealt, so that nobody's packs come within anybody else's reach.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats, Units
from allocator.catchment import Network
from allocator.trades import Trade

__all__ = ["Market", "market_of"]

_SIZES_TOLD_APART = 64  # powers of two, 2⁻³² to 2³¹ times an ordinary delivery


@dataclass(frozen=True, kw_only=True)
class Market:
    """Sites that receive anything, by catchment and size; catchments are numbered from 0.

    `wanted`: packs by [site, trade]. `place`: each site's catchment, in rising order.
    `member`: sources by [catchment, column, number], one column for each depot, the nearest first;
    `n_sources` where there is none. `km`: mean distance by [catchment, column]. `quota`: packs by
    [source, trade]; a source gives at most that, or just that where `exact`. `scale`: the power of
    two nearest to the packs that a site receives in a trade if it receives any.
    """

    site: NDArray[np.intp]
    wanted: Units
    place: NDArray[np.intp]
    member: NDArray[np.intp]
    km: Floats
    quota: Units
    exact: Bools
    scale: Floats

    @property
    def n_sources(self) -> int:
        """How many sources there are."""
        return len(self.quota)


def market_of(network: Network, trades: list[Trade]) -> Market:
    """Return the market of all sites but those whose flows are dealt one by one (lane limits)."""
    site, wanted = _wanted(network, trades)
    scale = _scale(wanted)
    group = network.group_of_site[site]
    _, place = np.unique(group, return_inverse=True)
    order = _by_place_and_size(place, wanted @ (1 / scale))
    site, wanted, place = site[order], wanted[order], place[order]
    member, km = _roads(network, site, place)
    quotas = [_quota(network, trade) for trade in trades]
    shape = (len(network.problem.sources), len(trades))
    return Market(
        site=site,
        wanted=wanted,
        place=place,
        member=member,
        km=km,
        quota=np.array([quota for quota, _ in quotas], dtype=np.int64).reshape(shape[::-1]).T,
        exact=np.array([exact for _, exact in quotas], dtype=bool).reshape(shape[::-1]).T,
        scale=scale,
    )


def _wanted(network: Network, trades: list[Trade]) -> tuple[NDArray[np.intp], Units]:
    """Return the sites that receive anything and their packs by [site, trade]."""
    pairs = network.problem.pairs
    served = np.zeros(len(network.problem.case.sites), dtype=bool)
    given = [np.flatnonzero(trade.packs) for trade in trades]
    sites = [pairs.site[trade.rows[rows]] for trade, rows in zip(trades, given, strict=True)]
    for some in sites:
        served[some] = True
    served[network.lane_site] = False
    place = np.where(served, np.cumsum(served) - 1, -1)
    wanted = np.zeros((int(served.sum()), len(trades)), dtype=np.int64)
    for number, (trade, rows, some) in enumerate(zip(trades, given, sites, strict=True)):
        here = place[some]
        free = here >= 0
        wanted[here[free], number] = trade.packs[rows[free]]
    return np.flatnonzero(served), wanted


def _scale(wanted: Units) -> Floats:
    """Return for each trade the power of two nearest to what a site receives on average."""
    mean = wanted.sum(axis=0) / np.maximum(1, np.count_nonzero(wanted, axis=0))
    return np.ldexp(1.0, np.frexp(np.maximum(1.0, mean))[1] - 1)


def _by_place_and_size(place: NDArray[np.intp], size: Floats) -> NDArray[np.intp]:
    """Return the order by catchment and, roughly, size: every n-th site is then a fair sample."""
    half = _SIZES_TOLD_APART // 2
    octave = np.clip(np.frexp(size)[1] + half, 0, _SIZES_TOLD_APART - 1)
    key = place * _SIZES_TOLD_APART + octave
    small = key.astype(np.uint16) if key.max(initial=0) <= np.iinfo(np.uint16).max else key
    return np.argsort(small, kind="stable")


def _roads(network: Network, site: NDArray[np.intp], place: NDArray[np.intp]) -> tuple[NDArray[np.intp], Floats]:
    """Return the sources by [catchment, column, number] and mean distances by [catchment, column]."""
    problem = network.problem
    routes, n_sources = problem.routes, len(problem.sources)
    n_places = int(place.max(initial=-1)) + 1
    roads = np.bincount(routes.site, minlength=len(problem.case.sites))
    start = (np.cumsum(roads) - roads)[site]
    first = np.searchsorted(place, np.arange(n_places))
    count = roads[site[first]]  # sites of a catchment have the same sources in the same order
    total = np.zeros((n_places, int(count.max(initial=0))))
    for road in range(total.shape[1]):
        here = np.flatnonzero(count[place] > road)
        km = np.nan_to_num(problem.case.lanes.km[routes.lane[start[here] + road]])
        total[:, road] = np.bincount(place[here], weights=km, minlength=n_places)
    at = np.repeat(np.arange(n_places), count)
    offset = np.arange(len(at)) - np.repeat(np.cumsum(count) - count, count)
    source = routes.source[start[first][at] + offset].astype(np.intp)
    mean = total[at, offset] / np.bincount(place, minlength=n_places)[at]
    return _columns(at, source, mean, problem.sources.depot[source], (n_places, n_sources))


def _columns(
    at: NDArray[np.intp], source: NDArray[np.intp], km: Floats, depot: NDArray[np.int32], shape: tuple[int, int]
) -> tuple[NDArray[np.intp], Floats]:
    """Put the sources of each catchment in columns, one for each depot, the nearest first."""
    n_places, n_sources = shape
    order = np.lexsort((source, depot, km, at))
    at, source, km, depot = at[order], source[order], km[order], depot[order]
    new = np.ones(len(at), dtype=bool)
    new[1:] = (at[1:] != at[:-1]) | (depot[1:] != depot[:-1])
    stop = np.cumsum(new) - 1
    first = np.flatnonzero(new)
    column = np.arange(len(first)) - np.searchsorted(at[first], at[first])
    number = np.arange(len(at)) - first[stop]
    width, depth = int(column.max(initial=0)) + 1, int(number.max(initial=0)) + 1
    member = np.full((n_places, width, depth), n_sources, dtype=np.intp)
    member[at, column[stop], number] = source
    mean = np.zeros((n_places, width))
    mean[at[first], column] = km[first]
    return member, mean


def _quota(network: Network, trade: Trade) -> tuple[Units, Bools]:
    """Return what each source may give in a trade, and where it must give just that.

    What sites with lane limits draw is settled and comes off.
    """
    problem = network.problem
    n_sources = len(problem.sources)
    dealt = _drawn(trade, trade.flow, n_sources)
    lone = network.cells.site[trade.cells[trade.link_cell]] >= 0
    settled = _drawn(trade, np.where(lone, trade.flow, 0), n_sources)
    subs = problem.case.substitutes
    contested = bool(np.any(subs.by == trade.by) or np.any(subs.item == trade.item))
    depot = problem.sources.depot
    limited = np.isfinite(network.kg_limit[depot]) | np.isfinite(network.m3_limit[depot]) | contested
    if bool(np.any(network.ways.lane_limit[trade.link_way] >= 0)):
        limited = np.ones(n_sources, dtype=bool)
    return np.where(limited, dealt, problem.packs[:, trade.by]) - settled, limited


def _drawn(trade: Trade, flow: Units, n_sources: int) -> Units:
    drawn = np.zeros(n_sources, dtype=np.int64)
    np.add.at(drawn, trade.link_source, flow)
    return drawn
