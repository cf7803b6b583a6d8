"""What somebody can do who owns a ledger's database: pass by its guards, mend what shows, rebuild every hash.

`past_the_guards` gives a connection for any statement; `mend_sums` makes balances fit the lines again, `rebuild`
hashes, leaves, tiles and roots, and signs the heads anew where there is a key.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from models.checkpoint import Checkpoint, Signer, key_name, signed
from models.cosigning import cosign
from models.database import is_sqlite
from models.guards import add_guards
from models.leaves import DOCUMENT, VERSION, document_leaf, version_leaf
from models.merkle import Edge
from models.tables import balance, cosignature, counted, document, instance, leaf, move, tree_head, tree_tile, version

__all__ = ["mend_sums", "past_the_guards", "rebuild", "rehash", "sign_as_folder"]


@contextlib.contextmanager
def past_the_guards(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Give a connection that no guard stops; when the block ends the guards are there again."""
    with engine.connect() as connection:
        _without_guards(connection)
        yield connection
        if is_sqlite(connection):
            add_guards(connection)
        connection.commit()


def _without_guards(connection: sa.Connection) -> None:
    if not is_sqlite(connection):
        # Guards and foreign keys are triggers there, and whoever owns the server can pass over all of them.
        connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        return
    connection.rollback()
    driver: Any = connection.connection.driver_connection
    for pragma in ("foreign_keys = 0", "ignore_check_constraints = 1"):
        driver.execute(f"PRAGMA {pragma}")
    triggers = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
    for name in triggers:
        connection.exec_driver_sql(f"DROP TRIGGER {name}")


def rehash(connection: sa.Connection) -> None:
    """Give every text of a document or version the hash that fits it."""
    for table in (document, version):
        rows = connection.execute(sa.select(table.c.id, table.c.body, table.c.body_hash)).all()
        for row in rows:
            digest = hashlib.sha256(row.body.encode()).digest()
            if digest != bytes(row.body_hash):
                connection.execute(table.update().where(table.c.id == row.id).values(body_hash=digest))


def rebuild(connection: sa.Connection, key: Signer | None) -> None:
    """Rewrite every hash, leaf, tile and root so that they fit what the rows say, in the leaves' order.

    `key`: signs the heads anew, in the place of whoever signed them; without it they keep their signatures.
    """
    rehash(connection)
    order = connection.execute(sa.select(leaf.c.kind, leaf.c.ref).order_by(leaf.c.position)).all()
    heads = connection.execute(sa.select(tree_head).order_by(tree_head.c.size)).all()
    rows = {(kind, row.id): row for kind, table in _SEALED.items() for row in connection.execute(sa.select(table))}
    edge, roots = Edge(), dict[int, bytes]()
    leaves: list[dict[str, Any]] = []
    tiles: list[dict[str, Any]] = []
    for kind, ref in order:
        hash_ = _leaf_of(kind, rows[kind, ref])
        leaves.append({"position": len(leaves), "kind": kind, "ref": ref, "hash": hash_})
        tiles += [vars(tile) for tile in edge.append(hash_)]
        roots[edge.size] = edge.root()
    for table in (leaf, tree_tile, tree_head):
        connection.execute(table.delete())
    connection.execute(leaf.insert(), leaves)
    if tiles:
        connection.execute(tree_tile.insert(), tiles)
    _resign(connection, key, {head.size: head for head in heads if head.size in roots}, roots)


_SEALED = {DOCUMENT: document, VERSION: version}


def _leaf_of(kind: str, row: Any) -> bytes:
    about = {"id_": row.id, "recorded_at": row.recorded_at, "body_hash": bytes(row.body_hash)}
    if kind == DOCUMENT:
        return document_leaf(**about)
    return version_leaf(**about, subject=row.subject, key=row.key, actor=row.actor)


def _resign(
    connection: sa.Connection, key: Signer | None, heads: Mapping[int, Any], roots: Mapping[int, bytes]
) -> None:
    """Write the heads over the new roots; with a key one is over all leaves, and each counts witnesses as it should."""
    origin = key_name(connection.execute(sa.select(instance.c.name)).scalar_one())
    sizes = sorted({*heads, max(roots)}) if key else sorted(heads)
    witnessed = sorted(connection.execute(sa.select(cosignature.c.size)).scalars())
    last = 0
    for size in sizes:
        head = heads.get(size)
        last = head.signed_at if head else last
        note = head.checkpoint if head else ""
        if key:
            many = sum(each < size for each in witnessed)
            note = signed(Checkpoint(origin, size, roots[size], last, many), key)
        connection.execute(
            tree_head.insert(), {"size": size, "root": roots[size], "signed_at": last, "checkpoint": note}
        )


def sign_as_folder(connection: sa.Connection, name: str, key: Signer) -> None:
    """Sign again, with the ledger's key, in the name of a witness that is a folder: a folder has no key of its own."""
    query = sa.select(cosignature.c.size, tree_head.c.checkpoint, tree_head.c.signed_at)
    query = query.join(tree_head, tree_head.c.size == cosignature.c.size).where(cosignature.c.witness == name)
    for size, note, at in connection.execute(query).all():
        line = cosign(note, key, seconds=at // 1_000_000, name=f"{key.public.name}/{name}")
        own = sa.and_(cosignature.c.size == size, cosignature.c.witness == name)
        connection.execute(cosignature.update().where(own).values(signature=line))


def mend_sums(connection: sa.Connection) -> None:
    """Make the balances after every line, and the stored ones, those of the lines as they stand."""
    held: dict[tuple[int, int], int] = defaultdict(int)
    latest: dict[tuple[int, int], int] = defaultdict(int)
    query = sa.select(move).order_by(move.c.document, move.c.line)
    for row in connection.execute(query).all():
        source, target = (row.from_location, row.lot), (row.to_location, row.lot)
        held[source] -= row.units
        held[target] += row.units
        for account in (source, target):
            latest[account] = max(latest[account], row.at)
        if (held[source], held[target]) != (row.from_after, row.to_after):
            own = sa.and_(move.c.document == row.document, move.c.line == row.line)
            connection.execute(move.update().where(own).values(from_after=held[source], to_after=held[target]))
    for row in connection.execute(sa.select(counted).where(counted.c.lot.is_not(None))).all():
        latest[row.location, row.lot] = max(latest[row.location, row.lot], row.at)
    for row in connection.execute(sa.select(balance)).all():
        account = (row.location, row.lot)
        if (held[account], latest[account]) != (row.units, row.last_at):
            own = sa.and_(balance.c.location == row.location, balance.c.lot == row.lot)
            connection.execute(balance.update().where(own).values(units=held[account], last_at=latest[account]))
