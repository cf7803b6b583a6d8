"""What one procurement plan needs: items, stock, orders on the way, demand scenarios, offers, budgets and terms.

Week `t` is the days from 7·t to 7·t + 6 after the case's day, t = 0 … weeks − 1. What arrives within a week
counts from the next one: a week is never served with what came on its last day. Money is exact yuan
(`Decimal`); units are whole; absent is not zero: None means that nobody said, so there is no such limit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

import numpy as np

from allocator.case import Floats, Units
from allocator.sentence import Sentence, say

__all__ = [
    "ORDER_STATUSES",
    "Budget",
    "Held",
    "Offer",
    "Order",
    "ProcurementCase",
    "ProcurementCaseWrong",
    "ProcurementItem",
    "Supplier",
    "Terms",
]

ORDER_STATUSES = ("planned", "ordered", "shipped", "arrived", "cancelled")
_ON_THE_WAY = ("ordered", "shipped")
_WEEK = 7
_PROBABILITY_OFF_MAX = 1e-9


@dataclass(frozen=True, kw_only=True)
class Supplier:
    """Who sells: `suppliers.supplier` and the name."""

    supplier: str
    name: str = ""
    name_zh: str = ""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """One item by one supplier at one price, for orders placed from `from_day` to `to_day` (both included).

    `price`: yuan for one base unit. `lead_days`: from the order to the shelf. `units_per_week`: the most that
    can be ordered in a week. `min_units`: the least one order must be. Capacities over time are several offers.
    """

    supplier: str
    item: str
    price: Decimal
    lead_days: int
    units_per_week: int | None = None
    min_units: int | None = None
    from_day: dt.date | None = None
    to_day: dt.date | None = None

    @property
    def lead_weeks(self) -> int:
        """Weeks from the week of the order to the first week it serves, rounded up.

        >>> Offer(supplier="A", item="mask", price=Decimal("1.2"), lead_days=10).lead_weeks
        2
        """
        return -(-self.lead_days // _WEEK)

    def holds(self, day: dt.date) -> bool:
        """Say whether orders of a day can be placed by it."""
        return (self.from_day or day) <= day <= (self.to_day or day)


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order in the pipeline: what is still to come of it, the day it is expected, where to ("" where not said).

    `status` is one of `ORDER_STATUSES`.
    """

    order: str
    supplier: str
    item: str
    units: int
    arrives: dt.date | None
    status: str
    site: str = ""

    @property
    def on_the_way(self) -> bool:
        """Placed and not here yet: what is only planned brings nothing."""
        return self.status in _ON_THE_WAY

    def overdue(self, today: dt.date) -> bool:
        """It should have arrived before today."""
        return self.arrives is not None and self.arrives < today


@dataclass(frozen=True, kw_only=True)
class Budget:
    """Money for orders placed from `from_day` to `to_day` (both included), for `items` only where any are named."""

    bucket: str
    amount: Decimal
    from_day: dt.date | None = None
    to_day: dt.date | None = None
    items: tuple[str, ...] = ()

    def holds(self, day: dt.date) -> bool:
        """Say whether it is for orders of a day."""
        return (self.from_day or day) <= day <= (self.to_day or day)

    def pays(self, item: str, day: dt.date) -> bool:
        """Say whether it is for orders of an item that are placed on a day."""
        return self.holds(day) and (not self.items or item in self.items)


