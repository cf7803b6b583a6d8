"""From what sites recorded to what they used day by day, as far as anybody said, and when they had none.

A day on which a site reported no use is a gap, not a day without use; a count closes the gaps before it: what it
finds missing was used on the days that nobody reported. See `demand_of`.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np

from allocator.case import Bools, Floats, Texts, Units
from allocator.demand import DemandHistory

__all__ = ["DayRecords", "demand_of"]


@dataclass(frozen=True, kw_only=True)
class DayRecords:
    """What was recorded of S pairs of a site and an item on T days from `first_day` on; rows sorted by both codes.

    `used` (S, T): units used, less what was given back. `missing` (S, T): units that counts of the day found missing,
    less what they found too many. `counted` (S, T): whether all of the item was counted. `usable` (S, T + 1): units
    that could be used at the end of the day before the first, and of each day. `begun` (S,): the number of the first
    day on which anything is known of the pair.
    """

    sites: Texts
    items: Texts
    first_day: dt.date
    used: Floats
    missing: Floats
    counted: Bools
    usable: Floats
    begun: Units


def demand_of(records: DayRecords) -> DemandHistory:
    """Return the use of each pair by day, nan where nothing is known of it, and the days without stock.

    - A day is *reported* where the site recorded use of any item: of the others it used none.
    - Between two counts of all of an item, what the second finds missing was used, in equal parts, on the days that
      are not reported; where it finds nothing missing, nothing was used on them. Before the first count that holds
      from the first day on which anything is known. Days after the last count that are not reported are gaps.
    - Where every day between two counts is reported, what is missing was lost, and is no use.
    - A pair was out on a day where none could be used at its beginning and at its end.

    >>> days = np.array([[5.0, 0, 0, 0, 4, 0]])
    >>> records = DayRecords(
    ...     sites=np.array(["Gate"], object), items=np.array(["MASK"], object),
    ...     first_day=dt.date(2020, 2, 1), used=days,
    ...     missing=np.array([[0, 0, 6.0, 0, 0, 0]]), counted=np.array([[0, 0, 1, 0, 0, 0]], bool),
    ...     usable=np.array([[20.0, 15, 15, 9, 9, 5, 5]]), begun=np.zeros(1, int))
    >>> demand_of(records).units.tolist()
    [[5.0, 3.0, 3.0, nan, 4.0, nan]]
    """
    reported = _reported(records.sites, records.used)
    began = np.arange(records.used.shape[1]) >= records.begun[:, None]
    gaps = began & ~reported
    spread = _spread(gaps, records.counted, records.missing, records.begun)
    units = np.where(reported, np.maximum(records.used, 0.0), spread)
    none = records.usable <= 0
    return DemandHistory(
        sites=tuple(records.sites.tolist()),
        items=tuple(records.items.tolist()),
        units=np.where(began, units, np.nan),
        stockout=(began & none[:, :-1] & none[:, 1:]).astype(np.float64),
        held=np.where(began, np.maximum(records.usable[:, 1:], 0.0), np.nan),
        first_day=records.first_day,
        period_days=1,
    )


def _reported(sites: Texts, used: Floats) -> Bools:
    """Return for each pair the days on which its site recorded use of anything."""
    if not len(sites):
        return np.zeros(used.shape, dtype=bool)
    starts = np.flatnonzero(np.concatenate([[True], sites[1:] != sites[:-1]]))
    of_site = np.logical_or.reduceat(used > 0, starts, axis=0)
    return np.repeat(of_site, np.diff(np.append(starts, len(sites))), axis=0)


def _spread(gaps: Bools, counted: Bools, missing: Floats, begun: Units) -> Floats:
    """Return what was used on each gap that a later count closes; nan on the others."""
    pairs, days = gaps.shape
    number = np.arange(days)
    # The count that closes a day: the first on it or after it; `days` where there is none.
    ahead = np.where(counted, number, days)[:, ::-1]
    closes = np.minimum.accumulate(ahead, axis=1)[:, ::-1]
    gaps_until = np.concatenate([np.zeros((pairs, 1)), np.cumsum(gaps, axis=1)], axis=1)
    missing_until = np.concatenate([np.zeros((pairs, 1)), np.cumsum(missing, axis=1)], axis=1)
    # The day after the count before: where what the next one speaks of begins.
    behind = np.where(counted, number + 1, 0)
    opens = np.concatenate(
        [np.zeros((pairs, 1), dtype=np.int64), np.maximum.accumulate(behind, axis=1)[:, :-1]], axis=1
    )
    opens = np.maximum(opens, begun[:, None])
    end = np.minimum(closes + 1, days)
    between = [
        np.take_along_axis(sums, end, 1) - np.take_along_axis(sums, opens, 1) for sums in (gaps_until, missing_until)
    ]
    each = np.divide(np.maximum(between[1], 0.0), between[0], out=np.zeros(gaps.shape), where=between[0] > 0)
    return np.where(gaps & (closes < days), each, np.nan)
