"""Sign in, stay signed in, sign out: tokens that only the browser has, kept here as their hashes.

Whoever guesses passwords waits: from the fifth failure on an id, half a minute, then twice as long each time.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import say
from models.book import Book
from models.database import reading
from models.entry import Refusal
from models.ledger import Ledger
from models.names import Names
from models.passwords import is_right
from models.people import Person, person_with
from models.sign_in_tables import password, sign_in_failure, web_session
from models.tables import person

__all__ = ["LASTS_HOURS", "sign_in", "sign_out", "signed_in_person", "somebody_can_sign_in"]

LASTS_HOURS, IDLE_HOURS = 12, 2
"""How long a session lasts: a shift at the most, and no longer than two hours without a page."""

_SECOND = 1_000_000
_FREE_FAILURES, _FIRST_WAIT, _LONGEST_WAIT = 4, 30, 900  # failures; seconds
_FORGOTTEN_AFTER = 24 * 3600  # seconds
_SEEN_EVERY = 300  # seconds: a page does not write each time it is read


@dataclass(frozen=True)
class _Answer:
    token: str | None
    wait_seconds: int = 0


def sign_in(ledger: Ledger, id_: str, typed: str, *, at: int) -> str:
    """Return the token of a new session. `at`: now, in UTC microseconds.

    Raises:
        Refusal: wrong id or password, without saying which; or too many failures, with the seconds to wait.

    """
    key = _hash(f"id {id_}")
    with reading(ledger.engine) as connection:
        wait = _wait_seconds(connection, key, at)
        # Hashing takes long: it is done before anything is locked, and also for those who must wait.
        right = is_right(connection, id_, typed) and not wait

    def keep(book: Book, _: Names) -> _Answer:
        waiting = _wait_seconds(book.connection, key, at)
        if waiting:
            return _Answer(None, waiting)
        if not right:
            _note_failure(book.connection, key, at)
            return _Answer(None)
        book.connection.execute(sa.delete(sign_in_failure).where(sign_in_failure.c.id_hash == key))
        token = secrets.token_urlsafe(32)
        row = {"token_hash": _hash(token), "person": id_, "made_at": at, "seen_at": at}
        book.connection.execute(sa.insert(web_session), row)
        return _Answer(token)

    answer = ledger.write(keep)
    if answer.wait_seconds:
        seconds = answer.wait_seconds
        raise Refusal(say("Too many wrong passwords. Try again in {seconds} seconds.", seconds=seconds))
    if answer.token is None:
        raise Refusal(say("This id and this password do not belong together. Check both."))
    return answer.token


def signed_in_person(ledger: Ledger, token: str, *, at: int) -> Person | None:
    """Return who has a session by its token, None where it has ended or the person is active no more."""
    key = _hash(token)
    query = sa.select(web_session).where(web_session.c.token_hash == key)
    with reading(ledger.engine) as connection:
        row = connection.execute(query).first()
        if row is None or _over(row, at):
            return None
        found = person_with(connection, row.person)
    if found is None or not found.active:
        return None
    if at - row.seen_at > _SEEN_EVERY * _SECOND:
        seen = sa.update(web_session).where(web_session.c.token_hash == key).values(seen_at=at)
        ledger.write(lambda book, _: book.connection.execute(seen).rowcount)
    return found


def sign_out(ledger: Ledger, token: str) -> None:
    """End a session."""
    gone = sa.delete(web_session).where(web_session.c.token_hash == _hash(token))
    ledger.write(lambda book, _: book.connection.execute(gone).rowcount)


def somebody_can_sign_in(connection: sa.Connection) -> bool:
    """Say whether any active person has a password."""
    query = sa.select(person.c.id).join(password, password.c.person == person.c.id).where(person.c.active == 1)
    return connection.execute(query.limit(1)).first() is not None


def _over(row: sa.Row[tuple[bytes, str, int, int]], at: int) -> bool:
    hour = 3600 * _SECOND
    return at - row.made_at > LASTS_HOURS * hour or at - row.seen_at > IDLE_HOURS * hour


def _wait_seconds(connection: sa.Connection, key: bytes, at: int) -> int:
    row = connection.execute(sa.select(sign_in_failure).where(sign_in_failure.c.id_hash == key)).first()
    if row is None or row.failures <= _FREE_FAILURES:
        return 0
    wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2 ** min(row.failures - _FREE_FAILURES - 1, 10))
    return max(0, -(-(row.last_at + wait * _SECOND - at) // _SECOND))


def _note_failure(connection: sa.Connection, key: bytes, at: int) -> None:
    long_ago = at - _FORGOTTEN_AFTER * _SECOND
    connection.execute(sa.delete(sign_in_failure).where(sign_in_failure.c.last_at < long_ago))
    more = sa.update(sign_in_failure).where(sign_in_failure.c.id_hash == key)
    changed = connection.execute(more.values(failures=sign_in_failure.c.failures + 1, last_at=at)).rowcount
    if not changed:
        connection.execute(sa.insert(sign_in_failure), {"id_hash": key, "failures": 1, "last_at": at})


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
