"""Files that somebody sent and has not taken in yet: kept for a day, so that what was looked at is what is taken in."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import sqlalchemy as sa

from models.database import writing
from models.draft_tables import kept_upload
from models.ledger import Ledger

__all__ = ["KeptUpload", "drop_upload", "find_upload", "keep_upload"]

UPLOADS_MAX = 3
"""Of one person; who sends more loses the oldest."""

_DAY = 86_400_000_000


@dataclass(frozen=True, kw_only=True)
class KeptUpload:
    """A file as it was sent. `kind`: what it was said to hold; `day`: of rows without one; "" where nobody said."""

    id: str
    name: str
    kind: str
    day: str
    file: bytes


def keep_upload(ledger: Ledger, person: str, *, name: str, kind: str, day: str, file: bytes, at: int) -> str:
    """Keep a file, and return under which id. `at`: now, UTC microseconds."""
    id_ = secrets.token_urlsafe(12)
    own = sa.select(kept_upload.c.id).where(kept_upload.c.person == person).order_by(kept_upload.c.kept_at.desc())
    row = {"id": id_, "person": person, "name": name, "kind": kind, "day": day, "file": file, "kept_at": at}
    with writing(ledger.engine) as connection:
        connection.execute(sa.delete(kept_upload).where(kept_upload.c.kept_at < at - _DAY))
        # Its own statement: not every database limits what a condition selects.
        older = list(connection.execute(own.offset(UPLOADS_MAX - 1)).scalars())
        connection.execute(sa.delete(kept_upload).where(kept_upload.c.id.in_(older)))
        connection.execute(sa.insert(kept_upload), row)
    return id_


def find_upload(connection: sa.Connection, person: str, id_: str, *, at: int) -> KeptUpload | None:
    """Return a file that somebody sent, None where none of theirs is kept under this id. `at`: now."""
    c = kept_upload.c
    query = sa.select(c.id, c.name, c.kind, c.day, c.file)
    row = connection.execute(query.where(c.id == id_, c.person == person, c.kept_at >= at - _DAY)).first()
    return None if row is None else KeptUpload(id=row.id, name=row.name, kind=row.kind, day=row.day, file=row.file)


def drop_upload(ledger: Ledger, person: str, id_: str) -> None:
    """Forget a file: it was taken in, or is not wanted any more."""
    with writing(ledger.engine) as connection:
        connection.execute(sa.delete(kept_upload).where(kept_upload.c.id == id_, kept_upload.c.person == person))
