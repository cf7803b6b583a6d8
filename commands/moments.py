"""Days and times as they are typed: 2020-02-10, 2020-02-10T14:30."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import click

from allocator.sentence import Sentence, say
from commands.session import session_of

__all__ = ["DAY", "TIME", "micros_in"]


class _Spoken(click.ParamType[dt.date]):
    """A value read by `_read`; what cannot be read is refused in the reader's language."""

    example = Sentence("")

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a typed value; one that is read already stays."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except ValueError:
            sentence = Sentence(self.example.message, {"found": value})
            self.fail(str(sentence) if ctx is None else session_of(ctx).word(sentence), param, ctx)

    def _read(self, text: str) -> dt.date:
        raise NotImplementedError


class _Day(_Spoken):
    name = "date"
    example = say('"{found}" is not a day. Write it as 2020-02-10.')

    def _read(self, text: str) -> dt.date:
        return dt.date.fromisoformat(text)


class _Time(_Spoken):
    name = "time"
    example = say('"{found}" is not a time. Write it as 2020-02-10T14:30, or 2020-02-10 for the end of that day.')

    def _read(self, text: str) -> dt.date:
        try:
            return dt.date.fromisoformat(text)
        except ValueError:
            return dt.datetime.fromisoformat(text)


DAY = _Day()
TIME = _Time()


def micros_in(moment: dt.date, zone: ZoneInfo) -> int:
    """Return a time in UTC microseconds: a day's end, or a moment, in `zone` where it names none of its own.

    >>> micros_in(dt.datetime(2020, 2, 10, 8), ZoneInfo("UTC")), micros_in(dt.date(2020, 2, 10), ZoneInfo("UTC"))
    (1581321600000000, 1581379199999999)
    """
    from models.days import end_of_day, micros

    if not isinstance(moment, dt.datetime):
        return end_of_day(moment, zone)
    return micros(moment if moment.tzinfo else moment.replace(tzinfo=zone))
