"""What the shortfall report says, as columns of numbers: rows (a site and an item), groups of them, items over time."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Case, Dates, Floats, Indices, Table, Texts, Units
from allocator.procurement_case import Budget, Offer, Order
from allocator.shortfall_netting import Netted
from allocator.shortfall_rules import ShortfallRules
from allocator.shortfall_supply import OnOrder

__all__ = ["FLAGS", "GROUPINGS", "STATUSES", "Fans", "Groups", "ShortfallReport", "ShortfallRows"]

STATUSES = ("stocked_out", "under", "to_plan", "over", "no_data")
FLAGS = ("stale", "never_counted", "broken_balance", "assumed_demand", "assumed_lead", "shifted")
"""Data-quality flags of a row, by bit."""
GROUPINGS = ("depot", "area", "item", "tier")


@dataclass(frozen=True, kw_only=True)
class ShortfallRows(Table):
    """One row for each site and item, sorted by P(stock-out before the next delivery) × criticality, highest first.

    Positions are the case's; −1, nan and NaT: nobody said, or none. `tier`: position in the policy's tiers. `source`:
    position in `shortfall_outlook.SOURCES`. `daily_units`, `daily_units_high`: P50 and P90 (durables: nan, for they
    are not used up; `holding_units` is what they must hold). Units and dates: `shortfall_supply.SiteStock`.
    `cover_days`, `cover_days_low`: usable ÷ use at P50 and P90. `stock_out`, `stock_out_early`: the first day on which
    demand is not met, in the middle and in the tenth worst future; NaT where none is within sight.
    `p_before_delivery`: P(stock-out before the next delivery, or the horizon); `p_horizon`: by the horizon; `p_after`:
    by the horizon though all transfers are sent today. `unmet_units`, `unmet_units_high`: P50 and P90 at the horizon.
    `expired_units`, `expired_fen`: thrown away before use, at P50. `lacking_units`: P90 unmet, what must come.
    `central_units`, `lateral_units`, `ordered_units`, `buy_units`: from where. `order_by`: the last day to order, NaT
    where `buy_units` is 0; `offer`: position in the offers; `cost_fen`. `why` (S, 3): drivers, by position in
    `shortfall_why.DRIVERS`, −1 none, `why_days`, `why_units`: how much. `flags`: bits of `FLAGS`. `weekly` (S, W):
    status at the end of each week.
    """

    site: Indices
    item: Indices
    tier: NDArray[np.int8]
    criticality: Floats
    source: Indices
    daily_units: Floats
    daily_units_high: Floats
    holding_units: Floats
    usable_units: Units
    reserved_units: Units
    set_aside_units: Units
    moving_units: Units
    overdue_units: Units
    next_arrival: Dates
    cover_days: Floats
    cover_days_low: Floats
    stock_out: Dates
    stock_out_early: Dates
    p_before_delivery: Floats
    p_horizon: Floats
    p_after: Floats
    unmet_units: Floats
    unmet_units_high: Floats
    expired_units: Floats
    expired_fen: Units
    status: NDArray[np.int8]
    lacking_units: Units
    central_units: Units
    lateral_units: Units
    ordered_units: Units
    buy_units: Units
    order_by: Dates
    offer: Indices
    lead_days: Indices
    cost_fen: Units
    why: NDArray[np.int8]
    why_days: Floats
    why_units: Floats
    flags: Indices
    alarm: Bools
    weekly: NDArray[np.int8]


@dataclass(frozen=True, kw_only=True)
class Groups(Table):
    """Rows of one item rolled up: by depot, area, item or tier. Quantiles are of the sum, drawn together.

    `label`: code of the group, "" where the rows have none. `counts` (G, 5): rows by status. `daily_units`,
    `daily_units_high`: P50 and P90 of the sum. `held_units`: usable at the sites; `central_units`: at depots (groupings
    by item and depot only); `coming_units`: under way and on order. `cover_days`: all of these ÷ daily use.
    `stock_out`, `stock_out_early`, `p_horizon`: were all of it shared freely. `unmet_units`, `unmet_units_high`: P50
    and P90 of the rows' sum, as things stand. `buy_units`: P90 of what no transfer covers, in packs; `order_by`: the
    rows' earliest, NaT where nothing is bought.
    """

    label: Texts
    item: Indices
    rows: Units
    counts: Units
    daily_units: Floats
    daily_units_high: Floats
    held_units: Units
    central_units: Units
    coming_units: Units
    cover_days: Floats
    stock_out: Dates
    stock_out_early: Dates
    p_horizon: Floats
    unmet_units: Floats
    unmet_units_high: Floats
    expired_units: Floats
    expired_fen: Units
    buy_units: Units
    cost_fen: Units
    order_by: Dates


@dataclass(frozen=True, kw_only=True)
class Fans:
    """Items over the coming days, all sites together. `item`: positions (I); `demand` (I, T, 5): quantiles of a day.

    `stock` (I, T), `stock_low`: all stock and what comes, in the middle and in the tenth worst future, in the evening.
    """

    item: Indices
    demand: Floats
    stock: Floats
    stock_low: Floats

    @property
    def days(self) -> int:
        """How many days are looked ahead."""
        return int(self.demand.shape[1])


@dataclass(frozen=True, kw_only=True)
class ShortfallReport:
    """The whole report of one day. `groups`: by name of the grouping. `netted`: who gives whom, by row positions.

    `given_from` (rows of `netted`, in the order of `rows`), see `Netted`.
    """

    case: Case
    rules: ShortfallRules
    days: int
    rows: ShortfallRows
    groups: Mapping[str, Groups]
    fans: Fans
    netted: Netted
    on_order: OnOrder
    offers: tuple[Offer, ...]
    orders: tuple[Order, ...]
    budgets: tuple[Budget, ...]
    cut_off: dt.date | None

    @property
    def today(self) -> dt.date:
        """The day of the report."""
        return self.case.policy.date

    @property
    def weeks(self) -> int:
        """How many whole or begun weeks are looked ahead."""
        return int(self.rows.weekly.shape[1])
