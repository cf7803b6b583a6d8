"""What left before any plan needs a second person: another countersigns it later, and until then it is shown.

The countersignature is a fact of its own, sealed like a document; the database itself refuses one by who
posted the emergency issue (`models/guards.py`).
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import say
from models.canonical import normal
from models.countersign_tables import countersignature
from models.database import writing
from models.entry import Refusal
from models.ledger import Ledger
from models.people import LOCAL
from models.reversal import was_reversed
from models.rights import EVERYWHERE, Reach
from models.tables import document, move
from models.versions import Stamp, record_versions
from models.words import type_word

__all__ = ["EMERGENCY", "Countersigned", "Emergency", "countersign", "countersigned", "not_countersigned"]

EMERGENCY = "emergency"
"""The type of document that needs a countersignature."""

# Written out word for word, so that both databases see that their index of emergency issues holds them all.
_IS_EMERGENCY = sa.text("document.type = 'emergency'")


@dataclass(frozen=True, kw_only=True)
class Countersigned:
    """Who countersigned, and when: UTC microseconds."""

    actor: str
    recorded_at: int
    note: str


@dataclass(frozen=True, kw_only=True)
class Emergency:
    """An emergency issue that nobody has countersigned. `occurred_at`: UTC microseconds."""

    document: int
    site: str
    to: str
    actor: str
    reason: str
    occurred_at: int
    units: int
    shipment: str


def countersign(ledger: Ledger, number: int, stamp: Stamp, *, note: str = "", reach: Reach = EVERYWHERE) -> None:
    """Countersign an emergency issue. `reach`: of who does; an issue from or to beyond it is not there.

    Raises:
        Refusal: there is none of this number, who countersigns posted it, or it needs no countersignature
            (any more).

    """
    try:
        with writing(ledger.engine) as connection:
            _refuse_beyond(connection, number, reach)
            _refuse_unless_open(connection, number, stamp.actor)
            row = {"document": number, "actor": stamp.actor, "recorded_at": stamp.recorded_at, "note": normal(note)}
            connection.execute(sa.insert(countersignature), row)
            record_versions(connection, countersignature.name, [(str(number), row)], stamp)
    except sa.exc.IntegrityError:
        # Another person did it while this one was looking.
        with ledger.engine.connect() as connection:
            _refuse_unless_open(connection, number, stamp.actor)
        raise


def _refuse_beyond(connection: sa.Connection, number: int, reach: Reach) -> None:
    body = connection.execute(sa.select(document.c.body).where(document.c.id == number)).scalar()
    if reach.everywhere or body is None:
        return
    said = json.loads(body)
    ends = {said["site"], said["details"].get("to")} - {None}
    if not ends or not all(map(reach.holds, ends)):
        raise Refusal(say("There is no document {number}. Check its number.", number=number))


def _refuse_unless_open(connection: sa.Connection, number: int, actor: str) -> None:
    row = connection.execute(sa.select(document.c.type, document.c.actor).where(document.c.id == number)).first()
    if row is None:
        raise Refusal(say("There is no document {number}. Check its number.", number=number))
    values = {"number": number, "type": type_word(row.type)}
    if row.type != EMERGENCY:
        raise Refusal(
            say("Document {number} ({type}) needs no countersignature: only an emergency issue does.", **values)
        )
    by = connection.execute(sa.select(document.c.id).where(document.c.reverses == number)).scalar()
    if by is not None:
        raise Refusal(say("Document {number} was reversed by document {by}: nothing is left to sign.", by=by, **values))
    done = countersigned(connection, number)
    if done is not None:
        raise Refusal(say("Document {number} was countersigned before, by {person}.", person=done.actor, **values))
    if row.actor == actor == LOCAL:
        raise Refusal(
            say(
                "Emergency issue {number} was posted by the local administrator, and another person must countersign "
                "it. Add people with: allocator user add; then one of them can.",
                number=number,
            )
        )
    if row.actor == actor:
        raise Refusal(
            say(
                "{actor} posted emergency issue {number} and cannot countersign it. Have another person do it.",
                actor=actor,
                number=number,
            )
        )


def countersigned(connection: sa.Connection, number: int) -> Countersigned | None:
    """Return who countersigned a document, None where nobody did."""
    columns = (countersignature.c.actor, countersignature.c.recorded_at, countersignature.c.note)
    row = connection.execute(sa.select(*columns).where(countersignature.c.document == number)).mappings().first()
    return None if row is None else Countersigned(**row)


def not_countersigned(connection: sa.Connection, *, until: int | None = None) -> list[Emergency]:
    """Return the emergency issues that happened `until` then (UTC microseconds) and wait for a second person.

    The oldest first; one that was reversed waits for nobody.
    """
    signed = sa.select(countersignature.c.document).where(countersignature.c.document == document.c.id)
    units = sa.select(sa.func.coalesce(sa.func.sum(move.c.units), 0)).where(
        move.c.document == document.c.id, move.c.counters.is_(None)
    )
    columns = [document.c[name] for name in ("id", "actor", "reason", "occurred_at", "shipment", "body")]
    query = sa.select(*columns, sa.cast(units.scalar_subquery(), sa.BigInteger).label("units"))
    query = query.where(_IS_EMERGENCY, ~was_reversed(), ~signed.exists())
    if until is not None:
        query = query.where(document.c.occurred_at <= until)
    found = []
    for row in connection.execute(query.order_by(document.c.occurred_at, document.c.id)):
        body = json.loads(row.body)
        found.append(
            Emergency(
                document=row.id,
                site=body["site"],
                to=body["details"]["to"],
                actor=row.actor,
                reason=row.reason,
                occurred_at=row.occurred_at,
                units=row.units,
                shipment=row.shipment,
            )
        )
    return found
