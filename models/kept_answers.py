"""Answers under the keys of programs (`Idempotency-Key`): what was asked before is not done again, its answer is.

A key is taken before the work begins and holds its answer afterwards. Where the work was refused the key is free
again, for nothing was changed; where the process died in it, or lost its connection to the ledger, whoever asks again
is told so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from allocator.sentence import say
from models.answer_tables import kept_answer
from models.database import reading, writing
from models.entry import Refusal
from models.faults import unavailable

__all__ = ["once"]

_Key = tuple[str, str]
_Answer = tuple[int, str]

_KEPT = 2 * 86_400_000_000  # microseconds: two days


def once(
    engine: sa.Engine, actor: str, key: str, asked: bytes, work: Callable[[], tuple[int, str]], *, at: int
) -> tuple[int, str]:
    """Do some work once for a person's key, and return its status and body; asked again, the same ones.

    `asked`: a digest of what was asked; `at`: now.

    Raises:
        Refusal: the key was used for something else, or is in use at this moment; what the work refuses.

    """
    own = (kept_answer.c.actor == actor, kept_answer.c.key == key)
    before = _asked_before(engine, {"actor": actor, "key": key, "asked": asked, "at": at}, own)
    if before is not None:
        return _answered(before.asked, asked, before.status, before.body)
    try:
        status, body = work()
    except BaseException as error:
        if not _may_be_done(error):
            _settle(engine, {(actor, key): None})
        raise
    _settle(engine, {(actor, key): (status, body)})
    return status, body


_LEFT: WeakKeyDictionary[sa.Engine, dict[_Key, _Answer | None]] = WeakKeyDictionary()
"""What could not be written of keys when their work ended, for the disk was full, say: by what asks next it is."""


def _settle(engine: sa.Engine, ended: dict[_Key, _Answer | None]) -> None:
    """Keep answers, and free keys whose work changed nothing; what cannot be written now is written later."""
    try:
        with writing(engine) as connection:
            _write(connection, ended)
    except Exception as error:
        if unavailable(error) is None:
            raise
        # What was done is done, and who asked is told so.
        _LEFT.setdefault(engine, {}).update(ended)


def _write(connection: sa.Connection, ended: Mapping[_Key, _Answer | None]) -> None:
    for (actor, key), answer in ended.items():
        own = (kept_answer.c.actor == actor, kept_answer.c.key == key)
        if answer is None:
            connection.execute(sa.delete(kept_answer).where(*own))
        else:
            connection.execute(sa.update(kept_answer).where(*own).values(status=answer[0], body=answer[1]))


def _may_be_done(error: BaseException) -> bool:
    """Say whether nobody knows what became of the work: the connection was lost in it."""
    said = unavailable(error) if isinstance(error, Exception) else None
    return said is not None and said.is_lost


def _asked_before(
    engine: sa.Engine, row: Mapping[str, Any], own: tuple[sa.ColumnElement[bool], ...]
) -> sa.Row[Any] | None:
    """Return what was asked under a key before; None where it is taken now."""
    known = sa.select(kept_answer).where(*own)
    left = dict(_LEFT.get(engine, {}))
    try:
        with writing(engine) as connection:
            _write(connection, left)
            connection.execute(sa.delete(kept_answer).where(kept_answer.c.at < row["at"] - _KEPT))
            before = connection.execute(known).first()
            if before is None:
                connection.execute(sa.insert(kept_answer), row)
    except sa.exc.IntegrityError:
        # Asked twice at the same moment: the other one was first.
        with reading(engine) as connection:
            before = connection.execute(known).first()
        if before is None:
            raise
    else:
        for each in left:
            _LEFT[engine].pop(each, None)
    return before


def _answered(before: bytes, asked: bytes, status: int | None, body: str | None) -> tuple[int, str]:
    if bytes(before) != asked:
        raise Refusal(say("This Idempotency-Key was used for something else. Use a new one for each change."))
    if status is None or body is None:
        raise Refusal(
            say("What was asked under this Idempotency-Key is being done, or was cut off. Look at how it stands first.")
        )
    return status, body
