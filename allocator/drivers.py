"""Activity over time: what was counted at sites from which day on, and what of it holds on a day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.activity import Activity
from allocator.case import Dates, Floats, Indices, Table, Texts

__all__ = ["Drivers", "changes_after", "since_of", "standing_on"]


@dataclass(frozen=True, kw_only=True)
class Drivers(Table):
    """What was counted at sites: `value` of a driver holds from `since` (NaT: ever) until its next row, or `until`."""

    site: Indices
    driver: Texts
    value: Floats
    since: Dates
    until: Dates


def standing_on(drivers: Drivers, day: np.datetime64) -> Drivers:
    """Return the rows that hold on a day: the last of each site and driver that has begun, if it has not ended.

    >>> days = np.array(["NaT", "2020-02-09", "2020-02-11"], dtype="datetime64[D]")
    >>> rows = Drivers(site=np.zeros(3, np.int32), driver=np.array(["staff"] * 3, dtype=object),
    ...                value=np.array([7.0, 9.0, 8.0]), since=days, until=np.full(3, np.datetime64("NaT", "D")))
    >>> [standing_on(rows, np.datetime64(day)).value.tolist() for day in ("2020-02-08", "2020-02-10", "2020-02-11")]
    [[7.0], [9.0], [8.0]]
    """
    begun = np.flatnonzero(np.isnat(drivers.since) | (drivers.since <= day))
    driver = np.unique(drivers.driver[begun].astype(str), return_inverse=True)[1].astype(np.int64)
    # NaT, the least number there is, comes first.
    since = drivers.since[begun].astype("datetime64[D]").view(np.int64)
    order = np.lexsort((since, driver, drivers.site[begun]))
    site, driver = drivers.site[begun][order], driver[order]
    last = np.ones(len(order), dtype=bool)
    last[:-1] = (site[1:] != site[:-1]) | (driver[1:] != driver[:-1])
    rows = begun[order[last]]
    ended = drivers.until[rows] < day
    return drivers.take(rows[~ended])


def activity_of(drivers: Drivers) -> Activity:
    """Return rows that hold on one day as the activity of that day."""
    return Activity(site=drivers.site, driver=drivers.driver, value=drivers.value)


def changes_after(drivers: Drivers, day: np.datetime64) -> Dates:
    """Return the days after one on which something else begins to hold, in order."""
    days = np.concatenate([drivers.since, drivers.until + np.timedelta64(1, "D")])
    return np.unique(days[days > day])


def since_of(drivers: Drivers, sites: int, names: NDArray[np.object_]) -> Dates:
    """Return since when the figures hold, one row for each site and one column for each name; NaT where nobody said."""
    found = np.full((sites, len(names)), np.datetime64("NaT", "D"))
    column = {name: n for n, name in enumerate(names)}
    at = np.array([column.get(name, -1) for name in drivers.driver], dtype=np.int64)
    rows = np.flatnonzero(at >= 0)
    found[drivers.site[rows], at[rows]] = drivers.since[rows]
    return found
