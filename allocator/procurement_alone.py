"""One item by itself, with each of its orders a yes or no: what least orders cost it in shortage, proven by branching.

Without budgets and space an item has nothing to do with the others, and some hundred orders of one item are few
enough to branch over. What it must go short alone, it goes short in every plan.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats
from allocator.procurement_case import ProcurementCase
from allocator.procurement_course import course_of
from allocator.procurement_levels import ProcurementLp
from allocator.procurement_lp import Formulation

__all__ = ["Alone", "alone", "weighed"]

_NODES_MAX = 40
_NODES_OF_COST_MAX, _GAP_OF_COST = 1, 1e-2  # among orders that reach the floor, nearly the cheapest will do
_ROUNDS_MAX = 8
_GAP = 1e-4
_NODES_WEIGHED_MAX, _GAP_WEIGHED = 40, 1e-3
_COARSE = 0.05  # of the expected use of a week: packs from this size on are counted one by one
_MARGIN = 1e-6  # of a bound: what the solver's tolerances may make of it
_MISSED = 1e-4  # of what the item is short at least: how far the cheaper orders may miss it

Indices = NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Alone:
    """`floor`: weighted units that the item goes short in every plan, on average over the scenarios.

    `units`: orders of its choices, 0 or at least the least order, that come (nearly) as low; None where none was found.
    """

    floor: float
    units: Floats | None


def alone(form: Formulation, item: int, price: Floats) -> Alone:
    """Branch over the orders of one item, and return its floor and cheap orders that reach it.

    `price`: (choices,) of one unit of each choice of the whole case, in any one measure; what orders cost is looked at
    only among those that leave (nearly) the fewest short. An order beyond the largest demand of all weeks serves
    nobody, so that is the most where there is no capacity; where one supplier's share is limited as well it could
    still make room for another's, and nothing is said of the floor.

    >>> import datetime as dt
    >>> from decimal import Decimal
    >>> from allocator.procurement_case import Offer, ProcurementCase, ProcurementItem, Supplier
    >>> case = ProcurementCase(
    ...     day=dt.date(2020, 3, 2), items=(ProcurementItem(item="mask", critical=True),),
    ...     suppliers=(Supplier(supplier="A"),),
    ...     offers=(Offer(supplier="A", item="mask", price=Decimal(1), lead_days=7, units_per_week=80, min_units=70),),
    ...     demand_units=np.array([[[0.0, 75.0, 75.0]]]), probability=np.array([1.0]))
    >>> found = alone(Formulation(case), 0, np.ones(2))
    >>> round(found.floor, 3), found.units.round().tolist()
    (0.0, [75.0, 75.0])

    """
    own, program, unmet = _program(form, item)
    mine = np.flatnonzero(form.choices.item == item)
    floor = program.least(unmet).cost
    if not len(mine):
        return Alone(floor=floor, units=np.zeros(0))
    _switch(program)
    proven, units = _branched(program, unmet)
    if _is_proof(own):
        floor = max(floor, proven * (1 - _MARGIN))
    if units is None:
        return Alone(floor=floor, units=None)
    reached = _short(own, units)
    most = reached + _MISSED * max(reached, float(own.item_scale[0]))
    program.lp.limit(int(program.goals[1]), upper=most)
    cost = np.zeros(len(own.columns))
    cost[own.columns.buy] = price[mine]
    _, cheaper = _branched(program, cost, nodes=_NODES_OF_COST_MAX, gap=_GAP_OF_COST, rounds=4)
    if cheaper is None or _short(own, cheaper) > most * (1 + _MISSED):
        return Alone(floor=floor, units=units)
    return Alone(floor=floor, units=cheaper)


def weighed(form: Formulation, item: int, worth: Floats) -> Alone:
    """Branch over the orders of one item, weighing what it is short against what its orders are worth to others.

    `worth`: (choices,) of one unit, in weighted units short: its cost times the price of its budget's money. The floor
    is of both together, shortage + Σ worth·units.
    """
    own, program, cost = _program(form, item)
    cost[own.columns.buy] = worth[form.choices.item == item]
    floor = program.least(cost).cost
    _switch(program)
    proven, units = _branched(program, cost, nodes=_NODES_WEIGHED_MAX, gap=_GAP_WEIGHED, rounds=1)
    if _is_proof(own):
        floor = max(floor, proven * (1 - _MARGIN))
    return Alone(floor=floor, units=units)


def _program(form: Formulation, item: int) -> tuple[Formulation, ProcurementLp, Floats]:
    """Return the formulation of one item, its program, and what counts in it: its weighted shortage."""
    own = Formulation(_case_of(form, item))
    unmet = np.zeros(len(own.columns))
    unmet[own.columns.unmet] = own.case.probability[:, None] * own.weight
    return own, ProcurementLp(own), unmet


def _switch(program: ProcurementLp) -> None:
    """Let each order be 0 or at least its least, and packs be whole where they are coarse."""
    own = program.form
    least, most = _least_and_most(own)
    program.lp.switch(own.columns.buy, least, most)
    pack = own.choices.pack_units.astype(float)
    if pack[0] > _COARSE * float(own.item_scale[0]):
        program.lp.step(own.columns.buy, pack)


def _is_proof(own: Formulation) -> bool:
    return not len(own.share_pairs) or bool(np.isfinite(own.choices.most_units).all())


def _case_of(form: Formulation, item: int) -> ProcurementCase:
    """Return the case of one item without budgets and space, its expected shortage being what counts."""
    case, good = form.case, form.case.items[item]
    return dataclasses.replace(
        case,
        items=(good,),
        offers=tuple(each for each in case.offers if each.item == good.item),
        held=tuple(each for each in case.held if each.item == good.item),
        orders=tuple(each for each in case.orders if each.item == good.item),
        budgets=(),
        demand_units=case.demand_units[:, [item]],
        terms=dataclasses.replace(case.terms, space_m3=None, cvar_level=None),
    )


def _least_and_most(form: Formulation) -> tuple[Floats, Floats]:
    least = (form.choices.least_packs * form.choices.pack_units).astype(float)
    pack = form.choices.pack_units
    useful = np.ceil(float(form.case.demand_units.sum(axis=2).max()) / pack) * pack
    return least, np.minimum(form.choices.most_units, np.maximum(least, useful))


def _branched(
    program: ProcurementLp, cost: Floats, *, nodes: int = _NODES_MAX, gap: float = _GAP, rounds: int = _ROUNDS_MAX
) -> tuple[float, Floats | None]:
    """Return what is proven of the least cost, and the orders found; in the last round some shortage rows may break."""
    proven, found = 0.0, None
    for _ in range(rounds):
        bound, solved = program.lp.branch(cost, nodes=nodes, gap=gap)
        proven = max(proven, bound)
        if solved is None:
            break
        found = np.maximum(solved.values[program.form.columns.buy], 0.0)
        if not program.add_broken(solved, dated=False):
            break
    return proven, found


def _short(form: Formulation, units: Floats) -> float:
    arriving = form.choices.arriving(units, 1, form.columns.weeks)
    course = course_of(form.cohorts, arriving, form.case.demand_units)
    return float(form.case.probability @ course.unmet_units.sum(axis=2) @ form.weight)
