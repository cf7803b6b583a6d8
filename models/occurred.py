"""When something happened, as it was said: a day, a time, both or neither."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from allocator.sentence import say
from models.days import clock_of, day_of, micros, noon_of
from models.entry import Refusal

__all__ = ["occurred_at"]


def occurred_at(date: dt.date | None, at: dt.time | dt.datetime | None, *, now: int, zone: ZoneInfo) -> int:
    """Return when something happened, in UTC microseconds. A day without a time is its noon, today is now.

    `at`: a time of that day, or a whole moment; `now`: UTC microseconds.

    >>> noon = occurred_at(dt.date(2020, 2, 10), None, now=1581400000000000, zone=ZoneInfo("UTC"))
    >>> noon == 1581336000 * 10**6
    True

    Raises:
        Refusal: the time is yet to come.

    """
    moment = _moment(date, at, now, zone)
    if moment > now:
        raise Refusal(
            say(
                "{time} is yet to come; it is {now} now. Post the document when it has happened.",
                time=clock_of(moment, zone),
                now=clock_of(now, zone),
            )
        )
    return moment


def _moment(date: dt.date | None, at: dt.time | dt.datetime | None, now: int, zone: ZoneInfo) -> int:
    today = day_of(now, zone)
    if isinstance(at, dt.datetime):
        return micros(at if at.tzinfo else at.replace(tzinfo=zone))
    if at is not None:
        return micros(dt.datetime.combine(date or today, at, tzinfo=at.tzinfo or zone))
    return now if date in (None, today) else noon_of(date or today, zone)
