"""What does not add up in a ledger, as far as its rules can tell (`allocator/findings.py`, docs/findings.md)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.finding import Finding
from allocator.findings import findings_in
from models.finding_columns import books_of

__all__ = ["findings_of"]


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
