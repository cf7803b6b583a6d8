"""Turn the texts of a raw table into columns of numbers, dates, choices and positions.

Each distinct text is converted once, fast where all are well formed; only where one is not are
its rows looked up. A column that is not there gives "nobody said" in every row.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from allocator.case import MICRO, Bools, Dates, Floats, Units
from data import problem_kinds as kinds
from data.cell_text import NUMBER, Fault, date_in, number_in
from data.columns import CHOICES_ZH, FLAGS, UNITS_MAX
from data.nearest import nearest
from data.problems import MANY_MORE, SHOWN_PER_KIND, Kind, ProblemList
from data.raw_table import RawColumn, RawTable

__all__ = ["choices", "dates", "decimals", "flags", "report_blanks", "report_rows", "report_values", "whole"]

TOTAL_MAX = UNITS_MAX * 1000
"""The most a column of units may add up to: sums stay exact in every number the engine uses."""

# Above this a float64 holds fewer than six decimal places, so there is nothing to round.
_ROUNDED_MAX = 2**53 / MICRO

Rows = NDArray[np.int64]


def report_rows(
    table: RawTable,
    name: str,
    problems: ProblemList,
    kind: Kind,
    rows: Rows,
    values_of: Callable[[int], dict[str, Any]] | None = None,
) -> None:
    """Report one kind of problem in some rows of a column; `found` is what stands there."""
    column = table.columns.get(name)

    def describe(n: int) -> tuple[Any, dict[str, Any]]:
        row = int(rows[n])
        found = column.text_at(row) if column else ""
        return table.place(row, name), {"found": found, **(values_of(row) if values_of else {})}

    problems.add_each(kind, len(rows), describe)


def report_values(table: RawTable, name: str, problems: ProblemList, faults: dict[int, Fault]) -> None:
    """Report what is wrong with some of a column's values: each once, where it first stands."""
    column = table.columns[name]
    by_kind: dict[str, list[int]] = {}
    for at, (kind, _) in faults.items():
        by_kind.setdefault(kind.code, []).append(at)
    for members in by_kind.values():
        bad = np.zeros(len(column.values) + 1, dtype=bool)  # the last one stands for a blank cell
        bad[members] = True
        rows = np.flatnonzero(bad[column.index])
        _report_each_text(table, column, rows, problems, faults)


def _report_each_text(
    table: RawTable, column: RawColumn, rows: Rows, problems: ProblemList, faults: dict[int, Fault]
) -> None:
    """Report rows with one kind of fault, those that say the same as one."""
    if problems.every:
        for row in rows.tolist():
            kind, values = faults[int(column.index[row])]
            problems.add(kind, table.place(row, column.spec.name), **{"found": column.text_at(row), **values})
        return
    encoded = column.values.take(pa.array(column.index[rows])).dictionary_encode()
    which = encoded.indices.to_numpy()
    counts = np.bincount(which, minlength=len(encoded.dictionary))
    first = np.full(len(counts), -1, dtype=np.int64)
    first[which[::-1]] = rows[::-1]
    for text, row, count in zip(encoded.dictionary[:SHOWN_PER_KIND].to_pylist(), first, counts, strict=False):
        kind, values = faults[int(column.index[row])]
        place = table.place(int(row), column.spec.name)
        problems.add(kind, place, more=int(count) - 1, **{"found": text, **values})
    rest = int(counts[SHOWN_PER_KIND:].sum())
    if rest:
        problems.add(MANY_MORE, table.place(None, column.spec.name), count=rest)


def report_blanks(table: RawTable, name: str, problems: ProblemList) -> None:
    """Report the empty cells of a required column."""
    column = table.columns.get(name)
    if column is None or not column.spec.required:
        return
    rows = np.flatnonzero(column.index < 0)
    if len(rows):
        report_rows(table, name, problems, kinds.BLANK, rows, lambda _: {"meaning": column.spec.meaning})


def decimals(table: RawTable, name: str, problems: ProblemList) -> Floats:
    """Return a column of decimals to six places; nan where nobody said."""
    column = table.columns.get(name)
    if column is None:
        return np.full(table.rows, np.nan)
    report_blanks(table, name, problems)
    numbers = _numbers(table, column, problems)
    small = np.abs(numbers) < _ROUNDED_MAX
    numbers[small] = np.rint(numbers[small] * MICRO) / MICRO
    _check_bounds(table, column, numbers, problems)
    return _by_row(column, numbers, np.nan)


def whole(table: RawTable, name: str, problems: ProblemList) -> Units:
    """Return a column of whole numbers; -1 where nobody said."""
    column = table.columns.get(name)
    if column is None:
        return np.full(table.rows, -1, dtype=np.int64)
    report_blanks(table, name, problems)
    numbers = _numbers(table, column, problems)
    _check_bounds(table, column, numbers, problems)
    broken = np.flatnonzero(np.rint(numbers) != numbers)
    broken = broken[~np.isnan(numbers[broken])]
    report_values(table, name, problems, {int(at): (kinds.NOT_WHOLE, {"unit": column.spec.unit}) for at in broken})
    numbers[np.isnan(numbers)] = -1
    return _by_row(column, np.rint(np.minimum(numbers, UNITS_MAX)).astype(np.int64), -1)


