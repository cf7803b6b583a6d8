"""What to order, from whom, by when: the least shortage the money and the suppliers allow, then the least cost.

`procure` is the door: scenarios reduced to at most twenty, the bound by linear programs, least orders by diving,
whole packs, and in words what binds. docs/procurement.md is the formulation with a worked answer.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from allocator.case import Floats
from allocator.procurement_case import ProcurementCase
from allocator.procurement_counting import plan_of_packs, weighted_shortage, worst_share
from allocator.procurement_course import course_of
from allocator.procurement_dive import dived
from allocator.procurement_levels import ProcurementLp
from allocator.procurement_lp import Formulation
from allocator.procurement_packs import PackPlan, carried
from allocator.procurement_plan import Bound, ProcurementPlan
from allocator.procurement_rules import MONTHS, Months, bought_by_rule, rule_asks
from allocator.procurement_scenarios import reduced
from allocator.procurement_singly import Singly
from allocator.procurement_words import sentences_of

__all__ = ["SCENARIOS_MAX", "Outcome", "outcome_of", "plan_by_rule", "procure"]

SCENARIOS_MAX = 20


def procure(case: ProcurementCase, *, explain: bool = True) -> ProcurementPlan:
    """Return the orders that leave least short, critical items first, at least cost.

    Raises:
        LpFailed: where the solver gives no optimum, which no sound case makes it do.

    """
    form = Formulation(_few(case))
    program = ProcurementLp(form)
    levels = program.levels(explain=explain)
    singly = Singly(form, levels)
    whole = singly.repacked(carried(form, dived(program, levels, singly)))
    packs = PackPlan(form, whole, _blame(form, levels.unmet_units))
    packs.trim()
    packs.add()
    plan = plan_of_packs(form, packs.packs, rule="lp")
    least = program.raised(levels, singly.floors, singly.weighed_floors, singly.worth)
    bound = Bound(critical=least.critical, shortage=least.shortage, cost_yuan=least.cost_yuan)
    return dataclasses.replace(plan, bound=bound, said=sentences_of(form, levels) if explain else ())


def plan_by_rule(
    case: ProcurementCase, rule: str, *, monthly_units: Floats | None = None, months: Months = MONTHS
) -> ProcurementPlan:
    """Return what one of `procurement_rules.RULES` orders, within every limit of the case."""
    form = Formulation(_few(case))
    return bought_by_rule(form, rule_asks(form.case, rule, monthly_units=monthly_units, months=months), rule=rule)


def _few(case: ProcurementCase) -> ProcurementCase:
    if len(case.probability) <= SCENARIOS_MAX:
        return case
    demand, probability = reduced(case.demand_units, case.probability, SCENARIOS_MAX)
    return dataclasses.replace(case, demand_units=demand, probability=probability)


def _blame(form: Formulation, unmet_units: Floats) -> Floats:
    return worst_share(unmet_units @ form.weight, form.case.probability, form.case.terms.cvar_level)


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
