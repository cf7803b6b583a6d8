"""What sites hold and what comes, taken from a case: rows of the shortfall report, and the depots behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Case, Dates, Floats, Indices, Table, Units
from allocator.need import depots_of, own_rows, usable_rows
from allocator.order_doubt import doubted_orders
from allocator.procurement_case import Order
from allocator.shortfall_rundown import Supply

__all__ = ["Central", "OnOrder", "SiteStock", "central_of", "nearest_depots", "orders_by_item", "row_keys", "stock_of"]

_DOUBT_DAYS = 14
_NO_HOURS = 24.0
"""Where nobody said how long a road takes, it takes a day."""


@dataclass(frozen=True, kw_only=True)
class SiteStock(Table):
    """What is known of each row's stock (S). `usable_units`: −1 where nobody counted.

    `reserved_units`: usable, but only for others (earmarked); `set_aside_units`: in quarantine, expired or damaged;
    `moving_units`: under way and due; `overdue_units`: under way and not counted upon, for it should have arrived, or
    follows what should have;
    `next_arrival`: NaT where nothing is under way.
    """

    usable_units: Units
    reserved_units: Units
    set_aside_units: Units
    moving_units: Units
    overdue_units: Units
    next_arrival: Dates


@dataclass(frozen=True, kw_only=True)
class Central(Table):
    """What each depot may send of each item, sorted: the reserve and earmarked stock stay (`kept_units`)."""

    depot: Indices
    item: Indices
    units: Units
    kept_units: Units


@dataclass(frozen=True, kw_only=True)
class OnOrder(Table):
    """Orders that are on the way, by position of the item; `site`: where they arrive, −1 where not said.

    `order`: position in the orders given. `arrives`: NaT where nobody said, which counts as never. `overdue`: should
    have arrived; `doubted`: this one, or another of the supplier and item, should have.
    """

    order: Indices
    item: Indices
    site: Indices
    units: Units
    arrives: Dates
    overdue: Bools
    doubted: Bools


def row_keys(case: Case, site: Indices, item: Indices) -> Units:
    """Return a number for each site and item that rises with both."""
    return np.asarray(site.astype(np.int64) * len(case.items) + item)


def stock_of(case: Case, site: Indices, item: Indices, *, days: int) -> tuple[SiteStock, Supply]:
    """Return what rows (sorted by site, then item) hold, and how it comes and lapses in so many days.

    What is under way and late is not counted upon, nor is what follows it to the same site: a supplier that fails
    misses one delivery first, and the next ones stand in the books for weeks. After a fortnight the late one is taken
    for a forgotten entry, and what follows counts again.
    """
    rows, stock = len(site), case.stock
    keys = row_keys(case, site, item)
    place, mine = _found(keys, row_keys(case, stock.site, stock.item))
    free, usable = own_rows(case), usable_rows(case)
    counted = np.zeros(rows, dtype=bool)
    counted[place[mine]] = True

    def total(chosen: Bools) -> Units:
        chosen = chosen & mine
        return _summed(place[chosen], stock.units[chosen], rows)

    held, moving = total(usable & free), _moving(case, keys, days)
    site_stock = SiteStock(
        usable_units=np.where(counted, held, -1),
        reserved_units=total(usable & ~free),
        set_aside_units=total(~usable),
        moving_units=moving.due_units,
        overdue_units=moving.overdue_units,
        next_arrival=moving.next_arrival,
    )
    supply = Supply(
        usable_units=held.astype(np.float64),
        lapsed_units=_lapsed(case, place, mine & usable & free, rows=rows, days=days),
        arriving_units=moving.arriving_units,
    )
    return site_stock, supply


def _lapsed(case: Case, place: Indices, chosen: Bools, *, rows: int, days: int) -> Floats:
    """Return how much of the `chosen` lots has lapsed by each day; `place`: the row of each lot."""
    stock, lapsed = case.stock, np.zeros((rows, days))
    dated = np.flatnonzero(chosen & ~np.isnat(stock.expires))
    last = (stock.expires[dated] - np.datetime64(case.policy.date, "D")).astype(np.int64)
    soon = last + 1 < days
    np.add.at(lapsed, (place[dated[soon]], last[soon] + 1), stock.units[dated[soon]])
    return np.asarray(lapsed.cumsum(axis=1))


@dataclass(frozen=True, kw_only=True)
class _Moving:
    """What is under way to each row: due, or not counted upon; when the next arrives; how much arrives on each day."""

    due_units: Units
    overdue_units: Units
    next_arrival: Dates
    arriving_units: Floats


def _moving(case: Case, keys: Units, days: int) -> _Moving:
    """Return what is under way to rows; what is late, or follows what is, does not count."""
    today, rows, moving = np.datetime64(case.policy.date, "D"), len(keys), case.in_transit
    on_road, known = _found(keys, row_keys(case, moving.site, moving.item))
    late = known & (moving.arrives < today) & (moving.arrives >= today - _DOUBT_DAYS) & (moving.units > 0)
    doubted = np.zeros(rows, dtype=bool)
    doubted[on_road[late]] = True
    due = known & (moving.arrives >= today)  # never true of NaT
    due[due] = ~doubted[on_road[due]]
    arriving = np.zeros((rows, days))
    day = (moving.arrives - today).astype(np.int64)
    seen = due & (day < days)
    np.add.at(arriving, (on_road[seen], day[seen]), moving.units[seen])
    later = due & (day > 0) & (moving.units > 0)
    first = np.full(rows, np.iinfo(np.int64).max)
    np.minimum.at(first, on_road[later], day[later])
    some = first < np.iinfo(np.int64).max
    return _Moving(
        due_units=_summed(on_road[due], moving.units[due], rows),
        overdue_units=_summed(on_road[known & ~due], moving.units[known & ~due], rows),
        next_arrival=np.where(some, today + np.where(some, first, 0), np.datetime64("NaT", "D")),
        arriving_units=arriving,
    )


def central_of(case: Case) -> Central:
    """Return what depots may send, the policy's reserve kept back as an exact share of all usable stock."""
    depots = depots_of(case)
    at_depot = np.zeros(len(case.sites), dtype=bool)
    at_depot[depots] = True
    stock = case.stock
    rows = np.flatnonzero(usable_rows(case) & at_depot[stock.site])
    keys, place = np.unique(row_keys(case, stock.site[rows], stock.item[rows]), return_inverse=True)
    depot, item = np.divmod(keys, max(1, len(case.items)))
    everything = _summed(place, stock.units[rows], len(keys))
    free = stock.earmark[rows] == ""
    sendable = _summed(place[free], stock.units[rows][free], len(keys))
    shares = [case.policy.reserve_of(code) for code in case.items.code]
    # Few keys: depots times items. Exact fractions, so that a share of a third keeps a third.
    reserve = np.array([ceil(shares[i] * int(n)) for i, n in zip(item, everything, strict=True)], dtype=np.int64)
    units = np.minimum(sendable, np.maximum(0, everything - reserve))
    return Central(depot=depot.astype(np.int32), item=item.astype(np.int32), units=units, kept_units=everything - units)


