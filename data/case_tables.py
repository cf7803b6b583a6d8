"""From raw tables to the columns of a case, with every problem in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa

from allocator.case import Depots, InTransit, Items, Lanes, Needs, Sites, Stock, Substitutes, Texts
from data.cell_codes import Codes, new_codes, references, site_kinds, texts
from data.cell_values import choices, dates, decimals, flags, whole
from data.columns import TABLES, TABLES_OF_PLAN
from data.problems import ProblemList
from data.raw_table import RawTable

__all__ = ["CaseTables", "case_tables", "empty_table"]


@dataclass(frozen=True, kw_only=True)
class CaseTables:
    """The tables of a case, in the order of their files; positions are -1 where a code failed."""

    items: Items
    sites: Sites
    needs: Needs
    stock: Stock
    in_transit: InTransit
    lanes: Lanes
    depots: Depots
    substitutes: Substitutes


def empty_table(name: str) -> RawTable:
    """Return a table without rows, for one that the case does not have."""
    return RawTable(TABLES[name], "", "", {}, 0, lambda row: row)


def case_tables(raw: Mapping[str, RawTable | None], problems: ProblemList) -> CaseTables:
    """Convert every raw table; None stands for one that could not be read.

    Codes that refer to a table that could not be read, or has no rows, are not looked up: they are
    not at fault.
    """
    known = {table.name: raw.get(table.name) or empty_table(table.name) for table in TABLES_OF_PLAN}
    item_codes, items = _items(known["items"], problems)
    site_codes, sites = _sites(known["sites"], problems)
    to_items = item_codes if _gives_codes(raw.get("items"), "item") else None
    to_sites = site_codes if _gives_codes(raw.get("sites"), "site") else None
    return CaseTables(
        items=items,
        sites=sites,
        needs=_needs(known["needs"], to_sites, to_items, problems),
        stock=_stock(known["stock"], to_sites, to_items, problems),
        in_transit=_in_transit(known["in_transit"], to_sites, to_items, problems),
        lanes=_lanes(known["lanes"], to_sites, problems),
        depots=_depots(known["depots"], to_sites, problems),
        substitutes=_substitutes(known["substitutes"], to_items, problems),
    )


def _gives_codes(table: RawTable | None, column: str) -> bool:
    return table is not None and column in table.columns and table.rows > 0


def _objects(codes: Codes) -> Texts:
    # A blank code was reported; a text in its place keeps the columns sortable.
    filled: pa.StringArray = codes.values.fill_null("")
    objects: Texts = filled.to_numpy(zero_copy_only=False).astype(object)
    return objects


def _items(table: RawTable, problems: ProblemList) -> tuple[Codes, Items]:
    codes = new_codes(table, "item", problems)
    return codes, Items(
        code=_objects(codes),
        name=texts(table, "name", problems),
        name_zh=texts(table, "name_zh", problems),
        unit=texts(table, "unit", problems),
        pack_units=whole(table, "pack_units", problems),
        pack_kg=decimals(table, "pack_kg", problems),
        pack_m3=decimals(table, "pack_m3", problems),
        durable=choices(table, "use", problems) == 1,
    )


def _sites(table: RawTable, problems: ProblemList) -> tuple[Codes, Sites]:
    codes = new_codes(table, "site", problems)
    return codes, Sites(
        code=_objects(codes),
        name=texts(table, "name", problems),
        name_zh=texts(table, "name_zh", problems),
        kind=site_kinds(table, problems),
        area=texts(table, "area", problems),
        lat=decimals(table, "lat", problems),
        lon=decimals(table, "lon", problems),
        tier=texts(table, "tier", problems),
    )


def _needs(table: RawTable, sites: Codes | None, items: Codes | None, problems: ProblemList) -> Needs:
    return Needs(
        site=references(table, "site", sites, problems),
        item=references(table, "item", items, problems),
        daily_units=decimals(table, "daily_units", problems),
        reported_on=dates(table, "reported_on", problems),
        max_units=whole(table, "max_units", problems),
        days_short=whole(table, "days_short", problems),
    )


def _stock(table: RawTable, sites: Codes | None, items: Codes | None, problems: ProblemList) -> Stock:
    return Stock(
        site=references(table, "site", sites, problems),
        item=references(table, "item", items, problems),
        units=whole(table, "units", problems),
        lot=texts(table, "lot", problems),
        expires=dates(table, "expires", problems),
        status=choices(table, "status", problems),
        earmark=texts(table, "earmark", problems),
    )


def _in_transit(table: RawTable, sites: Codes | None, items: Codes | None, problems: ProblemList) -> InTransit:
    return InTransit(
        site=references(table, "site", sites, problems),
        item=references(table, "item", items, problems),
        units=whole(table, "units", problems),
        arrives=dates(table, "arrives", problems),
    )


def _lanes(table: RawTable, sites: Codes | None, problems: ProblemList) -> Lanes:
    return Lanes(
        depot=references(table, "depot", sites, problems),
        site=references(table, "site", sites, problems),
        open=flags(table, "open", problems, default=True),
        km=decimals(table, "km", problems),
        hours=decimals(table, "hours", problems),
        max_kg=decimals(table, "max_kg", problems),
    )


def _depots(table: RawTable, sites: Codes | None, problems: ProblemList) -> Depots:
    return Depots(
        depot=references(table, "depot", sites, problems),
        max_kg=decimals(table, "max_kg", problems),
        max_m3=decimals(table, "max_m3", problems),
        max_stops=whole(table, "max_stops", problems),
        vehicles=whole(table, "vehicles", problems),
        vehicle_kg=decimals(table, "vehicle_kg", problems),
        shift_hours=decimals(table, "shift_hours", problems),
        stop_minutes=decimals(table, "stop_minutes", problems),
    )


def _substitutes(table: RawTable, items: Codes | None, problems: ProblemList) -> Substitutes:
    return Substitutes(
        item=references(table, "item", items, problems),
        by=references(table, "by", items, problems),
        units_per_unit=decimals(table, "units_per_unit", problems),
    )
