"""Tokens for programs: random, kept as their hash, for some rights of one person, until a day or until revoked."""

from __future__ import annotations

import contextlib
import hashlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.days import AHEAD, DAY
from models.entry import Refusal
from models.faults import Unavailable
from models.ledger import Ledger
from models.people import Person, person_of_rows, person_with, refuse_unless_administers, with_roles
from models.rights import RIGHTS, may
from models.sign_in_tables import api_token
from models.tables import person
from models.until_recorded import Mark, UntilRecorded, catalogue_mark_of
from models.versions import Stamp, record_versions

__all__ = ["DAYS_MAX", "ApiToken", "Bearer", "BearersKept", "bearer_of", "make_token", "revoke_token", "tokens_of"]

DAYS_MAX = 366
"""A token lasts a year at the most, so that forgotten ones end by themselves."""

_PREFIX = "allocator_"  # what searches for secrets in files look for
_NAME_LETTERS_MAX = 100
_USED_EVERY = 300 * 1_000_000  # microseconds: a request does not write each time


@dataclass(frozen=True, kw_only=True)
class ApiToken:
    """What is known of a token. Times in UTC microseconds; `last_used`: None for never, to five minutes."""

    person: str
    name: str
    scopes: tuple[str, ...]
    made_at: int
    expires_at: int
    last_used: int | None
    revoked: bool

    def holds(self, at: int) -> bool:
        """Say whether it opens anything at a time."""
        return not self.revoked and self.made_at - AHEAD <= at < self.expires_at


@dataclass(frozen=True)
class Bearer:
    """Who a token stands for, and the rights it is for: never more than the person has."""

    person: Person
    scopes: frozenset[str]


def make_token(
    connection: sa.Connection, id_: str, stamp: Stamp, *, name: str, scopes: Sequence[str], days: int
) -> str:
    """Make a token for a person and return it: it is shown this once. That it was made is a version, sealed.

    Raises:
        Refusal: no such active person, not one's own and not one whom the actor administers, no name or one that is
            taken, rights that there are not or that the person has not, or more than `DAYS_MAX` days.

    """
    person = _person(connection, id_, stamp.actor)
    wrong = [*_wrong_name(connection, id_, name), *_wrong_scopes(person, scopes)]
    if not 1 <= days <= DAYS_MAX:
        wrong.append(say("A token lasts 1 to {most} days, not {days}.", most=DAYS_MAX, days=days))
    if wrong:
        raise Refusal(*wrong)
    token = _PREFIX + secrets.token_urlsafe(32)
    row = {
        "token_hash": _hash(token),
        "person": id_,
        "name": name,
        "scopes": " ".join(sorted(set(scopes))),
        "made_at": stamp.recorded_at,
        "expires_at": stamp.recorded_at + days * DAY,
        "last_used": None,
        "revoked": 0,
    }
    connection.execute(sa.insert(api_token), row)
    _record(connection, id_, name, sorted(set(scopes)), stamp)
    return token


def revoke_token(connection: sa.Connection, id_: str, name: str, stamp: Stamp) -> None:
    """Let a token open nothing any more.

    Raises:
        Refusal: not one's own and not one whom the actor administers, or there is no such token.

    """
    if stamp.actor != id_:
        refuse_unless_administers(connection, stamp.actor, id_)
    own = sa.update(api_token).where(api_token.c.person == id_, api_token.c.name == name, api_token.c.revoked == 0)
    if not connection.execute(own.values(revoked=1)).rowcount:
        raise Refusal(
            say("{id} has no token {name} to revoke. allocator user token {id} lists them.", id=id_, name=name)
        )
    _record(connection, id_, name, [], stamp)


def tokens_of(connection: sa.Connection, id_: str) -> list[ApiToken]:
    """Return the tokens of a person, the latest first."""
    query = sa.select(api_token).where(api_token.c.person == id_).order_by(api_token.c.made_at.desc(), api_token.c.name)
    return [
        ApiToken(
            person=row.person,
            name=row.name,
            scopes=tuple(row.scopes.split()),
            made_at=row.made_at,
            expires_at=row.expires_at,
            last_used=row.last_used,
            revoked=bool(row.revoked),
        )
        for row in connection.execute(query)
    ]


