"""Quantities in whatever unit they were written, turned into base units of their items, and what was read as what.

A unit is the one beside the number, else the row's, else the header's, else the item's own. What it
holds is said by the catalogue (measures), by the item's name or by the row's specification; where
nobody says it, or two say different things, the row is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa

from allocator.measures import (
    MEASURED,
    POWERS,
    Equation,
    Written,
    base_unit,
    equations_in,
    is_unit,
    ratios,
    written_quantity,
    written_unit,
)
from allocator.words import unit_named
from data import import_kinds as more_kinds
from data.aside_columns import is_quantity
from data.cell_values import report_rows
from data.columns import Column
from data.header_words import unit_in_header
from data.import_lines import numbered
from data.problems import Kind, ProblemList
from data.raw_table import RawColumn, RawTable

__all__ = ["Conversion", "ItemUnits", "with_base_units"]

_LETTERS_MAX = 60
_ROUNDED_SHARE_MAX = Fraction(1, 200)
"""What is weighed or poured may be rounded to whole base units by so much of itself, and that is said."""


@dataclass(frozen=True)
class ItemUnits:
    """An item's base unit as the catalogue writes it, and what is known of its other units."""

    unit: str
    equations: tuple[Equation, ...]
    _known: dict[str, frozenset[Fraction]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def ratios_of(self, unit: str) -> frozenset[Fraction]:
        """Return how many base units one unit is by what is known of the item alone, looked for once."""
        if unit not in self._known:
            self._known[unit] = frozenset(ratios(unit, base_unit(self.unit), self.equations))
        return self._known[unit]


@dataclass
class Conversion:
    """Cells of one item read in one unit: `one` unit is so many base units; `found` became `became` first.

    `changes`: the unit is another than the base unit, and not only a power of ten of it.
    """

    item: str
    unit: str
    one: Fraction
    base: str
    found: str
    became: str
    rows: int = 0
    rounded: bool = False
    changes: bool = False


class _Unread(Exception):
    """A cell cannot be read in base units, and why."""

    def __init__(self, kind: Kind, **values: Any) -> None:
        super().__init__(kind.code)
        self.kind, self.values = kind, values


def with_base_units(
    table: RawTable, items: Mapping[str, ItemUnits], problems: ProblemList
) -> tuple[RawTable, list[Conversion]]:
    """Return a table whose quantities are plain numbers of base units, and how those came about."""
    columns = dict(table.columns)
    made: list[Conversion] = []
    for name, column in table.columns.items():
        if is_quantity(column.spec) and "item" in table.columns:
            columns[name] = _converted(table, column, items, made, problems)
    return RawTable(table.spec, table.file, table.sheet, columns, table.rows, table.row_number), made


def _texts(table: RawTable, name: str) -> np.ndarray:
    column = table.columns.get(name)
    if column is None:
        return np.full(table.rows, "", dtype=object)
    values = np.append(column.values.to_numpy(zero_copy_only=False).astype(object), "")
    return values[column.index]


def _converted(
    table: RawTable,
    column: RawColumn,
    items: Mapping[str, ItemUnits],
    made: list[Conversion],
    problems: ProblemList,
) -> RawColumn:
    """Return one column in base units; each distinct way of writing one is read once."""
    header = unit_in_header(column.header)
    parts = [_texts(table, name) for name in (column.spec.name, "item", "said_unit", "spec", "item_name")]
    if not header and "said_unit" not in table.columns and all(_is_plain(text) for text in column.values.to_pylist()):
        return column
    which = numbered(*parts)
    first = np.unique(which, return_index=True)[1]
    rows_of = np.bincount(which, minlength=len(first))
    seen: dict[tuple[str, str], Conversion] = {}
    texts: list[str] = []
    faults: dict[int, _Unread] = {}
    changed = np.zeros(len(first), dtype=bool)
    for number, row in enumerate(first.tolist()):
        code = str(parts[1][row])
        try:
            read = _read(column.spec, header, [str(part[row]) for part in parts], items.get(code))
        except _Unread as fault:
            faults[number] = fault
            texts.append(_UNREAD)
            continue
        texts.append(read.became)
        changed[number] = read.changes
        if read.unit:
            told = seen.setdefault((code, read.unit), read)
            told.rows += int(rows_of[number])
            told.rounded |= read.rounded
    _report(table, column, which, faults, problems)
    made += seen.values()
    unclear = np.flatnonzero(changed[which] & (_texts(table, "unit_price") != ""))
    report_rows(table, "unit_price", problems, more_kinds.PRICE_UNCLEAR, unclear)
    index = np.where(np.array([bool(text) for text in texts])[which], which, -1).astype(np.int32)
    return RawColumn(column.spec, column.header, column.letter, index, pa.array(texts, pa.string()))


_UNREAD = "1"
"""What stands in for a cell that was reported, so that it is not reported again; nothing is posted of it."""


def _is_plain(text: str) -> bool:
    return text.isascii() and not any(letter.isalpha() for letter in text)


def _report(
    table: RawTable, column: RawColumn, which: np.ndarray, faults: Mapping[int, _Unread], problems: ProblemList
) -> None:
    item = table.columns["item"]
    by_kind: dict[str, list[int]] = {}
    for number, fault in faults.items():
        by_kind.setdefault(fault.kind.code, []).append(number)
    for numbers in by_kind.values():
        kind = faults[numbers[0]].kind
        rows = np.flatnonzero(np.isin(which, numbers))
        report_rows(
            table, column.spec.name, problems, kind, rows,
            lambda row: {"item": item.text_at(row), **faults[int(which[row])].values},
        )  # fmt: skip


def _read(spec: Column, header: str, texts: Sequence[str], item: ItemUnits | None) -> Conversion:
    """Read one cell. What is no quantity, or of no item, stays as it is: the cell's own check says what is wrong."""
    cell, code, said, spoken, name = texts
    as_it_is = Conversion(code, "", Fraction(1), "", cell, cell)
    parts = written_quantity(cell) if cell and len(cell) <= _LETTERS_MAX else None
    if parts is None or item is None:
        return as_it_is
    power, unit, own = _beside(header, said)
    others = any(part.unit and unit and base_unit(part.unit) != base_unit(unit) for part in parts)
    if others or (power > 1 and any(part.power > 1 for part in parts)):
        raise _Unread(more_kinds.UNIT_CLASH, other=said or header)
    beside = (*own, *equations_in(spoken), *equations_in(name))
    equations = (*item.equations, *beside)
    asked = {base_unit(part.unit or unit) for part in parts}
    if any(each.unit in asked and not _leads_on(each, item, equations) for each in beside):
        # 箱(30套) of what is counted in 双: the row speaks of something else than the catalogue does.
        raise _Unread(more_kinds.UNIT_CLASH, other=said or spoken or name)
    holds = [_ratio(part.unit or unit, item, equations if beside else ()) for part in parts]
    factors = [each * power * part.power for each, part in zip(holds, parts, strict=True)]
    if factors == [1] and not parts[0].unit:
        return as_it_is
    total = sum((part.number * factor for part, factor in zip(parts, factors, strict=True)), Fraction(0))
    told = Conversion(code, "", factors[0], item.unit, cell, _decimal(total), changes=holds != [1])
    if factors == [1]:
        # 12只 of what is counted in 只: the number alone.
        return told
    told.unit = _label(parts, power, unit)
    weighed = any(base_unit(part.unit or unit) in MEASURED for part in parts)
    return _whole(told, total, item, weighed=weighed) if spec.holds == "whole" else told


def _leads_on(own: Equation, item: ItemUnits, equations: Sequence[Equation]) -> bool:
    """Say whether what a row says of a unit has to do with what its item is counted in."""
    return bool(ratios(own.of, base_unit(item.unit), [each for each in equations if each != own]))


def _whole(told: Conversion, total: Fraction, item: ItemUnits, *, weighed: bool) -> Conversion:
    """Return a conversion whose units are whole: what is weighed or poured is rounded a little, nothing else is."""
    if total.denominator == 1:
        return told
    near = round(total)
    if not weighed or near == 0 or abs(total - near) > total * _ROUNDED_SHARE_MAX:
        raise _Unread(more_kinds.UNIT_NOT_WHOLE, amount=_decimal(total), unit=unit_named(item.unit))
    told.rounded, told.became = True, str(near)
    return told


def _beside(header: str, said: str) -> tuple[int, str, list[Equation]]:
    """Return power, unit and equations that the row's unit, else the header, says; a fault where they differ."""
    if any(letter.isdigit() for letter in header):
        raise _Unread(more_kinds.UNIT_CLASH, other=header)
    own = equations_in(said)
    power, unit = (1, own[0].unit) if own else written_unit(said)
    header_power, header_unit = written_unit(header)
    if header_unit and not is_unit(header_unit):
        # A remark in a header's brackets, such as 必填, is no unit.
        header_power, header_unit = 1, ""
    if said and header_unit and base_unit(header_unit) != base_unit(unit):
        raise _Unread(more_kinds.UNIT_CLASH, other=header)
    if power > 1 and header_power not in (1, power):
        raise _Unread(more_kinds.UNIT_CLASH, other=header)
    return max(power, header_power), unit or header_unit, own


def _label(parts: Sequence[Written], power: int, unit: str) -> str:
    """Return the unit as it was written: 万只."""
    powers = {factor: word for word, factor in POWERS.items()}
    return " + ".join(powers.get(power * part.power, "") + (part.unit or unit) for part in parts)


def _ratio(unit: str, item: ItemUnits, equations: Sequence[Equation]) -> Fraction:
    """Return how many base units one unit is. `equations`: where the row says some itself, all that hold there."""
    base = base_unit(item.unit)
    asked = base_unit(unit) if unit else base
    found = ratios(asked, base, equations) if equations else item.ratios_of(asked)
    if len(found) == 1:
        return next(iter(found))
    if len(found) > 1:
        said = [_decimal(each) for each in sorted(found)]
        raise _Unread(more_kinds.UNIT_CONTRADICTS, unit=unit, amounts=said, base=unit_named(item.unit))
    raise _Unread(more_kinds.UNIT_UNKNOWN, unit=unit, base=unit_named(item.unit))


def _decimal(number: Fraction) -> str:
    """Return a number to six places, without needless zeros.

    >>> _decimal(Fraction(30000)), _decimal(Fraction(1, 3)), _decimal(Fraction(5, 2))
    ('30000', '0.333333', '2.5')
    """
    if number.denominator == 1:
        return str(number.numerator)
    micro = round(number * 10**6)
    whole, rest = divmod(micro, 10**6)
    return f"{whole}.{rest:06d}".rstrip("0").rstrip(".")


def equations_of(measures: Sequence[tuple[str, Fraction, str]], names: Sequence[str]) -> Iterator[Equation]:
    """Give what the catalogue and an item's names say of its units."""
    for unit, amount, of in measures:
        yield Equation(base_unit(unit), amount, base_unit(of))
    for name in names:
        yield from equations_in(name)
