"""Leximin over the ladder: raise the worst-off as far as possible, then the next, and so on.

Rung by rung and level by level. At each level a small LP over cells and ways finds prices; the
prices give one monotone equation Σ price × R(θ) = Σ price × limit, whose root is the next θ
(Newton from above, for by weak duality every such root is an upper bound). When θ no longer
falls, it is the level: the cells with a price above zero freeze there, and the prices prove it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats
from allocator.catchment import Network
from allocator.curves import Curves, curves_of
from allocator.ladder import Classes, classes_of
from allocator.limits import LimitRows, Part, limit_rows, parts_of
from allocator.lp import LevelLp, LpFailed, Optimum

__all__ = ["Climb", "Freeze", "Levels", "level_all"]

_T = TypeVar("_T")

_SAME_LEVEL = 1e-13  # θ is in [0, 1]; below this two levels are one
_PRICE_NOISE = 1e-9  # prices below this share of the largest are the solver's noise
_TOP_REACHED = 1e-12  # a bound this close to a rung's top lets the rung be kept
_FEASIBLE = 1e-11  # relative; what the LP's own flows may miss of a requirement
_SLACK, _SLACK_MAX = 1e-11, 2e-8  # relative; how much of a frozen requirement the solver may miss
_ROOM = 1e-7  # relative; a limit with more room than this is not full
_NEWTON_MAX = 200


@dataclass(frozen=True, kw_only=True)
class Freeze:
    """One level at which cells stop rising: its place on the ladder, who stops, and the prices.

    `classes`: the classes that freeze (positions in `Classes`). `limit_price`: per limit row of
    the whole network, held as rows and their prices.
    """

    rung: int
    fill: float
    classes: NDArray[np.intp]
    limit_rows: NDArray[np.intp]
    limit_prices: Floats


@dataclass(frozen=True, kw_only=True)
class Levels:
    """Where every class came to stand: its cover, and the freeze that stopped it (-1: ladder done)."""

    network: Network
    classes: Classes
    class_of_pair: NDArray[np.int32]
    curves: Curves
    limits: LimitRows
    cover: Floats
    freeze: NDArray[np.intp]
    freezes: tuple[Freeze, ...]
    way_flow: Floats


def level_all(network: Network) -> Levels:
    """Return the complete leximin of a network, part by independent part."""
    classes, class_of_pair = classes_of(network)
    curves = curves_of(network.problem.pairs, class_of_pair, len(classes.cell))
    limits = limit_rows(network)
    cover = np.zeros(len(classes.cell))
    frozen_by = np.full(len(classes.cell), -1, dtype=np.intp)
    freezes: list[Freeze] = []
    way_flow = np.zeros(len(network.ways))
    for part in parts_of(network, classes, limits):
        climb = Climb(part=part, classes=classes, curves=curves)
        climb.run()
        cover[part.classes] = climb.cover
        for freeze in climb.freezes:
            frozen_by[freeze.classes] = len(freezes)
            freezes.append(freeze)
        way_flow[part.ways] = climb.final_flow(network.ways.kg[part.ways] * network.ways.km[part.ways])
    return Levels(
        network=network,
        classes=classes,
        class_of_pair=class_of_pair,
        curves=curves,
        limits=limits,
        cover=cover,
        freeze=frozen_by,
        freezes=tuple(freezes),
        way_flow=way_flow,
    )


class NeedCurves(Protocol):
    """What a climb asks of curves: units required at a cover, and how fast that grows."""

    def requirement(self, classes: NDArray[np.intp], cover: Floats) -> Floats:
        """Return the units each class requires at its cover."""
        ...

    def slope(self, classes: NDArray[np.intp], cover: Floats) -> Floats:
        """Return the growth of the requirement there."""
        ...


@dataclass(kw_only=True)
class Climb:
    """The climb of one independent part of the network up the ladder."""

    part: Part
    classes: Classes
    curves: NeedCurves
    cover: Floats = field(init=False)
    frozen: Bools = field(init=False)
    freezes: list[Freeze] = field(default_factory=list)
    slack: float = _SLACK

    def __post_init__(self) -> None:
        self.cover = np.zeros(len(self.part.classes))
        self.frozen = np.zeros(len(self.part.classes), dtype=bool)
        self.lp = LevelLp(self.part.rows)

    def run(self) -> None:
        """Climb rung by rung until the ladder ends or every class is frozen; fill `cover` and `freezes`."""
        for rung in range(1, self.classes.rungs + 1):
            base, top = self.classes.base[rung - 1], self.classes.top[rung - 1]
            named = top[self.part.classes] > base[self.part.classes]
            self._climb_rung(rung, named, base[self.part.classes], top[self.part.classes])
            if bool(self.frozen.all()):
                return

    def _climb_rung(self, rung: int, named: Bools, base: Floats, top: Floats) -> None:
        fill = 0.0
        while True:
            rising = named & ~self.frozen
            if not bool(rising.any()):
                return
            level = _Rising(self, np.flatnonzero(rising), base, top, fill)
            found = level.highest()
            if found is None:  # the whole rung can be kept
                self.cover[rising] = top[rising]
                return
            fill = max(fill, found.fill)
            self.cover[rising] = base[rising] + fill * (top - base)[rising]
            stopped = ~self.frozen & (found.cell_price > 0)[self.part.cell_of_class]
            self._freeze(rung, fill, stopped, found)
            self.cover[rising & ~stopped] = base[rising & ~stopped]

    def _freeze(self, rung: int, fill: float, stopped: Bools, found: _Level) -> None:
        if not bool(stopped.any()):
            raise LpFailed("a level froze nobody")
        self.frozen |= stopped
        priced = np.flatnonzero(found.limit_price > 0)
        self.freezes.append(
            Freeze(
                rung=rung,
                fill=fill,
                classes=self.part.classes[stopped],
                limit_rows=self.part.limits[priced],
                limit_prices=found.limit_price[priced],
            )
        )

    def requirement(self, cover: Floats) -> Floats:
        """Return the units each cell of the part requires when its classes stand at these covers."""
        per_class = self.curves.requirement(self.part.classes, cover)
        total = np.bincount(self.part.cell_of_class, weights=per_class, minlength=self.part.rows.cells)
        return np.asarray(total, dtype=np.float64)

    def final_flow(self, way_cost: Floats) -> Floats:
        """Return the cheapest flow on the part's ways that serves every cell where it came to stand."""
        requirement = self.requirement(self.cover)

        def flow(slack: float) -> Floats:
            return self.lp.cheapest_flow(requirement=requirement * (1 - slack), way_cost=way_cost)

        return self.loosened(flow)

    def loosened(self, solve: Callable[[float], _T]) -> _T:
        """Solve with a slack just large enough for what rounding took from the frozen requirements.

        What is frozen may exceed a full limit in its last digits, and the solver must not trip on
        that. The proof allows 1e-6; fills are worked out from prices, so they do not suffer.
        """
        while True:
            try:
                return solve(self.slack)
            except LpFailed:
                if self.slack > _SLACK_MAX:
                    raise
                self.slack *= 30


