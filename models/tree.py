"""The tree as the ledger keeps it: leaves, whole tiles of 256, signed heads, and the keys that sign."""

from __future__ import annotations

import json
from dataclasses import dataclass

import sqlalchemy as sa

from models.checkpoint import VerifierKey
from models.merkle import TILE_HASHES, TILE_HEIGHT, Edge, root_of
from models.tables import leaf, tree_head, tree_tile, version

__all__ = ["SIGNING_KEY", "Nodes", "TreeHead", "edge_of", "keys_of", "newest_head", "place_of", "size_of"]

SIGNING_KEY = "signing_key"
"""The subject of the versions that record public keys; so each key is a leaf of the tree it signs."""

_HASH_BYTES = 32


@dataclass(frozen=True)
class TreeHead:
    """A signed head. `signed_at`: UTC microseconds; `checkpoint`: the signed note, which says size and root too."""

    size: int
    root: bytes
    signed_at: int
    checkpoint: str


def newest_head(connection: sa.Connection) -> TreeHead | None:
    """Return the head of the largest tree that was signed."""
    row = connection.execute(sa.select(tree_head).order_by(tree_head.c.size.desc()).limit(1)).first()
    return None if row is None else TreeHead(row.size, bytes(row.root), row.signed_at, row.checkpoint)


def size_of(connection: sa.Connection) -> int:
    """Return how many leaves there are, signed or not."""
    last = connection.execute(sa.select(sa.func.max(leaf.c.position))).scalar()
    return 0 if last is None else last + 1


def keys_of(connection: sa.Connection) -> list[VerifierKey]:
    """Return the public keys that sign this ledger's heads, oldest first.

    Raises:
        BadNote: a recorded key cannot be read.

    """
    query = sa.select(version.c.body).where(version.c.subject == SIGNING_KEY).order_by(version.c.id)
    return [VerifierKey.of(json.loads(body)["row"]["vkey"]) for body in connection.execute(query).scalars()]


def place_of(connection: sa.Connection, kind: str, ref: int) -> int | None:
    """Return the place of a document's or version's leaf, None where it is not sealed yet."""
    query = sa.select(leaf.c.position).where(leaf.c.kind == kind, leaf.c.ref == ref)
    return connection.execute(query).scalar()


def edge_of(connection: sa.Connection) -> Edge:
    """Return the right edge of the tree: at most 255 hashes of each tile level are read."""
    size = size_of(connection)
    rows = [_leaves(connection, size - size % TILE_HASHES, size)]
    while size := size >> TILE_HEIGHT:
        rows.append(_roots(connection, len(rows) - 1, size - size % TILE_HASHES, size))
    return Edge(rows)


class Nodes:
    """The nodes of the tree by height and place, for proofs: a proof reads a handful of rows."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._rows: dict[tuple[int, int], list[bytes]] = {}

    def __call__(self, height: int, index: int) -> bytes:
        """Return the hash of a node over leaves that are all there."""
        level, above = divmod(height, TILE_HEIGHT)
        first = index << above
        row = self._row(level, first // TILE_HASHES)
        place = first % TILE_HASHES
        return root_of(row[place : place + (1 << above)])

    def _row(self, level: int, position: int) -> list[bytes]:
        if (level, position) not in self._rows:
            self._rows[level, position] = self._read(level, position)
        return self._rows[level, position]

    def _read(self, level: int, position: int) -> list[bytes]:
        query = sa.select(tree_tile.c.hashes).where(tree_tile.c.level == level, tree_tile.c.position == position)
        whole = self._connection.execute(query).scalar()
        if whole is not None:
            return [whole[start : start + _HASH_BYTES] for start in range(0, len(whole), _HASH_BYTES)]
        ends = (position * TILE_HASHES, (position + 1) * TILE_HASHES)
        return _roots(self._connection, level - 1, *ends) if level else _leaves(self._connection, *ends)


def _leaves(connection: sa.Connection, start: int, end: int) -> list[bytes]:
    query = sa.select(leaf.c.hash).where(leaf.c.position >= start, leaf.c.position < end).order_by(leaf.c.position)
    return [bytes(each) for each in connection.execute(query).scalars()]


def _roots(connection: sa.Connection, level: int, start: int, end: int) -> list[bytes]:
    query = (
        sa.select(tree_tile.c.root)
        .where(tree_tile.c.level == level, tree_tile.c.position >= start, tree_tile.c.position < end)
        .order_by(tree_tile.c.position)
    )
    return [bytes(each) for each in connection.execute(query).scalars()]
