"""How the proof of a ledger stands: its newest signed head, what waits to be sealed, its keys, witnesses and alarms."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import Sentence
from models.audit_witnesses import Standing, standing_of
from models.checkpoint import BadNote
from models.tables import document, pending_seal
from models.tree import TreeHead, keys_of, newest_head
from models.witness_alarms import alarms

__all__ = ["ChainState", "chain_state"]


@dataclass(frozen=True, kw_only=True)
class ChainState:
    """`head`: None where nothing was sealed yet; `documents`: the last number; `pending`: leaves that wait."""

    head: TreeHead | None
    documents: int
    pending: int
    keys: tuple[str, ...]
    witnesses: tuple[Standing, ...]
    alarms: tuple[Sentence, ...]


def chain_state(connection: sa.Connection, *, at: int) -> ChainState:
    """Return how the proof stands. `at`: now, in UTC microseconds. Nothing is replayed: that is `models.audit`."""
    standing = alarms(connection, at=at)
    keys: tuple[str, ...] = ()
    witnesses: tuple[Standing, ...] = ()
    try:
        keys = tuple(key.text for key in keys_of(connection))
        witnesses = tuple(standing_of(connection))
    except BadNote as error:
        standing.append(error.sentence)
    waiting = sa.select(sa.func.count()).select_from(pending_seal)
    return ChainState(
        head=newest_head(connection),
        documents=connection.execute(sa.select(sa.func.max(document.c.id))).scalar() or 0,
        pending=connection.execute(waiting).scalar_one(),
        keys=keys,
        witnesses=witnesses,
        alarms=tuple(standing),
    )
