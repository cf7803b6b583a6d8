"""Sign in, stay signed in, sign out: tokens that only the browser has, kept here as their hashes.

Whoever guesses passwords waits: from the fifth failure on an id, half a minute, then twice as long each time.
"""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

import sqlalchemy as sa

from allocator.sentence import say
from models.book import Book
from models.database import reading
from models.days import AHEAD
from models.entry import Refusal
from models.faults import Unavailable
from models.ledger import Ledger
from models.names import Names
from models.passwords import is_right, kept_hash, set_password
from models.people import Person, person_of_rows, person_with, with_roles
from models.sign_in_failures import forget_failures, id_hash, note_failure, wait_seconds
from models.sign_in_tables import password, web_session
from models.stamped import Keeping, read_anew
from models.tables import person
from models.versions import Stamp

__all__ = [
    "IDLE_HOURS",
    "LASTS_HOURS",
    "change_own_password",
    "open_session",
    "sign_in",
    "sign_out",
    "signed_in_person",
    "somebody_can_sign_in",
]

T = TypeVar("T")

LASTS_HOURS, IDLE_HOURS = 12, 2
"""How long a session lasts: a shift at the most, and no longer than two hours without a page."""

_SECOND = 1_000_000
_SEEN_EVERY = 300  # seconds: a page does not write each time it is read


def sign_in(ledger: Ledger, id_: str, typed: str, *, at: int) -> str:
    """Return the token of a new session. `at`: now, in UTC microseconds.

    Raises:
        Refusal: wrong id or password, without saying which; or too many failures, with the seconds to wait.

    """
    return _proven(ledger, id_, typed, lambda connection: _opened(connection, id_, at), at=at)


def _proven(ledger: Ledger, id_: str, typed: str, work: Callable[[sa.Connection], T], *, at: int) -> T:
    """Do some work, in one transaction, for whoever knows a person's password, and return what came of it.

    Raises:
        Refusal: as `sign_in` does; what the work refuses.

    """
    key = id_hash(id_)
    with reading(ledger.engine) as connection:
        wait, kept = wait_seconds(connection, key, at), kept_hash(connection, id_)
    # Hashing takes long: no connection is held and nothing locked meanwhile. It is done also for those who must wait.
    right = is_right(kept, typed) and not wait

    def keep(book: Book, _: Names) -> tuple[int, list[T]]:
        waiting = wait_seconds(book.connection, key, at)
        if waiting:
            return waiting, []
        if not right:
            note_failure(book.connection, key, at)
            return 0, []
        forget_failures(book.connection, key)
        return 0, [work(book.connection)]

    seconds, done = ledger.write(keep)
    if seconds:
        raise Refusal(say("Too many wrong passwords. Try again in {seconds} seconds.", seconds=seconds))
    if not done:
        raise Refusal(say("This id and this password do not belong together. Check both."))
    return done[0]


def open_session(ledger: Ledger, id_: str, *, at: int) -> str:
    """Return the token of a new session of a person whom somebody else vouches for.

    Raises:
        Refusal: there is no active person of this id.

    """

    def keep(book: Book, _: Names) -> str | None:
        found = person_with(book.connection, id_)
        return None if found is None or not found.active else _opened(book.connection, id_, at)

    token = ledger.write(keep)
    if token is None:
        raise Refusal(
            say("There is no active person {id} here. An administrator adds people; signing in does not.", id=id_)
        )
    return token


def change_own_password(ledger: Ledger, id_: str, old: str, new: str, *, at: int) -> str:
    """Keep a person's new password where they know the old one; return the token of a new session, the only one then.

    Raises:
        Refusal: as `sign_in` does for the old one, as `set_password` does for the new one.

    """

    def keep(connection: sa.Connection) -> str:
        set_password(connection, id_, new, Stamp(id_, at))
        return _opened(connection, id_, at)

    return _proven(ledger, id_, old, keep, at=at)


def signed_in_person(ledger: Ledger, token: str, *, at: int, kept: Keeping = read_anew) -> Person | None:
    """Return who has a session by its token, None where it has ended or the person is active no more.

    `kept`: gives again what was read of a session as long as nothing was written since.
    """
    key = _hash(token)
    held = kept(("session", key), lambda: _session(ledger, key))
    if held is None or not held.person.active or held.is_over(at):
        return None
    if at - held.seen_at > _SEEN_EVERY * _SECOND:
        seen = sa.update(web_session).where(web_session.c.token_hash == key).values(seen_at=at)
        # Where nothing can be written, reading goes on; the session then ends after what was noted last.
        with contextlib.suppress(Unavailable):
            ledger.write(lambda book, _: book.connection.execute(seen).rowcount)
    return held.person


@dataclass(frozen=True)
class _Session:
    person: Person
    made_at: int
    seen_at: int

    def is_over(self, at: int) -> bool:
        hour = 3600 * _SECOND
        # One from after now was made while the clock was ahead; it would last until the clock comes there again.
        ahead = max(self.made_at, self.seen_at) - at > AHEAD
        return ahead or at - self.made_at > LASTS_HOURS * hour or at - self.seen_at > IDLE_HOURS * hour


def _session(ledger: Ledger, key: bytes) -> _Session | None:
    with reading(ledger.engine) as connection:
        rows = connection.execute(_KNOWN, {"key": key}).all()
    return _Session(person_of_rows(rows), rows[0].made_at, rows[0].seen_at) if rows else None


# Made once: every page asks it.
_KNOWN = (
    with_roles(web_session.c.made_at, web_session.c.seen_at)
    .join(web_session, web_session.c.person == person.c.id)
    .where(web_session.c.token_hash == sa.bindparam("key"))
)


def sign_out(ledger: Ledger, token: str) -> None:
    """End a session."""
    gone = sa.delete(web_session).where(web_session.c.token_hash == _hash(token))
    ledger.write(lambda book, _: book.connection.execute(gone).rowcount)


def somebody_can_sign_in(connection: sa.Connection) -> bool:
    """Say whether any active person has a password."""
    query = sa.select(person.c.id).join(password, password.c.person == person.c.id).where(person.c.active == 1)
    return connection.execute(query.limit(1)).first() is not None


def _opened(connection: sa.Connection, id_: str, at: int) -> str:
    token = secrets.token_urlsafe(32)
    row = {"token_hash": _hash(token), "person": id_, "made_at": at, "seen_at": at}
    connection.execute(sa.insert(web_session), row)
    return token


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
