"""Documents of which some rows were held back: the rest of their rows, when it comes, becomes a further document.

A document posted without some of its rows says what its rows are known by, and what those are that were held
back: which cells were wrong, and a digest of all others. A later file that has the same document, whole or
only the rest of it, posts the rows that were mended, once; one with any other row is refused.
"""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.papers import Paper, There
from models.tables import document

__all__ = ["Lacking", "lacking_rows"]


@dataclass
class Lacking:
    """What becomes of the papers of one document that lacks rows: further documents, a refusal, or nothing."""

    papers: list[Paper] = field(default_factory=list)
    added: list[Paper] = field(default_factory=list)
    refused: Sentence | None = None


@dataclass(frozen=True)
class _Posted:
    """What was posted of a document: its rows, what it may still get, and the number of the next addition."""

    rows: Counter[str]
    held: list[tuple[list[str], str]]
    turn: int


def lacking_rows(connection: sa.Connection, papers: Sequence[Paper], there: Mapping[str, There]) -> dict[str, Lacking]:
    """Return what becomes of papers whose document is there without some of its rows, by family."""
    found: dict[str, Lacking] = {}
    for paper in papers:
        first = there.get(paper.family)
        if first is not None and not first.is_reversed:
            found.setdefault(paper.family, Lacking()).papers.append(paper)
    # What asks the same under the same key is there: nothing has to be read for it.
    open_ = {
        family: lacking for family, lacking in found.items() if any(_differs(paper, there) for paper in lacking.papers)
    }
    settled: dict[str, Lacking] = {}
    for family, lacking in open_.items():
        posted = _posted(connection, family)
        if posted is not None:
            _settle(family, lacking, posted, there[family])
            settled[family] = lacking
    return settled


def _differs(paper: Paper, there: Mapping[str, There]) -> bool:
    known = there.get(paper.draft.entry.key)
    return known is None or known.asked != paper.draft.entry.request_hash()


def _posted(connection: sa.Connection, family: str) -> _Posted | None:
    """Return what was posted under a family; None where its document lacks nothing."""
    first = _partial(connection, family)
    if first is None:
        return None
    rows = Counter(first["rows"])
    for part in _said(connection, family, "~"):
        rows.update(part["rows"])
    held, turn = first["held"], 2
    for addition in _said(connection, family, "+"):
        rows.update(addition["rows"])
        held = addition["held"]
        turn += 1
    return _Posted(rows, [(columns, digest) for columns, digest in held], turn)


def _said(connection: sa.Connection, family: str, mark: str) -> Iterator[dict[str, Any]]:
    """Give what the documents say that follow the first: its parts (~2, ~3), or additions to it (+2, +3)."""
    for turn in itertools.count(2):
        said = _partial(connection, f"{family}{mark}{turn}")
        if said is None:
            return
        yield said


def _partial(connection: sa.Connection, key: str) -> dict[str, Any] | None:
    body = connection.execute(sa.select(document.c.body).where(document.c.idem_key == key)).scalar()
    return None if body is None else json.loads(body)["details"].get("partial")


def _settle(family: str, lacking: Lacking, posted: _Posted, first: There) -> None:
    """Find the rows that are missing, and make documents of them."""
    left, held = posted.rows.copy(), list(posted.held)
    missing: list[tuple[Paper, list[int]]] = []
    for paper in lacking.papers:
        own: list[int] = []
        for at, digest in enumerate(paper.row_digests()):
            if left[digest] > 0:
                left[digest] -= 1
            elif _was_held(paper, at, held):
                own.append(at)
            else:
                lacking.refused = _says_otherwise(paper, first, len(posted.held))
                return
        missing.append((paper, own))
    turn = posted.turn
    for paper, own in missing:
        if own and paper.remade is not None:
            made = paper.remade(own, f"{family}+{turn}", [list(each) for each in held])
            turn += 1
            lacking.added += [made] if made is not None else []


def _was_held(paper: Paper, at: int, held: list[tuple[list[str], str]]) -> bool:
    """Say whether a row is one that was held back, mended; it is held no longer then."""
    for each in held:
        columns, digest = each
        if paper.row_without is not None and paper.row_without(at, columns) == digest:
            held.remove(each)
            return True
    return False


def _says_otherwise(paper: Paper, first: There, rows: int) -> Sentence:
    return say(
        "{place}: document {number} of the ledger has rows of this one, and held back: {rows}. Here a row is neither "
        "of both. Mend only the cells that were marked; or, if the other is wrong, reverse it first: "
        "allocator reverse {number}",
        place=paper.place,
        number=first.number,
        rows=rows,
    )
