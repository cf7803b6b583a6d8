"""How stock goes week by week: the first to expire is used first, what is unmet is lost, what is due is thrown away.

Serving at once from what expires first loses the fewest units there can be, so the shortage of a plan is
computed by this walk and not by a solver.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.case import Bools, Floats
from allocator.procurement_case import ProcurementCase

__all__ = ["Cohorts", "Course", "cohorts_of", "course_of", "short_weeks"]

_NOTHING = 1e-9


@dataclass(frozen=True, kw_only=True)
class Cohorts:
    """Units that arrive together and expire together, for each item in the order in which they are used.

    `start`, `last`: (I, C), the weeks it serves; `fixed_units`: (I, C), what is there without any new order;
    `of_week`: (I, W), which cohort what arrives in a week joins.
    """

    start: NDArray[np.int64]
    last: NDArray[np.int64]
    fixed_units: Floats
    of_week: NDArray[np.intp]

    def with_arrivals(self, arriving_units: Floats) -> Floats:
        """Return (I, C): what each cohort brings with these arrivals (I, W)."""
        units = self.fixed_units.copy()
        np.put_along_axis(units, self.of_week, np.take_along_axis(units, self.of_week, axis=1) + arriving_units, axis=1)
        return units

    def take(self, items: NDArray[np.intp]) -> Cohorts:
        """Return the cohorts of these items, in this order; an item may be there many times."""
        return Cohorts(
            start=self.start[items],
            last=self.last[items],
            fixed_units=self.fixed_units[items],
            of_week=self.of_week[items],
        )


@dataclass(frozen=True, kw_only=True)
class Course:
    """(K, I, W): unmet and expired units in a week, stock at its end; `used_units`: (W, C, K, I) where asked for."""

    unmet_units: Floats
    expired_units: Floats
    stock_units: Floats
    used_units: Floats | None = None


def cohorts_of(case: ProcurementCase) -> Cohorts:
    """Return the cohorts of a case: lots on hand by their last week, then one for each week of arrival."""
    weeks, items = case.weeks, len(case.items)
    lots: list[dict[int, int]] = [{} for _ in case.items]
    for held in case.held:
        mine, last = lots[case.item_index[held.item]], case.last_week_of(held)
        mine[last] = mine.get(last, 0) + held.units
    most = max(map(len, lots), default=0)
    start: NDArray[np.int64] = np.zeros((items, most + weeks), dtype=np.int64)
    last_week: NDArray[np.int64] = np.full(start.shape, -1, dtype=np.int64)
    fixed: Floats = np.zeros(start.shape)
    for row, (item, mine) in enumerate(zip(case.items, lots, strict=True)):
        last_week[row, : len(mine)], fixed[row, : len(mine)] = list(mine), list(mine.values())
        start[row, most:] = np.arange(weeks)
        shelf = weeks if item.shelf_weeks is None else item.shelf_weeks
        last_week[row, most:] = np.minimum(np.arange(weeks) + shelf, weeks) - 1
    fixed[:, most:] = case.arriving_units
    order = np.lexsort((start, last_week), axis=1)
    place = np.argsort(order, axis=1)
    return Cohorts(
        start=np.take_along_axis(start, order, axis=1),
        last=np.take_along_axis(last_week, order, axis=1),
        fixed_units=np.take_along_axis(fixed, order, axis=1),
        of_week=place[:, most:],
    )


def course_of(cohorts: Cohorts, arriving_units: Floats, demand_units: Floats, *, with_use: bool = False) -> Course:
    """Walk (K, I, W) demand through what is there and arrives (I, W).

    What is usable after the last week is stock there, not expired.

    >>> import datetime as dt
    >>> from allocator.procurement_case import Held, ProcurementItem
    >>> case = ProcurementCase(
    ...     day=dt.date(2020, 3, 2), items=(ProcurementItem(item="gel", shelf_weeks=2),), suppliers=(), offers=(),
    ...     held=(Held(item="gel", units=30, expires=dt.date(2020, 3, 8)),),
    ...     demand_units=np.array([[[20.0, 20.0, 20.0]]]), probability=np.array([1.0]))
    >>> course = course_of(cohorts_of(case), np.array([[5.0, 0.0, 30.0]]), case.demand_units)
    >>> course.unmet_units.tolist(), course.expired_units.tolist(), course.stock_units.tolist()
    ([[[0.0, 15.0, 0.0]]], [[[10.0, 0.0, 0.0]]], [[[5.0, 0.0, 10.0]]])

    """
    scenarios, items, weeks = demand_units.shape
    # Cohorts come first: adding up along them is then one sum of whole grids after another.
    start, last = cohorts.start.T[:, None], cohorts.last.T[:, None]
    left = np.repeat(cohorts.with_arrivals(arriving_units).T[:, None], scenarios, axis=1)
    unmet, expired, stock = (np.zeros((weeks, scenarios, items)) for _ in range(3))
    used = np.zeros((weeks, *left.shape)) if with_use else None
    for week in range(weeks):
        serves = (start <= week) & (last >= week)
        asked = demand_units[:, :, week]
        taken = np.minimum(np.cumsum(left * serves, axis=0), asked)
        unmet[week] = asked - taken[-1]
        taken[1:] -= taken[:-1].copy()
        left -= taken
        if week < weeks - 1:
            due = serves & (last == week)
            expired[week] = (left * due).sum(axis=0)
            serves &= ~due
        stock[week] = (left * serves).sum(axis=0)
        if used is not None:
            used[week] = taken
    unmet, expired, stock = (grid.transpose(1, 2, 0) for grid in (unmet, expired, stock))
    return Course(unmet_units=unmet, expired_units=expired, stock_units=stock, used_units=used)


def short_weeks(
    cohorts: Cohorts, course: Course, scenario: NDArray[np.intp], item: NDArray[np.intp]
) -> tuple[Bools, Bools]:
    """Return, for pairs (scenario, item) that go short, the weeks and the cohorts that say why: (P, W) and (P, C).

    All units that could serve any of these weeks are used within them, so whatever else arrives,

        unmet ≥ Σ demand of these weeks − Σ units of these cohorts

    It is the minimal cut of the flow from cohorts to weeks, found from the weeks that go short.
    """
    if course.used_units is None:
        raise ValueError("walk with use to find the weeks that go short")
    uses = course.used_units[:, :, scenario, item].transpose(2, 1, 0) > _NOTHING  # P, C, W
    weeks = np.arange(uses.shape[2])
    serves = (cohorts.start[..., None] <= weeks) & (cohorts.last[..., None] >= weeks)
    serves = serves[item]
    chosen = course.unmet_units[scenario, item] > _NOTHING
    while True:
        hit = np.any(serves & chosen[:, None, :], axis=2)
        wider = chosen | np.any(uses & hit[..., None], axis=1)
        if bool((wider == chosen).all()):
            return chosen, hit
        chosen = wider
