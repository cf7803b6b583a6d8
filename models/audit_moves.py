"""Stock moved only as its type of document may move it, and nothing unfit at all."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

import numpy as np

from allocator.sentence import say
from models.audit_block import Block
from models.audit_catalogue import KINDS, Catalogue
from models.audit_findings import Fault
from models.fitness import LEAVING
from models.locations import ALLOWED, COUNT_GAIN, COUNT_SHORT

__all__ = ["check_fitness", "check_moves"]

_BACK = "reverse"


def check_moves(block: Block, catalogue: Catalogue) -> Fault | None:
    """Each line goes where its type of document may go; a counter-line to or from counting differences."""
    kinds = catalogue.places.kinds
    froms, tos = kinds[block.moves[:, 2]], kinds[block.moves[:, 3]]
    of_lines = block.documents_of_lines()
    types, which = np.unique([each.type for each in block.documents] or [""], return_inverse=True)
    allowed = np.stack([_allowed(str(each)) for each in types])
    plain = block.moves[:, 9] < 0
    fine = np.where(plain, allowed[which[of_lines], froms, tos], _DIFFERENCE[froms] | _DIFFERENCE[tos])
    wrong = np.flatnonzero(~fine)
    if not len(wrong):
        return None
    line = int(wrong[0])
    document = block.documents[int(of_lines[line])]
    codes = catalogue.places.codes
    return Fault(
        "moves",
        say(
            "Document {number}, line {line}: a document of type {type} cannot move stock from {source} to {target}.",
            number=document.id,
            line=int(block.moves[line, 1]) + 1,
            type=document.type,
            source=codes[int(block.moves[line, 2])],
            target=codes[int(block.moves[line, 3])],
        ),
    )


_DIFFERENCE = np.array([kind in (COUNT_GAIN, COUNT_SHORT) for kind in KINDS])


def _allowed(type_: str) -> np.ndarray[tuple[int, int], np.dtype[np.bool_]]:
    """Return which kinds a type of document may move stock between; a reversal, any allowed move backwards."""
    table = np.zeros((len(KINDS), len(KINDS)), dtype=bool)
    for each in ALLOWED:
        ends = (KINDS.index(each.from_kind), KINDS.index(each.to_kind))
        if type_ == _BACK:
            table[ends[::-1]] = True
        elif each.type == type_:
            table[ends] = True
    return table


def check_fitness(block: Block, catalogue: Catalogue) -> Fault | None:
    """Nothing was sent or used after its last day, or while it was recalled."""
    of_lines = block.documents_of_lines()
    leaves = np.array([each.type in LEAVING for each in block.documents], dtype=bool)[of_lines]
    leaves &= block.moves[:, 9] < 0
    occurred = np.array([each.occurred_at for each in block.documents], dtype=np.int64)[of_lines]
    lots = block.moves[:, 4]
    expired = np.flatnonzero(leaves & (occurred > catalogue.lots.usable_until[lots]))
    if len(expired):
        line = int(expired[0])
        key = catalogue.lots.keys[int(lots[line])]
        return Fault(
            "fitness",
            say(
                "Document {number} sent lot {lot} of {item}, which had expired on {day}.",
                number=int(block.moves[line, 0]),
                lot=key.lot_no or "-",
                item=key.item,
                day=key.expires,
            ),
        )
    marked = np.isin(catalogue.lots.ids[lots], np.fromiter(catalogue.marks, dtype=np.int64))
    for line in np.flatnonzero(leaves & marked).tolist():
        lot = int(lots[line])
        number = int(block.moves[line, 0])
        if _is_recalled(catalogue, int(catalogue.lots.ids[lot]), int(occurred[line]), number):
            key = catalogue.lots.keys[lot]
            return Fault(
                "fitness",
                say(
                    "Document {number} sent lot {lot} of {item}, which was recalled.",
                    number=number,
                    lot=key.lot_no or "-",
                    item=key.item,
                ),
            )
    return None


def _is_recalled(catalogue: Catalogue, lot_id: int, at: int, number: int) -> bool:
    """Say whether a lot was recalled at an instant, as it was known when a document was recorded."""
    known = [each for each in catalogue.marks[lot_id] if each[1] < number]
    past = bisect_right(known, at, key=_instant)
    return past > 0 and known[past - 1][2] == "recalled"


_instant: Callable[[tuple[int, int, str]], int] = lambda mark: mark[0]  # noqa: E731 - a key for bisect
