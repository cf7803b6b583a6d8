"""From whom to buy what no transfer covers: in time and cheapest, else soonest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from allocator.case import Bools, Case, Floats, Indices, Units
from allocator.procurement_case import Offer

__all__ = ["Buying", "best_offers", "deliverable_units", "fen_of", "unit_price_fen"]

_FEN, _WEEK = 100, 7


@dataclass(frozen=True, kw_only=True)
class Buying:
    """Which offer each row (S) would buy by. `offer`: position in the offers, −1 where nobody sells the item today.

    `lead_days`: of that offer, or the assumed ones; `in_time`: it arrives before the early stock-out less the safety
    days; `cost_fen`: price × units, −1 where there is no offer.
    """

    offer: Indices
    lead_days: Indices
    in_time: Bools
    cost_fen: Units


def fen_of(units: Units, price: Decimal) -> Units:
    """Return price × units in whole fen, rounded half up, exactly.

    >>> fen_of(np.array([3, 1000]), Decimal("1.205")).tolist()
    [362, 120500]
    """
    numerator, denominator = (price * _FEN).as_integer_ratio()
    # Objects are Python's own whole numbers, which do not overflow; a price has few distinct rows.
    products = units.astype(object) * numerator
    return np.asarray((2 * products + denominator) // (2 * denominator), dtype=np.int64)


def unit_price_fen(case: Case, offers: Sequence[Offer], today: dt.date) -> Floats:
    """Return the lowest price of each item today, in fen a unit; nan where nobody sells it."""
    prices = np.full(len(case.items), np.nan)
    for offer in offers:
        if offer.item in case.item_index and offer.holds(today):
            at = case.item_index[offer.item]
            prices[at] = np.fmin(prices[at], float(offer.price) * _FEN)
    return prices


def best_offers(
    case: Case,
    offers: Sequence[Offer],
    *,
    item: Indices,
    buy_units: Units,
    out_day: Indices,
    road_days: Indices,
    safety_days: int,
    assumed_lead_days: int,
) -> Buying:
    """Choose an offer for each row among those open on the case's day.

        in time: lead time + road + safety ≤ early stock-out

    Of those in time the cheapest, else the soonest; one whose least order is above what all rows buy comes last.
    `out_day`: the early stock-out, in days from today.
    """
    rows = len(item)
    chosen, in_time = np.full(rows, -1, dtype=np.int32), np.zeros(rows, dtype=bool)
    lead, cost = np.full(rows, assumed_lead_days, dtype=np.int32), np.full(rows, -1, dtype=np.int64)
    by_item: dict[str, list[int]] = {}
    for n, offer in enumerate(offers):
        if offer.holds(case.policy.date):
            by_item.setdefault(offer.item, []).append(n)
    for code, numbers in by_item.items():
        mine = np.flatnonzero(item == case.item_index.get(code, -1))
        if not len(mine):
            continue
        total = int(buy_units[mine].sum())
        leads = np.array([offers[n].lead_days for n in numbers], dtype=np.int32)
        due = leads + (road_days[mine, None] + safety_days) <= out_day[mine, None]
        by_price = _ranks([((offers[n].min_units or 0) > total, offers[n].price, offers[n].lead_days) for n in numbers])
        by_lead = _ranks([(offers[n].lead_days, offers[n].price) for n in numbers])
        best = np.argmin(np.where(due, by_price, len(numbers) + by_lead), axis=1)
        chosen[mine] = np.array(numbers, dtype=np.int32)[best]
        lead[mine], in_time[mine] = leads[best], due[np.arange(len(mine)), best]
        for place, n in enumerate(numbers):
            those = mine[best == place]
            cost[those] = fen_of(buy_units[those], offers[n].price)
    return Buying(offer=chosen, lead_days=lead, in_time=in_time, cost_fen=cost)


def deliverable_units(offers: Sequence[Offer], named: Offer, *, today: dt.date, horizon_days: int) -> int | None:
    """Return the most units that the supplier of an offer can bring of its item until the horizon.

    One order a week, from today, of what the offer open then allows a week, as far as it is here by the horizon; None
    where nobody said how much one of these weeks allows.

    >>> one = Offer(supplier="A", item="mask", price=Decimal(1), lead_days=3, units_per_week=100)
    >>> deliverable_units([one], one, today=dt.date(2020, 2, 10), horizon_days=30)
    400
    """
    found = 0
    for week in range(horizon_days // _WEEK + 1):
        day = today + dt.timedelta(days=_WEEK * week)
        for offer in offers:
            here = (offer.supplier, offer.item) == (named.supplier, named.item) and offer.holds(day)
            if here and _WEEK * week + offer.lead_days <= horizon_days:
                if offer.units_per_week is None:
                    return None
                found += offer.units_per_week
    return found


def _ranks(keys: Sequence[tuple[object, ...]]) -> Indices:
    order = sorted(range(len(keys)), key=keys.__getitem__)
    ranks = np.empty(len(keys), dtype=np.int32)
    ranks[order] = np.arange(len(keys), dtype=np.int32)
    return ranks