class BearersKept:
    """What one process knows of tokens, read anew after any change of people, rights, areas or tokens.

    `catalogue`: tells how far those are written (`Watch.catalogue`), None where nobody knows. Used by many threads.
    """

    def __init__(self, catalogue: Callable[[], Mark | None] = lambda: None) -> None:
        self.held: UntilRecorded = UntilRecorded(_KEPT_MOST, catalogue, mark=catalogue_mark_of)
        self.noted: dict[bytes, int] = {}
        """When this process last wrote down that a token was used, which is no fact and so changes nothing kept."""


_KEPT_MOST = 2000


def bearer_of(ledger: Ledger, token: str, *, at: int, kept: BearersKept | None = None) -> Bearer | None:
    """Return who a token stands for, None where it is none, has ended, or its person acts no more."""
    key, kept = _hash(token), kept or BearersKept()
    held = kept.held.read(ledger.engine, key, lambda connection: _held(connection, key))
    if held is None or held.revoked or not held.bearer.person.active:
        return None
    # One from after now was made while the clock was ahead, and would last for longer than it may.
    if not held.made_at - AHEAD <= at < held.expires_at:
        return None
    last_used = kept.noted.get(key, held.last_used)
    if last_used is None or abs(at - last_used) > _USED_EVERY:
        kept.noted[key] = at
        used = sa.update(api_token).where(api_token.c.token_hash == key).values(last_used=at)
        # Where nothing can be written, reading goes on.
        with contextlib.suppress(Unavailable):
            ledger.write(lambda book, _: book.connection.execute(used).rowcount)
    return held.bearer


@dataclass(frozen=True)
class _Held:
    bearer: Bearer
    made_at: int
    expires_at: int
    last_used: int | None
    revoked: bool


def _held(connection: sa.Connection, key: bytes) -> _Held | None:
    rows = connection.execute(_KNOWN, {"key": key}).all()
    if not rows:
        return None
    bearer, row = Bearer(person_of_rows(rows), frozenset(rows[0].scopes.split())), rows[0]
    return _Held(bearer, row.made_at, row.expires_at, row.last_used, bool(row.revoked))


# Made once: every request of a program asks it.
_KNOWN = (
    with_roles(*(api_token.c[name] for name in ("scopes", "made_at", "expires_at", "last_used", "revoked")))
    .join(api_token, api_token.c.person == person.c.id)
    .where(api_token.c.token_hash == sa.bindparam("key"))
)


def _person(connection: sa.Connection, id_: str, actor: str) -> Person:
    if actor != id_:
        refuse_unless_administers(connection, actor, id_)
    person = person_with(connection, id_)
    if person is None or not person.active:
        raise Refusal(say("There is no active person {id}. `allocator user list` shows everybody.", id=id_))
    return person


def _wrong_name(connection: sa.Connection, id_: str, name: str) -> list[Sentence]:
    if not name.strip() or len(name) > _NAME_LETTERS_MAX:
        return [say("A token needs a name of at most {most} characters. Say what it is for.", most=_NAME_LETTERS_MAX)]
    taken = sa.select(api_token.c.name).where(api_token.c.person == id_, api_token.c.name == name)
    if connection.execute(taken).first() is not None:
        return [say("{id} has, or had, a token {name}. Choose another name.", id=id_, name=name)]
    return []


def _wrong_scopes(person: Person, scopes: Sequence[str]) -> list[Sentence]:
    if not scopes:
        return [say("Say which rights the token is for: at least one.")]
    wrong = []
    for scope in scopes:
        if scope not in RIGHTS:
            wrong.append(say('There is no right "{right}". Choose one of: {rights}.', right=scope, rights=list(RIGHTS)))
        elif not may(person, scope):
            wrong.append(say("{id} has not the right {right}, so no token of theirs can.", id=person.id, right=scope))
    return wrong


def _record(connection: sa.Connection, id_: str, name: str, scopes: list[str], stamp: Stamp) -> None:
    record_versions(connection, "api_token", [(f"{id_} {name}", {"id": id_, "name": name, "scopes": scopes})], stamp)


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
