"""Apply a scenario to a planning case; the case itself stays as it was."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.activity import Coefficients
from allocator.case import Bools, Case, Floats, Indices
from allocator.drivers import Drivers
from allocator.planning import PlanningCase
from scenarios.activity_changes import ActivityStory, needs_following, padded, ratios
from scenarios.change_columns import TABLE_CHANGES, at_work, factor_on
from scenarios.change_policy import policy_changed
from scenarios.change_supply import budgets_changed, offers_changed, orders_changed
from scenarios.choosing import chosen, item_fields, site_fields
from scenarios.more_sites import with_new_sites
from scenarios.scenario import Change, Scenario

__all__ = ["Changed", "changed", "day_by_day"]

_SUPPLY: dict[str, Callable[..., tuple[tuple[object, ...], int]]] = {
    "offers": offers_changed,
    "orders": orders_changed,
    "budgets": budgets_changed,
}
_FOLLOWED = ("needs", "forecast")
_CHOSEN_BY_DAY = ("orders",)
"""Of what the days of a change choose rows: it never sleeps, for what is due on other days does not fit."""


@dataclass(frozen=True, kw_only=True)
class Changed:
    """A planning case as a scenario makes it.

    `demand_ratio`: (needs of the case, days): what demand is then to what it would have been, day by day from
    the day that is planned; forecasts from history are multiplied by it. `idle`: changes that chose no row;
    `asleep`: changes that hold on no day that is looked at.
    """

    planning: PlanningCase
    demand_ratio: Floats
    idle: tuple[Change, ...]
    asleep: tuple[Change, ...] = ()


@dataclass
class _Telling:
    """Where the telling of a scenario stands."""

    planning: PlanningCase
    story: ActivityStory
    days: int
    followed: list[tuple[Change, Bools]]

    @property
    def case(self) -> Case:
        return self.planning.case

    def put(self, case: Case) -> None:
        self.planning = replace(self.planning, case=case)


def changed(
    planning: PlanningCase, scenario: Scenario, coefficients: Coefficients, *, posture: str = "standard", days: int = 1
) -> Changed:
    """Return the planning case as a scenario makes it, on the day that is planned and `days` days from then on.

    `coefficients`, `posture`: by which needs follow what is counted. Later changes win over earlier ones.
    """
    today = planning.day
    story = ActivityStory.of(planning.drivers, coefficients, posture=posture, today=today)
    telling = _Telling(planning, story, days, [])
    fits = [_tell(telling, change) > 0 for change in scenario.changes]
    told = list(zip(scenario.changes, fits, strict=True))
    ratio = _demand_ratio(telling)
    case = telling.case
    sorted_case = Case.canonical(**{name: getattr(case, name) for name in Case.__dataclass_fields__})
    moved = _moved(case, sorted_case)
    return Changed(
        planning=_in_order(telling, sorted_case, moved),
        demand_ratio=ratio[_order_of(case, moved)],
        idle=tuple(change for change, fit in told if not fit),
        asleep=tuple(change for change, fit in told if fit and _asleep(change, today, days)),
    )


def day_by_day(change: Change) -> bool:
    """Say whether a change is followed on each day ahead; others hold on the day itself, or not at all."""
    return change.table in ("drivers", "offers", "forecast") or _is_factor(change)


def _is_factor(change: Change) -> bool:
    return change.table in _FOLLOWED and change.do == "scale" and change.column == "daily_units"


def _asleep(change: Change, today: dt.date, days: int) -> bool:
    return change.table not in _CHOSEN_BY_DAY and not at_work(change, today, days if day_by_day(change) else 1)


def _tell(telling: _Telling, change: Change) -> int:
    """Apply one change; return how many rows it chose."""
    today, case = telling.planning.day, telling.case
    if change.table == "drivers":
        return _tell_activity(telling, change)
    if _is_factor(change):
        fields = {**site_fields(case, case.needs.site), **item_fields(case, case.needs.item)}
        telling.followed.append((change, chosen(fields, change.where, len(case.needs))))
    if change.table == "forecast":
        return int(telling.followed[-1][1].sum())
    if change.table in _SUPPLY:
        rows, count = _SUPPLY[change.table](getattr(telling.planning, change.table), change, today)
        supply: Any = {change.table: rows}
        telling.planning = replace(telling.planning, **supply)
        return count
    if change.table == "sites" and change.do == "add":
        return _tell_opening(telling, change)
    working = at_work(change, today)
    if change.table == "policy":
        policy, count = policy_changed(case.policy, change)
        telling.put(replace(case, policy=policy) if working else case)
        return count
    new, count = TABLE_CHANGES[change.table](case, change, today)
    if working:
        telling.put(new)
        if change.table == "needs" and change.do == "drop":
            # Rows that are gone have no ratio; those that stay keep theirs.
            fields = {**site_fields(case, case.needs.site), **item_fields(case, case.needs.item)}
            kept = ~chosen(fields, change.where, len(case.needs))
            telling.followed = [(each, padded(fit, len(kept))[kept]) for each, fit in telling.followed]
    return count


def _tell_activity(telling: _Telling, change: Change) -> int:
    today = telling.planning.day
    story, count = telling.story.told(change, telling.case)
    rows = len(telling.story)
    before = np.concatenate([telling.story.values_on(today, 0), np.full(len(story) - rows, np.nan)])
    telling.put(needs_following(telling.case, story, before, story.values_on(today, 0)))
    telling.story = story
    return count


def _tell_opening(telling: _Telling, change: Change) -> int:
    if not at_work(change, telling.planning.day):
        return change.count
    opened = with_new_sites(telling.case, change)
    if not len(opened.copies):
        return 0
    telling.put(opened.case)
    telling.story = telling.story.copied(opened.models, opened.copies)
    before = len(opened.case.needs) - len(opened.need_rows)
    telling.followed = [
        (each, np.concatenate([padded(fit, before), padded(fit, before)[opened.need_rows]]))
        for each, fit in telling.followed
    ]
    return len(opened.copies)


def _demand_ratio(telling: _Telling) -> Floats:
    """Return (needs, days) what demand is to what it would have been."""
    today, days, case = telling.planning.day, telling.days, telling.case
    ratio = np.ones((len(case.needs), days))
    for change, fit in telling.followed:
        ratio[padded(fit, len(case.needs))] *= factor_on(change, today, days)
    story = telling.story
    if not story.steps:
        return ratio
    values = np.stack([story.values_on(today, day) for day in range(days)])
    distinct, which = np.unique(np.nan_to_num(values, nan=-1.0), axis=0, return_inverse=True)
    for number in range(len(distinct)):
        on = np.flatnonzero(which.reshape(-1) == number)
        ratio[:, on] *= ratios(case, story, story.value, values[on[0]])[:, None]
    return ratio


def _moved(case: Case, sorted_case: Case) -> Indices:
    """Return where each site of the unsorted case stands in the sorted one."""
    if len(case.sites) == len(sorted_case.sites) and case.sites.code is sorted_case.sites.code:
        return np.arange(len(case.sites), dtype=np.int32)
    return np.array([sorted_case.site_index[code] for code in case.sites.code], dtype=np.int32)


def _order_of(case: Case, moved: Indices) -> NDArray[np.intp]:
    """Return in which row of the unsorted needs each sorted one stood; items keep their places."""
    return np.argsort(moved[case.needs.site].astype(np.int64) * len(case.items) + case.needs.item)


def _in_order(telling: _Telling, case: Case, moved: Indices) -> PlanningCase:
    """Return the planning case with what is counted as it is on the day, by the sorted case's positions."""
    story = telling.story
    values = story.values_on(telling.planning.day, 0)
    there = ~np.isnan(values)
    never = np.full(int(there.sum()), np.datetime64("NaT", "D"))
    drivers = Drivers(
        site=moved[story.site[there]], driver=story.driver[there], value=values[there], since=never, until=never
    )
    return replace(telling.planning, case=case, drivers=drivers)
