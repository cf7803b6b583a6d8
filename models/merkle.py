"""The Merkle tree of RFC 9162 (section 2.1): one hash for any number of leaves, and short proofs about it.

Pure: hashes in, hashes out. A *node* is named by its height and its place in its row: node (h, i) is
the root of the whole subtree over the leaves from i·2^h to (i + 1)·2^h. A *tile* is the 256 nodes of a
row that have one ancestor eight rows up; tiles of level L hold nodes of height 8·L.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

__all__ = [
    "EMPTY_ROOT",
    "TILE_HASHES",
    "TILE_HEIGHT",
    "Edge",
    "Node",
    "Tile",
    "consistency_holds",
    "consistency_proof",
    "inclusion_holds",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "root_of",
]

TILE_HEIGHT = 8
TILE_HASHES = 2**TILE_HEIGHT

EMPTY_ROOT = hashlib.sha256().digest()
"""The root of a tree without leaves."""

Node = Callable[[int, int], bytes]
"""Gives the hash of a node by height and place; asked only for whole subtrees."""


def leaf_hash(content: bytes) -> bytes:
    """Return the hash of a leaf, 32 bytes: SHA-256 of 0x00 and its content."""
    return hashlib.sha256(b"\x00" + content).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Return the hash over two nodes, 32 bytes: SHA-256 of 0x01 and both."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(hashes: Iterable[bytes]) -> bytes:
    """Return the root over the hashes of leaves.

    >>> root_of([]).hex()[:8], root_of([leaf_hash(b"")]).hex()[:8]
    ('e3b0c442', '6e340b9c')
    """
    edge = Edge()
    for each in hashes:
        edge.append(each)
    return edge.root()


@dataclass(frozen=True)
class Tile:
    """A whole tile: its level, its place in that level, its 256 hashes one after the other, the node above them."""

    level: int
    position: int
    hashes: bytes
    root: bytes


class Edge:
    """The right edge of a growing tree: all that is needed to append leaves and to tell the root.

    `rows`: for each tile level, from 0, the hashes of its unfinished tile.

    >>> edge = Edge()
    >>> tiles = [tile for n in range(300) if (tile := edge.append(leaf_hash(b"%d" % n)))]
    >>> edge.size, len(tiles[0][0].hashes), [len(row) for row in edge.rows]
    (300, 8192, [44, 1])
    """

    def __init__(self, rows: Iterable[Sequence[bytes]] = ()) -> None:
        self.rows = [list(row) for row in rows] or [[]]
        self.size = sum(len(row) << (TILE_HEIGHT * level) for level, row in enumerate(self.rows))
        # Roots of the whole subtrees that the size is the sum of, largest first.
        self._peaks = [peak for row in reversed(self.rows) for peak in _peaks(row)]

    def append(self, leaf: bytes) -> list[Tile]:
        """Add the hash of a leaf; return the tiles that it finished, lowest first."""
        self.rows[0].append(leaf)
        tiles: list[Tile] = []
        node = leaf
        height = 0
        while self.size >> height & 1:
            node = node_hash(self._peaks.pop(), node)
            height += 1
            if height % TILE_HEIGHT == 0:
                tiles.append(self._finish(height // TILE_HEIGHT - 1, node))
        self._peaks.append(node)
        self.size += 1
        return tiles

    def root(self) -> bytes:
        """Return the root over all leaves so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in reversed(self._peaks[:-1]):
            root = node_hash(peak, root)
        return root

    def _finish(self, level: int, root: bytes) -> Tile:
        hashes = b"".join(self.rows[level])
        self.rows[level].clear()
        if level + 1 == len(self.rows):
            self.rows.append([])
        self.rows[level + 1].append(root)
        # `size` does not count the leaf that is being appended.
        return Tile(level, self.size >> (TILE_HEIGHT * (level + 1)), hashes, root)


def _peaks(row: Sequence[bytes]) -> list[bytes]:
    """Return the roots of the whole subtrees over a row of equal nodes, largest first."""
    peaks: list[bytes] = []
    for number, each in enumerate(row):
        node, height = each, 0
        while number >> height & 1:
            node = node_hash(peaks.pop(), node)
            height += 1
        peaks.append(node)
    return peaks


def _split(leaves: int) -> int:
    """Return the largest power of two below a number of leaves."""
    return 1 << (leaves - 1).bit_length() - 1


def _over(node: Node, start: int, end: int) -> bytes:
    """Return the hash over the leaves from `start` to `end`, as the tree itself divides them."""
    leaves = end - start
    if leaves & (leaves - 1) == 0:
        height = leaves.bit_length() - 1
        return node(height, start >> height)
    middle = start + _split(leaves)
    return node_hash(_over(node, start, middle), _over(node, middle, end))


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """Return the proof that a leaf is in the tree of a size (RFC 9162, 2.1.3.1).

    Raises:
        ValueError: there is no such leaf in it.

    """
    if not 0 <= index < size:
        raise ValueError(f"a tree of {size} leaves has no leaf {index}")
    proof: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            proof.append(_over(node, middle, end))
            end = middle
        else:
            proof.append(_over(node, start, middle))
            start = middle
    return proof[::-1]


def consistency_proof(node: Node, former: int, size: int) -> list[bytes]:
    """Return the proof that the tree of a former size is a prefix of the tree of a size (RFC 9162, 2.1.4.1).

    Raises:
        ValueError: the former size is 0 or larger than the size.

    """
    if not 0 < former <= size:
        raise ValueError(f"a tree of {former} leaves is no prefix of one of {size}")
    proof: list[bytes] = []
    start, end = 0, size
    while former != end:
        middle = start + _split(end - start)
        if former <= middle:
            proof.append(_over(node, middle, end))
            end = middle
        else:
            proof.append(_over(node, start, middle))
            start = middle
    # Where the former tree is itself a subtree of the new one, whoever checks knows its root already.
    if start:
        proof.append(_over(node, start, end))
    return proof[::-1]


def inclusion_holds(*, leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Say whether a proof shows that a leaf is in the tree with this root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, node = index, size - 1, leaf
    for each in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            node = node_hash(each, node)
            while place & 1 == 0 and place != 0:
                place, last = place >> 1, last >> 1
        else:
            node = node_hash(node, each)
        place, last = place >> 1, last >> 1
    return last == 0 and node == root


def consistency_holds(*, former: int, size: int, former_root: bytes, root: bytes, proof: Sequence[bytes]) -> bool:
    """Say whether a proof shows that one tree is a prefix of another (RFC 9162, 2.1.4.2)."""
    if not 0 < former <= size:
        return False
    if former == size:
        return not proof and former_root == root
    hashes = list(proof)
    if former & (former - 1) == 0:
        hashes.insert(0, former_root)
    if not hashes:
        return False
    place, last = former - 1, size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = hashes[0]
    for each in hashes[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(each, old), node_hash(each, new)
            while place & 1 == 0 and place != 0:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, each)
        place, last = place >> 1, last >> 1
    return last == 0 and (old, new) == (former_root, root)
