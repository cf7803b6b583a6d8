"""Seal what was recorded: append its leaves to the tree and sign the head, outside the commit path.

Posting only notes what is pending. A sealer takes that in order, in batches that are each one short
transaction: leaves, the tiles they finish, and with the last batch the signed head. After a crash
between two of them the next sealer goes on from there. Decision 0003 says why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from models.book import Book
from models.checkpoint import BadNote, Checkpoint, Signer, checkpoint_of, key_name, opened, signed
from models.database import is_sqlite, reading
from models.leaves import DOCUMENT, VERSION, document_leaf, version_leaf
from models.ledger import Ledger
from models.merkle import Tile
from models.names import Names
from models.tables import cosignature, document, instance, pending_seal, tree_head, tree_tile, version
from models.tree import SIGNING_KEY, TreeHead, edge_of, newest_head, size_of
from models.unfinished import writers_finished
from models.versions import Stamp, record_versions

__all__ = ["BATCH_LEAVES", "SEALER", "is_pending", "origin_of", "record_key", "seal"]

BATCH_LEAVES = 1024
"""Leaves appended in one transaction: few, so that nobody who posts waits long for it."""

SEALER = "sealer"
"""Who is said to have recorded a signing key."""

_Spans = Mapping[str, tuple[int, int]]
"""For each kind, the number after which and the last number up to which there may be something to seal now."""


@dataclass(frozen=True)
class _Batch:
    """Leaves to append to a tree of a size, and what they make of it."""

    size_before: int
    leaves: list[tuple[str, int, bytes]]  # kind, ref, hash
    tiles: list[Tile]
    root: bytes

    @property
    def size(self) -> int:
        return self.size_before + len(self.leaves)


def origin_of(connection: sa.Connection) -> str:
    """Return the ledger's name as its checkpoints and its key carry it."""
    return key_name(connection.execute(sa.select(instance.c.name)).scalar_one())


def is_pending(connection: sa.Connection) -> bool:
    """Say whether anything waits to be sealed: a document, a version, or leaves without a signed head."""
    if connection.execute(sa.select(pending_seal.c.ref).limit(1)).first() is not None:
        return True
    head = newest_head(connection)
    return size_of(connection) > (head.size if head else 0)


def seal(ledger: Ledger, *, key: Signer, at: int) -> TreeHead | None:
    """Seal everything recorded so far; return the head that was signed, None where there was nothing to do.

    `at`: now, in UTC microseconds. Two sealers may run at once: each batch is appended by one of them.
    """
    with reading(ledger.engine) as connection:
        if not is_pending(connection):
            return None
    record_key(ledger, key, at)
    bounds = _bounds(ledger.engine)
    spans = {kind: (0, last) for kind, last in bounds.items()}
    while spans:
        with reading(ledger.engine) as connection:
            batch = _next_batch(connection, spans)
        whole = len(batch.leaves) < BATCH_LEAVES
        appended, head = ledger.write(_appending(batch, key if whole else None, at))
        if appended and whole:
            return head
        if appended:
            # PostgreSQL would read all that was taken out before, batch after batch, to find what is left.
            spans |= {kind: (ref, bounds[kind]) for kind, ref, _ in batch.leaves}
    return None


def record_key(ledger: Ledger, key: Signer, at: int) -> None:
    """Record a public key when it is first used, as a version that is sealed like any other.

    With it where days begin and end, which nothing else seals.
    """
    key_id = key.public.id.hex()
    query = sa.select(version.c.id).where(version.c.subject == SIGNING_KEY, version.c.key == key_id)
    with reading(ledger.engine) as connection:
        if connection.execute(query).first() is not None:
            return

    def record(book: Book, _: Names) -> None:
        _lock_tree(book.connection)
        if book.connection.execute(query).first() is None:
            zone = book.connection.execute(sa.select(instance.c.timezone)).scalar_one()
            row = (key_id, {"vkey": key.public.text, "timezone": zone})
            record_versions(book.connection, SIGNING_KEY, [row], Stamp(SEALER, at))

    ledger.write(record)


def _bounds(engine: sa.Engine) -> dict[str, int]:
    """Return the last number of each kind below which no other can appear any more; {} where writers linger.

    SQLite has one writer at a time, so numbers appear in order. In PostgreSQL a writer may have drawn a
    number and not yet committed it: whoever writes now is waited for, without holding anybody up.
    """
    query = sa.select(pending_seal.c.kind, sa.func.max(pending_seal.c.ref)).group_by(pending_seal.c.kind)
    with reading(engine) as connection:
        found = {row.kind: row[1] for row in connection.execute(query)}
    bounds = {DOCUMENT: 0, VERSION: 0} | found
    return bounds if writers_finished(engine) else {}


def _next_batch(connection: sa.Connection, spans: _Spans) -> _Batch:
    edge = edge_of(connection)
    before = edge.size
    leaves = _pending_versions(connection, spans[VERSION], BATCH_LEAVES)
    if len(leaves) < BATCH_LEAVES:
        leaves += _pending_documents(connection, spans[DOCUMENT], BATCH_LEAVES - len(leaves))
    tiles = [tile for _, _, hash_ in leaves for tile in edge.append(hash_)]
    return _Batch(before, leaves, tiles, edge.root())


