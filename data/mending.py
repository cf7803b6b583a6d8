"""An upload as the ledger can read it: units as base units, and what was read as what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from data import import_kinds as more_kinds
from data.aside_columns import ASIDE
from data.columns import UNITS_MAX
from data.import_files import Upload
from data.problems import ProblemList
from data.raw_table import RawTable
from data.unit_reading import Conversion, ItemUnits, equations_of, with_base_units
from models.import_names import CalledItem, NamesKnown

__all__ = ["Mended", "mended"]

_ASIDE = frozenset(column.name for column in ASIDE)


@dataclass(frozen=True)
class Mended:
    """An upload whose tables hold codes and base units only. `conversions`: what was read as what, by kind."""

    upload: Upload
    conversions: Mapping[str, list[Conversion]] = field(default_factory=dict)


def mended(upload: Upload, names: NamesKnown, problems: ProblemList) -> Mended:
    """Return an upload in codes and base units; what cannot be is a problem, what was read as what a notice."""
    tables: dict[str, RawTable | None] = {}
    conversions: dict[str, list[Conversion]] = {}
    units: dict[str, ItemUnits] | None = None
    for kind, table in upload.tables.items():
        if table is None or "item" not in table.columns:
            tables[kind] = table
            continue
        units = _units(upload, names) if units is None else units
        converted, made = with_base_units(table, units, problems)
        conversions[kind] = made
        _notice(converted, made, problems)
        tables[kind] = _without_asides(converted)
    return Mended(replace(upload, tables=tables), conversions)


def _without_asides(table: RawTable) -> RawTable:
    columns = {name: column for name, column in table.columns.items() if name not in _ASIDE}
    return replace(table, columns=columns)


def _notice(table: RawTable, made: list[Conversion], problems: ProblemList) -> None:
    for each in made:
        kind = more_kinds.UNIT_ROUNDED if each.rounded else more_kinds.UNIT_READ
        one = f"{float(each.one):,.6g}" if each.one < UNITS_MAX else str(each.one)
        problems.notice(
            kind,
            table.place(),
            item=each.item,
            unit=each.unit,
            one=one,
            base=each.base,
            rows=each.rows,
            found=each.found,
            became=each.became,
        )


def _units(upload: Upload, names: NamesKnown) -> dict[str, ItemUnits]:
    """Return the units of every item, as the upload itself or else the ledger says."""
    called = {**names.items, **_items_of(upload.tables.get("items"))}
    return {
        code: ItemUnits(item.unit, tuple(equations_of(names.measures.get(code, ()), item.names)))
        for code, item in called.items()
    }


def _items_of(table: RawTable | None) -> dict[str, CalledItem]:
    if table is None or not {"item", "unit"} <= set(table.columns):
        return {}

    def text(name: str, row: int) -> str:
        return table.columns[name].text_at(row) if name in table.columns else ""

    return {
        text("item", row): CalledItem((text("name", row), text("name_zh", row)), text("unit", row), 0)
        for row in range(table.rows)
    }
