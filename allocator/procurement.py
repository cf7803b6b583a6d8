"""What to order, from whom, by when: the least shortage the money and the suppliers allow, then the least cost.

`procure` is the door: scenarios reduced to at most twenty, the bound by linear programs, least orders by diving,
whole packs, and in words what binds. docs/procurement.md is the formulation with a worked answer.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats, Units
from allocator.procurement_case import ProcurementCase
from allocator.procurement_choices import disposal_yuan, holding_yuan
from allocator.procurement_course import course_of
from allocator.procurement_dive import dived
from allocator.procurement_levels import ProcurementLp
from allocator.procurement_lp import Formulation
from allocator.procurement_packs import PackPlan, carried
from allocator.procurement_plan import Bound, BudgetSpent, OrderLine, ProcurementPlan
from allocator.procurement_scenarios import reduced
from allocator.procurement_words import sentences_of

__all__ = ["SCENARIOS_MAX", "Outcome", "outcome_of", "plan_of_packs", "procure", "weighted_shortage", "worst_share"]

SCENARIOS_MAX = 20


def procure(case: ProcurementCase, *, explain: bool = True) -> ProcurementPlan:
    """Return the orders that leave least short, critical items first, at least cost.

    Raises:
        LpFailed: where the solver gives no optimum, which no sound case makes it do.

    """
    if len(case.probability) > SCENARIOS_MAX:
        demand, probability = reduced(case.demand_units, case.probability, SCENARIOS_MAX)
        case = dataclasses.replace(case, demand_units=demand, probability=probability)
    form = Formulation(case)
    program = ProcurementLp(form)
    levels = program.levels(explain=explain)
    packs = PackPlan(form, carried(form, dived(program, levels)), _blame(form, levels.unmet_units))
    packs.trim()
    packs.add()
    plan = plan_of_packs(form, packs.packs, rule="lp")
    bound = Bound(critical=levels.critical, shortage=levels.shortage, cost_yuan=levels.cost_yuan)
    return dataclasses.replace(plan, bound=bound, said=sentences_of(form, levels) if explain else ())


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


def _blame(form: Formulation, unmet_units: Floats) -> Floats:
    return worst_share(unmet_units @ form.weight, form.case.probability, form.case.terms.cvar_level)


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
            )
        )
    return tuple(sorted(lines, key=lambda line: (line.week, line.supplier, line.item, line.offer)))


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a plan on demand it was not made for: units short by item, averaged; the worst tenth's mean."""

    paths: int
    unmet_units: Floats
    demand_units: Floats
    weighted: float
    weighted_worst: float
    critical: float
    over_space: float


def outcome_of(plan: ProcurementPlan, paths: Floats) -> Outcome:
    """Walk a plan's orders through demand paths (N, I, W) outside its scenarios."""
    case = plan.case
    form = Formulation(case)
    arriving = np.zeros((len(case.items), case.weeks))
    for line in plan.lines:
        week = line.week + case.offers[line.offer].lead_weeks
        if week < case.weeks:
            arriving[case.item_index[line.item], week] += line.units
    course = course_of(form.cohorts, arriving, paths)
    totals = course.unmet_units.sum(axis=2)
    even = np.full(len(paths), 1 / len(paths))
    space = form.space_m3
    over = 0.0 if space is None else float((form.unit_m3 @ course.stock_units > space).any(axis=1).mean())
    return Outcome(
        paths=len(paths),
        unmet_units=totals.mean(axis=0),
        demand_units=paths.sum(axis=2).mean(axis=0),
        weighted=float((totals @ form.weight).mean()),
        weighted_worst=weighted_shortage(totals @ form.weight, even, 0.9),
        critical=float((totals @ (form.weight * form.critical)).mean()),
        over_space=over,
    )
