"""Days and times as they are typed: 2020-02-10, 2020-02-10T14:30."""

from __future__ import annotations

import contextlib
import datetime as dt
from typing import Any

import click

from allocator.sentence import Sentence, say
from commands.session import session_of

__all__ = ["DAY", "EXPIRY", "MOMENT", "TIME", "wrong_value"]


def wrong_value(sentence: Sentence, param: click.Parameter | None, ctx: click.Context | None) -> click.BadParameter:
    """Return the error that says what is wrong with a typed value, in the reader's language."""
    text = str(sentence) if ctx is None else session_of(ctx).word(sentence)
    return click.BadParameter(text, ctx=ctx, param=param)


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
            raise wrong_value(Sentence(self.example.message, {"found": value}), param, ctx) from None

    def _read(self, text: str) -> dt.date:
        raise NotImplementedError


class _Day(_Spoken):
    name = "date"
    example = say('"{found}" is not a day. Write it as 2020-02-10.')

    def _read(self, text: str) -> dt.date:
        return dt.date.fromisoformat(text)


class _Expiry(_Day):
    example = say('"{found}" is not a day. Write it as 2020-02-10, or never for what does not expire.')

    def _read(self, text: str) -> dt.date:
        return NEVER if text in ("never", "无") else super()._read(text)


NEVER = dt.date.max
"""The expiry of what does not expire: its ISO day is `models.tables.NO_EXPIRY`."""


class _Time(_Spoken):
    name = "time"
    example = say('"{found}" is not a time. Write it as 2020-02-10T14:30, or 2020-02-10 for the end of that day.')

    def _read(self, text: str) -> dt.date:
        from models.days import moment_of

        return moment_of(text)


class _Moment(click.ParamType[dt.time | dt.datetime]):
    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a time of a day, or a day with a time; one that is read already stays."""
        if not isinstance(value, str):
            return value
        for read in (dt.time.fromisoformat, dt.datetime.fromisoformat):
            # A day alone is no time: it would be read as its midnight.
            if ":" in value:
                with contextlib.suppress(ValueError):
                    return read(value)
        sentence = say('"{found}" is not a time. Write it as 14:30, or with its day as 2020-02-10T14:30.', found=value)
        raise wrong_value(sentence, param, ctx)


DAY = _Day()
EXPIRY = _Expiry()
MOMENT = _Moment()
TIME = _Time()
