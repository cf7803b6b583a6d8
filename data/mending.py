"""An upload as the ledger can read it: codes for names, base units for others, and what was read as what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from allocator.words import unit_named
from data import import_kinds as more_kinds
from data.aside_columns import ASIDE
from data.columns import UNITS_MAX
from data.import_files import Upload
from data.import_lines import DOCUMENT_KINDS
from data.name_reading import ABOUT, Called, Chosen, NameRead, with_codes
from data.problems import ProblemList
from data.raw_table import RawTable
from data.standard_checks import report_standards
from data.unit_reading import Conversion, ItemUnits, equations_of, with_base_units
from models.import_names import NamesKnown

__all__ = ["Mended", "mended"]

_ASIDE = frozenset(column.name for column in ASIDE)
_MENDED = (*DOCUMENT_KINDS, "needs", "drivers", "fleets", "reports")
"""Kinds in which names may stand for codes; in others a code that is new is as good as a known one."""


@dataclass(frozen=True)
class Mended:
    """An upload whose tables hold codes and base units only. `units`, `names`: what was read as what, by kind."""

    upload: Upload
    units: Mapping[str, Sequence[Conversion]] = field(default_factory=dict)
    names: Mapping[str, Sequence[NameRead]] = field(default_factory=dict)


def mended(
    upload: Upload, names: NamesKnown, problems: ProblemList, told: Mapping[tuple[str, str], str] | None = None
) -> Mended:
    """Return an upload in codes and base units; what cannot be is a problem, what was read as what a notice.

    `told`: codes that names were said to mean, by what they are about and what was said.
    """
    tables = dict(upload.tables)
    books = _Books(upload, names, Chosen(told or {}, names.remembered))
    units: dict[str, Sequence[Conversion]] = {}
    read: dict[str, Sequence[NameRead]] = {}
    for kind, table in upload.tables.items():
        if table is None:
            continue
        made = table
        if kind in _MENDED:
            made, read[kind] = _with_codes(table, books, problems)
        if "item" in made.columns:
            made, units[kind] = with_base_units(made, books.units, problems)
            _notice_units(made, units[kind], problems)
        tables[kind] = _without_asides(made)
    in_codes = replace(upload, tables=tables)
    report_standards(in_codes, names, problems)
    return Mended(in_codes, units, read)


class _Books:
    """What things are called, by the upload itself and by the ledger, each looked up when it is needed first."""

    def __init__(self, upload: Upload, names: NamesKnown, chosen: Chosen) -> None:
        self._upload, self._names, self.chosen = upload, names, chosen
        self._called: dict[str, Called] = {}
        self._units: dict[str, ItemUnits] | None = None

    def called(self, about: str) -> Called:
        """Return what sites, items or partners are called."""
        if about not in self._called:
            self._called[about] = self._looked_up(about)
        return self._called[about]

    def _looked_up(self, about: str) -> Called:
        own = _rows(self._upload.tables.get(f"{about}s"), (about, "name", "name_zh", "area"))
        names: dict[str, Sequence[str]] = {}
        areas: dict[str, str] = {}
        if about == "item":
            names = {code: item.names for code, item in self._names.items.items()}
        else:
            places = self._names.sites if about == "site" else self._names.partners
            names = {code: place.names for code, place in places.items()}
            areas = {code: place.area for code, place in places.items()}
        for code, name, zh, area in own:
            if code:
                names[code] = tuple(text for text in (name, zh) if text) or names.get(code, ())
                areas[code] = area or areas.get(code, "")
        return Called(names, areas, self._names.areas if about == "site" else {})

    @property
    def units(self) -> dict[str, ItemUnits]:
        """The units of every item."""
        if self._units is None:
            units = {code: item.unit for code, item in self._names.items.items()}
            units |= {code: unit for code, unit in _rows(self._upload.tables.get("items"), ("item", "unit")) if unit}
            names = self.called("item").names
            self._units = {
                code: ItemUnits(unit, tuple(equations_of(self._names.measures.get(code, ()), names.get(code, ()))))
                for code, unit in units.items()
            }
        return self._units


def _rows(table: RawTable | None, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Return some columns of a table row by row, "" where there is no such column."""
    if table is None:
        return []
    there = [table.columns.get(name) for name in columns]
    return [tuple("" if each is None else each.text_at(row) for each in there) for row in range(table.rows)]


def _with_codes(table: RawTable, books: _Books, problems: ProblemList) -> tuple[RawTable, list[NameRead]]:
    read: list[NameRead] = []
    for about in ABOUT:
        if about in table.columns:
            table, found = with_codes(table, about, books.called(about), books.chosen, problems)
            read += found
    for each in read:
        place = table.place(None, each.about)
        problems.notice(more_kinds.NAME_READ, place, found=each.found, code=each.code, rows=each.rows)
    return table, read


def _without_asides(table: RawTable) -> RawTable:
    columns = {name: column for name, column in table.columns.items() if name not in _ASIDE}
    return replace(table, columns=columns)


def _notice_units(table: RawTable, made: Sequence[Conversion], problems: ProblemList) -> None:
    for each in made:
        kind = more_kinds.UNIT_ROUNDED if each.rounded else more_kinds.UNIT_READ
        one = f"{float(each.one):,.6g}" if each.one < UNITS_MAX else str(each.one)
        problems.notice(
            kind,
            table.place(),
            item=each.item,
            unit=each.unit,
            one=one,
            base=unit_named(each.base),
            rows=each.rows,
            found=each.found,
            became=each.became,
        )
