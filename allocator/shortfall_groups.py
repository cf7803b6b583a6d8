"""Rows of an item rolled up by depot, area, item or tier: sums of the same futures, never of quantiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import Case, Dates, Floats, Indices, Texts, Units
from allocator.shortfall_draws import EARLY, Pool, quantile_day
from allocator.shortfall_netting import packs_up
from allocator.shortfall_outlook import LEVELS
from allocator.shortfall_rules import ShortfallRules
from allocator.shortfall_rundown import Supply
from allocator.shortfall_supply import Central, OnOrder
from allocator.shortfall_tables import STATUSES, Fans, Groups, ShortfallRows

__all__ = ["GroupInputs", "Grouped", "fans_of", "grouped", "rolled_up", "township_of"]

_NEVER = np.datetime64("NaT", "D")
_TOWNSHIP_DIGITS, _VILLAGE_DIGITS = 9, 12


@dataclass(frozen=True, kw_only=True)
class GroupInputs:
    """What rolling up needs to know of rows, before anything is drawn. `nearest`: each row's depot, −1 where none."""

    case: Case
    site: Indices
    item: Indices
    tier: NDArray[np.int8]
    supply: Supply
    central: Central
    on_order: OnOrder
    nearest: Indices
    rules: ShortfallRules

    @property
    def days(self) -> int:
        """How many days are looked ahead."""
        return int(self.supply.arriving_units.shape[1])


def township_of(area: str) -> str:
    """Return the township of a village's code of twelve digits; any other area stays as it is.

    >>> township_of("421127103201"), township_of("north")
    ('421127103', 'north')
    """
    return area[:_TOWNSHIP_DIGITS] if len(area) == _VILLAGE_DIGITS and area.isdigit() else area


def _labels(given: GroupInputs, grouping: str) -> Texts:
    case = given.case
    if grouping == "item":
        return np.full(len(given.site), "", dtype=object)
    if grouping == "tier":
        names = np.array([*case.policy.tier_names, ""], dtype=object)
        return np.asarray(names[given.tier])
    if grouping == "depot":
        codes = np.concatenate([case.sites.code, np.array([""], dtype=object)])
        return np.asarray(codes[given.nearest])
    townships = np.array([township_of(area) for area in case.sites.area], dtype=object)
    return np.asarray(townships[given.site])


@dataclass(frozen=True, kw_only=True)
class Grouped:
    """Groups by item and label, sorted; `of` (S,): which each row is of; what they hold and what comes to them."""

    labels: Texts
    items: Indices
    of: Indices
    supply: Supply
    central_units: Units
    coming_units: Units

    @property
    def size(self) -> int:
        """How many groups there are."""
        return len(self.items)

    def sum(self, column: Any) -> Floats:
        """Add a column of the rows up by group."""
        return np.asarray(np.bincount(self.of, weights=np.asarray(column, np.float64), minlength=self.size), np.float64)

    def whole(self, column: Any) -> Units:
        """Add a column of whole numbers up by group."""
        return np.rint(self.sum(column)).astype(np.int64)

    def earliest(self, days: Dates) -> Dates:
        """Return the first day of each group, NaT where it has none."""
        numbers = np.where(np.isnat(days), np.iinfo(np.int64).max, days.astype("datetime64[D]").astype(np.int64))
        found = np.full(self.size, np.iinfo(np.int64).max)
        np.minimum.at(found, self.of, numbers)
        some = found < np.iinfo(np.int64).max
        return np.where(some, np.where(some, found, 0).astype("datetime64[D]"), _NEVER)


def grouped(given: GroupInputs, grouping: str) -> Grouped:
    """Return the groups of one grouping, with what they hold together."""
    labels, which = np.unique(_labels(given, grouping).astype(str), return_inverse=True)
    keys, of = np.unique(given.item.astype(np.int64) * len(labels) + which, return_inverse=True)
    item, label = np.divmod(keys, max(1, len(labels)))
    bare = _Bare(labels=labels[label].astype(object), items=item.astype(np.int32), of=of.astype(np.int32))
    return _pooled(given, bare, grouping)


@dataclass(frozen=True, kw_only=True)
class _Bare:
    labels: Texts
    items: Indices
    of: Indices


def _pooled(given: GroupInputs, groups: _Bare, grouping: str) -> Grouped:
    """Add up what each group holds, of it at depots, and what comes to it until the horizon."""
    size, days = len(groups.items), given.days
    lapsed, arriving = np.zeros((size, days)), np.zeros((size, days))
    np.add.at(lapsed, groups.of, given.supply.lapsed_units)
    np.add.at(arriving, groups.of, given.supply.arriving_units)
    central = np.zeros(size, dtype=np.int64)
    place = {pair: n for n, pair in enumerate(zip(groups.labels, groups.items.tolist(), strict=True))}
    codes, on_order, today = given.case.sites.code, given.on_order, np.datetime64(given.case.policy.date, "D")
    if grouping in ("item", "depot"):
        for depot, item, units in zip(given.central.depot, given.central.item, given.central.units, strict=True):
            at = place.get((codes[depot] if grouping == "depot" else "", int(item)), -1)
            if at >= 0:
                central[at] += units
        for row in np.flatnonzero(~on_order.doubted & (on_order.arrives < today + days)):
            label = codes[on_order.site[row]] if grouping == "depot" and on_order.site[row] >= 0 else ""
            at = place.get((label, int(on_order.item[row])), -1)
            if at >= 0:
                arriving[at, (on_order.arrives[row] - today).astype(int)] += on_order.units[row]
    held = np.bincount(groups.of, weights=given.supply.usable_units, minlength=size).astype(np.float64)
    until = min(given.rules.horizon_days, days)
    return Grouped(
        labels=groups.labels,
        items=groups.items,
        of=groups.of,
        supply=Supply(usable_units=held + central, lapsed_units=lapsed, arriving_units=arriving),
        central_units=central,
        coming_units=np.rint(arriving[:, :until].sum(axis=1)).astype(np.int64),
    )


