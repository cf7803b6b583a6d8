"""A planning case under a scenario, for what looks ahead: forecasts, shortfalls, purchases.

A plan of a day takes needs as they are on it. What looks ahead takes needs and history as they would have been, and
multiplies both, day by day, by what the scenario makes of them: so that a forecast from records and one from needs
respond alike, and nothing is counted twice.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from allocator.activity import Coefficients
from allocator.case import Case, Floats, Needs
from allocator.demand_ahead import DemandAhead
from allocator.drivers import Drivers
from allocator.norms import Norms, found_among
from allocator.planning import PlanningCase
from scenarios.changed import Changed, changed
from scenarios.scenario import Change, Scenario

__all__ = ["Supposed", "supposed"]

_ROUNDED = 0.011
"""Needs that follow activity are rounded up to a hundredth: what differs by no more is as it was."""


@dataclass(frozen=True, kw_only=True)
class Supposed:
    """A planning case under a scenario: its needs as they would have been, `planning.ahead` what becomes of them.

    `idle`: changes that chose no row; `asleep`: changes that hold on no day that is looked at.
    """

    planning: PlanningCase
    idle: tuple[Change, ...]
    asleep: tuple[Change, ...]

    @property
    def ahead(self) -> DemandAhead:
        """What is supposed of demand."""
        assert self.planning.ahead is not None  # noqa: S101 - made with it
        return self.planning.ahead


def supposed(
    planning: PlanningCase,
    scenario: Scenario,
    coefficients: Coefficients,
    *,
    posture: str = "standard",
    days_of: Callable[[PlanningCase], int],
) -> Supposed:
    """Return a planning case as a scenario supposes it on the coming days.

    `days_of`: how many days are looked ahead, of the case as it then is: offers may take longer. `coefficients`,
    `posture`: by which demand follows what is counted. What was used and never needed responds too.
    """
    known = _with_every_pair(planning, coefficients, posture)
    first = changed(known, scenario, coefficients, posture=posture)
    days = max(1, days_of(first.planning))
    then = changed(known, scenario, coefficients, posture=posture, days=days) if days > 1 else first
    base = _as_they_would_have_been(known.case, then)
    kept = np.flatnonzero(base > 0)
    case, needs = then.planning.case, then.planning.case.needs
    opened = ~np.isin(case.sites.code, known.case.sites.code)
    times = then.demand_ratio.copy()
    # What new sites count is counted as it is today already.
    fresh = opened[needs.site] & (base <= 0)
    times[fresh] = np.divide(times[fresh], times[fresh, :1], out=np.ones_like(times[fresh]), where=times[fresh, :1] > 0)
    return Supposed(
        planning=replace(
            then.planning,
            case=replace(case, needs=replace(needs, daily_units=base).take(kept)),
            drivers=_drivers(planning, then.planning, opened),
            ahead=DemandAhead(site=needs.site, item=needs.item, times=times),
        ),
        idle=then.idle,
        asleep=then.asleep,
    )


def _with_every_pair(planning: PlanningCase, coefficients: Coefficients, posture: str) -> PlanningCase:
    """Return the case with a need of nothing for each pair that was used, or that activity causes, and nobody needs."""
    case, history = planning.case, planning.history
    used = [
        (case.site_index[site], case.item_index[item])
        for site, item in zip(history.sites, history.items, strict=True)
        if site in case.site_index and item in case.item_index
    ]
    pairs = np.array(used, dtype=np.int64).reshape(-1, 2)
    size = max(1, len(case.items))
    keys = [pairs[:, 0] * size + pairs[:, 1]]
    if len(planning.drivers):
        keys.append(Norms(case, planning.drivers, coefficients, posture).key)
    there = case.needs.site.astype(np.int64) * size + case.needs.item
    new = np.setdiff1d(np.concatenate(keys), there)
    added = Needs(
        site=(new // size).astype(np.int32),
        item=(new % size).astype(np.int32),
        daily_units=np.zeros(len(new)),
        reported_on=np.full(len(new), np.datetime64("NaT", "D")),
        max_units=np.full(len(new), -1, dtype=np.int64),
    )
    joined = {
        each.name: np.concatenate([getattr(case.needs, each.name), getattr(added, each.name)]) for each in fields(Needs)
    }
    order = np.argsort(np.concatenate([there, new]), kind="stable")
    return replace(planning, case=replace(case, needs=Needs(**joined).take(order)))


def _as_they_would_have_been(before: Case, then: Changed) -> Floats:
    """Return the needs of the changed case without what is told of demand day by day; of durables, as they are then."""
    case, ratio = then.planning.case, then.demand_ratio[:, 0]
    needs = case.needs
    was = _needs_before(before, case)
    base = np.divide(needs.daily_units, ratio, out=np.nan_to_num(was), where=ratio > 0)
    base = np.where(np.abs(base - was) * np.maximum(ratio, 1.0) <= _ROUNDED, was, base)
    return np.where(case.items.durable[needs.item], needs.daily_units, base)


def _needs_before(before: Case, case: Case) -> Floats:
    """Return what each need of a case was in the one before; nan where it is new."""
    size = max(1, len(case.items))
    position = np.array([before.site_index.get(code, -1) for code in case.sites.code], dtype=np.int64)
    site = position[case.needs.site]
    keys: NDArray[np.int64] = before.needs.site.astype(np.int64) * size + before.needs.item
    place, there = found_among(keys, np.where(site >= 0, site * size + case.needs.item, -1))
    was = np.full(len(site), np.nan)
    was[there] = before.needs.daily_units[place[there]]
    return was


def _drivers(planning: PlanningCase, then: PlanningCase, opened: NDArray[np.bool_]) -> Drivers:
    """Return what is counted as it was told, changes to come and all; at new sites as it is counted there today."""
    moved = np.array([then.case.site_index[code] for code in planning.case.sites.code], dtype=np.int32)
    old = replace(planning.drivers, site=moved[planning.drivers.site])
    new = then.drivers.take(np.flatnonzero(opened[then.drivers.site]))
    columns = {each.name: [getattr(table, each.name) for table in (old, new)] for each in fields(Drivers)}
    return Drivers(**{name: np.concatenate(parts) for name, parts in columns.items()})
