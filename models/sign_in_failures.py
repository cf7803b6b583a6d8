"""Wrong passwords, counted by the id that was typed: from the fifth on one waits, twice as long each time."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa

from models.sign_in_tables import sign_in_failure

__all__ = ["forget_failures", "id_hash", "note_failure", "wait_seconds"]

_SECOND = 1_000_000
_FREE_FAILURES, _FIRST_WAIT, _LONGEST_WAIT = 4, 30, 900  # failures; seconds
_FORGOTTEN_AFTER = 24 * 3600  # seconds


def id_hash(id_: str) -> bytes:
    """Return what failures of an id are counted under, whether anybody has it or not."""
    return hashlib.sha256(f"id {id_}".encode()).digest()


def wait_seconds(connection: sa.Connection, key: bytes, at: int) -> int:
    """Return how long one has to wait before a password is looked at again."""
    row = connection.execute(sa.select(sign_in_failure).where(sign_in_failure.c.id_hash == key)).first()
    if row is None or row.failures <= _FREE_FAILURES:
        return 0
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(row.failures - _FREE_FAILURES - 1, 10))
    # Never longer than that: a clock that was ahead when somebody failed must not keep them out until it comes there.
    return min(wait, max(0, -(-(row.last_at + wait * _SECOND - at) // _SECOND)))


def note_failure(connection: sa.Connection, key: bytes, at: int) -> None:
    """Count a wrong password; those of long ago are forgotten."""
    long_ago = at - _FORGOTTEN_AFTER * _SECOND
    connection.execute(sa.delete(sign_in_failure).where(sign_in_failure.c.last_at < long_ago))
    more = sa.update(sign_in_failure).where(sign_in_failure.c.id_hash == key)
    changed = connection.execute(more.values(failures=sign_in_failure.c.failures + 1, last_at=at)).rowcount
    if not changed:
        connection.execute(sa.insert(sign_in_failure), {"id_hash": key, "failures": 1, "last_at": at})


def forget_failures(connection: sa.Connection, key: bytes) -> None:
    """Begin the count anew: the right password was typed."""
    connection.execute(sa.delete(sign_in_failure).where(sign_in_failure.c.id_hash == key))
