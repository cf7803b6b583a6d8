"""Which row of a sheet is the header, and of which kind its table is: by its name, else by its headers and title."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from data.aside_columns import is_quantity
from data.columns import TableSpec
from data.header_match import Match, ToldHeaders, matches
from data.header_words import HeaderWords
from data.import_columns import IMPORT_TABLES
from data.raw_table import trimmed
from data.sheet_cells import SheetCells, text_of

__all__ = ["Header", "Readers", "find_header", "kinds_like"]

HEADER_WITHIN = 20
"""Rows from the first that is not empty, in which a header is looked for."""

GUESSED = (
    *("opening", "receipts", "issues", "counts", "needs", "items", "sites", "partners", "areas"),
    *("drivers", "facts", "fleets", "lanes", "depots", "substitutes", "in_transit"),
)
"""Kinds that a table may be taken for by its headers; the stock of a case says its name."""


@dataclass(frozen=True)
class Readers:
    """What headers are read with: known words, and what was said of them."""

    words: HeaderWords
    told: ToldHeaders


@dataclass(frozen=True)
class Header:
    """A header: its first row and how many rows it takes, from 0; its texts; the texts above it; what it means."""

    at: int
    rows: int
    texts: tuple[str, ...]
    title: str
    found: tuple[Match, ...]

    def has(self, spec: TableSpec) -> bool:
        """Say whether every column that is due is among them."""
        there = {match.column.name for match in self.found}
        return all(column.name in there for column in spec.columns if column.required)


def find_header(cells: SheetCells, spec: TableSpec, readers: Readers) -> Header | None:
    """Return the first header with every column that is due; else the best there is; None in an empty sheet."""
    best: Header | None = None
    for header in _headers(cells, spec, readers):
        if header.has(spec):
            return header
        if best is None or len(header.found) > len(best.found):
            best = header
    return best


def _headers(cells: SheetCells, spec: TableSpec, readers: Readers) -> Iterator[Header]:
    """Give what may be the header: each of the first rows by itself, and each with the one below it."""
    first = next((at for at, row in enumerate(cells.rows) if any(cell != "" for cell in row)), len(cells.rows))
    last = min(len(cells.rows), first + HEADER_WITHIN)
    for at in range(first, last):
        row = cells.rows[at]
        single = tuple(trimmed(text_of(cell)) for cell in row)
        title = " ".join(trimmed(text_of(cell)) for above in cells.rows[first:at] for cell in above if cell != "")
        own = Header(at, 1, single, title, tuple(matches(spec, single, readers.words, readers.told)))
        below = _with_row_below(cells, at, single)
        if below is not None:
            found = tuple(matches(spec, below, readers.words, readers.told))
            if len(found) > len(own.found):
                yield Header(at, 2, below, title, found)
                continue
        yield own


def _with_row_below(cells: SheetCells, at: int, above: Sequence[str]) -> tuple[str, ...] | None:
    """Return headers that stand in two rows, one over the other; None where no cells are merged so."""
    spans = {
        column: begin[1]
        for begin, end in cells.merged
        if begin[0] == at and (end[0] > at or end[1] > begin[1])
        for column in range(begin[1], end[1] + 1)
    }
    if not spans or at + 1 >= len(cells.rows):
        return None
    below = [trimmed(text_of(cell)) for cell in cells.rows[at + 1]]
    return tuple(low or above[spans.get(column, column)] for column, low in zip(range(len(above)), below, strict=True))


def kinds_like(cells: SheetCells, name: str, readers: Readers) -> list[str]:
    """Return the kinds of table that a sheet may be, narrowed down as far as is sure.

    A kind needs every column that is due, units among them. Where several have them, what is remembered
    of these headers decides; else a quantity under one kind's own word (盘点数) and a title or `name` that
    speaks of one kind, unless they disagree; else a column that only one has due, as receipts have a source.
    """
    likely: dict[str, Header] = {}
    for kind in GUESSED:
        spec = IMPORT_TABLES[kind]
        header = find_header(cells, spec, readers)
        if header is not None and header.has(spec) and _has_quantity(spec, header):
            likely[kind] = header
    remembered = {readers.told.kind(header.texts) for header in likely.values()} & set(likely)
    if len(remembered) == 1:
        return sorted(remembered)
    by_word = {kind for kind, header in likely.items() if _has_own_word(kind, header, readers)}
    titles = [readers.words.kinds_in(f"{name} {header.title}") for header in likely.values()]
    by_title = set.union(*titles) if titles else set()
    sure = [kinds for kinds in (by_word, by_title) if len(kinds) == 1] or [_fullest(likely)]
    decided = set.union(*sure)
    return [kind for kind in GUESSED if kind in decided] if decided else list(likely)


def _has_quantity(spec: TableSpec, header: Header) -> bool:
    due = [column.name for column in spec.columns if is_quantity(column)]
    return not due or any(match.column.name in due for match in header.found)


def _has_own_word(kind: str, header: Header, readers: Readers) -> bool:
    """Say whether a quantity stands under a word that is this kind's own."""
    spec = IMPORT_TABLES[kind]
    return any(
        is_quantity(match.column) and match.how == "word" and readers.words.is_own(spec, match.header)
        for match in header.found
    )


def _fullest(likely: Mapping[str, Header]) -> set[str]:
    """Return the kinds with the most columns that are due, beside their quantity."""
    due = {
        kind: sum(column.required and not is_quantity(column) for column in IMPORT_TABLES[kind].columns)
        for kind in likely
    }
    most = max(due.values(), default=0)
    return {kind for kind, count in due.items() if count == most}
