"""The tree from its leaves up: their order, the stored tiles, every head, every signature, heads kept outside."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from allocator.sentence import say
from models.audit_findings import Fault
from models.audit_reading import Reader
from models.checkpoint import BadNote, Checkpoint, VerifierKey, key_name, verified
from models.cosigning import cosigned_by
from models.leaves import DOCUMENT, VERSION
from models.merkle import Edge, Tile
from models.tables import instance, leaf, tree_head, tree_tile
from models.tree import keys_of

__all__ = ["Outside", "TreeFacts", "audit_tree"]


@dataclass(frozen=True)
class Outside:
    """A head kept outside the ledger. `name`: where, as people know it; `note`: the signed note.

    `printed`: the head on paper, which is not signed: whoever holds the paper knows where it came from.
    `cosigners`: keys of the witness that keeps it, one of which must have signed it too.
    """

    name: str
    note: str = ""
    printed: Checkpoint | None = None
    cosigners: tuple[VerifierKey, ...] = ()


@dataclass
class TreeFacts:
    """What was found of the tree: leaves, heads, keys, and the last number sealed of each kind."""

    leaves: int = 0
    heads: int = 0
    sealed: int = 0  # leaves that the newest head covers
    keys: Sequence[VerifierKey] = ()
    last: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Head:
    checkpoint: Checkpoint
    outside: str  # where it is kept; "" for the ledger's own


def audit_tree(reader: Reader, *, leaves: int, outside: Sequence[Outside] = ()) -> tuple[Fault | None, TreeFacts]:
    """Check the tree of the first `leaves` leaves; return what does not hold, and what there is."""
    facts = TreeFacts()
    try:
        facts.keys = keys_of(reader.connection)
    except (BadNote, KeyError, ValueError):
        return Fault("signatures", say("A signing key that the ledger records cannot be read.")), facts
    heads = _own_heads(reader, facts, leaves)
    if isinstance(heads, Fault):
        return heads, facts
    kept = _outside_heads(outside, facts.keys, leaves)
    if isinstance(kept, Fault):
        return kept, facts
    due = sorted([*heads, *kept], key=lambda head: head.checkpoint.size)
    with contextlib.closing(_Tiles(reader)) as stored:
        return _grow(reader, facts, due, leaves, stored), facts


def _own_heads(reader: Reader, facts: TreeFacts, leaves: int) -> list[_Head] | Fault:
    columns = (tree_head.c.size, tree_head.c.root, tree_head.c.signed_at, tree_head.c.checkpoint)
    query = sa.select(*columns).where(tree_head.c.size <= leaves).order_by(tree_head.c.size)
    heads: list[_Head] = []
    before = 0
    origin = key_name(reader.one(sa.select(instance.c.name)) or "")
    for size, root, signed_at, note in reader.rows(query):
        try:
            checkpoint, _ = verified(note, facts.keys)
        except BadNote as error:
            sentence = say(
                "The head over {size} leaves is not signed as it stands: {why}.", size=size, why=error.sentence
            )
            return Fault("signatures", sentence)
        if checkpoint.origin != origin:
            sentence = say(
                "The head over {size} leaves is of the ledger {other}, and this one is called {own}.",
                size=size,
                other=checkpoint.origin,
                own=origin,
            )
            return Fault("signatures", sentence)
        if (checkpoint.size, checkpoint.root) != (size, root):
            return Fault("signatures", say("The head over {size} leaves is signed for another tree.", size=size))
        if checkpoint.signed_at != signed_at:
            return Fault("signatures", say("The head over {size} leaves is not signed at the time it says.", size=size))
        if signed_at < before:
            return Fault("heads", say("The head over {size} leaves is older than the one before it.", size=size))
        before = signed_at
        heads.append(_Head(checkpoint, ""))
        facts.heads += 1
        facts.sealed = size
    return heads


def _outside_heads(outside: Sequence[Outside], keys: Sequence[VerifierKey], leaves: int) -> list[_Head] | Fault:
    heads: list[_Head] = []
    for each in outside:
        try:
            checkpoint = each.printed or verified(each.note, keys)[0]
            if each.cosigners:
                _check_cosigned(each)
        except BadNote as error:
            sentence = say(
                "{place} is no head of this ledger: {why}. Either it is another ledger's, or this ledger's keys "
                "were exchanged.",
                place=each.name,
                why=error.sentence,
            )
            return Fault("outside", sentence)
        if checkpoint.size > leaves:
            sentence = say(
                "By the head in {place} the ledger had {due} leaves; now it has {found}.",
                place=each.name,
                due=checkpoint.size,
                found=leaves,
            )
            return Fault("outside", sentence)
        heads.append(_Head(checkpoint, each.name))
    return heads


def _check_cosigned(each: Outside) -> None:
    """Check the signature of the witness that keeps a head, which is its last line.

    Raises:
        BadNote: it does not hold, or other lines stand there.

    """
    text, _, lines = each.note.rpartition("\n\n")
    _, _, last = lines[:-1].rpartition("\n")
    if cosigned_by(f"{text}\n\n{lines}", f"{last}\n", each.cosigners).line != f"{last}\n":
        raise BadNote(say("it is not kept as it came"))


def _grow(reader: Reader, facts: TreeFacts, due: Sequence[_Head], leaves: int, stored: _Tiles) -> Fault | None:
    """Append leaf after leaf, and compare with what is stored and signed on the way."""
    edge = Edge()
    waiting = iter(due)
    head = next(waiting, None)
    for position, kind, ref, hash_ in _leaves(reader, leaves):
        fault = _out_of_order(position, edge.size, kind, ref, facts.last)
        if fault is not None:
            return fault
        for tile in edge.append(hash_):
            if not stored.has(tile):
                sentence = say("A stored part of the tree over leaf {leaf} is not that of its leaves.", leaf=position)
                return Fault("tiles", sentence)
        while head is not None and head.checkpoint.size == edge.size:
            if head.checkpoint.root != edge.root():
                return _altered(head)
            head = next(waiting, None)
    facts.leaves = edge.size
    if edge.size != leaves or head is not None:
        return Fault("order", say("Of {due} leaves only {found} are there.", due=leaves, found=edge.size))
    return None


def _leaves(reader: Reader, leaves: int) -> Iterator[tuple[int, str, int, bytes]]:
    query = sa.select(leaf.c.position, leaf.c.kind, leaf.c.ref, leaf.c.hash)
    for block in reader.blocks(query.where(leaf.c.position < leaves).order_by(leaf.c.position)):
        yield from block


def _out_of_order(position: int, due: int, kind: str, ref: int, last: dict[str, int]) -> Fault | None:
    if position != due:
        return Fault("order", say("Leaf {due} is missing; the next one is leaf {found}.", due=due, found=position))
    if kind not in (DOCUMENT, VERSION):
        return Fault("order", say("Leaf {leaf} is said to be of {kind}, which is nothing.", leaf=position, kind=kind))
    if ref <= last.get(kind, 0):
        sentence = say(
            "Leaf {leaf} is out of order: number {ref} after {last}.", leaf=position, ref=ref, last=last.get(kind, 0)
        )
        return Fault("order", sentence)
    last[kind] = ref
    return None


def _altered(head: _Head) -> Fault:
    if head.outside:
        sentence = say(
            "What the ledger held when the head in {place} was signed ({size} leaves) was altered since.",
            place=head.outside,
            size=head.checkpoint.size,
        )
        return Fault("outside", sentence)
    return Fault("heads", say("The head over {size} leaves is not that of the leaves.", size=head.checkpoint.size))


class _Tiles:
    """The stored tiles, read along with the leaves that finish them."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._rows: dict[int, Generator[tuple[int, bytes, bytes], None, None]] = {}

    def has(self, tile: Tile) -> bool:
        """Say whether the next stored tile of this level is this one."""
        if tile.level not in self._rows:
            self._rows[tile.level] = self._level(tile.level)
        return next(self._rows[tile.level], None) == (tile.position, tile.root, tile.hashes)

    def close(self) -> None:
        """Let go of what is half read, before its connection ends."""
        for rows in self._rows.values():
            rows.close()

    def _level(self, level: int) -> Generator[tuple[int, bytes, bytes], None, None]:
        query = sa.select(tree_tile.c.position, tree_tile.c.root, tree_tile.c.hashes)
        for block in self._reader.blocks(query.where(tree_tile.c.level == level).order_by(tree_tile.c.position)):
            yield from block
