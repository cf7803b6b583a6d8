"""Passwords: kept as Argon2id hashes, checked in the same time whether there is such a person or not."""

from __future__ import annotations

import secrets
import threading
from functools import cache

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from allocator.sentence import Sentence, say
from models.common_passwords import is_common
from models.entry import Refusal
from models.people import refuse_unless_administers
from models.sign_in_tables import password, web_session
from models.tables import person
from models.versions import Stamp, record_versions

__all__ = ["LETTERS_MAX", "LETTERS_MIN", "has_password", "is_right", "kept_hash", "set_password"]

LETTERS_MIN, LETTERS_MAX = 12, 128
"""How long a password is: long enough that guessing is hopeless, not so long that hashing is an attack."""

_DIFFERENT_MIN = 5
# OWASP's password storage cheat sheet: Argon2id with 46 MiB, one pass, one lane.
_HASHER = PasswordHasher(time_cost=1, memory_cost=46 * 1024, parallelism=1)
# Each takes its 46 MiB: a dozen strangers who sign in at once would take half a gigabyte, and be done no sooner.
_HASHED_AT_ONCE = threading.BoundedSemaphore(2)


def set_password(connection: sa.Connection, id_: str, new: str, stamp: Stamp) -> None:
    """Keep a person's new password; whoever had signed in as that person must sign in again.

    That it was set is a version, sealed like any other change of people; what it is, is nowhere.

    Raises:
        Refusal: no such person, not one's own and not one whom the actor administers, or a password that is too weak.

    """
    if stamp.actor != id_:
        refuse_unless_administers(connection, stamp.actor, id_)
    if connection.execute(sa.select(person.c.id).where(person.c.id == id_)).first() is None:
        raise Refusal(say("There is no person {id}. `allocator user list` shows everybody.", id=id_))
    weak = _weakness(id_, new)
    if weak:
        raise Refusal(weak)
    connection.execute(sa.delete(password).where(password.c.person == id_))
    connection.execute(sa.insert(password), {"person": id_, "hash": _hashed(new), "set_at": stamp.recorded_at})
    connection.execute(sa.delete(web_session).where(web_session.c.person == id_))
    record_versions(connection, "password", [(id_, {"id": id_})], stamp)


def kept_hash(connection: sa.Connection, id_: str) -> str | None:
    """Return the hash of an active person's password, None where there is none."""
    query = (
        sa.select(password.c.hash)
        .join(person, person.c.id == password.c.person)
        .where(person.c.id == id_, person.c.active == 1)
    )
    found = connection.execute(query).scalar()
    return None if found is None else str(found)


def is_right(kept: str | None, typed: str) -> bool:
    """Say whether a password is the one of a hash; it takes as long where there is no hash.

    It takes a tenth of a second and waits for others, so no connection and no lock is held meanwhile.
    """
    # Made first whoever is asked for, so that the first unknown id of a process takes no longer either.
    nobody = _of_nobody()
    with _HASHED_AT_ONCE:
        try:
            return _HASHER.verify(kept or nobody, typed[: LETTERS_MAX + 1])
        except (VerificationError, InvalidHashError):
            return False


def has_password(connection: sa.Connection, id_: str) -> bool:
    """Say whether a person has a password."""
    return connection.execute(sa.select(password.c.person).where(password.c.person == id_)).first() is not None


@cache
def _of_nobody() -> str:
    """Return a hash to check against where there is none, so that the answer takes as long."""
    return _hashed(secrets.token_urlsafe())


def _hashed(text: str) -> str:
    with _HASHED_AT_ONCE:
        return _HASHER.hash(text)


def _weakness(id_: str, new: str) -> Sentence | None:
    if not LETTERS_MIN <= len(new) <= LETTERS_MAX:
        return say(
            "A password has {least} to {most} characters; this one has {count}. Take a sentence that you remember.",
            least=LETTERS_MIN,
            most=LETTERS_MAX,
            count=len(new),
        )
    if len(set(new)) < _DIFFERENT_MIN or id_.lower() in new.lower():
        return say("This password is easily guessed: it repeats itself, or holds the person's id. Take another.")
    if is_common(new):
        return say("This password is among the first that are tried: a common word, a run of keys or this program's "
                   "own words, with figures. Take a sentence that you remember.")  # fmt: skip
    return None