def rolled_up(given: GroupInputs, groups: Grouped, pool: Pool, rows: ShortfallRows, prices_fen: Floats) -> Groups:
    """Return the groups of one grouping, those that run out most likely first. `rows`: in the order of `given`."""
    found = Groups(**_columns(given, groups, pool, rows, prices_fen))
    worst = np.lexsort((found.item, found.label.astype(str), -found.unmet_units_high, -found.p_horizon))
    return found.take(worst)


def _columns(
    given: GroupInputs, groups: Grouped, pool: Pool, rows: ShortfallRows, prices_fen: Floats
) -> dict[str, Any]:
    rules, days, central, coming = given.rules, given.days, groups.central_units, groups.coming_units
    today = np.datetime64(given.case.policy.date, "D")
    until = min(rules.horizon_days, days)
    low, high = np.quantile(pool.total, [LEVELS[1], LEVELS[3]], axis=0).astype(np.float64)
    unmet = np.quantile(pool.unmet, [LEVELS[1], LEVELS[3]], axis=0).astype(np.float64)
    held = groups.whole(np.maximum(0, rows.usable_units))
    sent = groups.sum(rows.central_units + rows.lateral_units + rows.ordered_units)
    durable = given.case.items.durable[groups.items]
    lacking = np.ceil(np.quantile(np.maximum(0, pool.unmet - sent), LEVELS[3], axis=0) - 1e-3).astype(np.int64)
    buy = np.where(durable, groups.whole(rows.buy_units), packs_up(np.maximum(0, lacking),
                   given.case.items.pack_units[groups.items]))  # fmt: skip
    middle, early = (quantile_day(pool.first_out, level) for level in (0.5, EARLY))
    row_buys, row_cost = groups.sum(rows.buy_units), groups.sum(np.maximum(0, rows.cost_fen))
    some = (row_buys > 0) & (groups.sum((rows.cost_fen < 0) & (rows.buy_units > 0)) == 0)
    price = np.divide(row_cost, row_buys, out=np.full(groups.size, np.nan), where=some)
    counts = np.stack([groups.whole(rows.status == n) for n in range(len(STATUSES))], axis=1)
    return {
        "label": groups.labels,
        "item": groups.items,
        "rows": counts.sum(axis=1),
        "counts": counts,
        "daily_units": np.where(durable, np.nan, low / until),
        "daily_units_high": np.where(durable, np.nan, high / until),
        "held_units": held,
        "central_units": central,
        "coming_units": coming,
        "cover_days": np.divide((held + central + coming) * until, low, out=np.full(groups.size, np.nan),
                                where=(low > 0) & ~durable),
        "stock_out": _dates(today, middle, days),
        "stock_out_early": _dates(today, early, days),
        "p_horizon": (pool.first_out < until).mean(axis=0),
        "unmet_units": unmet[0],
        "unmet_units_high": unmet[1],
        "expired_units": groups.sum(rows.expired_units),
        "expired_fen": np.where(np.isnan(prices_fen[groups.items]), -1,
                                groups.whole(np.maximum(0, rows.expired_fen))),
        "buy_units": buy,
        "cost_fen": np.where((buy > 0) & np.isnan(price), -1, np.rint(np.nan_to_num(price) * buy)).astype(np.int64),
        "order_by": _order_by(groups, rows, buy, np.where(early < days, today + early.astype("timedelta64[D]"), _NEVER),
                              rules.safety_days),
    }  # fmt: skip


def _order_by(groups: Grouped, rows: ShortfallRows, buy: Units, early: Dates, safety_days: int) -> Dates:
    """Return the rows' earliest; of a sum that is bought though no row is, the early stock-out less the longest lead.

    Where nothing is bought, there is no day.
    """
    lead = np.zeros(groups.size, dtype=np.int64)
    np.maximum.at(lead, groups.of, rows.lead_days)
    own = early - (lead + safety_days).astype("timedelta64[D]")
    first = groups.earliest(rows.order_by)
    return np.where(buy > 0, np.where(np.isnat(first), own, first), _NEVER)


def _dates(today: np.datetime64, day: Indices, days: int) -> Dates:
    return np.where(day < days, today + day.astype("timedelta64[D]"), _NEVER)


def fans_of(groups: Grouped, pool: Pool) -> Fans:
    """Return each item's demand by day with its quantiles, and how all of its stock runs down; of kept pools."""
    if pool.demand is None or pool.stock is None:
        raise ValueError("The pools were not kept.")
    demand = np.quantile(pool.demand, LEVELS, axis=1).astype(np.float64)
    low, middle = np.quantile(pool.stock, [EARLY, 0.5], axis=1).astype(np.float64)
    return Fans(item=groups.items, demand=np.moveaxis(demand, 0, 2).swapaxes(0, 1), stock=middle.T, stock_low=low.T)
