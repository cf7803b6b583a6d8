"""`--as-of` and `--known-at`: which part of the ledger a report looks at, declared and read in one place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from allocator.sentence import Sentence, say
from commands.grammar import option
from commands.moments import DAY, TIME, micros_in
from commands.on_ledger import Desk
from commands.table_files import Fact

if TYPE_CHECKING:
    import sqlalchemy as sa

    from models.cuts import Cut

__all__ = ["clock_said", "cut_facts", "cut_of", "cut_options", "cut_word", "known_at_option"]

Function = Callable[..., Any]

as_of_option = option("--as-of", type=DAY, metavar="DATE", says=say("As it was at the end of this day."))
known_at_option = option("--known-at", type=TIME, metavar="TIME", says=say("By what had been recorded at this time."))


def cut_options(function: Function) -> Function:
    """Declare `--as-of` and `--known-at`."""
    return as_of_option(known_at_option(function))


def cut_of(connection: sa.Connection, desk: Desk, as_of: dt.date | None, known_at: dt.date | None) -> Cut:
    """Return which part of the ledger was asked for."""
    from models.cuts import Cut, known_by
    from models.days import end_of_day

    at = None if as_of is None else end_of_day(as_of, desk.ledger.zone)
    document = None if known_at is None else known_by(connection, micros_in(known_at, desk.ledger.zone))
    return Cut(at, document)


def cut_word(as_of: dt.date | None, known_at: dt.date | None) -> Sentence | None:
    """Say which part of the ledger is looked at; None where it is all of it."""
    if as_of is not None and known_at is not None:
        return say(
            "As it was at the end of {day}, by what had been recorded at {time}.",
            day=as_of.isoformat(),
            time=clock_said(known_at),
        )
    if as_of is not None:
        return say("As it was at the end of {day}.", day=as_of.isoformat())
    if known_at is not None:
        return say("By what had been recorded at {time}.", time=clock_said(known_at))
    return None


def cut_facts(as_of: dt.date | None, known_at: dt.date | None) -> list[Fact]:
    """Return what was asked for, as an About sheet tells it."""
    told: list[Fact] = [] if as_of is None else [(say("as of the end of"), as_of.isoformat())]
    return told if known_at is None else [*told, (say("as known at"), clock_said(known_at))]


def clock_said(said: dt.date) -> str:
    """Return a time as it was said, without seconds where there are none."""
    is_local = isinstance(said, dt.datetime) and said.tzinfo is None
    return str(said).removesuffix(":00") if is_local else str(said)
