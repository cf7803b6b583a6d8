"""The least shortage there can be, level by level, then the least cost: the bound every plan is measured by.

Critical shortage first, then all shortage with that held, then cost with both held. A shortage row is added
only once the walk of the stock says that it is broken, so a fraction of them is ever written down.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats
from allocator.growing_lp import GrowingLp, Solved, block_of
from allocator.lp import LpFailed
from allocator.procurement_course import course_of, short_weeks
from allocator.procurement_lp import Formulation, floors_of_items, nothing_past_its_date_since, unmet_of_scenario

__all__ = ["Levels", "ProcurementLp", "Relief"]

_ROUNDS_MAX = 200
_RELIEFS_MAX = 4
_PRICE_MIN = 1e-9
_LEAST_MORE_YUAN = 100
_MISSED = 1e-6  # of an item's expected use of a week: what a shortage row may be broken by
_CRITICAL_BESIDE = 100.0  # of one short that is critical, beside another, where all are weighed at once
_COST_BESIDE = 1e-3  # of the dearest unit, beside one short
_UNMOVED = 1e-3  # of what a shortage row may be broken by: less is as it was
_RAISED = 1e-6  # of an item's shortage: a floor that says less says nothing
_HELD = 1e-9  # of the common scale: by how much a goal that is held may be missed


@dataclass(frozen=True, kw_only=True)
class Relief:
    """What more money in one budget would do: units less short of each item, on average over the scenarios."""

    budget: int
    more_yuan: int
    saved_units: Floats


@dataclass(frozen=True, kw_only=True)
class Levels:
    """The bound: weighted shortages in units and cost in yuan, what is bought and unmet (K, I) there, what binds.

    `critical_lacks_money`: some budget's money would spare critical items more.

    `budget_price`, `capacity_price`, `share_price`, `space_price`: what one yuan more in each budget, one unit more of
    each choice's most, of each limited share, one m³ more in each week adds to the shortage (≤ 0).
    """

    critical: float
    critical_lacks_money: bool
    shortage: float
    cost_yuan: float
    buy_units: Floats
    unmet_units: Floats
    budget_price: Floats
    capacity_price: Floats
    share_price: Floats
    space_price: Floats
    reliefs: tuple[Relief, ...] = ()


@dataclass
class ProcurementLp:
    """The formulation in the solver, with the shortage rows found so far."""

    form: Formulation
    lp: GrowingLp = field(init=False)
    rows: dict[str, NDArray[np.intp]] = field(init=False)
    goals: NDArray[np.intp] = field(init=False)
    lasting: int = field(init=False)
    """How many rows are there from the beginning and stay."""
    shortage_rows: int = 0
    _walked: tuple[Floats, Floats] | None = None
    """What arrived (I, W) and was unmet (K, I) when the stock was last walked: what is as it was needs no walk."""

    def __post_init__(self) -> None:
        form = self.form
        lower, upper = form.bounds
        self.lp = GrowingLp(lower=lower, upper=upper, scale=form.scale)
        self.rows = {name: self.lp.add(block) for name, block in form.blocks.items()}
        self.goals = np.concatenate([self._goal(cost, above) for cost, above in self._goal_costs()])
        self.lasting = int(self.goals[-1]) + 1
        for soft in (form.columns.above, form.columns.over):
            self.lp.bound(soft, np.zeros(len(soft)), np.zeros(len(soft)))

    def _goal_costs(self) -> list[tuple[Floats, int]]:
        first, second = self.form.columns.above.tolist()
        return [(self.form.critical_shortage, first), (self.form.shortage, second)]

    def _goal(self, cost: Floats, above: int) -> NDArray[np.intp]:
        """Add the row shortage − above ≤ the least there can be, open until that is known."""
        column = np.append(np.flatnonzero(cost), above)
        value = np.append(cost[column[:-1]], -1.0)
        row = np.zeros(len(column), dtype=np.intp)
        return self.lp.add(block_of([(row, column, value)], lower=-np.inf, upper=np.inf, rows=1))

    def least(self, cost: Floats, *, primal: bool = False, priced: bool = False) -> Solved:
        """Return the least cost with every shortage row kept, those not written down included; see `GrowingLp.least`.

        Raises:
            LpFailed: where there is none.

        """
        dated = self.form.columns.spaces > 0 or bool(cost[self.form.columns.stock].any())
        for _ in range(_ROUNDS_MAX):
            solved = self.lp.least(cost, primal=primal, priced=priced)
            primal = False
            if not self.add_broken(solved, dated=dated):
                return solved
        raise LpFailed("the shortage rows do not come to an end")

    def add_broken(self, solved: Solved, *, dated: bool) -> int:
        """Add the rows that a solution breaks, and return how many they are. `dated`: those of the dates too."""
        form = self.form
        case, columns = form.case, form.columns
        arriving = form.choices.arriving(np.maximum(solved.values[columns.buy], 0.0), columns.items, columns.weeks)
        unmet = solved.values[columns.unmet]
        moved = self._moved(arriving, unmet)
        mine = form.cohorts.take(moved)
        course = course_of(mine, arriving[moved], case.demand_units[:, moved], with_use=True)
        missed = course.unmet_units.sum(axis=2) - unmet[:, moved]
        scenario, item = np.nonzero(missed > _MISSED * form.item_scale[moved])
        if len(scenario):
            weeks, cohorts = short_weeks(mine, course, scenario, item)
            self.lp.add(unmet_of_scenario(form, scenario, moved[item], weeks, cohorts))
            self.shortage_rows += len(scenario)
        return len(scenario) + (self._add_dated(solved, arriving) if dated else 0)

    def _moved(self, arriving: Floats, unmet: Floats) -> NDArray[np.intp]:
        """Return the items of which other units arrive, or fewer are said to be unmet, than at the last walk."""
        if self._walked is None:
            self._walked = (arriving.copy(), unmet.copy())
            return np.arange(len(arriving))
        came, said = self._walked
        near = _MISSED * self.form.item_scale * _UNMOVED
        moved = np.flatnonzero(
            (np.abs(arriving - came) > near[:, None]).any(axis=1) | (unmet < said - near).any(axis=0)
        )
        came[moved], said[:, moved] = arriving[moved], unmet[:, moved]
        return moved

    def _add_dated(self, solved: Solved, arriving: Floats) -> int:
        """Add the rows that keep what arrives later from being kept past its date."""
        form = self.form
        items = form.out_of_order
        if not len(items):
            return 0
        cohorts = form.cohorts.take(items)
        units = cohorts.with_arrivals(arriving[items])
        stock = solved.values[form.columns.stock[items]]
        found: list[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]] = []
        for week in range(1, form.columns.weeks - 1):
            living = units * ((cohorts.start <= week) & (cohorts.last > week))
            # Of these, what arrived from each week on.
            since = np.arange(1, week + 1)
            kept = np.einsum("ic,ics->is", living, cohorts.start[..., None] >= since)
            over = stock[:, week, None] - stock[:, since - 1] - kept
            row, place = np.nonzero(over > _MISSED * form.item_scale[items, None])
            found.append((items[row], since[place], np.full(len(row), week)))
        item, begun, until = (np.concatenate(part) for part in zip(*found, strict=True)) if found else (items[:0],) * 3
        self.lp.add(nothing_past_its_date_since(form, item, begun, until))
        return len(item)

    def levels(self, *, explain: bool = False) -> Levels:
        """Solve the three levels and hold the first two. `explain`: also what more money would do."""
        form = self.form
        self.least(self._together)
        critical, scarce = 0.0, False
        if form.critical.any():
            solved = self.least(form.critical_shortage, primal=True, priced=True)
            critical = solved.cost
            scarce = bool((solved.row_price[self.rows["budget_of_bucket"]] < -_PRICE_MIN).any())
            self._hold(0, critical)
        self.lp.drop_slack(self.lasting)
        short = self.least(form.shortage, primal=True, priced=True)
        self._hold(1, short.cost)
        cheapest = self.least(form.cost, primal=True)
        self.lp.drop_slack(self.lasting)
        reliefs = tuple(self._reliefs(short)) if explain else ()
        buy = form.columns.buy
        full = short.values[buy] >= form.bounds[1][buy] - _MISSED * form.scale[buy]
        return Levels(
            critical=critical,
            critical_lacks_money=scarce,
            shortage=short.cost,
            cost_yuan=cheapest.cost,
            buy_units=np.maximum(cheapest.values[buy], 0.0),
            unmet_units=np.maximum(cheapest.values[form.columns.unmet], 0.0),
            budget_price=np.minimum(short.row_price[self.rows["budget_of_bucket"]], 0.0),
            capacity_price=np.where(full, np.minimum(short.column_price[buy], 0.0), 0.0),
            share_price=short.row_price[self.rows["shares_of_suppliers"]],
            space_price=short.row_price[self.rows["space_of_shelves"]],
            reliefs=reliefs,
        )

    def raised(self, levels: Levels, floors: Floats, weighed: Mapping[int, float], worth: Floats) -> Levels:
        """Return the levels with what is proven of single items held from below.

        `floors` (I,): of each item's weighted shortage, averaged over the scenarios. `weighed`: of an item's shortage
        and Σ `worth` (choices,) · units together. Orders are bounded, and nothing may be missed, as in the beginning.
        """
        form, columns = self.form, self.form.columns
        short = form.weight * (form.case.probability @ levels.unmet_units)
        given = [(item, floor, False) for item, floor in enumerate(floors.tolist())]
        given = [each for each in given if each[1] > short[each[0]] * (1 + _RAISED)]
        given += [(item, floor, True) for item, floor in weighed.items()]
        if not given:
            return levels
        lower, upper = form.bounds
        self.lp.bound(columns.buy, lower[columns.buy], upper[columns.buy])
        for soft in (columns.above, columns.over):
            self.lp.bound(soft, np.zeros(len(soft)), np.zeros(len(soft)))
        for goal in self.goals.tolist():
            self.lp.limit(goal, upper=np.inf)
        self.lp.add(floors_of_items(form, given, worth))
        found = self.levels()
        return dataclasses.replace(levels, critical=found.critical, shortage=found.shortage, cost_yuan=found.cost_yuan)

    @property
    def _together(self) -> Floats:
        """All three goals weighed, so that each level afterwards is a few steps from where the last one ended."""
        form = self.form
        dearest = float(np.max(form.choices.unit_yuan / form.weight[form.choices.item], initial=0.0))
        cheap = form.cost * (_COST_BESIDE / dearest) if dearest > 0 else 0.0
        return form.shortage + _CRITICAL_BESIDE * form.critical_shortage + cheap

    def _reliefs(self, short: Solved) -> Iterator[Relief]:
        """Solve anew with a hundredth more money in each budget whose money binds, the dearest few."""
        form = self.form
        rows, amounts = self.rows["budget_of_bucket"], [use.amount_yuan for use in form.budgets]
        price = short.row_price[rows]
        if not bool((price < -_PRICE_MIN).any()):
            return
        self.lp.limit(int(self.goals[1]), upper=np.inf)
        self.least(form.shortage, primal=True)
        binding = [n for n in np.argsort(price, kind="stable").tolist() if price[n] < -_PRICE_MIN][:_RELIEFS_MAX]
        for number in binding:
            more = _round_money(amounts[number] / 100)
            self.lp.limit(int(rows[number]), upper=amounts[number] + more)
            after = self.least(form.shortage)
            fewer = (short.values - after.values)[form.columns.unmet]
            yield Relief(budget=number, more_yuan=more, saved_units=form.case.probability @ fewer)
            self.lp.limit(int(rows[number]), upper=amounts[number])
        self._hold(1, short.cost)

    def _hold(self, goal: int, least: float) -> None:
        slack = _HELD * float(self.form.scale[self.form.columns.threshold])
        self.lp.limit(int(self.goals[goal]), upper=least + slack)


def _round_money(yuan: float) -> int:
    """Return 1, 2 or 5 and zeros, at or below: an amount people say.

    >>> _round_money(12_345), _round_money(7_000), _round_money(3)
    (10000, 5000, 100)
    """
    if yuan <= _LEAST_MORE_YUAN:
        return _LEAST_MORE_YUAN
    size: int = 10 ** int(np.log10(yuan))
    return size * max(step for step in (1, 2, 5) if step * size <= yuan)
