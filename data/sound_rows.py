"""The sound rows of an upload, and those that are held back, each with what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from allocator.sentence import Sentence
from data.import_files import Upload
from data.problems import MANY_MORE, Place, Problem, ProblemList
from data.raw_table import RawTable
from data.whole_documents import DocumentRows

__all__ = ["HeldBack", "summarised", "without_rows"]


@dataclass
class HeldBack:
    """Rows held back, by kind and number in the file, each with the columns that are at fault.

    A row whose shape is lost has the column ""; one held back for its document alone, or refused with it, has none.
    `whole`: problems that speak of no row.
    """

    rows: dict[str, dict[int, set[str]]] = field(default_factory=dict)
    whole: list[Problem] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(self.rows.values())

    @property
    def count(self) -> int:
        """How many rows are held back."""
        return sum(map(len, self.rows.values()))

    def add(self, problems: Iterable[Problem], upload: Upload) -> None:
        """Hold back the rows of which problems speak."""
        for problem in problems:
            place = problem.place
            names = None if place.column else [""]
            if not self.add_place(place, upload, names):
                self.whole.append(problem)

    def add_documents(self, documents: Mapping[str, DocumentRows]) -> None:
        """Hold back every row that is, or may be, of one document with a row held back."""
        for kind, rows in documents.items():
            own = self.rows.get(kind)
            for number in rows.held_with(own) if own else ():
                self.rows[kind].setdefault(number, set())

    def add_place(self, place: Place, upload: Upload, columns: Collection[str] | None = None) -> bool:
        """Hold back the row of a place; False where it is the place of none. `columns`: at fault, if not its own."""
        kinds = _kinds_at(place, upload) if place.row else []
        for kind in kinds[:1]:
            table = upload.tables[kind]
            own = {} if table is None else table.columns
            named = [name for name, each in own.items() if place.column in (each.header, name)]
            self.rows.setdefault(kind, {}).setdefault(place.row, set()).update(named if columns is None else columns)
        return bool(kinds)


def _kinds_at(place: Place, upload: Upload) -> list[str]:
    return [
        kind
        for kind, table in upload.tables.items()
        if table is not None and (table.file, table.sheet) == (place.file, place.sheet)
    ]


def without_rows(upload: Upload, rows: Mapping[str, Collection[int]]) -> Upload:
    """Return an upload without the rows that are held back."""
    tables = {
        kind: None if table is None else _without(table, rows.get(kind, ())) for kind, table in upload.tables.items()
    }
    return replace(upload, tables=tables)


def _without(table: RawTable, numbers: Collection[int]) -> RawTable:
    if not numbers:
        return table
    kept = np.array([row for row in range(table.rows) if table.row_number(row) not in numbers], dtype=np.int64)
    columns = {name: column.take(kept) for name, column in table.columns.items()}
    number = table.row_number
    return replace(table, columns=columns, rows=len(kept), row_number=lambda row: number(int(kept[row])))


def summarised(problems: Sequence[Problem]) -> list[Sentence]:
    """Return problems in sentences: the first of each kind in each column, and how many more there are."""
    shown = ProblemList()
    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.kind.code, problem.place.sheet, problem.place.column), []).append(problem)
    sentences: list[Sentence] = []
    for group in groups.values():
        sentences += [problem.sentence for problem in group[: shown.shown]]
        if len(group) > shown.shown:
            last = group[0].place
            place = Place(file=last.file, sheet=last.sheet, column=last.column)
            sentences.append(Problem(MANY_MORE, place, {"count": len(group) - shown.shown}).sentence)
    return sentences
