"""Many times at once as days and minutes where the ledger is."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np

from allocator.finding_columns import Wholes

__all__ = ["days_and_minutes"]

_QUARTER = 900_000_000
"""Microseconds in which no clock is changed: offsets of zones change on whole quarters of an hour."""

_EPOCH_ORDINAL = dt.date(1970, 1, 1).toordinal()


def days_and_minutes(at: Wholes, zone: ZoneInfo) -> tuple[Wholes, Wholes]:
    """Return the day (ordinal) and the minute since 1970 that a clock on the wall shows; `at`: UTC microseconds.

    >>> day, minute = days_and_minutes(np.array([1581348600000000]), ZoneInfo("Asia/Shanghai"))
    >>> dt.date.fromordinal(int(day[0])), divmod(int(minute[0]) % 1440, 60)
    (datetime.date(2020, 2, 10), (23, 30))
    """
    quarters, back = np.unique(at // _QUARTER, return_inverse=True)
    offsets = [
        dt.datetime.fromtimestamp(quarter * _QUARTER // 1_000_000, zone).utcoffset() or dt.timedelta()
        for quarter in quarters.tolist()
    ]
    minutes = np.array([each // dt.timedelta(minutes=1) for each in offsets], dtype=np.int64)
    minute = at // 60_000_000 + (minutes[back] if len(at) else 0)
    return minute // 1440 + _EPOCH_ORDINAL, minute
