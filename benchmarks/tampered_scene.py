"""Where one attempt at a ledger happens: a connection past its guards, what was kept of it, a drawn choice."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models.canonical import canonical
from models.leaves import DOCUMENT
from models.tables import document, leaf

__all__ = ["Kind", "Scene"]


@dataclass(frozen=True)
class Scene:
    """Where one attempt happens. `covered`: leaves under the head that was kept; `other`: another ledger's database."""

    connection: sa.Connection
    rng: random.Random
    covered: int
    other: Any = None

    def refs(self, kind: str) -> list[int]:
        """Return the numbers of the documents or versions under the head that was kept."""
        query = sa.select(leaf.c.ref).where(leaf.c.kind == kind, leaf.c.position < self.covered)
        return list(self.connection.execute(query.order_by(leaf.c.position)).scalars())

    def pick(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> Any:
        """Return a drawn row of a table, None where there is none."""
        rows = self.connection.execute(sa.select(table).where(*where).order_by(*table.primary_key)).all()
        return self.rng.choice(rows) if rows else None

    def document(self, *where: sa.ColumnElement[bool]) -> Any:
        """Return a drawn document under the head."""
        return self.pick(document, document.c.id.in_(self.refs(DOCUMENT)), *where)

    def put(self, table: sa.Table, number: int, body: Mapping[str, Any], **columns: Any) -> None:
        """Write a document's or version's text anew, and some columns with it."""
        values = {"body": canonical(dict(body)), **columns}
        self.connection.execute(table.update().where(table.c.id == number).values(values))

    def delete(self, table: sa.Table, *where: sa.ColumnElement[bool]) -> None:
        """Delete rows."""
        self.connection.execute(table.delete().where(*where))

    def take_leaf(self, kind: str, ref: int) -> None:
        """Take a leaf away; those after it close up."""
        own = sa.and_(leaf.c.kind == kind, leaf.c.ref == ref)
        place = self.connection.execute(sa.select(leaf.c.position).where(own)).scalar_one()
        self.delete(leaf, own)
        later = sa.select(leaf.c.position).where(leaf.c.position > place).order_by(leaf.c.position)
        for position in self.connection.execute(later).scalars().all():
            one = leaf.c.position == position
            self.connection.execute(leaf.update().where(one).values(position=position - 1))


Kind = Callable[[Scene], str | None]
"""Does one thing to a ledger; returns what, None where the ledger offers nothing of the kind."""
