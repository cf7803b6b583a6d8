"""When, by whom and from which state of which ledger something is told: what every saved file says of itself."""

from __future__ import annotations

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.database import reading
from models.days import clock_of
from models.ledger import Ledger
from models.tables import document, instance
from models.tree import newest_head

__all__ = ["Fact", "ledger_facts"]

Fact = tuple[Sentence, Sentence | str | int]


def ledger_facts(ledger: Ledger, *, actor: str | Sentence, now: int) -> list[Fact]:
    """Return them. `actor`: who has it written; `now`: UTC microseconds."""
    with reading(ledger.engine) as connection:
        name = connection.execute(sa.select(instance.c.name)).scalar_one()
        last = connection.execute(sa.select(sa.func.max(document.c.id))).scalar() or 0
        head = newest_head(connection)
    facts: list[Fact] = [
        (say("written at"), f"{clock_of(now, ledger.zone)} ({ledger.zone.key})"),
        (say("written by"), actor),
        (say("ledger"), name),
        (say("up to document"), f"{last:,}"),
    ]
    if head is not None:
        sealed = say("{leaves:,} leaves, root {root}", leaves=head.size, root=head.root.hex())
        facts.append((say("sealed up to"), sealed))
    return facts
