"""Times and days: the ledger keeps UTC microseconds, people speak of days where they are."""

from __future__ import annotations

import datetime as dt
import time
from zoneinfo import ZoneInfo

__all__ = [
    "AHEAD",
    "DAY",
    "clock_of",
    "day_of",
    "end_of_day",
    "iso_of",
    "local_time",
    "micros",
    "micros_in",
    "moment_of",
    "noon_of",
    "now_micros",
    "start_of_day",
]

DAY = 86_400_000_000
"""Microseconds of a day without a change of clocks."""

AHEAD = 300_000_000
"""Microseconds by which clocks of machines may differ: what is from later than that was made by a wrong one."""

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MICROSECOND = dt.timedelta(microseconds=1)


def now_micros() -> int:
    """Return the present time in UTC microseconds. Doors call it; nothing inside reads a clock."""
    return time.time_ns() // 1000


def micros(moment: dt.datetime) -> int:
    """Return a time that knows its zone in UTC microseconds.

    >>> micros(dt.datetime(2020, 2, 10, 8, tzinfo=dt.UTC))
    1581321600000000
    """
    return (moment - _EPOCH) // _MICROSECOND


def day_of(at: int, zone: ZoneInfo) -> dt.date:
    """Return the day of a time where the zone is.

    >>> day_of(1581348600000000, ZoneInfo("Asia/Shanghai"))  # 15:30 in London, 23:30 in Shanghai
    datetime.date(2020, 2, 10)
    """
    return (_EPOCH + dt.timedelta(microseconds=at)).astimezone(zone).date()


def clock_of(at: int, zone: ZoneInfo) -> str:
    """Return day and time of a time where the zone is, to the minute.

    >>> clock_of(1581348600000000, ZoneInfo("Asia/Shanghai"))
    '2020-02-10 23:30'
    """
    return f"{(_EPOCH + dt.timedelta(microseconds=at)).astimezone(zone):%Y-%m-%d %H:%M}"


def iso_of(at: int, zone: ZoneInfo) -> str:
    """Return a time as ISO 8601 has it, in a zone and with its offset.

    >>> iso_of(1581348600000000, ZoneInfo("Asia/Shanghai"))
    '2020-02-10T23:30:00+08:00'
    """
    return (_EPOCH + dt.timedelta(microseconds=at)).astimezone(zone).isoformat()


def start_of_day(day: dt.date, zone: ZoneInfo) -> int:
    """Return the first microsecond of a day in a zone."""
    return micros(dt.datetime.combine(day, dt.time(), tzinfo=zone))


def end_of_day(day: dt.date, zone: ZoneInfo) -> int:
    """Return the last microsecond of a day in a zone.

    >>> end_of_day(dt.date.max, ZoneInfo("UTC")) - end_of_day(dt.date(9999, 12, 30), ZoneInfo("UTC")) == DAY
    True
    """
    if day == dt.date.max:  # no day comes after it
        return start_of_day(day, zone) + DAY - 1
    return start_of_day(day + dt.timedelta(days=1), zone) - 1


def noon_of(day: dt.date, zone: ZoneInfo) -> int:
    """Return noon of a day in a zone: what a document says that only knows its day."""
    return micros(dt.datetime.combine(day, dt.time(12), tzinfo=zone))


def local_time(at: int, zone: ZoneInfo) -> dt.datetime:
    """Return UTC microseconds as a time of the ledger's zone, to the second and without the zone, as sheets have it."""
    return dt.datetime.fromtimestamp(at // 1_000_000, zone).replace(tzinfo=None)


def moment_of(text: str) -> dt.date:
    """Return a typed time, or a day, which stands for its end.

    Raises:
        ValueError: it is neither.

    >>> moment_of("2020-02-10"), moment_of("2020-02-10T08:00")
    (datetime.date(2020, 2, 10), datetime.datetime(2020, 2, 10, 8, 0))
    """
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return dt.datetime.fromisoformat(text)


def micros_in(moment: dt.date, zone: ZoneInfo) -> int:
    """Return a time in UTC microseconds: a day's end, or a moment, in `zone` where it names none of its own.

    >>> micros_in(dt.datetime(2020, 2, 10, 8), ZoneInfo("UTC")), micros_in(dt.date(2020, 2, 10), ZoneInfo("UTC"))
    (1581321600000000, 1581379199999999)
    """
    if not isinstance(moment, dt.datetime):
        return end_of_day(moment, zone)
    return micros(moment if moment.tzinfo else moment.replace(tzinfo=zone))
