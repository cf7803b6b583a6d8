"""The procurement formulation: one function for each constraint, and the list of them is the formulation.

docs/procurement.md says it in words, tables and symbols. The rows of `unmet_of_scenario` are too many to
write down (one for each set of weeks); `procurement_levels` adds those that bind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats
from allocator.growing_lp import block_of
from allocator.lp import Block
from allocator.procurement_case import ProcurementCase
from allocator.procurement_choices import (
    BudgetUse,
    Choices,
    budget_use,
    choices_of,
    disposal_yuan,
    holding_yuan,
)
from allocator.procurement_columns import Columns
from allocator.procurement_course import Cohorts, cohorts_of, course_of

__all__ = [
    "Formulation",
    "arrivals_of_item",
    "budget_of_bucket",
    "expired_when_due",
    "floors_of_items",
    "nothing_past_its_date",
    "nothing_past_its_date_since",
    "shares_of_suppliers",
    "space_of_shelves",
    "stock_of_item",
    "tail_of_scenario",
    "unmet_of_scenario",
]

_INFINITE = np.inf
_FEWEST_FOR_SHARE = 1 - 1e-9

Indices = NDArray[np.intp]


@dataclass(frozen=True)
class Formulation:
    """A case with its choices, columns and coefficients."""

    case: ProcurementCase

    @cached_property
    def choices(self) -> Choices:
        """What can be ordered when."""
        return choices_of(self.case)

    @cached_property
    def cohorts(self) -> Cohorts:
        """What is there, and what new arrivals join."""
        return cohorts_of(self.case)

    @cached_property
    def columns(self) -> Columns:
        """Where each variable stands."""
        scenarios, items, weeks = self.case.demand_units.shape
        spaces = 0 if self.case.terms.space_m3 is None else weeks
        return Columns(len(self.choices), items, weeks, scenarios, len(self.share_pairs), spaces)

    @cached_property
    def share_pairs(self) -> tuple[tuple[int, int], ...]:
        """Items and their suppliers whose share is limited: of items with at least 1/σ suppliers on offer."""
        share, choices = float(self.case.terms.supplier_share_max), self.choices
        found: list[tuple[int, int]] = []
        for item in range(len(self.case.items) if share < 1 else 0):
            suppliers = np.unique(choices.supplier[choices.item == item]).tolist()
            if len(suppliers) * share >= _FEWEST_FOR_SHARE:
                found += [(item, supplier) for supplier in suppliers]
        return tuple(found)

    @cached_property
    def budgets(self) -> tuple[BudgetUse, ...]:
        """Which choices each budget pays for."""
        return budget_use(self.case, self.choices)

    @cached_property
    def weight(self) -> Floats:
        """(I,): of one unit unmet."""
        return np.array([each.weight for each in self.case.items])

    @cached_property
    def critical(self) -> Bools:
        """(I,): whose shortage comes first."""
        return np.array([each.critical for each in self.case.items], dtype=bool)

    @cached_property
    def unit_m3(self) -> Floats:
        """(I,): what one unit takes on the shelf; 0 where nobody said."""
        return np.array([float(each.pack_m3 or 0) / each.pack_units for each in self.case.items])

    @cached_property
    def space_m3(self) -> Floats | None:
        """(W,): the space there is, or what stock and orders on the way fill already where that is more."""
        space = self.case.terms.space_m3
        if space is None:
            return None
        nothing = np.zeros((self.columns.items, self.columns.weeks))
        course = course_of(self.cohorts, nothing, self.case.expected_units[None])
        return np.maximum(float(space), self.unit_m3 @ course.stock_units[0])

    @cached_property
    def out_of_order(self) -> Indices:
        """Items of which something on hand keeps longer than what arrives later."""
        cohorts, first = self.cohorts, self.cohorts.of_week[:, 1:2]
        if not first.size:
            return np.zeros(0, dtype=np.intp)
        later = np.take_along_axis(cohorts.last, first, axis=1)
        longer = (cohorts.start == 0) & (cohorts.last > later) & (cohorts.fixed_units > 0)
        return np.flatnonzero(longer.any(axis=1))

    @cached_property
    def item_scale(self) -> Floats:
        """(I,): the size of one solver unit of an item: its expected use of a week."""
        return np.maximum(self.case.expected_units.mean(axis=1), 1.0)

    @cached_property
    def scale(self) -> Floats:
        """The size of one solver unit of each column."""
        columns, item = self.columns, self.item_scale
        scale = np.ones(len(columns))
        scale[columns.buy] = item[self.choices.item]
        for grid in (columns.came, columns.stock, columns.lost, columns.expired):
            scale[grid] = item[:, None]
        scale[columns.unmet] = item
        common = max(float(self.weight @ item), 1.0)
        scale[columns.threshold :] = common
        scale[columns.over[: columns.shares]] = item[[pair[0] for pair in self.share_pairs]]
        scale[columns.over[columns.shares :]] = max(float(self.case.terms.space_m3 or 0) / 10, 1e-3)
        return scale

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """The least and the most of each column."""
        columns = self.columns
        lower, upper = np.zeros(len(columns)), np.full(len(columns), _INFINITE)
        upper[columns.buy] = self.choices.most_units
        upper[columns.lost] = self.case.expected_units
        return lower, upper

    @cached_property
    def cost(self) -> Floats:
        """Σ buy·(price + freight) + Σ stock·holding + Σ expired·disposal, in yuan."""
        cost, columns = np.zeros(len(self.columns)), self.columns
        cost[columns.buy] = self.choices.unit_yuan
        cost[columns.stock] = holding_yuan(self.case)[:, None]
        cost[columns.expired] = disposal_yuan(self.case)[:, None]
        return cost

    @cached_property
    def critical_shortage(self) -> Floats:
        """Σ_k π_k Σ_{i critical} weight_i·unmet[k,i]."""
        return self._shortage(self.weight * self.critical)

    @cached_property
    def shortage(self) -> Floats:
        """Σ_k π_k Σ_i weight_i·unmet[k,i]; or threshold + Σ_k π_k·tail[k] / (1 − level), the mean of the worst."""
        level, columns = self.case.terms.cvar_level, self.columns
        if level is None:
            return self._shortage(self.weight)
        cost = np.zeros(len(columns))
        cost[columns.threshold] = 1.0
        cost[columns.tail] = self.case.probability / (1 - level)
        return cost

    def _shortage(self, weight: Floats) -> Floats:
        cost = np.zeros(len(self.columns))
        cost[self.columns.unmet] = self.case.probability[:, None] * weight
        return cost

    @cached_property
    def blocks(self) -> dict[str, Block]:
        """Every constraint but the shortage itself."""
        makers = (
            arrivals_of_item,
            stock_of_item,
            nothing_past_its_date,
            expired_when_due,
            budget_of_bucket,
            shares_of_suppliers,
            space_of_shelves,
            tail_of_scenario,
        )
        return {make.__name__: make(self) for make in makers}


def arrivals_of_item(f: Formulation) -> Block:
    """came[i,t] − came[i,t−1] − Σ_{o: arrives in t} buy[o] = 0, for each item i and week t."""
    columns, choices = f.columns, f.choices
    row = np.arange(columns.items * columns.weeks).reshape(columns.items, columns.weeks)
    entries = [
        (row.ravel(), columns.came.ravel(), np.ones(row.size)),
        (row[:, 1:].ravel(), columns.came[:, :-1].ravel(), np.full(row[:, 1:].size, -1.0)),
        (row[choices.item, choices.arrives], columns.buy, np.full(len(choices), -1.0)),
    ]
    return block_of(entries, lower=0.0, upper=0.0, rows=row.size)


def stock_of_item(f: Formulation) -> Block:
    """stock[i,t] = stock[i,t−1] + came[i,t] − came[i,t−1] + fixed[i,t] − (expected[i,t] − lost[i,t]) − expired[i,t].

    `fixed`: usable stock on hand (t = 0) and orders on the way.
    """
    columns, cohorts = f.columns, f.cohorts
    row = np.arange(columns.items * columns.weeks).reshape(columns.items, columns.weeks)
    fixed = np.zeros(row.shape)
    usable = cohorts.last >= cohorts.start
    np.add.at(fixed, (np.arange(columns.items)[:, None], cohorts.start), cohorts.fixed_units * usable)
    entries = []
    for column, now, before in (
        (columns.stock, 1.0, -1.0),
        (columns.came, -1.0, 1.0),
        (columns.lost, -1.0, 0.0),
        (columns.expired, 1.0, 0.0),
    ):
        entries.append((row.ravel(), column.ravel(), np.full(row.size, now)))
        if before:
            entries.append((row[:, 1:].ravel(), column[:, :-1].ravel(), np.full(row[:, 1:].size, before)))
    right = (fixed - f.case.expected_units).ravel()
    return block_of(entries, lower=right, upper=right, rows=row.size)


def nothing_past_its_date(f: Formulation) -> Block:
    """stock[i,t] ≤ Σ fixed[i,c] and what came, over the cohorts c with start ≤ t < last week, where any expire."""
    item, week = np.nonzero(_some_due(f))
    living = (f.cohorts.start[item] <= week[:, None]) & (f.cohorts.last[item] > week[:, None])
    fixed = (f.cohorts.fixed_units[item] * living).sum(axis=1)
    entries = [(np.arange(len(item)), f.columns.stock[item, week], np.ones(len(item)))]
    entries += _came_of(f, item, living, -1.0)
    return block_of(entries, lower=-_INFINITE, upper=fixed, rows=len(item))


def nothing_past_its_date_since(f: Formulation, item: Indices, since: Indices, week: Indices) -> Block:
    """stock[i,t] − stock[i,s−1] ≤ Σ fixed[i,c] and what came, over the cohorts c with s ≤ start ≤ t < last week.

    Stock that keeps longer than what arrives later cannot stand in for it. One row for each (item, s, week t).
    """
    rows = np.arange(len(item))
    start, last = f.cohorts.start[item], f.cohorts.last[item]
    living = (start >= since[:, None]) & (start <= week[:, None]) & (last > week[:, None])
    fixed = (f.cohorts.fixed_units[item] * living).sum(axis=1)
    entries = [
        (rows, f.columns.stock[item, week], np.ones(len(rows))),
        (rows, f.columns.stock[item, since - 1], np.full(len(rows), -1.0)),
        *_came_of(f, item, living, -1.0),
    ]
    return block_of(entries, lower=-_INFINITE, upper=fixed, rows=len(rows))


def expired_when_due(f: Formulation) -> Block:
    """expired[i,t] ≤ Σ fixed[i,c] and what came, over the cohorts c whose last week is t; the last week of all: 0."""
    item, week = (grid.ravel() for grid in np.indices((f.columns.items, f.columns.weeks)))
    due = (f.cohorts.last[item] == week[:, None]) & (f.cohorts.start[item] <= week[:, None])
    due &= (week < f.columns.weeks - 1)[:, None]
    fixed = (f.cohorts.fixed_units[item] * due).sum(axis=1)
    entries = [(np.arange(len(item)), f.columns.expired[item, week], np.ones(len(item)))]
    entries += _came_of(f, item, due, -1.0)
    return block_of(entries, lower=-_INFINITE, upper=fixed, rows=len(item))


def budget_of_bucket(f: Formulation) -> Block:
    """Σ_{o paid by b} buy[o]·(price + freight) ≤ amount[b], for each budget b."""
    entries = [
        (np.full(len(use.choice), row), use.choice, f.choices.unit_yuan[use.choice])
        for row, use in enumerate(f.budgets)
    ]
    amounts = np.array([use.amount_yuan for use in f.budgets])
    return block_of(entries, lower=-_INFINITE, upper=amounts, rows=len(amounts))


def shares_of_suppliers(f: Formulation) -> Block:
    """Σ_{o of i by j} buy[o] ≤ σ·Σ_{o of i} buy[o] + over, for each item i and supplier j of at least 1/σ on offer."""
    share, choices = float(f.case.terms.supplier_share_max), f.choices
    entries = []
    for row, (item, supplier) in enumerate(f.share_pairs):
        mine = np.flatnonzero(choices.item == item)
        entries.append((np.full(len(mine), row), mine, (choices.supplier[mine] == supplier) - share))
    every = np.arange(len(f.share_pairs))
    entries.append((every, f.columns.over[: len(every)], np.full(len(every), -1.0)))
    return block_of(entries, lower=-_INFINITE, upper=0.0, rows=len(every))


def space_of_shelves(f: Formulation) -> Block:
    """Σ_i m3[i]·stock[i,t] ≤ max(space, what fills it without any order) + over, for each week t, expected demand."""
    columns = f.columns
    if f.space_m3 is None:
        return block_of([], lower=0.0, upper=0.0, rows=0)
    row = np.broadcast_to(np.arange(columns.weeks), columns.stock.shape)
    value = np.broadcast_to(f.unit_m3[:, None], row.shape)
    over = columns.over[columns.shares :]
    entries = [
        (row.ravel(), columns.stock.ravel(), value.ravel()),
        (np.arange(columns.weeks), over, np.full(len(over), -1.0)),
    ]
    return block_of(entries, lower=-_INFINITE, upper=f.space_m3, rows=columns.weeks)


def tail_of_scenario(f: Formulation) -> Block:
    """tail[k] ≥ Σ_i weight_i·unmet[k,i] − threshold, for each scenario k, where the worst are what counts."""
    columns = f.columns
    if f.case.terms.cvar_level is None:
        return block_of([], lower=0.0, upper=0.0, rows=0)
    row = np.broadcast_to(np.arange(columns.scenarios)[:, None], columns.unmet.shape)
    value = np.broadcast_to(-f.weight, row.shape)
    every = np.arange(columns.scenarios)
    entries = [
        (row.ravel(), columns.unmet.ravel(), value.ravel()),
        (every, columns.tail, np.ones(len(every))),
        (every, np.full(len(every), columns.threshold), np.ones(len(every))),
    ]
    return block_of(entries, lower=0.0, upper=_INFINITE, rows=len(every))


def floors_of_items(f: Formulation, given: Sequence[tuple[int, float, bool]], worth: Floats) -> Block:
    """Σ_k π_k·weight_i·unmet[k,i] (+ Σ_{o of i} worth[o]·buy[o], where weighed) ≥ floor.

    One row for each of `given`: item, floor, whether weighed.
    """
    probability, columns = f.case.probability, f.columns
    entries = []
    for row, (item, _, weighed) in enumerate(given):
        unmet = columns.unmet[:, item]
        entries.append((np.full(len(unmet), row), unmet, probability * f.weight[item]))
        if weighed:
            mine = np.flatnonzero(f.choices.item == item)
            entries.append((np.full(len(mine), row), columns.buy[mine], worth[mine]))
    return block_of(entries, lower=np.array([floor for _, floor, _ in given]), upper=_INFINITE, rows=len(given))


def unmet_of_scenario(f: Formulation, scenario: Indices, item: Indices, weeks: Bools, cohorts: Bools) -> Block:
    """unmet[k,i] ≥ Σ_{t in S} demand[k,i,t] − Σ fixed[i,c] and what came, over the cohorts c that serve in S.

    One row for each (scenario, item, set of weeks S); `weeks` (P, W) and `cohorts` (P, C) of each.
    """
    rows = len(scenario)
    asked = (f.case.demand_units[scenario, item] * weeks).sum(axis=1)
    fixed = (f.cohorts.fixed_units[item] * cohorts).sum(axis=1)
    entries = [(np.arange(rows), f.columns.unmet[scenario, item], np.ones(rows))]
    entries += _came_of(f, item, cohorts, 1.0)
    return block_of(entries, lower=asked - fixed, upper=_INFINITE, rows=rows)


def _some_due(f: Formulation) -> Bools:
    """Return (I, W): whether something could expire in the week."""
    item, week = np.indices((f.columns.items, f.columns.weeks))
    holds = f.cohorts.last[item] == week[..., None]
    return holds.any(axis=2) & (week < f.columns.weeks - 1)


def _came_of(f: Formulation, item: Indices, cohorts: Bools, value: float) -> list[tuple[Indices, Indices, Floats]]:
    """Return entries for what is ordered here and joins these cohorts: sums of (came[t] − came[t−1])."""
    joins = np.take_along_axis(cohorts, f.cohorts.of_week[item], axis=1).astype(np.int8)
    after = np.concatenate([joins[:, 1:], np.zeros((len(item), 1), dtype=np.int8)], axis=1)
    row, week = np.nonzero(joins - after)
    sign = (joins - after)[row, week].astype(np.float64)
    return [(row, f.columns.came[item[row], week], value * sign)]
