"""Every reversal mirrors one document, once, and none a reversal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import sqlalchemy as sa

from allocator.sentence import say
from models.audit_block import Block
from models.audit_catalogue import Catalogue
from models.audit_findings import Fault
from models.audit_reading import Reader
from models.tables import document, lot_mark, move

__all__ = ["check_once", "check_reversals"]

_ASKED_AT_ONCE = 500
_BACK = {"recalled": "cleared", "cleared": "recalled"}

_Lines = Mapping[int, Counter[tuple[int, ...]]]
_Marks = Mapping[int, Counter[tuple[int, str]]]


def check_once(reader: Reader) -> Fault | None:
    """No document is reversed twice."""
    query = sa.select(document.c.reverses).where(document.c.reverses.is_not(None)).group_by(document.c.reverses)
    twice = reader.one(query.having(sa.func.count() > 1).order_by(document.c.reverses).limit(1))
    return twice and Fault("reversals", say("Document {number} was reversed more than once.", number=twice))


def check_reversals(reader: Reader, block: Block, catalogue: Catalogue) -> Fault | None:
    """Each reversal of a block takes back every line and mark of a document that is none itself."""
    undone = {each.id: each.reverses for each in block.documents if each.reverses is not None}
    if not undone:
        return None
    numbers = sorted(set(undone.values()))
    facts = _facts(reader, numbers)
    lines, marks = _lines(reader, numbers), _marks(reader, numbers)
    own_lines, own_marks = _own(block, catalogue)
    occurred = {each.id: each.occurred_at for each in block.documents}
    for number, original in undone.items():
        if original not in facts or original >= number:
            sentence = say(
                "Document {number} reverses document {original}, which is not before it.",
                number=number,
                original=original,
            )
            return Fault("reversals", sentence)
        reverses, at = facts[original]
        if reverses is not None:
            sentence = say(
                "Document {number} reverses document {original}, which is a reversal itself.",
                number=number,
                original=original,
            )
            return Fault("reversals", sentence)
        same = at == occurred[number] and own_lines[number] == lines[original] and own_marks[number] == marks[original]
        if not same:
            sentence = say(
                "Document {number} does not take back what document {original} did.", number=number, original=original
            )
            return Fault("reversals", sentence)
    return None


def _facts(reader: Reader, numbers: Sequence[int]) -> dict[int, tuple[int | None, int]]:
    query = sa.select(document.c.id, document.c.reverses, document.c.occurred_at)
    return {
        row[0]: (row[1], row[2]) for some in _some(numbers) for row in reader.rows(query.where(document.c.id.in_(some)))
    }


def _lines(reader: Reader, numbers: Sequence[int]) -> _Lines:
    """Return the lines of documents as their reversals must have them, by ids."""
    found: dict[int, Counter[tuple[int, ...]]] = defaultdict(Counter)
    query = sa.select(move.c.document, move.c.to_location, move.c.from_location, move.c.lot, move.c.units, move.c.at)
    for some in _some(numbers):
        for number, *line in reader.rows(query.where(move.c.document.in_(some), move.c.counters.is_(None))):
            found[number][tuple(line)] += 1
    return found


def _marks(reader: Reader, numbers: Sequence[int]) -> _Marks:
    found: dict[int, Counter[tuple[int, str]]] = defaultdict(Counter)
    query = sa.select(lot_mark.c.document, lot_mark.c.lot, lot_mark.c.mark)
    for some in _some(numbers):
        for number, lot_id, mark in reader.rows(query.where(lot_mark.c.document.in_(some))):
            found[number][lot_id, _BACK.get(mark, mark)] += 1
    return found


def _own(block: Block, catalogue: Catalogue) -> tuple[_Lines, _Marks]:
    """Return the lines and marks of the block's own reversals, by ids."""
    reversals = {each.id for each in block.documents if each.reverses is not None}
    places, lots = catalogue.places.ids, catalogue.lots.ids
    lines: dict[int, Counter[tuple[int, ...]]] = defaultdict(Counter)
    mine = np.isin(block.moves[:, 0], sorted(reversals)) & (block.moves[:, 9] < 0)
    for number, _, source, target, lot, units, at, *_ in block.moves[mine].tolist():
        lines[number][int(places[source]), int(places[target]), int(lots[lot]), units, at] += 1
    marks: dict[int, Counter[tuple[int, str]]] = defaultdict(Counter)
    for number in reversals:
        for lot, mark in block.rows.marks.get(number, ()):
            marks[number][int(lots[lot]), mark] += 1
    return lines, marks


def _some(numbers: Sequence[int]) -> list[Sequence[int]]:
    return [numbers[start : start + _ASKED_AT_ONCE] for start in range(0, len(numbers), _ASKED_AT_ONCE)]
