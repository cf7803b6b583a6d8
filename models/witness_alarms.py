"""Alarms of the proof: a clock was wrong, sealing lags, a witness is silent or holds what a head does not extend.

Three indexed look-ups for each witness, so every command can ask before it ends.
"""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.days import AHEAD
from models.freezing import move_said
from models.leaves import DOCUMENT
from models.tables import document, pending_seal, tree_head, version
from models.witnesses import WITNESSES, Witness, last_size, refused, witnesses

__all__ = ["SEALED_WITHIN", "alarms", "forks"]

SEALED_WITHIN = 60_000_000
"""Microseconds after which anything recorded must be sealed."""

_HOUR = 3_600_000_000


def alarms(connection: sa.Connection, *, at: int) -> list[Sentence]:
    """Return every alarm that stands. `at`: now, in UTC microseconds. Of a ledger that has moved little is asked."""
    moved = move_said(connection)
    if moved is not None:
        return [moved, *forks(connection)]
    known = witnesses(connection)
    silent = (_silent(connection, each, at) for each in known)
    return [
        *forks(connection),
        *_ahead(connection, at),
        *_lag(connection, at),
        *(each for each in silent if each is not None),
    ]


def forks(connection: sa.Connection) -> Iterator[Sentence]:
    """Give what witnesses hold that this ledger's heads do not extend."""
    for each in witnesses(connection):
        what = refused(connection, each.name)
        if what is None or last_size(connection, each.name) >= what["size"]:
            continue
        if what["known"] > what["size"]:
            yield say(
                "Witness {name} holds a head over {known} leaves, and this ledger had only {size} when it was asked: "
                "it was rolled back, or written on in two places. Compare the two: allocator audit check --head FILE",
                name=each.name,
                known=what["known"],
                size=what["size"],
            )
        elif what["known"] == what["size"]:
            yield say(
                "Witness {name} holds another head over the same {size} leaves: what was sealed was altered, or this "
                "ledger was written on in two places.",
                name=each.name,
                size=what["size"],
            )
        else:
            yield say(
                "The head over {size} leaves does not extend the head over {known} leaves that witness {name} holds: "
                "what was sealed was altered, or this ledger was written on in two places.",
                name=each.name,
                known=what["known"],
                size=what["size"],
            )


def _ahead(connection: sa.Connection, at: int) -> Iterator[Sentence]:
    query = sa.select(document.c.id, document.c.recorded_at).order_by(document.c.id.desc()).limit(1)
    last = connection.execute(query).first()
    if last is not None and last.recorded_at > at + AHEAD:
        yield say(
            "Document {number} says that it was recorded {hours:,} hours from now: a clock was ahead then, or this "
            "machine's is behind. Set the clock right. Documents hold in the order of their numbers; until that time "
            "each later one says the same time, and --known-at does not find them before it.",
            number=last.id,
            hours=(last.recorded_at - at) // _HOUR + 1,
        )


def _lag(connection: sa.Connection, at: int) -> Iterator[Sentence]:
    query = (
        sa.select(document.c.id, document.c.recorded_at)
        .join_from(pending_seal, document, pending_seal.c.ref == document.c.id)
        .where(pending_seal.c.kind == DOCUMENT)
        .order_by(pending_seal.c.ref)
        .limit(1)
    )
    oldest = connection.execute(query).first()
    if oldest is not None and oldest.recorded_at < at - SEALED_WITHIN:
        yield say(
            "Sealing lags: document {number} was recorded {seconds} seconds ago and is not sealed.",
            number=oldest.id,
            seconds=(at - oldest.recorded_at) // 1_000_000,
        )


def _silent(connection: sa.Connection, each: Witness, at: int) -> Sentence | None:
    last = last_size(connection, each.name)
    waiting = sa.select(tree_head.c.signed_at).where(tree_head.c.size > last).order_by(tree_head.c.size).limit(1)
    since = connection.execute(waiting).scalar()
    if since is None:
        return None
    if not last:
        # A new witness owes nothing from before it was named.
        named = sa.select(sa.func.max(version.c.recorded_at)).where(
            version.c.subject == WITNESSES.subject, version.c.key == each.name
        )
        since = max(since, connection.execute(named).scalar() or 0)
    hours = (at - since) // _HOUR
    if hours < each.silent_hours:
        return None
    return say(
        "Witness {name} has been silent for {hours} hours: it has not signed a head that has waited since then. "
        "See why: allocator audit witnesses list",
        name=each.name,
        hours=hours,
    )
