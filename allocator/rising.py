"""One level of the ladder's climb: how far the rising classes can all rise together.

A small LP over cells and ways finds prices; the prices give one monotone equation
Σ price × R(θ) = Σ price × limit, whose root is the next θ (Newton from above, for by weak duality
every such root is an upper bound). When θ no longer falls, it is the level.

Any line may stand for the curves in the LP, for the root is taken on the curves themselves. The
first one starts at the level already kept: there the last level's flows are still feasible, so that
few pivots lead to prices that are nearly right (a start from above took ten times as many).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from allocator.case import Floats
from allocator.limits import Part
from allocator.lp import LpFailed, Optimum

__all__ = ["Level", "NeedCurves", "Rising"]

_SAME_LEVEL = 1e-13  # θ is in [0, 1]; below this two levels are one
_PRICE_NOISE = 1e-9  # prices below this share of the largest are the solver's noise
_TOP_REACHED = 1e-12  # a bound this close to a rung's top lets the rung be kept
_FEASIBLE = 1e-11  # relative; what the LP's own flows may miss of a requirement
_ROOM = 1e-7  # relative; a limit with more room than this is not full
_SAME_SPENT = 2e-15  # relative
_NEWTON_MAX = 200
_FIRST_CHORD = 0.1  # of a rung; the next level is seldom far
_BOUND_LOOKS = 3  # halvings of that


class NeedCurves(Protocol):
    """What a climb asks of curves: units required at a cover, and how fast that grows."""

    def requirement(self, classes: NDArray[np.intp], cover: Floats) -> Floats:
        """Return the units each class requires at its cover."""
        ...

    def line(self, classes: NDArray[np.intp], cover: Floats) -> tuple[Floats, Floats]:
        """Return the units each class requires at its cover, and their growth from there on."""
        ...

    def steepest(self, classes: NDArray[np.intp], top: Floats) -> Floats | None:
        """Return what no growth below the top exceeds; None where only a look at each place serves."""
        ...


@dataclass(frozen=True)
class Level:
    """Where a level lies on its rung, with the prices that prove it."""

    fill: float
    cell_price: Floats
    limit_price: Floats


_Prices = tuple[Floats, Floats]


@dataclass(frozen=True, kw_only=True)
class Rising:
    """The rising classes of a part, between their base covers and base + span.

    `solve`: the LP, from slope and requirement by cell. `serves`: whether the flows of its last
    solve, at another requirement, still keep every limit. `fixed`: units of the classes that do not
    rise. `steepest`: the greatest growth of each rising class on the whole rung, or None.
    """

    part: Part
    curves: NeedCurves
    solve: Callable[[Floats, Floats], Optimum]
    serves: Callable[[Floats], bool]
    fixed: Floats
    rising: NDArray[np.intp]
    base: Floats
    span: Floats
    steepest: Floats | None

    def highest(self, *, kept: float) -> Level | None:
        """Return the level with its prices, or None where the rung's top can be reached.

        `kept`: a fill known to be possible.
        """
        fill, prices, at = 1.0, None, kept
        bound, at_kept = self._bound(kept), self._line(kept)[0]
        for _ in range(_NEWTON_MAX):
            requirement, slope = self._chord(at, bound, kept, at_kept)
            best = self.solve(slope, requirement)
            possible, found = at + best.level, self._clean(best)
            root = self._root(*found, min(kept, fill), fill)
            if at == fill:
                if prices is None and (possible >= fill - _SAME_LEVEL or root >= 1.0 - _TOP_REACHED):
                    return None
                if prices is not None and root >= fill - _SAME_LEVEL:
                    return Level(fill, *prices)
            if root < min(fill, 1.0 - _TOP_REACHED):
                fill, prices = root, found
                line = requirement + slope * (fill - at)
                if (possible >= fill - _FEASIBLE and self._on_line(fill, line)) or self._served(fill):
                    return Level(fill, *prices)
            elif prices is None and self._served(1.0):
                return None
            at = bound = fill
        raise LpFailed("the level did not settle")

    def _served(self, fill: float) -> bool:
        """Tell whether the flows found last serve what is required at a fill as well."""
        return self.serves(self._line(fill)[0])

    def _bound(self, kept: float) -> float:
        """Return how far the first chord reaches: a little way, and not beyond where all packs would be spent."""
        if self.steepest is not None:
            return 1.0  # the chord needs none
        limit_price = self.part.is_supply.astype(np.float64)
        spent, budget = self._spending(self.part.cell_prices(limit_price), limit_price)
        low, high = kept, min(1.0, kept + _FIRST_CHORD)
        for _ in range(_BOUND_LOOKS):
            middle = (low + high) / 2
            low, high = (low, middle) if spent(middle)[0] > budget else (middle, high)
        return high

    def _line(self, fill: float) -> tuple[Floats, Floats]:
        """Return each cell's requirement and its growth there."""
        units, growth = self.curves.line(self.part.classes[self.rising], self.base + fill * self.span)
        return self.fixed + self._by_cell(units), self._by_cell(growth * self.span)

    def _chord(self, at: float, bound: float, kept: float, at_kept: Floats) -> tuple[Floats, Floats]:
        """Return the line that stands for the curves in the LP: requirement and slope at a fill.

        Steep enough to pass below the level already kept, or the LP could be infeasible although
        that level is not. One slope for the whole rung spares the solver a new factorisation.
        """
        if self.steepest is not None:
            return (at_kept if at == kept else self._line(at)[0]), self._by_cell(self.steepest)
        if at <= kept:
            rise = self._line(bound)[0] - at_kept
            return at_kept, np.maximum(rise / (bound - kept), 0.0) if bound > kept else self._line(at)[1]
        requirement, tangent = self._line(at)
        return requirement, np.maximum(tangent, (requirement - at_kept) / (at - kept))

    def _by_cell(self, per_class: Floats) -> Floats:
        cells = self.part.cell_of_class[self.rising]
        return np.asarray(np.bincount(cells, weights=per_class, minlength=self.part.rows.cells), dtype=np.float64)

    def _on_line(self, fill: float, line: Floats) -> bool:
        """Tell whether the requirement meets the LP's line there, so that its flows serve it."""
        return bool(np.all(self._line(fill)[0] <= line + _FEASIBLE * np.maximum(1.0, line)))

    def _clean(self, best: Optimum) -> _Prices:
        """Drop the solver's noise from prices and derive each cell's price from them exactly.

        A limit with room left has no price (complementary slackness); nor has one whose price is
        lost beside the largest in what a unit would pay.
        """
        rows = self.part.rows
        used = np.bincount(
            rows.limit_row, weights=best.flow[rows.limit_way] * rows.limit_use, minlength=len(rows.limits)
        )
        full = used >= rows.limits - _ROOM * np.maximum(1.0, rows.limits)
        paid = best.limit_price * self.part.heaviest_use
        loud = paid > _PRICE_NOISE * float(paid.max(initial=0.0))
        price = np.where(full & loud, best.limit_price, 0.0)
        return self.part.cell_prices(price), price

    def _root(self, cell_price: Floats, limit_price: Floats, low: float, high: float) -> float:
        """Return the largest θ <= high with Σ price × R(θ) <= Σ price × limit; at least `low`, known to be possible."""
        spent, budget = self._spending(cell_price, limit_price)
        return _monotone_root(spent, budget, low, high)

    def _spending(
        self, cell_price: Floats, limit_price: Floats
    ) -> tuple[Callable[[float], tuple[float, float]], float]:
        """Return what the rising classes spend at a fill, with its growth, and what the others leave of the limits."""
        budget = float(limit_price @ self.part.rows.limits) - float(cell_price @ self.fixed)
        price = cell_price[self.part.cell_of_class[self.rising]]
        priced = np.flatnonzero(price > 0)
        weight, classes = price[priced], self.part.classes[self.rising[priced]]
        base, span = self.base[priced], self.span[priced]
        steep = weight * span

        def spent(fill: float) -> tuple[float, float]:
            units, growth = self.curves.line(classes, base + fill * span)
            return float(weight @ units), float(steep @ growth)

        return spent, budget


def _monotone_root(spent: Callable[[float], tuple[float, float]], budget: float, low: float, high: float) -> float:
    """Return the largest x in [low, high] with spent(x) <= budget, for piecewise linear growing `spent`.

    `spent` returns its value and its slope. Newton inside a bracket; the last step lands exactly,
    for between two kinks the curve is a line. Where steps are steep Newton leaves the bracket; then
    the chord across the bracket is followed instead (Illinois: an end that stays counts half).
    """
    value, rate = spent(high)
    if value <= budget:
        return high
    under, over = spent(low)[0] - budget, value - budget
    if under > 0:
        return low
    x = high
    for _ in range(_NEWTON_MAX):
        step = x - (value - budget) / rate if rate > 0 else low
        if not low < step < high:
            if abs(value - budget) <= _SAME_SPENT * abs(budget):
                return x
            step = low + (high - low) * (under / (under - over))
        if step in (x, low, high):
            return min(step, x)
        last, x = x, step
        value, rate = spent(step)
        if value > budget:
            under = under / 2 if last == high else under
            high, over = x, value - budget
        else:
            over = over / 2 if last == low else over
            low, under = x, value - budget
        if value == budget:
            return x
    return low
