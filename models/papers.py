"""Documents as a file says them, and those of the ledger that have their keys already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import Sentence
from models.documents import Draft
from models.entry import Refusal
from models.reversal import was_reversed
from models.tables import document

__all__ = ["Paper", "PapersRefused", "There", "documents_by_key"]

_AT_ONCE = 500  # so that no statement passes a database's limit of variables


@dataclass(frozen=True)
class Paper:
    """A document of a file. `place`: where it stands there; `kind`: of which table it comes; `lines`: its rows.

    `as_said`: its lines are all said, so nothing has to be read to work them out; `rows`: where its rows stand in
    the table.
    """

    draft: Draft
    place: Sentence
    kind: str
    lines: int
    as_said: bool = False
    rows: tuple[int, ...] = ()


class PapersRefused(Refusal):
    """Documents of a file were refused: which, each with what was said of it."""

    def __init__(self, refused: Sequence[tuple[Paper, Sentence]], *sentences: Sentence) -> None:
        super().__init__(*sentences)
        self.refused = tuple(refused)


@dataclass(frozen=True)
class There:
    """A document that has a key already."""

    number: int
    asked: bytes
    is_reversed: bool


def documents_by_key(connection: sa.Connection, keys: Sequence[str]) -> dict[str, There]:
    """Return the documents that have some of these keys."""
    query = sa.select(document.c.idem_key, document.c.id, document.c.request_hash, was_reversed())
    found: dict[str, There] = {}
    for start in range(0, len(keys), _AT_ONCE):
        rows = connection.execute(query.where(document.c.idem_key.in_(keys[start : start + _AT_ONCE])))
        found |= {key: There(number, bytes(asked), bool(gone)) for key, number, asked, gone in rows}
    return found
