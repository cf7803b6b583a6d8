"""Sessions that are open: seen and ended by whose they are, and by administrators. None of it is a fact."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import say
from models.days import AHEAD
from models.entry import Refusal
from models.people import refuse_unless_administers
from models.sign_in import IDLE_HOURS, LASTS_HOURS
from models.sign_in_tables import web_session

__all__ = ["Session", "end_others", "end_session", "end_sessions_of", "sessions_of"]

_HOUR = 3600 * 1_000_000  # microseconds
_MARK_LETTERS = 16


@dataclass(frozen=True, kw_only=True)
class Session:
    """An open session. `mark`: names it, and opens nothing; times in UTC microseconds, `seen_at` to five minutes."""

    mark: str
    made_at: int
    seen_at: int
    own: bool = False


def sessions_of(connection: sa.Connection, id_: str, *, at: int, token: str = "") -> list[Session]:
    """Return the open sessions of a person, the latest first. `token`: of the session that asks."""
    own = _hash(token)
    made, seen = web_session.c.made_at, web_session.c.seen_at
    lasts = made.between(at - LASTS_HOURS * _HOUR, at + AHEAD), seen.between(at - IDLE_HOURS * _HOUR, at + AHEAD)
    query = sa.select(web_session).where(web_session.c.person == id_, *lasts).order_by(web_session.c.made_at.desc())
    return [
        Session(mark=_mark(row.token_hash), made_at=row.made_at, seen_at=row.seen_at, own=row.token_hash == own)
        for row in connection.execute(query)
    ]


def end_session(connection: sa.Connection, id_: str, mark: str) -> None:
    """End one of one's own sessions.

    Raises:
        Refusal: there is no such session.

    """
    rows = connection.execute(sa.select(web_session.c.token_hash).where(web_session.c.person == id_)).scalars()
    found = [key for key in rows if _mark(key) == mark]
    if not found:
        raise Refusal(say("This session has ended already."))
    connection.execute(sa.delete(web_session).where(web_session.c.token_hash.in_(found)))


def end_others(connection: sa.Connection, id_: str, token: str) -> int:
    """End all of one's own sessions but the one that asks; return how many."""
    others = sa.delete(web_session).where(web_session.c.person == id_, web_session.c.token_hash != _hash(token))
    return connection.execute(others).rowcount


def end_sessions_of(connection: sa.Connection, id_: str, *, actor: str) -> int:
    """End all sessions of a person, as an administrator; return how many.

    Raises:
        Refusal: the actor does not administer all of the person.

    """
    refuse_unless_administers(connection, actor, id_)
    return connection.execute(sa.delete(web_session).where(web_session.c.person == id_)).rowcount


def _mark(key: bytes) -> str:
    return bytes(key).hex()[:_MARK_LETTERS]


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