def orders_by_item(case: Case, orders: Sequence[Order]) -> OnOrder:
    """Return the orders that bring something; what is overdue is told, and not counted upon."""
    today = case.policy.date
    doubted = doubted_orders(orders, today)
    kept = [n for n, order in enumerate(orders) if order.on_the_way and order.item in case.item_index and order.units]
    days = [orders[n].arrives for n in kept]
    return OnOrder(
        order=np.array(kept, dtype=np.int32),
        item=np.array([case.item_index[orders[n].item] for n in kept], dtype=np.int32),
        site=np.array([case.site_index.get(orders[n].site, -1) for n in kept], dtype=np.int32),
        units=np.array([orders[n].units for n in kept], dtype=np.int64),
        arrives=np.array([day or "NaT" for day in days], dtype="datetime64[D]"),
        overdue=np.array([orders[n].overdue(today) for n in kept], dtype=np.bool_),
        doubted=np.array([doubted[n] for n in kept], dtype=np.bool_),
    )


def nearest_depots(case: Case) -> tuple[Indices, Floats]:
    """Return of every site the depots it can be reached from, nearest first (sites, most), and the hours to each.

    −1 and nan where there are no more. A depot is its own nearest.
    """
    lanes, depots = case.lanes, depots_of(case)
    rows = np.flatnonzero(lanes.open & np.isin(lanes.depot, depots))
    depot = np.concatenate([lanes.depot[rows], depots])
    site = np.concatenate([lanes.site[rows], depots])
    hours = np.concatenate([np.where(np.isnan(lanes.hours[rows]), _NO_HOURS, lanes.hours[rows]), np.zeros(len(depots))])
    order = np.lexsort((depot, hours, site))
    depot, site, hours = depot[order], site[order], hours[order]
    start = np.searchsorted(site, np.arange(len(case.sites)))
    rank = np.arange(len(site)) - start[site] if len(site) else np.zeros(0, dtype=np.int64)
    most = int(rank.max(initial=-1)) + 1
    found = np.full((len(case.sites), most), -1, dtype=np.int32)
    takes = np.full((len(case.sites), most), np.nan)
    found[site, rank], takes[site, rank] = depot, hours
    return found, takes


def _found(keys: Units, asked: Units) -> tuple[Indices, Bools]:
    place = np.minimum(np.searchsorted(keys, asked), max(0, len(keys) - 1))
    there = keys[place] == asked if len(keys) else np.zeros(len(asked), dtype=bool)
    return place.astype(np.int32), np.asarray(there)


def _summed(place: NDArray[np.integer], units: Units, rows: int) -> Units:
    return np.rint(np.bincount(place, weights=units, minlength=rows)).astype(np.int64)
