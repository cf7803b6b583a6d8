"""Writers who have drawn a number and not committed yet: PostgreSQL has them, SQLite has none.

Whoever needs every document below a number notes the number first and then waits here: a lower one was
drawn by somebody who was writing already. Nobody is held up by that.
"""

from __future__ import annotations

import time

import sqlalchemy as sa

from models.database import is_sqlite

__all__ = ["WRITERS_WAIT_SECONDS", "writers_finished"]

WRITERS_WAIT_SECONDS = 20.0
"""How long unfinished writers are waited for."""

_POLL_SECONDS = 0.005

# Posting takes its first lock on one of these tables before it draws a number.
_WRITERS = sa.text("""
    SELECT DISTINCT virtualtransaction FROM pg_locks
    WHERE locktype = 'relation' AND granted AND pid <> pg_backend_pid()
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
      AND relation IN ('document'::regclass, 'version'::regclass, 'balance'::regclass)
      AND mode IN ('RowShareLock', 'RowExclusiveLock')
""")


def writers_finished(engine: sa.Engine) -> bool:
    """Wait until every transaction that writes at this moment has ended; say whether they did in time."""
    if is_sqlite(engine):
        return True
    until = time.monotonic() + WRITERS_WAIT_SECONDS
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        before = set(connection.execute(_WRITERS).scalars())
        while before:
            if time.monotonic() > until:
                return False
            time.sleep(_POLL_SECONDS)
            before &= set(connection.execute(_WRITERS).scalars())
    return True
