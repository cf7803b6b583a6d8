"""Lots: which lot every line is picked from, first expiring first.

Per source and item the stock stands in a queue by expiry and lot code, and the sites stand in the
order of their codes. Both are laid along one axis of units; where a site's stretch and a lot's
stretch overlap, that many units of that lot go to that site.

Where kinds of site need stock of different life, those that need most are served first, each from
the first to expire of what lasts long enough; then the next. So no site is sent an unfit lot, none that
is fit is used up by a site that could do with less, and of all lots those leave that expire first
(the classes of life are nested, so that what the supply allows can always be picked: `shelf_life`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Case, Indices, Stock, Table, Texts, Units
from allocator.need import Problem, earmark_covers, usable_rows
from allocator.plan import Lots
from allocator.shares import Shipments
from allocator.shelf_life import FOR_ANY_SITE, days_needed, life_classes, life_days

__all__ = ["lots_of", "rows_picked"]


def lots_of(problem: Problem, shipments: Shipments) -> Lots:
    """Return how many units (base units, whole) of which lot go from each depot to each site.

    Lots without a date leave last; what a source's earmark or a shelf life rules out is not
    picked; what stays behind as reserve is what expires last. Empty where no stock at any source,
    usable or not, has a lot number or an expiry date: beside a lot that is set aside, what leaves
    is told too. Raises `ValueError` where more is shipped than there is.
    """
    if not len(shipments) or not _any_lot(problem):
        return _no_lots()
    shelf_of_source = _shelves(problem)
    rows, shelf = _queue_rows(problem, shelf_of_source)
    stock = problem.case.stock.take(rows)
    n_items = len(problem.case.items)
    shelf = shelf * n_items + stock.item
    order = _first_expiring_first(shelf, stock)
    shelf, stock = shelf[order], stock.take(order)
    sent, lines = _draws(problem, shipments, shelf_of_source)
    row, draw, units = _picks(shelf, stock.units, _lasts(problem.case, stock), sent)
    lot_codes, lot = np.unique(stock.lot, return_inverse=True)
    # Free and earmarked units of one lot on one line are one row of lots.csv.
    keys, place = np.unique(sent.line[draw] * len(lot_codes) + lot[row], return_inverse=True)
    picked = np.zeros(len(keys), dtype=np.int64)
    np.add.at(picked, place, units)
    at = keys // len(lot_codes)
    depot, site, item = (column[at] for column in lines)
    return Lots(depot=depot, site=site, item=item, lot=lot_codes[keys % len(lot_codes)], units=picked)


def rows_picked(case: Case, lots: Lots) -> tuple[NDArray[np.intp], NDArray[np.intp], Units]:
    """Return (row of the case's stock, row of `lots`, units): from where the lots of a plan of the case are picked.

    A lot that lies there with several dates is picked as `lots_of` picks, first expiring first.
    """
    stock, n_items = case.stock, len(case.items)
    codes = {code: n for n, code in enumerate(sorted(set(lots.lot.tolist())))}
    rows = np.flatnonzero(usable_rows(case) & np.isin(stock.site, lots.depot))
    rows = rows[np.fromiter((code in codes for code in stock.lot[rows].tolist()), dtype=bool, count=len(rows))]
    shelf = _shelf_of_lot(codes, n_items, stock.site[rows], stock.item[rows], stock.lot[rows])
    order = _first_expiring_first(shelf, stock.take(rows))
    rows, shelf = rows[order], shelf[order]
    draws = _Draws(
        shelf=_shelf_of_lot(codes, n_items, lots.depot, lots.item, lots.lot),
        units=lots.units,
        line=np.arange(len(lots)),
        needs_days=days_needed(case)[lots.site],
    )
    draws = draws.take(np.argsort(draws.shelf * len(case.sites) + lots.site, kind="stable"))
    row, draw, units = _picks(shelf, stock.units[rows], _lasts(case, stock.take(rows)), draws)
    return rows[row], draws.line[draw], units


def _shelf_of_lot(codes: dict[str, int], n_items: int, depot: Indices, item: Indices, lot: Texts) -> Units:
    number = np.fromiter(map(codes.__getitem__, lot.tolist()), dtype=np.int64, count=len(lot))
    return (depot.astype(np.int64) * n_items + item) * max(1, len(codes)) + number


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


def _shelves(problem: Problem) -> Units:
    """Return the shelf of each source: classes of life of one depot and earmark share one."""
    sources = problem.sources
    new = np.ones(len(sources), dtype=bool)
    new[1:] = (sources.depot[1:] != sources.depot[:-1]) | (sources.earmark[1:] != sources.earmark[:-1])
    return np.cumsum(new) - 1


def _queue_rows(problem: Problem, shelf_of_source: Units) -> tuple[NDArray[np.intp], Units]:
    """Return the stock rows that may be picked, and the shelf each belongs to."""
    case, sources = problem.case, problem.sources
    stock = case.stock
    shelf = np.full(len(stock), -1, dtype=np.int64)
    free = np.full(len(case.sites), -1, dtype=np.int64)
    unmarked = np.flatnonzero(sources.earmark == "")
    free[sources.depot[unmarked]] = shelf_of_source[unmarked]
    gives = _gives(problem)
    plain = stock.earmark == ""
    shelf[plain] = free[stock.site[plain]]
    marked = {
        (int(sources.depot[n]), str(sources.earmark[n])): int(shelf_of_source[n])
        for n in np.flatnonzero(sources.earmark != "")
    }
    for row in np.flatnonzero(~plain):
        site, earmark = int(stock.site[row]), str(stock.earmark[row])
        # What lies at a giving site under an earmark that admits it is its own to give.
        own = gives[site] and bool(earmark_covers(case, earmark, np.array([site]))[0])
        shelf[row] = free[site] if own else marked.get((site, earmark), -1)
    rows = np.flatnonzero((shelf >= 0) & _may_leave(case, gives))
    return rows, shelf[rows]


def _gives(problem: Problem) -> Bools:
    gives = np.zeros(len(problem.case.sites), dtype=bool)
    gives[problem.sources.depot[problem.sources.giving]] = True
    return gives


def _may_leave(case: Case, gives: Bools) -> Bools:
    """Return which stock rows are usable and, at depots, keep long enough to be sent to somebody."""
    stock = case.stock
    today = np.datetime64(case.policy.date, "D")
    # A giving site hands on what it holds for its own use; the shelf life is asked of depots' stock.
    first_day = np.where(gives[stock.site], today, today + life_classes(case)[0])
    return np.asarray((stock.status == 0) & (np.isnat(stock.expires) | (stock.expires >= first_day)))


def _first_expiring_first(shelf: Units, stock: Stock) -> NDArray[np.intp]:
    days = np.where(np.isnat(stock.expires), np.iinfo(np.int64).max, stock.expires.astype("datetime64[D]").astype(int))
    _, lot = np.unique(stock.lot, return_inverse=True)
    return np.lexsort((lot, days, shelf))


def _lasts(case: Case, stock: Stock) -> Units:
    """Return the days each row has left; what a site gives is asked for none, and lasts for every site."""
    depot = case.sites.kind[stock.site] == "warehouse"
    return np.where(depot, life_days(stock.expires, case.policy.date), FOR_ANY_SITE)


@dataclass(frozen=True, kw_only=True)
class _Draws(Table):
    """What leaves, in queue order: from a shelf (with item), units, for a line, of a life of so many days."""

    shelf: Units
    units: Units
    line: Units
    needs_days: Units


def _draws(problem: Problem, shipments: Shipments, shelf_of_source: Units) -> tuple[_Draws, tuple[Indices, ...]]:
    """Return what leaves, and the lines: (depot, site, item) in their order, without doubles."""
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
    shelf = shelf_of_source[shipments.source] * n_items + shipments.by
    # Within a shelf, sites are served in the order of their codes.
    order = np.argsort(shelf * n_sites + shipments.site, kind="stable")
    draws = _Draws(
        shelf=shelf,
        units=shipments.packs * case.items.pack_units[shipments.by],
        line=line,
        needs_days=days_needed(case)[shipments.site],
    )
    return draws.take(order), lines


def _picks(shelf: Units, stock_units: Units, lasts: Units, sent: _Draws) -> tuple[NDArray[np.intp], Units, Units]:
    """Return (stock row, draw, units): those who need the longest life first, each what expires first of it."""
    left = stock_units.copy()
    parts = []
    for days in np.unique(sent.needs_days)[::-1]:
        draws, fit = np.flatnonzero(sent.needs_days == days), np.flatnonzero(lasts >= days)
        row, draw, units = _overlaps(shelf[fit], left[fit], sent.shelf[draws], sent.units[draws])
        row, draw = fit[row], draws[draw]
        np.subtract.at(left, row, units)
        parts.append((row, draw, units))
    row, draw, units = (np.concatenate(column) for column in zip(*parts, strict=True))
    return row, draw, units


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