@dataclass(frozen=True)
class _Level:
    fill: float
    cell_price: Floats
    limit_price: Floats


class _Rising:
    """One level: the highest θ at which the rising classes and the frozen ones can all be served."""

    def __init__(self, climb: Climb, rising: NDArray[np.intp], base: Floats, top: Floats, kept: float) -> None:
        self.climb, self.part = climb, climb.part
        self.rising, self.base, self.span = rising, base[rising], (top - base)[rising]
        held_at = climb.cover.copy()
        held_at[rising] = 0.0
        self.fixed = climb.requirement(held_at)
        self.kept, self.at_kept = kept, self._requirement(kept)

    def highest(self) -> _Level | None:
        """Return the level with its prices, or None where the rung's top can be reached."""
        fill, prices = self._if_all_were_one()
        for _ in range(_NEWTON_MAX):
            requirement, slope = self._requirement(fill), self._slope(fill)
            best = self._solved(requirement, slope, fill)
            if best.level >= fill - _SAME_LEVEL and prices is None:
                return None
            cell_price, limit_price = self._clean(best)
            lower = self._root(cell_price, limit_price, fill)
            if prices is None and lower >= 1.0 - _TOP_REACHED:
                return None
            if lower >= fill - _SAME_LEVEL and prices is not None:
                return _Level(fill, *prices)
            line = requirement + slope * (lower - fill)
            fill, prices = min(lower, fill), (cell_price, limit_price)
            if best.level >= fill - _FEASIBLE and self._on_line(fill, line):
                return _Level(fill, *prices)
        raise LpFailed("the level did not settle")

    def _if_all_were_one(self) -> tuple[float, tuple[Floats, Floats] | None]:
        """Return a first bound: the level at which all packs together would be spent, at a price of one."""
        limit_price = self.part.is_supply.astype(np.float64)
        cell_price = self.part.cell_prices(limit_price)
        fill = self._root(cell_price, limit_price, 1.0)
        return (1.0, None) if fill >= 1.0 - _TOP_REACHED else (fill, (cell_price, limit_price))

    def _solved(self, requirement: Floats, slope: Floats, fill: float) -> Optimum:
        def level(slack: float) -> Optimum:
            return self.climb.lp.highest_level(slope=slope, intercept=requirement * (1 - slack))

        best = self.climb.loosened(level)
        return replace(best, level=fill + best.level)

    def _requirement(self, fill: float) -> Floats:
        cover = self.base + fill * self.span
        per_class = self.climb.curves.requirement(self.part.classes[self.rising], cover)
        return self.fixed + self._by_cell(per_class)

    def _slope(self, fill: float) -> Floats:
        """Return the slope of the LP's line through the requirement at this fill.

        The tangent; but where caps bend the curve down, steep enough to pass below the level
        already kept, or the LP could be infeasible although that level is not.
        """
        if fill <= self.kept:
            return self._tangent(fill)
        secant = (self._requirement(fill) - self.at_kept) / (fill - self.kept)
        return np.maximum(self._tangent(fill), secant)

    def _tangent(self, fill: float) -> Floats:
        cover = self.base + fill * self.span
        per_class = self.climb.curves.slope(self.part.classes[self.rising], cover) * self.span
        return self._by_cell(per_class)

    def _by_cell(self, per_class: Floats) -> Floats:
        cells = self.part.cell_of_class[self.rising]
        return np.asarray(np.bincount(cells, weights=per_class, minlength=self.part.rows.cells), dtype=np.float64)

    def _on_line(self, fill: float, line: Floats) -> bool:
        """Tell whether the requirement meets the LP's tangent there, so that its flows serve it."""
        return bool(np.all(self._requirement(fill) <= line + _FEASIBLE * np.maximum(1.0, line)))

    def _clean(self, best: Optimum) -> tuple[Floats, Floats]:
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

    def _root(self, cell_price: Floats, limit_price: Floats, high: float) -> float:
        """Return the largest θ <= high with Σ price × R(θ) <= Σ price × limit."""
        budget = float(limit_price @ self.part.rows.limits) - float(cell_price @ self.fixed)
        priced = np.flatnonzero(cell_price[self.part.cell_of_class[self.rising]] > 0)
        weight = cell_price[self.part.cell_of_class[self.rising[priced]]]
        classes, base, span = self.part.classes[self.rising[priced]], self.base[priced], self.span[priced]

        def spent(fill: float) -> float:
            return float(weight @ self.climb.curves.requirement(classes, base + fill * span))

        def gained(fill: float) -> float:
            return float(weight @ (self.climb.curves.slope(classes, base + fill * span) * span))

        return _monotone_root(spent, gained, budget, high)


def _monotone_root(
    spent: Callable[[float], float], gained: Callable[[float], float], budget: float, high: float
) -> float:
    """Return the largest x in [0, high] with spent(x) <= budget, for piecewise linear growing `spent`.

    Newton inside a bracket; the last step lands exactly, for between two kinks the curve is a line.
    """
    low = 0.0
    value = spent(high)
    if value <= budget:
        return high
    if spent(low) > budget:
        return low
    x = high
    for _ in range(_NEWTON_MAX):
        rate = gained(x)
        step = x - (value - budget) / rate if rate > 0 else low
        if not low < step < high:
            step = (low + high) / 2
        if step in (x, low, high):
            return min(step, x)
        x, value = step, spent(step)
        if value > budget:
            high = x
        else:
            low = x
        if value == budget:
            return x
    return low
