"""The independent check of a procurement plan: every limit again, every figure again, line by line.

It shares no code with the formulation, the dive or the packs, walks the stock in plain loops with exact
fractions of money, and loads no solver.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction

from allocator.procurement_case import Budget, Offer, ProcurementCase, ProcurementItem
from allocator.procurement_plan import OrderLine, ProcurementPlan
from allocator.sentence import Sentence, say

__all__ = ["problems_of"]

_NEAR = 1e-6
_TINY = 1e-9
_YEAR_WEEKS = 52

Lots = dict[tuple[int, int], float]
"""Units by the first week they serve and the last."""


def problems_of(plan: ProcurementPlan) -> tuple[Sentence, ...]:
    """Return everything that is wrong with a plan: limits that are broken, figures that are not so."""
    case = plan.case
    problems = [problem for line in plan.lines for problem in _wrong_line(case, line)]
    if not problems:
        problems = [*_too_much(case, plan.lines), *_over_budget(case, plan), *_over_share(case, plan.lines)]
        problems += _wrong_figures(plan)
    return tuple(problems)


def _offer_of(case: ProcurementCase, line: OrderLine) -> Offer | None:
    return case.offers[line.offer] if 0 <= line.offer < len(case.offers) else None


def _good_of(case: ProcurementCase, code: str) -> ProcurementItem:
    return next(each for each in case.items if each.item == code)


def _wrong_line(case: ProcurementCase, line: OrderLine) -> Iterator[Sentence]:
    offer = _offer_of(case, line)
    where = {"supplier": line.supplier, "item": line.item, "day": line.order_by.isoformat()}
    if offer is None or (offer.supplier, offer.item) != (line.supplier, line.item):
        yield say("{supplier}, {item}, {day}: there is no such offer.", **where)
        return
    after = (line.order_by - case.day).days
    if after != 7 * line.week or not 0 <= line.week < case.weeks:
        yield say("{supplier}, {item}, {day}: the day is not the first of its week.", **where)
    began = offer.from_day is None or offer.from_day <= line.order_by
    if not began or (offer.to_day is not None and line.order_by > offer.to_day):
        yield say("{supplier}, {item}, {day}: the offer does not hold on that day.", **where)
    if line.price != offer.price or line.cost_fen != _cost_fen(case, offer, line.units):
        yield say("{supplier}, {item}, {day}: the price or the cost is not the offer's.", **where)
    if line.arrives != line.order_by + dt.timedelta(days=offer.lead_days):
        yield say("{supplier}, {item}, {day}: it arrives on another day.", **where)
    pack = _good_of(case, line.item).pack_units
    if line.units <= 0 or line.units != line.packs * pack:
        yield say("{supplier}, {item}, {day}: {units} units are not whole packs.", units=line.units, **where)
    if offer.min_units is not None and line.units < offer.min_units:
        yield say("{supplier}, {item}, {day}: {units} units are below the least order.", units=line.units, **where)


def _cost_fen(case: ProcurementCase, offer: Offer, units: int) -> int:
    good = _good_of(case, offer.item)
    freight = Fraction(good.pack_kg or Decimal(0)) / good.pack_units * Fraction(case.terms.freight_per_kg)
    exact = units * (Fraction(offer.price) + freight) * 100
    return -(-exact.numerator // exact.denominator)


def _too_much(case: ProcurementCase, lines: tuple[OrderLine, ...]) -> Iterator[Sentence]:
    ordered: dict[tuple[int, int], int] = defaultdict(int)
    for line in lines:
        ordered[line.offer, line.week] += line.units
    for (number, week), units in sorted(ordered.items()):
        offer = case.offers[number]
        if offer.units_per_week is not None and units > offer.units_per_week:
            yield say(
                "{supplier}, {item}, week {week}: {units} units are more than the {most} a week it can make.",
                supplier=offer.supplier,
                item=offer.item,
                week=week + 1,
                units=units,
                most=offer.units_per_week,
            )


def _pays(budget: Budget, line: OrderLine) -> bool:
    if budget.items and line.item not in budget.items:
        return False
    if budget.from_day is not None and line.order_by < budget.from_day:
        return False
    return budget.to_day is None or line.order_by <= budget.to_day


def _over_budget(case: ProcurementCase, plan: ProcurementPlan) -> Iterator[Sentence]:
    for budget, told in zip(case.budgets, plan.budgets, strict=True):
        spent = sum(line.cost_fen for line in plan.lines if _pays(budget, line))
        if Fraction(spent, 100) > Fraction(budget.amount):
            yield say(
                "Budget {bucket}: {spent:,.2f} yuan are spent of {amount:,.2f}.",
                bucket=budget.bucket,
                spent=Decimal(spent) / 100,
                amount=budget.amount,
            )
        if (told.bucket, told.spent_fen) != (budget.bucket, spent):
            yield say("Budget {bucket}: another sum is told than is spent.", bucket=budget.bucket)


def _over_share(case: ProcurementCase, lines: tuple[OrderLine, ...]) -> Iterator[Sentence]:
    share = Fraction(case.terms.supplier_share_max)
    for good in case.items:
        on_offer = {offer.supplier for offer in case.offers if offer.item == good.item and _usable(case, offer)}
        if share >= 1 or len(on_offer) * share < 1:
            continue
        by_supplier: dict[str, int] = defaultdict(int)
        for line in lines:
            if line.item == good.item:
                by_supplier[line.supplier] += line.units
        for supplier, units in sorted(by_supplier.items()):
            if units > share * sum(by_supplier.values()):
                yield say(
                    "{supplier} brings more than its share of {item}: {units} of {all}.",
                    supplier=supplier,
                    item=good.item,
                    units=units,
                    all=sum(by_supplier.values()),
                )


def _usable(case: ProcurementCase, offer: Offer) -> bool:
    """Tell whether any order of an offer could be placed and still serve within the weeks."""
    pack = _good_of(case, offer.item).pack_units
    if offer.units_per_week is not None:
        most = offer.units_per_week // pack
        if most < 1 or most * pack < (offer.min_units or 0):
            return False
    for week in range(case.weeks):
        day = case.day + dt.timedelta(days=7 * week)
        holds = (offer.from_day is None or offer.from_day <= day) and (offer.to_day is None or day <= offer.to_day)
        if holds and 7 * week + offer.lead_days <= 7 * (case.weeks - 1):
            return True
    return False


def _wrong_figures(plan: ProcurementPlan) -> Iterator[Sentence]:
    case = plan.case
    walks = [[_walked(_lots(case, plan.lines, good), demand) for good, demand in zip(case.items, scenario, strict=True)]
             for scenario in case.demand_units.tolist()]  # fmt: skip
    shortages = [[sum(walk[0]) for walk in scenario] for scenario in walks]
    weighted = [sum(u * good.weight for u, good in zip(row, case.items, strict=True)) for row in shortages]
    first = [
        sum(u * good.weight for u, good in zip(row, case.items, strict=True) if good.critical) for row in shortages
    ]
    probability = case.probability.tolist()
    critical = sum(p * units for p, units in zip(probability, first, strict=True))
    figures = [
        ("critical", plan.critical, critical),
        ("shortage", plan.shortage, _mean_of_worst(weighted, probability, case.terms.cvar_level)),
        ("cost", plan.cost_yuan, _cost_again(plan)),
    ]
    for name, told, found in figures:
        if abs(told - found) > _NEAR * max(1.0, abs(found)):
            yield say("{figure}: {told} is told, {found} is found.", figure=name, told=told, found=found)
    yield from _over_space(plan)


def _mean_of_worst(totals: list[float], probability: list[float], level: float | None) -> float:
    """Return the mean of the worst 1 − level; the plain mean without a level."""
    left = part = 1.0 - (level or 0.0)
    mean = 0.0
    for total, share in sorted(zip(totals, probability, strict=True), reverse=True):
        taken = min(left, share)
        mean += taken * total
        left -= taken
    return mean / part


def _lots(case: ProcurementCase, lines: tuple[OrderLine, ...], good: ProcurementItem) -> Lots:
    lots: Lots = defaultdict(float)
    shelf = good.shelf_weeks or case.weeks
    for held in case.held:
        if held.item == good.item:
            last = case.weeks if held.expires is None else ((held.expires - case.day).days + 1) // 7 - 1
            lots[0, last] += held.units
    comes = [
        (order.units, (order.arrives - case.day).days)
        for order in case.orders
        if order.item == good.item
        and order.status in ("ordered", "shipped")
        and order.arrives is not None
        and order.arrives >= case.day
    ]
    comes += [
        (line.units, 7 * line.week + case.offers[line.offer].lead_days) for line in lines if line.item == good.item
    ]
    for units, days in comes:
        week = (days + 6) // 7
        lots[week, week + shelf - 1] += units
    return lots


def _walked(lots: Lots, demand: list[float]) -> tuple[list[float], list[float], list[float]]:
    """Return what is unmet, expired and in stock week by week, the first to expire used first."""
    lots = dict(lots)
    unmet, expired, stock = [], [], []
    for week, asked in enumerate(demand):
        open_ = asked
        for start, last in sorted(lots, key=lambda lot: (lot[1], lot[0])):
            if start <= week <= last:
                taken = min(open_, lots[start, last])
                lots[start, last] -= taken
                open_ -= taken
        there = {lot: units for lot, units in lots.items() if lot[0] <= week <= lot[1]}
        final = week == len(demand) - 1
        due = 0.0 if final else sum(units for lot, units in there.items() if lot[1] == week)
        unmet.append(open_)
        expired.append(due)
        stock.append(sum(there.values()) - due)
    return unmet, expired, stock


def _expected(plan: ProcurementPlan) -> Iterator[tuple[ProcurementItem, tuple[list[float], list[float], list[float]]]]:
    case = plan.case
    for number, good in enumerate(case.items):
        rows = zip(case.probability.tolist(), case.demand_units[:, number].tolist(), strict=True)
        weighted = [[share * units for units in row] for share, row in rows]
        mean = [sum(column) for column in zip(*weighted, strict=True)]
        yield good, _walked(_lots(case, plan.lines, good), mean)


def _cost_again(plan: ProcurementPlan) -> float:
    case = plan.case
    cost = sum(line.cost_fen for line in plan.lines) / 100
    for good, (_, expired, stock) in _expected(plan):
        price = min((float(offer.price) for offer in case.offers if offer.item == good.item), default=0.0)
        cost += price * float(case.terms.holding_share_year) / _YEAR_WEEKS * sum(stock)
        cost += price * float(case.terms.disposal_share) * sum(expired)
    return cost


def _over_space(plan: ProcurementPlan) -> Iterator[Sentence]:
    """The shelves hold the stock of the expected demand, or what fills them already without any order."""
    case, space = plan.case, plan.case.terms.space_m3
    if space is None:
        return
    m3 = {good.item: float(good.pack_m3 or 0) / good.pack_units for good in case.items}
    bare = ProcurementPlan(**(vars(plan) | {"lines": ()}))
    filled, already = (
        [
            sum(column)
            for column in zip(*[[m3[good.item] * u for u in walk[2]] for good, walk in _expected(each)], strict=True)
        ]
        for each in (plan, bare)
    )
    for week, (now, before) in enumerate(zip(filled, already, strict=True), start=1):
        most = max(float(space), before)
        if now > most * (1 + _NEAR) + _TINY:
            yield say(
                "Week {week}: the stock takes {m3:,.2f} m³, there are {space:,.2f}.", week=week, m3=now, space=most
            )
