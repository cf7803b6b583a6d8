"""From units the solver likes to whole packs that every limit allows.

Rounded with the remainder carried on within an item; then, while a limit is broken, the pack goes that is missed
least; then, while money is left, the pack comes that is missed most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats, Units
from allocator.procurement_choices import fen_of, unit_cost_yuan
from allocator.procurement_course import course_of
from allocator.procurement_lp import Formulation

__all__ = ["CRITICAL_FIRST", "PackPlan", "carried"]

CRITICAL_FIRST = 100.0
"""What a unit of a critical item counts beside another, where both cannot be had in whole packs."""

_ADDING_PASSES_MAX = 40
_WORTH = 1e-9
_TOLERANCE = 1e-9

Indices = NDArray[np.intp]


def carried(form: Formulation, units: Floats) -> Units:
    """Return whole packs for units of each choice, the remainder of one order carried to the item's next."""
    choices = form.choices
    packs = np.zeros(len(choices), dtype=np.int64)
    rest = np.zeros(len(form.case.items))
    chosen = np.flatnonzero(units > _TOLERANCE)
    for choice in chosen[np.lexsort((chosen, choices.arrives[chosen], choices.item[chosen]))].tolist():
        item, pack = choices.item[choice], choices.pack_units[choice]
        wanted = units[choice] + rest[item]
        most = choices.most_packs[choice]
        whole = max(int(choices.least_packs[choice]), round(wanted / pack))
        packs[choice] = whole if most < 0 else min(whole, int(most))
        rest[item] = wanted - packs[choice] * pack
    return packs


@dataclass(frozen=True)
class Broken:
    """A limit that is not kept: by how much, the choices behind it, in order, and what one unit of each adds to it."""

    choice: Indices
    excess: float
    of_unit: Floats


