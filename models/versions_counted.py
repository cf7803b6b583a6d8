"""How many versions there are, asked of the driver on every request: it says whether any master data has changed.

A version is never taken away, so SQLite, where one writes after the other, tells it by the last number. On PostgreSQL a
higher number may be committed before a lower one, so there they are counted: those up to a number below which none can
appear any more once, and the few after it each time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from models.until_recorded import Mark

__all__ = ["versions_counted"]

_MANY = 100
"""So many are counted each time before it is looked whether the number can be moved up."""

_LAST = "SELECT max(id) FROM version"
_ABOVE = "SELECT count(*) FROM version WHERE id > %s"
_UP_TO = "SELECT count(*) FROM version WHERE id <= %s"
_DRAWN = "SELECT pg_sequence_last_value(pg_get_serial_sequence('public.version', 'id')::regclass)"
_WRITERS = """
    SELECT count(*) FROM pg_locks
    WHERE relation = 'public.version'::regclass AND mode = 'RowExclusiveLock'
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


def versions_counted(dialect: str) -> Callable[[Any], Mark]:
    """Return what tells, over one of the driver's connections, what `catalogue_mark_of` tells."""
    return _last if dialect == "sqlite" else _Counted()


def _last(connection: Any) -> Mark:
    return (connection.execute(_LAST).fetchall()[0][0] or 0,)


class _Counted:
    """Counts over an autocommit connection. `_below`: how many there are up to `_up_to`, where none can appear."""

    def __init__(self) -> None:
        self._up_to = self._below = 0

    def __call__(self, connection: Any) -> Mark:
        above = _one(connection, _ABOVE, self._up_to)
        number = self._below + above
        if above > _MANY:
            self._move_up(connection)
        return (number,)

    def _move_up(self, connection: Any) -> None:
        # Whoever draws a number holds this lock of the table until the transaction ends. So where nobody holds it
        # after the last number was read, all numbers up to that one are there for good, or never will be.
        drawn = _one(connection, _DRAWN)
        if _one(connection, _WRITERS) == 0:
            self._up_to, self._below = drawn, _one(connection, _UP_TO, drawn)


def _one(connection: Any, query: str, *values: Any) -> Any:
    found: Any = connection.execute(query, values or None).fetchall()[0][0]
    return found
