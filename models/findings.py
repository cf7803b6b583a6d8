"""What does not add up in a ledger, as far as its rules can tell (`allocator/findings.py`, docs/findings.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.finding import Finding
from allocator.findings import findings_in
from models.days import day_of, end_of_day
from models.finding_columns import books_of
from models.finding_events import events_by
from models.finding_states import Standing, standing

__all__ = ["findings_of", "findings_standing", "stand"]


def findings_of(
    connection: sa.Connection,
    zone: ZoneInfo,
    until: dt.date,
    limits: Mapping[str, float] | None = None,
    rules: Collection[str] = (),
) -> tuple[Finding, ...]:
    """Return the findings of all that was recorded by the end of a day, the strongest first.

    `limits`: those that are not as usual (`allocator/finding_limits.py`); `rules`: names of those to ask, all if none.

    Raises:
        UnknownLimit: a limit of a name that no rule has.

    """
    return findings_in(books_of(connection, zone, until), limits=limits, rules=rules)


def findings_standing(
    connection: sa.Connection,
    zone: ZoneInfo,
    *,
    now: int,
    as_of: dt.date | None = None,
    limits: Mapping[str, float] | None = None,
    rules: Collection[str] = (),
) -> list[Standing]:
    """Return the findings of a ledger and how each stands, the strongest first, then those that are found no more.

    `now`: UTC microseconds; `as_of`: as far as it had been recorded by the end of that day, None for all of it.

    Raises:
        UnknownLimit: a limit of a name that no rule has.

    """
    until = as_of or day_of(now, zone)
    findings = findings_of(connection, zone, until, limits, rules)
    return stand(connection, zone, findings, until=until, as_of=as_of, rules=rules)


def stand(
    connection: sa.Connection,
    zone: ZoneInfo,
    findings: Sequence[Finding],
    *,
    until: dt.date,
    as_of: dt.date | None,
    rules: Collection[str] = (),
) -> list[Standing]:
    """Return how each of some findings stands, the strongest first, then those that are found no more."""
    decided = events_by(connection, until=None if as_of is None else end_of_day(as_of, zone))
    if rules:
        decided = {number: events for number, events in decided.items() if events[-1].rule in rules}
    return standing(findings, decided, today=until)
