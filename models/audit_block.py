"""A block of documents, from one number to another, with everything that was recorded of each."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import sqlalchemy as sa

from allocator.sentence import say
from models.audit_bodies import DocumentRow, Rows
from models.audit_catalogue import Catalogue
from models.audit_findings import Fault
from models.audit_reading import Reader, Wholes
from models.leaves import DOCUMENT
from models.tables import counted, document, leaf, lot_mark, move

__all__ = ["Block", "read_block", "sealed_and_gone"]


@dataclass(frozen=True)
class Block:
    """A block of documents as read. `moves`: columns as `MOVE_COLUMNS`; `begins`: where each document's lines begin."""

    documents: Sequence[DocumentRow]
    numbers: Wholes
    moves: Wholes
    begins: Wholes
    rows: Rows
    leaves: Mapping[int, tuple[int, bytes]]  # place in the tree, hash

    def documents_of_lines(self) -> Wholes:
        """Return for each line the position of its document in the block."""
        return np.repeat(np.arange(len(self.numbers)), np.diff(self.begins, append=len(self.moves)))


def read_block(reader: Reader, catalogue: Catalogue, first: int, last: int) -> Block | Fault:
    """Return the documents numbered from `first` to `last`, or what refers to nothing."""
    documents = _documents(reader, first, last)
    moves = _moves(reader, catalogue, first, last)
    numbers = np.array([each.id for each in documents], dtype=np.int64)
    begins = np.searchsorted(moves[:, 0], numbers)
    rows = _rows(reader, catalogue, first, last)
    if isinstance(rows, Fault):
        return rows
    read = Block(documents, numbers, moves, begins, rows, _leaves(reader, first, last))
    return _dangling(read) or _misnumbered(read) or read


def _dangling(block: Block) -> Fault | None:
    """Return what refers to nothing: lines of no document, lines at no place or of no lot."""
    known = set(block.numbers.tolist())
    homeless = [int(each) for each in np.unique(block.moves[:, 0]) if int(each) not in known]
    homeless += [each for each in (*block.rows.counted, *block.rows.marks) if each not in known]
    if homeless and min(homeless) in block.leaves:
        # Said before the rows are compared: they would be taken for those of the document before it.
        return sealed_and_gone(min(homeless))
    if homeless:
        return Fault("rows", say("There are rows of document {number}, and no such document.", number=min(homeless)))
    nowhere = np.flatnonzero((block.moves[:, 2:5] < 0).any(axis=1))
    if len(nowhere):
        number = int(block.moves[nowhere[0], 0])
        return Fault("rows", say("A line of document {number} names a place or lot that is not there.", number=number))
    return None


def sealed_and_gone(number: int) -> Fault:
    """Return the fault of a document that has a leaf and no row."""
    return Fault("leaf", say("Document {number} was sealed, and is not there any more.", number=number))


def _misnumbered(block: Block) -> Fault | None:
    """Return what numbers its lines otherwise than one after the other from 0."""
    document = block.moves[:, 0]
    due = np.arange(len(document)) - np.searchsorted(document, document)
    wrong = np.flatnonzero(due != block.moves[:, 1])
    if not len(wrong):
        return None
    number, line = block.moves[wrong[0], :2].tolist()
    return Fault("rows", say("Document {number} has a line {line} that is out of order.", number=number, line=line + 1))


_DOCUMENT = (
    *("id", "idem_key", "type", "site", "actor", "approver", "occurred_at", "recorded_at", "reason"),
    *("refers_to", "reverses", "allocation", "shipment", "body", "body_hash"),
)


def _documents(reader: Reader, first: int, last: int) -> list[DocumentRow]:
    query = sa.select(*(document.c[name] for name in _DOCUMENT)).where(document.c.id.between(first, last))
    return [DocumentRow._make(row) for row in reader.rows(query.order_by(document.c.id))]


def _moves(reader: Reader, catalogue: Catalogue, first: int, last: int) -> Wholes:
    ends = (move.c.from_location, move.c.to_location, move.c.lot)
    columns = (move.c.document, move.c.line, *ends, move.c.units, move.c.at, move.c.from_after, move.c.to_after)
    counters = sa.func.coalesce(move.c.counters, sa.cast(-1, sa.BigInteger))
    query = sa.select(*columns, counters).where(move.c.document.between(first, last))
    read = reader.wholes(query.order_by(move.c.document, move.c.line))
    for column in (2, 3):
        read[:, column] = catalogue.places.positions(read[:, column])
    read[:, 4] = catalogue.lots.positions(read[:, 4])
    return read


def _rows(reader: Reader, catalogue: Catalogue, first: int, last: int) -> Rows | Fault:
    places = {id_: position for position, id_ in enumerate(catalogue.places.ids.tolist())}
    lots = {id_: position for position, id_ in enumerate(catalogue.lots.ids.tolist())}
    counts: dict[int, list[tuple[int, int, int | None, int, int]]] = defaultdict(list)
    columns = [counted.c[name] for name in ("document", "line", "location", "item", "lot", "units", "at")]
    query = sa.select(*columns).where(counted.c.document.between(first, last))
    for number, line, place, item_id, lot_id, units, at in reader.rows(query.order_by(*columns[:2])):
        lot = None if lot_id is None else lots.get(lot_id, -1)
        is_of_item = lot is None or lot == -1 or int(catalogue.lots.items[lot]) == item_id
        if place not in places or lot == -1 or not is_of_item or line != len(counts[number]):
            sentence = say("Line {line} of what document {number} counted is not as it was recorded.",
                           line=line + 1, number=number)  # fmt: skip
            return Fault("rows", sentence)
        counts[number].append((places[place], item_id, lot, units, at))
    marks: dict[int, list[tuple[int, str]]] = defaultdict(list)
    occurred = sa.select(document.c.occurred_at).where(document.c.id == lot_mark.c.document).scalar_subquery()
    marked = sa.select(lot_mark.c.document, lot_mark.c.lot, lot_mark.c.mark, lot_mark.c.at == occurred)
    marked = marked.where(lot_mark.c.document.between(first, last)).order_by(lot_mark.c.document, lot_mark.c.lot)
    for number, lot_id, mark, is_then in reader.rows(marked):
        if lot_id not in lots or is_then == 0:
            return Fault("rows", say("A mark of a lot by document {number} is not as it was recorded.", number=number))
        marks[number].append((lots[lot_id], mark))
    return Rows(counts, marks)


def _leaves(reader: Reader, first: int, last: int) -> dict[int, tuple[int, bytes]]:
    query = sa.select(leaf.c.ref, leaf.c.position, leaf.c.hash)
    query = query.where(leaf.c.kind == DOCUMENT, leaf.c.ref.between(first, last))
    return {ref: (place, hash_) for ref, place, hash_ in reader.rows(query)}
