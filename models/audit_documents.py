"""One block of documents, from one number to another: texts, rows, leaves, moves, reversals, running balances."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from allocator.sentence import say
from models.audit_block import Block, read_block, sealed_and_gone
from models.audit_bodies import difference, texts_of
from models.audit_catalogue import Catalogue
from models.audit_counts import Touched, touched_by
from models.audit_findings import Fault
from models.audit_moves import check_fitness, check_moves
from models.audit_reading import Reader, Wholes
from models.audit_reversals import check_reversals
from models.audit_running import Ends, check_running, ends_of, postings_of
from models.leaves import document_leaf

__all__ = ["Part", "Unsealed", "audit_block"]


@dataclass(frozen=True)
class Unsealed:
    """Documents of a block that no signed head covers: when the oldest was recorded, the first without a leaf."""

    oldest: int
    oldest_at: int
    without_leaf: int | None


@dataclass(frozen=True)
class Part:
    """What a block of documents leaves to be joined: accounts, lines on counted accounts, what is unsealed."""

    fault: Fault | None
    documents: int
    lines: int
    ends: Ends | None = None
    touched: Touched | None = None
    unsealed: Unsealed | None = None


def audit_block(
    reader: Reader, catalogue: Catalogue, *, first: int, last: int, sealed: int, counted_accounts: Wholes
) -> Part:
    """Check the documents numbered from `first` to `last`.

    `sealed`: leaves that the newest signed head covers; `counted_accounts`: sorted, see `audit_counts`.
    """
    read = read_block(reader, catalogue, first, last)
    if isinstance(read, Fault):
        return Part(read, 0, 0)
    size = (len(read.documents), len(read.moves))
    for fault in _faults(reader, read, catalogue):
        if fault is not None:
            return Part(fault, *size)
    postings = postings_of(read.moves, catalogue)
    fault = check_running(postings, catalogue)
    if fault is not None:
        return Part(fault, *size, ends=ends_of(postings))
    return Part(
        None,
        *size,
        ends=ends_of(postings),
        touched=touched_by(read.moves, _reversed_numbers(read), counted_accounts, catalogue),
        unsealed=_unsealed(read, sealed),
    )


def _faults(reader: Reader, block: Block, catalogue: Catalogue) -> Iterator[Fault | None]:
    """Yield what each check finds; the first that finds something is the last that runs."""
    lines = texts_of(block.moves, catalogue)
    checks: Iterable[Callable[[], Fault | None]] = (
        lambda: check_bodies(block),
        lambda: check_rows(block, lines, catalogue),
        lambda: check_leaves(block),
        lambda: check_approvers(block),
        lambda: check_moves(block, catalogue),
        lambda: check_fitness(block, catalogue),
        lambda: check_reversals(reader, block, catalogue),
    )
    return (check() for check in checks)


def check_bodies(block: Block) -> Fault | None:
    """Each text has the hash beside it."""
    for each in block.documents:
        if hashlib.sha256(each.body.encode()).digest() != each.body_hash:
            return Fault(
                "body", say("The text of document {number} is not what its hash was taken of.", number=each.id)
            )
    return None


def check_rows(block: Block, lines: Sequence[str], catalogue: Catalogue) -> Fault | None:
    """Each document's rows say what its text says."""
    ends = [*block.begins[1:].tolist(), len(lines)][: len(block.documents)]
    for each, begin, end in zip(block.documents, block.begins.tolist(), ends, strict=True):
        sentence = difference(each, lines[begin:end], block.rows, catalogue)
        if sentence is not None:
            return Fault("rows", sentence)
    return None


def check_leaves(block: Block) -> Fault | None:
    """Each leaf is that of its document as it stands."""
    for each in block.documents:
        found = block.leaves.get(each.id)
        if found is None:
            continue
        if document_leaf(id_=each.id, recorded_at=each.recorded_at, body_hash=each.body_hash) != found[1]:
            return Fault("leaf", say("Document {number} is not what was sealed under its number.", number=each.id))
    missing = sorted(block.leaves.keys() - {each.id for each in block.documents})
    if missing:
        return sealed_and_gone(missing[0])
    return None


def check_approvers(block: Block) -> Fault | None:
    """Nobody approved their own document."""
    for each in block.documents:
        if each.approver is not None and each.approver == each.actor:
            sentence = say("Document {number} was approved by its own author, {who}.", number=each.id, who=each.actor)
            return Fault("approver", sentence)
    return None


def _unsealed(block: Block, sealed: int) -> Unsealed | None:
    covered = {number for number, (place, _) in block.leaves.items() if place < sealed}
    left = [each for each in block.documents if each.id not in covered]
    if not left:
        return None
    oldest = min(left, key=lambda each: each.recorded_at)
    without = next((each.id for each in left if each.id not in block.leaves), None)
    return Unsealed(oldest.id, oldest.recorded_at, without)


def _reversed_numbers(block: Block) -> Wholes:
    """Return for each line the document whose place it takes in time: its own, or the one that is reversed."""
    own = np.array([each.reverses or each.id for each in block.documents], dtype=np.int64)
    return own[block.documents_of_lines()]
