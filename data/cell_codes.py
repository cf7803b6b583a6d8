"""Codes, the codes that refer to them, and other texts of a raw table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from allocator.case import Indices, Texts
from data import problem_kinds as kinds
from data.cell_text import CODE_DATED, CODE_DATED_LIKELY, CODE_MANGLED, Fault
from data.cell_values import report_blanks, report_values
from data.columns import KINDS_ZH
from data.nearest import nearest_code, padded_code
from data.problems import MANY_MORE, Kind, ProblemList
from data.raw_table import RawColumn, RawTable

__all__ = ["Codes", "new_codes", "references", "site_kinds", "texts"]

TEXT_LENGTH_MAX = 500
_CODE_LENGTH_MAX = 100
_UNFIT = r"[\x00-\x1f\x7f]"
_BREAKS = r"[ \t]*[\r\n\t]+[ \t]*"
# A spreadsheet mangles long digits in these columns as it does in codes.
_CODE_LIKE = ("area", "lot", "earmark")


@dataclass(frozen=True, eq=False)
class Codes:
    """The codes a table gives, in its order, and where they are given."""

    table: str
    values: pa.StringArray

    @property
    def sorted(self) -> list[str]:
        """The codes in order, to look for one like another."""
        return sorted(self.values.drop_null().to_pylist())


def texts(table: RawTable, name: str, problems: ProblemList) -> Texts:
    """Return a column of texts; "" where nobody said. Rows share the text objects."""
    column = table.columns.get(name)
    if column is None:
        return np.full(table.rows, "", dtype=object)
    report_blanks(table, name, problems)
    _report_unfit(table, column, problems, TEXT_LENGTH_MAX, dated=False)
    values = pc.replace_substring_regex(column.values, _BREAKS, " ")
    return _shared(values, column.index)


def site_kinds(table: RawTable, problems: ProblemList) -> Texts:
    """Return the kinds of sites, with the Chinese words for known kinds put into English."""
    column = table.columns.get("kind")
    if column is None:
        return np.full(table.rows, "", dtype=object)
    report_blanks(table, "kind", problems)
    english = [KINDS_ZH.get(kind, kind) for kind in column.values.to_pylist()]
    return _shared(pa.array(english, pa.string()), column.index)


def _shared(values: pa.StringArray, index: Indices) -> Texts:
    objects = np.empty(len(values) + 1, dtype=object)
    objects[:-1] = values.to_numpy(zero_copy_only=False)
    objects[-1] = ""
    return objects[index]


def _report_unfit(
    table: RawTable, column: RawColumn, problems: ProblemList, length_max: int, *, dated: bool = True
) -> None:
    """Report texts with hidden characters, and codes that a spreadsheet has mangled."""
    name, values = column.spec.name, column.values
    code_like = column.spec.holds in ("code", "item", "site") or name in _CODE_LIKE
    unfit = pc.greater(pc.utf8_length(values), length_max)
    hidden = _UNFIT if code_like else r"[\x00-\x08\x0e-\x1f\x7f]"
    unfit = pc.or_(unfit, pc.match_substring_regex(values, hidden))
    checks: list[tuple[Kind, Any]] = [(kinds.TEXT_UNFIT, unfit)]
    if code_like:
        checks.append((kinds.CODE_MANGLED, pc.match_substring_regex(values, CODE_MANGLED)))
    if dated:
        checks.append((kinds.CODE_DATED, pc.match_substring_regex(values, CODE_DATED)))
    for kind, found in checks:
        at_fault = np.flatnonzero(found.to_numpy(zero_copy_only=False))
        if len(at_fault):
            faults: dict[int, Fault] = {int(at): (kind, {"limit": length_max}) for at in at_fault}
            report_values(table, name, problems, faults)


def new_codes(table: RawTable, name: str, problems: ProblemList) -> Codes:
    """Return the codes a table gives (null where blank), and report those it gives twice."""
    column = table.columns.get(name)
    if column is None:
        return Codes(table.spec.name, pa.nulls(table.rows, pa.string()))
    report_blanks(table, name, problems)
    _report_unfit(table, column, problems, _CODE_LENGTH_MAX)
    codes = column.values.take(pa.array(column.index, mask=column.index < 0))
    _report_twice(table, name, codes, problems)
    return Codes(table.spec.name, codes)


def _report_twice(table: RawTable, name: str, codes: pa.StringArray, problems: ProblemList) -> None:
    encoded = codes.dictionary_encode()
    if len(encoded.dictionary) == len(codes) - codes.null_count:
        return
    which = encoded.indices.fill_null(-1).to_numpy()
    first = np.full(len(encoded.dictionary) + 1, -1, dtype=np.int64)
    rows = np.arange(len(which))
    first[which[::-1]] = rows[::-1]
    again = np.flatnonzero((first[which] != rows) & (which >= 0))
    header = table.columns[name].header

    def describe(n: int) -> tuple[Any, dict[str, Any]]:
        row = int(again[n])
        number = table.row_number(int(first[which[row]]))
        return table.place(row, name), {"key": f"{header} {codes[row].as_py()}", "first": number}

    problems.add_each(kinds.ROW_TWICE, len(again), describe)


def references(table: RawTable, name: str, codes: Codes | None, problems: ProblemList) -> Indices:
    """Return a column of codes as positions in the table that gives them; -1 where that fails.

    Without `codes` (their table could not be read) nothing can be said about them.
    """
    column = table.columns.get(name)
    if column is None or codes is None:
        return np.full(table.rows, -1, dtype=np.int32)
    report_blanks(table, name, problems)
    position = pc.index_in(column.values, value_set=codes.values).fill_null(-1).to_numpy()
    positions: Indices = np.append(position, np.int32(-1)).astype(np.int32)[column.index]
    unknown = np.flatnonzero((positions < 0) & (column.index >= 0))
    if len(unknown):
        _report_unknown(table, column, codes, unknown, problems)
    return positions


def _report_unknown(table: RawTable, column: RawColumn, codes: Codes, rows: Any, problems: ProblemList) -> None:
    """Report each code that does not exist once, at its first row, with what may have been meant."""
    encoded = column.values.take(pa.array(column.index[rows])).dictionary_encode()
    which = encoded.indices.to_numpy()
    counts = np.bincount(which, minlength=len(encoded.dictionary))
    first = np.full(len(counts), -1, dtype=np.int64)
    first[which[::-1]] = rows[::-1]
    known = codes.sorted
    for at in range(min(len(counts), problems.shown)):
        found = str(encoded.dictionary[at])
        kind, values = _what_was_meant(found, known)
        values = {"found": found, "table": codes.table, **values}
        own = rows[which == at].tolist() if problems.every else [int(first[at])]
        more = 0 if problems.every else int(counts[at]) - 1
        for row in own:
            problems.add(kind, table.place(row, column.spec.name), more=more, **values)
    rest = int(counts[problems.shown :].sum())
    if rest:
        problems.add(MANY_MORE, table.place(None, column.spec.name), count=rest)


def _what_was_meant(found: str, known: list[str]) -> tuple[Kind, dict[str, Any]]:
    for pattern, kind in ((CODE_MANGLED, kinds.CODE_MANGLED), (CODE_DATED_LIKELY, kinds.CODE_DATED)):
        if pc.match_substring_regex(pa.scalar(found), pattern).as_py():
            return kind, {}
    padded = padded_code(found, known)
    if padded:
        return kinds.CODE_ZEROS, {"near": padded}
    near = nearest_code(found, known)
    return (kinds.CODE_UNKNOWN_NEAR, {"near": near}) if near else (kinds.CODE_UNKNOWN, {})
