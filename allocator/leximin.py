"""Leximin over the ladder: raise the worst-off as far as possible, then the next, and so on.

Rung by rung and level by level (`rising`): the cells with a price above zero freeze at their level,
the prices prove it, and the others rise on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats
from allocator.catchment import Network
from allocator.curves import Curves, curves_of
from allocator.ladder import Classes, classes_of
from allocator.limits import LimitRows, Part, limit_rows, parts_of
from allocator.lp import LevelLp, LpFailed, Optimum
from allocator.rising import Level, NeedCurves, Rising

__all__ = ["Climb", "Freeze", "Levels", "covers_where", "level_all"]

_T = TypeVar("_T")

_SLACK, _SLACK_MAX = 1e-11, 2e-8  # relative; how much of a frozen requirement the solver may miss


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


def covers_where(network: Network, ways: Bools) -> tuple[Floats, NDArray[np.int32]]:
    """Return the cover of each class, and the class of each pair (-1: no source is open to it).

    Only parts of the network that hold any of these ways are climbed; the classes of all others are nan.
    """
    classes, class_of_pair = classes_of(network)
    curves = curves_of(network.problem.pairs, class_of_pair, len(classes.cell))
    cover = np.full(len(classes.cell), np.nan)
    for part in parts_of(network, classes, limit_rows(network)):
        if bool(ways[part.ways].any()):
            climb = Climb(part=part, classes=classes, curves=curves)
            climb.run()
            cover[part.classes] = climb.cover
    return cover, class_of_pair


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
        steepest = self.curves.steepest(self.part.classes, top)
        while True:
            rising = named & ~self.frozen
            if not bool(rising.any()):
                return
            found = self._rising(np.flatnonzero(rising), base, top, steepest).highest(kept=fill)
            if found is None:  # the whole rung can be kept
                self.cover[rising] = top[rising]
                return
            fill = max(fill, found.fill)
            self.cover[rising] = base[rising] + fill * (top - base)[rising]
            stopped = ~self.frozen & (found.cell_price > 0)[self.part.cell_of_class]
            self._freeze(rung, fill, stopped, found)
            self.cover[rising & ~stopped] = base[rising & ~stopped]

    def _rising(self, rows: NDArray[np.intp], base: Floats, top: Floats, steepest: Floats | None) -> Rising:
        held_at = self.cover.copy()
        held_at[rows] = 0.0
        span = (top - base)[rows]
        return Rising(
            part=self.part,
            curves=self.curves,
            solve=self._solved,
            serves=lambda requirement: self.lp.still_serves(requirement * (1 - self.slack)),
            fixed=self.requirement(held_at),
            rising=rows,
            base=base[rows],
            span=span,
            steepest=None if steepest is None else steepest[rows] * span,
        )

    def _solved(self, slope: Floats, requirement: Floats) -> Optimum:
        def level(slack: float) -> Optimum:
            return self.lp.highest_level(slope=slope, intercept=requirement * (1 - slack))

        return self.loosened(level)

    def _freeze(self, rung: int, fill: float, stopped: Bools, found: Level) -> None:
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
