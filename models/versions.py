"""Who changed which master data, when, and to what: a row for each real change, sealed like a document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models.canonical import canonical, digest_of
from models.tables import pending_seal, version

__all__ = ["Stamp", "record_versions"]


@dataclass(frozen=True)
class Stamp:
    """Who changes something, and when: UTC microseconds."""

    actor: str
    recorded_at: int


def record_versions(
    connection: sa.Connection, subject: str, changes: Iterable[tuple[str, Mapping[str, Any]]], stamp: Stamp
) -> int:
    """Write one version for each change, to be sealed; return how many.

    `changes`: the key and the whole row as it now is, in codes and not in ids. No names of people.
    """
    rows = [_version(subject, key, row, stamp) for key, row in changes]
    if not rows:
        return 0
    ids = connection.execute(sa.insert(version).returning(version.c.id), rows).scalars()
    connection.execute(sa.insert(pending_seal), [{"kind": "version", "ref": id_} for id_ in ids])
    return len(rows)


def _version(subject: str, key: str, row: Mapping[str, Any], stamp: Stamp) -> dict[str, Any]:
    about = {"subject": subject, "key": key, "actor": stamp.actor, "recorded_at": stamp.recorded_at}
    body = canonical({**about, "row": dict(row)})
    return {**about, "body": body, "body_hash": digest_of(body)}
