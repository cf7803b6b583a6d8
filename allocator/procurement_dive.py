"""Least orders by diving: round by round, orders below their least are made one or given up, and the rest follows.

Whether an order is made is a yes or no that a linear program does not know. A search over all of them still had
a gap of 38 % after a minute where this comes within a hundredth of the bound in seconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats
from allocator.procurement_levels import Levels, ProcurementLp
from allocator.procurement_packs import CRITICAL_FIRST
from allocator.procurement_singly import Singly

__all__ = ["dived"]

_ROUNDS_MAX = 400
_TINY = 1e-7  # of the least order: nothing
_GIVEN_UP = 0.3  # of the least order: below it a choice is given up at once
_WEEKS_APART = 8  # one order of an item is decided a round in each such span of weeks
_WORTH_MAKING = 0.6  # of the least order: below it an item's last order is not made
_WHOLE = 1e-4  # of the least order: what branching may be off
_SHORTAGE_FIRST = 10.0  # times the dearest unit and the rarest scenario: shortage before cost

Indices = NDArray[np.intp]


def dived(program: ProcurementLp, levels: Levels, singly: Singly) -> Floats:
    """Return units of each choice, each 0 or at least its least order, near the least shortage and cost.

    The orders of critical items are decided first, then those of all others.
    """
    dive = _Dive(program, levels, singly)
    first = program.form.critical[program.form.choices.item]
    if first.any():
        dive.down(first)
        dive.mend()
    dive.down(np.ones(len(first), dtype=bool))
    found = dive.whole
    if dive.weigh():
        dive.down(np.ones(len(first), dtype=bool))
        found = min(found, dive.whole, key=singly.missed)
    return found


class _Dive:
    """What is decided so far: `lower` is the least order where one is made, `upper` is 0 where one is given up."""

    def __init__(self, program: ProcurementLp, levels: Levels, singly: Singly) -> None:
        choices = program.form.choices
        self.program, self.choices, self.columns = program, choices, program.form.columns
        self.singly = singly
        self.least = (choices.least_packs * choices.pack_units).astype(float)
        self.lower, self.upper = np.zeros(len(choices)), choices.most_units
        self.cost = _freed(program)
        self.units, self.unmet = levels.buy_units, levels.unmet_units
        self.over = np.zeros(len(self.columns.over))

    @property
    def whole(self) -> Floats:
        """Units of each choice, nothing where less than the least order is left."""
        return np.where(self.units < self.least * (1 - _TINY), 0.0, self.units)

    def down(self, among: Bools) -> None:
        """Decide, round by round, all orders of these choices that are below their least."""
        for _ in range(_ROUNDS_MAX):
            open_ = among & (self.units > _TINY * self.least) & (self.units < self.least * (1 - _TINY))
            open_ &= (self.lower == 0) & (self.upper > 0)
            undone = _in_the_way(self.program, self.over, self.lower)
            if not open_.any() and not len(undone):
                return
            made, dropped = _decided(self.program, np.flatnonzero(open_), self.units, self.least, self.lower)
            self._settle(made, np.concatenate([dropped, undone]))
            self._solve()

    def _settle(self, made: Indices, dropped: Indices) -> None:
        self.lower[made] = self.least[made]
        self.lower[dropped] = 0.0
        self.upper[dropped] = 0.0
        changed = np.concatenate([made, dropped])
        self.program.lp.bound(self.columns.buy[changed], self.lower[changed], self.upper[changed])

    def _solve(self) -> None:
        columns, solved = self.columns, self.program.lp.least(self.cost)
        # Rows broken now count from the next round on; the last solution is seen through.
        self.program.add_broken(solved, dated=columns.spaces > 0)
        self.units = np.maximum(solved.values[columns.buy], 0.0)
        self.unmet, self.over = solved.values[columns.unmet], solved.values[columns.over]

    def mend(self) -> None:
        """Make the orders of each critical item that is shorter than it need be as branching over them has them."""
        form = self.program.form
        short = form.weight * (form.case.probability @ self.unmet)
        for item in self.singly.missing(short):
            self._take(item, self.singly.of(item).units)
        self._solve()

    def weigh(self) -> bool:
        """Make the orders of the items that take most for what they serve as branching has them; say whether any."""
        items = self.singly.dearest(self.whole)
        for item in items:
            self._take(item, self.singly.weighed(item).units)
        if items:
            self._solve()
        return bool(items)

    def _take(self, item: int, units: Floats | None) -> None:
        """Make and give up the orders of an item as these units have them, where budgets pay them beside the others."""
        if units is None:
            return
        mine = np.flatnonzero(self.choices.item == item)
        before = self.lower[mine], self.upper[mine]
        self.lower[mine], self.upper[mine] = 0.0, self.choices.most_units[mine]
        made = units >= self.least[mine] * (1 - _WHOLE)
        if len(_affordable(self.program, mine[made], self.least, self.lower)) == made.sum():
            self._settle(mine[made], mine[~made])
        else:
            self.lower[mine], self.upper[mine] = before


def _freed(program: ProcurementLp) -> Floats:
    """Let goals, shares and space be missed, each at its price, and return the cost with these prices."""
    form = program.form
    columns, choices = form.columns, form.choices
    for soft in (columns.above, columns.over):
        program.lp.bound(soft, np.zeros(len(soft)), np.full(len(soft), np.inf))
    cost = form.cost.copy()
    rarest = float(form.case.probability[form.case.probability > 0].min())
    dearest = float(np.max(choices.unit_yuan / form.weight[choices.item], initial=1.0))
    critical, shortage = columns.above
    cost[shortage] = _SHORTAGE_FIRST * dearest / rarest
    cost[critical] = CRITICAL_FIRST * cost[shortage]
    cost[columns.over] = cost[critical] * form.scale[critical] / form.scale[columns.over]
    return cost


def _in_the_way(program: ProcurementLp, over: Floats, lower: Floats) -> Indices:
    """Return the smallest order made behind each share that cannot be kept, or the last one before full shelves."""
    form = program.form
    choices, columns = form.choices, form.columns
    found = []
    for row in np.flatnonzero(over > _TINY * form.scale[columns.over]).tolist():
        if row < columns.shares:
            item, supplier = form.share_pairs[row]
            mine = np.flatnonzero((choices.item == item) & (choices.supplier == supplier) & (lower > 0))
            mine = mine[np.argsort(lower[mine], kind="stable")]
        else:
            fills = (form.unit_m3[choices.item] > 0) & (choices.arrives <= row - columns.shares) & (lower > 0)
            mine = np.flatnonzero(fills)
            mine = mine[np.argsort(-choices.arrives[mine], kind="stable")]
        found.append(mine[:1])
    return np.unique(np.concatenate(found)) if found else np.zeros(0, dtype=np.intp)


def _decided(
    program: ProcurementLp, open_: Indices, units: Floats, least: Floats, lower: Floats
) -> tuple[Indices, Indices]:
    """Choose, for each item, the order nearest to its least to be made; what is far from it is given up."""
    form = program.form
    choices, ratio = form.choices, units[open_] / least[open_]
    place = choices.item[open_] * form.columns.weeks + choices.arrives[open_] // _WEEKS_APART
    worth = np.where(form.critical[choices.item[open_]], _WORTH_MAKING / 4, _WORTH_MAKING)
    order = np.lexsort((choices.week[open_], -ratio, place))
    best = order[np.diff(place[order], prepend=-1) != 0]
    enough = np.bincount(place, weights=ratio)[place[best]] >= worth[best]
    make, few = open_[best[enough]], open_[best[~enough]]
    rest = np.setdiff1d(np.arange(len(open_)), best)
    drop = np.concatenate([open_[rest[ratio[rest] < _GIVEN_UP]], few])
    made = _affordable(program, make[np.argsort(-units[make] / least[make], kind="stable")], least, lower)
    return made, np.concatenate([drop, np.setdiff1d(make, made)])


def _affordable(program: ProcurementLp, wanted: Indices, least: Floats, lower: Floats) -> Indices:
    """Return those whose least orders the budgets still pay beside what is made already."""
    form = program.form
    cost = form.choices.unit_yuan
    left = [use.amount_yuan - float((lower * cost)[use.choice].sum()) for use in form.budgets]
    payers: dict[int, list[int]] = {int(choice): [] for choice in wanted}
    for number, use in enumerate(form.budgets):
        for choice in np.intersect1d(wanted, use.choice).tolist():
            payers[choice].append(number)
    made = []
    for choice in wanted.tolist():
        price = float(least[choice] * cost[choice])
        if all(left[number] >= price for number in payers[choice]):
            made.append(choice)
            for number in payers[choice]:
                left[number] -= price
    return np.array(made, dtype=np.intp)