@dataclass(frozen=True, kw_only=True)
class ProcurementItem:
    """What is bought. `shelf_weeks`: how many weeks it serves from its arrival; `weight`: of one unit unmet.

    `critical`: its shortage comes before everything else. `pack_kg`, `pack_m3`: of one pack.
    """

    item: str
    name: str = ""
    name_zh: str = ""
    unit: str = "piece"
    pack_units: int = 1
    pack_kg: Decimal | None = None
    pack_m3: Decimal | None = None
    shelf_weeks: int | None = None
    critical: bool = False
    weight: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Held:
    """Usable stock now, of one item and one use-by date (the last day it may be used)."""

    item: str
    units: int
    expires: dt.date | None = None


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What holds for the whole plan.

    `holding_share_year`: of an item's price, for one unit on the shelf for a year. `freight_per_kg`: yuan.
    `supplier_share_max`: σ, of one item's units by one supplier over all weeks; an item with fewer than 1/σ
    suppliers on offer is exempt. `space_m3`: what the shelves hold, along the expected demand.
    `disposal_share`: of an item's price, for one unit that expires. `cvar_level`: None for the expected
    shortage; 0.9 for the mean of the worst tenth.
    """

    holding_share_year: Decimal = Decimal("0.20")
    freight_per_kg: Decimal = Decimal(0)
    disposal_share: Decimal = Decimal("0.10")
    supplier_share_max: Decimal = Decimal(1)
    space_m3: Decimal | None = None
    cvar_level: float | None = None


class ProcurementCaseWrong(ValueError):
    """The case cannot be planned: every reason at once, in `problems`."""

    def __init__(self, problems: tuple[Sentence, ...]) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class ProcurementCase:
    """The problem, checked when made.

    `demand_units`: (K, I, W), units used in week w of item i in scenario k; `probability`: (K,), adds up to 1.

    Raises:
        ProcurementCaseWrong: with everything that is wrong.

    >>> def case(**others):
    ...     given = dict(
    ...         day=dt.date(2020, 3, 2), items=(ProcurementItem(item="mask", pack_units=10),),
    ...         suppliers=(Supplier(supplier="A"),),
    ...         offers=(Offer(supplier="A", item="mask", price=Decimal("1.2"), lead_days=7),),
    ...         held=(Held(item="mask", units=50),),
    ...         orders=(Order(order="7", supplier="A", item="mask", units=20, arrives=dt.date(2020, 3, 9),
    ...                       status="shipped"),),
    ...         demand_units=np.full((1, 1, 3), 40.0), probability=np.array([1.0]))
    ...     return ProcurementCase(**(given | others))
    >>> case().weeks, case().arriving_units.tolist()
    (3, [[0, 20, 0]])
    >>> try:
    ...     case(probability=np.array([0.5]), held=(Held(item="gown", units=1),))
    ... except ProcurementCaseWrong as wrong:
    ...     len(wrong.problems), str(wrong.problems[1])
    (2, 'There is no item gown. Add it to the items, or leave out what names it.')

    """

    day: dt.date
    items: tuple[ProcurementItem, ...]
    suppliers: tuple[Supplier, ...]
    offers: tuple[Offer, ...]
    demand_units: Floats
    probability: Floats
    held: tuple[Held, ...] = ()
    orders: tuple[Order, ...] = ()
    budgets: tuple[Budget, ...] = ()
    terms: Terms = field(default_factory=Terms)

    def __post_init__(self) -> None:
        problems = tuple({str(problem): problem for problem in _problems(self)}.values())
        if problems:
            raise ProcurementCaseWrong(problems)

    @property
    def weeks(self) -> int:
        """How many weeks are planned."""
        return int(self.demand_units.shape[2])

    @cached_property
    def item_index(self) -> dict[str, int]:
        """Position of each item by code."""
        return {each.item: n for n, each in enumerate(self.items)}

    @property
    def expected_units(self) -> Floats:
        """(I, W): the demand averaged over the scenarios."""
        return np.asarray(np.tensordot(self.probability, self.demand_units, axes=1))

    @cached_property
    def arriving_units(self) -> Units:
        """(I, W): what orders on the way bring, in the first week it serves; overdue ones bring nothing."""
        units = np.zeros((len(self.items), self.weeks), dtype=np.int64)
        for order in self.orders:
            if order.on_the_way and order.arrives is not None and not order.overdue(self.day):
                week = -(-(order.arrives - self.day).days // _WEEK)
                if week < self.weeks:
                    units[self.item_index[order.item], week] += order.units
        return units

    def first_day_of(self, week: int) -> dt.date:
        """Return the first day of a week: the day by which its orders are placed."""
        return self.day + dt.timedelta(days=_WEEK * week)

    def weeks_of(self, from_day: dt.date | None, to_day: dt.date | None) -> range:
        """Return the weeks whose first day lies in a period.

        An order is placed on the first day of its week, so its price and its budget are that day's.
        """
        first, last = 0, self.weeks - 1
        if from_day is not None:
            first = max(first, -(-(from_day - self.day).days // _WEEK))
        if to_day is not None:
            last = min(last, (to_day - self.day).days // _WEEK)
        return range(first, max(first, last + 1))

    def last_week_of(self, held: Held) -> int:
        """Return the last week stock on hand may serve whole; −1 where it is too old for this one."""
        if held.expires is None:
            return self.weeks - 1
        return min(self.weeks, ((held.expires - self.day).days + 1) // _WEEK) - 1


def _problems(case: ProcurementCase) -> Iterator[Sentence]:
    yield from _wrong_numbers(case)
    items, suppliers = {each.item for each in case.items}, {each.supplier for each in case.suppliers}
    yield from _named_twice(case)
    yield from _not_there(case, items, suppliers)
    for item in case.items:
        yield from _wrong_item(item)
    for offer in case.offers:
        yield from _wrong_offer(offer)
    for held in case.held:
        if held.units < 0:
            yield say("{item}: {units} units on hand. Write 0 or more.", item=held.item, units=held.units)
    for order in case.orders:
        if order.units < 0 or order.status not in ORDER_STATUSES:
            yield say(
                "Order {order}: {units} units, status {status}. Write 0 or more units and one of: {statuses}.",
                order=order.order,
                units=order.units,
                status=order.status,
                statuses=", ".join(ORDER_STATUSES),
            )
    for budget in case.budgets:
        if not budget.amount.is_finite() or budget.amount < 0:
            yield say(
                "Budget {bucket}: {amount} is no amount of money. Write 0 or more.",
                bucket=budget.bucket,
                amount=str(budget.amount),
            )
        if _backwards(budget.from_day, budget.to_day):
            yield say("Budget {bucket} ends before it begins. Swap the two days.", bucket=budget.bucket)
    yield from _wrong_terms(case.terms)


def _wrong_numbers(case: ProcurementCase) -> Iterator[Sentence]:
    demand, probability = case.demand_units, case.probability
    wanted = (len(probability), len(case.items))
    if demand.ndim != 3 or demand.shape[:2] != wanted or not demand.size:  # noqa: PLR2004 - scenarios, items, weeks
        yield say(
            "Demand has the shape {shape}; scenarios × items × weeks = {scenarios} × {items} × at least 1 is needed.",
            shape=" × ".join(map(str, demand.shape)),
            scenarios=wanted[0],
            items=wanted[1],
        )
    elif not bool(np.all(np.isfinite(demand) & (demand >= 0))):
        yield say("Some demand is below 0 or no number. Forecast it anew, or leave the item out.")
    if not (bool(np.all(probability >= 0)) and abs(float(probability.sum()) - 1) <= _PROBABILITY_OFF_MAX):
        yield say("The scenarios' probabilities must be 0 or more and add up to 1.")


def _named_twice(case: ProcurementCase) -> Iterator[Sentence]:
    for item in _repeated(each.item for each in case.items):
        yield say("Item {item} is there twice. Keep one row.", item=item)
    for supplier in _repeated(each.supplier for each in case.suppliers):
        yield say("Supplier {supplier} is there twice. Keep one row.", supplier=supplier)
    for bucket in _repeated(each.bucket for each in case.budgets):
        yield say("Budget {bucket} is there twice. Keep one row, or give them two names.", bucket=bucket)


def _repeated(codes: Iterable[str]) -> list[str]:
    seen: set[str] = set()
    return [code for code in codes if code in seen or seen.add(code)]  # type: ignore[func-returns-value]


def _not_there(case: ProcurementCase, items: set[str], suppliers: set[str]) -> Iterator[Sentence]:
    rows: list[Offer | Order] = [*case.offers, *case.orders]
    named = [row.item for row in rows] + [row.item for row in case.held]
    named += [item for budget in case.budgets for item in budget.items]
    for item in sorted(set(named) - items):
        yield say("There is no item {item}. Add it to the items, or leave out what names it.", item=item)
    for supplier in sorted({row.supplier for row in rows} - suppliers):
        yield say(
            "There is no supplier {supplier}. Add it to the suppliers, or leave out what names it.", supplier=supplier
        )


def _wrong_item(item: ProcurementItem) -> Iterator[Sentence]:
    if item.pack_units < 1:
        yield say("{item}: a pack of {units} units. Write 1 or more.", item=item.item, units=item.pack_units)
    if item.shelf_weeks is not None and item.shelf_weeks < 1:
        yield say(
            "{item}: a shelf life of {weeks} weeks. Write 1 or more, or leave it empty where it keeps.",
            item=item.item,
            weeks=item.shelf_weeks,
        )
    if not (np.isfinite(item.weight) and item.weight > 0):
        yield say("{item}: a weight of {weight}. Write more than 0.", item=item.item, weight=item.weight)
    for size in (item.pack_kg, item.pack_m3):
        if size is not None and not (size.is_finite() and size >= 0):
            yield say("{item}: a pack of {size} kg or m³. Write 0 or more.", item=item.item, size=str(size))


def _wrong_offer(offer: Offer) -> Iterator[Sentence]:
    named = {"supplier": offer.supplier, "item": offer.item}
    if not offer.price.is_finite() or offer.price < 0:
        yield say(
            "{supplier}, {item}: {price} is no price. Write 0 or more yuan a unit.", price=str(offer.price), **named
        )
    if offer.lead_days < 0 or (offer.min_units or 0) < 0 or (offer.units_per_week or 0) < 0:
        yield say("{supplier}, {item}: lead days, least order and weekly capacity must be 0 or more.", **named)
    if _backwards(offer.from_day, offer.to_day):
        yield say("{supplier}, {item}: the offer ends before it begins. Swap the two days.", **named)
    if (offer.min_units or 0) > (offer.units_per_week or 0) > 0:
        yield say(
            "{supplier}, {item}: the least order of {least} is more than the {most} a week it can make. "
            "Correct one of them.",
            least=offer.min_units,
            most=offer.units_per_week,
            **named,
        )


def _wrong_terms(terms: Terms) -> Iterator[Sentence]:
    shares = (terms.holding_share_year, terms.freight_per_kg, terms.disposal_share, terms.space_m3 or Decimal(0))
    if not all(share.is_finite() and share >= 0 for share in shares):
        yield say("Holding, freight, disposal and space must be 0 or more.")
    if not 0 < terms.supplier_share_max <= 1:
        yield say(
            "One supplier's largest share is {share}. Write more than 0 and at most 1.",
            share=str(terms.supplier_share_max),
        )
    if terms.cvar_level is not None and not 0 <= terms.cvar_level < 1:
        yield say("The level {level} of the worst cases must be from 0 to below 1.", level=terms.cvar_level)


def _backwards(from_day: dt.date | None, to_day: dt.date | None) -> bool:
    return from_day is not None and to_day is not None and to_day < from_day
