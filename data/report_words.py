"""Words of a report as people type them: an item by its code or name, a day, a time, an expiry."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from data.cell_text import date_in
from data.nearest import nearest_code
from models.tables import NO_EXPIRY, item

__all__ = ["WordsOfItems", "day_typed", "expiry_typed", "time_typed"]

_NEVER = ("never", "无")


def day_typed(text: str) -> dt.date | Sentence | None:
    """Return a day, None where none was typed, or what is wrong with it.

    >>> day_typed("2020年2月10日"), day_typed(" "), str(day_typed("Monday"))
    (datetime.date(2020, 2, 10), None, '"Monday" is not a day. Write it as 2020-02-10.')
    """
    if not text.strip():
        return None
    read = date_in(text)
    return read if isinstance(read, dt.date) else say('"{found}" is not a day. Write it as 2020-02-10.', found=text)


def time_typed(text: str) -> dt.time | Sentence | None:
    """Return a time of a day, None where none was typed, or what is wrong with it.

    >>> time_typed("14:30"), str(time_typed("noon"))
    (datetime.time(14, 30), '"noon" is not a time. Write it as 14:30.')
    """
    if not text.strip():
        return None
    try:
        return dt.time.fromisoformat(text.strip()).replace(tzinfo=None)
    except ValueError:
        return say('"{found}" is not a time. Write it as 14:30.', found=text)


def expiry_typed(text: str) -> str | Sentence:
    """Return the last day a lot may be used as an ISO day, "" where nothing was typed, or what is wrong with it.

    >>> expiry_typed("2021/3/1"), expiry_typed("never"), expiry_typed("")
    ('2021-03-01', '9999-12-31', '')
    """
    plain = text.strip()
    if not plain or plain in _NEVER:
        return NO_EXPIRY if plain else ""
    read = date_in(plain)
    if isinstance(read, dt.date):
        return read.isoformat()
    return say('"{found}" is not a day. Write it as 2020-02-10, or never for what does not expire.', found=text)


class WordsOfItems:
    """The items of a ledger by what people call them: their codes, and names that mean one item only."""

    def __init__(self, connection: sa.Connection) -> None:
        self._codes: set[str] = set()
        self._called: dict[str, set[str]] = defaultdict(set)
        for code, *names in connection.execute(sa.select(item.c.code, item.c.name, item.c.name_zh)):
            self._codes.add(code)
            for word in (code, *names):
                self._called[word.casefold()].add(code)

    def item_typed(self, text: str) -> str | Sentence:
        """Return the code of an item, or what is wrong."""
        said = text.strip()
        if not said:
            return say("Say which item it is.")
        if said in self._codes:
            return said
        meant = self._called.get(said.casefold(), set())
        if len(meant) == 1:
            return next(iter(meant))
        near = nearest_code(said, sorted(self._codes))
        if near is None:
            return say('There is no item "{found}". Choose one of the list.', found=said)
        return say('There is no item "{found}". Is {near} meant?', found=said, near=near)
