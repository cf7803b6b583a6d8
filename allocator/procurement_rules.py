"""The rules that logistics systems order by, through the same offers and the same money as the plan.

A rule looks at each item on its review days: what is there and on the way at the expected demand, and how much
it wants then. That is bought at the cheapest offer of the day, in whole packs and at least the least order, as
far as capacity and budgets go; critical items first, then who lasts shortest. So a rule and the plan differ in
what they want, not in what they may.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats, Units
from allocator.inventory_lmis import msupply_suggested_quantity, openlmis_order, qat_order
from allocator.procurement_case import ProcurementCase
from allocator.procurement_counting import plan_of_packs
from allocator.procurement_course import course_of
from allocator.procurement_lp import Formulation
from allocator.procurement_packs import PackPlan
from allocator.procurement_plan import ProcurementPlan

__all__ = ["MONTHS", "RULES", "Asks", "Months", "average_and_normal", "bought_by_rule", "rule_asks"]

Asks = Callable[[int, Floats], Floats]
"""What a rule wants in a week (I,), given what is there and on the way (I,) in units."""

RULES = ("openlmis", "msupply", "qat")
_MONTH_WEEKS = 30 / 7
_REVIEW_WEEKS = 4


@dataclass(frozen=True, kw_only=True)
class Months:
    """The least and the most months of stock of a rule."""

    least: float = 2.0
    most: float = 4.0


MONTHS = Months()


def rule_asks(
    case: ProcurementCase, rule: str, *, monthly_units: Floats | None = None, months: Months = MONTHS
) -> Asks:
    """Return what one of `RULES` wants; each is looked at every four weeks.

    `monthly_units` (I,): average use of a month (30 days); by the expected demand where nobody says.
    """
    if monthly_units is None:
        monthly_units = case.expected_units.mean(axis=1) * _MONTH_WEEKS
    average = monthly_units

    def wanted(stock: float, monthly: float) -> float:
        if rule == "openlmis":
            return openlmis_order(adjusted_units=[round(monthly)], periods_max=months.most, stock_units=round(stock))
        if rule == "msupply":
            return msupply_suggested_quantity(
                monthly_units=monthly, stock_units=stock, months_min=months.least, months_max=months.most
            )
        return qat_order(projected_units=stock, monthly_units=monthly, months_min=months.least, months_max=months.most)

    def asks(week: int, position: Floats) -> Floats:
        if week % _REVIEW_WEEKS:
            return np.zeros(len(position))
        return np.array([wanted(*pair) for pair in zip(position.tolist(), average.tolist(), strict=True)])

    return asks


def average_and_normal(form: Formulation, *, factor: float) -> Asks:
    """Return "average + normal safety stock", looked at every week.

        order up to  Σ mean + factor · √(Σ variance)   over the lead time and a week, as if weeks were independent

    The lead time is the cheapest offer's. Silver, Pyke and Thomas, Inventory and Production Management in Supply
    Chains, fourth edition, 2017, chapter 6 (periodic review).
    """
    case, choices = form.case, form.choices
    mean = case.expected_units
    variance = np.tensordot(case.probability, (case.demand_units - mean) ** 2, axes=1)
    covers = np.ones(len(case.items), dtype=np.int64)
    for item in np.unique(choices.item).tolist():
        mine = np.flatnonzero(choices.item == item)
        cheapest = mine[np.argmin(choices.unit_yuan[mine])]
        covers[item] += choices.arrives[cheapest] - choices.week[cheapest]
    sums, squares = (np.cumsum(np.pad(rows, ((0, 0), (1, 0))), axis=1) for rows in (mean, variance))

    def asks(week: int, position: Floats) -> Floats:
        until = np.minimum(week + covers, case.weeks)
        row = np.arange(len(covers))
        level = sums[row, until] - sums[row, week]
        spread = np.sqrt(squares[row, until] - squares[row, week])
        return np.maximum(level + factor * spread - position, 0.0)

    return asks


def bought_by_rule(form: Formulation, asks: Asks, *, rule: str) -> ProcurementPlan:
    """Return what a rule buys, within every limit."""
    case, choices, columns = form.case, form.choices, form.columns
    packs: Units = np.zeros(len(choices), dtype=np.int64)
    left = [use.amount_yuan for use in form.budgets]
    paid_by: list[list[int]] = [[] for _ in range(len(choices))]
    for number, use in enumerate(form.budgets):
        for choice in use.choice.tolist():
            paid_by[choice].append(number)
    weekly = np.maximum(case.expected_units.mean(axis=1), 1e-9)
    for week in range(columns.weeks):
        position = _position(form, packs, week)
        wanted = asks(week, position)
        order = np.lexsort((np.arange(columns.items), position / weekly, ~form.critical))
        for item in order[wanted[order] > 0].tolist():
            mine = np.flatnonzero((choices.item == item) & (choices.week == week))
            cheapest_first = mine[np.argsort(choices.unit_yuan[mine], kind="stable")]
            _buy(form, packs, cheapest_first, float(wanted[item]), left, paid_by)
    bought = PackPlan(form, packs, case.probability)
    bought.trim()
    return plan_of_packs(form, bought.packs, rule=rule)


def _position(form: Formulation, packs: Units, week: int) -> Floats:
    """Return what is there at the start of a week at the expected demand, and all that is still on the way."""
    columns, cohorts = form.columns, form.cohorts
    units = (packs * form.choices.pack_units).astype(float)
    arriving = form.choices.arriving(units, columns.items, columns.weeks)
    if not week:
        there = (cohorts.fixed_units * ((cohorts.start == 0) & (cohorts.last >= 0))).sum(axis=1)
        return there + (cohorts.fixed_units * (cohorts.start > 0)).sum(axis=1)
    stock = course_of(cohorts, arriving, form.case.expected_units[None]).stock_units[0, :, week - 1]
    fixed = (cohorts.fixed_units * (cohorts.start >= week)).sum(axis=1)
    return np.asarray(stock + fixed + arriving[:, week:].sum(axis=1))


def _buy(
    form: Formulation,
    packs: Units,
    mine: NDArray[np.intp],
    wanted: float,
    left: list[float],
    paid_by: list[list[int]],
) -> None:
    choices = form.choices
    # Where one supplier's share is limited, no order takes more than that share of what is wanted.
    share = float(form.case.terms.supplier_share_max)
    limited = len(mine) and any(item == choices.item[mine[0]] for item, _ in form.share_pairs)
    part = wanted * share if limited else np.inf
    for choice in mine.tolist():
        if wanted <= 0:
            return
        pack = int(choices.pack_units[choice])
        cost = pack * float(choices.unit_yuan[choice])
        money = min((left[number] for number in paid_by[choice]), default=np.inf)
        most = [-(-int(np.ceil(min(wanted, part))) // pack)]
        if choices.most_packs[choice] >= 0:
            most.append(int(choices.most_packs[choice]))
        if cost > 0 and np.isfinite(money):
            most.append(int(money // cost))
        least = int(choices.least_packs[choice])
        number_of = max(min(most), least)
        if number_of > min(most[1:], default=number_of):
            continue
        packs[choice] = number_of
        wanted -= number_of * pack
        for number in paid_by[choice]:
            left[number] -= number_of * cost
