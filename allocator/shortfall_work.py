"""The steps of the shortfall report, each worked out once, when the next asks for it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from allocator.case import Bools, Case, Floats, Indices, Units
from allocator.need import promised_cover, tiers_of_sites
from allocator.planning import PlanningCase
from allocator.shortfall_buying import Buying, best_offers, unit_price_fen
from allocator.shortfall_demand import RowHistory
from allocator.shortfall_draws import EARLY, Draws, Pooled, draw_rows, middle_run, quantile_day
from allocator.shortfall_groups import Grouped, GroupInputs, grouped
from allocator.shortfall_netting import Netted, net_of_transfers
from allocator.shortfall_outlook import DemandOutlook, Paths
from allocator.shortfall_rules import ShortfallRules
from allocator.shortfall_rundown import Supply
from allocator.shortfall_supply import Central, OnOrder, SiteStock, central_of, nearest_depots, orders_by_item, stock_of
from allocator.shortfall_tables import STATUSES

__all__ = ["Working", "ratio", "reordered"]

_WHOLE = 1e-3
"""Of a unit: less than this unmet is rounding."""


def reordered(netted: Netted, rank: Indices, order: Indices) -> Netted:
    """Return the same with the rows at their places in the sorted report."""
    lateral = dataclasses.replace(netted.lateral, giver=rank[netted.lateral.giver], taker=rank[netted.lateral.taker])
    taking = {name: getattr(netted, name) for name in ("from_depots", "ordered")}
    moved: dict[str, Any] = {name: dataclasses.replace(each, taker=rank[each.taker]) for name, each in taking.items()}
    units = {name: getattr(netted, name)[order] for name in
             ("central_units", "lateral_units", "ordered_units", "buy_units")}  # fmt: skip
    return dataclasses.replace(netted, lateral=lateral, **moved, **units)


@dataclass(frozen=True, kw_only=True)
class Working:
    """The report being worked out: each step once, in the order in which the next asks for it."""

    planning: PlanningCase
    rules: ShortfallRules
    site: Indices
    item: Indices
    outlook: DemandOutlook
    known: RowHistory
    groupings: frozenset[str]

    @cached_property
    def case(self) -> Case:
        """What is planned."""
        return self.planning.case

    @cached_property
    def durable(self) -> Bools:
        """Which rows are held, not used up."""
        return np.asarray(self.case.items.durable[self.item])

    @cached_property
    def today(self) -> np.datetime64:
        """The day of the report."""
        return np.datetime64(self.planning.day, "D")

    @cached_property
    def _stock(self) -> tuple[SiteStock, Supply]:
        return stock_of(self.case, self.site, self.item, days=self.outlook.days)

    @property
    def stock(self) -> SiteStock:
        """What each row holds and what is under way to it."""
        return self._stock[0]

    @property
    def supply(self) -> Supply:
        """The same, as it runs down."""
        return self._stock[1]

    @cached_property
    def central(self) -> Central:
        """What depots may send."""
        return central_of(self.case)

    @cached_property
    def on_order(self) -> OnOrder:
        """What was ordered and is still to come."""
        return orders_by_item(self.case, self.planning.orders)

    @cached_property
    def prices_fen(self) -> Floats:
        """The lowest price of each item today, nan where nobody sells it."""
        return unit_price_fen(self.case, self.planning.offers, self.planning.day)

    @cached_property
    def _roads(self) -> tuple[Indices, Floats]:
        depots, hours = nearest_depots(self.case)
        return depots[self.site], hours[self.site]

    @property
    def depots(self) -> Indices:
        """The depots each row can be reached from, nearest first."""
        return self._roads[0]

    @cached_property
    def road_days(self) -> Indices:
        """Whole days from the nearest depot, at least one."""
        hours = self._roads[1]
        nearest = hours[:, 0] if hours.shape[1] else np.full(len(self.site), np.nan)
        return np.maximum(1, np.ceil(np.nan_to_num(nearest, nan=24.0) / 24)).astype(np.int32)

    @cached_property
    def shocks(self) -> Paths:
        """Where each path of each row stands."""
        return self.outlook.shocks(self.rules.paths, seed=self.rules.seed)

    @cached_property
    def draws(self) -> Draws:
        """What becomes of the rows if nothing more is sent."""
        pools = {
            name: Pooled(of=each.of, item=each.items, supply=each.supply, keep=name == "item")
            for name, each in self.groups.items()
        }
        return draw_rows(self.outlook, self.supply, self.rules, self.shocks, item=self.item, pools=pools)

    @cached_property
    def grouping(self) -> GroupInputs:
        """What rolling up needs to know of the rows."""
        return GroupInputs(
            case=self.case,
            site=self.site,
            item=self.item,
            tier=self.tier,
            supply=self.supply,
            central=self.central,
            on_order=self.on_order,
            nearest=self.depots[:, 0] if self.depots.shape[1] else np.full(len(self.site), -1, dtype=np.int32),
            rules=self.rules,
        )

    @cached_property
    def groups(self) -> dict[str, Grouped]:
        """The groupings asked for."""
        return {name: grouped(self.grouping, name) for name in sorted(self.groupings)}

    @cached_property
    def middle(self) -> tuple[Units, Floats, Floats]:
        """What becomes of them at middle demand."""
        return middle_run(self.outlook, self.supply)

    @cached_property
    def level(self) -> Floats:
        """Units a day at P50, nan for durables."""
        return np.where(self.durable, np.nan, self.outlook.level_units)

    @cached_property
    def level_high(self) -> Floats:
        """Units a day at P90, nan for durables."""
        return np.where(self.durable, np.nan, self.outlook.level_units_high)

    @cached_property
    def holding(self) -> Floats:
        """What a durable must be held of, nan for what is used up and where nobody said."""
        needs, wanted = self.case.needs, np.full(len(self.site), np.nan)
        size = len(self.case.items)
        keys = needs.site.astype(np.int64) * size + needs.item
        mine = self.site.astype(np.int64) * size + self.item
        place = np.minimum(np.searchsorted(keys, mine), max(0, len(keys) - 1))
        rows = self.durable & (keys[place] == mine) if len(keys) else np.zeros(len(mine), dtype=bool)
        wanted[rows] = needs.daily_units[place[rows]]
        return wanted

    @cached_property
    def tier(self) -> Any:
        """Position of each row's tier in the policy, −1 where it has none."""
        return tiers_of_sites(self.case)[self.site]

    @cached_property
    def criticality(self) -> Floats:
        """1 for the first tier of the policy, ½ for the second, ⅓ …; who has no tier comes last."""
        tiers = len(self.case.policy.tier_names)
        return np.asarray(1.0 / (1 + np.where(self.tier < 0, tiers, self.tier)))

    @cached_property
    def plan_days(self) -> Floats:
        """The cover the ladder promises, or the rules' where it promises none."""
        if not self.case.policy.tier_names:
            return np.full(len(self.site), float(self.rules.plan_days))
        promised = promised_cover(self.case, np.maximum(self.tier, 0), self.item)
        return np.where((self.tier < 0) | (promised <= 0) | self.durable, float(self.rules.plan_days), promised)

    @cached_property
    def cover(self) -> Floats:
        """Usable ÷ daily use, nan where either is unknown."""
        return ratio(np.where(self.stock.usable_units < 0, np.nan, self.stock.usable_units), self.level)

    @cached_property
    def p_before(self) -> Floats:
        """P(stock-out before the next delivery, or the horizon where none comes before it)."""
        ahead = (self.stock.next_arrival - self.today).astype(np.float64)
        until = np.where(np.isnat(self.stock.next_arrival), np.inf, ahead)
        until = np.minimum(until, self.rules.horizon_days).astype(np.int64)
        return np.where(self.durable, self.empty_handed, self.draws.share_out_before(until))

    @cached_property
    def empty_handed(self) -> Floats:
        """1 for a durable that must be held and of which there is none."""
        return (self.durable & (self.holding > 0) & (self.stock.usable_units == 0)).astype(np.float64)

    @cached_property
    def lacking(self) -> Units:
        """What must come until the horizon so that nine futures in ten are met; by the policy where nobody counted."""
        unmet = np.quantile(self.draws.unmet, 0.9, axis=0).astype(np.float64)
        held = self.stock.usable_units + self.stock.moving_units
        lacked = np.where(self.durable, np.nan_to_num(self.holding) - np.maximum(0, held), unmet)
        if self.case.policy.uncounted == "leave_out":
            lacked = np.where(self.stock.usable_units < 0, 0, lacked)
        return np.ceil(np.maximum(0, lacked - _WHOLE)).astype(np.int64)

    @cached_property
    def surplus(self) -> Units:
        """What a site holds above the cover at which it is "over" at P90 demand."""
        kept = float(self.case.policy.transfer_above_days) or float(self.rules.over_days)
        need = np.where(self.durable, self.holding, self.level_high * kept)
        spare = self.stock.usable_units - np.nan_to_num(need, nan=np.inf)
        return np.floor(np.maximum(0, np.where(self.lacking > 0, 0, spare))).astype(np.int64)

    @cached_property
    def netted(self) -> Netted:
        """Who can give each row what, the most urgent first."""
        urgency = np.lexsort((np.arange(len(self.site)), -self.draws.share_out_before(self.rules.horizon_days)
                              * self.criticality, -self.p_before * self.criticality))  # fmt: skip
        back = np.argsort(urgency)
        in_time = ~self.on_order.doubted & (self.on_order.arrives < self.today + self.rules.horizon_days)
        timely = self.on_order.take(np.flatnonzero(in_time))
        found = net_of_transfers(
            item=self.item[urgency],
            lacking_units=self.lacking[urgency],
            surplus_units=self.surplus[urgency],
            pack_units=self.case.items.pack_units[self.item[urgency]],
            depots=self.depots[urgency],
            stock=(self.central.depot, self.central.item, self.central.units),
            orders=(timely.site, timely.item, timely.units),
            items=len(self.case.items),
        )
        return dataclasses.replace(
            reordered(found, urgency.astype(np.int32), back.astype(np.int32)),
            ordered=dataclasses.replace(
                found.ordered,
                giver=np.flatnonzero(in_time)[found.ordered.giver].astype(np.int32),
                taker=urgency[found.ordered.taker].astype(np.int32),
            ),
        )

    @cached_property
    def after(self) -> Draws:
        """The same futures, were all transfers here today and orders on their day."""
        netted = self.netted
        sent = (netted.central_units + netted.lateral_units).astype(np.float64)
        arriving = self.supply.arriving_units.copy()
        moves = netted.ordered
        day = (self.on_order.arrives[moves.giver] - self.today).astype(np.int64) + self.road_days[moves.taker]
        seen = day < self.outlook.days
        np.add.at(arriving, (moves.taker[seen], day[seen]), moves.units[seen])
        helped = sent + netted.ordered_units > 0
        supply = dataclasses.replace(self.supply, usable_units=self.supply.usable_units + sent, arriving_units=arriving)
        ran = draw_rows(self.outlook, supply, self.rules, self.shocks, item=self.item, only=helped)
        first = np.where(helped, ran.first_out, self.draws.first_out)
        return Draws(first_out=first, unmet=np.where(helped, ran.unmet, self.draws.unmet))

    @cached_property
    def buying(self) -> Buying:
        """From whom each row would buy."""
        return best_offers(
            self.case,
            self.planning.offers,
            item=self.item,
            buy_units=self.netted.buy_units,
            out_day=quantile_day(self.after.first_out, EARLY),
            road_days=self.road_days,
            safety_days=self.rules.safety_days,
            assumed_lead_days=self.rules.lead_days,
        )

    @cached_property
    def status(self) -> Any:
        """By stock alone: out, less than the plan promises, to plan, more than `over_days`, or nobody knows."""
        usable = self.stock.usable_units
        share = ratio(usable.astype(np.float64), self.holding)
        under = np.where(self.durable, share < 1, self.cover < self.plan_days)
        over = np.where(self.durable, share > 2, self.cover > self.rules.over_days)  # noqa: PLR2004 - twice the holding
        wanted = np.where(self.durable, self.holding, self.level)
        found = np.select(
            [(usable < 0) | np.isnan(wanted), (usable == 0) & (wanted > 0), under, over],
            [STATUSES.index(name) for name in ("no_data", "stocked_out", "under", "over")],
            STATUSES.index("to_plan"),
        )
        return found.astype(np.int8)


def ratio(over: Floats, under: Floats) -> Floats:
    """Return a quotient, nan where there is nothing to divide by."""
    return np.divide(over, under, out=np.full(np.shape(over), np.nan), where=np.asarray(under > 0))
