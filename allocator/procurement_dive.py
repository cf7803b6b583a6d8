"""Least orders by diving: round by round, orders below their least are made one or given up, and the rest follows.

Whether an order is made is a yes or no that a linear program does not know. A search over all of them still had
a gap of 38 % after a minute where this comes within a hundredth of the bound in seconds.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats
from allocator.procurement_levels import Levels, ProcurementLp
from allocator.procurement_packs import CRITICAL_FIRST

__all__ = ["dived"]

_ROUNDS_MAX = 400
_TINY = 1e-7  # of the least order: nothing
_GIVEN_UP = 0.3  # of the least order: below it a choice is given up at once
_WORTH_MAKING = 0.6  # of the least order: below it an item's last order is not made
_SHORTAGE_FIRST = 10.0  # times the dearest unit and the rarest scenario: shortage before cost

Indices = NDArray[np.intp]


def dived(program: ProcurementLp, levels: Levels) -> Floats:
    """Return units of each choice, each 0 or at least its least order, near the least shortage and cost."""
    form = program.form
    choices, columns = form.choices, form.columns
    least = (choices.least_packs * choices.pack_units).astype(float)
    lower, upper = np.zeros(len(choices)), choices.most_units
    cost = _freed(program)
    units, over = levels.buy_units, np.zeros(len(columns.over))
    for _ in range(_ROUNDS_MAX):
        open_ = (units > _TINY * least) & (units < least * (1 - _TINY)) & (lower == 0) & (upper > 0)
        undone = _in_the_way(program, over, lower)
        if not open_.any() and not len(undone):
            break
        made, dropped = _decided(program, np.flatnonzero(open_), units, least, lower)
        lower[made] = least[made]
        lower[undone] = 0.0
        upper[np.concatenate([dropped, undone])] = 0.0
        changed = np.concatenate([made, dropped, undone])
        program.lp.bound(columns.buy[changed], lower[changed], upper[changed])
        solved = program.lp.least(cost)
        # Rows broken now count from the next round on; the last solution is seen through.
        program.add_broken(solved, dated=columns.spaces > 0)
        units, over = np.maximum(solved.values[columns.buy], 0.0), solved.values[columns.over]
    units[units < least * (1 - _TINY)] = 0.0
    return units


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
    item, ratio = form.choices.item[open_], units[open_] / least[open_]
    worth = np.where(form.critical[item], _WORTH_MAKING / 4, _WORTH_MAKING)
    order = np.lexsort((form.choices.week[open_], -ratio, item))
    best = order[np.diff(item[order], prepend=-1) != 0]
    enough = np.bincount(item, weights=ratio, minlength=form.columns.items)[item[best]] >= worth[best]
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
