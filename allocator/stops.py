"""Stops: which site is visited from which depot, each from one where that can be.

The visits are chosen by prices (`visit_prices`) and completed until all packs arrive
(`visit_classes`). Within a class of sites that are visited alike, sites are given to a depot while
its packs last, and only what must be split is split.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats, Units
from allocator.catchment import Network
from allocator.market import Market, market_of
from allocator.rerouting import Loads, reroute
from allocator.shares import Shipments
from allocator.trades import Trade
from allocator.visit_classes import Classes, classes_of
from allocator.visit_prices import chosen, options_of

__all__ = ["ship"]

_WORK, _TURNS_MAX = 20_000, 60  # sites × turns of trying again; turns
_VAIN_PART = 5  # a fifth of the turns without success ends them


def ship(network: Network, trades: list[Trade]) -> Shipments:
    """Return whole packs by source and site, with few stops."""
    classes = _visits(market_of(network, trades))
    parts = [*_lone(network, trades), *_shared_out(network, classes)]
    return _shipments(trades, reroute(network, trades, _joined(network, len(trades), parts)))


def _visits(market: Market) -> Classes:
    """Return the visits: chosen by prices, completed, and where sites are few, tried again and again."""
    options = options_of(market)
    classes = classes_of(market, options, chosen(market, options))
    classes.add_stops()
    n = len(market.site)
    turns = min(_TURNS_MAX, _WORK // max(1, n))
    turn = since = 0
    while turn < turns and since < turns // _VAIN_PART and classes.stops() > n:
        turn, since = turn + 1, since + 1
        trial = classes.thinned(turn)
        trial.add_stops()
        if trial.stops() < classes.stops():
            since = 0
        if trial.stops() <= classes.stops():
            classes = trial
    return classes


def _lone(network: Network, trades: list[Trade]) -> list[Loads]:
    """Return what sites with lane limits draw: just what they were dealt, lane by lane."""
    parts = []
    for number, trade in enumerate(trades):
        site = network.cells.site[trade.cells[trade.link_cell]]
        links = np.flatnonzero((site >= 0) & (trade.flow > 0))
        packs = np.zeros((len(links), len(trades)), dtype=np.int64)
        packs[:, number] = trade.flow[links]
        parts.append(Loads(trade.link_source[links].astype(np.intp), site[links].astype(np.intp), packs))
    return parts


def _shared_out(network: Network, classes: Classes) -> list[Loads]:
    """Return the loads of all classes: at once where one source serves all, else class by class."""
    market = classes.market
    n_trades = market.wanted.shape[1]
    drawn = [classes.draw(trade, agreed_only=True) for trade in range(n_trades)]
    number, source, packs = (
        np.concatenate([np.empty(0, np.int64), *(getattr(one, name) for one in drawn)]).astype(np.int64)
        for name in ("number", "source", "packs")
    )
    trade = np.repeat(np.arange(n_trades), [len(one.packs) for one in drawn])
    order = np.lexsort((source, number))
    number, source, trade, packs = number[order], source[order], trade[order], packs[order]
    begin = np.searchsorted(number, np.arange(len(classes.place) + 1))
    first = source[np.minimum(begin[:-1], max(0, len(source) - 1))] if len(source) else begin[:-1]
    single = np.ones(len(classes.place), dtype=bool)
    single[number[source != first[number]]] = False
    alone = np.flatnonzero(single[classes.of_site])
    parts = [Loads(first[classes.of_site[alone]].astype(np.intp), market.site[alone], market.wanted[alone])]
    by_class = np.argsort(classes.of_site, kind="stable")
    starts = np.searchsorted(classes.of_site[by_class], np.arange(len(single) + 1))
    for one in np.flatnonzero(~single).tolist():
        rows = by_class[starts[one] : starts[one + 1]]
        entries = slice(begin[one], begin[one + 1])
        sources, place = np.unique(source[entries], return_inverse=True)
        quota = np.zeros((len(sources), n_trades), dtype=np.int64)
        quota[place, trade[entries]] = packs[entries]
        parts += _ship_class(network, market.site[rows], market.wanted[rows], sources, quota)
    return parts


def _ship_class(
    network: Network, sites: NDArray[np.intp], wanted: Units, sources: NDArray[np.intp], quota: Units
) -> list[Loads]:
    """Return one class's loads. Sources at one depot share its stops, so depots come first."""
    depots, depot = np.unique(network.problem.sources.depot[sources], return_inverse=True)
    per_depot = np.zeros((len(depots), quota.shape[1]), dtype=np.int64)
    np.add.at(per_depot, depot, quota)
    nearest = np.array([int(np.argmax(depot == n)) for n in range(len(depots))])
    sent = _share_out(wanted, per_depot, _km(network, sites, sources[nearest])) if len(depots) > 1 else wanted[None]
    parts = []
    for n in range(len(depots)):
        here = np.flatnonzero(depot == n)
        given = np.zeros((len(here), *wanted.shape), dtype=np.int64)
        _lay_end_to_end(sent[n], quota[here], given)
        for one, packs in zip(here, given, strict=True):
            rows = np.flatnonzero(packs.any(axis=1))
            parts.append(Loads(np.full(len(rows), sources[one]), sites[rows], packs[rows]))
    return parts


