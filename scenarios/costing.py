"""What a plan costs: the worth of what is sent, the loads that carry it, what buying all that is lacking takes.

And what will expire before anybody can use it, once the plan is carried out: money that is lost.

Prices are those of `offers`, the lowest that is open on the day; an item that nobody sells then has none, and is in
no sum. Absent is not zero: without any price, and without a word on what a vehicle carries, a cost is nan.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.case import Bools, Case, Floats, Indices, Units
from allocator.expiry import expiring_units
from allocator.need import depots_of
from allocator.plan import Plan
from allocator.procurement_case import Budget, Offer
from allocator.shortfall_buying import unit_price_fen
from allocator.shortfall_supply import central_of

__all__ = ["Costs", "Prices", "costs_of", "money_there", "no_prices", "prices_of"]

_FEN = 100
_HAIR = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Prices:
    """Yuan a unit of each item (I), nan where nobody sells it: `now`, and as the scenario `then` has it.

    What is sent is worth what it costs now, whatever a scenario supposes of offers; what is lacking is bought then,
    from the `money` that there is then (nan: no budget says), and what expires is worth what it would cost then.
    """

    now: Floats
    then: Floats
    money: float = np.nan


@dataclass(frozen=True, kw_only=True, eq=False)
class Costs:
    """What a plan costs, by item (I).

    `sent_units`, `sent_yuan`: what is sent, and its worth now. `lacking_units`: to the top of every promise;
    `buy_units`: of these, in whole packs, what depots do not hold beyond their reserve; `buy_yuan`: what that costs
    then, nan where somebody must buy and nobody sells. `expired_units`: what expires before it can be used;
    `expired_yuan`: what that would cost then, nan where something expires and nobody sells. `loads`: of vehicles, all
    depots together, by weight; nan where nobody said what a vehicle of a depot that sends can carry. `any_price`:
    somebody said one, now or then.
    """

    sent_units: Units
    sent_yuan: Floats
    lacking_units: Units
    buy_units: Units
    buy_yuan: Floats
    expired_units: Units
    expired_yuan: Floats
    loads: float
    any_price: bool

    @property
    def sent(self) -> float:
        """What all that is sent is worth, in yuan; nan where no item of it has a price."""
        return _total(self.sent_yuan, self.sent_units > 0)

    @property
    def to_buy(self) -> float:
        """What buying all that is lacking costs, in yuan; nan where nobody sells any of it."""
        return _total(self.buy_yuan, self.buy_units > 0)

    @property
    def expired(self) -> float:
        """What all that expires before it can be used is worth, in yuan; nan where nobody sells any of it."""
        return _total(self.expired_yuan, self.expired_units > 0)

    @property
    def unsold(self) -> float:
        """How many items are lacking that nobody sells; nan where nobody said a price of anything, now or then."""
        return float((np.isnan(self.buy_yuan) & (self.buy_units > 0)).sum()) if self.any_price else np.nan


def prices_of(case: Case, now: Sequence[Offer], then: Sequence[Offer], budgets: Sequence[Budget]) -> Prices:
    """Return the prices of the day of a case, as offers are and as a scenario has them, and the money it has then."""
    day = case.policy.date
    return Prices(
        now=unit_price_fen(case, now, day) / _FEN,
        then=unit_price_fen(case, then, day) / _FEN,
        money=money_there(budgets, day),
    )


def money_there(budgets: Sequence[Budget], day: dt.date) -> float:
    """Return the yuan of the budgets that hold on a day, all buckets together; nan where nobody said any.

    >>> march = Budget(bucket="masks", amount=Decimal(900), from_day=dt.date(2020, 3, 1))
    >>> [money_there(each, dt.date(2020, month, 2)) for each, month in (([march], 3), ([march], 2), ([], 3))]
    [900.0, 0.0, nan]
    """
    if not budgets:
        return np.nan
    return float(sum((each.amount for each in budgets if each.holds(day)), Decimal(0)))


def no_prices(case: Case) -> Prices:
    """Return the prices of a case of which nobody said any."""
    none = np.full(len(case.items), np.nan)
    return Prices(now=none, then=none)


def costs_of(case: Case, plan: Plan | None, item: Indices, lacking_units: Units, prices: Prices) -> Costs:
    """Return what a plan costs; `item`, `lacking_units`: of every need, what it still lacks after the plan."""
    size = len(case.items)
    depots = np.zeros(len(case.sites), dtype=np.bool_)
    depots[depots_of(case)] = True
    sent = np.zeros(size, dtype=np.int64)
    spare = np.zeros(size, dtype=np.int64)
    central = central_of(case)
    np.add.at(spare, central.item, central.units)
    if plan is not None:
        np.add.at(sent, plan.lines.item, plan.lines.units)
        from_depots = depots[plan.lines.depot]
        np.add.at(spare, plan.lines.item[from_depots], -plan.lines.units[from_depots])
    lacking = np.zeros(size, dtype=np.int64)
    np.add.at(lacking, item, lacking_units)
    pack = case.items.pack_units
    expired = expiring_units(case, plan)
    buy = -(-np.maximum(0, lacking - np.maximum(0, spare)) // pack) * pack
    return Costs(
        sent_units=sent,
        sent_yuan=sent * prices.now,
        lacking_units=lacking,
        buy_units=buy,
        buy_yuan=np.where(buy > 0, buy * prices.then, 0.0),
        expired_units=expired,
        expired_yuan=np.where(expired > 0, expired * prices.then, 0.0),
        loads=0.0 if plan is None else _loads(case, plan),
        any_price=bool(np.isfinite(np.concatenate([prices.now, prices.then])).any()),
    )


def _loads(case: Case, plan: Plan) -> float:
    """Return how many vehicles' loads the stops are by weight, each depot's rounded up to whole ones."""
    kg = np.bincount(plan.stops.depot, weights=plan.stops.kg, minlength=len(case.sites))
    sends = np.unique(plan.stops.depot)
    carries = np.full(len(case.sites), np.nan)
    carries[case.depots.depot] = case.depots.vehicle_kg
    return float(np.ceil(kg[sends] / carries[sends] - _HAIR).sum())


def _total(yuan: Floats, there: Bools) -> float:
    """Return the sum of what has a price; nan where something is there and none of it has one."""
    priced = there & ~np.isnan(yuan)
    return np.nan if bool(there.any()) and not bool(priced.any()) else float(yuan[priced].sum())