def _pending_versions(connection: sa.Connection, span: tuple[int, int], most: int) -> list[tuple[str, int, bytes]]:
    query = _pending(version, VERSION, span, most)
    columns = (version.c.id, version.c.subject, version.c.key, version.c.actor)
    query = query.with_only_columns(*columns, version.c.recorded_at, version.c.body_hash)
    return [
        (
            VERSION,
            row.id,
            version_leaf(
                id_=row.id,
                subject=row.subject,
                key=row.key,
                actor=row.actor,
                recorded_at=row.recorded_at,
                body_hash=row.body_hash,
            ),
        )
        for row in connection.execute(query).all()
    ]


def _pending_documents(connection: sa.Connection, span: tuple[int, int], most: int) -> list[tuple[str, int, bytes]]:
    query = _pending(document, DOCUMENT, span, most)
    query = query.with_only_columns(document.c.id, document.c.recorded_at, document.c.body_hash)
    return [
        (DOCUMENT, row.id, document_leaf(id_=row.id, recorded_at=row.recorded_at, body_hash=row.body_hash))
        for row in connection.execute(query).all()
    ]


def _pending(table: sa.Table, kind: str, span: tuple[int, int], most: int) -> sa.Select[Any]:
    # What waits is counted off first: joined and then cut, PostgreSQL reads and sorts all that waits for each batch.
    waiting = (
        sa.select(pending_seal.c.ref)
        .where(pending_seal.c.kind == kind, pending_seal.c.ref > span[0], pending_seal.c.ref <= span[1])
        .order_by(pending_seal.c.ref)
        .limit(most)
        .subquery("waiting")
    )
    return sa.select(table).join(waiting, waiting.c.ref == table.c.id).order_by(waiting.c.ref)


def _appending(batch: _Batch, key: Signer | None, at: int) -> Callable[[Book, Names], tuple[bool, TreeHead | None]]:
    """Return what appends a batch and, given a key, signs the head; (False, None) where another was first."""

    def append(book: Book, _: Names) -> tuple[bool, TreeHead | None]:
        connection = book.connection
        _lock_tree(connection)
        if size_of(connection) != batch.size_before:
            return False, None
        if batch.leaves:
            _write_leaves(connection, batch)
        former = newest_head(connection)
        if key is None or batch.size <= (former.size if former else 0):
            return True, None
        signed_at = max(at, former.signed_at if former else at)
        witnessed = _witnessed(connection, former)
        head = Checkpoint(origin_of(connection), batch.size, batch.root, signed_at, witnessed)
        made = TreeHead(batch.size, batch.root, signed_at, signed(head, key))
        connection.execute(tree_head.insert(), vars(made))
        return True, made

    return append


def _witnessed(connection: sa.Connection, former: TreeHead | None) -> int:
    """Return how many signatures of witnesses are kept: as many as the former head says, and those that came since.

    A head tells it, so that whoever deletes one later is found by every head that was signed with it there.
    """
    if former is None:
        return 0
    query = sa.select(sa.func.count()).select_from(cosignature).where(cosignature.c.size >= former.size)
    since = connection.execute(query).scalar() or 0
    try:
        return checkpoint_of(opened(former.checkpoint)[0]).witnessed + since
    except BadNote:
        return since  # it was spoilt; the audit says so, and sealing goes on


def _lock_tree(connection: sa.Connection) -> None:
    """Let one sealer append at a time; SQLite's transaction is that lock already."""
    if not is_sqlite(connection):
        connection.execute(sa.select(instance.c.id).with_for_update())


_SEALED = "DELETE FROM pending_seal WHERE (kind, ref) IN (SELECT * FROM unnest(%s::text[], %s::bigint[]))"


def _write_leaves(connection: sa.Connection, batch: _Batch) -> None:
    rows = [(place, *each) for place, each in enumerate(batch.leaves, batch.size_before)]
    # To the driver itself: this is nearly all that sealing costs those who post.
    cursor = connection.connection.cursor()
    if is_sqlite(connection):
        cursor.executemany("INSERT INTO leaf (position, kind, ref, hash) VALUES (?, ?, ?, ?)", rows)
        cursor.executemany("DELETE FROM pending_seal WHERE kind = ? AND ref BETWEEN ? AND ?", _runs(batch.leaves))
    else:
        with cursor.copy("COPY leaf (position, kind, ref, hash) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        sealed = [(kind, ref) for kind, ref, _ in batch.leaves]
        cursor.execute(_SEALED, [list(each) for each in zip(*sealed, strict=True)])
    if batch.tiles:
        connection.execute(tree_tile.insert(), [vars(tile) for tile in batch.tiles])


def _runs(leaves: Sequence[tuple[str, int, bytes]]) -> list[tuple[str, int, int]]:
    """Return the leaves' numbers as runs without a gap (kind, first, last).

    A run holds nothing that was not sealed, so what is pending and was not sealed stays pending.

    >>> _runs([("document", 4, b""), ("document", 5, b""), ("document", 7, b""), ("version", 8, b"")])
    [('document', 4, 5), ('document', 7, 7), ('version', 8, 8)]
    """
    runs: list[tuple[str, int, int]] = []
    for kind, ref, _ in leaves:
        if runs and runs[-1][0] == kind and runs[-1][2] == ref - 1:
            runs[-1] = (kind, runs[-1][1], ref)
        else:
            runs.append((kind, ref, ref))
    return runs
