"""Change what is counted at sites; needs follow by the ratio of what activity causes then to what it causes now.

need' = need × norm(activity') ÷ norm(activity), so that a need that a site reported, or that a history tells,
responds as one from activity does; a pair that activity only causes now gets its norm.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from allocator.activity import Activity, Coefficients, activity_needs
from allocator.case import Bools, Case, Floats, Indices, Needs, Texts
from allocator.drivers import Drivers, standing_on
from allocator.norms import found_among
from scenarios.change_columns import factor_on
from scenarios.choosing import chosen, site_fields
from scenarios.scenario import Change, share_in_force

__all__ = ["ActivityStory", "needs_following", "padded", "ratios"]

_HUNDREDTHS = 100
_HAIR = 1e-6


@dataclass(frozen=True)
class _Step:
    """One change of what is counted, and the rows that it speaks of."""

    change: Change
    fit: Bools

    def applied(self, values: Floats, today: dt.date, day: int) -> Floats:
        fit = padded(self.fit, len(values))
        if self.change.do == "scale":
            return np.where(fit, values * factor_on(self.change, today, day + 1)[day], values)
        assert isinstance(self.change.by, Decimal)  # noqa: S101 - the reader saw to it
        in_force = share_in_force(self.change, today, day + 1)[day] > 0
        return np.where(fit, float(self.change.by), values) if in_force else values


@dataclass(frozen=True, kw_only=True)
class ActivityStory:
    """What is counted on the day that is planned, and the changes of it so far. `value`: nan where nothing is yet.

    Rows are only ever added at the end, so each step keeps meaning the rows that it chose.
    """

    site: Indices
    driver: Texts
    value: Floats
    coefficients: Coefficients
    posture: str
    steps: tuple[_Step, ...] = ()

    @classmethod
    def of(cls, drivers: Drivers, coefficients: Coefficients, *, posture: str, today: dt.date) -> ActivityStory:
        """Begin with what holds on a day."""
        standing = standing_on(drivers, np.datetime64(today, "D"))
        return cls(
            site=standing.site,
            driver=standing.driver,
            value=standing.value,
            coefficients=coefficients,
            posture=posture,
        )

    def __len__(self) -> int:
        return len(self.site)

    def told(self, change: Change, case: Case) -> tuple[ActivityStory, int]:
        """Return the story with one change more, and how many figures it speaks of.

        `set` of a driver that nobody counted at a chosen site begins it there.
        """
        story = self._begun(change, case) if change.do == "set" else self
        drivers, position = np.unique(story.driver.astype(str), return_inverse=True)
        fields = {**site_fields(case, story.site), "driver": (drivers.astype(object), position.astype(np.int32))}
        fit = chosen(fields, change.where, len(story))
        return replace(story, steps=(*story.steps, _Step(change, fit))), int(fit.sum())

    def _begun(self, change: Change, case: Case) -> ActivityStory:
        by_site = {key: patterns for key, patterns in change.where.items() if key != "driver"}
        sites = np.flatnonzero(chosen(site_fields(case, None), by_site, len(case.sites))).astype(np.int32)
        known = set(zip(self.site.tolist(), self.driver.tolist(), strict=True))
        new = [
            (site, driver)
            for driver in change.where.get("driver", ())
            for site in sites.tolist()
            if (site, driver) not in known
        ]
        if not new:
            return self
        return replace(
            self,
            site=np.concatenate([self.site, np.array([site for site, _ in new], dtype=np.int32)]),
            driver=np.concatenate([self.driver, np.array([driver for _, driver in new], dtype=object)]),
            value=np.concatenate([self.value, np.full(len(new), np.nan)]),
        )

    def copied(self, models: Indices, copies: Indices) -> ActivityStory:
        """Return the story with what is counted at model sites, with all its changes, counted at their copies too."""
        rows = [np.flatnonzero(self.site == model) for model in models.tolist()]
        at = np.concatenate([np.full(len(found), copy, np.int32) for found, copy in zip(rows, copies, strict=True)])
        row = np.concatenate(rows)
        steps = tuple(
            replace(step, fit=np.concatenate([padded(step.fit, len(self)), padded(step.fit, len(self))[row]]))
            for step in self.steps
        )
        return replace(
            self,
            site=np.concatenate([self.site, at]),
            driver=np.concatenate([self.driver, self.driver[row]]),
            value=np.concatenate([self.value, self.value[row]]),
            steps=steps,
        )

    def values_on(self, today: dt.date, day: int) -> Floats:
        """Return what is counted `day` days after today; nan where nothing is."""
        values = self.value
        for step in self.steps:
            values = step.applied(values, today, day)
        return values

    def norms(self, case: Case, values: Floats) -> tuple[NDArray[np.int64], Indices, Indices, Floats]:
        """Return key, site, item and daily units of every pair that these values cause a need of."""
        there = ~np.isnan(values)
        activity = Activity(site=self.site[there], driver=self.driver[there], value=values[there])
        needs, _ = activity_needs(case.sites, case.items, activity, self.coefficients, posture=self.posture)
        return needs.site.astype(np.int64) * len(case.items) + needs.item, needs.site, needs.item, needs.daily_units


def padded(fit: Bools, rows: int) -> Bools:
    """Return what fitted when there were fewer rows; those that were added since do not fit."""
    found = np.zeros(rows, dtype=bool)
    found[: len(fit)] = fit
    return found


def ratios(case: Case, story: ActivityStory, before: Floats, after: Floats) -> Floats:
    """Return for each need of a case what activity causes after ÷ before; 1 where it causes nothing."""
    asked = case.needs.site.astype(np.int64) * len(case.items) + case.needs.item
    units = []
    for values in (before, after):
        key, _, _, daily = story.norms(case, values)
        found = np.zeros(len(asked))
        place, there = found_among(key, asked)
        found[there] = daily[place[there]]
        units.append(found)
    old, new = units
    return np.divide(new, old, out=np.ones(len(old)), where=old > 0)


def needs_following(case: Case, story: ActivityStory, before: Floats, after: Floats) -> Case:
    """Return a case whose needs follow activity from one set of values to another."""
    needs = case.needs
    ratio = ratios(case, story, before, after)
    scaled = np.ceil(needs.daily_units * ratio * _HUNDREDTHS - _HAIR) / _HUNDREDTHS
    daily = np.where(ratio == 1.0, needs.daily_units, scaled)
    key, site, item, norm = story.norms(case, after)
    was, *_ = story.norms(case, before)
    there = needs.site.astype(np.int64) * len(case.items) + needs.item
    new = ~np.isin(key, there) & ~np.isin(key, was) & (norm > 0)
    added = int(new.sum())
    grown = Needs(
        site=np.concatenate([needs.site, site[new]]),
        item=np.concatenate([needs.item, item[new]]),
        daily_units=np.concatenate([daily, np.ceil(norm[new] * _HUNDREDTHS - _HAIR) / _HUNDREDTHS]),
        reported_on=np.concatenate([needs.reported_on, np.full(added, np.datetime64("NaT", "D"))]),
        max_units=np.concatenate([needs.max_units, np.full(added, -1, dtype=np.int64)]),
        days_short=np.concatenate([needs.days_short, np.full(added, -1, dtype=np.int64)]),
    )
    return replace(case, needs=grown)
