"""What can be ordered when: every offer in every week it holds, as columns of numbers."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats, Units
from allocator.procurement_case import Offer, ProcurementCase, ProcurementItem, Terms

__all__ = ["BudgetUse", "Choices", "budget_use", "choices_of", "fen_of", "unit_cost_yuan"]

_YEAR_WEEKS = 52


@dataclass(frozen=True, kw_only=True)
class Choices:
    """One row for each offer and week in which it can be ordered and still serves within the weeks planned.

    `offer`, `item`, `supplier`: positions in the case. `arrives`: the first week it serves. `least_packs`,
    `most_packs`: of one order, −1 where there is no most. `unit_yuan`: price and freight of one unit.
    """

    offer: NDArray[np.intp]
    item: NDArray[np.intp]
    supplier: NDArray[np.intp]
    week: NDArray[np.intp]
    arrives: NDArray[np.intp]
    pack_units: Units
    least_packs: Units
    most_packs: Units
    unit_yuan: Floats

    def __len__(self) -> int:
        return len(self.offer)

    @property
    def most_units(self) -> Floats:
        """The most of one order, in units; infinite where nobody said."""
        return np.where(self.most_packs < 0, np.inf, (self.most_packs * self.pack_units).astype(np.float64))

    def arriving(self, units: Floats, items: int, weeks: int) -> Floats:
        """Return (items, weeks): what orders of these units bring, in the first week it serves."""
        found: Floats = np.zeros((items, weeks))
        np.add.at(found, (self.item, self.arrives), units)
        return found


@dataclass(frozen=True, kw_only=True)
class BudgetUse:
    """The choices that one budget pays for."""

    bucket: str
    amount_yuan: float
    choice: NDArray[np.intp]


def unit_cost_yuan(offer: Offer, item: ProcurementItem, terms: Terms) -> Fraction:
    """Return what one unit costs with freight, exactly.

        cost = price + kg of a pack / units of a pack × freight of a kg

    >>> from decimal import Decimal
    >>> offer = Offer(supplier="A", item="mask", price=Decimal("1.2"), lead_days=3)
    >>> item = ProcurementItem(item="mask", pack_units=100, pack_kg=Decimal("0.5"))
    >>> float(unit_cost_yuan(offer, item, Terms(freight_per_kg=Decimal(4))))
    1.22
    """
    return Fraction(offer.price) + Fraction(item.pack_kg or 0) / item.pack_units * Fraction(terms.freight_per_kg)


def fen_of(yuan: Fraction) -> int:
    """Return money in whole fen, rounded up: a bill is never a fraction short.

    >>> fen_of(Fraction(1001, 1000))
    101
    """
    return -((-yuan * 100).__floor__())


def choices_of(case: ProcurementCase) -> Choices:
    """Return every offer × week of a case that serves within it, in the order of the offers."""
    supplier = {each.supplier: n for n, each in enumerate(case.suppliers)}
    rows: list[tuple[int, int, int, int, int, int, int, int, float]] = []
    for number, offer in enumerate(case.offers):
        position = case.item_index[offer.item]
        item = case.items[position]
        pack = item.pack_units
        least = max(1, -(-(offer.min_units or 0) // pack))
        most = -1 if offer.units_per_week is None else offer.units_per_week // pack
        if -1 < most < least:
            continue  # not one order fits between the least and the most in whole packs
        cost = float(unit_cost_yuan(offer, item, case.terms))
        rows += [
            (number, position, supplier[offer.supplier], week, week + offer.lead_weeks, pack, least, most, cost)
            for week in case.weeks_of(offer.from_day, offer.to_day)
            if week + offer.lead_weeks < case.weeks
        ]
    columns = list(zip(*rows, strict=True)) if rows else [()] * 9
    whole = [np.array(column, dtype=np.int64) for column in columns[:8]]
    return Choices(
        offer=whole[0],
        item=whole[1],
        supplier=whole[2],
        week=whole[3],
        arrives=whole[4],
        pack_units=whole[5],
        least_packs=whole[6],
        most_packs=whole[7],
        unit_yuan=np.array(columns[8], dtype=np.float64),
    )


def budget_use(case: ProcurementCase, choices: Choices) -> tuple[BudgetUse, ...]:
    """Return which choices each budget pays for: its items, ordered in its weeks."""
    found = []
    for budget in case.budgets:
        weeks = case.weeks_of(budget.from_day, budget.to_day)
        mine = (choices.week >= weeks.start) & (choices.week < weeks.stop)
        if budget.items:
            mine &= np.isin(choices.item, [case.item_index[item] for item in budget.items])
        found.append(BudgetUse(bucket=budget.bucket, amount_yuan=float(budget.amount), choice=np.flatnonzero(mine)))
    return tuple(found)


def holding_yuan(case: ProcurementCase) -> Floats:
    """Return (I,): what one unit costs on the shelf for a week, by its cheapest offer's price."""
    return _cheapest_price(case) * float(case.terms.holding_share_year) / _YEAR_WEEKS


def disposal_yuan(case: ProcurementCase) -> Floats:
    """Return (I,): what one unit costs that expires, by its cheapest offer's price."""
    return _cheapest_price(case) * float(case.terms.disposal_share)


def _cheapest_price(case: ProcurementCase) -> Floats:
    price = np.full(len(case.items), np.inf)
    for offer in case.offers:
        position = case.item_index[offer.item]
        price[position] = min(price[position], float(offer.price))
    return np.where(np.isinf(price), 0.0, price)