def _by_row(column: RawColumn, converted: NDArray[Any], blank: Any) -> NDArray[Any]:
    # A blank cell has index -1, which is the last place: put the blank value there.
    return np.append(converted, np.asarray([blank], dtype=converted.dtype))[column.index]


def _numbers(table: RawTable, column: RawColumn, problems: ProblemList) -> Floats:
    """Return the distinct values as numbers; nan where one is not, which is reported."""
    numbers = _cast(column.values)
    odd = np.flatnonzero(~np.isfinite(numbers))
    texts = column.values.take(pa.array(odd)).to_pylist()
    faults: dict[int, Fault] = {}
    wide = ""
    for at, text in zip(odd.tolist(), texts, strict=True):
        read = number_in(text)
        if isinstance(read, tuple):
            faults[at] = read
            numbers[at] = np.nan
        else:
            numbers[at] = read
            wide = wide or ("" if text.isascii() else text)
    report_values(table, column.spec.name, problems, faults)
    if wide:
        problems.notice(kinds.FULL_WIDTH, table.place(None, column.spec.name), found=wide)
    return numbers


def _cast(values: pa.StringArray) -> Floats:
    """Return texts as numbers at once, nan where one is not plainly a number."""
    try:
        numbers = pc.cast(values, pa.float64())
    except pa.ArrowInvalid:
        plain = pc.match_substring_regex(values, NUMBER)
        numbers = pc.cast(pc.if_else(plain, values, pa.scalar(None, pa.string())), pa.float64())
    floats: Floats = numbers.to_numpy(zero_copy_only=False).copy()
    return floats


def _check_bounds(table: RawTable, column: RawColumn, numbers: Floats, problems: ProblemList) -> None:
    spec = column.spec
    bounds: tuple[tuple[Bools, Kind, dict[str, Any]], ...] = (
        (numbers > spec.most, kinds.TOO_LARGE, {"most": f"{spec.most:,.0f}"}),
        (numbers < spec.least, kinds.TOO_SMALL, {"least": f"{spec.least:.0f}"}),
        ((numbers == 0) & spec.above_zero, kinds.NOT_ABOVE_ZERO, {}),
    )
    for outside, kind, values in bounds:
        at_fault = np.flatnonzero(outside)
        if len(at_fault):
            report_values(table, spec.name, problems, {int(at): (kind, values) for at in at_fault})
            numbers[at_fault] = np.nan
    if spec.unit.startswith("units"):
        total = float(np.nansum(_by_row(column, numbers, np.nan)))
        if total > TOTAL_MAX:
            place = table.place(None, spec.name)
            problems.add(kinds.TOTAL_TOO_LARGE, place, found=f"{total:,.0f}", most=f"{TOTAL_MAX:,}")


def dates(table: RawTable, name: str, problems: ProblemList) -> Dates:
    """Return a column of days; NaT where nobody said."""
    column = table.columns.get(name)
    if column is None:
        return np.full(table.rows, np.datetime64("NaT", "D"))
    report_blanks(table, name, problems)
    try:
        days = pc.cast(column.values, pa.date32()).to_numpy(zero_copy_only=False).astype("datetime64[D]")
    except pa.ArrowInvalid:
        days = np.full(len(column.values), np.datetime64("NaT", "D"))
        faults: dict[int, Fault] = {}
        for at, text in enumerate(column.values.to_pylist()):
            read = date_in(text)
            if isinstance(read, tuple):
                faults[at] = read
            else:
                days[at] = read
        # Blank cells leave an empty text behind that no row holds, so it is not reported.
        report_values(table, name, problems, faults)
    return _by_row(column, days, np.datetime64("NaT", "D"))


def flags(table: RawTable, name: str, problems: ProblemList, *, default: bool) -> Bools:
    """Return a column of yes and no."""
    column = table.columns.get(name)
    if column is None:
        return np.full(table.rows, default)
    texts = column.values.to_pylist()
    read = [FLAGS.get(text.casefold()) for text in texts]
    faults: dict[int, Fault] = {at: (kinds.NOT_A_FLAG, {}) for at, flag in enumerate(read) if flag is None}
    report_values(table, name, problems, faults)
    return _by_row(column, np.asarray([bool(flag) for flag in read], dtype=bool), default)


def choices(table: RawTable, name: str, problems: ProblemList) -> NDArray[np.int8]:
    """Return a column of fixed choices as positions in them; the first where nobody said."""
    column = table.columns.get(name)
    if column is None:
        return np.zeros(table.rows, dtype=np.int8)
    report_blanks(table, name, problems)
    allowed = column.spec.choices
    positions = np.zeros(len(column.values), dtype=np.int8)
    faults: dict[int, Fault] = {}
    for at, text in enumerate(column.values.to_pylist()):
        word = CHOICES_ZH.get(text, text.casefold())
        if word in allowed:
            positions[at] = allowed.index(word)
        else:
            near = nearest(text, allowed) or allowed[0]
            faults[at] = (kinds.NOT_A_CHOICE, {"choices": list(allowed), "near": near})
    report_values(table, name, problems, faults)
    return _by_row(column, positions, 0)