@dataclass
class PackPlan:
    """Whole packs of each choice, with what they cost and which limits they keep."""

    form: Formulation
    packs: Units
    blame: Floats
    """(K,): the share of each scenario in the shortage that is minimised."""
    _unit_cost: list[Fraction] = field(init=False)
    limit_fen: list[int] = field(init=False)
    _paid_by: list[list[int]] = field(init=False)
    _counted: tuple[Units, Units] = field(init=False)
    """The packs of each choice whose fen are known, and the fen."""

    def __post_init__(self) -> None:
        form = self.form
        case, choices = form.case, form.choices
        of_offer = [unit_cost_yuan(each, case.items[case.item_index[each.item]], case.terms) for each in case.offers]
        self._unit_cost = [of_offer[offer] for offer in choices.offer.tolist()]
        self.limit_fen = [(Fraction(budget.amount) * 100).__floor__() for budget in case.budgets]
        self._counted = (np.zeros(len(choices), dtype=np.int64), np.zeros(len(choices), dtype=np.int64))
        self._paid_by = [[] for _ in range(len(choices))]
        for number, use in enumerate(form.budgets):
            for choice in use.choice.tolist():
                self._paid_by[choice].append(number)

    @property
    def units(self) -> Units:
        """(choices,): units ordered."""
        return self.packs * self.form.choices.pack_units

    def fen(self, choice: int, packs: int) -> int:
        """Return what an order of so many packs costs."""
        return fen_of(self._unit_cost[choice] * packs * int(self.form.choices.pack_units[choice]))

    def spent_fen(self) -> list[int]:
        """Return what each budget pays."""
        packs, fen = self._counted
        for choice in np.flatnonzero(packs != self.packs).tolist():
            fen[choice] = self.fen(choice, int(self.packs[choice]))
        packs[:] = self.packs
        return [int(fen[use.choice].sum()) for use in self.form.budgets]

    def trim(self) -> None:
        """Take packs away until every limit is kept, those first that are missed least for what they free."""
        while (broken := next(self._broken(), None)) is not None:
            lines = broken.choice[self.packs[broken.choice] > 0]
            gone = self._fewer(broken, lines)
            freed = gone * self._frees(broken, lines)
            loss = self._change_of_shortage(lines, -gone)
            # What frees more than is needed frees no more than that.
            best = int(np.argmin(loss / np.maximum(np.minimum(freed, broken.excess), _TOLERANCE)))
            self.packs[lines[best]] -= gone[best]

    def _frees(self, broken: Broken, lines: Indices) -> Floats:
        each: Floats = broken.of_unit[np.searchsorted(broken.choice, lines)] * self.form.choices.pack_units[lines]
        return np.maximum(each, _TOLERANCE)

    def _fewer(self, broken: Broken, lines: Indices) -> Units:
        """Return how many packs of each order would go: what is too much, as far as the least order; or all of it."""
        packs, least = self.packs[lines], self.form.choices.least_packs[lines]
        wanted = np.maximum(np.ceil(broken.excess / self._frees(broken, lines) - _TOLERANCE), 1).astype(np.int64)
        return np.where(packs > least, np.minimum(wanted, packs - least), packs)

    def _broken(self) -> Iterator[Broken]:
        """Yield each limit that is not kept: budgets, shares of suppliers, space."""
        unit_yuan = self.form.choices.unit_yuan
        for number, (spent, most) in enumerate(zip(self.spent_fen(), self.limit_fen, strict=True)):
            if spent > most:
                choice = self.form.budgets[number].choice
                yield Broken(choice, (spent - most) / 100, unit_yuan[choice])
        yield from self._shares_broken()
        over = self._over_space()
        if over is not None:
            yield over

    def _shares_broken(self) -> Iterator[Broken]:
        block = self.form.blocks["shares_of_suppliers"]
        if not len(block.upper):
            return
        bought = block.column < len(self.packs)
        row, column, value = (part[bought] for part in (block.row, block.column, block.value))
        excess = np.bincount(row, weights=value * self.units[column], minlength=len(block.upper))
        for which in np.flatnonzero(excess > _TOLERANCE * (1 + self.units.sum())).tolist():
            own = (row == which) & (value > 0)
            yield Broken(column[own], float(excess[which]), value[own])

    def _over_space(self) -> Broken | None:
        form = self.form
        if form.space_m3 is None:
            return None
        columns, choices = form.columns, form.choices
        arriving = choices.arriving(self.units.astype(float), columns.items, columns.weeks)
        stock = course_of(form.cohorts, arriving, form.case.expected_units[None]).stock_units[0]
        excess = form.unit_m3 @ stock - form.space_m3 * (1 + _TOLERANCE)
        over = np.flatnonzero(excess > _TOLERANCE)
        if not len(over):
            return None
        takes = (choices.arrives <= over[0]) & (form.unit_m3[choices.item] > 0) & (self.packs > 0)
        choice = np.flatnonzero(takes & (stock[choices.item, over[0]] > 0))
        return Broken(choice, float(excess[over[0]]), form.unit_m3[choices.item[choice]])

    def add(self) -> None:
        """Add packs where they help most for their money, as long as every limit lets them."""
        choices = self.form.choices
        for _ in range(_ADDING_PASSES_MAX):
            lines = np.flatnonzero((self.packs > 0) & ((choices.most_packs < 0) | (self.packs < choices.most_packs)))
            cost = choices.pack_units[lines] * choices.unit_yuan[lines]
            affordable = cost <= self._room_yuan(lines)
            lines, cost = lines[affordable], cost[affordable]
            gain = -self._change_of_shortage(lines, np.ones(len(lines), dtype=np.int64))
            worth = np.flatnonzero(gain > _WORTH)
            if not self._added(lines[worth[np.argsort(-gain[worth] / cost[worth], kind="stable")]]):
                return

    def _added(self, lines: Indices) -> bool:
        """Add one pack to the best line of each item, where the limits are kept with it."""
        items: set[int] = set()
        for line in lines.tolist():
            item = int(self.form.choices.item[line])
            if item in items:
                continue
            self.packs[line] += 1
            if next(self._broken(), None) is None:
                items.add(item)
            else:
                self.packs[line] -= 1
        return bool(items)

    def _room_yuan(self, lines: Indices) -> Floats:
        left = np.array(self.limit_fen, dtype=float) - np.array(self.spent_fen(), dtype=float)
        return np.array([min((left[b] for b in self._paid_by[line]), default=np.inf) / 100 for line in lines.tolist()])

    def _change_of_shortage(self, lines: Indices, packs: Units) -> Floats:
        """Return by how much the weighted shortage rises if each line alone had so many packs more."""
        form = self.form
        choices, columns = form.choices, form.columns
        items, mine = np.unique(choices.item[lines], return_inverse=True)
        now = choices.arriving(self.units.astype(float), columns.items, columns.weeks)
        changed = now[choices.item[lines]]
        changed[np.arange(len(lines)), choices.arrives[lines]] += packs * choices.pack_units[lines]
        before = self._shortage_of(items, now[items])
        return self._shortage_of(choices.item[lines], changed) - before[mine]

    def _shortage_of(self, items: Indices, arriving: Floats) -> Floats:
        form = self.form
        course = course_of(form.cohorts.take(items), arriving, form.case.demand_units[:, items])
        weight = form.weight[items] * np.where(form.critical[items], CRITICAL_FIRST, 1.0)
        return weight * (self.blame @ course.unmet_units.sum(axis=2))
