"""`--as-of` and `--known-at`: which part of the ledger a report looks at, declared and read in one place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.grammar import option
from commands.kept_plan import is_name
from commands.moments import DAY, TIME, micros_in
from commands.on_ledger import Desk
from commands.table_files import Fact

if TYPE_CHECKING:
    import sqlalchemy as sa

    from models.cuts import Cut

__all__ = ["Known", "clock_said", "cut_facts", "cut_of", "cut_options", "cut_word", "known_at_option", "known_document"]

Function = Callable[..., Any]

Known = dt.date | str
"""A time, a day for its end, or the name of a plan: what its author could know."""


class _Known(click.ParamType[Any]):
    """A time, or the name of a plan."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the name of a plan as it is, else the time."""
        return value if isinstance(value, str) and is_name(value) else TIME.convert(value, param, ctx)


as_of_option = option("--as-of", type=DAY, metavar="DATE", says=say("As it was at the end of this day."))
known_at_option = option(
    "--known-at",
    type=_Known(),
    metavar="TIME|PLAN",
    says=say("By what had been recorded at this time, or what the author of this plan could know."),
)


def cut_options(function: Function) -> Function:
    """Declare `--as-of` and `--known-at`."""
    return as_of_option(known_at_option(function))


def cut_of(connection: sa.Connection, desk: Desk, as_of: dt.date | None, known_at: Known | None) -> Cut:
    """Return which part of the ledger was asked for."""
    from models.cuts import Cut
    from models.days import end_of_day

    at = None if as_of is None else end_of_day(as_of, desk.ledger.zone)
    return Cut(at, None if known_at is None else known_document(connection, desk, known_at))


def known_document(connection: sa.Connection, desk: Desk, known_at: Known) -> int:
    """Return the last document that was known at a time, or that the author of a plan could know.

    Raises:
        Refusal: there is no such plan.

    """
    from models.cuts import known_by
    from models.plans import find_plan

    if isinstance(known_at, str):
        return find_plan(connection, known_at).document
    return known_by(connection, micros_in(known_at, desk.ledger.zone))


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


def cut_facts(as_of: dt.date | None, known_at: Known | None) -> list[Fact]:
    """Return what was asked for, as an About sheet tells it."""
    told: list[Fact] = [] if as_of is None else [(say("as of the end of"), as_of.isoformat())]
    return told if known_at is None else [*told, (say("as known at"), clock_said(known_at))]


def clock_said(said: Known) -> str:
    """Return a time as it was said, without seconds where there are none; a plan by its name."""
    is_local = isinstance(said, dt.datetime) and said.tzinfo is None
    return str(said).removesuffix(":00") if is_local else str(said)
