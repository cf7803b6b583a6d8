"""Names where codes are due: a name that is exactly one item's, site's or partner's is read as its code, and told.

Where several have a name, or none but some are like it, the row is refused with the candidates to choose
from. What was chosen is remembered. Nothing is read as what it is only like.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from data import import_kinds as more_kinds
from data.cell_values import report_rows
from data.import_lines import numbered
from data.problems import Kind, ProblemList
from data.raw_table import RawColumn, RawTable
from data.statement_tokens import read_lexicon

__all__ = ["ABOUT", "Called", "Chosen", "NameRead", "folded_name", "with_codes"]

ABOUT = ("site", "item", "partner")
"""Columns in which names may stand for codes, and what those are about."""

CANDIDATES_MAX = 5
_LIKE = 0.6
_COMPARED_MAX = 2_000


def folded_name(name: str) -> str:
    """Return a name as it is compared: narrow, lower case, without blanks.

    >>> folded_name("Ｎ95 口罩 "), folded_name("Surgical Mask")
    ('n95口罩', 'surgicalmask')
    """
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


@dataclass(frozen=True)
class Called:
    """Everything that one kind of code may stand for: names and area by code; names of areas by their code."""

    names: Mapping[str, Sequence[str]]
    areas: Mapping[str, str] = field(default_factory=dict)
    area_names: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @cached_property
    def by_name(self) -> dict[str, list[str]]:
        """Codes by folded name."""
        found: dict[str, list[str]] = {}
        for code, names in self.names.items():
            for name in {folded_name(name) for name in names} - {""}:
                found.setdefault(name, []).append(code)
        return found

    def lie_in(self, codes: Iterable[str], area: str) -> list[str]:
        """Return those of some codes that lie in an area, told by its code or name; all where none is told."""
        if not area:
            return list(codes)
        asked = folded_name(area)
        within = {code for code, names in self.area_names.items() if asked in map(folded_name, (code, *names))}
        within.add(area.strip())
        return [code for code in codes if self.areas.get(code, "").startswith(tuple(within))]

    def like(self, name: str) -> list[str]:
        """Return a few codes whose names are like one, or mean the same kind of supplies."""
        asked = folded_name(name)
        letters = set(asked)
        near = [other for other in self.by_name if len(letters & set(other)) * 2 >= min(len(letters), len(set(other)))]
        close = difflib.get_close_matches(asked, near[:_COMPARED_MAX], n=CANDIDATES_MAX, cutoff=_LIKE)
        inside = [other for other in near if asked and (asked in other or (_tells(other) and other in asked))]
        words = read_lexicon().words
        meant = words.get(asked)
        same = [other for other in self.by_name if meant and words.get(other) == meant]
        codes = [code for other in dict.fromkeys([*close, *inside, *same]) for code in self.by_name[other]]
        return list(dict.fromkeys(codes))[:CANDIDATES_MAX]

    def shown(self, code: str) -> str:
        """Return a code with its name and area, to be chosen from."""
        beside = [*self.names.get(code, ())[-1:], *([self.areas[code]] if self.areas.get(code) else [])]
        return f"{code} ({', '.join(beside)})" if beside else code


def _tells(name: str) -> bool:
    """Say whether a name within another tells something: two Latin letters are in very many."""
    return len(name) > len("XX") or not name.isascii()


@dataclass(frozen=True)
class Chosen:
    """What names were said to mean, now or before: codes by what they are about and what was said.

    What was said is a folded name, behind it | and the folded area where it holds only there.
    """

    told: Mapping[tuple[str, str], str] = field(default_factory=dict)
    remembered: Mapping[tuple[str, str], str] = field(default_factory=dict)

    def code(self, about: str, name: str, area: str) -> str | None:
        """Return the code that was chosen for a name."""
        for said in (f"{folded_name(name)}|{folded_name(area)}", folded_name(name)):
            for source in (self.told, self.remembered):
                if (about, said) in source:
                    return source[about, said]
        return None


@dataclass
class NameRead:
    """A name that was read as a code, in how many rows."""

    about: str
    found: str
    code: str
    rows: int


class _Unread(Exception):
    def __init__(self, kind: Kind, **values: Any) -> None:
        super().__init__(kind.code)
        self.kind, self.values = kind, values


def with_codes(
    table: RawTable, about: str, called: Called, chosen: Chosen, problems: ProblemList
) -> tuple[RawTable, list[NameRead]]:
    """Return a table with codes in one column, and what was read as them.

    A code that nobody knows and no name is like stays, and is reported as one.
    """
    column = table.columns.get(about)
    beside = table.columns.get(f"{about}_name")
    if column is None or table.spec.by_name.get(about) is None:
        return table, []
    if beside is None and all(text in called.names for text in column.values.to_pylist()):
        return table, []
    parts = [_texts(table, name) for name in (about, f"{about}_name", "area_name" if about == "site" else "")]
    which = numbered(*parts)
    first = np.unique(which, return_index=True)[1]
    counts = np.bincount(which, minlength=len(first)).tolist()
    codes: list[str] = []
    faults: dict[int, _Unread] = {}
    reads: list[NameRead] = []
    for number, row in enumerate(first.tolist()):
        said, name, area = (str(part[row]) for part in parts)
        try:
            code = _code(about, said, name, area, called, chosen)
        except _Unread as fault:
            faults[number] = fault
            code = next(iter(called.names), said)  # so that the cell is not reported again; nothing is posted
        codes.append(code)
        if number not in faults and code != (said or name) and code in called.names:
            reads.append(NameRead(about, said or name, code, counts[number]))
    _report(table, column, which, faults, problems)
    index = np.where(np.array([bool(code) for code in codes])[which], which, -1).astype(np.int32)
    made = RawColumn(column.spec, column.header, column.letter, index, pa.array(codes, pa.string()))
    columns = {**table.columns, about: made}
    return RawTable(table.spec, table.file, table.sheet, columns, table.rows, table.row_number), reads


def _texts(table: RawTable, name: str) -> np.ndarray:
    column = table.columns.get(name)
    if column is None:
        return np.full(table.rows, "", dtype=object)
    return np.append(column.values.to_numpy(zero_copy_only=False).astype(object), "")[column.index]


def _code(about: str, said: str, name: str, area: str, called: Called, chosen: Chosen) -> str:
    """Return the code that a cell, with the name beside it, stands for."""
    if said in called.names:
        _refuse_other_name(said, name, called)
        return said
    asked = said or name
    if not asked or asked in called.names:
        return asked
    picked = chosen.code(about, asked, area)
    if picked is not None and picked in called.names:
        return picked
    exact = called.by_name.get(folded_name(asked), [])
    there = called.lie_in(exact, area)
    if len(there) == 1:
        return there[0]
    candidates = there[:CANDIDATES_MAX] or exact[:CANDIDATES_MAX] or called.like(asked)
    if not candidates:
        return asked
    shown = [called.shown(code) for code in candidates]
    kind = more_kinds.NAME_SEVERAL if len(there) > 1 else more_kinds.NAME_LIKE
    raise _Unread(kind, found=asked, candidates=shown, code=candidates[0])


def _refuse_other_name(code: str, name: str, called: Called) -> None:
    """Refuse a name beside a code that is exactly another code's name, and not this one's."""
    others = called.by_name.get(folded_name(name), []) if name else []
    if others and code not in others:
        raise _Unread(more_kinds.NAME_OF_OTHER, found=code, name=name, other=others[0])


def _report(
    table: RawTable,
    column: RawColumn,
    which: np.ndarray,
    faults: Mapping[int, _Unread],
    problems: ProblemList,
) -> None:
    by_kind: dict[str, list[int]] = {}
    for number, fault in faults.items():
        by_kind.setdefault(fault.kind.code, []).append(number)
    for numbers in by_kind.values():
        rows = np.flatnonzero(np.isin(which, numbers))
        kind = faults[numbers[0]].kind
        report_rows(table, column.spec.name, problems, kind, rows, lambda row: faults[int(which[row])].values)
