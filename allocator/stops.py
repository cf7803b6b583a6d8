"""Stops: which site is visited from which depot, each from one where that can be.

Within a bundle the sites differ only in what they need. Sites are given to a source while its
packs last; what is left over there moves to sources with packs to spare, and only what must be
split is split.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.bundles import Routing, route
from allocator.case import Floats, Units
from allocator.catchment import Network
from allocator.rerouting import Loads, reroute
from allocator.shares import Shipments
from allocator.trades import Trade

__all__ = ["ship"]


def ship(network: Network, trades: list[Trade]) -> Shipments:
    """Return whole packs by source and site, with few stops."""
    routing = route(network, trades)
    sites, wanted = _wanted(network, trades)
    order = np.lexsort((routing.source, routing.bundle))
    group = network.group_of_site[sites]
    by_group = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[by_group], np.arange(int(group.max(initial=-1)) + 2))
    bounds = np.searchsorted(routing.bundle[order], np.arange(len(starts)))
    parts = []
    for bundle in range(len(starts) - 1):
        rows = by_group[starts[bundle] : starts[bundle + 1]]
        entries = order[bounds[bundle] : bounds[bundle + 1]]
        if len(rows) and len(entries):
            parts.append(_ship_bundle(network, sites[rows], wanted[rows], routing, entries))
    columns = [np.concatenate(c) for c in zip(*parts, strict=True)] if parts else [np.empty(0, np.intp)] * 4
    return _shipments(trades, reroute(network, trades, Loads(*columns)))


def _wanted(network: Network, trades: list[Trade]) -> tuple[NDArray[np.intp], Units]:
    """Return the sites that receive anything and their packs by [site, trade]."""
    pairs = network.problem.pairs
    served = np.zeros(len(network.problem.case.sites), dtype=bool)
    for trade in trades:
        served[pairs.site[trade.rows[trade.packs > 0]]] = True
    sites = np.flatnonzero(served)
    place = np.cumsum(served) - 1
    wanted = np.zeros((len(sites), len(trades)), dtype=np.int64)
    for number, trade in enumerate(trades):
        given = np.flatnonzero(trade.packs)
        wanted[place[pairs.site[trade.rows[given]]], number] = trade.packs[given]
    return sites, wanted


def _ship_bundle(
    network: Network, sites: NDArray[np.intp], wanted: Units, routing: Routing, entries: NDArray[np.intp]
) -> tuple[NDArray[np.intp], ...]:
    """Return (source, site, trade, packs) columns for one bundle."""
    sources, place = np.unique(routing.source[entries], return_inverse=True)
    quota = np.zeros((len(sources), wanted.shape[1]), dtype=np.int64)
    quota[place, routing.trade[entries]] = routing.packs[entries]
    if len(sources) == 1:
        row, trade = np.nonzero(wanted)
        return np.full(len(row), sources[0]), sites[row], trade, wanted[row, trade]
    km = _km(network, sites, sources)
    sent = _share_out(wanted, quota, km)
    source, row, trade = np.nonzero(sent)
    return sources[source], sites[row], trade, sent[source, row, trade]


def _share_out(wanted: Units, quota: Units, km: Floats) -> Units:
    """Return packs by [source, site, trade]: whole sites first, then the fewest splits."""
    left, rest = wanted.copy(), quota.copy()
    sent = np.zeros((len(quota), *wanted.shape), dtype=np.int64)
    # The smallest source first: the others then take the sites it cannot.
    for source in np.argsort(quota.sum(axis=1), kind="stable"):
        nearer = km[source] - np.min(np.delete(km, source, axis=0), axis=0)
        # The sites that use least of what is here come first: as many as can be are served whole.
        use = np.max(left / np.maximum(1, rest[source]), axis=1)
        _give_whole_sites(source, left, rest, sent, np.lexsort((nearer, use)))
    _split_rest(left, rest, sent)
    return sent


def _give_whole_sites(source: int, left: Units, rest: Units, sent: Units, order: NDArray[np.intp]) -> None:
    """Give whole sites to a source, nearest first, as long as they fit; those that do not are passed over."""
    waiting = order[left[order].any(axis=1)]
    while len(waiting):
        waiting = waiting[np.all(left[waiting] <= rest[source], axis=1)]
        fits = np.all(np.cumsum(left[waiting], axis=0) <= rest[source], axis=1)
        run = len(waiting) if bool(fits.all()) else int(np.argmin(fits))
        if run == 0:
            return
        taken, waiting = waiting[:run], waiting[run + 1 :]
        sent[source, taken] += left[taken]
        rest[source] -= left[taken].sum(axis=0)
        left[taken] = 0


def _split_rest(left: Units, rest: Units, sent: Units) -> None:
    """Serve what is left along one order of sites and sources, the same for every item.

    The packs of all sites, laid end to end, are cut where one source's packs end and the next
    one's begin. Because every item is laid in the same order the cuts fall near each other, so a
    site is rarely cut more than once.
    """
    sites = np.flatnonzero(left.any(axis=1))
    end = np.cumsum(left[sites], axis=0)
    begin = end - left[sites]
    cut = np.zeros(left.shape[1], dtype=np.int64)
    for source in range(len(rest)):
        until = cut + rest[source]
        share = np.maximum(0, np.minimum(end, until) - np.maximum(begin, cut))
        sent[source, sites] += share
        cut = until
    if bool(np.any(cut < (end[-1] if len(end) else 0))):
        raise ArithmeticError("packs that were routed cannot be shared out")


def _km(network: Network, sites: NDArray[np.intp], sources: NDArray[np.intp]) -> Floats:
    """Return distances by [source, site]; 0 where nobody said."""
    routes, lanes = network.problem.routes, network.problem.case.lanes
    start = np.searchsorted(routes.site, sites)
    first = routes.source[start[0] : start[0] + len(network.problem.sources)]
    km = np.empty((len(sources), len(sites)))
    for n, source in enumerate(sources):
        offset = int(np.argmax(first == source))
        km[n] = np.nan_to_num(lanes.km[routes.lane[start + offset]])
    return km


def _shipments(trades: list[Trade], loads: Loads) -> Shipments:
    source, site, trade, packs = loads.source, loads.site, loads.trade, loads.packs
    item = np.array([t.item for t in trades], dtype=np.int32)
    by = np.array([t.by for t in trades], dtype=np.int32)
    item_of, by_of = (item[trade], by[trade]) if len(trades) else (trade.astype(np.int32),) * 2
    span = int(max(item_of.max(initial=0), by_of.max(initial=0))) + 1
    order = np.argsort(((source * (int(site.max(initial=0)) + 1) + site) * span + item_of) * span + by_of)
    return Shipments(
        source=source[order].astype(np.int32),
        site=site[order].astype(np.int32),
        item=item_of[order],
        by=by_of[order],
        packs=packs[order].astype(np.int64),
    )
