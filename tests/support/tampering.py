"""A sealed ledger with some of everything, and ways of altering it that no guard stops."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa
from ledgers import MASKS, Book, a_ledger, at

from models.audit import Report, audit
from models.audit_tree import Outside
from models.checkpoint import Checkpoint, Signer, signed
from models.database import reading
from models.entry import Line, LotKey, Mark
from models.guards import add_guards
from models.leaves import DOCUMENT, VERSION, document_leaf, version_leaf
from models.ledger import Ledger
from models.merkle import Edge
from models.sealing import seal
from models.tables import document, instance, leaf, tree_head, tree_tile, version
from models.tree import newest_head

__all__ = ["KEY", "LOT", "NOW", "Sealed", "audited", "past_the_guards", "said", "sealed_ledger", "tamper"]

KEY = Signer("test", seed=bytes(32))
NOW = at(100) + 1_000_000
LOT = LotKey("I2", "L1", expires="2020-06-01")


@dataclass(frozen=True)
class Sealed:
    """A ledger, and a head of it that was taken outside early: after its first three documents."""

    ledger: Ledger
    kept: Outside


def sealed_ledger(url: str = "") -> Sealed:
    """Make a ledger of thirteen documents under two heads, with every kind of row; everything in it holds."""
    book = Book(a_ledger(url))
    book.change(100, day=0)  # 1
    book.change(-30, day=1)  # 2
    book.change(-5, day=3)  # 3
    seal(book.ledger, key=KEY, at=at(100) + 100)
    with reading(book.ledger.engine) as connection:
        head = newest_head(connection)
    assert head is not None
    book.count({MASKS: 60}, day=4)  # 4: five too few
    book.change(7, day=2)  # 5: back-dated, so it carries a counter-line
    book.count({None: 0}, day=5, item="I3")  # 6
    book.post("reverse", Line("CONSUMED:D1", "D1", MASKS, 5), reverses=3, day=3)  # 7
    book.post("transfer", Line("D1", "IN_TRANSIT:T1", MASKS, 20), day=6, shipment="T1", approver="B")  # 8
    book.post("confirm", Line("IN_TRANSIT:T1", "P1", MASKS, 19), day=7, shipment="T1", refers_to=8)  # 9
    book.change(40, day=6, lot=LOT, details={"price_micro": 1_200_000, "certificate": "C-7"})  # 10
    book.change(-10, day=7, lot=LOT, reason="use “at once”")  # 11
    book.post("recall", Line("D1", "QUARANTINE:D1", LOT, 30), day=8, marks=(Mark(LOT, "recalled"),))  # 12
    book.change(1, day=9)  # 13
    seal(book.ledger, key=KEY, at=NOW)
    return Sealed(book.ledger, Outside("head.txt", head.checkpoint))


def tamper(ledger: Ledger, *statements: str, stolen_key: Signer | None = None, retell: bool = False) -> None:
    """Alter a ledger as somebody could who owns its database, and put the guards back afterwards.

    `retell`: then rewrite every hash, leaf, tile and root so that they fit; heads are signed anew with
    `stolen_key`, else they keep their former signatures.
    """
    with past_the_guards(ledger) as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
        if retell or stolen_key:
            _retell(connection, stolen_key)


@contextlib.contextmanager
def past_the_guards(ledger: Ledger) -> Iterator[sa.Connection]:
    """Give a connection that no guard stops; when the block ends the guards are there again."""
    with ledger.engine.connect() as connection:
        _without_guards(connection)
        yield connection
        if connection.dialect.name == "sqlite":
            add_guards(connection)
        connection.commit()


def _without_guards(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        connection.rollback()
        for pragma in ("foreign_keys = 0", "ignore_check_constraints = 1"):
            connection.connection.driver_connection.execute(f"PRAGMA {pragma}")
        triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        for name in triggers:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        # Guards and foreign keys are triggers there, and whoever owns the server can pass over all of them.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")


def _retell(connection: sa.Connection, key: Signer | None) -> None:
    for table in (document, version):
        for row in connection.execute(sa.select(table.c.id, table.c.body)).all():
            digest = hashlib.sha256(row.body.encode()).digest()
            connection.execute(table.update().where(table.c.id == row.id).values(body_hash=digest))
    documents = {row.id: row for row in connection.execute(sa.select(document))}
    versions = {row.id: row for row in connection.execute(sa.select(version))}
    order = connection.execute(sa.select(leaf.c.kind, leaf.c.ref).order_by(leaf.c.position)).all()
    heads = connection.execute(sa.select(tree_head).order_by(tree_head.c.size)).all()
    for table in (leaf, tree_tile, tree_head):
        connection.execute(table.delete())
    edge = Edge()
    roots = {}
    for position, (kind, ref) in enumerate(order):
        row = (documents if kind == DOCUMENT else versions)[ref]
        about = {"id_": ref, "recorded_at": row.recorded_at, "body_hash": row.body_hash}
        if kind == VERSION:
            about |= {"subject": row.subject, "key": row.key, "actor": row.actor}
        hash_ = (document_leaf if kind == DOCUMENT else version_leaf)(**about)
        connection.execute(leaf.insert(), {"position": position, "kind": kind, "ref": ref, "hash": hash_})
        for tile in edge.append(hash_):
            connection.execute(tree_tile.insert(), vars(tile))
        roots[edge.size] = edge.root()
    origin = connection.execute(sa.select(instance.c.name)).scalar_one()
    for head in heads:
        note = signed(Checkpoint(origin, head.size, roots[head.size], head.signed_at), key) if key else head.checkpoint
        row = {"size": head.size, "root": roots[head.size], "signed_at": head.signed_at, "checkpoint": note}
        connection.execute(tree_head.insert(), row)


def audited(ledger: Ledger, *outside: Outside, at: int = NOW, hands: int = 1) -> Report:
    """Audit a ledger."""
    return audit(ledger, at=at, outside=outside, hands=hands)


def said(report: Report) -> tuple[str, str]:
    """Return which check found something, and what."""
    return ("", "") if report.fault is None else (report.fault.check, str(report.fault.sentence))
