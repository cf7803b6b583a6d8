"""`as of` and `known at` as people say and read them: a day, a time, or the plan whose author could know it."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from allocator.sentence import Sentence, say

if TYPE_CHECKING:
    import sqlalchemy as sa

    from models.cuts import Cut

__all__ = [
    "Known",
    "clock_said",
    "cut_facts",
    "cut_said",
    "cut_word",
    "is_name",
    "is_number",
    "known_document",
    "known_said",
]

Known = dt.date | str
"""A time, a day for its end, or the name of a plan: what its author could know."""

_NAME = re.compile(r"P\d{4}-\d{2}-\d{2}-\d+")
_DIGITS = 19


def is_name(text: str) -> bool:
    """Say whether this is how a kept plan is called.

    >>> is_name("P2020-02-10-1"), is_name("plan")
    (True, False)
    """
    return _NAME.fullmatch(text) is not None


def is_number(text: str) -> bool:
    """Say whether this can be the number of a document or a version: digits, no more of them than a ledger counts to.

    >>> is_number("17"), is_number("9" * 5_000), is_number("P2020-02-10-1")
    (True, False, False)
    """
    return text.isdecimal() and len(text) < _DIGITS


def known_said(text: str) -> Known:
    """Return what was typed as `known at`.

    Raises:
        ValueError: it is no time, and no name of a plan.

    >>> known_said("P2020-02-10-1"), known_said("2020-02-10")
    ('P2020-02-10-1', datetime.date(2020, 2, 10))
    """
    from models.days import moment_of

    return text if is_name(text) else moment_of(text)


def cut_said(connection: sa.Connection, zone: ZoneInfo, as_of: dt.date | None, known_at: Known | None) -> Cut:
    """Return which part of the ledger is asked for.

    Raises:
        Refusal: there is no such plan.

    """
    from models.cuts import Cut
    from models.days import end_of_day

    at = None if as_of is None else end_of_day(as_of, zone)
    return Cut(at, None if known_at is None else known_document(connection, zone, known_at))


def known_document(connection: sa.Connection, zone: ZoneInfo, known_at: Known) -> int:
    """Return the last document that was known at a time, or that the author of a plan could know.

    Raises:
        Refusal: there is no such plan.

    """
    from models.cuts import known_by
    from models.days import micros_in
    from models.plans import find_plan

    if isinstance(known_at, str):
        return find_plan(connection, known_at).document
    return known_by(connection, micros_in(known_at, zone))


def cut_word(as_of: dt.date | None, known_at: Known | None) -> Sentence | None:
    """Say which part of the ledger is looked at; None where it is all of it."""
    if as_of is not None and known_at is not None:
        return say(
            "As it was at the end of {day}, by what had been recorded at {time}.",
            day=as_of.isoformat(),
            time=clock_said(known_at),
        )
    if as_of is not None:
        return say("As it was at the end of {day}.", day=as_of.isoformat())
    if isinstance(known_at, str):
        return say("By what the author of plan {plan} could know.", plan=known_at)
    if known_at is not None:
        return say("By what had been recorded at {time}.", time=clock_said(known_at))
    return None


def cut_facts(as_of: dt.date | None, known_at: Known | None) -> list[tuple[Sentence, Sentence | str | int]]:
    """Return what was asked for, as an About sheet tells it."""
    told: list[tuple[Sentence, Sentence | str | int]] = (
        [] if as_of is None else [(say("as of the end of"), as_of.isoformat())]
    )
    return told if known_at is None else [*told, (say("as known at"), clock_said(known_at))]


def clock_said(said: Known) -> str:
    """Return a time as it was said, without seconds where there are none; a plan by its name."""
    is_local = isinstance(said, dt.datetime) and said.tzinfo is None
    return str(said).removesuffix(":00") if is_local else str(said)
