"""What expires once a plan is carried out: units that nobody can use before their last day, at what sites use a day.

A site uses what it holds before it takes more, first expiring first. With L(d) what it holds that ends by day d,
U(d) what it uses until the end of day d, today included and in whole units, and H all that it holds:

    expires at the site     W = max(0, max over d of L(d) − U(d))
    open for the depots     R(d) = max(0, U(d) − (H − W))
    expires at the depots   what they have left, less the most of it that fits into R before it ends

So it is the least that can expire: how depots share out what they have left is decided in nobody's disfavour
(`expiry_depots`). What replaces another item counts as used. Durables are not used up, and what is set aside is no
stock that anybody plans with: neither expires here. Without a last day nothing does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import MICRO, Case, Indices, Table, Units, micro
from allocator.expiry_depots import Leftover, Room, fitting_units
from allocator.lots import rows_picked
from allocator.need import depots_of, holdings_of, own_rows, usable_rows
from allocator.plan import Plan
from allocator.shelf_life import life_days

__all__ = ["expiring_units"]

_DAYS_MAX = 36_500
"""What lasts a hundred years lasts for ever."""


@dataclass(frozen=True, kw_only=True)
class _Held(Table):
    """Units that a site holds in one lot; `days` on which they can be used, today among them."""

    key: Units
    units: Units
    days: Units


def expiring_units(case: Case, plan: Plan | None) -> Units:
    """Return by item (I) the units that expire before they can be used, once a plan of the case is carried out.

    `plan`: None where nothing is sent.
    """
    size = len(case.items)
    at_depot = np.zeros(len(case.sites), dtype=bool)
    at_depot[depots_of(case)] = True
    left, came = _carried_out(case, plan)
    days = life_days(case.stock.expires, case.policy.date)
    dated = usable_rows(case) & (days < _DAYS_MAX) & (left > 0) & ~case.items.durable[case.stock.item]
    own = own_rows(case)
    mine = np.flatnonzero(dated & ~at_depot[case.stock.site] & own)
    stock_key = case.stock.site.astype(np.int64) * size + case.stock.item
    held = _joined(_Held(key=stock_key[mine], units=left[mine], days=days[mine] + 1), came)
    use = _use_of(case, plan, held.key)
    wasted = _wasted(use, held)
    found = np.zeros(size, dtype=np.int64)
    np.add.at(found, use.item, wasted)
    # What lies at a site for somebody else's use has no road on to anybody.
    stray = np.flatnonzero(dated & ~at_depot[case.stock.site] & ~own)
    np.add.at(found, case.stock.item[stray], left[stray])
    central = np.flatnonzero(dated & at_depot[case.stock.site])
    stock = case.stock.take(central)
    leftover = Leftover(
        depot=stock.site, earmark=stock.earmark, item=stock.item, units=left[central], days=days[central] + 1
    )
    np.add.at(found, leftover.item, leftover.units)
    return np.where(case.items.durable, 0, found - fitting_units(case, leftover, _room(use, wasted)))


def _carried_out(case: Case, plan: Plan | None) -> tuple[Units, _Held]:
    """Return what is left of each stock row, and what of it came to sites with a last day."""
    left = case.stock.units.copy()
    if plan is None or not len(plan.lots):  # then no stock that can leave has a last day
        none = np.empty(0, dtype=np.int64)
        return left, _Held(key=none, units=none, days=none)
    row, pick, units = rows_picked(case, plan.lots)
    np.subtract.at(left, row, units)
    days = life_days(case.stock.expires[row], case.policy.date)
    some = np.flatnonzero(days < _DAYS_MAX)
    key = plan.lots.site.astype(np.int64) * len(case.items) + plan.lots.item
    return left, _Held(key=key[pick[some]], units=units[some], days=days[some] + 1)


def _joined(one: _Held, other: _Held) -> _Held:
    names = ("key", "units", "days")
    return _Held(**{name: np.concatenate([getattr(one, name), getattr(other, name)]) for name in names})


@dataclass(frozen=True, kw_only=True)
class _Use(Table):
    """Sites and items, sorted, each pair once: what is used a day, at once in another item's place, and held."""

    key: Units
    site: Indices
    item: Indices
    daily_micro: Units
    at_once: Units
    held: Units


def _use_of(case: Case, plan: Plan | None, more: Units) -> _Use:
    """Return the use of every need, and of the pairs `more`, which may have none."""
    size = max(1, len(case.items))
    needs = case.needs
    own = needs.site.astype(np.int64) * size + needs.item
    key = np.unique(np.concatenate([own, more]))
    site, item = (part.astype(np.int32) for part in np.divmod(key, size))
    daily = np.zeros(len(key), dtype=np.int64)
    daily[np.searchsorted(key, own)] = np.maximum(0, micro(needs.daily_units))
    on_hand, in_transit, _ = holdings_of(case, site, item)
    held, at_once = on_hand + in_transit, np.zeros(len(key), dtype=np.int64)
    if plan is not None:
        lines, replaced = plan.lines, plan.substituted
        _add(held, key, lines.site.astype(np.int64) * size + lines.item, lines.units)
        _add(held, key, lines.depot.astype(np.int64) * size + lines.item, -lines.units)  # sites may give
        _add(at_once, key, replaced.site.astype(np.int64) * size + replaced.by, replaced.units)
        _add(held, key, replaced.site.astype(np.int64) * size + replaced.item, _in_place_of(case, plan))
    return _Use(key=key, site=site, item=item, daily_micro=daily, at_once=at_once, held=np.maximum(0, held))


def _in_place_of(case: Case, plan: Plan) -> Units:
    """Return the whole units of the item needed that each substitution stands for."""
    subs, size = case.substitutes, max(1, len(case.items))
    ratio = dict(zip((subs.item.astype(np.int64) * size + subs.by).tolist(), subs.units_per_unit.tolist(), strict=True))
    key = (plan.substituted.item.astype(np.int64) * size + plan.substituted.by).tolist()
    per_unit = np.array([ratio[each] for each in key], dtype=np.float64)
    return np.floor(plan.substituted.units / per_unit).astype(np.int64)


def _add(column: Units, keys: Units, asked: Units, units: Units) -> None:
    """Add units where their key is there; elsewhere nobody asks."""
    place = np.minimum(np.searchsorted(keys, asked), max(0, len(keys) - 1))
    there = keys[place] == asked if len(keys) else np.zeros(len(asked), dtype=bool)
    np.add.at(column, place[there], units[there])


def _used(daily_micro: Units, days: Units) -> Units:
    return daily_micro * days // MICRO


def _wasted(use: _Use, held: _Held) -> Units:
    """Return what expires of each pair's own holdings."""
    lots = held.take(np.lexsort((held.days, held.key)))
    place = np.searchsorted(use.key, lots.key)
    until = np.cumsum(lots.units)
    first = np.searchsorted(lots.key, lots.key, side="left")
    ends = until - (until - lots.units)[first]
    wasted = np.zeros(len(use), dtype=np.int64)
    np.maximum.at(wasted, place, ends - use.at_once[place] - _used(use.daily_micro[place], lots.days))
    return wasted


def _room(use: _Use, wasted: Units) -> Room:
    """Return what sites will take from depots as their own runs out."""
    some: NDArray[np.intp] = np.flatnonzero(use.daily_micro > 0)
    kept = use.take(some)
    return Room(
        site=kept.site,
        item=kept.item,
        daily_micro=kept.daily_micro,
        covered_units=kept.held - wasted[some] - kept.at_once,
    )
