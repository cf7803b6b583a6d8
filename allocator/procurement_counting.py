"""What packs of each choice come to: orders, shortage, cost, what each budget pays."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats, Units
from allocator.procurement_case import Budget, ProcurementCase
from allocator.procurement_choices import disposal_yuan, holding_yuan
from allocator.procurement_course import course_of
from allocator.procurement_lp import Formulation
from allocator.procurement_packs import PackPlan
from allocator.procurement_plan import BudgetSpent, OrderLine, ProcurementPlan

__all__ = ["plan_of_packs", "weighted_shortage", "worst_share"]


def plan_of_packs(form: Formulation, packs: Units, *, rule: str) -> ProcurementPlan:
    """Return what these packs of each choice come to."""
    case, choices, columns = form.case, form.choices, form.columns
    counted = PackPlan(form, packs, case.probability)
    arriving = choices.arriving(counted.units.astype(float), columns.items, columns.weeks)
    course = course_of(form.cohorts, arriving, case.demand_units)
    expected = course_of(form.cohorts, arriving, case.expected_units[None])
    totals = course.unmet_units.sum(axis=2)
    lines = _lines(form, counted)
    return ProcurementPlan(
        case=case,
        rule=rule,
        lines=lines,
        critical=float(case.probability @ totals @ (form.weight * form.critical)),
        shortage=weighted_shortage(totals @ form.weight, case.probability, case.terms.cvar_level),
        unmet_units=np.tensordot(case.probability, course.unmet_units, axes=1),
        expired_units=np.tensordot(case.probability, course.expired_units, axes=1),
        stock_units=expected.stock_units[0],
        purchase_fen=sum(line.cost_fen for line in lines),
        holding_yuan=float(holding_yuan(case) @ expected.stock_units[0].sum(axis=1)),
        disposal_yuan=float(disposal_yuan(case) @ expected.expired_units[0].sum(axis=1)),
        budgets=tuple(
            BudgetSpent(bucket=budget.bucket, amount_fen=limit, spent_fen=spent)
            for budget, limit, spent in zip(case.budgets, counted.limit_fen, counted.spent_fen(), strict=True)
        ),
    )


def weighted_shortage(totals: Floats, probability: Floats, level: float | None) -> float:
    """Return the mean shortage of the scenarios, or with a level the mean of the worst 1 − level of them.

    >>> totals, probability = np.array([0.0, 10.0, 30.0, 40.0]), np.full(4, 0.25)
    >>> weighted_shortage(totals, probability, None), weighted_shortage(totals, probability, 0.5)
    (20.0, 35.0)
    """
    return float(worst_share(totals, probability, level) @ totals)


def worst_share(totals: Floats, probability: Floats, level: float | None) -> Floats:
    """Return (K,): how much each scenario counts: its probability, or its part of the worst 1 − level."""
    if level is None:
        return probability
    order = np.argsort(-totals, kind="stable")
    before = np.concatenate([[0.0], np.cumsum(probability[order])[:-1]])
    share = np.zeros(len(totals))
    share[order] = np.clip((1 - level) - before, 0.0, probability[order]) / (1 - level)
    return share


def _payer(case: ProcurementCase, item: str, day: dt.date) -> str:
    """Return the budget that is to pay an order, "" where none is for it: the narrowest, then the first by name."""
    fit = [each for each in case.budgets if each.pays(item, day)]
    ever = (dt.date.min, dt.date.max)

    def width(each: Budget) -> tuple[int, dt.timedelta, str]:
        days = (each.to_day or ever[1]) - (each.from_day or ever[0])
        return len(each.items) or len(case.items) + 1, days, each.bucket

    return min(fit, key=width).bucket if fit else ""


def _lines(form: Formulation, counted: PackPlan) -> tuple[OrderLine, ...]:
    case, choices = form.case, form.choices
    chosen: NDArray[np.intp] = np.flatnonzero(counted.packs)
    lines = []
    for choice in chosen.tolist():
        offer = case.offers[choices.offer[choice]]
        week, packs = int(choices.week[choice]), int(counted.packs[choice])
        order_by = case.first_day_of(week)
        lines.append(
            OrderLine(
                offer=int(choices.offer[choice]),
                supplier=offer.supplier,
                item=offer.item,
                week=week,
                order_by=order_by,
                arrives=order_by + dt.timedelta(days=offer.lead_days),
                units=int(counted.units[choice]),
                packs=packs,
                price=offer.price,
                cost_fen=counted.fen(choice, packs),
                budget=_payer(case, offer.item, order_by),
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.week, line.supplier, line.item, line.offer)))
