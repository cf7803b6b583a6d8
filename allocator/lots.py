"""Lots: which lot every line is picked from, first expiring first.

Per source and item the stock stands in a queue by expiry and lot code, and the sites stand in the
order of their codes. Both are laid along one axis of units; where a site's stretch and a lot's
stretch overlap, that many units of that lot go to that site.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Case, Indices, Stock, Units
from allocator.need import Problem, earmark_covers
from allocator.plan import Lots
from allocator.shares import Shipments

__all__ = ["lots_of"]


def lots_of(problem: Problem, shipments: Shipments) -> Lots:
    """Return how many units (base units, whole) of which lot go from each depot to each site.

    Lots without a date leave last; what a source's earmark or a shelf life rules out is not
    picked; what stays behind as reserve is what expires last. Empty where no stock at any source,
    usable or not, has a lot number or an expiry date: beside a lot that is set aside, what leaves
    is told too. Raises `ValueError` where more is shipped than there is.
    """
    if not len(shipments) or not _any_lot(problem):
        return _no_lots()
    rows, source = _queue_rows(problem)
    stock = problem.case.stock.take(rows)
    n_items = len(problem.case.items)
    shelf = source * n_items + stock.item
    order = _first_expiring_first(shelf, stock)
    shelf, stock = shelf[order], stock.take(order)
    sent_shelf, sent_units, line, lines = _draws(problem, shipments)
    row, draw, units = _overlaps(shelf, stock.units, sent_shelf, sent_units)
    lot_codes, lot = np.unique(stock.lot, return_inverse=True)
    # Free and earmarked units of one lot on one line are one row of lots.csv.
    keys, place = np.unique(line[draw] * len(lot_codes) + lot[row], return_inverse=True)
    picked = np.zeros(len(keys), dtype=np.int64)
    np.add.at(picked, place, units)
    at = keys // len(lot_codes)
    depot, site, item = (column[at] for column in lines)
    return Lots(depot=depot, site=site, item=item, lot=lot_codes[keys % len(lot_codes)], units=picked)


def _no_lots() -> Lots:
    nowhere = np.empty(0, dtype=np.int32)
    return Lots(
        depot=nowhere, site=nowhere, item=nowhere, lot=np.empty(0, dtype=object), units=np.empty(0, dtype=np.int64)
    )


def _any_lot(problem: Problem) -> bool:
    """Return whether stock at any source has a lot number or an expiry date."""
    stock = problem.case.stock
    told = (stock.lot != "") | ~np.isnat(stock.expires)
    return bool(np.any(told & np.isin(stock.site, problem.sources.depot)))


def _queue_rows(problem: Problem) -> tuple[NDArray[np.intp], Units]:
    """Return the stock rows that may be picked, and the source each belongs to."""
    case, sources = problem.case, problem.sources
    stock = case.stock
    source = np.full(len(stock), -1, dtype=np.int64)
    free = np.full(len(case.sites), -1, dtype=np.int64)
    unmarked = np.flatnonzero(sources.earmark == "")
    free[sources.depot[unmarked]] = unmarked
    gives = np.zeros(len(case.sites), dtype=bool)
    gives[sources.depot[sources.giving]] = True
    plain = stock.earmark == ""
    source[plain] = free[stock.site[plain]]
    marked = {(int(sources.depot[n]), str(sources.earmark[n])): int(n) for n in np.flatnonzero(sources.earmark != "")}
    for row in np.flatnonzero(~plain):
        site, earmark = int(stock.site[row]), str(stock.earmark[row])
        # What lies at a giving site under an earmark that admits it is its own to give.
        own = gives[site] and bool(earmark_covers(case, earmark, np.array([site]))[0])
        source[row] = free[site] if own else marked.get((site, earmark), -1)
    rows = np.flatnonzero((source >= 0) & _may_leave(case, gives))
    return rows, source[rows]


def _may_leave(case: Case, gives: Bools) -> Bools:
    """Return which stock rows are usable and, at depots, keep long enough to be sent."""
    stock = case.stock
    today = np.datetime64(case.policy.date, "D")
    # A giving site hands on what it holds for its own use; the shelf life is asked of depots' stock.
    first_day = np.where(gives[stock.site], today, today + case.policy.shelf_days_min)
    return np.asarray((stock.status == 0) & (np.isnat(stock.expires) | (stock.expires >= first_day)))


def _first_expiring_first(shelf: Units, stock: Stock) -> NDArray[np.intp]:
    days = np.where(np.isnat(stock.expires), np.iinfo(np.int64).max, stock.expires.astype("datetime64[D]").astype(int))
    _, lot = np.unique(stock.lot, return_inverse=True)
    return np.lexsort((lot, days, shelf))


def _draws(problem: Problem, shipments: Shipments) -> tuple[Units, Units, Units, tuple[Indices, ...]]:
    """Return what leaves: shelf (source and item), units and line of each draw, in queue order.

    Lines are (depot, site, item) in their order, without doubles.
    """
    case = problem.case
    n_sites, n_items = len(case.sites), len(case.items)
    depots, depot = np.unique(problem.sources.depot[shipments.source], return_inverse=True)
    key = (depot.astype(np.int64) * n_sites + shipments.site) * n_items + shipments.by
    present, line = np.unique(key, return_inverse=True)
    lines = (
        depots[present // (n_sites * n_items)].astype(np.int32),
        (present // n_items % n_sites).astype(np.int32),
        (present % n_items).astype(np.int32),
    )
    shelf = shipments.source.astype(np.int64) * n_items + shipments.by
    # Within a shelf, sites are served in the order of their codes.
    order = np.argsort(shelf * n_sites + shipments.site, kind="stable")
    units = shipments.packs * case.items.pack_units[shipments.by]
    return shelf[order], units[order], line[order], lines


def _overlaps(
    shelf: Units, stock_units: Units, sent_shelf: Units, sent_units: Units
) -> tuple[NDArray[np.intp], NDArray[np.intp], Units]:
    """Return (stock row, draw, units) wherever a draw's stretch meets a stock row's."""
    ends = np.cumsum(stock_units)
    starts = ends - stock_units
    first_row = np.searchsorted(shelf, sent_shelf, side="left")
    shelf_start = np.append(starts, ends[-1] if len(ends) else 0)[first_row]
    drawn = np.cumsum(sent_units)
    first_draw = np.searchsorted(sent_shelf, sent_shelf, side="left")
    begin = shelf_start + (drawn - sent_units) - (drawn - sent_units)[first_draw]
    end = begin + sent_units
    last_row = np.searchsorted(shelf, sent_shelf, side="right") - 1
    if bool(np.any(end > np.append(ends, 0)[last_row])) or bool(np.any(last_row < first_row)):
        raise ValueError("more units are shipped than the usable lots hold")
    first = np.searchsorted(ends, begin, side="right")
    last = np.searchsorted(ends, end, side="left")
    count = last - first + 1
    draw = np.repeat(np.arange(len(sent_units)), count)
    row = np.arange(len(draw)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    units = np.minimum(end[draw], ends[row]) - np.maximum(begin[draw], starts[row])
    some = units > 0
    return row[some], draw[some], units[some]