def _share_out(wanted: Units, quota: Units, km: Floats) -> Units:
    """Return packs by [depot, site, trade]: whole sites first, then the fewest splits."""
    left, rest = wanted.copy(), quota.copy()
    sent = np.zeros((len(quota), *wanted.shape), dtype=np.int64)
    # The smallest depot first: the others then take the sites it cannot.
    for depot in np.argsort(quota.sum(axis=1), kind="stable"):
        nearer = km[depot] - np.min(np.delete(km, depot, axis=0), axis=0)
        # The sites that use least of what is here come first: as many as can be are served whole.
        use = np.max(left / np.maximum(1, rest[depot]), axis=1)
        _give_whole_sites(depot, left, rest, sent, np.lexsort((nearer, use)))
    _lay_end_to_end(left, rest, sent)
    return sent


def _give_whole_sites(depot: int, left: Units, rest: Units, sent: Units, order: NDArray[np.intp]) -> None:
    """Give whole sites to a depot in order, as long as they fit; those that do not are passed over."""
    waiting = order[left[order].any(axis=1)]
    while len(waiting):
        waiting = waiting[np.all(left[waiting] <= rest[depot], axis=1)]
        fits = np.all(np.cumsum(left[waiting], axis=0) <= rest[depot], axis=1)
        run = len(waiting) if bool(fits.all()) else int(np.argmin(fits))
        if run == 0:
            return
        taken, waiting = waiting[:run], waiting[run + 1 :]
        sent[depot, taken] += left[taken]
        rest[depot] -= left[taken].sum(axis=0)
        left[taken] = 0


def _lay_end_to_end(left: Units, rest: Units, sent: Units) -> None:
    """Serve what is left along one order of sites and givers, the same for every item.

    The packs of all sites, laid end to end, are cut where one giver's packs end and the next
    one's begin. Because every item is laid in the same order the cuts fall near each other, so a
    site is rarely cut more than once.
    """
    sites = np.flatnonzero(left.any(axis=1))
    end = np.cumsum(left[sites], axis=0)
    begin = end - left[sites]
    cut = np.zeros(left.shape[1], dtype=np.int64)
    for giver in range(len(rest)):
        until = cut + rest[giver]
        sent[giver, sites] += np.maximum(0, np.minimum(end, until) - np.maximum(begin, cut))
        cut = until
    if bool(np.any(cut < (end[-1] if len(end) else 0))):
        raise ArithmeticError("packs that were routed cannot be shared out")


def _km(network: Network, sites: NDArray[np.intp], sources: NDArray[np.intp]) -> Floats:
    """Return distances by [source, site] within a catchment; 0 where nobody said."""
    routes, lanes = network.problem.routes, network.problem.case.lanes
    start = np.searchsorted(routes.site, sites)
    first = routes.source[start[0] : start[0] + len(network.problem.sources)]
    km = np.empty((len(sources), len(sites)))
    for n, source in enumerate(sources):
        offset = int(np.argmax(first == source))
        km[n] = np.nan_to_num(lanes.km[routes.lane[start + offset]])
    return km


def _joined(network: Network, n_trades: int, parts: list[Loads]) -> Loads:
    """Put the loads together, sorted by (site, source), one for each."""
    n_sources = max(1, len(network.problem.sources))
    none = Loads(np.empty(0, np.intp), np.empty(0, np.intp), np.empty((0, n_trades), np.int64))
    key = np.concatenate([part.site * n_sources + part.source for part in (none, *parts)])
    packs = np.concatenate([part.packs for part in (none, *parts)])
    order = np.argsort(key, kind="stable")
    key = key[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    packs = packs[order] if len(first) == len(key) else np.add.reduceat(packs[order], first, axis=0)
    return Loads(key[first] % n_sources, key[first] // n_sources, packs)


def _shipments(trades: list[Trade], loads: Loads) -> Shipments:
    few = loads.source.max(initial=0) <= np.iinfo(np.uint16).max
    order = np.argsort(loads.source.astype(np.uint16) if few else loads.source, kind="stable")
    packs = loads.packs[order]
    stop, trade = np.nonzero(packs)
    # Trades are in the order of (item, by), so rows come out sorted.
    item = np.array([t.item for t in trades], dtype=np.int32)
    by = np.array([t.by for t in trades], dtype=np.int32)
    return Shipments(
        source=loads.source[order][stop].astype(np.int32),
        site=loads.site[order][stop].astype(np.int32),
        item=item[trade],
        by=by[trade],
        packs=packs[stop, trade],
    )
